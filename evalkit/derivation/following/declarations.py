"""`A \\in \\mathbb{R}^{m \\times n}`: what a declaration changes in the scope. The first two functions are rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

import numpy as np

from evalkit.derivation.following import examples, scopes, shapes
from evalkit.derivation.following.decompositions import make_full
from evalkit.derivation.following.reading import NEAR, Read, Reading
from evalkit.derivation.grammar.nodes import Node, Sub, Sym, Unreadable, children
from evalkit.derivation.text import prose
from evalkit.derivation.verdicts.verdict import Verdict
from evalkit.derivation.worlds.scope import Defined, Dimension, Drawn, Entry, Factor, Index
from evalkit.derivation.worlds.values import Trouble, array
from evalkit.derivation.worlds.world import GENERIC

OWN_SIZE = Drawn((), frozenset({"size"}), None, "reply")
OWN_KINDS = frozenset({"invertible", "symmetric", "pd", "psd"})
"""Properties that no factor of a thin decomposition has: a letter declared so is the reply's own."""


def declaration(reading: Reading, read: Read) -> Read | None:
    """Says to which set names belong, of which shape they are."""
    s = read.statement
    scope = reading.judge.scope
    if s is None:
        return None
    try:
        what = shapes.declared_set(s.sides[1], scope)
    except Unreadable:  # brackets that do not close
        return None
    names: list[str] = []
    for side in (*s.before, s.sides[0]):
        try:
            node = reading.parse(side)
        except Unreadable:
            continue
        name = shapes.family_of(node, scope) or shapes.plain_name(node)
        if name:
            names.append(name)
    if what is not None:  # `x \in \mathbb{R}^{nx}`: a name of two letters, and not n times x
        own = {n.name for size in what.shape for n in letters(size)}
        names = [name for name in names if name not in own]
    if what is None or not names:
        return None
    own_sizes(reading, what, names)
    kinds = what.kinds | prose.properties(reading.clause[-NEAR:]) | prose.properties(reading.after[:NEAR])
    new: dict[str, Entry] = {}
    for name in names:
        entries = declared(reading, name, replace(what, kinds=kinds | reading.properties.get(name, frozenset())))
        new.update({n: drawable(reading, n, e, what) for n, e in entries.items()})
    if new:
        reading.judge.define(new)
    return replace(read.decided(Verdict.DEFINITION, "declaration"), introduces=frozenset(new))


def own_sizes(reading: Reading, what: Drawn, names: Sequence[str]) -> None:
    """Letters of a shape that mean nothing yet: other letters for sizes of the problem, or sizes of the reply's own."""
    unknown = {n.name for size in what.shape for n in letters(size) if n.name and len(n.name.partition("_")[0]) == 1}
    new = {n for n in unknown if reading.judge.scope.find(n) is None}
    if new:
        known = {letter: size for name in names for letter, size in renamed(reading, name, what, new)}
        sizes = {n: Defined(Sym(known[n]), (), None, "reply") if n in known else OWN_SIZE for n in sorted(new)}
        reading.judge.define(sizes)


def renamed(reading: Reading, name: str, what: Drawn, new: Set[str]) -> Iterator[tuple[str, str]]:
    r"""Letters of a declared shape with the sizes that a name of the problem has there: `X \in \mathbb{R}^{N \times p}` of an N x d.

    A column cannot be meant otherwise, nor a square matrix; of others one size is known to be that of the problem, as the reply
    may write samples in rows that are columns there.
    """
    found = reading.judge.scope.find(name)
    if found is None or not isinstance(found[1], Drawn | Defined) or found[1].source != "problem":
        return
    try:
        envs = list(reading.judge.envs(GENERIC))
        have = [array(env.symbol(found[0], {})).shape for env in envs]
        dimensions = [n for n, e in reading.judge.scope.entries.items() if isinstance(e, Dimension)]
        sizes = [[env.integer(Sym(n), {}) for env in envs] for n in dimensions]
        given = [
            None if isinstance(size, Sym | Sub) and size.name in new else [env.integer(size, {}) for env in envs]
            for size in what.shape
        ]
    except (Trouble, ArithmeticError, ValueError, np.linalg.LinAlgError):
        return
    wanted = [[shape[i] for shape in have] for i in range(2)]
    square = len(given) == 2 and what.shape[0] == what.shape[1] and wanted[0] == wanted[1]
    column = len(given) == 1 and set(wanted[1]) == {1}
    if any(g not in (None, w) for g, w in zip(given, wanted, strict=False)) or not (square or column or any(given)):
        return
    for size, g, w in zip(what.shape, given, wanted, strict=False):
        if g is None and w in sizes:
            yield size.name, dimensions[sizes.index(w)]  # type: ignore[union-attr]


def letters(node: Node) -> Iterator[Sym | Sub]:
    """The names in a size; `N_q` is one."""
    if isinstance(node, Sym | Sub):
        yield node
        return
    for part in children(node):
        yield from letters(part)


def drawable(reading: Reading, name: str, entry: Entry, plain: Drawn) -> Entry:
    """Without the properties of the words around where a matrix of the declared shape cannot have them."""
    if not isinstance(entry, Drawn) or scopes.can_be_drawn(reading, name, entry):
        return entry
    return plain


def membership(reading: Reading, read: Read) -> Read:
    """Says that something is a member of a set that is not known."""
    return read.decided(Verdict.SKIPPED, "membership")


def declared(reading: Reading, name: str, what: Drawn) -> dict[str, Entry]:
    """What a declaration changes: nothing where it repeats the problem, a shape of a factor, or a new symbol."""
    found = reading.judge.scope.find(name)
    if name.endswith("_"):
        return {}
    if found is None:
        return {name: what}
    key, entry = found
    if isinstance(entry, Factor):
        own = entry.source == "problem" and bool(what.kinds & OWN_KINDS)
        if own or not fits_factor(reading, entry, what):
            return {name: what}  # the reply uses the letter for something else
        if (
            entry.part != 1
            and len(what.shape) == 2
            and what.shape[0] == what.shape[1]
            and make_full(reading, entry, what.shape[0])
        ):
            return {}
        if len(what.shape) != 2 or (entry.source == "reply" and entry.shape == what.shape):
            return {}
        return {key: replace(entry, shape=what.shape)}
    if isinstance(entry, Drawn):
        if entry.shape == what.shape and (entry.source == "problem" or what.kinds <= entry.kinds):
            return {}
        if entry.source == "problem" and len(entry.shape) == len(what.shape) and same_size(reading, entry, what):
            return {}
        if entry.source == "problem" and examples.in_figures(reading, key, what):
            return {}
        return {name: what}
    if isinstance(entry, Defined) and not fits_value(reading, key, what):
        return {name: what}  # by its shape it is not what the problem means
    if isinstance(entry, Defined | Dimension | Index):
        return {}
    return {name: what}


def fits_factor(reading: Reading, entry: Factor, what: Drawn) -> bool:
    """Whether a declared shape can be that of a factor: vectors as long as the matrix, values square or shaped as it."""
    env = reading.judge.general
    try:
        rows, columns = array(env.value(entry.of, {})).shape
        have = tuple(env.integer(n, {}) for n in what.shape)
    except Trouble:
        return True
    if entry.part == 1:
        return len(have) == 2 and (have[0] == have[1] or have == (rows, columns))
    return len(have) == 2 and have[0] == (rows if entry.part == 0 else columns)


def fits_value(reading: Reading, name: str, what: Drawn) -> bool:
    """Whether what a name stands for has the declared shape, as far as that can be told."""
    for env in reading.judge.envs(GENERIC):
        try:
            have = array(env.symbol(name, {})).shape
            want = ([env.integer(n, {}) for n in what.shape] + [1, 1])[:2]
        except (Trouble, ArithmeticError, ValueError, np.linalg.LinAlgError):
            return True
        if list(have) == want:
            return True
    return False


def same_size(reading: Reading, a: Drawn, b: Drawn) -> bool:
    """Equal sizes in every world, whatever they are called."""
    try:
        return all(
            [env.integer(x, {}) for x in a.shape] == [env.integer(y, {}) for y in b.shape]
            for env in reading.judge.envs(GENERIC)
        )
    except Trouble:
        return False
