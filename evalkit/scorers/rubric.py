r"""Which points of a rubric does a reply meet?

Points that can be checked: `required` statements (at least one, or `at_least` several, of those listed; an entry that
is a list is one idea in several wordings), `forbidden` statements, `numbers` that must be stated, `form` (headings,
lists, tables, formulas, a section with a title) and `words` (length, counted as by the scorer `words`). Statements are
phrases, see evalkit.reading.phrases: `...` is a gap within one sentence, and what the reply denies it neither states
nor gets wrong.

What only a judge can decide is a point of `judge`: the judge of the experiment is asked. Without one it is never
guessed: `judged` is None with the reason "needs a judge or a person", and `share` is that of the other points. A
statement can be worded in ways that no list foresees: with `otherwise = "unjudged"` a required point of which no listed
wording is found (nor denied) needs a judge, too, and without one `share` is None. The default, "unmet", is for points
whose words a reply can hardly avoid, such as names.

Not covered: whether a statement is right, well explained or the writer's own; paraphrases that no phrase lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import zip_longest
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from evalkit import types
from evalkit.reading import quantities, votes
from evalkit.reading.english import words
from evalkit.reading.facts import Fact, facts
from evalkit.reading.phrases import Made, Phrase, Statements
from evalkit.reading.plain import CAP, Plain, count_words, plain
from evalkit.reading.spoken import VALUES


class _Point(types.Spec):
    name: str = Field(min_length=1)


class Required(_Point):
    """At least `at_least` of the ideas must be stated."""

    any_of: list[Phrase | list[Phrase]] = Field(min_length=1, description="an entry: one idea, or its wordings")
    at_least: int = Field(1, ge=1)
    otherwise: Literal["unmet", "unjudged"] = Field("unmet", description="what holds where no wording is found")

    @model_validator(mode="after")
    def _possible(self) -> Required:
        if self.at_least > len(self.any_of):
            raise ValueError(f"at_least is {self.at_least}, but any_of has only {len(self.any_of)} entries")
        if any(not entry for entry in self.any_of):
            raise ValueError("any_of: an entry without wordings")
        return self


class Forbidden(_Point):
    """None of the statements may be made."""

    any_of: list[Phrase] = Field(min_length=1)
    instead_of: str | None = Field(None, description="required point that is unmet, not unjudged, where this is said")


class Number(_Point):
    """A number that must be stated, in any convertible unit. `tolerance` is absolute, in `unit`."""

    value: float
    unit: str | None = None
    tolerance: float = Field(0.0, ge=0)


class Form(_Point):
    """What the layout must have, or must not have (`absent`)."""

    has: Literal["heading", "section", "list", "table", "formula", "code"]
    title: Phrase | None = Field(None, description="words in the title of a section")
    at_least: int = Field(1, ge=1)
    absent: bool = False

    @model_validator(mode="after")
    def _titled(self) -> Form:
        if (self.has == "section") != (self.title is not None):
            raise ValueError("`title` belongs to has = 'section', and only there")
        return self


class Length(_Point):
    """Words, low to high inclusive."""

    name: str = "length"
    low: int = Field(0, ge=0)
    high: int = Field(ge=1)


class Judge(_Point):
    """What a judge or a person has to decide."""

    asks: str = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class _Verdict:
    name: str
    kind: str
    met: bool | None
    """None: needs a judge."""
    reason: str
    spans: tuple[types.Span, ...] = ()
    judged: bool = False
    """A judge said it."""


class Scorer(types.Scorer):
    """Points of a rubric; every point counts the same."""

    version = 7
    metrics: ClassVar[dict[str, types.Metric]] = {
        "share": types.Metric("share of the points met, of those that can be checked without a judge"),
        "judged": types.Metric("share of the points met that need a judge or a person", full=None, judged=True),
    }
    marks: ClassVar[dict[str, types.Mark]] = {"required": types.ANSWER, "forbidden": types.BARRED}
    isolated: ClassVar[bool] = False
    said_by: ClassVar[dict[str, str]] = {"share": "rubric", "judged": "rubric"}

    required: list[Required] = Field(default_factory=list)
    forbidden: list[Forbidden] = Field(default_factory=list)
    numbers: list[Number] = Field(default_factory=list)
    form: list[Form] = Field(default_factory=list)
    words: Length | None = None
    judge: list[Judge] = Field(default_factory=list)

    @model_validator(mode="after")
    def _named_once(self) -> Scorer:
        points = [*self.required, *self.forbidden, *self.numbers, *self.form, *self.judge]
        names = [point.name for point in points] + ([self.words.name] if self.words else [])
        if not names:
            raise ValueError("the rubric has no points")
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two points have the name {twice[0]!r}")
        known = [point.name for point in self.required]
        unknown = [p.instead_of for p in self.forbidden if p.instead_of is not None and p.instead_of not in known]
        if unknown:
            raise ValueError(f"instead_of: no required point {unknown[0]!r}; known are: {', '.join(known) or 'none'}")
        return self

    def questions(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """What is asked of the judge: its own points, and required ones whose wording may be another."""
        left = [(p.name, _in_words(p)) for p in self.required if p.otherwise == "unjudged"]
        options = [*((p.name, p.asks) for p in self.judge), *left]
        return {"rubric": options} if options else {}

    def score(self, conversation: types.Conversation) -> list[types.Score]:
        told = conversation.votes("rubric")
        verdicts = [_settled(v, told) for v in self._verdicts(conversation.text[:CAP])]
        asked = [_settled(_Verdict(p.name, "judge", None, p.asks), told) for p in self.judge]
        details: dict[str, Any] = {
            "points": [{"name": v.name, "kind": v.kind, "met": v.met, "reason": v.reason} for v in (*verdicts, *asked)]
        }
        spans = tuple(span for verdict in verdicts for span in verdict.spans)
        left = ", ".join(v.name for v in (*verdicts, *asked) if v.met is None)
        needs = f"needs a judge or a person: {left}" if left else "no point needs a judge"
        missed = [f"{verdict.name} ({verdict.reason})" for verdict in verdicts if verdict.met is False]
        met = sum(verdict.met is True for verdict in verdicts)
        decided = bool(verdicts) and all(verdict.met is not None for verdict in verdicts)
        reason = f"{met} of {len(verdicts)} points met" + (f"; not: {'; '.join(missed)}" if missed else "")
        share = types.Score("share", met / len(verdicts) if decided else None, reason if decided else needs, spans,
                            details | ({"by": "judge"} if any(v.judged for v in verdicts) else {}))  # fmt: skip
        if not asked or any(v.met is None for v in asked):
            return [share, types.Score("judged", None, needs, details=details)]
        met = sum(v.met is True for v in asked)
        reason = f"{met} of {len(asked)} points met, as the judge sees it"
        return [share, types.Score("judged", met / len(asked), reason, details=details | {"by": "judge"})]

    def _verdicts(self, reply: str) -> Iterator[_Verdict]:
        text = plain(reply)
        made = Statements(text)
        barred = [_forbidden(point, made) for point in self.forbidden]
        said = {point.instead_of for point, verdict in zip(self.forbidden, barred, strict=True) if not verdict.met}
        for point in self.required:
            verdict = _required(point, made)
            settled = verdict.met is None and point.name in said
            yield replace(verdict, met=False, reason="something else is said instead") if settled else verdict
        yield from barred
        yield from (_number(point, text) for point in self.numbers)
        yield from (_form(point, reply) for point in self.form)
        if self.words:
            count = count_words(reply)
            asked = f"{count} words, asked for {self.words.low} to {self.words.high}"
            yield _Verdict(self.words.name, "words", self.words.low <= count <= self.words.high, asked)


def _in_words(point: Required) -> str:
    """A required point as it is put to a judge."""
    ideas = [entry if isinstance(entry, str) else entry[0] for entry in point.any_of]
    return f"{point.name}: it says, in these or other words, at least {point.at_least} of: {'; '.join(ideas)}"


def _settled(verdict: _Verdict, told: Sequence[types.Vote]) -> _Verdict:
    """A verdict that needs a judge, as the votes have it."""
    if verdict.met is not None or not told:
        return verdict
    value, reason, _ = votes.settled(told, lambda found: float(found["met"][verdict.name]))
    return replace(verdict, met=None if value is None else value == 1, reason=reason, judged=value is not None)


def _span(made: Made, name: str, kind: str) -> types.Span:
    return types.Span(made.start, made.end, kind, f"{name}: {made.phrase}")


def _required(point: Required, text: Statements) -> _Verdict:
    spans: list[types.Span] = []
    denied: Made | None = None
    for entry in point.any_of:
        for wording in [entry] if isinstance(entry, str) else entry:
            stated = None
            for made in text.find(wording):
                if not made.denied:
                    stated = made
                    break
                denied = denied or made
            if stated:
                spans.append(_span(stated, point.name, "required"))
                break
    met: bool | None = len(spans) >= point.at_least
    if not met and not denied and point.otherwise == "unjudged":
        met = None
    reason = f"{len(spans)} of {point.at_least} stated" if point.at_least > 1 else "stated" if met else "not stated"
    if not met and denied:
        reason += f", {denied.phrase!r} is denied"
    return _Verdict(point.name, "required", met, reason, tuple(spans))


def _forbidden(point: Forbidden, text: Statements) -> _Verdict:
    for statement in point.any_of:
        made = next((made for made in text.find(statement) if not (made.denied or made.aside)), None)
        if made:
            return _Verdict(
                point.name, "forbidden", False, f"says {statement!r}", (_span(made, point.name, "forbidden"),)
            )
    return _Verdict(point.name, "forbidden", True, "not said")


def _number(point: Number, text: Plain) -> _Verdict:
    unit = quantities.fold(point.unit) if point.unit else None
    for quantity in quantities.read(text.text, unit):
        value = quantities.convert(quantity.value, quantity.unit, unit)
        if value is None and quantity.kind is None:
            value = quantity.value if unit is None else None
        if value is not None and abs(value - Fraction(str(point.value))) <= Fraction(str(point.tolerance)):
            start, end = text.span(quantity.start, quantity.end)
            return _Verdict(
                point.name, "number", True, "stated", (types.Span(start, end, "number", point.name),)
            )  # fmt: skip
    spoken = _spoken(point, text)
    if spoken:
        return _Verdict(point.name, "number", True, "stated", (types.Span(*spoken, "number", point.name),))
    return _Verdict(point.name, "number", False, f"{point.value:g} {point.unit or ''}".strip() + " is not stated")


@lru_cache(maxsize=2)
def _facts(text: str) -> tuple[Fact, ...]:
    return tuple(facts(text))


def _spoken(point: Number, text: Plain) -> tuple[int, int] | None:
    """Where the number is stated in words: `fifteen percent`."""
    value, tolerance = Fraction(str(point.value)), Fraction(str(point.tolerance))
    if point.unit is None:
        found = words(text.text)
        for word, after in zip_longest(found, found[1:]):
            measured = after and quantities.fold(after.text) in quantities.UNITS
            if VALUES.get(word.text, 1) != 1 and not measured and abs(VALUES[word.text] - value) <= tolerance:
                return text.span(word.start, word.end)
        return None
    unit = quantities.fold(point.unit)
    kind, factor = quantities.UNITS.get(unit, (None, Fraction(1)))
    for fact in _facts(text.text):
        alike = fact.kind == kind if kind else unit in fact.nouns
        if alike and abs(fact.value / factor - value) <= tolerance:
            return text.span(fact.start, fact.end)
    return None


# ---------------------------------------------------------------- form

_HEADING = r"^[ \t]{0,3}(?:\#{1,6}[ \t]+(?P<title>\S[^\n]*)|\*\*(?P<bold>[^*\n]{1,120})\*\*:?[ \t]*)$"
_FORMS = {
    "heading": re.compile(_HEADING, re.M),
    "section": re.compile(_HEADING, re.M),
    "list": re.compile(
        r"^[ \t>]{0,12}(?:[-*+•‣▪–]|\(?\d{1,3}[.)]|(?P<letter>\(?(?:[a-zA-Z]|[ivx]{2,5}|[IVX]{2,5})[.)]))[ \t]+\S", re.M
    ),
    "table": re.compile(r"^[ \t]{0,3}\|?[ \t]*:?-{2,}:?[ \t]*\|[ \t|:-]*$", re.M),
    "formula": re.compile(r"\$\$[^$]{1,5000}\$\$|(?<!\$)\$[^$\n]{1,500}\$|\\\(|\\\[|\\begin\{"),
    "code": re.compile(r"^[ \t>]{0,8}(?:```|~~~)", re.M),
}


def _form(point: Form, reply: str) -> _Verdict:
    found = list(_FORMS[point.has].finditer(reply))
    if point.has == "section":
        wanted = point.title or ""
        found = [m for m in found if any(True for _ in Statements(m["title"] or m["bold"] or "").find(wanted))]
    if point.has == "list" and sum(m["letter"] is not None for m in found) == 1:
        found = [m for m in found if not m["letter"]]  # `A. Smith wrote ...`
    count = (len(found) + 1) // 2 if point.has == "code" else len(found)
    met = (count < point.at_least) if point.absent else (count >= point.at_least)
    unit = "entries" if point.has == "list" else "found"
    spans = tuple(types.Span(*m.span(), "form", point.name) for m in found[: point.at_least])
    return _Verdict(point.name, "form", met, f"{point.has}: {count} {unit}", spans)
