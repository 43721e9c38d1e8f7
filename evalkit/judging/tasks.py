"""One transcript's work for a worker process, and what it says of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial

from evalkit.judging.analyses import Analyses, Readings
from evalkit.judging.applying import apply, signed
from evalkit.judging.asked import Votes
from evalkit.judging.bounds import CPU_SECONDS, soft
from evalkit.specs import problems
from evalkit.specs.problems import Problem
from evalkit.types import Analysis, Reply, Score, Values, canonical

Wanted = tuple[int, str]
"""(assistant turn from 1, scorer)."""
COPIES = 32
"""Analyses that a worker keeps, for the conversations that begin with the same replies."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What one scorer says of one assistant turn."""

    turn: int
    scorer: str
    scores: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """One transcript's work for a worker process. The problem travels as text and is parsed once per process."""

    text: str
    problem: str
    variant: Values
    replies: tuple[str, ...]
    wanted: tuple[Wanted, ...]
    readings: Readings
    more: str
    """Scorers beyond those of the text, as JSON."""
    votes: Mapping[int, Votes]
    """What a judge said, by assistant turn."""


@lru_cache(maxsize=64)
def _parsed(text: str, identifier: str, more: str, variant: str) -> Problem:
    return problems.parse(text, identifier, identifier).judged_by(json.loads(more)).variant(json.loads(variant))


@lru_cache(maxsize=COPIES)
def analysed(asked: tuple[str, str, str, str], replies: tuple[str, ...]) -> Analysis | None:
    """Of the last reply. Arms that share their first turns, and models that are asked with temperature 0, say the same
    again and again. What runs out of time raises, and is not kept."""
    made: Analysis | None = _parsed(*asked).analyse(replies[-1], replies[:-1], None, soft(CPU_SECONDS))
    return made


def judge_task(task: Task) -> list[Judged]:
    asked = (task.text, task.problem, task.more, canonical(task.variant))
    problem = _parsed(*asked)
    replies = tuple(Reply(text) for text in task.replies)
    analyses = Analyses(problem, task.replies, task.readings, task.votes, partial(analysed, asked))
    done = []
    for turn, name in task.wanted:
        scorer = problem.scorers[name]
        scores = apply(scorer, problem, replies[:turn], analyses, task.votes.get(turn))
        given = task.readings.get(str(turn)) if scorer.reads_derivation else None
        done.append(Judged(turn, name, signed(scores, given) if given is not None else scores))
    return done
