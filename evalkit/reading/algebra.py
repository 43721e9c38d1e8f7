r"""Whether two short pieces of LaTeX say the same: parsed by math-verify, compared here with sympy.

Loads sympy (about a second), so import it where it is used. Hostile input can hang it: run it in a process that can be
killed, behind a filter for length and depth (see evalkit/scorers/expression.py, which also says what is compared how).
math-verify is used as a LaTeX reader only: LaTeX alone, no fallback to strings and numbers, no units, its time limits
off since they work in the main thread only. Its own comparison is not used: it rounds to six decimals (2^{-99} =
2^{-98}) and folds case (X = x).
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Sequence
from typing import Any

import math_verify
import sympy  # type: ignore[import-untyped]

logging.getLogger("math_verify").setLevel(logging.ERROR)  # it warns that its own time limit is off


class UnsureError(Exception):
    """No verdict can be trusted; the text says why."""


def same(wanted: str, found: str, tolerance: float) -> bool:
    """Whether two pieces of LaTeX say the same. Raises UnsureError where that cannot be told.

    tolerance: relative, where a side has decimals. No caps and no time limit: the caller sees to both.
    """
    gold, pred = (_parse(latex) for latex in _without_capitals(wanted, found))
    extra = {str(s) for s in pred.free_symbols} - {str(s) for s in gold.free_symbols}
    if extra:
        raise UnsureError("it has letters that the staff's answer lacks")
    verdict = _same(gold, pred, tolerance)
    if any(str(s) == "i" for s in gold.free_symbols | pred.free_symbols):
        imaginary = {s: sympy.I for s in gold.free_symbols | pred.free_symbols if str(s) == "i"}
        if _same(gold.xreplace(imaginary), pred.xreplace(imaginary), tolerance) != verdict:
            raise UnsureError("the letter i may be an index or the imaginary unit")
    return verdict


def _without_capitals(*formulas: str) -> list[str]:
    """Capital letters replaced by unused small ones, since the reader makes no difference between `X` and `x`."""
    token = re.compile(r"\\([A-Z][a-z]+)(?![A-Za-z])|\\[A-Za-z]+|[A-Za-z]")
    used = {m.group() for f in formulas for m in token.finditer(f)}
    free = [c for c in "abcfghjklmnopqrstuvwxyz" if c not in used]
    capitals = sorted(u for u in used if u.lstrip("\\")[0].isupper())
    if len(capitals) > len(free):
        raise UnsureError("too many different letters")
    new = dict(zip(capitals, free, strict=False))
    return [token.sub(lambda m: f" {new[m.group()]} " if m.group() in new else m.group(), f) for f in formulas]


def _parse(latex: str) -> Any:
    config = math_verify.LatexExtractionConfig(
        boxed_match_priority=-1,
        normalization_config=math_verify.LatexNormalizationConfig(
            basic_latex=True, units=False, malformed_operators=True, nits=True, boxed="none", equations=False
        ),
    )
    parsed = math_verify.parse(f"${latex}$", [config], fallback_mode="no_fallback", parsing_timeout=None)
    if len(parsed) != 1 or not isinstance(parsed[0], (sympy.Basic, sympy.MatrixBase)):
        raise UnsureError("its LaTeX could not be read")
    return parsed[0]


def _same(gold: Any, pred: Any, tolerance: float) -> bool:
    if isinstance(gold, sympy.Equality) or isinstance(pred, sympy.Equality):
        return _same_equation(gold, pred, tolerance)
    if isinstance(gold, sympy.Rel) or isinstance(pred, sympy.Rel):
        return _same_inequality(gold, pred)
    if isinstance(gold, sympy.MatrixBase) and isinstance(pred, sympy.MatrixBase):
        return gold.shape == pred.shape and _all_same(list(gold), list(pred), tolerance)
    if isinstance(gold, sympy.Interval) and isinstance(pred, sympy.Interval):
        edges = gold.left_open == pred.left_open and gold.right_open == pred.right_open
        return edges and _all_same((gold.start, gold.end), (pred.start, pred.end), tolerance)
    pair = [sympy.Tuple(s.start, s.end) if isinstance(s, sympy.Interval) and s.is_open else s for s in (gold, pred)]
    if all(isinstance(s, sympy.Tuple) for s in pair):
        return len(pair[0]) == len(pair[1]) and _all_same(pair[0], pair[1], tolerance)
    if isinstance(gold, sympy.FiniteSet) and isinstance(pred, sympy.FiniteSet):
        return len(gold.args) == len(pred.args) and all(
            any(_same(g, p, tolerance) for p in pred.args) for g in gold.args
        )
    if isinstance(gold, sympy.Set) and isinstance(pred, sympy.Set):
        return bool(gold == pred or gold.symmetric_difference(pred).is_empty)
    if isinstance(gold, sympy.Expr) and isinstance(pred, sympy.Expr):
        return _same_scalar(gold, pred, tolerance)
    return False


def _all_same(gold: Sequence[Any], pred: Sequence[Any], tolerance: float) -> bool:
    return all(_same(g, p, tolerance) for g, p in zip(gold, pred, strict=True))


def _same_scalar(gold: Any, pred: Any, tolerance: float) -> bool:
    if gold == pred:
        return True
    room = tolerance if gold.has(sympy.Float) or pred.has(sympy.Float) else 1e-12
    return all(abs(g - p) <= room * max(abs(g), abs(p)) for g, p in _values(gold, pred))


def _same_equation(gold: Any, pred: Any, tolerance: float) -> bool:
    """Proportional, or solved for the same letter with one solution each; `x = 5` may be answered by `5`."""
    if not isinstance(pred, sympy.Equality) and isinstance(gold, sympy.Equality) and gold.lhs.is_Symbol:
        return _same(gold.rhs, pred, tolerance)
    if not (isinstance(gold, sympy.Equality) and isinstance(pred, sympy.Equality)):
        return False
    if _proportional(gold, pred, False):
        return True
    shared = sorted(gold.free_symbols & pred.free_symbols, key=str)
    if not shared:
        return False
    unknown = gold.lhs if gold.lhs in shared else shared[-1]
    try:
        solved = [sympy.solve(r.lhs - r.rhs, unknown) for r in (gold, pred)]
    except (NotImplementedError, TypeError, ValueError) as error:
        raise UnsureError("the equation could not be solved") from error
    if any(len(solutions) != 1 for solutions in solved):
        raise UnsureError("the equations differ in form")
    return _same_scalar(solved[0][0], solved[1][0], tolerance)


def _same_inequality(gold: Any, pred: Any) -> bool:
    turned = {sympy.Ge: sympy.Le, sympy.Gt: sympy.Lt}
    kinds = [turned.get(type(r), type(r)) for r in (gold, pred)]
    if any(kind not in (sympy.Le, sympy.Lt) for kind in kinds):
        raise UnsureError("one of the two is an inequality of another kind")
    return kinds[0] is kinds[1] and _proportional(gold, pred, True)


def _proportional(gold: Any, pred: Any, positive: bool) -> bool:
    """Whether left minus right of one is a constant multiple of the other's, at all sample points."""
    gaps = [(r.lhs - r.rhs) * (-1 if isinstance(r, (sympy.Ge, sympy.Gt)) else 1) for r in (gold, pred)]
    ratios = [p / g for g, p in _values(*gaps) if g != 0]
    if not ratios or any(r == 0 for r in ratios) or (positive and (ratios[0].imag or ratios[0].real < 0)):
        return False
    return all(abs(r - ratios[0]) <= 1e-9 * abs(ratios[0]) for r in ratios)


_POINTS = (0.7310585, 1.6180339, 2.2360679, 0.3678794, 1.2020569, 2.6651441, 0.9159655, 1.7724538)
_SIGNS = ((1, 1), (1, 1), (1, 1), (1, -1), (-1, -1), (-1, 1), (1, 1), (-1, 1))
"""Sign of the first letter, and whether it alternates: all positive, mixed, all negative."""


def _values(gold: Any, pred: Any) -> list[tuple[complex, complex]]:
    """Both expressions at fixed points: real values where there are at least three, else complex ones."""
    symbols = sorted(gold.free_symbols | pred.free_symbols, key=str)
    if not symbols:
        return [_pair(gold, pred, {})]
    both: list[tuple[complex, complex]] = []
    for i, (first, step) in enumerate(_SIGNS):
        point = {s: first * step**j * _POINTS[(3 * i + j) % 8] * (1 + j // 8) for j, s in enumerate(symbols)}
        try:
            both.append(_pair(gold, pred, point))
        except UnsureError:
            continue
    real = [(g, p) for g, p in both if abs(g.imag) <= 1e-12 * abs(g) and abs(p.imag) <= 1e-12 * abs(p)]
    if len(both) < 3:
        raise UnsureError("it could not be evaluated")
    return real if len(real) >= 3 else both


def _pair(gold: Any, pred: Any, point: dict[Any, float]) -> tuple[complex, complex]:
    """Both values with 30 digits behind them, scaled by the staff's so that tiny and huge numbers fit a float."""
    exact = {symbol: sympy.Rational(str(value)) for symbol, value in point.items()}
    try:
        g, p = (sympy.N(e.doit().xreplace(exact).doit(), 30) for e in (gold, pred))
        scale = abs(g) or abs(p) or 1
        values = complex(sympy.N(g / scale, 20)), complex(sympy.N(p / scale, 20))
    except (TypeError, ValueError, ArithmeticError, AttributeError, RecursionError) as error:
        raise UnsureError("it could not be evaluated") from error
    if not all(math.isfinite(v.real) and math.isfinite(v.imag) for v in values):
        raise UnsureError("it has no finite value")
    return values
