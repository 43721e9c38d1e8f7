"""Rows of an export as columns: Parquet files, shards of a data set, the library's own folders.

Rows are taken a few at a time, so that a run may be larger than memory. Each column has one type, whatever the rows
hold: shards of one data set must agree. Never a format that can carry code, such as a pickle.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.errors import SpecError

if TYPE_CHECKING:
    import pyarrow as pa

Row = Mapping[str, Any]
GROUP_ROWS, GROUP_CHARACTERS = 1000, 16_000_000
"""Rows that are held at once, and written as one row group."""
SHARD_ROWS, SHARD_CHARACTERS = 50_000, 400_000_000
"""About what one file of a data set holds."""
_KINDS = {
    "sample": "whole", "turn": "whole", "value": "real", "start": "whole", "end": "whole",
}  # fmt: skip
"""Column -> type, where it is another one than text."""
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "scores": ("turn", "metric", "value", "reason", "version", "spans", "details"),
    "replies": ("turn", "text", "finish_reason", "reasoning", "usage", "error", "served_by"),
    "transcripts": ("messages", "labels", "labellers", "relations", "readings", "wordings", "variant", "error"),
    "labels": ("turn", "labeller", "metric", "value", "start", "end"),
    "judgements": ("messages",),
}
"""What every row of an export has behind problem, template, model and sample."""


def schema(what: str, *, nested: bool) -> pa.Schema:
    """The columns of an export. nested: messages, spans and usage with fields of their own, else as JSON texts."""
    import pyarrow as pa

    text, whole = pa.string(), pa.int64()
    kinds = {"text": text, "whole": whole, "real": pa.float64()}
    usage = pa.struct(
        [(name, whole) for name in (
            "input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens", "cache_write_tokens")]
    )  # fmt: skip
    files = pa.list_(
        pa.struct([("name", text), ("type", text), ("sha256", text), ("size", whole), ("as_text", pa.bool_())])
    )
    message = pa.struct([
        ("role", text), ("content", text), ("finish_reason", text), ("reasoning", text), ("error", text),
        ("served_by", text), ("earlier", pa.bool_()), ("usage", usage), ("attachments", files),
    ])  # fmt: skip
    spans = pa.struct([("start", whole), ("end", whole), ("kind", text), ("note", text)])
    inner = {"messages": pa.list_(message), "usage": usage, "spans": pa.list_(spans)} if nested else {}
    names = ("problem", "template", "model", "sample", *COLUMNS[what])
    return pa.schema([(name, inner.get(name, kinds[_KINDS.get(name, "text")])) for name in names])


def told(what: str) -> list[tuple[str, str]]:
    """(column, its type in words) of a nested export."""
    import pyarrow as pa

    def kind(found: pa.DataType) -> str:
        nested = "list of records" if pa.types.is_list(found) else "record"
        return nested if pa.types.is_nested(found) else str(found)

    return [(field.name, kind(field.type)) for field in schema(what, nested=True)]


def write_file(rows: Iterable[Row], what: str, target: Path) -> int:
    """One Parquet file; returns the number of rows."""
    library()
    (rows_written,) = _shards(rows, schema(what, nested=False), lambda _: target, None) or (0,)
    return rows_written


def write_saved(rows: Iterable[Row], what: str, target: Path) -> int:
    """A folder as `save_to_disk` of the library `datasets` writes it; returns the number of rows."""
    import pyarrow as pa

    datasets = library()
    columns, written = schema(what, nested=False), 0
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name[:60]}.") as name:
        part = Path(name) / "rows.arrow"
        with part.open("wb") as file, pa.ipc.new_stream(file, columns) as out:
            for group, _ in _groups(rows, columns):
                out.write_batch(group)
                written += group.num_rows
        target.unlink()
        shown = datasets.is_progress_bar_enabled()
        datasets.disable_progress_bars()  # a library prints nothing
        try:
            datasets.Dataset.from_file(str(part)).save_to_disk(str(target))
        finally:
            if shown:
                datasets.enable_progress_bars()
    return written


def write_shards(rows: Iterable[Row], what: str, folder: Path) -> list[int]:
    """`train-00000-of-00002.parquet` and so on in a new folder; returns the number of rows of each."""
    folder.mkdir()
    library()
    written = _shards(rows, schema(what, nested=True), lambda number: folder / f"{number}.part", SHARD_ROWS)
    for number in range(len(written)):
        name = f"train-{number:05d}-of-{len(written):05d}.parquet"
        (folder / f"{number}.part").rename(folder / name)
    return written


def library() -> Any:
    """The library `datasets`. Raises SpecError where it is not installed."""
    try:
        import datasets
    except ImportError:
        raise SpecError("data sets and Parquet need the extra: pip install 'evalkit-tutor[datasets]'") from None
    return datasets


def _shards(rows: Iterable[Row], columns: pa.Schema, path: Any, most: int | None) -> list[int]:
    """Write groups of rows into files, each until it is full; at least one file. Returns the rows of each."""
    import pyarrow.parquet as pq

    written: list[int] = []
    characters = 0
    with ExitStack() as stack:
        writer = None
        for group, size in _groups(rows, columns):
            is_full = most and written and (written[-1] + group.num_rows > most or characters + size > SHARD_CHARACTERS)
            if writer is None or is_full:
                stack.close()
                writer = stack.enter_context(pq.ParquetWriter(path(len(written)), columns, compression="zstd"))
                written.append(0)
                characters = 0
            writer.write_batch(group)
            written[-1] += group.num_rows
            characters += size
        if writer is None:
            stack.enter_context(pq.ParquetWriter(path(0), columns, compression="zstd"))
            written.append(0)
    return written


def _groups(rows: Iterable[Row], columns: pa.Schema) -> Iterator[tuple[pa.RecordBatch, int]]:
    """(some rows as columns, about how many characters they have)."""
    waiting: list[Row] = []
    characters = 0
    for row in rows:
        waiting.append(row)
        characters += _characters(row)
        if len(waiting) >= GROUP_ROWS or characters > GROUP_CHARACTERS:
            yield _group(waiting, columns), characters
            waiting, characters = [], 0
    if waiting:
        yield _group(waiting, columns), characters


def _group(rows: Sequence[Row], columns: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa

    try:
        return pa.RecordBatch.from_pylist([_cells(row, columns) for row in rows], schema=columns)
    except UnicodeEncodeError:  # half of a surrogate pair, which a reply in JSON may hold and a column may not
        clean = [_without_halves(_cells(row, columns)) for row in rows]
        return pa.RecordBatch.from_pylist(clean, schema=columns)


def _cells(row: Row, columns: pa.Schema) -> dict[str, Any]:
    """A row as its columns take it: what has no fields of its own becomes JSON."""
    import pyarrow as pa

    cells = {}
    for field in columns:
        value = row.get(field.name)
        if isinstance(value, dict | list) and field.type == pa.string():
            value = json.dumps(value)
        elif field.name == "spans" and value is not None:
            value = [dict(zip(("start", "end", "kind", "note"), span, strict=True)) for span in value]
        cells[field.name] = value
    return cells


def _characters(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(map(_characters, value.values()))
    return sum(map(_characters, value)) if isinstance(value, list | tuple) else 8


def _without_halves(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {key: _without_halves(inner) for key, inner in value.items()}
    return [_without_halves(inner) for inner in value] if isinstance(value, list) else value
