r"""`\mathcal{L}\{\cos 2t\} = \frac{s}{s^2 + 4}`, `\mathcal{Z}\{a^n u[n]\} = \frac{z}{z - a}`: transforms of functions that are written out.

The transform is the integral, or the sum, that it stands for, where its variable is large. What is said of one of an unknown function (`y''`) is
tried with functions of several kinds: it is true where it holds for these, and false of none.
Not covered: distributions, two-sided transforms, inverses on both sides.
"""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.unknowns import signed_terms, total
from evalkit.derivation.grammar.nodes import Big, Bin, Call, Node, Num, Sub, Sym, Un, children, rebuilt, walk
from evalkit.derivation.grammar.transforms import INVERSE, LAPLACE, Z
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement, Verdict
from evalkit.derivation.worlds.scope import BUILT_IN, Drawn, Entry, names_in

LARGE = 9.0
"""How much larger than a letter the variable of a transform is made."""
VARIABLES = {LAPLACE: ("t", "s"), Z: ("n", "z")}
_T = Sym("t")
_COS, _SIN = (Call(f, (Bin("*", Num(2), _T),)) for f in ("cos", "sin"))
_DECAY = Bin("^", Sym("e"), Un("-", Bin("*", Num(3), _T)))
TRIED: tuple[tuple[Node, ...], ...] = (
    (Bin("+", _COS, _T), Bin("-", Num(1), Bin("*", Num(2), _SIN)), Un("-", Bin("*", Num(4), _COS))),
    (Bin("+", _DECAY, Num(2)), Un("-", Bin("*", Num(3), _DECAY)), Bin("*", Num(9), _DECAY)),
)
"""Functions with their derivatives, of which what holds is taken to hold for all."""
STEP = "u"
WHY = "for the transform as it is defined"


class UnfitError(Exception):
    """It is not covered."""


def transform(reading: Reading, read: Read) -> Read | None:
    """Says what the transform of a function is."""
    left, right = read.sides
    found = {n.name.removesuffix(INVERSE) for side in read.sides for n in transforms_in(side)}
    if not found:
        return None
    open_ = read.decided(Verdict.UNBOUND, "a transform of something unknown")
    kind = found.pop()
    if found:
        return open_
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Call) and one.name == kind + INVERSE and not any(map(is_transform, walk(other))):
            left, right = Call(kind, (other,)), one.args[0]
    if any(n.name.endswith(INVERSE) for side in (left, right) for n in transforms_in(side)):
        return open_
    functions = {f for side in (left, right) for n in transforms_in(side) for f in functions_in(reading, n)}
    if len(functions) > 1 or (functions and kind == Z):
        return open_
    name = next(iter(functions), "")
    if not name and any(is_capital_call(reading, n) for side in (left, right) for n in walk(side)):
        return open_
    out: Judgement | None = None
    for bodies in TRIED if name else ((),):
        try:
            sides = [written_out(with_bodies(side, name, bodies), kind) for side in (left, right)]
        except UnfitError:
            return open_
        judgement = judged(reading, sides, kind)
        if judgement.verdict not in TRUE and (name or judgement.verdict not in FALSE):
            return open_
        out = judgement
    return None if out is None else replace(read, judgement=replace(out, reason=WHY))


def judged(reading: Reading, sides: list[Node], kind: str) -> Judgement:
    """The verdict on what is written out, for all values of its letters."""
    inner, outer = VARIABLES[kind]
    letters = {n for side in sides for n in names_in(side)} - BUILT_IN
    new = {n for n in letters if reading.judge.scope.find(n) is None and len(n.lstrip("\\")) == 1}
    entries: dict[str, Entry] = {n: Drawn((), frozenset({"positive"}), None, "reply") for n in {*new, outer}}
    with reading.judge.trying(entries, without=[n for n in (inner,) if n in reading.judge.own]):
        return reading.judge.equation(*sides)


def with_bodies(node: Node, name: str, bodies: tuple[Node, ...]) -> Node:
    """The tree with a function and its derivatives written out, and its transform."""
    if not bodies:
        return node
    if isinstance(node, Call) and node.name == name.upper() and len(node.args) == 1:
        return Call(LAPLACE, (bodies[0],)) if node.args[0] == Sym("s") else node
    base = node.name.rstrip("'") if isinstance(node, Sym | Call) else ""
    if base == name and isinstance(node, Sym | Call):
        order = len(node.name) - len(base)
        if order >= len(bodies) or (isinstance(node, Call) and len(node.args) > 1):
            raise UnfitError
        place = node.args[0] if isinstance(node, Call) and node.args else _T
        return bodies[order] if place == _T else Call("at", (bodies[order], _T, place))
    parts = children(node)
    return rebuilt(node, [with_bodies(part, name, bodies) for part in parts]) if parts else node


def transforms_in(node: Node) -> list[Call]:
    return [n for n in walk(node) if isinstance(n, Call) and is_transform(n)]


def is_transform(node: Node) -> bool:
    return isinstance(node, Call) and node.name.startswith((LAPLACE, Z))


def functions_in(reading: Reading, node: Node) -> set[str]:
    """The letters of unknown functions in what is transformed: `y''`, `y(t)`."""
    out = set()
    for n in walk(node):
        name = n.name.rstrip("'") if isinstance(n, Sym | Sub | Call) else ""
        called = isinstance(n, Call) and not is_transform(n) and len(n.args) <= 1
        primed = isinstance(n, Sym) and n.name.endswith("'")
        if len(name) == 1 and name not in ("e", STEP) and reading.judge.scope.find(name) is None and (called or primed):
            out.add(name)
    bare = [n.name for n in walk(node) if isinstance(n, Sym) and len(n.name) == 1]
    if isinstance(node, Call) and isinstance(node.args[0], Sym) and bare and bare[0] not in ("t", "n", "e"):
        out.add(bare[0])  # L{y}
    return out


def is_capital_call(reading: Reading, node: Node) -> bool:
    """`Y(s)` of which nothing is known."""
    return (
        isinstance(node, Call)
        and len(node.name) == 1
        and node.name.isupper()
        and reading.judge.scope.find(node.name) is None
    )


def written_out(node: Node, kind: str) -> Node:
    """The tree with integrals or sums for transforms, and their variable larger."""
    inner, outer = VARIABLES[kind]
    if is_transform(node):
        assert isinstance(node, Call)  # noqa: S101 - it is one
        body = of_the_step(node.args[0]) if kind == Z else in_exponentials(node.args[0])
        if any(map(is_transform, walk(body))) or {outer, STEP} & set(names_in(body)):
            raise UnfitError
        place = Bin("+", Sym(outer), Num(LARGE))
        if kind == Z:
            inside: Node = Bin("*", body, Bin("^", place, Un("-", Sym(inner))))
            return Big("sum", inside, (inner,), Num(0), Num(float("inf")))
        terms = [(sign, damped(term, place)) for sign, term in signed_terms(body)]
        return Big("int", total(terms), (inner,), Num(0), Num(float("inf")))
    if node == Sym(outer):
        return Bin("+", node, Num(LARGE))
    parts = children(node)
    return rebuilt(node, [written_out(part, kind) for part in parts]) if parts else node


def in_exponentials(node: Node) -> Node:
    """The tree with exponentials for hyperbolic functions, which may be large where the whole is small."""
    if isinstance(node, Call) and node.name in ("sinh", "cosh"):
        x = node.args[0]
        up, down = (Bin("^", Sym("e"), power) for power in (x, Un("-", x)))
        return Bin("-" if node.name == "sinh" else "+", Bin("/", up, Num(2)), Bin("/", down, Num(2)))
    parts = children(node)
    return rebuilt(node, [in_exponentials(part) for part in parts]) if parts else node


def damped(term: Node, place: Node) -> Node:
    """A term times `e^{-st}`, all its powers of e in one."""
    power: Node = Un("-", Bin("*", place, _T))
    rest: Node = Num(1)
    stack = [(term, "*")]
    while stack:
        node, sign = stack.pop()
        match node:
            case Bin("*", a, b) if sign == "*":
                stack += [(b, "*"), (a, "*")]
            case Bin("/", a, b) if sign == "*":
                stack += [(b, "/"), (a, "*")]
            case Bin("^", Sym("e"), x) | Call("exp", (x,)):
                power = Bin("+" if sign == "*" else "-", power, x)
            case _:
                rest = Bin(sign, rest, node)
    return Bin("*", Bin("^", Sym("e"), power), rest)


def of_the_step(node: Node) -> Node:
    r"""The tree without the step `u[n]`, which is 1 where the sum runs."""
    match node:
        case Call("u", (Sym("n"),)):
            return Num(1)
        case Bin("*", Bin("*", x, Sym("u")), Sym("n")):
            return of_the_step(x)
        case Bin("*", Sym("u"), Sym("n")):
            return Num(1)
    parts = children(node)
    return rebuilt(node, [of_the_step(part) for part in parts]) if parts else node
