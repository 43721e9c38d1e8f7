"""The run file: what was acknowledged is there; locks; foreign, newer and damaged files."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from concurrent.futures import Future
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit.errors import StoreError
from evalkit.runfile.records import Outline
from evalkit.runfile.schema import FORMAT
from evalkit.runfile.store import Store
from evalkit.runfile.trials import Trials
from evalkit.runfile.writer import Writer
from evalkit.types import Message, Reply, Request, Score, Span, Transcript, Trial, Turn, Usage
from tests.arrange import ROOT


def request(text: str = "hi", sample: int = 0) -> Request:
    return Request("openai:m", "", (Message("user", text),), {"temperature": 0.5}, sample)


def transcript(text: str = "answer", template: str = "plain", error: str | None = None) -> Transcript:
    reply = Reply(text, "stop", "thinking", Usage(3, 4), served_by="m-1")
    turns = (Turn("system", "be kind"), Turn("user", "hi"), Turn("assistant", text, reply))
    return Transcript(Trial("set/a", template, "m", 0), turns, error)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs" / "x.sqlite", write=True)


HERE = {**os.environ, "PYTHONPATH": str(ROOT)}
OPEN = "from pathlib import Path; from evalkit.runfile.store import Store; Store(Path('x.sqlite'), write=True); 1 / 0"


def test_a_program_that_fails_with_the_file_open_ends(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", OPEN], cwd=tmp_path, env=HERE, capture_output=True, timeout=60, check=False
    )
    assert b"ZeroDivisionError" in ended.stderr


def test_who_reads_holds_up_no_writer(store: Store) -> None:
    with closing(sqlite3.connect(store.path)) as reader:
        rows = reader.execute("SELECT 1 FROM meta UNION ALL SELECT 2 FROM meta")
        assert rows.fetchone()
        store.keep_transcript(transcript()).result(timeout=5)


async def test_a_reply_is_there_after_it_was_acknowledged(store: Store, tmp_path: Path) -> None:
    reply = Reply("text", "stop", "why", Usage(1, 2), None, "m-2024")
    await store.keep_reply(request(), reply)
    with Store(store.path) as reader:
        assert reader.reply(request().key) == reply
        assert reader.reply(request("other").key) is None
    store.close()


@pytest.mark.parametrize(
    "other",
    [
        request("ho"), request(sample=1),
        Request("openai:n", "", (Message("user", "hi"),), {"temperature": 0.5}, 0),
        Request("openai:m", "other", (Message("user", "hi"),), {"temperature": 0.5}, 0),
        Request("openai:m", "", (Message("user", "hi"),), {"temperature": 0.6}, 0),
        Request("openai:m", "", (Message("system", "hi"),), {"temperature": 0.5}, 0),
    ],
    ids=["text", "sample", "model", "name", "parameter", "role"],
)  # fmt: skip
def test_whatever_could_change_the_reply_changes_the_key(other: Request) -> None:
    assert other.key != request().key


def test_the_key_is_the_same_in_every_process() -> None:
    code = (
        "from evalkit.types import *\n"
        "print(Request('openai:m', '', (Message('user', 'hi'),), {'temperature': 0.5}, 0).key)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert shown == request().key


def test_transcripts_come_back_as_they_were(store: Store) -> None:
    given_one = Transcript(transcript().trial, transcript().turns, None, {"1": {"number.correct": 1.0, "x.y": None}})
    store.keep_transcript(given_one, fingerprint="f", scored_turn=1).result()
    (stored,) = store.transcripts()
    assert stored.transcript == given_one
    assert stored.scored_turn == 1
    assert store.finished("set/a", 0) == {("plain", "m"): "f"}


def test_a_failed_transcript_is_not_finished(store: Store) -> None:
    store.keep_transcript(transcript(error="HTTP 500"), fingerprint="f").result()
    assert store.finished("set/a", 0) == {}


def test_scores_survive_a_rerun_with_the_same_text_and_go_with_another(store: Store) -> None:
    store.keep_transcript(transcript()).result()
    (stored,) = store.transcripts()
    score = Score("correct", 1.0, "as the staff", (Span(0, 3, "answer", "n"),), {"how": "bold"}, "staff")
    store.keep_scores(stored.id, 1, "number", "1-a", [score, Score("other", None, "cut off")]).result()
    store.keep_transcript(transcript()).result()
    assert [s.score for s in store.scores()] == [score, Score("other", None, "cut off")]
    store.keep_scores(stored.id, 1, "number", "2-a", [score]).result()
    assert [(s.version, s.score.metric) for s in store.scores()] == [("2-a", "correct")], "an older version is replaced"
    store.keep_transcript(transcript("another answer")).result()
    assert list(store.scores()) == []


def test_order_does_not_depend_on_the_order_of_arrival(store: Store) -> None:
    for template in ("b", "a", "c"):
        store.keep_transcript(transcript(template=template)).result()
    assert [s.transcript.trial.template for s in store.transcripts()] == ["a", "b", "c"]


@given(st.text())
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_can_be_stored(tmp_path: Path, text: str) -> None:
    with Store(tmp_path / "any.sqlite", write=True) as store:
        asyncio.run(store.keep_reply(request(text), Reply(text)))
        store.keep_transcript(transcript(text)).result()
        (stored,) = store.transcripts()
        store.keep_scores(
            stored.id, 1, "s", "1", [Score("m", 1.0, text, (Span(0, 1, "k", text),), {"t": text})]
        ).result()
        found = store.reply(request(text).key)
        assert found is not None
        assert found.text == text
        assert stored.transcript.turns[-1].content == text
        assert next(store.scores()).score.details["t"] == text


def test_half_a_surrogate_pair_can_be_stored(store: Store) -> None:
    asyncio.run(store.keep_reply(request("\ud800"), Reply("\udfff")))
    store.keep_transcript(transcript("\ud800")).result()
    assert store.reply(request("\ud800").key) == Reply("\udfff")


def test_half_a_surrogate_pair_in_a_reason_can_be_stored(store: Store) -> None:
    store.keep_transcript(transcript()).result()
    ((id_, _, _),) = store.trials()
    store.keep_scores(id_, 1, "s", "1-a", [Score("m", None, "read \ud800 here")]).result()
    assert next(store.scores()).score.reason == "read ? here"


@pytest.mark.parametrize(
    "turn",
    [(1.0, 2, "o", "p", None), (1, 2.0, "o", "p", None), (1, True, "o", "p", None)],
    ids=["turn", "answers", "truth"],
)
def test_a_number_of_another_kind_is_damage_also_behind_the_same_whole_one(
    store: Store, turn: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tuple(int(v) if isinstance(v, float | bool) else v for v in turn)
    rows = [(1, "p/a", "plain", "m", 0, *whole), (2, "p/a", "plain", "m", 1, *turn)]
    monkeypatch.setattr(store, "_cursor", lambda _: nullcontext(rows))
    with pytest.raises(StoreError, match="transcripts"):
        store.trials()


ROWS = (
    (7, Trial("p/a", "plain", "m", 0), Outline(None, 1, "o", "p", None)),
    (2, Trial("p/a", "plain", "m", 1), Outline(None, 1, "o", "p", None)),
    (9, Trial("p/a", "hint", "m", 0), Outline(2, 3, "o", "q", None)),
    (1, Trial("p/b", "plain", "n", 10**12), Outline(None, 0, "o", "r", "refused")),
)


def test_trials_are_kept_as_they_came() -> None:
    found = Trials(iter(ROWS))
    assert [*found] == [*ROWS]
    assert (found[-1], found[1:3], len(found)) == (ROWS[-1], [*ROWS[1:3]], 4)
    assert (found.templates, found.longest, found.failed) == (["plain", "hint"], 3, [ROWS[-1][1]])
    assert [found.reach("hint", turn) for turn in (3, 4)] == [True, False]
    assert [found.reach("plain", turn) for turn in (1, 2)] == [True, False]
    assert (len(found.cells), len(found.outlines)) == (3, 3), "each once"


def test_there_may_be_no_trial() -> None:
    none = Trials()
    assert ([*none], none.templates, none.longest, none.failed, none.reach("plain", 1)) == ([], [], 0, [], False)


def test_outlines_tell_what_was_said_to_the_model_and_not_what_it_replied(store: Store) -> None:
    def keep(template: str, *turns: tuple[Literal["user", "assistant"], str]) -> None:
        said = tuple(Turn(role, text) for role, text in turns)
        store.keep_transcript(Transcript(Trial("set/a", template, "m", 0), said, None)).result()

    keep("plain", ("user", "hi"), ("assistant", "one"), ("user", "again"), ("assistant", "two"))
    keep("replied-otherwise", ("user", "hi"), ("assistant", "three"), ("user", "again"), ("assistant", "four"))
    keep("other-end", ("user", "hi"), ("assistant", "one"), ("user", "begin anew"), ("assistant", "two"))
    keep("other-start", ("user", "ho"), ("assistant", "one"), ("user", "again"), ("assistant", "two"))
    found = {trial.template: outline for trial, outline in store.outlines().items()}
    plain = found.pop("plain")
    same = {name: (o.opening == plain.opening, o.prompts == plain.prompts) for name, o in found.items()}
    assert same == {"replied-otherwise": (True, True), "other-end": (True, False), "other-start": (False, False)}


def test_a_second_writer_is_refused_with_the_pid(store: Store) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom evalkit.runfile.store import Store\nfrom evalkit.errors import StoreError\n"
        "try:\n    Store(Path(sys.argv[1]), write=True)\nexcept StoreError as e:\n    print(e)"
    )
    shown = subprocess.run([sys.executable, "-c", code, store.path], capture_output=True, text=True, check=True).stdout
    assert "another evalkit process" in shown
    assert f"process {os.getpid()}" in shown
    store.close()
    with Store(store.path, write=True):
        pass


def test_readers_are_never_refused(store: Store) -> None:
    with Store(store.path) as reader:
        assert list(reader.transcripts()) == []
        with pytest.raises(StoreError, match="reading only"):
            reader.keep_transcript(transcript())


def spoil(path: Path, how: str) -> None:
    if how == "text":
        path.write_text("this is no database, it is a long enough text to be looked at " * 20)
    elif how == "other":
        with sqlite3.connect(path) as db:
            db.execute("CREATE TABLE t (x)")
        db.close()
    elif how == "newer":
        Store(path, write=True).close()
        db = sqlite3.connect(path)
        db.execute(f"PRAGMA user_version = {FORMAT + 1}")
        db.close()
    elif how == "folder":
        path.mkdir()


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("text", "not a run file"), ("other", "not a run file"), ("newer", "newer evalkit"), ("folder", "no such run file"),
        ("missing", "no such run file"),
    ],
)  # fmt: skip
def test_what_is_no_run_file_is_refused(tmp_path: Path, how: str, says: str) -> None:
    path = tmp_path / "x.sqlite"
    spoil(path, how)
    with pytest.raises(StoreError, match=says):
        Store(path)
    if how not in ("missing", "folder"):
        with pytest.raises(StoreError, match=says):
            Store(path, write=True)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("x.toml", r"accessible: .*; the run file of an experiment ends in \.sqlite: .*x\.sqlite$"),
        ("x.csv", r"`evalkit import .*x\.csv --run NEW\.sqlite`$"),
        ("x.txt", "not a database$"),
    ],
)
def test_what_was_meant_instead_is_told_by_the_ending(tmp_path: Path, name: str, meant: str) -> None:
    (tmp_path / name).write_text("samples = 3\n" * 100, encoding="utf-8")
    with pytest.raises(StoreError, match=meant):
        Store(tmp_path / name)


@pytest.mark.parametrize(
    ("patient", "at_once"),
    [([False], True), ([True], False), ([True, False], True), ([False, True, False], True)],
    ids=["one who waits", "nobody waits", "then one who waits", "one who waits, all over"],
)
def test_what_nobody_waits_for_is_written_with_what_comes_next(
    store: Store, monkeypatch: pytest.MonkeyPatch, patient: list[bool], at_once: bool
) -> None:
    committed: list[int] = []

    class Counting(Writer):
        def _commit(self, db: sqlite3.Connection, batch: list) -> None:  # type: ignore[type-arg]
            committed.append(len(batch))
            super()._commit(db, batch)

    monkeypatch.setattr("evalkit.runfile.writer.BATCH_SECONDS", 60)
    writer = Counting(store.path)
    told = [Future[None]() for _ in patient]
    try:
        for future, is_patient in zip(told, patient, strict=True):
            writer.put([("INSERT INTO meta VALUES (?, 'x')", [str(id(future))])], future, patient=is_patient)
        if at_once:
            told[-1].result(timeout=30)
        else:
            with pytest.raises(TimeoutError):
                told[-1].result(timeout=0.3)
    finally:
        writer.stop()
    assert all(future.result(timeout=30) is None for future in told), "what was put is written before the end"
    assert sum(committed) == len(patient)
    assert len(committed) == 1 or not patient[0], "a patient one is written together with the next"


def test_a_full_disk_is_one_message(store: Store) -> None:
    """SQLite's own page limit stands in for the disk: the same error, the same path through the code."""
    store.keep_transcript(transcript()).result()
    assert store._writer is not None
    store._writer.stop()

    class Small(Writer):
        def _commit(self, db: sqlite3.Connection, batch: list) -> None:  # type: ignore[type-arg]
            db.execute("PRAGMA max_page_count = 20")
            super()._commit(db, batch)

    store._writer = Small(store.path)
    with pytest.raises(StoreError, match="full; what was stored before is safe"):
        asyncio.run(store.keep_reply(request(), Reply("x" * 1_000_000)))
    assert len(list(store.transcripts())) == 1
    store.close()


def test_notes_are_found_by_their_beginning(store: Store) -> None:
    noted = {"variant": "0", "variant:": "1", "variant:a": "2", "variant:\U0010ffff": "3", "variant;": "4", "w": "5"}
    with store:
        for key, value in noted.items():
            store.set_meta(key, value)
        assert [value for _, value in store.metas("variant:")] == ["1", "2", "3"]
        assert {*noted} <= {key for key, _ in store.metas("")}
        assert store.metas("x") == []


def test_what_was_drawn_is_looked_up_for_the_conversations_that_are_read(store: Store) -> None:
    with store:
        for sample in range(3):
            kept = transcript()
            drawn = {"n": sample + 1} if sample else {}
            trial = Trial("set/a", "plain", "m", sample)
            store.keep_transcript(replace(kept, trial=trial, variant=drawn, wordings={"ban": sample})).result()
        found = {s.transcript.trial.sample: s.transcript for s in store.transcripts()}
        assert [dict(found[i].variant) for i in range(3)] == [{}, {"n": 2}, {"n": 3}]
        assert [dict(found[i].wordings) for i in range(3)] == [{"ban": 0}, {"ban": 1}, {"ban": 2}]
        assert store.variants_of("set/a") == [{"n": 2}, {"n": 3}]
        assert store.variants_of("set/b") == []
        assert {t.sample: v for t, v in store.variants().items()} == {1: {"n": 2}, 2: {"n": 3}}


def test_a_closed_run_file_is_one_file_that_needs_nothing_written_beside_it(tmp_path: Path) -> None:
    with Store(tmp_path / "x.sqlite", write=True) as store:
        store.keep_transcript(transcript()).result()
    with Store(tmp_path / "x.sqlite") as store:
        assert len(list(store.transcripts())) == 1
    assert [p.name for p in tmp_path.iterdir() if not p.name.endswith(".lock")] == ["x.sqlite"]
    with closing(sqlite3.connect(tmp_path / "x.sqlite")) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
