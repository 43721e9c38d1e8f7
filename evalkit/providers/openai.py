"""`openai:MODEL`: any endpoint that speaks OpenAI's chat completions (OpenAI, Qwen, Gemini, vLLM, Ollama, ...).

Parameters are sent as they stand in the experiment: temperature, top_p, max_tokens, max_completion_tokens, stop,
reasoning_effort and any key of the endpoint's own. `seed` is sent as seed + sample, so that samples differ.
The key is read from the environment variable that `api_key_env` names, default OPENAI_API_KEY. None is needed, and by
default none is sent, where base_url is an address of this machine or its private network, or `api_key_env = ""`.
`first_byte_timeout` bounds every silence of the server, the one before the first byte included.

Not covered: streaming, tools, images, several choices for one request, and the Responses API. Retries: limits.py.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import httpx2
import openai
import orjson

from evalkit.errors import ProviderError, SpecError
from evalkit.reading import thoughts
from evalkit.types import ModelSpec, Provider, Reply, Request, Usage

_Fields = Mapping[Any, Any]

DEFAULT_URL = "https://api.openai.com/v1"
MAX_REPLY_BYTES = 8 * 2**20
MAX_ERROR_BYTES = 64 * 2**10
MAX_MESSAGE = 300
"""Characters of a server's error text that are passed on."""
LONG_KEY = 16
"""A key this long is also blanked out in replies; a shorter one is a placeholder such as `ollama`, and a word."""
OURS = ("model", "messages", "stream", "n")
FINISHES = {"max_tokens": "length", "end_turn": "stop", "eos": "stop", "safety": "content_filter"}
"""What some servers say instead of OpenAI's words."""
FILTERED = ("content_filter", "data_inspection_failed")
"""Error codes (Azure, DashScope) of a prompt that was refused, not of a request that failed."""
NO_CREDIT = ("insufficient_quota", "billing_hard_limit_reached")


async def connect(spec: ModelSpec) -> Provider:
    """A client for one model; sends nothing. Raises SpecError for a bad base_url, parameter, or a missing key."""
    url = _checked_url(spec)
    for name in OURS:
        if name in spec.parameters:
            raise SpecError(f"{spec.id}: parameters.{name}: evalkit sets this itself; remove it")
    seed = spec.parameters.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise SpecError(f"{spec.id}: parameters.seed: must be a whole number (found {seed!r})")
    return _OpenAI(spec, url, _key(spec, url))


def _checked_url(spec: ModelSpec) -> str:
    url = DEFAULT_URL if spec.base_url is None else spec.base_url
    where = f"{spec.id}: base_url"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or not url.isprintable() or " " in url:
        raise SpecError(
            f"{where}: must be an address such as https://host/v1 or http://localhost:8000/v1 (found {url!r})"
        )
    if parts.username is not None or parts.password is not None:
        raise SpecError(f"{where}: must not hold a user or password; name an environment variable in api_key_env")
    if parts.query or parts.fragment:
        raise SpecError(
            f"{where}: must end with the path, without ? and # (a key belongs into an environment variable)"
        )
    if parts.path.rstrip("/").endswith("/chat/completions"):
        raise SpecError(f"{where}: leave out /chat/completions; it is added (found {url!r})")
    return url


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local"))


def _key(spec: ModelSpec, url: str) -> str:
    """The API key, or the empty string where none is to be sent."""
    name = spec.api_key_env
    if name == "" or (name is None and _is_local(url)):
        return ""
    name = name or "OPENAI_API_KEY"
    key = os.environ.get(name, "").strip()
    if not key:
        raise SpecError(
            f"{spec.id}: the environment variable {name} is not set or empty; it must hold the API key for "
            f'{urlsplit(url).netloc} (another variable: api_key_env = "NAME"; no key at all: api_key_env = "")'
        )
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise SpecError(f"{spec.id}: the environment variable {name} does not hold an API key: it has odd characters")
    return key


class _OpenAI:
    def __init__(self, spec: ModelSpec, url: str, key: str) -> None:
        self._spec, self._url, self._secret = spec, url, key
        self._host = urlsplit(url).netloc
        limits = spec.limits
        plain = url.startswith("http://") and _is_local(url)
        timeout = httpx2.Timeout(None, connect=limits.connect_timeout, read=limits.first_byte_timeout)
        # The client that AsyncOpenAI would use, asked directly: AsyncOpenAI's own layer costs as much again as the wire
        # and all that it adds (retries, typed parsing, error classes) is done here or in limits.py.
        self._client = openai.DefaultAioHttpClient(
            # Common servers close a connection after 5 s of rest; no request is to meet a closed one.
            limits=httpx2.Limits(max_connections=limits.in_flight, keepalive_expiry=4.0),
            follow_redirects=False,  # the key goes nowhere else
            trust_env=not plain,  # no proxy on the way to this machine
            verify=not plain,  # no certificates, which take 45 ms to load
            event_hooks={"response": [self._guard]},
        )
        self._endpoint = httpx2.URL(f"{url.rstrip('/')}/chat/completions")
        headers = {"User-Agent": "evalkit", "Accept-Encoding": "identity", "Content-Type": "application/json"}
        self._headers = httpx2.Headers(headers | ({"Authorization": f"Bearer {key}"} if key else {}))
        self._extensions = {"timeout": timeout.as_dict()}

    async def ask(self, request: Request) -> Reply:
        """One attempt. A refused or cut-off reply is a Reply; everything else that went wrong is a ProviderError."""
        try:
            content = orjson.dumps(self._body(request))
        except TypeError as error:
            raise ProviderError(f"the request cannot be written as JSON: {error}", "data") from None
        outcome: Reply | ProviderError
        try:
            response = await self._client.send(
                httpx2.Request(
                    "POST", self._endpoint, headers=self._headers, content=content, extensions=self._extensions
                )
            )
        except (aiohttp.ClientError, httpx2.HTTPError, OSError) as error:
            outcome = self._broken(error)
        else:
            if response.is_success:
                outcome = self._reply(response.content, request)
            else:
                said = _parsed(response.content) or response.content.decode("utf-8", "replace")
                outcome = self._judge(response.status_code, said, request, _retry_after(response.headers))
        # Raised out here, so that no traceback leads to the request and its headers.
        if isinstance(outcome, Reply):
            return outcome
        raise outcome

    async def close(self) -> None:
        await self._client.aclose()

    def _body(self, request: Request) -> dict[str, Any]:
        body = dict(request.parameters)
        if "seed" in body:
            body["seed"] += request.sample
        body["model"] = request.model.partition(":")[2]
        body["messages"] = [{"role": m.role, "content": m.content} for m in request.messages]
        return body

    async def _guard(self, response: httpx2.Response) -> None:
        """Before a body is read: put a cap on it. Compressed ones are refused, since a few bytes could become many."""
        encoding = response.headers.get("content-encoding", "identity")
        if encoding != "identity":
            raise ProviderError(
                f"{self._host} sent a compressed reply ({self._clean(encoding)}) that was not asked for"
            )
        response.stream = _Capped(response.stream, response.is_success)

    # ------------------------------------------------------------ what came back

    def _reply(self, body: bytes, request: Request) -> Reply | ProviderError:
        match _parsed(body):
            case {"error": error} if error:
                code = error.get("code") if isinstance(error, dict) else None
                status = code if isinstance(code, int) and 400 <= code < 600 else 500
                return self._judge(status, {"error": error}, request, None)
            case {"choices": [{"message": {**message}, **choice}, *_], **rest}:
                return self._read(message, choice, rest)
            case {"choices": []}:
                return ProviderError(f"{self._host} sent a reply without choices")
            case None:
                return ProviderError(f"{self._host} sent {_kind(body)} instead of a JSON reply")
        return ProviderError(f"{self._host} sent JSON that is no chat completion")

    def _read(self, message: _Fields, choice: _Fields, rest: _Fields) -> Reply | ProviderError:
        text, refusal = _text(message.get("content")), message.get("refusal")
        if text is None:
            return ProviderError(f"{self._host} sent a message whose content is no text")
        reasoning, text = thoughts.split(text)
        for name in ("reasoning_content", "reasoning"):
            if isinstance(message.get(name), str) and message[name]:
                reasoning = "\n\n".join(part for part in (message[name], reasoning) if part)
                break
        finish = choice.get("finish_reason")
        finish = self._clean(finish, 40).lower() if isinstance(finish, str) and finish else "unknown"
        if finish == "error":
            return ProviderError(f"{self._host} broke off its reply with an error")
        if isinstance(refusal, str) and refusal:
            text, finish = text or refusal, "refusal"
        served = rest.get("model")
        return Reply(
            self._blank(text),
            FINISHES.get(finish, finish),
            self._blank(reasoning) if reasoning else None,
            _usage(rest.get("usage")),
            served_by=self._clean(served, 200) if isinstance(served, str) else None,
        )

    def _judge(self, status: int, body: object, request: Request, retry_after: float | None) -> Reply | ProviderError:
        """What a status of 300 and above means for this request and for the run."""
        text, code, parameter = _complaint(body)
        if code in FILTERED:
            return Reply("", "content_filter")
        said = f"{self._host} answered {status}" + (f": {self._clean(text)}" if text else "")
        about_key = status in (401, 403) or (status == 400 and "api key" in text.lower())
        if about_key:
            return ProviderError(f"{said} ({self._key_hint()})", "fatal")
        if status == 402 or code in NO_CREDIT:
            return ProviderError(f"{said} (the account has no credit left)", "fatal")
        if status in (404, 405) or status < 400:
            model = request.model.partition(":")[2]
            return ProviderError(f"{said} (check the model name {model!r} and base_url {self._url})", "fatal")
        if status == 429:
            return ProviderError(said, "transient", retry_after, throttled=True)
        if status in (408, 409, 425) or status >= 500:
            return ProviderError(said, "transient", retry_after)
        if code == "context_length_exceeded" or "context" in text.lower():
            return ProviderError(f"{said} (the prompt is too long for the model)", "data")
        name = parameter.partition(".")[0]
        if name in request.parameters:
            # The same for all requests of the run, unlike their messages.
            return ProviderError(f"{said} (check parameters.{name})", "fatal")
        return ProviderError(said, "data")

    def _key_hint(self) -> str:
        if not self._secret:
            return "no API key was sent; name the environment variable that holds it in api_key_env"
        return f"the API key came from the environment variable {self._spec.api_key_env or 'OPENAI_API_KEY'}"

    def _broken(self, error: BaseException) -> ProviderError:
        """A connection that failed. The client's own words hide the cause, so the innermost one is named."""
        while error.__cause__ is not None:
            error = error.__cause__
        if isinstance(error, ssl.SSLCertVerificationError | aiohttp.ClientConnectorCertificateError):
            return ProviderError(f"{self._host} is not trusted: {self._clean(str(error))}", "fatal")
        detail = self._clean(str(error))
        return ProviderError(
            f"no whole answer from {self._host}: {type(error).__name__}" + (f": {detail}" if detail else "")
        )

    # ------------------------------------------------------------ nothing secret, nothing long

    def _clean(self, text: str, most: int = MAX_MESSAGE) -> str:
        """One printable line of at most `most` characters, without the key."""
        if self._secret:
            text = text.replace(self._secret, "[API key]")
        line = "".join(c if c.isprintable() else " " for c in text[: 4 * most])
        line = " ".join(line.split())
        return line if len(line) <= most else line[: most - 1] + "…"

    def _blank(self, text: str) -> str:
        """A reply without the key, should the server have repeated it."""
        return text.replace(self._secret, "[API key]") if len(self._secret) >= LONG_KEY else text


class _Capped(httpx2.AsyncByteStream):
    """A body that ends early: an error text is cut off, a reply that is too long is an error."""

    def __init__(self, stream: Any, is_reply: bool) -> None:
        self._stream, self._is_reply = stream, is_reply

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if self._is_reply and size > MAX_REPLY_BYTES:
                raise ProviderError(f"the reply is larger than {MAX_REPLY_BYTES // 2**20} MiB", "data")
            yield chunk
            if not self._is_reply and size > MAX_ERROR_BYTES:
                return

    async def aclose(self) -> None:
        await self._stream.aclose()


def _parsed(body: bytes) -> Any:
    """JSON, or None where it is none. Of duplicate keys the last one counts, as with most readers."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _kind(body: bytes) -> str:
    start = body[:200].decode("utf-8", "replace")
    if not start.strip():
        return "an empty body"
    return "an HTML page (is base_url right?)" if _is_html(start) else "broken text"


def _text(content: object) -> str | None:
    """The text of a message: a string, or the text parts of a list. None where it is neither."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text"]
        return "".join(part for part in parts if isinstance(part, str))
    return None


def _usage(usage: object) -> Usage | None:
    match usage:
        case {"prompt_tokens": int(asked), "completion_tokens": int(given)} if asked >= 0 and given >= 0:
            return Usage(asked, given)
    return None


def _complaint(body: object) -> tuple[str, str, str]:
    """(message, code, parameter) of an error body, in the shapes that servers use; empty strings where unknown."""
    if isinstance(body, list) and body:
        body = body[0]
    if not isinstance(body, dict):
        text = body if isinstance(body, str) else ""
        return "an HTML page" if _is_html(text[:200]) else text, "", ""
    error = body.get("error") or body.get("detail") or body
    fields: _Fields = error if isinstance(error, dict) else {"message": error}
    message, code, parameter = (str(fields.get(name) or "") for name in ("message", "code", "param"))
    return message, code, parameter


def _is_html(start: str) -> bool:
    return start.lstrip().lower().startswith(("<!doctype", "<html"))


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks for, from any of the ways in which servers say so; None where it does not."""
    try:
        if "retry-after-ms" in headers:
            seconds = float(headers["retry-after-ms"]) / 1000
        else:
            value = headers.get("retry-after", "")
            try:
                seconds = float(value)
            except ValueError:
                seconds = (parsedate_to_datetime(value).astimezone(UTC) - datetime.now(UTC)).total_seconds()
    except (ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds < float("inf") else None
