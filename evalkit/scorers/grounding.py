r"""Are the numbers that a reply takes from the passage in the passage?

Judged are numbers with a known unit (time, share), with a noun that the passage counts (`35 epochs`), with a scale word
or prefix (`2.8 billion`, `125 TFLOP/s`), ratios (`3 of 5`, `three of five`, `nine tenths`) and multiples (`8 times`).
Each gets one status:

supported    the passage has it: the same value, converted where both units are known (a time in another unit than
             the passage's may be rounded to the decimals shown: `5.68 minutes` for `341 seconds`); a ratio may be given
             in per cent (`60%` for `three of five`), not the other way round; behind `about`, `nearly`, ... within 5
             per cent.
unsupported  the passage has not, and none of the following holds.
derived      the value follows from numbers of the passage, as rounded in the reply (evalkit.reading.derived): parts,
             shares and rates that one sentence of the passage gives (evalkit.reading.together: `8 of the 20` where 12
             of 20 have it); the
             complement of a share where the sentence speaks of a rest (`the remaining 40%` beside `3 of 5`); a multiple
             by a number in the same sentence (`three loads bake for 270 minutes`); and where it speaks of computing or
             comparing (`=`, difference, saved, faster, left, total, ..., `2 minutes a bowl`) the difference, sum,
             quotient or relative change of two, with `per`, a total or a rest two such steps, and one step from a
             result that the reply has stated. A multiple (`8.5 times`) needs no such word.
computed     the sentence shows a calculation (`=`, `≈`, computed), but no such numbers were found.
bound        behind `more than`, `at most`, `under`, ...
denied       behind a negation (evalkit.reading.english): `not 95%`.
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
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from typing import ClassVar, Literal

from evalkit import types
from evalkit.reading import quantities
from evalkit.reading.derived import Derived, Wanted, complements, one_step, two_steps
from evalkit.reading.english import COMPARES, EACH, REST, TOTALS, Word, denied_before, sentences, words
from evalkit.reading.facts import SCALED, Fact, facts
from evalkit.reading.plain import plain
from evalkit.reading.together import together

Status = Literal["supported", "unsupported", "derived", "computed", "bound", "denied", "other"]

_ABOUT = re.compile(
    r"(?:\b(?:about|around|roughly|approximately|nearly|almost|some|circa|ca\.|close to|just (?:under|over))|[~≈])\s{0,2}$",  # noqa: E501
    re.I,
)
_BOUND = re.compile(
    r"(?:\b(?:more|less|fewer|longer|shorter|greater|smaller|faster|slower) than|\b(?:over|under|below|above|at least|at most|up to|within"  # noqa: E501
    r"|beyond|exceeds?)|[<>≤≥])\s{0,2}$",
    re.I,
)
_SIGNS = re.compile(r"[=≈−]|%\s[a-z]+er\b|\d\s?-\s?\d|\d\s?[×·/]\s?\d")
_COMPUTES = re.compile(r"[=≈]|\b(?:comput(?:e|es|ed|ation)|calculat(?:e|es|ed|ion))\b", re.I)
_SUPPOSES = re.compile(r"\b(?:you|your|if|suppose|imagine|say|assume|typically|usually|hypothetical\w*|would)\b", re.I)
MOST_JUDGED = 2_000
"""Numbers of a reply that are judged; a reading answer has a few dozen."""
_MOST_PAIRED = 80
"""Numbers of a passage that are combined in pairs."""
_MOST_STEPS = 40
"""Results of a reply from which it may go on."""


@dataclass(frozen=True)
class _Passage:
    numbers: tuple[Fact, ...]
    nouns: frozenset[str]
    derived: Derived
    """What one operation on its numbers gives."""
    together: Derived
    """What numbers of one sentence give: parts of a whole, shares of a time, rates."""
    further: Derived
    """What two give: shares of shares left, differences for each of a count, totals of three."""


_NUMBER = types.Mark("number", "number", "a number with support in the passage", 130, quiet=True)


class Scorer(types.Scorer):
    """Support for numbers; the table has no fields."""

    version = 10
    reads_passage = True
    metrics: ClassVar[dict[str, types.Metric]] = {
        "supported": types.Metric("share of the numbers attributed to the passage that are in it", full=None),
        "unsupported": types.Metric(
            "numbers attributed to the passage that are not in it", high=100_000, full=0, better="lower",
            tags=types.Tags(("", "unsupported number"), 60), listed={"unsupported": types.Listed()},
        ),
    }  # fmt: skip
    marks: ClassVar[dict[str, types.Mark]] = {"supported": _NUMBER, "derived": _NUMBER, "unsupported": types.BARRED}
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


@lru_cache(maxsize=8)
def _passage(text: str) -> _Passage:
    said = plain(text).text
    numbers = tuple(facts(said))
    nouns = SCALED.union(*(n.nouns for n in numbers))
    first = numbers[:_MOST_PAIRED]
    return _Passage(numbers, nouns, one_step(first), together(said, numbers), two_steps(first))


# ---------------------------------------------------------------- verdicts


@dataclass(frozen=True, slots=True)
class _Sentence:
    """What the words of a sentence say of its numbers."""

    compares: bool
    computes: bool
    supposes: bool
    totals: bool
    rest: bool
    counts: tuple[Fraction, ...]
    """Numbers and shares in it, and the passage's numbers of what it names: they may multiply or divide others."""


def _judge(text: str, passage: _Passage, question: _Passage) -> Iterator[tuple[Fact, Status]]:
    bounds = sentences(text)
    starts = [start for start, _ in bounds]
    found = words(text)
    word_starts = [word.start for word in found]
    head = _table_heads(text, bounds)
    numbers = facts(text)[:MOST_JUDGED]
    at_number = [number.start for number in numbers]

    @cache
    def sentence(index: int) -> _Sentence:
        start, end = bounds[index]
        said = head[index] + text[start : min(end, start + 2000)]
        inside = numbers[bisect_left(at_number, start) : bisect_left(at_number, end)][:20]
        counts = tuple(
            n.value
            for n in inside
            if (n.kind in (None, "factor") and 1 < n.value < 10_000)
            or (n.kind in ("share", "ratio") and 0 < n.value < 1)
        )
        named = {quantities.fold(word.text) for word in words(said)}
        counts += tuple(n.value for n in passage.numbers if n.kind is None and n.value > 1 and n.nouns & named)[:20]
        compares = bool(COMPARES.search(said) or _SIGNS.search(said))
        computes, supposes, totals, rest = (
            cue.search(said) is not None for cue in (_COMPUTES, _SUPPOSES, TOTALS, REST)
        )
        return _Sentence(compares, computes, supposes, totals, rest, counts)

    steps: list[Fact] = []
    for number in numbers:
        if number.kind is None and not number.nouns & passage.nouns:
            continue
        index = max(0, bisect_right(starts, number.start) - 1)
        at = bisect_left(word_starts, number.start)
        status = _status(text, number, sentence(index), (found, at), (passage, question, steps))
        if status == "derived" and len(steps) < _MOST_STEPS:
            steps.append(number)
        yield number, status


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
    text: str,
    number: Fact,
    sentence: _Sentence,
    word: tuple[list[Word], int],
    known: tuple[_Passage, _Passage, list[Fact]],
) -> Status:
    passage, question, steps = known
    ahead = text[max(0, number.start - 24) : number.start]
    if _supported(number, passage.numbers, 0.05 if _ABOUT.search(ahead) else 0.0, text):
        return "supported"
    if _BOUND.search(ahead):
        return "bound"
    if denied_before(text, *word):
        return "denied"
    if _derivable(text, number, sentence, passage, steps):
        return "derived"
    quotient = "/" in text[number.start : number.end] and number.kind == "ratio" and number.value > 1
    if quotient or sentence.computes:
        return "computed"
    if sentence.supposes or _supported(number, question.numbers, 0.0):
        return "other"
    return "unsupported"


def _supported(number: Fact, among: Sequence[Fact], slack: float, text: str = "") -> bool:
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


def _decimals(text: str, number: Fact) -> int:
    shown = re.search(r"\.(\d+)", text[number.start : number.end])
    return len(shown[1]) if shown else 0


_AHEAD = re.compile(r"\b(?:per|an?|one|each|every)\s(?P<noun>[^\W\d_]{2,20})\b(?!.*[.;!?])", re.I)


def _each_ahead(text: str, number: Fact, passage: _Passage) -> re.Match[str] | None:
    """`An epoch takes 8.5 s`, `per epoch 8.5 s`, with something that the passage counts."""
    ahead = _AHEAD.search(text, max(0, number.start - 40), number.start)
    return ahead if ahead and quantities.fold(ahead["noun"]) in passage.nouns else None


def _derivable(text: str, number: Fact, sentence: _Sentence, passage: _Passage, steps: Sequence[Fact]) -> bool:
    """Whether numbers of the passage, or results that the reply has stated, give this one, to the digits shown (or 5
    per cent behind `about`)."""
    unit = 0.01 if number.kind == "share" else float(number.factor)
    value = abs(float(number.value))
    slack = 1e-9 if number.kind == "ratio" else 0.5001 * unit * 10.0 ** -_decimals(text, number)
    if _ABOUT.search(text, max(0, number.start - 24), number.start):
        slack = max(slack, 0.05 * value)
    each = EACH.match(text, number.noun_end(text), number.end + 60) or _each_ahead(text, number, passage)
    wanted = Wanted(number, value, slack, quantities.fold(each["noun"]) if each else None)
    if wanted.among(passage.together):
        return True
    if sentence.rest and wanted.among(complements(passage.numbers)):
        return True
    part = number.kind in ("share", "ratio") and text.startswith(" of ", number.end)
    if not (sentence.compares or each or part or number.kind == "factor"):
        return wanted.multiplied(passage.numbers, Derived(), sentence.counts)
    if wanted.among(passage.derived) or wanted.multiplied(passage.numbers, passage.derived, sentence.counts):
        return True
    if (each or sentence.totals or "share" in (number.kind, *(f.kind for f in steps))) and wanted.among(
        passage.further
    ):
        return True
    return bool(steps) and wanted.among(one_step(steps, passage.numbers[:_MOST_PAIRED]))
