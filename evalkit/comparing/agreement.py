"""`evalkit agreement`: how far the scorers agree with human labels, and what the labels make of the arms' means.

Labels come with transcripts (`evalkit import`). Per metric: raw agreement, prevalence, Cohen's kappa with its interval
and the confusion, over all arms and per arm, because a scorer may err differently by arm. With 30 labels an arm its
mean is corrected by them (PPI++) from that arm's own errors. Not covered: metrics with many values (kappa takes each
value as a category of its own), and labels that were not chosen at random. A label agrees with a score that rounds to
it where it is written with three decimals or more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evalkit.comparing.frame import clusters, frame
from evalkit.runfile.store import Store
from evalkit.stats.agreement import Agreement, agreement
from evalkit.stats.corrected import Corrected, as_written, corrected_mean
from evalkit.stats.groups import Sides

ALL_ARMS = "all arms"


@dataclass(frozen=True)
class Row:
    """One metric in one arm (or all of them). `unjudged`: labelled turns where one of the two is None."""

    metric: str
    arm: str
    found: Agreement
    unjudged: int
    corrected: Corrected | None
    """The arm's mean over all its judged turns, corrected by the labels; None for all arms together."""


def compare_labels(store: Store, metrics: Sequence[str] | None = None) -> list[Row]:
    """One row per metric and arm that has labels, sorted. Turns are matched by trial and assistant turn."""
    names = dict.fromkeys(("problem", "template", "model", "metric"), "str")
    scores = frame(store, "all").astype(names).rename(columns={"value": "score"})
    labels = pd.DataFrame(
        [
            (t.problem, t.template, t.model, t.sample, int(turn), metric, value)
            for t, turn, metric, value in store.labels()
        ],
        columns=["problem", "template", "model", "sample", "turn", "metric", "label"],
    )
    keys = ["problem", "template", "model", "sample", "turn", "metric"]
    both = scores.merge(labels, on=keys, how="left", indicator=True)
    both["cluster"] = both["problem"].map(clusters(store))
    rows: list[Row] = []
    for metric, part in both.groupby("metric", sort=True):
        if metrics and metric not in metrics:
            continue
        arms = sorted({str(name) for name in part["template"]})
        rows += [r for arm in (ALL_ARMS, *arms) if (r := _row(str(metric), arm, part)) is not None]
    return rows


def _row(metric: str, arm: str, part: pd.DataFrame) -> Row | None:
    mine = part if arm == ALL_ARMS else part[part["template"] == arm]
    labelled = mine[mine["_merge"] == "both"]
    pairs = labelled.dropna(subset=["label", "score"])
    if pairs.empty:
        return None
    judge = pairs["score"].to_numpy(dtype=float)
    human = np.array([as_written(h, s) for h, s in zip(pairs["label"].astype(float), judge, strict=True)])
    others = mine[mine["_merge"] != "both"].dropna(subset=["score"])
    cluster = Sides(pairs["cluster"].tolist(), others["cluster"].tolist())
    rest = others["score"].to_numpy(dtype=float)
    corrected = None if arm == ALL_ARMS else corrected_mean(human, judge, rest, cluster=cluster)
    return Row(metric, arm, agreement(human, judge), len(labelled) - len(pairs), corrected)


def table_rows(rows: Sequence[Row]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Columns and cells."""
    columns = ("metric", "arm", "labels", "unjudged", "agree", "kappa", "prevalence", "label>score", "corrected mean")
    return columns, tuple(
        (
            r.metric,
            r.arm,
            str(r.found.n),
            str(r.unjudged),
            _agree(r.found),
            _kappa(r.found),
            _prevalence(r.found),
            _off(r.found),
            _mean(r),
        )
        for r in rows
    )


def _agree(a: Agreement) -> str:
    return f"{a.raw:.2f} [{a.raw_low:.2f}, {a.raw_high:.2f}]"


def _kappa(a: Agreement) -> str:
    if a.kappa is None:
        return "–"
    return f"{a.kappa:.2f}" + (f" [{a.low:.2f}, {a.high:.2f}]" if a.low is not None and a.high is not None else " [?]")


def _prevalence(a: Agreement) -> str:
    """Share of each value by the first and by the second rater; of 0/1 that of 1 alone."""
    told = list(zip(a.categories, *a.prevalence, strict=True))
    if {c for c, _, _ in told} <= {0.0, 1.0}:
        told = [row for row in told if row[0] == 1.0] or [(1.0, 0.0, 0.0)]
    shown = [f"{c:.3g}: {first:.2f}/{second:.2f}" for c, first, second in told[:4]]
    return ", ".join(shown) + (", ..." if len(told) > 4 else "")


def _off(a: Agreement) -> str:
    """The cells beside the diagonal that are not empty, the largest first."""
    cells = [
        (count, a.categories[i], a.categories[j])
        for i, line in enumerate(a.confusion)
        for j, count in enumerate(line)
        if i != j and count
    ]
    shown = [f"{h:.3g}>{s:.3g}: {count}" for count, h, s in sorted(cells, key=lambda c: (-c[0], c[1], c[2]))[:4]]
    return ", ".join(shown) + (", ..." if len(cells) > 4 else "")


def _mean(r: Row) -> str:
    c = r.corrected
    if c is None or c.estimate is None:
        return "" if c is None else f"? ({c.reason})"
    return f"{c.estimate:.2f}" + (f" [{c.low:.2f}, {c.high:.2f}]" if c.low is not None and c.high is not None else "")
