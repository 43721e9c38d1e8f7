"""What follows from a condition by putting one of its sides for the other, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

MATRICES: dict[str, Any] = {
    "symbols": {
        "S": "n x n, symmetric",
        "A": "m x n, fixed",
        "w": "n",
        "x": "n",
        "y": "m",
        r"\lambda": "",
        "u": "n",
        "v": "n",
        "c": "",
    }
}
ROWS = [
    ("multiplied from the left", r"Suppose $Sw = \lambda w$. Then $w^\top Sw = \lambda w^\top w$.", "sh"),
    ("with another sign", r"Suppose $Sw = \lambda w$. Then $w^\top Sw = -\lambda w^\top w$.", "sk"),
    ("with another power", r"Suppose $Sw = \lambda w$. Then $w^\top Sw = \lambda^2 w^\top w$.", "sk"),
    ("turned", r"Suppose $Sw = \lambda w$. Then $w^\top S^\top x = \lambda w^\top x$.", "sh"),
    ("twice", r"Suppose $Sw = \lambda w$. Then $S^2w = \lambda Sw$.", "sh"),
    ("of what follows itself", r"Suppose $Sw = \lambda w$. Then $S^2w = \lambda^2w$.", "sh"),
    ("a multiple", r"Suppose $2Sw - 2\lambda w = 0$. Then $Sw = \lambda w$.", "sh"),
    ("no multiple", r"Suppose $2Sw - 2\lambda w = 0$. Then $Sw = 2\lambda w$.", "sk"),
    ("the null space", r"Suppose $Ax = 0$. Then $A^\top Ax = 0$ and $y^\top Ax = 0$.", "shh"),
    ("and back, by lengths", r"Suppose $\|Ax\|^2 = 0$. Then $Ax = 0$.", "sh"),
    ("not by any factor", r"Suppose $A^\top Ax = 0$. Then $A = 0$.", "ss"),
    ("a sum of which a term vanishes shows nothing", r"Suppose $Ax = 0$. Then $w - A^\top Ax = w$.", "sk"),
    ("a length", r"Suppose $\|w\| = 1$. Then $\lambda w^\top w = \lambda$.", "sh"),
    ("its square", r"Suppose $w^\top w = 1$. Then $\lambda\|w\|^2 = \lambda$.", "sh"),
    ("what is no length", r"Suppose $w^\top w = 1$. Then $\lambda\|x\|^2 = \lambda$.", "sq"),
    ("a product of the reply's own", r"Let $M = uv^\top$. If $v^\top u = 1$, then $M^2 = M$.", "dsh"),
    ("and not its transpose", r"Let $M = uv^\top$. If $v^\top u = 1$, then $M^2 = M^\top$.", "dsk"),
    ("solved, with an inverse", r"Suppose $A^\top Ax = A^\top y$. Then $x = (A^\top A)^{-1}A^\top y$.", "sh"),
    ("solved, of a sum", r"Suppose $A^\top(Ax - y) + \lambda x = 0$. Then $x = (A^\top A + \lambda I)^{-1}A^\top y$.", "sh"),
    ("solved, of numbers alone", r"Suppose $2(w - u) + 4v = 0$. Then $w = u - 2v$.", "sh"),
    ("a letter is but one solution", r"Suppose $Sw = \lambda w$. Then $S = \lambda I$.", "ss"),
    ("of one number, a column", r"Suppose $u^\top w = 1$. Then $w = \frac{u}{\|u\|^2}$.", "ss"),
    ("of a form, a matrix", r"Suppose $w^\top Sw = w^\top w$. Then $S = I$.", "ss"),
    ("of a wide system", r"Suppose $A^\top(y - Ax) = 0$. Then $y = Ax$.", "ss"),
    ("of lengths", r"Suppose $\|w\| = \|v\|$. Then $w = v$.", "ss"),
    ("of sizes", r"Suppose $|c| = |\lambda|$. Then $c = \lambda$.", "ss"),
    ("of what is cut off", r"Suppose $\max(w, 0) = \max(v, 0)$. Then $w = v$.", "ss"),
    ("of a product that may vanish", r"Suppose $uw^\top = vw^\top$. Then $u = v$.", "ss"),
    ("and of the whole sum of entries", r"Suppose $\mathbf 1^\top w = 0$. Then $w = v - \frac1n\mathbf 1\mathbf 1^\top v$.", "ss"),
    ("a number for a letter is no such condition", r"Take $q = 5$. Now take $q = 6$. Then $2q = 14$.", "dsf"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_what_follows_by_rewriting(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(MATRICES))) == expected


VALUES: dict[str, Any] = {"symbols": {"x": "n", "y": "n", "g": "n", r"\eta": "positive", "L": "positive"}}
OF_FUNCTIONS = [
    ("a function of a column is a number", r"$f(x) - \eta g^\top g + \frac L2\|\eta g\|^2 = f(x) - \eta(1 - \frac{L\eta}{2})\|g\|^2$", "a"),
    ("with another factor", r"$f(x) - \eta g^\top g + \frac L2\|\eta g\|^2 = f(x) - \eta(1 - L\eta)\|g\|^2$", "u"),
    ("two values", r"$f(x) + f(y) - 2f(x) = f(y) - f(x)$ and $f(x) + f(y) = 2f(x)$", "au"),
    ("of two arguments", r"$k(x, y)^2 - k(y, y)^2 = (k(x, y) - k(y, y))(k(x, y) + k(y, y))$ and $k(x, y) = k(y, x)$", "au"),
    ("columns", r"$(\phi(x)^\top\phi(y))^2 = \phi(y)^\top\phi(x)\phi(x)^\top\phi(y)$ and $\phi(x)\phi(y)^\top = \phi(y)\phi(x)^\top$", "au"),
    ("of what is derived nothing is said", r"$\nabla f(x) = f(x)$", "u"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in OF_FUNCTIONS], ids=[row[0] for row in OF_FUNCTIONS])
def test_values_of_unknown_functions(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(VALUES))) == expected


RIDGE: dict[str, Any] = {
    "definitions": [r"J(w) = \frac12\|Xw - y\|^2 + \frac{\lambda}{2}\|w\|^2"],
    "symbols": {"X": "n x d, data", "y": "n, data", "w": "d", r"\lambda": "positive, fixed"},
    "worlds": [{"name": "optimum", "premise": "w minimises J", "set": [r"w = (X^\top X + \lambda I)^{-1}X^\top y"]}],
}
ESTIMATES = [
    ("before its value", r"At the minimum $X^\top(y - X\hat w) = \lambda\hat w$, so $\hat w = (X^\top X + \lambda I)^{-1}X^\top y$.", "hh"),
    ("after it", r"The minimiser is $\hat w = (X^\top X + \lambda I)^{-1}X^\top y$. Hence $\lambda\hat w = X^\top(y - X\hat w)$.", "ha"),
    ("with another sign", r"At the minimum $X^\top(y - X\hat w) = -\lambda\hat w$, so $\hat w = (X^\top X - \lambda I)^{-1}X^\top y$.", "qd"),
    ("another estimate", r"The least-squares solution is $\hat w = (X^\top X)^{-1}X^\top y$.", "d"),
    ("a letter of which no world tells", r"At the minimum $\hat y = X\hat w$.", "u"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in ESTIMATES], ids=[row[0] for row in ESTIMATES])
def test_a_letter_with_a_hat_is_that_at_the_optimum(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(RIDGE))) == expected


QUADRATIC = r"$\nabla_w (w^\top A w) = 2Aw$"
BEHIND = [
    ("for", "for symmetric $A$", "i"),
    ("when it is", "when $A$ is symmetric", "i"),
    ("in brackets", "(as $A$ is symmetric)", "i"),
    ("denied", "for non-symmetric $A$", "u"),
    ("denied as a verb", "where $A$ is not symmetric", "u"),
    ("of another letter", "for symmetric $B$", "u"),
    ("another property", "for invertible $A$", "u"),
    ("in another sentence", ". For symmetric $A$ more is true", "u"),
]


@pytest.mark.parametrize(("words", "expected"), [row[1:] for row in BEHIND], ids=[row[0] for row in BEHIND])
def test_a_property_that_is_said_behind(words: str, expected: str) -> None:
    assert verdicts(analyse(f"Recall {QUADRATIC} {words}.", setting_of(RIDGE))) == expected


RATES: dict[str, Any] = {"symbols": {"L": "positive", r"\mu": "positive", r"\kappa": "positive"}}
RATIO = r"\frac{L - \mu}{L + \mu} = \frac{\kappa - 1}{\kappa + 1}"
TOLD = [
    ("right behind it", rf"So ${RATIO}, \quad \kappa = \frac L\mu$.", "h"),
    ("by a word", rf"So ${RATIO}$ where $\kappa = \frac L\mu$.", "h"),
    ("otherwise", rf"So ${RATIO}, \quad \kappa = \frac\mu L$.", "q"),
    ("concluded from it", rf"So ${RATIO}$, hence $\kappa = \frac L\mu$.", "q"),
    ("a number", rf"So ${RATIO}, \quad \kappa = 3$.", "q"),
]


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in TOLD], ids=[row[0] for row in TOLD])
def test_what_a_letter_is_told_right_behind(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(RATES)))[0] == expected
