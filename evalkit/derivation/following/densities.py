r"""Moments of a letter whose density the text or the problem gives: `p(x) = 2x` on (0, 1), so `E_p[x] = \int_0^1 x p(x) dx = 2/3`.

A function of one letter is a density where its whole mass is 1, over the line, the positive numbers, (0, 1), or whole numbers from 0 or 1 on.
A mean belongs to it by its label (`E_p`, `E_{x \sim P}`), or without one where it is the only density in the letter that stands inside. What
holds then is true; nothing is false by it: another distribution may be meant.
Not covered: several letters at once, densities with conditions, other ranges.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from evalkit.derivation.following.definitions import definition
from evalkit.derivation.following.reading import Read, Reading, stands_alone
from evalkit.derivation.grammar.calling import names_event
from evalkit.derivation.grammar.nodes import (
    Big,
    Bin,
    Call,
    Node,
    Num,
    Sub,
    Sym,
    Un,
    children,
    rebuilt,
    substitute_index,
    walk,
)
from evalkit.derivation.verdicts.verdict import TRUE, Judgement
from evalkit.derivation.worlds.moments import NAMES
from evalkit.derivation.worlds.scope import Defined

OVER = "E_"
SAMPLED = "sim"
"""Of a label `x \\sim P`, as its letters are put together."""
MAX_TRIED, MAX_FUNCTIONS = 24, 6
"""Relations of one reply that are tried, and functions that are looked at."""
INFINITY = Num(float("inf"))
SUPPORTS = (("int", Un("-", INFINITY), INFINITY), ("int", Num(0), INFINITY), ("int", Num(0), Num(1)), ("sum", Num(0), INFINITY), ("sum", Num(1), INFINITY))  # fmt: skip
Support = tuple[str, Node, Node]


def by_density(reading: Reading, read: Read) -> Read | None:
    """The relation, true with the density that the text or the problem gives; None where there is none."""
    means = [n for side in read.sides for n in walk(side) if isinstance(n, Call) and is_mean(n.name)]
    if not means or reading.dense >= MAX_TRIED:
        return None
    functions = densities(reading)
    if not functions:
        return None
    reading.dense += 1
    left, right = (with_density(side, functions) for side in read.sides)
    if left is None or right is None:
        return None
    judgement = reading.judge.equation(left, right)
    if judgement.verdict not in TRUE:
        return None
    return replace(
        read, judgement=Judgement(judgement.verdict, reason=f"with the density {', '.join(sorted(functions))}")
    )


def over_a_density(reading: Reading, read: Read) -> Read | None:
    """Has an integral without ends of a density: it goes over all of where that is, and is true or gives a divergence its value."""
    if reading.dense >= MAX_TRIED or not any(is_endless(n) for side in read.sides for n in walk(side)):
        return None
    functions = densities(reading)
    left, right = (with_density(side, functions) for side in read.sides)
    if not functions or left is None or right is None or (left, right) == read.sides:
        return None
    both = Bin("=", *read.sides)
    endless = [n for n in walk(both) if isinstance(n, Big) and is_endless(n)]
    if any(stands_alone(i, both) for n in endless for i in n.index):
        return None  # F(x) = \int f(x) dx: an antiderivative
    reading.dense += 1
    judgement = reading.judge.equation(left, right)
    if judgement.verdict in TRUE:
        return replace(read, judgement=judgement)
    if not isinstance(read.left, Sym) or not names_event(read.left.name):
        return None
    found = definition(reading, replace(read, left=left, right=right))
    return found and replace(found, left=read.left, right=read.right)


def is_endless(node: Node) -> bool:
    return isinstance(node, Big) and node.kind == "int" and node.low is None and node.high is None


def is_mean(name: str) -> bool:
    return name in NAMES or name.startswith(OVER)


def densities(reading: Reading) -> dict[str, tuple[str, Support]]:
    """The densities in force: the letter of each, and where it stands."""
    scope = reading.judge.scope
    found: dict[str, tuple[str, Support]] = {}
    functions = [
        (n, e) for n, e in scope.entries.items() if isinstance(e, Defined) and len(e.params) == 1 and not e.index
    ]
    for name, entry in functions[-MAX_FUNCTIONS:]:
        letter = entry.params[0]
        key = (name, entry)
        if key not in reading.masses:
            reading.masses[key] = next((s for s in SUPPORTS if has_mass(reading, name, letter, s)), None)
        support = reading.masses[key]
        if support is not None:
            found[name] = letter, support
    return found


def has_mass(reading: Reading, name: str, letter: str, support: Support) -> bool:
    kind, low, high = support
    whole = Big(kind, Call(name, (Sym(letter),)), (letter,), low, high)
    return reading.judge.equation(whole, Num(1)).verdict in TRUE


def with_density(node: Node, functions: dict[str, tuple[str, Support]]) -> Node | None:
    """The tree with an integral or a sum for every moment; None where one has no density."""
    parts = [with_density(part, functions) for part in children(node)]
    if any(part is None for part in parts):
        return None
    node = rebuilt(node, [part for part in parts if part is not None]) if parts and not isinstance(node, Sub) else node
    if isinstance(node, Big):
        return over_the_line(node, functions)
    if not isinstance(node, Call) or not is_mean(node.name):
        return node
    if node.name == "Cov" or len(node.args) != 1:
        return None
    inside = node.args[0]
    name = next(meant(node.name, inside, functions), None)
    if name is None:
        return None
    if node.name == "Var":
        mean = averaged(inside, name, functions)
        return Bin("-", averaged(Bin("^", inside, Num(2)), name, functions), Bin("^", mean, Num(2)))
    return averaged(inside, name, functions)


def over_the_line(node: Big, functions: dict[str, tuple[str, Support]]) -> Big:
    """`\\int p(x) ... dx` without ends goes over all of where the density p is."""
    if not is_endless(node) or len(node.index) != 1:
        return node
    inside = {n.name for n in walk(node.body) if isinstance(n, Call) and n.args == (Sym(node.index[0]),)}
    support = next((s for f, (_, s) in functions.items() if f in inside and s[0] == "int"), None)
    return node if support is None else replace(node, low=support[1], high=support[2])


def averaged(inside: Node, name: str, functions: dict[str, tuple[str, Support]]) -> Node:
    letter, (kind, low, high) = functions[name]
    body = substitute_index(inside, letter.upper(), Sym(letter)) if len(letter) == 1 else inside
    return Big(kind, Bin("*", body, Call(name, (Sym(letter),))), (letter,), low, high)


def meant(name: str, inside: Node, functions: dict[str, tuple[str, Support]]) -> Iterator[str]:
    """The density over which a moment is: the one of its label, else the only one in a letter that stands inside."""
    letters = {n.name for n in walk(inside) if isinstance(n, Sym)}
    if name.startswith(OVER):
        label = name[len(OVER) :]
        label = label.partition(SAMPLED)[2] or label
        for wanted in (label, label.lower(), label.upper()):
            if wanted in functions:
                yield wanted
        return
    fitting = [f for f, (letter, _) in functions.items() if letters & {letter, letter.upper()}]
    if len(fitting) == 1:
        yield fitting[0]
