"""`compare --turn`: which assistant turn stands for a conversation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evalkit.comparing.results import turn_of
from evalkit.errors import SpecError
from evalkit.runfile.store import Store
from evalkit.types import Score, Transcript, Trial, Turn
from tests.arrange import inside

READ: list[tuple[str, int | str]] = [
    ("scored", "scored"), ("first", "first"), ("last", "last"), ("all", "all"), ("1", 1), ("2", 2), ("12", 12),
]  # fmt: skip


@pytest.mark.parametrize(("text", "turn"), READ, ids=[r[0] for r in READ])
def test_what_is_allowed(text: str, turn: int | str) -> None:
    assert turn_of(text) == turn
    assert type(turn_of(text)) is type(turn)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "", "second", "Last", "1 2", "²", "٣", "9" * 5000, "9" * 20])
def test_what_is_not_allowed(text: str) -> None:
    with pytest.raises(SpecError, match="allowed are scored, first, last, all or a number from 1") as caught:
        turn_of(text)
    assert repr(text) in str(caught.value)


VALUES = {"plain": [0, 0, 0, 0], "hint": [0, 1, 0, 0]}
"""Values of the turns 1 to 4 in every sample: only turn 2 differs."""
DIFFERENCES: dict[str, dict[str, float]] = {
    "first": {"first": 0},
    "last": {"last": 0},
    "scored": {"scored": 0},
    "1": {"1": 0},
    "2": {"2": 1},
    "3": {"3": 0},
    "all": {"1": 0, "2": 1, "3": 0, "4": 0},
}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    path = tmp_path / "x.sqlite"
    with Store(path, write=True) as store:
        for problem in ("set/a", "set/b"):
            for arm in VALUES:
                turns = tuple(Turn(role, arm) for _ in range(4) for role in ("user", "assistant"))
                store.keep_transcript(Transcript(Trial(problem, arm, "m", 0), turns)).result()
        for stored in store.transcripts():
            for turn, value in enumerate(VALUES[stored.transcript.trial.template], 1):
                store.keep_scores(stored.id, turn, "number", "1-x", [Score("correct", value, "why")])
    return path


@pytest.mark.parametrize("turn", list(DIFFERENCES))
def test_the_turn_that_is_compared(run: Path, turn: str) -> None:
    done = inside("compare", str(run), "--turn", turn, "--json")
    assert done.returncode == 0, done.stderr
    rows = [row for row in json.loads(done.stdout) if row["baseline"] == "plain"]
    assert {row["turn"]: row["like"]["difference"] for row in rows} == DIFFERENCES[turn]


def test_the_heading_names_the_turn(run: Path) -> None:
    assert (
        "number.correct · m · against plain · turn 2"
        in inside("compare", str(run), "--turn", "2", "-f", "markdown").stdout
    )


def test_a_wrong_turn_is_one_message(run: Path) -> None:
    done = inside("compare", str(run), "--turn", "0")
    assert (done.returncode, done.stderr.count("error:")) == (2, 1)
    assert "--turn '0'" in done.stderr
