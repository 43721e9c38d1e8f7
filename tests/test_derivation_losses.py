"""Gradients of a loss of which nothing is known, by entries, through normalisation, gates and attention, and what texts call them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from evalkit.derivation import analyse
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from tests.derivation_help import setting_of

BATCH = {
    "symbols": {"p": "m", "a": "", "b": "", "\\epsilon": "positive, fixed"},
    "definitions": [
        "c = \\frac1m\\sum_{i=1}^m p_i",
        "s^2 = \\frac1m\\sum_{i=1}^m (p_i - c)^2",
        "\\hat p_i = \\frac{p_i - c}{\\sqrt{s^2 + \\epsilon}}",
        "q_i = a\\hat p_i + b",
    ],
}
ROW = {
    "symbols": {"p": "d", "a": "d", "b": "d"},
    "definitions": [
        "c = \\frac1d\\sum_{i=1}^d p_i",
        "s = \\sqrt{\\frac1d\\sum_{i=1}^d (p_i - c)^2 + 1}",
        "\\hat p = \\frac{p - c\\mathbf 1}{s}",
        "q = a \\odot \\hat p + b",
    ],
}
CELL = {
    "symbols": {"u_t": "d, data", "s_{t-1}": "n", "m_{t-1}": "n", "P": "n x d", "R": "n x n"},
    "definitions": [
        "k_t = \\tanh(P u_t + R s_{t-1})",
        "m_t = (\\mathbf 1 - k_t) \\odot m_{t-1} + k_t \\odot k_t",
        "s_t = k_t \\odot \\tanh(m_t)",
    ],
}
HEAD = {
    "symbols": {"F": "n x d", "G": "n x d", "H": "n x p"},
    "definitions": [
        "S = \\frac{1}{\\sqrt d}FG^\\top",
        "A_{ij} = \\frac{e^{S_{ij}}}{\\sum_{k=1}^n e^{S_{ik}}}",
        "O = AH",
    ],
}
LINES = {
    "symbols": {"X": "N x d, data", "B": "d x k", "c": "k", "D": "k x p"},
    "definitions": ["Z = XB + \\mathbf 1 c^\\top", "M = \\tanh(Z)", "Y = MD"],
}


def said(text: str, world: Mapping[str, object]) -> str:
    r"""T for true, F for false and ? for neither, for all relations but definitions; `<y>` is `\partial E/\partial y`."""
    text = re.sub(r"<([^<>$]+)>", r"\\frac{\\partial E}{\\partial \1}", text)
    found = [r.verdict for r in analyse(text, setting_of(world)).relations]
    return "".join("T" if v in TRUE else "F" if v in FALSE else "?" for v in found if v is not Verdict.DEFINITION)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("<\\hat p_i> = <q_i>a", "T"),
        ("<\\hat p_i> = a", "?"),
        ("<a> = \\sum_{i=1}^m <q_i>\\hat p_i", "T"),
        ("<a> = \\sum_{i=1}^m <q_i>", "?"),
        ("<b> = \\sum_i <q_i>", "T"),
        ("<b> = <q_i>", "?"),
        ("<s^2> = -\\frac12\\sum_i <q_i>a(p_i - c)(s^2 + \\epsilon)^{-3/2}", "T"),
        ("<s^2> = -\\frac12\\sum_i <q_i>a(p_i - c)(s^2 + \\epsilon)^{-1/2}", "?"),
        ("<c> = -\\sum_i \\frac{a<q_i>}{\\sqrt{s^2 + \\epsilon}}", "T"),
        ("<c> = \\sum_i \\frac{a<q_i>}{\\sqrt{s^2 + \\epsilon}}", "?"),
    ],
)
def test_normalisation_over_a_batch_entry_by_entry(text: str, wanted: str) -> None:
    assert said(f"${text}$", BATCH) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("\\frac{<\\hat p_i>}{\\sqrt{s^2 + \\epsilon}} + <s^2>\\frac{2(p_i - c)}{m} + \\frac{<c>}{m}", "T"),
        ("\\frac{<\\hat p_i>}{\\sqrt{s^2 + \\epsilon}} + <s^2>\\frac{2(p_i - c)}{m}", "?"),  # the mean is forgotten
        ("\\frac{<\\hat p_i>}{\\sqrt{s^2 + \\epsilon}} + <s^2>\\frac{p_i - c}{m} + \\frac{<c>}{m}", "?"),
    ],
)
def test_all_paths_of_an_entry(text: str, wanted: str) -> None:
    assert said(f"With $<\\hat p_i> = a<q_i>$ we have $<p_i> = {text}$.", BATCH)[-1] == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("<\\hat p> = <q> \\odot a", "T"),
        ("<a> = <q> \\odot \\hat p", "T"),
        ("<a_i> = <q_i>\\hat p_i", "T"),
        ("<a_i> = <q_i>p_i", "?"),
        ("<b_i> = <q_i>", "T"),
        (
            "<p_i> = \\frac1s(<q_i>a_i - \\frac1d\\sum_j <q_j>a_j - \\frac{\\hat p_i(s^2 - 1)}{d s^2}\\sum_j <q_j>a_j\\hat p_j)",
            "?",
        ),
        ("<p_i> = \\frac1s(<q_i>a_i - \\frac1d\\sum_j <q_j>a_j - \\frac{\\hat p_i}{d}\\sum_j <q_j>a_j\\hat p_j)", "T"),
    ],
)
def test_normalisation_of_a_row(text: str, wanted: str) -> None:
    assert said(f"${text}$", ROW) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("<m_{t-1}> = <m_t> \\odot (\\mathbf 1 - k_t)", "T"),
        ("<m_{t-1}> = <m_t> \\odot k_t", "?"),
        ("<m_t> = <s_t> \\odot k_t \\odot (1 - \\tanh^2(m_t))", "T"),
        ("<m_t> = <s_t> \\odot k_t \\odot \\tanh(m_t)", "?"),
        ("<P> = (<k_t> \\odot (1 - k_t^2))u_t^\\top", "T"),
        ("<R> = (<k_t> \\odot (1 - k_t^2))s_t^\\top", "?"),
        ("<s_{t-1}> = R^\\top\\text{diag}(1 - k_t^2)<k_t>", "T"),
        ("<s_{t-1}> = R\\,\\text{diag}(1 - k_t^2)<k_t>", "?"),
        ("\\frac{\\partial k_t}{\\partial s_{t-1}} = \\text{diag}(1 - k_t^2)R", "T"),
        ("\\frac{\\partial k_t}{\\partial s_{t-1}} = R^\\top\\text{diag}(1 - k_t^2)", "?"),  # in the other layout
        ("\\frac{\\partial k_t}{\\partial s_{t-1}} = \\text{diag}(1 + k_t^2)R", "F"),
    ],
)
def test_a_cell_with_a_time(text: str, wanted: str) -> None:
    assert said(f"${text}$", CELL) == wanted


def test_a_jacobian_beside_others_has_their_layout() -> None:
    first = "$\\frac{\\partial k_t}{\\partial s_{t-1}} = \\text{diag}(1 - k_t^2)R$"
    assert said(f"{first}, $\\frac{{\\partial k_t}}{{\\partial u_t}} = P^\\top\\text{{diag}}(1 - k_t^2)$", CELL) == "TF"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("<H> = A^\\top<O>", "T"),
        ("<H> = A<O>", "?"),
        ("<A> = <O>H^\\top", "T"),
        ("<A_{ij}> = \\sum_k <O_{ik}>H_{jk}", "T"),
        ("<S_{ij}> = A_{ij}(<A_{ij}> - \\sum_k A_{ik}<A_{ik}>)", "T"),
        ("<S_{ij}> = A_{ij}(<A_{ij}> - \\sum_k A_{kj}<A_{kj}>)", "?"),
        ("<G> = \\frac{1}{\\sqrt d}<S>^\\top F", "T"),
        ("<G> = \\frac{1}{\\sqrt d}<S>F", "?"),
    ],
)
def test_attention_of_one_head(text: str, wanted: str) -> None:
    text = text.replace("<S>^\\top", "\\left(<S>\\right)^\\top")
    assert said(f"${text}$", HEAD) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Let $g_i = <q_i>$. Then $<a> = \\sum_i g_i\\hat p_i$.", "T"),
        ("Let $g_i = <q_i>$. Then $<a> = \\sum_i g_i$.", "?"),
        ("Let $g_i = <q_i>$ and $h_i = a g_i$. Then $<\\hat p_i> = h_i$.", "T"),
        ("Let $g_i = <\\hat p_i>$. Then $<a> = \\sum_i g_i\\hat p_i$.", "?"),
        ("Let $g_i$ denote $<q_i>$. Then $<b> = \\sum_i g_i$.", "T"),
        ("The upstream gradient $<q_i>$ (written $g_i$) gives $<b> = \\sum_i g_i$.", "T"),
        ("Given the upstream gradient $g_i$, we have $<b> = \\sum_i g_i$.", "?"),
        ("We know $<q_i>$. A vector $g_i$ gives $<b> = \\sum_i g_i$.", "?"),
    ],
)
def test_what_a_text_calls_the_gradients_of_entries(text: str, wanted: str) -> None:
    assert said(text, BATCH)[-1] == wanted


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        ("The loss is $E(\\theta)$.", "T"),
        ("We minimise $E(B, D)$.", "T"),
        ("The loss $E(Y)$ is smooth.", "T"),
        ("Let $D = 0$ at first.", "T"),
        ("The layer directly behind it is linear.", "T"),
        ("The loss is $E(Y, D)$.", "?"),
        ("The loss is $E(M, Y)$.", "?"),
        ("The loss depends on $D$ directly, too.", "?"),
        ("It depends directly on $D$.", "?"),
        ("We add $\\|D\\|_F^2$ to $E$.", "?"),
        ("Here $D = RR^\\top$.", "?"),
        ("Here $X = DP$.", "?"),
    ],
)
def test_what_else_a_loss_may_depend_on(before: str, wanted: str) -> None:
    assert said(f"{before} Then $<D> = M^\\top<Y>$.", LINES)[-1] == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("c \\odot c = c^2", "T"),
        ("c \\odot c^2 = c^3", "T"),
        ("\\text{diag}(c^2) = \\text{diag}(c)^2", "T"),
        ("c \\odot c = c^3", "F"),
        ("c^\\top c = c^2", "F"),
    ],
)
def test_a_power_of_a_column_is_that_of_its_entries(text: str, wanted: str) -> None:
    assert said(f"${text}$", LINES) == wanted


def test_a_matrix_that_is_defined_by_its_entries() -> None:
    text = "$A\\mathbf 1 = \\mathbf 1$, $A^\\top\\mathbf 1 = \\mathbf 1$, $\\operatorname{tr}(A) = \\sum_i A_{ii}$"
    assert said(text, HEAD) == "TFT"


def test_a_transpose_beside_a_size_of_this_name() -> None:
    world = {"symbols": {"F": "T x d", "G": "T x d"}, "definitions": ["S = FG^\\top"]}
    assert said("$S = FG^T$, $S^T = GF^T$, $S = F^TG$", world) == "TTF"
    assert said("$(T \\times d)^T(T \\times d) = d \\times d$", world) == "?"


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        ("", "F"),
        ("So ", "F"),
        ("Therefore the gradient would be ", "F"),
        ("With the weights below the data, ", "?"),
        ("In rows instead of columns, ", "?"),
        ("In the transposed layout, ", "?"),
        ("For a symmetric $D$, ", "?"),
        ("Let $D$ be orthogonal. Then ", "?"),
        ("A mistake is ", "?"),
        ("Why is it not ", "?"),
    ],
)
def test_a_slip_of_every_loss_in_the_layout_of_its_text(before: str, wanted: str) -> None:
    behind = "?" if before.startswith("Why") else "."
    text = f"We have $<D> = M^\\top<Y>$, $<M> = <Y>D^\\top$, $<B> = X^\\top<Z>$.\n\n{before}$<X> = B^\\top<Z>${behind}"
    assert said(text, LINES) == f"TTT{wanted}"


def test_a_slip_beside_another_layer() -> None:
    text = (
        "We have $<D> = M^\\top<Y>$, $<M> = <Y>D^\\top$, $<B> = X^\\top<Z>$.\n\nFor $Y = MD^\\top$ it is $<M> = <Y>D$."
    )
    assert said(text, LINES)[-1] == "?"
    assert said(text.replace("For $Y = MD^\\top$ it", "With $Y = MD$ it"), LINES)[-1] == "F"
