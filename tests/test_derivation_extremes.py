"""Extreme values keep the kinds that are declared. What they decide of inequalities: sentences/extreme_inequalities.tsv."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.extreme_values import FORMS, extreme, moved

OBEYS: dict[str, Callable[[Array], Any]] = {
    "positive": lambda a: (a > 0).all(),
    "nonnegative": lambda a: (a >= 0).all(),
    "small": lambda a: (a > 0).all() and (a <= 0.01).all(),
    "probability": lambda a: (a > 0).all() and (a.shape == (1, 1) or np.allclose(a.sum(axis=0), 1)) and (a <= 1).all(),
    "unit": lambda a: np.allclose(np.linalg.norm(a, axis=0), 1),
    "symmetric": lambda a: np.array_equal(a, a.T),
    "skew": lambda a: np.array_equal(a, -a.T),
    "diagonal": lambda a: np.array_equal(a, np.diag(np.diag(a))),
    "pd": lambda a: np.allclose(a, a.T) and (np.linalg.eigvalsh(a) > 0).all(),
    "orthogonal": lambda a: np.allclose(a.T @ a, np.eye(a.shape[1])),
    "centred": lambda a: np.allclose(a.sum(axis=1), 0, atol=1e-9 * np.abs(a).max(initial=1.0)),
    "integer": lambda a: np.array_equal(a, np.round(a)) and (a >= 1).all(),
}
SQUARE = {"symmetric", "skew", "pd", "diagonal"}


def shape_of(kind: str) -> tuple[int, int]:
    return (3, 3) if kind in SQUARE else (4, 3) if kind in ("orthogonal", "centred") else (4, 1)


@pytest.mark.parametrize("kind", sorted(OBEYS))
def test_extreme_values_and_steps_from_them_keep_their_kind(kind: str) -> None:
    rng = np.random.default_rng(0)
    for form in FORMS:
        for size in (1e-3, 1.0, 1e3):
            value: Array | None = extreme(rng, shape_of(kind), frozenset({kind}), form, size)
            assert value is not None
            assert OBEYS[kind](value), (form, size)
            for step in (1.0, 0.01):
                value = moved(rng, value, frozenset({kind}), step)
                assert OBEYS[kind](value), (form, size, step)


def test_what_has_one_draw_only_is_left_alone() -> None:
    assert extreme(np.random.default_rng(0), (4, 1), frozenset({"onehot"}), "normal", 1.0) is None
