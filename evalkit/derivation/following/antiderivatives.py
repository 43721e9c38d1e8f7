r"""`\int x e^x dx = x e^x - \int e^x dx`: integrals without ends, judged by the derivatives of both sides.

Both sides may differ by a constant, which their derivatives do not show: letters that mean nothing and stand alone as a
term (`+ C`) are constants. Of `I = \int f(x) dx` the name is known by its derivative.
Of a substitution (`u = x^2`, `\int 2x e^{x^2} dx = \int e^u du`) both sides are derived by the letter on which the other depends, of
`\int u\,dv = uv - \int v\,du` by each. `e^{\int f dx}` is known up to a factor: its logarithm is derived.
Not covered: integrals inside of products that depend on the variable, several integrals in one another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce

from evalkit.derivation.following.free import for_all_letters
from evalkit.derivation.following.other_numbers import holds_of_some
from evalkit.derivation.following.over_all_values import over_all_values
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.shapes import plain_name
from evalkit.derivation.following.unknowns import signed_terms
from evalkit.derivation.following.varying import is_variable, may_vary
from evalkit.derivation.grammar.nodes import Big, Bin, Call, Grad, Node, Num, Sub, Sym, Un, walk
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.scope import Defined, Drawn, Entry, names_behind, names_in, unbound_names
from evalkit.derivation.worlds.world import ASSUMED

WHY = "by the derivatives of both sides"


def antiderivative(reading: Reading, read: Read) -> Read | None:
    """Speaks of integrals without ends: the derivatives of both sides tell."""
    known = reading.primitives
    named = {n: known[n] for side in read.sides for n in names_in(side) if n in known}
    integrals = open_integrals(read) | set(named.values())
    if not integrals and adds_a_letter(read):  # `\int f = F = G + C`
        integrals = {n for r in reading.relations if r.chain == read.chain for n in open_integrals(r)}
    variables = {n.index[0] for n in integrals if isinstance(n, Big) and len(n.index) == 1}
    if not variables or len(variables) > 2 or any(isinstance(n, Big) and len(n.index) != 1 for n in integrals):
        return None
    name = plain_name(read.left) if read.left is not None else None
    if name is not None and name not in known and reading.judge.scope.find(name) is None:
        return named_integral(reading, read, name)
    variable, letters = derived_by(reading, read, variables)
    if may_vary(reading, read, unbound_names(reading.judge.scope, *read.sides)):
        return None
    if variable:
        found = by_derivatives(reading, read, variable, named, letters)
        if (
            found is not None
            and found.judgement.verdict is Verdict.FAILS
            and (all_of_it := over_all_values(reading, read))
        ):
            return all_of_it
        surely = len(variables) == 1 or (found is not None and found.judgement.verdict in TRUE)
        return found if surely else None  # what depends on what may be said in words
    by_each = [by_derivatives(reading, read, v, named, letters, others=False) for v in sorted(letters)]
    done = [r for r in by_each if r is not None and r.judgement.verdict in TRUE]
    return done[0] if len(done) == len(letters) > 0 else None


def by_derivatives(
    reading: Reading,
    read: Read,
    variable: str,
    named: dict[str, Big],
    letters: Mapping[str, Entry],
    *,
    others: bool = True,
) -> Read | None:
    """The verdict on the derivatives by a variable. letters: what is free for the moment. others: integrals by another letter move with
    it, too."""
    powers = any(map(is_power_of_e, read.sides))
    sides = [derived(reading, logarithm(s) if powers else s, variable, named, others) for s in read.sides]
    if sides[0] is None or sides[1] is None or sides == [Num(0), Num(0)]:
        return None
    with reading.judge.trying(letters):
        judgement = compared(reading, replace(read, left=sides[0], right=sides[1]), variable)
    return None if judgement is None else replace(read, judgement=replace(judgement, reason=WHY))


def open_integrals(read: Read) -> set[Node]:
    return {n for side in (read.left, read.right) if side is not None for n in walk(side) if is_open_integral(n)}


def adds_a_letter(read: Read) -> bool:
    """Whether its right side has a letter as a term that its left side has not: a constant of integration."""
    own, before = ([term for _, term in signed_terms(side)] for side in read.sides[::-1])
    return any(isinstance(term, Sym | Sub) and term not in before for term in own)


def named_integral(reading: Reading, read: Read, name: str) -> Read:
    r"""Gives a name to an integral, or to what is made of one: `u = -\int f(x) dx`."""
    if is_open_integral(read.right):
        assert isinstance(read.right, Big)  # noqa: S101 - it is an integral
        reading.primitives[name] = read.right
    return replace(read.decided(Verdict.DEFINITION, "an integral that is named"), introduces=frozenset({name}))


def derived_by(reading: Reading, read: Read, variables: set[str]) -> tuple[str, dict[str, Entry]]:
    """By what both sides are derived, and what is taken for free then: the only variable, or the letter on which all depend; "" where
    that is each of two."""
    judge = reading.judge
    env = judge.envs(ASSUMED)[0]
    made = {v for v in variables if (e := env.scope.find(v)) is not None and isinstance(e[1], Defined)}
    if len(variables) == 1 and not made:
        return next(iter(variables)), {}
    written = {n for side in read.sides for n in names_in(side)} | variables
    for base in sorted(written - made):
        if all(v == base or base in env.depends(Sym(v)) for v in variables):
            return base, {}
    letters: dict[str, Entry] = {v: Drawn((), frozenset({"positive"}), None, "reply") for v in variables}
    return (next(iter(variables)) if len(variables) == 1 else ""), letters


def is_power_of_e(node: Node) -> bool:
    r"""`e^{\int f dx}`"""
    return exponent(node) is not None and any(map(is_open_integral, walk(node)))


def exponent(node: Node) -> Node | None:
    """What a power of e is raised to."""
    match node:
        case Bin("^", Sym("e"), x) | Call("exp", (x,)):
            return x
    return None


def logarithm(node: Node) -> Node:
    """The logarithm of a side, but for a constant."""
    return x if (x := exponent(node)) is not None else Call("log", (Call("abs", (node,)),))


def compared(reading: Reading, read: Read, variable: str) -> Judgement | None:
    """The verdict on the derivatives, the variable being any number."""
    new: dict[str, Entry] = {}
    if reading.judge.scope.find(variable) is None:
        new = {variable: Drawn((), frozenset({"positive"}), None, "reply")}
    with reading.judge.trying(new):
        judgement = reading.judge.equation(*read.sides)
        if judgement.verdict is Verdict.UNBOUND:
            found = for_all_letters(reading, replace(read, judgement=judgement))
            judgement = found.judgement if found is not None else judgement
        if judgement.verdict in TRUE and new and holds_of_some(reading.judge, read.sides, [variable], domains=False):
            return None  # but \int dx/x is written without the bars of log|x|
    return judgement if judgement.verdict in TRUE | {Verdict.FAILS} else None


def is_open_integral(node: Node | None) -> bool:
    return isinstance(node, Big) and node.kind == "int" and node.low is None


def derived(reading: Reading, node: Node, variable: str, named: dict[str, Big], others: bool) -> Node | None:
    """The derivative of a side by the variable; None where an integral is no term of it."""
    terms = [derived_term(reading, term, variable, named, others) for _, term in signed_terms(node)]
    if any(term is None for term in terms):
        return None
    pairs = zip(signed_terms(node), terms, strict=True)
    signed = [term if sign > 0 else Un("-", term) for (sign, _), term in pairs if term is not None and term != Num(0)]
    return reduce(lambda sum_, term: Bin("+", sum_, term), signed) if signed else Num(0)


def derived_term(reading: Reading, term: Node, variable: str, named: dict[str, Big], others: bool) -> Node | None:
    """The derivative of one term: the integrand of an integral, with the factors before it."""
    if isinstance(term, Sym | Sub) and term.name in named:
        term = named[term.name]
    if isinstance(term, Big) and is_open_integral(term):
        if any(map(is_open_integral, walk(term.body))):
            return None
        if term.index == (variable,):
            return term.body
        return Bin("*", term.body, Grad(Sym(term.index[0]), Sym(variable))) if others else Num(0)
    if not speaks_of_integrals(term, named):
        return Num(0) if is_constant_of(reading, term, variable) else Grad(term, Sym(variable))
    if isinstance(term, Bin) and term.op in ("*", "/"):
        for part, factor in ((term.left, term.right), (term.right, term.left))[: 1 if term.op == "/" else 2]:
            if not depends_on(reading, factor, variable) and not speaks_of_integrals(factor, named):
                inner = derived(reading, part, variable, named, others)
                return None if inner is None else Bin(term.op, inner, factor)
    return None


def speaks_of_integrals(node: Node, named: dict[str, Big]) -> bool:
    return any(is_open_integral(n) or (isinstance(n, Sym | Sub) and n.name in named) for n in walk(node))


def is_constant_of(reading: Reading, term: Node, variable: str) -> bool:
    """A number, or a letter for one that means nothing or is one by habit: the constant of integration."""
    if isinstance(term, Num):
        return True
    name = term.name if isinstance(term, Sym | Sub) else ""
    found = reading.judge.scope.find(name) if name and name != variable else None
    free = found is None or (isinstance(found[1], Drawn) and not found[1].shape and not is_variable(name))
    return bool(name) and name != variable and free and not depends_on(reading, term, variable)


def depends_on(reading: Reading, node: Node, variable: str) -> bool:
    """Whether it has the variable, or a name that is made of it."""
    scope = reading.judge.scope
    return any(n == variable or variable in names_behind(scope, n) for n in names_in(node))
