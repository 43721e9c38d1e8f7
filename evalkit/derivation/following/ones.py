r"""`\mathbf 1^\top\mathbf 1 = n`, `\frac1n\mathbf 1\mathbf 1^\top`: columns of ones of which nothing says how long they are.

With one of the sizes of the problem for all of them a relation may hold; then it is true. Nothing is false so.
Not covered: ones of two sizes in one relation.
"""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Node, Sub, Sym, children, rebuilt, walk
from evalkit.derivation.verdicts.verdict import TRUE
from evalkit.derivation.worlds.scope import names_in

ONES, UNIT = Sym("\\mathbf 1"), Sym("I")
MAX_SIZES = 4


def ones_of_a_size(reading: Reading, read: Read) -> Read | None:
    """Has ones of open size, and holds with one of the sizes of the problem for their length."""
    both = Bin("=", *read.sides)
    if ONES not in walk(both):
        return None
    sizes = list(reading.judge.worlds[0].sizes)
    written = [size for size in sizes if size in names_in(both)]
    for size in (written or sizes)[:MAX_SIZES]:
        judgement = reading.judge.equation(*(with_size(side, size) for side in read.sides))
        if judgement.verdict in TRUE:
            return replace(read, judgement=replace(judgement, reason=f"with {size} ones"))
    return None


def with_size(node: Node, size: str) -> Node:
    """The tree with this size for ones and identities that have none."""
    if node in (ONES, UNIT) and isinstance(node, Sym):
        return Sub(node, f"{node.name}_{size}", (Sym(size),))
    parts = children(node)
    return rebuilt(node, [with_size(part, size) for part in parts]) if parts and not isinstance(node, Sub) else node
