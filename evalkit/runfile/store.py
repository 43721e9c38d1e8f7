"""The run file: one SQLite file that holds everything gathered. The only module that knows SQL.

A reply is stored under the hash of its exact request before anything else touches it: that one table is the cache, the
way to resume, and the replay. All writing goes through one thread that commits in batches (when its queue is empty, or
every 50 ms) and acknowledges after the commit, so what was acknowledged survives `kill -9`.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from filelock import FileLock, Timeout

from evalkit.errors import StoreError
from evalkit.runfile import schema
from evalkit.runfile.opening import check_schema, connect, in_memory, one_file, reading
from evalkit.runfile.records import (
    Outline,
    Stored,
    StoredScore,
    clean,
    evidence_to,
    fits,
    number_from,
    outline_from,
    prompt_hashes,
    reply_from,
    reply_to,
    request_from,
    score_from,
    spoken_hashes,
    trial_from,
    whole,
    word,
)
from evalkit.runfile.transcripts import message_to, turn_from
from evalkit.runfile.writer import Acknowledged, Statement, Writer
from evalkit.types import Reply, Request, Score, Transcript, Trial, digest

PACKAGES = (
    "evalkit",
    "jinja2",
    "math-verify",
    "numpy",
    "openai",
    "pandas",
    "rapidfuzz",
    "scipy",
    "sympy",
    "torch",
    "transformers",
)

T = TypeVar("T")
_ORDER = "ORDER BY problem, template, model, sample"


class Store:
    """One run file, open for reading or (`write=True`, one process at a time) for writing.

    Raises StoreError when the file is no run file, from a newer evalkit, damaged, locked or unwritable.
    """

    def __init__(self, path: Path, *, write: bool = False) -> None:
        self.path = path
        self._lock: FileLock | None = None
        self._writer: Writer | None = None
        if not write and not path.is_file():
            raise StoreError(f"{path}: no such run file")
        if path.exists() and not path.is_file():
            raise StoreError(f"{path}: not a plain file")
        if write:
            self._take_lock()
        try:
            self._db = connect(path, write)
            self._prepare(write)
            if write:
                self._writer = Writer(path)
                self._note_versions()
        except sqlite3.Error as error:
            self.close()
            raise StoreError(f"{path}: not a run file of evalkit, or not accessible: {error}") from None
        except StoreError:
            self.close()
            raise

    def _take_lock(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(f"{self.path}.lock")
            self._lock.acquire(timeout=0)
        except Timeout:
            self._lock = None
            holder = ""
            with suppress(sqlite3.Error, TypeError):
                found = connect(self.path, False).execute("SELECT value FROM meta WHERE key = 'writer'").fetchone()
                holder = f" ({found[0]})"
            raise StoreError(
                f"{self.path}: another evalkit process{holder} is writing to this run file; wait for it"
            ) from None
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be written: {error.strerror}") from None

    def _prepare(self, write: bool) -> None:
        found = check_schema(self._db, self.path)
        if found == 0 and not write:
            raise StoreError(f"{self.path}: an empty file, not a run file of evalkit")
        if found == 0:
            schema.create(self._db)
        elif found < schema.FORMAT:
            if not write:  # who only reads changes nothing: the file becomes a new one in memory
                self._db = in_memory(self._db)
            with reading(self.path, "meta or replies", "any"):
                schema.migrate(self._db)
        if write:
            self._db.execute("PRAGMA journal_mode = WAL")

    def _note_versions(self) -> None:
        packages: dict[str, str] = {}
        for name in PACKAGES:
            with suppress(PackageNotFoundError):
                packages[name] = version(name)
        self.set_meta("packages", json.dumps({"python": platform.python_version(), **packages}))
        self.set_meta("writer", f"process {os.getpid()} on {platform.node()}")

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write what is queued and let the file go. Safe to call twice."""
        if self._writer is not None:
            self._writer.stop()
            self._writer = None
            one_file(self._db)
        with suppress(AttributeError, sqlite3.Error):
            self._db.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def copy_to(self, path: Path) -> None:
        """Write what the file holds at this moment into another one, also while somebody writes to it."""
        target = sqlite3.connect(path)
        try:
            self._db.backup(target)
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: cannot be copied: {error}") from None
        finally:
            target.close()

    def _put(self, *statements: Statement, patient: bool = False) -> Future[None]:
        future: Future[None] = Future()
        self._queue(statements, future, patient)
        return future

    async def _put_and_wait(self, *statements: Statement) -> None:
        """As `_put`, from the event loop: returns after the commit."""
        future = asyncio.get_running_loop().create_future()
        self._queue(statements, future)
        await future

    def _queue(self, statements: Sequence[Statement], future: Acknowledged, patient: bool = False) -> None:
        if self._writer is None:
            raise StoreError(f"{self.path}: opened for reading only")
        self._writer.put(statements, future, patient=patient)

    def _rows(self, query: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        try:
            # By way of fetchone: a reader that stops half way may be cleaned up after the file was closed.
            yield from iter(self._db.execute(query, values).fetchone, None)
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: damaged, or not a run file of evalkit: {error}") from None

    # ------------------------------------------------------------ meta and specs

    def meta(self, key: str) -> str | None:
        row = next(self._rows("SELECT value FROM meta WHERE key = ?", (key,)), None)
        return None if row is None else str(row[0])

    def noted(self, key: str, read: Callable[[str], T]) -> T | None:
        """An entry as `read` understands it. Raises StoreError where it does not."""
        text = self.meta(key)
        if text is None:
            return None
        with reading(self.path, "meta", key):
            return read(text)

    def metas(self, prefix: str) -> list[tuple[str, str]]:
        """(key, value) of everything noted under keys with this beginning, by key."""
        rows = self._db.execute("SELECT key, value FROM meta ORDER BY key")
        return [(str(key), str(value)) for key, value in rows if str(key).startswith(prefix)]

    def set_meta(self, key: str, value: str) -> None:
        self._put(("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))).result()

    def keep_spec(self, kind: str, name: str, text: str) -> Future[None]:
        """Store the text of a problem or template as the newest one of that name."""
        key = digest([kind, name, text])
        return self._put(
            ("INSERT OR IGNORE INTO specs VALUES (?, ?, ?, ?)", (key, kind, name, text)),
            ("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"{kind}:{name}", key)),
        )

    def spec(self, kind: str, name: str) -> str | None:
        """The newest stored text of a problem or template."""
        row = next(self._rows("SELECT text FROM specs WHERE hash = ?", (self.meta(f"{kind}:{name}") or "",)), None)
        return None if row is None else str(row[0])

    def spec_names(self, kind: str) -> list[str]:
        """Names of all stored specs of a kind, sorted."""
        rows = self._rows("SELECT DISTINCT name FROM specs WHERE kind = ? ORDER BY name", (kind,))
        return [str(name) for (name,) in rows]

    # ------------------------------------------------------------ replies

    def reply(self, key: str) -> Reply | None:
        """The stored reply to the request with this key."""
        row = next(self._rows("SELECT reply FROM replies WHERE key = ?", (key,)), None)
        with reading(self.path, "replies", key):
            return None if row is None else reply_from(row[0])

    async def keep_reply(self, request: Request, reply: Reply, cost: float | None = None) -> None:
        """Returns after the reply is committed. cost: money paid for it, None where it is not known."""
        row = (request.key, request.label, request.text, reply_to(reply), cost)
        await self._put_and_wait((schema.INSERT_REPLY, row))

    def spent(self) -> list[tuple[str, int, float, float | None]]:
        """(model, replies, what they cost, the dearest of them), as far as the costs are known."""
        query = "SELECT model, count(*), coalesce(sum(cost), 0.0), max(cost) FROM replies GROUP BY model ORDER BY model"
        return list(self._rows(query))

    def unpriced(self) -> Iterator[tuple[str, Request, Reply]]:
        """(model, request, reply) where no cost is stored."""
        query = "SELECT id, model, request, reply FROM replies WHERE cost IS NULL"
        for row, model, request, reply in self._rows(query):
            with reading(self.path, "replies", row):
                found = str(model), request_from(json.loads(request)), reply_from(reply)
            yield found

    def some_replies(self, label: str, most: int) -> list[tuple[Request, Reply]]:
        """The first so many replies of a model: what others will be like."""
        rows = self._rows("SELECT request, reply FROM replies WHERE model = ? ORDER BY id LIMIT ?", (label, most))
        with reading(self.path, "replies", f"of {label}"):
            return [(request_from(json.loads(request)), reply_from(reply)) for request, reply in rows]

    def answered(self, label: str) -> int:
        """How many replies of this model are stored."""
        return int(next(self._rows("SELECT count(*) FROM replies WHERE model = ?", (label,)))[0])

    def replies(self) -> Iterator[tuple[dict[str, Any], Reply]]:
        """Every stored (request as JSON, reply), by key."""
        for row, request, reply in self._rows("SELECT id, request, reply FROM replies ORDER BY key"):
            with reading(self.path, "replies", row):
                found = json.loads(request), reply_from(reply)
                request_from(found[0])
            yield found

    # ------------------------------------------------------------ transcripts

    def parameters_differ(self) -> bool:
        """Whether any model was asked with more than one set of parameters."""
        sets = "count(DISTINCT json_extract(request, '$.parameters'))"
        query = f"SELECT 1 FROM replies GROUP BY model HAVING {sets} > 1 LIMIT 1"
        return next(self._rows(query), None) is not None

    def finished(self, problem: str, sample: int, *, failed: bool = False) -> dict[tuple[str, str], str]:
        """Fingerprints of the complete transcripts of one block, and of the failed ones, by (template, model)."""
        query = (
            "SELECT template, model, fingerprint FROM transcripts WHERE problem = ? AND sample = ? "
            "AND (error IS NULL OR ?) AND fingerprint IS NOT NULL"
        )
        return {(t, m): f for t, m, f in self._rows(query, (problem, sample, failed))}

    def keep_transcript(
        self, transcript: Transcript, *, fingerprint: str | None = None, scored_turn: int | None = None
    ) -> Future[None]:
        """Store a transcript in place of any older one of the same trial. Scores of the same text are kept."""
        return self._put(*_transcript_statements(transcript, fingerprint, scored_turn))

    async def add_transcript(self, transcript: Transcript, fingerprint: str, scored_turn: int | None) -> None:
        """As `keep_transcript`, from the event loop: returns after the commit."""
        await self._put_and_wait(*_transcript_statements(transcript, fingerprint, scored_turn))

    def transcripts(self, problem: str | None = None) -> Iterator[Stored]:
        """Every stored transcript (of one problem), in the order of the trials."""
        query = "SELECT id, problem, template, model, sample, scored_turn, error, turns FROM transcripts"
        where, values = (" WHERE problem = ?", (problem,)) if problem is not None else ("", ())
        labelled = next(self._rows("SELECT 1 FROM labels LIMIT 1"), None) is not None
        for row in self._rows(f"{query}{where} {_ORDER}", values):
            with reading(self.path, "transcripts", row[0]):
                turns = tuple(turn_from(t) for t in json.loads(row[7]))
                scored = outline_from((row[5], 0, "", "", row[6])).scored_turn
                trial = trial_from(row[1:5])
            labels = self._labels(row[0]) if labelled else {}
            yield Stored(row[0], Transcript(trial, turns, row[6], labels), scored)

    def _labels(self, transcript: int) -> dict[str, dict[str, float | None]]:
        labels: dict[str, dict[str, float | None]] = {}
        query = "SELECT turn, metric, value FROM labels WHERE transcript = ? ORDER BY turn, metric"
        with reading(self.path, "labels", transcript):
            for turn, metric, value in self._rows(query, (transcript,)):
                labels.setdefault(str(turn), {})[metric] = number_from(value)
        return labels

    def problems(self) -> list[str]:
        """Ids of the problems that have transcripts, sorted."""
        found = self._rows("SELECT DISTINCT problem FROM transcripts ORDER BY problem")
        with reading(self.path, "transcripts", "any"):
            return [word(p) for (p,) in found]

    def trials(self) -> list[tuple[int, Trial, Outline]]:
        """(transcript, trial, outline) of every transcript, in the order of the trials."""
        query = (
            "SELECT id, problem, template, model, sample, scored_turn, answers, opening, prompts, error "
            f"FROM transcripts {_ORDER}"
        )
        found = []
        for row in self._rows(query):
            with reading(self.path, "transcripts", row[0]):
                found.append((row[0], trial_from(row[1:5]), outline_from(row[5:])))
        return found

    def text_hashes(self) -> dict[Trial, str]:
        """Hash of all that was said, see `records.turns_hash`, of every trial."""
        rows = self._rows("SELECT id, problem, template, model, sample, text_hash FROM transcripts")
        found = {}
        for row in rows:
            with reading(self.path, "transcripts", row[0]):
                found[trial_from(row[1:5])] = word(row[5])
        return found

    def said(self) -> Iterator[tuple[int, list[str]]]:
        """(transcript, one hash an assistant turn) of every transcript: of all that was said up to that turn."""
        for key, turns in self._rows("SELECT id, turns FROM transcripts"):
            with reading(self.path, "transcripts", key):
                hashes = spoken_hashes(json.loads(turns))
            yield key, hashes

    def conversations(self) -> Iterator[tuple[tuple[str, str, str], str]]:
        """((problem, template, model), hash of all that was said) of every whole transcript, in this order."""
        query = f"SELECT id, problem, template, model, turns FROM transcripts WHERE error IS NULL {_ORDER}"
        for key, problem, template, model, turns in self._rows(query):
            with reading(self.path, "transcripts", key):
                hashes = spoken_hashes(json.loads(turns))
            if hashes:
                yield (problem, template, model), hashes[-1]

    def outlines(self) -> dict[Trial, Outline]:
        """The outline of every trial, in the order of the trials."""
        return {trial: outline for _, trial, outline in self.trials()}

    # ------------------------------------------------------------ scores

    def score_versions(self, transcript: int) -> set[tuple[int, str, str]]:
        """(assistant turn, scorer, version) of the stored scores of one transcript."""
        query = "SELECT DISTINCT turn, scorer, version FROM scores WHERE transcript = ?"
        return set(self._rows(query, (transcript,)))

    def verdicts(self, transcript: int) -> dict[tuple[int, str, str], float | None]:
        """(assistant turn, scorer, metric) -> value of the stored scores of one transcript."""
        query = "SELECT turn, scorer, metric, value FROM scores WHERE transcript = ?"
        return {(turn, scorer, metric): value for turn, scorer, metric, value in self._rows(query, (transcript,))}

    def scorer_versions(self) -> list[tuple[str, str]]:
        """(scorer, version) of all stored scores; a version is `<number>-<hash of what the verdict depends on>`."""
        return list(self._rows("SELECT DISTINCT scorer, version FROM scores ORDER BY scorer, version"))

    def labels(self) -> Iterator[tuple[Trial, int, str, float | None]]:
        """(trial, assistant turn, metric, value) of every human label, in the order of the trials."""
        query = (
            "SELECT t.problem, t.template, t.model, t.sample, l.turn, l.metric, l.value "
            f"FROM labels l JOIN transcripts t ON t.id = l.transcript {_ORDER}, l.turn, l.metric"
        )
        for row in self._rows(query):
            with reading(self.path, "labels", row[:6]):
                found = trial_from(row[:4]), whole(row[4]), word(row[5]), number_from(row[6])
            yield found

    def labelled(self) -> bool:
        """Whether any human label is stored."""
        return next(self._rows("SELECT 1 FROM labels LIMIT 1"), None) is not None

    def keep_scores(
        self, transcript: int, turn: int, scorer: str, version: str, scores: Iterable[Score]
    ) -> Future[None]:
        """Store what one scorer says of one assistant turn, in place of what an older version of it said."""
        rows = [(transcript, turn, scorer, s.metric, version, s.value, clean(s.reason), evidence_to(s)) for s in scores]
        delete = "DELETE FROM scores WHERE transcript = ? AND turn = ? AND scorer = ?"
        insert = "INSERT OR REPLACE INTO scores VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        statements = ((delete, (transcript, turn, scorer)), *((insert, row) for row in rows))
        return self._put(*statements, patient=True)

    def scores(self, problem: str | None = None) -> Iterator[StoredScore]:
        """Every stored score (of one problem), in the order of trial, turn, scorer, metric."""
        where, values = ("WHERE t.problem = ?", (problem,)) if problem is not None else ("", ())
        query = (
            "SELECT t.problem, t.template, t.model, t.sample, s.turn, s.scorer, s.version, s.metric, s.value, "
            f"s.reason, s.evidence FROM scores s JOIN transcripts t ON t.id = s.transcript {where} "
            f"{_ORDER}, turn, scorer, metric"
        )
        for row in self._rows(query, values):
            with reading(self.path, "scores", row[:7]):
                named = trial_from(row[:4]), whole(row[4]), word(row[5]), word(row[6])
                found = StoredScore(*named, score_from(*row[7:11]))
            yield found

    def values(self, metrics: Sequence[str] = ()) -> Iterator[tuple[int, int, str, float | None, str]]:
        """(transcript, turn, metric, value, reason) of every score, or of these metrics only, in no special order.

        The reason is given where the value is None, else it is empty: a run file may hold a million of them.
        """
        named = f"WHERE metric IN ({','.join('?' * len(metrics))})" if metrics else ""
        query = (
            "SELECT transcript, turn, metric, value, reason FROM (SELECT transcript, turn, scorer || '.' || metric AS "
            f"metric, value, CASE WHEN value IS NULL THEN reason ELSE '' END AS reason FROM scores) {named}"
        )
        for row in self._rows(query, metrics):
            _, turn, metric, value, reason = row
            if type(turn) is not int or not isinstance(metric, str) or not isinstance(reason, str) or not fits(value):
                with reading(self.path, "scores", row[:3]):
                    raise TypeError(f"value {value!r}")
            yield row

    def answers(self) -> Iterator[tuple[str, str, str, int, int, str, float | None, str]]:
        """(problem, template, model, sample, turn, metric, value, answer) of every score that names an answer."""
        given = "json_extract(s.evidence, '$.details.given')"
        query = (
            f"SELECT t.problem, t.template, t.model, t.sample, s.turn, s.scorer || '.' || s.metric, s.value, {given} "
            f"FROM scores s JOIN transcripts t ON t.id = s.transcript WHERE {given} IS NOT NULL "
            f"{_ORDER}, turn, s.scorer, s.metric"
        )
        yield from self._rows(query)


def _transcript_statements(
    transcript: Transcript, fingerprint: str | None, scored_turn: int | None
) -> tuple[Statement, ...]:
    trial = transcript.trial
    turns = json.dumps([message_to(t) for t in transcript.turns])
    key = (trial.problem, trial.template, trial.model, trial.sample)
    where = "problem = ? AND template = ? AND model = ? AND sample = ?"
    answers = len(transcript.replies)
    opening, prompts = prompt_hashes(transcript)
    values = (*key, fingerprint, scored_turn, answers, digest(turns), opening, prompts, transcript.error, turns)
    labels = [
        (int(turn), metric, value, *key)
        for turn, metrics in transcript.labels.items()
        for metric, value in metrics.items()
    ]
    insert_label = f"INSERT OR REPLACE INTO labels SELECT id, ?, ?, ? FROM transcripts WHERE {where}"
    return (
        (f"DELETE FROM transcripts WHERE {where} AND text_hash <> ?", (*key, values[7])),
        (
            "INSERT INTO transcripts (problem, template, model, sample, fingerprint, scored_turn, answers, "
            "text_hash, opening, prompts, error, turns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET fingerprint = excluded.fingerprint, scored_turn = excluded.scored_turn, "
            "error = excluded.error",
            values,
        ),
        *((insert_label, label) for label in labels),
    )
