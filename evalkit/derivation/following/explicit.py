r"""`\partial f/\partial t` of `f = xt` where `x = t^2`: the other letters held (x), or through them as well (`3t^2`).

Both are usual. Through them is how the worlds derive, and what holds so is true; what holds with the letters held is in dispute,
as it is also the commonest slip, a path left out. Beside `d f/d t` in one relation the partial one holds them, and nobody doubts.
Only of numbers that the reply made; matrices and what the problem defines are derived through everything.
Not covered: arguments that a function names, and differentials.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeGuard

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.lexer import Token
from evalkit.derivation.grammar.nodes import Call, Grad, Node, Sub, Sym, children, rebuilt, substitute_index, walk
from evalkit.derivation.grammar.stream import SCALAR
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.scope import Defined, Scope, names_behind, names_in
from evalkit.derivation.worlds.world import ASSUMED

HELD = "@held"
MAX_NAMES = 4


def explicit_partial(reading: Reading, read: Read) -> Read | None:
    r"""Is true where `\partial` holds the letters that the reply made of its variable."""
    written = sides_of(read)
    if written is None or not any(map(is_partial, written)):
        return None
    sides = read.sides
    held = [holding(reading.judge.scope, side, tokens) for side, tokens in zip(sides, written, strict=True)]
    for left, right in variants(sides, held):
        if reading.judge.computed(left, right).verdict in TRUE:
            judgement = reading.judge.computed(left, right)
            if any(t.text == "d" for tokens in written for t in tokens) and (left == sides[0] or right == sides[1]):
                return replace(read, judgement=replace(judgement, reason="the partial derivative holds the others"))
            return read.decided(Verdict.DISPUTED, "true where the other letters are held")
    return None


def sides_of(read: Read) -> tuple[tuple[Token, ...], tuple[Token, ...]] | None:
    """Both sides of one link of a chain, as they are written."""
    found = {side[0].start: side for side in (read.statement.sides if read.statement else ()) if side}
    left, right = found.get(read.start), found.get(read.right_start)
    if left is None or right is None:
        return None
    return (right, left) if read.op == "=:" else (left, right)


def holding(scope: Scope, node: Node, tokens: Sequence[Token]) -> Node:
    r"""A side with letters held, where it derives by the partial sign; what it derives in full, `d f`, holds none."""
    total = [after for one, after in pairwise(tokens) if one.text == "d"]
    if not is_partial(tokens) or any(t.kind not in ("id", "word") for t in total):
        return node  # d/dt of something
    return with_held(node, scope, frozenset(letter_of(t.text) for t in total))


def is_partial(tokens: Sequence[Token]) -> bool:
    return any(t.text in ("partial", "∂") for t in tokens)


def letter_of(name: str) -> str:
    return name.split("_")[0].split("^")[0].split(" ")[-1]


def variants(sides: tuple[Node, Node], held: list[Node]) -> Iterator[tuple[Node, Node]]:
    """The sides with letters held on the one, the other, and both."""
    found = [(sides[0], held[1]), (held[0], sides[1]), (held[0], held[1])]
    yield from (pair for pair in dict.fromkeys(found) if pair != sides)


def with_held(node: Node, scope: Scope, total: frozenset[str]) -> Node:
    """The tree with the derivative of what the reply wrote for a name, all that it made of the variable being held. total: letters
    of names that are derived in full."""
    if (
        isinstance(node, Grad)
        and node.order == 1
        and isinstance(node.f, Sym | Sub)
        and isinstance(node.by, Sym)
        and letter_of(node.f.name) not in total
    ):
        found = scope.find(node.f.name)
        entry = found[1] if found is not None else None
        body = entry.body if is_made(entry) else None
        names = held_names(scope, body, node.by.name) if body is not None else []
        if body is not None and names and len(names) <= MAX_NAMES and node.by.name in names_in(body):
            for name in names:
                body = substitute_index(body, name, Sym(f"{name}{HELD}"))
            out: Node = Grad(body, node.by)
            for name in names:
                out = Call("at", (out, Sym(f"{name}{HELD}"), Sym(name)))
            return out
    parts = children(node)
    return rebuilt(node, [with_held(part, scope, total) for part in parts]) if parts else node


def held_names(scope: Scope, body: Node, by: str) -> list[str]:
    """The numbers in an expression that the reply made of a letter."""
    symbols = dict.fromkeys(n.name for n in walk(body) if isinstance(n, Sym))
    found = [(n, scope.find(n)) for n in symbols if n != by]
    made = [n for n, f in found if f is not None and is_made(f[1]) and by in names_behind(scope, n)]
    return made if all(scope.shape(Sym(n)) == SCALAR for n in [*made, by]) else []


def is_made(entry: object) -> TypeGuard[Defined]:
    return isinstance(entry, Defined) and entry.source == "reply" and not entry.params and not entry.index


def held_in_total(reading: Reading, read: Read) -> Read | None:
    r"""Is a total derivative, `d f/d t`, that holds what the reply has set to depend on t."""
    tokens = {t.text for side in (read.statement.sides if read.statement else ()) for t in side}
    by = {n.by.name for side in read.sides for n in walk(side) if isinstance(n, Grad) and isinstance(n.by, Sym)}
    judge = reading.judge
    if not by or tokens & {"partial", "nabla", "∂", "∇"} or by & judge.assumed.keys() or not judge.assumed:
        return None
    scope = judge.scope_of(ASSUMED)
    used = {n for side in read.sides for n in names_in(side)}
    behind = used.union(*(names_behind(scope, n) for n in used))
    moved = [n for n in judge.assumed.keys() & behind if by & names_behind(scope, n) - {n}]
    if not moved:
        return None
    outcome = judge.outcome_in(ASSUMED, *read.sides)
    if outcome is None or outcome.holds:
        return None
    return read.decided(Verdict.DISPUTED, f"{', '.join(sorted(moved))} depends on the variable")
