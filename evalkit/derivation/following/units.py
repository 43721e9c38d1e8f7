r"""`0.5 \times 7 = 3.5 \text{ ms}`: numbers with a unit behind them, compared as the numbers they are.

A unit is upright text behind all of a side that is made of numbers alone. What has it on one side only may have been
converted there: it is false only where both numbers are of one size. Where the unit is a letter of the text besides (`N = 5 \\text{ N}`), what
holds of the numbers is true, and nothing is false by it.
Not covered: units inside a sum or a product, units in slanted letters (`5 kg`), two units on two sides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from evalkit.derivation.following.claims import numbers_of
from evalkit.derivation.following.quantities import quantities
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.alphabet import PROSE
from evalkit.derivation.grammar.lexer import Token
from evalkit.derivation.grammar.nodes import Node, Num, Unreadable
from evalkit.derivation.verdicts.verdict import TRUE, Verdict

_UPRIGHT = re.compile(r"\\(?:text|textrm|mathrm|operatorname|mbox|textsf|textbf)\s*\{")
_UNIT = re.compile(r"[A-Za-zµμΩ]+(?:[ /·-][A-Za-zµμΩ]+){0,2}(?:\^?[23])?\.?")
_NO_NUMBER = frozenset({"id", "word", "text", "env", "bad", "doubt"})
_CONSTANTS = frozenset({"\\pi", "e"})
_BLANK = frozenset({"sp", "qd"})
OHM = "\\Omega"
"""A unit by itself where it ends a side of numbers."""
IN_UNITS, PERHAPS_IN_UNITS = 3, 4
LEAST, MOST = 0.5, 2.0
"""Between these a quotient of two numbers is no conversion of units."""
Sides = tuple[Node | Unreadable, Node | Unreadable]


def without_units(reading: Reading, tokens: tuple[Sequence[Token], Sequence[Token]], sides: Sides) -> tuple[Sides, int]:
    """Both sides without their unit, and on how many of them it stood; as they are where units tell nothing. IN_UNITS: both are
    calculations with units that surely mean these."""
    if (known := quantities(reading, tokens)) is not None:
        return known[0], IN_UNITS if known[1] else PERHAPS_IN_UNITS
    found = [split(reading, side) for side in tokens]
    units = {unit for _, unit in found if unit}
    if len(units) != 1 or not all(body and in_numbers(body) for body, _ in found):
        return sides, 0
    try:
        left, right = (reading.parse(body) if unit else side for side, (body, unit) in zip(sides, found, strict=True))
    except Unreadable:
        return sides, 0
    return (left, right), sum(bool(unit) for _, unit in found)


def unit_and_name(reading: Reading, read: Read) -> Read | None:
    """Holds of the numbers, where upright letters behind them are their unit, and a name elsewhere."""
    sides = read.statement.sides if read.statement is not None else ()
    places = {side[0].start: side for side in sides if side}
    tokens = places.get(read.start), places.get(read.right_start)
    if tokens[0] is None or tokens[1] is None:
        return None
    found = [split(reading, side, known=True) for side in tokens if side is not None]
    units = {unit for _, unit in found if unit}
    if len(units) != 1 or not all(body and in_numbers(body) for body, _ in found):
        return None
    try:
        left, right = (reading.parse(body) for body, _ in found)
    except Unreadable:
        return None
    judgement = reading.judge.equation(left, right)
    told = replace(judgement, reason=f"in {units.pop()}")
    return replace(read, left=left, right=right, judgement=told) if judgement.verdict in TRUE else None


def split(reading: Reading, tokens: Sequence[Token], *, known: bool = False) -> tuple[tuple[Token, ...], str]:
    """The tokens before the unit of a side, and the unit; no unit where none ends it. known: it may be a name, too."""
    body = trimmed(ungrouped(tokens))
    exponent = next((n for n in (2, 4, 5) if is_exponent(body[-n:])), 0)
    last = body[-exponent - 1] if len(body) > exponent else None
    if last is None or last.kind not in ("id", "word", "text", "fn"):
        return body, ""
    if not known and last.text != OHM and reading.judge.scope.find(last.text) is not None:
        return body, ""
    word = last.text.strip(" ~,")
    upright = last.kind in ("word", "text") or word == OHM or _UPRIGHT.match(reading.document.text, last.start)
    if not upright or not (word == OHM or _UNIT.fullmatch(word)) or word.lower().split()[0] in PROSE:
        return body, ""
    power = "".join(t.text for t in body[len(body) - exponent :])
    return trimmed(body[: -exponent - 1]), word + power


def is_exponent(tokens: Sequence[Token]) -> bool:
    """`^2`, `^{-1}`."""
    inner = [t for t in tokens[1:] if t.text not in ("{", "}", "-")]
    return len(tokens) > 1 and tokens[0].text == "^" and len(inner) == 1 and inner[0].kind == "num"


def trimmed(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens without the blanks at the end."""
    end = len(tokens)
    while end and tokens[end - 1].kind in _BLANK:
        end -= 1
    return tuple(tokens[:end])


def ungrouped(tokens: Sequence[Token]) -> Sequence[Token]:
    """What stands in the braces around a whole side, boxed or in bold print."""
    inner = tokens[1:] if tokens and tokens[0].text == "boxed" else tokens
    if len(inner) < 3 or inner[0].text != "{" or inner[-1].text != "}":
        return tokens
    depth = 0
    for at, token in enumerate(inner):
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0 and at < len(inner) - 1:
            return tokens
    return inner[1:-1]


def in_numbers(tokens: Sequence[Token]) -> bool:
    """Whether there is nothing in it but numbers, signs and functions."""
    plain = any(t.kind == "num" for t in tokens)
    return plain and all(t.kind not in _NO_NUMBER or (t.kind == "id" and t.text in _CONSTANTS) for t in tokens)


def perhaps_converted(reading: Reading, read: Read, units: int) -> Read:
    """The relation, undecided where the side with the unit may be in another one; a unit behind what was worked out is its, where it
    stands there alone."""
    if read.judgement.verdict is not Verdict.FAILS or read.left is None or read.right is None:
        return read
    values = [numbers_of(reading.judge.general, side) for side in read.sides]
    sizes = [float(v.item()) if v is not None and v.size == 1 else 0.0 for v in values]
    if units == 1 and not isinstance(read.left, Num) and all(sizes) and LEAST < sizes[0] / sizes[1] < MOST:
        return read
    judgement = replace(read.judgement, verdict=Verdict.DISPUTED, reason="one side is in a unit", counterexample=None)
    return replace(read, judgement=judgement, then=None)
