r"""A second opinion by math-verify, asked where our own reader cannot read or compare two formulas.

Only as a reader of LaTeX, without its fallbacks to strings and numbers and without its own time limits, which work by
alarms. It folds case, drops words and rounds to six digits, so it is not asked where letters differ by case alone or
words stand in a formula, and values are compared by algebra.py. "Different" counts only for two values, sets or
matrices that it has read on both sides; two equations that it calls different may be one in another form.

Loads math-verify: hostile input can hang it, and it swallows what would stop it, so a process that can be killed is the
only bound. Not covered: what our own filters refuse (see evalkit/scorers/expression.py).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any

import math_verify
import sympy  # type: ignore[import-untyped]

from evalkit.reading.maths import algebra
from evalkit.reading.maths.algebra import Settings
from evalkit.reading.maths.latex import tokens
from evalkit.reading.maths.names import Unreadable

logging.getLogger("math_verify").setLevel(logging.CRITICAL)  # it warns that its time limit is off
_CONFIG = math_verify.LatexExtractionConfig(
    boxed_match_priority=-1,
    normalization_config=math_verify.LatexNormalizationConfig(
        basic_latex=True, units=False, malformed_operators=True, nits=True, boxed="none", equations=False
    ),
)
SLOW = 1.0
"""Seconds of processor time, less than a scorer has."""
_MISREAD = frozenset({"\\circ", "\\%", "_", ":", "\\dots", "'"})
"""It drops bases and degrees, and reads times and indices in its own ways."""


def opinion(wanted: str, found: str, settings: Settings) -> bool | None:
    """Whether the two are the same; None where it cannot tell either."""
    both = [tokens(latex) for latex in (wanted, found)]
    if any(_MISREAD & set(side) or any(t.startswith('"') for t in side) for side in both) or _folded(*both):
        return None
    if any(side[-1:] == ["\\"] or any(_opened(side)) for side in both):
        return None
    began = time.process_time()
    gold, pred = _read(wanted), _read(found)
    kind = _kind(gold)
    if kind is None or _kind(pred) is not kind:
        return None
    if pred.free_symbols - gold.free_symbols:
        return None
    if kind is sympy.Expr:
        try:
            return algebra.equal(gold, pred, settings.tolerance)
        except Unreadable:
            return None
    options: dict[str, Any] = {"float_rounding": 12, "numeric_precision": 30, "strict": True, "timeout_seconds": None}
    if math_verify.verify([gold], [pred], **options):
        return True
    # What stopped it half-way it calls different, too.
    return None if kind is sympy.Rel or time.process_time() - began > SLOW else False


def _opened(side: Sequence[str]) -> list[int]:
    """How many brackets of each kind are left open; math-verify closes them as it likes."""
    return [side.count("{") - side.count("}"), sum(map(side.count, "([")) - sum(map(side.count, ")]"))]


def _folded(gold: Sequence[str], pred: Sequence[str]) -> bool:
    """Whether the reply has letters that the staff's answer lacks, or two letters differ by case alone."""
    letters = [{t for t in side if len(t) == 1 and t.isalpha()} for side in (gold, pred)]
    return bool(letters[1] - letters[0]) or len({t.lower() for t in letters[0]}) < len(letters[0])


def _read(latex: str) -> Any:
    read = math_verify.parse(f"${latex}$", [_CONFIG], fallback_mode="no_fallback", parsing_timeout=None)
    return read[0] if len(read) == 1 else None


_KINDS = (sympy.Rel, sympy.Set, sympy.MatrixBase, sympy.Tuple, sympy.Expr)


def _kind(value: Any) -> type | None:
    return next((kind for kind in _KINDS if isinstance(value, kind)), None)
