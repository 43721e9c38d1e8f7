"""Prompts that were computed already."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.local.prefixes import Prefixes


@given(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=24), min_size=1, max_size=8), st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_prefixes_are_beginnings_and_stay_in_budget(texts: list[list[int]], budget: int) -> None:
    kept = Prefixes(budget)
    for text in texts:
        values = torch.tensor(text, dtype=torch.float32)[None, None, :, None]
        known = kept.longest(text)
        if known is not None:
            assert known.layers[0][0].flatten().tolist() == text[: known.length]
            assert (known.logits is not None) == (known.length == len(text))
        kept.keep(text, [(values, values)], torch.zeros(1, 1))
        assert kept._held <= budget
