r"""Which font is in force at a place of LaTeX: `\mathbf{x y}`, `\mathbf x`, `{\bf x y}`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

DIGIT = re.compile(r"\s*\{?[01](?!\d|\.\d)")
SET = re.compile(r"\s*\{?\s*[1IRENZCPSO]\b")
"""What in blackboard letters is no name: sets, expectations, probabilities, ones."""
ONE_LETTER = re.compile(r"\s*(?:\\[A-Za-z]+|[A-Za-z])(?![A-Za-z])|\s*\{\s*(?:\\[A-Za-z]+|[A-Za-z])\s*\}")
_OPENED = re.compile(r"\s*\{")
CAPITALS = re.compile(r"\s*\{\s*([A-Z]{2,8})\s*\}")


MARKED = 300
"""Characters of a result in bold print."""
_SIGN = re.compile(r"\\?[{}]|=|\\(?:approx|leq?|geq?)(?![A-Za-z])")


def marked(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The places behind the brace that opens the group at `start`, and of the one that closes it, if a relation stands in it and
    in no group inside; else None."""
    opened = _OPENED.match(text, start, end)
    if opened is None:
        return None
    depth, relation = 1, False
    for found in _SIGN.finditer(text, opened.end(), min(end, start + MARKED)):
        depth += {"{": 1, "}": -1}.get(found.group(), 0)
        if depth == 0:
            return (opened.end(), found.start()) if relation else None
        relation = relation or (depth == 1 and found.group()[-1] not in "{}")
    return None


@dataclass
class Lettering:
    """The fonts in force, as the tokens of a text come one by one."""

    braces: int = 0
    groups: list[tuple[int, str]] = field(default_factory=list)
    """Fonts, each with the depth of the group that it ends with."""
    upcoming: str | None = None
    """The font of the next letter or group."""

    def begin(self, font: str, *, inside: bool = False) -> None:
        """From here to the end of the present group; inside: of a group of its own, which begins here."""
        self.braces += inside
        self.groups.append((self.braces, font))

    def end(self) -> None:
        """A group ends, with the fonts that were set in it."""
        self.braces = max(0, self.braces - 1)
        while self.groups and self.groups[-1][0] > self.braces:
            self.groups.pop()

    def font_of(self, text: str) -> str:
        """The font of the token that comes now, `{` and `}` included; empty for the plain one."""
        font = self.upcoming if self.upcoming is not None else self.groups[-1][1] if self.groups else ""
        if text == "{":
            self.braces += 1
            if self.upcoming is not None:
                self.groups.append((self.braces, self.upcoming))
        elif text == "}":
            self.end()
        self.upcoming = None
        return font
