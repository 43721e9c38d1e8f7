"""`import evalkit`: what the public names return, that nothing is printed, and errors of the four classes."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import evalkit
from evalkit.comparing.labellers import Between, Checked, Differs
from evalkit.interface.agreement import Agreements
from evalkit.interface.checking import Checks
from evalkit.showing import figures
from evalkit.showing.tables.form import Table
from evalkit.types import ModelSpec, Trial
from tests.arrange import inside

pytestmark = pytest.mark.usefixtures("here")


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
    with pytest.raises(evalkit.SpecError, match=r"kind='pie' \(known: flips, forest"):
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


def test_a_table_replaces_itself_when_it_is_told_to(run: evalkit.Run, tmp_path: Path) -> None:
    found = run.compare(metrics=["approach.level"])
    found.write("latex", tmp_path / "t.tex")
    with pytest.raises(evalkit.SpecError, match=r"exists.*force=True"):
        found.write("csv", tmp_path / "t.tex")
    found.write("csv", tmp_path / "t.tex", force=True)
    assert "these_difference" in (tmp_path / "t.tex").read_text(encoding="utf-8")
    with pytest.raises(evalkit.SpecError, match="stays that"):
        found.write("csv", run.paths[0], force=True)


def test_a_figure_is_saved_whole(run: evalkit.Run, tmp_path: Path) -> None:
    figure = run.compare(metrics=["approach.level"]).figure("forest")
    heights = []
    for box in ("tight", figure.bbox_inches):
        options: dict[str, Any] = {} if box == "tight" else {"bbox_inches": box}
        figure.savefig(tmp_path / "x.svg", **options)
        found = re.search(r'height="([0-9.]+)pt"', (tmp_path / "x.svg").read_text(encoding="utf-8"))
        assert found is not None
        heights.append(float(found[1]))
    assert heights[0] > heights[1], "the legend stands below the axes"


def test_an_arm_of_one_model_is_no_effect_over_all_models(run: evalkit.Run, project: Path, made: None) -> None:
    evalkit.provider("echo")(lambda request: f"**Final answer:** {request.sample}")
    both = {"problems": ["set/*"], "samples": 2}
    evalkit.run({**both, "templates": ["plain", "step_by_step", "placebo"], "models": [{"id": "echo:a"}]}, "a.sqlite")
    evalkit.run({**both, "templates": ["plain", "placebo"], "models": [{"id": "echo:b"}]}, "b.sqlite")
    table = evalkit.load_run("a.sqlite", "b.sqlite").compare(metrics=["number.correct"]).frame()
    arms = table[(table["kind"] == "contrast")].groupby("model")["arm"].unique()
    assert sorted(arms["a"]) == ["placebo", "step_by_step"]
    assert list(arms["all models"]) == ["placebo"]


def test_another_experiment_in_the_same_file_is_told(project: Path, made: None) -> None:
    evalkit.provider("echo")(lambda request: f"**Final answer:** {request.sample}")
    one = {"problems": ["set/*"], "templates": ["plain", "placebo"], "models": [{"id": "echo:a"}]}
    evalkit.run(one, "x.sqlite")
    with pytest.warns(UserWarning, match=r"also holds arms .*\(placebo\)"):
        evalkit.run({**one, "templates": ["plain"], "models": [{"id": "echo:b"}]}, "x.sqlite")


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


def test_report_counts_chats_and_export(run: evalkit.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "charts", lambda *told: [])  # tests/recorded.py draws all of them
    assert run.report(tmp_path / "x.html").read_text(encoding="utf-8").startswith("<!")
    assert run.counts().models[0].trials == 133
    assert "133" in str(run.counts())
    (chat,) = run.chats("hw7/8b", "ban_approach").chats
    assert {s.scorer for s in chat.of_turn(1)} >= {"approach", "equations"}
    assert "approach.level" in str(run.chats("hw7/8b"))
    assert run.chats("hw7/8b").tables()[0].columns == ("turn", "metric", "value", "reason")
    assert run.export(tmp_path / "s.csv", "scores", "csv") == len(pd.read_csv(tmp_path / "s.csv"))
    with pytest.raises(evalkit.SpecError, match="no human labels"):
        run.agreement()
    with pytest.raises(evalkit.SpecError, match=r"no trial with sample '99' \(known: 0"):
        run.chats("hw7/8b", "plain", sample=99)


def test_what_is_shown_is_escaped() -> None:
    table = Table("<b>", ("a",), (("<script>alert(1)</script>\x1b[31m",),), "<i>")
    from evalkit.interface.shown import html, text_of

    page = html(table)
    assert "<script" not in page
    assert "<b><b>" not in page
    assert "<i>" not in page
    assert "\x1b" not in page + text_of([table], ["\x1b]0;x"])
    plain = Table(":smile: [bold]", ("a :smile:",), ((":smile: [bold]",),), "[red] :smile:")
    assert text_of([plain], [":smile: [bold]"]).count(":smile:") == 5, "a text means itself"


# ------------------------------------------------------------ problems, equations, plans


def test_problems_templates_and_what_would_be_sent(project: Path) -> None:
    assert evalkit.load_problems("set/*")["set/half"].title == "Half"
    assert set(evalkit.load_problems("set/half")) == set(evalkit.load_problems(["set/half"])) == {"set/half"}
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


def test_plain_data_of_an_agreement_say_what_each_row_is() -> None:
    trial = Trial("set/half", "plain", "m", 0)
    found = Agreements(
        (),
        (Between("number.correct", ("ada", "ben"), None, 2),),
        (Checked("plain", (1, 0), (0, 1), (0, 0), 0, 0),),
        (Differs(trial, 1, "number.correct", 1.0, 0.0, "2 is not 1"),),
        most=0,
    )
    assert [row["kind"] for row in found.data()] == ["labellers", "relations", "differing"]


def test_what_a_check_found_is_named_row_by_row() -> None:
    (table,) = Checks(1, 1, 0, ["a bad number"], ["a rare word"]).tables()
    assert table.rows == (("fault", "a bad number"), ("note", "a rare word"))


def test_what_users_write_is_fixed_once_it_was_checked() -> None:
    spec = ModelSpec(id="replay:x.jsonl")
    with pytest.raises(ValueError, match="frozen"):
        spec.base_url = "http://elsewhere.example"  # type: ignore[misc]
    with pytest.raises(ValueError, match="Extra inputs"):
        ModelSpec.model_validate({"id": "replay:x.jsonl", "url": "x"})
