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

import numpy as np
from numpy.typing import NDArray

from evalkit.comparing.pairing import short_reason
from evalkit.comparing.scores import Ints, Scores, numbers
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


def plain_means(scores: Scores | pd.DataFrame, failed: Iterable[Trial], arms: Sequence[str]) -> list[Mean]:
    """One for each metric, model and arm, arms in the order given. scores: as `frame` gives them."""
    rows = Scores.of(scores).with_failed(list(failed))
    found = []
    models, templates = rows.model.codes, rows.template.codes
    for metric in sorted(rows.metric.present()):
        of_metric = _within(slice(None), rows.metric.is_(metric))
        for model in sorted(rows.model.take(of_metric).present()):
            of_model = _within(of_metric, models[of_metric] == rows.model.names.index(model))
            here = {*rows.template.take(of_model).present()}
            for arm in (arm for arm in dict.fromkeys(arms) if arm in here):
                at = _within(of_model, templates[of_model] == rows.template.names.index(arm))
                found.append(_mean((metric, model, arm), rows, at))
    return found


def _within(at: slice | Ints, chosen: NDArray[np.bool_]) -> slice | Ints:
    """Of the rows at these places those that are chosen; where all are, nothing is copied."""
    if chosen.all():
        return at
    return np.flatnonzero(chosen) if isinstance(at, slice) else at[chosen]


def _mean(names: tuple[str, str, str], rows: Scores, at: slice | Ints) -> Mean:
    """names: metric, model, arm; at: where its rows stand."""
    values, problems, why_not = rows.value[at], rows.problem.take(at), rows.reason.codes[at]
    info, judged = metric_info(names[0]), ~np.isnan(values)
    known = _within(slice(None), judged)
    value, problem = values[known], numbers(problems.codes[known])
    by_problem = np.bincount(problem, weights=value) / np.bincount(problem)
    why = Counter(why_not[~judged].tolist())  # a dictionary of few, whatever the number of replies
    reasons: Counter[str] = Counter()
    for code, count in why.items():
        reasons[short_reason(rows.reason.names[code])] += count
    return Mean(
        *names,
        problems=len(problems.present()),
        replies=len(values),
        judged=len(value),
        mean=float(by_problem.mean()) if len(value) else None,
        right=int((value == info.high).sum()) if info.role == "answer" else None,
        reasons=reasons,
    )


def asked_about(declared: str, means: Sequence[Mean]) -> list[str]:
    """The metrics of the primary outcome: the declared one, else the staff's approach, else right answers, else the
    first on the first screen. What nobody could judge comes after what somebody could."""
    known = list(dict.fromkeys(m.metric for m in means))
    if declared in known:
        return [declared]
    judged = {m.metric for m in means if m.judged}
    answers = [m for m in known if metric_info(m).role == "answer"]
    first = sorted((m for m in known if metric_info(m).headline), key=lambda m: (metric_info(m).headline, m))
    level = metric_for("use level", {m.partition(".")[0] for m in known})
    choices = [[m for m in known if m == level], answers, first[:1], known[:1]]
    named = [choice for choice in choices if choice]
    return next((choice for choice in named if judged & set(choice)), named[0] if named else [])
