"""A relation for which the time of its reply did not suffice: it has no verdict, and what was judged before it stands."""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following.reading import Read
from evalkit.derivation.verdicts.verdict import Judgement, Verdict

RULE = "out_of_time"
SAYS = (
    "The time for this reply was used up before it was judged, or before all that can take its verdict back was asked."
)
NOT_JUDGED = "not judged: the time for this reply was used up"
TOO_LARGE = (RecursionError, OverflowError, MemoryError)
BEYOND = "too_large"
BEYOND_SAYS = "What judges it went too deep or met too large a number."
NOT_DOUBTED = "could not be judged: what may take its verdict back came to no end"


def left_out(read: Read, reason: str = NOT_JUDGED, rule: str = RULE) -> Read:
    """A relation that was not judged; what cannot be read at all keeps its reason."""
    if read.judgement.verdict is Verdict.UNPARSED and read.judgement.rule != RULE:
        return read
    judgement = Judgement(Verdict.UNPARSED, reason=reason, rule=rule)
    return replace(read, judgement=judgement, introduces=frozenset(), decomposes=None, kind="")
