r"""`y' + 2y = 4t`, `y(0) = 1`: a function that is sought, the equation with its derivatives, and its values at places.

Told when all of the reply has been read. The equation is the first one of a part of the reply that has a derivative of the letter, before
any formula is given for it. Not covered: systems of such equations, partial derivatives, functions of several variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evalkit.derivation.following import scopes
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Call, Diff, Grad, Node, Sub, Sym, Un, children, rebuilt, walk
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.verdicts.verdict import FALSE
from evalkit.derivation.worlds.scope import BUILT_IN, Defined, names_in

REACH = 4000
"""How many characters back an equation is looked for."""
VARIABLES = ("x", "t", "s", "\\theta", "r", "z", "u")
"""What a function whose variable nobody names may depend on."""
MAX_ORDER = 2
LETTER = re.compile(r"[A-Za-z]|\\[A-Za-z]{2,7}")


@dataclass(frozen=True)
class Sought:
    """A function of which an equation is given."""

    name: str
    variables: tuple[str, ...]
    """The variable that the text writes; where it writes none, those that may be meant."""
    equation: Read
    order: int


def derived(node: Node) -> tuple[Node, int, str] | None:
    """Of a derivative: what is derived (a name or a call), how often, and by what ("" where that is not written)."""
    if isinstance(node, Grad):
        by = node.by.name if isinstance(node.by, Sym) else None
        inner = derived(node.f) if isinstance(node.f, Grad) else (node.f, 0, by or "")
        if not by or inner is None or inner[2] != by or not isinstance(inner[0], Sym | Sub | Call):
            return None
        return inner[0], inner[1] + node.order, by
    count = 0
    base: Node = node
    while isinstance(base, Un) and base.op in (
        "'",
        "T",
    ):  # a mark on a small letter is a prime, whatever it is elsewhere
        count, base = count + (base.op == "'" or isinstance(base.x, Un)), base.x
    name = base.name if isinstance(base, Sym | Sub | Call) else ""
    marks = len(name) - len(bare := name.rstrip("'"))
    if not bare or count + marks == 0:
        return None
    args = base.args if isinstance(base, Call) else ()
    by = args[0].name if len(args) == 1 and isinstance(args[0], Sym) else ""
    return (Call(bare, args) if args else Sym(bare)), count + marks, by


def name_of(node: Node) -> str:
    return node.name if isinstance(node, Sym | Sub | Call) else ""


def derivatives_in(reading: Reading, read: Read) -> tuple[tuple[str, int, str], ...]:
    """The functions of one variable of which a relation has derivatives that are not taken at a number. Every later relation asks."""
    if read.sides not in reading.slopes:
        reading.slopes[read.sides] = tuple(found_in(read))
    return reading.slopes[read.sides]


def found_in(read: Read) -> Iterator[tuple[str, int, str]]:
    for side in read.sides:
        for node in walk(side):
            found = derived(node)
            if found is None:
                continue
            what, order, by = found
            if isinstance(what, Call) and not by:
                continue  # y'(0)
            yield name_of(what), order, by


def sought_before(reading: Reading, at: int) -> list[Sought]:
    """The functions that are sought where a relation stands: of each name the first equation of the part, and the last."""
    read = reading.relations[at]
    found: dict[str, list[Sought]] = {}
    given: set[str] = set()
    for other in reading.relations[:at]:
        if not is_near(reading, other, read):
            continue
        orders: dict[str, tuple[int, str]] = {}
        for name, order, by in derivatives_in(reading, other):
            before = orders.get(name, (0, ""))
            orders[name] = max(before[0], order), before[1] or by
        for name, (order, by) in orders.items():
            if name in given or order > MAX_ORDER or not may_be_sought(reading, name):
                continue
            variables = (by,) if by else variable_of(reading, name) or VARIABLES
            found.setdefault(name, []).append(Sought(name, variables, other, order))
        if name_of(other.sides[0]) and name_of(other.sides[0]) not in names_in(other.sides[1]):
            given.add(name_of(other.sides[0]))
    return [s for some in found.values() for s in (some[:1] if len(some) == 1 else (some[0], some[-1]))]


def may_be_sought(reading: Reading, name: str) -> bool:
    """A letter, but one that the problem defines."""
    known = reading.setting.scope.find(name)
    return bool(LETTER.fullmatch(name)) and name not in BUILT_IN and not (known and isinstance(known[1], Defined))


def is_near(reading: Reading, other: Read, read: Read) -> bool:
    """Whether an equation stands before a relation in the same part of the reply."""
    if other.op not in EQUAL or other.left is None or other.right is None or other.negated:
        return False
    if other.chain == read.chain or other.judgement.verdict in FALSE or other.start < read.start - REACH:
        return False
    return other.section == read.section or reading.outline.part_end(other.start) > read.start


def variable_of(reading: Reading, name: str) -> tuple[str, ...]:
    """The variable with which the reply writes a function: `y(t)`."""
    readable = (r for r in reading.relations if r.left is not None and r.right is not None)
    nodes = (n for r in readable for side in r.sides for n in walk(side))
    args = (n.args[0] for n in nodes if isinstance(n, Call) and n.name.rstrip("'") == name and len(n.args) == 1)
    return next(((a.name,) for a in args if isinstance(a, Sym)), ())


def values_before(reading: Reading, at: int, sought: Sought) -> list[Read]:
    """`y(0) = 1`, `y'(0) = 2`: what is said of the function at places, before a relation and not before its equation's line."""
    read = reading.relations[at]
    out = []
    for other in reading.relations[:at]:
        if not is_near(reading, other, read) or other.start < sought.equation.start - REACH:
            continue
        left, right = other.sides
        if not (isinstance(left, Call) and left.name.rstrip("'") == sought.name and len(left.args) == 1):
            continue
        number = scopes.is_constant(right)
        letter = isinstance(right, Sym | Sub) and right.name not in (sought.name, *sought.variables)
        if scopes.is_constant(left.args[0]) and (number or letter):
            out.append(other)
    return out


def as_function(node: Node, sought: str, variable: str) -> Node:
    """The tree with the function at its variable wherever it stands without."""
    found = derived(node)
    here = (Sym(variable),)
    if found is not None and name_of(found[0]) == sought:
        what, order, _ = found
        args = what.args if isinstance(what, Call) and what.args else here
        if isinstance(node, Grad):
            inner: Node = Call(sought, args)
            for _ in range(order):
                inner = Grad(inner, node.by)
            return inner
        return Call(sought + "'" * order, args)
    if isinstance(node, Sym) and node.name == sought:
        return Call(sought, here)
    if isinstance(node, Call) and node.name == sought and not node.args:
        return Call(sought, here)
    parts = children(node)
    return rebuilt(node, [as_function(part, sought, variable) for part in parts]) if parts else node


def names_of(nodes: Sequence[Node]) -> set[str]:
    return {n for node in nodes for n in names_in(node)}


def has_differential(node: Node) -> bool:
    return any(isinstance(n, Diff) for n in walk(node))
