"""Fixtures that several test files share."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
import typer.main
import typer.testing

if (
    os.environ.get("PYTHONDONTWRITEBYTECODE", "mutant") != "mutant"
):  # of tests/benchmarks/mutants.py, whose code changes
    # hundreds of processes of the suite would compile evalkit again, a second each, which no user's does
    del os.environ["PYTHONDONTWRITEBYTECODE"]
    sys.dont_write_bytecode = False

from evalkit import Run, load_run, plugins

ROOT = Path(__file__).parent.parent
for _size in ("COLUMNS", "LINES"):  # of the terminal that the suite was started on: what is printed must not hang on it
    os.environ.pop(_size, None)

PROBLEM = """
title = "Half"
statement = "What is one half of 2?"
ban = "Do not divide."
[[hints]]
level = "method"
text = "Split it in two."
[staff]
solution = "1"
[score.number]
value = 1
[[gold]]
reply = "**Final answer:** 1"
[[foils]]
reply = "**Final answer:** 2"
misses = ["number.correct"]
"""

THIRD = PROBLEM.replace("Half", "Third").replace("What is one half of 2?", "What is one third of $9$, written as a whole number?").replace("1", "3")  # fmt: skip


def pytest_collection_finish() -> None:
    """What was loaded stays to the end: no collection of garbage looks through it again, half a second each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _commands_made_once() -> Iterator[None]:
    """Typer makes all commands anew for each call, an eighth of a second that a user waits for once."""
    once = lru_cache(typer.main.get_command)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", once)
        patch.setattr(typer.testing, "_get_command", once)
        yield


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project folder with one problem and the real templates; it is the current folder."""
    (tmp_path / "problems" / "set").mkdir(parents=True)
    (tmp_path / "problems" / "set" / "half.toml").write_text(PROBLEM, encoding="utf-8")
    (tmp_path / "prompts").mkdir()
    for template in (ROOT / "prompts").glob("*.j2"):
        (tmp_path / "prompts" / template.name).write_text(template.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def problems(project: Path) -> Path:
    """The small project with a second problem."""
    (project / "problems" / "set" / "third.toml").write_text(THIRD)
    return project


@pytest.fixture
def made() -> Iterator[None]:
    """What a test makes in this process is gone after it."""
    before = dict(plugins._made)
    yield
    plugins._made.clear()
    plugins._made.update(before)
    plugins._places.cache_clear()


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example experiment, run once for all tests that read it: its project folder."""
    from tests.printed import prepare

    folder = tmp_path_factory.mktemp("example")
    prepare(folder)
    return folder


@pytest.fixture
def run(example: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The example's run, from within its project folder; who changes it copies the file first."""
    monkeypatch.chdir(example)
    return load_run("runs/hw7.sqlite")
