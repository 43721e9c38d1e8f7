"""Exact chances of what a permutation inside problems can give: building stones of `permutation`."""

from __future__ import annotations

import math
from functools import lru_cache, reduce

import numpy as np
from scipy.special import gammaln

from evalkit.stats.groups import Floats, Ints, Sampled

ENUMERATED = 100_000
"""Arrangements that are listed one by one."""
LATTICE = 20_000
"""Points of the exact distribution of whole-number scores."""
MOST_SAMPLES = 400
"""Samples of a problem up to which the number of arrangements fits into a float."""


def log_arrangements(sizes: tuple[Ints, Ints], paired: bool) -> Floats:
    """Logarithm of the number of ways to hand out the labels in each problem, shape (problems,)."""
    if paired:
        return np.asarray(sizes[0] * math.log(2))
    return np.asarray(gammaln(sizes[0] + sizes[1] + 1) - gammaln(sizes[0] + 1) - gammaln(sizes[1] + 1))


def of_ones(scores: Sampled, bound: float) -> float | None:
    """`_on_lattice` of independent scores of two values, one apart: how many of each a problem has tells everything, so
    that its values need not be put together. None where another way is taken."""
    low = float(min(scores.a.min(), scores.b.min()))
    size, others = scores.sizes
    if (size != others).any() or not all(((x == low) | (x == low + 1)).all() for x in (scores.a, scores.b)):
        return None
    both = np.concatenate([scores.code_a[scores.a != low], scores.code_b[scores.b != low]])
    ones = np.bincount(both, minlength=scores.count)
    matters = (ones > 0) & (ones < 2 * size)
    size, ones = size[matters], ones[matters]
    if float(log_arrangements((size, size), paired=False).sum()) <= math.log(ENUMERATED):
        return None
    common = reduce(math.lcm, set(size.tolist()))
    if common * len(size) > LATTICE or size.max() > MOST_SAMPLES:
        return None
    total = np.ones(1)
    for n, each in zip(size.tolist(), ones.tolist(), strict=True):
        total = np.convolve(total, _spread_out(2 * n - each, each, n, common // n))
    return tail(total, common, bound)


@lru_cache(maxsize=4096)
def _spread_out(zeros: int, ones: int, n: int, step: int) -> Floats:
    """`_hypergeometric` on a finer lattice. The array is shared: nobody writes into it."""
    each = _hypergeometric(zeros, ones, n)
    spread = np.zeros((len(each) - 1) * step + 1)
    spread[::step] = each
    return spread


def tail(total: Floats, common: int, bound: float) -> float:
    """Index i of `total` holds the difference 2 i - (len - 1), in steps of 1 / common, summed over problems."""
    difference = np.abs(2 * np.arange(len(total)) - (len(total) - 1)) / common
    return min(1.0, float(total[difference >= bound].sum()))


def ones_chosen(ones: int, size: int, n: int) -> tuple[Ints, Floats]:
    """How many ones n of `size` values may hold, and how likely each number is (hypergeometric)."""
    chosen = np.arange(max(0, ones - (size - n)), min(n, ones) + 1)
    ways = _log_ways(ones, chosen) + _log_ways(size - ones, n - chosen) - _log_ways(size, np.array([n]))
    return chosen, np.exp(ways)


def swapped(counts: Ints) -> Floats:
    """Distribution of the sum of a problem's pair differences, each with a random sign.

    counts[v]: pairs that differ by v. Entry i is the probability of the sum 2 i - largest.
    """
    each = np.ones(1)
    for value, times in enumerate(counts.tolist()):
        pair = np.zeros(value + 1)
        pair[0] += 0.5
        pair[value] += 0.5
        for _ in range(times if value else 0):
            each = np.convolve(each, pair)
    return each


def drawn_without_replacement(counts: Ints, n: int) -> Floats:
    """Distribution of 2 S - total, S the sum of n of a problem's 2 n values. counts[v]: values equal to v.

    Entry i is the probability of 2 i - total, the total being the sum of all 2 n values: S itself is i.
    """
    if len(counts) == 2:
        return _hypergeometric(int(counts[0]), int(counts[1]), n)
    values = np.repeat(np.arange(len(counts)), counts)
    ways = np.zeros((n + 1, int(values.sum()) + 1))
    ways[0, 0] = 1.0
    for value in values.tolist():
        ways[1:, value:] += ways[:-1, : ways.shape[1] - value].copy()
    return np.asarray(ways[n] / math.comb(2 * n, n))


@lru_cache(maxsize=4096)
def _hypergeometric(zeros: int, ones: int, n: int) -> Floats:
    """Of 0/1 scores, without building it value by value. The array is shared: nobody writes into it."""
    chosen = np.arange(min(n, ones) + 1)
    ways_of = _log_ways(ones, chosen) + _log_ways(zeros, n - chosen)
    each = np.zeros(ones + 1)
    each[chosen] = np.exp(ways_of - _log_ways(2 * n, np.array([n])))
    return each


def _log_ways(total: int, chosen: Ints) -> Floats:
    """Logarithm of the number of ways to choose so many of `total`; -inf where there is none."""
    possible = (chosen >= 0) & (chosen <= total)
    at = np.where(possible, chosen, 0)
    ways = gammaln(total + 1) - gammaln(at + 1) - gammaln(total - at + 1)
    return np.asarray(np.where(possible, ways, -np.inf))
