"""permutation.py and within.py: "these problems"."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom, norm, permutation_test, t
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.proportion import proportion_confint

from evalkit.stats import exact as exact_chances
from evalkit.stats import permutation
from evalkit.stats.groups import Floats, Sides, sampled
from evalkit.stats.paired import paired_difference
from evalkit.stats.permutation import within_problem_permutation
from evalkit.stats.rates import wilson
from evalkit.stats.within import _rare, equivalence_within, within_problem_interval


def mean_difference(x: Floats, y: Floats, axis: int) -> Any:
    return x.mean(axis=axis) - y.mean(axis=axis)


def binary(seed: int, size: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 2, size).astype(float), rng.integers(0, 2, size).astype(float)


@pytest.mark.parametrize("whole", [True, False], ids=["lattice or list", "list"])
@pytest.mark.parametrize("paired", [False, True])
def test_one_problem_is_scipys_exact_test(whole: bool, paired: bool) -> None:
    arm, baseline = binary(2, 8)
    if not whole:
        arm = arm + np.linspace(0, 0.3, 8)
    kind: Any = "samples" if paired else "independent"
    expected = permutation_test((arm, baseline), mean_difference, permutation_type=kind, n_resamples=10**6)
    found = within_problem_permutation(arm, baseline, [0] * 8, paired=paired, seed=1)
    assert found.method == "exact"
    assert found.p == pytest.approx(expected.pvalue)


@pytest.mark.parametrize("sizes", [[(3, 5)], [(6, 2)], [(2, 3), (3, 3)], [(1, 2), (4, 1)]], ids=str)
def test_arms_of_unequal_sizes_are_arranged_in_every_way(sizes: list[tuple[int, int]]) -> None:
    """Against a plain list of all ways, one problem after the other; whole numbers, which have a shorter way where sizes are equal."""
    rng = np.random.default_rng(4)
    parts = [(rng.integers(0, 4, n).astype(float), rng.integers(0, 3, m).astype(float)) for n, m in sizes]
    ways = [0.0]
    for x, y in parts:
        pool = np.concatenate([x, y])
        chosen = [list(c) for c in combinations(range(len(pool)), len(x))]
        each = [pool[c].mean() - np.delete(pool, c).mean() for c in chosen]
        ways = [w + e for w in ways for e in each]
    seen = abs(sum(x.mean() - y.mean() for x, y in parts))
    sides = Sides(*(np.repeat(np.arange(len(sizes)), [s[i] for s in sizes]) for i in (0, 1)))
    arm, baseline = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    found = within_problem_permutation(arm, baseline, sides, seed=0)
    expected = np.mean(np.abs(ways) >= seen - 1e-9)
    if found.p is None:  # too few ways for any p to be small
        assert 1 / len(ways) > permutation.REACHABLE / 2
    else:
        assert found.p == pytest.approx(expected)


def test_many_samples_of_unequal_arms_are_a_hypergeometric_number() -> None:
    """Too many ways to list, and no shorter way for unequal sizes: drawn, or exact."""
    arm, baseline = np.repeat([1.0, 0.0], [14, 6]), np.repeat([1.0, 0.0], [15, 20])
    sides = Sides(np.zeros(20, np.int64), np.zeros(35, np.int64))
    hits = np.arange(21)
    away = np.abs(hits / 20 - (29 - hits) / 35) >= abs(14 / 20 - 15 / 35) - 1e-9
    expected = hypergeom(55, 29, 20).pmf(hits)[away].sum()
    found = within_problem_permutation(arm, baseline, sides, seed=0, draws=20_000)
    assert found.p == pytest.approx(expected, abs=1e-12 if found.method == "exact" else 0.006)


@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("problem", [[0, 0, 0, 1, 1, 1, 1, 2, 2], [0, 0, 0, 0, 1, 1, 1, 1, 1]], ids=str)
def test_the_lattice_gives_what_the_list_gives(paired: bool, problem: list[int]) -> None:
    for seed in range(5):
        rng = np.random.default_rng(seed)
        arm, baseline = rng.integers(0, 4, 9).astype(float), rng.integers(0, 4, 9).astype(float)
        strata = permutation._Strata(sampled(arm, baseline, problem), paired)
        found = within_problem_permutation(arm, baseline, problem, paired=paired, seed=0)
        bound = abs(found.difference) * found.n_problems - 1e-9
        assert permutation._on_lattice(strata, bound) == pytest.approx(permutation._listed(strata, bound))


@pytest.mark.parametrize("sizes", [[30], [7, 7, 7, 7], [4, 6, 9, 30, 2]], ids=str)
@pytest.mark.parametrize("low", [0.0, -3.0, 0.5], ids="from {}".format)
def test_counts_alone_give_what_the_values_give(sizes: list[int], low: float) -> None:
    problem = np.repeat(np.arange(len(sizes)), sizes)
    for seed in range(5):
        arm, baseline = (x + low for x in binary(seed, len(problem)))
        scores = sampled(arm, baseline, problem)
        bound = abs(float((scores.means[0] - scores.means[1]).sum())) - 1e-9
        by_counts = exact_chances.of_ones(scores, bound)
        assert by_counts is not None
        assert by_counts == permutation._on_lattice(permutation._Strata(scores, False), bound)


@pytest.mark.parametrize("paired", [False, True])
def test_monte_carlo_and_normal_limit_agree_with_the_exact_p(paired: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    arm, baseline = binary(4, 400)
    problem = np.repeat(np.arange(40), 10)

    def p(**limits: int) -> tuple[float, str]:
        for name, value in limits.items():
            monkeypatch.setattr(exact_chances if name == "LATTICE" else permutation, name, value)
        found = within_problem_permutation(arm, baseline, problem, paired=paired, seed=3, draws=20_000)
        assert found.p is not None
        assert found.method is not None
        return found.p, found.method

    exact, how = p()
    assert how == "exact"
    drawn, how = p(LATTICE=0)
    assert how == "monte carlo"
    assert drawn == pytest.approx(exact, abs=0.015)
    # No continuity correction: the exact p is larger by about half a step of the distribution.
    limit, how = p(LATTICE=0, DRAWN=0)
    assert how == "large sample"
    assert limit == pytest.approx(exact, abs=0.06)


def test_normal_limit_is_cochran_mantel_haenszel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact_chances, "LATTICE", 0)
    monkeypatch.setattr(permutation, "DRAWN", 0)
    arm, baseline = binary(5, 240)
    tables = [
        np.array([[x.sum(), 12 - x.sum()], [y.sum(), 12 - y.sum()]])
        for x, y in zip(arm.reshape(20, 12), baseline.reshape(20, 12), strict=True)
    ]
    expected = StratifiedTable(tables).test_null_odds(correction=False).pvalue
    found = within_problem_permutation(arm, baseline, np.repeat(np.arange(20), 12), seed=1)
    assert found.p == pytest.approx(expected)


def test_seed_decides_and_plus_one_counts() -> None:
    rng = np.random.default_rng(0)
    baseline = rng.random(40)
    arm, problem = baseline + 5, np.repeat(np.arange(4), 10)
    first, again = (within_problem_permutation(arm, baseline, problem, seed=9, draws=99) for _ in range(2))
    assert first == again
    assert (first.p, first.method, first.draws) == (0.01, "monte carlo", 99)
    near = baseline + rng.normal(0, 0.3, 40)
    one, other = (within_problem_permutation(near, baseline, problem, seed=s, draws=99).p for s in (1, 2))
    assert one != other


@pytest.mark.parametrize(
    ("problem", "paired", "smallest"),
    [
        pytest.param([0, 0, 0], False, "0.1", id="3 samples of one problem"),
        pytest.param([0, 0, 0, 0], False, None, id="4 samples of one problem"),
        pytest.param([0, 1, 2, 3, 4], True, "0.062", id="5 swaps"),
        pytest.param([0, 1, 2, 3, 4, 5], True, None, id="6 swaps"),
        pytest.param([0], True, "1", id="one pair"),
    ],
)
def test_too_few_samples(problem: list[int], paired: bool, smallest: str | None) -> None:
    size = len(problem)
    found = within_problem_permutation(np.ones(size), np.zeros(size), problem, paired=paired, seed=0)
    if smallest is None:
        assert found.reason is None
        assert found.p is not None
        assert found.p < 0.05
    else:
        assert found.p is None
        assert found.reason is not None
        assert found.reason.endswith(f"is {smallest}")


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(4, 8), st.booleans())
def test_invariances(seed: int, problems: int, samples: int, paired: bool) -> None:
    rng = np.random.default_rng(seed)
    arm, baseline = binary(seed, problems * samples)
    problem = np.repeat(np.arange(problems), samples)
    one = within_problem_permutation(arm, baseline, problem, paired=paired, seed=1)
    swapped = within_problem_permutation(baseline, arm, problem, paired=paired, seed=1)
    order = rng.permutation(len(arm))
    moved = within_problem_permutation(arm[order] + 2, baseline[order] + 2, problem[order] + 5, paired=paired, seed=1)
    for other, sign in ((swapped, -1), (moved, 1)):
        assert other.p == pytest.approx(one.p)
        assert other.difference == pytest.approx(sign * one.difference, abs=1e-12)
    interval = within_problem_interval(arm, baseline, problem, paired=paired)
    mirrored = within_problem_interval(baseline, arm, problem, paired=paired)
    assert interval.difference == pytest.approx(one.difference)
    if interval.low is not None and interval.high is not None and mirrored.high is not None:
        assert interval.low - 1e-9 <= interval.difference <= interval.high + 1e-9
        assert mirrored.high == pytest.approx(-interval.low)


def test_interval_of_one_problem_is_newcombes_with_the_t_quantile() -> None:
    arm, baseline = np.repeat([1.0, 0.0], [14, 6]), np.repeat([1.0, 0.0], [9, 11])
    found = within_problem_interval(arm, baseline, [0] * 20)
    # 2.024394 is the t quantile with 38 degrees of freedom; as a normal quantile it belongs to this confidence.
    one, two = (wilson(k, 20, confidence=0.957074) for k in (14, 9))
    low = 0.25 - np.hypot(one.rate - one.low, two.high - two.rate)
    assert found.method == "score"
    assert found.low == pytest.approx(low, abs=1e-4)


def test_interval_with_one_sample_a_problem_is_the_wider_one() -> None:
    arm, baseline = binary(3, 12)
    found, wide = within_problem_interval(arm, baseline, range(12)), paired_difference(arm, baseline, range(12))
    assert (found.method, found.low, found.high) == ("between problems", wide.low, wide.high)
    assert "most problems have one sample" in str(within_problem_interval([1, 0], [0, 0], [0, 1]).reason)


@pytest.mark.parametrize(
    ("arm", "baseline", "words"),
    [
        pytest.param([2.0] * 8, [2.0] * 8, "no value varies", id="all the same"),
        pytest.param([3.0, 2.0, 5.0, 4.0, *[0.0] * 196], [*[0.0] * 199, 1.0], "only 5 of 400", id="rare values"),
        pytest.param([0.5, 0.6, 0.7], [0.1, 0.2, 0.3], "there are fewer than 4", id="one sample each of three"),
    ],
)
def test_interval_cannot_tell(arm: list[float], baseline: list[float], words: str) -> None:
    problem = [0] * len(arm) if len(arm) > 3 else range(3)
    found = within_problem_interval(arm, baseline, problem)
    assert equivalence_within(found, 1.0) is None
    assert (found.low, found.high, found.method) == (None, None, None)
    assert words in str(found.reason)


def test_interval_of_other_values_is_welchs_for_one_problem() -> None:
    from scipy.stats import ttest_ind

    rng = np.random.default_rng(1)
    arm, baseline = rng.random(9), 3 * rng.random(9)
    expected = ttest_ind(arm, baseline, equal_var=False).confidence_interval()
    found = within_problem_interval(arm, baseline, [0] * 9)
    assert found.method == "t"
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize(("others", "method"), [(2, "score"), (3, "t"), (9, "t")])
def test_a_few_other_values_are_too_few_only_among_many(others: int, method: str) -> None:
    """Of 60 scores 5 % are 3: fewer that differ from all the rest would give a t interval of next to no width."""
    arm = np.append(np.linspace(0.1, 0.9, others), np.zeros(30 - others))
    found = within_problem_interval(arm, np.zeros(30), np.repeat([0, 1], 15), span=(0.0, 1.0))
    assert found.method == method


def test_problems_in_which_nothing_varies_only_dilute() -> None:
    arm, baseline = binary(6, 24)
    problem = np.repeat(np.arange(4), 6)
    one = within_problem_permutation(arm, baseline, problem, seed=1)
    padded = [np.append(x, np.ones(9000)) for x in (arm, baseline)]
    more = within_problem_permutation(
        padded[0], padded[1], np.append(problem, np.repeat(np.arange(4, 904), 10)), seed=1
    )
    assert (more.p, more.method) == (one.p, "exact")
    assert more.difference == pytest.approx(one.difference * 4 / 904)
    nothing = within_problem_permutation(np.ones(50), np.ones(50), np.repeat(np.arange(5), 10), seed=1)
    assert (nothing.p, nothing.difference) == (1.0, 0.0)


@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize(
    ("arm", "baseline", "span"),
    [([2.0] * 40, [2.0] * 40, (0.0, 3.0)), ([0.0, 1.0, 3.0, 3.0] * 10, [0.0, 1.0, 3.0, 3.0] * 10, None)],
    ids=["one value", "constant in each problem"],
)
def test_scores_that_never_vary_get_the_largest_variance_of_their_mean(
    arm: list[float], baseline: list[float], span: tuple[float, float] | None, paired: bool
) -> None:
    problem = np.tile(np.arange(4), 10)
    found = within_problem_interval(arm, baseline, problem, paired=paired, span=span)
    mean, critical = np.mean(arm) / 3, t.ppf(0.975, 36 if paired else 72)
    if paired:  # no gain and no loss in 40: (40 d)^2 = c^2 40 d (1 - d)
        expected = critical**2 / (40 + critical**2)
    else:
        one = proportion_confint(mean * 40, 40, alpha=2 * norm.sf(critical), method="wilson")
        expected = np.hypot(one[1] - mean, mean - one[0])
    assert (found.low, found.high) == pytest.approx((-3 * expected, 3 * expected), abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(1, 6), st.booleans(), st.floats(0.05, 0.9))
def test_equivalence_on_these_problems_is_the_90_percent_interval_inside_delta(
    seed: int, problems: int, samples: int, paired: bool, delta: float
) -> None:
    arm, baseline = binary(seed, problems * samples)
    found = within_problem_interval(arm, baseline, np.repeat(np.arange(problems), samples), paired=paired)
    shown = equivalence_within(found, delta)
    assert (shown is None) == (found.low is None)
    if shown is None or abs(shown[0] - 0.05) < 1e-6:
        return
    p, low, high = shown
    assert (p < 0.05) == (-delta < low and high < delta)
    if 0.001 < p < 0.49:
        edge = found.spans(1 - 2 * p) if found.spans else (0.0, 0.0)
        assert max(-edge[0], edge[1]) == pytest.approx(delta, abs=1e-6)
    if 0.51 < p < 0.999:
        edge = found.spans(2 * p - 1) if found.spans else (0.0, 0.0)
        assert max(edge[0], -edge[1]) == pytest.approx(delta, abs=1e-6)


def test_very_many_strata_overflow_nothing() -> None:
    """Their number of arrangements is more than a float can hold."""
    rng = np.random.default_rng(1)
    stratum = np.arange(2_000).repeat(2)
    a, b = (rng.integers(0, 2, 4_000).astype(float) for _ in range(2))
    found = permutation.within_problem_permutation(a, b, stratum, paired=False, seed=1)
    assert found.p is not None
    assert 0 <= found.p <= 1


@pytest.mark.parametrize("start", [1e7, 1e9, 1e12, 1e15, -1e12], ids="{:g}".format)
@pytest.mark.parametrize("paired", [False, True])
def test_where_scores_start_does_not_matter(start: float, paired: bool) -> None:
    rng = np.random.default_rng(4)
    problem = np.repeat(np.arange(8), 5)
    near = rng.integers(8, 58, 40).astype(float), rng.integers(0, 50, 40).astype(float)
    far = start + near[0], start + near[1]
    here, there = (within_problem_permutation(a, b, problem, paired=paired, seed=1) for a, b in (near, far))
    assert (there.p, there.gains, there.losses) == (here.p, here.gains, here.losses)
    assert there.mean_arm == pytest.approx(start + here.mean_arm)
    ends, others = (within_problem_interval(a, b, problem, paired=paired) for a, b in (near, far))
    assert (others.difference, others.low, others.high) == pytest.approx((ends.difference, ends.low, ends.high))
    like, unlike = (paired_difference(a, b, problem) for a, b in (near, far))
    assert (unlike.difference, unlike.low, unlike.p) == pytest.approx((like.difference, like.low, like.p))
    assert unlike.mean_baseline == pytest.approx(start + like.mean_baseline)


@pytest.mark.parametrize(
    ("others", "values", "told"),
    [
        (0, 9, "no value varies"),
        (9, 400, "only 9 of 400 values"),
        (10, 400, ""),
        (9, 180, ""),
        (9, 181, "only 9 of 181"),
    ],
)
def test_scores_that_are_nearly_all_the_same_give_no_interval(others: int, values: int, told: str) -> None:
    found = _rare(np.repeat([1.0, 0.0], [others, values - others]))
    assert (found or "").startswith(told)
    assert bool(found) == bool(told)
