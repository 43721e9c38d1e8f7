r"""The upper or the lower sign for `\pm`."""

from __future__ import annotations

from evalkit.derivation.grammar.nodes import EITHER, Node, Num, Sym, children, rebuilt


def put(node: Node, sign: float) -> Node:
    if node == Sym(EITHER):
        return Num(sign)
    parts = children(node)
    return rebuilt(node, [put(part, sign) for part in parts]) if parts else node
