"""Asks the models: `run` does a whole experiment.

Every model has its own workers over one iterator of trials, so nothing grows with the number of trials. Trials come in
blocks (problem x sample with all arms), and a budget is checked before a block begins: a stop leaves balanced pairs.
"""

from __future__ import annotations

import asyncio

from evalkit.asking import probe
from evalkit.asking.cached import Cached, StoppedError
from evalkit.asking.connecting import connected, limits_of, probed
from evalkit.asking.conversation import drive
from evalkit.asking.forecast import cost_of
from evalkit.asking.limits import Limited
from evalkit.asking.progress import Progress, Stop
from evalkit.asking.queue import Ledger, Queue
from evalkit.errors import EvalkitError
from evalkit.runfile.store import Store
from evalkit.specs.experiment import Budget
from evalkit.specs.plan import Plan
from evalkit.types import Ask, ModelSpec


async def run(
    plan: Plan, store: Store, *, progress: Progress, stop: Stop, budget: Budget | None = None, limit: int | None = None
) -> Progress:
    """Ask everything of the plan that the run file does not hold yet; each transcript is stored as it ends.

    limit: only so many blocks (problem x sample with all arms) per model. Raises ProviderError (fatal), StoreError.
    """
    ledger = Ledger(budget or plan.experiment.budget, progress, stop)
    count = sum(len(block) for model in plan.experiment.models for block in plan.blocks(model, limit))
    progress.total = count
    try:
        async with asyncio.TaskGroup() as group:
            for spec in plan.experiment.models:
                group.create_task(_ask_one_model(plan, spec, store, ledger, limit))
    except* (EvalkitError, OSError) as errors:
        raise _first(errors) from None
    progress.stopped = progress.stopped or stop.reason
    return progress


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    inner = errors.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner


async def _ask_one_model(plan: Plan, spec: ModelSpec, store: Store, ledger: Ledger, limit: int | None) -> None:
    jobs = Queue(plan.blocks(spec, limit), store, ledger)
    if not await jobs.any():  # a finished run needs no connection, no key, no local model
        return
    async with connected(spec) as provider:
        limits = limits_of(spec)
        limited = Limited(provider.ask, limits, seed=plan.experiment.seed)
        ledger.progress.meters.append(limited)
        await _probe(lambda r: Limited(provider.ask, limits)(r), spec, store, ledger.progress)
        ask = Cached(store, limited, spec, ledger.progress, ledger.stop)
        workers = min(spec.limits.in_flight, plan.trials)
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(_work(jobs, ask, store, ledger))


async def _probe(ask: Ask, spec: ModelSpec, store: Store, progress: Progress) -> None:
    """The conformance probe, once for each model, endpoint and parameters of a run file."""
    if progress.probe is None or not probed(spec):
        return
    found = probe.stored(store, spec)
    if found is None:
        found = await probe.probe(ask, spec)
        probe.keep(store, spec, found)
        progress.probes += found.requests
        progress.cost += cost_of(spec, found.input_tokens, found.output_tokens)
    for warning in probe.warnings(spec.label, found):
        progress.probe(warning)


async def _work(jobs: Queue, ask: Ask, store: Store, ledger: Ledger) -> None:
    progress = ledger.progress
    while (job := await jobs.take()) is not None:
        try:
            transcript = await drive(job, ask)
        except StoppedError:
            return
        finally:
            ledger.done()
        await store.add_transcript(transcript, job.fingerprint, job.template.scored_turn)
        progress.done += 1
        if transcript.error is not None:
            progress.note_failure(transcript.error)
