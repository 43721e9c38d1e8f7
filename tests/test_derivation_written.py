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
    ("congruences", NOTHING, r"$17 \equiv 2 \pmod 5$, $17 \equiv 3 \pmod{5}$, $256 = 45 \bmod 211$, $256 = 44 \bmod 211$", "ifqf"),
    ("congruences of powers", NOTHING, r"$2557^{256} \equiv 1581 \pmod{3233}$, $2557^{256} \equiv 1582 \pmod{3233}$, $7^{222} = 9 \pmod{10}$, $7^{222} = 8 \pmod{10}$", "ifif"),
    ("congruences of sums", NOTHING, r"$5 - 9 \equiv 3 \pmod 7$, $3^{40} \cdot 2^{40} - 1 \equiv 6^{40} + 6 \pmod 7$, $3^{40} + 1 \equiv 3^{42} \pmod 7$", "iif"),
    ("congruences of inverses", NOTHING, r"$2^{-1} \equiv 4 \pmod 7$, $\frac{3}{5} \equiv 2 \pmod 7$, $2^{-1} \equiv 3 \pmod 7$, $2^{-1} \equiv 3 \pmod 4$", "iifq"),
    ("congruences of no whole numbers", NOTHING, r"$2^{3/2} \equiv 4 \pmod 7$, $x^{40} \equiv 8 \pmod{10}$, $2^{40} \equiv 3 \pmod{0}$", "quq"),
    ("a remainder is no modulus of what follows", NOTHING, r"so $2^{10} \bmod 7 = 2$ and $9 = 2$", "af"),
    ("how much is taken", NOTHING, r"$-9 \bmod 4 = -1$, $11 \bmod 4 \cdot 3 = 9$, $4!! = 8$", "ppa"),
    ("nearly whole", NOTHING, r"$\lfloor 3 - 10^{-11} \rfloor = 2$, $\lceil 2 + 10^{-11} \rceil = 2$, $\lfloor \log_2 8 \rfloor = 3$, $\lfloor 10^{12} + \frac12 \rfloor = 10^{12} + 1$", "afap"),
    ("binomials", NUMBERS, r"$\tbinom{5}{2} = 10$, ${5 \choose 2} = 10$, ${n+1 \choose 2} = \frac{n(n+1)}{2}$, ${5 \choose 2} = 20$", "aaaf"),
    ("binomials of no whole numbers", NUMBERS, r"$\binom{5/2}{3/2} = \frac52$, $\binom{5/2}{3/2} = 6$", "af"),
    ("a number sign is no space", NUMBERS, r"$3 \# = 3$, $\# x = x$", "pp"),
    ("with the numbers before", NOTHING, r"${}_5C_2 = 10$, $^{5}C_{2} = 10$, $3 \cdot {}^5C_2 = 20$, $C(5, 2) = 10$", "aafu"),
    ("where the text speaks of choosing", NOTHING, r"There are $C(5, 2) = 10$ ways, and not $C(5, 2) = 20$; $C(u, 0) = 1$", "auu"),
    ("a sign of its own", NUMBERS, r"$2 - -3 = 5$, $x + -y = x - y$, $2 - -3 = -1$", "aaf"),
    ("mixed numbers or products", NOTHING, r"$2\frac13 + 1\tfrac{2}{3} = 4$, $2\tfrac13 = \frac83$", "pp"),
    ("a part of a number", NOTHING, r"$10\% \text{ of } 120 = 0.1 \times 120$, $\frac12 \text{ of } 80 = 40$", "au"),
    # functions
    ("inverses", NOTHING, r"$\tan^{-1}(1) = \frac\pi4$, $\sin^{-1}\frac12 = \frac\pi6$, $\tan^{-1}(1) = \frac{1}{\tan 1}$, $\tan^{-1}(1) = \frac\pi5$", "aaqf"),
    ("an inverse is no quotient", FUNCTIONS, "$f^{-1}(4) = 2$, $f(x)^{-1} = \\frac{1}{f(x)}$", "pa"),
    ("the power of a value", FUNCTIONS, r"$f^2(x) = f(x)^2$, $f^2(x) = 2f(x)$, $f^2(x) = f(f(x))$", "afq"),
    ("of a letter that is called elsewhere", FUNCTIONS, r"$p(r)^2 - 1 = (p(r) - 1)(p(r) + 1)$, $p^2(r) - 1 = (p(r) - 1)(p(r) + 1)$, $\frac{d}{dr}\frac{1}{p(r)} = -\frac{p'(r)}{p^2(r)}$", "aai"),
    ("of one that is not", FUNCTIONS, r"$p^2(r) = rp^2$, $p^2(r)q = rqp^2$", "aa"),
    ("of one that is called with another letter", FUNCTIONS, r"$q(s) + q(s) = 2q(s)$, $p^2(r) = r p^2$, $p(s) + p(s) = 2p(s)$", "aaa"),
    ("a derivative of a bracket in one line", FUNCTIONS, "$d/dr(r^3) = 3r^2$, $d/dr(r^3) = 2r^2$, $d/dr(3) = 0$, $3 \\cdot d/dr(r^4) = 12r^3$, $d/dr r^2 = 2r$", "ifiii"),
    ("its power or its repetition", FUNCTIONS, r"$f^3(2) = 4$, $f(2)^3 = 60$, $\frac{d}{dx} f^2(x) = 2f(f(x))$, $(f + g)^2(x) = (f(x) + g(x))^2$", "qffp"),
    ("made of functions", FUNCTIONS, r"$(f + g)(x) = f(x) + \sin x$, $(f \circ g)(2) = f(\sin 2)$, $(fg)'(x) = f'(x)g(x) + f(x)\cos x$, $(fg)'(x) = f'(x)g'(x)$", "iaif"),
    ("composed", FUNCTIONS, r"$(f \circ g \circ g)(2) = f(\sin(\sin 2))$, $(f \circ g)(2) = g(f(2))$", "af"),
    ("entry by entry", FUNCTIONS, r"$(f \odot g)(2) = f(g(2))$", "q"),
    ("a function or a factor", FUNCTIONS, r"$(f + g)(x + 1) = (f(x) + g(x))(x + 1)$", "q"),
    ("at a place", FUNCTIONS, r"$\frac{df}{dx}(1) = 1$, $\frac{df}{dx} \cdot (1) = 1$, $\frac{df}{dx}(x + 1) = (3x^2 - 2)(x + 1)$, $\frac{df}{dx}(x + 1) = 3(x + 1)^2 - 2$", "qfif"),
    ("a prime behind a bracket", NUMBERS, r"$(x^3)' = 3x^2$, $(xy)' = x$, so $(xy)' = 3x$", "iqf"),
    ("where it may transpose", MATRICES, r"$(AB)' = B'A'$, $(Aw)' = w'A'$", "aa"),
    ("by a subscript", FUNCTIONS, r"$h_x = 2xy$, $h_{xy}(1, 2) = 2$, $h_y(1, 2) = 13$", "iii"),
    ("a subscript that is none", NOTHING, r"Let $p(x, y) = xy$ and $b(n, k) = n + 2k$. $p_x = y$, $b_k = 2$", "ddud"),
    ("a component", FUNCTIONS, r"Of the components, $h_x + 1 = 2xy + 1$.", "u"),
    ("by angles", NOTHING, r"Let $k(x, y) = x^2y$. $\nabla k(1, 2) = \langle 4, 1 \rangle$, $\nabla k(x, y) = \langle 2xy, x^2 \rangle$, $\nabla k(1, 2) = \langle 4, 2 \rangle$", "diif"),
    ("a gradient at 0", MATRICES, r"$\nabla L(0) = -2X^\top v$, $\nabla_w L \big|_{w=0} = -2X^\top v$, $\nabla L(0) = 2X^\top v$", "iif"),
    ("logarithms of another base", NOTHING, r"$\log 100 = 2$, $\log 8 = 3$, $\log 8 = 4$", "qqf"),
    ("logarithms beside natural ones", NOTHING, r"$\ln 1 = 0$, $\log_2 8 = 3$ and $\log 100 = 2$, $\log 100 = 3$", "aaqf"),
    ("as the reply has them", NOTHING, r"$\log 3 = 1.0986$ and $\log 100 = 2$", "if"),
    ("as the text says", NOTHING, r"Measured in nats, $\log 8 = 3$", "f"),
    ("of integrals", NOTHING, r"$\int_1^2 \frac{1}{x}\,dx = \log 2$ and $\log 2 = 1$", "af"),
    ("another base of letters", NUMBERS, r"so $\log 2a = \log a + 1$", "f"),
    # integrals
    ("the variable in a numerator", NOTHING, r"$\int_1^2 \frac{2\,dx}{x^2} = 1$, $\int \frac{x\,dx}{x^2 + 1} = \frac12\ln(x^2 + 1) + C$, $\int_1^2 \frac{dx}{x} = 1$", "aif"),
    ("with a dx of its own", {"symbols": {"a": "positive"}}, r"$\int_0^2 \frac{da}{4}\,dx = \frac{da}{2}$", "i"),
    ("a derivative is none", NOTHING, r"Let $u = x^2$. $\int_0^1 \frac{du}{dx}\,dx = 1$", "up"),
    # sums
    ("over pairs", MATRICES, r"$\sum_{i<j} w_iw_j = \frac12((\sum_i w_i)^2 - \|w\|^2)$, $\sum_{i<j} w_iw_j = (\sum_i w_i)^2 - \|w\|^2$", "af"),
    ("over one of them", MATRICES, r"Fix the index $j$; then $\sum_{i<j} w_iw_j = \frac12((\sum_i w_i)^2 - \|w\|^2)$", "f"),
    ("all but one", MATRICES, r"$\sum_{i \ne j} w_iw_j = (\sum_i w_i)^2 - \|w\|^2$", "a"),
    ("the other index is free", MATRICES, r"$\sum_{j \ne i} w_j = \sum_j w_j - w_i$, $\sum_{j \ne i} w_j = \sum_j w_j$", "au"),
    ("in order", NOTHING, r"$\sum_{1 \le i < j \le 3} ij = 11$, $\sum_{1 \le i \le j \le 3} ij = 25$, $\sum_{1 \le i < j \le 3} ij = 25$", "aaf"),
    ("three indices", MATRICES, r"$\sum_{i,j,k} A_{ij}B_{jk}A_{ki} = \operatorname{tr}(ABA)$, $\sum_{i,j,k} A_{ij}B_{jk}A_{ik} = \operatorname{tr}(ABA)$", "af"),
    ("entries in small letters", MATRICES, r"$\sum_i a_{ii} = \operatorname{tr} A$, $\sum_i a_{ii} = \operatorname{tr} B$", "au"),
    ("small letters of their own", MATRICES, r"Let $a_{ij}$ be the costs. $\sum_i a_{ii} = \operatorname{tr} A$", "u"),
    ("in plain text", NOTHING, "so ∑_(k=1)^3 k^2 = 14 and ∑_(k=1)^3 k^2 = 13", "af"),
    ("progressions", NUMBERS, r"$2 + 4 + 6 + \cdots + 20 = 110$, $1 + 3 + 5 + \dots + (2n - 1) = n^2$, $1 + 2 + 4 + \cdots + 2^n = 2^{n+1} - 1$, $2 + 4 + 6 + \cdots + 20 = 100$", "aaaf"),
    ("what is in every member", MATRICES, r"$a w_1 + \cdots + a w_n = a\sum_i w_i$, $w_1 w_1 + \cdots + w_1 w_n = w_1\sum_i w_i$, $a w_1^2 + \cdots + a w_n^2 = a\|w\|^2$, $w_1 w_1 + \cdots + w_1 w_n = \|w\|^2$", "aaaf"),
    ("members of two letters", {"symbols": {"u": "n", "w": "n"}}, r"$w_1 u_1 + \cdots + w_n u_n = w^\top u$, $w_1 u_1 + \cdots + w_n w_n = w^\top u$, $w_1 + \cdots + u_n = \sum_i w_i$", "app"),
    ("no progression", NOTHING, r"$1 + 4 + 9 + \cdots + 100 = 385$, $2 + 3 + 5 + \cdots + 11 = 28$, $2 + 4 + 6 + \cdots + 21 = 110$", "ppp"),
    ("of primes", NOTHING, r"$3 + 5 + 7 + \cdots + 17 = 56$, $3 \cdot 5 \cdot 7 \cdots 17 = 255255$", "qq"),
    ("of what is no progression", NOTHING, r"$1 \cdot 3 \cdots 27 = 729$, $2 \cdot 4 \cdot 6 \cdots 8 = 384$, $2 \cdot 4 \cdot 6 \cdots 8 = 64$", "qaq"),
    ("products", NUMBERS, r"$n(n-1)(n-2) \cdots 1 = n!$, $10 \cdot 9 \cdots 1 = 10!$, $1 \cdot 2 \cdot 3 \cdots n = (n+1)!$", "aaf"),
    # names
    ("numbers with i", NOTHING, r"Let $z = 3 + 4i$ be a complex number. $|z|^2 = 25$, $\bar z = 3 - 4i$, $z^2 = -7 + 24i$, $z^2 = 7 + 24i$", "diiif"),
    ("numbers with an index", NOTHING, r"The seat at place $i$ costs $s = 2 + 3i$. $s^2 = -5 + 12i$", "uu"),
    ("numbers with an index, and i squared", NOTHING, r"A complex mixture: for $i = 2$ the weight is $s = 2 + 3i$. $s^2 = -5 + 12i$", "ddf"),
    ("a prime with a meaning of its own", NOTHING, r"Let $c = 3k$ and the next one $c' = c + 1$. Then $c' - c = 1$, $c + c' = 3k + 3$.", "ddau"),
    ("a prime that the text speaks of", NOTHING, r"Let $v = 3m$; the second one is $v'$. $v + v' = 3m + 3$", "uu"),
    ("a prime on a name", NOTHING, r"Let $y = x^2$. Then $y' = 2x$, so $2y' = 4x$. But $y' = 3x$.", "uiiu"),
    ("by a name", NOTHING, r"Let $u = x^2 + 5$ and $y = u^3$. $\frac{dy}{du} = 3u^2$, $\frac{dy}{du} = 2u^2$", "ddif"),
    ("by a name, and its letter beside", NOTHING, r"Let $r = 2t$ and $B = r^2 t$. $\frac{dB}{dr} = 2rt$", "uuu"),
    ("rows that are columns", NOTHING, r"$[1, 2, 3]^T [4, 5, 6] = 32$, $[1, 2, 3]^T [4, 5, 6] = 33$", "qt"),
    ("vectors in angles", NOTHING, r"Let $u = \langle 1,2,3\rangle$. $2u = \langle 2, 4, 6\rangle$, $2u = \langle 2, 4, 5\rangle$", "daq"),
    ("products in angles", MATRICES, r"$2\langle w, w \rangle = \langle 2w, 2w \rangle$, $\langle 1, 2 \rangle = \langle 2, 1 \rangle$, $3\langle 1, 2 \rangle = \langle 3, 6 \rangle$", "faq"),
    # plain text
    ("behind a comma", NOTHING, "First, 2 * 13 = 28. Then 26 + 4 = 30.", "fa"),
    ("behind more than a word", NOTHING, "In binary, 1 + 1 = 10. On this dial, 8 + 6 = 2.", "qq"),
    ("two letters that are no indices", {"symbols": {"A": "m x n", "x": "n", "b": "m"}}, r"$A_{eq} x = b_{eq}$, $A_{ij} + A_{ij} = 2A_{ij}$", "ua"),
    ("a letter that is no article", NUMBERS, "Then a x = x a and a(x + 1) = x a + x + 7", "af"),
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
