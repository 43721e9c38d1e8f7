"""Which of the prompts that wait are computed together in one call of the model.

A call costs much the same for one short prompt as for many (most of it is the launching of small steps), so prompts of
similar length share one. A prompt that shares most of its work with another one waits until that one is computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.local.prefixes import Known, Prefixes, Tokens, common
from evalkit.local.rows import Row

AREA = 2**21
"""Rows x new tokens x columns of one call, at most (one prompt alone may exceed it): bounds the memory of attention."""
WASTE = 1.5
"""The longest of a group is at most so many times as long as the shortest, and LEEWAY tokens longer."""
LEEWAY = 16


@dataclass(frozen=True)
class Job:
    """A row whose prompt, and what was drawn so far, is to be computed from the token `known.length` on."""

    row: Row
    tokens: Tokens
    known: Known

    @property
    def left(self) -> int:
        """Tokens to compute."""
        return len(self.tokens) - self.known.length


def next_group(rows: Sequence[Row], prefixes: Prefixes) -> list[Job]:
    """The rows to compute next, together; at least one of `rows`. Those that need no call at all come first."""
    tokens = {row: tuple(row.tokens) for row in rows}
    jobs = [Job(row, tokens[row], prefixes.longest(tokens[row])) for row in rows]
    done = [job for job in jobs if job.known.logits is not None]
    if done:
        return done
    first = sorted(_first_of_their_kind(jobs) if prefixes.budget else jobs, key=lambda job: job.left)
    group: list[Job] = []
    columns = 0
    for job in first:
        columns = max(columns, len(job.tokens))
        too_long = group and job.left > WASTE * group[0].left + LEEWAY
        if too_long or (group and (len(group) + 1) * job.left * columns > AREA):
            break
        group.append(job)
    return group


def _first_of_their_kind(jobs: Sequence[Job]) -> list[Job]:
    """Without those that would be spared half of their work or more, were another one of them computed before."""
    chosen: list[Job] = []
    for job in sorted(jobs, key=lambda job: job.tokens):  # the most alike stand side by side
        spared = common(chosen[-1].tokens, job.tokens) - job.known.length if chosen else 0
        if 2 * spared < job.left:
            chosen.append(job)
    return chosen
