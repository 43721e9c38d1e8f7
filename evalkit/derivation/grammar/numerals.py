r"""How numbers are written: `1.5`, `.5`, `12\,345`, `1{,}000`, `1.5e-3`; and what could be meant in two ways.

Not read: numbers with a comma that could be a decimal sign or a list (`1,5`), an exponent that could be Euler's number
less something (`2e-3`), a whole number with a fraction glued to it (`2\tfrac12`: two and a half, or the product).
"""

from __future__ import annotations

import re

NUMBER = (
    r"(?P<grouped>\d{1,3}(?:(?:\\,|\{\\?,\}|~|,\\!)\d{3})+(?:\.\d+)?(?![\d]))"
    r"|(?P<scientific>(?:\d+(?:\.\d+)?|\.\d+)[eE][+-]?\d+(?![\d.A-Za-z^_]))"
    r"|(?P<comma>\d+(?:,\d+)+(?:\.\d+)?(?!\d))"
    r"|(?P<plain>\d+(?:\.\d+)?|\.\d+)"
)
"""The forms in the order in which they are tried. A comma without blanks is looked at again in `value`."""

_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
_NO_LIST = re.compile(r",0\d\d(?!\d)")
"""A group that nobody writes as a number of its own."""
_WITHIN = 80
"""Characters of a bracket on either side of a number in it."""
_BEFORE = re.compile(r"(?:[\d)+\-−*/×·{]|\\(?:times|cdot))\s*(?:\\left)?\($")
_AFTER = re.compile(r"(?:\\right)?\)\s*(?:[-+−*/^×·\d(}]|\\(?:times|cdot|div)(?![A-Za-z]))")
_OPERATION = re.compile(r"[-+−*/×·]|\\(?:times|cdot|div|frac|sqrt)(?![A-Za-z])")
_MARKS = re.compile(r"\\[,!]|[{},~]")


def is_operand(text: str, start: int, end: int) -> bool:
    """Whether the brackets around a number are worked with, hold an operation, and no other comma: `2(1,200 + x)` is no list."""
    opens, depth = start, 0
    while opens > max(0, start - _WITHIN) and not (text[opens - 1] == "(" and not depth):
        opens -= 1
        depth += {")": 1, "(": -1}.get(text[opens], 0)
    closes, depth = end, 0
    while closes < min(len(text), end + _WITHIN) and not (text[closes] == ")" and not depth):
        depth += {"(": 1, ")": -1}.get(text[closes], 0)
        closes += 1
    closes -= len("\\right") if text[:closes].endswith("\\right") else 0
    around = text[opens:start] + text[end:closes]
    worked_with = _BEFORE.search(text, max(0, opens - 20), opens) or _AFTER.match(text, closes)
    return worked_with is not None and "," not in around and _OPERATION.search(around) is not None


def value(form: str, text: str, inside: bool) -> str | None:
    """The digits of a number as Python writes them; None where it could be meant in two ways.

    inside: brackets or braces are open, where commas separate.
    """
    if form == "grouped":
        return _MARKS.sub("", text)
    if form == "comma":
        grouped = _THOUSANDS.fullmatch(text) and (not inside or _NO_LIST.search(text))
        return text.replace(",", "") if grouped else None
    if form == "scientific":
        mantissa, _, exponent = text.lower().partition("e")
        sure = "E" in text or "." in mantissa or mantissa in ("1", "5") or exponent[0] not in "+-"
        return text if sure else None
    return text
