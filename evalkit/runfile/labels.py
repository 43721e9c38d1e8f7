"""What people say of stored replies: by transcript, assistant turn, metric and labeller, and of single relations.

Labels are no scores: they stay when replies are scored again, and go with the conversation when another one takes its
place. `keep` writes them in a short transaction of its own, so that people can label while a `run` asks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from evalkit.errors import StoreError, typed
from evalkit.runfile import schema
from evalkit.runfile.opening import FAULTS, check_schema, connect, reading
from evalkit.runfile.records import number_from, trial_from, whole, word
from evalkit.runfile.tables import ORDER, Tables
from evalkit.runfile.writer import Statement
from evalkit.types import RELATION, Label, Transcript, Trial

COLUMNS = "l.turn, l.metric, l.value, l.labeller, l.start, l.stop"
_OF_TRIAL = "problem = ? AND template = ? AND model = ? AND sample = ?"
_INSERT = f"INSERT OR REPLACE INTO labels SELECT id, ?, ?, ?, ?, ?, ? FROM transcripts WHERE {_OF_TRIAL}"
_FORGET = f"""DELETE FROM labels WHERE turn = ? AND metric = ? AND labeller = ? AND start = ? AND stop = ?
    AND transcript IN (SELECT id FROM transcripts WHERE {_OF_TRIAL})"""


class Labels(Tables):
    """The labels of a run file."""

    def labels(self) -> Iterator[tuple[Trial, int, str, float | None]]:
        """(trial, assistant turn, metric, value): the one label that stands for a reply, in the order of the trials.

        Labels of relations are not among them.
        """
        found: dict[tuple[Trial, int, str], list[Label]] = defaultdict(list)
        for trial, label in self.all_labels():
            if label.metric != RELATION:
                found[trial, label.turn, label.metric].append(label)
        for key, labels in found.items():
            yield (*key, settled(labels))

    def all_labels(self) -> Iterator[tuple[Trial, Label]]:
        """Every label of everybody, in the order of the trials."""
        query = (
            f"SELECT t.problem, t.template, t.model, t.sample, {COLUMNS} FROM labels l "
            f"JOIN transcripts t ON t.id = l.transcript {ORDER}, l.turn, l.metric, l.labeller, l.start, l.stop"
        )
        for row in self._rows(query):
            with reading(self.path, "labels", row[:6]):
                found = trial_from(row[:4]), _label(row[4:])
            yield found

    def labels_of(self, transcript: int) -> tuple[Label, ...]:
        """All labels of one conversation."""
        query = f"SELECT {COLUMNS} FROM labels l WHERE transcript = ? ORDER BY turn, metric, labeller, start, stop"
        with reading(self.path, "labels", transcript):
            return tuple(_label(row) for row in self._rows(query, (transcript,)))

    def labelled_by(self) -> dict[tuple[int, int], set[str]]:
        """(transcript, assistant turn) -> who has labelled it."""
        found: dict[tuple[int, int], set[str]] = defaultdict(set)
        for transcript, turn, who in self._rows("SELECT DISTINCT transcript, turn, labeller FROM labels"):
            found[transcript, turn].add(str(who))
        return found

    def labellers(self) -> list[str]:
        """Who has labelled anything, sorted; an empty name for labels that stand for all."""
        return [str(who) for (who,) in self._rows("SELECT DISTINCT labeller FROM labels ORDER BY labeller")]

    def labelled(self) -> bool:
        """Whether any label is stored."""
        return next(self._rows("SELECT 1 FROM labels LIMIT 1"), None) is not None


def settled(labels: Sequence[Label]) -> float | None:
    """What stands for the labels of one reply and metric: the one without a name (imported, or settled afterwards),
    else what most say; None where as many say one as another, until somebody settles it."""
    unnamed = [label.value for label in labels if not label.labeller]
    if unnamed:
        return unnamed[0]
    said = Counter(label.value for label in labels).most_common(2)
    return None if len(said) > 1 and said[0][1] == said[1][1] else said[0][0]


def rows_of(store: Labels) -> Iterator[dict[str, Any]]:
    """One row a label; of a relation: metric `relation`, value 1 true, 0 false, empty unclear, `text[start:end]`."""
    for trial, label in store.all_labels():
        start, end = (label.start, label.stop) if label.metric == RELATION else (None, None)
        yield {
            "problem": trial.problem, "template": trial.template, "model": trial.model, "sample": trial.sample,
            "turn": label.turn, "labeller": label.labeller, "metric": label.metric, "value": label.value,
            "start": start, "end": end,
        }  # fmt: skip


def sorted_out(labels: Iterable[Label]) -> tuple[dict[str, dict[str, float | None]], tuple[Label, ...]]:
    """The labels without a name as a transcript holds them, and the others."""
    plain: dict[str, dict[str, float | None]] = {}
    others = []
    for label in labels:
        if label.labeller or label.metric == RELATION:
            others.append(label)
        else:
            plain.setdefault(str(label.turn), {})[label.metric] = label.value
    return plain, tuple(others)


def standing(transcript: Transcript, turn: int) -> dict[str, float | None]:
    """Metric -> the label that stands for an assistant turn."""
    found: dict[str, list[Label]] = {}
    plain = transcript.labels.get(str(turn), {}).items()
    for label in (*(Label(turn, metric, value) for metric, value in plain), *transcript.given):
        if label.turn == turn and label.metric != RELATION:
            found.setdefault(label.metric, []).append(label)
    return {metric: settled(labels) for metric, labels in found.items()}


def statements(transcript: Transcript) -> list[Statement]:
    """Those that store the labels which come with a conversation."""
    plain = [
        Label(int(turn), metric, value)
        for turn, metrics in transcript.labels.items()
        for metric, value in metrics.items()
    ]
    return [inserting(transcript.trial, label) for label in (*plain, *transcript.given)]


def inserting(trial: Trial, label: Label) -> Statement:
    """Store a label of a stored trial, in place of an older one of the same labeller."""
    values = (label.turn, label.metric, label.labeller, label.start, label.stop, label.value)
    return _INSERT, (*values, trial.problem, trial.template, trial.model, trial.sample)


def forgetting(trial: Trial, label: Label) -> Statement:
    """Forget what a labeller said, whatever the value."""
    place = (label.turn, label.metric, label.labeller, label.start, label.stop)
    return _FORGET, (*place, trial.problem, trial.template, trial.model, trial.sample)


def keep(path: Path, changes: Iterable[Statement]) -> None:
    """Write labels in one short transaction, also beside a process that writes to the file. Raises StoreError."""
    if not path.is_file():
        raise StoreError(f"{path}: no such run file")
    try:
        db = connect(path, True)
        try:
            if check_schema(db, path) != schema.FORMAT:
                raise StoreError(f"{path}: of an older evalkit; bring it up to date first: evalkit score {typed(path)}")
            db.execute("BEGIN IMMEDIATE")
            for statement, values in changes:
                db.execute(statement, values)
            db.execute("COMMIT")
        finally:
            db.close()
    except FAULTS as error:
        raise StoreError(f"{path}: cannot be written: {error}; no label of these was stored") from None


def _label(row: Sequence[object]) -> Label:
    turn, metric, value, labeller, start, stop = row
    return Label(whole(turn), word(metric), number_from(value), word(labeller), whole(start), whole(stop))
