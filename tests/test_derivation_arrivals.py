"""Conditions that a derivation arrives at: in the letters of a world, undecided, in words, or said too widely."""

from __future__ import annotations

import pytest

from evalkit.specs import problems
from evalkit.specs.library import Library
from tests.arrange import ROOT

OPENING = (
    r"The best reconstruction is $W_2W_1 = U_kU_k^\top$. There is an invertible $B$ with "
    r"$$W_2 = U_kB, \qquad W_1 = B^{-1}U_k^\top .$$"
)
PENALTY = r"Then $\|W_2\|_F^2 = \|B\|_F^2$ and $\|W_1\|_F^2 = \|B^{-1}\|_F^2$."


@pytest.fixture(scope="module")
def problem() -> problems.Problem:
    return Library(ROOT / "problems").load("hw7/8b")


@pytest.mark.parametrize(
    ("text", "milestone", "passed"),
    [
        (OPENING, "coupling", True),
        (OPENING.replace("B", "T"), "coupling", True),
        (OPENING.replace("B", "T") + r" Let $T$ be orthogonal, that is $T^\top T = I_k$.", "orthogonal_coupling", True),
        (OPENING + r" With $B^\top B = 2I_k$ it would be longer.", "orthogonal_coupling", False),
        ("The singular values of the encoder are the reciprocals of those of the decoder.", "reciprocal", True),
        ("The singular values of the encoder are not the reciprocals of those of the decoder.", "reciprocal", False),
        ("The hint says:\n\n- the singular values of $W_1$ are the reciprocals", "reciprocal", False),
        ("Facts:\n\n- the singular values of $W_1$ are the reciprocals", "reciprocal", True),
        (
            r"Let $W_2 = PSQ^\top$ and $W_1 = ADH^\top$ with singular values $s_i$ and $t_i$. "
            r"$$\|W_1\|_F^2 + \|W_2\|_F^2 = \sum_{i=1}^k (s_i^2 + t_i^2)$$",
            "encoder_norm", True,
        ),
    ],
    ids=["letters-of-the-world", "own-letter", "by-definition", "another-condition", "in-words", "denied-in-words",
         "words-of-the-hint", "words-in-a-list", "two-steps-in-a-line"],
)  # fmt: skip
def test_what_is_passed(problem: problems.Problem, text: str, milestone: str, passed: bool) -> None:
    assert (milestone in {met.id for met in problem.analyse(text).milestones}) is passed


@pytest.mark.parametrize(
    ("end", "missing"),
    [
        (r"So $W_2^\top W_2 \to I_k$ as $\lambda \to 0$.", {"coupling_gram", "orthogonal_coupling"}),
        (r"So for every $\lambda > 0$ the minimiser of $L$ has $$W_2^\top W_2 = I_k .$$", {"coupling_gram", "orthogonal_coupling"}),
        ("So the columns are nearly orthonormal.", set()),
    ],
    ids=["in-the-limit", "said-too-widely", "not-reached"],
)  # fmt: skip
def test_what_is_left_out_before_the_end_is_a_leap(problem: problems.Problem, end: str, missing: set[str]) -> None:
    """The first leap, over the form of the factors, is the same in all."""
    found = problem.analyse(f"{OPENING}\n\n{PENALTY}\n\n{end}")
    leaps = [set(leap.missing) for leap in found.leaps if leap.approach == "coupling_matrix"]
    assert leaps == [{"factor_shape"}, *([missing] if missing else [])]
    assert ("gram_limit" in {met.id for met in found.milestones}) is end.startswith(r"So $W_2^\top")


def test_one_form_may_belong_to_two_milestones(problem: problems.Problem) -> None:
    """A line that takes two steps is listed by both: no doubt, as where two milestones cannot be told apart."""
    assert problem.mathematics_doubts() == []
