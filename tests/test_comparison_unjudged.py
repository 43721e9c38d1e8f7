"""What could not be judged: in an interaction, and what it might do to the sign of a difference."""

from __future__ import annotations

import pandas as pd
import pytest

from evalkit.comparing.comparison import Comparison, Design
from evalkit.comparing.contrasts import compare
from evalkit.comparing.frame import COLUMNS
from evalkit.stats.unjudged import UnjudgedBounds, unjudged_bounds

Cells = dict[str, list[float | None]]
"""Arm -> the value of each problem's only sample."""
ALL: Cells = {"plain": [0, 0, 0, 0], "hint": [1, 1, 1, 0], "ban": [0, 1, 0, 0], "both": [0, 1, 1, 0]}
LOST = "one of the four could not be judged"
NONE_LEFT = "no sample could be judged in all four arms"


def interaction(cells: Cells) -> Comparison:
    rows = [
        (f"p{i}", arm, "m", 0, 1, "text.correct", value, "" if value is not None else "cut off", n, n, 100 * n + i)
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


def test_a_lost_sample_is_in_no_mean() -> None:
    found = interaction({**ALL, "both": [0, 1, None, 0]})
    assert [found.mean_baseline, found.mean_arm] == pytest.approx([2 / 3, 0])
    assert found.like.difference == pytest.approx(-2 / 3)


SIGNS = [
    ("up-and-could-be-down", 0.2, -0.1, 0.4, True),
    ("up-whatever-happened", 0.2, 0.1, 0.4, False),
    ("up-and-at-worst-nothing", 0.2, 0.0, 0.4, False),
    ("down-and-could-be-up", -0.2, -0.4, 0.1, True),
    ("down-whatever-happened", -0.2, -0.4, -0.1, False),
    ("down-and-at-best-nothing", -0.2, -0.4, 0.0, False),
    ("no-difference-has-no-sign", 0.0, -0.4, 0.4, False),
    ("nothing-judged", None, -1.0, 1.0, False),
]


@pytest.mark.parametrize(("observed", "worst", "best", "flips"), [s[1:] for s in SIGNS], ids=[s[0] for s in SIGNS])
def test_the_sign_could_flip(observed: float | None, worst: float, best: float, flips: bool) -> None:
    assert UnjudgedBounds(10, 3, observed, worst, best).sign_could_flip is flips


NAN = float("nan")
ROWS = [
    ("a-judged-side-counts-in-the-bounds", [1, 1, NAN], [0, 1, 0], (1, 0.5, 1 / 3, 2 / 3, False)),
    ("both-sides-lost", [1, 1, NAN], [0, 1, NAN], (1, 0.5, 0.0, 2 / 3, False)),
    ("more-lost-than-seen", [1, NAN, NAN], [0, NAN, NAN], (2, 1.0, -1 / 3, 1.0, True)),
    ("nothing-seen", [NAN, NAN], [NAN, 0], (2, None, -0.5, 1.0, False)),
]


@pytest.mark.parametrize(("arm", "baseline", "expected"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_bounds_by_hand(
    arm: list[float], baseline: list[float], expected: tuple[int, float | None, float, float, bool]
) -> None:
    found = unjudged_bounds(arm, baseline, list(range(len(arm))))
    lost, observed, worst, best, flips = expected
    assert (found.n_pairs, found.n_dropped, found.sign_could_flip) == (len(arm), lost, flips)
    assert found.observed == (None if observed is None else pytest.approx(observed))
    assert [found.worst, found.best] == pytest.approx([worst, best])


WRONG: list[tuple[str, list[float], list[float], list[int], str]] = [
    ("arms-of-two-lengths", [1, 1], [0], [0, 1], "pairs of one length"),
    ("too-few-labels", [1, 1], [0, 0], [0], "pairs of one length"),
    ("no-pairs", [], [], [], "pairs of one length"),
    ("above-the-range", [1, 1.5], [0, 0], [0, 1], "outside the metric's range"),
    ("below-the-range", [1, 1], [0, -0.5], [0, 1], "outside the metric's range"),
]


@pytest.mark.parametrize(("arm", "baseline", "problem", "told"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_what_has_no_bounds(arm: list[float], baseline: list[float], problem: list[int], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        unjudged_bounds(arm, baseline, problem)


def test_values_of_another_range() -> None:
    found = unjudged_bounds([3, NAN], [0, 1], [0, 1], value_range=(0, 3))
    assert [found.worst, found.best] == pytest.approx([(3 - 1) / 2, (3 + 2) / 2])
