"""Notations of other hands: what is listed and read, however it is written. One letter a relation (see derivation_help)."""

from __future__ import annotations

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

WORLD = {"symbols": {"x": "scalar", "y": "scalar", "A": "n x n", "B": "n x n"}}
READ = [
    ("a result in bold print", r"so $2 + 2 = \mathbf{\frac{8}{2} \approx 4.0}$", "aa"),
    ("a bold matrix", r"so $\mathbf{A} + \mathbf{A} = 2\mathbf{A}$", "a"),
    ("dots of full stops", "so $1 + 2 + ... + 4 = 10$", "a"),
    ("a prime as a command", r"Let $f(x) = x^2$. So $f\prime(x) = 2x$", "di"),
    ("a break in words", r"$$\begin{aligned} 1 + 1 &= 2 \newline 2 + 2 &= 5\end{aligned}$$", "af"),
    ("an underscore in a label", r"Let $I_{robot\_arm} = 3$. So $I_{robot\_arm}^2 = 9$", "da"),
    ("a label of I", r"so $I_{wheel}(x + y) = I_{wheel}x + I_{wheel}y$", "a"),
    ("an event in words", r"Let $P(\text{rain}) = 0.5$. So $P(\text{rain})^2 = 0.25$", "da"),
    ("a blackboard P", r"Let $\mathbb{P}(X = 1) = 0.5$. So $2\mathbb{P}(X = 1) = 1$", "da"),
    ("an event with braces", r"Let $p(z{=}k) = 0.5$. So $2p(z = k) = 1$", "da"),
    ("a divergence", r"Let $D_{KL}(p \| q) = 3$. So $2D_{KL}(p \,||\, q) = 6$", "da"),
    ("square brackets", r"Let $\mathrm{KL}[p \parallel q] = 3$. So $2\mathrm{KL}[p \| q] = 6$", "da"),
    ("bars as ever", r"so $|x| + \|x\| = 2|x|$", "a"),
    ("moments with values", r"We have $E[X] = 2$ and $E[X^2] = 5$, so $E[X^2] - E[X]^2 = 5 - 4$", "dda"),
    ("a value that is said twice", r"We have $E[X] = 2$, so $E[X] + 1 = 3$. Again $E[X] = 2$.", "dad"),
    ("another value of a moment", r"We have $E[X] = 2$, so $E[X] + 1 = 4$", "dk"),
    ("under a condition", r"We have $E[X \mid Y] = 2$, so $E[X | Y]^2 = 4$", "da"),
    ("over a distribution", r"so $E_p[2x + 1] = 2E_p[x] + 1$", "a"),
    ("over two", r"so $E_p[x] = E_q[x]$ and $E_p[x] = E[x]$", "kk"),
    ("a conditional covariance", r"We have $\mathrm{Cov}[a, b | c] = 2$, so $\mathrm{Cov}[a, b | c]^2 = 4$", "da"),
    ("in angles", r"so $\langle 2x + 1 \rangle = 2\langle x \rangle + 1$", "a"),
    ("a gradient by all letters", r"Let $f(x, y) = x^2 + y^3$. So $\nabla f = (2x, 3y^2)$", "di"),
    ("a gradient at a point", r"Let $f(x, y) = x^2y$. So $\nabla f(1, 2) = \begin{pmatrix} 4 \\ 1\end{pmatrix}$", "di"),
    ("a gradient that is none", r"Let $f(x, y) = x^2 + y^3$. So $\nabla f = (2, 12)$", "dp"),
    ("a system", r"We have $$\begin{cases} 2 + 2 = 4 \\ 1 + 1 = 2 \end{cases}$$", "aa"),
    ("a system in an array", r"We have $$\left\{\begin{array}{rcl} 2 + 2 &=& 4 \\ 1 + 1 &=& 2 \end{array}\right.$$", "aa"),
    ("braces around all", "so $${ 2 + 2 = 4 }$$", "a"),
    ("a script on an empty group", r"so $2{}^3 = 8$ and $2{}^3 = 9$", "pp"),
    ("an empty group before a number", r"so ${}2 = 2$ and ${}2 = 3$", "af"),
    ("blanks in dollars", r"so $ \frac{4}{16} = \frac{1}{4} $ is left", "a"),
    ("prices with blanks", "It was $ 5 more than before, now it is 6 = $ 7 less.", ""),
    ("a line that goes on", "$x + x = 2x$\n\n$= 3x - x$\n", "aa"),
    ("a line after a sum alone", "$1 + 2 + 3$\n\n$= 1 + 2$\n", ""),
    ("plain text", "Then 3 + 4 = 7.\nx + x = 2x\n      = 3x - x", "aaa"),
    ("words of arithmetic", "10 = 2 times 5, and 20% of 50 = 10, and 3 million = 4", ""),
    ("a word beside it", "box 3 + 3 = 7", "q"),
    ("a program", "```python\nx = 3 + 4\n```", ""),
    ("a product of two letters", "so (xy)^2 = x^2 y^2, and xy = yx", "aa"),
    ("an integral in plain text", "∫ 2x dx = x^2 + C", "i"),
    ("powers without braces", "so x^(3/2) x^(1/2) = x^2, and x^-1 x^3 = x^2, and e^(2x) = (e^x)^2", "iaa"),
    ("thousands in brackets", "so $(500 + 20,000) = 20500$ and $1,250.5 - 1 = 1249.5$", "aa"),
    ("remainders", r"so $4^4 = 256 = 256 - 211 = 45 \pmod{211}$", "aia"),
    ("over", r"so ${1 \over 2} + {1 \over 3} = {5 \over 6}$", "a"),
    ("an upright dx", r"so ${\int}_{0}^{2} x \mathrm{dx} = 2$", "a"),
    ("a blank before brackets", r"Let $f \left(x\right) = x^2$. So $f \left(3\right) = 9$", "da"),
    ("a name in braces", r"so $\log 2{x}^2 = \log(2x^2)$", "a"),
    ("an adjoint", r"so $((AB)^*)^* = AB$", "a"),
    ("bars of a logarithm", "so ln|x^2| = ln(x^2)", "a"),
    ("what was written for a name", r"We write $T = \frac12 h_q^2$, so $2T = h_q^2$, so $T = h_q^2$", "dau"),
    ("solved for", r"We write $s = p q$, so $p = s/q$", "uh"),
    ("a wide space sets apart", r"so $$x + x = 2x \hspace{8mm} y + y = 2y$$", "aa"),
    ("a narrow one does not", r"so $$x + x = 2\hspace{1pt}x$$", "a"),
    ("a sign before the mark", r"so $\frac{-\partial (x^2 y)}{\partial x} = -2xy$ and $\frac{-d}{dx} x^2 = 2x$", "if"),
    ("a slip in a derivative", r"Let $u = 2x^2 + x$. The derivative is $u' = 2x + 1$", "df"),
    ("a slip behind a derivative", r"Let $u = 2x^2 + x$. Then $u' = 4x + 1$ and $u'' = -4$", "dif"),
    ("a slip, and no word says so", r"Let $u = 2x^2 + x$. Then $u' = 2x + 1$", "dd"),
    ("no slip, but another thing", r"Let $u = 2x^2 + x$. Its derivative differs: the next one is $u' = e^x$", "dd"),
    ("a derivative by one of two letters", r"Let $u = 2x^2 + y$. Its derivative is $u' = 2x$", "dd"),
    ("a derivative by a prime", r"Let $u = 2x + 1$. Then $u' = 2$", "di"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in READ], ids=[row[0] for row in READ])
def test_notations(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(WORLD))) == expected


T_IS: list[tuple[str, dict[str, str], str, str]] = [
    # (id, what the problem says of T, text, verdicts)
    ("nothing is said, a column", {}, r"So $u^T u = \|u\|^2$.", "a"),
    ("nothing is said, a number", {}, "So $y^T = y$.", "a"),
    ("nothing is said, a matrix", {}, r"So $(A^T)^\top = A$.", "a"),
    ("T a matrix, a column", {"T": "n x n"}, r"So $u^T u = \|u\|^2$.", "a"),
    ("T a matrix, a matrix", {"T": "n x n"}, r"So $(A^T)^\top = A$.", "a"),
    ("T a number, a column", {"T": "scalar"}, r"So $u^T u = \|u\|^2$ and $(2u)^T u = 2\|u\|^2$.", "aa"),
    ("T a number, a column, wrong", {"T": "scalar"}, r"So $(2u)^T u = 3\|u\|^2$.", "f"),
    ("T a number, a number", {"T": "scalar"}, "So $y^T = y$.", "f"),
    ("T a number, a product", {"T": "scalar"}, "So $(2y)^T = 2^T y^T$.", "a"),
    ("T an index, a column", {"T": "index"}, r"So $u^T u = \|u\|^2$.", "a"),
    ("T an index, a number", {"T": "index"}, "So $y^T = y$.", "u"),
]


@pytest.mark.parametrize(("t_is", "text", "expected"), [row[1:] for row in T_IS], ids=[row[0] for row in T_IS])
def test_an_exponent_t(t_is: dict[str, str], text: str, expected: str) -> None:
    world = {"symbols": {"u": "n", "y": "scalar", "A": "n x n", **t_is}}
    assert verdicts(analyse(text, setting_of(world))) == expected


OTHER = {"symbols": {"x": "scalar", "u": "n", "v": "n", "A": "n x n", "X": "m x n"}}
VALUES = [
    # (id, text, verdicts): each construct in what is true and in what is not
    ("cases with their words in text", r"Let $h(t) = \begin{cases} t, \text{if } t > 0; \\ -t, \text{else}. \end{cases}$. So $h(3) = 3$, $h(-2) = 2$ and $h(-2) = -2$.", "daaf"),
    ("cases in two cells", r"Let $h(t) = \begin{cases} t & t > 0 \\ -t & \text{otherwise} \end{cases}$. So $h(3) = 3$, $h(-2) = 2$ and $h(-2) = -2$.", "daaf"),
    ("none of the cases", r"Let $h(t) = \begin{cases} t & t > 0 \\ -t & t < -1 \end{cases}$. So $h(0) = 0$.", "dp"),
    ("cases without conditions", r"Let $h(t) = \begin{cases} t \\ -t \end{cases}$.", "p"),
    ("an integral that names its letter below", r"So $\int_{x=0}^{2} x\,dx = 2$ and $\int_{x=0}^{2} x\,dx = 3$.", "af"),
    ("an integral that names another", r"So $\int_{y=0}^{2} x\,dx = 2$.", "p"),
    ("an arrow over zero", r"So $u + \vec{0} = u$ and $u + \vec{0} = 2u$.", "af"),
    ("the orthogonal group", r"Take $Q \in O(n)$. Then $Q^\top Q = I$ and $Q^\top Q = 2I$.", "daf"),
    ("positive definite matrices", r"Take $M \in S^n_{++}$. Then $M^\top = M$ and $M^\top = -M$.", "daf"),
    ("matrices of another sign", r"Take $M \in S^n_{--}$.", "k"),
    ("x between sizes", r"Let $M \in \mathbb{R}^{n x n}$. Then $M + M = 2M$ and $M + M = 3M$.", "daf"),
    ("columns side by side", r"Let $M = [u, v]$. Then $M^\top M = \begin{bmatrix} u^\top u & u^\top v \\ v^\top u & v^\top v \end{bmatrix}$.", "da"),
    ("columns side by side, wrong", r"Let $M = [u, v]$. Then $M^\top M = \begin{bmatrix} u^\top u & u^\top v \\ v^\top u & u^\top u \end{bmatrix}$.", "df"),
    ("a vector of entries", "Let $a_i = u_i + v_i$. Then $a = u + v$ and $a = u - v$.", "ddf"),
    ("a series", r"So $\sum_{k=0}^\infty \frac{1}{2^k} = 2$ and $\sum_{k=0}^\infty \frac{1}{2^k} = 3$.", "af"),
    ("a series too slow", r"So $\sum_{k=1}^\infty \frac{1}{k} = 2$.", "p"),
    ("a product without end", r"So $\prod_{k=1}^\infty \frac{1}{2} = 0$.", "p"),
    ("a pseudo-inverse", "So $X^+ X X^+ = X^+$ and $X X^+ X = 2X$.", "af"),
    ("a logarithm of less than zero", r"So $\ln(-1) = 0$.", "p"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in VALUES], ids=[row[0] for row in VALUES])
def test_values_of_constructs(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(OTHER))) == expected
