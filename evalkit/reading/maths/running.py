r"""Formulas of a plain text without dollar signs: `the probability is 1/6`, a system line by line.

A stretch is a formula where all its words may belong to one (`x`, `sinx`, `12`, `=`), and it holds something to
compute. Of several that stand in one text the one behind `is`, `=` or a colon counts; none where that does not decide.

Not covered: formulas in the words of other languages, names of more than two letters.
"""

from __future__ import annotations

import re

from evalkit.reading.answers import Answer
from evalkit.reading.maths import lines
from evalkit.reading.maths.spelling import SPACED, is_typed, plainly
from evalkit.reading.plain import SAYS

Span = tuple[int, int]
_LINE = r"((?:\\[^\n]|[^$\n\\])+)"
_BODY = r"(.{1,2000}?)"  # a formula whose end is far away has none: many of them would take quadratic time
MATHS = re.compile(rf"(?s)\$\${_BODY}\$\$|\\\[{_BODY}\\\]|(?<![\\\d])\${_LINE}\$|\\\({_BODY}\\\)|(?<!\\)\${_LINE}\$")
_WORD = re.compile(r"(?<![A-Za-z\\])[A-Za-z]{3,}")


def stands_out(place: Answer, span: Span) -> bool:
    """Whether a number in running text is what a sentence arrives at or ends with: not `it brings the 2 down`."""
    before, after = place.text[: span[0] - place.start], place.text[span[1] - place.start :]
    return bool(RESULT.search(before) or _CLOSES.match(after) or not SAYS.search(before))


_CLOSES = re.compile(r"[)*`\s]*(?:[.,;:!]|\Z|\n)")


def is_denied(place: Answer, span: Span) -> bool:
    """Whether a formula is said not to be the answer: `not 3x`, `x rather than y`."""
    return _NOT.search(place.text[: span[0] - place.start]) is not None


def bare(place: Answer, several: int = 1) -> list[Span]:
    """Without dollar signs: the whole place, or the one stretch of it that is no words (`the probability is 1/6`); of
    several values those of lines that each give a name to one."""
    named = [(place.start + m.start(1), place.start + m.end(1)) for m in _NAMED_LINE.finditer(place.text[:2000])]
    if len(named) == several > 1 and not SAYS.search(_NAMED_LINE.sub("", place.text[:2000])):
        return named
    if listed := [(place.start + low, place.start + high) for low, high in lines.entries(place.text)]:
        return listed
    if place.explicit and _QUOTIENT.fullmatch(place.text) and re.sub(r"[\s*`.]", "", place.text) not in _UNIT_QUOTIENTS:
        return [(place.start, place.end)]
    runs: list[Span] = []
    going = False
    text = MATHS.sub(lambda m: "_" * len(m[0]), place.text[:2000])
    text = _SAID.sub(lambda m: m[0].replace(" ", "_"), text)
    if _RATIO.fullmatch(text):
        return [(place.start + text.index(text.strip()), place.start + len(text.rstrip(" .*")))]
    ahead = ""
    for match in re.finditer(r"(?:[^\s*`]|(?<=[\w)])\*{1,2}(?=[\w(]))+", text):
        maths = _is_maths(match[0]) or _is_letter(text, match, ahead)
        ahead = match[0]
        if maths and going:
            runs[-1] = runs[-1][0], match.end()
        elif maths:
            runs.append(match.span())
        going = maths
    found: list[Span] = []
    applied: list[Span] = []
    for low, high in runs:
        low += len(leads[0]) if (leads := _LEADING.match(place.text[low:high])) else 0
        text = place.text[low:high].rstrip(".,;:!*`")
        plain = plainly(text) if len(text) <= 120 else ""
        kept = found if _CALCULATES.search(plain) else applied if _APPLIES.search(plain) else None
        if kept is None:
            continue
        if _OF.match(" " + plain) and _FACTOR.search(place.text[max(0, low - 4) : low]):
            return []
        kept.append((place.start + low, place.start + low + len(text)))
    found = [span for span in found or applied if not is_denied(place, span)]
    if len(found) > 1:
        found = [(low, high) for low, high in found if not place.text[low - place.start : high - place.start].isalpha()]
    if len(found) > 1 and RESULT.search(place.text[: found[-1][0] - place.start]):
        return found[-1:] if not SAYS.search(place.text[found[-1][1] - place.start :]) else []
    return found if len(found) == 1 else []


def _is_letter(text: str, match: re.Match[str], ahead: str) -> bool:
    """Whether a letter that may be a word belongs to a formula: `y = A cos(x)`, `1 + 2 i.`, `(a - b)/b`. One in
    brackets or with a full stop is a label (`(a) -4`), one between words an article."""
    letter = match[0].lstrip("(")
    if letter.rstrip(".,;)") == "i" and ahead.strip("√()").isdecimal() and _ENDS_TERM.match(text, match.end()):
        return True
    if letter in ("a", "i") and _OPERATES.match(text, match.end()):
        return True
    signed = ahead[-1:] in _OPERATORS
    if letter in ("a", "A", "I") and (signed or not ahead) and _OF.match(text, match.end()):
        return True
    return bool(signed and ahead and letter.rstrip(".") in ("a", "i") and _ENDS.match(text, match.end()))


_OPERATORS = ("", "=", "+", "-", "−", "*", "±")
_FUNCTION = r"(?:(?:arc)?(?:sin|cos|tan|cot|sec|csc)h?|exp|ln|log|sqrt)"
_OF = re.compile(rf"[ ](?:{_FUNCTION}[a-z]?(?![A-Za-z])|e\^)")
_OPERATES = re.compile(r"\s[-+*/^=−±]\s[\w(√]")
_ENDS = re.compile(r"[\s.*)]*\Z")
_ENDS_TERM = re.compile(r"\s*(?:[-−+.,;)*]|(?:and|or)\b|\Z)")
"""What stands behind a letter that looks like a word (`A cos(x)`) in a formula."""
_FACTOR = re.compile(r"(?<![\w])[aAI][)\]]?[ ]\Z")
"""In front of a function a letter that may be its factor, or an article, or a label: `it is a cos x`."""
_QUOTIENT = re.compile(r"[\s*`]*[A-Za-z]\s?/\s?[A-Za-z][\s*`.]*")
_UNIT_QUOTIENTS = frozenset(("m/s", "m/h", "g/l", "g/L", "J/K", "J/g", "V/m", "N/m", "N/C", "W/m", "b/s", "B/s", "J/C"))
_NAMED_LINE = re.compile(
    r"(?m)^[ \t>]*(?:[-*+•][ \t]+|\d[.)][ \t]+)?([A-Za-z][₀-₉]?(?:_\{?\w\}?)?[ ]?=[ ]?[^=\s][^=\n]{0,80}?)[ \t.,;]*$"
)
"""`x₁ = 2`, a line."""
_LEADING = re.compile(r"(?:[:;, ]|[—–](?=\s))+")
"""What stands in front of a formula; a dash without a blank behind it is its minus."""
_NOT = re.compile(r"\b(?:not|rather than|instead of)\s[$(\s]*\Z", re.IGNORECASE)
_CALCULATES = re.compile(
    r"\d|\\|^[-+]?[a-z]$|[A-Za-z)][⁰¹²³⁴-⁹⁺⁻ᵃ-ᶻ]|^[-+]?inf(?:ty|inity)?$|√|(?<!\w)[A-Za-z]\s[-−]\s[A-Za-z](?!\w)|[\w)|]\s?[\^*+=±]\s?[-({\w|]|\w\s?/\s?[(\w]{3}|\)\s?/"
    r"|\b(?:exp|ln|log|sin|cos|tan|sqrt)\s?\("
)
"""What a stretch without dollar signs has that is a formula; `m/s` alone is a unit."""
_APPLIES = re.compile(rf"(?<![A-Za-z])[uvwxz]?{_FUNCTION}\s?[A-Za-z\u03b1-\u03c9](?![A-Za-z])")
"""A function of a letter (`cos x`), which counts where nothing else of a text does."""
_SAID = re.compile(r"\\(?:text[a-z]{0,2}|mathrm|mbox)\s?\{(?!\s*(?:and|or)\s*\})[^{}\n]*[A-Za-z]{3}[^{}\n]*\}")
_RATIO = re.compile(r"\s*\d+(?:\.\d+)? to \d+(?:\.\d+)?[\s.]*")
RESULT = re.compile(
    r"(?:\b(?:is|are|be|equals|becomes|gives|gets?|'s"
    r"|(?:simplif(?:y|ies|ied)|reduces?|equal|evaluates?|expands?|amounts?|comes?|rewritten|rearranges?) (?:to|as))"
    r"|=|:)"
    r"\s*\**$"
)
"""What stands before the value that a sentence arrives at."""


def _is_maths(word: str) -> bool:
    letters = word.strip(".,;:!?()[]{}'\"").lower()
    if letters in SPACED:
        return True
    if "___" in word or _OTHER_SCRIPT.search(word) or _MARKS.fullmatch(word):
        return False
    if letters in _SHORT_WORDS or letters in ("and", "or"):
        return letters in ("and", "or")
    return all(map(is_typed, _WORD.findall(_ENVIRONMENT.sub("", word))))


_OTHER_SCRIPT = re.compile(r"[\u0400-\u1cff]{2}|[\u3040-\u9fff\uac00-\ud7af]")
"""Letters of scripts in which no formula is written: Cyrillic on, Han, Hangul."""
_MARKS = re.compile(
    r"[.,;:!]*[\u21d0-\u21ff\u220e\u25a0-\u27bf\u27f0-\u27ff\u2b00-\u2bff\ufe0f\U0001f000-\U0001faff]+[.,;:!]*"
)
"""Signs that stand beside a formula: the end of a proof, a tick, an arrow that leads to it."""
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*\{[A-Za-z]{1,20}\*?\}")
_LITTLE = """
a i an as at be by do he if in is it me my no of on so to up us we am are its it's km cm mm kg
"""
_SHORT_WORDS = frozenset(_LITTLE.split())
