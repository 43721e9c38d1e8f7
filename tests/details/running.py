"""What the command `run` prints of runs against a scripted model: the line of progress, the end, `--json`, and what comes after."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, cast

import evalkit
from evalkit import plugins
from evalkit.asking.causes import Causes
from evalkit.asking.limits import Limited
from evalkit.asking.progress import Progress
from evalkit.cli.console import describe
from evalkit.errors import ProviderError
from evalkit.interface.running import line_of
from evalkit.types import Limits, Reply, Request, Usage
from tests.arrange import PROBLEM, inside
from tests.details import asking
from tests.recorded import plain

PRICED = "-m scripted:m --prices input=1e6,output=2e6 --in-flight 1"
RUNS = (
    f"-p p/* -t plain -t repeat_hint {PRICED} --samples 2 --max-tokens 50",
    f"-p odd/* -t plain {PRICED} --no-score",
    f"-p odd/* -t plain {PRICED} --no-retry-failed --limit 3 --no-score",
    f"-p p/* -t plain {PRICED} --max-requests 2 --no-score",
    f"-p p/* -t plain {PRICED} --max-cost 50 --no-score",
    f"-p p/* -t plain {PRICED} --limit 1 --no-score --quiet",
    f"-p p/* -t plain {PRICED} --shard 2/3 --no-score",
    f"-p lesson/* -t plain {PRICED} --set temperature=0.5 --no-score",
)
TIMES = re.compile(r'"(?:seconds|latency|time)": [\d.]+|\d+\.\d+ (?=requests|tokens)')


class Learning(asking.Scripted):
    """Refuses a parameter at first, and counts fewer tokens of a long prompt than it can have."""

    def __call__(self, request: Request) -> Reply:
        reply = super().__call__(request)
        if "(lesson)" not in request.text:
            return reply
        if self.asked[request.text] < 3:
            raise ProviderError("refused temperature", fault="again")
        return replace(reply, usage=Usage(1, 5), text=reply.text * 3)


def told(folder: Path) -> Iterator[str]:
    yield from lines()
    asking.write(folder)
    (folder / "problems" / "lesson").mkdir()
    lesson = PROBLEM.format(i=3).replace("Say exactly:", f"(lesson) {'Think about it. ' * 2000}Say exactly:")
    (folder / "problems" / "lesson" / "long.toml").write_text(lesson, encoding="utf-8")
    before = dict(plugins._made)
    try:
        for n, line in enumerate(RUNS):
            run = f"run{n}.sqlite"
            evalkit.provider("scripted")(Learning())
            for command in (f"run {line} --run {run} --json", f"run {line} --run {run}", f"show --run {run}"):
                yield from _said(command)
        for command in ("score run0.sqlite", "score run0.sqlite --json", "run --run run0.sqlite"):
            yield from _said(command)
    finally:
        plugins._made.clear()
        plugins._made.update(before)
        plugins._places.cache_clear()


def _said(command: str) -> Iterator[str]:
    done = inside(*shlex.split(command))
    yield f"--- {command}: {done.returncode}"
    yield TIMES.sub("TIME", plain(f"{done.stdout}\n{done.stderr}".strip("\n")))


def lines() -> Iterator[str]:
    """A line of progress for each of its numbers, a large and a small one, and beside others."""

    async def nobody(_: Request) -> Reply:
        raise NotImplementedError

    meter = Limited(nobody, Limits(in_flight=4))
    meter.in_flight, meter.retries = 3, 2
    plainly = Progress(total=400, done=120, asked=100, in_flight=7)
    numbers = [n for n, value in vars(plainly).items() if isinstance(value, int) and not isinstance(value, bool)]
    for name in [*numbers, "cost", "probe_cost"]:
        here = replace(plainly, **cast(Any, {name: 2}))
        yield f"{name}: {describe(here, 50.0, 0.05)} | {line_of(here)}"
    for told, seconds, pace in product(
        (plainly, replace(plainly, meters=[meter]), Progress()), (0.0, 0.5, 5000.0), (None, 0.01, 2.0)
    ):
        yield f"{seconds:g} s at {pace}: {describe(told, seconds, pace)}"
    yield repr(replace(plainly, meters=[meter]).as_json())
    causes = Causes()
    for n in range(9):
        causes.add(f"answered 50{n % 5}: too many requests, {n} of {n * n} (id req_{n:03x})")
        yield repr(causes.most_common(n % 4))
