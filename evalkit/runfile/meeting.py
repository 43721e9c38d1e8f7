"""Two run files meet at one block of trials: which conversation stays, and what the other file adds to it.

Every rule here hangs on what is said and not on which file came first, so that merging is the same in every order.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from evalkit.runfile import drawn, origins, readings
from evalkit.runfile.opening import reading
from evalkit.runfile.records import number_from, outline_from, trial_from, whole, word
from evalkit.runfile.store import Store
from evalkit.runfile.transcripts import turn_from
from evalkit.runfile.writer import Statement
from evalkit.types import digest

Row = tuple[Any, ...]
OF_TRIAL = "problem = ? AND template = ? AND model = ? AND sample = ?"
_COLUMNS = "problem, template, model, sample, fingerprint, scored_turn, answers, opening, prompts, error, turns"
_NOTE = "INSERT OR REPLACE INTO meta VALUES (?, ?)"
_FORGET = "DELETE FROM meta WHERE key = ?"
OWN = ("writer", origins.ORIGIN, origins.BESIDE)
"""Notes that are one file's own."""
OF_TRIALS = (drawn.PREFIX, drawn.VARIANT, readings.PREFIX)
"""Notes that go with their conversation."""


@dataclass(frozen=True)
class Held:
    """One conversation with all that hangs on it, as rows."""

    row: Row
    text_hash: str
    scores: Mapping[tuple[int, str], tuple[Row, ...]]
    """By assistant turn and scorer: (metric, version, value, reason, evidence)."""
    labels: Mapping[Row, float | None]
    """By (turn, metric, labeller, start, stop)."""
    notes: Mapping[str, str]
    """The drawn wordings and the readings, by key."""

    @property
    def trial(self) -> Row:
        return self.row[:4]

    @property
    def failed(self) -> bool:
        return self.row[9] is not None

    @property
    def rank(self) -> Row:
        """Of two rows of one text, the one with the smaller rank stays."""
        fingerprint, scored, error = self.row[4], self.row[5], self.row[9]
        return (error is not None, error or "", fingerprint is None, fingerprint or "", scored or 0)

    def instead(self) -> list[Statement]:
        """Those that put the conversation in place of another one of its trial."""
        gone = f"DELETE FROM transcripts WHERE {OF_TRIAL} AND text_hash <> ?"
        put = (
            f"INSERT INTO transcripts ({_COLUMNS}, text_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET fingerprint = excluded.fingerprint, scored_turn = excluded.scored_turn, "
            "error = excluded.error"
        )
        return [(gone, (*self.trial, self.text_hash)), (put, (*self.row, self.text_hash))]

    def forgotten(self) -> list[Statement]:
        """Those that forget its notes; its scores and labels go with its row."""
        return [(_FORGET, (key,)) for key in self.notes]


def conversation(store: Store, number: int) -> Held:
    """A stored conversation. Raises StoreError for what evalkit does not write."""
    row = next(store._rows(f"SELECT {_COLUMNS} FROM transcripts WHERE id = ?", (number,)))
    with reading(store.path, "transcripts", number):
        trial, outline = trial_from(row[:4]), outline_from((row[5], row[6], row[7], row[8], row[9]))
        if row[4] is not None:
            word(row[4])
        for turn in json.loads(row[10]):
            turn_from(turn)
    scores = store._rows(
        "SELECT turn, scorer, metric, version, value, reason, evidence FROM scores WHERE transcript = ? "
        "ORDER BY 1, 2, 3",
        (number,),
    )
    labels = store._rows(
        "SELECT turn, metric, labeller, start, stop, value FROM labels WHERE transcript = ?", (number,)
    )
    with reading(store.path, "scores or labels of transcript", number):
        judged = {
            key: tuple(_score(r) for r in rows)
            for key, rows in groupby(scores, key=lambda r: (whole(r[0]), word(r[1])))
        }
        said = {(whole(r[0]), word(r[1]), word(r[2]), whole(r[3]), whole(r[4])): number_from(r[5]) for r in labels}
    keys = [*drawn.keys_of(trial), *(readings.key_of(trial, turn) for turn in range(1, outline.answers + 1))]
    notes = {key: value for key in keys if (value := store.meta(key)) is not None}
    return Held(row, digest(row[10]), judged, said, notes)


def _score(row: Row) -> Row:
    return (word(row[2]), word(row[3]), number_from(row[4]), word(row[5]), word(row[6]))


def conversation_of(store: Store, trial: Row) -> Held | None:
    """The conversation of a trial, None where there is none."""
    found = next(store._rows(f"SELECT id FROM transcripts WHERE {OF_TRIAL}", trial), None)
    return None if found is None else conversation(store, found[0])


@dataclass(frozen=True)
class Outcome:
    """Of a block: which conversations are taken, how many differed, and how many failures are settled."""

    taken: tuple[bool, ...]
    differ: int
    settled: int


def block(mine: Sequence[Held], theirs: Sequence[Held | None]) -> Outcome:
    """Which of the arms of a block are taken from the file that is read, into the one that has `theirs`."""
    taken, open_, settled = [False] * len(mine), list[int](), 0
    for place, (one, other) in enumerate(zip(mine, theirs, strict=True)):
        if other is None:
            taken[place] = True
        elif one.text_hash == other.text_hash:
            taken[place] = one.rank < other.rank
        elif one.failed != other.failed:
            taken[place] = other.failed
            settled += 1
        else:
            open_.append(place)
    # All arms that differ come from one side: they may share their first answer.
    if open_ and _claim(mine[p] for p in open_) < _claim(held for p in open_ if (held := theirs[p]) is not None):
        for place in open_:
            taken[place] = True
    return Outcome(tuple(taken), len(open_), settled)


def _claim(held: Iterable[Held]) -> tuple[int, str]:
    """The smaller one stays: that of the side with more labels, else by what is said."""
    those = list(held)
    return -sum(len(h.labels) for h in those), digest(sorted([h.row[1], h.text_hash] for h in those))


@dataclass
class Added:
    """What one file adds to a conversation that both hold, or that only it holds."""

    statements: list[Statement] = field(default_factory=list)
    counts: dict[str, list[int]] = field(default_factory=lambda: {"scores": [0, 0], "labels": [0, 0], "notes": [0, 0]})
    """(new, known) by kind."""
    scores_differ: int = 0
    labels_differ: int = 0


def added(mine: Held, theirs: Held | None) -> Added:
    """Scores, labels, readings and wordings of a conversation. theirs: the same one in the other file, if it has it."""
    found = Added()
    ours = _notes(mine, theirs, found)
    for key, rows in mine.scores.items():
        have = theirs.scores.get(key) if theirs else None
        found.counts["scores"][have is not None] += len(rows)
        if have == rows:
            continue
        if have is not None:
            found.scores_differ += 1
            # Who reads a reply otherwise has judged it by that reading.
            if not ours.get(key[0], _weight(rows) > _weight(have)):
                continue
        found.statements.append((f"DELETE FROM scores WHERE turn = ? AND scorer = ? AND {_ID}", (*key, *mine.trial)))
        found.statements += [(_SCORE, (*key, *row, *mine.trial)) for row in rows]
    for place, value in mine.labels.items():
        known = theirs is not None and place in theirs.labels
        found.counts["labels"][known] += 1
        if theirs is not None and known:
            before = theirs.labels[place]
            if before == value:
                continue
            found.labels_differ += 1
            if _said(before) <= _said(value):
                continue
        found.statements.append((_LABEL, (*place, value, *mine.trial)))
    return found


_ID = f"transcript = (SELECT id FROM transcripts WHERE {OF_TRIAL})"
_SCORE = (
    "INSERT INTO scores (turn, scorer, metric, version, value, reason, evidence, transcript) "
    f"SELECT ?, ?, ?, ?, ?, ?, ?, id FROM transcripts WHERE {OF_TRIAL}"
)
_LABEL = (
    "INSERT OR REPLACE INTO labels (turn, metric, labeller, start, stop, value, transcript) "
    f"SELECT ?, ?, ?, ?, ?, ?, id FROM transcripts WHERE {OF_TRIAL}"
)


def _notes(mine: Held, theirs: Held | None, found: Added) -> dict[int, bool]:
    """Notes to take; by assistant turn whose reading counts, where one file has another reading than the other."""
    trial = trial_from(mine.trial)
    turns = {readings.key_of(trial, turn): turn for turn in range(1, mine.row[6] + 1)}
    before = theirs.notes if theirs else {}
    ours = {turns[key]: False for key in before if key in turns and before[key] != mine.notes.get(key)}
    for key, value in mine.notes.items():
        found.counts["notes"][key in before] += 1
        if key in before and before[key] <= value:
            continue
        found.statements.append((_NOTE, (key, value)))
        if key in turns:
            ours[turns[key]] = True
    return ours


def _weight(rows: Sequence[Row]) -> tuple[int, int, str]:
    """The heavier ones stay: of a newer version, more judged, else by what they say."""
    number = rows[0][1].partition("-")[0]
    newer = int(number) if number.isascii() and number.isdigit() and len(number) < 9 else 0
    return newer, sum(row[2] is not None for row in rows), digest([list(row) for row in rows])


def _said(value: float | None) -> tuple[bool, float]:
    return value is None, value or 0.0


# ---------------------------------------------------------------- notes of whole files


@dataclass(frozen=True)
class Noted:
    """The notes of one file."""

    origin: str
    notes: Mapping[str, str]

    @classmethod
    def of(cls, store: Store) -> Noted:
        kept = {k: v for k, v in store.metas("") if not k.startswith(OF_TRIALS)}
        with reading(store.path, "meta", "spent_beside"):
            for key, value in kept.items():
                if key.startswith(origins.PAID) or key == origins.BESIDE:
                    origins.paid_from(value)
            if origins.SHARDS in kept:
                origins.shards_from(kept[origins.SHARDS])
            json.loads(kept.get("packages", "{}")).items()
        return cls(store.origin(), kept)

    def paid(self) -> dict[str, origins.Paid]:
        """What was paid beside the replies, by the file that paid it."""
        parts = {k: origins.paid_from(v) for k, v in self.notes.items() if k.startswith(origins.PAID)}
        own = origins.PAID + self.origin
        total = origins.paid_from(self.notes.get(origins.BESIDE, '{"requests": 0, "cost": 0}'))
        others = [paid for key, paid in parts.items() if key != own]
        mine = total[0] - sum(p[0] for p in others), total[1] - sum(p[1] for p in others)
        if mine[0] > 0 or mine[1] > origins.NOTHING:
            parts[own] = mine[0], max(0.0, mine[1]) if mine[1] > origins.NOTHING else 0.0
        return parts


def notes(files: Sequence[Noted]) -> dict[str, str]:
    """The notes of a file that holds all of these."""
    found: dict[str, str] = {}
    paid: dict[str, origins.Paid] = {}
    packages: dict[str, set[str]] = {}
    shards: set[str] = set()
    for file in files:
        for name, version in json.loads(file.notes.get("packages", "{}")).items():
            packages.setdefault(name, set()).update(str(version).split(", "))
        if origins.SHARDS in file.notes:
            shards.update(origins.shards_from(file.notes[origins.SHARDS]))
        for key, value in file.paid().items():
            before = paid.get(key, (0, 0.0))  # what one file paid only grows
            paid[key] = max(before[0], value[0]), max(before[1], value[1])
        for key, text in file.notes.items():
            if key not in OWN and not key.startswith(origins.PAID):
                found[key] = _one(key, found[key], text) if key in found else text
    found |= {key: origins.paid_to(value) for key, value in paid.items()}
    if packages:
        found["packages"] = json.dumps({name: ", ".join(sorted(v)) for name, v in packages.items()})
    if shards:
        found[origins.SHARDS] = origins.shards_to(shards)
    return found


def _one(key: str, one: str, other: str) -> str:
    """Of two notes: the larger plan, else the one that comes first in order."""
    if key == "planned" and one.isdigit() and other.isdigit():
        return max(one, other, key=int)
    return min(one, other)
