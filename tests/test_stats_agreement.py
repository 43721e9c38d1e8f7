"""agreement.py, unjudged.py and sequential.py."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from evalkit.stats.agreement import agreement, corrected_difference, corrected_mean
from evalkit.stats.paired import paired_difference
from evalkit.stats.rates import wilson
from evalkit.stats.sequential import e_value
from evalkit.stats.unjudged import unjudged_bounds


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


VALUES = st.lists(
    st.tuples(st.integers(0, 3), *[st.one_of(st.none(), st.sampled_from([0.0, 0.5, 1.0]))] * 2), min_size=1, max_size=25
)


@settings(max_examples=80, deadline=None)
@given(VALUES)
def test_bounds_hold_every_way_the_unjudged_could_have_gone(
    rows: list[tuple[int, float | None, float | None]],
) -> None:
    problem = [r[0] for r in rows]
    arm, baseline = (np.array([np.nan if r[i] is None else r[i] for r in rows], dtype=float) for i in (1, 2))
    found = unjudged_bounds(arm, baseline, problem)
    assert found.n_dropped == sum(r[1] is None or r[2] is None for r in rows)
    assert found.worst <= found.best + 1e-12
    if all((r[1] is None) == (r[2] is None) for r in rows) and found.observed is not None:
        assert found.worst - 1e-12 <= found.observed <= found.best + 1e-12
    rng = np.random.default_rng(0)
    filled = [np.where(np.isnan(x), rng.random(len(x)), x) for x in (arm, baseline)]
    difference = paired_difference(filled[0], filled[1], problem).difference
    assert found.worst - 1e-12 <= difference <= found.best + 1e-12
    if not found.n_dropped:
        assert found.worst == pytest.approx(found.best)
        assert not found.sign_could_flip


def test_bounds_with_clusters_and_a_flip() -> None:
    nan = float("nan")
    arm, baseline = [1.0, 1.0, 1.0, nan, nan, nan], [0.0, 0.0, 1.0, 1.0, nan, nan]
    found = unjudged_bounds(arm, baseline, list("aabbcc"), cluster=[0, 0, 0, 0, 1, 1])
    # cluster 0 holds problems a and b: (1 + d_b) / 2 with d_b between -1/2 and 0; cluster 1 is open
    assert (found.worst, found.best) == pytest.approx(((0.25 - 1) / 2, (0.5 + 1) / 2))
    assert found.observed == pytest.approx(0.5)
    assert found.sign_could_flip
    with pytest.raises(ValueError, match="range"):
        unjudged_bounds([3.0], [0.0], [0])
    assert unjudged_bounds([nan], [2.0], [0], value_range=(0, 3)).best == 1


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
