"""Weighted sums of independent estimates, with the intervals that each of them has."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evalkit.stats.within import WithinInterval

Spans = Callable[[float], tuple[float, float]]
"""Confidence -> limits."""


@dataclass(frozen=True, slots=True)
class Joined:
    """`low`, `high` and `p` are None where `reason` says why nothing can be told."""

    difference: float
    low: float | None
    high: float | None
    p: float | None
    """Two-sided, that there is none: 1 - the largest confidence whose interval leaves out 0."""
    error: float | None
    """Root of the sum of the squared standard errors; df: Satterthwaite's."""
    df: float | None
    reason: str | None


def joined(parts: Sequence[WithinInterval], weights: Sequence[float], confidence: float = 0.95) -> Joined:
    """The sum of weights[i] * parts[i].difference, with an interval and p.

    The limits are recovered from those of the parts (Zou and Donner, Statistics in Medicine 27, 2008, 1693-1702), which
    must be independent: one effect in each of several models, say. Cannot tell: where a part has no interval.
    """
    difference = sum(w * part.difference for w, part in zip(weights, parts, strict=True))
    spans = [part.spans for part in parts]
    known: list[Spans] = [s for s in spans if s is not None]
    if len(known) < len(parts):
        reason = next(part.reason for part in parts if part.spans is None)
        return Joined(difference, None, None, None, None, None, reason)

    def limits(confidence: float) -> tuple[float, float]:
        below = above = 0.0
        for part, span, weight in zip(parts, known, weights, strict=True):
            low, high = span(confidence)
            down, up = weight * (part.difference - low), weight * (high - part.difference)
            if weight < 0:
                down, up = -up, -down
            below, above = below + down**2, above + up**2
        return difference - math.sqrt(below), difference + math.sqrt(above)

    variances = [(w * (part.error or 0.0)) ** 2 for w, part in zip(weights, parts, strict=True)]
    spread = sum(v**2 / part.df for v, part in zip(variances, parts, strict=True) if part.df)
    return Joined(
        difference, *limits(confidence), _p(limits, difference), math.sqrt(sum(variances)),
        sum(variances) ** 2 / spread if spread else None, None,
    )  # fmt: skip


def _p(limits: Spans, difference: float) -> float:
    outside, inside = 0.0, 1.0
    if difference == 0:
        return 1.0
    for _ in range(30):  # p to nine decimals
        middle = (outside + inside) / 2
        low, high = limits(middle)
        outside, inside = (middle, inside) if low > 0 or high < 0 else (outside, middle)
    return 1 - outside
