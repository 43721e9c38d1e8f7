"""The openai provider against a server that misbehaves, over real sockets."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
import traceback
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from evalkit import plugins
from evalkit.asking.limits import Limited
from evalkit.errors import ProviderError, SpecError
from evalkit.providers import openai as module
from evalkit.types import Limits, Message, ModelSpec, Provider, Reply, Request, Usage
from evalkit.wire.address import Endpoint, is_local
from evalkit.wire.complaints import complaint, judge
from evalkit.wire.completions import read, usage
from evalkit.wire.waits import duration, wait
from tests.server import ModelServer

KEY = "sk-test-0123456789abcdef"


def spec_for(server: ModelServer, **fields: Any) -> ModelSpec:
    return ModelSpec.model_validate({"id": "openai:small-1", "base_url": server.url, **fields})


def ask_for(spec: ModelSpec, content: str = "What is 1 + 1?", sample: int = 0) -> Request:
    return Request(spec.id, spec.label, (Message("user", content),), spec.parameters, sample)


@asynccontextmanager
async def connected(spec: ModelSpec) -> AsyncIterator[Provider]:
    provider = await module.connect(spec)
    try:
        yield provider
    finally:
        await provider.close()


async def ask(server: ModelServer, *, sample: int = 0, content: str = "What is 1 + 1?", **fields: Any) -> Reply:
    spec = spec_for(server, **fields)
    async with connected(spec) as provider:
        return await provider.ask(ask_for(spec, content, sample))


async def failure(server: ModelServer, **fields: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await ask(server, **fields)
    return caught.value


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


# ---------------------------------------------------------------- replies that are data

REPLIES: list[tuple[str, dict[str, Any], str | None]] = [
    ("null", {"text": "", "finish": "stop"}, "empty"),
    ("no_content", {"text": "", "finish": "stop"}, "empty"),
    ("no_usage", {"text": "Free.", "usage": None}, None),
    ("no_finish", {"text": "A reply.", "finish": "unknown"}, None),
    ("parts", {"text": "One two."}, None),
    ("refusal", {"text": "I cannot help with that.", "finish": "refusal"}, "refused"),
    ("length", {"text": "Cut off in the", "finish": "length"}, "cut off"),
    ("content_filter", {"text": "", "finish": "content_filter"}, "refused"),
    ("400_filter", {"text": "", "finish": "content_filter"}, "refused"),
    ("duplicate_keys", {"text": "second"}, None),
    ("lone_surrogate", {"text": "\ufffd"}, None),
    ("half_letter", {"text": "The set is \ufffd. Answer: B"}, None),
    ("raw_newline", {"text": "two\nlines"}, None),
    ("nan", {"text": "A reply."}, None),
    ("bom", {"text": "A reply."}, None),
    ("invalid_utf8", {"text": "caf\ufffd"}, None),
    ("odd_encoding", {"text": "A reply."}, None),
    (
        "broke_off",
        {"finish": "insufficient_system_resource"},
        "cut off: the server ended it with 'insufficient_system_resource'",
    ),
    ("filter_without_message", {"text": "", "finish": "content_filter", "usage": Usage(7, 2)}, "refused"),
    ("403_moderation", {"text": "", "finish": "content_filter"}, "refused"),
    ("403_flagged", {"text": "", "finish": "content_filter"}, "refused"),
]


@pytest.mark.parametrize(("fault", "expected", "unjudged"), REPLIES, ids=[case[0] for case in REPLIES])
async def test_odd_replies_are_data(fault: str, expected: Mapping[str, Any], unjudged: str | None) -> None:
    async with ModelServer(faults=[fault]) as server:
        reply = await ask(server)
    assert {name: getattr(reply, name) for name in expected} == expected
    assert reply.unjudged == unjudged


THOUGHTS: list[tuple[str, dict[str, Any], tuple[str | None, str]]] = [
    ("field", {"content": "2", "reasoning_content": "1 and 1"}, ("1 and 1", "2")),
    ("other_field", {"content": "2", "reasoning": "1 and 1"}, ("1 and 1", "2")),
    ("empty_field", {"content": "2", "reasoning_content": ""}, (None, "2")),
    ("null_field", {"content": "2", "reasoning_content": None}, (None, "2")),
    ("only_thoughts", {"content": None, "reasoning_content": "1 and"}, ("1 and", "")),
    ("tags", {"content": "\n<think>\n1 and 1\n</think>\n\n2"}, ("1 and 1", "2")),
    ("empty_tags", {"content": "<think>\n\n</think>\n\n2"}, (None, "2")),
    ("opened_by_the_prompt", {"content": "1 and 1\n</think>\n\n2"}, ("1 and 1", "2")),
    ("never_closed", {"content": "<think>1 and 1 and"}, ("1 and 1 and", "")),
    ("closed_twice", {"content": "<think>a</think>b</think>c"}, ("a", "b</think>c")),
    ("in_the_middle", {"content": "We <think>so</think> hence"}, (None, "We <think>so</think> hence")),
    ("inequality", {"content": "a < think > b"}, (None, "a < think > b")),
]


@pytest.mark.parametrize(("message", "expected"), [t[1:] for t in THOUGHTS], ids=[t[0] for t in THOUGHTS])
async def test_thoughts_are_kept_apart(message: dict[str, Any], expected: tuple[str | None, str]) -> None:
    async with ModelServer(answer=lambda _: message) as server:
        reply = await ask(server)
    assert (reply.reasoning, reply.text) == expected


@pytest.mark.parametrize(
    ("said", "finish"),
    [("STOP", "stop"), ("MAX_TOKENS", "length"), ("end_turn", "stop"), ("tool_calls", "tool_calls"), ("", "unknown")],
)
def test_words_for_the_finish(said: str, finish: str) -> None:
    reply = read({"message": {"content": "2"}, "finish_reason": said}, {}, Endpoint("http://h/v1", "", "K"))
    assert isinstance(reply, Reply)
    assert reply.finish == finish


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 41}, Usage(32, 9)),
        ({"prompt_tokens": 32, "completion_tokens": 9}, Usage(32, 9)),
        (
            {
                "prompt_tokens": 32,
                "completion_tokens": 9,
                "total_tokens": 2041,
                "completion_tokens_details": {"reasoning_tokens": 2000},
            },
            Usage(32, 2009, 0, 2000),
        ),
        (
            {"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 2041, "reasoning_tokens": 2000},
            Usage(32, 2009, 0, 2000),
        ),
        (
            {"prompt_tokens": 32, "completion_tokens": 2009, "completion_tokens_details": {"reasoning_tokens": 2000}},
            Usage(32, 2009, 0, 2000),
        ),
        (
            {"prompt_tokens": 32, "completion_tokens": 9, "completion_tokens_details": {"reasoning_tokens": 2000}},
            Usage(32, 2009, 0, 2000),
        ),
        (
            {"prompt_tokens": 90, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": 64}},
            Usage(90, 9, 64),
        ),
        ({"prompt_tokens": 90, "completion_tokens": 9, "prompt_cache_hit_tokens": 64}, Usage(90, 9, 64)),
        (
            {
                "prompt_tokens": 90,
                "completion_tokens": 9,
                "prompt_tokens_details": {"cached_tokens": 8, "cache_write_tokens": 70},
            },
            Usage(90, 9, 8, 0, 70),
        ),
        ({"prompt_tokens": 90, "completion_tokens": 9, "cache_read_input_tokens": 64}, Usage(90, 9, 64)),
        ({"input_tokens": 90, "output_tokens": 9, "total_tokens": 99}, Usage(90, 9)),
        ({"input_tokens": 90, "output_tokens": 9, "input_tokens_details": {"cached_tokens": 8}}, Usage(90, 9, 8)),
        (
            {"input_tokens": 6, "output_tokens": 9, "cache_read_input_tokens": 64, "cache_creation_input_tokens": 20},
            Usage(90, 9, 64, 0, 20),
        ),
        ({"input_tokens": "6", "output_tokens": 9}, Usage(0, 9)),
        ({"prompt_tokens": 90.0, "completion_tokens": 9.0}, Usage(90, 9)),
        ({"prompt_tokens": None, "completion_tokens": 9, "total_tokens": 99}, Usage(90, 9)),
        ({"prompt_tokens": 90, "completion_tokens": None, "total_tokens": 99}, Usage(90, 9)),
        ({"prompt_tokens": 90, "completion_tokens": 9, "prompt_tokens_details": None}, Usage(90, 9)),
        (
            {"prompt_tokens": 90, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": 10**6}},
            Usage(90, 9, 90),
        ),
        ({"prompt_tokens": 90}, None),
        ({"prompt_tokens": -1, "completion_tokens": float("nan")}, None),
        ({"prompt_tokens": True, "completion_tokens": "9"}, None),
        ({"prompt_tokens": 10**400, "completion_tokens": 10**400}, None),
        ({}, None),
        (None, None),
        ([], None),
    ],
    ids=str,
)
def test_usage(given: object, expected: Usage | None) -> None:
    assert usage(given) == expected


CONTENTS = [
    ([{"type": "text", "text": "4"}, {"type": "image_url", "image_url": "x"}, {"type": "text", "text": "2"}, 5], "42"),
    ([], ""),
    (None, ""),
    ([[[["x"]]]], None),
    ([{"type": "text", "text": {"a": 1}}], None),
    ([{"type": "image_url", "image_url": "x"}], None),
    ({"text": "x"}, None),
    (42, None),
]


@pytest.mark.parametrize(("content", "text"), CONTENTS, ids=str)
def test_content_without_a_text_is_a_fault(content: object, text: str | None) -> None:
    found = read({"message": {"content": content}, "finish_reason": "stop"}, {}, Endpoint("http://h/v1", "", "K"))
    assert (found.text if isinstance(found, Reply) else None) == text


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


# ---------------------------------------------------------------- failures

FAILURES: list[tuple[str, str, str]] = [
    ("429", "transient", "answered 429: Slow down, please."),
    ("500", "transient", "answered 500: The server had an error."),
    ("503", "transient", "answered 503"),
    ("html", "transient", "answered 502: an HTML page"),
    ("error_200", "transient", "answered 502: Upstream failed."),
    ("error_finish", "transient", "broke off"),
    ("reset", "transient", "no whole answer"),
    ("reset_inside", "transient", "no whole answer"),
    ("short", "transient", "no whole answer"),
    ("truncated", "transient", "broken text instead of a JSON reply"),
    ("malformed", "transient", "broken text instead of a JSON reply"),
    ("deep", "transient", "broken text instead of a JSON reply"),
    ("empty_body", "transient", "an empty body instead of a JSON reply"),
    ("204", "data", "answered 204: no content"),
    ("html_200", "transient", "an HTML page (is base_url right?) instead of a JSON reply"),
    ("not_an_object", "transient", "no chat completion"),
    ("empty_choices", "transient", "without choices"),
    ("empty_but_billed", "data", "without choices"),
    ("null_but_billed", "data", "without choices"),
    ("wrong_types", "data", "content is no text"),
    ("gzip", "transient", "a compressed reply (gzip)"),
    ("big_header", "transient", "no whole answer"),
    ("huge_500", "transient", "answered 500"),
    ("quota", "fatal", "no credit left"),
    ("402", "fatal", "no credit left"),
    ("401", "fatal", "environment variable COURSE_KEY"),
    ("403", "fatal", "environment variable COURSE_KEY"),
    ("400_key", "fatal", "environment variable COURSE_KEY"),
    ("404", "fatal", "check the model name 'small-1' and base_url http://127.0.0.1:"),
    ("404_plain", "fatal", "404 page not found"),
    ("redirect", "fatal", "answered 307"),
    ("400_parameter", "fatal", "check parameters.top_k"),
    ("400_temperature", "again", "refused temperature"),
    ("400_context", "data", "the prompt is too long for the model"),
    ("400", "data", "The request is odd."),
    ("422_detail", "data", "field required"),
    ("huge", "data", "larger than 8 MiB"),
    ("error_in_choice", "transient", "answered 502: Upstream broke off."),
    ("odd_but_billed", "data", "no chat completion"),
    ("credit_low", "fatal", "no credit left"),
    ("credit_arrears", "fatal", "no credit left"),
    ("credit_spent", "fatal", "no credit left"),
    ("credit_empty", "fatal", "no credit left"),
    ("base_resp", "fatal", "no credit left"),
    ("quota_by_the_minute", "transient", "answered 429"),
]


SPENT: list[tuple[int, str, bool]] = [
    (429, "Your organisation has no remaining credit", True),
    (429, "You have exhausted your prepaid credits; please add funds", True),
    (429, "Your prepayment credits are depleted.", True),
    (403, "Your account is out of funds. Top up to continue.", True),
    (400, "Account closed due to unpaid invoices", True),
    (403, "The request failed because your account has an overdue balance.", True),
    (429, "您的账户已欠费，请充值后重试。", True),
    (403, "余额不足", True),
    (400, "Please purchase more credits.", True),
    (412, "Account is suspended, possibly due to a failure to pay.", True),
    (403, "This organization has been disabled.", True),
    (429, "You do not have enough credits", True),
    (400, "The account doesn't have sufficient credit for this.", True),
    (403, "Zero balance", True),
    (403, "Your account balance is $0.00", True),
    (500, "user quota is not enough", True),
    (429, "Budget has been exceeded! Current cost: 12.1, Max budget: 12.0", True),
    (400, "ExceededBudget: this user has exceeded their budget", True),
    (429, "This request would exceed your account's monthly spend limit", True),
    (403, "Key limit exceeded (total limit)", True),
    (429, "Your account is not active, please check your billing details on our website.", True),
    (403, "This method requires billing to be enabled for the project", True),
    (400, "The thinking budget exceeded max_tokens", False),
    (400, "The account balance is 0.5 at noon: no such field", False),
    (429, "Your account has reached its limit of concurrent requests", False),
    (
        429,
        "Rate limit reached for m. You can increase your rate limit by adding a payment method to your account.",
        False,
    ),
    (429, "Too many requests. Upgrade at example.com/settings/billing", False),
    (400, "The balance of the equation is off.", False),
    (400, "This feature is disabled for your prompt.", False),
    (503, "The account service is disabled for the moment.", False),
]


@pytest.mark.parametrize(("status", "text", "fatal"), SPENT, ids=[case[1][:40] for case in SPENT])
def test_an_account_that_cannot_pay_is_told_in_many_ways(status: int, text: str, fatal: bool) -> None:
    said = complaint(status, {"error": {"message": text}})
    assert (said.no_credit or said.suspended) == fatal
    found = judge(said, Endpoint("http://h/v1", "", "K"), "m", {}, None)
    assert isinstance(found, ProviderError)
    assert (found.fault == "fatal") == (fatal or status == 403)


BODIES: list[tuple[str, int, object, str]] = [
    ("OpenAI", 429, {"error": {"message": "You exceeded your current quota.", "type": "insufficient_quota", "code": "insufficient_quota"}}, "fatal"),
    ("OpenAI hard limit", 400, {"error": {"message": "Limit.", "code": "billing_hard_limit_reached"}}, "fatal"),
    ("OpenAI not active", 429, {"error": {"message": "Not active.", "type": "billing_not_active"}}, "fatal"),
    ("Anthropic", 400, {"type": "error", "error": {"type": "invalid_request_error", "message": "Your credit balance is too low to access the API."}}, "fatal"),
    ("Anthropic 402", 402, {"type": "error", "error": {"type": "billing_error", "message": "Payment."}}, "fatal"),
    ("OpenRouter", 402, {"error": {"code": 402, "message": "This request requires more credits, or fewer max_tokens."}}, "fatal"),
    ("OpenRouter afford", 400, {"error": {"code": 400, "message": "You asked for 600 tokens, but can only afford 12."}}, "fatal"),
    ("OpenRouter in flight", 402, {"error": {"code": "in_flight_budget_exhausted", "message": "Budget reserved."}}, "transient"),
    ("DeepSeek", 402, {"error": {"message": "Insufficient Balance", "type": "unknown_error", "code": "invalid_request_error"}}, "fatal"),
    ("DeepSeek by a proxy", 400, {"error": {"message": "Insufficient Balance", "type": "unknown_error"}}, "fatal"),
    ("Together", 429, {"error": {"message": "Credit limit exceeded, please check your plan.", "type": "credit_limit"}}, "fatal"),
    ("xAI", 429, {"code": "Some resource has been exhausted", "error": "Your team has either used all available credits or reached its monthly spending limit."}, "fatal"),
    ("Cohere", 402, {"message": "please add or update your payment method to continue"}, "fatal"),
    ("Hugging Face", 402, {"error": "You have exceeded your monthly included credits."}, "fatal"),
    ("Gemini cap", 429, {"error": {"code": 429, "message": "Your project has exceeded its monthly spending cap.", "status": "RESOURCE_EXHAUSTED"}}, "fatal"),
    ("Gemini by the minute", 429, {"error": {"code": 429, "message": "Resource has been exhausted (e.g. check quota).", "status": "RESOURCE_EXHAUSTED"}}, "transient"),
    ("Azure", 429, {"error": {"code": "429", "message": "Requests have exceeded the call rate limit of your current pricing tier."}}, "transient"),
    ("Mistral by the minute", 429, {"object": "error", "message": "Requests rate limit exceeded", "type": "rate_limited", "code": "1300"}, "transient"),
    ("Aliyun", 400, {"error": {"message": "Access denied, please make sure your account is in good standing.", "code": "Arrearage"}}, "fatal"),
    ("Aliyun native", 400, {"code": "Arrearage", "message": "Access denied.", "request_id": "1"}, "fatal"),
    ("Aliyun free tier", 429, {"error": {"message": "Not on a paid basis.", "code": "AllocationQuota.FreeTierOnly"}}, "fatal"),
    ("Aliyun by the minute", 429, {"error": {"message": "You exceeded your allocation.", "code": "Throttling.AllocationQuota"}}, "transient"),
    ("Volcengine", 429, {"error": {"code": "AccountOverdueError", "message": "Denied.", "type": "Forbidden"}}, "fatal"),
    ("Volcengine service", 400, {"error": {"code": "OperationDenied.ServiceOverdue", "message": "Denied."}}, "fatal"),
    ("Volcengine paused", 429, {"error": {"code": "SetLimitExceeded", "message": "Your account has reached the set inference limit, and the model service has been paused.", "type": "TooManyRequests"}}, "fatal"),
    ("Volcengine by the minute", 429, {"error": {"code": "RateLimitExceeded.EndpointRPMExceeded", "message": "The Requests Per Minute (RPM) limit has been exceeded."}}, "transient"),
    ("Zhipu", 429, {"error": {"code": "1113", "message": "Your account is in arrears, please recharge and try again"}}, "fatal"),
    ("Zhipu Chinese", 429, {"error": {"code": "1113", "message": "余额不足或无可用资源包,请充值。"}}, "fatal"),
    ("Zhipu locked", 429, {"error": {"code": "1112", "message": "Your account has been locked, please contact customer service to unlock"}}, "fatal"),
    ("Zhipu busy", 429, {"error": {"code": "1302", "message": "High concurrency usage of this API, please reduce concurrency"}}, "transient"),
    ("Moonshot", 429, {"error": {"type": "exceeded_current_quota_error", "message": "Check your plan."}}, "fatal"),
    ("Tencent", 400, {"Response": {"Error": {"Code": "FailedOperation.ResourcePackExhausted", "Message": "Used."}, "RequestId": "1"}}, "fatal"),
    ("Tencent free", 429, {"error": {"code": "FailedOperation.FreeResourcePackExhausted", "message": "Used."}}, "fatal"),
    ("Tencent in words", 400, {"error": {"message": "The resource package is exhausted.", "code": "2003"}}, "fatal"),
    ("Tencent Chinese", 400, {"error": {"message": "资源包余量已用尽，请购买资源包或开通后付费", "code": "2003"}}, "fatal"),
    ("Tencent stopped", 400, {"error": {"message": "Stopped.", "code": "FailedOperation.ServiceStopArrears"}}, "fatal"),
    ("SiliconFlow", 400, {"code": 30001, "message": "Sorry, your account balance is insufficient", "data": None}, "fatal"),
    ("new-api", 429, {"error": {"message": "用户额度不足", "type": "new_api_error", "code": "insufficient_user_quota"}}, "fatal"),
    ("MiniMax", 500, {"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}, "fatal"),
    ("MiniMax busy", 500, {"base_resp": {"status_code": 1002, "status_msg": "rate limit"}}, "transient"),
    ("a proxy's text", 400, "Your credits have expired.", "fatal"),
    ("a quota of requests", 429, {"error": {"message": "Quota exceeded for requests per minute", "code": "quota_exceeded"}}, "transient"),
    ("a context of a model", 400, {"error": {"message": "Not enough room in the context window", "code": "bad_request"}}, "data"),
    ("a word problem", 400, {"error": {"message": "messages[0]: 'How much is left of the balance?' is no string", "code": "bad_request"}}, "data"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "fault"), [b[1:] for b in BODIES], ids=[b[0] for b in BODIES])
def test_what_servers_say_of_an_account_without_money(status: int, body: object, fault: str) -> None:
    found = judge(complaint(status, body), Endpoint("http://h/v1", "", "K"), "m", {}, None)
    assert isinstance(found, ProviderError)
    assert found.fault == fault


@pytest.mark.parametrize(("fault", "kind", "words"), FAILURES, ids=[case[0] for case in FAILURES])
async def test_failures(
    fault: str, kind: str, words: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("COURSE_KEY", KEY)
    async with ModelServer(faults=[fault]) as server:
        error = await failure(server, api_key_env="COURSE_KEY", parameters={"temperature": 1, "top_k": 7})
        assert server.stats["requests"] == 1
        assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert error.fault == kind
    assert words in str(error)
    assert len(str(error)) < 600
    assert str(error).isprintable()
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error)) + caplog.text
    assert KEY not in shown


async def test_one_client_survives_all_faults() -> None:
    faults = [case[0] for case in FAILURES]
    async with ModelServer(faults=faults) as server:
        spec = spec_for(server)
        async with connected(spec) as provider:
            for _ in faults:
                with pytest.raises(ProviderError):
                    await provider.ask(ask_for(spec))
            assert (await provider.ask(ask_for(spec))).finish == "stop"


BROKEN_OFF = [
    (["truncated"] * 4, ["transient"] * 4, "elsewhere each time"),
    (["truncated_here"] * 2, ["transient", "data"], "at the same place"),
    (["malformed"] * 2, ["transient", "data"], "never whole"),
    (["truncated_here", "500", "truncated_here"], ["transient", "transient", "data"], "another fault in between"),
    (["truncated_here", "truncated", "truncated_here"], ["transient"] * 3, "another text in between"),
    (["html_200"] * 3, ["transient"] * 3, "a page of a proxy"),
    (["empty_body"] * 3, ["transient"] * 3, "nothing at all"),
]


@pytest.mark.parametrize(("faults", "expected"), [b[:2] for b in BROKEN_OFF], ids=[b[2] for b in BROKEN_OFF])
async def test_a_text_that_breaks_off_alike_twice_would_do_so_again(faults: list[str], expected: list[str]) -> None:
    async with ModelServer(faults=faults) as server:
        spec, found = spec_for(server), list[str]()
        async with connected(spec) as provider:
            for _ in faults:
                with pytest.raises(ProviderError) as caught:
                    await provider.ask(ask_for(spec))
                found.append(caught.value.fault)
    assert found == expected


async def test_what_breaks_off_for_one_request_says_nothing_of_another() -> None:
    async with ModelServer(faults=["truncated_here"] * 2) as server:
        spec = spec_for(server)
        async with connected(spec) as provider:
            for question in ("one", "two"):
                with pytest.raises(ProviderError, match="broken text") as caught:
                    await provider.ask(ask_for(spec, question))
                assert caught.value.fault == "transient"


async def test_a_dead_port_says_where_nobody_answered() -> None:
    async with ModelServer() as server:
        spec = spec_for(server)
    async with connected(spec) as provider:
        with pytest.raises(
            ProviderError, match=r"no whole answer from 127.0.0.1:\d+: ConnectionRefusedError"
        ) as caught:
            await provider.ask(ask_for(spec))
    assert caught.value.fault == "transient"


LOOKUPS = [
    # how long the resolver takes, what it says, seconds to connect; faults of two requests, words
    (0.0, socket.EAI_NONAME, 15.0, ["fatal", "fatal"], "there is no such host"),
    (0.0, socket.EAI_AGAIN, 15.0, ["transient", "transient"], "try again"),
    (1.1, socket.EAI_AGAIN, 15.0, ["fatal", "fatal"], "is the server running, and base_url"),
    (30.0, socket.EAI_AGAIN, 1.1, ["fatal", "fatal"], "not found within 1.1 s"),
    (0.3, None, 15.0, ["", ""], ""),
]


@pytest.mark.parametrize(
    ("takes", "says", "patience", "faults", "words"),
    LOOKUPS,
    ids=["unknown", "busy", "slow and busy", "silent", "slow and found"],
)
async def test_a_host_that_is_not_found_is_told_soon_and_looked_up_once(
    takes: float, says: int | None, patience: float, faults: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    over, real = threading.Event(), socket.getaddrinfo

    def look(host: str, *more: Any, **how: Any) -> Any:
        looked.append(host)
        over.wait(takes)
        if says is not None:
            raise socket.gaierror(says, "try again")
        return real("127.0.0.1", *more, **how)

    monkeypatch.setattr(socket, "getaddrinfo", look)
    found, errors = list[str](), list[str]()
    start = time.monotonic()
    async with ModelServer() as server:
        spec = spec_for(server).model_copy(
            update={"base_url": server.url.replace("127.0.0.1", "models.localhost"), "api_key_env": ""}
        )
        spec = spec.model_copy(update={"limits": Limits(connect_timeout=patience)})
        async with connected(spec) as provider:
            for _ in faults:
                try:
                    await provider.ask(ask_for(spec))
                    found.append("")
                except ProviderError as error:
                    found.append(error.fault)
                    errors.append(str(error))
    over.set()
    assert found == faults
    assert all(words in error for error in errors)
    assert looked.count("models.localhost") == (2 if says == socket.EAI_AGAIN and not takes else 1)
    assert time.monotonic() - start < 5


async def test_a_certificate_that_is_not_trusted_stops_the_run() -> None:
    provider = await module.connect(ModelSpec(id="openai:m", base_url="https://localhost:1/v1"))
    outer = OSError("cannot connect")
    outer.__cause__ = ssl.SSLCertVerificationError("self-signed certificate")
    error = provider._broken(outer, 0.0)  # type: ignore[attr-defined]
    await provider.close()
    assert (error.fault, str(error)) == ("fatal", "localhost:1 is not trusted: ('self-signed certificate',)")


@pytest.mark.parametrize("fault", ["hang", "hang_inside"])
async def test_a_silent_server_is_left(fault: str) -> None:
    async with ModelServer(faults=[fault]) as server:
        error = await failure(server, limits=Limits(first_byte_timeout=0.1))
    assert error.fault == "transient"
    assert "imeout" in str(error)


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ({"retry-after": "3"}, 3, 3),
        ({"retry-after": "0.5"}, 0.5, 0.5),
        ({"retry-after-ms": "250"}, 0.25, 0.25),
        ({"retry-after": "-1"}, None, None),
        ({"retry-after": "nan"}, None, None),
        ({"retry-after": "inf"}, None, None),
        ({"retry-after": "soon"}, None, None),
        ({"retry-after": "Mon, 99 Foo 2099"}, None, None),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, None, None),
        ({}, None, None),
    ],
    ids=str,
)
def test_retry_after(header: dict[str, str], low: float | None, high: float | None) -> None:
    seconds = wait(header)
    if low is None or high is None:
        assert seconds is None
    else:
        assert seconds is not None
        assert low <= seconds <= high


def test_retry_after_at_a_time_of_day() -> None:
    """The time is taken here: on a slow machine the suite comes to this test much later than to its own beginning."""
    seconds = wait({"retry-after": format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)})
    assert seconds is not None
    assert 3500 < seconds <= 3600


GEMINI = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "41s"}]


@pytest.mark.parametrize(
    ("headers", "details", "text", "seconds"),
    [
        ({}, GEMINI, "Please retry in 41.2s.", 41),
        ({}, None, "You exceeded your current quota. Please retry in 41.2s.", 41.2),
        ({}, None, "Rate limit reached for m: Limit 3, Used 3. Please try again in 20s. Visit 3 pages.", 20),
        ({}, None, "Please try again in 250ms.", 0.25),
        ({}, None, "Please try again in 1m2.5s.", 62.5),
        ({}, None, "Retry after 7 seconds", 7),
        ({}, None, "Please retry your request after 20 s", 20),
        ({}, None, "Your limit resets in 1h30m.", 5400),
        ({}, None, "Retry-After: 20", 20),
        ({}, None, "请在20秒后重试", 20),
        ({}, {"retry_after": 20}, "", 20),
        ({}, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1000000001000"}, "", 0),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "20"}, None, "", 20),
        ({"ratelimit": '"default";r=0;t=20'}, None, "", 20),
        ({"ratelimit": '"default";r=3;t=20'}, None, "", None),
        ({}, None, f"wait {'1 ' * 3000}", 4),
        ({}, None, "We had to reset 3 rooms.", None),
        ({}, None, "Try again later, 5 times.", None),
        ({}, None, "Try again in 5 moons.", None),
        ({"retry-after": "3"}, GEMINI, "", 3),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, None, "", 360),
        ({"x-ratelimit-remaining-requests": "5", "x-ratelimit-reset-requests": "6m0s"}, None, "", None),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "120ms"}, None, "", 0.12),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2.5"}, None, "", 2.5),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000000001"}, None, "", 0),
    ],
    ids=str,
)
def test_other_ways_to_say_how_long(headers: dict[str, str], details: object, text: str, seconds: float | None) -> None:
    assert wait(headers, details, text) == seconds


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "Busy.", "code": 429, "metadata": {"headers": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "7"}}}},
        {"error": {"message": "Busy.", "retry_after": 7}},
        {"message": "Busy.", "retry_after": 7},
        {"error": "Busy.", "retry_after": "7"},
    ],
    ids=["as OpenRouter passes headers on", "in the error", "at the top", "beside the error"],
)  # fmt: skip
def test_a_body_may_say_it_as_a_header_would(body: object) -> None:
    assert wait({}, complaint(429, body).details, "") == 7


@pytest.mark.parametrize(
    ("text", "seconds"), [("41s", 41), ("0.5s", 0.5), ("1h2m3s", 3723), ("", None), ("soon", None), ("7", 7)]
)
def test_durations(text: str, seconds: float | None) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize(
    ("fault", "seconds", "throttled"),
    [
        ("429@1.5", 1.5, True),
        ("429", None, True),
        ("quota_by_the_minute", 0.2, True),
        ("503@2", 2.0, True),
        ("503", None, False),
        ("500", None, False),
    ],
)
async def test_how_long_to_wait_travels_with_the_error(fault: str, seconds: float | None, throttled: bool) -> None:
    async with ModelServer(faults=[fault]) as server:
        error = await failure(server)
    assert (error.retry_after, error.throttled) == (seconds, throttled)


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
