"""The number that a reply gives, with its unit, against the staff's.

One number (`value`), read where the final answer stands (reading.answers), or several named ones (`parts`), each read
near its `cues`: first in the explicit answer, then in the whole reply. What counts as a number and which units are
known stands in reading.quantities; the reference may use a unit of its own (`layers`).

**The dropped unit**: where the reference has a unit, a number without one is read in that unit (`Baseline: 341`),
unless a number with a fitting unit stands beside it. With `unit_required` it is no answer. A number with another unit
(`356 ms` for 356 s) is converted, never dropped. For a reference in %, a plain `0.94` is read as 94 % too.

**Several numbers** in one place: bold ones go before others, what follows the last `=` before what precedes it, a
rounded restatement (`≈`) and brackets only when nothing else stands there. If one of what is left is right and another
is not, the value is None ("several numbers"); if none is right, the reply is wrong whichever it means.

**Parts**: each cue takes the number of its own clause, else of its sentence, else of its table column; the closest
kind of match wins, and of equally close ones the last, since a reply that corrects itself does so further down.

Not covered: what reading.quantities leaves out; a part that the reply answers without any of its cues (None).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar

from pydantic import Field, model_validator

from evalkit import types
from evalkit.reading import answers, cues, quantities
from evalkit.reading.plain import Plain, plain
from evalkit.reading.quantities import Quantity, convert, fold


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

    version = 2
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
        self._wanted()
        return self

    def _wanted(self) -> list[Part]:
        if self.value is None:
            return self.parts
        shared = {name: getattr(self, name) for name in ("value", "unit", "tolerance", "cues", "accept")}
        return [Part(name="answer", **shared)]

    def score(self, conversation: types.Conversation) -> list[types.Score]:
        parts = self._wanted()
        findings = [self._find(conversation.text, index, parts) for index in range(len(parts))]
        deciding = [f for f in findings if f.value == 0] or [f for f in findings if f.value is None] or findings
        details = {"parts": {part.name: finding.details for part, finding in zip(parts, findings, strict=True)}}
        reason = "; ".join(finding.reason for finding in deciding)
        spans = tuple(span for finding in findings for span in finding.spans)
        return [types.Score("correct", deciding[0].value, reason, spans, details, _given(parts, findings))]

    def _find(self, reply: str, index: int, parts: Sequence[Part]) -> _Finding:
        part = parts[index]
        reader = _Reader(part, self.unit_required)
        if part.cues:
            named = [p.cues for p in parts]
            for place in answers.places(reply):
                if place.explicit or place.how == "whole":
                    view = plain(reply, place.start, place.end)
                    near = cues.near(view.text, reader.exact(view), named, index)
                    near = near or cues.near(view.text, reader.bare(view), named, index)
                    if near:
                        return _judged(part, reader, view, [near], place)
            if self.parts:
                return _Finding(None, f"no answer found for {part.name!r}")
        return self._single(reply, part, reader)

    def _single(self, reply: str, part: Part, reader: _Reader) -> _Finding:
        best: _Finding | None = None
        for place in answers.places(reply):
            view = plain(reply, place.start, place.end)
            found = _stated(reply, view, reader.fitting(view))
            if not found:
                continue
            finding = _judged(part, reader, view, found, place)
            if best is None and (place.how != "closing" or finding.value != 0):
                return finding
            if best is not None and place.how == "whole":  # the last block is weak evidence for a wrong answer
                right = any(reader.given(q) is not None for q in reader.fitting(view))
                return _Finding(None, "several numbers, none marked as the answer") if right else best
            best = best or finding
        return best or _Finding(None, "no answer found")


@dataclass(frozen=True, slots=True)
class _Finding:
    value: float | None
    reason: str
    spans: tuple[types.Span, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Which quantities of a reply may be the wanted number, and which are right."""

    part: Part
    unit_required: bool

    @property
    def unit(self) -> str | None:
        return fold(self.part.unit) if self.part.unit is not None else None

    def fitting(self, view: Plain) -> list[Quantity]:
        """Quantities in the wanted unit; plain numbers only where there are none."""
        return self.exact(view) or self.bare(view)

    def exact(self, view: Plain) -> list[Quantity]:
        return [q for q in quantities.read(view.text, self.unit) if self._converted(q)]

    def bare(self, view: Plain) -> list[Quantity]:
        """Numbers with the unit dropped."""
        if self.unit is None or self.unit_required:
            return []
        return [q for q in quantities.read(view.text, self.unit) if q.unit is None]

    def _converted(self, quantity: Quantity) -> tuple[Fraction, ...]:
        if self.unit is None:  # an unknown word behind the number is what it counts
            value = convert(quantity.value, quantity.unit if quantity.kind else None, None)
        else:
            value = None if quantity.unit is None else convert(quantity.value, quantity.unit, self.unit)
        return () if value is None else (value,)

    def readings(self, quantity: Quantity) -> tuple[Fraction, ...]:
        """Values in the wanted unit that the quantity may stand for."""
        if self.unit is not None and quantity.unit is None:
            as_share = convert(quantity.value, None, self.unit)
            return (quantity.value,) if as_share is None else (quantity.value, as_share)
        return self._converted(quantity)

    def given(self, quantity: Quantity) -> str | None:
        """`staff`, the note of an accepted value, or None for a wrong number."""
        references = [("staff", _exact(self.part.value))]
        references += [(a.note, _reference(a, self.part.unit) or Fraction(0)) for a in self.part.accept]
        for name, reference in references:
            room = _exact(self.part.tolerance) + abs(reference) * Fraction(1, 10**9)
            if any(abs(value - reference) <= room for value in self.readings(quantity)):
                return name
        return None


def _exact(value: float) -> Fraction:
    return Fraction(repr(float(value)))


def _reference(accepted: Accepted, unit: str | None) -> Fraction | None:
    if accepted.unit is None:
        return _exact(accepted.value)
    return convert(_exact(accepted.value), fold(accepted.unit), fold(unit) if unit is not None else None)


def _stated(reply: str, view: Plain, found: list[Quantity]) -> list[Quantity]:
    """Of several quantities in one place, those that the reply presents as its result."""
    depth = cues.bracket_depths(view.text)
    found = [q for q in found if depth[q.start] == 0] or found
    bold = answers.bold(reply)
    found = [q for q in found if answers.inside(bold, view.starts[q.start])] or found
    equals = view.text.rfind("=", 0, found[-1].start) if found else -1
    found = [q for q in found if q.start > equals]
    return [q for q in found if not view.text[: q.start].rstrip(" ~\u2009").endswith("≈")] or found


def _judged(part: Part, reader: _Reader, view: Plain, found: list[Quantity], place: answers.Answer) -> _Finding:
    given = [reader.given(q) for q in found]
    spans = tuple(types.Span(*view.span(q.start, q.end), "answer", part.name) for q in found[:20])
    texts = [view.text[q.start : q.end].strip() for q in found]
    shown = " and ".join(dict.fromkeys(texts))[:200]
    details: dict[str, Any] = {"found": texts[:20], "how": place.how}
    if len(set(given)) > 1 and None in given:
        return _Finding(None, f"several numbers where one is asked for: {shown}", spans, details)
    name = given[-1]
    details |= {"given": name or shown, "value": float(min(reader.readings(found[-1]), default=0))}
    if name == "staff":
        return _Finding(1.0, f"{part.name}: {shown}", spans, details)
    if name is not None:
        return _Finding(1.0, f"{part.name}: {shown}, accepted: {name}", spans, details)
    expected = f"{part.value:g}" + (f" {part.unit}" if part.unit else "")
    return _Finding(0.0, f"{part.name}: {shown} instead of {expected}", spans, details)


def _given(parts: Sequence[Part], findings: Sequence[_Finding]) -> str | None:
    """What tables show: `staff`, the note of an accepted value, or what the reply says; None without an answer."""
    given = [(part.name, finding.details.get("given")) for part, finding in zip(parts, findings, strict=True)]
    if len(given) == 1:
        return given[0][1]
    others = [f"{name}: {text or 'none'}" for name, text in given if text != "staff"]
    return "; ".join(others) or "staff"
