r"""Which assumptions and theorems does a reply state, where, and which does it use?

A problem lists those that its solution rests on, `[[score.assumptions.items]]`: how they are said (`wordings`), how
they are written (`equation` or `any_of`, whose `letters` may be called anything; or `said_by`: milestones that say the
same), and which steps rest on them (`needed_by`: milestones, or lists of milestones that are all passed).

*Stated*: a wording in a sentence, heading, list item or table row that asserts it (not denied, not asked, supposed or
set aside; not in a list that only says what a hint says; not announced, unless a formula of the same sentence does it),
or its equation, which the brace under a part of a formula may say. *Used*: a step that needs it is passed, in this
reply or an earlier one; without `needed_by`, its equation is written. *Stated where it is used*: in the same paragraph,
list item or step as such a step of this reply, and not far from it: a list at the start or the end is not where a thing
is used. A true relation that rewrites a part by the equation (`U(U^T U)U^T = UU^T`) is such a step too.

An *invented* one is an entry of a list of assumptions or identities that is not on the staff's list and whose equation
is false. An entry, or a theorem with a name, that is not on the list and that no equation decides may be as good as
those on it: then a reader has to say, and the count is None.

A later turn is *grounded* as far as its identities stand in the turns before it: the relations that it writes, either
way round, and the items of the list that it names.

Not covered: paraphrases that no wording lists; use that shows in no milestone; an identity that was written in another
form before.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import Field, model_validator

from evalkit import types
from evalkit.derivation.findings.results import Met, Relation
from evalkit.derivation.findings.written import alike, braced, pieces, sides, ways
from evalkit.derivation.grammar.nodes import Unreadable
from evalkit.derivation.text.layout import Layout, Place, meet
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from evalkit.reading import english
from evalkit.reading.phrases import Made, Phrase, statements_of
from evalkit.types import Analysis, Conversation, Listed, Mark, Metric, Score, Span, left_open

_SIDE = 3
"""Pieces of a side that tells a relation apart; `dL` and `0` are those of many."""
_READ_NOT = frozenset((Verdict.UNPARSED, Verdict.SKIPPED))
_NO_IDENTITY = _READ_NOT | {Verdict.DEFINITION, Verdict.ASSUMPTION}
_ASSUMES = re.compile(r"\b(?:assum|suppos)\w*[^.;!?\n]{0,120}$", re.IGNORECASE)
_PLANS = re.compile(r"\b(?:idea|plan|goal|aim|strategy) (?:is|was|will be)\b", re.IGNORECASE)
_LISTS = re.compile(
    r"\b(?:assum\w+|identity|identities|theorems?|lemmas?|propert(?:y|ies)|facts?|premises?|ingredients?|rules?"
    r"|laws?)\b",
    re.IGNORECASE,
)
"""What the heading of a list of assumptions or identities speaks of."""
_THEOREM = re.compile(
    r"(?<![\w$\\])[A-Z][\w'’]{1,30}(?:[ –—-](?:[A-Z][\w'’]{1,30}|of|the)){0,4}"
    r"[ –—-](?:theorem|lemma|inequality|identity)\b"
)
"""A theorem with a name: `Eckart-Young theorem`."""


class Item(types.Spec):
    """One assumption or theorem of the staff's list."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = Field(min_length=1)
    wordings: list[Phrase] = Field(default_factory=list, description="phrases that name it")
    equation: str | None = Field(None, description="LaTeX, one relation")
    any_of: list[str] = Field(default_factory=list, description="several forms of the equation")
    letters: list[str] = Field(default_factory=list, description="letters of the equations that may be called anything")
    said_by: list[str] = Field(default_factory=list, description="milestones that say the same")
    needed_by: list[str | list[str]] = Field(
        default_factory=list, description="steps that rest on it: a milestone, or a list of which all are passed"
    )

    @model_validator(mode="after")
    def _can_be_stated(self) -> Item:
        if not (self.wordings or self.forms or self.said_by):
            raise ValueError("needs `wordings`, `equation`, `any_of` or `said_by`: how it is stated")
        if not (self.needed_by or self.forms or self.said_by):
            raise ValueError("needs `needed_by`, `equation`, `any_of` or `said_by`: what shows that it is used")
        return self

    @property
    def forms(self) -> list[str]:
        return [*([self.equation] if self.equation else []), *self.any_of]

    @property
    def steps(self) -> list[list[str]]:
        """Each entry of `needed_by` as the milestones that it takes together."""
        return [[step] if isinstance(step, str) else step for step in self.needed_by]


@dataclass(frozen=True, slots=True)
class _Found:
    """What a reply makes of one item."""

    item: Item
    stated: list[Place]
    steps: list[Place]
    """Where this reply takes steps that need it."""
    used: bool
    """Here or in an earlier reply."""

    def at_use(self, layout: Layout) -> bool:
        return any(layout.near(said, step) for said in self.stated for step in self.steps)


class Scorer(types.Scorer):
    """The staff's list of assumptions and theorems against what a reply names and uses."""

    version = 11
    metrics = {
        "stated": Metric("share of the staff's assumptions and theorems that the reply states", full=None, staff=1.0),
        "at_use": Metric("of those it uses, the share stated where they are used", full=None),
        "unused": Metric(
            "of the staff's list, stated and used nowhere", high=1000, full=None, better="lower", staff=0.0,
            listed={"unused": Listed(before="named, not used: ")},
        ),
        "unnamed": Metric("of the staff's list, used and not stated", high=1000, full=None, better="lower", staff=0.0),
        "invented": Metric(
            "false ones that the reply lists as its own", high=1000, full=None, better="lower",
            listed={"invented": Listed(before="not on the staff's list: ")},
        ),
        "grounded": Metric("share of a later turn's identities that stand in the turns before", full=None),
    }  # fmt: skip
    marks = {
        "assumption": Mark("assumption", "assumption", "an assumption or theorem of the staff's list is stated", 55),
        "unused": Mark("assumption-unused", "not used", "stated, but no step that needs it is taken", 56, quiet=True),
        "invented": Mark("assumption-own", "own", "named, but not on the staff's list", 57, quiet=True),
    }
    reads_derivation = True
    imports = ("evalkit.derivation.analysis",)

    items: list[Item] = Field(min_length=1, max_length=100)

    @model_validator(mode="after")
    def _named_once(self) -> Scorer:
        names = [item.id for item in self.items]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two items have the id {twice[0]!r}")
        return self

    def faults(self) -> Sequence[str]:
        """Equations that cannot be read."""
        out = []
        for item in self.items:
            for form in item.forms:
                try:
                    sides(form)
                except (Unreadable, ValueError, RecursionError) as error:
                    out.append(f"item {item.id!r}: {form!r} is no relation that can be read: {error}")
        return out

    def milestones(self) -> Sequence[str]:
        """Those that the items name."""
        return [n for i in self.items for n in (*i.said_by, *(name for step in i.steps for name in step))]

    def score(self, conversation: Conversation) -> Sequence[Score]:
        """Judge the last reply; `unused` and `unnamed` count what earlier replies used as used."""
        analyses = [conversation.analysis(i) for i in range(len(conversation.replies))]
        *earlier, now = analyses
        if now is None:
            return [Score(m, None, "the problem has no [symbols] table") for m in self.metrics]
        before = [a for a in earlier if a is not None]
        reply = _Reply(conversation.text, now)
        found = [_look(item, reply, before) for item in self.items]
        stated, *used = _named(found)
        lacks = next((a.lacks for a in (now, *before) if a.lacks), "")
        return [
            left_open(stated, now.lacks if stated.value != 1 else ""),
            *(left_open(score, lacks) for score in used),
            left_open(_at_use(found, reply.layout), now.lacks),
            left_open(_invented(found, reply), now.lacks),
            left_open(_grounded(found, now, before), lacks),
        ]


# ---------------------------------------------------------------- the metrics


def _named(found: Sequence[_Found]) -> list[Score]:
    stated = [f for f in found if f.stated]
    unused = [f for f in stated if not f.used]
    unnamed = [f.item.id for f in found if f.used and not f.stated]
    missing = [f.item.id for f in found if not f.stated]
    reason = f"{len(stated)} of {len(found)}" + (f"; not stated: {', '.join(missing)}" if missing else "")
    spans = tuple(Span(*place, "assumption", f.item.title) for f in stated for place in f.stated)
    idle = tuple(Span(*f.stated[0], "unused", f.item.title) for f in unused)
    details = {"stated": [f.item.id for f in stated], "used": [f.item.id for f in found if f.used]}
    return [
        Score("stated", len(stated) / len(found), reason, spans, details),
        Score("unused", len(unused), ", ".join(f.item.id for f in unused) or "none", idle),
        Score("unnamed", len(unnamed), ", ".join(unnamed) or "none"),
    ]


def _at_use(found: Sequence[_Found], layout: Layout) -> Score:
    used = [f for f in found if f.steps]
    if not used:
        return Score("at_use", None, "no step is taken that needs one of the staff's list")
    there = [f.item.id for f in used if f.at_use(layout)]
    away = [f.item.id for f in used if f.item.id not in there]
    reason = f"{len(there)} of {len(used)}" + (f"; not where it is used: {', '.join(away)}" if away else "")
    return Score("at_use", len(there) / len(used), reason, (), {"at_use": there, "used": [f.item.id for f in used]})


def _invented(found: Sequence[_Found], reply: _Reply) -> Score:
    own = [place for place in reply.named() if not any(meet(place, said) for f in found for said in f.stated)]
    wrong: list[Place] = []
    open_: list[Place] = []
    for start, end in own:
        verdicts = [r.verdict for r in reply.relations if start <= r.start < end and r.verdict not in _READ_NOT]
        if any(v in FALSE for v in verdicts):
            wrong.append((start, end))
        elif not verdicts or not all(v in TRUE or v is Verdict.DEFINITION for v in verdicts):
            open_.append((start, end))
    spans = tuple(Span(*place, "invented", "false" if place in wrong else "") for place in (*wrong, *open_))
    if open_:
        return Score("invented", None, f"{len(open_)} not on the staff's list: needs a judge or a person", spans)
    return Score("invented", len(wrong), f"{len(wrong)} of {len(own)} that are not on the staff's list", spans)


def _grounded(found: Sequence[_Found], now: Analysis, before: Sequence[Analysis]) -> Score:
    if not before:
        return Score("grounded", None, "the first turn")
    old = {form for a in before for form in _written(a.relations)}
    passed = {met.id for a in before for met in a.milestones}
    own = [r for r in now.relations if r.verdict not in _NO_IDENTITY and not r.negated]
    new = {_form(r.left, r.right): r for r in own if not _stands(r, old, passed)}
    total = len({_form(r.left, r.right) for r in own})
    in_words = [f for f in found if f.stated and not any(meet(p, (r.start, r.end)) for p in f.stated for r in own)]
    fresh = [f.item.id for f in in_words if not f.used]
    count = total + len(in_words)
    if not count:
        return Score("grounded", None, "no identity in this turn")
    kept = count - len(new) - len(fresh)
    shown = [*(f"{r.left} {r.op} {r.right}" for r in new.values()), *fresh]
    reason = f"{kept} of {count} stand in the turns before" + (f"; new: {'; '.join(shown)}"[:300] if shown else "")
    return Score("grounded", kept / count, reason)


# ---------------------------------------------------------------- stated, and used


class _Reply:
    """The judged reply: its statements, its formulas and its layout."""

    def __init__(self, text: str, analysis: Analysis) -> None:
        self.text = text
        self.analysis = analysis
        self.relations: Sequence[Relation] = analysis.relations
        self.layout = Layout(text)
        self.statements = statements_of(text)
        self.sentences = english.sentences(text)
        self.braced = list(braced(text))

    def asserts(self, made: Made) -> bool:
        """Whether a place that names something asserts it."""
        place = (made.start, made.end)
        if made.denied or english.left_out(self.text, *place) or self.layout.reported(made.start):
            return False
        number = max(bisect_right(self.sentences, (made.start, len(self.text))) - 1, 0)
        start, end = self.sentences[number] if self.sentences else (0, len(self.text))
        said = self.text[start:end]
        if said.rstrip().endswith("?"):
            return False
        if made.aside and (english.set_aside(self.text, *place) or not _ASSUMES.search(self.text, start, made.start)):
            return False
        reach = end if said.rstrip().endswith((".", "!")) else end + 10  # `we use the rule:`, and a display below
        if any(start <= r.start < reach for r in self.relations):
            return True
        return not any(cue.search(said) for cue in (english.ANNOUNCES, english.SUGGESTS, _PLANS))

    def named(self) -> Iterator[Place]:
        """Entries of lists of assumptions or identities, and theorems with a name."""
        yield from (place for place in self.layout.entries() if _LISTS.search(self.layout.lead(place[0])))
        yield from (m.span() for m in _THEOREM.finditer(self.text))


def _look(item: Item, reply: _Reply, before: Sequence[Analysis]) -> _Found:
    now = reply.analysis
    said = [*_written_as(item, now), *_in_braces(item, reply)]
    written = [place for place in said if not reply.layout.reported(place[0])]
    named = [made for wording in item.wordings for made in reply.statements.find(wording) if reply.asserts(made)]
    stated = sorted({*written, *((made.start, made.end) for made in named)})
    if not item.needed_by:
        return _Found(item, stated, written, any(_written_as(item, a) for a in (now, *before)))
    here, ever = _passed([now]), _passed([now, *before])
    names = {name for step in item.steps if here.issuperset(step) for name in step}
    steps = [place for met in now.milestones if met.id in names for place in _work(met, now)]
    steps += _rewritten(item, now) if steps else ()
    return _Found(item, stated, steps, any(ever.issuperset(step) for step in item.steps))


def _passed(analyses: Sequence[Analysis]) -> set[str]:
    return {met.id for a in analyses for met in a.milestones}


def _work(met: Met, analysis: Analysis) -> Iterator[Place]:
    """Where a milestone is passed, and the relations that lead to it or repeat it: they share a side with it."""
    yield met.start, met.end
    if met.relation is not None:
        chain = [r for r in analysis.relations if met.start <= r.start and r.end <= met.end]
        sides = {side for r in chain for side in _form(r.left, r.right) if len(pieces(side)) >= _SIDE}
        yield from ((r.start, r.end) for r in analysis.relations if sides & _form(r.left, r.right))


def _written_as(item: Item, analysis: Analysis) -> list[Place]:
    """Where its equation is written, or a milestone that says the same."""
    places = [(met.start, met.end) for met in analysis.milestones if met.id in item.said_by]
    for form in item.forms:
        both = ways(form)
        for r in analysis.relations:
            if r.op == "=" and not r.negated and r.verdict not in FALSE:
                written = [*pieces(r.left), "=", *pieces(r.right)]
                if any(alike(way, written, item.letters) for way in both):
                    places.append((r.start, r.end))
    return places


def _rewritten(item: Item, analysis: Analysis) -> Iterator[Place]:
    """Where a side of its equation stands inside a longer side of a true relation, and is gone in the other: there the
    equation is used, whatever step that is."""
    wanted = [side for form in item.forms for side in map(pieces, sides(form)) if len(side) >= _SIDE]
    for r in analysis.relations:
        if r.op == "=" and r.verdict in TRUE:
            left, right = (
                any(_holds(side, pieces(text), item.letters) for side in wanted) for text in (r.left, r.right)
            )
            if left != right:
                yield r.start, r.end


def _holds(side: Sequence[str], text: Sequence[str], letters: Sequence[str]) -> bool:
    """Whether the text has the side as a part."""
    room = len(text) - len(side)
    return room > 0 and any(alike(side, text[at : at + len(side)], letters) for at in range(room + 1))


def _in_braces(item: Item, reply: _Reply) -> Iterator[Place]:
    """Where a brace under or over a part of a formula says its equation."""
    for left, right, start, end in reply.braced:
        written = [*pieces(left), "=", *pieces(right)]
        if any(alike(way, written, item.letters) for form in item.forms for way in ways(form)):
            yield start, end


def _form(left: str, right: str) -> frozenset[str]:
    """A relation and its mirror image are the same."""
    return frozenset((left.replace(" ", ""), right.replace(" ", "")))


def _written(relations: Sequence[Relation]) -> Iterator[frozenset[str]]:
    """The relations, and any two sides of one chain."""
    sides: list[str] = []
    for i, r in enumerate(relations):
        sides = [*sides[-5:], r.left] if i and relations[i - 1].chain == r.chain else [r.left]
        yield from (_form(side, r.right) for side in sides)


def _stands(r: Relation, old: set[frozenset[str]], passed: set[str]) -> bool:
    return _form(r.left, r.right) in old or (bool(r.milestones) and set(r.milestones) <= passed)
