"""How long a server asks to be left alone, in all the ways there are to say it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from evalkit.wire.complaints import complaint
from evalkit.wire.waits import duration, wait
from tests.openai_help import failure
from tests.server import ModelServer


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


@pytest.mark.parametrize("key", ["code", "type"])
@pytest.mark.parametrize("code", ["content_filter", "content_policy_violation", "data_inspection_failed", "moderation_blocked"])  # fmt: skip
def test_a_prompt_that_a_filter_refused_is_known_by_its_code(code: str, key: str) -> None:
    assert complaint(400, {"error": {"message": "Not this one.", key: code}}).about_prompt
    assert not complaint(400, {"error": {"message": "Not this one.", key: "invalid_value"}}).about_prompt


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
