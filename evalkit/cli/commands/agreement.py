"""What `agreement` does: scorers against labels, printed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from evalkit.cli.console import out
from evalkit.comparing.agreement import compare_labels, table_rows
from evalkit.errors import SpecError
from evalkit.runfile.store import Store
from evalkit.showing import tables


def agreement(run: Path, metrics: Sequence[str] | None, as_json: bool) -> None:
    """Print how scorers and labels agree. Raises SpecError for a run without labels."""
    with Store(run) as store:
        if not store.labelled():
            raise SpecError(
                f'{run}: holds no human labels; import transcripts with "labels" (see evalkit import --help)'
            )
        rows = compare_labels(store, metrics)
    if not rows:
        raise SpecError(f"{run}: no labelled turn has a score for {', '.join(metrics or ['any metric'])}")
    if as_json:
        out.print_json(json.dumps([asdict(row) for row in rows]))
        return
    columns, cells = table_rows(rows)
    note = (
        "agree: share of equal verdicts, with Wilson's interval. kappa: Cohen's, [?] where it has no interval. "
        "label>score: the commonest disagreements. corrected mean: over all judged turns, by the arm's labels (PPI++)."
    )
    out.print(tables.terminal(tables.Table("Agreement with the labels", columns, cells, note, frozenset({2, 3}))))
