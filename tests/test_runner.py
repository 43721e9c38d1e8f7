"""The runner against a real server: nothing paid twice, failures are data, budgets leave pairs, stops are clean."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from evalkit.asking.connecting import limits_of
from evalkit.asking.conversation import drive
from evalkit.asking.forecast import forecast
from evalkit.asking.progress import Progress
from evalkit.asking.runner import Orders, run
from evalkit.asking.stopping import Stop
from evalkit.errors import ProviderError
from evalkit.runfile.store import Store
from evalkit.specs.experiment import Budget
from evalkit.types import Limits, ModelSpec, Reply, Request
from tests.arrange import ROOT, experiment, plan, write_problems
from tests.kills import kill_and_resume
from tests.server import ModelServer


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-real-key")


async def ask_all(folder: Path, server: ModelServer, **more: object) -> tuple[Progress, Store]:
    budget = more.pop("budget", None)
    limit = more.pop("limit", None)
    store = Store(folder / "run.sqlite", write=True)
    progress = Progress()
    described = experiment(server.url, **more)
    assert budget is None or isinstance(budget, Budget)
    assert limit is None or isinstance(limit, int)
    try:
        await run(plan(folder, described), store, progress=progress, stop=Stop(), orders=Orders(budget, limit))
    finally:
        store.close()
    return progress, store


@pytest.mark.parametrize(
    ("model", "given", "expected"),
    [("openai:m", {}, 600.0), ("openai:m", {"timeout": 9}, 9.0), ("hf:m", {}, None), ("hf:m", {"timeout": 9}, 9.0)],
)
def test_a_local_model_takes_its_time_unless_a_timeout_is_given(
    model: str, given: dict[str, float], expected: float | None
) -> None:
    spec = ModelSpec.model_validate({"id": model, "limits": {"in_flight": 3, **given}})
    assert limits_of(spec) == Limits(in_flight=3, timeout=expected)


async def test_everything_is_asked_once_and_kept(tmp_path: Path) -> None:
    write_problems(tmp_path, 5)
    async with ModelServer() as server:
        progress, _ = await ask_all(tmp_path, server, samples=3)
        assert (progress.done, progress.total, progress.failed, progress.asked) == (30, 30, 0, 30)
        assert server.stats["requests"] == 30
        again, _ = await ask_all(tmp_path, server, samples=3)
        assert (again.done, again.kept, again.asked) == (30, 30, 0)
        assert server.stats["requests"] == 30
        more, _ = await ask_all(tmp_path, server, samples=4)
        assert (more.kept, more.asked) == (30, 10)


async def test_arms_that_begin_alike_share_the_first_answer(tmp_path: Path) -> None:
    write_problems(tmp_path, 3)
    arms = ["plain", "hint_after", "repeat_hint", "placebo"]
    async with ModelServer(latency=0.02) as server:
        progress, store = await ask_all(tmp_path, server, templates=arms)
        # A problem: one first answer, one for the hint, one for its repetition, one for the placebo.
        assert server.stats["requests"] == progress.asked == 3 * 4
    with Store(store.path) as reader:
        first = {s.transcript.trial.template: s.transcript.replies[0] for s in reader.transcripts("p/00001")}
    assert len(set(first.values())) == 1
    assert set(first) == set(arms)


async def test_editing_one_template_asks_only_what_changed(tmp_path: Path) -> None:
    write_problems(tmp_path, 4)
    prompts = tmp_path / "prompts"
    prompts.mkdir()
    for path in (ROOT / "prompts").glob("*.j2"):
        (prompts / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    async with ModelServer() as server:
        await ask_all(tmp_path, server)
        ban = prompts / "ban_approach.j2"
        ban.write_text(ban.read_text(encoding="utf-8").replace("{{ ban }}", "Please: {{ ban }}"), encoding="utf-8")
        progress, _ = await ask_all(tmp_path, server)
        assert (progress.asked, progress.kept) == (4, 4)
        problem = tmp_path / "problems" / "p" / "00001.toml"
        problem.write_text(problem.read_text(encoding="utf-8").replace("fingers", "toes"), encoding="utf-8")
        progress, _ = await ask_all(tmp_path, server)
        assert progress.asked == 1, "plain does not use the ban: its request is answered from the file"


async def test_a_failure_is_data_and_is_asked_again_next_time(tmp_path: Path) -> None:
    write_problems(tmp_path, 3)
    bad = tmp_path / "problems" / "p" / "00002.toml"
    bad.write_text(bad.read_text(encoding="utf-8").replace("Say exactly", "[[fault:400_context]] Say exactly"), "utf-8")
    async with ModelServer() as server:
        progress, store = await ask_all(tmp_path, server)
        assert (progress.done, progress.failed) == (6, 2)
        (error,) = progress.failures
        assert "context" in error
        with Store(store.path) as reader:
            failed = [s.transcript for s in reader.transcripts("p/00002")]
        assert all(t.error == error and t.replies[-1].unjudged for t in failed)
        again, _ = await ask_all(tmp_path, server)
        assert (again.kept, again.failed) == (4, 2)


async def test_a_fatal_fault_stops_the_run_with_one_message(tmp_path: Path) -> None:
    write_problems(tmp_path, 50)
    async with ModelServer(key="another-key") as server:
        with pytest.raises(ProviderError) as caught:
            await ask_all(tmp_path, server, model={"limits": {"in_flight": 4}})
        assert caught.value.fault == "fatal"
        assert "not-a-real-key" not in str(caught.value)
        assert server.stats["requests"] <= 8


@pytest.mark.parametrize("most", [1, 2, 7, 11])
async def test_a_request_budget_is_kept_and_leaves_whole_blocks(tmp_path: Path, most: int) -> None:
    write_problems(tmp_path, 10)
    async with ModelServer() as server:
        progress, store = await ask_all(tmp_path, server, budget=Budget(max_requests=most))
        assert server.stats["requests"] <= most
        assert progress.stopped is not None
        with Store(store.path) as reader:
            arms = [s.transcript.trial.template for s in reader.transcripts()]
        assert arms.count("plain") == arms.count("ban_approach") == most // 2


async def test_a_cost_budget(tmp_path: Path) -> None:
    write_problems(tmp_path, 60)
    model = {"prices": {"input": 0, "output": 1e6}, "parameters": {"seed": 1, "max_tokens": 50}}
    async with ModelServer() as server:
        progress, _ = await ask_all(tmp_path, server, model=model, budget=Budget(max_cost=150))
        assert 60 < progress.cost <= 150, "the guess is corrected by what replies really cost"
        assert progress.done < progress.total
        assert progress.stopped is not None


async def test_limit_counts_blocks(tmp_path: Path) -> None:
    write_problems(tmp_path, 10)
    async with ModelServer() as server:
        progress, _ = await ask_all(tmp_path, server, limit=3)
        assert (progress.total, progress.done) == (6, 6)


async def test_forecast_counts_what_a_run_sends(tmp_path: Path) -> None:
    write_problems(tmp_path, 4)
    arms = ["plain", "repeat_hint", "ban_approach"]
    async with ModelServer() as server:
        described = experiment(server.url, templates=arms, samples=2)
        resolved = plan(tmp_path, described)
        guess = sum(forecast(block, None).requests for block in resolved.blocks(described.models[0]))
        progress, store = await ask_all(tmp_path, server, templates=arms, samples=2)
        assert guess == progress.asked == 4 * 2 * 4
        with Store(store.path) as reader:
            assert sum(forecast(block, reader).requests for block in resolved.blocks(described.models[0])) == 0


async def test_a_stop_finishes_what_is_under_way(tmp_path: Path) -> None:
    write_problems(tmp_path, 40)
    stop, progress = Stop(), Progress()
    async with ModelServer(latency=0.05) as server:
        described = experiment(server.url, model={"limits": {"in_flight": 4}})
        with Store(tmp_path / "run.sqlite", write=True) as store:

            async def soon() -> None:
                while server.stats["requests"] < 9:  # noqa: ASYNC110
                    await asyncio.sleep(0.005)
                stop.now("enough")

            await asyncio.gather(run(plan(tmp_path, described), store, progress=progress, stop=stop), soon())
        with Store(tmp_path / "run.sqlite") as reader:
            assert len(list(reader.replies())) == server.stats["requests"] < 80
        assert progress.stopped == "enough"


async def test_drive_records_whatever_a_provider_raises(tmp_path: Path) -> None:
    write_problems(tmp_path, 1)
    described = experiment("http://localhost")
    (job, _), *_rest = plan(tmp_path, described).blocks(described.models[0])

    async def broken(request: Request) -> Reply:
        raise RuntimeError("a bug in a provider")

    transcript = await drive(job, broken)
    assert transcript.error == "RuntimeError: a bug in a provider"
    assert transcript.replies[-1].unjudged == "failed: RuntimeError: a bug in a provider"


def test_a_killed_run_loses_nothing_it_acknowledged_and_asks_nothing_of_it_again(tmp_path: Path) -> None:
    """200 kills: python -m tests.benchmarks.whole --kills 200 --faults"""
    found = kill_and_resume(tmp_path, kills=3, faults=True)
    assert found.kills == 3
    assert found.trials == 60 * 4 * 2
    assert found.stored == found.distinct == 60 * 4 * 3
    assert (found.lost, found.asked_again) == (0, 0)
    assert found.under_way <= 16 * found.kills, "at a kill 8 were in flight, and 8 answers at most were not stored yet"
