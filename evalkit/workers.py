"""Worker processes that can be killed: untrusted text is judged where a hang, a crash or a memory hole does no harm.

A thin layer over pebble: fresh (spawned) processes, a hard limit of seconds for every task, a limit of memory where the
operating system offers one. A worker that exceeds either is killed and replaced; the other tasks go on.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

from pebble import ProcessPool

T = TypeVar("T")
R = TypeVar("R")
MEMORY_BYTES = 3_000_000_000
LOOK_AHEAD = 4
"""Tasks handed out ahead of the one whose result is awaited, per process."""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The task was killed after `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Crashed:
    """The task raised, or its process died."""

    reason: str


def _prepare(memory: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


class Pool:
    """`processes` workers, started when first needed and gone at the end of the `with` block."""

    def __init__(self, processes: int, *, memory: int = MEMORY_BYTES) -> None:
        self._processes, self._memory = processes, memory
        self._pool: Any = None

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.stop()
            self._pool.join()
            self._pool = None

    def map(
        self,
        function: Callable[[T], R],
        tasks: Iterable[T],
        *,
        limit: float,
        skip: Callable[[T], bool] = lambda _: False,
    ) -> Iterator[tuple[T, R | TimedOut | Crashed | None]]:
        """(task, result) for every task, in order, with a bounded look-ahead.

        function: a module-level function; tasks and results must be picklable. limit: seconds of one task, counted from
        its start in the worker. skip: tasks that need no worker; their result is None.
        """
        waiting: deque[tuple[T, Any]] = deque()
        for task in tasks:
            waiting.append((task, None if skip(task) else self._schedule(function, task, limit)))
            while len(waiting) > LOOK_AHEAD * self._processes or (waiting and waiting[0][1] is None):
                yield _settled(*waiting.popleft(), limit)
        while waiting:
            yield _settled(*waiting.popleft(), limit)

    def _schedule(self, function: Callable[[T], R], task: T, limit: float) -> Any:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPool(self._processes, context=context, initializer=_prepare, initargs=[self._memory])
        return self._pool.schedule(function, args=[task], timeout=limit)


def _settled(task: T, future: Any, limit: float) -> tuple[T, Any]:
    if future is None:
        return task, None
    try:
        return task, future.result()
    except FutureTimeoutError:
        return task, TimedOut(limit)
    except Exception as error:  # whatever a worker raised, or ProcessExpired when it died
        return task, Crashed(f"{type(error).__name__}: {error}"[:500])
