"""Asks the models: `run` does a whole experiment.

Every model has its own workers over one iterator of trials, so nothing grows with the number of trials. Trials come in
blocks (problem x sample with all arms), and a budget is checked before a block begins: a stop leaves balanced pairs.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from evalkit.asking import probing
from evalkit.asking.connecting import Connected, all_connected, limits_of
from evalkit.asking.conversation import drive
from evalkit.asking.identity import copies, recognised, spelled_alike
from evalkit.asking.limits import Limited, Log
from evalkit.asking.progress import Progress
from evalkit.asking.queue import Ledger, Queue
from evalkit.asking.stopping import Stop, StoppedError, unless
from evalkit.asking.through import through
from evalkit.cluster.joining import Cluster
from evalkit.errors import EvalkitError, ProviderError, StoreError
from evalkit.runfile.store import Store
from evalkit.specs.experiment import Budget
from evalkit.specs.plan import Plan
from evalkit.types import Ask, Limits, ModelSpec, Reply, Request

WORKERS = 2
"""For each request in flight: while replies are stored and rendered, others wait for the place that becomes free."""


@dataclass(frozen=True)
class Orders:
    """How a run is to go, beyond what the experiment says."""

    budget: Budget | None = None
    """In place of the experiment's."""
    limit: int | None = None
    """Only so many blocks (problem x sample with all arms) per model."""
    retry_failed: bool = True
    """Whether trials that failed in an earlier run are asked again."""
    log: Log | None = None
    """Is told of every attempt."""
    batch: bool = False
    """Requests are left in batches, see batches.py."""
    wait: bool = False
    """With `batch`: stay until they are answered."""
    cluster: Cluster | None = None
    """Models that can be on its nodes are asked there."""


async def run(plan: Plan, store: Store, *, progress: Progress, stop: Stop, orders: Orders = Orders()) -> Progress:
    """Ask everything of the plan that the run file does not hold yet; each transcript is stored as it ends.

    Raises StoreError; SpecError before anything
    is sent; ProviderError (fatal) when the other models are done and what was under way is stored.
    """
    plan = spelled_alike(plan, store)
    ledger = begun(plan, store, progress, stop, orders)
    before = progress.asked, progress.cost
    async with AsyncExitStack() as stack:
        lines = []
        for spec in plan.experiment.models:
            jobs = Queue(plan.blocks(spec, orders.limit), store, ledger, orders.retry_failed)
            if jobs.any():  # a finished run needs no connection, no key, no local model
                lines.append(_Line(spec, await stack.enter_async_context(all_connected(spec, orders.cluster)), jobs))
            elif progress.probe:
                progress.notes += probing.known(spec, store)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(line.ask_all(plan, store, ledger, orders.log)) for line in lines]
        except* (EvalkitError, OSError) as errors:
            raise _first(errors) from None
        finally:
            with suppress(StoreError):
                ledger.purse.note(store, progress.asked - before[0], progress.cost - before[1])
    progress.stopped = progress.stopped or stop.reason
    progress.over_budget = progress.over_budget or stop.budget
    progress.sent = (progress.sent or 0) + ledger.purse.sent_for_trials()
    if overspent := ledger.purse.overspent():
        progress.notes.append(overspent)
    faults = [str(found) for task in tasks if (found := task.result()) is not None]
    if faults:
        raise ProviderError("\n".join(dict.fromkeys(faults)), "fatal")
    return progress


def begun(plan: Plan, store: Store, progress: Progress, stop: Stop, orders: Orders) -> Ledger:
    """What is looked at before anything is asked. Raises SpecError."""
    for line in recognised(store, plan.experiment.everyone):
        progress.tell(line)
    for spec in plan.experiment.models:
        warning = copies(spec, plan.repeats)
        if warning is not None:
            progress.tell(warning)
    ledger = Ledger(orders.budget or plan.experiment.budget, progress, stop)
    ledger.purse.remember(store, plan.experiment.everyone)
    progress.total = sum(plan.count(model, orders.limit) for model in plan.experiment.models)
    return ledger


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    inner = errors.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner


@dataclass
class _Line:
    """One model with the jobs that it has to do."""

    spec: ModelSpec
    servers: Connected
    jobs: Queue

    async def ask_all(self, plan: Plan, store: Store, ledger: Ledger, log: Log | None) -> ProviderError | None:
        """Do the jobs. Returns the fault that ended it early: the other models go on."""
        limits = limits_of(self.spec)
        more: dict[str, Any] = {"stop": ledger.stop, "pocket": ledger.purse.beside(self.spec), "log": log}
        asks = {
            name: partial(alone, ask, limits, more) for name, ask in self.servers.asks.items()
        }  # each request of a probe stands alone, so that a parameter which the server refuses ends no more than that
        with through(self.spec, self.servers, store, ledger, plan.experiment.seed, log) as (ask, places):
            try:
                async with unless(ledger.stop):  # questions of evalkit's own: the next run asks them, nobody waits here
                    await probing.files(asks, self.spec, plan.attachments(self.spec), store, ledger.progress)
                    await probing.conformance(asks, self.servers, store, ledger, self.jobs.first())
            except StoppedError:
                return None
            async with asyncio.TaskGroup() as group:
                workers = [
                    group.create_task(_work(self.jobs, ask, store, ledger))
                    for _ in range(min(WORKERS * places, plan.trials))
                ]
        await self.servers.leave()
        return next((found for worker in workers if (found := worker.result()) is not None), None)


async def alone(ask: Ask, limits: Limits, more: dict[str, Any], request: Request) -> Reply:
    """One request with limits of its own, so that a fault of it ends no more than that."""
    return await Limited(ask, limits, **more)(request)


async def _work(jobs: Queue, ask: Ask, store: Store, ledger: Ledger) -> ProviderError | None:
    """Do one job after the other. Returns a fault that would befall every further one; its reply is no data."""
    progress = ledger.progress
    while (taken := await jobs.take()) is not None:
        job, share = taken
        try:
            transcript = await drive(job, ask)
        except StoppedError:
            return None
        except ProviderError as fault:
            jobs.give_up()
            return fault
        finally:
            ledger.done(share)
        await store.add_transcript(transcript, job.fingerprint, job.script.template.scored_turn)
        progress.done += 1
        if transcript.error is not None:
            progress.note_failure(transcript.error)
    return None
