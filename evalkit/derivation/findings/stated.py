r"""Does an equation state the quantity that a milestone asks for? Looked at for milestones that are plain algebra.

`z_i - \log S = \log e^{z_i} - \log S` has the values of `\log p_i = z_i - \log S` on both sides and says nothing of p. What is
asked for is told by the milestone: of the names that only one of its sides has, the one that is defined by the other's.
It must stand on one side of the equation and not on the other: by its name, by a name that the reply gave it, or written out
as a quotient or a function of that value. Where neither side is defined by the other, names that stand on one side of the
milestone must not stand on both.

Not covered: quantities that are written out as sums and products; milestones both of whose sides have the same names.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

import numpy as np

from evalkit.derivation.findings.evidence import equals, safe_value
from evalkit.derivation.findings.matching import heads
from evalkit.derivation.following.grounds import meant
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Sub, Sym, children, walk
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.indices import loose_indices
from evalkit.derivation.worlds.scope import Defined, Dimension, Index, Scope
from evalkit.derivation.worlds.values import Local, Trouble, number
from evalkit.derivation.worlds.world import GENERIC

MAX_PARTS = 60
"""Parts of a side that are compared with a quantity."""


def states(staff: Judge, form: tuple[Node, Node], judge: Judge, left: Node, right: Node) -> bool:
    """Whether an equation of a reply speaks of what the form of a milestone asks for on one of its sides alone."""
    scope = staff.scope
    first, second = (named(scope, side) for side in form)
    ways = [way for way in ((first, second), (second, first)) if way[0] - way[1]]
    asked = [way for way in ways if way[1] - way[0] <= rest(scope, way[0] - way[1], frozenset())]
    found = []
    for mine, others in asked if len(asked) == 1 else ways:
        wanted = {n for n in rest(scope, mine - others, others) if n in mine or is_given(scope, n)}
        found.append([speaks_of(staff, judge, side, wanted) for side in (left, right)])
    if len(asked) != 1:
        return not found or any(a != b for a, b in found) or not any(a and b for a, b in found)
    here, there = found[0]
    return here != there or (not here and written_out(scope, asked[0][0] - asked[0][1], left, right))


def named(scope: Scope, side: Node) -> frozenset[str]:
    """The names of a side that mean something, sizes and indices aside."""
    found = (scope.find(name) for name in meant(side, scope))
    return frozenset(f[0] for f in found if f is not None and not isinstance(f[1], Dimension | Index))


def rest(scope: Scope, names: frozenset[str], but: frozenset[str]) -> frozenset[str]:
    """The names, and those by which the problem defines them, some aside."""
    seen: set[str] = set()
    todo = sorted(names)
    while todo:
        name = todo.pop()
        if name in seen or name in but:
            continue
        seen.add(name)
        entry = scope.entries.get(name)
        if isinstance(entry, Defined) and entry.source == "problem":
            todo += sorted(named(scope, entry.body))
    return frozenset(seen)


def is_given(scope: Scope, name: str) -> bool:
    """Whether the problem defines a name."""
    entry = scope.entries.get(name)
    return isinstance(entry, Defined) and entry.source == "problem"


def written_out(scope: Scope, names: frozenset[str], left: Node, right: Node) -> bool:
    """Whether one side alone has the functions and sums by which the problem defines one of these names."""
    bodies = [heads(e.body) for n in names if isinstance(e := scope.entries.get(n), Defined) and e.source == "problem"]
    return any(body and (body <= heads(left)) != (body <= heads(right)) for body in bodies)


def speaks_of(staff: Judge, judge: Judge, side: Node, wanted: set[str]) -> bool:
    """Whether a side has one of these names, a name of the reply's own for it, or an expression of its value."""
    if of_reply(judge.scope_of(GENERIC), side) & wanted:  # not what it assumed a free letter to be
        return True
    values = [v for name in sorted(wanted) if isinstance(staff.scope.entries.get(name), Defined)
              for v in (safe_value(staff.general, Sym(name)),) if v is not None]  # fmt: skip
    return bool(values) and any(is_value(judge.general, part, values) for part in islice(parts(side), MAX_PARTS))


def of_reply(scope: Scope, side: Node) -> set[str]:
    """The names of a side, and those behind what the reply defined."""
    seen: set[str] = set()
    todo = sorted(named(scope, side))
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            entry = scope.entries.get(name)
            if isinstance(entry, Defined) and entry.source == "reply":
                todo += sorted(named(scope, entry.body))
    return seen


def parts(side: Node) -> Iterator[Node]:
    """What may be a quantity, or one written out: names, and quotients and values of functions inside."""
    names = (n for n in (side,) if isinstance(n, Sym | Sub))  # as a whole both sides have the value that is asked for
    inside = (n for part in children(side) for n in walk(part))
    return chain(names, (n for n in inside if isinstance(n, Sym | Sub | Call) or (isinstance(n, Bin) and n.op == "/")))


def is_value(env: Env, part: Node, values: list[Array]) -> bool:
    """Whether a part has one of these values, or is its first entry where its indices are 1."""
    try:
        free = loose_indices(env, part, {})
        local: Local = {name: number(1.0) for name in free}
        env.begin()
        with np.errstate(all="ignore"):
            value = env.value(part, local)
    except (Trouble, ValueError, ArithmeticError, RecursionError, np.linalg.LinAlgError):
        return False
    if not isinstance(value, np.ndarray) or value.ndim != 2:
        return False
    return any(equals(value, v[:1, :1] if free else v) for v in values)
