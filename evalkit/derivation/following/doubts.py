"""What fails is false only where nothing about it is in doubt. Looked at when all of the reply has been read.

Every doubt is a rule of its own: it says why a relation that fails may not be meant as it was read, or may claim nothing.
Most yield where a single edit makes the relation true (verdicts/nearness.py): then it was read rightly, and is a slip.
The order is that of DOUBTS; the first that is not dispelled makes the relation disputed, and its name stands in the verdict.

Not covered: what is wrong by itself and far from everything true, in letters of which the reply says nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.confirmed import is_another
from evalkit.derivation.following.part import EXAMPLE
from evalkit.derivation.following.reading import Read, Reading, stands_alone
from evalkit.derivation.following.readings import is_asked_for
from evalkit.derivation.following.standing import standing
from evalkit.derivation.grammar.nodes import Bin, Block, Call, Node, Sub, Sym, Un, base_name, children, is_zero, rebuilt, walk
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.text.roles import Role
from evalkit.derivation.verdicts.nearness import slip
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement, Verdict
from evalkit.derivation.worlds.scope import Defined, Drawn, Factor, Family, family_key, names_in
from evalkit.derivation.worlds.world import ASSUMED, GENERIC

MAX_SLIPS = 12
"""Relations of one reply for which edits are tried."""
TERMS = 2
"""Names by which two values of one side must differ to be two variants."""
UNREAD = frozenset({Verdict.UNBOUND, Verdict.UNPARSED})


@dataclass
class Evidence:
    """What the whole reply says about the names of its relations."""

    reading: Reading
    relations: list[Read]
    """As they stood before anything was doubted."""
    tried: dict[tuple[int, int], str] = field(default_factory=dict)

    @cached_property
    def true(self) -> list[tuple[Read, frozenset[str]]]:
        """What is true, with its names; what holds whatever names mean says nothing of what they mean."""
        return [(r, self.names(r)) for r in self.relations if r.judgement.verdict in TRUE and r.left is not None]

    def names(self, read: Read) -> frozenset[str]:
        """The names in a relation that have a meaning."""
        scope = self.reading.judge_of(read).scope
        found = (scope.find(n) for n in names_in(Bin("=", *read.sides)))
        return frozenset(f[0] for f in found if f is not None)

    def free(self, read: Read, side: Node) -> frozenset[str]:
        """What is drawn at random and moves a side."""
        env = self.reading.judge_of(read).general
        called = (env.scope.find(n.name.rstrip("'")) for n in walk(side) if isinstance(n, Call))
        own = {p for found in called if found and isinstance(found[1], Defined) for p in found[1].params}
        names = env.depends(side) - {p for p in own if not stands_alone(p, side)}
        return frozenset(n for n in names if isinstance(env.scope.entries.get(n), Drawn))

    def data(self, read: Read) -> frozenset[str]:
        """What the problem gives."""
        entries = self.reading.judge_of(read).scope_of(GENERIC).entries
        return frozenset(n for n, e in entries.items() if isinstance(e, Drawn) and "data" in e.kinds)

    def is_claimed(self, read: Read) -> bool:
        """Whether the words before its chain claim it, and not under a condition."""
        first = next((r for r in self.relations if r.chain == read.chain), read)
        return standing(self.reading, first) is Role.CLAIMED and not CONDITIONAL.search(first.words)

    def is_decided_by_worlds(self, read: Read) -> bool:
        """Whether its words claim it of letters of which the problem's special worlds say something."""
        if not self.is_claimed(read):
            return False
        special = {n for s in self.reading.setting.specials for n in s.overlay}
        env = self.reading.judge_of(read).envs(ASSUMED)[0]
        general = self.reading.judge_of(read).general
        both = Bin("=", *read.sides)
        return bool({n.replace("^*", "") for n in env.depends(both) | general.depends(both)} & special)

    def may_be_anew(self, read: Read, name: str) -> bool:
        """Whether `name = ...` may give something of the problem another meaning: not what the problem asks about."""
        return standing(self.reading, read) is not Role.CLAIMED and not is_asked_for(self.reading, name)

    def is_contradicted(self, read: Read, name: str, entry: Defined | Factor | Family) -> bool:
        """Whether something speaks against the meaning of a name: something else with it fails as well, or the
        relation itself gives it a meaning: again to a name of the reply's own, or without claiming it."""
        if name == headed(read) and (entry.source == "reply" or self.may_be_anew(read, name)):
            return True
        return any(
            other.judgement.verdict in FALSE and name in self.names(other) | self.reading.judge_of(other).general.depends(Bin("=", *other.sides))
            for other in self.relations
            if other.left is not None and other.right is not None and is_another(read, other) and not self.slip(other)
        )

    def slip(self, read: Read) -> str:
        """The single edit that makes it true."""
        place = (read.start, read.end)
        if place not in self.tried:
            if len(self.tried) >= MAX_SLIPS:
                return ""
            self.tried[place] = slip(self.reading.judge_of(read), *read.sides)
        return self.tried[place]

    def is_free(self, read: Read, node: Node) -> bool:
        """Whether a node is a free letter of the problem or of the reply."""
        return isinstance(self.reading.judge_of(read).scope.entries.get(shapes.plain_name(node) or ""), Drawn)

    def confirmed(self, read: Read, name: str, since: int = 0) -> bool:
        """Whether something else that the reply says of a name is true, and would not be whatever the name meant."""
        for other, names in self.true:
            if other.chain != read.chain and other.start >= since and name in names:
                if other.judgement.verdict is not Verdict.ALGEBRA:
                    return True
        return False


# ------------------------------------------------------------ doubts
def open_condition(evidence: Evidence, read: Read) -> str:
    """Its sides have no free letter in common: it cannot hold in general, and asks for a value."""
    if read.judgement.verdict is not Verdict.FAILS or evidence.is_decided_by_worlds(read):
        return ""
    left, right = (evidence.free(read, side) for side in read.sides)
    if left & right:
        return ""
    if any(map(is_zero, read.sides)) or not all(scopes.is_constant(side) for side in read.sides if not evidence.free(read, side)):
        left, right = (names - evidence.data(read) for names in (left, right))  # what is given may vanish
    asked = left | right
    if evidence.is_claimed(read):
        asked &= evidence.names(read)  # what stands behind a definition alone is not what it asks for
    return "a condition on letters that are free" if asked else ""


def unconfirmed(evidence: Evidence, read: Read) -> str:
    """Nothing else that the reply says of one of its names is true as that was read, and something speaks against it."""
    judge = evidence.reading.judge_of(read)
    for name in sorted(evidence.names(read)):
        entry = judge.scope.entries.get(name)
        if not isinstance(entry, Defined | Factor | Family) or name in judge.assumed or evidence.confirmed(read, name):
            continue
        if isinstance(entry, Defined) and entry.source == "reply" and scopes.is_constant(entry.body):
            continue  # given in numbers
        if evidence.is_contradicted(read, name, entry):
            return f"{name}: nothing else is true of it as it was read"
    return ""


def told_later(evidence: Evidence, read: Read) -> str:
    """One of its names is explained only behind it."""
    return "a name in it is explained only later" if read.late else ""


def stale(evidence: Evidence, read: Read) -> str:
    """One of its names has been given another meaning that cannot be read."""
    env = evidence.reading.judge_of(read).general
    names = {*evidence.names(read), *env.depends(Bin("=", *read.sides))}
    names = {n for n in names if not is_index_letter(n)}
    for other in evidence.reading.relations:
        if other.start >= read.start or other.op not in EQUAL:
            continue
        if other.judgement.verdict not in UNREAD and other.judgement.rule not in NAMES:
            continue
        name = shapes.plain_name(other.left) if other.left is not None else None
        if name is None or name not in names or other.chain == read.chain:
            continue
        if any(other.start < r.start < read.start and name in r.introduces for r in evidence.reading.relations):
            continue
        if not evidence.confirmed(read, name, other.end):
            return f"{name}: a later meaning of it cannot be read"
    return ""


def member_or_entry(evidence: Evidence, read: Read) -> str:
    """It has entries `x_i` of x, and x_1 beside them is something else."""
    scope = evidence.reading.judge_of(read).scope
    for n in (n for side in (read.left, read.right) if side is not None for n in walk(side)):
        if not isinstance(n, Sub) or not n.name or n.index is None or scope.find(n.name) or scope.find(family_key(n.name)):
            continue
        base = base_name(n)
        if scope.find(base) is not None and any(
            name.startswith(f"{base}_") and name[len(base) + 1 :].isdigit() for name in scope.entries
        ):
            return f"{n.name}: an entry of {base}, or one of the same kind as {base}_1"
    return ""


def listing(evidence: Evidence, read: Read) -> str:
    """It writes down the entries of something: how many, and as a row or a column, may be an example's."""
    for a, b in (read.sides, tuple(reversed(read.sides))):
        name = shapes.plain_name(a)
        if name is None or not isinstance(b, Block):
            continue
        cells = [c for row in b.rows for c in row]
        if all(isinstance(c, Sub) and base_name(c) == name for c in cells):
            return f"the entries of {name} in an order of its own"
    return ""


def property_of_its_own(evidence: Evidence, read: Read) -> str:
    """It says of a free letter alone that it has a property: `A^T = A`."""
    for a, b in (read.sides, tuple(reversed(read.sides))):
        if isinstance(a, Un) and a.op == "T" and a.x == b and evidence.is_free(read, b):
            return f"a property of {shapes.plain_name(b)}, which may be supposed"
    return ""


def on_a_property(evidence: Evidence, read: Read) -> str:
    """It stands in the paragraph of a property that may be supposed of one of its letters."""
    names = evidence.names(read)
    for other in evidence.reading.relations:
        if other.judgement.rule in PROPERTIES and other.end <= read.start and evidence.names(other) & names:
            if evidence.reading.outline.block_end(other.start) >= read.end:
                return "what is supposed of one of its letters is not obeyed by the worlds"
    return ""


def given_otherwise(evidence: Evidence, read: Read) -> str:
    """The same side truly has another value with whole terms more or less: one of the two is a variant."""
    if read.left is None or read.right is None or scopes.is_constant(read.right):
        return ""
    mine = set(names_in(read.right))
    entry = evidence.reading.judge_of(read).scope.entries.get(shapes.plain_name(read.left) or "")
    name = shapes.plain_name(read.left)
    stated = isinstance(entry, Defined) and entry.source == "problem"
    bodies = [entry.body] if name and stated and evidence.may_be_anew(read, name) else []
    bodies += [
        r.right for r, _ in evidence.true if r.chain != read.chain and r.left == read.left and r.right is not None
    ] if isinstance(read.left, Sym | Sub | Call) else []
    for body in bodies:
        theirs = set(names_in(body))
        if (mine < theirs or theirs < mine) and len(mine ^ theirs) >= TERMS:
            return "the same is given another value, with other terms"
    return ""


def may_be_a_function(evidence: Evidence, read: Read) -> str:
    """A letter stands before another one in brackets: the value of a function, or a product."""
    judge = evidence.reading.judge_of(read)
    for side in read.statement.sides if read.statement is not None else ():
        for a, b, c, d in zip(side, side[1:], side[2:], side[3:], strict=False):
            if b.text == "(" and d.text == ")" and a.kind == c.kind and a.text.strip("\\").isalpha() and c.text.strip("\\").isalpha():
                found = judge.scope.role(a.text)
                if found not in ("function", "definition") and read.start <= a.start < read.end:
                    return f"{a.text}({c.text}): a product, or the value of a function"
    return ""


def own_shape(evidence: Evidence, read: Read) -> str:
    """It has no shape as the reply declared one of its letters, and the problem declares that one otherwise."""
    if read.judgement.verdict is not Verdict.ILL_TYPED:
        return ""
    judge = evidence.reading.judge_of(read)
    for name in sorted(evidence.names(read)):
        own, given = judge.own.get(name), evidence.reading.setting.scope.entries.get(name)
        if isinstance(own, Drawn) and isinstance(given, Drawn) and own.shape != given.shape:
            return f"{name}: the reply and the problem declare it with different shapes"
    return ""


def index_left_out(evidence: Evidence, read: Read) -> str:
    """With an index that it leaves out it is true: `x` for the `x_k` beside it."""
    atoms = {n for side in read.sides for n in walk(side) if isinstance(n, Sub) and n.index}
    for member in sorted(atoms, key=repr):
        whole = Sym(base_name(member))
        new = [with_member(side, whole, member) for side in read.sides]
        if tuple(new) != read.sides and evidence.reading.judge_of(read).computed(*new).verdict in TRUE:
            return f"true with {member.name} in place of {whole.name}"
    return ""


def with_member(node: Node, whole: Sym, member: Sub) -> Node:
    """The tree with a member in place of every whole that stands alone."""
    if node == whole:
        return member
    if isinstance(node, Sub):
        return node
    return rebuilt(node, [with_member(n, whole, member) for n in children(node)])


def example_follows(evidence: Evidence, read: Read) -> str:
    """It gives a letter a value, and an example of this part of the reply does so too."""
    name = headed(read)
    end = evidence.reading.outline.part_end(read.start)
    parts = (p for p in evidence.reading.parts if p.kind == EXAMPLE and read.start < p.start < end)
    return f"{name}: an example gives it a value" if name and any(name in p.names for p in parts) else ""


def defined_elsewhere(evidence: Evidence, read: Read) -> str:
    """It gives a letter of the reply's own a meaning again, in another part of the reply."""
    name = headed(read)
    if name is None:
        return ""
    places = [r.start for r in evidence.relations if name in r.introduces and r.start < read.start]
    outline = evidence.reading.outline
    return f"{name}: its meaning stands in another part" if places and outline.part_end(places[-1]) <= read.start else ""


def headed(read: Read) -> str | None:
    """The name to which `name = ...` or `f(x) = ...` may give a meaning: the first side of what is written there."""
    left = read.left
    if left is None or read.statement is None or read.statement.sides[0][0].start != read.start:
        return None
    if isinstance(left, Call):
        return left.name if all(isinstance(a, Sym | Sub) for a in left.args) else None
    return shapes.plain_name(left)


def said_equal(evidence: Evidence, read: Read) -> str:
    """Two of its indices are said to be equal before it: `if i = k`."""
    last: dict[str, bool] = {}
    for other in evidence.reading.relations:
        if other.end <= read.start and other.section == read.section and other.left is not None and other.right is not None:
            pair = [n.name for n in (other.left, other.right) if isinstance(n, Sym) and is_index_letter(n.name)]
            if len(pair) == 2 and pair[0] != pair[1]:
                last.update(dict.fromkeys(pair, other.op in EQUAL and other.judgement.verdict not in TRUE))
    used = {m.name for side in read.sides for n in walk(side) if isinstance(n, Sub) for i in n.index or () for m in walk(i) if isinstance(m, Sym)}
    name = min((n for n in used if last.get(n)), default="")
    return f"{name}: equal to another index here" if name else ""


def is_index_letter(name: str) -> bool:
    return len(name) == 1 and "i" <= name <= "q"


@dataclass(frozen=True)
class Doubt:
    """Why a relation that fails may be no error; yields: not where a single edit makes it true."""

    of: Callable[[Evidence, Read], str]
    yields: bool = True

    @property
    def name(self) -> str:
        return self.of.__name__

    @property
    def says(self) -> str:
        """What it says of a relation, in words."""
        return (self.of.__doc__ or "").strip().partition("\n")[0]


CONDITIONAL = re.compile(r"\b(?:if|when|whenever)\b", re.I)
PROPERTIES = ("property_of_its_own", "own_transpose")
DOUBTS = (
    Doubt(member_or_entry, yields=False),
    Doubt(listing, yields=False),
    Doubt(property_of_its_own, yields=False),
    Doubt(on_a_property, yields=False),
    Doubt(own_shape, yields=False),
    Doubt(said_equal),
    Doubt(index_left_out, yields=False),
    Doubt(may_be_a_function),
    Doubt(given_otherwise),
    Doubt(example_follows),
    Doubt(defined_elsewhere),
    Doubt(stale, yields=False),
    Doubt(told_later),
    Doubt(open_condition),
    Doubt(unconfirmed),
)

NAMES = frozenset(doubt.name for doubt in DOUBTS)


def dispute_the_doubtful(reading: Reading) -> None:
    """What fails and is in doubt becomes disputed. What is tried here is no work of the reply: it has a share of its own."""
    boxes = [box for world in reading.judge.worlds for box in (world.spent, world.worked)]
    before = [box[0] for box in boxes]
    for box in boxes:
        box[0] = 0
    look_back(reading)
    for box, value in zip(boxes, before, strict=True):
        box[0] = value


def look_back(reading: Reading) -> None:
    evidence = Evidence(reading, list(reading.relations))
    for at, read in enumerate(reading.relations):
        if read.judgement.verdict not in FALSE or read.op not in EQUAL or read.judgement.rule.startswith("given"):
            continue
        if read.left is None or read.right is None or not names_in(Bin("=", read.left, read.right)):
            continue
        for doubt in DOUBTS:
            reason = doubt.of(evidence, read)
            if reason and not (doubt.yields and evidence.slip(read)):
                reading.relations[at] = replace(read, judgement=Judgement(Verdict.DISPUTED, reason=reason, rule=doubt.name))
                break
