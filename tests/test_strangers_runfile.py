"""Run files of strangers: whatever lies in one, a reading command gives one clear error or a right result."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from evalkit.errors import StoreError
from evalkit.interface.chats import counts_of
from evalkit.runfile import writer
from evalkit.runfile.schema import SCHEMAS
from evalkit.runfile.store import Store
from evalkit.runfile.tables import SHOWN
from tests.arrange import inside, write_problems
from tests.server import ModelServer, serving

SECRET = "PASSWORD-OF-SOMEBODY"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two problems and two arms, scored."""
    folder = tmp_path_factory.mktemp("made")
    write_problems(folder, 2)
    with pytest.MonkeyPatch.context() as patched, serving(ModelServer()) as server:
        patched.chdir(folder)
        arguments = ["-p", "p/*", "-t", "plain", "-t", "ban_approach", "-m", "openai:m", "--base-url", server.url]
        prompts = str(Path(__file__).parent.parent / "prompts")
        done = inside("run", *arguments, "--prompts", prompts, "--run", "made.sqlite", "--no-probe")
        assert done.returncode == 0, done.stderr
    return folder / "made.sqlite"


# (id, SQL that spoils the file, what the error says; "" where every command gives a right result)
SPOILED = [
    ("turns no JSON", "UPDATE transcripts SET turns = '{not'", "table transcripts"),
    ("turns a number", "UPDATE transcripts SET turns = '5'", "table transcripts"),
    ("turns a blob", "UPDATE transcripts SET turns = x'ff00fe'", "table transcripts"),
    ("turns deep", "UPDATE transcripts SET turns = replace(hex(zeroblob(50000)), '0', '[')", "table transcripts"),
    ("content a number", """UPDATE transcripts SET turns = '[{"role": "user", "content": 5}]'""", "table transcripts"),
    ("usage of another shape", """UPDATE transcripts SET turns = '[{"role": "assistant", "content": "x", "usage": {"evil": 1}}]'""", "table transcripts"),
    ("evidence empty", "UPDATE scores SET evidence = '{}'", "table scores"),
    ("evidence a list", "UPDATE scores SET evidence = '[1, 2]'", "table scores"),
    ("span of one", """UPDATE scores SET evidence = '{"spans": [[1]], "details": {}}'""", "table scores"),
    ("value infinite", "UPDATE scores SET value = 9e999", "table scores"),
    ("values without squares", "UPDATE scores SET value = CASE WHEN transcript % 2 THEN 1e308 ELSE -1e200 END", "table scores"),
    ("labels without squares", "INSERT INTO labels SELECT id, 1, 'number.correct', '', 0, 0, 1e308 FROM transcripts", "table labels"),
    ("value a blob", "UPDATE scores SET value = x'00'", "table scores"),
    ("two versions of a verdict", "INSERT INTO scores SELECT transcript, turn, scorer, metric, version || 'x', value, reason, evidence FROM scores", "table scores"),
    ("names that are one when joined", "INSERT INTO scores SELECT transcript, turn, 'a' || x, b, version, value, reason, evidence FROM scores, (SELECT '' AS x, 'b.c' AS b UNION SELECT '.b', 'c') WHERE metric = (SELECT min(metric) FROM scores)", "a dot in a scorer's name"),
    ("turn a text", "UPDATE scores SET turn = 'x'", "table scores"),
    ("sample a text", "UPDATE transcripts SET sample = 'zz' WHERE id = 1", "of its table"),
    ("problem a blob", "UPDATE transcripts SET problem = x'6162' WHERE id = 1", "of its table"),
    ("answers beyond counting", "UPDATE transcripts SET answers = 1000000000000", "table transcripts"),
    ("experiment of another shape", """UPDATE meta SET value = '{"models": []}' WHERE key = 'experiment'""", "table meta"),
    ("packages no JSON", "UPDATE meta SET value = '[' WHERE key = 'packages'", "table meta"),
    ("probe of another shape", "INSERT INTO meta VALUES ('probe:x', '{}')", "table meta"),
    ("a table less", "DROP TABLE labels", "'labels'"),
    ("a column more", "ALTER TABLE transcripts ADD COLUMN evil TEXT DEFAULT 'x'", "'transcripts'"),
    ("a table more", "CREATE TABLE evil (x)", "'evil'"),
    ("a trigger", "CREATE TRIGGER evil AFTER INSERT ON meta BEGIN DELETE FROM replies; END", "'evil'"),
    ("an endless view", "ALTER TABLE transcripts RENAME TO t; CREATE VIEW transcripts AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT t.* FROM t, c WHERE c.x < 0", "not a run file"),
    ("no answer and no error", "UPDATE transcripts SET turns = '[]', answers = 0", "table transcripts"),
    ("answers that are not there", "UPDATE transcripts SET answers = 3", "table transcripts"),
    ("a table's SQL in bytes", "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = CAST(sql AS BLOB) WHERE name = 'meta'", "not a run file"),
    ("a table's name in bytes", "PRAGMA writable_schema = ON; UPDATE sqlite_master SET name = CAST(name AS BLOB) WHERE name = 'meta'", "not a run file"),
    ("a table's SQL no UTF-8", "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = CAST(x'43524541544520ff' AS TEXT) WHERE name = 'meta'", "not a run file"),
    ("two tables in one place", "PRAGMA writable_schema = ON; UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = 'transcripts') WHERE name = 'meta'", "not a run file"),
    ("another application", "PRAGMA application_id = 7", "not a run file"),
]  # fmt: skip
COMMANDS = [
    ("compare", "@"), ("report", "@", "-o", "r.html"), ("show", "p/00002", "--run", "@"), ("show", "--run", "@"),
    ("export", "@", "--what", "scores", "-o", "s.jsonl"), ("export", "@", "-o", "t.jsonl"), ("score", "@"),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "says"), [c[1:] for c in SPOILED], ids=[c[0] for c in SPOILED])
def test_a_spoiled_run_file_is_one_error(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: str, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write_problems(tmp_path, 2)
    told = []
    for command in COMMANDS:
        shutil.copy(made, "x.sqlite")
        with closing(sqlite3.connect("x.sqlite")) as db:
            db.executescript(spoil)
        done = inside(*(word.replace("@", "x.sqlite") for word in command))
        assert done.returncode in (0, 1, 2), done.stderr
        if done.returncode == 2:
            assert says in done.stderr, done.stderr
            assert "x.sqlite" in done.stderr
            assert len(done.stderr.strip().splitlines()) == 1, done.stderr
            told.append(command[0])
    assert told, "no command noticed"


NOT_TOGETHER = [
    ("scores without transcripts", "PRAGMA foreign_keys = OFF; UPDATE transcripts SET id = -id", "that is not there"),
    ("no transcripts", "PRAGMA foreign_keys = OFF; DELETE FROM transcripts", "that is not there"),
    ("answers none", "UPDATE transcripts SET answers = 0", "table transcripts"),
    ("more metrics than anybody has", "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 20000) INSERT INTO scores SELECT 1, 1, 's' || x, 'm', '1', 0.5, '', '{}' FROM c", "metrics"),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "says"), [c[1:] for c in NOT_TOGETHER], ids=[c[0] for c in NOT_TOGETHER])
def test_tables_that_do_not_fit_together_are_one_error(made: Path, tmp_path: Path, spoil: str, says: str) -> None:
    shutil.copy(made, tmp_path / "x.sqlite")
    with closing(sqlite3.connect(tmp_path / "x.sqlite")) as db:
        db.executescript(spoil)
    done = inside("compare", str(tmp_path / "x.sqlite"))
    assert (done.returncode, says in done.stderr) == (2, True), done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "an empty file"), (b"hello " * 99, "not a run file"), (b"SQLite format 3\x00" + b"\xff" * 5000, "not a run file")],
    ids=["empty", "text", "broken header"],
)  # fmt: skip
def test_what_is_no_run_file_is_said(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "x.sqlite").write_bytes(content)
    done = inside("compare", str(tmp_path / "x.sqlite"))
    assert (done.returncode, says in done.stderr) == (2, True), done.stderr
    assert (tmp_path / "x.sqlite").read_bytes() == content


def test_devices_are_no_run_files() -> None:
    done = inside("compare", "/dev/zero")
    assert (done.returncode, "no such run file" in done.stderr) == (2, True)


def test_at_rest_a_run_file_is_one_file_and_reading_leaves_none_beside_it(made: Path) -> None:
    assert inside("compare", str(made)).returncode == 0
    assert sorted(p.name for p in made.parent.glob("made.*")) == ["made.sqlite", "made.sqlite.lock"]


def test_errors_and_reasons_beyond_reading_are_cut(made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "x.sqlite"
    shutil.copy(made, copy)
    with closing(sqlite3.connect(copy, isolation_level=None)) as db:
        db.execute("UPDATE transcripts SET error = hex(zeroblob(500000))")
        db.execute("UPDATE scores SET value = NULL, reason = hex(zeroblob(500000))")
    with Store(copy) as store:
        assert {len(outline.error or "") for outline in store.outlines().values()} == {SHOWN}
        assert {len(reason) for reason in store.columns().reason.texts} == {SHOWN}
        assert all(len(cause) <= SHOWN for held in counts_of([store]).models for cause in held.causes)


def as_format(number: int, db: sqlite3.Connection) -> None:
    """The file as an evalkit of before format 4 wrote it."""
    of_labels = next(t for t in SCHEMAS[number].split(";") if "TABLE labels" in t)
    db.execute("DROP TABLE labels")
    db.execute("DROP TABLE attachments")
    db.execute(of_labels.strip())
    db.execute(f"PRAGMA user_version = {number}")
    db.commit()


def test_an_old_file_that_pretends_to_be_huge_is_not_copied(made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "old.sqlite"
    shutil.copy(made, copy)
    with closing(sqlite3.connect(copy)) as db:
        as_format(2, db)
    assert inside("show", "--run", str(copy)).returncode == 0
    with copy.open("r+b") as file:  # a hole, which takes no room on the disk
        file.truncate(6 << 30)
        file.seek(28)
        file.write(((6 << 30) // 4096).to_bytes(4, "big"))
    done = inside("show", "--run", str(copy))
    assert (done.returncode, "too large to be read as it is" in done.stderr) == (2, True)


def test_a_file_whose_log_is_gone_is_read_and_none_is_made(made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    shutil.copy(made, copy)
    with copy.open("r+b") as file:
        file.seek(18)
        file.write(b"\x02\x02")  # as it stands in a file that was copied while it was written
    before = copy.read_bytes()
    (tmp_path / "link.sqlite").symlink_to(copy)
    for path in (copy, tmp_path / "link.sqlite"):
        assert inside("show", "--run", str(path)).returncode == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["copy.sqlite", "link.sqlite"]
    assert copy.read_bytes() == before


def test_a_log_left_by_a_kill_is_read_where_nothing_can_be_written(made: Path, tmp_path: Path) -> None:
    """Immutable reading needs no log beside the file: this is what a read-only folder allows."""
    copy = tmp_path / "x.sqlite"
    shutil.copy(made, copy)
    with closing(sqlite3.connect(copy)) as db:
        db.execute("PRAGMA journal_mode = WAL")
    with Store(copy) as store:
        assert len(store.trials()) == 4


def test_secrets_of_earlier_versions_are_cleaned(made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "x.sqlite"
    shutil.copy(made, copy)
    with closing(sqlite3.connect(copy)) as db:
        text = db.execute("SELECT value FROM meta WHERE key = 'experiment'").fetchone()[0]
        described = json.loads(text)
        model = described["models"][0]
        model["base_url"] = model["base_url"].replace("http://", f"http://me:{SECRET}@")
        model["parameters"] = {"api_key": SECRET, "temperature": 0.5}
        model["api_key_env"] = f"sk-{SECRET}"
        db.execute("UPDATE meta SET value = ? WHERE key = 'experiment'", (json.dumps(described),))
        rows = db.execute("SELECT id, request FROM replies").fetchall()
        for row, request in rows:
            changed = json.dumps({**json.loads(request), "parameters": model["parameters"]})
            db.execute("UPDATE replies SET request = ? WHERE id = ?", (changed, row))
        as_format(2, db)
        db.commit()
    assert SECRET.encode() in copy.read_bytes()
    with Store(copy) as store:
        assert SECRET not in str(list(store.replies())) + str(store.meta("experiment")), "read only: cleaned in memory"
    with Store(copy, write=True) as store:
        kept = list(store.replies())
    assert len(kept) == len(rows)
    assert {str(request["parameters"]) for request, _ in kept} == {"{'temperature': 0.5}"}
    assert SECRET.encode() not in b"".join(p.read_bytes() for p in tmp_path.iterdir())


URL = f"https://me:{SECRET}@models.example/v1?key={SECRET}"
LEFT = [
    ("the experiment", "UPDATE meta SET value = replace(value, 'http://127.0.0.1', 'https://me:{secret}@127.0.0.1') WHERE key = 'experiment'"),
    ("a second address of format 1, that becomes a name", "INSERT INTO replies SELECT 'k2', model, json_set(request, '$.endpoint', '{url}'), reply FROM replies LIMIT 1"),
    ("an error of a conversation", "UPDATE transcripts SET error = 'no whole answer from {url}' WHERE id = 1"),
    ("what a server said", "UPDATE replies SET reply = json_set(reply, '$.error', '401 at {url}')"),
    ("a reason", "UPDATE scores SET reason = 'not judged: 401 at {url}'"),
    ("a note", "INSERT INTO meta VALUES ('stopped', 'no whole answer from {url}')"),
    ("a page that was freed", "INSERT INTO meta VALUES ('x', '{secret}' || hex(zeroblob(9000))); DELETE FROM meta WHERE key = 'x'"),
]  # fmt: skip


@pytest.mark.parametrize("change", [c[1] for c in LEFT], ids=[c[0] for c in LEFT])
def test_a_secret_of_the_first_format_is_nowhere_any_more(tmp_path: Path, change: str) -> None:
    file = tmp_path / "x.sqlite"
    with closing(sqlite3.connect(file)) as db:
        db.executescript((Path(__file__).parent / "data" / "run_format_1.sql").read_text(encoding="utf-8"))
        described = json.loads(db.execute("SELECT value FROM meta WHERE key = 'experiment'").fetchone()[0])
        described["models"][0]["parameters"]["api_key"] = SECRET
        db.execute("UPDATE meta SET value = ? WHERE key = 'experiment'", (json.dumps(described),))
        db.executescript(change.format(url=URL, secret=SECRET))
        db.commit()
    assert SECRET.encode() in file.read_bytes()
    with Store(file) as store:
        said = [str(list(found)) for found in (store.replies(), store.transcripts(), store.metas(""), store.scores())]
        assert SECRET not in "".join(said), "read only: cleaned in memory"
    with Store(file, write=True) as store:
        assert store.trials()
    assert SECRET.encode() not in b"".join(p.read_bytes() for p in tmp_path.iterdir())


def _link(beside: Path, thesis: Path) -> None:
    beside.symlink_to(thesis)


def _hard_link(beside: Path, thesis: Path) -> None:
    beside.hardlink_to(thesis)


def _dead_link(beside: Path, thesis: Path) -> None:
    beside.symlink_to(thesis.with_name("nowhere"))


def _pipe(beside: Path, _: Path) -> None:
    os.mkfifo(beside)


def _folder(beside: Path, _: Path) -> None:
    beside.mkdir()


@pytest.mark.parametrize("make", [_link, _hard_link, _dead_link, _pipe, _folder], ids=lambda m: m.__name__)
@pytest.mark.parametrize("end", ["-wal", "-shm", "-journal"])
def test_what_lies_beside_a_run_file_is_no_way_to_other_files(
    made: Path, tmp_path: Path, end: str, make: Callable[[Path, Path], None]
) -> None:
    """SQLite writes its log into whatever bears the log's name: a hard link to a text destroyed that text."""
    copy, thesis = tmp_path / "x.sqlite", tmp_path / "thesis.tex"
    shutil.copy(made, copy)
    thesis.write_text("precious\n" * 9_999)
    make(tmp_path / f"x.sqlite{end}", thesis)
    for command in (["show", "--run", str(copy)], ["score", str(copy)]):
        done = inside(*command)
        assert (done.returncode, "not a plain file" in done.stderr) == (2, True), done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    assert thesis.read_text() == "precious\n" * 9_999
    assert not (tmp_path / "nowhere").exists()


def test_a_writer_that_cannot_begin_is_an_error_and_no_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr(writer, "connect", full)
    with pytest.raises(StoreError, match="unable to open"):
        Store(tmp_path / "x.sqlite", write=True)


def test_a_problem_that_a_run_file_holds_is_named_with_its_faults(made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "x.sqlite"
    shutil.copy(made, copy)
    with closing(sqlite3.connect(copy, isolation_level=None)) as db:
        db.execute("UPDATE specs SET text = '{' || text WHERE name = 'p/00002'")
    done = inside("compare", str(copy))
    assert (done.returncode, "problem p/00002, as the run file holds it: not valid TOML" in done.stderr) == (2, True)


def test_a_reply_of_a_million_lines_is_shown_shortened(made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "x.sqlite"
    shutil.copy(made, copy)
    with closing(sqlite3.connect(copy, isolation_level=None)) as db:
        (text,) = db.execute("SELECT turns FROM transcripts WHERE id = 1").fetchone()
        turns = json.loads(text)
        turns[-1]["content"] = "\n" * 1_000_000
        db.execute("UPDATE transcripts SET turns = ?", (json.dumps(turns),))
    done = inside("show", "p/00001", "--run", str(copy))
    assert (done.returncode, "990,001 more characters" in done.stdout) == (0, True), done.stdout[-200:]


BUNDLED = [
    ("packages a list", "UPDATE meta SET value = '[5]' WHERE key = 'packages'", "table meta"),
    ("models a text", """UPDATE meta SET value = '{"models": "x"}' WHERE key = 'experiment'""", "table meta"),
    ("models numbers", """UPDATE meta SET value = '{"models": [5]}' WHERE key = 'experiment'""", "table meta"),
    ("a name with a zero", "INSERT INTO specs VALUES ('h', 'template', 'a' || char(0) || 'b', 'x'); INSERT INTO meta VALUES ('template:a' || char(0) || 'b', 'h')", "no file's name"),
    ("a name that leads out", "INSERT INTO specs VALUES ('h', 'template', '../../x', 'x'); INSERT INTO meta VALUES ('template:../../x', 'h')", "no file's name"),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "says"), [c[1:] for c in BUNDLED], ids=[c[0] for c in BUNDLED])
def test_a_bundle_of_a_spoiled_run_file_is_one_error(made: Path, tmp_path: Path, spoil: str, says: str) -> None:
    shutil.copy(made, tmp_path / "x.sqlite")
    with closing(sqlite3.connect(tmp_path / "x.sqlite")) as db:
        db.executescript(spoil)
    done = inside("bundle", str(tmp_path / "x.sqlite"))
    assert (done.returncode, says in done.stderr) == (2, True), done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["x.sqlite"]
