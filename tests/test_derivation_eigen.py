"""Eigenvalues and eigenvectors of matrices of numbers, found step by step."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

NOTHING: dict[str, Any] = {}
A = r"Find the eigenvalues of $A = \begin{pmatrix} 4 & 1 \\ 2 & 3\end{pmatrix}$. "  # 5 at (1, 1), 2 at (1, -2)
B = r"Find the eigenvalues of $B = \begin{pmatrix} 3 & 1 & 0 \\ 0 & 3 & 0 \\ 0 & 0 & 1\end{pmatrix}$. "
FIVE = r"$A - 5I = \begin{pmatrix} -1 & 1 \\ 2 & -2\end{pmatrix}$, "
TWO = r"$A - 2I = \begin{pmatrix} 2 & 1 \\ 2 & 1\end{pmatrix}$, "
THREE = r"$B - 3I = \begin{pmatrix} 0 & 1 & 0 \\ 0 & 0 & 0 \\ 0 & 0 & -2\end{pmatrix}$, "
ROWS = [
    ("a characteristic equation", A + r"So $\lambda^2 - 7\lambda + 10 = 0$.", "dh"),
    ("with another number", A + r"So $\lambda^2 - 7\lambda + 12 = 0$.", "du"),
    ("with another sign", A + r"So $\lambda^2 + 7\lambda + 10 = 0$.", "du"),
    ("in factors", A + r"So $(\lambda - 5)(\lambda - 2) = 0$, thus $\lambda = 5$ or $\lambda = 2$.", "dhhh"),
    ("one of its factors", A + r"So $\lambda - 5 = 0$.", "dh"),
    ("of another matrix", B + r"So $\lambda^2 - 7\lambda + 10 = 0$.", "du"),
    ("with a sign of two", A + r"So $(\lambda - \frac72)^2 = \frac94$ and $\lambda = \frac{7 \pm 3}{2}$.", "dhh"),
    ("another letter", A + r"So $t^2 - 7t + 10 = 0$.", "du"),
    ("where nothing speaks of eigenvalues", r"Let $A = \begin{pmatrix} 4 & 1 \\ 2 & 3\end{pmatrix}$. Let $\lambda^2 - 7\lambda + 10 = 0$.", "du"),
    ("the squares of singular values", r"The singular values of $C = \begin{pmatrix} 3 & 0 \\ 4 & 5\end{pmatrix}$: $(25 - \lambda)^2 - 400 = 0$, so $25 - \lambda = \pm 20$.", "dhh"),
    ("a row", A + FIVE + "so $-x + y = 0$.", "dah"),
    ("a multiple of a row", A + FIVE + "so $x = y$.", "dah"),
    ("with another sign", A + FIVE + "so $x + y = 0$.", "dau"),
    ("with a number", A + FIVE + "so $-x + y = 1$.", "dau"),
    ("no line", A + FIVE + "so $xy - x^2 = 0$.", "dau"),
    ("a row of numbered letters", A + TWO + "so $2v_1 + v_2 = 0$.", "dah"),
    ("in their other order", A + TWO + "so $v_1 + 2v_2 = 0$.", "dau"),
    ("three letters", B + THREE + "so $y = 0$, $-2z = 0$ and $y - 2z = 0$.", "dahhh"),
    ("what no row says", B + THREE + "so $x + y = 0$.", "dau"),
    ("a vector", A + TWO + r"so $2x + y = 0$, and $p = \begin{pmatrix} 1 \\ -2\end{pmatrix}$.", "dahh"),
    ("with its entries exchanged", A + TWO + r"so $2x + y = 0$, and $p = \begin{pmatrix} -2 \\ 1\end{pmatrix}$.", "dahf"),
    ("with a sign turned", A + TWO + r"so $2x + y = 0$, and $p = \begin{pmatrix} 1 \\ 2\end{pmatrix}$.", "dahf"),
    ("another vector", A + TWO + r"so $2x + y = 0$. Take $p = \begin{pmatrix} 3 \\ 7\end{pmatrix}$.", "dahd"),
    ("not right behind a row", A + TWO + r"and more. Take $p = \begin{pmatrix} 1 \\ 2\end{pmatrix}$.", "dad"),
    ("of a system with a right side", B + THREE + r"and $(B - 3I)w = \begin{pmatrix} 1 \\ 0 \\ 0\end{pmatrix}$ gives $y = 1$: $w = \begin{pmatrix} 0 \\ 1 \\ 0\end{pmatrix}$.", "daakd"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_steps_to_eigenvalues_and_eigenvectors(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(NOTHING))) == expected
