"""Constructs of written mathematics, each judged right and, changed in one place, wrong."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

NUMBERS: dict[str, Any] = {"symbols": {"s": "scalar", "t": "scalar", "k": "positive", "n": "positive"}}
ENERGY: dict[str, Any] = {"symbols": {"x": "n"}, "definitions": [r"E(x) = \frac12 \|x\|^2"]}
COLUMNS: dict[str, Any] = {
    "symbols": {"x": "n", "X": "D x N, data", "M": "D x K", "a": "", "A": "n x n, invertible", "B": "n x n"},
    "families": {"x_i": "entries of x", "z_n": "columns of X", "\\mu_k": "columns of M"},
}
NOTHING: dict[str, Any] = {}

CONSTRUCTS = [
    # degrees
    ("degrees", NOTHING, r"$\sin 30^\circ = \frac12$, $\cos 60° = \sin(90^{\circ} - 60^\circ)$, $\tan 45^\circ = 2$", "aaf"),
    # the gamma function, factorials
    ("gamma", NUMBERS, r"$\Gamma(n+1) = n\Gamma(n)$, $\Gamma(\frac12) = \sqrt\pi$, $\Gamma(n+1) = \Gamma(n)$", "aaf"),
    ("factorial of a half", NOTHING, r"$(\frac12)! = \frac{\sqrt\pi}{2}$, $(\frac12)! = \sqrt\pi$", "af"),
    # norms
    ("largest row", NOTHING, r"$\|\begin{bmatrix} 1 & -2 \\ 3 & 1\end{bmatrix}\|_\infty = 4$, $\|\begin{bmatrix} 1 & -2 \\ 3 & 1\end{bmatrix}\|_1 = 3$", "af"),
    # what has no such value
    ("a differential of what cannot vary", NOTHING, r"$d(2) = 0$", "p"),
    ("a differential of an inverse", NOTHING, r"Let $A \in \mathbb{R}^{n \times n}$. $dA^{-1} = -A^{-1}dA\,A^{-1}$", "di"),
    ("one with a wrong sign", NOTHING, r"Let $A \in \mathbb{R}^{n \times n}$. $dA^{-1} = A^{-1}dA\,A^{-1}$", "df"),
    ("a slope of a power in one line", NOTHING, r"so $dx^2/dx = 2x$, $dx^2/dx = x$", "if"),
    ("no slope of a power", NOTHING, r"so $dx^2/dt^2 = 1$", "p"),
    ("a gradient of a square", NOTHING, r"Let $w \in \mathbb{R}^n$ and $u = 2w$. $\nabla_w u^\top u = 8w$, $\nabla_w u^\top u = 4w$", "ddif"),
    ("the identity is square", COLUMNS, r"$x + I = I + x$, $A + I = I + A$", "ta"),
    # functions
    ("a function of a sum", NOTHING, r"Let $f(x) = x^2$. So $f(a + b) = a^2 + 2ab + b^2$, $f(a + b) = a^2 + b^2$", "dau"),
    # integrals
    ("a pole at an end", NOTHING, r"$\int_0^\infty e^{-x}x^{-1/2}\,dx = \sqrt\pi$, $\int_0^1 \frac{1}{\sqrt{x}}dx = 2$, $\int_0^1 \frac{1}{\sqrt{x}}dx = 1$", "aaf"),
    ("inside each other", NOTHING, r"$\int_0^1\int_0^x y\,dy\,dx = \frac16$, $\int_0^1\int_0^x y\,dy\,dx = \frac12$", "af"),
    ("side by side", NOTHING, r"$\int_0^1 x\,dx \int_0^1 y\,dy = \frac14$", "a"),
    ("the wrong way round", NOTHING, r"$\int_1^0 x\,dx = -\frac12$, $\int_1^0 x\,dx = \frac12$", "af"),
    ("that has no value", NOTHING, r"$\int_0^1 \frac1x\,dx = 2$", "p"),
    # names
    ("a letter and a digit", NOTHING, r"Let $h1 = 2$. So $3h1 = 6$ and $h1 + h1 = 5$", "daf"),
    ("an upright operator", COLUMNS, r"$\mathop{\nabla}_x (x^\top x) = 2x$, $\mathop{\nabla}_x (x^\top x) = x$", "if"),
    ("entries of columns", COLUMNS, r"$\sum_{i} z_{ni}^2 = \|z_n\|^2$, $\sum_i z_{ni} = \|z_n\|^2$", "au"),
    ("a power before its index", COLUMNS, r"$\sum_i x^2_i = x^\top x$, $\sum_i x^2_i = 2x^\top x$", "af"),
    ("sizes of its own", COLUMNS, r"Let $W \in \mathbb{R}^{n \times q}$. $\nabla_W \|W\|_F^2 = 2W$ and $\nabla_W \|W\|_F^2 = W$", "dif"),
    ("the sum in braces", NUMBERS, r"so ${s - t}s = s - ts$", "a"),
    # both signs
    ("both signs", NUMBERS, r"$-(s \pm t) = -s \mp t$, $(s \pm t)^2 = s^2 \pm 2st + t^2$, $(s \pm t)^2 = s^2 \pm st + t^2$, $k = \pm 2$", "aafk"),
    ("one of them", NUMBERS, r"so $s = \pm\sqrt{s^2}$", "a"),
    # cases
    ("cases", NUMBERS, r"$|s| = \begin{cases} s & \text{if } s \ge 0 \\ -s & \text{otherwise} \end{cases}$, $|s| = \begin{cases} s, & s > 9 \\ -s, & s \le 9 \end{cases}$", "af"),
    ("cases on the left", NUMBERS, r"$$\begin{cases} s & s \ge 0 \\ -s & s < 0 \end{cases} = |s| = \begin{cases} s, & s > 9 \\ -s, & s \le 9 \end{cases}$$", "af"),
    ("cases in an array", NUMBERS, r"$$|s| = \left\{\begin{array}{ll} s & s \ge 0 \\ -s & s < 0 \end{array}\right. = \left\{ \begin{array}{rl} s, & s > 9 \\ -s, & s \le 9 \end{array} \right.$$", "af"),
    ("cases in an array on the left", NUMBERS, r"$$\left\{\begin{array}{ll} s & s \ge 0 \\ -s & s < 0 \end{array}\right. = |s|$$", "a"),
    ("a system in an array", NUMBERS, r"$$\left\{\begin{array}{l} 2 + 2 = 4 \\ s + s = 2s \end{array}\right.$$", "aa"),
    ("a set of an array", NUMBERS, r"$$s = \left\{\begin{array}{ll} s & s \ge 0 \end{array}\right\}$$", "p"),
    ("a system before an arrow", NUMBERS, r"$$\begin{cases} 2 + 2 = 4 \\ s + s = 2s \end{cases} \implies 4 + s = 4 + s$$", "aaa"),
    ("indicator", COLUMNS, r"$\frac{\partial x_k}{\partial x_i} = 1(k = i)$, $\mathbb{1}\{i = j\}x_i = \delta_{ij}x_j$, $\frac{\partial x_k}{\partial x_i} = 1(k \ne i)$", "iaf"),
    # rounded numbers
    ("rounded to a whole number", NOTHING, r"$\sqrt{267107} = 517$, $\sqrt{267107} = 518$, $\frac{1000}{4} = 251$", "qff"),
    ("a root of a number without braces", NOTHING, r"$\sqrt 18 = 3\sqrt2$, $\sqrt18 = 3\sqrt3$, $3\sqrt2 = 3\sqrt{2}$", "afa"),
    ("rounded", NOTHING, r"$\sqrt2 \approx 1.41$, $\frac23 \approx 0.66$, $\sqrt2 \approx 1.42$", "aak"),
    # columns
    ("cross product", NOTHING, r"Let $p = \begin{bmatrix} 1 \\ 0 \\ 0\end{bmatrix}$, $q = \begin{bmatrix} 0 \\ 1 \\ 0\end{bmatrix}$. $p \times q = \begin{bmatrix} 0 \\ 0 \\ 1\end{bmatrix}$", "dda"),
    # events and tuples
    ("events", NOTHING, r"$P(A) = 0.2$, $P(B | A) = 0.5$, so $P(B | A)P(A) = 0.1$. $P(Y = 2) = \frac{3}{8}$", "ddad"),
    ("events together", NOTHING, r"$P(A \cap B) = P(A | B)P(B)$, $P(A | B) = \frac{P(B | A)P(A)}{P(B)}$, $P(B \cap A) = P(B | A)P(A)$", "aaa"),
    ("many events together", NOTHING, r"$P(A \cap B \cap C) = P(C | A \cap B)P(A | B)P(B) = P(A | C \cap B)P(B | C)P(C)$", "aa"),
    ("events that need more", NOTHING, r"$P(A \cap B) = P(A)P(B)$, $P(A | B) = P(B | A)$, $P(A | B) = \frac{P(B | A)P(B)}{P(A)}$, $P(A | B) + P(A | C) = P(A)$", "uuuu"),
    ("other events together", NOTHING, r"$P(A \cap B \cap C) = P(C | A \cap B)P(A | C)P(B)$, $P(A \cup B) = P(A | B)P(B)$", "uu"),
    ("densities together", NOTHING, r"$p(x, y) = p(x | y)p(y)$, $p(x | y)p(y) = p(y | x)p(x)$, $p(x | y) = \frac{p(y | x)p(x)}{p(y)}$, $p(x | y) = \frac{p(y | x)p(y)}{p(x)}$", "aaau"),
    ("no probabilities", NOTHING, r"$H(x | y) = \frac{H(x, y)}{H(y)}$, $E[X | Y] = \frac{E[Y | X]E[X]}{E[Y]}$", "uk"),
    ("a function of events", NOTHING, r"$P(x) = x^2$, so $P(3) = 9$ and $P(3) = 8$", "daf"),
    ("a function called E", ENERGY, r"$E(x) = \frac12x^\top x$, so $E(2x) = 4E(x)$ and $E(2x) = 2E(x)$", "iif"),
    ("densities", NOTHING, r"$p(x|t)p(t) = p(t)p(x|t)$, $p(x|t) = p(t|x)$", "au"),
    ("tuples", NOTHING, r"Let $v = (1, 2, 2)$. $\|v\| = 3$, $v + v = (2, 4, 4)$, $v + v = (2, 4, 5)$, $(2, 3) = 5$", "daafp"),
    ("units", NOTHING, r"$5 \text{ cm} \times 3 \text{ cm} = 15 \text{ cm}^2$", "a"),
    # conditions
    ("a condition on numbers", NUMBERS, r"Suppose $s + t = 40$. Then $6st = 6s(40 - s)$ and $6st = 6s(41 - s)$", "shk"),
    ("an inverse", COLUMNS, r"Suppose $AB = I$. Then $BAB = B$ and $BAB = A$", "shf"),
    ("a root where there is one", NUMBERS, r"so $\sqrt{1 - \frac1k} = \sqrt{\frac{k-1}{k}}$", "i"),
]  # fmt: skip


@pytest.mark.parametrize(("world", "text", "expected"), [row[1:] for row in CONSTRUCTS], ids=[r[0] for r in CONSTRUCTS])
def test_constructs(world: dict[str, Any], text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(world))) == expected


MOMENTS = [
    ("linear", r"$E[aX + b] = aE[X] + b$ and $E[aX + b] = aE[X] + 2b$", "af"),
    ("upright", r"$\mathbb{E}[X + Y] = \mathbb{E}[X] + \mathbb{E}[Y]$", "a"),
    ("variance", r"$\text{Var}(aX) = a^2\text{Var}(X)$ and $\text{Var}(aX) = a\text{Var}(X)$", "af"),
    ("covariance", r"$Cov(X, Y + Z) = Cov(X, Y) + Cov(X, Z)$, $Var(X) = E[X^2] - E[X]^2$", "aa"),
    ("dependent", r"$E[XY] = E[X]E[Y]$, $Var(X + Y) = Var(X) + Var(Y)$", "kk"),
    ("independent", r"X and Y are independent: $E[XY] = E[X]E[Y]$, $Var(X + Y) = Var(X) + Var(Y)$", "aa"),
    (
        "0 by the premise",
        r"X and Y are independent: $Cov(aX, bY) = a Cov(X, Y)$, $Var(X + Y) = Var(X) + Var(Y) + 3Cov(X, Y)$",
        "kk",
    ),
    ("mean 0", r"Of zero mean: $E[X^2] = Var(X)$. But $E[X] = E[Y]$", "ak"),
    ("a property of the law", r"$E[X] = 3$, $Var(X) = E[X]$", "dd"),
    ("the letter itself", r"so $X - E[X] = 0$", "k"),
    ("a constant", r"For a constant c $E[c] = c$", "a"),
    ("a matrix before a column", r"So $Var(Rz) = R Var(z) R^\top$, not $Var(Rz) = Var(z)R^2$", "ak"),
    ("a number before a letter", r"So $Var(rZ) = r^2 Var(Z)$ and $E[rZ] = E[Z]r$", "aa"),
    ("a number by use", r"So $Var(Z/R) = Var(Z)/R^2$", "a"),
    ("a matrix behind", r"So $E[RZ] = R E[Z]$ and $E[ZS] = E[Z]S$, but $E[RZ] = E[Z]R$ and $E[ZS] = S E[Z]$", "aakk"),
    ("between two matrices", r"So $E[RZS] = R E[Z] S$, but $E[RZS] = RS E[Z]$", "ak"),
    (
        "columns in bold",
        r"So $E[\mathbf{u}^\top\mathbf{v}] = E[\mathbf{v}^\top\mathbf{u}]$, but $E[\mathbf{u}\mathbf{v}^\top] = E[\mathbf{v}\mathbf{u}^\top]$",
        "ak",
    ),
    ("added columns", r"So $E[Rz + s] = R E[z] + s$, but $E[Rz + s] = E[z]R + s$", "ak"),
    ("a trace", r"So $E[Z^\top R Z] = tr(R E[ZZ^\top])$, but $E[ZZ^\top] = E[Z^\top Z]$", "ak"),
]
MOMENTS_OF_COLUMNS = {"symbols": {"R": "m x m", "z": "m"}}


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in MOMENTS], ids=[row[0] for row in MOMENTS])
def test_moments(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of({}))) == expected


def test_moments_of_a_declared_column() -> None:
    text = r"So $E[Rz] = R E[z]$, but $E[Rz] = E[z]R$."
    assert verdicts(analyse(text, setting_of(MOMENTS_OF_COLUMNS))) == "ak"


FREE = [
    ("numbers", r"$(p + q)^2 = p^2 + 2pq + q^2$ and $(p + q)^2 = p^2 + q^2$", "au"),
    ("functions", r"$\frac{d}{dt}\log g(t) = \frac{g'(t)}{g(t)}$, $\frac{g'(t)}{g(t)} = \frac{d}{dt}\log g(t)$", "iu"),
    ("a product or a value", r"so $f(u + v) = f(u) + f(v)$", "u"),
    ("a product beside the letter", r"so $w + w(w^2) = w + w^3$", "a"),
    ("two rows of numbers", r"$[3, -1, 2] \cdot [5, 4, 1] = 15 - 4 + 2$", "a"),
    ("two rows of numbers, wrong", r"$[3, -1, 2] \cdot [5, 4, 1] = 23$", "f"),
    ("rows of two lengths", r"$[3, -1, 2] \cdot [5, 4] = 11$", "t"),
    ("columns", r"$\|\mathbf u - \mathbf v\|^2 = \|\mathbf u\|^2 - 2\mathbf u \cdot \mathbf v + \|\mathbf v\|^2$", "a"),
    ("matrices do not commute", r"$PQ = QP$, $(PQ)^\top = P^\top Q^\top$, $(PQ)^\top = Q^\top P^\top$", "uua"),
    ("a known matrix is beside", r"$\operatorname{Tr}(PQA) = \operatorname{Tr}(AQP)$", "u"),
    ("members", r"$\sum_{i=1}^N (c_i + d_i) = \sum_{i=1}^N c_i + \sum_{i=1}^N d_i$, $\sum_{i=1}^N c_id_i = \sum_{i=1}^N c_i\sum_{i=1}^N d_i$", "au"),
    ("a chain that rewrites", r"$p^2 - q^2 = (p - q)(p + q) = (p - q)^2$", "af"),
    ("a chain that solves", r"$p^2 - q^2 = (p - q)(p + q) = 0$", "au"),
    ("conditions", r"$p + q = r$, $p = 2p$", "uu"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in FREE], ids=[row[0] for row in FREE])
def test_letters_that_nothing_explains(text: str, expected: str) -> None:
    world = {"symbols": {"A": "n x n"}}
    assert verdicts(analyse(text, setting_of(world))) == expected
