r"""Activations of which nothing is known, `a = \sigma(z)`: what holds for every smooth function is true, and a slip is false."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from evalkit.derivation import analyse
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from evalkit.errors import SpecError
from tests.derivation_help import setting_of

LAYERS = {"symbols": {"A": "m x n", "p": "n", "s": "m", "B": "k x m", "r": "k", "t": "k"}}
NEURON = {"symbols": {"w": "n", "p": "n", "s": "", "t": ""}}
NET = "Let $z = Ap + s$ and $h = \\sigma(z)$. Let $o = Bh + r$ and $E = \\frac12\\|o - t\\|^2$. Put $\\delta = \\frac{\\partial E}{\\partial o} = o - t$.\n\n"


def said(text: str, world: Mapping[str, object]) -> str:
    """T for true, F for false, D for a definition and ? for the rest."""
    found = [r.verdict for r in analyse(text, setting_of(world)).relations]
    return "".join("T" if v in TRUE else "F" if v in FALSE else "D" if v is Verdict.DEFINITION else "?" for v in found)


def d(of: str, by: str) -> str:
    return f"\\frac{{\\partial {of}}}{{\\partial {by}}}"


BACK = f"Then ${d('E', 'h')} = B^\\top\\delta$. "


@pytest.mark.parametrize(
    ("claim", "wanted"),
    [
        (f"{d('E', 'B')} = \\delta h^\\top", "T"),
        (f"{d('E', 'z')} = (B^\\top\\delta) \\odot \\sigma'(z)", "T"),
        (f"{d('E', 'A')} = ((B^\\top\\delta) \\odot \\sigma'(z))p^\\top", "T"),
        (f"{d('E', 's')} = (B^\\top\\delta) \\odot \\sigma'(z)", "T"),
        # A slope for its function, and one that was left out: slips.
        (f"{d('E', 'z')} = (B^\\top\\delta) \\odot \\sigma(z)", "F"),
        (f"{d('E', 'B')} = -\\delta h^\\top", "F"),
        # The text may know more of its function.
        (f"{d('E', 'z')} = (B^\\top\\delta) \\odot h \\odot (1 - h)", "?"),
    ],
)
def test_gradients_through_a_function_of_which_nothing_is_known(claim: str, wanted: str) -> None:
    assert said(f"{NET}{BACK}\n\nSo ${claim}$.", LAYERS) == f"DDDDDTT{wanted}"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Let $q = \\sigma(w^\\top p + s)$. Then $\\nabla_w q = q(1-q)p$.", "D?"),
        ("Let $q = \\sigma(w^\\top p + s)$ with the sigmoid $\\sigma$. Then $\\nabla_w q = q(1-q)p$.", "DT"),
        (
            "Let $q = \\sigma(w^\\top p + s)$, where $\\sigma(\\cdot)$ is the logistic function. Then $\\nabla_w q = q(1-q)p$.",
            "DT",
        ),
        (
            "Let $q = \\sigma(w^\\top p + s)$; $\\sigma$ is a function such as the sigmoid. Then $\\nabla_w q = q(1-q)p$.",
            "D?",
        ),
        (
            "Let $q = \\sigma(w^\\top p + s)$. A sigmoid would give it another slope at the end. Then $\\nabla_w q = q(1-q)p$.",
            "D?",
        ),
        (
            "Let $q = \\sigma(w^\\top p + s)$ with $\\sigma(u) = \\frac{1}{1+e^{-u}}$. Then $\\nabla_w q = q(1-q)p$.",
            "DDT",
        ),
        (
            "Let $q = \\sigma(w^\\top p + s)$ with $\\sigma(u) = \\frac{1}{1+e^{-u}}$. Then $\\nabla_w q = q(1-q)s$.",
            "DDF",
        ),
        ("Let $q = g(w^\\top p + s)$. Then $\\nabla_w q = g'(w^\\top p + s)p$.", "DT"),
        ("Let $g = 9.81$ and $q = g(w^\\top p)$. Then $2q = 19.62w^\\top p$.", "DDT"),  # a factor
    ],
)
def test_what_tells_that_a_letter_is_a_function(text: str, wanted: str) -> None:
    assert said(text, NEURON) == wanted


def test_a_function_of_which_nothing_is_known_can_be_declared_and_is_given_by_the_reply() -> None:
    world: dict[str, object] = {"symbols": {"f": "function", "g": "function", "x": ""}}
    assert said("So $\\frac{d}{dx}f(g(x)) = f'(g(x))g'(x)$.", world) == "T"
    assert said("So $\\frac{d}{dx}f(g(x)) = f'(x)g'(x)$.", world) == "?"
    assert said("So $f(x) + g(x) = 2f(x)$.", world) == "?"
    assert said("Let $f(t) = t^2$. Then $f'(x) = 2x$, so $f'(x) = x$.", world) == "DTF"
    with pytest.raises(SpecError, match="no shape and no other kind"):
        setting_of({"symbols": {"f": "m, function"}})


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "Let $z = Ap$ and $\\delta = \\frac{\\partial C}{\\partial z}$.\n\nThen $\\nabla_A C = \\delta p^\\top$.",
            "DDT",
        ),
        ("Let $z = Ap$ and $\\delta = \\frac{\\partial C}{\\partial z}$.\n\nThen $\\nabla_p C = A\\delta$.", "DD?"),
        # Names that are made of such gradients.
        (
            "Let $z = Ap$, $h = \\sigma(z)$; $o = Bh$ and $\\delta_2 = \\nabla_o C$.\n\nLet $\\delta_1 = (B^\\top\\delta_2)\\odot\\sigma'(z)$. "
            "Then $\\nabla_A C = \\delta_1 p^\\top$ and $\\nabla_A C = \\delta_2 p^\\top$.",
            "DDDDDT?",
        ),
        # A sentence about the loss may say how its input is made.
        (
            "The net computes $z = Ap + s$, and the loss $C$ is a function of $z$. Let $\\delta = \\frac{\\partial C}{\\partial z}$.\n\n"
            "Then $\\nabla_A C = \\delta p^\\top$.",
            "DDT",
        ),
    ],
)
def test_gradients_of_a_loss_of_which_nothing_is_known(text: str, wanted: str) -> None:
    assert said(text, LAYERS) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Let $\\delta = 3$. Then $\\delta x = 3x$.", "T"),
        ("Then $\\delta x = 3x$ for a small change.", "D"),
    ],
)
def test_a_delta_that_stands_alone_is_a_factor(text: str, wanted: str) -> None:
    assert said(text, {"symbols": {"x": ""}})[-1] == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "Let $MSE = x^2$. Then $\\frac{\\partial MSE}{\\partial x} = 2x$, so $\\frac{\\partial MSE}{\\partial x} = x$.",
            "DTF",
        ),
        ("Let $KL(q \\| p) = x^2$. Then $KL(q\\|p) = x \\cdot x$ and $KL(p\\|q) = x^2 + 1$.", "DTD"),
        ("Let $C = PQ$. Then $C^\\top = Q^\\top P^\\top$.", "DT"),  # P and Q stand apart, too: a product
    ],
)
def test_capitals_that_never_stand_apart_are_one_name(text: str, wanted: str) -> None:
    assert said(text, {"symbols": {"x": "positive"}}) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Then $dJ = \\frac{1}{n}u^\\top du$ and $dJ = \\frac{1}{n}u^\\top P\\,dw$, so $dJ = u^\\top P\\,dw$.", "TTF"),
        ("Then $d\\, u^\\top u = u^\\top u\\, d$.", "T"),  # a product by the size d
    ],
)
def test_a_size_d_beside_differentials_of_columns(text: str, wanted: str) -> None:
    world = {
        "symbols": {"P": "n x d, data", "t": "n, data", "w": "d"},
        "definitions": ["u = Pw - t", "J = \\frac{1}{2n}u^\\top u"],
    }
    assert said(text, world) == wanted
