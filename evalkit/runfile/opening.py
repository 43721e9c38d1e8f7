"""Opening a run file that may come from a stranger: nothing in it runs, nothing in it is larger than evalkit writes.

SQLite databases can carry views, triggers and expressions that run while they are read. A run file has none, so one
whose schema is not word for word ours is refused before the first query. At rest a run file is a single file; while it
is written, its log lies beside it (`-wal`, `-shm`).
"""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from evalkit.errors import StoreError, typed
from evalkit.runfile import schema

MAX_VALUE = 100_000_000
"""Bytes of the largest value that is read or written: far more than a conversation of the longest replies has."""
MAX_COPY = 1_000_000_000
"""Bytes of a file of an older format that is copied so that it can be read."""
COMPANIONS = ("-wal", "-shm", "-journal")
"""Endings of the files that SQLite reads and writes beside a run file."""
SETTINGS = (
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "foreign_keys = ON",
    "synchronous = FULL",
    "cache_size = -128",
)
"""KiB of the last: a run has three connections, and what it reads it reads once."""
FAULTS = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite raises; the second where the very message of the first quotes a damaged file."""
UNREADABLE = (TypeError, KeyError, ValueError, AttributeError, IndexError, RecursionError, OverflowError)


def connect(path: Path, write: bool) -> sqlite3.Connection:
    """A connection with SQLite's defences up. Raises sqlite3.Error, or StoreError for what is no plain file."""
    if path.exists() and not path.is_file():
        raise StoreError(f"{path}: not a plain file")
    for end in COMPANIONS:
        _plain(path.resolve(), end)
    uri = f"{path.absolute().as_uri()}?mode={'rwc' if write else 'ro'}"
    if write:
        return _guarded(uri)
    if _left_in_wal(path):
        return _guarded(f"{uri}&immutable=1")  # else a log would be made beside it, and left there
    try:
        return _guarded(uri)
    except sqlite3.OperationalError:
        for log in (path.with_name(f"{path.name}{end}") for end in ("-wal", "-journal")):
            if log.exists() and log.stat().st_size:
                raise StoreError(
                    f"{path}: a run was interrupted, and its last replies lie in {log.name}; they can be read only "
                    "where the folder can be written: copy both files to one of your own"
                ) from None
        return _guarded(f"{uri}&immutable=1")  # nobody writes here, and no log can be made beside it


def _plain(real: Path, end: str) -> None:
    """SQLite follows links: a stranger's `x.sqlite-wal` that points to a file of yours would have it overwritten."""
    beside = real.with_name(real.name + end)
    with suppress(FileNotFoundError):
        found = beside.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
            raise StoreError(f"{beside}: a link, or not a plain file; evalkit writes none of that kind: remove it")


def _left_in_wal(path: Path) -> bool:
    """Whether it is a file that says it has a log and has none: copied alone, or left by a kill."""
    real = path.resolve()
    if any(real.with_name(f"{real.name}{end}").exists() for end in ("-wal", "-shm")):
        return False
    with suppress(OSError), real.open("rb") as file:
        return file.read(20)[18:] == b"\x02\x02"
    return False


def _guarded(uri: str) -> sqlite3.Connection:
    db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=30)
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE)
    db.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    for setting in SETTINGS:
        db.execute(f"PRAGMA {setting}")
    db.execute("SELECT count(*) FROM sqlite_master")  # opened in earnest only now
    return db


def copied(db: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    """A copy that can be changed, in place of a connection that is closed: SQLite's own temporary file, which goes when
    it is closed."""
    size = int(db.execute("PRAGMA page_count").fetchone()[0]) * int(db.execute("PRAGMA page_size").fetchone()[0])
    if size > MAX_COPY:
        raise StoreError(
            f"{path}: written by an older evalkit, and too large to be read as it is ({size / 1e9:.1f} GB); bring it "
            f"up to date first: evalkit score {typed(path)}"
        )
    copy = _guarded("")
    db.backup(copy)
    db.close()
    return copy


def check_schema(db: sqlite3.Connection, path: Path) -> int:
    """The format of a run file; 0 for a database without anything. Raises StoreError for any other database."""
    rows = db.execute("SELECT name, sql FROM sqlite_master WHERE sql NOT NULL").fetchall()
    found = {str(name): _folded(str(sql)) for name, sql in rows}  # of a stranger's file neither need be a text
    if not found:
        return 0
    number = int(db.execute("PRAGMA user_version").fetchone()[0])
    if db.execute("PRAGMA application_id").fetchone()[0] != schema.APPLICATION:
        raise StoreError(f"{path}: an SQLite file, but not a run file of evalkit")
    if number > schema.FORMAT:
        raise StoreError(
            f"{path}: written by a newer evalkit (format {number}, this one reads {schema.FORMAT}); update evalkit"
        )
    expected = _tables(number)
    odd = sorted(name for name in {*found, *expected} if found.get(name) != expected.get(name))
    if odd or len(rows) > len(found):
        odd = odd or sorted(str(name) for name, _ in rows)
        raise StoreError(
            f"{path}: not a run file of evalkit, or altered: {odd[0]!r} in it is not what evalkit makes "
            f"(its tables are {', '.join(sorted(expected))}, and nothing else)"
        )
    return number


def _tables(number: int) -> dict[str, str]:
    """Name -> SQL of what a run file of this format holds."""
    tables = (t.strip() for t in schema.SCHEMAS.get(number, "").split(";"))
    return {t.split()[2]: _folded(t) for t in tables if t}


def _folded(sql: str) -> str:
    return " ".join(sql.split()).replace("( ", "(").rstrip("; ")


def one_file(db: sqlite3.Connection) -> None:
    """Put the log back into the file, so that it can be read where nothing can be written. Not while others read."""
    with suppress(sqlite3.Error):
        db.execute("PRAGMA busy_timeout = 0")
        db.execute("PRAGMA journal_mode = DELETE")


class Here:
    """The row that is read just now, for one guard around many rows."""

    def __init__(self, row: Callable[[], object]) -> None:
        self._row = row

    def __str__(self) -> str:
        return str(self._row())


@contextmanager
def reading(path: Path, table: str, row: object) -> Iterator[None]:
    """Turns what goes wrong with a stored value of an unexpected shape into a StoreError that names its row."""
    try:
        yield
    except UNREADABLE as error:
        detail = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        raise StoreError(
            f"{path}: damaged, or written by another program: row {row} of its table {table} does not hold what "
            f"evalkit writes ({detail})"
        ) from None
