"""Rows as CSV text."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any


def csv_text(rows: Iterable[dict[str, Any]]) -> str:
    """Unrounded values, one row each; nested values as JSON."""
    return "".join(csv_lines(rows))


def csv_lines(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """As `csv_text`, row by row: the heads first, which are those of the first row."""
    out = io.StringIO()
    writer: csv.DictWriter[str] | None = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(out, fieldnames=list(row), lineterminator="\n")
            writer.writeheader()
            yield _taken(out)
        writer.writerow({k: json.dumps(v) if isinstance(v, dict | list | tuple) else _cell(v) for k, v in row.items()})
        yield _taken(out)


def _taken(out: io.StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text


def _cell(value: object) -> object:
    """A spreadsheet would run text that begins with = + - @ as a formula: it is defused; numbers are not touched."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
