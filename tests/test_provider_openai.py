"""The openai provider against a server that misbehaves, over real sockets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from evalkit import plugins
from evalkit.asking.limits import Limited
from evalkit.errors import ProviderError, SpecError
from evalkit.providers import openai as module
from evalkit.types import Limits, ModelSpec, Reply, Usage
from evalkit.wire.address import is_local
from evalkit.wire.complaints import complaint
from tests.openai_help import KEY, ask, ask_for, connected, failure, spec_for
from tests.server import ModelServer

# ---------------------------------------------------------------- what is sent


async def test_the_provider_is_found_by_name() -> None:
    assert plugins.load("providers", "openai") is module


async def test_sends_messages_and_parameters_as_they_are() -> None:
    parameters = {"temperature": 0.7, "top_p": 0.9, "max_tokens": 50, "stop": ["END"], "reasoning_effort": "low"}
    nested = {"chat_template_kwargs": {"enable_thinking": False}}
    content = 'Let $A \\in \\mathbb{R}^{n}$; {{ 7*7 }} {% call user() %} <b>é</b> \x1b "quoted" \n 𝔸'
    async with ModelServer() as server:
        await ask(server, content=content, parameters=parameters | nested)
        [body] = server.bodies
    assert body == {
        "model": "small-1",
        "messages": [{"role": "user", "content": content}],
        **parameters,
        **nested,
    }


async def test_samples_differ_by_their_seed() -> None:
    async with ModelServer() as server:
        first = await ask(server, parameters={"seed": 10})
        third = await ask(server, parameters={"seed": 10}, sample=2)
        assert [body["seed"] for body in server.bodies] == [10, 12]
    assert first.text != third.text


async def test_keeps_every_part_of_a_plain_reply() -> None:
    async with ModelServer() as server:
        reply = await ask(server, content="Say exactly: It is 2.")
        assert server.stats["answered"] == 1
        assert server.headers[0]["Accept-Encoding"] == "identity"
    assert reply == Reply("It is 2.", "stop", None, Usage(5, 3), None, "small-1")
    assert reply.unjudged is None


async def test_the_model_of_the_request_is_asked() -> None:
    async with ModelServer() as server:
        spec = spec_for(server, id="openai:org/model:free")
        async with connected(spec) as provider:
            await provider.ask(ask_for(spec))
        assert server.bodies[0]["model"] == "org/model:free"


async def test_a_request_that_is_no_json_is_a_failure_of_that_request() -> None:
    async with ModelServer() as server:
        error = await failure(server, content="half an emoji \ud83d")
        assert server.stats["requests"] == 0
    assert error.fault == "data"


# ---------------------------------------------------------------- what a model refuses by name


def refusing(*names: str) -> ModelServer:
    def refuse(body: Mapping[str, Any], _times: int) -> str | None:
        return next((f"refuses_{n}" for n in names if n in body), None)

    return ModelServer(fault_of=refuse)


ADAPTED: list[tuple[str, tuple[str, ...], dict[str, Any], dict[str, Any], int]] = [
    ("max_tokens", ("max_tokens",), {"max_tokens": 9}, {"max_completion_tokens": 9}, 1),
    ("max_completion_tokens", ("max_completion_tokens",), {"max_completion_tokens": 9}, {"max_tokens": 9}, 1),
    ("temperature", ("temperature",), {"temperature": 0.7, "top_p": 0.5}, {"top_p": 0.5}, 1),
    ("both", ("max_tokens", "temperature"), {"max_tokens": 9, "temperature": 0}, {"max_completion_tokens": 9}, 2),
]


@pytest.mark.parametrize(("names", "given", "sent", "lessons"), [a[1:] for a in ADAPTED], ids=[a[0] for a in ADAPTED])
async def test_what_is_refused_by_name_is_replaced_and_remembered(
    names: tuple[str, ...], given: dict[str, Any], sent: dict[str, Any], lessons: int
) -> None:
    async with refusing(*names) as server:
        spec = spec_for(server, parameters=given)
        async with connected(spec) as provider:
            limited = Limited(provider.ask, Limits())
            for content in ("one", "two", "three"):
                assert (await limited(ask_for(spec, content))).error is None
            notes = provider.notes  # type: ignore[attr-defined]
        assert server.stats["requests"] == 3 + lessons
        body = dict(server.bodies[-1])
    assert {k: body[k] for k in body if k not in ("model", "messages")} == sent
    assert len(notes) == lessons


@pytest.mark.parametrize(
    ("text", "sent", "refused"),
    [
        ("'max_tokens' must not be set; use max_completion_tokens", {"max_tokens": 9}, "max_tokens"),
        ("Use `max_completion_tokens` for this model, max_tokens is of older ones", {"max_tokens": 9}, "max_tokens"),
        ("temperature: Extra inputs are not permitted", {"temperature": 0.5}, "temperature"),
        ("Unrecognized request argument supplied: temperature", {"temperature": 0.5}, "temperature"),
        ("temperature must be at most 2", {"temperature": 3}, None),
        ("Unknown parameter: 'seed'", {"seed": 3, "temperature": 1}, None),
        ("max_tokens is too large: 99999", {"max_tokens": 99999}, None),
    ],
)
def test_what_counts_as_refused_by_name(text: str, sent: dict[str, Any], refused: str | None) -> None:
    assert complaint(400, {"error": {"message": text}}).refused_of(sent) == refused


async def test_what_an_earlier_run_learned_gives_way_where_it_is_wrong_now() -> None:
    async with refusing("max_completion_tokens") as server:
        spec = spec_for(server, parameters={"max_tokens": 9})
        async with connected(spec) as provider:
            provider.instead["max_tokens"] = "max_completion_tokens"  # type: ignore[attr-defined]
            limited = Limited(provider.ask, Limits())
            for content in ("one", "two"):
                assert (await limited(ask_for(spec, content))).error is None
            assert provider.notes == []  # type: ignore[attr-defined]
        assert server.stats["requests"] == 3


async def test_a_model_that_refuses_both_limits_ends_with_one_message() -> None:
    async with refusing("max_tokens", "max_completion_tokens") as server:
        spec = spec_for(server, parameters={"max_tokens": 9})
        async with connected(spec) as provider:
            with pytest.raises(ProviderError) as caught:
                await Limited(provider.ask, Limits())(ask_for(spec))
        assert server.stats["requests"] == 2
    assert caught.value.fault in ("fatal", "data")


async def test_extra_body_is_merged() -> None:
    async with ModelServer() as server:
        await ask(server, parameters={"extra_body": {"enable_thinking": False}, "top_p": 0.5})
        [body] = server.bodies
    assert {k: v for k, v in body.items() if k not in ("model", "messages")} == {"enable_thinking": False, "top_p": 0.5}


async def test_a_403_about_one_request_does_not_end_the_run_but_many_do() -> None:
    async with ModelServer(faults=["ok", "403_plain", "ok", *["403_plain"] * 9]) as server:
        spec = spec_for(server)
        faults: list[str] = []
        async with connected(spec) as provider:
            for i in range(9):
                try:
                    await provider.ask(ask_for(spec, f"question {i}"))
                    faults.append("")
                except ProviderError as error:
                    faults.append(error.fault)
    assert faults == ["", "data", "", "data", "data", "data", "data", "fatal", "fatal"]


# ---------------------------------------------------------------- keys and addresses


async def test_a_key_that_the_reply_repeats_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_KEY", f" {KEY}\n")
    async with ModelServer(key=KEY, faults=["echo_key"]) as server:
        reply = await ask(server, api_key_env="COURSE_KEY")
    assert reply.text == "You sent Bearer [API key]."


async def test_a_placeholder_key_leaves_replies_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_KEY", "ollama")
    async with ModelServer() as server:
        reply = await ask(server, api_key_env="COURSE_KEY", content="Say exactly: Use ollama.")
    assert reply.text == "Use ollama."


async def test_the_provider_does_not_show_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_KEY", KEY)
    async with ModelServer() as server, connected(spec_for(server, api_key_env="COURSE_KEY")) as provider:
        assert KEY not in repr(provider)


@pytest.mark.parametrize("api_key_env", [None, ""])
async def test_a_local_server_gets_no_key(api_key_env: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with ModelServer() as server:
        await ask(server, api_key_env=api_key_env)
        assert "Authorization" not in server.headers[0]
        error = await failure_of_key(server)
    assert "no API key was sent" in str(error)


async def failure_of_key(server: ModelServer) -> ProviderError:
    server.key = KEY
    return await failure(server)


@pytest.mark.parametrize(
    ("base_url", "api_key_env", "value", "words"),
    [
        (None, None, None, "OPENAI_API_KEY is not set or empty; it must hold the API key for api.openai.com"),
        (None, None, "  ", "OPENAI_API_KEY is not set or empty"),
        ("https://models.example/v1", None, None, "OPENAI_API_KEY is not set or empty"),
        ("https://models.example/v1", "COURSE_KEY", None, "COURSE_KEY is not set or empty"),
        ("http://localhost:1/v1", "COURSE_KEY", None, "COURSE_KEY is not set or empty"),
        (None, None, "sk-schlüssel", "OPENAI_API_KEY does not hold an API key"),
        (None, None, "two words", "OPENAI_API_KEY does not hold an API key"),
        (None, None, "two\nlines", "OPENAI_API_KEY does not hold an API key"),
    ],
)
async def test_a_missing_key_is_told_before_anything_is_sent(
    base_url: str | None, api_key_env: str | None, value: str | None, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COURSE_KEY", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("OPENAI_API_KEY", value)
    with pytest.raises(SpecError) as caught:
        await module.connect(ModelSpec(id="openai:m", base_url=base_url, api_key_env=api_key_env))
    assert words in str(caught.value)
    assert value is None or not value.strip() or value not in str(caught.value)


@pytest.mark.parametrize(
    ("base_url", "words"),
    [
        ("", "must be an address"),
        ("localhost:8000/v1", "must be an address"),
        ("ftp://host/v1", "must be an address"),
        ("file:///etc/passwd", "must be an address"),
        ("http://", "must be an address"),
        ("http://host:99999/v1", "must be an address"),
        ("http://[::1/v1", "must be an address"),
        ("http://host/v1\r\nX: y", "must be an address"),
        ("http://ho st/v1", "must be an address"),
        ("https://user:secret@host/v1", "must not hold a user or password"),
        ("https://host/v1?key=secret", "without ? and #"),
        ("https://host/v1#part", "without ? and #"),
        ("http://host/v1/chat/completions", "leave out /chat/completions"),
    ],
)
async def test_bad_addresses(base_url: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        await module.connect(ModelSpec(id="openai:m", base_url=base_url, api_key_env=""))
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:1/v1", True),
        ("http://127.0.0.1:1/v1", True),
        ("http://[::1]:1/v1", True),
        ("http://192.168.0.4/v1", True),
        ("http://gpu.local/v1", True),
        ("https://api.openai.com/v1", False),
        ("https://localhost.example/v1", False),
        ("https://8.8.8.8/v1", False),
        ("http://[::1/v1", False),
    ],
)
def test_what_counts_as_local(url: str, local: bool) -> None:
    assert is_local(url) is local


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"stream": True}, "parameters.stream: evalkit sets this itself"),
        ({"n": 4}, "parameters.n: evalkit sets this itself"),
        ({"model": "x"}, "parameters.model"),
        ({"messages": []}, "parameters.messages"),
        ({"seed": "7"}, "parameters.seed: must be a whole number"),
        ({"seed": True}, "parameters.seed: must be a whole number"),
        ({"extra_body": 7}, "parameters.extra_body: must be a table"),
        ({"extra_body": {"n": 2}}, "parameters.n: evalkit sets this itself"),
    ],
    ids=str,
)
async def test_parameters_that_cannot_be(parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        await module.connect(ModelSpec(id="openai:m", api_key_env="", parameters=parameters))
