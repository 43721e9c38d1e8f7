"""What the tests of the answer scorers share: the scorers of their tables, and the tables themselves."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from evalkit.scorers import choice, number, sequence, text
from evalkit.types import Conversation, Question, Score, Scorer

CASES = Path(__file__).parent / "cases" / "answers"
QUESTION = Question("set/problem", "What?")


def score(scorer: Scorer, reply: str) -> Score:
    return scorer.score(Conversation(QUESTION, (reply,)))[0]


def table(name: str) -> pytest.MarkDecorator:
    """The replies of tests/cases/answers/<name>.toml, each with the value it must get and its beginning as its id."""
    cases = tomllib.loads((CASES / f"{name}.toml").read_text(encoding="utf-8"))
    expected = {"right": 1.0, "wrong": 0.0, "unjudged": None}
    rows = [(reply, value) for key, value in expected.items() for reply in cases.pop(key)]
    assert not cases, f"{name}.toml: unknown keys {list(cases)}"
    return pytest.mark.parametrize(("reply", "value"), rows, ids=[reply[:50] for reply, _ in rows])


SECONDS = number.Scorer(value=336, unit="s")
PARTS = number.Scorer.model_validate(
    {
        "parts": [
            {
                "name": "baseline",
                "value": 341,
                "unit": "s",
                "cues": ["baseline"],
                "accept": [{"value": 356, "note": "reproduction"}, {"value": 6, "unit": "min", "note": "rounded"}],
            },
            {"name": "final", "value": 297, "unit": "s", "cues": ["final"]},
        ]
    }
)
ONE = choice.Scorer(options={"A": "L1Loss", "B": "MSELoss", "C": "CrossEntropyLoss"}, correct=["B"])
COUNT = choice.Scorer(options={"A": "0", "B": "1", "C": "2", "D": "3"}, correct=["C"])
MANY = choice.Scorer(
    options={"A": "weight decay", "B": "dropout", "C": "layer norm", "D": "batch norm", "E": "SGD optimizer"},
    correct=["A", "E"],
    many=True,
)
TOKENS = sequence.Scorer(tokens=["<sos>", "I", "see", "a", "dog"])
SAYS = text.Scorer.model_validate(
    {
        "any_of": ["cannot be longer than the input", "only ... up to position"],
        "none_of": ["the problem is the bottleneck"],
        "accept": [{"any_of": ["same word order"], "note": "consequence"}],
        "where": "anywhere",
        "otherwise": "wrong",
    }
)
