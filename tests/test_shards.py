"""Shards: which part of an experiment is asked where."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import SpecError
from evalkit.specs.experiment import Budget
from evalkit.specs.shards import Shard, parse
from evalkit.types import Trial
from tests.arrange import experiment, inside, plan, write_problems
from tests.server import ModelServer, serving

URL = "http://localhost:9/v1"
TEXTS: list[tuple[str, str | None]] = [
    ("3/8", None),
    (" 1/1 ", None),
    ("0/8", "counted from 1"),
    ("9/8", "there are 8 shards"),
    ("1/0", "from 1 to"),
    ("1/1000000", "write it as"),
    ("1/200000", "from 1 to"),
    ("3", "write it as"),
    ("3-8", "write it as"),
    ("-1/8", "write it as"),
    ("/8", "write it as"),
    ("", "write it as"),
]


@pytest.mark.parametrize(("text", "fault"), TEXTS, ids=[repr(t[0]) for t in TEXTS])
def test_how_a_shard_is_written(text: str, fault: str | None) -> None:
    if fault is None:
        assert str(parse(text)) == text.strip()
        return
    with pytest.raises(SpecError, match=fault):
        parse(text)


@given(of=st.integers(1, 40), group=st.text(max_size=20), model=st.text(max_size=20), sample=st.integers(0, 10**6))
def test_a_block_is_in_one_shard_and_the_next_sample_in_the_next(of: int, group: str, model: str, sample: int) -> None:
    here = [n for n in range(1, of + 1) if Shard(n, of).holds(group, model, sample)]
    after = [n for n in range(1, of + 1) if Shard(n, of).holds(group, model, sample + 1)]
    assert len(here) == 1
    assert after == [here[0] % of + 1]


@given(of=st.integers(1, 50), requests=st.integers(1, 10**6), cost=st.floats(0.01, 1e6))
def test_the_budgets_of_the_shards_are_the_whole(of: int, requests: int, cost: float) -> None:
    whole = Budget(max_cost=cost, max_requests=max(requests, of))
    parts = [Shard(n, of).budget(whole) for n in range(1, of + 1)]
    assert sum(p.max_requests or 0 for p in parts) == whole.max_requests
    assert sum(p.max_cost or 0.0 for p in parts) == pytest.approx(cost)


def test_a_budget_that_leaves_a_shard_nothing_is_refused() -> None:
    with pytest.raises(SpecError, match="leaves none for shard 1/8"):
        Shard(1, 8).budget(Budget(max_requests=3))
    assert Shard(1, 8).budget(Budget()) == Budget()


def trials(folder: Path, shard: str | None, limit: int | None = None, **more: object) -> list[Trial]:
    whole = plan(folder, experiment(URL, **more))
    part = whole if shard is None else whole.part(parse(shard))
    return [job.trial for spec in part.experiment.models for block in part.blocks(spec, limit) for job in block]


@pytest.mark.parametrize("limit", [None, 7])
def test_the_shards_are_the_whole_each_trial_once_and_arms_together(tmp_path: Path, limit: int | None) -> None:
    write_problems(tmp_path, 9)
    parts = [trials(tmp_path, f"{n}/5", limit, samples=3) for n in range(1, 6)]
    assert sorted(t for part in parts for t in part) == sorted(trials(tmp_path, None, limit, samples=3))
    for part in parts:
        arms = Counter((t.problem, t.model, t.sample) for t in part)
        assert set(arms.values()) <= {2}


def test_what_is_added_moves_nothing(tmp_path: Path) -> None:
    write_problems(tmp_path, 6)
    before = trials(tmp_path, "2/4", samples=3)
    write_problems(tmp_path, 11)
    assert {*before} <= {*trials(tmp_path, "2/4", samples=5)}


def test_questions_of_one_chat_stay_on_one_machine(tmp_path: Path) -> None:
    write_problems(tmp_path, 6)
    where = {n: {t.problem for t in trials(tmp_path, f"{n}/3", templates=["plain", "in_one_chat"])} for n in (1, 2, 3)}
    assert sorted(map(len, where.values())) == [0, 0, 6]


def test_an_early_stop_and_a_shard_are_refused(tmp_path: Path) -> None:
    write_problems(tmp_path, 2)
    stop = {"contrast": ["ban_approach", "plain"], "metric": "number.correct"}
    with pytest.raises(SpecError, match=r"\[stop\] looks at all"):
        plan(tmp_path, experiment(URL, stop=stop)).part(Shard(1, 2))


def test_a_shard_has_a_file_of_its_own_that_names_it(project: Path) -> None:
    write_problems(project, 6)
    (project / "runs").mkdir()
    with serving(ModelServer()) as server:
        file = project / "runs" / "mine.toml"
        file.write_text(
            'problems = ["p/*"]\ntemplates = ["plain"]\nsamples = 2\n'
            f'[[models]]\nid = "openai:m"\nbase_url = "{server.url}"\nparameters = {{seed = 1}}\n[budget]\nmax_requests = 100\n'
        )
        dry = inside("run", "runs/mine.toml", "--shard", "2/3", "--dry-run")
        assert "Requests that runs/mine.shard-2-of-3.sqlite holds" in " ".join(dry.stdout.split())
        done = inside("run", "runs/mine.toml", "--shard", "2/3", "--no-probe")
    assert done.returncode == 0, done.stderr
    assert (project / "runs" / "mine.shard-2-of-3.sqlite").is_file()
    assert not (project / "runs" / "mine.sqlite").exists()
    zero = inside("run", "runs/mine.toml", "--shard", "0/3")
    assert (zero.returncode, "counted from 1" in zero.stderr) == (2, True)


def test_the_plan_itself_is_not_changed(tmp_path: Path) -> None:
    write_problems(tmp_path, 2)
    whole = plan(tmp_path, experiment(URL))
    assert replace(whole.part(Shard(1, 2)), shard=None) == whole
