"""Numbers in words, for texts without digits: `twelve hundred`, `one hundred and five`, `minus seven`, `two and a
half`, `three quarters`, `two dozen`, `three point five`, with the unit behind (`twelve seconds`).

A word joins the number before it where it is smaller than the place that is open (`twenty-one`, `three thousand two`),
a scale multiplies it; else a new number begins (`five six`). What hardly ever is meant as a number counts only alone
(`one`, `half`, `a third`); `one` also behind `there is`, and `no` there as 0.

Not covered: ordinals; shares of something else (`two thirds of the class`), which are left out.
"""

from __future__ import annotations

import re
from fractions import Fraction

from evalkit.reading.english import NUMBERS
from evalkit.reading.quantities import FUNCTION_WORDS, MOST, fold
from evalkit.reading.results import SCALES, Result

TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
VALUES = {word: value for value, word in enumerate(NUMBERS)} | {word: 20 + 10 * i for i, word in enumerate(TENS)}
"""Number words below a hundred by their value."""
_PARTS = {
    "half": 2, "halve": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
    "ninth": 9, "tenth": 10, "twelfth": 12, "hundredth": 100,
}  # fmt: skip
_WORD = re.compile(r"[A-Za-z]+")
_UNIT = re.compile(r"[ -]([^\W\d_]{1,24}(?![^\W_]))|\s?(%)")
_THERE_IS = re.compile(
    r"\bthere (?:is|are|was|were|will be|would be|remains?) (?:only |just |exactly )?\Z", re.IGNORECASE
)
_IS = re.compile(r"\b(?P<it>it )?(?:is|equals|be) \Z", re.IGNORECASE)
_OF_THE = re.compile(r"\bof (?:the|these|those|my|our|both) \Z", re.IGNORECASE)
_THERE_IS_NO = re.compile(
    r"\bthere (?:is|are|was|were|will be|would be|remain) (?P<no>no)\b"
    r"(?! (?:longer|more than|less than|fewer than|need|way"
    r"|doubt|information|data|indication|evidence|mention|such|solutions?|answers?|options?|values?|numbers?|one|enough"
    r"|image|picture|specific|clear|direct|given|visible)\b)",
    re.IGNORECASE,
)


def read(text: str) -> list[Result]:
    """The numbers of plain text, in order, at most `quantities.MOST`."""
    words = _Words(text)
    found: list[Result] = []
    at = 0
    while at < len(words.said) and len(found) < MOST:
        number = words.number(at)
        if number is None:
            at += 1
            continue
        value, end = number
        start, stop = words.spans[at][0], words.spans[end - 1][1]
        if words.is_meant(at, end) and not _OF_THE.search(text, max(0, start - 12), start):  # `one of the two`
            unit = _UNIT.match(text, stop)
            name = fold(unit[1] or unit[2]) if unit else None
            named = name is not None and name not in FUNCTION_WORDS and name not in VALUES
            found.append(Result(value, name if named else None, start, unit.end() if unit and named else stop))
        at = end
    nothing = _THERE_IS_NO.search(text) if not found else None
    return [Result(Fraction(0), None, *nothing.span("no"))] if nothing else found


def _is_gap(text: str, before: str) -> bool:
    """Blanks; behind `and` and `a` a line may end, behind others the next line begins another number."""
    return not text.strip() and (("\n" not in text) or (text.count("\n") == 1 and before in ("and", "a", "an")))


class _Words:
    """The words of a text; methods take the index of a word and give the value and the index behind."""

    def __init__(self, text: str) -> None:
        found = list(_WORD.finditer(text))
        self.text = text
        self.said = [match.group().lower() for match in found]
        self.spans = [match.span() for match in found]

    def at(self, index: int, *, first: bool = False) -> str:
        """The word at `index` where nothing but a blank or hyphen stands before it, else nothing."""
        if index >= len(self.said):
            return ""
        gap = self.text[self.spans[index - 1][1] : self.spans[index][0]] if index else ""
        return self.said[index] if first or gap == "-" or (gap and _is_gap(gap, self.said[index - 1])) else ""

    def number(self, at: int) -> tuple[Fraction, int] | None:
        if self.at(at, first=True) in ("minus", "negative"):
            rest = self.number(at + 1) if self.at(at + 1) not in ("", "minus", "negative") else None
            return (-rest[0], rest[1]) if rest else None
        if self.at(at) == "point" and (
            said := _IS.search(self.text, max(0, self.spans[at][0] - 12), self.spans[at][0])
        ):
            value, end = self.with_decimals(Fraction(0), at)
            if end > at + (1 if said["it"] else 2):  # `it is point five`, but `the saddle is point five`
                return value, end
        part = self.part(at, first=True)
        if part:
            articled = self.at(part[1]) in ("a", "an") and self.at(part[1] + 1) in SCALES  # `half a million`
            return self.scaled(part[0], part[1] + articled)
        whole = self.whole(at)
        if whole is None:
            return None
        value, end = whole
        if self.at(end) == "and":
            part = self.part(end + 1)
            return self.scaled(value + part[0], part[1]) if part else (value, end)
        return self.with_decimals(value, end)

    def scaled(self, value: Fraction, end: int) -> tuple[Fraction, int]:
        """`one and a half million`."""
        scale = SCALES.get(self.at(end))
        return (value * scale, end + 1) if scale else (value, end)

    def part(self, at: int, *, first: bool = False) -> tuple[Fraction, int] | None:
        """`half`, `a third`, `three quarters`."""
        word = self.at(at, first=first)
        if word == "half":
            return Fraction(1, 2), at + 1
        count = (Fraction(1), at + 1) if word in ("a", "an") else self.whole(at) if word else None
        name = self.at(count[1]).removesuffix("s") if count else ""
        return (count[0] / _PARTS[name], count[1] + 1) if count and name in _PARTS else None

    def whole(self, at: int) -> tuple[Fraction, int] | None:
        total, current, room, scale, index = 0, 0, 10**15, 10**15, at
        if self.at(at, first=True) in ("a", "an") and self.at(at + 1) in SCALES:
            current, room, index = 1, 0, at + 1
        start = index
        while word := self.at(index, first=index == start):
            word = word if word in VALUES or word in SCALES else word.removesuffix("s")
            if VALUES.get(word, room) < room:
                current += VALUES[word]
                room = 10 if VALUES[word] >= 20 else 0
            elif word in ("hundred", "dozen") and 0 < current < 100:
                current, room = current * SCALES[word], 100 if word == "hundred" else 0
            elif word in SCALES and current > 0 and SCALES[word] < scale and word not in ("hundred", "dozen"):
                total, current, room, scale = total + current * SCALES[word], 0, 1000, SCALES[word]
            elif not (word == "and" and room >= 100 and index > start and VALUES.get(self.at(index + 1), room) < room):
                break
            index += 1
        return (Fraction(total + current), index) if index > start else None

    def with_decimals(self, value: Fraction, end: int) -> tuple[Fraction, int]:
        """`three point one four`."""
        index, digits = end + 1, ""
        while self.at(end) == "point" and self.at(index) in NUMBERS[:10] and len(digits) < 30:
            digits += str(VALUES[self.at(index)])
            index += 1
        return (value + Fraction(int(digits), 10 ** len(digits)), index) if digits else (value, end)

    def is_meant(self, start: int, end: int) -> bool:
        """Whether the words are no pronoun and no share of something else."""
        low, high = self.spans[start][0], self.spans[end - 1][1]
        alone = self.text[:low].strip(" .*_$\"'(") == "" and self.text[high:].strip(" .*_$\"'!)") == ""
        if self.said[start] in ("one", "half", "a", "an") and (end == start + 1 or self.said[end - 1] in _PARTS):
            counted = self.said[end - 1] == "one" and _THERE_IS.search(self.text, max(0, low - 40), low)
            ends = self.said[end - 1] in _PARTS and self.text[high:].strip(" .*_$\"'!)") == ""
            said = ends and _IS.search(self.text, max(0, low - 12), low)  # `the probability is one half.`
            return alone or bool(counted or said)
        return self.said[end - 1].removesuffix("s") not in _PARTS or self.at(end) != "of"
