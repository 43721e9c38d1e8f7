r"""How far a sum goes that has no ends, over members that nothing declares: `\frac1m\sum_i e_i`, `for $i = 1, \dots, m$`.

The sums before over the same index tell it, else words in mathematics, else the number by which the sum is divided to be a mean.
Not covered: sums over two indices, and `over the batch`.
"""

from __future__ import annotations

import re
from dataclasses import replace

from evalkit.derivation.following.reading import Reading
from evalkit.derivation.grammar.nodes import Big, Bin, Node, Num, Sub, Sym, children, rebuilt, walk

LATELY = 20
"""Relations back that tell how far a sum goes."""
COUNTS = frozenset("nmNMBKT")
"""Letters that count members."""
_RANGE = r"(?<![A-Za-z\\]){index}\s*(?:=|∈|\\in)\s*(?:\\?\{{)?\s*1\s*(?:,|\.\.|\\[cl]?dots|…)[\s,.…{{}}\\a-z]*?([nmNMBKT])(?![A-Za-z])"


def with_ends(reading: Reading, node: Node) -> Node:
    r"""The tree with ends for all sums without them: `\sum_i` after `\sum_{i=1}^n`."""
    parts = [with_ends(reading, part) for part in children(node)]
    node = rebuilt(node, parts) if parts and not isinstance(node, Sub) else node
    if isinstance(node, Bin) and node.op == "*" and isinstance(node.right, Big) and is_open(node.right):
        count = counted_by(node.left)
        return replace(node, right=replace(node.right, low=Num(1), high=count)) if count is not None else node
    if not isinstance(node, Big) or not is_open(node):
        return node
    before = (n for r in reversed(reading.relations[-LATELY:]) if r.left is not None for n in walk(Bin("=", *r.sides)))
    known = [n for n in before if isinstance(n, Big) and set(n.index) & set(node.index) and n.high is not None]
    ends = {(n.low, n.high, n.strict) for n in known}
    if len(ends) == 1 and isinstance(known[0].high, Sym) and known[0].index == node.index:
        return replace(node, low=known[0].low, high=known[0].high, strict=known[0].strict)
    said = re.search(_RANGE.format(index=re.escape(node.index[0])), reading.document.text[: reading.at + LONGEST])
    return node if known or said is None else replace(node, low=Num(1), high=Sym(said[1]))


LONGEST = 400
"""Characters behind the present place in which a range may still be told."""


def is_open(node: Big) -> bool:
    """Whether it is a sum or a product over one index that says of no end."""
    return node.kind in ("sum", "prod") and node.low is None and node.high is None and len(node.index) == 1


def counted_by(node: Node) -> Sym | None:
    r"""The m of a factor `\frac2m` or `-\frac1m`."""
    while not (isinstance(node, Bin) and node.op == "/"):
        inside = children(node)
        if not inside:
            return None
        node = inside[-1]
    below = node.right.right if isinstance(node.right, Bin) and node.right.op == "*" else node.right
    return below if isinstance(below, Sym) and below.name in COUNTS else None
