"""Numbers in words, for texts without digits.

Not covered: numbers above ninety-nine.
"""

from __future__ import annotations

import re
from fractions import Fraction

from evalkit.reading.english import NUMBERS
from evalkit.reading.quantities import MOST
from evalkit.reading.results import Result

_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORD_VALUES = {word: value for value, word in enumerate(NUMBERS)} | {word: 20 + 10 * i for i, word in enumerate(_TENS)}
_SPOKEN = re.compile(
    rf"(?<![\w-])(?:(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(NUMBERS[1:10])}))?|{'|'.join(NUMBERS)})(?![\w-])",
    re.IGNORECASE,
)


_THERE_IS = re.compile(
    r"\bthere (?:is|are|was|were|will be|would be|remains?) (?:only |just |exactly )?\Z", re.IGNORECASE
)
_OF_THE = re.compile(r"\bof (?:the|these|those|my|our|both) \Z", re.IGNORECASE)
_THERE_IS_NO = re.compile(
    r"\bthere (?:is|are|was|were|will be|would be|remain) (?P<no>no)\b"
    r"(?! (?:longer|more than|less than|fewer than|need|way"
    r"|doubt|information|data|indication|evidence|mention|such|solutions?|answers?|options?|values?|numbers?|one|enough"
    r"|image|picture|specific|clear|direct|given|visible)\b)",
    re.IGNORECASE,
)


def read(text: str) -> list[Result]:
    """Numbers in words from zero to ninety-nine. `one` counts only alone and behind `there is`, since it hardly ever is
    meant as a number, and so does `no` (`there are no books left`)."""
    found = []
    for match in _SPOKEN.finditer(text):
        value = sum(_WORD_VALUES[word] for word in re.split(r"[- ]", match.group().lower()))
        if _OF_THE.search(text, max(0, match.start() - 12), match.start()):
            continue  # `one of the two`
        counted = _THERE_IS.search(text, max(0, match.start() - 40), match.start())
        if value != 1 or text.strip(" .*_$").lower() == "one" or counted:
            found.append(Result(Fraction(value), None, *match.span()))
    nothing = _THERE_IS_NO.search(text) if not found else None
    if nothing:
        found = [Result(Fraction(0), None, *nothing.span("no"))]
    return found[:MOST]
