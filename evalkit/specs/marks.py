"""Marks in the texts of a problem file, `<<n>>`, and what stands in their place.

A text that is one mark and stands where a number is needed (`value = "<<det>>"`) becomes that number. Not covered:
other keys of a plugin's own scorer that need a number; there a whole number may stand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from evalkit.specs.formulas import Number, shown
from evalkit.specs.toml import suggestion

_MARK = re.compile(r"<<([^<>\n]{1,80})>>")
_INSIDE = re.compile(r"\s*(?P<sign>\+?)\s*(?P<name>[A-Za-z][A-Za-z0-9_]*)\s*(?::\s*(?P<places>\d))?\s*")
_NUMERIC = frozenset(("value", "tolerance", "low", "high", "at_least", "points"))
"""Keys that take a number, and those of an `expect` table."""


def filled(value: Any, numbers: Mapping[str, Number | str], at: str, faults: list[str]) -> Any:
    """A value of the file, its marks replaced, at any depth."""
    if isinstance(value, str):
        return _in_text(value, numbers, at, faults)
    if isinstance(value, list):
        return [filled(entry, numbers, at, faults) for entry in value]
    if isinstance(value, Mapping):
        return {
            _text_of(key, numbers, at, faults): filled(entry, numbers, f"{at}.{key}" if at else str(key), faults)
            for key, entry in value.items()
        }
    return value


def _text_of(key: str, numbers: Mapping[str, Number | str], at: str, faults: list[str]) -> str:
    return str(_in_text(key, numbers, f"{at}.{key}", faults)) if "<<" in key else key


def _in_text(text: str, numbers: Mapping[str, Number | str], at: str, faults: list[str]) -> str | float | int:
    whole = _MARK.fullmatch(text.strip())
    parts = at.split(".")
    if whole and (parts[-1] in _NUMERIC or "expect" in parts[:-1]):
        inside = _INSIDE.fullmatch(whole[1])
        number = numbers.get(inside["name"]) if inside else None
        if isinstance(number, Fraction) and number.denominator == 1:
            return number.numerator
        if number is not None and not isinstance(number, str):
            return float(number)

    def put(mark: re.Match[str]) -> str:
        inside = _INSIDE.fullmatch(mark[1])
        if inside is None:
            faults.append(f"{at}: {mark[0]}: a mark holds a name; compute under [variants] derive")
            return mark[0]
        if inside["name"] not in numbers:
            faults.append(f"{at}: {mark[0]}: nothing of that name is drawn{suggestion(inside['name'], numbers)}")
            return mark[0]
        written = _written(numbers[inside["name"]], inside, at, faults)
        raised = text[: mark.start()].endswith(("^", "_"))  # LaTeX takes one sign only, so that x^12 is x to the 1, 2
        return f"{{{written}}}" if raised and len(written) > 1 else written

    return _MARK.sub(put, text)


def _written(number: Number | str, mark: re.Match[str], at: str, faults: list[str]) -> str:
    if isinstance(number, str):
        if mark["sign"] or mark["places"]:
            faults.append(f"{at}: <<{mark[0]}>>: {mark['name']} is a text, it has no sign and no decimals")
        return number
    size: Number = -number if mark["sign"] and number < 0 else number
    text = f"{float(size):.{mark['places']}f}" if mark["places"] else _decimal(size) or shown(size)
    return f"{'-' if number < 0 else '+'} {text}" if mark["sign"] else text


def _decimal(number: Number) -> str | None:
    """A fraction that ends within four decimals, as one."""
    if not isinstance(number, Fraction) or number.denominator == 1 or (number * 10_000).denominator != 1:
        return None
    return f"{float(number):.4f}".rstrip("0")
