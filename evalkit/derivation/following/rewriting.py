r"""What follows from one condition by putting the one of its sides for the other: `Sw = \lambda w`, so `w^\top Sw = \lambda w^\top w`.

A condition is looked for as it is written, as factors side by side, or with all of it turned (`w^\top S` for the transpose of
`Sw`); a multiple of a condition (`2Sw - 2\lambda w = 0`, so `Sw = \lambda w`) follows as well. What both sides then say must be an
identity, whatever the letters mean. The only solution of a condition follows from it, too (only_solutions.py). Not covered: conditions on entries, two conditions at once, factors that are cancelled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from evalkit.derivation.following.bounded import meanings
from evalkit.derivation.following.givens import is_value
from evalkit.derivation.following.only_solutions import is_only_solution
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.standing import standing
from evalkit.derivation.grammar.nodes import (
    Big,
    Bin,
    Call,
    Diff,
    Grad,
    Node,
    Num,
    Sub,
    Sym,
    Un,
    children,
    is_zero,
    rebuilt,
    summands,
    walk,
)
from evalkit.derivation.grammar.stream import MATRIX
from evalkit.derivation.text.roles import Role
from evalkit.derivation.verdicts.bounds import factors
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.solutions import Effort
from evalkit.derivation.verdicts.verdict import Verdict
from evalkit.derivation.worlds.scope import Defined, names_in
from evalkit.derivation.worlds.values import Trouble, matched
from evalkit.derivation.worlds.world import GENERIC

MAX_TRIES, COST = 12, 60
"""Equations that are compared for one relation, and the steps for which each of them counts."""
SAME = 1e-8
OF_CHANGE = frozenset({"E", "Var", "Cov", "lim", "at", "between"})
GENERAL = frozenset({Verdict.IDENTITY, Verdict.ALGEBRA})
Pair = tuple[Node, Node]


def rewritten_by(reading: Reading, read: Read, condition: Read, effort: Effort) -> bool:
    """Whether an equation says what a condition does, or becomes an identity when one side of the condition is put for the other."""
    if is_value(read) or is_value(condition) or any(is_bound(n) for side in read.sides for n in walk(side)):
        return False
    given = standing(reading, condition) in (Role.SUPPOSED, Role.GIVEN)
    if condition.judgement.verdict is Verdict.UNBOUND and not given:
        return False  # in letters that nothing explains: it may be wrong itself
    judge = reading.judge_of(read).branch()
    judge.forget()
    judge.undefine({n for r in reading.relations if r.start >= read.start for n in r.introduces} & judge.own.keys())
    entries = next(meanings(reading, Bin("=", Bin("=", *read.sides), Bin("=", *condition.sides))), None)
    if entries is None:
        return False
    with judge.trying(entries):
        if is_multiple(judge, read.sides, condition.sides) or is_only_solution(judge, read.sides, condition.sides):
            return True
        for tried, new in enumerate(rewritings(judge, read.sides, condition.sides)):
            if tried >= MAX_TRIES or effort.left <= 0:
                return False
            effort.left -= COST
            if judge.equation(*new).verdict in GENERAL:
                return True
    return False


def is_bound(node: Node) -> bool:
    """Whether it says how something changes, or adds it up over values: what holds in one place may not be put for it there."""
    return (
        isinstance(node, Grad | Diff)
        or (isinstance(node, Big) and node.kind == "int")
        or (isinstance(node, Call) and (node.name in OF_CHANGE or node.name.endswith("'")))
    )


def is_multiple(judge: Judge, claim: Pair, condition: Pair) -> bool:
    """Whether what the claim lacks is a multiple of what the condition lacks: of numbers always the same one."""
    found, lacking = [], []
    for env in judge.envs(GENERIC):
        try:
            env.begin()
            with np.errstate(all="ignore"):
                a, b = (np.subtract(*matched(*(env.value(side, {}) for side in pair))) for pair in (claim, condition))
        except (Trouble, ArithmeticError, ValueError, RecursionError, np.linalg.LinAlgError):
            return False
        if a.shape != b.shape or np.iscomplexobj(a) or np.iscomplexobj(b) or not np.isfinite([a, b]).all():
            return False
        size = float((b * b).sum())
        share = float((a * b).sum()) / size if size > 0 else 0.0
        if abs(share) <= SAME or not np.allclose(a, share * b, rtol=SAME, atol=SAME * float(np.abs(a).max())):
            return False
        found.append((share, a.size))
        lacking.append(size)
    if not found or np.ptp(lacking) <= SAME * max(lacking):
        return False  # the same numbers in every world
    return min(entries for _, entries in found) > 1 or bool(np.ptp([share for share, _ in found]) <= SAME)


def rewritings(judge: Judge, claim: Pair, condition: Pair) -> Iterator[Pair]:
    """The claim with one side of the condition for the other, on its left, on its right and on both."""
    shown = tuple(spelled_out(judge, side) for side in claim)
    for wanted, given in patterns(*condition):
        if is_zero(given) and not is_vanishing(claim):
            continue  # of a sum of which a term vanishes, the sign of that term shows nothing
        for left, right in dict.fromkeys((claim, (shown[0], shown[1]))):
            new = replaced(left, wanted, given), replaced(right, wanted, given)
            for pair in dict.fromkeys(((new[0], right), (left, new[1]), new)):
                if pair != (left, right):
                    yield pair


def is_vanishing(claim: Pair) -> bool:
    """Whether one product is said to be 0."""
    return any(is_zero(a) and len(summands(b)) == 1 for a, b in (claim, claim[::-1]))


def patterns(left: Node, right: Node) -> Iterator[tuple[tuple[Node, ...], Node]]:
    """What the condition gives, as factors, and what may stand for it."""
    pairs = [(left, right), (right, left)]
    if is_zero(right) and isinstance(left, Bin) and left.op == "-":
        pairs = [(left.left, left.right), (left.right, left.left), *pairs]
    for wanted, given in pairs:
        if not names_in(wanted):
            continue
        for form, value in ((wanted, given), *lengths(wanted, given)):
            parts = tuple(factors(form))
            numbers = [f for f in parts if isinstance(f, Num)]
            parts = tuple(f for f in parts if not isinstance(f, Num))
            for number in numbers:
                value = value if is_zero(value) else Bin("/", value, number)
            if len(parts) == 1 and isinstance(parts[0], Sym | Sub) and not names_in(value):
                continue  # a number: where it is 0 or 1, any power would do
            yield parts, value
            if len(parts) > 1:
                yield tuple(factors(Un("T", product(parts)))), value if is_zero(value) else Un("T", value)


def lengths(wanted: Node, given: Node) -> Iterator[Pair]:
    r"""Of a condition on a length that on the product, and the other way round: `\|w\| = 1` and `w^\top w = 1`."""
    match wanted:
        case Call("norm" | "norm_2" | "norm_F", (x,)) | Bin("^", Call("norm" | "norm_2" | "norm_F", (x,)), _) if (
            is_zero(given)
        ):
            yield x, given
        case Call("norm" | "norm_2", (x,)):
            yield Bin("*", Un("T", x), x), given if given == Num(1) else Bin("^", given, Num(2))
        case Bin("^", Call("norm" | "norm_2", (x,)), Num(2)):
            yield Bin("*", Un("T", x), x), given
        case Bin("*", Un("T", x), y) if x == y:
            yield Bin("^", Call("norm", (x,)), Num(2)), given


def product(parts: Sequence[Node]) -> Node:
    out = parts[0]
    for part in parts[1:]:
        out = Bin("*", out, part)
    return out


def replaced(node: Node, wanted: tuple[Node, ...], given: Node) -> Node:
    """The tree with what is given for the factors that are wanted, wherever they stand side by side."""
    if len(wanted) == 1 and node == wanted[0]:
        return given
    parts = list(factors(node))
    if len(parts) > 1:
        out: list[Node] = []
        while parts:
            if tuple(parts[: len(wanted)]) == wanted:
                out.append(given)
                parts = parts[len(wanted) :]
            else:
                out.append(replaced(parts.pop(0), wanted, given))
        return product(out)
    inner = children(node)
    if not inner or isinstance(node, Sub):
        return node
    return rebuilt(node, [replaced(part, wanted, given) for part in inner])


def spelled_out(judge: Judge, node: Node) -> Node:
    """The tree with what the reply's own names of products stand for, and products for squares of matrices."""
    if isinstance(node, Sym):
        entry = judge.own.get(node.name)
        made = isinstance(entry, Defined) and not entry.params and not entry.index and isinstance(entry.body, Bin)
        return entry.body if made and isinstance(entry, Defined) and len(list(factors(entry.body))) > 1 else node
    inner = children(node)
    if isinstance(node, Bin) and node.op == "^" and node.right == Num(2) and judge.scope.shape(node.left) == MATRIX:
        base = spelled_out(judge, node.left)
        return Bin("*", base, base)
    return rebuilt(node, [spelled_out(judge, part) for part in inner]) if inner and not isinstance(node, Sub) else node
