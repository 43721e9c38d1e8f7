"""Which replies a person should label next: the arms in turn, drawn by the seed.

By default it is a random choice within each arm, which is what corrections by labels rest on (`stats.corrected`). With
`unsure`, replies of which scorers say least come first: good for finding where scorers fail, and no random choice.
Not covered: replies that are word for word the same, which may be asked about twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import zip_longest

from evalkit.judging.metrics import metric_info
from evalkit.runfile.store import Store
from evalkit.types import Trial, digest

Place = tuple[int, int]
"""(transcript, assistant turn)."""


def order(store: Store, seed: int = 0, *, unsure: bool = False) -> list[Place]:
    """All replies that can be labelled, one for each conversation that did not fail: its judged turn."""
    doubts = _doubts(store) if unsure else {}
    arms: dict[str, list[tuple[float, str, Place]]] = defaultdict(list)
    for key, trial, outline in store.trials():
        if outline.answers and outline.error is None:
            place = (key, min(outline.scored_turn or outline.answers, outline.answers))
            arms[trial.template].append((-doubts.get(place, 0), _draw(seed, trial), place))
    rounds = zip_longest(*([(drawn, place) for _, drawn, place in sorted(rows)] for rows in arms.values()))
    # Within a round by the draw, so that its place tells nothing of a reply's arm.
    return [place for row in rounds for _, place in sorted(entry for entry in row if entry is not None)]


def wanted(place: Place, by: set[str], labeller: str, double: float, seed: int = 0) -> bool:
    """Whether this labeller is to label a reply that `by` have labelled: `double` is the share that several label."""
    if labeller in by:
        return False
    return not by or double >= 1 or int(digest([seed, *place])[:8], 16) < double * 16**8


def _draw(seed: int, trial: Trial) -> str:
    return digest([seed, trial.problem, trial.template, trial.model, trial.sample])


def _doubts(store: Store) -> dict[Place, int]:
    """How many metrics could not be judged, of those that are judged elsewhere on the same problem; and one for
    relations that are disputed."""
    import numpy as np

    problems = {key: trial.problem for key, trial, _ in store.trials()}
    scores = store.columns()
    unjudged = np.isnan(scores.value).tolist()
    rows: Sequence[tuple[int, int, str, bool, float]] = list(
        zip(scores.transcript.tolist(), scores.turn.tolist(), scores.metric.texts, unjudged, scores.value.tolist(),
            strict=True)
    )  # fmt: skip
    unsettled = {name for name in scores.metric.names if metric_info(name).unsettled}
    judged = {(problems[key], metric) for key, _, metric, none, _ in rows if not none}
    found: dict[Place, int] = defaultdict(int)
    for key, turn, metric, none, value in rows:
        found[key, turn] += (none and (problems[key], metric) in judged) or (metric in unsettled and value > 0)
    return found
