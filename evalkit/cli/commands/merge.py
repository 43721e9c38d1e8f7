"""What `merge` does: run files of one experiment joined, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.text import Text

from evalkit.cli.console import note, out, safe, warn
from evalkit.errors import typed
from evalkit.interface import merging


def merge(runs: Sequence[Path], into: Path, as_json: bool) -> None:
    """Join them and say what was taken."""
    done = merging.merge(runs, into)
    if as_json:
        out.print_json(json.dumps({**asdict(done), "path": str(done.path)}))
    for line in merging.lines(done):
        note.print(Text(safe(line)))
    for line in merging.warnings_of(done):
        warn(line)
    note.print(Text(safe(f"run file: {into}; next: evalkit compare {typed(into)}")))
