"""A reading of a reply: stored in the run file, used by `score`, carried by `export` and `import`, and named in reasons."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from evalkit.errors import EvalkitError
from evalkit.judging.scoring import score_run
from evalkit.runfile.exchange import import_transcripts
from evalkit.runfile.readings import key_of
from evalkit.runfile.store import Store
from evalkit.runfile.transcripts import BadLine, parse_line, read, to_json
from evalkit.specs.library import Library
from evalkit.types import Transcript, Trial
from tests.arrange import inside

PROBLEM = """
title = "T"
statement = "S"
[staff]
solution = "$C = AA^\\\\top$"
[symbols]
A = "m x n"
[score.equations]
[score.words]
low = 1
high = 99
"""
TEXT = "Here $G = A$ is the matrix. Then $G = A^\\top A$ follows."
"""The second G is another matrix, which nothing says."""
FALSE = TEXT.index("G = A^")
ROLE = {"start": FALSE, "end": TEXT.index("$ follows"), "role": "definition"}
GIVEN = {"by": "A. Reader", "roles": [ROLE]}
TRIAL = Trial("set/one", "plain", "m", 0)


def line(**more: Any) -> dict[str, Any]:
    said = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": TEXT}]
    trial = {"problem": TRIAL.problem, "template": TRIAL.template, "model": TRIAL.model, "sample": TRIAL.sample}
    return {**trial, "messages": said, **more}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """One reply."""
    (tmp_path / "problems" / "set").mkdir(parents=True)
    (tmp_path / "problems" / "set" / "one.toml").write_text(PROBLEM, encoding="utf-8")
    path = tmp_path / "run.sqlite"
    with Store(path, write=True) as store:
        import_transcripts(store, [(1, parse_line(line(), "line 1"))], Library(tmp_path / "problems"))
    return path


def judge(run: Path) -> None:
    with Store(run, write=True) as store:
        score_run(store, Library(run.parent / "problems"), processes=1)


def scores(run: Path) -> dict[str, tuple[float | None, str]]:
    with Store(run) as store:
        return {f"{s.scorer}.{s.score.metric}": (s.score.value, s.score.reason) for s in store.scores()}


def command(run: Path, *more: str) -> str:
    """`evalkit read` for the one reply. Raises AssertionError with what it printed where it fails."""
    done = inside("read", str(run), "set/one", "--problems", str(run.parent / "problems"), *more)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_reading_is_printed_mended_stored_used_and_forgotten(run: Path, tmp_path: Path, here: None) -> None:
    judge(run)
    assert scores(run)["equations.false"][0] == 1
    printed = json.loads(command(run))
    assert [r["role"] for r in printed["roles"]] == ["definition", "claim"]
    printed["roles"][1]["role"] = "definition"
    (tmp_path / "mended.json").write_text(json.dumps(printed), encoding="utf-8")
    command(run, "--reading", str(tmp_path / "mended.json"), "--by", "A. Reader")
    assert scores(run) == {}, "what was judged by the old reading is not in force"
    judge(run)
    now = scores(run)
    assert now["equations.false"] == (None, "no relation that can be checked; reading by A. Reader")
    assert now["equations.unread"][1].endswith("reading by A. Reader")
    assert "reading by" not in now["words.count"][1]
    assert json.loads(command(run))["by"] == "A. Reader"
    command(run, "--forget")
    judge(run)
    assert scores(run)["equations.false"][0] == 1


def test_export_and_import_carry_it(run: Path, tmp_path: Path) -> None:
    with Store(run, write=True) as store:
        store.keep_reading(TRIAL, 1, TEXT, GIVEN).result()
        (stored,) = store.transcripts()
    exported = to_json(stored.transcript)
    assert exported["readings"] == {"1": GIVEN}
    (tmp_path / "out.jsonl").write_text(json.dumps(exported) + "\n", encoding="utf-8")
    with Store(tmp_path / "other.sqlite", write=True) as store:
        result = import_transcripts(store, read(tmp_path / "out.jsonl"), None)
        assert (result.stored, result.bad) == (1, [])
        (again,) = store.transcripts()
    assert again.transcript.readings == {"1": GIVEN}
    with Store(run, write=True) as store:
        assert import_transcripts(store, [(1, parse_line(line(), "line 1"))], None).known == 1, (
            "the text alone is known"
        )
        assert next(iter(store.transcripts())).transcript.readings == {"1": GIVEN}


def test_for_another_text_it_does_not_exist(run: Path) -> None:
    with Store(run, write=True) as store:
        store.keep_reading(TRIAL, 1, "another text", GIVEN).result()
        assert next(iter(store.transcripts())).transcript.readings == {}


MISFITS = [
    ("no turn", {"2": GIVEN}, "readings name assistant turn '2'; there are turns 1 to 1"),
    ("a turn of many digits", {"9" * 5000: GIVEN}, "; there are turns 1 to 1"),
    ("no reading", {"1": {"roles": 5}}, "line 1: readings.1: roles: "),
    ("beyond the end", {"1": {"scopes": [{"start": 0, "end": 999}]}}, "0 to 999 is no stretch of a reply of "),
    ("an unknown key", {"1": {"roles": [], "code": "x"}}, "line 1: readings.1: code: Extra inputs are not permitted"),
    ("too many roles", {"1": {"roles": [ROLE] * 601}}, "line 1: readings.1: roles: Tuple should have at most 600"),
]


@pytest.mark.parametrize(("given", "told"), [row[1:] for row in MISFITS], ids=[row[0] for row in MISFITS])
def test_a_line_whose_reading_does_not_fit_is_left_out_and_told(
    given: dict[str, Any], told: str, tmp_path: Path
) -> None:
    (tmp_path / "in.jsonl").write_text(json.dumps(line(readings=given)) + "\n", encoding="utf-8")
    ((_, found),) = read(tmp_path / "in.jsonl")
    assert isinstance(found, BadLine)
    assert told in found.reason


REFUSED = [
    ("nobody signs", {"roles": [ROLE]}, (), "whose reading is it? Give --by NAME"),
    ("no relation there", {"roles": [{**ROLE, "start": 3}]}, ("--by", "B"), "no relation from 3 to "),
    (
        "no such name",
        {"scopes": [{"start": 0, "end": 20, "names": {"Z": "problem"}}]},
        ("--by", "B"),
        "the meaning of Z",
    ),
    ("no formula", {"scopes": [{"start": 0, "end": 20, "names": {"G": "A ("}}]}, ("--by", "B"), "the meaning of G"),
]


@pytest.mark.parametrize(("given", "more", "told"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_cannot_be_followed_is_not_stored(
    given: dict[str, Any], more: tuple[str, ...], told: str, run: Path, tmp_path: Path
) -> None:
    (tmp_path / "given.json").write_text(json.dumps(given), encoding="utf-8")
    done = inside("read", str(run), "set/one", "--problems", str(run.parent / "problems"), "--reading",
                  str(tmp_path / "given.json"), *more)  # fmt: skip
    assert done.returncode != 0
    assert told in " ".join(done.stderr.split())
    with Store(run) as store:
        assert next(iter(store.transcripts())).transcript.readings == {}


def test_a_stored_reading_that_no_longer_fits_the_problem_is_none_with_the_reason(run: Path, here: None) -> None:
    with Store(run, write=True) as store:
        store.keep_reading(
            TRIAL, 1, TEXT, {"by": "B", "scopes": [{"start": 0, "end": 20, "names": {"Z": "problem"}}]}
        ).result()
    judge(run)
    value, reason = scores(run)["equations.false"]
    assert value is None
    assert reason.startswith("cannot be read as it was given: the meaning of Z")


@pytest.mark.parametrize("note", ["nonsense", "[]", '{"text": 5}', '{"text": "x", "reading": 5}'])
def test_a_spoiled_note_is_an_error_that_names_the_file(note: str, run: Path) -> None:
    db = sqlite3.connect(run)
    with Store(run) as store:
        (stored,) = store.transcripts()
    text = note.replace('"x"', json.dumps(_digest(stored.transcript)))
    db.execute("INSERT INTO meta VALUES (?, ?)", (key_of(TRIAL, 1), text))
    db.commit()
    db.close()
    with Store(run) as store:
        if note == '{"text": 5}':  # for another text
            assert next(iter(store.transcripts())).transcript.readings == {}
            return
        with pytest.raises(EvalkitError, match=r"run\.sqlite: damaged"):
            list(store.transcripts())


def _digest(transcript: Transcript) -> str:
    from evalkit.types import digest

    return digest(transcript.replies[0].text)
