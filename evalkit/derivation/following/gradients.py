r"""`dZ_2 = A_2 - Y`, `dW_2 = \frac1m dZ_2 A_1^\top`: names of gradients of the cost, in a text that calls them so (grammar/gradients.py).

Where the problem defines one cost that depends on what stands behind the d, the name is its gradient. A cost that is a mean over m
samples leaves open whether `dZ` is the gradient of the cost or of the sum of the losses, as it is where weights alone have
the 1/m: what the text says without such names on the other side decides, and where that holds in neither way nothing is known.
Of a cost of which nothing is known see losses.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.derivation.following.grounds import Grounds
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.redefined import is_scalar_of_problem
from evalkit.derivation.grammar.gradients import BARS, GRADIENTS
from evalkit.derivation.grammar.nodes import Bin, Grad, Node, Sub, Sym, Unreadable, walk
from evalkit.derivation.grammar.relations import EQUAL, Statement
from evalkit.derivation.verdicts.verdict import TRUE
from evalkit.derivation.worlds.scope import Defined, Dimension, Drawn, Entry, Scope, family_key, names_behind, names_in

MAX_PAIRS, MAX_NAMES, MAX_TRIED = 100, 40, 10
"""Sides side by side that are looked at; names that get a meaning; relations by which it is chosen."""


def suppose_gradients(reading: Reading, parsed: Sequence[list[Statement] | Unreadable]) -> None:
    """Give the d-names of a text the gradients of the problem's cost for meanings."""
    scope = reading.judge.scope
    if not marks(scope):
        return
    pairs = list(pairs_of(reading, parsed))
    names = [n for pair in pairs for side in pair for n in walk(side) if isinstance(n, Sym | Sub)]
    by = {n: of for n in dict.fromkeys(names) if scope.find(n.name) is None and (of := without_d(n, scope)) is not None}
    costs = {c for of in by.values() for c in costs_of(reading, of)}
    if len(costs) != 1:
        return
    (cost,) = costs
    if any(of.name == cost for of in by.values()):
        return  # dz, where z is the last number that the problem knows: the loss comes behind it
    batches = batch_sizes(scope, cost)
    ways = [
        dict(entry(n, gradient(scope, cost, of, b), scope) for n, of in list(by.items())[:MAX_NAMES])
        for b in (None, *batches)
    ]
    about = [pair for pair in pairs if any(isinstance(side, Sym | Sub) and side in by for side in pair)][:MAX_TRIED]
    plain = [pair for pair in about if sum(n in by for side in pair for n in walk(side)) == 1]
    chosen = most_true(reading, ways, plain) or most_true(reading, ways, about) or (ways[0] if not batches else {})
    reading.judge.define(chosen)


def most_true(
    reading: Reading, ways: Sequence[dict[str, Entry]], pairs: Sequence[tuple[Node, Node]]
) -> dict[str, Entry]:
    """The meanings by which the most of these equations hold; none where none does."""
    held = []
    for entries in ways:
        with reading.judge.trying(entries):
            held.append(sum(reading.judge.equation(*pair).verdict in TRUE for pair in pairs))
    return ways[held.index(max(held))] if max(held) else {}


def of_named_gradient(grounds: Grounds, read: Read) -> str:
    """Rests on what a d before a name is taken for, which the text does not say."""
    scope = grounds.judge(read).scope
    if not marks(scope):
        return ""
    named = [
        n for side in read.sides for n in walk(side) if isinstance(n, Sym | Sub) and without_d(n, scope) is not None
    ]
    own = [n.name for n in named if n.name not in grounds.reading.setting.scope.entries]
    return f"{own[0]}: of what it is the gradient is not said" if own else ""


def pairs_of(reading: Reading, parsed: Sequence[list[Statement] | Unreadable]) -> Iterator[tuple[Node, Node]]:
    """Sides that are said to be equal, one right behind the other."""
    left = MAX_PAIRS
    for s in (s for statements in parsed if not isinstance(statements, Unreadable) for s in statements):
        for op, *sides in zip(s.ops, s.sides, s.sides[1:], strict=False):
            if op in EQUAL and left > 0:
                left -= 1
                try:
                    one, other = (reading.parse(side) for side in sides)
                except Unreadable:
                    continue
                yield one, other


def without_d(node: Sym | Sub, scope: Scope) -> Sym | Sub | None:
    """What a d-name, or one with a bar, is the gradient by, where that is known."""
    mark = next((m for m in marks(scope) if node.name.startswith(m)), "")
    name = node.name[len(mark) :]
    if not mark or not name or name[0] in "_^'":
        return None
    known = scope.resolve(name) is not None
    if isinstance(node, Sym):
        return Sym(name) if known else None
    base = without_d(node.base, scope) if isinstance(node.base, Sym) else None
    whole = Sym(node.base.name[len(mark) :]) if isinstance(node.base, Sym) else None
    if whole is None or not (known or base is not None or scope.find(family_key(name)) is not None):
        return None
    return Sub(whole, name, node.index)


def marks(scope: Scope) -> list[str]:
    """What stands before the names of gradients."""
    return [mark for style, mark in ((GRADIENTS, "d"), (BARS, "\\bar ")) if scope.writes(style)]


def costs_of(reading: Reading, of: Sym | Sub) -> list[str]:
    """The problem's numbers that depend on a name, and on which nothing else of the problem depends."""
    scope = reading.judge.scope
    found = [n for n, e in scope.entries.items() if not n.endswith("_") and is_scalar_of_problem(reading, (n, e))]
    names = {
        family_key(of.name),
        whole.name if isinstance(whole := of.base if isinstance(of, Sub) else of, Sym) else "",
    }
    known = scope.resolve(of.name)
    names |= {known[0]} if known is not None else set()
    behind = {n: names_behind(scope, n) for n in found}
    top = [n for n in found if not any(n in behind[other] for other in found if other != n)]
    return [n for n in top if names & behind[n] and n not in names]


def batch_sizes(scope: Scope, cost: str) -> list[str]:
    """The sizes that stand in a cost, by which it may be a mean."""
    found = scope.find(cost)
    body = found[1].body if found is not None and isinstance(found[1], Defined) else Sym("")
    return [n for n in names_in(body) if isinstance(scope.entries.get(n), Dimension)]


def gradient(scope: Scope, cost: str, of: Sym | Sub, batch: str | None) -> Node:
    """The gradient by a name; times the size of a batch by what is computed, and not by weights."""
    slope = Grad(Sym(cost), of)
    return slope if batch is None or is_weight(scope, of) else Bin("*", Sym(batch), slope)


def is_weight(scope: Scope, of: Sym | Sub) -> bool:
    """Whether a name is one of the problem's or the reply's free ones."""
    found = scope.resolve(of.name) or (
        scope.resolve(of.base.name) if isinstance(of, Sub) and isinstance(of.base, Sym) else None
    )
    return found is not None and isinstance(found[1], Drawn)


def entry(name: Sym | Sub, slope: Node, scope: Scope) -> tuple[str, Entry]:
    """What a name means; of one with an index of its own, what every member of its family is."""
    index = name.index[0] if isinstance(name, Sub) and name.index and len(name.index) == 1 else None
    if isinstance(index, Sym) and scope.find(index.name) is None:
        return family_key(name.name), Defined(slope, (), index.name, "reply")
    return name.name, Defined(slope, (), None, "reply")
