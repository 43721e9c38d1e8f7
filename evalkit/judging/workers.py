"""Worker processes that can be killed: for work that may hang, crash or eat the memory.

A thin layer over pebble. Workers are spawned, not forked, and restarted when a task is killed. What the function and
its arguments are made of must be picklable, and the function importable by name (no lambda). Where the operating system
offers it (Unix), each worker's address space is capped; on Windows and, in practice, on macOS it is not.

Not covered: work that starts processes of its own (they outlive their parent), limits on disk or network.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, TypeVar

from evalkit import plugins
from evalkit.judging.bounds import MEMORY, cap_memory

A = TypeVar("A")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Value(Generic[R]):
    """The function returned."""

    value: R


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The function ran longer than `seconds` and was killed."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Crashed:
    """The function raised, or its process died; `traceback` is empty where there is none."""

    reason: str
    traceback: str = ""


Outcome = Value[R] | TimedOut | Crashed


class Workers:
    """A few worker processes. Use it as a context manager: leaving it, by Ctrl-C too, kills them.

    count: processes; by default one for each processor this process may use.
    memory: bytes of address space for each, beyond what its imports take; None = no cap.
    imports: modules to load in each worker before its first task, so that loading counts for no task's time limit.
    """

    def __init__(self, count: int | None = None, memory: int | None = MEMORY, imports: Iterable[str] = ()) -> None:
        self.count = count or usable_processors()
        self._start = (memory, tuple(imports), plugins.state())
        self._pool: Any = None
        self._open: set[Any] = set()
        """Futures that may still be waited for."""

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """Kill the workers, whatever they are doing. They start again with the next task."""
        pool: Any = self._pool
        self._pool = None
        if pool is not None:
            pool.stop()
            pool.join()
        for future in tuple(self._open):  # a stopped pool leaves its futures open for ever
            future.cancel()

    def map(
        self,
        function: Callable[[A], R],
        items: Iterable[A],
        time_limit: float | Callable[[A], float],
        look_ahead: int | None = None,
    ) -> Iterator[tuple[A, Outcome[R]]]:
        """(item, outcome) in the order of `items`; nothing raises but what `items` itself raises.

        time_limit: seconds for one item, a number or a function of the item. look_ahead: items that are taken from
        `items` before the outcome of the first of them is known (default 4 for each worker), so that memory does not
        grow with `items`.
        """
        limit_of = time_limit if callable(time_limit) else lambda _: float(time_limit)
        waiting: deque[tuple[A, Any]] = deque()
        room = look_ahead or 4 * self.count
        source = iter(items)
        for item in source:
            waiting.append((item, self._submit(function, item, limit_of(item))))
            if len(waiting) >= room:
                yield from self._next(function, waiting, limit_of)
        while waiting:
            yield from self._next(function, waiting, limit_of)

    def run(self, function: Callable[[A], R], item: A, time_limit: float) -> Outcome[R]:
        """One item."""
        return next(self.map(function, [item], time_limit))[1]

    def _next(
        self, function: Callable[[A], R], waiting: deque[tuple[A, Any]], limit_of: Callable[[A], float]
    ) -> Iterator[tuple[A, Outcome[R]]]:
        item, future = waiting.popleft()
        outcome: Outcome[R] | None = _outcome(future, limit_of(item))
        if outcome is not None:
            yield item, outcome
            return
        # A process died. The pool may be lost with it, or blame the task that the process had just finished (its result
        # still on the way) and let the other run out of time. Nobody knows whose task it was: each one again, alone.
        items = [item, *(waiting_item for waiting_item, _ in waiting)]
        done = [None, *(_outcome(f, limit_of(i)) if f.done() else None for i, f in waiting)]
        waiting.clear()
        self.stop()
        for again, known in zip(items, done, strict=True):
            outcome = known
            if outcome is None:
                outcome = _outcome(self._submit(function, again, limit_of(again)), limit_of(again), alone=True)
            yield again, outcome or Crashed("the worker process died")

    def _submit(self, function: Callable[[A], R], item: A, seconds: float) -> Any:
        future = None
        if self._pool is not None:
            try:
                future = self._pool.schedule(function, args=(item,), timeout=seconds)
            except RuntimeError:  # a worker died between two tasks, and the pool with it
                self.stop()
        if future is None:
            # here and not above: a run whose scorers are quick starts no process, and needs none of what they cost
            import pebble

            from evalkit.processes import BARE

            self._pool = pebble.ProcessPool(self.count, initializer=_prepare, initargs=self._start, context=BARE)
            future = self._pool.schedule(function, args=(item,), timeout=seconds)
        self._open.add(future)
        future.add_done_callback(self._open.discard)
        return future


def _outcome(future: Any, seconds: float, alone: bool = False) -> Outcome[Any] | None:
    """The typed outcome of a task, waited for; None where a process died that may have had another task."""
    try:
        error = future.exception()  # not result(): a SystemExit of the worker must not end us
    except CancelledError:
        return None
    if error is None:
        return Value(future.result())
    from concurrent.futures.process import BrokenProcessPool

    import pebble

    if isinstance(error, BrokenProcessPool):
        return None
    if isinstance(error, pebble.ProcessExpired):
        if not alone:
            return None
        return Crashed(f"the worker process died (exit code {error.exitcode})")
    if isinstance(error, TimeoutError) and not hasattr(error, "traceback"):  # the function may raise one, too
        return TimedOut(seconds)
    text = f"{type(error).__name__}: {error}".strip().removesuffix(":")
    return Crashed(text[:300], str(getattr(error, "traceback", ""))[:4000])


def usable_processors() -> int:
    """Processors that this process may use, at least one."""
    with contextlib.suppress(AttributeError, OSError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _prepare(memory: int | None, imports: tuple[str, ...], found: plugins.State) -> None:
    """In a new worker: die at once when told to, one thread for linear algebra, imports, then the memory cap."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # pebble's handler waits for Python code, which may never run again
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"
    with contextlib.suppress(Exception):  # the code of others: the task that needs it will say so
        plugins.restore(found)
    for name in imports:
        with contextlib.suppress(ImportError):  # the task that needs it will say so
            importlib.import_module(name)
    gc.freeze()  # what the imports made stays: no task's garbage is looked for among it
    if memory is not None:
        cap_memory(memory)
