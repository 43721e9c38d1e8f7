"""These problems: would the difference between two arms show again on exactly these problems?

Only the noise of sampling counts. Under the null hypothesis the samples of one problem came from the same distribution
in both arms, so the arm labels may be permuted inside each problem.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from evalkit.stats import exact
from evalkit.stats.exact import (
    ENUMERATED,
    MOST_SAMPLES,
    drawn_without_replacement,
    log_arrangements,
    of_ones,
    ones_chosen,
    swapped,
    tail,
)
from evalkit.stats.groups import Floats, Ints, Labels, Sampled, Sides, group_means, rounding, sampled

DRAWN = 20_000_000
"""Values that may be drawn; above that the normal approximation is used."""
REACHABLE = 0.05
"""Where no outcome at all could have a p value as small as this, the test says that it cannot tell."""

PMethod = Literal["exact", "monte carlo", "large sample"]


@dataclass(frozen=True, slots=True)
class WithinProblems:
    """A permutation test inside each problem. `p` is None where `reason` says why the tool cannot tell."""

    n_problems: int
    n_pairs: int
    mean_arm: float
    mean_baseline: float
    difference: float
    """Unweighted mean over problems of mean(arm) - mean(baseline)."""
    p: float | None
    """Two-sided: share of arrangements whose difference is at least as large in size."""
    gains: int
    """Problems whose mean went up."""
    losses: int
    method: PMethod | None
    draws: int | None
    """Drawn arrangements, for `monte carlo`."""
    reason: str | None


def within_problem_permutation(
    arm: ArrayLike,
    baseline: ArrayLike,
    problem: Labels | Sides,
    *,
    paired: bool = False,
    seed: int,
    draws: int = 10_000,
) -> WithinProblems:
    """Permutation test of the mean difference, stratified by problem.

    arm, baseline: values, shape (pairs,), finite; problem: label of each pair. paired=False permutes all labels inside
    a problem (the samples of the arms are independent); paired=True swaps labels inside each pair (the arms share the
    first answer of a conversation). Independent arms may have unequal numbers of samples: problem is then `Sides`.

    Exact where the arrangements can be listed or the scores are whole numbers (0/1, use levels): then the distribution
    is built problem by problem. Else `draws` seeded arrangements, p = (1 + extreme) / (1 + draws) (Phipson and Smyth,
    Statistical Applications in Genetics and Molecular Biology 9, 2010, article 39); beyond about 20 million drawn
    values the normal approximation with the permutation variance, which for 0/1 scores and equal numbers of samples is
    the Cochran-Mantel-Haenszel test.

    Cannot tell: so few samples that no outcome could reach p = .05, e.g. 3 samples of one problem. The null hypothesis
    is that no problem reacts at all; it says nothing of other problems. Raises ValueError as `paired_difference` does.
    """
    scores = sampled(arm, baseline, problem)
    mean_a, mean_b = scores.means
    moved, tolerance = mean_a - mean_b, rounding(scores.a, scores.b)
    seen, sizes = float(moved.mean()), scores.sizes
    # Of as many samples in both arms, every arrangement has its mirror image, which is as extreme.
    both_ways = 2.0 if paired or (sizes[0] == sizes[1]).all() else 1.0
    smallest = both_ways * math.exp(-float(log_arrangements(sizes, paired).sum()))
    reason, p, method = None, None, None
    if smallest > REACHABLE:
        reason = f"too few samples: the smallest p value they can give is {min(smallest, 1.0):.2g}"
    else:
        bound = (abs(seen) - tolerance) * scores.count
        p, method = _p_value(scores, paired, bound, (seed, draws))
    return WithinProblems(
        n_problems=scores.count,
        n_pairs=scores.fewest,
        mean_arm=scores.origin + float(mean_a.mean()),
        mean_baseline=scores.origin + float(mean_b.mean()),
        difference=seen,
        p=p,
        gains=int((moved > tolerance).sum()),
        losses=int((moved < -tolerance).sum()),
        method=method,
        draws=draws if method == "monte carlo" else None,
        reason=reason,
    )


class _Strata:
    """The values of each problem in which the labels matter, split once."""

    def __init__(self, scores: Sampled, paired: bool) -> None:
        variance = permutation_variances(scores, paired)
        # Where all values are equal every arrangement gives the same: those problems are left out.
        matters = variance > 0
        self.a, size_a = _sorted(scores.a, scores.code_a, matters)
        self.b, size_b = _sorted(scores.b, scores.code_b, matters)
        self.sizes = (size_a, size_b)
        self.variance, self.paired = float(variance.sum()), paired

    def __iter__(self) -> Iterator[tuple[Floats, Floats]]:
        ends = [np.cumsum(size) for size in self.sizes]
        for end_a, end_b, n_a, n_b in zip(*ends, *self.sizes, strict=True):
            yield self.a[end_a - n_a : end_a], self.b[end_b - n_b : end_b]

    def log_arrangements(self) -> float:
        return float(log_arrangements(self.sizes, self.paired).sum())


def _sorted(values: Floats, code: Ints, matters: NDArray[np.bool_]) -> tuple[Floats, Ints]:
    """The values of the problems that matter, problem by problem, and how many each has."""
    rows = np.flatnonzero(matters[code])
    order = rows[np.argsort(code[rows], kind="stable")]
    return values[order], np.bincount(code, minlength=len(matters))[matters]


def permutation_variances(scores: Sampled, paired: bool) -> Floats:
    """Permutation variance of each problem's mean difference, shape (problems,)."""
    count, (n_a, n_b) = scores.count, scores.sizes
    if paired:
        return np.asarray(np.bincount(scores.code_a, weights=(scores.a - scores.b) ** 2, minlength=count) / n_a**2)
    values, both = np.concatenate([scores.a, scores.b]), np.concatenate([scores.code_a, scores.code_b])
    squares = np.bincount(
        both, weights=(values - group_means(values, both, count, n_a + n_b)[both]) ** 2, minlength=count
    )
    return np.asarray(squares / (n_a + n_b - 1) * (1 / n_a + 1 / n_b))


def _p_value(scores: Sampled, paired: bool, bound: float, drawn: tuple[int, int]) -> tuple[float, PMethod]:
    """P(|sum of the problems' mean differences| >= bound) under permutation, and how it was found. drawn: the seed, and
    how many arrangements are drawn where they are."""
    known = None if paired else of_ones(scores, bound)
    if known is not None:
        return known, "exact"
    strata, (seed, draws) = _Strata(scores, paired), drawn
    if strata.log_arrangements() <= math.log(ENUMERATED):
        return _listed(strata, bound), "exact"
    known = _on_lattice(strata, bound)
    known = _of_two_values(strata, bound) if known is None else known
    if known is not None:
        return known, "exact"
    if draws * (len(strata.a) + len(strata.b)) <= DRAWN:
        return _drawn(strata, bound, seed, draws), "monte carlo"
    return min(1.0, float(2 * ndtr(-max(bound, 0.0) / math.sqrt(strata.variance)))), "large sample"


def _listed(strata: _Strata, bound: float) -> float:
    """Every arrangement, one by one; all are equally likely."""
    total = np.zeros(1)
    for x, y in strata:
        n = len(x)
        if strata.paired:
            each = np.zeros(1)
            for d in (x - y) / n:
                each = np.concatenate([each + d, each - d])
        else:
            pool = np.concatenate([x, y])
            chosen = np.array(list(combinations(range(len(pool)), n)))
            each = _mean_difference(pool[chosen].sum(axis=1), pool, n)
        total = np.add.outer(total, each).ravel()
    return float((np.abs(total) >= bound).mean())


def _mean_difference(part: Floats, pool: Floats, n: int) -> Floats:
    """Mean of n of the pool's values, whose sum is `part`, less the mean of the others."""
    return np.asarray(part / n - (pool.sum() - part) / (len(pool) - n))


def _on_lattice(strata: _Strata, bound: float) -> float | None:
    """Exact p for whole-number scores by convolving the problems' distributions, or None where it does not apply."""
    size = strata.sizes[0]
    if (size != strata.sizes[1]).any():
        return None
    low = min(strata.a.min(), strata.b.min())
    span = max(strata.a.max(), strata.b.max()) - low
    # A problem with n samples weighs 1 / n; on the common lattice that is a whole number of steps.
    common = reduce(math.lcm, set(size.tolist()))
    if common * span * len(size) > exact.LATTICE or span > 100 or size.max() > MOST_SAMPLES:
        return None
    if any((x - low != np.rint(x - low)).any() for x in (strata.a, strata.b)):
        return None
    known: dict[tuple[int, bytes], Floats] = {}
    total = np.ones(1)
    for x, y in strata:
        step = common // len(x)
        values = np.abs(x - y) if strata.paired else np.concatenate([x, y]) - low
        counts = np.bincount(values.astype(np.int64))
        key = (len(x), counts.tobytes())
        if key not in known:
            each = swapped(counts) if strata.paired else drawn_without_replacement(counts, len(x))
            spread = np.zeros((len(each) - 1) * step + 1)
            spread[::step] = each
            known[key] = spread
        total = np.convolve(total, known[key])
    return tail(total, common, bound)


def _of_two_values(strata: _Strata, bound: float) -> float | None:
    """Exact p for independent 0/1 scores in few strata, whatever their sizes: every sum of hypergeometric counts."""
    pool = np.concatenate([strata.a, strata.b])
    low, high = float(pool.min()), float(pool.max())
    n, m = strata.sizes
    most = np.log1p(np.minimum(n, m)).sum()  # a product of many sizes is more than a number can hold
    if (
        strata.paired
        or most > math.log(ENUMERATED) + 1e-9
        or ((pool != low) & (pool != high)).any()
        or (n + m).max() > MOST_SAMPLES
    ):
        return None
    total, chances = np.zeros(1), np.ones(1)
    for x, y in strata:
        both, size = np.concatenate([x, y]), len(x) + len(y)
        ones = int((both == high).sum())
        chosen, each_chance = ones_chosen(ones, size, len(x))
        each = _mean_difference(np.asarray(low * len(x) + (high - low) * chosen), both, len(x))
        total, chances = np.add.outer(total, each).ravel(), np.outer(chances, each_chance).ravel()
    return min(1.0, float(chances[np.abs(total) >= bound].sum()))


def _sums(pool: Floats, n: int, draws: int, rng: np.random.Generator) -> Floats:
    """Sums of n of the pool's values, drawn without replacement, shape (draws,).

    Of 0/1 scores it is the number of ones that is drawn: the same distribution, many times as fast as to mix.
    """
    low, high = float(pool.min()), float(pool.max())
    ones = int((pool == high).sum())
    if ones + int((pool == low).sum()) == len(pool):
        chosen, chances = ones_chosen(ones, len(pool), n)
        at = np.searchsorted(np.cumsum(chances)[:-1], rng.random(draws), side="right")
        return np.asarray(low * n + (high - low) * chosen[at])
    mixed = rng.permuted(np.broadcast_to(pool, (draws, len(pool))), axis=1)
    return np.asarray(mixed[:, :n].sum(axis=1))


def _drawn(strata: _Strata, bound: float, seed: int, draws: int) -> float:
    """Seeded Monte Carlo; the +1 counts the arrangement that was seen."""
    rng = np.random.default_rng(seed)
    total = np.zeros(draws)
    for x, y in strata:
        n = len(x)
        if strata.paired:
            total += rng.choice((-1.0, 1.0), size=(draws, n)) @ (x - y) / n
        else:
            pool = np.concatenate([x, y])
            total += _mean_difference(_sums(pool, n, draws, rng), pool, n)
    return float((1 + (np.abs(total) >= bound).sum()) / (1 + draws))
