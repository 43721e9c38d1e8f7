"""Tables as a source of chats and problems: data sets on disk, data files, data sets of the hub.

CSV, JSON and Parquet are read here, some rows at a time; all else by the library `datasets`. Never a format that can
carry code, and nothing that is packed: see SECURITY.md.
"""

from __future__ import annotations

import re
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from evalkit.errors import SpecError
from evalkit.runfile.plain_rows import csv_rows, json_rows
from evalkit.specs.toml import suggestion

BATCH = 500
"""Rows of a Parquet file that are held at once."""


def dataset_rows(source: str, split: str, skip: int = 0) -> Iterator[Mapping[str, Any]]:
    """Rows of a data set saved on disk (`save_to_disk`), local data files, or a hub id, `owner/name` or
    `owner/name:configuration`; without the first `skip` ones.

    They are read one after the other, from a hub as well: nothing is downloaded as a whole, or kept. All but CSV and
    JSON need the extra `datasets`.
    """
    path = Path(source)
    if path.exists() and not _is_saved(path):
        kind, files = _data_files(path, split)
        if kind in ("csv", "tsv", "json"):
            rows = (r for f in files for r in (json_rows(f) if kind == "json" else csv_rows(f, _BETWEEN[kind])))
            yield from islice(rows, skip, None)
            return
        if kind == "parquet":
            yield from islice(_parquet_rows(files), skip, None)
            return
    yield from _of_library(path, source, split, skip)


_BETWEEN = {"csv": ",", "tsv": "\t"}


def _is_saved(path: Path) -> bool:
    """Whether it is a data set as the library saves one."""
    return path.is_dir() and any((path / f).exists() for f in ("dataset_info.json", "state.json", "dataset_dict.json"))


def _parquet_rows(files: Sequence[Path]) -> Iterator[Mapping[str, Any]]:
    """By pyarrow alone: the library above it takes twice the time and several times the memory."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise SpecError("data sets need the extra: pip install 'evalkit-tutor[datasets]'") from None
    for file in files:
        try:
            with pq.ParquetFile(file) as table:
                for batch in table.iter_batches(batch_size=BATCH):
                    yield from batch.to_pylist()
        except (pa.ArrowException, OSError, ValueError) as error:
            raise SpecError(f"{file}: cannot be loaded as a data set: {type(error).__name__}: {error}") from None


def is_folder_of_rows(path: Path) -> bool:
    """Whether it is a folder that holds a data set."""
    return path.is_dir() and (_is_saved(path) or any(p.suffix[1:].lower() in DATA_FILES for p in path.rglob("*")))


def _of_library(path: Path, source: str, split: str, skip: int) -> Iterator[Mapping[str, Any]]:
    try:
        import datasets
    except ImportError:
        raise SpecError("data sets need the extra: pip install 'evalkit-tutor[datasets]'") from None
    if not (sys.stderr and sys.stderr.isatty()):
        datasets.disable_progress_bars()
    at = skip
    try:
        for row in _loaded(datasets, path, source, split).skip(skip):
            at += 1
            yield row
    except SpecError:
        raise
    except Exception as error:  # the library raises many kinds; none of them may reach the user as a traceback
        where = f": after row {at}" if at else ""
        raise SpecError(f"{source}: cannot be loaded as a data set{where}: {type(error).__name__}: {error}") from None


def _loaded(datasets: Any, path: Path, source: str, split: str) -> Any:
    """The library's own object, of which rows are taken one by one."""
    if _is_saved(path):
        found = datasets.load_from_disk(source)
        if not isinstance(found, datasets.DatasetDict):
            return found
        if split not in found:
            raise SpecError(f"{source}: no split {split!r}{suggestion(split, found)}")
        return found[split]
    if path.exists():
        kind, files = _data_files(path, split)
        names = [str(file) for file in files]
        return datasets.load_dataset(kind, data_files=names, split="train", streaming=True)
    name, _, configuration = source.partition(":")
    return datasets.load_dataset(name, configuration or None, split=split, streaming=True)


DATA_FILES = {"csv": "csv", "tsv": "tsv", "json": "json", "jsonl": "json", "parquet": "parquet", "arrow": "arrow"}
"""Ending of a data file -> how it is read. Never a format that can carry code, such as a pickle."""


def _data_files(path: Path, split: str) -> tuple[str, list[Path]]:
    """How a file, or the files of a folder, are read: (kind, files). Where names of files speak of the split
    (`data/test-00000-of-00001.parquet`), those alone."""
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    endings = {p.suffix[1:].lower() for p in files if p.is_file()} & {*DATA_FILES}
    if len(endings) != 1:
        raise SpecError(
            f"{path}: cannot be loaded as a data set; allowed are files of one kind, ending in {', '.join(DATA_FILES)}"
        )
    (ending,) = endings
    chosen = [p for p in files if p.suffix[1:].lower() == ending]
    if path.is_dir():
        chosen = [p for p in chosen if split in _WORD.split(str(p.relative_to(path)))] or chosen
    if packed := next((p for p in chosen if _is_packed(p)), None):
        raise SpecError(f"{packed}: is compressed or an archive; unpack it first, so that you see how large it is")
    return DATA_FILES[ending], chosen


_WORD = re.compile(r"[^A-Za-z0-9]+")
PACKED = (
    b"\x1f\x8b", b"\x1f\x9d", b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"\xfd7zXZ", b"7z\xbc\xaf\x27",
    b"Rar!\x1a", b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18",
)  # fmt: skip
"""How files of gzip, compress, zip, bzip2, xz, 7z, rar, zstd and lz4 begin."""


def _is_packed(path: Path) -> bool:
    """The library unpacks such files of itself, whatever their names end in: 10 kB may become 10 GB."""
    with path.open("rb") as file:
        head = file.read(16)
    bzip = head[:3] == b"BZh" and head[4:10] == b"1AY&SY"
    return head.startswith(PACKED) or bzip or zipfile.is_zipfile(path) or tarfile.is_tarfile(path)
