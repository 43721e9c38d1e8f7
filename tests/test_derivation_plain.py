"""Calculations in plain text: money, units, digit groups, `x` for times, chains over lines; and what must be left alone."""

from __future__ import annotations

import time

import pytest

from evalkit.derivation import analyse
from evalkit.derivation.text.arithmetic import calculations
from evalkit.derivation.text.document import MOST_PLAIN, read
from tests.derivation_help import setting, setting_of, verdicts

ROWS = [
    ("money", "So $12.50 + $7.25 = $19.75, as planned.", "t"),
    ("money, wrong", "So $12.50 + $7.25 = $18.75, as planned.", "q"),
    ("money and formulas", "So $3 + 4 = 7$, and $2 + 2 = 4$.", "tt"),
    ("a price in a formula's paragraph", "It is 3 x $1,250 = $3,750 and $2 + 2 = 5$.", "tf"),
    ("x between numbers", "This gives 14 x 21 = 294 tiles in all.", "t"),
    ("digit groups", "(2,000 sheets) x (3 grams per sheet) = 6,000 grams.", "t"),
    ("digit groups, wrong", "(2,000 sheets) x (3 grams per sheet) = 6,500 grams.", "q"),
    ("a rate", "So 90 km / 3 hours = 30 km per hour.", "t"),
    ("a rate, wrong", "So 90 km / 3 hours = 35 km per hour.", "q"),
    ("powers of ten", "(4 x 10^-12) * (2 x 10^3) = 8 x 10^-9", "t"),
    ("powers of ten, wrong", "(4 x 10^-12) * (2 x 10^3) = 8 x 10^-8", "q"),
    ("a unit on one side", "So 4 * 15 = 1 hour.", "q"),
    ("a unit before a word", "So 3 kg + 4 kg = 7 kg flour which is sold.", "t"),
    ("a unit before a word, wrong", "So 3 kg + 4 kg = 8 kg flour which is sold.", "q"),
    ("a unit of two words before others", "So 2 red balls + 3 red balls = 5 red balls left in it.", "t"),
    ("one that is new before a word", "So 3 + 4 = 7 kg flour which is sold.", "t"),
    ("another one before a word", "So 3 kg + 4 kg = 7 bags flour which is sold.", ""),
    ("things are whole", "So 50 people / 7 = 7 people.", "q"),
    ("a per cent sign", "This is 0.25 * 100 = 25%.", "t"),
    ("the same per cent sign", "20% + 30% = 60%", "q"),
    ("a per cent sign for a hundredth", "20% * 50% = 10%", "t"),
    ("a product of per cents that is none", "20% * 50% = 1000", ""),
    ("a lively end", "So 2 * 3 = 7!", "f"),
    ("a factorial", "4! = 24 and 3! = 5", "tf"),
    ("degrees", "cos(60 degrees) = 0.5", "t"),
    ("commands without delimiters", "So \\sqrt{16} * 2 = 8, and 3 \\times 4 = 13.", "tq"),
    ("commands about letters", "So \\frac{\\partial q}{\\partial r} = 3 and 7.", ""),
    ("an escaped star", "Area = (5 - 2) \\* 4\n\n= 3 \\* 4\n\n= 12\n\n= 13", "ttq"),
    ("an expression that goes on", "(3 + 4) * 2\n= 7 * 2\n= 15", "tq"),
    ("a name again", "Net price = 50 - 4 * 2\nNet price = 50 - 8\nNet price = 42\nNet price = 40", "ttq"),
    ("two exponents", "2^10 = 1024 and 2^11 = 1024", "tq"),
    ("an exponent in LaTeX without braces", "So $2^10 = 1024$.", "q"),
    ("the number of a step", "Step 4) 3 + 4 = 8", "q"),
    ("beside writing without spaces", "一共有：30+15=45，所以每天是45/9=5。", "tt"),
    ("beside writing without spaces, wrong", "一共有：30+15=46，", "q"),
    ("half of a number beside it", "共3万30+15=45元", ""),
    ("another arithmetic", "Hours on a dial: 8 + 6 = 2 (mod 12)", "q"),
    ("an estimate", "Roughly, 39 x 21 = 800.", "q"),
    ("quoted", "My friend has 6 x 7 = 43.", "q"),
    ("the value of a key", 'Explanation: "3 + 4 = 7, so 2 x 7 = 14"\n\n- solution: "3 + 4 = 8"', "ttf"),
    ("of a key that may be wrong", 'option: "3 + 4 = 8"', "q"),
    ("a quotation behind a key", 'Explanation: he wrote "3 + 4 = 8"', "q"),
    ("two of them", 'Solution: "3 + 4 = 8" and "3 + 4 = 9"', "qq"),
    ("half of a number", "Half of 12 = 7.", ""),
    ("read before", "So 3 + 4 = 8.", "f"),
    ("a letter that gets its value", "T = 3 x 4 = 12, then T = 15.", "td"),
    ("a line between", "Sum: 3 + 4\n= 7\nNow the other one:\n= 9", ""),
    ("another expression between", "(3 + 4) * 2\n= 14\n(1 + 2) * 2\n= 6", "tt"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_calculations_are_judged(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting())).replace("a", "t") == expected


@pytest.mark.parametrize(
    "line",
    [
        "x + 2 * 3 = 7", "2 * 3 = 5 - x", "v2.5 * 2 = 5", "x_3 * 2 = 6", "f(2)3 * 2 = 6", "5 m = 500 cm", "2 m + 3 cm = 5",
        "1,5 + 2 = 3,5", "6 million / 3 = 2 million", "10% of 50 + 3 = 8", "2 n * 3 = 6", "3 = 3", "2 * 3 =", "(2 * 3", "3 a b = 4 c",
        "so half of 20 plus 3 + 4 = 7", "3 m * 2 m = 6 m", "5 * 60 s = 5 min",
        "$4 x $2 = $8", "£4 x 2 = $8", "$4 + 50 = $54 cents", "3 hours x $20 = 60 hours", "0x12 * 2 = 36", "0,125 * 8 = 1", "4 x 3 = 12 m",
        "9^9^9 = 9 x 1", "2^99999 x 1 = 4", "999! x 1 = 2",
    ],
)  # fmt: skip
def test_what_is_no_calculation_or_only_a_part_of_one(line: str) -> None:
    assert not list(calculations(line))


def test_a_unit_that_the_problem_knows_as_a_symbol_is_not_read() -> None:
    text = "So 10 m x 3 = 30 m."
    assert verdicts(analyse(text, setting_of({"symbols": {}}))) == "a"
    assert verdicts(analyse(text, setting_of({"symbols": {"m": "scalar"}}))) == ""


def test_so_many_are_read_and_no_more() -> None:
    assert len(analyse("4 x 3 = 12\n" * 500, setting()).relations) == MOST_PLAIN


def test_places_are_those_of_the_reply() -> None:
    text = "> Fees: $1,200 + $300 = $1,500, paid in cash."
    relation = analyse(text, setting()).relations[0]
    assert text[relation.start : relation.end] == "$1,200 + $300 = $1,500"


def test_delimiters_beside_prices() -> None:
    found = read("Each costs $4 + $3 = $7, and $a = 2$ of them cost $b = 14$.")
    assert [found.text[s.start : s.end] for s in found.spans] == ["$4 + $3 = $7", "a = 2", "b = 14"]


PIECES = [
    "3 x ", "$3 + ", "(3 ", "3 m ", "= 3\n", "3 + 4\n= 3\n", "3 apples per ", "Net price = 3 + 4\n", "3 = (", "3 * 4 = 12, ", "((((",
    "\\sqrt{", "sqrt(", "3^", "$3 + $4 = $7 ", "`3 x 4 = 12`\n", "3 a b c ", "1,234", "Net ", "f(a, bc=1, ", "a\n\n    b\n\n", ">>> x = 1\n", "a1 = b_mean = ",
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES, ids=repr)
def test_a_reply_four_times_as_long_is_found_in_no_more_than_eight_times_the_time(piece: str) -> None:
    took = []
    for size in (10_000, 40_000):
        before = time.process_time()
        read(piece * (size // len(piece)))
        took.append(time.process_time() - before)
    assert took[1] < 8 * max(took[0], 0.1)


ARITHMETICS = [
    ("a field of two", "Over GF(2), $1 + 1 + 1 + 1 = 0$.", "q"),
    ("a letter with the size", "In $\\mathbb{Z}_{10}$ we see that 6 + 7 = 3.", "q"),
    ("a quotient", "In $\\mathbb Z/9\\mathbb Z$: $5 + 6 = 2$", "q"),
    ("true in every ring", "Over GF(7), $2 + 3 = 5$, but $1/2 = 4$.", "tq"),
    ("letters", "In characteristic 3, $(2x + 1)^3 = 8x + 4$.", "q"),
    ("a base", "In base 6, $5 + 4 = 13$.", "q"),
    ("true in another base", "Working in octal, $9 + 2 = 11$.", "q"),
    ("of a rectangle", "With base 6 and height 4, $6 * 4 = 25$.", "f"),
    ("a case", "In the base case, $1 + 1 = 3$.", "f"),
    ("a noun behind it", "In a binary tree, $3 + 4 = 8$.", "f"),
    ("a division", "Using integer division we get $17 / 5 = 3$.", "q"),
    ("another division", "In long division, $17 / 5 = 3$.", "f"),
    ("in brackets behind it", "$17 / 5 = 3$ (integer division)", "q"),
    ("behind it", "Here $6 + 7 = 15$ in octal, as above.", "q"),
    ("of the sentence before", "We work modulo 9. Then $5 + 6 = 2$. And $4 + 6 = 1$.", "qq"),
    ("a remainder in passing", "The remainder of 40 modulo 9 is 4. Then $5 + 6 = 2$.", "f"),
    ("the next paragraph", "In base 6, $5 + 4 = 13$.\n\nAnd $5 + 4 = 13$.", "qf"),
    ("back again", "In base 6, $5 + 4 = 13$. In base 10, $5 + 4 = 8$.", "qf"),
    ("a modulus with a capital", "Modulo 9: $5 + 6 = 2$, and $5 + 6 = 3$", "tf"),
    ("a language", "In Ruby, $17 / 5 = 3$, and $17 - 5 = 13$.", "qf"),
    ("a letter", "In C, 17 / 5 = 3.", "q"),
    ("a number", "In step 2, 3 + 4 = 8.", "f"),
    ("the reals", "Over $\\mathbb{R}$, $17 / 5 = 3$.", "f"),
    ("all together", "In total, $3 + 4 = 8$.", "f"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in ARITHMETICS], ids=[row[0] for row in ARITHMETICS])
def test_a_calculation_of_another_arithmetic_is_disputed(text: str, expected: str) -> None:
    letters = verdicts(analyse(text, setting_of({"symbols": {"x": "scalar"}})))
    assert letters.replace("a", "t").replace("i", "t") == expected
