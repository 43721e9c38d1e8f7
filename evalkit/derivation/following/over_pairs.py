r"""`\sum_{i \neq j} x_i x_j = s^2 - \sum_i x_i^2`: a sum over both indices, where nothing else in the relation is said of the second one.

With the second index on the other side as well it is a sum over the first one that leaves out a member
(`\sum_{i \neq j} x_i = s - x_j`). Not covered: three indices.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Big, Bin, Call, Node, Sym, children, rebuilt
from evalkit.derivation.verdicts.verdict import TRUE
from evalkit.derivation.worlds.indices import loose_indices


def over_pairs(reading: Reading, read: Read) -> Read | None:
    """Is true with a sum over all pairs of different indices, of which the second stands free nowhere else."""
    left, right = (
        with_pairs(side, loose_indices(reading.judge.general, other, {}))
        for side, other in (read.sides, read.sides[::-1])
    )
    if (left, right) == read.sides:
        return None
    found = reading.judge.equation(left, right)
    return replace(read, judgement=replace(found, reason="summed over all pairs")) if found.verdict in TRUE else None


def with_pairs(node: Node, said: Collection[str]) -> Node:
    """The tree with sums over both indices for those over one that leave out another index. said: the free indices of the other side."""
    match node:
        case Big("sum", Bin("*", Call("differ", (Sym(i), Sym(j))), _), (index,), None, None):
            if i == index and j not in said:
                return Big("sum", node.body, (i, j), None, None)
    parts = children(node)
    return rebuilt(node, [with_pairs(part, said) for part in parts]) if parts else node
