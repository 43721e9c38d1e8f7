"""A part of a reply in which names mean something of their own: an example in numbers, a case, a letter used anew."""

from __future__ import annotations

from dataclasses import dataclass, field

from evalkit.derivation.grammar.nodes import Node
from evalkit.derivation.verdicts.judge import Judge

EXAMPLE, CASE, OWN = "example", "case", "own letters"


@dataclass
class Part:
    """One scope of the text. `judge` knows its meanings, `outer` those around it."""

    kind: str
    start: int
    end: int
    outer: Judge
    judge: Judge
    why: str = ""
    names: dict[str, Node] = field(default_factory=dict)
    """What names of the problem mean here."""
    sizes: dict[str, int | str] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    """Names that the reply had given a meaning when it opened."""
    doubted: dict[str, str] = field(default_factory=dict)
    """What was in doubt when it opened."""

    planned: tuple[int, int, str] | None = None
    """Somebody gave it with a reading: where it begins and ends there, and its kind."""
    fixed: set[str] = field(default_factory=set)
    """Names whose meaning a given reading fixed: nothing in the text changes it."""
