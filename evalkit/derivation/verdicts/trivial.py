"""A world that makes a symbol a constant makes relations true that say something else: where every s_i is 1, the sum of the
s_i is that of their squares. Such a relation holds with any power of the symbol, and is not shown by that world.

Not covered: other functions that would do as well, and numbers that the world itself sets."""

from __future__ import annotations

from collections.abc import Iterator, Set

import numpy as np

from evalkit.derivation.grammar.nodes import Bin, Node, Num, Sub, Sym, children, rebuilt, walk
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import Family, family_key
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
