r"""Other ways to write moments: `V(X)` and `D(X)` for the variance, `EX`, and `E[E[X \mid Y]]`, which is `E[X]`.

A letter is read so only where the relation has another moment, nothing explains it, and the relation is true by it. Not covered:
what is known under a condition leaves a mean of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from evalkit.derivation.grammar.calling import names_event
from evalkit.derivation.grammar.lexer import tokenize
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Sub, Sym, Unreadable, children, rebuilt
from evalkit.derivation.grammar.parser import parse
from evalkit.derivation.grammar.pretty import pretty
from evalkit.derivation.grammar.stream import NoNames

VARIANCE, MEAN = frozenset({"V", "D", "\\mathbb V"}), "E"


def in_full(node: Node, known: frozenset[str]) -> Node:
    """The tree with `E[X]` for `EX` and `Var(X)` for `V(X)`. known: letters that mean something else."""
    if isinstance(node, Bin) and node.op == "*":
        return product(factors(node), known)
    if isinstance(node, Call) and node.name in VARIANCE - known and len(node.args) == 1:
        return Call("Var", (in_full(node.args[0], known),))
    parts = children(node)
    return rebuilt(node, [in_full(part, known) for part in parts]) if parts else node


def factors(node: Node) -> list[Node]:
    """The factors of a product, in their order."""
    return [*factors(node.left), node.right] if isinstance(node, Bin) and node.op == "*" else [node]


def product(found: list[Node], known: frozenset[str]) -> Node:
    """A product in which a letter of a moment takes the factor behind it."""
    out: list[Node] = []
    rest = [in_full(f, known) if not isinstance(f, Sym) else f for f in found]
    while rest:
        first = rest.pop(0)
        power = first.right if isinstance(first, Bin) and first.op == "^" and first.left == Sym(MEAN) else None
        name = MEAN if power is not None else first.name if isinstance(first, Sym) else ""
        if rest and name in (VARIANCE | {MEAN}) - known:
            moment: Node = Call("Var" if name in VARIANCE else "E", (rest.pop(0),))
            out.append(moment if power is None else Bin("^", moment, power))
        else:
            out.append(first)
    node = out[0]
    for factor in out[1:]:
        node = Bin("*", node, factor)
    return node


def totalled(node: Node, given: Mapping[str, Node]) -> Node:
    """The tree with `E[X]` for `E[E[X | Y]]`, `Var(X)` for `E[Var(X | Y)] + Var(E[X | Y])`, and the moments of what is given under
    a condition for those of the letter."""
    if isinstance(node, Bin) and node.op == "+" and (whole := variance_in_parts(node.left, node.right)) is not None:
        return totalled(whole, given)
    if isinstance(node, Call) and node.name in ("E", "Var") and len(node.args) == 1:
        inner = node.args[0]
        if isinstance(inner, Sym) and (value := given.get(inner.name)) is not None:
            return Call(node.name, (totalled(value, given),))
        if node.name == "E" and isinstance(inner, Sym) and (whole := unconditioned(inner.name)) is not None:
            return totalled(Call("E", (whole,)), given)
        if isinstance(inner, Sym | Sub) and (parts := [under(given, name, pretty(inner)) for name in ("E", "Var")])[0]:
            mean, variance = parts
            if node.name == "E" and mean is not None:
                return Call("E", (mean,))
            if mean is not None and variance is not None:
                return Bin("+", Call("E", (variance,)), Call("Var", (mean,)))
    parts_of = children(node)
    return rebuilt(node, [totalled(part, given) for part in parts_of]) if parts_of else node


def under(given: Mapping[str, Node], name: str, letter: str) -> Node | None:
    """The moment of a letter under a condition."""
    return next((value for key, value in given.items() if key.startswith(f"{name}({letter}|")), None)


def variance_in_parts(left: Node, right: Node) -> Node | None:
    """The variance of which these are the mean under a condition, and the variance of the mean under it."""
    for one, other in ((left, right), (right, left)):
        match one, other:
            case Call("E", (Sym(a),)), Call("Var", (Sym(b),)) if a.startswith("Var(") and b == f"E{a[3:]}":
                whole = unconditioned(b)
                return whole and Call("Var", (whole,))
    return None


def unconditioned(name: str) -> Node | None:
    """What stands before the bar of `E(X|Y)`."""
    if not names_event(name) or not name.startswith("E(") or name.count("|") != 1:
        return None
    text = name[2:-1].partition("|")[0]
    try:
        return parse(tokenize(text, 0, len(text), frozenset()), NoNames())
    except Unreadable:
        return None
