"""Does a reply mean what the problem means by a name? Looked at when all of it has been read.

Where nothing that it says is true of a name, and what it says has no shape in two separate places, it very likely means
something else by it: such a relation is disputed and not false. One slip among true relations stays false.
Not covered: relations that have a shape and fail, where two slips are as likely as another meaning.
"""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.scope import Dimension, Index, Scope, names_in

RULE = "never_confirmed"


def doubt_the_unconfirmed(reading: Reading) -> None:
    """Dispute what has no shape and speaks of a name of which nothing is true and something else has no shape either."""
    letters = [letters_of(reading.setting.scope, r) for r in reading.relations]
    true = [r.judgement.verdict in TRUE and r.judgement.rule != "moments" for r in reading.relations]
    confirmed = {n for names, holds in zip(letters, true, strict=True) if holds for n in names}
    chains = {r.chain for r, holds in zip(reading.relations, true, strict=True) if holds}
    found: dict[int, Read] = {}
    ill = [i for i, r in enumerate(reading.relations) if r.judgement.verdict is Verdict.ILL_TYPED]
    for at in ill:
        read = reading.relations[at]
        if read.chain in chains or read.judgement.rule.startswith("given"):
            continue
        others = {n for i in ill if is_another(read, reading.relations[i]) for n in letters[i]}
        name = min((letters[at] & others) - confirmed, default=None)
        if name is not None:
            reason = f"{name}: nothing is true of it as the problem declares it"
            found[at] = replace(read, judgement=Judgement(Verdict.DISPUTED, reason=reason, rule=RULE))
    for at, read in found.items():
        reading.relations[at] = read


def is_another(read: Read, other: Read) -> bool:
    """Whether it stands elsewhere and says something else: a slip that is repeated is one slip."""
    return other.chain != read.chain and {other.left, other.right} != {read.left, read.right}


def letters_of(scope: Scope, read: Read) -> set[str]:
    """The problem's letters in a relation without their subscripts, sizes and indices aside."""
    if read.left is None or read.right is None:
        return set()
    found = [(n, scope.entries.get(n)) for n in names_in(Bin("=", read.left, read.right))]
    return {n.partition("_")[0].partition("^")[0] for n, e in found if e and not isinstance(e, Dimension | Index)}
