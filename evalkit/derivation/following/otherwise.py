r"""What else letters might be that nothing explains, where a relation holds for what they were taken for.

`u^\top A b = b u^\top A` holds if b is a number and not if it is a column, `e^{A+B} = e^A e^B` not of matrices, `\log v^2 = 2\log v`
not of a negative v. What holds only so is not said to hold for all letters. A letter is a number by what is done to it: where
one divides by it, adds a number to it, or takes a power or a function of it.
Not covered: letters that stand for matrices that are not square, columns of which nothing is made, conditions in words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from evalkit.derivation.following.reading import Reading
from evalkit.derivation.following.taken import SIZE, Freed, is_small
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
from evalkit.derivation.grammar.stream import MATRIX
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.functions import UNARY
from evalkit.derivation.worlds.scope import Defined, Drawn, Entry, Scope, names_in

FAR = Num(4.0)
"""How much larger a number is made than it was drawn."""
MAX_MOVED = 4
"""Numbers of one relation that are moved."""
MEMBERS = 2
"""Of a sum that is written out, to see whether its members may be matrices."""
COUNTED = frozenset({"binom", "\\Gamma"})
WITH_SIGNS = frozenset(
    {"log", "sqrt", "abs", "max", "min", "arcsin", "arccos", "arctan", "sign", "norm", "norm_2", "norm_F"}
)
"""Functions that treat numbers of both signs, or large and small ones, in more than one way."""
BEYOND = frozenset({"lim", "E", "Var", "Cov", "between"})
"""What has no value for some numbers because it does not converge."""
_PRIVATE = "@size"


def of_some(reading: Reading, found: Freed) -> bool:
    """Whether it may hold only of what its letters were taken for."""
    judge, sides = reading.judge, found.read.sides
    both, at = Bin("=", *sides), found.places
    by_use = numbers_by_use(both)
    large = [n for n in sorted(found.letters) if not is_small(n) and n not in at.whole | at.called]
    if found.size is None and in_exponentials(both, large):
        return True
    large = [n for n in large if n not in by_use]
    members, capitals = ([n for n in large if (n in at.running) is runs] for runs in (True, False))
    sizes: list[Node] = [SIZE, *map(Sym, judge.worlds[0].sizes)]
    if found.size is None and found.as_matrices is Verdict.ILL_TYPED and at.columns and not by_use & found.letters:
        with judge.trying(found.entries | {n: Drawn((SIZE, SIZE), frozenset(), None, "reply") for n in capitals}):
            if any(set(capitals) & set(names_in(side)) and has_shape(judge, side) for side in sides):
                return True
    small = [
        n for n in found.letters if is_small(n) and n not in at.columns | at.running | at.whole | at.called | by_use
    ]
    if found.size is not None and (ends := behind_matrices(judge.scope, both, small, capitals)):
        for size in sizes:
            with judge.trying(found.entries | {n: Drawn((size,), frozenset(), None, "reply") for n in ends}):
                if fails_or_has_a_shape(judge, sides, ends):
                    return True
    if members and len(large) > 1 and not (by_use & found.letters) and fails_written_out(judge, found, members):
        return True
    return holds_of_some(judge, sides, found.entries)


def holds_of_units(reading: Reading, found: Freed) -> bool:
    """Whether what fails holds where its columns have the length 1: of letters that nothing explains, that may be meant."""
    lengths = {n: e for n, e in found.entries.items() if n in found.places.columns and isinstance(e, Drawn)}
    units = {n: replace(e, kinds=e.kinds | {"unit"}) for n, e in lengths.items()}
    with reading.judge.trying(found.entries | units):
        return bool(units) and reading.judge.equation(*found.read.sides).verdict in TRUE


def fails_written_out(judge: Judge, found: Freed, members: Sequence[str]) -> bool:
    """Whether a sum of two terms fails with matrices for the members."""
    out = tuple(written_out(side, members) for side in found.read.sides)
    new = {n: Drawn((SIZE, SIZE), frozenset(), None, "reply") for n in names_in(Bin("=", *out)) if _PRIVATE in n}
    with judge.trying({**found.entries, **new}):
        return judge.equation(*out).verdict is Verdict.FAILS


def has_shape(judge: Judge, side: Node) -> bool:
    return judge.equation(side, side).verdict in TRUE


def numbers_by_use(both: Node) -> frozenset[str]:
    """Names that are numbers by what is done to them."""
    found: set[str] = set()
    for node in walk(both):
        match node:
            case Bin("/", _, below):
                found |= set(names_in(below))
            case Bin("^", base, power):
                found |= {*names_in(power), *(names_in(base) if isinstance(base, Sym | Sub) else ())}
            case Call(name, args) if name in UNARY and name in _OF_NUMBERS:
                found |= {n for a in args for n in names_in(a)}
            case Bin("+" | "-", Num(), Sym() | Sub() as one) | Bin("+" | "-", Sym() | Sub() as one, Num()):
                found.add(one.name)
    return frozenset(found)


_OF_NUMBERS = frozenset(
    {"sin", "cos", "tan", "log", "sqrt", "sinh", "cosh", "arctan", "arcsin", "arccos", "cot", "\\Gamma"}
)


def factors(node: Node) -> list[Node]:
    """The factors of a product, from left to right."""
    match node:
        case Bin("*" | "dot", a, b):
            return [*factors(a), *factors(b)]
        case Un("-", x):
            return factors(x)
    return [node]


def behind_matrices(scope: Scope, both: Node, small: Sequence[str], capitals: Sequence[str]) -> frozenset[str]:
    """Small letters that end a product in which a matrix stands before them: they may be columns."""
    found: set[str] = set()
    for node in walk(both):
        *before, end = factors(node) if isinstance(node, Bin) and node.op in ("*", "dot") else [node]
        if (
            before
            and isinstance(end, Sym | Sub)
            and end.name in small
            and any(is_matrix(scope, n, capitals) for n in before)
        ):
            found.add(end.name)
    return frozenset(found)


def is_matrix(scope: Scope, node: Node, capitals: Sequence[str]) -> bool:
    if isinstance(node, Un) and node.op == "T":
        node = node.x
    return isinstance(node, Sym | Sub) and (node.name in capitals or scope.shape(node) == MATRIX)


def fails_or_has_a_shape(judge: Judge, sides: Sequence[Node], names: frozenset[str]) -> bool:
    """Whether a relation fails with other values for these names, or has no shape there though a side with them has one."""
    verdict = judge.equation(*sides).verdict
    if verdict is not Verdict.ILL_TYPED:
        return verdict is Verdict.FAILS
    return any(names & set(names_in(side)) and has_shape(judge, side) for side in sides)


def in_exponentials(both: Node, capitals: Sequence[str]) -> bool:
    """Whether several capitals stand there and one in an exponent, so that matrices which do not commute may be meant."""
    used = [n for n in capitals if n in names_in(both)]
    inside = {
        name
        for n in walk(both)
        for part in ([n.right] if isinstance(n, Bin) and n.op == "^" and n.left == Sym("e") else [])
        + (list(n.args) if isinstance(n, Call) and n.name == "exp" else [])
        for name in names_in(part)
    }
    divided = {m for n in walk(both) if isinstance(n, Bin) and n.op == "/" for m in names_in(n.right)}
    return len(used) > 1 and bool(inside & set(used)) and not divided & set(used)


def written_out(node: Node, members: Sequence[str]) -> Node:
    """The tree with a sum of two terms, and their own letters, for every sum over the index of these members."""
    if isinstance(node, Big) and node.kind == "sum" and len(node.index) == 1:
        (index,) = node.index
        terms = [of_member(node.body, index, i, members) for i in range(1, MEMBERS + 1)]
        return Bin("+", *terms)
    parts = [written_out(part, members) for part in children(node)]
    return rebuilt(node, parts) if parts and not isinstance(node, Sub) else node


def of_member(node: Node, index: str, number: int, members: Sequence[str]) -> Node:
    if isinstance(node, Sub) and node.name in members and Sym(index) in (node.index or ()):
        return Sym(f"{node.name}{_PRIVATE}{number}")
    if isinstance(node, Sym):
        return Num(float(number)) if node.name == index else node
    parts = [of_member(part, index, number, members) for part in children(node)]
    return rebuilt(node, parts) if parts and not isinstance(node, Sub) else node


def holds_of_some(judge: Judge, sides: tuple[Node, Node], entries: Mapping[str, Entry]) -> bool:
    """Whether what holds of the numbers drawn fails for others, of the other sign or larger, or has no value on the right
    where it has one on the left."""
    both = Bin("=", *sides)
    nodes = walk(both)
    if not any(map(is_uneven, nodes)) or any(
        isinstance(n, Big) or (isinstance(n, Call) and n.name in BEYOND) for n in nodes
    ):
        return False
    held = {m for n in nodes for m in held_in(n)}
    moved = [
        n
        for n, e in entries.items()
        if isinstance(e, Drawn) and not e.shape and "integer" not in e.kinds and n in names_in(both) and n not in held
    ]
    for new in others(moved[:MAX_MOVED], moved):
        with judge.trying(new):
            verdict = judge.equation(*sides).verdict
            if verdict is Verdict.FAILS:
                return True
            if verdict is Verdict.UNPARSED and judge.equation(sides[0], sides[0]).verdict in TRUE:
                return True
    return False


def is_uneven(node: Node) -> bool:
    match node:
        case Call(name, _):
            return name in WITH_SIGNS
        case Bin("^", _, Num(v)):
            return not float(v).is_integer()
        case Bin("^", _, Bin("/", Num(), Num())):
            return True
    return False


def held_in(node: Node) -> Iterator[str]:
    """Names that stay: by which is derived, and that count."""
    match node:
        case Grad(_, by):
            yield from names_in(by)
        case Call(name, args) if name in COUNTED:
            for arg in args:
                yield from names_in(arg)
        case Un("!", x):
            yield from names_in(x)


def others(some: Sequence[str], every: Sequence[str]) -> Iterator[dict[str, Entry]]:
    """Other values: positive all but one, which is negative, large, or both."""
    makes: tuple[Callable[[Node], Node], ...] = (
        lambda x: Un("-", x),
        lambda x: Bin("*", FAR, x),
        lambda x: Un("-", Bin("*", FAR, x)),
    )
    fresh: dict[str, Entry] = {f"{n}{_PRIVATE}": Drawn((), frozenset({"positive"}), None, "reply") for n in every}
    for name in some:
        for make in makes:
            bodies = {n: make(Sym(f"{n}{_PRIVATE}")) if n == name else Sym(f"{n}{_PRIVATE}") for n in every}
            yield fresh | {n: Defined(body, (), None, "reply") for n, body in bodies.items()}
