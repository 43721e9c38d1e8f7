r"""An indicator of values that are drawn, `1\{y_i = 0\}`, is 0 in every world: what is said of it is shown only where it is 1, too.

Not covered: values by cases that are no indicator, ranges of indices, several indicators that are 1 at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evalkit.derivation.grammar.nodes import Call, Node, Num, Sym, children, rebuilt, walk
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import Drawn

SETTLED = {"=": 0.0, "neq": 1.0}
"""What the indicator of two drawn values with this sign between is in every world."""
WHOLE = frozenset({"integer", "onehot", "size"})


def otherwise_decided(env: Env, left: Node, right: Node) -> Iterator[tuple[Node, Node]]:
    """Both sides with the other value of the indicators that compare two things and are the same in every world."""
    found = {n: settled(env, n) for side in (left, right) for n in walk(side) if is_indicator(n)}
    for compared in dict.fromkeys(sides(n) for n, value in found.items() if value is not None):
        new = {n: Num(1.0 - value) for n, value in found.items() if value is not None and sides(n) == compared}
        yield put(left, new), put(right, new)


def is_indicator(node: Node) -> bool:
    return isinstance(node, Call) and node.name == "cases" and node.args[::2] == (Num(1), Num(0))


def settled(env: Env, node: Node) -> float | None:
    """Its value, where it compares one number that is drawn with something else."""
    condition = node.args[1] if isinstance(node, Call) else None
    if not isinstance(condition, Call) or len(condition.args) != 3 or not isinstance(condition.args[1], Sym):
        return None
    entries = (env.scope.entries.get(n) for side in condition.args[::2] for n in env.depends(side))
    drawn = any(isinstance(e, Drawn) and e.subset is None and not e.kinds & WHOLE for e in entries)
    return SETTLED.get(condition.args[1].name) if drawn else None


def sides(node: Node) -> tuple[Node, ...]:
    """What an indicator compares."""
    condition = node.args[1] if isinstance(node, Call) else None
    return condition.args[::2] if isinstance(condition, Call) else ()


def put(node: Node, new: Mapping[Node, Node]) -> Node:
    """A tree with other trees in the place of some."""
    if node in new:
        return new[node]
    parts = children(node)
    return rebuilt(node, [put(part, new) for part in parts]) if parts else node
