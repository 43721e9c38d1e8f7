"""Commented skeletons for `evalkit new`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from evalkit.errors import SpecError
from evalkit.specs.problems import ID
from evalkit.specs.sources import taken
from evalkit.specs.toml import read_text

KINDS = ("derivation", "answer", "text")
STATEMENT = "<What the model is asked. It must be complete: the model sees nothing else.>"
SOLUTION = "<The staff's solution, complete.>"

_PROMPT = """\
{{% extends "plain.j2" %}}
{{# An arm is its difference to plain: override `before` or `after` (text around the statement in the first turn),
   `system`, or `followup` (more turns). Variables: statement, replies, passage, hint, hints.nudge, hints.method,
   hints.first_line, ban, request, wrong_hint, pushback.right, pushback.wrong. #}}
{{% set about = "{name}: what it changes, in one line" %}}
{{% block after %}}

Write here what this arm adds to the problem.
{{% endblock %}}

{{# A second turn, sent after the model has answered:
{{% block followup %}}
{{% call user() %}}
Please check your answer.
{{% endcall %}}
{{% endblock %}}
#}}
"""


def problem(identifier: str, folder: Path, kind: str = "text", source: Path | None = None) -> Path:
    """Write the skeleton of a problem file; source: a text whose statement and solution are taken over.

    Raises SpecError for a bad id, an existing file, or a source without text.
    """
    if not ID.fullmatch(identifier):
        raise SpecError(f"{identifier!r} is no problem id: write <set>/<name>, letters, digits, - and _ (hw8/2a)")
    if kind not in KINDS:
        raise SpecError(f"kind {kind!r}: expected is one of {', '.join(KINDS)}")
    named = {"identifier": identifier, "folder": identifier.rsplit("/", 1)[0]}
    text = _skeleton("head").format(**named) + _skeleton(kind).replace("{{", "{").replace("}}", "}")
    if source is not None:
        for mark, found in zip((STATEMENT, SOLUTION), taken(read_text(source)), strict=True):
            text = text.replace(mark, found.replace("'''", "\N{PRIME}\N{PRIME}\N{PRIME}")) if found else text
    return write_new({folder / f"{identifier}.toml": text})[0]


def taken_over() -> str:
    """What stands, as comments, below a problem that was taken from a homework."""
    return _skeleton("taken")


def marks() -> frozenset[str]:
    """Every `<...>` of the skeletons that is to be filled in."""
    live = (line for kind in ("head", *KINDS) for line in _skeleton(kind).splitlines() if not line.startswith("#"))
    return frozenset(mark for line in live for mark in re.findall(r"<[^<>]+ [^<>]+>", line.split("  # ")[0]))


def unfilled(text: str) -> list[str]:
    """What of a skeleton still stands in the text of a problem file, comments aside."""
    live = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return sorted((mark for mark in marks() if mark in live), key=live.index)


@cache
def _skeleton(name: str) -> str:
    return files("evalkit.specs").joinpath("kinds", f"{name}.toml").read_text(encoding="utf-8")


def prompt(name: str, folder: Path) -> Path:
    """Write the skeleton of a prompt template. Raises SpecError for a bad name or an existing file."""
    if not name.isidentifier():
        raise SpecError(f"{name!r} is no template name: use letters, digits and _")
    return write_new({folder / f"{name}.j2": _PROMPT.format(name=name)})[0]


def write_new(files: Mapping[Path, str]) -> list[Path]:
    """Write new files, all of them or none: a full disk leaves no half of a file, nor half of a set.

    Raises SpecError where one of them exists already, or cannot be written. Folders made on the way stay.
    """
    done: list[Path] = []
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                done.append(path)  # from here on it is ours, and empty
                file.write(text)
    except OSError as error:
        for made in done:
            made.unlink(missing_ok=True)
        if isinstance(error, FileExistsError):
            raise SpecError(f"{path}: exists already; nothing is overwritten") from None
        raise SpecError(f"{path}: cannot be written: {error.strerror or error}") from None
    return done
