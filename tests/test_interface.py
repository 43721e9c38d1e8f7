"""`import evalkit`: the public names, what they return, that nothing is printed, and errors of the four classes."""

from __future__ import annotations

import asyncio
import inspect
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
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
from evalkit.showing.tables.form import Table
from tests.arrange import ROOT, inside

NAMES = [
    "Agreements",
    "Chats",
    "Checks",
    "Comparisons",
    "Conversation",
    "Counts",
    "Designs",
    "Diagnoses",
    "Equations",
    "EvalkitError",
    "Forecasts",
    "Manner",
    "Message",
    "Metric",
    "Outcome",
    "Preview",
    "Project",
    "ProviderError",
    "Reply",
    "Request",
    "Run",
    "Score",
    "Scorer",
    "Span",
    "SpecError",
    "StoreError",
    "StoredReply",
    "answer_metric",
    "ask_judge",
    "ask_reader",
    "check",
    "doctor",
    "equations",
    "forecast",
    "import_problems",
    "import_transcripts",
    "load_experiment",
    "load_problems",
    "load_run",
    "load_templates",
    "new_problem",
    "new_project",
    "new_prompt",
    "new_set",
    "plan",
    "preview",
    "problem_schema",
    "provider",
    "run",
    "run_async",
    "score",
    "scorer",
]
"""Held here so that none goes or comes by accident."""
EXPERIMENT = {
    "problems": ["set/*"], "templates": ["plain", "ban_approach"], "samples": 2, "models": [{"id": "echo:x"}],
}  # fmt: skip


@pytest.fixture
def run(example: Path, monkeypatch: pytest.MonkeyPatch) -> evalkit.Run:
    monkeypatch.chdir(example)
    return evalkit.load_run("runs/hw7.sqlite")


# ------------------------------------------------------------ the names


def test_the_public_names() -> None:
    assert sorted(evalkit.__all__) == sorted(NAMES)
    assert set(evalkit._WHERE) == set(NAMES)
    for name in NAMES:
        assert getattr(evalkit, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'compere'"):
        evalkit.compere  # noqa: B018 - the access is the test


def test_every_public_name_is_documented() -> None:
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if f"`{name}" not in page and f"evalkit.{name}" not in page] == []


def test_no_public_function_has_many_parameters_and_all_are_typed() -> None:
    functions = [f for n in NAMES if inspect.isfunction(f := getattr(evalkit, n))]
    functions += [f for _, f in inspect.getmembers(evalkit.Run, inspect.isfunction) if not f.__name__.startswith("_")]
    for function in functions:
        signature = inspect.signature(function)
        assert len(set(signature.parameters) - {"self"}) <= 6, function
        assert signature.return_annotation is not inspect.Signature.empty, function


def test_the_import_is_light() -> None:
    code = "import time, sys; a = time.process_time(); import evalkit; print(time.process_time() - a); dir(evalkit)"
    spent = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(3)
    ]
    assert min(spent) < 0.1


# ------------------------------------------------------------ tables of a run


def test_the_tables_of_a_run(run: evalkit.Run) -> None:
    scores, replies = run.scores(), run.replies()
    assert list(scores) == ["problem", "cluster", "template", "model", "sample", "turn", "metric", "value", "reason"]
    assert set(scores[scores["problem"] == "hw7/3bi"]["cluster"]) == {"hw7/3b"}
    assert scores["value"].dtype == float
    assert (scores[scores["value"].isna()]["reason"] != "").all()
    assert not scores.duplicated(["problem", "template", "model", "sample", "metric"]).any()
    assert len(run.scores("all", ["approach.level"])) > len(run.scores(metrics=["approach.level"]))
    keys = ["problem", "template", "model", "sample", "turn"]
    assert len(scores.merge(replies, on=keys)) == len(scores), "every score has its reply"
    assert set(run.answers()["metric"]) >= {"number.correct", "choice.correct"}
    said = run.transcripts()
    assert len(said[(said["role"] == "assistant") & (said["turn"] > 0)]) == len(replies)
    assert run.labels().columns.tolist()[-1] == "value"
    assert run.experiment is not None
    assert run.experiment.baseline == "plain"


def test_rows_where_two_arms_differ(run: evalkit.Run) -> None:
    found = run.differing("ban_approach", "plain", "approach.level")
    assert (found["difference"] == found["arm"] - found["baseline"]).all()
    assert (found["difference"] != 0).all()
    assert found["difference"].abs().is_monotonic_decreasing
    assert found["arm_text"].str.len().min() > 0
    with pytest.raises(evalkit.SpecError, match=r"no scores of approach.level for template 'bam'"):
        run.differing("bam", "plain", "approach.level")


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda run: run.scores(metrics=["aproach.level"]), "did you mean 'approach.level'"),
        (lambda run: run.differing("nohint", "plain", "approach.level"), "template 'nohint'.*known: ban_approach"),
        (lambda run: run.compare(turn="third"), "^turn='third'"),
        (lambda run: run.compare(metrics=["approach.level"]).write("docx"), "layout 'docx'.*latex"),
        (lambda run: run.add_labels([{"problem": "hw7/8b"}]), "no column 'template'"),
        (lambda run: evalkit.plan(effect=0.5), r"or rates=\(baseline, arm, sd\)"),
        (lambda run: evalkit.equations("$A=A$", problem="hw7/4a"), 'or give world="FILE.toml"'),
        (
            lambda run: evalkit.equations("$A=A$", world={"symbols": {"A": "n x n orthogonal"}}),
            "as in 'm x n, centred'",
        ),
        (lambda run: evalkit.equations("$A=A$", world={"definitions": {"f": "x"}}), r"definitions: write a list \["),
        (
            lambda run: evalkit.check("hw7/3bi", cast("Any", "hw7/8b")),
            r"project='hw7/8b': expected is an evalkit.Project",
        ),
    ],
    ids=["metric", "arm", "turn", "layout", "labels", "plan", "no symbols", "shape", "definitions", "patterns"],
)
def test_errors_say_what_to_write_in_python(run: evalkit.Run, ask: Callable[[Any], object], told: str) -> None:
    with pytest.raises(evalkit.SpecError, match=told):
        ask(run)


WRONG: tuple[Any, ...] = (None, 3.5, "", "nothing/here", ["x"], [3], {"a": 1}, pd.DataFrame(), float("nan"), -1, "\0")


def _some(value: Any, other: Any) -> Any:
    """None may be left out there, and is no fault."""
    return other if value is None else value


TAKES: dict[str, Callable[[Any, Any], object]] = {
    "load_run": lambda run, x: evalkit.load_run(x),
    "load_run list": lambda run, x: evalkit.load_run(["runs/hw7.sqlite", x]),
    "load_problems": lambda run, x: evalkit.load_problems(x),
    "load_templates": lambda run, x: evalkit.load_templates(["plain", x]),
    "load_experiment": lambda run, x: evalkit.load_experiment(x),
    "preview": lambda run, x: evalkit.preview(x),
    "forecast": lambda run, x: evalkit.forecast(x),
    "run": lambda run, x: evalkit.run(x),
    "doctor": lambda run, x: evalkit.doctor(x),
    "score": lambda run, x: evalkit.score(x),
    "scorers": lambda run, x: evalkit.score("runs/hw7.sqlite", _some(x, 3)),
    "plan metric": lambda run, x: evalkit.plan("runs/hw7.sqlite", 1.0, metric=_some(x, 3)),
    "plan contrast": lambda run, x: evalkit.plan("runs/hw7.sqlite", 1.0, contrast=_some(x, "str")),
    "plan rates": lambda run, x: evalkit.plan(rates=x),
    "equations": lambda run, x: evalkit.equations(x) if not isinstance(x, str) or not x else evalkit.equations(""),
    "world": lambda run, x: evalkit.equations("$A = A$", world=_some(x, 3)),
    "new_problem": lambda run, x: evalkit.new_problem("set/one", kind=x),
    "rows": lambda run, x: evalkit.import_transcripts(x, "runs/z.sqlite"),
    "columns": lambda run, x: evalkit.import_transcripts([{"b": 1}], "runs/z.sqlite", x),
    "Project": lambda run, x: evalkit.load_problems("*", x).values() or 1 / 0,
    "scores": lambda run, x: run.scores(metrics=x if x is not None else "approach.level"),
    "turn": lambda run, x: run.scores(turn=x),
    "turn of compare": lambda run, x: run.compare(turn=x),
    "baseline": lambda run, x: run.compare(x if x is not None else 3),
    "metrics": lambda run, x: run.compare(metrics=x if x is not None else "approach.level"),
    "arms": lambda run, x: run.compare(arms=x if x is not None else "plain"),
    "delta": lambda run, x: run.compare(delta=x if x is not None else 0.5),
    "chats": lambda run, x: run.chats("hw7/8b", x),
    "reply": lambda run, x: run.reply("hw7/3bi", "plain", turn=x),
    "export": lambda run, x: run.export("new.csv", what=x),
    "labels": lambda run, x: run.add_labels([x]),
}


@pytest.mark.parametrize("name", TAKES)
def test_what_is_of_the_wrong_kind_is_told_in_a_sentence(run: evalkit.Run, name: str) -> None:
    for wrong in WRONG:
        with pytest.raises(evalkit.EvalkitError) as told:
            TAKES[name](run, wrong)
        assert len(str(told.value)) > 10, wrong


def test_a_turn_that_no_conversation_reaches(run: evalkit.Run) -> None:
    for ask in (run.scores, lambda turn: run.compare(turn=turn, metrics=["approach.level"])):
        with pytest.raises(evalkit.SpecError, match="turn 9: the longest conversation has 3 assistant turns"):
            ask(turn=9)
    refused = inside("compare", "runs/hw7.sqlite", "--turn", "9")
    assert (refused.returncode, "the longest conversation has" in refused.stderr) == (2, True)


def test_figures_by_what_they_show(run: evalkit.Run) -> None:
    found = run.compare(metrics=["approach.level"])
    assert found.figure("forest") is not None
    assert found.figure("heatmap", "approach.level") is not None
    with pytest.raises(evalkit.SpecError, match=r"no figure 'pie'; kinds: forest.*names: "):
        found.figure("pie")
    assert "pie" not in found.figures()


def test_every_result_can_be_written_for_a_paper(run: evalkit.Run, tmp_path: Path) -> None:
    copy = tmp_path / "x.sqlite"
    shutil.copy(run.paths[0], copy)
    run = evalkit.load_run(copy)
    marks = run.scores(metrics=["number.correct"])[["problem", "template", "model", "sample", "metric"]]
    run.add_labels(marks.assign(value=1.0))
    for found in (run.agreement(), run.counts(), evalkit.plan(rates=(0.3, 0.5, 0.1))):
        assert "\\begin{tabular}" in found.write("latex", tmp_path / f"{type(found).__name__}.tex")
    assert run.agreement().write("csv").startswith("metric,arm,unjudged")
    with pytest.raises(evalkit.SpecError, match="Counts has no figures"):
        run.counts().write("json")


@pytest.mark.parametrize("effect", [0.8, 1.5, 2.5])
def test_a_cell_of_a_plan_says_what_its_advice_says(run: evalkit.Run, effect: float) -> None:
    plan = evalkit.plan("runs/hw7.sqlite", effect, metric="approach.level", contrast=("repeat_hint", "plain"))
    needed, cells = plan.advice.problems_needed, plan.advice.designs
    assert needed is not None
    told = {
        d.problems: d.detectable is not None and d.detectable <= effect
        for d in cells
        if d.samples == plan.basis.samples
    }
    assert all(found is (problems >= needed) for problems, found in told.items() if problems >= 4)


def test_what_metrics_mean(run: evalkit.Run) -> None:
    found = run.metrics().set_index("metric").loc["approach.level"]
    assert (found["low"], found["high"], found["better"]) == (0, 3, "higher")
    assert found["judged"] > 60


def test_what_commands_offer_beside_a_table(run: evalkit.Run) -> None:
    found = run.compare(metrics=["approach.level"])
    wanted = ("compare", "runs/hw7.sqlite", "--metric", "approach.level")
    for more, option in ((found.everything(), "--all"), (found.simultaneous(), "--simultaneous")):
        assert more.write("markdown") == inside(*wanted, option, "--format", "markdown").stdout
    assert found.methods().split() == inside(*wanted, "--methods").stdout.split()
    with pytest.warns(UserWarning, match="trials so far"):
        assert {row.metric for row in run.so_far(["number.correct"]).rows} == {"number.correct"}
    with pytest.raises(KeyError, match=r"known: .*forest-approach\.level"):
        found.figures()["forest"]


def test_labels_of_a_table(run: evalkit.Run, tmp_path: Path) -> None:
    copy = tmp_path / "x.sqlite"
    shutil.copy(run.paths[0], copy)
    mine = evalkit.load_run(copy)
    scores = mine.scores(metrics=["number.correct"])
    marks = scores[["problem", "template", "model", "sample", "metric"]].assign(value=1.0)
    marks.loc[0, "value"] = float("nan")
    assert mine.add_labels(marks) == len(scores)
    keys = ["problem", "template", "model", "sample", "turn", "metric"]
    both = scores.merge(mine.labels(), on=keys, suffixes=("", "_label"))
    assert len(both) == len(scores), "the labelled turn is the scored one"
    assert both["value_label"].isna().sum() == 1
    assert mine.agreement().frame()["n"].max() == len(scores) - 1
    assert evalkit.load_run(copy).scores().equals(run.scores()), "scores stay"
    with pytest.raises(evalkit.SpecError, match=r"row 1: metric 'number\.corect'"):
        mine.add_labels(marks.iloc[[1]].assign(metric="number.corect"))
    with pytest.raises(evalkit.SpecError, match=r"value 7: number\.correct goes from 0 to 1"):
        mine.add_labels(marks.iloc[[1]].assign(value=7.0))
    with pytest.raises(evalkit.SpecError, match="turn 'frist'"):
        mine.scores(turn="frist")  # type: ignore[arg-type]
    with pytest.raises(evalkit.SpecError, match="row 2: no such trial"):
        mine.add_labels(marks.iloc[[1, 2]].assign(sample=[*marks["sample"].iloc[[1]], 99]))


def test_a_stored_reply_and_its_reading(run: evalkit.Run, tmp_path: Path) -> None:
    copy = tmp_path / "x.sqlite"
    shutil.copy(run.paths[0], copy)
    reply = evalkit.load_run(copy).reply("hw7/3bi")
    assert reply.text() == run.chats("hw7/3bi").chats[0].transcript.replies[0].text
    assert reply.equations().relations == evalkit.equations(reply.text(), problem="hw7/3bi").relations
    with pytest.raises(evalkit.SpecError, match="whose reading is it"):
        reply.keep_reading(reply.reading())
    assert "reading by A. Reader" in reply.keep_reading(reply.reading(), by="A. Reader")
    assert reply.reading()["by"] == "A. Reader"
    assert "read by the checker again" in reply.keep_reading(None)


def test_a_comparison_is_that_of_the_command(run: evalkit.Run) -> None:
    found = run.compare(metrics=["approach.level"])
    table = found.frame()
    row = table[(table["arm"] == "ban_approach") & (table["turn"] == "scored")].iloc[0]
    assert row["these_difference"] == pytest.approx(2.22, abs=0.005)
    assert row["these_verdict"].startswith("better")
    assert found.write("json") == inside("compare", "runs/hw7.sqlite", "--metric", "approach.level", "--json").stdout
    assert "better on these problems" in str(found)
    assert "<td" in found._repr_html_()
    assert "| ban" in found.markdown()
    assert found.failures("ban_approach approach.level < 3")
    assert not found.failures("ban_approach approach.level < 1")
    figure = found.figures()["forest-approach.level-written_sample_replies"]
    assert figure.axes


def test_report_counts_chats_and_export(run: evalkit.Run, tmp_path: Path) -> None:
    assert run.report(tmp_path / "x.html").read_text(encoding="utf-8").startswith("<!")
    assert run.counts().models[0].trials == 133
    assert "133" in str(run.counts())
    (chat,) = run.chats("hw7/8b", "ban_approach").chats
    assert {s.scorer for s in chat.of_turn(1)} >= {"approach", "equations"}
    assert "approach.level" in str(run.chats("hw7/8b"))
    assert run.export(tmp_path / "s.csv", "scores", "csv") == len(pd.read_csv(tmp_path / "s.csv"))
    with pytest.raises(evalkit.SpecError, match="no human labels"):
        run.agreement()
    with pytest.raises(evalkit.SpecError, match="no such trial"):
        run.chats("hw7/8b", "plain", sample=99)


def test_what_is_shown_is_escaped() -> None:
    table = Table("<b>", ("a",), (("<script>alert(1)</script>\x1b[31m",),), "<i>")
    from evalkit.interface.shown import html, text_of

    page = html(table)
    assert "<script" not in page
    assert "<b><b>" not in page
    assert "<i>" not in page
    assert "\x1b" not in page + text_of([table], ["\x1b]0;x"])


# ------------------------------------------------------------ problems, equations, plans


def test_problems_templates_and_what_would_be_sent(project: Path) -> None:
    assert evalkit.load_problems("set/*")["set/half"].title == "Half"
    assert "ban_approach" in evalkit.load_templates()
    shown = evalkit.preview("set/half", "ban_approach")
    assert "Do not divide." in str(shown)
    assert "Do not divide." in shown._repr_html_()
    assert evalkit.check().faults == []
    assert evalkit.new_problem("set/new").is_file()
    assert evalkit.new_prompt("be_brief").is_file()
    assert "score" in evalkit.problem_schema()["properties"]
    with pytest.raises(evalkit.SpecError, match="no problem matches"):
        evalkit.load_problems("sot/*")


def test_the_equations_of_a_reply() -> None:
    found = evalkit.equations("So $A + A = 2A$ and $A = 3A$.", world={"symbols": {"A": "n x n"}})
    assert found.frame()["verdict"].tolist() == ["algebra-only", "fails"]
    assert found.line_numbers == [1, 1]
    assert "1 fails" in str(found)
    assert "fails" in found._repr_html_()
    assert found.data()["relations"][1]["counterexample"]
    with pytest.raises(evalkit.SpecError, match="not both"):
        evalkit.equations("$1 = 1$", problem="hw7/3bi", world={})
    assert "a first look" in str(evalkit.equations("$1 = 1$"))
    with pytest.raises(evalkit.SpecError, match="is empty"):
        evalkit.equations(" ", world={"symbols": {"A": "n x n"}})


def test_a_plan_from_rates() -> None:
    found = evalkit.plan(rates=(0.3, 0.5, 0.1))
    assert {"problems", "samples", "detectable"} <= set(found.frame())
    assert found.advice.words in str(found)
    with pytest.raises(evalkit.SpecError):
        evalkit.plan()


# ------------------------------------------------------------ asking


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
    await evalkit.run_async(EXPERIMENT, "x.sqlite", limit=1)
    scores = evalkit.load_run("x.sqlite").scores(metrics=["slow.taken"])
    assert set(scores["reason"]) == {"stopped after 2 s of processor time"}


async def test_a_cancelled_run_leaves_what_was_answered(project: Path, made: None) -> None:
    evalkit.provider("echo")(echo)
    named_slow(1)
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
