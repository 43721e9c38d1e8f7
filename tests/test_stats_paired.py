"""paired.py and interaction.py: against scipy, by invariance, and where they must say "cannot tell"."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import t, ttest_1samp, ttest_rel

from evalkit.stats.equivalence import equivalence
from evalkit.stats.groups import Floats
from evalkit.stats.interaction import interaction
from evalkit.stats.paired import PairedDifference, paired_difference
from evalkit.stats.rates import tango_interval

FIGURES = ("difference", "low", "high", "p")


def scores(seed: int, problems: int, samples: int, levels: int = 5) -> tuple[Floats, Floats, Floats]:
    rng = np.random.default_rng(seed)
    size = problems * samples
    arm, baseline = (rng.integers(0, levels, size).astype(float) for _ in range(2))
    return arm, baseline, np.repeat(np.arange(problems), samples)


def close(a: PairedDifference, b: PairedDifference, **changed: float | None) -> None:
    for name in FIGURES:
        expected = changed.get(name, getattr(b, name))
        assert getattr(a, name) == pytest.approx(expected, abs=1e-9), name


@pytest.mark.parametrize(("problems", "samples"), [(4, 5), (8, 1), (12, 5), (30, 3)])
def test_t_is_scipys(problems: int, samples: int) -> None:
    arm, baseline, problem = scores(problems, problems, samples)
    found = paired_difference(arm, baseline, problem, method="t")
    expected = ttest_rel(*(x.reshape(problems, samples).mean(axis=1) for x in (arm, baseline)))
    interval = expected.confidence_interval(0.95)
    assert (found.method, found.reason) == ("t", None)
    assert (found.p, found.low, found.high) == pytest.approx((expected.pvalue, interval.low, interval.high))
    assert (found.n_problems, found.n_clusters, found.n_pairs) == (problems, problems, problems * samples)


def test_clusters_are_unweighted_means_of_problem_means() -> None:
    arm, baseline, _ = scores(3, 15, 1)
    problem = np.array([0, 0, 0, 1, 2, 2, 3, 4, 4, 4, 5, 6, 7, 7, 7])
    cluster = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4])
    d = arm - baseline
    means = [d[problem == p].mean() for p in range(8)]
    units = [np.mean([means[p] for p in sorted(set(problem[cluster == c]))]) for c in range(5)]
    expected = ttest_1samp(units, 0)
    found = paired_difference(arm, baseline, problem, cluster=cluster, method="t")
    assert (found.difference, found.p) == pytest.approx((np.mean(units), expected.pvalue))
    assert found.mean_arm - found.mean_baseline == pytest.approx(found.difference)
    assert (found.n_problems, found.n_clusters) == (8, 5)


def test_gains_and_losses_at_both_levels() -> None:
    arm = [1, 1, 0, 0, 0, 0, 1, 0, 1, 1]
    base = [0, 0, 1, 1, 1, 0, 1, 1, 1, 1]
    found = paired_difference(arm, base, list("aaabbccdee"))
    assert (found.gains, found.losses) == (1, 2)
    assert (found.pair_gains, found.pair_losses) == (2, 4)


FRACTIONS = [0.31, 0.42, 0.53, 0.64, 0.75, 0.86]


@pytest.mark.parametrize(
    ("arm", "baseline", "cluster", "words"),
    [
        pytest.param([1, 0, 1], [0, 0, 0], None, "only 3 problems", id="three problems"),
        pytest.param([1], [0], None, "only 1 problem:", id="one problem"),
        pytest.param([1, 0, 1, 0, 1, 1], [0] * 6, [0, 0, 1, 1, 2, 2], "only 3 clusters", id="clusters count"),
        pytest.param([x + 0.1 for x in FRACTIONS], FRACTIONS, None, "same amount", id="equal but for rounding"),
        pytest.param(FRACTIONS, FRACTIONS, None, "same amount", id="nothing moved, many values"),
        pytest.param([1] * 5, [1] * 5, None, "same amount", id="one value, of a range unknown"),
        pytest.param([2, 3, 5, 7, 9, 4], [1, 3, 5, 7, 7, 4], None, "only 2 of 6", id="two moved"),
    ],
)
def test_cannot_tell(arm: list[float], baseline: list[float], cluster: list[int] | None, words: str) -> None:
    found = paired_difference(arm, baseline, range(len(arm)), cluster=cluster)
    assert (found.low, found.high, found.p) == (None, None, None)
    assert found.reason is not None
    assert words in found.reason
    assert found.difference == pytest.approx(np.subtract(arm, baseline).mean())
    assert equivalence(found, 0.5) is None


@pytest.mark.parametrize(
    ("arm", "baseline", "samples", "span", "counts"),
    [
        pytest.param([1] * 12, [0] * 12, 1, None, (12, 0, 12), id="all up"),
        pytest.param([1] * 12, [0] * 12, 5, None, (12, 0, 12), id="all up, five samples each"),
        pytest.param([0] * 4, [1] * 4, 1, None, (0, 4, 4), id="all down"),
        pytest.param([1, 0] * 50, [1, 0] * 50, 1, None, (0, 0, 100), id="nothing moved"),
        pytest.param([1] * 100, [1] * 100, 1, (0, 1), (0, 0, 100), id="nothing varies"),
        pytest.param([1, *[0, 1] * 10], [0, *[0, 1] * 10], 5, None, (1, 0, 21), id="one moved"),
        pytest.param([3] * 8, [0] * 8, 6, (0, 3), (8, 0, 8), id="levels, all up"),
    ],
)
def test_units_that_differ_alike_count_as_one_pair_each(
    arm: list[float],
    baseline: list[float],
    samples: int,
    span: tuple[float, float] | None,
    counts: tuple[int, int, int],
) -> None:
    """Tango's limits are the roots of his equation, found here by another solver than the product's."""
    problem = np.repeat(np.arange(len(arm)), samples)
    found = paired_difference(np.repeat(arm, samples), np.repeat(baseline, samples), problem, span=span)
    up, down, n = counts
    scale, critical = max(*arm, 1), t.ppf(0.975, n - 1)

    def statistic(difference: float) -> float:
        b = up + down - (2 * n - up + down) * difference
        root = (b + np.sqrt(b * b + 8 * n * down * difference * (1 - difference))) / (4 * n)
        return float((up - down - n * difference) / np.sqrt(n * (2 * root + difference * (1 - difference))))

    seen = (up - down) / n
    low = -1.0 if seen == -1 else brentq(lambda x: statistic(x) - critical, -1 + 1e-9, seen - 1e-9)
    high = 1.0 if seen == 1 else brentq(lambda x: statistic(x) + critical, seen + 1e-9, 1 - 1e-9)
    assert (found.low, found.high) == pytest.approx((scale * low, scale * high), abs=1e-6)
    assert (found.method, found.reason) == ("score", None)
    mcnemar = (up - down) / np.sqrt(up + down) if up + down else 0.0
    assert found.p == pytest.approx(2 * t.sf(abs(mcnemar), n - 1))


def test_a_stronger_effect_is_never_told_less() -> None:
    p = [paired_difference([1] * k + [0] * (12 - k), [0] * 12, range(12)).p or 1.0 for k in range(6, 13)]
    assert p == sorted(p, reverse=True)
    assert p[-1] < 0.01


def test_one_binary_sample_uses_the_score_interval() -> None:
    arm = np.array([1.0] * 9 + [0.0] * 3 + [1.0] * 8)
    baseline = np.array([0.0] * 9 + [1.0] * 3 + [1.0] * 8)
    found = paired_difference(arm, baseline, range(20))
    assert found.method == "score"
    assert (found.low, found.high) == pytest.approx(tango_interval(9, 3, 20, critical=2.093024054408263))
    assert paired_difference(arm, baseline, range(20), method="t").p == pytest.approx(ttest_rel(arm, baseline).pvalue)


@pytest.mark.parametrize(
    ("samples", "constant", "method"),
    [(1, False, "score"), (4, False, "score"), (5, False, "t"), (5, True, "score"), (20, False, "t")],
)
def test_which_method(samples: int, constant: bool, method: str) -> None:
    arm, baseline, problem = scores(5, 12, samples, levels=2)
    found = paired_difference(arm, 0 * baseline if constant else baseline, problem)
    assert (found.method, found.reason) == (method, None)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([1, 0], [1], [0, 1]), "differ in length"),
        (([], [], []), "no pairs"),
        (([float("nan")], [1], [0]), "NaN"),
        (([[1]], [[1]], [0]), "one dimension"),
    ],
    ids=["lengths", "empty", "nan", "shape"],
)
def test_wrong_arrays(arguments: tuple[Any, Any, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        paired_difference(*arguments)


def test_a_problem_in_two_clusters_is_an_error() -> None:
    with pytest.raises(ValueError, match="two clusters"):
        paired_difference([1, 0], [0, 1], ["a", "a"], cluster=[1, 2])


def test_score_needs_two_values() -> None:
    with pytest.raises(ValueError, match="2 to 5 different"):
        paired_difference(range(6), [0] * 6, range(6), method="score")


SEEDS = st.integers(0, 10_000)
SHAPES = st.tuples(st.integers(4, 9), st.integers(1, 6), st.sampled_from([2, 4]))


@settings(max_examples=40, deadline=None)
@given(SEEDS, SHAPES)
def test_swapping_arms_turns_the_sign(seed: int, shape: tuple[int, int, int]) -> None:
    arm, baseline, problem = scores(seed, *shape)
    one, other = paired_difference(arm, baseline, problem), paired_difference(baseline, arm, problem)
    low, high = (None if x is None else -x for x in (one.high, one.low))
    close(other, one, difference=-one.difference, low=low, high=high)
    assert (other.gains, other.losses, other.pair_gains) == (one.losses, one.gains, one.pair_losses)


@settings(max_examples=40, deadline=None)
@given(SEEDS, SHAPES)
def test_order_labels_and_scale_do_not_matter(seed: int, shape: tuple[int, int, int]) -> None:
    arm, baseline, problem = scores(seed, *shape)
    one = paired_difference(arm, baseline, problem)
    order = np.random.default_rng(seed).permutation(len(arm))
    close(paired_difference(arm[order], baseline[order], [f"hw/{p}" for p in problem[order]]), one)
    for a, b in ((arm + 7, baseline + 7), (3 * arm, 3 * baseline)):
        scaled = paired_difference(a, b, problem)
        factor = 1 if a[0] == arm[0] + 7 else 3
        times = {
            n: None if getattr(one, n) is None else factor * getattr(one, n) for n in ("difference", "low", "high")
        }
        close(scaled, one, **times)


@settings(max_examples=40, deadline=None)
@given(SEEDS, SHAPES)
def test_samples_of_one_arm_may_be_shuffled_within_a_problem(seed: int, shape: tuple[int, int, int]) -> None:
    arm, baseline, problem = scores(seed, *shape)
    rng = np.random.default_rng(seed)
    shuffled = rng.permuted(arm.reshape(shape[0], shape[1]), axis=1).ravel()
    one, other = (paired_difference(x, baseline, problem, method="t") for x in (arm, shuffled))
    close(other, one)


@settings(max_examples=40, deadline=None)
@given(SEEDS, SHAPES)
def test_a_problem_that_does_not_move_shrinks_the_difference(seed: int, shape: tuple[int, int, int]) -> None:
    arm, baseline, problem = scores(seed, *shape)
    more = paired_difference(np.append(arm, 1.0), np.append(baseline, 1.0), np.append(problem, shape[0]))
    one = paired_difference(arm, baseline, problem)
    assert more.difference == pytest.approx(one.difference * shape[0] / (shape[0] + 1))
    assert (more.gains, more.losses) == (one.gains, one.losses)


@settings(max_examples=40, deadline=None)
@given(SEEDS, SHAPES)
def test_p_agrees_with_the_interval(seed: int, shape: tuple[int, int, int]) -> None:
    arm, baseline, problem = scores(seed, *shape)
    found = paired_difference(arm, baseline, problem)
    if found.low is None or found.high is None or found.p is None:
        return
    assert found.low <= found.difference + 1e-9
    assert found.difference <= found.high + 1e-9
    if abs(found.p - 0.05) > 1e-6:
        assert (found.p < 0.05) == (found.low > 0 or found.high < 0)


@settings(max_examples=40, deadline=None)
@given(SEEDS, SHAPES, st.floats(0.05, 0.9))
def test_equivalence_is_the_90_percent_interval_inside_delta(
    seed: int, shape: tuple[int, int, int], delta: float
) -> None:
    arm, baseline, problem = scores(seed, *shape)
    found = paired_difference(arm, baseline, problem)
    shown = equivalence(found, delta)
    assert (shown is None) == (found.evidence is None)
    if shown is not None and abs(shown.p - 0.05) > 1e-6:
        assert (shown.p < 0.05) == (-delta < shown.low and shown.high < delta)


def test_equivalence_against_two_scipy_tests() -> None:
    arm, baseline, problem = scores(1, 30, 1, levels=50)
    d = (arm - baseline) / 50
    sides = (ttest_1samp(d, -0.2, alternative="greater").pvalue, ttest_1samp(d, 0.2, alternative="less").pvalue)
    shown = equivalence(paired_difference(arm / 50, baseline / 50, problem), 0.2)
    assert shown is not None
    assert shown.p == pytest.approx(max(sides))
    inner = ttest_1samp(d, 0).confidence_interval(0.9)
    assert (shown.low, shown.high) == pytest.approx((inner.low, inner.high))


@pytest.mark.parametrize("delta", [0.0, -1.0])
def test_equivalence_needs_a_margin(delta: float) -> None:
    with pytest.raises(ValueError, match="delta > 0"):
        equivalence(paired_difference([1, 0], [0, 1], [0, 1]), delta)


def test_interaction_is_the_t_of_the_double_difference() -> None:
    plain, first, problem = scores(1, 10, 3, levels=2)
    second, both, _ = scores(2, 10, 3, levels=2)
    c = (both - first - second + plain).reshape(10, 3).mean(axis=1)
    found = interaction(plain, first, second, both, problem)
    assert (found.difference, found.p) == pytest.approx((c.mean(), ttest_1samp(c, 0).pvalue))
    assert found.mean_arm == pytest.approx((both - second).mean())
    swapped = interaction(plain, second, first, both, problem)
    assert dataclasses.replace(swapped, mean_arm=0, mean_baseline=0) == dataclasses.replace(
        found, mean_arm=0, mean_baseline=0
    )
    with pytest.raises(ValueError, match="differ in length"):
        interaction(plain, first, second, both[1:], problem)
