"""`evalkit.run` from Python: event loops, providers and scorers of one's own, faults, interrupts, progress."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

import evalkit
from evalkit.asking.progress import Progress
from evalkit.interface import running
from evalkit.runfile.store import Store

EXPERIMENT = {
    "problems": ["set/*"], "templates": ["plain", "ban_approach"], "samples": 2, "models": [{"id": "echo:x"}],
}  # fmt: skip


def echo(request: evalkit.Request) -> str:
    return f"{request.messages[-1].content[:20]}\n\n**Final answer:** {request.sample}"


def test_a_run_with_a_provider_of_ones_own(project: Path, made: None, capfd: pytest.CaptureFixture[str]) -> None:
    evalkit.provider("echo")(echo)
    assert evalkit.forecast(EXPERIMENT, "x.sqlite").models["x"].found.requests == 4
    seen: list[int] = []
    done = evalkit.run(EXPERIMENT, "x.sqlite", how=evalkit.Manner(watch=lambda p: seen.append(p.done)))
    assert (done.done, done.failed, done.asked, done.stopped) == (4, 0, 4, None)
    assert seen
    assert evalkit.run(EXPERIMENT, "x.sqlite").asked == 0, "nothing is asked twice"
    assert set(evalkit.load_run("x.sqlite").scores(metrics=["number.correct"])["value"]) == {0.0, 1.0}
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")


async def test_a_run_inside_a_running_event_loop(project: Path, made: None) -> None:
    evalkit.provider("echo")(echo)
    assert evalkit.run(EXPERIMENT, "x.sqlite").done == 4
    assert (await evalkit.run_async(EXPERIMENT, "y.sqlite")).done == 4
    first, second = (evalkit.load_run(name).scores() for name in ("x.sqlite", "y.sqlite"))
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("parameters", "told"), [({}, 1), ({"temperature": 0}, 0)], ids=["by the way", "greedy"])
def test_copies_are_told_when_a_run_is_done(parameters: dict[str, int], told: int, project: Path, made: None) -> None:
    """Of greedy samples it was said before they were asked."""
    evalkit.provider("parrot")(lambda request: "**Final answer:** 1/2")
    models = [{"id": "parrot:x", "parameters": parameters}]
    done = evalkit.run({**EXPERIMENT, "models": models}, "x.sqlite")
    assert sum(note.startswith("2 of 4 replies repeat another sample") for note in done.notes) == told


class Slow(evalkit.Scorer):
    """Takes its time."""

    metrics = {"taken": evalkit.Metric("seconds", high=10, full=None, better="lower")}  # noqa: RUF012
    seconds: float = 0.1

    def score(self, conversation: evalkit.Conversation) -> list[evalkit.Score]:
        end = time.thread_time() + self.seconds
        while time.thread_time() < end:
            pass
        return [evalkit.Score("taken", self.seconds, "")]


def named_slow(seconds: float) -> None:
    """A scorer of a cell, which runs in this process, named by the project's problem."""

    class Cell(Slow):
        pass

    evalkit.scorer("slow")(Cell)
    with Path("problems/set/half.toml").open("a", encoding="utf-8") as file:
        file.write(f"[score.slow]\nseconds = {seconds}\n")


async def test_an_event_loop_goes_on_while_replies_are_scored(project: Path, made: None) -> None:
    evalkit.provider("echo")(echo)
    named_slow(0.4)
    beats: list[float] = []
    shown: list[str] = []

    async def heart() -> None:
        while True:
            beats.append(time.monotonic())
            await asyncio.sleep(0.02)

    beating = asyncio.create_task(heart())
    how = evalkit.Manner(watch=lambda p: shown.append(running.line_of(p)))
    done = await evalkit.run_async(EXPERIMENT, "x.sqlite", how=how)
    beating.cancel()
    assert (done.done, done.scored and done.scored.transcripts) == (4, 4)
    assert len(beats) > 15, "1.6 s of scoring"
    assert any("scored" in line for line in shown), shown
    values = evalkit.load_run("x.sqlite").scores(metrics=["slow.taken"])["value"]
    assert set(values) == {0.4}


async def test_a_scorer_beside_the_main_thread_has_the_same_bound(project: Path, made: None) -> None:
    evalkit.provider("echo")(echo)
    named_slow(8)
    await evalkit.run_async({**EXPERIMENT, "templates": ["plain"]}, "x.sqlite", limit=1)
    scores = evalkit.load_run("x.sqlite").scores(metrics=["slow.taken"])
    assert set(scores["reason"]) == {"stopped after 2 s of processor time"}


async def test_a_cancelled_run_leaves_what_was_answered(project: Path, made: None) -> None:
    evalkit.provider("echo")(echo)
    named_slow(0.3)
    scoring = asyncio.Event()
    how = evalkit.Manner(watch=lambda p: scoring.set() if p.done == 4 else None)
    task = asyncio.create_task(evalkit.run_async(EXPERIMENT, "x.sqlite", how=how))
    await asyncio.wait_for(scoring.wait(), 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    again = await evalkit.run_async(EXPERIMENT, "x.sqlite", how=evalkit.Manner(score=False))
    assert (again.asked, again.done) == (0, 4), "the file is free, and holds all"


def test_faults_of_a_provider_are_data_or_one_error(project: Path, made: None) -> None:
    @evalkit.provider("broken")
    async def broken(request: evalkit.Request) -> evalkit.Reply:
        raise ValueError("no")

    @evalkit.provider("locked")
    async def locked(request: evalkit.Request) -> evalkit.Reply:
        raise evalkit.ProviderError("no key", "fatal")

    failed = evalkit.run({**EXPERIMENT, "models": [{"id": "broken:x"}]}, "x.sqlite")
    assert failed.failed == 4
    assert "ValueError: no" in next(iter(failed.failures))
    with pytest.raises(evalkit.ProviderError, match="no key"):
        evalkit.run({**EXPERIMENT, "models": [{"id": "locked:x"}]}, "y.sqlite")
    with pytest.raises(evalkit.SpecError, match="unknown provider 'ecko'"):
        evalkit.run({**EXPERIMENT, "models": [{"id": "ecko:x"}]}, "z.sqlite")
    evalkit.provider("echo")(echo)
    with pytest.raises(evalkit.SpecError, match="needs `into`"):
        evalkit.run(EXPERIMENT)


def test_an_interrupt_stores_what_is_under_way(project: Path, made: None) -> None:
    @evalkit.provider("slow")
    async def slow(request: evalkit.Request) -> str:
        await asyncio.sleep(0.7)
        return "x"

    models = [{"id": "slow:x", "limits": {"in_flight": 1}}]
    interrupted = iter([KeyboardInterrupt()])

    def once(progress: object) -> None:
        for error in interrupted:
            raise error

    done = evalkit.run({**EXPERIMENT, "models": models}, "x.sqlite", how=evalkit.Manner(watch=once))
    assert done.stopped == "interrupted"
    assert 1 <= done.asked < 4
    with Store(Path("x.sqlite")) as store:
        assert len(list(store.replies())) == done.asked


def test_a_file_cannot_send_a_key_to_a_host_of_its_choice(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(project / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(project / "home"))
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-real-key")
    text = 'problems = ["set/*"]\ntemplates = ["plain"]\n[[models]]\nid = "openai:m"\nbase_url = "https://models.example/v1"\n'
    Path("x.toml").write_text(text, encoding="utf-8")
    for ask in (evalkit.run, evalkit.doctor):
        with pytest.raises(evalkit.SpecError, match=r"models\.example.*Manner\(trusted="):
            ask("x.toml")
    assert not Path("x.sqlite").exists()


def test_the_progress_of_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for IPython: one display that is kept up to date, nothing printed."""
    shown: list[str] = []
    handle = SimpleNamespace(update=lambda data, raw: shown.append(data["text/plain"]))
    shell = SimpleNamespace(config={"IPKernelApp": {}})
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=lambda *_, **__: handle))
    look = running._watching()
    look(Progress(total=9, done=3, failed=1, asked=4))
    assert shown == ["3/9 trials, 1 failed, 4 requests asked"]


def test_a_scorer_that_fails_is_told(project: Path, made: None) -> None:
    evalkit.provider("echo")(echo)
    evalkit.run(EXPERIMENT, "x.sqlite", how=evalkit.Manner(score=False))

    def returning(what: object) -> type[evalkit.Scorer]:
        class Odd(evalkit.Scorer):
            metrics = {"x": evalkit.Metric("x")}  # noqa: RUF012

            def score(self, conversation: evalkit.Conversation) -> Any:
                return what

        return Odd

    wrong: list[tuple[object, str]] = [
        ([evalkit.Score("y", 1.0, "")], "it returned the metric 'y', and declares x"),
        ([1.0], "it returned float where a Score is expected"),
        ([evalkit.Score("x", cast("Any", "1"), "")], "the value is str"),
        (None, "TypeError"),
    ]
    for what, told in wrong:
        with pytest.warns(UserWarning, match="odd") as warned:
            evalkit.score("x.sqlite", scorers=[returning(what)])
        assert "a scorer failed on 4 replies: odd: " in (said := str(warned[-1].message))
        assert told in said
    with pytest.warns(UserWarning, match="runs in this process"):
        done = evalkit.score("x.sqlite", scorers=[returning([evalkit.Score("x", cast("Any", np.int64(1)), "")])])
    assert not done.failed
    assert set(evalkit.load_run("x.sqlite").scores(metrics=["odd.x"])["value"]) == {1.0}


def test_chats_from_rows(project: Path) -> None:
    rows = [{"task": "set/half", "asked": "?", "answer": f"**Final answer:** {n}"} for n in (1, 2)]
    columns = {"problem": "task", "template": "=plain", "model": "=m", "prompt": "asked", "reply": "answer"}
    assert evalkit.import_transcripts(rows, "x.sqlite", columns).stored == 2
    evalkit.score("x.sqlite")
    assert evalkit.load_run("x.sqlite").scores(metrics=["number.correct"])["value"].tolist() == [1.0, 0.0]
    with pytest.raises(evalkit.SpecError, match="nothing was imported"):
        evalkit.import_transcripts([{**rows[0], "task": "set/none"}], "y.sqlite", columns)
    written = evalkit.import_problems([{"q": "1 + 1?", "a": "2"}], "more", {"statement": "q", "staff.solution": "a"})
    assert [str(path) for path in written] == ["problems/more/0001.toml"]
    assert json.loads(json.dumps(evalkit.load_run("x.sqlite").compare(baseline="plain").write("json")))
