"""Work is bounded by the processor time and memory that it uses, in scorers, in the shared analysis and in commands."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any, ClassVar

import pytest

from evalkit import types
from evalkit.judging import bounds
from evalkit.judging.analyses import Analyses
from evalkit.judging.applying import apply
from evalkit.judging.bounds import OutOfTimeError, capped_memory, cpu_seconds
from evalkit.runfile.store import Store
from evalkit.specs import problems
from evalkit.types import Conversation, Metric, Reply, Score
from tests.arrange import inside

HEAD = 'title = "T"\nstatement = "S"\n[staff]\nsolution = "s"\n'


def burn(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


class Greedy(types.Scorer):
    """Takes what it is told to take."""

    metrics: ClassVar = {"done": Metric("1 = came to an end")}
    time_limit = 0.2
    what: str = "time"

    def score(self, conversation: Conversation) -> Sequence[Score]:
        if self.what == "memory":
            raise MemoryError
        if self.what == "analysis":
            conversation.analysis(-1)
        burn({"time": 30.0, "analysis": 0.0, "little": 0.0}[self.what])
        return [Score("done", 1.0, "done")]


def test_the_body_is_stopped_by_processor_time_and_sleep_is_free() -> None:
    with cpu_seconds(0.1):
        time.sleep(0.3)
    with pytest.raises(OutOfTimeError, match=r"after 0\.1 s of processor time"), cpu_seconds(0.1):
        burn(30.0)
    burn(0.15)  # nothing is left of the bound


def test_an_inner_bound_counts_by_itself() -> None:
    with cpu_seconds(0.2), cpu_seconds(1.0):
        burn(0.4)

    def both() -> None:
        with cpu_seconds(0.2):
            with cpu_seconds(1.0):
                burn(0.05)
            burn(30.0)

    with pytest.raises(OutOfTimeError, match=r"after 0\.2 s"):
        both()


@pytest.mark.skipif(not hasattr(time, "pthread_getcpuclockid"), reason="no clock of another thread")
@pytest.mark.parametrize(
    "bounded", [test_the_body_is_stopped_by_processor_time_and_sleep_is_free, test_an_inner_bound_counts_by_itself]
)
def test_the_same_beside_the_main_thread(bounded: Callable[[], None]) -> None:
    with ThreadPoolExecutor(1) as threads:
        threads.submit(bounded).result()


@pytest.mark.parametrize(
    ("what", "value", "reason"),
    [("little", 1.0, "done"), ("time", None, "stopped after 0.2 s"), ("memory", None, "too much memory")],
    ids=["little", "time", "memory"],
)
def test_a_scorer_out_of_bounds_says_none(what: str, value: float | None, reason: str) -> None:
    (score,) = apply(Greedy(what=what), problems.parse(HEAD, "s/p", "p"), [Reply("r")])
    assert score.value == value
    assert reason in score.reason


def test_an_analysis_out_of_bounds_is_told_to_every_scorer_and_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def analyse(_self: object, reply: str, *_: object) -> None:
        made.append(reply)
        burn(30.0)

    monkeypatch.setattr("evalkit.specs.problems.Problem.analyse", analyse)
    monkeypatch.setattr("evalkit.judging.analyses.CPU_SECONDS", 0.1)
    problem = problems.parse(HEAD, "s/p", "p")
    analyses = Analyses(problem, ["r"])
    for _ in range(2):
        (score,) = apply(Greedy(what="analysis"), problem, [Reply("r")], analyses)
        assert (score.value, score.reason) == (None, "stopped after 0.1 s of processor time")
    assert made == ["r"]


def test_memory_is_free_again_after_the_body() -> None:
    with pytest.raises(MemoryError), capped_memory(50 * 1024**2):
        bytearray(2 * 10**8)
    assert len(bytearray(2 * 10**8)) == 2 * 10**8


def test_the_command_for_one_reply_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "w.toml").write_text('[symbols]\nA = "m x n"\n', encoding="utf-8")
    (tmp_path / "r.md").write_text("So $A = A$.\n", encoding="utf-8")
    code = (
        "import sys, time\n"
        "from evalkit.cli import main\n"
        "from evalkit.interface import equations\n"
        "def slow(text, setting, **how):\n"
        "    end = time.process_time() + 30\n"
        "    while time.process_time() < end: pass\n"
        "def large(text, setting, **how):\n"
        "    bytearray(10**9)\n"
        "equations.analyse = {'slow': slow, 'large': large}[sys.argv[1]]\n"
        "equations.CPU_SECONDS = 0.2\n"
        "sys.argv = ['evalkit', 'equations', 'r.md', '--world', 'w.toml']\n"
        "main()\n"
    )
    for what, told in (("slow", "0.2 s of processor time"), ("large", "more than 300 MB")):
        done = subprocess.run([sys.executable, "-c", code, what], cwd=tmp_path, capture_output=True, text=True)
        assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
        assert told in done.stderr


@pytest.mark.parametrize(
    ("reason", "again"),
    [
        ("stopped after 2 s of processor time", 1),
        ("timed out after 20 s", 1),
        ("stopped: it needed too much memory", 1),
        ("the worker process died (exit code -9)", 1),
        ("no answer found", 0),
    ],
    ids=["processor time", "clock", "memory", "killed", "judged"],
)
def test_what_ran_out_is_judged_again_on_request(project: Path, reason: str, again: int) -> None:
    said = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "**Final answer:** 1"}]
    line = {"problem": "set/half", "template": "plain", "model": "m", "sample": 0, "messages": said}
    (project / "x.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    assert inside("import", "x.jsonl", "--run", "x.sqlite").returncode == 0
    assert "1 new verdict," in inside("score", "x.sqlite").stderr
    with closing(sqlite3.connect("x.sqlite")) as db:
        db.execute("UPDATE scores SET value = NULL, reason = ?", (reason,))
        db.commit()
    assert "0 new verdicts" in inside("score", "x.sqlite").stderr
    assert f": {again} new verdict" in inside("score", "x.sqlite", "--retry").stderr
    with Store(project / "x.sqlite") as store:
        assert [s.score.value for s in store.scores()] == [1.0 if again else None]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers")
def test_many_bounds_in_a_row_ask_once_for_their_signal_and_give_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before, asked, own = signal.getsignal(signal.SIGPROF), list[object](), signal.signal

    def counted(number: int, handler: Any) -> Any:
        asked.append(handler)
        return own(number, handler)

    monkeypatch.setattr(signal, "signal", counted)
    with bounds.heard():
        for limit in (0.05, 5.0, 0.1):
            stops = nullcontext() if limit > 1 else pytest.raises(OutOfTimeError, match=f"after {limit:g} s")
            with stops, cpu_seconds(9.0), cpu_seconds(limit):
                burn(0.2)
        burn(0.1)  # nothing is in force
    assert len(asked) == 2
    assert signal.getsignal(signal.SIGPROF) == before
