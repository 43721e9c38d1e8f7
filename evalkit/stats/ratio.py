"""The ratio of two means over problems like these."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from evalkit.stats.groups import MIN_UNITS, Labels, codes, finite, group_means


@dataclass(frozen=True, slots=True)
class Ratio:
    """`low`, `high` are None where `reason` says why nothing can be told."""

    value: float
    low: float | None
    high: float | None
    p: float | None
    """Two-sided, that the ratio is 1: the paired t test of both means."""
    error: float | None
    """By linearisation; the interval does not use it."""
    df: int
    reason: str | None


def ratio_of_means(top: ArrayLike, bottom: ArrayLike, unit: Labels) -> Ratio:
    """mean(top) / mean(bottom) over units (problems or clusters) with Fieller's 95 % interval and units - 1 degrees of
    freedom (Journal of the Royal Statistical Society B 16, 1954, 175-185).

    top, bottom: one pair for each problem, unit: its label, all of shape (problems,); a unit's value is the unweighted
    mean of its problems. Cannot tell: fewer than 4 units, a bottom that cannot be told from 0 (the interval would be
    unbounded), or a top that never varies. Raises ValueError where mean(bottom) is 0.
    """
    code, units = codes(unit)
    x, y = (group_means(finite(v, name), code, units) for v, name in ((top, "top"), (bottom, "bottom")))
    mean_x, mean_y = float(x.mean()), float(y.mean())
    if mean_y == 0:
        raise ValueError("the mean below is 0: there is no ratio")
    value, df = mean_x / mean_y, units - 1
    if units < MIN_UNITS:
        return Ratio(
            value, None, None, None, None, df, f"only {units} problems (clusters): at least {MIN_UNITS} are needed"
        )
    (v_x, v_xy), (_, v_y) = np.cov(x, y, ddof=1) / units
    moved = float((x - y).std(ddof=1)) / math.sqrt(units)
    p = None if moved <= 1e-12 else float(2 * stdtr(df, -abs(mean_x - mean_y) / moved))
    error = math.sqrt(max(v_x - 2 * value * v_xy + value**2 * v_y, 0.0)) / abs(mean_y)
    critical = float(stdtrit(df, 0.975)) ** 2
    a, b, c = mean_y**2 - critical * v_y, mean_x * mean_y - critical * v_xy, mean_x**2 - critical * v_x
    if v_x <= 1e-15 or error <= 1e-12:
        return Ratio(value, None, None, p, error, df, "the units are too alike to tell how much they vary")
    if a <= 0:
        return Ratio(value, None, None, p, error, df, "what is left to steer cannot be told from none")
    root = math.sqrt(max(b * b - a * c, 0.0))
    return Ratio(value, (b - root) / a, (b + root) / a, p, error, df, None)
