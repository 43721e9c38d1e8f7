"""Arrays that are extreme for their kind: of any size, of rank one, with equal entries, zero, near an edge of what is declared."""

from __future__ import annotations

import numpy as np

from evalkit.derivation.worlds.draw import Array, draw

SPREAD = "spread"
TURNS = {"quarter turn": np.pi / 2, "quarter turn back": -np.pi / 2}
"""Where sine is the largest and the smallest."""
FORMS = (
    "normal",
    "rank one",
    "equal",
    "zero",
    "one entry",
    SPREAD,
    "whole",
    "below 0",
    "above 0",
    "unit",
    *TURNS,
)
LEFT_ALONE = frozenset({"onehot", "signs", "size", "ratio", "index", "dimension", "lower", "upper"})
"""Kinds of which another draw is all that there is."""
LARGEST_SMALL = 0.01
WHOLE = 12
NARROW = 1e-3
"""How near to its edge a number or a definite matrix comes."""


def extreme(
    rng: np.random.Generator, shape: tuple[int, int], kinds: frozenset[str], what: str, size: float
) -> Array | None:
    """An array of these kinds in one of FORMS; None where only what is drawn anew will do. Raises ValueError."""
    if kinds & LEFT_ALONE:
        return None
    if "integer" in kinds:
        return np.round(1 + np.abs(rng.normal(size=shape)) * size) % WHOLE + 1
    if "small" in kinds:
        return np.full(shape, LARGEST_SMALL) * 10 ** -rng.uniform(0, 5, size=shape)
    if shape == (1, 1):
        return fitted(rng, number(rng, what, size), kinds, what)
    if kinds & {"psd", "pd", "symmetric", "skew"} and shape[0] != shape[1]:
        raise ValueError("only a square matrix has this kind")
    if "diagonal" in kinds:
        out = np.zeros(shape)
        np.fill_diagonal(out, entries(rng, (min(shape), 1), what, size)[:, 0])
        return np.abs(out) + np.eye(*shape) * NARROW * size if kinds & {"positive", "pd"} else np.asarray(out)
    if kinds & {"psd", "pd"}:
        root = entries(rng, shape, what, size**0.5)
        if what == "unit":
            return np.eye(shape[0])
        square = root @ root.T
        edge = NARROW * max(size, float(np.abs(square).max())) if "pd" in kinds else 0.0
        return np.asarray(square + edge * np.eye(shape[0]))
    if "orthogonal" in kinds:
        return draw(rng, shape, kinds) if what != "one entry" else np.eye(*shape)
    return fitted(rng, entries(rng, shape, what, size), kinds, what)


def number(rng: np.random.Generator, what: str, size: float) -> Array:
    if what in TURNS:
        return np.full((1, 1), TURNS[what])
    value = {"zero": 0.0, "equal": 1.0, "one entry": -1.0, "whole": float(rng.integers(-3, 4))}.get(what)
    return signed(what, np.array([[rng.normal() * size if value is None else value]]))


def signed(what: str, out: Array) -> Array:
    """All entries of one sign, where the form says so."""
    return -np.abs(out) if what == "below 0" else np.abs(out) if what == "above 0" else out


def entries(rng: np.random.Generator, shape: tuple[int, int], what: str, size: float) -> Array:
    """Of free entries."""
    rows, columns = shape
    if what == "rank one":
        return np.asarray(rng.normal(size=(rows, 1)) @ rng.normal(size=(1, columns)) * size)
    if what == "equal":
        return np.full(shape, size * rng.choice((1.0, -1.0)))
    if what == "zero":
        return np.zeros(shape)
    if what == "one entry":
        out = np.zeros(shape)
        out[rng.integers(rows), rng.integers(columns)] = size * rng.choice((1.0, -1.0))
        return out
    if what == "unit" and rows > 1 < columns:
        return np.eye(*shape) * size
    if what in TURNS:
        return np.full(shape, TURNS[what])
    if what == "whole":
        return rng.integers(-2, 3, size=shape).astype(float)
    out = signed(what, rng.normal(size=shape) * size)
    return out * 10 ** rng.uniform(-3, 3, size=shape) if what == SPREAD else out


def fitted(rng: np.random.Generator, out: Array, kinds: frozenset[str], what: str) -> Array:
    """The entries made such as they are declared."""
    if kinds & {"positive", "pd", "nonnegative", "psd"}:
        out = np.abs(out)
    if kinds & {"positive", "pd"}:
        out = np.where(out < 1e-9, NARROW, out)
    if "probability" in kinds:
        if out.size == 1:
            edges = {"zero": NARROW, "one entry": 1 - NARROW, "equal": 0.5}
            return np.array([[edges.get(what, float(rng.uniform(NARROW, 1 - NARROW)))]])
        out = np.abs(out) + NARROW * max(float(np.abs(out).max()), NARROW)
        out = out / out.sum(axis=0, keepdims=True)
    if "symmetric" in kinds:
        out = (out + out.T) / 2
    if "skew" in kinds:
        out = (out - out.T) / 2
    if "centred" in kinds:
        out = out - out.mean(axis=1, keepdims=True)
    if "unit" in kinds:
        lengths = np.linalg.norm(out, axis=0, keepdims=True)
        out = np.where(lengths > 0, out, 1.0)
        out = out / np.linalg.norm(out, axis=0, keepdims=True)
    if "invertible" in kinds:
        out = out + np.eye(*out.shape) * max(NARROW, 0.1 * float(np.abs(out).max()))
    return np.asarray(out)


def moved(rng: np.random.Generator, value: Array, kinds: frozenset[str], step: float) -> Array:
    """A value of the same kinds a step away from another."""
    if kinds & (LEFT_ALONE | {"integer"}):
        return value
    noise = rng.normal(size=value.shape)
    if "small" in kinds:
        return np.asarray(np.minimum(value * np.exp(step * noise), LARGEST_SMALL))
    if kinds & {"psd", "pd"} and value.shape[0] > 1:
        turn = np.eye(len(value)) + step * noise
        return np.asarray(turn @ value @ turn.T)
    if "orthogonal" in kinds:
        tall = (value + step * noise) if value.shape[0] >= value.shape[1] else (value + step * noise).T
        basis = np.linalg.qr(tall)[0]
        return basis if value.shape[0] >= value.shape[1] else basis.T
    if kinds & {"positive", "nonnegative", "probability", "diagonal", "pd", "psd"}:
        out = value * np.exp(step * noise)
        if "probability" in kinds:
            return np.asarray(np.minimum(out, 1 - NARROW) if out.size == 1 else out / out.sum(axis=0, keepdims=True))
        return np.asarray(out)
    size = max(float(np.abs(value).max()), NARROW)
    return fitted(rng, value + step * size * noise, kinds - {"invertible"}, "normal")
