r"""`dW = X^\top dZ` behind `Z = XW`: false of differentials, and true where a d before a name stands for a gradient.

In a text that says nothing of what a d-name is, a relation that holds for the gradients of every smooth function of the last of its
names is in doubt, also where an average over a size makes the difference. Not covered: texts with integrals, in which a d is a
differential; differentials of more than a name.
"""

from __future__ import annotations

import re

from evalkit.derivation.following.grounds import Grounds
from evalkit.derivation.following.loss_names import last
from evalkit.derivation.following.reading import Read
from evalkit.derivation.grammar.derivatives import LOSS
from evalkit.derivation.grammar.nodes import Bin, Call, Diff, Grad, Node, Sub, Sym, children, rebuilt, walk
from evalkit.derivation.verdicts.verdict import TRUE
from evalkit.derivation.worlds.calls import ANY_LOSS
from evalkit.derivation.worlds.scope import Defined, Dimension, names_in

INTEGRAL = re.compile(r"\\i{1,3}nt\b|∫")
MAX_SIZES = 3


def may_be_gradients(grounds: Grounds, read: Read) -> str:
    """Is true of gradients of a loss, which a d before a name may stand for."""
    inside = [n.x for side in read.sides for n in walk(side) if isinstance(n, Diff)]
    names = list(dict.fromkeys(x.name for x in inside if isinstance(x, Sym | Sub)))
    if len(names) < 2 or not all(isinstance(x, Sym | Sub) for x in inside):
        return ""
    judge = grounds.judge(read)
    ends = last(judge.scope, names)
    if len(ends) == len(names) or INTEGRAL.search(grounds.reading.document.text):
        return ""
    left, right = map(as_gradients, read.sides)
    sizes = [n for n in judge.scope.entries if isinstance(judge.scope.entries[n], Dimension) and n in names_in(right)]
    averaged = [right, *(Bin("*", Sym(size), right) for size in sizes[:MAX_SIZES])]
    with judge.trying({LOSS: Defined(Call(ANY_LOSS, tuple(map(Sym, ends))), (), None, "reply")}):
        held = any(judge.equation(left, side).verdict in TRUE for side in averaged)
    return f"d{names[0]}: a differential, or the gradient of a loss" if held else ""


def as_gradients(node: Node, loss: str = LOSS) -> Node:
    """The tree with the gradients of the loss for differentials."""
    if isinstance(node, Diff):
        return Grad(Sym(loss), node.x)
    parts = children(node)
    return rebuilt(node, [as_gradients(part, loss) for part in parts]) if parts else node
