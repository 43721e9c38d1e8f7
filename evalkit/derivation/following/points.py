r"""Points by their coordinates, `A(1, 0, 2)`, and the arrows between them: `\vec{AB} = B - A = (2, 1, -2)`.

What is said of an arrow is true where its points are known and it leads from the one to the other; else it gets the value that is said.
Not covered: points whose coordinates are letters that the reply solves for, lengths without bars (`AB = 3`).
"""

from __future__ import annotations

import re
from dataclasses import replace

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Sym
from evalkit.derivation.verdicts.verdict import TRUE
from evalkit.derivation.worlds.scope import Defined

ARROW = re.compile(r"\\vec\{([A-Z])([A-Z])\}")
LEAST, MOST = 2, 4
"""Coordinates of a point."""


def name_point(reading: Reading, node: Node) -> bool:
    """Whether a stretch of mathematics gives a capital its coordinates: `the point A(1, 0, 2)`. It keeps them."""
    if not isinstance(node, Call) or len(node.name) != 1 or not node.name.isupper():
        return False
    if not LEAST <= len(node.args) <= MOST or not all(map(scopes.is_constant, node.args)):
        return False
    known = reading.judge.scope.find(node.name)
    if known is not None and known[0] not in reading.judge.own:
        return False
    reading.judge.define({node.name: Defined(Call("tuple", node.args), (), None, "reply")})
    return True


def arrow(reading: Reading, read: Read) -> Read | None:
    """Says which way it is from one known point to another."""
    name = shapes.plain_name(read.sides[0]) or ""
    found = ARROW.fullmatch(name)
    points = [reading.judge.own.get(end) for end in found.groups()] if found is not None else []
    if found is None or not all(isinstance(p, Defined) and is_point(p.body) for p in points):
        return None
    way = Bin("-", Sym(found[2]), Sym(found[1]))
    judgement = reading.judge.equation(way, read.sides[1])
    if judgement.verdict not in TRUE:
        return None
    reading.judge.define({name: Defined(way, (), None, "reply")})
    return replace(read, judgement=replace(judgement, reason="from point to point"), introduces=frozenset({name}))


def is_point(node: Node) -> bool:
    return isinstance(node, Call) and node.name == "tuple"
