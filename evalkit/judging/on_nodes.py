"""The workers' seam on a Ray cluster: each task goes to a node with a free processor, and there to a killable worker.

A node's worker is that of workers.py, with the same bounds of time and memory. Ray sends a task elsewhere when its node
dies. Functions, items and outcomes travel as they do to a local worker. Not covered: scorers that live in this process
alone (a notebook's), which are judged here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from types import TracebackType
from typing import Any, TypeVar

from evalkit import plugins
from evalkit.cluster.joining import Cluster, of_import, refusal, short
from evalkit.errors import SpecError
from evalkit.judging.workers import Crashed, Outcome, Workers
from evalkit.version import VERSION

A = TypeVar("A")
R = TypeVar("R")
DEATHS = 3
"""So many nodes or Ray workers may die with a task before it is given up."""
AHEAD = 4
"""Tasks on their way for each processor of the cluster."""

_Start = tuple[str, plugins.State, str, tuple[str, ...]]
"""What a node must have, and prepares once: evalkit's version, the project's plugins and their fingerprint, imports."""


class NodeWorkers:
    """Has `map` and `run` of `Workers`, with the processors of a cluster."""

    def __init__(self, cluster: Cluster, imports: Iterable[str] = ()) -> None:
        import ray

        self.count = max(1, cluster.room_for(1, 0))
        self._start: _Start = (VERSION, plugins.state(), plugins.fingerprint(), tuple(imports))
        self._task: Any = ray.remote(_there).options(num_cpus=1, max_retries=DEATHS)
        self._open: set[Any] = set()

    def __enter__(self) -> NodeWorkers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        import ray

        for under_way in self._open:
            ray.cancel(under_way, force=True)

    def map(
        self, function: Callable[[A], R], items: Iterable[A], time_limit: float | Callable[[A], float]
    ) -> Iterator[tuple[A, Outcome[R]]]:
        """(item, outcome) in the order of `items`. Raises SpecError for a node that is not as this machine."""
        limit_of = time_limit if callable(time_limit) else lambda _: float(time_limit)
        waiting: deque[tuple[A, Any]] = deque()
        for item in items:
            under_way = self._task.remote(self._start, function, item, limit_of(item))
            self._open.add(under_way)
            waiting.append((item, under_way))
            if len(waiting) >= AHEAD * self.count:
                yield self._next(waiting)
        while waiting:
            yield self._next(waiting)

    def run(self, function: Callable[[A], R], item: A, time_limit: float) -> Outcome[R]:
        """One item."""
        return next(self.map(function, [item], time_limit))[1]

    def _next(self, waiting: deque[tuple[A, Any]]) -> tuple[A, Outcome[R]]:
        import ray
        from ray.exceptions import RayError

        item, under_way = waiting.popleft()
        try:
            found: Outcome[R] | str = ray.get(under_way)
        except RayError as error:
            if (missing := of_import(error)) is not None:
                raise SpecError(missing) from None
            found = Crashed(f"the nodes that had it failed: {short(error)}")
        finally:
            self._open.discard(under_way)
        if isinstance(found, str):
            raise SpecError(found)
        return item, found


def _there(start: _Start, function: Callable[[A], R], item: A, seconds: float) -> Outcome[R] | str:
    """On a node: the outcome, or why the node is not to be used."""
    workers = _prepared(start)
    return workers if isinstance(workers, str) else workers.run(function, item, seconds)


@lru_cache(maxsize=1)
def _prepared(start: _Start) -> Workers | str:
    """The worker of this Ray process, kept for its next tasks."""
    import ray

    version, state, fingerprint, imports = start
    name, finds = ray.util.get_node_ip_address(), plugins.found_here(state, fingerprint)
    return refusal(name, VERSION, finds, version) or Workers(1, imports=imports)
