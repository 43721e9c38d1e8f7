r"""A gradient of a loss that the text wrote without its name: `we minimise $\frac{1}{2N}\|y - Xw\|^2$`, so `\nabla L(w) = \frac1N X^\top(Xw - y)`.

The loss is what stood last before it as a formula of its own that the variable moves. What holds so is true; nothing is false by it.
Not covered: a loss in words alone, a penalty that only a later sentence adds.
"""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following.free import free_letters
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Call, Grad, Node, Sub, Sym, children, rebuilt, walk
from evalkit.derivation.grammar.stream import COLUMN, MATRIX
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.scope import Entry, Family, names_in

BACK = 1_500
"""Characters before a gradient in which its loss may stand."""


def of_unnamed_loss(reading: Reading, read: Read) -> Read | None:
    """Says what the gradient of a loss is that stands before it as a formula without a name."""
    scope, slope = reading.judge.scope, next((n for n in walk(read.sides[0]) if isinstance(n, Grad)), None)
    if slope is None or not isinstance(slope.f, Call | Sym) or scope.find(slope.f.name) is not None:
        return None
    args = slope.f.args if isinstance(slope.f, Call) else ()
    by = slope.by if slope.by != Sym("") else args[0] if len(args) == 1 else None
    if not isinstance(by, Sym) or scope.find(by.name) is None or reading.freed >= MAX_TRIED:
        return None
    loss = last_formula(reading, read, by.name)
    if loss is None:
        return None
    sides = tuple(with_loss(side, slope.f, loss, by) for side in read.sides)
    with reading.judge.trying(rows_of(reading, loss)):
        judgement = reading.judge.equation(*sides)
        if judgement.verdict is Verdict.UNBOUND:
            free = free_letters(reading, replace(read, left=sides[0], right=sides[1]))
            judgement = free.judgement if free is not None else judgement
    if judgement.verdict not in TRUE:
        return None
    return replace(read, judgement=replace(judgement, reason="of the formula before it"))


MAX_TRIED = 60
"""Relations with free letters after which none is tried."""


def last_formula(reading: Reading, read: Read, by: str) -> Node | None:
    """What stood last before it as a formula of its own, made of the variable and of data: a penalty alone is no loss."""
    scope = reading.judge.scope
    for start, _, node in reversed(reading.mentions):
        if start >= read.start:
            continue
        if start < read.start - BACK:
            return None
        if not isinstance(node, Sym | Sub | Call | Grad) and by in (names := set(names_in(node))):
            return node if any(scope.shape(Sym(n)) in (COLUMN, MATRIX) for n in names - {by}) else None
    return None


def with_loss(node: Node, name: Node, loss: Node, by: Sym) -> Node:
    """The tree with the gradient of the loss for that of its name."""
    if isinstance(node, Grad) and node.f == name and node.by in (by, Sym("")):
        return Grad(loss, by, node.order)
    parts = children(node)
    return rebuilt(node, [with_loss(part, name, loss, by) for part in parts]) if parts else node


def rows_of(reading: Reading, node: Node) -> dict[str, Entry]:
    """`x_i` for the rows of X, where nothing says what it is."""
    scope = reading.judge.scope
    letters = {n.base.name for n in walk(node) if isinstance(n, Sub) and isinstance(n.base, Sym) and n.index}
    unknown = [a for a in letters if scope.find(a) is None and scope.family(a) is None and a.islower()]
    return {f"{a}_": Family("rows", Sym(a.upper()), "reply") for a in unknown if scope.shape(Sym(a.upper())) == MATRIX}
