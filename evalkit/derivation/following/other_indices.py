r"""Indices written otherwise: `\sum_{i=0}^{n-1} x_i` over all n members, Kronecker's `\delta^i_j` with one index above.

What holds so is true where it could not be read. Not covered: `\sum_{i=0}^n x_i` of n members (one too many), members whose
number is named itself (`x_0`), sums of other ends beside it, and sums in whose terms the index stands by itself (`i x_i`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.ways import Way, each, nodes_of
from evalkit.derivation.grammar.nodes import Big, Bin, Node, Num, Sub, Sym, children
from evalkit.derivation.verdicts.verdict import TRUE, Verdict

DELTA = Sym("\\delta")
FROM_ONE = re.compile(
    r"\bfrom\s+\$?1\b|=\s*1\s*\}?\s*\^|\b1\s*,\s*(?:2\s*,\s*)?(?:\\[lc]?dots|\.\.\.)|_\{?1\}?\s*,\s*(?:\\[lc]?dots|\.\.\.)"
)
FIRST, ZEROTH = re.compile(r"_\{?1(?!\d)"), re.compile(r"_\{?0(?!\d)")
"""Members that are counted from 1 somewhere in the text."""
INTRODUCED = re.compile(
    r"\b(?:let|where|with|denote\w*|define\w*|call\w*|errors?)\b[^.$]{0,30}\$?\s*\\delta\s*[\^_]", re.I
)
"""Words that say what a delta is."""


def members_from_zero(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`\sum_{i=0}^{n-1} x_i`: the members are counted from 0, here and there."""
    sums = [n for n in nodes_of(read) if counts_from_zero(n)]
    if not sums or read.judgement.verdict is not Verdict.UNPARSED:
        return
    ends = {n.high.left for n in sums if isinstance(n, Big) and isinstance(n.high, Bin)}
    outer = any(
        isinstance(n, Sub) and any(isinstance(i, Num) or i in ends for i in n.index or ()) for n in nodes_of(read)
    )
    text = reading.document.text
    outer |= bool(FROM_ONE.search(text) or (FIRST.search(text) and not ZEROTH.search(text)))
    outer |= any(isinstance(n, Big) and n.low is not None and n not in sums for n in nodes_of(read))
    if not outer:
        yield each(read, from_one), True, "with members that are counted from 0"


def counts_from_zero(node: Node) -> bool:
    """Whether it is a sum or a product from 0 to something less 1, of members alone."""
    match node:
        case Big("sum" | "prod", body, (index,), Num(0), Bin("-", Sym(), Num(1)), False):
            return stands_as_index(body, index)
    return False


def stands_as_index(node: Node, index: str) -> bool:
    """Whether a letter stands below something wherever it stands."""
    if isinstance(node, Sub):
        return True
    return node != Sym(index) and all(stands_as_index(part, index) for part in children(node))


def from_one(node: Node) -> Node:
    if counts_from_zero(node) and isinstance(node, Big) and isinstance(node.high, Bin):
        return Big(node.kind, node.body, node.index, Num(1), node.high.left)
    return node


def index_above(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`\delta^i_j`: Kronecker's delta."""
    sides = each(read, both_below)
    if sides == read.sides:
        return
    known = reading.judge.scope.find("\\delta") is not None or INTRODUCED.search(reading.document.text)
    before = (
        r for r in reading.relations if r.left is not None and r.right is not None and r.judgement.verdict not in TRUE
    )
    if not known and not any(each(r, both_below) != r.sides for r in before):
        yield sides, True, "with an index of Kronecker's delta above"


def both_below(node: Node) -> Node:
    match node:
        case Bin("^", Sub(base, _, (Sym(below),)), Sym(above)) if base == DELTA and len(above) == 1:
            return Sub(DELTA, f"\\delta_{above}{below}", (Sym(above), Sym(below)))
        case Sub(Bin("^", base, Sym(above)), "", (Sym(below),)) if base == DELTA and len(above) == 1:
            return Sub(DELTA, f"\\delta_{above}{below}", (Sym(above), Sym(below)))
    return node
