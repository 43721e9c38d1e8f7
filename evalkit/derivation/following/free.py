r"""Letters that neither the problem nor the reply explains: what holds for all their values is true whatever they mean.

Each gets the shape that its place asks for: a number; a column where it is bold, transposed or in an inner product; a
square matrix where it is a capital that can be one; the members of a list where a sum runs over its index; a smooth function
where it is called. What does not hold so may hold for what they mean: it stays unbound.
Not covered: sizes that differ, functions of several arguments, letters that an expression depends on unseen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from evalkit.derivation.following.index_ends import with_ends
from evalkit.derivation.following.otherwise import holds_of_units, of_some
from evalkit.derivation.following.property_behind import said_behind
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.taken import (
    OF_SQUARES,
    SIZE,
    Freed,
    Places,
    entry,
    in_binomials,
    is_small,
    places,
    tries,
    with_values,
)
from evalkit.derivation.following.varying import may_vary
from evalkit.derivation.grammar.nodes import (
    Big,
    Bin,
    Call,
    Node,
    Sub,
    Sym,
    Un,
    base_name,
    children,
    rebuilt,
    walk,
)
from evalkit.derivation.grammar.pretty import pretty
from evalkit.derivation.grammar.stream import MATRIX, ROW
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.entries import smooth
from evalkit.derivation.worlds.scope import (
    Dimension,
    Drawn,
    Entry,
    Scope,
    indexed_numbers,
    names_in,
    unbound_names,
)

MAX_NAMES = 7
MAX_TRIED = 80
"""How many relations of one reply are tried."""
OF_OTHERS = re.compile(r"\b(?:not|any|every|general\w*|arbitrar\w+|without|always|all)\b", re.I)
IMAGINARY = frozenset({"i", "j"})
"""What may be the imaginary unit is not any number."""
_OF_MATRICES = frozenset({"tr", "det", "rank", "vec", "diag", "norm_F", "norm_nuc"})
_LABEL = re.compile(r"([^_^]+)\^\((\w)\)")


def free_letters(reading: Reading, read: Read) -> Read | None:
    """Holds for all values of letters that nothing explains."""
    return (
        None
        if may_vary(reading, read, unbound_names(reading.judge.scope, *read.sides))
        else for_all_letters(reading, read)
    )


def for_all_letters(reading: Reading, read: Read) -> Read | None:
    """The same, whatever may depend on the variable of a derivative or an integral."""
    found = freed(reading, read)
    if found is None:
        return None
    if found.judgement.verdict is Verdict.FAILS:
        known = not IMAGINARY & found.letters and computes(reading, found.read, set(found.letters))
        known = known and not holds_of_units(reading, found)
        return replace(found.shown, judgement=found.judgement) if known else None
    if of_some(reading, found):
        return None
    letters = ", ".join(sorted(found.letters)).replace("|", "^")
    return replace(found.shown, judgement=replace(found.judgement, reason=f"for all {letters}"))


def freed(reading: Reading, read: Read) -> Freed | None:
    """The verdict for all values of its letters; None where they have no shape, or it has no value."""
    left, right = (with_ends(reading, side) for side in read.sides)
    shown, values = replace(read, left=left, right=right), dict[Node, Node]()
    left, right = (with_values(reading.judge.scope, side, values) for side in (left, right))
    read = replace(read, left=left, right=right)
    names = unexplained(reading.judge.scope, left, right)
    beside = {n.name for side in read.sides for n in walk(side) if isinstance(n, Call) and n.name in names}
    beside = {name for name in beside if is_alone(read, name)}
    if beside:
        left, right = (multiplied(side, sorted(beside)) for side in read.sides)  # w(w^2) beside w is a product
        read = replace(read, left=left, right=right)
    shown = shown if values else read
    left, right = (with_members(side, names) for side in (left, right))
    read = replace(read, left=left, right=right)
    names = unexplained(reading.judge.scope, left, right)
    both = Bin("=", left, right)
    found = places(reading.judge.scope, both, names)
    if not (names or found.called) or len(names) > MAX_NAMES or reading.freed >= MAX_TRIED or left == right:
        return None
    if any(before_bracket(read, name) for name in names if name not in beside and not is_alone(read, name)):
        return None  # f(x + 1): a product or a value; n(n - 1)! is a product
    reading.freed += 1
    matrices = of_matrices(reading.judge.scope, both)
    sizes = [Sym(d) for d in reading.judge.worlds[0].sizes] if matrices else []
    without_value, as_matrices = False, None
    for size in tries(names, found, [SIZE, *sizes], numbers=not matrices):
        if without_value and size is not None:
            continue  # of matrices of another size it has none either
        judgement, entries = with_letters(reading, read, names, found, size)
        if judgement.verdict is Verdict.FAILS and values:
            return None  # f(-x) may be f(x)
        if judgement.verdict in (Verdict.IDENTITY, Verdict.ALGEBRA, Verdict.FAILS):
            return Freed(shown, read, judgement, frozenset({*names, *found.called}), entries, found, size, as_matrices)
        as_matrices = judgement.verdict
        without_value = judgement.verdict is Verdict.UNPARSED and size is not None
        if judgement.verdict is not Verdict.ILL_TYPED and not without_value:
            return None  # but a capital without value as a matrix may be a number: `\sin A`
    behind = behind_matrices(reading.judge.scope, both, names) - found.columns
    found = replace(found, columns=found.columns | behind)
    for size in sizes if behind else ():
        judgement, entries = with_letters(reading, read, names, found, size)
        if judgement.verdict in TRUE:
            return Freed(shown, read, judgement, frozenset(names), entries, found, size, as_matrices)
    return None


def behind_matrices(scope: Scope, both: Node, names: Sequence[str]) -> frozenset[str]:
    """The small letters among them that stand right behind a matrix or a transpose in a product, as columns do."""
    products = (n for n in walk(both) if isinstance(n, Bin) and n.op == "*" and isinstance(n.right, Sym | Sub))
    found = {n.right.name for n in products if isinstance(n.right, Sym | Sub) and is_before_column(scope, n.left)}
    return frozenset(n for n in found if n in names and is_small(n))


def is_before_column(scope: Scope, node: Node) -> bool:
    """Whether it is a matrix, or ends with what is transposed."""
    last = node.right if isinstance(node, Bin) and node.op == "*" else node
    return scope.shape(node) in (MATRIX, ROW) or (isinstance(last, Un) and last.op == "T")


def unexplained(scope: Scope, *sides: Node) -> tuple[str, ...]:
    """Names that mean nothing; `x_1` too, where x is a number, and the weights `\\pi_k`."""
    weights = [
        n.name
        for side in sides
        for n in walk(side)
        if isinstance(n, Sub) and n.index and base_name(n) == "\\pi" and not scope.resolve(n.name)
    ]
    weights = weights if scope.family("\\pi") is None else []
    return tuple(dict.fromkeys([*unbound_names(scope, *sides), *indexed_numbers(scope, *sides), *weights]))


def with_members(node: Node, names: Sequence[str], running: frozenset[str] = frozenset()) -> Node:
    """The tree with members of one index for those of several of which a sum runs over one: of `T_{k,i}` under a sum over i
    the k only tells which list it is."""
    if isinstance(node, Big):
        running |= set(node.index)
    if isinstance(node, Sym) and node.name in names and (label := _LABEL.fullmatch(node.name)) and label[2] in running:
        base = f"{label[1]}[]"  # x^(i) under a sum over i
        return Sub(Sym(base), f"{base}_{label[2]}", (Sym(label[2]),))
    if isinstance(node, Sub) and node.name in names and node.index is not None and len(node.index) > 1:
        runs = [i for i in node.index if isinstance(i, Sym) and i.name in running]
        if len(runs) == 1:
            rest = ",".join("" if i is runs[0] else pretty(i) for i in node.index)
            base = f"{node.name.partition('_')[0]}[{rest}]".replace("_", "").replace("^", "|")  # no power of a T
            return Sub(Sym(base), f"{base}_{runs[0].name}", (runs[0],))
        return node
    parts = children(node)
    return rebuilt(node, [with_members(part, names, running) for part in parts]) if parts else node


def is_alone(read: Read, name: str) -> bool:
    """Whether a letter stands somewhere without a bracket behind it."""
    sides = read.statement.sides if read.statement else ()
    pairs = [(t, nxt) for side in sides for t, nxt in zip(side, (*side[1:], None), strict=True)]
    return any(t.kind == "id" and t.text == name and (nxt is None or nxt.text != "(") for t, nxt in pairs)


def multiplied(node: Node, names: Sequence[str]) -> Node:
    """The tree with a product for every call of one of these names."""
    if isinstance(node, Call) and node.name in names and len(node.args) == 1:
        return Bin("*", Sym(node.name), multiplied(node.args[0], names))
    parts = children(node)
    return rebuilt(node, [multiplied(part, names) for part in parts]) if parts else node


def computes(reading: Reading, read: Read, names: set[str]) -> bool:
    """Whether its chain was true so far for all values of the same letters: it rewrites, and solves for nothing."""
    before = next((r for r in reversed(reading.relations) if r.end <= read.end and r is not read), None)
    if before is None or before.chain != read.chain or before.right != read.left or before.left is None:
        return False
    if not all(names & set(names_in(side)) for side in read.sides):
        return False  # = 0
    known = {*names_in(before.left), *names_in(read.sides[0])}
    new = (
        set(names_in(read.sides[1])) - known
    )  # a size of the problem, or a number of its own: what it is may be said there
    told = any(isinstance(reading.judge.scope.entries.get(name), Dimension | Drawn) for name in new)
    return before.judgement.rule == "free_letters" and before.judgement.verdict in TRUE and names <= known and not told


def before_bracket(read: Read, name: str) -> bool:
    """Whether a letter stands right before a bracket that was not read as its argument."""
    letter = name.split("_")[0].split("^")[0].split(" ")[-1]
    for side in read.statement.sides if read.statement else ():
        for at, token in enumerate(side[:-1]):
            if token.kind == "id" and token.text.split(" ")[-1] == letter and side[at + 1].text == "(":
                return side[at + 1].glued
    return False


def of_matrices(scope: Scope, both: Node) -> bool:
    """Whether something in it is done to matrices alone, or a known matrix stands in it."""
    nodes = list(walk(both))
    labelled = {
        id(n.base) for n in nodes if isinstance(n, Sub) and n.index is None
    }  # the I of I_{wheel} is no identity
    for n in nodes:
        if id(n) in labelled:
            continue
        if isinstance(n, Un) and n.op in ("T", "'", "pinv"):
            return True
        if isinstance(n, Call) and n.name in _OF_MATRICES:
            return True
        if isinstance(n, Sym | Sub) and scope.shape(n) == MATRIX:
            return True
    return False


def with_letters(
    reading: Reading, read: Read, names: Sequence[str], found: Places, size: Node | None
) -> tuple[Judgement, dict[str, Entry]]:
    """The verdict with values for the letters, and what they were; with positive ones where others give none."""
    judgement, entries = Judgement(Verdict.UNBOUND), dict[str, Entry]()
    for kinds in (frozenset[str](), frozenset({"positive"})):
        entries = {name: smooth(k) for k, name in enumerate(sorted(found.called))}
        for name in names:
            entries |= entry(name, found, size, kinds | said_of(reading, read, name))
        entries |= in_binomials(Bin("=", *read.sides), names, found)
        with reading.judge.trying(entries):
            judgement = reading.judge.equation(*read.sides)
        if judgement.verdict is not Verdict.UNPARSED:
            break
    return judgement, entries


def said_of(reading: Reading, read: Read, name: str) -> frozenset[str]:
    """Properties of a square matrix that the words of its part give to a name, where the relation is not said of others too."""
    if behind := said_behind(reading, read, name):
        return behind
    kinds, place = reading.plainly.get(name, (frozenset[str](), 0))
    elsewhere = reading.outline.part_end(place) <= read.start
    return frozenset() if elsewhere or OF_OTHERS.search(f"{read.words} {reading.after}") else kinds & OF_SQUARES
