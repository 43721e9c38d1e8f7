"""Rules of mathematics quoted in letters that the problem uses otherwise, and one letter for a function and its value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product

from evalkit.derivation.following import shapes
from evalkit.derivation.following.fitting import ONE, Lengths
from evalkit.derivation.following.part import OWN
from evalkit.derivation.following.reading import NEAR, Read, Reading
from evalkit.derivation.following.scopes import opened
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Sub, Sym, substitute_index, walk
from evalkit.derivation.text import prose
from evalkit.derivation.verdicts.in_world import in_world
from evalkit.derivation.verdicts.judge import moved_names
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.evaluate import Evaluator
from evalkit.derivation.worlds.scope import Defined, Drawn, Entry
from evalkit.derivation.worlds.values import IllTyped, Trouble, Undefined
from evalkit.derivation.worlds.world import GENERIC

SIZES = (4, 5)
"""Of the free letters, in all combinations."""
MAX_LETTERS, MAX_RULES = 3, 6
Pair = tuple[int, int]
SQUARE = frozenset({"symmetric", "pd", "psd", "skew", "orthogonal", "invertible", "diagonal"})


def general_rule(reading: Reading, read: Read) -> Read | None:
    """Has no shape in the problem's letters, and holds for matrices of all shapes that fit: a rule that is quoted."""
    left, right = read.sides
    both = Bin("=", left, right)
    names = sorted({n.name for n in walk(both) if isinstance(n, Sym) and n.name != "I"})
    if not 1 <= len(names) <= MAX_LETTERS or not all(len(n) == 1 and n.isupper() for n in names):
        return None
    if reading.trial or reading.quoted >= MAX_RULES or any(is_given(reading, n) for n in walk(both)):
        return None
    shapes = shapes_of(both, names)
    if not any(a != b for shape in shapes for a, b in shape):
        return None  # of square ones alone too much is true
    reading.quoted += 1
    for more in (frozenset[str](), frozenset({"symmetric"})):
        kinds = {n: kinds_of(reading, n) | more for n in names}
        if holds_in_general(reading, read, shapes, kinds):
            if more:
                return read.decided(Verdict.DISPUTED, "true where the square matrices are symmetric, in free letters")
            return replace(read, judgement=Judgement(Verdict.ALGEBRA, reason=f"for all matrices {', '.join(names)}"))
    return None


def is_given(reading: Reading, node: Node) -> bool:
    """A letter with a number, `W_2`, that has a meaning: what has its shape is no rule in free letters."""
    return isinstance(node, Sub) and bool(node.name) and reading.judge.scope.find(node.name) is not None


def holds_in_general(
    reading: Reading, read: Read, fitting: list[tuple[Pair, ...]], kinds: dict[str, frozenset[str]]
) -> bool:
    """Whether it is true for all these shapes of the letters, not counting those in which it has no shape after all."""
    tried = 0
    for shape in fitting:
        entries = {n: Drawn(tuple(Num(float(x)) for x in s), kinds[n] if s[0] == s[1] else frozenset(), None, "reply")
                   for n, s in zip(kinds, shape, strict=True)}  # fmt: skip
        try:
            if not holds_with(reading, entries, *read.sides):
                return False
        except IllTyped:
            continue
        tried += any(a != b for a, b in shape)
    return bool(tried)


def holds_with(reading: Reading, entries: Mapping[str, Entry], left: Node, right: Node) -> bool:
    """Whether it is true in all worlds where names mean this. Raises IllTyped where it has no shape."""
    judge, held = reading.judge, False
    scope = judge.scope_of(GENERIC).extended(entries)
    moved = moved_names(scope, left, right)
    for world in judge.worlds:
        try:
            if not in_world(Evaluator(scope, world, moved=moved), left, right, judge.limits).holds:
                return False
            held = True
        except Undefined:
            continue
        except IllTyped:
            raise
        except (Trouble, ArithmeticError, ValueError, MemoryError):
            return False
    return held


def kinds_of(reading: Reading, name: str) -> frozenset[str]:
    found = reading.judge.scope.find(name)
    own = found[1].kinds & SQUARE if found is not None and isinstance(found[1], Drawn) else frozenset[str]()
    return own | (prose.properties(reading.clause[-NEAR:]) & frozenset({"symmetric"}))


def shapes_of(both: Node, names: list[str]) -> list[tuple[Pair, ...]]:
    """All shapes of all letters that can fit, square ones of one size first."""
    lengths = Lengths(names)
    lengths.fit(both)
    shapes = lengths.merged()
    free = sorted({n for shape in shapes for n in shape})
    if ONE in free:
        return []
    sizes = [dict(zip(free, choice, strict=True)) for choice in product(SIZES, repeat=len(free))]
    return [tuple((size[a], size[b]) for a, b in shapes) for size in sizes]


def function_value(reading: Reading, read: Read) -> Read | None:
    """Uses the letter of a function for its value: `\\sigma = \\sigma(w^T x)`."""
    left, right = read.sides
    name = shapes.plain_name(left)
    if name is None or not isinstance(right, Call) or right.name != name:
        return None
    found = reading.judge.scope.find(name)
    if found is None or not isinstance(found[1], Defined) or len(found[1].params) != len(right.args):
        return None
    if (
        any(shapes.has_name(arg, name) for arg in right.args)
        or reading.judge.equation(right, right).verdict not in TRUE
    ):
        return None
    body = found[1].body
    for i, parameter in enumerate(found[1].params):
        body = substitute_index(body, parameter, Sym(f"{parameter}@{i}"))
    for i, (parameter, arg) in enumerate(zip(found[1].params, right.args, strict=True)):
        body = substitute_index(body, f"{parameter}@{i}", arg)
    part = opened(reading, OWN, "the value of a function under its letter")
    if part is None:
        return None
    part.end = min(part.end, reading.outline.block_end(reading.at))
    part.names[name] = body
    part.judge.define({name: Defined(body, (), None, "reply")})
    return replace(
        read, judgement=Judgement(Verdict.DEFINITION, reason="the value of a function"), introduces=frozenset({name})
    )
