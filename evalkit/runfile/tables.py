"""What all parts of a run file share: its rows are read here, and what is to be written is queued here."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evalkit.errors import StoreError
from evalkit.runfile.opening import FAULTS
from evalkit.runfile.writer import Acknowledged, Statement, Writer

SHOWN = 10_000
"""Characters of an error or a reason that are read where many are read at once: they are told, not searched."""
ORDER = "ORDER BY problem, template, model, sample"


class Tables:
    """An open run file: see `Store`, which opens it."""

    path: Path
    _db: sqlite3.Connection
    _writer: Writer | None

    def _put(self, *statements: Statement, patient: bool = False) -> Future[None]:
        future: Future[None] = Future()
        self._queue(statements, future, patient)
        return future

    async def _put_and_wait(self, *statements: Statement) -> None:
        """As `_put`, from the event loop: returns after the commit."""
        future = asyncio.get_running_loop().create_future()
        self._queue(statements, future)
        await future

    def _queue(self, statements: Sequence[Statement], future: Acknowledged, patient: bool = False) -> None:
        if self._writer is None:
            raise StoreError(f"{self.path}: opened for reading only")
        self._writer.put(statements, future, patient=patient)

    @contextmanager
    def _cursor(self, query: str, values: Sequence[Any] = ()) -> Iterator[Iterable[tuple[Any, ...]]]:
        """As `_rows`, for readers that take every row at once: nothing stands between them and the database."""
        try:
            yield self._db.execute(query, values)
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: damaged, or not a run file of evalkit: {error}") from None

    @contextmanager
    def _one_moment(self) -> Iterator[None]:
        """What is read inside belongs together, also while another process writes."""
        if self._db.in_transaction:
            yield
            return
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.execute("COMMIT")

    def _all(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """As `_rows`, of which there are few."""
        try:
            return self._db.execute(query, values).fetchall()
        except FAULTS as error:
            raise StoreError(f"{self.path}: damaged, or not a run file of evalkit: {error}") from None

    def _rows(self, query: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        try:
            # By way of fetchone: a reader that stops half way may be cleaned up after the file was closed.
            yield from iter(self._db.execute(query, values).fetchone, None)
        except FAULTS as error:
            raise StoreError(f"{self.path}: damaged, or not a run file of evalkit: {error}") from None
