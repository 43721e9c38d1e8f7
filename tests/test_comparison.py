"""Comparisons from tables of scores: pairing, both readings, pooling over models, interactions, what is invariant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.comparing.comparison import Design
from evalkit.comparing.contrasts import ALL_MODELS, COLUMNS, Caveat, Comparison, compare, verdict
from evalkit.errors import SpecError
from evalkit.types import Trial

METRIC = "text.correct"
Row = tuple[str, str, str, int, float | None]
"""problem, arm, model, sample, value."""


def table(rows: Iterable[Row], metric: str = METRIC) -> pd.DataFrame:
    """Every trial said something of its own to the model."""
    filled = [
        (p, arm, model, n, 1, metric, value, "" if value is not None else "no answer: cut off", i, i, i, False)
        for i, (p, arm, model, n, value) in enumerate(rows)
    ]
    return pd.DataFrame(filled, columns=list(COLUMNS)).astype({"value": "float64"})


def one(rows: Iterable[Row], **design: object) -> Comparison:
    found = compare(table(rows), replace(Design([("hint", "plain")]), **design))  # type: ignore[arg-type]
    return next(c for c in found if c.model == ALL_MODELS) if len(found) > 1 else found[0]


def arms(values: Sequence[tuple[Sequence[float | None], Sequence[float | None]]], model: str = "m") -> list[Row]:
    """(values of hint, values of plain) of each problem."""
    return [
        (f"p{i}", arm, model, n, v)
        for i, pair in enumerate(values)
        for arm, column in zip(("hint", "plain"), pair, strict=True)
        for n, v in enumerate(column)
    ]


def test_by_hand() -> None:
    c = one(arms([([1, 1], [0, 1]), ([1, 0], [0, 0]), ([1, 1], [1, 1]), ([0, None], [1, 1])]))
    assert (c.problems, c.pairs, c.dropped) == (4, 7, {"hint: no answer": 1})
    assert (c.mean_arm, c.mean_baseline) == (2.5 / 4, 2.5 / 4)
    assert c.these.difference == c.like.difference == 0
    assert (c.gains, c.losses, c.pair_gains, c.pair_losses) == (2, 1, 2, 1)
    assert (c.worst, c.best) == ((0.5 + 0.5 + 0 - 1) / 4, (0.5 + 0.5 + 0 - 0.5) / 4)
    assert c.these.verdict == c.like.verdict == "cannot tell"


CELL = st.lists(st.sampled_from([0.0, 1.0, None]), min_size=3, max_size=3)
DATA = st.lists(st.tuples(CELL, CELL), min_size=4, max_size=7)


def shown(c: Comparison) -> list[object]:
    numbers = (c.mean_arm, c.mean_baseline, c.these.low, c.these.high, c.these.p, c.like.low, c.like.high, c.like.p)
    return [c.pairs, c.problems, c.gains, c.losses, *(None if x is None else round(x, 9) for x in numbers)]


@settings(max_examples=15, deadline=None)
@given(DATA, st.randoms(use_true_random=False))
def test_names_and_order_do_not_matter(
    data: list[tuple[list[float | None], list[float | None]]], chance: object
) -> None:
    rows = arms(data)
    first = one(rows)
    chance.shuffle(rows)  # type: ignore[attr-defined]
    renamed = [(f"z{p}", arm, "other", n + 7, v) for p, arm, _, n, v in rows]
    assert shown(one(renamed)) == shown(first)


@settings(max_examples=15, deadline=None)
@given(DATA)
def test_swapped_arms_turn_the_sign(data: list[tuple[list[float | None], list[float | None]]]) -> None:
    there, back = one(arms(data)), one(arms([(b, a) for a, b in data]))
    assert (there.gains, there.losses) == (back.losses, back.gains)
    assert there.pairs == back.pairs
    for name in ("these", "like"):
        a, b = getattr(there, name), getattr(back, name)
        for x, y in ((a.difference, b.difference), (a.low, b.high), (a.high, b.low)):
            assert (x is None) == (y is None)
            assert x is None or x == pytest.approx(-y, abs=1e-9)
        assert (a.p is None) == (b.p is None)
        assert a.p is None or a.p == pytest.approx(b.p, abs=1e-9)


@settings(max_examples=10, deadline=None)
@given(DATA)
def test_an_unjudged_pair_is_as_if_it_were_not_there(data: list[tuple[list[float | None], list[float | None]]]) -> None:
    rows = arms(data)
    lost = {(p, n) for p, _, _, n, v in rows if v is None}
    without = [row for row in rows if (row[0], row[3]) not in lost]
    if not without:
        return
    assert shown(one(rows)) == shown(one(without))


def test_another_model_does_not_touch_the_first() -> None:
    rows = arms([([1, 1], [0, 0]), ([1, 0], [0, 0]), ([1, 1], [1, 0]), ([0, 1], [0, 0])])
    alone = compare(table(rows), Design([("hint", "plain")]))
    more = compare(table([*rows, *arms([([0], [1])] * 4, "n")]), Design([("hint", "plain")]))
    assert [c.model for c in more] == ["m", "n", ALL_MODELS]
    assert more[0] == alone[0]


def test_models_weigh_alike_in_a_problem_whatever_their_samples() -> None:
    """Model m has 4 samples of a problem, n one of them: the problem's difference is the mean of both models'."""
    rows = arms([([1, 1, 1, 1], [0, 0, 0, 0])] * 4) + arms([([0], [1])] * 4, "n")
    pooled = one(rows)
    assert pooled.pairs == 20
    assert pooled.these.difference == pooled.like.difference == 0


def test_pooled_labels_are_permuted_inside_each_model() -> None:
    """m is always right, n always wrong: no arrangement inside a model gives anything but 0."""
    rows = arms([([1] * 4, [1] * 4)] * 5) + arms([([0] * 4, [0] * 4)] * 5, "n")
    assert one(rows).these.p == 1


def test_clusters_are_the_units_of_other_problems() -> None:
    rows = arms([([1, 1], [0, 0]), ([1, 0], [0, 0]), ([1, 1], [1, 0]), ([0, 1], [0, 0])])
    c = one(rows, clusters={"p0": "a", "p1": "a", "p2": "b", "p3": "b"})
    assert (c.problems, c.clusters) == (4, 2)
    assert "2 clusters" in c.like.note
    assert c.these.low is not None


def test_failed_trials_are_dropped_pairs() -> None:
    rows = arms([([1], [0])] * 4)
    c = one(rows, failed=[Trial("p0", "hint", "m", 1), Trial("p9", "hint", "m", 0), Trial("p1", "other", "m", 0)])
    assert c.dropped == {"hint: failed": 1}


MIXED, SWAPPED = 2 / 6**4, 2 / 2**8
SAID = [
    ("apart", [(1, 1, 1), (2, 2, 2)], [(3, 3, 3), (4, 4, 4)], MIXED, ()),
    ("the same first answer", [(1, 1, 1), (2, 2, 2)], [(1, 3, 3), (2, 4, 4)], SWAPPED, ()),
    ("identical", [(1, 1, 1), (2, 2, 2)], [(1, 1, 1), (2, 2, 2)], None, ()),
    ("same prompts, other replies", [(1, 1, 1), (2, 1, 2)], [(3, 1, 3), (4, 1, 4)], MIXED, ("same prompts",)),
    ("same first reply and prompts, other replies", [(1, 1, 1), (2, 2, 2)], [(1, 1, 3), (2, 2, 4)], SWAPPED, ()),
    ("one reply of many differs", [(1, 1, 1), (2, 2, 2)], [(1, 1, 1), (2, 2, 4)], SWAPPED, ()),
]


@pytest.mark.parametrize(("arm", "base", "p", "caveats"), [s[1:] for s in SAID], ids=[s[0] for s in SAID])
def test_what_the_arms_said(
    arm: list[tuple[int, int, int]], base: list[tuple[int, int, int]], p: float | None, caveats: tuple[str, ...]
) -> None:
    """Four problems, up in both samples: pairs that share an answer are swapped, others are mixed in each problem."""
    scores = table(arms([([1, 1], [0, 0])] * 4))
    marks = {("hint", i): m for i, m in enumerate(arm)} | {("plain", i): m for i, m in enumerate(base)}
    for i, name in enumerate(("opening", "prompts", "text")):
        scores[name] = [marks[t, n][i] for t, n in zip(scores["template"], scores["sample"], strict=True)]
    (c,) = compare(scores, Design([("hint", "plain")]))
    assert c.these.p == (None if p is None else pytest.approx(p))
    assert (c.these.verdict == "identical prompts") is (p is None)
    assert tuple(x for x in c.caveats if x == "same prompts") == caveats


VERDICTS = [
    ("text.correct", 0.2, 0.01, "better"),
    ("text.correct", -0.2, 0.01, "worse"),
    ("leaps.count", 0.2, 0.01, "worse"),
    ("leaps.count", -0.2, 0.01, "better"),
    ("approach.claimed", 0.2, 0.01, "higher"),
    ("some.label", -0.2, 0.01, "lower"),
    ("text.correct", 0.2, 0.05, "cannot tell"),
    ("text.correct", 0.2, None, "cannot tell"),
    ("text.correct", 0.0, 0.01, "cannot tell"),
    ("text.correct", None, None, "cannot tell"),
]


@pytest.mark.parametrize(("metric", "difference", "p", "words"), VERDICTS)
def test_verdicts(metric: str, difference: float | None, p: float | None, words: str) -> None:
    assert verdict(metric, difference, p) == words


def square(cells: dict[str, list[list[float]]]) -> list[Row]:
    return [(f"p{i}", arm, "m", n, v) for arm, ps in cells.items() for i, vs in enumerate(ps) for n, v in enumerate(vs)]


def test_interaction_by_hand() -> None:
    """The hint gives +1, +1, +1, 0, 1 alone and 0, 0, 1, 0, 0 beside the ban: differences -1, -1, 0, 0, -1."""
    rows = square(
        {
            "plain": [[0], [0], [0], [0], [0]],
            "hint": [[1], [1], [1], [0], [1]],
            "ban": [[0], [1], [0], [0], [1]],
            "both": [[0], [1], [1], [0], [1]],
        }
    )
    design = Design([("hint", "plain")], [("plain", "hint", "ban", "both")])
    contrast, found = compare(table(rows), design)
    assert (contrast.kind, found.kind) == ("contrast", "interaction")
    assert (found.arm, found.baseline) == ("hint given ban", "hint alone")
    assert [found.mean_arm, found.mean_baseline] == pytest.approx([0.2, 0.8])
    assert found.like.difference == pytest.approx(-0.6)
    assert (found.gains, found.losses, found.pairs) == (0, 3, 5)
    assert found.these.p is None
    assert found.like.p_adjusted == pytest.approx(
        max(found.like.p or 0, min(1, 2 * min(found.like.p or 1, contrast.like.p or 1)))
    )


def test_an_interaction_needs_all_four() -> None:
    rows = square({"plain": [[0], [0]], "hint": [[1], [1]], "ban": [[0], [1]]})
    with pytest.raises(SpecError, match="no scores for template 'both'"):
        compare(table(rows), Design([], [("plain", "hint", "ban", "both")]))


def test_needed_numbers_find_the_difference_seen() -> None:
    values = [
        ([1, 1, 0], [0, 0, 1]),
        ([1, 0, 0], [0, 1, 0]),
        ([1, 1, 1], [1, 0, 1]),
        ([0, 1, 0], [0, 0, 0]),
        ([0, 0, 1], [0, 1, 1]),
    ]
    c = one(arms(values))
    assert c.like.verdict == "cannot tell"
    assert c.needed_problems is not None
    assert c.needed_problems > c.problems
    assert c.detectable is None, "five problems that are all up have p = 2 / 2 ** 5: nothing can be found"


@pytest.mark.parametrize(
    ("arm", "baseline", "few"),
    [
        ([1, 0] * 10, [0, 1] * 10, False),
        ([1, 0] * 9, [0, 1] * 9, True),
        ([0] * 40, [0] * 20 + [1] * 20, True),
        ([1] * 40, [1] * 40, False),
        ([0, 1, 2, 3] * 2, [0, 0, 1, 3] * 2, False),
    ],
    ids=["ten-of-each", "nine-of-each", "one-arm-never", "nothing-varies", "levels"],
)
def test_few_of_one_of_two_values_are_told(arm: list[float], baseline: list[float], few: bool) -> None:
    half = len(arm) // 2
    found = one(arms([(arm[:half], baseline[:half]), (arm[half:], baseline[half:])]))
    assert (Caveat.FEW_COUNTED in found.caveats) is few
