"""The budget of a run file: how much may still be sent, asked before every attempt.

What was spent in earlier runs counts. Under a budget of money a model's first request goes alone, to show what one
costs; then requests under way x the dearest reply seen must fit what is left. A probe's short replies count as money
spent, and never as what a reply costs. Not covered: what a server bills without answering (a broken connection), and
replies that are dearer than any before them: what they cost beyond the budget is said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from evalkit.asking.prices import cost_of, prices_of, usage_or_guess
from evalkit.asking.stopping import Stop, StoppedError
from evalkit.errors import SpecError
from evalkit.runfile.origins import BESIDE, paid_from, paid_to
from evalkit.runfile.store import Store
from evalkit.specs.experiment import Budget
from evalkit.types import ModelSpec, Reply, Request, Usage

TRIALS, BESIDES = "trials", "beside them"
NO_PRICE = (
    "{label}: max_cost: no price is known for {id}; give prices = {{ input = ..., output = ... }} (money per million "
    "tokens) beside its id in the experiment or --prices input=...,output=..., or a budget of requests"
)


class Purse:
    """What one run file has spent, and may."""

    def __init__(self, budget: Budget, stop: Stop) -> None:
        self.budget, self.stop = budget, stop
        self.sent, self.spent = 0, 0.0
        self.sent_now, self.spent_now = 0, 0.0
        """Of these, in this run."""
        self.pockets: dict[tuple[str, str], Pocket] = {}
        self.settled = asyncio.Event()

    @property
    def open(self) -> bool:
        return self.budget.max_cost is None and self.budget.max_requests is None

    def pocket(self, spec: ModelSpec) -> Pocket:
        return self.pockets.setdefault((spec.label, TRIALS), Pocket(self, spec))

    def beside(self, spec: ModelSpec) -> Pocket:
        """For short requests beside the trials, a probe: what they cost tells nothing of what a trial costs."""
        return self.pockets.setdefault((spec.label, BESIDES), Pocket(self, spec))

    def covers(self, requests: int, used: Usage, spec: ModelSpec) -> bool:
        """Whether so many requests, which use so much in all, may be sent; the answer costs nothing."""
        most, cost = self.budget, cost_of(spec, used) or 0.0
        by_number = most.max_requests is None or self.sent + requests <= most.max_requests
        return by_number and (most.max_cost is None or self.spent + cost <= most.max_cost)

    def sent_for_trials(self) -> int:
        """Attempts of this run, without a probe's."""
        return sum(pocket.sent for (_, what), pocket in self.pockets.items() if what == TRIALS)

    def overspent(self) -> str | None:
        """What to say where replies were dearer than any before them, so that more was spent than was to be."""
        most = self.budget.max_cost
        if most is None or not self.spent_now or self.spent <= most:
            return None
        return f"{self.spent:.4g} was spent, and the budget is {most:g}: replies cost more than any before them"

    def at_stake(self) -> float:
        """What the requests under way may cost."""
        return sum(p.under_way * (p.dearest or 0.0) for p in self.pockets.values())

    def remember(self, store: Store, models: Iterable[ModelSpec]) -> None:
        """Count what the run file holds. Raises SpecError for a budget of money where a price is not known."""
        if self.budget.max_cost is not None:
            unknown = [m for m in models if prices_of(m) is None]
            if unknown:
                raise SpecError(*(NO_PRICE.format(label=m.label, id=m.id) for m in unknown))
        self.sent, self.spent = store.noted(BESIDE, paid_from) or (0, 0.0)
        by_label = {m.label: m for m in models}
        for label, count, cost, dearest in store.spent():
            self.sent += count
            self.spent += cost
            if label in by_label and dearest:
                self.pocket(by_label[label]).dearest = dearest
        if self.budget.max_cost is not None:
            for label, request, reply in store.unpriced():  # replies of an older run file, or of a model without prices
                if label in by_label:
                    self.spent += cost_of(by_label[label], usage_or_guess(request, reply)) or 0.0

    def note(self, store: Store, kept: int, cost: float) -> None:
        """Store what this run paid for beside the replies that it kept."""
        sent, spent = store.noted(BESIDE, paid_from) or (0, 0.0)
        requests, money = self.sent_now - kept, self.spent_now - cost
        if requests > 0 or money > 1e-12:
            store.set_meta(BESIDE, paid_to((sent + requests, spent + max(0.0, money))))


class Pocket:
    """The purse as one model's requests see it."""

    def __init__(self, purse: Purse, spec: ModelSpec) -> None:
        self._purse, self._spec = purse, spec
        self.under_way = self.sent = 0
        self.dearest: float | None = None

    async def admit(self) -> None:
        """Wait for leave to send. Raises StoppedError, and stops the run, once the budget is used up."""
        purse = self._purse
        while not self._fits() and purse.stop.reason is None:
            purse.settled.clear()
            await purse.settled.wait()
        if purse.stop.reason is not None:
            raise StoppedError(purse.stop.reason)
        self.under_way += 1
        self.sent += 1
        purse.sent += 1
        purse.sent_now += 1

    def _fits(self) -> bool:
        """Whether one more may be sent now; False: perhaps when one under way has ended."""
        purse, most = self._purse, self._purse.budget
        if most.max_requests is not None and purse.sent >= most.max_requests:
            return self._over(f"the budget of {most.max_requests} requests is used up")
        if most.max_cost is None:
            return True
        left = most.max_cost - purse.spent
        if self.dearest is None:
            return self.under_way == 0 and (left > 0 or self._over(f"the budget of {most.max_cost:g} is used up"))
        if purse.at_stake() + self.dearest <= left:
            return True
        if any(p.under_way for p in purse.pockets.values()):
            return False
        return self._over(f"the budget of {most.max_cost:g} is used up")

    def _over(self, reason: str) -> bool:
        self._purse.stop.now(reason, budget=True)
        return False

    def settle(self, request: Request, reply: Reply | None) -> None:
        """An attempt has ended; None = without a reply."""
        self.under_way -= 1
        if reply is not None:
            cost = cost_of(self._spec, usage_or_guess(request, reply))
            if cost is not None:
                self._purse.spent += cost
                self._purse.spent_now += cost
                self.dearest = max(self.dearest or 0.0, cost)
        self._purse.settled.set()
