"""A real OpenAI-compatible chat-completions server on the loopback that misbehaves on demand.

Answers are computed from the messages, so the same request gets the same answer in every process. `temperature` 0
ignores the seed; otherwise sampling follows `seed`; `max_tokens` (words), `stop`, `Say exactly: ...` and a system
message `Answer with the word ... only` are honoured, except for what it `ignores`: keys of the body, `system`, `usage`.

In a test:              async with ModelServer(faults=["429", "ok", "truncated"]) as server: ... server.url ...
From another thread:    with serving(ModelServer(latency=0.2)) as server: ...
As a process:           python -m tests.server --port 0        (the first line printed is the address)

Faults: `faults` are used up one per request in order of arrival, then requests are answered; or a message contains
`[[fault:NAME]]` (every time) or `[[fault:NAME*2]]` (the first two times that this body arrives). `fault_of` decides by
code. The names are the keys of FAULTS, `429` and `503` also with seconds to wait: `429@1.5`.

GET /stats (?short: without `bodies` and `paid`) tells what was asked: `requests`, `answered` (answers made: what a provider would bill), `bodies` (SHA-256
of the canonical body -> times asked), `paid` (the same -> times answered), `peak` in flight. POST /reset forgets it.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import re
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import orjson
from aiohttp import web

from tests.batching import BatchDesk
from tests.faults import FAULTS, Fault, completion

Body = dict[str, Any]
Answer = Callable[[Body], "str | Mapping[str, Any]"]
IN_MESSAGE = re.compile(r"\[\[fault:([a-z0-9_@.]+)(?:\*(\d+))?\]\]")
IN_SYSTEM = re.compile(r"Answer with the word (\w+) only")
WORDS = ("let", "the", "matrix", "be", "given", "then", "we", "see", "that", "its", "trace", "equals", "$x^2$", "so")


def body_key(body: Body) -> str:
    """SHA-256 of the canonical JSON of a request body."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def text_of(content: Any) -> str:
    """The text of a message, those of its parts where it has parts."""
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", part)) for part in content)


def answer(body: Body) -> str:
    """The server's own answer: what `Say exactly: ...` asks for, or words drawn by a hash of the request."""
    messages = [(m["role"], text_of(m["content"])) for m in body["messages"]]
    for role, content in messages:
        if role == "system" and (ordered := IN_SYSTEM.search(str(content))):
            return ordered[1]
    for _, content in reversed(messages):
        if "Say exactly: " in content:
            return str(content).split("Say exactly: ", 1)[1].splitlines()[0]
    sampling = [body.get("temperature", 1), body.get("seed")] if body.get("temperature", 1) != 0 else []
    seed = hashlib.sha256(json.dumps([body["model"], messages, sampling]).encode()).digest()
    words = [WORDS[byte % len(WORDS)] for byte in seed]
    between = ", " if "separated by commas" in str(messages) else " "
    return f"{between.join(words)}. Final answer: {int.from_bytes(seed[:2], 'big')}"


class ModelServer:
    """One server. `latency` in seconds, which faults do not take where it is `hasty`; above `capacity` requests in flight it answers 429; `key` must be the bearer
    token where given; `answer` gives the text, or the fields of the assistant message."""

    def __init__(
        self,
        *,
        latency: float = 0.0,
        capacity: int | None = None,
        key: str | None = None,
        answer: Answer = answer,
        faults: Iterable[str] = (),
        fault_of: Callable[[Body, int], str | None] = lambda _body, _times: None,
        ignores: Iterable[str] = (),
        hasty: bool = False,
        models: Iterable[str] | None = None,
    ) -> None:
        self.models = None if models is None else list(models)
        self.listed_headers: list[dict[str, str]] = []
        """Of requests for the list of models."""
        self.ignores, self.hasty = frozenset(ignores), hasty
        self.latency, self.capacity, self.key, self.answer = latency, capacity, key, answer
        self.faults, self.fault_of = deque(faults), fault_of
        self.batches = BatchDesk(self)
        self.released = asyncio.Event()
        self.address = ""
        self.reset()

    def reset(self) -> None:
        """Forget what was counted."""
        self.asked: Counter[str] = Counter()
        self.paid: Counter[str] = Counter()
        self.faulted: Counter[str] = Counter()
        self.bodies: deque[Body] = deque(maxlen=1000)
        self.headers: deque[dict[str, str]] = deque(maxlen=1000)
        self.in_flight = self.peak = 0

    @property
    def url(self) -> str:
        """What a client takes as base_url."""
        return f"{self.address}/v1"

    @property
    def stats(self) -> dict[str, Any]:
        return {
            "requests": self.asked.total(),
            "answered": self.paid.total(),
            "distinct": len(self.asked),
            "peak": self.peak,
            "in_flight": self.in_flight,
            "faults": dict(self.faulted),
            "bodies": dict(self.asked),
            "paid": dict(self.paid),
        }

    @property
    def listed_with(self) -> list[str | None]:
        """The keys with which the list of models was asked for."""
        return [headers.get("Authorization") for headers in self.listed_headers]

    async def start(self, port: int = 0) -> None:
        """Listen on the loopback; port 0 takes a free one."""
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_get("/v1/models", self._models)
        self.batches.routes(app)
        app.router.add_get("/stats", self._stats)
        app.router.add_post("/reset", self._reset)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, backlog=1024)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.address = f"http://{host}:{port}"

    async def stop(self) -> None:
        """Let hanging requests go and close the socket."""
        self.released.set()
        await self._runner.cleanup()

    async def __aenter__(self) -> ModelServer:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _stats(self, request: web.Request) -> web.Response:
        stats = self.stats
        if "short" in request.query:
            stats = {name: value for name, value in stats.items() if name not in ("bodies", "paid")}
        return web.json_response(stats)

    async def _models(self, request: web.Request) -> web.Response:
        self.listed_headers.append(dict(request.headers))
        if self.models is None:
            raise web.HTTPNotFound
        data = [{"id": name, "object": "model", "created": 0, "owned_by": "tests"} for name in self.models]
        return web.json_response({"object": "list", "data": data})

    async def _reset(self, _: web.Request) -> web.Response:
        self.reset()
        return web.Response()

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body: Body = orjson.loads(await request.read())
        key = body_key(body)
        self.asked[key] += 1
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            name = self._fault(request, body, self.asked[key])
            if self.latency and not (self.hasty and name is not None):
                await asyncio.sleep(self.latency)
            if name is not None:
                self.faulted[name] += 1
                return await Fault(name, request, body, self.released).respond()
            reply = self._reply(body)
            self.paid[key] += 1
            return web.Response(body=orjson.dumps(reply), content_type="application/json")
        finally:
            self.in_flight -= 1

    def _reply(self, body: Body) -> Body:
        """An honest completion of the body without what this server ignores."""
        heard: Body = {k: v for k, v in body.items() if k not in self.ignores}
        if "system" in self.ignores:
            heard["messages"] = [m for m in body["messages"] if m["role"] != "system"]
        reply: Body = completion(heard, self.answer(heard))
        return {k: v for k, v in reply.items() if k != "usage"} if "usage" in self.ignores else reply

    def _fault(self, request: web.Request, body: Body, times: int) -> str | None:
        """The fault that this request gets: scripted, asked for in a message, over capacity, wrong key; or None."""
        if self.capacity is not None and self.in_flight > self.capacity:
            return "429"
        if self.key is not None and request.headers.get("Authorization") != f"Bearer {self.key}":
            return "401"
        name = self.faults.popleft() if self.faults else self.fault_of(body, times)
        for message in body["messages"]:
            if found := IN_MESSAGE.search(str(message["content"])):
                name = found[1] if times <= int(found[2] or times) else None
        return None if name in (None, "ok") else name


@contextmanager
def serving(server: ModelServer) -> Iterator[ModelServer]:
    """The server on an event loop of its own in a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def hashed_faults(names: list[str], rate: float, *, always: bool = False) -> Callable[[Body, int], str | None]:
    """A share of all bodies, chosen by their hash, fail the first time that they are asked; always: of all attempts."""

    def choose(body: Body, times: int) -> str | None:
        if times > 1 and not always:
            return None
        chosen = hashlib.sha256(f"{body_key(body)} {times}".encode()).hexdigest()
        point = int(chosen[:8], 16) / 2**32
        return names[int(point / rate * len(names))] if point < rate else None

    return choose


async def main() -> None:
    parser = argparse.ArgumentParser(description="an OpenAI-compatible server that misbehaves on demand")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--capacity", type=int, help="429 above so many requests in flight")
    parser.add_argument("--key", help="the bearer token that is right")
    parser.add_argument("--faults", default="", help=f"comma-separated; of {', '.join(sorted(FAULTS))}")
    parser.add_argument("--rate", type=float, help="this share of bodies gets one of the faults, the first time")
    parser.add_argument("--always", action="store_true", help="with --rate: this share of all attempts")
    options = parser.parse_args()
    names = [name for name in options.faults.split(",") if name]
    common = {"latency": options.latency, "capacity": options.capacity, "key": options.key}
    if options.rate and names:
        server = ModelServer(fault_of=hashed_faults(names, options.rate, always=options.always), **common)
    else:
        server = ModelServer(faults=names, **common)
    await server.start(options.port)
    print(server.url, flush=True)
    await asyncio.Event().wait()


def install_uvloop() -> None:
    """uvloop where present: the server must not be what a benchmark measures."""
    try:
        import uvloop
    except ImportError:
        return
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


if __name__ == "__main__":
    install_uvloop()
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
