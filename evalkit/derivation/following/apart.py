r"""An index that a sum binds and that is free beside it: `p_k = q_k / \sum_k q_k` says `q_k / \sum_l q_l`.

Not covered: a sum that is meant to reach over the next term as well (following/rewritten.py).
"""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.grammar.nodes import Big, Node, Sub, Sym, children, rebuilt, walk

LETTERS = "lmpqrstuvijk"
"""What an index is called instead, the first that is not used."""


def loose_letters(node: Node, bound: frozenset[str] = frozenset()) -> set[str]:
    """The letters of subscripts that no sum around them binds."""
    if isinstance(node, Big):
        bound |= set(node.index)
    here = (
        {m.name for i in node.index for m in walk(i) if isinstance(m, Sym)} - bound
        if isinstance(node, Sub) and node.index
        else set()
    )
    return here.union(*(loose_letters(part, bound) for part in children(node)))


def sums_apart(left: Node, right: Node) -> tuple[Node, Node]:
    """Both sides, with other letters for the indices of sums that are free in one of them."""
    taken = loose_letters(left) | loose_letters(right)
    return with_other_indices(left, taken), with_other_indices(right, taken)


def with_other_indices(body: Node, taken: set[str]) -> Node:
    """An expression whose sums run over other letters than these."""
    used = {n.name for n in walk(body) if isinstance(n, Sym)} | taken
    for index in sorted({i for n in walk(body) if isinstance(n, Big) for i in n.index} & taken):
        new = next((letter for letter in "lmpqrstuvijk" if letter not in used), None)
        if new is not None:
            used.add(new)
            body = with_index(body, index, new, inside=False)
    return body


def with_index(node: Node, old: str, new: str, *, inside: bool) -> Node:
    """The tree with another letter for an index where a sum binds it."""
    if isinstance(node, Big) and old in node.index:
        inside, node = True, replace(node, index=tuple(new if i == old else i for i in node.index))
    if isinstance(node, Sym):
        return Sym(new) if inside and node.name == old else node
    if isinstance(node, Sub):
        if not inside or not node.index:
            return node
        name, _, below = node.name.partition("_")
        below = ",".join(new if i == old else i for i in below.split(","))
        index = tuple(with_index(i, old, new, inside=True) for i in node.index)
        return Sub(node.base, f"{name}_{below}", index)
    parts = children(node)
    return rebuilt(node, [with_index(part, old, new, inside=inside) for part in parts]) if parts else node
