r"""`10 + 2 = 12 m`, `4 + 1 = 5\ m^2`: numbers with a unit in slanted letters behind a blank on one side.

What holds of the numbers is true where the letters are a unit of the SI and stand nowhere in the mathematics of the reply but behind a
number and a blank; nothing is false by it.
Not covered: units on both sides, inside a sum or a product, without a blank (`12m`), and calculations in words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from evalkit.derivation.following.quantities import simple
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.units import in_numbers, is_exponent, trimmed
from evalkit.derivation.grammar.lexer import Token
from evalkit.derivation.grammar.nodes import Unreadable
from evalkit.derivation.verdicts.verdict import TRUE

_BLANK = r"(?:\s|\\[,;:! ]|~)"
_BEHIND_NUMBER = re.compile(rf"\d[)}}]?{_BLANK}+\Z")
LONGEST, WITHIN = 3, 24
"""Letters of a unit, and characters before it that are looked at."""


def slanted_unit(reading: Reading, read: Read) -> Read | None:
    """Holds of the numbers, where slanted letters behind the last one are their unit."""
    places = {side[0].start: side for side in (read.statement.sides if read.statement is not None else ()) if side}
    left, right = places.get(read.start), places.get(read.right_start)
    if left is None or right is None:
        return None
    bodies = [split(side) for side in (left, right)]
    units = [unit for _, unit in bodies if unit]
    if len(units) != 1 or not all(in_numbers(body) for body, _ in bodies) or not is_behind_numbers(reading, units[0]):
        return None
    try:
        one, other = (reading.parse(body) for body, _ in bodies)
    except Unreadable:
        return None
    judgement = reading.judge.equation(one, other)
    if judgement.verdict not in TRUE:
        return None
    return replace(read, left=one, right=other, judgement=replace(judgement, reason=f"in {units[0]}"))


def split(tokens: Sequence[Token]) -> tuple[tuple[Token, ...], str]:
    """The tokens before the letters that end a side of numbers, and these; no letters where they are no unit."""
    body = trimmed(tokens)
    exponent = next((n for n in (2, 4, 5) if is_exponent(body[-n:])), 0)
    end = len(body) - exponent
    first = end
    while (
        first
        and end - first < LONGEST
        and body[first - 1].kind == "id"
        and (first == end or body[first - 1].end == body[first].start)
    ):
        first -= 1
    unit = "".join(t.text for t in body[first:end])
    return (trimmed(body[:first]), unit) if unit and simple(unit) is not None else (body, "")


def is_behind_numbers(reading: Reading, unit: str) -> bool:
    """Whether the letters stand nowhere in mathematics but behind a number and a blank."""
    text = reading.document.text
    found = re.compile(rf"(?<![A-Za-z\\]){re.escape(unit)}(?![A-Za-z])")
    places = [m.start() for s in reading.document.spans for m in found.finditer(text, s.start, s.end)]
    return bool(places) and all(_BEHIND_NUMBER.search(text, max(0, at - WITHIN), at) for at in places)
