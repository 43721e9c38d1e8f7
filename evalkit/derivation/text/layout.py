"""Where something stands in a reply: in which part, in which list, under which line.

A *part* begins at a heading, a paragraph with a title in bold, a list item, a table row, and behind a list. Told by the
layout alone, but for one thing: a list under a line that speaks of a hint or a request (`What the hint says`) only
reports what another said.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from evalkit.derivation.text.outline import Line, Outline

Place = tuple[int, int]
NEAR = 800
"""Characters between two places of one part that are near each other."""
_REPORTS = re.compile(r"\b(?:hints?|suggest\w*|ask(?:s|ed)?|request\w*|advice)\b", re.IGNORECASE)
_RULE = re.compile(r"[\s|:]*-[\s|:\-]*")
"""The line between a table's titles and its rows."""


def meet(a: Place, b: Place) -> bool:
    return a[0] < b[1] and b[0] < a[1]


class Layout:
    """The parts and lists of a reply."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = Outline(text).lines
        self._starts = [x.start for x in self.lines]
        self._cuts = list(self._parts())
        self._above = list(self._leads())

    def near(self, said: Place, step: Place) -> bool:
        """Whether two places touch, or stand in one part and not far from each other. The second may go on over parts."""
        apart = max(step[0] - said[1], said[0] - step[1])
        first, last = self._part(said[0]), self._part(step[1] - 1)
        return meet(said, step) or (self._part(step[0]) <= first <= last and apart <= NEAR)

    def reported(self, at: int) -> bool:
        """Whether a place lies in a list that only says what another said."""
        return _REPORTS.search(self.lead(at)) is not None

    def lead(self, at: int) -> str:
        """The line above the list or table in which a place lies; empty outside of lists."""
        above = self._above[bisect_right(self._starts, at) - 1] if self.lines else None
        return self.text[above.start : above.end] if above is not None else ""

    def entries(self) -> Iterator[Place]:
        """List items and table rows, each as far as its part goes; no titles of tables."""
        for x, below in zip(self.lines, [*self.lines[1:], None], strict=True):
            title = (
                below is not None and self._is_row(x) and _RULE.fullmatch(self.text[below.start : below.end].strip())
            )
            if self._is_listed(x) and not title and not _RULE.fullmatch(self.text[x.start : x.end].strip()):
                after = self._part(x.start)
                yield x.start, self._cuts[after] if after < len(self._cuts) else len(self.text)

    def _part(self, at: int) -> int:
        return bisect_right(self._cuts, at)

    def _is_row(self, x: Line) -> bool:
        return self.text[x.start : min(x.end, x.start + 4)].lstrip().startswith("|")

    def _is_listed(self, x: Line) -> bool:
        return x.item >= 0 or self._is_row(x)

    def _leads(self) -> Iterator[Line | None]:
        """For each line the one above its list."""
        above: Line | None = None
        inside = False
        for x in self.lines:
            listed = self._is_listed(x)
            if x.level or not (listed or x.blank or x.opens or x.indent > 0):
                above, inside = x, False
            inside = inside or (listed and not x.level)
            yield above if inside else None

    def _parts(self) -> Iterator[int]:
        listed = gap = False
        for x in self.lines:
            bold = gap and self.text.startswith("**", x.start)
            behind = listed and gap and not (x.blank or x.opens or x.indent > 0 or self._is_listed(x))
            if x.level or self._is_listed(x) or bold or behind:
                yield x.start
            listed = self._is_listed(x) or (listed and not (x.level or behind))
            gap = x.blank
