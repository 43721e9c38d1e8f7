"""What the whole reply says about the names of its relations: the grounds on which one that fails is false, or in doubt.

Not covered: names inside sums and functions that bind them; what a reply says in words alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from evalkit.derivation.following import shapes
from evalkit.derivation.following.confirmed import is_another
from evalkit.derivation.following.reading import Read, Reading, stands_alone
from evalkit.derivation.following.readings import is_asked_for
from evalkit.derivation.following.standing import standing
from evalkit.derivation.grammar.nodes import (
    Big,
    Bin,
    Call,
    Grad,
    Node,
    Sub,
    Sym,
    Unreadable,
    children,
    has_derivative,
    is_derivative,
    summands,
    walk,
)
from evalkit.derivation.grammar.pretty import pretty
from evalkit.derivation.text.roles import Role
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.nearness import Slip, alike, slip
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from evalkit.derivation.worlds.indices import loose_indices
from evalkit.derivation.worlds.scope import Defined, Drawn, Factor, Family, Scope, family_key
from evalkit.derivation.worlds.world import ASSUMED, GENERIC

MAX_SLIPS = 12
"""Relations of one reply for which edits are tried."""
PLAIN_SLIPS = frozenset({"sign", "term", "exponent"})
"""Edits that neither another value nor another meaning of a name explains."""
STEPS_OF_A_SLIP, STEPS_TO_SAY = 180_000, 12_000
"""Steps of evaluation that the edits of one relation may take, and that are spent only to say what is near to it."""
SHARED, MAX_NEAR, MAX_AROUND, MAX_SLOPES = 2, 6, 6, 3
"""Names that something else must have in common with a relation to stand around it; how many relations around it lend their
letters, and how many of these are tried."""
SILENT = 2
"""Sides with an index that stands twice and is not on the other side, from which on it is a habit."""
CONDITIONAL = re.compile(r"\b(?:if|when|whenever)\b", re.I)


@dataclass
class Grounds:
    """One reply, read to its end."""

    reading: Reading
    relations: list[Read]
    """As they stood before anything was doubted."""
    tried: dict[tuple[int, int], Slip] = field(default_factory=dict)
    """The slips that were looked for, by the place of the relation; with its end negative those of `general_slip`,
    with its end first those of `amended`."""
    left: list[Read] = field(default_factory=list)
    """The relations after the doubts that look at one alone."""
    named: dict[int, tuple[Read, frozenset[str]]] = field(default_factory=dict)
    rests: dict[int, tuple[Read, frozenset[str]]] = field(default_factory=dict)
    """What `names` and `behind` found, by the identity of the relation, which is kept alive with it."""

    @cached_property
    def readable(self) -> list[Read]:
        """The relations whose sides could be read."""
        return [r for r in self.relations if r.left is not None and r.right is not None]

    @cached_property
    def true(self) -> list[tuple[Read, frozenset[str]]]:
        """What is true, with its names."""
        return [(r, self.names(r)) for r in self.readable if r.judgement.verdict in TRUE]

    @cached_property
    def sums_silently(self) -> bool:
        """Whether the reply sums over indices that stand twice, and never writes a sum."""
        sides = [(r, side, other) for r in self.readable for side, other in (r.sides, r.sides[::-1])]
        if any(isinstance(n, Big) for _, side, _ in sides for n in walk(side)):
            return False
        return sum(bool(self.twice(r, side) - self.loose(r, other)) for r, side, other in sides) >= SILENT

    def twice(self, read: Read, side: Node) -> set[str]:
        """The free indices that stand twice in one product."""
        found: set[str] = set()
        for term in summands(side):
            letters = [i.name for n in walk(term) if isinstance(n, Sub) for i in n.index or () if isinstance(i, Sym)]
            found |= {i for i in self.loose(read, term) if letters.count(i) > 1}
        return found

    def loose(self, read: Read, side: Node) -> set[str]:
        """The indices in it that nothing binds."""
        return set(loose_indices(self.judge(read).general, side, {}))

    def judge(self, read: Read) -> Judge:
        """Who knows what the letters of a relation meant there."""
        return self.reading.judge_of(read)

    def names(self, read: Read) -> frozenset[str]:
        """The names in a relation that have a meaning."""
        kept = self.named.get(id(read))
        if kept is None:
            scope = self.judge(read).scope
            found = (scope.find(n) for side in read.sides for n in meant(side, scope))
            kept = self.named[id(read)] = (read, frozenset(f[0] for f in found if f is not None))
        return kept[1]

    def behind(self, read: Read) -> frozenset[str]:
        """The names in a relation, and those on which their meanings rest."""
        kept = self.rests.get(id(read))
        if kept is None:
            names = self.names(read) | self.judge(read).general.depends(Bin("=", *read.sides))
            kept = self.rests[id(read)] = (read, names)
        return kept[1]

    def free(self, read: Read, side: Node) -> frozenset[str]:
        """What is drawn at random and moves a side: f(2) is not moved by the x of f(x)."""
        env = self.judge(read).general
        called = (env.scope.find(n.name.rstrip("'")) for n in walk(side) if isinstance(n, Call))
        own = {p for found in called if found and isinstance(found[1], Defined) for p in found[1].params}
        names = env.depends(side) - {p for p in own if not stands_alone(p, side)}
        return frozenset(n for n in names if isinstance(env.scope.entries.get(n), Drawn))

    def data(self, read: Read) -> frozenset[str]:
        """What the problem gives."""
        entries = self.judge(read).scope_of(GENERIC).entries
        return frozenset(n for n, e in entries.items() if isinstance(e, Drawn) and "data" in e.kinds)

    def is_free(self, read: Read, node: Node) -> bool:
        """Whether a node is a free letter of the problem or of the reply."""
        return isinstance(self.judge(read).scope.entries.get(shapes.plain_name(node) or ""), Drawn)

    def is_claimed(self, read: Read) -> bool:
        """Whether the words before its chain claim it, and not under a condition."""
        first = next((r for r in self.relations if r.chain == read.chain), read)
        return standing(self.reading, first) is Role.CLAIMED and not CONDITIONAL.search(first.words)

    def is_decided_by_worlds(self, read: Read) -> bool:
        """Whether it is claimed of letters of which the problem's special worlds say something."""
        if not self.is_claimed(read):
            return False
        special = {n for s in self.reading.setting.specials for n in s.overlay}
        assumed = self.judge(read).envs(ASSUMED)[0].depends(Bin("=", *read.sides))
        return bool({n.replace("^*", "") for n in assumed | self.behind(read)} & special)

    def slip(self, read: Read) -> str:
        """The kind of the single edit that makes it true; empty where none does."""
        place = (read.start, read.end)
        if place not in self.tried:
            if len(self.tried) >= MAX_SLIPS:
                return ""
            self.tried[place] = self.edited(self.judge(read), read)
        return self.tried[place].kind

    def amended(self, read: Read) -> str:
        """The edit that makes it true in words, its kind and the sides that it changed; empty where none is found soon."""
        found = self.tried.get((read.start, read.end))
        if found is None and len(self.tried) < MAX_SLIPS:
            found = self.tried[read.end, read.start] = slip(self.judge(read), *read.sides, steps=STEPS_TO_SAY)
        if found is None or not found.kind:
            return ""
        sides = zip(read.sides, (found.left, found.right), ("left", "right"), strict=True)
        changed = [f"{pretty(new)} on the {where}" for old, new, where in sides if new is not None and new != old]
        return f"holds with one edit ({found.kind}): {', '.join(changed)}"

    def edited(self, judge: Judge, read: Read, wanted: frozenset[Verdict] = TRUE, *, plainly: bool = True) -> Slip:
        """`slip` of both sides, with the letters around it. It has a share of work of its own, and leaves no doubt unasked."""
        return slip(judge, *read.sides, wanted, plainly=plainly, around=self.around(read), steps=STEPS_OF_A_SLIP)

    def around(self, read: Read) -> Sequence[Node]:
        """The letters of the other links of its chain, then of what else has two of its names, the nearest first."""
        mine = self.names(read)
        near = sorted(self.readable, key=lambda r: (r.chain != read.chain, abs(r.start - read.start)))
        near = [r for r in near if r is not read and (r.chain == read.chain or len(self.names(r) & mine) >= SHARED)]
        found = (n for r in near[:MAX_NEAR] for side in r.sides for n in walk(side) if isinstance(n, Sym | Sub))
        scope = self.judge(read).scope
        letters = [n for n in dict.fromkeys(found) if scope.find(n.name) or isinstance(n, Sub)]
        return [*self.slopes(read), *letters[:MAX_AROUND]]

    def slopes(self, read: Read) -> Sequence[Node]:
        """The slopes of the functions by which the names behind a derivative are made: one may have been left out of it."""
        if not any(map(is_derivative, read.sides)):
            return []
        entries = self.judge(read).scope.entries
        bodies = (
            e.body for n in sorted(self.behind(read)) if isinstance(e := entries.get(n), Defined) and not e.params
        )
        calls = (n for body in bodies for n in walk(body) if isinstance(n, Call) and len(n.args) == 1)
        return [Call(f"{n.name}'", n.args) for n in dict.fromkeys(calls) if not n.name.endswith("'")][:MAX_SLOPES]

    def general_slip(self, read: Read) -> str:
        """The kind of the single edit that makes it true in every world, whatever the reply assumed; empty where none does."""
        place = (read.start, -read.end)
        if place not in self.tried:
            if len(self.tried) >= MAX_SLIPS:
                return ""
            judge = self.without_assumptions(read)
            self.tried[place] = self.edited(judge, read, frozenset({Verdict.IDENTITY, Verdict.ALGEBRA}))
        return self.tried[place].kind

    def slip_of_rewriting(self, read: Read) -> str:
        """`general_slip`, where both sides are then not written alike: what it makes of `x^2 = x` shows nothing."""
        if not self.general_slip(read):
            return ""
        found = self.tried[read.start, -read.end]
        if found.left is not None and found.right is not None and not alike(found.left, found.right):
            return found.kind  # nothing before it held, written alike or not
        judge = self.without_assumptions(read)
        return self.edited(judge, read, frozenset({Verdict.IDENTITY, Verdict.ALGEBRA}), plainly=False).kind

    def slip_of_form(self, read: Read) -> bool:
        """Whether a single edit makes it hold whatever its names mean. Of derivatives in numbers that may be anything, what
        holds in every world does."""
        entries = self.judge(read).scope_of(GENERIC).entries  # whatever values were assumed
        free = all(isinstance(e := entries.get(n), Drawn) and e.shape == () for n in self.names(read))
        wanted = {Verdict.ALGEBRA, *([Verdict.IDENTITY] if free and any(map(has_derivative, read.sides)) else [])}
        return bool(self.slip(read)) and bool(self.edited(self.judge(read), read, frozenset(wanted)).kind)

    def slip_in_special(self, read: Read) -> bool:
        """Whether a sign, term or exponent on one of two sides in letters keeps it from holding where the problem says that
        its letters are what is sought: `\\sum (x_i + m)^2 = n s^2` at the optimum."""
        if self.slip(read) not in PLAIN_SLIPS or not all(self.free(read, side) for side in read.sides):
            return False
        return self.edited(self.judge(read), read, frozenset({Verdict.HOLDS})).kind in PLAIN_SLIPS

    def without_assumptions(self, read: Read) -> Judge:
        """Who judges it there, but for what was assumed."""
        judge = self.judge(read).branch()
        judge.forget()
        return judge

    def slip_in_meaning(self, read: Read) -> bool:
        """Whether a single edit makes it true, and it would not be true whatever its names meant."""
        return bool(self.slip(read)) and bool(self.edited(self.judge(read), read, TRUE - {Verdict.ALGEBRA}).kind)

    def confirmed(self, read: Read, name: str, since: int = 0) -> bool:
        """Whether something else that the reply says of a name is true, and would not be whatever the name meant: of the
        name itself, of the matrix that it is a part of, or of what it was said to be (`d = A = B`, and A = B is true)."""
        entry = self.judge(read).scope.entries.get(name)
        whole = entry.of.name if isinstance(entry, Family) and isinstance(entry.of, Sym) else name
        body = entry.body if isinstance(entry, Defined) and entry.source == "reply" else None
        return any(
            (name in names or whole in names or body in other.sides)
            and other.chain != read.chain
            and other.start >= since
            for other, names in self.true
            if other.judgement.verdict is not Verdict.ALGEBRA
        )

    def is_used(self, read: Read, name: str) -> bool:
        """Whether something else that is true has a name in it."""
        return any(name in names and other.chain != read.chain for other, names in self.true)

    def is_asked(self, name: str) -> bool:
        """Whether the problem asks about a name: the loss, the unknowns of its special worlds, a side of a milestone."""
        if name in self.sought:
            return True
        entry = self.reading.setting.scope.entries.get(name)
        if isinstance(entry, Drawn):
            return any(name in s.overlay for s in self.reading.setting.specials)
        return is_asked_for(self.reading, name)

    @cached_property
    def sought(self) -> frozenset[str]:
        """The names that stand alone on a side of a milestone, or whose derivative does."""
        sides = (side for m in self.reading.setting.milestones for form in m.forms for side in form)
        heads = (side.f if isinstance(side, Grad) else side for side in sides)
        return frozenset(head.name for head in heads if isinstance(head, Sym))

    def may_be_anew(self, read: Read, name: str) -> bool:
        """Whether `name = ...` may give something of the problem another meaning: not what the problem asks about."""
        return standing(self.reading, read) is not Role.CLAIMED and not is_asked_for(self.reading, name)

    def told_of(self, read: Read) -> str | None:
        """The name that its left side is, also where the right side cannot be read."""
        if read.left is not None:
            return shapes.plain_name(read.left)
        sides = read.statement.sides if read.statement is not None else ()
        tokens = next((side for side in sides if side and side[0].start == read.start), ())
        if len([t for t in tokens if t.kind not in ("sp", "qd")]) != 1:
            return None
        try:
            return shapes.plain_name(self.reading.parse(tokens))
        except Unreadable:
            return None

    def is_contradicted(self, read: Read, name: str, entry: Defined | Factor | Family) -> bool:
        """Whether something speaks against the meaning of a name: the relation itself gives it one (again to a name of the
        reply's own, or without claiming it), or something else with it fails, and is no slip."""
        if name == headed(read) and (entry.source == "reply" or self.may_be_anew(read, name)):
            return True
        others = (r for r in self.readable if r.judgement.verdict in FALSE and is_another(read, r))
        return any(name in self.behind(other) and not self.slip(other) for other in others)


def meant(node: Node, scope: Scope) -> list[str]:
    """The names that a tree mentions: of `E_a` not E as well, where E_a has a meaning itself."""
    out: list[str] = []
    stack = [node]
    while stack:
        top = stack.pop()
        match top:
            case Sym(name):
                out.append(name)
            case Sub(base, name, index):
                if scope.find(name) is None:
                    out += (name, family_key(name)) if name else ()
                    stack.append(base)
                else:
                    out.append(name)
                stack += index or ()
            case _:
                if isinstance(top, Call):
                    out.append(top.name.rstrip("'"))
                stack += children(top)
    return out


def headed(read: Read) -> str | None:
    """The name to which `name = ...` or `f(x) = ...` may give a meaning: the first side of what is written there."""
    left = read.left
    if left is None or read.statement is None or read.statement.sides[0][0].start != read.start:
        return None
    if isinstance(left, Call):
        return left.name if all(isinstance(a, Sym | Sub) for a in left.args) else None
    return shapes.plain_name(left)
