"""Problems like these: would the difference between two arms hold on other problems?

The problem (or the cluster of problems that share a context) is the unit. Samples of one problem are averaged first, so
a problem counts once however often it was sampled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from evalkit.stats.concentration import rests_on
from evalkit.stats.groups import (
    MIN_UNITS,
    Floats,
    Labels,
    Sides,
    codes,
    group_means,
    group_of_groups,
    joined,
    rounding,
    sampled,
    value_range,
)
from evalkit.stats.rates import tango_interval, tango_statistic

MIN_MOVED = 3
"""Below this number of problems (clusters) with any difference no t interval is given.

It costs no finding: with two units that moved, |t| never reaches 1.8. With one or two, the spread of the effects is as
good as unknown and the interval came out too short (see docs/statistics.md).
"""
FEW_PAIRS = 5
"""With fewer pairs a unit than this, scores of few values make differences too lumpy for a t interval."""
FEW_VALUES = 5
"""Scores with at most this many different values: 0/1, use levels 0 to 3."""

Method = Literal["auto", "t", "score"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that a test of any true difference needs."""

    units: int
    mean: float
    error: float
    """Standard error of the mean difference."""
    scale: float = 1.0
    """Largest minus smallest value, for the score method."""
    shares: tuple[float, float] | None = None
    """Mean gain and mean loss as shares of the scale, for the score method; None for t."""
    coarse: bool = False
    """The units differ too alike to estimate a spread: a unit counts as one pair."""
    reach: float = math.inf
    """The largest difference that the declared range of the scores allows: no interval goes beyond."""

    @property
    def df(self) -> int:
        """Degrees of freedom of the t distribution that the statistic is referred to."""
        return self.units - 1

    def statistic(self, difference: float) -> float:
        """Standard errors by which the data lie above `difference`."""
        if self.shares is None:
            return (self.mean - difference) / self.error
        n = self._pairs()
        rates = max(-1.0, min(1.0, difference / self.scale))
        return tango_statistic(self.shares[0] * n, self.shares[1] * n, n, rates)

    def interval(self, confidence: float) -> tuple[float, float]:
        if not 0 < confidence < 1:
            raise ValueError(f"confidence: expected a share between 0 and 1, found {confidence}")
        critical = float(stdtrit(self.df, 0.5 + confidence / 2))
        if self.shares is None:
            half = critical * self.error
            return max(self.mean - half, -self.reach), min(self.mean + half, self.reach)
        n = self._pairs()
        low, high = tango_interval(self.shares[0] * n, self.shares[1] * n, n, critical=critical)
        return self.scale * low, self.scale * high

    def p(self) -> float:
        return float(2 * stdtr(self.df, -abs(self.statistic(0.0))))

    def _pairs(self) -> float:
        """Independent pairs that would give the variance seen, at least one a unit."""
        up, down = self.shares or (0.0, 0.0)
        if self.coarse:
            return float(self.units)
        return max(float(self.units), (up + down - (up - down) ** 2) * self.scale**2 / self.error**2)


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """What paired samples say of the difference arm - baseline among problems like these.

    Means and difference are unweighted means over units, each the mean of its problems, each the mean of its samples.
    Where `reason` is not None the tool cannot tell: `low`, `high` and `p` are None, the counts and means still stand.
    """

    n_problems: int
    n_clusters: int
    """Units of the analysis; equals `n_problems` where no clusters were given."""
    n_pairs: int
    """Samples of the arm that has fewer, where nothing was paired."""
    mean_arm: float
    mean_baseline: float
    difference: float
    low: float | None
    high: float | None
    p: float | None
    """Two-sided."""
    gains: int
    """Problems whose mean went up."""
    losses: int
    pair_gains: int
    """Pairs that went up; 0 where nothing was paired."""
    pair_losses: int
    rests_on: int | None
    """Fewest problems that make three quarters of the squared differences, where these are so few that intervals may
    be too short; see `concentration.rests_on`."""
    sd: float | None
    """Standard deviation of the units' differences; None for one unit."""
    method: Literal["t", "score"]
    evidence: Evidence | None
    """What tests and intervals of any other kind need."""
    reason: str | None


def paired_difference(
    arm: ArrayLike,
    baseline: ArrayLike,
    problem: Labels | Sides,
    *,
    cluster: Labels | Sides | None = None,
    method: Method = "auto",
    span: tuple[float, float] | None = None,
) -> PairedDifference:
    """Mean difference between two arms over problems, with 95 % interval and p value.

    arm, baseline: values of the paired samples, shape (pairs,), finite. problem: label of each pair, shape (pairs,).
    cluster: label of the context that a pair's problem shares with others, shape (pairs,); default: each its own. Arms
    that were sampled independently may have unequal numbers of samples: then the labels are `Sides`, and nothing is
    paired but the problems.
    span: the declared range of the scores, for cells in which hardly anything differs.

    `t`: Student's paired t on the units' differences d, units - 1 degrees of freedom; equal to
    `scipy.stats.ttest_rel` on the unit means. `score`, for scores of at most 5 different values (0/1, levels): Tango's
    score statistic for paired proportions (Statistics in Medicine 17, 1998, 891-908) referred to the same t
    distribution. Gains and losses count as shares of the values' range; with several pairs a unit the number of pairs
    is the one that would give the variance seen between units, at least one a unit (the effective sample size of Kott
    and Carr, Journal of Official Statistics 13, 1997, 81-98). With one 0/1 pair a unit it is Tango's own interval.
    `auto` takes `score` for few values with fewer than 5 pairs a unit on average, or where one arm never varies: there
    the differences are so lumpy or skew that the t interval covers only 87 to 93 %. Else it takes `t`.

    Where all units differ alike, or fewer than 3 differ at all, the spread cannot be estimated: `auto` then takes
    `score` with as many pairs as units, the scale being the range of few values, else `span`. A score that is no
    proportion varies less than one of the same mean, so the interval is too wide there rather than too short.

    Cannot tell (with the reason): fewer than 4 units; such a cell by `t`, or of many values without `span`. Not
    covered: effects that only a few problems in many show, and show strongly: a small sample of problems mostly misses
    them, and no interval from that sample can know.

    Raises ValueError for unequal lengths, no pairs, NaN, a problem in two clusters, or `score` of many values.
    """
    means = _UnitMeans(arm, baseline, problem, cluster)
    evidence, chosen, reason = _evidence(means, method, span)
    low, high = evidence.interval(0.95) if evidence else (None, None)
    scores, tolerance = means.scores, means.tolerance
    d = means.by_unit(means.moved)
    pairs = scores.a - scores.b if scores.paired else np.zeros(0)
    return PairedDifference(
        n_problems=scores.count,
        n_clusters=means.units,
        n_pairs=scores.fewest,
        mean_arm=scores.origin + float(means.by_unit(means.arm).mean()),
        mean_baseline=scores.origin + float(means.by_unit(means.baseline).mean()),
        difference=float(d.mean()),
        low=low,
        high=high,
        p=evidence.p() if evidence else None,
        gains=int((means.moved > tolerance).sum()),
        losses=int((means.moved < -tolerance).sum()),
        pair_gains=int((pairs > tolerance).sum()),
        pair_losses=int((pairs < -tolerance).sum()),
        rests_on=rests_on(means.moved, scores, tolerance, independent=chosen == "score"),
        sd=float(d.std(ddof=1)) if means.units > 1 else None,
        method=chosen,
        evidence=evidence,
        reason=reason,
    )


def mean_difference(
    arm: ArrayLike, baseline: ArrayLike, problem: Labels | Sides, *, cluster: Labels | Sides | None = None
) -> float:
    """The difference of `paired_difference`, and nothing else."""
    means = _UnitMeans(arm, baseline, problem, cluster)
    return float(means.by_unit(means.moved).mean())


class _UnitMeans:
    """Checked arrays and the way from samples to problems to units."""

    def __init__(
        self, arm: ArrayLike, baseline: ArrayLike, problem: Labels | Sides, cluster: Labels | Sides | None
    ) -> None:
        self.scores = sampled(arm, baseline, problem)
        self.unit = "problem" if cluster is None else "cluster"
        self.parent, self.units = np.arange(self.scores.count), self.scores.count
        if cluster is not None:
            labels = joined(cluster) if isinstance(cluster, Sides) else cluster
            code = self.scores.code_a
            if isinstance(cluster, Sides):
                code = np.concatenate([code, self.scores.code_b])
            if len(labels) != len(code):
                raise ValueError(f"cluster has {len(labels)} labels for {len(code)} pairs")
            outer, self.units = codes(labels)
            self.parent = group_of_groups(code, self.scores.count, outer)

    @property
    def arm(self) -> Floats:
        return self.scores.means[0]

    @property
    def baseline(self) -> Floats:
        return self.scores.means[1]

    @cached_property
    def tolerance(self) -> float:
        return rounding(self.scores.a, self.scores.b)

    @cached_property
    def moved(self) -> Floats:
        """The difference of each problem; of pairs the mean of their differences: equal values leave no rounding."""
        s = self.scores
        return group_means(s.a - s.b, s.code_a, s.count, s.sizes[0]) if s.paired else self.arm - self.baseline

    def by_unit(self, means: Floats) -> Floats:
        """Means of problems (problems,) to unweighted means of units (units,)."""
        return means if self.unit == "problem" else group_means(means, self.parent, self.units)

    def shares(self, scale: float) -> tuple[float, float]:
        """Mean gain and mean loss as shares of the scale.

        Where samples are no pairs, those of independent 0/1 samples with the problem's means; other scores gain and
        lose less than that.
        """
        s = self.scores
        if s.paired:
            each = [np.maximum(x, 0.0) / scale for x in (s.a - s.b, s.b - s.a)]
            up, down = (group_means(x, s.code_a, s.count, s.sizes[0]) for x in each)
        else:
            least = min(s.a.min(), s.b.min())
            a, b = (np.clip((x - least) / scale, 0.0, 1.0) for x in (self.arm, self.baseline))
            up, down = a * (1 - b), b * (1 - a)
        return float(self.by_unit(up).mean()), float(self.by_unit(down).mean())


def _evidence(
    means: _UnitMeans, method: Method, span: tuple[float, float] | None
) -> tuple[Evidence | None, Literal["t", "score"], str | None]:
    """The evidence or the reason why there is none, and the method."""
    a, b, units = means.scores.a, means.scores.b, means.units
    d = means.by_unit(means.moved)
    scale = value_range(a, b, FEW_VALUES)
    if method == "score" and scale is None:
        raise ValueError(f"method score: expected 2 to {FEW_VALUES} different values, such as 0 and 1")
    lumpy = scale is not None and (means.scores.fewest < FEW_PAIRS * units or np.ptp(a) == 0 or np.ptp(b) == 0)
    chosen: Literal["t", "score"] = "score" if method == "score" or (method == "auto" and lumpy) else "t"
    if units < MIN_UNITS:
        many = "" if units == 1 else "s"
        reason = f"only {units} {means.unit}{many}: at least {MIN_UNITS} are needed to speak of others like these"
        return None, chosen, reason
    why = _no_spread(d, means.tolerance, chosen, means.unit)
    if why is not None:
        scale = scale if scale is not None or span is None else float(span[1] - span[0])
        if method == "t" or scale is None:
            return None, chosen, why
        chosen = "score"
    error = float(d.std(ddof=1)) / units**0.5
    if chosen == "score" and scale is not None:
        if why is None:
            return Evidence(units, float(d.mean()), error, scale, means.shares(scale)), chosen, None
        up, down = (float(np.maximum(x, 0.0).mean()) / scale for x in (d, -d))
        return Evidence(units, float(d.mean()), error, scale, (up, down), coarse=True), chosen, None
    return Evidence(units, float(d.mean()), error, reach=_reach(means, span)), chosen, None


def _reach(means: _UnitMeans, span: tuple[float, float] | None) -> float:
    """How far apart two means can be; no bound where no range is declared, or a score lies outside of it."""
    if span is None or any(x.min() < span[0] or x.max() > span[1] for x in (means.scores.a, means.scores.b)):
        return math.inf
    return float(span[1] - span[0])


def _no_spread(d: Floats, tolerance: float, method: str, unit: str) -> str | None:
    """Why these unit differences do not tell how much they vary, or None."""
    n = len(d)
    if np.ptp(d) <= 2 * tolerance:
        return f"all {n} {unit}s differ by the same amount: their spread cannot be estimated"
    moved = int((np.abs(d) > tolerance).sum())
    if method == "t" and moved < MIN_MOVED:
        return f"only {moved} of {n} {unit}s show any difference: too few to estimate the spread"
    return None
