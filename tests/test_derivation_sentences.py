"""Figures, remainders, limits in brackets, and what the sentence of a relation says to it: each kind once true, once changed."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

NOTHING: dict[str, Any] = {}
NUMBERS: dict[str, Any] = {"symbols": {"x": "", "y": "", "t": "", "c": "positive"}}
FREE: dict[str, Any] = {"symbols": {"A": "n x n", "y": "n", "u": "n"}, "definitions": [r"h(u) = \|u\|^2"]}
SHARES: dict[str, Any] = {
    "symbols": {"z": "n", "w": "n"},
    "definitions": [r"p_i = \frac{e^{z_i}}{\sum_k e^{z_k}}"],
}
DATA: dict[str, Any] = {"symbols": {"B": "m x n, data"}}
GRAPH: dict[str, Any] = {
    "symbols": {"M": "n x n, symmetric"},
    "decompositions": [{"of": "M", "kind": "eigen", "names": ["V", "E"], "values": "\\mu_i"}],
}
SPLIT: dict[str, Any] = {
    "symbols": {"A": "n x n"},
    "decompositions": [{"of": "A", "kind": "thin svd", "names": ["U", "\\Sigma", "V"]}],
    "families": {"\\sigma_i": "diagonal of \\Sigma"},
}
CASES = [
    ("supposed a sentence before", NUMBERS, "For $x \\geq y$ nothing turns. So $|x - y| = x - y$.", "kq"),
    ("supposed a paragraph before", NUMBERS, "When $x > y$ all is plain.\n\nSo $\\max(x, y) = x$ and $\\max(x, y) = y$.", "kqf"),
    ("supposed in another part", NUMBERS, "## One\n\nWhen $x > y$ all is plain.\n\n## Two\n\nSo $\\max(x, y) = x$.", "kf"),
    ("nothing is concluded of it", NUMBERS, "For $x \\geq y$ nothing turns. In general $|x - y| = x - y$.", "kf"),
    ("the other case came between", NUMBERS, "When $x > y$ all is plain. When $x < y$ it turns. So $\\max(x, y) = x$ and $\\max(x, y) = y$.", "kkfq"),
    ("no sentence supposes it", NUMBERS, "We know $x^2 \\geq 0$. So $|x - y| = x - y$.", "af"),
    ("it does not help", NUMBERS, "For $x \\geq y$ nothing turns. So $(x - y)^2 = x^2 - y^2$.", "kf"),
    ("a size of the problem is told", FREE, "So $a + b = b + a = n + a$ and $a + b = b + a = a - b$.", "auaf"),
    ("a letter of the problem is told", NUMBERS, "So $a + b = b + a = x + a$.", "au"),
    # figures
    ("rounded and cut off", NOTHING, r"so $e^{0.2} = 1.22140$, $\sqrt 3 = 1.7320508075688772$, $\sqrt 3 = 1.73205080756...$", "iaa"),
    ("wrong in the tenth figure", NOTHING, r"so $\sqrt 3 = 1.7320508174$, $\sqrt 3 \approx 1.7320508174$", "fk"),
    ("figures of an integral", NOTHING, r"so $\int_0^1 e^{-x^2} dx = 0.746824132812427$", "a"),
    ("cut off inside a product", NOTHING, r"so $6 \cdot \frac{1}{7} = 6 \cdot 0.1428...$, $6 \cdot \frac{1}{7} = 6 \cdot 0.1438...$", "if"),
    ("a decimal computed from decimals", NOTHING, r"so $0.1 \cdot 13188.7 = 1318.87$, $0.1 \cdot 13188.7 = 1318.97$", "af"),
    # remainders
    ("remainders in a chain", NOTHING, r"\[3^4 = 9^2 = 81 \equiv 4 \pmod{7}, \quad 3^6 = 3^4 \cdot 9 = 4 \cdot 9 \equiv 1 \pmod 7\]", "aaiaii"),
    ("a wrong remainder", NOTHING, r"\[3^6 = 3^4 \cdot 9 = 5 \cdot 9 \equiv 1 \pmod 7\]", "aff"),
    ("no remainder is meant", NOTHING, r"so $3^6 = 36$", "f"),
    # what nothing obeys
    ("a case that cannot be", NUMBERS, "Suppose $x + 3 - x = 9$, which becomes $3 = 9$. This is impossible.", "sq"),
    ("a plain error", NUMBERS, "So $x + 3 - x = 3$, and $3 = 9$.", "af"),
    # limits
    ("limits in the variable of the integral", NUMBERS, r"$\int_0^1 c x\,dx = \left[\frac{c x^2}{2}\right]_0^1 = \frac c2$", "aa"),
    ("limits with another power", NUMBERS, r"$\int_0^1 c x\,dx = \left[\frac{c x^3}{2}\right]_0^1$ and $\int_0^2 x\,dx = \left[\frac{x^3}{2}\right]_0^2$", "af"),
    ("a bar with limits", NUMBERS, r"$\int_0^c (x + 1)\,dx = \left.\frac{x^2}{2} + x\right|_0^c = \frac{x^2}{2}\Big|_0^c + c$", "aa"),
    ("a bar that names its variable", NUMBERS, r"$\int_1^3 t^2\,dt = \frac{t^3}{3}\bigg|_{t=1}^{t=3} = \frac{26}{3}$, $\int_1^3 t^2\,dt = \frac{t^3}{2}\bigg|_{t=1}^{t=3}$", "aaf"),
    ("a power of brackets", NUMBERS, r"so $[x + y]^2 = x^2 + 2xy + y^2$", "a"),
    # members of a family
    ("of what a member is", SHARES, r"$\sum_i p_i(z) = 1$. Also $\frac{\partial p_i(z)}{\partial z_i} = p_i(z)(1 - p_i(z))$.", "ai"),
    ("a member of something else", SHARES, r"$p_i(w) = p_i$", "p"),
    # indices, places in an order
    ("indices that differ", SHARES, "When $i \\neq k$, the derivative has another form, and we find:\n\n$$\\frac{\\partial p_i}{\\partial z_k} = -p_i p_k$$", "ki"),
    ("said of all indices", SHARES, "$$\\sum_i p_i = 1$$\n\nHence $\\frac{\\partial p_i}{\\partial z_k} = -p_i p_k$.", "af"),
    ("eigenvalues from the smallest", GRAPH, "For example, take $M = \\begin{pmatrix} 1 & 2 \\\\ 2 & 1 \\end{pmatrix}$. Its eigenvalues are $\\mu_1 = -1$ and $\\mu_2 = 3$.", "shh"),
    # conditions
    ("a condition that follows", FREE, "Since $A_{ij} = 2$ only when the nodes are joined, we sum.", "q"),
    ("no condition follows", FREE, "Since $A^\\top A = A A^\\top + A$, we sum.", "f"),
    ("another function of a part", FREE, "## One\n\nWe have $h(u) = u^\\top u$.\n\n## Two\n\na) $h(u) = 3u_1^4 + u_2$ we get a quartic.", "iq"),
    ("the function of its part", FREE, "## One\n\nWe have $h(u) = u^\\top u$, so $h(u) = 2 u^\\top u$.", "if"),
    ("an improper integral in brackets", NUMBERS, r"so $\int_0^\infty x e^{-c x}\,dx = \left[-\frac{x}{c} e^{-c x}\right]_0^\infty + \frac{1}{c^2}$, $\int_1^\infty x^{-2}\,dx = \left[-\frac{2}{x}\right]_1^\infty$", "af"),
    ("singular values of an example", SPLIT, r"For example, let $A = \begin{pmatrix} 3 & 0 \\ 0 & 4 \end{pmatrix}$. Then $\sigma_1 = 4$ and $\sigma_2 = 3$.", "sii"),
    ("another singular value", SPLIT, r"For example, let $A = \begin{pmatrix} 3 & 0 \\ 0 & 4 \end{pmatrix}$. The singular values are $\sigma_1 = 4$, $\sigma_2 = 2$.", "shf"),
    ("a singular value is the example", SPLIT, r"For example, let $\sigma_1 = 4$. Then $\sigma_1^2 = 16$, $\sigma_1^2 = 15$.", "saq"),
    ("letters that become singular values", FREE, r"For example, let $A = \begin{pmatrix} 3 & 0 \\ 0 & 4 \end{pmatrix}$. Then $\sigma_1 = 4$, $\sigma_2 = 3$ and $\sigma_1 = 5$.", "siif"),
    ("letters that become eigenvalues", FREE, r"For example, let $A = \begin{pmatrix} 1 & 0 \\ 0 & 4 \end{pmatrix}$. The eigenvalues are $\lambda_1 = 4$ and $\lambda_2 = 1$, $\lambda_2 = 2$.", "shhf"),
    ("an example goes on behind a heading", DATA, "### Example\n\nConsider $B = \\begin{pmatrix} 1 & 2 \\\\ 0 & 1 \\\\ 1 & 0 \\end{pmatrix}$.\n\n### Products\n\n$$B^\\top B = \\begin{pmatrix} 2 & 2 \\\\ 2 & 5 \\end{pmatrix}$$", "sa"),
    ("wrong in the example", DATA, "### Example\n\nConsider $B = \\begin{pmatrix} 1 & 2 \\\\ 0 & 1 \\\\ 1 & 0 \\end{pmatrix}$.\n\n### Products\n\n$$B^\\top B = \\begin{pmatrix} 2 & 2 \\\\ 2 & 6 \\end{pmatrix}$$", "st"),
    ("a sum that goes on", NOTHING, "\\[2 + 5\\]\n\n\\[+ 4 = 11\\]", "p"),
    ("needed, not given", NUMBERS, "This is only possible when $x - 2y = y - 2x$. So $3x = 3y$.", "sk"),
    # numbers that letters are given for a moment
    ("bounds of a substitution", NUMBERS, "Let $t = x^2 + 1$. When $x = 0$, $t = 1$; when $x = 1$, $t = 2$.\n\nSo $dt = 2x\\,dx$, $t - 1 = x^2$.", "sshshhh"),
    ("a wrong differential", NUMBERS, "Let $t = x^2 + 1$. When $x = 0$, $t = 1$; when $x = 1$, $t = 2$.\n\nSo $dt = 3x\\,dx$, $t - 2 = x^2$.", "sshshpq"),
    ("a side that vanishes there", NUMBERS, "Let $y = 3x$. When $x = 0$, $y = 0$. Hence $yx = 3x^2$, $yx = 4x^2$.", "sshhv"),
    ("what was supposed is said again", NUMBERS, "Suppose $x = y$. If $y = 0$, then $x = y$.", "ssv"),
    ("a derivative at a number", NUMBERS, "Put $x = 2$. Then $\\frac{d}{dx} x^3 = 12$, $\\frac{d}{dx} x^3 = 3x^2$, $\\frac{d}{dx} x^3 = 4x$.", "shif"),
]  # fmt: skip


@pytest.mark.parametrize(("world", "text", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_what_stands_around_a_relation(world: dict[str, Any], text: str, expected: str) -> None:
    found = analyse(text, setting_of(world))
    assert verdicts(found) == expected


ASKED: dict[str, Any] = {"symbols": {"x": "", "y": "", "t": ""}, "definitions": ["h(x) = x^2 - 3x"]}
NEEDED = [
    # an equation to be solved, and what `so` makes of it
    ("We need $3x^2 - 2x = 3x$.", "q"),
    ("We need this $= 3x$, so $3x^2 - 2x = 3x$, $3x^2 = 5x$.", "qq"),
    ("We need $3x^2 - 2x = 3x$, so $3x^2 = 5x$.", "qh"),
    ("We want that $t^2 = 2t$, so $t(t - 2) = 0$.", "qh"),
    ("For this we need $h(x) = x + y$. Hence $x^2 = 4x + y$.", "qh"),
    ("We want the sum to be $x + y = 3xy$.", "q"),
    ("We need\n$$x^2 + y^2 = 2xy + x$$\nand hence\n$$(x - y)^2 = x.$$", "qh"),
    ("Now we only need $xy = x + y$ for the two.", "q"),
    ("One wants both $x^2 = y$ and $xy = x + 2y$.", "qq"),
    ("We need $2xy + 3y = x$, so $2xy = x - 3y$.", "qh"),
    # a fact that is needed, was needed, or is not; another sentence, a reason, a computation
    ("We need to show $(x + y)^2 = x^2 + y^2$.", "f"),
    ("This is what we need: $(x + y)^2 = x^2 + y^2$.", "f"),
    ("As we want, $x(x + 1) = x^2 + 2$.", "f"),
    ("We need the identity $(x + y)^2 = x^2 + y^2$.", "f"),
    ("We do not need $x(x + 1) = x^2 + 2$ here.", "f"),
    ("We need $x$ and $y$. So $x(x + 1) = x^2 + 2$.", "f"),
    ("We need $x^2 = 2x$. By the rule of squares $(x + y)^2 = x^2 + y^2$.", "qf"),
    ("We need $x^2 = 2x$ and, because $(x + y)^2 = x^2 + y^2$, we are done.", "qf"),
    ("We need $x^2 = 2x$ and know that $(x + 1)^2 = x^2 + 1$.", "qf"),
    ("We need $2xy + 3y = x$, so $2xy = x + 3y$.", "qf"),
    ("We need $h(2) = 4 - 6 = -2$ and $h(x) = x^2 + 3x$.", "aaf"),
    ("We need that $x$ is small, so $(x + y)^2 = x^2 + y^2$.", "f"),
    ("We need $h(x)$, so $h(x) = x^2 + 3x$.", "f"),
    ("We need $h(x) = 4$, so we compute $h'(x) = 2x + 3$.", "qf"),
    ("We need $x > 0$, so $(x + 1)^2 = x^2 + 1$.", "kf"),
    ("We need $x^2 = 5x$, so $(t + 1)^2 = t^2 + 1$.", "qf"),
    ("We need $(x + 1)^2 + y = x^2 + x + 1 + y = 3y$.", "fq"),
]


@pytest.mark.parametrize(("text", "expected"), NEEDED)
def test_what_is_needed_is_to_be_solved(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(ASKED))) == expected


TAKEN_BACK = [
    ("So $(x + y)^2 = x^2 + y^2$... no.", "q"),
    ("So $(x + y)^2 = x^2 + y^2$ -- wait, the mixed term.", "q"),
    ("So $(x + y)^2 = x^2 + y^2$ — wrong.", "q"),
    ("So $(x + y)^2 = x^2 + y^2$, no, $(x + y)^2 = x^2 + 2xy + y^2$.", "qa"),
    ("So\n$$(x + y)^2 = x^2 + y^2$$ ... no, wait.", "q"),
    ("So $(x + y)^2 = x^2 + y^2 = 2x$ — that isn't right.", "qq"),
    ("So $(x + y)^2 = x^2 + y^2$. Hmm, that's not right.", "q"),
    ("So $12 \\cdot 3 = 38$… hmm, $12 \\cdot 3 = 36$.", "qa"),
    ("So $12 + 5 = 18$. Wait, that's wrong.", "q"),
    ("So $12 + 5 = 17$... no.", "a"),
    # what goes on, affirms, or speaks of something else
    ("So $(x + y)^2 = x^2 + y^2$... no matter what.", "f"),
    ("So $(x + y)^2 = x^2 + y^2$ — not $x^2 - y^2$.", "f"),
    ("So $(x + y)^2 = x^2 + y^2$ — wait times grow.", "f"),
    ("So $(x + y)^2 = x^2 + y^2$ — correction terms vanish.", "f"),
    ("So $(x + y)^2 = x^2 + y^2$ — actually, that is clear.", "f"),
    ("So $(x + y)^2 = x^2 + y^2$. No solution exists.", "f"),
    ("So $(x + y)^2 = x^2 + y^2$. Wait, let me check it: it holds.", "f"),
    ("So $(x + y)^2 = x^2 + y^2$. That is not right away clear.", "f"),
    ("So $(x + y)^2 = x^2 + y^2$.\n\nThis is wrong.", "f"),
    ("So $12 + 5 = 18$, no one doubts it.", "f"),
]


@pytest.mark.parametrize(("text", "expected"), TAKEN_BACK)
def test_what_is_taken_back_right_behind_it(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(ASKED))) == expected


LAYERS: dict[str, Any] = {
    "symbols": {"A": "r x k", "B": "d x r", "x": "k", "W": "d x k, data", "t": "", "s": ""},
}
CIRCUMSTANCES = [
    ("It is\n$$B A = \\mathbf{0} \\cdot A = \\mathbf{0} \\quad\\text{at step 0.}$$", "qa"),
    ("$B A x = 0 \\cdot A x = 0$ at the first step.", "qa"),
    ("$B A x = 0 A x = 0$ (initially).", "qa"),
    ("At first, $B A = 0 \\cdot A = 0$.", "qa"),
    ("$$W + BA = W + 0 \\cdot A = W$$\nunder this start.", "qa"),
    ("So $t^2 + 3s = 2^2 + 3s = 4 + 3s$ at the second tick.", "qa"),
    ("So $(t + s)^2 = t^2 + s^2 + 4 = t^2 + s^2 + 2 + 2$ when the two are done.", "qa"),
    # no circumstance, no number that is put in, or a slip
    ("It is\n$$B A = \\mathbf{0} \\cdot A = \\mathbf{0}$$", "fa"),
    ("So $B A = 0 \\cdot A = 0$ by symmetry.", "fa"),
    ("So $B A = 0 \\cdot A = 0$ since this is so.", "fa"),
    ("So $B A = 0 \\cdot A = 0$ for all matrices.", "fa"),
    ("So $B A = 0 \\cdot A$. At the next step we stop.", "f"),
    ("$(B A)^\\top = B^\\top A^\\top$ at step 0.", "t"),
    ("So $t(t + 3s) = t^2 + 4s$ at the second tick.", "f"),
    ("So $t^2 + 3s = 2^2 + 3s$ for this reason.", "f"),
    ("$(t + s)^2 = t^2 + ts + s^2 = 4$ when we stop.", "fq"),
]


@pytest.mark.parametrize(("text", "expected"), CIRCUMSTANCES)
def test_a_circumstance_is_said_of_the_whole_chain(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(LAYERS))) == expected


LEAST: dict[str, Any] = {
    "symbols": {"A": "m x n, data", "u": "n", "y": "m, data", "v": "k, data", "z": "k"},
    "definitions": [
        r"L = \frac12\|Au - y\|^2", r"p_i = \frac{e^{z_i}}{\sum_{j=1}^k e^{z_j}}", r"C = -\sum_{i=1}^k v_i\log p_i",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (r"So $\nabla_u L = 2A^\top(Au - y)$.", "f"),
        (r"Without loss of generality $\nabla_u L = 2A^\top(Au - y)$.", "f"),
        (r"Therefore, the gradient would be $\nabla_u L = 2A^\top(Au - y)$.", "f"),
        (r"Without the half, $\nabla_u L = 2A^\top(Au - y)$.", "q"),
        (r"With the whole square we would get $\nabla_u L = 2A^\top(Au - y)$.", "q"),
        (r"For the whole square it is $\nabla_u L = 2A^\top(Au - y)$ instead.", "q"),
        (r"A mistake is $\nabla_u L = 2A^\top(Au - y)$.", "q"),
        (r"Without the half it changes. Here $\nabla_u L = 2A^\top(Au - y)$.", "f"),
        (r"Without the half or with it, $\|Au\|^2 = u^\top A^\top Au$.", "a"),
        (r"So $\frac{\partial C}{\partial z} = p - v$.", "f"),
        (r"As $v$ is one-hot, $\frac{\partial C}{\partial z} = p - v$.", "q"),
        (r"The labels sum to one, so $\frac{\partial C}{\partial z} = p - v$.", "q"),
        (r"For a distribution $v$ we have $\frac{\partial C}{\partial z_i} = p_i - v_i$.", "q"),
        (r"As $v$ is one-hot, $\frac{\partial C}{\partial z} = v - p$.", "f"),
        (r"As $v$ is one-hot, $\frac{\partial C}{\partial z} = 2p - v$.", "f"),
    ],
)
def test_what_is_said_of_another_case(text: str, wanted: str) -> None:
    assert verdicts(analyse(text, setting_of(LEAST)))[-1] == wanted
