r"""Numbers for what nothing tells how to compute: values of functions that are unknown, derivatives of letters that are no functions.

What holds whatever they are is true of them: `2(t\,y' - y)/t^2 = 2y'/t - 2y/t^2`. Not covered: derivatives of expressions in such
letters beside them (these depend on one another), several values of one function as a function.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from evalkit.derivation.following.scopes import is_constant
from evalkit.derivation.following.taken import OPERATIONS
from evalkit.derivation.grammar.nodes import Call, Grad, Node, Sub, Sym, children, rebuilt, walk
from evalkit.derivation.worlds.scope import Defined, Drawn, Scope


@dataclass
class Opaque:
    """The letters that stand for them, one for each."""

    scope: Scope
    letters: dict[Node, Sym] = field(default_factory=dict)

    def put(self, node: Node) -> Node:
        """The tree with letters for what cannot be computed."""
        if self.is_slope(node) or (isinstance(node, Call) and node.args and self.is_unknown(node.name)):
            return self.letters.setdefault(node, Sym(f"d@{len(self.letters)}"))  # no text can write an @
        parts = children(node)
        return rebuilt(node, [self.put(part) for part in parts]) if parts else node

    def is_sound(self, *nodes: Node) -> bool:
        """Whether nothing else is derived where a derivative became a letter."""
        derived = any(isinstance(node, Grad) for node in self.letters)
        return not derived or not any(isinstance(n, Grad) for node in nodes for n in walk(node))

    def is_slope(self, node: Node) -> bool:
        """`dy/dx` of a number y that the problem does not make a function of x."""
        if not (isinstance(node, Grad) and isinstance(node.f, Sym | Sub) and isinstance(node.by, Sym) and node.by.name):
            return False
        found = self.scope.find(node.f.name)
        entry = found[1] if found is not None else None
        given = isinstance(entry, Defined) and not entry.params and is_constant(entry.body)  # at a point, in numbers
        return entry is None or given or (isinstance(entry, Drawn) and not entry.shape and node.f != node.by)

    def is_unknown(self, name: str) -> bool:
        """Whether a function, or that of which it is the derivative, means nothing."""
        return name not in OPERATIONS and self.scope.find(name) is None and self.scope.find(name.rstrip("'")) is None
