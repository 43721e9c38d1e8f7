r"""`(A + \lambda I)w = b`, so `w = (A + \lambda I)^{-1}b`: a letter is what alone solves a condition.

The condition must be linear in the letter (for sums, and with negative factors), its linear part must keep all entries of the letter
apart, and the claimed value must solve it. What the linear part is made of may vanish, `Sw = Su`: it must not change with any letter but
those that the claim divides by. Not covered: conditions in which the letter stands inside of another name or under an index, letters that
are invertible by what is said of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from evalkit.derivation.following import shapes
from evalkit.derivation.following.taken import PRIVATE
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Sub, Sym, Un, children, rebuilt, walk
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import Verdict
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import Defined, Drawn, Entry, names_behind, names_in
from evalkit.derivation.worlds.values import Array, Trouble, array, matched
from evalkit.derivation.worlds.world import GENERIC

MOST = 30
"""Entries of a letter, at the most."""
SAME, SMALL = 1e-8, 1e-6
GENERAL = frozenset({Verdict.IDENTITY, Verdict.ALGEBRA})
MIXES = ((-1.5, 0.75), (2.0, -3.0))
"""Factors with which values are added; what lacks to 1 is the factor of a third one."""
Pair = tuple[Node, Node]


def is_only_solution(judge: Judge, claim: Pair, condition: Pair) -> bool:
    """Whether a letter is said to be what alone solves the condition, in which it stands linearly."""
    name = shapes.plain_name(claim[0])
    entry = judge.scope.entries.get(name) if name is not None else None
    if name is None or not isinstance(entry, Drawn) or name in names_in(claim[1]) or is_hidden(judge, name, condition):
        return False
    with judge.trying({name: Defined(claim[1], (), None, "reply")}):
        if judge.equation(*condition).verdict not in GENERAL:
            return False
    return is_injective(judge, name, condition, letters_behind(judge, list(divisors(claim[1]))))


def is_injective(judge: Judge, name: str, condition: Pair, kept: set[str]) -> bool:
    """Whether what a condition lacks is linear in a letter and tells it, by a linear part that no letter but those kept changes."""
    entry = replace(judge.scope.entries[name], source="reply")
    drawn: dict[str, Entry] = {f"{name}{PRIVATE}{k}": entry for k in range(MOST + 1)}
    mixed = [mixture(list(drawn)[:3], *factors) for factors in MIXES]
    pairs = [(put(condition[0], name, v), put(condition[1], name, v)) for v in (*map(Sym, drawn), *mixed)]
    with judge.trying(drawn):
        parts = linear_parts(judge, list(drawn), pairs)
    others = letters_behind(judge, condition) - {name} - kept
    anew: dict[str, Entry] = {}
    for other in others:
        anew |= {f"{other}{PRIVATE}": judge.scope.entries[other], other: Defined(Sym(f"{other}{PRIVATE}"))}
    with judge.trying(drawn | {n: replace(e, source="reply") for n, e in anew.items()}):
        again = linear_parts(judge, list(drawn), pairs)
    if not parts or not again:
        return False
    return all(a.shape == b.shape and is_same(a, b) for a, b in zip(parts, again, strict=True))


def is_hidden(judge: Judge, name: str, condition: Pair) -> bool:
    """Whether a letter does not stand in a condition as a letter alone."""
    inside = [n for side in condition for n in walk(side)]
    if not any(n == Sym(name) for n in inside):
        return True
    under = any(isinstance(n, Sub) and (n.name == name or n.base == Sym(name)) for n in inside)
    behind = (n for side in condition for n in names_in(side) if n != name)
    return under or any(name in names_behind(judge.scope, n) for n in behind)


def linear_parts(judge: Judge, names: list[str], pairs: list[Pair]) -> list[Array] | None:
    """By how much the condition moves where the letter moves from one value to others, in every world; None where it is not linear
    or does not keep all of these values apart. pairs: the condition with each of the values in it, then with the mixtures."""
    found = []
    for env in judge.envs(GENERIC):
        try:
            env.begin()
            first = array(env.value(Sym(names[0]), {}))
            count = first.size + 1
            if not 0 < first.size <= MOST:
                return None
            values = np.stack([array(env.value(Sym(n), {})).reshape(-1) for n in names[:count]])
            gaps = np.stack([lacking(env, pair) for pair in pairs[: max(count, 3)]])
            mixed = [lacking(env, pair) for pair in pairs[len(names) :]]
        except (Trouble, ArithmeticError, ValueError, RecursionError, np.linalg.LinAlgError):
            return None
        expected = [a * gaps[0] + b * gaps[1] + (1 - a - b) * gaps[2] for a, b in MIXES]
        if np.iscomplexobj(gaps) or not all(is_same(a, b) for a, b in zip(mixed, expected, strict=True)):
            return None
        moves = gaps[1:count] - gaps[0]
        if rank(moves) < rank(values[1:] - values[0]):
            return None
        found.append(moves)
    return found


def rank(rows: Array) -> int:
    return int(np.linalg.matrix_rank(rows, tol=SMALL * float(np.abs(rows).max(initial=0.0))))


def is_same(a: Array, b: Array) -> bool:
    return bool(np.allclose(a, b, rtol=SAME, atol=SAME * float(np.abs(b).max(initial=0.0))))


def lacking(env: Env, pair: Pair) -> Array:
    """What the left side of an equation has more than the right one. Raises Trouble and the like."""
    with np.errstate(all="ignore"):
        gap = np.subtract(*matched(*(env.value(side, {}) for side in pair)))
    if not np.isfinite(gap).all():
        raise ArithmeticError
    return gap.reshape(-1)


def mixture(names: list[str], a: float, b: float) -> Node:
    terms = [Bin("*", Num(factor), Sym(name)) for factor, name in zip((a, b, 1 - a - b), names, strict=True)]
    return Bin("+", Bin("+", terms[0], terms[1]), terms[2])


def put(node: Node, name: str, value: Node) -> Node:
    """The tree with something else for a letter."""
    if node == Sym(name):
        return value
    parts = children(node)
    return rebuilt(node, [put(part, name, value) for part in parts]) if parts else node


def letters_behind(judge: Judge, nodes: Pair | list[Node]) -> set[str]:
    """The free letters on which expressions depend."""
    entries: Mapping[str, Entry] = judge.scope.entries
    behind = {b for node in nodes for n in names_in(node) for b in names_behind(judge.scope, n)}
    return {n for n in behind if isinstance(entries.get(n), Drawn)}


def divisors(node: Node) -> Iterator[Node]:
    """What an expression divides by, and the inverses in it."""
    for n in walk(node):
        match n:
            case Bin("/", _, below):
                yield below
            case Bin("^", base, Un("-", _)):
                yield base
            case Bin("^", base, Num(power)) if power < 0:
                yield base
            case Call("inv", (base,)):
                yield base
