"""Short mathematical answers: a table of pairs, where the formula stands, and text meant to hang the reader."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from evalkit.judging.scoring import own_faults
from evalkit.judging.workers import TimedOut, Value, Workers
from evalkit.reading.maths import second
from evalkit.reading.maths.algebra import Settings
from evalkit.scorers.expression import Scorer
from evalkit.specs import problems
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


@pytest.mark.parametrize("staff", sorted({staff for staff, _ in TABLE["same"]}))
def test_every_staff_answer_matches_itself_by_computing(staff: str) -> None:
    assert not Scorer(answer=staff).faults()


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
        ("**Answer:** For every $x$ the value is $x^2$.", 1),
        ("Therefore it is $x^2$, where $x$ is the side.", 1),
        ("So the area is $x^2$ for $x > 0$.", 1),
        ("So the area is x^2.", 1),
        ("I think it is \\boxed{x^2}. Yes, the answer is \\boxed{x^2} because of that.", 1),
        ("The answer is $x^2$ or $x^3$.", 0),
        ("**Answer:** none", 0),
        ("The sum is $x$.\n\nFinal answer: cannot be determined", 0),
        ("The sum is $x$.\n\nFinal answer: there is not enough information given to find it out", None),
        ("We divide\n\n\\[\nx^2\n\\]\n\nNow multiply the entire divisor", None),
        ("So it is $5$ here, $\\boxed{5}$. Final Answer: The final answer is $x^2$. I hope it is correct.", 1),
        ("It is $5$ here, $\\boxed{5}$. Final Answer: The area of $ABCD$ is x^2. I hope so. <|im_start|>user", 1),
        ("I don't know.", None),
        ("", None),
    ],
)
def test_where_the_formula_stands(reply: str, value: float | None) -> None:
    result = judge(Scorer(answer="x^2"), reply)
    assert result.value == value
    assert value is not None or result.reason.startswith(("no answer found", "says that it cannot tell"))


BLANKS = [
    # (staff, what stands before the sign, the sign, what stands behind it)
    ("a + b", "a", "+", "b"), ("2b - a", "2b", "-", "a"), ("2 + i", "2", "+", "i"), ("2 - i", "2", "-", "i"), (r"b - A \cos x", "b", "-", "A cos x"),
    (r"y^2 - A \sin x", "y^2", "-", "A sin x"), (r"y + a \ln x", "y", "+", "a ln x"), ("3 - a", "3", "-", "a"),
]  # fmt: skip


@pytest.mark.parametrize(("staff", "before", "sign", "behind"), BLANKS, ids=[row[0] for row in BLANKS])
def test_a_letter_that_is_a_word_belongs_to_a_formula(staff: str, before: str, sign: str, behind: str) -> None:
    for written in (f"{before} {sign} {behind}", f"{before}{sign} {behind}", f"{before}{sign}{behind}"):
        assert judge(Scorer(answer=staff), f"Answer: {written}.").value == 1.0, written


LETTER_I = [
    # (staff, reply, value): an index or the imaginary unit, where nothing tells which
    ("i n", "n i", 1), ("a_i + i", "i + a_i", 1), ("i n", "n + i", 0), ("i^2 n", "-n", None), ("i^2 + n", "n - 1", None), (r"\frac{n}{i}", "-n i", None),
    ("i^2", "-1", 1), ("e^{i x}", r"\cos x + i \sin x", 1), ("e^{i x}", r"\cos x - i \sin x", 0),
]  # fmt: skip


@pytest.mark.parametrize(("staff", "reply", "value"), LETTER_I, ids=[f"{row[0]} | {row[1]}" for row in LETTER_I])
def test_the_letter_i(staff: str, reply: str, value: float | None) -> None:
    assert judge(Scorer(answer=staff), f"Answer: ${reply}$").value == value


SHORT = ["x", "y", "3x", "x + 1", "x^2", r"\infty"]
PLACES = [
    "{}",
    "{}.",
    "Answer: {}",
    "Final answer: {}",
    "The answer is {}.",
    "**Answer:** ${}$",
    "So the answer is ${}$.",
]
DENIED = ["Not {}.", "Answer: not {}", "The answer is not {}.", "**Answer:** not ${}$", "So the answer is not ${}$.", "Answer: anything rather than {}"]  # fmt: skip


@pytest.mark.parametrize("staff", SHORT)
def test_a_short_formula_that_is_all_that_is_said(staff: str) -> None:
    said = "inf" if staff == r"\infty" else staff
    assert [judge(Scorer(answer=staff), place.format(said)).value for place in PLACES] == [1.0] * len(PLACES)


@pytest.mark.parametrize("staff", SHORT)
def test_a_formula_that_is_denied_is_no_answer(staff: str) -> None:
    said = "inf" if staff == r"\infty" else staff
    assert [judge(Scorer(answer=staff), place.format(said)).value for place in DENIED] == [None] * len(DENIED)
    assert judge(Scorer(answer=staff), f"Answer: not ${said} + 5$ but ${said}$").value == 1.0


@pytest.mark.parametrize(
    ("staff", "reply", "value"),
    [
        (r"\{2, 5\}", r"The roots are $\boxed{2}$ and $\boxed{5}$.", 1),
        (r"\{2, 5\}", "The roots are $x=2$ and $x=5$.", 1),
        (r"\{2, 5\}", "Final answer: x = 2 or x = 5", 1),
        (r"\{2, 5\}", "$x=2或x=5$", 1),
        ("7", "$u和v之和=7$", 1),
        ("7", "$p と q の積 = 7$", 1),
        ("7", "$u=7となった$", None),
        (r"\{2, 5\}", r"$$\boxed{2} \quad \text{and} \quad \boxed{4}$$", 0),
        ("2", r"The roots are $\boxed{2}$ and $\boxed{5}$.", 0),
        ("(2, 5)", r"So $x=\boxed{2}$, $y=\boxed{5}$.", 1),
        ("(2, 5)", r"So $y=\boxed{2}$, $x=\boxed{5}$.", None),
        ("n", "Hence there are $n$ of them.", 1),
        ("34", "Final answer: the largest $n$ is 34.", 1),
        (r"(3, 3), (1, 1)", r"$$\boxed{(3, 3)} \text{ for part (a) and } \boxed{(1, 1)}$$", 1),
        (r"$(3, 3)$ for part (a) and $(1, 1)$ for part (b)", r"\boxed{(3, 3), (1, 1)}", 1),
        (r"$(3, 3)$ for part (a) and $(1, 1)$ for part (b)", r"\boxed{(3, 3)}", 0),
        (r"$ax + b$ for some $a > 0$", r"\boxed{b + ax}", 1),
        ("1000.99", "Final answer: the number is not 10, it is 1,000.99.", 1),
        ("10", "Final answer: the number is not 10, it is 1,000.99.", 0),
        ("3", "Final answer: it is 3 for 10 of them", None),
        (r"\frac{10}{9}", r"Answer: $\frac12 \$ = \frac{10}{9}$", None),
        (r"\begin{pmatrix}1 & 2\end{pmatrix}", r"\begin{pmatrix} 1 & 2 \end{pmatrix}", 1),
        (r"\text{odd}", "So the answer is **odd**.", 1),
        (r"\text{odd}", "Answer: Even", 0),
        (r"\text{odd}", "It is odd since every term of the sum is odd and there are three of them.", None),
        (r"\frac16", "So the probability is 1/6.", 1),
    ],
)
def test_several_formulas(staff: str, reply: str, value: float | None) -> None:
    assert judge(Scorer(answer=staff), reply).value == value


def test_a_unit_that_the_statement_names_is_left_out() -> None:
    question = Question("set/problem", "How many centimetres, cm for short, is it?")
    replies = (
        r"\boxed{12\text{ cm}}",
        r"\boxed{12 \text{ centimetre}}",
        r"\boxed{13\text{ cm}}",
        r"\boxed{12\text{ km}}",
    )
    found = [Scorer(answer="12").score(Conversation(question, (reply,)))[0].value for reply in replies]
    assert found == [1, 1, 0, None]


@pytest.mark.parametrize(
    ("statement", "staff", "reply", "value"),
    [
        ("Find an antiderivative of $2x$.", "x^2", "x^2 + C", 1),
        (r"Compute $\int 2x \, dx$.", "x^2", "x^2 + c", 1),
        ("Integrate 2x.", "x^2", "x^2 + K.", 1),
        ("Integrate 2x.", "x^2", "x^3 + C", 0),
        ("Integrate 2x.", "x^2", "x^2 + D", 0),
        ("Integrate 2x.", "x^2", "x^2 + 2C", 0),
        ("Integrate 2x.", "x^2 + C", "x^2 + K", 1),
        ("Integrate 2x.", "x^2 + C", "x^2", 0),
        ("Integrate C over x.", "Cx", "Cx + C", 0),
        ("Square x.", "x^2", "x^2 + C", 0),
    ],
)
def test_a_constant_of_integration(statement: str, staff: str, reply: str, value: float) -> None:
    (score,) = Scorer(answer=staff).score(Conversation(Question("set/p", statement), (f"The answer is ${reply}$.",)))
    assert score.value == value


@pytest.mark.parametrize(
    ("statement", "reply", "value"),
    [
        ("How wide is it?", r"12\text{ cm}", 1),
        ("How many metres wide is it?", r"12\text{ cm}", None),
        ("A wall of 3 m is built from stones of 20 cm. How many stones?", r"12\text{ bricks}", None),
        ("How long does it take?", r"12\text{ s}", None),
        ("How many seconds (s)?", r"12\text{ s}", 1),
        ("How many seconds (s)?", r"13\text{ s}", 0),
    ],
)
def test_a_unit_that_only_the_reply_has(statement: str, reply: str, value: float | None) -> None:
    question = Question("set/problem", statement)
    assert Scorer(answer="12").score(Conversation(question, (rf"\boxed{{{reply}}}",)))[0].value == value


@pytest.mark.parametrize(
    ("staff", "reply", "said"),
    [
        ("14916", "14 {, }916", True),
        ("14916", "14 {, }917", False),
        ("2^{-99}", "2^{-98}", False),
        ("x", "X", None),
        ("1010_2", "1010", None),
        ("5", r"5 \text{ cm}", None),
        (r"\frac12", r"\frac{1", None),
        (r"\sin x = 1", r"\cos x = 0", None),
        (r"\{1, 2\}", r"\{2, 1\}", True),
    ],
)
def test_the_second_opinion_is_careful(staff: str, reply: str, said: bool | None) -> None:
    assert second.opinion(staff, reply, Settings()) is said


def test_a_file_says_the_base_of_its_logarithms() -> None:
    for base, expected in (("e", [1, 0, 0]), (10, [0, 1, 1]), (None, [1, 1, None])):
        scorer = Scorer.model_validate({"answer": r"\log 7", "log_base": base})
        replies = (r"\ln 7", r"\log_{10} 7", "0.845098")
        assert [judge(scorer, rf"\boxed{{{r}}}").value for r in replies] == expected, base
    with pytest.raises(ValidationError, match="no base"):
        Scorer.model_validate({"answer": "2", "log_base": 1})


FAULTY = [
    ({"answer": r"\frac10"}, "does not match itself"),
    ({"answer": r"\lim_{x\to0} x"}, "does not match itself"),
    ({"answer": "2", "accept": [{"answer": r"\frac{1}{1-1}", "note": "n"}]}, "accept 'n'"),
    ({"answer": r"(x+1)^2", "wrong": [{"answer": "x^2+2x+1", "note": "n"}]}, "is equal to answer"),
    ({"answer": r"1, 2", "wrong": [{"answer": "y", "note": "n"}]}, "cannot be told from answer"),
]


@pytest.mark.parametrize(("fields", "fault"), FAULTY, ids=[fault for _, fault in FAULTY])
def test_staff_answers_that_cannot_be_judged_are_faults_of_the_file(fields: dict[str, Any], fault: str) -> None:
    found = Scorer.model_validate(fields).faults()
    assert len(found) == 1
    assert fault in found[0]


def test_a_wrong_answer_is_known_by_its_note() -> None:
    known = {"answer": "x^2", "wrong": [{"answer": "2x", "note": "the derivative"}]}
    scorer = Scorer.model_validate(known)
    assert not scorer.faults()
    result = judge(scorer, r"\boxed{x+x}")
    assert (result.value, result.given) == (0, "the derivative")


def test_faults_stop_scoring_and_show_in_check() -> None:
    text = "title = 't'\nstatement = 's'\n[staff]\nsolution = 's'\n[score.expression]\nanswer = '\\frac10'\n[score.words]\nhigh = 9\n"
    problem = problems.parse(text, "set/p", "set/p.toml")
    with Workers(1, imports=Scorer.imports) as pool:
        assert [f[:28] for f in own_faults(problem, pool)] == ["set/p: [score.expression]: a"]
        assert not list(own_faults(problem, pool, only=["words"]))


SAYS = [
    r"\boxed{%s}", r"The answer is $%s$.", r"Final answer: $$%s$$", r"\boxed{x = %s}", r"$x=%s$", r"**Answer:** $\displaystyle %s$",
    r"So we get \(%s\).", r"\boxed{\text{Value} = %s}", r"\boxed{\left(%s\right)}", r"\boxed{%s \approx 1.23}", r"\boxed{%s\text{ m}}",
]  # fmt: skip


@pytest.mark.parametrize("says", SAYS)
def test_being_judged_does_not_depend_on_being_right(says: str) -> None:
    values = ("\\frac12", "0.5", "3/6", "\\sqrt{1/4}", "2^{-1}"), ("\\frac13", "0.4", "3/5", "\\sqrt{1/9}", "2^{-2}")
    right, wrong = ([judge(Scorer(answer="1/2"), says % v).value for v in group] for group in values)
    assert all(value == 1 for value in right) or all(value is None for value in right + wrong)
    assert all(value in (0, None) for value in wrong)
    assert [value is None for value in right] == [value is None for value in wrong]


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
    "x" * 5000, "9^{999}^{999}", "(9^{9999})^{9999}", r"\sqrt{10^{9999}}!", "x^{9^{9}}", r"(((2^{64})^{64})^{64})^{64}", "|" * 300,
    r"\binom{10^{9}}{5}", "0.1" * 300, r"\{" * 100 + r"\}" * 100, "(1," * 100, "x<" * 200, r"\pm" * 100 + "x", "1:" * 300,
    "10^{-9999}!", r"\cup".join(["(0,1)"] * 60), r"x^{99}+x^{98}<0", r"\sin(\tan(\frac1x)) < \cos x", r"x \in " * 100, "x=" * 200,
    r"\prod_{i=1}^{999} (x+i)", r"\int_0^1 \frac{1}{x}dx", r"\gcd(10^{9999},6)", "1_2" * 100, r"\begin{cases}" * 50, r"\left" * 200,
    "(x+1)^{999}", r"\sum_{i=1}^{10^9} i", r"\int_0^x e^{t^2} dt", "x^" * 100, r"\frac" * 60,
    r"\sqrt{" * 11 + "x" + "}" * 11, "__import__('os').system('true')", "$" * 300, "\\" * 300, r"\begin{matrix}" * 20,
]  # fmt: skip


def hostile(reply: str) -> float | None:
    """Runs in a worker."""
    for staff in ("0<x<1", "(1,2)", r"\{1,2\}", r"\begin{pmatrix}1\\2\end{pmatrix}", "x^2=4"):
        assert judge(Scorer(answer=staff), rf"\boxed{{{reply}}}").value in (0, None), staff
    return judge(Scorer(answer="x"), rf"\boxed{{{reply}}}").value


def test_hostile_formulas_end() -> None:
    with Workers(1, imports=Scorer.imports) as pool:
        for reply, outcome in pool.map(hostile, HOSTILE, 8.0):
            assert isinstance(outcome, (Value, TimedOut)), (reply[:60], outcome)
            assert not isinstance(outcome, Value) or outcome.value in (None, 0.0), reply[:60]


def test_it_runs_in_a_process_that_can_be_killed() -> None:
    assert Scorer.isolated


@pytest.mark.parametrize(
    "formula", ["①", "x^①", "2①", "①.②", "x_①", "①/②", "①!", "٣", "x = ⑤", "²", "10²①", "①:②", "½①", "(①,②)"]
)
def test_digits_of_other_kinds_are_no_fault(formula: str) -> None:
    for answer in ("x^2", "3", "(1, 2)", "2:3"):
        assert "failed" not in judge(Scorer(answer=answer), f"\\boxed{{{formula}}}").reason


@pytest.mark.parametrize("formula", ["x_", "W_1X_", "U_k x_ ", "x^2_", "a_{"])
def test_an_index_that_breaks_off_is_not_judged(formula: str) -> None:
    score = judge(Scorer(answer="x^2"), f"Final answer: ${formula}$")
    assert score.value is None
    assert "failed" not in score.reason
