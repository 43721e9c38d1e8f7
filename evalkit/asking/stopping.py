"""The wish to stop, which ends every wait: nothing new is sent, what is under way is finished and stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from evalkit.errors import EvalkitError


class StoppedError(EvalkitError):
    """The run was asked to stop; what was gathered is stored."""


@dataclass
class Stop:
    """A wish to stop (Ctrl-C, or a fault that would befall every request): nothing new is begun."""

    reason: str | None = None
    budget: bool = False
    """Whether the budget was the reason."""
    _waits: set[asyncio.Timeout] = field(default_factory=set, repr=False)

    def now(self, reason: str, *, budget: bool = False) -> None:
        """From the event loop's thread."""
        if self.reason is None:
            self.reason, self.budget = reason, budget
        for wait in self._waits:
            wait.reschedule(asyncio.get_running_loop().time())
        self._waits.clear()

    def watch(self, wait: asyncio.Timeout) -> None:
        self._waits.add(wait)

    def forget(self, wait: asyncio.Timeout) -> None:
        self._waits.discard(wait)


def check(*stops: Stop) -> None:
    """Raises StoppedError once one of these stops is wished."""
    for stop in stops:
        if stop.reason is not None:
            raise StoppedError(stop.reason)


@asynccontextmanager
async def unless(*stops: Stop) -> AsyncIterator[None]:
    """A wait that ends with StoppedError as soon as one of these stops is wished, and is not begun after that."""
    check(*stops)
    try:
        async with asyncio.timeout(None) as wait:
            for stop in stops:
                stop.watch(wait)
            try:
                yield
            finally:
                for stop in stops:
                    stop.forget(wait)
    except TimeoutError:
        check(*stops)
        raise
