"""Stored scores to paired comparisons between arms.

Pairs are matched by problem, model and sample; a pair counts when both values could be judged. The interval answers the
question about *problems like these*: the problem is the unit (evalkit.stats.paired).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Literal

from evalkit import plugins
from evalkit.errors import SpecError
from evalkit.specs import suggestion
from evalkit.stats.paired import paired_difference
from evalkit.store import Store
from evalkit.types import Metric, Trial

if TYPE_CHECKING:
    import pandas as pd

Turn = int | Literal["scored", "first", "last", "all"]
COLUMNS = ("problem", "template", "model", "sample", "turn", "metric", "value", "reason")


@dataclass(frozen=True)
class Comparison:
    """One arm against the baseline on one metric and model. Means and difference are over the pairs used."""

    metric: str
    model: str
    arm: str
    baseline: str
    problems: int
    pairs: int
    dropped: dict[str, int] = field(default_factory=dict)
    """Pairs that could not be used, by reason."""
    mean_arm: float | None = None
    mean_baseline: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    gains: int = 0
    """Problems whose mean went up."""
    losses: int = 0
    note: str = ""
    """Why there is no interval, where there is none."""
    verdict: str = "cannot tell"


@dataclass(frozen=True)
class Answered:
    """How often a reference (the staff's, an accepted alternative) or another answer was given in one arm."""

    problem: str
    template: str
    model: str
    metric: str
    given: str
    count: int


def metric_info(name: str) -> Metric:
    """What the scorer declares about `scorer.metric`; an unknown one (labels from elsewhere) has no direction."""
    scorer, _, metric = name.partition(".")
    declared = _declared(scorer)
    return declared.get(metric) or Metric(name, float("-inf"), float("inf"), full=None, better="neither")


@cache
def _declared(scorer: str) -> dict[str, Metric]:
    if scorer not in plugins.known("scorers"):
        return {}
    return dict(plugins.load("scorers", scorer).Scorer.metrics)


def frame(store: Store, turn: Turn = "scored") -> pd.DataFrame:
    """Scores as a table, one row per trial, metric (and assistant turn, with turn="all").

    Columns: problem, template, model, sample, turn, metric, value (NaN = could not be judged), reason.
    turn: which assistant turn stands for the trial: `scored` (the template's, else the last), `first`, `last`, a number
    from 1, or `all`.
    """
    import pandas as pd

    trials = store.scored_turns()
    rows = []
    for problem, template, model, sample, at, metric, value, reason, _ in store.values():
        scored, answers, _ = trials[Trial(problem, template, model, sample)]
        wanted = {"scored": scored or answers, "first": 1, "last": answers, "all": at}.get(str(turn), turn)
        if at == wanted or (turn == "scored" and at == answers < (scored or 0)):
            rows.append((problem, template, model, sample, at, metric, value, reason))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype({"value": "float64", "sample": "int64", "turn": "int64"})


def compare(
    scores: pd.DataFrame,
    baseline: str,
    *,
    arms: Sequence[str] | None = None,
    metrics: Sequence[str] | None = None,
    cluster: Callable[[str], str] = str,
    failed: Iterable[Trial] = (),
) -> list[Comparison]:
    """Every arm against the baseline, per metric and model, sorted by metric, model, then the order of `arms`.

    scores: as `frame` gives it. failed: trials without any reply to judge; they are counted among the dropped.
    Raises SpecError when the baseline, an arm or a metric does not occur.
    """
    known_arms = list(dict.fromkeys([*scores["template"], *(t.template for t in failed)]))
    known_metrics = sorted(scores["metric"].unique())
    for what, asked, known in (
        ("template", [baseline, *(arms or ())], known_arms),
        ("metric", metrics or (), known_metrics),
    ):
        for name in asked:
            if name not in known:
                raise SpecError(f"no scores for {what} {name!r}{suggestion(name, known)}")
    order = [a for a in (arms or sorted(known_arms)) if a != baseline]
    lost = Counter((t.template, t.model, t.problem) for t in failed)
    found: list[Comparison] = []
    for (metric, model), part in scores.groupby(["metric", "model"], sort=True):
        if metrics and metric not in metrics:
            continue
        keyed = {t: rows.set_index(["problem", "sample"]) for t, rows in part.groupby("template")}
        if baseline not in keyed:
            continue
        for arm in order:
            if arm in keyed:
                found.append(
                    _one(str(metric), str(model), (arm, keyed[arm]), (baseline, keyed[baseline]), cluster, lost)
                )
    return found


def _one(
    metric: str,
    model: str,
    arm: tuple[str, pd.DataFrame],
    baseline: tuple[str, pd.DataFrame],
    cluster: Callable[[str], str],
    lost: Counter[tuple[str, str, str]],
) -> Comparison:
    pairs = arm[1][["value", "reason"]].join(baseline[1][["value", "reason"]], how="inner", rsuffix="_base")
    dropped: Counter[str] = Counter()
    for side, column in (("", arm[0]), ("_base", baseline[0])):
        for reason in pairs.loc[pairs[f"value{side}"].isna(), f"reason{side}"]:
            dropped[f"{column}: {_short(str(reason))}"] += 1
    shared = {str(p) for p in pairs.index.get_level_values("problem")}
    for name in (arm[0], baseline[0]):
        missing = sum(n for (t, m, p), n in lost.items() if (t, m) == (name, model) and p in shared)
        if missing:
            dropped[f"{name}: failed"] += missing
    used = pairs.dropna(subset=["value", "value_base"])
    if used.empty:
        return Comparison(metric, model, arm[0], baseline[0], 0, 0, dict(dropped), note="no pair could be judged")
    problem = [str(p) for p in used.index.get_level_values("problem")]
    groups = [cluster(p) for p in problem]
    result = paired_difference(
        used["value"].to_numpy(),
        used["value_base"].to_numpy(),
        problem,
        cluster=groups if groups != problem else None,
    )
    return Comparison(
        metric,
        model,
        arm[0],
        baseline[0],
        problems=result.n_problems,
        pairs=result.n_pairs,
        dropped=dict(sorted(dropped.items())),
        mean_arm=result.mean_arm,
        mean_baseline=result.mean_baseline,
        difference=result.difference,
        low=result.low,
        high=result.high,
        p=result.p,
        gains=result.gains,
        losses=result.losses,
        note=result.reason or "",
        verdict=verdict(metric, result.low, result.high),
    )


def verdict(metric: str, low: float | None, high: float | None) -> str:
    """`better`, `worse` (higher, lower where the metric has no good side) or `cannot tell`."""
    if low is None or high is None or low <= 0 <= high:
        return "cannot tell"
    better = metric_info(metric).better
    if better == "neither":
        return "higher" if low > 0 else "lower"
    return "better" if (low > 0) == (better == "higher") else "worse"


def _short(reason: str) -> str:
    """The kind of a reason, without its particulars."""
    return reason.split(":")[0][:40]


def answers_given(store: Store) -> list[Answered]:
    """Which reference each scored turn gave, for every metric whose score says so (`details["given"]`)."""
    trials = store.scored_turns()
    counts: Counter[tuple[str, str, str, str, str]] = Counter()
    for stored in store.scores():
        given = stored.score.details.get("given")
        scored, answers, _ = trials[stored.trial]
        if isinstance(given, str) and stored.turn == (scored or answers):
            key = (stored.trial.problem, stored.trial.template, stored.trial.model)
            counts[(*key, f"{stored.scorer}.{stored.score.metric}", given)] += 1
    return [Answered(*key, count) for key, count in sorted(counts.items())]
