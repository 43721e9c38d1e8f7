r"""What brackets or an index would have told: norms of matrices, logarithms, slashes, angles, lists; indices from 0 and above.

Every kind has rows that must not be called false, and rows beside them that stay false, or are not true.
"""

from __future__ import annotations

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

WORLD: dict[str, object] = {
    "symbols": {
        "A": "m x m, psd", "B": "m x k", "v": "m", "w": "m", "x": "N, data", "X": "N x m, data", "a": "positive",
        "b": "positive", "c": "positive", "\\mu": "scalar", "T": "m x k",
    },
    "families": {"x_i": "entries of x", "r_i": "rows of X"},
    "definitions": ["q(T) = \\operatorname{tr}((B - T)^\\top(B - T))"],
}  # fmt: skip
ROWS = [
    ("a spectral norm", r"In the spectral norm $\|A\| = \lambda_{\max}(A)$, so $\|A\|\|v\| = \lambda_{\max}(A)\|v\|$.", "ii"),
    ("another norm", "Let $A = \\begin{pmatrix} 1 & 2 \\\\ 3 & 5 \\end{pmatrix}$. So $\\|A\\| = 7$.", "sq"),
    ("no norm at all", "Let $A = \\begin{pmatrix} 1 & 2 \\\\ 3 & 5 \\end{pmatrix}$. So $\\|A\\| = 9$.", "sf"),
    ("spectral, but no norm", r"By the spectral theorem $\|A\| = \lambda_{\max}(A)$.", "q"),
    ("a norm of which nothing is said", r"As $\|A\| = \lambda_{\max}(A)$, $\|A\|\|v\| = \lambda_{\max}(A)\|v\|$.", "qq"),
    ("of no matrix", r"So $\|v\|^2 = 2v^\top v$.", "f"),
    ("false by every norm", r"So $\|A\| = 2\lambda_{\max}(A)$.", "f"),
    ("the other norm is named", r"In the Frobenius norm $\|A\|^2 = \operatorname{tr}(A^\top A)$, $\|A\| = \lambda_{\max}(A)$.", "af"),
    ("with its index", r"So $\|A\|_F = \lambda_{\max}(A)$.", "f"),
    ("a logarithm of a product", r"So $\ln\frac{1}{a}\exp(-b) = -\ln a - b$.", "q"),
    ("how far it goes is not known", r"So $\log a e^{-b} = \log a - b$.", "p"),
    ("its brackets are there", r"So $(\ln a)\exp(-b) = \ln a - b$, $\ln(a)\exp(-b) = \ln a - b$ and $\ln a \cdot \exp(-b) = \ln a - b$.", "fff"),
    ("in other brackets", r"So $\ln[a]\exp(b) = \ln a + b$ and $\ln a * \exp(b) = \ln a + b$.", "ff"),
    ("false of the product, too", r"So $\ln\frac{1}{a}\exp(-b) = \ln a - b$.", "f"),
    ("a slash over a product", r"So $b/2a = \frac{b}{2a}$ and $b/2a = \frac{b}{2}a$.", "qa"),
    ("over several", r"So $1/2ab = \frac{1}{2ab}$.", "q"),
    ("on both sides", r"So $b/2a + c/2a = (b + c)/2a$ and $b/2a + c/a = (b + 2c)/2a$.", "aq"),
    ("closed off", r"So $(b/2)a = b/(2a)$ and $(1/N)\mu = 1/(N\mu)$.", "ff"),
    ("false in every way", r"So $b/2a = \frac{2b}{a}$.", "f"),
    ("with a sign of a product", r"So $b/2 \cdot a = \frac{b}{2a}$.", "f"),
    ("integer parts, perhaps", r"So $[7/3] + [8/3] = 4$ and $2[5/2] = 4$.", "qq"),
    ("integer parts, named", r"Here $[x]$ is the integer part of x. So $[7/3] + [8/3] = 4$, and $[7/3] = 3$.", "af"),
    ("brackets that are round", r"So $[7/3] + [8/3] = 5$, $2[2b - b] = 2b$ and $3[b + b] = 5b$.", "aaf"),
    ("no integer part of a list", r"So $[7/3, 8/3] = [2, 2]$.", "f"),
    ("an index of two figures", r"Let $z_10 = 3$ and $z_1 = 2$. So $z_10 + z_1 = 5$ and $z_1 \cdot 0 = 3$.", "ddaf"),
    ("angles", r"So $\operatorname{tr}(B^\top T) = <B, T>$ and $-2<B - T, T> = 2<T - B, T>$.", "aa"),
    ("angles in bars", r"So $|<v, w>|^2 = (v^\top w)^2$.", "a"),
    ("two comparisons", r"For $a<b, c>1$ we have $a + b = b + a$.", "kka"),
    ("comparisons with signs", r"So $a - a = 0 < a, b > -1$ and $|a| = |a| < b + a, c + b > |b|$.", "aaaaaa"),
    ("a factor in brackets", r"So $\nabla_v (a)(v^\top v) = 2av$.", "p"),
    ("a function in brackets", r"The gradient is $\nabla(q)(T) = -2(B - T)$, not $\nabla(q)(T) = 2(B - T)$.", "if"),
    ("a list for a column", "Take $r_1 = [1, 0, 2]$ and $r_2 = [2, 5, 1]$, $m = 3$. So $r_1^\\top r_2 = 4$.", "sssa"),
    ("a list that is said again", "Take $r_1 = [1, 0]$ and $m = 2$. So $2r_1 = [2, 0]$.", "ssa"),
    ("from 0", r"So $\sum_{i=0}^{N-1}(x_i - \mu) = \sum_{i=0}^{N-1}x_i - N\mu$.", "a"),
    ("from 0, derived", r"So $\frac{\partial}{\partial x_j}\sum_{i=0}^{N-1}x_i^2 = 2x_j$.", "i"),
    ("the last member beside it", r"So $\frac{\partial}{\partial x_N}\sum_{i=0}^{N-1}x_i = 1$.", "p"),
    ("counted from 1 elsewhere", r"As $\sum_{i=1}^N x_i = \mathbf 1^\top x$, $\sum_{i=0}^{N-1}x_i = \mathbf 1^\top x$.", "ap"),
    ("from 0 and from 1", r"So $\sum_{i=0}^{N-1}x_i = \sum_{i=1}^{N}x_i$.", "p"),
    ("with a first member", r"So $\sum_{i=0}^{N-1}x_i = x_0 + \sum_{i=1}^{N-1}x_i$.", "p"),
    ("times its number", r"So $\sum_{i=0}^{N-1}ix_i = \sum_{i=0}^{N-1}ix_i + 0$.", "p"),
    ("one too many", r"So $\sum_{i=0}^{N}x_i = \sum_{i=0}^{N}x_i + 0$.", "p"),
    ("from 0 and wrong", r"So $\sum_{i=0}^{N-1}(x_i - \mu) = \sum_{i=0}^{N-1}x_i - \mu$.", "p"),
    ("Kronecker's delta", r"So $\frac{\partial x_i}{\partial x_j} = \delta_j^i$ and $\frac{\partial x_i}{\partial x_j} = \delta^i_j$.", "ii"),
    ("no delta of Kronecker", r"Let $\delta^i_j$ be the error. So $\frac{\partial x_i}{\partial x_j} = \delta^i_j$.", "u"),
    ("letters with marks", "x̄ = 6/2 = 3\n\nȳ = 8/2 = 4\n\nÂ = ȳ - 2·x̄", "dadad"),
    ("letters with marks in formulas", "So $ȳ = 2b$, $ȳ + ê = ê + ȳ$ and $\\bar y = 2b$.", "daa"),
    ("a word of another language", "Voilà la tâche : $1 + 1 = 2$ où a = b.", "a"),
    ("letters that are no ring", r"With respect to $Z_1$, $a + b = 2a + b$ does not go on.", "f"),
    ("an error of a layer", r"So $\delta_j^l = 2x_j$.", "u"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_what_brackets_would_have_told(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(WORLD))) == expected


CASES = [
    ("a letter", r"Case B: $q(T) = 0$. Then $\|T\|_F = \|B\|_F$.", "sk"),
    ("in brackets", r"**Case 2 ($q(T) = 0$):** Then $\|T\|_F = \|B\|_F$.", "sk"),
    ("behind a dash", r"- Case 2 — $q(T) = 0$: here $\|T\|_F = \|B\|_F$.", "sk"),
    ("words of no head", r"In this case we therefore get $q(T) = \operatorname{tr}(B^\top B)$.", "f"),
    ("the next sentence claims", r"Case 1: the loss falls. We have $q(T) = \operatorname{tr}(B^\top B)$.", "f"),
    ("of numbers", r"Case 1: $1 + 1 = 3$.", "f"),
    ("a word", r"Case study: so $q(T) = \operatorname{tr}(B^\top B)$.", "f"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_the_head_of_a_case_is_a_condition(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(WORLD))) == expected


ANEW = [
    ("a function", "## One\nLet $h(t) = at$.\n\n## Two\nHere $h(t) = at + 1$ and $h(2) = 2a$.", "dqa"),
    ("in one part", "## One\nLet $h(t) = at$.\n\nHere $h(t) = at + 1$.", "df"),
    ("a value", "## One\nLet $h(t) = at$.\n\n## Two\nHere $h(b) = ab + 1$.", "df"),
    ("recalled", "## One\nLet $h(t) = at$.\n\n## Two\nRecall that $h(t) = at + 1$.", "df"),
    ("supposed of a name", "## One\nLet $J = a^2$.\n\n## Two\nSuppose $J = 0$.\n\n## Three\nSo $2J = 2a^2$.", "dsa"),
    ("concluded", "## One\nLet $h(t) = at$.\n\n## Two\nTherefore $h(t) = at + 1$.", "df"),
    ("for a loss", "## One\nLet $J = aw^\\top w$.\n\n## Two\nFor the loss $J = bv^\\top v$ we get $J = b\\|v\\|^2$.", "dda"),
    ("indices of a sum", r"So $\sum_i x_i = \sum_j x_j$. The term at $j = v$ is left; so $\sum_j x_j^2 = \sum_i x_i^2$.", "aua"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in ANEW], ids=[row[0] for row in ANEW])
def test_a_meaning_of_another_part(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(WORLD))) == expected


LAYERS: dict[str, object] = {
    "symbols": {"W": "m x k", "Z": "k x N", "B": "m x N"},
    "definitions": ["Y = WZ", "H = Y + B"],
}
UNNAMED = [
    ("beside each other", r"So $\nabla_Z = W^\top\nabla_H$ and $\nabla_W = \nabla_H Z^\top$.", "ii"),
    ("another sign, of a player who wants more perhaps", r"As $\nabla_Z = W^\top\nabla_H$, $\nabla_W = -\nabla_H Z^\top$.", "ip"),
    ("told what it is of", r"With $\nabla_H = \frac{\partial J}{\partial H}$ we get $\frac{\partial J}{\partial W} = \nabla_H Z^\top$.", "pp"),
    ("of something", r"So $\nabla_Z \operatorname{tr}(Z^\top Z) = 2Z$.", "i"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in UNNAMED], ids=[row[0] for row in UNNAMED])
def test_derivatives_of_what_is_not_named(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(LAYERS))) == expected


BLOCKS = [
    ("zeros of a column", r"So $(A - A)u = \begin{pmatrix} 0 \\ 0 \end{pmatrix}$ and $Au = \begin{pmatrix} 0 \\ 0 \end{pmatrix}$.", "aq"),
    ("zeros of another shape", r"So $A - A = \begin{pmatrix} 0 \\ 0 \end{pmatrix}$.", "p"),
    ("by one of two equal entries", r"So $\frac{\partial\operatorname{tr}(GG)}{\partial g_{12}} = 4g_{12}$.", "p"),
    ("by an entry", r"So $\frac{\partial c_{11}}{\partial a_{12}} = a_{21}$ and $\frac{\partial c_{11}}{\partial a_{12}} = a_{12}$.", "if"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in BLOCKS], ids=[row[0] for row in BLOCKS])
def test_numbers_and_entries(text: str, expected: str) -> None:
    world = {
        "symbols": {"A": "2 x 2", "G": "2 x 2, symmetric", "u": "2"},
        "definitions": ["C = AA"],
        "families": {"a_{ij}": "entries of A", "c_{ij}": "entries of C", "g_{ij}": "entries of G"},
    }
    assert verdicts(analyse(text, setting_of(world))) == expected
