"""Files that commands write for the user: beside the target first, then renamed; nothing of the user's is destroyed.

A target that exists is replaced where evalkit wrote it (the caller says how that is recognised) or where `force` is
given, and never where it is a run file. A run that fails or is killed leaves the old file, and what it had begun is
removed or bears the ending `.part`. Not covered: two commands that write one target at once; the last one stays.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from evalkit.errors import EvalkitError, SpecError, StoreError

SQLITE = b"SQLite format 3\x00"
SEEN = 65_536
"""Bytes at the beginning and at the end of an existing file that are looked at."""
COMPANIONS = ("-wal", "-shm", "-journal", ".lock")
"""Endings of the files that lie beside a run file while it is written."""
DATASET = "dataset_info.json"
CARD, SHARDS = "README.md", "data"
"""What the folder of a data set for a hub holds."""

Ours = Callable[[bytes], bool]
"""Whether evalkit wrote a file of which these are the first bytes, and the last where it is long."""


def check(target: Path, ours: Ours, *, force: bool = False) -> None:
    """Raises SpecError where writing `target` would destroy something: asked before any work is done.

    `ours` is also asked for a folder, with the bytes of its `dataset_info.json`.
    """
    if any(target.name.endswith(end) and target.with_name(target.name[: -len(end)]).exists() for end in COMPANIONS):
        raise SpecError(f"{target}: is a run file or part of one, and stays that; name another file with -o")
    try:
        if not target.exists():
            return
        if target.is_dir():
            head = _dataset_head(target)
        elif target.is_file():
            with target.open("rb") as file:
                head = file.read(SEEN)
                if (more := target.stat().st_size - SEEN) > 0:  # the names of a Parquet file's columns stand at its end
                    file.seek(max(SEEN, more))
                    head += file.read(SEEN)
        else:
            raise SpecError(f"{target}: is no ordinary file; name another one")
    except OSError as error:
        raise StoreError(f"{target}: cannot be read: {error.strerror or error}") from None
    if head.startswith(SQLITE):
        raise SpecError(f"{target}: is a run file or part of one, and stays that; name another file with -o")
    if head and not force and not ours(head):
        raise SpecError(f"{target}: exists, and evalkit did not write it; name another, or replace it with --force")


def holds_a_run(target: Path) -> bool:
    """Whether `target` is a run file, which may take more; False: it can be made. Raises SpecError for other files."""
    if any(target.name.endswith(end) for end in COMPANIONS):
        raise SpecError(f"{target}: has the name of a file that lies beside a run file; name another one with -o")
    try:
        if not target.exists():
            return False
        if not target.is_file():
            raise SpecError(f"{target}: is no ordinary file; name another one")
        with target.open("rb") as file:
            head = file.read(len(SQLITE))
    except OSError as error:
        raise StoreError(f"{target}: cannot be read: {error.strerror or error}") from None
    if head and head != SQLITE:
        raise SpecError(f"{target}: exists, and is no run file; name another one with -o")
    return bool(head)


def _dataset_head(folder: Path) -> bytes:
    """How the description, or the card, of a data set's folder begins; nothing for an empty folder.

    A folder is replaced as a whole, so one that holds anything else is refused, with `--force` too.
    """
    names = [path.name for path in folder.iterdir()]
    if {*names} == {CARD, SHARDS} and not folder.is_symlink() and not (folder / SHARDS).is_symlink():
        inside = [*(folder / SHARDS).iterdir()] if (folder / SHARDS).is_dir() else [folder / SHARDS]
        if odd := sorted(path.name for path in inside if path.suffix != ".parquet"):
            raise SpecError(f"{folder}: {SHARDS} holds {odd[0]}, and is not of a data set alone; name a new folder")
        return (folder / CARD).read_bytes()[:SEEN]
    odd = sorted(name for name in names if name not in (DATASET, "state.json") and not name.endswith(".arrow"))
    if odd or (names and DATASET not in names) or folder.is_symlink():
        more = f" holds {odd[0]}, and" if odd else ""
        raise SpecError(f"{folder}:{more} is not the folder of a data set alone; name a new folder")
    return (folder / DATASET).read_bytes()[:SEEN] if names else b""


@contextlib.contextmanager
def written(target: Path) -> Iterator[Path]:
    """A path beside `target` to write to, a file or a folder; it takes the target's place when the body ends well.

    Raises StoreError where it cannot be written: a full disk leaves what was there before.
    """
    part: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:60]}.", suffix=".part", dir=target.parent)
        os.close(handle)
        part = Path(name)
        part.chmod(0o666 & ~_umask())
        yield part
        _put(part, target)
    except EvalkitError:
        raise
    except OSError as error:
        raise StoreError(f"{target}: cannot be written: {error.strerror or error}") from None
    finally:
        if part is not None and part.exists():
            with contextlib.suppress(OSError):
                shutil.rmtree(part) if part.is_dir() else part.unlink()


def _put(part: Path, target: Path) -> None:
    """A folder cannot take the place of another at once: the old one goes aside first, and comes back on failure."""
    if not (part.is_dir() and target.is_dir()):
        part.replace(target)
        return
    aside = part.with_suffix(".old")
    target.replace(aside)
    try:
        part.replace(target)
    except OSError:
        aside.replace(target)
        raise
    shutil.rmtree(aside)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
