r"""What else letters might be that nothing explains, where a relation holds for what they were taken for.

`u^\top A b = b u^\top A` holds if b is a number and not if it is a column, `e^{A+B} = e^A e^B` not of matrices. What
holds only so is not said to hold for all letters. A letter is a number by what is done to it: where
one divides by it, adds a number to it, or takes a power or a function of it.
Not covered: letters that stand for matrices that are not square, columns of which nothing is made.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from evalkit.derivation.following.imaginary import SAYS
from evalkit.derivation.following.other_numbers import (
    fails_or_has_no_value,
    holds_of_some,
    is_uneven,
    numbers_among,
    said_positive,
)
from evalkit.derivation.following.ranks import fails_of_low_rank, is_of_rank
from evalkit.derivation.following.reading import Reading
from evalkit.derivation.following.taken import MEMBERS as MEMBERS_DRAWN
from evalkit.derivation.following.taken import PRIVATE, SIZE, Freed, is_small
from evalkit.derivation.grammar.nodes import (
    Big,
    Bin,
    Block,
    Call,
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
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.scope import Defined, Drawn, Entry, Scope, names_in

MEMBERS = 2
"""Of a sum that is written out, to see whether its members may be matrices."""
_LENGTHS = frozenset({"abs", "norm", "norm_2"})


def of_some(reading: Reading, found: Freed) -> bool:
    """Whether it may hold only of what its letters were taken for."""
    judge, sides = reading.judge, found.read.sides
    both, at = Bin("=", *sides), found.places
    by_use = numbers_by_use(both)
    large = [n for n in sorted(found.letters) if not is_small(n) and n not in at.whole | at.called]
    exponential = in_exponentials(both, large, at.running, numbers=found.size is None)
    if exponential and not holds_of_series(judge, found, large):
        return True
    if any(map(is_of_rank, walk(both))) and fails_of_low_rank(
        judge, sides, dict.fromkeys(large, (SIZE, SIZE)), found.entries
    ):
        return True
    if found.size is None and found.as_matrices is Verdict.UNPARSED and fails_in_powers(judge, found, large):
        return True
    large = [n for n in large if n not in by_use and "[" not in n.replace("[]", "") and not is_entry(n, both)]
    members, capitals = ([n for n in large if (n in at.running) is runs] for runs in (True, False))
    if found.size is None and found.as_matrices is Verdict.ILL_TYPED and not by_use & found.letters:
        shaped = at.columns or any(judge.scope.shape(n) == COLUMN for n in walk(both) if isinstance(n, Sym | Sub))
        if fails_drawn_as(2, judge, found, capitals, capitals if shaped else ()):
            return True
    small = [
        n for n in found.letters if is_small(n) and n not in at.columns | at.running | at.whole | at.called | by_use
    ]
    ends = behind_matrices(judge.scope, both, small, capitals) if found.size is not None else ()
    if ends and fails_drawn_as(1, judge, found, ends, ends):
        return True
    others = capitals or len(members) > 1 or any(is_matrix(judge.scope, n, ()) for n in walk(both))
    if members and others and not by_use & found.letters and fails_written_out(judge, found, members):
        return True
    lengths = any(isinstance(n, Call) and n.name in _LENGTHS for n in walk(both))
    if lengths and SAYS.search(reading.document.text):
        return True  # |z|^2 = z^2 is not true of complex numbers
    reading.freed += any(map(is_uneven, walk(both)))  # it costs as much as another relation
    if holds_of_positive(judge, found):
        return True
    return holds_of_some(judge, sides, numbers_among(found.entries), said_positive(reading))


def holds_of_units(reading: Reading, found: Freed) -> bool:
    """Whether what fails holds where its columns have the length 1: of letters that nothing explains, that may be meant."""
    lengths = {n: e for n, e in found.entries.items() if n in found.places.columns and isinstance(e, Drawn)}
    units = {n: replace(e, kinds=e.kinds | {"unit"}) for n, e in lengths.items()}
    with reading.judge.trying(found.entries | units):
        return bool(units) and reading.judge.equation(*found.read.sides).verdict in TRUE


def holds_of_positive(judge: Judge, found: Freed) -> bool:
    """Whether it fails where one function has the other sign, or one member of a list, or has no value on the right alone."""
    if not any(map(is_uneven, walk(Bin("=", *found.read.sides)))):
        return False
    for name, entry in found.entries.items():
        new: dict[str, Entry] = {}
        if name in found.places.called and isinstance(entry, Defined):
            new = {name: replace(entry, body=Un("-", entry.body))}
        elif name.endswith(PRIVATE) and isinstance(entry, Drawn) and entry.shape == (MEMBERS_DRAWN,):
            signs = Block(tuple((Num(-1.0 if k == 0 else 1.0),) for k in range(int(MEMBERS_DRAWN.value))))
            new = {
                f"{name}{PRIVATE}": Drawn(entry.shape, frozenset({"positive"}), None, "reply"),
                name: Defined(Bin(".*", signs, Sym(f"{name}{PRIVATE}")), (), None, "reply"),
            }
        if new:
            with judge.trying({**found.entries, **new}):
                if fails_or_has_no_value(judge, found.read.sides):
                    return True
    return False


def holds_of_series(judge: Judge, found: Freed, capitals: Sequence[str]) -> bool:
    """Whether it holds with matrices and a polynomial in the place of the exponential: `e^{A + B} = e^{B + A}`."""
    left, right = (as_series(side, frozenset(capitals)) for side in found.read.sides)
    with judge.trying({**found.entries, **drawn(capitals, (SIZE, SIZE))}):
        return not found.places.running and judge.equation(left, right).verdict in TRUE


def as_series(node: Node, capitals: frozenset[str]) -> Node:
    x = exponent(node)
    if x is not None and capitals & set(names_in(x)):
        return Bin("+", Bin("+", Sym("I"), x), Bin("*", Num(0.37), Bin("*", x, x)))
    parts = children(node)
    return rebuilt(node, [as_series(part, capitals) for part in parts]) if parts else node


def exponent(node: Node) -> Node | None:
    match node:
        case Bin("^", Sym("e"), x) | Call("exp", (x,)):
            return x
    return None


def drawn(names: Collection[str], shape: tuple[Node, ...], kinds: frozenset[str] = frozenset()) -> dict[str, Entry]:
    return {n: Drawn(shape, kinds, None, "reply") for n in names}


def fails_written_out(judge: Judge, found: Freed, members: Sequence[str]) -> bool:
    """Whether a sum of two terms fails with matrices for the members."""
    left, right = (written_out(side, members) for side in found.read.sides)
    names = [n for n in names_in(Bin("=", left, right)) if PRIVATE in n]
    return fails_drawn_as(2, judge, replace(found, read=replace(found.read, left=left, right=right)), names)


def fails_drawn_as(axes: int, judge: Judge, found: Freed, names: Collection[str], told: Collection[str] = ()) -> bool:
    """Whether it fails with columns (one axis) or matrices (two) of one of the sizes for the names; or has no shape there though
    a side with one of those in `told` has one."""
    sides = found.read.sides
    sizes: list[Node] = [SIZE, *map(Sym, judge.worlds[0].sizes)]
    for size in sizes:
        with judge.trying({**found.entries, **drawn(names, (size,) * axes)}):
            verdict = judge.equation(*sides).verdict
            shaped = (side for side in sides if not set(told).isdisjoint(names_in(side)))
            if verdict is Verdict.FAILS or (verdict is Verdict.ILL_TYPED and any(has_shape(judge, s) for s in shaped)):
                return True
    return False


def fails_in_powers(judge: Judge, found: Freed, capitals: Sequence[str]) -> bool:
    """Whether it fails of matrices, the letters in exponents being whole numbers: `(AB)^n`; or of those that have roots: `(AB)^{1/2}`."""
    both = Bin("=", *found.read.sides)
    above = [n.right for n in walk(both) if isinstance(n, Bin) and n.op == "^"]
    powers = {m for n in above for m in names_in(n)} & found.entries.keys()
    roots = any(isinstance(m, Bin) and m.op == "/" for n in above for m in walk(n))
    numbers = frozenset[str]() if powers else numbers_by_use(both, powers=False)
    large = [n for n in capitals if n not in powers | numbers]
    exponents = drawn(powers, (), frozenset({"positive", "integer"}))
    matrices = drawn(large, (SIZE, SIZE), frozenset({"invertible"} if powers else {"pd"}))
    with judge.trying({**found.entries, **exponents, **matrices}):
        if not powers and not (roots and len(large) > 1):  # powers of one commute
            return False
        verdict = judge.equation(*found.read.sides).verdict
        no_root = (
            verdict is Verdict.UNPARSED and not powers and any(has_shape(judge, side) for side in found.read.sides)
        )
        return verdict is Verdict.FAILS or no_root


def has_shape(judge: Judge, side: Node) -> bool:
    return judge.equation(side, side).verdict in TRUE


def numbers_by_use(both: Node, *, powers: bool = True) -> frozenset[str]:
    """Names that are numbers by what is done to them; powers: also what a power is taken of, which may be a matrix."""
    found: set[str] = set()
    for node in walk(both):
        match node:
            case Bin("/", _, below):
                found |= set(names_in(below))
            case Bin("^", base, power):
                found |= {*names_in(power), *(names_in(base) if powers and isinstance(base, Sym | Sub) else ())}
            case Call(name, args) if name in _OF_NUMBERS:
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


def is_entry(name: str, both: Node) -> bool:
    """Whether a name has two indices, as entries of matrices do."""
    return any(isinstance(n, Sub) and n.name == name and len(n.index or ()) > 1 for n in walk(both))


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


def in_exponentials(both: Node, capitals: Sequence[str], running: Collection[str], *, numbers: bool) -> bool:
    """Whether several capitals stand there and one in an exponent, so that matrices which do not commute may be meant. running:
    members, each of which is several; numbers: all were taken for numbers, and not these alone."""
    used = [n for n in capitals if n in names_in(both)]
    inside = {name for n in walk(both) if (x := exponent(n)) is not None for name in names_in(x)}
    divided = {m for n in walk(both) if isinstance(n, Bin) and n.op == "/" for m in names_in(n.right)}
    several = len(used) > 1 or not set(used).isdisjoint(running)
    return several and bool(inside & set(used if numbers else running)) and not divided & set(used)


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
        return Sym(f"{node.name}{PRIVATE}{number}")
    if isinstance(node, Sym):
        return Num(float(number)) if node.name == index else node
    parts = [of_member(part, index, number, members) for part in children(node)]
    return rebuilt(node, parts) if parts and not isinstance(node, Sub) else node
