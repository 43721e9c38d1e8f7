r"""`y = e^{2t} + e^{3t}`: a formula for a function that is sought is true where it solves the equation of the function.

It must have as many constants as the equation has derivatives, or the values of before that fix these. A `y_p` may be any solution, a `y_h` is
one of the equation without the terms that the function does not stand in. Looked at when all of the reply has been read.
Not covered: solutions that are given implicitly (curves.py), formulas that hold on an interval alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.scopes import is_constant
from evalkit.derivation.following.shapes import plain_name
from evalkit.derivation.following.unknown_functions import (
    MAX_ORDER,
    Sought,
    as_function,
    derivatives_in,
    derived,
    is_near,
    name_of,
    names_of,
    sought_before,
    values_before,
)
from evalkit.derivation.following.unknowns import signed_terms, total
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Sub, Sym, Un, has_derivative
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.solutions import FAULTS
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import Defined, Drawn, unbound_names
from evalkit.derivation.worlds.values import Local, Value, array

RULE = "solves_its_equation"
OPEN = frozenset(
    {Verdict.DEFINITION, Verdict.UNBOUND, Verdict.DISPUTED, Verdict.ASSUMPTION, Verdict.VACUOUS, Verdict.UNPARSED}
)
PARTICULAR, HOMOGENEOUS = frozenset({"p", "part", "P"}), frozenset({"h", "c", "H", "hom"})
"""Labels of a solution."""
IN_GENERAL = frozenset({Verdict.IDENTITY, Verdict.ALGEBRA})
PLACES = (0.3, 0.7, 1.1, 1.6, 2.0, 2.3)
MAX_TRIED, MAX_CONSTANTS = 30, 3


def accept_the_solutions(reading: Reading) -> None:
    """Call true the formulas for a function that solve its equation."""
    tried = 0
    for at, read in enumerate(reading.relations):
        if (
            read.judgement.verdict in OPEN
            and tried < MAX_TRIED
            and (is_slope_of_formula(reading, at) or is_characteristic(reading, at))
        ):
            tried += 1
            accept(reading, at, "follows for the function that is sought")
            continue
        formula = formula_of(read)
        if formula is None or read.judgement.verdict not in OPEN | TRUE or read.negated:
            continue
        name, label = formula
        for sought in sought_before(reading, at):
            if sought.name != name or tried >= MAX_TRIED:
                continue
            tried += 1
            sought = newest(reading, at, sought)
            variable = next((v for v in sought.variables if is_solution(reading, at, sought, label, v)), None)
            if variable is not None:
                accept(reading, at, "solves the equation of the function")
                accept_the_constants(reading, at, sought, variable)
                break
        else:
            doubt_what_solves_nothing(reading, at, name, label)


def newest(reading: Reading, at: int, sought: Sought) -> Sought:
    """The function with the last equation of it that its solution before that equation does not solve: one of another problem."""
    formula = None
    for i, other in enumerate(reading.relations[:at]):
        if other.start <= sought.equation.start or not is_near(reading, other, reading.relations[at]):
            continue
        if formula_of(other) == (sought.name, ""):
            formula = i if other.judgement.rule == RULE else None
            continue
        found = [(order, by) for name, order, by in derivatives_in(reading, other) if name == sought.name]
        if formula is None or not found or {n for n, _, _ in derivatives_in(reading, other)} != {sought.name}:
            continue
        order = max(o for o, _ in found)
        variables = (found[0][1],) if found[0][1] else sought.variables
        if order <= MAX_ORDER and not any(solves(reading, formula, sought, other, v) for v in variables):
            sought = Sought(sought.name, variables, other, order)
    return sought


def solves(reading: Reading, formula: int, sought: Sought, equation: Read, variable: str) -> bool:
    """Whether the formula of a relation solves an equation of the function."""
    judge = judge_with(reading, formula, sought, reading.relations[formula].sides[1], variable)
    return judge.equation(*(as_function(s, sought.name, variable) for s in equation.sides)).verdict in IN_GENERAL


def doubt_what_solves_nothing(reading: Reading, at: int, name: str, label: str) -> None:
    """A formula for a function is not true by what the reply said of it before, where it does not solve the function's equation."""
    read = reading.relations[at]
    sought = [newest(reading, at, s) for s in sought_before(reading, at) if s.name == name]
    if label or not sought or read.judgement.verdict not in TRUE or read.judgement.rule == RULE:
        return
    for one in sought:
        for variable in one.variables:
            judge = judge_with(reading, at, one, read.sides[1], variable)
            equation = [as_function(side, name, variable) for side in one.equation.sides]
            if judge.equation(*equation).verdict is not Verdict.FAILS:
                return
    found = Judgement(Verdict.DISPUTED, reason="does not solve the equation of the function", rule="solves_nothing")
    reading.relations[at] = replace(read, judgement=found)


def accept(reading: Reading, at: int, why: str) -> None:
    """Call it true, where it is not yet."""
    found = Judgement(Verdict.HOLDS, "assumptions", why, rule=RULE)
    if reading.relations[at].judgement.verdict in OPEN:
        reading.relations[at] = replace(reading.relations[at], judgement=found)


def accept_the_constants(reading: Reading, at: int, sought: Sought, variable: str) -> None:
    """Call true the values of the constants of a formula, where these give the function all its values."""
    formula = reading.relations[at]
    wanted = names_of([formula.sides[1]]) - {variable} - names_of(sought.equation.sides)
    given: dict[str, int] = {}
    for i, read in enumerate(reading.relations[at + 1 :], at + 1):
        name = plain_name(read.left) if read.left is not None and read.right is not None else None
        if name in wanted and name not in given and read.op == "=" and is_constant(read.sides[1]):
            given[name] = i
    values = values_before(reading, max(given.values(), default=at), sought)
    if not given or len(values) < len(given):
        return
    judge = judge_with(reading, at, sought, formula.sides[1], variable)
    judge.define({n: Defined(reading.relations[i].sides[1], (), None, "reply") for n, i in given.items()})
    if all(judge.equation(*v.sides).verdict in IN_GENERAL for v in values):
        for i in given.values():
            accept(reading, i, "gives the function its values")


def is_slope_of_formula(reading: Reading, at: int) -> bool:
    """Whether it says what the derivative is, in general or at a place, of a function that has got a formula: `y_p' = A`."""
    read = reading.relations[at]
    if read.left is None or read.right is None or read.op != "=" or (found := derived(read.sides[0])) is None:
        return False
    name, _, label = name_of(found[0]).partition("_")
    before = [r for r in reading.relations[:at] if formula_of(r) == (name, label) and is_near(reading, r, read)]
    sought = next((s for s in sought_before(reading, at) if s.name == name), None)
    if not before or sought is None or found[1] > MAX_ORDER:
        return False
    whole = f"{name}_{label}" if label else name
    for variable in sought.variables:
        judge = judge_with(reading, at, sought, before[-1].sides[1], variable, whole)
        left, right = as_function(read.sides[0], whole, variable), read.sides[1]
        if whole not in names_of([right]) and judge.equation(left, right).verdict in IN_GENERAL:
            return True
    return False


def is_characteristic(reading: Reading, at: int) -> bool:
    """Whether it is what the equation of a function says of r where the function is `e^{rt}`, or t^r: `r^2 - 5r + 6 = 0`."""
    read = reading.relations[at]
    if read.left is None or read.right is None or read.op != "=" or any(map(has_derivative, read.sides)):
        return False
    letters = sorted(names_of(read.sides) - {"e"})
    if not letters or len(letters) > MAX_CONSTANTS:
        return False
    for sought in sought_before(reading, at):
        new = [n for n in letters if n not in (*names_of(sought.equation.sides), sought.name)]
        if len(new) != 1:
            continue
        for variable in (v for v in sought.variables if v != new[0]):
            place, root = Sym(variable), Sym(new[0])
            for body in (Bin("^", Sym("e"), Bin("*", root, place)), Bin("^", place, root)):
                judge = judge_with(reading, at, sought, body, variable)
                whole = with_the_function(
                    [as_function(s, sought.name, variable) for s in sought.equation.sides], sought.name
                )
                polynomial = Bin("*", Bin("-", *read.sides), body)
                if any(judge.equation(whole, p).verdict in IN_GENERAL for p in (polynomial, Un("-", polynomial))):
                    return True
    return False


def formula_of(read: Read) -> tuple[str, str] | None:
    """The function that a relation gives a formula, and its label: `y(t) = ...`, `y_p = ...`."""
    if read.left is None or read.right is None or read.op != "=":
        return None
    left, right = read.sides
    if (isinstance(left, Call) and len(left.args) == 1 and isinstance(left.args[0], Sym)) or isinstance(
        left, Sym | Sub
    ):
        name = left.name
    else:
        return None
    base, _, label = name.partition("_")
    if not base or name.endswith("'") or base in names_of([right]) or name in names_of([right]):
        return None
    return base, label


def is_solution(reading: Reading, at: int, sought: Sought, label: str, variable: str) -> bool:
    """Whether the formula of a relation solves the equation, and is one of the kind that its label says."""
    read = reading.relations[at]
    body, sides = read.sides[1], sought.equation.sides
    letters = names_of([body])
    if variable not in letters and label not in PARTICULAR | HOMOGENEOUS and not letters:
        return False
    judge = judge_with(reading, at, sought, body, variable)
    equation = [as_function(side, sought.name, variable) for side in sides]
    if label in HOMOGENEOUS:
        equation = [with_the_function(equation, sought.name), Num(0)]
    if judge.equation(*equation).verdict not in IN_GENERAL:
        return False
    if label in PARTICULAR:
        return True
    values = [] if label in HOMOGENEOUS else values_before(reading, at, sought)
    met = [v for v in values if judge.equation(*v.sides).verdict in IN_GENERAL]
    constants = constants_of(judge, letters - {variable} - names_of([*sides, *(v.sides[1] for v in values)]))
    if not constants:
        return len(met) == len(values) >= sought.order or label.isdigit()
    return 0 < rank(judge, sought.name, constants) >= sought.order - len(met)


def judge_with(reading: Reading, at: int, sought: Sought, body: Node, variable: str, name: str = "") -> Judge:
    """Who knows the function by its formula, and nothing that the reply says later. name: where it has a label."""
    judge = reading.judge.branch()
    judge.forget()
    later = {n for r in reading.relations[at:] for n in r.introduces}
    gone = {n for n in judge.own if n in later or n.rstrip("'").partition("_")[0] == sought.name}
    judge.undefine(gone | ({variable} & judge.own.keys()))
    judge.define({name or sought.name: Defined(body, (variable,), None, "reply")})
    nodes = [body, *sought.equation.sides]
    free = {*unbound_names(judge.scope, *nodes), variable} - {sought.name, name}
    plain = {n for n in free if n.isidentifier() or n.startswith("\\") or "_" in n}
    new = {n for n in plain if judge.scope.find(n) is None and "'" not in n}
    new |= {n for n in names_of([body]) - names_of(sought.equation.sides) if is_constant_name(judge, n)}
    judge.define({n: Drawn((), frozenset(), None, "reply") for n in new})
    return judge


def is_constant_name(judge: Judge, name: str) -> bool:
    """Whether a capital that would be a matrix can only be a constant, beside a function of a number."""
    entry = judge.scope.entries.get(name)
    return len(name) == 1 and name.isupper() and isinstance(entry, Drawn) and len(entry.shape) == 2


def constants_of(judge: Judge, names: set[str]) -> list[str]:
    """Those of these names that are free numbers."""
    entries = ((n, judge.scope.entries.get(n)) for n in sorted(names))
    return [n for n, e in entries if isinstance(e, Drawn) and not e.shape]


def with_the_function(sides: Sequence[Node], name: str) -> Node:
    """The terms of an equation in which a function stands, all on one side."""
    terms = [*signed_terms(sides[0]), *((-sign, term) for sign, term in signed_terms(sides[1]))]
    return total([(sign, term) for sign, term in terms if speaks_of(term, name)])


def speaks_of(node: Node, name: str) -> bool:
    return any(n.rstrip("'") == name for n in names_of([node]))


def rank(judge: Judge, name: str, constants: Sequence[str]) -> int:
    """By how many of its constants a formula moves independently."""
    env = judge.general
    env.begin()
    if len(constants) > MAX_CONSTANTS:
        return 0
    try:
        at = {c: array(env.value(Sym(c), {})) for c in constants}
        rows = []
        for c in constants:
            step = 1e-5 * (1 + abs(float(at[c].item())))
            high, low = (dict[str, Value]({**at, c: at[c] + s * step}) for s in (1, -1))
            rows.append([value(env, name, t, high) - value(env, name, t, low) for t in PLACES])
        moves = np.asarray(rows)
        size = np.abs(moves).max(axis=1, keepdims=True)
        return int(np.linalg.matrix_rank(moves / np.where(size > 0, size, 1.0), tol=1e-6))
    except FAULTS:
        return 0


def value(env: Env, name: str, place: float, local: Local) -> float:
    """The value of a function at a place."""
    return float(array(env.value(Call(name, (Num(place),)), local)).real.item())
