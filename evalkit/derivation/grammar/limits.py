r"""`[F(x)]_a^b`: the variable is that over which the chain integrates, whatever else stands in F.

Not covered: chains that integrate over several variables.
"""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.derivation.grammar.nodes import Big, Call, Node, Sym, Unreadable, children, rebuilt, walk


def with_variables(sides: Sequence[Node | Unreadable]) -> list[Node | Unreadable]:
    r"""The sides of a chain, with `[F]_a^b` in the variable of its integrals: `\\int_0^1 a x dx = [a x^2/2]_0^1`."""
    nodes = (n for side in sides if not isinstance(side, Unreadable) for n in walk(side))
    over = {n.index[0] for n in nodes if isinstance(n, Big) and n.kind == "int" and len(n.index) == 1}
    if len(over) != 1:
        return list(sides)
    variable = Sym(over.pop())
    return [side if isinstance(side, Unreadable) else in_variable(side, variable) for side in sides]


def in_variable(node: Node, variable: Sym) -> Node:
    """The tree with every `[F]_a^b` in this variable, where F has it."""
    if not any(isinstance(n, Call) and n.name == "between" for n in walk(node)):
        return node
    parts = [in_variable(n, variable) for n in children(node)]
    if isinstance(node, Call) and node.name == "between" and len(parts) == 3 and variable in walk(parts[0]):
        return Call("between", (*parts, variable))
    return rebuilt(node, parts)
