r"""`x^2 + y^2 = 25`, so `2x + 2y \frac{dy}{dx} = 0`: what follows from a condition on letters that move, by deriving it.

The letters of which the claim or a condition has a derivative move with the letter that it is by; all others stand still. Where a condition
holds all along, its total derivative is a condition, too; of several on the same letters it is the last one, as each may be a curve of its own. A value (`x = 6`) holds at one moment and is not derived.
Not covered: second derivatives, letters that move and of which no derivative is written, matrices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce

from evalkit.derivation.following.givens import is_value, names_of
from evalkit.derivation.following.reading import Read
from evalkit.derivation.following.scopes import is_constant
from evalkit.derivation.grammar.nodes import (
    Bin,
    Call,
    Grad,
    Node,
    Num,
    Sub,
    Sym,
    children,
    has_derivative,
    rebuilt,
    walk,
)
from evalkit.derivation.verdicts.verdict import TRUE
from evalkit.derivation.worlds.scope import names_in

RATE = "rate@"
"""Before a letter: the derivative that it has, which no text can write."""


def along(read: Read, near: Sequence[Read]) -> tuple[Read, list[list[Read]]] | None:
    """The claim, with letters for derivatives, and what it may follow from: a condition with its derivative, and all of them.
    None where the claim has no derivative of a letter, or where these are by several letters."""
    slopes = [node for side in read.sides for node in slopes_in(side)]
    if len(by := {node.by for node in slopes}) != 1:
        return None
    letter = by.pop()
    assert isinstance(letter, Sym)  # noqa: S101 - `slopes_in` has seen to it
    every_slope = [node for r in (read, *near) for side in r.sides for node in slopes_in(side)]
    moving = {n.f for n in every_slope if n.by == letter and isinstance(n.f, Sym | Sub)}
    if letter in moving:
        return None
    values = values_in(reversed(near), letter) | taken_at(read)
    read = replace(read, left=untaken(read.sides[0]), right=untaken(read.sides[1]))
    held = [in_letters(r, letter) for r in near if not is_value(r)]
    derived = [(r, d) for r in near if not is_value(r) and (d := rate_of(r, moving, letter)) is not None]
    claim = in_letters(read, letter)
    if not derived or any(isinstance(n, Grad) for r in (claim, *held) for side in r.sides for n in walk(side)):
        return None
    every = [d for _, d in derived]
    grounds = [[d, r] for r, d in derived]
    return claim, [[there(r, values) for r in (*every, *held)], *grounds] if values else grounds


def is_last_curve(condition: Read, read: Read, relations: Sequence[Read]) -> bool:
    """Whether nothing else was said of all of a condition's letters between it and a claim that did not follow from before."""
    return not any(
        condition.end <= r.start
        and r.end <= read.start
        and r.op == "="
        and r.left is not None
        and r.right is not None
        and r.judgement.verdict not in TRUE
        and not any(map(has_derivative, r.sides))
        and names_of(r) == names_of(condition)
        for r in relations
    )


def values_in(reads: Iterable[Read], letter: Node) -> dict[Node, Node]:
    """The numbers that letters, and derivatives by a letter, are given; of several the last."""
    out: dict[Node, Node] = {}
    for read in reads:
        left, right = in_letters(read, letter).sides
        if isinstance(left, Sym | Sub) and is_constant(right):
            out[left] = right
    return out


def taken_at(read: Read) -> dict[Node, Node]:
    r"""The values at which a claim says that a derivative is taken: `\frac{dy}{dx} |_{x=1}`."""
    return {n.args[1]: n.args[2] for side in read.sides for n in walk(side) if is_taken(n) and isinstance(n, Call)}


def untaken(node: Node) -> Node:
    while is_taken(node):
        node = children(node)[0]
    parts = children(node)
    return rebuilt(node, [untaken(part) for part in parts]) if parts else node


def is_taken(node: Node) -> bool:
    return (
        isinstance(node, Call)
        and node.name == "at"
        and isinstance(node.args[0], Call | Grad)
        and is_constant(node.args[2])
    )


def there(read: Read, values: Mapping[Node, Node]) -> Read:
    """What a relation says where letters have these values."""
    return replace(read, left=put_in(read.sides[0], values), right=put_in(read.sides[1], values))


def put_in(node: Node, values: Mapping[Node, Node]) -> Node:
    """The tree with values for letters; a derivative is taken there."""
    if isinstance(node, Grad):
        for letter in (n for n in values if isinstance(n, Sym) and n.name in names_in(node)):
            node = Call("at", (node, letter, values[letter]))
        return node
    if node in values:
        return values[node]
    parts = children(node)
    return rebuilt(node, [put_in(part, values) for part in parts]) if parts else node


def slopes_in(node: Node) -> list[Grad]:
    """The first derivatives of letters by letters."""
    found = (n for n in walk(node) if isinstance(n, Grad) and isinstance(n.f, Sym | Sub) and n.order == 1)
    return [n for n in found if isinstance(n.by, Sym) and n.by.name]


def rate_of(read: Read, moving: set[Sym | Sub], letter: Sym) -> Read | None:
    """The total derivative of a condition by a letter; None where it has a derivative itself, or where but one letter of it
    moves: it says then where that is at a moment, `\\sin\\theta = 0.8`."""
    if any(map(has_derivative, read.sides)) or sum(n.name in names_of(read) for n in {*moving, letter}) < 2:
        return None
    return replace(read, left=rate(read.sides[0], moving, letter), right=rate(read.sides[1], moving, letter))


def rate(node: Node, moving: set[Sym | Sub], letter: Sym) -> Node:
    """The total derivative of an expression."""
    inside = set(names_in(node))
    terms: list[Node] = [
        Bin("*", Grad(node, n), Sym(f"{RATE}{n.name}")) for n in sorted(moving, key=str) if n.name in inside
    ]
    if letter.name in inside:
        terms.append(Grad(node, letter))
    return reduce(lambda a, b: Bin("+", a, b), terms) if terms else Num(0)


def in_letters(read: Read, letter: Node) -> Read:
    """The relation with letters for the derivatives by a letter."""
    return replace(read, left=put(read.sides[0], letter), right=put(read.sides[1], letter))


def put(node: Node, letter: Node) -> Node:
    if isinstance(node, Grad) and node.by == letter and node.order == 1 and isinstance(node.f, Sym | Sub):
        return Sym(f"{RATE}{node.f.name}")
    parts = children(node)
    return rebuilt(node, [put(part, letter) for part in parts]) if parts else node
