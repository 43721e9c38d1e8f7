"""How far scorers agree with human labels, labellers with each other, and the checker with labels of relations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from evalkit.comparing.agreement import ALL_ARMS, Row, compare_labels, table_rows
from evalkit.comparing.labellers import Between, Checked, Differs, between, checked, differing, relation_labels
from evalkit.errors import SpecError, listed, typed
from evalkit.interface.relations import relations
from evalkit.interface.shown import Shown
from evalkit.runfile.store import Store
from evalkit.showing.tables.form import Table
from evalkit.stats.agreement import Agreement
from evalkit.stats.corrected import MIN_LABELS

if TYPE_CHECKING:
    import pandas as pd

NOTE = (
    "agree: share of equal verdicts, with Wilson's interval. kappa: Cohen's, [?] where it has no interval. "
    "prevalence: share of each value by label/by score. label>score: the commonest disagreements. corrected mean: over "
    "all judged turns, by the arm's labels (PPI++)."
)
AMONG = "unjudged: replies of which one of the two could not tell. first>second: the commonest disagreements."
CHECKED = (
    "right: how often the checker is right on these relations where it decides, with Wilson's interval; undecided are "
    "neither right nor wrong. gone: labelled, and not found any more since the reply is read in another way."
)
MOST = 10
"""Replies where scorer and label differ that are shown."""


@dataclass(frozen=True, repr=False)
class Agreements(Shown):
    """One row per metric and arm that has labels, and one for all arms together; then labellers and relations."""

    rows: tuple[Row, ...]
    among: tuple[Between, ...] = ()
    """Every two labellers, metric by metric."""
    relations: tuple[Checked, ...] = ()
    """The checker on labelled relations, all arms together and each arm."""
    differing: tuple[Differs, ...] = ()
    """The replies where scorer and label differ."""
    most: int = MOST

    def frame(self) -> pd.DataFrame:
        """One row each: metric, arm, unjudged, and the fields of the agreement (n, raw, kappa, low, high, ...)."""
        import pandas as pd

        return pd.DataFrame([{**asdict(r), **asdict(r.found)} for r in self.rows]).drop(columns=["found"])

    def tables(self) -> Sequence[Table]:
        columns, cells = table_rows(self.rows)
        found = (
            [Table("Agreement with the labels", columns, cells, _note(self.rows), frozenset({2, 3}))] if cells else []
        )
        return [*found, *_among(self.among), *_checked(self.relations), *_differing(self.differing, self.most)]

    def data(self) -> list[dict[str, Any]]:
        """Plain data (JSON): the rows of scorers, then of labellers, relations (and, with `most` 0, differing replies),
        each of which names its `kind`."""
        found = [asdict(row) for row in self.rows]
        found += [{"kind": "labellers", **asdict(row)} for row in self.among]
        found += [{"kind": "relations", **asdict(row)} for row in self.relations]
        return found + [{"kind": "differing", **asdict(row)} for row in self.differing if not self.most]

    def __repr__(self) -> str:
        return f"<Agreements: {len(self.rows)} rows; print() shows them>"


def agreements(store: Store, metrics: Sequence[str] | None, most: int = MOST) -> Agreements:
    """Raises SpecError for a run without labels, or without scores for the labelled turns. most: replies where scorer
    and label differ that are shown; 0: all."""
    if not store.labelled():
        raise SpecError(
            f"{store.path}: holds no human labels; evalkit label {typed(store.path)}, or import transcripts with "
            '"labels"'
        )
    rows, among = compare_labels(store, metrics), between(store, metrics)
    told = relation_labels(store)
    found = {}
    if told and not metrics:
        ids = {trial: key for key, trial, _ in store.trials()}
        for trial, turn in told:
            for stored in store.transcripts(ids=[ids[trial]]):
                read = relations(store.path, stored, turn)
                found[trial, turn] = {(start, stop): verdict for start, stop, verdict in read}
    checks = checked(told, found) if told and not metrics else []
    if not rows and not among and not checks:
        raise SpecError(f"{store.path}: no labelled turn has a score for {', '.join(metrics or ['any metric'])}")
    return Agreements(tuple(rows), tuple(among), tuple(checks), tuple(differing(store, metrics)), most)


def _note(rows: Sequence[Row]) -> str:
    few = [f"{r.metric} {r.arm} ({r.found.n})" for r in rows if r.arm != ALL_ARMS and r.found.n < MIN_LABELS]
    if not few:
        return NOTE
    return f"{NOTE} Too few labels to rely on (under {MIN_LABELS} an arm): {listed(few, 6)}."


def _among(rows: Sequence[Between]) -> list[Table]:
    if not rows:
        return []
    columns = ("metric", "first", "second", "both", "unjudged", "agree", "kappa", "first>second")
    cells = []
    for r in rows:
        told = (
            table_rows([Row(r.metric, "", r.found, r.unjudged, None)])[1][0]
            if r.found
            else ("", "", "0", "", "", "", "", "")
        )
        cells.append((r.metric, *r.labellers, str(_count(r.found)), str(r.unjudged), told[4], told[5], told[7]))
    return [Table("Labellers with each other", columns, tuple(cells), AMONG, frozenset({3, 4}))]


def _count(found: Agreement | None) -> int:
    return found.n if found else 0


def _checked(rows: Sequence[Checked]) -> list[Table]:
    if not rows:
        return []
    columns = ("arm", "right", "called true", "called false", "undecided", "unclear", "gone")
    cells = [
        (
            r.arm,
            f"{r.right[0]:.2f} [{r.right[1]:.2f}, {r.right[2]:.2f}]" if r.right else "–",
            *(f"{true} true, {false} false" for true, false in (r.called_true, r.called_false, r.undecided)),
            str(r.unclear),
            str(r.gone),
        )
        for r in rows
    ]
    return [
        Table("How often is the checker right on these relations", columns, tuple(cells), CHECKED, frozenset({5, 6}))
    ]


def _differing(rows: Sequence[Differs], most: int) -> list[Table]:
    if not rows:
        return []
    kept = rows[: most or len(rows)]
    columns = ("problem", "arm", "model", "sample", "turn", "metric", "label", "score", "why")
    cells = tuple(
        (r.trial.problem, r.trial.template, r.trial.model, str(r.trial.sample), str(r.turn), r.metric,
         f"{r.label:.3g}", f"{r.score:.3g}", r.reason[:200])
        for r in kept
    )  # fmt: skip
    left = f"{len(rows) - len(kept)} more: evalkit agreement RUN --all" if len(kept) < len(rows) else ""
    return [Table("Where scorer and label differ", columns, cells, left, frozenset({3, 4, 6, 7}))]
