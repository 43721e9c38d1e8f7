r"""Probabilities by the values that a text gives others: `P(D) = 0.01`, `P(+ \mid D) = 0.9`, `P(+ \mid \neg D) = 0.05` tell `P(D \mid +)`.

Every value that is given is a linear equation in the probabilities of events that occur together. What these equations fix
is compared: true where it fits, rounded as it is written; false where it differs from what the problem itself gives. Events
under which the same event has a given probability, and whose own probabilities sum to 1, are cases of which one occurs.
Not covered: independence, probabilities that are letters, densities.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeGuard

import numpy as np

from evalkit.derivation.following.claims import approximation
from evalkit.derivation.following.definitions import definition
from evalkit.derivation.following.events import (
    HEADS,
    Sum,
    alternatives,
    as_tree,
    events,
    inside,
    is_probability,
    joint,
    quotient,
    said_independent,
)
from evalkit.derivation.following.laws import probability
from evalkit.derivation.following.numbers import number_in, rounded
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.standing import is_concluded
from evalkit.derivation.following.stepwise import rounded_parts
from evalkit.derivation.grammar.nodes import Big, Bin, Call, Node, Num, Sub, Sym, children, rebuilt, walk
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.entries import Defined, Drawn
from evalkit.derivation.worlds.scope import unbound_names

MAX_GIVEN, MAX_TRIED, MAX_CASES = 24, 60, 8
CLOSE = 1e-9
NONE: frozenset[str] = frozenset()


@dataclass
class Known:
    """Linear equations in the probabilities of events that occur together."""

    keys: list[frozenset[str]] = field(default_factory=list)
    rows: list[dict[frozenset[str], float]] = field(default_factory=list)

    def value(self, wanted: Sum) -> float | None:
        """The value of a sum, where the equations fix it."""
        keys = sorted({k for row in [*self.rows, wanted] for k in row} - {NONE}, key=sorted)
        matrix = np.array([[row.get(k, 0.0) for k in keys] for row in self.rows]).reshape(len(self.rows), len(keys))
        right = np.array([-row.get(NONE, 0.0) for row in self.rows])
        asked = np.array([wanted.get(k, 0.0) for k in keys])
        if not self.rows:
            return None
        weights = np.linalg.lstsq(matrix.T, asked, rcond=None)[0]
        if not np.allclose(matrix.T @ weights, asked, rtol=0, atol=CLOSE):
            return None
        return float(weights @ right) + wanted.get(NONE, 0.0)

    def add(self, row: Sum) -> None:
        """One equation more, unless the others say already what it speaks of."""
        if self.value({k: w for k, w in row.items() if k != NONE}) is None:
            self.rows.append(row)


def by_probabilities(reading: Reading, read: Read) -> Read | None:
    """Follows from the probabilities that are given, or differs from what they say."""
    if read.op not in ("=", "approx"):
        return None
    sides = expanded(read.sides[0]), expanded(read.sides[1])
    tabled = with_normal(reading, sides[0]), with_normal(reading, sides[1])
    if tabled != sides:
        return by_table(reading, read, tabled)
    names = {n.name for side in sides for n in walk(side) if isinstance(n, Sym) and is_probability(n.name)}
    if not names or read.op not in ("=", "approx") or reading.eventful >= MAX_TRIED:
        return None
    scope = reading.judge.scope
    if any(isinstance(a, Sym) and scope.find(a.name) and is_constant(b) for a, b in (read.sides, read.sides[::-1])):
        return None  # said twice
    reading.eventful += 1
    heads = {name.partition("(")[0] for name in names}
    for stated in (True, False):
        known = known_in(reading, heads, stated=stated)
        values = {name: value for name in names if (value := value_of(known, name)) is not None}
        if len(values) == len(names):
            read = replace(read, left=sides[0], right=sides[1])
            return compared(reading, read, {n: Num(v) for n, v in values.items()}, stated=stated)
    return by_laws(reading, read, names) or of_independent_events(reading, read)


def of_independent_events(reading: Reading, read: Read) -> Read | None:
    """Gives the probability of several events, which the text calls independent, as a product; later it has this value."""
    name = read.sides[0].name if isinstance(read.sides[0], Sym) else ""
    found = (
        said_independent(reading, read) if is_probability(name) and name not in reading.judge.scope.entries else None
    )
    if found is None:
        return None
    given = definition(reading, read)
    return replace(found, introduces=given.introduces if given is not None else found.introduces)


def by_table(reading: Reading, read: Read, sides: tuple[Node, Node]) -> Read | None:
    r"""What is true with values of the normal distribution for `\Phi(1.25)`, where that is not something else."""
    names = {n.name for side in sides for n in walk(side) if isinstance(n, Sym) and is_probability(n.name)}
    values = {n: with_normal(reading, v) for n in names if (v := lawful(reading, n)) is not None}
    if len(values) < len(names) or reading.eventful >= MAX_TRIED:
        return None
    reading.eventful += 1
    plain = replace(read, left=with_values(sides[0], values), right=with_values(sides[1], values))
    found = approximation(reading, plain) if read.op == "approx" else by_number(reading, plain)
    if found is None or found.judgement.verdict not in TRUE:
        return None
    return replace(read, judgement=replace(found.judgement, reason="by the normal distribution"))


def with_normal(reading: Reading, node: Node) -> Node:
    r"""The tree with numbers for `\Phi` of numbers, where nothing explains it."""
    match node:
        case Call("\\Phi", (inner,)) if reading.judge.scope.find("\\Phi") is None:
            at = number_in(reading.judge.general, inner) if is_constant(inner) else None
            return node if at is None else Num((1 + math.erf(at / math.sqrt(2))) / 2)
    parts = children(node)
    return rebuilt(node, [with_normal(reading, part) for part in parts]) if parts else node


def by_laws(reading: Reading, read: Read, names: set[str]) -> Read | None:
    """What the distributions of its letters make true."""
    found = {name: node for name in names if (node := lawful(reading, name)) is not None}
    if len(found) < len(names):
        return None
    left, right = (with_normal(reading, with_values(side, found)) for side in read.sides)
    scope = reading.judge.scope
    whole = Drawn((), frozenset({"positive", "integer"}), None, "reply")
    number, whole = (Drawn((), frozenset({"positive", *more}), None, "reply") for more in ((), ("integer",)))
    values = {
        n: whole if any(f"={n})" in name for name in names) else number for n in unbound_names(scope, left, right)
    }
    with reading.judge.trying(values):
        plain = replace(read, left=left, right=right)
        judged = approximation(reading, plain) if read.op == "approx" else by_number(reading, plain)
    if judged is None or judged.judgement.verdict not in TRUE:
        return None
    return replace(read, judgement=replace(judged.judgement, reason="by the distribution of its letter"))


def lawful(reading: Reading, name: str) -> Node | None:
    """The value of a probability by the distributions of its letters; None where these do not tell."""
    parts = quotient(name)
    if parts is None:
        return None
    trees = []
    for part in parts:
        values = {key: probability(reading, next(iter(key))) for key in part if len(key) == 1}
        if any(values.get(key) is None for key in part if key):
            return None
        known = {joint("P", key).name: value for key, value in values.items() if value is not None}
        trees.append(with_values(as_tree("P", part), known))
    return trees[0] if trees[1] == Num(1) else Bin("/", trees[0], trees[1])


def compared(reading: Reading, read: Read, values: Mapping[str, Node], *, stated: bool) -> Read | None:
    """The relation with these values. stated: the problem itself fixes them, so that what differs is false."""
    left, right = (with_values(side, values) for side in read.sides)
    plain = replace(read, left=left, right=right)
    found = approximation(reading, plain) if read.op == "approx" else by_number(reading, plain)
    stated = stated and not given_anew(reading) and not is_given_alone(read)
    if found is None or (found.judgement.verdict not in TRUE and not (stated and differs(found))):
        return None
    reason = "by the probabilities that are given" if found.judgement.verdict in TRUE else ""
    return replace(read, judgement=replace(found.judgement, reason=reason))


def is_given_alone(read: Read) -> bool:
    """Whether it says a value and nothing from which that comes, nor concludes it: `To break even one needs P(D|T) = 0.5`."""
    alone = read.statement is None or len(read.statement.ops) == 1
    return alone and any(isinstance(side, Num) for side in read.sides) and not is_concluded(read)


def given_anew(reading: Reading) -> bool:
    """Whether the text gives a probability of the problem another value: `Suppose instead that P(D) = 0.1`."""
    given = {n for n, e in reading.setting.scope.entries.items() if is_probability(n) and isinstance(e, Defined)}
    said = (r for r in reading.relations if isinstance(r.left, Sym) and r.left.name in given)
    return any(r.judgement.verdict not in TRUE for r in said)


def differs(found: Read) -> bool:
    return found.judgement.verdict is Verdict.FAILS


def by_number(reading: Reading, read: Read) -> Read | None:
    """What becomes of it in numbers, rounded as they are written."""
    judgement = reading.judge.equation(*read.sides)
    found = replace(read, judgement=judgement)
    if judgement.verdict is not Verdict.FAILS:
        return found
    return rounded_parts(reading, found) or rounded(reading, found) or found


def is_constant(node: Node) -> bool:
    return not any(isinstance(n, Sym) for n in walk(node))


def known_in(reading: Reading, heads: set[str], *, stated: bool) -> Known:
    """All that the problem gave, or the text so far as well."""
    scope, found = reading.judge.scope, Known()
    given: dict[str, tuple[tuple[Sum, Sum], float]] = {}
    for name, entry in scope.entries.items():
        head = name.partition("(")[0]
        if (
            not is_probability(name)
            or head not in heads & HEADS
            or not isinstance(entry, Defined)
            or len(given) >= MAX_GIVEN
        ):
            continue
        if stated and entry.source != "problem":
            continue
        parts, value = quotient(name), number_in(reading.judge.general, Sym(name))
        if parts is not None and value is not None:
            given[name] = parts, value
    for above, below, value in ((*parts, value) for parts, value in given.values()):
        found.add(combined(above, below, -value))
    for row in cases({n: v for n, (_, v) in given.items()}):
        found.add(row)
    return found


def combined(one: Sum, other: Sum, weight: float) -> Sum:
    out = dict(one)
    for key, w in other.items():
        out[key] = out.get(key, 0.0) + weight * w
    return out


def cases(given: dict[str, float]) -> list[Sum]:
    """What it says that one of several events occurs, under which the same event has a given probability."""
    under: dict[str, list[str]] = {}
    for name in given:
        event, bar, condition = inside(name).partition("|")
        if bar and "," not in condition and list(events(condition)) == [(condition, True)]:
            under.setdefault(event, []).append(condition)
    alone = {inside(name): value for name, value in given.items() if "|" not in name}
    out: list[Sum] = []
    for event, conditions in under.items():
        total = sum(alone.get(c, 2.0) for c in conditions)
        if len(conditions) < 2 or abs(total - 1) > CLOSE or list(events(event)) != [(event, True)]:
            continue
        out.append({**{frozenset({event, c}): 1.0 for c in conditions}, frozenset({event}): -1.0})
    return [*out, *of_a_table(given)]


def of_a_table(given: dict[str, float]) -> Iterator[Sum]:
    """What is said by probabilities of several events together that sum to 1: no other ones occur together."""
    joint_ones = {
        n: frozenset(e for e, _ in events(inside(n))) for n in given if "|" not in n and len(alternatives(n)) == 1
    }
    cells = {
        key: given[n] for n, key in joint_ones.items() if len(key) > 1 and len(key) == len(list(events(inside(n))))
    }
    if len(cells) < 3 or abs(sum(cells.values()) - 1) > CLOSE or len({len(key) for key in cells}) > 1:
        return
    for event in sorted({e for key in cells for e in key}):
        yield {**{key: 1.0 for key in cells if event in key}, frozenset({event}): -1.0}


def as_events(node: Node) -> Node:
    """The tree with names of events for `P(A_i)`, which is the value of a function elsewhere."""
    match node:
        case Call("P", (Sub() as event,)) if event.name:
            return Sym(f"P({event.name})")
    parts = children(node)
    return rebuilt(node, [as_events(part) for part in parts]) if parts else node


def is_finite(node: Node | None) -> TypeGuard[Num]:
    return isinstance(node, Num) and math.isfinite(node.value)


def expanded(node: Node) -> Node:
    """The tree with the terms of sums over numbered events, `P(A_i)`."""
    if isinstance(node, Big) and node.kind == "sum" and is_finite(node.low) and is_finite(node.high):
        index, low, high = node.index[0], int(node.low.value), int(node.high.value)
        body = as_events(node.body)
        numbered = [n for n in walk(body) if isinstance(n, Sym) and is_probability(n.name) and f"_{index}" in n.name]
        if numbered and len(node.index) == 1 and high - low < MAX_CASES:
            terms = [with_values(body, {n.name: Sym(n.name.replace(f"_{index}", f"_{i}")) for n in numbered})
                     for i in range(low, high + 1)]  # fmt: skip
            out = terms[0] if terms else Num(0)
            for term in terms[1:]:
                out = Bin("+", out, term)
            return out
    parts = children(node)
    return rebuilt(node, [expanded(part) for part in parts]) if parts else node


def value_of(known: Known, name: str) -> float | None:
    """The value of a probability where it is fixed."""
    parts = quotient(name)
    if parts is None:
        return None
    above, below = known.value(parts[0]), known.value(parts[1])
    return above / below if above is not None and below else None


def with_values(node: Node, values: Mapping[str, Node]) -> Node:
    """The tree with values for these probabilities."""
    if isinstance(node, Sym):
        return values.get(node.name, node)
    parts = children(node)
    return rebuilt(node, [with_values(part, values) for part in parts]) if parts else node
