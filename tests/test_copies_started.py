"""Copies of a model on a cluster: one that does not start is tried again, without a cluster."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from evalkit.cluster import copies as copies_module
from evalkit.cluster import joining
from evalkit.cluster.copies import Copies
from evalkit.errors import ProviderError
from evalkit.types import Request


@pytest.mark.asyncio
@pytest.mark.parametrize("fails", [0, 2, copies_module.TRIES], ids="{} fail".format)
async def test_a_copy_that_does_not_start_is_tried_again(fails: int, monkeypatch: pytest.MonkeyPatch) -> None:
    exceptions = pytest.importorskip("ray.exceptions")
    left = iter([True] * fails)

    async def started(actor: object) -> tuple[str, str, bool]:
        if next(left, False):
            raise exceptions.RayError("it died")
        return "node", "any", True

    async def at_once(seconds: float) -> None:
        del seconds

    copies, copy = object.__new__(Copies), copies_module._Copy()
    copies._label, copies._new, copies._fault, copies.nodes, copies._waiting = "m", object, None, {}, []
    copies._copies = [copy]
    monkeypatch.setattr(
        copies, "_cluster", SimpleNamespace(name_of=lambda identifier: f"{identifier} 1"), raising=False
    )
    monkeypatch.setattr(copies, "_started", started)
    monkeypatch.setattr(copies_module, "refusal", lambda *told: None)
    monkeypatch.setattr(asyncio, "sleep", at_once)
    keeper = asyncio.create_task(copies._keep(copy))
    there = asyncio.create_task(_until_there(copy))
    await asyncio.wait([keeper, there], return_when=asyncio.FIRST_COMPLETED)
    if fails < copies_module.TRIES:
        assert copy.node is not None
        assert copy.node.told() == "node 1: 0 answered"
    else:
        assert copies._fault == "no copy of the model could be started: it died"
    for task in (keeper, there):
        task.cancel()
    await asyncio.gather(keeper, there, return_exceptions=True)


async def _until_there(copy: copies_module._Copy) -> None:
    waiter = asyncio.get_running_loop()
    while copy.node is None:
        tick = waiter.create_future()
        waiter.call_later(0.005, tick.set_result, None)
        await tick


REPLY = {"reply": {"text": "yes"}}
CAME_BACK: list[tuple[str, int, Any, str, str, int]] = [
    # (id, answered before, what comes back, the fault, its words or the reply's, copies lost)
    ("a reply", 0, REPLY, "", "yes", 0),
    ("no reply", 0, {"reply": 3}, "data", "here: what came back is no reply", 0),
    ("a passing fault", 0, {"fault": "transient", "said": "too slow"}, "transient", "too slow", 0),
    ("a fault of the question", 0, {"fault": "data", "said": "too long"}, "data", "too long", 0),
    ("a fault of the model", 0, {"fault": "fatal", "said": "no such model"}, "fatal", "here: no such model", 0),
    ("a fault of this copy", 1, {"fault": "fatal", "said": "no memory"}, "transient", "here: no memory", 1),
    ("the copy died", 0, "died", "transient", "here: the copy of the model was lost", 1),
    ("nobody waits any more", 0, asyncio.CancelledError(), "cancelled", "", 0),
]  # fmt: skip


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answered", "came", "fault", "said", "lost"), [row[1:] for row in CAME_BACK], ids=[row[0] for row in CAME_BACK]
)
async def test_what_comes_back_from_a_copy(
    answered: int, came: Any, fault: str, said: str, lost: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ray = pytest.importorskip("ray")
    came = ray.exceptions.RayError("it died") if came == "died" else came
    called_off: list[object] = []

    async def remote(asked: dict[str, object]) -> object:
        del asked
        if isinstance(came, BaseException):
            raise came
        return came

    monkeypatch.setattr(ray, "cancel", called_off.append)
    monkeypatch.setattr(ray, "kill", lambda actor: None)
    copies, copy = object.__new__(Copies), copies_module._Copy()
    copies._label, copies._fault, copies._homes, copies._waiting, copies._room = "m", None, {}, [], 2
    copies._copies = [copy]
    copy.actor, copy.answered = SimpleNamespace(ask=SimpleNamespace(remote=remote)), answered
    copy.node = node = copies_module.Node("here")
    try:
        found = ("", (await copies.ask(Request("slow:m", "m", (), {}, 0))).text)
    except ProviderError as error:
        found = (error.fault, str(error))
    except asyncio.CancelledError:
        found = ("cancelled", "")
    assert found[0] == fault
    assert found[1].startswith(said)
    assert (node.lost, node.answered, copy.taken) == (lost, int(said == "yes"), 0)
    assert len(called_off) == (fault == "cancelled")


AT = "10.0.0.1:6379"
FAILED = [
    ("another Ray", AT, RuntimeError("Version mismatch: the cluster was started with 2.9"), f"--ray {AT}: the cluster has another Ray or Python"),
    ("none here", "auto", ConnectionError("Could not find any running Ray instance"), "--ray auto: no Ray cluster runs on this machine"),
    ("no node", AT, RuntimeError("Can't find this node"), f"--ray {AT}: this machine is no node of the cluster there"),
    ("no node in time", AT, TimeoutError("no node after 30 s"), f"--ray {AT}: this machine is no node of the cluster there"),
    ("a node of another kind", AT, ValueError("a bad node"), f"--ray {AT}: the cluster there cannot be joined: a bad node"),
    ("something else", AT, OSError("out of\n  memory"), f"--ray {AT}: the cluster there cannot be joined: out of memory"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "error", "said"), [row[1:] for row in FAILED], ids=[row[0] for row in FAILED])
def test_why_a_cluster_cannot_be_joined(where: str, error: Exception, said: str) -> None:
    assert joining._told(where, error).startswith(said)
