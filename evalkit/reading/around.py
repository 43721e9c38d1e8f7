r"""What the place and the question say of the numbers of a sentence: a cell of a table, a first line, words in place
of the question's own numbers, a sentence that breaks off, a last line of key points.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from evalkit.reading import answers, besides, blocks, english, labels, results, spoken, stated, tables
from evalkit.reading.amounts import Reader, view_of
from evalkit.reading.maths import units
from evalkit.reading.patterns import later
from evalkit.reading.plain import SAYS, Plain, plain
from evalkit.reading.quantities import fold
from evalkit.reading.results import Result


@lru_cache(maxsize=256)
def numbers_of(statement: str) -> frozenset[Fraction]:
    """Numbers of the question."""
    return frozenset(r.value for r in results.read(plain(statement).text) if r.value)


def known(reply: str, at: int, statement: str) -> frozenset[Fraction]:
    """Numbers of the question and of the reply before a place."""
    before = results.read(plain(reply, max(0, at - 4000), at).text)
    in_words = {r.value for r in spoken.read(plain(statement).text) if r.value is not None}
    return numbers_of(statement) | in_words | {r.value for r in before if r.value is not None}


def in_first_line(
    reply: str, reader: Reader, found: Sequence[Result], statement: str
) -> tuple[answers.Answer, Plain, list[Result]] | None:
    """The number of a first line that stands alone, where what is said behind it are the numbers of the question."""
    if not labels.first_line(reply[: answers.answered(reply)]):  # told in a tenth of the time
        return None
    asked = numbers_of(statement)
    if any(r.value not in asked for r in found):
        return None
    place = next((place for place in answers.places(reply) if place.how == "first"), None)
    view = view_of(reply, place) if place else None
    own = reader.fitting(view, reply) if view else []
    return (place, view, own) if place and view and len(own) == 1 and own[0].value not in asked else None


def says_result(place: answers.Answer, view: Plain, found: Sequence[Result], statement: str) -> bool:
    """Whether a sentence above one that only gave something besides answers: it says so, or gives a number in bold or
    one that the question with its numbers does not have. Any other may be an operand."""
    if besides.says_result(view.text) or answers.bold(place.text):
        return True
    asked = numbers_of(statement)
    said = asked | {r.value for r in spoken.read(plain(statement).text)}
    return bool(asked) and any(r.value not in said for r in found)


_ASKS_RATE = re.compile(
    r"\b(?:per|each|every|rates?|average|mean|speed|fast|price|wages?|density|mileage|pay"
    r"|a (?:day|week|month|year|hour|minute))\b|/",
    re.I,
)


def says_besides(text: str, result: Result, statement: str) -> bool:
    """What is compared with, or a rate where none is asked for."""
    rate = besides.is_rate(text, result) and not _ASKS_RATE.search(statement)
    return rate or besides.is_compared(text, result)


_THERE = re.compile(r"\bthere (?:is|are|was|were)\W", re.IGNORECASE)
_THERE_ARE = re.compile(r"\bthere (?:is|are|was|were)\W+\Z", re.IGNORECASE)


def counted_in_words(view: Plain, reader: Reader, reply: str, found: Sequence[Result], statement: str) -> list[Result]:
    """`There are two bars below 40`, where 40 is a number of the question."""
    if not _THERE.search(view.text):
        return []
    asked = numbers_of(statement)
    if not all(r.value in asked for r in found):
        return []
    said = reader.fitting(view, reply, in_words=True)
    return [r for r in said if _THERE_ARE.search(view.text, max(0, r.start - 20), r.start)][:1]


def cell(reply: str, place: answers.Answer, statement: str) -> answers.Answer | None:
    """Of a row of a table that ends a block the cell that answers; None where none does."""
    if place.explicit or not place.text.startswith("|") or "\n" in place.text:
        return place
    low, high = reply.rfind("\n", 0, place.start) + 1, blocks.line_end(reply, place.start)
    if not tables.is_row(reply, low, high):
        return place
    span = tables.answer_cell(reply, low, high, statement)
    return replace(place, text=reply[slice(*span)], start=span[0], end=span[1]) if span else None


def breaks_off(reply: str, place: answers.Answer, view: Plain, found: Sequence[Result]) -> bool:
    """Whether a last sentence has no end and no number, or a conclusion without one (`7 boxes, so we mul`)."""
    if not found:
        return place.how == "closing" and _is_begun(reply, place)
    mark = english.CONCLUDES.search(view.text, found[-1].end)
    behind = view.text[mark.end() :] if mark else ""
    begun = len(behind.split()) > 1 and behind[-1:].isalpha() and not reply[place.end :].strip()
    return begun and not spoken.read(behind) and not _IS_WHOLE.search(behind)


_IS_WHOLE = re.compile(
    r"\b(?:is|are|has|have|can|will)\s(?!(?:the|an?|of|to|in|be|have|not)\s*\Z)[a-z]{3,}", re.IGNORECASE
)
"""`42, so they have enough` lacks its full stop only."""


def _is_begun(reply: str, place: answers.Answer) -> bool:
    """Whether the reply ends in a sentence of its own line that has no end (`Finally, we calculate the amount`)."""
    line = reply[reply.rfind("\n", 0, place.end) + 1 : place.end]
    at_end = not reply[place.end :].strip() and len(line.split()) > 3
    own = line.lstrip().startswith(place.text) and not re.search(r"\b(?:answer|result)\b", line, re.IGNORECASE)
    return at_end and own and place.text[-1:].isalpha()


def in_asked_unit(twice: Sequence[Result], reader: Reader, statement: str) -> Result:
    """Of an amount in two units the one in the unit that the question names; else one that fits: both are said."""
    said = {fold(word) for word in re.findall(r"[^\W\d_]+", statement[-2000:])}
    named = [r for r in twice if any(units.converted(Fraction(1), word, r.unit or "dollar") == 1 for word in said)]
    fits = [r for r in twice if reader.given(r) is not None]
    return named[0] if len(named) == 1 else (fits or list(twice))[0]


_POINTS = re.compile(
    r"\n(?<=[.!\s]\n)[\s*_#-]{0,8}(?P<label>[^\W\d_][\w ]{2,30})[*_]{0,2}:[*_]{0,2}[ ]"
    r"(?P<items>[^\n]{1,600}[^\s.!?])\s*\Z"
)


def without_points(reply: str) -> str:
    """Without a last line that lists what was done behind a sentence with a number: `Key points: Add 7 to both sides,
    Isolate the unknown`."""
    line = reply.rstrip().rpartition("\n")[2]
    if line.endswith((".", "!", "?")) or ":" not in line or not (", " in line or "; " in line):
        return reply  # what most replies are, told in a tenth of the time
    match = _POINTS.search(reply, max(0, len(reply) - 700))
    if match is None or re.search(r"\b(?:answer|result|solution|choice|total)s?\b", match["label"], re.IGNORECASE):
        return reply
    items = re.split(r"[,;] ", match["items"])
    if len(items) < 2 or any(" " not in item for item in items):
        return reply
    before = reply[: match.start()]
    return before if english.is_closed(before.rstrip()) and results.read(before[-200:]) else reply


def computed_before(reply: str, at: int) -> Fraction | None:
    return stated.computed_last(plain(reply, max(0, at - 1000), at).text)


_FACTORIALS = later(
    r"[\dn)]!\s?[=$)}/×·*+-]|\bfactorial|\bpermut|\barrang|\border(?:s|ings?)\b|\bways\b", re.IGNORECASE
)
"""What makes it likely that a `!` behind a number is meant as a factorial."""
LARGEST_SAID = 20
"""A number whose factorial nobody would leave as it is: `79!` ends a sentence."""


def exclaimed(reply: str, place: answers.Answer, view: Plain, found: list[Result], statement: str = "") -> list[Result]:
    """`The answer is 15!` behind `5 * 3 = 15` is no factorial, nor is `79!` where nothing else is one."""
    last = found[-1] if found else None
    if last is None or view.text[last.end - 1] != "!" or place.how == "boxed" or SAYS.search(view.text, last.end):
        return found
    number = re.fullmatch(r"\d{1,9}", view.text[last.start : last.end - 1])
    if number is None:
        return found
    before = reply[max(0, place.start - 1000) : place.start]
    plain_value = [*found[:-1], replace(last, value=Fraction(int(number[0])))]
    if f"{number[0]}!" not in before and computed_before(reply, place.start) == int(number[0]):
        return plain_value
    if (
        answers.inside(answers.formulas(reply), view.starts[last.start])
        or re.match(r"[ \t*]*[(=a-z]", reply[view.span(last.start, last.end)[1] :][:8])
        or _FACTORIALS.search(before)
        or _FACTORIALS.search(statement[-20_000:])
    ):
        return found
    return plain_value if int(number[0]) > LARGEST_SAID else found


def in_first_sentence(reply: str, place: answers.Answer, view: Plain, found: list[Result]) -> list[Result]:
    """`Answer: 12. That makes 3 each.`: a first sentence of a few words behind a label is the answer."""
    if place.how != "labelled" or len(found) < 2:
        return found
    end = blocks.sentence_end(reply, place.start)
    first = [r for r in found if view.starts[r.start] < end]
    return first if end < place.end and first and blocks.is_bare(reply[place.start : end], 3) else found
