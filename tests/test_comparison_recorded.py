"""Tokens, cost and length of replies are metrics like any other, where somebody asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from evalkit.comparing.comparison import Comparison
from evalkit.comparing.results import Selection, results
from evalkit.errors import SpecError
from evalkit.runfile.runs import Runs
from evalkit.runfile.store import Store
from evalkit.specs.experiment import Experiment, checked
from evalkit.types import Reply, Score, Transcript, Trial, Turn, Usage

ARMS = ["plain", "ban"]
FIELDS: dict[str, object] = {
    "problems": ["*"],
    "templates": ARMS,
    "models": [{"id": "openai:m", "prices": {"input": 2.0, "output": 10.0}}],
}


def usage(arm: str, p: int, s: int) -> Usage:
    return Usage(100 + 20 * (arm == "ban"), 200 + 10 * p + s + 50 * (arm == "ban"))


def reply(arm: str, p: int, s: int, odd: str) -> Reply:
    text = f"Word {p} {s} " + "more " * (10 if arm == "ban" else 3)
    counted = None if odd == "no usage" and (p, s) == (0, 0) else usage(arm, p, s)
    return Reply(text, "length" if odd == "cut off" and (p, s) == (1, 1) else "stop", usage=counted)


def fill(path: Path, odd: str = "", more: dict[str, object] | None = None) -> Path:
    with Store(path, write=True) as store:
        described = Experiment.model_validate(FIELDS | (more or {}))
        store.set_meta("experiment", described.model_dump_json())
        kept = []
        for arm in ARMS:
            for p in range(6):
                for s in range(3):
                    said = reply(arm, p, s, odd)
                    turns = (Turn("user", arm), Turn("assistant", said.text, said))
                    kept.append(store.keep_transcript(Transcript(Trial(f"p{p}", arm, "m", s), turns)))
        for future in kept:
            future.result()
        scores = [
            store.keep_scores(stored.id, 1, "number", "1-x", [Score("correct", float(stored.id % 2), "w")])
            for stored in store.transcripts()
        ]
        for future in scores:
            future.result()
    return path


def compared(path: Path, metrics: Sequence[str] | None = None) -> list[Comparison]:
    with Store(path) as store:
        return results(Runs([store]), Selection(metrics=metrics)).comparisons


COST = (20 * 2.0 + 50 * 10.0) / 1e6
VALUES = [("reply.tokens", 50.0), ("reply.words", 7.0), ("reply.cost", COST)]


@pytest.mark.parametrize(("metric", "difference"), VALUES, ids=[row[0] for row in VALUES])
def test_a_recorded_metric_is_compared_like_any_other(metric: str, difference: float, tmp_path: Path) -> None:
    (found,) = compared(fill(tmp_path / "r.sqlite"), [metric])
    assert (found.metric, found.pairs, found.problems) == (metric, 18, 6)
    assert found.like.difference == pytest.approx(difference)
    assert found.these.difference == pytest.approx(difference)


ODD = [
    ("no usage", "reply.tokens", "the server counted no tokens"),
    ("no usage", "reply.cost", "the server counted no tokens"),
    ("no usage", "reply.words", ""),
    ("cut off", "reply.words", "cut off"),
    ("cut off", "reply.tokens", ""),
]


@pytest.mark.parametrize(("odd", "metric", "why"), ODD)
def test_what_is_not_known_is_unjudged(odd: str, metric: str, why: str, tmp_path: Path) -> None:
    (found,) = compared(fill(tmp_path / "r.sqlite", odd), [metric])
    assert [why in reason for reason in found.dropped] == ([True] if why else [])


def test_other_tables_are_as_if_there_were_no_such_metrics(tmp_path: Path) -> None:
    path = fill(tmp_path / "r.sqlite")
    assert {c.metric for c in compared(path)} == {"number.correct"}
    (alone,) = compared(path)
    (beside,) = [c for c in compared(path, ["number.correct", "reply.tokens"]) if c.metric == "number.correct"]
    assert (alone.these, alone.like) == (beside.these, beside.like)


def test_one_may_be_the_primary_outcome(tmp_path: Path) -> None:
    found = compared(fill(tmp_path / "r.sqlite", more={"primary": "reply.cost"}))
    assert [(c.metric, c.outcome) for c in found] == [("reply.cost", "primary"), ("number.correct", "secondary")]
    described = Experiment.model_validate(FIELDS | {"primary": "reply.tokens"})
    assert checked(described, "x.toml") is described
    with pytest.raises(SpecError, match="unknown scorer 'reply'"):
        checked(Experiment.model_validate(FIELDS | {"primary": "reply.smell"}), "x.toml")
