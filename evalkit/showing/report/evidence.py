"""What the scorers' spans say, as marks on the reply and as a list beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from evalkit.runfile.records import StoredScore
from evalkit.showing.report.markup import Mark
from evalkit.showing.report.mathml import mathml
from evalkit.types import Span

LEGEND: Mapping[str, tuple[str, str]] = {
    "k-answer": ("answer", "the answer that was judged"),
    "k-milestone": ("milestone", "a milestone of the staff's solution"),
    "k-false": ("false", "an equation that does not hold"),
    "k-leap": ("leap", "steps were left out before this"),
    "k-use": ("approach", "the staff's approach is used (levels 2 and 3)"),
    "k-mention": ("mention", "the staff's approach is mentioned (level 1)"),
    "k-claim": ("claim", "the staff's approach is announced: a claim is no use"),
    "k-rival": ("rival", "another approach is used"),
    "k-ban": ("ban", "a banned approach is used"),
    "k-quote": ("quotation", "a faithful quotation"),
    "k-altered": ("altered", "an altered, spliced or invented quotation"),
    "k-bad": ("unsupported", "a number without support, or a statement that is barred"),
    "k-number": ("number", "a number with support in the passage"),
    "k-unread": ("unread", "mathematics that could not be read"),
    "k-new": ("new", "new against the earlier turns"),
    "k-other": ("other", "other evidence"),
}
"""CSS class of a mark -> (short name, what it means)."""
QUIET = frozenset({"k-unread", "k-new", "k-number", "k-mention"})
"""Marks that are off until the reader asks for them."""

_CLASSES = {
    "answer": "k-answer", "statement": "k-answer", "required": "k-answer", "milestone": "k-milestone",
    "false": "k-false", "leap": "k-leap", "claim": "k-claim", "ban": "k-ban", "approach 1": "k-mention",
    "approach 2": "k-use", "approach 3": "k-use", "rival 1": "k-mention", "rival 2": "k-rival", "rival 3": "k-rival",
    "verbatim": "k-quote", "elided": "k-quote", "altered": "k-altered", "spliced": "k-altered", "absent": "k-altered",
    "supported": "k-number", "derived": "k-number", "unsupported": "k-bad", "barred": "k-bad", "forbidden": "k-bad",
    "unread": "k-unread", "new": "k-new",
}  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One line of the list: a false equation with its counterexample, an altered quotation with its source, ..."""

    css: str
    name: str
    math: Markup | None
    quoted: str
    text: str


def evidence(text: str, scores: Sequence[StoredScore]) -> tuple[list[Mark], tuple[Item, ...]]:
    """Marks on the reply and the list of what needs words. One span that several metrics share is shown once."""
    marks: dict[tuple[int, int, str], Mark] = {}
    for stored in scores:
        notes = _counterexamples(stored) if stored.scorer == "equations" else []
        for i, span in enumerate(stored.score.spans):
            css = _CLASSES.get(span.kind, "k-other")
            note = notes[i] if i < len(notes) and span.kind == "false" else span.note
            short = LEGEND[css][0] if css != "k-other" else span.kind
            marks.setdefault(
                (span.start, span.end, css), Mark(span.start, span.end, css, f"{short}: {note}".rstrip(": "))
            )
    items = [item for stored in scores for item in _items(text, stored)]
    return list(marks.values()), tuple(dict.fromkeys(items))


def _items(text: str, stored: StoredScore) -> Iterator[Item]:
    name = f"{stored.scorer}.{stored.score.metric}"
    match name:
        case "equations.false":
            notes = _counterexamples(stored)
            for entry, note in zip(_listed(stored, "false"), notes, strict=True):
                source = str(entry.get("source", ""))
                yield Item("k-false", "false", Markup(mathml(_bare(source))), "", note)
        case "leaps.count":
            for span in stored.score.spans:
                yield Item("k-leap", "leap", None, "", span.note)
        case "ban.violated" | "quotes.altered" | "quotes.absent" | "text.correct" | "grounding.unsupported":
            for span in stored.score.spans:
                css = _CLASSES.get(span.kind, "k-other")
                if css in ("k-ban", "k-altered", "k-bad"):
                    yield Item(css, LEGEND[css][0], None, _cut(text, span), span.note)
        case "approach.claimed":
            for span in stored.score.spans:
                yield Item("k-claim", "claim", None, _cut(text, span), f"announces {span.note}")


def _listed(stored: StoredScore, key: str) -> list[Mapping[str, Any]]:
    found = stored.score.details.get(key)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _counterexamples(stored: StoredScore) -> list[str]:
    """In words, one for each false relation: in which world, where, and both values."""
    notes = []
    for entry in _listed(stored, "false"):
        note = ": ".join(str(entry[key]) for key in ("verdict", "reason") if entry.get(key)) or "does not hold"
        counter = entry.get("counterexample")
        if isinstance(counter, list) and len(counter) == 4:
            world, at, left, right = counter
            note = f"{note}: in {world}, {at}, the left side is {_value(left)} and the right side {_value(right)}"
        notes.append(note)
    return notes


def _value(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else str(value)


def _bare(source: str) -> str:
    """A piece of an aligned display without its marks of alignment."""
    return source.replace("&", " ").replace("\\\\", " ").strip()


def _cut(text: str, span: Span, most: int = 300) -> str:
    found = text[span.start : span.end]
    return found if len(found) <= most else f"{found[:most]} …"
