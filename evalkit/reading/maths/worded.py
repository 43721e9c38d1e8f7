r"""What the words around a formula make of it: `x squared`, `x >= 0, x in R`, `all real numbers except 2`.

Where words make another formula of it than is read here (`the square of x`, `x plus one`, `anything but 2`), a sentence
says why it cannot be judged.

Not covered: formulas that are words throughout, words of other languages.
"""

from __future__ import annotations

import re

from evalkit.reading import exclusions
from evalkit.reading.answers import Answer
from evalkit.reading.english import NUMBERS
from evalkit.reading.maths.formulas import Formula
from evalkit.reading.plain import plain


def amended(reply: str, place: Answer, found: Formula, wanted: str) -> Formula | str:
    """The formula with what the words beside it add, or why it cannot be judged. wanted: the staff's LaTeX."""
    read = _worded(reply, place, found)
    return read if isinstance(read, str) else _left_out(reply, place, read, wanted)


_ALL_REALS = re.compile(
    r"\W*all\s+(?:the\s+)?real(?:s|\s+numbers)\W*|\W*(?:every|any)\s+real\s+number\W*", re.IGNORECASE
)


def whole_line(place: Answer) -> Formula | None:
    """`All real numbers.`"""
    said = place.explicit and _ALL_REALS.fullmatch(plain(place.text).text)
    return Formula(r"\mathbb{R}", ((place.start, place.end),)) if said else None


_REAL = (
    r"[A-Za-z]\s*(?:\\in(?![A-Za-z])|∈|\bin\b)\s*(?:\\mathbb\s?\{?\s?R\s?\}?|ℝ|R(?![A-Za-z]))|[A-Za-z]\s+(?:is\s+)?real"
)
_SAYS_REAL = re.compile(
    rf"\A\s*(?:{_REAL})\s*(?:[,;:]|\\text\s?\{{\s*and\s*\}}|\band\b)\s*|\s*(?:[,;]|\\text\s?\{{\s*(?:and|for)\s*\}}|\band\b)\s*(?:{_REAL})\s*\Z"
)
_COMPARES = re.compile(r"[<>≤≥]|\\(?:[lg]eq?|[lg]t)(?![A-Za-z])")
_WORDS_AHEAD = re.compile(r"\s*\\(?:text[a-z]{0,2}|mbox)\s?\{([^{}]{1,80})\}\s*(.+)", re.DOTALL)
_PARTS_OF_LINE = re.compile(r"[<>≤≥≠∪∈]|\\(?:setminus|cup|neq?|notin|in|infty|[lg]eq?|mathbb)(?![A-Za-z])")
_OF_A_LETTER = re.compile(r"\A\s*[A-Za-z]\s*(?:=|≠|\\neq?(?![A-Za-z]))\s*")
_AND = re.compile(r"\s*(?:,\s*)?(?:\\text\s?\{\s*and\s*\}|(?<![A-Za-z\\])and(?![A-Za-z]))\s*")


_POWER_BEHIND = re.compile(r"[\s$)*]*-?(squared|cubed)\b(?=[\s$).*!]*\Z)")
_GOES_ON = re.compile(
    r"[\s$)*]*-?(?:squared\b|cubed\b|factorial\b|to\s+the\s+(?:\w+\s+)?power\b"
    r"|(?:plus|minus|times|over|choose|divided\s+by|multiplied\s+by)\s+(?:[$\\(\d]|[A-Za-z]\b"
    rf"|(?:{'|'.join(NUMBERS)})\b))|(?:st|nd|rd|th)\b",
    re.IGNORECASE,
)
"""Words that make another formula of the one before them."""
_MADE_OF = re.compile(
    r"\b(?:(?:square|cube|root|inverse|transpose|reciprocal|logarithm|log|sine|cosine|derivative|half|third|quarter|negative"
    r"|product|sum|quotient|absolute\s+value)\s+of(?:\s+the)?|minus|plus|times|twice|negative|to\s+the(?:\s+power(?:\s+of)?)?)\s*[$\\(]*\Z",
    re.IGNORECASE,
)


_NAMED_AGAIN = re.compile(r"\s*(?:[,;]|\band\b)\s*[A-Za-z]\s*\Z")
_IS_REAL = re.compile(r"\s*(?:in|is|are)?\s*(?:an?\s+)?(?:R\b|ℝ|(?:the\s+)?reals?\b)(?:\s+numbers?)?[\s$.*]*\Z")
_IS_IN = re.compile(r"\s*(?:in|is|are)\b")
"""Behind `x >= 0, x`."""


def _worded(reply: str, place: Answer, found: Formula) -> Formula | str:
    """`x squared` as a power, `x >= 0, x in R` without what adds nothing, why `x plus one` cannot be judged."""
    low, high = found.spans[0][0], found.spans[-1][1]
    if place.how == "boxed" or not place.start <= low <= high <= place.end:
        return found
    before, behind = reply[max(place.start, low - 60) : low], reply[high : min(place.end, high + 60)]
    power = _POWER_BEHIND.match(behind)
    if power and re.fullmatch(r"[A-Za-z]|\\[A-Za-z]+|\d+|\(.{1,80}\)", found.latex):
        return Formula(f"{found.latex}^{2 if power[1] == 'squared' else 3}", found.spans)
    named = _NAMED_AGAIN.search(found.latex) if _COMPARES.search(found.latex) else None
    if named and _IS_REAL.match(behind):
        return Formula(found.latex[: named.start()], found.spans)
    if named and _IS_IN.match(behind):
        return f"goes on in words: {place.text[:100]}"
    if power or _GOES_ON.match(behind) or (place.explicit and _MADE_OF.search(before)):
        return f"goes on in words: {place.text[:100]}"
    return found


def without_reals(latex: str) -> str:
    """`x \\ge 0, x \\in \\mathbb{R}`: that a letter is real adds nothing to what it is compared with."""
    rest = _SAYS_REAL.sub("", latex, count=1)
    return rest if rest != latex and _COMPARES.search(rest) else latex


def _left_out(reply: str, place: Answer, found: Formula, wanted: str) -> Formula | str:
    """`all real numbers except 2` where a part of the line is wanted, why `anything but 2` cannot be judged."""
    ahead = _WORDS_AHEAD.fullmatch(found.latex)
    before, latex = (ahead[1], ahead[2]) if ahead else (reply[place.start : found.spans[0][0]], found.latex)
    if not exclusions.leaves_out(before):
        return found
    if not exclusions.of_numbers(before) or not _PARTS_OF_LINE.search(wanted):
        return f"says what it is not: {place.text[:100]}"
    values = [_OF_A_LETTER.sub("", value) for value in _AND.sub(", ", latex).split(", ")]
    return Formula(rf"\mathbb{{R}} \setminus \{{{', '.join(values)}\}}", found.spans)
