"""The areas, and what each of them says now."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from unittest import mock

from evalkit.cli.console import err, out

HERE = Path(__file__).parent
AREAS = (
    "answers", "asking", "blocks", "commands", "comparing", "derivation", "drawing", "files", "grammar", "homework", "judged", "logs", "planning", "python", "reading", "records", "running",
    "scoring", "specs", "statistics", "wire", "worlds",
)  # fmt: skip


def said(area: str) -> str:
    """All texts of an area, made in a folder of its own, on a terminal of one width."""
    told: Callable[[Path], Iterator[str]] = import_module(f"tests.details.{area}").told
    before = Path.cwd()
    stack = contextlib.ExitStack()
    for console in (out, err):  # they took the width of the terminal when they were made, which may be long ago
        stack.enter_context(mock.patch.object(console, "_width", 120))
    with (
        stack,
        tempfile.TemporaryDirectory() as name,
        mock.patch.dict(os.environ, {"COLUMNS": "120", "NO_COLOR": "1", "OPENAI_API_KEY": "none"}),
    ):
        try:
            os.chdir(name)
            text = "\n".join(told(Path(name)))
        finally:
            os.chdir(before)
    lines = (
        line.rstrip() for line in text.replace(str(Path(name).resolve()), "HERE").replace(name, "HERE").splitlines()
    )
    return "\n".join(lines) + "\n"


def recorded(area: str) -> str:
    return (HERE / f"{area}.txt").read_text(encoding="utf-8")


def record() -> Iterator[str]:
    """Write what has changed; yields its name."""
    for area in AREAS:
        path, text = HERE / f"{area}.txt", said(area)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            yield path.name
