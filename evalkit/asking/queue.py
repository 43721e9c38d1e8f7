"""The jobs that are still to do, let in block by block while the budget lasts."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator

from evalkit.asking.forecast import Forecast, forecast
from evalkit.asking.progress import Progress
from evalkit.asking.stopping import Stop
from evalkit.runfile.store import Store
from evalkit.specs.experiment import Budget
from evalkit.specs.plan import Job


class Ledger:
    """Lets blocks in while the budget lasts. One for all models of a run."""

    def __init__(self, budget: Budget, progress: Progress, stop: Stop) -> None:
        self.budget, self.progress, self.stop = budget, progress, stop
        self.promised = Forecast()
        self.under_way = 0
        """Jobs that were let in and are not finished."""
        self.finished = asyncio.Event()

    def done(self, jobs: int = 1) -> None:
        self.under_way -= jobs
        self.finished.set()

    async def lets_in(self, block: list[Job], store: Store) -> bool:
        """Whether the budget covers the block. Where it may once jobs under way are finished, waits for them."""
        if self.budget.max_cost is None and self.budget.max_requests is None:
            return True
        while self.progress.stopped is None and self.stop.reason is None:
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
        self._over = False

    def give_up(self) -> None:
        """Hand out nothing more: the model cannot be asked."""
        self._over = True
        self._ledger.done(len(self._ready))
        self._ready.clear()

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
            if block is None or self._ended():
                return False
            todo = self._still_to_do(block)
            if todo and not await self._ledger.lets_in(todo, self._store):
                return False
            if self._ended():  # while it waited
                return False
            self._ledger.under_way += len(todo)
            self._ready.extend(todo)
        return True

    def _ended(self) -> bool:
        return self._over or self._ledger.stop.reason is not None

    def _still_to_do(self, block: list[Job]) -> list[Job]:
        done = self._store.finished(block[0].trial.problem, block[0].trial.sample)
        todo = [j for j in block if done.get((j.trial.template, j.trial.model)) != j.fingerprint]
        self._ledger.progress.kept += len(block) - len(todo)
        self._ledger.progress.done += len(block) - len(todo)
        return todo
