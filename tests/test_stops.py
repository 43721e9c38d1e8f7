"""What ends a run early loses nothing: fatal faults of one model or all, Ctrl-C among retries, rates and pauses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evalkit.asking.cached import Cached
from evalkit.asking.progress import Progress
from evalkit.asking.queue import Ledger, Queue
from evalkit.asking.runner import run
from evalkit.asking.stopping import Stop, StoppedError, unless
from evalkit.errors import ProviderError
from evalkit.runfile.store import Store
from evalkit.specs.experiment import Budget
from evalkit.types import Message, ModelSpec, Reply, Request
from tests.arrange import ROOT, experiment, inside, plan, write_problems
from tests.server import Body, ModelServer, serving


def asks_for(number: int) -> Callable[[Body], bool]:
    return lambda body: (
        str(body["messages"][0]["content"]).split("Say exactly: ")[1].splitlines()[0] == f"**Final answer:** {number}"
    )


def fault_at(number: int, fault: str) -> Callable[[Body, int], str | None]:
    """This fault whenever the request is about problem `number`."""
    return lambda body, _: fault if asks_for(number)(body) else None


async def ask(folder: Path, described: Any, stop: Stop | None = None) -> tuple[Progress, ProviderError | None]:
    progress, fault = Progress(), None
    with Store(folder / "run.sqlite", write=True) as store:
        try:
            await run(plan(folder, described), store, progress=progress, stop=stop or Stop())
        except ProviderError as error:
            fault = error
    return progress, fault


def stored(folder: Path) -> int:
    with Store(folder / "run.sqlite") as store:
        return len(list(store.replies()))


@pytest.mark.parametrize("fault", ["401", "402", "404", "quota", "400_key"])
async def test_what_is_under_way_at_a_fatal_fault_is_stored(tmp_path: Path, fault: str) -> None:
    write_problems(tmp_path, 30)
    async with ModelServer(latency=0.3, hasty=True, fault_of=fault_at(7, fault)) as server:
        progress, found = await ask(tmp_path, experiment(server.url, templates=["plain"]))
        assert found is not None
        assert found.fault == "fatal"
        assert server.stats["answered"] == progress.asked == stored(tmp_path) == 29
        server.fault_of = lambda _body, _times: None
        again, found = await ask(tmp_path, experiment(server.url, templates=["plain"]))
        assert (again.asked, again.done, found) == (1, 30, None), "nothing is paid twice"


async def test_one_models_fatal_fault_does_not_end_another(tmp_path: Path) -> None:
    write_problems(tmp_path, 20)
    async with ModelServer(latency=0.02) as good, ModelServer(faults=["404"] * 99) as bad:
        models = [
            {"id": f"openai:{n}", "base_url": s.url, "parameters": {"seed": 1}} for n, s in (("b", bad), ("g", good))
        ]
        progress, found = await ask(tmp_path, experiment("", models=models))
        assert found is not None
        assert "'b'" in str(found)
        assert progress.done == good.stats["answered"] == 40


async def test_a_budget_does_not_wait_for_a_model_that_is_gone(tmp_path: Path) -> None:
    write_problems(tmp_path, 20)
    async with ModelServer(latency=0.02) as good, ModelServer(faults=["404"] * 99) as bad:
        models = [
            {"id": f"openai:{n}", "base_url": s.url, "parameters": {"seed": 1}} for n, s in (("b", bad), ("g", good))
        ]
        async with asyncio.timeout(30):
            progress, found = await ask(tmp_path, experiment("", models=models, budget={"max_requests": 30}))
        assert found is not None
        assert 29 <= progress.asked + bad.stats["requests"] <= 30, "what was refused was sent as well"
        assert progress.over_budget


async def test_a_missing_key_of_one_model_is_told_before_the_other_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    write_problems(tmp_path, 3)
    async with ModelServer() as server:
        models = [
            {"id": "openai:g", "base_url": server.url},
            {"id": "openai:b", "base_url": "https://models.example/v1"},
        ]
        with pytest.raises(Exception, match="OPENAI_API_KEY is not set"):
            await ask(tmp_path, experiment("", models=models))
        assert server.stats["requests"] == 0


STOPS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("retries", {"fault_of": lambda _b, times: "503" if times < 4 else None}, {}),
    ("named waits", {"fault_of": lambda _b, times: "429@0.3" if times < 4 else None}, {}),
    ("requests per minute", {}, {"requests_per_minute": 120}),
    ("tokens per minute", {}, {"tokens_per_minute": 6000}),
]


@pytest.mark.parametrize(("server_fields", "limits"), [s[1:] for s in STOPS], ids=[s[0] for s in STOPS])
async def test_after_a_stop_nothing_new_is_sent_and_nobody_waits(
    tmp_path: Path, server_fields: dict[str, Any], limits: dict[str, Any]
) -> None:
    write_problems(tmp_path, 64)
    stop = Stop()
    async with ModelServer(latency=0.2, hasty=True, **server_fields) as server:
        model = {"limits": limits, "parameters": {"seed": 1, "max_tokens": 20}}
        described = experiment(server.url, templates=["plain"], model=model)
        task = asyncio.create_task(ask(tmp_path, described, stop))
        while server.stats["requests"] < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        begun = asyncio.get_running_loop().time()
        stop.now("interrupted")
        sent = server.stats["requests"]
        progress, found = await task
        assert asyncio.get_running_loop().time() - begun < 1.5
        assert server.stats["requests"] <= sent + 2, "what lay in a socket already may still arrive"
        assert (progress.stopped, found) == ("interrupted", None)
        assert stored(tmp_path) == server.stats["answered"]


async def test_a_wait_ends_with_the_wish_and_is_not_begun_after_it() -> None:
    one, other = Stop(), Stop()

    async def wait() -> None:
        async with unless(one, other):
            await asyncio.sleep(60)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    other.now("enough")
    with pytest.raises(StoppedError, match="enough"):
        await task
    with pytest.raises(StoppedError, match="enough"):
        await wait()
    assert not one._waits
    assert not other._waits


async def test_who_shares_a_request_does_not_wait_for_ever_for_one_that_was_cancelled(tmp_path: Path) -> None:
    async def never(_: Request) -> Reply:
        await asyncio.sleep(60)
        return Reply("late")

    request = Request("openai:m", "", (Message("user", "q"),), {}, 0)
    with Store(tmp_path / "run.sqlite", write=True) as store:
        asked = Cached(store, never, ModelSpec(id="openai:m"), Progress(), Stop())
        first, sharing = (asyncio.create_task(asked(request)) for _ in range(2))
        await asyncio.sleep(0.01)
        first.cancel()
        done, _ = await asyncio.wait([first, sharing], timeout=2)
        assert done == {first, sharing}
        assert sharing.cancelled()


def test_the_command_scores_what_was_answered_and_tells_the_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_problems(tmp_path, 4)
    with serving(ModelServer(latency=0.1, hasty=True, fault_of=fault_at(2, "402"))) as server:
        done = inside(
            "run",
            "-p",
            "p/*",
            "-m",
            "openai:m",
            "--base-url",
            server.url,
            "--run",
            "r.sqlite",
            "--no-probe",
            "--prompts",
            str(ROOT / "prompts"),
        )
    assert done.returncode == 2
    assert "3/4 trials done" in done.stderr
    assert "no credit left" in done.stderr
    with Store(tmp_path / "r.sqlite") as store:
        assert len(list(store.scores())) > 0


@pytest.mark.parametrize("taken", [0, 1, 3, 4], ids="after {}".format)
async def test_who_gave_up_is_handed_nothing_more(tmp_path: Path, taken: int) -> None:
    write_problems(tmp_path, 4)
    todo = plan(tmp_path, experiment("http://127.0.0.1:1/v1"))
    budget = Budget(max_requests=100)  # what is let in is counted
    with Store(tmp_path / "run.sqlite", write=True) as store:
        ledger = Ledger(budget, Progress(), Stop())
        jobs = Queue(todo.blocks(todo.experiment.models[0]), store, ledger)
        under_way = [found for _ in range(taken) if (found := await jobs.take()) is not None]
        jobs.give_up()
        assert await jobs.take() is None
        assert ledger.under_way == pytest.approx(sum(share for _, share in under_way))
        for _, share in under_way:
            ledger.done(share)
        assert (ledger.under_way, ledger.progress.stopped) == (0, None)
        assert await jobs.take() is None
