r"""`(2) = (2i) = (1+i)^2` as ideals: brackets around what generates one. As numbers that is false; of ideals nothing is judged.

Told by the words of the paragraph and by the shape: both sides are built of brackets alone.
Not covered: ideals by name, `I = (2)`.
"""

from __future__ import annotations

import re

from evalkit.derivation.following.modulo_nearby import around
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.tokens import Token
from evalkit.derivation.verdicts.verdict import Verdict

_TOLD = re.compile(
    r"\bideals\b(?! aside)|\b(?:an?|prime|maximal) ideal\b(?! [a-z]+ (?:for|to)\b)|\bideal\s+(?:is|of|in|generated|[$\\(])"
    r"|\bup to (?:a )?units?\b|\b(?:is|are)(?: an?)? units?\b",
    re.I,
)
_JOINS = frozenset({"+", "*", "cdot", "times", "cap", "^", "{", "}"})


def of_ideals(reading: Reading, read: Read) -> Read | None:
    """Compares what stands in brackets alone, where the text speaks of ideals."""
    if read.statement is None or not _TOLD.search(reading.document.text, *around(reading, read, section=False)):
        return None
    sides = {side[0].start: side for side in read.statement.sides}
    if not all(at in sides and in_brackets_alone(sides[at]) for at in (read.start, read.right_start)):
        return None
    return read.decided(Verdict.DISPUTED, "may compare ideals")


def in_brackets_alone(tokens: tuple[Token, ...] | list[Token]) -> bool:
    """Whether a side is made of brackets, their powers, products and sums."""
    depth, held, before = 0, False, ""
    for token in tokens:
        if token.kind in ("sp", "qd", "text"):
            continue
        depth += (token.text == "(") - (token.text == ")")
        held |= token.text == "("
        outside = depth == 0 and token.text != ")"
        if outside and token.text not in _JOINS and not (token.kind in ("num", "id") and before in ("^", "{")):
            return False
        before = token.text
    return held
