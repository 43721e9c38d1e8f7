"""What is false by itself, and what an arrow, a property in words or a root leaves open: each kind with its twin."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

NUMBERS: dict[str, Any] = {"symbols": dict.fromkeys(("x", "y", "a", "b", "c"), "scalar")}
SHAPES: dict[str, Any] = {
    "symbols": {"A": "n x n", "B": "n x n", "u": "n", "v": "n"},
    "definitions": ["q(u) = u^\\top A u"],
}
BODY: dict[str, Any] = {"symbols": {"x": "scalar", "y": "scalar"}, "definitions": ["h(x, y) = x^2 + 4xy + 4y^2"]}
FIT: dict[str, Any] = {
    "dimensions": ["p < n"],
    "symbols": {"G": "n x p, data", "r": "n, data"},
    "definitions": ["\\hat b = (G^\\top G)^{-1}G^\\top r", "e = \\|r\\|^2"],
    "aliases": {"\\hat b": ["b^\\star"], "e": ["e^\\star"]},
}
FREE: dict[str, Any] = {"symbols": {"p": "scalar"}}
STEPS = [
    # (id, world, text, verdicts of the last relations)
    ("a step with a sign", NUMBERS, "Suppose $ax + b = c$, so $ax = c + b$.", "f"),
    ("the step", NUMBERS, "Suppose $ax + b = c$, so $ax = c - b$.", "h"),
    ("a quotient that is a product", NUMBERS, "Suppose $ax = y$, hence $x = ay$.", "f"),
    ("behind an arrow", NUMBERS, "$$4y = y^2 + x \\implies x = 4y + y^2$$", "qf"),
    ("a number may be rounded, or in another unit", NUMBERS, "Solve $5x - 20 = 0$: then $x = 5$.", "s"),
    ("one that does", NUMBERS, "Solve $5x - 20 = 0$: then $x = 4$.", "h"),
    ("both", NUMBERS, "$x^2 - 7x + 12 = 0$, so $x = 3$ or $x = 4$.", "hh"),
    ("rounded", NUMBERS, "$e^x = 5 \\implies x = 1.6$", "s"),
    ("in degrees", NUMBERS, "If $\\sin x = 0.5$, then $x = 30$.", "s"),
    ("a logarithm of another base", NUMBERS, "$\\log x = 3 \\implies x = 1000$", "s"),
    ("a share in percent", NUMBERS, "$4x = 1$, so $x = 25$.", "s"),
    ("one root of two", NUMBERS, "Set $y = x^2$, so $x = \\sqrt y$.", "q"),
    ("with another condition between", NUMBERS, "Let $x + y = 10$ and $y = 4$. So $x = 5$.", "s"),
    ("with other words between", NUMBERS, "Suppose $5x - 20 = 0$. In the other case we take $x = 5$.", "s"),
    ("a letter that is not in it", NUMBERS, "Suppose $ax = b$, so $x = cb$.", "s"),
    ("far from following", NUMBERS, "Suppose $ax + b = c$, so $x = a^3 + 7b^2$.", "s"),
    ("the other root", NUMBERS, "$$(x - c)^2 = b^2 \\implies x - c = -b$$", "qq"),
    ("either root", NUMBERS, "From $(x + c)^2 = b^2$ we get $x + c = b$ or $x + c = -b$.", "qqq"),
    ("a square that is written out", NUMBERS, "Suppose $x^2 + 2cx + c^2 = b^2$, so $x + c = -b$.", "k"),
    ("inside of bars", NUMBERS, "Suppose $|c - x| = b$, so $x = c + b$.", "s"),
    ("a sign that is its own inverse", NUMBERS, "Let $a = \\pm 1$. Suppose $ax = y$, so $x = ay$.", "sk"),
    ("denied behind it", NUMBERS, "Suppose $cx - b = y$, so $cx = y - b$, which is wrong.", "k"),
    ("denied in the next sentence", NUMBERS, "Suppose $cx - b = y$, so $cx = y - b$. No, the sign changes.", "k"),
    ("what others write", NUMBERS, "Many people write $cx - b = y$, so $cx = y - b$.", "q"),
    ("with more behind it", NUMBERS, "From $-x = b$ we get $x = b$ in the field of two elements.", "s"),
    # implications
    ("a computation before an arrow", SHAPES, "$$\\nabla q(u) = 2Au \\implies \\nabla q(u) - 2Au = 0$$", "fs"),
    ("a function before an arrow", BODY, "$$h(x, y) = x^2 + 4y^2 \\implies h(x, y) - x^2 = 4y^2$$", "ff"),
    ("of matrices", SHAPES, "$$\\det(A - B) = \\det A - \\det B \\implies \\det(A - B) + \\det B = \\det A$$", "ff"),
    ("an arrow claims neither side", NUMBERS, "$$c(x + 1) = bx \\implies x(b - c) = c \\implies x = \\frac{c}{b - c}$$", "qhh"),
    ("a step in between", NUMBERS, "$$c(x + 1) = bx \\implies x(b + c) = c$$", "qf"),
    ("an identity with a slip before an arrow", NUMBERS, "$$(x + y)(x - y) = x^2 + y^2 \\implies x = x$$", "fa"),
    ("claimed in words before an arrow", NUMBERS, "We get $x(x + y) = x^2 + y^3 \\implies y = y$.", "fa"),
]  # fmt: skip
ALONE = [
    ("a body with a slip beside a value", BODY, "Here $h(x, y) = (x - 2y)^2$. At $x = 0$ and $y = 0$ it is least.", "fss"),
    ("the body", BODY, "Here $h(x, y) = (x + 2y)^2$. At $x = 0$ and $y = 0$ it is least.", "iss"),
    ("an equation that a value solves", NUMBERS, "Then $3(x - 1) = x + 5$. This gives $x = 4$.", "qh"),
    ("a slip in another spelling", FIT, "In matrix form $b^\\star = (G^\\top G)^{-1}G^\\top Gr$.", "t"),
    ("a transpose left out", FIT, "In matrix form $b^\\star = (G^\\top G)^{-1}Gr$.", "t"),
    ("without the inverse", FIT, "In matrix form $b^\\star = (G^\\top G)G^\\top r$.", "f"),
    ("another penalty", FIT, "With it $b^\\star = (G^\\top G + 3I)^{-1}G^\\top r$.", "d"),
    ("another factor inside", FIT, "With a weight $b^\\star = (2G^\\top G)^{-1}G^\\top r$.", "d"),
    ("another power", FIT, "In matrix form $b^\\star = (G^\\top G)^{-2}G^\\top r$.", "d"),
    ("a condition that a value solves", NUMBERS, "The condition for that is $4(x - y) = 4x + y$. So $y = 0$.", "qs"),
    ("another scale of a number", FIT, "Write $e^\\star = \\frac12\\|r\\|^2$.", "d"),
    ("an identity with a slip under a condition", NUMBERS, "Set $x^2 - 5x + 4 = 0$, to be solved. Here $(x - 1)(x - 4) = x^2 - 5x - 4$.", "f"),
    ("a transpose is no segment", {"definitions": ["A = \\begin{pmatrix} 1 & 2 \\\\ 0 & 1 \\end{pmatrix}"]}, "So $A^TA = \\begin{pmatrix} 1 & 2 \\\\ 2 & 6 \\end{pmatrix}$.", "f"),
    ("values in an example", NUMBERS, "With $a = 5$ and $b = 2$ we get $a^2 - b^2 = 23$.", "f"),
    ("the right ones", NUMBERS, "With $a = 5$ and $b = 2$ we get $a^2 - b^2 = 21$.", "h"),
]  # fmt: skip
PROPERTIES = [
    ("symmetric in words", SHAPES, "Suppose that $A$ is symmetric. Then $\\nabla q(u) = 2Au$.", "q"),
    ("of nothing", SHAPES, "Then $\\nabla q(u) = 2Au$.", "f"),
    ("of something that is not enough", SHAPES, "Suppose that $A$ is symmetric. Then $\\nabla q(u) = 3Au$.", "f"),
    ("commuting", SHAPES, "If $A$ and $B$ commute, $(A - B)(A + B) = A^2 - B^2$.", "q"),
    ("in another paragraph", SHAPES, "Some matrices commute.\n\nThen $(A - B)(A + B) = A^2 - B^2$.", "f"),
    ("orthogonal", SHAPES, "When $u \\perp v$, $\\|u - v\\|^2 = \\|u\\|^2 + \\|v\\|^2$.", "q"),
    ("not by that", SHAPES, "When $u \\perp v$, $\\|u - v\\|^2 = \\|u\\|^2 - \\|v\\|^2$.", "f"),
    (
        "a term that is 0 by it",
        SHAPES,
        "Suppose $u$ and $v$ are orthogonal. Then $$\\|u - v\\|^2 = u^\\top u - 2u^\\top v + v^\\top v = \\|u\\|^2 + \\|v\\|^2$$",
        "aq",
    ),
    (
        "a term that is left out",
        SHAPES,
        "Suppose $u$ and $v$ are given. Then $$\\|u - v\\|^2 = u^\\top u - 2u^\\top v + v^\\top v = \\|u\\|^2 + \\|v\\|^2$$",
        "af",
    ),
    ("one of two roots", NUMBERS, "Therefore $\\sin x = \\sqrt{1 - \\cos^2 x}$.", "q"),
    ("the sign of a norm", SHAPES, "Therefore $\\|u\\| = -\\sqrt{u^\\top u}$.", "f"),
    ("another value under a root", NUMBERS, "Therefore $\\sin x = \\sqrt{1 + \\cos^2 x}$.", "f"),
]
MOMENTS = [
    ("a sign between moments", FREE, "$\\operatorname{Var}(Z) = E[Z^2] + E[Z]^2$", "f"),
    ("the variance", FREE, "$\\operatorname{Var}(Z) = E[Z^2] - E[Z]^2$", "a"),
    ("a factor that is no square", FREE, "For independent $X$ and $Z$ is $\\operatorname{Var}(3X + Z) = 3\\operatorname{Var}(X) + \\operatorname{Var}(Z)$", "f"),
    ("a distribution may have it", FREE, "$E[Z^2] = E[Z] + E[Z]^2$", "k"),
    ("a mean that may be 0", FREE, "The noise has mean zero: $E[X - Z] = E[X] + E[Z]$", "k"),
    ("of two terms", FREE, "$\\operatorname{Var}(Z) = E[Z]$", "k"),
    ("a product of moments", FREE, "$E[XZ] = E[X]E[Z]$", "k"),
]  # fmt: skip
OTHER_LANGUAGES = [
    # what words that are not understood may say: properties
    ("a letter among Chinese words", SHAPES, "若 $A$ 对称，则 $\\nabla q(u) = 2Au$。", "q"),
    ("among Russian ones", SHAPES, "Если матрица $A$ симметрична, то $\\nabla q(u) = 2Au$.", "q"),
    ("among marked letters", SHAPES, "Nếu ma trận $A$ đối xứng thì $\\nabla q(u) = 2Au$.", "q"),
    ("with its set", SHAPES, "设 $A \\in \\mathbb{R}^{n \\times n}$ 对称。于是 $\\nabla q(u) = 2Au$。", "q"),
    ("right behind it", SHAPES, "于是 $\\nabla q(u) = 2Au$（$A$ 对称）。", "q"),
    ("the gradient", SHAPES, "若 $A$ 对称，则 $\\nabla q(u) = Au + A^\\top u$。", "i"),
    ("no property is enough", SHAPES, "若 $A$ 对称，则 $\\nabla q(u) = 3Au$。", "f"),
    ("a letter that nothing mentions", SHAPES, "于是 $\\nabla q(u) = 2Au$。", "f"),
    ("another letter is mentioned", SHAPES, "对任意 $B$，有 $\\nabla q(u) = 2Au$。", "f"),
    ("a sign under a property", SHAPES, "设 $A$ 对称。于是 $\\nabla q(u) = Au - A^\\top u$。", "f"),
    ("names with marks in English", SHAPES, "As Hölder and Poincaré knew of $A$, we have $\\nabla q(u) = 2Au$.", "f"),
    ("few words of English", SHAPES, "Gradient wrt $A$: $\\nabla q(u) = 2Au$.", "f"),
    ("commuting", SHAPES, "若 $A$ 与 $B$ 可交换，$(A - B)(A + B) = A^2 - B^2$。", "q"),
    ("a link under a property", SHAPES, "$A$ 与 $B$ 可交换。$$(A - B)(A + B) = A^2 + AB - BA - B^2 = A^2 - B^2$$", "aq"),
    ("a link with a sign under it", SHAPES, "$A$ 与 $B$ 可交换。$$(A - B)(A + B) = A^2 + AB - BA + B^2$$", "f"),
    ("a link of columns", SHAPES, "$u$ 与 $v$ 正交。$$\\|u - v\\|^2 = u^\\top u - 2u^\\top v + v^\\top v = \\|u\\|^2 + \\|v\\|^2$$", "aq"),
    ("the same of no letter", SHAPES, "于是 $$\\|u - v\\|^2 = u^\\top u - 2u^\\top v + v^\\top v = \\|u\\|^2 + \\|v\\|^2$$", "af"),
    ("a sign that columns need not care for", SHAPES, "若 $u$ 与 $v$ 正交，$\\|u - v\\|^2 = \\|u + v\\|^2$。", "q"),
    ("a sign that they do", SHAPES, "若 $u$ 与 $v$ 正交，$\\|u - v\\|^2 = u^\\top u + 2u^\\top v - v^\\top v$。", "q"),
    ("a positive number", NUMBERS, "若 $a$ 为正，$$b|a|c = bac$$", "q"),
    ("a negative one", NUMBERS, "于是 $$b|a|c = bc|a| = -bc|a|$$", "af"),
    ("in German", SHAPES, "Sei $A$ symmetrisch. Dann gilt für alle $u$, dass $\\nabla q(u) = 2Au$ ist.", "q"),
    ("the identity", SHAPES, "若 $A$ 为单位矩阵，则 $\\nabla q(u) = 2u$。", "q"),
    ("not even of the identity", SHAPES, "若 $A$ 为单位矩阵，则 $\\nabla q(u) = 3u$。", "f"),
    # what they may suppose, ask for or define
    ("to be solved", NUMBERS, "解方程 $ax + b = cx^2$。", "q"),
    ("in Russian", NUMBERS, "Решим уравнение: $$ax + b = cx^2$$", "q"),
    ("something idempotent", SHAPES, "若 $A$ 幂等，则 $A^2 = A$。", "q"),
    ("one edit from being trivial", NUMBERS, "解方程 $ax + b = ax - b$。", "q"),
    ("an expansion with a slip", NUMBERS, "展开：$(a + b)^2 = a^2 + ab + b^2$。", "f"),
    ("the expansion", NUMBERS, "展开：$(a + b)^2 = a^2 + 2ab + b^2$。", "a"),
    ("a slip in a link", NUMBERS, "展开：$(a + b)^2 = a^2 + 2ab + b^2 = a(a + 2b) - b^2$。", "af"),
    ("English words lead to it", NUMBERS, "Then we expand it, and get $(a + b)^2 = a^2 + b^2$.", "f"),
    ("no words lead to it", NUMBERS, "$$(a + b)^2 = a^2 + b^2$$", "f"),
    ("in numbers", NUMBERS, "于是 $3 + 4 = 8$。", "f"),
    ("a function anew", SHAPES, "令 $q(u) = u^\\top Bu$。", "q"),
    ("a function with a slip", SHAPES, "这里 $q(u) = -u^\\top Au$。", "f"),
    ("the function", SHAPES, "这里 $q(u) = u^\\top A^\\top u$。", "i"),
]  # fmt: skip
ROWS = [*STEPS, *ALONE, *PROPERTIES, *MOMENTS, *OTHER_LANGUAGES]


@pytest.mark.parametrize(("world", "text", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_the_last_relations(world: dict[str, Any], text: str, expected: str) -> None:
    found = analyse(text, setting_of(world))
    assert verdicts(found)[-len(expected) :] == expected, [(r.source, r.verdict, r.rule) for r in found.relations]
