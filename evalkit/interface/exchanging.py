"""Chats and problems from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from evalkit.errors import SpecError, StoreError
from evalkit.interface import given
from evalkit.interface.project import AnyPath, Project
from evalkit.interface.wording import python_names
from evalkit.runfile import exchange, sources, transcripts
from evalkit.runfile.exchange import Imported as Imported
from evalkit.runfile.logs import finding, pseudonyms, reading, storing
from evalkit.runfile.spool import Spool
from evalkit.runfile.store import Store
from evalkit.specs.problems import ID
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
    return _kept(
        target,
        lambda store: exchange.import_transcripts(store, lines, project.problems, project.prompts, replace=replace),
    )


def _kept(target: Path, take: Callable[[Store], Imported]) -> tuple[Imported, str | None]:
    from evalkit.comparing.copies import copies_told

    fresh = not target.exists()
    try:
        with Store(target, write=True) as store:
            done, copies = take(store), copies_told(store)
    finally:
        if fresh:
            _remove_where_empty(target)
    return done, copies


def _remove_where_empty(target: Path) -> None:
    with suppress(StoreError):
        with Store(target) as store:
            filled = store.size() != (0, 0)
        for left in () if filled else ("", "-wal", "-shm", ".lock"):
            target.with_name(target.name + left).unlink(missing_ok=True)


@python_names
def import_problems(
    source: AnyPath | Rows, name: str, columns: Mapping[str, str], split: str = "train", folder: AnyPath = "problems"
) -> list[Path]:
    """Write a problem file `<folder>/<name>/<row>.toml` for every row; returns the files. Nothing is overwritten.

    Rows are read one by one and the files appear when all are there; what was interrupted goes on with the same call.
    columns: dotted key of the problem file -> column, or `=text`; the least is `statement` and `staff.solution`.
    """
    if not ID.fullmatch(f"{name}/1"):
        raise SpecError(f"{name!r} is no name of a set of problems: letters, digits, - and _ (gsm8k)")
    by_name = isinstance(source, str | Path)
    spool = Spool(Path(folder) / name, _identity(source, columns, split) if by_name else None)

    def made(skip: int) -> Iterator[tuple[str, str]]:
        rows = rows_of(source, split, skip) if isinstance(source, str | Path) else source
        return exchange.problem_files(_read(rows), columns, name, skip + 1)

    with spool.opened():
        try:
            left = spool.left()
            files = made(max(left - 1, 0))
            if left and not _goes_on(spool, files):  # the source gives other rows than before
                spool.restart()
                files = made(0)
            for identifier, text in files:
                spool.add(_file(identifier), text)
            if not spool.files:
                raise SpecError(f"{source if by_name else 'the rows'}: no row, so no problem")
        except _ReadError as error:
            kept = f"{len(spool.files)} problems are kept; the same command goes on behind them"
            raise SpecError(*error.problems, *([kept] if spool.files and by_name else [])) from None
        except SpecError:  # a row that does not fit leaves nothing half done
            spool.forget()
            raise
    return spool.files


class _ReadError(SpecError):
    """The source could not be read further: no fault of a row."""


def _read(rows: Rows) -> Iterator[Mapping[str, Any]]:
    try:
        yield from rows
    except SpecError as error:
        raise _ReadError(*error.problems) from None


def _file(identifier: str) -> str:
    return f"{identifier.rpartition('/')[2]}.toml"


def _goes_on(spool: Spool, files: Iterator[tuple[str, str]]) -> bool:
    """Whether the first of these is the last one that is kept."""
    identifier, text = next(files, ("", ""))
    return spool.holds(_file(identifier), text)


def _identity(source: AnyPath | Rows, columns: Mapping[str, str], split: str) -> object:
    """What tells one import from another: an edited file is another one. Of a hub, the last row is compared."""
    path = Path(str(source))
    seen = path.stat() if path.exists() else None
    return [str(source), dict(columns), split, [seen.st_size, seen.st_mtime_ns] if seen else None]


@dataclass(frozen=True)
class LogOptions:
    """What a log of another tool does not say, or says otherwise."""

    arm: str | None = None
    """The arm of all conversations; default: what the tool calls the task, prompt or condition, `chat` for chats."""
    model: str | None = None
    matching: AnyPath | Mapping[str, str] | None = None
    """What the log calls a question, or its text -> the id of the problem; a table or a file (CSV, JSON)."""
    keep_unmatched: bool = False
    """Keep conversations of questions that are no problem here, under what the log calls them."""
    pseudonyms: AnyPath | None = None
    """A file with a person a line, whose names are replaced before anything is stored."""


@dataclass
class LogImported(Imported):
    """What came of a log: `bad` names what could not be read or matched, `notes` what is not taken over."""

    tool: str = ""
    parts: int = 0
    """Chats, samples or rows of the log."""
    notes: dict[str, int] = field(default_factory=dict)
    replaced: int = 0
    """Names and addresses of mail that were replaced by pseudonyms."""
    with_reply: int = 0
    """Conversations whose last reply is recorded; of all others there is nothing but what the log says of them."""


NO_OPTIONS = LogOptions()


@partial(python_names, source=given.A_PATH, options=(lambda x: isinstance(x, LogOptions), "an evalkit.LogOptions"))
def import_log(
    source: AnyPath,
    into: AnyPath,
    options: LogOptions = NO_OPTIONS,
    replace: bool = False,
    project: Project | None = None,
) -> LogImported:
    """Store the conversations of another tool's log in a run file, with the scores that it gave them.

    source: an export of ChatGPT or Open WebUI, a log of Inspect, results of promptfoo, samples of
    lm-evaluation-harness, or a table of scores; recognised by content. Raises SpecError where it is none of these, and
    where nothing of it is of a problem of the project.
    """
    done, _ = log_stored(Path(source), Path(into), project or Project(), options, replace=replace)
    if not done.stored and not done.known:
        why = "".join(f"\n{bad.reason}" for bad in done.bad[:5])
        raise SpecError(f"nothing was imported into {into}: nothing of {source} is of a problem here{why}")
    return done


def is_log(source: str) -> bool:
    """Whether it is a file of another tool."""
    return Path(source).is_file() and reading.recognised(Path(source)) is not None


def log_stored(
    source: Path, target: Path, project: Project, options: LogOptions, *, replace: bool
) -> tuple[LogImported, str | None]:
    """As `stored`, of a log."""
    form = reading.recognised(source)
    if form is None:
        known = ", ".join(f.NAME for f in reading.FORMATS)
        raise SpecError(f"{source}: the log of no tool that is known here ({known})")
    given_by = options.matching or {}
    mapping = finding.mapping_from(Path(given_by)) if isinstance(given_by, str | Path) else dict(given_by)
    names = pseudonyms.pseudonyms_from(Path(options.pseudonyms)) if options.pseudonyms is not None else None
    library = project.problems
    finder = finding.Finder(library.ids(), lambda name: library.load(name).statement, mapping)
    read = reading.Read(form.NAME)
    choices = reading.Choices(options.arm, options.model, options.keep_unmatched, names)
    parts = reading.conversations(source, form, finder, choices, read)
    done, copies = _kept(target, lambda store: storing.store_log(store, parts, library, replace=replace))
    told = LogImported(
        **vars(done), tool=read.name, parts=read.parts, notes=dict(sorted(read.notes.items())),
        replaced=names.replaced if names else 0, with_reply=read.with_reply,
    )  # fmt: skip
    return told, copies


def refuse_missing(source: AnyPath) -> None:
    """Raises SpecError for a name that ends as a file of data does and is none, before the hub is asked for it."""
    path = Path(source)
    if path.suffix[1:].lower() in sources.DATA_FILES and not path.exists():
        raise SpecError(f"{path}: no such file{there_are(path)}")


def rows_of(source: AnyPath, split: str = "train", skip: int = 0) -> Rows:
    """The rows of a data set: a folder, a file or a name on the hub, without the first `skip` ones."""
    refuse_missing(source)
    return sources.dataset_rows(str(source), split, skip)


def lines_of(source: AnyPath | Rows, columns: Mapping[str, str] | None = None, split: str = "train") -> exchange.Lines:
    """Conversations, one a line, from JSON Lines or from the rows of a table."""
    if isinstance(source, str | Path):
        if columns is None and sources.is_folder_of_rows(Path(source)):
            return exchange.exported(rows_of(source, split), str(source))
        if columns is None:
            return transcripts.read(Path(source))
        return exchange.mapped(rows_of(source, split), columns)
    if columns is None:
        raise SpecError(
            "rows of a table need `columns`, such as {'problem': 'task', 'prompt': 'asked', 'reply': 'answer'}"
        )
    return exchange.mapped(source, columns)
