"""A conversation as it was held, whose trial it is, and what people say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evalkit.types.asking import Attachment, Reply, Role

Value = int | float | str
Values = Mapping[str, Value]
"""What was drawn for a trial of a problem that has variants, by name."""


@dataclass(frozen=True, slots=True, order=True)
class Trial:
    """problem x template x model x sample."""

    problem: str
    template: str
    model: str
    sample: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a transcript; an assistant turn carries the whole reply."""

    role: Role
    content: str
    reply: Reply | None = None
    earlier: bool = False
    """It belongs to a question before the one that is scored: no scorer judges it, and no turn number counts it."""
    attachments: tuple[Attachment, ...] = ()


RELATION = "relation"
"""The metric of a label of one relation: 1 = true, 0 = false, None = cannot tell, or nothing that the reply claims."""


@dataclass(frozen=True, slots=True, order=True)
class Label:
    """What a person says of an assistant turn (from 1), or of the relation `text[start:stop]` in it. value None =
    looked at, and could not be judged."""

    turn: int
    metric: str
    value: float | None
    labeller: str = ""
    """Who; empty: nobody by name, as in labels from elsewhere. Such a label stands where labellers differ."""
    start: int = 0
    stop: int = 0


@dataclass(frozen=True, slots=True)
class Transcript:
    """The conversation of one trial, as it was held."""

    trial: Trial
    turns: tuple[Turn, ...]
    error: str | None = None
    """Why the conversation ended before its template did, where it did."""
    labels: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    """Human labels without a name: assistant turn -> metric name -> value."""
    readings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What somebody says the letters of a reply mean: assistant turn -> reading, as `evalkit read` prints it."""
    wordings: Mapping[str, int] = field(default_factory=dict)
    """Which wording (from 0) was drawn of each text that has several: `ban`, `hints.method`, `wording`."""
    variant: Values = field(default_factory=dict)
    """What was drawn of a problem that has variants: `{"n": 3}`."""
    given: tuple[Label, ...] = ()
    """Labels of labellers by name, and of single relations."""

    @property
    def replies(self) -> tuple[Reply, ...]:
        """The answers to the trial's own question, in order: what turn numbers count from 1."""
        return tuple(t.reply or Reply(t.content) for t in self.turns if t.role == "assistant" and not t.earlier)
