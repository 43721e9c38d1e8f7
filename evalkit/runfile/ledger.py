"""What came before, by name, for more names than fit into memory: a table in SQLite's own temporary file."""

from __future__ import annotations

import hashlib
import sqlite3
from types import TracebackType

from evalkit.errors import StoreError

CACHE_KILOBYTES = 16_000
_COUNTED = "INSERT INTO noted VALUES (?, 0) ON CONFLICT DO UPDATE SET number = number + 1 RETURNING number"
_NUMBERED = "INSERT INTO noted VALUES (?, ?) ON CONFLICT DO UPDATE SET number = number RETURNING number"


class Ledger:
    """Numbers under names, which are known by 63 bits of a hash: two of ten million are taken for one in one of 200,000
    imports of that size.

    Raises StoreError where the system's folder for temporary files is full.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{CACHE_KILOBYTES}"):
            self._db.execute(f"PRAGMA {setting}")
        self._db.execute("CREATE TABLE noted (name INTEGER PRIMARY KEY, number INTEGER NOT NULL)")
        self._db.execute("BEGIN")  # never ended: nobody else reads it, and it goes with the connection

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def before(self, name: tuple[str, ...]) -> int:
        """How often the name was asked for before."""
        return self._one(_COUNTED, (_short(name),))

    def first(self, name: tuple[str, ...], number: int) -> int:
        """The number under which the name came first: this one, where it is new."""
        return self._one(_NUMBERED, (_short(name), number))

    def _one(self, query: str, values: tuple[int, ...]) -> int:
        try:
            return int(self._db.execute(query, values).fetchone()[0])
        except sqlite3.Error as error:
            raise StoreError(f"the folder for temporary files cannot be written: {error}") from None


def _short(name: tuple[str, ...]) -> int:
    said = "".join(f"{len(part)} {part}" for part in name).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(said, digest_size=8).digest()) >> 1
