"""What one scorer says of one reply: within its bounds, and checked against what it declares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from numbers import Real
from typing import Any

from evalkit.errors import SpecError
from evalkit.judging.analyses import Analyses, texts_of
from evalkit.judging.asked import Votes
from evalkit.judging.bounds import OutOfTimeError, cpu_seconds
from evalkit.reading.votes import READING
from evalkit.runfile import readings
from evalkit.specs.problems import Problem
from evalkit.types import LARGEST, Analysis, Conversation, Reply, Score, Scorer

FAILED = "the scorer failed: "
UNREADABLE = "cannot be read as it was given"


def signed(scores: Sequence[Score], reading: Mapping[str, Any]) -> tuple[Score, ...]:
    """The scores with the author of the reading that they rest on."""
    return tuple(replace(s, reason=f"{s.reason}; reading by {readings.author(reading)}".lstrip("; ")) for s in scores)


def kinds_read_by(scorer: Scorer) -> list[str]:
    """The kinds of prompts whose answers a scorer reads, itself or through the analysis of the mathematics."""
    return sorted({*scorer.questions(), *([READING] if scorer.reads_derivation else [])})


def apply(
    scorer: Scorer,
    problem: Problem,
    replies: Iterable[Reply],
    analyses: Callable[[int], Analysis | None] | None = None,
    votes: Votes | None = None,
) -> tuple[Score, ...]:
    """What a scorer says of the last reply. A scorer that raises gives None with the error as the reason.

    analyses: of the whole conversation; the scorer's own -1 is the last of `replies`, not of the conversation. votes:
    what a judge said of the last reply.
    """
    texts = texts_of(replies)
    made = analyses or Analyses(problem, texts)
    said = votes or {}
    conversation = Conversation(
        problem.question, texts, lambda index: made(index % len(texts)), lambda kind: said.get(kind, ())
    )
    try:
        with cpu_seconds(scorer.time_limit):
            scores = tuple(scorer.score(conversation))
    except OutOfTimeError as error:
        return nothing(scorer, str(error))
    except MemoryError:
        return nothing(scorer, "stopped: it needed too much memory")
    except SpecError as error:
        return nothing(scorer, f"{UNREADABLE}: {error}")
    except Exception as error:
        return nothing(scorer, f"{FAILED}{type(error).__name__}: {error}")
    fault = next((fault for score in scores if (fault := _fault(scorer, score))), None)
    return tuple(_checked(scorer, score) for score in scores) if fault is None else nothing(scorer, FAILED + fault)


def _fault(scorer: Scorer, score: object) -> str | None:
    """What is wrong with what a scorer returned."""
    if not isinstance(score, Score):
        return f"it returned {type(score).__name__} where a Score is expected"
    if score.metric not in scorer.metrics:
        return f"it returned the metric {score.metric!r}, and declares {', '.join(scorer.metrics)}"
    value: object = score.value  # whatever its author returned
    if value is not None and not isinstance(value, Real):
        return f"{score.metric}: the value is {type(value).__name__}, not a number or None"
    return None


def _checked(scorer: Scorer, score: Score) -> Score:
    """A value outside the range that the metric declares is a fault of the scorer, not a measurement."""
    metric = scorer.metrics[score.metric]
    if score.value is not None and type(score.value) not in (int, float, bool):  # of numpy
        score = replace(score, value=float(score.value))
    if score.value is not None and not max(metric.low, -LARGEST) <= score.value <= min(metric.high, LARGEST):
        return Score(score.metric, None, f"{FAILED}{score.value} is outside [{metric.low}, {metric.high}]")
    return score


def nothing(scorer: Scorer, reason: str) -> tuple[Score, ...]:
    """None for every metric of a scorer."""
    return tuple(Score(metric, None, reason) for metric in scorer.metrics)
