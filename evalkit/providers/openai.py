"""`openai:MODEL`: any endpoint that speaks OpenAI's chat completions (OpenAI, Qwen, Gemini, vLLM, Ollama, ...).

Parameters are sent as they stand in the experiment: temperature, top_p, max_tokens, max_completion_tokens, stop,
reasoning_effort and any key of the endpoint's own; `extra_body` is a table of further ones, as OpenAI's client has it.
`seed` is sent as seed + sample, so that samples differ. Where a model refuses max_tokens or max_completion_tokens the
other is sent, where it refuses temperature or response_format none is: `notes` says so, and `instead` is kept in the
run file.
The key is read from the environment variable that `api_key_env` names, default OPENAI_API_KEY. None is needed, and by
default none is sent, where base_url is an address of this machine or its private network, or `api_key_env = ""`.
`first_byte_timeout` bounds every silence of the server, the one before the first byte included.

aiohttp is asked directly: the openai package costs three times as much a request and all that it adds (retries, typed
parsing, error classes) is done in evalkit.wire and limits.py. It is the client of what is not hot: `offered`.

Files that go along are sent as parts of the message, `image_url` and `file`, each as a data URL.

Not covered: streaming, tools, several choices for one request, and the Responses API. Retries: limits.py.
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, cast

import aiohttp
import orjson

from evalkit.errors import ProviderError, SpecError
from evalkit.types import Message, ModelSpec, Provider, Reply, Request
from evalkit.wire import address
from evalkit.wire.address import Endpoint, certificates, check_way, endpoint, proxy_for
from evalkit.wire.batches import Batches, client, unsaid
from evalkit.wire.broken import Broken
from evalkit.wire.complaints import SUBSTITUTES, Complaint, complaint, is_html, judge
from evalkit.wire.completions import of_model, parsed, read, status_of, usage
from evalkit.wire.lookup import Lookups
from evalkit.wire.reaching import Reach
from evalkit.wire.waits import wait

ATTACHMENTS = "parts"
MAX_REPLY_BYTES = 8 * 2**20
MAX_ERROR_BYTES = 64 * 2**10
MOST_LISTED = 2000
LISTED_WITHIN = 10.0
"""Seconds for the list of models."""
OURS = ("model", "messages", "stream", "n")
UNCOMPRESSED = ("", "identity", "none", "utf-8")
NOTHING = (204, 205)
"""Statuses of an answer that has no body and is none."""
FORBIDDEN = 5
"""So many 403 in a row are about the key, even where it was good before."""
STRUCTURED = True
"""A judge's `response_format` is sent; an endpoint that refuses it is asked without."""
destination = address.destination
"""Where a key is sent, and which: asked before anything is stored or sent."""


async def connect(spec: ModelSpec) -> Provider:
    """A client for one model; sends nothing. Raises SpecError for a bad base_url, parameter, or a missing key."""
    check(spec)
    return _OpenAI(spec, endpoint(spec))


def check(spec: ModelSpec) -> None:
    """Raises SpecError for what `connect` would refuse, before anything is stored."""
    check_way(spec)
    extra = spec.parameters.get("extra_body", {})
    if not isinstance(extra, dict):
        raise SpecError(f"{spec.id}: parameters.extra_body: must be a table of further parameters (found {extra!r})")
    for name in OURS:
        if name in spec.parameters or name in extra:
            raise SpecError(f"{spec.id}: parameters.{name}: evalkit sets this itself; remove it")
    seed = spec.parameters.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise SpecError(f"{spec.id}: parameters.seed: must be a whole number (found {seed!r})")


async def offered(spec: ModelSpec) -> list[str]:
    """The models that the endpoint lists, sorted; none where it does not say. Takes a second to import the client."""
    names: list[str] = []
    try:
        at = endpoint(spec)
        async with client(at, LISTED_WITHIN) as asked:
            async for model in asked.models.list(extra_headers=unsaid(at)):
                names.append(at.clean(str(model.id), 200))
                if len(names) == MOST_LISTED:
                    break
    except Exception:  # a server without such a list answers anything, and what else is wrong asking the model tells
        return []
    return sorted(set(names))


def batches(spec: ModelSpec) -> Batches:
    """Where many requests are left at once, to be answered within a day at a lower price."""
    return Batches(endpoint(spec))


class _OpenAI:
    def __init__(self, spec: ModelSpec, at: Endpoint) -> None:
        self._at, self._name = at, spec.model
        self._target = f"{at.url.rstrip('/')}/chat/completions"
        self._proxy = None if at.is_plain else proxy_for(at.url)
        limits = spec.limits
        self._reach = Reach(at.url, self._proxy, limits)
        headers = {"User-Agent": "evalkit", "Accept-Encoding": "identity", "Content-Type": "application/json"}
        self._session = aiohttp.ClientSession(
            # Common servers close a connection after 5 s of rest; no request is to meet a closed one.
            connector=aiohttp.TCPConnector(
                limit=limits.in_flight,
                keepalive_timeout=4.0,
                ssl=True if at.is_plain else certificates(),
                resolver=aiohttp.ThreadedResolver(cast(Any, Lookups(lambda: self._reach.look))),
            ),
            headers=headers | ({"Authorization": f"Bearer {at.secret}"} if at.secret else {}),
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=limits.connect_timeout, sock_read=limits.first_byte_timeout
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,  # it would send a password of .netrc in place of the key; proxies are found above
        )
        self._mark = f"evalkit-{secrets.token_hex(16)}-"
        """Stands for the content of a file; no text can hold it, since it is drawn anew for each connection."""
        self.instead: dict[str, str | None] = {}
        """What is sent in place of a refused parameter; None = nothing. Earlier runs may have learned it."""
        self._learned: set[str] = set()
        """Of these, in this run."""
        self._unread = Broken(at)
        self._answered = False
        self._forbidden = 0

    async def ask(self, request: Request) -> Reply:
        """One attempt. A refused or cut-off reply is a Reply; everything else that went wrong is a ProviderError."""
        body = self._body(request)
        try:
            content = orjson.dumps(body)
        except TypeError as error:
            raise ProviderError(f"the request cannot be written as JSON: {error}", "data") from None
        pieces = self._streamed(content, request) if any(m.files for m in request.messages) else None
        outcome: Reply | ProviderError
        began = asyncio.get_running_loop().time()
        if (nobody := self._reach.nobody(began)) is not None:
            raise ProviderError(nobody, "fatal")
        try:
            async with self._session.post(
                self._target,
                data=_sent(pieces) if pieces else content,
                headers={"Content-Length": str(sum(map(len, pieces)))} if pieces else None,
                proxy=self._proxy,
                allow_redirects=False,  # the key goes nowhere else
            ) as response:
                self._reach.heard()
                outcome = await self._outcome(response, body, request)
        except (aiohttp.ClientError, OSError) as error:
            outcome = self._broken(error, began)
        # Raised out here, so that no traceback leads to the request and its headers.
        if isinstance(outcome, Reply):
            self._answered, self._forbidden = True, 0
            self._unread.answered()
            return outcome
        raise outcome

    def written(self, request: Request) -> bytes:
        """The whole body that would be sent. Raises ProviderError for what cannot be written."""
        try:
            content = orjson.dumps(self._body(request))
        except TypeError as error:
            raise ProviderError(f"the request cannot be written as JSON: {error}", "data") from None
        return b"".join(self._streamed(content, request))

    def read(self, status: int, content: bytes, request: Request) -> Reply:
        """The answer to such a body that came back in another way. Raises ProviderError, as `ask` does."""
        # Sent before it was learned what the model refuses, or after: both may be what a complaint speaks of.
        sent = {**request.parameters, **self._body(request)}
        outcome = self._told((status, {}), content, sent, request)
        if isinstance(outcome, Reply):
            return outcome
        raise outcome

    async def close(self) -> None:
        await self._session.close()

    async def described(self) -> dict[str, str]:
        """What the endpoint says of the model; nothing where it does not, or not at once."""
        try:
            async with (
                asyncio.timeout(LISTED_WITHIN),
                self._session.get(
                    f"{self._at.url.rstrip('/')}/models", proxy=self._proxy, allow_redirects=False
                ) as got,
            ):
                body = await _capped(got, MAX_ERROR_BYTES) if got.status == 200 else b""
        except (aiohttp.ClientError, OSError):  # TimeoutError is one; that it is down the run tells
            return {}
        return {what: self._at.clean(value, 200) for what, value in of_model(parsed(body), self._name).items()}

    @property
    def notes(self) -> list[str]:
        """What is sent otherwise than the experiment says."""
        sent = {
            name: f"{other} is sent in its place" if other else "none is sent: its own default applies"
            for name, other in self.instead.items()
        }
        return [f"the model refuses {name}; {what}" for name, what in sent.items()]

    def _body(self, request: Request) -> dict[str, Any]:
        body = dict(request.parameters)
        if "extra_body" in body:
            body |= body.pop("extra_body")
        if "seed" in body:
            body["seed"] += request.sample
        for name, other in self.instead.items():
            if name in body:
                value = body.pop(name)
                if other is not None:
                    body.setdefault(other, value)
        body["model"] = request.model.partition(":")[2]
        body["messages"] = [{"role": m.role, "content": self._parts(m)} for m in request.messages]
        return body

    def _parts(self, message: Message) -> str | list[dict[str, Any]]:
        """The content of a message: a text, or where files go along, these and the text as parts."""
        if not message.files:
            return message.content
        parts: list[dict[str, Any]] = []
        for file in message.files:
            data = f"{self._mark}{file.sha256}"  # its content is put in when it is sent: see _streamed
            if file.type.startswith("image/"):
                parts.append({"type": "image_url", "image_url": {"url": data}})
            else:
                parts.append({"type": "file", "file": {"filename": file.name, "file_data": data}})
        return [*parts, {"type": "text", "text": message.content}]

    def _streamed(self, content: bytes, request: Request) -> list[bytes]:
        """The body in pieces, with the content of files: it is held once, however many requests are under way."""
        files = {file.sha256.encode(): file for message in request.messages for file in message.files}
        pieces = content.split(self._mark.encode())
        whole = [pieces[0]]
        for piece in pieces[1:]:
            whole += [files[piece[:64]].encoded, piece[64:]]
        return whole

    # ------------------------------------------------------------ what came back

    async def _outcome(
        self, response: aiohttp.ClientResponse, body: dict[str, Any], request: Request
    ) -> Reply | ProviderError:
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        if encoding not in UNCOMPRESSED:  # a few bytes could become many
            return ProviderError(
                f"{self._at.host} sent a compressed reply ({self._at.clean(encoding)}) that was not asked for"
            )
        good = 200 <= response.status < 300
        content = await _capped(response, MAX_REPLY_BYTES if good else MAX_ERROR_BYTES)
        if good and len(content) > MAX_REPLY_BYTES:
            return ProviderError(f"the reply is larger than {MAX_REPLY_BYTES // 2**20} MiB", "data")
        return self._told((response.status, response.headers), content, body, request)

    def _told(
        self, answer: tuple[int, Mapping[str, str]], content: bytes, body: dict[str, Any], request: Request
    ) -> Reply | ProviderError:
        """What a whole answer says. answer: its status and headers."""
        status = answer[0]
        if not 200 <= status < 300:
            said = complaint(status, parsed(content) or content.decode("utf-8", "replace"))
            return self._judged(said, answer[1], body, request)
        match parsed(content):
            case {"choices": [{"error": error, **choice}, *_]} if error:
                outcome = self._judged(complaint(status_of(error), {"error": error}), answer[1], body, request)
                return self._unread.choice(outcome, choice.get("message"), request)
            case {"error": error} if error:
                return self._judged(complaint(status_of(error), {"error": error}), answer[1], body, request)
            case {"base_resp": {"status_code": int(code)}} as said if code and not said.get("choices"):  # MiniMax
                return self._judged(complaint(500, said), answer[1], body, request)
            case {"choices": [{**choice}, *_], **rest}:
                return read(choice, rest, self._at)
            case {
                "choices": [] | None,
                **rest,
            }:  # with usage it was billed, and would be again
                billed = usage(rest.get("usage")) is not None
                return ProviderError(f"{self._at.host} sent a reply without choices", "data" if billed else "transient")
            case None if status in NOTHING:  # said so, not broken off: the next answer would be the same
                return ProviderError(f"{self._at.host} answered {status}: no content", "data")
            case None if is_html(content[:200].decode("utf-8", "replace")):
                return self._unread.page(request)
            case None:
                return self._unread.text(content, request)
        return ProviderError(f"{self._at.host} sent JSON that is no chat completion")

    def _judged(
        self, said: Complaint, headers: Mapping[str, str], body: dict[str, Any], request: Request
    ) -> Reply | ProviderError:
        refused = said.refused_of(body)
        if refused is not None and self._adapted(refused):
            return ProviderError(f"{self._at.host} refused {refused}: {self._at.clean(said.text)}", "again")
        seconds = wait(headers, said.details, said.text) if said.status in (429, 503, 529) else None
        outcome = judge(said, self._at, request.model.partition(":")[2], request.parameters, seconds)
        if said.status == 403 and isinstance(outcome, ProviderError) and not said.no_credit:
            self._forbidden += 1
            if self._answered and self._forbidden < FORBIDDEN:
                # The key was good a moment ago, so this is about the request: a filter that says so in no known way.
                return ProviderError(str(outcome).replace(f" ({self._at.key_hint})", ""), "data")
        return outcome

    def _adapted(self, name: str) -> bool:
        """Send something else in place of a refused parameter from now on. False where that was refused as well."""
        if name in self.instead:  # this request was on its way already
            return True
        other = SUBSTITUTES[name]
        if other is not None and other in self.instead:
            if other in self._learned:
                return False
            del self.instead[other]  # an earlier run learned it of another server at this address
            return True
        self.instead[name] = other
        self._learned.add(name)
        return True

    def _broken(self, error: BaseException, began: float) -> ProviderError:
        """A connection that failed, of an attempt that began then. The client's own words hide the cause, so the
        innermost one is named."""
        unreached = isinstance(error, aiohttp.ClientConnectorError)
        reached = not unreached and isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError)
        while error.__cause__ is not None:
            error = error.__cause__
        if isinstance(error, ssl.SSLCertVerificationError | aiohttp.ClientConnectorCertificateError):
            return ProviderError(f"{self._at.host} is not trusted: {self._at.clean(str(error))}", "fatal")
        detail = self._at.clean(str(error))
        told = f"no whole answer from {self._at.host}: {type(error).__name__}" + (f": {detail}" if detail else "")
        if reached:
            self._reach.heard()
        if (
            unreached
            and (nobody := self._reach.failed(error, told, began, asyncio.get_running_loop().time())) is not None
        ):
            return ProviderError(nobody, "fatal")
        return ProviderError(told)


async def _sent(pieces: Sequence[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        for at in range(0, len(piece), PIECE):
            yield piece[at : at + PIECE]


PIECE = 2**18
"""Bytes that are handed to the connection at once."""


async def _capped(response: aiohttp.ClientResponse, most: int) -> bytes:
    """The body, or its first `most` bytes and some more."""
    if response.content_length is not None and response.content_length <= most:
        return await response.read()
    chunks, size = [], 0
    async for chunk in response.content.iter_any():
        chunks.append(chunk)
        size += len(chunk)
        if size > most:
            response.close()
            break
    return b"".join(chunks)
