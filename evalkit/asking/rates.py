"""Requests and tokens per minute, as far as the user names them."""

from __future__ import annotations

import asyncio

from aiolimiter import AsyncLimiter

from evalkit.types import Limits, Reply, Request

EVENLY = 0.98
"""Of a rate that the user names: requests that travel at different speeds are not to meet."""
CHARACTERS_PER_TOKEN = 4
FIRST_GUESS = 1000
"""Output tokens of a reply before any was seen and where the parameters name no maximum."""


class Rates:
    """Requests and tokens per minute, evenly: some servers allow no burst at all.

    The tokens of a reply are guessed before it is asked; what the guess was wrong by is charged to the next requests.
    """

    def __init__(self, limits: Limits) -> None:
        self._requests = _Rate(EVENLY * limits.requests_per_minute) if limits.requests_per_minute else None
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
        per_second = per_minute / 60
        self._portion = max(1.0, per_second / 20)  # timers of less than 50 ms would set the pace
        self._bucket = AsyncLimiter(self._portion, self._portion / per_second)

    async def take(self, amount: float) -> None:
        while amount > 0:
            portion = min(amount, self._portion)
            await self._bucket.acquire(portion)
            amount -= portion


def _input(request: Request) -> float:
    return sum(len(m.content) for m in request.messages) / CHARACTERS_PER_TOKEN
