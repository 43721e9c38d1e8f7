r"""The names of an unknown loss: by what it is derived, and what a text calls its gradients, `\delta = \partial J/\partial y`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.derivation.following.reading import Read
from evalkit.derivation.grammar.derivatives import LOSS as UNNAMED
from evalkit.derivation.grammar.nodes import Bin, Diff, Grad, Node, Num, Sub, Sym, children, rebuilt, walk
from evalkit.derivation.grammar.stream import SCALAR
from evalkit.derivation.worlds.entries import Family
from evalkit.derivation.worlds.scope import Defined, Drawn, Scope, names_behind, names_in, unbound_names


def signals(before: Sequence[Read], scope: Scope) -> dict[str, Node]:
    r"""`\delta = \partial J/\partial y`: names without another meaning that the text gave to a gradient, and those that it then
    made of them, `\delta_1 = W_2^\top\delta_2 \odot \sigma'(z_1)`."""
    out: dict[str, Node] = {}
    for read in before:
        head, body = read.left, read.right
        if not isinstance(head, Sym | Sub):
            head, body = body, head
        if not isinstance(head, Sym | Sub) or read.op != "=" or read.negated or scope.resolve(head.name) is not None:
            continue
        if isinstance(body, Grad) and isinstance(body.f, Sym) and isinstance(body.by, Sym | Sub):
            out.setdefault(head.name, body)
        elif body is not None and head is read.left and out.keys() & (inside := set(names_in(body))):
            made = head.name not in inside and set(unbound_names(scope, body)) <= out.keys()
            out |= {head.name: body} if made and head.name not in out else {}
    return out


def told(before: list[Read]) -> frozenset[str]:
    r"""The losses J of which the text said `\nabla S = \partial J/\partial S`, or `\nabla_S`: its gradients are those of J."""
    found = set()
    for read in before:
        match read.left, read.right:
            case ((Grad(Sym() | Sub() as a, Sym("")) | Grad(Sym("loss"), a)), Grad(Sym(loss), b)) if a == b:
                found.add(loss)
    return frozenset(found)


def factored(node: Node, scope: Scope) -> Node:
    r"""`\nabla_W = \nabla_y x^\top`: a factor behind a derivative that does not depend on what it is by is no part of it."""
    if isinstance(node, Grad) and isinstance(node.by, Sym | Sub) and node.f != Sym(UNNAMED) and node.order == 1:
        behind = {n for name in names_in(node.f) for n in names_behind(scope, name)} | set(names_in(node.f))
        return Bin("*", Grad(Sym(UNNAMED), node.by), node.f) if node.by.name and node.by.name not in behind else node
    parts = children(node)
    return rebuilt(node, [factored(part, scope) for part in parts]) if parts else node


def named_by(node: Node, losses: frozenset[str], scope: Scope) -> Node:
    r"""The tree with `\partial J/\partial S` for every `\nabla S` of a column or a matrix, where J is the one that was told."""
    if len(losses) != 1:
        return node
    if isinstance(node, Grad) and node.f == Sym(UNNAMED):
        return Grad(Sym(next(iter(losses))), node.by)
    if isinstance(node, Grad) and node.by == Sym("") and isinstance(node.f, Sym | Sub):
        found = scope.find(node.f.name)
        known = found is not None and isinstance(found[1], Drawn | Defined) and scope.shape(node.f) != SCALAR
        return Grad(Sym(next(iter(losses))), node.f) if known else node
    parts = children(node)
    return rebuilt(node, [named_by(part, losses, scope) for part in parts]) if parts else node


def inside_derivatives(node: Node) -> Iterator[Sym | Sub]:
    """The names that are derived, or of which there is a differential."""
    for n in walk(node):
        of = n.f if isinstance(n, Grad) and n.order == 1 else n.x if isinstance(n, Diff) else None
        if isinstance(of, Sym) or (isinstance(of, Sub) and all(isinstance(i, Num) for i in of.index or ())):
            yield of


def outside_derivatives(node: Node) -> Iterator[Node]:
    """The parts that are not what is derived."""
    if isinstance(node, Grad | Diff):
        of = node.f if isinstance(node, Grad) else node.x
        if isinstance(of, Sym | Sub):
            yield from outside_derivatives(node.by) if isinstance(node, Grad) else ()
            return
    yield node
    for part in children(node):
        yield from outside_derivatives(part)


def derived_by(nodes: list[Node], loss: str, scope: Scope) -> Iterator[str]:
    """The names by which the loss is derived; those of whole columns and matrices where it is by an entry."""
    for node in nodes:
        for n in walk(node):
            if isinstance(n, Grad) and isinstance(n.f, Sym | Sub) and n.f.name == loss and isinstance(n.by, Sym | Sub):
                name = whole_name(n.by, scope)
                if name is not None:
                    yield name


def whole_name(node: Sym | Sub, scope: Scope) -> str | None:
    """The name, or that of the column or matrix of which it is an entry or a member; None where it has no meaning."""
    if scope.find(node.name) is not None or scope.is_family(node.name):
        return node.name
    if not isinstance(node, Sub) or node.index is None or not isinstance(node.base, Sym | Sub):
        return None
    found = scope.family(node.base.name)
    if found is not None and isinstance(found[1], Family):
        return found[1].of.name if isinstance(found[1].of, Sym | Sub) else None
    return node.base.name if found is not None or scope.find(node.base.name) is not None else None


def last(scope: Scope, names: list[str]) -> list[str]:
    """Those on which no other one depends."""
    behind = {n: names_behind(scope, n) - {n, f"{n}_"} for n in names}
    return [n for n in names if not any(n in behind[other] for other in names if other != n)]


def letters_behind(scope: Scope, names: list[str]) -> set[str]:
    """The letters of the names' own on which they depend, that may move."""
    behind = {n for name in names for n in names_behind(scope, name)}
    entries = {n: scope.entries.get(n) for n in behind}
    return {n for n, e in entries.items() if isinstance(e, Drawn) and not e.kinds & {"data", "fixed", "size"}}
