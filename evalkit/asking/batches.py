"""A run by batches: every call fetches what is there, goes on with the conversations, and leaves what they ask next.

A conversation of three turns takes three batches, one after the other; all conversations of a run go side by side. The
budget is kept by an estimate before a block (problem x sample with all arms) is begun.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from evalkit.asking import connecting, probing
from evalkit.asking.conversation import drive
from evalkit.asking.desk import Caps, Desk, WaitingError, Writes
from evalkit.asking.forecast import Basis, basis_of, forecast
from evalkit.asking.identity import keep_refused, recognised, refused, spelled_alike
from evalkit.asking.prices import batch_share, cost_of, guessed_input, most_output
from evalkit.asking.progress import Progress
from evalkit.asking.queue import Ledger, Queue
from evalkit.asking.runner import Orders, alone, begun
from evalkit.asking.stopping import Stop, StoppedError, check, unless
from evalkit.errors import ProviderError, SpecError
from evalkit.runfile.store import Store
from evalkit.specs.judge import Judge
from evalkit.specs.plan import Job, Plan
from evalkit.types import ModelSpec, Request, Usage

FIRST_LOOK, LONGEST_LOOK = 1.0, 60.0
"""Seconds between two looks at batches under way, doubled each time, where one waits for them."""
CAPS = Caps()


@dataclass
class _Line:
    """One model and how its conversations go on."""

    desk: Desk
    go_on: Callable[[], Awaitable[None]]


async def run(plan: Plan, store: Store, *, progress: Progress, stop: Stop, orders: Orders) -> Progress:
    """Fetch, go on, leave. `progress.in_batches` says how many requests are under way then: 0 = all is done.

    Raises SpecError before anything is sent, StoreError, and ProviderError (fatal) after all else is done.
    """
    plan = spelled_alike(plan, store)
    ledger = begun(plan, store, progress, stop, orders)
    models = plan.experiment.everyone
    async with AsyncExitStack() as stack:
        lines, all_servers = [], []
        for spec in plan.experiment.models:
            jobs = Queue(plan.blocks(spec, orders.limit), store, ledger, orders.retry_failed)
            if jobs.any() or store.batch_notes(spec.label):
                servers, desk = await stack.enter_async_context(opened(spec, store, progress))
                blocks = [*jobs.left()] if orders.wait else jobs.left()  # where they are gone through more than once
                lines.append(_Line(desk, partial(_walk, desk, blocks, ledger, models)))
                all_servers.append((desk.spec, servers))
        try:
            for spec, servers in all_servers:
                await _probed(plan, spec, servers, (store, ledger, orders))
            ledger.purse.note(store, 0, 0.0)
            await _rounds(lines, progress, stop, orders.wait)
        except StoppedError:
            pass
        finally:
            for spec, servers in all_servers:
                keep_refused(store, spec, servers.instead)
                progress.notes += [f"{spec.label}: {note}" for note in servers.notes]
    progress.stopped = progress.stopped or stop.reason
    return progress


async def ask_judge(
    judge: Judge, requests: Iterable[Request], store: Store, ledger: Ledger, orders: Orders, models: Sequence[ModelSpec]
) -> None:
    """The same for what is to be asked of a judge: one batch, since its questions do not hang on each other."""
    progress, spec = ledger.progress, judge.spec
    for line in recognised(store, [spec]):
        progress.tell(line)
    async with opened(spec, store, progress) as (servers, desk):
        left = [*requests]

        async def each() -> None:
            ledger.purse.remember(store, models)
            basis, cost, waiting = basis_of(store, spec), 0.0, list[Request]()
            for request in left:
                cost += batch_share(spec) * (cost_of(spec, _likely(request, spec, basis)) or 0.0)
                over = _over(ledger, len(waiting) + 1, cost)
                desk.takes = over is None
                if over is not None:
                    progress.stopped, progress.over_budget = over, True
                try:
                    await desk.ask(request)
                except WaitingError:
                    waiting.append(request)
                except ProviderError as error:
                    progress.notes.append(f"{spec.label}: a request failed: {error}")
            left[:] = waiting

        try:
            await _rounds([_Line(desk, each)], progress, ledger.stop, orders.wait)
        except StoppedError:
            progress.stopped = ledger.stop.reason
        finally:
            keep_refused(store, spec, servers.instead)


def _likely(request: Request, spec: ModelSpec, basis: Basis) -> Usage:
    written = most_output(spec) if basis.output is None else basis.output
    return Usage(round(basis.per_guess * guessed_input(request)), round(written))


async def settle(models: Sequence[ModelSpec], store: Store, progress: Progress) -> None:
    """Before requests are asked directly: fetch what batches have answered. Raises SpecError while one is under way,
    since what lies in it would be paid for twice."""
    for spec in models:
        if store.batch_notes(spec.label):
            async with opened(spec, store, progress) as (_, desk):
                await desk.collect()
    if progress.in_batches:
        which = "; ".join(progress.batches)
        raise SpecError(
            f"{progress.in_batches} requests of this run file lie in batches under way ({which}): add --batch, "
            "and what is answered is fetched; or cancel these batches at the server first"
        )


@asynccontextmanager
async def opened(spec: ModelSpec, store: Store, progress: Progress) -> AsyncIterator[tuple[connecting.Connected, Desk]]:
    """The desk of a model. Raises SpecError where its provider has no batches."""
    there = connecting.batches(spec)
    async with connecting.all_connected(spec) as servers:
        servers.learn(refused(store, spec))
        yield servers, Desk(spec, cast(Writes, servers.providers[0]), there, store, progress, CAPS)


async def _probed(
    plan: Plan, spec: ModelSpec, servers: connecting.Connected, where: tuple[Store, Ledger, Orders]
) -> None:
    """The probe asks directly: eight short requests that show within seconds what a batch would show tomorrow."""
    store, ledger, orders = where
    limits = connecting.limits_of(spec)
    more: dict[str, Any] = {"stop": ledger.stop, "pocket": ledger.purse.beside(spec), "log": orders.log}
    asks = {name: partial(alone, ask, limits, more) for name, ask in servers.asks.items()}
    async with unless(ledger.stop):
        await probing.files(asks, spec, plan.attachments(spec), store, ledger.progress)
        await probing.conformance(asks, servers, store, ledger)


async def _rounds(lines: list[_Line], progress: Progress, stop: Stop, wait: bool) -> None:
    """Fetch, go on and leave; where it is to wait, until nothing is under way. Raises ProviderError (fatal) last."""
    faults: list[str] = []
    pause = FIRST_LOOK
    while True:
        progress.in_batches, before = 0, progress.asked
        progress.batches.clear()
        for line in lines[:]:
            check(stop)
            try:
                await line.desk.collect()
                if line.desk.fatal is not None:
                    raise line.desk.fatal
                await line.go_on()
                await line.desk.submit()
            except ProviderError as error:
                faults.append(str(error))
                lines.remove(line)
        if not wait or not progress.in_batches or not lines:
            break
        pause = FIRST_LOOK if progress.asked > before else min(2 * pause, LONGEST_LOOK)
        async with unless(stop):
            await asyncio.sleep(pause)
    if faults:
        raise ProviderError("\n".join(dict.fromkeys(faults)), "fatal")


async def _walk(desk: Desk, blocks: Iterable[list[Job]], ledger: Ledger, models: Sequence[ModelSpec]) -> None:
    """Go on with every conversation as far as replies are there, and drop from `blocks` what is done."""
    progress, store, spec = ledger.progress, desk.store, desk.spec
    ledger.purse.remember(store, models)
    basis, share = basis_of(store, spec), batch_share(spec)
    promised = [0.0, 0.0]
    for block in blocks:
        if not ledger.purse.open and block:
            coming = forecast(block, store, basis)
            over = _over(ledger, promised[0] + coming.requests, promised[1] + share * coming.cost)
            if over is not None:
                progress.stopped, progress.over_budget = over, True
            else:
                promised = [promised[0] + coming.requests, promised[1] + share * coming.cost]
            desk.takes = over is None
        left = []
        for job in block:
            try:
                transcript = await drive(job, desk.ask)
            except WaitingError:
                left.append(job)
                continue
            await store.add_transcript(transcript, job.fingerprint, job.script.template.scored_turn)
            progress.done += 1
            if transcript.error is not None:
                progress.note_failure(transcript.error)
        block[:] = left


def _over(ledger: Ledger, requests: float, cost: float) -> str | None:
    """Why the budget does not cover so much more, None where it does."""
    purse, most = ledger.purse, ledger.purse.budget
    if most.max_requests is not None and purse.sent + requests > most.max_requests:
        return f"the budget of {most.max_requests} requests is used up"
    if most.max_cost is not None and purse.spent + cost > most.max_cost:
        return f"the budget of {most.max_cost:g} is used up (by an estimate of what is left)"
    return None
