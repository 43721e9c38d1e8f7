"""A run file looked at page by page: counts and places of conversations, without their texts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout

from evalkit.runfile.tables import Tables

JUDGED = "coalesce(t.scored_turn, t.answers)"
Condition = Literal["", "=", "<", ">", "unjudged", "differ", "label"]
Block = tuple[str, str, int]
"""(problem, model, sample): all arms of it stand side by side."""


@dataclass(frozen=True)
class Wanted:
    """Which conversations: each field narrows, where it is given. condition: of `metric` in the judged turn, against
    `value`; `differ`: blocks in which its values differ; `label`: somebody's label says something else."""

    problem: str = ""
    arm: str = ""
    model: str = ""
    sample: int | None = None
    metric: str = ""
    condition: Condition = ""
    value: float = 0.0
    text: str = ""


class Browse(Tables):
    """Looking through a run file."""

    def held(self) -> list[tuple[str, str, int]]:
        """(template, model, conversations), sorted."""
        return list(self._rows("SELECT template, model, count(*) FROM transcripts GROUP BY 1, 2 ORDER BY 1, 2"))

    def seen_metrics(self) -> list[str]:
        """Metrics (`scorer.metric`) of one conversation of each problem and arm: to choose from, at once."""
        query = (
            "SELECT DISTINCT scorer || '.' || metric FROM scores WHERE transcript IN "
            "(SELECT min(id) FROM transcripts GROUP BY problem, template) ORDER BY 1"
        )
        return [str(name) for (name,) in self._rows(query)]

    def failures(self, most: int = 20) -> list[tuple[str, int]]:
        """(error, how often), the most frequent first."""
        query = (
            "SELECT substr(error, 1, 300) AS why, count(*) FROM transcripts WHERE error IS NOT NULL "
            "GROUP BY why ORDER BY 2 DESC, 1 LIMIT ?"
        )
        return list(self._rows(query, (most,)))

    def failed_count(self) -> int:
        """How many conversations failed."""
        return int(next(self._rows("SELECT count(*) FROM transcripts WHERE error IS NOT NULL"))[0])

    def blocks(self, wanted: Wanted, most: int, start: int = 0) -> list[Block]:
        """Those that hold a conversation which is wanted, in order, from the `start`-th on."""
        query, values = _query(wanted)
        found = self._rows(f"{query} ORDER BY t.problem, t.model, t.sample LIMIT ? OFFSET ?", (*values, most, start))
        return [(str(problem), str(model), int(sample)) for problem, model, sample in found]

    def block_count(self, wanted: Wanted) -> int:
        """How many `blocks` there are."""
        query, values = _query(wanted)
        return int(next(self._rows(f"SELECT count(*) FROM ({query})", values))[0])

    def ids(self, blocks: Sequence[Block], arm: str = "") -> list[int]:
        """The conversations of these blocks (of one arm)."""
        query = "SELECT id FROM transcripts WHERE problem = ? AND model = ? AND sample = ? AND (? = '' OR template = ?)"
        return [int(key) for block in blocks for (key,) in self._rows(query, (*block, arm, arm))]


def written_now(path: Path) -> bool:
    """Whether a process of evalkit has the file open for writing. Whoever begins to write just then tries again."""
    lock = Path(f"{path}.lock")
    if not lock.exists():
        return False
    try:
        with FileLock(lock, timeout=0):
            return False
    except (Timeout, OSError):
        return True


def _query(wanted: Wanted) -> tuple[str, list[Any]]:
    """Blocks as SQL, and its values."""
    parts = list(_parts(wanted))
    where = " AND ".join(["1", *(part for part, _ in parts)])
    scored = " JOIN scores s ON s.transcript = t.id" if wanted.metric and wanted.condition else ""
    grouped = ""
    if scored and wanted.condition == "differ":
        grouped = " GROUP BY t.problem, t.model, t.sample HAVING count(DISTINCT ifnull(s.value, 'none')) > 1"
    query = f"SELECT DISTINCT t.problem, t.model, t.sample FROM transcripts t{scored} WHERE {where}{grouped}"
    return query, [value for _, values in parts for value in values]


def _parts(wanted: Wanted) -> Iterator[tuple[str, list[Any]]]:
    for column, value in (("problem", wanted.problem), ("template", wanted.arm), ("model", wanted.model)):
        if value:
            yield f"t.{column} = ?", [value]
    if wanted.sample is not None:
        yield "t.sample = ?", [wanted.sample]
    if wanted.metric and wanted.condition:
        scorer, _, metric = wanted.metric.partition(".")
        yield f"s.scorer = ? AND s.metric = ? AND s.turn = {JUDGED}", [scorer, metric]
        if wanted.condition == "unjudged":
            yield "s.value IS NULL", []
        elif wanted.condition == "label":
            yield (
                (
                    "EXISTS (SELECT 1 FROM labels l WHERE l.transcript = t.id AND l.turn = s.turn "
                    "AND l.metric = s.scorer || '.' || s.metric AND abs(l.value - s.value) >= 0.005)"
                ),
                [],
            )
        elif wanted.condition == "=":
            yield "abs(s.value - ?) < 0.0005", [wanted.value]
        elif wanted.condition in ("<", ">"):
            yield f"s.value {wanted.condition} ?", [wanted.value]
    if wanted.text:
        yield r"t.turns LIKE ? ESCAPE '!'", [f"%{_stored(wanted.text)}%"]


def _stored(text: str) -> str:
    """As it stands in a stored conversation, for LIKE."""
    written = json.dumps(text)[1:-1]
    return written.replace("!", "!!").replace("%", "!%").replace("_", "!_")
