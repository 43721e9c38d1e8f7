r"""What a worked example gives: `$A = 2$, $B = C = 1$, $x = (1, 0)^\top$`, and when it gives something anew.

Not covered: values on the left of an equation, values that words alone give.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.example_worlds import (
    Given,
    assembled,
    is_listed,
    is_value,
    leaves,
    numbers_in,
    value_in,
)
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.standing import standing
from evalkit.derivation.grammar.nodes import Node, Num, Sub, Sym, Un, base_name, is_zero
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.text.roles import Role
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.draw import MAX_SIDE
from evalkit.derivation.worlds.scope import Defined, Dimension, Drawn, Family, family_key

MEMBERS = frozenset({"rows", "columns", "entries"})
"""What is given one by one."""
LIST = "list"
MAX_STATES = 3
"""What is given before and after the last changes."""


class Giving(NamedTuple):
    """A name gets a value; place: of an entry of it, from 1."""

    kind: str
    name: str
    value: Node
    place: int = 0


@dataclass
class Example:
    """One example of the text. states: what it gives, the last first; fresh: the names that were given since a change."""

    start: int
    end: int
    states: list[Given]
    fresh: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    varied: bool = False
    giving: bool = False
    right: int = 0
    wrong: list[int] = field(default_factory=list)
    told: set[Node] = field(default_factory=set)
    """What it has said the value of."""
    spoiled: set[str] = field(default_factory=set)
    """Names of which it has said something wrong: what rests on them carries that on."""
    elsewhere: bool = False
    """It speaks of other values than were given, and nothing is false any more."""

    @property
    def live(self) -> bool:
        """Whether enough is given for an example: a column or matrix in numbers, or two numbers."""
        return bool(self.columns) or len(self.numbers) > 1

    def take(self, new: Giving) -> None:
        """Something is given."""
        state = self.states[0]
        if new.kind == "size":
            size = int(new.value.value) if isinstance(new.value, Num) else 0
            if state.sizes.get(new.name, size) != size:
                state = self.changed()
            state.sizes[new.name] = size
        elif new.kind == "own":
            state.own[new.name] = Defined(new.value, (), None, "reply")
        elif new.kind == "entry":
            state = self.changed()
            number = new.value.x.value if isinstance(new.value, Un) and isinstance(new.value.x, Num) else 0.0
            state.entries.setdefault(new.name, {})[new.place] = (
                new.value.value if isinstance(new.value, Num) else -number
            )
        elif new.kind in MEMBERS:
            self.take_member(state, new)
        elif new.kind == LIST:
            for at, value in enumerate(numbers_in(state.around, new.value), 1):
                self.take_value(Giving("free", f"{new.name}_{at}", value))
        else:
            self.take_value(new)
        self.states[0].built.clear()
        self.giving = True

    def take_value(self, new: Giving) -> None:
        """A name of the problem is given a value."""
        state = self.states[0]
        if new.kind == "anew" or state.values.get(new.name, new.value) != new.value:
            state = self.changed()
            state.entries.pop(new.name, None)
        state.values[new.name] = new.value
        self.fresh.add(new.name)
        (self.columns if is_listed(new.value) else self.numbers if not is_zero(new.value) else set()).add(new.name)

    def take_member(self, state: Given, new: Giving) -> None:
        """One of the rows, columns or entries of something is given."""
        if state.members.get(new.name, {}).get(new.place, new.value) != new.value:
            state = self.changed()
        members = state.members.setdefault(new.name, {})
        members[new.place] = new.value
        whole = assembled(state.around, new.kind, members) if len(members) > 1 else None
        if whole is not None:
            state.values[new.name] = whole
            self.fresh.add(new.name)
            self.columns.add(new.name)

    def changed(self) -> Given:
        """The state after a change; all that it keeps is in doubt until it is given anew."""
        if not (self.giving and self.varied):
            self.fresh.clear()
            self.told.clear()
            self.spoiled.clear()
            self.elsewhere = False
            self.states.insert(0, self.states[0].copied())
            del self.states[MAX_STATES - 1 : -1]
        self.varied = True
        return self.states[0]


def giving(reading: Reading, example: Example | None, at: int) -> Giving | None:
    """What a relation gives in an example, or would where none has begun."""
    read = reading.relations[at]
    said = named_and_value(reading, at)
    if said is None or read.negated:
        return None
    name, value = said
    found = reading.setting.scope.find(name)
    if found is None:
        if is_listed(value) and is_list_of_names(reading, name, value):
            return Giving(LIST, name, value)
        member = member_of(reading, read, name, value)
        return member or letter_of_its_own(example, read, name, value)
    name, entry = found
    if name in reading.judge.hidden or is_fixed(reading, read, name):
        return None
    if isinstance(entry, Dimension):
        whole = isinstance(value, Num) and 1 <= value.value <= MAX_SIDE and value.value == int(value.value)
        return Giving("size", name, value) if whole else None
    if isinstance(entry, Drawn):
        return Giving("free", name, value) if entry.subset is None else None
    if not isinstance(entry, Defined) or entry.params or entry.index:
        return None
    return set_to(reading, example, read, name, value)


def is_fixed(reading: Reading, read: Read, name: str) -> bool:
    """Whether a reading that somebody gave says that a name means something else than numbers there."""
    parts = (p for p in reading.parts if p.planned and p.start <= read.start < p.end and name in p.fixed)
    return any(name not in p.names or not is_value(p.names[name]) for p in parts)


def set_to(reading: Reading, example: Example | None, read: Read, name: str, value: Node) -> Giving | None:
    """The value that a name gets which the problem derives; None where one is claimed of it, as all that it rests on is given."""
    state = example.states[0] if example is not None else None
    judge = state.judge() if state is not None else None
    found = Giving("derived", name, value)
    if judge is None or state is None:
        return found if is_listed(value) else None
    if read.judgement.verdict in TRUE:
        return None
    if not leaves(judge, Sym(name)) <= state.values.keys():
        return found if is_listed(value) else None
    if name not in state.values and standing(reading, read) not in (Role.SUPPOSED, Role.GIVEN):
        return None
    return Giving("anew", name, value) if judge.computed(Sym(name), value).verdict is Verdict.FAILS else None


def is_list_of_names(reading: Reading, name: str, value: Node) -> bool:
    """`x = [1.5, 2]` where the problem knows x_1 and x_2, and no x."""
    scope, count = reading.setting.scope, len(numbers_in(reading.judge, value))
    found = [scope.entries.get(f"{name}_{i}") for i in range(1, count + 2)]
    return count > 1 and found.pop() is None and all(isinstance(e, Drawn) and e.shape == () for e in found)


def member_of(reading: Reading, read: Read, name: str, value: Node) -> Giving | None:
    """`x_2 = (1, 0)^T` of a matrix with these rows."""
    node, found = read.sides[0], reading.setting.scope.find(family_key(name))
    place = node.index[0] if isinstance(node, Sub) and node.index and len(node.index) == 1 else None
    if found is None or not isinstance(found[1], Family) or not isinstance(place, Num) or found[1].kind not in MEMBERS:
        return None
    of = reading.setting.scope.find(found[1].of.name) if isinstance(found[1].of, Sym) else None
    if of is None or not isinstance(of[1], Drawn) or not scopes.is_constant(value):
        return None
    return Giving(found[1].kind, of[0], value, int(place.value))


def letter_of_its_own(example: Example | None, read: Read, name: str, value: Node) -> Giving | None:
    r"""`\eta = 0.1` in an example, or another value for one entry of a column that it gives: `z_1 = 0.01`."""
    if example is None or not example.live:
        return None
    node = read.sides[0]
    state = example.states[0]
    if isinstance(node, Sub) and node.index and base_name(node):
        place = node.index[0]
        inner = value.x if isinstance(value, Un) and value.op == "-" else value
        if base_name(node) not in state.values or not isinstance(inner, Num) or len(node.index) != 1:
            return None
        judge = state.judge()
        if judge is None or not isinstance(place, Num) or judge.equation(node, value).verdict is not Verdict.FAILS:
            return None
        return Giving("entry", base_name(node), value, int(place.value))
    known = state.around.own.get(name)
    return Giving("own", name, value) if known is None and isinstance(node, Sym | Sub) else None


def take_letter(reading: Reading, example: Example, read: Read) -> None:
    r"""`\delta = Ce` in an example: a letter of the reply's own, made of what the example gives."""
    name = shapes.plain_name(read.sides[0])
    if name is None or read.op not in EQUAL or read.judgement.verdict in TRUE or read.negated:
        return
    state = example.states[0]
    known = reading.setting.scope.find(name) or state.around.own.get(name)
    judge = state.judge() if known is None else None
    if judge is not None and judge.scope.find(name) is None and value_in(judge.general, read.sides[1]) is not None:
        state.own[name] = Defined(read.sides[1], (), None, "reply")
        state.built.clear()


def named_and_value(reading: Reading, at: int) -> tuple[str, Node] | None:
    """A name and the numbers that a relation gives it; of `B = C = 1` also the first."""
    read = reading.relations[at]
    if read.op not in EQUAL or read.left is None or read.right is None:
        return None
    left, right = read.sides
    turned = isinstance(left, Un) and left.op == "T"
    name = shapes.plain_name(left.x if isinstance(left, Un) and turned else left)
    if name is None:
        return None
    last = read
    for then in reading.relations[at + 1 :]:
        if then.chain != read.chain or then.left != last.right or shapes.plain_name(then.left or Num(0.0)) is None:
            break
        last = then
    value = last.right if last is not read else right
    if value is None or not is_value(value):
        return None
    return name, Un("T", value) if turned else value
