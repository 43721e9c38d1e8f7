"""How far scorers agree with human labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from evalkit.comparing.agreement import Row, compare_labels, table_rows
from evalkit.errors import SpecError
from evalkit.interface.shown import Shown
from evalkit.runfile.store import Store
from evalkit.showing.tables.form import Table

if TYPE_CHECKING:
    import pandas as pd

NOTE = (
    "agree: share of equal verdicts, with Wilson's interval. kappa: Cohen's, [?] where it has no interval. "
    "label>score: the commonest disagreements. corrected mean: over all judged turns, by the arm's labels (PPI++)."
)


@dataclass(frozen=True, repr=False)
class Agreements(Shown):
    """One row per metric and arm that has labels, and one for all arms together."""

    rows: tuple[Row, ...]

    def frame(self) -> pd.DataFrame:
        """One row each: metric, arm, unjudged, and the fields of the agreement (n, raw, kappa, low, high, ...)."""
        import pandas as pd

        return pd.DataFrame([{**asdict(r), **asdict(r.found)} for r in self.rows]).drop(columns=["found"])

    def tables(self) -> Sequence[Table]:
        columns, cells = table_rows(self.rows)
        return [Table("Agreement with the labels", columns, cells, NOTE, frozenset({2, 3}))]

    def data(self) -> list[dict[str, Any]]:
        """Plain data (JSON)."""
        return [asdict(row) for row in self.rows]

    def __repr__(self) -> str:
        return f"<Agreements: {len(self.rows)} rows; print() shows them>"


def agreements(store: Store, metrics: Sequence[str] | None) -> Agreements:
    """Raises SpecError for a run without labels, or without scores for the labelled turns."""
    if not store.labelled():
        raise SpecError(
            f'{store.path}: holds no human labels; import transcripts with "labels" (see evalkit import --help)'
        )
    rows = compare_labels(store, metrics)
    if not rows:
        raise SpecError(f"{store.path}: no labelled turn has a score for {', '.join(metrics or ['any metric'])}")
    return Agreements(tuple(rows))
