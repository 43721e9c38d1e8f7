"""A world that makes a symbol a constant makes relations true that say something else: where every s_i is 1, the sum of the
s_i is that of their squares. Such a relation holds with any power of the symbol, and is not shown by that world. Nor is one by a
world that gives two letters one value, if it is true everywhere with the one in the place of the other.

Not covered: other functions that would do as well, numbers that the world itself sets, and more than two letters exchanged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from itertools import combinations

import numpy as np

from evalkit.derivation.grammar.nodes import Bin, Node, Num, Sub, Sym, children, rebuilt, walk
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import Defined, Entry, Family, family_key, names_in
from evalkit.derivation.worlds.values import Trouble

MAX_TRIED = 4
"""Symbols of a relation that are tried."""


def with_other_powers(env: Env, left: Node, right: Node, given: Set[str]) -> Iterator[tuple[Node, Node]]:
    """(side, the same side with a scalar squared) for the scalars that rest on what a world gives.

    Nothing where one side does not rest on it: "f = 2k", "s_i^2 = 1" say what a value is.
    """
    if not all(env.depends(side) & given for side in (left, right)):
        return
    for atom in list(dict.fromkeys(scalars(env, right, given)))[:MAX_TRIED]:
        yield right, squared(right, atom)


def scalars(env: Env, node: Node, given: Set[str]) -> Iterator[Node]:
    """Names of numbers in a side that rest on what a world gives; but a number that it sets is known to be that number."""
    for n in walk(node):
        if isinstance(n, Sym | Sub) and n.name and n.name not in given and env.depends(n) & given and is_scalar(env, n):
            yield n


def is_scalar(env: Env, node: Sym | Sub) -> bool:
    found = env.scope.find(node.name) or env.scope.find(family_key(node.name))
    if found is not None and isinstance(found[1], Family):
        return found[1].kind in ("diagonal", "entries")
    try:
        value = env.value(node, {})
    except (Trouble, ArithmeticError, ValueError, np.linalg.LinAlgError):
        return False
    return isinstance(value, np.ndarray) and value.size == 1


def squared(node: Node, atom: Node) -> Node:
    """A tree with another power of an atom."""
    if node == atom:
        return Bin("^", node, Num(2.0))
    parts = children(node)
    return rebuilt(node, [squared(part, atom) for part in parts]) if parts else node


def with_letters_exchanged(left: Node, right: Node, given: Mapping[str, Entry]) -> Iterator[tuple[Node, Node]]:
    """Both sides with two letters of one value exchanged in one of them, or one put for the other there, everywhere or once.

    Nothing of a relation in these two letters alone: it compares them.
    """
    known = {n: e.body for n, e in given.items() if isinstance(e, Defined) and not e.params}
    written = {*names_in(left), *names_in(right)}
    for a, b in combinations(known, 2):
        if known[a] != known[b] or not written & {a, b} or written <= {a, b}:
            continue
        for other in exchanged(right, a, b):
            yield left, other
        for other in exchanged(left, a, b):
            yield other, right


def exchanged(node: Node, a: str, b: str) -> Iterator[Node]:
    """A tree with two names exchanged, and with one occurrence of either as the other."""
    places = sum(is_named(n, a, b) for n in walk(node))
    if places:
        yield renamed(node, a, b, None)
    for place in range(min(places, MAX_TRIED)):
        yield renamed(node, a, b, [place])


def is_named(node: Node, a: str, b: str) -> bool:
    return isinstance(node, Sym | Sub) and node.name in (a, b)


def renamed(node: Node, a: str, b: str, left: list[int] | None) -> Node:
    """The other name at all places, or at the one that comes after `left[0]` others."""
    if isinstance(node, Sym | Sub) and is_named(node, a, b):
        if left is not None:
            left[0] -= 1
        return node if left is not None and left[0] != -1 else Sym(b if node.name == a else a)
    parts = children(node)
    return rebuilt(node, [renamed(part, a, b, left) for part in parts]) if parts else node
