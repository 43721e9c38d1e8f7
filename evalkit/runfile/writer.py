"""The one thread that writes a run file: it commits in batches and acknowledges after the commit."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

from evalkit.errors import StoreError
from evalkit.runfile.opening import connect

BATCH_SECONDS = 0.05
Statement = tuple[str, Sequence[Any]]
Acknowledged = Future[None] | asyncio.Future[None]
Item = tuple[Sequence[Statement], Acknowledged, bool]
"""What to write, who is told, and whether they can wait for others."""


class Writer:
    """The one thread that writes. Batches statements into transactions; a Future resolves after its commit."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db = connect(path, True)  # here, where a fault still has somebody to be told
        self._db.execute("PRAGMA cache_size = -256")  # KiB: a batch should not be written twice
        self._queue: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._hurry = threading.Event()
        """Somebody waits for what stands in the queue."""
        self._thread = threading.Thread(target=self._work, name="evalkit-store", daemon=True)
        self._thread.start()

    def put(self, statements: Sequence[Statement], future: Acknowledged, *, patient: bool = False) -> None:
        """patient: nobody waits for this just now, so it is committed together with what comes in the next 50 ms."""
        self._queue.put((statements, future, patient))
        if not patient:
            self._hurry.set()

    def stop(self) -> None:
        self._queue.put(None)
        self._hurry.set()
        self._thread.join()

    def _work(self) -> None:
        running = True
        while running:
            self._hurry.clear()  # before the queue is looked at: what comes later sets it again
            item = self._queue.get()
            if item is None:
                break
            batch, deadline = [item], time.monotonic() + BATCH_SECONDS
            running = self._more(batch, deadline)
            if running and all(patient for *_, patient in batch):
                # Not by waiting for each: to be woken by every one of two thousand costs more than to write them.
                self._hurry.wait(deadline - time.monotonic())
                running = self._more(batch, time.monotonic() + BATCH_SECONDS)
            self._commit(self._db, batch)
        self._db.close()

    def _more(self, batch: list[Item], deadline: float) -> bool:
        """Take what stands in the queue, until it is empty or the time is over. False: that was the end."""
        with suppress(queue.Empty):
            while time.monotonic() < deadline:
                item = self._queue.get_nowait()
                if item is None:
                    return False
                batch.append(item)
        return True

    def _commit(self, db: sqlite3.Connection, batch: list[Item]) -> None:
        try:
            db.execute("BEGIN IMMEDIATE")
            for statements, _, _ in batch:
                for statement, values in statements:
                    db.execute(statement, values)
            db.execute("COMMIT")
        except (sqlite3.Error, UnicodeError, OverflowError, MemoryError) as error:  # else all who wait wait for ever
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            failure = StoreError(f"{self._path}: cannot be written: {error}; what was stored before is safe")
            _acknowledge([future for _, future, _ in batch], failure)
            return
        _acknowledge([future for _, future, _ in batch], None)


def _acknowledge(futures: Sequence[Acknowledged], failure: StoreError | None) -> None:
    """Tell all that wait for a commit; an event loop is woken once for all of its futures."""
    of_loops: dict[asyncio.AbstractEventLoop, list[Acknowledged]] = {}
    here: list[Acknowledged] = []
    for future in futures:
        if isinstance(future, asyncio.Future):
            of_loops.setdefault(future.get_loop(), []).append(future)
        else:
            here.append(future)
    _settle(here, failure)
    for loop, waiting in of_loops.items():
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more, and the rows are stored all the same
            loop.call_soon_threadsafe(_settle, waiting, failure)


def _settle(futures: Sequence[Acknowledged], failure: StoreError | None) -> None:
    for future in futures:
        if future.done():  # cancelled
            continue
        if failure is None:
            future.set_result(None)
        else:
            future.set_exception(failure)
