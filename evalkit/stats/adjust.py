"""Adjusted p values for a family of comparisons."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from evalkit.stats.groups import Floats, finite


def holm(p: ArrayLike) -> Floats:
    """Holm's step-down adjustment (Scandinavian Journal of Statistics 6, 1979, 65-70), in the order given.

    p: shape (comparisons,). The family-wise error stays at its level whatever the dependence: for planned contrasts.
    A comparison that cannot be tested belongs to no family: leave it out. Raises ValueError outside [0, 1].
    """
    values = _checked(p)
    order = np.argsort(values, kind="stable")
    steps = values[order] * np.arange(len(values), 0, -1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """Benjamini and Hochberg's adjustment (Journal of the Royal Statistical Society B 57, 1995, 289-300).

    Controls the share of false discoveries for independent or positively dependent tests: for exploratory tables. Equal
    to `scipy.stats.false_discovery_control`, without its slow import. Raises ValueError outside [0, 1].
    """
    values = _checked(p)
    order = np.argsort(values, kind="stable")[::-1]
    steps = values[order] * len(values) / np.arange(len(values), 0, -1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.minimum.accumulate(steps), 1.0)
    return adjusted


def _checked(p: ArrayLike) -> Floats:
    values = finite(p, "p")
    if ((values < 0) | (values > 1)).any():
        raise ValueError(f"p: expected values between 0 and 1, found {values.min()} to {values.max()}")
    return values
