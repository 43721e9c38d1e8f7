r"""Decimal commas, `\sqrt{1,97} \approx 1,40` and `0{,}7`, written with points, place for place.

Only in a text that has no decimal point, no number in groups of three, and either a comma in braces (`0{,}7`, but not `1{,}000`) or two
numbers beside a sign of operation on one side.
Not covered: what stands as a list (`(0,5)`, `(3/2,3/2,3)`, `i = 1,2`, `x_{1,2}`, `\{1,2\}`), and texts with both signs.
"""

from __future__ import annotations

import re

from evalkit.reading.patterns import later

ENOUGH = 2
"""Numbers beside a sign of operation that show that a text has decimal commas."""
MOST, WITHIN = 2000, 400
"""Numbers with a comma in one text, and characters of a bracket around one."""
_POINT = later(r"(?<![\d.])\d*\.\d+(?![\d.])")
_GROUPS = later(r"(?<![\d,])[1-9]\d{0,2}(?:(?:,|\{,\}|\\,)\d{3}){2,}(?!\d)")
_BRACED = later(r"(?<![\d.,}_^])\d{1,12}\{,\}\d{1,12}(?![\d.]|\{,\}|,\d)")
_PLAIN = later(r"(?<![\d.,A-Za-z_^])\d{1,12},\d{1,12}(?![\d.]|\{?,\}?\d)")
_SIGN = r"(?:[-+−*×·≈]|\\(?:cdot|times|approx|div|pm)(?![A-Za-z]))"
_BEFORE = later(rf"(?:{_SIGN}|\\(?:d?frac|sqrt)\{{|\\d?frac\{{[^{{}}]{{1,20}}\}}\{{)\s*\Z")
_BEHIND = later(rf"\s*(?:{_SIGN}|\^)")
_COUNTER = later(r"[A-Za-z]\s*(?:=|\\in|∈)\s*\Z")
"""`i = 1,2`: what a letter runs through."""
_WORKED = later(r"[\d}] ?(?:[-+−*×·]|\\(?:cdot|times)(?![A-Za-z]))|\^")
"""What is done with numbers inside brackets; `/` also stands in the members of a list."""


def with_points(text: str) -> str:
    """The text with points for its decimal commas; as it is where it has none."""
    braced = [m for m in _BRACED.finditer(text) if len(m.group().partition("}")[2]) != 3 or m.group().startswith("0")]
    plain = [m for m in _PLAIN.finditer(text) if not is_listed(text, m)] if "," in text else []
    if not (braced or plain) or len(plain) > MOST or _POINT.search(text) or _GROUPS.search(text):
        return text
    if not braced and sum(is_operand(text, m) for m in plain) < ENOUGH:
        return text
    letters = list(text)
    for m in plain:
        letters[m.start() + m.group().index(",")] = "."
    for m in _BRACED.finditer(text):
        letters[m.start() : m.end()] = "{" + m.group().replace("{,}", ".") + "}"
    return "".join(letters)


def is_operand(text: str, number: re.Match[str]) -> bool:
    """Whether a sign of operation stands on one side of a number in no brackets, whose part behind the comma is no group of three; with
    one on both sides it may be a list, `2 * 3,4 * 5`."""
    first, _, last = number.group().partition(",")
    if (len(last) == 3 and first != "0") or in_brackets(text, number) is not None:
        return False
    before = _BEFORE.search(text, max(0, number.start() - 40), number.start())
    return (before is None) != (_BEHIND.match(text, number.end()) is None)


def is_listed(text: str, number: re.Match[str]) -> bool:
    """Whether the comma may be that of a list: a letter runs through it, or brackets hold another one or add and multiply nothing."""
    if _COUNTER.search(text, max(0, number.start() - 12), number.start()) and len(number.group()) == len("1,2"):
        return True
    inside = in_brackets(text, number)
    return inside is not None and ("," in _PLAIN.sub("", inside) or not _WORKED.search(inside))


def in_brackets(text: str, number: re.Match[str]) -> str | None:
    r"""What stands in the brackets around a number, a subscript or a set; None where none are, or a group as in `\sqrt{1,97}`."""
    opens, depth = number.start(), 0
    while opens > max(0, number.start() - WITHIN) and not (text[opens - 1] in "([{" and not depth):
        opens -= 1
        depth += (text[opens] in ")]}") - (text[opens] in "([{")
    if not opens or text[opens - 1] not in "([{":
        return None
    if text[opens - 1] == "{" and text[max(0, opens - 2)] not in "_\\":
        return None
    closes = next((at for at in range(number.end(), min(len(text), opens + WITHIN)) if text[at] in ")]}"), len(text))
    return text[opens:closes]
