r"""Whether two equations say the same: one a multiple of the other, the same zeros, or solved for the same letter.

Not covered: several equations at once (sameness.py); equations with several
solutions that are no polynomials and differ in form.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import sympy  # type: ignore[import-untyped]

from evalkit.reading.maths.algebra import Settings, Tokens, agreed, equal, expression
from evalkit.reading.maths.names import UnsureError
from evalkit.reading.maths.sampled import number, points, proportional
from evalkit.reading.maths.scalars import Way


def same_equation(gold: tuple[Tokens, Tokens], pred: tuple[Tokens, Tokens], settings: Settings) -> bool:
    """Proportional, or solved for the same letter with one solution each. Raises Unreadable."""

    def verdict(first: Way, second: Way) -> bool:
        sides = [[expression(t, way) for t in pair] for pair, way in ((gold, first), (pred, second))]
        gaps = [left - right for left, right in sides]
        if proportional(gaps[0], gaps[1], positive=False):
            return True
        if all(gap.is_polynomial(*gap.free_symbols) and not gap.has(sympy.Float) for gap in gaps):
            return _same_zeros(*gaps)
        shared = sorted(gaps[0].free_symbols & gaps[1].free_symbols, key=str)
        if not shared:
            return False
        unknown = sides[0][0] if sides[0][0] in shared else shared[-1]
        solved = [_solved(gap, unknown) for gap in gaps]
        if any(len(solutions) != 1 for solutions in solved):
            if _zeros_apart(gaps[0], gaps[1], unknown):
                return False
            raise UnsureError("the equations differ in form")
        return equal(solved[0][0], solved[1][0], settings.tolerance)

    return agreed(verdict, (*gold[0], *gold[1]), (*pred[0], *pred[1]), settings)


def _same_zeros(gold: Any, pred: Any) -> bool:
    """Whether two polynomials vanish at the same complex points: the same factors, however often each."""
    symbols = sorted(gold.free_symbols | pred.free_symbols, key=str)
    if not symbols or not (gold.free_symbols and pred.free_symbols):
        return False
    if not (expandable(gold) and expandable(pred)):
        raise UnsureError("an equation of high degree")
    parts = [sympy.Poly(gap, *symbols, extension=True).sqf_part() for gap in (gold, pred)]
    return proportional(parts[0].as_expr(), parts[1].as_expr(), positive=False)


def _zeros_apart(gold: Any, pred: Any, unknown: Any) -> bool:
    """Whether a zero of one of the two is found that is none of the other, the other letters being fixed. Without one
    nothing is known."""
    others = sorted((gold.free_symbols | pred.free_symbols) - {unknown}, key=str)
    fixed = next(points(others))
    for one, two in ((gold, pred), (pred, gold)):
        for zero in _zeros(one, unknown, fixed):
            there = number(two, {**fixed, unknown: zero})
            if there is not None and abs(there) > 1e-6:
                return True
    return False


def _zeros(gap: Any, unknown: Any, fixed: Mapping[Any, float]) -> list[float]:
    """Some zeros where a function changes its sign, by bisection."""

    def at(x: float) -> float | None:
        return number(gap, {**fixed, unknown: x})

    found = []
    grid = [k / 4 + 0.0123 for k in range(-28, 29)]
    known = [(x, value) for x in grid if (value := at(x)) is not None]
    for (low, first), (high, second) in pairwise(known):
        if first * second >= 0:
            continue
        for _ in range(40):
            middle = (low + high) / 2
            value = at(middle)
            if value is None:
                break
            low, high = (middle, high) if value * first > 0 else (low, middle)
        end = at((low + high) / 2)
        if end is not None and abs(end) < 1e-9:  # else a pole
            found.append((low + high) / 2)
    return found[:4]


def _solved(gap: Any, unknown: Any) -> list[Any]:
    try:
        return list(sympy.solve(gap, unknown))
    except (NotImplementedError, TypeError, ValueError) as error:
        raise UnsureError("the equation could not be solved") from error


def expandable(value: Any) -> bool:
    """Whether writing all products out stays small. Degrees and letters are counted, nothing is written out."""
    degree = max((abs(e) for _, e in (p.as_base_exp() for p in value.atoms(sympy.Pow)) if e.is_Integer), default=1)
    return degree <= 12 and value.count_ops() <= 300 and len(value.free_symbols) <= 6
