r"""An equation that a step led to below `\det(A - \lambda I) = 0`, and whose solutions do not solve that: what it follows from is wrong.

Looked at when all of the reply has been read. Not covered: matrices with other letters, determinants of which no equation is made.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evalkit.derivation.following.eigen_steps import MAX_SIDE, SAME, letters_in, solutions_of
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.shapes import plain_name
from evalkit.derivation.grammar.nodes import Call, walk
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict

RULE, STEP = "from_determinant", "step"
KNOWN = frozenset({"e", "\\pi"})


def doubt_what_no_determinant_gives(reading: Reading) -> None:
    """What is true by a step, in the letter of a determinant alone, is in dispute where its solutions are none of that."""
    for at, read in enumerate(reading.relations):
        if read.judgement.rule != STEP or read.judgement.verdict not in TRUE or any(map(plain_name, read.sides)):
            continue
        letters = letters_in(read) - KNOWN
        above = determinant_above(reading, at, letters) if len(letters) == 1 else None
        if above is None:
            continue
        theirs, mine = (solutions_of(reading, r, min(letters), MAX_SIDE) for r in (above, read))
        if theirs is None or mine is None:
            continue
        size = 1.0 + float(np.abs(theirs).max())
        if any(float(np.abs(theirs - root).min()) > np.sqrt(SAME) * size for root in mine):
            found = Judgement(Verdict.DISPUTED, reason="its solutions do not solve the determinant above it", rule=RULE)
            reading.relations[at] = replace(read, judgement=found)


def determinant_above(reading: Reading, at: int, letters: set[str]) -> Read | None:
    """The last equation before it of a determinant with the same letter, in its section."""
    read = reading.relations[at]
    for other in reversed(reading.relations[:at]):
        if other.section != read.section or other.op != "=" or other.left is None or other.right is None:
            continue
        if letters_in(other) - KNOWN == letters and any(
            isinstance(n, Call) and n.name == "det" for s in other.sides for n in walk(s)
        ):
            return other
    return None
