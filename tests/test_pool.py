"""Several servers of one model: who is asked, what a dead one costs. The clock is virtual, the sockets are real below."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.asking.connecting import all_connected, check, named
from evalkit.asking.limits import Backoff, Limited
from evalkit.asking.probing import differences
from evalkit.asking.progress import Progress
from evalkit.asking.runner import Orders, run
from evalkit.asking.stopping import Stop
from evalkit.errors import ProviderError, SpecError
from evalkit.interface import hosts
from evalkit.runfile.store import Store
from evalkit.specs.experiment import Experiment
from evalkit.specs.toml import validate
from evalkit.types import Ask, Limits, Message, ModelSpec, Reply, Request, Usage, digest
from evalkit.wire.completions import of_model
from tests.arrange import ROOT, inside, plan, write_problems
from tests.server import ModelServer
from tests.test_limits import virtual


def about(problem: str, i: int) -> Request:
    return Request("openai:m", "", (Message("user", f"{problem} {i}"),), {}, 0, problem)


class Machine:
    """A scripted server: takes `latency` seconds; `down` are spans of time in which it answers nobody."""

    def __init__(
        self, latency: float = 1.0, down: tuple[tuple[float, float], ...] = (), fault: Any = "transient"
    ) -> None:
        self.latency, self.down, self.fault = latency, down, fault
        self.in_flight = self.peak = self.refused = 0
        self.answered: Counter[str] = Counter()
        self.problems: Counter[str] = Counter()

    def _is_down(self) -> bool:
        now = asyncio.get_running_loop().time()
        return any(start <= now < end for start, end in self.down)

    async def __call__(self, request: Request) -> Reply:
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            if not self._is_down():
                await asyncio.sleep(self.latency)
            if self._is_down():
                self.refused += 1
                raise ProviderError("no whole answer", self.fault)
        finally:
            self.in_flight -= 1
        self.answered[request.messages[0].content] += 1
        self.problems[request.about] += 1
        return Reply("ok", usage=Usage(10, 20))


FOR_EVER = ((0.0, 1e9),)


async def ask_all(ask: Ask, requests: list[Request], workers: int) -> list[str]:
    left, results = iter(requests), list[str]()

    async def work() -> None:
        for request in left:
            try:
                results.append((await ask(request)).text)
            except ProviderError as error:
                results.append(f"{error.fault}: {error}")

    await asyncio.gather(*(work() for _ in range(workers)))
    return results


def pooled(machines: list[Machine], in_flight: int = 4, **more: Any) -> Limited:
    tell = more.pop("tell", lambda _: None)
    asks: dict[str, Ask] = {f"gpu{i}": machine for i, machine in enumerate(machines)}
    return Limited(asks, Limits(in_flight=in_flight, **more), how=Backoff(tell=tell))


def many(problems: int, each: int) -> list[Request]:
    return [about(f"p{i}", j) for i in range(problems) for j in range(each)]


@pytest.mark.parametrize(("servers", "seconds"), [(1, 25.0), (2, 13.0), (4, 7.0)])
def test_so_many_servers_are_so_many_times_as_fast(servers: int, seconds: float) -> None:
    machines = [Machine() for _ in range(servers)]
    limited = pooled(machines)
    results, took = virtual(ask_all(limited, many(25, 4), 2 * limited.limit))
    assert (results, took) == (["ok"] * 100, seconds)
    assert limited.limit == limited.window == 4 * servers


def test_the_least_busy_is_asked_and_a_slow_one_keeps_nobody_waiting() -> None:
    fast, slow = Machine(1.0), Machine(10.0)
    limited = pooled([fast, slow])
    results, took = virtual(ask_all(limited, many(44, 4), 16))
    assert results == ["ok"] * 176
    assert took <= 50  # 4 places at the one and 4 a tenth as fast at the other: 40 s, and the last slow replies
    assert slow.answered.total() <= 20


def test_requests_of_a_problem_prefer_one_server_and_load_wins() -> None:
    calm = [Machine(), Machine()]
    limited = pooled(calm, in_flight=64)
    virtual(ask_all(limited, many(20, 6), 12))
    assert all(len([m for m in calm if problem in m.problems]) == 1 for problem in {f"p{i}" for i in range(20)})
    assert 40 <= calm[0].answered.total() <= 80
    busy = [Machine(), Machine()]
    limited = pooled(busy)
    virtual(ask_all(limited, many(20, 6), 16))
    at_home = sum(max(m.problems[f"p{i}"] for m in busy) for i in range(20))
    assert at_home >= 100, "of 120, where all places are taken all the time"
    alone = [Machine(), Machine()]
    limited = pooled(alone)
    _, took = virtual(ask_all(limited, many(1, 64), 16))
    assert took <= 9, "one problem uses both"


@pytest.mark.parametrize("fault", ["transient", "fatal"])
def test_a_dead_server_costs_no_request(fault: str) -> None:
    told: list[str] = []
    machines = [Machine(down=((5.0, 1e9),), fault=fault), Machine()]
    limited = pooled(machines, attempts=1, tell=told.append)
    results, took = virtual(ask_all(limited, many(50, 4), 16))
    assert results == ["ok"] * 200
    assert took <= 52  # 40 by then, the rest by one of them, and what was under way
    assert set((machines[0].answered + machines[1].answered).values()) == {1}
    assert machines[0].refused <= 8 + 4 + 6, "until it rests, then one request after 1, 2, 4, 8, 16, 32 s"
    assert len(told) == 1
    assert told[0].startswith("gpu0 is down, its requests go to the others")
    assert limited.servers[0].told().endswith("down at the end")
    assert [s.as_json()["up"] for s in limited.servers] == [False, True]


def test_a_server_that_is_back_is_asked_again() -> None:
    told: list[str] = []
    machines = [Machine(down=((5.0, 9.0), (30.0, 34.0))), Machine()]
    limited = pooled(machines, tell=told.append)
    results, took = virtual(ask_all(limited, many(100, 4), 16))
    assert results == ["ok"] * 400
    assert took < 62
    assert machines[0].answered.total() > 130
    assert [line.partition(",")[0] for line in told] == ["gpu0 is down", "gpu0 answers again"], "each once"
    assert limited.servers[0].told().startswith(f"gpu0: {machines[0].answered.total()} answered")


def test_a_server_that_never_was_there_is_no_more_than_said() -> None:
    machines = [Machine(), Machine(down=FOR_EVER, fault="fatal"), Machine()]
    results, _ = virtual(ask_all(pooled(machines), many(10, 4), 8))
    assert results == ["ok"] * 40


def test_where_all_are_dead_it_ends_as_with_a_single_one() -> None:
    one, _ = virtual(ask_all(pooled([Machine(down=((3.0, 1e9),))]), many(50, 4), 16))
    both, _ = virtual(ask_all(pooled([Machine(down=((3.0, 1e9),)), Machine(down=((3.0, 1e9),))]), many(50, 4), 16))
    for results in (one, both):
        assert results.count("ok") in (8, 12, 16, 24)
        assert any("the endpoint seems to be down" in text for text in results)
        assert any(text.startswith("fatal") for text in results)


def test_where_a_third_of_all_attempts_fails_nobody_is_called_down() -> None:
    class Shaky(Machine):
        async def __call__(self, request: Request) -> Reply:
            reply = await super().__call__(request)
            if digest([self.latency, self.answered.total()]) < "5":  # 5 of 16
                raise ProviderError("500")
            return reply

    told: list[str] = []
    limited = pooled([Shaky(0.3), Shaky(0.31)], in_flight=8, tell=told.append)
    results, _ = virtual(ask_all(limited, many(100, 4), 32))
    assert (results.count("ok"), told) == (400, [])


def test_a_fault_of_all_is_told_at_once() -> None:
    machines = [Machine(down=FOR_EVER, fault="fatal"), Machine(down=FOR_EVER, fault="fatal")]
    results, took = virtual(ask_all(pooled(machines), many(5, 4), 8))
    assert set(results) == {"fatal: no whole answer"}
    assert took < 1


def test_a_request_that_fails_everywhere_is_given_up_and_rests_no_server() -> None:
    """Three attempts, each at both servers."""

    class Picky(Machine):
        async def __call__(self, request: Request) -> Reply:
            if request.about == "p3":
                raise ProviderError("500")
            return await super().__call__(request)

    limited = pooled([Picky(0.1), Picky(0.1)], attempts=3)
    results, _ = virtual(ask_all(limited, [*many(3, 40), about("p3", 0), *many(3, 40)], 16))
    assert results.count("ok") == 240
    assert [text for text in results if text != "ok"] == ["transient: 500 (gave up after 6 tries)"]
    assert [server.rests for server in limited.servers] == [0, 0]


@pytest.mark.parametrize(("shared", "peak"), [(False, 8), (True, 4)])
def test_limits_hold_for_each_or_for_all(shared: bool, peak: int) -> None:
    machines = [Machine(), Machine()]
    limited = pooled(machines, shared=shared)
    virtual(ask_all(limited, many(20, 4), 32))
    assert limited.limit == limited.window == peak
    assert sum(m.peak for m in machines) <= peak + (peak // 2 if shared else 0)  # the peaks may be at different times


@pytest.mark.parametrize(("shared", "seconds"), [(False, 29), (True, 59)])
def test_rates_hold_for_each_or_for_all(shared: bool, seconds: float) -> None:
    machines = [Machine(0.1), Machine(0.1)]
    limited = pooled(machines, shared=shared, requests_per_minute=60)
    _, took = virtual(ask_all(limited, many(15, 4), 16))
    assert seconds - 2 <= took <= seconds + 4


def test_one_that_is_turned_away_is_driven_less_and_the_other_is_not() -> None:
    class Small(Machine):
        async def __call__(self, request: Request) -> Reply:
            if self.in_flight >= 2:
                raise ProviderError("too many", throttled=True, retry_after=0.5)
            return await super().__call__(request)

    machines: list[Machine] = [Small(), Machine()]
    limited = pooled(machines, in_flight=16)
    results, _ = virtual(ask_all(limited, many(100, 4), 64))
    assert results == ["ok"] * 400
    first, second = (server.gate.brake for server in limited.servers)
    assert first.window < 16 == second.window
    assert limited.servers[0].rests == 0, "it answers, so it is not down"


spans = st.lists(st.tuples(st.floats(0, 30), st.floats(0.1, 20)), max_size=3)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.05, 3), spans), min_size=1, max_size=3),
    st.integers(1, 5),
    st.booleans(),
    st.booleans(),
)
def test_as_long_as_one_answers_every_request_is_answered_once(
    others: list[tuple[float, list[tuple[float, float]]]], in_flight: int, shared: bool, fatal: bool
) -> None:
    machines = [Machine(0.5)]
    fault = "fatal" if fatal else "transient"
    machines += [Machine(latency, tuple((a, a + b) for a, b in down), fault) for latency, down in others]
    limited = pooled(machines, in_flight=in_flight, shared=shared)
    requests = many(12, 5)
    results, _ = virtual(ask_all(limited, requests, 2 * limited.limit))
    assert results == ["ok"] * len(requests)
    answered = sum((m.answered for m in machines), Counter[str]())
    assert answered == Counter(r.messages[0].content for r in requests)
    assert [s.taken for s in limited.servers] == [0] * len(machines)
    assert all(gate.taken == 0 and gate.is_free for gate in (s.gate for s in limited.servers))
    assert not shared or all(s.gate is limited.servers[0].gate for s in limited.servers)


def test_a_wish_to_stop_gives_every_place_back() -> None:
    stop = Stop()
    limited = Limited({"a": Machine(), "b": Machine()}, Limits(in_flight=2), stop=stop)

    async def stopped() -> None:
        tasks = [asyncio.create_task(limited(request)) for request in many(5, 4)]
        await asyncio.sleep(1.0)
        stop.now("enough")
        await asyncio.gather(*tasks, return_exceptions=True)

    virtual(stopped())
    assert [(s.taken, s.gate.taken) for s in limited.servers] == [(0, 0), (0, 0)]


# ---------------------------------------------------------------- what a file may say


def model(**more: Any) -> dict[str, Any]:
    return {"problems": ["*"], "templates": ["plain"], "models": [{"id": "openai:m", **more}]}


A, B = "http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"base_urls": []}, "base_urls: is empty"),
        ({"base_urls": [A, B], "base_url": A}, "base_url and base_urls: give one of them"),
        ({"base_urls": [A, B, A]}, f"base_urls: names {A!r} twice"),
        ({"base_urls": [A, A + "/"]}, "twice"),
        ({"base_urls": [A, A.upper().replace("HTTP", "https").replace("/V1", "/v1")]}, "twice"),
        ({"base_urls": A}, "write a list"),
        ({"base_urls": [A, 7]}, "base_urls[2]"),
    ],
    ids=["empty", "both", "twice", "slash", "other case and scheme", "text", "number"],
)
def test_a_bad_list_is_refused_when_it_is_read(given: dict[str, Any], told: str) -> None:
    with pytest.raises(SpecError) as caught:
        validate(Experiment, model(**given), "x.toml")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"base_urls": [A, "gpu2:8000"]}, "base_urls[2]: must be an address such as"),
        ({"base_urls": [A, "ftp://gpu2/v1"]}, "base_urls[2]: must be an address"),
        ({"base_urls": [A, ""]}, "base_urls[2]: must be an address"),
        ({"base_urls": [A, "http://u:p@gpu/v1"]}, "base_urls[2]: must not hold a user"),
        ({"base_urls": [A, "https://gpu.example.org/v1"]}, "OPENAI_API_KEY is not set"),
    ],
    ids=["no scheme", "ftp", "empty text", "password", "key"],
)
def test_a_bad_address_is_refused_before_anything_is_stored(
    given: dict[str, Any], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(SpecError) as caught:
        check(ModelSpec(id="openai:m", **given))
    assert told in str(caught.value)


def test_recorded_replies_have_no_servers() -> None:
    with pytest.raises(SpecError, match="recorded replies have no server"):
        check(ModelSpec(id="replay:x.jsonl", base_urls=[A, B]))


def test_a_key_goes_to_each_only_where_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = ModelSpec(
        id="openai:m", api_key_env="COURSE_KEY", base_urls=["https://a.example/v1", "https://b.example/v1"]
    )
    assert [host for host, _ in hosts.destinations([spec])] == ["https://a.example", "https://b.example"]
    with pytest.raises(SpecError, match=r"would go to https://b\.example"):
        hosts.refuse_unknown([spec], ["a.example"], typed=False)
    hosts.refuse_unknown([spec], ["a.example", "b.example"], typed=False)


def test_servers_have_names_of_their_own() -> None:
    urls = ["http://gpu:8000/v1", "http://gpu:8001/v1/", "http://gpu:8002", "http://gpu:8003/a/v1"]
    spec = ModelSpec(id="openai:m", base_urls=urls)
    assert [named(one) for one in spec.servers] == ["gpu:8000", "gpu:8001", "gpu:8002/", "gpu:8003/a/v1"]
    assert ModelSpec(id="openai:m").servers[0].base_url is None


# ---------------------------------------------------------------- real servers


def described(servers: list[ModelServer], **more: Any) -> Experiment:
    limits = more.pop("limits", {"in_flight": 4})
    spec = {"id": "openai:m", "base_urls": [s.url for s in servers], "parameters": {"seed": 1}, "limits": limits}
    return Experiment.model_validate(
        {"problems": ["p/*"], "templates": ["plain", "repeat_hint"], "models": [spec], **more}
    )


async def asked(
    folder: Path, experiment: Experiment, log: list[dict[str, Any]] | None = None, probe: bool = False
) -> Progress:
    progress = Progress(probe=probe)
    with Store(folder / "run.sqlite", write=True) as store:
        orders = Orders(log=log.append if log is not None else None)
        await run(plan(folder, experiment), store, progress=progress, stop=Stop(), orders=orders)
    return progress


async def test_one_of_two_is_killed_and_nothing_is_lost_or_stored_twice(tmp_path: Path) -> None:
    write_problems(tmp_path, 20)
    log: list[dict[str, Any]] = []
    async with ModelServer(latency=0.03) as other:
        dying = ModelServer(latency=0.03)
        await dying.start()
        task = asyncio.create_task(asked(tmp_path, described([dying, other], samples=3), log))
        while dying.stats["answered"] < 10:  # noqa: ASYNC110 - it counts, it does not tell
            await asyncio.sleep(0.005)
        await dying.stop()
        progress = await task
        assert (progress.done, progress.failed) == (120, 0)
        paid = dying.paid + other.paid
    with Store(tmp_path / "run.sqlite") as store:
        stored = list(store.replies())
        assert all(outline.error is None for outline in store.outlines().values())
    assert len(stored) == progress.asked == len(paid) == 180
    under_way = paid.total() - len(paid)
    assert under_way <= 4, "answers that a dying server could not deliver any more"
    assert {line["server"] for line in log} == {dying.url[7:-3], other.url[7:-3]}
    assert [s.up for s in progress.servers] == [False, True]
    assert sum(s.answered for s in progress.servers) == 180
    assert json.dumps(progress.as_json()["servers"])


async def test_what_two_answered_is_what_one_would_have(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_problems(tmp_path / name, 6)
    async with ModelServer() as first, ModelServer() as second:
        await asked(tmp_path / "two", described([first, second], samples=2))
        await asked(tmp_path / "one", described([first], samples=2))
        again = await asked(tmp_path / "two", described([second], samples=2))
    assert again.asked == 0, "the address is no part of a request"
    texts = []
    for name in ("one", "two"):
        with Store(tmp_path / name / "run.sqlite") as store:
            texts.append([(request["sample"], reply.text) for request, reply in store.replies()])
    assert texts[0] == texts[1]


def experiment_file(folder: Path, urls: list[str]) -> None:
    write_problems(folder, 6)
    (folder / "x.toml").write_text(
        f'problems = ["p/*"]\ntemplates = ["plain", "step_by_step"]\n[[models]]\nid = "openai:m"\n'
        f"base_urls = {json.dumps(urls)}\nparameters = {{ seed = 1, max_tokens = 40 }}\n",
        encoding="utf-8",
    )


def in_folder(folder: Path, *arguments: str) -> tuple[int, str, str]:
    found = inside(*arguments, "--problems", str(folder / "problems"), "--prompts", str(ROOT / "prompts"))
    return found.returncode, found.stdout, found.stderr


def test_the_command_counts_by_server_probes_each_and_goes_on_without_one(tmp_path: Path) -> None:
    from tests.server import serving

    gone = "http://127.0.0.1:9/v1"
    with serving(ModelServer()) as first, serving(ModelServer()) as second:
        experiment_file(tmp_path, [first.url, gone, second.url])
        code, _, told = in_folder(tmp_path, "run", str(tmp_path / "x.toml"))
        assert code == 0, told
        assert "m at 127.0.0.1:9: the conformance probe could not be asked" in told
        assert f"{first.url[7:-3]}: " in told
        assert "16 requests of the conformance probe" in told
        code, out, _ = in_folder(tmp_path, "doctor", str(tmp_path / "x.toml"))
        assert code == 1
        assert out.count("answers") >= 2
        where = [f"--base-url={server.url}" for server in (first, second)]
        line = ["run", "-p", "p/*", "-t", "plain", "-m", "openai:m", *where, "--set", "seed=1"]
        code, _, told = in_folder(tmp_path, *line, "--run", str(tmp_path / "y.sqlite"), "--no-probe")
        assert code == 0, told
        assert first.url[7:-3] in told
        assert second.url[7:-3] in told


async def test_servers_that_differ_are_told(tmp_path: Path) -> None:
    write_problems(tmp_path, 2)

    class Small(ModelServer):
        card: ClassVar[dict[str, Any]] = {"id": "m", "root": "org/m-4bit", "max_model_len": 4096}

        async def _models(self, request: Any) -> Any:
            from aiohttp import web

            return web.json_response({"object": "list", "data": [self.card]})

    class Large(Small):
        card: ClassVar[dict[str, Any]] = {"id": "m", "root": "org/m", "max_model_len": 32768}

    async with Small() as small, Large() as large, ModelServer() as silent:
        spec = described([small, large, silent]).models[0]
        async with all_connected(spec) as servers:
            told = await differences(servers, ["m", "m", "another"])
    assert len(told) == 3
    assert told[0].startswith("m: the servers differ in their context length: 4096 at 127.0.0.1:")
    assert "org/m-4bit" in told[2]


async def test_servers_that_answer_as_different_models_are_told_by_the_run(tmp_path: Path) -> None:
    write_problems(tmp_path, 1)

    class Other(ModelServer):
        def _reply(self, body: dict[str, Any]) -> dict[str, Any]:
            return {**super()._reply(body), "model": "m-4bit"}

    async with ModelServer() as one, Other() as other:
        progress = await asked(tmp_path, described([one, other]), probe=True)
    told = [note for note in progress.notes if "model's name in answers: m at 127.0.0.1:" in note]
    assert len(told) == 1
    assert "m-4bit at" in told[0]


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (
            {"data": [{"id": "m", "root": "org/m", "max_model_len": 4096}]},
            {"served model": "org/m", "context length": "4096"},
        ),
        (
            {"data": [{"id": "a.gguf", "meta": {"n_ctx_train": 2048, "n_params": 7}}]},
            {"served model": "a.gguf", "context length": "2048", "number of weights": "7"},
        ),
        ({"data": [{"id": "m"}, {"id": "other"}]}, {}),
        ({"data": [{"id": "x"}, {"id": "other"}]}, {}),
        ({"data": []}, {}),
        ({"data": "m"}, {}),
        ({"data": [7, None]}, {}),
        (["m"], {}),
        (None, {}),
    ],
    ids=["vllm", "llama.cpp", "names only", "not there", "none", "text", "numbers", "list", "nothing"],
)
def test_a_list_of_models_may_say_anything(listed: object, expected: dict[str, str]) -> None:
    assert of_model(listed, "m") == expected
