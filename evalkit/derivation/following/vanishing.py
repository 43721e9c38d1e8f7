r"""What holds only because conditions make a term of it vanish: the sign of that term does not matter, and nothing is shown.

`x_i - m = (x_i - \mu) + (m - \mu)` holds where `\mu = m`, as it does with a minus. Not covered: factors that become one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import EITHER, Bin, Node, Sym, walk
from evalkit.derivation.verdicts.verdict import TRUE, Verdict

MAX_TURNED = 3
"""Terms whose sign is tried."""


def vanishing_term(reading: Reading, read: Read) -> Read | None:
    """Holds under an assumption that makes one of its terms vanish: of the equation that shows nothing."""
    judge = reading.judge_of(read)
    if any(judge.equation(*sides).verdict in TRUE for sides in turned(read)):
        return read.decided(Verdict.DISPUTED, "holds only where a term of it vanishes")
    return None


def turned(read: Read) -> list[tuple[Node, Node]]:
    """Both sides, with the sign of one term turned."""
    left, right = read.sides
    found = [(other, right) for other in turns(left)] + [(left, other) for other in turns(right)]
    return found[:MAX_TURNED]


def turns(node: Node) -> Iterator[Node]:
    """A sum with the sign of one of its terms turned, the last one first."""
    if isinstance(node, Bin) and node.op in ("+", "-"):
        if Sym(EITHER) not in walk(node.right):  # `2 \\pm 4` has both signs
            yield replace(node, op="-" if node.op == "+" else "+")
        yield from (replace(node, left=rest) for rest in turns(node.left))
