"""Prompts that were computed already, so that arms and samples of one problem share the work."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

MOST = 256
"""Prompts kept, at most: those of one problem stand close together in a run."""
SHORTEST = 8
"""A common beginning of fewer tokens is not worth the bookkeeping."""

Layers = Sequence[tuple[Tensor, Tensor]]
"""Keys and values of each layer, (1, heads, tokens, size)."""


@dataclass(frozen=True)
class Known:
    """A computed beginning of a prompt."""

    layers: Layers
    length: int
    logits: Tensor | None
    """For the token after it, (1, vocabulary), where it is the whole prompt."""


class Prefixes:
    """The prompts used last, at most MOST of them with `budget` tokens together."""

    def __init__(self, budget: int) -> None:
        self._budget, self._held = budget, 0
        self._kept: OrderedDict[tuple[int, ...], tuple[torch.Tensor, Layers, Tensor]] = OrderedDict()

    def longest(self, tokens: Sequence[int]) -> Known | None:
        """The longest computed beginning of `tokens`, None where there is none."""
        key = tuple(tokens)
        if key in self._kept:
            self._kept.move_to_end(key)
            _, layers, logits = self._kept[key]
            return Known(layers, len(key), logits)
        mine = np.asarray(key)
        best, length = None, SHORTEST - 1
        for other, (ids, _, _) in self._kept.items():
            common = min(_common(mine, ids.numpy()), len(key) - 1)
            if common > length:
                best, length = other, common
        if best is None:
            return None
        self._kept.move_to_end(best)
        layers = [(k[:, :, :length], v[:, :, :length]) for k, v in self._kept[best][1]]
        return Known(layers, length, None)

    def keep(self, tokens: Sequence[int], layers: Layers, logits: Tensor) -> None:
        """Remember a prompt; the ones unused for longest make room."""
        key = tuple(tokens)
        if key in self._kept or len(key) > self._budget:
            return
        self._held += len(key)
        self._kept[key] = (torch.tensor(key), layers, logits)
        while self._held > self._budget or len(self._kept) > MOST:
            gone, _ = self._kept.popitem(last=False)
            self._held -= len(gone)

    def clear(self) -> None:
        self._kept.clear()
        self._held = 0


def _common(a: np.ndarray, b: np.ndarray) -> int:
    """Length of the common beginning of two arrays."""
    shorter = min(len(a), len(b))
    differ = np.flatnonzero(a[:shorter] != b[:shorter])
    return int(differ[0]) if len(differ) else shorter
