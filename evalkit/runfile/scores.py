"""The scores of a run file: by transcript, assistant turn, scorer, metric and version."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from itertools import chain
from typing import TYPE_CHECKING, NoReturn, TypeVar

from evalkit.errors import StoreError
from evalkit.runfile.columns import Columns, Words
from evalkit.runfile.opening import reading
from evalkit.runfile.records import MOST, StoredScore, clean, evidence_to, score_from, trial_from, whole, word
from evalkit.runfile.tables import ORDER, SHOWN, Tables
from evalkit.types import LARGEST, Score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int32]


T = TypeVar("T")
MOST_METRICS = 300
"""Several times as many as all scorers have together: each takes a comparison of its own."""
MOST_ROWS, MOST_PLACES = 100, 800
"""Of one statement: every SQLite takes 999 values, and a row has eight."""
Verdict = tuple[int, int, str, str, Iterable[Score]]
"""(transcript, assistant turn, scorer, version, what it says)."""
_IN_ORDER = "transcripts CROSS JOIN scores ON transcript = id"
"""Scores as they come by trial: SQLite takes the tables of a cross join in the order in which they stand."""
_BY_TRIAL = f"{ORDER}, turn, scorer, metric, version"
_NAMED = "(scorer = ? AND metric = ?)"


def _only(names: Sequence[tuple[str, str]], narrowed: bool) -> str:
    return f"WHERE ({' OR '.join(_NAMED for _ in names)})" if narrowed else ""


def _in_pieces(values: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    return (values[at : at + most] for at in range(0, len(values), most))


class Scores(Tables):
    """What the scorers say of the transcripts."""

    def judged(self, problem: str) -> dict[int, list[tuple[tuple[int, str], str, str, float | None]]]:
        """((assistant turn, scorer), version, metric, value) of the scores of each transcript of a problem."""
        query = (
            "SELECT s.transcript, s.turn, s.scorer, s.version, s.metric, s.value "
            "FROM transcripts t JOIN scores s ON s.transcript = t.id WHERE t.problem = ?"
        )
        found: dict[int, list[tuple[tuple[int, str], str, str, float | None]]] = {}
        for transcript, turn, scorer, version, metric, value in self._all(query, (problem,)):
            found.setdefault(transcript, []).append(((turn, scorer), version, metric, value))
        return found

    def unjudged(self, transcript: int) -> Iterator[tuple[int, str, str]]:
        """(assistant turn, scorer, reason) of what could not be judged of one transcript."""
        query = f"SELECT turn, scorer, substr(reason, 1, {SHOWN}) FROM scores WHERE transcript = ? AND value IS NULL"
        for row in self._rows(query, (transcript,)):
            with reading(self.path, "scores", (transcript, *row[:2])):
                found = whole(row[0]), word(row[1]), word(row[2])
            yield found

    def verdicts(self, transcript: int) -> dict[tuple[int, str, str], float | None]:
        """(assistant turn, scorer, metric) -> value of the stored scores of one transcript."""
        query = "SELECT turn, scorer, metric, value FROM scores WHERE transcript = ?"
        return {(turn, scorer, metric): value for turn, scorer, metric, value in self._rows(query, (transcript,))}

    def scorer_versions(self) -> list[tuple[str, str]]:
        """(scorer, version) of all stored scores; a version is `<number>-<hash of what the verdict depends on>`, here
        without the hash of a judge's votes on the one reply."""
        found = self._rows("SELECT DISTINCT scorer, version FROM scores")
        with reading(self.path, "scores", "any"):
            return sorted({(word(scorer), word(version).partition("+")[0]) for scorer, version in found})

    def scored_metrics(self) -> list[tuple[str, str]]:
        """(scorer, metric) of all stored scores, sorted."""
        return list(self._rows("SELECT DISTINCT scorer, metric FROM scores ORDER BY scorer, metric"))

    def keep_scores(
        self, transcript: int, turn: int, scorer: str, version: str, scores: Iterable[Score]
    ) -> Future[None]:
        """Store what one scorer says of one assistant turn, in place of what an older version of it said."""
        return self.keep_verdicts([(transcript, turn, scorer, version, scores)])

    def keep_verdicts(self, verdicts: Sequence[Verdict]) -> Future[None]:
        """As `keep_scores`, of many at once, each place at most once.

        Many go into one statement: for every statement the writer's thread lets go of the interpreter and has to wait
        for it again, which costs more than a row.
        """
        places = defaultdict[tuple[int, str], list[int]](list)
        for transcript, turn, scorer, _, _ in verdicts:
            places[turn, scorer].append(transcript)
        rows = [
            v
            for transcript, turn, scorer, version, scores in verdicts
            for s in scores
            for v in (transcript, turn, scorer, s.metric, version, s.value, clean(s.reason), evidence_to(s))
        ]
        delete = "DELETE FROM scores WHERE transcript IN ({}) AND turn = ? AND scorer = ?"
        insert, row = "INSERT OR REPLACE INTO scores VALUES {}", f"({','.join('?' * 8)})"
        statements = [
            # One turn and scorer in each, for SQLite looks a list of numbers up and goes through all rows for tuples.
            *(
                (delete.format(",".join("?" * len(piece))), (*piece, *place))
                for place, found in places.items()
                for piece in _in_pieces(found, MOST_PLACES)
            ),
            *((insert.format(",".join([row] * (len(piece) // 8))), piece) for piece in _in_pieces(rows, 8 * MOST_ROWS)),
        ]
        return self._put(*statements, patient=True)

    def said_by_judge(self) -> list[tuple[str, str, int, int]]:
        """(metric, template, values that a judge said, all values) of the metrics of which a judge said any."""
        if next(self._rows("SELECT 1 FROM meta WHERE key = 'judge'"), None) is None:
            return []  # nobody was asked: the evidence need not be looked through
        query = (
            "SELECT s.scorer || '.' || s.metric, t.template, "
            "sum(coalesce(json_extract(s.evidence, '$.details.by'), '') = 'judge') AS said, count(*) "
            "FROM scores s JOIN transcripts t ON t.id = s.transcript WHERE s.value IS NOT NULL "
            "GROUP BY 1, 2 ORDER BY 1, 2"
        )
        with reading(self.path, "scores", "any"):
            rows = [(word(m), word(t), whole(said), whole(n)) for m, t, said, n in self._rows(query)]
        told = {metric for metric, _, said, _ in rows if said}
        return [row for row in rows if row[0] in told]

    def read_by_model(self) -> list[tuple[str, int, int]]:
        """(template, replies that a model read as well, relations on which it differs from the rules)."""
        differ = "json_extract(s.evidence, '$.details.readings_differ')"
        query = (
            f"SELECT t.template, count(*), sum({differ}) FROM scores s JOIN transcripts t ON t.id = s.transcript "
            f"WHERE s.metric = 'disputed' AND {differ} IS NOT NULL GROUP BY 1 ORDER BY 1"
        )
        with reading(self.path, "scores", "any"):
            return [(word(t), whole(replies), whole(found)) for t, replies, found in self._rows(query)]

    def scores(self, problem: str | None = None, ids: Sequence[int] | None = None) -> Iterator[StoredScore]:
        """Every stored score (of one problem, or of these transcripts), in the order of trial, turn, scorer, metric."""
        where, values = "", list[str | int]()
        if ids is not None:
            where, values = f"WHERE t.id IN ({','.join('?' * len(ids))})", [*ids]
        elif problem is not None:
            where, values = "WHERE t.problem = ?", [problem]
        query = (
            "SELECT t.problem, t.template, t.model, t.sample, s.turn, s.scorer, s.version, s.metric, s.value, "
            f"s.reason, s.evidence FROM scores s JOIN transcripts t ON t.id = s.transcript {where} "
            f"{ORDER}, turn, scorer, metric"
        )
        for row in self._rows(query, values):
            with reading(self.path, "scores", row[:7]):
                named = trial_from(row[:4]), whole(row[4]), word(row[5]), word(row[6])
                found = StoredScore(*named, score_from(*row[7:11]))
            yield found

    def columns(self, metrics: Sequence[str] = ()) -> Columns:
        """The values of every score, or of these metrics only, in the order of trial, turn, scorer, metric.

        In columns, since a run file may hold a million of them: the rows never become Python objects of their own.
        """
        import numpy as np  # here and not above: a run needs no numpy

        names = self._metric_names(metrics)
        if not names:
            return Columns.of(())
        with self._one_moment():  # somebody may be writing: reasons must be those of the values
            key, turn, metric, value = self._numbers(names, narrowed=bool(metrics))
            reasons = self._reasons(names, narrowed=bool(metrics))
        unjudged = np.flatnonzero(np.isnan(value))
        whole_numbers = all((np.abs(x) <= MOST).all() and (x == np.floor(x)).all() for x in (key, turn))
        if not whole_numbers or (np.abs(value) > LARGEST).any() or len(reasons) != len(unjudged):
            self._refuse_odd()
        # evalkit keeps one version of a verdict, and the rows come in order
        twice = np.flatnonzero((np.diff(key) == 0) & (np.diff(turn) == 0) & (np.diff(metric) == 0))
        if len(twice):
            row = (int(key[twice[0]]), int(turn[twice[0]]), *names[metric[twice[0]]])
            with reading(self.path, "scores", row):
                raise ValueError("two versions of one verdict")
        known = {"": 0}
        why = np.zeros(len(value), dtype=np.int32)
        why[unjudged] = [known.setdefault(reason, len(known)) for reason in reasons]
        whole_names = [f"{scorer}.{metric}" for scorer, metric in names]
        return Columns(
            key.astype(np.int64), turn.astype(np.int64), Words(metric, whole_names), value, Words(why, [*known])
        )

    def _metric_names(self, metrics: Sequence[str]) -> list[tuple[str, str]]:
        """(scorer, metric) of the stored scores, all or these. Refuses scores of no transcript on the way."""
        lone = (
            "SELECT transcript FROM (SELECT DISTINCT transcript FROM scores) "
            "WHERE transcript NOT IN (SELECT id FROM transcripts) LIMIT 1"
        )
        for (row,) in self._rows(lone):
            with reading(self.path, "scores", row):
                raise ValueError("a score of a transcript that is not there")
        found = []
        for row in self._rows("SELECT DISTINCT scorer, metric FROM scores"):
            with reading(self.path, "scores", row):
                scorer, metric = word(row[0]), word(row[1])
                if "." in scorer:
                    raise ValueError("a dot in a scorer's name")
            if not metrics or f"{scorer}.{metric}" in metrics:
                found.append((scorer, metric))
        if len(found) > MOST_METRICS:
            raise StoreError(
                f"{self.path}: holds scores of {len(found)} metrics; more than {MOST_METRICS} are not compared; "
                "name some (--metric)"
            )
        return sorted(found)

    def _numbers(self, names: Sequence[tuple[str, str]], *, narrowed: bool) -> tuple[Floats, Floats, Codes, Floats]:
        """Transcript, turn, place of the metric in `names`, and value (NaN: not judged) of every score of these."""
        import numpy as np

        # The database numbers the metrics: a million texts would cost more than all the rest.
        number = " ".join(f"WHEN {_NAMED} THEN {place}" for place in range(len(names)))
        asked = [text for name in names for text in name]
        query = f"SELECT id, turn, CASE {number} END, value FROM {_IN_ORDER} {_only(names, narrowed)} {_BY_TRIAL}"
        try:
            with self._cursor(query, asked * (2 if narrowed else 1)) as rows:
                # One row of numbers after the other: faster than rows of an array with names.
                found = np.fromiter(chain.from_iterable(rows), dtype=np.float64).reshape(-1, 4)
        except (TypeError, ValueError):  # a text among the numbers
            self._refuse_odd()
        key, turn, metric, value = (np.ascontiguousarray(found[:, i]) for i in range(4))
        return key, turn, metric.astype(np.int32), value

    def _reasons(self, names: Sequence[tuple[str, str]], *, narrowed: bool) -> list[str]:
        """Why what has no value could not be judged, in the order of `_numbers`."""
        only = _only(names, narrowed).replace("WHERE", "AND")
        query = f"SELECT substr(reason, 1, {SHOWN}) FROM {_IN_ORDER} WHERE value IS NULL {only} {_BY_TRIAL}"
        with reading(self.path, "scores", "any"):
            return [word(why) for (why,) in self._rows(query, [t for name in names for t in name] if narrowed else [])]

    def _refuse_odd(self) -> NoReturn:
        """Raises StoreError that names a row which evalkit would not have written."""
        odd = (
            "typeof(transcript) <> 'integer' OR typeof(turn) <> 'integer' OR typeof(value) NOT IN ('real', 'null') OR "
            f"abs(value) > {LARGEST} OR abs(transcript) > {MOST} OR abs(turn) > {MOST}"
        )
        row = next(self._rows(f"SELECT transcript, turn, scorer, value FROM scores WHERE {odd} LIMIT 1"), ("any",) * 4)
        with reading(self.path, "scores", row[:3]):
            raise TypeError(f"value {row[3]!r:.60}")

    def answers(self) -> Iterator[tuple[str, str, str, int, int, str, float | None, str]]:
        """(problem, template, model, sample, turn, metric, value, answer) of every score that names an answer."""
        given = "json_extract(s.evidence, '$.details.given')"
        query = (
            f"SELECT t.problem, t.template, t.model, t.sample, s.turn, s.scorer || '.' || s.metric, s.value, {given} "
            # the word is looked for first: taking a million texts of evidence apart costs more than finding it in them
            f"FROM scores s JOIN transcripts t ON t.id = s.transcript "
            f"WHERE instr(s.evidence, 'given') AND {given} IS NOT NULL "
            f"{ORDER}, turn, s.scorer, s.metric"
        )
        yield from self._rows(query)

    def answers_counted(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        """(problem, template, model, metric, answer, how many) of the scores that name an answer, of the turn that
        stands for each trial."""
        given = "json_extract(s.evidence, '$.details.given')"
        query = (
            f"SELECT t.problem, t.template, t.model, s.scorer || '.' || s.metric, {given} AS given "
            "FROM scores s JOIN transcripts t ON t.id = s.transcript WHERE instr(s.evidence, 'given') "
            "AND given IS NOT NULL AND s.turn = coalesce(t.scored_turn, t.answers)"
        )
        with self._cursor(query) as rows:  # counted here: SQLite would sort all of them first
            counts = Counter(rows)
        with reading(self.path, "scores", "any"):
            for (problem, template, model, metric, answer), count in counts.items():
                yield word(problem), word(template), word(model), word(metric), str(answer), count
