"""Run files of one experiment joined into one: shards that were asked on several machines.

Everything is taken once, whichever file holds it, so that merging again, a file with itself, or in another order
changes nothing. Where two files hold different answers to one request, or different conversations of one trial, one of
them is kept by a rule that hangs on what they say and not on their order, and the result says how often. A conversation
that succeeded goes before one that failed; all arms of a block that differ come from one file, the one with more
labels.

Not covered: of two equal replies it cannot be told whether both were paid for; they count as one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from evalkit.errors import SpecError
from evalkit.runfile import meeting, origins, outputs, schema
from evalkit.runfile.browse import written_now
from evalkit.runfile.fitting import refuse_others
from evalkit.runfile.opening import reading
from evalkit.runfile.records import reply_from, request_from
from evalkit.runfile.store import Store
from evalkit.runfile.writer import Statement
from evalkit.types import digest

WAITING = 4000
"""Statements on their way to the disk: files may be larger than memory."""
DROPPED = origins.PAID + "dropped:"


@dataclass
class Merged:
    """What a merge took, and what there was already. Counts of rows, by table."""

    path: Path
    files: int = 0
    taken: dict[str, int] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)
    replies_differ: int = 0
    """Requests that two files answered differently: one reply is kept, and both were paid for."""
    conversations_differ: int = 0
    """Trials of which two files hold different conversations: one is kept."""
    failures_settled: int = 0
    """Trials that failed in one file and went well in another."""
    scores_differ: int = 0
    """Assistant turns that one scorer judged differently in two files: score the merged file again."""
    labels_differ: int = 0
    labels_left: int = 0
    """Labels of conversations in whose place another one was kept."""
    shards: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Shards that are in none of the files."""
    unfinished: tuple[str, ...] = ()
    """Files that a process was still writing."""

    def count(self, kind: str, *, new: bool) -> None:
        """One more row of a table."""
        counts = self.taken if new else self.known
        counts[kind] = counts.get(kind, 0) + 1


def merge(paths: Sequence[Path], target: Path) -> Merged:
    """Join run files into `target`; where that is a run file, what it lacks is added and nothing of it is lost.

    Raises SpecError where a file is of another experiment (nothing is written then) or `target` is no run file, and
    StoreError.
    """
    if not paths:
        raise SpecError("no run file to merge")
    names = list({path.resolve(): path for path in paths if path.resolve() != target.resolve()}.values())
    done = Merged(target, len(names), unfinished=tuple(str(p) for p in names if written_now(p)))
    with ExitStack() as stack:
        stores = [stack.enter_context(Store(path)) for path in names]
        with _opened(target, stores) as (into, before):
            joined = _Joined(into, done)
            files = [*before]
            for store in sorted(stores, key=lambda store: (store.origin(), str(store.path))):
                with store._one_moment():
                    joined.take(store)
                    files.append(meeting.Noted.of(store))
            joined.note(meeting.notes(files))
            done.shards = tuple(into.shards())
            done.missing = tuple(origins.missing(done.shards))
    return done


@contextmanager
def _opened(target: Path, stores: Sequence[Store]) -> Iterator[tuple[Store, list[meeting.Noted]]]:
    """The file that takes all, and what it notes: a new one beside its place until it is whole, or the one that is
    there."""
    if outputs.holds_a_run(target):
        with Store(target) as old:
            refuse_others([old, *stores])
            before = meeting.Noted.of(old)
        with Store(target, write=True) as into:
            yield into, [before]
        return
    refuse_others(stores)
    with outputs.written(target) as part:
        try:
            with Store(part, write=True) as into:
                yield into, []
        finally:
            part.with_name(f"{part.name}.lock").unlink(missing_ok=True)


class _Joined:
    """The file that takes all, row by row."""

    def __init__(self, into: Store, done: Merged) -> None:
        self.into, self.done = into, done
        self._pending: list[Statement] = []

    def take(self, source: Store) -> None:
        """Everything of a file but its notes. What it sent to the disk is there when this returns."""
        for each in (self._specs, self._attachments, self._replies, self._conversations):
            each(source)
            self._flush()

    def _put(self, *statements: Statement) -> None:
        self._pending += statements
        if len(self._pending) >= WAITING:
            self._flush()

    def _flush(self) -> None:
        """One commit for many rows: a disk takes its time for each."""
        if self._pending:
            self.into._put(*self._pending).result()
            self._pending.clear()

    def _new(self, table: str, column: str, key: object) -> bool:
        found = next(self.into._rows(f"SELECT 1 FROM {table} WHERE {column} = ?", (key,)), None)
        self.done.count(table, new=found is None)
        return found is None

    def _specs(self, source: Store) -> None:
        for row in source._rows("SELECT hash, kind, name, text FROM specs ORDER BY hash"):
            with reading(source.path, "specs", row[0]):
                if digest([*row[1:]]) != row[0]:
                    raise ValueError("its hash is that of another text")
            if self._new("specs", "hash", row[0]):
                self._put(("INSERT INTO specs VALUES (?, ?, ?, ?)", row))

    def _attachments(self, source: Store) -> None:
        for row in source._rows("SELECT sha256, name, type, content FROM attachments ORDER BY sha256"):
            with reading(source.path, "attachments", row[0]):
                if hashlib.sha256(row[3]).hexdigest() != row[0]:
                    raise ValueError("its hash is that of another file")
            if self._new("attachments", "sha256", row[0]):
                self._put(("INSERT INTO attachments VALUES (?, ?, ?, ?)", row))

    def _replies(self, source: Store) -> None:
        for row in source._rows("SELECT key, model, request, reply, cost FROM replies ORDER BY id"):
            key, _, request, reply, cost = row
            with reading(source.path, "replies", key):
                if request_from(json.loads(request)).key != key:
                    raise ValueError("its key is that of another request")
                reply_from(reply)
                cost = None if cost is None else float(cost)
            have = next(self.into._rows("SELECT reply, cost FROM replies WHERE key = ?", (key,)), None)
            self.done.count("replies", new=have is None)
            if have is None or (have[0] == reply and have[1] is None and cost is not None):
                self._put((schema.INSERT_REPLY, row))
            elif have[0] != reply:
                self._one_of(row, have)

    def _one_of(self, row: tuple[str, str, str, str, float | None], have: tuple[str, float | None]) -> None:
        """Two answers to one request: the one with the smaller hash stays, what the other one cost is noted."""
        key, _, _, reply, cost = row
        self.done.replies_differ += 1
        stays = digest(have[0]) <= digest(reply)
        lost, paid = (reply, cost) if stays else have
        note = origins.paid_to((1, paid or 0.0))
        statements: list[Statement] = [] if stays else [(schema.INSERT_REPLY, row)]
        self._put(*statements, ("INSERT OR REPLACE INTO meta VALUES (?, ?)", (DROPPED + digest([key, lost]), note)))

    def _conversations(self, source: Store) -> None:
        # The index alone is sorted; each conversation is fetched when its turn comes.
        named = source._rows(
            "SELECT problem, model, sample, template, id FROM transcripts ORDER BY problem, model, sample, template"
        )
        for _, rows in groupby(named, key=lambda row: row[:3]):
            mine = [meeting.conversation(source, row[4]) for row in rows]
            theirs = [meeting.conversation_of(self.into, one.trial) for one in mine]
            outcome = meeting.block(mine, theirs)
            self.done.conversations_differ += outcome.differ
            self.done.failures_settled += outcome.settled
            for one, other, taken in zip(mine, theirs, outcome.taken, strict=True):
                self._conversation(one, other, taken=taken)

    def _conversation(self, mine: meeting.Held, theirs: meeting.Held | None, *, taken: bool) -> None:
        """Bring in a conversation, or what it adds to the same one; what another one takes the place of is counted."""
        same = theirs is not None and theirs.text_hash == mine.text_hash
        self.done.count("transcripts", new=theirs is None)
        if theirs is not None and not same:
            self.done.labels_left += len((theirs if taken else mine).labels)
            if not taken:
                return
            self._put(*theirs.forgotten())
        if taken:
            self._put(*mine.instead())
        added = meeting.added(mine, theirs if same else None)
        self._put(*added.statements)
        self.done.scores_differ += added.scores_differ
        self.done.labels_differ += added.labels_differ
        for kind, (new, known) in added.counts.items():
            self.done.taken[kind] = self.done.taken.get(kind, 0) + new
            self.done.known[kind] = self.done.known.get(kind, 0) + known

    def note(self, notes: dict[str, str]) -> None:
        """The notes of all files, and what was paid beside the replies."""
        for key, value in notes.items():
            if self.into.meta(key) != value:
                self.into.set_meta(key, value)
        paid = [self.into.noted(key, origins.paid_from) for key, _ in self.into.metas(origins.PAID)]
        total = sum(p[0] for p in paid if p), sum(p[1] for p in paid if p)
        if total != (self.into.noted(origins.BESIDE, origins.paid_from) or (0, 0.0)):
            self.into.set_meta(origins.BESIDE, origins.paid_to(total))
