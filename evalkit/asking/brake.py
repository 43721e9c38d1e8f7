"""What all requests to one server learn together when it turns them away."""

from __future__ import annotations

import asyncio

LONGEST_PAUSE = 10.0
"""Seconds between two attempts at a server that turns all away and does not say for how long."""
MANY = 0.3
"""So large a share of the attempts of late is not turned away by chance (five or six of 16, 20 of 64); of
fewer each waits for itself."""
FEWEST = 16
"""Of so many attempts at least a share is taken: of four, two are turned away by chance every now and then."""
FEW = 0.14
"""The same once there was more: then there is a limit, and it is looked for more closely."""
AFTER = 0.1
"""What the share is taken for after a cut: what was turned away before tells nothing of the smaller window."""
AHEAD = 1.1
"""Attempts are let out a little faster than answers come, else no more would ever be tried."""


class Brake:
    """A limit of attempts in flight that all requests learn together (additive increase, multiplicative decrease).

    Chiu and Jain 1989. `window` attempts may be under way, at first as many as `limit`.

    When to cut. A few that are turned away wait and nothing else changes: some servers turn a few away at any speed.
    What counts is the share that was turned away (`_heat`, a mean that forgets) of the attempts begun, not of those
    over: who is turned away hears of it at once, and the first news of 256 attempts is bad even where 250 of them are
    being answered. Below MANY, and once there was a cut below FEW, nothing happens.

    How far. To what the window took: the share that was turned away is taken off, at the first cut at least half of it
    all. Attempts that had begun before the cut and are turned away after it tell of the same moment: each takes one
    place more off, and none of them counts towards the next cut. All wait as long as the server asks any of them to.

    How it opens. One place more with every answer up to half of the window before the cut, after that one with every
    window of answers; the last place, which was the one too many, comes ten times as slowly.

    Spread. As long as the window is smaller than the limit, attempts begin evenly over the time of an answer: many
    servers count requests a second and take no two at once, and a burst at such a server is no more than it takes when
    spread.

    One at a time. Where the only attempt that may be under way is turned away, all pause, twice as long each time up to
    LONGEST_PAUSE, and one asks whether it is over: so a limit that counts by the minute is not asked by everybody.

    Not covered: a server that turns most away at any speed is asked one by one, however fast it would be.
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
        self._heat = 0.0
        """The share of the attempts begun of late that was turned away."""
        self._next = 0.0
        """When the next attempt may begin, once they are spread."""
        self._latency: float | None = None
        """Seconds of an answer, of late."""

    @property
    def _memory(self) -> int:
        """How many attempts `_heat` tells of: a window, or what shows within a few windows that it is too large."""
        return min(2 * FEWEST, max(FEWEST, 2 * self.window)) if self.cuts else max(FEWEST, self.window)

    @property
    def is_paused(self) -> bool:
        """Whether a wait that the server asked for is running."""
        return bool(self._until) and self._until > asyncio.get_running_loop().time()

    async def enter(self) -> None:
        await self._places.acquire()

    def leave(self) -> None:
        if self._owed:
            self._owed -= 1
        else:
            self._places.release()

    async def released(self) -> None:
        """Wait until no Retry-After is running and, once attempts are spread, until this one is due."""
        loop = asyncio.get_running_loop()
        while (left := self._until - loop.time()) > 0:  # noqa: ASYNC110 (it may be pulled again meanwhile)
            await asyncio.sleep(left)
        if self.cuts and self.window < self.limit:
            due = max(self._next, loop.time())
            self._next = due + (self._latency or 0.0) / (AHEAD * self.window)
            await asyncio.sleep(due - loop.time())
        self._heat *= 1 - 1 / self._memory

    def pull(self, begun: int, seconds: float) -> None:
        """An attempt that began after `begun` cuts was turned away; nobody is to ask for so many seconds."""
        news = begun == self.cuts
        if news:
            self._heat = min(1.0, self._heat + 1 / self._memory)
            if self._heat < (FEW if self.cuts else MANY) and self.window > 1:
                return  # some servers turn a few away at any speed: only these wait
            if self.window == 1:
                seconds = seconds or self._pause
                self._pause = min(2 * self._pause, LONGEST_PAUSE)
        self._until = max(self._until, asyncio.get_running_loop().time() + seconds)
        if news:
            self.cuts += 1
            # Those before this one count too, as far as they are of this window.
            self._before, self._turned_away, self._answers = self.window, max(1, round(self._heat * self.window)), 0
            self._heat = AFTER
            self._cut()
        elif begun == self.cuts - 1:
            self._turned_away += 1
            self._cut()

    def _cut(self) -> None:
        taken = self._before - self._turned_away
        # At the first time all came at once, and nothing is known of what would be taken of attempts that are spread.
        smaller = max(1, taken if self.cuts > 1 else min(taken, self._before // 2))
        self._owed += max(0, self.window - smaller)
        self.window = min(self.window, smaller)

    def ease(self, seconds: float) -> None:
        """An attempt was answered after so many seconds."""
        self._pause = self._first_pause
        self._latency = seconds if self._latency is None else 0.9 * self._latency + 0.1 * seconds
        if self.window < self.limit:
            self._answers += 1
            if self._answers >= self._needed():
                self._answers = 0
                self.window += 1
                self.leave()

    def _needed(self) -> int:
        """Answers for one place more."""
        if self.window < self._before // 2:
            return 1
        return self.window * (10 if self.window + 1 == self._before else 1)
