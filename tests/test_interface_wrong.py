"""Arguments of the wrong kind or of unknown names: one of our errors, with a sentence that speaks of arguments."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, cast

import pandas as pd
import pytest

import evalkit


@cache
def _found() -> evalkit.Comparisons:
    """A comparison, made once for all wrong values."""
    return evalkit.load_run("runs/hw7.sqlite").compare(metrics=["approach.level"], arms=["repeat_hint"])


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
            "write 'm x n', and kinds behind a comma",
        ),
        (lambda run: evalkit.equations("$A=A$", world={"definitions": {"f": "x"}}), r"definitions: write a list \["),
        (lambda run: run.compare(metrics=["approach.level"]).figure("forrest"), "did you mean 'forest'"),
        (lambda run: _found().figure("forest", metric="aproach.level"), "metric=.*did you mean 'approach.level'"),
        (lambda run: _found().figure("models"), "it needs two models"),
        (lambda run: run.reply("hw7/8"), "no trial with problem 'hw7/8'; did you mean 'hw7/8b'"),
        (lambda run: run.reply("hw7/3bi", sample=99), "no trial with sample '99'"),
        (lambda run: run.reply("hw7/3bi", turn=9), "has 1 assistant turns"),
        (lambda run: evalkit.load_run("runs"), "runs: no such run file; there .* runs/hw7.sqlite"),
        (lambda run: evalkit.load_run("hw7"), "there .* runs/hw7.sqlite"),
        (lambda run: evalkit.plan(cast("Any", _found()), effect=1), "pilot_run=.*a run file"),
        (lambda run: evalkit.plan(rates=(1.3, 0.5, 0.1)), "^rates 1.3 and 0.5"),
        (lambda run: run.differing("plain", "plain", "approach.level"), "the same arm twice"),
        (lambda run: evalkit.score("runs/hw7.sqlite", scorers=["leap"]), "did you mean 'leaps'"),
        (
            lambda run: evalkit.import_transcripts([{"b": "x"}], "runs/z.sqlite", {"models": "b"}),
            "^columns: unknown field 'models'; did you mean 'model'",
        ),
        (lambda run: evalkit.Metric("doubt", better=cast("Any", "up")), "allowed are higher, lower and neither"),
        (lambda run: evalkit.Metric("doubt", low=2, high=1), "from 2 to 1"),
        (lambda run: evalkit.ProviderError("transient", cast("Any", "busy")), "allowed are transient"),
        (lambda run: _found().write("latex", "no/such/folder/t.tex"), "there is no folder"),
        (
            lambda run: evalkit.check("hw7/3bi", cast("Any", "hw7/8b")),
            r"project='hw7/8b': expected is an evalkit.Project",
        ),
    ],
)
def test_errors_say_what_to_write_in_python(run: evalkit.Run, ask: Callable[[Any], object], told: str) -> None:
    with pytest.raises((evalkit.SpecError, evalkit.StoreError), match=told):
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
    "merge": lambda run, x: evalkit.merge(x, "new.sqlite"),
    "merge into": lambda run, x: evalkit.merge(
        ["runs/hw7.sqlite"], _some("problems" if isinstance(x, str) and x else x, 3)
    ),
    "log": lambda run, x: evalkit.import_log(x, "new.sqlite"),
    "log into": lambda run, x: evalkit.import_log("runs/hw7.toml", _some(x, 3)),
    "so_far": lambda run, x: run.so_far(_some(x, "approach.level")),
    "report": lambda run, x: run.report("new.html", baseline=_some(x, 3)),
    "bundle": lambda run, x: run.bundle(3 if x is None or isinstance(x, str) else x),
    "agreement": lambda run, x: run.agreement(_some(x, "number.correct")),
    "differing": lambda run, x: run.differing("repeat_hint", "plain", x),
    "keep_reading": lambda run, x: run.reply("hw7/3bi").keep_reading(_some(x, 3), by="A. Reader"),
    "label_queue": lambda run, x: run.label_queue(seed=_some(x, "a")),
    "next": lambda run, x: run.label_queue().next(x if not isinstance(x, str) else 3),
    "at": lambda run, x: run.label_queue().at(x, "ada"),
    "keep": lambda run, x: run.label_queue().keep((1, 1), "ada", x),
    "view": lambda run, x: evalkit.view(x).stop(),
    "port": lambda run, x: evalkit.view("runs", port=_some(x, "a")).stop(),
    "ask_judge": lambda run, x: evalkit.ask_judge(x),
    "write": lambda run, x: _found().write(x),
    "figure": lambda run, x: _found().figure(x),
    "failures": lambda run, x: _found().failures(x),
    "new_set": lambda run, x: evalkit.new_set("new", x),
}


@pytest.mark.filterwarnings("ignore:.*trials so far")
@pytest.mark.parametrize("name", TAKES)
def test_what_is_of_the_wrong_kind_is_told_in_a_sentence(run: evalkit.Run, name: str) -> None:
    for wrong in WRONG:
        with pytest.raises(evalkit.EvalkitError) as told:
            TAKES[name](run, wrong)
        assert len(str(told.value)) > 10, wrong
