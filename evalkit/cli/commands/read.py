"""What `read` does: how one stored reply is read, printed as data, or taken from somebody who mended it."""

from __future__ import annotations

import json
from pathlib import Path

from evalkit.cli.console import err, out, safe
from evalkit.interface.reading import Place as Place
from evalkit.interface.reading import StoredReply


def print_reading(run: Path, place: Place, folder: Path) -> None:
    """Print the reading in force: a stored one as it was followed, else the checker's own."""
    out.print_json(json.dumps(StoredReply(run, place, folder).reading()))


def store_reading(run: Path, place: Place, folder: Path, path: Path | None, by: str | None) -> None:
    """Store the reading of a file, or none. Raises SpecError where it does not fit the reply."""
    done = StoredReply(run, place, folder).keep_reading(path, by)
    err.print(safe(f"{done}; `evalkit score` judges it anew"))
