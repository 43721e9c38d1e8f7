"""What is made of answers of servers: replies, with each key left out in turn, errors by their status and words, waits that
are asked for, lists of models, addresses.

Not covered: dates as waits (they move), bodies that are no JSON (tests/test_provider_openai_failures.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from evalkit.errors import ProviderError
from evalkit.wire import completions, waits
from evalkit.wire.address import Endpoint, is_local
from evalkit.wire.complaints import complaint, judge
from tests.details.one_less import one_less

AT = Endpoint("https://api.test/v1", "a-secret-key-of-some-length", "TEST_KEY")
REPLIES: Mapping[str, Any] = {
    "all": {
        "choices": [{"message": {"content": "<think>So.</think>It is a-secret-key-of-some-length.", "reasoning_content": "First.", "reasoning": "Other.", "refusal": None}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 16, "completion_tokens_details": {"reasoning_tokens": 3},
                  "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2}},
        "model": "gpt-x",
    },
    "parts": {"choices": [{"message": {"content": [{"type": "text", "text": "Yes, "}, {"type": "image"}, {"type": "text", "text": "1."}]}, "finish_reason": "max_tokens"}],
              "usage": {"input_tokens": 9, "output_tokens": 5, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 2, "output_tokens_details": {"reasoning_tokens": 1}}},
    "refused": {"choices": [{"message": {"content": None, "refusal": "I cannot."}, "finish_reason": "stop"}],
                "usage": {"completion_tokens": 5, "reasoning_tokens": 8, "prompt_tokens": 3, "prompt_cache_hit_tokens": 2}},
    "no message": {"choices": [{"finish_reason": "content_filter"}], "usage": {"prompt_tokens": 3, "total_tokens": 3}},
}  # fmt: skip
FINISHES = (
    "stop length error max_tokens model_length end_turn eos eos_token stop_sequence safety blocklist prohibited_content recitation sensitive "
    "content_filter tool_calls STOP odd"
)
USAGES: tuple[Any, ...] = (
    {}, [], {"completion_tokens": 2}, {"total_tokens": 9, "prompt_tokens": 4}, {"total_tokens": 3, "prompt_tokens": 4}, {"completion_tokens": 2, "total_tokens": 9},
    {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 9}, {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 5},
    {"prompt_tokens": 4, "completion_tokens": 2, "completion_tokens_details": {"reasoning_tokens": 7}}, {"prompt_tokens": True, "completion_tokens": 2},
    {"prompt_tokens": -1, "completion_tokens": 2.0}, {"prompt_tokens": 1, "completion_tokens": 10**10}, {"prompt_tokens": 4, "completion_tokens": 2, "cached_tokens": 9},
    {"prompt_tokens": 1, "completion_tokens": 10**9},
)  # fmt: skip
MODELS: tuple[Any, ...] = (
    {"data": [{"id": "m", "root": "org/m", "max_model_len": 8192}, {"id": "n"}]}, {"data": [{"id": "x", "meta": {"n_ctx": 4096, "n_ctx_train": 9000, "n_params": 7}}]},
    {"data": [{"id": "x", "meta": {"n_ctx_train": 9000}}, "odd"]}, {"data": []}, [], {"data": [{"id": "a"}, {"id": "b"}]},
)  # fmt: skip
ERRORS: tuple[tuple[int, Any], ...] = (
    (400, {"error": {"message": "bad", "type": "invalid_request_error", "param": "temperature", "code": "unsupported_value"}}),
    (400, {"error": {"message": "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", "param": "max_tokens"}}),
    (400, {"error": {"message": "temperature does not support 0.5 with this model. Only the default (1) value is supported."}}),
    (422, {"detail": [{"loc": ["body", "top_k"], "msg": "extra fields not permitted", "input": "Say it."}, {"msg": "odd"}]}),
    (422, {"detail": "Unknown field max_tokens"}), (400, {"error": {"message": "response_format is deprecated"}}), (400, {"error": {"message": "seed", "param": "seed.value"}}),
    (400, {"error": {"message": "This model's maximum context length is 8192 tokens."}}), (400, {"error": {"code": "context_length_exceeded"}}),
    (400, {"error": {"message": "Invalid API key provided"}}), (401, {"error": {"message": "Unauthorized"}}), (403, {"error": "forbidden"}), (404, {"error": {"message": "no such model"}}),
    (405, ""), (302, "<html>moved</html>"), (408, ""), (409, ""), (425, ""), (413, {"message": "too large"}), (429, {"error": {"message": "Rate limit. Try again in 20s."}}),
    (429, {"error": {"message": "You exceeded your current quota, please check your plan and billing details.", "code": "insufficient_quota"}}),
    (402, {"error": {"message": "Payment Required"}}), (402, {"error": {"code": "budget_in_flight"}}), (402, {"error": {"message": "slow down", "code": "in flight"}}),
    (400, {"error": {"message": "Your credit balance is too low to access the API."}}), (403, {"error": {"message": "This organization has been disabled."}}),
    (403, {"error": {"message": "Your project has been suspended", "details": [{"retryDelay": "7s"}]}}), (500, {"error": {"message": "insufficient balance"}}), (502, "<!DOCTYPE html>"),
    (503, {"Code": "Throttling", "Message": "busy"}), (400, {"Code": "Arrearage", "Message": "Access denied"}), (400, {"base_resp": {"status_msg": "insufficient balance"}}),
    (400, {"Response": {"Error": {"Code": "FailedOperation.ServiceOverdue", "Message": "overdue"}}}), (400, {"error": "insufficient_credits", "message": "add credits"}),
    (400, {"error": {"message": "flagged", "metadata": {"reasons": ["violence"], "flagged_input": "..."}}}), (400, {"error": {"code": "content_filter"}}),
    (400, {"error": {"type": "content_policy_violation"}}), (400, {"error": {"code": "data_inspection_failed"}}), (400, {"error": {"code": "moderation_blocked"}}),
    (400, {"error": {"message": "rejected by our safety system"}}), (500, {"error": {"message": "rejected by our safety system"}}), (429, {"error": {"metadata": {"headers": {"Retry-After": 3}}}}),
    (429, {"retry_after": 4}), (429, {"error": {"retry-after": 5}}), (429, {"error": {"message": "busy", "retry_after_ms": 1500}}), (429, {"msg": "请 5 秒后重试"}),
    (400, {"error": {"message": "out of credits", "param": "messages.0.content"}}), (400, {"error": {"message": "KEY_BUDGET_EXCEEDED"}}), (400, {"error": {"message": "token budget exceeded"}}),
    (400, {"error_code": 17, "error_msg": "x"}), (400, {"errorcode": "odd"}), (400, [{"error": {"message": "listed"}}]), (400, 5), (400, None), (404, {"error": {"message": "a-secret-key-of-some-length"}}),
    (429, {"error": {"message": "余额不足"}}), (403, {"error": {"message": "Key limit exceeded"}}), (400, {"error": {"message": "Please top up your account"}}),
    (529, {"error": {"type": "overloaded_error"}}), (504, ""), (400, {"error": {"message": "spending limit reached"}}), (429, {"error": {"message": "billing hard limit has been reached"}}),
)  # fmt: skip
PARAMETERS = {"temperature": 0.5, "max_tokens": 9, "seed": 1, "response_format": {}}
WAITS: tuple[Mapping[str, str], ...] = (
    {"retry-after": "7"}, {"retry-after-ms": "250", "retry-after": "7"}, {"retry-after": "-1"}, {"retry-after": "inf"}, {"retry-after": "odd"},
    *({f"x-ratelimit-remaining-{n}": "0", f"x-ratelimit-reset-{n}": "6m0s"} for n in ("requests", "tokens", "input-tokens", "output-tokens")),
    *({f"anthropic-ratelimit-{n}-remaining": "0", f"anthropic-ratelimit-{n}-reset": "9"} for n in ("requests", "tokens", "input-tokens", "output-tokens")),
    {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "11"}, {"ratelimit-remaining": "0", "ratelimit-reset": "12"}, {"ratelimit-remaining": "1", "ratelimit-reset": "12"},
    {"ratelimit": '"default";r=0;t=20'}, {"ratelimit": '"default";r=5;t=20'}, {"x-ratelimit-remaining-requests": "0"}, {},
)  # fmt: skip
WORDS = (
    "Please try again in 4.5s.", "retry after 20 seconds", "Retry-After: 3", "wait 250ms", "resets in 1m2.5s", "try again after 2 minutes and 3 s", "wait for 1 hour", "retry in 20s. Visit 3 pages",
    "请 5 秒后重试", "60秒之后", "try again later", "wait", "in 5 s", "wait 3 weeks", "try again in 2 min", "wait 1 h", "wait 2 hours", "wait 3 sec", "wait 4 second", "wait 5 milliseconds", "wait 6 minute", "wait 7 m",
)  # fmt: skip
PLACES = (
    "http://localhost:1/v1", "http://127.0.0.1", "http://127.9.9.9:8", "http://[::1]:80", "http://10.1.2.3", "http://192.168.0.9:1234/v1", "http://172.16.0.1", "http://172.32.0.1", "http://8.8.8.8",
    "https://api.test", "http://host.docker.internal:1", "http://box.local", "http://gpu-7:8000", "http://0.0.0.0:9", "http://169.254.1.1", "http://a.b.c",
)  # fmt: skip


def told(folder: Path) -> Iterator[str]:
    del folder
    for name, body in REPLIES.items():
        yield f"--- reply, {name}: {_read(body)}"
        for place, less in one_less(body):
            yield f"- {place}: {_read(less)}"
    for word in FINISHES.split():
        yield f"finish {word}: {_read({'choices': [{'message': {'content': 'x'}, 'finish_reason': word}]})}"
    yield from (f"usage {given}: {_shown(completions.usage(given))}" for given in USAGES)
    yield from (f"models {given}: {completions.of_model(given, 'm')}" for given in MODELS)
    for status, body in ERRORS:
        said = complaint(status, body)
        seconds = waits.wait({}, said.details, said.text)
        yield f"--- {status} {body}: {_shown(judge(said, AT, 'm', PARAMETERS, seconds))}; refused {said.refused_of(PARAMETERS)}; code {said.code!r}, kind {said.kind!r}"
    yield from (f"wait {headers}: {waits.wait(headers)}" for headers in WAITS)
    yield from (f"wait {words!r}: {waits.wait({}, (), words)}" for words in WORDS)
    yield from (f"address {url}: {'local' if is_local(url) else 'away'}" for url in PLACES)


def _read(body: Mapping[str, Any]) -> str:
    choices = body.get("choices") or [{}]
    return _shown(completions.read(choices[0], body, AT))


def _shown(found: object) -> str:
    if isinstance(found, ProviderError):
        return f"{found} {sorted(vars(found).items(), key=lambda item: item[0])}"
    if is_dataclass(found) and not isinstance(found, type):
        return str({key: value for key, value in asdict(found).items() if value not in (None, 0, "", ())})
    return repr(found)
