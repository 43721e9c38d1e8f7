"""What human labels make of the differences between arms: a judge may err differently in each arm.

Wherever labels exist for a compared metric, the means of both arms are corrected by the errors of the scorer in that
very arm (PPI++), and the difference of the corrected means stands beside the one that the scores give. Problems (or
the clusters that share a context) are the units of its error, as everywhere. A metric that a model judges,
wholly or in part, and that has no labels, is called uncalibrated. Not covered: labels that were not chosen at random.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from evalkit.comparing.beside import Calibrated
from evalkit.comparing.comparison import ALL_MODELS, Caveat, Comparison
from evalkit.comparing.scores import Scores
from evalkit.judging.metrics import metric_info
from evalkit.runfile.runs import Runs
from evalkit.stats.groups import Sides

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.stats.corrected import Corrected

_KEYS = ["problem", "template", "model", "sample", "turn", "metric"]


def calibrated(
    store: Runs, scores: Scores | pd.DataFrame, found: Sequence[Comparison], clusters: Mapping[str, str] | None = None
) -> list[Comparison]:
    """The comparisons with `corrected` where both arms have labels, or a caveat where a judge has none.

    scores: of the compared turn, as `frame` gives them; clusters: problem -> cluster, by default each its own.
    """
    written = [
        (t.problem, t.template, t.model, t.sample, int(turn), metric, value)
        for part in store.stores
        for t, turn, metric, value in part.labels()
        if value is not None
    ]
    judged = {metric for metric, *_ in store.said_by_judge()}
    judged |= {c.metric for c in found if metric_info(c.metric).judged}
    if not written:
        return [_marked(c, judged) for c in found]
    import pandas as pd

    names = dict.fromkeys(("problem", "template", "model", "metric"), "str")
    labels = pd.DataFrame(written, columns=[*_KEYS, "label"])
    known = set(labels["metric"])
    table = Scores.of(scores).frame
    mine = table[table["metric"].isin(list(known))].astype(names).dropna(subset=["value"])
    both = mine.merge(labels.astype({"sample": "int64", "turn": "int64"}), on=_KEYS, how="left")
    both["cluster"] = both["problem"].map(lambda name: (clusters or {}).get(name, name))
    labelled = set(both[both["label"].notna()]["metric"])
    beside = [_one(c, both) if c.metric in labelled else c for c in found]
    return [_marked(c, judged) for c in beside]


def _marked(c: Comparison, judged: Container[str]) -> Comparison:
    """With the caveat, where a judge said the metric and no labels correct it."""
    if c.metric not in judged or c.corrected is not None or not c.pairs:
        return c
    return replace(c, caveats=(*c.caveats, Caveat.UNCALIBRATED))


def _one(c: Comparison, both: pd.DataFrame) -> Comparison:
    from evalkit.stats.corrected import corrected_difference, error_of

    if c.kind != "contrast":
        return c
    part = both[(both["metric"] == c.metric) & ((both["model"] == c.model) | (c.model == ALL_MODELS))]
    arm, baseline = (_mean(part[part["template"] == name]) for name in (c.arm, c.baseline))
    if not arm.n_labelled and not baseline.n_labelled:
        return c
    told = Calibrated(arm.n_labelled, baseline.n_labelled, arm.weight, baseline.weight)
    difference = corrected_difference(arm, baseline)
    if difference is None or arm.df is None or baseline.df is None:
        return replace(c, corrected=replace(told, note=arm.reason or baseline.reason or ""))
    told = replace(told, difference=difference[0], low=difference[1], high=difference[2])
    return replace(c, corrected=replace(told, error=error_of(arm, baseline), df=min(arm.df, baseline.df)))


def _mean(rows: pd.DataFrame) -> Corrected:
    import numpy as np

    from evalkit.stats.corrected import as_written, corrected_mean

    with_label = rows[rows["label"].notna()]
    judge = with_label["value"].to_numpy(dtype=float)
    human = np.array([as_written(h, s) for h, s in zip(with_label["label"].astype(float), judge, strict=True)])
    others = rows[rows["label"].isna()]
    cluster = Sides(with_label["cluster"].tolist(), others["cluster"].tolist())
    return corrected_mean(human, judge, others["value"].to_numpy(dtype=float), cluster=cluster)
