r"""Families that a reply makes of numbered names, `\delta_t = \partial L/\partial h_t`, and of a letter that had another meaning.

Not covered: claims about every number at once (`h_t = Ah_{t-1}` where h_1 and h_2 are known).
"""

from __future__ import annotations

import re
from dataclasses import replace

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.part import OWN
from evalkit.derivation.following.reading import FAR, Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Node, Num, Sub, Sym, base_name, children, rebuilt, walk
from evalkit.derivation.text import prose
from evalkit.derivation.verdicts.verdict import Judgement, Verdict
from evalkit.derivation.worlds.scope import Defined, Entry, Family, Index, Scope, family_key
from evalkit.derivation.worlds.values import Trouble

MAX_NUMBERS = 12


def numbered(reading: Reading, read: Read) -> Read | None:
    """Gives a meaning to a name with an index, once for every number that its right side is known for."""
    left, right = read.sides
    scope = reading.judge.scope
    letter = index_of(left, scope)
    if letter is None or not isinstance(left, Sub) or scope.find(family_key(left.name)):
        return None
    entries: dict[str, Entry] = {}
    for number in numbers_of(right, letter, scope):
        name, body = at_number(left, letter, number), at_number(right, letter, number)
        if isinstance(name, Sub) and scope.find(name.name) is None and is_known(body, scope):
            entries[name.name] = Defined(body, (), None, "reply")
    if not entries:
        return None
    reading.judge.define(entries)
    return replace(
        read, judgement=Judgement(Verdict.DEFINITION, reason=f"of {', '.join(entries)}"), introduces=frozenset(entries)
    )


def index_of(node: Node, scope: Scope) -> str | None:
    """The index of `\\delta_t`, where that is a letter without a meaning of its own."""
    if not isinstance(node, Sub) or not node.name or not node.index or len(node.index) != 1:
        return None
    letter = node.index[0]
    if not isinstance(letter, Sym) or len(letter.name) != 1 or not letter.name.islower():
        return None
    found = scope.find(letter.name)
    return letter.name if found is None or isinstance(found[1], Index) else None


def numbers_of(node: Node, letter: str, scope: Scope) -> list[int]:
    """The numbers with which a name of an expression is known: 0, 1, 2 where `h_t` stands and h_0, h_1, h_2 are declared."""
    bases = {base_name(n) for n in walk(node) if isinstance(n, Sub) and n.index and Sym(letter) in n.index}
    if any(scope.find(base + "_") or scope.find(base) for base in bases):
        return []  # families and vectors have members of their own
    found = (re.fullmatch(r"(.+)_(\d{1,3})", name) for name in scope.entries)
    return sorted({int(m[2]) for m in found if m is not None and m[1] in bases})[:MAX_NUMBERS]


def at_number(node: Node, letter: str, number: int) -> Node:
    """The expression with a number for its index: `h_{t-1}` becomes `h_1`."""
    if isinstance(node, Sym):
        return Num(float(number)) if node.name == letter else node
    new = rebuilt(node, [at_number(n, letter, number) for n in children(node)])
    if isinstance(node, Sub) and isinstance(new, Sub) and new.index != node.index and new.index:
        places = [whole(i) for i in new.index]
        if all(p is not None for p in places):
            label = "".join(str(p) for p in places)
            return Sub(new.base, f"{node.name.partition('_')[0]}_{label}", tuple(Num(float(p or 0)) for p in places))
    return new


def whole(node: Node) -> int | None:
    """`2`, `3 - 1`."""
    if isinstance(node, Num) and float(node.value).is_integer():
        return int(node.value)
    if isinstance(node, Bin) and node.op in "+-" and isinstance(node.left, Num) and isinstance(node.right, Num):
        value = node.left.value + (node.right.value if node.op == "+" else -node.right.value)
        return int(value) if value.is_integer() and value >= 0 else None
    return None


def is_known(node: Node, scope: Scope) -> bool:
    """Whether every numbered name of an expression has a meaning."""
    return all(scope.find(n.name) is not None for n in walk(node) if isinstance(n, Sub) and n.index)


def spectrum_anew(reading: Reading, read: Read) -> Read | None:
    """Calls numbers by a letter that stands for vectors, and the words say whose eigenvalues or singular values they are."""
    left, right = read.sides
    scope = reading.judge.scope
    found = scope.find(family_key(left.name)) if isinstance(left, Sub) and left.name else None
    if not isinstance(left, Sub) or found is None or not isinstance(found[1], Family) or found[1].kind == "diagonal":
        return None
    words = read.words[-FAR:]
    if index_of(left, scope) is None or not (prose.EIGENVALUES.search(words) or prose.SINGULAR_VALUES.search(words)):
        return None
    if shapes.has_name(right, left.name) or not is_number(reading, right, str(index_of(left, scope))):
        return None
    part = scopes.opened(reading, OWN, "a letter of vectors for numbers")
    if part is None:
        return None
    part.end = min(part.end, reading.outline.block_end(reading.at))
    key = family_key(left.name)
    part.names[key] = right
    part.judge.define({key: Defined(right, (), index_of(left, scope), "reply")})
    return replace(read, judgement=Judgement(Verdict.DEFINITION, reason="a new meaning"), introduces=frozenset({key}))


def is_number(reading: Reading, node: Node, index: str) -> bool:
    """Whether an expression is a number, for the first value of its index."""
    try:
        value = reading.judge.general.value(node, {index: reading.judge.general.value(Num(1.0), {})})
    except (Trouble, ArithmeticError, ValueError):
        return False
    return getattr(value, "size", 0) == 1
