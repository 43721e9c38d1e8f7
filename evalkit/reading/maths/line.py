r"""Parts of the real line as pieces, and the pieces on which one inequality in one letter holds.

The edges of an inequality that is not solved: of rational functions all real zeros and poles; of others the changes of
sign in a fixed grid, so two edges that are closer than the grid, or beyond 1000, are missed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import sympy  # type: ignore[import-untyped]

from evalkit.reading.maths.equations import expandable
from evalkit.reading.maths.names import UnsureError
from evalkit.reading.maths.sampled import number

MAX_EDGES = 12
"""Of an inequality that is neither solved nor rational."""
Snap = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Piece:
    """From `low` to `high`, the ends included or not. One point where they are equal."""

    low: float
    low_in: bool
    high: float
    high_in: bool

    def holds(self, x: float, snap: Snap) -> bool:
        """Whether `x` belongs to it."""
        low, high = snap(self.low), snap(self.high)
        return (low < x or (x == low and self.low_in)) and (x < high or (x == high and self.high_in))


@dataclass(frozen=True, slots=True)
class Part:
    """Pieces, or other parts, joined by `or`, `and`, or `not` (the first without the others)."""

    pieces: tuple[Piece, ...] = ()
    how: str = "or"
    parts: tuple[Part, ...] = ()

    def holds(self, x: float, snap: Snap = lambda edge: edge) -> bool:
        """Whether `x` belongs to it."""
        found = [piece.holds(x, snap) for piece in self.pieces] + [part.holds(x, snap) for part in self.parts]
        if self.how == "not":
            return found[0] and not any(found[1:])
        return all(found) if self.how == "and" else any(found)

    def edges(self) -> Iterable[float]:
        """Where membership may change."""
        for piece in self.pieces:
            yield from (edge for edge in (piece.low, piece.high) if math.isfinite(edge))
        for part in self.parts:
            yield from part.edges()


LINE = Part((Piece(-math.inf, False, math.inf, False),))


def point(x: float) -> Part:
    """One number."""
    return Part((Piece(x, True, x, True),))


def same(one: Part, two: Part, tolerance: float) -> bool:
    """Whether two parts hold the same numbers; edges are equal that differ by less than `tolerance` (relative)."""
    edges = sorted({*one.edges(), *two.edges()})
    snap = _snap(edges, tolerance)
    return all(one.holds(x, snap) == two.holds(x, snap) for x in witnesses(map(snap, edges)))


def witnesses(found: Iterable[float]) -> list[float]:
    """The edges, and one number between and beyond them: between two edges membership does not change."""
    edges = sorted(set(found))
    if not edges:
        return [0.0]
    between = [(low + high) / 2 for low, high in pairwise(edges)]
    return [edges[0] - 1, *edges, *between, edges[-1] + 1]


def _snap(edges: list[float], room: float) -> Snap:
    first: dict[float, float] = {}
    for edge in edges:
        alike = (f for f in first.values() if abs(f - edge) <= room * max(1e-9, abs(f), abs(edge)))
        first[edge] = next(alike, edge)
    return lambda x: first.get(x, x)


# ---------------------------------------------------------------- one inequality


def solved(mark: str, edge: float) -> Part:
    """The numbers x with `x mark edge`."""
    if mark in ("=", "\\ne"):
        return point(edge) if mark == "=" else Part(how="not", parts=(LINE, point(edge)))
    closed = mark in ("\\le", "\\ge")
    if mark in (">", "\\ge"):
        return Part((Piece(edge, closed, math.inf, False),))
    return Part((Piece(-math.inf, False, edge, closed),))


def computed(mark: str, gap: Any, unknown: Any) -> Part:
    """The values of `unknown` with `gap mark 0`. Raises UnsureError."""

    def at(x: float) -> float | None:
        return number(gap, {unknown: x})

    edges = _roots(gap, unknown) if gap.is_rational_function(unknown) else _crossings(at)
    pieces = []
    for low, high in zip([-math.inf, *edges], [*edges, math.inf], strict=True):
        if fulfils(at(_within(low, high)), mark):
            pieces.append(Piece(low, False, high, False))
    for edge in edges:
        found = at(edge)
        # A root is known to some digits only, so the gap there is nearly zero; at a pole it is huge or nothing.
        if fulfils(0.0 if found is not None and abs(found) < 1e-7 * max(1.0, abs(edge)) else found, mark):
            pieces.append(Piece(edge, True, edge, True))
    return Part(tuple(pieces))


def _within(low: float, high: float) -> float:
    if math.isinf(low):
        return 0.0 if math.isinf(high) else high - 1
    return low + 1 if math.isinf(high) else (low + high) / 2


def fulfils(gap: float | None, mark: str) -> bool:
    """Whether `gap mark 0`; what has no finite value fulfils nothing."""
    if gap is None or math.isinf(gap):
        return False
    kinds = {"<": gap < 0, ">": gap > 0, "\\le": gap <= 0, "\\ge": gap >= 0, "=": gap == 0, "\\ne": gap != 0}
    return kinds[mark]


def _roots(gap: Any, unknown: Any) -> list[float]:
    """Real zeros and poles of a rational function."""
    if not expandable(gap):
        raise UnsureError("an inequality of high degree")
    found: set[float] = set()
    for side in sympy.fraction(sympy.together(sympy.nsimplify(gap, rational=True))):
        polynomial = sympy.Poly(side, unknown)
        if polynomial.degree() < 1:
            continue
        exact = polynomial.domain.is_QQ or polynomial.domain.is_ZZ
        zeros = polynomial.real_roots() if exact else polynomial.nroots()
        found |= {float(sympy.re(zero)) for zero in zeros if abs(float(sympy.im(zero))) < 1e-9}
    return sorted(found)


def _crossings(at: Callable[[float], float | None]) -> list[float]:
    """Where a function changes its sign or begins to be defined."""
    steps = [10 ** (k / 4) for k in range(-8, 13)]
    grid = sorted({*(k / 4 + 0.0123 for k in range(-80, 81)), *steps, *(-step for step in steps)})
    kinds = [_kind(at(x)) for x in grid]
    if sum(one != two for one, two in pairwise(kinds)) > MAX_EDGES:
        raise UnsureError("an inequality with many edges")
    found = []
    for low, high, one, two in zip(grid, grid[1:], kinds, kinds[1:], strict=False):
        if one == two:
            continue
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if _kind(at(middle)) == one else (low, middle)
        edge = (low + high) / 2
        found.append(float(round(edge)) if abs(edge - round(edge)) < 1e-9 else edge)
    return found


def _kind(value: float | None) -> int | None:
    return None if value is None else (value > 0) - (value < 0)
