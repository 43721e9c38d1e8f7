"""Answers inside of objects, calls and markup, and what is said of a statement: each with what must stay alone.

A row is (kind, reply, verdict for the right answer, verdict for the wrong one): the same reply is judged for two staff
answers, so None has to fall on both.
"""

from __future__ import annotations

import time
from typing import Any

import pytest

from evalkit.reading import containers, verdicts
from evalkit.scorers import choice, expression, number, sequence, text
from evalkit.types import Conversation, Question

BARGE = "A barge does 6 km in the first hour and 9 km in the second. How many km is that?"
WORK = "In the first hour it does 6 km and in the second 9 km, so the two have to be added."


def _verdict(scorer: Any, reply: str, statement: str = BARGE) -> float | None:
    value: float | None = scorer.score(Conversation(Question("barge", statement), (reply,)))[0].value
    return value


OBJECTS = [
    ("a key of several words", f'{{"My Answer": "15 km", "Explanation": "{WORK}"}}', 1, 0),
    ("a suffixed key behind it", '{"answer": "15 km", "common_wrong_answer": "51 km"}', 1, 0),
    ("a prefixed one", '{"final_answer": 15, "second_result": "51 km", "number_of_answers": 1}', 1, 0),
    ("only a prefixed one", f'{{"why": "{WORK}", "worst_option": 51}}', None, None),
    ("two that differ", f'{{"why": "{WORK}", "my choice": 51, "final option": 15}}', None, None),
    ("the only short member", f'{{"w": "{WORK}", "hours": 54}}', None, None),
    ("of a call", f'<tool_call>\n{{"name": "hand_in", "arguments": {{"why": "{WORK}", "final": "15 km"}}}}\n</tool_call>', 1, 0),
    ("an answer of two members", f'{{"why": "{WORK}", "answer": {{"value": 15, "unit": "km"}}}}', 1, 0),
    ("single quotes", "{'work': 'the barge does what it did before, and adds it', 'final_answer': '15 km'}", 1, 0),
    ("a comma too many", f'{{"answer": "15 km", "why": "{WORK}", }}', 1, 0),
    ("a long answer", '```json\n{"answer": "First 6 km.\\n\\nThen 9 km.\\n\\nTherefore, it does 15 km in all."}\n```', 1, 0),
    ("a goodbye behind it", f'Here it is:\n\n```json\n{{"why": "{WORK}", "answer": 15}}\n```\n\nLet me know if you have questions!', 1, 0),
    ("prose that answers before", 'The answer is 15 km.\n\n```json\n{"first_hour": 6, "option": "51 km"}\n```', 1, 0),
    ("an explanation that concludes otherwise", f'{{"answer": "54", "why": "{WORK} Therefore, it does 15 km."}}', None, 0),
    ("and the other way round", f'{{"answer": "15", "why": "{WORK} Therefore, it does 54 km."}}', None, 0),
    ("an explanation that concludes nothing", f'{{"answer": "15", "why": "{WORK} That is done in a moment."}}', 1, 0),
    ("a flag", f'{{"answer": "15 km", "why": "{WORK}", "final": true}}', 1, 0),
    ("paragraphs of HTML", f"<p>{WORK}</p><p><strong>15 km</strong></p>", 1, 0),
    ("line ends of HTML", f"{WORK}<br>\nNothing else counts.<br>\nIt does 15 km.<br>", 1, 0),
    ("bold of HTML", "It does <b>15</b> km, that is <b>9</b> more than it did in the first hour.", 1, 0),
    ("a callout", f"{WORK}\n\n> [!TIP]\n> **15 km**", 1, 0),
    ("an action", f"Thought: {WORK}\nAction: Finish[15 km]", 1, 0),
    ("an object that breaks off", f'{{"why": "{WORK}", "answer": 1', None, None),
]  # fmt: skip


@pytest.mark.parametrize(("reply", "right", "wrong"), [row[1:] for row in OBJECTS], ids=[row[0] for row in OBJECTS])
def test_a_number_in_something_that_holds_it(reply: str, right: float | None, wrong: float | None) -> None:
    assert _verdict(number.Scorer(value=15, unit="km"), reply) == right
    if right is not None or wrong is None:
        assert _verdict(number.Scorer(value=51, unit="km"), reply) == wrong


def test_other_answers_in_objects() -> None:
    hammer = choice.Scorer(options={"A": "a hammer", "B": "a saw"}, correct=["B"])
    assert _verdict(hammer, '{"why": "One cuts with the one, and hits with the other.", "Final Choice": "B"}') == 1
    assert _verdict(hammer, '{"why": "One cuts with the one, and hits with the other.", "Final Choice": "A"}') == 0
    letters = sequence.Scorer(tokens=["p", "q", "r"])
    why = "First comes `p q`, so the rest is `r`."
    assert _verdict(letters, f'{{"why": "{why}", "answer": ["p", "q", "r"]}}') == 1
    assert _verdict(letters, f'{{"why": "{why}", "answer": ["p", "r", "q"]}}') == 0


@pytest.mark.parametrize(
    ("staff", "written", "value"),
    [
        (r"\frac{x}{2}", r"$\\frac{x}{2}$", 1),
        (r"\frac{x}{2}", r"$\frac{x}{2}$", 1),
        (r"\frac{x}{2}", r"$\\frac{2}{x}$", 0),
        (r"\frac{x}{2}", r"It is half of it.\n\n$\\frac{x}{2}$", 1),
        (r"\tanh x", r"$\tanh x$", 1),
        (r"\tanh x", r"\tanh x", 1),
        (r"\ln 2", r"$\ln\bigl(2\bigr)$", 1),
    ],
)
def test_formulas_in_strings(staff: str, written: str, value: float) -> None:
    reply = f'{{"why": "Halve what is there and leave the rest as it is.", "final_answer": "{written}"}}'
    assert _verdict(expression.Scorer(answer=staff), reply) == value


def test_a_string_without_an_end_takes_no_time() -> None:
    began = time.process_time()
    containers.opened('{"answer": 15, "code": "' + 'say(\\"line\\");\n' * 8000 + " }")
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "reply",
    [
        "The set {1, 2} has two members.",
        "<sos> p q <eos>",
        "x < 3 and y > 4",
        r"\text{if } x \in \{'a': 1\}",
        "H<sub>2</sub>O",
        "The tag is <br>.",
        "One writes `<br>` or <p> there, not </p>.",
        "Action: Search[barge 15]",
        "<value>15</value> <steps>2</steps>",
        "x <b>15</b> <i>km</i>",
        '{"first": 15, "note": "km"}',
        '{"answer": {"first": 15, "second": 9}}',
        'The answer is 15 km.\n{"choice": 54}',
        "```yaml\nhours: 2\n```",
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


SAID_OF = [
    ("The claim is correct.", True),
    ("Owls are birds. Thus the statement is therefore **not true**.", False),
    ("So this claim is false.", False),
    ("The statement is not incorrect.", True),
    ("The statement that all owls are birds is true.", None),
    ("If the statement is true, then owls swim.", None),
    ("If owls swim, the statement is true.", None),
    ("We check whether the claim is correct.", None),
    ("The statement is true only for owls.", None),
    ("The claim is true in a zoo.", None),
    ("The claim is false. Still, owls swim.", None),
    ("The converse of the claim is true.", None),
    ("Is the claim correct? The claim is true?", None),
    ("The statement is true. No: the statement is false.", None),
    ("At first the statement is true. The statement is false.", None),
    ("The proof is correct.", None),
]


@pytest.mark.parametrize(("reply", "said"), SAID_OF, ids=[row[0] for row in SAID_OF])
def test_a_verdict_on_the_statement(reply: str, said: bool | None) -> None:
    found = verdicts.of_statement(reply)
    assert (found and found[0]) is said or (found is None and said is None)
    for listed in ("True", "False"):
        wanted = None if said is None else float(str(said) == listed)
        assert said is None or _verdict(text.Scorer(any_of=[listed]), reply, "True or false?") == wanted


@pytest.mark.parametrize(
    ("staff", "reply", "value"),
    [
        ("-3", "Slope: −3", 1),
        ("-3", "It is –3", 1),
        ("3", "It is –3", 0),
        ("3", "It is — 3", 1),
    ],
)
def test_a_dash_is_a_minus_where_no_blank_follows(staff: str, reply: str, value: float) -> None:
    assert _verdict(expression.Scorer(answer=staff), f"Answer: {reply}", "What is the slope?") == value


BOXES = {"A": "The key lies in box A.", "B": "The key lies in box C.", "C": "No box has it."}


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("Answer: B", 1),
        ("Answer: C", 0),
        ("Answer: B. The key lies in box C.", 1),
        ("Answer: B. No box has it.", None),
        ("Answer: C. The key lies in box C.", None),
        ("Answer: C. No box has it.", 0),
    ],
)
def test_letters_at_odds_with_their_text(reply: str, value: float | None) -> None:
    assert _verdict(choice.Scorer(options=BOXES, correct=["B"]), reply, "Where is the key?") == value
