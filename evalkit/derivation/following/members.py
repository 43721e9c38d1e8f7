r"""`a_1 = 2`, `a_{n+1} = 3a_n + 2`, so `a_4 = 80` and `a_n = 3^n - 1`: the members of a sequence that its rule tells.

A rule is a recurrence with its first members, or a formula for every n; the nearest one before a claim counts. A formula is true where it
gives the members that the recurrence gives. Looked at when all of the reply has been read.
Not covered: members of what the problem declares, rules with conditions on n, sequences of columns.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Node, Num, Sub, Sym, children, rebuilt, walk
from evalkit.derivation.verdicts.solutions import FAULTS
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement, Verdict
from evalkit.derivation.worlds.scope import names_in
from evalkit.derivation.worlds.values import array

RULE = "member_of_sequence"
OPEN = frozenset({Verdict.DEFINITION, Verdict.UNBOUND, Verdict.ASSUMPTION, Verdict.UNPARSED})
DOUBTED = frozenset({"unconfirmed", "never_confirmed", "open_condition", "unclaimed", "stranger", "on_its_own"})
MEMBERS, SHOWN = 60, 8
"""How many members are computed; how many of them a formula must give."""
REACH, LARGEST, MAX_FIGURES = 4000, 1e15, 5


@dataclass
class Progression:
    """What is known of one sequence so far."""

    rule: Read | None = None
    letter: str = ""
    first: dict[int, float] = field(default_factory=dict)
    members: dict[int, float] | None = None


def accept_the_members(reading: Reading) -> None:
    """Call true what the rules of sequences give."""
    known: dict[str, Progression] = {}
    for at, read in enumerate(reading.relations):
        if read.left is None or read.right is None or read.op != "=" or read.negated:
            continue
        found = read.judgement
        waits = found.verdict in OPEN or (found.verdict is Verdict.DISPUTED and found.rule in DOUBTED)
        if waits and known and is_given(reading, read, known):
            judged = Judgement(Verdict.HOLDS, "assumptions", "as the rule of the sequence gives it", rule=RULE)
            reading.relations[at] = replace(read, judgement=judged)
        elif found.verdict not in FALSE:
            learn(reading, read, known)
        else:
            leave_open(reading, read, known)


def place_in(node: Node) -> tuple[str, str, int] | None:
    """Of a member: its sequence, the letter of its index and what is added to it: `a_{n+1}`; "" for a number."""
    if not isinstance(node, Sub) or not isinstance(node.base, Sym) or not node.index:
        return None
    below = node.name.removeprefix(f"{node.base.name}_")
    if below.isdecimal() and len(below) < MAX_FIGURES:
        return node.base.name, "", int(below)
    if len(node.index) != 1:
        return None
    match node.index[0]:
        case Sym(name) if len(name) == 1 and name.islower():
            return node.base.name, name, 0
        case Bin("+" | "-" as op, Sym(name), Num(value)) if len(name) == 1 and value == int(value):
            return node.base.name, name, int(value) * (1 if op == "+" else -1)
    return None


def learn(reading: Reading, read: Read, known: dict[str, Progression]) -> None:
    """A first member, or a rule."""
    place = place_in(read.sides[0])
    if place is None or is_declared(reading, place[0]):
        return
    name, letter, shift = place
    others = [p for n in walk(read.sides[1]) if (p := place_in(n)) is not None and p[0] == name]
    sequence = known.setdefault(name, Progression())
    if not letter:
        value = number_of(reading, read.sides[1])
        complete = sequence.rule is not None and len(members_of(reading, sequence)) >= SHOWN
        if value is not None and is_other(sequence, shift, value):
            known[name] = Progression(sequence.rule, sequence.letter, {shift: value})
        elif value is not None and not complete:
            sequence.first.setdefault(shift, value)
            sequence.members = None
        return
    if any(p[1] != letter or p[2] >= shift for p in others):
        return
    if not others and set(names_in(read.sides[1])) - {letter, "e", "\\pi"}:
        return
    if others or not (shift or is_recurrence(sequence)):
        kept = sequence.first if others else {}
        known[name] = Progression(read, letter, dict(kept))


def leave_open(reading: Reading, read: Read, known: dict[str, Progression]) -> None:
    """Forget a sequence whose first member is said to be another one, though that be false of what stood before."""
    place = place_in(read.sides[0])
    value = number_of(reading, read.sides[1]) if place is not None and not place[1] else None
    if place is not None and value is not None and place[0] in known and is_other(known[place[0]], place[2], value):
        del known[place[0]]


def is_other(sequence: Progression, number: int, value: float) -> bool:
    """Whether a member was given as first one, with another value."""
    return sequence.first.get(number, value) != value


def is_recurrence(sequence: Progression) -> bool:
    """Whether its rule makes each member of others: a formula is a claim then, and no rule of its own."""
    rule = sequence.rule
    place = place_in(rule.sides[0]) if rule is not None else None
    return (
        rule is not None
        and place is not None
        and any((p := place_in(n)) is not None and p[0] == place[0] for n in walk(rule.sides[1]))
    )


def is_declared(reading: Reading, name: str) -> bool:
    return any(reading.setting.scope.find(n) is not None for n in (name, f"{name}_"))


def is_given(reading: Reading, read: Read, known: dict[str, Progression]) -> bool:
    """Whether it says what the rules of its sequences give: a value, or a formula."""
    places = {p for side in read.sides for n in walk(side) if (p := place_in(n)) is not None and p[0] in known}
    if not places or any(known[p[0]].rule is None for p in places):
        return False
    if any((rule := known[p[0]].rule) is None or read.start > rule.end + REACH for p in places):
        return False
    letters = {p[1] for p in places if p[1]}
    if not letters:
        return holds_at(reading, read, known, "", 0)
    if len(letters) != 1 or len(places) != 1 or place_in(read.sides[0]) not in places:
        return False
    (name, letter, shift), *_ = places
    if shift or set(names_in(read.sides[1])) - {letter, "e", "\\pi"} or known[name].rule is read:
        return False
    members = members_of(reading, known[name])
    first = sorted(members)[:SHOWN]
    return len(first) == SHOWN and all(holds_at(reading, read, known, letter, n) for n in first)


def holds_at(reading: Reading, read: Read, known: dict[str, Progression], letter: str, at: int) -> bool:
    """Whether it is true with the members in it, its letter being a number."""
    try:
        sides = [with_members(reading, side, known, letter, at) for side in read.sides]
    except KeyError:
        return False
    return reading.judge.equation(sides[0], sides[1]).verdict in TRUE


def with_members(reading: Reading, node: Node, known: dict[str, Progression], letter: str, at: int) -> Node:
    """The tree with numbers for members, and for the letter. Raises KeyError where one is not known."""
    place = place_in(node)
    if place is not None and place[0] in known:
        number = place[2] + (at if place[1] and place[1] == letter else 0)
        if place[1] not in ("", letter):
            raise KeyError(place[1])
        return Num(members_of(reading, known[place[0]])[number])
    if letter and node == Sym(letter):
        return Num(float(at))
    parts = children(node)
    return rebuilt(node, [with_members(reading, part, known, letter, at) for part in parts]) if parts else node


def members_of(reading: Reading, sequence: Progression) -> dict[int, float]:
    """The members that a rule gives, by their numbers."""
    if sequence.members is not None:
        return sequence.members
    out = dict(sequence.first)
    rule = sequence.rule
    if rule is not None:
        place = place_in(rule.sides[0])
        assert place is not None  # noqa: S101 - it is a rule
        name, _, shift = place
        shifts = [p[2] for n in walk(rule.sides[1]) if (p := place_in(n)) is not None and p[0] == name]
        start = (min(out) - min(shifts) if out else 0) if shifts else 1
        for n in range(start, start + MEMBERS):
            inner = {name: Progression(None, "", {}, out)}
            try:
                value = number_of(reading, with_members(reading, rule.sides[1], inner, sequence.letter, n))
            except KeyError:
                break
            if value is None or abs(value) > LARGEST:
                break
            out.setdefault(n + shift, value)
    sequence.members = out
    return out


def number_of(reading: Reading, node: Node) -> float | None:
    """The value of a side that is a number."""
    if any(isinstance(n, Sym | Sub) and n.name not in ("e", "\\pi") for n in walk(node)):
        return None
    env = reading.judge.general
    try:
        env.begin()
        value = array(env.value(node, {}))
    except FAULTS:
        return None
    return float(value.real.item()) if value.size == 1 else None
