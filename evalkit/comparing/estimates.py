"""The pairs of one contrast to numbers: means, both readings with intervals, what was dropped, what would be needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from evalkit.comparing.comparison import MOST_MODELS, Caveat, Comparison, Pairs, Reading, Verdict
from evalkit.judging.metrics import metric_info
from evalkit.stats.groups import Labels, Sides, placed, rounding

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from evalkit.stats.paired import PairedDifference


def estimates(
    empty: Comparison, pairs: Pairs, delta: float | None, seed: int, confidence: float = 0.95, *, planned: bool = False
) -> Comparison:
    """Both readings of a contrast. delta: the difference that still counts as none, where the experiment declares one.
    planned: say what would be needed by the rule of `plan`.

    Several models together: "these problems" permutes and weighs within each problem of each model; "problems like
    these" takes a problem's mean over its models, all weighted alike.
    """
    from evalkit.stats import paired, permutation, within
    from evalkit.stats.equivalence import equivalence

    a, b, swaps = pairs.arm, pairs.baseline, pairs.paired
    stratum = pairs.stratum
    span = span_of(empty)
    counted = paired.paired_difference(a, b, pairs.problem, cluster=pairs.cluster, span=span)
    like, units = counted, _by_model(pairs, stratum)
    if units is not None:
        like = paired.paired_difference(units.arm, units.baseline, units.problem, cluster=units.cluster, span=span)
    test = permutation.within_problem_permutation(a, b, stratum, paired=swaps, seed=seed)
    common = replace(
        empty, problems=counted.n_problems, clusters=counted.n_clusters, pairs=counted.n_pairs, gains=like.gains,
        losses=like.losses, samples_arm=len(a), samples_baseline=len(b),
        mean_arm=test.mean_arm, mean_baseline=test.mean_baseline,
        caveats=_caveats(pairs, counted.rests_on), rests_on=counted.rests_on, seed=seed,
    )  # fmt: skip
    if pairs.relation == "same":
        exact = Reading(
            0.0, verdict=Verdict.IDENTICAL, note="both arms sent the same and got the same replies: not tested"
        )
        return replace(common, these=exact, like=exact)
    limits = within.within_problem_interval(a, b, stratum, paired=swaps, span=span)
    ends = limits.spans(confidence) if limits.spans else (None, None)
    these = _reading(empty.metric, (limits.difference, *ends), test.p, test.reason or limits.reason)
    these = replace(these, method=limits.method or "", test=test.method or "", error=limits.error, df=limits.df)
    ends = like.evidence.interval(confidence) if like.evidence else (None, None)
    those = _reading(empty.metric, (like.difference, *ends), like.p, like.reason)
    those = told_by(those, like)
    if delta is not None:
        these = _with_delta(these, delta, within.equivalence_within(limits, delta))
        shown = equivalence(like, delta)
        those = _with_delta(those, delta, (shown.p, shown.low, shown.high) if shown else None)
    these, those = replace(these, confidence=confidence), replace(those, confidence=confidence)
    sizes = _sizes(pairs, like)
    if planned:
        sizes |= _planned(empty, pairs, like)
    return replace(common, these=these, like=those, **sizes)


def told_by(reading: Reading, found: PairedDifference) -> Reading:
    """With the method, the standard error and the degrees of freedom of what was found."""
    if found.evidence is None:
        return reading
    sure = found.evidence
    return replace(reading, method=found.method, test=found.method, error=sure.error, df=float(sure.df))


def _caveats(pairs: Pairs, rests_on: int | None) -> tuple[Caveat, ...]:
    from evalkit.stats.within import few_counted

    holds = {
        Caveat.SAME_PROMPTS: pairs.relation == "alike",
        Caveat.SPARSE: rests_on is not None,
        # No such comfort where the effect rests on few problems: intervals are then too short, not too wide.
        Caveat.FEW_COUNTED: rests_on is None and few_counted(pairs.arm, pairs.baseline),
    }
    return tuple(caveat for caveat, here in holds.items() if here)


def _with_delta(reading: Reading, delta: float, shown: tuple[float, float, float] | None) -> Reading:
    """shown: p of the two one-sided tests, and the 90 % limits."""
    if shown is None:
        return replace(reading, delta=delta)
    p, low, high = shown
    return replace(reading, delta=delta, low90=low, high90=high, p_equivalent=p, p_equivalent_adjusted=p)


WIDEST_SPAN = 10.0
"""A declared range above this says nothing of what the scores are (a count is below 10,000, and never near it)."""


def span_of(c: Comparison) -> tuple[float, float] | None:
    """The declared range of what is compared, where it is one that scores use."""
    low, high = range_of(c)
    info = metric_info(c.metric)
    return (low, high) if info.high - info.low <= WIDEST_SPAN else None


def range_of(c: Comparison) -> tuple[float, float]:
    """The declared range of the metric, or that of its changes."""
    info = metric_info(c.metric)
    return (info.low - info.high, info.high - info.low) if c.kind in ("change", "trend") else (info.low, info.high)


def _array(labels: Labels | Sides) -> NDArray[np.int64]:
    import numpy as np

    return np.asarray(labels, dtype=np.int64)


def _by_model(pairs: Pairs, stratum: Labels | Sides) -> Pairs | None:
    """One pair of means for each problem and model, where models have unequal numbers of samples in a problem."""
    import numpy as np

    sides = isinstance(stratum, Sides)
    labels = [stratum.arm, stratum.baseline] if isinstance(stratum, Sides) else [stratum]
    found = [placed(_array(x)) for x in labels]
    strata = found[0][0]  # both arms have every one: see pairing
    problem, model = strata // MOST_MODELS, strata % MOST_MODELS
    same = np.diff(problem) == 0  # the strata of a problem stand together
    uneven = any((np.diff(np.bincount(code))[same] != 0).any() for _, code in found)
    if len(np.unique(model)) < 2 or not uneven:
        return None
    a, b = (
        np.bincount(code, weights=x) / np.bincount(code)
        for code, x in ((found[0][1], pairs.arm), (found[-1][1], pairs.baseline))
    )
    cluster = None
    if pairs.cluster is not None:
        inside = pairs.cluster.arm if isinstance(pairs.cluster, Sides) else pairs.cluster
        first = np.unique(_array(labels[0]), return_index=True)[1]
        cluster = _array(inside)[first]
    return Pairs(a, b, problem, model, cluster, "apart" if sides else pairs.relation)


def _sizes(pairs: Pairs, like: Any) -> dict[str, Any]:
    """What a comparison of this size can find, and what would find the difference seen."""
    from evalkit.stats import power

    found: dict[str, Any] = {}
    if like.sd and like.sd > rounding(pairs.arm, pairs.baseline):  # not where all units differ alike
        units = power.VarianceSplit(like.sd**2, 0.0)
        found["detectable"] = power.minimum_detectable_effect(units, like.n_clusters, 1)
    split = pairs.split
    if split is not None and like.difference:
        stratum = pairs.stratum
        strata = len(placed(_array(stratum.arm if isinstance(stratum, Sides) else stratum))[0])
        samples = max(1, round(min(len(pairs.arm), len(pairs.baseline)) / strata))
        found["needed_problems"] = power.needed_problems(split, abs(like.difference), samples)
        found["needed_samples"] = power.needed_samples(split, abs(like.difference), like.n_problems)
    return found


def _planned(empty: Comparison, pairs: Pairs, like: Any) -> dict[str, Any]:
    """What `plan` says of the difference seen, by the same rule, so that both name the same numbers.

    Not covered: clusters, arms with unequal numbers of replies, and many samples a problem, where the formula of
    `_sizes` says nearly the same and a simulation of each contrast would take long.
    """
    from evalkit.comparing import pilot, planning

    if pairs.cluster is not None or isinstance(pairs.problem, Sides) or isinstance(pairs.model, Sides):
        return {}
    if not like.difference or not pilot.lumpy(*pilot.design_of(pairs)[1:]):
        return {}
    basis = pilot.basis_of(pairs, empty.metric)
    if basis is None:
        return {}
    found: dict[str, Any] = {
        "needed_problems": planning.more_problems(basis, like.difference),
        "needed_samples": planning.more_samples(basis, like.difference),
    }
    if like.evidence is not None:
        found["detectable"] = planning.detectable(basis, like.n_problems, basis.samples, like.difference)
    return found


def _reading(
    metric: str, estimate: tuple[float, float | None, float | None], p: float | None, reason: str | None
) -> Reading:
    return Reading(*estimate, p, p, verdict(metric, estimate[0], p), reason or "")


def verdict(metric: str, difference: float | None, p: float | None) -> Verdict:
    """BETTER or WORSE (HIGHER, LOWER where the metric has no good side) at p < .05, else CANNOT_TELL."""
    if difference is None or p is None or p >= 0.05 or difference == 0:
        return Verdict.CANNOT_TELL
    better = metric_info(metric).better
    if better == "neither":
        return Verdict.HIGHER if difference > 0 else Verdict.LOWER
    return Verdict.BETTER if (difference > 0) == (better == "higher") else Verdict.WORSE


def interaction(
    empty: Comparison,
    cells: Sequence[NDArray[np.float64]],
    pairs: Pairs,
    asked: tuple[float | None, float] = (None, 0.95),
) -> Comparison:
    """The interaction of a 2 x 2 design; cells: neither, first, second, both, one value per problem and sample.

    Told for problems like these only. pairs: the effects of the first treatment with and without the second. asked:
    the difference that still counts as none, and the confidence of the interval.
    """
    from evalkit.stats.equivalence import equivalence
    from evalkit.stats.interaction import interaction as estimate

    neither, first, second, both = cells
    if isinstance(pairs.problem, Sides) or isinstance(pairs.cluster, Sides):
        raise TypeError("an interaction is of pairs")
    found = estimate(neither, first, second, both, pairs.problem, cluster=pairs.cluster)
    note = "an interaction is told for problems like these"
    delta, confidence = asked
    ends = found.evidence.interval(confidence) if found.evidence else (None, None)
    like = told_by(_reading(empty.metric, (found.difference, *ends), found.p, found.reason), found)
    if delta is not None:
        shown = equivalence(found, delta)
        like = _with_delta(like, delta, (shown.p, shown.low, shown.high) if shown else None)
    return replace(
        empty, problems=found.n_problems, clusters=found.n_clusters, pairs=found.n_pairs, gains=found.gains,
        losses=found.losses, pair_gains=found.pair_gains, pair_losses=found.pair_losses, mean_arm=found.mean_arm,
        mean_baseline=found.mean_baseline, these=Reading(found.difference, note=note),
        like=replace(like, confidence=confidence),
        rests_on=found.rests_on, **_sizes(replace(pairs, relation="shared"), found),
    )  # fmt: skip
