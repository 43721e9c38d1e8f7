"""Chats and problems from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from evalkit.errors import SpecError, StoreError
from evalkit.interface.project import AnyPath, Project
from evalkit.interface.wording import python_names
from evalkit.runfile import exchange, sources, transcripts
from evalkit.runfile.exchange import Imported
from evalkit.runfile.store import Store
from evalkit.specs.skeletons import write_new
from evalkit.specs.toml import there_are

Rows = Iterable[Mapping[str, Any]]


@python_names
def import_transcripts(
    source: AnyPath | Rows,
    into: AnyPath,
    columns: Mapping[str, str] | None = None,
    split: str = "train",
    replace: bool = False,
    project: Project | None = None,
) -> Imported:
    """Store conversations recorded elsewhere in a run file, as they stand; a line goes in whole or not at all.

    source: JSON Lines in the exchange format; with `columns` (field -> column, or `=text` for a constant) a data set or
    any rows, such as `frame.to_dict("records")`. replace: take the new conversation of a trial that is stored. Returns
    how many were stored or known, and the lines that did not fit. Raises SpecError where none did.
    """
    target = Path(into)
    done, _ = stored(lines_of(source, columns, split), target, project or Project(), replace=replace)
    if not done.stored and not done.known:
        why = "".join(f"\nline {bad.number}: {bad.reason}" for bad in done.bad[:5])
        raise SpecError(f"nothing was imported into {target}: no line holds a conversation that fits{why}")
    return done


def stored(lines: exchange.Lines, target: Path, project: Project, *, replace: bool) -> tuple[Imported, str | None]:
    """What an import did, and a warning of replies that are word for word the same. A file of nothing is not left."""
    from evalkit.comparing.copies import copies_told

    fresh, done, copies = not target.exists(), Imported(), None
    try:
        with Store(target, write=True) as store:
            done = exchange.import_transcripts(store, lines, project.problems, project.prompts, replace=replace)
            copies = copies_told(store)
    except SpecError:
        _remove_where_empty(target, fresh)
        raise
    if not done.stored and not done.known:
        _remove_where_empty(target, fresh)
    return done, copies


def _remove_where_empty(target: Path, fresh: bool) -> None:
    with suppress(StoreError):
        with Store(target) as store:
            filled = store.size() != (0, 0)
        for left in ("", "-wal", "-shm", ".lock") if fresh and not filled else ():
            target.with_name(target.name + left).unlink(missing_ok=True)


@python_names
def import_problems(
    source: AnyPath | Rows, name: str, columns: Mapping[str, str], split: str = "train", folder: AnyPath = "problems"
) -> list[Path]:
    """Write a problem file `<folder>/<name>/<row>.toml` for every row; returns the files. Nothing is overwritten.

    columns: dotted key of the problem file -> column, or `=text`; the least is `statement` and `staff.solution`.
    """
    rows = rows_of(source, split) if isinstance(source, str | Path) else source
    # All rows are read before the first file is written: a row that does not fit leaves nothing half done.
    files = {Path(folder) / f"{i}.toml": text for i, text in exchange.problem_files(rows, columns, name)}
    return write_new(files)


def refuse_missing(source: AnyPath) -> None:
    """Raises SpecError for a name that ends as a file of data does and is none, before the hub is asked for it."""
    path = Path(source)
    if path.suffix[1:].lower() in sources.DATA_FILES and not path.exists():
        raise SpecError(f"{path}: no such file{there_are(path)}")


def rows_of(source: AnyPath, split: str = "train") -> Rows:
    """The rows of a data set: a folder, a file or a name on the hub."""
    refuse_missing(source)
    return sources.dataset_rows(str(source), split)


def lines_of(source: AnyPath | Rows, columns: Mapping[str, str] | None = None, split: str = "train") -> exchange.Lines:
    """Conversations, one a line, from JSON Lines or from the rows of a table."""
    if isinstance(source, str | Path):
        if columns is None:
            return transcripts.read(Path(source))
        return exchange.mapped(rows_of(source, split), columns)
    if columns is None:
        raise SpecError(
            "rows of a table need `columns`, such as {'problem': 'task', 'prompt': 'asked', 'reply': 'answer'}"
        )
    return exchange.mapped(source, columns)
