r"""`2\tfrac12 + 1 = 3\tfrac12`: a number and a fraction side by side, two and a half or their product.

What holds of mixed numbers is true; what does not stays unread, since a product may be meant.
Not covered: mixed numbers beside letters, fractions of more than numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evalkit.derivation.following import scopes
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.braces import matching
from evalkit.derivation.grammar.lexer import Token
from evalkit.derivation.grammar.nodes import Unreadable
from evalkit.derivation.grammar.parser import MIXED
from evalkit.derivation.verdicts.verdict import TRUE

MAX_MIXED = 20
"""In one side."""


def mixed_numbers(reading: Reading, read: Read, sides: Sequence[Sequence[Token]]) -> Read | None:
    """The relation, if it holds of mixed numbers."""
    if read.op != "=" or read.judgement.reason != MIXED:
        return None
    try:
        left, right = (reading.parse(as_sums(side)) for side in sides)
    except Unreadable:
        return None
    if not (scopes.is_constant(left) and scopes.is_constant(right)):
        return None
    judgement = reading.judge.equation(left, right)
    if judgement.verdict not in TRUE:
        return None
    return replace(
        read, left=left, right=right, judgement=replace(judgement, reason="with mixed numbers", rule="mixed_numbers")
    )


def as_sums(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with `(2 + \\frac12)` for `2\\frac12`."""
    out = list(tokens)
    at = found = 0
    while at + 2 < len(out) and found < MAX_MIXED:
        whole, sign = out[at], out[at + 1]
        before = out[at - 1].text if at else ""
        if whole.kind == "num" and (sign.kind, sign.text) == ("cmd", "frac") and sign.glued and before != "^":
            end = behind(out, behind(out, at + 2)) if out[at + 2].text == "{" else at + 3
            marks = [Token("op", text, place, place) for text, place in (("(", whole.start), ("+", sign.start))]
            close = Token("op", ")", out[end - 1].end, out[end - 1].end)
            out[at:end] = [marks[0], whole, marks[1], *out[at + 1 : end], close]
            at, found = end + 3, found + 1
        else:
            at += 1
    return out


def behind(tokens: Sequence[Token], at: int) -> int:
    """The place behind a brace group, or behind one token."""
    if at < len(tokens) and tokens[at].text == "{":
        return matching(tokens, at) + 1
    return min(at + 1, len(tokens))
