r"""`h_t = \tanh(Wh_{t-1} + Ux_t)`, or `v_t = \beta v_{t-1} + g_t`: what is said of any step, unrolled for a few.

What the problem or the text before makes of a step and of the one before it is computed from a first step on, with new values for what
comes in. A relation in members of such a sequence is true that holds at several steps, with sums and products over the steps
written out; where an unknown loss is derived, for every loss of the last names of all steps (losses.py). Nothing is false by it:
ends of the sequence, and derivatives that hold the steps before, may be meant.
Not covered: steps above a letter, two letters as index, members that are entries of what is declared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from evalkit.derivation.following.gradients import marks
from evalkit.derivation.following.loss_told import is_added_to
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.sequences import Body, Sequences, base_of, is_numbered, is_recurrent, value_of
from evalkit.derivation.grammar.derivatives import LOSS as UNNAMED
from evalkit.derivation.grammar.nodes import (
    Big,
    Bin,
    Call,
    Grad,
    Node,
    Num,
    Sub,
    Sym,
    Un,
    children,
    has_derivative,
    rebuilt,
    walk,
)
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement, Verdict
from evalkit.derivation.worlds.calls import ANY_LOSS
from evalkit.derivation.worlds.scope import BUILT_IN, Defined, Drawn, Entry, Scope, unbound_names

LAST = 4
"""The last step, for a capital letter."""
STEPS = (2, 3)
"""The steps at which something is said of any."""
AS_NUMBERS = (1, 2, 3, 5, 6)
"""The same where the letter of the step stands for a number, too: a power may be a polynomial at a few."""
MOST, MAX_NAMES, MAX_TRIED = 8, 80, 60
"""The largest number of a step; names that get a meaning; relations of a reply that are tried."""
AT = "@"
"""Between the name of a sequence and the number of its member: no text can write it."""


class LostError(Exception):
    """What stands there is no member of a sequence that is known."""


@dataclass
class Unrolled:
    """The members of the sequences that a relation asks for."""

    scope: Scope
    bodies: Mapping[str, Body]
    heads: Mapping[str, Sub]
    firsts: Mapping[tuple[str, int], Node]
    loss: str
    """What is derived where a name stands for a gradient."""
    entries: dict[str, Entry] = field(default_factory=dict)

    def member(self, base: str, number: int) -> Sym:
        """The name of one member. Raises LostError."""
        name = f"{base}{AT}{number}"
        if name in self.entries:
            return Sym(name)
        if not 0 <= number <= MOST or len(self.entries) >= MAX_NAMES:
            raise LostError
        mark = next((m for m in marks(self.scope) if base.startswith(m) and base not in self.bodies), "")
        if mark:
            self.entries[name] = Defined(
                Grad(Sym(self.loss), self.member(base[len(mark) :], number)), (), None, "reply"
            )
            return Sym(name)
        body = self.bodies.get(base)
        first = self.firsts.get((base, number)) if body is not None and number < max(body.back(base), 1) else None
        if first is not None:
            self.entries[name] = Defined(first, (), None, "reply")
        elif body is not None and number >= max(body.back(base), 1):
            self.entries[name] = Drawn(
                (), frozenset(), None, "reply"
            )  # leads back to itself only where the text is wrong
            self.entries[name] = Defined(self.written(body.node, {body.letter: number - body.ahead}), (), None, "reply")
        else:
            self.entries[name] = Drawn(self.shape(base), frozenset(), None, "reply")
        return Sym(name)

    def shape(self, base: str) -> tuple[Node, ...]:
        """That of a declared member, or the one that a matrix before it asks for; else that of a number."""
        column = self.scope.find(base)
        if column is not None and isinstance(column[1], Drawn):
            return column[1].shape
        for name, head in self.heads.items():
            found = self.scope.find(name) if base_of(head) == base else None
            if found is not None and isinstance(found[1], Drawn):
                return found[1].shape
        for node in (n for body in self.bodies.values() for n in walk(body.node)):
            match node:
                case Bin("*", matrix, Sub() as factor) if base_of(factor) == base:
                    turned = isinstance(matrix, Un) and matrix.op == "T"
                    inner = matrix.x if isinstance(matrix, Un) else matrix
                    found = self.scope.find(inner.name) if isinstance(inner, Sym | Sub) else None
                    if found is not None and isinstance(found[1], Drawn) and len(found[1].shape) == 2:
                        return (found[1].shape[0 if turned else 1],)
        return ()

    def written(self, node: Node, local: Mapping[str, int]) -> Node:
        """The tree with members by number, and sums and products over steps written out."""
        match node:
            case Sub():
                return self.subscripted(node, local)
            case Sym(name) if name in local:
                return Num(local[name])
            case Big("sum" | "prod" as kind, body, (letter,), low, high):
                return self.run(kind, body, letter, (low, high), local)
        parts = children(node)
        return rebuilt(node, [self.written(part, local) for part in parts]) if parts else node

    def subscripted(self, node: Sub, local: Mapping[str, int]) -> Node:
        base = base_of(node)
        number = value_of(node.index[0], local) if node.index is not None and len(node.index) == 1 else None
        called = base is not None and any(
            base.startswith(m) and base[len(m) :] in self.bodies for m in marks(self.scope)
        )
        if base is None or number is None or (base not in self.bodies and not called and not self.runs(node)):
            if any(isinstance(n, Sym) and n.name in local for i in node.index or () for n in walk(i)):
                raise LostError
            return node
        return self.member(base, number)

    def runs(self, node: Sub) -> bool:
        """Whether it is a member of something that comes in at every step."""
        base = base_of(node)
        if base is None or self.scope.find(base) is not None or self.scope.find(f"{base}_") is not None:
            return False
        return any(base_of(head) == base and not is_numbered(head) for head in self.heads.values())

    def run(
        self, kind: str, body: Node, letter: str, ends: tuple[Node | None, Node | None], local: Mapping[str, int]
    ) -> Node:
        """A sum or a product over steps; a product of matrices with the last step first."""
        low, high = (None if end is None else value_of(end, local) for end in ends)
        if ends[0] is None and ends[1] is None:
            low, high = 1, LAST
        if low is None or high is None or not -1 <= high - low < MOST:
            raise LostError
        parts = [self.written(body, {**local, letter: i}) for i in range(low, high + 1)]
        if kind == "prod":
            parts.reverse()
        if not parts:
            return Num(0 if kind == "sum" else 1)
        out = parts[0]
        for part in parts[1:]:
            out = Bin("+" if kind == "sum" else "*", out, part)
        return out


def unrolled(reading: Reading, read: Read) -> Read | None:
    """Holds at several steps of what the text makes of one step and the one before."""
    if reading.trial or reading.tried_steps >= MAX_TRIED:
        return None
    scope, known = reading.judge.scope, up_to_here(reading)
    bodies, heads = known.bodies, {**known.heads, **heads_in(read)}
    if not any(is_recurrent(body) for body in bodies.values()):
        return None
    bases = {base_of(n) or "" for side in read.sides for n in walk(side) if isinstance(n, Sub)}
    bases |= {b[len(m) :] for b in bases for m in marks(scope) if b.startswith(m)}
    if not bases & bodies.keys():
        return None
    reading.tried_steps += 1
    derived = (n.f.name for side in read.sides for n in walk(side) if isinstance(n, Grad) and isinstance(n.f, Sym))
    loss = next((name for name in derived if scope.resolve(name) is None), known.loss or UNNAMED)
    said, verdict = False, Verdict.ALGEBRA
    for letters in assignments(read, bodies, scope):
        steps = Unrolled(scope, bodies, heads, known.firsts, loss)
        try:
            sides = [steps.written(side, letters) for side in read.sides]
            entries = steps.entries | losses(reading, steps, sides, bases | known.spoken)
        except LostError:
            return None
        if set(unbound_names(scope.extended(entries), *sides)):
            return None
        said = said or sides[0] != sides[1]
        with reading.judge.trying(entries):
            found = reading.judge.equation(*sides).verdict
        verdict = verdict if found is Verdict.ALGEBRA else Verdict.IDENTITY
        if found not in (Verdict.IDENTITY, Verdict.ALGEBRA):
            if found in FALSE and speaks_of_others(reading, bodies):
                reading.not_at_steps.add((read.start, read.end))
            return None
    if not said:
        return None
    plain = reading.judge.equation(*read.sides).verdict  # of the step that it speaks of
    return replace(
        read, judgement=Judgement(plain if plain in TRUE else verdict, reason="at every step that was tried")
    )


def up_to_here(reading: Reading) -> Sequences:
    """What the text has said of sequences."""
    known = reading.sequences
    if known.seen < 0:
        known.begin(reading.judge.scope)
    for r in reading.relations[known.seen :]:
        claims = r.op in ("=", ":=") and not r.negated
        if r.left is not None and r.right is not None:
            verdict = r.judgement.verdict
            known.add(
                r.left, r.right, reading.judge.scope, claims=claims, follows=verdict in TRUE, false=verdict in FALSE
            )
        else:
            known.seen += 1
    return known


def heads_in(read: Read) -> dict[str, Sub]:
    """The names with one index in a relation."""
    found = (n for side in read.sides for n in walk(side) if isinstance(n, Sub))
    return {n.name: n for n in found if n.index is not None and len(n.index) == 1}


def speaks_of_others(reading: Reading, bodies: Mapping[str, Body]) -> bool:
    """Whether the text speaks of the next step, or sums over the steps: else one step may be meant that is the last."""
    letters = "|".join(re.escape(letter) for letter in {body.letter for body in bodies.values()})
    return (
        re.search(
            rf"(?<![A-Za-z])(?:{letters})\s*\+\s*1|(?:\\sum|∑|Σ)\s*_\s*\{{?\s*(?:{letters})\b", reading.document.text
        )
        is not None
    )


def assignments(read: Read, bodies: Mapping[str, Body], scope: Scope) -> Iterator[dict[str, int]]:
    """Numbers for the letters with which a relation speaks of steps: those of any step, the last one, and others before."""
    main = {body.letter for body in bodies.values()}
    bound = {i for side in read.sides for n in walk(side) if isinstance(n, Big) for i in n.index}
    inside = [n for side in read.sides for n in walk(side)]
    indices = [
        m.name for n in inside if isinstance(n, Sub) for i in n.index or () for m in walk(i) if isinstance(m, Sym)
    ]
    ends = [
        m.name
        for n in inside
        if isinstance(n, Big)
        for e in (n.low, n.high)
        if e
        for m in walk(e)
        if isinstance(m, Sym)
    ]
    of_steps = {
        i.name
        for n in inside
        if isinstance(n, Sub) and base_of(n) in bodies
        for i in n.index or ()
        if isinstance(i, Sym)
    }
    free = {n for n in (*indices, *ends) if n not in bound and (scope.find(n) is None or n in main | of_steps)}
    number = any(stands_outside(side, main) for side in read.sides)
    for step in AS_NUMBERS if number else STEPS if free & main else STEPS[:1]:
        yield {n: step if n in main else LAST if n.isupper() else 1 for n in free}


def stands_outside(node: Node, letters: set[str]) -> bool:
    """Whether a letter stands somewhere that is no index, and no end of a sum."""
    if isinstance(node, Sub):
        return False
    if isinstance(node, Big):
        return stands_outside(node.body, letters)
    return (isinstance(node, Sym) and node.name in letters) or any(stands_outside(n, letters) for n in children(node))


def losses(reading: Reading, steps: Unrolled, sides: list[Node], spoken: set[str]) -> dict[str, Entry]:
    """The one unknown number that is derived, as any function of the last names of all steps of which the text has spoken.
    Raises LostError."""
    bodies = [e.body for e in steps.entries.values() if isinstance(e, Defined)]
    derived = [
        n.f for node in (*sides, *bodies) for n in walk(node) if isinstance(n, Grad) and isinstance(n.f, Sym | Sub)
    ]
    unknown = {n.name for n in derived if AT not in n.name and steps.scope.resolve(n.name) is None}
    if not unknown:
        return {}
    if len(unknown) > 1 or "" in unknown or BUILT_IN & unknown or is_added_to(reading, next(iter(unknown))):
        raise LostError
    plain = {b: body for b, body in steps.bodies.items() if b in spoken and not has_derivative(body.node)}
    used = {base_of(n) for b, body in plain.items() for n in walk(body.node) if isinstance(n, Sub) and base_of(n) != b}
    tops = [b for b in plain if b not in used]
    if not tops:
        raise LostError
    members = [steps.member(b, i) for b in tops for i in range(1, LAST + 1)]
    return {**steps.entries, unknown.pop(): Defined(Call(ANY_LOSS, tuple(members)), (), None, "reply")}
