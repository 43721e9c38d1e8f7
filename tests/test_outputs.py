"""No command overwrites the user's data: what exists is replaced only where evalkit wrote it, or with --force."""

from __future__ import annotations

import hashlib
import os
import re
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from evalkit.cli import app
from evalkit.errors import SpecError, StoreError
from evalkit.runfile import outputs
from evalkit.runfile.exchange import is_export
from evalkit.showing import figures
from evalkit.specs.skeletons import write_new
from tests.arrange import ROOT, inside


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small scored run file, its log merged into it."""
    folder = tmp_path_factory.mktemp("stored")
    lines = (ROOT / "runs" / "hw7-sample.jsonl").read_text("utf-8").splitlines()
    wanted = [line for line in lines if '"hw7/7b"' in line][:8]
    (folder / "chats.jsonl").write_text("\n".join(wanted), "utf-8")
    ok("import", str(folder / "chats.jsonl"), "--run", str(folder / "r.sqlite"))
    ok("score", str(folder / "r.sqlite"))
    return (folder / "r.sqlite").read_bytes()


@pytest.fixture
def run(tmp_path: Path, stored: bytes) -> Path:
    (tmp_path / "r.sqlite").write_bytes(stored)
    return tmp_path / "r.sqlite"


def told(*arguments: str) -> Any:
    where = ["--problems", str(ROOT / "problems")] if arguments[0] in ("import", "score") else []
    where += ["--prompts", str(ROOT / "prompts")] if arguments[0] == "import" else []
    return CliRunner().invoke(app, [*arguments, *where])


def ok(*arguments: str) -> None:
    done = told(*arguments)
    assert done.exit_code == 0, (done.output, done.exception)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


EXPORTS: list[list[str]] = [
    ["export"],
    ["export", "-f", "csv"],
    ["export", "--what", "scores", "-f", "csv"],
    ["report"],
]


@pytest.mark.parametrize("command", EXPORTS, ids=" ".join)
@pytest.mark.parametrize("force", [[], ["--force"]], ids=["", "force"])
def test_a_run_file_stays_one(run: Path, command: list[str], force: list[str]) -> None:
    before = digest(run)
    link = run.with_name("link.sqlite")
    link.symlink_to(run)
    other = run.with_name("other.sqlite")
    other.write_bytes(run.read_bytes())
    beside = [run.with_name(f"r.sqlite{end}") for end in outputs.COMPANIONS]
    for target, there in [(p, True) for p in (run, link, other, *beside)] + [(p, False) for p in beside]:
        existed = target.exists()
        if there:
            target.touch()
        done = told(command[0], str(run), *command[1:], "-o", str(target), *force)
        assert isinstance(done.exception, SpecError), (target, done.output)
        assert "is a run file or part of one" in str(done.exception)
        if not existed:
            target.unlink(missing_ok=True)
    assert digest(run) == digest(other) == before


def test_a_report_beside_a_run_file_of_its_name_is_refused(run: Path) -> None:
    page = run.rename(run.with_suffix(".html"))
    before = digest(page)
    assert isinstance(told("report", str(page)).exception, SpecError)
    assert digest(page) == before


@pytest.mark.parametrize("command", EXPORTS, ids=" ".join)
def test_what_evalkit_did_not_write_needs_force(run: Path, command: list[str]) -> None:
    target = run.with_name("notes.html" if command == ["report"] else "notes.jsonl")
    target.write_text("my notes\n", "utf-8")
    done = told(command[0], str(run), *command[1:], "-o", str(target))
    assert "evalkit did not write it" in str(done.exception)
    assert target.read_text("utf-8") == "my notes\n"
    ok(command[0], str(run), *command[1:], "-o", str(target), "--force")
    ok(command[0], str(run), *command[1:], "-o", str(target))  # now it is ours
    assert sorted(p.name for p in run.parent.glob("*.part")) == sorted(p.name for p in run.parent.glob(".*.part")) == []


FOLDERS: dict[str, tuple[dict[str, str], bool, bool]] = {
    "empty": ({}, True, True),
    "notes": ({"thesis.tex": "x"}, False, False),
    "a project": ({"runs/a.sqlite": "x", "problems/s/a.toml": "x"}, False, False),
    "a data set": ({"dataset_info.json": '{"a": 1}', "state.json": "{}", "data-0.arrow": "x"}, False, True),
    "our data set": (
        {"dataset_info.json": '{\n"problem" "template" "model" "sample"', "data-0.arrow": "x"},
        True,
        True,
    ),
    "our data set and notes": (
        {"dataset_info.json": '{\n"problem" "template" "model" "sample"', "notes.md": "x"},
        False,
        False,
    ),
    "arrow files alone": ({"data-0.arrow": "x"}, False, False),
}
"""What lies in a folder, and whether it may be replaced; with --force."""


@pytest.mark.parametrize(("files", "plain", "forced"), FOLDERS.values(), ids=FOLDERS.keys())
def test_a_folder_is_replaced_only_where_it_holds_a_data_set_alone(
    tmp_path: Path, files: dict[str, str], plain: bool, forced: bool
) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    for name, text in files.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(text, "utf-8")
    for force, allowed in ((False, plain), (True, forced)):
        try:
            outputs.check(target, is_export, force=force)
            assert allowed
        except SpecError:
            assert not allowed
    with outputs.written(target) as part:
        part.unlink()
        part.mkdir()
        (part / "new").touch()
    assert [p.name for p in target.iterdir()] == ["new"]
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_a_figure_of_the_user_stays(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    charts = figures.charts
    monkeypatch.setattr(figures, "charts", lambda *told: list(charts(*told))[:1])  # one of two dozen, in each format
    folder = run.with_name("figures")
    ok("report", str(run), "--figures", str(folder))
    ok("report", str(run), "--figures", str(folder))  # these are ours
    mine = next(folder.glob("*.png"))
    mine.write_bytes(b"\x89PNG mine")
    assert "evalkit did not write it" in str(told("report", str(run), "--figures", str(folder)).exception)
    assert mine.read_bytes() == b"\x89PNG mine"
    ok("report", str(run), "--figures", str(folder), "--force")


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (OSError(28, "No space left on device"), StoreError("t.txt: cannot be written: No space left on device")),
        (SpecError("line 7: no reply"), SpecError("line 7: no reply")),
    ],
    ids=["a-full-disk", "a-fault-of-what-is-written"],
)
def test_a_failure_half_way_leaves_what_was_there(tmp_path: Path, raised: Exception, told: Exception) -> None:
    target = tmp_path / "t.txt"
    target.write_text("old", "utf-8")

    def fail() -> None:
        with outputs.written(target) as part:
            part.write_text("new, but only h", "utf-8")
            raise raised

    with pytest.raises(type(told), match=re.escape(str(told))):
        fail()
    assert [p.name for p in tmp_path.iterdir()] == ["t.txt"]
    assert target.read_text("utf-8") == "old"


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    with outputs.written(tmp_path / "t") as part:
        part.touch()
    assert (tmp_path / "t").stat().st_mode == (tmp_path / "plain").stat().st_mode


HEADS = [
    (b'{"problem": "a/b", "template": "plain", "model": "m", "sample": 0, "messages": []}\n', True),
    (b"problem,template,model,sample,turn\r\n", True),
    (b"PAR1....problem..template..model..sample..", True),
    (b"PAR1....city..population..", False),
    (b'{\n  "features": {"problem": {}, "template": {}, "model": {}, "sample": {}}}', True),
    (b'{"name": "package", "version": 1}\n', False),
    (b"problem;template\n", False),
    (b"model,sample,problem,template\n", False),
    (b"# Notes\n", False),
]


@pytest.mark.parametrize(("head", "ours"), HEADS, ids=[str(h[:20]) for h, _ in HEADS])
def test_what_an_export_looks_like(head: bytes, ours: bool) -> None:
    assert is_export(head) is ours


FULL: list[list[str]] = [
    ["init", "p"],
    ["new", "problem", "a/b", "--problems", "p"],
    ["new", "prompt", "brief", "--prompts", "p"],
    ["import", "rows.jsonl", "--map", "statement=q", "--map", "staff.solution=q", "--as-problems", "s", "--problems", "p"],
    ["import", "chats.jsonl", "--run", "p/new.sqlite", "--problems", str(ROOT / "problems")],
    ["export", "r.sqlite", "-o", "p/x.jsonl"],
    ["export", "r.sqlite", "-o", "p/x.csv", "--what", "scores"],
    ["report", "r.sqlite", "-o", "p/x.html"],
    ["run", "-p", "hw7/7b", "-t", "plain", "-m", "replay:chats.jsonl", "--run", "p/r.sqlite", "--problems", str(ROOT / "problems")],
]  # fmt: skip


@pytest.mark.parametrize("arguments", FULL, ids=lambda a: " ".join(a[:3]))
def test_where_nothing_more_can_be_written_there_is_one_error_and_no_half_of_a_file(
    run: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file may grow, as on a full disk. Nothing is left but the lock of a run file, which is empty."""
    folder = run.parent
    if arguments[1] == "rows.jsonl":
        pytest.importorskip("datasets")
    (folder / "rows.jsonl").write_text('{"q": "Why?"}\n')
    lines = (ROOT / "runs" / "hw7-sample.jsonl").read_text("utf-8").splitlines()
    (folder / "chats.jsonl").write_text(next(line for line in lines if '"hw7/7b"' in line) + "\n")
    before = {path: digest(path) for path in folder.iterdir()}
    monkeypatch.chdir(folder)
    for name, value in {"EVALKIT_PROMPTS": str(ROOT / "prompts"), "HF_HOME": "/nowhere"}.items():
        monkeypatch.setenv(name, value)
    done = in_a_process(arguments, folder) if arguments[0] == "run" else limited(arguments)
    told = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert (done.returncode, len(told)) == (2, 1), done.stderr
    assert "Traceback" not in done.stderr
    left = {path for path in folder.rglob("*") if path.is_file()} - {*before}
    assert {path.suffix for path in left} <= {".lock"}
    assert {path: digest(path) for path in before} == before


def limited(arguments: list[str]) -> Any:
    """In this process, which can write nothing until it is done."""
    most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, most[1]))
    try:
        return inside(*arguments)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, most)


def in_a_process(arguments: list[str], folder: Path) -> Any:
    program = (
        f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); import sys; sys.argv[1:] = {arguments}"
        "; import evalkit.__main__; evalkit.__main__.main()"
    )
    return subprocess.run([sys.executable, "-B", "-c", program], cwd=folder, capture_output=True, text=True, check=False,
                          env={**os.environ, "COLUMNS": "200"})  # fmt: skip


def test_half_of_a_set_of_new_files_is_taken_back(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("mine")
    with pytest.raises(SpecError, match="b: exists already"):
        write_new({tmp_path / "a": "text", tmp_path / "b": "text"})
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
    assert (tmp_path / "b").read_text() == "mine"
