r"""`\hat w` where the problem says what w is at an optimum: the estimate is that, before and where the reply says so.

What holds so is true; what does not may be another estimate, and is not called false. Not covered: other accents, and letters
of which no special world of the problem tells.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from evalkit.derivation.following import shapes
from evalkit.derivation.following.definitions import definition
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Node, Sub, Sym, children, rebuilt
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.scope import unbound_names

HAT = "\\hat "


def value_of_estimate(reading: Reading, read: Read) -> Read | None:
    """Gives a letter with a hat the value that the problem says the letter has at an optimum."""
    name = shapes.plain_name(read.sides[0])
    if read.op != "=" or name is None or reading.trial or name not in estimates(reading, [name]):
        return None
    judgement = reading.judge.equation(without_hats(read.sides[0], {name}), read.sides[1])
    if judgement.verdict is not Verdict.HOLDS:
        return None
    named = definition(reading, read)
    return replace(read, judgement=judgement, introduces=named.introduces if named is not None else frozenset())


def of_an_estimate(reading: Reading, read: Read) -> Read | None:
    """Has letters with a hat that mean nothing yet, and holds of what the problem says of these letters at an optimum."""
    names = unbound_names(reading.judge.scope, *read.sides)
    hatted = estimates(reading, names)
    if not hatted or len(hatted) < len(names):
        return None
    judgement = reading.judge.equation(*(without_hats(side, hatted) for side in read.sides))
    if judgement.verdict in TRUE:
        return replace(read, judgement=judgement)
    failed = judgement.verdict is Verdict.FAILS
    return read.decided(Verdict.DISPUTED, "not of the optimum that the problem tells of") if failed else None


def estimates(reading: Reading, names: Iterable[str]) -> set[str]:
    """Those that mean nothing and are letters with a hat of which a special world tells."""
    told = {n for special in reading.setting.specials for n in special.overlay}
    return {
        n for n in names if n.startswith(HAT) and n.removeprefix(HAT) in told and reading.judge.scope.find(n) is None
    }


def without_hats(node: Node, names: set[str]) -> Node:
    if isinstance(node, Sym):
        return Sym(node.name.removeprefix(HAT)) if node.name in names else node
    parts = children(node)
    return rebuilt(node, [without_hats(part, names) for part in parts]) if parts and not isinstance(node, Sub) else node
