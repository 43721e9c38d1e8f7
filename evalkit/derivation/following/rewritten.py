r"""Names that nothing explains, and what they may be short for: a relation that holds so is true, one that does not stays unread.

`\hat M` beside `\hat M_k`; unit vectors `e_1`; `(\sin x)' = \cos x`; a sum that reaches over the next term as well.
Not covered: two of these in one relation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import reduce

from evalkit.derivation.following.apart import sums_apart
from evalkit.derivation.following.free import free_letters
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.spoken import is_small_letter
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
    base_name,
    children,
    rebuilt,
    summands,
    walk,
)
from evalkit.derivation.verdicts.verdict import TRUE
from evalkit.derivation.worlds.scope import Drawn, Entry, Family, unbound_names

SIGMA = re.compile(r"\\Sigma_[a-z]")
CHOICES = re.compile(r"\b(?:choos\w*|chosen?|combinations?|binomials?|ways)\b|\\binom|\\choose", re.I)
"""Where `C(5, 2)` is a binomial."""
INTRODUCED = r"(?:\$|\\[\[(]|,|&|\b[Ll]et)\s*{}_(?:\{{[^{{}}$]{{1,9}}\}}|\w\w?)\s*(?:\$|\\[\])]|:?=|,|<|>|\\(?:in|sim|geq?|leq?|coloneq\w*)\b)"
"""Entries of that letter alone, or on a left side."""
MAX_REWRITTEN = 30
"""How many relations of one reply are tried."""
Pair = tuple[Node, Node]
Way = tuple[Pair, Mapping[str, Entry], str]
"""What is said instead, what names mean in it, and why."""


def otherwise_written(reading: Reading, read: Read) -> Read | None:
    """Holds where names that nothing explains are short for something that the text has."""
    if not read.judgement.unknown or reading.rewritten >= MAX_REWRITTEN:
        return None
    for found in WAYS:
        for sides, entries, why in found(reading, read):
            reading.rewritten += 1
            with reading.judge.trying(entries):
                judgement = reading.judge.equation(*sides)
                if judgement.verdict not in TRUE and unbound_names(reading.judge.scope, *sides):
                    free = free_letters(reading, replace(read, left=sides[0], right=sides[1]))
                    judgement = free.judgement if free is not None else judgement
            if judgement.verdict in TRUE:
                return replace(read, judgement=replace(judgement, reason=why))
    return None


def with_index(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`\hat M` for the one `\hat M_k`."""
    known = [n for n in reading.judge.scope.entries if not n.endswith("_")]
    for name in unbound_names(reading.judge.scope, *read.sides):
        longer = [n for n in known if n.startswith(f"{name}_")]
        if len(longer) == 1:
            sides = (renamed(read.sides[0], name, longer[0]), renamed(read.sides[1], name, longer[0]))
            yield sides, {}, f"where {name} is {longer[0]}"


def renamed(node: Node, name: str, new: str) -> Node:
    """The tree with one whole name for another."""
    if isinstance(node, Sym) and node.name == name:
        return Sym(new)
    parts = children(node)
    return rebuilt(node, [renamed(part, name, new) for part in parts]) if parts else node


def unit_vectors(reading: Reading, read: Read) -> Iterator[Way]:
    """`e_1`, `e_j`: columns of an identity."""
    unknown = read.judgement.unknown
    vectors = [
        n for s in read.sides for n in walk(s) if isinstance(n, Sub) and n.name in unknown and base_name(n) == "e"
    ]
    if not vectors or reading.judge.scope.find("e_") is not None:
        return
    for size in reading.judge.worlds[0].sizes:
        identity = Sub(Sym("I"), f"I_{size}", (Sym(size),))
        yield read.sides, {"e_": Family("columns", identity, "reply")}, f"where e are unit vectors of {size} entries"


def primed_bracket(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`(\tanh x)'`: the derivative by the only letter."""
    names = unbound_names(reading.judge.scope, *read.sides)
    primes = any(t.text == "'" for side in (read.statement.sides if read.statement else ()) for t in side)
    if primes and len(names) == 1 and is_small_letter(names[0]):
        sides = (derived(read.sides[0], names[0]), derived(read.sides[1], names[0]))
        yield sides, {names[0]: Drawn((), frozenset(), None, "reply")}, f"for all {names[0]}"


def derived(node: Node, name: str) -> Node:
    """The tree with derivatives for primes behind brackets."""
    parts = [derived(part, name) for part in children(node)]
    if isinstance(node, Un) and node.op in ("T", "'") and not isinstance(node.x, Sym | Sub):
        return Grad(parts[0], Sym(name))
    return rebuilt(node, parts) if parts else node


def longer_sums(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`\sum_i a_i - b_i`: the sum of both, where the index stands in the next term too."""
    sides = (reaching(read.sides[0]), reaching(read.sides[1]))
    if sides != read.sides:
        yield sides, {}, "where a sum reaches over the next term as well"


def reaching(node: Node) -> Node:
    """The tree with sums that take in the terms behind them in which their index stands."""
    parts = children(node)
    node = rebuilt(node, [reaching(part) for part in parts]) if parts else node
    if not (isinstance(node, Bin) and node.op in "+-"):
        return node
    before = node.left if isinstance(node.left, Bin) and node.left.op in "+-" else None
    last = before.right if before is not None else node.left
    if isinstance(last, Big) and last.kind == "sum" and any(has_index(t, last.index) for t in summands(node.right)):
        longer = replace(last, body=Bin(node.op, last.body, node.right))
        return Bin(before.op, before.left, longer) if before is not None else longer
    return node


def index_apart(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`p_k = q_k / \sum_k q_k`: the sum has an index of its own."""
    sides = sums_apart(*read.sides)
    if sides != read.sides:
        yield sides, {}, "where the sum has an index of its own"


def plain_sums(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`Σⱼ A_ij x_j` in plain text: a sum of what stands behind it, where nothing is called \Sigma."""
    names = [n for n in read.judgement.unknown if SIGMA.fullmatch(n)]
    if not names or reading.judge.scope.find("\\Sigma") or reading.judge.scope.find("\\Sigma_"):
        return
    sides = (summed(read.sides[0]), summed(read.sides[1]))
    if sides != read.sides:
        yield sides, {}, "where Σ with an index is a sum"


def summed(node: Node) -> Node:
    r"""The tree with sums of the factors that stand behind a `\Sigma_j`, where j stands in them."""
    if isinstance(node, Bin) and node.op in ("*", "cross", "dot"):
        before: Node = node
        behind: list[Node] = []
        while isinstance(before, Bin) and before.op in ("*", "cross", "dot"):
            behind.append(before.right)
            before = before.left
        index = before.index if isinstance(before, Sub) and SIGMA.fullmatch(before.name) else None
        body = reduce(lambda a, b: Bin("*", a, b), [summed(part) for part in reversed(behind)])
        if index and isinstance(index[0], Sym) and has_index(body, (index[0].name,)):
            return Big("sum", body, (index[0].name,), None, None)
    parts = children(node)
    return rebuilt(node, [summed(part) for part in parts]) if parts else node


def has_index(node: Node, index: tuple[str, ...]) -> bool:
    """Whether a subscript has an index of a sum."""
    return any(isinstance(n, Sub) and any(Sym(i) in (n.index or ()) for i in index) for n in walk(node))


def small_entries(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`a_{ij}`: an entry of a known matrix A, where no a is known, and none is introduced."""
    scope = reading.judge.scope
    entries: dict[str, Entry] = {}
    for node in (n for side in read.sides for n in walk(side)):
        if isinstance(node, Sub) and isinstance(node.base, Sym) and len(node.index or ()) == 2:
            small, large = node.base.name, node.base.name.upper()
            if small == large or len(small) != 1 or scope.find(small) is not None or scope.find(large) is None:
                continue
            if not re.search(INTRODUCED.format(small), reading.document.text):
                entries[f"{small}_"] = Family("entries", Sym(large), "reply")
    if entries:
        yield read.sides, entries, "with the entries of a matrix in small letters"


def number_of_choices(reading: Reading, read: Read) -> Iterator[Way]:
    r"""`C(5, 2)`: a binomial, of numbers and where the text speaks of choosing."""

    def change(node: Node) -> Node:
        match node:
            case Call("C", (Num(_), Num(_)) as args):
                return Call("binom", args)
        parts = [change(part) for part in children(node)]
        return rebuilt(node, parts) if parts else node

    if "C" in read.judgement.unknown and CHOICES.search(reading.document.text):
        yield (change(read.sides[0]), change(read.sides[1])), {}, "with the number of choices"


WAYS: tuple[Callable[[Reading, Read], Iterator[Way]], ...] = (
    with_index,
    unit_vectors,
    primed_bracket,
    longer_sums,
    index_apart,
    plain_sums,
    small_entries,
    number_of_choices,
)
