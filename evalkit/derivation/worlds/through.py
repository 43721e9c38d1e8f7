r"""`\frac{\partial f}{\partial r}`, where the value of f goes through r and its definition does not say so: `f = (xy + z)t`, `r = xy + z`.

Where f is a function of r and of letters on which r does not depend, its slopes by the letters behind r are combinations of
those of r; if r can move in every direction, they tell the derivative by r, whatever way f is written.
Not covered: a letter behind r that f holds beside r, too, unless the expression of r stands in f as it is; a name that cannot
move in every direction (a column whose entries sum to 1); derivatives inside of derivatives.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evalkit.derivation.grammar.nodes import Bin, Node, Sub, Sym, children, rebuilt
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.moving import MAX_BATCH, slope, units
from evalkit.derivation.worlds.scope import Defined, Drawn, names_in
from evalkit.derivation.worlds.values import Local, Unsupported, array

BESIDE = "the derivative of something that depends not only through"
SAME, RANK = 1e-9, 1e-6
"""How well the slopes must fit, and what is no direction, both as shares of the largest."""


def slopes(env: Env, f: Node, name: str, base: Array, directions: Array, local: Local) -> Array:
    """Derivatives of f by the entries of `name` along each direction, f going through it. Raises Unsupported where it does not."""
    behind = [n for n in sorted(env.closure(name) - {name}) if is_leaf(env, n)]
    if base.ndim > 2 or not env.depends(f) & set(behind) or any(map(is_moving, [base, *local.values()])):
        raise Unsupported(f"the derivative of something that does not depend on {name}")
    own: list[Array] = []
    others: list[Array] = []
    for letter in behind:
        value = env.lookup(letter, local)
        place = array(value if value is not None else env.symbol(letter, local), "a derivative").real
        if place.ndim > 2 or sum(map(len, own)) + place.size > MAX_BATCH:
            raise Unsupported("a gradient of this size")
        ways = units(place)
        own.append(flat(slope(env, Sym(name), letter, place, ways, local)))
        moved = letter in env.depends(f)
        found = (
            slope(env, f, letter, place, ways, local) if moved else np.zeros((len(ways), *value_shape(env, f, local)))
        )
        shape = found.shape[1:]
        others.append(flat(found))
    made, wanted = np.concatenate(own), np.concatenate(others)
    env.spend(made.size * min(made.shape))
    size = float(np.abs(made).max(initial=0.0))
    if not np.isfinite(made).all() or not np.isfinite(wanted).all() or size == 0:
        raise Unsupported(f"the derivative of something that does not depend on {name}")
    answer, _, rank, _ = np.linalg.lstsq(made, wanted, rcond=RANK)
    far = float(np.abs(made @ answer - wanted).max(initial=0.0))
    if rank < made.shape[1] or far > SAME * (float(np.abs(wanted).max(initial=0.0)) + 1e-12):
        raise Unsupported(f"{BESIDE} {name} on what that is")
    out = directions.reshape(len(directions), -1) @ answer
    return np.asarray(out.reshape(len(directions), *shape))


def is_leaf(env: Env, name: str) -> bool:
    """A letter that has a value of its own: drawn, or given as a number."""
    found = env.scope.resolve(name)
    if found is None or found[0] != name:
        return False
    if isinstance(found[1], Defined):
        return not (found[1].params or found[1].index or names_in(found[1].body))
    return isinstance(found[1], Drawn) and found[1].subset is None and not found[1].kinds & {"index", "random"}


def is_moving(value: object) -> bool:
    """Whether a derivative around this one moves it."""
    return isinstance(value, np.ndarray) and (np.iscomplexobj(value) or value.ndim > 2)


def value_shape(env: Env, f: Node, local: Local) -> tuple[int, ...]:
    return array(env.value(f, local), "a derivative").shape


def flat(found: Array) -> Array:
    return np.asarray(found.real.reshape(len(found), -1))


def abstracted(env: Env, name: str) -> Env:
    """The environment in which every definition that contains the body of `name` uses the name instead: after
    `a = Wx + b`, a loss that was defined by `Wx + b` depends on `a`."""
    found = env.scope.resolve(name)
    if found is None or not isinstance(found[1], Defined) or found[1].params or found[1].index:
        raise Unsupported(f"the derivative of something that does not depend on {name}")
    body = found[1].body
    entries = {
        n: replace(e, body=fold(e.body, body, Sym(name)))
        for n, e in env.scope.entries.items()
        if isinstance(e, Defined) and n != name and n not in env.closure(name)
    }
    return env.anew(env.scope.extended(entries))


def fold(node: Node, part: Node, name: Node) -> Node:
    """The tree with every occurrence of `part` replaced; in a chain of products any run of factors can be one."""
    if node == part:
        return name
    if isinstance(node, Bin) and node.op == "*":
        have, want = factors(node), factors(part)
        size = len(want)
        for at in range(len(have) - size + 1):
            if have[at : at + size] == want:
                have[at : at + size] = [name]
                break
        out = fold(have[0], part, name)
        for factor in have[1:]:
            out = Bin("*", out, fold(factor, part, name))
        return out
    if isinstance(node, Sub) and node.name:
        return node
    return rebuilt(node, [fold(n, part, name) for n in children(node)])


def factors(node: Node) -> list[Node]:
    """The factors of a chain of products, from left to right."""
    out: list[Node] = []
    while isinstance(node, Bin) and node.op == "*":
        out.append(node.right)
        node = node.left
    return [node, *reversed(out)]
