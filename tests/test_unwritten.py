"""What could not be written is told, wherever many writes are waited for together: a disk that is full must not end in
tables of what was left. SQLite is told to take no rows of one table, which stands in for the disk.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import partialmethod
from pathlib import Path

import pytest

import evalkit
from evalkit.errors import StoreError
from evalkit.judging import asked
from evalkit.runfile import writer
from evalkit.runfile.opening import connect
from evalkit.runfile.store import Store
from tests.judged import judge
from tests.logged import LOGS

RUN = Path("x.sqlite")
LINE = {
    "problem": "set/half", "template": "plain", "model": "m", "sample": 0,
    "messages": [{"role": "user", "content": "?"}, {"role": "assistant", "content": "**Final answer:** 1"}],
}  # fmt: skip


def _lines(count: int, **more: str) -> str:
    Path("lines.jsonl").write_text("".join(json.dumps({**LINE, **more, "sample": n}) + "\n" for n in range(count)))
    return "lines.jsonl"


def _judged() -> None:
    with Store(RUN, write=True) as store:
        asked.keep(store, judge())


def _run() -> None:
    evalkit.provider("pupil")(lambda request: "**Final answer:** 1")
    evalkit.run({"problems": ["set/half"], "templates": ["plain"], "models": [{"id": "pupil:x"}]}, RUN)


WRITES: dict[str, tuple[str, Callable[[], object]]] = {
    "the texts of problems and templates": ("specs", _run),
    "the conversations of a run": ("transcripts", _run),
    "the prompts of a judge": ("specs", _judged),
    "imported conversations": ("transcripts", lambda: evalkit.import_transcripts(_lines(2), RUN)),
    "the problems of imported conversations": (
        "specs",
        lambda: evalkit.import_transcripts(_lines(1, problem="set/third"), RUN),
    ),
    "the conversations of a log": ("transcripts", lambda: evalkit.import_log(LOGS / "inspect.eval", RUN)),
    "the scores of a log": ("scores", lambda: evalkit.import_log(LOGS / "inspect.eval", RUN)),
    "verdicts": ("scores", lambda: evalkit.score(RUN)),
    "merged conversations": ("transcripts", lambda: evalkit.merge([RUN], "y.sqlite")),
    "their problems": ("specs", lambda: evalkit.merge([RUN], "y.sqlite")),
}


@pytest.mark.parametrize(("table", "write"), WRITES.values(), ids=WRITES)
def test_what_was_not_written_is_told(
    table: str, write: Callable[[], object], problems: Path, made: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    evalkit.import_transcripts(_lines(1), RUN)
    monkeypatch.setattr(writer, "connect", lambda path, write: _without(connect(path, write), table))
    monkeypatch.setattr(writer.Writer, "put", partialmethod(_alone, writer.Writer.put))
    with pytest.raises(StoreError, match="cannot be written: not authorized; what was stored before is safe"):
        write()


def _without(db: sqlite3.Connection, table: str) -> sqlite3.Connection:
    def allowed(action: int, name: str | None, *more: str | None) -> int:
        return sqlite3.SQLITE_DENY if (action, name) == (sqlite3.SQLITE_INSERT, table) else sqlite3.SQLITE_OK

    db.set_authorizer(allowed)
    return db


def _alone(
    self: writer.Writer, put: Callable[..., None], statements: object, future: writer.Acknowledged, **more: bool
) -> None:
    """Each write in a transaction of its own: else a later one that is waited for fails with it, or not, by chance."""
    put(self, statements, future, **more)
    if isinstance(future, Future):
        wait([future])
