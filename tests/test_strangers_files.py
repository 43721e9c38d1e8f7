"""Problem files, transcripts, data sets and arguments of strangers: bounded, and one clear error each."""

from __future__ import annotations

import asyncio
import bz2
import gzip
import io
import json
import lzma
import os
import re
import resource
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit import import_transcripts, new_set
from evalkit.cli import options
from evalkit.errors import SpecError
from evalkit.providers import replay
from evalkit.runfile import exchange, sources, transcripts
from evalkit.runfile.rows import csv_text
from evalkit.showing.report import chats
from evalkit.showing.report.markup import markup
from evalkit.showing.safe import safe
from evalkit.specs.toml import parse_toml, read_text
from evalkit.types import Message, ModelSpec, Request, Transcript
from tests.arrange import inside

TOML = [
    ("key of many parts", ".".join(["a"] * 60_000) + " = 1", "more than 10 parts"),
    ("quoted parts", ".".join(['"a"'] * 5_000) + " = 1", "more than 10 parts"),
    ("quoted parts of any signs", ".".join(["'a b'", '"{\\""', "'#'", "c"] * 20_000) + " = 1", "more than 10 parts"),
    ("parts in an inline table", "x = {" + " . ".join(["' '"] * 5_000) + " = 1}", "more than 10 parts"),
    ("parts in a table", "[" + ".".join(["a"] * 5_000) + "]", "more than 10 parts"),
    ("a number of many digits", "x = " + "9" * 5_000, "too many digits"),
    ("a hexadecimal number of many digits", "x = 0x" + "f" * 100_000, "too many digits"),
    ("a large number, deep down", "x = [{a = [18446744073709551616]}]", "too many digits"),
    ("many short keys", "".join(f"a{i}.b.c = 1\n" for i in range(100_000)), "more than 100000 keys"),
    ("many values", "x = [" + "1," * 500_000 + "]", "more than 100000 keys"),
    ("many tables", "[[a]]\n" * 500_000, "more than 10000 tables"),
    ("many tables in tables", "".join(f" [a{i}.b.c]\n" for i in range(100_000)), "more than 10000 tables"),
    ("a text beyond every file", "x = '" + "a" * 4_000_000 + "'", "larger than 4000000 bytes"),
    ("nested lists", "x = " + "[" * 50_000 + "]" * 50_000, "nested too deeply"),
    ("nested tables", "x = " + "{a=" * 900 + "1" + "}" * 900, "nested too deeply"),
]


@pytest.mark.parametrize(("text", "says"), [c[1:] for c in TOML], ids=[c[0] for c in TOML])
def test_toml_is_bounded(text: str, says: str) -> None:
    before = time.process_time()
    with pytest.raises(SpecError, match=says):
        parse_toml(text, "x.toml")
    assert time.process_time() - before < 5


@pytest.mark.parametrize("text", ["x = '" + "a" * 3_000_000 + "'", "x = '" + "1.5 " * 90 + "'", "a.b.c.d = 1"], ids=len)
def test_ordinary_toml_is_read(text: str) -> None:
    assert parse_toml(text, "x.toml")


def test_devices_and_pipes_are_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "zero.toml").symlink_to("/dev/zero")
    for path in (tmp_path / "pipe.toml", tmp_path / "zero.toml", Path("/dev/zero")):
        with pytest.raises(SpecError, match="no ordinary file"):
            read_text(path)


@pytest.mark.parametrize("ending", ["tex", "md", "ipynb", "pdf"])
def test_a_homework_is_read_from_an_ordinary_file(tmp_path: Path, ending: str) -> None:
    os.mkfifo(tmp_path / f"pipe.{ending}")
    (tmp_path / f"zero.{ending}").symlink_to("/dev/zero")
    for name in ("pipe", "zero"):
        with pytest.raises(SpecError, match="no ordinary file"):
            new_set("hw", tmp_path / f"{name}.{ending}", tmp_path / "problems")


@pytest.mark.parametrize("ending", ["csv", "tsv", "json"])
def test_a_table_is_read_from_an_ordinary_file(tmp_path: Path, ending: str) -> None:
    os.mkfifo(tmp_path / f"pipe.{ending}")
    with pytest.raises(SpecError, match=r"no ordinary file|cannot be loaded"):
        import_transcripts(tmp_path / f"pipe.{ending}", tmp_path / "x.sqlite", {"problem": "a"})


def test_recorded_replies_are_read_from_ordinary_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "zero.jsonl").symlink_to("/dev/zero")
    for path in (tmp_path / "pipe.jsonl", tmp_path / "zero.jsonl", Path("/dev/zero")):
        with pytest.raises(SpecError, match="no ordinary file"):
            asyncio.run(replay.connect(ModelSpec(id=f"replay:{path}")))
    for path in (tmp_path / "zero.jsonl", Path("/dev/zero")):
        with pytest.raises(SpecError, match="no ordinary file"):
            next(transcripts.read(path))


def test_many_faults_are_not_all_told(project: Path) -> None:
    file = project / "problems" / "set" / "half.toml"
    file.write_text(file.read_text("utf-8") + "".join(f"k{i} = 1\n" for i in range(5_000)), "utf-8")
    done = inside("check")
    assert "further faults" in done.stdout + done.stderr
    assert len((done.stdout + done.stderr).splitlines()) < 60


def test_a_line_without_end_costs_no_memory(tmp_path: Path) -> None:
    good = {
        "problem": "p",
        "template": "t",
        "model": "m",
        "sample": 0,
        "messages": [{"role": "assistant", "content": "x"}],
    }
    with (tmp_path / "x.jsonl").open("wb") as file:
        for _ in range(200):
            file.write(b"x" * 1_000_000)
        file.write(b"\n" + json.dumps(good).encode() + b"\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = list(transcripts.read(tmp_path / "x.jsonl"))
    assert [number for number, _ in found] == [1, 2]
    assert "longer than" in str(found[0][1])
    assert isinstance(found[1][1], Transcript)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000, "kilobytes"


ROWS: list[tuple[str, dict[str, object], dict[str, str], str]] = [
    ("empty cell", {"q": "Q", "a": None}, {"statement": "q", "staff.solution": "a"}, "row 1: the column 'a' is empty"),
    ("a value and a table", {"q": "Q", "a": "A"}, {"statement": "q", "statement.x": "a"}, "a value of its own as well"),
    ("an object", {"q": "Q", "a": object()}, {"statement": "q", "staff.solution": "a"}, "row 1"),
]


@pytest.mark.parametrize(("row", "columns", "says"), [c[1:] for c in ROWS], ids=[c[0] for c in ROWS])
def test_rows_that_make_no_problem(row: dict[str, object], columns: dict[str, str], says: str) -> None:
    with pytest.raises(SpecError, match=says):
        list(exchange.problem_files([row], columns, "set"))


def _archives() -> tuple[bytes, bytes]:
    zipped, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("x.csv", "q,a\nWhy?,5\n")
    with tarfile.open(fileobj=tarred, mode="w") as folder:
        folder.addfile(tarfile.TarInfo("x.csv"))
    return zipped.getvalue(), tarred.getvalue()


ZIP, TAR = _archives()


@pytest.mark.parametrize(
    "pack",
    [gzip.compress, bz2.compress, lzma.compress, lambda data: data + ZIP, lambda _: ZIP, lambda _: TAR],
    ids=["gzip", "bzip2", "xz", "a table with an archive behind it", "zip", "tar"],
)
def test_what_unfolds_when_it_is_read_is_no_table(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """The library that reads tables unpacks these of itself, under any name."""
    pytest.importorskip("datasets")
    (tmp_path / "x.csv").write_bytes(pack(b"q,a\nWhy?,5\n"))
    with pytest.raises(SpecError, match="is compressed or an archive"):
        list(sources.dataset_rows(str(tmp_path / "x.csv"), "train"))


def test_a_bare_number_is_a_solution_and_a_value() -> None:
    columns = {"statement": "q", "staff.solution": "a", "score.number.value": "a"}
    ((_, text),) = exchange.problem_files([{"q": "What is 2 + 3?", "a": 5}], columns, "set")
    assert 'solution = "5"' in text
    assert "value = 5" in text


@pytest.mark.parametrize("sample", ["²", "9" * 5_000, "-1", "1.5"], ids=["superscript", "digits", "negative", "broken"])
def test_odd_samples_are_named(sample: str) -> None:
    row = {"problem": "p", "template": "t", "model": "m", "sample": sample, "prompt": "q", "reply": "a"}
    ((_, found),) = exchange.mapped([row], {name: name for name in row})
    assert isinstance(found, transcripts.BadLine)
    assert "sample" in found.reason


def test_csv_text_in_a_spreadsheet_is_no_formula() -> None:
    rows = [{"x": text} for text in ("=1+1", "+1", "-1", "@a", "\t=1", "plain", 'q"uote', "two\nlines")]
    lines = csv_text(rows).split("\n")
    assert lines[1:5] == ["'=1+1", "'+1", "'-1", "'@a"]


TERMINAL = "T\x1b]0;TITLE\x07\x1b[31mX\x9b2J\u202e[/b] [draft] m$\\frac$"


@pytest.mark.parametrize("layout", ["terminal", "markdown", "latex", "csv"])
def test_no_control_character_reaches_a_terminal(project: Path, layout: str) -> None:
    lines = []
    for template in ("plain", TERMINAL):
        for sample in range(3):
            said = [
                {"role": "user", "content": f"{template} {sample}"},
                {"role": "assistant", "content": f"**Final answer:** {sample} {TERMINAL}"},
            ]
            lines.append(
                {"problem": "set/half", "template": template, "model": TERMINAL, "sample": sample, "messages": said}
            )
    (project / "x.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    steps = [("import", "x.jsonl", "--run", "[x] [/b].sqlite"), ("score", "[x] [/b].sqlite")]
    steps += [
        ("compare", "[x] [/b].sqlite", "-f", layout),
        ("show", "set/half", "--run", "[x] [/b].sqlite", "-t", TERMINAL),
    ]
    for step in steps:
        done = inside(*step)
        assert done.returncode == 0, done.stderr
        assert not set(done.stdout + done.stderr) & {"\x1b", "\x07", "\x9b", "\u202e"}
        assert "[x] [/b].sqlite" in done.stdout + done.stderr or step[0] != "import"
    assert inside("report", "[x] [/b].sqlite", "-o", "[r].html").returncode == 0, (
        "two $ in an arm's name are no formula"
    )
    assert (project / "[r].html").exists()


@pytest.mark.parametrize("closed", [1, 2], ids=["stdout", "stderr"])
def test_a_closed_stream_is_no_traceback(project: Path, closed: int) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {closed}>&-', "x", sys.executable, "-m", "evalkit", "check"],
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "deep",
    ["- " * 10, "> " * 25, "- " * 24, "> " * 60, "1. " * 300, "  " * 40 + "- ", "> - " * 14],
    ids=lambda d: f"{d[:4]}x{len(d)}",
)
def test_deeply_nested_text_stays_on_the_page(deep: str) -> None:
    assert "SECRET" in markup(f"{deep}SECRET\n")
    assert "SECRET" in markup("".join(f"{'  ' * i}- level {i}\n" for i in range(60)) + f"{'  ' * 60}- SECRET\n")


def test_a_large_run_shows_the_first_samples_of_each_problem(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chats, "MAX_CHATS", 4)
    lines = []
    for sample in range(5):
        for arm in ("plain", "hint"):
            said = [
                {"role": "user", "content": "q"},
                {"role": "assistant", "content": f"SAID{sample}. **Final answer:** {sample}"},
            ]
            lines.append({"problem": "set/half", "template": arm, "model": "m", "sample": sample, "messages": said})
    (project / "x.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    for step in (("import", "x.jsonl", "--run", "x.sqlite"), ("score", "x.sqlite"), ("report", "x.sqlite")):
        assert inside(*step).returncode == 0
    page = (project / "x.html").read_text(encoding="utf-8")
    assert "no room for 6 more conversations" in page
    assert [f"SAID{i}" in page for i in range(5)] == [True, True, False, False, False]


def test_of_very_many_problems_the_first_have_a_place_on_the_page(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chats, "MAX_CHATS", 2)
    text = (project / "problems" / "set" / "half.toml").read_text(encoding="utf-8")
    lines = []
    for name in ("half", "more", "most", "other"):
        (project / "problems" / "set" / f"{name}.toml").write_text(text, encoding="utf-8")
        said = [{"role": "user", "content": "q"}, {"role": "assistant", "content": f"SAID-{name}."}]
        lines.append({"problem": f"set/{name}", "template": "plain", "model": "m", "sample": 0, "messages": said})
    (project / "x.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    for step in (("import", "x.jsonl", "--run", "x.sqlite"), ("score", "x.sqlite"), ("report", "x.sqlite")):
        assert inside(*step).returncode == 0
    page = (project / "x.html").read_text(encoding="utf-8")
    assert "no room for the conversations of 2 more problems" in page
    assert [f"SAID-{name}" in page for name in ("half", "more", "most", "other")] == [True, True, False, False]


NAME = "n\x1b[31m\x9b2J\x07\x08\u202e\u200b[b]"
WORDS: list[tuple[str, ...]] = [
    ("init", NAME),
    ("new", "problem", "a/b", "--problems", NAME),
    ("new", "prompt", "brief", "--prompts", NAME),
    ("new", "problem", f"a/{NAME}"),
    (f"--{NAME}",),
    (NAME,),
    ("compare", f"--{NAME}"),
    ("export", "x.sqlite", NAME, "-o", "y"),
    ("check", NAME),
    ("run", f"{NAME}.toml"),
    ("equations", f"{NAME}.md"),
    ("import", f"{NAME}.jsonl", "--run", "x.sqlite"),
    ("plan", "--contrast", NAME, NAME),
]


@pytest.mark.parametrize("words", WORDS, ids=lambda w: " ".join(w[:2]).encode("ascii", "replace").decode())
def test_names_of_files_and_words_of_the_command_line_are_only_letters(project: Path, words: tuple[str, ...]) -> None:
    assert project.exists()
    done = inside(*words)
    assert "Traceback" not in done.stderr
    assert done.stdout + done.stderr == safe(done.stdout + done.stderr)


def test_a_name_that_is_more_than_letters_is_not_offered(project: Path) -> None:
    (project / "runs").mkdir(exist_ok=True)
    for name in (NAME, "good"):
        (project / "runs" / f"{name}.sqlite").touch()
    assert options._run_files("runs/") == ["runs/good.sqlite"]


def test_ctrl_c_while_the_program_is_loaded_is_no_traceback() -> None:
    pressed = (
        "import os, signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # what runs in the background is born deaf to it
        "class Press:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'evalkit.cli.options':\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Press())\n"
        "import evalkit.__main__\n"
        "evalkit.__main__.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", pressed], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")


@pytest.mark.parametrize("name", ["linked.toml", "set.toml"])
def test_a_link_out_of_the_folder_is_no_problem_file(
    project: Path, tmp_path_factory: pytest.TempPathFactory, name: str, here: None
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "x.toml"
    outside.write_text(
        'title = "t"\nstatement = "OUTSIDE"\n[staff]\nsolution = "x"\n' if name[0] == "l" else 'setting = "OUTSIDE"\n'
    )
    (project / "problems" / "set" / name).symlink_to(outside)
    identifier = "set/linked" if name[0] == "l" else "set/half"
    for command in (("check", "set/*"), ("show", identifier)):
        done = inside(*command)
        assert (done.returncode, "is a link out of" in done.stdout + done.stderr) == (2, True), done.stderr
        assert "OUTSIDE" not in done.stdout + done.stderr


def test_links_within_the_folder_are_read_and_circles_are_named(project: Path) -> None:
    folder = project / "problems" / "set"
    (folder / "again.toml").symlink_to("half.toml")
    assert inside("show", "set/again").returncode == 0
    (folder / "round.toml").symlink_to("round.toml")
    done = inside("show", "set/round")
    assert (done.returncode, "a link that leads nowhere" in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(
    "name", ["²", "a\nb", "-a", "", "x" * 250], ids=["superscript", "newline", "dash", "none", "long"]
)
def test_a_file_with_an_odd_name_is_a_fault_and_no_traceback(project: Path, name: str, here: None) -> None:
    (project / "problems" / "set" / f"{name}.toml").write_text(
        (project / "problems" / "set" / "half.toml").read_text("utf-8")
    )
    done = inside("check")
    assert done.returncode in (0, 2), done.stderr
    assert inside("show", "set/half").returncode == 0


@pytest.mark.parametrize(
    ("count", "each", "says"), [(12, 4, "works too long"), (300, 1, "more than 100 files")], ids=["doubling", "deep"]
)
def test_templates_that_include_each_other_are_bounded(project: Path, count: int, each: int, says: str) -> None:
    folder = project / "prompts"
    for i in range(count):
        (folder / f"_c{i}.j2").write_text(f'{{% include "_c{i + 1}.j2" %}}' * each, encoding="utf-8")
    (folder / f"_c{count}.j2").write_text("x", encoding="utf-8")
    (folder / "fan.j2").write_text('{% call user() %}{% include "_c0.j2" %}{% endcall %}', encoding="utf-8")
    before = time.process_time()
    done = inside("show", "set/half", "--prompt", "fan")
    assert (done.returncode, says in done.stderr) == (2, True), done.stderr
    assert time.process_time() - before < 5


async def test_one_of_several_recorded_models_is_chosen_by_name(tmp_path: Path) -> None:
    lines = [
        {"problem": "set/half", "template": "plain", "model": model, "sample": 0, "messages": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": f"said by {model}"}]}
        for model in ("one", "two")
    ]  # fmt: skip
    file = tmp_path / "chats.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    for model in ("one", "two"):
        provider = await replay.connect(ModelSpec(id=f"replay:{file}#{model}"))
        reply = await provider.ask(Request(f"replay:{file}", model, (Message("user", "Q"),), {}, 0))
        assert reply.text == f"said by {model}"
    for name, told in (
        ("#three", "holds no model 'three'; it holds one, two"),
        ("", "holds several models (one, two)"),
    ):
        with pytest.raises(SpecError, match=re.escape(told)):
            await replay.connect(ModelSpec(id=f"replay:{file}{name}"))
