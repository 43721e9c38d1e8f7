"""Values in numbers for what the problem leaves open: `A = [[1, 2], [3, 4]]`, `m = 3`, `n = m`. They open a part of the text.

What is drawn at random cannot equal a constant: such an equation is no claim of the problem, it says what the part speaks of.
Not known: values that words alone give ("the all-ones matrix").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.part import CASE, EXAMPLE, Part
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.standing import standing
from evalkit.derivation.grammar.nodes import Bin, Block, Node, Num, Sub, Sym, Un
from evalkit.derivation.grammar.stream import COLUMN
from evalkit.derivation.text import prose
from evalkit.derivation.text.roles import Role
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.draw import MAX_SIDE, Array
from evalkit.derivation.worlds.scope import Defined, Dimension, Drawn, Entry, Factor, Family, family_key, unbound_names
from evalkit.derivation.worlds.values import Trouble, array
from evalkit.derivation.worlds.world import GENERIC

LATELY = 5
"""Relations back that a word on eigenvalues may refer to."""
LIST = re.compile(r"=\s*\[[^\]&;]*,[^\]&;]*\][.,;\s]*\Z")
ROWS = re.compile(r"\brows?\b", re.I)
"""A list in brackets at the end of a relation; what tells that it lies."""
Shape = tuple[int, int]


def size_value(reading: Reading, read: Read) -> Read | None:
    """Gives a size a value, or makes two sizes equal: the case that this part looks at."""
    left, right = read.sides
    for a, b in ((left, right), (right, left)):
        if not (isinstance(a, Sym) and isinstance(reading.size_named(a.name), Dimension)):
            continue
        size: int | str | None = None
        if isinstance(b, Sym) and isinstance(reading.size_named(b.name), Dimension):
            size = b.name
        elif isinstance(b, Num) and 1 <= b.value <= MAX_SIDE and b.value == int(b.value):
            size = int(b.value)
        if size is None or size == a.name:
            continue
        if follows(reading, a, b):
            return read.decided(Verdict.ASSUMPTION, "the sizes of this part")
        part = scopes.opened(reading, EXAMPLE if in_example(reading) else CASE, "sizes")
        if part is None:
            return read.decided(Verdict.DISPUTED, "a size that is given a value")
        if any(n in part.names for n in sized_by(reading, a.name)):
            return None  # the matrices of the example say how large it is
        scopes.give(reading, part, {}, {a.name: size})
        return read.decided(Verdict.ASSUMPTION, "the sizes of this part")
    return None


def matrix_of_letters(reading: Reading, read: Read) -> Read | None:
    """Writes a matrix with letters of its own for entries: `A = [[a, b], [c, d]]`."""
    left, right = read.sides
    name = shapes.plain_name(left)
    unknown = [n for n in unbound_names(reading.judge.scope, right) if n != name]
    if name is None or not isinstance(right, Block) or not unknown:
        return None
    if not all(len(n) == 1 and n.islower() for n in unknown) or not all(
        isinstance(c, Sym) for r in right.rows for c in r
    ):
        return None
    part = scopes.opened(reading, EXAMPLE, "a matrix of letters")
    if part is None:
        return None
    letters = {c.name for row in right.rows for c in row if isinstance(c, Sym)}
    vectors = {n for n in letters if (v := constant_value(reading, Sym(n))) is not None and v.size > 1}
    part.judge.define({n: Drawn((), frozenset(), None, "reply") for n in (*unknown, *sorted(vectors))})
    sizes = sizes_for(reading, name, (len(right.rows), len(right.rows[0]))) if reading.judge.scope.find(name) else {}
    scopes.give(reading, part, {name: right}, sizes or {})
    return replace(
        read, judgement=Judgement(Verdict.DEFINITION, reason="a matrix of letters"), introduces=frozenset({name})
    )


def own_transpose(reading: Reading, read: Read) -> Read | None:
    """Says that a matrix equals its transpose where it is not square: the case of square ones."""
    for a, b in (read.sides, tuple(reversed(read.sides))):
        other = reading.judge.scope.entries.get(b.name) if isinstance(b, Sym) else None
        turned = other.body if isinstance(other, Defined) else b  # A^* of a problem that says what it is
        if not (isinstance(turned, Un) and turned.op == "T" and turned.x == a):
            continue
        found = reading.judge.scope.find(shapes.plain_name(a) or "")
        if found is None or not isinstance(found[1], Drawn):
            continue
        if not scopes.have_kinds(reading, found[0], found[1], frozenset({"symmetric"})):
            return read.decided(Verdict.DISPUTED, f"{found[0]} is not square here")
        return read.decided(Verdict.ASSUMPTION, "the case of a symmetric matrix")
    return None


def next_value(reading: Reading, read: Read) -> Read | None:
    """Gives a whole number that the reply chose its next value: `k = 1`, then `k = 2`."""
    left, right = read.sides
    name = shapes.plain_name(left)
    entry = reading.judge.own.get(name) if name and len(name) == 1 and name.islower() else None
    if name is None or not isinstance(entry, Defined) or not (is_count(entry.body) and is_count(right)):
        return None
    if entry.body == right:
        return None
    reading.judge.define({name: Defined(right, (), None, "reply")})
    return replace(read.decided(Verdict.ASSUMPTION, "the next value"), introduces=frozenset({name}))


def is_count(node: Node) -> bool:
    return isinstance(node, Num) and 0 <= node.value <= MAX_SIDE and node.value == int(node.value)


def follows(reading: Reading, left: Node, right: Node) -> bool:
    return reading.judge.equation(left, right).verdict in TRUE


def in_example(reading: Reading) -> bool:
    return any(part.kind == EXAMPLE for part in reading.inside)


def sized_by(reading: Reading, size: str) -> list[str]:
    """Names of the problem whose shape this size tells."""
    return [n for n, e in reading.setting.scope.entries.items() if isinstance(e, Drawn) and Sym(size) in e.shape]


def example_value(reading: Reading, read: Read) -> Read | None:
    """Is a value in numbers for something of the problem: an example."""
    if (
        read.op == ":="
        and not reading.inside
        and reading.judge.scope.find(shapes.plain_name(read.sides[0]) or "") is None
    ):
        return None
    for left, right in ((read.sides), tuple(reversed(read.sides))):
        turned = isinstance(left, Un) and left.op == "T"
        plain = left.x if isinstance(left, Un) and turned else left
        name = shapes.plain_name(plain)
        if name is None or not scopes.is_constant(right) or scopes.is_fixed(reading, name):
            continue
        if not turned and is_list_for_column(reading, read, plain):
            right = Un("T", right)
        value = constant_value(reading, right)
        if value is None or not np.any(value):
            continue
        if has_spectrum(reading, read, plain, value):
            return None
        if is_computed_again(reading, read, name):
            return None  # the part has given it a value, and now the words claim one
        if is_left_open(reading, plain, name, value.T if turned else value):
            return given(reading, read, name, Un("T", right) if turned else right, value.T if turned else value)
    return None


def is_list_for_column(reading: Reading, read: Read, left: Node) -> bool:
    """`x = [1, 2]` of something that is a column: commas say nothing of rows."""
    text = reading.document.text[read.start : read.end]
    listed = LIST.search(text) is not None and not ROWS.search(reading.document.text)
    return listed and reading.judge.scope.shape(left) == COLUMN


def is_computed_again(reading: Reading, read: Read, name: str) -> bool:
    """`P = AB` with numbers, then "multiplying these we get" `P = ...`: a claim, and no other example."""
    part = next((p for p in reversed(reading.inside) if p.kind == EXAMPLE), None)
    computed = part is not None and isinstance(part.names.get(name), Bin)
    return computed and standing(reading, read) is Role.CLAIMED


def has_spectrum(reading: Reading, read: Read, node: Node, value: Array) -> bool:
    """`\\sigma_1 = 4` beside a matrix of numbers: its singular value or eigenvalue, by the words or by the value itself.

    Then the letter means that in this part, and the relation is a claim."""
    part = next((p for p in reversed(reading.inside) if p.kind == EXAMPLE), None)
    if part is None or not isinstance(node, Sub) or value.size != 1 or not is_numbered(node):
        return False
    key, judge = family_key(node.name), reading.judge
    if node.base != Sym(key[:-1]) or {key, node.name} & part.names.keys():
        return False
    if judge.general.closure(key) & part.names.keys():
        return False
    words = f"{read.words} {reading.clause}"
    for name in matrices_of(reading, part):
        for singular, said in ((True, prose.SINGULAR_VALUES), (False, prose.EIGENVALUES)):
            middle = f"\\values@{key}{part.start}"
            entries: dict[str, Entry] = {
                middle: Factor(Sym(name), "thin svd" if singular else "eigen", 1, None, "reply"),
                key: Family("diagonal", Sym(middle), "reply"),
            }
            with judge.trying(entries):
                verdict = judge.equation(node, Num(round(value.item(), 12))).verdict
            if verdict in TRUE or (said.search(words) and verdict is Verdict.FAILS):
                judge.define(entries)
                part.names[key] = Sym(middle)
                return True
    return False


def matrices_of(reading: Reading, part: Part) -> list[str]:
    """The matrices of an example, and what the reply just said of others that are made of them; the last first."""
    said = [
        shapes.plain_name(r.left) for r in reading.relations[-LATELY:] if r.left is not None and r.start >= part.start
    ]
    made = [n for n in said if n and n not in part.names and part.judge.general.closure(n) & part.names.keys()]
    names = dict.fromkeys([*reversed(made), *part.names])
    values = {n: constant_value(reading, Sym(n)) for n in names}
    return [n for n, v in values.items() if v is not None and min(v.shape) > 1]


def is_numbered(node: Sub) -> bool:
    return node.index is not None and len(node.index) == 1 and isinstance(node.index[0], Num)


def constant_value(reading: Reading, node: Node) -> Array | None:
    try:
        value = reading.judge.general.value(node, {})
    except (Trouble, ArithmeticError, ValueError, np.linalg.LinAlgError):
        return None
    return value if isinstance(value, np.ndarray) and value.ndim == 2 else None


def is_left_open(reading: Reading, node: Node, name: str, value: Array) -> bool:
    """Whether a name of the problem has no value of its own here, so that a constant can only be an example for it."""
    judge = reading.judge
    found = judge.scope.find(name)
    part = next((p for p in reversed(reading.inside) if p.kind == EXAMPLE), None)
    if part is not None and name in part.names:
        return (
            value.size > 1
            and judge.equation(node, part.names[name]).verdict in TRUE
            and differs(reading, part.names[name], value)
        )
    if found is None and not (isinstance(node, Sub) and judge.scope.find(family_key(name))):
        return False
    if isinstance(node, Sym | Sub) and reading.loose(node):
        return False
    if found is not None and isinstance(found[1], Dimension):
        return False
    own = found[0] if found is not None else family_key(name)
    if judge.general.closure(own) & {n for p in reading.inside for n in p.names}:
        return False  # the numbers given before say what it is
    free = judge.scope_of(GENERIC).find(name)
    if free is not None and isinstance(free[1], Drawn) and value.size == 1 and "data" not in free[1].kinds:
        return False  # an assumption about a free number
    return name not in judge.assumed and is_random(reading, node)


def differs(reading: Reading, meant: Node, value: Array) -> bool:
    old = constant_value(reading, meant)
    return old is None or old.shape != value.shape or not np.allclose(old, value)


def is_random(reading: Reading, node: Node) -> bool:
    """Whether its value is another one in every world; of the few that a one-hot column may have, two may be the same."""
    found = reading.judge.scope_of(GENERIC).find(shapes.plain_name(node) or "")
    if found is not None and isinstance(found[1], Drawn) and "onehot" in found[1].kinds:
        return found[0] not in {n for part in reading.inside for n in part.names}
    values = []
    for env in reading.judge.envs(GENERIC):
        try:
            value = env.value(node, {})
        except (Trouble, ArithmeticError, ValueError, np.linalg.LinAlgError):
            continue
        if not isinstance(value, np.ndarray):
            return False
        values.append(value)
    first = values[0] if values else None
    return first is not None and len(values) > 1 and not any(
        v.shape == first.shape and np.allclose(v, first) for v in values[1:]
    )  # fmt: skip


def given(reading: Reading, read: Read, name: str, body: Node, value: Array) -> Read | None:
    """Open a part where the name has this value, or tell the open one of it."""
    part = next((p for p in reversed(reading.inside) if p.kind == EXAMPLE), None)
    if part is not None and name in part.names:  # the next example in the same place
        while part in reading.inside:
            scopes.close(reading)
    sizes = sizes_for(reading, name, (value.shape[0], value.shape[1]))
    part = scopes.gone_on(reading, name, sizes or {}) or scopes.opened(reading, EXAMPLE, "a value in numbers")
    if part is None:
        return read.decided(Verdict.DISPUTED, "a value in numbers for something of the problem")
    if part.judge.general.closure(name) & part.names.keys():
        return None  # the matrices of the example tell what it is
    scopes.give(reading, part, {name: body}, {n: s for n, s in (sizes or {}).items() if n not in part.sizes})
    if sizes is None or (value.size == 1 and not all_entries(reading, part, name)):
        reading.doubt(name, "an example gave it a value")
        reading.doubt(family_key(name), "an example gave some of them values")
    return replace(
        read, judgement=Judgement(Verdict.ASSUMPTION, reason="an example in numbers"), introduces=frozenset({name})
    )


def all_entries(reading: Reading, part: Part, name: str) -> bool:
    """After `z_1 = 1`, `z_2 = 2`, `z_3 = 6` for the entries of w: w is that column, where it has three entries."""
    key = family_key(name)
    found = part.judge.scope.find(key)
    if (
        found is None
        or not isinstance(found[1], Family)
        or found[1].kind != "entries"
        or not isinstance(found[1].of, Sym)
    ):
        return False
    try:
        (length,) = {array(env.value(found[1].of, {})).size for env in part.judge.envs(GENERIC)}
    except (Trouble, ValueError):
        return False
    given = [part.names.get(f"{key}{i}") for i in range(1, length + 1)]
    if any(value is None for value in given):
        return False
    scopes.give(reading, part, {found[1].of.name: Block(tuple((v,) for v in given if v is not None))}, {})
    for i in range(1, length + 1):
        reading.doubted.pop(f"{key}{i}", None)
    reading.doubted.pop(key, None)
    return True


def sizes_for(reading: Reading, name: str, shape: Shape) -> Mapping[str, int] | None:
    """Which sizes the problem's letters must have for this shape; None where they do not fit."""
    out: dict[str, int] = {}
    for axis, have in zip(axes(reading.judge, name), shape, strict=True):
        if axis is None or axis == have:
            continue
        if isinstance(axis, int) or out.get(axis, have) != have:
            return None
        out[axis] = have
    return out


def axes(judge: Judge, name: str) -> tuple[str | int | None, str | int | None]:
    """Which sizes rows and columns have in every world."""
    worlds = judge.worlds
    found: list[tuple[int, ...]] = []
    for env in judge.envs(GENERIC):
        try:
            value = env.symbol(name, {})
        except (Trouble, ArithmeticError, ValueError, np.linalg.LinAlgError):
            return (None, None)
        if not isinstance(value, np.ndarray) or value.ndim != 2:
            return (None, None)
        found.append(value.shape)
    return (named(worlds, [s[0] for s in found]), named(worlds, [s[1] for s in found]))  # type: ignore[arg-type]


def named(worlds: list[object], lengths: list[int]) -> str | int | None:
    """The size that is this long in every world."""
    for letter in worlds[0].sizes:  # type: ignore[attr-defined]
        if all(w.sizes[letter] == n for w, n in zip(worlds, lengths, strict=True)):  # type: ignore[attr-defined]
            return str(letter)
    return lengths[0] if len(set(lengths)) == 1 else None


def in_figures(reading: Reading, name: str, what: Drawn) -> bool:
    """`X \\in \\mathbb R^{3 \\times 5}`: the sizes of an example, where the problem has letters for them."""
    lengths = [int(n.value) for n in what.shape if isinstance(n, Num) and 1 <= n.value <= MAX_SIDE]
    if not lengths or len(lengths) != len(what.shape):
        return False
    rows, columns = (*lengths, 1)[:2]
    sizes = sizes_for(reading, name, (rows, columns))
    if not sizes:
        return False
    part = scopes.gone_on(reading, name, sizes) or scopes.opened(reading, EXAMPLE, "sizes in numbers")
    if part is None or any(part.sizes.get(n, s) != s for n, s in sizes.items()):
        return False
    scopes.give(reading, part, {}, sizes)
    return True
