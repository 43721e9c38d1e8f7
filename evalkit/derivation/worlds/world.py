"""A world: sizes and a seed; and which worlds share their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from evalkit.derivation.worlds.deadline import NEVER, Deadline
from evalkit.derivation.worlds.draw import Array

Mode = Literal["plain", "semi", "free"]
"""`semi`: decompositions and gradients are independent of all else; `free`: the problem's notations too."""


class Group(NamedTuple):
    """The worlds with one and the same scope: in general, under the reply's assumptions, or a special one by its name."""

    world: str
    mode: Mode = "plain"

    def but(self, mode: Mode) -> Group:
        """The same worlds in another mode."""
        return Group(self.world, mode)


GENERIC, ASSUMED = Group("generic"), Group("assumed")
SEMI, FREE = GENERIC.but("semi"), GENERIC.but("free")


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
    worked: list[int] = field(default_factory=lambda: [0], compare=False, repr=False)
    """Entries computed so far: the size of arrays costs as their number does."""
    deadline: Deadline = field(default=NEVER, compare=False, repr=False)
