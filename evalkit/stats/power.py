"""Planning: how small an effect a design can show, and whether to add problems or samples."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import nctdtr, stdtrit

from evalkit.stats.groups import (
    MIN_UNITS,
    Floats,
    Ints,
    Labels,
    Sides,
    codes,
    group_means,
    group_of_groups,
    joined,
    sampled,
)

MOST = 1_000_000
"""Designs above this many problems or samples count as out of reach."""


@dataclass(frozen=True, slots=True)
class VarianceSplit:
    """Where the variance of a problem's difference comes from, in squared units of the metric.

    With P problems and n samples of each arm the variance of the mean difference is (between + within / n) / P. For the
    question "these problems" only `within` counts: use `dataclasses.replace(split, between=0.0)`.
    """

    between: float
    """Variance over problems of the true effect. More samples never reduce its part."""
    within: float
    """Variance of one sample's difference inside a problem."""

    def error(self, problems: int, samples: int) -> float:
        """Standard error of the mean difference."""
        return math.sqrt((self.between + self.within / samples) / problems)


def variance_split(
    arm: ArrayLike,
    baseline: ArrayLike,
    problem: Labels | Sides,
    *,
    paired: bool = False,
    model: Labels | Sides | None = None,
) -> VarianceSplit | None:
    """Split the variance of a pilot's differences by moments (one-way random effects; negative estimates become 0).

    Arrays as in `paired_difference`; paired=True where the arms share a sample's first answer. A problem is the unit.
    model: label of each pair's model, where several were asked: the variance within is then that inside a model, and a
    problem's difference the mean of its models'; `samples` of a design are counted for each model.
    None where it cannot be told: no problem (and model) with two pairs, or fewer than two problems.
    """
    scores = sampled(arm, baseline, problem)
    count, by_arm = scores.count, [scores.code_a, scores.code_b]
    if model is not None:
        joint = codes(joined(model if isinstance(model, Sides) else Sides(model, model)))[0]
        label = np.concatenate(by_arm) * (int(joint.max()) + 1) + joint
        stratum, _ = codes(label)
        by_arm = [stratum[: len(scores.a)], stratum[len(scores.a) :]]
    strata = int(max(x.max() for x in by_arm)) + 1
    parent = group_of_groups(np.concatenate(by_arm), strata, np.concatenate([scores.code_a, scores.code_b]))
    models = np.bincount(parent, minlength=count)
    sizes = [np.bincount(x, minlength=strata) for x in by_arm]
    several = np.minimum(*sizes) >= 2
    if count < 2 or not several.any() or not all((size > 0).all() for size in sizes):
        return None
    if paired:
        within = [_variances(scores.a - scores.b, by_arm[0], sizes[0])]
    else:
        within = [_variances(x, code, size) for x, code, size in zip((scores.a, scores.b), by_arm, sizes, strict=True)]
    typical = [float(v[several].mean()) for v in within]
    means = [
        group_means(x, code, strata, size) for x, code, size in zip((scores.a, scores.b), by_arm, sizes, strict=True)
    ]
    total = float(group_means(means[0] - means[1], parent, count).var(ddof=1))
    each = sum(
        np.where(several, v, usual) / size / models[parent] ** 2
        for v, usual, size in zip(within, typical, sizes, strict=False)
    )
    noise = float(np.bincount(parent, weights=each, minlength=count).mean())
    return VarianceSplit(between=max(total - noise, 0.0), within=sum(typical) / float(models.mean()))


def power_of(
    split: VarianceSplit, difference: float, problems: int, samples: int, *, confidence: float = 0.95
) -> float:
    """Probability that the paired t test finds a true `difference`: the noncentral t distribution.

    Equal to statsmodels' `TTestPower`. Zero below 4 problems, where the tool says "cannot tell". Normal effects are
    assumed.
    """
    error = split.error(problems, samples)
    if problems < MIN_UNITS:
        return 0.0
    if error == 0:
        return float(difference != 0)
    return _found(abs(difference) / error, problems - 1, float(stdtrit(problems - 1, 0.5 + confidence / 2)))


def _found(shift: float, df: int, critical: float) -> float:
    """The power of a t test whose bound is known; shift: the true difference in standard errors."""
    upper = float(nctdtr(df, shift, critical))
    lower = float(nctdtr(df, shift, -critical))
    if not math.isfinite(upper):  # so strong a shift that the library gives up
        return 1.0
    return 1 - upper + (lower if math.isfinite(lower) else 0.0)


def minimum_detectable_effect(
    split: VarianceSplit, problems: int, samples: int, *, power: float = 0.8, confidence: float = 0.95
) -> float | None:
    """Smallest true difference that the paired t test finds with probability `power`; None below 4 problems."""
    error = split.error(problems, samples)
    if problems < MIN_UNITS:
        return None
    return _smallest(error, problems - 1, power, confidence) if error else 0.0


def _smallest(error: float, df: int, power: float, confidence: float) -> float:
    critical = float(stdtrit(df, 0.5 + confidence / 2))
    low, high = 0.0, error
    while _found(high / error, df, critical) < power:
        high *= 2
    for _ in range(50):
        middle = (low + high) / 2
        enough = _found(middle / error, df, critical) >= power
        low, high = (low, middle) if enough else (middle, high)
    return high


@lru_cache(maxsize=1024)
def _shift(df: int, power: float, confidence: float) -> float:
    """The difference, in standard errors, that is found with probability `power`: the same in all contrasts."""
    return _smallest(1.0, df, power, confidence)


def needed_problems(
    split: VarianceSplit, difference: float, samples: int, *, power: float = 0.8, confidence: float = 0.95
) -> int | None:
    """Fewest problems that show `difference`, with `samples` of each; None above a million."""
    if difference == 0:
        return None
    return fewest(lambda p: power_of(split, difference, p, samples, confidence=confidence) >= power, MIN_UNITS)


def needed_samples(
    split: VarianceSplit, difference: float, problems: int, *, power: float = 0.8, confidence: float = 0.95
) -> int | None:
    """Fewest samples a problem that show `difference` on this many problems.

    None where more samples do not help: the effect differs too much between problems, so more problems are needed.
    """
    if difference == 0 or problems < MIN_UNITS:
        return None
    shift = _shift(problems - 1, power, confidence)
    return fewest(lambda n: abs(difference) >= shift * split.error(problems, n), 1)


def _variances(x: Floats, code: Ints, size: Ints) -> Floats:
    """Sample variance in each problem; 0 where it has one pair."""
    residual = x - group_means(x, code, len(size), size)[code]
    return np.asarray(np.bincount(code, weights=residual**2, minlength=len(size)) / np.maximum(size - 1, 1))


def fewest(enough: Callable[[int], bool], least: int, most: int = MOST) -> int | None:
    """Smallest count from `least` on at which `enough` becomes true, by doubling and halving; None above `most`."""
    high = least
    while not enough(high):
        high *= 2
        if high > most:
            return None
    low = least - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
