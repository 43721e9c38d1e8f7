r"""Digits that are meant in another way: `100(10) = 64(16)`, `10011 + 10101 = 101000`, `12359 + 1 = 12400` of times.

What is false as it was read, and holds exactly when its digits are those of the base in brackets behind them, of base 2, or hours and
minutes, is in dispute. Base 2 is tried where there are no digits but 0 and 1 and the text speaks of it, or a number is long and no
power of ten; times are where the text speaks of them.
Not covered: letters as digits, bases in words (arithmetics.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.ways import Way, each, nodes_of, source
from evalkit.derivation.grammar.nodes import Bin, Node, Num, Un

_IN_BASE = re.compile(r"\s*[({]*(\d{1,40})[)}]*\s*_?\s*[({]+\s*(\d{1,2})\s*[)}]+\s*")
_TIMES = re.compile(r"\b(?:time|time ?stamps?|clocks?|minutes?|hours?|o'clock)\b|\b[ap]\.?m\b|hh:?mm", re.I)
_BINARY = re.compile(r"\bbinary\b|\bbase[ -](?:2|two)\b|\bbits?\b", re.I)
LONG, LARGEST_BASE = 5, 36
"""So many digits has a number of base 2 that no word calls so."""
MINUTES = 60
BESIDE = 200


def bases_in_brackets(reading: Reading, read: Read) -> Iterator[Way]:
    """`100(10) = 64(16)`: the bracket behind a number is its base."""
    sides = [_IN_BASE.fullmatch(part) for part in source(reading, read).split("=")]
    values = [value_of(m[1], int(m[2])) for m in sides if m is not None]
    if len(values) == len(sides) == 2 and values[0] is not None and values[1] is not None:
        yield (Num(values[0]), Num(values[1])), False, "the bracket behind a number may be its base"


def value_of(digits: str, base: int) -> int | None:
    known = 2 <= base <= LARGEST_BASE and all(int(d, 36) < base for d in digits)
    return int(digits, base) if known else None


def of_base_two(reading: Reading, read: Read) -> Iterator[Way]:
    """`10011 + 10101 = 101000`: no other digits than 0 and 1."""
    numbers, text = whole_digits(read), reading.document.text
    if not numbers or not all(set(d) <= {"0", "1"} for d in numbers):
        return
    if any(len(d) >= LONG and d.count("1") > 1 for d in numbers) or _BINARY.search(
        text, max(0, read.start - BESIDE), read.end + BESIDE
    ):
        yield changed(read, lambda d: int(d, 2)), False, "the digits may be those of base 2"


def of_the_clock(reading: Reading, read: Read) -> Iterator[Way]:
    """`12359 + 1 = 12400`: hours and minutes side by side, where the text speaks of them."""
    text = reading.document.text
    numbers = whole_digits(read)
    if (
        numbers
        and all(int(d[-2:]) < MINUTES for d in numbers)
        and _TIMES.search(text, max(0, read.start - BESIDE), read.end + BESIDE)
    ):
        yield (
            changed(read, lambda d: MINUTES * int(d[:-2] or "0") + int(d[-2:])),
            False,
            "the digits may be hours and minutes",
        )


def whole_digits(read: Read) -> list[str]:
    """The digits of the numbers of a relation; none where something else than sums and products of whole numbers stands in it."""
    nodes = nodes_of(read)
    plain = all(
        (isinstance(n, Num) and n.value == round(n.value) and abs(n.value) < 2**53)
        or (isinstance(n, Bin) and n.op in ("+", "-", "*", "dot"))
        or (isinstance(n, Un) and n.op == "-")
        for n in nodes
    )
    return [f"{n.value:.0f}" for n in nodes if isinstance(n, Num)] if plain else []


def changed(read: Read, meant: Callable[[str], int]) -> tuple[Node, Node]:
    """Both sides with other values for their digits."""
    return each(read, lambda n: Num(meant(f"{n.value:.0f}")) if isinstance(n, Num) else n)
