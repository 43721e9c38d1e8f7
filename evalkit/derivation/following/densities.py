r"""`E[g(X)] = \int g(x) f(x)\,dx` and `E[g(X)] = \sum_k g(k) P(X = k)`: an expectation by a density or by probabilities.

True where the integrand is g times a function that the text or the problem gave and that integrates to 1 there, or one of which
nothing is known; nothing is false by it. Not covered: densities written out of which nothing else is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from evalkit.derivation.following.laws import density_of, law_for
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Big, Bin, Call, Node, Num, Sub, Sym, children, rebuilt, walk
from evalkit.derivation.verdicts.verdict import Verdict
from evalkit.derivation.worlds.entries import Defined, Drawn

MAX_DENSITIES = 4
HEADS = ("f", "p", "g", "q", "h", "\\pi", "\\rho")
"""Letters of densities."""


def is_mean_by_density(reading: Reading, read: Read, equal: Callable[[Node, Node], bool]) -> bool:
    """Whether it says what an expectation is by a density. equal: whether two expressions are so for all values."""
    left, right = read.sides
    if not isinstance(left, Call) or len(left.args) != 1 or not isinstance(right, Big):
        return False
    if left.name != "E" and not left.name.startswith("E_"):
        return False
    if right.kind not in ("int", "sum") or len(right.index) != 1 or right.strict:
        return False
    at = Sym(right.index[0])
    for letter in sorted({n.name for n in walk(left.args[0]) if isinstance(n, Sym | Sub) and n.name}):
        value = put(left.args[0], letter, at)
        if value == left.args[0] and letter != at.name:
            continue
        own = [Call(left.name[2:], (at,))] if left.name != "E" else densities(reading, right, letter, at)
        for density in own:
            if integrates(reading, right, density) and equal(right.body, Bin("*", value, density)):
                return True
    return False


def put(node: Node, letter: str, at: Node) -> Node:
    """The tree with another letter for a random one."""
    if isinstance(node, Sym | Sub):
        return at if node.name == letter else node
    parts = children(node)
    return rebuilt(node, [put(part, letter, at) for part in parts]) if parts else node


def densities(reading: Reading, right: Big, letter: str, at: Sym) -> Iterator[Node]:
    """What may stand for the density of a letter in an integral or a sum over its values."""
    law = law_for(reading, letter)
    if law is not None and right.kind == "int" and (found := density_of(law, at)) is not None:
        yield found
    if right.kind == "sum":
        yield Sym(f"P({letter}={at.name})")
        yield Call("P", (at,))
    names = dict.fromkeys(n.name for n in walk(right.body) if isinstance(n, Call) and n.args == (at,))
    for name, entry in reading.judge.scope.entries.items():
        if isinstance(entry, Defined) and len(entry.params) == 1 and entry.index is None:
            names.setdefault(name)
    known = [n for n in names if n.partition("_")[0] in HEADS]
    yield from (Call(name, (at,)) for name in known[:MAX_DENSITIES])


def integrates(reading: Reading, right: Big, density: Node) -> bool:
    """Whether a density has the integral 1 there, or nothing is known of it."""
    if isinstance(density, Sym | Call) and reading.judge.scope.find(density.name) is None:
        return True
    whole = Big(right.kind, density, right.index, right.low, right.high)
    entries = {n: Drawn((), frozenset({"positive"}), None, "reply") for n in right.index}
    with reading.judge.trying({} if right.low is not None else entries):
        return reading.judge.equation(whole, Num(1)).verdict in (Verdict.IDENTITY, Verdict.ALGEBRA)
