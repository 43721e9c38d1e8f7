"""The scorers of final answers: `sequence`, `text`, `words`, and properties of all on any text. `number`, `choice` and
`expression` have files of their own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from evalkit.scorers import choice, number, sequence, text, words
from evalkit.types import Conversation, Question, Scorer
from tests.answer_tables import COUNT, MANY, ONE, PARTS, QUESTION, SAYS, SECONDS, TOKENS, score, table
from tests.benchmarks import answers as benchmark

# ---------------------------------------------------------------- sequence


@table("sequence")
def test_sequence(reply: str, value: float | None) -> None:
    assert score(TOKENS, reply).value == value


def test_sequence_fields() -> None:
    both = "Inputs: `<sos> I see`\n\nTargets: `I see <eos>`"
    joined = both.replace("\n\n", "\n")
    plain = sequence.Scorer(tokens=["<sos>", "I", "see"])
    cued = sequence.Scorer(tokens=["<sos>", "I", "see"], cues=["input"])
    loose = sequence.Scorer.model_validate(
        {"tokens": ["the", "dog", "."], "ignore_case": True, "accept": [{"tokens": ["a", "dog"], "note": "article"}]}
    )
    assert [score(s, r).value for s in (plain, cued) for r in (both, joined)] == [1, 1, 1, 1]
    alike = joined.replace("I see <eos>", "<sos> I saw")
    assert [score(s, alike).value for s in (plain, cued)] == [None, 1]
    assert [score(loose, f"`{r}`").given for r in ("The dog .", "A dog", "dog the")] == [
        "staff",
        "article",
        "dog the",
    ]


# ---------------------------------------------------------------- text


@table("text")
def test_text(reply: str, value: float | None) -> None:
    assert score(SAYS, reply).value == value


def test_text_fields() -> None:
    final = text.Scorer(any_of=["yes"])
    replies = [
        "These are the steps.",
        "Yes is tempting.\n\n**Answer:** no",
        "Hm.\n\n**Answer:** yes",
        "**Answer:** not yes",
    ]
    assert [score(final, reply).value for reply in replies] == [None, 0, 1, 0]
    accepted = score(SAYS, "same word order")
    assert (accepted.given, accepted.reason) == (
        "consequence",
        "says: same word order (accepted: consequence)",
    )


@pytest.mark.parametrize(
    ("asked", "reply", "value"),
    [
        ("Is the seat in Bern or in Thun?", "The seat is Thun.", 0),
        ("Is the seat in Bern or in Thun?", "The seat is **Thun**.", 0),
        ("Which town is the seat?", "The seat is Thun.", None),
        ("Which town is the seat of the cantonal council?", "The seat of the cantonal council was Thun.", 0),
        ("Is the seat in Bern or in Thun?", "The seat is Bernburg.", None),
        ("Is the seat in Bern or in Thun?", "The seat is Bern.", 1),
        ("Is the seat in Bern or in Thuner Weg?", "The seat is Thun.", None),
    ],
)
def test_another_name_is_wrong_where_the_question_has_it_or_is_repeated(
    asked: str, reply: str, value: float | None
) -> None:
    (found,) = text.Scorer(any_of=["Bern"]).score(Conversation(Question("set/seat", asked), (reply,)))
    assert found.value == value, found.reason


@pytest.mark.parametrize(
    ("fields", "reply", "value"),
    [
        ({"any_of": ["three layers"]}, "It has 3 layers.", 1), ({"any_of": ["3 layers"]}, "It has three layers.", 1), ({"any_of": ["no"]}, "Yes.", 0),
        ({"any_of": ["gradient vanishes"]}, "The gradient doesn't vanish.", 0), ({"any_of": ["gradient vanishes"]}, "The gradient never vanishes.", 0),
        ({"any_of": ["gradient vanishes"]}, "Without skip connections the gradient vanishes.", 1),
        ({"any_of": ["gradient vanishes"]}, "The gradient fails to vanish.", 0), ({"any_of": ["gradient vanishes"]}, "The gradient vanishes nowhere.", 0),
        ({"any_of": ["46 days"]}, "Answer: 46D", 1), ({"any_of": ["46 days"]}, "Answer: 47D", 0), ({"any_of": ["1 day, 2:30"]}, "Answer: 1 2:30", 1.0),
    ],
)  # fmt: skip
def test_text_negations_and_numbers(fields: dict[str, Any], reply: str, value: float | None) -> None:
    assert score(text.Scorer.model_validate(fields), reply).value == value


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("reply", "count"),
    [
        ("one two three", 3),
        ("- one\n- two", 2),
        ("**one** – two", 2),
        ("state-of-the-art", 1),
        ("$x + y$ $x+y$", 3),
        ("| a | b |\n|---|---|", 2),
        ("✅ 👍 ...", 0),
        ("## Head\n\nbody", 1),
        ("**Head line**\nbody", 1),
        ("***Head line***\nbody", 1),
        ("Head line\n---------\nbody", 1),
        ("One two three.\n---\nbody", 4),
        ("<h2>Head line</h2>\nbody", 1),
        ("one two\n\n(2 words)", 2),
        ("Word count: 2\n\none two", 2),
        ("**B**", 1),
        ("", 0),
        ("3.5 s", 2),
        ("it's", 1),
    ],
)
def test_words(reply: str, count: int) -> None:
    counted, in_range = words.Scorer(low=2, high=3).score(Conversation(QUESTION, (reply,)))
    assert (counted.value, in_range.value) == (count, float(2 <= count <= 3))


def test_words_of_a_restated_question_do_not_count() -> None:
    question = Question("set/problem", "Why does the loss of the first run go down so slowly?")
    reply = "## Question\n\n> Why does the *loss* of the first run go down so slowly?\n\nThe step is too small."
    counted = words.Scorer(high=9).score(Conversation(question, (reply,)))[0]
    assert (counted.value, counted.reason) == (5, "5 words of 18 without headings and the question")


# ---------------------------------------------------------------- all


@pytest.mark.parametrize(
    ("scorer", "fields", "message"),
    [
        (number, {}, "either `value` or `parts`"),
        (number, {"value": 1, "parts": [{"name": "a", "value": 1, "cues": ["a"]}]}, "either"),
        (number, {"parts": [{"name": "a", "value": 1}]}, "needs `cues`"),
        (number, {"value": 1, "tolerance": -1}, "greater"),
        (number, {"parts": [{"name": "a", "value": 1, "cues": ["a"]}] * 2}, "same name"),
        (number, {"value": 1, "unit": "s", "accept": [{"value": 1, "unit": "%", "note": "x"}]}, "does not convert"),
        (number, {"value": 1, "accept": [{"value": 2}]}, "note"),
        (number, {"value": float("inf")}, "finite"),
        (choice, {"options": {"A": "x", "B": "y"}, "correct": ["C"]}, "no such option"),
        (choice, {"options": {"A": "x", "B": "y"}, "correct": ["A", "B"]}, "many"),
        (choice, {"options": {"AB": "x", "B": "y"}, "correct": ["B"]}, "one letter"),
        (choice, {"options": {"A": "x"}, "correct": ["A"]}, "2"),
        (sequence, {"tokens": []}, "at least one"),
        (sequence, {"tokens": ["a", " "]}, "blank"),
        (text, {"any_of": []}, "at least 1"),
        (text, {"any_of": ["..."]}, "no words"),
        (text, {"any_of": ["a"], "typo": 1}, "typo"),
        (words, {"low": 5, "high": 3}, "low is larger"),
        (words, {}, "high"),
    ],
)
def test_wrong_fields_are_errors(scorer: Any, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        scorer.Scorer.model_validate(fields)


ALL: list[Scorer] = [SECONDS, PARTS, ONE, COUNT, MANY, TOKENS, SAYS, words.Scorer(low=1, high=9)]
MARKS = (
    "**",
    "\n",
    "\n\n",
    "\\boxed{",
    "}",
    "|",
    "| ",
    "`",
    "→",
    "%",
    "=",
    "≈",
    "- [x] ",
    "✅",
    "❌",
    "1. ",
    "$",
    "\\text{",
    ".",
    "?",
    "~~",
    "&lt;",
)
WORDS = (
    "Answer: ",
    "A",
    "B)",
    "(C)",
    "not ",
    "and ",
    "<sos>",
    "341 s",
    "baseline",
    "final",
    "yes",
    "12{\\",
    "}345",
    "10^{99}",
    "5 min 36 s",
    "1/0",
)
PIECES = st.sampled_from(MARKS) | st.sampled_from(WORDS) | st.just("cannot be longer than the input")


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES | st.text(max_size=4), max_size=40).map("".join))
def test_any_text_is_scored_without_error(reply: str) -> None:
    for scorer in ALL:
        scores = scorer.score(Conversation(QUESTION, (reply,)))
        assert {s.metric for s in scores} == set(scorer.metrics)
        for result in scores:
            metric = scorer.metrics[result.metric]
            assert result.value is None or metric.low <= result.value <= metric.high
            assert result.reason
            assert all(0 <= span.start < span.end <= len(reply) for span in result.spans)


def test_none_does_not_tell_right_from_wrong() -> None:
    """In every format, right and wrong replies of a sample of the benchmark's grid are judged alike."""
    grid = [case for case in benchmark.cases() if case.kind != "near miss"][::17]
    judged = [(case, benchmark.judged(case).value) for case in grid]
    assert [(case.reply, value) for case, value in judged if value not in (None, float(case.right))] == []
    for kind in ("number", "choice"):
        sides = [
            [value is None for case, value in judged if (case.kind, case.right) == (kind, right)]
            for right in (True, False)
        ]
        rates = [sum(side) / len(side) for side in sides]
        assert abs(rates[0] - rates[1]) < 0.01


def test_no_near_miss_is_accepted() -> None:
    near = [case for case in benchmark.cases() if case.kind == "near miss"]
    assert [case.reply for case in near if benchmark.judged(case).value == 1] == []


HOSTILE = {
    "logarithms": r"\ln 2" * 4_000,
    "quotients of logarithms": r"\log 2/" * 2_800,
    "numbers": "341 s, baseline " * 1_000,
    "options": "A) B) not C " * 1_200,
    "quotes": '"a" ' * 4_000,
    "code": "`a`, " * 3_500,
    "phrases": "only cannot be longer than " * 700,
    "table": "| A | yes |\n" * 1_500,
    "list": "1. A\n" * 4_000,
    "bold": "**B** 341 s " * 1_500,
    "digits": "9" * 20_000,
    "exponents": "9^9" * 6_000,
    "labels": "**Answer:** B\n" * 1_400,
    "brackets": "(" * 20_000,
    "boxes": r"\boxed{" * 2_800,
    "words": "a " * 10_000,
    "one word": "a" * 20_000,
    "arrows": "a → " * 4_500,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_scored(name: str) -> None:
    for scorer in ALL:
        assert scorer.score(Conversation(QUESTION, (HOSTILE[name],)))


def test_scorers_that_run_in_process_say_so() -> None:
    assert not any(scorer.isolated for scorer in ALL)
