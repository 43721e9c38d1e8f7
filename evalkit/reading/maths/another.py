r"""Whether an explicit answer is of another kind than one number: several values, a pair, a formula in letters.

Not covered: words, equations in two letters, what may be an amount with a unit of one letter (`5c`), alternatives
(`3 or 4`), which commit to none, text that is too long.
"""

from __future__ import annotations

import re

from evalkit.reading.maths import nodes, solutions, units
from evalkit.reading.maths.latex import tokens
from evalkit.reading.maths.names import Unreadable

LONGEST = 120
_CONSTANTS = frozenset("ei")
_AMOUNT = re.compile(r"[\s\d.,]*[A-Za-z]")
_UNSAID = re.compile(r"(?<![\\A-Za-z])(?!(?:and|or)\b)[A-Za-z]{2,}|^\(?[A-Za-z]\)|\d\s?[A-Za-z]\s?/\s?[A-Za-z]")
"""Words, the letter of a part, units such as `m/s`."""
_MIXED = re.compile(r"\d{1,9}\s+and\s+\d{1,3}/\d{1,3}")
"""`2 and 1/2` is one number or two."""
_GROUPED = re.compile(r"\d,\s\d{3}(?!\d)")
"""`1, 000` is one number or two."""


def kind(text: str) -> str | None:
    """What an answer is, where it can be read and is no single number; None where it may be one."""
    latex = re.sub(r"^(?:\$+|\\[(\[])|(?:\$+|\\[)\]])$", "", text.strip(" \t\n*`.")).strip(" .")
    bare, unit = units.split(latex)
    if (
        not bare
        or len(latex) > LONGEST
        or _AMOUNT.fullmatch(latex)
        or _GROUPED.search(latex)
        or _MIXED.fullmatch(latex)
        or _UNSAID.search(latex)
    ):
        return None
    try:
        read = solutions.read(tokens(bare))
        signs = [token for scalar in nodes.scalars(read) for token in scalar]
    except Unreadable:
        return None
    if any(sign.startswith('"') for sign in signs) or (unit and not isinstance(read, nodes.Scalar)):
        return None
    if isinstance(read, nodes.Scalar):
        return "a formula in letters" if any(map(_is_letter, signs)) and not unit else None
    if isinstance(read, nodes.Relation) and {"<", ">"} & set(read.marks):
        return "an inequality"
    if isinstance(read, nodes.Several):
        return _of_several(read, any(map(_is_letter, signs)))
    return "several values" if isinstance(read, nodes.Brackets | nodes.Braces) and len(read.items) > 1 else None


def _of_several(read: nodes.Several, letters: bool) -> str | None:
    sides = [item for item in read.items if isinstance(item, nodes.Relation)]
    if read.how == "list" and sides == [read.items[0]] and _goes_on(read):
        return "several values"
    if len(sides) < len(read.items):
        return None if read.how == "or" or sides or letters else "several values"
    names = {side.texts[0] for side in sides}
    return "several values" if len(names) == 1 and all(side.marks == ("=",) for side in sides) else None


def _goes_on(read: nodes.Several) -> bool:
    """`k = 2, -2`: the name goes on."""
    first, rest = read.items[0], read.items[1:]
    named = isinstance(first, nodes.Relation) and first.marks == ("=",) and len(first.texts[0]) == 1
    return named and all(isinstance(item, nodes.Scalar) and not any(map(_is_letter, item.tokens)) for item in rest)


def _is_letter(token: str) -> bool:
    return len(token) == 1 and token.isalpha() and token.isascii() and token not in _CONSTANTS
