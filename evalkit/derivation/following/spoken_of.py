"""Doubts about what a sentence speaks of and does not claim: a function that it names with its rule, a number in brackets, and a value by a size
that the worlds do not have.

Not covered: functions that a whole clause names, and sizes that only words give.
"""

from __future__ import annotations

import re

from evalkit.derivation.following import scopes
from evalkit.derivation.following.another_task import OBJECT, REACH
from evalkit.derivation.following.grounds import Grounds, headed
from evalkit.derivation.following.reading import Read
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Sub, Sym, children, is_zero, rebuilt, walk
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.scope import Defined, Dimension

AT_ZERO = re.compile(r"[A-Za-z}]\s*(?:\\left)?[(\[]\s*0\s*(?:\\right)?[)\]]")


def named_function(grounds: Grounds, read: Read) -> str:
    """Names a function with its rule (`the series of f(x) = x`), where the reply gave that letter another before."""
    name, call = headed(read), read.left
    if not isinstance(call, Call) or call.name != name or read.judgement.verdict is not Verdict.FAILS:
        return ""
    entry = grounds.judge(read).scope.entries.get(call.name)
    if not isinstance(entry, Defined) or entry.source != "reply" or not all(isinstance(a, Sym) for a in call.args):
        return ""
    before = grounds.reading.document.text[max(0, read.start - REACH) : read.start]
    return f"{name}: another function of that name is spoken of" if OBJECT.search(before) else ""


def value_or_product(grounds: Grounds, read: Read) -> str:
    """Is true where a number in brackets behind a quantity is a factor, `m(3) = 6k` of m = 2k, and not where m is taken there."""
    calls = [n for side in read.sides for n in walk(side) if isinstance(n, Call) and len(n.args) == 1]
    if not any(is_quantity_at_number(grounds, read, n) for n in calls):
        return ""
    sides = [with_products(grounds, read, side) for side in read.sides]
    held = grounds.judge(read).equation(*sides).verdict in TRUE
    return "a number in brackets may be a factor" if held else ""


def value_at_zero(grounds: Grounds, read: Read) -> str:
    """Has a letter with a nought in brackets, `m(0) = 1` or `y[0]`: what is no function has its value there, and no product."""
    if not AT_ZERO.search(grounds.reading.document.text, read.start, read.end):
        return ""
    products = (n for side in read.sides for n in walk(side) if isinstance(n, Bin) and n.op == "*" and is_zero(n.right))
    return "a value at 0, and no product" if any(isinstance(n.left, Sym | Sub) for n in products) else ""


def is_quantity_at_number(grounds: Grounds, read: Read, call: Call) -> bool:
    entry = grounds.judge(read).scope.entries.get(call.name)
    return isinstance(entry, Defined) and not entry.params and scopes.is_constant(call.args[0])


def with_products(grounds: Grounds, read: Read, node: Node) -> Node:
    """The tree with a product for every quantity at a number."""
    if isinstance(node, Call) and len(node.args) == 1 and is_quantity_at_number(grounds, read, node):
        return Bin("*", Sym(node.name), node.args[0])
    parts = children(node)
    return rebuilt(node, [with_products(grounds, read, part) for part in parts]) if parts else node


def sized_elsewhere(grounds: Grounds, read: Read) -> str:
    """Sets an expression in sizes equal to a number, and no single value that the reply gives them makes it wrong.

    The worlds draw their own sizes, so that it fails in them whatever it says."""
    left, right = read.sides
    names, entries = grounds.names(read), grounds.judge(read).scope.entries
    sizes = {n for n in names if isinstance(entries.get(n), Dimension)}
    if not sizes or sizes != set(names) or not any(map(scopes.is_constant, read.sides)):
        return ""
    given: dict[str, Node] = {}
    twice, sized = False, False
    for other in grounds.readable:
        said, value = other.sides
        if isinstance(said, Sym) and said.name in sizes and isinstance(value, Num):
            twice |= given.get(said.name, value) != value
            if other.start < read.start:  # the last one counts
                given[said.name] = value
                sized = other.judgement.verdict is Verdict.ASSUMPTION  # the worlds of its part have it
    if len(given) < len(sizes):
        drawn, here = (
            [[w.sizes.get(n) for n in sizes] for w in j.worlds] for j in (grounds.reading.judge, grounds.judge(read))
        )
        if drawn != here:
            return ""  # an example has these sizes
        return f"a condition on the size {min(sizes)}"
    if twice and not sized:
        return f"{min(sizes)}: is given several values"
    held = grounds.judge(read).equation(with_values(left, given), with_values(right, given)).verdict in TRUE
    return f"{min(sizes)}: an example before gave it this value" if held else ""


def with_values(node: Node, given: dict[str, Node]) -> Node:
    """A tree with numbers for the letters that have some."""
    if isinstance(node, Sym):
        return given.get(node.name, node)
    parts = children(node)
    return rebuilt(node, [with_values(part, given) for part in parts]) if parts else node
