"""Money and requests: what is counted, what stops a run, what a model costs. Against a real server."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from evalkit.asking.budget import Purse
from evalkit.asking.forecast import basis_of, forecast
from evalkit.asking.prices import basis, cost_of, prices_of
from evalkit.asking.progress import Progress
from evalkit.asking.runner import run
from evalkit.asking.stopping import Stop
from evalkit.errors import SpecError
from evalkit.runfile.store import Store
from evalkit.specs.experiment import Budget
from evalkit.types import ModelSpec, Prices, Usage
from tests.arrange import ASKING, experiment, inside, plan, write_problems
from tests.server import Body, ModelServer, serving

PRICES = {"input": 3, "output": 15}
THOUGHT = {
    "prompt_tokens": 32,
    "completion_tokens": 9,
    "total_tokens": 2041,
    "completion_tokens_details": {"reasoning_tokens": 2000},
}


class Counting(ModelServer):
    """Says of every reply that it used this."""

    def __init__(self, usage: Mapping[str, Any] | None, **more: Any) -> None:
        super().__init__(**more)
        self.usage = usage

    def _reply(self, body: Body) -> Body:
        reply = super()._reply(body)
        return {**reply, "usage": self.usage}


async def ask(folder: Path, url: str, *, probe: bool = False, **more: Any) -> Progress:
    progress = Progress(probe=probe)
    with Store(folder / "run.sqlite", write=True) as store:
        async with asyncio.timeout(40):
            await run(plan(folder, experiment(url, **more)), store, progress=progress, stop=Stop())
    return progress


BUDGETS: list[tuple[str, Mapping[str, Any] | None, dict[str, Any], float, int, int]] = [
    # what the server says it used, parameters, budget, fewest and most requests sent of 400
    ("reasoning outside the completion", THOUGHT, {}, 0.05, 1, 1),
    ("reasoning outside the completion, more money", THOUGHT, {}, 0.5, 10, 16),
    ("reasoning inside", {**THOUGHT, "completion_tokens": 2009}, {}, 0.5, 10, 16),
    ("no usage", None, {"max_tokens": 1000}, 0.05, 20, 400),
    ("usage of nulls", {"prompt_tokens": None, "completion_tokens": None}, {"max_tokens": 1000}, 0.05, 20, 400),
    (
        "cached input",
        {"prompt_tokens": 10000, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 10000}},
        {},
        0.05,
        1,
        17,
    ),
]


@pytest.mark.parametrize(
    ("usage", "parameters", "money", "fewest", "most"), [b[1:] for b in BUDGETS], ids=[b[0] for b in BUDGETS]
)
async def test_a_budget_of_money_holds_whatever_the_server_counts(
    tmp_path: Path, usage: Mapping[str, Any] | None, parameters: dict[str, Any], money: float, fewest: int, most: int
) -> None:
    write_problems(tmp_path, 200)
    async with Counting(usage, latency=0.01) as server:
        model = {"prices": PRICES, "parameters": {"seed": 1, **parameters}}
        progress = await ask(tmp_path, server.url, model=model, samples=1, budget={"max_cost": money})
        assert fewest <= server.stats["requests"] <= most
    assert progress.cost <= money
    if most < 400:
        assert progress.over_budget
        assert progress.stopped is not None
        assert "is used up" in progress.stopped


async def test_replies_without_usage_use_money_up_by_their_length(tmp_path: Path) -> None:
    write_problems(tmp_path, 100)
    async with Counting(None, answer=lambda _: "word " * 800) as server:
        model = {"prices": {"input": 10, "output": 30}, "parameters": {"max_tokens": 1000}}
        progress = await ask(tmp_path, server.url, model=model, budget={"max_cost": 0.5})
        assert 0.3 < progress.cost <= 0.5
        assert server.stats["requests"] <= 16
    assert progress.over_budget


@pytest.mark.parametrize(
    ("fault_of", "sent"),
    [(lambda _b, _t: "503", 2), (lambda _b, times: "503" if times == 1 else None, 2), (lambda _b, _t: None, 2)],
    ids=["always 503", "each 503 once", "no fault"],
)
async def test_retries_count_in_a_budget_of_requests(tmp_path: Path, fault_of: Any, sent: int) -> None:
    write_problems(tmp_path, 5)
    async with ModelServer(fault_of=fault_of) as server:
        progress = await ask(tmp_path, server.url, templates=["plain"], budget={"max_requests": 2})
        assert server.stats["requests"] == sent
    assert progress.over_budget


async def test_the_probe_counts_as_well(tmp_path: Path) -> None:
    write_problems(tmp_path, 20)
    async with ModelServer() as server:
        progress = await ask(tmp_path, server.url, probe=True, templates=["plain"], budget={"max_requests": 12})
        assert server.stats["requests"] == 12
        assert (progress.probes, progress.asked) == (8, 4)


async def test_a_probe_that_leaves_nothing_for_trials_is_left_out(tmp_path: Path) -> None:
    write_problems(tmp_path, 20)
    async with ModelServer() as server:
        progress = await ask(tmp_path, server.url, probe=True, templates=["plain"], budget={"max_requests": 8})
        assert (progress.probes, progress.asked, server.stats["requests"]) == (0, 8, 8)
        dear = {"prices": {"input": 0, "output": 1e4}}
        progress = await ask(
            tmp_path, server.url, probe=True, templates=["plain"], model=dear, budget={"max_cost": 1}, samples=2
        )
        assert progress.probes == 0


class Longer(Counting):
    """Short answers to short limits, long ones else: a probe's replies are the cheap ones."""

    def _reply(self, body: Body) -> Body:
        short = "max_tokens" in body
        return {**super()._reply(body), "usage": {"prompt_tokens": 9, "completion_tokens": 4 if short else 2000}}


async def test_what_a_probe_costs_tells_nothing_of_a_trial(tmp_path: Path) -> None:
    write_problems(tmp_path, 60)
    async with Longer(None, latency=0.05) as server:
        progress = await ask(
            tmp_path, server.url, probe=True, templates=["plain"], model={"prices": PRICES}, budget={"max_cost": 0.1}
        )
    assert (progress.probes, progress.asked, progress.over_budget) == (8, 3, True)
    assert progress.cost + progress.probe_cost <= 0.1


class Growing(Counting):
    """Every answer after the first is a hundred times as long."""

    def _reply(self, body: Body) -> Body:
        many = 100 if self.stats["answered"] else 1
        return {**super()._reply(body), "usage": {"prompt_tokens": 9, "completion_tokens": 10 * many}}


async def test_what_was_spent_beyond_the_budget_is_said(tmp_path: Path) -> None:
    write_problems(tmp_path, 30)
    async with Growing(None, latency=0.05) as server:
        progress = await ask(
            tmp_path, server.url, templates=["plain"], model={"prices": PRICES}, budget={"max_cost": 0.01}
        )
    assert progress.cost > 0.01
    assert any("was spent, and the budget is 0.01" in note for note in progress.notes)


async def test_the_budget_belongs_to_the_run_file(tmp_path: Path) -> None:
    write_problems(tmp_path, 40)
    usage = {"prompt_tokens": 0, "completion_tokens": 100}
    async with Counting(usage, faults=["503"] * 3) as server:
        more: dict[str, Any] = {
            "templates": ["plain"],
            "model": {"prices": {"input": 0, "output": 1e4}},
        }  # each costs 1
        first = await ask(tmp_path, server.url, **more, budget={"max_cost": 10})
        again = await ask(tmp_path, server.url, **more, budget={"max_cost": 10})
        assert (first.cost, again.cost, again.over_budget) == (10, 0, True)
        await ask(tmp_path, server.url, **more, budget={"max_cost": 15})
        assert server.stats["answered"] == 15
        sent = server.stats["requests"]
        assert sent == 18, "three were turned away"
        await ask(tmp_path, server.url, **more, budget={"max_requests": 20})
        assert server.stats["requests"] == 20


async def test_a_budget_is_not_overshot_by_two_models(tmp_path: Path) -> None:
    write_problems(tmp_path, 40)
    async with Counting({"prompt_tokens": 0, "completion_tokens": 100}, latency=0.01) as server:
        models = [{"id": f"openai:{n}", "base_url": server.url, "prices": {"input": 0, "output": 1e4}} for n in "ab"]
        progress = await ask(tmp_path, "", models=models, budget={"max_cost": 25})
    assert 20 <= progress.cost <= 25


async def test_what_is_under_way_may_cost_the_rest_and_is_waited_for() -> None:
    purse = Purse(Budget(max_cost=1.0), Stop())
    pocket = purse.pocket(ModelSpec(id="openai:m"))
    pocket.dearest, pocket.under_way = 0.4, 2
    waiting = asyncio.create_task(pocket.admit())
    await asyncio.sleep(0)
    assert (waiting.done(), purse.stop.reason, purse.sent) == (False, None, 0)
    waiting.cancel()


async def test_an_unknown_price_is_refused_with_a_budget_of_money(tmp_path: Path) -> None:
    write_problems(tmp_path, 1)
    async with ModelServer() as server:
        with pytest.raises(SpecError, match="no price is known for openai:m"):
            await ask(tmp_path, server.url, budget={"max_cost": 1})
        assert server.stats["requests"] == 0
        assert (await ask(tmp_path, server.url)).done == 2, "without one it is no matter"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"id": "openai:gpt-4o-mini"}, Prices(input=0.15, output=0.6, cached_input=0.075)),
        ({"id": "openai:gpt-4o-mini", "prices": {"input": 1, "output": 2}}, Prices(input=1, output=2)),
        ({"id": "openai:gpt-4o-mini", "base_url": "http://localhost:1/v1"}, None),
        ({"id": "openai:gpt-4o-mini", "base_url": "https://models.example/v1"}, None),
        ({"id": "openai:no-such-model-anywhere"}, None),
        ({"id": "hf:org/model"}, Prices()),
        ({"id": "replay:x.jsonl"}, Prices()),
    ],
    ids=["known", "overridden", "local", "elsewhere", "unknown", "computed here", "recorded"],
)
def test_prices(fields: dict[str, Any], expected: Prices | None) -> None:
    spec = ModelSpec.model_validate(fields)
    assert prices_of(spec) == expected
    assert ("no known price" in basis(spec)) == (expected is None)


@pytest.mark.parametrize(
    ("usage", "prices", "money"),
    [
        (Usage(100, 10), {"input": 2, "output": 8}, 280),
        (Usage(100, 10, cached_tokens=60), {"input": 2, "output": 8}, 280),
        (Usage(100, 10, cached_tokens=60), {"input": 2, "output": 8, "cached_input": 0.5}, 190),
        (Usage(100, 10, cache_write_tokens=60), {"input": 2, "output": 8, "cache_write": 3}, 340),
        (Usage(100, 10, 40, 5, 60), {"input": 2, "output": 8, "cached_input": 0, "cache_write": 1}, 140),
    ],
    ids=["plain", "cache at the full price", "cheaper cache", "written", "both"],
)
def test_what_a_reply_costs(usage: Usage, prices: dict[str, float], money: float) -> None:
    assert cost_of(ModelSpec.model_validate({"id": "openai:m", "prices": prices}), usage) == pytest.approx(money / 1e6)


async def test_a_forecast_is_near_once_a_few_replies_exist(tmp_path: Path) -> None:
    write_problems(tmp_path, 60)
    model = {"prices": PRICES, "parameters": {"seed": 1}}
    async with ModelServer(answer=lambda body: f"{'word ' * (len(str(body)) % 40)}end") as server:
        described = experiment(server.url, model=model)
        first = await ask(tmp_path, server.url, model=model, budget={"max_requests": 20})
        assert first.asked == 20
        with Store(tmp_path / "run.sqlite") as store:
            (spec,) = described.models
            found = basis_of(store, spec)
            guess = sum(forecast(b, store, found).cost for b in plan(tmp_path, described).blocks(spec))
        rest = await ask(tmp_path, server.url, model=model)
    assert rest.asked == 100
    assert guess == pytest.approx(rest.cost, rel=0.2)
    assert found.words == "tokens as in 20 stored replies of the model"


def test_the_command_ends_with_3_where_the_budget_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_problems(tmp_path, 10)
    arguments = [*ASKING, "--run", "r.sqlite"]
    with serving(ModelServer()) as server:
        done = inside(*arguments, "--base-url", server.url, "--max-requests", "3")
        assert (done.returncode, server.stats["requests"]) == (3, 3)
        assert "stopped early: the budget of 3 requests is used up" in done.stderr
        assert inside(*arguments, "--base-url", server.url).returncode == 0
        dry = inside(*arguments, "--base-url", server.url, "--samples", "2", "--dry-run")
    assert "tokens as in 10 stored replies of the model; no known price" in " ".join(dry.stdout.split())


@pytest.mark.parametrize(
    ("given", "name"), [([], "max_tokens"), (["--set", "max_completion_tokens=9"], "max_completion_tokens")]
)
def test_max_tokens_is_an_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: list[str], name: str) -> None:
    monkeypatch.chdir(tmp_path)
    write_problems(tmp_path, 1)
    with serving(ModelServer()) as server:
        arguments = [*ASKING, *given]
        inside(*arguments, "--base-url", server.url, "--max-tokens", "3")
        assert {k: v for k, v in server.bodies[0].items() if k.startswith("max")} == {name: 3}


def test_tables_of_parameters_come_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_problems(tmp_path, 1)
    given = [
        'extra_body={"top_k": 5, "deep": {"a": 1}}',
        'extra_body={"min_p": 0.1}',
        "extra_body.deep.b=x",
        "top_p=0.5",
    ]
    with serving(ModelServer()) as server:
        arguments = [*ASKING, *(part for one in given for part in ("--set", one))]
        inside(*arguments, "--base-url", server.url)
        sent = {k: server.bodies[0].get(k) for k in ("top_k", "min_p", "deep", "top_p")}
    assert sent == {"top_k": 5, "min_p": 0.1, "deep": {"a": 1, "b": "x"}, "top_p": 0.5}


def test_what_was_sent_and_turned_away_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_problems(tmp_path, 2)
    with serving(ModelServer(faults=["503"])) as server:
        done = inside(*ASKING, "--base-url", server.url)
    assert "3 requests sent, 2 of them answered" in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("prices", "code", "told"),
    [
        ("input=0,output=1e6", 3, "cost 2"),
        ("input=0, output=1e6, cached_input=5", 3, "cost 2"),
        ("output=1e6", 2, "prices: input: not given, and would be free: give both"),
        ("input=1", 2, "prices: output: not given, and would be free: give both"),
        ("batch=0.5", 2, "prices: input and output: not given"),
        (None, 2, "--prices input=...,output=..."),
        ("dear", 2, "write it as input=0.15,output=0.6"),
        ("input=cheap", 2, "write it as input=0.15,output=0.6"),
        ("input=1,outptu=2", 2, "outptu"),
        ("input=-1,output=2", 2, "greater than or equal to 0"),
    ],
)
def test_prices_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prices: str | None, code: int, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write_problems(tmp_path, 10)
    arguments = [*ASKING]
    with serving(Counting({"prompt_tokens": 7, "completion_tokens": 1})) as server:
        given = [] if prices is None else ["--prices", prices]
        done = inside(*arguments, "--base-url", server.url, *given, "--max-cost", "2")
        assert (done.returncode, server.stats["requests"]) == (code, 2 if code == 3 else 0)
        rehearsed = inside(*arguments, "--base-url", server.url, *given, "--max-cost", "2", "--dry-run")
    assert told in done.stderr
    assert rehearsed.returncode == (0 if code == 3 else code), "what the run refuses, the dry run does"
    assert code == 3 or told in rehearsed.stderr
