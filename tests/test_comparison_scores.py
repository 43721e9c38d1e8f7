"""Scores in columns say the same as a table does, and number what statistics group by in the order of the rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.comparing.scores import Numbered, Scores, Texts, numbers
from evalkit.types import Trial

ROW = st.tuples(
    st.sampled_from("abc"), st.sampled_from(["plain", "hint"]), st.sampled_from("mn"), st.integers(0, 3),
    st.sampled_from(["words.count", "number.correct"]), st.one_of(st.none(), st.floats(0, 1)),
)  # fmt: skip


def table(rows: list[tuple[str, str, str, int, str, float | None]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "problem": [r[0] for r in rows],
            "template": [r[1] for r in rows],
            "model": [r[2] for r in rows],
            "sample": np.array([r[3] for r in rows], dtype=np.int64),
            "turn": 1,
            "metric": [r[4] for r in rows],
            "value": np.array([np.nan if r[5] is None else r[5] for r in rows], dtype=np.float64),
            "reason": ["cut off" if r[5] is None else "" for r in rows],
            "opening": range(len(rows)),
            "prompts": 0,
            "text": range(len(rows)),
            "long": True,
        }
    )


@settings(deadline=None, max_examples=50)
@given(st.lists(ROW, min_size=1, max_size=30))
def test_a_table_and_its_columns_say_the_same(rows: list[tuple[str, str, str, int, str, float | None]]) -> None:
    made = table(rows)
    back = Scores.of(made).frame
    texts = dict.fromkeys(("problem", "template", "model", "metric", "reason"), "str")
    pd.testing.assert_frame_equal(back.astype(texts)[made.columns], made.astype(texts), check_dtype=False)
    assert (back["chat"] == -1).all()


@settings(deadline=None, max_examples=50)
@given(st.lists(ROW, min_size=1, max_size=30), st.booleans())
def test_numbers_are_those_that_pandas_gives(
    rows: list[tuple[str, str, str, int, str, float | None]], shared: bool
) -> None:
    made = table(rows)
    found = Numbered.of(Scores.of(made), {"a": "x", "b": "x"} if shared else {})
    unit = made.groupby(["problem", "model", "sample"], sort=False).ngroup()
    assert found.unit.tolist() == unit.tolist()
    assert found.problem.tolist() == pd.factorize(made["problem"])[0].tolist()
    assert found.model.tolist() == pd.factorize(made["model"])[0].tolist()
    assert found.problem_names == list(dict.fromkeys(made["problem"]))
    together = shared and {"a", "b"} <= set(made["problem"])
    assert (found.cluster == -1).all() != together
    cells = {(metric, arm): part for metric, arms in found.cells.items() for arm, part in arms.items()}
    assert {cell: len(part) for cell, part in cells.items()} == made.groupby(["metric", "template"]).size().to_dict()
    assert list(cells) == sorted(cells)
    assert all((np.diff(part.unit) >= 0).all() for part in cells.values())


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], []), ([5], [0]), ([7, 3, 7, 1], [0, 1, 0, 2]), ([10**12, -4, 10**12], [0, 1, 0])],
    ids=["none", "one", "in the order of the rows", "far apart"],
)
def test_numbers(values: list[int], expected: list[int]) -> None:
    assert numbers(np.array(values, dtype=np.int64)).tolist() == expected


def test_a_failed_trial_is_unjudged_in_every_metric_of_its_problem() -> None:
    scores = Scores.of(table([("a", "plain", "m", 0, "words.count", 1.0), ("b", "plain", "m", 0, "number.correct", 1)]))
    more = scores.with_failed([Trial("a", "hint", "m", 0), Trial("nowhere", "hint", "m", 0)])
    assert len(more) == 3
    last = more.frame.iloc[-1]
    assert (last["template"], last["metric"], last["reason"], last["opening"]) == ("hint", "words.count", "failed", -2)
    assert np.isnan(last["value"])
    assert scores.with_failed([]) is scores


def test_texts() -> None:
    found = Texts.of(["b", "a", "b"])
    assert (found.codes.tolist(), found.names, found.texts().tolist()) == ([0, 1, 0], ("b", "a"), ["b", "a", "b"])
    assert Texts.of(["b", "a"], ordered=True).names == ("a", "b")
    assert found.take(np.array([1])).present() == ["a"]
    assert found.among(["b", "c"]).tolist() == [True, False, True]
    assert found.more(["c", "a"]).texts().tolist() == ["b", "a", "b", "c", "a"]
