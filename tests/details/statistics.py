"""What the statistics say of small samples: every function over samples that are few, unequal, tied, constant or rare.

Figures to five digits, with the words that come with them. What is right is said by the tables of tests/test_stats_*.py.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.stats import (
    adjust,
    concentration,
    correlation,
    equivalence,
    groups,
    heterogeneity,
    interaction,
    joined,
    odds,
    permutation,
    power,
    rates,
    ratio,
    sequential,
    simulation,
    wordings,
)  # fmt: skip
from evalkit.stats.agreement import agreement
from evalkit.stats.corrected import corrected_difference, corrected_mean, error_of
from evalkit.stats.groups import Sides
from evalkit.stats.paired import paired_difference
from evalkit.stats.within import equivalence_within, few_counted, within_problem_interval
from tests.recorded import short

LONG = 400
Said = Callable[[], object]


@dataclass(frozen=True)
class Data:
    """Pairs, problem by problem. sizes: pairs of each problem."""

    a: Any
    b: Any
    sizes: tuple[int, ...]

    @property
    def problem(self) -> Any:
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    @property
    def count(self) -> int:
        return len(self.a)


SIZES: tuple[tuple[int, ...], ...] = (
    (1,), (3,), (2, 2), (3, 1, 2), (1, 1, 1, 1), (2, 2, 2, 2), (4, 1, 3, 2, 6), (3,) * 8, (1,) * 14, (5,) * 12,
)  # fmt: skip
ALIKE: tuple[tuple[int, ...], ...] = ((2, 2, 2, 2, 2), (3, 1, 2, 2, 1, 4))


def _of(arms: Iterable[Any], sizes: tuple[int, ...]) -> Data:
    a, b = (arm.astype(float) for arm in arms)
    return Data(a, b, sizes)


def samples() -> Iterator[tuple[str, Data]]:
    rng = np.random.default_rng(11)
    for sizes in SIZES:
        n = sum(sizes)
        hard = np.repeat(rng.uniform(0, 0.6, len(sizes)), sizes)
        yield f"right or wrong {sizes}", _of((rng.random(n) > hard + s for s in (-0.1, 0.2)), sizes)
        yield f"four levels {sizes}", _of((rng.integers(0, 3, n) + s for s in (1.0, 0.0)), sizes)
        yield f"amounts {sizes}", _of((rng.normal(s, 1, n) + 3 * hard for s in (0.5, 0.0)), sizes)
    for name, a, b in (
        ("always right", 1.0, 1.0), ("never right", 0.0, 0.0), ("all against none", 1.0, 0.0), ("a constant", 2.5, 2.5), ("far off", 1e9 + 1, 1e9),
    ):  # fmt: skip
        for sizes in ALIKE:
            yield f"{name} {sizes}", Data(np.full(sum(sizes), a), np.full(sum(sizes), b), sizes)
    once = np.zeros(24)
    once[5] = 1.0
    yield "one of many", Data(once, np.zeros(24), (3,) * 8)
    yield "constant inside each", Data(np.repeat([0.0, 1, 1, 2, 0, 1], 4), np.repeat([0.0, 0, 1, 2, 0, 1], 4), (4,) * 6)
    yield "not a number", Data(np.array([1.0, np.nan]), np.zeros(2), (2,))
    yield "nothing", Data(np.zeros(0), np.zeros(0), ())


def told(folder: Path) -> Iterator[str]:
    del folder
    for name, data in samples():
        yield f"--- {name}"
        yield from (f"{what}: {_asked(said)}" for what, said in _of_pairs(data))
    for what, said in _alone():
        yield f"{what}: {_asked(said)}"


def _of_pairs(d: Data) -> Iterator[tuple[str, Said]]:
    p, cluster = d.problem, d.problem // 2
    ends = (float(d.b.min()), float(d.a.max())) if d.count else (0.0, 1.0)
    apart = Sides(p, p[::-1])
    for how in ("auto", "t", "score"):
        yield f"pairs, {how}", lambda how=how: paired_difference(d.a, d.b, p, method=how)  # type: ignore[misc]
    yield "pairs in clusters", lambda: paired_difference(d.a, d.b, p, cluster=cluster, span=ends)
    yield "no pairs", lambda: paired_difference(d.a, d.b, apart)
    yield "the same", lambda: equivalence.equivalence(paired_difference(d.a, d.b, p), 0.4)
    yield "permuted", lambda: permutation.within_problem_permutation(d.a, d.b, p, seed=1, draws=200)
    yield "permuted pairs", lambda: permutation.within_problem_permutation(d.a, d.b, p, paired=True, seed=1, draws=200)
    yield "these problems", lambda: within_problem_interval(d.a, d.b, p)
    yield "these problems, pairs", lambda: within_problem_interval(d.a, d.b, p, paired=True, span=ends)
    yield "these the same", lambda: equivalence_within(within_problem_interval(d.a, d.b, p), 0.4)
    yield "few counted", lambda: few_counted(d.a, d.b)
    yield "variances", lambda: power.variance_split(d.a, d.b, p)
    yield "variances, pairs", lambda: power.variance_split(d.a, d.b, p, paired=True, model=np.arange(d.count) % 2)
    yield "a rate", lambda: rates.clustered_rate(d.a, np.maximum(d.a, 1), p)
    yield "a ratio", lambda: ratio.ratio_of_means(d.a, d.b, p)
    yield "agreement", lambda: agreement(d.a, d.b)
    yield "rank correlation", lambda: correlation.spearman(d.a, d.b + 0.1 * np.arange(d.count), p)
    yield "odds", lambda: odds.proportional_odds(np.r_[d.a, d.b], np.r_[p * 0 + 1, p * 0], np.r_[p, p] * 0, np.r_[p, p])
    yield "wordings", lambda: wordings.between_wordings(d.a - d.b, p, np.arange(d.count) % 2)
    yield "wordings of each", lambda: wordings.within_problems(d.a - d.b, p, np.arange(d.count) % 2)
    yield "each problem", lambda: heterogeneity.problem_effects(d.a, d.b, p, p, paired=True, seed=1)
    yield (
        "without one",
        lambda: heterogeneity.leave_one_out(_moved(d), np.arange(len(d.sizes)), np.arange(len(d.sizes))),
    )
    yield "it rests on", lambda: concentration.rests_on(_moved(d), groups.sampled(d.a, d.b, p), 0.1, independent=True)
    yield "these differ", lambda: concentration.differing(_moved(d), groups.sampled(d.a, d.b, p))
    yield "four arms", lambda: interaction.interaction(d.b, d.a, d.b[::-1], d.a[::-1], p, cluster=cluster)
    half = d.count // 2
    yield "corrected", lambda: corrected_mean(d.a[:half], d.b[:half], d.b[half:], cluster=Sides(p[:half], p[half:]))
    yield "corrected, both", lambda: _corrected(d, half)


def _moved(d: Data) -> Any:
    return groups.group_means(d.a - d.b, d.problem, len(d.sizes))


def _corrected(d: Data, half: int) -> object:
    arm, baseline = (corrected_mean(x[:half], y[:half], y[half:]) for x, y in ((d.a, d.b), (d.b, d.a)))
    return corrected_difference(arm, baseline), error_of(arm, baseline)


def _alone() -> Iterator[tuple[str, Said]]:
    yield "--- p values", lambda: None
    for p in ([], [0.04], [0.01, 0.04, 0.03, 0.5], [0.5, 0.5, 1.0, 0.0], [0.2, 2.0]):
        yield f"holm {p}", lambda p=p: adjust.holm(p)  # type: ignore[misc]
        yield f"benjamini_hochberg {p}", lambda p=p: adjust.benjamini_hochberg(p)  # type: ignore[misc]
    for k, n in ((0, 0), (0, 1), (0, 10), (3, 10), (10, 10), (5, 3)):
        yield f"wilson {k} of {n}", lambda k=k, n=n: rates.wilson(k, n)  # type: ignore[misc]
    for up, down, n in ((0, 0, 5), (3, 0, 5), (5, 5, 10), (0, 10, 10), (4, 1, 20)):
        yield f"tango {up} {down} of {n}", lambda u=up, d=down, n=n: (rates.tango_interval(u, d, n), rates.tango_statistic(u, d, n, 0.1))  # type: ignore[misc]  # fmt: skip
        yield f"e value {up} {down}", lambda u=up, d=down: sequential.e_value(u, d)  # type: ignore[misc]
    for between, within in ((0.0, 0.0), (0.05, 0.4), (0.0, 0.2), (0.3, 0.0)):
        split = power.VarianceSplit(between, within)
        for problems, each in ((1, 1), (2, 3), (20, 4)):
            yield f"power {between} {within} {problems} {each}", lambda s=split, k=problems, n=each: (  # type: ignore[misc]
                power.power_of(s, 0.2, k, n), power.minimum_detectable_effect(s, k, n), power.needed_problems(s, 0.2, n), power.needed_samples(s, 0.2, k),
            )  # fmt: skip
    for least, enough, most in ((1, 1, 8), (1, 8, 8), (3, 6, 6), (2, 9, 8), (1, 5, 1000)):
        yield f"fewest {least} {enough} {most}", lambda low=least, e=enough, m=most: power.fewest(lambda n: n >= e, low, m)  # type: ignore[misc]  # fmt: skip
    for baseline, levels, between, shared, models in (
        (0.5, 0.0, 0.0, 0.0, 1),
        (0.2, 0.3, 0.2, 0.5, 2),
        (1.0, 0.1, 0.4, 0.0, 1),
    ):
        population = simulation.Population(baseline, levels, between, shared, models)
        yield f"population {population}", lambda p=population: (p.split(0.3), _drawn(p))  # type: ignore[misc]
    for effects in ((), (0.2,), (0.5, 0.0), (0.9, 0.0, 0.1), (-0.2, 0.2), (0.3, 0.3, 0.3)):
        yield f"over wordings {effects}", lambda e=effects: (wordings.carrying(e), wordings.over_wordings(0.3, 0.1, 9, e))  # type: ignore[misc]  # fmt: skip
    for labels in (
        [3, 1, 3],
        ["b", "a", "b"],
        [("x", 1), ("x", 2), ("x", 1)],
        np.array([True, False]),
        np.array(["b", "a"]),
        [],
    ):
        yield f"codes {labels!r}", lambda x=labels: groups.codes(x)  # type: ignore[misc]
    for pair in (
        Sides([1, 2], [2, 1]),
        Sides(np.array([1, 2]), np.array([3])),
        Sides(np.array([1, 2]), [2]),
        Sides(["a"], ["b"]),
    ):
        yield f"{pair}", lambda p=pair: (type(groups.joined(p)).__name__, list(groups.joined(p)))  # type: ignore[misc]
    yield "joined", _joined


def _drawn(population: simulation.Population) -> object:
    drawn = simulation.drawn(population, 0.3, (4, 5), 3, np.random.default_rng(2))
    return drawn, simulation.finds(drawn), simulation.shows_none(drawn, 0.5)


def _joined() -> object:
    found = [within_problem_interval(d.a, d.b, d.problem) for name, d in samples() if name.endswith("(4, 1, 3, 2, 6)")]
    return [joined.joined(found[:n], [1.0 / n] * n) for n in (1, 2, 3)]


def _asked(said: Said) -> str:
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of means of nothing
            text = _shown(said())
            return text if len(text) < LONG else f"{text[:LONG]} ... {short(text)}"
    except (ValueError, ZeroDivisionError, IndexError, FloatingPointError) as error:
        return f"{type(error).__name__} {error}"


def _shown(value: Any) -> str:
    if is_dataclass(value) and not isinstance(value, type):
        inner = ((f.name, getattr(value, f.name)) for f in fields(value))
        return f"{type(value).__name__}({', '.join(f'{n} {_shown(v)}' for n, v in inner if not callable(v))})"
    if isinstance(value, np.ndarray):
        return _shown(value.tolist())
    if isinstance(value, list | tuple):
        return f"[{' '.join(map(_shown, value))}]"
    if isinstance(value, bool | np.bool_) or not isinstance(value, float):
        return str(value)
    return "0" if abs(value) < 1e-9 else f"{value:.5g}"
