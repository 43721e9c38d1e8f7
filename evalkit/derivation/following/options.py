r"""Options that are offered: lines `A) $y = e^x$`, `B) $y = 2e^x$`, `C) ...` that say different things of one left side.

Capital letters in their order, three lines or more without another between. Not covered: options in one line, numbered ones,
options that have several left sides.
"""

from __future__ import annotations

import re

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.verdicts.verdict import Verdict

OPTION = re.compile(r"[ \t>*+-]{0,6}\(?([A-H])(?:\)|\.|\*\*)[).*\s]*(?P<left>[^=\n]{1,80})=")
DRESS = re.compile(r"[\s$*{}]|\\[()\[\]]")
FEWEST = 3


def an_option(reading: Reading, read: Read) -> Read | None:
    """Is one of several options that are offered."""
    text = reading.document.text
    lines = [line for line in reading.outline.lines if not line.blank]
    here = next((i for i, line in enumerate(lines) if line.start <= read.start < line.end), None)
    if here is None:
        return None
    first, last = here, here
    while first and follows(
        text[lines[first - 1].start : lines[first - 1].end], text[lines[first].start : lines[first].end]
    ):
        first -= 1
    while last + 1 < len(lines) and follows(
        text[lines[last].start : lines[last].end], text[lines[last + 1].start : lines[last + 1].end]
    ):
        last += 1
    if last - first + 1 < FEWEST:
        return None
    return read.decided(Verdict.DISPUTED, "one of several options")


def follows(line: str, then: str) -> bool:
    """Whether two lines are options with the same left side, the letter of the second next to that of the first."""
    one, other = OPTION.match(line), OPTION.match(then)
    if one is None or other is None or ord(other[1]) != ord(one[1]) + 1:
        return False
    return DRESS.sub("", one["left"]) == DRESS.sub("", other["left"])
