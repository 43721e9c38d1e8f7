r"""What names an option of a multiple-choice question in a stretch of a reply: letters, texts, their signs, and what
rules them out. The scorer `choice` says which of those named is chosen.

A letter in a formula, beside an operator or a unit is a symbol, unless the formula holds nothing but options.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from evalkit.reading import english
from evalkit.reading.english import Word
from evalkit.reading.plain import CAP, Plain

SYMBOLS = re.compile(r"[+*/^=<>≤≥√π%°]|(?<![A-Za-z])[-–]|[-–](?![A-Za-z])|\d[.,]\d|^\W*[\[(][^,]+,[^,]+[)\]]\W*$")
"""Signs that decide between options: `-1` is not `1`, `[0, 1)` not `(0, 1)`. A hyphen between letters is none."""
_SIGN = re.compile(r"(?<![\w)])[-–+]\s?\Z")
_PART_BEFORE = re.compile(r"[+*/^·×√]\s?\Z|\d[.,]\Z")
OPERATOR = re.compile(r"(?:(?:[+*^_=<·×≤≥°∈]|(?<![-=])>|\b\w[^\S\n]?-)[^\S\n]?|\\[A-Za-z]{1,20}\s?|\d\s?)\Z")
OPERAND = re.compile(r"\(|\s?(?!</s>)[+*^_=<>·×≤≥∈]|\s?\\[A-Za-z]|\{")
ANDS = r"(?:\b(?:and|et|und|y|e|og|och|en)\b|[和与與及と및와과])"
"""`and` in the languages that replies most often are in."""
ORS = r"(?:\b(?:or|oder|ou|o)\b|或者?|または|또는)"
_LISTED = re.compile(rf"[\s,;)(*`/、]*(?:{ORS}|nor|{ANDS})?[\s(*`]*(?:the\b[\s(*`]*)?")
IN_WORD = r"[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
"""A character of a word; scripts without gaps between words (`选B。`) leave a letter alone."""
_UNDECIDED = re.compile(rf"(?i)[^.;!?\n]{{0,24}}{ORS}[^.;!?\n]{{0,24}}")
LIST_BEFORE = re.compile(r"(?:,|\b(?:and|or))[\s(*`]*\Z")
TOO = re.compile(r"[\s)*`]*,?\s(?:too|also|as well)\b")
_RULES_OUT = re.compile(
    r"\b(?:rul(?:e|es|ed|ing)\s(?:out|it out)|eliminat(?:e|es|ed|ing)|exclud(?:e|es|ed|ing)|discard(?:s|ed|ing)?"
    r"|reject(?:s|ed|ing)?|cross(?:es|ed|ing)?\s(?:out|off)|dismiss(?:es|ed|ing)?)\b",
    re.IGNORECASE,
)
_WRONG_ONES = re.compile(
    r"\b(?:incorrect|wrong|false|not (?:correct|right|true)|excluded|eliminated|ruled out)"
    r"(?: (?:options?|answers?|ones|choices?|statements?))?(?: (?:is|are))?\s?:[^.:;\n]*\Z",
    re.IGNORECASE,
)
"""`Incorrect: A, D`."""
_FIRST_THOUGHT = re.compile(
    r"\b(?:at first|first|initially|originally)\b[^.;:!?\n]{0,30}\b(?:thought|guess\w*|picked|chose|said|leaned"
    r"|suspected)\b"
    r"(?:[^.;:!?,\n]|, (?=but\b|yet\b)){0,24}\Z",
    re.IGNORECASE,
)
_PASSIVE = re.compile(r"\b(?:is|are|was|were|be|been|being|gets?|got)\s(?:\w+ly\s)?\Z", re.IGNORECASE)
_OBJECT_ENDS = re.compile(
    r"[.;:!?\n]|\b(?:is|are|was|were|would|will|must|should|can|has|have|leav(?:e|es|ing)|left|remain\w*|so"
    r"|only|which|gives?|then"
    rf"|as the)\b|{english.any_of(english.CONNECTIVES)}",
    re.IGNORECASE,
)
"""Behind it something else is spoken of than what was ruled out."""
_RULED_OUT = re.compile(
    r"[\s)*`]*(?:(?:is|are|was|were|can|could|must|has|have|been|be|thus|therefore|hence|also|both|all"
    r"|at once|immediately|clearly|easily)"
    r"\s){1,4}(?:out\b|ruled out|eliminated|excluded|discarded|rejected|crossed|dismissed|impossible)"
    r"|[)\]*_\s]{0,4}[—–:-]?\s?[❌✗✘✖🚫⛔]\ufe0f?[ \t]*(?:[,;.\n]|\Z)"
    r"|[^.;:!?\n]{0,60}, (?:but|yet|although|though) (?:it|that|this)(?:'s| is| was) (?:\w+ )?"
    r"(?:wrong|false|incorrect|not (?:right|correct|true)\b)",
    re.IGNORECASE,
)
Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Mention:
    option: str
    start: int
    end: int
    weak: bool
    """A bare letter, a digit or a number word: means the option only where options are expected."""
    letter: bool
    denied: bool = False

    def moved(self, by: int) -> Mention:
        return replace(self, start=self.start + by, end=self.end + by)


@dataclass(frozen=True, slots=True)
class Name:
    words: tuple[str, ...]
    option: str
    weak: bool
    exact: str
    """The text with its signs, where it has any."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Plain text of a place, and where the reply has formulas and bold words."""

    plain: Plain
    math: Spans
    bold: Spans
    symbols: frozenset[str] = frozenset()
    """Letters of options that the reply calculates with."""
    whole: bool = False
    """All of it is one formula."""

    @property
    def text(self) -> str:
        return self.plain.text

    @property
    def starts(self) -> Sequence[int]:
        return self.plain.starts

    def span(self, start: int, end: int) -> tuple[int, int]:
        return self.plain.span(start, end)

    def part(self, start: int, end: int) -> View:
        cut = Plain(self.plain.text[start:end], self.plain.starts[start:end], self.plain.ends[start:end])
        return replace(self, plain=cut)

    def behind(self, start: int) -> View:
        return self.part(start, len(self.text)) if start else self

    def as_formula(self) -> View:
        return replace(self, whole=True)

    def formula(self, at: int) -> tuple[int, int] | None:
        """The formula around a place, as a stretch of the text."""
        if self.whole:
            return 0, len(self.text)
        place = self.starts[at]
        index = bisect_right(self.math, (place, CAP)) - 1
        if index < 0 or not self.math[index][0] <= place < self.math[index][1]:
            return None
        low, high = self.math[index]
        return bisect_left(self.starts, low), bisect_left(self.starts, high)


def symbols(text: str, letters: Iterable[str]) -> frozenset[str]:
    """Letters that a reply uses as symbols somewhere: `A = P(1 + r)`."""
    return frozenset(
        letter
        for letter in letters
        if re.search(
            rf"(?<![\w\\]){re.escape(letter)}\s?(?:=(?![=>])|[_^(])|\b[Ll]et \$?{re.escape(letter)}\$? (?:be|denote)\b",
            text,
        )
    )


_IS = re.compile(r"(?:\b(?:is|are|be)|[:=])[\s*_]{0,4}(?:option |answer |choice )?[*_]{0,2}[(\[]\Z", re.IGNORECASE)
_SYMBOL_OF = re.compile(
    r"\b(?:angles?|points?|lines?|sides?|segments?|vert(?:ex|ices)|triangles?|circles?|planes?|set|sets|matri(?:x|ces)"
    r"|events?|nodes?|variables?|functions?|vectors?|cit(?:y|ies))\s\Z",
    re.IGNORECASE,
)
"""Nouns behind which a letter is a name of the question's, no option."""


def is_committed(text: str, mention: Mention) -> bool:
    """Whether a letter stands in brackets behind `is`: `the measure of angle A is (D) 150°`."""
    return (
        mention.letter
        and not mention.weak
        and not mention.denied
        and _IS.search(text, max(0, mention.start - 24), mention.start) is not None
    )


def names_a_symbol(text: str, start: int) -> bool:
    return _SYMBOL_OF.search(text, max(0, start - 12), start) is not None


def squashed(text: str) -> str:
    return re.sub(r"[\s$*]", "", text)


def with_signs(text: str, start: int, end: int, exact: str) -> tuple[int, int]:
    """The stretch with its sign, where it is the option's to the sign and no part of a formula; else (-1, -1)."""
    sign = _SIGN.search(text, max(0, start - 4), start)
    if sign:
        start = sign.start()
    if exact:
        closing = re.compile(r"[)\]}%!°]*").match(text, end)
        whole = text[start : closing.end() if closing else end]
        low = start - (len(exact) - len(exact.lstrip("√([{")))
        for first, last in (
            (start, end),
            (start, start + len(whole)),
            (max(0, low), start + len(whole)),
            (max(0, low), end),
        ):
            if squashed(text[first:last]).replace("–", "-") == exact.replace("–", "-"):
                start, end = first, last
                break
        else:
            return -1, -1
    elif sign:
        return -1, -1
    if re.compile(r"\s?[+*/^·×√π]\s?\w|[.,]\d|\s?=\s?\w|\s(?:in|out of)\s\d|\s?:\s?\d").match(
        text, end
    ) or _PART_BEFORE.search(text, max(0, start - 4), start):
        return -1, -1
    return start, end


def likewise(text: str, start: int) -> bool:
    """`so is D` says of D what was said before."""
    return _SO_IS.search(text, max(0, start - 24), start) is not None


INVERTED = re.compile(r" (?:is|are|was|were|does|do|did) ")
"""Behind a `so` that concludes nothing."""
_SO_IS = re.compile(rf"\bso{INVERTED.pattern}(?:option |choice |answer )?[(*\"'\[]{{0,3}}\Z", re.IGNORECASE)


def between(text: str, mentions: Sequence[Mention], i: int) -> str | None:
    """What stands between a mention and the next, where it only joins them."""
    gap = text[mentions[i].end : max(mentions[i].end, mentions[i + 1].start)]
    return gap if len(gap) < 12 and _LISTED.fullmatch(gap) else None


def undecided(text: str, found: Sequence[Mention]) -> bool:
    """`A or B`: several are joined by an `or`, none is chosen."""
    return any(
        first.option != second.option and _UNDECIDED.fullmatch(text, first.end, max(first.end, second.start))
        for first, second in pairwise(found)
    )


def ruled_out_before(text: str, found: Sequence[Word], index: int) -> bool:
    near = [word.text for word in found[max(0, index - english.WINDOW) : index]]
    start = found[max(0, index - english.WINDOW)].start if index else 0
    stop = found[index].start if index < len(found) else len(text)
    if _WRONG_ONES.search(text, max(0, stop - 60), stop) or _FIRST_THOUGHT.search(text, max(0, stop - 80), stop):
        return True
    verb = max(_RULES_OUT.finditer(text, start, stop), key=re.Match.start, default=None) if near else None
    if verb is None or _PASSIVE.search(text, max(0, verb.start() - 20), verb.start()):
        return False  # `if algae was eliminated, that would be B`: what is passive has no object behind it
    return _OBJECT_ENDS.search(text, verb.end(), stop) is None


def ruled_out_behind(text: str, at: int) -> bool:
    return _RULED_OUT.match(text, at) is not None


_NO_BEHIND = re.compile(r"[)\s*_]{0,4}[:—–][\s*_]{0,3}(?P<no>no|false|wrong|incorrect)\b", re.IGNORECASE)


def said_no(text: str, at: int) -> int | None:
    """Where the `no` of `A: no` stands; it may be the text of an option as well."""
    match = _NO_BEHIND.match(text, at)
    return match.start("no") if match else None
