r"""The names of an unknown loss: by what it is derived, and what a text calls its gradients, `\delta = \partial J/\partial y`."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeGuard

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.derivatives import LOSS as UNNAMED
from evalkit.derivation.grammar.nodes import (
    Bin,
    Diff,
    Grad,
    Node,
    Num,
    Sub,
    Sym,
    Unreadable,
    children,
    rebuilt,
    walk,
)
from evalkit.derivation.grammar.stream import SCALAR
from evalkit.derivation.text.document import MathSpan
from evalkit.derivation.worlds.entries import Alias, Entry, Family
from evalkit.derivation.worlds.scope import Defined, Drawn, Scope, family_key, names_behind, names_in, unbound_names

NAMING_AFTER = re.compile(
    r"\W*(?:which\s+|that\s+)?(?:(?:is|we|will|be)\s+){0,3}(?:call(?:ed)?|denoted?|written|write|named?|abbreviated)\b[^.]*|\s*(?:by|as)\s*|"
    r"[^.。]{0,6}(?:记作|记为|记)[^.。]{0,4}"
)
NAMING_BEFORE = re.compile(r"\s*(?:be|is|for|denotes?|means?|stands?\s+for)\b[^.]*|\s*(?:为|表示)[^.。]*")
BACK = 60
"""Relations before in which is looked for names of gradients."""
FROM_NAME = 60
"""Words between a gradient and its name, in either order; characters between the two."""


def signals(before: Sequence[Read], scope: Scope, spoken: Mapping[str, Entry] | None = None) -> dict[str, Entry]:
    r"""`\delta = \partial J/\partial y`, `g_i = \partial J/\partial y_i`: names without another meaning that the text gave to a
    gradient, and those that it then made of them, `\delta_1 = W_2^\top\delta_2 \odot \sigma'(z_1)`. spoken: those of its words."""
    out: dict[str, Entry] = dict(spoken or {})
    for read in before:
        head, body = read.left, read.right
        if not isinstance(head, Sym | Sub):
            head, body = body, head
        if not isinstance(head, Sym | Sub) or read.op not in NAMED or read.negated or body is None:
            continue
        known = scope.extended(out)
        if known.resolve(head.name) is not None or known.family(family_key(head.name)[:-1]) is not None:
            continue
        if is_gradient(body) or (head is read.left and is_made_of_gradients(body, known, out)):
            out |= entry_of(head, body, scope)
    return out


NAMED = frozenset({"=", ":=", "equiv"})


def is_gradient(node: Node | None) -> TypeGuard[Grad]:
    r"""`\partial J/\partial y` of a name."""
    return isinstance(node, Grad) and node.order == 1 and isinstance(node.f, Sym) and isinstance(node.by, Sym | Sub)


def is_of_known(node: Grad, scope: Scope) -> bool:
    """Whether something unknown is derived by a name that has a meaning."""
    by = whole_name(node.by, scope) if isinstance(node.by, Sym | Sub) else None
    return by is not None and isinstance(node.f, Sym) and node.f.name != "" and scope.resolve(node.f.name) is None


def is_made_of_gradients(node: Node, scope: Scope, named: Collection[str]) -> bool:
    """Whether nothing in it is unknown but a number that is derived, and there is one, or the name of a gradient."""
    lost = set(unbound_names(scope, node))
    derived = {n.name for n in inside_derivatives(node)}
    return lost <= derived and bool(lost or set(names_in(node)) & set(named))


def entry_of(head: Sym | Sub, body: Node, scope: Scope) -> dict[str, Entry]:
    """What a name is that stands for this; that of a family where it has indices. Nothing where it is in it."""
    index = (head.index or ()) if isinstance(head, Sub) else ()
    letters = [i.name for i in index if isinstance(i, Sym) and scope.find(i.name) is None]
    if {head.name, family_key(head.name) if letters else ""} & set(names_in(body)):
        return {}
    if not letters:
        return {head.name: Defined(body, (), None, "reply")}
    if len(letters) != len(index) or len(letters) > 2 or len(set(letters)) < len(letters):
        return {}
    running = {
        m.name
        for n in walk(body)
        if isinstance(n, Sub) and scope.find(n.name) is None
        for i in n.index or ()
        for m in walk(i)
        if isinstance(m, Sym)
    }
    if not set(letters) <= running:  # c_t of a time
        return {head.name: Defined(body, (), None, "reply")}
    return {
        family_key(head.name): Defined(body, (), letters[0], "reply", second=letters[1] if len(letters) > 1 else None)
    }


def spoken_signals(reading: Reading) -> dict[str, Entry]:
    r"""`let $\delta$ denote the upstream gradient $\partial J/\partial y$`, `$\partial J/\partial y$ (call it $G$)`."""
    spans, text, scope = reading.document.spans, reading.document.text, reading.judge.scope
    out: dict[str, Entry] = {}
    for start, _, node in reading.mentions:
        at = bisect_right(spans, start, key=lambda span: span.start) - 1
        if not is_gradient(node) or not is_of_known(node, scope):
            continue
        beside = [(spans[i], spans[i + 1]) for i in (at - 1, at) if i >= 0 and i + 1 < len(spans)]
        for first, then in beside:
            between = (
                text[first.outer_end : then.outer_start] if then.outer_start - first.outer_end <= FROM_NAME else "."
            )
            named = first if first.end < start else then
            words = NAMING_BEFORE if named is first else NAMING_AFTER
            head = lone_name(reading, named) if words.fullmatch(between) else None
            if (
                head is not None
                and scope.resolve(head.name) is None
                and scope.family(family_key(head.name)[:-1]) is None
            ):
                out |= entry_of(head, node, scope)
    return out


def lone_name(reading: Reading, span: MathSpan) -> Sym | Sub | None:
    """The name that stands alone in a stretch of mathematics."""
    found = reading.tokens(span)
    if isinstance(found, Unreadable) or len(found) != 1 or found[0].ops:
        return None
    try:
        node = reading.parse(found[0].sides[0])
    except Unreadable:
        return None
    return node if isinstance(node, Sym | Sub) and node.name else None


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


def declared(sides: Sequence[Node]) -> set[str]:
    """The names that are derived by something, or whose differential is a side by itself."""
    whole = {side.x.name for side in sides if isinstance(side, Diff) and isinstance(side.x, Sym)}
    return whole | {n.f.name for side in sides for n in walk(side) if isinstance(n, Grad) and isinstance(n.f, Sym)}


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
                    other = scope.entries.get(name)
                    yield other.to if isinstance(other, Alias) else name


def whole_name(node: Sym | Sub, scope: Scope) -> str | None:
    """The name, or that of the column or matrix of which it is an entry or a member; None where it has no meaning."""
    if scope.find(node.name) is not None or scope.is_family(node.name) or scope.of_layer(node.name) is not None:
        return node.name
    if not isinstance(node, Sub) or node.index is None or not isinstance(node.base, Sym | Sub):
        return None
    found = scope.family(node.base.name)
    if found is not None and isinstance(found[1], Family):
        return found[1].of.name if isinstance(found[1].of, Sym | Sub) else None
    known = found is not None or scope.find(node.base.name) is not None or scope.of_layer(node.base.name) is not None
    return node.base.name if known else None


def last(scope: Scope, names: list[str]) -> list[str]:
    """Those on which no other one depends."""
    behind = {n: names_behind(scope, n) - {n, f"{n}_"} for n in names}
    return [n for n in names if not any(n in behind[other] for other in names if other != n)]


def letters_behind(scope: Scope, names: list[str]) -> set[str]:
    """The letters of the names' own on which they depend, that may move."""
    behind = {n for name in names for n in names_behind(scope, name)}
    entries = {n: scope.entries.get(n) for n in behind}
    return {n for n, e in entries.items() if isinstance(e, Drawn) and not e.kinds & {"data", "fixed", "size"}}


def moves_all(scope: Scope, loss: str, ends: list[str], moved: Collection[str]) -> bool:
    """Whether a relation with these differentials speaks of all on which the loss depends, or not of how it changes."""
    letters = set(moved) - {loss, *ends}
    if loss in moved:
        return (set(ends) <= set(moved) - letters and not letters) or letters_behind(scope, ends) <= letters
    return not letters or not set(ends) & set(moved) or letters_behind(scope, ends) <= letters
