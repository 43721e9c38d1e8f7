"""The pairs of one contrast to numbers: means, both readings with intervals, what was dropped, what would be needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING, Any

from evalkit.comparing.comparison import Caveat, Comparison, Contrast, Pairs, Reading, Verdict
from evalkit.judging.metrics import metric_info

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from evalkit.stats.paired import PairedDifference


def estimates(empty: Comparison, pairs: Pairs, delta: float | None, seed: int) -> Comparison:
    """Both readings of a contrast. delta: the difference that still counts as none, where the experiment declares one.

    Several models together: "these problems" permutes and weighs within each problem of each model; "problems like
    these" takes a problem's mean over its models, all weighted alike.
    """
    from evalkit.stats import paired, permutation, within

    a, b, swaps = pairs.arm, pairs.baseline, pairs.relation in PAIRED
    stratum = pairs.problem * (int(pairs.model.max()) + 1) + pairs.model
    span = _span(empty.metric)
    counted = paired.paired_difference(a, b, pairs.problem, cluster=pairs.cluster, span=span)
    like, units = counted, _by_model(pairs, stratum)
    if units is not None:
        like = paired.paired_difference(units.arm, units.baseline, units.problem, cluster=units.cluster, span=span)
    test = permutation.within_problem_permutation(a, b, stratum, paired=swaps, seed=seed)
    common = replace(
        empty, problems=counted.n_problems, clusters=counted.n_clusters, pairs=counted.n_pairs, gains=like.gains,
        losses=like.losses, pair_gains=counted.pair_gains, pair_losses=counted.pair_losses,
        mean_arm=test.mean_arm, mean_baseline=test.mean_baseline,
        caveats=tuple(
            caveat
            for caveat, holds in (
                (Caveat.SAME_PROMPTS, pairs.relation == "alike"),
                (Caveat.FEW_COUNTED, within.few_counted(a, b)),
            )
            if holds
        ),
    )  # fmt: skip
    if pairs.relation == "same":
        exact = Reading(
            0.0, verdict=Verdict.IDENTICAL, note="both arms sent the same and got the same replies: not tested"
        )
        return replace(common, these=exact, like=exact)
    limits = within.within_problem_interval(a, b, stratum, paired=swaps, span=span)
    reading = _reading(empty.metric, (like.difference, like.low, like.high), like.p, like.reason)
    return replace(
        common,
        these=_reading(
            empty.metric, (limits.difference, limits.low, limits.high), test.p, test.reason or limits.reason
        ),
        like=_equivalent(reading, like, delta),
        **_sizes(pairs, like),
    )


PAIRED = ("same", "shared")
"""Relations in which both arms hold one and the same first answer, so that their luck is not independent."""
WIDEST_SPAN = 10.0
"""A declared range above this says nothing of what the scores are (a count is below 10,000, and never near it)."""


def _span(metric: str) -> tuple[float, float] | None:
    """The declared range of a metric, where it is one that scores use."""
    info = metric_info(metric)
    return (info.low, info.high) if info.high - info.low <= WIDEST_SPAN else None


def _by_model(pairs: Pairs, stratum: NDArray[np.int64]) -> Pairs | None:
    """One pair of means for each problem and model, where models have unequal numbers of pairs in a problem."""
    import numpy as np

    _, first, code, size = np.unique(stratum, return_index=True, return_inverse=True, return_counts=True)
    problem = pairs.problem[first]
    if len(np.unique(pairs.model)) < 2 or all(len(set(size[problem == p])) == 1 for p in np.unique(problem)):
        return None
    a, b = (np.bincount(code, weights=x) / size for x in (pairs.arm, pairs.baseline))
    return Pairs(a, b, problem, pairs.model[first], None if pairs.cluster is None else pairs.cluster[first])


def _sizes(pairs: Pairs, like: Any) -> dict[str, Any]:
    """What a comparison of this size can find, and what would find the difference seen."""
    import numpy as np

    from evalkit.stats import power

    found: dict[str, Any] = {}
    if like.sd is not None:
        units = power.VarianceSplit(like.sd**2, 0.0)
        found["detectable"] = power.minimum_detectable_effect(units, like.n_clusters, 1)
    split = power.variance_split(
        pairs.arm, pairs.baseline, pairs.problem, paired=pairs.relation in PAIRED, model=pairs.model
    )
    if split is not None and like.difference:
        strata = len(np.unique(np.stack([pairs.problem, pairs.model]), axis=1).T)
        samples = max(1, round(len(pairs.arm) / strata))
        found["needed_problems"] = power.needed_problems(split, abs(like.difference), samples)
        found["needed_samples"] = power.needed_samples(split, abs(like.difference), like.n_problems)
    return found


def _reading(
    metric: str, estimate: tuple[float, float | None, float | None], p: float | None, reason: str | None
) -> Reading:
    return Reading(*estimate, p, p, verdict(metric, estimate[0], p), reason or "")


def _equivalent(reading: Reading, found: PairedDifference, delta: float | None) -> Reading:
    """NO_DIFFERENCE only where the experiment declared delta."""
    from evalkit.stats.paired import equivalence

    shown = equivalence(found, delta) if delta is not None and reading.verdict is Verdict.CANNOT_TELL else None
    if shown is not None and shown.p < 0.05:
        return replace(reading, verdict=Verdict.NO_DIFFERENCE, delta=delta)
    return reading


def verdict(metric: str, difference: float | None, p: float | None) -> Verdict:
    """BETTER or WORSE (HIGHER, LOWER where the metric has no good side) at p < .05, else CANNOT_TELL."""
    if difference is None or p is None or p >= 0.05 or difference == 0:
        return Verdict.CANNOT_TELL
    better = metric_info(metric).better
    if better == "neither":
        return Verdict.HIGHER if difference > 0 else Verdict.LOWER
    return Verdict.BETTER if (difference > 0) == (better == "higher") else Verdict.WORSE


def interaction(empty: Comparison, cells: Sequence[NDArray[np.float64]], pairs: Pairs) -> Comparison:
    """The interaction of a 2 x 2 design; cells: neither, first, second, both, one value per problem and sample.

    Told for problems like these only. pairs: the effects of the first treatment with and without the second.
    """
    from evalkit.stats.interaction import interaction as estimate

    neither, first, second, both = cells
    found = estimate(neither, first, second, both, pairs.problem, cluster=pairs.cluster)
    note = "an interaction is told for problems like these"
    return replace(
        empty, problems=found.n_problems, clusters=found.n_clusters, pairs=found.n_pairs, gains=found.gains,
        losses=found.losses, pair_gains=found.pair_gains, pair_losses=found.pair_losses, mean_arm=found.mean_arm,
        mean_baseline=found.mean_baseline, these=Reading(found.difference, note=note),
        like=_reading(empty.metric, (found.difference, found.low, found.high), found.p, found.reason),
        **_sizes(replace(pairs, relation="shared"), found),
    )  # fmt: skip


def bounds(metric: str, pairs: pd.DataFrame) -> dict[str, Any]:
    """`worst` and `best` difference, where some pair could not be judged and the metric has a range."""
    from evalkit.stats.unjudged import unjudged_bounds

    info = metric_info(metric)
    if not (isfinite(info.low) and isfinite(info.high)) or not pairs[["value", "value_base"]].isna().to_numpy().any():
        return {}
    found = unjudged_bounds(
        pairs["value"].to_numpy(), pairs["value_base"].to_numpy(), pairs["problem_code"].to_numpy(),
        value_range=(info.low, info.high),
    )  # fmt: skip
    return {"worst": found.worst, "best": found.best}


def dropped(pairs: pd.DataFrame, contrast: Contrast, failures: Mapping[str, Counter[str]]) -> dict[str, int]:
    """Pairs that could not be used, by arm and reason. failures: arm -> problem -> trials without any answer."""
    found: Counter[str] = Counter()
    for side, name in (("", contrast[0]), ("_base", contrast[1])):
        for reason in pairs.loc[pairs[f"value{side}"].isna(), f"reason{side}"]:
            found[f"{name}: {_short(str(reason))}"] += 1
    here = {name: failures.get(name) for name in contrast}
    if any(here.values()):
        present = set(pairs["problem"].astype(str))
        for name, by_problem in here.items():
            failed = sum(n for problem, n in (by_problem or {}).items() if problem in present)
            if failed:
                found[f"{name}: failed"] += failed
    return dict(sorted(found.items()))


def _short(reason: str) -> str:
    """The kind of a reason, without its particulars."""
    return reason.split(":")[0][:40]
