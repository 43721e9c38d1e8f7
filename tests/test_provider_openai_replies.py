"""Replies of the provider `openai` that are data: odd ones, thoughts, usage, contents without a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from evalkit.types import Reply, Usage
from evalkit.wire.address import Endpoint
from evalkit.wire.completions import read, usage
from tests.openai_help import ask
from tests.server import ModelServer

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
    [
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("end_turn", "stop"),
        ("tool_calls", "tool_calls"),
        ("", "unknown"),
        ("SAFETY", "content_filter"),
        ("recitation", "content_filter"),
        ("sensitive", "content_filter"),
        ("model_length", "length"),
    ],
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
