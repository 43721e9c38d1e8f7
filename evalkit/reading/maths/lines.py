r"""Entries of a list in a short plain text: `1. (0, 0)` above `2. (2, 4)`."""

from __future__ import annotations

import re

_ENTRY_LINE = re.compile(
    r"(?m)^[ \t>]*(?:[-*+•][ \t]+|\d[.)][ \t]+)\**(\((?:[^()\n]|\([^()\n]*\)){1,80}\))\**[ \t.,;]*(?:and)?[ \t]*$"
)

MOST = 12
"""Entries of a list that may be an answer."""


def entries(text: str) -> list[tuple[int, int]]:
    """The tuples of a list of nothing else, where at most what announces the list stands before it."""
    found = list(_ENTRY_LINE.finditer(text[:2000]))
    if not 1 < len(found) <= MOST:
        return []
    above, rest = text[: found[0].start()].rstrip(), _ENTRY_LINE.sub("", text[found[0].start() : 2000])
    return [match.span(1) for match in found] if not rest.strip() and (not above or above.endswith(":")) else []
