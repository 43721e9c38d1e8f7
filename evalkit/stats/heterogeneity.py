"""Does the effect hang on single problems, and which problems react?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evalkit.stats.adjust import benjamini_hochberg
from evalkit.stats.exact import log_arrangements
from evalkit.stats.groups import Floats, Ints, Labels, Sampled, Sides, codes, group_means, group_of_groups, sampled
from evalkit.stats.permutation import permutation_variances, within_problem_permutation

HOPELESS = 1.9
"""Below so many permutation standard deviations no exact p comes near .05, and none is computed."""


@dataclass(frozen=True, slots=True)
class ProblemEffect:
    """`label` as it was given. p is None where no outcome of so few samples could reach .05."""

    label: int
    difference: float
    p: float | None
    p_adjusted: float | None
    """Over the problems that could be tested (Benjamini and Hochberg)."""


@dataclass(frozen=True, slots=True)
class LeaveOneOut:
    """The mean difference without one unit (problem or cluster): the least and the largest, and without which."""

    low: float
    high: float
    without_low: int
    without_high: int


def leave_one_out(difference: Floats, unit: Labels, names: Ints) -> LeaveOneOut | None:
    """difference, unit, names: of each problem, all of shape (problems,); a unit's difference is the mean of its
    problems', and it bears the name of its first. None with a single unit."""
    code, count = codes(unit)
    if count < 2:
        return None
    d = group_means(difference, code, count)
    first = names[np.unique(code, return_index=True)[1]]
    rest = (d.sum() - d) / (count - 1)
    low, high = int(rest.argmin()), int(rest.argmax())
    return LeaveOneOut(float(rest[low]), float(rest[high]), int(first[low]), int(first[high]))


def problem_effects(
    arm: ArrayLike, baseline: ArrayLike, problem: Labels | Sides, stratum: Labels | Sides, *, paired: bool, seed: int
) -> tuple[ProblemEffect, ...]:
    """The difference in each problem with the p of `within_problem_permutation` on that problem alone, by label.

    problem: whole numbers; stratum: label of the problem and model, inside which labels are permuted. What cannot come
    near p = .05 counts as 1 in the adjustment, which is then on the safe side. Not covered: how large the effect of a
    problem picked because of its small p really is (it is smaller than it looks).
    """
    inner, outer = sampled(arm, baseline, stratum), sampled(arm, baseline, problem)
    both = np.concatenate([inner.code_a, inner.code_b])
    parent = group_of_groups(both, inner.count, np.concatenate([outer.code_a, outer.code_b]))
    strata = np.bincount(parent, minlength=outer.count)
    means = inner.means
    difference = np.bincount(parent, weights=means[0] - means[1], minlength=outer.count) / strata
    variance = np.bincount(parent, weights=permutation_variances(inner, paired), minlength=outer.count) / strata**2
    hopeful = np.abs(difference) >= HOPELESS * np.sqrt(variance)
    smallest = _smallest(inner, parent, outer.count, paired)
    names = _labels(problem)
    of_a, of_b = members(outer.code_a, outer.count), members(outer.code_b, outer.count)
    p = [
        None
        if smallest[i] > 0.05
        else _one(inner, of_a[i], of_b[i], paired, seed)
        if hopeful[i] and difference[i]
        else 1.0
        for i in range(outer.count)
    ]
    tested = [x for x in p if x is not None]
    adjusted = iter(benjamini_hochberg(tested).tolist() if tested else [])
    return tuple(
        ProblemEffect(int(names[i]), float(difference[i]), p[i], None if p[i] is None else next(adjusted))
        for i in range(outer.count)
    )


def _labels(problem: Labels | Sides) -> Ints:
    return np.unique(np.asarray(problem.arm if isinstance(problem, Sides) else problem, dtype=np.int64))


def _smallest(inner: Sampled, parent: Ints, count: int, paired: bool) -> Floats:
    """The smallest p that a problem's samples could give."""
    each = log_arrangements(inner.sizes, paired)
    mirrored = np.bincount(parent, weights=inner.sizes[0] != inner.sizes[1], minlength=count) == 0
    twice = np.where(mirrored | paired, 2.0, 1.0)
    return np.asarray(twice * np.exp(-np.bincount(parent, weights=each, minlength=count)))


def _one(inner: Sampled, a: Ints, b: Ints, paired: bool, seed: int) -> float:
    labels: Labels | Sides = inner.code_a[a] if inner.paired else Sides(inner.code_a[a], inner.code_b[b])
    found = within_problem_permutation(inner.a[a], inner.b[b], labels, paired=paired, seed=seed)
    return 1.0 if found.p is None else found.p


def members(code: Ints, count: int) -> list[Ints]:
    """Where each of the codes 0, 1, ... count - 1 stands, in order: in one pass, however many there are."""
    return np.split(np.argsort(code, kind="stable"), np.cumsum(np.bincount(code, minlength=count))[:-1])
