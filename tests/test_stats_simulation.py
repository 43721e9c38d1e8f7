"""simulation.py: the decision drawn in bulk is that of `paired_difference`, and the draws are of the population."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.stats.equivalence import equivalence
from evalkit.stats.paired import paired_difference
from evalkit.stats.power import VarianceSplit, power_of
from evalkit.stats.simulation import Drawn, Population, drawn, drawn_moves, finds, shows_none

POPULATIONS = st.builds(
    Population,
    baseline=st.sampled_from([0.0, 0.02, 0.3, 0.5, 0.9]),
    levels=st.sampled_from([0.0, 0.2]),
    between=st.sampled_from([0.0, 0.1]),
    shared=st.sampled_from([0.0, 0.5]),
    models=st.sampled_from([1, 2]),
)


def as_pairs(d: Drawn, i: int) -> tuple[list[int], list[int], list[int]]:
    """Draw i as arrays of pairs: arm, baseline, problem."""
    arm: list[int] = []
    baseline: list[int] = []
    for cells in zip(d.gains[i], d.losses[i], d.both[i], strict=True):
        up, down, both = (int(c) for c in cells)
        neither = d.pairs - up - down - both
        arm += [1] * up + [0] * down + [1] * both + [0] * neither
        baseline += [0] * up + [1] * down + [1] * both + [0] * neither
    return arm, baseline, np.repeat(np.arange(d.gains.shape[1]), d.pairs).tolist()


@settings(max_examples=60, deadline=None)
@given(POPULATIONS, st.sampled_from([0.0, 0.1, 0.6, -0.5]), st.integers(1, 12), st.integers(1, 6), st.integers(0, 99))
def test_decisions_are_those_of_compare(
    population: Population, effect: float, problems: int, samples: int, seed: int
) -> None:
    d = drawn(population, effect, (8, problems), samples, np.random.default_rng(seed))
    found, none = finds(d), shows_none(d, 0.3)
    for i in range(8):
        told = paired_difference(*as_pairs(d, i), span=(0, 1))
        alike = equivalence(told, 0.3)
        assert found[i] == (told.p is not None and told.p < 0.05)
        assert none[i] == (alike is not None and alike.p < 0.05)


@pytest.mark.parametrize(
    ("population", "effect"),
    [
        (Population(0.3, 0.2, 0.1), 0.2),
        (Population(0.3, shared=0.6), 0.2),
        (Population(0.4, 0.1, models=3), -0.1),
        (Population(0.1, between=0.25), 0.15),
        (Population(0.8, between=0.2), 0.1),
        (Population(0.3, between=0.2), -0.2),
        (Population(0.2, 0.1, 0.2, models=2), 0.1),
        (Population(0.0, between=0.1), 0.02),
    ],
    ids=[
        "levels-and-effects-differ", "shared-luck", "models", "little-room-below", "little-room-above",
        "little-room-downwards", "models-with-little-room", "a-baseline-that-never-succeeds",
    ],
)  # fmt: skip
def test_draws_have_the_mean_and_the_variances_of_the_population(population: Population, effect: float) -> None:
    for samples in (1, 6):
        d = drawn(population, effect, (1, 60_000), samples, np.random.default_rng(1))
        moved = (d.gains - d.losses)[0] / d.pairs
        assert moved.mean() == pytest.approx(effect, abs=0.01)
        assert moved.std() == pytest.approx(population.split(effect).error(1, samples), rel=0.03)


@pytest.mark.parametrize(
    ("population", "effect"),
    [(Population(0.5, 0.35), 0.3), (Population(0.5, 0.35, 0.2), -0.3), (Population(0.9, 0.2, 0.3), 0.05)],
    ids=["up", "down", "near-the-top"],
)
def test_the_mean_effect_is_the_planned_one_though_many_rates_have_no_room(
    population: Population, effect: float
) -> None:
    d = drawn(population, effect, (1, 60_000), 4, np.random.default_rng(1))
    assert ((d.gains - d.losses)[0] / d.pairs).mean() == pytest.approx(effect, abs=0.01)


def test_the_moves_of_a_few_values_are_those_of_0_and_1() -> None:
    """Simulated by their moments alone, the powers of 0/1 scores come out within a few points."""
    for problems, samples, effect in ((8, 3, 0.5), (12, 2, 0.4), (30, 1, 0.3)):
        population = Population(0.3, between=0.1)
        rng = np.random.default_rng(1)
        exact = finds(drawn(population, effect, (4000, problems), samples, rng)).mean()
        a, b = 0.3 + effect, 0.3
        moved = a * (1 - b) + b * (1 - a)
        found = finds(drawn_moves(population.split(effect), effect, (problems, samples), moved, rng, 4000)).mean()
        assert found == pytest.approx(exact, abs=0.06)


def test_the_formula_is_the_limit() -> None:
    population = Population(0.4, between=0.05)
    found = finds(drawn(population, 0.1, (2000, 150), 6, np.random.default_rng(1))).mean()
    assert found == pytest.approx(power_of(population.split(0.1), 0.1, 150, 6), abs=0.03)
    assert power_of(VarianceSplit(0.0, 1.0), 0.1, 3, 5) == 0
