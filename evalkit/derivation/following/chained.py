r"""`\frac{\partial L}{\partial w} = \frac{\partial L}{\partial a} \frac{\partial a}{\partial w}`: the chain rule, of names of which nothing else is known.

True where the derivatives of a product follow on each other, from the same name to the same variable as on the other side.
An intermediate name must carry no index that the ends do not have: over such a one the rule sums.
Not covered: several intermediate variables, sums, derivatives by expressions; nothing is false by it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace

from evalkit.derivation.following.gradients import marks, without_d
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Call, Grad, Node, Num, Sub, Sym
from evalkit.derivation.verdicts.verdict import Judgement, Verdict
from evalkit.derivation.worlds.scope import Defined, names_in
from evalkit.derivation.worlds.through import BESIDE

_INDEX = re.compile(r"[_^,(<]+\(?<?([a-z](?:[a-z]?|[+-]\d))>?\)?(?![A-Za-z])")
Ends = tuple[Node, Node, frozenset[str]]
"""What is derived, by what, and the indices of what stands between."""


def chain_rule(reading: Reading, read: Read) -> Read | None:
    """Says by the chain rule what a derivative is, in derivatives of names."""
    if read.judgement.reason.startswith(BESIDE):  # there is another path
        return None
    ends = [telescoped(side) for side in read.sides]
    left, right = ends
    if left is None or right is None or left[:2] != right[:2] or read.sides[0] == read.sides[1]:
        return None
    outer = indices(left[0]) | indices(left[1])
    if (left[2] | right[2]) - outer or any(beside_each_other(reading, side) for side in read.sides):
        return None
    return replace(read, judgement=Judgement(Verdict.IDENTITY, reason="the chain rule"))


def take_back_the_crossed(reading: Reading) -> None:
    """Leave open what the chain rule said, where the text tells later that there is another path."""
    for at, read in enumerate(reading.relations):
        if read.judgement.rule == chain_rule.__name__ and any(beside_each_other(reading, side) for side in read.sides):
            reading.relations[at] = read.decided(Verdict.UNBOUND, "another path")


def beside_each_other(reading: Reading, node: Node) -> bool:
    """Whether the text or the problem makes something of both names of a derivative: of `y = w h`, h does not depend on w; or
    several things of the last variable."""
    grads = [f for f in factors(node) if isinstance(f, Grad)]
    made = made_of(reading)
    for grad in grads:
        pair = {name_of(grad.f), name_of(grad.by)}
        if len(pair) == 2 and any(pair <= names and name not in pair for name, names in made):
            return True
    last = name_of(grads[-1].by if grads else node)
    makes = {name.partition("_")[0] for name, names in made if last in names and name != last}
    return len(grads) > 1 and len(makes) > 1


def made_of(reading: Reading) -> list[tuple[str, frozenset[str]]]:
    """The names that are given an expression, with the names in it."""
    said = [r for r in reading.relations if r.op == "=" and isinstance(r.left, Sym | Sub) and r.right is not None]
    if marks(reading.judge.scope):  # dZ = ... goes back through the network
        said = [r for r in said if not isinstance(r.left, Sym | Sub) or without_d(r.left, reading.judge.scope) is None]
    pairs = [
        (name_of(r.left), frozenset(names_in(r.right))) for r in said if r.left is not None and r.right is not None
    ]
    known = reading.judge.scope.entries.items()
    return [*pairs, *((n, frozenset(names_in(e.body))) for n, e in known if isinstance(e, Defined))]


def name_of(node: Node) -> str:
    return node.name if isinstance(node, Sym | Sub | Call) else ""


def telescoped(node: Node) -> Ends | None:
    """The ends of a product of derivatives, each by what the next one derives, in this order or the other."""
    parts = [f for f in factors(node) if f != Num(1)]
    grads = [f for f in parts if isinstance(f, Grad) and f.order == 1 and is_name(f.f) and isinstance(f.by, Sym | Sub)]
    if not grads or len(grads) != len(parts) or any(g.by == Sym("") for g in grads):
        return None
    for chain in (grads, grads[::-1]):
        if all(a.by == b.f for a, b in itertools.pairwise(chain)):
            between = frozenset(i for g in chain[:-1] for i in indices(g.by))
            return chain[0].f, chain[-1].by, between
    return None


def factors(node: Node) -> Iterator[Node]:
    """The factors of a product."""
    if isinstance(node, Bin) and node.op in ("*", "dot"):
        yield from factors(node.left)
        yield from factors(node.right)
    else:
        yield node


def is_name(node: Node) -> bool:
    return isinstance(node, Sym | Sub) or (isinstance(node, Call) and all(isinstance(a, Sym | Sub) for a in node.args))


def indices(node: Node) -> frozenset[str]:
    """The letters that count something in a name: of `x_i`, `y^{(k)}`."""
    if isinstance(node, Call):
        return frozenset(i for a in node.args for i in indices(a))
    name = node.name if isinstance(node, Sym | Sub) else ""
    return frozenset(_INDEX.findall(name))
