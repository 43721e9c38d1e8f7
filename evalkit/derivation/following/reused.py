r"""Doubts about letters that a reply uses in another way than they were read: the new value of a step (`w = w - \alpha g`),
a constant as a name (`e = \|r\| / \|x\|`), a letter that moves with another one (`dx/dp` stands somewhere, so that x is no
constant in `d(x/p)/dp`), and what is given in letters, to which the reply gave numbers.

Not covered: steps that multiply all of the old value by a matrix (`x = Ax + b` may be a fixed point), letters that move by
words alone (`treat x as a function of p`).
"""

from __future__ import annotations

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.grounds import Grounds
from evalkit.derivation.following.reading import Read
from evalkit.derivation.grammar.nodes import Bin, Grad, Node, Num, Sub, Sym, children, is_zero, summands, walk
from evalkit.derivation.grammar.stream import SCALAR
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.scope import Drawn, Scope

CONSTANTS = ("e", "\\pi")


def a_step(grounds: Grounds, read: Read) -> str:
    """Gives a name what it was, or a multiple of that, and something more: the step of a method."""
    name, terms = shapes.plain_name(read.sides[0]), summands(read.sides[1])
    if name is None or len(terms) < 2 or read.judgement.verdict is not Verdict.FAILS or name in grounds.data(read):
        return ""
    old = [term for term in terms if name in still_names(term)]
    bare = [term for term in old if shapes.plain_name(term) == name]
    if len(old) == 1 and is_multiple(old[0], name, grounds.judge(read).scope):
        return f"{name}: a step may give it a new value"
    return f"{name}: a step may give it a new value" if len(bare) == 1 and not grounds.is_claimed(read) else ""


def still_names(node: Node) -> set[str]:
    """The names in it, but for those of a slope."""
    if isinstance(node, Grad):
        return set()
    own = {node.name} if isinstance(node, Sym | Sub) else set()
    return own.union(*map(still_names, children(node)))


def is_multiple(term: Node, name: str, scope: Scope) -> bool:
    """Whether a term is the name itself, or a number times it."""
    if isinstance(term, Bin) and term.op in ("*", "dot"):
        return is_multiple(term.right, name, scope) and scope.shape(term.left) in (SCALAR, None)
    return shapes.plain_name(term) == name


def names_a_constant(grounds: Grounds, read: Read) -> str:
    r"""Gives e or \pi a value in letters: it is a name there. So is an e that is the base of no exponential, where `e = ...` stands."""
    left = shapes.plain_name(read.sides[0])
    if is_another_e(grounds, read):
        return "e: perhaps a name here"
    if left not in CONSTANTS or grounds.judge(read).scope.find(left) is not None or not grounds.names(read) - {left}:
        return ""
    return f"{left}: perhaps a name here"


def is_another_e(grounds: Grounds, read: Read) -> bool:
    euler = Sym("e")
    if grounds.judge(read).scope.find("e") is not None:
        return False
    nodes = [n for side in read.sides for n in walk(side)]
    bases = sum(isinstance(n, Bin) and n.op == "^" and n.left == euler and not isinstance(n.right, Num) for n in nodes)
    return nodes.count(euler) > bases and any(r.sides[0] == euler for r in grounds.readable)


def moves_along(grounds: Grounds, read: Read) -> str:
    """Holds a free letter still that the reply differentiates elsewhere by the same one: x in the slope of x/p beside dx/dp."""
    slopes = [n for side in read.sides for n in walk(side) if isinstance(n, Grad)]
    entries = grounds.judge(read).scope.entries if slopes else {}
    held = {(n.name, slope.by) for slope in slopes for n in walk(slope.f) if isinstance(n, Sym | Sub) and n != slope.by}
    for other in grounds.readable if held else ():
        if other.judgement.verdict in TRUE or other.chain == read.chain or any(map(is_zero, other.sides)):
            continue
        for n in (n for side in other.sides for n in walk(side) if isinstance(n, Grad)):
            name = shapes.plain_name(n.f)
            if name and (name, n.by) in held and isinstance(entries.get(name), Drawn):
                return f"{name}: moves with another letter elsewhere"
    return ""


def own_part(grounds: Grounds, read: Read) -> str:
    r"""Has an entry as a name that the reply gave a meaning before, `\Sigma_{22} = [9, 3; 3, 5]`, and that one was in doubt."""
    written = {n.name for side in read.sides for n in walk(side) if isinstance(n, Sub) and n.name}
    for other in grounds.reading.relations:  # as they are now
        name = shapes.plain_name(other.left) if other.left is not None else None
        doubted = other.start < read.start and other.judgement.verdict is Verdict.DISPUTED
        if name is not None and doubted and name in written and grounds.judge(read).scope.find(name) is None:
            return f"{name}: perhaps a part with a meaning of its own"
    return ""


def of_given_numbers(grounds: Grounds, read: Read) -> str:
    """Says in numbers what rests on something that the problem gives in letters and the reply in numbers."""
    if read.judgement.verdict is not Verdict.FAILS or not any(map(is_numeric, read.sides)):
        return ""
    given = {shapes.plain_name(r.sides[0]) for r in grounds.readable if r.judgement.rule == "example_value"}
    found = given & grounds.data(read) & (grounds.free(read, read.sides[0]) | grounds.free(read, read.sides[1]))
    return f"{min(n for n in found if n)}: the reply gives it in numbers" if found else ""


def is_numeric(side: Node) -> bool:
    """Whether it is a number, or has a factor or a term with a decimal point."""
    return scopes.is_constant(side) or any(isinstance(n, Num) and n.value % 1 for n in walk(side))
