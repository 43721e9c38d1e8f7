"""Inequalities that hold by the way they are made: squares, norms, signs, definite matrices. Nothing else is accepted so."""

from __future__ import annotations

import pytest

from evalkit.derivation import analyse
from evalkit.derivation.verdicts.verdict import FALSE, TRUE
from tests.derivation_help import setting_of

WORLD = setting_of({
    "definitions": [r"\sigma(t) = \frac{1}{1+e^{-t}}", r"p = \sigma(Xw)", "K = XX^\\top", "f(w) = w^\\top w"],
    "symbols": {"X": "n x d, data", "y": "n, data", "w": "d", "t": "", "B": "d x d", "P": "d x d, pd", "S": "d x d, psd", r"\lambda": "positive"},
    "families": {"x_i": "rows of X", "y_i": "entries of y", "p_i": "entries of p"},
})  # fmt: skip

PROVEN = [
    r"v^\top X^\top X v \ge 0", r"\|Xv\|^2 + \lambda \|v\|^2 > 0", r"X^\top X + \lambda I \succ 0", r"X^\top X \succeq 0",
    r"v^\top (X^\top X + \lambda I) v > 0", r"\sum_i p_i (1-p_i)(x_i^\top v)^2 \ge 0", "0 < p_i", "p_i < 1", r"X^\top \operatorname{diag}(p) X \succeq 0",
    r"-n/\lambda^2 < 0", r"\|\Phi^\top c\|^2 \ge 0", r"(x_i^\top v)^2 \ge 0", r"u^\top P u \ge 0", r"v^\top P v > 0", r"\operatorname{tr}(X^\top X) \ge 0",
    r"-X^\top X \preceq 0", r"K + \lambda I \succ 0", r"y^\top K y \ge 0", r"P^{-1} \succ 0", r"B^\top S B \succeq 0", r"S + P \succ 0", r"\sum_i x_i x_i^\top \succeq 0",
    r"\frac{\|Xv\|^2}{\lambda + \|v\|} \ge 0", r"f(w) \ge 0", r"e^{y_i} + \lambda > 0", r"\log(1 + e^{y_i}) > 0",
]  # fmt: skip
OPEN = [
    r"v^\top X^\top X v > 0", r"v^\top B v \ge 0", r"X^\top X \succ 0", r"X^\top X - \lambda I \succeq 0", r"v^\top X^\top w \ge 0", r"\|Xv\|^2 - \lambda \|v\|^2 \ge 0",
    r"\|Xv\|^2 > 0", r"B^2 \succeq 0", r"|B| \ge 0", r"v^\top B B v \ge 0", r"1 - \lambda > 0", r"X^\top \operatorname{diag}(w) X \succeq 0", r"v^\top X w \ge 0",
    r"v^\top B^\top P v \ge 0", r"y_i > 0", r"-\|v\| > 0", r"u^\top P u > 0", r"u^\top S u > 0", r"v^\top S v > 0", r"p_i - \lambda < 1 - \lambda^2", r"S^{-1} \succ 0", r"P - S \succ 0",
    r"\sum_i y_i x_i x_i^\top \succeq 0", r"\lambda^2 \ge \lambda", r"\frac{\|v\|}{y_i} \ge 0", r"p_i(1 - p_i) > \frac14", r"B^\top B \succ 0", r"\|v\|^2 \ge \|w\|^2", r"X \succeq 0", r"\log(p_i) \ge 0",
]  # fmt: skip


@pytest.mark.parametrize("relation", PROVEN)
def test_what_squares_and_signs_prove(relation: str) -> None:
    (read,) = analyse(f"Let $v \\ne 0$. Then ${relation}$.", WORLD).relations[1:]
    assert read.verdict in TRUE


@pytest.mark.parametrize("relation", OPEN)
def test_what_they_do_not(relation: str) -> None:
    (read,) = analyse(f"Let $v \\ne 0$. Then ${relation}$.", WORLD).relations[1:]
    assert read.verdict not in TRUE


def test_a_column_may_be_0_where_nothing_says_that_it_is_not() -> None:
    found = analyse(r"So $v^\top P v > 0$.", WORLD).relations
    assert [r.verdict in TRUE | FALSE for r in found] == [False]


@pytest.mark.parametrize("relation", [r"p(1 - p) \le \frac14", r"p \le 1", r"\lambda y \ge 0"])
def test_an_inequality_of_columns_is_one_of_their_entries(relation: str) -> None:
    assert analyse(f"So ${relation}$.", WORLD).relations[0].verdict not in FALSE
