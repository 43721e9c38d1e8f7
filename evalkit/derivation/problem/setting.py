"""A problem as `analyse` needs it: scope, special worlds, milestones, approaches. Made by compiler.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from evalkit.derivation.grammar.nodes import Node
from evalkit.derivation.problem.spec import DerivationSpec
from evalkit.derivation.worlds.scope import Alias, Defined, Drawn, Entry, Factor, Family, Scope, names_in
from evalkit.derivation.worlds.world import Group, World

Pair = tuple[Node, Node]


@dataclass(frozen=True)
class Special:
    """A named world: its premise, and the entries that make it so."""

    name: str
    premise: str
    overlay: Mapping[str, Entry]
    visible: Mapping[str, Entry]
    """Its own symbols under their plain names, where the reply does not use these itself."""
    given: bool = False
    """The problem's statement gives the premise."""
    limit: str | None = None
    """The parameter that tends to something."""

    @property
    def group(self) -> Group:
        return Group(self.name)

    @property
    def matrices(self) -> dict[str, Drawn]:
        """Its own free matrices by their plain names."""
        own = {n: self.overlay.get(e.to) for n, e in self.visible.items() if isinstance(e, Alias)}
        return {n: e for n, e in own.items() if isinstance(e, Drawn) and len(e.shape) == 2}


@dataclass(frozen=True)
class Rule:
    """One evidence rule, parsed: kind and, by kind, expression(s) or words."""

    kind: str
    text: str
    nodes: tuple[Node, ...] = ()
    without: tuple[str, ...] = ()
    """For a milestone: those that must not be passed."""
    either: tuple[Rule, ...] = ()
    """For `or`: the rules of which one is enough."""


@dataclass(frozen=True)
class Milestone:
    id: str
    title: str
    approaches: tuple[str, ...]
    kind: str
    world: str | None
    forms: tuple[Pair, ...]
    factors: tuple[Node, ...]
    rules: tuple[Rule, ...]
    wordings: tuple[str, ...]
    """Phrases that say the step, as reading.phrases matches them."""
    after: tuple[str, ...] | None
    """The milestones it follows from; None: the one before it on the same approach."""


@dataclass(frozen=True)
class Approach:
    id: str
    title: str
    claims: tuple[str, ...]
    uses: tuple[Rule, ...]
    decisive: tuple[Rule, ...]


@dataclass(frozen=True)
class Setting:
    """What `analyse` needs to know of a problem. Immutable, and can be pickled."""

    spec: DerivationSpec
    scope: Scope
    sizes: tuple[Mapping[str, int], ...]
    specials: tuple[Special, ...]
    milestones: tuple[Milestone, ...]
    approaches: tuple[Approach, ...]

    @cached_property
    def kept(self) -> dict[str, Any]:
        """What is computed once for all replies, by who computes it. It does not travel to other processes."""
        return {}

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "kept"}

    @cached_property
    def weak(self) -> frozenset[str]:
        """The staff's names for factors of free symbols: a reply that has not introduced them may mean something else."""
        entries = self.scope.entries
        free = {n for n, e in entries.items() if isinstance(e, Drawn) and not e.kinds & {"data", "fixed"}}

        def rests_on_free(name: str, seen: frozenset[str] = frozenset()) -> bool:
            found = self.scope.find(name)
            if found is None or found[0] in seen:
                return False
            key, entry = found
            if key in free:
                return True
            of = entry.of if isinstance(entry, Factor | Family) else entry.body if isinstance(entry, Defined) else None
            return of is not None and any(rests_on_free(n, seen | {key}) for n in names_in(of))

        factors = {n for n, e in entries.items() if isinstance(e, Factor) and rests_on_free(n)}
        families = {n for n, e in entries.items() if isinstance(e, Family) and factors & set(names_in(e.of))}
        return frozenset(factors | families)

    def worlds(self, seed: int) -> tuple[World, ...]:
        """Three worlds of different sizes; in the third, data matrices lack full rank."""
        return tuple(World(f"world {i + 1}", size, seed, deficient=i == 2) for i, size in enumerate(self.sizes))
