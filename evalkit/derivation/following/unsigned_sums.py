r"""Indices that are summed over without a sign: `\operatorname{tr}(AB) = A_{ij}B_{ji}`, `b_i\delta_{ij} = b_j`.

An index that stands twice in a product, and on the other side not at all, says nothing that could be true but for a sum
over it: what holds with the sum is true, and in dispute where the text has a sign for a sum over this letter. So it is with
`s = a_i b_i`, which gives a name the sum. Of indices that stand twice on both sides it is true in a text that sums so. What
holds neither way is judged as it is written, and in a text that has two such sums and more as it is meant.
Where an index stands in a product more often, or inside of a function (`L = -y_i \log p_i`), a sum is in dispute at best.
Not covered: members of families of columns that are added without a product, sums inside a power.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Big, Bin, Call, Grad, Node, Sub, Sym, Un, children, rebuilt, walk
from evalkit.derivation.problem.entries import defined
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement, Verdict
from evalkit.derivation.worlds.indices import loose_indices
from evalkit.derivation.worlds.scope import Entry

MAX_TRIED = 60
"""Relations of one reply that are tried."""
TWICE, OFTEN = 2, 100
"""How often an index stands that is summed over; what counts for more often than can be summed."""
MAX_INDICES = 4
HABIT = 2
"""Relations that hold so, from which on others are false where they do not."""
_SIGN = r"(?:\\sum|∑|\bΣ)(?:\s|\\limits|\\nolimits)*_\s*(?:\{{[^{{}}]*?)?(?<![A-Za-z\\]){}(?![A-Za-z])"
SUMMED = "an index that stands twice may be summed over"


def unsigned_sum(reading: Reading, read: Read) -> Read | None:
    """Holds where indices that stand twice in a product, and not on the other side, are summed over without a sign."""
    if read.left is None or read.right is None or reading.unsigned >= MAX_TRIED:
        return None
    made = names_for_sums(reading, read)
    one, other = (indices_of(reading, side) for side in read.sides)
    if not one | other and not made:
        return None
    reading.unsigned += 1
    habit = sum(r.judgement.rule == unsigned_sum.__name__ and r.judgement.verdict in TRUE for r in reading.relations)
    sides = summed(read.sides[0], one - other), summed(read.sides[1], other - one)
    if sides != read.sides or made:
        found = judged_with(reading, sides, made)
        if found.verdict in TRUE:
            if has_sign(reading.document.text, one ^ other):
                return read.decided(Verdict.DISPUTED, SUMMED)
            return replace(read, judgement=replace(found, reason="summed over what stands twice"))
        if found.verdict is Verdict.FAILS and habit >= HABIT and is_complete(reading, sides):
            return replace(read, left=sides[0], right=sides[1], judgement=found)
    return in_every_term(reading, read, one & other, habit) or around_functions(reading, read, made)


def in_every_term(reading: Reading, read: Read, both: frozenset[str], habit: int) -> Read | None:
    """The same of indices that stand twice on both sides: true where the text sums so, else perhaps."""
    sides = summed(read.sides[0], both), summed(read.sides[1], both)
    if any(a == b for a, b in zip(sides, read.sides, strict=True)) or not is_complete(reading, sides):
        return None
    found = judged_with(reading, sides, {})
    if found.verdict not in TRUE:
        return None
    if not habit or has_sign(reading.document.text, both):
        return read.decided(Verdict.DISPUTED, SUMMED)
    return replace(read, judgement=replace(found, reason="summed over what stands twice"))


def around_functions(reading: Reading, read: Read, made: Mapping[str, Entry]) -> Read | None:
    """Would hold with sums around whole terms, functions in them included."""
    one, other = (indices_of(reading, side) for side in read.sides)
    sides = around_terms(read.sides[0], one - other), around_terms(read.sides[1], other - one)
    if read.judgement.verdict not in FALSE or sides == read.sides:
        return None
    return read.decided(Verdict.DISPUTED, SUMMED) if judged_with(reading, sides, made).verdict in TRUE else None


def is_complete(reading: Reading, sides: tuple[Node, Node]) -> bool:
    """Whether both sides have the same free indices."""
    return indices_of(reading, sides[0]) == indices_of(reading, sides[1])


def judged_with(reading: Reading, sides: tuple[Node, Node], made: Mapping[str, Entry]) -> Judgement:
    """The verdict of the worlds, with sums for what these names mean."""
    with reading.judge.trying(made):
        return reading.judge.equation(*sides)


def indices_of(reading: Reading, node: Node) -> frozenset[str]:
    return frozenset(loose_indices(reading.judge.general, node, {})[:MAX_INDICES])


def names_for_sums(reading: Reading, read: Read) -> dict[str, Entry]:
    """Names on which the relation rests that the reply gave a product with an index that stands twice, with its sum."""
    names = reading.judge.general.depends(Bin("=", *read.sides)) & reading.sums.keys()
    known = {name: reading.sums[name] for name in names}
    return {name: whole for name, (plain, whole) in known.items() if reading.judge.own.get(name) == plain}


def note_sums(reading: Reading, left: Sym | Sub, right: Node, entries: Mapping[str, Entry]) -> None:
    """Keep what a new name means where an index that stands twice in its product is summed over."""
    here = frozenset(i.name for i in left.index or () if isinstance(i, Sym)) if isinstance(left, Sub) else frozenset()
    whole = summed(right, indices_of(reading, right) - here)
    if whole == right or indices_of(reading, whole) - here:
        return
    for name, entry in defined(left, whole, reading.judge.scope, "reply").items():
        if name in entries:
            reading.sums[name] = entries[name], entry


def summed(node: Node, letters: frozenset[str]) -> Node:
    """The tree with a sum around every term in which one of these indices stands twice, as a factor or in two."""
    if not letters or isinstance(node, Sub | Grad):
        return over(node, letters)
    if isinstance(node, Bin) and node.op in "+-":
        return Bin(node.op, summed(node.left, letters), summed(node.right, letters))
    if isinstance(node, Un) and node.op == "-":
        return Un("-", summed(node.x, letters))
    whole = over(node, letters)
    if whole is not node:
        return whole
    parts = children(node)
    if not parts or isinstance(node, Big):
        return node
    seen = [counted(part) for part in parts]
    new = []
    for at, part in enumerate(parts):
        beside = Counter[str]()
        for k, count in enumerate(seen):
            beside += count if k != at else Counter()
        new.append(summed(part, frozenset(i for i in letters if not beside[i])))
    return rebuilt(node, new)


def over(node: Node, letters: frozenset[str]) -> Node:
    """The sum of a term over those of these indices that stand in it twice."""
    seen = counted(node)
    for letter in sorted((i for i in letters if seen[i] == TWICE), reverse=True):
        node = Big("sum", node, (letter,), None, None)
    return node


def counted(node: Node) -> Counter[str]:
    """How often indices stand in a product."""
    match node:
        case Sub(base, _, index) if index is not None:
            inner = Counter(i.name for i in index if isinstance(i, Sym))
            return inner if isinstance(base, Sym | Sub) else inner + counted(base)
        case Bin("*" | "dot", a, b):
            return counted(a) + counted(b)
        case Bin("/", a, b):
            return counted(a) + often(b)
        case Bin("+" | "-", a, b):
            one, other = counted(a), counted(b)
            return Counter({i: one[i] if one[i] == other[i] else OFTEN for i in one | other})
        case Un("-" | "T", x):
            return counted(x)
        case Grad(f, by, 1):
            return counted(f) + counted(by)
        case Call() | Bin() | Big() | Un():
            return often(node)
    return often(node)


def often(node: Node) -> Counter[str]:
    """The same for what no sum goes through."""
    return Counter(
        {i.name: OFTEN for n in walk(node) if isinstance(n, Sub) for i in n.index or () if isinstance(i, Sym)}
    )


def around_terms(node: Node, letters: frozenset[str]) -> Node:
    """The tree with a sum around every term over those of these indices that stand in it twice or more, wherever."""
    if isinstance(node, Bin) and node.op in "+-":
        return Bin(node.op, around_terms(node.left, letters), around_terms(node.right, letters))
    if isinstance(node, Un) and node.op == "-":
        return Un("-", around_terms(node.x, letters))
    seen = Counter(i.name for n in walk(node) if isinstance(n, Sub) for i in n.index or () if isinstance(i, Sym))
    for letter in sorted((i for i in letters if seen[i] >= TWICE), reverse=True):
        node = Big("sum", node, (letter,), None, None)
    return node


def has_sign(text: str, letters: frozenset[str]) -> bool:
    """Whether a text has a sign for a sum over one of these."""
    return any(re.search(_SIGN.format(re.escape(letter)), text) for letter in letters)
