"""Letters that nothing explains: what they can only mean, so that the relation can be judged all the same."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

from evalkit.derivation.following.complement import MARK, complements
from evalkit.derivation.following.opaque import Opaque
from evalkit.derivation.following.other_numbers import holds_of_some, said_positive
from evalkit.derivation.following.ranks import fails_of_low_rank, is_of_rank
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.spoken import is_small_letter
from evalkit.derivation.following.squares_named import SQUARE, as_written
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
    rebuilt,
    walk,
)
from evalkit.derivation.grammar.stream import COLUMN, MATRIX
from evalkit.derivation.verdicts.nearness import slip
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from evalkit.derivation.worlds.scope import Defined, Drawn, Scope, names_in, unbound_names

NO_VARIABLE = "a gradient without its variable"
UNMOVED = "the derivative of something that does not depend on"
MAX_VARIABLES, STEPS = 4, 20_000


def plain_scalars(reading: Reading, read: Read) -> Read | None:
    """Holds unknown letters that are arguments of functions, variables of integration or ends of sums: plain scalars."""
    left, right = read.sides
    scope = reading.judge.scope
    bodies = [e.body for e in scope.entries.values() if isinstance(e, Defined)]
    known = {p for e in scope.entries.values() if isinstance(e, Defined) for p in e.params}
    bigs = [n for body in [*bodies, left, right] for n in walk(body) if isinstance(n, Big)]
    known |= {i for n in bigs if n.kind == "int" for i in n.index}
    known |= {n.by.name for side in (left, right) for n in walk(side) if isinstance(n, Grad) and isinstance(n.by, Sym)}
    whole = {
        m.name for n in bigs for end in (n.low, n.high) if end is not None for m in walk(end) if isinstance(m, Sym)
    }
    names = unbound_names(reading.judge.scope, left, right)
    if not names or not all(is_small_letter(n) and n in known | whole for n in names):
        return None
    reading.judge.define(
        {n: Drawn((), frozenset({"positive", "integer"} if n in whole else {"positive"}), None, "reply") for n in names}
    )
    judgement = reading.judge.equation(left, right)
    counting = {m for n in bigs if n.kind != "int" for end in (n.low, n.high) if end is not None for m in names_in(end)}
    if judgement.verdict in TRUE and holds_of_some(
        reading.judge, read.sides, [n for n in names if n not in counting], said_positive(reading)
    ):
        return read.decided(Verdict.UNBOUND, "of some numbers alone")
    return replace(read, judgement=judgement)


def general_identity(reading: Reading, read: Read) -> Read | None:
    """Holds for all square matrices, in letters that mean nothing yet: `Tr(AB) = Tr(BA)`."""
    left, right = read.sides
    names = unbound_names(reading.judge.scope, left, right)
    if not 1 <= len(names) <= 4 or not all(len(n) == 1 and n.isupper() for n in names):
        return None
    size = Num(4)
    both = Bin("+", left, right)
    names = tuple(dict.fromkeys([*names, *(n for n in names_in(both) if len(n) == 1 and n.isupper() and n != "I")]))
    matrices = {n: Drawn((size, size), frozenset[str](), None, "reply") for n in names}
    with reading.judge.trying(matrices):
        judgement = reading.judge.equation(left, right)
    if any(map(is_of_rank, walk(both))) and fails_of_low_rank(
        reading.judge, read.sides, dict.fromkeys(names, (size, size)), matrices
    ):
        return None
    if judgement.verdict not in (Verdict.ALGEBRA, Verdict.IDENTITY):
        return None
    return replace(read, judgement=replace(judgement, verdict=Verdict.ALGEBRA, reason=f"for square {', '.join(names)}"))


def common_terms(reading: Reading, read: Read) -> Read | None:
    """Speaks of unknown names in terms that both sides have: without them it says the same."""
    left, right = (signed_terms(side) for side in read.sides)
    scope = reading.judge.scope
    for term in [t for t in left if t in right and unbound_names(scope, t[1])]:
        if term in left and term in right:
            left.remove(term)
            right.remove(term)
    sides = total(left), total(right)
    if sides == tuple(map(total, map(signed_terms, read.sides))) or sides == (Num(0), Num(0)):
        return None
    judgement = reading.judge.equation(*sides)
    if judgement.verdict in (Verdict.UNBOUND, Verdict.UNPARSED):
        return None
    return replace(read, judgement=replace(judgement, reason=judgement.reason or "but for the terms of both sides"))


def by_what(reading: Reading, read: Read) -> Read | None:
    r"""Has a gradient that does not say by what, and holds by one of its free columns or matrices: `\nabla(x^\top x) = 2x`.

    Or it has a derivative of a function that does not say where, and holds at the letter that it is by: `dg/ds = g'(s)`."""
    if read.judgement.reason.startswith(UNMOVED) or SQUARE in read.judgement.reason:
        left, right = (at_its_letter(side, reading.judge.scope) for side in read.sides)
        judgement = reading.judge.equation(left, right) if (left, right) != read.sides else read.judgement
        if judgement.verdict in TRUE:
            return replace(read, judgement=judgement)
        if judgement.verdict is Verdict.FAILS and slip(reading.judge, left, right, steps=STEPS).kind:
            return replace(read, judgement=replace(judgement, reason="the derivative by its letter"))
        return for_any_slope(reading, read)
    if read.judgement.reason != NO_VARIABLE:
        return None
    env, both = reading.judge.general, Bin("=", *read.sides)
    drawn = [n for n in sorted(env.depends(both)) if isinstance(env.scope.entries.get(n), Drawn)]
    for name in [n for n in drawn if env.scope.shape(Sym(n)) in (COLUMN, MATRIX)][:MAX_VARIABLES]:
        judgement = reading.judge.equation(*(with_variable(side, name) for side in read.sides))
        if judgement.verdict in TRUE:
            return replace(read, judgement=replace(judgement, reason=f"the gradient by {name}"))
    return None


def for_any_slope(reading: Reading, read: Read) -> Read | None:
    """Holds whatever the derivatives are of letters that are no functions: it rewrites."""
    names = Opaque(reading.judge.scope)
    sides = [names.put(side) for side in read.sides]
    if not names.is_sound(*sides):
        return None
    with reading.judge.trying({s.name: Drawn((), frozenset(), None, "reply") for s in names.letters.values()}):
        judgement = reading.judge.equation(*sides)
    if judgement.verdict not in (Verdict.IDENTITY, Verdict.ALGEBRA):
        return None
    return replace(read, judgement=replace(judgement, reason="for all values of the derivatives"))


def at_its_letter(node: Node, scope: Scope) -> Node:
    """The tree with `dg(s)/ds` for every derivative `dg/ds` of a function, by one of its arguments if it has several."""
    if isinstance(node, Grad) and isinstance(node.by, Sym) and node.by.name:
        found = scope.find(node.f.name) if isinstance(node.f, Sym) else None
        if found is not None and isinstance(found[1], Defined) and len(found[1].params) == 1:
            return Grad(Call(found[0], (node.by,)), node.by, node.order)
        return Grad(called_at(node.f, node.by, scope), node.by, node.order)
    parts = children(node)
    return rebuilt(node, [at_its_letter(part, scope) for part in parts]) if parts else node


def called_at(node: Node, by: Sym, scope: Scope) -> Node:
    r"""An expression with values for the functions of a letter that have no argument; `\ell` is `\ell(p \mid x)`, too."""
    if isinstance(node, Sym):
        found = scope.find(node.name)
        if found is None:
            begins = tuple(f"{node.name}({by.name}{mark}" for mark in "|,")
            return Sym(next((n for n in reversed(list(scope.entries)) if n.startswith(begins)), node.name))
        params = found[1].params if isinstance(found[1], Defined) else ()
        is_of_it = {by.name, f"{by.name}{SQUARE}"} & set(params)
        return Call(found[0], tuple(map(as_written, params))) if is_of_it else node
    if isinstance(node, Grad | Sub):
        return at_its_letter(node, scope)
    parts = children(node)
    return rebuilt(node, [called_at(part, by, scope) for part in parts]) if parts else node


def with_variable(node: Node, name: str) -> Node:
    """The tree with a variable for every gradient that has none."""
    if isinstance(node, Grad) and node.by == Sym(""):
        return Grad(with_variable(node.f, name), Sym(name), node.order)
    parts = children(node)
    return rebuilt(node, [with_variable(part, name) for part in parts]) if parts else node


def signed_terms(node: Node, sign: int = 1) -> list[tuple[int, Node]]:
    """The terms of a sum, with their signs; brackets around a sum are none of its own."""
    match node:
        case Bin("+" | "-" as op, a, b):
            return signed_terms(a, sign) + signed_terms(b, sign if op == "+" else -sign)
        case Un("-", x):
            return signed_terms(x, -sign)
    return [(sign, node)]


def total(terms: list[tuple[int, Node]]) -> Node:
    """The sum of signed terms; 0 of none."""
    signed = [term if sign > 0 else Un("-", term) for sign, term in terms]
    return reduce(lambda sum_, term: Bin("+", sum_, term), signed) if signed else Num(0)


def complement(reading: Reading, read: Read) -> Read | None:
    r"""Speaks of `U_\perp`: the rest of the full decomposition, or of the thin one where only that makes it true."""
    left, right = read.sides
    judge, judgement = reading.judge, read.judgement
    if not any(MARK in name and "_" in name for name in names_in(Bin("=", left, right))):
        return None
    said = [n for r in reversed(reading.relations) for n in (r.left, r.right) if n is not None]
    if judgement.verdict is Verdict.UNBOUND:
        new = complements(judge.scope, (left, right), said, thin=False)
        if not new:
            return None
        judge.define(new)
        judgement = judge.equation(left, right)
    if judgement.verdict in FALSE:
        full = [n for n in judge.own if MARK in n]
        with judge.trying({}, without=full):
            new = complements(judge.scope, (left, right), said, thin=True)
            judge.define(new)
            other = judge.equation(left, right)
        if other.verdict in TRUE:
            judge.undefine(full)
            judge.define(new)
            judgement = other
    return None if judgement is read.judgement else replace(read, judgement=judgement)
