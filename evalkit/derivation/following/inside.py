"""What is said inside a part with meanings of its own: judged by these, and by the meanings around it."""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following import scopes
from evalkit.derivation.following.part import CASE, OWN, Part
from evalkit.derivation.following.reading import Read, Reading, parsed
from evalkit.derivation.grammar.nodes import Block, Node, Num, Unreadable, is_zero, walk
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict


def meaning_around(reading: Reading, read: Read) -> Read | None:
    """Stands in a part with meanings of its own: what is true around it is true, too."""
    if not reading.inside:
        return None
    left, right = read.sides
    part = reading.inside[-1]
    verdict = read.judgement.verdict
    found = (outside(p, read) for p in reversed(reading.inside) if not p.planned)
    around = next((j for j in found if j.verdict in TRUE and not j.under), None)
    if around is not None and verdict not in TRUE and part.kind == OWN:
        scopes.close(reading)  # the old meaning is used again
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


def outside(part: Part, read: Read) -> Judgement:
    """The verdict by the meanings around a part; `f(x)` may be a product inside and a value of f outside."""
    left, right = read.sides
    if part.kind == OWN and read.statement is not None and read.op != "=:":
        starts = {side[0].start: side for side in read.statement.sides if side}
        if read.start in starts and read.right_start in starts:
            first, second = (parsed(starts[at], part.outer.scope) for at in (read.start, read.right_start))
            if not isinstance(first, Unreadable) and not isinstance(second, Unreadable):
                return part.outer.equation(first, second)
    return part.outer.equation(left, right)


def in_numbers(node: Node) -> bool:
    """`4`, a matrix of numbers, `\\sqrt 3 u`: a value is written down."""
    if scopes.is_constant(node) and not is_zero(node):
        return True
    return any(isinstance(n, Block) or (isinstance(n, Num) and n.value not in (0, 1, 2)) for n in walk(node))
