"""What does not fit is not merged: other experiments, strangers' files, targets that are there; and what a merge warns of."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.errors import SpecError, StoreError
from evalkit.interface.merging import warnings_of
from evalkit.runfile.merging import Merged, merge
from evalkit.runfile.store import Store
from tests.arrange import command, inside, write_problems
from tests.server import ModelServer, serving
from tests.test_merging import ASKING


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shards, asked once for all tests."""
    folder = tmp_path_factory.mktemp("halves")
    write_problems(folder, 4)
    with serving(ModelServer()) as server:
        for n in (1, 2):
            asking = [*ASKING, "--base-url", server.url, "--problems", str(folder / "problems"), "--no-score"]
            done = inside(*asking, "--shard", f"{n}/2", "--run", str(folder / f"{n}.sqlite"))
            assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def shards(halves: Path, project: Path) -> Path:
    for n in (1, 2):
        shutil.copy(halves / f"{n}.sqlite", project)
    return project


def altered(path: Path, *statements: str) -> None:
    db = sqlite3.connect(path)
    for statement in statements:
        assert db.execute(statement).rowcount, statement
    db.commit()
    db.close()


def in_json(key: str, place: str, value: str) -> str:
    return f"UPDATE meta SET value = json_set(value, '{place}', {value}) WHERE key = '{key}'"  # noqa: S608 - our own constants


MISFITS: dict[str, tuple[str, str]] = {
    "samples": (in_json("experiment", "$.samples", "7"), "experiment.samples is 7, where 1.sqlite has 2"),
    "arms": (in_json("experiment", "$.templates", "json_array('plain')"), 'experiment.templates is ["plain"], where'),
    "a-parameter": (in_json("experiment", "$.models[0].parameters.temperature", "1"), "experiment.models.openai:m.parameters.temperature is 1, where 1.sqlite has 0"),
    "a-label": (in_json("model:m", "$.id", "'openai:other'"), 'model:m.id is "openai:other", where 1.sqlite has "openai:m"'),
    "a-problem": ("UPDATE meta SET value = 'abc' WHERE key = 'problem:p/00002'", "problem 'p/00002' is \"abc\", where 1.sqlite has"),
    "a-template": ("UPDATE meta SET value = 'abc' WHERE key = 'template:plain.j2'", "template 'plain.j2' is \"abc\""),
    "a-batch-under-way": ("INSERT INTO meta VALUES ('batch:x', '{}')", "1 batches are under way; collect them first"),
    "a-newer-format": ("PRAGMA user_version = 9", "written by a newer evalkit"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "told"), MISFITS.values(), ids=MISFITS)
def test_what_does_not_fit_is_refused_and_nothing_is_written(shards: Path, change: str, told: str) -> None:
    if change.startswith("PRAGMA"):
        db = sqlite3.connect("2.sqlite")
        db.execute(change)
        db.close()
    else:
        altered(Path("2.sqlite"), change)
    done = inside("merge", "1.sqlite", "2.sqlite", "-o", "both.sqlite")
    assert done.returncode == 2
    said = " ".join(done.stderr.split())
    assert "2.sqlite: " in said
    assert told in said
    assert sorted(p.name for p in shards.iterdir() if "both" in p.name) == []


def test_another_address_limits_and_budget_fit(shards: Path) -> None:
    altered(
        Path("2.sqlite"),
        in_json("experiment", "$.models[0].base_url", "'http://other:1/v1'"),
        in_json("experiment", "$.models[0].limits.in_flight", "3"),
        in_json("experiment", "$.budget.max_cost", "3"),
        in_json("model:m", "$.address", "'http://other:1/v1'"),
    )
    assert inside("merge", "1.sqlite", "2.sqlite", "-o", "both.sqlite").returncode == 0


DAMAGE: dict[str, str] = {
    "a-reply-of-another-request": "UPDATE replies SET request = replace(request, 'fingers', 'toes'), key = 'abc' WHERE id = 1",
    "a-text-of-another-hash": "UPDATE specs SET text = text || ' ' WHERE kind = 'problem'",
    "turns-that-are-none": "UPDATE transcripts SET turns = '{}x'",
    "a-number-for-an-arm": "UPDATE transcripts SET template = x'00' WHERE id = 1",
    "money-in-words": "UPDATE replies SET cost = 'much' WHERE id = 1",
    "shards-in-words": "UPDATE meta SET value = '[\"a\"]' WHERE key = 'shards'",
    "packages-of-no-table": "UPDATE meta SET value = '[1]' WHERE key = 'packages'",
    "an-experiment-of-no-json": "UPDATE meta SET value = '{' WHERE key = 'experiment'",
    "an-experiment-nested-deeply": f"UPDATE meta SET value = '{'[' * 5000}{']' * 5000}' WHERE key = 'experiment'",  # noqa: S608 - our own constants
}


@pytest.mark.parametrize("change", DAMAGE.values(), ids=DAMAGE)
def test_a_strangers_file_is_one_error_and_no_target(shards: Path, change: str) -> None:
    altered(Path("2.sqlite"), change)
    with pytest.raises(StoreError, match=r"2\.sqlite"):
        merge([Path("1.sqlite"), Path("2.sqlite")], Path("both.sqlite"))
    assert [p.name for p in shards.iterdir() if "both" in p.name] == []


def test_inputs_are_not_touched(shards: Path) -> None:
    before = {n: Path(n).read_bytes() for n in ("1.sqlite", "2.sqlite")}
    assert inside("merge", *before, "-o", "both.sqlite").returncode == 0
    assert {n: Path(n).read_bytes() for n in before} == before
    assert not [p.name for p in shards.iterdir() if p.name.endswith((".part", ".part.lock"))]


TARGETS: dict[str, tuple[str, str]] = {
    "somebodys-notes": ("notes.txt", "is no run file"),
    "a-folder": ("problems", "is no ordinary file"),
    "a-log-of-a-run-file": ("1.sqlite-wal", "lies beside a run file"),
    "another-database": ("other.db", "not a run file of evalkit"),
}


@pytest.mark.parametrize(("name", "told"), TARGETS.values(), ids=TARGETS)
def test_no_file_of_the_users_is_written_over(shards: Path, name: str, told: str) -> None:
    Path("notes.txt").write_text("mine")
    db = sqlite3.connect("other.db")
    db.execute("CREATE TABLE mine (x)")
    db.close()
    before = Path(name).read_bytes() if Path(name).is_file() else b""
    done = inside("merge", "1.sqlite", "2.sqlite", "-o", name)
    assert (done.returncode, told in " ".join(done.stderr.split())) == (2, True), done.stderr
    assert (Path(name).read_bytes() if Path(name).is_file() else b"") == before


def test_a_file_that_is_written_just_now_is_told(shards: Path) -> None:
    with Store(Path("2.sqlite"), write=True):
        done = merge([Path("1.sqlite"), Path("2.sqlite")], Path("both.sqlite"))
    assert done.unfinished == ("2.sqlite",)


WARNINGS: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, ""),
    "unfinished": ({"unfinished": ("a.sqlite",)}, "a.sqlite: a run is still writing it; merge again when it is done"),
    "missing": ({"missing": ("3/8", "4/8")}, "not among the files: shard 3/8, 4/8"),
    "many missing": (
        {"missing": tuple(f"{n}/20" for n in range(1, 11))},
        "not among the files: shard 1/20, 2/20, 3/20, 4/20, 5/20, 6/20, 7/20, 8/20 and 2 more",
    ),
    "replies": ({"replies_differ": 2}, "2 requests were answered differently in two files"),
    "conversations": ({"conversations_differ": 2}, "2 trials have other conversations in two files: one is kept"),
    "their labels": (
        {"conversations_differ": 2, "labels_left": 3},
        "2 trials have other conversations in two files: one is kept; 3 labels of the others were left",
    ),
    "scores": ({"scores_differ": 2}, "score the merged file again: evalkit score 'a b.sqlite'"),
    "labels": ({"labels_differ": 2}, "2 labels of one person say different things in two files: one is kept"),
}


@pytest.mark.parametrize(("found", "told"), WARNINGS.values(), ids=WARNINGS)
def test_what_a_merge_warns_of(found: dict[str, Any], told: str) -> None:
    said = warnings_of(Merged(Path("a b.sqlite"), **found))
    assert len(said) == bool(told)
    assert all(line.startswith(told) or line.endswith(told) for line in said)


def test_from_python(shards: Path) -> None:
    done = evalkit.merge(["1.sqlite", Path("2.sqlite")], "both.sqlite")
    assert (done.files, done.taken["transcripts"], done.shards) == (2, 16, ("1/2", "2/2"))
    with pytest.raises(SpecError, match="a list of run files"):
        evalkit.merge("1.sqlite", "both.sqlite")
    with pytest.raises(SpecError, match="no run file to merge"):
        evalkit.merge([], "both.sqlite")


def test_as_a_user_runs_it(shards: Path) -> None:
    done = command("merge", "1.sqlite", "2.sqlite", "-o", "both.sqlite", cwd=shards)
    assert "conversations: 16 taken, 0 there already" in done.stderr
    assert "next: evalkit compare both.sqlite" in done.stderr
    done = command("merge", "1.sqlite", "2.sqlite", "-o", "a `b`.sqlite", cwd=shards)
    assert "next: evalkit compare 'a `b`.sqlite'" in done.stderr, "pasted into a shell it runs nothing else"
