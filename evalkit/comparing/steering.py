"""Steering measures: did the arm change which way the model goes, and when? Each is defined here and nowhere else.

They are rates of conversations (trials), with Wilson intervals for one rate and the count and denominator beside it.
A trial that could not be judged is in no denominator and is counted as unjudged. Pairs and tests are the business of
contrasts.py; here nothing is tested.

staff use      the staff's approach carries the conclusion (level 3) in the judged turn; of all judged trials
lip service    the staff's approach is announced or mentioned and no more (level 1); of all judged trials
ban violation  a banned approach is set up (level 2 or 3) in the judged turn; of all judged trials
switch         the staff's approach reaches level 3 in a later turn; of the trials whose first turn did not use it
relapse        the judged turn is below level 3; of the trials that reached level 3 in an earlier turn
adoption n     level 3 in turn n for the first time; of the trials that had not reached it before (hazard of turn n)

The judged turn is the template's `scored_turn`, else the last. Not covered: approaches other than the staff's (their
levels are in the scores), and what a model would have done in further turns.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evalkit.comparing.frame import clusters
from evalkit.comparing.index import USED, Index, Pair, index_of
from evalkit.judging.metrics import metric_for, metric_info
from evalkit.runfile.runs import Runs
from evalkit.runfile.store import Store
from evalkit.types import Trial

Levels = Mapping[int, float | None]
"""Assistant turn -> value of a metric, None where it could not be judged."""
Key = int
"""The number of a transcript: a run may hold a hundred thousand, and numbers are found faster than trials."""


@dataclass(frozen=True)
class Rate:
    """`count` of `of` trials of one arm; `value` with its 95 % Wilson interval, None where `of` is 0."""

    measure: str
    about: str
    model: str
    arm: str
    count: int
    of: int
    unjudged: int
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class LevelCounts:
    """How many trials of an arm stood at use level 0, 1, 2, 3 of the staff's approach in one assistant turn."""

    model: str
    arm: str
    turn: int
    counts: tuple[int, int, int, int]
    unjudged: int


@dataclass(frozen=True)
class Flips:
    """First turn against judged turn of one arm, for one answer metric: all directions, nothing netted.

    held: right, right. broken: right, wrong. fixed: wrong, right. changed: wrong, another wrong answer. kept: wrong,
    the same wrong answer (or one that cannot be told apart). unjudged: one of the two turns could not be judged.
    """

    metric: str
    model: str
    arm: str
    held: int = 0
    broken: int = 0
    fixed: int = 0
    changed: int = 0
    kept: int = 0
    unjudged: int = 0

    @property
    def judged(self) -> int:
        """Trials in the table."""
        return self.held + self.broken + self.fixed + self.changed + self.kept


@dataclass(frozen=True)
class Steering:
    """Everything this module finds in a run."""

    rates: tuple[Rate, ...] = ()
    indices: tuple[Index, ...] = ()
    levels: tuple[LevelCounts, ...] = ()
    flips: tuple[Flips, ...] = ()


def steering(store: Store | Runs, arms: Sequence[str], placebo: str = "placebo") -> Steering:
    """All steering measures of a run file, arms in the given order."""
    scorers = {name for name, _ in store.scorer_versions()}
    level, violated = metric_for("use level", scorers), metric_for("violation", scorers)
    listed = store.trials()
    if not (level or violated) and all((o.scored_turn or o.answers) < 2 for _, _, o in listed):
        return Steering()  # nothing of it is scored, and no answer can flip
    trials = {key: trial for key, trial, _ in listed}
    values, answers = _collected(store, trials, (level, violated))
    answered = {metric: found for metric, found in values.items() if metric not in (level, violated)}
    judged = {key: o.scored_turn or o.answers for key, _, o in listed}
    rates: list[Rate] = []
    levels: list[LevelCounts] = []
    indices: list[Index] = []
    flips: list[Flips] = []
    shared = clusters(store)
    cells: dict[tuple[str, str], list[Key]] = defaultdict(list)
    for key, trial in trials.items():
        cells[trial.model, trial.template].append(key)
    for model in sorted({trial.model for trial in trials.values()}):
        ends: dict[str, dict[Pair, float]] = {}
        for arm in {*arms, placebo}:
            at_end = ((trials[k], values[level][k].get(judged[k])) for k in cells[model, arm] if k in values[level])
            ends[arm] = {(t.problem, t.sample): value for t, value in at_end if value is not None}
        for arm in arms:
            mine = cells[model, arm]
            found = {k: values[level][k] for k in mine if k in values[level]}
            rates += _rates(model, arm, found, judged)
            rates += _violations(model, arm, {k: values[violated][k] for k in mine if k in values[violated]}, judged)
            levels += _levels(model, arm, found)
            flips += _flips((model, arm), mine, answered, answers, judged)
        for arm in arms:
            if arm != placebo:
                indices.append(index_of((model, arm, placebo), (ends[arm], ends[placebo]), shared))
    return Steering(tuple(rates), tuple(i for i in indices if i.rate is not None), tuple(levels), tuple(flips))


def _collected(
    store: Store | Runs, trials: Mapping[Key, Trial], needed: Sequence[str]
) -> tuple[Mapping[str, Mapping[Key, Levels]], dict[tuple[str, Key, int], str]]:
    """metric -> transcript -> turn -> value for the metrics needed here; and the answers given by (metric, transcript,
    turn)."""
    keys: dict[tuple[str, str, str, int], Key] = {}
    answers: dict[tuple[str, Key, int], str] = {}
    for row in store.answers():
        if not keys:  # made where an answer is named at all: a run may hold a hundred thousand trials
            keys = {(t.problem, t.template, t.model, t.sample): key for key, t in trials.items()}
        answers[row[5], keys[row[:4]], row[4]] = str(row[7])
    given = {metric for metric, _, _ in answers}
    found = store.columns(sorted({*needed, *(metric for metric in given if metric_info(metric).role == "answer")}))
    values: dict[str, dict[Key, dict[int, float | None]]] = defaultdict(dict)
    by_number = [values[name] for name in found.metric.names]
    listed = (found.transcript.tolist(), found.turn.tolist(), found.metric.code.tolist(), found.value.tolist())
    for key, turn, metric, value in zip(*listed, strict=True):
        by_number[metric].setdefault(key, {})[turn] = value if value == value else None
    return values, answers


def _rate(measure: str, about: str, model: str, arm: str, outcomes: Iterable[bool | None]) -> list[Rate]:
    """The rate of True among True and False; nothing where there is no trial at all."""
    listed = list(outcomes)
    of, count = sum(o is not None for o in listed), sum(o is True for o in listed)
    if not listed:
        return []
    if not of:
        return [Rate(measure, about, model, arm, 0, 0, len(listed))]
    from evalkit.stats.rates import wilson  # scipy comes with it

    found = wilson(count, of)
    return [Rate(measure, about, model, arm, count, of, len(listed) - of, found.rate, found.low, found.high)]


def _rates(model: str, arm: str, found: Mapping[Key, Levels], judged: Mapping[Key, int]) -> list[Rate]:
    if not any(value is not None for levels in found.values() for value in levels.values()):
        return []  # no staff approach is declared
    end = {t: levels.get(judged[t]) for t, levels in found.items()}
    rates = _rate("staff use", "of judged trials", model, arm, (_is(v, USED) for v in end.values()))
    rates += _rate("lip service", "of judged trials", model, arm, (_is(v, 1.0) for v in end.values()))
    later = {t: levels for t, levels in found.items() if judged[t] > 1}
    not_at_first = [(t, levels) for t, levels in later.items() if levels.get(1) != USED]
    rates += _rate(
        "switch", "of trials whose first turn did not use it", model, arm,
        (_any_later(levels, judged[t]) if levels.get(1) is not None else None for t, levels in not_at_first),
    )  # fmt: skip
    used_before = [t for t, levels in later.items() if any(levels.get(n) == USED for n in range(1, judged[t]))]
    rates += _rate(
        "relapse", "of trials that used it in an earlier turn", model, arm,
        (None if end[t] is None else end[t] != USED for t in used_before),
    )  # fmt: skip
    for turn in range(2, max((judged[t] for t in found), default=0) + 1):
        open_ = [levels for levels in later.values() if not any(levels.get(n) == USED for n in range(1, turn))]
        there = [levels[turn] for levels in open_ if turn in levels]
        about = "of trials that had not used it before"
        rates += _rate(f"adoption {turn}", about, model, arm, (_is(value, USED) for value in there))
    return rates


def _is(value: float | None, wanted: float) -> bool | None:
    return None if value is None else value == wanted


def _any_later(levels: Levels, last: int) -> bool | None:
    later = [levels.get(turn) for turn in range(2, last + 1)]
    if USED in later:
        return True
    return None if None in later else False


def _violations(model: str, arm: str, found: Mapping[Key, Levels], judged: Mapping[Key, int]) -> list[Rate]:
    end = [levels.get(judged[t]) for t, levels in found.items()]
    if all(value is None for value in end):
        return []
    return _rate("ban violation", "of judged trials", model, arm, (_is(value, 1.0) for value in end))


def _levels(model: str, arm: str, found: Mapping[Key, Levels]) -> list[LevelCounts]:
    turns = sorted({turn for levels in found.values() for turn in levels})
    rows = []
    for turn in turns:
        here = [levels[turn] for levels in found.values() if turn in levels]
        counts = Counter(int(value) for value in here if value is not None)
        if counts:
            row = (counts[0], counts[1], counts[2], counts[3])
            rows.append(LevelCounts(model, arm, turn, row, len(here) - sum(row)))
    return rows


def _flips(
    cell: tuple[str, str],
    mine: Sequence[Key],
    values: Mapping[str, Mapping[Key, Levels]],
    answers: Mapping[tuple[str, Key, int], str],
    judged: Mapping[Key, int],
) -> list[Flips]:
    """cell: model and arm."""
    mine = [key for key in mine if judged[key] >= 2]
    tables = []
    for metric in sorted(values):
        counts: Counter[str] = Counter()
        for key in mine:
            levels = values[metric].get(key)
            if levels is None:
                continue
            given = [answers.get((metric, key, turn)) for turn in (1, judged[key])]
            counts[_kind(levels.get(1), levels.get(judged[key]), given[0] != given[1])] += 1
        if counts:
            tables.append(Flips(metric, cell[0], cell[1], **counts))
    return tables


def _kind(before: float | None, after: float | None, differs: bool) -> str:
    if before is None or after is None:
        return "unjudged"
    if before == 1.0:
        return "held" if after == 1.0 else "broken"
    if after == 1.0:
        return "fixed"
    return "changed" if differs else "kept"
