"""Verdicts on their way into the run file: many in one write, none older than half a second."""

from __future__ import annotations

import time
from concurrent.futures import Future
from types import TracebackType

from evalkit.runfile.scores import Verdict
from evalkit.runfile.store import Store

MOST = 200
OLDEST = 0.5
"""Seconds. What a process that is killed loses is judged again."""
MOST_UNDER_WAY = 4
"""Writes that nobody has waited for: where the disk is slow, judging does not run ahead of it for ever."""


class Keeping:
    """Stores verdicts; at its end all of them are stored, and where it ends by an error, what there was."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held: list[Verdict] = []
        self._since = 0.0
        self._under_way: list[Future[None]] = []

    def __enter__(self) -> Keeping:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._flush()
        for future in self._under_way if kind is None else ():
            future.result()

    def add(self, verdict: Verdict) -> None:
        """Raises StoreError where an earlier one could not be written."""
        now = time.monotonic()
        self._since = self._since if self._held else now
        self._held.append(verdict)
        if len(self._held) >= MOST or now - self._since >= OLDEST:
            self._flush()
        if len(self._under_way) > MOST_UNDER_WAY:
            self._under_way.pop(0).result()

    def _flush(self) -> None:
        if self._held:
            self._under_way.append(self._store.keep_verdicts(self._held))
            self._held = []
