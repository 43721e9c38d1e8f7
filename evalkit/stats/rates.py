"""Intervals for a rate and for the difference of two paired rates."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri, stdtrit

from evalkit.stats.groups import MIN_UNITS, Labels, codes, finite


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of n independent yes/no outcomes with its Wilson interval."""

    rate: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class ClusteredRate:
    """A share of outcomes that come in units. `low` and `high` are None below 4 units."""

    rate: float
    low: float | None
    high: float | None
    error: float | None
    df: int
    units: int


def wilson(successes: int, n: int, *, confidence: float = 0.95) -> Rate:
    """Wilson's score interval for one rate (Journal of the American Statistical Association 22, 1927, 209-212).

    Equal to `scipy.stats.binomtest(...).proportion_ci(method="wilson")`, without its slow import. Not covered: outcomes
    that depend on one another, such as many samples of a few problems; there the interval is too short.
    Raises ValueError unless 0 <= successes <= n and n >= 1.
    """
    if not 0 <= successes <= n or n < 1:
        raise ValueError(f"expected 0 <= successes <= n and n >= 1, found {successes} of {n}")
    rate = successes / n
    return Rate(rate, *wilson_limits(rate, n, quantile(confidence)), n)


def wilson_limits(rate: float, n: float, critical: float) -> tuple[float, float]:
    """Wilson's limits for a rate seen in n outcomes; n may be an effective number, critical any bound on the score."""
    z2 = critical**2 / n
    centre, half = rate + z2 / 2, math.sqrt(z2 * (rate * (1 - rate) + z2 / 4))
    # At 0 and 1 the formula gives the end of the range exactly; only rounding would miss it.
    low = 0.0 if rate <= 0 else (centre - half) / (1 + z2)
    high = 1.0 if rate >= 1 else (centre + half) / (1 + z2)
    return low, high


def clustered_rate(successes: ArrayLike, of: ArrayLike, unit: Labels, *, confidence: float = 0.95) -> ClusteredRate:
    """The rate of all outcomes together, with an interval for problems like these.

    successes, of: counts of each problem, unit: its problem or cluster, all of shape (problems,). The variance is that
    of a ratio over units, by linearisation (Cochran, Sampling Techniques, 1977, chapter 6); the limits are Wilson's
    with the effective number of outcomes (Kott and Carr, Journal of Official Statistics 13, 1997, 81-98), at least one
    a unit, at most all, and the t quantile with units - 1 degrees of freedom. Cannot tell: fewer than 4 units at risk.
    Raises ValueError without any outcome.
    """
    code, _ = codes(unit)
    good, n = (np.bincount(code, weights=finite(x, name)) for x, name in ((successes, "successes"), (of, "of")))
    good, n = good[n > 0], n[n > 0]
    if not len(n):
        raise ValueError("no outcome at all")
    units, total, rate = len(n), float(n.sum()), float(good.sum() / n.sum())
    if units < MIN_UNITS:
        return ClusteredRate(rate, None, None, None, units - 1, units)
    variance = units / (units - 1) * float(((good - rate * n) ** 2).sum()) / total**2
    seen = rate * (1 - rate) / variance if variance > 1e-15 else float(units)
    effective = min(max(seen, float(units)), total)
    low, high = wilson_limits(rate, effective, float(stdtrit(units - 1, 0.5 + confidence / 2)))
    return ClusteredRate(rate, low, high, math.sqrt(variance), units - 1, units)


def tango_statistic(gains: float, losses: float, n: float, difference: float) -> float:
    """Tango's score statistic: how many standard errors the data lie above a true difference of paired rates.

    Tango, Statistics in Medicine 17 (1998) 891-908. At difference 0 it is McNemar's (gains - losses) /
    sqrt(gains + losses), and 0 where nothing changed.
    """
    above = gains - losses - n * difference
    # Maximum likelihood estimate of the losses' share, given the difference.
    half = (gains + losses - (2 * n - gains + losses) * difference) / (4 * n)
    share = half + math.sqrt(max(half * half + losses * difference * (1 - difference) / (2 * n), 0.0))
    variance = n * (2 * share + difference * (1 - difference))
    if variance <= 1e-14 * n:
        return 0.0 if abs(above) <= 1e-9 * n else math.copysign(math.inf, above)
    return above / math.sqrt(variance)


def tango_interval(
    gains: float, losses: float, n: float, *, confidence: float = 0.95, critical: float | None = None
) -> tuple[float, float]:
    """Tango's score interval for a difference of paired rates: the differences whose statistic is not extreme.

    critical: the bound on the statistic; default: the normal quantile for `confidence`. Below about 12 pairs the normal
    quantile gives up to 12 % false positives; `paired_difference` passes the t quantile with n - 1 degrees of freedom.
    Counts may be effective numbers. Raises ValueError for impossible counts.
    """
    if min(gains, losses) < 0 or n <= 0 or gains + losses > n * (1 + 1e-12):
        raise ValueError(f"expected gains + losses <= n, found {gains} + {losses} of {n}")
    bound = quantile(confidence) if critical is None else critical
    seen = (gains - losses) / n
    return _edge(gains, losses, n, bound, (-1.0, seen)), _edge(gains, losses, n, -bound, (1.0, seen))


def _edge(gains: float, losses: float, n: float, target: float, ends: tuple[float, float]) -> float:
    """The difference between `ends` (outside, inside) at which the statistic, falling in it, passes `target`."""
    outside, inside = ends
    for _ in range(48):  # to the precision of a float
        middle = (outside + inside) / 2
        if abs(tango_statistic(gains, losses, n, middle)) > abs(target):
            outside = middle
        else:
            inside = middle
    return float(np.clip((outside + inside) / 2, -1.0, 1.0))


def quantile(confidence: float) -> float:
    """Two-sided normal quantile: 1.96 for 0.95. Raises ValueError outside (0, 1)."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence: expected a share between 0 and 1, found {confidence}")
    return float(ndtri(0.5 + confidence / 2))
