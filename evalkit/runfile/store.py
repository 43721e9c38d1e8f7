"""The run file: one SQLite file that holds everything gathered. Nothing outside this package knows SQL.

A reply is stored under the hash of its exact request before anything else touches it: that one table is the cache, the
way to resume, and the replay. All writing goes through one thread that commits in batches (when its queue is empty, or
every 50 ms) and acknowledges after the commit, so what was acknowledged survives `kill -9`.
"""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import uuid
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from evalkit.errors import StoreError, typed
from evalkit.runfile import origins, schema
from evalkit.runfile.batched import Batched
from evalkit.runfile.browse import Browse
from evalkit.runfile.conversations import Conversations
from evalkit.runfile.opening import FAULTS, check_schema, connect, copied, one_file, reading
from evalkit.runfile.replies import Replies
from evalkit.runfile.scores import Scores
from evalkit.runfile.writer import Writer
from evalkit.types import digest
from evalkit.version import VERSION

PACKAGES = (
    "jinja2",
    "math-verify",
    "numpy",
    "openai",
    "pandas",
    "rapidfuzz",
    "scipy",
    "sympy",
    "torch",
    "transformers",
)


class Store(Replies, Batched, Scores, Browse, Conversations):
    """One run file, open for reading or (`write=True`, one process at a time) for writing.

    Raises StoreError when the file is no run file, from a newer evalkit, damaged, locked or unwritable.
    """

    def __init__(self, path: Path, *, write: bool = False) -> None:
        self.path = path
        self._lock: FileLock | None = None
        self._writer: Writer | None = None
        self.format = 0
        """That of the file as it was found; 0 for a new one."""
        if not write and not path.is_file():
            raise StoreError(f"{path}: no such run file{_others(path)}")
        if path.exists() and not path.is_file():
            raise StoreError(f"{path}: not a plain file")
        if write:
            self._take_lock()
        fresh = write and not path.exists()
        try:
            self._db = connect(path, write)
            self._prepare(write)
            if write:
                self._writer = Writer(path)
                self._note_versions()
        except FAULTS as error:
            self._leave(fresh)
            if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
                raise StoreError(f"{path}: cannot be written: {error}; what was stored before is safe") from None
            raise StoreError(f"{path}: not a run file of evalkit, or not accessible: {error}{_instead(path)}") from None
        except StoreError:
            self._leave(fresh)
            raise

    def _leave(self, fresh: bool) -> None:
        """A run file that could not be begun is not left behind: an empty file says nothing."""
        self.close()
        with suppress(OSError):
            if fresh and not self.path.stat().st_size:
                self.path.unlink()

    def _take_lock(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(f"{self.path}.lock")
            self._lock.acquire(timeout=0.2)  # who only looks whether somebody writes holds it for a moment
        except Timeout:
            self._lock = None
            holder = ""
            with suppress(*FAULTS, TypeError):
                found = connect(self.path, False).execute("SELECT value FROM meta WHERE key = 'writer'").fetchone()
                holder = f" ({found[0]})"
            raise StoreError(
                f"{self.path}: another evalkit process{holder} is writing to this run file; wait for it"
            ) from None
        except OSError as error:
            raise StoreError(f"{error.filename or self.path}: cannot be written: {error.strerror}") from None

    def _prepare(self, write: bool) -> None:
        found = self.format = check_schema(self._db, self.path)
        if found == 0 and not write:
            raise StoreError(f"{self.path}: an empty file, not a run file of evalkit")
        if found == 0:
            schema.create(self._db)
        elif found == schema.FORMAT - 1 and not write:
            schema.seen_as_4(self._db)
        elif found < schema.FORMAT:
            if not write:  # who only reads changes nothing: the file becomes a new one in a copy
                self._db = copied(self._db, self.path)
            elif found < schema.CLEAN:
                schema.compacted(self._db)
            with reading(self.path, "meta or replies", "any"):
                schema.migrate(self._db)
        if write:
            self._db.execute("PRAGMA journal_mode = WAL")

    def _note_versions(self) -> None:
        packages: dict[str, str] = {}
        for name in PACKAGES:
            with suppress(PackageNotFoundError):
                packages[name] = version(name)
        self.set_meta("packages", json.dumps({"python": platform.python_version(), "evalkit": VERSION, **packages}))
        self.set_meta("writer", f"process {os.getpid()} on {platform.node()}")
        if self.meta(origins.ORIGIN) is None:
            self.set_meta(origins.ORIGIN, self.origin() or uuid.uuid4().hex)

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write what is queued and let the file go. Safe to call twice."""
        if self._writer is not None:
            self._writer.stop()
            self._writer = None
            one_file(self._db)
        with suppress(AttributeError, sqlite3.Error):
            self._db.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def copy_to(self, path: Path) -> None:
        """Write what the file holds at this moment into another one, also while somebody writes to it."""
        target = sqlite3.connect(path)
        try:
            self._db.backup(target)
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: cannot be copied: {error}") from None
        finally:
            target.close()

    def origin(self) -> str:
        """What tells this file from every other, also in a copy; of files of before, by their first reply."""
        noted = self.meta(origins.ORIGIN)
        if noted is not None:
            return noted
        first = next(self._rows("SELECT key, reply FROM replies ORDER BY id LIMIT 1"), None)
        return "" if first is None else digest([str(value) for value in first])


def _instead(path: Path) -> str:
    """What was meant, by the ending of a file that is no run file."""
    if path.suffix == ".toml":
        return f"; the run file of an experiment ends in .sqlite: {path.with_suffix('.sqlite')}"
    if path.suffix in (".jsonl", ".json", ".csv"):
        return f"; conversations recorded elsewhere come in by `evalkit import {typed(path)} --run NEW.sqlite`"
    return ""


def _others(path: Path) -> str:
    """What stands where the file was looked for, or how one is made."""
    try:
        at = path if path.is_dir() else path.parent
        names = sorted(str(p) for p in (*at.glob("*.sqlite"), *at.glob("runs/*.sqlite")))[:5]
    except OSError:
        names = []
    return f"; there {'are' if len(names) > 1 else 'is'} {', '.join(names)}" if names else "; `evalkit run` makes one"
