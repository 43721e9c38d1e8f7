"""Plain means: what each arm reached by itself, before anything is compared; and which metric is asked about.

Not covered: pairing, copies and multiplicity, which are the business of comparisons. A mean here is over all replies
that could be judged, problems weighted alike, so that it may differ a little from the mean of a comparison, which
counts pairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

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
    rows = with_failed(scores, list(failed))
    found = []
    for (metric, model, arm), part in rows.groupby(["metric", "model", "template"], sort=True, observed=True):
        if arm not in arms:
            continue
        judged = part[part["value"].notna()]
        by_problem = judged.groupby("problem", observed=True)["value"].mean()
        info = metric_info(str(metric))
        right = int((judged["value"] == info.full).sum()) if info.role == "answer" else None
        reasons = Counter(short_reason(str(reason)) for reason in part["reason"][part["value"].isna()])
        mean = float(by_problem.mean()) if len(judged) else None
        found.append(
            Mean(
                str(metric),
                str(model),
                str(arm),
                part["problem"].nunique(),
                len(part),
                len(judged),
                mean,
                right,
                reasons,
            )
        )
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
