"""Checked arrays and group means, shared by the modules of this package."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Labels = Sequence[Any] | NDArray[Any]
"""One label for each pair. Integers are the fastest; anything hashable will do."""

MIN_UNITS = 4
"""Below this number of problems (clusters) no population interval is given."""
ROUNDING = 1e-9
"""Differences below this share of the largest value are rounding, not effects."""


def finite(values: ArrayLike, name: str) -> Floats:
    """`values` as a 1-D float array. Raises ValueError for another shape, NaN or infinity."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"{name}: expected one dimension, found shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: holds NaN or infinity; drop unjudged pairs first, and count them")
    return array


FAR = 1e6
"""Values above this in size, and closer together than this share of it, are counted from the least of them."""


def origin(*arrays: Floats) -> float:
    """What is taken off before anything is added up: 0, or the least value where all lie far from 0 and close together
    (times since 1970, large amounts of money), so that what tells them apart is not taken for rounding."""
    if not all(len(x) for x in arrays) or abs(arrays[0][0]) < FAR:  # nearly always
        return 0.0
    least, most = min(float(x.min()) for x in arrays), max(float(x.max()) for x in arrays)
    size = min(abs(least), abs(most))
    return least if least * most > 0 and size >= FAR and FAR * (most - least) < size else 0.0


@dataclass(frozen=True)
class Sides:
    """Labels of arms whose samples are no pairs: the arm's, shape (its samples,), and the baseline's."""

    arm: Labels
    baseline: Labels


def joined(sides: Sides) -> Labels:
    """The arm's labels and then the baseline's."""
    if isinstance(sides.arm, np.ndarray) and isinstance(sides.baseline, np.ndarray):
        return np.concatenate([sides.arm, sides.baseline])
    return [*sides.arm, *sides.baseline]


@dataclass(frozen=True)
class Sampled:
    """Checked scores of two arms and the problem code (0, 1, ...) of each."""

    a: Floats
    b: Floats
    code_a: Ints
    code_b: Ints
    count: int
    """Number of problems."""
    paired: bool
    """The same place of both arrays is one pair."""
    origin: float = 0.0
    """What was taken off the scores: it belongs to their means, and to no difference."""

    @cached_property
    def sizes(self) -> tuple[Ints, Ints]:
        """Samples of each problem in the arm and in the baseline."""
        return (np.bincount(self.code_a, minlength=self.count), np.bincount(self.code_b, minlength=self.count))

    @cached_property
    def means(self) -> tuple[Floats, Floats]:
        """Means of each problem in the arm and in the baseline."""
        size_a, size_b = self.sizes
        return group_means(self.a, self.code_a, self.count, size_a), group_means(
            self.b, self.code_b, self.count, size_b
        )

    @property
    def fewest(self) -> int:
        """Samples of the arm that has fewer."""
        return min(len(self.a), len(self.b))


def sampled(arm: ArrayLike, baseline: ArrayLike, problem: Labels | Sides) -> Sampled:
    """Both arms as checked arrays with their problems.

    Raises ValueError for unequal lengths, no pairs, NaN or infinity, or a problem that one arm lacks.
    """
    a, b = finite(arm, "arm"), finite(baseline, "baseline")
    start = origin(a, b)
    if start:
        a, b = a - start, b - start
    if isinstance(problem, Sides):
        if len(a) != len(problem.arm) or len(b) != len(problem.baseline):
            raise ValueError("each arm needs one label a sample")
        code, count = codes(joined(problem))
        found = Sampled(a, b, code[: len(a)], code[len(a) :], count, False, start)
        if not count or not all((size > 0).all() for size in found.sizes):
            raise ValueError("a problem has samples of one arm only: nothing to compare")
        return found
    if not len(a) == len(b) == len(problem):
        raise ValueError(f"arm, baseline and problem differ in length: {len(a)}, {len(b)}, {len(problem)}")
    if not len(a):
        raise ValueError("no pairs: nothing to compare")
    code, count = codes(problem)
    return Sampled(a, b, code, code, count, True, start)


def codes(labels: Labels) -> tuple[Ints, int]:
    """Number the labels 0, 1, ... and count them. Equal labels get equal numbers."""
    array = labels if isinstance(labels, np.ndarray) else None
    if array is not None and array.dtype.kind in "iub":
        unique, inverse = placed(array)
        return inverse, len(unique)
    # A dictionary is several times faster here than sorting a million strings.
    seen: dict[Any, int] = {}
    items = array.tolist() if array is not None else labels
    numbered = np.fromiter((seen.setdefault(x, len(seen)) for x in items), dtype=np.int64, count=len(labels))
    return numbered, len(seen)


def placed(labels: NDArray[Any]) -> tuple[NDArray[Any], Ints]:
    """Whole numbers, each once and sorted, and the place of every entry: as `np.unique`, mostly without sorting.

    The rows of a comparison stand in the order of their problems already, and labels come from a short range.
    """
    if labels.dtype.kind != "i" or not len(labels):
        unique, inverse = np.unique(labels, return_inverse=True)
        return unique, inverse.astype(np.int64)
    new = np.empty(len(labels), dtype=np.int64)
    new[0] = 0
    if (labels[1:] >= labels[:-1]).all():
        new[1:] = labels[1:] != labels[:-1]
        starts = np.flatnonzero(new)
        return labels[np.concatenate([[0], starts])], np.cumsum(new)
    low, high = int(labels.min()), int(labels.max())
    if high - low > 4 * len(labels) + 1000:  # no table of that size
        unique, inverse = np.unique(labels, return_inverse=True)
        return unique, inverse.astype(np.int64)
    at = labels - low
    here = np.zeros(high - low + 1, dtype=np.int64)
    here[at] = 1
    return np.flatnonzero(here) + low, (np.cumsum(here) - 1)[at]


def group_means(values: Floats, code: Ints, count: int, size: Ints | None = None) -> Floats:
    """Mean of `values` in each of `count` groups, none of them empty. size: of the groups, where it is known."""
    size = np.bincount(code, minlength=count) if size is None else size
    return np.asarray(np.bincount(code, weights=values, minlength=count) / size)


def group_of_groups(inner: Ints, inner_count: int, outer: Ints) -> Ints:
    """The outer group of each inner group. Raises ValueError where one inner group has two outer groups."""
    parent = np.full(inner_count, -1, dtype=np.int64)
    parent[inner] = outer
    if (parent[inner] != outer).any():
        raise ValueError("cluster: one problem has pairs in two clusters")
    return parent


def value_range(a: Floats, b: Floats, most: int) -> float | None:
    """Largest minus smallest value of both arms where they take 2 to `most` different values, else None."""
    found = np.union1d(a, b)
    return float(found[-1] - found[0]) if 2 <= len(found) <= most else None


def rounding(*arrays: Floats) -> float:
    """The size below which a difference of values from these arrays is rounding."""
    start = origin(*arrays)
    return ROUNDING * max((float(np.abs(a - start if start else a).max()) for a in arrays if a.size), default=0.0)
