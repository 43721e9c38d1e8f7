"""What every name means: an immutable table of entries that the problem fills and the reply extends or overrides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TypeGuard

from evalkit.derivation.grammar.fonts import Fonts
from evalkit.derivation.grammar.nodes import Big, Call, Diff, Grad, Node, Sub, Sym, base_name, walk
from evalkit.derivation.worlds.entries import Alias, Defined, Dimension, Drawn, Entry, Factor, Family, Index, Source
from evalkit.derivation.worlds.guess import guess

BUILT_IN = frozenset({"I", "e", "\\pi", "\\mathbf 1", "", "\\delta"})


def family_key(name: str) -> str:
    """`x_i` and `x_j` are one family: `x_`."""
    return name.partition("_")[0] + "_"


@dataclass(frozen=True)
class Scope:
    """The names in force. `parse` asks `role`; the evaluator asks `find`."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    fonts: Fonts = field(default=Fonts(), compare=False)
    """How the problem spells its letters."""

    def __post_init__(self) -> None:
        words = frozenset(n for n in self.entries if len(n) > 1 and n.isalpha())
        object.__setattr__(self, "words", words)

    words: frozenset[str] = field(init=False, default=frozenset(), compare=False)
    """Names of several letters, which plain text may hold."""

    def find(self, name: str) -> tuple[str, Entry] | None:
        """The entry of a name, aliases followed; `W^*` falls back to `W`."""
        for _ in range(4):
            entry = self.entries.get(name)
            if isinstance(entry, Alias):
                name = entry.to
            elif entry is not None:
                return name, entry
            elif "^*" in name:
                name = name.replace("^*", "", 1)
            else:
                return None
        return None

    def role(self, name: str) -> str | None:
        """For the parser: `function`, `definition` (value with named arguments), `notation`, `value`, or None."""
        found = self.find(name)
        if found is None:
            return None
        if isinstance(found[1], Defined) and found[1].params:
            return "definition" if all(self.find(p) for p in found[1].params) else "function"
        if isinstance(found[1], Defined):
            return "notation"
        return "size" if isinstance(found[1], Dimension) else "value"

    def shape(self, node: Node) -> str | None:
        """For the parser: what an expression is at a glance."""
        return guess(node, self.find)

    def extended(self, new: Mapping[str, Entry]) -> Scope:
        return replace(self, entries={**self.entries, **new})


@lru_cache(maxsize=8192)
def names_in(node: Node) -> tuple[str, ...]:
    """Every name that a tree mentions: whole names, and the bases and families of subscripted ones."""
    out: list[str] = []
    for n in walk(node):
        if isinstance(n, Sym):
            out.append(n.name)
        elif isinstance(n, Sub):
            if n.name:
                out += [n.name, family_key(n.name)]
        elif isinstance(n, Call):
            out.append(n.name.rstrip("'"))
    return tuple(dict.fromkeys(out))


@lru_cache(maxsize=8192)
def bound_in(node: Node) -> frozenset[str]:
    """Indices that sums and the like bind."""
    return frozenset(i for n in walk(node) if isinstance(n, Big) for i in n.index)


def is_spectrum(node: Node) -> TypeGuard[Call]:
    """`\\sigma_i(A)`: a call that carries its index."""
    return isinstance(node, Call) and node.name in ("\\sigma_", "\\lambda_", "s_") and len(node.args) == 2


@lru_cache(maxsize=8192)
def subscripts_in(node: Node) -> tuple[tuple[str, str], ...]:
    """(whole name, index letter) of every subscript that holds a letter, without those that a sum or a diag binds."""
    inside = {
        id(m) for n in walk(node) if isinstance(n, Call) and n.name == "diag" and len(n.args) == 1 for m in walk(n)
    }
    nodes = [n for n in walk(node) if id(n) not in inside]
    bound = {i for n in nodes if isinstance(n, Big) for i in n.index}
    out = []
    for n in nodes:
        if isinstance(n, Sub) and n.index is not None:
            out += [(n.name, m.name) for i in n.index for m in walk(i) if isinstance(m, Sym) and m.name not in bound]
        elif is_spectrum(n):
            out += [("", m.name) for m in walk(n.args[0]) if isinstance(m, Sym) and m.name not in bound]
    return tuple(dict.fromkeys(out))


@lru_cache(maxsize=8192)
def has_derivative(node: Node) -> bool:
    """Whether a gradient or a differential occurs."""
    return any(isinstance(n, Grad | Diff) for n in walk(node))


def unbound_names(scope: Scope, *nodes: Node) -> tuple[str, ...]:
    """Names without a meaning, in the order of their first use."""
    out: list[str] = []
    for node in nodes:
        for n in walk(node):
            if (
                isinstance(n, Sub)
                and n.name
                and not scope.find(n.name)
                and not scope.find(base_name(n) + "_")
                and not scope.find(base_name(n))
                and base_name(n) not in BUILT_IN
            ):
                out.append(n.name)
    bound = {i for node in nodes for n in walk(node) if isinstance(n, Big) for i in n.index}
    bound |= {
        m.name
        for node in nodes
        for n in walk(node)
        if isinstance(n, Call) and n.name in ("between", "at")
        for m in walk(n.args[0] if n.name == "between" else n.args[1])
        if isinstance(m, Sym)
    }
    out = [n for n in out if n not in bound]
    inner = bound | {base_name(n) for node in nodes for n in walk(node) if isinstance(n, Sub)}
    subs = {
        m.name
        for node in nodes
        for n in walk(node)
        if isinstance(n, Sub)
        for i in n.index or ()
        for m in walk(i)
        if isinstance(m, Sym)
    }
    for node in nodes:
        for n in walk(node):
            if isinstance(n, Sym) and n.name not in BUILT_IN and not scope.find(n.name) and n.name not in inner | subs:
                out.append(n.name)
    return tuple(dict.fromkeys(out))


__all__ = ["BUILT_IN", "Alias", "Defined", "Dimension", "Drawn", "Entry", "Factor", "Family", "Index", "Scope", "Source", "bound_in",
           "family_key", "has_derivative", "is_spectrum", "names_in", "subscripts_in", "unbound_names"]  # fmt: skip
