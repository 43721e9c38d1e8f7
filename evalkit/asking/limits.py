"""How hard one endpoint is driven: the one retry layer, rate limits, and a brake that all requests share.

`Limited(provider.ask, spec.limits)` is asked like the provider itself. Not covered: the budget (runner.py), and limits
shared between two processes.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

from aiolimiter import AsyncLimiter
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, stop_before_delay

from evalkit.asking.budget import Pocket
from evalkit.asking.stopping import Stop, StoppedError, check, unless
from evalkit.errors import ProviderError
from evalkit.types import Ask, Limits, Reply, Request

LONGEST_BACKOFF = 60.0
LONGEST_RETRY_AFTER = 120.0
"""Seconds. A server that asks for more is asked again after this long."""
LONGEST_PAUSE = 10.0
"""Seconds between two attempts at a server that turns all away and does not say for how long."""
DEAD_AFTER = 20
"""So many requests given up in a row, none answered in between: the endpoint is down and the run stops."""
MOST_LESSONS = 4
"""Attempts of one request that may teach the provider something."""
CHARACTERS_PER_TOKEN = 4
FIRST_GUESS = 1000
"""Output tokens of a reply before any was seen and where the parameters name no maximum."""


@dataclass(frozen=True)
class Backoff:
    """How retries are spread."""

    first: float = 0.5
    """Seconds before the second attempt, at most; doubled for each further one."""
    patience: float | None = None
    """No attempt begins later than so many seconds after the first one failed; default: what one whole request may
    take, and at least a minute."""


class Limited:
    """Asks within `limits`. Attributes for a progress display:

    retries: attempts after the first one, of all requests.      in_flight: attempts under way.
    slowed: attempts that the server turned away as too many.    waiting: requests that wait for their next attempt.
    window: attempts allowed at once just now.
    """

    def __init__(
        self,
        ask: Ask,
        limits: Limits,
        *,
        stop: Stop | None = None,
        pocket: Pocket | None = None,
        seed: int = 0,
        how: Backoff = Backoff(),
    ) -> None:
        """stop: once it is wished no attempt begins and no wait goes on: StoppedError. pocket: the budget, which counts
        every attempt. seed: of the jitter.
        """
        self._ask, self._limits, self._backoff = ask, limits, how.first
        self._pocket = pocket
        self._random = random.Random(seed)  # noqa: S311 (jitter, not a secret)
        patience = max(LONGEST_BACKOFF, limits.timeout or 0) if how.patience is None else how.patience
        self._retrying = AsyncRetrying(
            sleep=self._sleep,
            stop=stop_after_attempt(limits.attempts) | stop_before_delay(patience),
            wait=self._pause,
            retry=retry_if_exception(lambda error: isinstance(error, ProviderError) and error.fault == "transient"),
            retry_error_callback=self._give_up,
        )
        self._rates = _Rates(limits)
        self._brake = _Brake(limits.in_flight, how.first)
        self._given_up = 0
        self._stop = stop or Stop()
        self._dead = Stop()
        self._fault: ProviderError | None = None
        self.retries = self.in_flight = self.waiting = 0

    @property
    def window(self) -> int:
        return self._brake.window

    async def __call__(self, request: Request) -> Reply:
        """Ask, again after transient faults. Raises the last ProviderError; once a fatal one, then at once for all.

        What is under way then is answered all the same: it is paid for.
        """
        try:
            try:
                reply = await self._attempts(request)
            except ProviderError as error:
                if error.fault != "transient":
                    raise
                reply = await self._try_again(request, error)
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

    async def _try_again(self, request: Request, first: ProviderError) -> Reply:
        """Leave the rest to tenacity. Its bookkeeping costs four times as much as all else here, so it comes in late
        and is told of the first attempt as if it had made it.
        """
        told = [first]

        async def attempt() -> Reply:
            if told:
                raise told.pop()
            return await self._attempts(request)

        reply: Reply = await self._retrying.copy()(attempt)
        return reply

    async def _attempts(self, request: Request) -> Reply:
        """One attempt, or a few where the provider learns what the model does not take."""
        for _ in range(MOST_LESSONS):
            try:
                return await self._attempt(request)
            except ProviderError as error:
                if error.fault != "again":
                    raise
                self.retries += 1
        return await self._attempt(request)

    async def _attempt(self, request: Request) -> Reply:
        charged = await self._admit(request)
        begun = self._brake.cuts
        self.in_flight += 1
        reply: Reply | None = None
        try:
            async with asyncio.timeout(self._limits.timeout):
                reply = await self._ask(request)
        except TimeoutError:
            raise ProviderError(f"no complete reply within {self._limits.timeout:g} s") from None
        except ProviderError as error:
            if error.throttled:
                self._brake.pull(begun, min(error.retry_after or 0.0, LONGEST_RETRY_AFTER))
            raise
        finally:
            self.in_flight -= 1
            self._brake.leave()
            if self._pocket is not None:
                self._pocket.settle(request, reply)
        self._brake.ease()
        self._rates.settle(request, reply, charged)
        return reply

    async def _admit(self, request: Request) -> float:
        """Wait for a place and for leave to ask. Returns the tokens charged."""
        async with unless(self._stop, self._dead):
            await self._brake.enter()
            try:
                charged = await self._rates.admit(request)
                await self._brake.released()
                check(self._stop, self._dead)  # a place may be had in the very moment of the wish
                if self._pocket is not None:
                    await self._pocket.admit()
            except BaseException:
                self._brake.leave()
                raise
        return charged

    def _pause(self, state: RetryCallState) -> float:
        """Seconds before the next attempt: exponential with jitter of a half, after what the server asked for."""
        error = state.outcome.exception() if state.outcome else None
        asked = getattr(error, "retry_after", None)
        longest: float = min(LONGEST_BACKOFF, self._backoff * 2 ** (state.attempt_number - 1))
        return min(asked or 0.0, LONGEST_RETRY_AFTER) + longest * self._random.uniform(0.5, 1.0)

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


class _Brake:
    """A limit of attempts in flight that all requests learn together (additive increase, multiplicative decrease).

    Chiu and Jain 1989. When the server turns attempts away the window is halved, or cut to those that it took if these
    are fewer; once for all attempts that had begun before the cut, since they tell of the same moment. It gets one more
    place after a whole window of answers, later where that place was the one too many, up to the limit given.
    When even a single attempt is turned away, all pause, longer each time, and one asks whether it is over: so a limit
    that counts by the minute does not use up the attempts of every request.
    """

    def __init__(self, limit: int, pause: float) -> None:
        self.limit = self.window = limit
        self.cuts = 0
        self._before = limit + 1
        """The window before the last cut."""
        self._turned_away = 0
        """Attempts turned away since, that had begun before it."""
        self._places = asyncio.Semaphore(limit)
        self._owed = 0
        """Places to be withdrawn when they become free."""
        self._answers = 0
        self._until = 0.0
        self._first_pause = self._pause = pause

    async def enter(self) -> None:
        await self._places.acquire()

    def leave(self) -> None:
        if self._owed:
            self._owed -= 1
        else:
            self._places.release()

    async def released(self) -> None:
        """Wait until no Retry-After is running."""
        loop = asyncio.get_running_loop()
        while (left := self._until - loop.time()) > 0:  # noqa: ASYNC110 (it may be pulled again meanwhile)
            await asyncio.sleep(left)

    def pull(self, begun: int, seconds: float) -> None:
        """An attempt that began after `begun` cuts was turned away; nobody is to ask for so many seconds."""
        if self.window == 1 and begun == self.cuts:
            seconds = seconds or self._pause
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
        self._until = max(self._until, asyncio.get_running_loop().time() + seconds)
        if begun == self.cuts:
            self.cuts += 1
            self._before, self._turned_away, self._answers = self.window, 0, 0
        if begun == self.cuts - 1:
            self._turned_away += 1
            smaller = max(1, min(self._before // 2, self._before - self._turned_away))
            self._owed += max(0, self.window - smaller)
            self.window = min(self.window, smaller)

    def ease(self) -> None:
        """An attempt was answered."""
        self._pause = self._first_pause
        if self.window < self.limit:
            self._answers += 1
            if self._answers >= self.window * (10 if self.window + 1 == self._before else 1):
                self._answers = 0
                self.window += 1
                self.leave()


class _Rates:
    """Requests and tokens per minute, evenly: no burst beyond one second's share.

    The tokens of a reply are guessed before it is asked; what the guess was wrong by is charged to the next requests.
    """

    def __init__(self, limits: Limits) -> None:
        self._requests = _Rate(limits.requests_per_minute) if limits.requests_per_minute else None
        self._tokens = _Rate(limits.tokens_per_minute) if limits.tokens_per_minute else None
        self._turn = asyncio.Lock()
        self._output: float | None = None
        self._debt = 0.0

    async def admit(self, request: Request) -> float:
        """Wait for leave to ask, first come first served. Returns the tokens charged for it."""
        if self._requests is None and self._tokens is None:
            return 0.0
        async with self._turn:
            if self._requests is not None:
                await self._requests.take(1.0)
            guess = self._guess(request)
            if self._tokens is not None:
                due, self._debt = guess + self._debt, 0.0
                await self._tokens.take(due)
                self._debt += min(due, 0.0)
            return guess

    def settle(self, request: Request, reply: Reply, charged: float) -> None:
        """Put right what was guessed, now that the reply is here."""
        if self._tokens is None:
            return
        usage = reply.usage
        output = usage.output_tokens if usage else len(reply.text) / CHARACTERS_PER_TOKEN
        total = output + (usage.input_tokens if usage else _input(request))
        self._debt += total - charged
        self._output = output if self._output is None else 0.9 * self._output + 0.1 * output

    def _guess(self, request: Request) -> float:
        if self._output is not None:
            return _input(request) + self._output
        most = request.parameters.get("max_completion_tokens") or request.parameters.get("max_tokens")
        return _input(request) + (most if isinstance(most, int) else FIRST_GUESS)


class _Rate:
    """So much per minute. A large amount is taken in portions, so that it may exceed the bucket."""

    def __init__(self, per_minute: float) -> None:
        self._portion = max(1.0, per_minute / 60)
        self._bucket = AsyncLimiter(self._portion, self._portion / (per_minute / 60))

    async def take(self, amount: float) -> None:
        while amount > 0:
            portion = min(amount, self._portion)
            await self._bucket.acquire(portion)
            amount -= portion


def _input(request: Request) -> float:
    return sum(len(m.content) for m in request.messages) / CHARACTERS_PER_TOKEN
