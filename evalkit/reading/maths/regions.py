r"""Answers that are a part of the real line: `0 < x \le 4`, `(0, 4]`, `x < -1 or x > 2`, `\mathbb R \setminus \{0\}`.

Two are the same if they hold the same numbers (line.py). Edges with letters of their own (`a < x < b`) are compared at
positive sample points of these letters.

Not covered: sets of integers but by name, more than one unknown but for single inequalities that are multiples of each
other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import sympy  # type: ignore[import-untyped]

from evalkit.reading.maths import algebra, line, nodes, sampled
from evalkit.reading.maths.algebra import Settings
from evalkit.reading.maths.line import LINE, Part, Piece
from evalkit.reading.maths.names import FinalError, OtherKindError, Unreadable, UnsureError, name
from evalkit.reading.maths.nodes import (
    KINDS,
    ORDERS,
    Braces,
    Brackets,
    Builder,
    Joined,
    Named,
    Node,
    Relation,
    Scalar,
    Several,
)  # fmt: skip
from evalkit.reading.maths.scalars import Way


def is_region(node: Node) -> bool:
    """Whether this must be meant as a part of the line; a pair `(0, 4)` need not."""
    match node:
        case Relation(marks, sides):
            within = marks == ("\\in",) and (is_region(sides[1]) or isinstance(sides[1], Brackets))
            return within or bool(set(marks) & (ORDERS | {"\\ne", "\\notin"}))
        case Named(text):
            return text in ("R", "R+", "R-", "R0+", "R*")
        case Builder() | Joined():
            return True
        case Brackets(opening, close, items):
            infinite = any(isinstance(item, Scalar) and "\\infty" in item.tokens for item in items)
            return len(items) == 2 and (opening + close in ("[)", "(]") or infinite)
        case Several(items):
            return all(is_region(item) for item in items)
        case _:
            return False


def unknowns(node: Node) -> set[str]:
    """The letters whose values the region may hold; several where `a < x` does not say."""
    match node:
        case Relation(marks, sides) if "\\in" in marks or "\\notin" in marks:
            text = name(sides[0].tokens) if isinstance(sides[0], Scalar) else None
            return {text} if text else set()
        case Relation():
            alone = nodes.variables(node)
            if len(node.sides) > 2 and alone:
                return {alone[0]}
            return set(alone) or letters(node)
        case Builder(element):
            text = name(element.tokens) if isinstance(element, Scalar) else None
            return {text} if text else unknowns(element)  # `x \\in \\mathbb R | ...`
        case Several(items) | Joined(_, items):
            found = [inner for inner in map(unknowns, items) if inner]
            return set.intersection(*found) or set().union(*found) if found else set()
        case _:
            return set()


def letters(node: Node) -> set[str]:
    """Names of all letters. Raises Unreadable."""
    return {str(symbol) for symbol in _symbols(node)}


def _symbols(node: Node) -> set[Any]:
    found: set[Any] = set()
    for tokens in _tokens(node):
        found |= algebra.expression(tokens, Way(commuting=True)).free_symbols
    return found


def _tokens(node: Node) -> Iterator[tuple[str, ...]]:
    match node:
        case Scalar(tokens):
            yield tokens
        case Brackets(items=inner) | Braces(inner) | Several(inner) | Joined(parts=inner) | Relation(sides=inner):
            for item in inner:
                yield from _tokens(item)
        case Builder(element, condition):
            yield from (*_tokens(element), *_tokens(condition))


def _unknown(asked: set[str], given: set[str]) -> str:
    """The letter that both are about; x, y, z before others, the empty string where neither names one. Raises
    UnsureError where they name different ones."""
    common = asked & given if asked and given else asked | given
    if (asked or given) and not common:
        raise UnsureError("it is about another letter")
    if len(common) > 2:
        raise UnsureError("several unknowns")
    return min(common, key=lambda text: (text[0] not in "xyzt", text), default="")


def same(gold: Node, pred: Node, settings: Settings) -> bool:
    """Whether two regions hold the same numbers. Raises Unreadable."""
    asked, given = unknowns(gold), unknowns(pred)
    if len(asked) == 1 == len(given) and asked != given:
        if _same(gold, pred, (asked.pop(), given.pop()), settings):
            if isinstance(gold, Builder) and isinstance(pred, Builder):
                return True  # in `\\{y | y > 2\\}` the letter is bound
            raise FinalError("it is about another letter")
        return False
    unknown = _unknown(asked, given)
    return _same(gold, pred, (unknown, unknown), settings)


def _same(gold: Node, pred: Node, about: tuple[str, str], settings: Settings) -> bool:
    """The same, each as a region of its own letter."""
    letter, other = map(sympy.Symbol, about)
    parameters = sorted((_symbols(gold) - {letter}) | (_symbols(pred) - {other}), key=str)
    exact, given = ([t for tokens in _tokens(node) for t in tokens if "." in t] for node in (gold, pred))
    tolerance = settings.tolerance if exact or given else 1e-9
    if not exact:
        tolerance = max([tolerance, *(algebra.rounding(t, settings.digits) for t in given)])
    for chosen in list(sampled.points(parameters))[:3] if parameters else [{}]:
        if not line.same(_Reader(letter, chosen).part(gold), _Reader(other, chosen).part(pred), tolerance):
            return False
    return True


class _Reader:
    """Parts of the line for nodes, in one unknown, at one point of the other letters."""

    def __init__(self, unknown: Any, chosen: Mapping[Any, float]) -> None:
        self.unknown, self.chosen = unknown, chosen

    def part(self, node: Node) -> Part:
        match node:
            case Named(text):
                return self.named(text)
            case Brackets(opening, close, (low, high)) if opening in "([":
                return Part((Piece(self.value(low), opening == "[", self.value(high), close == "]"),))
            case Braces(items):
                return Part(parts=tuple(line.point(self.value(item)) for item in items))
            case Scalar():
                return line.point(self.value(node))
            case Joined(marks, parts):
                whole = self.part(parts[0])
                for mark, part in zip(marks, parts[1:], strict=True):
                    how = {"\\cup": "or", "\\cap": "and", "\\setminus": "not"}[mark]
                    whole = Part(how=how, parts=(whole, self.part(part)))
                return whole
            case Builder(element, condition):
                base = (self.part(element),) if isinstance(element, Relation) else ()  # `x \in \mathbb R | ...`
                return Part(how="and", parts=(*base, self.part(condition)))
            case Several(items, how):
                return self.several([self.part(item) for item in items], how)
            case Relation():
                links = zip(node.sides, node.marks, node.sides[1:], strict=False)
                return Part(how="and", parts=tuple(self.link(*link) for link in links))
            case _:
                raise OtherKindError(KINDS)

    def named(self, text: str) -> Part:
        if text == "empty":
            return Part()
        low, high = Piece(-math.inf, False, 0.0, False), Piece(0.0, text == "R0+", math.inf, False)
        known = {"R": LINE, "R+": Part((high,)), "R0+": Part((high,)), "R-": Part((low,)), "R*": Part((low, high))}
        if text not in known:
            raise UnsureError(KINDS)
        return known[text]

    def several(self, parts: list[Part], how: str) -> Part:
        either, both = Part(how="or", parts=tuple(parts)), Part(how="and", parts=tuple(parts))
        if how == "or":
            return either
        # "x < -1, x > 2" lists two parts; nobody would call the empty set so.
        return both if any(both.holds(x) for x in line.witnesses(both.edges())) else either

    def link(self, left: Node, mark: str, right: Node) -> Part:
        if mark in ("\\in", "\\notin"):
            inside = self.part(right)
            return inside if mark == "\\in" else Part(how="not", parts=(LINE, inside))
        if mark not in (*ORDERS, "\\ne", "="):
            raise UnsureError("a relation of another kind")
        if not self.unknown.name:
            raise UnsureError("a condition on no letter")
        one, two = self.expression(left), self.expression(right)
        if one == self.unknown and self.unknown not in two.free_symbols:
            return line.solved(mark, self.value(right))
        if two == self.unknown and self.unknown not in one.free_symbols:
            turned = {"<": ">", ">": "<", "\\le": "\\ge", "\\ge": "\\le"}
            return line.solved(turned.get(mark, mark), self.value(left))
        gap = (one - two).xreplace({s: sympy.Rational(str(v)) for s, v in self.chosen.items()})
        if gap.free_symbols - {self.unknown}:
            raise UnsureError("several unknowns")
        return line.computed(mark, gap, self.unknown)

    def expression(self, node: Node) -> Any:
        return algebra.expression(nodes.plain(node).tokens, Way(commuting=True))

    def value(self, node: Node) -> float:
        expression = self.expression(node)
        found = None if self.unknown in expression.free_symbols else sampled.number(expression, self.chosen)
        if found is None:
            raise UnsureError("an edge that could not be computed")
        return found


def multivariate(gold: Relation, pred: Relation, settings: Settings) -> bool:
    """Two inequalities in several letters: one a positive multiple of the other. Raises Unreadable."""
    gaps = []
    for node in (gold, pred):
        if len(node.marks) != 1 or node.marks[0] not in ORDERS:
            raise UnsureError("the inequalities differ in form")
        sides = [algebra.expression(nodes.plain(side).tokens, Way(commuting=settings.commuting)) for side in node.sides]
        gaps.append(sides[0] - sides[1] if node.marks[0] in ("<", "\\le") else sides[1] - sides[0])
    strict = [node.marks[0] in ("<", ">") for node in (gold, pred)]
    return strict[0] == strict[1] and sampled.proportional(gaps[0], gaps[1], positive=True)


# ---------------------------------------------------------------- a proof that two differ

SAMPLES = 160


def separated(gold: Node, pred: Node) -> bool:
    """Whether one of fixed points belongs to one region and not to the other, so that they differ. Without such a point
    nothing is known. Takes relations in at most four letters."""
    try:
        symbols = sorted(_symbols(gold) | _symbols(pred), key=str)
        if len(symbols) > 4:
            return False
        points = ({s: _sample(k, j) for j, s in enumerate(symbols)} for k in range(1, SAMPLES))
        return any(_holds(gold, point) is not _holds(pred, point) for point in points)
    except Unreadable:
        return False


def _sample(k: int, j: int) -> float:
    """The k-th point of a sequence that fills [-3, 3] evenly, in direction j."""
    return 6 * (k * (0.7548776662, 0.5698402910, 0.8191725134, 0.6710436067)[j] % 1) - 3


def _holds(node: Node, point: Mapping[Any, float]) -> bool:
    match node:
        case Several(items, how):
            return (any if how == "or" else all)(_holds(item, point) for item in items)
        case Relation():
            return all(_link(*link, point) for link in zip(node.sides, node.marks, node.sides[1:], strict=False))
        case _:
            raise UnsureError(KINDS)


def _link(left: Node, mark: str, right: Node, point: Mapping[Any, float]) -> bool:
    sides = [algebra.expression(nodes.plain(side).tokens, Way(commuting=True)) for side in (left, right)]
    gap = sampled.number(sides[0] - sides[1], point)
    if gap is None or mark not in (*ORDERS, "\\ne", "="):
        raise UnsureError("a relation of another kind")
    return line.fulfils(gap, mark)
