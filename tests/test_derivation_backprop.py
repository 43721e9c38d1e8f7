"""Backpropagation: derivatives by intermediate names, of a loss of which nothing is known, and primes behind known functions."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from evalkit.derivation import analyse
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from tests.derivation_help import setting_of

NUMBERS = {"symbols": {"a": "", "b": "", "c": "", "g": ""}, "definitions": ["k = (a b + c) g"]}
NETWORK = {
    "symbols": {"A": "m x n", "B": "k x m", "p": "n", "s": "m", "t": "k"},
    "definitions": ["E = \\|B\\tanh(Ap + s) - t\\|^2"],
}
BATCH = {
    "symbols": {"P": "n x d", "A": "d x k", "T": "n x k"},
    "definitions": ["E = \\frac{1}{n}\\|PA - T\\|_F^2"],
}
LAYER = {"symbols": {"A": "n x m", "p": "n", "s": "m", "r": "m"}, "definitions": ["v = A^\\top p + s"]}
SCORES = {"symbols": {"F": "m x d", "G": "n x d"}, "definitions": ["H = \\frac{1}{\\sqrt{d}}FG^\\top"]}


def said(text: str, world: Mapping[str, object]) -> str:
    """T for true, F for false and ? for neither, for all relations but definitions."""
    found = [r.verdict for r in analyse(text, setting_of(world)).relations]
    return "".join("T" if v in TRUE else "F" if v in FALSE else "?" for v in found if v is not Verdict.DEFINITION)


def d(of: str, by: str) -> str:
    return f"\\frac{{\\partial {of}}}{{\\partial {by}}}"


THROUGH = "Let $q = ab$ and $u = q + c$.\n\nThen ${}$."
DEEP = "Let $z = Ap + s$, $h = \\tanh(z)$ and $o = Bh$.\n\nThen ${}$."


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"{d('k', 'u')} = g", "T"),
        (f"{d('k', 'q')} = g", "T"),
        (f"{d('k', 'u')} = c", "F"),
        (f"{d('k', 'u')} = 2g", "F"),
        (f"{d('k', 'c')} = {d('k', 'u')} \\cdot {d('u', 'c')}", "T"),
        (f"{d('k', 'a')} = {d('k', 'u')} \\cdot {d('u', 'q')}", "F"),  # a factor is forgotten
        (f"{d('k', 'a')} = {d('k', 'u')} {d('u', 'q')} {d('q', 'a')}", "T"),
    ],
)
def test_a_value_goes_through_a_name_that_its_definition_does_not_hold(text: str, wanted: str) -> None:
    assert said(THROUGH.format(text), NUMBERS) == wanted


def test_what_depends_on_a_letter_beside_the_name_too_is_left_open() -> None:
    assert said(f"Let $u = a + c$.\n\nThen ${d('k', 'u')} = g$, ${d('k', 'u')} = 3g$.", NUMBERS) == "??"


def test_an_inverse_function_has_the_slope_one_over_that_of_the_function() -> None:
    assert said("Let $q = a^3$.\n\nThen $\\frac{da}{dq} = \\frac{1}{3a^2}$, $\\frac{da}{dq} = 3a^2$.", NUMBERS) == "TF"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"{d('E', 'o')} = 2(o - t)", "T"),
        (f"{d('E', 'h')} = B^\\top {d('E', 'o')}", "T"),
        (f"{d('E', 'z')} = {d('E', 'h')} \\odot (1 - h \\odot h)", "T"),
        (f"{d('E', 'z')} = {d('E', 'h')} \\odot (1 - h^2)", "T"),
        (f"{d('E', 'z')} = {d('E', 'h')} \\odot (1 + h^2)", "F"),
        (f"{d('E', 'z')} = \\tanh'(z) \\odot {d('E', 'h')}", "T"),  # a square entry by entry
        (f"{d('E', 'z')} = {d('E', 'h')} \\odot (1 - z^2)", "F"),
        (f"{d('E', 'A')} = {d('E', 'z')} p^\\top", "T"),
        (f"{d('E', 's')} = {d('E', 'h')}", "F"),  # without the slope of tanh
        (f"{d('E', 'h')} = B {d('E', 'o')}", "F"),  # not turned: it fits in no layout
    ],
)
def test_a_network_layer_by_layer(text: str, wanted: str) -> None:
    assert said(DEEP.format(text), NETWORK) == wanted


def test_a_batch_in_rows() -> None:
    text = f"Let $R = PA$ and $D = R - T$.\n\nThen ${d('E', 'R')} = \\frac{{2}}{{n}}D$, ${d('E', 'A')} = P^\\top {d('E', 'D')}$, ${d('E', 'A')} = 2P^\\top {d('E', 'D')}$."
    assert said(text, BATCH) == "TTF"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"${d('C', 'A')} = p({d('C', 'v')})^\\top$", "T"),
        (f"${d('C', 'p')} = A {d('C', 'v')}$", "T"),
        (f"${d('C', 's')} = {d('C', 'v')}$", "T"),
        # Nothing is false by a loss of which nothing is known: it may be an average, or in rows.
        (f"${d('C', 'A')} = 2p({d('C', 'v')})^\\top$", "?"),
        (f"${d('C', 'A')} = {d('C', 'v')}p^\\top$", "?"),
        (f"${d('C', 's')} = {d('C', 'p')}$", "?"),
        (f"${d('C', 'v')} = 0$", "?"),
        (
            f"Let $\\delta = {d('C', 'v')}$. Then ${d('C', 'A')} = p\\delta^\\top$, ${d('C', 'A')} = -p\\delta^\\top$.",
            "T?",
        ),
        (f"Let $h = \\tanh(v)$. Then ${d('C', 'v')} = {d('C', 'h')} \\odot \\tanh'(v)$.", "T"),
        (f"Let $h = \\tanh(v)$. Then ${d('C', 'v')} = {d('C', 'h')} \\odot \\tanh(v)$.", "?"),
        # The loss may depend on A by u, too, whether the text says so before or after.
        (f"${d('C', 'A')} = p({d('C', 'v')})^\\top$. Let $u = A^\\top A r$.", "?"),
        (f"Let $u = \\|A\\|_F^2$. Then ${d('C', 'A')} = p({d('C', 'v')})^\\top$.", "?"),
    ],
)
def test_a_loss_of_which_nothing_is_known(text: str, wanted: str) -> None:
    assert said(text, LAYER) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("dC = \\text{tr}((\\nabla H)^\\top dH)", "T"),
        ("\\nabla F = \\frac{1}{\\sqrt d}\\nabla H G", "T"),
        ("\\nabla_G C = \\frac{1}{\\sqrt d}(\\nabla H)^\\top F", "T"),
        ("\\text{tr}((\\nabla H)^\\top dF G^\\top) = \\text{tr}(G^\\top (\\nabla H)^\\top dF)", "T"),
        ("\\nabla F = \\nabla H G", "?"),
        ("dC = 2\\text{tr}((\\nabla H)^\\top dH)", "?"),
    ],
)
def test_gradients_that_do_not_name_their_loss(text: str, wanted: str) -> None:
    assert said(f"Given $\\nabla H = {d('C', 'H')}$, we have ${text}$.", SCORES)[1:] == wanted
    shows = text.startswith("dC = \\text")  # the differential says of what, the others do not
    assert said(f"We have ${text}$.", SCORES) == ("T" if shows else "?")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("\\tanh'(a) = 1 - \\tanh^2(a)", "T"),
        ("\\tanh'(a) = 1 + \\tanh^2(a)", "F"),
        ("\\cos'(a) = -\\sin a", "T"),
        ("\\cos'(a) = \\sin a", "F"),
        ("\\sin''(a) = -\\sin(a)", "T"),
        ("\\arctan'(2a) = \\frac{1}{1 + 4a^2}", "T"),
        ("\\text{ReLU}'(a) = 1", "?"),  # one of its two cases
        ("\\sin'''(a) = -\\cos(a)", "?"),
    ],
)
def test_a_prime_behind_a_known_function(text: str, wanted: str) -> None:
    assert said(f"${text}$", NUMBERS) == wanted


def test_a_slope_that_may_be_meant_entry_by_entry_has_no_wrong_shape() -> None:
    assert said("$\\tanh'(p) = 1 - \\tanh^2(p)$, $p = Ap$", NETWORK)[:1] == "T"
    assert said("$\\tanh'(p) = 2 - \\tanh^2(p)$, $p = Ap$", NETWORK)[:1] == "?"


def test_declared_sizes_with_a_subscript_are_the_replys_own() -> None:
    text = "$F \\in \\mathbb{R}^{N_f \\times d}$ and $G \\in \\mathbb{R}^{N_g \\times d}$.\n\nThen $H = FG^\\top/\\sqrt{d}$."
    assert said(text, SCORES) == "T"


@pytest.mark.parametrize(
    "text",
    [
        f"{d('E', 'o')} = 2(o - t)^\\top",  # a row
        f"{d('E', 'A')} = {d('E', 'o')}{d('o', 'h')}{d('h', 'z')}{d('z', 'A')}",  # a sketch
    ],
)
def test_another_layout_of_a_derivative_by_an_intermediate_name_is_no_fault(text: str) -> None:
    assert said(DEEP.format(text), NETWORK) == "?"


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        ("", "T"),
        ("Here $p = As$. ", "?"),  # the input depends on the weights, too
        ("Let $J(A, v)$ be given. ", "?"),
        ("We add $s^2$ to $J$. ", "?"),
    ],
)
def test_a_loss_that_may_depend_on_a_letter_in_another_way_is_left_open(before: str, wanted: str) -> None:
    assert said(f"{before}Then ${d('J', 'A')} = p({d('J', 'v')})^\\top$.", LAYER)[-1:] == wanted


@pytest.mark.parametrize(
    ("right", "wanted"),
    [
        ("(dF\\,G^\\top + F\\,dG^\\top)", "T"),
        ("dF\\,G^\\top", "?"),  # of two letters that may move
    ],
)
def test_a_differential_of_a_loss_names_all_that_moves(right: str, wanted: str) -> None:
    text = f"Then $dJ = \\frac{{1}}{{\\sqrt{{d}}}}\\operatorname{{tr}}(({d('J', 'H')})^\\top {right})$."
    assert said(text, SCORES) == wanted
