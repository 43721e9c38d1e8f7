"""The scorer `rubric`, called in this process: points met, unmet and left to a judge."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from evalkit.types import Question
from tests.in_process import Row, build, holes, rounded, scored, table, values

QUESTION = Question("set/mill", "Why does the mill stand still?")
WATER = [{"name": "water", "any_of": ["runs dry"]}]
EITHER = [{"name": "cause", "any_of": ["the wheel", ["the stone", "the millstone"]], "at_least": 2}]
OPEN = [{"name": "water", "any_of": ["runs dry"], "otherwise": "unjudged"}]
BARRED = [{"name": "frost", "any_of": ["the pond froze"], "instead_of": "water"}]
FROST = [{"name": "frost", "any_of": ["the pond froze"]}]
HOURS = [{"name": "hours", "value": 5, "unit": "h", "tolerance": 0.25}]
TABLE = "| season | sacks |\n|---|---|\n| spring | 40 |"


def rubric(share: float | None) -> dict[str, float | None]:
    return {"share": share, "judged": None}


ROWS: dict[str, list[Row]] = {
    "rubric": [
        Row("In May it runs dry.", rubric(1), "stated", {"required": WATER}),
        Row("In May it is full.", rubric(0), "not-stated", {"required": WATER}),
        Row("It never runs dry.", rubric(0), "denied", {"required": WATER}),
        Row("It is empty.", rubric(None), "another-wording-needs-a-judge", {"required": OPEN}),
        Row("It never runs dry.", rubric(0), "denied-needs-no-judge", {"required": OPEN}),
        Row("It runs dry.", rubric(1), "stated-needs-no-judge", {"required": OPEN}),
        Row("Then the pond froze.", rubric(0), "said-instead", {"required": OPEN, "forbidden": BARRED}),
        Row("It runs dry.", rubric(1), "barred-and-not-said", {"required": OPEN, "forbidden": BARRED}),
        Row("It runs dry, or the pond froze.", rubric(0.5), "both-said", {"required": OPEN, "forbidden": BARRED}),
        Row("The wheel and the millstone broke.", rubric(1), "two-ideas", {"required": EITHER}),
        Row("The stone is the millstone.", rubric(0), "one-idea-twice", {"required": EITHER}),
        Row("It took 5 hours.", rubric(1), "number", {"numbers": HOURS}),
        Row("It took 315 minutes.", rubric(1), "number-on-the-edge", {"numbers": HOURS}),
        Row("It took 316 minutes.", rubric(0), "number-beyond-the-edge", {"numbers": HOURS}),
        Row("It took 5 sacks.", rubric(0), "number-of-something-else", {"numbers": HOURS}),
        Row("It took 5.", rubric(0), "number-without-its-unit", {"numbers": HOURS}),
        Row("There were 3 carts.", rubric(1), "number-of-anything", {"numbers": [{"name": "n", "value": 3}]}),
        Row("It took 3 hours.", rubric(0), "a-time-is-no-number", {"numbers": [{"name": "n", "value": 3}]}),
        Row("There were three carts.", rubric(1), "number-in-a-word", {"numbers": [{"name": "n", "value": 3}]}),
        Row("It took three hours.", rubric(0), "a-time-in-words", {"numbers": [{"name": "n", "value": 3}]}),
        Row("It took five hours.", rubric(1), "hours-in-words", {"numbers": HOURS}),
        Row("It took six hours.", rubric(0), "other-hours-in-words", {"numbers": HOURS}),
        Row("It is running dry, then it ran.", rubric(1), "inflected", {"required": WATER}),
        Row("The mill-stone broke, and the wheel.", rubric(1), "hyphen-in-a-word", {"required": EITHER}),
        Row("If the pond froze, all stood.", rubric(1), "supposed", {"forbidden": FROST}),
        Row("That the pond froze has no bearing on it.", rubric(1), "set-aside", {"forbidden": FROST}),
        Row("That the pond froze was the cause.", rubric(0), "not-set-aside", {"forbidden": FROST}),
        Row("Five words are in it.", rubric(1), "length-at-both-ends", {"words": {"low": 5, "high": 5}}),
        Row("Five words are in it.", rubric(0), "too-short", {"words": {"low": 6, "high": 9}}),
        Row("Five words are in it.", rubric(0), "too-long", {"words": {"high": 4}}),
        Row(
            "It runs dry in 5 hours.",
            rubric(2 / 3),
            "two-of-three",
            {"required": WATER, "numbers": HOURS, "words": {"high": 3}},
        ),
        Row("Anything.", rubric(None), "a-judge-alone", {"judge": [{"name": "own", "asks": "In own words?"}]}),
        Row("Dry.", rubric(1), "a-judge-beside", {"words": {"high": 3}, "judge": [{"name": "own", "asks": "Own?"}]}),
    ],
}
FORMS: list[tuple[dict[str, Any], str, int, str]] = [
    ({"has": "heading"}, "# Pond\n\nIt is low.", 1, "heading"),
    ({"has": "heading"}, "**Pond**\n\nIt is low.", 1, "heading-in-bold"),
    ({"has": "heading"}, "The **pond** is low.", 0, "bold-in-a-line"),
    ({"has": "heading", "at_least": 2}, "# Pond\n\nIt is low.", 0, "one-heading-of-two"),
    ({"has": "section", "title": "the pond"}, "## On the pond\n\nIt is low.", 1, "section"),
    ({"has": "section", "title": "the pond"}, "**The pond:**\n\n**The pond**\nLow.", 1, "section-in-bold"),
    ({"has": "section", "title": "the pond"}, "# Wheel\n\nThe pond is low.", 0, "section-of-another-title"),
    ({"has": "list", "at_least": 2}, "- wheel\n2) stone", 1, "list"),
    ({"has": "list", "at_least": 2}, "- wheel\n\nstone", 0, "one-entry"),
    ({"has": "list", "at_least": 2}, "a) wheel\nb) stone", 1, "lettered-list"),
    ({"has": "list", "at_least": 2}, "(1) wheel\n(2) stone", 1, "numbers-in-brackets"),
    ({"has": "list"}, "A. Miller wrote it.", 0, "initial-of-a-name"),
    ({"has": "table"}, TABLE, 1, "table"),
    ({"has": "table"}, "spring | 40", 0, "bars-are-no-table"),
    ({"has": "formula"}, "So $a = b$.", 1, "formula"),
    ({"has": "formula"}, "It costs $5.", 0, "one-dollar"),
    ({"has": "formula", "at_least": 2}, "So $$a$$ and \\(b\\).", 1, "two-formulas"),
    ({"has": "code"}, "```\nx\n```", 1, "code"),
    ({"has": "code", "at_least": 2}, "```\nx\n```", 0, "two-fences-are-one-block"),
    ({"has": "code", "at_least": 2}, "```\nx\n```\n\n```\ny\n```", 1, "four-fences-are-two"),
    ({"has": "table", "absent": True}, TABLE, 0, "there-and-not-wanted"),
    ({"has": "table", "absent": True}, "No table.", 1, "not-there-and-not-wanted"),
    ({"has": "list", "absent": True, "at_least": 3}, "- a\n- b", 1, "fewer-than-unwanted"),
    ({"has": "list", "absent": True, "at_least": 2}, "- a\n- b", 0, "as-many-as-unwanted"),
]  # fmt: skip
ROWS["rubric"] += [Row(text, rubric(met), f"form-{name}", {"form": [{"name": "f"} | point]}) for point, text, met, name in FORMS]  # fmt: skip


@table(ROWS)
def test_rows(name: str, row: Row) -> None:
    assert values(scored(name, QUESTION, row.turns, **row.fields)) == rounded(row.expected)


def test_no_metric_is_left_out() -> None:
    assert holes(ROWS) == {"rubric.judged: only 0 or None"}, "a judge is yet to come"


# ---------------------------------------------------------------- reasons, spans, details, faults


def test_each_point_of_a_rubric_says_why() -> None:
    text = "The wheel broke and it never runs dry, so the pond froze for 5 hours."
    fields: dict[str, Any] = {
        "required": [*WATER, *EITHER],
        "forbidden": BARRED,
        "numbers": HOURS,
        "words": {"high": 3},
    }
    judge = [{"name": "own", "asks": "In own words?"}]
    form = [{"name": "f", "has": "list"}]
    found = scored("rubric", QUESTION, (text,), **fields, form=form, judge=judge)
    assert [(p["name"], p["kind"], p["met"], p["reason"]) for p in found["share"].details["points"]] == [
        ("water", "required", False, "not stated, 'runs dry' is denied"),
        ("cause", "required", False, "1 of 2 stated"),
        ("frost", "forbidden", False, "says 'the pond froze'"),
        ("hours", "number", True, "stated"),
        ("f", "form", False, "list: 0 entries"),
        ("length", "words", False, "15 words, asked for 0 to 3"),
        ("own", "judge", None, "In own words?"),
    ]
    assert [(text[s.start : s.end], s.kind) for s in found["share"].spans] == [
        ("The wheel", "required"),
        ("the pond froze", "forbidden"),
        ("5 hours", "number"),
    ]
    assert found["share"].value == 1 / 6
    assert found["judged"].reason == "needs a judge or a person: own"
    assert scored("rubric", QUESTION, (text,), words={"high": 3})["judged"].reason == "no point needs a judge"


def test_what_is_denied_once_and_stated_once_is_stated() -> None:
    found = scored("rubric", QUESTION, ("In winter it never runs dry. In May it runs dry.",), required=WATER)["share"]
    assert (found.value, found.details["points"][0]["reason"]) == (1, "stated")


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({}, "the rubric has no points", "empty"),
    ({"required": [*WATER, *WATER]}, "two points have the name 'water'", "twice-in-one-list"),
    ({"required": WATER, "numbers": [HOURS[0] | {"name": "water"}]}, "two points have the name 'water'", "two-lists"),
    ({"required": WATER, "words": {"name": "water", "high": 3}}, "two points have the name 'water'", "as-the-length"),
    ({"required": [*WATER, *WATER, *EITHER, *EITHER]}, "two points have the name 'cause'", "the-first-of-two"),
    ({"required": EITHER, "forbidden": BARRED}, "no required point 'water'; known are: cause", "instead-of"),
    ({"forbidden": BARRED}, "known are: none", "instead-of-nothing"),
    ({"required": [EITHER[0] | {"at_least": 3}]}, "any_of has only 2 entries", "more-than-there-are"),
    ({"required": [{"name": "a", "any_of": [[]]}]}, "an entry without wordings", "no-wording"),
    ({"form": [{"name": "a", "has": "section"}]}, "`title` belongs to has = 'section'", "no-title"),
    ({"form": [{"name": "a", "has": "list", "title": "x"}]}, "`title` belongs to", "title-of-a-list"),
]


@pytest.mark.parametrize(("fields", "message"), [f[:2] for f in FAULTS], ids=[f[2] for f in FAULTS])
def test_a_rubric_that_cannot_be_meant_is_an_error(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        build("rubric", **fields)


def test_names_need_only_be_different() -> None:
    assert build("rubric", required=[*WATER, *EITHER], numbers=HOURS, words={"high": 3})
