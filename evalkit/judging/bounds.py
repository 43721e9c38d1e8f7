"""Bounds on one piece of work by what it uses, not by how long a busy machine takes.

`cpu_seconds` counts processor time of this process, so that the same reply is judged alike on a loaded machine; the
worker's time limit by the clock (workers.py) is the backstop for what Python cannot interrupt. In a thread beside the
main one (a notebook's event loop goes on meanwhile) the time of that thread is counted. Not covered: such threads on
macOS, and Windows, which have the backstop alone; one long call of C code, which ends first.
"""

from __future__ import annotations

import contextlib
import ctypes
import re
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from evalkit.derivation.worlds.deadline import Deadline

CPU_SECONDS = 2.0
"""For one scorer on one reply, and for the derivation analysis of one reply, which all its scorers share."""
EARLY = 0.05
"""By this share of a limit the timer rings early: the signal comes up to 0.07 s late at a limit of 2 s."""
SOFT = 0.85
"""After this share of a limit an analysis judges no more relations, and those that it has judged stand."""
BACKSTOP = 10.0
"""So many times as long by the clock, and a worker is killed."""
MEMORY = 300 * 1024**2
"""Bytes of address space above the idle process."""


RAN_OUT = re.compile(r"stopped after \d|timed out after \d|stopped: it needed too much memory|the worker process ")
"""How the reason begins of what could not be judged because of a bound, and might be on another machine."""


class OutOfTimeError(Exception):
    """The work used up its processor time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"stopped after {seconds:g} s of processor time")


@contextlib.contextmanager
def cpu_seconds(limit: float) -> Iterator[None]:
    """Raises OutOfTimeError in the body once this process has used `limit` seconds of processor time.

    Bounds nest: an inner one counts by itself, and the outer one stands still meanwhile. Not covered: a generator
    that is suspended inside a bound must not be closed inside another, whose time it would end.
    """
    if not counts_time():
        yield
        return
    if threading.current_thread() is not threading.main_thread():  # signals reach the main one only
        with _thread_seconds(limit):
            yield
        return

    with heard():
        depth = len(_limits)
        _limits.append(limit)
        outer, _ = signal.setitimer(signal.ITIMER_PROF, limit * (1 - EARLY))
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            del _limits[depth:]  # and what an alarm in just this line has left
            signal.setitimer(signal.ITIMER_PROF, outer)


_limits: list[float] = []
"""Those in force in the main thread, the innermost last."""
_heard = False


@contextlib.contextmanager
def heard() -> Iterator[None]:
    """Inside, the main thread hears the signal of every bound, so that many in a row need not ask for it one by one."""
    global _heard
    if _heard or threading.current_thread() is not threading.main_thread() or not counts_time():
        yield
        return
    before = signal.signal(signal.SIGPROF, _stop)
    _heard = True
    try:
        yield
    finally:
        _heard = False
        signal.signal(signal.SIGPROF, before)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    if _limits:
        raise OutOfTimeError(_limits[-1])


def counts_time() -> bool:
    """Whether `cpu_seconds` counts in this thread."""
    if threading.current_thread() is threading.main_thread():
        return hasattr(signal, "setitimer")
    return hasattr(time, "pthread_getcpuclockid")


def soft(limit: float) -> Deadline:
    """When an analysis is to come to its end, so that what `cpu_seconds` with this limit would stop is not lost."""
    alone = threading.current_thread() is threading.main_thread()
    return Deadline(SOFT * limit, time.process_time if alone else time.thread_time)


_bounds = threading.local()
_NEVER = float("inf")


class _Bound:
    """The processor time of one thread, watched by another one, which raises `alarm` in it when the time is over."""

    def __init__(self, limit: float) -> None:
        self.until = time.thread_time() + limit
        self.lock = threading.Lock()
        self.over, self.raised = threading.Event(), False
        self._thread, self._clock = threading.get_ident(), time.pthread_getcpuclockid(threading.get_ident())

        class AlarmError(OutOfTimeError):
            """The interpreter makes it itself, of the class, without arguments."""

            def __init__(self) -> None:
                super().__init__(limit)

        self._alarm = AlarmError

    def watch(self) -> None:
        """Until the time is used up, or the work is over."""
        while not self.over.is_set():
            with self.lock:
                left = self.until - time.clock_gettime(self._clock)
                if left <= 0 and not self.over.is_set():
                    self.raised = True
                    self._raise(ctypes.py_object(self._alarm))
                    return
            self.over.wait(min(max(left, 0.01), 1.0))  # an inner bound may have let this one stand still

    def end(self) -> None:
        """No alarm any more, not even one that is on its way."""
        with self.lock:
            self.over.set()
        if self.raised:
            self._raise(None)

    def _raise(self, error: ctypes.py_object[Any] | None) -> None:
        """In the thread, at its next step; None takes back what it has not seen yet."""
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread), error)


@contextlib.contextmanager
def _thread_seconds(limit: float) -> Iterator[None]:
    outer: _Bound | None = getattr(_bounds, "inner", None)
    left = 0.0
    if outer is not None:
        with outer.lock:  # it stands still
            left, outer.until = outer.until - time.thread_time(), _NEVER
    bound = _bounds.inner = _Bound(limit)
    threading.Thread(target=bound.watch, daemon=True, name="evalkit-bound").start()
    try:
        yield
    finally:
        try:
            bound.end()
        finally:  # the alarm may come just here
            _bounds.inner = outer
            if outer is not None:
                with outer.lock:
                    outer.until = time.thread_time() + left


def cap_memory(extra: int = MEMORY) -> tuple[int, int] | None:
    """No more than `extra` bytes of address space beyond today's, where the operating system can say so (Unix).

    What needs more gets a MemoryError. Returns the limits of before, for `capped_memory`; None where nothing changed.
    """
    try:
        import resource
    except ImportError:  # Windows
        return None
    used = 0
    with contextlib.suppress(OSError, ValueError, IndexError):
        used = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    hard = before[1]
    limit = used + extra if hard == resource.RLIM_INFINITY else min(used + extra, hard)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
        return before
    return None


@contextlib.contextmanager
def capped_memory(extra: int = MEMORY) -> Iterator[None]:
    """The same for the body alone: a command that a program calls must not starve what the program does next."""
    before = cap_memory(extra)
    try:
        yield
    finally:
        if before is not None:
            import resource

            resource.setrlimit(resource.RLIMIT_AS, before)
