"""The scorers that hold a reply against a passage or a rubric, called in this process: grounding, quotes, rubric."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from evalkit.reading.facts import facts
from evalkit.types import Question
from tests.in_process import Row, build, holes, rounded, scored, table, values

PASSAGE = """In spring the mill ground 40 sacks in 5 hours. In autumn it ground 95 sacks in 8 hours, after 0 minutes of
repair, and the miller had 3 carts. A tenth of the flour is lost, a quarter of it goes to the lord. The wheel turns
17 times while the stone turns once. The book says again: in spring, 5 hours.

The keeper wrote: the pond holds water for two dry weeks, no longer. Nobody has measured how deep it is."""
ASKED = "Why did the mill stand still on 12 days, and how long does the pond last?"
QUESTION = Question("set/mill", ASKED, passage=PASSAGE)


def grounding(supported: float | None, unsupported: int) -> dict[str, float | None]:
    return {"supported": supported, "unsupported": unsupported}


def quotes(faithful: float | None, altered: int, absent: int, contradicted: int) -> dict[str, float | None]:
    return {"faithful": faithful, "altered": altered, "absent": absent, "contradicted": contradicted}


def rubric(share: float | None) -> dict[str, float | None]:
    return {"share": share, "judged": None}


WATER = [{"name": "water", "any_of": ["runs dry"]}]
EITHER = [{"name": "cause", "any_of": ["the wheel", ["the stone", "the millstone"]], "at_least": 2}]
OPEN = [{"name": "water", "any_of": ["runs dry"], "otherwise": "unjudged"}]
BARRED = [{"name": "frost", "any_of": ["the pond froze"], "instead_of": "water"}]
HOURS = [{"name": "hours", "value": 5, "unit": "h", "tolerance": 0.25}]
TABLE = "| season | sacks |\n|---|---|\n| spring | 40 |"

ROWS: dict[str, list[Row]] = {
    "grounding": [
        Row("Nothing to count.", grounding(None, 0), "no-number"),
        Row("It took 5 hours.", grounding(1, 0), "in-the-passage"),
        Row("It took 6 hours.", grounding(0, 1), "not-in-the-passage"),
        Row("It took 5 hours in spring and 6 hours in summer.", grounding(0.5, 1), "one-of-two"),
        Row("It took 300 minutes.", grounding(1, 0), "converted"),
        Row("A tenth of the flour is lost.", grounding(1, 0), "a-tenth"),
        Row("Of the flour 10% is lost.", grounding(1, 0), "a-tenth-in-per-cent"),
        Row("The lord has 25% of it.", grounding(1, 0), "a-quarter-in-per-cent"),
        Row("The lord has 20% of it.", grounding(0, 1), "a-quarter-is-no-fifth"),
        Row("A third of the flour is lost.", grounding(0, 1), "a-third"),
        Row("Autumn took 3 hours more.", grounding(None, 0), "a-difference-of-times"),
        Row("Both seasons together took 13 hours.", grounding(None, 0), "a-sum-of-times"),
        Row("Autumn gave 55 sacks more.", grounding(None, 0), "a-difference-of-counts"),
        Row("It saves 37 sacks.", grounding(0, 1), "sacks-less-carts"),
        Row("Both together took 10 hours.", grounding(0, 1), "one-number-said-twice-is-no-sum"),
        Row("Together that makes 0 hours.", grounding(1, 0), "nothing-is-in-the-passage"),
        Row("Autumn took 1.6 times as long.", grounding(None, 0), "a-quotient"),
        Row("Autumn took 60% more time.", grounding(None, 0), "a-relative-change"),
        Row("Autumn took 61% more time.", grounding(0, 1), "a-wrong-relative-change"),
        Row("That makes 7.5 minutes per sack.", grounding(None, 0), "a-time-for-each"),
        Row("It took not 6 hours but less than 9 hours.", grounding(None, 0), "denied-and-bound"),
        Row("It stood still on 12 days.", grounding(None, 0), "in-the-question"),
    ],
    "quotes": [
        Row("The pond lasts a while.", quotes(None, 0, 0, 0), "none"),
        Row('The passage says "the pond holds water for two dry weeks".', quotes(1, 0, 0, 0), "verbatim"),
        Row('The passage says "the pond holds water ... no longer".', quotes(1, 0, 0, 0), "elided"),
        Row('The passage says "the pond holds water for three dry weeks".', quotes(0, 1, 0, 0), "altered"),
        Row('The passage says "the miller slept on Sundays only".', quotes(0, 0, 1, 0), "absent"),
        Row(
            'It says "the pond holds water for two dry weeks" and "the miller slept on Sundays only".',
            quotes(0.5, 0, 1, 0),
            "one-of-two",
        ),
        Row(
            'In 7 hours, as the passage says: "In spring the mill ground 40 sacks in 5 hours".',
            quotes(1, 0, 0, 1),
            "beside-another-number",
        ),
        Row(
            'In 300 minutes, as the passage says: "In spring the mill ground 40 sacks in 5 hours".',
            quotes(1, 0, 0, 0),
            "beside-the-same-number",
        ),
        Row('You ask: "how long does the pond last?"', quotes(None, 0, 0, 0), "of-the-question"),
    ],
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

FORMS = [
    ({"has": "heading"}, "# Pond\n\nIt is low.", 1, "heading"),
    ({"has": "heading"}, "**Pond**\n\nIt is low.", 1, "heading-in-bold"),
    ({"has": "heading"}, "The **pond** is low.", 0, "bold-in-a-line"),
    ({"has": "heading", "at_least": 2}, "# Pond\n\nIt is low.", 0, "one-heading-of-two"),
    ({"has": "section", "title": "the pond"}, "## On the pond\n\nIt is low.", 1, "section"),
    ({"has": "section", "title": "the pond"}, "**The pond:**\n\n**The pond**\nLow.", 1, "section-in-bold"),
    ({"has": "section", "title": "the pond"}, "# Wheel\n\nThe pond is low.", 0, "section-of-another-title"),
    ({"has": "list", "at_least": 2}, "- wheel\n2) stone", 1, "list"),
    ({"has": "list", "at_least": 2}, "- wheel\n\nstone", 0, "one-entry"),
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
    assert holes(ROWS, never_none=NONE_WITHOUT_PASSAGE) == {"rubric.judged: only 0 or None"}, "a judge is yet to come"


NONE_WITHOUT_PASSAGE = {"grounding.unsupported", "quotes.altered", "quotes.absent", "quotes.contradicted"}


@pytest.mark.parametrize("name", ["grounding", "quotes"])
def test_without_a_passage_nothing_is_judged(name: str) -> None:
    found = scored(name, Question("set/mill", ASKED), ('It says "the pond holds water", for 5 hours.',))
    assert {(s.value, s.reason) for s in found.values()} == {(None, "the problem has no passage")}


# ---------------------------------------------------------------- numbers as facts


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("a tenth of the flour", "1/10", "share"),
        ("A Quarter of it", "1/4", "share"),
        ("a fifth of it", "1/5", "share"),
        ("a third of it", "1/3", "share"),
        ("two thirds of it", "2/3", "share"),
        ("one half", "1/2", "share"),
        ("3 of the 5 carts", "3/5", "ratio"),
        ("twenty-one out of forty", "21/40", "ratio"),
        ("17 times", "17", "factor"),
        ("50k sacks", "50000", None),
        ("seven carts", "7", None),
        ("two minutes", "120", "time"),
    ],
    ids=lambda value: str(value).replace(" ", "-"),
)
def test_a_number_in_words_is_one_fact(text: str, value: str, kind: str | None) -> None:
    (fact,) = facts(text)
    assert (fact.value, fact.kind, text[fact.start : fact.end]) == (Fraction(value), kind, text[fact.start : fact.end])
    assert text.startswith(text[fact.start : fact.end])


@pytest.mark.parametrize("text", ["a tenth", "one cart", "in step 4 sacks", "a tenthof it", "3 of 0"], ids=repr)
def test_what_is_no_fact(text: str) -> None:
    assert [f.kind for f in facts(text) if f.kind in ("share", "ratio")] == []
    assert facts(text) == [] or text.startswith("3 of")


# ---------------------------------------------------------------- reasons, spans, details


def test_each_number_has_a_status_and_a_place() -> None:
    text = "It took 6 hours, not 7 hours; a tenth of the flour is lost."
    found = scored("grounding", QUESTION, (text,))
    assert [(text[s.start : s.end], s.kind) for s in found["supported"].spans] == [
        ("6 hours", "unsupported"),
        ("7 hours", "denied"),
        ("a tenth", "supported"),
    ]
    assert found["supported"].reason == "1 of 2 numbers are in the passage; not: 6 hours"
    assert found["supported"].details["counts"] == {"denied": 1, "supported": 1, "unsupported": 1}
    assert [s.kind for s in found["unsupported"].spans] == ["unsupported"]


def test_quotations_are_shown_with_what_the_passage_says() -> None:
    text = 'In 7 hours, though "the mill ground 50 sacks in 5 hours". Also "the miller slept on Sundays only", it says.'
    found = scored("quotes", QUESTION, (text,))
    assert {m: [text[s.start : s.end] for s in score.spans] for m, score in found.items() if m != "faithful"} == {
        "altered": ["the mill ground 50 sacks in 5 hours"],
        "absent": ["the miller slept on Sundays only"],
        "contradicted": ["the mill ground 50 sacks in 5 hours"],
    }
    assert "passage: [the mill ground 40 sacks in 5 hours] differs" in found["altered"].reason
    (altered, absent) = found["faithful"].details["quotations"]
    assert (altered["level"], altered["of"], altered["numbers"]["agree"]) == ("altered", "passage", False)
    assert [(c["quoted"], c["source"]) for c in altered["changes"]] == [("50", "40")]
    assert [p["paragraph"] for p in altered["passage"]] == [1]
    assert (absent["level"], absent["passage"]) == ("absent", [])
    note = found["contradicted"].spans[0].note
    assert "paragraph 1" in note
    assert "(beside it: 7 hours; quoted: 5 hours)" in note


def test_each_point_of_a_rubric_says_why() -> None:
    text = "The wheel broke and it never runs dry, so the pond froze for 5 hours."
    fields = {"required": [*WATER, *EITHER], "forbidden": BARRED, "numbers": HOURS, "words": {"high": 3}}
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
