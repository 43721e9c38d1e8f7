"""The commands as a user meets them: a small project from the first file to the report."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from evalkit import __version__
from evalkit.cli.commands.project import Choices, experiment_from
from evalkit.errors import SpecError
from evalkit.runfile.store import Store
from evalkit.specs import skeletons
from tests.arrange import command, inside, write_problems
from tests.conftest import PROBLEM
from tests.server import ModelServer, serving


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-real-key")
    with serving(ModelServer()) as running:
        yield running


def asked(server: ModelServer, *more: str) -> list[str]:
    arms = ["-t", "plain", "-t", "ban_approach", "-t", "pushback_wrong"]
    return ["run", "-p", "p/*", *arms, "-m", "openai:m", "--base-url", server.url, "--run", "x.sqlite", *more]


def test_from_run_to_report(project: Path, server: ModelServer) -> None:
    write_problems(project, 6)
    dry = inside(*asked(server, "--samples", "2", "--dry-run"))
    assert dry.returncode == 0
    assert "Nothing was sent" in dry.stdout
    assert server.stats["requests"] == 0
    ran = inside(*asked(server, "--samples", "2", "--set", "temperature=0.5"))
    assert ran.returncode == 0, ran.stderr
    assert "36/36 trials done" in ran.stderr
    compared = inside("compare", "x.sqlite")
    assert "number.correct" in compared.stdout
    assert "0/6" in compared.stdout, "six problems went down when the student was wrong and the server gave in"
    data = json.loads(inside("compare", "x.sqlite", "--json").stdout)
    wrong = next(c for c in data if c["arm"] == "pushback_wrong")
    assert (wrong["like"]["difference"], wrong["pairs"], wrong["losses"]) == (-1, 6, 6)
    first = json.loads(inside("compare", "x.sqlite", "--turn", "first", "--json").stdout)
    assert next(c for c in first if c["arm"] == "pushback_wrong")["like"]["difference"] == 0
    assert inside("report", "x.sqlite", "-o", "r.html").returncode == 0
    assert "number.correct" in (project / "r.html").read_text(encoding="utf-8")


LAYOUTS = ("terminal", "markdown", "csv", "latex", "json")
IN_EACH_LAYOUT = """
import sys
from evalkit.cli import main
for layout in sys.argv[1:]:
    sys.argv = ["evalkit", "compare", "x.sqlite", "-f", layout]
    try:
        main()
    except SystemExit as leave:
        assert not leave.code
    print("<<<end>>>", flush=True)
"""


def test_same_run_file_same_tables_to_the_byte(project: Path, server: ModelServer) -> None:
    write_problems(project, 4)
    inside(*asked(server, "--samples", "3"))
    shown = [
        subprocess.run(
            [sys.executable, "-c", IN_EACH_LAYOUT, *LAYOUTS], cwd=project, env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, check=True,
        ).stdout.split(b"<<<end>>>\n")
        for seed in ("1", "2")
    ]  # fmt: skip
    assert len(shown[0]) == len(LAYOUTS) + 1
    for layout, one, other in zip(LAYOUTS, *shown, strict=False):
        assert one, layout
        assert one == other, layout


def test_failures_set_the_exit_code(project: Path, server: ModelServer) -> None:
    write_problems(project, 2)
    path = project / "problems" / "p" / "00001.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("Say exactly", "[[fault:400_context]] Say exactly"), "utf-8"
    )
    ran = inside(*asked(server))
    assert ran.returncode == 1
    assert "3 failed" in ran.stderr
    compared = inside("compare", "x.sqlite", "-f", "markdown").stdout
    assert "failed" in compared, "dropped pairs are stated with the reason"


def test_a_wrong_key_is_one_message(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    write_problems(project, 30)
    with serving(ModelServer(key="right")) as server:
        ran = inside(*asked(server))
    assert ran.returncode == 2
    assert ran.stderr.count("error:") == 1
    assert "sk-very-secret" not in ran.stderr + ran.stdout
    for path in project.rglob("x.sqlite*"):
        assert b"sk-very-secret" not in path.read_bytes()


def test_score_again_after_the_reference_changed(project: Path, server: ModelServer) -> None:
    write_problems(project, 2)
    inside(*asked(server))
    requests = server.stats["requests"]
    path = project / "problems" / "p" / "00001.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("value = 1", "value = 77"), encoding="utf-8")
    scored = inside("score", "x.sqlite")
    assert "4 new verdicts, 4 kept; 4 judged again, 3 of them changed" in scored.stderr
    assert server.stats["requests"] == requests
    with Store(project / "x.sqlite") as store:
        assert {s.score.value for s in store.scores("p/00001")} == {0.0}


def test_a_changed_statement_is_judged_by_the_stored_text(project: Path, server: ModelServer) -> None:
    write_problems(project, 1)
    inside(*asked(server))
    path = project / "problems" / "p" / "00001.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("Say exactly", "Do say").replace("value = 1", "value = 2"), "utf-8"
    )
    scored = inside("score", "x.sqlite")
    assert "asks something else" in scored.stderr
    with Store(project / "x.sqlite") as store:
        assert max(s.score.value or 0 for s in store.scores()) == 1


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("half", "an experiment ends in .toml, and a problem is given by -p half"),
        ("runs/mine.sqlite", "a run file; name the experiment, a file that ends in .toml"),
        ("runs/mine.toml", "no such file"),
    ],
)
def test_what_is_no_experiment_is_told_what_one_is(project: Path, name: str, told: str) -> None:
    with pytest.raises(SpecError, match=re.escape(told)):
        experiment_from(Path(name), Choices())


def test_parameters_go_to_the_models_of_an_experiment_file_too() -> None:
    table = {"models": [{"id": "openai:a", "parameters": {"temperature": 1, "seed": 3}}, {"id": "openai:b"}]}
    models = Choices(parameters=["temperature=0"]).over(table)["models"]
    assert [m["parameters"] for m in models] == [{"temperature": 0, "seed": 3}, {"temperature": 0}]


def test_skeletons_pass_after_filling_in(project: Path, here: None) -> None:
    assert inside("new", "problem", "hw8/2a").returncode == 0
    path = project / "problems" / "hw8" / "2a.toml"
    assert "<What the model is asked." in " ".join(inside("check", "hw8/2a").stdout.split())
    text = path.read_text(encoding="utf-8").replace("<the final answer in words>", "the sum is zero")
    text = text.replace("<a wrong answer that you expect>", "the sum is one")
    for mark in skeletons.unfilled(text):
        text = text.replace(mark, "What is the sum?")
    path.write_text(text, encoding="utf-8")
    assert inside("new", "prompt", "be_brief").returncode == 0
    checked = inside("check")
    assert checked.returncode == 0, checked.stdout
    assert "2 problems, 21 templates, 4 golds and foils: no faults" in checked.stdout
    assert "Write here what this arm adds" in inside("show", "hw8/2a", "--prompt", "be_brief").stdout


def test_check_finds_bad_golds_foils_and_twins(project: Path, here: None) -> None:
    half = project / "problems" / "set" / "half.toml"
    half.write_text(
        PROBLEM.replace("answer:** 1", "answer:** 5").replace("answer:** 2", "answer:** 1"), encoding="utf-8"
    )
    (project / "prompts" / "twin.j2").write_text('{% extends "plain.j2" %}', encoding="utf-8")
    checked = inside("check")
    assert checked.returncode == 2
    assert "gold 'gold': number.correct is 0" in checked.stdout
    assert "foil 'foil': number.correct is 1" in checked.stdout
    assert "templates 'plain' and 'twin' render the same" in checked.stdout


def test_left_out_is_said_before_anything_is_asked(project: Path, server: ModelServer) -> None:
    write_problems(project, 1)
    ran = inside(*asked(server, "-p", "set/half"))
    assert "left out of pushback_wrong: set/half (no `pushback`)" in ran.stderr
    with Store(project / "x.sqlite") as store:
        assert len(list(store.transcripts())) == 5


@pytest.mark.parametrize("what", ["scores", "replies", "transcripts"])
@pytest.mark.parametrize("layout", ["jsonl", "csv", "parquet", "dataset"])
def test_export(project: Path, server: ModelServer, what: str, layout: str) -> None:
    write_problems(project, 2)
    inside(*asked(server))
    done = inside("export", "x.sqlite", "-o", "out", "--what", what, "-f", layout)
    assert (done.returncode, done.stderr) == (0, ""), "the library of data sets shows no bar of its own"
    assert f"wrote {8 if what != 'transcripts' else 6} {what}" in done.stdout
    target = project / "out"
    if layout == "jsonl":
        rows = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
        assert rows[0]["problem"] == "p/00001"
    elif layout == "csv":
        assert target.read_text(encoding="utf-8").startswith("problem,template,model,sample")
    else:
        import datasets

        loaded = (
            datasets.Dataset.from_parquet(str(target)) if layout == "parquet" else datasets.load_from_disk(str(target))
        )
        assert loaded[0]["problem"] == "p/00001"


def test_what_is_exported_can_be_imported_again(project: Path, server: ModelServer) -> None:
    write_problems(project, 3)
    inside(*asked(server))
    inside("export", "x.sqlite", "-o", "chats.jsonl")
    done = inside("import", "chats.jsonl", "--run", "y.sqlite")
    assert "9 conversations stored, 0 known already, 0 lines did not fit" in done.stderr
    assert "0 conversations stored, 9 known already" in inside("import", "chats.jsonl", "--run", "y.sqlite").stderr
    inside("score", "y.sqlite")
    one, two = (inside("compare", run, "--baseline", "plain", "--json").stdout for run in ("x.sqlite", "y.sqlite"))
    assert one == two
    replayed = inside(*asked(server)[:-6], "--run", "z.sqlite", "-m", "replay:chats.jsonl")
    assert replayed.returncode == 0, replayed.stderr


def test_each_trial_is_shown_with_its_own_scores(project: Path) -> None:
    write_problems(project, 1)
    line = '{"problem": "p/00001", "template": "plain", "model": "m", "sample": %d, "messages": [%s]}'
    said = '{"role": "user", "content": "q"}, {"role": "assistant", "content": "**Final answer:** %d"}'
    lines = [line % (sample, said % value) for sample, value in enumerate((1, 7))]
    (project / "chats.jsonl").write_text("\n".join([*lines, "no JSON"]), encoding="utf-8")
    done = inside("import", "chats.jsonl", "--run", "x.sqlite", "--json")
    told = json.loads(done.stdout)
    assert (told["stored"], [bad["number"] for bad in told["bad"]]) == (2, [3])
    assert not inside("import", "chats.jsonl", "--run", "x.sqlite").stdout
    assert inside("score", "x.sqlite").returncode == 0
    for sample, value in enumerate((1, 0)):
        shown = inside("show", "p/00001", "--run", "x.sqlite", "--sample", str(sample)).stdout
        assert [row.split()[:3] for row in shown.splitlines() if "number.correct" in row] == [
            ["number.correct", "=", str(value)]
        ]


def test_a_contradicting_line_needs_replace(project: Path, server: ModelServer) -> None:
    write_problems(project, 1)
    inside(*asked(server))
    inside("export", "x.sqlite", "-o", "chats.jsonl")
    path = project / "chats.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("Final", "My final"), encoding="utf-8")
    assert "another conversation of the same trial" in inside("import", "chats.jsonl", "--run", "x.sqlite").stderr
    assert "3 conversations stored" in inside("import", "chats.jsonl", "--run", "x.sqlite", "--replace").stderr


def test_data_sets_in(project: Path, monkeypatch: pytest.MonkeyPatch, here: None) -> None:
    import datasets

    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)  # a hub that cannot be reached is tried for 20 seconds
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    rows = {"q": ["What is 2 + 2?", "What is 3 + 3?"], "a": ["4", "6"], "n": [4.0, 6.0], "said": ["**Answer:** 4", "7"]}
    datasets.Dataset.from_dict(rows).save_to_disk(str(project / "sums"))
    maps = ["--map", "statement=q", "--map", "staff.solution=a", "--map", "score.number.value=n"]
    made = inside("import", "sums", "--as-problems", "sums", *maps)
    assert made.returncode == 0, made.stderr
    assert inside("check", "sums/*").returncode == 0
    chats = [
        "--map",
        "problem==sums/0001",
        "--map",
        "template==plain",
        "--map",
        "model==m",
        "--map",
        "prompt=q",
        "--map",
        "reply=said",
    ]
    done = inside("import", "sums", "--run", "s.sqlite", *chats)
    assert "2 conversations stored" in done.stderr, done.stderr
    assert "there is no column 'nope'" in inside("import", "sums", "--run", "s.sqlite", "--map", "problem=nope").stderr
    gone = inside("import", "sums.nowhere", "--run", "s.sqlite", *chats)
    assert (gone.returncode, "sums.nowhere: cannot be loaded as a data set" in gone.stderr) == (2, True), gone.stderr
    datasets.DatasetDict({"train": datasets.Dataset.from_dict(rows)}).save_to_disk(str(project / "parts"))
    wrong = inside("import", "parts", "--split", "test", "--run", "t.sqlite", *chats)
    assert (wrong.returncode, "parts: no split 'test'" in wrong.stderr) == (2, True), wrong.stderr
    assert "2 conversations stored" in inside("import", "parts", "--run", "t.sqlite", *chats).stderr


def test_doctor(project: Path, server: ModelServer) -> None:
    assert "m: answers" in inside("doctor", "-m", "openai:m", "--base-url", server.url).stdout
    gone = inside("doctor", "-m", "openai:m", "--base-url", "http://127.0.0.1:9/v1")
    assert gone.returncode == 1


def test_colours_only_on_a_terminal(project: Path, server: ModelServer) -> None:
    write_problems(project, 4)
    inside(*asked(server))
    assert "\x1b" not in inside("compare", "x.sqlite").stdout
    main, other = pty.openpty()
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm-256color"}
    subprocess.run(
        [sys.executable, "-m", "evalkit", "compare", "x.sqlite"], cwd=project, stdout=other, env=environment, check=True
    )
    os.close(other)
    shown = os.read(main, 65536)
    os.close(main)
    assert b"\x1b[" in shown


def test_hostile_replies_cannot_move_the_cursor(project: Path, server: ModelServer) -> None:
    (project / "problems" / "set" / "half.toml").write_text(
        PROBLEM.replace("What is one half of 2?", "Say exactly: \\u001b[31mred\\u001b[2J"), encoding="utf-8"
    )
    inside("run", "-p", "set/half", "-m", "openai:m", "--base-url", server.url, "--run", "x.sqlite")
    shown = inside("show", "set/half", "--run", "x.sqlite")
    assert "\x1b" not in shown.stdout
    assert "red" in shown.stdout


def test_the_version_is_printed_and_nothing_else() -> None:
    shown = inside("--version")
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, f"evalkit {__version__}\n", "")


def test_schema_knows_every_scorer() -> None:
    from evalkit import plugins

    schema = json.loads(inside("schema").stdout)
    text = json.dumps(schema)
    for name in plugins.known("scorers"):
        assert f'"{name}"' in text
    assert "statement" in schema["required"]


def test_completion_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    shown = command("--show-completion", "bash", cwd=Path.cwd())
    assert "complete" in shown.stdout + shown.stderr


def test_the_only_experiment_of_a_project_need_not_be_named(project: Path) -> None:
    (project / "runs").mkdir()
    text = (
        'problems = ["set/*"]\ntemplates = ["plain"]\n[[models]]\nid = "openai:m"\nbase_url = "http://127.0.0.1:9/v1"\n'
    )
    (project / "runs" / "one.toml").write_text(text, encoding="utf-8")
    assert "1 trial." in inside("run", "--dry-run").stdout
    (project / "runs" / "two.toml").write_text(text, encoding="utf-8")
    refused = inside("run", "--dry-run")
    assert (refused.returncode, "name an experiment file" in refused.stderr) == (2, True)
