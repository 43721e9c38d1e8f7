"""The scores of a run file: by transcript, assistant turn, scorer, metric and version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future

from evalkit.runfile.columns import Columns
from evalkit.runfile.opening import reading
from evalkit.runfile.records import StoredScore, clean, evidence_to, score_from, trial_from, whole, word
from evalkit.runfile.tables import ORDER, SHOWN, Tables
from evalkit.types import Score


class Scores(Tables):
    """What the scorers say of the transcripts."""

    def score_versions(self, problem: str) -> dict[int, set[tuple[int, str, str]]]:
        """(assistant turn, scorer, version) of the stored scores of each transcript of a problem that has any."""
        query = (
            "SELECT s.transcript, s.turn, s.scorer, s.version FROM transcripts t JOIN scores s ON s.transcript = t.id "
            "WHERE t.problem = ?"
        )
        found: dict[int, set[tuple[int, str, str]]] = {}
        for transcript, *version in self._rows(query, (problem,)):
            found.setdefault(transcript, set()).add(tuple(version))
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
        """(scorer, version) of all stored scores; a version is `<number>-<hash of what the verdict depends on>`."""
        return list(self._rows("SELECT DISTINCT scorer, version FROM scores ORDER BY scorer, version"))

    def scored_metrics(self) -> list[tuple[str, str]]:
        """(scorer, metric) of all stored scores, sorted."""
        return list(self._rows("SELECT DISTINCT scorer, metric FROM scores ORDER BY scorer, metric"))

    def keep_scores(
        self, transcript: int, turn: int, scorer: str, version: str, scores: Iterable[Score]
    ) -> Future[None]:
        """Store what one scorer says of one assistant turn, in place of what an older version of it said."""
        rows = [(transcript, turn, scorer, s.metric, version, s.value, clean(s.reason), evidence_to(s)) for s in scores]
        delete = "DELETE FROM scores WHERE transcript = ? AND turn = ? AND scorer = ?"
        insert = "INSERT OR REPLACE INTO scores VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        statements = ((delete, (transcript, turn, scorer)), *((insert, row) for row in rows))
        return self._put(*statements, patient=True)

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
        """The values of every score, or of these metrics only, in no special order.

        In columns, since a run file may hold a million of them: the rows never become Python objects of their own.
        """
        twice = (
            "SELECT transcript, turn, scorer, metric FROM scores GROUP BY 1, 2, 3, 4 "
            "HAVING count(*) > 1 OR instr(scorer, '.') LIMIT 1"
        )
        for row in self._rows(twice):  # along the primary key; evalkit keeps one version of a verdict
            with reading(self.path, "scores", row):
                raise ValueError(
                    "two versions of one verdict" if "." not in str(row[2]) else "a dot in a scorer's name"
                )
        lone = (
            "SELECT transcript FROM (SELECT DISTINCT transcript FROM scores) "
            "WHERE transcript NOT IN (SELECT id FROM transcripts) LIMIT 1"
        )
        for (row,) in self._rows(lone):
            with reading(self.path, "scores", row):
                raise ValueError("a score of a transcript that is not there")
        named = f"WHERE scorer || '.' || metric IN ({','.join('?' * len(metrics))})" if metrics else ""
        odd = (
            "typeof(transcript) <> 'integer' OR typeof(turn) <> 'integer' OR typeof(scorer || metric) <> 'text' OR "
            "typeof(value) NOT IN ('real', 'null') OR abs(value) > 1.7976931348623157e308 OR typeof(reason) <> 'text'"
        )
        wrong = next(self._rows(f"SELECT transcript, turn, scorer, value FROM scores WHERE {odd} LIMIT 1"), None)
        if wrong is not None:
            with reading(self.path, "scores", wrong[:3]):
                raise TypeError(f"value {wrong[3]!r:.60}")
        query = (
            "SELECT transcript, turn, scorer || '.' || metric, ifnull(value, 'nan'), "
            f"CASE WHEN value IS NULL THEN substr(reason, 1, {SHOWN}) ELSE '' END FROM scores {named}"
        )
        with self._cursor(query, metrics) as rows:
            return Columns.of(rows)

    def answers(self) -> Iterator[tuple[str, str, str, int, int, str, float | None, str]]:
        """(problem, template, model, sample, turn, metric, value, answer) of every score that names an answer."""
        given = "json_extract(s.evidence, '$.details.given')"
        query = (
            f"SELECT t.problem, t.template, t.model, t.sample, s.turn, s.scorer || '.' || s.metric, s.value, {given} "
            f"FROM scores s JOIN transcripts t ON t.id = s.transcript WHERE {given} IS NOT NULL "
            f"{ORDER}, turn, s.scorer, s.metric"
        )
        yield from self._rows(query)
