"""Small projects for tests and benchmarks: problem files by the dozen, an experiment, the command in a process."""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from functools import lru_cache
from pathlib import Path
from typing import Any
from unittest import mock

from evalkit.cli import main
from evalkit.judging import analyses, asked, tasks
from evalkit.judging.bounds import CPU_SECONDS
from evalkit.judging.workers import Crashed, Outcome, Value, Workers
from evalkit.specs.experiment import Experiment
from evalkit.specs.library import Library as Problems
from evalkit.specs.plan import Plan, resolve
from evalkit.specs.templates import Library as TemplateLibrary

ROOT = Path(__file__).parent.parent

PROBLEM = """
title = "Number {i}"
statement = "Say exactly: **Final answer:** {i}"
ban = "Do not use fingers."
[[hints]]
level = "method"
text = "Count to {i}."
[pushback]
wrong = "No. Say exactly: **Final answer:** 0"
[staff]
solution = "{i}"
[score.number]
value = {i}
"""


ASKING = ("run", "-p", "p/*", "-t", "plain", "-m", "openai:m", "--no-probe", "--prompts", str(ROOT / "prompts"))
"""The command that asks these problems; `--base-url` is to follow."""


def write_problems(folder: Path, count: int) -> None:
    """`<folder>/problems/p/<i>.toml` for i = 1 ... count."""
    target = folder / "problems" / "p"
    target.mkdir(parents=True, exist_ok=True)
    for i in range(1, count + 1):
        (target / f"{i:05d}.toml").write_text(PROBLEM.format(i=i), encoding="utf-8")


def experiment(url: str, **more: Any) -> Experiment:
    """An experiment against the local server; `seed` makes the bodies of two samples differ."""
    model = {"id": "openai:m", "base_url": url, "parameters": {"seed": 1}, **more.pop("model", {})}
    fields = {"problems": ["p/*"], "templates": ["plain", "ban_approach"], "models": [model], **more}
    return Experiment.model_validate(fields)


def plan(folder: Path, described: Experiment) -> Plan:
    """The experiment resolved against the folder's problems and the shipped templates."""
    templates = folder / "prompts" if (folder / "prompts").is_dir() else ROOT / "prompts"
    return resolve(described, Problems(folder / "problems"), TemplateLibrary(templates))


def inside(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The evalkit command in this process: as `command`, but quick; for tests that need no process of its own."""
    out, err = io.StringIO(), io.StringIO()
    with mock.patch.object(sys, "argv", ["evalkit", *arguments]), redirect_stdout(out), redirect_stderr(err):
        code: int | str | None = 0
        try:
            main()
        except SystemExit as leave:
            code = leave.code
    assert code is None or isinstance(code, int)
    return subprocess.CompletedProcess(["evalkit", *arguments], code or 0, out.getvalue(), err.getvalue())


_kept = lru_cache(maxsize=1000)(tasks.analysed.__wrapped__)


@contextmanager
def judged_here() -> Iterator[None]:
    """Inside, no worker process is started for scoring or checking, which takes two seconds each time: its tasks are
    done in this process, on copies, as they would arrive in another. For tests that are not about the workers
    themselves; not covered: tasks that hang, crash the process or take its memory. A reply has ten times the time, so
    that a slow machine, which loads modules and compiles patterns meanwhile, judges as a fast one; and the analyses of
    the example's replies, which a dozen tests score, are kept from test to test."""

    def done(function: Callable[[Any], Any], item: Any) -> Outcome[Any]:
        call, copy = pickle.loads(pickle.dumps((function, item)))  # noqa: S301 - our own
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a worker's are seen by nobody
                return Value(pickle.loads(pickle.dumps(call(copy))))  # noqa: S301
        except Exception as error:
            return Crashed(f"{type(error).__name__}: {error}")

    def each(
        _: Workers, function: Callable[[Any], Any], items: Iterable[Any], *__: Any, **___: Any
    ) -> Iterator[tuple[Any, Outcome[Any]]]:
        for item in items:
            yield item, done(function, item)

    with ExitStack() as patched:
        patched.enter_context(mock.patch.object(Workers, "map", each))
        for module in (analyses, asked, tasks):
            patched.enter_context(mock.patch.object(module, "CPU_SECONDS", 10 * CPU_SECONDS))
        patched.enter_context(mock.patch.object(tasks, "analysed", _kept))
        yield


def command(*arguments: str, cwd: Path, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run the evalkit command in a process of its own, as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "evalkit", *arguments], cwd=cwd, capture_output=True, text=True, timeout=300,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}, check=False, **more,
    )  # fmt: skip
