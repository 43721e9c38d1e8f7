"""Who may see the local page: whoever has the token that stands first in every address, and nobody else.

The page listens on the loopback, which all users of a machine share, and so does a browser's page from anywhere: an
address without the token is answered like one that does not exist; a Host that is not the loopback is refused (a name
that was made to point here), and a form that another page sends (Origin). No cookie: it would go to every other server
on this machine. Not covered: somebody who reads the token on the screen or in the terminal, or as root.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY = 1_000_000
"""Bytes of a form."""
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # `no-referrer` would make browsers send forms with the Origin `null`
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}


class Guard:
    """The application behind the token."""

    def __init__(self, app: App, token: str, port: int) -> None:
        self._app, self._token = app, token.encode()
        self._hosts = {f"{name}:{port}".encode() for name in ("127.0.0.1", "localhost")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        refused = self._refused(scope)
        if refused:
            await _answer(send, *refused)
            return
        _, _, rest = scope["path"][1:].partition("/")
        scope = {**scope, "path": f"/{rest}", "raw_path": f"/{rest}".encode(), "root_path": ""}

        async def safe(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*message.get("headers", ()), *own]}
            await send(message)

        await self._app(scope, receive, safe)

    def _refused(self, scope: Scope) -> tuple[int, str] | None:
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.lower(), []).append(value)
        hosts = headers.get(b"host", [])
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return 403, "this page answers to 127.0.0.1 and localhost alone"
        given = scope["path"][1:].partition("/")[0].encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._token):
            return 404, "not found: the whole address, as `evalkit view` printed it, is needed"
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 405, "not allowed"
        if scope["method"] == "POST" and headers.get(b"origin") != [b"http://" + hosts[0]]:
            return 403, "a form is taken from this page alone"
        length = headers.get(b"content-length", [b"0"])[0]
        if b"transfer-encoding" in headers or not length.isdigit() or len(length) > 9 or int(length) > MAX_BODY:
            return 413, "too large"
        return None


async def _answer(send: Send, status: int, words: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    headers += [(name.encode(), value.encode()) for name, value in HEADERS.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{words}\n".encode()})
