"""Whether a short answer that is not listed may be another wording of one that is.

    Tolstoy    for `Leo Tolstoy`: some of its words and no others
    46D        for `46 days`: its numbers, with the units abbreviated

Not covered: names of the same thing that have no word in common (they have to be listed), other languages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from evalkit.reading.phrases import stem
from evalkit.reading.plain import plain
from evalkit.reading.quantities import UNITS, fold

VERDICTS = {"yes": "no", "no": "yes", "true": "false", "false": "true"}
_SMALL = frozenset(("a", "an", "the", "of", "and", "de", "van", "von", "la", "le", "du", "for", "in", "on", "at", "by"))
_CONTENT = re.compile(r"[^\W_]+")


def may_be_same(answer: str, listed: Sequence[str]) -> bool:
    """Whether a short answer has all the words of a listed one in another order, or some of them and no others."""
    said = _content(answer)
    if not said or any(word.isdecimal() for word in said) or said & VERDICTS.keys():
        return False
    return any(wanted and (said <= wanted or wanted <= said) for wanted in map(_content, listed))


def _content(text: str) -> set[str]:
    return {stem(word.casefold()) for word in _CONTENT.findall(text[:400]) if word not in _SMALL}


_PIECES = re.compile(r"\d+|[^\W\d_]+")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _is_same_date(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether a date in numbers and one with a month in words have the same three numbers."""
    months = [i + 1 for word in theirs for i, name in enumerate(_MONTHS) if word.isalpha() and word.startswith(name)]
    numbers = [int(piece) for piece in theirs if piece.isdecimal()]
    wanted = [int(piece) for piece in ours if piece.isdecimal() and len(piece) < 5]
    return len(months) == 1 and len(wanted) == len(ours) == 3 and sorted(wanted) == sorted(months + numbers)


_SIGNS = re.compile(r"(?<![^\W_])[-−+](?=\d)|(?<=\d)\s?[-−+*/×÷:.,](?=\s?\d)|[<>=%]")


def _signs(text: str) -> list[str]:
    """What stands before and between the numbers of a text."""
    return [sign.strip() for sign in _SIGNS.findall(plain(text).text)]


def as_numbers(answer: str, listed: str) -> bool | None:
    """Whether a short answer is a listed one with its units abbreviated (`46D` for `46 days`); None where it has the
    same numbers in other words."""
    ours, theirs = (
        [piece for piece in _PIECES.findall(plain(text).text.casefold()) if piece != "and"] for text in (listed, answer)
    )
    numbers = [[piece for piece in side if piece.isdecimal()] for side in (ours, theirs)]
    if _is_same_date(ours, theirs):
        return None  # `May 3, 2021` for `05/03/2021`, which may be the third of May
    if not numbers[0] or numbers[0] != numbers[1] or _signs(answer) != _signs(listed):
        return False
    left_out = [piece for piece in ours if not piece.isdecimal()]
    known = (len(ours) == 2 and ours[0].isdecimal()) or all(fold(piece) in UNITS for piece in left_out)
    if theirs == numbers[1] and known:
        return True  # the units, left out
    pairs = list(zip(ours, theirs, strict=False))
    short = (len(two) <= 3 and one[0] == two[0] and not one.isdecimal() for one, two in pairs if one != two)
    return True if len(ours) == len(theirs) and all(short) else None
