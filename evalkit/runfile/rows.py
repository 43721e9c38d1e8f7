"""Rows as CSV text."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Any


def csv_text(rows: Iterable[dict[str, Any]]) -> str:
    """Unrounded values, one row each; nested values as JSON."""
    listed = list(rows)
    if not listed:
        return ""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(listed[0]), lineterminator="\n")
    writer.writeheader()
    for row in listed:
        writer.writerow({k: json.dumps(v) if isinstance(v, dict | list | tuple) else _cell(v) for k, v in row.items()})
    return out.getvalue()


def _cell(value: object) -> object:
    """A spreadsheet would run text that begins with = + - @ as a formula: it is defused; numbers are not touched."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
