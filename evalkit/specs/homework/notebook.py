"""A Jupyter notebook as pieces: its Markdown, and solutions where the cell's tags, nbgrader or a comment mark them.

The code of a solution between `### BEGIN SOLUTION` and `### END SOLUTION` stays out of the statement. Tests (cells that
are graded and hold no solution) and outputs are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evalkit.errors import SpecError
from evalkit.specs.homework import markdown
from evalkit.specs.homework.heads import Piece
from evalkit.specs.homework.solved import Homework
from evalkit.specs.pdf import read_bytes

MAX_BYTES = 30_000_000
MAX_CELLS = 2_000
MAX_TEXT = 2_000_000
_BEGIN = re.compile(r"(?:#+|<!--|%|//)\s*BEGIN SOLUTION", re.IGNORECASE)
_SOLUTION = re.compile(
    r"[^\n]*BEGIN SOLUTION[^\n]*\n.*?(?:[^\n]*END SOLUTION[^\n]*(?:\n|\Z)|\Z)", re.DOTALL | re.IGNORECASE
)
_MARKS = re.compile(r"[^\n]*(?:BEGIN|END) SOLUTION[^\n]*\n?", re.IGNORECASE)


def read(path: Path, homework: Homework) -> list[Piece]:
    """The pieces of a file. Raises SpecError where it is no notebook."""
    left_out: list[str] = []
    found: list[Piece] = []
    size = 0
    for cell in _cells(path):
        text = _source(cell)
        size += len(text)
        if size > MAX_TEXT:
            raise SpecError(f"{path}: more than {MAX_TEXT} characters of text")
        found += _pieces(cell, text, homework, left_out)
    if left_out:
        homework.doubts.append(f"{len(left_out)} cells with tests were left out")
    return found


def _cells(path: Path) -> list[Mapping[str, Any]]:
    try:
        given = json.loads(read_bytes(path, MAX_BYTES).decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise SpecError(f"{path}: cannot be read: not UTF-8 text") from None
    except (ValueError, RecursionError):
        raise SpecError(f"{path}: is no notebook (not valid JSON)") from None
    cells = given.get("cells") if isinstance(given, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise SpecError(f"{path}: is no notebook of format 4: it has no list of cells")
    if len(cells) > MAX_CELLS:
        raise SpecError(f"{path}: more than {MAX_CELLS} cells")
    return cells


def _source(cell: Mapping[str, Any]) -> str:
    given = cell.get("source", "")
    lines = given if isinstance(given, list) else [given]
    text = "".join(line for line in lines if isinstance(line, str)).rstrip("\n") + "\n"
    return text.encode("utf-8", "replace").decode("utf-8")  # JSON can hold half of a surrogate pair, no file can


def _pieces(cell: Mapping[str, Any], text: str, homework: Homework, left_out: list[str]) -> Iterator[Piece]:
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    graded = metadata.get("nbgrader")
    graded = graded if isinstance(graded, dict) else {}
    tags = metadata.get("tags")
    tagged = (
        any(re.search("solution|answer", t, re.IGNORECASE) for t in tags if isinstance(t, str))
        if isinstance(tags, list)
        else False
    )
    code = cell.get("cell_type") == "code"
    if _BEGIN.search(text):
        rest = _SOLUTION.sub("", text)
        if rest.strip() and code:
            yield Piece("text", _fenced(rest))
        yield from _solved(_MARKS.sub("", text), code)
    elif graded.get("solution") is True or tagged:
        yield from _solved(text, code)
    elif graded.get("grade") is True and graded.get("task") is not True:
        left_out.append(text)
    elif code:
        yield Piece("text", _fenced(text))
    elif cell.get("cell_type") == "markdown":
        yield from markdown.pieces_of(text, homework)
        yield Piece("text", "\n")


def _solved(text: str, code: bool) -> Iterator[Piece]:
    yield Piece("solution", "", closed=True)
    yield Piece("text", _fenced(text) if code else text)
    yield Piece("end", "")


def _fenced(text: str) -> str:
    return f"\n```python\n{text.strip(chr(10))}\n```\n" if text.strip() else ""
