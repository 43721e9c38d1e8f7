"""The run files that a view shows: those that were named, and those of the folders that were named."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from evalkit.errors import EvalkitError, SpecError
from evalkit.runfile.browse import written_now
from evalkit.runfile.store import Store


@dataclass(frozen=True)
class Shown:
    """One run file as the pages name it."""

    name: str
    path: Path
    trials: int = 0
    planned: int = 0
    models: tuple[str, ...] = ()
    busy: bool = False
    fault: str = ""

    @property
    def link(self) -> str:
        """The name in an address."""
        return quote(self.name, safe="")

    @property
    def megabytes(self) -> str:
        return f"{self.path.stat().st_size / 1e6:.1f}" if self.path.exists() else ""

    @property
    def changed(self) -> str:
        when = time.localtime(self.path.stat().st_mtime) if self.path.exists() else None
        return time.strftime("%Y-%m-%d %H:%M", when) if when else ""


def checked(paths: Sequence[Path]) -> list[Path]:
    """The files and folders to show; default: `runs`, or the current folder. Raises SpecError."""
    named = list(paths) or [Path("runs") if Path("runs").is_dir() else Path()]
    for path in named:
        if not path.exists():
            raise SpecError(f"{path}: no such run file or folder")
        if path.is_file():
            Store(path).close()  # what is no run file is refused before the page is up
    return named


def there(paths: Sequence[Path]) -> dict[str, Path]:
    """Name -> run file, as they are now: a run that begins later is seen too. Names are those of the files, numbered
    where two are alike."""
    files: list[Path] = []
    for path in paths:
        files += sorted(path.glob("*.sqlite")) if path.is_dir() else [path]
    found: dict[str, Path] = {}
    for path in dict.fromkeys(files):
        name, number = path.stem, 2
        while name in found:
            name, number = f"{path.stem}-{number}", number + 1
        found[name] = path
    return found


def looked_at(name: str, path: Path) -> Shown:
    """What the list says of a run file, also of one that cannot be read."""
    try:
        with Store(path) as store:
            held = store.held()
            planned = store.noted("planned", int) or 0
        busy = written_now(path)
        models = tuple(sorted({model for _, model, _ in held}))
        return Shown(name, path, sum(count for *_, count in held), planned, models, busy)
    except EvalkitError as error:
        return Shown(name, path, fault=str(error).splitlines()[0], busy=written_now(path))
