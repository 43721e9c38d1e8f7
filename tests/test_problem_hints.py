"""What a problem's file gives to templates: its hints one by one, and nothing of what it lacks."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.specs.problems import Problem, parse
from evalkit.specs.templates import LacksError, Library, rehearse
from tests.arrange import ROOT

TEXTS = {"nudge": "Look at the trace.", "method": "Rotate it.", "first_line": "Write A = QDQ'."}
SHIPPED = Library(ROOT / "prompts")


def problem(*levels: str, more: str = "") -> Problem:
    hints = "".join(f'[[hints]]\nlevel = "{level}"\ntext = "{TEXTS[level]}"\n' for level in levels)
    return parse(
        f'title = "T"\nstatement = "Find the trace."\n{more}\n{hints}[staff]\nsolution = "3"\n', "set/a", "a.toml"
    )


def said(template: str, variables: dict[str, Any]) -> list[str]:
    """What the student says in each turn."""
    return [m.content for m in rehearse(SHIPPED.load(template), variables)[-1] if m.role == "user"]


def test_the_ladder_gives_one_hint_a_turn_weakest_first() -> None:
    turns = said("hint_ladder", problem("nudge", "method", "first_line").variables())
    assert "Find the trace." in turns[0]
    assert [turn.rpartition("Hint: ")[2] for turn in turns[1:]] == list(TEXTS.values())


LACKING = [
    ("no-hint", (), "hints"),
    ("one-rung-missing", ("nudge", "method"), "hints.first_line"),
    ("the-first-rung-missing", ("method", "first_line"), "hints.nudge"),
]


@pytest.mark.parametrize(("levels", "name"), [row[1:] for row in LACKING], ids=[row[0] for row in LACKING])
def test_a_ladder_without_a_rung_says_which(levels: tuple[str, ...], name: str) -> None:
    with pytest.raises(LacksError, match=f"needs `{name}`"):
        said("hint_ladder", problem(*levels).variables())


CHOSEN = [
    ("the-method", ("nudge", "method", "first_line"), "method"),
    ("the-last-where-there-is-no-method", ("nudge", "first_line"), "first_line"),
    ("the-only-one", ("nudge",), "nudge"),
]


@pytest.mark.parametrize(("levels", "chosen"), [row[1:] for row in CHOSEN], ids=[row[0] for row in CHOSEN])
def test_the_single_hint(levels: tuple[str, ...], chosen: str) -> None:
    variables = problem(*levels).variables()
    assert variables["hint"] == TEXTS[chosen]
    assert variables["hints"] == {level: TEXTS[level] for level in levels}
    assert said("hint_after", variables)[1].endswith(TEXTS[chosen])


def test_what_a_problem_lacks_is_left_out() -> None:
    assert problem().variables() == {"statement": "Find the trace."}
    full = problem(
        "nudge", more='passage = "P"\nban = "B"\nrequest = "R"\nwrong_hint = "W"\n[pushback]\nwrong = "No."\n'
    )
    assert full.variables() == {
        "statement": "Find the trace.", "passage": "P", "ban": "B", "request": "R", "wrong_hint": "W",
        "hint": TEXTS["nudge"], "hints": {"nudge": TEXTS["nudge"]}, "pushback": {"wrong": "No."},
    }  # fmt: skip
