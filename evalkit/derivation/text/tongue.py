"""Is a stretch of prose in another language than English, whose words are not understood?

Told by the share of English words that hold sentences together among the words around a place, and by what English is not
written in: letters of other scripts, and words with marked letters. No words of other languages are known.
Not covered: languages that write neither in a short text, and words of mathematics alone ("Rang: 3").
"""

from __future__ import annotations

import re

from evalkit.derivation.text.document import Document

NEAR, AROUND, WHOLE = 300, 16, 30_000
"""Characters on either side of a place, the words among them that are looked at, and what is looked at of a whole text."""
ENGLISH_SHARE, MARKED, SOME, MANY = 0.08, 2, 8, 25
"""The share of the words below that English prose has at least; different words with marked letters that are no name by
themselves (one is enough among some words of which none is English); words without which a share says nothing."""
_ENGLISH = re.compile(
    r"the|of|and|is|are|we|that|by|with|this|these|which|from|then|where|since|hence|thus|therefore|let|suppose|assume|"
    r"has|have|when|if|it|its|get|gives?|using|both|each|so|for|to|be",
    re.I,
)
_MARKED = re.compile(r"[\u00c0-\u024f\u1e00-\u1eff]")
_OTHER = re.compile(r"[\u0400-\u1cff\u2c00-\ud7ff\uf900-\ufaff]")
"""From Cyrillic on; between them stand Greek of old texts, and signs."""
_WORD = re.compile(r"[^\W\d_]+")
_COMMAND = re.compile(r"\\[a-zA-Z]+")


def is_foreign(document: Document, at: int) -> bool:
    """Whether the prose around a place is in another language. What the words there do not tell, those of the whole text do."""
    before = words(document.masked(max(0, at - NEAR), at))[-AROUND:]
    near = before + words(document.masked(at, at + NEAR))[: AROUND - len(before)]
    share = english_share(near)
    if share >= ENGLISH_SHARE:
        return False
    if any(map(is_of_another_script, near)) or marked(near) >= (1 if len(near) >= SOME and not share else MARKED):
        return True
    whole = words(document.masked(0, min(len(document.text), WHOLE)))
    return len(whole) >= MANY and english_share(whole) < ENGLISH_SHARE and marked(whole) >= MARKED


def words(prose: str) -> list[str]:
    """The words of a masked text, without letters by themselves and commands. Of a script without blanks a stretch is a word."""
    return [
        w for w in _WORD.findall(_COMMAND.sub(" ", prose)) if w.isalpha() and (len(w) > 1 or is_of_another_script(w))
    ]


def english_share(found: list[str]) -> float:
    return sum(_ENGLISH.fullmatch(w) is not None for w in found) / max(1, len(found))


def marked(found: list[str]) -> int:
    """How many different words have a Latin letter with a mark."""
    return len({w.lower() for w in found if _MARKED.search(w)})


def is_of_another_script(word: str) -> bool:
    """Whether a word has a letter that is neither Latin nor Greek nor one that mathematics is written with."""
    return _OTHER.search(word) is not None
