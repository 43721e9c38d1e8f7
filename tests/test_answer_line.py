"""`answer_line = true`: every user turn of every arm asks for the final answer in the form that the scorer reads best."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.scorers import choice, expression, number, sequence, text
from evalkit.specs.templates import ANSWER_LINE
from evalkit.types import Conversation, Question, Reply, Scorer
from tests import arrange

MANY = choice.Scorer(options={"A": "x", "B": "y"}, correct=["A", "B"], many=True)


@pytest.mark.parametrize(
    ("scorer", "form", "right"),
    [
        (number.Scorer(value=5), "one number", "5"),
        (number.Scorer(value=5, unit="s"), "one number in s", "5 s"),
        (choice.Scorer(options={"A": "x", "B": "y"}, correct=["B"]), "the letter of one option (A, B)", "B"),
        (MANY, "the letters of all right options (A, B)", "A, B"),
        (expression.Scorer(answer="x^2"), "one formula in LaTeX", None),
        (sequence.Scorer(tokens=["a", "b"]), "the whole list in order, its entries separated by blanks, in backticks", "`a b`"),
        (text.Scorer(any_of=["yes"]), None, None),
    ],
    ids=["number", "unit", "choice", "many", "expression", "sequence", "text"],
)  # fmt: skip
def test_what_a_scorer_asks_for_it_reads(scorer: Scorer, form: str | None, right: str | None) -> None:
    assert scorer.answer_form() == form
    if right is not None:
        reply = f"At first 7 or A, who knows.\n\nFinal answer: {right}"
        assert scorer.score(Conversation(Question("set/p", "?"), (reply,)))[0].value == 1


def test_parts_are_asked_for_by_name() -> None:
    parts = [{"name": n, "value": v, "unit": "s", "cues": [n]} for n, v in (("first", 1), ("last", 2))]
    assert (
        number.Scorer.model_validate({"parts": parts}).answer_form()
        == "`first: one number in s; last: one number in s`"
    )


@pytest.mark.parametrize("arm", ["plain", "repeat_hint"])
def test_every_user_turn_of_every_arm_ends_with_it(tmp_path: Path, arm: str) -> None:
    arrange.write_problems(tmp_path, 1)
    plans = [
        arrange.plan(tmp_path, arrange.experiment("http://x", templates=[arm], baseline=arm, **more))
        for more in ({}, {"answer_line": True})
    ]
    off, on = (next(plan.blocks(plan.experiment.models[0]))[0] for plan in plans)
    line = "End your reply with one line `Final answer: ...`, where ... is one number and nothing else."
    assert ANSWER_LINE not in off.script.variables
    assert on.fingerprint != off.fingerprint
    conversation = on.script.hold()
    messages = next(conversation)
    while True:
        users = [m.content for m in messages if m.role == "user"]
        assert all(content.endswith("\n\n" + line) and content.count(line) == 1 for content in users)
        try:
            messages = conversation.send(Reply("Final answer: 1"))
        except StopIteration:
            break


def test_show_prints_it_when_asked(tmp_path: Path) -> None:
    arrange.write_problems(tmp_path, 1)
    shown = [
        arrange.inside("show", "p/00001", "--problems", str(tmp_path / "problems"),
                       "--prompts", str(arrange.ROOT / "prompts"), *more).stdout
        for more in ([], ["--answer-line"])
    ]  # fmt: skip
    assert ["one line `Final answer: ...`" in " ".join(text.split()) for text in shown] == [False, True]
