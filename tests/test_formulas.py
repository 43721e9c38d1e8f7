"""Formulas of answers and conditions: computed exactly, or a clear error."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.specs.formulas import FormulaError, condition, formula, shown

NUMBERS: dict[str, Any] = {
    "a": Fraction(2),
    "n": Fraction(3),
    "det": Fraction(-4),
    "h": Fraction(1, 2),
    "e_1": Fraction(7),
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a*n^2 - 1", "17"), ("2a", "4"), ("a n det", "-24"), ("a(n+1)", "8"), ("(a+n)(a-n)", "-5"), ("-a^2", "-4"),
        ("n^2a", "18"), ("2^{a n}", "64"), ("2^-n", "1/8"), ("n^a", "9"), ("a^{n+1}/n", "16/3"), (r"\frac{a}{n}", "2/3"),
        ("h/3", "1/6"), ("1.5*a", "3"), ("0.1+0.2", "3/10"), ("det + 1", "-3"), ("e_1", "7"), ("|a-n|", "1"),
        (r"\binom{n}{2}", "3"), ("n!", "6"), ("gcd(4, 6)", "2"), (r"\gcd(a, n)", "1"), ("lcm(a, n)", "6"),
        (r"\operatorname{lcm}(a, n)", "6"), ("mod(7, n)", "1"), ("max(a, n)", "3"), (r"\min(a, n)", "2"),
        ("floor(n/2)", "1"), ("ceil(n/2)", "2"), ("round(a/n, 2)", "67/100"), ("round(-5/2)", "-3"),
        (r"\sqrt{n+1}", "2"), ("sqrt(n)", "1.73205080757"), (r"\sum_{k=1}^{n} k^2", "14"),
        (r"\prod_{k=1}^n (k+a)", "60"), (r"2\pi", "6.28318530718"), ("2 pi", "6.28318530718"), ("e", "2.71828182846"),
        (r"\left(a+n\right)^2", "25"), (r"a \cdot n", "6"), ("log(100)/log(10)", "2"),
        (r"\max{(a, n)}", "3"), (r"\gcd((n, 6))", "3"), (r"\min\{a, n\}", "2"), ("round((a/n, 1))", "7/10"), ("max(a, n, det)", "3"),
        ("lcm(4, 6, 10)", "60"), ("gcd(12)", "12"), ("abs(det)", "4"), ("exp(0)", "1"), ("ln(e)", "1"), ("sin(0)", "0"), ("cos(0)", "1"),
        ("tan(0)", "0"), (r"\sum_{k=1}^{2} k \sum_{k=1}^{2} k", "9"), (r"\sum_{k=2}^{1} k", "0"), (r"\prod_{k=2}^{1} k", "1"),
        (r"\sum_{k=1}^{2} \sum_{j=1}^{k} j k", "7"),
    ],
    ids=lambda value: str(value),
)  # fmt: skip
def test_a_formula_is_computed_exactly(text: str, value: str) -> None:
    assert shown(formula(text, list(NUMBERS)).value(NUMBERS)) == value


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a % 2", "mod(a, b)"), ("a // 2", "is not understood"), ("x + 1", "unknown name 'x'"), ("1/0", "division by 0"),
        ("a^n^a", "two ways"), ("9^{9^{9}}", "too large"), ("200!", "at most 170!"), ("sqrt(-1)", "not real"),
        (r"\sum_{k=1}^{99999999} k", "steps"), ("a = n", "="), ("__import__('os')", "is not understood"),
        ("a +", "cannot be read"), ("gcd(h, 2)", "no whole number"), ("mod(a, 0)", "by 0"), ("9007199254740993", "too long"),
        (r"\begin{pmatrix} a & n \end{pmatrix}", "is not understood"), ("a" * 501, "longer than"), ("(" * 300, ""),
        ("exp(99999)", "math range"), ("log(0)", ""), (r"\sum_{a=1}^{n} a", "the range of a sum"), ("mod(a)", "takes 2 arguments"), ("sin(a, n)", "takes 1 arguments, found 2"), ("round(1, 2, 3)", "takes 1 to 2 arguments, found 3"), ("a_1", "unknown name"),
    ],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_what_is_no_formula_says_why(text: str, told: str) -> None:
    with pytest.raises(FormulaError) as caught:
        formula(text, list(NUMBERS)).value(NUMBERS)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("a < n", True), ("0 < a <= n", True), ("gcd(a, n) = 1", True), ("a != n", True), ("a == 2", True),
        (r"a \le n", True), (r"a \neq 2", False), ("n < a < 9", False), ("sqrt(2)^2 = 2", True), ("sqrt(2)^2 > 2", False),
    ],
    ids=lambda value: str(value),
)  # fmt: skip
def test_a_condition_compares(text: str, holds: bool) -> None:
    assert condition(text, list(NUMBERS)).holds(NUMBERS) == holds


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(1, 50))
def test_formulas_agree_with_fractions(a: int, b: int, c: int) -> None:
    numbers: dict[str, Any] = {"a": Fraction(a), "b": Fraction(b), "c": Fraction(c)}
    found = formula(r"\frac{a b - c^2}{c} + 2(a - b)", list(numbers)).value(numbers)
    assert found == Fraction(a * b - c**2, c) + 2 * (a - b)


@given(st.text(alphabet=r"ab12+-*/^(){}\_,!|<>=% sqrtgcdfloor.", max_size=40))
def test_any_text_is_a_formula_or_a_clear_error(text: str) -> None:
    with suppress(FormulaError):
        formula(text, ["a", "b"]).value({"a": Fraction(2), "b": Fraction(-3)})
