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
ONLY_SOMETIMES = re.compile(
    r"\W*(?:if|when|where|whenever|iff|only|exactly|for|precisely|and 0|or 0|otherwise)\b", re.I
)

FOR_CLASS = re.compile(r"\s*(?:\W\s*)?(?:for|at|if|when)\b", re.I)

ELSE = re.compile(r"\b(?:else|otherwise)\b", re.I)


def place_of_one(reading: Reading, read: Read) -> Read | None:
    """Says where the 1 of a column stands, or that its other entries are 0."""
    left, right = read.sides
    name = column(reading)
    index = entry_of(name, left)
    if name is not None and index is None:
        return of_a_new_letter(reading, read, name)
    if name is None or index is None or index.name not in loose_indices(reading.judge.general, left, {}):
        return None
    if is_zero(right):
        return read.decided(Verdict.ASSUMPTION, "the other entries of a column with a single 1")
    if right != Num(1):
        return None
    if ONLY_SOMETIMES.match(reading.after) or runs(reading, index.name, read.start):
        return read.decided(Verdict.ASSUMPTION, "the entry that is 1")
    reading.judge.define({index.name: place_in(name, index.name)})
    return replace(read.decided(Verdict.DEFINITION, "the place of the 1"), introduces=frozenset({index.name}))


def place_in(name: str, index: str) -> Defined:
    """The place of the 1 of a column."""
    other = "j" if index != "j" else "i"
    place = Big("sum", Bin("*", Sym(other), Sub(Sym(name), f"{name}_{other}", (Sym(other),))), (other,), None, None)
    return Defined(place, (), None, "reply")


def of_a_new_letter(reading: Reading, read: Read, name: str) -> Read | None:
    r"""`J = -\log p_o` of a J that the problem defines with a one-hot column: true for the place of the 1 alone, which o is then."""
    left, right = read.sides
    entry = reading.judge.scope.entries.get(left.name) if isinstance(left, Sym) else None
    if not isinstance(entry, Defined) or entry.source != "problem" or entry.params or entry.index:
        return None
    loose = loose_indices(reading.judge.general, Bin("=", left, right), {})
    if len(loose) != 1 or runs(reading, letter := next(iter(loose)), read.start):
        return None
    at: Node = Sub(Sym(name), f"{name}_{letter}", (Sym(letter),))
    if reading.judge.equation(Bin("*", at, left), Bin("*", at, right)).verdict not in TRUE:
        return None
    if reading.judge.equation(left, right).verdict in TRUE:
        return None  # of every entry
    reading.judge.define({letter: place_in(name, letter)})
    found = replace(read, judgement=Judgement(Verdict.HOLDS, world=f"one entry of {name}"))
    return replace(found, introduces=frozenset({letter}))


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
    named = bool(named_as_class(index).search(said))
    here = named and is_class(reading, index)
    elsewhere = any(is_class(reading, m[1] or m[2]) for m in apart(index).finditer(said))
    open_ = (not here and (named and bool(FOR_CLASS.match(said)))) or (elsewhere and bool(ELSE.search(said)))
    for factor, told in ((entry, here), (Bin("-", Num(1), entry), elsewhere)):
        if not (told or open_):
            continue
        if reading.judge.equation(Bin("*", factor, left), Bin("*", factor, right)).verdict in TRUE:
            if told:
                return replace(read, judgement=Judgement(Verdict.HOLDS, world=f"one entry of {name}"))
            return read.decided(Verdict.DISPUTED, f"holds for some entries of {name}, of which the sentence speaks")
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


def is_class(reading: Reading, letter: str) -> bool:
    """Whether a letter is the place of the 1: by `y_c = 1`, or called the class before it was used for any entry."""
    entry = reading.judge.own.get(letter)
    if isinstance(entry, Defined) and isinstance(entry.body, Big):
        return True
    found = named_as_class(letter).search(reading.document.text)
    return found is not None and not runs(reading, letter, found.start())


def runs(reading: Reading, index: str, before: int) -> bool:
    """Whether the reply has used a letter for any entry, or in a sum."""
    for read in reading.relations:
        if read.left is None or read.right is None or read.start >= before:
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
    """`k \\ne c`, `c \\ne k`, but under no sum: with the other letter."""
    sign = r"\s*(?:\\neq?(?![a-zA-Z])|≠|\\not\s*=)\s*"
    letter = re.escape(index)
    return re.compile(rf"(?<![\\\w{{_])(?:{letter}{sign}([a-z])(?!\w)|([a-z]){sign}{letter}(?!\w))")
