"""How far a judge agrees with people, and rates corrected by human labels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from evalkit.stats.groups import Floats, finite
from evalkit.stats.rates import quantile, wilson, wilson_limits

MIN_LABELS = 30
"""Human labels per arm below which no corrected rate is given."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two raters on the same items. `kappa`, `low` or `high` are None where `reason` says why."""

    n: int
    categories: tuple[float, ...]
    confusion: tuple[tuple[int, ...], ...]
    """Rows: first rater (human), columns: second (judge), in the order of `categories`."""
    raw: float
    raw_low: float
    raw_high: float
    """Wilson's interval of the raw agreement."""
    prevalence: tuple[tuple[float, ...], tuple[float, ...]]
    """Share of each category by the first and by the second rater."""
    kappa: float | None
    low: float | None
    high: float | None
    reason: str | None


def agreement(human: ArrayLike, judge: ArrayLike, *, confidence: float = 0.95) -> Agreement:
    """Raw agreement, prevalence, confusion and Cohen's kappa of two raters' categories.

    human, judge: category codes, shape (items,). Kappa's interval is kappa +- z times the large-sample error of Fleiss,
    Cohen and Everitt (Psychological Bulletin 72, 1969, 323-327), cut at -1 and 1. Items are taken as independent; many
    samples of one problem are not. Cannot tell: one category only (kappa undefined), or no spread (no interval).
    Raises ValueError for unequal lengths, no items or NaN.
    """
    h, j = finite(human, "human"), finite(judge, "judge")
    if len(h) != len(j) or not len(h):
        raise ValueError(f"expected two ratings of each item, found {len(h)} and {len(j)}")
    categories, inverse = np.unique(np.concatenate([h, j]), return_inverse=True)
    k, n = len(categories), len(h)
    table = np.bincount(inverse[:n] * k + inverse[n:], minlength=k * k).reshape(k, k)
    share = table / n
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    seen, chance = float(np.trace(share)), float(rows @ columns)
    raw = wilson(int(np.trace(table)), n, confidence=confidence)
    kappa, low, high, reason = None, None, None, None
    if chance >= 1:
        reason = "both raters gave one and the same category throughout: kappa is undefined"
    else:
        kappa = (seen - chance) / (1 - chance)
        half = quantile(confidence) * _kappa_error(share, n)
        if half <= 1e-9:
            reason = "no spread: the large-sample error of kappa is 0"
        else:
            low, high = max(kappa - half, -1.0), min(kappa + half, 1.0)
    return Agreement(
        n=n,
        categories=tuple(categories.tolist()),
        confusion=tuple(tuple(row) for row in table.tolist()),
        raw=raw.rate,
        raw_low=raw.low,
        raw_high=raw.high,
        prevalence=(tuple(rows.tolist()), tuple(columns.tolist())),
        kappa=kappa,
        low=low,
        high=high,
        reason=reason,
    )


def _kappa_error(share: Floats, n: int) -> float:
    """Large-sample standard error of kappa; share: joint shares of both raters' categories, shape (k, k)."""
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    seen, chance = float(np.trace(share)), float(rows @ columns)
    weight = columns[:, None] + rows[None, :]
    diagonal = float((np.diag(share) * (1 - chance - np.diag(weight) * (1 - seen)) ** 2).sum())
    off = share * weight**2
    variance = diagonal + (1 - seen) ** 2 * float(off.sum() - np.trace(off))
    variance -= (seen * chance - 2 * chance + seen) ** 2
    return math.sqrt(max(variance, 0.0) / n) / (1 - chance) ** 2


@dataclass(frozen=True, slots=True)
class Corrected:
    """A mean, or a difference of means, corrected by human labels. Figures are None where `reason` says why."""

    n_labelled: int
    n_unlabelled: int
    estimate: float | None
    error: float | None
    low: float | None
    high: float | None
    weight: float | None
    """How much the judge is trusted, 0 to 1 (lambda)."""
    reason: str | None


def corrected_mean(
    human: ArrayLike, judge: ArrayLike, judge_unlabelled: ArrayLike, *, confidence: float = 0.95
) -> Corrected:
    """Prediction-powered mean of one arm (PPI++: Angelopoulos, Duchi and Zrnic, arXiv:2311.01453).

    human, judge: both verdicts on the labelled items, shape (n_l,); judge_unlabelled: the judge's on the others, shape
    (n_u,). Labelled items must be a random choice. With w = cov(h, f) / (var(f) (1 + n_l / n_u)), clipped to [0, 1] and
    var(f) over all items: estimate = w mean(f_u) + mean(h - w f), error^2 = var(h - w f) / n_l + w^2 var(f_u) / n_u.
    The interval uses the t quantile with n_l - 1 degrees of freedom; for 0/1 labels it is Wilson's with the effective
    size estimate (1 - estimate) / error^2, between n_l and n_l + n_u: estimate +- t error covers only 87 to 93 % near 0
    and 1. Call it once per arm: a judge errs differently by arm.

    Cannot tell: fewer than 30 labels, or labels other than 0/1 without spread. Raises ValueError for unequal lengths or
    NaN.
    """
    h, f, u = finite(human, "human"), finite(judge, "judge"), finite(judge_unlabelled, "judge_unlabelled")
    if len(h) != len(f):
        raise ValueError(f"expected both verdicts on each labelled item, found {len(h)} and {len(f)}")
    if len(h) < MIN_LABELS:
        reason = f"{len(h)} human labels: at least {MIN_LABELS} are needed"
        return Corrected(len(h), len(u), None, None, None, None, None, reason)
    weight = 0.0
    spread = float(np.concatenate([f, u]).var(ddof=1))
    if len(u) >= 2 and spread > 0:
        covariance = float(np.cov(h, f, ddof=1)[0, 1])
        weight = min(1.0, max(0.0, covariance / (spread * (1 + len(h) / len(u)))))
    rest = h - weight * f
    estimate = float(rest.mean()) + (weight * float(u.mean()) if weight else 0.0)
    variance = float(rest.var(ddof=1)) / len(h) + (weight**2 * float(u.var(ddof=1)) / len(u) if weight else 0.0)
    error = math.sqrt(variance)
    critical = float(stdtrit(len(h) - 1, 0.5 + confidence / 2))
    if np.isin(h, (0.0, 1.0)).all():
        estimate = min(max(estimate, 0.0), 1.0)
        effective = estimate * (1 - estimate) / variance if variance > 0 else 0.0
        effective = min(max(effective, float(len(h))), float(len(h) + len(u)))
        low, high = wilson_limits(estimate, effective, critical)
    elif error <= 1e-12:
        return Corrected(len(h), len(u), estimate, None, None, None, weight, "no spread: every label is the same")
    else:
        low, high = estimate - critical * error, estimate + critical * error
    return Corrected(len(h), len(u), estimate, error, low, high, weight, None)


def as_written(label: float, score: float) -> float:
    """The score, where it rounds to a label written with three decimals or more (0.333 for a third), else the label."""
    decimals = len(repr(label).partition(".")[2])
    return score if decimals >= 3 and round(score, decimals) == label else label


def corrected_difference(arm: Corrected, baseline: Corrected) -> tuple[float, float, float] | None:
    """Difference of two corrected means and its limits, or None where either has no interval.

    The limits join those of the arms (Zou and Donner, Statistics in Medicine 27, 2008, 1693-1702). The arms are taken
    as independent: on the same problems they rise and fall together, and the interval is then too wide, not too short.
    """
    if arm.estimate is None or arm.low is None or arm.high is None:
        return None
    if baseline.estimate is None or baseline.low is None or baseline.high is None:
        return None
    difference = arm.estimate - baseline.estimate
    low = difference - math.hypot(arm.estimate - arm.low, baseline.high - baseline.estimate)
    return difference, low, difference + math.hypot(arm.high - arm.estimate, baseline.estimate - baseline.low)
