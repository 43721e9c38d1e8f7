"""Asks the models: `drive` holds one conversation, `Cached` answers from the run file, `run` does a whole experiment.

Every model has its own workers over one iterator of trials, so nothing grows with the number of trials. Trials come in
blocks (problem x sample with all arms), and a budget is checked before a block begins: a stop leaves balanced pairs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from evalkit import plugins
from evalkit.errors import EvalkitError, ProviderError, SpecError, StoreError
from evalkit.experiment import Budget, Job, Plan
from evalkit.limits import Limited
from evalkit.prompts import converse
from evalkit.store import Store
from evalkit.types import Ask, Message, ModelSpec, Provider, Reply, Request, Transcript, Turn

DEFAULT_OUTPUT_TOKENS = 800
"""Guess for one reply where the parameters name no maximum and nothing has been answered yet."""


class StoppedError(EvalkitError):
    """The run was asked to stop; what was gathered is stored."""


@dataclass
class Progress:
    """Where a run stands. Counts are trials where nothing else is said."""

    total: int = 0
    done: int = 0
    kept: int = 0
    """Done already, in an earlier run."""
    failed: int = 0
    in_flight: int = 0
    """Requests under way."""
    asked: int = 0
    """Requests answered by the model in this run."""
    from_file: int = 0
    """Requests answered by the run file."""
    meters: list[Limited] = field(default_factory=list)
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    stopped: str | None = None
    """Why the run ended before all was asked."""
    failures: dict[str, int] = field(default_factory=dict)
    """How often each error occurred (the first 20 kinds)."""

    @property
    def retries(self) -> int:
        """Attempts after the first one, of all requests."""
        return sum(meter.retries for meter in self.meters)

    def as_json(self) -> dict[str, object]:
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "meters"}
        return {**fields, "retries": self.retries}

    def note_failure(self, error: str) -> None:
        self.failed += 1
        if error in self.failures or len(self.failures) < 20:
            self.failures[error] = self.failures.get(error, 0) + 1


@dataclass
class Stop:
    """A request to stop from outside (Ctrl-C): no new request is begun, those under way are finished and stored."""

    reason: str | None = None

    def now(self, reason: str) -> None:
        self.reason = self.reason or reason


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
        call = asyncio.ensure_future(self._fetch(request))
        self._under_way[request.key] = call
        try:
            return await call
        finally:
            self._under_way.pop(request.key, None)

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


def cost_of(spec: ModelSpec, input_tokens: float, output_tokens: float) -> float:
    """Money for so many tokens at the model's prices."""
    return (input_tokens * spec.prices.input + output_tokens * spec.prices.output) / 1e6


def request_for(job: Job, messages: tuple[Message, ...]) -> Request:
    """The exact request for one turn of a job."""
    return Request(job.model.id, job.model.base_url or "", messages, job.model.parameters, job.trial.sample)


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


@dataclass(frozen=True)
class Forecast:
    """What a run would send: requests not yet answered by the run file, estimated tokens and cost."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0

    def __add__(self, other: Forecast) -> Forecast:
        return Forecast(
            self.requests + other.requests,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cost + other.cost,
        )


def forecast(block: list[Job], store: Store | None, mean_output: float | None = None) -> Forecast:
    """Estimate one block. Stored replies are followed; the rest of a conversation is rehearsed with stand-ins.

    Tokens are counted as characters / 4 (+ 4 a message), replies as `mean_output`, else the model's maximum, else 800.
    """
    seen: set[str] = set()
    requests, tokens_in = 0, 0.0
    spec = block[0].model
    most = spec.parameters.get("max_tokens") or spec.parameters.get("max_completion_tokens")
    tokens_out = mean_output or (most if isinstance(most, int) else DEFAULT_OUTPUT_TOKENS)
    for job in block:
        conversation = converse(job.template, job.variables)
        try:
            messages = next(conversation)
            while True:
                request = request_for(job, messages)
                stored = store.reply(request.key) if store else None
                if stored is None and request.key not in seen:
                    seen.add(request.key)
                    requests += 1
                    stands_in = sum(m.role == "assistant" for m in messages) * tokens_out
                    tokens_in += stands_in + sum(len(m.content) / 4 + 4 for m in messages if m.role != "assistant")
                messages = conversation.send(stored or Reply(f"[answer {len(messages)} of the model]"))
        except StopIteration:
            continue
    out = requests * tokens_out
    return Forecast(requests, round(tokens_in), round(out), cost_of(spec, tokens_in, out))


async def run(
    plan: Plan, store: Store, *, progress: Progress, stop: Stop, budget: Budget | None = None, limit: int | None = None
) -> Progress:
    """Ask everything of the plan that the run file does not hold yet; each transcript is stored as it ends.

    limit: only so many blocks (problem x sample with all arms) per model. Raises ProviderError (fatal), StoreError.
    """
    ledger = _Ledger(budget or plan.experiment.budget, progress, stop)
    count = sum(len(block) for model in plan.experiment.models for block in plan.blocks(model, limit))
    progress.total = count
    try:
        async with asyncio.TaskGroup() as group:
            for spec in plan.experiment.models:
                group.create_task(_ask_one_model(plan, spec, store, ledger, limit))
    except* (EvalkitError, OSError) as errors:
        raise _first(errors) from None
    progress.stopped = stop.reason
    return progress


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    inner = errors.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner


async def _ask_one_model(plan: Plan, spec: ModelSpec, store: Store, ledger: _Ledger, limit: int | None) -> None:
    jobs = ledger.admit(plan.blocks(spec, limit), store)
    async with connected(spec) as provider:
        limited = Limited(provider.ask, spec.limits, seed=plan.experiment.seed)
        ledger.progress.meters.append(limited)
        ask = Cached(store, limited, spec, ledger.progress, ledger.stop)
        workers = min(spec.limits.in_flight, plan.trials)
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(_work(jobs, ask, store, ledger.progress))


async def _work(jobs: Iterator[Job], ask: Ask, store: Store, progress: Progress) -> None:
    for job in jobs:
        try:
            transcript = await drive(job, ask)
        except StoppedError:
            return
        kept = store.keep_transcript(transcript, fingerprint=job.fingerprint, scored_turn=job.template.scored_turn)
        await asyncio.wrap_future(kept)
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


class _Ledger:
    """Lets blocks in while the budget lasts."""

    def __init__(self, budget: Budget, progress: Progress, stop: Stop) -> None:
        self.budget, self.progress, self.stop = budget, progress, stop
        self._promised = Forecast()

    def admit(self, blocks: Iterator[list[Job]], store: Store) -> Iterator[Job]:
        """The jobs that are still to do, block by block."""
        for block in blocks:
            if self.stop.reason:
                return
            done = store.finished(block[0].trial.problem, block[0].trial.sample)
            todo = [j for j in block if done.get((j.trial.template, j.trial.model)) != j.fingerprint]
            self.progress.kept += len(block) - len(todo)
            self.progress.done += len(block) - len(todo)
            if todo and not self._affordable(todo, store):
                return
            yield from todo

    def _affordable(self, block: list[Job], store: Store) -> bool:
        if self.budget.max_cost is None and self.budget.max_requests is None:
            return True
        asked = self.progress.asked
        mean = self.progress.output_tokens / asked if asked and self.progress.output_tokens else None
        self._promised += forecast(block, store, mean)
        if self.budget.max_requests is not None and self._promised.requests > self.budget.max_requests:
            self.stop.now(f"the budget of {self.budget.max_requests} requests is used up")
            return False
        if self.budget.max_cost is not None and self._projected_cost() > self.budget.max_cost:
            self.stop.now(f"the budget of {self.budget.max_cost:g} is used up")
            return False
        return True

    def _projected_cost(self) -> float:
        """What was spent, and what the requests let in but not yet answered will cost at the mean seen so far."""
        asked, promised = self.progress.asked, self._promised
        each = self.progress.cost / asked if asked >= 8 else promised.cost / max(promised.requests, 1)
        return self.progress.cost + max(promised.requests - asked, 0) * each


async def probe(spec: ModelSpec) -> str | None:
    """Ask a model one short question, once. None when it answers, else what is wrong."""
    parameters = {**spec.parameters, "max_tokens": 16}
    request = Request(spec.id, spec.base_url or "", (Message("user", "Reply with the word ready."),), parameters, 0)
    try:
        async with connected(spec) as provider, asyncio.timeout(spec.limits.timeout):
            reply = await provider.ask(request)
    except TimeoutError:
        return f"no answer within {spec.limits.timeout:g} s"
    except EvalkitError as error:
        return str(error)
    return reply.error
