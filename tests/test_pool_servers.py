"""One model at several servers: what a file may say of them, and runs with real servers over real sockets."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, ClassVar

import pytest

from evalkit.asking.connecting import all_connected, check, named
from evalkit.asking.probing import differences
from evalkit.asking.progress import Progress
from evalkit.asking.runner import Orders, run
from evalkit.asking.stopping import Stop
from evalkit.errors import SpecError
from evalkit.interface import hosts
from evalkit.runfile.store import Store
from evalkit.specs.experiment import Experiment
from evalkit.specs.toml import validate
from evalkit.types import ModelSpec
from evalkit.wire.completions import of_model
from tests.arrange import ROOT, inside, plan, write_problems
from tests.server import ModelServer

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
    monkeypatch.setenv("COURSE_KEY", "a key")
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
