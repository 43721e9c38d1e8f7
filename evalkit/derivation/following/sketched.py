r"""Names to which the reply gave an expression in letters that nothing explains: `T = \frac12 m \dot x^2`, so `2T = m \dot x^2`.

Such a name has no value in the worlds. What holds for all values of the letters, with the expression in its place, is true;
what does not stays unread: the expression itself may be wrong, and then it is that which is.
Not covered: a relation that is solved for a letter of the expression, which shows nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeGuard

from evalkit.derivation.following import shapes
from evalkit.derivation.following.free import free_letters
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Call, Node, Sub, Sym, children, rebuilt, walk
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.scope import names_in

BACK = 80
"""How many relations before may have said what a name is."""
ROUNDS = 3
MAX_NODES = 400


def sketched(reading: Reading, read: Read) -> Read | None:
    """Holds for all values of letters that nothing explains, with what the reply wrote for names made of them."""
    meant = expressions(reading, read)
    if not meant:
        return None
    left, right = (expanded(side, meant) for side in read.sides)
    if (left, right) == read.sides or left == right or sum(1 for n in (left, right) for _ in walk(n)) > MAX_NODES:
        return None
    for name, other in ((shapes.plain_name(read.sides[0]), right), (shapes.plain_name(read.sides[1]), left)):
        if name is not None and name in names_in(other):
            return None  # it is solved for
    found = free_letters(reading, replace(read, left=left, right=right))
    if found is None or found.judgement.verdict not in TRUE:
        return None
    return replace(read, judgement=found.judgement)


def expressions(reading: Reading, read: Read) -> dict[Node, Node]:
    """What was written for names that mean nothing by it, the first time that each stood alone on the left."""
    unknown = set(read.judgement.unknown)
    found: dict[Node, Node] = {}
    for before in reading.relations[-BACK:]:
        if before.judgement.verdict is not Verdict.UNBOUND or before.op not in EQUAL or before.section != read.section:
            continue
        head, body = before.left, before.right
        if head is None or body is None or before.end > read.start or not is_head(head):
            continue
        if head.name in before.judgement.unknown and head.name not in names_in(body) and head not in found:
            found[head] = body
    return found if any(n in found for side in read.sides for n in walk(side)) and unknown else {}


def is_head(node: Node) -> TypeGuard[Call | Sym | Sub]:
    """A name, or a function of letters."""
    if isinstance(node, Call):
        return bool(node.args) and all(isinstance(a, Sym | Sub) for a in node.args)
    return isinstance(node, Sym | Sub) and bool(node.name)


def expanded(node: Node, meant: Mapping[Node, Node]) -> Node:
    """The tree with expressions for names."""
    for _ in range(ROUNDS):
        new = once(node, meant)
        if new == node:
            break
        node = new
    return node


def once(node: Node, meant: Mapping[Node, Node]) -> Node:
    if node in meant:
        return meant[node]
    parts = children(node)
    return rebuilt(node, [once(part, meant) for part in parts]) if parts else node
