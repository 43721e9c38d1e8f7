r"""`\ln|y| = t^2 + C` after `y' = 2ty`: a solution that is given implicitly, and steps with differentials and integrals on the way to it.

Such an equation is true where its total derivative along the equation of the function vanishes on it, and where it has a constant or goes through
the value that was given. Differentials (`dy/y = 2t\,dt`) follow from the equation of the function with `dy = y'dt`.
Not covered: second derivatives, constants that a reply drops and brings back.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

from evalkit.derivation.following.antiderivatives import is_open_integral
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.unknown_functions import (
    Sought,
    derived,
    name_of,
    names_of,
    sought_before,
    values_before,
)
from evalkit.derivation.following.unknowns import signed_terms
from evalkit.derivation.grammar.nodes import (
    Big,
    Bin,
    Call,
    Diff,
    Grad,
    Node,
    Num,
    Sub,
    Sym,
    Un,
    children,
    is_zero,
    rebuilt,
    walk,
)
from evalkit.derivation.verdicts.verdict import TRUE
from evalkit.derivation.worlds.scope import Defined

VALUE, SLOPE = "value@", "slope@"
"""Letters for the function and its derivative, which no text can write."""
CONSTANT = "constant@"
"""Before the capital that is a constant."""


class UnfitError(Exception):
    """It is not covered."""


def along_curves(reading: Reading, at: int) -> list[tuple[Read, list[Read]]]:
    """What must hold, and the conditions under which, for a relation to follow from the equation of a function of first order."""
    read = reading.relations[at]
    out = []
    for sought in sought_before(reading, at):
        if sought.order != 1 or len(sought.variables) != 1 or sought.name not in names_of(read.sides):
            continue
        if sought.equation.sides == read.sides:
            continue  # said again
        variable = sought.variables[0]
        try:
            equation = in_letters(reading, sought.equation, sought, variable)
            claim = in_letters(reading, read, sought, variable)
            if any(n.name == SLOPE for side in claim.sides for n in walk(side) if isinstance(n, Sym)):
                out.append((claim, [equation]))
                continue
            integral = any(is_open_integral(n) for side in claim.sides for n in walk(side))
            if not integral and not has_constant(claim) and not goes_through(reading, at, sought, claim, variable):
                continue
            moved = replace(claim, left=moving(claim.sides[0], variable), right=moving(claim.sides[1], variable))
            out.append((moved, [equation] if integral else [equation, claim]))
        except UnfitError:
            continue
    return out


def in_letters(reading: Reading, read: Read, sought: Sought, variable: str) -> Read:
    """The relation with letters for the function and its derivative; `dt` is 1, and `dy` is y'."""
    others = names_of(sought.equation.sides)
    defined = {n for n, e in reading.judge.scope.entries.items() if isinstance(e, Defined)}

    def put(node: Node) -> Node:
        found = derived(node)
        if found is not None and name_of(found[0]) == sought.name:
            if found[1] != 1 or (isinstance(found[0], Call) and found[0].args not in ((), (Sym(variable),))):
                raise UnfitError
            return Sym(SLOPE)
        if isinstance(node, Diff) and node.x in (Sym(variable), Sym(sought.name)):
            return Num(1) if node.x == Sym(variable) else Sym(SLOPE)
        if isinstance(node, Grad | Diff):
            raise UnfitError
        if isinstance(node, Call) and node.name == sought.name:
            if node.args not in ((), (Sym(variable),)):
                raise UnfitError
            return Sym(VALUE)
        if isinstance(node, Sym | Sub) and node.name == sought.name:
            return Sym(VALUE)
        if isinstance(node, Sym) and len(node.name) == 1 and node.name.isupper() and node.name not in others | defined:
            return Sym(CONSTANT + node.name)
        if isinstance(node, Big) and is_open_integral(node):
            index = VALUE if node.index == (sought.name,) else node.index[0]
            return Big("int", put(node.body), (index,), None, None)
        parts = children(node)
        return rebuilt(node, [put(part) for part in parts]) if parts else node

    return replace(read, left=put(read.sides[0]), right=put(read.sides[1]))


def has_constant(read: Read) -> bool:
    """Whether a constant stands in it: a capital that nothing explains, or a c."""
    names = names_of(read.sides)
    return any(n.startswith(CONSTANT) or n.partition("_")[0] in ("c", "k") for n in names)


def goes_through(reading: Reading, at: int, sought: Sought, claim: Read, variable: str) -> bool:
    """Whether it holds where the function was said to have a value."""
    values = [v for v in values_before(reading, at, sought) if name_of(v.sides[0]) == sought.name]
    judge = reading.judge.branch()
    judge.forget()
    for value in values:
        call = value.sides[0]
        assert isinstance(call, Call)  # noqa: S101 - as it was found
        here = {VALUE: value.sides[1], variable: call.args[0]}
        if judge.equation(*(put_in(side, here) for side in claim.sides)).verdict not in TRUE:
            return False
    return bool(values)


def put_in(node: Node, values: dict[str, Node]) -> Node:
    if isinstance(node, Sym) and node.name in values:
        return values[node.name]
    parts = children(node)
    return rebuilt(node, [put_in(part, values) for part in parts]) if parts else node


def moving(node: Node, variable: str) -> Node:
    """The total derivative of a side along the variable."""
    terms = [(sign, moving_term(term, variable)) for sign, term in signed_terms(node)]
    signed: list[Node] = [term if sign > 0 else Un("-", term) for sign, term in terms if not is_zero(term)]
    return reduce(lambda a, b: Bin("+", a, b), signed) if signed else Num(0)


def moving_term(term: Node, variable: str) -> Node:
    if isinstance(term, Big) and is_open_integral(term):
        if any(map(is_open_integral, walk(term.body))) or term.index[0] not in (variable, VALUE):
            raise UnfitError
        return term.body if term.index == (variable,) else Bin("*", term.body, Sym(SLOPE))
    if any(map(is_open_integral, walk(term))):
        if isinstance(term, Bin) and term.op in ("*", "/"):
            for part, factor in ((term.left, term.right), (term.right, term.left))[: 1 if term.op == "/" else 2]:
                if not names_of([factor]) & {variable, VALUE} and not any(map(is_open_integral, walk(factor))):
                    return Bin(term.op, moving(part, variable), factor)
        raise UnfitError
    inside = names_of([term])
    own: list[Node] = [Grad(term, Sym(variable))] if variable in inside else []
    own += [Bin("*", Grad(term, Sym(VALUE)), Sym(SLOPE))] if VALUE in inside else []
    return reduce(lambda a, b: Bin("+", a, b), own) if own else Num(0)
