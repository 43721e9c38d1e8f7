"""Steps that only compute: false where one edit makes them true, whatever their letters obey; and what is left open."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

PLANE: dict[str, Any] = {
    "symbols": {"x": "scalar", "y": "scalar", "\\lambda": "scalar"},
    "definitions": ["L = xy - \\lambda(x^2 + y^2 - 1)"],
}
LEAST: dict[str, Any] = {"symbols": {"X": "n x p, data", "b": "p"}, "definitions": ["f(b) = b^\\top X^\\top X b"]}
POSITIVE: dict[str, Any] = {"symbols": {"n": "scalar, integer, positive", "A": "scalar"}}
NUMBERS: dict[str, Any] = {"definitions": ["a = 27"]}
SVD: dict[str, Any] = {"definitions": ["A = \\begin{pmatrix} 3 & 2 & 2 \\\\ 2 & 3 & -2 \\end{pmatrix}"]}
BOUND: dict[str, Any] = {"symbols": {"x": "scalar"}, "definitions": ["g(x) = 2 - x - x^2", "f(x) = x^2 + 1"]}
SQUARE: dict[str, Any] = {"definitions": ["A = \\begin{pmatrix} 3 & 0 \\\\ 4 & 5 \\end{pmatrix}"]}
SET = "Set $\\frac{\\partial L}{\\partial \\lambda} = 0$, so $x^2 + y^2 = 1$. Suppose $x = 2\\lambda y$."
PRIMES = "So $(Xb)' = b'X'$, and $b'X'Xb = (Xb)'Xb$, then $b'X' = (Xb)'$."
SHEET = "Given $a_0 = 1$, $c = 3$.\n\nSo $a_0 + c = 4$ and $H = a_0 + 2c = 7$.\n\n"
ROWS = [
    # (id, world, text, verdict of the last relation)
    ("a derivative under a condition", PLANE, f"{SET} Then $\\frac{{\\partial L}}{{\\partial x}} = y - \\lambda x$.", "f"),
    ("a true one", PLANE, f"{SET} Then $\\frac{{\\partial L}}{{\\partial x}} = y - 2\\lambda x$.", "iah"),
    ("a link of a chain", PLANE, f"{SET} $x = 2\\lambda(2\\lambda x) = 2\\lambda^2 x$", "f"),
    ("a link that puts the condition in", PLANE, f"{SET} $y + x = y(1 + 2\\lambda)$", "iah"),
    ("a sign under a root that is sought", PLANE, "Solve $\\det\\begin{pmatrix} 2 - \\lambda & 1 \\\\ 1 & 2 - \\lambda"
     "\\end{pmatrix} = 0$, i.e. $(2 - \\lambda)^2 - 1 = \\lambda^2 - 4\\lambda - 3 = 0$. So $x + y = y + x$.", ""),
    ("a prime that was a transpose", LEAST, f"{PRIMES} $\\frac{{\\partial f}}{{\\partial b}} = 4X'Xb$", "f"),
    ("a prime of which nothing is known", LEAST, "So $\\frac{\\partial f}{\\partial b} = 4X'Xb$", "u"),
    ("a value that the problem excludes", POSITIVE, "For $n = 1$: $1 + n = 2$. For $n = -1$: $1 = -A$. Then "
     "$\\frac{1}{n(n + 1)} = \\frac1n - \\frac{1}{n + 1}$.", "iah"),
    ("rounded in a column", NUMBERS, "so $(6, 2) - 2.14815(4, 1) \\approx (-2.59259, -0.14815)$", "iah"),
    ("far off in a column", NUMBERS, "so $(6, 2) - 2.14815(4, 1) \\approx (-2.59259, -0.14851)$", "f"),
    ("far off by a name", NUMBERS, "so $4 / a \\approx 0.1584$", "f"),
    ("near by a name", NUMBERS, "so $4 / a \\approx 0.148$", "iah"),
    ("whole numbers are exact", NUMBERS, "so $40828200000 + 845348281 = 41673548282$", "f"),
    ("a power of whole numbers", NUMBERS, "so $204141^2 = 41673547881$", "iah"),
    ("the sign takes all of a number", NUMBERS, "so √(17778 + 8000) = √25778", "iah"),
    ("so does the command", NUMBERS, "so $\\sqrt25 = 5$", "a"),
    ("a slow series", NUMBERS, "so $\\sum_{n=1}^\\infty \\frac{1}{n(n+1)(n+2)} = \\frac14$", "iah"),
    ("a slow series, wrong", NUMBERS, "so $\\sum_{n=1}^\\infty \\frac{1}{n(n+1)(n+2)} = \\frac{a}{81}$", "f"),
    ("a series that has no sum", NUMBERS, "so $\\sum_{n=1}^\\infty (-1)^n = 0$", "p"),
    ("a series that grows for ever", NUMBERS, "so $\\sum_{n=1}^\\infty \\frac1n = a$", "p"),
    ("an eigenvalue", SVD, "The eigenvalues of $A^TA$ are $\\lambda_1 = 25$", "h"),
    ("another number", SVD, "The eigenvalues of $A^TA$ are $\\lambda_2 = 16$", "d"),
    ("a singular value", SVD, "The singular values are $\\sigma_2 = \\sqrt 9$", "h"),
    ("the square of a singular value", SQUARE, "The eigenvalues are $\\lambda_1 = 45$", "d"),
    ("the eigenvalue of a product that is written", SQUARE, "The eigenvalues of $A^T A$ are $\\lambda_1 = 45$", "h"),
    ("an eigenvalue that is no singular value", SQUARE, "The singular values are $\\sigma_1 = 5$", "d"),
    ("a singular value that is no eigenvalue", SQUARE, "By the SVD the eigenvalues are $\\lambda_1 = 3\\sqrt 5$", "d"),
    ("an eigenvector", SVD, "The eigenvectors: $v_1 = \\frac{1}{\\sqrt 2}(1, 1, 0)^T$", "h"),
    ("an eigenvector in whole numbers", SVD, "The eigenvectors: $v_1 = (1, 1, 0)^T$", "h"),
    ("of another length", SVD, "The eigenvectors: $v_1 = \\frac{1}{\\sqrt 3}(1, 1, 0)^T$", "d"),
    ("of another value", SVD, "The eigenvectors: $v_2 = \\frac13(-2, 2, 1)^T$", "d"),
    ("of the value that the reply gives", SVD, "The eigenvalues: $\\lambda_2 = 0$, $v_2 = \\frac13(-2, 2, 1)^T$", "h"),
    ("nobody seeks eigenvalues", SVD, "Here $v_1 = (1, 1, 0)^T$", "d"),
    ("the bound of a chain that is given", BOUND, "Minimize $f(x)$ subject to $g(x) = 2 - x - x^2 \\le 0$", "k"),
    ("a function of another letter", BOUND, "In this case our function is $f(z) = z^2 + 2$.", ""),
    ("a bound of some values", BOUND, "$f(x) - 2 = x^2 - 1 > 0$ \\quad (for $|x| > 1$)", ""),
    ("the next exercise", BOUND, f"{SHEET}---\n\nGiven $a_0 = 2$, $c = 5$.\n\nThus $H = 2a_0 + c = 9$", ""),
]  # fmt: skip


@pytest.mark.parametrize(("world", "text", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_the_last_relation(world: dict[str, Any], text: str, expected: str) -> None:
    found = analyse(text, setting_of(world))
    last = verdicts(found)[-1]
    assert (last in expected) if expected else last != "f", found.relations[-1]
