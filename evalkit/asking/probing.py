"""What is asked of every server before a run begins, where the run file does not know it yet."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from evalkit.asking import probe
from evalkit.asking.connecting import Connected, described, named, probed
from evalkit.asking.prices import cost_of
from evalkit.asking.progress import Progress
from evalkit.asking.queue import Ledger
from evalkit.errors import ProviderError
from evalkit.runfile.store import Store
from evalkit.types import Ask, Attachment, ModelSpec, Reply, Request, Usage, digest

WITHIN = 120.0
"""Seconds for the probe of one server: one that hangs at what it does not know is to keep no run waiting."""
LATER, TIMES = 20.0, 20
"""Once a request of the probe was answered, each of the others may take so many seconds, or so many times as long."""


async def files(
    asks: Mapping[str, Ask], spec: ModelSpec, along: Sequence[Attachment], store: Store, progress: Progress
) -> None:
    """Does each server take what goes along? Asked once for each model and the types of its files."""
    key, what = probe.TAKES + spec.label, digest([probe.identity_of(spec), sorted({f.type for f in along})])
    if not (along and probed(spec)) or store.meta(key) == what:
        return
    whole = True
    for name, ask in asks.items():
        try:
            used = await probe.attachments(ask, spec, along)
        except ProviderError as error:  # the run's own requests will tell
            at = f" at {name}" if len(asks) > 1 else ""
            progress.tell(f"{spec.label}{at}: could not be asked whether it takes attachments: {error}")
            whole = False
            continue
        if used is not None:
            progress.probes += 1
            progress.probe_cost += cost_of(spec, used) or 0.0
    if whole:
        store.set_meta(key, what)


async def conformance(
    asks: Mapping[str, Ask], servers: Connected, store: Store, ledger: Ledger, first: int = 1
) -> None:
    """The conformance probe, once for each model, server and parameters of a run file; and what several servers differ
    in, every time: one may have been started anew with another model. It is left out where the budget does not cover it
    beside so many first requests of trials: these are what is paid for."""
    progress = ledger.progress
    if not progress.probe or not probed(servers.specs[0]):
        return
    several = len(servers.specs) > 1
    new = sum(probe.stored(store, s, probe.place_of(s) if several else s.label) is None for s in servers.specs)
    used = Usage(new * probe.MOST.input_tokens, new * probe.MOST.output_tokens)
    if new and not ledger.purse.covers(new * probe.REQUESTS + first, used, servers.specs[0]):
        label = servers.specs[0].label
        progress.tell(f"{label}: no conformance probe: the budget does not cover it beside the first trials")
        return
    checks = [
        _conforms(ask, spec, several, store, progress) for spec, ask in zip(servers.specs, asks.values(), strict=True)
    ]
    if not several:
        await checks[0]
        return
    served = await asyncio.gather(*checks)
    for told in await differences(servers, served):
        progress.tell(told)
        progress.notes.append(told)


def known(spec: ModelSpec, store: Store) -> list[str]:
    """What an earlier run found of a model that has nothing left to be asked."""
    places = [(one, probe.place_of(one) if len(spec.servers) > 1 else spec.label) for one in spec.servers]
    found = [(place, probe.stored(store, one, place)) for one, place in places]
    return [told for place, one in found if one is not None and (told := probe.told(place, one))]


async def differences(servers: Connected, served: Sequence[str | None] = ()) -> list[str]:
    """What the servers of one model say of it that is not the same; those that do not say are left out."""
    found = await asyncio.gather(*(described(provider) for provider in servers.providers))
    said = {named(spec): about for spec, about in zip(servers.specs, found, strict=True)}
    for about, name in zip(said.values(), served, strict=False):
        about.update({"model's name in answers": name} if name else {})
    return _differences(servers.specs[0].label, said)


class _Patient:
    """Asks for a probe, and gives up who takes much longer than the first did."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._first: float | None = None
        """Seconds that the first answer took."""
        self.served: list[str] = []
        """The names of the model in the answers."""
        self.unlucky: list[ProviderError] = []
        """What says nothing of the server's ways: another time it may be answered."""

    async def __call__(self, request: Request) -> Reply:
        loop = asyncio.get_running_loop()
        began, patience = loop.time(), None if self._first is None else max(LATER, TIMES * self._first)
        try:
            async with asyncio.timeout(patience):
                reply = await self._ask(request)
        except TimeoutError:
            self.unlucky.append(ProviderError(f"no answer within {patience:g} s"))
            raise self.unlucky[-1] from None
        except ProviderError as error:
            if error.fault == "transient":
                self.unlucky.append(error)
            raise
        self._first = self._first or loop.time() - began
        self.served.extend([reply.served_by] if reply.served_by else [])
        return reply


async def _conforms(ask: Ask, spec: ModelSpec, several: bool, store: Store, progress: Progress) -> str | None:
    """Probe one server. Returns the name of the model that it answered with, where it was asked just now."""
    place = probe.place_of(spec) if several else spec.label
    found, asked = probe.stored(store, spec, place), _Patient(ask)
    if found is None:
        progress.probing += 1
        try:
            async with asyncio.timeout(WITHIN):
                found = await probe.probe(asked, spec)
        except TimeoutError:
            progress.tell(f"{place}: the conformance probe was not answered within {WITHIN:g} s")
            return None
        except ProviderError as error:  # the run's own requests will tell whether the model can be asked
            progress.tell(f"{place}: the conformance probe could not be asked: {error}")
            return None
        finally:
            progress.probing -= 1
        if asked.unlucky:
            progress.tell(
                f"{place}: the conformance probe is not whole ({asked.unlucky[0]}); the next run asks it again"
            )
        else:
            probe.keep(store, place, found)
        progress.probes += found.requests
        progress.probe_cost += cost_of(spec, Usage(found.input_tokens, found.output_tokens)) or 0.0
    wrong = probe.warnings(place, found)
    for warning in wrong:
        progress.tell(warning)
    if wrong:
        progress.notes.append(probe.told(place, found))
    return asked.served[0] if asked.served else None


def _differences(label: str, said: Mapping[str, Mapping[str, str]]) -> list[str]:
    told = []
    for what in sorted({what for found in said.values() for what in found}):
        places: dict[str, list[str]] = {}
        for server, found in said.items():
            if what in found:
                places.setdefault(found[what], []).append(server)
        if len(places) > 1:
            each = ", ".join(f"{value} at {' and '.join(at)}" for value, at in places.items())
            told.append(f"{label}: the servers differ in their {what}: {each}. Replies would be a mixture of both")
    return told
