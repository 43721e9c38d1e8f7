"""Batches by the openai client: a file of requests is left at the endpoint and its answers are fetched within a day.

The client is not in the hot path here. It tries again what only reads; what makes something is sent once, since a
second attempt might make a second batch: whoever called looks for it (`found`). Not covered: batches of other
endpoints than chat completions, and deleting files at the server.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.errors import ProviderError
from evalkit.wire.address import Endpoint
from evalkit.wire.complaints import complaint, judge

if TYPE_CHECKING:
    from openai import AsyncOpenAI

TARGET = "/v1/chat/completions"
MOST_REQUESTS = 50_000
MOST_BYTES = 200 * 10**6
"""Of one batch; more are split."""
MOST_LINE = 16 * 2**20
"""Bytes of one answer; a longer one is passed over."""
UPLOAD_WITHIN = 900.0
MOST_LOOKED_AT = 1000
"""Batches among which one is looked for, the newest first."""
MARK = "evalkit"
"""The key of a batch's metadata under which our name for it stands."""


def unsaid(at: Endpoint) -> dict[str, Any]:
    """Headers that are not to be sent: what the client reads from variables of its own goes to no other host than the
    one they were set for."""
    import openai

    custom = [line.partition(":")[0].strip() for line in os.environ.get("OPENAI_CUSTOM_HEADERS", "").splitlines()]
    names = ["OpenAI-Organization", "OpenAI-Project", *custom, *([] if at.secret else ["Authorization"])]
    return dict.fromkeys(names, openai.omit)


@asynccontextmanager
async def client(at: Endpoint, within: float, retries: int = 0) -> AsyncIterator[AsyncOpenAI]:
    """The openai client for one address; takes a second to import."""
    import openai

    # over plain http nothing is verified: reading the machine's certificates would take most of a request's time
    verified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if at.is_plain else True
    http = openai.DefaultAsyncHttpxClient(
        timeout=within, trust_env=not at.is_plain, follow_redirects=False, verify=verified
    )
    async with openai.AsyncOpenAI(
        base_url=at.url, api_key=at.secret or "none", max_retries=retries, http_client=http
    ) as made:
        yield made


@dataclass(frozen=True)
class State:
    """A batch as the server tells of it."""

    id: str
    status: str
    """validating, in_progress, finalizing, cancelling; completed, expired, cancelled, failed."""
    files: tuple[str, ...] = ()
    """Of answers, then of errors; either may be missing."""
    done: int = 0
    total: int = 0
    complaint: str = ""
    """Why the whole batch failed."""

    @property
    def is_over(self) -> bool:
        return self.status in ("completed", "expired", "cancelled", "failed")


class Batches:
    """The files and batches of one endpoint. Raises ProviderError."""

    def __init__(self, at: Endpoint) -> None:
        self._at = at

    async def upload(self, path: Path, name: str) -> str:
        """The id of a file of requests."""
        with path.open("rb") as file:
            made = await self._asked(
                "files", "create", UPLOAD_WITHIN, file=(name, file, "application/jsonl"), purpose="batch"
            )
        return str(made.id)

    async def begin(self, file: str, mark: str) -> State:
        """Make a batch of an uploaded file. Where this raises it may have been made all the same: see `found`."""
        return _state(
            await self._asked(
                "batches", "create", 60.0,
                input_file_id=file, endpoint=TARGET, completion_window="24h", metadata={MARK: mark},
            ),
            self._at,
        )  # fmt: skip

    async def found(self, mark: str) -> State | None:
        """The batch that was made under this mark, None where there is none."""
        seen = 0
        try:
            async with client(self._at, 60.0, retries=2) as asked:
                async for batch in asked.batches.list(limit=100, extra_headers=unsaid(self._at)):
                    seen += 1
                    if (batch.metadata or {}).get(MARK) == mark:
                        return _state(batch, self._at)
                    if seen == MOST_LOOKED_AT:
                        break
        except Exception as error:
            raise self._fault(error) from None
        return None

    async def state(self, batch: str) -> State:
        return _state(await self._asked("batches", "retrieve", 60.0, batch, retries=2), self._at)

    async def lines(self, file: str) -> AsyncIterator[bytes]:
        """The lines of a file of answers, as they come."""
        rest, skipping = b"", False
        try:
            async with (
                client(self._at, 60.0, retries=2) as asked,
                asked.files.with_streaming_response.content(file, extra_headers=unsaid(self._at)) as got,
            ):
                async for piece in got.iter_bytes():
                    *whole, rest = (rest + piece).split(b"\n")
                    for line in whole:
                        if not skipping:
                            yield line
                        skipping = False
                    if len(rest) > MOST_LINE:
                        rest, skipping = b"", True
        except Exception as error:
            raise self._fault(error) from None
        if rest and not skipping:
            yield rest

    async def _asked(self, group: str, method: str, within: float, *given: Any, retries: int = 0, **more: Any) -> Any:
        try:
            async with client(self._at, within, retries) as asked:
                return await getattr(getattr(asked, group), method)(*given, extra_headers=unsaid(self._at), **more)
        except Exception as error:
            raise self._fault(error) from None

    def _fault(self, error: Exception) -> ProviderError:
        """The client's error in our words; it never shows the key."""
        import openai

        if isinstance(error, ProviderError):
            return error
        if isinstance(error, openai.APIStatusError):
            said = complaint(error.status_code, error.body if error.body is not None else error.message)
            if error.status_code in (404, 405):
                words = f"{self._at.host} answered {error.status_code}: {self._at.clean(said.text)}"
                return ProviderError(
                    f"{words} (does it have files and batches, and was this key used before?)", "fatal"
                )
            outcome = judge(said, self._at, "", {}, None)
            return outcome if isinstance(outcome, ProviderError) else ProviderError(str(error.status_code), "fatal")
        detail = self._at.clean(str(error.__cause__ or error))
        return ProviderError(f"no whole answer from {self._at.host}: {type(error).__name__}: {detail}")


def _state(batch: Any, at: Endpoint) -> State:
    counts = batch.request_counts
    errors = [e for e in ((batch.errors and batch.errors.data) or ()) if e.message or e.code]
    told = "; ".join(at.clean(f"{e.code}: {e.message}" if e.code else str(e.message)) for e in errors[:3])
    files = tuple(str(name) for name in (batch.output_file_id, batch.error_file_id) if name)
    done = (counts.completed + counts.failed) if counts else 0
    return State(str(batch.id), str(batch.status), files, done, counts.total if counts else 0, told)
