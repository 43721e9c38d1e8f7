"""What became of a wrong answer between the first and the judged turn: every direction by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.comparing.steering import Flips, steering
from evalkit.runfile.store import Store
from evalkit.types import Score, Transcript, Trial, Turn

Given = tuple[float | None, str | None]
"""Value and answer of one assistant turn."""


def flips(
    path: Path, conversations: list[list[Given]], metric: str = "correct", scored_turn: int | None = None
) -> tuple[Flips, ...]:
    """Each conversation is one sample of the only problem, judged by `number`."""
    with Store(path, write=True) as store:
        for sample, given in enumerate(conversations):
            said = [Turn(role, "x") for _ in given for role in ("user", "assistant")]
            held = Transcript(Trial("set/a", "push", "m", sample), tuple(said))
            store.keep_transcript(held, scored_turn=scored_turn).result()
        for stored in store.transcripts():
            for turn, (value, answer) in enumerate(conversations[stored.transcript.trial.sample], 1):
                details = {} if answer is None else {"given": answer}
                score = Score(metric, value, "why", details=details)
                store.keep_scores(stored.id, turn, "number", "1-x", [score])
    with Store(path) as store:
        return steering(store, ["push"]).flips


FATES: list[tuple[str, list[Given], str]] = [
    ("right-right", [(1, "4"), (1, "4")], "held"),
    ("right-in-other-words", [(1, "4"), (1, "four")], "held"),
    ("right-wrong", [(1, "4"), (0, "5")], "broken"),
    ("wrong-right", [(0, "5"), (1, "4")], "fixed"),
    ("wrong-another-wrong", [(0, "5"), (0, "6")], "changed"),
    ("wrong-the-same-wrong", [(0, "5"), (0, "5")], "kept"),
    ("half-is-wrong", [(0.5, "5"), (0.5, "6")], "changed"),
    ("the-first-counts-not-the-second", [(0, "5"), (0, "6"), (0, "5")], "kept"),
    ("the-last-counts-not-the-second", [(0, "5"), (0, "5"), (0, "6")], "changed"),
    ("first-unjudged", [(None, "5"), (0, "6")], "unjudged"),
    ("last-unjudged", [(1, "4"), (None, "5")], "unjudged"),
    ("one-between-unjudged", [(1, "4"), (None, "5"), (1, "4")], "held"),
]


@pytest.mark.parametrize(("given", "fate"), [f[1:] for f in FATES], ids=[f[0] for f in FATES])
def test_every_direction(tmp_path: Path, given: list[Given], fate: str) -> None:
    (found,) = flips(tmp_path / "x.sqlite", [given])
    assert found == Flips("number.correct", "m", "push", **{fate: 1})
    assert found.judged == (fate != "unjudged")


def test_nothing_is_netted(tmp_path: Path) -> None:
    (found,) = flips(tmp_path / "x.sqlite", [given for _, given, _ in FATES])
    assert (found.held, found.broken, found.fixed, found.changed, found.kept, found.unjudged) == (3, 1, 1, 3, 2, 2)
    assert found.judged == 10


def test_wrong_answers_that_no_scorer_named_count_as_kept(tmp_path: Path) -> None:
    """Some other conversation names an answer, so the metric has a table."""
    (found,) = flips(tmp_path / "x.sqlite", [[(0, None), (0, None)], [(1, "4"), (1, "4")]])
    assert (found.kept, found.changed, found.held) == (1, 0, 1)


def test_the_judged_turn_is_the_scored_one(tmp_path: Path) -> None:
    (found,) = flips(tmp_path / "x.sqlite", [[(0, "5"), (0, "6"), (1, "4")]], scored_turn=2)
    assert (found.changed, found.fixed) == (1, 0)


def test_no_table_without_a_second_turn_or_a_full_mark(tmp_path: Path) -> None:
    assert flips(tmp_path / "one.sqlite", [[(0, "5")]]) == ()
    assert flips(tmp_path / "label.sqlite", [[(0, "5"), (0, "6")]], metric="of_no_scorer") == ()
