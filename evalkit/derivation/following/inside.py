"""What is said inside a part with meanings of its own: judged by these, and by the meanings around it."""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following import scopes
from evalkit.derivation.following.part import CASE, OWN
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Block, Node, Num, is_zero, walk
from evalkit.derivation.verdicts.verdict import TRUE, Verdict


def meaning_around(reading: Reading, read: Read) -> Read | None:
    """Stands in a part with meanings of its own: what is true around it is true, too."""
    if not reading.inside:
        return None
    left, right = read.sides
    part = reading.inside[-1]
    verdict = read.judgement.verdict
    found = (p.outer.equation(left, right) for p in reversed(reading.inside))
    around = next((j for j in found if j.verdict in TRUE and not j.under), None)
    if around is not None:
        return replace(read, judgement=around) if verdict is not around.verdict else None
    if verdict not in TRUE or not scopes.given_inside(reading, left, right):
        return None
    if part.kind == OWN:
        return None
    if part.kind == CASE:
        said = ", ".join(f"{n} = {s}" for n, s in part.sizes.items()) or "of this part"
        return replace(read, judgement=replace(read.judgement, verdict=Verdict.HOLDS, world=said))
    if any(in_numbers(side) for side in (left, right)):
        return None
    return read.decided(Verdict.DISPUTED, "it holds for the numbers of this example, and not in general")


def in_numbers(node: Node) -> bool:
    """`4`, a matrix of numbers, `\\sqrt 3 u`: a value is written down."""
    if scopes.is_constant(node) and not is_zero(node):
        return True
    return any(isinstance(n, Block) or (isinstance(n, Num) and n.value not in (0, 1, 2)) for n in walk(node))
