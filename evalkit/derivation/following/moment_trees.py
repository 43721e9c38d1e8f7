"""What stands in moments, and outside of them: questions about the tree of a relation, and trees without or without labels of moments."""

from __future__ import annotations

from collections.abc import Set

from evalkit.derivation.grammar.nodes import Big, Bin, Call, Node, Num, Sub, Sym, children, rebuilt, walk
from evalkit.derivation.worlds.moments import NAMES
from evalkit.derivation.worlds.scope import names_in

OVER = "E_"
"""How the mean over a distribution that is named begins: `E_p`."""


def is_moment(node: Node) -> bool:
    return any(isinstance(n, Call) and is_moment_name(n.name) for n in walk(node))


def is_moment_name(name: str) -> bool:
    """`E`, `Var`, `Cov`, and the mean over a distribution that is named: `E_p`."""
    return name in NAMES or name.startswith(OVER)


def is_bare(node: Node) -> bool:
    """The mean or the variance of a letter."""
    return isinstance(node, Call) and node.name in ("E", "Var") and isinstance(node.args[0], Sym | Sub)


def is_second(side: Node) -> bool:
    """Whether it has a variance, a covariance or the mean of a power: of means alone, another sign may say that one is 0."""
    inside = [n for n in walk(side) if isinstance(n, Call) and is_moment_name(n.name)]
    return any(n.name != "E" or any(isinstance(m, Bin) and m.op == "^" for m in walk(n)) for n in inside)


def is_conditional(name: str) -> bool:
    """Whether it names a mean or a variance under a condition."""
    return "|" in name and name.startswith(("E(", "Var("))


def unlabelled(node: Node) -> Node:
    """The tree with means over whatever there is."""
    parts = [unlabelled(part) for part in children(node)]
    if isinstance(node, Call) and node.name.startswith(OVER):
        return Call("E", tuple(parts))
    return rebuilt(node, parts) if parts else node


def without(node: Node) -> Node:
    """The tree with 1 for every moment."""
    if isinstance(node, Call) and node.name in NAMES:
        return Num(1)
    parts = children(node)
    return rebuilt(node, [without(part) for part in parts]) if parts else node


def arguments(*nodes: Node) -> list[Node]:
    """What stands in moments."""
    return [a for node in nodes for n in walk(node) if isinstance(n, Call) and n.name in NAMES for a in n.args]


def alone(*nodes: Node) -> set[str]:
    """Letters that are the whole argument of a moment."""
    return {a.name for a in arguments(*nodes) if isinstance(a, Sym | Sub)}


def takes_members_together(*sides: Node) -> bool:
    r"""Whether members of a family under a sum stand in anything but means of sums and sums of means: in `\operatorname{Var}(\sum_i X_i)`."""
    indices = {i for side in sides for n in walk(side) if isinstance(n, Big) for i in n.index}
    if not any(is_member(n, indices) for side in sides for n in walk(side)):
        return False
    calls = [n for side in sides for n in walk(side) if isinstance(n, Call) and is_moment_name(n.name)]
    return any(n.name != "E" and not n.name.startswith(OVER) for n in calls) or any(
        mixes(side, indices) for side in sides
    )


def mixes(node: Node, indices: Set[str]) -> bool:
    """Whether a member stands outside of its sum, or in a power or a product of sums."""
    if isinstance(node, Big):
        return False
    sums = sum(any(isinstance(n, Big) for n in walk(part)) for part in children(node))
    if isinstance(node, Bin) and node.op not in ("+", "-") and sums:
        above = node.op == "^" or (node.op == "/" and any(isinstance(n, Big) for n in walk(node.right)))
        if above or sums > 1:
            return True
    return is_member(node, indices) or any(mixes(part, indices) for part in children(node))


def is_member(node: Node, indices: Set[str]) -> bool:
    return isinstance(node, Sub) and any(i in names_in(part) for part in node.index or () for i in indices)
