"""The batches of one model: what is left at the server, and what is fetched from there.

Asked like a model, it answers from the run file, and else notes the request for the next batch and says that one has to
wait. A reply is stored under the same key, read in the same way, as one that was asked for directly. Not covered: two
processes on one run file (its lock), and a server that makes a batch long after it broke off the connection.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from evalkit.asking.cached import count
from evalkit.asking.prices import batch_share, cost_of, usage_or_guess
from evalkit.asking.progress import Progress
from evalkit.asking.stopping import StoppedError
from evalkit.errors import ProviderError, SpecError
from evalkit.runfile.batched import Note
from evalkit.runfile.records import request_from
from evalkit.runfile.store import Store
from evalkit.types import ModelSpec, Reply, Request
from evalkit.wire.batches import MOST_BYTES, MOST_REQUESTS, TARGET, Batches, State
from evalkit.wire.completions import parsed

TOGETHER = 500
"""Replies that are stored at once."""


class WaitingError(StoppedError):
    """The answer lies in a batch, or will: the conversation goes on when it is here."""


class Writes(Protocol):
    """What a connected model must be able to do beside `ask`."""

    def written(self, request: Request) -> bytes: ...

    def read(self, status: int, content: bytes, request: Request) -> Reply: ...


@dataclass
class Caps:
    """How much goes into one batch."""

    requests: int = MOST_REQUESTS
    bytes: int = MOST_BYTES


@dataclass
class Desk:
    """One model's batches in one run file."""

    spec: ModelSpec
    model: Writes
    there: Batches
    store: Store
    progress: Progress
    caps: Caps = field(default_factory=Caps)
    takes: bool = True
    """Whether further requests are noted; not once the budget is used up."""
    fatal: ProviderError | None = None
    """A fault that would befall every further request."""
    _known: dict[str, int | str] | None = None
    """See `Batched.batch_known`. What failed is asked again only when no batch is under way any more."""
    _wanted: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """Key -> request as JSON, and its line, of the next batch."""
    _size: int = 0

    # ------------------------------------------------------------ asked like a model

    async def ask(self, request: Request) -> Reply:
        """The stored reply. Raises WaitingError where there is none yet, and what was wrong with it where it failed."""
        stored = self.store.reply(request.key)
        if stored is not None:
            self.progress.from_file += 1
            return stored
        if isinstance(fault := (self._known or {}).get(request.key), str):
            raise ProviderError(fault, "data")
        if self.takes and request.key not in self._wanted and self.store.batch_of(request.key) is None:
            await self._want(request)
        raise WaitingError("it waits for its batch")

    async def _want(self, request: Request) -> None:
        start = json.dumps({"custom_id": request.key, "method": "POST", "url": TARGET})
        line = start[:-1].encode() + b', "body": ' + self.model.written(request) + b"}\n"
        if len(line) > self.caps.bytes:
            raise ProviderError(f"the request is larger than a batch may be ({self.caps.bytes // 10**6} MB)", "data")
        if len(self._wanted) == self.caps.requests or self._size + len(line) > self.caps.bytes:
            await self.submit()
        self._wanted[request.key] = request.text, line
        self._size += len(line)

    # ------------------------------------------------------------ out

    async def submit(self) -> None:
        """Leave what is wanted as one batch. Raises ProviderError (fatal)."""
        wanted, self._wanted, self._size = self._wanted, {}, 0
        if not wanted:
            return
        note = Note(secrets.token_hex(16), self.spec.label, self.spec.address, len(wanted), time.time())
        await self.store.keep_batch(note, [(key, text) for key, (text, _) in wanted.items()])
        try:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "requests.jsonl"
                with path.open("wb") as lines:
                    lines.writelines(line for _, line in wanted.values())
                file = await self.there.upload(path, f"evalkit-{note.mark}.jsonl")
        except ProviderError as error:  # no batch was made of it
            await self.store.drop_batch(note, self._known or {})
            raise ProviderError(f"{self.spec.label}: the batch could not be uploaded: {error}", "fatal") from None
        try:
            state = await self.there.begin(file, note.mark)
        except ProviderError as error:
            if error.fault != "transient":
                await self.store.drop_batch(note, self._known or {})
                raise ProviderError(f"{self.spec.label}: the batch was refused: {error}", "fatal") from None
            raise ProviderError(
                f"{self.spec.label}: whether the batch was made is not known: {error}. Run the same command again: it "
                "looks for it before another one is made",
                "fatal",
            ) from None
        await self.store.keep_batch(replace(note, batch=state.id))
        self.progress.submitted += 1
        self._tell(note, state)

    def _tell(self, note: Note, state: State) -> None:
        self.progress.in_batches += note.requests
        done = f", {state.done} of them done" if state.done else ""
        self.progress.batches.append(f"{self.spec.label}: {state.id}: {state.status}, {note.requests} requests{done}")

    # ------------------------------------------------------------ in

    async def collect(self) -> None:
        """Fetch the answers of all batches that are over. Raises ProviderError, SpecError, StoreError."""
        notes = self.store.batch_notes(self.spec.label)
        if self._known is None:
            self._known = self.store.batch_known(self.spec.label) if notes else {}
        for note in notes:
            if note.address != self.spec.address:
                there, here = note.address or "the default address", self.spec.address or "the default address"
                raise SpecError(
                    f"{self.spec.label}: {note.requests} requests wait in a batch at {there}, and the experiment names "
                    f"{here}: put that back until the batch is collected"
                )
            state = await (self.there.state(note.batch) if note.batch else self.there.found(note.mark))
            if state is None:  # the process was killed before it was made
                await self.store.drop_batch(note, self._known or {})
            elif not state.is_over:
                await self.store.keep_batch(replace(note, batch=state.id))
                self._tell(note, state)
            else:
                await self._fetch(note, state, self._known)

    async def _fetch(self, note: Note, state: State, known: dict[str, int | str]) -> None:
        if state.status == "failed":  # nothing in it was asked
            self.fatal = self.fatal or ProviderError(
                f"{self.spec.label}: the batch {state.id} failed: {state.complaint or 'the server does not say why'}. "
                f"Its {note.requests} requests are asked again by the same command",
                "fatal",
            )
            await self.store.drop_batch(note, known)
            return
        left = dict(self.store.batch_requests(note.mark))
        storing: list[Any] = []
        for file in state.files:
            async for line in self.there.lines(file):
                answer = parsed(line)
                text = left.pop(str(answer.get("custom_id")), None) if isinstance(answer, dict) else None
                if text is None:
                    continue  # an empty line, or an answer to nothing that was asked
                storing += self._taken(request_from(json.loads(text)), answer, known)
                if len(storing) >= TOGETHER:
                    await asyncio.gather(*storing)
                    storing.clear()
        await asyncio.gather(*storing)
        for key in left:
            self._failed(key, ProviderError(f"the batch ended ({state.status}) without an answer"), known)
        await self.store.drop_batch(note, known)
        unanswered = note.requests - state.done if state.status != "completed" else 0
        if state.status != "completed":
            self.progress.tell(
                f"{self.spec.label}: the batch {state.id} was {state.status}"
                + (f", {unanswered} of {note.requests} requests unanswered" if unanswered > 0 else "")
                + ": what it did not answer is asked again"
            )

    def _taken(self, request: Request, answer: Mapping[str, Any], known: dict[str, int | str]) -> list[Any]:
        """What is to be stored of one line."""
        try:
            reply = self._read(request, answer)
        except ProviderError as error:
            self._failed(request.key, error, known)
            return []
        known.pop(request.key, None)
        if self.store.reply(request.key) is not None:  # fetched before, by a process that was killed
            return []
        cost = cost_of(self.spec, usage_or_guess(request, reply))
        cost = None if cost is None else cost * batch_share(self.spec)
        count(self.progress, request, reply, cost)
        return [self.store.keep_reply(request, reply, cost)]

    def _read(self, request: Request, answer: Mapping[str, Any]) -> Reply:
        match answer:
            case {"response": {"status_code": int(status), "body": body}}:
                content = body.encode("utf-8", "replace") if isinstance(body, str) else json.dumps(body).encode()
                return self.model.read(status, content, request)
            case {"error": {"message": str(message), **rest}}:
                raise ProviderError(f"{rest.get('code') or 'error'}: {message}"[:300])
        raise ProviderError("the batch holds no answer to it")

    def _failed(self, key: str, error: ProviderError, known: dict[str, int | str]) -> None:
        """`data` is an outcome; what would befall all ends the run; the rest is asked again, so often as the limits of
        the model say."""
        if error.fault == "data":
            known[key] = str(error)
        elif error.fault == "fatal":
            self.fatal = self.fatal or error
        elif error.fault == "transient":
            tries = known.get(key, 0)
            tries = tries + 1 if isinstance(tries, int) else 1
            enough = tries >= self.spec.limits.attempts
            known[key] = f"{error} (gave up after {tries} batches)" if enough else tries
