"""Joining a Ray cluster that runs already, and what its nodes have.

No cluster is started or stopped here: `ray start` and `ray stop` do that, and the machine that joins is one of its
nodes. Not covered: Ray Client addresses (`ray://`), and nodes that a cluster would start only when asked for them.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from evalkit.errors import SpecError
from evalkit.version import VERSION

INSTALL = "pip install 'evalkit-tutor[ray]'"
START = "start one with `ray start --head`, and `ray start --address HOST:6379` on every further machine"
ANSWERS_WITHIN, JOINED_WITHIN = 5.0, 20.0
"""Seconds for an address to answer, and for Ray to find a cluster there: left to itself it tries for minutes."""


class Cluster:
    """A cluster that this process has joined."""

    def __init__(self) -> None:
        import ray

        self._mine = ray.get_runtime_context().get_node_id()

    @property
    def holds(self) -> bool:
        """Whether this machine still belongs to it."""
        try:
            return any(node["NodeID"] == self._mine for node in self.nodes())
        except Exception:  # whatever Ray raises when nobody is left whom it could ask
            return False

    def nodes(self) -> list[dict[str, Any]]:
        """Those that are alive."""
        import ray

        return [node for node in ray.nodes() if node["Alive"]]

    @property
    def has_gpus(self) -> bool:
        return any(node["Resources"].get("GPU") for node in self.nodes())

    def room_for(self, cpus: float, gpus: float) -> int:
        """How often a cluster with nothing else to do has so much on one node."""
        needed = {name: n for name, n in (("CPU", cpus), ("GPU", gpus)) if n > 0}
        return sum(min(int(node["Resources"].get(name, 0) // n) for name, n in needed.items()) for node in self.nodes())

    def name_of(self, identifier: str) -> str:
        """A node for readers: its name, and where several bear it a piece of its id (all nodes of one machine do)."""
        import ray

        names = {node["NodeID"]: node["NodeName"] or node["NodeManagerAddress"] for node in ray.nodes()}
        name = names.get(identifier, "a node")
        return name if Counter(names.values())[name] == 1 else f"{name} {identifier[:4]}"


def check(address: str) -> None:
    """Raises SpecError for what cannot be joined, as far as that shows without trying."""
    if find_spec("ray") is None:
        raise SpecError(f"--ray: Ray is not installed: {INSTALL}")
    where = _meant(address)
    host, colon, port = where.rpartition(":")
    if where != "auto" and not ("/" not in host and host and colon and port.isdecimal() and 0 < int(port) < 65536):
        raise SpecError(
            f"--ray {where}: expected is `auto` (the cluster that runs on this machine) or HOST:PORT of its head, as "
            "`ray start --head` prints it"
        )


@contextmanager
def joined(address: str) -> Iterator[Cluster]:
    """Inside, this process belongs to the cluster. One that it had joined before is used, and not left.

    address: `auto`, or HOST:PORT. Raises SpecError where there is no cluster, within seconds.
    """
    check(address)
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray

    if ray.is_initialized():
        yield Cluster()
        return
    with _silence():
        _join(address)
        try:
            yield Cluster()
        finally:
            ray.shutdown()


def _meant(address: str) -> str:
    return os.environ.get("RAY_ADDRESS") or address if address == "auto" else address


def _join(address: str) -> None:
    import ray

    where = _meant(address)
    if where != "auto":
        _knock(where)
    failures: list[Exception] = []

    def join() -> None:
        try:
            ray.init(where, configure_logging=False, log_to_driver=False)
        except Exception as error:
            failures.append(error)

    # A thread, because nothing else bounds how long it tries; there it leaves our handler of SIGTERM alone, too.
    thread = threading.Thread(target=join, name="ray", daemon=True)
    thread.start()
    thread.join(JOINED_WITHIN)
    if thread.is_alive():
        raise SpecError(f"--ray {where}: no Ray cluster answers there (waited {JOINED_WITHIN:g} s); {START}")
    if failures:
        raise SpecError(_told(where, failures[0]))


def _told(where: str, error: Exception) -> str:
    said = " ".join(str(error).split())
    if "ersion mismatch" in said:
        return f"--ray {where}: the cluster has another Ray or Python than this machine: {said[:300]}"
    if where == "auto":
        return f"--ray auto: no Ray cluster runs on this machine; {START}"
    if "node" in said and isinstance(error, RuntimeError | TimeoutError):
        return f"--ray {where}: this machine is no node of the cluster there; join it: `ray start --address {where}`"
    return f"--ray {where}: the cluster there cannot be joined: {said[:300]}"


def _knock(where: str) -> None:
    host, _, port = where.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), ANSWERS_WITHIN).close()
    except OSError as error:
        why = error.strerror or f"no answer within {ANSWERS_WITHIN:g} s"
        raise SpecError(f"--ray {where}: nobody answers there ({why}); {START}") from None


@contextmanager
def _silence() -> Iterator[None]:
    """Ray tells of lost nodes and workers on the terminal, and on standard output at that; so do we, in one line."""
    from ray._private import worker

    log, before = logging.getLogger("ray"), getattr(worker, "_worker_logs_enabled", True)  # no part of its interface
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    worker._worker_logs_enabled = False
    try:
        yield
    finally:
        log.setLevel(level)
        worker._worker_logs_enabled = before


def refusal(node: str, theirs: str, finds: bool, ours: str = VERSION) -> str | None:
    """Why a node is not to be used, in a sentence; None for a good one. theirs: its version of evalkit. finds: whether
    it has this project's own scorers and providers, word for word."""
    if theirs != ours:
        return f"node {node} has evalkit {theirs}, this machine {ours}: install the same version on every node"
    if not finds:
        return (
            f"node {node} lacks this project's own scorers or providers, or has others: share the folder, at the same "
            "path on every node"
        )
    return None


def of_import(error: Exception) -> str | None:
    """What a node says that cannot import evalkit, in a sentence; None for any other error."""
    said = str(error)
    if "No module named 'evalkit" not in said:
        return None
    return "a node of the cluster has no evalkit, or an older one: install the same version on every node"


def short(error: Exception) -> str:
    """What Ray says of a loss in many lines, in one."""
    from ray.exceptions import RayTaskError

    lines = [line.strip() for line in str(error).strip().splitlines()] or [type(error).__name__]
    why = [line for line in lines if line.startswith("The actor is dead because")]
    return (why or lines[-1 if isinstance(error, RayTaskError) else 0 :])[0][:200]
