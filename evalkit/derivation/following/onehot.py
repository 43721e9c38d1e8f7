"""A column with a single 1: `y_c = 1` says which entry that is, and what is said of the true class holds for that entry.

Not covered: several such columns, and a class that no letter names.
"""

from __future__ import annotations

import re
from dataclasses import replace

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Big, Bin, Node, Num, Sub, Sym, is_zero, walk
from evalkit.derivation.text import prose
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.indices import loose_indices
from evalkit.derivation.worlds.scope import Defined, Drawn

REACH = 300
ONLY_SOMETIMES = re.compile(r"\W*(?:if|when|where|whenever|iff|only|exactly|for|precisely|and 0|or 0|otherwise)\b", re.I)


def place_of_one(reading: Reading, read: Read) -> Read | None:
    """Says where the 1 of a column stands, or that its other entries are 0."""
    left, right = read.sides
    name = column(reading)
    index = entry_of(name, left)
    if name is None or index is None or index.name not in loose_indices(reading.judge.general, left, {}):
        return None
    if is_zero(right):
        return read.decided(Verdict.ASSUMPTION, "the other entries of a column with a single 1")
    if right != Num(1):
        return None
    if ONLY_SOMETIMES.match(reading.after) or runs(reading, index.name):
        return read.decided(Verdict.ASSUMPTION, "the entry that is 1")
    other = "j" if index.name != "j" else "i"
    place = Big("sum", Bin("*", Sym(other), Sub(Sym(name), f"{name}_{other}", (Sym(other),))), (other,), None, None)
    reading.judge.define({index.name: Defined(place, (), None, "reply")})
    return replace(read.decided(Verdict.DEFINITION, "the place of the 1"), introduces=frozenset({index.name}))


def of_the_class(reading: Reading, read: Read) -> Read | None:
    """Holds where the column has its 1, or where it has not, and is said of that entry."""
    left, right = read.sides
    name, both = column(reading), Bin("=", left, right)
    loose = loose_indices(reading.judge.general, both, {}) if name is not None else []
    if name is None or len(loose) != 1:
        return None
    index = loose[0]
    entry: Node = Sub(Sym(name), f"{name}_{index}", (Sym(index),))
    said = sentence(reading, read)
    for factor, words in ((entry, named_as_class(index)), (Bin("-", Num(1), entry), apart(index))):
        if not words.search(said):
            continue
        judgement = reading.judge.equation(Bin("*", factor, left), Bin("*", factor, right))
        if judgement.verdict in TRUE:
            return replace(read, judgement=Judgement(Verdict.HOLDS, world=f"one entry of {name}"))
    return None


def column(reading: Reading) -> str | None:
    """The column with a single 1, where the problem has one, and it means that here."""
    names = [n for n, e in reading.setting.scope.entries.items() if isinstance(e, Drawn) and "onehot" in e.kinds]
    if len(names) != 1 or reading.judge.scope.entries.get(names[0]) != reading.setting.scope.entries[names[0]]:
        return None
    return names[0]


def entry_of(name: str | None, node: Node) -> Sym | None:
    """The index of an entry of the column."""
    if not isinstance(node, Sub) or node.base != Sym(name or "") or node.index is None or len(node.index) != 1:
        return None
    return node.index[0] if isinstance(node.index[0], Sym) else None


def runs(reading: Reading, index: str) -> bool:
    """Whether the reply has used a letter for any entry, or in a sum."""
    for read in reading.relations:
        if read.left is None or read.right is None:
            continue
        both = Bin("=", read.left, read.right)
        if index in loose_indices(reading.judge.general, both, {}):
            return True
        if any(isinstance(n, Big) and index in n.index for n in walk(both)):
            return True
    return False


def sentence(reading: Reading, read: Read) -> str:
    """The text from the beginning of the relation's sentence to the end of its own mathematics, and a few words more."""
    text = reading.document.text
    low = max(0, read.start - REACH)
    start = max((m.end() for m in prose.STOP.finditer(text, low, read.start)), default=low)
    end = prose.SENTENCE_END.search(text, read.end)
    return text[start : min(end.start() if end else len(text), read.end + REACH)]


def named_as_class(index: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:class|label|target|category)\b\W{{0,8}}{re.escape(index)}(?![\w])", re.I)


def apart(index: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\\\w]){re.escape(index)}\s*(?:\\neq?(?![a-zA-Z])|≠|\\not\s*=)")
