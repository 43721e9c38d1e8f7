"""Mathematics as it is written: rows for each notation, each right and, changed in one place, wrong or left open; and formulas
drawn at random, whose value is computed here without the checker."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import pytest

from evalkit.derivation import FALSE, TRUE, analyse
from tests.derivation_help import setting_of, verdicts

NOTHING: dict[str, Any] = {}
NUMBERS: dict[str, Any] = {"symbols": {"x": "scalar", "y": "scalar", "a": "positive", "n": "positive, integer"}}
FUNCTIONS: dict[str, Any] = {
    "symbols": {"x": "scalar", "y": "scalar"},
    "definitions": ["f(x) = x^3 - 2x", r"g(x) = \sin x", "h(x, y) = x^2y + y^3"],
}
MATRICES: dict[str, Any] = {
    "symbols": {"A": "n x n", "B": "n x n", "X": "m x n", "w": "n", "v": "m"},
    "families": {"w_i": "entries of w"},
    "definitions": [r"L(w) = \|Xw - v\|^2"],
}

WRITTEN = [
    # whole numbers
    ("rounded down", NUMBERS, r"$\lfloor -2.5 \rfloor = -3$, $\left\lceil \frac72 \right\rceil = 4$, $\lfloor x \rfloor \le x$, $\lfloor 2.5 \rfloor = 3$", "aaaf"),
    ("in plain text", NOTHING, "so ⌊7/2⌋ = 3 and ⌈7/2⌉ = 3", "af"),
    ("divisors", NOTHING, r"$\gcd(12, 18) = 6$, $\operatorname{lcm}(4, 6) = 12$, $\gcd(12, 18) = 3$, $\gcd(1.5, 2) = 1$", "aafp"),
    ("remainders", NOTHING, r"$2^{10} \bmod 7 = 2$, $17 \bmod 5 = 12$, $7 + 8 \bmod 12 = 3$", "afp"),
    ("congruences", NOTHING, r"$17 \equiv 2 \pmod 5$, $17 \equiv 3 \pmod{5}$, $256 = 45 \bmod 211$", "ifi"),
    ("a remainder is no modulus of what follows", NOTHING, r"so $2^{10} \bmod 7 = 2$ and $9 = 2$", "af"),
    ("binomials", NUMBERS, r"$\tbinom{5}{2} = 10$, ${5 \choose 2} = 10$, ${n+1 \choose 2} = \frac{n(n+1)}{2}$, ${5 \choose 2} = 20$", "aaaf"),
    ("with the numbers before", NOTHING, r"${}_5C_2 = 10$, $^{5}C_{2} = 10$, $3 \cdot {}^5C_2 = 20$, $C(5, 2) = 10$, $C(5, 2) = 20$", "aafau"),
    ("a sign of its own", NUMBERS, r"$2 - -3 = 5$, $x + -y = x - y$, $2 - -3 = -1$", "aaf"),
    ("mixed numbers", NOTHING, r"$2\frac13 + 1\tfrac{2}{3} = 4$, $2\tfrac13 = \frac83$", "ap"),
    ("a part of a number", NOTHING, r"$10\% \text{ of } 120 = 0.1 \times 120$, $\frac12 \text{ of } 80 = 40$", "au"),
    # functions
    ("inverses", NOTHING, r"$\tan^{-1}(1) = \frac\pi4$, $\sin^{-1}\frac12 = \frac\pi6$, $\tan^{-1}(1) = \frac{1}{\tan 1}$", "aaf"),
    ("an inverse is no quotient", FUNCTIONS, "$f^{-1}(4) = 2$, $f(x)^{-1} = \\frac{1}{f(x)}$", "pa"),
    ("the power of a value", FUNCTIONS, r"$f^2(x) = f(x)^2$, $f^2(x) = f(f(x))$, $f^2(x) = 2f(x)$", "aaf"),
    ("made of functions", FUNCTIONS, r"$(f + g)(x) = f(x) + \sin x$, $(f \circ g)(2) = f(\sin 2)$, $(fg)'(x) = f'(x)g(x) + f(x)\cos x$, $(fg)'(x) = f'(x)g'(x)$", "iaif"),
    ("at a place", FUNCTIONS, r"$\frac{df}{dx}(1) = 1$, $\frac{df}{dx}(x + 1) = (3x^2 - 2)(x + 1)$", "ii"),
    ("a prime behind a bracket", NUMBERS, r"$(x^3)' = 3x^2$, $(xy)' = x$", "iq"),
    ("by a subscript", FUNCTIONS, r"$h_x = 2xy$, $h_{xy}(1, 2) = 2$, $h_y(1, 2) = 13$", "iii"),
    ("by angles", NOTHING, r"Let $k(x, y) = x^2y$. $\nabla k(1, 2) = \langle 4, 1 \rangle$, $\nabla k(x, y) = \langle 2xy, x^2 \rangle$, $\nabla k(1, 2) = \langle 4, 2 \rangle$", "diif"),
    ("a gradient at 0", MATRICES, r"$\nabla L(0) = -2X^\top v$, $\nabla_w L \big|_{w=0} = -2X^\top v$, $\nabla L(0) = 2X^\top v$", "iif"),
    ("logarithms of another base", NOTHING, r"$\log 100 = 2$, $\log 8 = 3$, $\log_2 8 = \log 8$, $\ln 100 = 2$", "aaff"),
    ("another base of letters", NUMBERS, r"so $\log 2a = \log a + 1$", "f"),
    # integrals
    ("the variable in a numerator", NOTHING, r"$\int_1^2 \frac{2\,dx}{x^2} = 1$, $\int \frac{x\,dx}{x^2 + 1} = \frac12\ln(x^2 + 1) + C$, $\int_1^2 \frac{dx}{x} = 1$", "aif"),
    ("a derivative is none", NOTHING, r"Let $u = x^2$. $\int_0^1 \frac{du}{dx}\,dx = 1$", "up"),
    # sums
    ("over pairs", MATRICES, r"$\sum_{i<j} w_iw_j = \frac12((\sum_i w_i)^2 - \|w\|^2)$, $\sum_{i \ne j} w_iw_j = (\sum_i w_i)^2 - \|w\|^2$, $\sum_{i<j} w_iw_j = (\sum_i w_i)^2 - \|w\|^2$", "aaf"),
    ("the other index is free", MATRICES, r"$\sum_{j \ne i} w_j = \sum_j w_j - w_i$, $\sum_{j \ne i} w_j = \sum_j w_j$", "au"),
    ("in order", NOTHING, r"$\sum_{1 \le i < j \le 3} ij = 11$, $\sum_{1 \le i \le j \le 3} ij = 25$, $\sum_{1 \le i < j \le 3} ij = 25$", "aaf"),
    ("three indices", MATRICES, r"$\sum_{i,j,k} A_{ij}B_{jk}A_{ki} = \operatorname{tr}(ABA)$, $\sum_{i,j,k} A_{ij}B_{jk}A_{ik} = \operatorname{tr}(ABA)$", "af"),
    ("entries in small letters", MATRICES, r"$\sum_i a_{ii} = \operatorname{tr} A$, $\sum_i a_{ii} = \operatorname{tr} B$", "au"),
    ("in plain text", NOTHING, "so ∑_(k=1)^3 k^2 = 14 and ∑_(k=1)^3 k^2 = 13", "af"),
    ("progressions", NUMBERS, r"$2 + 4 + 6 + \cdots + 20 = 110$, $1 + 3 + 5 + \dots + (2n - 1) = n^2$, $1 + 2 + 4 + \cdots + 2^n = 2^{n+1} - 1$, $2 + 4 + 6 + \cdots + 20 = 100$", "aaaf"),
    ("no progression", NOTHING, r"$1 + 4 + 9 + \cdots + 100 = 385$, $2 + 3 + 5 + \cdots + 11 = 28$, $2 + 4 + 6 + \cdots + 21 = 110$", "ppp"),
    ("products", NUMBERS, r"$n(n-1)(n-2) \cdots 1 = n!$, $10 \cdot 9 \cdots 1 = 10!$, $1 \cdot 2 \cdot 3 \cdots n = (n+1)!$", "aaf"),
    # names
    ("numbers with i", NOTHING, r"Let $z = 3 + 4i$ be a complex number. $|z|^2 = 25$, $\bar z = 3 - 4i$, $z^2 = -7 + 24i$, $z^2 = 7 + 24i$", "diiiu"),
    ("a prime on a name", NOTHING, r"Let $y = x^2$. Then $y' = 2x$, so $2y' = 4x$. But $y' = 3x$.", "uiiu"),
    ("by a name", NOTHING, r"Let $u = x^2 + 5$ and $y = u^3$. $\frac{dy}{du} = 3u^2$, $\frac{dy}{du} = 2u^2$", "ddiu"),
    ("rows that are columns", NOTHING, r"$[1, 2, 3]^T [4, 5, 6] = 32$, $[1, 2, 3]^T [4, 5, 6] = 33$", "at"),
    ("vectors in angles", NOTHING, r"Let $u = \langle 1,2,3\rangle$. $2u = \langle 2, 4, 6\rangle$, $2u = \langle 2, 4, 5\rangle$", "daf"),
    # plain text
    ("behind a comma", NOTHING, "First, 2 * 13 = 28. Then 26 + 4 = 30.", "fa"),
    ("a letter that is no article", NUMBERS, "Then a x = x a and a x = x + a", "af"),
    ("functions by their names", NUMBERS, "so tan x = (sin x)/(cos x) and sinh x = sin x", "af"),
]  # fmt: skip


@pytest.mark.parametrize(("world", "text", "expected"), [row[1:] for row in WRITTEN], ids=[row[0] for row in WRITTEN])
def test_what_is_written_is_read(world: dict[str, Any], text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(world))) == expected


def test_a_wrong_value_makes_no_equation_before_it_false() -> None:
    text = r"We have $x - 2(1 - 5x) = 20$, so $11x = 22$, hence $x = 3$."
    assert not any(r.verdict in FALSE for r in analyse(text, setting_of(NOTHING)).relations if r.source == "11x = 22")


Drawn = tuple[str, float]
PLACE = {"x": 0.7, "y": 1.3, "a": 0.9}
NAMED: list[tuple[str, Callable[[float], float]]] = [
    ("sin", math.sin), ("cos", math.cos), ("exp", math.exp), ("cosh", math.cosh), ("arctan", math.atan), ("tanh", math.tanh),
]  # fmt: skip


def bracket(rng: random.Random, text: str) -> str:
    left, right = rng.choice(
        [(r"\left(", r"\right)"), ("(", ")"), ("[", "]"), (r"\big(", r"\big)"), (r"\Bigl(", r"\Bigr)")]
    )
    return f"{left}{text}{right}"


def factor(rng: random.Random, depth: int) -> Drawn:
    """What may stand in a product without brackets, at its end or before another factor."""
    kind = rng.choice(
        ["name", "number", "bracket", "power", "quotient", "root", "call", "abs"] if depth else ["name", "number"]
    )
    if kind == "name":
        name = rng.choice(list(PLACE))
        return rng.choice([name, f"{{{name}}}"]), PLACE[name]
    if kind == "number":
        return rng.choice(
            [
                (r"\frac{1}{2}", 0.5),
                (r"\tfrac32", 1.5),
                (r"\frac{-3}{4}", -0.75),
                ("(-2)", -2.0),
                (r"\dfrac{5}{4}", 1.25),
            ]
        )
    text, value = total(rng, depth - 1)
    if kind == "bracket":
        return bracket(rng, text), value
    if kind == "power":
        n = rng.choice([2, 3, -1, -2]) if abs(value) > 0.05 else 2
        return f"{bracket(rng, text)}^{{{n}}}" if n < 0 else f"{bracket(rng, text)}^{n}", value**n
    if kind == "quotient":
        below, by = rng.choice([("x", 0.7), ("y + 1", 2.3), ("-a", -0.9), ("{a}^2", 0.81)])
        return rng.choice(
            [f"\\frac{{{text}}}{{{below}}}", f"{{{text} \\over {below}}}", f"\\dfrac{{{text}}}{{{below}}}"]
        ), value / by
    if kind == "root":
        return f"\\sqrt{{1 + {bracket(rng, text)}^2}}", math.sqrt(1 + value * value)
    if kind == "abs":
        left, right = rng.choice([("|", "|"), (r"\left|", r"\right|"), (r"\lvert ", r" \rvert")])
        return f"{left}{text}{right}", abs(value)
    name, function = rng.choice(NAMED)
    inside = math.tanh(value) if name in ("exp", "cosh") else value
    text = f"\\tanh{bracket(rng, text)}" if name in ("exp", "cosh") else text
    if rng.random() < 0.3 and name in ("sin", "cos"):
        return f"\\{name}^2{bracket(rng, text)}", function(inside) ** 2
    return rng.choice([f"\\{name}{bracket(rng, text)}", f"\\operatorname{{{name}}}({text})"]), function(inside)


def product(rng: random.Random, depth: int) -> Drawn:
    text, value = factor(rng, depth)
    for _ in range(rng.choice([0, 0, 1, 2])):
        other, by = factor(rng, depth)
        alone = other[0] in "|[" or text[-1] == "|" or other.startswith((r"\left|", r"\lvert"))
        signs = [r" \cdot ", r" \times "] if alone else [" ", r" \cdot ", r" \times ", r"\, "]
        text, value = f"{text}{rng.choice(signs)}{other}", value * by
    return text, value


def total(rng: random.Random, depth: int) -> Drawn:
    text, value = product(rng, depth)
    if rng.random() < 0.25:
        text, value = f"-{text}", -value
    for _ in range(rng.choice([0, 1, 1, 2])):
        sign, (term, by) = rng.choice("+-"), product(rng, depth)
        text, value = f"{text} {sign} {term}", value + (by if sign == "+" else -by)
    return text, value


def test_formulas_drawn_at_random_have_the_value_that_they_have() -> None:
    """Each is said to be its value and, as often, another number: with values for the letters, both ends are sure."""
    rng = random.Random(11)
    world = setting_of({"definitions": [f"{name} = {value}" for name, value in PLACE.items()]})
    drawn = read = 0
    while drawn < 150:
        text, value = total(rng, 2)
        if abs(value) > 1e4 or len(text) > 200:
            continue
        drawn += 1
        right = rng.random() < 0.5
        other = value if right else rng.choice([-value, value + 1, 2 * value + 0.5, value - 0.25])
        (relation,) = analyse(f"so $({text}) \\cdot 1 = {other:.12f}$", world).relations
        wrongly = relation.verdict in (FALSE if right else TRUE)
        assert not wrongly or math.isclose(value, other, abs_tol=1e-6), (text, value, other, relation.verdict)
        read += relation.verdict in (TRUE if right else FALSE)
    assert read > 135
