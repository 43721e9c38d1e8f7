"""Whether a name that has a meaning gets another one: by the words before it, a sign of definition, or a new part.

Not covered: meanings that only later relations show (readings.py).
"""

from __future__ import annotations

import numpy as np

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.closed import is_closed
from evalkit.derivation.following.numbers import is_excluded
from evalkit.derivation.following.oriented import gives_signs
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.standing import standing
from evalkit.derivation.grammar.nodes import Call, Node, Num, Sub, Sym
from evalkit.derivation.text import prose
from evalkit.derivation.text.roles import Role
from evalkit.derivation.verdicts.verdict import TRUE
from evalkit.derivation.worlds.entries import PLACE
from evalkit.derivation.worlds.scope import Alias, Defined, Drawn, Entry, Factor, Family
from evalkit.derivation.worlds.values import Trouble
from evalkit.derivation.worlds.world import GENERIC


def name_of(node: Node) -> str | None:
    """The name that a node is, or that of the function that it calls."""
    return node.name if isinstance(node, Call) else shapes.plain_name(node)


def is_given_anew(reading: Reading, read: Read, name: str) -> bool:
    """`for the loss L = ...`: something of the reply's own is given a meaning where the part has ended that gave it one."""
    own = isinstance(reading.judge.own.get(name), Defined) and is_closed(reading, read, name)
    named = own and is_head(read) and standing(reading, read) is Role.NAMED
    return named and read.right is not None and not isinstance(read.right, Num | Sym | Sub)


def is_head(read: Read) -> bool:
    """Whether it is the first relation of its chain."""
    return read.statement is not None and read.statement.sides[0][0].start == read.start


def redefines(
    reading: Reading, left: Node, right: Node, found: tuple[str, Entry], words: str | None, explicit: bool
) -> bool:
    """Whether a known name gets another meaning here. words: those before it, None where it stands on the right."""
    key, entry = found
    if isinstance(left, Call) and isinstance(entry, Defined) and entry.params == PLACE:
        return words is not None  # it says which function it is
    if isinstance(left, Call) and not explicit:
        return False
    if isinstance(entry, Factor) and entry.part == 1 and shapes.value_family(key, right):
        return False  # it names the diagonal
    if gives_signs(reading, left, right):
        return False  # it tells which of its vectors it means
    name = name_of(left)
    named = reading.judge.scope.entries.get(name or "")
    alias = isinstance(named, Alias) and name not in reading.judge.own  # the reply may need this spelling otherwise
    alias = alias and not is_scalar_of_problem(reading, found)  # but not for the loss, which it is asked about
    told = explicit or (words is not None and introduces(reading, found, words))
    if not (told or (alias and not scopes.is_constant(right))):
        return False  # `so t = 1 would be the only root` gives a value, and no meaning
    own = isinstance(entry, Drawn) and entry.source == "reply" and explicit
    own = own or (isinstance(named, Alias) and name in reading.judge.own)  # `let q = x ... now let q = 2x`
    if not (alias or own or isinstance(entry, Defined | Factor | Family)):
        return False
    if isinstance(entry, Defined) and entry.source == "world":
        return False
    letter = reading.judge.scope_of(GENERIC).entries.get(key)
    if key in reading.judge.assumed and isinstance(letter, Drawn) and is_excluded(reading, letter, right):
        return False  # another value of a letter of the problem
    return reading.judge.equation(left, right).verdict not in TRUE


def introduces(reading: Reading, found: tuple[str, Entry], words: str) -> bool:
    """The words before a known name give it a meaning; they do not recall one or conclude."""
    cue = prose.STRONG_DEFINE if is_scalar_of_problem(reading, found) else prose.DEFINE
    if not cue.search(words) or not prose.defines(words):
        return False
    if prose.WORKS_OUT.search(words):
        return False
    return not prose.RECALL.search(words) and not prose.CONCLUDE.search(words)


def is_scalar_of_problem(reading: Reading, found: tuple[str, Entry]) -> bool:
    """A number that the problem defines, the loss above all: "with ..., the loss is" states it and gives no new one."""
    name, entry = found
    if not isinstance(entry, Defined) or entry.source != "problem":
        return False
    try:
        value = reading.judge.general.lookup(name, {})
    except (Trouble, ArithmeticError, np.linalg.LinAlgError):
        return False
    return isinstance(value, np.ndarray) and value.size == 1
