r"""Where a sentence, a statement or a clause ends.

A sentence ends at . ! ? (with closing quotes and brackets behind it) before white space, at a blank line, before a
list item, a table row or a heading, and behind a heading; a line break alone ends nothing. No full stop of `e.g.`,
`cf.`, ... ends one, nor does that of `B.` at the start of a line that goes on; that of `etc.`, `no.`, `min.`, of a
number, ... does not where the line goes on in anything but a capital or a formula. A bold title belongs to the
paragraph that it opens (`**Step 1.** Let ...`). Two more grains of the same rule: `STATEMENT_END` goes on over a
blank line, as a statement does over a displayed formula, and `CLAUSE_END` stops at ; and : as well.
Not covered: abbreviations that are not listed, lines of a formula that begin with a sign and look like list items.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from evalkit.reading.patterns import later

LONGEST = 3000
"""Characters of a sentence; longer ones are cut, so that work on pairs within one stays bounded."""
_NEVER_LAST = ("e.g", "eg", "i.e", "ie", "cf", "vs", "resp", "approx", "ca", "fig", "eq", "dr", "mr", "s.t", "w.r.t")
_MAY_BE_LAST = ("etc", "al", "no", "sec", "min", "ms")
_ITEM = r"[ \t>]*(?:[-*+•][ \t]|\(?\d{1,3}[.)][ \t])"
ITEM = later(rf"\n(?={_ITEM}|[ \t>]*[#|])")
"""The line end before a list item, a table row or a heading."""
PARAGRAPH = later(r"\n[ \t>]*\n")


def _not_behind(before: Iterable[str]) -> str:
    """The full stop just read does not stand behind one of these patterns, each of a fixed width."""
    return "".join(rf"(?<!{pattern}\.)" for pattern in before)


_NUMERALS = [r"\d" * size for size in (1, 2, 3)]
_LIST_NUMBERS = [rf"^{' ' * indent}{numeral}" for indent in range(5) for numeral in _NUMERALS]
_ABBREVIATED = [rf"\b(?i:{re.escape(word)})" for word in _NEVER_LAST]
_DOUBTFUL = [rf"\b(?i:{word})" for word in _MAY_BE_LAST] + [rf"\b{numeral}" for numeral in _NUMERALS]
_STOP_ENDS = r"[.!?]{0,20}[\"')\]$]{0,3}(?=\s|$)"
_FULL_STOP = (
    rf"[.!?](?={_STOP_ENDS})(?!(?<=^[A-H]\.)[ \t]{{1,3}}\S)(?!(?<=\d!)\$?[ \t]+[a-z|+=])"
    rf"{_not_behind(_ABBREVIATED)}{_not_behind(_LIST_NUMBERS)}"
    rf"(?:{_not_behind(_DOUBTFUL)}|(?![ \t]+[^A-Z\s\\$])){_STOP_ENDS}"
)
_HEADING = r"^[ \t>]{0,12}\#{1,6}[ \t][^\n]*(?:\n|\Z)"
STATEMENT_END = later(rf"{_HEADING}|{_FULL_STOP}|。|{ITEM.pattern}", re.MULTILINE)
SENTENCE_END = later(rf"{STATEMENT_END.pattern}|{PARAGRAPH.pattern}", re.MULTILINE)
CLAUSE_END = later(rf"{SENTENCE_END.pattern}|[;:](?=\s|$)", re.MULTILINE)
_CLOSED = later(rf"(?:{_FULL_STOP})\Z", re.MULTILINE)


def sentences(text: str) -> list[tuple[int, int]]:
    """Sentences as (start, end), in order, none of them blank; a text is cut after `LONGEST` characters in any case."""
    return list(_cut(text))


@lru_cache(maxsize=16)  # the end of a reply is asked for by all that look for its answer
def _cut(text: str) -> tuple[tuple[int, int], ...]:
    ends = [0, *(match.end() for match in SENTENCE_END.finditer(text)), len(text)]
    pieces = [(cut, min(cut + LONGEST, high)) for low, high in pairwise(ends) for cut in range(low, high, LONGEST)]
    return tuple((low, high) for low, high in pieces if text[low:high].strip())


def sentence_at(text: str, at: int, reach: int = 300) -> str:
    """The sentence around a place, at most `reach` characters before and behind it."""
    low, high = max(0, at - reach), min(len(text), at + reach)
    low = max(low, text.rfind("\n", 0, low + 1) + 1)
    for match in SENTENCE_END.finditer(text, low, high):
        if match.end() > at:
            return text[low : match.end()]
        low = match.end()
    return text[low:high]


def is_closed(text: str) -> bool:
    """Whether a text ends with the end of a sentence."""
    return _CLOSED.search(text) is not None
