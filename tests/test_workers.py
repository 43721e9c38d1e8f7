"""Worker processes: what hangs is killed, what crashes is told, the rest goes on in order."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from evalkit.judging import workers
from evalkit.judging.workers import Crashed, TimedOut, Value, Workers

LIMIT = 20.0
"""Seconds for tasks that should not be killed: far more than they need on a slow machine."""


def task(what: str) -> object:
    """Runs in a worker."""
    if what == "hang":
        return 9**9**9  # one bytecode: no signal handler of Python ever runs again
    if what == "sleep":
        time.sleep(3600)
    if what == "exit":
        os._exit(3)
    if what == "segfault":
        ctypes.string_at(0)
    if what == "memory":
        return len(bytearray(10**12))
    if what == "raise":
        raise ValueError("no such thing")
    if what == "system exit":
        raise SystemExit(5)
    if what == "interrupt":
        raise KeyboardInterrupt
    if what == "own timeout":
        raise TimeoutError("mine")
    if what == "pid":
        return os.getpid()
    if what == "modules":
        return "fractions" in sys.modules
    return what.upper()


@pytest.fixture(scope="module")
def pool() -> Iterator[Workers]:
    with Workers(2, imports=("fractions",)) as pool:
        yield pool


def test_values_in_order(pool: Workers) -> None:
    items = [f"item {i}" for i in range(50)]
    assert list(pool.map(task, items, LIMIT)) == [(i, Value(i.upper())) for i in items]


@pytest.mark.parametrize("what", ["hang", "sleep"])
def test_killed_at_the_limit_and_the_next_task_runs(pool: Workers, what: str) -> None:
    assert pool.run(task, what, 0.3) == TimedOut(0.3)
    assert pool.run(task, "next", LIMIT) == Value("NEXT")


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("raise", "ValueError: no such thing"),
        ("memory", "MemoryError"),
        ("system exit", "SystemExit: 5"),
        ("interrupt", "KeyboardInterrupt"),
        ("own timeout", "TimeoutError: mine"),
        ("exit", "the worker process died"),
        ("segfault", "the worker process died"),
    ],
)
def test_crashes_are_outcomes(pool: Workers, what: str, reason: str) -> None:
    outcome = pool.run(task, what, LIMIT)
    assert isinstance(outcome, Crashed)
    assert outcome.reason.startswith(reason)
    assert pool.run(task, "next", LIMIT) == Value("NEXT")


def test_a_traceback_comes_with_what_was_raised(pool: Workers) -> None:
    outcome = pool.run(task, "raise", LIMIT)
    assert isinstance(outcome, Crashed)
    assert "in task" in outcome.traceback


def test_a_crash_harms_no_other_task(pool: Workers) -> None:
    items = ["a", "exit", "b", "raise", "segfault", "c", "exit", "d"]
    kinds = [type(outcome) for _, outcome in pool.map(task, items, LIMIT)]
    assert kinds == [Value, Crashed, Value, Crashed, Crashed, Value, Crashed, Value]


def test_run_inside_a_map(pool: Workers) -> None:
    outcomes = []
    for item, outcome in pool.map(task, ["a", "exit", "b", "c", "d"], LIMIT):
        outcomes.append(type(outcome))
        pool.run(task, "exit", LIMIT)  # may take the pool along, with what map has handed in already
        assert pool.run(task, item if item != "exit" else "x", LIMIT) != Crashed("the worker process died")
    assert outcomes == [Value, Crashed, *[Value] * 3]


def test_limits_for_each_item(pool: Workers) -> None:
    limits = {"a": LIMIT, "sleep": 0.2, "b": LIMIT}
    outcomes = [outcome for _, outcome in pool.map(task, limits, lambda item: limits[item])]
    assert outcomes == [Value("A"), TimedOut(0.2), Value("B")]


def test_look_ahead_is_bounded(pool: Workers) -> None:
    taken: list[int] = []

    def items() -> Iterator[str]:
        for i in range(100):
            taken.append(i)
            yield str(i)

    results = pool.map(task, items(), LIMIT, look_ahead=5)
    next(results)
    assert len(taken) == 5
    assert sum(1 for _ in results) == 99


def test_an_error_of_the_items_is_raised(pool: Workers) -> None:
    def items() -> Iterator[str]:
        yield "a"
        raise RuntimeError("broken source")

    with pytest.raises(RuntimeError, match="broken source"):
        list(pool.map(task, items(), LIMIT))


def test_nothing_to_do(pool: Workers) -> None:
    assert list(pool.map(task, [], LIMIT)) == []


def test_a_worker_killed_from_outside_is_replaced(pool: Workers) -> None:
    outcome = pool.run(task, "pid", LIMIT)
    assert isinstance(outcome, Value)
    for child in multiprocessing.active_children():
        child.kill()
        child.join()
    assert pool.run(task, "next", LIMIT) == Value("NEXT")


def test_imports_are_loaded_before_the_first_task(pool: Workers) -> None:
    assert pool.run(task, "modules", LIMIT) == Value(True)


def test_a_missing_import_is_left_to_the_task() -> None:
    with Workers(1, imports=("no_such_module_at_all",)) as few:
        assert few.run(task, "a", LIMIT) == Value("A")


def test_leaving_kills_what_still_runs() -> None:
    before = set(multiprocessing.active_children())
    with Workers(1) as few:
        results = few.map(task, ["a", "hang"], LIMIT, look_ahead=2)
        assert next(results) == ("a", Value("A"))
    assert set(multiprocessing.active_children()) <= before


def test_stopped_workers_start_again() -> None:
    with Workers(1) as few:
        few.stop()
        assert few.run(task, "a", LIMIT) == Value("A")


def test_usable_processors() -> None:
    assert workers.usable_processors() >= 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_control_c_ends_the_workers(tmp_path: Path) -> None:
    script = tmp_path / "endless.py"
    script.write_text(
        "import os, signal, sys\n"
        "from evalkit.judging.workers import Workers\n"
        "import time\n"
        "if __name__ == '__main__':\n"
        "    signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "    with Workers(1) as pool:\n"
        "        pool.run(len, 'abc', 60)\n"
        "        print('ready', flush=True)\n"
        "        pool.run(time.sleep, 3600, 3600)\n",
        encoding="utf-8",
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.send_signal(2)
        _, errors = child.communicate(timeout=60)
    assert child.returncode != 0
    assert "KeyboardInterrupt" in errors
