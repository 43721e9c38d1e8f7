"""Numbers that follow from the numbers of a text: differences, sums, quotients, products, shares, complements.

A result keeps what it counts: two numbers are added or compared only where they have the same unit or noun, so 95 sacks
less 40 sacks are 55 sacks and never 55 carts. Results are held as sorted values by unit kind or noun, so that asking
for one takes logarithmic time.

Not covered: more than two operations, powers, averages of more than two numbers, compound units but rates.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from evalkit.reading.facts import SCALED, Fact
from evalkit.reading.quantities import UNITS

_MOST = 30
"""Numbers that are combined in two steps."""


@dataclass(frozen=True, slots=True)
class Derived:
    """Sorted results by kind of unit or by noun. each: for one of something else, with what that is (`per cart`)."""

    values: dict[str, list[float]] = field(default_factory=dict)
    each: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    """By what is counted, and the noun or kind of what it is divided by, in base units."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A number to be explained: its value in base units, how far it may be off, and what stands behind its `per`."""

    number: Fact
    value: float
    slack: float
    each: str | None

    def among(self, derived: Derived) -> bool:
        names = keys(self.number)
        if any(self._near(derived.values.get(key, ())) for key in names):
            return True
        if self.each is None:
            return False
        kind, factor = UNITS.get(self.each, (self.each, 1))
        return any(self._near(derived.each.get((key, kind), ()), 1 / float(factor)) for key in names)

    def multiplied(self, numbers: Sequence[Fact], derived: Derived, counts: Iterable[object]) -> bool:
        """Whether it is a multiple (or, behind `per`, a part) of a number or a result, by a number beside it."""
        if self.number.kind not in ("time", None):
            return False
        names = set(keys(self.number))
        plain = sorted(float(n.value) for n in numbers if names & set(keys(n)))
        for count in counts:
            times = float(count)  # type: ignore[arg-type]
            if times == self.value and self.number.kind is None:
                continue
            factors = (times, 1 / times) if self.each else (times,)
            for factor in factors:
                if any(self._near(values, 1 / factor) for values in (plain, *map(derived.values.get, names)) if values):
                    return True
        return False

    def _near(self, values: Sequence[float], scale: float = 1.0) -> bool:
        low, high = (self.value - self.slack) * scale, (self.value + self.slack) * scale
        at = bisect_left(values, low)
        return at < len(values) and values[at] <= high


def complements(numbers: Sequence[Fact]) -> Derived:
    """What is left of the whole: 40% where 60% or 3 of 5 are given."""
    left = [1 - n.value for n in numbers if n.kind in ("share", "ratio") and 0 < n.value < 1]
    return collected((kind, float(value)) for value in left for kind in ("share", "ratio"))


def one_step(numbers: Sequence[Fact], others: Sequence[Fact] | None = None) -> Derived:
    """What one operation on two of the numbers gives (with `others`: on one of each)."""
    pairs = list(combinations(numbers, 2)) if others is None else [(a, b) for a in numbers for b in (*numbers, *others)]
    pairs = [(a, b) for a, b in pairs if a.value and b.value and a is not b]
    plain = ((key, value) for a, b in pairs for key, value in (*_alike(a, b), *_products(a, b)))
    return collected([*plain, *_per_count(pairs)], _quotients(pairs))


def two_steps(numbers: Sequence[Fact]) -> Derived:
    """What is left of two shares, sums of three, and differences for each of a count or in multiples of it."""
    numbers = [number for number in numbers[:_MOST] if number.value]
    plain: list[tuple[str, float]] = []
    shares = [float(n.value) for n in numbers if n.kind in ("share", "ratio") and n.value < 1]
    for a, b in combinations(shares, 2):
        plain += [("share", 1 - a - b), ("share", (1 - a) * (1 - b))]
    for three in combinations(numbers, 3):
        if len({n.value for n in three}) < 3:
            continue
        shared = set(keys(three[0])) & set(keys(three[1])) & set(keys(three[2])) - {"share", "ratio", "factor"}
        plain += [(key, float(sum(n.value for n in three))) for key in shared]
    differences = [
        Fact(abs(a.value - b.value), a.kind, a.nouns & b.nouns, 0, 0)
        for a, b in combinations(numbers, 2)
        if a.value != b.value and (a.kind == "time" or (a.kind is None and a.nouns & b.nouns)) and a.kind == b.kind
    ]
    counted = [(d, n) for d in differences for n in numbers]
    return collected(plain, _quotients(counted))


def keys(number: Fact) -> tuple[str, ...]:
    """The kind of unit, or each noun, by which a number is found."""
    if number.kind:
        return (number.kind,)
    nouns = number.nouns | SCALED if number.value >= 1000 else number.nouns  # `1.75 million` may count anything
    return tuple(f"noun {noun}" for noun in sorted(nouns))


def _alike(a: Fact, b: Fact) -> Iterator[tuple[str, float]]:
    """Of two numbers of one kind: difference, sum, quotient, relative change."""
    if a.kind != b.kind or a.value == b.value or not (a.kind or a.nouns & b.nouns):
        return
    high, low = float(max(a.value, b.value)), float(min(a.value, b.value))
    for key in set(keys(a)) & set(keys(b)):
        yield from ((key, high - low), (key, high + low))
    yield "factor", high / low
    yield from (("share", value) for value in ((high - low) / high, (high - low) / low, low / high))


def _products(a: Fact, b: Fact) -> Iterator[tuple[str, float]]:
    """A share of what is counted, and what is left of it."""
    for part, whole in ((a, b), (b, a)):
        if whole.kind is not None:
            continue  # of a time only where the share stands beside it
        if part.kind in ("share", "ratio") and 0 < part.value < 1:
            shares = [float(part.value * whole.value), float((1 - part.value) * whole.value)]
            yield from ((key, value) for key in keys(whole) for value in shares)


def _per_count(pairs: Iterable[tuple[Fact, Fact]]) -> Iterator[tuple[str, float]]:
    """A time for each of what is counted; that it is for one of these is clear without `per`, too."""
    for a, b in pairs:
        for time, count in ((a, b), (b, a)):
            if time.kind == "time" and count.kind is None and count.value > 1:
                yield "time", float(time.value / count.value)


def _quotients(pairs: Iterable[tuple[Fact, Fact]]) -> Iterator[tuple[tuple[str, str], float]]:
    """Something for one of something else: sacks per cart, per hour."""
    for a, b in pairs:
        for top, low in ((a, b), (b, a)):
            unlike = top.kind != low.kind or (top.kind is None and not top.nouns & low.nouns)
            if low.value and unlike and {top.kind, low.kind} <= {"time", None}:
                for key in keys(top):
                    for each in keys(low):
                        yield (key, each.removeprefix("noun ")), float(top.value / low.value)


def collected(values: Iterable[tuple[str, float]], each: Iterable[tuple[tuple[str, str], float]] = ()) -> Derived:
    by_key: dict[str, list[float]] = defaultdict(list)
    for key, value in values:
        by_key[key].append(value)
    by_pair: dict[tuple[str, str], list[float]] = defaultdict(list)
    for pair, value in each:
        by_pair[pair].append(value)
    return Derived({key: sorted(found) for key, found in by_key.items()}, {k: sorted(v) for k, v in by_pair.items()})
