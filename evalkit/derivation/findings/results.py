"""What an analysis consists of: plain data, each piece with its place in the reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evalkit.derivation.following.plan import Plan
from evalkit.derivation.verdicts.verdict import Counterexample, Verdict


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation `left op right` of a reply. `text[start:end]` is its source."""

    start: int
    end: int
    source: str
    left: str
    op: str
    right: str
    """Both sides in plain unicode; the raw source where they could not be parsed."""
    verdict: Verdict
    world: str | None
    """The special world, or `assumptions`, in which it holds (verdict `holds`)."""
    reason: str
    counterexample: Counterexample | None
    under: tuple[str, ...]
    """Assumed names on which the verdict rests."""
    chain: int
    """Relations of one chain `A = B = C` share this number."""
    section: int
    """Number of the part, case or method of the reply."""
    introduces: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    milestones: tuple[str, ...] = ()
    negated: bool = False
    """The words before it deny it, so that "fails" is what the reply says too."""
    rule: str = ""
    """Which of the rules of following/rules.py decided."""


@dataclass(frozen=True, slots=True)
class Met:
    """A milestone and where it was passed. relation: number of the relation, or None for one that shows otherwise."""

    id: str
    start: int
    end: int
    relation: int | None


@dataclass(frozen=True, slots=True)
class Leap:
    """Milestones of an approach that are missing before one that was passed: `text[start:end]` is where."""

    approach: str
    """The approach whose milestones these are; empty where the problem declares none."""
    missing: tuple[str, ...]
    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows an approach: level 1 wording, 2 set up, 3 the conclusion depends on it."""

    level: int
    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class ApproachFound:
    """level: 0 absent, 1 mentioned or claimed, 2 set up, 3 the conclusion depends on it."""

    id: str
    level: int
    claimed: bool
    evidence: tuple[Evidence, ...]
    claims: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Other:
    """A model's reading beside the rules' own."""

    reading: Plan
    refused: tuple[str, ...]
    """What it proposed and could not be followed, with the reason."""
    differ: int
    """Relations on which the two come to different verdicts."""


@dataclass(frozen=True)
class Analysis:
    """Everything found in one reply. Plain data: it can be pickled and compared."""

    relations: tuple[Relation, ...]
    milestones: tuple[Met, ...] = ()
    leaps: tuple[Leap, ...] = ()
    approaches: Mapping[str, ApproachFound] = field(default_factory=dict)
    lacks: str = ""
    """Why not all of the reply was judged: it is too long, or its time was used up. Nothing may be concluded then from
    what is not found."""
    reading: Plan = field(default_factory=Plan)
    """Which letters meant what where, and what each relation was taken for."""
    other: Other | None = None
    """The reading of a model, where one was asked: `relations` hold what both agree on."""

    @property
    def read_all(self) -> bool:
        """Whether all of the reply was judged."""
        return not self.lacks
