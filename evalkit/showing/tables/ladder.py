"""Hint ladders as tables and in words: what each turn changes, who adopts when, the lowest level that steers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from evalkit.comparing.ladder import Hazard, Ladder, turn_of
from evalkit.judging.metrics import metric_for
from evalkit.showing.tables.form import Table
from evalkit.showing.tables.numbers import DASH, estimate, p_value, rate
from evalkit.showing.tables.wording import data, verdict_words

ABOUT = (
    "Change: of the use level since the first turn, less the placebo's change where there is a placebo; p adjusted "
    "over all turns (Holm). Adopt: of the conversations that had not used the staff's approach before, the share that "
    "does, with its 95 % interval for problems like these."
)


def ladder_tables(found: Sequence[Ladder]) -> list[Table]:
    """One table a model, one row for each arm and later turn, and one for all repeats together."""
    columns = ("arm", "turn", "these problems", "p", "like these", "p", "verdict", "adopt")
    tables = []
    for model, part in groupby(found, key=lambda x: x.model):
        listed = list(part)
        rows = tuple(row for ladder in listed for row in _rows(ladder))
        words = " ".join(in_words(ladder) for ladder in listed)
        numeric = frozenset({2, 3, 4, 5, 7})
        tables.append(Table(f"Hint by hint · {model}", columns, rows, f"{words} {ABOUT}", numeric, _FOLDS))
    return tables


_FOLDS = ((6,), (2, 3), (7,), (4, 5))


def _rows(ladder: Ladder) -> list[tuple[str, ...]]:
    changed = {turn_of(c): c for c in ladder.turns}
    adopted = {h.turn: h for h in ladder.hazards}
    rows: list[tuple[str, ...]] = []
    for turn in sorted({*changed, *adopted} - {0}):
        c, name = changed.get(turn), f"{turn}: {ladder.names[turn]}" if turn in ladder.names else str(turn)
        told: tuple[str, ...] = (DASH,) * 5
        if c is not None:
            told = (
                estimate(c.these), p_value(c.these.p_adjusted), estimate(c.like), p_value(c.like.p_adjusted),
                verdict_words(c),
            )  # fmt: skip
        rows.append((ladder.arm, name, *told, _adopt(adopted.get(turn))))
    if 0 in adopted:
        rows.append((ladder.arm, "all", *[""] * 5, _adopt(adopted[0])))
    return rows


def _adopt(h: Hazard | None) -> str:
    if h is None:
        return DASH
    limits = " [?]" if h.low is None else f" [{rate(h.low)}, {rate(h.high)}]"
    return f"{h.adopted}/{h.at_risk} {rate(h.value)}{limits}" + (f", {h.unjudged} unjudged" if h.unjudged else "")


def in_words(ladder: Ladder) -> str:
    """The trend and the lowest level that steers."""
    trend = ladder.trend
    parts = []
    if trend is not None and trend.these.difference is not None:
        p = f"p {p_value(trend.these.p_adjusted)} on these problems, {p_value(trend.like.p_adjusted)} on others"
        parts.append(f"{ladder.arm}: {estimate(trend.these)} use levels a turn ({p})")
    lowest = ladder.lowest
    named = f" ({ladder.names[lowest]})" if lowest is not None and lowest in ladder.names else ""
    parts.append(f"the lowest turn that steers is {lowest}{named}" if lowest else "no turn is told to steer")
    return "; ".join(parts) + "."


def ladder_data(found: Sequence[Ladder]) -> list[dict[str, Any]]:
    """Trends, turns and hazards as JSON gives them."""
    rows: list[dict[str, Any]] = []
    for ladder in found:
        told = [*([ladder.trend] if ladder.trend else []), *ladder.turns]
        rows += [{**data(c), "turn": str(turn_of(c)) if c.kind == "change" else c.turn} for c in told]
        rows += [{"kind": "hazard", "metric": metric_for("use level"), **asdict(h)} for h in ladder.hazards]
    return rows
