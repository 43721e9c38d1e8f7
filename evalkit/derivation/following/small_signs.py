r"""Small signs with two readings: a line's `-` that marks an item or is a minus, the `°` of a temperature, the bracket of `P(K)`,
the power behind `dA`.

What is false in the one and holds in the other is in dispute. `P(K)` of a P that was given by K is no product where that has
no shape, and `dA^2 = dA\,A + A\,dA` speaks of the differential of a square, the other side being of first order. Not covered: two of these in one relation, and other signs that a copy lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.ways import Way, each, nodes_of, source
from evalkit.derivation.grammar.nodes import Bin, Call, Diff, Node, Sub, Sym, Un, children, walk
from evalkit.derivation.verdicts.verdict import Verdict
from evalkit.derivation.worlds.scope import Defined

ITEM = re.compile(r"[ \t]*[-−–][ \t]+[$(\\]{0,3}")
"""What stands in a line before its formula."""
D_OF_POWER = re.compile(r"(?<![A-Za-z])d\}?\s*(?:\\(?!\w)\s*)?(?:[A-Za-z]|\\[a-zA-Z]+)(?:_\{?\w+\}?)?\s*\^")


def item_or_minus(reading: Reading, read: Read) -> Iterator[Way]:
    """`- a + b = c`: an item of a list, or a minus."""
    text = reading.document.text
    if ITEM.fullmatch(text, text.rfind("\n", 0, read.start) + 1, read.start):
        yield (negated(read.sides[0]), read.sides[1]), False, "what begins its line may be a minus"


def negated(node: Node) -> Node:
    """A sum with the other sign before its first term."""
    if isinstance(node, Bin) and node.op in ("+", "-"):
        return Bin(node.op, negated(node.left), node.right)
    return Un("-", node)


def degrees_of_heat(reading: Reading, read: Read) -> Iterator[Way]:
    """`20 + 200 = 220°`: degrees of a temperature, where one side has none and no angle is taken."""
    marked = [any(isinstance(n, Un) and n.op == "°" for n in nodes_of_side(side)) for side in read.sides]
    if sum(marked) == 1 and not any(isinstance(n, Call) for n in nodes_of(read)):
        yield each(read, lambda n: n.x if isinstance(n, Un) and n.op == "°" else n), False, "the degrees may be a unit"


def nodes_of_side(node: Node) -> Iterator[Node]:
    yield node
    for part in children(node):
        yield from nodes_of_side(part)


def value_by_its_letter(reading: Reading, read: Read) -> Iterator[Way]:
    """`P(K)`: the P that was given by K."""
    if read.judgement.verdict is not Verdict.ILL_TYPED:
        return
    scope, env = reading.judge.scope, reading.judge.general

    def change(node: Node) -> Node:
        match node:
            case Call(name, (Sym(letter),)):
                found = scope.find(name)
                given = found is not None and isinstance(found[1], Defined) and not found[1].params
                return Sym(name) if given and letter in env.depends(Sym(name)) else node
        return node

    yield each(read, change), True, "a name with the letter that it depends on"


def of_a_power(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`dA^2`: the differential of a square, surely where the other side has differentials and no power of one."""

    def change(node: Node) -> Node:
        match node:
            case Bin("^", Diff(Sym() | Sub() as x), power):
                return Diff(Bin("^", x, power))
        return node

    if not D_OF_POWER.search(source(reading, read)):
        return
    sides = each(read, change)
    surely = any(a == b and any(isinstance(n, Diff) for n in walk(a)) for a, b in zip(sides, read.sides, strict=True))
    yield sides, surely, "the differential of a power"
