"""Stored scores to paired comparisons between arms.

Pairs are matched by problem, model and sample; a pair counts when both values could be judged. Every comparison answers
two questions, and they are kept apart: would the difference show again on *these problems* (only the noise of sampling
counts), and would it show on *problems like these* (the problem, or the cluster of problems, is the unit).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Literal

from evalkit import plugins
from evalkit.errors import SpecError
from evalkit.runs import Runs
from evalkit.specs import suggestion
from evalkit.store import Outline, Store
from evalkit.types import Metric, Trial

if TYPE_CHECKING:
    import pandas as pd

Turn = int | Literal["scored", "first", "last", "all"]
Contrast = tuple[str, str]
"""(arm, what it is compared with)."""
COLUMNS = ("problem", "template", "model", "sample", "turn", "metric", "value", "reason")
ALL_MODELS = "all models"


@dataclass(frozen=True)
class Reading:
    """The answer to one of the two questions. `low`, `high`, `p` are None where `note` says why it cannot tell."""

    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    """Over the contrasts of the same metric and model (Holm; Benjamini-Hochberg where exploratory)."""
    verdict: str = "cannot tell"
    note: str = ""


@dataclass(frozen=True)
class Comparison:
    """One arm against another on one metric and model. Means are over the pairs used, problems weighted alike."""

    metric: str
    model: str
    arm: str
    baseline: str
    problems: int = 0
    clusters: int = 0
    pairs: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    """Pairs that could not be used, by reason."""
    mean_arm: float | None = None
    mean_baseline: float | None = None
    gains: int = 0
    """Problems whose mean went up; `pair_gains` counts pairs."""
    losses: int = 0
    pair_gains: int = 0
    pair_losses: int = 0
    these: Reading = Reading()
    """These problems: would it repeat on them?"""
    like: Reading = Reading()
    """Problems like these: would it hold on others?"""
    detectable: float | None = None
    """Smallest true difference that a comparison of this size finds with 80 % power (problems like these)."""
    worst: float | None = None
    """The difference if every dropped pair had gone the worst way for the arm, and the best way."""
    best: float | None = None
    note: str = ""
    turn: str = "scored"
    """The assistant turn that stands for a trial; `scored` is the template's own, else the last."""
    stopped_early: bool = False
    """The run ended at a look: intervals and p values for a fixed number of samples do not hold as they stand."""


@dataclass(frozen=True)
class Answered:
    """How often a reference (the staff's, an accepted alternative) or another answer was given in one arm."""

    problem: str
    template: str
    model: str
    metric: str
    given: str
    count: int


@dataclass(frozen=True)
class Design:
    """What a comparison must know beside the scores.

    contrasts: (arm, baseline) pairs, the family of the multiplicity correction. clusters: problem -> cluster.
    outlines: of all trials of the run. delta: metric -> the difference that would still count as none.
    """

    contrasts: Sequence[Contrast]
    clusters: Mapping[str, str] = field(default_factory=dict)
    outlines: Mapping[Trial, Outline] = field(default_factory=dict)
    delta: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    exploratory: bool = False

    @cached_property
    def failed(self) -> tuple[Trial, ...]:
        """Trials without any answer."""
        return tuple(trial for trial, outline in self.outlines.items() if outline.answers == 0)


def metric_info(name: str) -> Metric:
    """What the scorer declares about `scorer.metric`; an unknown one (labels from elsewhere) has no direction."""
    scorer, _, metric = name.partition(".")
    return _declared(scorer).get(metric) or Metric(name, float("-inf"), float("inf"), full=None, better="neither")


@cache
def _declared(scorer: str) -> dict[str, Metric]:
    if scorer not in plugins.known("scorers"):
        return {}
    return dict(plugins.load("scorers", scorer).Scorer.metrics)


def frame(store: Store | Runs, turn: Turn = "scored") -> pd.DataFrame:
    """Scores as a table, one row per trial, metric (and assistant turn, with turn="all").

    Columns: problem, template, model, sample, turn, metric, value (NaN = could not be judged), reason.
    turn: which assistant turn stands for the trial: `scored` (the template's, else the last), `first`, `last`, a number
    from 1, or `all`. A trial that ended before that turn counts with its last one, which says why it ended.
    """
    import pandas as pd

    outlines = store.outlines()
    wanted: dict[tuple[str, str, str, int], int] = {}
    for trial, o in outlines.items():
        at = {"scored": o.scored_turn or o.answers, "first": 1, "last": o.answers, "all": 0}.get(str(turn), turn)
        wanted[trial.problem, trial.template, trial.model, trial.sample] = min(int(at), o.answers)
    rows = [row[:8] for row in store.values() if wanted[row[:4]] in (0, row[4])]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype({"value": "float64", "sample": "int64", "turn": "int64"})


def compare(scores: pd.DataFrame, design: Design, *, metrics: Sequence[str] | None = None) -> list[Comparison]:
    """Every contrast of the design, per metric and model (and all models together), sorted by metric, model, contrast.

    scores: as `frame` gives it. Raises SpecError when an arm or a metric does not occur.
    """
    known_arms = sorted({*scores["template"], *(t.template for t in design.outlines)})
    known_metrics = sorted(scores["metric"].unique())
    _known("template", [name for contrast in design.contrasts for name in contrast], known_arms)
    _known("metric", metrics or (), known_metrics)
    found: list[Comparison] = []
    for metric, part in scores.groupby("metric", sort=True):
        if metrics and metric not in metrics:
            continue
        models = sorted(part["model"].unique())
        for model in [*models, *([ALL_MODELS] if len(models) > 1 else [])]:
            chosen = part if model == ALL_MODELS else part[part["model"] == model]
            arms = {str(t): rows.set_index(["problem", "model", "sample"]) for t, rows in chosen.groupby("template")}
            family = [
                _one(str(metric), str(model), contrast, arms, design)
                for contrast in design.contrasts
                if contrast[0] in arms and contrast[1] in arms
            ]
            found += _adjusted(family, design.exploratory)
    return found


def _known(what: str, asked: Iterable[str], known: Sequence[str]) -> None:
    for name in asked:
        if name not in known:
            raise SpecError(f"no scores for {what} {name!r}{suggestion(name, known)}")


def _one(metric: str, model: str, contrast: Contrast, arms: Mapping[str, pd.DataFrame], design: Design) -> Comparison:
    """One contrast. Rows of `arms` are indexed by (problem, model, sample)."""
    arm, baseline = contrast
    against = arms[baseline][["value", "reason"]].add_suffix("_base")
    pairs = arms[arm][["value", "reason"]].join(against, how="inner")
    empty = Comparison(metric, model, arm, baseline, dropped=_dropped(pairs, contrast, model, design))
    used = pairs.dropna(subset=["value", "value_base"])
    if used.empty:
        return replace(empty, note="no pair could be judged" if len(pairs) else "no pairs")
    a, b = used["value"].to_numpy(), used["value_base"].to_numpy()
    problem = [str(p) for p in used.index.get_level_values("problem")]
    result = _estimates(empty, (a, b), problem, _relation(used, contrast, design), design)
    return replace(result, **_bounds(metric, pairs))


def _dropped(pairs: pd.DataFrame, contrast: Contrast, model: str, design: Design) -> dict[str, int]:
    dropped: Counter[str] = Counter()
    for side, name in (("", contrast[0]), ("_base", contrast[1])):
        for reason in pairs.loc[pairs[f"value{side}"].isna(), f"reason{side}"]:
            dropped[f"{name}: {_short(str(reason))}"] += 1
    present = {str(p) for p in pairs.index.get_level_values("problem")}
    for trial in design.failed:
        if trial.template in contrast and model in (trial.model, ALL_MODELS) and trial.problem in present:
            dropped[f"{trial.template}: failed"] += 1
    return dict(sorted(dropped.items()))


def _short(reason: str) -> str:
    """The kind of a reason, without its particulars."""
    return reason.split(":")[0][:40]


def _relation(used: pd.DataFrame, contrast: Contrast, design: Design) -> str:
    """`same`: both arms said the same to the model; `shared`: they share the first answer; else `apart`."""
    same = shared = bool(design.outlines)
    for problem, model, sample in used.index:
        one, two = (design.outlines.get(Trial(problem, template, model, sample)) for template in contrast)
        shared = shared and one is not None and two is not None and one.opening == two.opening
        same = same and shared and one is not None and two is not None and one.prompts == two.prompts
        if not shared:
            return "apart"
    return "same" if same else "shared" if shared else "apart"


def _estimates(
    empty: Comparison, values: tuple[object, object], problem: list[str], relation: str, design: Design
) -> Comparison:
    import numpy as np

    from evalkit.stats import paired, permutation, power, within

    a, b = (np.asarray(v, dtype=np.float64) for v in values)
    groups = [design.clusters.get(p, p) for p in problem]
    cluster = groups if groups != problem else None
    like = paired.paired_difference(a, b, problem, cluster=cluster)
    common = replace(
        empty, problems=like.n_problems, clusters=like.n_clusters, pairs=like.n_pairs, gains=like.gains,
        losses=like.losses, pair_gains=like.pair_gains, pair_losses=like.pair_losses,
    )  # fmt: skip
    swaps = relation != "apart"
    p_these = permutation.within_problem_permutation(a, b, problem, paired=swaps, seed=design.seed)
    common = replace(common, mean_arm=p_these.mean_arm, mean_baseline=p_these.mean_baseline)
    if relation == "same":
        exact = Reading(0.0, verdict="identical prompts", note="both arms send the same: not tested")
        return replace(common, these=exact, like=exact)
    span = within.within_problem_interval(a, b, problem, paired=swaps)
    split = power.variance_split(a, b, problem, paired=swaps)
    samples = max(1, round(like.n_pairs / like.n_problems))
    return replace(
        common,
        these=_reading(empty.metric, (span.difference, span.low, span.high), p_these.p, p_these.reason or span.reason),
        like=_equivalent(
            _reading(empty.metric, (like.difference, like.low, like.high), like.p, like.reason),
            design.delta.get(empty.metric),
            lambda delta: paired.equivalence(a, b, problem, delta, cluster=cluster).equivalent,
        ),
        detectable=power.minimum_detectable_effect(split, like.n_clusters, samples) if split else None,
    )


def _reading(
    metric: str, estimate: tuple[float, float | None, float | None], p: float | None, reason: str | None
) -> Reading:
    return Reading(*estimate, p, p, verdict(metric, estimate[0], p), reason or "")


def _equivalent(reading: Reading, delta: float | None, test: Callable[[float], bool | None]) -> Reading:
    """`no difference larger than delta`, only where the experiment declared delta."""
    if delta is not None and reading.verdict == "cannot tell" and test(delta):
        return replace(reading, verdict=f"no difference larger than {delta:g}")
    return reading


def verdict(metric: str, difference: float | None, p: float | None) -> str:
    """`better` or `worse` (`higher`, `lower` where the metric has no good side) at p < .05, else `cannot tell`."""
    if difference is None or p is None or p >= 0.05 or difference == 0:
        return "cannot tell"
    better = metric_info(metric).better
    if better == "neither":
        return "higher" if difference > 0 else "lower"
    return "better" if (difference > 0) == (better == "higher") else "worse"


def _adjusted(family: list[Comparison], exploratory: bool) -> list[Comparison]:
    """Adjusted p values over the contrasts of one metric, model and reading; verdicts follow them."""
    from evalkit.stats.adjust import benjamini_hochberg, holm

    adjust = benjamini_hochberg if exploratory else holm
    for name in ("these", "like"):
        tested = [i for i, c in enumerate(family) if getattr(c, name).p is not None]
        values: list[float] = adjust([getattr(family[i], name).p for i in tested]).tolist() if tested else []
        for i, p in zip(tested, values, strict=True):
            old: Reading = getattr(family[i], name)
            told = verdict(family[i].metric, old.difference, p)
            kept = old.verdict if old.verdict.startswith("no difference") else told
            changes: dict[str, Any] = {name: replace(old, p_adjusted=p, verdict=kept)}
            family[i] = replace(family[i], **changes)
    return [_warned(c) for c in family]


def _warned(c: Comparison) -> Comparison:
    """The sign could turn if the dropped pairs had gone another way: the verdict says so."""
    if c.worst is None or c.best is None or not c.dropped or not c.worst < 0 < c.best:
        return c
    told = {"better", "worse", "higher", "lower"}
    changes: dict[str, Any] = {
        name: replace(r, verdict=f"{r.verdict}, unless the unjudged went the other way")
        for name, r in (("these", c.these), ("like", c.like))
        if r.verdict in told
    }
    return replace(c, **changes)


def _bounds(metric: str, pairs: pd.DataFrame) -> dict[str, Any]:
    from math import isfinite

    from evalkit.stats.unjudged import unjudged_bounds

    info = metric_info(metric)
    if not (isfinite(info.low) and isfinite(info.high)) or not pairs[["value", "value_base"]].isna().to_numpy().any():
        return {}
    problem = [str(p) for p in pairs.index.get_level_values("problem")]
    found = unjudged_bounds(
        pairs["value"].to_numpy(), pairs["value_base"].to_numpy(), problem, value_range=(info.low, info.high)
    )
    return {"worst": found.worst, "best": found.best}


def answers_given(store: Store | Runs) -> list[Answered]:
    """Which reference each scored turn gave, for every metric whose score says so (`details["given"]`)."""
    outlines = store.outlines()
    counts: Counter[tuple[str, str, str, str, str]] = Counter()
    for problem, template, model, sample, turn, metric, _, given in store.answers():
        outline = outlines[Trial(problem, template, model, sample)]
        if turn == (outline.scored_turn or outline.answers):
            counts[problem, template, model, metric, str(given)] += 1
    return [Answered(*key, count) for key, count in sorted(counts.items())]
