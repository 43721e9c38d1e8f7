r"""`\partial l/\partial x = \partial l/\partial u \cdot \partial u/\partial x + \partial l/\partial m \cdot \partial m/\partial x`: the chain rule by paths.

Where one of the letters between depends on another, each factor may be the direct derivative with the others held, or the
one through them; the worlds derive through them. Nothing is in doubt where none depends on another, or with one path alone.
"""

from __future__ import annotations

from evalkit.derivation.following.grounds import Grounds
from evalkit.derivation.following.reading import Read
from evalkit.derivation.grammar.nodes import Big, Bin, Grad, Node, Sub, Sym, base_name, summands
from evalkit.derivation.verdicts.verdict import Verdict

PATHS = 2
"""Products of derivatives from which on letters between may be counted twice."""


def by_paths(grounds: Grounds, read: Read) -> str:
    """Sums up what a derivative has by several letters, of which one depends on another."""
    if read.judgement.verdict is not Verdict.FAILS:
        return ""
    for whole, side in (read.sides, read.sides[::-1]):
        if not isinstance(whole, Grad):
            continue
        between = [path(term, whole) for term in summands(side)]
        if len(between) < PATHS or not all(between):
            continue
        letters = [letter for letter in between if letter is not None]
        if any(rests_on(grounds, read, a, b) for a in letters for b in letters if a != b):
            return "each factor may be derived with the other letters held"
    return ""


def path(term: Node, whole: Grad) -> Node | None:
    """The letter m of a product `df/dm dm/dx`, with or without a sum around it."""
    while isinstance(term, Big) and term.kind == "sum":
        term = term.body
    factors: list[Node] = []
    stack = [term]
    while stack:
        node = stack.pop()
        if isinstance(node, Bin) and node.op in ("*", "/"):
            stack += [node.right, node.left] if node.op == "*" else [node.left]
        else:
            factors.append(node)
    slopes = [n for n in factors if isinstance(n, Grad)]
    first = next((n for n in slopes if n.f == whole.f), None)
    last = next((n for n in slopes if n.by == whole.by), None)
    return first.by if first is not None and last is not None and first is not last else None


def rests_on(grounds: Grounds, read: Read, one: Node, other: Node) -> bool:
    """Whether a letter is made of another one."""
    names = grounds.judge(read).general.depends(one)
    return isinstance(other, Sym | Sub) and bool(
        {other.name, base_name(other) if isinstance(other, Sub) else other.name} & names
    )
