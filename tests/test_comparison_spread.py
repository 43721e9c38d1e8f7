"""Which problems react: spread, leaving one out, problems one by one; recomputed by scipy and statsmodels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy.stats import fisher_exact, permutation_test
from statsmodels.stats.multitest import multipletests

from evalkit.comparing.beside import Effect, Spread
from evalkit.comparing.comparison import Comparison, Design
from evalkit.comparing.contrasts import compare
from evalkit.comparing.means import Mean
from evalkit.showing.answer import answer
from evalkit.showing.tables.spread import NAMED, both_ways, hanging, reacting, spread_tables
from evalkit.stats.groups import Sides
from evalkit.stats.heterogeneity import leave_one_out, problem_effects
from tests.test_comparison import METRIC, arms, one, table

Pair = tuple[list[float | None], list[float | None]]


def binary(rates: list[tuple[float, float]], samples: int, seed: int = 2) -> list[Pair]:
    rng = np.random.default_rng(seed)
    return [tuple([float(x) for x in rng.random(samples) < r] for r in pair) for pair in rates]  # type: ignore[misc]


RATES = [(0.9, 0.1), (0.2, 0.9), (0.5, 0.5), (0.55, 0.45), (0.8, 0.2), (0.5, 0.4)]


def test_problems_one_by_one_are_fishers_exact_tests() -> None:
    data = binary(RATES, 15)
    found = one(arms(data)).spread
    assert found is not None
    oracle = []
    for arm, base in data:
        a, b = int(sum(arm)), int(sum(base))  # type: ignore[arg-type]
        oracle.append(fisher_exact(np.array([[a, 15 - a], [b, 15 - b]])).pvalue)
    # What is far from .05 is not computed, and counts as 1.
    assert [e.p for e in found.problems] == [pytest.approx(p) if p < 0.1 else pytest.approx(p, abs=1) for p in oracle]
    assert all(e.p is not None and e.p >= p - 1e-9 for e, p in zip(found.problems, oracle, strict=True))
    adjusted = multipletests([e.p for e in found.problems], method="fdr_bh")[1]
    assert [e.p_adjusted for e in found.problems] == pytest.approx(list(adjusted))
    assert [e.problem for e in found.problems if e.reacts] == ["p0", "p1"]
    assert found.tested == 6


def test_many_values_are_permuted_in_each_problem() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.normal(1.5, 1, 6), rng.normal(0, 1, 6)
    label = np.zeros(6, dtype=np.int64)
    (found,) = problem_effects(a, b, label, label, paired=False, seed=1)
    oracle = permutation_test((a, b), lambda x, y: float(x.mean() - y.mean()), n_resamples=10_000)
    assert found.p == pytest.approx(oracle.pvalue, abs=0.005)
    assert found.difference == pytest.approx(a.mean() - b.mean())


def test_arms_of_unequal_numbers_and_pairs_that_share_an_answer() -> None:
    a, b = np.array([1.0] * 8), np.array([0.0] * 5)
    (found,) = problem_effects(a, b, Sides([3] * 8, [3] * 5), Sides([3] * 8, [3] * 5), paired=False, seed=1)
    assert (found.label, found.difference) == (3, 1.0)
    assert found.p == pytest.approx(fisher_exact(np.array([[8, 0], [0, 5]])).pvalue)
    (swapped,) = problem_effects(a, np.zeros(8), np.ones(8, np.int64), np.ones(8, np.int64), paired=True, seed=1)
    assert swapped.p == pytest.approx(2 / 2**8)


def test_too_few_samples_are_not_tested() -> None:
    found = one(arms([([1, 1], [0, 0])] * 5)).spread
    assert found is not None
    assert found.tested == 0
    assert {e.p for e in found.problems} == {None}
    assert reacting(found).startswith("untested, too few samples: up: p0 +1.00, p1 +1.00")


def test_sd_over_problems_is_that_of_a_random_effects_model() -> None:
    """Balanced: the moments estimate equals REML's where it is above 0 (statsmodels, variance of random slopes)."""
    rng = np.random.default_rng(8)
    d = np.repeat(rng.normal(0.5, 1.0, 15), 8) + rng.normal(0, 1.0, 120)
    problem = np.repeat(np.arange(15), 8)
    model = smf.mixedlm("d ~ 1", pd.DataFrame({"d": d, "g": problem}), groups="g").fit(reml=True)
    rows = [
        (f"p{p:02d}", arm, "m", k % 8, v)
        for k, (p, x) in enumerate(zip(problem, d, strict=True))
        for arm, v in (("hint", x), ("plain", 0.0))
    ]
    found = one(rows).spread
    assert found is not None
    assert found.sd == pytest.approx(float(model.cov_re.iloc[0, 0]) ** 0.5, rel=1e-3)


def test_leaving_one_out_by_hand_and_by_cluster() -> None:
    data: list[Pair] = [([1, 1], [0, 0]), ([1, 0], [0, 0]), ([1, 1], [1, 1]), ([0, 0], [1, 0]), ([1, 1], [0, 1])]
    d = np.array([1.0, 0.5, 0.0, -0.5, 0.5])
    found = one(arms(data)).spread
    assert found is not None
    rest = [np.delete(d, i).mean() for i in range(5)]
    assert (found.low, found.high) == pytest.approx((min(rest), max(rest)))
    assert (found.without_low, found.without_high) == ("p0", "p3")
    clustered = one(arms(data), clusters={"p0": "c", "p1": "c"}).spread
    assert clustered is not None
    units = np.array([0.75, 0.0, -0.5, 0.5])
    rest = [np.delete(units, i).mean() for i in range(4)]
    assert (clustered.low, clustered.high) == pytest.approx((min(rest), max(rest)))
    assert leave_one_out(np.array([1.0]), [0], np.array([0])) is None


def test_only_metrics_of_the_first_screen_or_asked_for_are_looked_into() -> None:
    rows = arms([([1, 1], [0, 0])] * 5)
    both = pd.concat([table(rows), table(rows, "quotes.share")], ignore_index=True)
    design = Design([("hint", "plain")])
    assert {c.metric: c.spread is not None for c in compare(both, design)} == {METRIC: True, "quotes.share": False}
    assert all(c.spread is not None for c in compare(both, design, metrics=["quotes.share"]))


def effects(*differences: float, p: float = 0.01) -> Spread:
    found = tuple(Effect(f"p{i}", d, p, p) for i, d in enumerate(differences))
    return Spread(problems=found, tested=len(found))


WORDS = [
    ("both-ways", effects(0.5, -0.75, 1.0), "up: p2 +1.00, p0 +0.50; down: p1 −0.75"),
    ("none", effects(0.5, 0.2, p=0.5), "none of 2 by itself"),
    ("nothing-moved", Spread(problems=(Effect("p", 0.0),)), "too few samples to tell one by one"),
    ("many", effects(*[1.0] * (NAMED + 2)), "up: " + ", ".join(f"p{i} +1.00" for i in range(NAMED)) + " and 2 more"),
]


@pytest.mark.parametrize(("found", "words"), [w[1:] for w in WORDS], ids=[w[0] for w in WORDS])
def test_words(found: Spread, words: str) -> None:
    assert reacting(found) == words


def test_a_difference_that_hangs_on_one_problem_is_said() -> None:
    c = one(arms([([1] * 6, [0] * 6)] * 8))
    assert c.like.verdict.is_difference
    s = Spread(low=-0.01, high=0.4, without_low="p3", without_high="p1")
    assert "without p3 the difference would vanish" in hanging(c, s)
    assert hanging(c, replace(s, low=0.1)) == ""
    assert hanging(replace(c, like=replace(c.like, difference=None)), s) == ""


def test_the_table_has_a_row_for_each_contrast() -> None:
    c: Comparison = one(arms(binary(RATES, 15)))
    (shown,) = spread_tables([c])
    assert shown.title == f"Which problems react · {METRIC} · m"
    assert shown.rows[0][0] == "hint vs plain"
    assert shown.rows[0][-1].startswith("up: p0")
    assert spread_tables([replace(c, spread=None)]) == []


BOTH_WAYS: list[tuple[str, list[float], str]] = [
    ("up-and-down", [0.9, 0.8, -0.7], "hint against plain: 2 problems go up and 1 down, each told from chance by itself: a mean hides that."),
    ("one-each", [0.9, -0.7], "hint against plain: 1 problem goes up and 1 down, each told from chance by itself: a mean hides that."),
    ("up-alone", [0.9, 0.8], ""),
    ("none", [], ""),
]  # fmt: skip


@pytest.mark.parametrize(("reacting", "told"), [x[1:] for x in BOTH_WAYS], ids=[x[0] for x in BOTH_WAYS])
def test_problems_that_react_in_both_directions_are_told_in_a_sentence(reacting: list[float], told: str) -> None:
    effects = [Effect(f"p{i}", d, 0.001, 0.01) for i, d in enumerate(reacting)] + [Effect("calm", -0.1, 0.6, 0.6)]
    c = Comparison(METRIC, "m", "hint", "plain", spread=Spread(problems=tuple(effects), tested=len(effects)))
    assert both_ways(c) == told
    assert (told in answer([c], [Mean(METRIC, "m", "hint", 3, 3, 3, 0.5)], None)) is bool(told)
    assert both_ways(replace(c, spread=None)) == ""
