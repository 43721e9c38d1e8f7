"""The replies of a run file, by the hash of the request: the cache, the way to resume, and the replay."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from evalkit.runfile import schema
from evalkit.runfile.opening import reading
from evalkit.runfile.records import reply_from, reply_to, request_from
from evalkit.runfile.tables import Tables
from evalkit.types import Reply, Request


class Replies(Tables):
    """What was asked, what came back, and what it cost."""

    def reply(self, key: str) -> Reply | None:
        """The stored reply to the request with this key."""
        rows = self._all("SELECT reply FROM replies WHERE key = ?", (key,))
        if not rows:
            return None
        with reading(self.path, "replies", key):
            return reply_from(rows[0][0])

    async def keep_reply(self, request: Request, reply: Reply, cost: float | None = None) -> None:
        """Returns after the reply is committed. cost: money paid for it, None where it is not known."""
        row = (request.key, request.label, request.text, reply_to(reply), cost)
        await self._put_and_wait((schema.INSERT_REPLY, row))

    def spent(self) -> list[tuple[str, int, float, float | None]]:
        """(model, replies, what they cost, the dearest of them), as far as the costs are known."""
        query = "SELECT model, count(*), coalesce(sum(cost), 0.0), max(cost) FROM replies GROUP BY model ORDER BY model"
        return list(self._rows(query))

    def unpriced(self) -> Iterator[tuple[str, Request, Reply]]:
        """(model, request, reply) where no cost is stored."""
        query = "SELECT id, model, request, reply FROM replies WHERE cost IS NULL"
        for row, model, request, reply in self._rows(query):
            with reading(self.path, "replies", row):
                found = str(model), request_from(json.loads(request)), reply_from(reply)
            yield found

    def some_replies(self, label: str, most: int) -> list[tuple[Request, Reply]]:
        """The first so many replies of a model: what others will be like."""
        rows = self._rows("SELECT request, reply FROM replies WHERE model = ? ORDER BY id LIMIT ?", (label, most))
        with reading(self.path, "replies", f"of {label}"):
            return [(request_from(json.loads(request)), reply_from(reply)) for request, reply in rows]

    def answered(self, label: str) -> int:
        """How many replies of this model are stored."""
        return int(next(self._rows("SELECT count(*) FROM replies WHERE model = ?", (label,)))[0])

    def replies(self) -> Iterator[tuple[dict[str, Any], Reply]]:
        """Every stored (request as JSON, reply), by key."""
        for row, request, reply in self._rows("SELECT id, request, reply FROM replies ORDER BY key"):
            with reading(self.path, "replies", row):
                found = json.loads(request), reply_from(reply)
                request_from(found[0])
            yield found

    def parameters_differ(self) -> bool:
        """Whether any model was asked with more than one set of parameters."""
        # The few sets first: what is grouped SQLite sorts, and it would sort every request.
        sets = "SELECT DISTINCT model, json_extract(request, '$.parameters') AS found FROM replies"
        query = f"SELECT 1 FROM ({sets}) GROUP BY model HAVING count(found) > 1 LIMIT 1"
        return next(self._rows(query), None) is not None
