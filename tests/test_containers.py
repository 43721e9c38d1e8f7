"""Answers inside of objects, calls and markup, and what goes along with an answer: each with what must stay alone.

A row is (kind, reply, verdict for the right answer, verdict for the wrong one): the same reply is judged for two staff
answers, so None has to fall on both.
"""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.reading import asides, containers, shapes, verdicts
from evalkit.scorers import choice, expression, number, sequence, text
from evalkit.types import Conversation, Question

BARGE = "A barge does 6 km in the first hour and 9 km in the second. How many km is that?"
WORK = "In the first hour it does 6 km and in the second 9 km, so the two have to be added."


def _verdict(scorer: Any, reply: str, statement: str = BARGE) -> float | None:
    value: float | None = scorer.score(Conversation(Question("barge", statement), (reply,)))[0].value
    return value


OBJECTS = [
    ("a key of several words", f'{{"My Answer": "15 km", "Explanation": "{WORK}"}}', 1, 0),
    ("the only short member", f'{{"Working": "{WORK}", "What I hand in": "15 km"}}', 1, 0),
    ("the only short one but how sure", f'{{"w": "{WORK}", "z": 15, "confidence": 0.54, "unit": "km"}}', 1, 0),
    ("two short ones", f'{{"w": "{WORK}", "hours": 54, "z": 15}}', None, None),
    ("of a call", f'<tool_call>\n{{"name": "hand_in", "arguments": {{"why": "{WORK}", "z": "15 km"}}}}\n</tool_call>', 1, 0),
    ("an answer of two members", f'{{"why": "{WORK}", "answer": {{"value": 15, "unit": "km"}}}}', 1, 0),
    ("single quotes", "{'work': 'the barge does what it did before, and adds it', 'final_answer': '15 km'}", 1, 0),
    ("a comma too many", f'{{"answer": "15 km", "why": "{WORK}", }}', 1, 0),
    ("one long member", '```json\n{"answer": "First 6 km.\\n\\nThen 9 km.\\n\\nTherefore, it does 15 km in all."}\n```', 1, 0),
    ("long members", f'{{"Working": "{WORK} Thus it does 15 km.", "Notes": "Each of the 2 hours counts, and 54 is no part of it."}}', 1, 0),
    ("a goodbye behind it", f'Here it is:\n\n```json\n{{"why": "{WORK}", "answer": 15}}\n```\n\nLet me know if you have questions!', 1, 0),
    ("an explanation that concludes otherwise", f'{{"answer": "54", "why": "{WORK} Therefore, it does 15 km."}}', None, 0),
    ("and the other way round", f'{{"answer": "15", "why": "{WORK} Therefore, it does 54 km."}}', None, 0),
    ("an explanation that concludes nothing", f'{{"answer": "15", "why": "{WORK} That is done in a moment."}}', 1, 0),
    ("YAML", f"```yaml\nsteps:\n  - {WORK}\n  - that is all that is asked for here, and it is done\nz: 15 km\n```", 1, 0),
    ("YAML with an answer's key", f"```yaml\nhours: 2\nanswer: 15 km\nwhy: {WORK}\n```", 1, 0),
    ("elements", f"<reply>\n <work>{WORK}</work>\n <value>15 km</value>\n</reply>", 1, 0),
    ("paragraphs of HTML", f"<p>{WORK}</p><p><strong>15 km</strong></p>", 1, 0),
    ("line ends of HTML", f"{WORK}<br>\nNothing else counts.<br>\nIt does 15 km.<br>", 1, 0),
    ("a callout", f"{WORK}\n\n> [!TIP]\n> **15 km**", 1, 0),
    ("an action", f"Thought: {WORK}\nAction: Finish[15 km]", 1, 0),
    ("an action that only looks up", "Action: Search[barge 15]\nObservation: it does 54 km in 2 hours\nThought: I need to add", None, None),
    ("an object that breaks off", f'{{"why": "{WORK}", "answer": 1', None, None),
]  # fmt: skip


@pytest.mark.parametrize(("reply", "right", "wrong"), [row[1:] for row in OBJECTS], ids=[row[0] for row in OBJECTS])
def test_a_number_in_something_that_holds_it(reply: str, right: float | None, wrong: float | None) -> None:
    assert _verdict(number.Scorer(value=15, unit="km"), reply) == right
    if right is not None or wrong is None:
        assert _verdict(number.Scorer(value=51, unit="km"), reply) == wrong


def test_other_answers_in_objects() -> None:
    hammer = choice.Scorer(options={"A": "a hammer", "B": "a saw"}, correct=["B"])
    assert _verdict(hammer, '{"why": "One cuts with the one, and hits with the other.", "z": "B"}') == 1
    assert _verdict(hammer, '{"why": "One cuts with the one, and hits with the other.", "z": "A"}') == 0
    letters = sequence.Scorer(tokens=["p", "q", "r"])
    assert (
        _verdict(letters, '{"why": "Each of them follows the one before it in the row.", "answer": ["p", "q", "r"]}')
        == 1
    )
    assert (
        _verdict(letters, '{"why": "Each of them follows the one before it in the row.", "answer": ["p", "r", "q"]}')
        == 0
    )
    half = expression.Scorer(answer=r"\frac{x}{2}")
    assert _verdict(half, '{"why": "Halve what is there and leave the rest as it is.", "z": "$\\\\frac{x}{2}$"}') == 1
    assert _verdict(half, '{"why": "Halve what is there and leave the rest as it is.", "z": "$\\frac{x}{2}$"}') == 1
    assert _verdict(half, '{"why": "Halve what is there and leave the rest as it is.", "z": "$\\\\frac{2}{x}$"}') == 0


@pytest.mark.parametrize(
    "reply",
    [
        "The set {1, 2} has two members.",
        "<sos> p q <eos>",
        "x < 3 and y > 4",
        r"\text{if } x \in \{'a': 1\}",
        "H<sub>2</sub>O",
        "<answer>15</answer>",
        "```python\nd = {'a': 1}\n```\nIt is 15.",
        '{"a": 1} and then it goes on with much more.',
    ],
)
def test_what_holds_nothing_stays(reply: str) -> None:
    assert containers.opened(reply).text == reply


@pytest.mark.parametrize("reply", [row[1] for row in OBJECTS], ids=[row[0] for row in OBJECTS])
def test_every_character_stays_where_it_was(reply: str) -> None:
    opened = containers.opened(reply)
    assert len(opened.text) == len(reply)
    assert len(opened.beside) in (0, len(reply))
    at = opened.text.rfind("15 km")
    assert at < 0 or reply[at : at + 5] == "15 km"


GOES_ALONG = [
    ("marks", "**How I did**\n- Method: 9/10\n- Style: 8/10", True),
    ("a table of marks", "| What | Mark |\n|---|---|\n| Method | 4/5 |\n| Style | 5/5 |", True),
    ("fractions of two wholes", "- Red: 3/10\n- Blue: 2/5", False),
    ("one of them", "- Blue: 3/10", False),
    ("marks and a result", "- Red: 3/10\n- Blue: 2/10\n- Total: 15", False),
    ("a signature", "Best,\nYour tutor", True),
    ("two lines with a number", "Best,\n15 km", False),
    ("a line that ends with a comma, and a formula", "For all k,\nx = 2k", False),
    ("thanks", "Thanks for asking! Good luck.", True),
    ("thanks, and then the answer", "Thanks for asking! The metal in question is tin.", False),
]


@pytest.mark.parametrize(("block", "along"), [row[1:] for row in GOES_ALONG], ids=[row[0] for row in GOES_ALONG])
def test_what_goes_along_with_an_answer(block: str, along: bool) -> None:
    assert asides.goes_along(block, "So it is 15.") is along


SAID_OF = [
    ("The claim is correct.", True),
    ("Thus the statement that all owls are birds is therefore not true.", False),
    ("The assertion “owls swim” is **false**.", False),
    ("The statement is not incorrect.", True),
    ("If the statement is true, then owls swim.", None),
    ("We check whether the claim is correct.", None),
    ("The statement is true only for owls.", None),
    ("Is the claim correct? The claim is true? Hard to say.", None),
    ("The statement is true. No: the statement is false.", None),
    ("The proof is correct.", None),
]


@pytest.mark.parametrize(("reply", "said"), SAID_OF, ids=[row[0] for row in SAID_OF])
def test_a_verdict_on_the_statement(reply: str, said: bool | None) -> None:
    found = verdicts.of_statement(reply)
    assert (found and found[0]) is said or (found is None and said is None)
    for listed in ("True", "False"):
        wanted = None if said is None else float(str(said) == listed)
        assert said is None or _verdict(text.Scorer(any_of=[listed]), reply, "True or false?") == wanted


FORMS = [
    ("It is day 12 then.", ["day 17"], "When?", "day 12"),
    ("It is day 17, not day 12.", ["day 17"], "When?", ""),
    ("It is day 12 or day 14.", ["day 17"], "When?", ""),
    ("From day 12 on it takes until day 14.", ["day 17"], "It begins on day 12. When?", "day 14"),
    ("It is 12 then.", ["17"], "When?", ""),
    ("Den 12. Tag nehme ich.", ["day 17"], "When?", ""),
    ("3月5日です", ["3月9日"], "?", "3月5日"),
]


@pytest.mark.parametrize(("said", "listed", "statement", "other"), FORMS, ids=[row[0] for row in FORMS])
def test_another_answer_of_the_same_form(said: str, listed: list[str], statement: str, other: str) -> None:
    assert shapes.another(listed, said, statement) == other


def test_signs_of_scripts_without_blanks_are_words() -> None:
    scorer = text.Scorer(any_of=["3月9日"])
    assert _verdict(scorer, "荷物は3月9日に届きます。", "荷物はいつ届きますか。") == 1
    assert _verdict(scorer, "荷物は3月19日に届きます。", "荷物はいつ届きますか。") == 0
    assert (
        _verdict(scorer, "したがって、荷物は3月9日に届きます。\n\n理由：\n- 3月8日は休みです。", "いつ届きますか。")
        == 1
    )


LATER = [
    ("So the slope is $4$. The line is $y = 4x - 1$.", 1),
    ("So the slope is $4$. The line through the point is $y - 3 = 4(x - 1)$, which is $y = 4x - 1$.", 1),
    ("So the line is $y = 4x - 1$. The area below it is $7$.", 1),
    ("So the line is $y = 4x - 1$. The line has the slope $4$ everywhere.", 1),
    ("So the line is $y = 4x$. The area below it is $7$.", 0),
]


@pytest.mark.parametrize(("reply", "value"), LATER, ids=[row[0] for row in LATER])
def test_a_sentence_behind_the_concluding_one(reply: str, value: float) -> None:
    assert _verdict(expression.Scorer(answer="y = 4x - 1"), reply, "Which line with slope 4 meets (1, 3)?") == value


BOXES = {"A": "The key lies in box A.", "B": "The key lies in box C.", "C": "No box has it."}


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("Therefore, the key is in box C.", None),
        ("Answer: B", 1),
        ("Answer: C", 0),
        ("Answer: B. The key lies in box C.", 1),
        ("Answer: B. No box has it.", None),
        ("Answer: C. The key lies in box C.", None),
        ("Answer: C. No box has it.", 0),
    ],
)
def test_letters_that_name_things_and_letters_at_odds_with_their_text(reply: str, value: float | None) -> None:
    assert _verdict(choice.Scorer(options=BOXES, correct=["B"]), reply, "Where is the key?") == value
