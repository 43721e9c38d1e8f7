"""Real Ray nodes on the loopback for tests and the benchmark, and a model whose replies take a while."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from tests.arrange import ROOT

ENVIRONMENT = {
    "PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled", "RAY_worker_niceness": "0",
    # A node whose port is closed is missed after a second and a half, in place of a quarter of a minute; one that is
    # slow has its ten seconds an answer still.
    "RAY_health_check_initial_delay_ms": "1000", "RAY_health_check_period_ms": "500",
    "RAY_health_check_failure_threshold": "3",
}  # fmt: skip
NODE = {"num_cpus": 1, "object_store_memory": 80_000_000, "include_dashboard": False, "include_log_monitor": False}
SLOW = '''
"""Says what it was asked after a while, and in which process; later samples wait for a file where they are to."""

import asyncio
import os

from evalkit.types import Reply

PROBED = False


def on_nodes(spec, gpus):
    return 1.0, 0.0


async def connect(spec):
    return Slow(spec.limits.in_flight)


class Slow:
    def __init__(self, places):
        self.places = asyncio.Semaphore(places)

    async def ask(self, request):
        while request.sample > 2 and request.parameters.get("waits") and not os.path.exists("go"):
            await asyncio.sleep(0.05)
        async with self.places:
            await asyncio.sleep(request.parameters["seconds"])
        number = request.messages[-1].content.split()[-1]
        return Reply(f"Sample {request.sample}. **Final answer:** {number}", served_by=str(os.getpid()))

    async def close(self):
        pass
'''


class Nodes:
    """A cluster in the making: one node to join, others that come and go."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        self.cluster = Cluster(initialize_head=True, head_node_args={**NODE, "no_monitor": True})
        self.others: list[Any] = []

    @property
    def address(self) -> str:
        return str(self.cluster.address)

    def add(self) -> None:
        self.others.append(self.cluster.add_node(**NODE))

    def two(self) -> None:
        """Two nodes, whatever happened before."""
        if not self.others:
            self.add()

    def kill(self) -> None:
        """SIGKILL to the raylet of the node that came last: its workers go with it."""
        node = self.others.pop()
        self.cluster.remove_node(node, allow_graceful=False)

    def kill_actor(self) -> None:
        holders = [p for p in psutil.process_iter(["cmdline"]) if "ray::Holder" in " ".join(p.info["cmdline"] or [])]
        mine = [p for p in holders if any(up.pid == os.getpid() for up in p.parents())]
        os.kill(mine[0].pid, signal.SIGKILL)


@contextmanager
def started() -> Iterator[Nodes]:
    """A cluster of one node so far."""
    before = dict(os.environ)
    with TemporaryDirectory(prefix="ek", ignore_cleanup_errors=True) as folder:  # short: sockets lie in it
        os.environ.update(ENVIRONMENT, RAY_TMPDIR=folder)
        made = Nodes()
        try:
            yield made
        finally:
            made.cluster.shutdown()
            os.environ.clear()
            os.environ.update(before)
