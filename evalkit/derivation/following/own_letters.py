r"""Letters that neither the problem nor anything else explains, and for which the reply wrote an expression: `Let u = a + b`.

Looked at when all of the reply has been read. What was written for a name is its definition where something true rests on
it, unless the reply concludes it.
Not covered: what is false in such letters. Their meaning is a guess, so nothing is called false by it.
"""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following.grounds import headed
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.standing import is_concluded
from evalkit.derivation.verdicts.verdict import Judgement, Verdict

RULE = "own_letters"


def define_own_letters(reading: Reading) -> None:
    """Call definitions what true relations rest on."""
    places = {place for found in reading.sketches.values() for place in found}
    for at, read in enumerate(reading.relations):
        unexplained = read.judgement.verdict is Verdict.UNBOUND and read.left is not None and read.right is not None
        if unexplained and (read.start, read.end) in places and not is_concluded(read):
            found = Judgement(Verdict.DEFINITION, reason="in letters of its own", rule=RULE)
            reading.relations[at] = replace(read, judgement=found, introduces=names_of(read))


def names_of(read: Read) -> frozenset[str]:
    """The name that a relation gives a meaning."""
    name = headed(read)
    return frozenset({name} if name else ())
