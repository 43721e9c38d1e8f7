"""Several servers of one model: who is asked, what a dead one costs. The clock is virtual; over real sockets: test_pool_servers."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.asking.limits import Backoff, Limited
from evalkit.asking.stopping import Stop
from evalkit.errors import ProviderError
from evalkit.types import Ask, Limits, Message, Reply, Request, Usage, digest
from tests.virtual import virtual


def about(problem: str, i: int) -> Request:
    return Request("openai:m", "", (Message("user", f"{problem} {i}"),), {}, 0, problem)


class Machine:
    """A scripted server: takes `latency` seconds; `down` are spans of time in which it answers nobody."""

    def __init__(
        self, latency: float = 1.0, down: tuple[tuple[float, float], ...] = (), fault: Any = "transient"
    ) -> None:
        self.latency, self.down, self.fault = latency, down, fault
        self.in_flight = self.peak = self.refused = 0
        self.answered: Counter[str] = Counter()
        self.problems: Counter[str] = Counter()

    def _is_down(self) -> bool:
        now = asyncio.get_running_loop().time()
        return any(start <= now < end for start, end in self.down)

    async def __call__(self, request: Request) -> Reply:
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            if not self._is_down():
                await asyncio.sleep(self.latency)
            if self._is_down():
                self.refused += 1
                raise ProviderError("no whole answer", self.fault)
        finally:
            self.in_flight -= 1
        self.answered[request.messages[0].content] += 1
        self.problems[request.about] += 1
        return Reply("ok", usage=Usage(10, 20))


FOR_EVER = ((0.0, 1e9),)


async def ask_all(ask: Ask, requests: list[Request], workers: int) -> list[str]:
    left, results = iter(requests), list[str]()

    async def work() -> None:
        for request in left:
            try:
                results.append((await ask(request)).text)
            except ProviderError as error:
                results.append(f"{error.fault}: {error}")

    await asyncio.gather(*(work() for _ in range(workers)))
    return results


def pooled(machines: list[Machine], in_flight: int = 4, **more: Any) -> Limited:
    tell = more.pop("tell", lambda _: None)
    asks: dict[str, Ask] = {f"gpu{i}": machine for i, machine in enumerate(machines)}
    return Limited(asks, Limits(in_flight=in_flight, **more), how=Backoff(tell=tell))


def many(problems: int, each: int) -> list[Request]:
    return [about(f"p{i}", j) for i in range(problems) for j in range(each)]


@pytest.mark.parametrize(("servers", "seconds"), [(1, 25.0), (2, 13.0), (4, 7.0)])
def test_so_many_servers_are_so_many_times_as_fast(servers: int, seconds: float) -> None:
    machines = [Machine() for _ in range(servers)]
    limited = pooled(machines)
    results, took = virtual(ask_all(limited, many(25, 4), 2 * limited.limit))
    assert (results, took) == (["ok"] * 100, seconds)
    assert limited.limit == limited.window == 4 * servers


def test_the_least_busy_is_asked_and_a_slow_one_keeps_nobody_waiting() -> None:
    fast, slow = Machine(1.0), Machine(10.0)
    limited = pooled([fast, slow])
    results, took = virtual(ask_all(limited, many(44, 4), 16))
    assert results == ["ok"] * 176
    assert took <= 50  # 4 places at the one and 4 a tenth as fast at the other: 40 s, and the last slow replies
    assert slow.answered.total() <= 20


def test_requests_of_a_problem_prefer_one_server_and_load_wins() -> None:
    calm = [Machine(), Machine()]
    limited = pooled(calm, in_flight=64)
    virtual(ask_all(limited, many(20, 6), 12))
    assert all(len([m for m in calm if problem in m.problems]) == 1 for problem in {f"p{i}" for i in range(20)})
    assert 40 <= calm[0].answered.total() <= 80
    busy = [Machine(), Machine()]
    limited = pooled(busy)
    virtual(ask_all(limited, many(20, 6), 16))
    at_home = sum(max(m.problems[f"p{i}"] for m in busy) for i in range(20))
    assert at_home >= 100, "of 120, where all places are taken all the time"
    alone = [Machine(), Machine()]
    limited = pooled(alone)
    _, took = virtual(ask_all(limited, many(1, 64), 16))
    assert took <= 9, "one problem uses both"


@pytest.mark.parametrize("fault", ["transient", "fatal"])
def test_a_dead_server_costs_no_request(fault: str) -> None:
    told: list[str] = []
    machines = [Machine(down=((5.0, 1e9),), fault=fault), Machine()]
    limited = pooled(machines, attempts=1, tell=told.append)
    results, took = virtual(ask_all(limited, many(50, 4), 16))
    assert results == ["ok"] * 200
    assert took <= 52  # 40 by then, the rest by one of them, and what was under way
    assert set((machines[0].answered + machines[1].answered).values()) == {1}
    assert machines[0].refused <= 8 + 4 + 6, "until it rests, then one request after 1, 2, 4, 8, 16, 32 s"
    assert len(told) == 1
    assert told[0].startswith("gpu0 is down, its requests go to the others")
    assert limited.servers[0].told().endswith("down at the end")
    assert [s.as_json()["up"] for s in limited.servers] == [False, True]


def test_a_server_that_is_back_is_asked_again() -> None:
    told: list[str] = []
    machines = [Machine(down=((5.0, 9.0), (30.0, 34.0))), Machine()]
    limited = pooled(machines, tell=told.append)
    results, took = virtual(ask_all(limited, many(100, 4), 16))
    assert results == ["ok"] * 400
    assert took < 62
    assert machines[0].answered.total() > 130
    assert [line.partition(",")[0] for line in told] == ["gpu0 is down", "gpu0 answers again"], "each once"
    assert limited.servers[0].told().startswith(f"gpu0: {machines[0].answered.total()} answered")


def test_a_server_that_never_was_there_is_no_more_than_said() -> None:
    machines = [Machine(), Machine(down=FOR_EVER, fault="fatal"), Machine()]
    results, _ = virtual(ask_all(pooled(machines), many(10, 4), 8))
    assert results == ["ok"] * 40


def test_where_all_are_dead_it_ends_as_with_a_single_one() -> None:
    one, _ = virtual(ask_all(pooled([Machine(down=((3.0, 1e9),))]), many(50, 4), 16))
    both, _ = virtual(ask_all(pooled([Machine(down=((3.0, 1e9),)), Machine(down=((3.0, 1e9),))]), many(50, 4), 16))
    for results in (one, both):
        assert results.count("ok") in (8, 12, 16, 24)
        assert any("the endpoint seems to be down" in text for text in results)
        assert any(text.startswith("fatal") for text in results)


def test_where_a_third_of_all_attempts_fails_nobody_is_called_down() -> None:
    class Shaky(Machine):
        async def __call__(self, request: Request) -> Reply:
            reply = await super().__call__(request)
            if digest([self.latency, self.answered.total()]) < "5":  # 5 of 16
                raise ProviderError("500")
            return reply

    told: list[str] = []
    limited = pooled([Shaky(0.3), Shaky(0.31)], in_flight=8, tell=told.append)
    results, _ = virtual(ask_all(limited, many(100, 4), 32))
    assert (results.count("ok"), told) == (400, [])


def test_a_fault_of_all_is_told_at_once() -> None:
    machines = [Machine(down=FOR_EVER, fault="fatal"), Machine(down=FOR_EVER, fault="fatal")]
    results, took = virtual(ask_all(pooled(machines), many(5, 4), 8))
    assert set(results) == {"fatal: no whole answer"}
    assert took < 1


def test_a_request_that_fails_everywhere_is_given_up_and_rests_no_server() -> None:
    """Three attempts, each at both servers."""

    class Picky(Machine):
        async def __call__(self, request: Request) -> Reply:
            if request.about == "p3":
                raise ProviderError("500")
            return await super().__call__(request)

    limited = pooled([Picky(0.1), Picky(0.1)], attempts=3)
    results, _ = virtual(ask_all(limited, [*many(3, 40), about("p3", 0), *many(3, 40)], 16))
    assert results.count("ok") == 240
    assert [text for text in results if text != "ok"] == ["transient: 500 (gave up after 6 tries)"]
    assert [server.rests for server in limited.servers] == [0, 0]


@pytest.mark.parametrize(("shared", "peak"), [(False, 8), (True, 4)])
def test_limits_hold_for_each_or_for_all(shared: bool, peak: int) -> None:
    machines = [Machine(), Machine()]
    limited = pooled(machines, shared=shared)
    virtual(ask_all(limited, many(20, 4), 32))
    assert limited.limit == limited.window == peak
    assert sum(m.peak for m in machines) <= peak + (peak // 2 if shared else 0)  # the peaks may be at different times


@pytest.mark.parametrize(("shared", "seconds"), [(False, 29), (True, 59)])
def test_rates_hold_for_each_or_for_all(shared: bool, seconds: float) -> None:
    machines = [Machine(0.1), Machine(0.1)]
    limited = pooled(machines, shared=shared, requests_per_minute=60)
    _, took = virtual(ask_all(limited, many(15, 4), 16))
    assert seconds - 2 <= took <= seconds + 4


def test_one_that_is_turned_away_is_driven_less_and_the_other_is_not() -> None:
    class Small(Machine):
        async def __call__(self, request: Request) -> Reply:
            if self.in_flight >= 2:
                raise ProviderError("too many", throttled=True, retry_after=0.5)
            return await super().__call__(request)

    machines: list[Machine] = [Small(), Machine()]
    limited = pooled(machines, in_flight=16)
    results, _ = virtual(ask_all(limited, many(100, 4), 64))
    assert results == ["ok"] * 400
    first, second = (server.gate.brake for server in limited.servers)
    assert first.window < 16 == second.window
    assert limited.servers[0].rests == 0, "it answers, so it is not down"


spans = st.lists(st.tuples(st.floats(0, 30), st.floats(0.1, 20)), max_size=3)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.05, 3), spans), min_size=1, max_size=3),
    st.integers(1, 5),
    st.booleans(),
    st.booleans(),
)
def test_as_long_as_one_answers_every_request_is_answered_once(
    others: list[tuple[float, list[tuple[float, float]]]], in_flight: int, shared: bool, fatal: bool
) -> None:
    machines = [Machine(0.5)]
    fault = "fatal" if fatal else "transient"
    machines += [Machine(latency, tuple((a, a + b) for a, b in down), fault) for latency, down in others]
    limited = pooled(machines, in_flight=in_flight, shared=shared)
    requests = many(12, 5)
    results, _ = virtual(ask_all(limited, requests, 2 * limited.limit))
    assert results == ["ok"] * len(requests)
    answered = sum((m.answered for m in machines), Counter[str]())
    assert answered == Counter(r.messages[0].content for r in requests)
    assert [s.taken for s in limited.servers] == [0] * len(machines)
    assert all(gate.taken == 0 and gate.is_free for gate in (s.gate for s in limited.servers))
    assert not shared or all(s.gate is limited.servers[0].gate for s in limited.servers)


def test_a_wish_to_stop_gives_every_place_back() -> None:
    stop = Stop()
    limited = Limited({"a": Machine(), "b": Machine()}, Limits(in_flight=2), stop=stop)

    async def stopped() -> None:
        tasks = [asyncio.create_task(limited(request)) for request in many(5, 4)]
        await asyncio.sleep(1.0)
        stop.now("enough")
        await asyncio.gather(*tasks, return_exceptions=True)

    virtual(stopped())
    assert [(s.taken, s.gate.taken) for s in limited.servers] == [(0, 0), (0, 0)]
