r"""`(1 - i)^2 = -2i`: equations in which i, or j, is the imaginary unit.

A letter i that nothing explains and that is no index is tried as the unit: an equation that holds so, for all values of
the other letters, is true. It is false only where nothing in it but i is a letter, and the reply said before what i is or
something that is true by it alone. A bar or a star on a known name is its conjugate, bars are the modulus, a dagger turns
and conjugates.
Not covered: derivatives, logarithms of numbers without a positive real part, other roots than square ones, inner products, `\bar` over more
than a name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from evalkit.derivation.following.reading import NEAR, Read, Reading
from evalkit.derivation.following.shapes import plain_name
from evalkit.derivation.following.spoken import is_small_letter
from evalkit.derivation.grammar.nodes import (
    Big,
    Bin,
    Call,
    Diff,
    Grad,
    Node,
    Num,
    Sub,
    Sym,
    Un,
    children,
    rebuilt,
    walk,
)
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.scope import Defined, Drawn, Entry, Scope, folded_names, names_in, unbound_names

UNITS = ("i", "j")
IMAGINARY = Defined(Call("csqrt", (Num(-1),)), (), None, "reply")
HALF = Bin("/", Num(1), Num(2))
MAX_TRIED, MAX_LETTERS = 60, 5
SAYS = re.compile(r"\bimaginary\b|\bcomplex (?:number|plane|root|exponential|unit)|\b[ij] ?\^ ?\{?2\}? ?= ?-1\b", re.I)
NEGATIVE = "a power of a negative number"
"""Why the root of a negative number has no value."""
RULE = "imaginary_unit"
_UNFIT = frozenset(
    {"max", "min", "sign", "relu", "inner", "rank", "norm_2", "norm_1", "norm_inf", "norm_nuc", "softmax", "E", "Var"}
    | {"Cov", "binom", "between", "at", "lim", "arcsin", "arccos", "arctan", "softplus", "\\Gamma"}
)
_LENGTHS = frozenset({"abs", "norm", "norm_F"})
_TURNED = "@turned"
_CONJUGATED = re.compile(r"\\(?:bar|overline) (.+)|(.+)\^\*")


def imaginary_unit(reading: Reading, read: Read) -> Read | None:
    """Holds where i is the imaginary unit, for all values of the other letters."""
    scope = reading.judge.scope
    unknown = {*read.judgement.unknown, *unbound_names(scope, *read.sides)}
    used = {*unknown, *(n for side in read.sides for n in names_in(side))}
    given = {n: Defined(body, (), None, "reply") for n, body in reading.complexes.items() if is_in(n, used)}
    written = {n for body in (e.body for e in given.values()) for n in names_in(body)}
    unit = next((u for u in UNITS if u in unknown | written), UNITS[0] if read.judgement.reason == NEGATIVE else None)
    if unit is None or is_index(unit, read.sides) or reading.imagined >= MAX_TRIED:
        return None
    reading.imagined += 1
    with reading.judge.trying({unit: IMAGINARY, **given}):
        scope = reading.judge.scope
        others = [n for n in unbound_names(scope, *read.sides) if n != unit and not is_conjugate(scope, n)]
    if (named := value_given(reading, read, unit, given, others)) is not None:
        return named
    if len(others) > MAX_LETTERS or not all(map(is_small_letter, others)):
        return None
    letters: dict[str, Entry] = {n: Drawn((), frozenset({"positive"}), None, "reply") for n in others}
    with reading.judge.trying({unit: IMAGINARY, **given, **letters}):
        unfit = any(is_unfit(n) for side in read.sides for n in walk(side)) or not is_plain(reading, read.sides)
        sides = [complex_tree(reading.judge.scope, side) for side in read.sides]
        found = None if unfit else in_both_parts(reading, unit, sides)
        if found in TRUE and holds_of_positive(reading, unit, sides, others):
            return None
        known = not others and is_known(reading, read.sides)
    if found is None:
        return None
    if found in TRUE:
        return replace(read, judgement=Judgement(Verdict.IDENTITY, reason=f"{unit} is the imaginary unit"))
    if found is Verdict.FAILS and known and not folded_names(scope, *read.sides) and is_said(reading, read, unit):
        return read.decided(Verdict.FAILS, f"{unit} is the imaginary unit")
    return None


def is_in(name: str, unknown: Collection[str]) -> bool:
    """Whether a name, or its conjugate, is among these."""
    return any(name == n or ((found := _CONJUGATED.fullmatch(n)) and name in found.groups()) for n in unknown)


def value_given(
    reading: Reading, read: Read, unit: str, given: Mapping[str, Entry], others: Sequence[str]
) -> Read | None:
    """The relation as what gives a new name, or anew one that got such a value before, a complex number."""
    left, right = read.sides
    name = plain_name(left) or ""
    turns = any(isinstance(n, Bin) and n.op == "^" and unit in names_in(n.right) for n in walk(right))
    told = SAYS.search(reading.document.text, 0, read.end + NEAR)
    if not (turns or told or given or is_said(reading, read, unit)):
        return None  # `2 + 3i` at place i
    with reading.judge.trying({unit: IMAGINARY, **given}):
        scope = reading.judge.scope
        value = complex_tree(scope, right)
        if name in ("", unit) or name in names_in(right) or is_conjugate(scope, name) or unbound_names(scope, right):
            return None
        new = scope.find(name) is None and set(others) <= {name}
        if not (new or (name in given and unit in names_in(right))) or is_unfit(right):
            return None
        if name in given and in_both_parts(reading, unit, [left, value]) is not Verdict.FAILS:
            return None
        if in_both_parts(reading, unit, [value, value]) is None:
            return None
    reading.complexes[name] = value
    return replace(read.decided(Verdict.DEFINITION, "a complex number"), introduces=frozenset({name}))


def in_both_parts(reading: Reading, unit: str, sides: Sequence[Node]) -> Verdict | None:
    """Whether the real parts and the imaginary parts agree: true, FAILS, or None where there is no value."""
    out = Verdict.IDENTITY
    for pair in (sides, [Bin("*", Sym(unit), side) for side in sides]):
        judgement = reading.judge.equation(*pair)
        if judgement.verdict is Verdict.FAILS:
            out = Verdict.FAILS
        elif judgement.verdict not in (Verdict.IDENTITY, Verdict.ALGEBRA):
            return None
    return out


def holds_of_positive(reading: Reading, unit: str, sides: Sequence[Node], letters: Sequence[str]) -> bool:
    """Whether it fails where one of the letters is negative."""
    for name in letters:
        turned = Defined(Un("-", Sym(f"{name}{_TURNED}")), (), None, "reply")
        with reading.judge.trying(
            {f"{name}{_TURNED}": Drawn((), frozenset({"positive"}), None, "reply"), name: turned}
        ):
            if in_both_parts(reading, unit, sides) is Verdict.FAILS:
                return True
    return False


def is_index(unit: str, sides: Sequence[Node]) -> bool:
    """Whether the letter counts something: in a subscript, or in a sum."""
    for side in sides:
        for node in walk(side):
            if isinstance(node, Big) and unit in node.index:
                return True
            if isinstance(node, Sub) and any(Sym(unit) in set(walk(i)) for i in node.index or ()):
                return True
    return False


def is_conjugate(scope: Scope, name: str) -> bool:
    """Whether a name is a bar or a star on a known one."""
    found = _CONJUGATED.fullmatch(name)
    return found is not None and scope.find(found[1] or found[2]) is not None


def is_plain(reading: Reading, sides: Sequence[Node]) -> bool:
    """Whether what names stand for is the same in complex numbers."""
    env = reading.judge.general
    entries = [env.scope.entries.get(n) for side in sides for n in env.depends(side)]
    nodes = [n for e in entries if isinstance(e, Defined) for n in walk(e.body)]
    turned = any(isinstance(n, Un) and n.op in ("pinv", "'") for n in nodes)
    measured = any(isinstance(n, Call) and n.name in _LENGTHS for n in nodes)
    return not turned and not measured and not any(map(is_unfit, nodes))


def is_unfit(node: Node) -> bool:
    """Whether it is not covered."""
    if isinstance(node, Big):
        return node.kind in ("max", "min")
    return isinstance(node, Grad | Diff) or (isinstance(node, Call) and node.name in _UNFIT)


def complex_tree(scope: Scope, node: Node) -> Node:
    """The tree with what bars, stars, daggers and roots are of complex numbers."""
    if isinstance(node, Sym | Sub) and node.name and scope.find(node.name) is None and is_conjugate(scope, node.name):
        found = _CONJUGATED.fullmatch(node.name)
        return Call("conj", (Sym((found[1] or found[2]) if found else node.name),))
    parts = children(node)
    new = rebuilt(node, [complex_tree(scope, part) for part in parts]) if parts else node
    if isinstance(new, Un) and new.op in ("pinv", "'"):
        return Un("T", Call("conj", (new.x,)))
    if isinstance(new, Call) and new.name in _LENGTHS:
        return Call("modulus", new.args)
    if isinstance(new, Bin) and new.op == "^" and new.right == HALF:
        return Call("csqrt", (new.left,))
    return new


def is_known(reading: Reading, sides: Sequence[Node]) -> bool:
    """Whether there is no free letter in it."""
    env = reading.judge.general
    entries = [env.scope.entries.get(n) for side in sides for n in env.depends(side)]
    return all(e is None or (isinstance(e, Defined) and not e.params) for e in entries)


def is_said(reading: Reading, read: Read, unit: str) -> bool:
    """Whether the reply says what i is, or has something before that is true by it; and i counts nothing anywhere."""
    readable = [r for r in reading.relations if r.left is not None and r.right is not None]
    if any(is_index(unit, r.sides) or Sym(unit) in r.sides for r in readable):
        return False
    if SAYS.search(reading.document.text, 0, read.end):
        return True
    return any(r.judgement.rule == RULE and r.judgement.verdict in TRUE for r in readable)
