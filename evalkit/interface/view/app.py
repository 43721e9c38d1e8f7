"""The pages of the view as a Starlette application, and the server on the loopback."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from evalkit.errors import EvalkitError, SpecError
from evalkit.interface.label_queue import LabelQueue
from evalkit.interface.view import labelling, runs, work
from evalkit.interface.view.guard import Guard
from evalkit.runfile.browse import Condition, Wanted, written_now
from evalkit.runfile.store import Store
from evalkit.showing import view
from evalkit.specs.experiment import Experiment

BLOCKS = 4
"""Blocks of conversations on one page, all arms of each."""
Form = dict[str, str]


@dataclass
class Site:
    """What the pages share. paths: files and folders. queue: how replies to be labelled are drawn."""

    paths: Sequence[Path]
    token: str
    queue: Callable[[Path], LabelQueue] = LabelQueue
    work: work.Work = field(default_factory=work.Work)
    _queues: dict[Path, LabelQueue] = field(default_factory=dict)

    def page(self, name: str, **told: Any) -> Response:
        return HTMLResponse(view.page(name, base=f"/{self.token}", **{"told": "", **told}))

    def run(self, request: Request) -> runs.Shown:
        """The run that an address names. Raises SpecError."""
        name = request.path_params["name"]
        path = runs.there(self.paths).get(name)
        if path is None:
            raise SpecError(f"there is no run {name!r} here")
        return runs.looked_at(name, path)

    def here(self, run: runs.Shown) -> str:
        return f"/{self.token}/run/{run.link}"

    def queue_of(self, path: Path) -> LabelQueue:
        if path not in self._queues:
            self._queues[path] = self.queue(path)
            self._queues[path].relations = self.work.places
        return self._queues[path]

    # ------------------------------------------------------------ pages

    def index(self, request: Request) -> Response:
        found = [runs.looked_at(name, path) for name, path in runs.there(self.paths).items()]
        where = ", ".join(str(path) for path in self.paths)
        return self.page("runs", runs=found, where=where)

    def overview(self, request: Request) -> Response:
        run = self.run(request)
        with Store(run.path) as store:
            described = store.noted("experiment", Experiment.model_validate_json)
            told = {"held": store.held(), "spent": store.spent(), "labelled": len(store.labelled_by())}
        title = " ".join(filter(None, [described.title, described.note])) if described else ""
        return self.page("run", run=run, here=self.here(run), title=title, scoring=self.work.scoring(run.path), **told)

    def failures(self, request: Request) -> Response:
        with Store(self.run(request).path) as store:
            return HTMLResponse(view.page("failures", failures=store.failures()))

    def primary(self, request: Request) -> Response:
        run = self.run(request)
        return HTMLResponse(self.work.part(work.primary, run.path, run.busy))

    def part(self, request: Request) -> Response:
        """Tables that take long to make: they come after their page."""
        made = {"results": work.results, "agreement": work.agreement}.get(request.path_params["part"])
        if made is None:
            raise SpecError("there is no such part of a run")
        return HTMLResponse(self.work.part(made, self.run(request).path))

    def results(self, request: Request) -> Response:
        run = self.run(request)
        return self.page("part", run=run, here=self.here(run), at="results")

    def agreement(self, request: Request) -> Response:
        run = self.run(request)
        return self.page("part", run=run, here=self.here(run), at="agreement")

    def chats(self, request: Request) -> Response:
        run, wanted = self.run(request), wanted_of(dict(request.query_params))
        number = max(1, _whole(request.query_params.get("page")) or 1)
        with Store(run.path) as store:
            held, problems, metrics = store.held(), store.problems(), store.seen_metrics()
            total = store.block_count(wanted)
            last = max(1, -(-total // BLOCKS))
            number = min(number, last)
            blocks = view.chat_blocks(store, store.blocks(wanted, BLOCKS, BLOCKS * (number - 1)), wanted)
        asked = {k: v for k, v in request.query_params.items() if v and k != "page"}

        def page_link(to: int) -> str:
            return f"{self.here(run)}/chats?{urlencode({**asked, 'page': to})}"

        choices = {"arms": sorted({arm for arm, *_ in held}), "models": sorted({model for _, model, _ in held})}
        return self.page(
            "chats", run=run, here=self.here(run), wanted=wanted, problems=problems, metrics=metrics, blocks=blocks,
            total=total, number=number, last=last, page_link=page_link, **choices,
        )  # fmt: skip

    def label(self, request: Request) -> Response:
        run = self.run(request)
        told = labelling.page_of(self.queue_of(run.path), self.work, dict(request.query_params))
        return self.page("label", run=run, here=self.here(run), **told)

    # ------------------------------------------------------------ what changes something

    def score(self, request: Request, form: Form) -> Response:
        run = self.run(request)
        if written_now(run.path):
            raise SpecError(f"{run.name} is being written: its replies cannot be scored again now")
        self.work.score(run.path)
        return RedirectResponse(f"{self.here(run)}/", 303)

    def labelled(self, request: Request, form: Form) -> Response:
        run = self.run(request)
        to = labelling.stored(self.queue_of(run.path), form)
        return RedirectResponse(f"{self.here(run)}/label?{urlencode(to)}", 303)

    def mended(self, request: Request, form: Form) -> Response:
        run = self.run(request)
        to = labelling.mended(self.queue_of(run.path), self.work, form)
        return RedirectResponse(f"{self.here(run)}/label?{urlencode(to)}", 303)

    def asset(self, request: Request) -> Response:
        name = request.path_params["file"]
        kinds = {"view.css": "text/css", "view.js": "text/javascript"}
        return Response(view.asset(name), media_type=kinds[name]) if name in kinds else PlainTextResponse("", 404)


def wanted_of(asked: Form) -> Wanted:
    """The filters of an address; what is none is left out."""
    condition = asked.get("condition", "")
    known: tuple[Condition, ...] = ("=", "<", ">", "unjudged", "differ", "label")
    try:
        value = float(asked.get("value") or 0)
    except ValueError:
        value = 0.0
    return Wanted(
        asked.get("problem", ""), asked.get("arm", ""), asked.get("model", ""), _whole(asked.get("sample")),
        asked.get("metric", ""), next((c for c in known if c == condition), ""), value, asked.get("text", "")[:200],
    )  # fmt: skip


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def application(site: Site) -> Starlette:
    """The pages, without the guard."""

    def shown(page: Callable[[Request], Response]) -> Route:
        return Route(_PLACES[page.__name__], page, name=page.__name__)

    def taken(change: Callable[[Request, Form], Response]) -> Route:
        async def endpoint(request: Request) -> Response:
            body = (await request.body()).decode("utf-8", "replace")
            form = dict(parse_qsl(body, keep_blank_values=True, max_num_fields=1000))
            return await run_in_threadpool(change, request, form)

        return Route(_PLACES[change.__name__], endpoint, methods=["POST"], name=f"{change.__name__}, sent")

    pages = (site.index, site.overview, site.failures, site.primary, site.results, site.agreement, site.chats)
    routes = [
        *map(shown, (*pages, site.label, site.part, site.asset)),
        *map(taken, (site.score, site.labelled, site.mended)),
    ]

    def refused(request: Request, error: Exception) -> Response:
        if "x-part" in request.headers:  # view.js asks for a part of a page
            return HTMLResponse(view.page("complaint", lines=str(error).splitlines()))
        return HTMLResponse(
            view.page("error", base=f"/{site.token}", told="", lines=str(error).splitlines()), status_code=400
        )

    return Starlette(routes=routes, exception_handlers={EvalkitError: refused, ValueError: refused})


_PLACES = {
    "index": "/", "overview": "/run/{name}/", "failures": "/run/{name}/failures", "primary": "/run/{name}/primary",
    "results": "/run/{name}/results", "agreement": "/run/{name}/agreement", "part": "/run/{name}/part/{part}",
    "chats": "/run/{name}/chats", "label": "/run/{name}/label", "asset": "/{file}", "score": "/run/{name}/score",
    "labelled": "/run/{name}/label", "mended": "/run/{name}/reading",
}  # fmt: skip


@dataclass
class Served:
    """A view that is up as soon as `run` is called."""

    url: str
    _server: uvicorn.Server
    _socket: socket.socket
    _site: Site

    def run(self) -> None:
        """Serve until Ctrl-C or `stop`."""
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._socket.close()
            self._site.work.close()

    def stop(self) -> None:
        self._server.should_exit = True


def served(paths: Sequence[Path], port: int = 0, queue: Callable[[Path], LabelQueue] = LabelQueue) -> Served:
    """A server for these run files and folders, on the loopback alone. Raises SpecError.

    port: 0 = any that is free. queue: how replies to be labelled are drawn.
    """
    site = Site(runs.checked(paths), secrets.token_urlsafe(24), queue)
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
        listening.listen(100)  # who opens the printed address at once waits, and is not turned away
    except OSError as error:
        listening.close()
        raise SpecError(f"port {port}: {error.strerror}; give another one with --port") from None
    at = listening.getsockname()[1]
    guarded = Guard(application(site), site.token, at)
    config = uvicorn.Config(
        guarded, log_level="warning", access_log=False, server_header=False, proxy_headers=False, ws="none",
        lifespan="off", timeout_graceful_shutdown=3,
    )  # fmt: skip
    return Served(f"http://127.0.0.1:{at}/{site.token}/", uvicorn.Server(config), listening, site)
