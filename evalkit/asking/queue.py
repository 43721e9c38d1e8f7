"""How far a run has come, what it would cost, and which jobs the budget still lets in."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from evalkit.asking.limits import Limited
from evalkit.runfile.store import Store
from evalkit.specs.experiment import Budget, Job
from evalkit.specs.templates import converse
from evalkit.types import Message, ModelSpec, Reply, Request

DEFAULT_OUTPUT_TOKENS = 800
"""Guess for one reply where the parameters name no maximum and nothing has been answered yet."""


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
    probe: Callable[[str], None] | None = None
    """Is told what the conformance probe warns of; None: models are not probed."""
    probes: int = 0
    """Requests that probes sent; their cost is in `cost`."""
    stopped: str | None = None
    """Why the run ended before all was asked."""
    failures: dict[str, int] = field(default_factory=dict)
    """How often each error occurred (the first 20 kinds)."""

    @property
    def retries(self) -> int:
        """Attempts after the first one, of all requests."""
        return sum(meter.retries for meter in self.meters)

    def as_json(self) -> dict[str, object]:
        fields = {n: getattr(self, n) for n in self.__dataclass_fields__ if n not in ("meters", "probe")}
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


def cost_of(spec: ModelSpec, input_tokens: float, output_tokens: float) -> float:
    """Money for so many tokens at the model's prices."""
    return (input_tokens * spec.prices.input + output_tokens * spec.prices.output) / 1e6


def request_for(job: Job, messages: tuple[Message, ...]) -> Request:
    """The exact request for one turn of a job."""
    return Request(job.model.id, job.model.base_url or "", messages, job.model.parameters, job.trial.sample)


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


class Ledger:
    """Lets blocks in while the budget lasts. One for all models of a run."""

    def __init__(self, budget: Budget, progress: Progress, stop: Stop) -> None:
        self.budget, self.progress, self.stop = budget, progress, stop
        self.promised = Forecast()
        self.under_way = 0
        """Jobs that were let in and are not finished."""
        self.finished = asyncio.Event()

    def done(self) -> None:
        self.under_way -= 1
        self.finished.set()

    async def lets_in(self, block: list[Job], store: Store) -> bool:
        """Whether the budget covers the block. Where it may once jobs under way are finished, waits for them."""
        if self.budget.max_cost is None and self.budget.max_requests is None:
            return True
        while self.progress.stopped is None:
            asked = self.progress.asked
            mean = self.progress.output_tokens / asked if asked and self.progress.output_tokens else None
            promised = self.promised + forecast(block, store, mean)
            over = self._over(promised)
            if over is None:
                self.promised = promised
                return True
            if self.under_way == 0 or "requests" in over:
                self.progress.stopped = over
            else:
                self.finished.clear()
                await self.finished.wait()
        return False

    def _over(self, promised: Forecast) -> str | None:
        most, money = self.budget.max_requests, self.budget.max_cost
        if most is not None and promised.requests > most:
            return f"the budget of {most} requests is used up"
        if money is not None and self._projected_cost(promised) > money:
            return f"the budget of {money:g} is used up"
        return None

    def _projected_cost(self, promised: Forecast) -> float:
        """What was spent, and what the requests let in but not yet answered will cost at the mean seen so far."""
        asked, spent = self.progress.asked, self.progress.cost
        each = spent / asked if asked >= 8 else promised.cost / max(promised.requests, 1)
        outstanding = promised.requests - asked if self.under_way else promised.requests - self.promised.requests
        return spent + max(outstanding, 0) * each


class Queue:
    """The jobs of one model, block by block, shared by its workers."""

    def __init__(self, blocks: Iterator[list[Job]], store: Store, ledger: Ledger) -> None:
        self._blocks, self._store, self._ledger = blocks, store, ledger
        self._ready: deque[Job] = deque()
        self._lock = asyncio.Lock()

    async def take(self) -> Job | None:
        """The next job that is still to do; None when there is none, or the run stops."""
        async with self._lock:
            return self._ready.popleft() if await self._filled() else None

    async def any(self) -> bool:
        """Whether there is a job to do."""
        async with self._lock:
            return await self._filled()

    async def _filled(self) -> bool:
        while not self._ready:
            block = next(self._blocks, None)
            if block is None or self._ledger.stop.reason:
                return False
            todo = self._still_to_do(block)
            if todo and not await self._ledger.lets_in(todo, self._store):
                return False
            self._ledger.under_way += len(todo)
            self._ready.extend(todo)
        return True

    def _still_to_do(self, block: list[Job]) -> list[Job]:
        done = self._store.finished(block[0].trial.problem, block[0].trial.sample)
        todo = [j for j in block if done.get((j.trial.template, j.trial.model)) != j.fingerprint]
        self._ledger.progress.kept += len(block) - len(todo)
        self._ledger.progress.done += len(block) - len(todo)
        return todo
