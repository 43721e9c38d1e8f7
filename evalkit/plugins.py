"""Providers and scorers are found by their names, in four places: a name may stand in one of them only.

files of this package        `evalkit/scorers/<name>.py`, `evalkit/providers/<name>.py`
other installed packages     entry points of the groups `evalkit.scorers` and `evalkit.providers`
the project                  `scorers/<name>.py`, `providers/<name>.py` in a folder given to `use_folder`
this process                 what a notebook hands to `make`; it does not outlive the process

A scorer file defines a class `Scorer`, a provider file `async def connect(spec)`. Nothing is imported before it is
asked for. A project's files are programs, which is why the command line asks before it uses them (`asking_first`).
"""

from __future__ import annotations

import difflib
import hashlib
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Literal

from evalkit.errors import SpecError

Kind = Literal["providers", "scorers"]
KINDS: tuple[Kind, ...] = ("providers", "scorers")
NEEDED = {"providers": "connect", "scorers": "Scorer"}
NAME = re.compile(r"[a-z][a-z0-9_]*")

_made: dict[tuple[Kind, str], ModuleType] = {}
_folders: list[Path] = []
_loaded_at: dict[str, int] = {}
"""Module of a project -> time of its file when it was loaded: who edits it in a notebook wants the new one."""
_guarded = False


def known(kind: Kind) -> tuple[str, ...]:
    """All names of that kind, sorted. Nothing is imported. Raises SpecError for a name that stands in two places."""
    return tuple(sorted(_places(kind)))


def load(kind: Kind, name: str) -> ModuleType:
    """The module with that name's `Scorer` or `connect`.

    Raises SpecError with the known names where there is none, and for a file of others that does not load.
    """
    places = _places(kind)
    if name not in places:
        close = difflib.get_close_matches(name, places, n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        raise SpecError(f"unknown {kind[:-1]} {name!r}; {hint}known are: {', '.join(sorted(places))}")
    if (kind, name) in _made:
        return _made[kind, name]
    place = places[name]
    if isinstance(place, EntryPoint):
        return _of_package(kind, name, place)
    full = f"evalkit.{kind}.{name}"
    if place.parent.parent not in _folders:
        return sys.modules.get(full) or importlib.import_module(full)
    return _of_project(kind, full, place)


def code(kind: Kind, name: str) -> str:
    """The text of a project's file, so that a change of it changes the version of its scores; else empty."""
    place = _places(kind).get(name)
    if not isinstance(place, Path) or place.parent.parent not in _folders:
        return ""
    return place.read_text(encoding="utf-8", errors="replace")


def is_made(kind: Kind, name: str) -> bool:
    """Whether it was made in this process, as in a notebook: nobody knows whether its code has changed."""
    return (kind, name) in _made


def made_as(kind: Kind, thing: object) -> str | None:
    """The name under which this process made it."""
    return next((n for (k, n), m in _made.items() if k == kind and m.__dict__[NEEDED[kind]] is thing), None)


def named_by_package(kind: Kind, thing: type) -> str | None:
    """The name under which an installed package offers this class."""
    for point in entry_points(group=f"evalkit.{kind}"):
        if (point.module, point.attr or NEEDED[kind]) == (thing.__module__, thing.__qualname__):
            return point.name
    return None


def make(kind: Kind, name: str, thing: object, about: str = "") -> None:
    """Know a scorer class or a `connect` function by this name, in this process. Made again, it takes the old one's
    place. Raises SpecError for a name that stands elsewhere already."""
    if not NAME.fullmatch(name):
        raise SpecError(f"{kind[:-1]} {name!r}: a name is small letters, digits and _, a letter first")
    there = _places(kind).get(name)
    if there is not None and (kind, name) not in _made:
        raise SpecError(f"{kind[:-1]} {name!r} stands in {_where(there)} already; give yours another name")
    module = ModuleType(name, about)
    module.__dict__[NEEDED[kind]] = thing
    _made[kind, name] = module
    _places.cache_clear()


def use_folder(folder: Path) -> None:
    """Find the `scorers/` and `providers/` of this project too. Where the command line asks first, it does that."""
    folder = folder.absolute()
    if not _guarded and files(folder):
        _use(folder)


def files(folder: Path) -> list[Path]:
    """The scorer and provider files of a project."""
    return [p for kind in KINDS for p in sorted((folder / kind).glob("*.py")) if not p.name.startswith("_")]


State = tuple[tuple[Path, ...], tuple[tuple[Kind, str, str, str], ...], tuple[str, ...]]


def state() -> State:
    """What another process must know to find the same; of scorers that it could not import, the names."""
    made = tuple((k, n, *where) for (k, n), m in _made.items() if (where := _importable(m.__dict__[NEEDED[k]])))
    return tuple(_folders), made, tuple(n for k, n in _made if k == "scorers" and not travels(k, n))


def restore(told: State) -> None:
    """In a new process: find what the one found that told us its `state`."""
    for folder in told[0]:
        _use(folder)
    for kind, name, module, attribute in told[1]:
        make(kind, name, getattr(importlib.import_module(module), attribute))
    for name in told[2]:
        make("scorers", name, _elsewhere())


def fingerprint() -> str:
    """Of the projects' files that are in use here: another machine must have the same ones."""
    seen = hashlib.sha256()
    for path in (path for folder in _folders for path in files(folder)):
        text = path.read_bytes()
        seen.update(f"{path.parent.name}/{path.name} {len(text)}\n".encode() + text)
    return seen.hexdigest()


def found_here(told: State, expected: str) -> bool:
    """On another machine: find the same, and say whether it is the same. expected: the other's `fingerprint`."""
    try:
        restore(told)
    except Exception:  # the code of others, or none where it is looked for
        return False
    return fingerprint() == expected


def _elsewhere() -> type:
    """Stands for a scorer of another process, so that problems that name it can be read in this one."""
    from evalkit.types import Scorer

    class Elsewhere(Scorer, extra="allow"):
        metrics = {}  # noqa: RUF012

    return Elsewhere


def travels(kind: Kind, name: str) -> bool:
    """Whether another process can load it. What a notebook's cell defines can be had here only."""
    made = _made.get((kind, name))
    return made is None or _importable(made.__dict__[NEEDED[kind]]) is not None


def _importable(thing: object) -> tuple[str, str] | None:
    module, name = getattr(thing, "__module__", "__main__"), getattr(thing, "__qualname__", "")
    if module == "__main__" or getattr(sys.modules.get(module), name, None) is not thing:
        return None
    return module, name


@contextmanager
def asking_first(allowed: Path | None = None) -> Iterator[None]:
    """Inside, no project's files are used but those of `allowed`: a folder may come from a stranger."""
    global _guarded
    before, had = _guarded, list(_folders)
    for folder in had:
        _forget(folder)
    if allowed is not None and files(allowed):
        _use(allowed.absolute())
    _guarded = True
    try:
        yield
    finally:
        _guarded = before
        for folder in [*_folders]:
            _forget(folder)
        for folder in had:
            _use(folder)


def _use(folder: Path) -> None:
    if folder in _folders:
        _places.cache_clear()  # a file may be new
        return
    _folders.append(folder)
    importlib.invalidate_caches()
    for kind in KINDS:
        if (folder / kind).is_dir():
            importlib.import_module(f"evalkit.{kind}").__path__.append(str(folder / kind))
    _places.cache_clear()


def _forget(folder: Path) -> None:
    _folders.remove(folder)
    for kind in KINDS:
        package = importlib.import_module(f"evalkit.{kind}")
        if str(folder / kind) in package.__path__:
            package.__path__.remove(str(folder / kind))
        for path in (folder / kind).glob("*.py"):
            if str(getattr(sys.modules.get(f"evalkit.{kind}.{path.stem}"), "__file__", "")) == str(path):
                del sys.modules[f"evalkit.{kind}.{path.stem}"]
    _places.cache_clear()


@cache
def _places(kind: Kind) -> dict[str, Path | EntryPoint]:
    """Name -> where it stands; what this process made stands in a file that there is not."""
    package = importlib.import_module(f"evalkit.{kind}")
    found: list[tuple[str, Path | EntryPoint]] = [
        (m.name, Path(str(folder)) / f"{m.name}.py")
        for folder in package.__path__
        for m in pkgutil.iter_modules([folder])
        if not m.name.startswith("_")
    ]
    found += [(point.name, point) for point in entry_points(group=f"evalkit.{kind}")]
    found += [(name, Path("this process")) for made, name in _made if made == kind]
    places: dict[str, Path | EntryPoint] = {}
    clashes = []
    for name, place in found:
        if name in places:
            both = f"in {_where(places[name])} and in {_where(place)}"
            clashes.append(f"{kind[:-1]} {name!r} stands twice: {both}; rename one")
        places[name] = place
    if clashes:
        raise SpecError(*clashes)
    return places


def _where(place: Path | EntryPoint) -> str:
    if isinstance(place, EntryPoint):
        package = place.dist.name if place.dist is not None else "an installed package"
        return f"the package {package} ({place.value})"
    return str(place)


def _of_package(kind: Kind, name: str, point: EntryPoint) -> ModuleType:
    try:
        loaded = point.load()
    except Exception as error:  # the code of others
        raise SpecError(f"{kind[:-1]} {name!r} of {_where(point)} does not load: {_told(error)}") from error
    if isinstance(loaded, ModuleType):
        return _whole(kind, loaded, _where(point))
    module = ModuleType(name, getattr(loaded, "__doc__", None) or "")
    module.__dict__[NEEDED[kind]] = loaded
    return module


def _of_project(kind: Kind, full: str, path: Path) -> ModuleType:
    try:
        changed = path.stat().st_mtime_ns
        module = importlib.import_module(full)
        if _loaded_at.setdefault(full, changed) != changed or getattr(module, "__file__", None) != str(path):
            del sys.modules[full]
            importlib.invalidate_caches()
            module = importlib.import_module(full)
        _loaded_at[full] = changed
    except Exception as error:  # the code of others
        raise SpecError(f"{path}: does not load: {_told(error)}") from error
    return _whole(kind, module, str(path))


def _whole(kind: Kind, module: ModuleType, where: str) -> ModuleType:
    if not hasattr(module, NEEDED[kind]):
        what = {"providers": "`async def connect(spec)`", "scorers": "a class `Scorer`"}[kind]
        raise SpecError(f"{where}: defines no {NEEDED[kind]}; a {kind[:-1]} file defines {what}")
    return module


def _told(error: Exception) -> str:
    line = f" (line {error.lineno})" if isinstance(error, SyntaxError) and error.lineno else ""
    return f"{type(error).__name__}: {error}{line}"
