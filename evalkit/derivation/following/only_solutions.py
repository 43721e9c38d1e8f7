r"""`(A + \lambda I)w = b`, so `w = (A + \lambda I)^{-1}b`: a letter is what alone solves a condition.

The condition must be linear in the letter (for sums, and with negative factors), its linear part must keep all entries of the letter
apart, and the claimed value must solve it. What the linear part is made of may vanish, `Sw = Su`: it must not change with any letter but
those that the claim divides by. Not covered: letters that are invertible by what is said of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from evalkit.derivation.following import shapes
from evalkit.derivation.following.taken import PRIVATE
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Sym, Un, walk
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import Verdict
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import Defined, Drawn, Entry, names_behind, names_in
from evalkit.derivation.worlds.values import Trouble, matched
from evalkit.derivation.worlds.world import GENERIC

MOST = 50
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
    if name is None or not isinstance(entry, Drawn) or name in names_in(claim[1]):
        return False
    if not any(name in names_in(side) for side in condition):
        return False
    with judge.trying({name: Defined(claim[1], (), None, "reply")}):
        if judge.equation(*condition).verdict not in GENERAL:
            return False
    kept = {name, *letters_behind(judge, list(divisors(claim[1])))}
    anew: dict[str, Entry] = {}
    for n, other in letters_behind(judge, condition).items():
        if n in kept:
            continue
        anew[f"{n}{PRIVATE}"] = replace(other, source="reply")
        anew[n] = Defined(Sym(f"{n}{PRIVATE}"), (), None, "reply")
    solved = [gap is not None for gap in lacking(judge, {}, (claim[1], Num(0)))]
    parts = linear_parts(judge, name, entry, condition, {})
    again = linear_parts(judge, name, entry, condition, anew) if anew and any(p is not None for p in parts) else parts
    compared = [(a, b) for a, b, has_value in zip(parts, again, solved, strict=True) if has_value]
    return bool(compared) and all(a is not None and b is not None and is_same(a, b) for a, b in compared)


def linear_parts(
    judge: Judge, name: str, entry: Drawn, condition: Pair, anew: Mapping[str, Entry]
) -> list[Array | None]:
    """By how much a condition moves where a letter moves from one value to others, in every world; None where it is not linear or
    does not keep all of these values apart. anew: other meanings of other letters."""
    names = [f"{name}{PRIVATE}{k}" for k in range(MOST + 1)]
    drawn: dict[str, Entry] = {**anew, **dict.fromkeys(names, replace(entry, source="reply"))}
    values = [lacking(judge, drawn, (Sym(n), Num(0))) for n in names[:3]]
    count = max((v.size for v in values[0] if v is not None), default=MOST) + 1
    if count > MOST + 1:
        return [None for _ in values[0]]
    values += [lacking(judge, drawn, (Sym(n), Num(0))) for n in names[3:count]]
    tried = [*map(Sym, names[: max(count, 3)]), *(mixture(names[:3], *factors) for factors in MIXES)]
    gaps = [lacking(judge, {**drawn, name: Defined(value, (), None, "reply")}, condition) for value in tried]
    return [
        moves(places, held) for places, held in zip(zip(*values, strict=True), zip(*gaps, strict=True), strict=True)
    ]


def moves(values: Sequence[Array | None], gaps: Sequence[Array | None]) -> Array | None:
    """The differences of what a condition lacks at these values, and at mixtures of the first three of them, in one world."""
    places, held = ([row for row in rows if row is not None] for rows in (values, gaps))
    if len(places) < len(values) or len(held) < len(gaps):
        return None
    held, mixed = held[: -len(MIXES)], held[-len(MIXES) :]
    expected = [a * held[0] + b * held[1] + (1 - a - b) * held[2] for a, b in MIXES]
    if not all(is_same(a, b) for a, b in zip(mixed, expected, strict=True)):
        return None
    moved = np.stack(held)[1:] - held[0]
    return moved if rank(moved) >= rank(np.stack(places)[1:] - places[0]) else None


def rank(rows: Array) -> int:
    return int(np.linalg.matrix_rank(rows, tol=SMALL * float(np.abs(rows).max(initial=0.0))))


def is_same(a: Array, b: Array) -> bool:
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=SAME, atol=SAME * float(np.abs(b).max(initial=0.0))))


def lacking(judge: Judge, entries: Mapping[str, Entry], pair: Pair) -> list[Array | None]:
    """What the left side of an equation has more than the right one, in every world; None where it has no value."""
    with judge.trying(entries):
        return [lacking_in(env, pair) for env in judge.envs(GENERIC)]


def lacking_in(env: Env, pair: Pair) -> Array | None:
    try:
        env.begin()
        with np.errstate(all="ignore"):
            gap = np.subtract(*matched(*(env.value(side, {}) for side in pair)))
    except (Trouble, ArithmeticError, ValueError, RecursionError, np.linalg.LinAlgError):
        return None
    return None if np.iscomplexobj(gap) or not np.isfinite(gap).all() else gap.reshape(-1)


def mixture(names: list[str], a: float, b: float) -> Node:
    terms = [Bin("*", Num(factor), Sym(name)) for factor, name in zip((a, b, 1 - a - b), names, strict=True)]
    return Bin("+", Bin("+", terms[0], terms[1]), terms[2])


def letters_behind(judge: Judge, nodes: Pair | list[Node]) -> dict[str, Drawn]:
    """The free letters on which expressions depend."""
    behind = {b for node in nodes for n in names_in(node) for b in names_behind(judge.scope, n)}
    return {n: e for n in sorted(behind) if isinstance(e := judge.scope.entries.get(n), Drawn)}


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
