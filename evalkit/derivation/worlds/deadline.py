"""How long one reply may take: where its time is over, what is left of it is not judged, and what was judged stands.

The clock is looked at before every expression, where somebody heeds it. Not covered: reading the text itself, and one
expression that takes long; a hard bound from outside (judging/bounds.py) is for these.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class LateError(Exception):
    """The time is over."""


class Deadline:
    """The seconds that a reply may take, by a clock that is given: of processor time, so that a busy machine judges alike."""

    def __init__(self, seconds: float = math.inf, clock: Callable[[], float] = time.process_time) -> None:
        self.seconds, self.clock = seconds, clock
        self.begun = clock()
        self.until = self.begun + seconds
        self.missed = False
        """Somebody who heeds it came too late."""
        self._heeded = 0

    def look(self) -> None:
        """Raises LateError where somebody heeds the time and it is over."""
        if self._heeded and self.clock() >= self.until:
            self.missed = True
            raise LateError

    @contextmanager
    def heeded(self) -> Iterator[None]:
        """The body ends with LateError where it ran out of time, also where something inside went on without it."""
        if math.isinf(self.seconds):
            yield
            return
        self._heeded += 1
        try:
            self.look()
            yield
            self.look()
            if self.missed:
                raise LateError
        finally:
            self._heeded -= 1

    def allow(self, share: float) -> None:
        """What comes now may take until this share of all the seconds has gone by."""
        self.until, self.missed = self.begun + share * self.seconds, False

    def charge(self, seconds: float) -> None:
        """Count seconds that somebody else has used for it."""
        self.begun, self.until = self.begun - seconds, self.until - seconds

    def part(self, share: float) -> Deadline:
        """A share of what is left, from now on."""
        return Deadline(share * max(0.0, self.until - self.clock()), self.clock)


NEVER = Deadline()
