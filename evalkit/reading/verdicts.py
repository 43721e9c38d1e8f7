r"""What a reply ends with about the statement that it was asked to judge: `Thus the claim is not true.`

Only a last sentence that says nothing else; None where the reply says the other thing of a statement before.

Not covered: a verdict with a condition or a reason (`the claim is true for n = 1`), one on something else than a
statement or claim (`the proof is wrong`), other languages.
"""

from __future__ import annotations

import re
from itertools import islice

from evalkit.reading import english

MOST = 40
_IS = (
    r"(?:the|this)\s(?:given\s|original\s)?(?:statement|claim)\sis\s(?:(?:thus|therefore|hence|indeed)\s)?[*_]{0,3}"
    r"(?P<not>not\s)?[*_]{0,3}(?:(?P<true>true|correct)|(?P<false>false|incorrect))\b"
)
_SAYS = re.compile(_IS, re.IGNORECASE)
_ONLY = re.compile(rf"\s*[*_]{{0,3}}(?:(?:so|thus|hence|therefore),?\s)?{_IS}[*_.!\s]*", re.IGNORECASE)
LONGEST = 120


def of_statement(reply: str) -> tuple[bool, tuple[int, int]] | None:
    """(whether it is called true, where) of the verdict on a statement that is the last sentence."""
    low = len(reply.rstrip()) - LONGEST
    tail = reply[max(low, 0) :].rstrip()
    cuts = english.sentences(tail)
    if not cuts or (cuts[-1][0] == 0 and low > 0):
        return None
    last = _ONLY.fullmatch(tail, *cuts[-1])
    if last is None:
        return None
    others = {_is_true(match) for match in islice(_SAYS.finditer(reply), MOST)}
    begins = max(low, 0) + cuts[-1][0]
    return (_is_true(last), (begins, max(low, 0) + last.end())) if others == {_is_true(last)} else None


def _is_true(match: re.Match[str]) -> bool:
    return (match["true"] is not None) != (match["not"] is not None)
