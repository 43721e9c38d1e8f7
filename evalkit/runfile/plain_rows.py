"""Rows of CSV and JSON files, one at a time: a file may be larger than memory, a row may not.

Cells of CSV are texts, an empty one is None. JSON holds a list of objects, or objects one after the other (JSON Lines).
Not covered: other delimiters than comma and tab, encodings other than UTF-8.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from evalkit.errors import SpecError

MAX_ROW = 16_000_000
"""Characters of one row."""
MAX_CELL = 4_000_000
"""Characters of one cell: as long as a message may be."""
MAX_VALUES = 1_000_000
"""Values in one row of JSON: `[[],[],...]` takes thirty times its size once it is read."""
CHUNK = 1_000_000

Row = dict[Any, Any]
REST = None
"""Under this name stand cells beyond those of the head, as `csv.DictReader` has it."""


def csv_rows(path: Path, delimiter: str) -> Iterator[Row]:
    """Rows below a head. Raises SpecError for a file that is no such table."""
    # The library's limit is one for the whole process; it is only ever raised.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CELL))
    with _opened(path) as file:
        lines = _Lines(file)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        try:
            head = next(reader, [])
            if len(set(head)) < len(head):
                twice = next(name for name in head if head.count(name) > 1)
                raise SpecError(f"{path}: two columns are named {twice!r}")
            for cells in reader:
                lines.taken = 0
                if not cells:
                    continue
                row: Row = {name: cell or None for name, cell in zip(head, cells, strict=False)}
                row |= dict.fromkeys(head[len(cells) :])
                if len(cells) > len(head):
                    row[REST] = cells[len(head) :]
                yield row
        except csv.Error as error:
            raise SpecError(f"{path}: line {reader.line_num}: not a table of CSV: {error}") from None
        except ValueError as error:
            raise _unreadable(path, error) from None


class _Lines:
    """Lines for a reader of CSV, which may put many of them into one row: so many characters and no more."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.taken = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._file.readline(MAX_ROW + 1):
            self.taken += len(line)
            if self.taken > MAX_ROW:
                raise csv.Error(f"a row of more than {MAX_ROW} characters; is a quotation mark not closed?")
            yield line


def json_rows(path: Path) -> Iterator[Row]:
    """Objects of a list, or one after the other. Raises SpecError for a file that holds anything else."""
    with _opened(path) as file:
        try:
            for number, (text, value) in enumerate(_values(file), 1):
                if not isinstance(value, dict):
                    raise ValueError(f"row {number} is no object: {text:.60}")
                yield value
        except RecursionError:
            raise SpecError(f"{path}: not valid JSON: nested too deeply") from None
        except ValueError as error:
            raise _unreadable(path, error) from None


def _values(file: TextIO) -> Iterator[tuple[str, Any]]:
    """(how its text begins, value) of each. What is read ahead is a chunk, or what a long row takes."""
    decoder, number, buffer = json.JSONDecoder(), 1, file.read(CHUNK)
    in_list = buffer.lstrip().startswith("[")
    at = buffer.index("[") + 1 if in_list else 0
    while True:
        while at < len(buffer) and buffer[at] in BETWEEN:
            at += 1
        why = "the list is not closed" if in_list else None
        if at < len(buffer):
            if in_list and buffer[at] == "]":
                return
            try:
                value, end = decoder.raw_decode(buffer, at)
            except json.JSONDecodeError as error:
                why = error.msg  # or the row goes on in the next chunk
            else:
                yield buffer[at : at + 80], value
                at, number = end, number + 1
                continue
        more = file.read(max(CHUNK, len(buffer) - at))
        if not more:
            if why is None:
                return
            raise ValueError(f"row {number} is not valid JSON: {why}")
        buffer, at = buffer[at:] + more, 0
        if len(buffer) > 2 * MAX_ROW:
            raise ValueError(f"row {number} has more than {MAX_ROW} characters, or is not valid JSON: {why}")
        if len(buffer) > 2 * CHUNK and too_many_values(buffer):
            raise ValueError(f"row {number} holds more than {MAX_VALUES} values")


BETWEEN = " \t\r\n,"
_PART = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[,\[{]', re.DOTALL)


def too_many_values(text: str) -> bool:
    """Whether a text of JSON holds more values than any row of ours: told before they are made."""
    count = 0
    for part in _PART.finditer(text):
        count += part[0] in ",[{"
        if count > MAX_VALUES:
            return True
    return False


def _opened(path: Path) -> TextIO:
    try:
        if path.exists() and not path.is_file():
            raise SpecError(f"{path}: is no ordinary file")
        return path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise SpecError(f"{path}: cannot be read: {error.strerror}") from None


def _unreadable(path: Path, error: ValueError) -> SpecError:
    return SpecError(f"{path}: {'not UTF-8 text' if isinstance(error, UnicodeDecodeError) else error}")
