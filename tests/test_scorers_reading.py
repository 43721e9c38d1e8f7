"""The scorers `grounding` and `rubric`: tables by hand, and hostile replies."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit import plugins
from evalkit.scorers.grounding import MOST_JUDGED
from evalkit.types import Conversation, Question, Score

PASSAGE = """The old record stood at 323 seconds. Our run trains for 297 seconds, in 35 epochs, on one of 8 GPUs, and
reaches 94% on the test set; two of five seeds fail. Each epoch covers 50,000 training images. Data loading takes 12% of
the time."""
ASKED = "How long does the run take? A day has 24 hours."


def scored(name: str, text: str, **fields: Any) -> dict[str, Score]:
    scorer = plugins.load("scorers", name).Scorer.model_validate(fields)
    conversation = Conversation(Question("set/a", ASKED, passage=PASSAGE), (text,))
    return {s.metric: s for s in scorer.score(conversation)}


GROUNDED = [
    ("as it stands", "It takes 297 seconds.", ["supported"]),
    ("converted", "It takes 4 min 57 s, or 0.0825 hours.", ["supported", "supported"]),
    ("converted and rounded", "It went from 5.38 min to 4.8 min.", ["supported", "unsupported"]),
    ("rounded in its own unit", "It takes 297.4 seconds.", ["unsupported"]),
    ("another number", "It takes 279 seconds.", ["unsupported"]),
    ("another unit", "It takes 297 minutes.", ["unsupported"]),
    ("about, near enough", "It takes about 300 seconds.", ["supported"]),
    ("not about", "It takes 300 seconds.", ["unsupported"]),
    ("about, too far", "It takes roughly 250 s.", ["unsupported"]),
    ("a count", "It runs 35 epochs.", ["supported"]),
    ("a wrong count", "It runs 53 epochs.", ["unsupported"]),
    ("a noun that the passage does not count", "There are 7 authors.", []),
    ("no unit", "See item 4.", []),
    ("per cent", "The accuracy is 94 %.", ["supported"]),
    ("wrong per cent", "The accuracy is 96%.", ["unsupported"]),
    ("a ratio in words", "Two of five seeds fail.", ["supported"]),
    ("a ratio as a share", "40% of the seeds fail.", ["supported"]),
    ("a tenth", "A tenth of the seeds fail.", ["unsupported"]),
    ("thousands", "Each epoch covers 50k images.", ["supported"]),
    ("wrong thousands", "Each epoch covers 60k training images.", ["unsupported"]),
    ("another ratio", "Three of five seeds fail.", ["unsupported"]),
    ("a difference", "It saves 26 seconds.", ["derived"]),
    ("a wrong difference", "It saves 62 seconds.", ["unsupported"]),
    ("a total", "Together that is 620 s.", ["derived"]),
    ("a quotient", "It is 1.09 times faster.", ["derived"]),
    ("a difference in another unit", "It saves 0.43 minutes.", ["derived"]),
    ("a multiple", "The record took 1.09 times as long.", ["derived"]),
    ("a wrong multiple", "The record took 1.9 times as long.", ["unsupported"]),
    ("time for each, with the quotient", "That is 8.5 s per epoch (297/35).", ["derived", "computed"]),
    ("time for each", "That is 8.5 s per epoch.", ["derived"]),
    ("a wrong time for each", "That is 9.5 s per epoch.", ["unsupported"]),
    ("a relative change", "It is 8% faster.", ["derived"]),
    ("a shown calculation", "297 s / 60 = 4.95 h.", ["supported", "computed"]),
    ("a bound", "It takes less than 300 seconds.", ["bound"]),
    ("denied", "It does not take 400 seconds.", ["denied"]),
    ("of the question", "A day has 24 hours.", ["other"]),
    ("supposed", "If you had 600 seconds, nothing would change.", ["other"]),
    ("grouped digits", "Each epoch covers 50,000 training images.", ["supported"]),
    ("a place", "In step 12 s is defined.", []),
]


@pytest.mark.parametrize(("name", "text", "expected"), GROUNDED, ids=[g[0] for g in GROUNDED])
def test_grounding(name: str, text: str, expected: list[str]) -> None:
    found = scored("grounding", text)
    assert [n["status"] for n in found["supported"].details["numbers"]] == expected, name
    counted = [s for s in expected if s in ("supported", "unsupported")]
    share = counted.count("supported") / len(counted) if counted else None
    assert (found["supported"].value, found["unsupported"].value) == (share, expected.count("unsupported"))


def test_grounding_needs_a_passage() -> None:
    scorer = plugins.load("scorers", "grounding").Scorer()
    assert {s.value for s in scorer.score(Conversation(Question("set/a", ASKED), ("297 s",)))} == {None}


def test_spans_of_numbers_are_those_of_the_reply() -> None:
    text = "**Answer:** it takes *297 seconds*, not 5 hours; 94% accuracy."
    for n in scored("grounding", text)["supported"].details["numbers"]:
        assert text[n["start"] : n["end"]].strip("*").startswith(n["text"][:2])


SIZE = 50_000
HOSTILE = [
    "1 of ", "9", "9 ", "1:", "1/", "99% ", "1,000,", '"', '"a ', "“a” ", "“", "(", "١٢٣ ", "10^", "3x ", "5 s 6 ms 7 h ",
    "the passage says 12 s. ", "1.", "-1", "2 times ", "one third of ", "- 1\n", "> 1\n", "| 1 | 2 |\n", "1e", "$1$ ",
    "\\frac{1}{2} ", "297 s and ", "about ", "two-", "9^64% 1e999 s ", "３４１ s ", "²³⁴ s ", "\u200b", "# a\n", "[" , "is not ",
]  # fmt: skip


@pytest.mark.timeout(45)
@pytest.mark.parametrize("scorer", ["grounding", "rubric", "quotes"])
@pytest.mark.parametrize("piece", HOSTILE, ids=lambda p: repr(p)[:16])
def test_hostile_replies_are_judged(scorer: str, piece: str) -> None:
    """Each takes well under a second; quadratic work would take minutes."""
    fields = {"required": [{"name": "a", "any_of": ["runs ... epochs"]}]} if scorer == "rubric" else {}
    found = scored(scorer, piece * (SIZE // len(piece)), **fields)
    assert found
    assert all(len(s.details.get("numbers", ())) <= MOST_JUDGED for s in found.values())


POINTS = {
    "required": [
        {"name": "both", "any_of": [["longer", "more time"], ["loading"]], "at_least": 2},
        {"name": "reason", "any_of": ["data ... bottleneck"], "otherwise": "unjudged"},
    ],
    "forbidden": [{"name": "wrong", "any_of": ["never fails"], "instead_of": "reason"}],
    "numbers": [{"name": "time", "value": 297, "unit": "s", "tolerance": 0.5}],
    "form": [{"name": "list", "has": "list", "at_least": 2}],
    "words": {"low": 5, "high": 60},
}
GOOD = "- It takes longer, 297 s, because of loading.\n- The data pipeline is the bottleneck here."
RUBRIC = [
    ("all", GOOD, 1.0),
    ("another wording", GOOD.replace("longer", "more time"), 1.0),
    ("another unit", GOOD.replace("297 s", "4 min 57 s"), 1.0),
    ("one idea missing", GOOD.replace("longer, ", ""), 5 / 6),
    ("denied", GOOD.replace("is the bottleneck", "is not a bottleneck"), 5 / 6),
    ("no wording found", GOOD.replace("bottleneck", "limiting part"), None),
    ("the wrong thing instead", GOOD.replace("the bottleneck", "the part that never fails"), 4 / 6),
    ("number missing", GOOD.replace("297", "279"), 5 / 6),
    ("no list", GOOD.replace("- ", "").replace("\n", " "), 5 / 6),
    ("too long", GOOD + " word" * 60, 5 / 6),
    ("empty", "", None),
]


@pytest.mark.parametrize(("name", "text", "share"), RUBRIC, ids=[r[0] for r in RUBRIC])
def test_rubric(name: str, text: str, share: float | None) -> None:
    found = scored("rubric", text, **POINTS)
    assert found["share"].value == (share if share is None else pytest.approx(share)), name
    assert found["judged"].value is None
    assert share is not None or "needs a judge or a person: reason" in found["share"].reason


def test_what_a_judge_must_decide_is_never_guessed() -> None:
    found = scored("rubric", "Anything.", judge=[{"name": "own words", "asks": "Is it in the writer's own words?"}])
    assert (found["share"].value, found["judged"].value) == (None, None)
    assert "own words" in found["judged"].reason


STATION = """Of 20 gauges along the coast, 12 were fitted with a radar. The keeper noted 1,460 readings, of which 73 were lost.
A gauge gives 4 readings a day; one roll of paper lasts 14 days. The run takes 297 seconds for 35 epochs; 62% of the time
is spent in loading. The gauges ran on 25 of the 30 days. The new model is small."""
TOGETHER = [
    ("8 of the 20 gauges had no radar.", "derived"),
    ("9 of the 20 gauges had no radar.", "unsupported"),
    ("So 60% of the gauges had one.", "derived"),
    ("So 65% of the gauges had one.", "unsupported"),
    ("12 out of 20 had one.", "derived"),
    ("1,387 readings were kept.", "derived"),
    ("1,378 readings were kept.", "unsupported"),
    ("95% of the readings survived.", "derived"),
    ("Data loading takes about 184 s.", "derived"),
    ("Data loading takes about 150 s.", "unsupported"),
    ("An epoch takes almost 8.5 s.", "derived"),
    ("An epoch takes 9.5 s.", "unsupported"),
    ("Per epoch 5.3 s go into loading.", "derived"),
    ("There are 28 readings in a week.", "derived"),
    ("There are 30 readings in a week.", "unsupported"),
    ("So 56 readings fit on one roll.", "derived"),
    ("They stood still on 5 days.", "derived"),
    ("They stood still on 7 days.", "unsupported"),
    ("The new model is six times faster.", "unsupported"),
]


@pytest.mark.parametrize(("text", "expected"), TOGETHER, ids=[text for text, _ in TOGETHER])
def test_numbers_of_one_sentence_belong_together(text: str, expected: str) -> None:
    scorer = plugins.load("scorers", "grounding").Scorer()
    found = scorer.score(Conversation(Question("set/a", "What?", passage=STATION), (text,)))
    assert [n["status"] for n in found[0].details["numbers"]] == [expected]
