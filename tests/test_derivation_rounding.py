r"""Walks through a network in numbers: values that are rounded at every step, beside slips of a digit."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

NET: dict[str, Any] = {
    "definitions": [
        r"\sigma(t) = 1/(1 + e^{-t})",
        "w = 0.8",
        "k = -1.1",
        r"p = \sigma(0.3)",
        r"q = \tanh(wp)",
        r"h = q^2 + k",
    ]
}
"""p = 0.574443, q = 0.429640, h = -0.915410"""
LONG = r"Here $s = \tanh(1) = 0.762$, $r = \tanh(0.5 \cdot 0.762) = \tanh(0.381) = 0.364$. "
"""The exact r is 0.363414, which is 0.363 to three figures."""
OWN = (
    r"Let $x = 1.5$, $m = 0.4$, $c = -0.2$. Then $z = mx + c = 0.4$, $a = \sigma(z) = 0.599$, $v = \tanh(a) = \tanh(0.599) = 0.536$, "
    r"$v^2 = 0.287$, $vx = 0.536 \cdot 1.5 = 0.804$. "
)
"""Names that only the text gave their values."""
CASES = [
    # (id, text, verdict of the last relation)
    ("for a name", r"So $q = \tanh(0.8 \cdot 0.574)$.", "i"),
    ("for a name, two digits exchanged", r"So $q = \tanh(0.8 \cdot 0.547)$.", "f"),
    ("for a name in an expression", r"So $p(1 - p) = 0.574(1 - 0.574)$.", "i"),
    ("what is left to 1", r"So $p(1 - p) = 0.574 \cdot 0.426$.", "i"),
    ("what is left to 1, a slip", r"So $p(1 - p) = 0.574 \cdot 0.462$.", "f"),
    ("a slip in the last figure", r"So $p(1 - p) = 0.577(1 - 0.577)$.", "q"),
    ("a slope", r"So $1 - q^2 = 1 - 0.430^2$.", "i"),
    ("a slope, the wrong name", r"So $1 - q^2 = 1 - 0.574^2$.", "f"),
    ("parts of a name", r"So $h = 0.185 - 1.1$.", "i"),
    ("parts of a name, the wrong sign", r"So $h = 0.185 + 1.1$.", "f"),
    ("cut off", r"So $wq = 0.8 \cdot 0.429$.", "i"),
    ("a difference of near values", r"So $p - 0.57 = 0.574 - 0.57$.", "i"),
    ("a difference that says too little", r"So $\sigma(0.7) = 0.668$. Thus $0.6636 - \sigma'(1) - \sigma(0.2) + 0.42 = 0.668 - 0.337$.", "q"),
    ("a column", r"So $\begin{bmatrix} p^2 \\ q \end{bmatrix} = \begin{bmatrix} 0.574^2 \\ 0.430 \end{bmatrix}$.", "i"),
    ("a column, a slip", r"So $\begin{bmatrix} p^2 \\ q \end{bmatrix} = \begin{bmatrix} 0.547^2 \\ 0.430 \end{bmatrix}$.", "f"),
    ("a column of other length", r"So $\begin{bmatrix} p^2 \\ q \end{bmatrix} = \begin{bmatrix} 0.574^2 \\ 0.430 \\ 1 \end{bmatrix}$.", "t"),
    ("what the text computed", LONG + r"So $2r = 2 \cdot 0.364$.", "i"),
    ("what the text computed, to the end", LONG + r"So $2r = 0.728$.", "i"),
    ("what the text computed, a slip", LONG + r"So $2r = 2 \cdot 0.346$.", "q"),
    ("a value far from the exact one", r"Here $s = \tanh(1) = 0.762$, $r = \tanh(0.381) = 0.384$. So $2r = 2 \cdot 0.384$.", "f"),
    ("in the text's own names", OWN + r"So $1 - v^2 = 1 - 0.287$.", "i"),
    ("in the text's own names, two digits exchanged", OWN + r"So $1 - v^2 = 1 - 0.278$.", "f"),
    ("in the text's own names, another digit", OWN + r"So $a(1 - v) = 0.599(1 - 0.336)$.", "f"),
    ("in the text's own names, another value", OWN + r"So $1 - v^2 = 1 - 0.412$.", "q"),
    ("in the text's own names, two of them", OWN + r"So $va = 0.563 \cdot 0.559$.", "q"),
    ("a number that stood before", r"So $\sigma(0.7) = 0.668$. Thus $\sigma'(0.7) = 0.668 \cdot 0.332$.", "i"),
    ("a number that stood before, a slip", r"So $\sigma(0.7) = 0.668$. Thus $\sigma'(0.7) = 0.668 \cdot 0.223$.", "f"),
    ("a number that was wrong", r"So $\sigma(0.7) = 0.686$. Thus $\sigma'(0.7) = 0.686 \cdot 0.314$.", "q"),
    ("exact numbers", r"So $0.3 \cdot 0.8 + 0.06 = 0.35$.", "f"),
    ("a free letter", r"So $p(1 - z) = 0.574(1 - z)$.", "u"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_a_walk_in_rounded_numbers(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(NET)))[-1] == expected
