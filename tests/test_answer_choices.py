"""Options as models choose them: by letter, by text, below a list; none of them, and what chooses nothing."""

from __future__ import annotations

import pytest

from evalkit.scorers import choice
from tests.test_answer_kinds import judged

LISTED = "- A) Paris: the seat.\n- B) Lyon: large.\n- C) Nice: on the coast.\n- D) Lille: in the north.\n\n"
CITIES = {"A": "Paris", "B": "Lyon", "C": "Nice", "D": "Lille"}
CHOICES: list[tuple[str, str]] = [
    ("alone below a list", LISTED + "(@)"),
    ("with its text below a list", LISTED + "@. #"),
    ("in a paragraph below a list", LISTED + "@ — # is the capital of France."),
    ("two sentences below a list", LISTED + "**@**. # is the capital of France."),
    ("the best answer", LISTED + "Best answer: @"),
    ("a label and its reason", LISTED + "Correct Answer: @) #\n\nReasoning: it is the seat of government."),
    ("the best below a list", LISTED + "Based on that, the best choice would be (@) #."),
    ("said again", "B is right. No, @ is right."),
    ("a sentence below a list", LISTED + "So the answer must be @."),
    ("before a verb", "@ seems right."),
    ("before an object", "Of these, @ hosts the government."),
    ("before a modal", "@ must be where it sits."),
    ("behind an arrow", LISTED + "=> @"),
    ("before an article", "That makes @ the correct answer."),
    ("a note in the label", "Among A through D, the answer (one letter) is @."),
    ("first, then broken off", " @.\n\nThe capital is where the government sits and"),
]


@pytest.mark.parametrize("reply", [row[1] for row in CHOICES], ids=[row[0] for row in CHOICES])
@pytest.mark.parametrize("right", "AD")
def test_choices(reply: str, right: str) -> None:
    scorer = choice.Scorer(options=CITIES, correct=[right])
    found = [judged(scorer, reply.replace("@", letter).replace("#", CITIES[letter])) for letter in CITIES]
    assert found == [float(letter == right) for letter in CITIES]


CHOOSE_NOTHING: list[tuple[str, str]] = [
    ("a list alone", LISTED),
    ("two below a list", LISTED + "A or B."),
    ("a look below a list", LISTED + "Let me look at option B once more."),
    ("undecided below a list", LISTED + "I cannot decide between A and B."),
    ("another option, broken off", "B\n\nThis is a capital. Option A, on the other hand, is"),
    ("what some say", LISTED + "Some say B."),
    ("what many would say", LISTED + "Many people would answer B."),
    ("tempting", LISTED + "B is tempting."),
    ("cut off", LISTED + "If we pick B"),
    ("supposed", LISTED + "Suppose it is (B)."),
    ("an alternative that was begun", "The answer is either B or"),
    ("a conclusion that was begun", "B is large. Therefore, option"),
    ("likewise out", "A is out; C is out; so is B."),
    ("what some say of it", LISTED + "B (Lyon) is large, though."),
    ("supposed of the best", LISTED + "Suppose the best city is (B)."),
    ("all crossed", "A ✗, B ✗, C ✗"),
    ("a cross before each", "❌ A ❌ B ❌ C"),
    ("said and denied", "Some would say A is right, but it is wrong. B is not right either."),
    ("shares of options", "Option A: 10%\nOption B: 70%\nOption C: 10%\nOption D: 10%"),
    ("likewise wrong", "A is wrong, and so is B."),
    ("A as a name", "A student has a car. A does her homework there."),
    ("works", "A works of art."),
    ("matches", "A matches box is empty."),
    ("will", "A will is a document."),
    ("can", "A can of beans."),
]


@pytest.mark.parametrize("reply", [row[1] for row in CHOOSE_NOTHING], ids=[row[0] for row in CHOOSE_NOTHING])
def test_what_chooses_nothing(reply: str) -> None:
    assert [judged(choice.Scorer(options=CITIES, correct=[letter]), reply) for letter in "AB"] == [None, None]


NO_CITY = {"A": "Paris", "B": "Lyon", "C": "Nice", "D": "None of the above"}
NONE_OF_THEM: list[tuple[str, str]] = [
    # (reply, the option that it chooses: none, or ? where that cannot be told)
    ("d - None of the above", "D"),
    ("None of them is.", "D"),
    ("None of the given options fits.", "D"),
    ("Answer: none of these", "D"),
    ("Therefore, none of the above is correct.", "D"),
    (r"\boxed{none}", "D"),
    ("It is none of these.", "D"),
    ("None of them is. Then again, B is right.", "B"),
    ("No option is correct.", "D"),
    ("No option is correct but B.", "B"),
    ("None of them but B.", "B"),
    ("None of the others hosts the data, so B.", "B"),
    ("None of the others fits. B it is.", "B"),
    ("None of the other options is on the coast: it is B.", "B"),
    ("Answer: unknown", ""),
    ("Answer: cannot be determined", ""),
    ("Answer: impossible", "?"),
    ("None of them hosts the data.", "?"),
    ("None of the listed cities is the capital.", "?"),
]


@pytest.mark.parametrize(("reply", "chosen"), NONE_OF_THEM, ids=[reply for reply, _ in NONE_OF_THEM])
def test_none_of_them_may_be_an_option(reply: str, chosen: str) -> None:
    wanted = None if chosen == "?" else chosen
    found = {letter: judged(choice.Scorer(options=NO_CITY, correct=[letter]), reply) for letter in NO_CITY}
    assert found == {letter: None if wanted is None else float(letter == wanted) for letter in NO_CITY}


@pytest.mark.parametrize(
    "reply",
    ["None of the others fits, so B.", "None of the first two fits. It is B.", "None of the others fits. B it is."],
)
def test_none_of_some_leaves_one(reply: str) -> None:
    assert [judged(choice.Scorer(options=CITIES, correct=[letter]), reply) for letter in "AB"] == [0, 1]


@pytest.mark.parametrize(
    "reply", ["None of these is.", "None of the cities is the capital.", "None of the listed options fits."]
)
def test_none_of_them_is_an_answer(reply: str) -> None:
    assert judged(choice.Scorer(options=CITIES, correct=["A"]), reply) == 0


@pytest.mark.parametrize(
    "form", ["Answer: {}. {}", "The answer is {}. {}", r"\boxed{{{}}}. {}", "Answer: {}) {}", "**{}) {}**"]
)
@pytest.mark.parametrize("right", "AB")
def test_an_option_that_begins_with_no_takes_nothing_back(form: str, right: str) -> None:
    options = {"A": "Yes, it grows", "B": "No, it shrinks"}
    scorer = choice.Scorer(options=options, correct=[right])
    assert [judged(scorer, form.format(*option)) for option in options.items()] == [right == "A", right == "B"]


def test_a_list_behind_a_phrase_is_the_whole_answer() -> None:
    several = choice.Scorer(options=CITIES, correct=["A", "B"], many=True)
    assert judged(several, "The correct answers are:\n- A) Paris\n- B) Lyon") == 1
    assert judged(several, "A) True\nB) True\nC) False\nD) False") == 1
