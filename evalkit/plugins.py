"""Providers and scorers are files: one is added by adding one file, and found by its name."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import ModuleType
from typing import Literal

from evalkit.errors import SpecError

Kind = Literal["providers", "scorers"]


@cache
def known(kind: Kind) -> tuple[str, ...]:
    """Names of all files of that kind, sorted. Nothing is imported."""
    package = importlib.import_module(f"evalkit.{kind}")
    return tuple(sorted(m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_")))


def load(kind: Kind, name: str) -> ModuleType:
    """Import `evalkit/<kind>/<name>.py`. Raises SpecError with the known names when there is no such file."""
    names = known(kind)
    if name not in names:
        raise SpecError(f"unknown {kind[:-1]} {name!r}; known are: {', '.join(names)}")
    return importlib.import_module(f"evalkit.{kind}.{name}")
