"""A single wrong place in what is true: told from a misreading, from a condition and from a choice; each kind with its twins."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

SOLVED: dict[str, Any] = {
    "symbols": dict.fromkeys(("p", "r"), "scalar"),
    "worlds": [{"name": "found", "premise": "both lines meet", "given": True, "set": ["p = 6", "r = -3"]}],
}
OPEN: dict[str, Any] = {"symbols": dict.fromkeys(("p", "r"), "scalar")}
FIT: dict[str, Any] = {
    "symbols": {"z": "n, data", "c": "scalar", "h": "positive"},
    "definitions": ["V(c, h) = \\frac{1}{h}\\sum_{i=1}^n (z_i - c)^2 + n \\log h"],
    "worlds": [{"name": "least", "premise": "V is least", "set": ["c = \\frac{1}{n}\\sum_{i=1}^n z_i", "h = \\frac{1}{n}\\sum_{i=1}^n (z_i - c)^2"]}],
}  # fmt: skip
PLACES: dict[str, Any] = {
    "symbols": {"a": "n", "b": "n", "t": "scalar"},
    "definitions": ["F_{ij} = a_i b_j \\delta_{ij}"],
}
VALUES = [
    # (id, world, text, verdicts of the last relations)
    ("the value of the line above", SOLVED, "\\[\n-4r = 12\n\\]\n\\[\nr = -3\n\\]", "hh"),
    ("its negative", SOLVED, "\\[\n-4r = 12\n\\]\n\\[\nr = 3\n\\]", "hf"),
    ("one that is beside it", SOLVED, "\\[\n2p = 12\n\\]\n\\[\np = 7\n\\]", "hf"),
    ("its double", SOLVED, "\\[\n2p = 12\n\\]\n\\[\np = 12\n\\]", "hf"),
    ("in two lines of one display", SOLVED, "$$\n2p + 1 = 13 \\\\\np = 5\n$$", "hf"),
    ("one that is far from it", SOLVED, "\\[\n2p = 12\n\\]\n\\[\np = 31\n\\]", "hs"),
    ("no whole number", SOLVED, "\\[\n2p = 12\n\\]\n\\[\np = 6.5\n\\]", "hs"),
    ("behind other words", SOLVED, "\\[\n2p = 12\n\\]\nNext we look at the line\n\\[\np = 7\n\\]", "hs"),
    ("supposed", SOLVED, "\\[\n2p = 12\n\\]\nSuppose now\n\\[\np = 7\n\\]", "hs"),
    ("denied behind it", SOLVED, "\\[\n2p = 12\n\\]\n\\[\np = 7\n\\]\nThat is wrong.", "hs"),
    ("of two roots", SOLVED, "\\[\np^2 = 36\n\\]\n\\[\np = -6\n\\]", "hs"),
    ("an equation that nothing shows to be true", OPEN, "\\[\n2p = 12\n\\]\n\\[\np = 7\n\\]", "qs"),
    ("an equation in two letters", SOLVED, "\\[\np + r = 3\n\\]\n\\[\np = 7\n\\]", "hs"),
    ("in the next sentence", SOLVED, "Here $2p = 12$. $p = 7$", "hs"),
]  # fmt: skip
ARROWS = [
    ("a condition of the least value", FIT, "$$\\sum_{i=1}^n (z_i - c)^2 = nh \\implies h = \\frac{1}{n}\\sum_{i=1}^n (z_i - c)^2$$", "nh"),
    ("a sign in it", FIT, "$$\\sum_{i=1}^n (z_i + c)^2 = nh \\implies n = n$$", "fa"),
    ("an exponent in it", FIT, "$$\\sum_{i=1}^n (z_i - c)^2 = nh^2 \\implies n = n$$", "fa"),
    ("another number", FIT, "$$\\sum_{i=1}^n (z_i - c)^2 = 2nh \\implies n = n$$", "qa"),
    ("a value", FIT, "$$h = 4 \\implies n = n$$", "sa"),
    ("something else is supposed", FIT, "$$c + h^2 = 3h \\implies n = n$$", "qa"),
    ("where nothing says what is sought", OPEN, "$$p + r^2 = 3r \\implies p - p = 0$$", "qa"),
]  # fmt: skip
INDICES = [
    ("where its indices differ", PLACES, "Let $i \\neq j$ be given. Then $\\frac{\\partial (a_i a_j)}{\\partial a_i} = a_j$.", "kq"),
    ("two slips", PLACES, "Let $i \\neq j$ be given. Then $\\frac{\\partial (t a_i)}{\\partial a_j} = 2t^2\\delta_{ij}$.", "kq"),
]  # fmt: skip
TWO = [
    ("two expressions that differ by the same", "First $k = 2$, then $k = 3$. So $\\frac{2p + 1}{p} = 3 + \\frac{1}{p}$.", "f"),
    ("two numbers", "First $k = 2$, then $k = 3$. So $(p + 2) - p = 3$.", "f"),
]  # fmt: skip
ROWS = [*VALUES, *ARROWS, *INDICES, *((a, OPEN, b, c) for a, b, c in TWO)]


@pytest.mark.parametrize(("world", "text", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_one_wrong_place(world: dict[str, Any], text: str, expected: str) -> None:
    found = analyse(text, setting_of(world))
    assert verdicts(found)[-len(expected) :] == expected, [(r.source, r.verdict, r.rule) for r in found.relations]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2468 × 13 = 32084", "i"),
        ("2468 × 13 = 32184", "f"),
        ("2468 × 13 = 32,048", "f"),
        ("11,657 + 23,402 = 35,159", "f"),
        ("2468 × 13 = 32100", "q"),
        ("2468 × 13 = 42084", "q"),
        ("2468 × 13 = 3208", "q"),
        ("2468 × 13.5 = 33319", "q"),
        ("24 × 13 = 313", "q"),
        ("$10^15 + 1 = 16$", "q"),
    ],
    ids=["right", "one figure", "two figures", "a sum", "rounded", "far", "shorter", "a fraction", "small", "a power"],
)
def test_large_whole_numbers_in_plain_text(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(OPEN))).replace("a", "i") == expected
