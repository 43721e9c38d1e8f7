r"""A factor in parts with names of the reply's own: `U = [U_k\ U_r]`, `X = U_k\Sigma_kV_k^\top + U_r\Sigma_rV_r^\top`.

The first part has its size from its subscript, its declaration or the words beside it ("the first k columns"); the second is
what that leaves. A relation tells it that is true so, and has both parts; from there on the other factors have such a part, too.
Not covered: three parts and more, parts that are not named by the letter of the whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from evalkit.derivation.following.complement import leading
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Block, Call, Node, Num, Slice, Sub, Sym, is_zero, walk
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from evalkit.derivation.worlds.entries import Defined, Dimension, Drawn, Entry, Factor
from evalkit.derivation.worlds.scope import Scope, unbound_names

FIRST = re.compile(r"\b(?:first|leading|top)\s+\$?\s*(?:\\\()?\s*([A-Za-z])\b")
NEAR = 200


def parted(reading: Reading, read: Read) -> Read | None:
    """Says which two parts a matrix has: `U = (U_k \\; U_\\perp)`, `\\Lambda = diag(\\Lambda_1, \\Lambda_2)`."""
    for whole, other in (read.sides, read.sides[::-1]):
        found = parts_of(other)
        name = whole.name if isinstance(whole, Sym | Sub) else ""
        if found is None or not name or reading.judge.scope.find(name) is None:
            continue
        one, two, middle, rows = found
        size = size_of(reading, read, one)
        if size is None or any(is_the_problems(reading, n) for n in (one, two)):
            continue
        cuts = Slice(Num(1), size), Slice(Bin("+", size, Num(1)), None)
        entries: dict[str, Entry] = {}
        for part, cut in zip((one, two), cuts, strict=True):
            if reading.judge.scope.find(part.name) is None and reading.evaluates(part):
                continue  # a leading block, which is known
            index = (cut, cut) if middle else (Slice(None, None), cut)
            entries[part.name] = Defined(Sub(Sym(name), "", index), (), None, "reply")
        return told(reading, read, (whole, rows), entries)
    return None


def told(reading: Reading, read: Read, sides: Sequence[Node], entries: dict[str, Entry]) -> Read | None:
    """The relation with these meanings, which stay where it is true with them."""
    with reading.judge.trying(entries):
        judgement = reading.judge.equation(*sides)
    if not entries or judgement.verdict not in TRUE:
        return None
    reading.judge.define(entries)
    return replace(read, judgement=judgement, introduces=read.introduces | frozenset(entries))


def parts_of(node: Node) -> tuple[Sub, Sub, bool, Node] | None:
    """Two parts beside each other, or on a diagonal (True), and the matrix that they make."""
    match node:
        case Block(((Sub() as one, Sub() as two),)) | Call("tuple", (Sub() as one, Sub() as two)):
            middle, rows = False, Block(((one, two),))
        case Block(((Sub() as one, upper), (lower, Sub() as two))) if is_zero(upper) and is_zero(lower):
            middle, rows = True, Block(((one, upper), (lower, two)))
        case Call("diag" | "blkdiag", (Sub() as one, Sub() as two)):
            middle, rows = True, Block(((one, Num(0)), (Num(0), two)))
        case _:
            return None
    alike = one.base == two.base and one.name and two.name and one.name != two.name
    return (one, two, middle, rows) if alike else None


def size_of(reading: Reading, read: Read, part: Sub) -> Node | None:
    """How many columns the first part has."""
    scope = reading.judge.scope
    label = part.index[0] if part.index and len(part.index) == 1 else None
    if isinstance(label, Sym) and is_size(scope, label.name):
        return label
    found = scope.find(part.name)
    if found is not None and isinstance(found[1], Drawn) and len(found[1].shape) == 2:
        return found[1].shape[1]
    words = reading.document.text[max(read.start - NEAR, 0) : read.end + NEAR]
    named = next((m[1] for m in FIRST.finditer(words) if is_size(scope, m[1])), None)
    return Sym(named) if named is not None else None


def is_size(scope: Scope, name: str) -> bool:
    found = scope.find(name)
    return found is not None and isinstance(found[1], Dimension)


def is_the_problems(reading: Reading, node: Sub) -> bool:
    """Whether a part has a meaning that the reply did not give it."""
    found = reading.judge.scope.find(node.name)
    return found is not None and not (isinstance(found[1], Drawn | Defined) and found[1].source == "reply")


def rest(reading: Reading, read: Read) -> Read | None:
    """Has the part of a factor that its first columns leave, under a name that says so beside these, or that said so before."""
    scope = reading.judge.scope
    unknown = list(rests(scope, read.sides))
    labels = {label for _, label, _ in unknown}
    if len(labels) != 1 or not set(unbound_names(scope, *read.sides)) <= {sub.name for sub, _, _ in unknown}:
        return None
    said = [n for r in reversed(reading.relations) for n in (r.left, r.right) if n is not None]
    before = any(label in labels for _, label, _ in named_rests(reading))
    best: Read | None = None
    for thin in (True, False):
        entries: dict[str, Entry] = {}
        for sub, _, entry in unknown:
            size = leading(scope, entry, [*read.sides, *(said if before else ())])
            if size is None:
                return None
            whole = sub.base.name if isinstance(sub.base, Sym) else ""
            if not thin and entry.kind == "thin svd":
                whole = f"\\full@{whole}"
                entries[whole] = replace(entry, kind="full svd", shape=None, source="reply")
            entries[sub.name] = remaining(whole, size)
        found = told(reading, read, read.sides, entries)
        if found is not None:
            return found
        if before and best is None:
            with reading.judge.trying(entries):
                judgement = reading.judge.equation(*read.sides)
            best = replace(read, judgement=judgement) if judgement.verdict in FALSE | {Verdict.VACUOUS} else None
    return best


def remaining(whole: str, size: Node) -> Defined:
    return Defined(Sub(Sym(whole), "", (Slice(Bin("+", size, Num(1)), None),)), (), None, "reply")


def rests(scope: Scope, nodes: Iterable[Node]) -> Iterator[tuple[Sub, Node, Factor]]:
    """(name, its subscript, the factor) of names without a meaning that a factor's letter and a plain subscript make."""
    for n in (n for node in nodes for n in walk(node)):
        if not (isinstance(n, Sub) and n.name and isinstance(n.base, Sym) and n.index and len(n.index) == 1):
            continue
        label, found = n.index[0], scope.find(n.base.name)
        plain = isinstance(label, Sym) and scope.find(label.name) is None
        if plain and scope.find(n.name) is None and found is not None and isinstance(found[1], Factor):
            yield n, label, found[1]


def named_rests(reading: Reading) -> Iterator[tuple[str, Node, Defined]]:
    """(name, its subscript, its meaning) of the parts that were told so before."""
    for r in reading.relations:
        for n in (n for side in (r.left, r.right) if side is not None for n in walk(side)):
            entry = reading.judge.own.get(n.name) if isinstance(n, Sub) else None
            if not (isinstance(n, Sub) and isinstance(entry, Defined) and n.index and isinstance(entry.body, Sub)):
                continue
            cut = entry.body.index[-1] if entry.body.index else None
            if isinstance(cut, Slice) and cut.high is None and cut.low is not None:
                yield n.name, n.index[0], entry
