"""A judge's replies are read strictly: what is not the JSON that was asked for says nothing, and never 0."""

from __future__ import annotations

import json

import pytest

from evalkit.reading import votes
from evalkit.types import Score, Vote

TWO = ("first", "second")
READING = {"relations": [{"text": "a = b", "role": "claim"}], "scopes": []}


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        ("answer", '{"right": true}', {"right": True}),
        ("answer", ' {"reason": "same value",\n "right": false} ', {"right": False}),
        ("answer", '```json\n{"right": true}\n```', {"right": True}),
        ("answer", '```\n{"right": true}\n```', {"right": True}),
        ("rubric", '{"met": [true, false]}', {"met": {"first": True, "second": False}}),
        ("approach", '{"reason": "", "levels": [0, 3]}', {"levels": {"first": 0, "second": 3}}),
        ("sound", '{"first_wrong": null}', {"first_wrong": None}),
        ("sound", '{"first_wrong": "so 2 = 3"}', {"first_wrong": "so 2 = 3"}),
    ],
    ids=str,
)
def test_a_vote_of_the_form_asked_for(kind: str, text: str, found: dict[str, object]) -> None:
    assert votes.read(kind, text, TWO).found == found


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("answer", ""),
        ("answer", "true"),
        ("answer", "The answer is right."),
        ("answer", 'It is wrong. {"right": true}'),
        ("answer", '{"right": true} {"right": false}'),
        ("answer", '{"right": true, "right": false}'),
        ("answer", '{"right": 1}'),
        ("answer", '{"right": "true"}'),
        ("answer", '{"right": null}'),
        ("answer", '{"right": true, "score": 10}'),
        ("answer", '{"reason": "no verdict"}'),
        ("answer", '{"reason": ["a"], "right": true}'),
        ("answer", '[{"right": true}]'),
        ("answer", '{"right": true'),
        ("answer", "[" * 100_000),
        ("answer", '{"reason": "' + "x" * 30_000 + '", "right": true}'),
        ("rubric", '{"met": [true]}'),
        ("rubric", '{"met": [true, false, true]}'),
        ("rubric", '{"met": {"first": true, "second": false}}'),
        ("rubric", '{"met": [1, 0]}'),
        ("approach", '{"levels": [4, 0]}'),
        ("approach", '{"levels": [-1, 0]}'),
        ("approach", '{"levels": [2.0, 0]}'),
        ("approach", '{"levels": [true, false]}'),
        ("approach", '{"levels": [NaN, 0]}'),
        ("sound", '{"first_wrong": ""}'),
        ("sound", '{"first_wrong": false}'),
    ],
    ids=lambda value: str(value)[:40],
)
def test_anything_else_says_nothing(kind: str, text: str) -> None:
    vote = votes.read(kind, text, TWO)
    assert vote.found is None
    assert "judge" in vote.reason


@pytest.mark.parametrize("kind", votes.KEYS)
def test_what_the_schema_asks_for_is_what_is_read(kind: str) -> None:
    schema = votes.schema(kind)
    key = next(name for name in schema["properties"] if name != "reason")
    sample = {"answer": True, "rubric": [True, True], "approach": [3, 1], "sound": None, "reading": READING}[kind]
    assert votes.read(kind, json.dumps({"reason": "because", key: sample}), TWO).found is not None
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == {"reason", key}


def told(*values: bool | None) -> list[Vote]:
    return [Vote(None, "the judge said nonsense") if v is None else Vote({"right": v}, f"saw {v}") for v in values]


@pytest.mark.parametrize(
    ("given", "value", "says"),
    [
        ((), None, "not asked"),
        ((True,), 1.0, "saw True"),
        ((False,), 0.0, "saw False"),
        ((True, True, False), 1.0, "2 of 3 votes"),
        ((True, False), None, "split"),
        ((None,), None, "nonsense"),
        ((None, True), None, "nonsense"),
        ((None, True, True), 1.0, "2 of 3 votes"),
        ((None, True, False), None, "split"),
        ((None, None, True, True), None, "nonsense"),
    ],
    ids=str,
)
def test_several_votes(given: tuple[bool | None, ...], value: float | None, says: str) -> None:
    found = votes.settled(told(*given), lambda vote: float(vote["right"]))
    assert found[0] == value
    assert says in found[1]


def test_the_spread_is_kept() -> None:
    _, _, details = votes.settled(told(True, None, False), lambda vote: float(vote["right"]))
    assert details == {"by": "judge", "votes": [1.0, None, 0.0]}


@pytest.mark.parametrize(
    ("said", "stands"),
    [((3, 2, 2), 2), ((0, 2, 2, 3), 2), ((3, 1, 2), None), ((0, 0, 1, 3, 3), None), ((1, 1, 1, 3, 3), 1)],
    ids=str,
)
def test_levels_have_a_median_that_half_of_the_votes_say(said: tuple[int, ...], stands: float | None) -> None:
    levels = [Vote({"levels": {"svd": level}}) for level in said]
    assert votes.settled(levels, lambda vote: vote["levels"].get("svd"))[0] == stands
    assert votes.settled(levels, lambda vote: vote["levels"].get("other"))[0] is None


def test_a_score_stays_without_votes_and_says_who_filled_it() -> None:
    none = Score("correct", None, "none of the statements is made", details={"how": "labelled"})
    assert votes.in_place_of(none, [], lambda vote: 1.0) is none
    filled = votes.in_place_of(none, told(True), lambda vote: float(vote["right"]))
    assert filled.value == 1.0
    assert filled.details == {"how": "labelled", "by": "judge", "votes": [1.0]}
    assert "none of the statements is made; the judge" in filled.reason
