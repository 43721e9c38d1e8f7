"""Whether a short answer that is not listed may be another wording of one that is.

    Tolstoy    for `Leo Tolstoy`: some of its words and no others

Not covered: names of the same thing that have no word in common (they have to be listed), other languages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from evalkit.reading.phrases import stem

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
