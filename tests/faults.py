"""How tests/server.py misbehaves: one entry per fault of a model server."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import web

HUGE = 50 * 2**20
_CUTS = itertools.count()
HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>nginx</h1><script>alert(1)</script></body></html>"


def completion(
    body: Mapping[str, Any], answer: str | Mapping[str, Any], finish: str | None = "stop", **more: Any
) -> dict[str, Any]:
    """A chat completion; `answer` is the text, or the fields of the message. `max_tokens` and `stop` are kept."""
    message = {"role": "assistant", "content": answer} if isinstance(answer, str) else {"role": "assistant", **answer}
    content = message.get("content")
    if isinstance(content, str):
        for stop in [body["stop"]] if isinstance(body.get("stop"), str) else body.get("stop") or ():
            content = content.split(stop, 1)[0]
        limit = body.get("max_completion_tokens") or body.get("max_tokens")
        words = content.split(" ")
        if limit is not None and len(words) > limit:
            content, finish = " ".join(words[:limit]), "length"
        message["content"] = content
    asked = sum(len(str(m["content"]).split()) for m in body["messages"])
    given = len(str(content or "").split())
    return {
        "id": "chatcmpl-test",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": asked, "completion_tokens": given, "total_tokens": asked + given},
        **more,
    }


def refusal(message: str, code: str | None = None, param: str | None = None) -> bytes:
    """The body of an error as OpenAI writes it."""
    return json.dumps({"error": {"message": message, "type": "error", "param": param, "code": code}}).encode()


@dataclass
class Fault:
    """One fault about to happen to one request."""

    name: str
    request: web.Request
    body: dict[str, Any]
    released: asyncio.Event
    """Set when the server stops: a hanging request ends then."""

    @property
    def kind(self) -> str:
        return self.name.partition("@")[0]

    @property
    def seconds(self) -> str | None:
        """The part after `@`: what Retry-After says."""
        return self.name.partition("@")[2] or None

    async def respond(self) -> web.StreamResponse:
        made = FAULTS[self.kind](self)
        return await made if isinstance(made, Awaitable) else made

    def send(self, status: int, body: bytes, content_type: str = "application/json", **headers: str) -> web.Response:
        return web.Response(status=status, body=body, content_type=content_type, headers=headers)

    def reply(
        self, answer: str | Mapping[str, Any] = "A reply.", finish: str | None = "stop", **more: Any
    ) -> web.Response:
        return self.send(200, orjson.dumps(completion(self.body, answer, finish, **more)))

    def busy(self, status: int) -> web.Response:
        headers = {"Retry-After": self.seconds} if self.seconds else {}
        return self.send(status, refusal("Slow down, please."), **headers)

    def unauthorised(self, status: int) -> web.Response:
        """Rude servers repeat the key."""
        return self.send(status, refusal(f"Bad key: {self.request.headers.get('Authorization')}", "invalid_api_key"))

    def cut(self, end: int | None) -> bytes:
        return orjson.dumps(completion(self.body, "A reply that is cut."))[:end]

    async def begin(self, **headers: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json", **headers})
        await response.prepare(self.request)
        return response

    def reset(self) -> None:
        """Drop the connection with a real TCP reset."""
        transport = self.request.transport
        if transport is not None:
            raw: socket.socket = transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()

    async def reset_before(self) -> web.StreamResponse:
        self.reset()
        return web.Response()

    async def reset_inside(self) -> web.StreamResponse:
        response = await self.begin(**{"Content-Length": "1000"})
        await response.write(self.cut(40))
        await asyncio.sleep(0.02)
        self.reset()
        return response

    async def short(self) -> web.StreamResponse:
        """Promises more bytes than it sends, then closes the connection in order."""
        response = await self.begin(**{"Content-Length": "1000"})
        await response.write(self.cut(40))
        if self.request.transport is not None:
            self.request.transport.close()
        return response

    async def hang(self) -> web.StreamResponse:
        await self.released.wait()
        return web.Response()

    async def hang_inside(self) -> web.StreamResponse:
        response = await self.begin()
        await response.write(self.cut(40))
        await self.released.wait()
        return response

    async def trickle(self) -> web.StreamResponse:
        """One space every 20 ms, for ever: never silent, never done."""
        response = await self.begin()
        with suppress(ConnectionError):
            while not self.released.is_set():
                await response.write(b" ")
                await asyncio.sleep(0.02)
        return response

    async def huge(self, status: int = 200) -> web.StreamResponse:
        response = web.StreamResponse(status=status, headers={"Content-Type": "application/json"})
        await response.prepare(self.request)
        with suppress(ConnectionError):  # a wise client hangs up
            await response.write(b'{"choices": [{"message": {"content": "')
            for _ in range(HUGE // 2**16):
                await response.write(b"x" * 2**16)
            await response.write(b'"}}]}')
        return response


FAULTS: dict[str, Callable[[Fault], web.StreamResponse | Awaitable[web.StreamResponse]]] = {
    "429": lambda f: f.busy(429),
    "500": lambda f: f.send(500, refusal("The server had an error.")),
    "503": lambda f: f.busy(503),
    "quota": lambda f: f.send(429, refusal("You exceeded your current quota.", "insufficient_quota")),
    "401": lambda f: f.unauthorised(401),
    "402": lambda f: f.send(402, refusal("Insufficient balance.")),
    "403": lambda f: f.unauthorised(403),
    "404": lambda f: f.send(404, refusal(f"The model `{f.body['model']}` does not exist.", "model_not_found")),
    "404_plain": lambda f: f.send(404, b"404 page not found", "text/plain"),
    "400": lambda f: f.send(400, refusal("The request is odd.")),
    "400_key": lambda f: f.send(400, b'[{"error": {"code": 400, "message": "API key not valid."}}]'),
    "400_parameter": lambda f: f.send(400, refusal("Unsupported value.", "unsupported_value", "top_k")),
    "400_temperature": lambda f: f.send(400, refusal("Unsupported value.", "unsupported_value", "temperature")),
    "refuses_max_tokens": lambda f: f.send(
        400,
        refusal(
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            "unsupported_parameter",
            "max_tokens",
        ),
    ),
    "refuses_max_completion_tokens": lambda f: f.send(
        422, b'{"detail": "Unrecognized request argument supplied: max_completion_tokens"}'
    ),
    "refuses_temperature": lambda f: f.send(
        400, refusal("temperature is deprecated for this model.", "invalid_request_error")
    ),
    "403_moderation": lambda f: f.send(
        403,
        json.dumps(
            {
                "error": {
                    "code": 403,
                    "message": "m requires moderation and your input was flagged",
                    "metadata": {"reasons": ["violence"], "flagged_input": "shoot"},
                }
            }
        ).encode(),
    ),
    "403_flagged": lambda f: f.send(403, refusal("Your request was flagged as violating our content policy.")),
    "403_plain": lambda f: f.send(403, b"Request blocked.", "text/plain"),
    "credit_low": lambda f: f.send(
        400, refusal("Your credit balance is too low to access the API.", "invalid_request_error")
    ),
    "credit_type": lambda f: f.send(
        400, b'{"type": "error", "error": {"type": "credit_balance_too_low", "message": "billing problem"}}'
    ),
    "credit_500": lambda f: f.send(500, b"CREDIT_BALANCE_TOO_LOW", "text/plain"),
    "credit_arrears": lambda f: f.send(
        400, refusal("Access denied, please make sure your account is in good standing.", "Arrearage")
    ),
    "credit_spent": lambda f: f.send(
        403, refusal("Your team has either used all available credits or reached its monthly spending limit.")
    ),
    "credit_empty": lambda f: f.send(429, refusal("Insufficient account balance, please recharge.", "1113")),
    "base_resp": lambda f: f.send(
        200, b'{"choices": null, "base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}'
    ),
    "quota_by_the_minute": lambda f: f.send(
        429,
        json.dumps(
            [
                {
                    "error": {
                        "code": 429,
                        "message": "You exceeded your current quota, please check your plan and billing details. Please retry in 0.2s.",
                        "status": "RESOURCE_EXHAUSTED",
                        "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.2s"}],
                    }
                }
            ]
        ).encode(),
    ),
    "400_context": lambda f: f.send(
        400, refusal("This model's maximum context length is 8192 tokens.", "context_length_exceeded", "messages")
    ),
    "400_filter": lambda f: f.send(400, refusal("The prompt was filtered.", "content_filter")),
    "422_detail": lambda f: f.send(422, b'{"detail": [{"loc": ["body"], "msg": "field required"}]}'),
    "redirect": lambda f: f.send(307, b"", Location="https://elsewhere.example/v1/chat/completions"),
    "error_200": lambda f: f.send(200, b'{"error": {"code": 502, "message": "Upstream failed."}}'),
    "error_finish": lambda f: f.reply("Half a", finish="error"),
    "html": lambda f: f.send(502, HTML, "text/html"),
    "html_200": lambda f: f.send(200, HTML, "text/html"),
    "reset": Fault.reset_before,
    "reset_inside": Fault.reset_inside,
    "short": Fault.short,
    "truncated": lambda f: f.send(200, f.cut(40 + next(_CUTS) % 60)),  # elsewhere each time, as connections do
    "truncated_here": lambda f: f.send(200, f.cut(60)),
    "malformed": lambda f: f.send(200, b'{"choices": [{"message": {"content": NaN,}}]}'),
    "empty_body": lambda f: f.send(200, b""),
    "204": lambda f: web.Response(status=204),
    "not_an_object": lambda f: f.send(200, b'["choices"]'),
    "deep": lambda f: f.send(200, b"[" * 200_000),
    "empty_choices": lambda f: f.send(200, b'{"choices": []}'),
    "empty_but_billed": lambda f: f.send(
        200, b'{"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 0}}'
    ),
    "null_but_billed": lambda f: f.send(
        200, b'{"choices": null, "usage": {"prompt_tokens": 7, "completion_tokens": 2}}'
    ),
    "wrong_types": lambda f: f.send(
        200, b'{"choices": [{"message": {"content": 7}, "finish_reason": 1}], "usage": []}'
    ),
    "invalid_utf8": lambda f: f.send(200, orjson.dumps(completion(f.body, "caf?")).replace(b"?", b"\xe9")),
    "lone_surrogate": lambda f: f.send(200, orjson.dumps(completion(f.body, "?")).replace(b"?", b"\\ud83d")),
    "half_letter": lambda f: f.send(
        200, orjson.dumps(completion(f.body, "The set is ?. Answer: B")).replace(b"?", b"\\ud835")
    ),
    "raw_newline": lambda f: f.send(200, orjson.dumps(completion(f.body, "two?lines")).replace(b"?", b"\n")),
    "nan": lambda f: f.send(
        200, orjson.dumps(completion(f.body, "A reply.", logprobs=7)).replace(b'"logprobs":7', b'"logprobs":NaN')
    ),
    "bom": lambda f: f.send(200, b"\xef\xbb\xbf" + orjson.dumps(completion(f.body, "A reply."))),
    "odd_encoding": lambda f: f.send(
        200, orjson.dumps(completion(f.body, "A reply.")), **{"Content-Encoding": "UTF-8"}
    ),
    "broke_off": lambda f: f.reply("Half of the derivation so the trace is 3", finish="insufficient_system_resource"),
    "filter_without_message": lambda f: f.send(
        200,
        b'{"choices":[{"index":0,"finish_reason":"content_filter"}],"usage":{"prompt_tokens":7,"completion_tokens":2}}',
    ),
    "error_in_choice": lambda f: f.send(
        200,
        orjson.dumps(
            {
                "choices": [
                    {
                        "message": {"content": "Half of the"},
                        "finish_reason": "stop",
                        "error": {"code": 502, "message": "Upstream broke off."},
                    }
                ]
            }
        ),
    ),
    "error_at_once": lambda f: f.send(
        200,
        b'{"choices": [{"message": {"content": ""}, "error": {"code": 502, "message": "Nobody there."}}]}',
    ),
    "odd_but_billed": lambda f: f.send(
        200, b'{"choices":[{"index":0}],"usage":{"prompt_tokens":7,"completion_tokens":2}}'
    ),
    "duplicate_keys": lambda f: f.send(
        200, orjson.dumps(completion(f.body, "second")).replace(b'"content":', b'"content":"first","content":')
    ),
    "null": lambda f: f.reply({"content": None}),
    "no_content": lambda f: f.reply({}),
    "no_usage": lambda f: f.reply("Free.", usage=None),
    "no_finish": lambda f: f.reply("A reply.", finish=None),
    "parts": lambda f: f.reply({"content": [{"type": "text", "text": "One "}, {"type": "text", "text": "two."}]}),
    "refusal": lambda f: f.reply({"content": None, "refusal": "I cannot help with that."}),
    "length": lambda f: f.reply("Cut off in the", finish="length"),
    "content_filter": lambda f: f.reply("", finish="content_filter"),
    "echo_key": lambda f: f.reply(f"You sent {f.request.headers.get('Authorization')}."),
    "gzip": lambda f: f.send(200, gzip.compress(b"x" * HUGE), **{"Content-Encoding": "gzip"}),
    "big_header": lambda f: f.send(200, f.cut(None), **{"X-Filler": "x" * 100_000}),
    "hang": Fault.hang,
    "hang_inside": Fault.hang_inside,
    "trickle": Fault.trickle,
    "huge": Fault.huge,
    "huge_500": lambda f: f.huge(500),
}
