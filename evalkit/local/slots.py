"""Many replies at once: every row has a slot in the cache, and a slot is refilled as soon as its reply is complete.

All rows share one call of the model per token. A row's keys and values stand at the columns 0, 1, ... of its slot, so
nothing is ever padded or moved to let another row in; position ids and mask say how far each row has come. A prompt is
computed alone, so its values do not depend on its neighbours, and what prompts have in common is computed once.

Only for models whose cache is plain (keys and values of all tokens in every layer); `unsuited` tells. Not covered:
beams, several replies from one call, and values that are equal to the last bit for any number of rows: matrix products
round differently for different shapes. In float32 that is about 1e-6, and replies come out the same.
"""

from __future__ import annotations

import inspect
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from evalkit.local.memory import is_out_of_memory, release
from evalkit.local.prefixes import Layers, Prefixes
from evalkit.local.rows import Row
from evalkit.local.sampling import draw
from evalkit.local.settings import Sampling

log = logging.getLogger("evalkit.local")
CHUNK = 512
"""Prompt tokens computed in one call: bounds the memory of attention, and the time until a stop is noticed."""
STEP = 64
"""Columns are added to the slots in multiples of this."""
CALM = 1000
"""Steps after running out of memory before more rows are taken on again."""
PREFIX_SHARE = 4
"""One part in so many of the token budget is for computed prompts."""


class _Layer(DynamicLayer):  # type: ignore[no-untyped-call]
    """Keys and values of one layer for all slots, (slots, heads, columns, size), written in place."""

    def __init__(self, keys: Tensor, values: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.keys, self.values, self.is_initialized = keys, values, True
        self.dtype, self.device = keys.dtype, keys.device

    def aim(self, slots: Tensor, columns: Tensor, length: int) -> None:
        """Where the next token of each row goes, and how many columns are in use then."""
        self._slots, self._columns, self._length = slots.to(self.device), columns.to(self.device), length

    def update(self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        count = key_states.shape[0]
        self.keys[self._slots, :, self._columns] = key_states[:, :, 0]  # type: ignore[index]
        self.values[self._slots, :, self._columns] = value_states[:, :, 0]  # type: ignore[index]
        return self.keys[:count, :, : self._length], self.values[:count, :, : self._length]  # type: ignore[index]

    def get_seq_length(self) -> int:
        return self._length - 1

    def resize(self, slots: int, columns: int) -> None:
        """Copy into tensors of another size; what does not fit is lost."""
        for name in ("keys", "values"):
            old = getattr(self, name)
            new = old.new_zeros(slots, old.shape[1], columns, old.shape[3])
            kept = min(slots, old.shape[0]), min(columns, old.shape[2])
            new[: kept[0], :, : kept[1]] = old[: kept[0], :, : kept[1]]
            setattr(self, name, new)


class Slots:
    """A model that answers up to `slots` rows at once, with at most `budget` tokens in its cache."""

    def __init__(
        self, model: Any, slots: int, budget: int, stopping: Callable[[], bool] = lambda: False, *, share: bool = True
    ) -> None:
        """share: compute what prompts have in common only once."""
        self._model, self.slots, self.budget, self._stopping = model, slots, budget, stopping
        self._prefixes = Prefixes(budget // PREFIX_SHARE if share else 0)
        known = inspect.signature(model.forward).parameters
        self._keeps_logits = "logits_to_keep" in known
        self._cache = "cache" if "cache" in known else "past_key_values"  # renamed by transformers 5.24
        self._layers: list[_Layer] = []
        self._size = (0, 0)
        self._rows: list[Row] = []
        self._failed_alone: Row | None = None
        self._most = (slots, budget)
        self._retreated: int | None = None
        self.computed = self.steps = 0
        """Prompt tokens computed (not shared), and steps of all rows together."""

    @property
    def busy(self) -> bool:
        return bool(self._rows)

    @torch.inference_mode()
    def step(self, waiting: deque[Row]) -> list[Row]:
        """Fill the free slots from `waiting`, then draw one token for every row. Returns the rows that are over."""
        over: list[Row] = []
        try:
            self._drop(over)
            self._recover()
            self._admit(waiting, over)
            if self._rows and not self._stopping():
                self._decode(waiting)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            self._retreat(waiting)
        self._drop(over)
        return over

    def abandon(self) -> list[Row]:
        """Give up all rows and all memory; returns the rows."""
        rows, self._rows = self._rows, []
        self._layers, self._size = [], (0, 0)
        self._prefixes.clear()
        return rows

    # ------------------------------------------------------------ rows come and go

    def _admit(self, waiting: deque[Row], over: list[Row]) -> None:
        while waiting and len(self._rows) < self.slots and not self._stopping():
            row = waiting[0]
            if row.over:
                over.append(waiting.popleft())
                continue
            if self._rows and not self._room(len(self._rows) + 1, row.length + 1):
                return
            layers, logits = self._prefill(row)
            draw(logits, [row])
            if not row.over:
                self._place(row, layers)
            waiting.popleft()
            if row.over:
                over.append(row)  # type: ignore[unreachable]

    def _place(self, row: Row, layers: Layers) -> None:
        slot, length = len(self._rows), row.length - 1
        if not self._layers:
            self._layers = [_Layer(k[:0], v[:0]) for k, v in layers]
        if not self._room(slot + 1, row.length):
            self._resize(slot + 1, _rounded(row.length))  # the only row may exceed the budget
        for layer, (keys, values) in zip(self._layers, layers, strict=True):
            layer.keys[slot, :, :length] = keys[0, :, :length]  # type: ignore[index]
            layer.values[slot, :, :length] = values[0, :, :length]  # type: ignore[index]
        self._rows.append(row)

    def _drop(self, over: list[Row]) -> None:
        """Take out the rows that are over; the last row moves into the gap."""
        for slot in reversed(range(len(self._rows))):
            if self._rows[slot].over:
                over.append(self._take_out(slot))

    def _take_out(self, slot: int) -> Row:
        row, last = self._rows[slot], self._rows.pop()
        if last is not row:
            self._rows[slot] = last
            for layer in self._layers:
                for tensor in (layer.keys, layer.values):
                    tensor[slot, :, : last.length] = tensor[len(self._rows), :, : last.length]  # type: ignore[index]
        return row

    # ------------------------------------------------------------ the model's work

    def _prefill(self, row: Row) -> tuple[Layers, Tensor]:
        """Keys and values of the whole row so far, and the logits of its next token."""
        tokens = row.tokens
        known = self._prefixes.longest(tokens)
        if known is not None and known.logits is not None:
            return known.layers, known.logits
        cache = DynamicCache(config=self._model.config)
        begin = known.length if known is not None else 0
        if known is not None:
            for index, (keys, values) in enumerate(known.layers):
                cache.update(keys, values, index)
        extra: dict[str, Any] = {self._cache: cache} | ({"logits_to_keep": 1} if self._keeps_logits else {})
        for start in range(begin, len(tokens), CHUNK):
            if self._stopping():
                raise InterruptedError
            part = torch.tensor([tokens[start : start + CHUNK]], device=self._model.device)
            at = torch.arange(start, start + part.shape[1], device=part.device)[None]
            result = self._model(input_ids=part, position_ids=at, use_cache=True, **extra)
        self.computed += len(tokens) - begin
        layers = [(layer.keys, layer.values) for layer in cache.layers]  # type: ignore[union-attr]
        logits = result.logits[:, -1]
        if not row.drawn:
            self._prefixes.keep(tokens, layers, logits)  # type: ignore[arg-type]
        return layers, logits  # type: ignore[return-value]

    def _decode(self, waiting: deque[Row]) -> None:
        while not self._room(len(self._rows), max(row.length for row in self._rows)):
            if len(self._rows) == 1:
                self._resize(1, _rounded(self._rows[0].length))
                break
            youngest = min(range(len(self._rows)), key=lambda i: len(self._rows[i].drawn))
            waiting.appendleft(self._take_out(youngest))
        logits = self.forward([row.drawn[-1] for row in self._rows], [row.length - 1 for row in self._rows])
        draw(logits, self._rows)
        self.steps += 1

    def forward(self, tokens: Sequence[int], positions: Sequence[int]) -> Tensor:
        """One more token for each of the first slots, at its position. Returns logits (rows, vocabulary)."""
        device, length = self._model.device, max(positions) + 1
        ids, at = torch.tensor([tokens, positions], device=device)[:, :, None]
        slots = torch.arange(len(tokens), device=device)
        for layer in self._layers:
            layer.aim(slots, at[:, 0], length)
        dtype = self._layers[0].dtype
        hidden = torch.arange(length, device=device) > at
        mask = torch.zeros(hidden.shape, dtype=dtype, device=device).masked_fill(hidden, torch.finfo(dtype).min)
        result = self._model(
            input_ids=ids,
            position_ids=at,
            attention_mask=mask[:, None, None],
            use_cache=True,
            **{self._cache: _cache_of(self._layers)},
        )
        logits: Tensor = result.logits[:, -1]
        return logits

    # ------------------------------------------------------------ memory

    def _room(self, rows: int, columns: int) -> bool:
        """Make the slots hold so many rows of so many tokens; False where the budget does not allow it."""
        have_rows, have_columns = self._size
        if rows <= have_rows and columns <= have_columns:
            return True
        if not self._layers:
            return rows * _rounded(columns) <= self._share
        longest = max([columns, *(row.length for row in self._rows)])
        generous = (max(have_rows, min(self.slots, 2 * rows)), max(have_columns, _rounded(longest + longest // 4)))
        tight = (rows, _rounded(longest))
        for size in (generous, (generous[0], tight[1]), tight):
            if size[0] * size[1] <= self._share:
                self._resize(*size)
                return True
        return False

    @property
    def _share(self) -> int:
        return self.budget - self.budget // PREFIX_SHARE

    def _resize(self, rows: int, columns: int) -> None:
        for layer in self._layers:
            layer.resize(rows, columns)
        self._size = (rows, columns)

    def _retreat(self, waiting: deque[Row]) -> None:
        """Out of memory: all rows go back to the queue with what they have, and half as many are taken on."""
        rows = self.abandon()
        release()
        alone = rows[0] if len(rows) == 1 else waiting[0] if not rows and waiting else None
        if alone is not None and alone is self._failed_alone:
            alone.error = f"not enough memory for this conversation of {alone.length} tokens, even alone"
        self._failed_alone = alone
        waiting.extendleft(reversed(rows))
        if rows:
            self.slots, self.budget = max(1, len(rows) // 2), max(1, self.budget // 2)
            self._retreated = self.steps
        log.warning("out of memory with %d replies at once; going on with %d", len(rows), self.slots)

    def _recover(self) -> None:
        """After a calm time, try twice as many again: perhaps one long conversation was to blame."""
        if self._retreated is not None and self.steps - self._retreated >= CALM:
            self.slots, self.budget = min(2 * self.slots, self._most[0]), min(2 * self.budget, self._most[1])
            self._retreated = None if (self.slots, self.budget) == self._most else self.steps


def _rounded(columns: int) -> int:
    return -(-columns // STEP) * STEP


def _cache_of(layers: Sequence[_Layer]) -> DynamicCache:
    """A cache of the library around our layers."""
    cache = DynamicCache()
    cache.layers = list(layers)
    return cache


def unsuited(model: Any) -> str | None:
    """Why this model cannot run in slots, None where it can. Computes two short prompts both ways and compares."""
    cache = DynamicCache(config=model.config)
    kinds = {type(layer) for layer in cache.layers}
    if kinds - {DynamicLayer}:
        return f"its cache is not plain ({', '.join(sorted(kind.__name__ for kind in kinds))})"
    if "position_ids" not in inspect.signature(model.forward).parameters:
        return "it takes no position ids"
    if model.config._attn_implementation not in ("sdpa", "eager"):
        return f"its attention is {model.config._attn_implementation!r}, not sdpa or eager"
    try:
        return _differs(model)
    except Exception as error:  # whatever an unusual model raises, the other way is open
        if is_out_of_memory(error):
            raise
        return f"{type(error).__name__} in a trial run: {error}"


@torch.inference_mode()
def _differs(model: Any) -> str | None:
    """Rows of different lengths, a few tokens on, against the plain computation without a cache."""
    size = model.config.get_text_config().vocab_size
    texts = [[(7 * i + 3 * n) % size for i in range(1, n + 1)] for n in (6, 15)]
    slots = Slots(model, 2, 2**20, share=False)
    for text in texts:
        row = Row(text[:-2], Sampling(), 9, frozenset(), 0)
        layers, _ = slots._prefill(row)
        row.drawn.append(text[-2])
        slots._place(row, layers)
    for back in (2, 1):
        ours = slots.forward([text[-back] for text in texts], [len(text) - back for text in texts])
    for row_logits, text in zip(ours, texts, strict=True):
        plain = model(input_ids=torch.tensor([text], device=model.device), use_cache=False).logits[0, -1].float()
        tolerance = 1e-3 if slots._layers[0].dtype == torch.float32 else 0.05
        gap, scale = (row_logits.float() - plain).abs().max(), plain.abs().max()
        if not gap <= tolerance * scale:
            return f"a trial run in slots differs by {float(gap / scale):.2g} of the largest value"
    return None
