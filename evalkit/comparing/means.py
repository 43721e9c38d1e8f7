"""Plain means: what each arm reached by itself, before anything is compared; and which metric is asked about.

Not covered: pairing, copies and multiplicity, which are the business of comparisons. A mean here is over all replies
that could be judged, problems weighted alike, so that it may differ a little from the mean of a comparison, which
counts pairs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from evalkit.comparing.pairing import short_reason, with_failed
from evalkit.judging.metrics import metric_for, metric_info
from evalkit.types import Trial

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Mean:
    """One arm on one metric and model. replies: judged or not; reasons: why replies could not be judged, counted."""

    metric: str
    model: str
    arm: str
    problems: int
    replies: int
    judged: int
    mean: float | None
    """None where nothing could be judged."""
    right: int | None = None
    """Replies with full marks, of metrics that say whether an answer is right."""
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def unjudged(self) -> int:
        return self.replies - self.judged


def plain_means(scores: pd.DataFrame, failed: Iterable[Trial], arms: Sequence[str]) -> list[Mean]:
    """One for each metric, model and arm, arms in the order given. scores: as `frame` gives them."""
    cell = ["metric", "model", "template"]
    rows = with_failed(scores, list(failed))
    rows = rows[rows["template"].isin(arms)]
    judged = rows[rows["value"].notna()]
    # A mean for each problem, and the mean of these: one pass over all rows, however many cells there are.
    by_problem = judged.groupby([*cell, "problem"], observed=True)["value"].mean().groupby(level=cell, observed=True)
    means = {key: float(values.mean()) for key, values in by_problem}
    counts = rows.groupby(cell, observed=True).agg(
        problems=("problem", "nunique"), replies=("value", "size"), judged=("value", "count")
    )
    reasons: dict[Any, Counter[str]] = defaultdict(Counter)
    lost = rows[rows["value"].isna()].groupby([*cell, "reason"], observed=True, sort=False).size()
    for named, count in lost.items():
        *key, reason = cast("tuple[Any, ...]", named)
        reasons[tuple(key)][short_reason(str(reason))] += int(count)
    full = {str(metric): metric_info(str(metric)) for metric in judged["metric"].unique()}
    answers = judged[judged["metric"].isin([metric for metric, info in full.items() if info.role == "answer"])]
    marks = answers["metric"].astype(object).map({metric: info.full for metric, info in full.items()})
    right = answers[answers["value"] == marks].groupby(cell, observed=True).size().to_dict()
    found = []
    for key, problems, replies, count in counts.itertuples(name=None):
        metric, model, arm = map(str, key)
        marked = right.get(key, 0) if metric_info(metric).role == "answer" else None
        found.append(Mean(metric, model, arm, problems, replies, count, means.get(key), marked, reasons[key]))
    place = {arm: i for i, arm in enumerate(arms)}
    return sorted(found, key=lambda m: (m.metric, m.model, place[m.arm]))


def asked_about(declared: str, means: Sequence[Mean]) -> list[str]:
    """The metrics of the primary outcome: the declared one, else the staff's approach, else right answers, else the
    first on the first screen. What nobody could judge comes after what somebody could."""
    known = list(dict.fromkeys(m.metric for m in means))
    if declared in known:
        return [declared]
    judged = {m.metric for m in means if m.judged}
    answers = [m for m in known if metric_info(m).role == "answer"]
    first = sorted((m for m in known if metric_info(m).headline), key=lambda m: (metric_info(m).headline, m))
    choices = [[m for m in known if m == metric_for("use level")], answers, first[:1], known[:1]]
    named = [choice for choice in choices if choice]
    return next((choice for choice in named if judged & set(choice)), named[0] if named else [])
