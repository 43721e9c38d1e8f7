"""An interval for the mean difference on exactly these problems: only the noise of sampling counts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from evalkit.stats.groups import Floats, Ints, Labels, group_means, paired_arrays, rounding, value_range
from evalkit.stats.paired import paired_difference
from evalkit.stats.rates import tango_interval, wilson_limits

MIN_OTHERS = 10
"""With fewer values off the most common one, and those a rarity, the t interval covered only 91 to 92.6 %."""
FEW_COUNTED = 10
"""Where an arm has fewer samples of one of two values, 95 % intervals covered 93.8 to 98.5 % (docs/statistics.md)."""


@dataclass(frozen=True, slots=True)
class WithinInterval:
    """`low` and `high` are None where `reason` says why the tool cannot tell."""

    difference: float
    low: float | None
    high: float | None
    method: Literal["score", "t", "between problems"] | None
    confidence: float
    reason: str | None


def within_problem_interval(
    arm: ArrayLike, baseline: ArrayLike, problem: Labels, *, paired: bool = False, confidence: float = 0.95
) -> WithinInterval:
    """Interval for the mean over these problems of (expected value of the arm - of the baseline).

    Arguments as in `within_problem_permutation`. The variance of the difference is the sum of the samples' variances
    over problems, (1 / P^2) sum s^2 / n (stratified sampling: Cochran, Sampling Techniques, 1977, chapter 5); a problem
    with one pair gets the mean s^2 of the others.

    `score`, for scores of two values (0/1): each arm's mean gets Wilson limits with the effective sample size
    m (1 - m) / variance, at least P^2 / sum(1 / n) (Kott and Carr, Journal of Official Statistics 13, 1997, 81-98),
    joined by Newcombe's method; with paired=True Tango's interval with the effective number of pairs. `t`, for other
    values: Satterthwaite's degrees of freedom. `between problems`: where most problems have one pair, the interval of
    `paired_difference`, which adds the spread between problems and so is too wide rather than too short (Neyman).

    Cannot tell: most problems have one pair and there are fewer than 4; nothing varies; or, in scores of more than two
    values, fewer than 10 of them, and fewer than 5 %, differ from the most common one.
    Raises ValueError as `paired_difference` does.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence: expected a share between 0 and 1, found {confidence}")
    a, b, code, count = paired_arrays(arm, baseline, problem)
    size = np.bincount(code, minlength=count)
    difference = float(group_means(a - b, code, count).mean())
    if 2 * int((size >= 2).sum()) <= count:
        wide = paired_difference(a, b, code, confidence=confidence)
        reason = f"most problems have one sample; {wide.reason}" if wide.reason else None
        return WithinInterval(
            difference, wide.low, wide.high, None if reason else "between problems", confidence, reason
        )
    tail = 0.5 + confidence / 2
    scale = value_range(a, b, 2)
    if scale is not None:
        least = min(a.min(), b.min())
        low, high = (_paired_score if paired else _score)((a - least) / scale, (b - least) / scale, code, size, tail)
        return WithinInterval(difference, scale * low, scale * high, "score", confidence, None)
    rare = _rare(np.concatenate([a, b]))
    if rare is not None:
        return WithinInterval(difference, None, None, None, confidence, rare)
    parts = [_variances(a - b, code, size)] if paired else [_variances(x, code, size) for x in (a, b)]
    variance = sum(float(v.sum()) for v in parts)
    if variance <= rounding(a, b) ** 2:
        return WithinInterval(difference, None, None, None, confidence, "no value varies within any problem")
    df = variance**2 / sum(float((v**2 / np.maximum(size - 1, 1)).sum()) for v in parts)
    half = float(stdtrit(df, tail)) * math.sqrt(variance)
    return WithinInterval(difference, difference - half, difference + half, "t", confidence, None)


def few_counted(arm: ArrayLike, baseline: ArrayLike) -> bool:
    """Do the scores have two values, one of which fewer than 10 samples of an arm have? arm, baseline: shape (pairs,).

    Intervals tend to be too wide there; not covered: effects that only a few problems show, where they are too short.
    """
    a, b = np.asarray(arm, float), np.asarray(baseline, float)
    values = np.unique(np.concatenate([a, b]))
    return len(values) == 2 and any(int((x == v).sum()) < FEW_COUNTED for x in (a, b) for v in values)


def _rare(values: Floats) -> str | None:
    """Why scores that are nearly all the same give no t interval, or None."""
    most = int(np.unique(values, return_counts=True)[1].max())
    others = len(values) - most
    if others == 0:
        return "no value varies"
    if others < MIN_OTHERS and others < 0.05 * len(values):
        return f"only {others} of {len(values)} values differ from the most common one"
    return None


def _variances(x: Floats, code: Ints, size: Ints) -> Floats:
    """Each problem's part in the variance of the mean over problems, shape (problems,)."""
    count = len(size)
    residual = x - group_means(x, code, count)[code]
    squares = np.bincount(code, weights=residual**2, minlength=count)
    several = size >= 2
    s2 = squares / np.maximum(size - 1, 1)
    s2[~several] = s2[several].mean()
    return np.asarray(s2 / size / count**2)


def _score(a: Floats, b: Floats, code: Ints, size: Ints, tail: float) -> tuple[float, float]:
    count = len(size)
    critical = float(stdtrit(2 * int((size - 1).sum()), tail))
    limits = []
    for x in (a, b):
        mean = float(group_means(x, code, count).mean())
        effective = _effective(mean * (1 - mean), float(_variances(x, code, size).sum()), size)
        limits.append((mean, *wilson_limits(mean, effective, critical)))
    (m1, l1, u1), (m2, l2, u2) = limits
    return m1 - m2 - math.hypot(m1 - l1, u2 - m2), m1 - m2 + math.hypot(u1 - m1, m2 - l2)


def _paired_score(a: Floats, b: Floats, code: Ints, size: Ints, tail: float) -> tuple[float, float]:
    count = len(size)
    gain, loss = (float(group_means((x > y).astype(float), code, count).mean()) for x, y in ((a, b), (b, a)))
    spread = gain + loss - (gain - loss) ** 2
    n = _effective(spread, float(_variances(a - b, code, size).sum()), size)
    return tango_interval(gain * n, loss * n, n, critical=float(stdtrit(int((size - 1).sum()), tail)))


def _effective(spread: float, variance: float, size: Ints) -> float:
    """How many independent outcomes of one common distribution would be as precise as these strata are."""
    least = len(size) ** 2 / float((1 / size).sum())
    return max(least, spread / variance) if variance > 1e-15 else least
