"""`u = 2x + 1, u' = 2`: a prime behind a name that was given an expression is its derivative, where that makes the relation true.

Not covered: names that a problem defines with primes of their own, functions of several letters, a prime that transposes.
"""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following.definitions import definition
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Grad, Node, Sub, Sym, Un
from evalkit.derivation.grammar.stream import SCALAR
from evalkit.derivation.verdicts.verdict import TRUE
from evalkit.derivation.worlds.scope import Defined, Drawn

MAX_LETTERS = 5
PRIMES = 2


def slope_of_name(reading: Reading, read: Read) -> Read | None:
    """Gives the derivative of a name that has an expression, by one of its letters."""
    left, right = read.sides
    base, primes = primed(left)
    scope = reading.judge.scope
    found = scope.find(base) if 1 <= primes <= PRIMES else None
    if (
        found is None
        or not isinstance(found[1], Defined)
        or found[1].params
        or scope.find(base + "'" * primes) is not None
    ):
        return None
    env = reading.judge.general
    letters = [n for n in sorted(env.depends(Sym(found[0]))) if isinstance(env.scope.entries.get(n), Drawn)]
    letters = [n for n in letters if scope.shape(Sym(n)) == SCALAR]
    for letter in letters[:MAX_LETTERS]:
        slope: Node = Sym(found[0])
        for _ in range(primes):
            slope = Grad(slope, Sym(letter))
        judgement = reading.judge.equation(slope, right)
        if judgement.verdict in TRUE:
            named = definition(reading, read)
            kept = named.introduces if named is not None else frozenset[str]()
            return replace(read, judgement=replace(judgement, reason=f"the derivative by {letter}"), introduces=kept)
    return None


def primed(node: Node) -> tuple[str, int]:
    """The name behind which primes stand, and how many."""
    count = 0
    while isinstance(node, Un) and node.op == "'":
        node, count = node.x, count + 1
    name = node.name if isinstance(node, Sym | Sub) else ""
    bare = name.rstrip("'")
    return bare, count + len(name) - len(bare)
