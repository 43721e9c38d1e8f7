r"""Layers as texts write them: `\max(0, z)` of a column, indicators of columns, entries with a comma, products entry by entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from evalkit.derivation import analyse
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from tests.derivation_help import setting_of

LETTERS = {"u": "d, data", "t": "c, onehot, data", "M": "h x d", "p": "h", "N": "c x h", "q": "c"}
SOFTMAX = {
    "symbols": LETTERS,
    "definitions": [
        "z_1 = M u + p", "a_1 = \\max(0, z_1)", "z_2 = N a_1 + q",
        "\\hat y_i = \\frac{e^{z_{2,i}}}{\\sum_j e^{z_{2,j}}}", "L = -\\sum_i t_i \\log \\hat y_i",
    ],
}  # fmt: skip
LABELLED = {
    "symbols": LETTERS,
    "definitions": [
        "z_{1,j} = \\sum_k M_{jk} u_k + p_j", "a_1 = \\max(z_1, 0)", "z_2 = N a_1 + q",
        "y_{\\text{out}, i} = \\frac{e^{z_{2,i}}}{\\sum_{j=1}^c e^{z_{2,j}}}", "L = -\\sum_{i=1}^c t_i \\log y_{\\text{out}, i}",
    ],
}  # fmt: skip
CALLED = {
    "symbols": LETTERS,
    "definitions": [
        "g(s) = \\max(0, s)",
        "z_1 = M u + p",
        "a_1 = g(z_1)",
        "z_2 = N a_1 + q",
        "L = \\frac12\\|z_2 - t\\|^2",
    ],
}
SMOOTH = {
    "symbols": LETTERS,
    "definitions": [
        "f(s) = \\frac{1}{1 + e^{-s}}", "z_1 = M u + p", "a_1 = \\tanh(z_1)", "z_2 = N a_1 + q",
        "a_2 = \\frac{1}{1 + e^{-z_2}}", "L = \\frac12\\|a_2 - t\\|^2",
    ],
}  # fmt: skip
BATCH = {
    "symbols": {"U": "n x d, data", "T": "n x c, data", "M": "d x h", "N": "h x c"},
    "definitions": [
        "Z = U M",
        "A = \\tanh(Z)",
        "B = \\max(0, Z)",
        "S = A N",
        "R = B N",
        "L = \\frac12\\|S - T\\|_F^2",
        "K = \\frac12\\|R - T\\|_F^2",
    ],
}
TOKENS = {
    "symbols": {"Q": "T x d", "K": "T x d"},
    "definitions": ["S = \\frac{1}{\\sqrt d} Q K^\\top", "L = \\frac12\\|S\\|_F^2"],
}


def said(text: str, world: Mapping[str, Any]) -> str:
    """T for true, F for false, D for a definition and ? for none of these."""
    found = [r.verdict for r in analyse(text, setting_of(world)).relations]
    return "".join("D" if v is Verdict.DEFINITION else "T" if v in TRUE else "F" if v in FALSE else "?" for v in found)


def d(of: str, by: str) -> str:
    return f"\\frac{{\\partial {of}}}{{\\partial {by}}}"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a_1 = \\operatorname{ReLU}(z_1)", "T"),
        ("\\operatorname{ReLU}(z_1) = \\max(0, z_1)", "T"),
        ("\\max\\{z_1, 0\\} = a_1", "T"),
        ("\\min(0, z_1) = -\\max(0, -z_1)", "T"),
        ("\\min(0, z_1) = \\max(0, -z_1)", "F"),
        ("\\max(0, z_1) - \\max(0, -z_1) = z_1", "T"),
        ("\\max(0, z_1) + \\max(0, -z_1) = z_1", "F"),
        ("\\max(0, z_2) = a_1", "F"),  # of another length
        ("\\max(2, 5, 3) = 5", "T"),  # numbers stay numbers
        ("\\max(2, 5, 3) = 2", "F"),
        ("\\max(u^\\top u, 0) = u^\\top u", "T"),
    ],
)
def test_the_largest_of_a_number_and_a_column_is_that_of_each_entry(text: str, wanted: str) -> None:
    assert said(f"We have $${text}$$", SOFTMAX) == wanted


@pytest.mark.parametrize("one", ["\\mathbf{1}", "\\mathbb{1}", "\\mathbb{I}", "1", "I"])
@pytest.mark.parametrize("brackets", ["_{z_1 > 0}", "_{\\{z_1 > 0\\}}", "(z_1 > 0)", "[z_1 > 0]", "\\{z_1 > 0\\}"])
def test_indicators_of_a_column_are_columns(one: str, brackets: str) -> None:
    left, back = d("L", "z_1"), "(N^\\top(\\hat y - t))"
    assert said(f"We have $${left} = {back} \\odot {one}{brackets}$$", SOFTMAX) == "T"
    assert said(f"We have $${left} = {back} \\odot {one}{brackets.replace('>', '<')}$$", SOFTMAX) == "F"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"{d('L', 'z_1')} = (N^\\top(\\hat y - t)) \\odot (z_1 > 0)", "T"),
        (f"{d('L', 'z_1')} = [z_1 > 0] \\odot (N^\\top(\\hat y - t))", "T"),
        (f"{d('L', 'z_1')} = (N^\\top(\\hat y - t)) \\odot (z_1 < 0)", "F"),
        (f"{d('L', 'z_1')} = (N^\\top(\\hat y - t)) \\odot \\operatorname{{ReLU}}'(z_1)", "T"),
        (f"{d('L', 'z_1')} = N^\\top(\\hat y - t)", "F"),
        (f"{d('a_1', 'z_1')} = \\operatorname{{diag}}(\\mathbf{{1}}_{{z_1 > 0}})", "T"),
        (f"{d('a_1', 'z_1')} = \\operatorname{{diag}}(\\mathbb{{1}}[z_1 > 0])", "T"),
        (f"{d('a_1', 'z_1')} = \\operatorname{{diag}}(\\mathbf{{1}}_{{z_1 < 0}})", "F"),
        (f"{d('L', 'z_{1,j}')} = \\mathbf{{1}}_{{z_{{1,j}} > 0}} \\sum_k N_{{kj}} (\\hat y_k - t_k)", "T"),
        (f"{d('L', 'z_{1,j}')} = \\sum_k N_{{kj}} (\\hat y_k - t_k)", "F"),
        ("|q_1| = q_1 (q_1 > 0)", "?"),  # a remark, and no factor
        ("\\mathbf{1}_{M = N} = 1", "?"),
    ],
)
def test_slopes_of_the_larger_one(text: str, wanted: str) -> None:
    assert said(f"We have $${text}$$", SOFTMAX) == wanted


ENTRY = d("\\hat y_i", "z_{2,j}")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("\\hat y = \\operatorname{softmax}(z_2)", "T"),
        ("\\hat y_i = \\frac{e^{z_{2,i}}}{\\sum_k e^{z_{2,k}}}", "T"),
        ("\\hat y_i = \\frac{e^{z_{2,i}}}{\\sum_k e^{z_{1,k}}}", "F"),
        ("z_{2,i} = \\sum_j N_{ij} a_{1,j} + q_i", "T"),
        ("z_{2,i} = \\sum_j N_{ij} a_{1,j}", "F"),
        (f"{d('L', 'z_2')} = \\hat y - t", "T"),
        (f"{d('L', 'z_2')} = t - \\hat y", "F"),
        (f"{d('L', 'z_{2,k}')} = \\hat y_k - t_k", "T"),
        (f"{d('L', 'z_{2,k}')} = t_k - \\hat y_k", "F"),
        (f"{ENTRY} = \\hat y_i (\\delta_{{ij}} - \\hat y_j)", "T"),
        (f"{ENTRY} = \\hat y_i (\\delta_{{ij}} - \\hat y_i)", "F"),
        (f"{d('L', 'N')} = (\\hat y - t) a_1^\\top", "T"),
        (f"{d('L', 'N')} = (\\hat y - t) u^\\top", "F"),
        ("x_{2,i} = \\hat y_i", "D"),  # a letter of nobody's
    ],
)
def test_entries_of_numbered_columns_have_a_comma(text: str, wanted: str) -> None:
    assert said(f"We have $${text}$$", SOFTMAX) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("z_1 = M u + p", "T"),
        ("z_{1,j} = \\sum_k M_{jk} u_k + p_j", "T"),
        ("y_{\\text{out}} = \\operatorname{softmax}(z_2)", "T"),
        (f"{d('L', 'z_2')} = y_{{\\text{{out}}}} - t", "T"),
        (f"{d('L', 'z_2')} = t - y_{{\\text{{out}}}}", "F"),
        (f"{d('L', 'z_{2,i}')} = y_{{\\text{{out}}, i}} - t_i", "T"),
        (f"{d('L', 'z_1')} = (N^\\top(y_{{\\text{{out}}}} - t)) \\odot \\mathbb{{1}}_{{z_1 > 0}}", "T"),
    ],
)
def test_a_column_that_is_given_by_its_entries_is_one(text: str, wanted: str) -> None:
    assert said(f"We have $${text}$$", LABELLED) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a_1 = \\max(0, z_1)", "T"),
        ("g'(s) = \\begin{cases} 1 & s > 0 \\\\ 0 & \\text{otherwise}\\end{cases}", "T"),
        ("g'(z_1) = \\begin{cases} 1 & \\text{if } z_1 > 0 \\\\ 0 & \\text{otherwise}\\end{cases}", "T"),
        ("g'(z_1) = \\begin{cases} 0 & \\text{if } z_1 > 0 \\\\ 1 & \\text{otherwise}\\end{cases}", "F"),
        ("g'(z_1) = \\mathbb{1}(z_1 > 0)", "T"),
        ("g'(z_1) = \\mathbb{1}(z_1 < 0)", "F"),
        (f"{d('L', 'z_1')} = (N^\\top(z_2 - t)) \\odot g'(z_1)", "T"),
        (f"{d('L', 'z_1')} = g'(z_1) \\odot N^\\top(z_2 - t)", "T"),
        (f"{d('L', 'z_1')} = (N^\\top(z_2 - t)) \\odot g(z_1)", "F"),
        (f"{d('L', 'z_1')} = \\operatorname{{diag}}(g'(z_1)) N^\\top(z_2 - t)", "T"),
        (f"{d('L', 'M')} = (N^\\top(z_2 - t) \\odot g'(z_1)) u^\\top", "T"),
        (f"{d('L', 'M')} = (N^\\top(z_2 - t)) u^\\top", "F"),
    ],
)
def test_a_function_of_a_number_has_a_slope_in_every_entry(text: str, wanted: str) -> None:
    assert said(f"We have $${text}$$", CALLED) == wanted


BACK = f"N^\\top {d('L', 'z_2')}"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"{d('L', 'a_2')} = a_2 - t", "T"),
        (f"{d('L', 'z_2')} = (a_2 - t) \\odot a_2 \\odot (1 - a_2)", "T"),
        (f"{d('L', 'z_2')} = (a_2 - t) \\odot a_2 (1 - a_2)", "T"),
        (f"{d('L', 'z_2')} = (a_2 - t) a_2 (1 - a_2)", "T"),
        (f"{d('L', 'z_2')} = (a_2 - t) \\cdot a_2 \\cdot (1 - a_2)", "T"),
        (f"{d('L', 'z_2')} = (a_2 - t) * a_2 * (1 - a_2)", "T"),
        (f"{d('L', 'z_2')} = (a_2 - t) \\circ f'(z_2)", "T"),
        (f"{d('L', 'z_2')} = (a_2 - t) f'(z_2)", "F"),  # nothing tells that the sign is left out
        (f"{d('L', 'z_2')} = (a_2 - t) \\odot a_2 \\odot (1 + a_2)", "F"),
        (f"{d('L', 'z_2')} = (a_2 + t) \\circ f'(z_2)", "F"),
        (f"{d('L', 'z_1')} = ({BACK}) \\odot (1 - a_1^2)", "T"),
        (f"{d('L', 'z_1')} = (1 - a_1^2) \\odot {BACK}", "T"),
        (f"{d('L', 'z_1')} = ({BACK}) * (1 - \\tanh^2(z_1))", "T"),
        (f"{d('L', 'z_1')} = \\operatorname{{diag}}(1 - a_1^2) {BACK}", "T"),
        (f"{d('L', 'z_1')} = ({BACK}) \\odot (1 - a_1)", "F"),
        (f"{d('L', 'z_1')} = ({BACK}) \\odot (1 + a_1^2)", "F"),
        (f"{d('a_2', 'z_2')} = a_2 (1 - a_2)", "T"),
        (f"{d('a_1', 'z_1')} = 1 - a_1^2", "T"),
        (f"{d('a_1', 'z_1')} = \\operatorname{{diag}}(1 - a_1 \\odot a_1)", "T"),
        ("\\tanh'(z_1) = 1 - a_1^2", "T"),
        ("f'(z_2) = f(z_2)(1 - f(z_2))", "T"),
        ("f'(z_2) = f(z_2) \\odot (1 + f(z_2))", "F"),
    ],
)
def test_products_and_squares_of_columns_entry_by_entry(text: str, wanted: str) -> None:
    assert said(f"We have $${text}$$", SMOOTH) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "p a_1 = a_1 p",
        "u \\cdot t = t \\cdot u",
        "a_1 z_1 = z_1 a_1",
        "p^2 = p p",
        "M M = M^2",
        "a_2(1 + a_2) = f'(z_2)",
    ],
)
def test_what_has_no_shape_is_not_true_because_it_would_be_of_each_entry(text: str) -> None:
    """What only changes the order of factors says nothing of entries."""
    assert said(f"We have $${text}$$", SMOOTH) != "T"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"{d('K', 'Z')} = ((R - T) N^\\top) \\odot \\mathbb{{1}}[Z > 0]", "T"),
        (f"{d('K', 'Z')} = ((R - T) N^\\top) \\odot (Z > 0)", "T"),
        (f"{d('K', 'Z')} = ((R - T) N^\\top) \\odot \\mathbf{{1}}_{{Z < 0}}", "F"),
        (f"{d('K', 'M')} = U^\\top [((R - T) N^\\top) \\odot \\mathbf{{1}}_{{Z > 0}}]", "T"),
        (f"{d('L', 'Z')} = ((S - T) N^\\top) \\odot (1 - A^2)", "T"),
        (f"{d('L', 'Z')} = (S - T) N^\\top * (1 - \\tanh^2(Z))", "T"),
        (f"{d('L', 'Z')} = ((S - T) N^\\top) \\odot (1 - A)", "F"),
        ("\\tanh'(Z) = 1 - \\tanh^2(Z)", "T"),
        ("1 - \\tanh^2(Z) = 1 - A^2", "T"),
        (f"{d('A', 'Z')} = 1 - A^2", "T"),
        (f"{d('A', 'Z')} = \\tanh'(Z)", "T"),
        (f"{d('A', 'Z')} = 1 - A", "?"),
        (f"{d('S', 'A')} = N", "?"),  # each entry depends on several
        (f"{d('S', 'A')} = 1 - A^2", "?"),
    ],
)
def test_a_batch_entry_by_entry(text: str, wanted: str) -> None:
    assert said(f"We have $${text}$$", BATCH) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("$S = \\frac{QK^T}{\\sqrt d}$", "T"),
        (f"${d('L', 'K')} = \\frac{{1}}{{\\sqrt d}} S^T Q$", "T"),
        (f"${d('L', 'K')} = \\frac{{1}}{{\\sqrt d}} S Q$", "F"),
        ("$P^T = PP^{T-1}$", "?"),
        ("$P^T = PP^{T-1}$ and $S^\\top S = (S^\\top S)^\\top$", "TT"),  # another sign transposes: a power
        ("$\\gamma^T = \\gamma \\gamma^{T-1}$", "T"),
    ],
)
def test_a_matrix_is_turned_by_a_t_that_is_a_size_too(text: str, wanted: str) -> None:
    assert said(f"We have {text}.", TOKENS) == wanted


@pytest.mark.parametrize("mark", ["", "**2.** ", "2. ", "**Answer.** "])
def test_a_list_of_gradients_claims_them(mark: str) -> None:
    """Full stops and commas between formulas, behind a bold number or not."""
    told = "Let $v = z_1$, $w = a_1$. Going back: ${}$, ${}$. ${}$."
    right = (
        f"{d('L', 'q')} = z_2 - t",
        f"{d('L', 'N')} = (z_2 - t) a_1^T",
        f"{d('L', 'p')} = N^T(z_2 - t) \\odot g'(z_1)",
    )
    wrong = (
        f"{d('L', 'q')} = t - z_2",
        f"{d('L', 'N')} = (t - z_2) a_1^T",
        f"{d('L', 'p')} = N^T(z_2 - t) \\odot g(z_1)",
    )
    assert said(mark + told.format(*right), CALLED) == "DDTTT"
    assert said(mark + told.format(*wrong), CALLED) == "DDFFF"


@pytest.mark.parametrize("mark", ["**", "**2. ", "# "])
def test_a_label_claims_nothing(mark: str) -> None:
    end = "**" if mark.startswith("**") else ""
    assert said(f"{mark}Where ${d('L', 'q')} = t - z_2${end}\n\nAnd ${d('L', 'q')} = z_2 - t$.", CALLED) == "?T"
