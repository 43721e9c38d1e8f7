"""The mathematics of the replies of one conversation, analysed once for all scorers that ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from evalkit.errors import SpecError
from evalkit.judging.asked import Votes
from evalkit.judging.bounds import CPU_SECONDS, OutOfTimeError, cpu_seconds, soft
from evalkit.reading.votes import READING
from evalkit.specs.problems import Problem
from evalkit.types import Analysis, Reply

MAX_CHARACTERS = 200_000
Readings = Mapping[str, Mapping[str, Any]]
"""How replies are to be read, by assistant turn."""


class Analyses:
    """The derivation analysis of each reply of a conversation, made when first asked for and then kept.

    It has a bound of its own, whichever scorer asks first; where it ran out of it, each scorer that asks is told so.
    by_rules: analyses the last of some replies as the rules read it, in place of the problem; it may know it already.
    """

    def __init__(
        self,
        problem: Problem,
        replies: Sequence[str],
        given: Readings = MappingProxyType({}),
        votes: Mapping[int, Votes] = MappingProxyType({}),
        by_rules: Callable[[tuple[str, ...]], Analysis | None] | None = None,
    ) -> None:
        self._by_rules = by_rules
        self._problem, self._replies, self._given, self._votes = problem, replies, given, votes
        self._made: dict[int, Analysis | OutOfTimeError | MemoryError | SpecError | None] = {}

    def __call__(self, index: int) -> Analysis | None:
        index %= len(self._replies)
        if index not in self._made:
            try:
                with cpu_seconds(CPU_SECONDS):
                    self._made[index] = self._analysed(index)
            except (OutOfTimeError, MemoryError, SpecError) as error:
                self._made[index] = error
        made = self._made[index]
        if isinstance(made, Exception):
            raise made
        return made

    def _analysed(self, index: int) -> Analysis | None:
        """By the reading of a person where there is one, else by the rules' and a model's where one was asked."""
        reply, before, given = self._replies[index], self._replies[:index], self._given.get(str(index + 1))
        proposed = next((v.found for v in self._votes.get(index + 1, {}).get(READING, ()) if v.found), None)
        made: Analysis | None
        if given is None and proposed is None and self._by_rules is not None:
            made = self._by_rules((*before, reply))
        elif given is not None or proposed is None:
            made = self._problem.analyse(reply, before, given, soft(CPU_SECONDS))
        else:
            made = self._problem.analyse_with(proposed, reply, before, soft(CPU_SECONDS))
        return made


def texts_of(replies: Iterable[Reply]) -> tuple[str, ...]:
    """The replies as scorers see them."""
    return tuple(r.text[:MAX_CHARACTERS] for r in replies)
