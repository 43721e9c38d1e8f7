"""What stands between whoever asks and a connected model, for trials, judges and readers alike: cache, limits, log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from evalkit.asking.cached import Cached
from evalkit.asking.connecting import Connected, OnNodes
from evalkit.asking.identity import keep_refused, refused
from evalkit.asking.limits import Backoff, Limited, Log
from evalkit.asking.queue import Ledger
from evalkit.runfile.store import Store
from evalkit.types import ModelSpec


@contextmanager
def through(
    spec: ModelSpec, servers: Connected, store: Store, ledger: Ledger, seed: int, log: Log | None
) -> Iterator[tuple[Cached, int]]:
    """Ask through this; and how many attempts may be under way at once.

    At the end it is kept what a server refused, and noted what was sent otherwise than told.
    """
    progress, stop = ledger.progress, ledger.stop
    how = Backoff(seed=seed, tell=lambda line: progress.tell(f"{spec.label}: {line}"))
    pocket = ledger.purse.pocket(spec)
    limited = Limited(servers.asks, servers.limits, stop=stop, pocket=pocket, log=log, how=how)
    progress.meters.append(limited)
    progress.clusters += [servers.copies] if isinstance(servers, OnNodes) else []
    servers.learn(refused(store, spec))
    yield Cached(store, limited, spec, progress, stop), limited.limit
    keep_refused(store, spec, servers.instead)
    progress.notes += [f"{spec.label}: {note}" for note in servers.notes]
