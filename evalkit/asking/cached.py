"""A model asked through the run file: stored replies are given back, identical requests in flight share one call."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from evalkit.asking.prices import cost_of, usage_or_guess
from evalkit.asking.progress import Progress
from evalkit.asking.stopping import Stop, StoppedError
from evalkit.runfile.store import Store
from evalkit.types import Ask, ModelSpec, Reply, Request, Turn

LONG = 4000
"""Characters from which on the tokens of a prompt are looked at."""
MOST_PER_TOKEN = 16
"""Characters of a token, at the most, in the mean of a long prompt (4 are usual)."""


class Cached:
    """Answers from the run file; else asks and stores. Identical requests under way share one call."""

    def __init__(self, store: Store, ask: Ask, spec: ModelSpec, progress: Progress, stop: Stop) -> None:
        self._store, self._ask, self._spec, self._progress, self._stop = store, ask, spec, progress, stop
        self._under_way: dict[str, asyncio.Future[Reply]] = {}

    async def __call__(self, request: Request) -> Reply:
        stored = self._store.reply(request.key)
        if stored is not None:
            self._progress.from_file += 1
            return stored
        shared = self._under_way.get(request.key)
        if shared is not None:
            reply = await asyncio.shield(shared)
            self._progress.from_file += 1  # stored by now: which of the two was first must not show in the count
            return reply
        if self._stop.reason:
            raise StoppedError(self._stop.reason)
        shared = self._under_way[request.key] = asyncio.get_running_loop().create_future()
        try:
            reply = await self._fetch(request)
            shared.set_result(reply)
            return reply
        except BaseException as error:
            if isinstance(error, Exception):
                shared.set_exception(error)
                shared.exception()  # nobody need be waiting for it
            else:
                shared.cancel()
            raise
        finally:
            del self._under_way[request.key]

    async def _fetch(self, request: Request) -> Reply:
        self._progress.in_flight += 1
        try:
            reply = await self._ask(request)
        finally:
            self._progress.in_flight -= 1
        cost = cost_of(self._spec, usage_or_guess(request, reply))
        await self._store.keep_reply(request, reply, cost)
        count(self._progress, request, reply, cost)
        return reply


def count(progress: Progress, request: Request, reply: Reply, cost: float | None) -> None:
    """A request was answered just now."""
    used = usage_or_guess(request, reply)
    progress.asked += 1
    progress.cut_off += reply.finish == "length"
    progress.short_prompts += is_short(request, reply)
    progress.input_tokens += used.input_tokens
    progress.output_tokens += used.output_tokens
    progress.cost += cost or 0.0


def is_short(request: Request, reply: Reply) -> bool:
    """Whether the server counted fewer tokens than so long a prompt can have: it has read a part of it only."""
    return _too_few(sum(len(m.content) for m in request.messages), reply)


def short_prompts(turns: Iterable[Turn]) -> int:
    """How many prompts of a stored conversation were read in part: what `is_short` says of each of its replies."""
    characters = found = 0
    for turn in turns:
        found += turn.reply is not None and _too_few(characters, turn.reply)
        characters += len(turn.content)
    return found


def _too_few(characters: int, reply: Reply) -> bool:
    return reply.usage is not None and characters >= LONG and reply.usage.input_tokens * MOST_PER_TOKEN < characters
