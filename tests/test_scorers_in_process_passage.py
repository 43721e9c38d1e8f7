"""The scorers that hold a reply against a passage, called in this process: grounding, quotes."""

from __future__ import annotations

from fractions import Fraction

import pytest

from evalkit.reading.facts import facts
from evalkit.reading.quotations import MOST
from evalkit.types import Question
from tests.in_process import Row, holes, rounded, scored, table, values

PASSAGE = """In spring the mill ground 40 sacks in 5 hours. In autumn it ground 95 sacks in 8 hours, after 0 minutes of
repair, and the miller had 3 carts. A tenth of the flour is lost, a quarter of it goes to the lord. The wheel turns
17 times while the stone turns once. The book says again: in spring, 5 hours.

The keeper wrote: the pond holds water for two dry weeks, no longer. Nobody has measured how deep it is.

His rule for the gate is $h = a + b_1 x$ on every dry day."""
ASKED = "Why did the mill stand still on 12 days, and how long does the pond last?"
QUESTION = Question("set/mill", ASKED, passage=PASSAGE)


def grounding(supported: float | None, unsupported: int) -> dict[str, float | None]:
    return {"supported": supported, "unsupported": unsupported}


def quotes(
    faithful: float | None, altered: int, absent: int, contradicted: int, formulas: int = 0, punctuation: int = 0
) -> dict[str, float | None]:
    counts = {"altered": altered, "altered_formulas": formulas, "repunctuated": punctuation, "absent": absent}
    counts["contradicted"] = contradicted
    return {"faithful": faithful, **counts}


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
        Row("Autumn gave 55 carts more.", grounding(0, 1), "a-difference-of-other-things"),
        Row("That leaves 3 hours for the garden.", grounding(None, 0), "a-difference-without-comparison"),
        Row("Spring took 7.5 minutes a sack.", grounding(None, 0), "a-time-a-piece"),
        Row("The miller keeps 75% of it.", grounding(None, 0), "a-complement"),
        Row("The miller keeps 65% of it.", grounding(None, 0), "a-complement-of-two"),
        Row("The miller keeps 70% of it.", grounding(0, 1), "no-complement"),
        Row("Three such autumns are 24 hours.", grounding(None, 0), "a-multiple-with-the-number-beside-it"),
        Row("Three such autumns are 25 hours.", grounding(0, 1), "a-wrong-multiple"),
        Row("Over the 3 hours gained it is 3.27 minutes per sack.", grounding(0, 1), "of-no-numbers"),
        Row("The 3 hours more gave 55 sacks more, 18.3 sacks per hour.", grounding(None, 0), "from-a-difference"),
        Row(
            "What autumn took longer is 4.5 minutes per sack of spring.",
            grounding(None, 0),
            "from-a-difference-of-times",
        ),
        Row(
            "What autumn took longer is 6.4 minutes per sack of spring.", grounding(0, 1), "from-no-difference-of-times"
        ),
        Row("What autumn gave more is 11 sacks per hour of spring.", grounding(None, 0), "from-a-difference-of-counts"),
        Row("So 36 sacks of flour are left in spring.", grounding(None, 0), "a-share-less"),
        Row("In autumn it was nearly 5 minutes per sack.", grounding(None, 0), "nearly-a-quotient"),
        Row("Both together took 10 hours.", grounding(0, 1), "one-number-said-twice-is-no-sum"),
        Row("Together that makes 0 hours.", grounding(1, 0), "nothing-is-in-the-passage"),
        Row("Autumn took 1.6 times as long.", grounding(None, 0), "a-quotient"),
        Row("It turned 170 times.", grounding(0, 1), "a-multiple-over-a-share-is-no-quotient"),
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
        Row('It says "the gate is h = a − b₁x on every dry day".', quotes(0, 1, 0, 0, 1), "a-sign-of-a-formula"),
        Row('It says "the pond, holds water for two dry weeks".', quotes(1, 0, 0, 0, 0, 1), "a-comma"),
        Row('It says "the gate is $h=a+b_{1}x$ on every dry night".', quotes(0, 1, 0, 0), "beside-a-formula"),
        Row('It says "the gate is h = a + b₁x on every dry day".', quotes(1, 0, 0, 0), "typeset-anew"),
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
        Row(
            'In 300 minutes or 7 hours, as the passage says: "In spring the mill ground 40 sacks in 5 hours".',
            quotes(1, 0, 0, 0),
            "one-of-the-numbers-beside-it-is-enough",
        ),
        Row(
            'In 7 minutes, as the passage says: "In spring the mill ground 40 sacks in 5 hours".',
            quotes(1, 0, 0, 1),
            "beside-a-number-in-another-unit",
        ),
        Row('With 50 sacks, as it says: "the mill ground 40 sacks in"', quotes(1, 0, 0, 1), "beside-another-count"),
        Row('With 50 carts, as it says: "the mill ground 40 sacks in"', quotes(1, 0, 0, 0), "other-things-counted"),
        Row('Since 1887, as it says: "and the miller had 3"', quotes(1, 0, 0, 0), "bare-numbers-are-not-compared"),
        Row('You ask: "how long does the pond last?"', quotes(None, 0, 0, 0), "of-the-question"),
    ],
}


@table(ROWS)
def test_rows(name: str, row: Row) -> None:
    assert values(scored(name, QUESTION, row.turns, **row.fields)) == rounded(row.expected)


def test_no_metric_is_left_out() -> None:
    assert holes(ROWS, never_none=NONE_WITHOUT_PASSAGE) == set()


NONE_WITHOUT_PASSAGE = {
    "grounding.unsupported", "quotes.altered", "quotes.altered_formulas", "quotes.repunctuated", "quotes.absent", "quotes.contradicted",
}  # fmt: skip


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
        "altered_formulas": [],
        "repunctuated": [],
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


REASONS = [
    ("The pond lasts a while.", "the reply quotes nothing from the passage", "none"),
    ('It says "the pond holds water".', "1 of 1 quotation faithful", "one"),
    (
        'It says "the pond holds water" and "the miller slept on Sundays only".',
        "1 of 2 quotations faithful",
        "two",
    ),
    (
        'It says "the pond holds water". ' * (MOST + 1),
        f"{MOST} of {MOST} quotations faithful (the first {MOST} are judged)",
        "too-many",
    ),
]


@pytest.mark.parametrize(("text", "reason"), [r[:2] for r in REASONS], ids=[r[2] for r in REASONS])
def test_the_share_of_quotations_says_of_how_many(text: str, reason: str) -> None:
    assert scored("quotes", QUESTION, (text,))["faithful"].reason == reason
