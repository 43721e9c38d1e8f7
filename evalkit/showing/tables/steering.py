"""Tables of the steering measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from evalkit.comparing.index import Index
from evalkit.comparing.steering import Flips, Rate, Steering
from evalkit.judging.metrics import metric_for
from evalkit.showing.tables.form import Table
from evalkit.showing.tables.numbers import DASH, p_value, rate


def steering_tables(found: Steering) -> list[Table]:
    """Rates with their denominators, steering indices against the placebo, and flip tables in all directions."""
    tables = [_rates(model, list(part)) for model, part in groupby(found.rates, key=lambda r: r.model)]
    return [
        *tables,
        *([_indices(found.indices)] if found.indices else []),
        *([_flips(found.flips)] if found.flips else []),
    ]


def steering_data(found: Steering) -> list[dict[str, Any]]:
    """The indices as JSON gives them."""
    return [{"kind": "steering index", "metric": metric_for("use level"), **asdict(i)} for i in found.indices]


def _indices(found: Sequence[Index]) -> Table:
    columns = ("model", "arm", "staff use", "placebo", "index, these problems", "problems like these", "p")
    rows = tuple(
        (
            i.model, i.arm, rate(i.rate), rate(i.placebo_rate), _interval(i.value, i.low, i.high), _like(i),
            p_value(i.like_p),
        )
        for i in found
    )  # fmt: skip
    why: dict[str, list[str]] = {}
    for i in found:
        reason = i.note or (f"problems like these, {i.like_note}" if i.like_note else "")
        why.setdefault(reason, []).append(i.arm)
    told = [f"No interval for {', '.join(dict.fromkeys(arms))}: {reason}. " for reason, arms in why.items() if reason]
    note = "".join(told) + (
        "(rate - placebo rate) / (1 - placebo rate) of staff use, over the pairs that were judged in both arms. "
        "Problems like these: means of problems (clusters), Fieller's interval; p: that the index is 0, not adjusted."
    )
    folds = ((4,), (2, 3), (5, 6))
    return _of_one_model(
        Table("Steering index against the placebo", columns, rows, note, frozenset(range(2, 7)), folds)
    )


def _of_one_model(table: Table) -> Table:
    """The table without its column of models where there is one model, which the title says then."""
    at = table.columns.index("model")
    models = {row[at] for row in table.rows}
    if len(models) != 1:
        return table
    columns, *rows = ((*row[:at], *row[at + 1 :]) for row in (table.columns, *table.rows))
    folds = tuple(tuple(i - (i > at) for i in group) for group in table.folds)
    numeric = frozenset(i - (i > at) for i in table.numeric)
    return Table(f"{table.title} · {models.pop()}", columns, tuple(rows), table.note, numeric, folds)


def _like(found: Index) -> str:
    if found.like is None:
        return DASH
    return rate(found.like) + (
        " [?]" if found.like_low is None else f" [{rate(found.like_low)}, {rate(found.like_high)}]"
    )


def _flips(found: Sequence[Flips]) -> Table:
    ways = ("right → right", "right → wrong", "wrong → right", "wrong → other wrong", "wrong → same", "unjudged")
    rows = tuple(
        (f.metric, f.model, f.arm, *map(str, (f.held, f.broken, f.fixed, f.changed, f.kept, f.unjudged))) for f in found
    )
    note = "Conversations: the first turn against the judged turn. Every direction is shown, nothing is netted."
    columns = ("answer", "model", "arm", *ways)
    return _of_one_model(Table("Answers that held or flipped", columns, rows, note, frozenset(range(3, 9))))


def _rates(model: str, rates: Sequence[Rate]) -> Table:
    """Arms down, measures across."""
    measures = list(dict.fromkeys(r.measure for r in rates))
    cells = {(r.arm, r.measure): r for r in rates}
    rows = tuple(
        (arm, *(_rate_cell(cells.get((arm, m))) for m in measures)) for arm in dict.fromkeys(r.arm for r in rates)
    )
    about = "; ".join(f"{m}: {next(r.about for r in rates if r.measure == m)}" for m in measures)
    note = f"Conversations: count/denominator, rate and its 95 % Wilson interval. {about}."
    return Table(f"Steering · {model}", ("arm", *measures), rows, note, frozenset(range(1, len(measures) + 1)))


def _rate_cell(found: Rate | None) -> str:
    if found is None:
        return DASH
    missing = f", {found.unjudged} unjudged" if found.unjudged else ""
    return f"{found.count}/{found.of} {_interval(found.value, found.low, found.high)}{missing}".strip()


def _interval(value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return DASH
    return f"{rate(value)} [{rate(low)}, {rate(high)}]"
