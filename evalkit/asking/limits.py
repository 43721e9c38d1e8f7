"""How hard one endpoint is driven: the one retry layer, rate limits, and a brake that all requests share.

`Limited(provider.ask, spec.limits)` is asked like the provider itself; `Limited({address: provider.ask, ...}, limits)`
spreads over several servers of one model (pool.py). Not covered: the budget (budget.py), and limits shared between two
processes.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from evalkit.asking.brake import LONGEST_PAUSE
from evalkit.asking.budget import Pocket
from evalkit.asking.pool import ElsewhereError, Pool, Server
from evalkit.asking.stopping import Stop, StoppedError, check, unless
from evalkit.errors import ProviderError
from evalkit.types import Ask, Limits, Reply, Request

if TYPE_CHECKING:
    from tenacity import AsyncRetrying, RetryCallState

LONGEST_BACKOFF = 60.0
LONGEST_WHILE_ALIVE = 2.0
LULL = 2.0
"""Seconds. Where others were answered so lately the endpoint is alive, and a request only has bad luck."""
LONGEST_RETRY_AFTER = 120.0
"""Seconds. A server that asks for more is asked again after this long."""
DEAD_AFTER = 20
"""So many requests given up in a row, none answered in between: the endpoint is down and the run stops."""
MOST_LESSONS = 4
"""Attempts of one request that may teach the provider something."""


@dataclass(frozen=True)
class Backoff:
    """How retries are spread."""

    first: float = 0.5
    """Seconds before the second attempt, at most; doubled for each further one."""
    patience: float | None = None
    """No attempt begins later than so many seconds after the first one failed; default: what one whole request may
    take, and at least a minute."""
    seed: int = 0
    """Of the jitter."""
    tell: Callable[[str], None] = lambda _: None
    """Is told, of several servers, which one is down."""


Log = Callable[[dict[str, Any]], None]


@dataclass
class _Tried:
    """What was done for one request so far."""

    attempts: int = 0
    avoid: set[str] = field(default_factory=set)
    """Servers that failed at it, begun anew when all have."""


def told(request: Request, attempt: int, at: float, reply: Reply | None, fault: ProviderError | None) -> dict[str, Any]:
    """One attempt for the log, and what it is about as far as the request knows: one of a probe has no problem. Error
    texts hold no key: the provider has taken it out."""
    about = {"problem": request.about, "template": request.template}
    line: dict[str, Any] = {
        "at": round(at, 3),
        "seconds": round(time.time() - at, 3),
        "model": request.label,
        **{name: value for name, value in about.items() if value},
        "sample": request.sample,
        "turn": request.turn,
        "attempt": attempt,
        "request": request.key,
    }
    if reply is not None:
        used = reply.usage
        counts = {"input_tokens": used.input_tokens, "output_tokens": used.output_tokens} if used else {}
        return line | {"finish": reply.finish, **counts}
    if fault is None:
        return line | {"fault": "cancelled"}
    waits = {} if fault.retry_after is None else {"retry_after": fault.retry_after}
    return line | {"fault": fault.fault, "error": str(fault), **waits}


class Limited:
    """Asks within `limits`. Attributes for a progress display:

    retries: attempts after the first one, of all requests.      in_flight: attempts under way.
    waiting: requests that wait for their next attempt.
    limit: attempts allowed at once at the most.             window: attempts allowed at once just now.
    """

    def __init__(
        self,
        ask: Ask | Mapping[str, Ask],
        limits: Limits,
        *,
        stop: Stop | None = None,
        pocket: Pocket | None = None,
        log: Log | None = None,
        how: Backoff = Backoff(),
    ) -> None:
        """ask: of one server, or of each by its name. stop: once it is wished no attempt begins and no wait goes on:
        StoppedError. pocket: the budget, which counts every attempt. log: is told of every attempt.
        """
        self._log = log
        self._limits, self._backoff = limits, how.first
        self._pool = Pool(ask if isinstance(ask, Mapping) else {"": ask}, limits, how.first, how.tell)
        self._pocket = pocket
        self._random = random.Random(how.seed)  # noqa: S311 (jitter, not a secret)
        self._patience = max(LONGEST_BACKOFF, limits.timeout or 0) if how.patience is None else how.patience
        self._answered_at = float("-inf")
        self._given_up = 0
        self._stop = stop or Stop()
        self._dead = Stop()
        self._fault: ProviderError | None = None
        self.limit = sum(gate.brake.limit for gate in self._pool.gates)
        self.retries = self.in_flight = self.waiting = 0

    @property
    def window(self) -> int:
        return sum(gate.brake.window for gate in self._pool.gates)

    @property
    def servers(self) -> list[Server]:
        """How each one does."""
        return self._pool.servers

    async def __call__(self, request: Request) -> Reply:
        """Ask, again after transient faults. Raises the last ProviderError; once a fatal one, then at once for all.

        What is under way then is answered all the same: it is paid for.
        """
        tried = _Tried()
        try:
            try:
                reply = await self._attempts(request, tried)
            except ProviderError as error:
                if error.fault != "transient":
                    raise
                reply = await self._try_again(request, tried, error)
        except ProviderError as error:
            if error.fault == "fatal":
                self._die(error)
            elif error.fault == "data":
                self._given_up = 0
            raise
        except StoppedError:
            if self._fault is not None and self._stop.reason is None:
                raise ProviderError(str(self._fault), "fatal") from None
            raise
        self._given_up = 0
        return reply

    def _die(self, error: ProviderError) -> None:
        """Nothing more is asked, and whoever waits for an attempt need not wait for it."""
        self._fault = self._fault or error
        self._dead.now(str(error))

    @cached_property
    def _retrying(self) -> AsyncRetrying:
        """Loaded when something fails: most runs need none of it, and it loads Tornado where that is installed."""
        from tenacity import AsyncRetrying, retry_if_exception

        return AsyncRetrying(
            sleep=self._sleep,
            wait=self._pause,
            retry=retry_if_exception(lambda error: isinstance(error, ProviderError) and error.fault == "transient"),
            retry_error_callback=self._give_up,
        )

    async def _try_again(self, request: Request, tried: _Tried, first: ProviderError) -> Reply:
        """Leave the rest to tenacity. Its bookkeeping costs four times as much as all else here, so it comes in late
        and is told of the first attempt as if it had made it.
        """
        told = [first]

        async def attempt() -> Reply:
            if told:
                raise told.pop()
            return await self._attempts(request, tried)

        reply: Reply = await self._retrying.copy(stop=self._bound())(attempt)
        return reply

    def _bound(self) -> Callable[[RetryCallState], bool]:
        """When to give one request up: after so many faults or so long. Being turned away as one too many is no fault
        of the request, and takes as long as it takes while others are answered.
        """
        begun, faults = asyncio.get_running_loop().time(), 0

        def enough(state: RetryCallState) -> bool:
            nonlocal faults
            error = state.outcome.exception() if state.outcome else None
            throttled = isinstance(error, ProviderError) and error.throttled
            faults += not throttled and not isinstance(error, ElsewhereError)
            now = asyncio.get_running_loop().time()
            if throttled and now - self._answered_at < self._patience:
                return False
            return faults >= self._limits.attempts or now - begun + state.upcoming_sleep >= self._patience

        return enough

    async def _attempts(self, request: Request, tried: _Tried) -> Reply:
        """One attempt, or a few where the provider learns what the model does not take."""
        for _ in range(MOST_LESSONS):
            try:
                return await self._attempt(request, tried)
            except ProviderError as error:
                if error.fault != "again":
                    raise
                self.retries += 1
        return await self._attempt(request, tried)

    async def _attempt(self, request: Request, tried: _Tried) -> Reply:
        server, charged = await self._admit(request, tried.avoid)
        tried.attempts += 1
        brake, begun, rests = server.gate.brake, server.gate.brake.cuts, server.rests
        self.in_flight += 1
        reply: Reply | None = None
        fault: ProviderError | None = None
        loop, at = asyncio.get_running_loop(), time.time()
        start = loop.time()
        try:
            async with asyncio.timeout(self._limits.timeout):
                reply = await server.ask(request)
        except TimeoutError:
            fault = ProviderError(f"no complete reply within {self._limits.timeout:g} s")
        except ProviderError as error:
            fault = error
            if error.throttled:
                brake.pull(begun, min(error.retry_after or 0.0, LONGEST_RETRY_AFTER))
        finally:
            # Before its place is handed on: nobody is to be sent to a server that has just been found down.
            raised = None if fault is None else self._pool.failed(server, rests, fault, tried.avoid)
            self._end(server, request, reply)
            if self._log is not None:
                where = {"server": server.name} if len(self.servers) > 1 else {}
                self._log(told(request, tried.attempts, at, reply, fault) | where)
        if raised is not None:
            raise raised from None
        assert reply is not None  # noqa: S101 - else it was raised
        self._answered_at = loop.time()
        self._pool.answered(server, self._answered_at - start)
        server.gate.rates.settle(request, reply, charged)
        return reply

    def _end(self, server: Server, request: Request, reply: Reply | None) -> None:
        self.in_flight -= 1
        self._pool.leave(server)
        if self._pocket is not None:
            self._pocket.settle(request, reply)

    async def _admit(self, request: Request, avoid: set[str]) -> tuple[Server, float]:
        """Wait for a place and for leave to ask. Returns where, and the tokens charged."""
        async with unless(self._stop, self._dead):
            server = await self._pool.enter(request, avoid)
            try:
                charged = await server.gate.rates.admit(request)
                await server.gate.brake.released()
                check(self._stop, self._dead)  # a place may be had in the very moment of the wish
                if self._pocket is not None:
                    await self._pocket.admit()
            except BaseException:
                self._pool.leave(server)
                raise
        return server, charged

    def _pause(self, state: RetryCallState) -> float:
        """Seconds before the next attempt: exponential with jitter of a half, after what the server asked for."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, ElsewhereError):
            return 0.0
        asked = getattr(error, "retry_after", None)
        most = LONGEST_PAUSE if getattr(error, "throttled", False) else LONGEST_BACKOFF  # the brake spreads those
        most = min(most, LONGEST_WHILE_ALIVE) if self._alive() else most
        longest: float = min(most, self._backoff * 2 ** (state.attempt_number - 1))
        return min(asked or 0.0, LONGEST_RETRY_AFTER) + longest * self._random.uniform(0.5, 1.0)

    def _alive(self) -> bool:
        """Whether the endpoint answers, as far as one can tell: the last request of a run has no others beside it."""
        alone = not self.in_flight and not self.waiting
        return asyncio.get_running_loop().time() - self._answered_at < (self._patience if alone else LULL)

    async def _sleep(self, seconds: float) -> None:
        self.retries += 1
        self.waiting += 1
        try:
            async with unless(self._stop, self._dead):
                await asyncio.sleep(seconds)
        finally:
            self.waiting -= 1

    def _give_up(self, state: RetryCallState) -> Reply:
        """The last attempt failed too."""
        error = state.outcome.exception() if state.outcome else None
        tries = state.attempt_number
        self._given_up += 1
        message = f"{error} (gave up after {tries} {'try' if tries == 1 else 'tries'})"
        if self._given_up >= DEAD_AFTER:
            raise ProviderError(
                f"{message}. {DEAD_AFTER} requests in a row failed like this: the endpoint seems to be down. "
                "Run again when it is back: what was answered is kept",
                "fatal",
            )
        raise ProviderError(message, "transient", getattr(error, "retry_after", None))
