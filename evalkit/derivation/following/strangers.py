"""Doubts by what speaks for a relation that fails: that what it says was read rightly, and that it claims anything.

An error is one step among others that are true, about names of which other things are true. Where a name has nothing true
to its credit, or a chain is right around a side, our reading is the more likely fault; and what stands alone between free
letters, without a word that claims it, is more likely a condition. Most of these yield to a slip (verdicts/nearness.py).

Every public function that takes grounds and a relation is a doubt (doubts.py). Not covered: replies of a few relations,
which can confirm nothing.
"""

from __future__ import annotations

import re

from evalkit.derivation.following.confirmed import is_another
from evalkit.derivation.following.gradients import marks
from evalkit.derivation.following.grounds import Grounds, headed
from evalkit.derivation.following.reading import Read
from evalkit.derivation.following.scopes import is_constant
from evalkit.derivation.following.shapes import plain_name
from evalkit.derivation.grammar.nodes import (
    Block,
    Grad,
    Node,
    Sub,
    Sym,
    Un,
    children,
    has_derivative,
    is_zero,
    rebuilt,
    walk,
)
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.grammar.stream import COLUMN
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from evalkit.derivation.worlds.operations import POWER_OF_COLUMN
from evalkit.derivation.worlds.scope import Defined, Drawn, Factor, Family

FOR_WHICH = re.compile(
    r"(?:[\s$&.,;(\[]|\\(?:q?quad|text|mbox|textrm|[,;!\[\]() ])\s*\{?)*(?:for|if|when|whenever|where|with)\b"
)
"""What follows an inequality that holds of some values alone."""
FEW = 5
"""Other relations that a reply must have before one of its names is a stranger in it, or what stands alone no answer."""


def stranger(grounds: Grounds, read: Read) -> str:
    """Has a name of which nothing is true but by mere algebra, and does not speak of what the problem asks about."""
    others = [r for r in grounds.readable if r.chain != read.chain]
    names = grounds.names(read)
    if len(others) < FEW or any(map(grounds.is_asked, names)) or is_worked_step(grounds, read):
        return ""
    entries = grounds.judge(read).scope.entries
    for name in sorted(names):
        entry = entries.get(name)
        if not isinstance(entry, Defined | Factor | Family | Drawn) or grounds.confirmed(read, name):
            continue
        if is_given_matrix(entry) and grounds.is_used(read, name):
            continue  # all that is true of it is algebra
        if rewrites_numbers(grounds, read) or (
            grounds.slip(read) and (grounds.slip_in_meaning(read) or not fails_again(grounds, read, name))
        ):
            continue
        return f"{name}: nothing that is true tells that it was read rightly"
    return ""


def is_worked_step(grounds: Grounds, read: Read) -> bool:
    """Whether another step of its chain is true, and not by algebra alone."""
    chain = (r for r in grounds.readable if r.chain == read.chain and r is not read)
    return any(r.judgement.verdict in TRUE and r.judgement.verdict is not Verdict.ALGEBRA for r in chain)


def is_given_matrix(entry: object) -> bool:
    """Whether it is a matrix or column in numbers, which is no value that another example would have."""
    if not isinstance(entry, Defined) or not is_constant(entry.body):
        return False
    return any(isinstance(n, Block) for n in (entry.body, *children(entry.body)))


def rewrites_numbers(grounds: Grounds, read: Read) -> bool:
    """Whether it rewrites an expression in free numbers, and is one edit from what holds for all of them: what they mean
    does not matter."""
    letters, others = (grounds.free(read, side) for side in read.sides)
    entries = grounds.judge(read).scope.entries
    numbers = all(isinstance(e := entries.get(n), Drawn) and e.shape == () for n in letters)
    alone = grounds.names(read) <= letters and letters == others and plain_name(read.sides[0]) is None
    return numbers and alone and bool(grounds.general_slip(read))


def fails_again(grounds: Grounds, read: Read, name: str) -> bool:
    """Whether something else with this name fails elsewhere, and nothing speaks for it either."""
    others = (r for r in grounds.left if r.judgement.verdict in FALSE and r.op in EQUAL and is_another(read, r))
    return any(name in grounds.names(other) for other in others if other.left is not None and other.right is not None)


def on_its_own(grounds: Grounds, read: Read) -> str:
    """Stands in no chain, is not claimed in words, and compares free letters of which the problem asks nothing."""
    if read.judgement.verdict is not Verdict.FAILS or grounds.is_claimed(read):
        return ""
    others = [r for r in grounds.readable if r is not read]
    if len(others) < FEW or any(r.chain == read.chain for r in others):
        return ""
    free = {name for side in read.sides for name in grounds.free(read, side)} - grounds.data(read)
    if not free or any(map(grounds.is_asked, grounds.names(read))):
        return ""  # of what is given, it says something
    entry = grounds.judge(read).scope.entries.get(headed(read) or "")
    if isinstance(entry, Defined) and entry.source == "problem":
        return ""  # what the problem defines is said to be something else
    if read.judgement.rule == "transform":
        return ""  # of what it is the transform is written there
    slope = isinstance(entry, Defined) and has_derivative(entry.body) and bool(marks(grounds.judge(read).scope))
    if (slope or any(isinstance(side, Grad) for side in read.sides)) and not any(map(is_zero, read.sides)):
        return ""  # what a derivative is, is worked out
    return "stands alone, and may be a condition"


def open_bound(grounds: Grounds, read: Read) -> str:
    """Is an inequality between free letters that no word claims, in a chain with nothing else."""
    if read.judgement.verdict is not Verdict.FAILS or read.left is None or read.right is None:
        return ""
    if read.judgement.rule.startswith("given"):
        return ""  # somebody said what it is
    if FOR_WHICH.match(grounds.reading.document.text, read.end):
        return "said of some values alone"
    others = [r for r in grounds.readable if r is not read]
    if len(others) < FEW or grounds.is_claimed(read) or any(r.chain == read.chain for r in others):
        return ""
    return "stands alone, and may be a condition" if any(grounds.free(read, side) for side in read.sides) else ""


def without_shape(grounds: Grounds, read: Read) -> str:
    """Has no shape, and what it says in another order or transposed is not true either: it was misread."""
    if read.judgement.verdict is not Verdict.ILL_TYPED or len([r for r in grounds.readable if r is not read]) < FEW:
        return ""
    return "its shapes do not fit as it was read"


def layout_of_a_slope(grounds: Grounds, read: Read) -> str:
    """Has derivatives or powers of columns that may be meant as rows, entry by entry, in another layout, or as a sketch.

    No shape, with a derivative by a name of the reply's own or a power of a column; or it holds with its Jacobians transposed."""
    if read.judgement.verdict is Verdict.FAILS and with_turned_jacobians(grounds, read):
        return "its derivatives may be meant in another layout"
    if read.judgement.verdict is not Verdict.ILL_TYPED:
        return ""
    if read.judgement.reason == POWER_OF_COLUMN and any(has_derivative(side) for side in read.sides):
        return "a power of a column may be meant entry by entry"
    by = {n.by.name for side in read.sides for n in walk(side) if isinstance(n, Grad) and isinstance(n.by, Sym | Sub)}
    entries = grounds.judge(read).scope.entries
    own = any(isinstance(entry := entries.get(n), Defined) and entry.source == "reply" for n in by)
    if not own or (grounds.slip(read) and not fits_turned(grounds, read)):
        return ""
    return "its derivatives may be meant in another layout"


def fits_turned(grounds: Grounds, read: Read) -> bool:
    """Whether it has a shape where all derivatives are the transposes of ours, or a whole side is."""
    judge, (left, right) = grounds.judge(read), read.sides

    def turned(node: Node) -> Node:
        if isinstance(node, Grad):
            return Un("T", node)
        parts = children(node)
        return rebuilt(node, [turned(part) for part in parts]) if parts and not isinstance(node, Sub) else node

    ways = ((turned(left), turned(right)), (left, Un("T", right)))
    return any(judge.equation(*sides).verdict is not Verdict.ILL_TYPED for sides in ways)


def with_turned_jacobians(grounds: Grounds, read: Read) -> bool:
    r"""Whether it holds in the layout where `\partial v/\partial x` is the transpose of ours, and nothing else that is true holds
    in ours alone."""
    judge = grounds.judge(read)

    def turned(node: Node) -> Node:
        if isinstance(node, Grad) and node.order == 1:
            return Un("T", node) if judge.scope.shape(node.f) == judge.scope.shape(node.by) == COLUMN else node
        parts = children(node)
        return rebuilt(node, [turned(part) for part in parts]) if parts and not isinstance(node, Sub) else node

    def holds(other: Read) -> bool:
        return judge.equation(*map(turned, other.sides)).verdict in TRUE

    if tuple(map(turned, read.sides)) == read.sides or not holds(read):
        return False
    others = [r for r, _ in grounds.true if tuple(map(turned, r.sides)) != r.sides][:FEW]
    return all(map(holds, others))


def right_around(grounds: Grounds, read: Read) -> str:
    """Is a link of a chain whose sides around it agree, and not in mere numbers: the one between was misread."""
    if not any(grounds.free(read, side) for side in read.sides):
        return ""
    chain = [r for r in grounds.readable if r.chain == read.chain]
    at = next((i for i, r in enumerate(chain) if r is read), None)
    if at is None or len(chain) < 2 or read.op != "=" or any(r.op != "=" for r in chain):
        return ""
    judge = grounds.judge(read)
    around = [(chain[0], chain[-1]), (chain[max(at - 1, 0)], read), (read, chain[min(at + 1, len(chain) - 1)])]
    for first, last in around:
        if first is not last and judge.computed(first.sides[0], last.sides[1]).verdict in TRUE:
            return "the chain is right around it"
    return ""


def turned_sign(grounds: Grounds, read: Read) -> str:
    """Is true with the other sign of a multiplier or the like, and so is something else that fails: a convention."""
    if read.judgement.verdict is not Verdict.FAILS:
        return ""
    failing = [r for r in grounds.readable if r.judgement.verdict is Verdict.FAILS and is_another(read, r)]
    for name in sorted(grounds.names(read)):
        if not isinstance(grounds.judge(read).scope.entries.get(name), Drawn) or not is_set(grounds, name):
            continue
        also = [r for r in failing if name in grounds.names(r)][:3]
        if also and holds_turned(grounds, read, name) and any(holds_turned(grounds, r, name) for r in also):
            return f"{name}: its sign may be meant the other way round"
    return ""


def is_set(grounds: Grounds, name: str) -> bool:
    """Whether a special world gives it a value."""
    return any(name in special.overlay for special in grounds.reading.setting.specials)


def holds_turned(grounds: Grounds, read: Read, name: str) -> bool:
    """Whether it is true with the other sign of a letter."""
    left, right = (turned(side, name) for side in read.sides)
    return grounds.judge(read).equation(left, right).verdict in TRUE


def turned(node: Node, name: str) -> Node:
    """The tree with `-name` in place of a name."""
    if node == Sym(name):
        return Un("-", node)
    return rebuilt(node, [turned(n, name) for n in children(node)])
