"""What an error looks like, and what else fails: each kind with a twin that stays false, or true."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from evalkit.derivation.following.doubts import NAMES
from tests.derivation_help import setting_of, verdicts

NUMBERS = " ".join(f"We get ${i} + 1 = {i + 1}$." for i in range(1, 7))
KNOWN = "So $s = x + y$, $2s = 2x + 2y$ and $f(x) = x^2 + c$."
WORLD: dict[str, Any] = {
    "symbols": {
        "x": "scalar",
        "y": "scalar",
        "c": "scalar",
        "p": "scalar, positive",
        "q": "scalar, probability",
        "u": "n",
        "A": "n x n",
    },
    "definitions": ["s = x + y", "f(t) = t^2 + c"],
}
ROWS = [
    # (id, rule, text, verdicts of the last relations)
    ("a name that stands only here", "only_here", f"{NUMBERS} {KNOWN} Therefore $s + p = x^3 - 4$.", "q"),
    ("names of which others are true", "", f"{NUMBERS} {KNOWN} Therefore $s + x = x^3 - 4y$.", "f"),
    ("a slip about one that stands only here", "", f"{NUMBERS} {KNOWN} Therefore $p(s + 1) = p(x - y + 1)$.", "f"),
    ("a form that no meaning makes true", "", f"{NUMBERS} {KNOWN} Therefore $(p + s)^2 = p^2 + 2ps + 2s^2$.", "f"),
    ("only here in a short reply", "", "Therefore $s + p = x^3 - 4$.", "f"),
    ("another function of the name", "another_body", f"{NUMBERS} {KNOWN} Therefore $f(x) = \\cos x - 3x^5$.", "q"),
    ("a slope of one of two functions", "another_body", f"{NUMBERS} {KNOWN} Let $r(x) = x^2$. So $r(3) = 9$.\n\nFind the slope of $r(x) = x^3$. So $r'(x) = 3x^2$ and $r(2) = 8$.\n\nTherefore $r'(x) = 2e^x - 7$.", "q"),
    ("another logarithm", "another_body", f"{NUMBERS} {KNOWN} $\\log r(x) = 3\\log x$. So $r(2) = 8$ and $r'(x) = 3x^2$.\n\nTherefore $\\log r(x) = 5\\log(1 + x) + 2$.", "q"),
    ("a slip in its logarithm", "", f"{NUMBERS} {KNOWN} $\\log r(x) = 3\\log x$. So $r(2) = 8$.\n\nTherefore $\\log r(x) = 4\\log x$.", "f"),
    ("a slip in its slope", "", f"{NUMBERS} {KNOWN} Let $r(x) = x^2$. So $r(3) = 9$.\n\nFind the slope of $r(x) = x^3$. So $r'(x) = 3x^2$ and $r(2) = 8$.\n\nTherefore $r'(x) = 4x^2$.", "f"),
    ("a slip in its body", "", f"{NUMBERS} {KNOWN} Therefore $f(x) = x^2 - c$.", "f"),
    ("a value of the reply's own", "own_value", f"{NUMBERS} Let $r = 5$. So $s + r = x + y + 5$. Therefore $r^2 + 7r = 93.5$.", "q"),
    ("a slip in it", "", f"{NUMBERS} Let $r = 5$. So $s + r = x + y + 5$. Therefore $r^2 + 7r = -10$.", "f"),
    ("a matrix of the reply's own", "", f"{NUMBERS} Let $B = \\begin{{pmatrix}} 1 & 2 \\\\ 0 & 3 \\end{{pmatrix}}$. So $f(\\det B) = 9 + c$. Therefore $\\det B = 8.5$.", "f"),
    ("a value in numbers alone", "", f"{NUMBERS} Therefore $5^2 + 7 \\cdot 5 = 93.5$.", "f"),
    # questions
    ("asked", "asked", "So $3 + 4 = 8$? No.", "q"),
    ("asked with a few words", "asked", "Is $3 + 4 = 8$ right?", "q"),
    ("a chain that ends a question", "asked", "So $3 + 4 = 8 = 2 \\cdot 4$? No.", "qa"),
    ("a question behind another sentence", "", "So $3 + 4 = 8$. Why?", "f"),
    ("a question behind a display", "", "$$3 + 4 = 8$$ Why is that?", "f"),
    ("a question in brackets", "", "So $3 + 4 = 8$ (why?).", "f"),
    ("a question behind a comma", "", "So $3 + 4 = 8$, but why?", "f"),
    # two values of one name
    ("said again, with another value", "refuted", "Let $r = 5$. So $r = 2 \\cdot 4$. But $r = 5$.", "q"),
    ("said again", "", "Let $r = 5$. But $r = 5$.", "a"),
    ("said again, with a rounded value", "", "Let $r = 5.0001$. So $r = 5$. But $r = 5.0001$.", "a"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "text", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_what_looks_like_an_error_is_false(rule: str, text: str, expected: str) -> None:
    found = analyse(text, setting_of(WORLD))
    assert verdicts(found)[-len(expected) :] == expected
    asked = {r.rule for r in found.relations if r.rule in NAMES | {"asked", "refuted"}}
    assert asked == ({rule} if rule else set())


INEQUALITIES = [
    ("some values fulfil it", "So $12|2c - 1| < 4\\sqrt 3$.", "k"),
    ("some columns fulfil it", "So $u^\\top u < 0.01$.", "k"),
    ("no number fulfils it", "So $x^2 + y^2 \\le -1$.", "f"),
    ("no column fulfils it", "So $u^\\top u < 0$.", "f"),
    ("no matrix fulfils it", "So $\\|u + Au\\| > \\|u\\| + \\|Au\\|$.", "f"),
    ("no positive number fulfils it", "So $p \\cdot p < -p$.", "f"),
    ("no probability fulfils it", "So $2q > 5$.", "f"),
    ("numbers", "So $3 \\cdot 4 < 5$.", "f"),
    ("equal at 1 among positive numbers", "So $p + 1/p > 2$, $p - 1 > \\ln p$, $p + 1/p \\ge 2$, $p - 1 \\ge \\ln p$.", "kkaa"),
    ("equal at 2, at 0 and at -1", "So $p + 4/p > 4$, $c^2 > 0$, $(c + 1)^2 > 0$, $p + 4/p \\ge 4$, $c^2 \\ge 0$, $p^2 > 0$.", "kkkaaa"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in INEQUALITIES], ids=[row[0] for row in INEQUALITIES])
def test_an_inequality_is_false_that_no_values_fulfil_and_true_that_all_do(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(WORLD))) == expected


LARGE = [
    ("a quotient", r"\frac{10^9 - 1}{10^9} = 5", r"\frac{2 \cdot 10^9 - 10^9}{10^9} = 1"),
    ("a logarithm", r"\log_{10}(10^{12} + 10^{11}) = 13", r"\log_2(2^{30} + 2^{30}) = 31"),
    ("a difference of logarithms", r"\ln(10^9 + 1) - \ln(10^9) = 7", r"\ln(10^9 + 10^9) - \ln(10^9) = \ln 2"),
    ("a root", r"\sqrt{10^{10} + 1} = 100001", r"\sqrt{10^{10} + 2 \cdot 10^5 + 1} = 100001"),
    ("an angle", r"\arctan(10^9 + 1) = 1", r"\arctan(10^9 - 10^9 + 1) = \frac{\pi}{4}"),
    ("a power", r"\left(\frac{10^8 + 1}{10^8}\right)^2 = 2", r"\left(\frac{10^8 + 10^8}{10^8}\right)^2 = 4"),
    ("a reciprocal", r"\frac{1}{10^8 + 3} + 1 = 2", r"\frac{10^8}{10^8 + 10^8} + 1 = \frac32"),
    ("a sum of quotients", r"\sum_{k=1}^{5} \frac{10^9 + k}{10^9} = 7", r"\sum_{k=1}^{5} \frac{10^9 k + k}{10^9 + 1} = 15"),
    ("a letter beside it", r"\frac{10^9 + x}{10^9} = 2", r"\frac{10^9 + x}{10^9} = 1 + \frac{x}{10^9}"),
    ("a length", r"\frac{|10^9 - 1|}{10^9} = 3", r"\frac{|10^9 - 2 \cdot 10^9|}{10^9} = 1"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "right"), [row[1:] for row in LARGE], ids=[row[0] for row in LARGE])
def test_what_is_large_inside_excuses_nothing_outside(wrong: str, right: str) -> None:
    setting = setting_of(WORLD)
    assert verdicts(analyse(f"So ${wrong}$.", setting)) == "f"
    assert verdicts(analyse(f"So ${right}$.", setting)) in ("a", "i")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("$e^{i\\pi/2} = e^{i\\pi/2} + 0 = i$", "ii"), ("$e^{r\\pi/2} = e^{r\\pi/2} + 0 = 2e^{r\\pi/2}$", "af")],
    ids=["may be the imaginary unit", "any number"],
)
def test_a_letter_that_may_be_the_imaginary_unit_is_not_any_number(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of({}))) == expected
