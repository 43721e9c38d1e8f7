"""agreement.py and sequential.py."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from evalkit.stats.agreement import agreement
from evalkit.stats.corrected import corrected_difference, corrected_mean, error_of
from evalkit.stats.groups import Sides
from evalkit.stats.rates import wilson
from evalkit.stats.sequential import e_value


@pytest.mark.parametrize("levels", [2, 4])
def test_kappa_is_statsmodels(levels: int) -> None:
    rng = np.random.default_rng(levels)
    human = rng.integers(0, levels, 120)
    judge = np.where(rng.random(120) < 0.7, human, rng.integers(0, levels, 120))
    found = agreement(human, judge)
    expected = cohens_kappa(found.confusion)
    assert (found.kappa, found.low, found.high) == pytest.approx(
        (expected.kappa, expected.kappa_low, expected.kappa_upp), rel=1e-5
    )
    assert found.raw == pytest.approx((human == judge).mean())
    assert (found.raw_low, found.raw_high) == pytest.approx(
        (wilson(int((human == judge).sum()), 120).low, wilson(int((human == judge).sum()), 120).high)
    )
    assert found.prevalence[0] == pytest.approx(np.bincount(human) / 120)
    assert found.confusion[0][1] == ((human == 0) & (judge == 1)).sum()


@pytest.mark.parametrize(
    ("human", "judge", "kappa", "words"),
    [
        pytest.param([1, 1, 1], [1, 1, 1], None, "undefined", id="one category"),
        pytest.param([1, 0, 1], [1, 0, 1], 1.0, "no spread", id="perfect"),
    ],
)
def test_kappa_cannot_tell(human: list[int], judge: list[int], kappa: float | None, words: str) -> None:
    found = agreement(human, judge)
    assert (found.kappa, found.low, found.high) == (kappa, None, None)
    assert words in str(found.reason)


def labels(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    human = rng.random(n) < 0.4
    judge = np.where(human, rng.random(n) < 0.9, rng.random(n) < 0.25)
    return human.astype(float), judge.astype(float)


def test_corrected_mean_by_formula() -> None:
    human, judge = labels(1, 200)
    h, f, u = human[:50], judge[:50], judge[50:]
    weight = np.cov(h, f)[0, 1] / (np.var(judge, ddof=1) * (1 + 50 / 150))
    found = corrected_mean(h, f, u)
    assert found.weight == pytest.approx(weight)
    assert found.estimate == pytest.approx(weight * u.mean() + (h - weight * f).mean())
    assert found.error is not None
    assert found.error**2 == pytest.approx(np.var(h - weight * f, ddof=1) / 50 + weight**2 * np.var(u, ddof=1) / 150)


def test_corrected_mean_is_honest_and_no_longer_than_labels_alone() -> None:
    inside, shorter = 0, []
    for seed in range(300):
        human, judge = labels(seed, 400)
        found, alone = corrected_mean(human[:60], judge[:60], judge[60:]), corrected_mean(human[:60], judge[:60], [])
        assert found.low is not None
        assert found.high is not None
        assert found.error is not None
        assert alone.error is not None
        inside += found.low <= 0.4 <= found.high
        shorter.append(found.error < alone.error)
    assert inside >= 275  # 95 % of 300 is 285; below 275 the interval would be wrong
    assert np.mean(shorter) > 0.95


def test_judge_without_information_has_no_weight() -> None:
    human, _ = labels(3, 40)
    for judge in (np.ones(40), 1 - human):
        found = corrected_mean(human, judge, np.append(np.zeros(30), np.ones(30)) if judge.min() < 1 else np.ones(60))
        assert found.weight == 0
        assert found.estimate == pytest.approx(human.mean())


def test_corrected_mean_cannot_tell() -> None:
    found = corrected_mean([1.0] * 29, [1.0] * 29, [1.0] * 100)
    assert (found.estimate, found.low) == (None, None)
    assert "29 human labels" in str(found.reason)
    assert "no spread" in str(corrected_mean([2.0] * 30, [1.0] * 30, [1.0] * 9).reason)
    assert corrected_difference(found, found) is None


def test_corrected_difference_mirrors() -> None:
    human, judge = labels(1, 200)
    one = corrected_mean(human[:40], judge[:40], judge[40:])
    other = corrected_mean(human[60:100], 1 - judge[60:100], judge[100:])
    there, back = corrected_difference(one, other), corrected_difference(other, one)
    assert there is not None
    assert back is not None
    assert there == pytest.approx((-back[0], -back[2], -back[1]))
    assert there[1] < there[0] < there[2]


def test_an_interval_of_kappa_ends_at_minus_1() -> None:
    found = agreement([0, 1, 1], [1, 0, 1])
    assert found.kappa is not None
    assert found.low is not None
    assert -1 <= found.low < found.kappa


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 400), st.integers(0, 400))
def test_e_value_by_its_recursion(gains: int, losses: int) -> None:
    """One more gain multiplies e by twice the predicted share of gains, (g + 1/2) / (n + 1)."""
    factor = 2 * (gains + 0.5) / (gains + losses + 1)
    assert e_value(gains + 1, losses) == pytest.approx(e_value(gains, losses) * factor, rel=1e-9)
    assert e_value(gains, losses) == pytest.approx(e_value(losses, gains))


def test_e_value_is_a_martingale_of_mean_1() -> None:
    assert e_value(0, 0) == pytest.approx(1)
    assert sum(math.comb(12, g) * e_value(g, 12 - g) for g in range(13)) / 2**12 == pytest.approx(1)
    assert e_value(5000, 0) == math.inf
    with pytest.raises(ValueError, match="counts"):
        e_value(-1, 0)


def clustered(seed: int, problems: int = 12, each: int = 10, shift: float = 0.0) -> tuple[np.ndarray, ...]:
    """Labels and a judge's verdicts; problems differ much in how often a reply is right, and how often it is misread."""
    rng = np.random.default_rng(seed)
    problem = np.repeat(np.arange(problems), each)
    rate = np.clip(np.where(np.arange(problems) % 2, 0.1, 0.7) + rng.uniform(-0.1, 0.1, problems) + shift, 0, 1)
    human = (rng.random(len(problem)) < rate[problem]).astype(float)
    false_yes = rng.uniform(0, 0.5, problems)[problem]
    judge = np.where(human > 0, 1.0, rng.random(len(problem)) < false_yes)
    return human, judge, problem


def test_clusters_are_those_of_a_robust_regression() -> None:
    """Of labels alone the mean is a regression on a constant (statsmodels, errors clustered by problem)."""
    human, _, problem = clustered(1)
    found = corrected_mean(human, np.ones(len(human)), [], cluster=Sides(problem, []))
    fit = sm.OLS(human, np.ones(len(human))).fit(cov_type="cluster", cov_kwds={"groups": problem})
    assert found.weight == 0
    assert found.estimate == pytest.approx(fit.params[0])
    assert found.error == pytest.approx(fit.bse[0])
    assert found.df == 11


def test_the_difference_of_clustered_arms_counts_that_they_share_problems() -> None:
    one, other = (clustered(seed, shift=shift) for seed, shift in ((1, 0.1), (2, 0.0)))
    means = [corrected_mean(h, np.ones(len(h)), [], cluster=Sides(p, [])) for h, _, p in (one, other)]
    both = np.concatenate([one[0], other[0]])
    design = np.column_stack([np.ones(len(both)), np.repeat([1.0, 0.0], len(one[0]))])
    groups = np.concatenate([one[2], other[2]])
    fit = sm.OLS(both, design).fit(cov_type="cluster", cov_kwds={"groups": groups})
    by_hand = (len(both) - 1) / (len(both) - 2)  # a factor of statsmodels for the two coefficients
    assert error_of(*means) == pytest.approx(fit.bse[1] / by_hand**0.5)
    found = corrected_difference(*means)
    assert found is not None
    assert found[0] == pytest.approx(fit.params[1])
    apart = corrected_difference(*(dataclasses.replace(m, parts=()) for m in means))
    assert apart is not None
    assert found[2] - found[1] < apart[2] - apart[1]


def test_every_fourth_reply_labelled_and_problems_that_differ() -> None:
    """Coverage of the true mean over such problems, with clusters and without."""
    inside = {True: 0, False: 0}
    for seed in range(300):
        human, judge, problem = clustered(seed, problems=20, each=12)
        known = np.arange(len(human)) % 4 == 0
        for with_clusters in inside:
            cluster = Sides(problem[known], problem[~known]) if with_clusters else None
            found = corrected_mean(human[known], judge[known], judge[~known], cluster=cluster)
            assert found.low is not None
            assert found.high is not None
            inside[with_clusters] += found.low <= 0.4 <= found.high
    assert inside[True] >= 279
    assert inside[False] < inside[True]


def test_few_problems_give_no_interval() -> None:
    human, judge, problem = clustered(1, problems=3, each=20)
    found = corrected_mean(human, judge, [], cluster=Sides(problem, []))
    assert (found.estimate, found.reason) == (None, "labels of 3 problems: at least 4 are needed")
