r"""What numbers of one sentence give together: a part of a whole, a share of a time, a rate over a time.

`Of 20 gauges, 12 have a radar` gives 12 gauges, 60%, 3 of 5, and for the rest 8 gauges and 40%; `62% of the time`
beside 297 seconds gives 184 and 113 seconds, for 35 epochs in the same sentence also each epoch's part of them; `4
readings a day` gives 28 for a week and 56 for the 14 days that the passage names. `25 of the 30 days`
gives 5 days. These need no word of comparison in the reply: the passage itself says what belongs to what.

Not covered: wholes and parts in different sentences, shares of shares, months, what a pronoun stands for.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from evalkit.reading import quantities
from evalkit.reading.derived import Derived, collected, keys
from evalkit.reading.english import EACH, sentences
from evalkit.reading.facts import Fact
from evalkit.reading.quantities import UNITS, fold

_LONGER = {"week": Fraction(7 * 86400), "year": Fraction(365 * 86400)}
_MOST = 12
"""Numbers of one sentence that are combined."""
_Each = tuple[tuple[str, str], float]


def together(text: str, found: Sequence[Fact]) -> Derived:
    """Values for `found`, the facts of `text`."""
    plain: list[tuple[str, float]] = []
    each: list[_Each] = []
    starts = [fact.start for fact in found]
    for start, end in sentences(text):
        inside = found[bisect_left(starts, start) : bisect_left(starts, end)][:_MOST]
        plain += _parts(inside, [*_bare(text[start:end], start, inside), *_behind_whole(text, inside)])
        plain += _of_whole(text, inside)
        for value in _shares(text, inside):
            plain.append(("time", value))
            each += [((key_of, key), value / float(count.value)) for key_of, key, count in _counts(inside)]
    plain += _over_times(text, found)
    return collected(plain, each)


def _bare(sentence: str, at: int, inside: Sequence[Fact]) -> list[Fraction]:
    """Whole numbers that count nothing by name: `12 of them`."""
    named = {fact.start for fact in inside}
    found = quantities.read(sentence)[: 2 * _MOST]
    return [q.value for q in found if q.start + at not in named and q.value.denominator == 1 and q.value > 0][:_MOST]


def _behind_whole(text: str, inside: Sequence[Fact]) -> Iterator[Fraction]:
    """`of 20 gauges, 12 rust`: the number behind the whole is a part of it, whatever word follows."""
    for whole, part in pairwise(inside):
        if text[max(0, whole.start - 3) : whole.start].lower() == "of " and part.kind is None:
            yield part.value


def _parts(inside: Sequence[Fact], bare: Sequence[Fraction]) -> Iterator[tuple[str, float]]:
    """A part of a whole, and the rest of it, as counts and as shares."""
    for whole in inside:
        if whole.kind is not None or whole.value.denominator > 1:
            continue
        counted = [
            fact.value for fact in inside if fact.kind is None and fact.nouns & whole.nouns and fact is not whole
        ]
        for part in (*bare, *counted):
            if 0 < part < whole.value and whole.value < 100_000:
                for share in (part / whole.value, 1 - part / whole.value):
                    yield from (("share", float(share)), ("ratio", float(share)))
                    yield from ((key, float(share * whole.value)) for key in keys(whole))


_PART_OF = re.compile(r"(\d{1,6}) (?:out )?of (?:the |its |all |these |those )?(\d{1,6})\Z")
_NOUN = re.compile(r"\s([^\W\d_]{3,24})")


def _of_whole(text: str, inside: Sequence[Fact]) -> Iterator[tuple[str, float]]:
    """`25 of the 30 days`: what is counted in the part, and in the rest."""
    for fact in inside:
        numbers = _PART_OF.search(text[fact.start : fact.end]) if fact.kind == "ratio" else None
        noun = _NOUN.match(text, fact.end)
        if numbers and noun and 0 < int(numbers[1]) < int(numbers[2]):
            unit = fold(noun[1])
            kind, size = UNITS.get(unit, (f"noun {unit}", Fraction(1)))
            for count in (int(numbers[1]), int(numbers[2]) - int(numbers[1])):
                yield kind or "", float(count * size)


_OF_A_TIME = re.compile(r"\s?of (?:the |its |this |that |all )?(?:time|whole|total|duration|\d)")


def _shares(text: str, inside: Sequence[Fact]) -> Iterator[float]:
    """Shares of times in seconds, and what is left of them."""
    times = [fact.value for fact in inside if fact.kind == "time"]
    for share in inside:
        if share.kind in ("share", "ratio") and 0 < share.value < 1 and _OF_A_TIME.match(text, share.end):
            for time in times:
                yield from (float(share.value * time), float((1 - share.value) * time))


def _counts(inside: Sequence[Fact]) -> Iterator[tuple[str, str, Fact]]:
    for fact in inside:
        if fact.kind is None and fact.value > 1:
            yield from (("time", noun, fact) for noun in fact.nouns)


def _over_times(text: str, found: Sequence[Fact]) -> Iterator[tuple[str, float]]:
    """`4 readings a day` over the times of the text, a week and a year."""
    times = [fact.value for fact in found[:80] if fact.kind == "time"]
    for fact in found[:80]:
        match = EACH.match(text, fact.noun_end(text), fact.end + 60) if fact.kind is None else None
        unit = fold(match["noun"]) if match else ""
        size = UNITS[unit][1] if UNITS.get(unit, ("",))[0] == "time" else _LONGER.get(unit)
        if size is not None:
            for time in (*times, *_LONGER.values()):
                yield from ((key, float(fact.value * time / size)) for key in keys(fact))
