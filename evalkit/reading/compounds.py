r"""Amounts in several units that touch (`5m36s`, `2h30`, `1h 20m`), and what only looks like an amount: readings
in primes (`5'36"`), dates (`2024-05-17`, `17 May 2024`).

Not covered: primes and dates themselves, which have no value; `5m36` without its second unit.
"""

from __future__ import annotations

import re
from fractions import Fraction

from evalkit.reading.quantities import fold

_H_MIN = re.compile(r"[ ]?h(?:[ ](?=\d\d(?:[.!?)*\s]*\Z|[,;)])))?([0-5]\d)(?![\w:]|[.,]\d)")
"""Behind a whole number: `2h30`, `2 h 30`."""
_SECONDS = {"h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)}
_PART = re.compile(r"[ ]?(\d{1,3}(?:\.\d{1,6})?)[ ]?(h|min|m(?!s)|sec|s|ms)(?![^\W\d_])")
_FIRST = re.compile(r"[ ]?(h|min|m|sec|s)(?=[ ]?\d)")
_PRIMES = re.compile(r"[ ]?(?:['’′][ ]?\d{1,2}(?:\.\d{1,6})?[ ]?(?:''|[\"”″])|°[ ]?\d{1,2}[ ]?['’′])")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
DATE = re.compile(
    r"(?<![\w.,/-])(?:\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])|(?:0?[1-9]|[12]\d|3[01])[/.](?:0?[1-9]|[12]\d|3[01])"
    r"[/.](?:19|20)\d\d|\d{1,2}(?:st|nd|rd|th)?[ ](?:of[ ])?(?i:"
    + _MONTH
    + r")[ ,]{1,2}(?:1\d|20)\d\d)(?![\w/-]|[.,]\d)"
)
"""`2024-05-17`, `17/05/2024`, `17 May 2024`."""
_WRITTEN = re.compile(rf"{DATE.pattern}|(?<![^\W\d])(?i:{_MONTH})[ ]\d{{1,2}}(?:st|nd|rd|th)?,?[ ](?:1\d|20)\d\d(?!\w)")


def form_of_date(text: str) -> str | None:
    """How the first date of a text is written, `9-9-9` or `m 9, 9`; None without one."""
    found = _WRITTEN.search(text)
    return (
        None
        if found is None
        else re.sub(r"(?i:st|nd|rd|th)(?![a-z])", "", re.sub(r"\d+", "9", re.sub(rf"(?i:{_MONTH})", "m", found[0])))
    )


def time_behind(text: str, value: Fraction, end: int) -> tuple[Fraction, str, int] | None:
    """A time whose first number ends there: its value in the unit given (folded), and where it ends; None for none.

    Each unit but the first is smaller than the one before it and does not fill it (`5m72s` is none).
    """
    if value.denominator != 1:
        return None
    if minutes := _H_MIN.match(text, end):
        return value + Fraction(int(minutes[1]), 60), fold("hours"), minutes.end()
    first = _FIRST.match(text, end)
    if first is None:
        return None
    unit, at = _short(first[1]), first.end()
    total, named = value * _SECONDS[unit], ""
    while part := _PART.match(text, at):
        smaller = _short(part[2])
        if _SECONDS[smaller] >= _SECONDS[unit] or Fraction(part[1]) * _SECONDS[smaller] >= _SECONDS[unit]:
            return None
        total, unit, at = total + Fraction(part[1]) * _SECONDS[smaller], smaller, part.end()
        named = "min" if part[2] == "m" else part[2]
    return (total / _SECONDS[unit], fold(named), at) if named else None


def _short(unit: str) -> str:
    return unit if unit == "ms" else unit[0]


def without_value(text: str, end: int) -> int | None:
    """Where a reading in primes ends whose first number ends at `end`; None without one."""
    found = _PRIMES.match(text, end)
    return found.end() if found else None
