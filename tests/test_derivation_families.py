r"""Families of numbered names (`\delta_t = \partial L/\partial h_t`), and a letter of vectors that is used for numbers."""

from __future__ import annotations

import pytest

from evalkit.derivation import analyse
from evalkit.derivation.following.fitting import ONE, Lengths
from evalkit.derivation.following.general import shapes_of
from evalkit.derivation.grammar.nodes import Bin
from evalkit.derivation.problem.entries import one_equation
from evalkit.derivation.worlds.scope import Scope
from tests.derivation_help import judged, setting_of, verdicts

STATES = {
    "symbols": {"A": "r x r", "B": "r x s", "h_0": "r, fixed", "x_1": "s, fixed", "x_2": "s, fixed", "y": "r, fixed"},
    "dimensions": ["r < s"],
    "definitions": ["h_1 = Ah_0 + Bx_1", "h_2 = Ah_1 + Bx_2", r"L = \|h_2 - y\|^2"],
}

NUMBERED = [
    ("a gradient by each", r"Let $\delta_t = \partial L/\partial h_t$. Then $\delta_2 = 2(h_2 - y)$.", "di"),
    ("the one before", r"Let $\delta_t = \partial L/\partial h_t$. Then $\delta_1 = A^\top\delta_2$.", "di"),
    ("a wrong one", r"Let $\delta_t = \partial L/\partial h_t$. Then $\delta_1 = A\delta_2$.", "df"),
    ("an earlier number", r"Let $g_t = h_t - h_{t-1}$. So $g_2 = h_2 - h_1$ and $g_2 = h_1 - h_2$.", "daf"),
    ("no number fits all", r"Let $g_t = h_t + x_{t+5}$.", "u"),
    ("what is known is claimed", r"Here $h_t = Ah_{t-1} + Bx_t$.", "u"),
    ("a size is no index", r"Let $g_r = h_r$.", "u"),
]


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in NUMBERED], ids=[row[0] for row in NUMBERED])
def test_a_name_for_every_number(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(STATES))) == expected


ANEW = [
    ("eigenvalues", r"The eigenvalues of $C$ are $u_i = \sigma_i^2/n$. Indeed $u_i < 1 + u_i$.", "dk"),
    ("no such words", r"So $u_i = \sigma_i^2/n$.", "t"),
    ("vectors after all", r"By the eigenvalues of $C$ we get $u_i = Cu_i$.", "f"),
    ("the old meaning returns", "The eigenvalues of $C$ are $u_i = \\sigma_i^2/n$.\n\n## Vectors\n\nSo $u_i^\\top u_i = 1$.", "di"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in ANEW], ids=[row[0] for row in ANEW])
def test_a_letter_of_vectors_for_numbers(text: str, expected: str) -> None:
    assert judged(text) == expected


FITTING = [
    ("a product", "AB = C", 3, [(0, 1), (1, 2), (0, 2)]),
    ("a trace", r"\operatorname{Tr}(AB) = \operatorname{Tr}(BA)", 2, [(0, 1), (1, 0)]),
    ("commuting", "AB = BA", 1, [(0, 0), (0, 0)]),
    ("a power", "A^2 B = C", 2, [(0, 0), (0, 1), (0, 1)]),
    ("a number before it", r"2A = \frac13 B", 2, [(0, 1), (0, 1)]),
    ("an unread kind", r"\exp(A) = B", 4, [(0, 1), (2, 3)]),
]


@pytest.mark.parametrize(("text", "count", "shapes"), [row[1:] for row in FITTING], ids=[row[0] for row in FITTING])
def test_which_lengths_must_be_equal(text: str, count: int, shapes: list[tuple[int, int]]) -> None:
    names = ["A", "B", "C"][: len(shapes)]
    lengths = Lengths(names)
    lengths.fit(Bin("=", *one_equation(text, Scope())))
    found = lengths.merged()
    order = sorted({n for shape in found for n in shape})
    assert [(order.index(a), order.index(b)) for a, b in found] == shapes
    assert len(order) == count
    assert ONE not in order


def test_a_matrix_that_equals_a_number_fits_nothing() -> None:
    assert shapes_of(Bin("=", *one_equation(r"A = \operatorname{Tr}(B)", Scope())), ["A", "B"]) == []
