r"""`\log \frac{p(x)}{q(x)}` as the sum that it is: far out both densities are 0 in figures, and their logarithms are not.

Right where all factors are positive; where one is not, the parts have no value. Not covered: logarithms to a base, of sums, of products over an index.
"""

from __future__ import annotations

from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Sub, Sym, children, rebuilt, substitute_index, walk
from evalkit.derivation.worlds.scope import Defined, Scope

MAX_NODES, MAX_DEPTH = 300, 12


def parted(node: Node, scope: Scope) -> Node:
    """The tree with a sum for each logarithm of a product, a quotient, a power or an exponential."""
    if sum(1 for _ in walk(node)) > MAX_NODES:
        return node
    return in_parts(node, scope)


def in_parts(node: Node, scope: Scope) -> Node:
    if isinstance(node, Call) and node.name == "log" and len(node.args) == 1:
        return log_of(node.args[0], scope, MAX_DEPTH)
    parts = children(node)
    return rebuilt(node, [in_parts(part, scope) for part in parts]) if parts and not isinstance(node, Sub) else node


def log_of(node: Node, scope: Scope, depth: int) -> Node:
    """The logarithm of a positive number."""
    if depth == 0:
        return Call("log", (node,))
    match node:
        case Bin("*" | "/" as op, left, right):
            return Bin("+" if op == "*" else "-", log_of(left, scope, depth - 1), log_of(right, scope, depth - 1))
        case Bin("^", Sym("e"), right) if scope.find("e") is None:
            return right
        case Bin("^", left, right) if not isinstance(right, Num) or right.value % 2:
            return Bin("*", right, log_of(left, scope, depth - 1))
        case Call("exp", (inside,)):
            return inside
        case Call("sqrt", (inside,)):
            return Bin("/", log_of(inside, scope, depth - 1), Num(2.0))
        case Call(name, (argument,)):
            found = scope.find(name)
            if found is not None and isinstance(found[1], Defined) and len(found[1].params) == 1 and not found[1].index:
                return log_of(substitute_index(found[1].body, found[1].params[0], argument), scope, depth - 1)
    return Call("log", (node,))
