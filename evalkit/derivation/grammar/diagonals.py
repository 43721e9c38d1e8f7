r"""`\operatorname{diag}(A)` of a matrix: its diagonal, as a column; or the diagonal matrix with it, beside matrices.

`A + \operatorname{diag}(A)`, `x^\top \operatorname{diag}(A) x` and `\operatorname{diag}(A) B` speak of a matrix.
Not covered: `D = \operatorname{diag}(A)`, where only later uses of D would tell; inverses of it alone.
"""

from __future__ import annotations

from evalkit.derivation.grammar.nodes import Bin, Call, Node, Sub, Sym, Un, children, rebuilt, summands, walk
from evalkit.derivation.grammar.stream import COLUMN, MATRIX, Names

DIAGONAL = "diag"


def settled(node: Node, names: Names) -> Node:
    """The tree with diagonal matrices where they must be."""
    return widened(node, names) if any(is_diagonal(n, names) for n in walk(node)) else node


def widened(node: Node, names: Names, wide: bool | None = None) -> Node:
    """wide: whether the node is a term beside a matrix; None where it is no term of a sum."""
    if isinstance(node, Bin) and node.op in "+-":
        if wide is None:
            wide = any(is_matrix(term, names) for term in summands(node))
        return rebuilt(node, [widened(part, names, wide) for part in (node.left, node.right)])
    if isinstance(node, Bin) and node.op == "*":
        parts = factors(node)
        beside = [wide or names.shape(after) in (COLUMN, MATRIX) or None for after in parts[1:]] + [wide]
        parts = [widened(part, names, before) for part, before in zip(parts, beside, strict=True)]
        return product(parts)
    if isinstance(node, Un) and node.op == "-":
        return Un("-", widened(node.x, names, wide))
    inner = children(node)
    node = rebuilt(node, [widened(part, names) for part in inner]) if inner else node
    return Call(DIAGONAL, (node,)) if wide and is_diagonal(node, names) else node


def is_diagonal(node: Node, names: Names) -> bool:
    """Whether it is the diagonal of a matrix."""
    return (
        isinstance(node, Call)
        and node.name == DIAGONAL
        and len(node.args) == 1
        and names.shape(node.args[0]) == MATRIX
        and not (isinstance(node.args[0], Call) and node.args[0].name == DIAGONAL)
    )


def is_matrix(node: Node, names: Names) -> bool:
    """Whether a term is a matrix, whatever diagonals are."""
    if any(is_diagonal(n, names) for n in factors(node)):
        return False
    return names.shape(node) == MATRIX or (isinstance(node, Sym | Sub) and node == Sym("I"))


def factors(node: Node) -> list[Node]:
    """The factors of a product, from left to right."""
    out: list[Node] = []
    while isinstance(node, Bin) and node.op == "*":
        out.append(node.right)
        node = node.left
    return [node, *reversed(out)]


def product(parts: list[Node]) -> Node:
    node = parts[0]
    for part in parts[1:]:
        node = Bin("*", node, part)
    return node
