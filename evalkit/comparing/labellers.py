"""What labels say beside the scorers' agreement: labellers among themselves, single relations, and where one differs.

Not covered: agreement of more than two at once (every pair has its own row), and relations that the checker does not
find in a reply: nobody was asked about them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from evalkit.comparing.agreement import ALL_ARMS
from evalkit.runfile.store import Store
from evalkit.stats.agreement import Agreement, agreement
from evalkit.stats.rates import wilson
from evalkit.types import RELATION, Trial

RIGHT = {"identity": 1.0, "algebra-only": 1.0, "holds": 1.0, "fails": 0.0, "ill-typed": 0.0}
"""Verdicts that say something; all others leave a relation undecided."""
Place = tuple[Trial, int]
"""(trial, assistant turn)."""
Found = Mapping[Place, Mapping[tuple[int, int], str]]
"""Of the replies whose relations are labelled: place of a relation -> the checker's verdict."""


@dataclass(frozen=True)
class Between:
    """Two labellers on the replies that both labelled. `unjudged`: where one of the two could not tell."""

    metric: str
    labellers: tuple[str, str]
    found: Agreement | None
    unjudged: int


@dataclass(frozen=True)
class Checked:
    """The checker on labelled relations. Each relation counts once, whoever labelled it; where labellers differ it is
    left out and counted in `unclear`."""

    arm: str
    called_true: tuple[int, int]
    """(labelled true, labelled false) of those that the checker calls true."""
    called_false: tuple[int, int]
    undecided: tuple[int, int]
    unclear: int
    """Labelled as neither."""
    gone: int
    """Labelled, and not found any more: the reply is read in another way now."""

    @property
    def right(self) -> tuple[float, float, float] | None:
        """How often it is right where it decides, with Wilson's interval."""
        count = sum(self.called_true) + sum(self.called_false)
        if not count:
            return None
        found = wilson(self.called_true[0] + self.called_false[1], count)
        return found.rate, found.low, found.high


@dataclass(frozen=True)
class Differs:
    """One reply of which a scorer says something else than its label."""

    trial: Trial
    turn: int
    metric: str
    label: float
    score: float
    reason: str


def between(store: Store, metrics: Sequence[str] | None = None) -> list[Between]:
    """Every pair of labellers, metric by metric, sorted."""
    said: dict[tuple[str, str], dict[tuple[object, ...], float | None]] = defaultdict(dict)
    for trial, label in store.all_labels():
        if label.labeller and (not metrics or label.metric in metrics):
            said[label.metric, label.labeller][trial, label.turn, label.start, label.stop] = label.value
    rows = []
    for metric in sorted({metric for metric, _ in said}):
        names = sorted(who for name, who in said if name == metric)
        for first, second in combinations(names, 2):
            mine, other = said[metric, first], said[metric, second]
            both = [(mine[key], other[key]) for key in mine if key in other]
            pairs = [(a, b) for a, b in both if a is not None and b is not None]
            found = agreement([a for a, _ in pairs], [b for _, b in pairs]) if pairs else None
            if both:
                rows.append(Between(metric, (first, second), found, len(both) - len(pairs)))
    return rows


def relation_labels(store: Store) -> dict[Place, dict[tuple[int, int], list[float | None]]]:
    """What was said of single relations."""
    found: dict[Place, dict[tuple[int, int], list[float | None]]] = defaultdict(lambda: defaultdict(list))
    for trial, label in store.all_labels():
        if label.metric == RELATION:
            found[trial, label.turn][label.start, label.stop].append(label.value)
    return found


def checked(labels: Mapping[Place, Mapping[tuple[int, int], Sequence[float | None]]], found: Found) -> list[Checked]:
    """All arms together and each arm; nothing where no relation is labelled."""
    counts: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for place, relations in labels.items():
        for span, said in relations.items():
            verdict = found.get(place, {}).get(span)
            value = said[0] if len(set(said)) == 1 else None
            label = "unclear" if value is None else "true" if value else "false"
            decided = (
                "gone" if verdict is None else {1.0: "true", 0.0: "false"}.get(RIGHT.get(verdict, -1), "undecided")
            )
            for arm in (ALL_ARMS, place[0].template):
                counts[arm][decided, label] += 1
    order = sorted(counts, key=lambda arm: (arm != ALL_ARMS, arm))
    return [_checked(arm, counts[arm]) for arm in order]


def _checked(arm: str, counts: Counter[tuple[str, str]]) -> Checked:
    def pair(verdict: str) -> tuple[int, int]:
        return counts[verdict, "true"], counts[verdict, "false"]

    unclear = sum(n for (verdict, label), n in counts.items() if label == "unclear" and verdict != "gone")
    gone = sum(n for (verdict, _), n in counts.items() if verdict == "gone")
    return Checked(arm, pair("true"), pair("false"), pair("undecided"), unclear, gone)


def differing(store: Store, metrics: Sequence[str] | None = None) -> Iterator[Differs]:
    """The replies where scorer and label differ, in the order of the trials."""
    labels = {(t, turn, metric): value for t, turn, metric, value in store.labels() if value is not None}
    wanted = sorted({trial for trial, _, _ in labels})
    ids = {trial: key for key, trial, _ in store.trials()}
    for trial in wanted:
        for s in store.scores(ids=[ids[trial]]):
            name = f"{s.scorer}.{s.score.metric}"
            label, score = labels.get((trial, s.turn, name)), s.score.value
            known = label is not None and score is not None and (not metrics or name in metrics)
            if known and abs(label - score) >= 0.005:  # type: ignore[operator]
                yield Differs(trial, s.turn, name, label, score, s.score.reason)  # type: ignore[arg-type]
