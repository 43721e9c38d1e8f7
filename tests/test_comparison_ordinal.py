"""Use levels as an order: ranks within problems, recomputed by scipy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import mannwhitneyu, permutation_test, ttest_1samp

from evalkit.comparing.beside import Ordinal
from evalkit.comparing.comparison import Design
from evalkit.comparing.contrasts import Comparison, compare
from evalkit.comparing.ordinal import superiority, told
from evalkit.showing.tables import comparison_tables
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
