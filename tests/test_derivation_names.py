"""A name is what is written: font, star, prime, labels. What it may stand for besides is accepted and never rejected."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

MATRICES: dict[str, Any] = {"symbols": {"A": "m x n, data", "b": "m, data", "x": "n", "S": "n x n, symmetric"}}
LEAST: dict[str, Any] = {
    "definitions": [r"f(x) = \|Ax - b\|^2"],
    "symbols": MATRICES["symbols"],
    "worlds": [
        {"name": "best", "premise": "x is the minimiser", "set": [r"x = (A^\top A)^{-1}A^\top b"]},
    ],
    "dimensions": ["n < m"],
}
SAMPLES: dict[str, Any] = {
    "symbols": {"X": "d x N, data", "y": "N, data", "w": "d"},
    "families": {"x_i": "columns of X"},
    "definitions": [r"R = \sum_{i=1}^N (w^\top x_i - y_i)^2"],
}
NUMBERS: dict[str, Any] = {"symbols": {"p": "scalar", "q": "scalar", "c": "positive", "c_u": "positive"}}
TWO: dict[str, Any] = {"symbols": {"k": "positive", r"\mathbf k": "n", "z": "n"}}
CALLIGRAPHIC: dict[str, Any] = {
    "definitions": [r"\mathcal{L} = \|Ax - b\|^2 + g^\top x", r"L = \|Ax - b\|^2"],
    "symbols": MATRICES["symbols"] | {"g": "n"},
}
TIME: dict[str, Any] = {"symbols": {"F": "n x n", "s_k": "n", "u_k": "n"}}
ADJOINT: dict[str, Any] = {"symbols": {"K": "p x q"}, "definitions": [r"K^* = K^\top"]}

ROWS = [
    # fonts
    ("one spelling is one name", MATRICES, r"$\mathbf{A}^\top\mathbf{A}\mathbf{x} = \mathbf{A}^\top(\mathbf{A}\mathbf{x})$", "a"),
    ("and it can be wrong", MATRICES, r"$\boldsymbol{A}\mathbf{x} = \mathbf{x}^\top \mathbf{A}$", "t"),
    ("old commands too", MATRICES, r"${\bf A x} = {\bf A}(2{\bf x}) - {\bf Ax}$", "a"),
    ("arrows are bold", MATRICES, r"$A\vec{x} + A\vec{x} = 2A\vec x$", "a"),
    ("two spellings are two names", MATRICES, r"Let $\mathbf{b} = 3b$. Then $\mathbf b - b = 2b$. So $b + \mathbf{b} = 2b + b$.", "daf"),
    ("both declared", TWO, r"$\mathbf{k}^\top z = z^\top\mathbf{k}$, $k z = z k$ and $\mathbf{k}^\top z = z k$", "aat"),
    ("the entries of a bold letter", SAMPLES, r"$\sum_{i=1}^N y_i^2 = \|\mathbf{y}\|^2$", "a"),
    ("a denominator in another font", MATRICES, r"$\frac{\partial}{\partial x} \mathbf{b}^\top\mathbf{A}\mathbf{x} = \mathbf{A}^\top\mathbf{b}$", "i"),
    ("a Lagrangian beside a loss", CALLIGRAPHIC, r"$\mathcal{L} = L + g^\top x$ and $L = \mathcal{L} - g^\top x$; not $\mathcal{L} = L$", "iiq"),
    ("a set's font is no proof", MATRICES, r"$\mathbb{A}x = 2\mathbb{A}x$ and $\mathbb{A}x + \mathbb{A}x = 2\mathbb{A}x$", "ua"),
    ("nor small letters in it, which are no sets", MATRICES, r"$\mathbb{A}\mathbb{x} = 2\mathbb{A}\mathbb{x}$ but $\mathbb{x}\mathbb{A} = \mathbb{A}\mathbb{x}$", "fu"),
    ("letters under one font", MATRICES, r"$\|\mathbf{AS}\|_F^2 = \operatorname{tr}(\mathbf{A}\mathbf{SS}^\top\mathbf{A}^\top)$", "a"),
    ("unicode bold", MATRICES, "so $𝐀𝐱 + 𝐀𝐱 = 2𝐀𝐱$", "a"),
    # stars
    ("an optimum is not any x", LEAST, r"At the minimum $f(x^*) = f(x)$.", "u"),
    ("an optimum in its world", LEAST, r"The minimiser is $x^* = (A^\top A)^{-1}A^\top b$.", "h"),
    ("a star that is defined", MATRICES, r"Put $A^* = 2A$. Then $A^*x = Ax + Ax$ but $A^* x = Ax$.", "daf"),
    ("the adjoint, as declared", ADJOINT, r"$K^*K = K^\top K$ and $K^* K = KK^\top$", "it"),
    ("the adjoint, as said", MATRICES, r"For real matrices $A^* = A^\top$, so $A^*A = A^\top A$.", "da"),
    # primes
    ("a prime transposes where nothing else does", MATRICES, r"$(Ax)'b = x'A'b$", "a"),
    ("and never rejects", MATRICES, r"$x'A'b = 2b'Ax$", "u"),
    ("a prime beside a transpose sign is a name", MATRICES, r"$A'A = A^\top A$", "u"),
    ("a prime that is defined", MATRICES, r"Let $A' = \begin{bmatrix} A \\ I_n \end{bmatrix}$. Then $\|A'x\|^2 = \|Ax\|^2 + \|x\|^2$.", "da"),
    # labels
    ("capitals above a matrix", MATRICES, r"$r = \|S^{AB} - S^{REF}\|_F^2$", "u"),
    ("a word above a matrix", MATRICES, r"$S^{ref} = 2S$, so $S^{ref}x = 2Sx$", "da"),
    ("the i-th sample above", SAMPLES, r"$R = \sum_{i=1}^N (w^\top x^{(i)} - y^{(i)})^2$ and $R = \sum_{i=1}^N (w^\top x^i - y^i)^2$", "ii"),
    ("which never rejects", SAMPLES, r"$R = 2\sum_{i=1}^N (w^\top x^{(i)} - y^{(i)})^2$", "u"),
    ("a power of a number", NUMBERS, r"$\sum_{i=1}^3 p^i = p + p^2 + p^3$", "a"),
    ("numbers that count components", NUMBERS, r"With $\theta^1 = p$ and $\theta^2 = q$ we have $\theta^1\theta^2 = pq$.", "dda"),
    ("two labels below are two names", NUMBERS, r"$E_u = c_u p^2$ and $E_v = c q$. So $\frac{dE_u}{dp} = 2c_u p$ and $\frac{dE_v}{dq} = c$.", "ddii"),
    ("a running index is a family", SAMPLES, r"Let $z_i = 2y_i$. Then $\sum_{i=1}^N z_i = 2\sum_{i=1}^N y_i$ and $z_1 = 2y_1$.", "daa"),
    ("a minus sign above", TIME, r"Let $P_k^- = FF^\top$. Then $P_k^-s_k = F(F^\top s_k)$ but $P_k^- s_k = Fs_k$.", "daf"),
    ("an earlier time", TIME, r"$F(s_{k-1} + u_{k-1}) = Fs_{k-1} + Fu_{k-1}$ and $Fs_{k-1} = s_{k-1}$", "au"),
    ("a change of x is one name", NUMBERS, r"Let $\Delta p = p - q$. Then $(\Delta p)^2 = p^2 - 2pq + q^2$.", "da"),
]  # fmt: skip


@pytest.mark.parametrize(("world", "text", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_names(world: dict[str, Any], text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(world))) == expected


def test_a_name_that_may_be_another_says_which() -> None:
    (found,) = analyse(r"$x'A'b = 2b'Ax$", setting_of(MATRICES)).relations
    assert "A'" in found.reason


def test_two_definitions_of_labels_do_not_overwrite_each_other() -> None:
    spec = {"definitions": ["T_h = 2a", "T_c = a"], "symbols": {"a": "positive"}}
    found = analyse(r"$1 - T_c/T_h = \frac12$", setting_of(spec))
    assert verdicts(found) == "i"
