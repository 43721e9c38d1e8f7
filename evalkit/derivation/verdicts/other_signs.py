r"""`|z| = -z` holds in every world where z was drawn negative, and `|1 - p| = 1 - p` where p is below 1: what rests on a sign must
hold with other signs and sizes, too.

Not covered: entries of columns and matrices; more than three letters; letters on which other names of the relation rest, and
those by which is derived.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from evalkit.derivation.grammar.nodes import (
    Big,
    Bin,
    Call,
    Diff,
    Grad,
    Node,
    Num,
    Sub,
    Sym,
    Un,
    children,
    rebuilt,
    walk,
)
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import Defined, Drawn, names_in

OF_SIGNS = frozenset({"abs", "max", "min", "sign", "relu", "norm", "norm_F", "norm_2", "norm_1", "norm_inf"})
BOUNDED = frozenset({"probability", "small", "ratio", "integer", "size", "index", "dimension", "fitted"})
"""Kinds of numbers that have neither another sign nor any size."""
ONE_SIGN = frozenset({"positive", "nonnegative", "pd", "psd"})
MAX_LETTERS = 3
SIZES = (Num(9.0), Num(0.1))
"""What a letter is taken so many times of, so that it is larger and smaller than the others and than 1."""


def with_other_signs(env: Env, left: Node, right: Node) -> Iterator[tuple[Node, Node]]:
    """Both sides with minus a letter for some of the numbers that may have either sign, where a side rests on signs."""
    free = [n for n in letters_of(env, left, right) if not kinds(env, n) & ONE_SIGN][:MAX_LETTERS]
    for count in range(1, len(free) + 1):
        for chosen in combinations(free, count):
            new: dict[str, Node] = {n: Un("-", Num(1.0)) for n in chosen}
            yield scaled(left, new), scaled(right, new)


def with_other_sizes(env: Env, left: Node, right: Node) -> Iterator[tuple[Node, Node]]:
    """Both sides with a letter that is larger or smaller, of either sign where it may have both."""
    for name in letters_of(env, left, right)[:MAX_LETTERS]:
        negative: list[Node] = [] if kinds(env, name) & ONE_SIGN else [Un("-", size) for size in SIZES]
        for by in [*SIZES, *negative]:
            yield scaled(left, {name: by}), scaled(right, {name: by})


def letters_of(env: Env, left: Node, right: Node) -> list[str]:
    """The numbers that are drawn, of any size, in a relation that rests on signs, and on which no other name in it rests."""
    nodes = [n for side in (left, right) for n in walk(side)]
    if not any(map(rests_on_a_sign, nodes)) or any(map(binds, nodes)):
        return []
    names = names_in(Bin("=", left, right))
    made = [n for n in names if isinstance(env.scope.entries.get(n), Defined)]
    drawn = [n for n in names if is_number_drawn(env, n)]
    return [n for n in drawn if not any(n in env.depends(Sym(other)) for other in made)]


def binds(node: Node) -> bool:
    """Whether a letter in it may be no number but what is derived by, summed or integrated over, or put in."""
    return isinstance(node, Grad | Diff | Big) or (
        isinstance(node, Call) and node.name in ("between", "at", "lim", "cases")
    )


def rests_on_a_sign(node: Node) -> bool:
    """An absolute value, a largest or smallest value, a root."""
    if isinstance(node, Bin) and node.op == "^":
        return node.left != Sym("e") and is_fraction(node.right)
    return isinstance(node, Call) and node.name in OF_SIGNS


def is_fraction(node: Node) -> bool:
    match node:
        case Num(value):
            return value != int(value)
        case Un("-", inner):
            return is_fraction(inner)
        case Bin("/", Num(above), Num(below)):
            return below != 0 and above % below != 0
    return False


def is_number_drawn(env: Env, name: str) -> bool:
    entry = env.scope.entries.get(name)
    return isinstance(entry, Drawn) and not entry.shape and entry.subset is None and not entry.kinds & BOUNDED


def kinds(env: Env, name: str) -> frozenset[str]:
    entry = env.scope.entries.get(name)
    return entry.kinds if isinstance(entry, Drawn) else frozenset()


def scaled(node: Node, by: Mapping[str, Node]) -> Node:
    """The tree with so many times a letter for it."""
    if isinstance(node, Sym | Sub):
        return Bin("*", by[node.name], node) if node.name in by else node
    parts = children(node)
    return rebuilt(node, [scaled(part, by) for part in parts]) if parts else node
