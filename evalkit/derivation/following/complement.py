r"""`U_\perp` beside `U_k`: what a leading block of a decomposition's factor leaves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from evalkit.derivation.grammar.nodes import Bin, Node, Num, Slice, Sub, Sym, walk
from evalkit.derivation.worlds.scope import Defined, Dimension, Entry, Factor, Scope

MARK = "perp"


def complements(scope: Scope, nodes: Iterable[Node], said: Iterable[Node], *, thin: bool) -> dict[str, Entry]:
    r"""Meanings for the names `U_\perp`, `\Sigma_\perp`, `V_\perp` in `nodes` that have none, and for what they rest on.

    The leading block is that of the same decomposition in `nodes` or, last first, in `said`. thin: of the factors as the
    problem declares them; otherwise of the full decomposition, where `V_kV_k^T + V_\perp V_\perp^T = I`. Empty where no
    leading block is named.
    """
    nodes = list(nodes)
    unknown = {}
    for n in (n for node in nodes for n in walk(node)):
        if isinstance(n, Sub) and n.index == (Sym(MARK),) and isinstance(n.base, Sym) and not scope.find(n.name):
            found = scope.find(n.base.name)
            if found is not None and isinstance(found[1], Factor):
                unknown[n.name] = (found[0], found[1])
    out: dict[str, Entry] = {}
    for name, (factor, entry) in unknown.items():
        size = leading(scope, entry, [*nodes, *said])
        if size is None:
            return {}
        whole = factor
        if entry.kind == "thin svd" and not thin:
            whole = f"\\full@{factor}"
            out[whole] = replace(entry, kind="full svd", shape=None, source="reply")
        rest = Slice(Bin("+", size, Num(1)), None)
        out[name] = Defined(Sub(Sym(whole), "", (rest,)), (), None, "reply")
    return out


def leading(scope: Scope, entry: Factor, nodes: Iterable[Node]) -> Node | None:
    """The size `k` of the first leading block `U_k` of a decomposition."""
    for n in (n for node in nodes for n in walk(node)):
        if not (isinstance(n, Sub) and isinstance(n.base, Sym) and n.index is not None and len(n.index) == 1):
            continue
        found, size = scope.find(n.base.name), n.index[0]
        if found is None or not isinstance(found[1], Factor) or found[1].of != entry.of or not isinstance(size, Sym):
            continue
        named = scope.find(size.name)
        if named is not None and isinstance(named[1], Dimension):
            return size
    return None
