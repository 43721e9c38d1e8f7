"""What units the sides of a calculation in plain text have: `10 cm * 3 = 30 cm`, `$4 + $5 = $9`, `12 km / 3 h = 4 km/h`.

A unit is any word behind a number: nothing is known of it but that a sum has one, and that products and quotients
multiply and divide. Not covered: conversions, prefixes, units that only mean a count (`5 million`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Units = dict[str, int]
MONEY = "$€£"
MAX_EXPONENT = 12


@dataclass(frozen=True, slots=True)
class Piece:
    """One sign, number or unit of a calculation. kind: num, unit, op, open, close, fn, rel."""

    kind: str
    text: str
    start: int
    end: int
    units: tuple[tuple[str, int], ...] = ()


class UnlikeError(Exception):
    """A sum of unlike things, or a power or a function of things."""


def units_of(pieces: Sequence[Piece]) -> Units:
    """The units of a side that is well formed; UnlikeError where they do not fit."""
    out, at = _sum(pieces, 0)
    if at < len(pieces):
        raise UnlikeError
    return out


def _sum(pieces: Sequence[Piece], at: int) -> tuple[Units, int]:
    out, at = _product(pieces, at)
    while at < len(pieces) and pieces[at].text in ("+", "-"):
        more, at = _product(pieces, at + 1)
        if more != out:
            raise UnlikeError
    return out, at


def _product(pieces: Sequence[Piece], at: int) -> tuple[Units, int]:
    out, at = _power(pieces, at)
    while at < len(pieces) and (pieces[at].text in ("*", "/") or pieces[at].kind == "open"):
        sign = -1 if pieces[at].text == "/" else 1
        more, at = _power(pieces, at + (pieces[at].kind != "open"))
        out = multiplied(out, more, sign)
    return out, at


def _power(pieces: Sequence[Piece], at: int) -> tuple[Units, int]:
    while at < len(pieces) and pieces[at].text in ("+", "-"):
        at += 1
    out, at = _atom(pieces, at)
    if at < len(pieces) and pieces[at].text == "^":
        place = at + 1
        exponent, at = _exponent(pieces, place)
        if exponent:
            raise UnlikeError
        if out:
            if at != place + 1 or not pieces[place].text.isdecimal() or int(pieces[place].text) > MAX_EXPONENT:
                raise UnlikeError
            out = {name: count * int(pieces[place].text) for name, count in out.items()}
    if at < len(pieces) and pieces[at].kind == "unit":  # behind 10^-6, too
        out, at = multiplied(out, dict(pieces[at].units), 1), at + 1
    return out, at


def _exponent(pieces: Sequence[Piece], at: int) -> tuple[Units, int]:
    """An exponent: a unit behind it is that of the power."""
    while at < len(pieces) and pieces[at].text in ("+", "-"):
        at += 1
    out, at = _atom(pieces, at)
    if at < len(pieces) and pieces[at].text == "^":
        more, at = _exponent(pieces, at + 1)
        out = out or more
    return out, at


def _atom(pieces: Sequence[Piece], at: int) -> tuple[Units, int]:
    if at >= len(pieces):
        raise UnlikeError
    match pieces[at].kind:
        case "num":
            return dict.fromkeys(names_of(pieces[at]), 1), at + 1
        case "open":
            inner, at = _sum(pieces, at + 1)
            return inner, at + 1
        case "fn":
            inner, at = _sum(pieces, at + 2)
            if inner:
                raise UnlikeError
            return inner, at + 1
    raise UnlikeError


def names_of(piece: Piece) -> list[str]:
    """The units of a piece by their names, with the currency of an amount."""
    money = [piece.text[0]] if piece.kind == "num" and piece.text[0] in MONEY else []
    return [*money, *(name for name, _ in piece.units)]


def multiplied(a: Units, b: Units, sign: int) -> Units:
    """The units of a product (1) or a quotient (-1)."""
    out = {name: a.get(name, 0) + sign * b.get(name, 0) for name in {*a, *b}}
    return {name: count for name, count in out.items() if count}
