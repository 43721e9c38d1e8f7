r"""Doubts by a column of labels that has a single 1: `\partial L/\partial z_i = p_i - 1` of the entry where it is.

Every public function that takes grounds and a relation is a doubt (doubts.py). Not covered: several columns of labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from evalkit.derivation.following.grounds import Grounds
from evalkit.derivation.following.reading import Read
from evalkit.derivation.following.reasons import columns
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Sub, Sym, walk
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.indices import loose_indices
from evalkit.derivation.worlds.scope import Drawn

ONE_HOT = re.compile(r"\bone[- ]?hot\b|\bindicator vector\b", re.I)
OF_A_CLASS = re.compile(
    r"\b(?:true|correct|right|target|actual|labell?ed|ground[- ]truth|hot)\s+(?:class|label|entry|category|index|one)\b",
    re.I,
)
REACH = 600
"""How many characters back a class may be named."""


def of_one_entry(grounds: Grounds, read: Read) -> str:
    """Holds for the entry where a column of labels has its 1, or for the others, and the text speaks of such a column."""
    text = grounds.reading.document.text
    if read.judgement.verdict is not Verdict.FAILS:
        return ""
    if not (
        ONE_HOT.search(text)
        or OF_A_CLASS.search(text, max(0, read.start - REACH), read.start)
        or case_of_one(grounds, read)
    ):
        return ""
    left, right = read.sides
    for name, entry in labels(grounds, read):
        judge = grounds.judge(read).branch()
        judge.assume({name: replace(entry, kinds=entry.kinds | {"onehot"})})
        judge.limits.unequal.clear()  # else nothing is left to be compared beside a factor that is 0 there
        for factor in factors(grounds, read, name):
            if judge.equation(Bin("*", factor, left), Bin("*", factor, right)).verdict in TRUE:
                return f"{name}: holds for some of its entries if it has a single 1"
    return ""


def case_of_one(grounds: Grounds, read: Read) -> bool:
    """Whether two indices were said to be equal before it in its section: `when i = k`."""
    before = (r for r in grounds.relations if r.end <= read.start and r.section == read.section and r.op == "=")
    return any(
        isinstance(side := r.left, Sym) and isinstance(r.right, Sym) and len(side.name) == len(r.right.name) == 1
        for r in before
    )


def labels(grounds: Grounds, read: Read) -> Iterator[tuple[str, Drawn]]:
    """The columns that stand beside a logarithm where the problem sums them up: `-\\sum y_k \\log p_k`."""
    bodies = (getattr(e, "body", None) for e in grounds.reading.setting.scope.entries.values())
    products = [n for b in bodies if b is not None for n in walk(b) if isinstance(n, Bin) and n.op == "*"]
    beside = {
        side.base
        for n in products
        for side, other in ((n.left, n.right), (n.right, n.left))
        if isinstance(side, Sub) and any(isinstance(c, Call) and c.name in ("log", "ln") for c in walk(other))
    }
    yield from ((name, entry) for name, entry in columns(grounds, read) if Sym(name) in beside)


def factors(grounds: Grounds, read: Read, name: str) -> Iterator[Node]:
    """1, and what is 0 but for one entry, or for that entry alone."""
    yield Num(1)
    loose: list[Node] = [Sym(i) for i in loose_indices(grounds.judge(read).general, Bin("=", *read.sides), {})]
    numbers = {
        i for side in read.sides for n in walk(side) if isinstance(n, Sub) for i in n.index or () if isinstance(i, Num)
    }
    for index in (loose or sorted(numbers, key=str))[:1]:
        shown = index.name if isinstance(index, Sym) else f"{index.value:g}" if isinstance(index, Num) else ""
        entry = Sub(Sym(name), f"{name}_{shown}", (index,))
        yield entry
        if loose and not all(name in grounds.judge(read).general.depends(side) for side in read.sides):
            yield Bin("-", Num(1), entry)  # a 0 was put in for it on one side
