r"""Answers that are words and nothing else: `\text{even}`, `\text{Evelyn}`.

Words that may stand for a number or a formula (`three`, `one half`) are compared with one only if they are a numeral.

Not covered: synonyms, whole sentences (use the scorer `text`), number words beyond ninety-nine.
"""

from __future__ import annotations

import re

from evalkit.reading import spoken
from evalkit.reading.maths.latex import tokens
from evalkit.reading.maths.spelling import is_typed

MOST = 6
"""Words of a place that can be nothing but the answer."""


def only(latex: str) -> str | None:
    """The words of a formula that is text alone, with or without `\\text`; None for one that says anything else."""
    found = tokens(latex)
    if len(found) == 1 and found[0].startswith('"'):
        return plain(found[0][1:])
    bare = latex.strip(" .!")
    return plain(bare) if _is_words(bare) and found and found[0] not in _MEANT else None


_BARE = re.compile(r"[A-Za-z]+(?:'[a-z]+)?(?:[ -][A-Za-z]+(?:'[a-z]+)?){0,7}")
_MEANT = frozenset({r"\emptyset", r"\mathbb"})
"""What some words are read as: `no solution`, `all real numbers`."""


def _is_words(text: str) -> bool:
    """Whether letters are words: not `xy`, `abc`, `sin x`, `odd n`."""
    if not _BARE.fullmatch(text):
        return False
    words = re.findall(r"[A-Za-z]+", text)
    single = [word for word in words if len(word) == 1 and word not in "aI"]
    letters = [word for word in words if len(word) < 3 or list(word.lower()) == sorted(set(word.lower()))]
    return len(letters) < len(words) and not single and not any(map(is_typed, words))


def numeral(words: str) -> str | None:
    """The numeral that number words are: `twenty-one`, `minus two`."""
    sign, bare = re.fullmatch(r"((?:minus|negative) )?(.*)", words).groups()  # type: ignore[union-attr]
    found = spoken.read(bare)
    whole = len(found) == 1 and found[0].unit is None and (found[0].start, found[0].end) == (0, len(bare))
    return ("-" if sign else "") + str(found[0].value) if whole else None


_OF_NUMBERS = re.compile(
    r"\b(?:half|thirds?|quarters?|fifths?|squared?|cubed?|minus|negative|plus|times|over|root|infinit\w*|pi"
    r"|percent|hundred"
    r"|thousand|million|billion|dozen|all|every|no|none|empty|nothing)\b"
)


def may_be_formula(words: str) -> bool:
    """Whether words may say what a formula says (`one half`, `x squared`, `no real number`)."""
    return bool(_OF_NUMBERS.search(words)) or bool(spoken.read(words))


def plain(text: str) -> str:
    """Lower-case words without commands and marks."""
    text = re.sub(r"\\(?:text[a-z]*|math[a-z]*|mbox|hbox|boxed|fbox|operatorname)(?![A-Za-z])", " ", text[:2000])
    return " ".join(re.findall(r"[^\W_]+(?:['’][^\W_]+)?", re.sub(r"\\[A-Za-z]+|\\.", " ", text).casefold()))


_ARTICLE = re.compile(r"^(?:an?|the) (?=\w{2})")


def same(wanted: str, found: str) -> bool | None:
    """Whether the words are the same; two single ones that begin alike, and several, may say the same nevertheless."""
    wanted, found = (_ARTICLE.sub("", said) for said in (wanted, found))
    if wanted == found:
        return True
    single = " " not in wanted and " " not in found
    return False if single and not (wanted.startswith(found) or found.startswith(wanted)) else None
