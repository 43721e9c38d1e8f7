r"""What is named by a square: `\sigma^2 = \frac1m\sum_i (x_i - \mu)^2` tells \sigma, and `\ell(\mu, \sigma^2) = ...` is a function of it.

A function keeps the square as its argument, so that `\ell(\mu, 2)` is its value for a variance of 2, and its derivatives by
`\sigma` and `\sigma^2` are those that they should be. Not covered: squares of other letters than \sigma, whose sign is open.
"""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following import scopes
from evalkit.derivation.following.definitions import definition
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Sub, Sym, children, rebuilt
from evalkit.derivation.verdicts.verdict import TRUE, Verdict

LETTER, SQUARE, HALF = "\\sigma", "@2", Num(0.5)


def named_by_square(reading: Reading, read: Read) -> Read | None:
    """Gives a deviation its meaning by its square, or a function of a variance."""
    left, right = read.sides
    find = reading.judge.scope.find
    root, squares = root_of(left), [r for a in left.args if (r := root_of(a))] if isinstance(left, Call) else []
    if root is not None and find(root.name) is None:
        if scopes.is_constant(right) or reading.judge.equation(left, right).verdict in TRUE:
            return None
        made = definition(reading, replace(read, left=root, right=Bin("^", right, HALF)))
    elif isinstance(left, Call) and find(left.name) is None and squares:
        args = tuple(Sym(f"{r.name}{SQUARE}") if (r := root_of(a)) else a for a in left.args)
        body = right
        for square in squares:
            body = in_squares(body, square)
        made = definition(reading, replace(read, left=Call(left.name, args), right=body))
    else:
        return None
    if made is None or made.judgement.verdict is not Verdict.DEFINITION:
        return None
    return replace(made, left=left, right=right)


def root_of(node: Node) -> Sym | Sub | None:
    r"""`\sigma` of `\sigma^2`."""
    if not isinstance(node, Bin) or node.op != "^" or node.right != Num(2) or not isinstance(node.left, Sym | Sub):
        return None
    letter = node.left.base if isinstance(node.left, Sub) else node.left
    return node.left if letter == Sym(LETTER) else None


def in_squares(node: Node, root: Sym | Sub) -> Node:
    """An expression with a letter for the square of a root, and its root for the other powers."""
    square = Sym(f"{root.name}{SQUARE}")
    if node == Bin("^", root, Num(2)):
        return square
    if node == root:
        return Bin("^", square, HALF)
    parts = children(node)
    return rebuilt(node, [in_squares(part, root) for part in parts]) if parts else node


def as_written(param: str) -> Node:
    r"""The argument that a parameter stands for: `\sigma^2`."""
    return Bin("^", Sym(param.removesuffix(SQUARE)), Num(2)) if param.endswith(SQUARE) else Sym(param)
