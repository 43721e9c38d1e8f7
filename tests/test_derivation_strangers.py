"""What speaks for a relation that fails: names that something true tells of, a chain around it, a word that claims it.

Each kind with a twin that stays false.
"""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

NUMBERS = " ".join(f"We get ${i} + 1 = {i + 1}$." for i in range(1, 7))
WORLD: dict[str, Any] = {
    "symbols": {"x": "scalar", "y": "scalar", "u": "n", "A": "n x n", "B": "n x n"},
    "definitions": ["s = x + y", "\\mathcal{M}(x) = e^x"],
}
FIGURE: dict[str, Any] = {"definitions": ["A = 2", "r = 6"]}
OPTIMUM: dict[str, Any] = {
    "symbols": {"x": "scalar", "m": "scalar"},
    "worlds": [{"name": "optimum", "premise": "the derivative is zero", "set": ["x = 1", "m = 2"]}],
}
MOVED: dict[str, Any] = {
    "symbols": {"P": "k x m", "Q": "q x k", "z": "m", "t": "q"},
    "definitions": ["a = Pz", "J = \\|Qa - t\\|^2"],
}
SIZED: dict[str, Any] = {"symbols": {"X": "n x k"}}
PILE: dict[str, Any] = {"definitions": ["h_3 = 100(\\cos(1) + \\sin(1))"]}
TANK: dict[str, Any] = {"symbols": {"t": "scalar", "a": "scalar", "b": "scalar"}, "definitions": ["v = a(1 - e^{-bt})"]}
LEVEL: dict[str, Any] = {
    "symbols": {"p": "positive", "q": "positive", "x": "scalar"},
    "worlds": [{"name": "low", "premise": "it lies low", "given": True, "set": ["q = 3 - 5p"]}],
}
RATES: dict[str, Any] = {"symbols": {"b": "positive", "c": "scalar"}, "definitions": ["F(c) = c^2 - b"]}
ROWS = [
    # (id, rule, world, text, verdicts of the last relations)
    ("strangers", "stranger", WORLD, f"{NUMBERS} So $AB + BA = 2AB$. So $BAu = ABu$.", "qq"),
    ("one slip about strangers", "", WORLD, f"{NUMBERS} So $AB + BA = 2AB$.", "f"),
    ("strangers in a short reply", "", WORLD, "So $AB + BA = 2AB$. So $BAu = ABu$.", "ff"),
    ("alone", "on_its_own", WORLD, f"{NUMBERS} So $s = x + y$. Here:\n\n$$x^2 + y = y^2 + 3x^5y$$", "q"),
    ("concluded", "", WORLD, f"{NUMBERS} So $s = x + y$. Therefore:\n\n$$x(x + y) = y^2 + 3x^5y$$", "f"),
    ("a bound alone", "open_bound", WORLD, f"{NUMBERS} Here:\n\n$$x^2 + y^2 \\le -1$$", "q"),
    ("a bound concluded", "", WORLD, f"{NUMBERS} Therefore $x^2 + y^2 \\le -1$.", "f"),
    ("right around", "right_around", WORLD, "$$s^2 = (x + y)^2 = x^7 + 5y^3 + 7 = x^2 + 2xy + y^2$$", "iqq"),
    ("wrong to the end", "", WORLD, "$$s^2 = (x + y)^2 = x^7 + 5y^3 + 7 = 7 + 5y^3 + x^7$$", "ifa"),
    ("the other sign", "turned_sign", OPTIMUM, "The derivative is zero, so $2x + m = 0$. Hence $m = -2x$.", "qq"),
    ("a segment", "segment", FIGURE | {"symbols": {"v": "n"}}, "So $IA = 3r$.", "q"),
    ("an I where nothing is a column", "", FIGURE, "So $IA = 3r$.", "q"),
    ("a product", "", FIGURE, "So $Ar = 3r$.", "f"),
    ("sums without a sign", "unsigned_sum", WORLD, "$A_{pi} B_{iq} = (AB)_{pq}$. $B_{pi} A_{iq} = (BA)_{pq}$", "aa"),
    ("sums that are others", "summed_silently", WORLD, "$A_{pi} B_{iq} = (BA)_{pq}$. $B_{pi} A_{iq} = (AB)_{pq}$", "qq"),
    ("sums with a sign", "unsigned_sum", WORLD, "$\\sum_i A_{pi} B_{iq} = (AB)_{pq}$. So $B_{pi} A_{iq} = (BA)_{pq}$", "aq"),
    ("no shape", "without_shape", WORLD, f"{NUMBERS} So $u^\\top A u = A$.", "q"),
    ("no shape in a short reply", "", WORLD, "So $u^\\top A u = A$.", "t"),
    ("a step of a method", "updated", WORLD, "Take $w = 0.5$. Then $w = 0.5 - 0.1 \\cdot 0.2$, so $w = 0.48$.", "dsa"),
    ("the next step of it", "updated", WORLD, "Take $w = 0.5$. Then $w = 0.5 - 0.1 \\cdot 0.2 = 0.48$, and $w = 0.48 - 0.1 \\cdot 2$.", "dsas"),
    ("the next step of another value", "updated", WORLD, "Take $w = 0.5$. Then $w = 0.5 - 0.1 \\cdot 0.2 = 0.48$, and $w = 0.4 - 0.1 \\cdot 2$.", "dsaf"),
    ("rounded before", "updated", WORLD, "Take $w = 0.5$. Then $w = 0.5 - 0.1 \\cdot 0.24 = 0.476$, and $w = 0.48 - 0.1 \\cdot 2$.", "dsas"),
    ("concluded from a step", "updated", WORLD, "Take $w = 0.5$. Then $w = 0.5 - 0.1 \\cdot 0.2$. So $w = 0.48 - 0.1 \\cdot 2$.", "dsf"),
    ("a step in other words", "updated", WORLD, "Take $w = 0.5$. Then $w = 0.5 - 0.1 \\cdot 0.2$, and $w = 0.4 + 0.1 \\cdot 0.8$.", "dsa"),
    ("a computed value is no step", "", WORLD, "Let $w = 3 \\cdot 8$. Then $w = 24 - 2 \\cdot 2$, and $w = 20$.", "dff"),
    ("the first of two values", "given_anew", WORLD, "Let $w = \\frac{9}{4}$. By parts $w = 2 + 3 \\cdot 0.25 = 2.75$.", "dqa"),
    ("what the last value gave", "next_value", WORLD, "Take $q = 5$. Now take $q = 6$. Then $2q = 10$.", "dsq"),
    ("what neither value gives", "next_value", WORLD, "Take $q = 5$. Now take $q = 6$. Then $2q = 14$.", "dsf"),
    ("a next value that is dropped", "next_value", WORLD, "Take $q = 5$. Now $q = 6$ is no choice. Hence $3q = 15$.", "dsq"),
    ("what the next value gives", "next_value", WORLD, "Take $q = 5$. Now take $q = 6$. Then $2q = 12$.", "dsa"),
    ("another name that is given anew", "", WORLD, "Let $q = x$. Then $q^2 = x^2$. Now let $q = 2x$. Then $q^2 = 4x^2$.", "dada"),
    ("another name that is not", "", WORLD, "Let $q = x$. Then $q^2 = 4x^2$.", "df"),
    ("another value", "", WORLD, "Take $w = 0.5$. Then $w = 0.4 - 0.1 \\cdot 0.2$.", "f"),
    ("a brace groups nothing", "", WORLD, "So $-s = -\\underbrace{x - y}_{\\text{both}}$.", "i"),
    ("a brace after a sign", "", WORLD, "So $-s = -\\underbrace{x + y}_{\\text{both}}$.", "f"),
    ("a brace behind a factor", "", WORLD, "So $2s = 2\\underbrace{x + y}_{\\text{both}}$.", "i"),
    ("the logarithm of a function", "", WORLD, "So $\\log \\mathcal{M}(x) = x$.", "i"),
    ("no logarithm of a function", "", WORLD, "So $\\log \\mathcal{M}(x) = 2x$.", "f"),
    (
        "an index in two roles", "bound_and_free", WORLD, "Let $g^{(i)} = 2x$. So $$\\frac{\\partial}{\\partial g^{(i)}}"
        " \\sum_{i=1}^n (g^{(i)})^2 = \\sum_{i=1}^n \\frac{\\partial}{\\partial g^{(i)}} (g^{(i)})^2$$", "q",
    ),
    ("a root that is none", "refuted", WORLD, "$$\\mu^2 - 5\\mu + 2 = 0$$ So $\\mu_1 = 2$. Now $\\mu_1 = 2$, and $3\\mu_1 = 6$.", "qq"),
    ("a root", "", WORLD, "$$\\mu^2 - 5\\mu + 6 = 0$$ So $\\mu_1 = 2$. Now $\\mu_1 = 2$, and $3\\mu_1 = 6$.", "haa"),
    ("a function with its rule", "", WORLD, "Let $g(x) = x^2 + 1$, so $g(2) = 5$. Hence $g(x) = x + 1$.", "daf"),
    ("a function that is spoken of", "named_function", WORLD, "Let $g(x) = x^2 + 1$, so $g(2) = 5$. Next comes the series of $g(x) = x + 1$.", "daq"),
    ("a rate of every moment", "", TANK, "At $t = 0$ it is empty. Its rate is $\\frac{dv}{dt} = b(a + v)$.", "sf"),
    ("a rate beside it", "", TANK, "At $t = 0$ it is empty. Its rate is $\\frac{dv}{dt} = b(a - v)$.", "si"),
    ("two values of one letter", "two_values", LEVEL, "We set $w = px^2 + q$ equal to $w = 3$, where they meet. So we get $px^2 + q - 3 = 0$.", "dsq"),
    ("not of these two", "", LEVEL, "We set $w = px^2 + q$ equal to $w = 3$, where they meet. So we get $px^2 + q - 4 = 0$.", "dsf"),
    ("a number off a row", "", WORLD, "So $[3, 5, 4] - 3 = [0, 2, 1]$. So $[3, 5, 4] - 3 = [0, 2, 2]$.", "af"),
    ("a number off a square", "", WORLD, "So $\\begin{bmatrix}3&5\\\\1&2\\end{bmatrix} - 1 = \\begin{bmatrix}2&4\\\\0&1\\end{bmatrix}$.", "t"),
    ("a row and a column", "", WORLD, "So $2[3, 5] = [6; 10]$. So $2[3, 5] = [6; 11]$. So $[3, 5]^T = [3, 5]$.", "qtt"),
    ("one of them moves", "", MOVED, "So $dJ = 2(Qa - t)^\\top Q\\,da$. So $dJ = -2(Qa - t)^\\top Q\\,da$.", "if"),
    ("a label is no index", "", WORLD, "So $\\|u\\|^2 = x^2 + \\|u_\\perp\\|^2$.", "u"),
    (
        "the sizes of before", "sized_elsewhere", SIZED, "Take $n = 25$ and $k = 3$. Then $k/n = 0.12$.\n\n## Remarks\n\n"
        "Its error $1/\\sqrt n = 0.20$ depends on the size only. So $1/\\sqrt n = 0.30$.", "sshqf",
    ),
    ("a size that is asked for", "sized_elsewhere", SIZED, "We need $3\\sqrt{n} = 12$.", "q"),
    ("another part's size", "sized_elsewhere", SIZED, "So $n = 70$ will do. Another demand is $3\\sqrt{n} = 12$. So $n = 16$.", "qqs"),
    ("a size that the part has", "", SIZED, "## A small one\n\nLet $n = 9$. Then $3\\sqrt{n} = 9$, and $3\\sqrt{n} = 12$.", "shf"),
    ("sizes that are no numbers", "", SIZED, "So $n + k = n k$.", "f"),
    ("rounded on the way", "rounded", PILE, "So $h_3 = 54.0302 + 84.1471 + 0.0001$.", "q"),
    ("more than is rounded on the way", "", PILE, "So $h_3 = 54.0302 + 84.1471 + 0.0003$.", "f"),
    ("few figures are exact", "", PILE, "So $h_3 = 54.03 + 84.16$.", "f"),
    ("assumed twice", "assumed_already", TANK, "Suppose that $a = 3b^2$. In short: $a = 3b^2$.", "ss"),
    ("assumed, and a consequence", "", TANK, "Suppose that $a = 3b^2$. In short: $2a = 6b^2$.", "sh"),
    ("a number for what a world tells", "unmodelled", LEVEL, "At rest $q = 0$. Then $3x = 5p$.", "sk"),
    ("an identity is none of its names", "", WORLD, "Let $M = 2$. Now $M = I$. So $\\operatorname{tr}(I^{-1}A) = \\operatorname{tr}(A)$.", "sqa"),
    (
        "a value of another function", "of_another_function", RATES, "So $\\hat c = 2b$. Next:\n\n## Two\n\n"
        "$$F(c) = c^2 + c - b$$\n\nand\n\n$$F(c) = c(c + 1) - b$$\n\nHence\n\n$$\\hat c = 3b$$", "dqqq",
    ),
    ("a named item", "defined_elsewhere", WORLD, "- **One:** This gives $c_1 = 2$.\n- **Two:** Here it gives $c_1 = 3$.", "q"),
]  # fmt: skip
RULES = {row[1] for row in ROWS} - {""}


@pytest.mark.parametrize(("rule", "world", "text", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_what_nothing_speaks_for_is_not_false(rule: str, world: dict[str, Any], text: str, expected: str) -> None:
    found = analyse(text, setting_of(world))
    assert verdicts(found).endswith(expected)
    assert {r.rule for r in found.relations} & RULES == ({rule} if rule else set())
