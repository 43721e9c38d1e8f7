r"""What names an option of a multiple-choice question in a stretch of a reply: letters, texts, their signs, and what
rules them out. The scorer `choice` says which of those named is chosen.

A letter in a formula, beside an operator or a unit is a symbol, unless the formula holds nothing but options.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from evalkit.reading import english
from evalkit.reading.english import Word
from evalkit.reading.plain import CAP, Plain

SYMBOLS = re.compile(r"[+*/^=<>≤≥√π%°]|(?<![A-Za-z])[-–]|[-–](?![A-Za-z])|\d[.,]\d")
"""Signs that decide between options: `-1` is not `1`. A hyphen between letters is none."""
_SIGN = re.compile(r"(?<![\w)])[-–+]\s?\Z")
_PART_BEFORE = re.compile(r"[+*/^·×√]\s?\Z|\d[.,]\Z")
OPERATOR = re.compile(r"(?:(?:[+*^_=<>·×≤≥°∈]|\b\w[^\S\n]?-)[^\S\n]?|\\[A-Za-z]{1,20}\s?|\d\s?)\Z")
OPERAND = re.compile(r"\(|\s?[+*^_=<>·×≤≥∈]|\s?\\[A-Za-z]|\{")
_LISTED = re.compile(r"[\s,;)(*`/]*(?:or|nor|and)?[\s(*`]*")
LIST_BEFORE = re.compile(r"(?:,|\b(?:and|or))[\s(*`]*\Z")
TOO = re.compile(r"[\s)*`]*,?\s(?:too|also|as well)\b")
_RULES_OUT = re.compile(
    r"\b(?:rul(?:e|es|ed|ing)\s(?:out|it out)|eliminat(?:e|es|ed|ing)|exclud(?:e|es|ed|ing)|discard(?:s|ed|ing)?"
    r"|reject(?:s|ed|ing)?|cross(?:es|ed|ing)?\s(?:out|off)|dismiss(?:es|ed|ing)?)\b[^.;:!?\n]*\Z",
    re.IGNORECASE,
)
_RULED_OUT = re.compile(
    r"[\s)*`]*(?:(?:is|are|was|were|can|could|must|has|have|been|be|thus|therefore|hence|also|both|all"
    r"|at once|immediately|clearly|easily)"
    r"\s){1,4}(?:out\b|ruled out|eliminated|excluded|discarded|rejected|crossed|dismissed|impossible)",
    re.IGNORECASE,
)
Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Mention:
    option: str
    start: int
    end: int
    weak: bool
    """A bare letter, a digit or a number word: means the option only where options are expected."""
    letter: bool
    denied: bool = False

    def moved(self, by: int) -> Mention:
        return replace(self, start=self.start + by, end=self.end + by)


@dataclass(frozen=True, slots=True)
class Name:
    words: tuple[str, ...]
    option: str
    weak: bool
    exact: str
    """The text with its signs, where it has any."""


@dataclass(frozen=True, slots=True)
class View:
    """Plain text of a place, and where the reply has formulas and bold words."""

    plain: Plain
    math: Spans
    bold: Spans
    whole: bool = False
    """All of it is one formula."""

    @property
    def text(self) -> str:
        return self.plain.text

    @property
    def starts(self) -> Sequence[int]:
        return self.plain.starts

    def span(self, start: int, end: int) -> tuple[int, int]:
        return self.plain.span(start, end)

    def part(self, start: int, end: int) -> View:
        cut = Plain(self.plain.text[start:end], self.plain.starts[start:end], self.plain.ends[start:end])
        return replace(self, plain=cut)

    def behind(self, start: int) -> View:
        return self.part(start, len(self.text)) if start else self

    def as_formula(self) -> View:
        return replace(self, whole=True)

    def formula(self, at: int) -> tuple[int, int] | None:
        """The formula around a place, as a stretch of the text."""
        if self.whole:
            return 0, len(self.text)
        place = self.starts[at]
        index = bisect_right(self.math, (place, CAP)) - 1
        if index < 0 or not self.math[index][0] <= place < self.math[index][1]:
            return None
        low, high = self.math[index]
        return bisect_left(self.starts, low), bisect_left(self.starts, high)


def squashed(text: str) -> str:
    return re.sub(r"[\s$*]", "", text)


def with_signs(text: str, start: int, end: int, exact: str) -> tuple[int, int]:
    """The stretch with its sign, where it is the option's to the sign and no part of a formula; else (-1, -1)."""
    sign = _SIGN.search(text, max(0, start - 4), start)
    if sign:
        start = sign.start()
    if exact:
        closing = re.compile(r"[)\]}%!°]*").match(text, end)
        whole = text[start : closing.end() if closing else end]
        low = start - (len(exact) - len(exact.lstrip("√([{")))
        for first, last in (
            (start, end),
            (start, start + len(whole)),
            (max(0, low), start + len(whole)),
            (max(0, low), end),
        ):
            if squashed(text[first:last]).replace("–", "-") == exact.replace("–", "-"):
                start, end = first, last
                break
        else:
            return -1, -1
    elif sign:
        return -1, -1
    if re.compile(r"\s?[+*/^·×√π]\s?\w|[.,]\d|\s?=\s?\w").match(text, end) or _PART_BEFORE.search(
        text, max(0, start - 4), start
    ):
        return -1, -1
    return start, end


def between(text: str, mentions: Sequence[Mention], i: int) -> str | None:
    """What stands between a mention and the next, where it only joins them."""
    gap = text[mentions[i].end : max(mentions[i].end, mentions[i + 1].start)]
    return gap if len(gap) < 12 and _LISTED.fullmatch(gap) else None


def ruled_out_before(text: str, found: Sequence[Word], index: int) -> bool:
    near = [word.text for word in found[max(0, index - english.WINDOW) : index]]
    start = found[max(0, index - english.WINDOW)].start if index else 0
    stop = found[index].start if index < len(found) else len(text)
    return bool(near) and _RULES_OUT.search(text, start, stop) is not None


def ruled_out_behind(text: str, at: int) -> bool:
    return _RULED_OUT.match(text, at) is not None
