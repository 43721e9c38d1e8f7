"""The conversations of a run file: kept trial by trial, read whole or in outline."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from functools import lru_cache
from typing import Any

import orjson

from evalkit.runfile import drawn, labels, origins, readings
from evalkit.runfile.notes import Notes
from evalkit.runfile.opening import Here, reading
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
from evalkit.runfile.tables import ORDER, SHOWN
from evalkit.runfile.transcripts import message_to, turn_from
from evalkit.runfile.trials import Row, Trials
from evalkit.runfile.writer import Statement
from evalkit.types import Transcript, Trial, Value, digest


class Conversations(Notes, labels.Labels):
    """The transcripts of a run file."""

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

    def trials(self) -> Trials:
        """(transcript, trial, outline) of every transcript, in the order of the trials."""
        query = (
            "SELECT id, problem, template, model, sample, scored_turn, answers, opening, prompts, "
            f"substr(error, 1, {SHOWN}) FROM transcripts {ORDER}"
        )
        row: tuple[Any, ...] = ()
        made = lru_cache(maxsize=None, typed=True)(lambda *told: outline_from(told))  # typed: 1.0 is no turn, and 1 is

        def read(rows: Iterable[tuple[Any, ...]]) -> Iterator[Row]:
            nonlocal row
            for row in rows:
                yield row[0], trial_from(row[1:5]), made(*row[5:])

        with reading(self.path, "transcripts", Here(lambda: row[0])), self._cursor(query) as rows:
            return Trials(read(rows))

    def text_hash(self, trial: Trial) -> str | None:
        """Hash of all that was said in a trial, see `records.turns_hash`; None where it is not stored."""
        values = (trial.problem, trial.template, trial.model, trial.sample)
        found = next(self._rows(f"SELECT text_hash FROM transcripts WHERE {_OF_TRIAL}", values), None)
        with reading(self.path, "transcripts", trial):
            return None if found is None else word(found[0])

    def said(self) -> Iterator[tuple[int, list[bytes]]]:
        """(transcript, one hash an assistant turn: of all that was said up to that turn) of every transcript, in the
        order of the trials."""
        key = 0
        query = f"SELECT id, turns, answers, error IS NULL FROM transcripts {ORDER}"
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
            "FROM transcripts t, json_each(t.turns) m WHERE instr(t.turns, 'served_by') AND served IS NOT NULL"
        )  # put in order here: SQLite would sort every reply, and only then look which are alike
        return sorted((str(template), str(model), str(served)) for template, model, served in self._rows(query))

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
