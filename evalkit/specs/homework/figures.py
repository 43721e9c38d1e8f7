"""Figures that a text names, from the folder of the homework: no links, nothing outside it, pictures and PDF alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from evalkit.specs.attachments import MAX_BYTES, type_of

ENDINGS = ("", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".pdf")
_NAMED = re.compile(
    r"\\includegraphics\s*(?:\[[^\[\]]{0,200}\])?\s*\{([^{}]{1,200})\}"
    r"|!\[[^\[\]]{0,300}\]\(([^()\s]{1,300})[^()]{0,200}\)"
    r"|<img[^<>]{0,200}?src=[\"']([^\"'<>]{1,300})[\"']"
)


def named(text: str) -> Iterator[str]:
    """The names of figures in a text of LaTeX or Markdown."""
    for found in _NAMED.finditer(text):
        yield (found[1] or found[2] or found[3]).strip()


def found(name: str, folder: Path) -> Path | None:
    """The file of a figure; None for what is not there, elsewhere, a link, too large or no picture."""
    if "://" in name or not name.isprintable() or name.startswith(("/", "~")):
        return None
    for ending in ENDINGS:
        path = folder / f"{name}{ending}"
        if path.is_file() and path.resolve() == path and path.is_relative_to(folder):
            with path.open("rb") as file:
                fine = path.stat().st_size <= MAX_BYTES and type_of(file.read(16)) is not None
            return path if fine else None
    return None


def stored_as(path: Path, folder: Path) -> str:
    """Its name among the figures of the set: two of one name lie in different folders of the homework."""
    return "-".join(path.relative_to(folder).parts)
