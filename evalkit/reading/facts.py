r"""The numbers of a text as facts that can be compared: with a unit (time, share), with the noun that they count
(`35 epochs`), with a scale word or prefix (`2.8 billion`, `50k images`, `125 TFLOP/s`), ratios (`3 of 5`, `three of
five`, `nine tenths`) and multiples (`8 times`). Numbers without any of these, and those of paragraphs, steps, ... are
left out.

Not covered: numbers in words above ninety-nine, compound units, ordinals.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice

from evalkit.reading import quantities
from evalkit.reading.english import NUMBERS
from evalkit.reading.quantities import UNITS, Quantity, fold
from evalkit.reading.spoken import TENS, VALUES

_SCALES = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_PREFIXES = {"k": 3, "m": 6, "g": 9, "t": 12, "p": 15}
_FLOP = re.compile(r"(?P<prefix>[kmgtp]?)flops?(?:/s)?")
_ONE_WORD = rf"(?:(?:{'|'.join(TENS)})(?:-(?:{'|'.join(NUMBERS[1:10])}))?|{'|'.join(NUMBERS)})"
_ANY = rf"(?:\d{{1,9}}|{_ONE_WORD})"
_PARTS = {"half": 2, "halve": 2, "third": 3, "quarter": 4, "fifth": 5, "tenth": 10}
_SPOKEN = re.compile(
    rf"(?<![\w.,-])(?:(?P<top>{_ANY})(?: of (?:the )?| out of (?:the )?|/)(?P<low>{_ANY})(?![\w%]|[.,]\d)"
    rf"|(?P<count>{_ANY})[ -](?P<part>half|halves|thirds?|quarters?|fifths?|tenths?)\b"
    rf"|a (?P<a>third|quarter|fifth|tenth)(?= of\b)|(?P<kilo>\d{{1,6}}(?:\.\d{{1,4}})?)k[ -](?P<noun>[^\W\d_]{{2,20}})"
    rf"|(?P<word>{_ONE_WORD})(?P<gap>[ -])(?P<unit>[^\W\d_]{{1,20}}|%))",
    re.IGNORECASE,
)
_SECOND = re.compile(r"[ -]([^\W\d_]{3,20})\b")
"""The next word belongs to the noun where the first is no plural: `50,000 training images`."""
_NONE: frozenset[str] = frozenset()
SCALED = frozenset({"scaled"})
"""The noun of numbers with a scale word or prefix: these are compared by their value alone."""
_MULTIPLE = re.compile(
    r"(?<![\w.,])(?P<value>\d{1,6}(?:\.\d{1,4})?)[ -]?(?:[x×](?!\s?\d)|times|fold)(?!\w)"
    rf"|(?<![\w-])(?P<word>{'|'.join(NUMBERS[2:])}) times(?= (?:as|more|less|[a-z]+er)\b)",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"(?:paragraphs?|para\.?|steps?|questions?|parts?|lines?|sections?|figures?|tables?|no\.?|§)\s?$", re.I
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A number as it is compared: in base units (seconds, shares of 1); kind None where a noun says what is counted.
    `factor`: of the unit that it is written in."""

    value: Fraction
    kind: str | None
    nouns: frozenset[str]
    start: int
    end: int
    factor: Fraction = Fraction(1)

    def noun_end(self, text: str) -> int:
        """Behind the second word of the noun, too: `80 cubic metres`."""
        second = _SECOND.match(text, self.end)
        return second.end() if second and fold(second[1]) in self.nouns else self.end


def facts(text: str) -> list[Fact]:
    """Numbers with a unit, noun, scale or ratio, in the order of the text."""
    first = quantities.MOST
    spoken = [n for match in islice(_SPOKEN.finditer(text), first) if (n := _said(match))]
    multiples = [
        Fact(Fraction(m["value"]) if m["value"] else _value(m["word"]), "factor", _NONE, *m.span())
        for m in islice(_MULTIPLE.finditer(text), first)
    ]
    taken = sorted((n.start, n.end) for n in spoken + multiples)
    found = [n for q in quantities.read(text) if not _overlaps(taken, q) and (n := _measured(text, q))]
    found = [n for n in found + spoken + multiples if not _PLACE.search(text, max(0, n.start - 12), n.start)]
    found.sort(key=lambda number: number.start)
    return _with_shared_units(text, _whole_times(text, found))


def _whole_times(text: str, found: list[Fact]) -> list[Fact]:
    """`five minutes and 41 seconds` is one time, as `5 min 41 s` is."""
    whole: list[Fact] = []
    for number in found:
        before = whole[-1] if whole else number
        joins = re.fullmatch(r"\s?(?:,|and)?\s?", text[before.end : number.start][:9])
        if before.kind == number.kind == "time" and joins and before.value >= 60 > number.value:
            whole[-1] = replace(before, value=before.value + number.value, end=number.end)
        else:
            whole.append(number)
    return whole


def _overlaps(taken: Sequence[tuple[int, int]], quantity: Quantity) -> bool:
    at = bisect_right(taken, (quantity.start, 10**9))
    near = taken[max(0, at - 1) : at + 1]
    return any(low < quantity.end and quantity.start < high for low, high in near)


def _said(match: re.Match[str]) -> Fact | None:
    """A number in words, or a ratio."""
    start, end = match.span()
    if match["low"]:
        low = _value(match["low"])
        return Fact(_value(match["top"]) / low, "ratio", _NONE, start, end) if low else None
    if match["part"]:
        part = match["part"].lower().removesuffix("s")
        return Fact(_value(match["count"]) / _PARTS[part], "share", _NONE, start, end)
    if match["a"]:
        return Fact(Fraction(1, _PARTS[match["a"].lower()]), "share", _NONE, start, end)
    if match["kilo"]:
        return _number(match.string, Fraction(match["kilo"]) * 1000, match["noun"], (start, end))
    value = _value(match["word"])
    if value == 1:
        return None  # hardly ever a number
    return _number(match.string, value, match["unit"], (start, end))


def _value(word: str) -> Fraction:
    if word.isdecimal():
        return Fraction(word)
    return Fraction(sum(VALUES[part] for part in word.lower().split("-")))


def _measured(text: str, quantity: Quantity) -> Fact | None:
    if quantity.unit is None:
        return Fact(quantity.value, None, _NONE, quantity.start, quantity.end)
    if quantity.unit in UNITS and re.match(r"\s?\^", text[quantity.end : quantity.end + 2]):
        return None  # `s^{-1}`: another unit than it seems
    return _number(text, quantity.value, quantity.unit, (quantity.start, quantity.end))


def _number(text: str, value: Fraction, unit: str, span: tuple[int, int]) -> Fact:
    word, unit = text[slice(*span)], fold(unit)
    if unit in UNITS:
        kind, factor = UNITS[unit]
        return Fact(value * factor, kind, _NONE, *span, factor)
    flop = _FLOP.fullmatch(unit)
    power = _SCALES.get(unit, _PREFIXES.get(flop["prefix"], 0) if flop else 0)
    if power:
        return Fact(value * 10**power, None, SCALED, *span)
    second = None if word.endswith("s") else _SECOND.match(text, span[1], span[1] + 24)
    return Fact(value, None, frozenset({unit, fold(second[1])} if second else {unit}), *span)


def _with_shared_units(text: str, found: list[Fact]) -> list[Fact]:
    """`from 323 to 308 seconds`: the first number has the unit of the second."""
    shared: list[Fact] = []
    for number in reversed(found):
        if number.kind is None and not number.nouns and shared:
            after = shared[-1]
            between = text[number.end : after.start]
            if after.kind in ("time", "share") and re.fullmatch(r"\s?(?:(?:down |up )?to|and|or|[-–→,])\s?", between):
                factor = _factor(text[after.start : after.end])
                number = replace(number, value=number.value * factor, kind=after.kind, factor=factor)
        shared.append(number)
    return [n for n in reversed(shared) if n.kind is not None or n.nouns]


def _factor(measured: str) -> Fraction:
    unit = fold(re.sub(r"^[\d.,\s-]*", "", measured))
    return UNITS[unit][1] if unit in UNITS else Fraction(1)
