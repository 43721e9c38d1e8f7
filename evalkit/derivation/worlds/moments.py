"""Expectations, variances and covariances: of letters that have several values at once, each with a probability.

A random letter is drawn as a batch, one member for each of a few atoms. `How` says how the letters of one relation hang
together, and stands in the scope under a name that no text can write; without it a moment has no value.
Not covered: conditional moments, moments by a named density, derivatives of moments.
"""

from __future__ import annotations

import numpy as np

from evalkit.derivation.grammar.nodes import Node
from evalkit.derivation.worlds import draw, fitted
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.entries import Moments
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.values import Local, Unsupported, Value, Zero, array, is_scalar

NAMES = frozenset({"E", "Var", "Cov"})
HOW = "@moments"
"""The name under which a scope says how its random letters hang together."""
JOINT = np.array([0.1, 0.2, 0.3, 0.4])
"""Probabilities of the atoms where all letters hang together."""
ALONE = np.array([0.2, 0.3, 0.5])
"""Those of one letter where it is independent of the others."""


def weights(how: Moments) -> Array:
    """The probability of every atom."""
    if not how.independent:
        return fitted.JOINT if how.known else JOINT
    out = np.ones(1)
    for _ in how.letters:
        out = np.kron(out, ALONE)
    return out


def drawn(env: Env, how: Moments, name: str, shape: tuple[int, int], kinds: frozenset[str]) -> Array:
    """The values of a random letter, one for every atom."""
    if how.known:
        return fitted.values(env, how, weights(how))[:, how.letters.index(name), None, None]
    own = ALONE if how.independent else JOINT
    rngs = [draw.generator(env.world.seed, env.world.label, name, "atom", i) for i in range(len(own))]
    values = np.stack([draw.draw(rng, shape, kinds) for rng in rngs])
    if how.centred:
        values = values - (own[:, None, None] * values).sum(axis=0)
    if not how.independent:
        return values
    at = how.letters.index(name)
    step = len(own) ** (len(how.letters) - 1 - at)
    return np.asarray(values[(np.arange(len(own) ** len(how.letters)) // step) % len(own)])


def moment(env: Env, name: str, args: tuple[Node, ...], local: Local) -> Value:
    """`E[x]`, `Var(x)`, `Cov(x, y)`. Raises Unsupported where nothing says which letters are random."""
    found = env.scope.find(HOW)
    if found is None or not isinstance(found[1], Moments) or len(args) != (2 if name == "Cov" else 1):
        raise Unsupported("an expectation")
    values = [env.value(a, local) for a in args]
    if name == "E" and isinstance(values[0], Zero):
        return values[0]
    p = weights(found[1])
    arrays = [array(v, "an expectation") for v in values]
    if any(np.iscomplexobj(a) for a in arrays):
        raise Unsupported("the derivative of an expectation")
    if name == "E":
        return mean(arrays[0], p)
    off = [a - mean(a, p) for a in arrays]
    first, second = off[0], off[-1]
    if first.shape[-1] != 1 or second.shape[-1] != 1:
        raise Unsupported("the covariance of matrices")
    return mean(first * second if is_scalar(second) else first @ np.swapaxes(second, -1, -2), p)


def mean(a: Array, p: Array) -> Array:
    """Over the atoms; what is not random is its own mean."""
    if a.ndim == 2:
        return a
    if a.ndim != 3 or a.shape[0] != len(p):
        raise Unsupported("an expectation of many values at once")
    return np.asarray((p[:, None, None] * a).sum(axis=0))
