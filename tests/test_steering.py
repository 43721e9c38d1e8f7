"""Steering measures by hand: each with its denominator."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.comparing.changes import FIRST, SINCE, changes
from evalkit.comparing.comparison import Design
from evalkit.comparing.steering import Rate, Steering, steering
from evalkit.runfile.runs import Runs
from evalkit.runfile.store import Store
from evalkit.types import Score, Transcript, Trial, Turn

Levels = list[float | None]
"""Use level of the staff's approach, turn by turn."""


def run(path: Path, arms: dict[str, list[Levels]], banned: dict[str, list[float | None]] | None = None) -> Steering:
    """A run file of one problem; each list of levels is one conversation."""
    with Store(path, write=True) as store:
        for arm, conversations in arms.items():
            for sample, levels in enumerate(conversations):
                said = [Turn(role, arm) for _ in levels for role in ("user", "assistant")]
                store.keep_transcript(Transcript(Trial("set/a", arm, "m", sample), tuple(said))).result()
        for stored in store.transcripts():
            trial = stored.transcript.trial
            for turn, level in enumerate(arms[trial.template][trial.sample], 1):
                store.keep_scores(stored.id, turn, "approach", "1-x", [Score("level", level, "why")])
            if banned:
                value = banned[trial.template][trial.sample]
                last = len(arms[trial.template][trial.sample])
                store.keep_scores(stored.id, last, "ban", "1-x", [Score("violated", value, "why")])
    with Store(path) as store:
        return steering(store, list(arms))


def rate(found: Steering, measure: str, arm: str) -> Rate:
    return next(r for r in found.rates if (r.measure, r.arm) == (measure, arm))


REPEATED: list[Levels] = [
    [0, 3, 3],  # adopts in turn 2 and stays
    [1, 1, 3],  # lip service twice, adopts in turn 3
    [3, 3, 0],  # used it at once, relapses
    [0, 3, 1],  # adopts in turn 2, relapses to lip service
    [2, None, 2],  # turn 2 could not be judged
    [0, 0, None],  # the judged turn could not be judged
]
RATES = [
    ("staff use", 2, 5, 1),
    ("lip service", 1, 5, 1),
    ("switch", 3, 3, 2),
    ("relapse", 2, 3, 0),
    ("adoption 2", 2, 4, 1),
    ("adoption 3", 1, 2, 1),
]


@pytest.mark.parametrize(("measure", "count", "of", "unjudged"), RATES, ids=[r[0] for r in RATES])
def test_rates(tmp_path: Path, measure: str, count: int, of: int, unjudged: int) -> None:
    found = rate(run(tmp_path / "x.sqlite", {"repeat_hint": REPEATED}), measure, "repeat_hint")
    assert (found.count, found.of, found.unjudged) == (count, of, unjudged)
    assert found.value == pytest.approx(count / of)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= count / of <= found.high


def test_levels_turn_by_turn(tmp_path: Path) -> None:
    found = run(tmp_path / "x.sqlite", {"repeat_hint": REPEATED}).levels
    assert [(c.turn, c.counts, c.unjudged) for c in found] == [
        (1, (3, 1, 1, 1), 0),
        (2, (1, 1, 0, 3), 1),
        (3, (1, 1, 1, 2), 1),
    ]


def test_ban_violations_count_judged_trials(tmp_path: Path) -> None:
    arms: dict[str, list[Levels]] = {"plain": [[0.0]] * 4, "ban": [[0.0]] * 4}
    banned: dict[str, list[float | None]] = {"plain": [1, 1, 0, None], "ban": [0, 0, 0, 1]}
    found = run(tmp_path / "x.sqlite", arms, banned)
    assert [(r.arm, r.count, r.of, r.unjudged) for r in found.rates if r.measure == "ban violation"] == [
        ("plain", 2, 3, 1),
        ("ban", 1, 4, 0),
    ]


INDICES = [
    ("steers half of what is left", [3, 3, 3, 0], [3, 3, 0, 0], 0.5),
    ("no more than the placebo", [3, 0, 0, 0], [0, 0, 3, 0], 0.0),
    ("everything", [3, 3, 3, 3], [0, 0, 0, 0], 1.0),
    ("everything that a strong placebo left", [3, 3, 3, 3, 3], [3, 3, 3, 3, 0], 1.0),
    ("less than the placebo", [0, 0, 0, 0], [3, 3, 0, 0], -1.0),
    ("unjudged pairs are left out", [3, None, 0, 0], [0, 3, 0, None], 0.5),
    ("nothing left to steer", [3, 3, 3, 3], [3, 3, 3, 3], None),
]


@pytest.mark.parametrize(("name", "hint", "placebo", "value"), INDICES, ids=[i[0] for i in INDICES])
def test_index(tmp_path: Path, name: str, hint: Levels, placebo: Levels, value: float | None) -> None:
    arms: dict[str, list[Levels]] = {"hint": [[v] for v in hint], "placebo": [[v] for v in placebo]}
    (found,) = run(tmp_path / "x.sqlite", arms).indices
    assert (found.value if value is None else pytest.approx(value)) == (value if value is None else found.value), name
    assert bool(found.note) is (value is None)
    if found.value is not None:
        assert found.low is None or found.low <= found.value
        assert (found.high or 0.0) >= found.value


def test_nothing_where_no_approach_is_declared(tmp_path: Path) -> None:
    assert run(tmp_path / "x.sqlite", {"plain": [[None], [None]]}).rates == ()


def test_the_judged_turn_against_the_first(tmp_path: Path) -> None:
    arms: dict[str, list[Levels]] = {"plain": [[0], [3]], "repeat": [[0, 3], [1, 1], [3, None], [0, 0, 3]]}
    run(tmp_path / "x.sqlite", arms)
    with Store(tmp_path / "x.sqlite") as store:
        (found,) = changes(Runs([store]), list(arms), ["approach.level"], Design([]))
    assert (found.arm, found.baseline, found.turn) == ("repeat", FIRST, SINCE)
    assert [found.pairs, found.mean_baseline, found.mean_arm] == pytest.approx([3, 1 / 3, 7 / 3])
    assert (found.pair_gains, found.pair_losses) == (2, 0)
    assert sum(found.dropped.values()) == 1


def test_without_later_turns_nothing_changed(tmp_path: Path) -> None:
    run(tmp_path / "x.sqlite", {"plain": [[0], [3]]})
    with Store(tmp_path / "x.sqlite") as store:
        assert changes(Runs([store]), ["plain"], ["approach.level"], Design([])) == []
