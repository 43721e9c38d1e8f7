"""What `agreement` does: scorers against labels, printed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from evalkit.cli.console import out
from evalkit.interface.loading import Run
from evalkit.showing import tables


def agreement(run: Path, metrics: Sequence[str] | None, as_json: bool, *, everything: bool) -> None:
    """Print how scorers and labels agree. Raises SpecError for a run without labels."""
    found = Run((run,)).agreement(metrics, everything)
    if as_json:
        out.print_json(json.dumps(found.data()))
        return
    for table in found.tables():
        out.print(tables.terminal(table))
