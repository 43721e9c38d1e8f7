"""Prompts that were computed already, so that arms and samples of one problem share the work."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

MOST = 256
"""Prompts kept, at most: those of one problem stand close together in a run."""
SHORTEST = 8
"""A common beginning of fewer tokens is not worth the bookkeeping."""

Layers = Sequence[tuple[Tensor, Tensor]]
"""Keys and values of each layer, (1, heads, tokens, size)."""
Tokens = tuple[int, ...]


@dataclass(frozen=True)
class Known:
    """A computed beginning of a prompt."""

    layers: Layers
    length: int
    logits: Tensor | None
    """For the token after it, (1, vocabulary), where it is the whole prompt."""


NOTHING = Known((), 0, None)


class Prefixes:
    """The prompts used last, at most MOST of them with `budget` tokens together."""

    def __init__(self, budget: int) -> None:
        self.budget, self._held = budget, 0
        self._kept: OrderedDict[Tokens, tuple[Layers, Tensor]] = OrderedDict()
        self._sorted: list[Tokens] = []

    def longest(self, tokens: Tokens) -> Known:
        """The longest computed beginning of `tokens`, NOTHING where there is none worth using."""
        if tokens in self._kept:
            self._kept.move_to_end(tokens)
            layers, logits = self._kept[tokens]
            return Known(layers, len(tokens), logits)
        at = bisect_left(self._sorted, tokens)
        near = self._sorted[max(0, at - 1) : at + 1]  # in sorted order the most alike stand side by side
        length, best = max(((common(other, tokens), other) for other in near), default=(0, ()))
        length = min(length, len(tokens) - 1)  # the last one must be computed, for its logits
        if length < SHORTEST:
            return NOTHING
        self._kept.move_to_end(best)
        return Known([(k[:, :, :length], v[:, :, :length]) for k, v in self._kept[best][0]], length, None)

    def keep(self, tokens: Tokens, layers: Layers, logits: Tensor) -> None:
        """Remember a prompt; the ones unused for longest make room."""
        if tokens in self._kept or len(tokens) > self.budget:
            return
        self._held += len(tokens)
        self._kept[tokens] = (layers, logits)
        insort(self._sorted, tokens)
        while self._held > self.budget or len(self._kept) > MOST:
            gone, _ = self._kept.popitem(last=False)
            del self._sorted[bisect_left(self._sorted, gone)]
            self._held -= len(gone)

    def clear(self) -> None:
        self._kept.clear()
        self._sorted.clear()
        self._held = 0


def common(a: Sequence[int], b: Sequence[int]) -> int:
    """Length of the common beginning."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
