"""What could not be judged: in an interaction, and what it might do to the sign of a difference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

from evalkit.comparing.comparison import Caveat, Comparison, Design
from evalkit.comparing.contrasts import compare
from evalkit.comparing.frame import COLUMNS

Cells = dict[str, list[float | None]]
"""Arm -> the value of each problem's only sample."""
ALL: Cells = {"plain": [0, 0, 0, 0], "hint": [1, 1, 1, 0], "ban": [0, 1, 0, 0], "both": [0, 1, 1, 0]}
LOST = "one of the four could not be judged"
NONE_LEFT = "no sample could be judged in all four arms"


def interaction(cells: Cells) -> Comparison:
    rows = [
        (
            f"p{i}",
            arm,
            "m",
            0,
            1,
            "text.correct",
            value,
            "" if value is not None else "cut off",
            n,
            n,
            100 * n + i,
            False,
        )
        for n, (arm, values) in enumerate(cells.items())
        for i, value in enumerate(values)
    ]
    scores = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"value": "float64"})
    (found,) = compare(scores, Design([], [("plain", "hint", "ban", "both")]))
    return found


WITHOUT: list[tuple[str, Cells, int, dict[str, int]]] = [
    ("all-judged", {}, 4, {}),
    ("one-in-the-baseline", {"plain": [None, 0, 0, 0]}, 3, {LOST: 1}),
    ("one-in-the-corner", {"both": [0, 1, None, 0]}, 3, {LOST: 1}),
    ("two-of-one-sample-are-one", {"plain": [None, 0, 0, 0], "ban": [None, 1, 0, 0]}, 3, {LOST: 1}),
    ("two-samples", {"hint": [1, 1, None, 0], "ban": [0, 1, 0, None]}, 2, {LOST: 2}),
    ("none-left", {"hint": [None, None, None, None]}, 0, {LOST: 4}),
]


@pytest.mark.parametrize(("changed", "pairs", "dropped"), [w[1:] for w in WITHOUT], ids=[w[0] for w in WITHOUT])
def test_samples_that_an_interaction_lost_are_counted(changed: Cells, pairs: int, dropped: dict[str, int]) -> None:
    found = interaction({**ALL, **changed})
    assert (found.kind, found.pairs, found.dropped) == ("interaction", pairs, dropped)
    assert found.note == ("" if pairs else NONE_LEFT)
    assert (found.like.difference is None) is (pairs == 0)
    if not pairs:
        assert (found.gains, found.losses, found.pair_gains, found.pair_losses) == (0, 0, 0, 0)


def test_a_lost_sample_is_in_no_mean() -> None:
    found = interaction({**ALL, "both": [0, 1, None, 0]})
    assert [found.mean_baseline, found.mean_arm] == pytest.approx([2 / 3, 0])
    assert found.like.difference == pytest.approx(-2 / 3)


def four_arms(change: Callable[[str, int, int], bool], delta: float | None = None) -> tuple[Comparison, pd.DataFrame]:
    """8 problems with 4 samples of levels; `both` is 2 higher. change: what of (arm, problem, sample) is lost."""
    rng = np.random.default_rng(5)
    rows = []
    for n, arm in enumerate(("plain", "hint", "ban", "both")):
        for i in range(8):
            for k in range(4):
                value = float(rng.integers(0, 2)) + (2.0 if arm == "both" else 0.0)
                lost = change(arm, i, k)
                unique = 1000 * n + 10 * i + k
                why = "cut off" if lost else ""
                rows.append(
                    (f"p{i}", arm, "m", k, 1, "approach.level", NAN if lost else value, why, unique, n, unique, False)
                )
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"value": "float64"})
    deltas = {} if delta is None else {"approach.level": delta}
    (found,) = compare(table, Design([], [("plain", "hint", "ban", "both")], delta=deltas))
    return found, table


def filled(table: pd.DataFrame, low: float, high: float) -> pd.Series:
    """The double difference of each problem, had what is lost the worst value for it (low and high: ends)."""
    ends = {"plain": low, "both": low, "hint": high, "ban": high}
    values = table["value"].fillna(table["template"].map(ends))
    wide = table.assign(value=values).pivot_table(index=["problem", "sample"], columns="template", values="value")
    each = wide["both"] - wide["ban"] - wide["hint"] + wide["plain"]
    return each.groupby("problem").mean()


LOSSES: list[tuple[str, Callable[[str, int, int], bool], bool]] = [
    ("a-few", lambda arm, i, k: arm == "hint" and i == 0 and k < 2, False),
    ("many", lambda arm, i, k: arm in ("both", "ban") and k < 2, True),
]


@pytest.mark.parametrize(("change", "hedged"), [x[1:] for x in LOSSES], ids=[x[0] for x in LOSSES])
def test_an_interaction_is_bounded_and_hedged(change: Callable[[str, int, int], bool], hedged: bool) -> None:
    found, table = four_arms(change)
    worst, best = filled(table, 0.0, 3.0), filled(table, 3.0, 0.0)
    assert (found.worst, found.best) == pytest.approx((worst.mean(), best.mean()))
    assert (found.worst_seen, found.best_seen) == pytest.approx((worst.mean(), best.mean()))
    assert found.like.verdict.is_difference
    right_way = worst.mean() > 0
    assert found.like.p_worst == pytest.approx(ttest_1samp(worst, 0).pvalue if right_way else 1.0)
    assert (found.like.hedged, Caveat.UNJUDGED in found.caveats) == (hedged, hedged)


def test_an_interaction_may_be_none() -> None:
    found, table = four_arms(lambda *_: False, delta=3.0)
    each = filled(table, 0.0, 0.0)
    sides = ttest_1samp(each, -3.0, alternative="greater").pvalue, ttest_1samp(each, 3.0, alternative="less").pvalue
    assert (found.like.delta, found.like.p_equivalent) == pytest.approx((3.0, max(sides)))
    assert (found.like.low90, found.like.high90) == pytest.approx(tuple(ttest_1samp(each, 0).confidence_interval(0.9)))


NAN = float("nan")
ROWS = [
    ("a-judged-side-counts-in-the-bounds", [1, 1, NAN], [0, 1, 0], (1, 0.5, 1 / 3, 2 / 3)),
    ("both-sides-lost-are-one-pair", [1, 1, NAN], [0, 1, NAN], (1, 0.5, 0.0, 2 / 3)),
    ("more-lost-than-seen", [1, NAN, NAN], [0, NAN, NAN], (2, 1.0, -1 / 3, 1.0)),
]
Column = list[float]


def contrast(arm: list[Column], baseline: list[Column], metric: str = "text.correct", **design: object) -> Comparison:
    """A column of samples for each problem; NaN: not judged."""
    rows = [
        (f"p{i}", name, "m", k, 1, metric, value, "cut off" if value != value else "", 100 * i + k, n, (n, i, k), False)
        for n, (name, problems) in enumerate((("hint", arm), ("plain", baseline)))
        for i, column in enumerate(problems)
        for k, value in enumerate(column)
    ]
    scores = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"value": "float64"})
    scores["text"] = pd.factorize(scores["text"])[0]
    scores["opening"] = scores["text"]
    return compare(scores, replace(Design([("hint", "plain")]), **design))[0]  # type: ignore[arg-type]


@pytest.mark.parametrize(("arm", "baseline", "expected"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_bounds_by_hand(arm: Column, baseline: Column, expected: tuple[int, float, float, float]) -> None:
    found = contrast([[x] for x in arm], [[x] for x in baseline])
    lost, observed, worst, best = expected
    assert sum(found.dropped.values()) == lost
    assert found.like.difference == pytest.approx(observed)
    assert [found.worst, found.best, found.worst_seen, found.best_seen] == pytest.approx([worst, best] * 2)


def test_a_pair_lost_on_both_sides_has_one_reason() -> None:
    found = contrast([[1, NAN], [NAN, 0]], [[0, NAN], [0, 1]])
    assert found.dropped == {"hint: cut off": 1, "hint: cut off, plain: cut off": 1}


def test_bounds_of_clusters_and_of_a_count() -> None:
    arm, baseline = [[4.0], [1.0], [NAN], [2.0]], [[1.0], [1.0], [0.0], [0.0]]
    clusters = {"p0": "a", "p1": "a", "p2": "a", "p3": "b"}
    found = contrast(arm, baseline, "leaps.count", clusters=clusters)
    assert found.worst_seen == pytest.approx(((3 + 0 + 0) / 3 + 2) / 2)
    assert found.worst == pytest.approx(((3 + 0 + 0) / 3 + 2) / 2)
    assert found.best_seen == pytest.approx(((3 + 0 + 4) / 3 + 2) / 2)
    assert found.best is not None
    assert found.best > 100  # the declared range of a count is far from what is seen


def refusing(seed: int, problems: int, samples: int) -> tuple[list[Column], list[Column]]:
    """No effect at all, but the arm refuses whatever it would get wrong."""
    rng = np.random.default_rng(seed)
    base = (rng.random((problems, samples)) < 0.5).astype(float)
    arm = (rng.random((problems, samples)) < 0.5).astype(float)
    return np.where(arm == 0, NAN, arm).tolist(), base.tolist()


def test_an_arm_that_refuses_what_it_would_get_wrong_is_hedged_and_the_losses_are_tested() -> None:
    found = contrast(*refusing(1, 30, 5))
    assert (found.these.verdict, found.like.verdict) == ("better", "better")
    assert (found.these.hedged, found.like.hedged) == (True, True)
    assert Caveat.UNJUDGED in found.caveats
    assert found.unjudged_arm == pytest.approx(0.5, abs=0.1)
    assert (found.unjudged_baseline, found.p_unjudged is not None and found.p_unjudged < 0.001) == (0.0, True)


@pytest.mark.parametrize("verdict", ["better", "worse"])
def test_an_effect_that_the_worst_case_leaves_is_not_hedged(verdict: str) -> None:
    high = [[1.0] * 5 for _ in range(20)]
    high[0][0] = NAN
    sides = high, [[0.0, 0.0, 0.0, 1.0, 0.0] for _ in range(20)]
    found = contrast(*(sides if verdict == "better" else sides[::-1]))
    assert (found.like.verdict, found.like.hedged, found.these.hedged) == (verdict, False, False)
    # The worst case by itself: scipy's paired t on the problem means, the lost reply counted as 0.
    means = [0.8 if i == 0 else 1.0 for i in range(20)]
    expected = ttest_1samp([m - 0.2 for m in means], 0).pvalue
    assert found.like.p_worst is not None
    assert found.like.p_worst < max(10 * expected, 1e-9)


LOST_OF_TEN: list[tuple[str, int, bool]] = [("one-of-ten", 1, False), ("half", 5, True)]


@pytest.mark.parametrize(("lost", "hedged"), [x[1:] for x in LOST_OF_TEN], ids=[x[0] for x in LOST_OF_TEN])
def test_no_difference_is_hedged_where_the_unjudged_might_make_one(lost: int, hedged: bool) -> None:
    """The rates are .5 in both arms; of ten samples a problem the arm lost some, ones and zeros alike."""
    baseline = [[1.0, 0.0] * 5, [0.0, 1.0] * 5] * 20
    arm = [[NAN] * lost + column[lost:] for column in baseline]
    found = contrast(arm, baseline, delta={"text.correct": 0.2})
    assert (found.like.verdict, found.these.verdict) == ("no difference larger than",) * 2
    assert (found.like.hedged, found.these.hedged) == (hedged, hedged)
    assert (Caveat.UNJUDGED in found.caveats) is hedged
    worst = found.like.p_equivalent_worst
    assert worst is not None
    assert found.worst is not None
    assert (worst < 0.05) is not hedged
    assert (found.worst < -0.2) is hedged


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(4, 8), st.integers(1, 4), st.floats(0.0, 0.6))
def test_bounds_hold_what_was_seen_where_pairs_are_lost_whole(
    seed: int, problems: int, samples: int, share: float
) -> None:
    rng = np.random.default_rng(seed)
    arm, baseline = (rng.integers(0, 2, (problems, samples)).astype(float) for _ in range(2))
    lost = rng.random((problems, samples)) < share
    arm[lost], baseline[lost] = NAN, NAN
    found = contrast(arm.tolist(), baseline.tolist())
    if found.worst is None or found.best is None or found.like.difference is None or found.problems < problems:
        return
    assert found.worst - 1e-9 <= found.like.difference <= found.best + 1e-9
    assert sum(found.dropped.values()) == int(lost.sum())


CELL = st.sampled_from([0.0, 0.5, 1.0, NAN])
PROBLEMS = st.lists(
    st.tuples(st.lists(CELL, min_size=3, max_size=3), st.lists(CELL, min_size=3, max_size=3)), min_size=2, max_size=5
)


@settings(max_examples=40, deadline=None)
@given(PROBLEMS, st.integers(0, 99))
def test_bounds_hold_every_way_the_unjudged_could_have_gone(rows: list[tuple[Column, Column]], seed: int) -> None:
    arm, baseline = ([r[i] for r in rows] for i in (0, 1))
    found = contrast(arm, baseline, "equations.share_true")
    if found.worst is None or found.best is None:
        return
    rng = np.random.default_rng(seed)
    filled = [np.where(np.isnan(x), rng.random(np.shape(x)), x) for x in (np.array(arm), np.array(baseline))]
    difference = (filled[0] - filled[1]).mean()
    assert found.worst - 1e-9 <= difference <= found.best + 1e-9
