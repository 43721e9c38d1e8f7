"""Which problem is a recorded question? By its id, by a mapping, or by its text.

Texts are compared without what an export or a paste changes: spaces, dollar signs and other delimiters of formulas,
bold marks, forms of letters. A question that stands inside a longer message counts where it has LEAST characters or
more; of questions inside each other the longest counts. Not covered: a question told in other words; a mapping says
those.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path

from evalkit.errors import SpecError
from evalkit.specs.toml import read_text

LEAST = 15
"""Characters of a question that is looked for inside a message."""
MOST = 200_000
"""Characters of a message that are looked through."""
_DELIMITERS = re.compile(r"\\[()\[\],;:! ]|\$|\*\*|__|`|&nbsp;|\s+")


def plain(text: str) -> str:
    """The text by which two questions are the same."""
    return _DELIMITERS.sub("", unicodedata.normalize("NFKC", text[:MOST]).casefold())


class Finder:
    """The problems that a log may be of."""

    def __init__(self, ids: Iterable[str], statement: Callable[[str], str], mapping: Mapping[str, str]) -> None:
        """statement: of a problem's id; asked only when a text is looked for. mapping: theirs -> the problem."""
        self._ids, self._statement = frozenset(ids), statement
        self._mapping = {plain(theirs): ours for theirs, ours in mapping.items()}
        if unknown := sorted({*mapping.values()} - self._ids):
            raise SpecError(f"the mapping names {unknown[0]!r}, and there is no such problem")

    @cached_property
    def _texts(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in sorted(self._ids):
            if said := plain(self._statement(name)):
                found.setdefault(said, []).append(name)
        return found

    @cached_property
    def _by_length(self) -> list[tuple[str, list[str]]]:
        return sorted(((t, n) for t, n in self._texts.items() if len(t) >= LEAST), key=lambda x: (-len(x[0]), x[0]))

    def by_name(self, names: Iterable[str]) -> str | None:
        """The first of these that is an id, or is mapped to one."""
        for name in names:
            if mapped := self._mapping.get(plain(name)):
                return mapped
            if name in self._ids:
                return name
        return None

    def by_text(self, text: str) -> str | None:
        """The problem whose question this is, or holds. None where there is none, or it cannot be said which."""
        said = plain(text)
        found = self._mapping.get(said)
        if found or not said:
            return found
        if said in self._texts:
            return _only(self._texts[said])
        inside = [(t, names) for t, names in self._by_length if t in said]
        if not inside or any(t not in inside[0][0] for t, _ in inside):
            return None  # two questions at once
        return _only(inside[0][1])


def _only(names: list[str]) -> str | None:
    return names[0] if len(names) == 1 else None


def mapping_from(path: Path) -> dict[str, str]:
    """Theirs -> the problem's id, from CSV with two columns (a first row whose second cell is no id is a head) or a
    JSON object.

    Raises SpecError.
    """
    text = read_text(path)
    if text.lstrip().startswith("{"):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise SpecError(f"{path}: not valid JSON: {error}") from None
        if not all(isinstance(v, str) for v in found.values()):
            raise SpecError(f"{path}: each entry is a text: what the log calls a question, and the problem's id")
        return dict(found)
    rows = [row for row in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in row)]
    if wrong := next((row for row in rows if len(row) != 2), None):
        raise SpecError(f"{path}: {','.join(wrong)[:60]!r}: two columns are needed: theirs, and the problem's id")
    if rows and "/" not in rows[0][1]:
        rows = rows[1:]
    return {theirs.strip(): ours.strip() for theirs, ours in rows}
