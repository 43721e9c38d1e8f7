"""A run file of which one cell holds something else: whoever reads it gets one error that names its table, or a result."""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import pytest

from evalkit.errors import StoreError
from evalkit.runfile.batched import Note
from evalkit.runfile.schema import SCHEMA
from evalkit.runfile.store import Store
from evalkit.types import Score
from tests.test_store import request, transcript

TRIAL = transcript().trial
READERS: dict[str, Callable[[Store], object]] = {
    "answered": lambda s: s.answered("openai:m"),
    "answers_counted": lambda s: s.answers_counted(),
    "attachment": lambda s: s.attachment("00", 10),
    "batches": lambda s: (s.batch_notes(), s.batch_known("m"), list(s.batch_requests("mark"))),
    "chats": lambda s: s.chats(),
    "columns": lambda s: s.columns(),
    "conversations": lambda s: s.conversations(),
    "finished": lambda s: s.finished("set/a", 0),
    "judged": lambda s: s.judged("set/a"),
    "labelled": lambda s: (s.labelled(), s.labelled_by()),
    "labels": lambda s: (list(s.labels()), list(s.all_labels()), s.labels_of(1), s.labellers()),
    "metas": lambda s: s.metas(""),
    "outlines": lambda s: s.outlines(),
    "problems": lambda s: s.problems(),
    "replies": lambda s: s.replies(),
    "reply": lambda s: s.reply(request().key),
    "said": lambda s: s.said(),
    "scored": lambda s: (s.scored_metrics(), s.scorer_versions(), s.seen_metrics()),
    "scores": lambda s: s.scores(),
    "some_replies": lambda s: s.some_replies("openai:m", 5),
    "spent": lambda s: (s.spent(), s.served(), s.held(), list(s.unpriced())),
    "text_hash": lambda s: s.text_hash(TRIAL),
    "transcripts": lambda s: s.transcripts(),
    "trials": lambda s: s.trials(),
    "variants": lambda s: (s.variants(), s.wordings()),
    "verdicts": lambda s: (s.verdicts(1), list(s.unjudged(1)), s.read_by_model(), s.said_by_judge()),
}
STRANGE = ("x'00ff'", "9e999", "'{'")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run file with a row or two in each table."""
    path = tmp_path_factory.mktemp("cells") / "made.sqlite"
    with Store(path, write=True) as store:
        for template in ("plain", "ban"):
            store.keep_transcript(transcript(template=template)).result(timeout=5)
        asyncio.run(store.keep_reply(request(), next(t.reply for t in transcript().turns if t.reply)))
        store.keep_scores(1, 1, "words", "1", [Score("count", 1.0, "one")]).result(timeout=5)
        asyncio.run(store.keep_batch(Note("mark", "m", "http://127.0.0.1:9/v1", 1, 1.0, "b1"), [("key", "text")]))
        store.keep_spec("template", "plain", "text").result(timeout=5)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("INSERT INTO labels VALUES (1, 1, 'words.count', 'me', 0, 0, 1.0)")
        db.execute("INSERT INTO attachments VALUES ('00', 'a.txt', 'text/plain', x'61')")
    return path


def cells() -> list[tuple[str, str]]:
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(SCHEMA)
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [(t, row[1]) for t in tables for row in db.execute(f"PRAGMA table_info({t})") if row[1] != "id"]


TOLD = re.compile(
    rf"its table (?:{'|'.join(sorted({t for t, _ in cells()}))}) |not a run file of evalkit: Could not decode"
)


@pytest.mark.parametrize(("table", "column"), cells())
def test_a_strange_cell_is_one_error_that_names_a_table(made: Path, tmp_path: Path, table: str, column: str) -> None:
    told = []
    for strange in STRANGE:
        path = tmp_path / "x.sqlite"
        shutil.copy(made, path)
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute(f"UPDATE OR IGNORE {table} SET {column} = {strange}")  # noqa: S608
        with Store(path) as store:
            for read in READERS.values():
                try:
                    found = read(store)
                    _ = list(found) if isinstance(found, Iterable) else found
                except StoreError as error:
                    told.append(str(error))
    assert [text for text in told if not TOLD.search(text)] == []
