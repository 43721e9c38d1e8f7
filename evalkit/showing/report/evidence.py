"""What the scorers' spans say, as marks on the reply and as a list beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from evalkit.judging import metrics
from evalkit.runfile.records import StoredScore
from evalkit.showing.report.markup import Mark as Placed
from evalkit.showing.report.mathml import mathml
from evalkit.types import Mark, Metric, Span

OTHER = Mark("other", "other", "other evidence")


def legend() -> list[Mark]:
    """Every mark that the report may show, in order."""
    return [*metrics.legend(), OTHER]


def css(mark: Mark) -> str:
    """The class of a mark."""
    return f"k-{mark.name}"


def style(sheet: str) -> str:
    """Rules for the marks of scorers that the style sheet does not know: as other evidence, with their own switch."""
    unknown = [c for c in map(css, legend()) if not re.search(rf"\.{re.escape(c)}(?![\w-])", sheet)]
    where = ":is(body:not(.no-{0}) .text, #legend, .items) .{0}"
    return "".join(f"{where.format(c)} {{ background: var(--same); }}\n" for c in unknown)


@dataclass(frozen=True)
class Item:
    """One line of the list: a false equation with its counterexample, an altered quotation with its source, ..."""

    css: str
    name: str
    math: Markup | None
    quoted: str
    text: str


def evidence(text: str, scores: Sequence[StoredScore]) -> tuple[list[Placed], tuple[Item, ...]]:
    """Marks on the reply and the list of what needs words. One span that several metrics share is shown once."""
    placed: dict[tuple[int, int, str], Placed] = {}
    for stored in scores:
        declared, listed = metrics.marks(stored.scorer), _info(stored).listed
        longer = {kind: iter(_counterexamples(stored, line.details)) for kind, line in listed.items()}
        for span in stored.score.spans:
            mark = declared.get(span.kind, OTHER)
            note = next(longer.get(span.kind, iter(())), span.note)
            short = span.kind if mark is OTHER else mark.label
            shown = Placed(span.start, span.end, css(mark), f"{short}: {note}".rstrip(": "))
            placed.setdefault((span.start, span.end, css(mark)), shown)
    items = [item for stored in scores for item in _items(text, stored)]
    return list(placed.values()), tuple(dict.fromkeys(items))


def _items(text: str, stored: StoredScore) -> Iterator[Item]:
    declared = metrics.marks(stored.scorer)
    for kind, listed in _info(stored).listed.items():
        if not listed.details:
            continue
        mark = declared.get(kind, OTHER)
        notes = _counterexamples(stored, listed.details)
        for entry, note in zip(_listed(stored, listed.details), notes, strict=True):
            yield Item(css(mark), mark.label, Markup(mathml(_bare(str(entry.get("source", ""))))), "", note)
    for span in stored.score.spans:
        line = _info(stored).listed.get(span.kind)
        if line and not line.details:
            mark = declared.get(span.kind, OTHER)
            quoted = _cut(text, span) if line.quoted else ""
            yield Item(css(mark), mark.label, None, quoted, f"{line.before}{span.note}")


def _info(stored: StoredScore) -> Metric:
    return metrics.metric_info(f"{stored.scorer}.{stored.score.metric}")


def _listed(stored: StoredScore, key: str) -> list[Mapping[str, Any]]:
    found = stored.score.details.get(key)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _counterexamples(stored: StoredScore, key: str) -> list[str]:
    """In words, one for each false relation: in which world, where, and both values."""
    notes = []
    for entry in _listed(stored, key):
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
