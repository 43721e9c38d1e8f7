r"""The number that a reply gives, with its unit, against the staff's.

One number (`value`), read where the final answer stands (reading.answers): an explicit place, else the sentences from
the end; or several named ones (`parts`), each read near its `cues`: first in the explicit answer, then in the whole
reply. What counts as a number stands in reading.results (formulas with their value), which of several is the result in
reading.stated, which units are known in reading.quantities; the reference may use a unit of its own (`layers`).

**The unit**: where the reference has none, whatever stands behind the number is what it counts (`72 days`), and `35%`
answers 35 and 0.35. Where it has one, a number without is read in that unit (`Baseline: 341`), unless a number with a
fitting unit stands beside it; with `unit_required` it is no answer. A number with another unit (`356 ms` for 356 s) is
converted, never dropped. For a reference in %, a plain `0.94` is read as 94 % too.

**Words** (`three`) are read in explicit places, conclusions, an only sentence and a last one that counts (`there are
three left`); a sentence with a gap that is not filled (`___`) is not read.

**None**: several numbers that may each be meant (`3 or 4`), a formula that is not read (`\sin 2`), no number. The
staff's value is looked at last, so None says nothing of right or wrong. Wrong is an explicit answer that there is none
(`undefined`) or that is of another kind (`3c^2`, `-7, -1`; reading.maths.another), in a box a letter, too; a box that
holds only words (`\boxed{your answer}`) has no answer.

**Parts**: each cue takes the number of its own clause, else of its sentence, else of its table column; the closest
kind of match wins, and of equally close ones the last, since a reply that corrects itself does so further down.

Not covered: what reading.results leaves out; dollars against cents other than `1 dollar and 22 cents`; a part that the
reply answers without any of its cues (None).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, partial
from itertools import chain, islice
from typing import Any, ClassVar

from pydantic import ConfigDict, Field, model_validator

from evalkit import types
from evalkit.reading import answers, around, asked, besides, blocks, containers, cues, spoken, stated
from evalkit.reading.amounts import Reader, nothing_else, view_of
from evalkit.reading.maths import another, units
from evalkit.reading.plain import Plain, plain
from evalkit.reading.quantities import Quantity, fold
from evalkit.reading.results import Result


class Accepted(types.Spec):
    """A value that is right as well; tables show its note."""

    value: float
    unit: str | None = Field(None, description="default: the unit of the staff's value")
    note: str = Field(min_length=1)


class Part(types.Spec):
    """One number of the answer."""

    name: str = Field(min_length=1)
    value: float
    unit: str | None = None
    tolerance: float = Field(0.0, ge=0, description="absolute, in `unit`")
    cues: list[str] = Field(default_factory=list, description="words near which this number is stated")
    accept: list[Accepted] = Field(default_factory=list)

    @model_validator(mode="after")
    def _units_fit(self) -> Part:
        for accepted in self.accept:
            if accepted.unit is not None and _reference(accepted, self.unit) is None:
                raise ValueError(f"accept: unit {accepted.unit!r} does not convert to {self.unit!r}")
        return self


class Scorer(types.Scorer):
    """One number, or several named ones."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, ignored_types=(cached_property,))
    version = 13
    metrics = {"correct": types.answer_metric("1 = the number (every part) is right")}
    marks = {"answer": types.ANSWER}
    isolated: ClassVar[bool] = False

    value: float | None = None
    unit: str | None = None
    tolerance: float = Field(0.0, ge=0, description="absolute, in `unit`")
    accept: list[Accepted] = Field(default_factory=list)
    cues: list[str] = Field(default_factory=list, description="words near which the number is stated")
    parts: list[Part] = Field(default_factory=list)
    unit_required: bool = False

    @model_validator(mode="after")
    def _one_or_parts(self) -> Scorer:
        if (self.value is None) == (not self.parts):
            raise ValueError("give either `value` or `parts`")
        if self.parts and (self.unit is not None or self.accept or self.cues or self.tolerance):
            raise ValueError("with `parts`, unit, tolerance, accept and cues belong into each part")
        names = [part.name for part in self.parts]
        if len(set(names)) < len(names):
            raise ValueError("two parts have the same name")
        if any(not part.cues for part in self.parts):
            raise ValueError("each part needs `cues`: words near which its number is stated")
        _ = self._wanted  # accepted values are checked there
        return self

    def answer_form(self) -> str:
        if self.value is not None:
            return "one number" + (f" in {self.unit}" if self.unit else "")
        named = (f"{part.name}: one number" + (f" in {part.unit}" if part.unit else "") for part in self.parts)
        return f"`{'; '.join(named)}`"

    @cached_property
    def _wanted(self) -> list[Part]:
        if self.value is None:
            return self.parts
        shared = {name: getattr(self, name) for name in ("value", "unit", "tolerance", "cues", "accept")}
        return [Part(name="answer", **shared)]

    @cached_property
    def _readers(self) -> list[Reader]:
        return [_reader(part, self.unit_required) for part in self._wanted]

    def score(self, conversation: types.Conversation) -> list[types.Score]:
        return [containers.agreed(conversation, self._score)]

    def _score(self, conversation: types.Conversation) -> types.Score:
        parts = self._wanted
        findings = [self._find(conversation, index, parts) for index in range(len(parts))]
        deciding = [f for f in findings if f.value == 0] or [f for f in findings if f.value is None] or findings
        details = {"parts": {part.name: finding.details for part, finding in zip(parts, findings, strict=True)}}
        reason = "; ".join(finding.reason for finding in deciding)
        spans = tuple(span for finding in findings for span in finding.spans)
        return types.Score("correct", deciding[0].value, reason, spans, details, _given(parts, findings))

    def _find(self, conversation: types.Conversation, index: int, parts: Sequence[Part]) -> _Finding:
        part, reply, reader = parts[index], conversation.text, self._readers[index]
        if part.cues:
            named = [p.cues for p in parts]
            for place in answers.places(reply):
                if place.how in ("boxed", "labelled", "whole"):
                    view = plain(reply, place.start, place.end)
                    near = cues.near(view.text, reader.exact(view), named, index)
                    near = near or cues.near(view.text, reader.bare(view), named, index)
                    if near:
                        return _judged(part, reader, view, [near], place)
            if self.parts:
                return _Finding(None, f"no answer found for {part.name!r}")
        return _single(reply, part, reader, conversation.question.statement)


_BLANK = re.compile(r"(?<!\w)_{3,}(?!\w)|\( ?_{1,9} ?\)|\\underline ?\{ ?\\(?:hspace|qquad|quad)")
_COUNTS = re.compile(
    r"\bthere (?:is|are|was|were|will be|would be|remain)\b.{0,200}\b(?:left|remain\w*|altogether|total|overall)\b",
    re.I,
)


def _single(reply: str, part: Part, reader: Reader, statement: str) -> _Finding:
    """Nothing here looks at the staff's value: whether a reply can be judged must not depend on its being right."""
    reply = around.without_points(reply)
    sentences = answers.backward(reply)
    name = asked.asked_name(statement)
    last_two: list[answers.Answer] = []
    besides_only = False  # whether a sentence below gave numbers, none of which answers
    computed: tuple[Plain, list[Result], answers.Answer] | None = None
    for place in chain(answers.places(reply, announced=True), _peeked(sentences, last_two)):
        if _BLANK.search(place.text):
            continue  # a gap of the question that is not filled
        cell = around.cell(reply, place, statement)
        if cell is None:
            continue
        place = cell
        at_end = place.how != "closing" or place is last_two[0]
        in_words = at_end and (place.how != "closing" or len(last_two) == 1 or _COUNTS.search(place.text))
        view = view_of(reply, place)
        found = reader.fitting(view, reply, inside=_within_a_line(reply, place.start))
        if place.how == "closing" and besides_only and not around.says_result(place, view, found, statement):
            continue
        if place.how == "closing" and besides.of_an_earlier_state(view.text, found):
            continue
        if place.how == "closing" and found and all(around.says_besides(view.text, r, statement) for r in found):
            besides_only = not besides.speaks_of_above(view.text, found)
            continue
        if in_words and found and not place.explicit:
            found = around.counted_in_words(view, reader, reply, found, statement) or found
        if place.how == "closing" and found and (first := around.in_first_line(reply, reader, found, statement)):
            place, view, found = first
        if not place.explicit and besides.of_another_case(
            view.text, found, partial(around.known, reply, place.start, statement)
        ):
            besides_only = True
            continue
        if not place.explicit and stated.is_to_be_solved(view.text, found):
            continue
        if last_two and place is last_two[0] and not place.explicit and around.breaks_off(reply, place, view, found):
            return _Finding(None, f"breaks off: {place.text[-100:]}")
        if not found and in_words:
            found = reader.fitting(view, reply, in_words=True) or _nothing(view, place, statement)
        if place.how == "last" and not nothing_else(view.text, found):
            continue
        if not found:
            other = _another(place, reply, part.unit)
            if other:
                return other
            said = answers.without_value(place, view.text)
            if said == answers.REFUSED and at_end:
                return _Finding(None, f"says that it cannot tell: {place.text[:100]}")
            if said and place.how != "closing":
                span = types.Span(place.start, place.end, "answer", part.name)
                details: dict[str, Any] = {"found": [], "how": place.how, "given": place.text[:100]}
                return _Finding(0.0, f"{part.name}: {place.text[:100]} instead of a number", (span,), details)
            continue
        found = around.exclaimed(reply, place, view, around.in_first_sentence(reply, place, view, found), statement)
        if name and not (place.how in ("boxed", "labelled") and len(found) == 1):
            own, rank = asked.of_the_name(view.text, found, name)
            if rank == 1 and not place.explicit:
                computed = computed or (view, own, place)
            if not place.explicit and (rank < 2 or (computed and rank < 3)):
                continue
            found = own or found
        if asked.asks_for_share(statement):
            found = [r for r in found if r.kind == "share"] or found
        chosen: Sequence[Result] = found
        if len(found) > 1:
            chosen = stated.result(
                view.text,
                found,
                around.numbers_of(statement),
                _bold_in(view, answers.bold(reply)),
                partial(around.computed_before, reply, place.start),
            )
        if (twice := asked.in_two_units(view.text, found)) and (chosen == twice[:1] or len(chosen) > 1):
            chosen = [around.in_asked_unit(twice, reader, statement)]
        if len(chosen) == 1 and not stated.is_committed(view.text, chosen[0], statement):
            chosen = [replace(chosen[0], value=None)]
        return _judged(part, reader, view, chosen, place)
    if computed:
        return _judged(part, reader, computed[0], computed[1][-1:], computed[2])
    return _Finding(None, "no answer found")


_LETTER = re.compile(r"[\s*$\\(]*[A-Za-z][\s*$.\\)]*")


def _another(place: answers.Answer, reply: str, unit: str | None) -> _Finding | None:
    """A box without a number: a formula or a letter in place of a number is wrong, words may only hold its place.

    Not a unit or a constant, nor a letter behind which the reply goes on."""
    if place.how != "boxed":
        return None
    letter = _LETTER.fullmatch(place.text)
    if letter and (place.text.strip(" *$.\\()") in ("e", unit) or blocks.says(reply, place.end, len(reply))):
        return None
    kind = "a letter" if letter else another.kind(place.text)
    if kind:
        span = types.Span(place.start, place.end, "answer")
        return _Finding(0.0, f"{kind} instead of a number: {place.text[:100]}", (span,), {"given": place.text[:100]})
    words = re.fullmatch(r"[A-Za-z][A-Za-z -]{2,80}", plain(place.text).text.strip())
    unsaid = words and not spoken.read(words[0]) and answers.without_value(place, words[0]) is None
    return _Finding(None, f"the box holds no number: {place.text[:100]}") if unsaid else None


_NOTHING = re.compile(r"\W*(?:none|nothing|nobody|no one)\W*", re.IGNORECASE)


_HOW_MANY = re.compile(r"\bhow (?:many|much)\b", re.IGNORECASE)


def _nothing(view: Plain, place: answers.Answer, statement: str) -> list[Result]:
    """`none` is 0 where the question asks how many."""
    said = place.explicit and _NOTHING.fullmatch(view.text) and _HOW_MANY.search(statement)
    return [Result(Fraction(0), None, 0, len(view.text))] if said else []


def _peeked(sentences: Iterator[answers.Answer], last_two: list[answers.Answer]) -> Iterator[answers.Answer]:
    """The sentences; the first two of them are in `last_two` when the first is given."""
    last_two.extend(islice(sentences, 2))
    yield from chain(last_two, sentences)


def _within_a_line(reply: str, at: int) -> bool:
    return blocks.says(reply, reply.rfind("\n", 0, at) + 1, at)


def _bold_in(view: Plain, bold: Sequence[tuple[int, int]]) -> Callable[[int], bool]:
    return lambda at: answers.inside(bold, view.starts[at])


@dataclass(frozen=True, slots=True)
class _Finding:
    value: float | None
    reason: str
    spans: tuple[types.Span, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)


def _reader(part: Part, unit_required: bool) -> Reader:
    found = [("staff", _exact(part.value))]
    found += [(a.note, _reference(a, part.unit) or Fraction(0)) for a in part.accept]
    room = _exact(part.tolerance)
    rooms = [room + abs(value) * Fraction(1, 10**9) for _, value in found]
    references = tuple((name, value - off, value + off) for (name, value), off in zip(found, rooms, strict=True))
    return Reader(fold(part.unit) if part.unit is not None else None, unit_required, references)


def _exact(value: float) -> Fraction:
    return Fraction(repr(float(value)))


def _reference(accepted: Accepted, unit: str | None) -> Fraction | None:
    if accepted.unit is None:
        return _exact(accepted.value)
    return units.converted(_exact(accepted.value), fold(accepted.unit), fold(unit) if unit is not None else None)


def _judged(
    part: Part, reader: Reader, view: Plain, found: Sequence[Quantity | Result], place: answers.Answer
) -> _Finding:
    spans = tuple(types.Span(*view.span(q.start, q.end), "answer", part.name) for q in found[:20])
    texts = [view.text[q.start : q.end].strip() for q in found]
    shown = " and ".join(dict.fromkeys(texts))[:200]
    details: dict[str, Any] = {"found": texts[:20], "how": place.how}
    readings = reader.readings(found[0])
    several = len(found) > 1 and len({reader.readings(q) for q in found}) > 1
    unbounded = ("∞" in place.text or "\\infty" in place.text) and _UNBOUNDED.search(place.text) is not None
    kind = another.kind(place.text) if place.explicit and (several or not readings or unbounded) else None
    if kind:
        details["given"] = place.text[:100]
        return _Finding(0.0, f"{part.name}: {kind} instead of a number: {place.text[:100]}", spans, details)
    if several:
        return _Finding(None, f"several numbers where one is asked for: {shown}", spans, details)
    if not readings:
        return _Finding(None, f"not read as a number: {shown}", spans, details)
    name = reader.given(found[0])
    details |= {"given": name or shown, "value": _float(min(readings))}
    if name == "staff":
        return _Finding(1.0, f"{part.name}: {shown}", spans, details)
    if name is not None:
        return _Finding(1.0, f"{part.name}: {shown}, accepted: {name}", spans, details)
    expected = f"{part.value:g}" + (f" {part.unit}" if part.unit else "")
    return _Finding(0.0, f"{part.name}: {shown} instead of {expected}", spans, details)


_UNBOUNDED = re.compile(r"[(\[,]\s?[-+]?\s?(?:\\infty|∞)|(?:\\infty|∞)\s?,")
"""An interval that ends nowhere."""


def _float(value: Fraction) -> float | None:
    """None for what no float holds, such as 34510^{99}."""
    try:
        return float(value)
    except OverflowError:
        return None


def _given(parts: Sequence[Part], findings: Sequence[_Finding]) -> str | None:
    """What tables show: `staff`, the note of an accepted value, or what the reply says; None without an answer."""
    given = [(part.name, finding.details.get("given")) for part, finding in zip(parts, findings, strict=True)]
    if len(given) == 1:
        return given[0][1]
    others = [f"{name}: {text or 'none'}" for name, text in given if text != "staff"]
    return "; ".join(others) or "staff"
