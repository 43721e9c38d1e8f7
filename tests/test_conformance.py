"""The conformance probe against honest servers, servers that lie, and servers that refuse."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from evalkit.asking import probe as conformance
from evalkit.asking import probing
from evalkit.asking.connecting import all_connected, offered
from evalkit.asking.probe import Probe
from evalkit.asking.progress import Progress
from evalkit.asking.queue import Ledger
from evalkit.asking.stopping import Stop
from evalkit.errors import ProviderError
from evalkit.providers import openai
from evalkit.runfile.store import Store
from evalkit.specs.experiment import Budget
from evalkit.types import Limits, ModelSpec, Reply, Request, Usage
from tests.arrange import inside
from tests.server import Body, ModelServer, answer, serving


async def probed(server: ModelServer, **parameters: object) -> Probe:
    async with server:
        spec = ModelSpec(id="openai:m", base_url=server.url, parameters=parameters)
        provider = await openai.connect(spec)
        try:
            return await conformance.probe(provider.ask, spec)
        finally:
            await provider.close()


def outcomes(found: Probe) -> dict[str, str]:
    return {f.check: f.outcome for f in found.findings}


async def test_an_honest_server_keeps_everything() -> None:
    found = await probed(ModelServer())
    assert set(outcomes(found).values()) == {"kept"}
    assert found.requests == 8
    assert found.output_tokens > 0


async def test_a_probe_keeps_what_is_set_but_for_what_it_looks_at() -> None:
    sent: list[Mapping[str, Any]] = []

    async def ask(request: Request) -> Reply:
        sent.append(request.parameters)
        return Reply("one, two")

    own = {"top_p": 0.9, "stop": ["two"], "seed": 5, "temperature": 0.5, "max_completion_tokens": 3000}
    await conformance.probe(ask, ModelSpec(id="openai:m", parameters=own))
    assert {name for p in sent for name in p} == own.keys()
    assert {p["top_p"] for p in sent} == {0.9}
    assert sorted(p["temperature"] for p in sent) == [0, 0, 0, 0, 0, 1, 1, 1]
    assert {p.get("seed") for p in sent} == {None, 11, 12}
    assert [p["stop"] for p in sent if "stop" in p] == [[","]]
    assert max(p["max_completion_tokens"] for p in sent) < 3000


def first_settings_for_all() -> Callable[[Body], str]:
    """As seen of a well-known server: the sampling settings of the first request apply to all later ones."""
    first: Body = {}

    def lying(body: Body) -> str:
        first.update({} if first else {k: body.get(k) for k in ("temperature", "seed")})
        return answer({**body, **first})

    return lying


def changed_by_neighbours() -> Callable[[Body], str]:
    count = itertools.count()
    return lambda body: f"{next(count)} {answer(body)}"


LIES = {
    "no seed": (ModelServer(ignores=["seed"]), {"seeds differ"}),
    "no max_tokens": (ModelServer(ignores=["max_tokens"]), {"max_tokens kept"}),
    "no stop": (ModelServer(ignores=["stop"], answer=lambda _: "one, two, three"), {"stop kept", "seeds differ"}),
    "no usage": (ModelServer(ignores=["usage"]), {"usage present"}),
    "neither": (ModelServer(ignores=["usage", "max_tokens"]), {"usage present", "max_tokens kept"}),
    "no system": (ModelServer(ignores=["system"]), {"system role honoured"}),
    "first settings": (ModelServer(answer=first_settings_for_all()), {"seeds differ"}),
    "neighbours": (ModelServer(answer=changed_by_neighbours()), {"greedy replies repeat", "seed kept"}),
}  # fmt: skip


@pytest.mark.parametrize(("server", "broken"), LIES.values(), ids=LIES.keys())
async def test_a_lie_is_found(server: ModelServer, broken: set[str]) -> None:
    found = outcomes(await probed(server))
    assert {check for check, outcome in found.items() if outcome == "not kept"} == broken


COUNTED = "one, two, three, four, five, six"


@pytest.mark.parametrize(
    ("text", "tokens", "finish", "whole", "outcome"),
    [
        ("one, two,", 4, "length", COUNTED, "kept"),
        ("one, two,", 4, "stop", COUNTED, "kept"),
        ("", 4, "length", COUNTED, "kept"),
        (COUNTED, 13, "length", COUNTED, "not kept"),
        ("one, two,", 9, "length", COUNTED, "not kept"),
        ("一，二，", None, "length", "一，二，三，四，五", "kept"),
        ("one, two,", None, "length", COUNTED, "kept"),
        ("one, two,", None, "stop", COUNTED, "kept"),
        ("one, two,", 0, "stop", COUNTED, "kept"),
        (COUNTED, None, "length", COUNTED, "not kept"),
        (COUNTED, 0, "length", COUNTED, "not kept"),
        ("1..30", None, "stop", "1..30", "cannot tell"),
        ("", None, "stop", "", "cannot tell"),
    ],
    ids=[
        "cut", "cut without saying so", "all of it thought", "goes on and says cut", "hidden tokens", "no spaces",
        "no count, cut", "no count, cut without saying so", "a count of nothing", "no count, goes on",
        "a count of nothing, goes on", "a short answer", "no answer",
    ],
)  # fmt: skip
def test_a_limit_is_judged_by_the_count_and_then_by_the_text(
    text: str, tokens: int | None, finish: str, whole: str, outcome: str
) -> None:
    short = Reply(text, finish, usage=None if tokens is None else Usage(9, tokens))
    found = conformance._limit_check(short, Reply(whole))
    assert found.outcome == outcome
    assert bool(found.note) == (outcome != "kept")


def test_a_limit_that_is_refused_is_no_failure() -> None:
    found = conformance._limit_check(Reply("", "error", error="no max_tokens here"), Reply(COUNTED))
    assert (found.outcome, found.note) == ("cannot tell", "no max_tokens here")


async def test_what_a_server_refuses_is_told_and_is_no_failure() -> None:
    server = ModelServer(fault_of=lambda body, _: "400_parameter" if body.get("temperature") == 1.0 else None)
    found = outcomes(await probed(server))
    assert found["seed kept"] == found["seeds differ"] == "cannot tell"
    assert found["greedy replies repeat"] == "kept"


async def test_a_wrong_key_is_fatal() -> None:
    with pytest.raises(ProviderError):
        await probed(ModelServer(faults=["401"] * 9))


async def test_the_models_own_name_for_the_limit_is_used() -> None:
    server = ModelServer()
    await probed(server, max_completion_tokens=100)
    assert all("max_tokens" not in body for body in server.bodies)


def run(project: Path, server: ModelServer, *more: str) -> str:
    arms = ["-t", "plain", "-t", "ban_approach"]
    done = inside("run", "-p", "set/*", *arms, "-m", "openai:m", "--base-url", server.url, "--run", "run.sqlite", *more)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_a_run_warns_stores_and_does_not_probe_twice(project: Path) -> None:
    with serving(ModelServer(ignores=["stop", "usage"], answer=lambda _: "1, 2")) as server:
        told = run(project, server)
        assert "warning: m: stop kept: no" in told
        assert "8 requests of the conformance probe" in told
        before = server.stats["requests"]
        assert "of the conformance probe" not in run(project, server, "--samples", "2")
        assert server.stats["requests"] == before + 2
    with Store(project / "run.sqlite") as store:
        (line,) = conformance.lines(store)
    assert line.startswith("Conformance of m: greedy replies repeat: kept;")
    assert line in " ".join(inside("compare", "run.sqlite").stdout.split())


def test_the_end_of_a_run_says_again_what_the_probe_found(project: Path) -> None:
    with serving(ModelServer(ignores=["stop"], answer=lambda _: "1, 2")) as server:
        said, before = run(project, server), server.stats["requests"]
        finished = run(project, server)
        assert server.stats["requests"] == before
    shown = inside("show", "--run", "run.sqlite").stdout
    for told in (said, finished, shown):
        assert "note: m: the conformance probe found: seeds differ: no, stop kept: no" in " ".join(told.split())


def test_no_probe(project: Path) -> None:
    with serving(ModelServer()) as server:
        run(project, server, "--no-probe")
        assert server.stats["requests"] == 2


def test_doctor_shows_the_findings(project: Path) -> None:
    with serving(ModelServer(ignores=["stop"])) as server:
        done = inside("doctor", "-m", "openai:m", "--base-url", server.url, "--json")
        found = {f["check"]: f["outcome"] for f in json.loads(done.stdout)["m"]["findings"]}
    assert found["max_tokens kept"] == "kept"


LISTS: list[tuple[str, list[str] | None, str]] = [
    ("it lists the model", ["a", "m", "z"], "one of the 3 models that the endpoint lists"),
    ("it does not", ["meta/m-small", "other"], "not among the models that the endpoint lists: meta/m-small, other"),
    ("it lists many", [f"model-{i}" for i in range(50)], "and 42 more"),
    ("it has no list", None, ""),
    ("its list is empty", [], ""),
]


@pytest.mark.parametrize(("models", "told"), [x[1:] for x in LISTS], ids=[x[0] for x in LISTS])
def test_doctor_tells_whether_the_endpoint_lists_the_model(
    project: Path, models: list[str] | None, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-for-local-servers")
    with serving(ModelServer(models=models)) as server:
        done = inside("doctor", "-m", "openai:m", "--base-url", server.url)
        assert server.listed_with == [None], "a local server gets no key"
    assert done.returncode == 0, done.stderr
    assert told in " ".join(done.stdout.split())
    assert ("endpoint lists" in done.stdout) == bool(models)


def test_doctor_names_the_models_of_an_endpoint_that_knows_no_such_one(project: Path) -> None:
    with serving(ModelServer(models=["mm", "q"], fault_of=lambda _b, _t: "404")) as server:
        done = inside("doctor", "-m", "openai:m", "--base-url", server.url)
    assert done.returncode == 1
    assert "not among the models that the endpoint lists: mm, q" in " ".join(done.stdout.split())


async def test_the_list_is_asked_with_the_key_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", "sk-0123456789")
    async with ModelServer(models=["b", "a", "b"], key="sk-0123456789") as server:
        spec = ModelSpec(id="openai:m", base_url=server.url, api_key_env="SOME_KEY")
        assert await offered(spec) == ["a", "b"]
        assert server.listed_with == ["Bearer sk-0123456789"]


async def test_what_the_client_reads_for_itself_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "private-value")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Mine: private-value\nX-More: private-value")
    async with ModelServer(models=["a"]) as server:
        assert await offered(ModelSpec(id="openai:m", base_url=server.url)) == ["a"]
        assert "private-value" not in str(server.listed_headers)


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "replay:x.jsonl"},
        {"id": "openai:m", "base_url": "http://127.0.0.1:9/v1"},
        {"id": "openai:m", "base_url": "https://models.example/v1", "api_key_env": "NO_SUCH_KEY"},
    ],
    ids=["recorded", "nobody there", "no key"],
)
async def test_where_there_is_no_list_none_is_told(fields: dict[str, str]) -> None:
    assert await offered(ModelSpec.model_validate(fields)) == []


@pytest.mark.parametrize(
    ("name", "fault"),
    [("stop", "hang"), ("seed", "hang"), ("stop", "429@30"), ("stop", "500")],
    ids=["hangs at a stop string", "hangs at a seed", "busy for half a minute", "fails"],
)
def test_what_was_not_answered_keeps_no_run_waiting_and_is_asked_again_by_the_next(
    name: str, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probing, "LATER", 0.5)

    async def begun(server: ModelServer) -> tuple[list[str], list[str], Probe | None]:
        told: list[str] = []
        progress = Progress(probe=True, tell=told.append)
        async with server:
            spec = ModelSpec(id="openai:m", name="m", base_url=server.url, limits=Limits(attempts=1))
            with Store(tmp_path / "x.sqlite", write=True) as store:
                async with all_connected(spec, None) as servers:
                    ledger = Ledger(Budget(), progress, Stop())
                    await probing.conformance(servers.asks, servers, store, ledger)
                return told, progress.notes, conformance.stored(store, spec, spec.label)

    start = time.monotonic()
    told, notes, found = asyncio.run(begun(ModelServer(fault_of=lambda body, _: fault if body.get(name) else None)))
    assert found is None
    assert "the conformance probe is not whole" in told[-1]
    assert not notes, "what it could not tell is nothing wrong"
    assert time.monotonic() - start < 10
    told, notes, found = asyncio.run(begun(ModelServer()))
    assert not notes
    assert found is not None
    assert (set(outcomes(found).values()), told) == ({"kept"}, [])
