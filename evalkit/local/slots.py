"""Many replies at once: every row has a slot in the cache, and a slot is refilled as soon as its reply is complete.

All rows share one call of the model per token. A row's keys and values stand at the columns 0, 1, ... of its slot, so
nothing is ever padded or moved to let another row in; position ids and mask say how far each row has come. Prompts are
computed in their slots, those of similar length together (groups.py), and what they have in common once (prefixes.py).

Only for models whose cache is plain (keys and values of all tokens in every layer); suited.py tells. Not covered:
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

from evalkit.local.cache import SlotCache
from evalkit.local.groups import Job, next_group
from evalkit.local.memory import is_out_of_memory, release
from evalkit.local.prefixes import Prefixes
from evalkit.local.rows import Row
from evalkit.local.sampling import draw

log = logging.getLogger("evalkit.local")
CHUNK = 512
"""Tokens of each prompt computed in one call: bounds memory, and the time until a stop is noticed."""
STEP = 64
"""Columns are added to the slots in multiples of this."""
CALM = 1000
"""Steps after running out of memory before more rows are taken on again."""
PREFIX_SHARE = 4
"""One part in so many of the token budget is for computed prompts."""

Block = Sequence[Sequence[int]]


class Slots:
    """A model that answers up to `slots` rows at once, with at most `budget` tokens in its cache."""

    def __init__(
        self, model: Any, slots: int, budget: int, stopping: Callable[[], bool] = lambda: False, *, share: bool = True
    ) -> None:
        """share: compute what prompts have in common only once."""
        self._model, self.slots, self.budget, self._stopping = model, slots, budget, stopping
        self._prefixes = Prefixes(budget // PREFIX_SHARE if share else 0)
        self._keeps_logits = "logits_to_keep" in inspect.signature(model.forward).parameters
        self._name = cache_name(model)
        self._cache = SlotCache(_one_token(model))
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
            self._drop(over)
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
        self._cache.resize(0, 0)
        self._prefixes.clear()
        return rows

    # ------------------------------------------------------------ rows come and go

    def _admit(self, waiting: deque[Row], over: list[Row]) -> None:
        begin = len(self._rows)
        while waiting and len(self._rows) < self.slots and not self._stopping():
            if waiting[0].over:
                over.append(waiting.popleft())
                continue
            if not self._room(len(self._rows) + 1, waiting[0].length + 1):
                if self._rows:
                    break
                self._cache.resize(1, _rounded(waiting[0].length + 1))  # the only row may exceed the budget
            self._rows.append(waiting.popleft())
        while begin < len(self._rows) and not self._stopping():
            group = next_group(self._rows[begin:], self._prefixes)
            chosen = {job.row for job in group}
            self._rows[begin:] = [job.row for job in group] + [row for row in self._rows[begin:] if row not in chosen]
            draw(self._prefill(begin, group), [job.row for job in group])
            begin += len(group)

    def _drop(self, over: list[Row]) -> None:
        """Take out the rows that are over; the last row moves into the gap."""
        for slot in reversed(range(len(self._rows))):
            if self._rows[slot].over:
                over.append(self._take_out(slot))

    def _take_out(self, slot: int) -> Row:
        row, last = self._rows[slot], self._rows.pop()
        if last is not row:
            self._rows[slot] = last
            self._cache.move(len(self._rows), slot, last.length)
        return row

    # ------------------------------------------------------------ the model's work

    def _prefill(self, begin: int, group: Sequence[Job]) -> Tensor:
        """Compute the rows of a group in the slots from `begin` on. Returns logits (rows, vocabulary)."""
        for slot, job in enumerate(group, begin):
            if job.known.length:
                self._cache.write(slot, job.known.layers, job.known.length)
        known = [job.known.logits for job in group if job.known.logits is not None]
        if known:
            return torch.cat(known)
        width = max(job.left for job in group)
        ids, positions, columns = zip(*(_window(job.tokens, width) for job in group), strict=True)
        for start in range(0, width, CHUNK):
            if self._stopping():
                raise InterruptedError
            part = ([row[start : start + CHUNK] for row in rows] for rows in (ids, positions, columns))
            logits = self.forward(begin, *part)
        self.computed += sum(job.left for job in group)
        if self._prefixes.budget:
            for slot, job in enumerate(group, begin):
                if not job.row.drawn:
                    layers = self._cache.read(slot, len(job.tokens))
                    self._prefixes.keep(job.tokens, layers, logits[slot - begin : slot - begin + 1].clone())
        return logits

    def _decode(self, waiting: deque[Row]) -> None:
        while not self._room(len(self._rows), max(row.length for row in self._rows)):
            if len(self._rows) == 1:
                self._cache.resize(1, _rounded(self._rows[0].length))
                break
            youngest = min(range(len(self._rows)), key=lambda i: len(self._rows[i].drawn))
            waiting.appendleft(self._take_out(youngest))
        at = [[row.length - 1] for row in self._rows]
        draw(self.forward(0, [[row.drawn[-1]] for row in self._rows], at, at), self._rows)
        self.steps += 1

    def forward(self, first: int, ids: Block, positions: Block, columns: Block) -> Tensor:
        """More tokens for the rows from slot `first` on, all (rows, tokens). Returns logits (rows, vocabulary).

        columns: where in its slot a token goes. It sees the columns up to its position.
        """
        tokens, at, to = torch.tensor([ids, positions, columns], device=self._model.device)
        length = max(map(max, columns)) + 1
        dtype = self._cache.dtype
        hidden = torch.arange(length, device=at.device) > at[:, :, None]
        mask = torch.zeros(hidden.shape, dtype=dtype, device=at.device).masked_fill(hidden, torch.finfo(dtype).min)
        result = self._model(
            input_ids=tokens,
            position_ids=at,
            attention_mask=mask[:, None],
            use_cache=True,
            **({"logits_to_keep": 1} if self._keeps_logits else {}),
            **{self._name: self._cache.aim(first, to, length)},
        )
        logits: Tensor = result.logits[:, -1]
        return logits

    # ------------------------------------------------------------ memory

    def _room(self, rows: int, columns: int) -> bool:
        """Make the slots hold so many rows of so many tokens; False where the budget does not allow it."""
        cache = self._cache
        if rows <= cache.rows and columns <= cache.columns:
            return True
        longest = max([columns, *(row.length for row in self._rows)])
        generous = max(cache.rows, min(self.slots, 2 * rows)), max(cache.columns, _rounded(longest + longest // 4))
        tight = rows, _rounded(longest)
        for size in (generous, (generous[0], tight[1]), tight):
            if size[0] * size[1] <= self.budget - self.budget // PREFIX_SHARE:
                cache.resize(*size)
                return True
        return False

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


def _window(tokens: Sequence[int], width: int) -> tuple[list[int], list[int], list[int]]:
    """(ids, positions, columns) of the last `width` tokens: known ones are computed again, to end all rows at once.

    Where there are fewer, filler stands in front: it sees the first token only and is written behind the last one,
    where the next token of the row will be.
    """
    filler = max(0, width - len(tokens))
    at = list(range(max(0, len(tokens) - width), len(tokens)))
    return [tokens[0]] * filler + [tokens[i] for i in at], [0] * filler + at, [len(tokens)] * filler + at


def cache_name(model: Any) -> str:
    """The argument of a model that takes the cache; it was renamed by transformers 5.24."""
    return "cache" if "cache" in inspect.signature(model.forward).parameters else "past_key_values"


@torch.inference_mode()
def _one_token(model: Any) -> list[tuple[Tensor, Tensor]]:
    """Keys and values of one token, which tell number, shape and type of the layers."""
    cache = DynamicCache(config=model.config)
    at = torch.zeros(1, 1, dtype=torch.long, device=model.device)
    model(input_ids=at, use_cache=True, **{cache_name(model): cache})
    return [(layer.keys, layer.values) for layer in cache.layers]  # type: ignore[misc,union-attr]
