"""Why trials failed, counted by kind."""

from __future__ import annotations

import re
from collections.abc import Iterable

MOST = 50
OTHERS = "of other kinds"
_VARYING = re.compile(r"(?<!answered )\b(?=[\w-]*\d)[\w-]+")
"""Words with a digit, but not the status that a server answered with."""


class Causes(dict[str, int]):
    """Error -> how often. Texts that differ in numbers and identifiers only are one kind, told by the first of them:
    a request number, a count of tokens and a port are no causes. After `MOST` kinds the rest is one.
    """

    def __init__(self, counts: Iterable[tuple[str, int]] = ()) -> None:
        super().__init__(counts)
        self._first: dict[str, str] = {}

    def add(self, error: str) -> None:
        kind = _VARYING.sub("#", error)
        if kind not in self._first and len(self._first) >= MOST:
            kind, error = OTHERS, OTHERS
        told = self._first.setdefault(kind, error)
        self[told] = self.get(told, 0) + 1

    def most_common(self, most: int) -> list[tuple[str, int]]:
        """The most frequent ones first, at last all further ones together."""
        ordered = sorted(self.items(), key=lambda item: (-item[1], item[0]))
        rest = sum(count for _, count in ordered[most:])
        return [*ordered[:most], *([(OTHERS, rest)] if rest else [])]
