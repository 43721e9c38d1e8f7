r"""Values far from those that are drawn, for inequalities that hold in all samples: `\|AB\|_* \le \|A\|_F\|B\|_F`, `k < m`.

Other sizes in the order that is declared; letters of every size, of rank one, with equal entries, zeros, signs turned, one the
transpose of another; then a walk from the narrowest of these to where it is narrower still. What keeps its declaration (positive,
orthogonal, definite) keeps it here. It shows that an inequality may be relied on, and proves nothing; nothing is false by it.
Not covered: letters of which only examples are known (functions, roots of equations), numerical derivatives, inequalities of
matrices.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, walk
from evalkit.derivation.verdicts.in_world import assignments
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.worlds import extreme_values as values
from evalkit.derivation.worlds.draw import Array, generator
from evalkit.derivation.worlds.entries import PLACE, Alias, Defined, Dimension, Drawn, Factor, Family, Index
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.indices import loose_indices
from evalkit.derivation.worlds.values import Trouble, matched
from evalkit.derivation.worlds.world import Group

TRIED, STEPS_OF_WALK, ENOUGH = 48, 100, 24
"""Worlds that are tried, steps of each of two walks to narrower ones, and how many of the worlds must give a value."""
MAX_STEPS, MAX_WORK, MAX_REPLY_STEPS = 60_000, 8_000_000, 240_000
"""Of evaluation, and computed entries, for all of one inequality; and of evaluation for those of a reply."""
MOST_SIDES, MOST_NUMBERS = 12, 3000
"""Sizes of matrices; and those of sizes alone, where nothing has this size."""
NEAR, FAR = 0.5, 3.0
"""Over how many powers of ten the sizes lie, to both sides of 1. Near values do not run into the ends of what can be told apart."""
ROUNDING = 1e-9
TOUCHING = 1e-6
"""How narrow a strict inequality becomes that is an equation somewhere."""
FREE = frozenset({"positive", "nonnegative", "integer", "data", "fixed", "scalar"})
"""Kinds of numbers of which any may be that fits them."""
ORDER = re.compile(r"\s*(\w+)\s*(<=?|>=?|≤|≥)\s*(\w+)\s*")


class Margin(NamedTuple):
    """The gap between two sides beside the larger of them, and as it is: the first tells nothing where one side is 0."""

    relative: float
    gap: float


NONE = Margin(-1.0, -1.0)
"""Where it does not hold, or nobody can tell."""
Values = dict[tuple[str, Drawn], Array]


class Start(NamedTuple):
    """Where a walk begins."""

    margin: Margin
    sizes: Mapping[str, int]
    number: int
    drawn: Values

    def size(self) -> int:
        """The number of entries."""
        return sum(value.size for value in self.drawn.values())


@dataclass
class Inequality:
    """`low <= high`, or `low < high`, in one group of worlds, and what it rests on."""

    judge: Judge
    base: Env
    low: Node
    high: Node
    strict: bool
    letters: Mapping[str, Drawn]
    steps: int = 0
    work: int = 0

    def margin(self, sizes: Mapping[str, int], number: int, drawn: Values, *, mild: bool) -> Margin | None:
        """The narrowest gap in a world; None where it has no value there. Below 0 where it does not hold."""
        world = replace(self.base.world, sizes=sizes, seed=number, drawn=dict(drawn), spent=[0], worked=[0])
        env, both = self.base.elsewhere(world), Bin("=", self.low, self.high)
        found: list[Margin] = []
        try:
            for local in assignments(env, both, loose_indices(env, both, {}), self.judge.limits):
                env.begin()
                with np.errstate(all="ignore"):
                    a, b = matched(env.value(self.low, local), env.value(self.high, local))
                self.steps, self.work = self.steps + env.steps, self.work + env.work
                self.judge.limits.far_steps += env.steps
                if env.loose or a.size != 1 or self.is_worn_out:
                    return NONE
                if np.iscomplexobj(a) or np.iscomplexobj(b) or not (np.isfinite(a).all() and np.isfinite(b).all()):
                    return None
                found.append(relative(a.item(), b.item(), env.scale, strict=self.strict, mild=mild))
        except (Trouble, ArithmeticError, ValueError, RecursionError, np.linalg.LinAlgError):
            return None
        return min(found, default=None)

    @property
    def is_worn_out(self) -> bool:
        """Whether it takes too much."""
        return self.steps > MAX_STEPS or self.work > MAX_WORK or self.judge.limits.far_steps > MAX_REPLY_STEPS


def relative(a: float, b: float, scale: float, *, strict: bool, mild: bool) -> Margin:
    """The gap from a to b; 0 where rounding may have made it; below 0 where a strict one is none."""
    gap, rounding = b - a, ROUNDING * max(scale, abs(a), abs(b))
    if abs(gap) > rounding:
        return Margin(round(gap / max(abs(a), abs(b)), 9), gap)
    return NONE if strict and mild else Margin(0.0, 0.0)


def holds_in_extremes(judge: Judge, group: Group, left: Node, op: str, right: Node) -> bool:
    """Whether it holds in worlds near and far from ours, those included to which a search for a narrow one leads."""
    low, high = (right, left) if op in (">", "geq") else (left, right)
    base, both = judge.envs(group)[0], Bin("=", left, right)
    entries = {n: base.scope.entries.get(n) for n in base.depends(both)}
    if not all(is_known(e) for e in entries.values()):
        return False
    letters = {n: e for n, e in entries.items() if isinstance(e, Drawn) and e.subset is None}
    dimensions = any(isinstance(e, Dimension) for e in entries.values()) or any(e.shape for e in letters.values())
    if not dimensions and all(e.kinds <= FREE for e in letters.values()):
        return False  # numbers alone: inequalities.py knows their special values
    if dimensions and any(isinstance(side, Num) and side.value % 1 for side in (low, high)):
        return False  # a bound that is no whole number may be passed by sizes that nobody draws
    asked = Inequality(judge, base, low, high, op in ("<", ">"), letters)
    ranked = any(isinstance(n, Call) and n.name == "rank" for n in walk(both))
    starts: list[Start] = []
    seen = 0
    for number, (sizes, drawn, mild) in enumerate(worlds(asked, wide=not any(e.shape for e in letters.values()))):
        margin = asked.margin(sizes, number, drawn, mild=mild)
        if margin is None or (ranked and not mild):  # there rounding has made ranks higher
            continue
        if margin.gap < 0:
            return False
        seen += 1
        if mild and margin.gap > 0 and drawn:
            starts.append(Start(margin, sizes, number, drawn))
    if seen < ENOUGH // (1 + ranked):
        return False
    first = [min(starts, key=lambda s: s.margin), min(starts, key=Start.size)] if starts else []
    return all(keeps_on_a_walk(asked, start) for start in first)


def is_known(entry: object) -> bool:
    """Whether all that an entry can be is drawn, or follows from what is; a function of which nothing is known is one example."""
    if isinstance(entry, Defined):
        return entry.params != PLACE
    return entry is None or (
        isinstance(entry, Drawn | Factor | Family | Dimension | Index | Alias)
        and not (isinstance(entry, Drawn) and "function" in entry.kinds)
    )


def worlds(asked: Inequality, *, wide: bool) -> Iterator[tuple[Mapping[str, int], Values, bool]]:
    """(sizes, values of the letters, whether these are of a common size); wide: no letter has a shape"""
    rng = generator(asked.base.world.seed, "extremes", *sorted(asked.letters))
    for number in range(TRIED):
        sizes = other_sizes(asked, rng, number, wide=wide) if number % 3 else own_sizes(asked, number)
        mild = number < len(values.FORMS) or number % 2 == 0
        drawn: Values = {}
        env = asked.base.elsewhere(replace(asked.base.world, sizes=sizes, seed=number, drawn={}))
        for place, (name, entry) in enumerate(sorted(asked.letters.items())):
            form = values.FORMS[number if number < len(values.FORMS) else int(rng.integers(len(values.FORMS)))]
            mild = mild and form != values.SPREAD
            power = NEAR if mild else FAR
            try:
                shape = [env.size(n) for n in entry.shape] + [1, 1]
                value = values.extreme(rng, (shape[0], shape[1]), entry.kinds, form, 10 ** rng.uniform(-power, power))
            except (Trouble, ArithmeticError, ValueError):
                continue
            if value is not None:
                drawn[name, entry] = value
            if place and number % 4 == 1:
                made_alike(rng, drawn, name, entry)
        yield sizes, drawn, mild


def made_alike(rng: np.random.Generator, drawn: Values, name: str, entry: Drawn) -> None:
    """Gives a letter the value, or the transpose, of one before it that has its shape and no properties, or nearly that."""
    if entry.kinds - {"data", "fixed"} or (name, entry) not in drawn:
        return
    shape = drawn[name, entry].shape
    others = [v for (n, e), v in drawn.items() if n != name and not e.kinds - {"data", "fixed"}]
    for other in reversed(others):
        for same in (other, other.T):
            if same.shape == shape:
                drawn[name, entry] = same * rng.choice((1.0, -1.0, 1.001, 0.5))
                return


def own_sizes(asked: Inequality, number: int) -> Mapping[str, int]:
    """Those of the worlds that there are."""
    return asked.judge.worlds[number // 3 % len(asked.judge.worlds)].sizes


def other_sizes(asked: Inequality, rng: np.random.Generator, number: int, *, wide: bool) -> Mapping[str, int]:
    """Others in the declared order, equal ones among them; our own where the reply gave some."""
    own = own_sizes(asked, int(rng.integers(3)))
    if [w.sizes for w in asked.judge.worlds] != list(asked.judge.setting.sizes):
        return own
    most = MOST_NUMBERS if wide and number % 2 else MOST_SIDES
    least = most / 2 if number % 5 == 0 else 2 if asked.strict and not wide else 1
    pairs = [m.groups() for text in asked.judge.setting.spec.dimensions if (m := ORDER.fullmatch(text))]
    for _ in range(40):
        found = {n: int(math.exp(rng.uniform(math.log(least), math.log(most + 0.99)))) for n in own}
        if all(keeps(found[a], sign, found[b]) for a, sign, b in pairs):
            return found
    return own


def keeps(a: int, sign: str, b: int) -> bool:
    return {"<": a < b, "<=": a <= b, "≤": a <= b, ">": a > b, ">=": a >= b, "≥": a >= b}[sign]


def keeps_on_a_walk(asked: Inequality, start: Start) -> bool:
    """Whether it still holds after small steps of one letter or of all, each to where it is narrower."""
    rng = generator(asked.base.world.seed, "walk", start.number, *sorted(asked.letters))
    margin, drawn, step = start.margin, start.drawn, 0.5
    for _ in range(STEPS_OF_WALK):
        keys = list(drawn)
        one = keys[int(rng.integers(len(keys)))] if rng.integers(3) else None
        new = {k: values.moved(rng, v, k[1].kinds, step) if one in (None, k) else v for k, v in drawn.items()}
        found = asked.margin(start.sizes, start.number, new, mild=False)
        if found is not None and found.gap < 0:
            return False
        if found is not None and found.gap > 0 and found < margin:
            margin, drawn, step = found, new, min(step * 2, 1.0)
        else:
            step = max(step * 0.85, 1e-3)
    return not (asked.strict and margin.relative < TOUCHING)
