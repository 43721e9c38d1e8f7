"""`evalkit plan`: how many problems and samples would show an effect, and what they would cost.

From a pilot run or from assumed rates of a 0/1 metric. Detectable is the smallest true difference that `compare` finds
with 80 % power (problems like these): the very test is simulated in designs of up to 200 problems, where it is not that
of normal differences (few samples, few values); below four problems nothing is said. With a delta, also how likely
"no difference larger than delta" is where there is none. Not covered: clusters of problems (count clusters instead),
and several arms at once, which Holm's correction makes a little harder than this table says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.comparing.pilot import QUICK, SIMULATED, Basis
from evalkit.errors import counted
from evalkit.stats.groups import MIN_UNITS
from evalkit.stats.power import MOST, VarianceSplit, fewest, minimum_detectable_effect, needed_problems, needed_samples

PROBLEMS = (4, 6, 8, 12, 20, 30, 50, 100)
SAMPLES = (1, 2, 3, 5, 10)
WANTED = 0.8
MOST_SAMPLES = 1000


@dataclass(frozen=True)
class Design:
    """So many problems and samples of two arms, the smallest difference that they show, and what they cost."""

    problems: int
    samples: int
    detectable: float | None
    """None below four problems, and where no difference that there can be is found with 80 % power."""
    requests: int
    cost: float
    power: float | None = None
    """Of finding the wanted effect."""
    equivalent: float | None = None
    """Of showing that there is no difference larger than delta, where there is none."""


@dataclass(frozen=True)
class Advice:
    """The table and, for the wanted effect, what would be needed. None: out of reach."""

    split: VarianceSplit
    designs: tuple[Design, ...]
    effect: float | None
    problems_needed: int | None = None
    samples_needed: int | None = None
    problems_range: tuple[int | None, int | None] | None = None
    """Between these lies what 8 of 10 resampled pilots would advise; None at an end: out of reach."""
    samples_range: tuple[int | None, int | None] | None = None
    delta: float | None = None
    problems_equivalent: int | None = None
    """Problems, with today's samples, that would show with 80 % power that no difference exceeds delta."""
    words: str = ""


def advise(
    basis: Basis, effect: float | None, delta: float | None = None, price: tuple[float, float] = (2.0, 0.0)
) -> Advice:
    """The table of designs and advice. price: requests and money of one pair (of each model)."""
    problems = sorted({*PROBLEMS, basis.problems})
    samples = sorted({*SAMPLES, basis.samples})
    wanted = effect or None

    def design(p: int, n: int) -> Design:
        pairs = p * n * basis.models
        power = None if wanted is None or p < MIN_UNITS else basis.power(wanted, p, n)
        equivalent = None if delta is None or p < MIN_UNITS else basis.equivalent(delta, p, n)
        return Design(
            p, n, detectable(basis, p, n, wanted), round(pairs * price[0]), pairs * price[1], power, equivalent
        )

    designs = tuple(design(p, n) for p in problems for n in samples)
    alike = None
    if delta is not None:
        alike = fewest(lambda p: basis.equivalent(delta, p, basis.samples, draws=QUICK) >= WANTED, MIN_UNITS)
    if wanted is None:
        words = _equivalence_words(basis, delta, alike)
        return Advice(basis.split, designs, None, delta=delta, problems_equivalent=alike, words=words)
    more = more_problems(basis, wanted)
    longer = more_samples(basis, wanted)
    ranges = _ranges(basis, wanted, more, longer)
    words = " ".join(
        w for w in (_words(wanted, basis, more, longer, ranges), _equivalence_words(basis, delta, alike)) if w
    )
    return Advice(basis.split, designs, wanted, more, longer, *ranges, delta, alike, words)


def detectable(basis: Basis, problems: int, samples: int, effect: float | None, draws: int = QUICK) -> float | None:
    """The smallest difference with 80 % power, in the direction of the wanted effect."""
    guess = minimum_detectable_effect(basis.split, problems, samples)
    if guess is None:
        return None
    sign = -1.0 if effect is not None and effect < 0 else 1.0

    def found(size: float) -> bool:
        return basis.power(sign * size, problems, samples, draws=draws) >= WANTED

    low, wanted = 0.0, abs(effect or 0.0)
    if 0 < wanted <= basis.most and found(wanted):
        high = wanted  # what the advice says of this design and what its cell says must be one thing
    else:
        low, high = min(wanted, basis.most), max(min(basis.most, max(4 * guess, 1e-6)), wanted)
        if not found(high):
            high = basis.most
            if high < float("inf") and not found(high):
                return None
    for _ in range(8):
        middle = (low + high) / 2
        low, high = (low, middle) if found(middle) else (middle, high)
    return high


def more_problems(basis: Basis, effect: float, draws: int = QUICK) -> int | None:
    """Fewest problems, with today's samples of each, that find the effect with 80 % power."""
    if abs(effect) > basis.most:
        return None
    found = fewest(lambda p: basis.power(effect, p, basis.samples, draws=draws) >= WANTED, MIN_UNITS, SIMULATED)
    return found or fewest(lambda p: basis.power(effect, p, basis.samples, draws=draws) >= WANTED, SIMULATED + 1, MOST)


def more_samples(basis: Basis, effect: float, draws: int = QUICK) -> int | None:
    if abs(effect) > basis.most or basis.problems < MIN_UNITS:
        return None
    return fewest(lambda n: basis.power(effect, basis.problems, n, draws=draws) >= WANTED, 1, MOST_SAMPLES)


Range = tuple[int | None, int | None]


def _ranges(
    basis: Basis, effect: float, problems: int | None, samples: int | None
) -> tuple[Range | None, Range | None]:
    """What 8 of 10 resampled pilots would advise, of problems and of samples.

    By the formula, times what simulation makes of the formula's advice for the pilot itself; widened to hold that.
    """
    if not basis.splits:
        return None, None

    def of(need: Callable[[VarianceSplit], int | None], advised: int | None) -> Range:
        formula = need(basis.split)
        factor = advised / formula if advised and formula else 1.0
        found = sorted(np.ceil((need(s) or np.inf) * factor) for s in basis.splits)
        tenth = len(found) // 10
        ends = (min(found[tenth], advised or np.inf), max(found[-1 - tenth], advised or np.inf))
        low, high = (None if x == np.inf else int(x) for x in ends)
        return low, high

    return (
        of(lambda s: needed_problems(s, effect, basis.samples), problems),
        of(lambda s: needed_samples(s, effect, basis.problems), samples),
    )


def _words(
    effect: float, basis: Basis, problems: int | None, samples: int | None, ranges: tuple[Range | None, Range | None]
) -> str:
    if not basis.piloted:
        return _assumed_words(effect, basis, problems, samples)
    each = f"{counted(basis.samples, 'sample')} each"
    by_problems = f"{problems} problems with {each}" if problems else "no number of problems in reach"
    by_samples = (
        f"{counted(samples, 'sample')} of the {basis.problems} problems" if samples else "more samples alone never"
    )
    unsure = [_range(r, what) for r, what in zip(ranges, ("problems", "samples"), strict=True) if r is not None]
    doubt = f" A pilot of {basis.problems} problems leaves open: {'; '.join(unsure)}." if unsure else ""
    if problems and samples:
        cheaper = "add problems" if problems * basis.samples <= samples * basis.problems else "add samples"
        return f"To see a difference of {effect:+g}: {by_problems}, or {by_samples}; it is cheaper to {cheaper}.{doubt}"
    if problems:
        return f"To see a difference of {effect:+g}: {by_problems}; {by_samples} show it, so add problems.{doubt}"
    return f"A difference of {effect:+g} is out of reach.{doubt}"


def _assumed_words(effect: float, basis: Basis, problems: int | None, samples: int | None) -> str:
    """Without a pilot there are no problems to speak of, no prices, and nothing that "more" would be more than."""
    goal, size = f"To see a difference of {effect:+g}", basis.problems
    if not problems:
        return f"A difference of {effect:+g} is out of reach."
    some = f"{problems} problems with {counted(basis.samples, 'sample')} each"
    if not samples:
        return f"{goal}: {some}; with {size} problems no number of samples is enough."
    mine, others = problems * basis.samples, samples * size
    fewer = (
        "both take as many replies"
        if mine == others
        else f"the {'first' if mine < others else 'second'} takes fewer replies"
    )
    return f"{goal}: {some}, or {size} problems with {counted(samples, 'sample')} each; {fewer}."


def _range(found: Range, what: str) -> str:
    low, high = found
    if low is None:
        return f"no number of {what}"
    return f"{low} {what} or more, perhaps no number" if high is None else f"{low} to {high} {what}"


def _equivalence_words(basis: Basis, delta: float | None, problems: int | None) -> str:
    if delta is None:
        return ""
    if problems is None:
        return f"That no difference exceeds {delta:g} is out of reach."
    each = f"{counted(basis.samples, 'sample')} each"
    return f"To show that no difference exceeds {delta:g}, where there is none: {problems} problems with {each}."


def rows(advice: Advice) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Columns and cells of the table: one row for each number of problems, one column for each number of samples."""
    samples = sorted({d.samples for d in advice.designs})
    cells = []
    for problems in sorted({d.problems for d in advice.designs}):
        line = {d.samples: d for d in advice.designs if d.problems == problems}
        cells.append((str(problems), *(_cell(line[n]) for n in samples)))
    return ("problems", *(f"{n} sample{'s' if n > 1 else ''}" for n in samples)), tuple(cells)


def _cell(d: Design) -> str:
    shown = "cannot tell" if d.problems < MIN_UNITS else "none" if d.detectable is None else f"{d.detectable:.2f}"
    return f"{shown} ({d.requests:,})" + (f" {d.cost:.3g}" if d.cost else "")


def as_data(advice: Advice) -> dict[str, object]:
    """Plain data for --json."""
    fields: Sequence[str] = (
        "effect", "problems_needed", "samples_needed", "problems_range", "samples_range", "delta",
        "problems_equivalent", "words",
    )  # fmt: skip
    return {
        "between": advice.split.between,
        "within": advice.split.within,
        **{name: getattr(advice, name) for name in fields},
        "designs": [{n: getattr(d, n) for n in d.__dataclass_fields__} for d in advice.designs],
    }
