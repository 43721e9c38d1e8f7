"""Judging replies: what a scorer is given, what it says, and what its metrics and marks mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, Protocol

from evalkit.errors import SpecError
from evalkit.types.asking import Spec


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the judged reply, `text[start:end]` in code points, and what it shows."""

    start: int
    end: int
    kind: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """How the report marks stretches of a reply, and what the mark means. Two kinds of spans may share one."""

    name: str
    """Letters and dashes. The style sheet may draw `.k-<name>`; others look like evidence of no special kind."""
    label: str
    about: str
    place: int = 100
    """In the legend, the smallest first."""
    quiet: bool = False
    """Off until the reader asks for it."""


ANSWER = Mark("answer", "answer", "the answer that was judged", 10)
BARRED = Mark("bad", "unsupported", "a number without support, or a statement that is barred", 120)


@dataclass(frozen=True, slots=True)
class Listed:
    """Spans of one kind that get a line beside the reply: what they cover, and their note."""

    quoted: bool = True
    before: str = ""
    """Words before the note."""
    details: str = ""
    """Key of the score's details that holds, for each of these spans, {source, verdict, reason, counterexample: [world,
    place, left, right]}: shown as a formula and why it does not hold, in place of the quotation and the note."""


@dataclass(frozen=True, slots=True)
class Tags:
    """What the report's filters call a conversation, by the value of a metric in the judged turn.

    `names[value]`, the last for all above it; "" = no tag. Several metrics with the same tags: the worst value counts.
    Where every value has a name, arms with different ones differ.
    """

    names: tuple[str, ...]
    place: int = 100
    """Among the filters, the smallest first."""


@dataclass(frozen=True, slots=True)
class Metric:
    """What a score's value may be, and all that tables and the report need to know of it.

    `full` is the value that a gold reply must reach, None where there is none.
    """

    about: str
    low: float = 0.0
    high: float = 1.0
    full: float | None = 1.0
    better: Literal["higher", "lower", "neither"] = "higher"
    staff: float | None = None
    """The value that the staff's own solution must reach in `evalkit check`."""
    role: Literal["", "answer", "use level", "violation"] = ""
    """What flips and steering measures take it for: 1 = right answer; level 0 to 3 of the staff's approach; 1 = a ban
    is broken. Of the last two only the first metric by name is used."""
    headline: int = 0
    """Its place on the first screen, the smallest first; 0 = not there."""
    judged: bool = False
    """Said by a model: tables call it uncalibrated where no human labels say how far that is right in each arm."""
    unsettled: bool = False
    """Above 0 it says that something of the reply was left undecided: such replies are worth a label."""
    tags: Tags | None = None
    listed: Mapping[str, Listed] = field(default_factory=dict)
    """By kind of span."""

    def __post_init__(self) -> None:
        if self.better not in ("higher", "lower", "neither"):
            raise SpecError(f"metric {self.about!r}: better={self.better!r}: allowed are higher, lower and neither")
        if not self.low < self.high:
            raise SpecError(f"metric {self.about!r}: its range goes from {self.low} to {self.high}")


def answer_metric(about: str) -> Metric:
    """The metric of a scorer that says whether the answer is right: 1 = right."""
    return Metric(about, role="answer", headline=10, tags=Tags(("wrong", "right"), 0))


LARGEST = 1e100
"""No value of a score lies beyond it, on either side: the squares of larger ones have no number."""


@dataclass(frozen=True, slots=True)
class Score:
    """One metric of one assistant turn. value None = could not be judged, for the reason given; never 0."""

    metric: str
    value: float | None
    reason: str
    spans: tuple[Span, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    given: str | None = None
    """Which answer was given: `staff`, the note of an accepted one, or what the reply says."""


def left_open(score: Score, lacks: str) -> Score:
    """The same evidence without a value: what was not judged of a reply could change it. lacks: why, empty for none."""
    return replace(score, value=None, reason=f"{lacks}; so far: {score.reason}") if lacks else score


@dataclass(frozen=True, slots=True)
class Question:
    """What a scorer may know of the problem: never the arm, never its prompt."""

    problem: str
    statement: str
    passage: str | None = None
    staff_solution: str = ""
    staff_approach: str | None = None
    approaches: tuple[str, ...] = ()
    """Ids of all declared approaches."""
    milestones: tuple[str, ...] = ()
    """Ids of the milestones that the staff's approach passes, in order."""
    tracks: tuple[str, ...] = ()
    """Ids of the approaches that have milestones of their own."""


class Analysis(Protocol):
    """What was found in the mathematics of one reply: `evalkit.derivation.Analysis` says what each piece holds."""

    @property
    def relations(self) -> Sequence[Any]: ...

    @property
    def milestones(self) -> Sequence[Any]: ...

    @property
    def leaps(self) -> Sequence[Any]: ...

    @property
    def approaches(self) -> Mapping[str, Any]: ...

    @property
    def lacks(self) -> str: ...

    @property
    def other(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Vote:
    """What a model judge said once of a reply. found: as the kind of its prompt defines it; None = it gave nothing that
    can be read."""

    found: Mapping[str, Any] | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a scorer sees: the assistant's complete replies up to the judged turn, the last one being judged.

    `analysis(i)` is the derivation analysis of reply i, made once for all scorers; None where the problem declares no
    worlds. `votes(kind)` is what a judge said of the judged reply; none where it was not asked.
    """

    question: Question
    replies: tuple[str, ...]
    analysis: Callable[[int], Analysis | None] = lambda _: None
    votes: Callable[[str], Sequence[Vote]] = lambda _: ()

    @property
    def text(self) -> str:
        """The judged reply."""
        return self.replies[-1]


class Scorer(Spec):
    """Base of all scorers: the fields of a subclass are the keys of `[score.<file name>]` in a problem file.

    A scorer file defines one subclass named `Scorer`, and nothing else has to know of it. `version` goes up whenever a
    verdict could change.
    """

    version: ClassVar[int] = 1
    metrics: ClassVar[Mapping[str, Metric]]
    marks: ClassVar[Mapping[str, Mark]] = {}
    """By kind of span; spans of other kinds are other evidence."""
    imports: ClassVar[tuple[str, ...]] = ()
    """Modules that a worker loads before its clock starts."""
    reads_passage: ClassVar[bool] = False
    """Judges nothing where the problem has no passage."""
    reads_derivation: ClassVar[bool] = False
    """Judges the analysis of the mathematics, so it needs the problem's symbols, milestones or approaches."""
    isolated: ClassVar[bool] = True
    """Run in a killable process. False only for scorers that take linear time on capped text."""
    time_limit: ClassVar[float] = 2.0
    """Seconds of processor time for one reply; by the clock, ten times as many."""

    def faults(self) -> Sequence[str]:
        """What is wrong with the fields that only computing shows. Asked in a killable process, by `check` and before
        anything is scored."""
        return ()

    def milestones(self) -> Sequence[str]:
        """Milestones that the fields name. One that the problem does not declare is a fault of its file."""
        return ()

    def questions(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """The kinds of judge prompts whose votes this scorer reads -> the options to show, as (name, text); none for a
        kind whose options are the problem's own."""
        return {}

    always_asks: ClassVar[bool] = False
    """The judge is asked of every reply; else only where a metric of `said_by` is None."""
    said_by: ClassVar[Mapping[str, str]] = {}
    """Metrics that a judge's votes may fill -> the kind of prompt."""

    def answer_form(self) -> str | None:
        """What should stand behind `Final answer:` for this scorer to read it best; None = no such line."""
        return None

    def score(self, conversation: Conversation) -> Sequence[Score]:
        """Judge `conversation.text`. One Score per metric, names without the scorer's own name."""
        raise NotImplementedError
