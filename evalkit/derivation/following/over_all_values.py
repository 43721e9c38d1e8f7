r"""`\int p(x) x dx = \mu`: an integral without ends, beside what does not depend on its letter, goes over all values of that.

As antiderivatives both sides could not agree. True is what holds so; what does not is open, since the letter may have a range
that words tell. Not covered: several integrals in one another, and a range that is not all numbers.
"""

from __future__ import annotations

import math
from dataclasses import replace

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.unknowns import signed_terms
from evalkit.derivation.following.ways import each
from evalkit.derivation.grammar.nodes import Big, Node, Num, Un, children, is_zero, walk
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.scope import names_in

WHY = "the integral may go over all values"


def over_all_values(reading: Reading, read: Read) -> Read | None:
    """What becomes of a relation in which the letter of its integrals stands in nothing else; None where it does."""
    letters = {n.index[0] for side in read.sides for n in walk(side) if isinstance(n, Big) and is_open(n)}
    if not letters or any(letters & set(outside(side)) for side in read.sides):
        return None
    left, right = each(read, with_ends)
    judgement = reading.judge.equation(left, right)
    if judgement.verdict in TRUE:
        return replace(read, judgement=replace(judgement, reason="over all values"))
    has_value = any(
        not any(map(is_open, walk(term))) and not is_zero(term) for side in read.sides for _, term in signed_terms(side)
    )
    return (
        read.decided(Verdict.DISPUTED, WHY) if has_value else None
    )  # of integrals alone both sides are antiderivatives


def is_open(node: Node) -> bool:
    return (
        isinstance(node, Big) and node.kind == "int" and node.low is None and node.high is None and len(node.index) == 1
    )


def outside(node: Node) -> set[str]:
    """The names that stand in no integral without ends."""
    if is_open(node):
        return set()
    parts = children(node)
    return set().union(*map(outside, parts)) if parts else set(names_in(node))


def with_ends(node: Node) -> Node:
    if isinstance(node, Big) and is_open(node):
        return replace(node, low=Un("-", Num(math.inf)), high=Num(math.inf))
    return node
