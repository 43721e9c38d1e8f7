"""All copies of a model on the nodes of a cluster, asked as if they were one.

Each copy lives in an actor, which Ray puts wherever there is room. A block (problem and sample, with all its arms and
turns) is leased to the least busy copy and stays there, so that what its prompts have in common is computed once. A
copy takes new blocks only while hardly more waits there than it can begin. When an actor or its node dies, another one
is started, wherever there is room, and the requests that it had not answered are asked again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evalkit import plugins
from evalkit.cluster.holder import REPLY, Holder
from evalkit.cluster.joining import Cluster, of_import, refusal, short
from evalkit.errors import ProviderError, SpecError
from evalkit.types import ModelSpec, Reply, Request

log = logging.getLogger("evalkit.cluster")
AHEAD = 16
"""Requests that a copy is given beyond those it works on: the arms of a block find room, and no place waits for the
wire."""
MOST_HOMES = 10_000
"""Blocks of which it is remembered where they are."""
LOOK = 5.0
"""Seconds between two looks at the cluster while a copy waits for room."""
TRIES = 5
"""So many actors in a row that did not start, and the place of a copy is given up."""


@dataclass
class Node:
    """What was done on one node."""

    name: str
    copies: int = 0
    """That are there now."""
    answered: int = 0
    lost: int = 0
    """Copies that died there."""

    def told(self) -> str:
        """`gpu1: 1020 answered, 2 copies lost`"""
        lost = f", {self.lost} {'copy' if self.lost == 1 else 'copies'} lost" if self.lost else ""
        return f"{self.name}: {self.answered} answered{lost}"


class _Copy:
    """The place of one copy: its actor, and after that has died the next one."""

    def __init__(self) -> None:
        self.actor: Any = None
        self.node: Node | None = None
        """None while it is being started."""
        self.taken = self.answered = 0
        self.died = asyncio.Event()


class Copies:
    """A model on a cluster. `places`: requests that may be under way at once."""

    def __init__(self, spec: ModelSpec, cluster: Cluster, count: int, needs: dict[str, float]) -> None:
        import ray

        self._label, self._cluster = spec.label, cluster
        self._room = spec.limits.in_flight + AHEAD
        fields = {name: getattr(spec, name) for name in ModelSpec.model_fields}  # a judge is a model with more to say
        given = ModelSpec(**fields).model_dump_json()
        actors = ray.remote(Holder).options(**needs, max_restarts=0, max_task_retries=0)
        project = plugins.state(), plugins.fingerprint()
        self._new: Callable[[], Any] = lambda: actors.remote(given, project, str(Path.cwd()))
        self._copies = [_Copy() for _ in range(count)]
        self.places = count * self._room
        self.nodes: dict[str, Node] = {}
        self._homes: dict[tuple[str, int], _Copy] = {}
        self._waiting: list[asyncio.Future[None]] = []
        self._fault: str | None = None
        """Why nothing can be asked any more."""
        self._keepers = [asyncio.create_task(self._keep(copy)) for copy in self._copies]

    @property
    def up(self) -> int:
        return sum(copy.node is not None for copy in self._copies)

    @property
    def wanted(self) -> int:
        return len(self._copies)

    @property
    def notes(self) -> list[str]:
        lost = [f"{node.lost} on {node.name}" for node in self.nodes.values() if node.lost]
        return [f"copies were lost and their requests asked again: {', '.join(lost)}"] if lost else []

    async def ask(self, request: Request) -> Reply:
        """The reply to one request. Raises ProviderError: `transient` where the copy was lost with it."""
        import ray
        from ray.exceptions import RayError

        copy = await self._lease((request.about, request.sample))
        actor, node = copy.actor, copy.node
        assert node is not None  # noqa: S101 - only a copy that is there is leased
        copy.taken += 1
        try:
            under_way = actor.ask.remote(asdict(request))
            try:
                told = await under_way
            except asyncio.CancelledError:
                ray.cancel(under_way)
                raise
        except RayError as error:
            self._lost(copy, actor)
            raise ProviderError(f"{node.name}: the copy of the model was lost ({short(error)})") from None
        finally:
            copy.taken -= 1
            self._wake()
        if "fault" in told:
            raise self._failed(copy, actor, told)
        try:
            reply = REPLY.validate_python(told["reply"])
        except ValidationError:
            raise ProviderError(f"{node.name}: what came back is no reply", "data") from None
        node.answered += 1
        copy.answered += 1
        return reply

    async def close(self) -> None:
        """Give back what the cluster lent. Whatever is under way is lost."""
        import ray

        keepers, self._keepers = self._keepers, []
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
        for copy in self._copies:
            if copy.actor is not None:
                ray.kill(copy.actor)
        self._copies = []

    # ------------------------------------------------------------ who is asked

    async def _lease(self, block: tuple[str, int]) -> _Copy:
        while True:
            if self._fault is not None:
                raise ProviderError(self._fault, "fatal")
            home = self._homes.get(block)
            if home is not None and home.node is not None:
                return home
            there = [copy for copy in self._copies if copy.node is not None and copy.taken < self._room]
            if there:
                least = min(there, key=lambda copy: copy.taken)
                if len(self._homes) >= MOST_HOMES:
                    del self._homes[next(iter(self._homes))]
                self._homes[block] = least
                return least
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            await waiter

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)

    # ------------------------------------------------------------ actors come and go

    async def _keep(self, copy: _Copy) -> None:
        """See to it that there is an actor, as long as the model is needed."""
        import ray
        from ray.exceptions import RayError

        failed = 0
        while failed < TRIES and self._fault is None:
            copy.actor, copy.answered = self._new(), 0
            try:
                identifier, version, finds = await self._started(copy.actor)
            except RayError as error:
                failed += 1
                if (missing := of_import(error)) is not None or failed == TRIES:
                    self._give_up(copy, missing or f"no copy of the model could be started: {short(error)}")
                    return
                await asyncio.sleep(2.0**failed)
                continue
            name = await asyncio.to_thread(self._cluster.name_of, identifier)
            refused = refusal(name, version, finds)
            if refused is not None:
                self._end(refused)
                return
            failed = 0
            copy.died.clear()
            copy.node = self.nodes.setdefault(identifier, Node(name))
            copy.node.copies += 1
            log.info("%s: a copy on %s, %d of %d", self._label, name, self.up, self.wanted)
            self._wake()
            await copy.died.wait()
            ray.kill(copy.actor)  # it may live on beyond a network that has failed

    async def _started(self, actor: Any) -> tuple[str, str, bool]:
        """Wait until there is room for it, and it is there; but not in a cluster that has fallen apart."""
        under_way = asyncio.ensure_future(actor.ready.remote())
        while not (await asyncio.wait([under_way], timeout=LOOK))[0]:
            if not await asyncio.to_thread(lambda: self._cluster.holds):
                self._end(
                    "this machine's node of the Ray cluster, or its head, is gone. Run again when it is back: what was "
                    "answered is kept"
                )
        found: tuple[str, str, bool] = under_way.result()
        return found

    def _lost(self, copy: _Copy, actor: Any) -> None:
        """Told by each request that was under way; the first one counts."""
        if copy.actor is not actor or copy.node is None:
            return
        copy.node.copies -= 1
        copy.node.lost += 1
        log.info("%s: the copy on %s was lost, its requests are asked again", self._label, copy.node.name)
        copy.node = None
        copy.died.set()

    def _failed(self, copy: _Copy, actor: Any, told: dict[str, Any]) -> ProviderError:
        """A fault that the copy tells. A fatal one of a copy that has answered befalls this copy, not the model: a
        processor that fails, say."""
        fault, said = told["fault"], str(told["said"])
        if fault != "fatal":
            return ProviderError(said, fault)
        node = copy.node.name if copy.node is not None else "a node"
        if copy.answered:
            self._lost(copy, actor)
            return ProviderError(f"{node}: {said}")
        return ProviderError(f"{node}: {said}", "fatal")

    def _give_up(self, copy: _Copy, why: str) -> None:
        """No more actors for this place; the others go on, where there are any."""
        copy.actor = None
        self._copies.remove(copy)
        log.info("%s: %s", self._label, why)
        if not self._copies:
            self._end(why)

    def _end(self, why: str) -> None:
        self._fault = why
        self._wake()


@asynccontextmanager
async def copies_of(spec: ModelSpec, cluster: Cluster, needed: tuple[float, float]) -> AsyncIterator[Copies]:
    """As many copies as the cluster has room for, taken away at the end. needed: (CPUs, GPUs) of one.

    Raises SpecError where no node has room for a single one.
    """
    cpus, gpus = needed
    room = cluster.room_for(cpus, gpus)
    if not room:
        wanted = " and ".join(f"{n:g} {what}" for n, what in ((cpus, "CPUs"), (gpus, "GPUs")) if n)
        most = ", ".join(
            f"{node['NodeName']} {node['Resources'].get('CPU', 0):g} CPUs {node['Resources'].get('GPU', 0):g} GPUs"
            for node in cluster.nodes()[:5]
        )
        raise SpecError(f"{spec.id}: no node of the cluster has the {wanted} that a copy takes (limits): {most}")
    count = min(room, spec.limits.copies or room)
    copies = Copies(spec, cluster, count, {"num_cpus": cpus, "num_gpus": gpus})
    try:
        yield copies
    finally:
        await copies.close()
