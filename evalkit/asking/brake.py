"""What all requests to one server learn together when it turns them away."""

from __future__ import annotations

import asyncio

LONGEST_PAUSE = 10.0
"""Seconds between two attempts at a server that turns all away and does not say for how long."""
FEW = 0.15
"""As long as no larger share of the attempts is turned away, each waits for itself."""


class Brake:
    """A limit of attempts in flight that all requests learn together (additive increase, multiplicative decrease).

    Chiu and Jain 1989. Where a few are turned away these wait and nothing else changes: some servers turn a few away at
    any speed. Where more are, the window is halved, or cut to those that it took if these are fewer; once for all
    attempts that had begun before the cut, since they tell of the same moment. It gets one more place after a whole
    window of answers, later where that place was the one too many, up to the limit given.
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
        self._heat = 0.0
        """The share of attempts turned away, of late."""
        self._memory = 1 / min(32, 2 * limit)

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
        self._heat += (1 - self._heat) * self._memory
        if self._heat < FEW and self.window > 1:
            return  # some servers turn a few away at any speed: only these wait
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
        self._heat *= 1 - self._memory
        self._pause = self._first_pause
        if self.window < self.limit:
            self._answers += 1
            if self._answers >= self.window * (10 if self.window + 1 == self._before else 1):
                self._answers = 0
                self.window += 1
                self.leave()
