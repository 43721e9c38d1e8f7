"""World files as somebody writes them who has read the documentation once: what is understood, and what is told otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from evalkit.errors import SpecError
from tests.derivation_help import setting_of, verdicts

READ: dict[str, tuple[dict[str, Any], str, str]] = {
    "a word": (
        {"symbols": {"a": "n", "b": "n", "s": ""}, "definitions": ["SSE = \\sum_i (a_i - s b_i)^2"]},
        r"So $SSE = \|a - sb\|^2$, $\text{SSE} = 2\|a - sb\|^2$ and $\frac{dSSE}{ds} = -2b^\top(a - sb)$.",
        "ifi",
    ),
    "a word with arguments": (
        {"symbols": {"a": "n", "s": ""}, "definitions": ["Cost(s) = s^2 a^\\top a"]},
        r"So $Cost(2) = 4\|a\|^2$ and $Cost(s) = 2 s \|a\|^2$.",
        "af",
    ),
    "a word in another": (
        {"symbols": {"a": "n"}, "definitions": ["SS = a^\\top a", "MS = \\frac{SS}{n}"]},
        r"So $n MS = \|a\|^2$.",
        "i",
    ),
    "a square": (
        {"symbols": {"a": "n"}, "definitions": ["\\tau^2 = \\frac{1}{n} \\sum_i a_i^2"]},
        r"So $n\tau^2 = \|a\|^2$ and $\tau = \|a\|^2 / n$ and $\tau = \frac{\|a\|}{\sqrt n}$.",
        "ifi",
    ),
    "the square of a function": (
        {"symbols": {"B": "n x n, pd"}, "definitions": ["g^2(p, q) = (p - q)^\\top B (p - q)"]},
        r"Let $a, b \in \mathbb{R}^n$. So $g^2(a, b) = a^\top B a - 2a^\top B b + b^\top B b$ and $g(a, b) = g(b, a)$.",
        "daa",
    ),
    "a label on a d": (
        {
            "symbols": {"a": "n", "b": "n"},
            "definitions": ["d_1 = a", "d_2 = b - \\frac{d_1^\\top b}{d_1^\\top d_1} d_1"],
        },
        r"So $d_1^\top d_2 = 0$ and $d_2 = b - \frac{d_1^\top b}{d_1^\top d_1} d_1$.",
        "ii",
    ),
    "a size that no shape has": (
        {"symbols": {"B": "n x n"}, "dimensions": ["k < n"]},
        r"Let $P \in \mathbb{R}^{n \times k}$. So $(BP)^\top = P^\top B^\top$.",
        "da",
    ),
    "entries that a definition gives": (
        {
            "symbols": {"u": "n"},
            "definitions": ["p_j = \\frac{e^{u_j}}{\\sum_i e^{u_i}}"],
            "families": {"p_i": "entries of p"},
        },
        r"So $\sum_i p_i = 1$.",
        "a",
    ),
}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a product": ({"symbols": {"A": "n x n", "B": "n x n"}, "definitions": ["AB = A"]}, "the left side is no name"),
    "a product with a letter of its own": (
        {"symbols": {"A": "n x n"}, "definitions": ["AB = A"]},
        "the left side is no name",
    ),
    "a norm": ({"symbols": {"a": "n"}, "definitions": ["\\|a\\|^2 = 3"]}, "norm is known"),
    "a property": ({"symbols": {"B": "n x n"}, "definitions": ["P^2 = P"]}, "not by itself"),
    "the square of a matrix": ({"symbols": {"B": "n x n"}, "definitions": ["P^2 = B"]}, "of a number"),
    "two sizes that nothing has": ({"symbols": {"B": "n x n"}, "dimensions": ["p < q"]}, "between dimensions n"),
    "an upper index": ({"symbols": {"B": "n x n"}, "families": {"B^{ij}": "entries of B"}}, "an index stands below"),
    "entries of nothing": ({"symbols": {"B": "n x n"}, "families": {"q_i": "entries of q"}}, "q is not declared"),
}


@pytest.mark.parametrize("case", READ)
def test_what_is_understood(case: str) -> None:
    world, text, expected = READ[case]
    assert verdicts(analyse(text, setting_of(world))) == expected


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_told_otherwise(case: str) -> None:
    world, told = REFUSED[case]
    with pytest.raises(SpecError) as error:
        setting_of(world)
    assert told in str(error.value)
