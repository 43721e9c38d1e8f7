"""Batches that were left at a server: which, and which requests lie in them, until their answers are here.

A note is written before a batch is made and completed with the server's name for it after, so that a process that is
killed in between is not followed by a second batch. The requests of a batch under way stand among the specs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from evalkit.runfile.opening import reading
from evalkit.runfile.tables import Tables

PREFIX, KNOWN, KIND = "batch:", "batch-known:", "batch"


@dataclass(frozen=True)
class Note:
    """One batch."""

    mark: str
    """Our name for it, which goes along."""
    model: str
    """Label."""
    address: str
    requests: int
    made: float
    """Seconds of the epoch."""
    batch: str = ""
    """The server's name for it; empty until that is known."""


class Batched(Tables):
    """The batches of a run file."""

    def batch_notes(self, label: str | None = None) -> list[Note]:
        """Those of one model, or of all, the oldest first."""
        found = []
        for key, text in self._rows("SELECT key, value FROM meta WHERE key >= ? AND key < ?", (PREFIX, PREFIX + "~")):
            with reading(self.path, "meta", str(key)):
                found.append(Note(**json.loads(text)))
        return sorted((n for n in found if label in (None, n.model)), key=lambda n: (n.made, n.mark))

    def batch_of(self, key: str) -> str | None:
        """The mark of the batch in which the request with this key lies."""
        row = next(self._rows("SELECT name FROM specs WHERE hash = ? AND kind = ?", (PREFIX + key, KIND)), None)
        return None if row is None else str(row[0])

    def batch_requests(self, mark: str) -> Iterator[tuple[str, str]]:
        """(key, request as JSON) of all that lie in a batch."""
        for name, text in self._rows("SELECT hash, text FROM specs WHERE kind = ? AND name = ?", (KIND, mark)):
            yield str(name).removeprefix(PREFIX), str(text)

    async def keep_batch(self, note: Note, requests: Sequence[tuple[str, str]] = ()) -> None:
        """Note a batch, with the (key, request as JSON) that lie in it: all of it or nothing."""
        rows = [
            ("INSERT INTO specs VALUES (?, ?, ?, ?)", (PREFIX + key, KIND, note.mark, text)) for key, text in requests
        ]
        kept = ("INSERT OR REPLACE INTO meta VALUES (?, ?)", (PREFIX + note.mark, json.dumps(asdict(note))))
        await self._put_and_wait(*rows, kept)

    async def drop_batch(self, note: Note, known: Mapping[str, int | str]) -> None:
        """Forget a batch whose answers are stored; known: see `batch_known`."""
        await self._put_and_wait(
            ("DELETE FROM meta WHERE key = ?", (PREFIX + note.mark,)),
            ("DELETE FROM specs WHERE kind = ? AND name = ?", (KIND, note.mark)),
            (
                "INSERT OR REPLACE INTO meta VALUES (?, ?)",
                (KNOWN + note.model, json.dumps(dict(known), sort_keys=True)),
            ),
        )

    def batch_known(self, label: str) -> dict[str, int | str]:
        """Of requests of a model without a reply: how often they came back unanswered, or what they failed by."""
        row = next(self._rows("SELECT value FROM meta WHERE key = ?", (KNOWN + label,)), None)
        with reading(self.path, "meta", KNOWN + label):
            found = json.loads(row[0]) if row else {}
            return {str(key): v if isinstance(v, str) else int(v) for key, v in found.items()}
