"""What became of a relation: the verdict classes, which are never merged."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What became of a relation. Only FAILS and ILL_TYPED say that it is wrong; only the first three that it is right."""

    IDENTITY = "identity"
    ALGEBRA = "algebra-only"
    HOLDS = "holds"
    UNSTATED = "premise-unstated"
    """It holds only in a special world whose premise the reply has not stated so far: neither right nor wrong."""
    DEFINITION = "definition"
    ASSUMPTION = "assumption"
    FAILS = "fails"
    ILL_TYPED = "ill-typed"
    DISPUTED = "disputed"
    """It does not hold as it was read, but it may not be claimed, or a name in it may mean something else."""
    VACUOUS = "vacuous"
    UNBOUND = "unbound"
    UNPARSED = "unparsed"
    SKIPPED = "skipped"


TRUE = frozenset({Verdict.IDENTITY, Verdict.ALGEBRA, Verdict.HOLDS})
FALSE = frozenset({Verdict.FAILS, Verdict.ILL_TYPED})
NO_CLAIM = frozenset({Verdict.DEFINITION, Verdict.ASSUMPTION, Verdict.SKIPPED})
UNDECIDED = frozenset({Verdict.DISPUTED, Verdict.VACUOUS, Verdict.UNBOUND, Verdict.UNPARSED})


@dataclass(frozen=True, slots=True)
class Counterexample:
    """Both sides in one world. For matrices: the entry where they differ most."""

    world: str
    at: str
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Judgement:
    verdict: Verdict
    world: str | None = None
    """The special world, or `assumptions`, in which it holds."""
    reason: str = ""
    counterexample: Counterexample | None = None
    under: tuple[str, ...] = ()
    """Names that the reply assumed and on which the verdict rests."""
    unknown: tuple[str, ...] = ()
    """Names that mean nothing, where the verdict is `unbound`."""
    rule: str = ""
    """The rule of following/rules.py that decided."""


def unbound(names: tuple[str, ...], otherwise: str) -> Judgement:
    """The verdict on what holds unknown names; `otherwise` is said where evaluating found one that reading did not."""
    unknown = names or (otherwise,)
    return Judgement(Verdict.UNBOUND, reason=", ".join(unknown), unknown=unknown)
