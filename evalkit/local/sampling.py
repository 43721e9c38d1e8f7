"""From logits to the next token of each row: what a row gets depends on its own logits and its own stream alone.

The order of the steps is that of transformers: repetition penalty, temperature, top_k, top_p, min_p. A token is then
drawn by the race of exponential clocks (the Gumbel-max trick): each token has its own noise, so rounding changes a draw
only where the two best are within that rounding. Drawing by cumulative probabilities would have as many sore points as
there are tokens.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from evalkit.local.rows import Row
from evalkit.local.settings import Sampling

HEAD = 1024
"""Tokens looked at first for top_p; sorting a whole vocabulary costs more than the model's step on a CPU."""
TINY = 1e-37
BROKEN = "the model computed no number (NaN) for the next token; try dtype = 'float32' or 'bfloat16'"


def draw(logits: Tensor, rows: Sequence[Row]) -> None:
    """Give each row its next token. logits: (rows, vocabulary), any float type, on any device."""
    logits = logits.float()
    penalised = [i for i, row in enumerate(rows) if row.sampling.repetition_penalty != 1.0]
    if penalised:
        logits = logits.clone()
        for i in penalised:
            _penalise(logits[i], rows[i])
    best, token = logits.max(dim=-1)
    tokens: list[int] = token.tolist()
    broken = (~best.isfinite()).tolist()
    for sampling, members in _groups(rows).items():
        mine = [rows[i] for i in members]
        drawn = _by_chance(logits if len(mine) == len(rows) else logits[members], sampling, mine)
        for i, choice in zip(members, drawn, strict=True):
            tokens[i] = choice
    for row, choice, bad in zip(rows, tokens, broken, strict=True):
        if bad:
            row.error = BROKEN
        else:
            row.take(choice)


def _groups(rows: Sequence[Row]) -> dict[Sampling, list[int]]:
    """Indices of the rows that are not greedy, by their settings."""
    groups: dict[Sampling, list[int]] = {}
    for i, row in enumerate(rows):
        if not row.sampling.greedy:
            groups.setdefault(row.sampling, []).append(i)
    return groups


def _penalise(logits: Tensor, row: Row) -> None:
    """Keskar et al. 2019 (CTRL), as transformers does it: over all tokens of prompt and reply. In place."""
    seen = torch.tensor(sorted(set(row.tokens)), device=logits.device)
    values, penalty = logits[seen], row.sampling.repetition_penalty
    logits[seen] = torch.where(values < 0, values * penalty, values / penalty)


def _by_chance(logits: Tensor, sampling: Sampling, rows: Sequence[Row]) -> list[int]:
    """One token for each row of logits (rows, vocabulary), all drawn with the same settings."""
    logits = logits / sampling.temperature
    logits = logits.masked_fill(logits < _least(logits, sampling), -math.inf)
    noise = torch.empty_like(logits)
    for one, row in zip(noise, rows, strict=True):
        one.exponential_(generator=_stream(row, logits.device))
    drawn: list[int] = (logits - noise.clamp_(min=TINY).log_()).argmax(dim=-1).tolist()
    return drawn


def _stream(row: Row, device: torch.device) -> torch.Generator:
    """The row's own random numbers, on the device where the logits are."""
    if row.generator is None:
        row.generator = torch.Generator(device).manual_seed(row.seed)
    generator: torch.Generator = row.generator
    return generator


def _least(logits: Tensor, sampling: Sampling) -> Tensor:
    """The smallest logit of each row that may be drawn, (rows, 1)."""
    best = logits.amax(dim=-1, keepdim=True)
    least = best + (math.log(sampling.min_p) if sampling.min_p > 0 else -math.inf)
    k = min(sampling.top_k or logits.shape[-1], logits.shape[-1])
    if k < logits.shape[-1]:
        values = logits.topk(k, dim=-1).values
        least = least.maximum(values[:, -1:])
        if sampling.top_p < 1:
            least = least.maximum(_nucleus(values, values.logsumexp(dim=-1, keepdim=True), sampling.top_p))
    elif sampling.top_p < 1:
        total = logits.logsumexp(dim=-1, keepdim=True)
        values = logits.topk(min(HEAD, k), dim=-1).values
        nucleus = _nucleus(values, total, sampling.top_p)
        short = nucleus.isnan()[:, 0]
        if short.any():
            values = logits[short].sort(dim=-1, descending=True).values
            nucleus[short] = _nucleus(values, total[short], sampling.top_p).nan_to_num(-math.inf)
        least = least.maximum(nucleus)
    return least


def _nucleus(values: Tensor, total: Tensor, top_p: float) -> Tensor:
    """Of sorted logits, the last one needed to reach the share top_p; NaN where they do not reach it. (rows, 1)

    Holtzman et al. 2020. values: (rows, n), largest first. total: logarithm of the sum of all, (rows, 1).
    """
    reached = (values - total).exp().cumsum(dim=-1)
    last = (reached < top_p).sum(dim=-1, keepdim=True)
    found = values.gather(-1, last.clamp(max=values.shape[-1] - 1))
    return found.masked_fill(last >= values.shape[-1], math.nan)
