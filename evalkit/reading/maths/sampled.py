r"""Values of sympy expressions at fixed points.

Sample points are real numbers, positive and negative; points where a side is not real are left out unless no
others remain, so `\sqrt{1/n}` equals `1/\sqrt n`, and `\sqrt{x^2}` is not `x`.

Not covered: whole numbers, conditions on the letters.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import sympy  # type: ignore[import-untyped]

from evalkit.reading.maths.names import UnsureError

_POINTS = (0.7310585, 1.6180339, 2.2360679, 0.3678794, 1.2020569, 2.6651441, 0.9159655, 1.7724538)
_SIGNS = ((1, 1), (1, 1), (1, 1), (1, -1), (-1, -1), (-1, 1), (1, 1), (-1, 1))
"""Sign of the first letter, and whether it alternates: all positive, mixed, all negative."""


def points(symbols: list[Any]) -> Iterator[dict[Any, float]]:
    """Values for letters."""
    for i, (first, step) in enumerate(_SIGNS):
        yield {s: first * step**j * _POINTS[(3 * i + j) % 8] * (1 + j // 8) for j, s in enumerate(symbols)}


def values(gold: Any, pred: Any, *, scaled: bool = True) -> list[tuple[complex, complex]]:
    """Both expressions at fixed points: real values where there are at least three, else complex ones."""
    symbols = sorted(gold.free_symbols | pred.free_symbols, key=str)
    if not symbols:
        return [_pair(gold, pred, {}, scaled)]
    both: list[tuple[complex, complex]] = []
    for point in points(symbols):
        try:
            both.append(_pair(gold, pred, point, scaled))
        except UnsureError:
            continue
    real = [(g, p) for g, p in both if abs(g.imag) <= 1e-12 * abs(g) and abs(p.imag) <= 1e-12 * abs(p)]
    if len(both) < 3:
        raise UnsureError("it could not be evaluated")
    return real if len(real) >= 3 else both


def _pair(gold: Any, pred: Any, point: Mapping[Any, float], scaled: bool) -> tuple[complex, complex]:
    """Both values with 30 digits behind them, scaled by the staff's so that tiny and huge numbers fit a float."""
    exact = {symbol: sympy.Rational(str(value)) for symbol, value in point.items()}
    try:
        g, p = (sympy.N(e.doit().xreplace(exact).doit(), 30) for e in (gold, pred))
        scale = (abs(g) or abs(p) or 1) if scaled else 1
        found = complex(sympy.N(g / scale, 20)), complex(sympy.N(p / scale, 20))
    except (TypeError, ValueError, ArithmeticError, AttributeError, RecursionError) as error:
        raise UnsureError("it could not be evaluated") from error
    if not all(math.isfinite(v.real) and math.isfinite(v.imag) for v in found):
        raise UnsureError("it has no finite value")
    return found


def number(value: Any, point: Mapping[Any, float]) -> float | None:
    """The real value at a point, None where there is none, or where letters are left."""
    if value.free_symbols - point.keys():
        return None
    try:
        found = sympy.N(value.xreplace({s: sympy.Rational(str(v)) for s, v in point.items()}).doit(), 20)
        if found in (sympy.oo, -sympy.oo):
            return math.inf if found == sympy.oo else -math.inf
        result = complex(found)
    except (TypeError, ValueError, ArithmeticError, AttributeError, RecursionError):
        return None
    real = math.isfinite(result.real) and abs(result.imag) <= 1e-12 * max(1.0, abs(result))
    return result.real if real else None


def proportional(gold: Any, pred: Any, *, positive: bool) -> bool:
    """Whether one gap between sides is a constant multiple of the other at all sample points."""
    ratios = [p / g for g, p in values(gold, pred) if g != 0]
    if not ratios or any(r == 0 for r in ratios) or (positive and (ratios[0].imag or ratios[0].real < 0)):
        return False
    return all(abs(r - ratios[0]) <= 1e-9 * abs(ratios[0]) for r in ratios)
