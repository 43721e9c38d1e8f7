"""Rates that a judge gave, corrected by human labels: prediction-powered inference, with problems as clusters."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from evalkit.stats.groups import MIN_UNITS, Floats, Ints, Labels, Sides, codes, finite, joined
from evalkit.stats.rates import wilson_limits

MIN_LABELS = 30
"""Human labels per arm below which no corrected rate is given."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """A mean corrected by human labels. Figures are None where `reason` says why."""

    n_labelled: int
    n_unlabelled: int
    estimate: float | None
    error: float | None
    low: float | None
    high: float | None
    weight: float | None
    """How much the judge is trusted, 0 to 1 (lambda)."""
    reason: str | None
    df: int | None = None
    parts: tuple[tuple[object, float], ...] = ()
    """What each cluster adds to the error of the estimate: (cluster, sum of its items' parts)."""


def corrected_mean(
    human: ArrayLike,
    judge: ArrayLike,
    judge_unlabelled: ArrayLike,
    *,
    cluster: Sides | None = None,
    confidence: float = 0.95,
) -> Corrected:
    """Prediction-powered mean of one arm (PPI++: Angelopoulos, Duchi and Zrnic, arXiv:2311.01453).

    human, judge: both verdicts on the labelled items, shape (n_l,); judge_unlabelled: the judge's on the others, shape
    (n_u,). Labelled items must be a random choice. With w = cov(h, f) / (var(f) (1 + n_l / n_u)), clipped to [0, 1] and
    var(f) over all items: estimate = w mean(f_u) + mean(h - w f), error^2 = var(h - w f) / n_l + w^2 var(f_u) / n_u.

    cluster: the problem (or the context that problems share) of the labelled items (`arm`) and of the others
    (`baseline`). Items of one problem are alike, so the error is then that of a linear estimate over clusters: an item
    adds (h - w f - mean) / n_l or w (f - mean) / n_u; with u_g the sum of what cluster g adds, error^2 = G / (G - 1)
    sum u_g^2, on G - 1 degrees of freedom (Liang and Zeger, Biometrika 73, 1986, 13-22). Without clusters every item is
    one, but for the factor the same.

    The interval uses the t quantile; for 0/1 labels it is Wilson's with the effective size
    estimate (1 - estimate) / error^2, at most n_l + n_u: estimate +- t error covers only 87 to 93 % near 0 and 1. Call
    it once per arm: a judge errs differently by arm.

    Cannot tell: fewer than 30 labels, fewer than 4 clusters, or labels other than 0/1 without spread. Raises ValueError
    for unequal lengths or NaN.
    """
    h, f, u = finite(human, "human"), finite(judge, "judge"), finite(judge_unlabelled, "judge_unlabelled")
    if len(h) != len(f):
        raise ValueError(f"expected both verdicts on each labelled item, found {len(h)} and {len(f)}")
    nothing = Corrected(len(h), len(u), None, None, None, None, None, None)
    if len(h) < MIN_LABELS:
        return replace(nothing, reason=f"{len(h)} human labels: at least {MIN_LABELS} are needed")
    weight = _weight(h, f, u)
    rest = h - weight * f
    estimate = float(rest.mean()) + (weight * float(u.mean()) if weight else 0.0)
    items = np.concatenate(
        [(rest - rest.mean()) / len(h), weight * (u - (u.mean() if len(u) else 0.0)) / max(len(u), 1)]
    )
    parts: tuple[tuple[object, float], ...] = ()
    if cluster is None:
        variance = float(rest.var(ddof=1)) / len(h) + (weight**2 * float(u.var(ddof=1)) / len(u) if weight else 0.0)
        df = len(h) - 1
    else:
        labels = joined(cluster)
        code, count = codes(labels)
        if count < MIN_UNITS:
            return replace(nothing, reason=f"labels of {count} problems: at least {MIN_UNITS} are needed")
        sums = np.bincount(code, weights=items, minlength=count)
        variance, df = float(sums @ sums) * count / (count - 1), count - 1
        parts = tuple(zip(_names(labels, code), sums.tolist(), strict=True))
    found = replace(nothing, estimate=estimate, error=math.sqrt(variance), weight=weight, df=df, parts=parts)
    critical = float(stdtrit(df, 0.5 + confidence / 2))
    if np.isin(h, (0.0, 1.0)).all():
        return _wilson(found, critical, clustered=cluster is not None)
    if variance <= 1e-24:
        return replace(found, error=None, reason="no spread: every label is the same")
    half = critical * math.sqrt(variance)
    return replace(found, low=estimate - half, high=estimate + half)


def _weight(h: Floats, f: Floats, u: Floats) -> float:
    spread = float(np.concatenate([f, u]).var(ddof=1))
    if len(u) < 2 or spread <= 0:
        return 0.0
    covariance = float(np.cov(h, f, ddof=1)[0, 1])
    return min(1.0, max(0.0, covariance / (spread * (1 + len(h) / len(u)))))


def _names(labels: Labels, code: Ints) -> list[object]:
    first = np.unique(code, return_index=True)[1]
    return [labels[i] for i in first.tolist()]


def _wilson(found: Corrected, critical: float, *, clustered: bool) -> Corrected:
    """Limits of a rate by the size that independent labels would need for its error."""
    estimate, variance = min(max(found.estimate or 0.0, 0.0), 1.0), (found.error or 0.0) ** 2
    most = float(found.n_labelled + found.n_unlabelled)
    # A rate of 0 or 1 says nothing of its spread: clusters then count as one label each, labels as one.
    least = float((found.df or 0) + 1)
    effective = estimate * (1 - estimate) / variance if variance > 0 else least
    effective = min(effective if clustered and variance > 0 else max(effective, least), most)
    low, high = wilson_limits(estimate, effective, critical)
    return replace(found, estimate=estimate, low=low, high=high)


def corrected_difference(arm: Corrected, baseline: Corrected) -> tuple[float, float, float] | None:
    """Difference of two corrected means and its limits, or None where either has no interval.

    The limits join those of the arms (Zou and Donner, Statistics in Medicine 27, 2008, 1693-1702) with the correlation
    of the two means over the clusters that both have; without clusters the arms are taken as independent, which on the
    same problems is too wide, not too short.
    """
    if arm.estimate is None or arm.low is None or arm.high is None:
        return None
    if baseline.estimate is None or baseline.low is None or baseline.high is None:
        return None
    difference, r = arm.estimate - baseline.estimate, correlation(arm, baseline)

    def side(one: float, other: float) -> float:
        return math.sqrt(max(one**2 + other**2 - 2 * r * one * other, 0.0))

    low = difference - side(arm.estimate - arm.low, baseline.high - baseline.estimate)
    return difference, low, difference + side(arm.high - arm.estimate, baseline.estimate - baseline.low)


def error_of(arm: Corrected, baseline: Corrected) -> float | None:
    """Standard error of the difference of two corrected means."""
    if arm.error is None or baseline.error is None:
        return None
    shared = 2 * correlation(arm, baseline) * arm.error * baseline.error
    return math.sqrt(max(arm.error**2 + baseline.error**2 - shared, 0.0))


def correlation(arm: Corrected, baseline: Corrected) -> float:
    """Of the errors of two means over the clusters that both have; 0 without clusters."""
    mine, theirs = dict(arm.parts), dict(baseline.parts)
    norm = math.sqrt(sum(x * x for x in mine.values()) * sum(x * x for x in theirs.values()))
    return sum(mine[g] * theirs[g] for g in mine.keys() & theirs.keys()) / norm if norm > 0 else 0.0


def as_written(label: float, score: float) -> float:
    """The score, where it rounds to a label written with three decimals or more (0.333 for a third), else the label."""
    decimals = len(repr(label).partition(".")[2])
    return score if decimals >= 3 and round(score, decimals) == label else label
