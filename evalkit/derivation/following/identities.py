r"""`P = I^2 R` where nothing is a matrix: the I is a current, or whatever else the text means, and no identity.

Not covered: texts with matrices and a current.
"""

from __future__ import annotations

import re
from dataclasses import replace

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Block, Sub, Sym, walk
from evalkit.derivation.verdicts.verdict import TRUE, Verdict, unbound
from evalkit.derivation.worlds.scope import Drawn, Factor, Family

IDENTITY = Sym("I")
OF_MATRICES = re.compile(
    r"\b(?:identity|matrix|matrices|vectors?|eigen\w+|unit operator)\b|matrix\}|\\(?:det|top|operatorname\{tr\})", re.I
)


def no_identity(reading: Reading, read: Read) -> Read | None:
    """Has an I where nothing is a matrix, and the words speak of none: it holds for every number I, or is open."""
    labelled = {id(n.base) for side in read.sides for n in walk(side) if isinstance(n, Sub)}  # the I of I_g
    stands = any(n == IDENTITY and id(n) not in labelled for side in read.sides for n in walk(side))
    if not stands or reading.judge.scope.find("I") is not None:
        return None
    if is_among_matrices(reading, read):
        return None
    with reading.judge.trying({"I": Drawn((), frozenset(), None, "reply")}):
        found = reading.judge.equation(*read.sides)
    if found.verdict in TRUE:
        return replace(read, judgement=found)
    if read.judgement.verdict in TRUE:
        return replace(read, judgement=unbound(("I",), "I"))
    return read.decided(Verdict.DISPUTED, "I: nothing here is a matrix, it may be a name")


def is_among_matrices(reading: Reading, read: Read) -> bool:
    """Whether the problem or the reply has a matrix or a column, or a word of these."""
    entries = reading.judge.scope.entries.values()
    if any(isinstance(e, Factor | Family) or (isinstance(e, Drawn) and e.shape) for e in entries):
        return True
    if any(isinstance(n, Block) for side in read.sides for n in walk(side)):
        return True
    return OF_MATRICES.search(reading.document.text) is not None
