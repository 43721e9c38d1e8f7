r"""Doubts about lengths: the text may say what it means by an inner product, `\langle x, y \rangle = x^\top M y`, and norms follow it.

Not covered: an inner product that only words or the problem's statement give.
"""

from __future__ import annotations

from evalkit.derivation.following.entrywise import shape
from evalkit.derivation.following.grounds import Grounds
from evalkit.derivation.following.reading import Read
from evalkit.derivation.grammar.nodes import Call, Node, Sub, Sym, has_derivative, walk
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.verdicts.verdict import TRUE

NORMS = frozenset({"norm", "norm_2"})
OF_LENGTH = NORMS | {"inner"}


def of_own_product(grounds: Grounds, read: Read) -> str:
    r"""Has an inner product or a norm, and the text gives `\langle x, y \rangle` another meaning."""
    if not any(isinstance(n, Call) and n.name in OF_LENGTH for side in read.sides for n in walk(side)):
        return ""
    return "the text gives inner products a meaning of its own" if any(map(gives_product, grounds.relations)) else ""


def of_a_length(grounds: Grounds, read: Read) -> str:
    r"""Has the norm of a number, `\|1\|^2 = 2`, and no derivative: perhaps the number is a function there."""
    if any(map(has_derivative, read.sides)):
        return ""
    env = grounds.judge(read).general
    lengths = (n.args[0] for side in read.sides for n in walk(side) if isinstance(n, Call) and n.name in NORMS)
    return (
        "the length of a number may be one of a function" if any(shape(env, n) in ((), (1, 1)) for n in lengths) else ""
    )


def gives_product(read: Read) -> bool:
    """Whether it says what the inner product of two letters is, which is not true of the usual one."""
    left, right = read.left, read.right
    if read.op not in EQUAL or right is None or not isinstance(left, Call) or left.name != "inner":
        return False
    letters = [a for a in left.args if isinstance(a, Sym | Sub)]
    used: set[Node] = {n for n in walk(right) if isinstance(n, Sym | Sub)}
    return read.judgement.verdict not in TRUE and len(letters) == 2 and {*letters} < used
