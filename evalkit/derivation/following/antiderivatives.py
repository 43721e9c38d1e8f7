r"""`\int x e^x dx = x e^x - \int e^x dx`: integrals without ends, judged by the derivatives of both sides.

Both sides may differ by a constant, which their derivatives do not show: letters that mean nothing and stand alone as a
term (`+ C`) are constants. Of `I = \int f(x) dx` the name is known by its derivative.
Not covered: integrals inside of products that depend on the variable, or of two variables (a substitution), several integrals
in one another.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

from evalkit.derivation.following.free import for_all_letters
from evalkit.derivation.following.other_numbers import holds_of_some
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.shapes import plain_name
from evalkit.derivation.following.unknowns import signed_terms
from evalkit.derivation.following.varying import may_vary
from evalkit.derivation.grammar.nodes import Big, Bin, Grad, Node, Num, Sub, Sym, Un, walk
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.scope import Drawn, Entry, names_behind, names_in, unbound_names

WHY = "by the derivatives of both sides"


def antiderivative(reading: Reading, read: Read) -> Read | None:
    """Speaks of integrals without ends: the derivatives of both sides tell."""
    known = reading.primitives
    named = {n: known[n] for side in read.sides for n in names_in(side) if n in known}
    integrals = open_integrals(read) | set(named.values())
    if not integrals and adds_a_letter(read):  # `\int f = F = G + C`
        integrals = {n for r in reading.relations if r.chain == read.chain for n in open_integrals(r)}
    variables = {n.index for n in integrals if isinstance(n, Big)}
    if len(variables) != 1 or len(next(iter(variables))) != 1:
        return None
    name = plain_name(read.left) if read.left is not None else None
    if name is not None and name not in known and reading.judge.scope.find(name) is None:
        return named_integral(reading, read, name)
    ((variable,),) = variables
    sides = [derived(reading, side, variable, named) for side in read.sides]
    if sides[0] is None or sides[1] is None or sides == [Num(0), Num(0)]:
        return None
    if may_vary(reading, read, unbound_names(reading.judge.scope, *read.sides)):
        return None
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


def derived(reading: Reading, node: Node, variable: str, named: dict[str, Big]) -> Node | None:
    """The derivative of a side by the variable; None where an integral is no term of it."""
    terms = [derived_term(reading, term, variable, named) for _, term in signed_terms(node)]
    if any(term is None for term in terms):
        return None
    pairs = zip(signed_terms(node), terms, strict=True)
    signed = [term if sign > 0 else Un("-", term) for (sign, _), term in pairs if term is not None and term != Num(0)]
    return reduce(lambda sum_, term: Bin("+", sum_, term), signed) if signed else Num(0)


def derived_term(reading: Reading, term: Node, variable: str, named: dict[str, Big]) -> Node | None:
    """The derivative of one term: the integrand of an integral, with the factors before it."""
    if isinstance(term, Sym | Sub) and term.name in named:
        term = named[term.name]
    if isinstance(term, Big) and is_open_integral(term):
        return None if any(map(is_open_integral, walk(term.body))) else term.body
    if not speaks_of_integrals(term, named):
        return Num(0) if is_constant_of(reading, term, variable) else Grad(term, Sym(variable))
    if isinstance(term, Bin) and term.op in ("*", "/"):
        for part, factor in ((term.left, term.right), (term.right, term.left))[: 1 if term.op == "/" else 2]:
            if not depends_on(reading, factor, variable) and not speaks_of_integrals(factor, named):
                inner = derived(reading, part, variable, named)
                return None if inner is None else Bin(term.op, inner, factor)
    return None


def speaks_of_integrals(node: Node, named: dict[str, Big]) -> bool:
    return any(is_open_integral(n) or (isinstance(n, Sym | Sub) and n.name in named) for n in walk(node))


def is_constant_of(reading: Reading, term: Node, variable: str) -> bool:
    """A number, or a letter for one: the constant of integration."""
    return isinstance(term, Num) or (isinstance(term, Sym | Sub) and not depends_on(reading, term, variable))


def depends_on(reading: Reading, node: Node, variable: str) -> bool:
    """Whether it has the variable, or a name that is made of it."""
    scope = reading.judge.scope
    return any(n == variable or variable in names_behind(scope, n) for n in names_in(node))
