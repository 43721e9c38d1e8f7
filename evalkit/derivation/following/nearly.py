r"""`\frac{2017}{3.14} \approx 700`: an approximation in numbers that no rounding of what is written explains.

Both sides are numbers, and differ by far more than the last figures that are written on either side may add. What an angle
in degrees, a logarithm to another base or a share in percent would explain is left open.
Not covered: approximations that speak of letters, whose values may be rounded or mistaken themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from evalkit.derivation.following import scopes
from evalkit.derivation.following.claims import numbers_of
from evalkit.derivation.following.figures import exactly
from evalkit.derivation.following.numbers import DECIMAL, number_in
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Un, children, rebuilt, walk
from evalkit.derivation.verdicts.verdict import Judgement, Verdict
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import Defined
from evalkit.derivation.worlds.world import GENERIC

TIMES = 5
"""How many times what the last figures may add two sides must be apart."""
MOST = 0.1
"""The share of a number that rounding may explain."""
LEAST = 1e-7
"""And how far at least, relative to the larger one."""
EXPANDED = 1e-5
"""The same where the right side is no number but an expression, as of first order: `e^{-d} \approx 1 - d`."""
MAX_FIGURES = 12
"""Numbers with figures of one relation that are looked at."""
LONG = 100
"""A number that is no whole number of hundredths is a rounded one."""
ROUNDED = "differs by no more than what its numbers may be rounded by"
DEGREE, TEN = math.pi / 180, math.log(10)
TURNS = frozenset({"sin", "cos", "tan", "cot", "sec", "csc"})
OTHERWISE = {
    "arcsin": (1 / DEGREE,),
    "arccos": (1 / DEGREE,),
    "arctan": (1 / DEGREE,),
    "log": (1 / TEN, 1 / math.log(2)),
}
"""By what the value of a function may be taken instead."""


def far_off(reading: Reading, read: Read) -> Read | None:
    """Says that two numbers, or columns of them, are nearly equal, and they are not."""
    left, right = read.sides
    env = reading.judge.general
    if read.op != "approx" or not figures(right) or not all(is_exact(env, side) for side in read.sides):
        return None
    wanted, slacks = numbers_of(env, right), [spreads(env, side) for side in read.sides]
    if wanted is None or slacks[0] is None or slacks[1] is None or slacks[0].shape != slacks[1].shape:
        return None
    slack = slacks[0] + slacks[1]
    for other in ways(left):
        value = numbers_of(env, other)
        if value is None or value.shape != wanted.shape:
            return None
        for times in (1, 100, 0.01):
            apart = np.abs(value * times - wanted)
            least = (LEAST if isinstance(right, Num) else EXPANDED) * np.maximum(np.abs(wanted), np.abs(value * times))
            if ((apart <= TIMES * slack * max(times, 1)) | (apart <= least)).all():
                return None
    shown = numbers_of(env, left)
    at = [float(v) for v in shown] if shown is not None else []
    return replace(read, judgement=Judgement(Verdict.FAILS, reason=f"not near it: {', '.join(map(repr, at))}"))


def is_exact(env: Env, node: Node) -> bool:
    """Whether it is a number, and no name in it was given a rounded one."""
    if scopes.is_constant(node):
        return True
    entries = [env.scope.entries.get(n) for n in env.depends(node)]
    return all(e is None or (isinstance(e, Defined) and not e.params and not figures(e.body)) for e in entries)


def near_enough(reading: Reading, read: Read) -> Read | None:
    """Says that two numbers are nearly equal, and they differ by no more than what was rounded.

    Their long numbers are, and a whole one that ends in zeros."""
    left, right = read.sides
    env = reading.judge.general
    if read.op != "approx" or not all(scopes.is_constant(side) for side in read.sides):
        return None
    values = [numbers_of(env, side) for side in read.sides]
    if values[0] is None or values[1] is None or isinstance(left, Num) or values[0].shape != values[1].shape:
        return None
    slack = np.full(values[0].shape, rounding(env, right))
    for side in (left, right):
        found = spreads(env, side) if rounded_alone(side) else None
        slack = slack if found is None else slack + found
    if not slack.any() or (np.abs(values[0] - values[1]) > slack).any():
        return None
    if (slack > MOST * np.maximum(np.abs(values[0]), np.abs(values[1]))).any():
        return None  # what is left of a difference tells nothing: `1/(1 - 0.999)`
    return replace(read, judgement=Judgement(Verdict.ALGEBRA, reason="differs by no more than what is rounded"))


def rounding(env: Env, node: Node) -> float:
    """By how much a whole number alone that ends in zeros may be rounded: 10,200, but not 10,000."""
    if not isinstance(node, Num) or not float(node.value).is_integer():
        return 0.0
    shown = f"{abs(node.value):.0f}".rstrip("0")
    return unit(node.value) if len(shown) > 1 and unit(node.value) > 1 else 0.0


def rounded_alone(node: Node) -> bool:
    """Whether all numbers with decimals in it are long ones."""
    found = figures(node)
    return not isinstance(node, Num) and bool(found) and all(map(is_long, found))


def within_figures(reading: Reading, read: Read) -> Read | None:
    """Differs by no more than what its long numbers may have been rounded by: `-1000 \\log(2\\pi) = -1000 * 1.8379`."""
    env = reading.judge.general
    if not all(scopes.is_constant(side) for side in read.sides):
        return from_rounded(reading, read) or of_rounded_coefficients(reading, read)
    if (rows := rows_within_figures(env, read)) is not None:
        return read.decided(Verdict.DISPUTED, ROUNDED) if rows else None
    values = [exactly(env, side) for side in read.sides]
    slack = [spread(env, side) for side in read.sides if has_long(side) and not isinstance(side, Num)]
    if not slack or None in slack or values[0] is None or values[1] is None:
        return None
    if abs(values[0][0] - values[1][0]) > sum(s for s in slack if s is not None):
        return None
    return read.decided(Verdict.DISPUTED, ROUNDED)


def rows_within_figures(env: Env, read: Read) -> bool | None:
    """Whether rows or columns differ by no more in every entry; None where the sides are none."""
    values = [numbers_of(env, side) for side in read.sides]
    if values[0] is None or values[1] is None or values[0].size == 1 or values[0].shape != values[1].shape:
        return None
    slack = [spreads(env, side, is_long) for side in read.sides if has_long(side)]
    if not slack or any(s is None or s.shape != values[0].shape for s in slack):
        return False
    return bool((np.abs(values[0] - values[1]) <= sum(s for s in slack if s is not None)).all())


def from_rounded(reading: Reading, read: Read) -> Read | None:
    """`L = -\\log 0.245` in an example, where 0.245 stands before as a rounded value: right up to what that leaves open."""
    left, right = read.sides
    if not scopes.given_inside(reading, left) or not scopes.is_constant(right) or isinstance(right, Num):
        return None
    before = reading.document.text[: read.start]
    if not figures(right) or not all(f"{n.value:g}" in before for n in figures(right)):
        return None
    off, slack = spread(reading.judge.general, right), []
    for env in reading.judge.envs(GENERIC):
        a, b = number_in(env, left), number_in(env, right)
        slack.append(off is not None and a is not None and b is not None and abs(a - b) <= off)
    return read.decided(Verdict.DISPUTED, "right up to the figures that it is computed from") if all(slack) else None


def of_rounded_coefficients(reading: Reading, read: Read) -> Read | None:
    """Differs for no values of its letters by more than its long numbers may be rounded by: `(2/3)/(s + 1/6) = 0.667/(s + 0.167)`."""
    if not any(is_long(n) and n not in figures(read.sides[0]) for n in figures(read.sides[1])):
        return None
    for env in reading.judge.envs(GENERIC):
        values = [numbers_of(env, side) for side in read.sides]
        slack = [spreads(env, side, is_long) for side in read.sides]
        if values[0] is None or values[1] is None or slack[0] is None or slack[1] is None:
            return None
        if not values[0].shape == values[1].shape == slack[0].shape == slack[1].shape:
            return None
        if not (np.abs(values[0] - values[1]) <= slack[0] + slack[1]).all():
            return None
    return read.decided(Verdict.DISPUTED, ROUNDED)


def in_percent(reading: Reading, read: Read) -> Read | None:
    r"""Gives a number as a share in percent: `\frac{8}{9} = 88.9\%` is right to its last figure."""
    left, right = read.sides
    share = right.x if isinstance(right, Un) and right.op == "%" else None
    if (
        not isinstance(share, Num)
        or not scopes.is_constant(left)
        or any(isinstance(n, Un) and n.op == "%" for n in walk(left))
    ):
        return None
    env = reading.judge.general
    value, slack = numbers_of(env, left), np.zeros(1) if isinstance(left, Num) else spreads(env, left)
    if value is None or slack is None or value.size != 1:
        return None
    figures_written = DECIMAL.findall(reading.document.text[read.right_start : read.end])
    half = 0.5 * 10.0 ** -max(map(len, figures_written), default=0)
    off = abs(float(value.item()) * 100 - share.value)
    if off <= half + LEAST:
        return replace(read, judgement=Judgement(Verdict.IDENTITY, reason="rounded"))
    if off <= TIMES * (half + 100 * float(slack.item())):
        return read.decided(Verdict.DISPUTED, ROUNDED)
    return replace(
        read, judgement=Judgement(Verdict.FAILS, reason=f"not near it: {float(value.item()) * 100:g} percent")
    )


def has_long(node: Node) -> bool:
    """Whether a number has so many decimals that it was rounded, and not given."""
    return any(map(is_long, figures(node)))


def is_long(number: Num) -> bool:
    return math.isfinite(number.value) and abs(number.value * LONG - round(number.value * LONG)) > LEAST * LONG


def figures(node: Node) -> list[Num]:
    """The numbers with decimals in an expression."""
    return [n for n in walk(node) if isinstance(n, Num) and math.isfinite(n.value) and n.value != round(n.value)]


def unit(value: float) -> float:
    """Half of the last place to which a number is written; of a whole one, that of its last figure which is not 0."""
    if value == 0:
        return 0.5
    shown = f"{abs(value):.12f}".rstrip("0")
    whole, _, decimals = shown.partition(".")
    place = -len(decimals) if decimals else len(whole) - len(whole.rstrip("0"))
    return 0.5 * 10.0**place


def spread(env: Env, node: Node) -> float | None:
    """By how much an expression may differ where every number with decimals in it, or a whole one alone, is rounded."""
    found = spreads(env, node)
    return None if found is None or found.size != 1 else float(found.item())


def spreads(env: Env, node: Node, which: Callable[[Num], bool] = lambda _: True) -> np.ndarray | None:
    """The same, for every entry of a column. which: the numbers that are rounded."""
    if isinstance(node, Num):
        return np.array([unit(node.value)])
    found, at = figures(node), numbers_of(env, node)
    if at is None or len(found) > MAX_FIGURES:
        return None
    out = np.zeros(at.shape)
    for number in filter(which, found):
        moved = numbers_of(env, put(node, number, Num(number.value + unit(number.value))))
        if moved is None or moved.shape != at.shape:
            return None
        out += np.abs(moved - at)
    return out


def put(node: Node, old: Node, new: Node) -> Node:
    """The tree with another number."""
    if node == old:
        return new
    parts = children(node)
    return rebuilt(node, [put(part, old, new) for part in parts]) if parts else node


def ways(node: Node) -> Iterator[Node]:
    """The expression, and it with angles in degrees or with other logarithms."""
    yield node
    called = {n.name for n in walk(node) if isinstance(n, Call)}
    if called & TURNS:
        yield otherwise(node, TURNS, DEGREE, inside=True)
    for name in sorted(called & OTHERWISE.keys()):
        for factor in OTHERWISE[name]:
            yield otherwise(node, frozenset({name}), factor, inside=False)


def otherwise(node: Node, names: frozenset[str], factor: float, *, inside: bool) -> Node:
    """The tree with a factor at the argument or the value of these functions."""
    parts = children(node)
    if not parts:
        return node
    new = rebuilt(node, [otherwise(part, names, factor, inside=inside) for part in parts])
    if not isinstance(new, Call) or new.name not in names or len(new.args) != 1:
        return new
    return replace(new, args=(Bin("*", Num(factor), new.args[0]),)) if inside else Bin("*", Num(factor), new)
