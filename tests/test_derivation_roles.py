"""What a clause makes of the formula that comes next."""

from __future__ import annotations

import pytest

from evalkit.derivation.text.roles import Role, names_conditions, role

CLAUSES = {
    "": Role.OPEN,
    "Therefore": Role.CLAIMED,
    "If ¤ then": Role.CLAIMED,
    "If ¤ and": Role.SUPPOSED,
    "If ¤ is symmetric and": Role.SUPPOSED,
    "If ¤,": Role.OPEN,
    "If ¤, we get": Role.CLAIMED,
    "If we get": Role.SUPPOSED,
    "If ¤ is symmetric:": Role.CLAIMED,
    "If ¤ is invertible, then its inverse is given by:": Role.CLAIMED,
    "Suppose we have": Role.SUPPOSED,
    "Suppose ¤, ¤ and": Role.SUPPOSED,
    "Suppose ¤; then": Role.CLAIMED,
    "Given ¤ and ¤, we have": Role.CLAIMED,
    "Given": Role.GIVEN,
    "Taking ¤ gives": Role.CLAIMED,
    "Setting ¤, the loss is": Role.CLAIMED,
    "Take the derivative of the loss:": Role.OPEN,
    "We want to solve:": Role.GIVEN,
    "Solving": Role.GIVEN,
    "Solving ¤ gives": Role.CLAIMED,
    "To simplify, let's compute": Role.NAMED,
    "To simplify, let’s find a common denominator:": Role.CLAIMED,
    "Let us begin:": Role.OPEN,
    "Let ¤, then": Role.CLAIMED,
    "Let": Role.SUPPOSED,
    "It vanishes for all": Role.GIVEN,
    "With ¤ the loss is": Role.CLAIMED,
    "We find with": Role.GIVEN,
    "We find with the chain rule": Role.NAMED,
    "At the optimum ¤ and": Role.OPEN,
    "With ¤ and": Role.GIVEN,
    "The roots are those of the equation": Role.NAMED,
    "From it we get the equation": Role.CLAIMED,
    "Then the equation": Role.NAMED,
    "It is a vector that satisfies": Role.SUPPOSED,
    "The minimiser therefore satisfies": Role.CLAIMED,
    "The gradient is": Role.CLAIMED,
    "The distance of the line given by": Role.GIVEN,
    "The distance is given by": Role.CLAIMED,
    "where ¤ is a rotation and": Role.SUPPOSED,
    "the vectors ¤ such that": Role.SUPPOSED,
    "It does not change under rotations, so": Role.CLAIMED,
    "The inverse is ¤ (if ¤ is regular) and": Role.CLAIMED,
    "It holds (where": Role.SUPPOSED,
    "Suppose (as before) that": Role.SUPPOSED,
    "Complementary slackness:": Role.OPEN,
    "求解特征方程：": Role.OPEN,
}


@pytest.mark.parametrize(("clause", "expected"), CLAUSES.items(), ids=[c or "nothing" for c in CLAUSES])
def test_the_words_that_govern_a_place(clause: str, expected: Role) -> None:
    assert role(clause) is expected


@pytest.mark.parametrize(
    ("label", "expected"),
    [("**3. Rank condition:**", True), ("Assumptions", True), ("## Results", False)],
    ids=["condition", "assumptions", "results"],
)
def test_labels_of_conditions(label: str, expected: bool) -> None:
    assert names_conditions(label) is expected
