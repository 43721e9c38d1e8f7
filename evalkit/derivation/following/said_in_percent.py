r"""`1/12 \approx 0.0833 (8.33\%)`: the same number once more as a percentage, in brackets behind it, is no factor.

Told by the numbers: the one is a hundred times the other, up to the last figure that is written of each. Where another side is their
product, it is a product.
Not covered: other units, words in the brackets (`(about 8%)`), which no formula is read around.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evalkit.derivation.following import scopes
from evalkit.derivation.following.nearly import unit
from evalkit.derivation.following.numbers import number_in
from evalkit.derivation.following.reading import Reading
from evalkit.derivation.grammar.lexer import Token
from evalkit.derivation.grammar.nodes import Num, Unreadable
from evalkit.derivation.grammar.relations import Statement

HUNDRED, SLACK = 100, 1e-9
_BLANK = frozenset({"sp", "qd"})
_BRACKET = ["(", "", "%", ")"]


def without_percentages(reading: Reading, s: Statement) -> Statement:
    """A chain without percentages that repeat the number before them."""
    shorter = [once(reading, side) for side in s.sides]
    if not any(shorter):
        return s
    values = [value_of(reading, side) for side in s.sides]
    kept = []
    for side, short in zip(s.sides, shorter, strict=True):
        product = value_of(reading, side) if short else None
        others = sum(product is not None and v is not None and abs(v - product) <= SLACK for v in values)
        kept.append(short if short and others < 2 else side)
    return replace(s, sides=tuple(kept))


def once(reading: Reading, tokens: Sequence[Token]) -> tuple[Token, ...]:
    """A side without the percentage at its end, where this repeats it; nothing where it does not."""
    places = [at for at, t in enumerate(tokens) if t.kind not in _BLANK]
    last = [tokens[at] for at in places[-4:]]
    if [t.text if t.kind != "num" else "" for t in last] != _BRACKET or len(places) < 5:
        return ()
    body = tuple(tokens[: places[-5] + 1])
    try:
        number = reading.parse(body)
    except Unreadable:
        return ()
    value, percent = value_of(reading, body), float(last[1].text)
    if value is None:
        return ()
    slack = unit(percent) + (HUNDRED * unit(number.value) if isinstance(number, Num) else 0.0) + SLACK
    return body if abs(HUNDRED * value - percent) <= slack else ()


def value_of(reading: Reading, tokens: Sequence[Token]) -> float | None:
    """The number that a side is, if it is one."""
    try:
        node = reading.parse(tokens)
    except Unreadable:
        return None
    return number_in(reading.judge.general, node) if scopes.is_constant(node) else None
