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


DIAG = r"\operatorname{diag}(d_1, \ldots, d_n)"
AGAIN = [
    # (id, in words, the decomposition, what follows, verdicts)
    ("numbers on the diagonal", "eigen", ("S", "Q", DIAG, r"Q^\top"), r"S^2 = Q {}^2 Q^\top", "dii"),
    ("numbers on the diagonal, wrong", "eigen", ("S", "Q", DIAG, r"Q^\top"), r"S + S = Q {} Q^\top", "dif"),
    ("with an inverse", "eigen", ("S", "Q", DIAG, "Q^{-1}"), r"S^2 = Q {}^2 Q^\top", "dii"),
    ("with an inverse, wrong", "eigen", ("S", "Q", DIAG, "Q^{-1}"), r"S + S = Q {} Q^\top", "dif"),
    ("a letter", "eigen", ("S", "Q", "D", r"Q^\top"), "S^2 = Q {}^2 Q^{{-1}}", "dii"),
    ("a letter, wrong", "eigen", ("S", "Q", "D", r"Q^\top"), "S + S = Q {} Q^{{-1}}", "dif"),
    ("two factors", "singular value ", ("X", "U", "D", r"V^\top"), r"X^\top = V {} U^\top", "dii"),
    ("two factors, wrong", "singular value ", ("X", "U", "D", r"V^\top"), r"X + X = U {} V^\top", "dif"),
]


@pytest.mark.parametrize(
    ("words", "parts", "claim", "expected"), [row[1:] for row in AGAIN], ids=[row[0] for row in AGAIN]
)
def test_a_decomposition_written_again_is_the_same(
    words: str, parts: tuple[str, str, str, str], claim: str, expected: str
) -> None:
    of, left, middle, right = parts
    once = f"${of} = {left} {middle} {right}$"
    text = f"Take the {words}decomposition {once}. As said, {once}. So ${claim.format(middle)}$."
    world = setting_of({"symbols": {"S": "n x n, symmetric", "X": "m x n"}})
    assert verdicts(analyse(text, world)) == expected


THIN = {
    "symbols": {"X": "m x n, data"},
    "dimensions": ["n < m"],
    "decompositions": [{"of": "X", "kind": "thin svd", "names": ["U", "S", "V"]}],
}
FULL = [
    ("the thin one", r"We have $U^\top U = I_n$ and $V^\top V = I_n$.", "ii"),
    ("the full one, by a size", r"We have $U^\top U = I_m$. So $U U^\top = I_m$.", "ii"),
    ("the full one, from the other side", r"We have $U U^\top = I_m$. So $U^\top U = I_m$.", "ii"),
    ("the full one, in words", r"Take the full SVD $X = U S V^\top$. So $U^\top U = I_m$.", "di"),
    ("a multiple", r"We have $U^\top U = 2I_n$.", "f"),
    ("no product of one letter", r"We have $U^\top X = I_m$.", "t"),
]


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in FULL], ids=[row[0] for row in FULL])
def test_a_size_tells_the_full_decomposition(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(THIN))) == expected


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


GRID = {
    "symbols": {"G": "n x m", "b": "n", "c": ""},
    "definitions": [r"h_{ij} = 3g_{ij} + c b_i", r"R = \sum_{i,j} h_{ij}", "E_{ab} = 2c"],
    "families": {"g_{ij}": "entries of G", "b_i": "entries of b"},
}
TWO_INDICES = [
    ("as defined", r"So $h_{ij} - cb_i = 3g_{ij}$.", "a"),
    ("other letters", r"So $h_{kl} = 3g_{kl} + cb_k$.", "a"),
    ("numbers", r"So $h_{21} = 3g_{21} + cb_2$.", "a"),
    ("the first index for the second", r"So $h_{ij} = 3g_{ij} + cb_j$.", "f"),
    ("a factor is missing", r"So $h_{ij} = 3g_{ij} + b_i$.", "f"),
    ("summed over one", r"So $\sum_j h_{ij} = 3\sum_j g_{ij} + mcb_i$.", "a"),
    ("summed over the other", r"So $\sum_i h_{ij} = 3\sum_i g_{ij} + c\sum_i b_i$.", "i"),
    ("summed over one and false", r"So $\sum_j h_{ij} = 3\sum_j g_{ij} + cb_i$.", "f"),
    ("summed over both", r"So $R = 3\sum_{i,j} g_{ij} + mc\sum_i b_i$.", "i"),
    ("summed over both and false", r"So $R = 3\sum_{i,j} g_{ij} + c\sum_i b_i$.", "f"),
    ("a derivative", r"So $\frac{\partial h_{ij}}{\partial c} = b_i$ and $\frac{\partial R}{\partial c} = m\sum_i b_i$.", "ii"),
    ("labels", "So $E_{ab} = 2c$.", "i"),
    ("of the reply's own", r"Let $q_{ij} = b_ib_j$. Then $q_{ij} = q_{ji}$ and $\sum_i q_{ii} = \sum_i b_i^2$.", "daa"),
    ("of the reply's own and false", r"Let $q_{ij} = cg_{ij}$. Then $\sum_j q_{ij} = c\sum_j g_{ij}$ and $\sum_j q_{ij} = \sum_j g_{ij}$.", "dif"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in TWO_INDICES], ids=[row[0] for row in TWO_INDICES])
def test_a_quantity_with_two_indices(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(GRID))) == expected
