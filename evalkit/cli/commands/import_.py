"""What `import` does: chats or problems from elsewhere, what does not fit named line by line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from rich.text import Text

from evalkit.cli.commands.project import Project
from evalkit.cli.console import err, out, safe, warn
from evalkit.errors import SpecError, counted, typed
from evalkit.interface import exchanging
from evalkit.interface.exchanging import Imported
from evalkit.interface.exchanging import LogOptions as LogOptions

MOST_LINES = 100
"""So many lines that do not fit are named one by one."""


def rows_of(source: str, columns: Sequence[str] | None, split: str) -> Any:
    """(JSON Lines reader or data set rows, column mapping or None)."""
    exchanging.refuse_missing(source)
    if not columns and Path(source).suffix.lower() in (".csv", ".tsv", ".parquet"):
        raise SpecError(
            f"{source}: a table needs --map field=column for each field, such as --map problem=question_id "
            "--map template==plain --map messages=chat; without --map a file of JSON Lines is read"
        )
    if not columns:
        return exchanging.lines_of(source, split=split), None
    mapping = dict(c.partition("=")[::2] for c in columns)
    wrong = [c for c in columns if "=" not in c]
    if wrong:
        raise SpecError(f"--map {wrong[0]!r}: write it as field=column, or field==text for a constant")
    return exchanging.rows_of(source, split), mapping


def import_chats(project: Project, rows: Any, into: Path | None, replace: bool, as_json: bool) -> int:
    """Store conversations recorded elsewhere; returns 1 when some lines did not fit, 2 when none did."""
    if into is None:
        raise SpecError("--run FILE is needed: the run file that takes the conversations")
    lines, mapping = rows
    if mapping is not None:
        lines = exchanging.lines_of(lines, mapping)
    try:
        done, copies = exchanging.stored(lines, into, project, replace=replace)
    except KeyboardInterrupt:
        err.print("interrupted: the conversations read so far are stored; the same command goes on")
        raise
    misfits = (f"line {bad.number}: {bad.reason.removeprefix(f'line {bad.number}: ')}" for bad in done.bad)
    _say_misfits(done, as_json, misfits)
    err.print(f"{_taken(done)}, {counted(_misfits(done), 'line')} did not fit")
    return _ended(done, copies, into, "no line holds a conversation that fits")


def _misfits(done: Imported) -> int:
    return len(done.bad) + done.more_bad


def _say_misfits(done: Imported, as_json: bool, lines: Iterable[str]) -> None:
    if as_json:
        out.print_json(json.dumps(asdict(done)))
    for line in islice(lines, MOST_LINES):
        err.print(Text(safe(line)))
    if _misfits(done) > MOST_LINES:
        listed = f"the first {len(done.bad)}" if done.more_bad else "all"
        err.print(f"... and {_misfits(done) - MOST_LINES} more; --json lists {listed} of them")


def _taken(done: Imported) -> str:
    return f"{counted(done.stored, 'conversation')} stored, {done.known} known already"


def _ended(done: Imported, copies: str | None, into: Path, nothing: str, following: str = "score") -> int:
    """The last words and the exit code of an import. Raises SpecError where nothing came of it."""
    if copies:
        warn(copies)
    if not done.stored and not done.known:
        raise SpecError(f"nothing was imported into {into}: {nothing}")
    err.print(f"next: evalkit {following} {typed(into)}")
    return 1 if done.bad else 0


def is_log(source: str, options: LogOptions) -> bool:
    """Whether it is a log of another tool. Raises SpecError where it is none and is spoken of as one."""
    if exchanging.is_log(source):
        return True
    if options != LogOptions() and Path(source).exists():
        raise SpecError(
            f"{source}: the log of no tool that is known here; --arm, --model, --match, --keep-unmatched and "
            "--pseudonyms are for logs of other tools"
        )
    return False


def import_log(project: Project, source: Path, into: Path | None, how: tuple[LogOptions, bool], as_json: bool) -> int:
    """Store the conversations of a log; returns 1 when some of it did not fit. Raises SpecError when all did not."""
    if into is None:
        raise SpecError("--run FILE is needed: the run file that takes the conversations")
    done, copies = exchanging.log_stored(source, into, project, how[0], replace=how[1])
    _say_misfits(done, as_json, (bad.reason for bad in done.bad))
    for words, count in done.notes.items():
        err.print(Text(safe(f"note: {words} ({count} x)")))
    if how[0].pseudonyms is not None:
        err.print(f"{done.replaced} names and addresses of mail were replaced")
    read = f"{done.tool}: {done.parts} chats, samples or rows"
    err.print(f"{read}; {_taken(done)}, {_misfits(done)} not taken")
    return _ended(
        done,
        copies,
        into,
        f"nothing of {source} is of a problem here; --match FILE says which question is which problem, "
        "--keep-unmatched keeps them under their own names",
        following="score" if done.with_reply else "compare",  # a table of scores holds nothing to judge
    )


def import_problems(project: Project, source: str, mapping: dict[str, str] | None, split: str, name: str) -> int:
    """Write a problem file for every row of a data set."""
    if mapping is None:
        raise SpecError("--as-problems needs --map, e.g. --map statement=question --map staff.solution=answer")
    try:
        files = exchanging.import_problems(source, name, mapping, split, project.problem_folder)
    except KeyboardInterrupt:
        err.print("interrupted: the problems made so far are kept aside; the same command goes on behind them")
        raise
    target = project.problem_folder / name
    err.print(f"wrote {counted(len(files), 'problem file')} to {target}; next: evalkit check '{name}/*'")
    return 0
