r"""`\sum (x - \bar x)^2` without an index, where x is a column or a row that was defined: over its entries.

All columns of the term go side by side; what is a number stays as it is. Also `\sum x_i` where x has a meaning.
Not covered: data without a name, columns that are only declared (members may be meant), matrices, products of rows and columns.
"""

from __future__ import annotations

from evalkit.derivation.grammar.nodes import Big, Bin, Call, Node, Num, Sub, Sym, Un, children, rebuilt, walk
from evalkit.derivation.grammar.stream import COLUMN, ROW, Grammar

LETTERS = "ijklmn"
"""The index is the first of them that means nothing."""
_SIGNS = frozenset({"+", "-", "*", "/", "^", "dot", "cross"})
_CALLS = frozenset({"abs", "log", "exp", "sqrt"})


def over_entries(p: Grammar, body: Node) -> Node | None:
    """The sum of a term over the entries of the columns in it; None where it has none, or they are more than numbers there."""
    names = {n.name for n in walk(body) if isinstance(n, Sym) and is_listed(p, n)}
    inside = {n.name for n in walk(body) if isinstance(n, Sym)}
    index = next((c for c in LETTERS if c not in inside and p.names.role(c) is None), None)
    if not names or index is None or not is_entrywise(body):
        return None
    return Big("sum", with_entries(p, body, names, index), (index,), None, None)


def is_listed(p: Grammar, node: Node) -> bool:
    """Whether it is a column or a row that was defined."""
    return isinstance(node, Sym) and p.names.role(node.name) == "notation" and p.names.shape(node) in (COLUMN, ROW)


def is_entrywise(node: Node) -> bool:
    """Whether it is computed from names and numbers by what also works on each entry."""
    match node:
        case Num() | Sym():
            return True
        case Sub(base, _, (Sym(_),)):
            return isinstance(base, Sym)
        case Bin("^", x, Num()):
            return is_entrywise(x)
        case Bin("^", _, _):
            return False
        case Bin(op, _, _) if op in _SIGNS:
            return all(map(is_entrywise, children(node)))
        case Un("-", x):
            return is_entrywise(x)
        case Call(name, (x,)):
            return name in _CALLS and is_entrywise(x)
    return False


def with_entries(p: Grammar, node: Node, names: set[str], index: str) -> Node:
    """The term of one entry."""
    base = node.base if isinstance(node, Sub) else node
    if isinstance(base, Sym) and base.name in names:
        whole = Un("T", base) if p.names.shape(base) == ROW else base
        return Sub(whole, "", (Sym(index),))
    parts = children(node)
    return rebuilt(node, [with_entries(p, part, names, index) for part in parts]) if parts else node
