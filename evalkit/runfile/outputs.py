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
"""Bytes of an existing file that are looked at."""

Ours = Callable[[bytes], bool]
"""Whether evalkit wrote a file that begins with these bytes."""


def check(target: Path, ours: Ours, *, force: bool = False) -> None:
    """Raises SpecError where writing `target` would destroy something: asked before any work is done.

    `ours` is also asked for a folder, with the bytes of its `dataset_info.json`.
    """
    try:
        if not target.exists():
            return
        if target.is_dir():
            mark = target / "dataset_info.json"
            head = mark.read_bytes()[:SEEN] if mark.is_file() else b""
            if not any(target.iterdir()):
                return
        elif target.is_file():
            with target.open("rb") as file:
                head = file.read(SEEN)
        else:
            raise SpecError(f"{target}: is no ordinary file; name another one")
    except OSError as error:
        raise StoreError(f"{target}: cannot be read: {error.strerror or error}") from None
    beside = target.name.endswith(("-wal", "-shm")) and target.with_name(target.name[:-4]).exists()
    if head.startswith(SQLITE) or beside:
        raise SpecError(f"{target}: is a run file or part of one, and stays that; name another file with -o")
    if head and not force and not ours(head):
        raise SpecError(f"{target}: exists, and evalkit did not write it; name another, or replace it with --force")


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
        if part.is_dir() and target.is_dir():
            shutil.rmtree(target)
        part.replace(target)
    except EvalkitError:
        raise
    except OSError as error:
        raise StoreError(f"{target}: cannot be written: {error.strerror or error}") from None
    finally:
        if part is not None and part.exists():
            with contextlib.suppress(OSError):
                shutil.rmtree(part) if part.is_dir() else part.unlink()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
