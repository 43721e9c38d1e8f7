"""Asks a model judge or reader, through the run file like any model: same cache, limits, retries, budget and log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence

from evalkit.asking.causes import Causes
from evalkit.asking.connecting import all_connected
from evalkit.asking.identity import recognised
from evalkit.asking.queue import Ledger
from evalkit.asking.runner import Orders
from evalkit.asking.stopping import StoppedError
from evalkit.asking.through import through
from evalkit.errors import ProviderError
from evalkit.runfile.store import Store
from evalkit.specs.judge import Judge
from evalkit.types import Ask, ModelSpec, Request


async def ask_judge(
    judge: Judge,
    requests: Iterable[Request],
    store: Store,
    ledger: Ledger,
    orders: Orders,
    models: Sequence[ModelSpec],
) -> None:
    """Ask what the run file does not hold yet. What fails stays unasked, and is counted in a note.

    models: all whose replies the budget counts. Raises ProviderError where the judge cannot be asked any more, after
    what was under way is stored; SpecError and StoreError.
    """
    spec, progress, stop = judge.spec, ledger.progress, ledger.stop
    for line in recognised(store, [spec]):
        progress.tell(line)
    ledger.purse.remember(store, models)
    before = progress.asked, progress.cost
    failures = Causes()
    async with all_connected(spec, orders.cluster) as servers:
        left = iter(requests)
        with through(spec, servers, store, ledger, judge.seed, orders.log) as (ask, places):
            async with asyncio.TaskGroup() as group:
                workers = [group.create_task(_work(left, ask, failures)) for _ in range(places)]
    ledger.purse.note(store, progress.asked - before[0], progress.cost - before[1])
    progress.notes += [f"{spec.label}: {count} requests failed: {cause}" for cause, count in failures.most_common(3)]
    progress.stopped = progress.stopped or stop.reason
    progress.over_budget = progress.over_budget or stop.budget
    fault = next((found for worker in workers if (found := worker.result()) is not None), None)
    if fault is not None:
        raise fault


async def _work(left: Iterator[Request], ask: Ask, failures: Causes) -> ProviderError | None:
    """Ask one after the other. Returns a fault that would befall every further one."""
    for request in left:
        try:
            await ask(request)
        except StoppedError:
            return None
        except ProviderError as fault:
            if fault.fault == "fatal":
                for _ in left:  # the other workers find nothing more to do
                    pass
                return fault
            failures.add(str(fault))
    return None
