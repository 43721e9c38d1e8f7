"""Answers of a multiple-choice question by their value: `0.5` where the option is `1/2`, `12` where no option is 12.

A number answers where it is all that a short explicit answer begins with (`125°, but that is no option`), or where a
sentence gives it as a result (`the length of CD is 12`). It means the option of its value, or the only one of which it
is the rounded value, as a share too (`50%` for `0.5`). Another number of the same kind is an answer that no option has.

None of both, so that nothing can be said: two numbers, another unit than that of the options, a rounded number close to
an option. Not covered: numbers in words, options that are ranges.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from evalkit.reading import english, results
from evalkit.reading.plain import plain
from evalkit.reading.quantities import UNITS
from evalkit.reading.results import Result

CLOSE = Fraction(1, 50)
"""A rounded number so near to an option may mean it."""
_ABOUT = r"(?:about |approximately |roughly |around |only |exactly |just |equal to |[≈~] ?)?"
_BEGINS = re.compile(rf"(?:[^\w]|\b(?:[a-zA-Z]|[∠△]\w{{1,4}}) ?=|\b(?:still|simply|that|be)\b)*{_ABOUT}[$£€]?", re.I)
_RESULT_BEFORE = re.compile(
    rf"(?:[=≈]|\b(?:is|are|was|be|equals?|get|gives?|makes?|obtain|find|have)) ?(?:\W\W? ?)?{_ABOUT}[$£€]?\Z", re.I
)
_ENDS = re.compile(
    r"[^\w\n(\[]*(?:\Z|\n)|[^\w\n(\[]*[,;:.—–]|\s?\([^()\n]*\)"
    r"|\s(?:but|which|because|since|so|as|and this|and that|in total|altogether)\b"
)
_JOINS = re.compile(r"\W{0,4}(?:and|or)\b.{0,12}", re.IGNORECASE)
"""`x = 5 and y = 7` gives two results."""
_HEDGED = re.compile(r"(?:[≈~]|\b(?:about|approximately|roughly|around|nearly|almost|close to)) ?[$£€]?\Z", re.I)


@dataclass(frozen=True, slots=True)
class Worth:
    """What a stretch answers by its value. option None: a number that no option has."""

    option: str | None
    start: int
    end: int


class Options:
    """What the options are worth, where each is a number and no two are the same."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        read = {option: results.read(plain(text).text) for option, text in texts.items()}
        only = {option: found[0] for option, found in read.items() if len(found) == 1}
        values = {option: result.value for option, result in only.items() if result.value is not None}
        self.values = values if len(set(values.values())) == len(texts) else {}
        self._units = {result.unit for result in only.values()}
        self._decimals = {option: _decimals(texts[option]) for option in self.values}

    def read(self, text: str, *, explicit: bool) -> Worth | None:
        """The number that `text` answers with: as a result, or, in an explicit answer, at its beginning."""
        found = results.read(text) if self.values else []
        result = _answer(text, found, explicit)
        if result is None or result.value is None or not self._alike(result):
            return None
        if english.denied(text, result.start, result.end):
            return None
        option = self._option(text, result)
        if option is None and self._close(text, result):
            return None
        return Worth(option, result.start, result.end)

    def _alike(self, result: Result) -> bool:
        if result.unit is None or result.unit in self._units or result.kind == "share":
            return True
        return self._units == {None} and result.unit not in UNITS

    def _option(self, text: str, result: Result) -> str | None:
        """The option of that value, else the only one that it is rounded from or to."""
        value = result.value or Fraction(0)
        candidates = (value, value / 100) if result.kind == "share" and "%" not in self._units else (value,)
        for candidate in candidates:
            same = [option for option, worth in self.values.items() if worth == candidate]
            if same:
                return same[0]
        shown = _decimals(text[result.start : result.end])
        rounded = []
        for option, worth in self.values.items():
            places = max(shown, self._decimals[option])
            if places and abs(worth - value) <= Fraction(1, 2 * 10**places):
                rounded.append(option)
        return rounded[0] if len(rounded) == 1 else None

    def _close(self, text: str, result: Result) -> bool:
        value = result.value or Fraction(0)
        if not _HEDGED.search(text, max(0, result.start - 20), result.start) and value.denominator == 1:
            return False
        return any(abs(worth - value) <= abs(worth) * CLOSE for worth in self.values.values())


def _decimals(text: str) -> int:
    match = re.search(r"\d[.](\d{1,20})", text)
    return len(match[1]) if match else 0


def _answer(text: str, found: Sequence[Result], explicit: bool) -> Result | None:
    """The one result that is meant: the first of an explicit answer, else the last that its sentence states."""
    if explicit and found and _BEGINS.fullmatch(text, 0, found[0].start):
        rest = found[1:]
        return found[0] if not rest and _ENDS.match(text, found[0].end) else None
    stated = [r for r in found if _RESULT_BEFORE.search(text, max(0, r.start - 30), r.start)]
    if not stated or stated[-1] is not found[-1] or not _ENDS.match(text, stated[-1].end):
        return None
    joined = any(_JOINS.fullmatch(text, before.end, stated[-1].start) for before in stated[:-1])
    return None if joined else stated[-1]
