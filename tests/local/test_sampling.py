"""From logits to tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.local.rows import Row
from evalkit.local.sampling import BROKEN, _least, draw
from evalkit.local.settings import Sampling

NOTHING: Any = None


def row_with(sampling: Sampling, seed: int = 0, prompt: Sequence[int] = (1,)) -> Row:
    return Row(prompt, sampling, 10, frozenset(), seed)


def test_frequencies_follow_the_distribution() -> None:
    shares = torch.tensor([0.6, 0.3, 0.1])
    rows = [row_with(Sampling(temperature=1.0), seed) for seed in range(4000)]
    draw(shares.log().repeat(4000, 1), rows)
    counts = torch.bincount(torch.tensor([row.drawn[0] for row in rows])) / 4000
    assert torch.allclose(counts, shares, atol=0.03)


@given(
    st.integers(0, 10**6),
    st.sampled_from([1.0, 0.9, 0.5, 0.05]),
    st.sampled_from([0, 1, 5, 50]),
    st.sampled_from([0.0, 0.1, 0.6]),
    st.sampled_from([0.3, 1.0, 3.0]),
)
@settings(max_examples=150, deadline=None)
def test_cuts_are_those_of_the_library(seed: int, top_p: float, top_k: int, min_p: float, temperature: float) -> None:
    logits = torch.randn(3, 40, generator=torch.Generator().manual_seed(seed)) * 2 / temperature
    kept = logits
    if top_k:
        kept = transformers.TopKLogitsWarper(min(top_k, 40))(NOTHING, kept)
    if top_p < 1:
        kept = transformers.TopPLogitsWarper(top_p)(NOTHING, kept)
    if min_p:
        kept = transformers.MinPLogitsWarper(min_p)(NOTHING, kept)
    ours = logits >= _least(logits, Sampling(temperature=1, top_p=top_p, top_k=top_k, min_p=min_p))
    assert torch.equal(ours, kept > -torch.inf)


def test_top_p_beyond_the_head_of_a_large_vocabulary() -> None:
    flat, steep = torch.zeros(1, 5000), torch.zeros(1, 5000)
    steep[0, 7] = 30.0
    least = _least(torch.cat([flat + torch.arange(5000) * 1e-6, steep]), Sampling(temperature=1, top_p=0.5))
    assert 2400 < int((flat + torch.arange(5000) * 1e-6 >= least[0]).sum()) < 2600
    assert int((steep >= least[1]).sum()) == 1


def test_repetition_penalty_is_that_of_the_library() -> None:
    logits = torch.randn(1, 30, generator=torch.Generator().manual_seed(2))
    row = row_with(Sampling(repetition_penalty=1.7), prompt=list(range(0, 30, 2)))
    theirs = transformers.RepetitionPenaltyLogitsProcessor(1.7)(torch.tensor([row.prompt]), logits.clone())
    draw(logits, [row])
    assert row.drawn == [int(theirs.argmax())]


def test_a_broken_row_does_not_harm_its_neighbour() -> None:
    rows = [row_with(Sampling(temperature=1.0)), row_with(Sampling())]
    draw(torch.tensor([[float("nan"), 1.0], [0.0, 3.0]]), rows)
    assert (rows[0].error, rows[1].drawn) == (BROKEN, [1])


@pytest.mark.parametrize(
    ("said", "stops", "shown"),
    [
        ("one, two", ["END"], "one, two"),
        ("one END two", ["two", "END"], "one "),
        ("END", ["END"], ""),
        ("one", [], "one"),
    ],
    ids=["none there", "the first", "at once", "no stops"],
)
def test_a_reply_ends_before_the_first_of_its_stop_strings(said: str, stops: list[str], shown: str) -> None:
    row = Row([1], Sampling(), 10, frozenset(), 0, stops, lambda drawn: said[: len(drawn)], list(range(len(said))))
    assert row.text() == shown
