"""Sizes and random values of worlds, each from its own seed, so that no value depends on what was drawn before it."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
MAX_SIDE = 40


def generator(*parts: object) -> np.random.Generator:
    """A random generator whose seed is a SHA-256 of the parts: the same in every process."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def sizes(names: Sequence[str], order: Sequence[str], count: int = 3) -> list[dict[str, int]]:
    """`count` choices of all different sizes >= 3 that keep the order (`k < m`): ascending, descending, mixed.

    Raises ValueError where a constraint is no `a < b` or `a <= b` of known names, or no sizes keep them all.
    """
    pairs = []
    for text in order:
        found = re.fullmatch(r"\s*(\w+)\s*(<=?|>=?|≤|≥)\s*(\w+)\s*", text)
        if found is None or found[1] not in names or found[3] not in names:
            raise ValueError(f"{text!r} is no constraint such as 'k < m' between dimensions {', '.join(names)}")
        pairs.append((found[1], found[3]) if found[2] in ("<", "<=", "≤") else (found[3], found[1]))
    if not names:
        return [{} for _ in range(count)]
    if len(names) > 7:
        raise ValueError("more than 7 dimensions")
    out: list[dict[str, int]] = []
    for round_ in range(count):
        pool = range(3 + round_ % 2, 3 + round_ % 2 + 2 * len(names), 2)
        for choice in itertools.permutations(reversed(pool) if round_ == 1 else pool):
            chosen = {n: c + (round_ == 2 and c > 3) for n, c in zip(names, choice, strict=True)}
            if all(chosen[a] < chosen[b] for a, b in pairs):
                out.append(chosen)
                break
        else:
            raise ValueError(f"no sizes keep {', '.join(order)}")
    return out


def draw(rng: np.random.Generator, shape: tuple[int, int], kinds: frozenset[str], rank: int | None = None) -> Array:
    """One random array of the kinds that problem/spec.py lists, or of `signs`, 1 and -1. Spectra are simple, with clear gaps. Raises ValueError."""
    rows, columns = shape
    if max(shape) > MAX_SIDE:
        raise ValueError("too large")
    if shape == (1, 1):
        return scalar(rng, kinds)
    square = rows == columns
    if kinds & {"symmetric", "psd", "pd", "skew"} and not square:
        raise ValueError("only a square matrix has this kind")
    if {"orthogonal", "symmetric"} <= kinds:  # a reflection
        basis = np.linalg.qr(rng.normal(size=shape))[0]
        return np.asarray((basis * np.where(np.arange(rows) % 2, 1.0, -1.0)) @ basis.T)
    if "orthogonal" in kinds:
        tall = np.linalg.qr(rng.normal(size=(max(shape), min(shape))))[0]
        return tall if rows >= columns else tall.T
    if "diagonal" in kinds:
        out = np.zeros(shape)
        np.fill_diagonal(out, rng.permutation(np.linspace(0.6, 2.4, min(shape))) + rng.uniform(0, 0.1, min(shape)))
        return out
    if kinds & {"pd", "psd"}:
        return spectral(rng, shape, symmetric=True)
    if "invertible" in kinds and "symmetric" in kinds:
        return spectral(rng, shape, symmetric=True, signs=True)
    if "invertible" in kinds and square and not kinds & _OTHERWISE:
        return spectral(rng, shape)
    out = rng.normal(size=shape)
    if kinds & {"positive", "nonnegative", "probability"}:
        out = rng.uniform(0.3, 2.0, size=shape)
    if "onehot" in kinds:
        out = np.zeros(shape)
        out[rng.integers(0, rows, size=columns), np.arange(columns)] = 1.0
    if "probability" in kinds:
        out /= out.sum(axis=0, keepdims=True)
    if "signs" in kinds:
        out = np.where(out < 0, -1.0, 1.0)
    if "symmetric" in kinds:
        out = (out + out.T) / 2
    if "skew" in kinds:
        out = (out - out.T) / 2
    if "lower" in kinds:
        out = np.tril(out)
    if "upper" in kinds:
        out = np.triu(out)
    if "unit" in kinds:
        lengths = np.linalg.norm(out, axis=0, keepdims=True)
        if not lengths.all():
            raise ValueError("a column of zeros has no length 1")
        out /= lengths
    if kinds & _OTHERWISE or "symmetric" in kinds or columns == 1:
        return out
    if "data" in kinds:
        return data_matrix(rng, out, "centred" in kinds, rank)
    return out - out.mean(axis=1, keepdims=True) if "centred" in kinds else out


_OTHERWISE = frozenset(["positive", "nonnegative", "probability", "onehot", "unit", "lower", "upper", "skew"])
"""What a matrix of a given spectrum is not."""


def scalar(rng: np.random.Generator, kinds: frozenset[str]) -> Array:
    if "size" in kinds:
        value = float(rng.integers(4, 13))
    elif "integer" in kinds:
        value = float(rng.integers(2, 6))
    elif "small" in kinds:
        value = float(rng.uniform(0.004, 0.01))
    elif "ratio" in kinds:
        value = float(rng.uniform(0.12, 0.24))
    elif "probability" in kinds:
        value = float(rng.uniform(0.15, 0.85))
    elif kinds & {"orthogonal", "unit"}:  # of one row and one column
        value = float(rng.choice([-1.0, 1.0]))
    elif kinds & {"onehot", "skew"}:
        value = float("onehot" in kinds)
    elif kinds & {"positive", "nonnegative", "pd", "psd"}:
        value = float(rng.uniform(0.4, 1.9))
    else:
        value = float(rng.uniform(0.4, 1.7) * rng.choice([-1.0, 1.0]))
    return np.array([[value]])


def spectral(rng: np.random.Generator, shape: tuple[int, int], symmetric: bool = False, signs: bool = False) -> Array:
    """Square, with singular values between 0.6 and 2.4; signs: symmetric with eigenvalues of both signs."""
    left = np.linalg.qr(rng.normal(size=shape))[0]
    right = left if symmetric else np.linalg.qr(rng.normal(size=shape))[0]
    values = np.linspace(0.6, 2.4, shape[0]) + rng.uniform(0, 0.1, shape[0])
    if signs:
        values[::2] *= -1
    return np.asarray((left * values) @ right.T)


def data_matrix(rng: np.random.Generator, out: Array, centred: bool, rank: int | None) -> Array:
    """Clear gaps between the singular values; centred: rows sum to zero; rank: of that rank."""
    if centred:
        out = out - out.mean(axis=1, keepdims=True)
    left, _, right = np.linalg.svd(out, full_matrices=False)
    count = min(out.shape[0], out.shape[1] - (1 if centred else 0), rank or max(out.shape))
    values = np.linspace(3.2, 1.5, count) + rng.uniform(0, 0.08, count)
    return np.asarray((left[:, :count] * values) @ right[:count])


@lru_cache(maxsize=512)
def drawn(key: tuple[object, ...], shape: tuple[int, int], kinds: frozenset[str], rank: int | None = None) -> Array:
    """The array that these draw, whoever asks: kept for the next reply to the same problem, and not to be written to.

    Raises ValueError."""
    out = draw(generator(*key), shape, kinds, rank)
    out.flags.writeable = False
    return out


def opaque(key: str, shape: tuple[int, ...], kinds: frozenset[str] = frozenset()) -> Array:
    """An array that depends on the key alone: it stands for a value whose meaning is to be ignored."""
    return drawn(("opaque", key), (shape[-2], shape[-1]), kinds)
