"""Broken problem, template, experiment and transcript files: one clear error each, exit code 2, nothing sent."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.arrange import command, inside
from tests.conftest import PROBLEM
from tests.server import ModelServer, serving

GOOD_EXPERIMENT = 'problems = ["set/*"]\ntemplates = ["plain"]\n[[models]]\nid = "openai:m"\nbase_url = "{url}"\n'

# (id, file, its text or bytes, what the error must say)
PROBLEMS: list[tuple[str, str, str | bytes, str]] = [
    ("bad toml", "half.toml", "title = 'x", "not valid TOML"),
    ("empty", "half.toml", "", "the file is empty"),
    ("only comments", "half.toml", "# nothing\n", "the file is empty"),
    ("a key with signs", "half.toml", "\\lambda = 3\n", "stands in single quotes: '\\lambda'"),
    ("bad utf-8", "half.toml", b"title = '\xff'", "not UTF-8"),
    ("missing statement", "half.toml", PROBLEM.replace("statement", "# statement"), "statement: missing"),
    ("missing staff", "half.toml", PROBLEM.replace("[staff]\nsolution", "# "), "staff: missing"),
    ("wrong type", "half.toml", PROBLEM.replace('title = "Half"', "title = 3"), "(found 3)"),
    ("hints as text", "half.toml", PROBLEM.replace("[[hints]]\nlevel", "hints = 3\nx"), "hints"),
    ("unknown key", "half.toml", "statment = 'x'\n" + PROBLEM, "did you mean 'statement'"),
    (
        "a key below a table",
        "half.toml",
        PROBLEM + "\nban = 'x'\n",
        "'ban' belongs at the top of the file, above the first table",
    ),
    ("unknown key inside", "half.toml", PROBLEM.replace("level =", "lvl ="), "[hints[1]]; did you mean 'level'"),
    ("bad level", "half.toml", PROBLEM.replace('"method"', '"methods"'), "hints[1].level"),
    (
        "duplicate levels",
        "half.toml",
        PROBLEM.replace("[staff]", '[[hints]]\nlevel = "method"\ntext = "x"\n[staff]'),
        "twice",
    ),
    ("unknown scorer", "half.toml", PROBLEM.replace("score.number", "score.numbr"), "unknown scorer 'numbr'"),
    (
        "unknown key of a step",
        "half.toml",
        PROBLEM + '[[milestones]]\nid = "a"\ntitel = "b"\n',
        "[milestones[1]]; did you mean 'title'",
    ),
    ("unknown field", "half.toml", PROBLEM.replace("value = 1", "valu = 1"), "did you mean 'value'"),
    ("wrong field type", "half.toml", PROBLEM.replace("value = 1", 'value = "one"'), "score.number.value"),
    ("infinite value", "half.toml", PROBLEM.replace("value = 1", "value = inf"), "score.number.value"),
    (
        "unknown metric",
        "half.toml",
        PROBLEM.replace("number.correct", "number.corect"),
        "did you mean 'number.correct'",
    ),
    ("foil says nothing", "half.toml", PROBLEM.replace("misses", "# "), "a foil needs `misses`"),
    ("empty statement", "half.toml", PROBLEM.replace("What is one half of 2?", " "), "the text is empty"),
    ("an id", "half.toml", "id = 'x'\n" + PROBLEM, "unknown key 'id'"),
    ("duplicate keys", "half.toml", "title = 'a'\n" + PROBLEM, "not valid TOML"),
    ("name with a space", "two words.toml", PROBLEM, "set/two words"),
]
TEMPLATES: list[tuple[str, str, str | bytes, str]] = [
    ("jinja error", "plain.j2", "{% call user() %}{{ statement }", "plain.j2"),
    ("unknown tag", "plain.j2", "{% cal user() %}{% endcal %}", "cal"),
    ("unknown variable", "plain.j2", "{% call user() %}{{ statemnt }}{% endcall %}", "did you mean 'statement'"),
    ("path trick", "plain.j2", '{% extends "../../../etc/passwd" %}', "no template"),
    ("bad utf-8", "plain.j2", b"\xff", "UTF-8"),
    ("no turn", "plain.j2", "{# nothing #}", "no user turn"),
    ("stray text", "plain.j2", "hello {% call user() %}x{% endcall %}", "text outside a turn"),
    (
        "endless",
        "plain.j2",
        "{% for i in range(9999) %}{% call user() %}x{% endcall %}{% endfor %}",
        "does its loop end",
    ),
    ("needs what is missing", "plain.j2", "{% call user() %}{{ passage }}{% endcall %}", "nothing is left to run"),
]
EXPERIMENTS: list[tuple[str, str | bytes, str]] = [
    ("bad toml", "problems = [", "not valid TOML"),
    ("empty", "", "the file is empty"),
    ("bad utf-8", b"\xfe", "not UTF-8"),
    ("no models", 'problems = ["set/*"]\ntemplates = ["plain"]\n', "models: missing"),
    ("unknown key", GOOD_EXPERIMENT.replace("templates", "template"), "did you mean 'templates'"),
    ("unknown template", GOOD_EXPERIMENT.replace("plain", "plan"), "is none of the templates"),
    ("unknown problem", GOOD_EXPERIMENT.replace("set/*", "sett/*"), "no problem matches 'sett/*'"),
    ("path trick", GOOD_EXPERIMENT.replace("set/*", "../../etc/*"), "no problem matches"),
    ("unknown provider", GOOD_EXPERIMENT.replace("openai:", "opnai:"), "unknown provider 'opnai'; did you mean 'openai'"),
    ("no provider", GOOD_EXPERIMENT.replace("openai:m", "gpt"), "models[1].id"),
    ("negative samples", "samples = 0\n" + GOOD_EXPERIMENT, "samples"),
    ("baseline not there", 'baseline = "x"\n' + GOOD_EXPERIMENT, "baseline 'x'"),
    ("twice the same model", GOOD_EXPERIMENT + '[[models]]\nid = "openai:m"\n', "two models are called 'm'"),
    ("bad url", GOOD_EXPERIMENT.replace("{url}", "ftp://x"), "http"),
    ("unknown scorer", 'scorers = ["numbr"]\n' + GOOD_EXPERIMENT, "unknown scorer 'numbr'"),
    ("bad limit", GOOD_EXPERIMENT + "[models.limits]\nin_flight = 0\n", "models[1].limits.in_flight"),
    ("no delta", "delta = { 'number.correct' = 0 }\n" + GOOD_EXPERIMENT, "delta: each value must be above 0"),
    ("no metric", 'primary = "answer"\n' + GOOD_EXPERIMENT, "scorer.metric, such as number.correct"),
    ("unknown contrast", 'contrasts = [["a", "plain"]]\n' + GOOD_EXPERIMENT, "contrasts name 'a'"),
]  # fmt: skip
LINE = '{"problem": "set/half", "template": "plain", "model": "m", "sample": 0, "messages": [%s]}'
ANSWERED = '{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}'
TRANSCRIPTS: list[tuple[str, bytes, str]] = [
    ("not json", b"{", "line 1: not valid JSON"),
    ("bad utf-8", b"\xff\xfe{}", "line 1"),
    ("no object", b"[1]", "line 1"),
    ("missing key", b'{"problem": "set/half"}', "template: missing"),
    ("no answer", (LINE % '{"role": "user", "content": "q"}').encode(), "no assistant message"),
    ("bad role", (LINE % '{"role": "robot", "content": "q"}').encode(), "messages[1].role"),
    ("unknown key", (LINE % ANSWERED).replace('"sample"', '"smple"').encode(), "did you mean 'sample'"),
    ("unknown problem", (LINE % ANSWERED).replace("set/half", "set/hal").encode(), "did you mean 'set/half'"),
    ("path trick", (LINE % ANSWERED).replace("set/half", "../../etc/passwd").encode(), "unknown problem"),
    ("same trial twice", (LINE % ANSWERED + "\n" + LINE % ANSWERED).encode(), "line 2: the same trial"),
    ("label for no turn", (LINE % ANSWERED)[:-1].encode() + b', "labels": {"7": {"a.b": 1}}}', "turns 1 to 1"),
    ("deep nesting", b"[" * 100_000, "line 1"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with serving(ModelServer()) as running:
        yield running


def refused(result: object, says: str, server: ModelServer) -> None:
    stderr, code = getattr(result, "stderr", ""), getattr(result, "returncode", None)
    assert says in stderr, stderr
    assert code == 2
    assert "Traceback" not in stderr
    assert stderr.startswith("error: ")
    assert server.stats["requests"] == 0


def run_experiment(project: Path, server: ModelServer, text: str | bytes | None = None) -> object:
    content = GOOD_EXPERIMENT if text is None else text
    data = content if isinstance(content, bytes) else content.replace("{url}", server.url).encode()
    (project / "e.toml").write_bytes(data)
    return inside("run", "e.toml")


@pytest.mark.parametrize(("name", "text", "says"), [c[1:] for c in PROBLEMS], ids=[c[0] for c in PROBLEMS])
def test_broken_problems(project: Path, server: ModelServer, name: str, text: str | bytes, says: str) -> None:
    (project / "problems" / "set" / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    refused(run_experiment(project, server), says, server)


@pytest.mark.parametrize(("name", "text", "says"), [c[1:] for c in TEMPLATES], ids=[c[0] for c in TEMPLATES])
def test_broken_templates(project: Path, server: ModelServer, name: str, text: str | bytes, says: str) -> None:
    (project / "prompts" / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    refused(run_experiment(project, server), says, server)


@pytest.mark.parametrize(("text", "says"), [c[1:] for c in EXPERIMENTS], ids=[c[0] for c in EXPERIMENTS])
def test_broken_experiments(project: Path, server: ModelServer, text: str | bytes, says: str) -> None:
    refused(run_experiment(project, server, text), says, server)


@pytest.mark.parametrize(("data", "says"), [c[1:] for c in TRANSCRIPTS], ids=[c[0] for c in TRANSCRIPTS])
def test_broken_transcripts(project: Path, data: bytes, says: str) -> None:
    """The line is named with its number and reason, the good ones go in: exit code 1, not 2."""
    good = LINE.replace('"sample": 0', '"sample": 5') % ANSWERED
    (project / "chats.jsonl").write_bytes(data + b"\n" + good.encode() + b"\n")
    result = inside("import", "chats.jsonl", "--run", "x.sqlite")
    assert says in result.stderr, result.stderr
    assert "Traceback" not in result.stderr
    assert result.returncode == 1
    stored = "2 conversations" if "twice" in says or "same trial" in says else "1 conversation"
    assert f"{stored} stored" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "nowhere.toml"], "no such file"),
        (["run", "nofolder/x.toml"], "no such file; there is no folder nofolder"),
        (["run", "x.sqlite"], "a run file; name the experiment, a file that ends in .toml"),
        (["run", "set/half"], "a problem is given by -p set/half"),
        (["run", "-p", "set/*", "-m", "replay:nowhere.jsonl", "--dry-run"], "no such file of recorded replies; there is empty.jsonl"),
        (["run", "-p", "set/*", "-m", "replay:nowhere.jsonl"], "no such file of recorded replies"),
        (["compare", "e.toml"], "the run file of an experiment ends in .sqlite: e.sqlite"),
        (["import", "nowhere.csv", "--run", "x.sqlite", "--map", "problem=a"], "nowhere.csv: no such file; there is e.csv"),
        (["run", "problems"], "is a folder"),
        (["run"], "name an experiment file"),
        (["run", "-p", "set/*", "-m", "openai:m", "--set", "temperature"], "write it as name=value"),
        (["run", "-p", "set/*", "-m", "openai:m", "--problems", "nowhere"], "no such folder"),
        (["compare", "nowhere.sqlite"], "no such run file"),
        (["run", "-p", "set/*", "-m", "gpt-4o-mini"], "write provider:model, such as openai:gpt-4o-mini"),
        (["import", "e.csv", "--run", "x.sqlite"], "a table needs --map field=column"),
        (["compare", "e.txt"], "not a run file"),
        (["report", "problems"], "no such run file"),
        (["compare", "n" * 300], "name too long"),
        (["score", "nowhere.sqlite"], "no such run file"),
        (["run", "-p", "set/*", "-m", "replay:empty.jsonl"], "holds no conversation"),
        (["show", "set/none"], "unknown problem 'set/none' in problems (known: set/half)"),
        (["show", "set/half", "--prompt", "non"], "unknown template 'non'"),
        (["run", "-p", "set/*", "-t", "plain,placebo", "-m", "openai:m"], "write -t plain -t placebo"),
        (["show", "../../etc/passwd"], "unknown problem"),
        (["new", "problem", "../x"], "is no problem id"),
        (["new", "problem", "set/half"], "exists already"),
        (["new", "prompt", "plain"], "exists already"),
        (["import", "problems", "--run", "x.sqlite"], "is a folder"),
        (["import", "nowhere.jsonl", "--run", "x.sqlite"], "no such file; there is empty.jsonl"),
        (["export", "nowhere.sqlite", "-o", "x"], "no such run file"),
        (["check", "nothing/*"], "no problem matches"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else None,
)  # fmt: skip
def test_wrong_use(project: Path, server: ModelServer, arguments: list[str], says: str) -> None:
    (project / "empty.jsonl").write_text("")
    (project / "e.csv").write_text("a,b\n1,2\n")
    (project / "e.toml").write_text("not a database, and long enough to be looked at " * 30)
    (project / "e.txt").write_text("not a database, and long enough to be looked at " * 30)
    refused(inside(*arguments), says, server)


def test_nothing_that_fits_is_an_error(project: Path) -> None:
    (project / "chats.jsonl").write_text("no JSON\n")
    result = inside("import", "chats.jsonl", "--run", "x.sqlite")
    assert (result.returncode, "Traceback" in result.stderr) == (2, False)
    assert "line 1: not valid JSON" in result.stderr
    assert "nothing was imported" in result.stderr
    assert not list(project.glob("x.sqlite*"))


@pytest.mark.parametrize("command", [["score"], ["export", "-o", "o.jsonl"]], ids=["score", "export"])
def test_damaged_run_file(project: Path, command: list[str]) -> None:
    (project / "chats.jsonl").write_text(LINE % ANSWERED)
    assert inside("import", "chats.jsonl", "--run", "x.sqlite").returncode == 0
    with closing(sqlite3.connect("x.sqlite")) as db:
        db.execute("UPDATE transcripts SET turns = '{'")
        db.commit()
    result = inside(command[0], "x.sqlite", *command[1:])
    assert result.returncode == 2
    assert "damaged" in result.stderr


def test_all_errors_of_a_file_at_once(project: Path, server: ModelServer) -> None:
    broken = PROBLEM.replace("title", "titel").replace("value = 1", "valu = 1").replace('"method"', '"m"')
    (project / "problems" / "set" / "half.toml").write_text(broken)
    result = run_experiment(project, server)
    refused(result, "titel", server)
    for part in ("title: missing", "'valu'", "hints[1].level"):
        assert part in getattr(result, "stderr", "")


def test_in_a_process_of_its_own(project: Path, server: ModelServer) -> None:
    (project / "problems" / "set" / "half.toml").write_text("title = 'x", encoding="utf-8")
    (project / "e.toml").write_text(GOOD_EXPERIMENT.replace("{url}", server.url))
    refused(command("run", "e.toml", cwd=project), "not valid TOML", server)
