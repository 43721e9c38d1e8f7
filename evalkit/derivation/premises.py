"""Special worlds: has the reply stated the premise under which its relation holds?"""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation import prose
from evalkit.derivation.nodes import is_zero
from evalkit.derivation.setting import Special
from evalkit.derivation.state import Read, Reading
from evalkit.derivation.verdicts import Verdict


def with_premise(reading: Reading, read: Read) -> Read:
    """What holds in a special world alone is right only where the reply has come to that world.

    It has where its words name the premise, the relation is a condition itself (something is 0, or set equal by its
    words), the reply gave a value to a symbol of the world, or its words speak of an optimum or of a stationary point.
    """
    special = reading.judge.special(read.judgement.world or "")
    if read.judgement.verdict is not Verdict.HOLDS or special is None:
        return read
    for other in (special, *(s for s in reading.setting.specials if s is not special)):
        if other is not special and not (other.given or other.name in reading.entered or says(reading, read, other)):
            continue
        if other is not special and not reading.judge.holds_in(other.name, read.left, read.right):
            continue
        if other.given or other.name in reading.entered or enters(reading, read, other):
            reading.entered.add(other.name)
            return replace(read, judgement=replace(read.judgement, world=other.name))
    reason = f"holds only where {special.premise}, which the reply does not state"
    return replace(read, judgement=replace(read.judgement, verdict=Verdict.UNSTATED, reason=reason))


def enters(reading: Reading, read: Read, special: Special) -> bool:
    if any(side is not None and is_zero(side) for side in (read.left, read.right)):
        return True
    if (reading.judge.assumed.keys() | read.introduces) & special.overlay.keys() or read.introduces:
        return True
    return says(reading, read, special)


def says(reading: Reading, read: Read, special: Special) -> bool:
    """Whether the text up to the end of the relation's sentence states the premise."""
    return prose.states(special.premise, reading.document.text[: sentence_end(reading, read.end)])


def sentence_end(reading: Reading, at: int) -> int:
    found = prose.SENTENCE_END.search(reading.document.text, at)
    return found.start() if found else len(reading.document.text)
