"""Fixtures that several test files share."""

from __future__ import annotations

import compileall
import fcntl
import gc
import os
import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from functools import lru_cache
from pathlib import Path

import pytest
import typer.main
import typer.testing

from evalkit import Run, load_run, plugins
from evalkit.runfile import opening, writer
from tests.arrange import judged_here

ROOT = Path(__file__).parent.parent
if os.environ.get("PYTHONDONTWRITEBYTECODE", "mutant") != "mutant":
    sys.dont_write_bytecode = False  # else each process compiles all test files again, six seconds each time
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


LONG = 600.0
"""Seconds: whose time limit is at least this begins first."""


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Several processes (`-n`): one that is done takes from the others, so that none is left alone at the end."""
    if getattr(config.option, "numprocesses", None) and config.option.dist == "no":
        config.option.dist = "worksteal"


def pytest_configure() -> None:
    """Hundreds of processes of the suite would compile evalkit again, a second each, where byte code is not to be
    written; no user's does. Those of tests/benchmarks/mutants.py must: their code changes."""
    if os.environ.get("PYTHONDONTWRITEBYTECODE", "mutant") != "mutant" and "PYTEST_XDIST_WORKER" not in os.environ:
        compileall.compile_dir(ROOT / "evalkit", quiet=1)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is loaded stays: no garbage is looked for meanwhile."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Several processes: what may take minutes begins first, and then what reads the example, all in one: while it is
    run, another one would wait for it."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: (-allowed_seconds(item), not reads_example(item)))


def allowed_seconds(item: pytest.Item) -> float:
    """Its own time limit; 0 where that is not longer than all others'."""
    marker = item.get_closest_marker("timeout")
    given = float(marker.args[0]) if marker and marker.args else 0.0
    return given if given >= LONG else 0.0


def reads_example(item: pytest.Item) -> bool:
    return "example" in getattr(item, "fixturenames", ())


def pytest_collection_finish() -> None:
    set_aside()


@pytest.fixture(scope="module", autouse=True)
def _set_aside() -> None:
    set_aside()


def set_aside() -> None:
    """What was loaded stays to the end: no collection of garbage looks through it again, a second each time. statsmodels
    and hypothesis collect all of it by themselves, for each list of p-values."""
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


@pytest.fixture(scope="session", autouse=True)
def _disk_not_waited_for() -> Iterator[None]:
    """A run file of this process reaches the disk when the system writes it: a cut of the power, against which
    `synchronous = FULL` stands, no test can make. Nor does a score wait a twentieth of a second for others to be
    committed with it: tests store scores one by one. The processes that tests start do both, as a user's."""
    settings = tuple(s for s in opening.SETTINGS if not s.startswith("synchronous"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "SETTINGS", (*settings, "synchronous = OFF"))
        patch.setattr(writer, "BATCH_SECONDS", 0.002)
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
    """What a test makes in this process is gone after it. A fixture that makes something asks for this one first."""
    before = dict(plugins._made)
    yield
    plugins._made.clear()
    plugins._made.update(before)
    plugins._places.cache_clear()


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A copy of the folder that the first of the suite's processes makes, and that all others wait for."""
    base = factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    shared.mkdir(exist_ok=True)
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / name).exists():
            half = shared / f"{name}.half"
            shutil.rmtree(half, ignore_errors=True)
            half.mkdir()
            make(half)
            half.rename(shared / name)
    return Path(shutil.copytree(shared / name, factory.mktemp(name), dirs_exist_ok=True))


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example experiment, run once for all tests that read it: its project folder."""
    from tests.printed import prepare

    def make(folder: Path) -> None:
        with judged_here():
            prepare(folder)

    return made_once(tmp_path_factory, "example", make)


@pytest.fixture(scope="session")
def labelled(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with `labels.sqlite`: the sample replies with their labels, scored."""
    from tests.printed import label

    def make(folder: Path) -> None:
        shutil.copytree(example, folder, dirs_exist_ok=True)
        with judged_here():
            label(folder)

    shutil.copy(made_once(tmp_path_factory, "labelled", make) / "labels.sqlite", example)
    return example


@pytest.fixture
def here() -> Iterator[None]:
    """No worker process is started; see `judged_here`."""
    with judged_here():
        yield


@pytest.fixture
def run(example: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The example's run, from within its project folder; who changes it copies the file first."""
    monkeypatch.chdir(example)
    return load_run("runs/hw7.sqlite")
