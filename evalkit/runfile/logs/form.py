"""What all formats share: a log that is looked at, its parts in constant memory and within bounds, and what comes out.

A log comes from anywhere: nothing is unpacked to disk, no part of it is larger than MAX_PART, all of it together no
larger than MAX_ALL, and JSON that is nested too deeply is a part that cannot be read. Not covered: encrypted archives.
"""

from __future__ import annotations

import json
import re
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Any, BinaryIO

from evalkit.errors import SpecError
from evalkit.specs.toml import there_are

MAX_PART = 64_000_000
"""Bytes of one sample, chat, line or row."""
MAX_WHOLE = 400_000_000
"""Bytes of a log that is one JSON object."""
MAX_ALL = 8_000_000_000
"""Bytes of all that is read of a log, unpacked."""
MAX_MEMBERS = 300_000
HEAD = 65_536
ZIP = b"PK\x03\x04"
NOTHING_SAID = "not recorded"
"""How a reply ended of which a log has no text."""

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Recorded:
    """One conversation of a log, before it is known which problem it is of."""

    place: str
    """Where it stands in the log, for whoever reads the complaint."""
    messages: Sequence[Json]
    """In exchange form."""
    ids: Sequence[str] = ()
    """What the log calls the question, the likeliest first."""
    texts: Sequence[str] = ()
    """What may be the question's text, the likeliest first."""
    arm: str = ""
    model: str = ""
    sample: int | None = None
    scores: Mapping[str, tuple[float | None, str]] = field(default_factory=dict)
    """`scorer.metric` -> (value, reason) as the tool gave them."""
    chat: bool = False
    """Whether several questions may be asked one after the other."""
    when: float = 0.0
    """When a chat began: chats are counted from the oldest on, so that a later export counts the same ones alike."""
    notes: Sequence[str] = ()
    """What is not taken over, in words; equal ones are counted."""


@dataclass(frozen=True)
class Unread:
    """A part of a log that cannot be read."""

    place: str
    reason: str


Part = Recorded | Unread


@dataclass(frozen=True)
class Log:
    """A file of another tool."""

    path: Path

    @cached_property
    def head(self) -> bytes:
        """Its first bytes. Raises SpecError where it cannot be read."""
        if not self.path.exists():
            raise SpecError(f"{self.path}: no such file{there_are(self.path)}")
        if not self.path.is_file():
            raise SpecError(f"{self.path}: is no ordinary file")
        try:
            with self.path.open("rb") as file:
                return file.read(HEAD).removeprefix(b"\xef\xbb\xbf")
        except OSError as error:
            raise SpecError(f"{self.path}: cannot be read: {error.strerror}") from None

    @cached_property
    def members(self) -> tuple[str, ...]:
        """The names in an archive; empty for any other file."""
        if not self.head.startswith(ZIP):
            return ()
        try:
            with zipfile.ZipFile(self.path) as archive:
                names = archive.namelist()
        except (zipfile.BadZipFile, OSError, ValueError, RuntimeError) as error:
            raise SpecError(f"{self.path}: a damaged archive: {error}") from None
        if len(names) > MAX_MEMBERS:
            raise SpecError(f"{self.path}: holds {len(names)} files; at most {MAX_MEMBERS} are read")
        return tuple(names)

    @cached_property
    def first(self) -> Any:
        """The first JSON value: of a list its first element, of JSON Lines the first line; of an object that is longer
        than the head, its keys that are seen there."""
        text = self.head.decode("utf-8", "replace").lstrip()
        if text.startswith("["):
            text = text[1:].lstrip()
        try:
            return json.JSONDecoder().raw_decode(text)[0]
        except (ValueError, RecursionError):  # longer than the head, or no JSON
            pass
        return dict.fromkeys(re.findall(r'"([A-Za-z_]\w{0,40})"\s*:', text)) if text.startswith("{") else None

    def keys(self) -> frozenset[str]:
        """Of the first JSON object."""
        return frozenset(map(str, self.first)) if isinstance(self.first, Mapping) else frozenset()

    def whole(self) -> Json:
        """The one JSON object that it is. Raises SpecError."""
        if self.path.stat().st_size > MAX_WHOLE:
            raise SpecError(f"{self.path}: larger than {MAX_WHOLE} bytes; split it")
        try:
            with self.path.open("rb") as file:
                found = json.load(file)
        except (ValueError, RecursionError) as error:
            raise SpecError(f"{self.path}: {_fault(error)}") from None
        return found if isinstance(found, Mapping) else {}

    def elements(self, name: str | None = None) -> Iterator[Any]:
        """The elements of a JSON list, one by one. name: of this file in the archive. Raises SpecError."""
        with self.opened(name) as file:
            yield from _elements(file, str(self.path))

    def opened(self, name: str | None = None) -> BinaryIO:
        """The file, or one of its archive. Raises SpecError."""
        try:
            if name is None:
                return self.path.open("rb")
            return _Member(zipfile.ZipFile(self.path), name)  # type: ignore[return-value]
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, KeyError) as error:
            raise SpecError(f"{self.path}: {name or ''}: cannot be read: {error}") from None

    def samples(self, names: Sequence[str]) -> Iterator[tuple[str, Any]]:
        """(name, JSON) of these files of an archive, or Unread in its place."""
        left = MAX_ALL
        with zipfile.ZipFile(self.path) as archive:
            for name in names:
                try:
                    data = unpacked(archive, name, min(MAX_PART, left) + 1)
                    left -= len(data)
                    if len(data) > MAX_PART:
                        raise ValueError(f"longer than {MAX_PART} bytes")
                    if left < 0:
                        raise SpecError(f"{self.path}: unpacks to more than {MAX_ALL} bytes")
                    yield name, json.loads(data)
                except _ARCHIVE as error:
                    yield name, Unread(name, _fault(error))


_ARCHIVE = (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError, RecursionError)


ZSTD = 93
"""The method that newer logs of Inspect are packed with."""


def unpacked(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """So many bytes of a file of an archive; also of one packed with zstd, which Python before 3.14 does not read."""
    found = archive.getinfo(name)
    if found.compress_type != ZSTD or sys.version_info >= (3, 14):
        with archive.open(name) as file:
            return file.read(most)
    whole: IO[bytes] | None = archive.fp
    if whole is None or found.compress_size > MAX_PART:
        raise ValueError(f"longer than {MAX_PART} bytes")
    whole.seek(found.header_offset)
    head = whole.read(30)
    whole.seek(found.header_offset + 30 + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little"))
    packed = whole.read(found.compress_size)
    try:
        import pyarrow
    except ImportError:
        raise SpecError(
            f"{archive.filename}: is packed with zstd: pip install 'evalkit-tutor[datasets]', or write it as .json: "
            "inspect log convert --to json --output-dir DIR FILE"
        ) from None
    with pyarrow.CompressedInputStream(pyarrow.BufferReader(packed), "zstd") as stream:
        return bytes(stream.read(most))


class _Member:
    """A file of an archive; both are closed together."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive, self._file = archive, archive.open(name)

    def read(self, size: int) -> bytes:
        return self._file.read(size)

    def __enter__(self) -> _Member:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._archive.close()


def _fault(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "not valid JSON: nested too deeply"
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return f"not valid JSON: {error}"
    return str(error)[:200] or type(error).__name__


def _elements(file: BinaryIO, where: str) -> Iterator[Any]:
    """Reads ahead until an element is whole: twice as much each time, so that a long one costs no more than twice."""
    decoder, text, more, done, size = json.JSONDecoder(), "", HEAD, False, 0
    import codecs

    decode = codecs.getincrementaldecoder("utf-8-sig")("replace").decode
    begun = False
    while True:
        text = text.lstrip()
        if not begun and text:
            if not text.startswith("["):
                raise SpecError(f"{where}: no list of chats")
            text, begun = text[1:].lstrip(), True
        text = text.removeprefix(",").lstrip()
        if text.startswith("]"):
            return
        try:
            if text:
                found, end = decoder.raw_decode(text)
                yield found
                text, more = text[end:], HEAD
                continue
        except RecursionError:
            raise SpecError(f"{where}: not valid JSON: nested too deeply") from None
        except ValueError:
            if done or len(text) > MAX_PART:
                raise SpecError(f"{where}: not valid JSON, cut off, or a chat longer than {MAX_PART} bytes") from None
        if done:
            raise SpecError(f"{where}: ends in the middle of its list")
        data = file.read(more)
        done, more, size = not data, more * 2, size + len(data)
        if size > MAX_ALL:
            raise SpecError(f"{where}: unpacks to more than {MAX_ALL} bytes")
        text += decode(data, done)


def lines(log: Log) -> Iterator[tuple[int, Any]]:
    """(number from 1, JSON) of every line of JSON Lines, or Unread in its place."""
    with log.path.open("rb") as file:
        number = 0
        while line := file.readline(MAX_PART + 1):
            number += 1
            rest = line
            while len(rest) > MAX_PART and not rest.endswith(b"\n"):
                rest = file.readline(MAX_PART + 1)
            if not line.strip():
                continue
            try:
                if len(line) > MAX_PART:
                    raise ValueError(f"longer than {MAX_PART} bytes")
                yield number, json.loads(line)
            except (ValueError, RecursionError) as error:
                yield number, Unread(f"line {number}", _fault(error))


# ---------------------------------------------------------------- shapes that may be anything


def table(value: Any) -> Json:
    """A JSON object; an empty one where it is something else."""
    return value if isinstance(value, Mapping) else {}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def number(value: Any) -> float | None:
    """A finite number, true and false as 1 and 0; None for anything else."""
    if not isinstance(value, int | float) or abs(value) > 1e15 or value != value:
        return None
    return float(value)


def metric(scorer: str, *names: str) -> str:
    """`scorer.metric` in the letters and digits that such a name has."""
    said = ["_".join(re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower())) for name in names]
    return f"{scorer}.{'_'.join(filter(None, said))[:80] or 'score'}"


def spoken(messages: Sequence[Json]) -> list[str]:
    """What users say, the last first: the question is what was asked last."""
    return [str(m["content"]) for m in reversed(messages) if m.get("role") == "user"]


ROLES = ("system", "user", "assistant")


def conversation_in(prompt: str) -> list[dict[str, Any]]:
    """A prompt as messages: it is a text, or a chat as JSON."""
    if prompt.lstrip().startswith("["):
        try:
            chat = [table(m) for m in listed(json.loads(prompt))]
        except (ValueError, RecursionError):
            chat = []
        if chat and all(m.get("role") in ROLES and isinstance(m.get("content"), str) for m in chat):
            return [
                {"role": m["role"], "content": m["content"], **({"earlier": True} if m["role"] == "assistant" else {})}
                for m in chat
            ]
    return [{"role": "user", "content": prompt or "(the log does not hold the prompt)"}]


def joined(parts: Sequence[str]) -> str:
    return "\n\n".join(part for part in parts if part.strip())
