r"""`[x]` as the integer part of x, as many write it: `[7/3] + [8/3] = 4`.

A square bracket in place of a round one says nothing else, so where a relation fails with it and holds with integer parts, it
is in dispute; it is true where the text names integer parts.
Braces around a number may hold its fractional part: `\{2.7\} = 0.7`, which is never called true by that.
Not covered: brackets behind a letter (`x[n]`, `E[X]`), lists and matrices; brackets of which only some are integer parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.ways import Way
from evalkit.derivation.grammar.nodes import Unreadable
from evalkit.derivation.grammar.tokens import Token

NAMED = re.compile(r"\b(?:integer|integral)\s+parts?\b|\bgreatest\s+integer|\bfloor\b|\\lfloor", re.I)
MOST_TOKENS = 400
_LETTERS = frozenset({"id", "word", "fn"})


def integer_parts(reading: Reading, read: Read) -> Iterator[Way]:
    """`[7/3] = 2`: a square bracket around a number, which may be its integer part."""
    if read.statement is None:
        return
    rounded = [rounded_down(side) for side in read.statement.sides]
    if not any(rounded):
        return
    try:
        sides = {reading.parse(side): new for side, new in zip(read.statement.sides, rounded, strict=True)}
        changed = [reading.parse(new) if (new := sides.get(side)) else side for side in read.sides]
    except Unreadable:
        return
    yield (changed[0], changed[1]), bool(NAMED.search(reading.document.text)), "with integer parts for square brackets"


def fractional_parts(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`\{2.7\} = 0.7`: braces around a number, which may be what it has behind the point."""
    if read.statement is None:
        return
    fractions = [behind_the_point(side) for side in read.statement.sides]
    if not any(fractions):
        return
    try:
        sides = {reading.parse(side): new for side, new in zip(read.statement.sides, fractions, strict=True)}
        changed = [reading.parse(new) if (new := sides.get(side)) else side for side in read.sides]
    except Unreadable:
        return
    yield (changed[0], changed[1]), False, "braces may be the fractional part"


def behind_the_point(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The same with `x - floor(x)` for `\\{x\\}`; empty where there are no such braces, or lists in them."""
    out: list[Token] = []
    opened: list[int] = []
    for token in tokens:
        if opened and token.text in (",", ";", "|", "mid", ":"):
            return ()
        if token.kind == "op" and token.text == "\\{":
            opened.append(len(out))
            out.append(token._replace(text="("))
        elif token.kind == "op" and token.text == "\\}" and opened:
            inner = out[opened.pop() + 1 :]
            signs = [token._replace(text=text) for text in ("(", ")", "-", "\\lfloor", "\\rfloor")]
            out = [
                *out[: len(out) - len(inner)],
                signs[0],
                *inner,
                signs[1],
                signs[2],
                signs[3],
                *inner,
                signs[4],
                signs[1],
            ]
        else:
            out.append(token)
        if len(out) > MOST_TOKENS:
            return ()
    return () if opened or len(out) == len(tokens) else tuple(out)


def rounded_down(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The same with signs of an integer part for its square brackets; empty where one stands for something else."""
    out, open_ = list(tokens), []
    for at, token in enumerate(tokens):
        if token.kind != "op" or token.text not in ("[", "]", ",", ";", "&"):
            continue
        if token.text == "[":
            behind = (
                at and token.glued and (tokens[at - 1].kind in _LETTERS or tokens[at - 1].text in (")", "}", "^", "_"))
            )
            if behind:
                return ()
            open_.append(at)
        elif token.text != "]":
            if open_:
                return ()
        elif not open_:
            return ()
        else:
            first = open_.pop()
            out[first] = out[first]._replace(text="\\lfloor")
            out[at] = token._replace(text="\\rfloor")
    return () if open_ or out == list(tokens) else tuple(out)
