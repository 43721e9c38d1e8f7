"""Steps of solving, inequalities, rounded values and spellings: each kind once true and once changed in one place."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

NOTHING: dict[str, Any] = {}
NUMBERS: dict[str, Any] = {"symbols": {"x": "", "y": "", "a": "positive", "k": "positive, integer"}}
THREE: dict[str, Any] = {"symbols": {"x": "", "y": "", "z": ""}}
MATRICES: dict[str, Any] = {
    "symbols": {"T": "n x q", "S": "n x q", "R": "q x q, pd", "A": "n x n, invertible", "b": "n", "X": "m x n, data", "y": "m, data", "w": "n"},
    "definitions": [r"L = \|Xw - y\|^2"],
}  # fmt: skip
NUMBERED: dict[str, Any] = {"symbols": {"W_2": "k x n", "T": "n x q", "X": "n x N, data"}}
LISTS: dict[str, Any] = {
    "symbols": {"X": "d x N, data", "m": "d", "p": "q x q, positive"},
    "families": {"x_i": "columns of X", "p_{ij}": "entries of p"},
}

SHORT: dict[str, Any] = {
    "symbols": {"\\hat{M}_k": "n x n", "H": "m x n", "d": "n", "c": "n"},
    "definitions": [r"G = \hat{M}_k H^\top", r"D = diag(d)"],
    "families": {"d_i": "entries of d", "c_i": "entries of c"},
}

CASES = [
    # a condition and what follows from it; h: holds, q: disputed, s: assumption, k: skipped
    ("steps of an equation", NUMBERS, r"Given $x^2 - 4x = 12$, we get $(x-2)^2 = 16$, so $x = 2 \pm 4$ and $x = 6$.", "qhhh"),
    ("a step that does not follow", NUMBERS, r"Given $x^2 - 4x = 12$, we get $(x-2)^2 = 17$, so $x = 3 \pm 4$.", "qqk"),
    ("a value that solves nothing", NUMBERS, r"Given $x^2 - 4x = 12$, we get $x = 5$.", "qs"),
    ("a root that no word gives", NUMBERS, r"We get $x^2 - 4x = 12$. So $(x-2)^2 = 16$.", "qq"),
    ("any power of 1 would do", NUMBERS, r"Given $3y = 3$, we get $y^2 = 1$.", "qq"),
    ("a system below its name", THREE, "We must solve the following system:\n\nx + 2z = 7\n3x + z = 11\n\nSo:\n\nx = 7 - 2z\n3(7 - 2z) + z = 11", "qqhh"),
    ("a step that does not follow from it", THREE, "We must solve the following system:\n\nx + 2z = 7\n3x + z = 11\n\nSo:\n\nx = 7 + 2z\n3(7 + 2z) + z = 11", "qqsq"),
    ("what is made of two equations is no system", THREE, "We get, adding the two equations:\n\nx + 2z = 7\n\nSo:\n\nx = 7 - 2z", "qs"),
    ("three conditions together", THREE, r"Given $x + y = 5$, $y + z = 7$ and $z + x = 6$, we get $2x + 2y + 2z = 18$.", "qqqh"),
    ("three conditions, and another sum", THREE, r"Given $x + y = 5$, $y + z = 7$ and $z + x = 6$, we get $2x + 2y + 2z = 19$.", "qqqq"),
    ("matrices", MATRICES, r"Suppose $S - TR = 0$. Then $TR = S$, $T = SR^{-1}$.", "shh"),
    ("a matrix with another sign", MATRICES, r"Suppose $S - TR = 0$. Then $TR = -S$.", "sf"),
    ("a derivative that is zero", MATRICES, r"We have $\nabla_w L = 2X^T(Xw - y) = 0$. So $X^T X w = X^T y$ and $w = (X^TX)^{-1}X^Ty$.", "ishh"),
    ("a factor of it", MATRICES, r"We have $\nabla_w L = 2X^T(Xw - y) = 0$. So $X^T X w = 2X^T y$.", "isf"),
    ("set to zero in words", MATRICES, r"The gradient is $\nabla_w L = 2X^T(Xw - y)$. Setting it to zero gives $X^T X w = X^T y$.", "ih"),
    ("equated with zero", MATRICES, r"The gradient is $\nabla_w L = 2X^T(Xw - y)$. If we equate this with 0, we get $w = (X^TX)^{-1}X^Ty$.", "ih"),
    ("set to zero, and a factor", MATRICES, r"The gradient is $\nabla_w L = 2X^T(Xw - y)$. Setting it to zero gives $X^T X w = 2X^T y$.", "if"),
    # an optimum makes a derivative zero without saying so
    ("an optimum and its gradient", MATRICES, r"We minimise $L$. The gradient is $\nabla_w L = 2X^T(Xw - y)$. Hence $X^T X w = X^T y$.", "ih"),
    ("an optimum and a factor", MATRICES, r"We minimise $L$. The gradient is $\nabla_w L = 2X^T(Xw - y)$. Hence $X^T X w = 2X^T y$.", "if"),
    ("an optimum and a derivative without a sign", MATRICES, r"At the minimum of $L$, whose gradient is $2X^T(Xw - y)$, we therefore have $X^T X w = X^T y$.", "h"),
    ("an optimum and a sign", MATRICES, r"At the minimum of $L$, whose gradient is $2X^T(Xw - y)$, we therefore have $X^T X w = -X^T y$.", "f"),
    ("no optimum", MATRICES, r"The gradient is $\nabla_w L = 2X^T(Xw - y)$. Hence $X^T X w = X^T y$.", "if"),
    ("an optimum in another paragraph", MATRICES, "We minimise $L$.\n\nThe gradient is $\\nabla_w L = 2X^T(Xw - y)$. Hence $X^T X w = X^T y$.", "if"),
    # rules of letters that have no shape in the problem
    ("a rule for matrices of any shape", MATRICES, r"so $(TX)^T = X^T T^T$, $\operatorname{Tr}(SXRX) = \operatorname{Tr}(XSXR)$", "aa"),
    ("a rule for symmetric ones", MATRICES, r"so $(TX)^T = X^T T$, $(TX)^T = TX$", "qt"),
    ("a rule whose matrix is said to be symmetric", MATRICES, r"For symmetric $T$ we have $(TX)^T = X^T T$.", "a"),
    ("a letter with a number that has a shape", NUMBERED, r"so $(W_2T)^T = T^T W_2^T$, $(XW_2)^T = W_2^T X^T$", "at"),
    # inequalities
    ("inequalities that hold", NUMBERS, r"so $x^2 + y^2 \ge 2xy$, $|x+y| \le |x| + |y|$, $a + 1 > a$, $2^k > k$, $2^k - 1 < 2^k$, $1 < 2$", "aaaaaa"),
    ("that hold here and there", NUMBERS, r"so $x^2 + y^2 > 2xy$, $x^2 + y^2 \ge 3xy$, $x^2 > 0$, $a^2 \ge a$, $a - 1 > 0$", "kkkkk"),
    ("of letters that nothing explains", NOTHING, r"so $|\cos t| \le 1$, $|\cos t| \le \frac12$", "au"),
    ("a value of what was defined by a free number", NUMBERS, r"Let $u = 1 - x$. So $u^2 = 1 - 2x + x^2$, $u^2 = 1 - x^2$. The roots are $u = 0$ and $u = 3$.", "dafqs"),
    ("numbers that differ", NOTHING, r"so $20 \neq 0$, $2 \cdot 3 \neq 6$", "ak"),
    ("numbers without a value", NOTHING, r"so $\frac{1}{0} > 2$, $\sqrt{-1} \geq 0$, $0/0 < 1$", "kkk"),
    ("an order of new letters", NOTHING, r"so $p > q$, $p \geq q + 1$", "kk"),
    # what the letters are
    ("letters that may be negative or broken", NOTHING, r"so $|a| = a$, $\sin(\pi a) = 0$", "uu"),
    ("a letter that must be whole", NOTHING, r"So $n! = n (n-1)!$.", "a"),
    ("right before a bracket, and alone", NOTHING, r"So $n! = n(n-1)! = n(n-1)(n-2)! = n(n-2)!$.", "aaf"),
    ("a product with its own sum", NOTHING, r"so $a(a + b) = a^2 + ab$, $a(a + b) = a^2 + 2ab$", "au"),
    ("perhaps a function", NOTHING, r"so $T(n + 1) - T(n - 1) = 2T(1)$, $f(x + 1) = f'x + f(1)$", "uu"),
    ("a negative value of a positive letter", NUMBERS, r"So $a = -2$.", "q"),
    ("a negative value of another letter", NUMBERS, r"So $x = -2$. Then $x^2 = 4$.", "sh"),
    ("what is defined is said to be a number", MATRICES, r"Here $L \in \mathbb R$. So $L = \|Xw - y\|^2$, $L = 2\|Xw - y\|^2$.", "dif"),
    ("an eigenvalue that is singled out", MATRICES, r"The eigenvalues $\lambda$ of $A$ are wanted. If $\lambda = 2$, then $Ab = 2b$.", "sk"),
    ("an identity beside matrices is no current", MATRICES, r"So $I = AA^{-1}$ and $I = A$.", "af"),
    # rounded values
    ("rounded powers", NOTHING, r"so $e^\pi \approx 23.1407$, $e^\pi \approx 23.1417$, $-\sqrt2 \approx -1.414$, $-\sqrt2 \approx -1.415$", "afak"),
    ("rounded vectors", NOTHING, r"so $(1, 2) + \frac13(1, 2) \approx (1.333, 2.667)$, $(1, 2) + \frac13(1, 2) \approx (1.333, 2.676)$", "af"),
    ("near because equal", NUMBERS, r"so $(x + y)^2 \approx x^2 + 2xy + y^2$, $(x + y)^2 \approx x^2 + xy + y^2$", "ak"),
    # spellings
    ("primes", NOTHING, r"Let $f(x) = x^3$. $f^{\prime}(x) = 3x^2$, $f^{\prime\prime}(x) = 6x$, $f^\prime(x) = 2x$", "diaf"),
    ("repeating decimals", NOTHING, r"so $0.\overline{3} = \frac13$, $0.1\overline{6} = \frac16$, $2.\overline{12} = 2$", "aaf"),
    ("what belongs to a sine", NUMBERS, r"so $\sin kx = \sin(kx)$, $\sin kx = k\sin x$, $\sin k x = \sin(kx)$", "afp"),
    ("a differential behind a sine", NOTHING, r"so $\int_0^\pi \sin x\,dx = 2$, $\int_0^\pi \sin x\,dx = 1$", "af"),
    ("a word", MATRICES, r"so $Gain = w^T w$ and $2Gain = 2w^T w$, $2Gain = w^T w$", "daf"),
    ("braces in braces", MATRICES, r"so $\frac{\partial}{{\partial w}}(w^T w) = 2w$, $\frac{\partial}{{\partial w}}(w^T w) = w$", "if"),
    # names that are short for others; u: unbound, nothing is called false by a guess
    ("capitals that are angles", NOTHING, r"so $2\sin A\cos A = \sin 2A$, $\sin A\cos A = \sin 2A$", "au"),
    ("a prime behind a bracket", NOTHING, r"so $(\tanh x)' = 1 - \tanh^2 x$, $(\sin x)' = -\cos x$", "iu"),
    ("an index left out", SHORT, r"so $G = \hat M H^T$, $G = 2\hat M H^T$", "iu"),
    ("unit vectors", SHORT, r"so $e_1^T D^2 e_1 = d_1^2$, $D e_1 = d_1 e_1$, $e_1^T D^2 e_1 = d_2^2$", "iiu"),
    ("a sum that reaches on", SHORT, r"so $\sum_{i=1}^n d_i - d_i c_i = \sum_{i=1}^n d_i(1 - c_i)$, $\sum_{i=1}^n d_i - d_i c_i = \sum_{i=1}^n d_i(1 + c_i)$", "au"),
    # lists of which one index runs
    ("several indices", LISTS, r"so $\sum_{i=1}^N T_{k,i}^{(t)}(x_i - m) = \sum_{i=1}^N T_{k,i}^{(t)}x_i - m\sum_{i=1}^N T_{k,i}^{(t)}$", "a"),
    ("several indices, a sign", LISTS, r"so $\sum_{i=1}^N T_{k,i}^{(t)}(x_i - m) = \sum_{i=1}^N T_{k,i}^{(t)}x_i + m\sum_{i=1}^N T_{k,i}^{(t)}$", "u"),
    ("entries of a matrix as a family", LISTS, r"so $\sum_{j=1}^q 2p_{ij} = 2\sum_{j=1}^q p_{ij}$, $\sum_{j=1}^q 3p_{ij} = 2\sum_{j=1}^q p_{ij}$", "af"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "text", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_kinds(spec: dict[str, Any], text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(spec))) == expected


def test_what_follows_says_so() -> None:
    """A step names the rule that decided, and the condition itself stays no claim."""
    found = analyse("Given $x^2 = 9 + x$, we get $x^2 - x = 9$.", setting_of(NUMBERS))
    assert [r.rule for r in found.relations] == ["unclaimed", "step"]


COUNTS: dict[str, Any] = {
    "symbols": {"n": "integer, positive", "m": "integer, positive", "k": "integer", "q": "integer", "x": ""}
}
WHOLE = [
    ("The condition is $2n + 3m = 12$. So $4n + 6m = 24$.", "qh"),
    ("Suppose $n - m + k/3 = 2$. Then $3n - 3m + k = 6$, so $k = 6 - 3n + 3m$.", "shh"),
    (r"Suppose $\frac{n(n-1)}{2} = 2m + 1$. Then $n^2 - n = 4m + 2$.", "sh"),
    ("From this: 2n + 3m = 12\n4n + 6m = 24\n4n = 24 - 6m", "qhh"),
    # it does not follow, or not for all whole numbers, or is no matter of sums and products
    ("The condition is $2n + 3m = 12$. So $4n + 6m = 12$.", "qq"),
    ("Suppose $n - m + k/3 = 2$. Then $3n - 3m + k = 2$.", "sk"),
    ("Suppose $n + m = 2$. So $n = m$.", "ss"),
    ("Suppose $k^2 = q^2$. So $k = q$.", "ss"),
    ("Suppose $n^k = n^q$. So $k = q$.", "ss"),
    ("Suppose $n + m = 5$. So $(-1)^n = -(-1)^m$.", "sk"),
    (r"Suppose $\sum_{i=1}^n i = 15$. So $n(n+1) = 32$.", "sk"),
    ("Suppose $n + kx = q + mx$. So $n = q$.", "ss"),
]


@pytest.mark.parametrize(("text", "expected"), WHOLE)
def test_whole_numbers_obey_what_all_numbers_do(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(COUNTS))) == expected
