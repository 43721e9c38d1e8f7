"""Conversations of a log into a run file, with the scores that the other tool gave."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future

from evalkit.runfile.exchange import Imported
from evalkit.runfile.logs.reading import Scores
from evalkit.runfile.meeting import OF_TRIAL
from evalkit.runfile.origins import UNMATCHED
from evalkit.runfile.records import clean, evidence_to, fits, turns_hash
from evalkit.runfile.store import Store
from evalkit.runfile.transcripts import BadLine
from evalkit.runfile.writer import Statement
from evalkit.specs.library import Library
from evalkit.types import Score, Transcript, Trial

VERSION = "0-log"
"""Of scores that another tool gave."""
WAITING = 500
_SCORE = (
    "INSERT OR REPLACE INTO scores (turn, scorer, metric, version, value, reason, evidence, transcript) "
    f"SELECT ?, ?, ?, ?, ?, ?, ?, id FROM transcripts WHERE {OF_TRIAL}"
)


def store_log(
    store: Store,
    parts: Iterable[tuple[int, Transcript | BadLine, Scores]],
    library: Library,
    *,
    replace: bool = False,
) -> Imported:
    """As `exchange.import_transcripts`; further lines of one conversation (other filters) add their scores to it."""
    result, seen = Imported(), dict[Trial, str]()
    pending: list[Future[None]] = []
    for number, line, scores in parts:
        if isinstance(line, BadLine):
            result.misfit(line)
            continue
        trial, said = line.trial, turns_hash(line.turns)
        there = None if trial in seen else store.text_hash(trial)
        before = seen.get(trial) or (there if not replace else None)
        if before not in (None, said):
            where = "this log" if trial in seen else "the run file; --replace takes the new one"
            why = f"another conversation of {trial.problem}, {trial.template}, {trial.model}, sample {trial.sample}"
            result.misfit(BadLine(number, f"{why} stands in {where}"))
            continue
        if trial not in seen:
            result.known += there == said
            result.stored += there != said
            if trial.problem in library and store.spec("problem", trial.problem) is None:
                store.keep_spec("problem", trial.problem, library.text(trial.problem)).result()
            if trial.problem not in library and store.meta(UNMATCHED + trial.problem) is None:
                store.set_meta(UNMATCHED + trial.problem, "")
            if there != said:
                pending.append(store.keep_transcript(line))
        seen[trial] = said
        if scores:
            pending.append(store._put(*_statements(line, scores), patient=True))
        if len(pending) >= WAITING:
            _wait(store, pending)
    _wait(store, pending)
    return result


def _wait(store: Store, pending: list[Future[None]]) -> None:
    store._put().result()
    for future in pending:
        future.result()
    pending.clear()


def _statements(line: Transcript, scores: Scores) -> list[Statement]:
    """Store what a log says of the last answer of a conversation."""
    trial, turn = line.trial, len(line.replies)
    found: list[Statement] = []
    for name, (value, why) in scores.items():
        scorer, _, metric = name.partition(".")
        score = Score(metric, value if fits(value) else None, clean(why) or ("" if value is not None else "not judged"))
        row = (turn, scorer, metric, VERSION, score.value, score.reason, evidence_to(score))
        found.append((_SCORE, (*row, trial.problem, trial.template, trial.model, trial.sample)))
    return found
