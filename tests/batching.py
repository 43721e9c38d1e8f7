"""Files and batches of tests/server.py, as OpenAI has them: uploaded, made, looked at, answered in any order.

What a test sets on `server.batches`:
ready       whether batches are answered by now (else they stay in progress)
ends        how the next ones end: completed, expired, cancelled, failed, token_limit; then completed
line_faults of a body and the times that it was asked in batches: 429, 500, 400_context, 404, nothing (no line at all)
breaks      the connection is broken off: `before` or `after` the next batch is made, or at its `upload`
"""

from __future__ import annotations

import json
import random
from collections import Counter, deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

if TYPE_CHECKING:
    from tests.server import ModelServer

REFUSALS = {
    "429": (429, "Too many requests.", "rate_limit_exceeded"),
    "500": (500, "The server had an error.", "server_error"),
    "400_context": (400, "This model's maximum context length is 10 tokens.", "context_length_exceeded"),
    "404": (404, "The model does not exist.", "model_not_found"),
}


class BatchDesk:
    """All files and batches of one server."""

    def __init__(self, server: ModelServer) -> None:
        self._server = server
        self.ready = True
        self.ends: deque[str] = deque()
        self.line_faults: Callable[[dict[str, Any], int], str | None] = lambda _body, _times: None
        self.breaks: deque[str] = deque()
        self.files: dict[str, bytes] = {}
        self.made: dict[str, dict[str, Any]] = {}
        self.asked: Counter[str] = Counter()
        """By body, the times that it lay in a batch that was answered."""

    def routes(self, app: web.Application) -> None:
        app.router.add_post("/v1/files", self._upload)
        app.router.add_get("/v1/files/{id}/content", self._content)
        app.router.add_post("/v1/batches", self._make)
        app.router.add_get("/v1/batches", self._list)
        app.router.add_get("/v1/batches/{id}", self._look)

    def _allowed(self, request: web.Request) -> None:
        if self._server.key is not None and request.headers.get("Authorization") != f"Bearer {self._server.key}":
            raise web.HTTPUnauthorized(text=json.dumps({"error": {"message": "Incorrect API key."}}))

    def _broken_off(self, request: web.Request, at: str) -> bool:
        if self.breaks and self.breaks[0] == at:
            self.breaks.popleft()
            assert request.transport is not None
            request.transport.abort()
            return True
        return False

    async def _upload(self, request: web.Request) -> web.Response:
        self._allowed(request)
        if self._broken_off(request, "upload"):
            return web.Response()
        form = await request.post()
        assert form["purpose"] == "batch"
        assert isinstance(form["file"], web.FileField)
        name = f"file-{len(self.files) + 1}"
        self.files[name] = form["file"].file.read()
        about = {"id": name, "object": "file", "bytes": len(self.files[name]), "created_at": 0, "purpose": "batch"}
        return web.json_response({**about, "filename": form["file"].filename, "status": "processed"})

    async def _content(self, request: web.Request) -> web.Response:
        self._allowed(request)
        return web.Response(body=self.files[request.match_info["id"]], content_type="application/octet-stream")

    async def _make(self, request: web.Request) -> web.Response:
        self._allowed(request)
        if self._broken_off(request, "before"):
            return web.Response()
        asked = await request.json()
        assert (asked["endpoint"], asked["completion_window"]) == ("/v1/chat/completions", "24h")
        lines = self.files[asked["input_file_id"]].splitlines()
        names = [orjson.loads(line)["custom_id"] for line in lines]
        assert len(set(names)) == len(names) <= 50_000
        assert all(len(name) <= 64 for name in names)
        batch = {
            "id": f"batch_{len(self.made) + 1}", "object": "batch", "created_at": len(self.made), "status": "in_progress",
            "request_counts": {"total": len(lines), "completed": 0, "failed": 0}, **asked,
        }  # fmt: skip
        self.made[batch["id"]] = batch
        return web.Response() if self._broken_off(request, "after") else web.json_response(batch)

    async def _list(self, request: web.Request) -> web.Response:
        self._allowed(request)
        newest = [*reversed(self.made.values())]
        return web.json_response({"object": "list", "data": newest, "has_more": False})

    async def _look(self, request: web.Request) -> web.Response:
        self._allowed(request)
        batch = self.made.get(request.match_info["id"])
        if batch is None:
            raise web.HTTPNotFound(text=json.dumps({"error": {"message": "No such batch."}}))
        if self.ready and batch["status"] == "in_progress":
            self._answer(batch)
        return web.json_response(batch)

    def _answer(self, batch: dict[str, Any]) -> None:
        end = self.ends.popleft() if self.ends else "completed"
        batch["status"] = "failed" if end == "token_limit" else end
        if end in ("failed", "token_limit"):
            code = "token_limit_exceeded" if end == "token_limit" else "invalid_json_line"
            batch["errors"] = {"object": "list", "data": [{"code": code, "message": f"Refused: {code}.", "line": 1}]}
            return
        lines = [orjson.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
        half = len(lines) if end == "completed" else len(lines) // 2
        good: list[dict[str, Any]] = []
        bad: list[dict[str, Any]] = []
        for place, line in enumerate(lines):
            told = self._told(line) if place < half else self._unasked(line, end)
            if told is not None:
                (good if told["error"] is None and told["response"]["status_code"] == 200 else bad).append(told)
        random.Random(1).shuffle(good)
        for name, found in (("output_file_id", good), ("error_file_id", bad)):
            if found:
                batch[name] = f"file-{len(self.files) + 1}"
                self.files[batch[name]] = b"\n".join(map(orjson.dumps, found)) + b"\n"
        batch["request_counts"] |= {"completed": len(good), "failed": len(bad)}

    def _told(self, line: dict[str, Any]) -> dict[str, Any] | None:
        from tests.server import body_key

        body = line["body"]
        key = body_key(body)
        self.asked[key] += 1
        fault = self.line_faults(body, self.asked[key])
        if fault == "nothing":
            return None
        status, answer = 200, None
        if fault is None:
            answer = self._server._reply(body)
            self._server.paid[key] += 1
        else:
            status, message, code = REFUSALS[fault]
            answer = {"error": {"message": message, "type": "error", "code": code, "param": None}}
        response = {"status_code": status, "request_id": "r", "body": answer}
        return {"id": "x", "custom_id": line["custom_id"], "response": response, "error": None}

    def _unasked(self, line: dict[str, Any], end: str) -> dict[str, Any] | None:
        error = {"code": f"batch_{end}", "message": "This request was not asked in time."}
        return {"id": "x", "custom_id": line["custom_id"], "response": None, "error": error}
