"""Asks the models: `drive` holds one conversation, `Cached` answers from the run file, `run` does a whole experiment.

Every model has its own workers over one iterator of trials, so nothing grows with the number of trials. Trials come in
blocks (problem x sample with all arms), and a budget is checked before a block begins: a stop leaves balanced pairs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from evalkit import plugins
from evalkit.asking import probe as conformance
from evalkit.asking.limits import Limited
from evalkit.asking.queue import Ledger, Progress, Queue, Stop, cost_of, request_for
from evalkit.errors import EvalkitError, ProviderError, SpecError, StoreError
from evalkit.runfile.store import Store
from evalkit.specs.experiment import Budget, Job, Plan
from evalkit.specs.templates import converse
from evalkit.types import Ask, Limits, Message, ModelSpec, Provider, Reply, Request, Transcript, Turn


class StoppedError(EvalkitError):
    """The run was asked to stop; what was gathered is stored."""


class Cached:
    """Answers from the run file; else asks and stores. Identical requests under way share one call."""

    def __init__(self, store: Store, ask: Ask, spec: ModelSpec, progress: Progress, stop: Stop) -> None:
        self._store, self._ask, self._spec, self._progress, self._stop = store, ask, spec, progress, stop
        self._under_way: dict[str, asyncio.Future[Reply]] = {}

    async def __call__(self, request: Request) -> Reply:
        stored = self._store.reply(request.key)
        if stored is not None:
            self._progress.from_file += 1
            return stored
        shared = self._under_way.get(request.key)
        if shared is not None:
            return await asyncio.shield(shared)
        if self._stop.reason:
            raise StoppedError(self._stop.reason)
        shared = self._under_way[request.key] = asyncio.get_running_loop().create_future()
        try:
            reply = await self._fetch(request)
            shared.set_result(reply)
            return reply
        except BaseException as error:
            if isinstance(error, Exception):
                shared.set_exception(error)
                shared.exception()  # nobody need be waiting for it
            else:
                shared.cancel()
            raise
        finally:
            del self._under_way[request.key]

    async def _fetch(self, request: Request) -> Reply:
        self._progress.in_flight += 1
        try:
            reply = await self._ask(request)
        finally:
            self._progress.in_flight -= 1
        await self._store.keep_reply(request, reply)
        self._progress.asked += 1
        if reply.usage:
            self._progress.input_tokens += reply.usage.input_tokens
            self._progress.output_tokens += reply.usage.output_tokens
            self._progress.cost += cost_of(self._spec, reply.usage.input_tokens, reply.usage.output_tokens)
        return reply


async def drive(job: Job, ask: Ask) -> Transcript:
    """Hold one conversation. A failure becomes the reply of its turn; fatal faults and a stop are raised."""
    turns: list[Turn] = []
    error: str | None = None
    conversation = converse(job.template, job.variables)
    try:
        messages = next(conversation)
        while True:
            turns += [Turn(m.role, m.content) for m in messages[len(turns) :]]
            reply = await _answer(ask, request_for(job, messages))
            turns.append(Turn("assistant", reply.text, reply))
            error = reply.error
            messages = conversation.send(reply)
    except StopIteration:
        pass
    except SpecError as fault:  # a branch of the template that the rehearsal did not reach
        error = str(fault)
    return Transcript(job.trial, tuple(turns), error)


async def _answer(ask: Ask, request: Request) -> Reply:
    """The one boundary where a failure becomes data."""
    try:
        return await ask(request)
    except ProviderError as error:
        if error.fault == "fatal":
            raise
        return Reply("", "error", error=str(error))
    except (StoreError, StoppedError):
        raise
    except Exception as error:
        return Reply("", "error", error=f"{type(error).__name__}: {error}")


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
    if progress.probe is None or spec.provider == "replay":
        return
    found = conformance.stored(store, spec)
    if found is None:
        found = await conformance.probe(ask, spec)
        conformance.keep(store, spec, found)
        progress.probes += found.requests
        progress.cost += cost_of(spec, found.input_tokens, found.output_tokens)
    for warning in conformance.warnings(spec.label, found):
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


@asynccontextmanager
async def connected(spec: ModelSpec) -> AsyncIterator[Provider]:
    """The provider of a model, closed at the end."""
    connect: Callable[[ModelSpec], AsyncIterator[Provider]] = plugins.load("providers", spec.provider).connect
    provider: Provider = await connect(spec)  # type: ignore[misc]
    try:
        yield provider
    finally:
        await provider.close()


def limits_of(spec: ModelSpec) -> Limits:
    """A model's limits: the timeout by default is meant for servers, not for replies that this machine computes."""
    patient = getattr(plugins.load("providers", spec.provider), "PATIENT", False)
    given = "timeout" in spec.limits.model_fields_set
    return spec.limits.model_copy(update={"timeout": None}) if patient and not given else spec.limits


async def examine(spec: ModelSpec) -> conformance.Probe | str:
    """Connect to a model and probe it; a message where it does not answer."""
    try:
        async with connected(spec) as provider, asyncio.timeout(limits_of(spec).timeout):
            await provider.ask(Request(spec.id, spec.base_url or "", (Message("user", "Hello."),), _short(spec), 0))
            return await conformance.probe(provider.ask, spec)
    except TimeoutError:
        return f"no answer within {spec.limits.timeout:g} s"
    except EvalkitError as error:
        return str(error)


def _short(spec: ModelSpec) -> dict[str, object]:
    limit = next((name for name in conformance.LIMITS if name in spec.parameters), "max_tokens")
    return {**spec.parameters, limit: 16}
