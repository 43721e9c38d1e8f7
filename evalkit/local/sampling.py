"""From logits to the next token of each row: what a row gets depends on its own logits and its own stream alone.

The order of the steps is that of transformers: repetition penalty, temperature, top_k, top_p, min_p. A token is then
drawn by one number u in [0, 1): the first whose cumulative probability exceeds u.
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
ALMOST_ONE = 1 - 2**-22
"""u times the total must stay below the total in float32."""
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
        u = torch.tensor([[min(rows[i].chance(), ALMOST_ONE)] for i in members], device=logits.device)
        whole = len(members) == len(rows)
        drawn = _by_chance(logits if whole else logits[members], sampling, u).tolist()
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


def _by_chance(logits: Tensor, sampling: Sampling, u: Tensor) -> Tensor:
    """One token for each row of logits (n, vocabulary), drawn with u (n, 1)."""
    logits = logits / sampling.temperature
    size = logits.shape[-1]
    k = min(sampling.top_k or size, size)
    if k == size and sampling.top_p >= 1.0:
        return _pick(_above_share(logits, sampling.min_p), u)
    if k < size:
        return _from_top(logits, k, sampling, u, whole=False)
    drawn = _from_top(logits, min(HEAD, size), sampling, u, whole=True)
    short = (drawn < 0).nonzero()[:, 0]
    if len(short):
        drawn[short] = _from_top(logits[short], size, sampling, u[short], whole=True)
    return drawn


def _from_top(logits: Tensor, k: int, sampling: Sampling, u: Tensor, *, whole: bool) -> Tensor:
    """Draw from the k best tokens. whole: shares are of the whole vocabulary; -1 where the k do not reach top_p."""
    values, indices = logits.topk(k, dim=-1)
    total = (logits if whole else values).logsumexp(dim=-1, keepdim=True)
    reached = (values - total).exp().cumsum(dim=-1)
    before = reached.roll(1, dims=-1)
    before[:, 0] = 0.0
    kept = values.masked_fill(before >= sampling.top_p, -math.inf)
    column = _pick(_above_share(kept, sampling.min_p), u)
    drawn = indices.gather(-1, column[:, None])[:, 0]
    if whole and k < logits.shape[-1]:
        drawn = torch.where(reached[:, -1] >= sampling.top_p, drawn, -1)
    return drawn


def _above_share(logits: Tensor, min_p: float) -> Tensor:
    """Without the tokens less probable than min_p times the most probable one."""
    if min_p <= 0:
        return logits
    return logits.masked_fill(logits < logits.amax(dim=-1, keepdim=True) + math.log(min_p), -math.inf)


def _pick(logits: Tensor, u: Tensor) -> Tensor:
    """The first column of each row whose cumulative probability exceeds u."""
    reached = logits.softmax(dim=-1).cumsum(dim=-1)
    column = torch.searchsorted(reached, u * reached[:, -1:], right=True)
    return column[:, 0].clamp(max=logits.shape[-1] - 1)
