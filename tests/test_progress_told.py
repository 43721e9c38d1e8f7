"""The line of progress: what it says, and how the time that is left is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from evalkit.asking.limits import Limited
from evalkit.asking.progress import Pace, Progress
from evalkit.cli.console import describe
from evalkit.types import Limits, Reply, Request

LINES: list[tuple[str, dict[str, Any], float | None, str]] = [
    ("begun", {"total": 400}, None, "0/400 trials, starting"),
    (
        "a probe hangs",
        {"total": 3, "probing": 1},
        None,
        "0/3 trials, waiting for the conformance probe (--no-probe leaves it out)",
    ),
    (
        "the probe of a second model hangs",
        {"total": 6, "done": 3, "asked": 3, "probing": 1},
        None,
        "3/6 trials, 0 in flight, waiting for the conformance probe (--no-probe leaves it out), 0.3 requests/s",
    ),
    (
        "going on",
        {"total": 400, "done": 120, "in_flight": 7, "asked": 100, "output_tokens": 5000, "cost": 0.5},
        12.0,
        "120/400 trials, 7 in flight, 10.0 requests/s, 500 tokens/s, cost 0.5, 0:23 left",
    ),
    (
        "long, with troubles",
        {"total": 90_000, "done": 9000, "kept": 100, "failed": 3, "cut_off": 2, "asked": 50},
        10.0,
        "9000/90000 trials, 0 in flight, 3 failed, 2 cut off, 5.0 requests/s, 2 h 15 min left",
    ),
    ("done", {"total": 4, "done": 4}, 12.0, "4/4 trials, 0 in flight"),
]


@pytest.mark.parametrize(("fields", "pace", "line"), [x[1:] for x in LINES], ids=[x[0] for x in LINES])
def test_a_line_of_progress(fields: dict[str, Any], pace: float | None, line: str) -> None:
    assert describe(Progress(**fields), 10.0, pace) == line


@pytest.mark.parametrize(
    ("window", "asking", "told"), [(4, 8, "1 in flight, 3 waiting"), (4, 1, "0/0 trials, 1 in flight")]
)
def test_what_waits_is_told_apart_and_spare_workers_do_not_wait(window: int, asking: int, told: str) -> None:
    """Twice as many workers as places ask; those beyond the places wait for nothing that is wrong."""

    async def nobody(_: Request) -> Reply:
        raise NotImplementedError

    meter = Limited(nobody, Limits(in_flight=window))
    meter.in_flight = 1
    assert describe(Progress(meters=[meter], in_flight=asking), 10.0, None).endswith(told)


def paces(done_at: Callable[[int], int], seconds: int) -> list[float]:
    pace = Pace()
    return [pace.seen(done_at(t), float(t)) or 0.0 for t in range(1, seconds + 1)]


def test_the_pace_is_exact_where_it_is_even() -> None:
    assert paces(lambda t: 3 * t, 100) == pytest.approx([3.0] * 100)


@pytest.mark.parametrize("pause", [5, 10])
def test_a_pause_moves_the_time_left_little(pause: int) -> None:
    seen = paces(lambda t: 10 * (min(t, 100) + max(0, t - 100 - pause)), 160)
    assert min(seen[100:]) >= 10 * 0.6, "all stood still for a while"
    assert seen[-1] == pytest.approx(10, rel=0.15)


def test_nothing_is_said_of_the_time_left_where_it_would_only_rise() -> None:
    pace = Pace()
    seen = [pace.seen(min(t // 10, 4), float(t)) for t in range(1, 200)]
    assert 0.05 < (seen[38] or 0) < 0.2
    assert seen[100] is None, "nothing was done for a minute, where one took ten seconds"
    left = [4 / p for p in seen[40:] if p]
    assert max(left) <= left[0]


def test_another_pace_is_followed() -> None:
    assert paces(lambda t: 10 * min(t, 60) + max(0, t - 60), 180)[-1] == pytest.approx(1, abs=0.5)
