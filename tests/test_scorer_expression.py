"""Short mathematical answers: a table of pairs, where the formula stands, and text meant to hang the reader."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from evalkit.judging.workers import TimedOut, Value, Workers
from evalkit.scorers.expression import Scorer
from evalkit.types import Conversation, Question, Score

TABLE: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent / "cases" / "answers" / "expression.toml").read_text(encoding="utf-8")
)
EXPECTED = {"same": 1.0, "different": 0.0, "unjudged": None}
PAIRS = [(staff, reply, value) for key, value in EXPECTED.items() for staff, reply in TABLE[key]]


def judge(scorer: Scorer, reply: str) -> Score:
    return scorer.score(Conversation(Question("set/problem", "What?"), (reply,)))[0]


@pytest.mark.parametrize(("staff", "reply", "value"), PAIRS, ids=[f"{a} | {b}" for a, b, _ in PAIRS])
def test_pairs(staff: str, reply: str, value: float | None) -> None:
    result = judge(Scorer(answer=staff), f"So\n\n\\[\n\\boxed{{{reply}}}\n\\]")
    assert result.value == value, result.reason
    assert result.reason


@pytest.mark.parametrize("staff", TABLE["refused"])
def test_a_staff_answer_that_cannot_be_judged_is_an_error(staff: str) -> None:
    with pytest.raises(ValidationError, match="cannot be judged"):
        Scorer(answer=staff)


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("The answer is $x^2$.", 1),
        ("Thus $f = x \\cdot x = x^2$.", 1),
        ("Final answer: x^2", 1),
        ("**Answer:** $\\frac{x^3}{x}$ for $x \\ne 0$", 1),
        ("We start from $x$.\n\nSo we get\n\n\\[\nx^2\n\\]", 1),
        ("**Answer:** x^3", 0),
        ("**Answer:** none", None),
        ("I don't know.", None),
        ("", None),
    ],
)
def test_where_the_formula_stands(reply: str, value: float | None) -> None:
    result = judge(Scorer(answer="x^2"), reply)
    assert result.value == value
    assert value is not None or result.reason == "no answer found"


def test_fields() -> None:
    commuting = Scorer(answer="AB", commuting=True)
    assert [judge(commuting, rf"\boxed{{{r}}}").value for r in ("BA", "A+B", "A^T B")] == [1, 0, None]
    loose = Scorer(answer="1/3", tolerance=0.01)
    assert judge(loose, r"\boxed{0.333}").value == 1
    either = Scorer.model_validate({"answer": "x", "accept": [{"answer": "2x", "note": "twice"}]})
    results = [judge(either, rf"\boxed{{{r}}}") for r in ("x", "x+x", "3x")]
    assert [(r.value, r.given) for r in results] == [(1, "staff"), (1, "twice"), (0, "3x")]


def test_spans_show_the_formula() -> None:
    reply = r"So \(\boxed{x^3}\)."
    result = judge(Scorer(answer="x^2"), reply)
    assert [reply[s.start : s.end] for s in result.spans] == ["x^3"]


@settings(max_examples=40, deadline=None)
@given(a=st.integers(-9, 9), b=st.integers(1, 9), c=st.integers(-9, 9))
def test_rewritten_polynomials_are_the_same_and_shifted_ones_are_not(a: int, b: int, c: int) -> None:
    scorer = Scorer(answer=f"{b}(x - ({a}))(x - ({c}))")
    expanded = f"{b}x^2 - ({b * (a + c)})x + ({a * b * c})"
    assert judge(scorer, rf"\boxed{{{expanded}}}").value == 1
    assert judge(scorer, rf"\boxed{{{expanded} + 1}}").value == 0


HOSTILE = [
    "(" * 300 + "x" + ")" * 300, "{" * 400, "+".join(f"x^{{{i}}}" for i in range(400)), r"\left(" * 2000,
    "9" * 10**5, " " * 10**5 + "=2x",
    "x" * 5000, "9^{999}^{999}",
    "(x+1)^{999}", r"\sum_{i=1}^{10^9} i", r"\int_0^x e^{t^2} dt", "x^" * 100, r"\frac" * 60,
    r"\sqrt{" * 11 + "x" + "}" * 11, "__import__('os').system('true')", "$" * 300, "\\" * 300, r"\begin{matrix}" * 20,
]  # fmt: skip


def hostile(reply: str) -> float | None:
    """Runs in a worker."""
    return judge(Scorer(answer="x"), rf"\boxed{{{reply}}}").value


def test_hostile_formulas_end() -> None:
    with Workers(1, imports=Scorer.imports) as pool:
        for reply, outcome in pool.map(hostile, HOSTILE, 20.0):
            assert isinstance(outcome, (Value, TimedOut)), (reply[:60], outcome)
            assert not isinstance(outcome, Value) or outcome.value in (None, 0.0), reply[:60]


def test_it_runs_in_a_process_that_can_be_killed() -> None:
    assert Scorer.isolated
