r"""Notations with two readings: a relation that holds in the second one is true; what holds in neither is false.

`\log 100 = 2` of base 10 or 2; `(x^2)'` the derivative by the only letter; `\frac{df}{dx}(1)` the derivative at 1;
`\sum_{i<j}` over both, where nothing else has the j; `[1, 2]^T [3, 4]` of columns; `f^2(x)` twice f; `\langle a, b \rangle`
the column of both.
Not covered: two of these in one relation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import (
    Big,
    Bin,
    Block,
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
from evalkit.derivation.grammar.stream import SCALAR
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from evalkit.derivation.worlds.guess import guess
from evalkit.derivation.worlds.scope import Entry, names_in

MAX_LETTERS = 3
MAX_TRIED = 30
"""How many relations of one reply are tried."""
BASES = (10.0, 2.0)
TWICE = re.compile(r"\^\{?2\}?\s*(?:\\(?:left|big\w?|Big\w?)\s*)?\(")
NATURAL = re.compile(r"\bln\b|\\ln(?![A-Za-z])|log(?:\}|\s)*_")
CONSTANTS = frozenset({"e", "\\pi", "I"})
Pair = tuple[Node, Node]
Way = tuple[Pair, Mapping[str, Entry], str]
"""What is said instead, what names mean in it, and why."""


def other_reading(reading: Reading, read: Read) -> Read | None:
    """Holds in the other reading of a notation that has two, or may be meant in one that says too little."""
    if read.left is None or read.right is None or reading.read_anew >= MAX_TRIED:
        return None
    for found in WAYS:
        for sides, entries, why in found(reading, read):
            if sides == read.sides:
                continue
            reading.read_anew += 1
            with reading.judge.trying(entries):
                judgement = reading.judge.equation(*sides)
            if judgement.verdict in TRUE:
                return replace(read, left=sides[0], right=sides[1], judgement=replace(judgement, reason=why))
    if read.judgement.verdict in FALSE and any(map(partial(is_derived, reading), brackets_with_primes(read))):
        return read.decided(Verdict.DISPUTED, "a prime behind a bracket may be a derivative")
    return None


def each(read: Read, change: Callable[[Node], Node]) -> Pair:
    """Both sides with every part changed that `change` knows, from the inside."""

    def through(node: Node) -> Node:
        if isinstance(node, Sub) and node.name:
            return node
        parts = children(node)
        return change(rebuilt(node, [through(part) for part in parts]) if parts else node)

    return through(read.sides[0]), through(read.sides[1])


def source(reading: Reading, read: Read) -> str:
    return reading.document.text[read.start : read.end]


def another_base(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`\log 100 = 2`: a logarithm of base 10 or 2 of numbers, where no base and no natural one is written."""
    letters = {name for side in read.sides for name in names_in(side)} - CONSTANTS - {"log"}
    if letters or NATURAL.search(source(reading, read)):
        return
    for base in BASES:

        def change(node: Node, base: float = base) -> Node:
            return Bin("/", node, Call("log", (Num(base),))) if isinstance(node, Call) and node.name == "log" else node

        yield each(read, change), {}, f"with logarithms of base {base:g}"


def primed_bracket(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`(x^2)' = 2x`: the derivative by the only letter of the bracket."""
    brackets = brackets_with_primes(read)
    for letter in sorted({name for node in brackets for name in letters_in(node)})[:MAX_LETTERS]:

        def change(node: Node, letter: str = letter) -> Node:
            derived = node in brackets and isinstance(node, Un) and letters_in(node) == {letter}
            return Grad(node.x, Sym(letter)) if derived and isinstance(node, Un) else node

        yield each(read, change), {}, "where a prime behind a bracket is a derivative"


def brackets_with_primes(read: Read) -> list[Node]:
    """What has a prime and is no name."""
    if not any(t.text == "'" for side in (read.statement.sides if read.statement else ()) for t in side):
        return []
    nodes = [n for side in read.sides for n in walk(side)]
    return [n for n in nodes if isinstance(n, Un) and n.op == "T" and not isinstance(n.x, Sym | Sub)]


def letters_in(node: Node) -> set[str]:
    return {n.name for n in walk(node) if isinstance(n, Sym)} - CONSTANTS


def is_derived(reading: Reading, node: Node) -> bool:
    """Whether it is a number in several letters, of which nobody says which one moves."""
    return len(letters_in(node)) > 1 and guess(node, reading.judge.scope.find) == SCALAR


def derivative_at(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`\frac{df}{dx}(1)`: the derivative at 1."""

    def change(node: Node) -> Node:
        match node:
            case Bin("*", Grad(_, Sym(name), _) as slope, at) if name:
                return Call("at", (slope, Sym(name), at))
        return node

    yield each(read, change), {}, "where the derivative is taken at a place"


def both_indices(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`\sum_{i<j} x_i x_j`: over i and j, where nothing else has the j."""
    partners = {p for side in read.sides for n in walk(side) for p in [partner(reading, n)] if p}
    for name in sorted(partners):
        if any(is_free(reading, side, name) for side in read.sides):
            continue

        def change(node: Node, name: str = name) -> Node:
            return Big("sum", node, (name,), None, None) if partner(reading, node) == name else node

        yield each(read, change), {}, f"summed over {name} as well"


def partner(reading: Reading, node: Node) -> str:
    r"""The j of `\sum_{i<j}`, `\sum_{i>j}` and `\sum_{i \ne j}`, if it has no meaning of its own; or nothing."""
    if not isinstance(node, Big) or node.kind != "sum" or len(node.index) != 1:
        return ""
    match node:
        case Big(_, _, _, Num(1), Bin("-", Sym(name), Num(1)), False):
            pass
        case Big(_, _, _, Sym(name), None, True):
            pass
        case Big(_, Bin("*", Call("differ", (_, Sym(name))), _), _, None, None, _):
            pass
        case _:
            return ""
    return name if reading.is_index(Sym(name)) else ""


def is_free(reading: Reading, node: Node, name: str) -> bool:
    """Whether an index stands where no sum takes it, nor may."""
    if node == Sym(name):
        return True
    if isinstance(node, Big) and (name in node.index or partner(reading, node) == name):
        return False
    return any(is_free(reading, part, name) for part in children(node))


def columns_for_rows(reading: Reading, read: Read) -> Iterator[Way]:
    """`[1, 2]^T [3, 4]`: a list in brackets is a column, where one is turned."""
    nodes = [n for side in read.sides for n in walk(side)]
    if not any(isinstance(n, Un) and n.op == "T" and isinstance(n.x, Block) for n in nodes):
        return

    def change(node: Node) -> Node:
        if isinstance(node, Block) and len(node.rows) == 1 and len(node.rows[0]) > 1:
            return Block(tuple((cell,) for cell in node.rows[0]))
        return node

    if "&" not in source(reading, read):
        yield each(read, change), {}, "where lists in brackets are columns"


def twice(reading: Reading, read: Read) -> Iterator[Way]:
    """`f^2(x)`: f of f(x)."""

    def change(node: Node) -> Node:
        match node:
            case Bin("^", Call(name, (_,)) as inner, Num(2)) if reading.judge.scope.find(name) is not None:
                return Call(name, (inner,))
        return node

    if TWICE.search(source(reading, read)):
        yield each(read, change), {}, "where the function is applied twice"


def angles(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`\langle a, b \rangle`: the column of two numbers."""

    def change(node: Node) -> Node:
        return Call("tuple", node.args) if isinstance(node, Call) and node.name == "inner" else node

    yield each(read, change), {}, "where angles hold the entries of a column"


WAYS: tuple[Callable[[Reading, Read], Iterator[Way]], ...] = (
    another_base,
    primed_bracket,
    derivative_at,
    both_indices,
    columns_for_rows,
    twice,
    angles,
)
