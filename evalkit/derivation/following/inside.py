"""What is said inside a part with meanings of its own: judged by these, and by the meanings around it."""

from __future__ import annotations

import re
from dataclasses import replace

from evalkit.derivation.following import scopes
from evalkit.derivation.following.part import CASE, OWN, Part
from evalkit.derivation.following.reading import Read, Reading, parsed
from evalkit.derivation.following.shapes import plain_name
from evalkit.derivation.grammar.nodes import Block, Node, Num, Sub, Unreadable, is_derivative, is_zero, walk
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.scope import Drawn, names_in
from evalkit.derivation.worlds.world import GENERIC

LISTED = re.compile(r"(?:\s|\\[,;:! ]|\\q?quad|&|\\\\)*[,;](?:\s|\\[,;:! ]|\\q?quad|&|\\\\)*")
"""A comma, and nothing but blanks beside it."""


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
    if part.kind == OWN or gives_free_name(reading, read):
        return None
    if part.kind == CASE:
        said = ", ".join(f"{n} = {s}" for n, s in part.sizes.items()) or "of this part"
        return replace(read, judgement=replace(read.judgement, verdict=Verdict.HOLDS, world=said))
    if in_numbers(left, right) or in_numbers(right, left) or entries_of(part) & {*names_in(left), *names_in(right)}:
        return None
    return read.decided(Verdict.DISPUTED, "it holds for the numbers of this example, and not in general")


def example_goes_on(reading: Reading, read: Read) -> Read | None:
    """Says in numbers what is true in the example before, which a heading had ended: the example goes on."""
    part = scopes.ended_example(reading)
    left, right = read.sides
    if part is None or reading.trial or not any(map(scopes.is_constant, (left, right))):
        return None
    env = part.judge.general
    if not part.names.keys() & {*env.depends(left), *env.depends(right)}:
        return None
    found = part.judge.equation(left, right)
    if found.verdict not in TRUE or found.under:
        return None
    scopes.taken_up(reading, part)
    return replace(read, judgement=found)


def slope_of_example(reading: Reading, read: Read) -> Read | None:
    """Gives a derivative in numbers right beside the values of an example, in one list with them."""
    before = reading.relations[-1] if reading.relations else None
    if before is None or before.judgement.rule != "example_value" or before.end > read.start:
        return None
    if not is_derivative(read.sides[0]) or not scopes.is_constant(read.sides[1]):
        return None
    if not LISTED.fullmatch(reading.document.text, before.end, read.start):
        return None
    return read.decided(Verdict.DISPUTED, "may be given, like the values of the example beside it")


def gives_free_name(reading: Reading, read: Read) -> bool:
    """Gives a value to a free symbol: the rule for assumptions looks at it."""
    found = reading.judge.scope_of(GENERIC).find(plain_name(read.sides[0]) or "")
    return read.judgement.verdict is Verdict.HOLDS and found is not None and isinstance(found[1], Drawn)


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


def entries_of(part: Part) -> set[str]:
    """Letters that stand for entries of a matrix of this part."""
    return {n for body in part.names.values() if isinstance(body, Block) for n in names_in(body)}


def in_numbers(node: Node, other: Node) -> bool:
    """`4`, a matrix of numbers, `\\sqrt 3 u`: a value is written down; 0 is one for an entry of something."""
    if scopes.is_constant(node):
        return not is_zero(node) or (isinstance(other, Sub) and bool(other.index))
    return any(isinstance(n, Block) or (isinstance(n, Num) and n.value not in (0, 1, 2)) for n in walk(node))
