"""Retries and rates; the shared brake: test_brake.py. The clock is virtual where time matters, the sockets are real elsewhere."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.asking import limits as module
from evalkit.asking.limits import Backoff, Limited
from evalkit.providers import openai
from evalkit.types import Limits, ModelSpec, Reply, Request
from tests.server import ModelServer
from tests.virtual import Model, Step, T, broken, many, outcome, request, virtual

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
