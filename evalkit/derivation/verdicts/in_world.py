"""One relation in one world: both sides compared, for a few values of its free indices."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from typing import NamedTuple

import numpy as np

from evalkit.derivation.grammar.nodes import Bin, Node, Sym
from evalkit.derivation.verdicts.verdict import Counterexample
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.indices import index_range, loose_indices
from evalkit.derivation.worlds.scope import Family, names_in
from evalkit.derivation.worlds.values import Local, Trouble, Undefined, Unsupported, largest, matched, number

TIGHT, WIDE = 1e-8, 1e-5
"""Tolerance beside the largest intermediate value; WIDE after central differences."""
LEAST = 1e-290
"""The smallest size to which a difference is compared: the charge of an electron squared is far larger."""
EDGE = 30
"""Differences up to this many tolerances are not called failures."""
MAX_PLACES = 16
"""Combinations of values of the free indices."""
Range = tuple[Node | None, Node | None, bool]
"""First and last value of an index, and whether the first is exclusive."""


class Outcome(NamedTuple):
    """One relation over one group of worlds."""

    holds: bool
    vanishes: bool
    shown: Callable[[], Counterexample] | None = None
    """Makes the counterexample. Most failures are those of worlds that were merely tried, and nobody asks for it."""

    @property
    def counterexample(self) -> Counterexample | None:
        """Both values, where it fails."""
        return self.shown() if self.shown is not None else None


@dataclass
class Limits:
    """What the text says about the indices of the present relation."""

    ranges: dict[str, Range] = field(default_factory=dict)
    unequal: set[frozenset[str]] = field(default_factory=set)
    """Pairs of indices that are said to differ."""
    equal: set[frozenset[str]] = field(default_factory=set)
    """Those that are said to be equal."""
    sampled: int = 0
    """How many inequalities of the reply were looked at in many samples."""
    far_steps: int = 0
    """Steps of evaluation that were spent on extreme ones."""
    borne_out: dict[Hashable, bool] = field(default_factory=dict)
    """What extreme worlds said of inequalities: the same one again costs the reply nothing."""


def in_world(env: Env, left: Node, right: Node, limits: Limits) -> Outcome:
    """One world; for every value of the free indices (a few of them)."""
    both = Bin("=", left, right)
    names = loose_indices(env, both, {})
    outcomes = [compared(env, left, right, local) for local in assignments(env, both, names, limits)]
    if not outcomes:
        raise Undefined("an empty range")
    failed = next((o for o in outcomes if not o.holds), None)
    if failed is not None and len(names) == 1 and reordered(env, left, right, names[0]):
        return Outcome(True, False)
    return failed or Outcome(True, all(o.vanishes for o in outcomes))


def reordered(env: Env, left: Node, right: Node, name: str) -> bool:
    """`b_i = 1/a_i` between two different decompositions says nothing of their order: compare as sorted lists."""
    sources = set()
    for whole in names_in(Bin("=", left, right)):
        found = env.scope.find(whole) if whole.endswith("_") else None
        if found is not None and isinstance(found[1], Family) and found[1].kind == "diagonal":
            sources.add(found[1].of)
    if len(sources) < 2:
        return False
    low, high = index_range(env, Bin("=", left, right), name, {})
    values: list[list[float]] = [[], []]
    for i in range(low, high + 1):
        for side, out in zip((left, right), values, strict=True):
            value = env.value(side, {name: number(float(i))})
            if not isinstance(value, np.ndarray) or value.size != 1:
                return False
            out.append(float(value.real.item()))
    return bool(np.allclose(sorted(values[0]), sorted(values[1]), rtol=1e-7))


def assignments(env: Env, both: Node, names: list[str], limits: Limits) -> list[Local]:
    if not names:
        return [{}]
    if len(names) > 4:
        raise Unsupported("more than four free indices")
    most = 4 if len(names) <= 2 else 2  # values of each index, so that their combinations stay few
    choices: list[list[int]] = []
    for name in names:
        low, high = index_range(env, both, name, {})
        stated = limits.ranges.get(name)
        if stated is not None:
            first, last, strict = stated
            low = max(low, env.integer(first, {}) + (1 if strict else 0)) if first is not None else low
            high = min(high, env.integer(last, {})) if last is not None else high
        values = list(range(low, high + 1))
        some = [values[0], values[1], values[len(values) // 2], values[-1]] if len(values) > 4 else values
        choices.append(some if len(some) <= most else [some[0], some[-1]])
    places = [dict(zip(names, values, strict=True)) for values in product(*choices)]

    def fixed(name: str) -> bool:
        """Whether it has a value of its own, as the place of the 1 in a column."""
        return env.scope.find(name) is not None

    def at(name: str, place: Mapping[str, int]) -> int:
        return place[name] if name in place else env.integer(Sym(name), {})

    for pairs, wanted in ((limits.equal, True), (limits.unequal, False)):
        for one, other in (sorted(pair) for pair in pairs if pair & set(names) and all(map(fixed, pair - set(names)))):
            places = [place for place in places if (at(one, place) == at(other, place)) is wanted]
    return [{n: number(float(i)) for n, i in place.items()} for place in places[:MAX_PLACES]]


def compared(env: Env, left: Node, right: Node, local: Local) -> Outcome:
    env.begin()
    a, b = matched(env.side(left, local), env.side(right, local))
    sizes = largest(a), largest(b)
    if not all(map(math.isfinite, sizes)):
        raise Undefined("no finite value")
    if "c" in (a.dtype.kind, b.dtype.kind):
        a, b = a.real, b.real
        sizes = largest(a), largest(b)
    most = max(sizes)
    worst = largest(a - b)
    tolerance = (WIDE if env.loose else TIGHT) * max(env.scale, most, LEAST)
    if worst <= tolerance:
        return Outcome(True, most <= tolerance)
    if worst <= EDGE * tolerance:  # neither equal nor different: rounding errors could make it either
        raise Undefined("a difference at the edge of rounding")
    return Outcome(False, False, partial(example, env, a, b, local))


def vanishes(env: Env, node: Node) -> bool:
    """Whether a part is 0 up to rounding; False where it has no value of its own."""
    try:
        env.begin()
        with np.errstate(all="ignore"):
            value = env.value(node, {})
    except (Trouble, ArithmeticError, ValueError, np.linalg.LinAlgError):
        return False
    return isinstance(value, np.ndarray) and float(np.abs(value).max(initial=0.0)) <= TIGHT * max(env.scale, LEAST)


def example(env: Env, a: Array, b: Array, local: Local) -> Counterexample:
    a, b = np.broadcast_arrays(a.real, b.real)
    gaps = np.abs(a - b)
    alike = gaps >= gaps.max() * (1 - WIDE)  # the first of them: rounding, which is the machine's, is not to choose
    at = np.unravel_index(int(alike.argmax()), a.shape)
    sizes = ", ".join(f"{n}={s}" for n, s in env.world.sizes.items())
    places = [f"{n}={int(np.asarray(v).item())}" for n, v in local.items() if isinstance(v, np.ndarray) and v.size == 1]
    if a.size > 1:
        places.append(f"entry ({int(at[-2]) + 1}, {int(at[-1]) + 1})")
    label = env.world.label + (f" ({sizes})" if sizes else "")
    return Counterexample(label, ", ".join(places), float(a[at]), float(b[at]))
