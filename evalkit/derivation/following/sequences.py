r"""What a text makes of any step of a sequence: `h_t = \tanh(Wh_{t-1} + Ux_t)`, `v_0 = 0`, as it is read.

Not covered: steps above a letter, two letters as index, members that are entries of what is declared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evalkit.derivation.grammar.nodes import Bin, Call, Grad, Node, Num, Sub, Sym, has_derivative, walk
from evalkit.derivation.grammar.stream import MATRIX
from evalkit.derivation.worlds.moments import NAMES
from evalkit.derivation.worlds.scope import Defined, Dimension, Drawn, Scope

MAX_BODIES, MAX_HEADS = 20, 200
"""Sequences, and names with one index, that are kept."""


@dataclass(frozen=True)
class Body:
    """What a member is made of: `letter` stands for its own number less `ahead`."""

    node: Node
    letter: str
    ahead: int

    def back(self, base: str) -> int:
        """How many steps before its own it asks for of the same sequence."""
        at = {self.letter: self.ahead}
        own = (n for n in walk(self.node) if isinstance(n, Sub) and base_of(n) == base and n.index is not None)
        numbers = (value_of(n.index[0], at) for n in own if n.index is not None and len(n.index) == 1)
        return max((-n for n in numbers if n is not None), default=0)


@dataclass
class Sequences:
    """The names with an index, what members are made of (by the problem, or else by the last equation that says it of the one
    before and does not follow from what was said), and what the first ones are."""

    heads: dict[str, Sub] = field(default_factory=dict)
    bodies: dict[str, Body] = field(default_factory=dict)
    firsts: dict[tuple[str, int], Node] = field(default_factory=dict)
    spoken: set[str] = field(default_factory=set)
    loss: str = ""
    of_problem: frozenset[str] = frozenset()
    """Sequences that the problem defines."""
    seen: int = -1
    """Relations that were looked at; -1 before the problem's definitions were."""

    def begin(self, scope: Scope) -> None:
        """Look at the problem's definitions."""
        self.seen = 0
        bodies = {n: e for n, e in scope.entries.items() if isinstance(e, Defined)}
        for name, entry in bodies.items():
            self.keep(entry.body)
            base, _, letter = name.rpartition("_")
            if base and len(letter) == 1 and letter.isalpha():
                self.heads.setdefault(name, Sub(Sym(base), name, (Sym(letter),)))
        for name, entry in bodies.items():
            if name in self.heads and not entry.params and entry.index is None:
                self.bodies |= body_of(self.heads[name], entry.body, scope, self.bodies)
        self.of_problem = frozenset(self.bodies)

    def add(
        self, left: Node, right: Node, scope: Scope, *, claims: bool, follows: bool = False, false: bool = False
    ) -> None:
        """Look at one more relation; claims: whether it says that both sides are equal; follows, false: what is known of it."""
        self.seen += 1
        for side in (left, right):
            self.keep(side)
            self.spoken |= {base_of(n) or "" for n in walk(side) if isinstance(n, Sub)}
            derived = (n.f.name for n in walk(side) if isinstance(n, Grad) and isinstance(n.f, Sym))
            self.loss = self.loss or next((name for name in derived if scope.resolve(name) is None), "")
        if claims and isinstance(left, Sub):
            base = base_of(left) or ""
            others = {b: body for b, body in self.bodies.items() if b != base or base in self.of_problem}
            found = body_of(left, right, scope, self.bodies if follows else others)
            if base not in self.bodies or (base in found and is_recurrent_of(base, found[base]) and not follows):
                self.bodies |= found
        match left, right:
            case Sub(Sym(base), _, (Num(number),)), Num() if claims and number in (0, 1):
                if false and self.firsts.get((base, int(number)), right) != right:
                    del self.firsts[base, int(number)]
                elif not false:
                    self.firsts[base, int(number)] = right

    def keep(self, node: Node) -> None:
        """The names with one index that stand in it."""
        for n in walk(node):
            if isinstance(n, Sub) and n.index is not None and len(n.index) == 1 and len(self.heads) < MAX_HEADS:
                self.heads[n.name] = n


def base_of(node: Sub) -> str | None:
    return node.base.name if isinstance(node.base, Sym) else None


def is_numbered(node: Sub) -> bool:
    return node.index is None or all(isinstance(i, Num) for i in node.index)


def value_of(node: Node, local: Mapping[str, int]) -> int | None:
    """The number of a step."""
    match node:
        case Num(value) if float(value).is_integer():
            return int(value)
        case Sym(name):
            return local.get(name)
        case Bin("+" | "-" as op, left, right):
            a, b = value_of(left, local), value_of(right, local)
            return None if a is None or b is None else a + b if op == "+" else a - b
    return None


def body_of(head: Sub, node: Node, scope: Scope, known: Mapping[str, Body]) -> dict[str, Body]:
    """The sequence that an equation with a letter as index tells; nothing where it is known, or its name is something else."""
    base = base_of(head)
    if base is None or base in known or len(known) >= MAX_BODIES or head.index is None or len(head.index) != 1:
        return {}
    declared = scope.find(base)
    drawn = declared is not None and isinstance(declared[1], Drawn)
    if (drawn and not is_of_columns(base, node, scope)) or scope.find(f"{base}_") is not None:
        return {}  # an entry, or a member of a list
    match head.index[0]:
        case Sym(letter):
            ahead = 0
        case Bin("+", Sym(letter), Num(value)) if value == 1:
            ahead = 1
        case _:
            return {}
    found = scope.find(letter)
    if (found is not None and isinstance(found[1], Drawn | Dimension | Defined)) or is_moment(node):
        return {}
    if has_derivative(node) and not isinstance(node, Grad):
        return {}
    if any(isinstance(n, Sub) and base_of(n) == base and n.index == head.index for n in walk(node)):
        return {}
    return {base: Body(node, letter, ahead)}


def is_of_columns(base: str, node: Node, scope: Scope) -> bool:
    r"""Whether a matrix stands before a member, which is no entry then: `x_{t+1} = x_t - \eta A x_t` of a column x."""
    products = ((n.left, n.right) for n in walk(node) if isinstance(n, Bin) and n.op == "*")
    return any(isinstance(b, Sub) and base_of(b) == base and scope.shape(a) == MATRIX for a, b in products)


def is_moment(node: Node) -> bool:
    return any(isinstance(n, Call) and n.name in NAMES for n in walk(node))


def is_recurrent_of(base: str, body: Body) -> bool:
    """Whether a member is made of the one right before it in the same sequence, and of no other of these."""
    own = {n for n in walk(body.node) if isinstance(n, Sub) and base_of(n) == base and n.index is not None}
    numbers = [value_of(n.index[0], {body.letter: 0}) for n in own if n.index is not None and len(n.index) == 1]
    return bool(own) and all(n is not None and n - body.ahead == -1 for n in numbers)


def is_recurrent(body: Body) -> bool:
    """Whether a member is made of the one before it, by itself or through others."""
    at = {body.letter: 0}
    numbers = (
        value_of(n.index[0], at)
        for n in walk(body.node)
        if isinstance(n, Sub) and n.index is not None and len(n.index) == 1
    )
    return not isinstance(body.node, Grad) and any(n is not None and n - body.ahead == -1 for n in numbers)
