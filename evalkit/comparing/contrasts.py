"""Stored scores to paired comparisons between arms.

Pairs are matched by problem, model and sample; a pair counts when both values could be judged. Every comparison answers
two questions, and they are kept apart: would the difference show again on *these problems* (only the noise of sampling
counts), and would it show on *problems like these* (the problem, or the cluster of problems, is the unit).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from evalkit.comparing import estimates, pairing, unjudged
from evalkit.comparing.chats import by_chat
from evalkit.comparing.comparison import (
    ALL_MODELS,
    Answered,
    Caveat,
    Comparison,
    Contrast,
    Design,
    Reading,
    Square,
    Verdict,
)
from evalkit.comparing.estimates import verdict
from evalkit.comparing.frame import COLUMNS, Turn, frame
from evalkit.comparing.interactions import two_by_two
from evalkit.comparing.ordinal import ordinal
from evalkit.comparing.scores import Numbered, Scores
from evalkit.comparing.spread import spread
from evalkit.errors import SpecError
from evalkit.judging.metrics import metric_info
from evalkit.runfile.runs import Runs
from evalkit.runfile.store import Store
from evalkit.specs.toml import suggestion

if TYPE_CHECKING:
    import pandas as pd

Arms = Mapping[str, pairing.Rows]


def compare(
    scores: Scores | pd.DataFrame | Numbered, design: Design, *, metrics: Sequence[str] | None = None
) -> list[Comparison]:
    """Every contrast of the design, per metric and model (and all models together), sorted by metric, model, contrast.

    scores: as `frame` gives it, or as `numbered` for this design. Raises SpecError when an arm or a metric does not
    occur.
    """
    rows = scores if isinstance(scores, Numbered) else numbered(Scores.of(scores), design)
    known_arms = sorted({*rows.scores.template.present(), *(t.template for t in design.failed)})
    known_metrics = sorted(rows.scores.metric.present())
    named = [*(n for c in design.contrasts for n in c), *(n for square in design.interactions for n in square)]
    _known("template", named, known_arms)
    _known("metric", metrics or (), known_metrics)
    named_by, models = rows.problem_names, rows.model_names
    looked_into = {*(metrics or headline_metrics(known_metrics)), design.primary}
    found: list[Comparison] = []
    for metric, of_metric in rows.cells.items():
        if metrics and metric not in metrics:
            continue
        asked = {n: arms for n in range(len(models)) if (arms := pairing.of_model(of_metric, n))}
        groups = sorted((models[n], arms) for n, arms in asked.items())
        # An effect over all models is not one of those alone that were asked an arm.
        shared = set.intersection(*(set(arms) for arms in asked.values())) if asked else set()
        together = {name: rows for name, rows in of_metric.items() if name in shared}
        for model, arms in [*groups, *([(ALL_MODELS, together)] if len(groups) > 1 else [])]:
            here = _confidence(design, arms)
            family = [
                _one(metric, model, contrast, arms, here, named_by if metric in looked_into else ())
                for contrast in design.contrasts
                if contrast[0] in arms and contrast[1] in arms
            ]
            family += [_two_by_two(metric, model, s, arms, here) for s in design.interactions if set(s) <= arms.keys()]
            found += adjusted(family, design.exploratory)
    return found


def _confidence(design: Design, arms: Arms) -> Design:
    """With the confidence of each interval of the table of these arms."""
    rows = [group for group in (*design.contrasts, *design.interactions) if set(group) <= arms.keys()]
    return replace(design, confidence=design.confidence_among(len(rows)))


def _known(what: str, asked: Iterable[str], known: Sequence[str]) -> None:
    for name in asked:
        if name not in known:
            raise SpecError(f"no scores for {what} {name!r}{suggestion(name, known)}")


def numbered(scores: Scores, design: Design) -> Numbered:
    """With rows for trials that failed, and with numbers for what the statistics group by."""
    return Numbered.of(scores.with_failed(design.failed), design.clusters)


def _one(
    metric: str, model: str, contrast: Contrast, arms: Arms, design: Design, problems: Sequence[str]
) -> Comparison:
    """problems: names by number, where the problems are to be looked at one by one."""
    found = pairing.matched(arms[contrast[0]], arms[contrast[1]])
    lost, alone = pairing.dropped(found, contrast), pairing.alone(found, contrast)
    found, together = by_chat(found)
    empty = Comparison(metric, model, *contrast, dropped=lost, alone=alone, kind=design.kind, in_chats=together)
    pairs, copies = pairing.pairs(found, found.relation)
    if pairs is None:
        some = len(found.arm) or len(found.alone_arm) + len(found.alone_baseline)
        return replace(empty, note="no pair could be judged" if some and lost else "no pairs")
    moved = (found.arm.value - found.baseline.value)[found.judged]
    empty = replace(empty, copies=copies, pair_gains=int((moved > 0).sum()), pair_losses=int((moved < 0).sum()))
    estimated = estimates.estimates(
        empty, pairs, design.delta.get(metric), design.seed, design.confidence, planned=bool(problems)
    )
    if problems and metric_info(metric).role == "use level":
        estimated = replace(estimated, ordinal=ordinal(*found.sides, design))
    if problems:
        estimated = replace(estimated, spread=spread(pairs, problems, design.seed))
    return unjudged.told(estimated, found, design.seed) if lost else estimated


def _two_by_two(metric: str, model: str, square: Square, arms: Arms, design: Design) -> Comparison:
    first, second = square[1:3]
    empty = Comparison(metric, model, f"{first} given {second}", f"{first} alone", kind="interaction")
    return two_by_two(empty, square, dict(arms), design)


def adjusted(family: list[Comparison], exploratory: bool = False) -> list[Comparison]:
    """Adjusted p values over the contrasts of one metric, model and reading; verdicts follow them."""
    from evalkit.stats.adjust import benjamini_hochberg, holm

    adjust = benjamini_hochberg if exploratory else holm
    for name in ("these", "like"):
        readings: list[Reading] = [getattr(c, name) for c in family]
        for field in ("p", "p_equivalent"):
            tested = [i for i, r in enumerate(readings) if getattr(r, field) is not None]
            values: list[float] = adjust([getattr(readings[i], field) for i in tested]).tolist() if tested else []
            for i, p in zip(tested, values, strict=True):
                changes: dict[str, Any] = {f"{field}_adjusted": p}
                readings[i] = replace(readings[i], **changes)
        told: list[dict[str, Any]] = [{name: _told(c.metric, r)} for c, r in zip(family, readings, strict=True)]
        family = [replace(c, **t) for c, t in zip(family, told, strict=True)]
    return [unjudged.hedged(c) for c in family]


def _told(metric: str, reading: Reading) -> Reading:
    """With the verdict of the adjusted p values: a difference, else none larger than delta, else cannot tell."""
    if reading.p is None and reading.p_equivalent is None:
        return reading
    found = verdict(metric, reading.difference, reading.p_adjusted)
    small = reading.p_equivalent_adjusted is not None and reading.p_equivalent_adjusted < 0.05
    if found is Verdict.CANNOT_TELL and small:
        found = Verdict.NO_DIFFERENCE
    return replace(reading, verdict=found)


def answers_given(store: Store | Runs) -> list[Answered]:
    """Which reference each scored turn gave, for every metric whose score says so (`Score.given`)."""
    counts: Counter[tuple[str, str, str, str, str]] = Counter()
    for problem, template, model, metric, given, count in store.answers_counted():
        counts[problem, template, model, metric, given] += count
    return [Answered(*key, count) for key, count in sorted(counts.items())]


def headline_metrics(metrics: Sequence[str]) -> list[str]:
    """Of these, the metrics of the first screen, in the order of the places that they declare."""
    places = {m: metric_info(m).headline for m in set(metrics)}
    return sorted((m for m, place in places.items() if place), key=lambda m: (places[m], m))


__all__ = [
    "ALL_MODELS", "COLUMNS", "Answered", "Caveat", "Comparison", "Contrast", "Design", "Reading", "Square", "Turn",
    "Verdict", "answers_given", "compare", "frame", "headline_metrics", "metric_info", "verdict",
]  # fmt: skip
