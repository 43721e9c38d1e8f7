r"""Commas that may be the space of `\,` of which a copy lost the backslash: `\int_0^1 x^2, dx`, `= -\frac ab,k(x)`.

Between two statements a comma with a blank behind it is one of a list.
Not covered: a comma inside of brackets, and what is true as a list.
"""

from __future__ import annotations

import re
from itertools import pairwise

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Unreadable
from evalkit.derivation.grammar.relations import Statement
from evalkit.derivation.verdicts.verdict import Verdict

_COMMA = re.compile(r"(?:\s|\\[,;!])*,(?:\\[,;!])*")
_QUANTIFIER = re.compile(r"(?:\\(?:forall|exists)|[∀∃])\s?$")
NEAR = 12
"""Characters before a list in which a quantifier stands."""
DOTS = frozenset({"dots", "ldots", "cdots", "..."})


def beside_a_comma(reading: Reading, read: Read) -> Read | None:
    r"""Fails with what one side of a comma has, and the rest stands alone: the comma may be a damaged `\,`."""
    s, text = read.statement, reading.document.text
    if s is None:
        return None
    joined = any("," in text[a.end : b.start] for side in s.sides for a, b in pairwise(side) if a.end < b.start)
    if joined or (read.start == s.start and is_led(text, s)) or (read.end == s.end and is_followed(reading, s)):
        return read.decided(Verdict.UNPARSED, "a comma beside it may be a space")
    return None


def is_led(text: str, s: Statement) -> bool:
    """Whether an item of a list and a comma stand right before a statement, and no quantifier."""
    if not s.before:
        return False
    begin = min(t.start for t in s.before[0])
    if _QUANTIFIER.search(text[max(0, begin - NEAR) : begin]):
        return False
    return _COMMA.fullmatch(text, max(t.end for t in s.before[-1]), s.start) is not None


def is_followed(reading: Reading, s: Statement) -> bool:
    """Whether a comma and an expression that claims nothing stand behind a statement."""
    span = reading.document.span_at(s.start)
    found = reading.tokens(reading.document.spans[span]) if span >= 0 else []
    if isinstance(found, Unreadable):
        return False
    after = next((other for other in found if other.start >= s.end), None)
    if after is None or any(t.text in DOTS for t in after.sides[0]):
        return False
    return not after.ops and _COMMA.fullmatch(reading.document.text, s.end, after.start) is not None
