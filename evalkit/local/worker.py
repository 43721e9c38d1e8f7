"""The thread in which a model lives, beside the event loop.

It loads the model at the first request, takes in requests between two steps, and hands replies back to the loop. A
cancelled request gives up its slot before the next step; `close` waits at most a second.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalkit.errors import EvalkitError, ProviderError, SpecError
from evalkit.local import settings as keys
from evalkit.local.files import Origin
from evalkit.local.prompting import PLAIN_STOP
from evalkit.local.rows import Row
from evalkit.local.settings import Settings
from evalkit.reading import thoughts
from evalkit.types import Reply, Request, Usage

if TYPE_CHECKING:
    from evalkit.local.loading import Loaded

log = logging.getLogger("evalkit.local")
LOADING = threading.Lock()
"""One model after the other: what one takes of the memory the next one must see."""
PATIENCE = 1.0
"""Seconds that `close` waits for the step under way."""


@dataclass(eq=False)
class _Call:
    """A request and who waits for it."""

    request: Request
    settings: Settings
    future: asyncio.Future[Reply]
    loop: asyncio.AbstractEventLoop
    row: Row | None = None
    thinking: bool = False
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True
        if self.row is not None:
            self.row.cancelled = True


class Worker:
    """One model in one thread."""

    def __init__(self, origin: Origin, settings: Settings, slots: int) -> None:
        """An origin that `sees` is loaded with its processor, for images."""
        self._origin, self._settings, self._slots = origin, settings, slots
        self._news = threading.Condition()
        self._inbox: deque[_Call] = deque()
        self._closing = False
        self._failure: ProviderError | None = None
        """Why it ended by itself."""
        self._thread: threading.Thread | None = None
        self._calls: dict[Row, _Call] = {}
        self._waiting: deque[Row] = deque()
        self.loaded: Loaded | None = None

    async def ask(self, request: Request, settings: Settings) -> Reply:
        """The reply to a request. Raises ProviderError."""
        loop = asyncio.get_running_loop()
        call = _Call(request, settings, loop.create_future(), loop)
        with self._news:
            if self._closing:
                raise self._failure or ProviderError(f"hf:{self._origin.name}: closed", "fatal")
            self._inbox.append(call)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"hf:{self._origin.name}", daemon=True)
                self._thread.start()
            self._news.notify()
        try:
            return await call.future
        except asyncio.CancelledError:
            call.cancel()
            raise

    async def close(self) -> None:
        """Stop before the next step; what was asked for is cancelled."""
        with self._news:
            self._closing = True
            self._news.notify()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, PATIENCE)

    # ------------------------------------------------------------ in the thread

    def _run(self) -> None:
        failure: ProviderError | None = None
        try:
            with LOADING:
                from evalkit.local.loading import load  # torch and transformers: the event loop must not wait for them

                self.loaded = load(self._origin, self._settings, self._slots, lambda: self._closing)
            while self._take_in():
                for row in self.loaded.engine.step(self._waiting):
                    self._hand_over(row)
        except InterruptedError:
            log.debug("hf:%s interrupted", self._origin.name)
        except EvalkitError as error:
            failure = ProviderError(str(error), "fatal")
        except Exception as error:
            if not self._closing:
                log.debug("hf:%s stopped", self._origin.name, exc_info=True)
            failure = ProviderError(f"hf:{self._origin.name} stopped: {type(error).__name__}: {error}", "fatal")
        self._end(failure)

    def _take_in(self) -> bool:
        """Fetch new requests, waiting for some where there is nothing else to do. False when it is time to end."""
        with self._news:
            while not (self._closing or self._inbox or self._calls):
                self._news.wait()
            news = list(self._inbox)
            self._inbox.clear()
        for call in news:
            if self._closing:
                self._resolve(call, ProviderError("closed", "fatal"))
                continue
            try:
                self._prepare(call)
            except ProviderError as error:
                self._resolve(call, error)
            except SpecError as error:
                self._resolve(call, ProviderError(str(error), "fatal"))
            except Exception as error:
                self._resolve(call, ProviderError(f"{type(error).__name__}: {error}", "data"))
        return not self._closing

    def _prepare(self, call: _Call) -> None:
        """Put a request into the queue as a row. Raises ProviderError (data) for a prompt that is too long."""
        loaded, request = self.loaded, call.request
        assert loaded is not None  # noqa: S101 (it is loaded before anything is taken in)
        prompt = loaded.prompts.write(request.messages, call.settings.template_arguments)
        room = loaded.context - len(prompt.tokens)
        if room <= 0:
            raise ProviderError(
                f"the prompt has {len(prompt.tokens)} tokens, the model reads at most {loaded.context} with its reply",
                "data",
            )
        stops = (*call.settings.stop, *([PLAIN_STOP] if loaded.prompts.plain else []))
        row = Row(
            prompt.tokens,
            keys.sampling(call.settings, loaded.generation),
            min(room, keys.most_tokens(call.settings, loaded.generation)),
            loaded.ends,
            seed_of(request),
            stops,
            loaded.prompts.decode,
            inputs=prompt.inputs,
        )
        call.row, call.thinking, row.cancelled = row, prompt.thinking, call.cancelled
        self._calls[row] = call
        self._waiting.append(row)

    def _hand_over(self, row: Row) -> None:
        call = self._calls.pop(row)
        if row.cancelled:
            return
        if row.error is not None:
            self._resolve(call, ProviderError(row.error, "data"))
            return
        assert self.loaded is not None  # noqa: S101
        reasoning, text = thoughts.split(row.text(), opened=call.thinking)
        usage = Usage(len(row.prompt), len(row.drawn))
        self._resolve(call, Reply(text, row.finish or "stop", reasoning, usage, served_by=self.loaded.label))

    def _resolve(self, call: _Call, outcome: Reply | ProviderError) -> None:
        def settle() -> None:
            if call.future.done():
                return
            if isinstance(outcome, Reply):
                call.future.set_result(outcome)
            else:
                call.future.set_exception(outcome)

        try:
            call.loop.call_soon_threadsafe(settle)
        except RuntimeError:
            log.debug("the event loop ended before the reply to %s", call.request.key)

    def _end(self, failure: ProviderError | None) -> None:
        """Nothing more will come: everyone who waits, and everyone who asks later, is told so."""
        failure = failure or ProviderError(f"hf:{self._origin.name}: closed", "fatal")
        with self._news:
            self._closing, self._failure = True, failure
            left = [*self._calls.values(), *self._inbox]
            self._inbox.clear()
        self._calls.clear()
        if self.loaded is not None:
            self.loaded.engine.abandon()
        for call in left:
            self._resolve(call, failure)


def seed_of(request: Request) -> int:
    """The seed of a request's random stream: SHA-256 of its key, which holds messages, parameters, seed and sample."""
    return int.from_bytes(hashlib.sha256(f"evalkit hf {request.key}".encode()).digest()[:8], "big")
