r"""Doubts by the words that tell two things apart which have one letter: `Left action: $z = AB$. Right action: $z = BA$`.

Every public function that takes grounds and a relation is a doubt (doubts.py). Not covered: things that stand in two
paragraphs; `Train: ... Test: ...`, labels without a word in common.
"""

from __future__ import annotations

import re

from evalkit.derivation.following.grounds import Grounds, headed
from evalkit.derivation.following.reading import Read
from evalkit.derivation.grammar.nodes import Num, Sub, Sym, walk

LABEL = re.compile(
    r"(?:^|[.;!?\n]\s*|[*_]{2})(?:[-*+]\s+)?(?:For\s+the\s+)?(?P<label>[A-Za-z]+(?:[ -][A-Za-z0-9]+){1,2})\s*(?:[*_]{0,2}[:,]?[*_]{0,2})"
    r"\s*(?:[$({]|\\[(\[])*\s*\Z"
)
STEPS = frozenset(
    {"step", "line", "form", "expression", "version", "way", "attempt", "stage", "equation", "part", "row"}
)
"""What is counted here says one thing again."""
COUNTS = re.compile(r"\d+|first|second|third|last|next|final|new|old|simplified", re.I)
PLURAL = re.compile(r"\bare(?:\s+(?:the|given\s+by))?[\s:]*(?:[$({]|\\[(\[])*\s*\Z", re.I)
AND = re.compile(r"(?:[\s$)}\](\[{,]|\\[()\[\]])*\b(?:and|or)\b(?:[\s$)}\](\[{]|\\[()\[\]])*")
NEAR = 80


def labelled_apart(grounds: Grounds, read: Read) -> str:
    """Gives a name another value than another label in its paragraph: `Sample 1: $m = x$. Sample 2: $m = y$`."""
    name, label = headed(read), label_of(grounds, read)
    if name is None or not label:
        return ""
    outline = grounds.reading.outline
    for other in grounds.readable:
        if other is read or headed(other) != name or other.chain == read.chain:
            continue
        first, then = sorted((other.start, read.start))
        if outline.block_end(first) > then and are_apart(label, label_of(grounds, other)):
            return f"{name}: of another thing under another label"
    return ""


def label_of(grounds: Grounds, read: Read) -> list[str]:
    """The words between the beginning of its sentence and a relation, where these are a few words alone."""
    found = LABEL.search(grounds.reading.document.text[max(0, read.start - NEAR) : read.start])
    return found["label"].lower().replace("-", " ").split() if found else []


def are_apart(one: list[str], other: list[str]) -> bool:
    """Whether two labels differ in one word, and are no steps that are counted; `one` stands for any noun."""
    pairs = [(a, b) for a, b in zip(one, other, strict=False) if a != b and "one" not in (a, b)]
    if len(one) != len(other) or len(pairs) != 1:
        return False
    return not (STEPS & {*one, *other} and all(COUNTS.fullmatch(word) for word in pairs[0]))


def both_at_once(grounds: Grounds, read: Read) -> str:
    """Gives a name one of two values that it is said to have both: `the limits are $b = x - y$ and $b = x + y$`."""
    name, text = headed(read), grounds.reading.document.text
    for other in grounds.readable if name else ():
        if other is read or headed(other) != name:
            continue
        one, two = (read, other) if read.start < other.start else (other, read)
        if AND.fullmatch(text, one.end, two.start) and PLURAL.search(text[max(0, one.start - NEAR) : one.start]):
            return f"{name}: one of two values"
    return ""


def number_named_I(grounds: Grounds, read: Read) -> str:
    r"""Has an `I_1` that the text gives a value: the name of an integral, and no matrix."""
    known = grounds.reading.setting.scope.entries
    found = {
        n for side in read.sides for n in walk(side) if isinstance(n, Sub) and is_numbered_I(n) and n.name not in known
    }
    given = next((n for r in grounds.readable for n in found if r.sides[0] == n), None)
    return f"{given.name}: a name, and no matrix" if given is not None else ""


def is_numbered_I(node: Sub) -> bool:
    index = node.index or ()
    return (
        isinstance(node.base, Sym) and node.base.name == "I" and bool(index) and all(isinstance(i, Num) for i in index)
    )
