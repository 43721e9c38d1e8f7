"""power.py against statsmodels, by simulation and by its own inverses."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.power import TTestPower

from evalkit.stats.power import (
    VarianceSplit,
    minimum_detectable_effect,
    needed_problems,
    needed_samples,
    power_of,
    variance_split,
)

SPLIT = VarianceSplit(between=0.04, within=0.4)


@pytest.mark.parametrize("problems", [4, 12, 100])
@pytest.mark.parametrize("difference", [-0.3, 0.02, 0.1, 0.9])
def test_power_is_statsmodels(problems: int, difference: float) -> None:
    size = abs(difference) / (SPLIT.error(problems, 5) * problems**0.5)
    expected = TTestPower().power(size, problems, 0.05)
    if np.isnan(expected):  # statsmodels gives up where the power is 1 but for rounding
        expected = 1.0
    assert power_of(SPLIT, difference, problems, 5) == pytest.approx(expected, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 0.2), st.floats(0.01, 0.6), st.integers(4, 60), st.integers(1, 20))
def test_effects_and_designs_are_inverse(between: float, within: float, problems: int, samples: int) -> None:
    split = VarianceSplit(between, within)
    effect = minimum_detectable_effect(split, problems, samples)
    assert effect is not None
    assert power_of(split, effect, problems, samples) == pytest.approx(0.8, abs=1e-6)
    found = needed_problems(split, effect * 1.0001, samples)
    assert found is not None
    assert found <= problems
    assert found == 4 or power_of(split, effect * 1.0001, found - 1, samples) < 0.8
    more = needed_samples(split, effect * 1.0001, problems)
    assert more is not None
    assert more <= samples


def test_more_problems_beat_more_samples() -> None:
    few, many = (minimum_detectable_effect(SPLIT, p, n) for p, n in ((10, 20), (20, 10)))
    assert few is not None
    assert many is not None
    assert many < few
    assert needed_samples(SPLIT, 0.1, 8) is None
    assert needed_samples(dataclasses.replace(SPLIT, between=0.0), 0.1, 8) is not None


def test_out_of_reach() -> None:
    assert minimum_detectable_effect(SPLIT, 3, 5) is None
    assert power_of(SPLIT, 5.0, 3, 5) == 0
    assert needed_problems(SPLIT, 0.0, 5) is None
    assert needed_problems(SPLIT, 1e-6, 1) is None
    assert minimum_detectable_effect(VarianceSplit(0, 0), 5, 5) == 0
    assert power_of(VarianceSplit(0, 0), 0.1, 5, 5) == 1


def test_variance_split_finds_what_was_put_in() -> None:
    rng = np.random.default_rng(3)
    problems, samples = 3000, 4
    effect = 0.3 * rng.standard_normal((problems, 1))
    shared = rng.standard_normal((problems, samples))  # luck that both arms share
    noise = rng.standard_normal((2, problems, samples))
    arm, baseline = (effect + shared + 0.5 * noise[0]).ravel(), (shared + 0.5 * noise[1]).ravel()
    problem = np.repeat(np.arange(problems), samples)
    paired = variance_split(arm, baseline, problem, paired=True)
    assert paired is not None
    assert (paired.between, paired.within) == pytest.approx((0.09, 0.5), rel=0.15)
    loose = variance_split(arm, baseline, problem)
    assert loose is not None
    assert loose.within == pytest.approx(2.5, rel=0.05)


def test_variance_split_is_the_variance_of_the_problem_means() -> None:
    rng = np.random.default_rng(1)
    arm, baseline, problem = rng.random(60) + np.repeat(np.arange(12), 5), rng.random(60), np.repeat(np.arange(12), 5)
    split = variance_split(arm, baseline, problem, paired=True)
    assert split is not None
    d = (arm - baseline).reshape(12, 5).mean(axis=1)
    assert split.error(12, 5) == pytest.approx(d.std(ddof=1) / 12**0.5)


def test_variance_split_needs_repeats() -> None:
    assert variance_split([1, 0, 1], [0, 0, 1], [0, 1, 2]) is None
    assert variance_split([1, 0, 1], [0, 0, 1], [0, 0, 0]) is None
    ragged = variance_split([1, 0, 1, 0, 1], [0, 0, 1, 1, 1], [0, 0, 0, 1, 2])
    assert ragged is not None
    assert ragged.within > 0


def test_models_are_strata_of_a_pilot() -> None:
    """Three models of very different levels: their levels are no noise, and a problem averages them."""
    rng = np.random.default_rng(2)
    problems, samples = 1500, 3
    level = np.array([0.1, 0.5, 0.85]).reshape(1, 3, 1)
    arm, baseline = ((rng.random((problems, 3, samples)) < level).astype(float).ravel() for _ in range(2))
    problem, model = np.repeat(np.arange(problems), 9), np.tile(np.repeat(np.arange(3), samples), problems)
    split = variance_split(arm, baseline, problem, model=model)
    assert split is not None
    inside = float((2 * level * (1 - level)).mean())
    assert split.within == pytest.approx(inside / 3, rel=0.05)
    assert split.between == pytest.approx(0, abs=0.005)
    # What the split says of the mean difference is what the problems' differences show.
    d = (arm - baseline).reshape(problems, 9).mean(axis=1)
    assert split.error(problems, samples) == pytest.approx(d.std(ddof=1) / problems**0.5, rel=0.05)
