"""The scorers of final answers, called in this process. Tables of replies for each stand in test_scorers_answers.py."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.reading import cues, quantities
from evalkit.types import Question
from tests.in_process import Row, holes, rounded, scored, table, values

QUESTION = Question("set/answer", "How long, which, and in what order?")
OPTIONS = {"options": {"A": "wheel", "B": "stone", "C": "hopper"}, "correct": ["B"]}
TWO = OPTIONS | {"correct": ["A", "C"], "many": True}
ORDER = {"tokens": ["<s>", "grain", "meal", "flour"]}
MINUTES = {"value": 40, "unit": "min"}
PARTS = {
    "parts": [
        {"name": "spring", "value": 5, "unit": "h", "cues": ["spring"]},
        {"name": "autumn", "value": 8, "unit": "h", "cues": ["autumn", "fall"]},
    ]
}
SAYS = {"any_of": ["runs dry"], "none_of": ["the pond froze"]}


def correct(value: float | None) -> dict[str, float | None]:
    return {"correct": value}


ROWS: dict[str, list[Row]] = {
    "choice": [
        Row("**Answer:** B", correct(1), "right-letter", OPTIONS),
        Row("**Answer:** the stone", correct(1), "right-text", OPTIONS),
        Row("**Answer:** A", correct(0), "wrong-letter", OPTIONS),
        Row("**Answer:** A and B", correct(0), "two-where-one-is-asked", OPTIONS),
        Row("**Answer:** B) hopper", correct(None), "letter-and-text-disagree", OPTIONS),
        Row("It could be any of them.", correct(None), "none", OPTIONS),
        Row("**Answer:** C, A", correct(1), "both", TWO),
        Row("**Answer:** A", correct(0), "one-of-two", TWO),
        Row("**Answer:** A, B, C", correct(0), "one-too-many", TWO),
        Row("- [x] A\n- [ ] B\n- [x] C", correct(1), "ticked", TWO),
        Row("✅ B\n❌ A\n❌ C", correct(1), "crossed", OPTIONS),
        Row(("**Answer:** B", "**Answer:** A"), correct(0), "the-last-reply-alone", OPTIONS),
    ],
    "expression": [
        Row(r"\boxed{(x+1)^2}", correct(1), "equal", {"answer": "x^2 + 2x + 1"}),
        Row(r"\boxed{(x-1)^2}", correct(0), "different", {"answer": "x^2 + 2x + 1"}),
        Row("I cannot say.", correct(None), "none", {"answer": "x^2 + 2x + 1"}),
        Row(r"\boxed{x^\top x}", correct(None), "refused", {"answer": "x^2"}),
    ],
    "number": [
        Row("**Answer:** 40 min", correct(1), "right", MINUTES),
        Row("**Answer:** 2400 s", correct(1), "converted", MINUTES),
        Row("**Answer:** 40 s", correct(0), "another-unit", MINUTES),
        Row("**Answer:** 41 min", correct(0), "wrong", MINUTES),
        Row("**Answer:** 41 min", correct(1), "within-the-tolerance", MINUTES | {"tolerance": 1}),
        Row("**Answer:** 40 min or 50 min", correct(None), "several", MINUTES),
        Row("I cannot say.", correct(None), "none", MINUTES),
        Row("Spring took 5 h, autumn 8 h.", correct(1), "both-parts", PARTS),
        Row("Spring took 8 h, autumn 5 h.", correct(0), "exchanged-parts", PARTS),
        Row("Spring took 5 h.", correct(None), "one-part", PARTS),
        Row("| | spring | fall |\n|---|---|---|\n| hours | 5 h | 8 h |", correct(1), "parts-in-a-table", PARTS),
        Row("| | spring | fall |\n|---|---|---|\n| hours | 8 h | 5 h |", correct(0), "exchanged-in-a-table", PARTS),
    ],
    "sequence": [
        Row("**Answer:** `<s> grain meal flour`", correct(1), "right", ORDER),
        Row("1. `<s>`\n2. `grain`\n3. `meal`\n4. `flour`", correct(1), "list", ORDER),
        Row("**Answer:** `<s> meal grain flour`", correct(0), "another-order", ORDER),
        Row("**Answer:** `<s> grain meal`", correct(0), "incomplete", ORDER),
        Row("Both `<s> grain meal flour` or also `<s> meal grain flour`.", correct(None), "two", ORDER),
        Row("I cannot say.", correct(None), "none", ORDER),
    ],
    "text": [
        Row("**Answer:** it runs dry", correct(1), "stated", SAYS),
        Row("**Answer:** it is full", correct(0), "not-stated", SAYS),
        Row("**Answer:** it never runs dry", correct(0), "denied", SAYS),
        Row("**Answer:** it runs dry and the pond froze", correct(0), "barred", SAYS),
        Row("It runs dry.\n\n**Answer:** it is full", correct(0), "outside-the-answer", SAYS),
        Row("It runs dry.\n\n**Answer:** it is full", correct(1), "anywhere", SAYS | {"where": "anywhere"}),
        Row("These are the steps.", correct(None), "silent", SAYS | {"otherwise": "unjudged"}),
        Row("It never runs dry.", correct(0), "denied-is-not-silent", SAYS | {"otherwise": "unjudged"}),
        Row("**Answer:** it is full", correct(0), "answered-is-not-silent", SAYS | {"otherwise": "unjudged"}),
    ],
    "words": [
        Row("one two three", {"count": 3, "in_range": 1}, "at-the-upper-end", {"low": 2, "high": 3}),
        Row("one two", {"count": 2, "in_range": 1}, "at-the-lower-end", {"low": 2, "high": 3}),
        Row("one", {"count": 1, "in_range": 0}, "too-short", {"low": 2, "high": 3}),
        Row("one two three four", {"count": 4, "in_range": 0}, "too-long", {"low": 2, "high": 3}),
        Row(("one two three", "one"), {"count": 1, "in_range": 0}, "the-last-reply-alone", {"low": 2, "high": 3}),
    ],
}


@table(ROWS)
def test_rows(name: str, row: Row) -> None:
    assert values(scored(name, QUESTION, row.turns, **row.fields)) == rounded(row.expected)


def test_no_metric_is_left_out() -> None:
    assert holes(ROWS, never_none={"words.count", "words.in_range"}) == set()


GIVEN = [
    ("choice", OPTIONS, "**Answer:** B", "staff", "B"),
    ("choice", OPTIONS, "**Answer:** A", "A", "A"),
    ("choice", OPTIONS | {"accept": [{"correct": ["A"], "note": "also"}]}, "**Answer:** A", "also", "A"),
    ("expression", {"answer": "2x"}, r"\boxed{x+x}", "staff", "x+x"),
    ("expression", {"answer": "2x"}, r"\boxed{3x}", "3x", "3x"),
    ("number", MINUTES, "**Answer:** 40 min", "staff", "40 min"),
    ("number", MINUTES, "**Answer:** 41 min", "41 min", "41 min"),
    ("number", MINUTES | {"accept": [{"value": 1, "unit": "h", "note": "rounded"}]}, "**Answer:** 1 h", "rounded", "1 h"),
    ("sequence", ORDER, "`<s> grain meal flour`", "staff", "`<s> grain meal flour`"),
    ("sequence", ORDER, "`<s> grain meal`", "<s> grain meal", "`<s> grain meal`"),
    ("text", SAYS, "**Answer:** it runs dry", "staff", "runs dry"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "fields", "reply", "given", "shown"), GIVEN, ids=[f"{name}-{given}" for name, _, _, given, _ in GIVEN]
)
def test_what_was_given_and_where(name: str, fields: dict[str, Any], reply: str, given: str, shown: str) -> None:
    found = scored(name, QUESTION, (reply,), **fields)["correct"]
    assert found.given == given
    assert [reply[s.start : s.end] for s in found.spans] == [shown]


# ---------------------------------------------------------------- which number belongs to which name

NAMED = [["spring"], ["autumn", "fall"]]
COLUMNS = [
    ("| | spring | fall |\n|---|---|---|\n| hours | 5 | 8 |", 5, 8, "one-row"),
    ("| | fall | spring |\n|---|---|---|\n| hours | 8 | 5 |", 5, 8, "the-other-way-round"),
    ("| | spring | fall |\n|---|---|---|\n| hours | 5 |", 5, None, "a-row-that-ends-early"),
    ("| | spring | fall |\n|---|---|---|\n| 5 |", None, None, "a-row-that-ends-before"),
    ("| | spring | year | fall |\n|---|---|---|---|\n| hours | 5 | 6 | 8", 5, 8, "no-bar-at-the-end"),
    ("| | summer | winter |\n|---|---|---|\n| hours | 5 | 8 |", None, None, "no-cue-in-the-head"),
    ("| spring 5 | fall 8 |", 5, 8, "a-single-row-is-a-sentence"),
    ("| | spring | fall |\n|---|---|---|\n| hours | 4 | 7 |\n| sum | 5 | 8 |", 5, 8, "the-last-row-of-two"),
]


@pytest.mark.parametrize(("text", "spring", "autumn"), [c[:3] for c in COLUMNS], ids=[c[3] for c in COLUMNS])
def test_a_number_belongs_to_the_head_of_its_column(text: str, spring: int | None, autumn: int | None) -> None:
    found = quantities.read(text)
    nearest = [cues.near(text, found, NAMED, part) for part in (0, 1)]
    assert [q and q.value for q in nearest] == [spring, autumn]
