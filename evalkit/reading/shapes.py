r"""A short answer with the form of a listed one and other numbers: `day 12` where `day 17` is listed.

The form is what stands around the numbers, letters among it. Where a stretch gives one such answer and no listed one,
and the question does not have it, it is another answer, and no other wording.

Not covered: listed answers that are numbers and signs alone; forms that a reply writes otherwise (`the 12th day`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

LONGEST = 60
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_LETTERS = re.compile(r"[^\W\d_]")


def another(listed: Iterable[str], text: str, statement: str) -> str:
    """The one answer of such a form that `text` gives; empty where it gives none, several, or a listed one."""
    found: set[str] = set()
    known = {_folded(phrase) for phrase in listed}
    for phrase in (phrase.strip() for phrase in islice(listed, 20)):
        if len(phrase) > LONGEST or not _NUMBER.search(phrase) or not _LETTERS.search(phrase):
            continue
        pieces = [re.escape(piece).replace("\\ ", r"\s{1,3}") for piece in _NUMBER.split(phrase)]
        form = re.compile(r"(?<![\w.])" + r"\d+(?:[.,]\d+)*".join(pieces) + r"(?![A-Za-z\d])", re.IGNORECASE)
        found |= {_folded(match[0]) for match in islice(form.finditer(text), 20)}
    asked = _folded(statement[-20_000:])
    given = {said for said in found if said not in asked}
    if found & known or not given:
        return ""
    longest = max(given, key=len)
    return longest if all(said in longest for said in given) else ""


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
