"""A clock that jumps to the next timer, and a scripted model: limits are measured without waiting."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from evalkit.errors import ProviderError
from evalkit.types import Ask, Message, Reply, Request, Usage

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
