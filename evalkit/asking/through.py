"""What stands between whoever asks and a connected model, for trials, judges and readers alike: cache, limits, log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from evalkit.asking.cached import Cached
from evalkit.asking.connecting import limits_of
from evalkit.asking.identity import keep_refused, refused
from evalkit.asking.limits import Backoff, Limited, Log
from evalkit.asking.queue import Ledger
from evalkit.runfile.store import Store
from evalkit.types import ModelSpec, Provider


@contextmanager
def through(
    spec: ModelSpec, provider: Provider, store: Store, ledger: Ledger, seed: int, log: Log | None
) -> Iterator[Cached]:
    """Ask through this. At the end it is kept what the server refused, and noted what was sent otherwise than told."""
    progress, stop = ledger.progress, ledger.stop
    limited = Limited(
        provider.ask, limits_of(spec), stop=stop, pocket=ledger.purse.pocket(spec), log=log, how=Backoff(seed=seed)
    )
    progress.meters.append(limited)
    instead: dict[str, str | None] = getattr(provider, "instead", {})
    instead.update(refused(store, spec))
    yield Cached(store, limited, spec, progress, stop)
    keep_refused(store, spec, instead)
    progress.notes += [f"{spec.label}: {note}" for note in getattr(provider, "notes", ())]
