"""Copies of a model on a cluster: one that does not start is tried again, without a cluster."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from evalkit.cluster import copies as copies_module
from evalkit.cluster.copies import Copies


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
