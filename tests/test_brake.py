"""The brake that all requests to a server share: when it is pulled, how far, and how it opens again. Virtual clock."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.asking.brake import FEWEST, Brake
from evalkit.asking.limits import Limited
from evalkit.errors import ProviderError
from evalkit.types import Limits, Reply, Request
from tests.virtual import Model, Step, broken, many, outcome, virtual


@pytest.mark.parametrize("in_flight", [1, 5, 64])
def test_no_more_in_flight_than_allowed(in_flight: int) -> None:
    model = Model(latency=1.0)
    limited = Limited(model, Limits(in_flight=in_flight))
    _, seconds = virtual(many(limited, 3 * in_flight, workers=100))
    assert (model.peak, seconds) == (in_flight, 3.0)


@pytest.mark.parametrize(("turned_away", "windows"), [(1, [64]), (5, [64]), (20, [32, 33]), (50, [32, 33])])
def test_the_brake_is_pulled_once_for_what_was_in_flight_together(turned_away: int, windows: list[int]) -> None:
    model = Model(*[broken(retry_after=0.0) for _ in range(turned_away)], latency=1.0)
    limited = Limited(model, Limits(in_flight=64))
    results, _ = virtual(many(limited, 64))
    # A few change nothing. Else 64 / 2, or the places that were left: these grow by one an answer up to that half, and
    # then by one a window of answers, of which as many count as come after the cut.
    assert limited.window in windows
    assert limited.servers[0].gate.brake.cuts == (windows != [64])
    assert (limited.retries, results) == (turned_away, ["ok"] * 64)


@pytest.mark.parametrize(
    ("limit", "turned_away", "window"),
    [(64, 19, 64), (64, 20, 32), (64, 60, 4), (64, 64, 1), (256, 250, 6), (4, 3, 4)],
    ids=["a few", "just enough", "nearly all", "all", "nearly all of many", "three of four"],
)
def test_the_window_is_cut_to_what_it_took(limit: int, turned_away: int, window: int) -> None:
    """Those that were turned away before it was enough count as much as those after."""

    async def pulled() -> Brake:
        brake = Brake(limit, 0.5)
        for _ in range(turned_away):
            brake.pull(0, 0.0)
        return brake

    assert virtual(pulled())[0].window == window


def test_who_began_before_the_cut_does_not_pull_for_the_next_one() -> None:
    async def pulled() -> Brake:
        brake = Brake(256, 0.5)
        for _ in range(200):
            brake.pull(0, 0.0)
        brake.pull(1, 0.0)  # one of the smaller window
        return brake

    brake, _ = virtual(pulled())
    assert (brake.cuts, brake.window) == (1, 56)


@pytest.mark.parametrize(("count", "window"), [(8, 5), (12, 6), (20, 7), (80, 7), (500, 8)])
def test_the_window_opens_slowly_and_never_beyond_the_limit(count: int, window: int) -> None:
    model = Model(*[broken(retry_after=0.0)] * 5, latency=1.0)
    limited = Limited(model, Limits(in_flight=8))
    virtual(many(limited, count))
    # 4 after the cut, one more after each window of answers; the place that was one too many comes back much later
    assert (limited.window, model.peak) == (window, 8)


class Crowded(Model):
    """Takes so many at once, or so many in each minute of the clock; turns the others away after 50 ms."""

    def __init__(self, at_once: int | None, per_minute: int | None, named: bool, latency: float) -> None:
        super().__init__(latency=latency)
        self.at_once, self.per_minute, self.named = at_once, per_minute, named
        self.taken: Counter[int] = Counter()
        self.turned_away = 0

    async def __call__(self, request: Request) -> Reply:
        minute, second = divmod(asyncio.get_running_loop().time(), 60)
        full = self.per_minute is not None and self.taken[int(minute)] >= self.per_minute
        if full or (self.at_once is not None and self.in_flight >= self.at_once):
            self.turned_away += 1
            await asyncio.sleep(0.05)
            raise broken(retry_after=60 - second if full and self.named else 0.0)
        self.taken[int(minute)] += 1
        return await super().__call__(request)


CROWDED = [
    # at once, per minute, names the time, latency, ideal seconds for 1,000 requests, most turned away
    (1, None, False, 0.2, 200, 480),
    (4, None, False, 10.0, 2500, 360),
    (16, None, False, 1.0, 63, 340),
    (100, None, False, 0.2, 2, 220),
    (None, 60, True, 1.0, 960, 380),
    (None, 60, False, 1.0, 960, 650),
    (None, 500, True, 5.0, 60, 280),
    (None, 500, False, 1.0, 60, 320),
]


@pytest.mark.parametrize(("at_once", "per_minute", "named", "latency", "ideal", "away"), CROWDED, ids=str)
def test_a_crowded_server_is_used_well_and_no_request_is_given_up(
    at_once: int | None, per_minute: int | None, named: bool, latency: float, ideal: float, away: int
) -> None:
    model = Crowded(at_once, per_minute, named, latency)
    results, seconds = virtual(many(Limited(model, Limits(in_flight=256)), 1000, 256))
    assert results == ["ok"] * 1000
    assert seconds <= 2 * ideal
    assert model.turned_away <= away


@pytest.mark.parametrize(("turned_away", "next_start"), [(1, 2.0), (5, 2.0), (6, 32.0), (8, 32.0)])
def test_one_that_is_told_to_wait_waits_alone_and_with_many_all_do(turned_away: int, next_start: float) -> None:
    model = Model(*[broken(retry_after=30.0)] * turned_away, latency=1.0)
    virtual(many(Limited(model, Limits(in_flight=4)), 40))
    assert sorted(model.times)[7:9] == [1.0, next_start]


class Bucket(Model):
    """A token bucket, as most servers have it; it may also turn a share away by chance."""

    def __init__(
        self, rate: float, burst: float, latency: float, *, named: float | None = None, chance: float = 0.0
    ) -> None:
        super().__init__(latency=latency)
        self.rate, self.burst, self.named, self.chance = rate, burst, named, chance
        self.level, self.at, self.turned_away, self.draw = burst, 0.0, 0, random.Random(1)

    async def __call__(self, request: Request) -> Reply:
        now = asyncio.get_running_loop().time()
        self.level, self.at = min(self.burst, self.level + (now - self.at) * self.rate), now
        if self.draw.random() < self.chance or self.level < 1:
            self.turned_away += 1
            await asyncio.sleep(0.03)
            raise ProviderError("busy", "transient", self.named, throttled=True)
        self.level -= 1
        await asyncio.sleep(self.draw.uniform(0.5, 1.5) * self.latency)
        return Reply("ok")


BUCKETS: list[tuple[str, Bucket, Limits, int, float, int]] = [
    # requests, most seconds, most turned away
    ("5 a second", Bucket(5, 5, 1.0), Limits(), 500, 100 / 0.9, 150),
    ("20 a second", Bucket(20, 20, 1.0), Limits(), 2000, 100 / 0.9, 150),
    ("5 a second, says how long", Bucket(5, 5, 1.0, named=1.0), Limits(), 500, 100 / 0.9, 150),
    ("5 a second, two at once", Bucket(5, 2, 1.0), Limits(), 500, 100 / 0.8, 150),
    ("20 a second, two at once", Bucket(20, 2, 0.2), Limits(), 2000, 100 / 0.8, 300),
    ("5 a second, no burst", Bucket(5, 1, 1.0), Limits(), 500, 100 / 0.5, 150),
    ("20 a second, no burst", Bucket(20, 1, 1.0), Limits(), 2000, 100 / 0.5, 250),
    ("no burst, declared", Bucket(10, 1, 1.0), Limits(requests_per_minute=600), 1000, 100 / 0.9, 5),
    ("no burst, declared, slow", Bucket(1, 1, 1.0), Limits(requests_per_minute=60), 100, 100 / 0.9, 5),
    ("4 % by chance", Bucket(1e9, 1e9, 0.5, chance=0.04), Limits(), 1000, 20, 60),
    ("4 % by chance, says how long", Bucket(1e9, 1e9, 0.5, named=2.0, chance=0.04), Limits(), 1000, 25, 60),
]


@pytest.mark.parametrize(
    ("model", "limits", "count", "longest", "away"), [b[1:] for b in BUCKETS], ids=[b[0] for b in BUCKETS]
)
def test_what_a_bucket_allows_is_used(model: Bucket, limits: Limits, count: int, longest: float, away: int) -> None:
    results, seconds = virtual(many(Limited(model, limits), count))
    assert results == ["ok"] * count
    assert seconds <= longest
    assert model.turned_away <= away


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("named", [None, 2.0], ids=["says nothing", "says how long"])
@pytest.mark.parametrize("in_flight", [2, 4, 8, 16, 64, 256])
def test_who_is_turned_away_by_chance_slows_nobody_else(in_flight: int, named: float | None, seed: int) -> None:
    model = Bucket(1e9, 1e9, 0.5, named=named, chance=0.04)
    model.draw = random.Random(seed)
    limited = Limited(model, Limits(in_flight=in_flight))
    results, _ = virtual(many(limited, 600, in_flight))
    assert results == ["ok"] * 600
    assert (limited.servers[0].gate.brake.cuts, limited.window) == (0, in_flight)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(4, 256), st.floats(0.1, 0.55))
def test_all_slow_down_where_the_server_takes_half_of_what_is_asked(seed: int, in_flight: int, share: float) -> None:
    at_once = max(1, int(share * in_flight))
    model = Crowded(at_once, None, False, 0.5 + random.Random(seed).random())
    limited = Limited(model, Limits(in_flight=in_flight))
    requests = max(64, 4 * in_flight)
    assert virtual(many(limited, requests, in_flight))[0] == ["ok"] * requests
    assert limited.servers[0].gate.brake.cuts
    assert model.turned_away <= 2 * in_flight + FEWEST, "a few rounds; without a brake ten or more"


def test_being_turned_away_never_uses_up_attempts() -> None:
    """25 requests at 10 a minute, 64 at once: two whole minutes, whatever `attempts` says."""
    model = Crowded(None, 10, True, 1.0)
    results, seconds = virtual(many(Limited(model, Limits(attempts=1)), 25))
    assert results == ["ok"] * 25
    assert seconds <= 125


def test_a_server_that_turns_all_away_is_given_up_in_the_end() -> None:
    model = Model(*[ProviderError("busy", throttled=True) for _ in range(100_000)])
    text, seconds = virtual(outcome(Limited(model, Limits(timeout=100))))
    assert text.startswith("transient: busy (gave up after")
    assert 80 <= seconds <= 100


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from([None, 0.0, 2.0, -1.0]), max_size=60), st.integers(1, 20))
def test_places_are_neither_lost_nor_invented(script: list[float | None], in_flight: int) -> None:
    steps: list[Step] = [1.0 if s == -1.0 else broken(retry_after=s) for s in script]
    model = Model(*steps, latency=1.0)
    limited = Limited(model, Limits(in_flight=in_flight, attempts=20, timeout=1e6))
    results, _ = virtual(many(limited, 50))
    assert results == ["ok"] * 50
    assert model.peak <= in_flight
    brake = limited.servers[0].gate.brake
    assert brake._places._value - brake._owed == brake.window
    assert (limited.in_flight, limited.waiting) == (0, 0)
