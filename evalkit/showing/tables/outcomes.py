"""The tables of a whole comparison in their order: the primary outcome first and in full, the rest in one table."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.comparing.comparison import Comparison, Verdict
from evalkit.comparing.results import Results
from evalkit.comparing.steering import Steering
from evalkit.errors import counted
from evalkit.judging.metrics import metric_info
from evalkit.showing.tables import Table, answered_table, comparison_tables, model_tables, spread_tables
from evalkit.showing.tables.ladder import ladder_tables
from evalkit.showing.tables.numbers import estimate, p_value
from evalkit.showing.tables.steering import steering_tables
from evalkit.showing.tables.wording import told, verdict_words
from evalkit.showing.tables.wordings import wording_tables

ABOUT = (
    "Not asked for by this experiment: p values are adjusted inside a metric and not over metrics, so what stands here "
    "is a hint for the next experiment. All tables: --all, or --metric NAME."
)


def outcome_tables(found: Results, moved: Steering, *, secondary: bool, narrowed: bool) -> list[Table]:
    """narrowed: metrics were asked for, so steering is left out; secondary: all tables of other metrics too."""
    rows = [*found.comparisons, *found.changes]
    answers = [answered_table(found.answers)] if found.answers else []
    steered = [] if narrowed else [*steering_tables(moved), *ladder_tables(found.ladders)]
    looked = spread_tables([c for c in found.comparisons if c.metric in found.focus])
    if not found.primary or narrowed or secondary:
        phrased = wording_tables(found.comparisons)
        return [*comparison_tables(rows), *phrased, *looked, *model_tables(found.models), *steered, *answers]
    role = metric_info(found.primary).role
    first = [c for c in rows if c.metric == found.primary]
    models = [c for c in found.models if c.metric == found.primary]
    tables = [*comparison_tables(first), *wording_tables(first), *looked, *model_tables(models)]
    if role in ("use level", "violation"):
        tables += [*steering_tables(Steering(moved.rates, moved.indices)), *ladder_tables(found.ladders)]
    elif role == "answer":
        tables += [*steering_tables(Steering(flips=moved.flips)), *answers]
    return [*tables, *secondary_table(found.comparisons)]


def secondary_table(comparisons: Sequence[Comparison]) -> list[Table]:
    """What can be told of the other metrics, one line each."""
    others = [c for c in comparisons if c.outcome == "secondary"]
    if not others:
        return []
    several = len({c.model for c in others}) > 1
    rows = tuple(
        (
            c.metric, *((c.model,) if several else ()), f"{c.arm} vs {c.baseline}", estimate(c.these),
            p_value(c.these.p_adjusted), estimate(c.like), p_value(c.like.p_adjusted), verdict_words(c),
        )
        for c in others
        if told(c) is not Verdict.CANNOT_TELL
    )  # fmt: skip
    keys = ("metric", *(("model",) if several else ()), "arm")
    columns = (*keys, "these problems", "p", "like these", "p", "verdict")
    title = f"Secondary outcomes: {len(rows)} of {counted(len(others), 'comparison')} can be told"
    title += "" if several else f" · {others[0].model}"
    n = len(keys)
    folds = ((n + 4,), (n, n + 1), (n + 2, n + 3))
    return [Table(title, columns, rows, ABOUT, frozenset(range(n, n + 4)), folds)]
