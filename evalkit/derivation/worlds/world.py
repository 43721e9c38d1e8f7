"""A world: sizes and a seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evalkit.derivation.worlds.draw import Array


@dataclass(frozen=True)
class World:
    """Sizes and a seed: together with a scope they fix every value. `deficient`: data matrices lack full rank."""

    label: str
    sizes: Mapping[str, int]
    seed: int
    deficient: bool = False
    drawn: dict[Any, Array] = field(default_factory=dict, compare=False, repr=False)
    spent: list[int] = field(default_factory=lambda: [0], compare=False, repr=False)
    """Evaluation steps so far, over all expressions of a reply."""
