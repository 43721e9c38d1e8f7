"""The change since the first turn less the placebo's, and the steering index for problems like these: by other code."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import permutation_test, t, ttest_rel

from evalkit.comparing.changes import BEYOND, SINCE, changes
from evalkit.comparing.comparison import Comparison, Design
from evalkit.comparing.index import Index, _ratio_limits
from evalkit.comparing.steering import steering
from evalkit.runfile.runs import Runs
from evalkit.runfile.store import Store
from evalkit.stats.rates import wilson
from evalkit.stats.ratio import ratio_of_means
from evalkit.types import Score, Transcript, Trial, Turn
from tests.arrange import inside

METRIC = "approach.level"
Levels = dict[str, list[list[tuple[float | None, ...]]]]
"""arm -> problem -> sample -> level in the first and in the last turn; one level: it ended there."""


def fill(path: Path, levels: Levels, *, shared: bool = False) -> Path:
    """A run file of two turns each; shared: the first reply of a sample is the same in all arms."""
    with Store(path, write=True) as store:
        values: dict[Trial, tuple[float | None, ...]] = {}
        for arm, by_problem in levels.items():
            for p, samples in enumerate(by_problem):
                for s, pair in enumerate(samples):
                    trial = Trial(f"p{p:02d}", arm, "m", s)
                    values[trial] = pair
                    first = f"{p} {s}" if shared else f"{p} {s} {arm}"
                    said = (
                        Turn("user", "q"),
                        Turn("assistant", first),
                        Turn("user", arm),
                        Turn("assistant", f"{trial}"),
                    )
                    store.keep_transcript(Transcript(trial, said[: 2 * len(pair)])).result()
        kept = [
            store.keep_scores(stored.id, turn, "approach", "1-x", [Score("level", value, "cut off: at once")])
            for stored in store.transcripts()
            for turn, value in enumerate(values[stored.transcript.trial], 1)
        ]
        for future in kept:
            future.result()
    return path


def beyond(path: Path, design: Design | None = None) -> Comparison:
    with Store(path) as store:
        found = changes(Runs([store]), ["placebo", "hint"], [METRIC], design or Design([]))
    assert [c.turn for c in found] == [SINCE, SINCE, BEYOND]
    return found[-1]


def drawn(problems: int, samples: int, seed: int = 3) -> Levels:
    rng = np.random.default_rng(seed)

    def arm(up: float) -> list[list[tuple[float | None, ...]]]:
        found: list[list[tuple[float | None, ...]]] = []
        for _ in range(problems):
            first = rng.integers(0, 3, samples)
            now = np.minimum(first + (rng.random(samples) < up), 3)
            found.append([(float(a), float(b)) for a, b in zip(first, now, strict=True)])
        return found

    return {"placebo": arm(0.2), "hint": arm(0.7)}


def means(levels: Levels, arm: str) -> np.ndarray:
    judged = [[row for row in rows if len(row) == 2 and None not in row] for rows in levels[arm]]
    return np.array([np.mean([b - a for a, b in rows]) for rows in judged])  # type: ignore[operator]


def test_problems_like_these_is_the_paired_t_test_of_the_changes(tmp_path: Path) -> None:
    levels = drawn(12, 6)
    found = beyond(fill(tmp_path / "x.sqlite", levels))
    oracle = ttest_rel(means(levels, "hint"), means(levels, "placebo"))
    assert found.like.p == pytest.approx(oracle.pvalue)
    assert (found.like.low, found.like.high) == pytest.approx(tuple(oracle.confidence_interval()))
    assert (found.like.df, found.like.method, found.kind, found.baseline) == (11.0, "t", "change", "placebo")
    assert (found.mean_arm, found.mean_baseline) == pytest.approx(
        tuple(means(levels, a).mean() for a in ("hint", "placebo"))
    )


def test_clusters_of_problems_are_the_units(tmp_path: Path) -> None:
    levels = drawn(12, 6)
    design = Design([], clusters={f"p{p:02d}": f"c{p // 2}" for p in range(12)})
    found = beyond(fill(tmp_path / "x.sqlite", levels), design)
    both = [means(levels, arm).reshape(6, 2).mean(axis=1) for arm in ("hint", "placebo")]
    assert found.like.p == pytest.approx(ttest_rel(*both).pvalue)
    assert (found.clusters, found.like.df) == (6, 5.0)


def test_these_problems_permutes_the_changes_inside_a_problem(tmp_path: Path) -> None:
    levels = drawn(1, 6)
    found = beyond(fill(tmp_path / "x.sqlite", levels))
    moved = [np.array([b - a for a, b in levels[arm][0]]) for arm in ("hint", "placebo")]  # type: ignore[operator]
    oracle = permutation_test((moved[0], moved[1]), lambda a, b: float(a.mean() - b.mean()), n_resamples=10_000)
    assert found.these.p == pytest.approx(oracle.pvalue)


def test_arms_that_share_the_first_answer_swap_labels_in_a_sample(tmp_path: Path) -> None:
    levels: Levels = {
        "placebo": [[(0.0, 0.0)] * 5 + [(2.0, 3.0)]],  # type: ignore[list-item]
        "hint": [[(0.0, 3.0)] * 4 + [(0.0, 0.0), (2.0, 2.0)]],  # type: ignore[list-item]
    }
    found = beyond(fill(tmp_path / "x.sqlite", levels, shared=True))
    d = np.array([3, 3, 3, 3, 0, -1])
    flips = [abs(sum(s * x for s, x in zip(signs, d, strict=True))) for signs in product((1, -1), repeat=6)]
    assert found.these.p == pytest.approx(np.mean([x >= d.sum() for x in flips]))


def test_a_change_is_unjudged_where_either_turn_is(tmp_path: Path) -> None:
    levels = drawn(6, 3)
    levels["hint"][0] = [(None, 1), (0, None), (0, 1)]
    found = beyond(fill(tmp_path / "x.sqlite", levels))
    assert found.dropped == {"hint: cut off": 2}
    assert found.worst is not None
    assert found.best is not None
    assert found.worst < found.like.difference < found.best  # type: ignore[operator]
    # A change of a level lies between -3 and 3: one reply of three in one problem of six moves the mean by 6/18 a reply.
    others = means(levels, "hint")[1:].sum() - means(levels, "placebo").sum()
    assert found.worst == pytest.approx((others + (1 - 3 - 3) / 3) / 6)


@pytest.mark.parametrize(
    ("hint", "failed", "dropped"),
    [
        ([(None,), (0, None), (0, 1)], (), {"hint: cut off": 2}),
        ([(0,), (0, None), (0, 1)], (), {"hint: cut off": 1}),
        ([(0, 2), (0, 1)], (2,), {"hint: failed": 1}),
    ],
    ids=["broke-off-at-the-first-turn", "over-at-the-first-turn", "failed"],
)
def test_conversations_without_a_later_turn(
    tmp_path: Path, hint: list[tuple[float | None, ...]], failed: tuple[int, ...], dropped: dict[str, int]
) -> None:
    """One that broke off at once would else be in no table of changes, nor in its bounds."""
    levels = drawn(6, 3)
    levels["hint"][0] = hint
    design = Design([], failed=[Trial("p00", "hint", "m", k) for k in failed])
    found = beyond(fill(tmp_path / "x.sqlite", levels), design)
    assert found.dropped == dropped
    assert found.mean_arm == pytest.approx(means(levels, "hint").mean())


def test_differences_that_are_all_alike_keep_within_the_range_of_changes(tmp_path: Path) -> None:
    levels: Levels = {"placebo": [[(3, 0)]] * 8, "hint": [[(0, 3)]] * 8}
    found = beyond(fill(tmp_path / "x.sqlite", levels))
    assert found.like.difference == 6
    assert found.like.low is not None
    assert 0 < found.like.low < 6
    assert found.like.high == pytest.approx(6)


RATIOS = [
    ("alone", [0.2, 0.4, 0.3, 0.6, 0.5], [0.9, 1.0, 0.8, 1.0, 0.9], "abcde"),
    ("clusters", [0.2, 0.4, 0.3, 0.6, 0.5, 0.1], [0.9, 1.0, 0.8, 1.0, 0.9, 0.7], "aabcde"),
    ("above-one", [1.0, 0.9, 1.0, 0.8], [0.7, 0.9, 0.8, 0.6], "abcd"),
]


@pytest.mark.parametrize(("top", "bottom", "units"), [r[1:] for r in RATIOS], ids=[r[0] for r in RATIOS])
def test_fieller_limits_are_where_the_t_test_just_rejects(top: list[float], bottom: list[float], units: str) -> None:
    found = ratio_of_means(top, bottom, list(units))
    names = sorted(set(units))
    x, y = (
        np.array([np.mean([v for v, u in zip(vs, units, strict=True) if u == n]) for n in names])
        for vs in (top, bottom)
    )

    def distance(ratio: float) -> float:
        d = x - ratio * y
        return float(abs(d.mean()) / d.std(ddof=1) * len(d) ** 0.5 - t.ppf(0.975, len(d) - 1))

    assert (found.low, found.high) == pytest.approx(
        (brentq(distance, -50, found.value), brentq(distance, found.value, 50))
    )
    assert found.p == pytest.approx(ttest_rel(x, y).pvalue)
    assert found.df == len(names) - 1
    spread = (x - x.mean() / y.mean() * y).std(ddof=1)
    assert found.error == pytest.approx(spread / len(names) ** 0.5 / y.mean()), (
        "as a line through what was found has it"
    )


NO_RATIO = [
    # id, top, bottom, whether there is a p value and an error, and the words
    ("three units", [0.2, 0.4, 0.3], [0.9, 1.0, 0.8], False, "only 3 problems"),
    ("a top that never varies", [0.5, 0.5, 0.5, 0.5], [0.9, 1.0, 0.8, 0.7], True, "too alike"),
    ("one a share of the other", [0.2, 0.4, 0.3, 0.1], [0.4, 0.8, 0.6, 0.2], True, "too alike"),
    ("a bottom of both signs", [0.2, 0.4, 0.3, 0.1], [0.4, -0.3, 0.3, -0.1], True, "cannot be told from none"),
]


@pytest.mark.parametrize(("top", "bottom", "known", "words"), [n[1:] for n in NO_RATIO], ids=[n[0] for n in NO_RATIO])
def test_a_ratio_that_cannot_be_told(top: list[float], bottom: list[float], known: bool, words: str) -> None:
    found = ratio_of_means(top, bottom, list(range(len(top))))
    assert found.value == pytest.approx(sum(top) / sum(bottom))
    assert found.low is found.high is None
    assert ((found.p is not None), (found.error is not None)) == (known, known)
    assert words in str(found.reason)
    with pytest.raises(ValueError, match="there is no ratio"):
        ratio_of_means(top, [1.0, -1.0] * 2 if len(top) == 4 else [0.0] * 3, list(range(len(top))))


def index(path: Path) -> Index:
    with Store(path) as store:
        (found,) = steering(store, ["placebo", "hint"]).indices
    return found


def test_the_index_of_problems_like_these(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    levels: Levels = {
        arm: [[(0.0, 3.0 * (rng.random() < rate)) for _ in range(10)] for _ in range(8)]
        for arm, rate in (("placebo", 0.2), ("hint", 0.6))
    }
    found = index(fill(tmp_path / "x.sqlite", levels))
    left = [np.array([np.mean([b != 3 for _, b in rows]) for rows in levels[arm]]) for arm in ("hint", "placebo")]
    assert found.like == pytest.approx(1 - left[0].mean() / left[1].mean())
    assert found.like_p == pytest.approx(ttest_rel(left[0], left[1]).pvalue)
    assert found.like_low is not None
    assert found.like_high is not None
    assert found.like_low < found.like < found.like_high <= 1  # type: ignore[operator]
    assert (found.problems, found.clusters, found.df) == (8, 8, 7)


SILENT = [
    ("few", 3, 0.2, 0.6, "only 3 problems"),
    ("hint-always", 6, 0.0, 1.0, "too alike"),
]


@pytest.mark.parametrize(("problems", "placebo", "hint", "words"), [s[1:] for s in SILENT], ids=[s[0] for s in SILENT])
def test_an_index_that_cannot_tell_says_why(
    tmp_path: Path, problems: int, placebo: float, hint: float, words: str
) -> None:
    levels: Levels = {
        arm: [[(0.0, 3.0 * (s < 10 * rate)) for s in range(10)]] * problems
        for arm, rate in (("placebo", placebo), ("hint", hint))
    }
    found = index(fill(tmp_path / "x.sqlite", levels))
    assert words in found.like_note
    assert found.like_low is found.like_high is None


def test_tables_and_json(tmp_path: Path) -> None:
    path = fill(tmp_path / "run.sqlite", drawn(8, 5))
    shown = inside("compare", str(path), "-f", "markdown", "--baseline", "placebo").stdout
    assert "against placebo · change since the first turn" in shown
    rows = json.loads(inside("compare", str(path), "--json", "--baseline", "placebo").stdout)
    (moved,) = [r for r in rows if r["kind"] == "change"]
    assert {"method", "df", "error", "p_adjusted"} <= moved["like"].keys()
    assert moved["seed"] == 0
    (found,) = [r for r in rows if r["kind"] == "steering index"]
    assert {"method", "df", "error", "like_low", "like_p"} <= found.keys()


@pytest.mark.parametrize(
    ("first", "second", "n"), [(3, 9, 12), (0, 7, 10), (10, 10, 10), (9, 4, 20), (1, 1, 3), (40, 45, 60)]
)
def test_limits_of_a_ratio_of_two_shares(first: int, second: int, n: int) -> None:
    """Where the distance from p1 - R p2 = 0 is that of the Wilson limits, squared and added up."""
    one, two = wilson(first, n), wilson(second, n)
    low, high = _ratio_limits(first, second, n)
    assert 0 <= low <= first / second
    assert high is not None
    assert first / second <= high
    for limit, up, down in (
        (low, one.rate - one.low, two.high - two.rate),
        (high, one.high - one.rate, two.rate - two.low),
    ):
        if limit:
            assert (one.rate - limit * two.rate) ** 2 == pytest.approx(up**2 + (limit * down) ** 2)


def test_a_ratio_to_what_may_be_nothing_has_no_upper_limit() -> None:
    assert _ratio_limits(3, 0, 8)[1] is None
