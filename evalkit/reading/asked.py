r"""Which number answers by what the question asks for: the value of a name, one of two units of the same amount.

Not covered: questions for several names, for names of more than a letter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from evalkit.reading import results
from evalkit.reading.maths import units
from evalkit.reading.results import Result

_ASKED_NAME = re.compile(
    r"\b(?:find|solve for|determine|compute|calculate|evaluate|what (?:is|must|are))\s+(?:the (?:exact )?value of\s+)?"
    r"(?:\$|\\\()?(?P<name>[b-z])(?:\$|\\\))?(?=\s*(?:[.,;:?!]|\Z|(?:if|when|where|given|so|such|in|for|from|be)\b))",
    re.IGNORECASE,
)
_SEGMENT = re.compile(r"[,;:.!?](?=\s)|\n|[→⇒]|\b(?:so|then|thus|hence|therefore|and|gives|means|get)\b", re.IGNORECASE)


@lru_cache(maxsize=8)
def asks_for_share(statement: str) -> bool:
    """`What percent of the pens is red?`"""
    return re.search(r"\b(?:what|which|find the|as a) percent", statement[-2000:], re.IGNORECASE) is not None


@lru_cache(maxsize=8)
def asked_name(statement: str) -> str | None:
    """The letter whose value a question asks for, where it asks for one and nothing else (`Find x.`)."""
    names = {match["name"] for match in _ASKED_NAME.finditer(statement[-2000:])}
    return names.pop() if len(names) == 1 else None


def of_the_name(text: str, found: Sequence[Result], name: str) -> tuple[list[Result], int]:
    """Those numbers that are said to be the value of a name, else those that may be: not what an equation gives for
    another expression with it (`x + 1 = 10`). And how well they belong: 3 = said, 2 = may be, 1 = only a computation
    with numbers alone (`2 * 9 = 18`), which checks a value that was said above, or gives it; 0 = none."""
    ranked = [(_belongs(text, result, name), result) for result in found]
    best = max((rank for rank, _ in ranked), default=0)
    return [result for rank, result in ranked if rank == best > 0 or (best == 2 and rank == 1)], best


def _belongs(text: str, result: Result, name: str) -> int:
    """3 = behind `name =`, 2 = it may belong to the name, 1 = numbers alone give it, 0 = it is of something else."""
    before = text[max(0, result.start - 200) : result.start]
    segment = before[max((m.end() for m in _SEGMENT.finditer(before)), default=0) :]
    left, equals, _ = segment.partition("=")
    left = left.strip(" \t*_$([")
    if not equals:
        behind = re.match(r"[\s$]*=[\s$]*(\w)", text[result.end :])
        return 2 if behind is None or behind[1].lower() == name.lower() else 0
    if re.search(rf"(?:\A|[^\W\d_]{{2,}}\s+){name}(?:\s?\([^()]*\))?\Z", left, re.IGNORECASE):
        return 3
    if re.fullmatch(r"[\d\s.,()]*[-+*/÷×·:][-\d\s.,()+*/÷×·:]*", left):
        return 1
    another = rf"[^\W\d_]{{2,}}|(?<![^\W_])(?!{name}(?![^\W\d_]))[^\W\d_]"
    return 2 if re.search(another, left, re.IGNORECASE) is not None else 0


_AGAIN = re.compile(
    r"[\s*_]*(?:\([\s*_]*(?:or|i\.e\.,?|that is,?|equal to|=|equivalent(?:ly)?)?|,? or|=|,? i\.e\.,?"
    r"|,? that is,?)[\s*_]*[$£€]?",
    re.I,
)


def in_two_units(text: str, found: Sequence[Result]) -> list[Result]:
    """The last two numbers where they say one amount in two units: `79 cents (or $0.79)`."""
    pair = list(found[-2:])
    if len(pair) < 2 or not _AGAIN.fullmatch(text, pair[0].end, pair[1].start) or pair[0].unit == pair[1].unit:
        return []
    first, other = pair
    if first.value is None or other.value is None:
        return []
    if first.unit is None or other.unit is None:  # a sign of money is gone
        cents, rest = (first, other) if other.unit is None else (other, first)
        return pair if cents.unit in results.CENTS and cents.value == (rest.value or 0) * 100 else []
    return pair if units.converted(first.value, first.unit, other.unit) == other.value else []
