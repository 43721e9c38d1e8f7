"""An equation that fails, and holds for the values that the reply gives to the letters in it: it is solved there, or a value is put in.

`2(k - 1) = k, so k = 2`; "With a = -1: a + b = -1 + b". Looked at when all of the reply has been read.
Not covered: values in words ("setting a to -1"), values of matrices, several solutions of one system.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.beside import sentence_of
from evalkit.derivation.following.grounds import Grounds, headed
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.worked import is_worked_out
from evalkit.derivation.grammar.nodes import Bin, Call, Num, Sym, substitute_index
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.scope import Defined, Dimension, Drawn, names_in
from evalkit.derivation.worlds.values import Trouble

RULE = "solved"
VALUE = re.compile(
    r"(?<![\w}\\^_])(?<!_\{)(?:[$*(]|\\\(){0,4}([A-Za-z]|\\[a-z]+)[*_$]{0,2}\s*=\s*\$?\s*(-?\d{1,6}(?:\.\d{1,6})?)"
    r"(?![.,]?\d|[A-Za-z]|\s+[A-Za-z](?![A-Za-z])|\s*[-+*/^(]\s*[\w\\(]"
    r"|\s*\\(?!implies|[LR]\w*arrow|q?quad|text|mbox|[^A-Za-z]))"
)
"""`a = -1`, `$k = 2$`, `*b* = 3`, where nothing goes on with the number."""
FACTOR = re.compile(r"(?:[\d)}\]+\-*/^_⋅·×]|(?<![A-Za-z])[A-Za-z]|\\(?:cdot|times))\s*$")
"""What stands before a letter that is a factor or a term, and not alone."""
BEFORE = 12
"""How many characters are looked at for that."""
SENTENCE = 60
"""How far behind an equation its solution in sizes stands."""
NEAR = 1000
"""How far away a value may be given."""
MAX_VALUES = 3
"""How many names of one equation may be given values."""
MAX_TRIES = 40
"""How many equations of one reply are tried with values."""

CONDITION = re.compile(r"\b(?:conditions?|solv\w+|equal\w*)\b", re.I)


def dispute_the_solved(reading: Reading) -> None:
    """Dispute equations that fail and hold with the numbers that the text near them gives to names in them."""
    given = [*values_in(reading.document.text), *values_read(reading)]
    tries = 0
    for at, read in enumerate(reading.relations):
        if read.judgement.verdict is not Verdict.FAILS or read.op != "=" or read.judgement.rule.startswith("given"):
            continue
        if follows_a_size(reading, at):
            found = Judgement(Verdict.DISPUTED, reason="holds with the size that the next equation gives", rule=RULE)
            reading.relations[at] = replace(read, judgement=found)
            continue
        near = [v for v in given if abs(v[0] - read.start) <= NEAR and reading.document.section(v[0]) == read.section]
        if not near or tries >= MAX_TRIES:
            continue
        tries += 1
        if holds_with(reading, read, single(near)) and not says_of_all(reading, read):
            found = Judgement(Verdict.DISPUTED, reason="holds with the values that the reply gives there", rule=RULE)
            reading.relations[at] = replace(read, judgement=found)


def follows_a_size(reading: Reading, at: int) -> bool:
    """Whether it is an equation in sizes alone that the next one solves: `2n^2d = 4nd^2` gives `n = 2d`."""
    read, then = reading.relations[at], reading.relations[at + 1 : at + 2]
    sizes = {n for n, e in reading.setting.scope.entries.items() if isinstance(e, Dimension)}
    if not then or then[0].start - read.end > SENTENCE or not set(names_in(Bin("=", *read.sides))) <= sizes:
        return False
    match then[0].left, then[0].right:
        case Sym(name), right if name in sizes and right is not None and set(names_in(right)) <= sizes - {name}:
            return reading.judge.equation(*(substitute_index(side, name, right) for side in read.sides)).verdict in TRUE
    return False


def says_of_all(reading: Reading, read: Read) -> bool:
    """Whether it is a slip in what holds for all values: a body that a function of the problem has but for one edit, or a
    step that merely rewrites. Not behind words that make a condition of it."""
    text = reading.document.text
    if CONDITION.search(text, sentence_of(text, read.start, read.end)[0], read.start):
        return False
    grounds = Grounds(reading, list(reading.relations))
    if is_worked_out(grounds, read):
        return True
    head = headed(read) if isinstance(read.left, Call) else None
    entry = reading.setting.scope.entries.get(head or "")
    return isinstance(entry, Defined) and bool(entry.params) and bool(grounds.general_slip(read))


def values_in(text: str) -> list[tuple[int, str, float]]:
    """The numbers that a text gives to letters: (place, letter, number)."""
    found = [(m.start(), m[1], float(m[2])) for m in VALUE.finditer(text)]
    return [v for v in found if not FACTOR.search(text, max(0, v[0] - BEFORE), v[0])]


def values_read(reading: Reading) -> list[tuple[int, str, float]]:
    """The same of the relations that were read, however they are spelled: `{a} \\;=\\; \\frac{1}{2}`."""
    found = []
    for read in reading.relations:
        name = shapes.plain_name(read.left) if read.left is not None and read.op == "=" else None
        if name is None or read.right is None or not scopes.is_constant(read.right):
            continue
        try:
            value = reading.judge.general.value(read.right, {})
        except (Trouble, ArithmeticError, ValueError):
            continue
        if isinstance(value, np.ndarray) and value.size == 1 and np.isreal(value).all():
            found.append((read.start, name, float(value.real.item())))
    return found


def single(given: Sequence[tuple[int, str, float]]) -> dict[str, float]:
    """The value of every letter that has one; of one with two nothing tells which is meant."""
    numbers: dict[str, set[float]] = {}
    for _, name, value in given:
        numbers.setdefault(name, set()).add(value)
    return {name: found.pop() for name, found in numbers.items() if len(found) == 1}


def holds_with(reading: Reading, read: Read, values: dict[str, float]) -> bool:
    """Whether a relation holds when the free scalars in it have these values."""
    judge = reading.judge_of(read).branch()
    for name in values:
        judge.withdraw(name)
    entries = judge.scope.entries
    names = {*names_in(both := Bin("=", *read.sides)), *judge.general.depends(both)}
    free = [n for n in sorted(names & values.keys()) if is_scalar(entries.get(n))]
    if not 1 <= len(free) <= MAX_VALUES:
        return False
    judge.assume({n: Defined(Num(values[n]), (), None, "reply") for n in free})
    return judge.equation(*read.sides).verdict in TRUE


def is_scalar(entry: object) -> bool:
    return isinstance(entry, Drawn) and entry.shape == ()
