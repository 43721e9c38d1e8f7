"""The run file: one SQLite file that holds everything gathered. Nothing outside this package knows SQL.

A reply is stored under the hash of its exact request before anything else touches it: that one table is the cache, the
way to resume, and the replay. All writing goes through one thread that commits in batches (when its queue is empty, or
every 50 ms) and acknowledges after the commit, so what was acknowledged survives `kill -9`.
"""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import orjson
from filelock import FileLock, Timeout

from evalkit.errors import StoreError, typed
from evalkit.runfile import drawn, labels, origins, readings, schema
from evalkit.runfile.batched import Batched
from evalkit.runfile.browse import Browse
from evalkit.runfile.opening import FAULTS, Here, check_schema, connect, copied, one_file, reading
from evalkit.runfile.records import (
    Outline,
    Stored,
    chat_hash,
    outline_from,
    prompt_hashes,
    spoken_hashes,
    trial_from,
    word,
)
from evalkit.runfile.replies import Replies
from evalkit.runfile.scores import Scores
from evalkit.runfile.tables import ORDER, SHOWN
from evalkit.runfile.transcripts import message_to, turn_from
from evalkit.runfile.writer import Statement, Writer
from evalkit.types import Attachment, Transcript, Trial, Value, digest
from evalkit.version import VERSION

PACKAGES = (
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


class Store(Replies, Batched, Scores, Browse, labels.Labels):
    """One run file, open for reading or (`write=True`, one process at a time) for writing.

    Raises StoreError when the file is no run file, from a newer evalkit, damaged, locked or unwritable.
    """

    def __init__(self, path: Path, *, write: bool = False) -> None:
        self.path = path
        self._lock: FileLock | None = None
        self._writer: Writer | None = None
        self.format = 0
        """That of the file as it was found; 0 for a new one."""
        if not write and not path.is_file():
            raise StoreError(f"{path}: no such run file{_others(path)}")
        if path.exists() and not path.is_file():
            raise StoreError(f"{path}: not a plain file")
        if write:
            self._take_lock()
        fresh = write and not path.exists()
        try:
            self._db = connect(path, write)
            self._prepare(write)
            if write:
                self._writer = Writer(path)
                self._note_versions()
        except FAULTS as error:
            self._leave(fresh)
            if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
                raise StoreError(f"{path}: cannot be written: {error}; what was stored before is safe") from None
            raise StoreError(f"{path}: not a run file of evalkit, or not accessible: {error}{_instead(path)}") from None
        except StoreError:
            self._leave(fresh)
            raise

    def _leave(self, fresh: bool) -> None:
        """A run file that could not be begun is not left behind: an empty file says nothing."""
        self.close()
        with suppress(OSError):
            if fresh and not self.path.stat().st_size:
                self.path.unlink()

    def _take_lock(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(f"{self.path}.lock")
            self._lock.acquire(timeout=0.2)  # who only looks whether somebody writes holds it for a moment
        except Timeout:
            self._lock = None
            holder = ""
            with suppress(*FAULTS, TypeError):
                found = connect(self.path, False).execute("SELECT value FROM meta WHERE key = 'writer'").fetchone()
                holder = f" ({found[0]})"
            raise StoreError(
                f"{self.path}: another evalkit process{holder} is writing to this run file; wait for it"
            ) from None
        except OSError as error:
            raise StoreError(f"{error.filename or self.path}: cannot be written: {error.strerror}") from None

    def _prepare(self, write: bool) -> None:
        found = self.format = check_schema(self._db, self.path)
        if found == 0 and not write:
            raise StoreError(f"{self.path}: an empty file, not a run file of evalkit")
        if found == 0:
            schema.create(self._db)
        elif found == schema.FORMAT - 1 and not write:
            schema.seen_as_4(self._db)
        elif found < schema.FORMAT:
            if not write:  # who only reads changes nothing: the file becomes a new one in a copy
                self._db = copied(self._db, self.path)
            elif found < schema.CLEAN:
                schema.compacted(self._db)
            with reading(self.path, "meta or replies", "any"):
                schema.migrate(self._db)
        if write:
            self._db.execute("PRAGMA journal_mode = WAL")

    def _note_versions(self) -> None:
        packages: dict[str, str] = {}
        for name in PACKAGES:
            with suppress(PackageNotFoundError):
                packages[name] = version(name)
        self.set_meta("packages", json.dumps({"python": platform.python_version(), "evalkit": VERSION, **packages}))
        self.set_meta("writer", f"process {os.getpid()} on {platform.node()}")
        if self.meta(origins.ORIGIN) is None:
            self.set_meta(origins.ORIGIN, self.origin() or uuid.uuid4().hex)

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

    def origin(self) -> str:
        """What tells this file from every other, also in a copy; of files of before, by their first reply."""
        noted = self.meta(origins.ORIGIN)
        if noted is not None:
            return noted
        first = next(self._rows("SELECT key, reply FROM replies ORDER BY id LIMIT 1"), None)
        return "" if first is None else digest([str(value) for value in first])

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
        if not prefix:
            return [(str(key), str(value)) for key, value in self._all("SELECT key, value FROM meta ORDER BY key")]
        # by the index: a run file may note something of every trial, and this is asked for every problem
        behind = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        query = "SELECT key, value FROM meta WHERE key >= ? AND key < ? ORDER BY key"
        return [(str(key), str(value)) for key, value in self._all(query, (prefix, behind))]

    def _has(self, prefix: str) -> bool:
        """Whether anything is noted under keys with this beginning."""
        found = next(self._rows("SELECT key FROM meta WHERE key >= ? ORDER BY key LIMIT 1", (prefix,)), ("",))[0]
        return str(found).startswith(prefix)

    def set_meta(self, key: str, value: str) -> None:
        self._put(("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))).result()

    def shards(self) -> list[str]:
        """The parts of the experiment, such as `3/8`, that were asked into this file, sorted."""
        return self.noted(origins.SHARDS, origins.shards_from) or []

    def keep_shard(self, shard: str) -> None:
        """Note that a part of the experiment is asked into this file."""
        self.set_meta(origins.SHARDS, origins.shards_to({*self.shards(), shard}))

    def keep_spec(self, kind: str, name: str, text: str) -> Future[None]:
        """Store the text of a problem or template as the newest one of that name."""
        key = digest([kind, name, text])
        return self._put(
            ("INSERT OR IGNORE INTO specs VALUES (?, ?, ?, ?)", (key, kind, name, text)),
            ("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"{kind}:{name}", key)),
        )

    def keep_attachment(self, attachment: Attachment) -> Future[None]:
        """Store a file that goes along with conversations, once however often it is sent."""
        values = (attachment.sha256, attachment.name, attachment.type, attachment.content)
        return self._put(("INSERT OR IGNORE INTO attachments VALUES (?, ?, ?, ?)", values))

    def attachment(self, sha256: str, most: int) -> tuple[str, bytes] | None:
        """(type, content) of a stored file; None where it is not stored or larger than `most` bytes."""
        query = "SELECT type, content FROM attachments WHERE sha256 = ? AND length(content) <= ?"
        row = next(self._rows(query, (sha256, most)), None)
        if row is None or not isinstance(row[1], bytes):
            return None
        return str(row[0]), row[1]

    def spec(self, kind: str, name: str) -> str | None:
        """The newest stored text of a problem or template."""
        row = next(self._rows("SELECT text FROM specs WHERE hash = ?", (self.meta(f"{kind}:{name}") or "",)), None)
        return None if row is None else str(row[0])

    def spec_names(self, kind: str) -> list[str]:
        """Names of all stored specs of a kind, sorted."""
        rows = self._rows("SELECT DISTINCT name FROM specs WHERE kind = ? ORDER BY name", (kind,))
        return [str(name) for (name,) in rows]

    # ------------------------------------------------------------ transcripts

    def finished(self, problem: str, sample: int, *, failed: bool = False) -> dict[tuple[str, str], str]:
        """Fingerprints of the complete transcripts of one block, and of the failed ones, by (template, model)."""
        query = (
            "SELECT template, model, fingerprint FROM transcripts WHERE problem = ? AND sample = ? "
            "AND (error IS NULL OR ?) AND fingerprint IS NOT NULL"
        )
        return {(t, m): f for t, m, f in self._all(query, (problem, sample, failed))}

    def keep_transcript(
        self, transcript: Transcript, *, fingerprint: str | None = None, scored_turn: int | None = None
    ) -> Future[None]:
        """Store a transcript in place of any older one of the same trial. Scores of the same text are kept."""
        return self._put(*_transcript_statements(transcript, fingerprint, scored_turn))

    async def add_transcript(self, transcript: Transcript, fingerprint: str, scored_turn: int | None) -> None:
        """As `keep_transcript`, from the event loop: returns after the commit."""
        await self._put_and_wait(*_transcript_statements(transcript, fingerprint, scored_turn))

    def transcripts(self, problem: str | None = None, ids: Sequence[int] | None = None) -> Iterator[Stored]:
        """Every stored transcript (of one problem, or those of these numbers), in the order of the trials."""
        query = "SELECT id, problem, template, model, sample, scored_turn, error, turns, answers FROM transcripts"
        where, values = "", list[str | int]()
        if ids is not None:
            where, values = f" WHERE id IN ({','.join('?' * len(ids))})", [*ids]
        elif problem is not None:
            where, values = " WHERE problem = ?", [problem]
        labelled = self.labelled()
        # Looked up trial by trial: all notes of a large run would take more memory than anything else here.
        read, worded, varied = (self._has(prefix) for prefix in (readings.PREFIX, drawn.PREFIX, drawn.VARIANT))
        for row in self._rows(f"{query}{where} {ORDER}", values):
            with reading(self.path, "transcripts", row[0]):
                turns = tuple(map(turn_from, _parsed(row[7])))
                outline = outline_from((row[5], row[8], "", "", row[6]))
                trial = trial_from(row[1:5])
                if outline.answers != sum(t.reply is not None and not t.earlier for t in turns) or not (
                    outline.answers or row[6]
                ):
                    raise ValueError(f"{outline.answers} answers are told of, and others are there")
            mine = self.labels_of(row[0]) if labelled else ()
            plain, given = labels.sorted_out(mine)
            draws, variant = self._drawn(trial) if worded or varied else ({}, {})
            transcript = Transcript(trial, turns, row[6], plain, wordings=draws, variant=variant, given=given)
            if read:
                with reading(self.path, "meta", readings.PREFIX):
                    transcript = readings.of_transcript(transcript, self.meta)
            yield Stored(row[0], transcript, outline.scored_turn)

    def _drawn(self, trial: Trial) -> tuple[dict[str, int], dict[str, Value]]:
        """The wordings and the numbers that were drawn for one trial."""
        of_wordings, of_variant = drawn.keys_of(trial)
        wordings = self.noted(of_wordings, drawn.read)
        variant = self.noted(of_variant, drawn.variant)
        return wordings[1] if wordings else {}, variant[1] if variant else {}

    def wordings(self) -> dict[Trial, dict[str, int]]:
        """Which wording (from 0) was drawn of each text that has several, of every trial that was asked with such."""
        with reading(self.path, "meta", drawn.PREFIX):
            return dict(drawn.read(note) for _, note in self.metas(drawn.PREFIX))

    def variants(self) -> dict[Trial, dict[str, Value]]:
        """What was drawn, of every trial of a problem that has variants."""
        with reading(self.path, "meta", drawn.VARIANT):
            return dict(drawn.variant(note) for _, note in self.metas(drawn.VARIANT))

    def variants_of(self, problem: str) -> list[dict[str, Value]]:
        """What was drawn, of every trial of one problem."""
        if not self._has(drawn.VARIANT):
            return []
        query = f"SELECT problem, template, model, sample FROM transcripts WHERE problem = ? {ORDER}"
        with reading(self.path, "transcripts", "any"):
            trials = [trial_from(row) for row in self._rows(query, (problem,))]
        found = (self.noted(drawn.keys_of(trial)[1], drawn.variant) for trial in trials)
        return [note[1] for note in found if note]

    def keep_reading(self, trial: Trial, turn: int, text: str, given: Mapping[str, Any] | None) -> Future[None]:
        """Note how a reply is to be read (None: by the checker again); its scores are made anew."""
        return self._put(*readings.statements(trial, turn, text, given))

    def size(self) -> tuple[int, int]:
        """How many transcripts there are, and the last number: they change whenever one comes or goes."""
        count, last = next(self._rows("SELECT count(*), coalesce(max(id), 0) FROM transcripts"))
        return int(count), int(last)

    def unmatched(self) -> list[str]:
        """What logs of other tools call questions that were no problem when they were imported."""
        return [key.removeprefix(origins.UNMATCHED) for key, _ in self.metas(origins.UNMATCHED)]

    def problems(self) -> list[str]:
        """Ids of the problems that have transcripts, sorted."""
        found = self._rows("SELECT DISTINCT problem FROM transcripts ORDER BY problem")
        with reading(self.path, "transcripts", "any"):
            return [word(p) for (p,) in found]

    def trials(self) -> list[tuple[int, Trial, Outline]]:
        """(transcript, trial, outline) of every transcript, in the order of the trials."""
        query = (
            "SELECT id, problem, template, model, sample, scored_turn, answers, opening, prompts, "
            f"substr(error, 1, {SHOWN}) FROM transcripts {ORDER}"
        )
        found = []
        row: tuple[Any, ...] = ()
        # Each text and outline once: a run file may hold a hundred thousand trials of a hundred problems.
        once: dict[Any, Any] = {}
        outlines: dict[tuple[Any, ...], Outline] = {}
        with reading(self.path, "transcripts", Here(lambda: row[0])), self._cursor(query) as rows:
            for row in rows:
                problem, template, model = map(once.setdefault, row[1:4], row[1:4])
                outline = outlines.get(row[5:]) or outlines.setdefault(row[5:], outline_from(row[5:]))
                found.append((row[0], trial_from((problem, template, model, row[4])), outline))
        return found

    def text_hash(self, trial: Trial) -> str | None:
        """Hash of all that was said in a trial, see `records.turns_hash`; None where it is not stored."""
        values = (trial.problem, trial.template, trial.model, trial.sample)
        found = next(self._rows(f"SELECT text_hash FROM transcripts WHERE {_OF_TRIAL}", values), None)
        with reading(self.path, "transcripts", trial):
            return None if found is None else word(found[0])

    def said(self) -> Iterator[tuple[int, list[bytes]]]:
        """(transcript, one hash an assistant turn: of all that was said up to that turn) of every transcript."""
        key = 0
        query = "SELECT id, turns, answers, error IS NULL FROM transcripts"
        with reading(self.path, "transcripts", Here(lambda: key)), self._cursor(query) as rows:
            for key, turns, answers, ended in rows:
                hashes = spoken_hashes(_parsed(turns))
                if answers != len(hashes) or (ended and not answers):
                    raise ValueError(f"{answers} answers are told of, and {len(hashes)} are there")
                yield key, hashes

    def chats(self) -> Iterator[tuple[int, str]]:
        """(transcript, hash of the first question) of the conversations that began with an earlier question."""
        query = """SELECT id, turns FROM transcripts WHERE turns LIKE '%"earlier": true%'"""
        for key, turns in self._rows(query):
            with reading(self.path, "transcripts", key):
                begun = chat_hash(json.loads(turns))
            if begun is not None:
                yield key, begun

    def conversations(self) -> Iterator[tuple[tuple[str, str, str], bytes]]:
        """((problem, template, model), hash of all that was said) of every whole transcript, in this order."""
        query = f"SELECT id, problem, template, model, turns FROM transcripts WHERE error IS NULL {ORDER}"
        for key, problem, template, model, turns in self._rows(query):
            with reading(self.path, "transcripts", key):
                hashes = spoken_hashes(_parsed(turns))
            if hashes:
                yield (problem, template, model), hashes[-1]

    def served(self) -> list[tuple[str, str, str]]:
        """(template, model, name that a server reported) of all replies, each once, sorted."""
        query = (
            "SELECT DISTINCT t.template, t.model, json_extract(m.value, '$.served_by') AS served "
            # the word is looked for first, so that not every conversation is taken apart
            "FROM transcripts t, json_each(t.turns) m WHERE instr(t.turns, 'served_by') AND served IS NOT NULL "
            "ORDER BY 1, 2, 3"
        )
        return [(str(template), str(model), str(served)) for template, model, served in self._rows(query)]

    def outlines(self) -> dict[Trial, Outline]:
        """The outline of every trial, in the order of the trials."""
        return {trial: outline for _, trial, outline in self.trials()}


def _parsed(turns: str) -> Any:
    """A stored conversation: a run file may hold a hundred thousand, and this reads them in half the time."""
    try:
        return orjson.loads(turns)
    except orjson.JSONDecodeError:  # half a character, which it refuses and a reply may hold
        return json.loads(turns)


_OF_TRIAL = "problem = ? AND template = ? AND model = ? AND sample = ?"


def _transcript_statements(
    transcript: Transcript, fingerprint: str | None, scored_turn: int | None
) -> tuple[Statement, ...]:
    trial = transcript.trial
    turns = json.dumps([message_to(t) for t in transcript.turns])
    key = (trial.problem, trial.template, trial.model, trial.sample)
    answers = len(transcript.replies)
    opening, prompts = prompt_hashes(transcript)
    values = (*key, fingerprint, scored_turn, answers, digest(turns), opening, prompts, transcript.error, turns)
    return (
        (f"DELETE FROM transcripts WHERE {_OF_TRIAL} AND text_hash <> ?", (*key, values[7])),
        (
            "INSERT INTO transcripts (problem, template, model, sample, fingerprint, scored_turn, answers, "
            "text_hash, opening, prompts, error, turns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET fingerprint = excluded.fingerprint, scored_turn = excluded.scored_turn, "
            "error = excluded.error",
            values,
        ),
        *drawn.statements(transcript),
        *labels.statements(transcript),
        *(
            statement
            for turn, given in transcript.readings.items()
            for statement in readings.statements(trial, int(turn), transcript.replies[int(turn) - 1].text, given)
        ),
    )


def _instead(path: Path) -> str:
    """What was meant, by the ending of a file that is no run file."""
    if path.suffix == ".toml":
        return f"; the run file of an experiment ends in .sqlite: {path.with_suffix('.sqlite')}"
    if path.suffix in (".jsonl", ".json", ".csv"):
        return f"; conversations recorded elsewhere come in by `evalkit import {typed(path)} --run NEW.sqlite`"
    return ""


def _others(path: Path) -> str:
    """What stands where the file was looked for, or how one is made."""
    try:
        at = path if path.is_dir() else path.parent
        names = sorted(str(p) for p in (*at.glob("*.sqlite"), *at.glob("runs/*.sqlite")))[:5]
    except OSError:
        names = []
    return f"; there {'are' if len(names) > 1 else 'is'} {', '.join(names)}" if names else "; `evalkit run` makes one"
