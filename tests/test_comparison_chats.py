"""Problems asked in one chat share answers: of each sample such a chat counts once, in both readings."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from evalkit.comparing.comparison import Comparison, Design
from evalkit.comparing.contrasts import compare
from evalkit.comparing.frame import frame
from evalkit.runfile.store import Store
from evalkit.showing.tables import comparison_tables
from tests.arrange import inside
from tests.server import ModelServer
from tests.test_comparison import Row, shown, table
from tests.test_sets import CHATS, held, homework

DESIGN = Design([("hint", "plain")], seed=3)


def drawn(chats: int, questions: int, samples: int, missing: float = 0.0, seed: int = 1) -> pd.DataFrame:
    """Questions of several chats, asked alone (plain) and in the chat (hint)."""
    rng = random.Random(seed)
    rows: list[Row] = [
        (f"c{c}q{q}", arm, "m", s, None if rng.random() < missing else float(rng.randint(0, 3)))
        for c in range(chats) for q in range(questions) for arm in ("hint", "plain") for s in range(samples)
    ]  # fmt: skip
    found = table(rows)
    number = found["problem"].str.extract(r"c(\d+)")[0].astype("int64")
    return found.assign(chat=number.where(found["template"] == "hint", -1))


def one(scores: pd.DataFrame, **more: Any) -> Comparison:
    (found,) = compare(scores, replace(DESIGN, **more))
    return found


@pytest.mark.parametrize(("chats", "questions", "samples"), [(5, 3, 4), (4, 2, 6), (6, 1, 3)])
def test_a_chat_counts_like_one_problem_with_the_mean_of_its_questions(
    chats: int, questions: int, samples: int
) -> None:
    scores = drawn(chats, questions, samples)
    by_hand = scores.assign(problem=scores["problem"].str.replace(r"q\d+", "q0", regex=True))
    means = by_hand.groupby(["problem", "template", "sample"])["value"].mean().reset_index()
    rows: list[Row] = [
        (str(p), str(arm), "m", int(n), float(v))
        for p, arm, n, v in means[["problem", "template", "sample", "value"]].itertuples(index=False)
    ]
    found = one(scores)
    assert shown(found) == shown(one(table(rows)))
    assert (found.problems, found.in_chats) == (chats, chats * questions if questions > 1 else 0)


@pytest.mark.parametrize("questions", [1, 2, 3])
def test_two_turns_of_a_chat_that_differ_are_not_called_the_same(questions: int) -> None:
    """Both arms hold the same first answers, as a turn and the one before it do, and other last ones."""
    scores = drawn(4, questions, 4)
    chat = scores["problem"].str.extract(r"c(\d+)")[0].astype("int64")
    opening = scores.groupby(["problem", "sample"]).ngroup()
    found = one(scores.assign(chat=chat, opening=opening, prompts=0, text=range(len(scores))))
    by_chat = {arm: scores[scores["template"] == arm].groupby(chat)["value"].mean().mean() for arm in ("hint", "plain")}
    assert found.these.difference == pytest.approx(by_chat["hint"] - by_chat["plain"])
    assert found.these.p is not None
    alike = scores.assign(chat=chat, opening=opening, prompts=0, text=opening, value=1.0)
    assert one(alike).these.p is None, "word for word the same"


def test_questions_asked_alone_stay_as_they_are() -> None:
    scores = drawn(5, 2, 3)
    assert one(scores.assign(chat=-1)).problems == 10
    assert one(scores.assign(chat=-1)) == one(scores.drop(columns="chat"))


def test_in_a_two_by_two_design_a_chat_counts_once_too() -> None:
    scores = drawn(5, 3, 4)
    other = drawn(5, 3, 4, seed=2).assign(template=lambda t: t["template"].map({"plain": "ban", "hint": "both"}))
    everything = pd.concat([scores, other], ignore_index=True)
    everything = everything.assign(
        opening=range(len(everything)), prompts=range(len(everything)), text=range(len(everything))
    )
    design = Design([], interactions=[("plain", "hint", "ban", "both")], seed=3)
    (alone,) = compare(everything.assign(chat=-1), design)
    (found,) = compare(everything, design)
    assert (alone.problems, found.problems, found.in_chats) == (15, 5, 15)
    assert found.these.difference == pytest.approx(alone.these.difference)


def test_what_could_not_be_judged_is_left_out_of_the_mean_and_counted() -> None:
    found = one(drawn(5, 3, 4, missing=0.2))
    assert found.problems == 5
    assert sum(found.dropped.values()) > 0


def test_the_table_says_so() -> None:
    (told,) = comparison_tables([one(drawn(5, 3, 4))])
    assert "of each sample such a chat counts once" in told.note
    assert "15 problems" in told.note


async def test_a_run_knows_which_questions_share_a_chat(tmp_path: Any) -> None:
    homework(tmp_path, {"a": "", "b": "", "c": "", "x1": 'cluster = "x"', "x2": 'cluster = "x"'})
    async with ModelServer() as server:
        await held(tmp_path, server, **CHATS)
    assert inside("score", str(tmp_path / "run.sqlite"), "--problems", str(tmp_path / "problems")).returncode == 0
    with Store(tmp_path / "run.sqlite") as store:
        scores = frame(store)
    chat = scores[scores["template"] == "in_one_chat"].groupby("problem", observed=True)["chat"].unique()
    of = {str(problem): tuple(numbers) for problem, numbers in chat.items()}
    assert sorted(of) == ["w1/b", "w1/c", "w1/x2"]
    assert of["w1/b"] == of["w1/c"] != of["w1/x2"]
    assert set(scores[scores["template"] == "plain"]["chat"]) == {-1}
