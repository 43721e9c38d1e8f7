"""How long a server asks to wait: in headers, in the body, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

_AGAIN = re.compile(
    r"\b(?:try again|retry(?: your request)?|retry[- ]after|wait|resets?)\b(?: again)?(?: after| in| for)?[: ]+"
    r"((?:\d{1,9}(?:\.\d{1,9})?\s{0,3}[a-z]{0,12}\s{0,3}){1,4})|(\d{1,6}) ?秒[之以]?后",
    re.IGNORECASE,
)
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)", re.IGNORECASE)
_UNITS = {
    "ms": 0.001, "milliseconds": 0.001, "s": 1, "sec": 1, "second": 1, "seconds": 1, "": 1,
    "m": 60, "min": 60, "minute": 60, "minutes": 60, "h": 3600, "hour": 3600, "hours": 3600,
}  # fmt: skip
_RUN_OUT = re.compile(r";\s*r=0\s*;\s*t=(\d{1,9})\b")
"""Of `RateLimit: "default";r=0;t=20`, the form that the IETF drafts give the header by now."""
_COUNTED = ("requests", "tokens", "input-tokens", "output-tokens")


def wait(headers: Mapping[str, str], details: object = (), text: str = "") -> float | None:
    """Seconds that the server asks for, the most binding way of saying so first; None where it does not.

    details: of an error in Google's form, with a RetryInfo among them; or what a body says as a header would.
    """
    for seconds in (*_named(headers), *_details(details), _in_words(text), *_counted(headers)):
        if seconds is not None and 0 <= seconds < float("inf"):
            return seconds
    return None


def duration(text: str) -> float | None:
    """Seconds of `4.5s`, `250ms`, `1m2.5s`, `6m0s`, `20 seconds`; a bare number is seconds."""
    total, found = 0.0, False
    for number, unit in _PART.findall(text):
        if unit.lower() not in _UNITS:
            break  # `in 20s. Visit 3 pages`
        total += float(number) * _UNITS[unit.lower()]
        found = True
    return total if found else None


def _named(headers: Mapping[str, str]) -> Iterator[float | None]:
    yield _number(headers.get("retry-after-ms"), 1000)
    value = headers.get("retry-after")
    yield _number(value) if value is not None else None
    yield _moment(value)


def _details(details: object) -> Iterator[float | None]:
    if isinstance(details, dict):
        said = {str(name).lower().replace("_", "-"): str(value)[:100] for name, value in details.items()}
        yield from (*_named(said), *_counted(said))
    for detail in details if isinstance(details, list) else ():
        delay: Any = detail.get("retryDelay") if isinstance(detail, dict) else None
        yield duration(delay) if isinstance(delay, str) else None


def _in_words(text: str) -> float | None:
    found = _AGAIN.search(text[:2000])
    return duration(found[1] or found[2]) if found else None


def _counted(headers: Mapping[str, str]) -> Iterator[float | None]:
    """Of what has run out: when it is there again, as a duration, a moment, or seconds (milliseconds) of the epoch."""
    for name in _COUNTED:
        for left, reset in (
            (f"x-ratelimit-remaining-{name}", f"x-ratelimit-reset-{name}"),
            (f"anthropic-ratelimit-{name}-remaining", f"anthropic-ratelimit-{name}-reset"),
        ):
            if headers.get(left) == "0" and reset in headers:
                yield _until(headers[reset])
    for name in ("x-ratelimit", "ratelimit"):
        if headers.get(f"{name}-remaining") == "0" and f"{name}-reset" in headers:
            yield _until(headers[f"{name}-reset"])
    if gone := _RUN_OUT.search(headers.get("ratelimit", "")):
        yield float(gone[1])


def _until(text: str) -> float | None:
    number = _number(text)
    if number is not None and number > 1e9:
        return max(0.0, (number / 1000 if number > 1e12 else number) - datetime.now(UTC).timestamp())
    return number if number is not None else _moment(text) or duration(text)


def _number(text: str | None, divisor: float = 1) -> float | None:
    try:
        return None if text is None else float(text) / divisor
    except ValueError:
        return None


def _moment(text: str | None) -> float | None:
    """Seconds until a date, in the form of mails or of ISO 8601."""
    if text is None:
        return None
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            return (read(text).astimezone(UTC) - datetime.now(UTC)).total_seconds()
        except (ValueError, OverflowError, TypeError):
            continue
    return None
