"""Common forms of written mathematics are judged, or left unread; none is guessed."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

NOTHING: dict[str, Any] = {"symbols": {"s": "scalar", "t": "scalar", "v": "positive"}}
COLUMNS: dict[str, Any] = {"symbols": {"a": "n", "b": "n", "A": "n x n", "B": "m x n, data", "y": "n, data"}}
LIKELIHOOD: dict[str, Any] = {
    "definitions": [r"\ell = -N\log v - \frac{s}{v^2}", r"f(t) = v\exp(-s t)"],
    "symbols": {"v": "positive", "N": "positive, fixed", "s": "positive, fixed", "t": "scalar"},
}
SPECTRUM: dict[str, Any] = {
    "symbols": {"A": "m x n, data"},
    "decompositions": [
        {"of": "A", "kind": "thin svd", "names": ["U", "S", "V"], "values": "\\sigma_i", "right": "v_i"}
    ],
    "dimensions": ["n < m"],
}
CAPITALS: dict[str, Any] = {"symbols": {"T": "n x q", "R": "q x q, pd"}}
LAYER: dict[str, Any] = {
    "symbols": {"x": "N", "c": "N, fixed", "g": "scalar"},
    "definitions": [r"y_i = g x_i^2", r"L = \sum_{i=1}^N c_i y_i^2"],
}
SPRING: dict[str, Any] = {
    "definitions": [r"E = \frac12 s (v - t)^2"],
    "symbols": {"s": "positive, fixed", "v": "positive", "t": "positive, fixed"},
    "worlds": [{"name": "rest", "premise": "the spring is at rest", "set": ["t = v"], "given": True}],
}

CENTRED: dict[str, Any] = {
    "definitions": [r"C = I - \frac1n\mathbf 1\mathbf 1^\top"],
    "symbols": {"C": "n x n", "X": "n x d, data", "b": "d"},
}
GIVEN: dict[str, Any] = {
    "definitions": [r"M = \begin{pmatrix} 2 & 1 \\ 0 & 3\end{pmatrix}"],
    "symbols": {"A": "m x n", "D": "n x n", "B": "p x q", "X": "n x p", "x": "p", "M": "2 x 2"},
}

ROWS = [
    # ones
    ("ones of open size", CENTRED, r"$\mathbf 1^\top\mathbf 1 = n$ and $\mathbf 1^\top\mathbf 1 = 2n$", "ap"),
    ("a product with them", CENTRED, r"$C\mathbf 1 = \mathbf 1 - \frac1n\mathbf 1n = 0$ and $C\mathbf 1 = \mathbf 1 - \frac2n\mathbf 1n$", "iaf"),
    ("a bracket behind them", CENTRED, r"$\frac{1}{n^2}\mathbf 1(\mathbf 1^\top\mathbf 1)\mathbf 1^\top = \frac1n\mathbf 1\mathbf 1^\top$", "a"),
    ("bold print of a digit alone", CENTRED, r"$C(X + \mathbf 1b^\top) = CX$ and $C(X + \mathbf 1b^\top) = CX + \mathbf 1b^\top$", "if"),
    ("an identity without a size", CENTRED, r"$C^2 = C = C^\top$ and $C^2 = I$", "iif"),
    # matrices
    ("a list of rows", GIVEN, "M = [[2, 1], [0, 3]], so M = [[2, 0], [1, 3]]", "if"),
    ("of one entry each", GIVEN, "$M [[1], [1]] = [[3], [3]]$ and $M[[1], [1]] = [[3], [2]]$", "if"),
    ("of rows that do not fit", GIVEN, "$M = [[2, 1], [0]]$", "q"),
    ("a block of matrices in a row", GIVEN, r"$[M, M] = [M, M]$ and $[[M, M], [M, M]] = \begin{pmatrix} M & M \\ M & M\end{pmatrix}$", "aa"),
    ("a power that is a letter", GIVEN, r"$M^k M = M^{k+1}$, $(2M)^k = 2^kM^k$, $\det M^k = 6^k$, $M^k = kM$", "aaiu"),
    ("in numbers", GIVEN, r"$M^k = \begin{pmatrix} 2^k & 3^k - 2^k \\ 0 & 3^k\end{pmatrix}$ and $M^k = \begin{pmatrix} 2^k & 2^k \\ 0 & 3^k\end{pmatrix}$", "iu"),
    ("behind a Kronecker product", GIVEN, r"$(B \otimes A^\top)(B^\top \otimes A) = BB^\top \otimes A^\top A$ and $(B \otimes A^\top)(B^\top \otimes A) = B^\top B \otimes A^\top A$", "aq"),
    ("a column behind it", GIVEN, r"$\operatorname{vec}(AXB) = B^\top \otimes A \operatorname{vec}(X)$ and $\operatorname{vec}(AXB) = A \otimes B^\top \operatorname{vec}(X)$", "af"),
    ("with a sign", GIVEN, r"$D \otimes -DD = -(D \otimes D^2)$ and $D \otimes -DD = D \otimes D^2$", "af"),
    ("a binomial of any numbers", SPRING, r"$\binom{s + t}{t} = \frac{\Gamma(s + t + 1)}{\Gamma(t + 1)\Gamma(s + 1)}$, so $\binom{s + t}{t} = \frac{\Gamma(s + t + 1)}{\Gamma(t + 1)\Gamma(s + 2)}$", "af"),
    # numbers
    ("digit groups", NOTHING, r"$7\,000 + 1\,500 = 8\,500$ and $7\,000 + 1\,500 = 8\,000$", "af"),
    ("a thin space without its backslash", NOTHING, r"so $(s + t)^2 - s^2 - t^2 = \tfrac42,s t$, $(s + t)^2 - s^2 - t^2 = \tfrac12,s t$", "ap"),
    ("a comma", NOTHING, r"so $s - s + \frac12 = \frac{1}{2},t - t = 0$", "aa"),
    ("a comma with a space", NOTHING, r"so $s - s + \frac12 = \frac{1}{2}, t$", "a"),
    ("a percent sign holds", NOTHING, r"$30\% \cdot 20 = 6$", "a"),
    ("and rejects nothing", NOTHING, r"$30\% \cdot 20 = 600$", "u"),
    ("a mixed number is no product", NOTHING, r"$2\tfrac12 + 1 = 3\tfrac12$", "p"),
    ("a decimal comma defines nothing", NOTHING, r"$w = 1,5$, so $w = 1$", "pk"),
    ("a bare power", NOTHING, r"$9^.5 = 3$", "a"),
    # signs
    ("means", NOTHING, r"$s > 0 \equiv t$ is right of it", "kk"),
    ("identically equal", NOTHING, r"$(s + t)^2 \equiv s^2 + 2st + t^2$", "a"),
    ("an arrow of plain text", NOTHING, r"$s + s = 2s => 3s = s + 2s$", "aa"),
    ("indices that count up", SPECTRUM, r"For $i = 1, 2, \dots, n$ we have $\|Av_i\|^2 = \sigma_i^2$ and $\sum_{i=1}^n \sigma_i^2 = \|A\|_F^2$.", "ii"),
    ("a list gives no value", NOTHING, r"Take $w = 1, 2, 3$. Then $w = 2$.", "pk"),
    # bars and capitals
    ("four plain bars", COLUMNS, r"$||B||_F^2 = \operatorname{tr}(B^\top B)$ and $||a||_2^2 = a^\top a$ and $||a|| = a^\top a$", "aaf"),
    ("single bars with a norm's name", COLUMNS, r"$|B|_F^2 = \operatorname{tr}(B^\top B)$", "a"),
    ("two capitals", CAPITALS, r"$\operatorname{tr}(TRT^T) = \operatorname{tr}(T^TTR)$ and $\operatorname{tr}(TR T^\top) = \|TR\|_F^2$", "af"),
    # derivatives
    ("by a square", LIKELIHOOD, r"$\frac{\partial \ell}{\partial v^2} = -\frac{N}{2v^2} + \frac{s}{v^4}$", "i"),
    ("which is not by its root", LIKELIHOOD, r"$\frac{\partial \ell}{\partial v^2} = -\frac{N}{v} + \frac{2s}{v^3}$", "f"),
    ("twice by a square", LIKELIHOOD, r"$\frac{\partial^2 \ell}{\partial (v^2)^2} = \frac{N}{2v^4} - \frac{2s}{v^6}$", "i"),
    ("by what does not occur", LIKELIHOOD, r"$\frac{\partial}{\partial t}\left(\frac{1}{v^2}\right) = 0$ and $\frac{\partial}{\partial t}\left(\frac{1}{v^2}\right) = \frac1v$", "if"),
    ("by a member of a defined family", LAYER, r"$\frac{\partial L}{\partial y_k} = 2c_ky_k$ and $\frac{\partial L}{\partial y_k} = c_ky_k$", "if"),
    ("at a place", LIKELIHOOD, r"$\frac{d f(t)}{dt}\Big|_{0} = -sv$ and $\frac{d f(t)}{dt}\Big|_{t=0} = sv$", "pf"),
    ("in a special world, with the other symbols held", SPRING, r"At rest $\frac{\partial^2 E}{\partial v^2} = s$ and $\frac{\partial E}{\partial v} = 0$", "ih"),
    # products, sums, ones
    ("dot products", COLUMNS, r"$a \cdot b = b^\top a$, $(a + b)\cdot(a - b) = \|a\|^2 - \|b\|^2$, $a\cdot Ab = (A^\top a)\cdot b$ and $a \cdot b = a\cdot a$", "aaaf"),
    ("a plain dot", COLUMNS, r"$B.a + B.b = B.(a + b)$", "a"),
    ("a cross product", COLUMNS, r"$a \times b = -b \times a$", "p"),
    ("a sum over its letter", COLUMNS, r"$\sum a_i b_i = a^\top b$ and $\sum a_i b_i = a^\top a$", "af"),
    ("a sum that leaves one out", COLUMNS, r"$\sum_{j \ne i} a_j = \sum_{j=1}^n a_j - a_i$ and $\sum_{j=1, j \ne i}^n a_j = \sum_{j=1}^n a_j - a_1$", "au"),
    ("ones of any length", COLUMNS, r"$\mathbf 1^\top a = \sum_{i=1}^n a_i$, $(I_n - \frac1n \mathbf 1\mathbf 1^\top)\mathbf 1 = 0$ and $a + \mathbf 1 = a$", "aaf"),
    ("ones that nothing measures", COLUMNS, r"$\mathbf 1^\top \mathbf 1 = 2n$", "p"),
    ("a unit vector", COLUMNS, r"$[1, 0, \dots, 0]\, a = a_1$ and $[1, 0, \dots, 0]\,a = a_2$", "af"),
    # functions
    ("logarithms to a base", NOTHING, r"$\log_2 8 = 3$ and $\log_{10} 100 = 3$", "af"),
    ("the largest singular value", SPECTRUM, r"$\sigma_{\max}(A) = \|A\|_2$ and $\lambda_{\min}(A^\top A) = \sigma_n^2$ and $\sigma_{\min}(A) = \|A\|_2$", "iif"),
    ("a dagger that may be the adjoint", SPECTRUM, r"$\operatorname{tr}(A^\dagger A) = \|A\|_F^2$ and $\operatorname{tr}(A^\dagger A) = n$", "ua"),
    ("a determinant written out", NOTHING, r"$\begin{vmatrix} 2 & 1 \\ 3 & 4 \end{vmatrix} = 5$", "a"),
    ("a function with its parameters", LIKELIHOOD, r"$f(t; v, s) = v e^{-st}$ and $f(0; v, s) = v^2$", "if"),
    ("a value at another point", LIKELIHOOD, r"Let $\hat v = 2v$. Then $\ell(\hat v) = -N\log(2v) - \frac{s}{4v^2}$.", "da"),
    ("an integral over the line", NOTHING, r"$\int_{-\infty}^{\infty} e^{-(x-s)^2}\,dx = \sqrt\pi$ and $\int_{-\infty}^{\infty} e^{-x^2}\,dx = 1.9$", "af"),
    ("a long sum", NOTHING, r"$\sum_{k=1}^{1999} \frac{1}{k(k+1)} = \frac{1999}{2000}$ and $\sum_{k=1}^{1999} \frac{1}{k(k+1)} = 1$", "af"),
    ("a series", NOTHING, r"$\sum_{k=1}^{\infty} \frac{1}{2^k} = 1$ and $\sum_{k=1}^{\infty} \frac{1}{2^k} = 1.0001$", "af"),
]  # fmt: skip


@pytest.mark.parametrize(("world", "text", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_forms(world: dict[str, Any], text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(world))) == expected
