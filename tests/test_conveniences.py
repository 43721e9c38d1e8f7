"""What spares a user time: arms side by side, a bundle for the appendix, completion, quiet runs, one's own defaults."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from evalkit.cli import console, options
from evalkit.cli.commands import compare
from evalkit.cli.commands.project import Choices
from evalkit.cli.defaults import filled
from evalkit.errors import SpecError
from evalkit.interface import defaults, hosts
from evalkit.interface.bundling import bundle
from evalkit.interface.project import Project
from tests.arrange import inside
from tests.test_report import fill


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    folder = hosts.file_of(defaults.FILE).parent
    folder.mkdir(parents=True)
    return folder


def test_arms_stand_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    done = inside("show", "hw7/8b", "--diff", "plain,ban_approach,placebo")
    assert done.returncode == 0, done.stderr
    first, _, later = done.stdout.partition("[assistant")
    assert [name in first for name in ("plain", "ban_approach", "placebo")] == [True] * 3
    assert "+ " in first, "what the ban adds is marked"
    assert "(nothing is sent)" in later, "plain has one turn"
    alike = inside("show", "hw7/8b", "--diff", "plain,repeat_hint").stdout
    assert alike.startswith("[user]\nall alike:"), "the first turn stands once"
    one = inside("show", "hw7/8b", "--diff", "plain")
    assert (one.returncode, "two templates or more" in one.stderr) == (2, True)


COMPLETED = [
    ("problems", options._problem_ids, "hw7/8a", ["hw7/8ai", "hw7/8aii", "hw7/8aiii"]),
    ("templates", options._template_names, "hint_", ["hint_after", "hint_first", "hint_ladder"]),
    ("lists", options._template_lists, "plain,pla", ["plain,placebo", "plain,plain"]),
    ("metrics", options._metrics, "approach.l", ["approach.level"]),
]


@pytest.mark.parametrize(("complete", "begun", "found"), [c[1:] for c in COMPLETED], ids=[c[0] for c in COMPLETED])
def test_completion_knows_what_comes_with_evalkit(
    complete: object, begun: str, found: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert callable(complete)
    assert complete(begun) == found


def test_ones_own_defaults_stand_in_for_options_and_change_no_experiment(home: Path) -> None:
    (home / defaults.FILE).write_text(
        'model = "openai:m"\nbase_url = "http://localhost:1/v1"\nmax_requests = 9\n[parameters]\ntemperature = 0.5\n'
    )
    own = filled(Choices(problems=["a/*"]), None)
    assert (own.models, own.base_urls, own.max_requests) == (["openai:m"], ["http://localhost:1/v1"], 9)
    assert own.over({})["models"][0]["parameters"] == {"temperature": 0.5}
    other = filled(Choices(models=["openai:other"], max_requests=3), None)
    assert (other.models, other.base_urls, other.max_requests) == (["openai:other"], None, 3), (
        "another model's server is its own"
    )
    assert filled(Choices(), Path("runs/x.toml")) == Choices()


WRONG = [
    ("key", "modell = 'x'", "did you mean 'model'"),
    ("value", "in_flight = 0", "in_flight"),
    ("toml", "model =", "not valid TOML"),
]


@pytest.mark.parametrize(("text", "said"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_a_wrong_file_of_defaults_is_one_error(home: Path, text: str, said: str) -> None:
    (home / defaults.FILE).write_text(text)
    with pytest.raises(SpecError, match=said):
        defaults.load()


def test_quiet_runs_say_what_was_found_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    line = '{"problem": "hw7/7b", "template": "plain", "model": "m", "sample": 0, "messages": %s}\n'
    sent = Project().problems.load("hw7/7b").statement.strip()
    messages = [{"role": "user", "content": sent}, {"role": "assistant", "content": "**Final answer:** 1"}]
    Path("r.jsonl").write_text(line % json.dumps(messages))
    done = inside("run", "-p", "hw7/7b", "-t", "plain", "-m", "replay:r.jsonl", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Plain means" in done.stdout
    assert "\x1b" not in done.stdout
    (made,) = Path("runs").glob("*.sqlite")
    assert inside("merge", "-o", "all.sqlite", str(made)).stderr.startswith("1 run files"), "a later command speaks"


def test_a_bundle_holds_what_the_figures_come_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = tmp_path / "x.sqlite"
    fill(run, {"plain": "$1 = 1$", "hint": "$2 = 2$"})
    target = bundle(run)
    with zipfile.ZipFile(target) as archive:
        names = set(archive.namelist())
        sums = dict(line.split("  ")[::-1] for line in archive.read("SHA256SUMS").decode().splitlines())
        assert {name: hashlib.sha256(archive.read(name)).hexdigest() for name in sums} == sums
    assert {"run.sqlite", "report.html", "tables.md", "methods.txt", "versions.txt", "transcripts.jsonl"} <= names
    before = target.read_bytes()
    assert bundle(run).read_bytes() == before, "the same run makes the same bytes"
    (tmp_path / "mine.zip").write_bytes(b"PK mine")
    with pytest.raises(SpecError, match="evalkit did not write it"):
        bundle(run, tmp_path / "mine.zip")
    fill(tmp_path / "y.sqlite", {"plain": "my key is sk-not-a-real-key"})
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-a-real-key")
    with pytest.raises(SpecError, match="the key in OPENAI_API_KEY stands in"):
        bundle(tmp_path / "y.sqlite")
    assert not (tmp_path / "y.zip").exists()


@pytest.mark.parametrize("width", [40, 200])
def test_a_command_to_copy_stays_on_one_line(width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    long = "evalkit compare runs/of-a-long-name/and-a-longer-one.sqlite --all"
    monkeypatch.setattr(console.out, "width", width)
    compare._say_more((long, "three more tables"), ("evalkit report x", "a page"))
    said = capsys.readouterr().out.splitlines()
    assert any(line.strip().startswith(long) for line in said)
    assert all(any(words in line for line in said) for words in ("three more tables", "evalkit report x", "a page"))
