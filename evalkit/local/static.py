"""Batches of a fixed membership through `model.generate`, for models whose cache is not plain.

The library does cache, mask and positions; tokens are drawn by our own sampler, so settings and random streams belong
to each row here too. Slower than slots.py, since a batch lasts as long as its longest reply.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from transformers import GenerationConfig, LogitsProcessor, StoppingCriteria

from evalkit.local.memory import is_out_of_memory, release
from evalkit.local.rows import Row
from evalkit.local.sampling import draw

log = logging.getLogger("evalkit.local")


class Static:
    """A model that answers up to `slots` rows at once, sorted by length."""

    busy = False

    def __init__(
        self,
        model: Any,
        slots: int,
        budget: int,
        stopping: Callable[[], bool] = lambda: False,
        *,
        padding: bool = True,
    ) -> None:
        """padding: whether prompts of different lengths may share a batch."""
        self._model, self.slots, self.budget, self._stopping, self._padding = model, slots, budget, stopping, padding

    @torch.inference_mode()
    def step(self, waiting: deque[Row]) -> list[Row]:
        """Answer one batch of `waiting` to its end. Returns the rows that are over."""
        over = [row for row in waiting if row.over]
        batch = self._batch([row for row in waiting if not row.over])
        waiting_on = [row for row in waiting if not row.over and row not in batch]
        waiting.clear()
        waiting.extend(waiting_on)
        if batch:
            try:
                self._generate(batch)
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                self._retreat(batch)
        waiting.extendleft(row for row in batch if not row.over)
        return over + [row for row in batch if row.over]

    def abandon(self) -> list[Row]:
        return []

    def _batch(self, rows: list[Row]) -> list[Row]:
        """The rows nearest in length to the one that waits longest."""
        if not rows:
            return []
        first = rows[0]
        near = sorted(rows, key=lambda row: abs(row.length - first.length))
        if not self._padding:
            near = [row for row in near if row.length == first.length]
        batch: list[Row] = []
        for row in near[: self.slots]:
            longest = max(r.length + r.limit for r in (*batch, row))
            if batch and (len(batch) + 1) * longest > self.budget:
                break
            batch.append(row)
        return batch

    def _generate(self, batch: list[Row]) -> None:
        longest = max(row.length for row in batch)
        filler = next(iter(sorted(batch[0].ends)), 0)
        device = self._model.device
        ids = torch.tensor([[filler] * (longest - row.length) + row.tokens for row in batch], device=device)
        mask = torch.tensor([[0] * (longest - row.length) + [1] * row.length for row in batch], device=device)
        config = GenerationConfig(  # type: ignore[no-untyped-call]
            max_new_tokens=max(row.limit - len(row.drawn) for row in batch),
            do_sample=False,
            pad_token_id=filler,
            eos_token_id=None,
        )
        ours = _Ours(batch, filler)
        over = _Over(batch, self._stopping)
        self._model.generate(
            input_ids=ids,
            attention_mask=mask,
            generation_config=config,
            logits_processor=[ours],
            stopping_criteria=[over],
        )

    def _retreat(self, batch: list[Row]) -> None:
        release()
        if len(batch) == 1:
            batch[0].error = f"not enough memory for this conversation of {batch[0].length} tokens, even alone"
        self.slots = max(1, len(batch) // 2)
        log.warning("out of memory with %d replies at once; going on with %d", len(batch), self.slots)


class _Ours(LogitsProcessor):
    """Draws the next token itself and leaves only that one to choose."""

    def __init__(self, batch: list[Row], filler: int) -> None:
        self._batch, self._filler = batch, filler

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        alive = [i for i, row in enumerate(self._batch) if not row.over]
        draw(scores[alive], [self._batch[i] for i in alive])
        chosen = [self._filler] * len(self._batch)
        for i in alive:
            if self._batch[i].error is None:
                chosen[i] = self._batch[i].drawn[-1]
        only = torch.full_like(scores, -torch.inf)
        only[torch.arange(len(chosen)), torch.tensor(chosen)] = 0.0
        return only


class _Over(StoppingCriteria):
    """Ends a row with its reply, and the whole batch when the worker is to stop."""

    def __init__(self, batch: list[Row], stopping: Callable[[], bool]) -> None:
        self._batch, self._stopping = batch, stopping

    def __call__(self, input_ids: Tensor, scores: Tensor, **_: Any) -> Tensor:
        stop = self._stopping()
        return torch.tensor([stop or row.over for row in self._batch], device=input_ids.device)
