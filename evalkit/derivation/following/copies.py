r"""`\operatorname{Var}(y) = n\operatorname{Var}(w)\operatorname{Var}(x)` of `y = \sum_{i=1}^n w_i x_i`: moments of sums over lists of random numbers.

The members of the lists are independent where the text before says so, alike where it says that, and of mean 0 where it says
that. An expression is then a polynomial in them, whose mean is a number for any moments that they may have; what holds for
several of these, and for lists of two and of three, is true. Nothing is false by it: other premises may be meant.
Not covered: functions of random numbers, matrices of them, sums that do not run over all members, moments over a named distribution.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from evalkit.derivation.following.moment_trees import without
from evalkit.derivation.following.polynomials import Drawing, How, OpenError, sure
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Big, Bin, Call, Node, Sub, Sym, Un, walk
from evalkit.derivation.verdicts.verdict import Judgement, Verdict
from evalkit.derivation.worlds.moments import NAMES
from evalkit.derivation.worlds.scope import Defined, Drawn, Scope, names_in

ALIKE = re.compile(r"i\.?\s?i\.?\s?d\b|identical|\bsame (?:variance|distribution|mean)|\balike\b", re.I)
UNIT = re.compile(r"variance\s*(?:of|is|=|equal to)?\s*\$?\s*(?:1|one)\b|\bunit[- ]variance|\bstandard normal", re.I)
BACK = 60
"""Relations before in which is looked for lists."""
LENGTHS = (2, 3)
"""Of the lists."""
DRAWS = 2
NEAR = 1e-9
FIXED = frozenset({"data", "fixed"})


def of_copies(reading: Reading, read: Read, said: How, *, independent: bool) -> Read | None:
    """The relation, true for independent members of lists, where the text says of them what that needs. said: what it says."""
    bodies = meanings(reading, read)
    inner = [n for side in (*read.sides, *bodies.values()) for n in walk(side)]
    moments = [n for n in inner if isinstance(n, Call) and n.name in NAMES]
    seen = [n for m in moments for n in walk(m)] + [n for body in bodies.values() for n in walk(body)]
    scope = reading.judge.scope
    sides = [side for r in reading.relations[-BACK:] if r.left is not None and r.right is not None for side in r.sides]
    seen += [n for side in sides for m in walk(side) if isinstance(m, Call) and m.name in NAMES for n in walk(m)]
    lists = frozenset(name for n in seen if isinstance(n, Sub) and (name := list_of(n, scope)))
    lists &= {n.name for n in inner if isinstance(n, Sym)}
    earlier = [n for side in sides if is_over(side, lists) for n in walk(side)]
    bounds = bounds_of([*inner, *earlier], scope, lists)
    plain = {n.name for m in moments for n in walk(m) if isinstance(n, Sym)} - lists - bodies.keys() - outside_of(read)
    random = frozenset(n for n in plain if scope.find(n) is None)
    alone = not lists and len(random) == 1 and is_of_one(read, bodies, random, scope)
    if not alone and not lists:
        return None
    means = means_in(sides, lists)
    for how in (How(a, c, u) for u in (False, True) for c in (False, True) for a in (False, True)):
        if how.alike > said.alike or how.centred > said.centred or how.unit > said.unit:
            continue
        draws = [
            Drawing(scope, bodies, lists, random, how, length, seed, bounds, independent or alone, means)
            for length in LENGTHS
            for seed in range(DRAWS)
        ]
        if all(holds(read, draw) for draw in draws) and not any(is_nothing(m, draws[0]) for m in moments_in(read)):
            marks = (("alike", how.alike), ("of mean 0", how.centred), ("of variance 1", how.unit))
            words = ", ".join(word for word, on in (("independent", independent), *marks) if on) or "random"
            reason = f"for all {words} {', '.join(sorted(lists))}" if lists else f"for all random {', '.join(random)}"
            return replace(read, judgement=Judgement(Verdict.IDENTITY, reason=reason))
    return None


def is_of_one(read: Read, bodies: Mapping[str, Node], random: frozenset[str], scope: Scope) -> bool:
    """Whether all letters that names are made of are the random one, constants, or stand outside of moments, too."""
    within = {n.name for body in bodies.values() for n in walk(body) if isinstance(n, Sym | Sub)} - random
    outside = outside_of(read)
    known = {
        n
        for n in within
        if (f := scope.find(n)) is not None and not (isinstance(f[1], Drawn) and not f[1].kinds & FIXED)
    }
    return bool(bodies) and within <= outside | known


def outside_of(read: Read) -> set[str]:
    """The names that stand outside of moments."""
    return set(names_in(Bin("=", *(without(side) for side in read.sides))))


def meanings(reading: Reading, read: Read) -> dict[str, Node]:
    """What the names that are sums over lists are made of: by the problem, or by the last equation that says it."""
    out: dict[str, Node] = {}
    scope = reading.judge.scope
    for before in reading.relations[-BACK:]:
        if before.op not in ("=", ":=") or before.negated:
            continue
        match before.left, before.right:
            case Sub(_, name, _), body if body is not None and is_sum(body):
                out[name] = body
            case Sym(name), body if body is not None and is_made(name, body, scope):
                out[name] = body
            case Call("Var", (Sym(name),)), Call("Var", (body,)) if is_made(name, body, scope):
                if not isinstance(body, Sym | Sub):  # that two variances are equal makes no letters equal
                    out[name] = body
    named = {n.name for side in read.sides for n in walk(side) if isinstance(n, Sym | Sub)}
    for name in named:
        entry = scope.entries.get(name)
        if isinstance(entry, Defined) and not entry.params and is_sum(entry.body):
            out[name] = entry.body
    return {n: body for n, body in out.items() if n in named}


def means_in(sides: Sequence[Node], lists: frozenset[str]) -> dict[str, str]:
    """The names that the text gives the mean of any member of a list: `E[g_t] = \\mu`, `E[g_i] = E[g]`."""
    out: dict[str, str] = {}
    for left, right in zip(sides[::2], sides[1::2], strict=True):
        match left, right:
            case Call("E", (Sub(Sym(base), _, (Sym(),)),)), Sym(name) | Call("E", (Sym(name),)) if base in lists:
                out[name] = base
    return out


def is_made(name: str, body: Node, scope: Scope) -> bool:
    """Whether it may be what a random name is made of."""
    moment = any(isinstance(n, Call) and n.name in NAMES for n in walk(body))
    return is_sum(body) or (scope.find(name) is None and not moment and bool(names_in(body)))


def is_sum(node: Node) -> bool:
    """Whether a sum stands in it, or a product of columns, and no moment."""
    inside = list(walk(node))
    added = any(isinstance(n, Big) or (isinstance(n, Un) and n.op == "T") for n in inside)
    return added and not any(isinstance(n, Call) and n.name in NAMES for n in inside)


def list_of(node: Sub, scope: Scope) -> str:
    """The w of `w_i`, where that is a column, or nothing that has a meaning; else nothing."""
    if not isinstance(node.base, Sym) or node.index is None or len(node.index) != 1:
        return ""
    entry = found[1] if (found := scope.find(node.base.name)) is not None else None
    drawn = isinstance(entry, Drawn) and len(entry.shape) == 1 and not entry.kinds & FIXED
    example = isinstance(entry, Defined) and entry.source == "reply"  # the numbers of one
    runs = isinstance(node.index[0], Sym) and not node.index[0].name.isupper()
    return node.base.name if runs and (drawn or example or entry is None) else ""


def is_over(node: Node, lists: frozenset[str]) -> bool:
    """Whether a sum with members of the lists stands in it."""
    inside = list(walk(node))
    members = any(isinstance(n, Sub) and isinstance(n.base, Sym) and n.base.name in lists for n in inside)
    return members and any(isinstance(n, Big) for n in inside)


def bounds_of(nodes: Sequence[Node], scope: Scope, lists: frozenset[str]) -> frozenset[str]:
    """The names of the number of members."""
    over = {n.high.name for n in nodes if isinstance(n, Big) and isinstance(n.high, Sym | Sub)}
    found = (scope.find(name) for name in lists)
    drawn = {n.name for f in found if f and isinstance(f[1], Drawn) for n in f[1].shape if isinstance(n, Sym)}
    names = over | drawn
    return frozenset(names) if len(over) < 2 else frozenset()


def moments_in(read: Read) -> Iterator[Call]:
    return (n for side in read.sides for n in walk(side) if isinstance(n, Call) and n.name in NAMES)


def holds(read: Read, draw: Drawing) -> bool:
    try:
        left, right = (sure(draw.value(side, False)) for side in read.sides)
    except OpenError:
        return False
    return math.isfinite(left) and abs(left - right) <= NEAR * max(1.0, abs(left), abs(right))


def is_nothing(moment: Call, draw: Drawing) -> bool:
    """Whether a moment is 0 by what is supposed alone: the relation would hold with any factor before it."""
    try:
        return abs(sure(draw.value(moment, False))) < NEAR
    except OpenError:
        return False
