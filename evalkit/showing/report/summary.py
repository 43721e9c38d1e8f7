"""The answer first: what the comparisons say, in words, and one small matrix of verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from evalkit.comparing.contrasts import Comparison, Reading, Verdict, headline_metrics, metric_info
from evalkit.showing.tables import estimate, p_value
from evalkit.showing.tables.wording import reading_words, told


@dataclass(frozen=True)
class Sentence:
    """One difference that can be told from chance, or was shown to be small. kind: as in Cell."""

    kind: str
    contrast: str
    text: str


@dataclass(frozen=True)
class Finding:
    """Everything that is known of one metric and model."""

    metric: str
    about: str
    model: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class Cell:
    """One verdict in the matrix. kind: better, worse, higher, lower, same or cannot."""

    kind: str
    difference: str
    title: str


@dataclass(frozen=True)
class Row:
    """One metric and model of the matrix; a cell for each contrast, None where it was not compared."""

    metric: str
    about: str
    model: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class Summary:
    """The first screen. `total` counts comparisons but the primary ones, `unknown` those that nothing is told of."""

    findings: tuple[Finding, ...]
    primary: tuple[Finding, ...]
    """Of the primary metric, where there is one: every comparison, told or not. `findings` are then the others."""
    contrasts: tuple[str, ...]
    rows: tuple[Row, ...]
    total: int
    unknown: int


def summarise(comparisons: Sequence[Comparison]) -> Summary:
    """The verdicts in words: the first metrics first, and of each what holds for problems like these first."""
    asked = [c for c in comparisons if c.outcome == "primary"]
    first = headline_metrics([c.metric for c in comparisons]) or sorted({c.metric for c in comparisons})[:8]
    first = [*dict.fromkeys(c.metric for c in asked), *(m for m in first if m not in {c.metric for c in asked})]
    order = {metric: i for i, metric in enumerate(first)}
    known = [c for c in comparisons if told(c) is not Verdict.CANNOT_TELL]
    known.sort(
        key=lambda c: (order.get(c.metric, len(order)), c.metric, c.model, c.like.verdict is Verdict.CANNOT_TELL)
    )
    contrasts = tuple(dict.fromkeys(_contrast(c, comparisons) for c in comparisons))
    rows = []
    for metric in first:
        for model in dict.fromkeys(c.model for c in comparisons if c.metric == metric):
            found = {_contrast(c, comparisons): _cell(c) for c in comparisons if (c.metric, c.model) == (metric, model)}
            rows.append(Row(metric, metric_info(metric).about, model, tuple(found.get(name) for name in contrasts)))
    secondary = _findings([c for c in known if c.outcome != "primary"])
    total = len(comparisons) - len(asked)
    unknown = total - sum(len(f.sentences) for f in secondary)
    return Summary(secondary, _findings(asked), contrasts, tuple(rows), total, unknown)


def _findings(comparisons: Sequence[Comparison]) -> tuple[Finding, ...]:
    return tuple(
        Finding(metric, metric_info(metric).about, model, tuple(map(_sentence, part)))
        for (metric, model), part in groupby(comparisons, key=lambda c: (c.metric, c.model))
    )


def _contrast(c: Comparison, of: Sequence[Comparison]) -> str:
    alone = c.kind == "contrast" and len({o.baseline for o in of if o.kind == "contrast"}) == 1
    return c.arm if alone else f"{c.arm} vs {c.baseline}"


_KINDS = {Verdict.NO_DIFFERENCE: "same", Verdict.CANNOT_TELL: "cannot"}


def _kind(c: Comparison) -> str:
    verdict = told(c)
    return _KINDS.get(verdict, str(verdict))


def _sentence(c: Comparison) -> Sentence:
    size = f"{c.pairs} pairs in {c.problems} problem{'' if c.problems == 1 else 's'}"
    dropped = sum(c.dropped.values())
    size += f", {dropped} dropped" if dropped else ""
    text = f"these problems: {_reading(c, c.these)}; problems like these: {_reading(c, c.like)} ({size})"
    return Sentence(_kind(c), f"{c.arm} against {c.baseline}", text)


def _reading(c: Comparison, reading: Reading) -> str:
    p = f", p {_equals(p_value(reading.p_adjusted))}" if reading.p_adjusted is not None else ""
    words = reading_words(c, reading)
    return (
        words if reading.verdict is Verdict.CANNOT_TELL and reading.low is None else f"{words}, {estimate(reading)}{p}"
    )


def _equals(p: str) -> str:
    return p if p.startswith("<") else f"= {p}"


def _cell(c: Comparison) -> Cell:
    title = f"these problems: {_reading(c, c.these)}; problems like these: {_reading(c, c.like)}"
    if c.note:
        return Cell("cannot", "–", c.note)
    kind = _kind(c)
    reading = c.these if c.these.difference is not None else c.like
    return Cell(kind, estimate(reading).split(" ")[0], f"{c.pairs} pairs; {title}")
