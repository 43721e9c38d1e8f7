r"""`\frac{\partial J}{\partial W} = x \frac{\partial J}{\partial y}` that holds for no J, beside others that hold for every one.

Not called false: what holds with the derivatives turned, or up to a positive factor (an average over a batch); what is not
derived by all the last names itself; what has free indices or shapes that do not fit; texts with fewer than two relations that
hold for every J, as one alone tells nothing of how its text writes derivatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from evalkit.derivation.following.reading import Reading
from evalkit.derivation.grammar.nodes import Diff, Grad, Node, Sub, Sym, Un, children, rebuilt, summands, walk
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import TRUE, UNDECIDED, Judgement
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.values import IllTyped, Trouble
from evalkit.derivation.worlds.world import GENERIC

RULE = "no_loss"
SAYS = "Holds of no function of the names by which an unknown number is derived last, as other relations of it do."
ENOUGH = 2
"""Relations of one J that hold for every one."""


def deny_what_holds_for_no_loss(reading: Reading) -> None:
    """Call false what fails for every J of the last names alone, where the text has shown that it derives one."""
    seen = {(read.start, read.end): read for read in reading.relations}
    shown = [
        p.loss
        for key, p in reading.losses.items()
        if p.refuted is None and key in seen and seen[key].judgement.verdict in TRUE
    ]
    for at, read in enumerate(reading.relations):
        place = reading.losses.get((read.start, read.end))
        if (
            place is None
            or place.refuted is None
            or read.judgement.verdict not in UNDECIDED
            or shown.count(place.loss) < ENOUGH
        ):
            continue
        why = f"for no {place.loss} of {', '.join(place.ends)}"
        reading.relations[at] = replace(read, judgement=Judgement(place.refuted, reason=why, rule=RULE))


def in_another_convention(judge: Judge, sides: Sequence[Node], loss: str) -> bool:
    """Whether both sides are equal up to a positive factor, or with the derivatives by columns and matrices in rows."""
    turned = [turned_gradients(side, loss) for side in sides]
    return any(
        all(is_multiple(env, *pair) for env in judge.envs(GENERIC, judge.moved(GENERIC, *pair)))
        for pair in (sides, turned)
    )


def speaks_of_it_alone(sides: Sequence[Node], loss: str) -> bool:
    """Whether every term has a derivative of the loss, and no other one. What is added may be another part of the loss."""
    return all(derived(term) == {loss} for side in sides for term in summands(side))


def derived(node: Node) -> set[str]:
    """What the derivatives of a term are of; an empty name is an expression."""
    grads = (n for n in walk(node) if isinstance(n, Grad | Diff))
    return {g.f.name if isinstance(g, Grad) and isinstance(g.f, Sym | Sub) else "" for g in grads}


def is_multiple(env: Env, left: Node, right: Node) -> bool:
    """Whether one side is a positive multiple of the other there; True where that cannot be told."""
    try:
        a, b = env.value(left, {}), env.value(right, {})
    except IllTyped:
        return False
    except (Trouble, ArithmeticError, ValueError):
        return True
    if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)):
        return True
    if a.shape != b.shape:
        return False
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.vdot(a, b).real) >= size * (1 - 1e-9)


def turned_gradients(node: Node, loss: str) -> Node:
    """The tree with the derivatives of the loss transposed."""
    if isinstance(node, Grad) and isinstance(node.f, Sym | Sub) and node.f.name == loss:
        return Un("T", node)
    parts = children(node)
    return rebuilt(node, [turned_gradients(part, loss) for part in parts]) if parts else node
