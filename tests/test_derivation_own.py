"""Letters of the reply's own, conditions of size, signs of two, named distributions: each kind once true, and with what it
must leave alone.

`i` identity, `a` algebra-only, `h` holds, `d` definition, `s` assumption, `f` fails, `t` ill-typed, `q` disputed, `u` unbound,
`k` skipped, `p` unparsed.
"""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import DerivationSpec, analyse, compile_setting
from tests.derivation_help import verdicts

NOTHING: dict[str, Any] = {}
NUMBERS: dict[str, Any] = {"symbols": {"a": "", "b": "", "x": "", "c": "positive", "v": "n"}}
GIVEN: dict[str, Any] = {"symbols": {"q": "n, data", "g": "n, data"}}
MADE: dict[str, Any] = {"symbols": {"q": "n", "y": "n, data"}, "definitions": ["g = q - y"]}
SQUARE: dict[str, Any] = {"symbols": {"A": "n x n"}}
LIST: dict[str, Any] = {"symbols": {"q": "n, positive", "N": "n, positive, data"}}
EXAMPLE = "For example, let $A = \\begin{pmatrix} 1 & 2 \\\\ 0 & 1 \\end{pmatrix}$.\n\n"
ONE: dict[str, Any] = {"symbols": {"x": ""}}
ASKED: dict[str, Any] = {"symbols": {"x": ""}, "definitions": ["r(x) = x^2 + 1"]}
FIRST = "Let $r(x) = x^2 + 1$. Then $r'(x) = 2x$ and $r(2) = 5$.\n\n"
CASES = [
    # what the reply wrote for a letter
    ("two letters", NOTHING, "Let $u = a + b$ and $v = a - b$. Then $uv = a^2 - b^2$ and $u^2 + v^2 = 2a^2 + 2b^2$. So $u^2 - v^2 = 4ab$.", "ddaaa"),
    ("a slip beside them is left open", NOTHING, "Let $u = a + b$ and $v = a - b$. Then $uv = a^2 - b^2$ and $u^2 + v^2 = 2a^2 + 2b^2$. So $u^2 - v^2 = 2ab$.", "ddaau"),
    ("nothing true beside it", NOTHING, "Let $u = a + b$ and $v = a - b$. Then $u^2 - v^2 = 2ab$.", "uuu"),
    ("no slip, perhaps to be solved", NOTHING, "Let $u = a + b$ and $v = a - b$. Then $uv = a^2 - b^2$ and $u + v = 2a$. We get the equation $u^2 = 4v$.", "ddaau"),
    ("a letter defined anew", NOTHING, "Let $u = a + b$. Then $u^2 = a^2 + 2ab + b^2$. Now let $u = a - b$. Then $u^2 = a^2 - 2ab + b^2$. So $u^2 = a^2 + 2ab + b^2$.", "dadau"),
    ("a conclusion is no definition", NOTHING, "Let $p = a + b$. Then $p^2 = a^2 + 2ab + b^2$. Therefore $u = a - 2b$.", "dau"),
    ("a function", NOTHING, r"Let $\phi(t) = t^2 + kt$. Then $\phi'(t) = 2t + k$ and $\phi(2) = 4 + 2k$. So $\phi(3) = 9 + k$.", "diau"),
    ("a gradient of a form", NOTHING, r"Let $A$ be a symmetric matrix. Let $h(x) = x^\top A x$. Then $\nabla h(x) = 2Ax$.", "di"),
    ("of any matrix", NOTHING, r"Let $h(x) = x^\top A x$. Then $\nabla h(x) = 2Ax$.", "up"),
    ("a property that is denied", NOTHING, r"Nothing says that $A$ is symmetric, and it is not. Let $r(x) = x^\top A x$. Then $\nabla r(x) = 2Ax$.", "up"),
    ("a property that is a condition", NOTHING, r"When $A$ is symmetric, this is shorter. Let $r(x) = x^\top A x$. Then $\nabla r(x) = 2Ax$.", "up"),
    ("a property in another part", NOTHING, "## One\n\nLet $A$ be a symmetric matrix.\n\n## Two\n\nLet $r(x) = x^\\top A x$. Then $\\nabla r(x) = 2Ax$.", "up"),
    ("a property that is dropped", NOTHING, r"Let $A$ be a symmetric matrix. Now let $A$ be an arbitrary one. Let $r(x) = x^\top A x$. Then $\nabla r(x) = 2Ax$.", "up"),
    ("sums that do not go as far", NOTHING, r"Let $m = \frac{1}{n}\sum_{i=1}^n t_i$. Then $\sum_{i=2}^n t_i = nm - t_1$. So $\sum_i t_i = nm - t_1$.", "dau"),
    ("a member further on", NOTHING, "Let $s_n = 3^n - 1$. Then $s_{n+1} = 3s_n + 2$, $s_{n+1} = 3s_n - 2$.", "dau"),
    ("a derivative by a member", NOTHING, r"Write $s_j = \frac{e^{a_j}}{\sum_l e^{a_l}}$. Then $\sum_j s_j = 1$ and $\frac{\partial s_j}{\partial a_j} = s_j(1 - s_j)$. So $\frac{\partial s_j}{\partial a_j} = s_j(1 + s_j)$.", "daif"),
    ("weights", NOTHING, r"Let $J = \sum_k N_k \log \pi_k - \mu \sum_k \pi_k$. Then $\frac{\partial J}{\partial \pi_k} = \frac{N_k}{\pi_k} - \mu$.", "di"),
    ("a sum that goes as far", NOTHING, r"Let $\bar t = \frac{1}{n}\sum_{i=1}^n t_i$. Then $\sum_{i=1}^n (t_i - \bar t) = 0$ and $\sum_i (t_i - \bar t)^2 = \sum_i t_i^2 - n\bar t^2$. So $\sum_i (t_i - \bar t)^2 = \sum_i t_i^2 + n \bar t^2$.", "daau"),
    # a function by its logarithm
    ("told by its logarithm", ONE, r"$\log r(x) = 3\log x + \log 2$. So $r(x) = 2x^3$, $\frac{d}{dx}\log r(x) = \frac{3}{x}$, $\frac{d}{dx}\log r(x) = \frac{2}{x}$.", "diif"),
    ("told by it in two cases", ONE, r"In the first case $\log r(x) = 3\log x$. In the second case $\log r(x) = 4\log x$. So $r'(x) = 4x^3$ and $\log r(x) = 5\log x$.", "ddif"),
    ("told before", ASKED, r"So $\log r(x) = \log(1 + x^2)$ and $\log r(x) = 2\log x$.", "if"),
    ("in itself", ONE, r"So $\log r(x) = 1 + \log r(x)$.", "u"),
    ("a logarithm of what is known", ONE, r"So $\log \sin(x) = \log x$.", "f"),
    # a function of the next task
    ("the slope of another", ONE, FIRST + "Find the slope of $r(x) = x^3 - x$. We get $r'(x) = 3x^2 - 1$. So $r'(x) = 3x^2 + 1$.", "diadif"),
    ("another one is let", ONE, FIRST + "Let $r(x) = \\frac{1}{x}$. So $r'(x) = -\\frac{1}{x^2}$ and $r'(x) = \\frac{1}{x^2}$.", "diadif"),
    ("in plain text", ONE, FIRST + "Find the slope of r(x) = x² + x for all x.\n\nSo r'(x) = 2x + 1, r'(x) = 2x + 2.", "diadif"),
    ("the one of before", ONE, FIRST + "Find the slope of $r(x) = x^3 - x$. The first one had $r(2) = 5$.", "diada"),
    ("one that is taken back", ONE, FIRST + "Some speak of $r(x) = 2x + 2$, which is wrong. So $r(3) = 10$.", "diaqa"),
    ("the same one", ONE, FIRST + "Find the slope of $r(x) = 1 + x^2$. So $r(2) = 6$.", "diaaf"),
    ("in one paragraph", ONE, FIRST.strip() + " This is the slope of $r(x) = x^2 - 1$.", "diaq"),
    ("one that is recalled", ONE, FIRST + "Recall the slope of $r(x) = x^2 - 1$. So $r(3) = 8$.", "diaqq"),
    ("one that is concluded", ONE, FIRST + "So $r(x) = x^2 - 1$.", "diaf"),
    ("its value", ONE, FIRST + "We know the value of $r(3) = 9$.", "diaf"),
    ("one of the problem", ASKED, "We have $r(2) = 5$.\n\nFind the slope of $r(x) = x^2 - 1$. So $r'(x) = 2x$.", "afi"),
    # an index that a sum binds
    ("an index of its own", LIST, r"$p_k = \frac{q_k}{\sum_k q_k}$, so $\sum_k p_k = 1$, $\sum_k p_k = 2$.", "daf"),
    ("a derivative of a sum", LIST, r"so $\frac{\partial}{\partial q_k}\sum_k N_k \log q_k = \frac{N_k}{q_k}$, $\frac{\partial}{\partial q_k}\sum_k N_k \log q_k = \frac{N_k}{2q_k}$", "iu"),
    ("another meaning, in plain words", NOTHING, "Let $w = a + b$. So $w^2 = a^2 + 2ab + b^2$ and $3w = 3a + 3b$. The other way we get $w = a - b$. So $w^2 = a^2 - 2ab + b^2$.", "daauu"),
    ("a value of one of its letters", NOTHING, "Let $w = a + b$. So $w^2 = a^2 + 2ab + b^2$ and $3w = 3a + 3b$. We have $a = 2$ today. So $w^2 = 4 + 2b + b^2$.", "daaku"),
    ("a function in another case", NOTHING, "Let $r(t) = kt^3$ where $t$ is positive. So $r(2) = 8k$ and $r(3) = 27k$. Elsewhere it is even. So $r(-2) = 8k$.", "daau"),
    ("asked, and on a condition behind", NOTHING, "Let $w = a + b$. So $w^2 = a^2 + 2ab + b^2$ and $3w = 3a + 3b$. Could we get $w^2 = a^2 - 2ab + b^2$? Then $w^2 = a^2 - 2ab + b^2$ precisely on the axes.", "daauu"),
    ("in another paragraph and item", NOTHING, "Let $w = a + b$. So $w^2 = a^2 + 2ab + b^2$ and $3w = 3a + 3b$.\n\n(b) So $w^2 = a^2 - 2ab + b^2$.", "daau"),
    # what the problem gives
    ("entries that are given", GIVEN, r"Let $g_i = q_i - 1$. Then $g_i + 1 = q_i$.", "qq"),
    ("entries that are given, claimed", GIVEN, r"We have $g_i = q_i - 1$. Then $g_i + 1 = q_i$.", "qq"),
    ("entries in a case", GIVEN, r"In the flat case we have $q_i = \frac{1}{n}$. Then $\sum_i q_i = 1$. Suppose $g_i = 2q_i$. So $g = 2q$.", "qqqq"),
    ("entries that are defined", MADE, r"We have $g_i = q_i - y_i$, where $g_i = q_i - 1$.", "iq"),
    ("entries of the reply's own", GIVEN, r"Let $h_i = q_i - 1$. Then $h_i + 1 = q_i$.", "da"),
    ("an example that says nothing in numbers", SQUARE, r"For example, let $A = \begin{pmatrix} 1 & 2 \\ 2 & 1 \end{pmatrix}$. Then $A = A^\top$, $A + 0 = A^\top$, $1 \cdot A = A^\top$, $A = 2A^\top - A$, $A = 4A^\top - 3A$, $A = B + A^\top$.", "sqqqqau"),
    # conditions of size
    ("if one is larger", NUMBERS, "If $a > b$ then $|a - b| = a - b$. If $a < b$, then $|a - b| = b - a$.", "khkh"),
    ("the other way round", NUMBERS, "If $a > b$ then $|a - b| = b - a$.", "kf"),
    ("the larger of two", NUMBERS, r"If $a \ge b$, $\max(a, b) = a$. If $a \ge b$, $\max(a, b) = b$.", "khkf"),
    ("the condition behind", NUMBERS, r"so $|x| = -x$ for $x < 0$. Also $\sqrt{x^2} = x$ if $x \geq 0$.", "hkhk"),
    ("assumed for a part", NUMBERS, "## One\n\nAssume that $x > 0$.\n\nThen $|x| = x$.\n\n## Two\n\nThus $|x| = x$.", "kqq"),
    ("cases", NUMBERS, "Case 1: $x > 0$. Then $|x| = x$.\n\nCase 2: $x < 0$. Then $|x| = -x$. So $|x| = x$.", "kqkqq"),
    ("two in one sentence", NUMBERS, "For $a > b$ we have $|a - b| = a - b$, and for $a < b$ we have $|a - b| = b - a$. For $a > b$ we have $|b - a| = a - b$, and for $a < b$ we have $|b - a| = a - b$.", "khkhkhkf"),
    ("two conditions at once", NUMBERS, "If $a > 0$ and $b > 0$, then $|ab| = ab$. If $a > 0$ or $b > 0$, then $|ab| = ab$.", "kkhkkq"),
    ("taken back", NUMBERS, "If $a > 0$ is not the case, then $|a| = a$. We never assume $b > 0$. Yet $|b| = b$.", "kqkq"),
    ("and otherwise", NUMBERS, "If $b > 0$ then $|b| = b$, otherwise $|b| = -b$.", "kqq"),
    ("wider in the same sentence", NUMBERS, "For $b > 0$ we have $|b| = b$, but we have $|b| = b$ in general.", "kqq"),
    ("after all cases", NUMBERS, "Case 1: $b > 0$. So $|b| = b$.\n\nCase 2: $b < 0$. So $|b| = -b$.\n\nTogether this gives $|b| = -b$.", "kqkqq"),
    ("a letter that is changed", NUMBERS, "If $b > 0$ is swapped with its mirror image, then $|b| = b$.", "kq"),
    ("of both signs at once", NUMBERS, "So $|b| = b$ for $b > 0$ and $b < 0$ alike. For $b > 0$ and for $b < 0$ we have $|b| = -b$.", "qkkkkq"),
    ("beside one of another letter", NUMBERS, "Let $b > 0$. If $a < 0$, then $|b| = b$.", "kkq"),
    ("in another item", NUMBERS, "(a) Let $b > 0$. So $|b| = b$.\n\n(b) Here we get $|b| = b$.", "kqq"),
    ("on the edge too", NUMBERS, r"If $b \geq 0$, then $|b| = b$. If $b \geq 0$, then $\frac{|b|}{b} = 1$.", "khkq"),
    ("of the last sentence", NUMBERS, "If $a > b$ then $|a - b| = a - b$. In general $|a - b| = a - b$.", "khf"),
    ("what needs no condition", NUMBERS, "If $a > b$ then $(a - b)^2 = a^2 + b^2$. If $a > b$ then $(a - b)^2 = a^2 - 2ab + b^2$.", "kfka"),
    ("of a multiple", NUMBERS, r"For $a > 0$, $\|av\| = a\|v\|$. For $a < 0$, $\|av\| = a\|v\|$.", "khkf"),
    ("nothing obeys it", NUMBERS, "If $a^2 < -1$ then $|a| = a$.", "kq"),
    # values of an example
    ("numbers for all letters", NUMBERS, "Take $a = 2$ and $b = 3$. Then $ab = 6$. So $ab = 5$.", "sshf"),
    ("an equation to be solved", NUMBERS, "Let $a = 2$. We solve the equation $ab = 5$.", "sq"),
    ("in another paragraph", NUMBERS, "Take $a = 2$ and $b = 3$.\n\nIn our case we get $ab = 5$.", "ssq"),
    ("values that words change", NUMBERS, "Take $a = 4$ and $b = 3$. So $ab = 12$. With one more for $a$ we get $ab = 15$.", "sshq"),
    ("a wish, a condition", NUMBERS, "Let $a = 4$ and $b = 3$. We would like to have $ab = 10$. So the condition is $ab = 10$.", "ssqq"),
    ("a claim that is dropped", NUMBERS, "Let $a = 4$ and $b = 3$. Then $ab = 10$, which contradicts the above.", "ssq"),
    # a step does not end an example
    ("steps in numbers", SQUARE, EXAMPLE + "**Step 1.** So $\\det A = 1$.\n\n**Step 2.** So $\\mathrm{tr}(A) = 2$, $\\mathrm{tr}(A) = 3$.", "saaf"),
    ("a step of any matrix", SQUARE, EXAMPLE + "**Step 1.** So $\\det A = 1$.\n\n**Step 2.** Let $A$ be arbitrary again. With $C = 3A$ we get $\\det C = 9$.", "sadq"),
    ("another part", SQUARE, EXAMPLE + "**Step 1.** So $\\det A = 1$.\n\n### In general\n\nHence $\\mathrm{tr}(A) = 3$.", "saq"),
    # signs
    ("upper with upper", NUMBERS, r"so $(a \pm b)^2 = a^2 \pm 2ab + b^2$, $(a \pm b)^2 = a^2 \mp 2ab + b^2$, $(a \pm b)^2 = a^2 + 2ab + b^2$", "afk"),
    ("of an angle", NUMBERS, r"so $\cos(a \pm b) = \cos a \cos b \mp \sin a \sin b$, $\cos(a \pm b) = \cos a \cos b \pm \sin a \sin b$", "aq"),
    ("of any letters", NOTHING, r"so $(u \pm w)^2 = u^2 \pm 2uw + w^2$, $(u \pm w)^2 = u^2 \mp 2uw + w^2$", "ak"),
    ("two values", NOTHING, r"so $\frac{-5 \pm 3}{-2} = \frac{5 \pm 3}{2}$, $\frac{-5 \pm 3}{-2} = \frac{5 \pm 4}{2}$", "af"),
    ("a set of two", NUMBERS, r"The zeros are $\frac{b \mp \sqrt{c}}{3} = \frac{b \pm \sqrt{c}}{3}$. So both solutions are $\frac{-b \mp \sqrt{c}}{-3} = \frac{b \mp \sqrt{c}}{3}$.", "qq"),
    # named distributions
    ("no distribution is named", NOTHING, r"Then $E[U] = \frac{1}{3}$.", "d"),
]  # fmt: skip


@pytest.mark.parametrize(("world", "text", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_own_letters_and_conditions(world: dict[str, Any], text: str, expected: str) -> None:
    found = analyse(text, compile_setting(DerivationSpec.model_validate(world)))
    assert verdicts(found) == expected
