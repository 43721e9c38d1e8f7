"""Retries, rates and the shared brake. The clock is virtual where time matters, the sockets are real elsewhere."""

from __future__ import annotations

import asyncio
import random
import selectors
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from itertools import pairwise
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.asking import limits as module
from evalkit.asking.limits import Backoff, Limited
from evalkit.errors import ProviderError
from evalkit.providers import openai
from evalkit.types import Ask, Limits, Message, ModelSpec, Reply, Request, Usage
from tests.server import ModelServer

T = TypeVar("T")
Step = ProviderError | Reply | float
"""What a scripted model does next: fail, answer, or take so many seconds and answer."""


class _Impatient(selectors.DefaultSelector):
    """Never waits: it tells the loop how long it would have waited."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        events = super().select(0)
        if not events and timeout is not None:
            self._loop.now += timeout + 1e-9  # each turn of the loop takes its time, as on a real clock
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer. Starts at 0."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(_Impatient(self))

    def time(self) -> float:
        return self.now


def virtual(coroutine: Coroutine[Any, Any, T]) -> tuple[T, float]:
    """(result, virtual seconds taken)."""
    loop = VirtualLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(coroutine), round(loop.now, 3)


class Model:
    """A scripted model; after the script it answers. Remembers when it was asked."""

    def __init__(self, *script: Step, latency: float = 0.0) -> None:
        self.script, self.latency, self.times = list(script), latency, list[float]()
        self.in_flight = self.peak = 0

    async def __call__(self, request: Request) -> Reply:
        self.times.append(round(asyncio.get_running_loop().time(), 3))
        step = self.script.pop(0) if self.script else self.latency
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            if isinstance(step, float):
                await asyncio.sleep(step)
            elif self.latency:
                await asyncio.sleep(self.latency)
        finally:
            self.in_flight -= 1
        if isinstance(step, ProviderError):
            raise step
        return step if isinstance(step, Reply) else Reply("ok", usage=Usage(10, 20))


def request(content: str = "hello", **parameters: Any) -> Request:
    return Request("openai:m", "", (Message("user", content),), parameters, 0)


def broken(fault: Any = "transient", retry_after: float | None = None) -> ProviderError:
    return ProviderError("broken", fault, retry_after)


async def outcome(ask: Ask, asked: Request | None = None) -> str:
    try:
        return (await ask(asked or request())).text
    except ProviderError as error:
        return f"{error.fault}: {error}"


async def many(ask: Ask, count: int, workers: int = 64) -> list[str]:
    """So many requests by so many workers, as the runner does it."""
    left, results = iter(range(count)), list[str]()

    async def work() -> None:
        for i in left:
            results.append(await outcome(ask, request(f"question {i}")))

    await asyncio.gather(*(work() for _ in range(workers)))
    return results


# ---------------------------------------------------------------- retries


def test_a_transient_fault_is_tried_again() -> None:
    model = Model(broken(), broken())
    limited = Limited(model, Limits())
    text, seconds = virtual(outcome(limited))
    assert (text, limited.retries, limited.waiting, len(model.times)) == ("ok", 2, 0, 3)
    assert 0.75 <= seconds <= 1.5  # half to whole of 0.5 s, then of 1 s


@pytest.mark.parametrize("fault", ["data", "fatal"])
def test_other_faults_are_not(fault: str) -> None:
    model = Model(broken(fault))
    text, _ = virtual(outcome(Limited(model, Limits())))
    assert (text, len(model.times)) == (f"{fault}: broken", 1)


def test_other_exceptions_pass_through() -> None:
    async def ask(_: Request) -> Reply:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        virtual(Limited(ask, Limits())(request()))


@pytest.mark.parametrize(("attempts", "said"), [(1, "1 try"), (3, "3 tries")], ids=["one", "three"])
def test_attempts_are_bounded(attempts: int, said: str) -> None:
    model = Model(*[broken() for _ in range(10)])
    text, _ = virtual(outcome(Limited(model, Limits(attempts=attempts))))
    assert (text, len(model.times)) == (f"transient: broken (gave up after {said})", attempts)


def test_time_is_bounded() -> None:
    model = Model(*[broken(retry_after=100.0) for _ in range(10)])
    text, seconds = virtual(outcome(Limited(model, Limits(), how=Backoff(patience=50))))
    assert (text, seconds) == ("transient: broken (gave up after 1 try)", 0.0)


def test_the_jitter_follows_the_seed() -> None:
    def seconds(seed: int) -> float:
        return virtual(outcome(Limited(Model(broken(), broken()), Limits(), how=Backoff(seed=seed))))[1]

    assert seconds(1) == seconds(1) != seconds(2)


@settings(max_examples=50)
@given(st.integers(1, 20), st.floats(0.01, 10), st.integers())
def test_backoff_grows_and_is_capped(attempts: int, backoff: float, seed: int) -> None:
    model = Model(*[broken() for _ in range(attempts)])
    limited = Limited(model, Limits(attempts=attempts, timeout=1e6), how=Backoff(backoff, seed=seed))
    virtual(outcome(limited))
    waits = [later - earlier for earlier, later in zip(model.times, model.times[1:], strict=False)]
    for i, wait in enumerate(waits):
        longest = min(module.LONGEST_BACKOFF, backoff * 2**i)
        assert longest / 2 <= wait + 0.002  # times are rounded to ms
        assert wait <= longest + 0.002


@pytest.mark.parametrize(("asked", "kept"), [(7.0, 7.0), (1e9, module.LONGEST_RETRY_AFTER), (0.0, 0.0)])
def test_retry_after_is_honoured_up_to_a_cap(asked: float, kept: float) -> None:
    text, seconds = virtual(outcome(Limited(Model(broken(retry_after=asked)), Limits())))
    assert text == "ok"
    assert kept + 0.25 <= seconds <= kept + 0.5


@pytest.mark.parametrize("seed", range(5))
def test_a_third_of_faults_takes_at_most_three_times_as_long(seed: int) -> None:
    """The last unlucky request decides: it must not wait ever longer for an endpoint that answers all others."""
    chance = random.Random(seed)
    faults: list[Step] = [broken() if chance.random() < 0.3 else 0.2 for _ in range(20_000)]
    limits = Limits(attempts=12)
    (answers, calm), (luckless, faulty) = (
        virtual(many(Limited(model, limits), 3000)) for model in (Model(latency=0.2), Model(*faults))
    )
    assert answers == luckless == ["ok"] * 3000
    assert faulty < 3 * calm


def test_an_endpoint_that_answers_nobody_is_left_alone_ever_longer() -> None:
    model = Model(*[broken()] * 7)
    assert virtual(outcome(Limited(model, Limits(attempts=8, timeout=None))))[0] == "ok"
    pauses = [after - before for before, after in pairwise(model.times)]
    assert pauses[-1] > module.LONGEST_WHILE_ALIVE * 2


def test_a_request_that_takes_too_long_is_tried_again() -> None:
    model = Model(1000.0, 3.0)
    text, seconds = virtual(outcome(Limited(model, Limits(timeout=10))))
    assert text == "ok"
    assert 13.25 <= seconds <= 13.5
    text, _ = virtual(outcome(Limited(Model(1000.0), Limits(timeout=10, attempts=1))))
    assert text == "transient: no complete reply within 10 s (gave up after 1 try)"


def test_a_cancelled_request_is_not_tried_again() -> None:
    async def cancel() -> tuple[Limited, Model]:
        model = Model(latency=100.0)
        limited = Limited(model, Limits(in_flight=1))
        task = asyncio.ensure_future(limited(request()))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await outcome(limited) == "ok"  # the place was given back
        return limited, model

    (limited, model), _ = virtual(cancel())
    assert (len(model.times), limited.retries, limited.in_flight, limited.waiting) == (2, 0, 0, 0)


# ---------------------------------------------------------------- the end of a run


def test_after_a_fatal_fault_nothing_more_is_sent() -> None:
    model = Model(broken("fatal"), latency=1.0)
    results, _ = virtual(many(Limited(model, Limits(in_flight=4)), 100))
    assert results.count("fatal: broken") == 97
    assert len(model.times) == 4


def test_a_dead_endpoint_stops_the_run() -> None:
    model = Model(*[broken() for _ in range(10_000)])
    results, _ = virtual(many(Limited(model, Limits(attempts=2)), 1000))
    given_up = [r for r in results if r == "transient: broken (gave up after 2 tries)"]
    assert len(given_up) == module.DEAD_AFTER - 1
    assert all("the endpoint seems to be down" in r for r in results if r.startswith("fatal"))
    assert len(model.times) <= 2 * 64


def test_one_answer_in_between_shows_that_it_lives() -> None:
    async def ask(asked: Request) -> Reply:
        if asked.messages[0].content.endswith("0"):
            return Reply("ok")
        raise broken()

    results, _ = virtual(many(Limited(ask, Limits(attempts=1)), 200, workers=1))
    assert results.count("ok") == 20
    assert not any(r.startswith("fatal") for r in results)


# ---------------------------------------------------------------- in flight, and the brake


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


@pytest.mark.parametrize(("count", "window"), [(8, 5), (12, 6), (20, 7), (80, 7), (500, 8)])
def test_the_window_opens_slowly_and_never_beyond_the_limit(count: int, window: int) -> None:
    model = Model(*[broken(retry_after=0.0)] * 3, latency=1.0)
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
    # at once, per minute, names the time, latency, ideal seconds for 1,000 requests
    (1, None, False, 0.2, 200),
    (4, None, False, 10.0, 2500),
    (16, None, False, 1.0, 63),
    (100, None, False, 0.2, 2),
    (None, 60, True, 1.0, 960),
    (None, 60, False, 1.0, 960),
    (None, 500, True, 5.0, 60),
    (None, 500, False, 1.0, 60),
]


@pytest.mark.parametrize(("at_once", "per_minute", "named", "latency", "ideal"), CROWDED, ids=str)
def test_a_crowded_server_is_used_well_and_no_request_is_given_up(
    at_once: int | None, per_minute: int | None, named: bool, latency: float, ideal: float
) -> None:
    model = Crowded(at_once, per_minute, named, latency)
    results, seconds = virtual(many(Limited(model, Limits(in_flight=256)), 1000, 256))
    assert results == ["ok"] * 1000
    assert seconds <= 2 * ideal
    assert model.turned_away <= 600


@pytest.mark.parametrize(("turned_away", "next_start"), [(1, 1.0), (2, 31.0), (4, 31.0)])
def test_one_that_is_told_to_wait_waits_alone_and_with_many_all_do(turned_away: int, next_start: float) -> None:
    model = Model(*[broken(retry_after=30.0)] * turned_away, latency=1.0)
    virtual(many(Limited(model, Limits(in_flight=4)), 40))
    assert sorted(model.times)[3:5] == [0.0, next_start]


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


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([16, 64, 256]), st.floats(0, 0.06), st.sampled_from([None, 2.0]))
def test_who_is_turned_away_by_chance_slows_nobody_else(
    seed: int, in_flight: int, share: float, named: float | None
) -> None:
    model = Bucket(1e9, 1e9, 0.5, named=named, chance=share)
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
    assert virtual(many(limited, 4 * in_flight, in_flight))[0] == ["ok"] * 4 * in_flight
    assert limited.servers[0].gate.brake.cuts
    assert model.turned_away <= 4 * in_flight + 20


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


# ---------------------------------------------------------------- per minute


@pytest.mark.parametrize("per_minute", [0.5, 30.0, 600.0, 60_000.0])
def test_requests_per_minute(per_minute: float) -> None:
    model = Model()
    count = 130
    virtual(many(Limited(model, Limits(requests_per_minute=per_minute)), count))
    times = sorted(model.times)
    share = per_minute / 60
    for i, start in enumerate(times):
        within = sum(1 for t in times[i:] if t < start + 60 - 0.002)
        assert within <= per_minute + max(1, share) + 1e-6
    assert times[-1] >= (count - max(1, share)) / share - 1.5


def test_tokens_per_minute_follow_what_was_used() -> None:
    model = Model()  # 30 tokens each
    limited = Limited(model, Limits(tokens_per_minute=1800))
    _, seconds = virtual(many(limited, 400, workers=8))
    assert 390 <= seconds <= 480  # 400 x 30 tokens at 30 a second; the first 8 guesses were too large


def test_a_request_larger_than_the_bucket_is_let_through() -> None:
    model = Model()
    text, seconds = virtual(outcome(Limited(model, Limits(tokens_per_minute=60)), request(max_tokens=500)))
    assert text == "ok"
    assert 499 <= seconds <= 502


def test_rates_are_kept_in_order_of_arrival() -> None:
    order: list[int] = []

    async def ask(asked: Request) -> Reply:
        order.append(len(asked.messages[0].content))
        return Reply("ok")

    async def together() -> None:
        limited = Limited(ask, Limits(tokens_per_minute=600))
        await asyncio.gather(*(limited(request("x" * n)) for n in (400, 4, 300, 8)))

    virtual(together())
    assert order == [400, 4, 300, 8]


# ---------------------------------------------------------------- with real sockets


async def through(
    server: ModelServer, limits: Limits, use: Callable[[Limited], Awaitable[T]], backoff: float = 0.01
) -> T:
    provider = await openai.connect(ModelSpec(id="openai:m", base_url=server.url, limits=limits))
    try:
        return await use(Limited(provider.ask, limits, how=Backoff(backoff)))
    finally:
        await provider.close()


TRANSIENT = ["429", "429@0.01", "500", "503", "html", "reset", "reset_inside", "short", "truncated", "empty_choices"]


async def test_all_requests_are_answered_in_spite_of_faults_and_none_is_paid_twice() -> None:
    async with ModelServer(
        fault_of=lambda body, times: TRANSIENT[len(str(body)) % 10] if times < 3 else None
    ) as server:
        results = await through(server, Limits(in_flight=16, timeout=30), lambda ask: many(ask, 100, 16))
        assert all(not r.startswith("transient") for r in results)
        assert len(results) == 100
        assert set(server.asked.values()) == {3}
        assert set(server.paid.values()) == {1}


@pytest.mark.parametrize("fault", ["hang", "hang_inside", "trickle"])
async def test_a_hanging_request_ends_with_the_time_out(fault: str) -> None:
    async with ModelServer(faults=[fault]) as server:
        limits = Limits(timeout=0.3, in_flight=1)
        assert await through(server, limits, lambda ask: many(ask, 3, 3)) != []
        assert server.stats["requests"] == 4
        assert server.stats["answered"] == 3


async def test_256_workers_at_a_server_for_16() -> None:
    async with ModelServer(capacity=16) as server:
        results = await through(server, Limits(in_flight=256), lambda ask: many(ask, 600, 256))
        assert all(not r.startswith(("transient", "fatal")) for r in results)
        assert set(server.paid.values()) == {1}
        assert server.stats["answered"] == 600


async def test_a_wrong_key_is_told_once() -> None:
    async with ModelServer(key="right", latency=0.01) as server:
        results = await through(server, Limits(in_flight=8), lambda ask: many(ask, 200, 8))
        assert set(results) == {results[0]}
        assert results[0].startswith("fatal")
        assert server.stats["requests"] == 8
