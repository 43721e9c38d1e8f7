"""The scorer `assumptions`: what counts as stated, where, and as used; when a reader is needed."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from evalkit.derivation.findings.written import alike, pieces, sides
from evalkit.derivation.text.layout import Layout
from evalkit.errors import SpecError
from evalkit.specs import problems
from evalkit.types import Conversation, Score

PROBLEM = r"""
title = "least squares"
statement = '''Minimise $f(x) = \frac12 x^\top A x - b^\top x$.'''
definitions = ['f(x) = \frac12 x^\top A x - b^\top x']

[staff]
solution = '''A is symmetric, so $\nabla_x f = Ax - b$.'''

[symbols]
A = "n x n, symmetric, pd, data"
b = "n, data"
x = "n"

[[worlds]]
name = "minimiser"
premise = "x is the minimiser of f"
set = ['x = A^{-1}b']

[[milestones]]
id = "gradient"
equation = '\nabla_x f = Ax - b'

[[milestones]]
id = "solution"
kind = "condition"
world = "minimiser"
any_of = ['Ax = b', 'x = A^{-1}b']
wordings = ["A maps the minimiser to b"]

[score.leaps]
[score.assumptions]

[[score.assumptions.items]]
id = "symmetric"
title = "A is symmetric"
wordings = ["A is symmetric", "symmetry of A"]
needed_by = ["gradient"]

[[score.assumptions.items]]
id = "definite"
title = "A is positive definite"
wordings = ["A is positive definite"]
needed_by = [["gradient", "solution"]]

[[score.assumptions.items]]
id = "product"
title = "transpose of a product"
equation = '(PQ)^\top = Q^\top P^\top'
letters = ["P", "Q"]
"""


@pytest.fixture(scope="module")
def problem() -> problems.Problem:
    return problems.parse(PROBLEM, "set/a", "a.toml")


def scored(problem: problems.Problem, *replies: str) -> Mapping[str, Score]:
    analyses = [problem.analyse(reply, replies[:i]) for i, reply in enumerate(replies)]
    conversation = Conversation(problem.question, replies, lambda i: analyses[i])
    return {score.metric: score for score in problem.scorers["assumptions"].score(conversation)}


GRADIENT = r"$$\nabla_x f = Ax - b .$$"


@pytest.mark.parametrize(
    ("reply", "stated"),
    [
        (f"A is symmetric, so {GRADIENT}", ["symmetric"]),
        (f"By the symmetry of $A$,\n\n{GRADIENT}", ["symmetric"]),
        (f"Assume that A is positive definite.\n\n{GRADIENT}", ["definite"]),
        (f"- A is symmetric\n\n{GRADIENT}", ["symmetric"]),
        (f"| fact | where |\n|---|---|\n| A is symmetric | step 1 |\n\n{GRADIENT}", ["symmetric"]),
        (f"### A is symmetric\n\n{GRADIENT}", ["symmetric"]),
        (rf"For all factors $(CD)^\top = D^\top C^\top$. {GRADIENT}", ["product"]),
        (f"It is not true that A is symmetric. {GRADIENT}", []),
        (f"We do not need that A is symmetric. {GRADIENT}", []),
        (f"Is it so that A is symmetric?\n\n{GRADIENT}", []),
        (f"If A is symmetric, life is easy.\n\n{GRADIENT}", []),
        (f"The plan is to use the symmetry of A.\n\n{GRADIENT}", []),
        (f"What the hint says:\n\n1. A is symmetric\n2. differentiate\n\n{GRADIENT}", []),
        (rf"$$x^\top y\,\underbrace{{(CD)^\top}}_{{= D^\top C^\top}}$$ {GRADIENT}", ["product"]),
        (rf"$$x^\top y\,\underbrace{{(CD)^\top}}_{{\text{{a product}}}}$$ {GRADIENT}", []),
        (rf"$$\underbrace{{(CD)^\top}}_{{C^\top D^\top}}$$ {GRADIENT}", []),
        (rf"For all factors $(CD)^\top = C^\top D^\top$. {GRADIENT}", []),
        (GRADIENT, []),
    ],
    ids=["sentence", "before-a-display", "assumed", "item", "row", "heading", "equation-in-other-letters", "denied",
         "not-needed", "asked", "supposed", "announced", "reported-of-a-hint", "under-a-brace", "a-word-under-a-brace", "another-under-a-brace",
         "another-equation", "nothing"],
)  # fmt: skip
def test_what_is_stated(problem: problems.Problem, reply: str, stated: list[str]) -> None:
    found = scored(problem, reply)["stated"]
    assert found.details["stated"] == stated
    assert found.value == pytest.approx(len(stated) / 3)


@pytest.mark.parametrize(
    ("reply", "at_use"),
    [
        (f"**Gradient.** A is symmetric, so {GRADIENT}", 1),
        (f"**Assumptions.** A is symmetric.\n\n**Gradient.** We get {GRADIENT}", 0),
        (f"## Assumptions\n\n- A is symmetric\n\n## Gradient\n\n{GRADIENT}", 0),
        (f"{GRADIENT}\n\n## Used\n\n1. A is symmetric", 0),
        ("1. A is symmetric, so $\\nabla_x f = Ax - b$.\n2. Done.", 1),
        ("A is symmetric.", None),
    ],
    ids=["same-step", "step-before", "list-at-the-start", "list-at-the-end", "item", "no-step"],
)  # fmt: skip
def test_stated_where_it_is_used(problem: problems.Problem, reply: str, at_use: float | None) -> None:
    assert scored(problem, reply)["at_use"].value == at_use


@pytest.mark.parametrize(
    ("line", "at_use"),
    [
        (r"so $(Ax)^\top b = b^\top (Ax)$.", ["product"]),
        (r"so $x^\top (Ax) = x^\top Ax$.", []),
        (r"so $2(Ax)^\top b = (Ax)^\top b + (Ax)^\top b$.", []),
    ],
    ids=["gone", "another-step", "kept-as-it-is"],
)
def test_an_equation_is_used_where_its_side_is_gone(line: str, at_use: list[str]) -> None:
    text = PROBLEM.replace('letters = ["P", "Q"]', 'letters = ["P", "Q"]\nneeded_by = ["gradient"]')
    reply = rf"## Gradient{chr(10) * 2}{GRADIENT}{chr(10) * 2}## Later{chr(10) * 2}For all factors $(CD)^\top = D^\top C^\top$, {line}"
    assert scored(problems.parse(text, "set/b", "b.toml"), reply)["at_use"].details["at_use"] == at_use


def test_named_and_used_are_told_apart(problem: problems.Problem) -> None:
    idle = scored(problem, "A is symmetric, and A is positive definite.")
    assert (idle["unused"].value, idle["unnamed"].value) == (2, 0)
    silent = scored(problem, f"{GRADIENT} It vanishes at the minimiser, so $Ax = b$.")
    assert (silent["unused"].value, silent["unnamed"].value) == (0, 2)
    after = scored(problem, GRADIENT, "A is symmetric.")
    assert (after["unused"].value, after["unnamed"].value) == (0, 0), "an earlier turn used it"


@pytest.mark.parametrize(
    ("reply", "invented"),
    [
        (GRADIENT, 0),
        (f"{GRADIENT}\n\nFacts:\n\n- A is symmetric", 0),
        (f"{GRADIENT}\n\nFacts:\n\n- inverses add up, $(A + I)^{{-1}} = A^{{-1}} + I$", 1),
        (f"{GRADIENT}\n\nFacts:\n\n- $A^{{-1}}A = I$", 0),
        (f"{GRADIENT}\n\nFacts:\n\n- the earth is flat", None),
        (f"By the Cauchy-Schwarz inequality, {GRADIENT}", None),
    ],
    ids=["nothing-named", "on-the-list", "false", "true", "needs-a-reader", "a-theorem-with-a-name"],
)
def test_invented_ones(problem: problems.Problem, reply: str, invented: float | None) -> None:
    assert scored(problem, reply)["invented"].value == invented


@pytest.mark.parametrize(
    ("summary", "share"),
    [
        (f"Used: {GRADIENT}", 1),
        (r"Used: $Ax - b = \nabla_x f$.", 1),
        (rf"Used: {GRADIENT} And $A^{{-1}}A = I$.", 0.5),
        ("A is symmetric.", 1),
        ("A is positive definite.", 0),
        ("Nothing else.", None),
    ],
    ids=["again", "the-other-way-round", "one-new", "named-and-used", "named-and-not-used", "no-identity"],
)
def test_a_summary_is_grounded_in_the_turns_before(
    problem: problems.Problem, summary: str, share: float | None
) -> None:
    assert scored(problem, GRADIENT, summary)["grounded"].value == share
    assert scored(problem, GRADIENT)["grounded"].value is None, "the first turn"


def test_without_symbols_nothing_is_judged(problem: problems.Problem) -> None:
    conversation = Conversation(problem.question, ("A is symmetric",))
    assert {s.value for s in problem.scorers["assumptions"].score(conversation)} == {None}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('needed_by = ["gradient"]', 'needed_by = ["gradeint"]', "[score.assumptions]: no milestone 'gradeint'"),
        ('id = "definite"', 'id = "symmetric"', "two items have the id 'symmetric'"),
        ('wordings = ["A is positive definite"]', "", "how it is stated"),
        ("letters = ", "wording = ", "wording"),
    ],
    ids=["milestone", "twice", "never-stated", "key"],
)
def test_what_is_wrong_with_a_list(old: str, new: str, said: str) -> None:
    with pytest.raises(SpecError, match="score") as told:
        problems.parse(PROBLEM.replace(old, new), "set/a", "a.toml")
    assert said in "\n".join(told.value.problems)


def test_an_equation_that_cannot_be_read_is_a_fault() -> None:
    broken = problems.parse(PROBLEM.replace(r"Q^\top P^\top'", r"Q^\top P^'"), "set/a", "a.toml")
    assert "item 'product'" in "".join(broken.scorers["assumptions"].faults())


@pytest.mark.parametrize(
    ("equation", "other", "letters", "same"),
    [
        (r"\operatorname{Tr}(ABC) = \operatorname{Tr}(CAB)", r"\operatorname{Tr}(PQR) = \operatorname{Tr}(RPQ)", "ABC", True),
        (r"\operatorname{Tr}(ABC) = \operatorname{Tr}(CAB)", r"\operatorname{Tr}(PQR) = \operatorname{Tr}(QPR)", "ABC", False),
        (r"U_k^\top U_k = I_k", r"U_k^\top U_k = I", "", True),
        (r"U_k^\top U_k = I_k", r"V_k^\top V_k = I_k", "", False),
        (r"dL = \operatorname{Tr}(G^\top dW)", r"dL = \operatorname{Tr}(H^\top dV)", "GW", True),
        (r"dL = \operatorname{Tr}(G^\top dW)", r"dL = \operatorname{Tr}(H^\top V)", "GW", False),
    ],
    ids=["other-letters", "other-order", "any-identity", "own-letters", "differential", "no-differential"],
)  # fmt: skip
def test_equations_as_they_are_written(equation: str, other: str, letters: str, same: bool) -> None:
    wanted, have = ([*pieces(a), "=", *pieces(b)] for a, b in map(sides, (equation, other)))
    assert alike(wanted, have, tuple(letters)) is same


LISTED = "Facts:\n\n- one\n- two\n\nThen three.\n\n**Step 1.** Four.\n\n| a | b |\n|---|---|\n| five | six |\n"


@pytest.mark.parametrize(
    ("word", "lead"),
    [("one", "Facts:"), ("two", "Facts:"), ("three", ""), ("Four", ""), ("five", "**Step 1.** Four.")],
    ids=lambda value: str(value) or "none",
)
def test_the_line_above_a_list(word: str, lead: str) -> None:
    assert Layout(LISTED).lead(LISTED.index(word)).strip() == lead


def test_entries_are_items_and_rows_without_titles() -> None:
    found = [LISTED[start:end].strip().splitlines()[0] for start, end in Layout(LISTED).entries()]
    assert found == ["- one", "- two", "| five | six |"]
