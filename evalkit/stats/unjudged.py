"""What the pairs that could not be judged might do to a difference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalkit.stats.groups import Floats, Labels, codes, group_means, group_of_groups


@dataclass(frozen=True, slots=True)
class UnjudgedBounds:
    """The difference if everything unjudged had gone one way.

    `observed` lies between `worst` and `best` where pairs were dropped whole. Where one side was judged, that side
    counts in the bounds but not in `observed`, which may then lie outside.
    """

    n_pairs: int
    """All pairs, judged or not."""
    n_dropped: int
    """Pairs with at least one side unjudged."""
    observed: float | None
    """Difference over the fully judged pairs; None where there are none."""
    worst: float
    best: float

    @property
    def sign_could_flip(self) -> bool:
        """The observed difference has a sign, and the unjudged could turn it round."""
        return self.observed is not None and (self.worst < 0 < self.observed or self.observed < 0 < self.best)


def unjudged_bounds(
    arm: ArrayLike,
    baseline: ArrayLike,
    problem: Labels,
    *,
    value_range: tuple[float, float] = (0.0, 1.0),
    cluster: Labels | None = None,
) -> UnjudgedBounds:
    """Bounds of the mean difference over problems (clusters) when nothing is assumed of the unjudged (Manski).

    arm, baseline: values, shape (pairs,), NaN = unjudged; here, unlike everywhere else, all pairs are passed. A judged
    side keeps its value; an unjudged one takes either end of `value_range`, the declared range of the metric. These are
    bounds of the observed difference, not an interval: sampling noise comes on top.
    Raises ValueError for unequal lengths, no pairs, or values outside the range.
    """
    a, b = np.asarray(arm, dtype=np.float64), np.asarray(baseline, dtype=np.float64)
    low, high = value_range
    if a.ndim != 1 or not len(a) == len(b) == len(problem) or not len(a):
        raise ValueError(f"expected pairs of one length, found shapes {a.shape}, {b.shape} and {len(problem)} labels")
    for values in (a, b):
        if ((values < low) | (values > high)).any():
            raise ValueError(f"values lie outside the metric's range, {low} to {high}")
    labels = codes(problem)[0]
    outer = None if cluster is None else codes(cluster)[0]
    judged = ~(np.isnan(a) | np.isnan(b))
    everything = np.ones(len(a), dtype=np.bool_)

    def difference(x: Floats, keep: NDArray[np.bool_]) -> float:
        rows = np.flatnonzero(keep)
        code, count = codes(labels[rows])
        means = group_means(x[rows], code, count)
        if outer is not None:
            parent, units = codes(outer[rows])
            means = group_means(means, group_of_groups(code, count, parent), units)
        return float(means.mean())

    return UnjudgedBounds(
        n_pairs=len(a),
        n_dropped=int((~judged).sum()),
        observed=difference(a - b, judged) if judged.any() else None,
        worst=difference(np.nan_to_num(a, nan=low) - np.nan_to_num(b, nan=high), everything),
        best=difference(np.nan_to_num(a, nan=high) - np.nan_to_num(b, nan=low), everything),
    )
