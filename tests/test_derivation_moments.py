"""Moments by their values: what follows from means, variances and covariances that a text gives, and what never holds."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

FREE: dict[str, Any] = {"symbols": {"q": "scalar"}}
GIVEN = "We have $E[X] = 3$, $Var(X) = 4$, $E[Y] = -1$ and $Cov(X, Y) = 2$. So "
SAMPLE = (
    r"The $X_i$ are independent, of mean $\mu$ and variance $\sigma^2$, and $\bar X = \frac1n\sum_{i=1}^n X_i$. So "
)
ROWS = [
    # (id, text, verdicts of the last relations)
    ("the mean of the square", GIVEN + "$E[X^2] = 13$", "a"),
    ("a mean of a product", GIVEN + "$E[XY] = -1$", "a"),
    ("of a linear form", GIVEN + "$Var(3X + 2) = 36$ and $E[X - 2Y] = 5$", "aa"),
    ("another value may be of another letter", GIVEN + "$E[X^2] = 12$", "d"),
    ("in a sum", GIVEN + "$E[X] - 2E[Y] = 3 + 2$", "a"),
    ("a sign", GIVEN + "$E[X] - 2E[Y] + 1 = 3 - 2 + 1$", "f"),
    ("what is not given", GIVEN + "$Var(X + Y) - 4 = 4 + 5$", "k"),
    ("by a name", "We have $E[X] = 3$ and $Var(X) = 4$. Let $Y = 3X - 4$. So $E[Y] = 5$ and $Var(Y) = 36$", "aa"),
    ("letters with a convention", r"So $Cov(X, Y) = E[(X - \mu_X)(Y - \mu_Y)] = E[XY] - \mu_X\mu_Y$", "aa"),
    ("what letters mean", r"So $E[X] = \mu$, $Var(X) = \sigma^2$, $Var(\hat b) = \sigma^2$", "kkk"),
    ("a constant has no variance", "For a constant c $E[c^2] = E[c]^2$", "k"),
    ("a wrong one", r"So $E[(X - \mu_X)(Y - \mu_Y)] = E[XY] + \mu_X\mu_Y$", "k"),
    ("a variance by convention", r"So $E[X^2] = \sigma^2 + \mu^2$, and $E[X^2] - \mu^2 + 1 = \mu^2 + 1$", "ak"),
    ("the mean of a sample", SAMPLE + r"$Var(\bar X) = \frac{1}{n^2}\sum_{i=1}^n Var(X_i) = \frac{n\sigma^2}{n^2}$", "aa"),
    ("a wrong one of a sample", SAMPLE + r"$1 + Var(\bar X) = 1 + \sigma^2$", "k"),
    ("squares of a sample", SAMPLE + r"$E[\sum_{i=1}^n (X_i - \bar X)^2] = (n - 1)\sigma^2$", "a"),
    ("all squares of a sample", SAMPLE + r"$1 + E[\sum_{i=1}^n (X_i - \bar X)^2] = 1 + n\sigma^2$", "k"),
    # what never holds, and what may
    ("a square outside", "So $E[X^2] = E[X]^2$", "f"),
    ("a factor that is no square", "So $Var(2X) = 2Var(X)$", "f"),
    ("a shift", "So $Var(X + 5) = Var(X) + 5$ and $E[2X + 1] = 2E[X]$", "ff"),
    ("a sign between independent ones", "$X$ and $Y$ are independent. So $Var(X - Y) = Var(X) - Var(Y)$", "f"),
    ("between any", "So $Var(X - Y) = Var(X) - Var(Y)$ and $Var(X + Y) = Var(X) + Var(Y)$", "kk"),
    ("alike", "So $Var(X) = Var(Y)$, $E[X] = E[Y]$, $Var(X) = E[X]$, $E[XY] = E[X]E[Y]$", "kkkk"),
    ("a mean that may be 2", "So $E[(X - 2)^2] = E[X^2] - 4$", "k"),
    ("a mean that may be c", "So $E[(X - c)^2] = Var(X)$, $E[(2X - 3)^2] = 4Var(X)$, $E[(X - Y)^2] = Var(X - Y)$", "kkk"),
    ("and no square", "So $E[(X - c)^2] = Var(X) - 1$", "k"),
    ("an inverse", "So $E[1/X] = 1/E[X]$, $E[X^3] = E[X]^3$", "kk"),
    ("an absolute value", "We have $E[X] = 30$ and $Var(X) = 1$. So $E[|X|] + 1 = E[X] + 1$", "k"),
    ("a covariance of forms", "So $Cov(2X + 1, 3 - Y) = -2Cov(X, Y)$", "a"),
    ("a wrong sign of one", "So $Cov(2X + 1, 3 - Y) = 2Cov(X, Y)$", "f"),
    # other ways to write them, means under a condition, tables
    ("a variance by a letter", "So $V(X) = E[X^2] - E[X]^2$, $D(X + Y) = D(X) + D(Y) + 2Cov(X, Y)$", "aa"),
    ("wrong by a letter", "So $V(X) = E[X^2] + E[X]^2$", "k"),
    ("without brackets", "So $E(XY) = Cov(X, Y) + EX EY$, $E[XY] = Cov(X, Y) - EX EY$", "ak"),
    ("a mean of means", r"So $E[X] = E[E[X \mid Y]]$, $E[Y] = E[E[X \mid Y]]$", "ik"),
    ("a variance in two parts", r"So $Var(X) = E[Var(X \mid Y)] + Var(E[X \mid Y])$", "i"),
    ("not their difference", r"So $Var(X) = E[Var(X \mid Y)] - Var(E[X \mid Y])$", "k"),
    ("given a condition", r"Given $E[X \mid Y] = Y/2$: $E[X] = E[Y/2]$ and $E[X] = E[Y^2]$", "uik"),
    ("a table", "$P(Z = 0) = 0.2$, $P(Z = 1) = 0.5$, $P(Z = 4) = 0.3$. So $E[Z] = 1.7$, $E[Z^2] = 0.5 + 4.8$, $Var(Z) = 2.41$", "dddaaa"),
    ("no whole table", "$P(Z = 0) = 0.2$, $P(Z = 1) = 0.5$. So $E[Z] = 0.5$", "ddd"),
    ("where a chain ends", "$Var(W) = E[W^2] - E[W]^2 = 12$. So $4Var(W) = 48$, $4Var(W) = 24$", "akak"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_moments_by_value(text: str, expected: str) -> None:
    found = analyse(text, setting_of(FREE))
    assert verdicts(found)[-len(expected) :] == expected, [(r.source, r.verdict, r.reason) for r in found.relations]


def test_a_letter_in_moments_is_no_matrix() -> None:
    """Without a world: a capital in an expectation is a number, and a sum of two has the mean of both."""
    text = r"$E[X_1] = 3.5$, $E[X_2] = 3.5$, $S = X_1 + X_2$, so $E[S] = E[X_1] + E[X_2] = 3.5 + 3.5$."
    from evalkit.derivation.following.look import first_look

    assert verdicts(analyse(text, first_look(text)))[-2:] == "aa"
