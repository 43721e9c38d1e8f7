r"""Are the numbers that a reply takes from the passage in the passage?

Judged are numbers with a known unit (time, share), with a noun that the passage counts (`35 epochs`), with a scale word
or prefix (`2.8 billion`, `125 TFLOP/s`), ratios (`3 of 5`, `three of five`, `nine tenths`) and multiples (`8 times`).
Each gets one status:

supported    the passage has it: the same value, converted where both units are known (a time in another unit than
             the passage's may be rounded to the decimals shown: `5.68 minutes` for `341 seconds`); a ratio may be given
             in per cent (`60%` for `three of five`), not the other way round; behind `about`, `nearly`, ... within 5
             per cent.
unsupported  the passage has not, and none of the following holds.
derived      the sentence speaks of computing or comparing (`=`, difference, saved, faster, total, ...) and the value is
             the difference, sum, quotient or relative change of two numbers of the passage, or a time of it divided by
             a count (`8.5 s per epoch`), as rounded in the reply. A multiple (`8.5 times`) needs no such word.
computed     the sentence shows a calculation (`=`, `≈`, computed), but no such pair of numbers was found.
bound        behind `more than`, `at most`, `under`, ...
denied       behind a negation (evalkit.reading.negation): `not 95%`.
other        in the question, or in a sentence that supposes something or speaks of `you`.

The score is supported / (supported + unsupported): the other kinds are listed in the details, not counted. All numbers
of a reply are taken as attributed to the passage, since that is what a reading question asks for.

Not covered, left to a judge: whether a number that the passage has belongs to what the reply says of it (94% as the
accuracy of a run for which none is given), numbers without unit, counted things that the passage does not count, facts
without numbers.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, lru_cache
from itertools import combinations, islice
from typing import ClassVar, Literal

from evalkit import types
from evalkit.reading import quantities
from evalkit.reading.negation import denied_before
from evalkit.reading.plain import Word, plain, sentences, words
from evalkit.reading.quantities import UNITS, Quantity, fold

Status = Literal["supported", "unsupported", "derived", "computed", "bound", "denied", "other"]

_SCALES = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_PREFIXES = {"k": 3, "m": 6, "g": 9, "t": 12, "p": 15}
_FLOP = re.compile(r"(?P<prefix>[kmgtp]?)flops?(?:/s)?")
_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_NAMED = {name: value for value, name in enumerate(_SMALL)} | {name: 20 + 10 * i for i, name in enumerate(_TENS)}
_ONE_WORD = rf"(?:(?:{'|'.join(_TENS)})(?:-(?:{'|'.join(_SMALL[1:10])}))?|{'|'.join(_SMALL)})"
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
_SCALED = frozenset({"scaled"})
_MULTIPLE = re.compile(r"(?<![\w.,])(?P<value>\d{1,6}(?:\.\d{1,4})?)[ -]?(?:[x×](?!\s?\d)|times|fold)(?!\w)")
_PLACE = re.compile(
    r"(?:paragraphs?|para\.?|steps?|questions?|parts?|lines?|sections?|figures?|tables?|no\.?|§)\s?$", re.I
)
_ABOUT = re.compile(
    r"(?:\b(?:about|around|roughly|approximately|nearly|almost|some|circa|ca\.|close to|just (?:under|over))|[~≈])\s{0,2}$",  # noqa: E501
    re.I,
)
_BOUND = re.compile(
    r"(?:\b(?:more|less|fewer|longer|shorter|greater|smaller|faster|slower) than|\b(?:over|under|below|above|at least|at most|up to|within"  # noqa: E501
    r"|beyond|exceeds?)|[<>≤≥])\s{0,2}$",
    re.I,
)
_COMPARES = re.compile(
    r"[=≈−]|\d\s?-\s?\d|\b(?:differ\w*|minus|sav(?:e|es|ed|ing|ings)|gain\w*|faster|slower|less|more|shorter|longer|reduc\w+"
    r"|cut|cuts|improv\w+|speed-?ups?|drop\w*|totals?|sum|together|average|ratio|factor|gap|lost|cost|costs|lower|higher|by|per|each"
    r"|comput\w+|calculat\w+|overall)\b",
    re.I,
)
_COMPUTES = re.compile(r"[=≈]|\b(?:comput\w+|calculat\w+)\b", re.I)
_SUPPOSES = re.compile(r"\b(?:you|your|if|suppose|imagine|say|assume|typically|usually|hypothetical\w*|would)\b", re.I)
MOST_JUDGED = 2_000
"""Numbers of a reply that are judged; a reading answer has a few dozen."""
_MOST_PAIRED = 80
"""Numbers of a passage that are combined in pairs."""


@dataclass(frozen=True, slots=True)
class _Number:
    """A number as it is compared: in base units (seconds, shares of 1); kind None where a noun says what is counted.
    `factor`: of the unit that it is written in."""

    value: Fraction
    kind: str | None
    nouns: frozenset[str]
    start: int
    end: int
    factor: Fraction = Fraction(1)


@dataclass(frozen=True)
class _Passage:
    numbers: tuple[_Number, ...]
    nouns: frozenset[str]
    derived: dict[str | None, list[float]]
    """By kind, sorted: what two numbers of the passage give."""


class Scorer(types.Scorer):
    """Support for numbers; the table has no fields."""

    metrics: ClassVar[dict[str, types.Metric]] = {
        "supported": types.Metric("share of the numbers attributed to the passage that are in it", full=None),
        "unsupported": types.Metric(
            "numbers attributed to the passage that are not in it", high=100_000, full=0, better="lower"
        ),
    }
    isolated: ClassVar[bool] = False

    def score(self, conversation: types.Conversation) -> list[types.Score]:
        question = conversation.question
        if not question.passage:
            return [types.Score(name, None, "the problem has no passage") for name in self.metrics]
        text = plain(conversation.text)
        judged = list(_judge(text.text, _passage(question.passage), _passage(question.statement)))
        counts = Counter(status for _, status in judged)
        spans = tuple(
            types.Span(*text.span(number.start, number.end), status, text.text[number.start : number.end])
            for number, status in judged
        )
        numbers = [{"start": s.start, "end": s.end, "text": s.note, "status": s.kind} for s in spans]
        details = {"numbers": numbers, "counts": dict(sorted(counts.items()))}
        total = counts["supported"] + counts["unsupported"]
        missing = [span for span in spans if span.kind == "unsupported"]
        shown = ", ".join(dict.fromkeys(span.note for span in missing[:10]))
        reason = f"{counts['supported']} of {total} numbers are in the passage" + (f"; not: {shown}" if shown else "")
        if not total:
            reason = "the reply takes no numbers with units from the passage"
        return [
            types.Score("supported", counts["supported"] / total if total else None, reason, spans, details),
            types.Score("unsupported", float(len(missing)), reason, tuple(missing), details),
        ]


# ---------------------------------------------------------------- numbers


def _numbers(text: str) -> list[_Number]:
    """Numbers with a unit, noun, scale or ratio, in the order of the text."""
    first = quantities.MOST
    spoken = [n for match in islice(_SPOKEN.finditer(text), first) if (n := _said(match))]
    multiples = [
        _Number(Fraction(m["value"]), "factor", _NONE, *m.span()) for m in islice(_MULTIPLE.finditer(text), first)
    ]
    taken = sorted((n.start, n.end) for n in spoken + multiples)
    found = [n for q in quantities.read(text) if not _overlaps(taken, q) and (n := _measured(text, q))]
    found = [n for n in found + spoken + multiples if not _PLACE.search(text, max(0, n.start - 12), n.start)]
    found.sort(key=lambda number: number.start)
    return _with_shared_units(text, _whole_times(text, found))


def _whole_times(text: str, found: list[_Number]) -> list[_Number]:
    """`five minutes and 41 seconds` is one time, as `5 min 41 s` is."""
    whole: list[_Number] = []
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


def _said(match: re.Match[str]) -> _Number | None:
    """A number in words, or a ratio."""
    start, end = match.span()
    if match["low"]:
        low = _value(match["low"])
        return _Number(_value(match["top"]) / low, "ratio", _NONE, start, end) if low else None
    if match["part"]:
        part = match["part"].lower().removesuffix("s")
        return _Number(_value(match["count"]) / _PARTS[part], "share", _NONE, start, end)
    if match["a"]:
        return _Number(Fraction(1, _PARTS[match["a"].lower()]), "share", _NONE, start, end)
    if match["kilo"]:
        return _number(match.string, Fraction(match["kilo"]) * 1000, match["noun"], (start, end))
    value = _value(match["word"])
    return (
        _number(match.string, value, match["unit"], (start, end)) if value != 1 else None
    )  # "one" is hardly ever a number


def _value(word: str) -> Fraction:
    if word.isdigit():
        return Fraction(word)
    return Fraction(sum(_NAMED[part] for part in word.lower().split("-")))


def _measured(text: str, quantity: Quantity) -> _Number | None:
    if quantity.unit is None:
        return _Number(quantity.value, None, _NONE, quantity.start, quantity.end)
    if quantity.unit in UNITS and re.match(r"\s?\^", text[quantity.end : quantity.end + 2]):
        return None  # `s^{-1}`: another unit than it seems
    return _number(text, quantity.value, quantity.unit, (quantity.start, quantity.end))


def _number(text: str, value: Fraction, unit: str, span: tuple[int, int]) -> _Number:
    word, unit = text[slice(*span)], fold(unit)
    if unit in UNITS:
        kind, factor = UNITS[unit]
        return _Number(value * factor, kind, _NONE, *span, factor)
    flop = _FLOP.fullmatch(unit)
    power = _SCALES.get(unit, _PREFIXES.get(flop["prefix"], 0) if flop else 0)
    if power:
        return _Number(value * 10**power, None, _SCALED, *span)
    second = None if word.endswith("s") else _SECOND.match(text, span[1], span[1] + 24)
    return _Number(value, None, frozenset({unit, fold(second[1])} if second else {unit}), *span)


def _with_shared_units(text: str, found: list[_Number]) -> list[_Number]:
    """`from 323 to 308 seconds`: the first number has the unit of the second."""
    shared: list[_Number] = []
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


@lru_cache(maxsize=8)
def _passage(text: str) -> _Passage:
    numbers = tuple(_numbers(plain(text).text))
    derived: dict[str | None, set[float]] = {}
    for a, b in combinations(numbers[:_MOST_PAIRED], 2):
        for time, count in ((a, b), (b, a)):
            if time.kind == "time" and count.kind is None and count.value > 1:
                derived.setdefault("time", set()).add(float(time.value / count.value))
        if a.kind == b.kind and (a.kind or a.nouns & b.nouns) and a.value != b.value and a.value and b.value:
            high, low = float(max(a.value, b.value)), float(min(a.value, b.value))
            derived.setdefault(a.kind, set()).update((high - low, high + low))
            derived.setdefault("factor", set()).add(high / low)
            derived.setdefault("share", set()).update(((high - low) / high, (high - low) / low, low / high))
    return _Passage(
        numbers, _SCALED.union(*(n.nouns for n in numbers)), {kind: sorted(values) for kind, values in derived.items()}
    )


# ---------------------------------------------------------------- verdicts


@dataclass(frozen=True, slots=True)
class _Sentence:
    """What the words of a sentence say of its numbers."""

    compares: bool
    computes: bool
    supposes: bool


def _judge(text: str, passage: _Passage, question: _Passage) -> Iterator[tuple[_Number, Status]]:
    bounds = sentences(text)
    starts = [start for start, _ in bounds]
    found = words(text)
    word_starts = [word.start for word in found]
    head = _table_heads(text, bounds)

    @cache
    def sentence(index: int) -> _Sentence:
        start, end = bounds[index]
        said = head[index] + text[start : min(end, start + 2000)]
        return _Sentence(*(bool(cue.search(said)) for cue in (_COMPARES, _COMPUTES, _SUPPOSES)))

    for number in _numbers(text)[:MOST_JUDGED]:
        if number.kind is None and not number.nouns & passage.nouns:
            continue
        index = max(0, bisect_right(starts, number.start) - 1)
        at = bisect_left(word_starts, number.start)
        yield number, _status(text, number, sentence(index), (found, at), passage, question)


def _table_heads(text: str, bounds: Sequence[tuple[int, int]]) -> list[str]:
    """For each sentence that is a row of a table the first row of that table, else nothing."""
    heads: list[str] = []
    first = ""
    for start, end in bounds:
        row = text[start:end].strip()
        first = (first or row[:500]) if row.startswith("|") else ""
        heads.append(first)
    return heads


def _status(
    text: str, number: _Number, sentence: _Sentence, word: tuple[list[Word], int], passage: _Passage, question: _Passage
) -> Status:
    ahead = text[max(0, number.start - 24) : number.start]
    if _supported(number, passage.numbers, 0.05 if _ABOUT.search(ahead) else 0.0, text):
        return "supported"
    if _BOUND.search(ahead):
        return "bound"
    if denied_before(text, *word):
        return "denied"
    if (sentence.compares or number.kind == "factor") and _derivable(text, number, passage, bool(_ABOUT.search(ahead))):
        return "derived"
    quotient = "/" in text[number.start : number.end] and number.kind == "ratio" and number.value > 1
    if quotient or sentence.computes:
        return "computed"
    if sentence.supposes or _supported(number, question.numbers, 0.0):
        return "other"
    return "unsupported"


def _supported(number: _Number, among: Sequence[_Number], slack: float, text: str = "") -> bool:
    """Whether one of `among` is this number; in another unit than theirs it may be rounded to the decimals shown."""
    decimals = _decimals(text, number) if number.kind == "time" else 0
    rounding = number.factor / (2 * 10**decimals) if decimals else Fraction(0)
    return any(
        (number.kind == other.kind or (number.kind, other.kind) == ("share", "ratio"))
        and (number.kind is not None or number.nouns & other.nouns)
        and abs(number.value - other.value)
        <= max(Fraction(slack) * abs(other.value), rounding if number.factor != other.factor else 0)
        for other in among
    )


def _decimals(text: str, number: _Number) -> int:
    shown = re.search(r"\.(\d+)", text[number.start : number.end])
    return len(shown[1]) if shown else 0


def _derivable(text: str, number: _Number, passage: _Passage, about: bool) -> bool:
    """Whether two numbers of the passage give this one, to the digits shown (or 5 per cent behind `about`)."""
    unit = 0.01 if number.kind == "share" else float(number.factor)
    value = abs(float(number.value))
    slack = 0.05 * value if about else 0.5001 * unit * 10.0 ** -_decimals(text, number)
    values = passage.derived.get(number.kind, [])
    at = bisect_left(values, value - slack)
    return at < len(values) and values[at] <= value + slack
