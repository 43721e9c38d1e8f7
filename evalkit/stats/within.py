"""An interval for the mean difference on exactly these problems: only the noise of sampling counts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from evalkit.stats.groups import (
    MIN_UNITS,
    Floats,
    Ints,
    Labels,
    Sampled,
    Sides,
    group_means,
    rounding,
    sampled,
    value_range,
)
from evalkit.stats.paired import FEW_VALUES, paired_difference
from evalkit.stats.rates import tango_interval, wilson_limits

MIN_OTHERS = 10
"""With fewer values off the most common one, and those a rarity, the t interval covered only 91 to 92.6 %."""
FEW_COUNTED = 10
"""Where an arm has fewer samples of one of two values, 95 % intervals covered 93.8 to 98.5 % (docs/statistics.md)."""


Method = Literal["score", "t", "between problems"]


@dataclass(frozen=True, slots=True)
class WithinInterval:
    """`low` and `high` are None where `reason` says why the tool cannot tell."""

    difference: float
    low: float | None
    high: float | None
    method: Method | None
    reason: str | None
    spans: Callable[[float], tuple[float, float]] | None
    """Confidence -> limits."""
    error: float | None = None
    """Standard error of the difference."""
    df: float | None = None


def within_problem_interval(
    arm: ArrayLike,
    baseline: ArrayLike,
    problem: Labels | Sides,
    *,
    paired: bool = False,
    span: tuple[float, float] | None = None,
) -> WithinInterval:
    """95 % interval for the mean over these problems of (expected value of the arm - of the baseline).

    Arguments as in `within_problem_permutation`, `span` as in `paired_difference`. The variance of the difference is
    the sum of the samples' variances over problems, (1 / P^2) sum s^2 / n (stratified sampling: Cochran, Sampling
    Techniques, 1977, chapter 5); a problem with one pair gets the mean s^2 of the others.

    `score`, for scores of two values (0/1): each arm's mean gets Wilson limits with the effective sample size
    m (1 - m) / variance, at least P^2 / sum(1 / n) (Kott and Carr, Journal of Official Statistics 13, 1997, 81-98),
    joined by Newcombe's method; with paired=True Tango's interval with the effective number of pairs. `t`, for other
    values: Satterthwaite's degrees of freedom. `between problems`: where most problems have one pair, the interval of
    `paired_difference`, which adds the spread between problems and so is too wide rather than too short (Neyman).

    Scores that hardly vary (no value within any problem; or, of more than two values, fewer than 10, and fewer than
    5 %, off the most common one) say nothing of their variance: `score` on their range (that of at most 5 values, else
    `span`) takes the largest variance that their mean allows.

    Cannot tell: most problems have one pair and there are fewer than 4; such scores of many values without `span`.
    Raises ValueError as `paired_difference` does.
    """
    scores = sampled(arm, baseline, problem)
    a, b, sizes = scores.a, scores.b, scores.sizes
    means = scores.means
    difference = float((means[0] - means[1]).mean())
    if 2 * int((np.minimum(*sizes) >= 2).sum()) <= scores.count:
        wide = paired_difference(a, b, problem, span=span)
        if wide.evidence is None:
            few = f"and there are fewer than {MIN_UNITS}" if scores.count < MIN_UNITS else wide.reason
            return WithinInterval(difference, None, None, None, f"most problems have one sample, {few}", None)
        return _found(difference, "between problems", wide.evidence.interval, (wide.evidence.error, wide.evidence.df))
    ends, coarse = _ends(a, b, 2), None
    if ends is None:
        parts = _parts(scores, paired)
        variance = sum(float(v.sum()) for v in parts)
        coarse = _rare(np.concatenate([a, b]))
        if coarse is None and variance > rounding(a, b) ** 2:
            df = variance**2 / sum(
                float((v**2 / np.maximum(size - 1, 1)).sum()) for v, size in zip(parts, sizes, strict=False)
            )
            return _found(difference, "t", partial(_t, difference, math.sqrt(variance), df), (math.sqrt(variance), df))
        coarse = coarse or "no value varies within any problem"
        ends = _ends(a, b, FEW_VALUES) or span
        if ends is None:
            return WithinInterval(difference, None, None, None, coarse, None)
    scale = ends[1] - ends[0]
    unit = replace(scores, a=(a - ends[0]) / scale, b=(b - ends[0]) / scale)
    inner = _scores(unit, paired, coarse is not None)
    error = math.sqrt(sum(float(part.sum()) for part in _parts(scores, paired)))
    return _found(difference, "score", partial(_scaled, inner, scale), (error, _df(scores, paired)))


def _df(scores: Sampled, paired: bool) -> int:
    """Degrees of freedom of the samples within problems."""
    return sum(int((size - 1).sum()) for size in scores.sizes[: 1 if paired else 2])


def _found(
    difference: float, method: Method, spans: Callable[[float], tuple[float, float]], spread: tuple[float, float]
) -> WithinInterval:
    """spread: standard error and degrees of freedom."""
    return WithinInterval(difference, *spans(0.95), method, None, spans, *spread)


def _ends(a: Floats, b: Floats, most: int) -> tuple[float, float] | None:
    """The least and the largest score where they take 2 to `most` different values, else None."""
    scale = value_range(a, b, most)
    least = float(min(a.min(), b.min()))
    return None if scale is None else (least, least + scale)


def _t(difference: float, error: float, df: float, confidence: float) -> tuple[float, float]:
    half = float(stdtrit(df, 0.5 + confidence / 2)) * error
    return difference - half, difference + half


def equivalence_within(found: WithinInterval, delta: float) -> tuple[float, float, float] | None:
    """(p, lower and upper 90 % limit): is the difference on these problems smaller than `delta` in size?

    Two one-sided tests by the interval: p is half of 1 - the largest confidence whose interval lies inside (-delta,
    delta); where none does, half of 1 + the largest whose interval lies outside. None where nothing can be told. Raises
    ValueError unless delta > 0.
    """
    if delta <= 0:
        raise ValueError(f"expected delta > 0, found {delta}")
    if found.spans is None:
        return None
    inside = _widest(found.spans, lambda low, high: -delta < low and high < delta)
    outside = _widest(found.spans, lambda low, high: low > delta or high < -delta) if inside == 0.0 else 0.0
    return ((1 - inside + outside) / 2, *found.spans(0.90))


def _widest(spans: Callable[[float], tuple[float, float]], holds: Callable[[float, float], bool]) -> float:
    """The largest confidence of whose limits it holds; 0 where it does of none."""
    most, least = 0.0, 1.0
    for _ in range(40):
        middle = (most + least) / 2
        most, least = (middle, least) if holds(*spans(middle)) else (most, middle)
    return most


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


def _parts(scores: Sampled, paired: bool) -> list[Floats]:
    """`_variances` of the differences of pairs, or of both arms."""
    if paired:
        return [_variances(scores.a - scores.b, scores.code_a, scores.sizes[0])]
    (size_a, size_b) = scores.sizes
    return [_variances(scores.a, scores.code_a, size_a), _variances(scores.b, scores.code_b, size_b)]


def _variances(x: Floats, code: Ints, size: Ints) -> Floats:
    """Each problem's part in the variance of the mean over problems, shape (problems,). size: of the problems."""
    count = len(size)
    residual = x - group_means(x, code, count, size)[code]
    squares = np.bincount(code, weights=residual**2, minlength=count)
    several = size >= 2
    s2 = squares / np.maximum(size - 1, 1)
    s2[~several] = s2[several].mean()
    return np.asarray(s2 / size / count**2)


def _scores(scores: Sampled, paired: bool, coarse: bool) -> Callable[[float], tuple[float, float]]:
    """The score interval of scores between 0 and 1; coarse: their variance is not to be trusted."""
    count = scores.count

    size_a, size_b = scores.sizes

    def effective(spread: float, x: Floats, code: Ints, size: Ints) -> float:
        """How many independent outcomes of one common distribution would be as precise as these strata are."""
        least = count**2 / float((1 / size).sum())
        variance = float(_variances(x, code, size).sum())
        return least if coarse or variance <= 1e-15 else max(least, spread / variance)

    df = _df(scores, paired)
    if paired:
        d, code = scores.a - scores.b, scores.code_a
        gain, loss = (float(group_means(np.maximum(x, 0.0), code, count).mean()) for x in (d, -d))
        return partial(_tango, gain, loss, effective(gain + loss - (gain - loss) ** 2, d, code, size_a), df)
    m1, m2 = (float(x.mean()) for x in scores.means)
    arm = (m1, effective(m1 * (1 - m1), scores.a, scores.code_a, size_a))
    return partial(_newcombe, arm, (m2, effective(m2 * (1 - m2), scores.b, scores.code_b, size_b)), df)


def _newcombe(
    arm: tuple[float, float], baseline: tuple[float, float], df: int, confidence: float
) -> tuple[float, float]:
    """Wilson limits of both (mean, effective size), joined by Newcombe's method."""
    critical = float(stdtrit(df, 0.5 + confidence / 2))
    (m1, n1), (m2, n2) = arm, baseline
    (l1, u1), (l2, u2) = wilson_limits(m1, n1, critical), wilson_limits(m2, n2, critical)
    return m1 - m2 - math.hypot(m1 - l1, u2 - m2), m1 - m2 + math.hypot(u1 - m1, m2 - l2)


def _tango(gain: float, loss: float, n: float, df: int, confidence: float) -> tuple[float, float]:
    return tango_interval(gain * n, loss * n, n, critical=float(stdtrit(df, 0.5 + confidence / 2)))


def _scaled(inner: Callable[[float], tuple[float, float]], scale: float, confidence: float) -> tuple[float, float]:
    low, high = inner(confidence)
    return scale * low, scale * high
