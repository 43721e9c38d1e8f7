r"""`\sum_{n=0}^{N-1} x_n`, `\sum_{n=0}^N x_n`: lists that a reply counts from 0.

What has no value because there is no entry 0 is looked at once more with the entries 1 to N for those from 0 to N - 1. Where a sum goes from 0 to N
the list has one entry more than N says, everywhere in the relation. What holds so is true; nothing is false by it.
Not covered: single entries (`x_0`), sums in which both ways of counting stand.
"""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Big, Bin, Node, Num, Sub, Sym, children, rebuilt, walk
from evalkit.derivation.verdicts.verdict import TRUE
from evalkit.derivation.worlds.scope import Dimension

OUT_OF_RANGE = "an index out of range"
MAX_TRIED = 20
"""Relations of one reply that are tried."""
ONE = Num(1.0)


def counted_from_zero(reading: Reading, read: Read) -> Read | None:
    """Holds where its lists are counted from 0."""
    if read.judgement.reason != OUT_OF_RANGE or reading.counted >= MAX_TRIED:
        return None
    sums = [n for side in read.sides for n in walk(side) if isinstance(n, Big) and n.kind in ("sum", "prod")]
    ends = {n.high for n in sums if n.low == Num(0.0)}
    if len(ends) != 1 or any(n.low is not None and n.low != Num(0.0) for n in sums):
        return None
    (end,) = ends
    size = end.left if isinstance(end, Bin) and end.op == "-" and end.right == ONE else end
    found = reading.judge.scope.find(size.name) if isinstance(size, Sym) else None
    if not isinstance(size, Sym) or found is None or not isinstance(found[1], Dimension):
        return None
    reading.counted += 1
    left, right = (from_one(side, size, longer=size == end) for side in read.sides)
    judgement = reading.judge.equation(left, right)
    if judgement.verdict not in TRUE:
        return None
    return replace(read, judgement=replace(judgement, reason="counted from 0"))


def from_one(node: Node, size: Sym, *, longer: bool, bound: frozenset[str] = frozenset()) -> Node:
    """The tree with entries that are counted from 1. longer: the size stands for one less than the length of the list."""
    if node == size:
        return Bin("-", size, ONE) if longer else node
    if isinstance(node, Sym) and node.name in bound:
        return Bin("-", node, ONE)
    if isinstance(node, Sub):
        return node
    if isinstance(node, Big) and node.low == Num(0.0):
        body = from_one(node.body, size, longer=longer, bound=bound | set(node.index))
        return replace(node, body=body, low=ONE, high=size)
    parts = children(node)
    return rebuilt(node, [from_one(part, size, longer=longer, bound=bound) for part in parts]) if parts else node
