"""What takes long or much memory, done in processes of their own, so that the server stays small and answers.

Parts of pages are kept until the run file changes. Figures are drawn by a library that no two threads may use at once:
one more reason.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evalkit.errors import EvalkitError, SpecError
from evalkit.processes import BARE
from evalkit.runfile.records import Stored
from evalkit.runfile.store import Store

MOST_KEPT = 30
"""Parts of pages."""
MOST_PLACES = 100
"""Replies whose relations are known."""


def results(path: Path) -> str:
    """Answer, figures and tables, as in the report."""
    from evalkit.interface.reporting import content_of
    from evalkit.runfile import runs
    from evalkit.showing.report import results_part

    with runs.opened([path]) as store:
        return results_part(store.stores, content_of(store, None)[0])


def primary(path: Path, so_far: bool) -> str:
    """The primary outcome alone: of a run that is being written, a copy is scored first."""
    from evalkit.interface.comparing import Selection, comparisons, primary_metrics, scored_so_far
    from evalkit.showing.view import tables_part

    if so_far:
        with scored_so_far([path], Selection(), lambda _: None) as (copies, chosen):
            found = comparisons(copies, chosen)
    else:
        metrics = None
        with Store(path) as store, suppress(SpecError):  # chats from elsewhere: whatever is scored
            metrics = primary_metrics(store)
        found = comparisons([path], Selection(metrics=metrics))
    return tables_part(list(found.tables())[:2], list(found.shown.words))


def agreement(path: Path) -> str:
    """The tables of `evalkit agreement`."""
    from evalkit.interface.loading import Run
    from evalkit.showing.view import tables_part

    return tables_part(list(Run((path,)).agreement().tables()), [])


def _guarded(work: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    """In the other process: an error of ours is a message, since not every exception travels."""
    try:
        return work(*arguments)
    except EvalkitError as error:
        return error.__class__(str(error))
    except Exception as error:  # the page says so, and the rest of it goes on
        return EvalkitError(f"a fault of evalkit, please report it: {type(error).__name__}: {error}")


ENDED = "what was to be shown could not be made: its process was ended, perhaps for want of memory"


def apart(work: Callable[..., Any], *arguments: Any) -> Any:
    """What the function returns, from a process that lives no longer. Raises EvalkitError."""
    with ProcessPoolExecutor(1, mp_context=BARE) as pool:
        try:
            found = pool.submit(_guarded, work, arguments).result()
        except BrokenExecutor:
            raise EvalkitError(ENDED) from None
    if isinstance(found, EvalkitError):
        raise found
    return found


@dataclass
class Work:
    """One for each server."""

    _parts: OrderedDict[tuple[Any, ...], tuple[object, str]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _locks: dict[tuple[Any, ...], threading.Lock] = field(default_factory=dict)
    _scoring: dict[Path, tuple[subprocess.Popen[bytes], Any]] = field(default_factory=dict)
    _places: dict[tuple[Any, ...], Sequence[tuple[int, int]]] = field(default_factory=dict)
    _readers: ProcessPoolExecutor | None = None

    def part(self, work: Callable[..., str], path: Path, *more: Any) -> str:
        """A part of a page, made once for each state of the file, one at a time. Raises EvalkitError."""
        key, now = (work.__name__, path, *more), stamp(path)
        with self._lock:
            mine = self._locks.setdefault(key, threading.Lock())
        with mine:
            kept = self._parts.get(key)
            if kept is None or kept[0] != now:
                kept = (now, apart(work, path, *more))
                with self._lock:
                    self._parts[key] = kept
                    while len(self._parts) > MOST_KEPT:
                        self._parts.popitem(last=False)
        return kept[1]

    def read(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """As `apart`, in a process that stays: readers of mathematics take long to load."""
        with self._lock:
            readers = self._readers = self._readers or ProcessPoolExecutor(1, mp_context=BARE)
        try:
            found = readers.submit(_guarded, work, arguments).result()
        except BrokenExecutor:
            with self._lock:
                self._readers = None if self._readers is readers else self._readers
            raise EvalkitError(ENDED) from None
        if isinstance(found, EvalkitError):
            raise found
        return found

    def places(self, path: Path, stored: Stored, turn: int) -> Sequence[tuple[int, int]]:
        """As `relations.places`, once for a reply: it is asked for when a reply is shown and when it is labelled."""
        from evalkit.interface import relations

        said = stored.transcript
        key = (path, said.trial, turn, said.replies[turn - 1].text, str(said.readings))
        if key not in self._places:
            found: Sequence[tuple[int, int]] = ()
            with suppress(EvalkitError):  # the rest of the reply can be labelled all the same
                found = self.read(relations.places, path, stored, turn)
            with self._lock:
                if len(self._places) >= MOST_PLACES:
                    self._places.clear()
                self._places[key] = found
        return self._places.get(key, ())

    def score(self, path: Path) -> None:
        """Begin to score a run again, by the command; at most once at a time."""
        with self._lock:
            before = self._scoring.get(path)
            if before is None or before[0].poll() is not None:
                told = tempfile.TemporaryFile()  # noqa: SIM115 - read while the command runs
                command = [sys.executable, "-m", "evalkit", "score", str(path)]
                running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=told, stderr=told)
                self._scoring[path] = (running, told)

    def scoring(self, path: Path) -> str:
        """What the last scoring says; empty where there was none."""
        if path not in self._scoring:
            return ""
        running, told = self._scoring[path]
        if running.poll() is None:
            return "scoring …"
        told.seek(0)
        lines = told.read()[-2000:].decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"scoring ended ({running.returncode})"

    def close(self) -> None:
        """Let the processes go; a scoring that is under way goes on to its end."""
        if self._readers is not None:
            self._readers.shutdown(cancel_futures=True)
        for running, told in self._scoring.values():
            running.wait()
            told.close()


def stamp(path: Path) -> object:
    """Changes whenever the run file does."""
    found = []
    for name in (path, path.with_name(f"{path.name}-wal")):
        try:
            about = name.stat()
            found.append((about.st_size, about.st_mtime_ns))
        except OSError:
            found.append((0, 0))
    return tuple(found)
