"""Scorers called in this process, where a fault in them shows: rows of (replies, expected values, id).

A scorer whose values are None or 0 for ever passes every test that only asks whether a run ends, so a table has to show
each metric at another value once, and at None once (`holes`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import pytest

from evalkit import plugins
from evalkit.types import Conversation, Question, Score, Scorer

Values = dict[str, float | None]
Analysed = Callable[[int], Any]


class Row(NamedTuple):
    """replies: one, or those of a conversation, of which the last is judged. fields: of the scorer."""

    replies: str | tuple[str, ...]
    expected: Values
    id: str
    fields: dict[str, Any] = {}  # noqa: RUF012  # never changed

    @property
    def turns(self) -> tuple[str, ...]:
        return (self.replies,) if isinstance(self.replies, str) else self.replies


def build(name: str, **fields: Any) -> Scorer:
    """The scorer of that file with these fields."""
    scorer: Scorer = plugins.load("scorers", name).Scorer.model_validate(fields)
    return scorer


def scored(
    name: str, question: Question, turns: tuple[str, ...], analysed: Analysed = lambda _: None, **fields: Any
) -> dict[str, Score]:
    """All scores of the last reply by metric: each metric once, within its range, with a reason and spans in the reply."""
    scorer = build(name, **fields)
    scores = scorer.score(Conversation(question, turns, analysed))
    assert [s.metric for s in scores] == list(scorer.metrics)
    for score in scores:
        metric = scorer.metrics[score.metric]
        assert score.reason
        assert score.value is None or metric.low <= score.value <= metric.high
        assert all(0 <= span.start < span.end <= len(turns[-1]) for span in score.spans)
    return {s.metric: s for s in scores}


def values(scores: dict[str, Score]) -> Values:
    return rounded({metric: score.value for metric, score in scores.items()})


def rounded(expected: Values) -> Values:
    return {metric: value if value is None else round(value, 12) for metric, value in expected.items()}


def table(rows: dict[str, list[Row]]) -> pytest.MarkDecorator:
    """All rows of all scorers, each with the scorer's name before its own."""
    cases = [(name, row) for name, own in rows.items() for row in own]
    return pytest.mark.parametrize(("name", "row"), cases, ids=[f"{name}-{row.id}" for name, row in cases])


def holes(rows: dict[str, list[Row]], never_none: Iterable[str] = ()) -> set[str]:
    """Metrics that no row shows at a value other than 0, and those that none shows at None although they can be."""
    missing: set[str] = set()
    for name, own in rows.items():
        for metric in plugins.load("scorers", name).Scorer.metrics:
            seen = {row.expected[metric] for row in own}
            if not seen - {0, None}:
                missing.add(f"{name}.{metric}: only 0 or None")
            if None not in seen and f"{name}.{metric}" not in never_none:
                missing.add(f"{name}.{metric}: never None")
    return missing
