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
from evalkit.derivation.worlds.scope import Drawn, Entry, names_in, unbound_names

WHY = "by the derivatives of both sides"


def antiderivative(reading: Reading, read: Read) -> Read | None:
    """Speaks of integrals without ends: the derivatives of both sides tell."""
    known = reading.primitives
    named = {n: known[n] for side in read.sides for n in names_in(side) if n in known}
    integrals = {n for side in read.sides for n in walk(side) if is_open_integral(n)} | set(named.values())
    variables = {n.index for n in integrals if isinstance(n, Big)}
    if len(variables) != 1 or len(next(iter(variables))) != 1:
        return None
    name = plain_name(read.left) if read.left is not None else None
    if (
        name is not None
        and is_open_integral(read.right)
        and name not in known
        and reading.judge.scope.find(name) is None
    ):
        assert isinstance(read.right, Big)  # noqa: S101 - it is an integral
        reading.primitives[name] = read.right
        return replace(read.decided(Verdict.DEFINITION, "an integral that is named"), introduces=frozenset({name}))
    ((variable,),) = variables
    sides = [derived(reading, side, variable, named) for side in read.sides]
    if sides[0] is None or sides[1] is None or sides == [Num(0), Num(0)]:
        return None
    if may_vary(reading, read, unbound_names(reading.judge.scope, *read.sides)):
        return None
    judgement = compared(reading, replace(read, left=sides[0], right=sides[1]), variable)
    return None if judgement is None else replace(read, judgement=replace(judgement, reason=WHY))


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
    if isinstance(term, Sym) and term.name in named:
        term = named[term.name]
    if isinstance(term, Big) and is_open_integral(term):
        return None if any(map(is_open_integral, walk(term.body))) else term.body
    if not speaks_of_integrals(term, named):
        return Num(0) if is_constant_of(reading, term, variable) else Grad(term, Sym(variable))
    if isinstance(term, Bin) and term.op in ("*", "/"):
        for part, factor in ((term.left, term.right), (term.right, term.left))[: 1 if term.op == "/" else 2]:
            if variable not in names_in(factor) and not speaks_of_integrals(factor, named):
                inner = derived(reading, part, variable, named)
                return None if inner is None else Bin(term.op, inner, factor)
    return None


def speaks_of_integrals(node: Node, named: dict[str, Big]) -> bool:
    return any(is_open_integral(n) or (isinstance(n, Sym) and n.name in named) for n in walk(node))


def is_constant_of(reading: Reading, term: Node, variable: str) -> bool:
    """A number, or a letter that means nothing: the constant of integration."""
    if isinstance(term, Num):
        return True
    name = term.name if isinstance(term, Sym | Sub) else ""
    return bool(name) and name != variable and reading.judge.scope.find(name) is None
