"""Keys and values of all slots, written in place: nothing is padded or moved to let another row in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from evalkit.local.prefixes import Layers


class _Layer(DynamicLayer):  # type: ignore[no-untyped-call]
    """Keys and values of one layer for all slots, (slots, heads, columns, size)."""

    def __init__(self, keys: Tensor, values: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.keys, self.values, self.is_initialized = keys, values, True
        self.dtype, self.device = keys.dtype, keys.device

    def aim(self, first: int, columns: Tensor, length: int) -> None:
        """Where the next tokens go, (rows, tokens), from slot `first` on, and how many columns are in use then."""
        slots = torch.arange(first, first + len(columns), device=self.device)[:, None]
        self._to, self._first, self._length = (slots, columns.to(self.device)), first, length

    def update(self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        slots, columns = self._to
        self.keys[slots, :, columns] = key_states.transpose(1, 2)  # type: ignore[index]
        self.values[slots, :, columns] = value_states.transpose(1, 2)  # type: ignore[index]
        end = self._first + len(slots)
        return self.keys[self._first : end, :, : self._length], self.values[self._first : end, :, : self._length]  # type: ignore[index]

    def get_seq_length(self) -> int:
        return self._length - self._to[1].shape[1]


class SlotCache:
    """The cache of a model: `rows` slots of `columns` tokens."""

    def __init__(self, layers: Layers) -> None:
        """layers: of any computation; their shapes and types are taken on."""
        self.rows = self.columns = 0
        self._layers = [_Layer(keys[:0, :, :0].clone(), values[:0, :, :0].clone()) for keys, values in layers]

    @property
    def dtype(self) -> torch.dtype:
        return self._layers[0].dtype

    def resize(self, rows: int, columns: int) -> None:
        """Copy into tensors of another size; what does not fit is lost."""
        for layer in self._layers:
            for name in ("keys", "values"):
                old = getattr(layer, name)
                new = old.new_zeros(rows, old.shape[1], columns, old.shape[3])
                kept = min(rows, old.shape[0]), min(columns, old.shape[2])
                new[: kept[0], :, : kept[1]] = old[: kept[0], :, : kept[1]]
                setattr(layer, name, new)
        self.rows, self.columns = rows, columns

    def aim(self, first: int, columns: Tensor, length: int) -> DynamicCache:
        """A cache of the library for one call: rows from slot `first` on, new tokens at `columns` (rows, tokens)."""
        for layer in self._layers:
            layer.aim(first, columns, length)
        cache = DynamicCache()
        cache.layers = list(self._layers)
        return cache

    def read(self, slot: int, length: int) -> Layers:
        """A copy of the first columns of a slot."""
        return [tuple(t[slot : slot + 1, :, :length].clone() for t in _tensors(layer)) for layer in self._layers]  # type: ignore[misc]

    def write(self, slot: int, layers: Layers, length: int) -> None:
        """Fill the first columns of a slot."""
        for layer, known in zip(self._layers, layers, strict=True):
            for tensor, values in zip(_tensors(layer), known, strict=True):
                tensor[slot, :, :length] = values[0, :, :length]

    def move(self, source: int, target: int, length: int) -> None:
        """Copy the first columns of one slot to another."""
        for layer in self._layers:
            for tensor in _tensors(layer):
                tensor[target, :, :length] = tensor[source, :, :length]


def _tensors(layer: _Layer) -> Sequence[Tensor]:
    return layer.keys, layer.values  # type: ignore[return-value]
