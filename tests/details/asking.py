"""Runs against a scripted model and what stands in their files; logs of other tools, and what comes of them."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import evalkit
from evalkit import plugins
from evalkit.asking.cached import Cached
from evalkit.asking.progress import Progress
from evalkit.asking.stopping import Stop
from evalkit.errors import EvalkitError, ProviderError
from evalkit.runfile.store import Store
from evalkit.types import Message, ModelSpec, Reply, Request, Usage
from tests.arrange import PROBLEM, ROOT
from tests.recorded import plain

LOGS = Path(__file__).parent.parent / "data" / "logs"
MODEL: dict[str, Any] = {"id": "scripted:m", "prices": {"input": 1e6, "output": 2e6}, "limits": {"in_flight": 1}}
RUNS: dict[str, dict[str, Any]] = {
    "two arms": {"templates": ["plain", "hint_after"]},
    "three turns and a placebo": {"templates": ["plain", "repeat_hint", "placebo"], "problems": ["p/1"]},
    "few requests": {"templates": ["plain", "ban_approach"], "budget": {"max_requests": 5}},
    "little money": {"templates": ["plain", "hint_after"], "budget": {"max_cost": 90}},
    "groups": {"problems": [], "templates": [], "groups": [
        {"problems": ["p/1"], "templates": ["plain"], "samples": 3}, {"problems": ["p/2"], "templates": ["plain", "ban_approach"]},
    ]},
    "an answer line": {"templates": ["plain"], "answer_line": True, "seed": 4},
    "wordings": {"templates": ["plain", "worded"], "samples": 3, "wordings": {"worded": ["Think.", "Think twice."]}},
    "what fails": {"templates": ["plain"], "problems": ["p/*", "odd/*"]},
    "a shard": {"templates": ["plain"], "shard": "2/3"},
    "a limit": {"templates": ["plain", "ban_approach"], "limit": 2},
}  # fmt: skip
WORDED = '{% extends "plain.j2" %}\n{% block after %}\n\n{{ wording }}\n{% endblock %}\n'
ODD = {"long": "length", "refused": "refusal", "filtered": "content_filter", "odd": "tool_calls", "empty": "stop"}


class Scripted:
    """Answers by what it is asked; some requests fail once, some always."""

    def __init__(self) -> None:
        self.asked = Counter[str]()

    def __call__(self, request: evalkit.Request) -> Reply:
        said = request.messages[-1].content
        self.asked[request.text] += 1
        if "too long" in said:
            raise ProviderError("the context is too long", fault="data")
        if "busy" in said and self.asked[request.text] == 1:
            raise ProviderError("busy", fault="transient", retry_after=0.01)
        kind = next((word for word in ODD if f"({word})" in said), "")
        text = "" if kind == "empty" else f"{len(request.messages)}: {said[:30]}\n\n**Final answer:** {request.sample}"
        return Reply(
            text, ODD.get(kind, "stop"), usage=Usage(10 * len(request.messages), 5 + request.sample), served_by="m-1"
        )


def told(folder: Path) -> Iterator[str]:
    write(folder)
    before = dict(plugins._made)
    try:
        for n, (name, fields) in enumerate(RUNS.items()):
            evalkit.provider("scripted")(Scripted())
            yield from _run(f"run{n}", name, dict(fields))
    finally:
        plugins._made.clear()
        plugins._made.update(before)
        plugins._places.cache_clear()
    yield from _cached(folder)
    for n, path in enumerate(sorted(p for p in LOGS.iterdir() if p.suffix != ".md")):
        yield from _imported(path, f"log{n}")


def _cached(folder: Path) -> Iterator[str]:
    """Requests while a run goes on, twice at once, after a fault, and when it was stopped."""
    asked: list[str] = []

    async def ask(request: evalkit.Request) -> Reply:
        asked.append(request.text)
        await asyncio.sleep(0)
        if len(asked) == 2:
            raise ProviderError("gone", fault="transient")
        return Reply("1", usage=Usage(3, 2))

    async def said(cached: Cached, number: int) -> str:
        try:
            return (await cached(Request("scripted:m", "m", (Message("user", f"{number}?"),), {}, 0))).text
        except EvalkitError as error:
            return f"{type(error).__name__} {error}"

    async def all_of(store: Store) -> list[str]:
        stop, progress = Stop(), Progress()
        cached = Cached(store, ask, ModelSpec.model_validate(MODEL), progress, stop)
        lines = [
            f"{await asyncio.gather(*(said(cached, n) for n in numbers))}" for numbers in ((1, 1), (2, 2), (2,), (1,))
        ]
        stop.now("enough")
        lines += [
            f"stopped: {[await said(cached, n) for n in (1, 3)]}",
            f"{len(asked)} asked, {progress.asked} counted, {progress.from_file} from the file, {progress.in_flight} under way, {progress.cost}",
        ]
        return lines

    with Store(folder / "cached.sqlite", write=True) as store:
        yield from asyncio.run(all_of(store))


def write(folder: Path) -> None:
    for template in (ROOT / "prompts").glob("*.j2"):
        (folder / "prompts").mkdir(exist_ok=True)
        (folder / "prompts" / template.name).write_text(template.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "prompts" / "worded.j2").write_text(WORDED, encoding="utf-8")
    for kind in ("p", "odd"):
        (folder / "problems" / kind).mkdir(parents=True)
    for i in (1, 2, 3):
        (folder / "problems" / "p" / f"{i}.toml").write_text(PROBLEM.format(i=i), encoding="utf-8")
    for word in (*ODD, "too long", "busy"):
        text = PROBLEM.format(i=7).replace("Say exactly:", f"({word}) Say exactly:")
        (folder / "problems" / "odd" / f"{word.replace(' ', '_')}.toml").write_text(text, encoding="utf-8")


def _run(file: str, name: str, fields: dict[str, Any]) -> Iterator[str]:
    more = {key: fields.pop(key) for key in ("limit", "shard") if key in fields}
    log = Path(f"{file}.log")
    how = evalkit.Manner(score=False, probe=False, log=log)
    experiment = {"problems": ["p/*"], "models": [MODEL], **fields}
    if "groups" in fields:
        experiment = {k: v for k, v in experiment.items() if k not in ("problems", "templates")}
    for again in range(2):
        try:
            done = asdict(evalkit.run(experiment, f"{file}.sqlite", how=how, **more))
        except EvalkitError as error:
            yield f"--- {name}, {again}: {type(error).__name__} {error}"
            return
        yield f"--- {name}, {again}: {plain(repr({k: v for k, v in done.items() if k not in ('path', 'from_file')}))}"
    run = evalkit.load_run(f"{file}.sqlite")
    yield plain(repr(asdict(run.counts())))
    run.export(f"{file}.jsonl", "transcripts")
    yield from sorted(Path(f"{file}.jsonl").read_text(encoding="utf-8").splitlines())
    attempts = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    timeless = [{k: v for k, v in row.items() if not isinstance(v, float)} for row in attempts]
    yield f"{len(attempts)} attempts: {sorted(attempts[0]) if attempts else ''}"
    yield from sorted(
        {json.dumps({k: v for k, v in row.items() if k not in ("time", "at", "when")}) for row in timeless}
    )


def _imported(path: Path, file: str) -> Iterator[str]:
    try:
        done = evalkit.import_log(path, f"{file}.sqlite", evalkit.LogOptions(keep_unmatched=True))
    except EvalkitError as error:
        yield f"--- {path.name}: {type(error).__name__} {error}"
        return
    yield f"--- {path.name}: {plain(repr(done))}"
    evalkit.load_run(f"{file}.sqlite").export(f"{file}.jsonl", "transcripts")
    yield from (line[:1500] for line in Path(f"{file}.jsonl").read_text(encoding="utf-8").splitlines())
    with Store(Path(f"{file}.sqlite")) as store:
        for s in store.scores():
            yield f"{s.trial} {s.turn} {s.scorer} {s.version} {s.score.metric} {s.score.value} {s.score.reason[:80]}"
