"""Who is more steerable: is the effect of an arm larger in one model than in another?

Of every contrast: with two models the effect in the first minus that in the second, with more the effect in each minus
the mean effect in the others, on the problems that all of these models have. "These problems" joins the models' own
intervals, since no reply of one model has to do with any of another; "problems like these" is the paired difference of
the models' effects over problems or clusters. Not covered: the families of p values of the contrasts themselves, which
stay as they are; these rows have one of their own for each metric.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from evalkit.comparing import estimates, pairing
from evalkit.comparing.chats import by_chat
from evalkit.comparing.comparison import Comparison, Contrast, Design, Pairs, Reading
from evalkit.comparing.contrasts import adjusted, numbered
from evalkit.comparing.scores import Numbered, Scores
from evalkit.stats.groups import Sides, placed

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

OTHERS = "the other models"


@dataclass(frozen=True)
class Effect:
    """The effect of one arm in one model. problem, cluster, effect: shape (problems,), ordered by problem."""

    model: str
    pairs: Pairs
    problem: NDArray[np.int64]
    cluster: NDArray[np.int64]
    effect: NDArray[np.float64]


def by_model(scores: Scores | pd.DataFrame | Numbered, design: Design, metrics: Sequence[str]) -> list[Comparison]:
    """One row for each contrast and model (one alone for two models), per metric; empty where one model was asked.

    scores: as `frame` gives them, or as `numbered` for this design. Rows are `kind` "arm x model", `model` says which
    against which.
    """
    rows = scores if isinstance(scores, Numbered) else numbered(Scores.of(scores), design)
    if len(rows.scores.model.present()) < 2:
        return []
    found: list[Comparison] = []
    models, cells = rows.model_names, rows.cells
    for metric in metrics:
        asked = {models[n]: pairing.of_model(cells.get(metric, {}), n) for n in range(len(models))}
        by_contrast = {
            contrast: [e for m in sorted(asked) if (e := _effect(m, asked[m], contrast)) is not None]
            for contrast in design.contrasts
        }
        rows_shown = sum(len(_against(effects)) for effects in by_contrast.values())
        confidence = design.confidence_among(rows_shown)
        found += adjusted(
            [
                row(metric, contrast, one, others, design.seed, confidence)
                for contrast, effects in by_contrast.items()
                for one, others in _against(effects)
            ]
        )
    return found


def _effect(model: str, arms: dict[str, pairing.Rows], contrast: Contrast) -> Effect | None:
    import numpy as np

    if not set(contrast) <= arms.keys():
        return None
    matched, _ = by_chat(pairing.matched(arms[contrast[0]], arms[contrast[1]]))
    pairs, _ = pairing.pairs(matched, matched.relation)
    if pairs is None:
        return None
    problem, effect = _by_problem(pairs)
    inside = arms[contrast[0]]
    cluster = inside.cluster[np.searchsorted(inside.problem, problem, sorter=np.argsort(inside.problem))]
    return Effect(model, pairs, problem, np.where(cluster < 0, problem, cluster), effect)


def _by_problem(pairs: Pairs) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The problems of one model's pairs, sorted, and the mean difference in each."""
    import numpy as np

    labels = pairs.problem if isinstance(pairs.problem, Sides) else Sides(pairs.problem, pairs.problem)
    means = []
    names: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
    for values, label in ((pairs.arm, labels.arm), (pairs.baseline, labels.baseline)):
        names, code = placed(np.asarray(label))
        means.append(np.bincount(code, weights=values) / np.bincount(code))
    return names, means[0] - means[1]


def _against(effects: Sequence[Effect]) -> list[tuple[Effect, Sequence[Effect]]]:
    """Which effect is set against which others: one row each."""
    if len(effects) < 2:
        return []
    if len(effects) == 2:
        return [(effects[0], effects[1:])]
    return [(e, [o for o in effects if o is not e]) for e in effects]


def row(
    metric: str, contrast: Contrast, one: Effect, others: Sequence[Effect], seed: int, confidence: float = 0.95
) -> Comparison:
    """The effect in one model against the mean effect in the others, on the problems that all of them have."""
    from functools import reduce

    import numpy as np

    from evalkit.stats.joined import joined
    from evalkit.stats.paired import paired_difference
    from evalkit.stats.within import within_problem_interval

    name = others[0].model if len(others) == 1 else OTHERS
    empty = Comparison(metric, f"{one.model} − {name}", *contrast, kind="arm x model", seed=seed)
    everyone = [one, *others]
    common = reduce(np.intersect1d, [e.problem for e in everyone])
    if not len(common):
        return replace(empty, note="no problem has pairs of all these models")
    at = [np.searchsorted(e.problem, common) for e in everyone]
    mine = one.effect[at[0]]
    theirs = np.mean([e.effect[i] for e, i in zip(others, at[1:], strict=True)], axis=0)
    span = estimates.span_of(empty)
    # A mean difference lies between low - high and high - low.
    twice = None if span is None else (span[0] - span[1], span[1] - span[0])
    like = paired_difference(mine, theirs, common, cluster=one.cluster[at[0]], span=twice)
    parts = [_restricted(e.pairs, common) for e in everyone]
    within = [within_problem_interval(p.arm, p.baseline, p.problem, paired=p.paired, span=span) for p in parts]
    these = joined(within, [1.0, *[-1 / len(others)] * len(others)], confidence)
    told = Reading(
        these.difference, these.low, these.high, these.p, these.p, note=these.reason or "",
        method="joined", test="joined", error=these.error, df=these.df, confidence=confidence,
    )  # fmt: skip
    low, high = like.evidence.interval(confidence) if like.evidence else (None, None)
    those = Reading(like.difference, low, high, like.p, like.p, note=like.reason or "", confidence=confidence)
    those = estimates.told_by(those, like)
    sizes = [(len(p.arm), len(p.baseline)) for p in parts]
    return replace(
        empty, problems=like.n_problems, clusters=like.n_clusters, pairs=sum(min(s) for s in sizes),
        samples_arm=sum(s[0] for s in sizes), samples_baseline=sum(s[1] for s in sizes), gains=like.gains,
        losses=like.losses, mean_arm=float(mine.mean()), mean_baseline=float(theirs.mean()), these=told, like=those,
        rests_on=like.rests_on,
    )  # fmt: skip


def _restricted(pairs: Pairs, problems: NDArray[np.int64]) -> Pairs:
    """The pairs of these problems."""
    import numpy as np

    if isinstance(pairs.problem, Sides):
        keep = [np.isin(np.asarray(x), problems) for x in (pairs.problem.arm, pairs.problem.baseline)]
        labels = Sides(np.asarray(pairs.problem.arm)[keep[0]], np.asarray(pairs.problem.baseline)[keep[1]])
        return replace(pairs, arm=pairs.arm[keep[0]], baseline=pairs.baseline[keep[1]], problem=labels)
    here = np.isin(pairs.problem, problems)
    return replace(pairs, arm=pairs.arm[here], baseline=pairs.baseline[here], problem=pairs.problem[here])
