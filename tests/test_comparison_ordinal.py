"""Use levels as an order: ranks within problems, recomputed by scipy."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import mannwhitneyu, permutation_test, ttest_1samp

from evalkit.comparing.beside import Ordinal
from evalkit.comparing.comparison import Design
from evalkit.comparing.contrasts import Comparison, compare
from evalkit.comparing.ordinal import superiority, told
from evalkit.showing.tables import comparison_tables
from evalkit.stats.odds import proportional_odds
from tests.test_comparison import arms, table

METRIC = "approach.level"
Pair = tuple[list[float | None], list[float | None]]


def drawn(problems: int, samples: int, seed: int = 1) -> list[Pair]:
    rng = np.random.default_rng(seed)
    return [
        ([float(x) for x in rng.choice(4, samples, p=(0.2, 0.2, 0.2, 0.4))], [float(x) for x in rng.choice(4, samples)])
        for _ in range(problems)
    ]


def one(data: list[Pair]) -> Comparison:
    (found,) = compare(table(arms(data), METRIC), Design([("hint", "plain")]))
    return found


def cliff(a: list[float | None], b: list[float | None]) -> float:
    u = mannwhitneyu(np.array(a, float), np.array(b, float)).statistic
    return float(2 * u / (len(a) * len(b)) - 1)


def test_the_difference_is_cliffs_delta_over_problems() -> None:
    data = drawn(10, 6)
    found = one(data).ordinal
    assert found is not None
    deltas = [cliff(a, b) for a, b in data]
    oracle = ttest_1samp(deltas, 0.0)
    assert found.difference == pytest.approx(float(np.mean(deltas)))
    assert found.p_like == pytest.approx(oracle.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(oracle.confidence_interval()))
    assert found.df == 9.0


def test_these_problems_permutes_ranks() -> None:
    data = drawn(1, 5, seed=4)
    found = one(data).ordinal
    assert found is not None
    a, b = (np.array(x, float) for x in data[0])

    def statistic(x: np.ndarray, y: np.ndarray) -> float:
        return float((x[:, None] > y).mean() - (x[:, None] < y).mean())

    oracle = permutation_test((a, b), statistic, n_resamples=10_000)
    assert found.p_these == pytest.approx(oracle.pvalue)


def test_unequal_numbers_and_steps_do_not_matter() -> None:
    a, b = np.array([0.0, 1, 3, 3]), np.array([0.0, 2, 2, 1, 3, 0])
    label = (np.zeros(4, np.int64), np.zeros(6, np.int64))
    x, y = superiority(a, b, *label)
    assert x.mean() - y.mean() == pytest.approx(cliff(a.tolist(), b.tolist()))
    again = superiority(np.array([0.0, 1, 100, 100]), np.array([0.0, 7, 7, 1, 100, 0]), *label)
    assert again[0] == pytest.approx(x)
    assert again[1] == pytest.approx(y)


def test_two_values_and_other_metrics_have_no_such_check() -> None:
    data: list[Pair] = [([3, 3], [0, 3]), ([3, 0], [0, 0])] * 3
    assert one(data).ordinal is None
    (other,) = compare(table(arms(drawn(5, 4))), Design([("hint", "plain")]))
    assert other.ordinal is None


def test_the_notes_say_where_a_verdict_hangs_on_equal_steps() -> None:
    strong: Pair = ([3.0, 3.0, 3.0, 3.0, 3.0, 2.0], [0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    c = one([strong] * 8)
    assert told(c)
    assert "levels say the same" in comparison_tables([c])[0].note
    weak = replace(c, ordinal=Ordinal(0.1, -0.1, 0.3, 0.2, 0.3, 0.1, 7))
    assert not told(weak)
    assert "do not tell these differences from chance: hint against plain" in comparison_tables([weak])[0].note


def replies(seed: int, shift: float, problems: int = 16, each: int = 6) -> tuple[np.ndarray, ...]:
    """Levels 0 to 3 of two arms, problems of different difficulty; with the arm, model and problem of each."""
    rng = np.random.default_rng(seed)
    problem = np.repeat(np.arange(problems), 2 * each)
    arm = np.tile(np.repeat([1, 0], each), problems)
    latent = rng.normal(0, 1, problems)[problem] + shift * arm + rng.logistic(size=len(problem))
    return np.digitize(latent, [-1.0, 0.5, 2.0]).astype(float), arm, np.arange(len(problem)) % 2, problem


def test_proportional_odds_are_the_maximum_of_the_likelihood() -> None:
    """Estimate and clustered error recomputed with scipy alone: likelihood, numerical Hessian and scores."""
    level, arm, model, problem = replies(1, 1.0)
    found = proportional_odds(level, arm, model, problem)
    terms = np.column_stack([arm, model]).astype(float)

    def each(theta: Any) -> Any:
        cuts = np.concatenate([[-np.inf], np.cumsum(np.concatenate([theta[2:3], np.exp(theta[3:])])), [np.inf]])
        middle = terms @ theta[:2]
        at = level.astype(int)
        return np.log(expit(cuts[at + 1] - middle) - expit(cuts[at] - middle))

    def lost(theta: Any) -> float:
        return -float(each(theta).sum())

    best = minimize(lost, np.array([0.0, 0.0, -1.0, 0.0, 0.0]), method="BFGS", tol=1e-8).x
    step = 1e-5 * np.eye(len(best))
    slopes = np.stack([(each(best + e) - each(best - e)) / 2e-5 for e in step], axis=1)
    bend = [
        [((each(best + e + f) - each(best + e - f) - each(best - e + f) + each(best - e - f)).sum()) for f in step * 50]
        for e in step * 50
    ]
    bread = np.linalg.inv(-np.array(bend) / (4 * (5e-4) ** 2))
    sums = np.stack([np.bincount(problem, weights=s) for s in slopes.T], axis=1)
    n, groups = len(level), len(sums)
    meat = sums.T @ sums * groups / (groups - 1) * (n - 1) / (n - len(best))
    assert found.ratio == pytest.approx(np.exp(best[0]), rel=1e-3)
    assert found.error == pytest.approx(np.sqrt((bread @ meat @ bread)[0, 0]), rel=1e-2)
    assert found.df == 15
    assert found.low is not None
    assert found.p is not None
    assert (found.low > 1) == (found.p < 0.05)


NO_ODDS = [
    ("two-levels", [0.0, 1.0] * 20, "two levels only"),
    ("apart", [3.0, 2.0, 3.0, 2.0] * 5 + [0.0, 1.0, 0.0, 1.0] * 5, "do not overlap"),
]


@pytest.mark.parametrize(("level", "why"), [row[1:] for row in NO_ODDS], ids=[row[0] for row in NO_ODDS])
def test_where_there_are_no_odds(level: list[float], why: str) -> None:
    arm = np.repeat([1, 0], 20)
    found = proportional_odds(np.array(level), arm, np.zeros(40, int), np.tile(np.arange(5), 8))
    assert found.ratio is None
    assert why in (found.reason or "")


def test_three_problems_are_too_few_for_odds() -> None:
    level, arm, model, problem = replies(1, 1.0, problems=3)
    assert proportional_odds(level, arm, model, problem).reason == "fewer than 4 units"


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "statsmodels.miscmodels.ordinal_model", None)
    found = proportional_odds(*replies(1, 1.0))
    assert found.reason == "needs the extra: pip install 'evalkit-tutor[ordinal]'"


def test_no_effect_is_seldom_found() -> None:
    """The sandwich with 16 problems: a check, whose false positives stay near 5 %."""
    false = np.mean([(proportional_odds(*replies(seed, 0.0, each=3)).p or 1) < 0.05 for seed in range(100)])
    assert false <= 0.11
