"""Whether a model can run in slots: found out, not believed."""

from __future__ import annotations

import inspect
from collections import deque
from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from evalkit.local.memory import is_out_of_memory
from evalkit.local.rows import Row
from evalkit.local.settings import Sampling
from evalkit.local.slots import Slots


def unsuited(model: Any) -> str | None:
    """Why this model cannot run in slots, None where it can.

    Computes two short prompts together and alone, and compares.
    """
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
    slots = Slots(model, 2, 2**20)
    rows = [Row(text[:-2], Sampling(), 9, frozenset(), 0) for text in texts]
    slots._admit(deque(rows), [])
    for back in (2, 1):
        at = [[len(text) - back] for text in texts]
        ours = slots.forward(0, [[text[-back]] for text in texts], at, at)
    for row_logits, text in zip(ours, texts, strict=True):
        plain = model(input_ids=torch.tensor([text], device=model.device), use_cache=False).logits[0, -1].float()
        tolerance = 1e-3 if ours.dtype == torch.float32 else 0.05
        gap, scale = (row_logits.float() - plain).abs().max(), plain.abs().max()
        if not gap <= tolerance * scale:
            return f"a trial run in slots differs by {float(gap / scale):.2g} of the largest value"
    return None
