"""What a text calls its gradients and the arguments of its functions, and what else a loss may depend on: tables, each with its counter-examples."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from evalkit.derivation import analyse
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from tests.derivation_help import setting_of

HEAD: Mapping[str, object] = {"symbols": {"A": "m x n", "B": "n x k"}, "definitions": ["C = A B"]}
CELL: Mapping[str, object] = {
    "symbols": {"p": "k", "q": "k", "h_p": "k"},
    "definitions": ["n = \\tanh(p)", "h = q \\odot n + h_p"],
}
NEURON: Mapping[str, object] = {
    "symbols": {"w": "d", "x": "d, data", "c": "scalar"},
    "definitions": ["\\sigma(t) = \\frac{1}{1+e^{-t}}", "u = \\sigma(w^\\top x + c)", "E = \\frac12 u^2"],
}
NORM: Mapping[str, object] = {
    "symbols": {"x": "n", "V": "m x n"},
    "definitions": ["r = \\sqrt{\\frac1n \\sum_{i=1}^n x_i^2}", "s = \\frac{1}{r} x", "y = V s"],
}


def found(text: str, world: Mapping[str, object]) -> str:
    """T, F or ? for every relation that is no definition."""
    verdicts = [r.verdict for r in analyse(text, setting_of(world)).relations]
    return "".join("T" if v in TRUE else "F" if v in FALSE else "?" for v in verdicts if v is not Verdict.DEFINITION)


def d(of: str, by: str) -> str:
    return f"\\frac{{\\partial {of}}}{{\\partial {by}}}"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"Write $dC$ for ${d('L', 'C')}$. Then $dA = dC B^\\top$ and $dB = A^\\top dC$.", "TT"),
        (f"Write $dC$ for ${d('L', 'C')}$. Then $dA = dC B$ and $dB = dC A^\\top$.", "??"),
        (f"The upstream gradient ${d('L', 'C')}$ (call it $dC$) is given. Then $dA = dC B^\\top$.", "T"),
        ("Going back, $dA = dC B^\\top$ and $dB = A^\\top dC$.", "TT"),
        ("Going back, $dA = B dC$ and $dB = dC A$.", "??"),
        ("With $A$ fixed, $dC = A\\,dB$.", "T"),
        ("The differential is $dC = dA\\,B + A\\,dB$.", "T"),
        ("The differential is $dC = dA\\,B + A\\,dB$, with $dA = dC\\,Q$ for some $Q$.", "T?"),
    ],
)
def test_gradients_that_are_called_by_a_d(text: str, wanted: str) -> None:
    assert found(text, HEAD) == wanted


LINEAR: Mapping[str, object] = {
    "symbols": {"X": "n x d, data", "W": "d x k", "b": "k", "W_1": "d x h", "b_1": "h", "V": "d x n", "M": "d x d"},
}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("$Z = XW$. The backward pass is $dW = X^\\top dZ$.", "?"),
        ("$Z = XW$. The backward pass is $dX = dZ\\,W^\\top$.", "?"),
        ("$Z = XW$. The backward pass is $dW = \\frac1n X^\\top dZ$.", "?"),
        ("$Z = XW + \\mathbf 1b^\\top$. Here $db = dZ^\\top\\mathbf 1$.", "?"),
        ("$Z = XW$ and $H = \\tanh(Z)$. Then $dZ = dH \\odot (1 - H^2)$.", "?"),
        ("$Z = XW$ and $H = \\tanh(Z)$. Then $dH = dZ \\odot (1 - H^2)$.", "T"),
        ("$Z = XW$ and $H = \\tanh(Z)$. Then $dH = dZ \\odot (1 + H^2)$.", "F"),
        ("$Z = XW$ and $H = \\tanh(Z)$. Then $dZ = dH \\odot (1 + H^2)$.", "F"),
        ("$Z = MV$. The backward pass is $dV = M\\,dZ$.", "F"),
        ("$Z = MV$. The backward pass is $dV = M^\\top dZ$.", "?"),
        ("$Z = MV$. With $M$ fixed, $dZ = M\\,dV$.", "T"),
        ("$Z = MV$. With $M$ fixed, $dZ = M^\\top dV$.", "F"),
        ("$Z = XW_1 + \\mathbf 1b_1^\\top$. If only $b_1$ moves, $dZ = \\mathbf 1\\,db_1^\\top$.", "T"),
        ("$Z_1 = XW_1 + \\mathbf 1b_1^\\top$. If only $b_1$ moves, $dZ_1 = \\mathbf 1\\,db_1^\\top$.", "T"),
        ("$Z_1 = XW_1 + \\mathbf 1b_1^\\top$. If only $b_1$ moves, $dZ_1 = 2\\mathbf 1\\,db_1^\\top$.", "F"),
    ],
)
def test_differentials_that_may_be_gradients(text: str, wanted: str) -> None:
    assert found(text, LINEAR) == wanted


@pytest.mark.parametrize(
    ("words", "claims", "wanted"),
    [
        (
            "Denote the gradient by $v$ as $\\bar v$.",
            "$\\bar q = \\bar h \\odot n$, $\\bar n = \\bar h \\odot q$",
            "TT",
        ),
        (
            "Let $\\bar v$ be the gradient with respect to $v$.",
            "$\\bar q = \\bar h \\odot n$, $\\bar h_p = \\bar h$",
            "TT",
        ),
        ("Let $\\bar v$ be the gradient with respect to $v$.", "$\\bar p = \\bar n \\odot (1 - n \\odot n)$", "T"),
        (
            "Let $\\bar v$ be the gradient with respect to $v$.",
            "$\\bar p = \\bar n \\odot (1 - n)$, $\\bar q = \\bar h \\odot q$",
            "??",
        ),
        (f"$\\bar h = {d('L', 'h')}$.", "$\\bar q = \\bar h \\odot n$", "T"),
        ("Let $\\bar v$ be the mean of $v$.", "$\\bar q = \\bar h \\odot n$", "?"),
        ("", "$\\bar q = \\bar h \\odot n$", "?"),
    ],
)
def test_gradients_that_are_called_by_a_bar(words: str, claims: str, wanted: str) -> None:
    assert found(f"{words} Then {claims}.", CELL)[-len(wanted) :] == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"${d('u', 'z')} = u(1 - u)$", "T"),
        (f"${d('u', 'z')} = u(1 + u)$", "F"),
        (f"${d('u', 'z')} = 1 - u^2$", "?"),
        (f"${d('u', 'z')} = u(1 - u)$ and ${d('z', 'w')} = x$, ${d('z', 'c')} = 1$", "TTT"),
        (f"${d('u', 'z')} = u(1 - u)$, so ${d('E', 'z')} = u^2(1 - u)$", "TT"),
        (f"$u = \\sigma(z)$ gives ${d('u', 'z')} = u(1 - u)$", "TT"),
        (f"Take $z = 3$. Then ${d('u', 'z')} = u(1 - u)$", "?"),
        (f"With $z = 2w^\\top x$ we get ${d('u', 'z')} = u(1 - u)$", "F"),
    ],
)
def test_a_letter_that_stands_for_an_argument(text: str, wanted: str) -> None:
    assert found(text, NEURON)[-len(wanted) :] == wanted


GRADIENT = f"Then ${d('J', 'x')} = \\frac1r\\left(I - \\frac1n ss^\\top\\right){d('J', 's')}$"
WEIGHTS = f"${d('J', 'V')} = {d('J', 'y')} s^\\top$"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"{GRADIENT}.", "T"),
        (f"Here $r = N(x) = \\sqrt{{\\frac1n\\|x\\|^2}}$. {GRADIENT}.", "T"),
        (f"Note that $\\|s\\|^2 = n$. {GRADIENT}.", "T"),
        (f"We use $J + \\|x\\|^2$. {GRADIENT}.", "?"),
        (f"Let $q = x^\\top x$. {GRADIENT}.", "?"),
        (f"{WEIGHTS}. Then $t_L(1 - c) = 2$.", "T"),
        (f"{WEIGHTS}. Here $J(y, V)$ is meant.", "?"),
        (f"At $n = 2m$ both are equal. {WEIGHTS}.", "T"),
        (f"Let $B = V^\\top V$. {WEIGHTS}.", "?"),
    ],
)
def test_what_else_a_loss_may_depend_on(text: str, wanted: str) -> None:
    assert wanted in found(text, NORM)[-2:]


NET = "For any layer $z^l = W^l a^{l-1} + b^l$ and $a^l = \\sigma(z^l)$; let $\\delta^l = \\frac{\\partial C}{\\partial z^l}$. "


@pytest.mark.parametrize(
    ("claim", "wanted"),
    [
        ("\\delta^L = \\nabla_a C \\odot \\sigma'(z^L)", "T"),
        ("\\delta^L = \\nabla_a C \\odot \\sigma(z^L)", "?"),
        ("\\delta^{L-1} = (W^L)^\\top \\delta^L \\odot \\sigma'(z^{L-1})", "T"),
        ("\\delta^{L-1} = W^L \\delta^L \\odot \\sigma'(z^{L-1})", "?"),
        ("\\delta^{L-2} = (W^{L-1})^\\top \\delta^{L-1} \\odot \\sigma'(z^{L-2})", "T"),
        ("\\delta^{L-2} = (W^{L})^\\top \\delta^{L-1} \\odot \\sigma'(z^{L-2})", "?"),
        ("\\nabla_{W^l} C = \\delta^l (a^{l-1})^\\top", "T"),
        ("\\nabla_{W^l} C = \\delta^l (a^l)^\\top", "?"),
        ("\\nabla_{b^l} C = \\delta^l", "T"),
        ("z^{l+1}_k = \\sum_j w^{l+1}_{kj} \\sigma(z^l_j) + b^{l+1}_k", "T"),
        ("\\frac{\\partial C}{\\partial w^l_{jk}} = a^{l-1}_k \\delta^l_j", "T"),
        ("\\frac{\\partial C}{\\partial w^l_{jk}} = a^l_k \\delta^l_j", "?"),
    ],
)
def test_layers_in_the_spelling_of_a_book(claim: str, wanted: str) -> None:
    assert found(f"{NET}Then ${claim}$.", {"symbols": {"\\eta": "positive"}})[-1:] == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("$\\ell = -\\log\\sigma(s) - \\log(1 - \\sigma(s))$. Then $\\sigma'(s) = \\sigma(s)(1 - \\sigma(s))$", "T"),
        ("$\\ell = -\\log\\sigma(s) - \\log\\sigma(-s)$. Then $1 - \\sigma(-s) = \\sigma(s)$", "T"),
        ("$\\ell = -\\log\\sigma(s) - \\log\\sigma(-s)$. Then $\\sigma'(s) = \\sigma(s)(1 + \\sigma(s))$", "?"),
        ("$\\ell = -\\log\\sigma(s)$. Then $\\sigma'(s) = 1 - \\sigma(s)^2$", "?"),
        ("$\\ell = 1 - \\sigma(s)$. Then $\\sigma'(s) = \\sigma(s)(1 - \\sigma(s))$", "?"),
    ],
)
def test_a_sigma_of_which_a_logarithm_is_taken(text: str, wanted: str) -> None:
    assert found(text, {"symbols": {"w": "positive"}})[-1:] == wanted


CLASSES: Mapping[str, object] = {
    "symbols": {"z": "K", "t": "K, onehot, data"},
    "definitions": ["q_i = \\frac{e^{z_i}}{\\sum_{j=1}^K e^{z_j}}", "E = -\\sum_{i=1}^K t_i \\log q_i"],
}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("The loss is $E = -\\log q_c$, so $E = -z_c + \\log\\sum_{j=1}^K e^{z_j}$.", "TT"),
        (f"The loss is $E = -\\log q_c$, so ${d('E', 'z_c')} = q_c - 1$.", "TT"),
        (f"The loss is $E = -\\log q_c$, so ${d('E', 'z_c')} = q_c$.", "TF"),
        ("The loss is $E = -\\log q_c$, so $E = z_c - \\log\\sum_{j=1}^K e^{z_j}$.", "TF"),
    ],
)
def test_a_letter_that_says_where_the_one_is(text: str, wanted: str) -> None:
    assert found(text, CLASSES) == wanted
