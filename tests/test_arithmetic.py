"""Short formulas of plain text have the value that they have: formulas drawn at random in many spellings, and a table."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import pytest

from evalkit.reading import results, spoken
from evalkit.reading.arithmetic import UnreadError, value_at

Drawn = tuple[str, Fraction]


def _number(rng: random.Random) -> Drawn:
    n, k = rng.randint(0, 9), rng.randint(1, 9)
    return rng.choice(
        [
            (f"{n}", Fraction(n)), (f"{n}.{k}", Fraction(10 * n + k, 10)), (f".{k}", Fraction(k, 10)), (f"1,{n}00", Fraction(1000 + 100 * n)),
            (f"{n}e{k % 3}", Fraction(n * 10 ** (k % 3))), (f"{k}e-1", Fraction(k, 10)), (f"{k}!", Fraction(math.factorial(k))),
            (f"C({n + 2}, {k})", Fraction(math.comb(n + 2, k))), (f"{n} 1/{k + 1}", n + Fraction(1, k + 1)), (f"√({k * k})", Fraction(k)),
            (f"|-{k}|", Fraction(k)), (f"⌊{n}.5⌋", Fraction(n)), (f"⌈{n}.5⌉", Fraction(n + 1)), (f"√[3]({k**3})", Fraction(k)),
        ]
    )  # fmt: skip


def _bracket(rng: random.Random, depth: int) -> Drawn:
    sign, space = rng.choice("-+ "), rng.choice(["", " "])
    text, value = _sum(rng, depth - 1, sign == "-")
    return f"({space}{sign.strip()}{space if sign.strip() else ''}{text}{space})", value


def _power(rng: random.Random, depth: int) -> Drawn:
    text, value = _bracket(rng, depth) if depth and rng.random() < 0.5 else _number(rng)
    plain = text.isdigit() or text.startswith("(")
    if not plain or rng.random() < 0.7:
        return text, value
    n = rng.randint(0, 3) if value else rng.randint(1, 3)
    written, exponent = rng.choice(
        [(f"{n}", n), (f"({n} + 1)", n + 1), *([(f"-{n}", -n), (f"(-{n})", -n)] if value else [])]
    )
    return f"{text}^{written}", value**exponent


def _product(rng: random.Random, depth: int) -> Drawn:
    text, value = _power(rng, depth)
    while rng.random() < 0.4:
        factor, by = _power(rng, depth)
        if by and rng.random() < 0.4 and factor[0] not in "|⌊⌈C√":
            text, value = f"{text}{rng.choice(['/', ' / ', ' ÷ '])}{factor}", value / by
        else:
            text, value = f"{text}{rng.choice([' · ', '*', ' × '])}{factor}", value * by
    return text, value


def _sum(rng: random.Random, depth: int, negative: bool) -> Drawn:
    text, value = _product(rng, depth)
    value = -value if negative else value
    while rng.random() < 0.5:
        term, more = _product(rng, depth)
        if term[0] in "|⌊⌈C":
            continue
        sign = rng.choice("+-")
        text, value = f"{text} {sign} {term}", value + (more if sign == "+" else -more)
    return text, value


def _drawn(count: int) -> list[Drawn]:
    rng = random.Random(7)
    return [_bracket(rng, 3) for _ in range(count)]


def test_formulas_drawn_at_random_have_their_value() -> None:
    read = 0
    for text, value in _drawn(600):
        try:
            found, end = value_at(text, 0)
        except UnreadError:
            continue  # too large, or an operator that plain text does not have
        if end == len(text):
            read += 1
            assert math.isclose(found, value, rel_tol=1e-9, abs_tol=1e-12), text
    assert read > 550


SAID: list[tuple[str, Fraction | float | None]] = [
    ("-3 + 5", 2), ("(-3 + 5)·2", 4), ("2·(-3 + 5)", 4), ("-(3 - 5)", 2), ("-3 - 5·2 + 1", -12), ("-2^2", -4), ("(-2)^2", 4), ("2^(-1+3)", 4),
    ("2^-1", 0.5), ("( 3 + 2 )·2", 10), ("-1/2 + 3/4", 0.25), ("⌊-3 + 5.5⌋", 2), ("⌈-7/2⌉", -3), ("|-7|", 7), ("1 - 3 + 5", 3), ("6/2/3", 1),
    ("12,345.5", 12345.5), ("12 345", 12345), ("1.234.567", 1234567), ("1.234,56", 1234.56), ("12 345,5", 12345.5), ("1,00,000", 100_000),
    ("3,5", 3.5), ("0.(3)", Fraction(1, 3)), ("2e3", 2000), ("1 1/2", 1.5), ("5!", 120), ("2·3!", 12),
    ("√2", math.sqrt(2)), ("√[3](8)", 2), ("4√(2)", 4 * math.sqrt(2)), ("√(-1)", None), ("2π/3", 2 * math.pi / 3), ("e^2", math.e**2),
    (r"\ln 2", math.log(2)), (r"\log_2 8", 3), (r"\log 8 / \log 2", 3), (r"\log 8", None), (r"\lg 100", 2), (r"-\ln 2 + 1", 1 - math.log(2)),
    ("4^(1/2)", 2), ("(1/4)^(1/2)", 0.5), ("0.125^(1/3)", 0.5), ("(-8)^(1/3)", None), ("0^(1/2)", 0), ("0^(-1/2)", None),
    ("1/0", None), ("0^0", None), ("2^5000", None), ("5-10", None), ("10-5", 5), ("2(3)(4)", 24), ("3 x 4", 12), ("C(6, 2)", 15), ("C(2, 6)", 0),
    ("|-7 + 2|", 5), ("-|4|", -4), ("|3 - 10|", 7), ("5 - |2 - 6|", 1), ("12/|-4|·2", 6), ("2·|3-5|", 4), ("|-3| + 2", 5), ("5 - |x|", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), SAID, ids=[s[0] for s in SAID])
def test_what_is_said(text: str, value: Fraction | float | None) -> None:
    (result,) = results.read(text, inside=True)
    assert result.value == (None if value is None else pytest.approx(value))


BEFORE = ["{}5", "x = {}5", "it is {}5", "a={}5", "({}5)", "it falls to {}5", "this gets {}5", "the value: {}5"]
SIGNS = {
    "": 5,
    "+": 5,
    "+ ": 5,
    "plus ": 5,
    "-": -5,
    "- ": -5,
    "–": -5,
    "– ": -5,
    "—": -5,
    "minus ": -5,
    "negative ": -5,
}


@pytest.mark.parametrize("sign", SIGNS, ids=[repr(s) for s in SIGNS])
def test_a_sign_before_a_number(sign: str) -> None:
    for before in BEFORE:
        (result,) = results.read(before.format(sign))
        assert result.value == SIGNS[sign], before


JOINED: list[tuple[str, Fraction, Fraction | None]] = [
    # (words, their value, that of the first number alone, None: none)
    ("two and{}a half", Fraction(5, 2), Fraction(2)), ("two{}and a half", Fraction(5, 2), Fraction(2)), ("twenty{}one", Fraction(21), Fraction(20)),
    ("three{}hundred", Fraction(300), Fraction(3)), ("two{}thirds", Fraction(2, 3), Fraction(2)), ("three quarters{}million", Fraction(750_000), Fraction(3, 4)),
    ("three point{}one", Fraction(31, 10), Fraction(3)), ("three{}point one", Fraction(31, 10), Fraction(3)), ("two{}dozen", Fraction(24), Fraction(2)),
    ("minus{}seven", Fraction(-7), Fraction(7)), ("a{}dozen", Fraction(12), None),
]  # fmt: skip


@pytest.mark.parametrize(("said", "whole", "first"), JOINED, ids=[row[0] for row in JOINED])
def test_a_number_in_words_ends_where_more_than_a_blank_stands(
    said: str, whole: Fraction, first: Fraction | None
) -> None:
    for gap in (" ", "-"):
        assert [r.value for r in spoken.read(said.format(gap))] == [whole]
    for gap in (", ", ". ", " (", ": ", " — "):
        found = [r.value for r in spoken.read(said.format(gap))]
        assert found[:1] == ([] if first is None else [first]), gap
        assert whole not in found, gap
