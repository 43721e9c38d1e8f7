"""Reading what users write: TOML files, validated, with every complaint about a file in one error.

A complaint names the file, the key, what was found and what is allowed, and suggests the nearest known key.
"""

from __future__ import annotations

import difflib
import itertools
import re
import tomllib
import typing
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from evalkit.errors import SpecError

M = TypeVar("M", bound=BaseModel)
MAX_BYTES = 4_000_000
MAX_PARTS = 10
MAX_TABLES = 10_000
"""Lines that begin as the head of a table does: each costs tomllib 40 µs, and a text of 4 MB has room for a million."""
MAX_SIGNS = 100_000
"""Of `= . , [ {` outside strings: each costs tomllib, which is written in Python, some microseconds."""
_APART = re.compile(
    r"""\"{3}(?:[^"\\]|\\.|"(?!""))*+(?:\"{3})?|'{3}(?:[^']|'(?!''))*+(?:'{3})?|"(?:[^"\\\n]|\\[^\n])*+"?|'[^'\n]*+'?|#[^\n]*+""",
    re.DOTALL,
)
"""A string or a comment. One that is not closed goes to its end, so that no place is searched twice."""
_PART = r"""(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_HEAD = re.compile(r"^[ \t]*\[", re.MULTILINE)
_LONG_KEY = re.compile(rf"(?<![\w\\-])(?:{_PART}[ \t]*+\.[ \t]*+){{{MAX_PARTS},}}")
"""The time that tomllib takes for a dotted key grows with the square of its parts, and so does the memory."""
MAX_BITS = 64
"""Of a whole number: what TOML promises. In hexadecimal, Python reads one that it then cannot print."""
MAX_COMPLAINTS = 20


def read_text(path: Path) -> str:
    """The text of a file the user named. Raises SpecError for a folder, bad UTF-8, an oversized or unreadable file."""
    try:
        if path.is_dir():
            raise SpecError(f"{path}: is a folder; a file is needed here")
        if path.exists() and not path.is_file():
            raise SpecError(f"{path}: is no ordinary file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise SpecError(f"{path}: larger than {MAX_BYTES} bytes")
        return content.decode("utf-8-sig")  # editors of Windows write a byte-order mark
    except UnicodeDecodeError as error:
        raise SpecError(f"{path}: not UTF-8 text (byte {error.start}); save the file as UTF-8") from None
    except FileNotFoundError:
        raise SpecError(f"{path}: no such file{there_are(path)}") from None
    except OSError as error:
        raise SpecError(f"{path}: cannot be read: {error.strerror}") from None


def inside(path: Path, folder: Path) -> Path:
    """The path, if it leads to a file of the folder. Raises SpecError for a link out of it: the folder may be a
    stranger's, and what its files hold is sent to models."""
    try:
        if path.resolve().is_relative_to(folder.resolve()):
            return path
    except (OSError, RuntimeError):  # links that go round in a circle
        raise SpecError(f"{path}: is a link that leads nowhere") from None
    raise SpecError(f"{path}: is a link out of {folder}; copy the file there")


def there_are(path: Path) -> str:
    """`; there are a.toml, b.toml`: files of the same ending where one was looked for, or that there is no folder."""
    try:
        if not path.parent.is_dir():
            return f"; there is no folder {path.parent}"
        names = sorted(str(p) for p in path.parent.glob(f"*{path.suffix}") if p.is_file())[:5] if path.suffix else []
    except (OSError, ValueError):  # a name that no file can have
        return ""
    return f"; there {'are' if len(names) > 1 else 'is'} {', '.join(names)}" if names else ""


def parse_toml(text: str, origin: str) -> dict[str, Any]:
    """TOML to a table; `origin` names the file in errors."""
    if len(text) > MAX_BYTES:  # one that lies in a run file was read by nobody's `read_text`
        raise SpecError(f"{origin}: larger than {MAX_BYTES} bytes")
    if _LONG_KEY.search(text):
        raise SpecError(f"{origin}: not valid TOML: a key of more than {MAX_PARTS} parts")
    if sum(1 for _ in itertools.islice(_HEAD.finditer(text), MAX_TABLES + 1)) > MAX_TABLES:
        raise SpecError(f"{origin}: not valid TOML: more than {MAX_TABLES} tables")
    bare = _APART.sub("", text)
    if sum(map(bare.count, "=.,[{")) > MAX_SIGNS:
        raise SpecError(f"{origin}: not valid TOML: more than {MAX_SIGNS} keys and values")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SpecError(f"{origin}: not valid TOML: {error}{_unfilled(text, error)}") from None
    except (RecursionError, MemoryError):
        raise SpecError(f"{origin}: not valid TOML: nested too deeply") from None
    except ValueError:  # Python's own limit, on the digits of a whole number
        raise SpecError(f"{origin}: not valid TOML: a number has too many digits") from None
    if not table:
        raise SpecError(f"{origin}: the file is empty: no key is set in it")
    if any(isinstance(value, int) and value.bit_length() > MAX_BITS for value in _values(table)):
        raise SpecError(f"{origin}: not valid TOML: a number has too many digits")
    return table


def _values(table: dict[str, Any]) -> Iterator[Any]:
    """Every value of a table, at any depth."""
    left: list[Any] = [table]
    while left:
        value = left.pop()
        if isinstance(value, dict | list):
            left.extend(value.values() if isinstance(value, dict) else value)
        yield value


def _unfilled(text: str, error: tomllib.TOMLDecodeError) -> str:
    """`; fill in <the number>`, where the line still holds the words of a skeleton; that `\\lambda` wants quotes."""
    lines = text.splitlines()
    line = getattr(error, "lineno", 0) or _line_of(str(error))
    here = lines[line - 1] if 0 < line <= len(lines) else ""
    if mark := re.search(r"<\w[^<>]*>", here):
        return f"; fill in {mark[0]}"
    if key := re.match(r"\s{0,40}([^\s=\"'\[\]#]{0,80}[\\^{}()'*+|][^\s=\"\[\]#]{0,80})\s{0,40}=", here):
        return f"; a key with such signs stands in single quotes: '{key[1]}'"
    return ""


def _line_of(message: str) -> int:
    """Of `... (at line 30, column 9)`; Python before 3.14 has no attribute for it."""
    found = re.search(r"\(at line (\d{1,9}), column", message)
    return int(found[1]) if found else 0


def validate(model: type[M], data: object, origin: str, at: tuple[str, ...] = ()) -> M:
    """`data` as `model`. Raises SpecError with one line per complaint; `at` is the key under which `data` stands."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise SpecError(*complaints(model, error, origin, at)) from None


def complaints(model: type[BaseModel], error: ValidationError, origin: str, at: tuple[str, ...] = ()) -> list[str]:
    """One line per fault of a validation error, of the first MAX_COMPLAINTS."""
    found = error.errors(include_url=False)
    told = [_complaint(model, dict(fault), origin, at) for fault in found[:MAX_COMPLAINTS]]
    more = len(found) - len(told)
    return [*told, f"{origin}: and {more} further faults"] if more else told


def _complaint(model: type[BaseModel], fault: dict[str, Any], origin: str, at: tuple[str, ...]) -> str:
    location: tuple[str | int, ...] = fault["loc"]
    key = dotted((*at, *location))
    if fault["type"] == "extra_forbidden":
        parent = dotted((*at, *location[:-1]))
        allowed = sorted(_fields_at(model, location[:-1]))
        place = f"in [{parent}]" if parent else "at the top"
        unknown = str(location[-1])[:80]
        if (
            parent and not at and unknown in model.model_fields
        ):  # TOML gives every key to the table that stands above it
            return (
                f"{origin}: {unknown!r} belongs at the top of the file, above the first table; it stands in [{parent}]"
            )
        return f"{origin}: unknown key {unknown!r} {place}{suggestion(unknown, allowed)}"
    if fault["type"] == "missing":
        return f"{origin}: {key}: missing; it is required{_about(model, location)}"
    if fault["type"] in ("model_type", "dataclass_type"):
        known = ", ".join(sorted(_fields_at(model, location)))
        if not key:
            return f"{origin}: one object with named values is needed here (names: {known})"
        return f"{origin}: {key}: write a table {{ key = value }} here (keys: {known})"
    if fault["type"] in ("dict_type", "mapping_type"):
        return f"{origin}: {key}: write a table {{ key = value }} here (found {repr(fault['input'])[:80]})"
    if fault["type"] in ("tuple_type", "list_type"):
        return f"{origin}: {key}: write a list [...] here (found {repr(fault['input'])[:80]})"
    if fault["type"] == "string_pattern_mismatch" and (meant := _about(model, location)):
        return f"{origin}: {key}: {repr(fault['input'])[:80]} is not of this form{meant}"
    message = str(fault["msg"]).removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    found = repr(fault["input"])
    shown = "" if isinstance(fault["input"], dict | list) else f" (found {found[:80]})"
    return f"{origin}: {key}: {message}{shown}" if key else f"{origin}: {message}"


def dotted(location: Iterable[str | int]) -> str:
    """`("gold", 0, "reply")` as `gold[1].reply`: entries are counted from 1, as people count."""
    parts: list[str] = []
    for part in location:
        if isinstance(part, str) and part.startswith("<"):  # a form that a text may have, see specs.parts
            continue
        parts.append(f"[{part + 1}]" if isinstance(part, int) else f".{part}" if parts else part)
    return "".join(parts)


def suggestion(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'? (known: x, y)`"""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    close = close or [known for known in names if len(name) > 2 and name in known][:1]
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"{hint} (known: {', '.join(names)})"


def _about(model: type[BaseModel], location: tuple[str | int, ...]) -> str:
    """` (what the field says of itself)`."""
    annotations: list[Any] = [model]
    for part in location[:-1]:
        if isinstance(part, str):
            annotations = [m.model_fields[part].annotation for m in _models(annotations) if part in m.model_fields]
    fields = [m.model_fields[str(location[-1])] for m in _models(annotations) if str(location[-1]) in m.model_fields]
    return f" ({fields[0].description})" if fields and fields[0].description else ""


def _fields_at(model: type[BaseModel], location: tuple[str | int, ...]) -> set[str]:
    """Known keys of the table at `location`, walking through lists, dicts and unions."""
    annotations: list[Any] = [model]
    for part in location:
        if isinstance(part, str):
            fields = [m.model_fields[part].annotation for m in _models(annotations) if part in m.model_fields]
            annotations = fields or annotations
    return {name for m in _models(annotations) for name in m.model_fields}


def _models(annotations: list[Any]) -> list[type[BaseModel]]:
    found: list[type[BaseModel]] = []
    for annotation in annotations:
        inner = typing.get_args(annotation)
        if inner:
            found += _models(list(inner))
        elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
            found.append(annotation)
    return found
