"""Random letters with given means, variances and covariances: what nobody gives is drawn, and so are all higher moments.

The values of the letters are moved and mixed so that their moments are those that are given. Not covered: columns.
"""

from __future__ import annotations

import numpy as np

from evalkit.derivation.grammar.nodes import Node
from evalkit.derivation.worlds import draw
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.entries import Known, Moments
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.values import Unsupported, array

JOINT = np.arange(3.0, 12.0) / 63
"""Probabilities of the atoms where the letters hang together; more than letters, so that any covariances can be had."""
ALONE = 3
"""How many values a letter has that is independent of the others."""
LOOSE = 2.0
"""How many times its covariance the standard deviations are worth of two letters of which no variance is given."""


def values(env: Env, how: Moments, p: Array) -> Array:
    """One row for every atom, one column for every letter. Raises Unsupported where no letters have such moments."""
    n = len(how.letters)
    count = ALONE if how.independent else len(p)
    rng = draw.generator(env.world.seed, env.world.label, "fitted", *how.letters)
    raw = rng.normal(size=(count, n)) + rng.uniform(1, 2, size=n)
    if how.independent:
        at = np.indices((count,) * n).reshape(n, -1).T
        raw = np.take_along_axis(raw, at, axis=0)
    mean = p @ raw
    off = raw - mean
    spread = off.T @ (off * p[:, None])
    if how.independent:
        spread = np.diag(np.diag(spread))
    wanted_mean, wanted = targets(env, how, mean, spread)
    try:
        mixed = np.linalg.solve(np.linalg.cholesky(spread), off.T).T @ np.linalg.cholesky(wanted).T
    except np.linalg.LinAlgError as error:
        raise Unsupported("no letters have these moments") from error
    return np.asarray(wanted_mean + mixed)


def targets(env: Env, how: Moments, mean: Array, spread: Array) -> tuple[Array, Array]:
    """Means and covariances: the given ones, and for the rest those of what was drawn."""
    place = {name: i for i, name in enumerate(how.letters)}
    mean, size = mean.copy(), np.sqrt(np.diag(spread))
    alike = spread / np.outer(size, size)
    given = {
        kind: [k for k in how.known if k.kind == kind]
        for kind in ("mean", "second", "variance", "covariance", "product")
    }
    for one in given["mean"]:
        mean[place[one.letters[0]]] = value(env, one.value)
    told = set()
    for one in given["second"]:
        i = place[one.letters[0]]
        size[i] = root(value(env, one.value) - mean[i] ** 2)
        told.add(i)
    for one in given["variance"]:
        i = place[one.letters[0]]
        size[i] = root(value(env, one.value))
        told.add(i)
    pairs = [(pair(place, k), value(env, k.value)) for k in given["covariance"]]
    pairs += [
        (ij, v - mean[ij[0]] * mean[ij[1]])
        for k in given["product"]
        for ij, v in [(pair(place, k), value(env, k.value))]
    ]
    for (i, j), v in pairs:
        for at, other in ((i, j), (j, i)):
            if at not in told:
                size[at] = LOOSE * abs(v) / (size[other] if other in told else 1.0) + 0.1
                told.add(at)
        alike[i, j] = alike[j, i] = v / (size[i] * size[j])
    return mean, alike * np.outer(size, size)


def pair(place: dict[str, int], known: Known) -> tuple[int, int]:
    return place[known.letters[0]], place[known.letters[1]]


def root(square: float) -> float:
    if square <= 0:
        raise Unsupported("no letter has this variance")
    return float(np.sqrt(square))


def value(env: Env, node: Node) -> float:
    """A number. Raises Unsupported for anything else."""
    found = array(env.value(node, {}), "a moment")
    if found.size != 1 or np.iscomplexobj(found):
        raise Unsupported("the moment of a column")
    return float(found.item())
