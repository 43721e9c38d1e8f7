r"""Chains over lines of plain text: what a line that begins with `=` goes on with, and lines that give one name in words again.

`Area = (5 - 2) * 4` / `= 3 * 4`: the right side above is a stretch of its own. `Net price = 50 - 4 * 2` / `Net price = 42`: the
second line goes on with the first, and is not called false, since the name may have got another value.
Not covered: names that are said again after other lines, and names with digits or marks in them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from evalkit.derivation.text.bare import is_expression

LONGEST = 400
_SIGN = re.compile(r"[ \t]*[=≈](?![=>])")
_NAMED = re.compile(r"[ \t]*(?:[-*][ \t]+)?([A-Za-z][A-Za-z]*(?:[ \t][A-Za-z]+){0,4})[ \t]*(?==(?![=>]))")
_NUMBER = re.compile(r"[ \t]*-?\d{1,20}(?:\.\d{1,20})?[ \t.,;\n]*")
Place = tuple[int, int]


def going_on(text: str, spans: Sequence[Place]) -> Iterator[tuple[int, int, bool]]:
    """Further stretches, and whether it is one that gives a name again. spans: those that were found, in order."""
    starts = [s[0] for s in spans]
    lines = [line for line in places_of_lines(text) if text[line[0] : line[1]].strip()]
    ends = 0  # up to where stretches were added
    for above, line in pairwise(lines):
        here = text[line[0] : line[1]]
        name = _NAMED.match(here)
        again = name is not None and is_name(name[1]) and name[1] == name_of(text, above)
        if not (_SIGN.match(here) or again) or line[1] - line[0] > LONGEST or "\n\n\n" in text[above[1] : line[0]]:
            continue
        if ends <= above[0] and not holds_any(starts, spans, above):
            side = right_side(text, above)
            if side is not None:
                yield *side, False
                ends = above[1]
        if again and name is not None and not holds_any(starts, spans, line):
            low = line[0] + name.end()
            rest = text[low + 1 : line[1]]
            if is_expression(rest) or _NUMBER.fullmatch(rest):
                ends = line[1]
                yield low, low + len(text[low : line[1]].rstrip(" \t\n.,;")), True


def places_of_lines(text: str) -> Iterator[Place]:
    at = 0
    for line in text.splitlines(keepends=True):
        yield at, at + len(line)
        at += len(line)


def holds_any(starts: Sequence[int], spans: Sequence[Place], line: Place) -> bool:
    """Whether one of the stretches reaches into a line."""
    before = bisect_right(starts, line[0]) - 1
    return (before >= 0 and spans[before][1] > line[0]) or bisect_left(starts, line[1]) > before + 1


def name_of(text: str, line: Place) -> str:
    found = _NAMED.match(text, *line)
    return found[1] if found is not None else ""


def is_name(words: str) -> bool:
    """Whether it is a name in words, which letters side by side are not."""
    return any(len(word) > 3 for word in words.split())


def right_side(text: str, line: Place) -> Place | None:
    """What stands behind the name of a line, or all of it, where it is one expression."""
    if line[1] - line[0] > LONGEST:
        return None
    found = _NAMED.match(text, *line)
    low = found.end() + 1 if found is not None and is_name(found[1]) else line[0]
    piece = text[low : line[1]]
    if not is_expression(piece):
        return None
    low += len(piece) - len(piece.lstrip())
    return low, low + len(piece.strip().rstrip(".,;"))
