r"""Whether a reply breaks off: a label, a heading, an entry of a list, a box or a bracket at its end with nothing
behind it, a formula that is not closed, a word that goes on (`of the`), a computation without its result, an open
sentence behind many closed ones.

Not covered: a reply that was cut behind a whole sentence or a number.
"""

from __future__ import annotations

import re
from functools import lru_cache

from evalkit.reading import english
from evalkit.reading.blocks import SECTION, is_bare, is_title, last_words
from evalkit.reading.patterns import later

_EMPTY_LABEL = later(
    r"(?:(?:^|\n)[\s>*_#]{0,8}(?:final[ ])?answer[*_]{0,3}[ ]?[:：]|\banswer is[*_]{0,3}[ ]?[:：]?)"
    r"[\s*_$]{0,20}(?:\\boxed[\s{]{0,3}|\\[(\[])?[\s*_$]{0,4}\Z"
    r"|(?<![\w.])(?-i:the|an|of|to|by|with|for|from|per|than|and|or|because|since|if|which|is|are|was|were|we|We)"
    r"[ \t]{0,3}\Z|(?:[=+×·]|(?<=[ \t])[*/]|(?<=[\d\s])x(?=[ \t]{1,3}\\?\$))[ \t]{0,3}\\?\$?[ \t]{0,3}\Z",
    re.IGNORECASE,
)


_CLOSES = tuple(".!?0123456789")
"""With these ends neither a label without its answer nor the beginning of a conclusion; most replies end so."""
LOOKED_AT = 12
"""Lines above the last that are compared with it."""
MANY = 8
"""Whole sentences of a line behind which one without an end was cut; behind fewer a full stop may be left out."""


@lru_cache(maxsize=2)
def breaks_off(text: str) -> bool:
    """Whether a reply announces an answer at its end and gives none, or ends in the middle of a sentence."""
    at = max(0, len(text) - 120)
    if EMPTY_BOX.search(text, at):
        return True
    whole = text[at:].rstrip().endswith(_CLOSES)
    if not whole and (_EMPTY_LABEL.search(text, at) or _OPENS_CONCLUSION.search(text, at)):
        return True
    low, high = last_words(text)
    line = text[low:high].rstrip()
    if is_empty_entry(text, low, high):
        return True
    if heads_part(line):
        return True
    open_display = _OPEN_DISPLAY.search(text, low) if text.count("$$") % 2 else None
    if open_display or any(text.rfind(opening) > text.rfind(closing) for opening, closing in _DELIMITERS):
        return True
    if high - low > SECTION:
        return False
    cuts = english.sentences(line)
    last = line[slice(*cuts[-1])] if cuts else ""
    if _WILL.fullmatch(last) and not last.rstrip().endswith(("!", "?")):
        return True
    if english.is_closed(line) or "####" in line:
        return False
    if _OPEN_SUM.search(last) and "=" not in last and not is_bare(line, 5) and _COMPUTED.search(text[:low]):
        return True
    closed = cuts[:-1] and english.is_closed(line[slice(*cuts[-2])])
    if closed and _BEGUN.fullmatch(last) and not _WHOLE.fullmatch(last):
        return True
    if is_begun_again(text, low, line) or _CONDITION_ALONE.fullmatch(line):
        return True
    told = [english.is_closed(line[a:b]) for a, b in cuts[:-1]]
    return len(told) >= MANY and all(told) and not _RESULTS.search(last) and not _TOKEN_AT_END.search(line)


_WILL = later(r"\s*(?:(?:now|next|then|so|first),? )?(?:let['’]s|let us|let me(?! know))\b[^\d=]*", re.IGNORECASE)
"""A last sentence that says what is done next."""
_BEGUN = later(r"\s*(?:The|This|These|That|We|It|In|To|For|Then|Next|Now|But|And|Since|There|As)(?: [a-z]+){0,2}\s*")
"""The first words of a sentence behind a whole one: `We pay 84 in total. The remain`."""
_WHOLE = later(
    r"\s*(?:(?:That|This|It) (?:is|was) (?!the\b|an?\b|in\b|of\b|to\b|not\b|also\b|now\b|then\b|because\b)[a-z]+"
    r"|As (?:asked|given|(?:shown|stated|required|expected|said|desired)(?: above)?)|But of course)\s*"
)
"""Short whole sentences that lack their full stop (`That is all`)."""
_CONDITION_ALONE = later(r"\s*(?:If|When|Since|Because|Suppose|Although)(?: [^\s,.:;!?]+){1,6}\s*")
"""A clause that waits for another one."""


def is_begun_again(text: str, low: int, line: str) -> bool:
    """Whether a last line of a few words is how two lines before it began: a reply that runs in circles and was cut."""
    begins = line.strip()
    if len(begins.split()) < 2 or not begins[0].isalpha():
        return False
    before = [other.strip() for other in text[:low].rsplit("\n", LOOKED_AT)[-LOOKED_AT:]]
    return sum(other.startswith(begins) and len(other) > len(begins) + 8 for other in before) > 1


def is_empty_entry(text: str, low: int, high: int) -> bool:
    """Whether a last line is the number of an entry that was not written: `3.` below `2. ...`"""
    number = _NUMBER.fullmatch(text, low, high)
    above = text[:low].rpartition("\n\n")[2]  # behind a blank line it may be the answer
    return number is not None and re.search(rf"(?m)^[ \t>]*{int(number[1]) - 1}[.)][ \t]+\S", above) is not None


_NUMBER = later(r"[ \t>]*(\d{1,3})[.)]\s*")
_OPENS_CONCLUSION = later(
    rf"\b(?:{english.any_of(english.CONNECTIVES)}|so),? (?:the )?(?:\w+ )?(?:option|answer|choice|result|value)\s*\Z",
    re.IGNORECASE,
)
EMPTY_BOX = later(r"[\\(\[{](?:(?<=\\)boxed\{(?:\.{2,}|[\s?…_])*\}[^\w\n]*\Z|(?<=[ ][(\[{])\s*\Z)")
"""`\\boxed{...}`, or a bracket that opens at the end."""


def heads_part(line: str) -> bool:
    """`# Step 3`, `# Case 2: n > 4`; not `# Therefore 79`, `# Nearly 79`, `# She has 79`, which may be the answer."""
    part = _PART.fullmatch(line)
    words = re.findall(r"[^\W\d_]+", part["name"]) if part else []
    titled = part is not None and is_title(line[part.start("name") :])
    return titled and bool(words) and words[-1][0].isupper() and not _LEADS_ON.fullmatch(words[-1])


_PART = later(r"[ \t>]{0,12}\#{1,6}[ \t]+(?P<name>\D*)(?<![$€£¥₹])\d{1,2}(?:\s*[-+*/=:.)—–×].*)?\s*")
_LEADS_ON = later(rf"{english.any_of(english.CONNECTIVES)}|so|\w+ly|final|answer|result|total|sum", re.IGNORECASE)
_OPEN_DISPLAY = later(r"^[ \t>]*\$\$[^$]*\Z", re.MULTILINE)
_DELIMITERS = ((r"\[", r"\]"), (r"\(", r"\)"))
_COMPUTED = later(r"=|:\s*\Z")
_OPEN_SUM = later(r"[\d)%]\s?[+*×÷·]\s?[$£€]?[\d.,]*\d\)?\Z")
_RESULTS = later(rf"[=→:]|\b(?:is|are|was|were|answer|so|{english.any_of(english.CONNECTIVES)})\b", re.IGNORECASE)
_TOKEN_AT_END = later(r"[>\])*_`}|]\s*\Z")
