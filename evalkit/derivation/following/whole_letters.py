r"""`\gcd(2k, 25k) = k \gcd(2, 25)`: letters in a greatest common divisor or a remainder are whole numbers.

What fails of a real number, or could not be computed, is tried with whole positive ones. It is true where it holds of all that are
tried; what fails of them stays as it was, since `\gcd(a, b) = 1` may be a condition.
Not covered: letters that the text or the problem gives a value.
"""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following import scopes
from evalkit.derivation.following.numbers import number_in
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.ways import each, nodes_of
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Sym, Un
from evalkit.derivation.verdicts.verdict import Judgement, Verdict
from evalkit.derivation.worlds.draw import generator
from evalkit.derivation.worlds.scope import BUILT_IN, Defined, Drawn

MAX_LETTERS, TRIED, LARGEST = 4, 16, 60
DIVISORS = frozenset({"gcd", "lcm"})
_KNOWN = DIVISORS | {"binom"}


def of_whole_letters(reading: Reading, read: Read) -> Read | None:
    """Holds for whole numbers, of which alone there are divisors and remainders."""
    if read.left is None or read.right is None:
        return None
    nodes = nodes_of(read)
    if not any(takes_whole(n) for n in nodes) or not all(
        isinstance(n, Num | Sym | Bin | Un) or (isinstance(n, Call) and n.name in _KNOWN) for n in nodes
    ):
        return None
    letters = sorted({n.name for n in nodes if isinstance(n, Sym)})
    if not 1 <= len(letters) <= MAX_LETTERS or not all(is_open(reading, name) for name in letters):
        return None
    draws = generator("whole letters").integers(1, LARGEST, (TRIED, len(letters)))
    for draw in draws:
        values = dict(zip(letters, draw, strict=True))

        def put(node: Node, values: dict[str, int] = values) -> Node:
            return Num(float(values[node.name])) if isinstance(node, Sym) else node

        found = [number_in(reading.judge.general, side) for side in each(read, put)]
        if found[0] is None or found[0] != found[1]:
            return None
    return replace(read, judgement=Judgement(Verdict.ALGEBRA, reason="of whole numbers"))


def takes_whole(node: Node) -> bool:
    """Whether it is a divisor or a remainder, with letters in it or not."""
    return (isinstance(node, Call) and node.name in DIVISORS) or (isinstance(node, Bin) and node.op == "mod")


def is_open(reading: Reading, name: str) -> bool:
    """Whether a letter has no value: nothing is known of it, it is any number, or the text solved for it (`a = 2k`)."""
    found = reading.judge.scope.find(name)
    if found is None or name in BUILT_IN:
        return name not in BUILT_IN
    match found[1]:
        case Drawn(shape=()):
            return True
        case Defined(body, (), _, "reply"):
            return not scopes.is_constant(body)
    return False
