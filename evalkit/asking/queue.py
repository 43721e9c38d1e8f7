"""The jobs that are still to do, let in block by block while the budget lasts."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator

from evalkit.asking.budget import Pocket, Purse
from evalkit.asking.forecast import forecast
from evalkit.asking.progress import Progress
from evalkit.asking.stopping import Stop
from evalkit.runfile.store import Store
from evalkit.specs.experiment import Budget
from evalkit.specs.plan import Job


class Ledger:
    """Lets blocks in while the budget lasts, so that it ends between blocks. One for all models of a run.

    The purse has the last word, before every attempt; it may end a block in the middle where requests fail.
    """

    def __init__(self, budget: Budget, progress: Progress, stop: Stop) -> None:
        self.progress, self.stop = progress, stop
        self.purse = Purse(budget, stop)
        self.under_way = 0.0
        """Requests of the jobs that were let in and are not finished."""
        self.finished = asyncio.Event()

    def done(self, requests: float) -> None:
        self.under_way = max(0.0, self.under_way - requests)
        if self.under_way < 1e-6:
            self.under_way = 0.0
        self.finished.set()

    async def lets_in(self, block: list[Job], store: Store) -> float | None:
        """How many requests the block adds; None = the budget does not cover it. Waits for jobs under way where it may
        once they are finished."""
        if self.purse.open:
            return 0.0
        while self.progress.stopped is None and self.stop.reason is None:
            requests = forecast(block, store).requests
            over = self._over(requests, self.purse.pocket(block[0].model))
            if over is None:
                self.under_way += requests
                return float(requests)
            if self.under_way == 0:
                self.progress.stopped, self.progress.over_budget = over, True
            else:
                self.finished.clear()
                await self.finished.wait()
        return None

    def _over(self, requests: int, pocket: Pocket) -> str | None:
        purse, most = self.purse, self.purse.budget
        if most.max_requests is not None and purse.sent + self.under_way + requests > most.max_requests:
            left = most.max_requests - purse.sent
            used_up = left <= 0 or self.under_way > 0
            what = "is used up" if used_up else f"has {left} left, and the next block needs {requests}"
            return f"the budget of {most.max_requests} requests {what}"
        if most.max_cost is None or not requests:
            return None
        if pocket.dearest is None:  # one block shows what a request costs
            fits = purse.spent < most.max_cost and not self.under_way
        else:
            fits = purse.spent + (self.under_way + requests) * pocket.dearest <= most.max_cost
        return None if fits else f"the budget of {most.max_cost:g} is used up"


class Queue:
    """The jobs of one model, block by block, shared by its workers."""

    def __init__(self, blocks: Iterator[list[Job]], store: Store, ledger: Ledger, retry_failed: bool = True) -> None:
        self._retry_failed = retry_failed
        self._blocks, self._store, self._ledger = blocks, store, ledger
        self._ready: deque[tuple[Job, float]] = deque()
        self._lock = asyncio.Lock()
        self._over = False
        self._block: list[Job] | None = None

    def give_up(self) -> None:
        """Hand out nothing more: the model cannot be asked."""
        self._over = True
        self._ledger.done(sum(share for _, share in self._ready))
        self._ready.clear()

    async def take(self) -> tuple[Job, float] | None:
        """The next job that is still to do, and its share of the budget; None when there is none, or the run stops."""
        async with self._lock:
            return self._ready.popleft() if await self._filled() else None

    def any(self) -> bool:
        """Whether there is a job to do. Asks no leave of the budget."""
        return bool(self._ready) or self._next() is not None

    def first(self) -> int:
        """How many requests the next block adds. Asks no leave of the budget."""
        block = self._next()
        return forecast(block, self._store).requests if block else 0

    def left(self) -> Iterator[list[Job]]:
        """All that is still to do, block by block. Asks no leave of the budget."""
        while (block := self._next()) is not None:
            self._block = None
            yield block

    async def _filled(self) -> bool:
        while not self._ready:
            block = self._next()
            if block is None or self._ended():
                return False
            requests = await self._ledger.lets_in(block, self._store)
            if requests is None:
                return False
            if self._ended():  # while it waited
                self._ledger.done(requests)
                return False
            self._block = None
            self._ready.extend((job, requests / len(block)) for job in block)
        return True

    def _next(self) -> list[Job] | None:
        """What is still to do of the next block that is not done."""
        while not self._block:
            block = next(self._blocks, None)
            if block is None:
                return None
            self._block = self._still_to_do(block)
        return self._block

    def _ended(self) -> bool:
        return self._over or self._ledger.stop.reason is not None

    def _still_to_do(self, block: list[Job]) -> list[Job]:
        done = self._store.finished(block[0].trial.problem, block[0].trial.sample, failed=not self._retry_failed)
        todo = [j for j in block if done.get((j.trial.template, j.trial.model)) != j.fingerprint]
        self._ledger.progress.kept += len(block) - len(todo)
        self._ledger.progress.done += len(block) - len(todo)
        if not self._retry_failed:
            whole = self._store.finished(block[0].trial.problem, block[0].trial.sample)
            failed = [j for j in block if j not in todo and (j.trial.template, j.trial.model) not in whole]
            self._ledger.progress.left_failed += len(failed)
        return todo
