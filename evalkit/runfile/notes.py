"""What a run file notes beside its tables: notes by key, the texts of problems and templates, files that go along."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from evalkit.runfile import origins
from evalkit.runfile.opening import reading
from evalkit.runfile.tables import Tables
from evalkit.types import Attachment, digest

T = TypeVar("T")


class Notes(Tables):
    """Notes, specs and attachments of a run file."""

    def meta(self, key: str) -> str | None:
        row = next(self._rows("SELECT value FROM meta WHERE key = ?", (key,)), None)
        return None if row is None else str(row[0])

    def noted(self, key: str, read: Callable[[str], T]) -> T | None:
        """An entry as `read` understands it. Raises StoreError where it does not."""
        text = self.meta(key)
        if text is None:
            return None
        with reading(self.path, "meta", key):
            return read(text)

    def metas(self, prefix: str) -> list[tuple[str, str]]:
        """(key, value) of everything noted under keys with this beginning, by key."""
        if not prefix:
            return [(str(key), str(value)) for key, value in self._all("SELECT key, value FROM meta ORDER BY key")]
        # by the index: a run file may note something of every trial, and this is asked for every problem
        behind = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        query = "SELECT key, value FROM meta WHERE key >= ? AND key < ? ORDER BY key"
        return [(str(key), str(value)) for key, value in self._all(query, (prefix, behind))]

    def _has(self, prefix: str) -> bool:
        """Whether anything is noted under keys with this beginning."""
        found = next(self._rows("SELECT key FROM meta WHERE key >= ? ORDER BY key LIMIT 1", (prefix,)), ("",))[0]
        return str(found).startswith(prefix)

    def set_meta(self, key: str, value: str) -> None:
        self._put(("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))).result()

    def shards(self) -> list[str]:
        """The parts of the experiment, such as `3/8`, that were asked into this file, sorted."""
        return self.noted(origins.SHARDS, origins.shards_from) or []

    def keep_shard(self, shard: str) -> None:
        """Note that a part of the experiment is asked into this file."""
        self.set_meta(origins.SHARDS, origins.shards_to({*self.shards(), shard}))

    def keep_spec(self, kind: str, name: str, text: str) -> Future[None]:
        """Store the text of a problem or template as the newest one of that name."""
        key = digest([kind, name, text])
        return self._put(
            ("INSERT OR IGNORE INTO specs VALUES (?, ?, ?, ?)", (key, kind, name, text)),
            ("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"{kind}:{name}", key)),
        )

    def keep_attachment(self, attachment: Attachment) -> Future[None]:
        """Store a file that goes along with conversations, once however often it is sent."""
        values = (attachment.sha256, attachment.name, attachment.type, attachment.content)
        return self._put(("INSERT OR IGNORE INTO attachments VALUES (?, ?, ?, ?)", values))

    def attachment(self, sha256: str, most: int) -> tuple[str, bytes] | None:
        """(type, content) of a stored file; None where it is not stored or larger than `most` bytes."""
        query = "SELECT type, content FROM attachments WHERE sha256 = ? AND length(content) <= ?"
        row = next(self._rows(query, (sha256, most)), None)
        if row is None or not isinstance(row[1], bytes):
            return None
        return str(row[0]), row[1]

    def spec(self, kind: str, name: str) -> str | None:
        """The newest stored text of a problem or template."""
        row = next(self._rows("SELECT text FROM specs WHERE hash = ?", (self.meta(f"{kind}:{name}") or "",)), None)
        return None if row is None else str(row[0])

    def spec_names(self, kind: str) -> list[str]:
        """Names of all stored specs of a kind, sorted."""
        rows = self._rows("SELECT DISTINCT name FROM specs WHERE kind = ? ORDER BY name", (kind,))
        return [str(name) for (name,) in rows]
