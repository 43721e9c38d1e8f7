"""Which replies are compared: copies count once, replies without a partner are counted and used where they may be."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import permutation_test, ttest_rel

from evalkit.comparing.comparison import Comparison, Design
from evalkit.comparing.contrasts import compare
from evalkit.comparing.copies import copies_told, superfluous
from evalkit.comparing.frame import COLUMNS
from evalkit.comparing.pairing import distinct
from evalkit.runfile.records import LONG, LONG_TEXT
from evalkit.runfile.store import Store
from evalkit.stats.groups import Sides
from evalkit.stats.paired import paired_difference
from evalkit.stats.permutation import within_problem_permutation
from evalkit.stats.within import within_problem_interval
from evalkit.types import Transcript, Trial, Turn
from tests.arrange import inside

DISTINCT = [
    ("all-different", "abcd", False, "1111"),
    ("ten-copies", "aaaaaaaaaa", False, "1000000000"),
    ("imported-twice", "abcabc", False, "111000"),
    ("imported-twice-with-repeats", "aabaab", False, "111000"),
    ("short-answers-repeat-by-chance", "aaab", False, "1111"),
    ("long-ones-do-not", "aaab", True, "1001"),
    ("one", "a", False, "1"),
    ("none", "", False, ""),
]


@pytest.mark.parametrize(("texts", "long", "kept"), [d[1:] for d in DISTINCT], ids=[d[0] for d in DISTINCT])
def test_which_copies_count(texts: str, long: bool, kept: str) -> None:
    n = len(texts)
    found = distinct(np.zeros(n, np.int64), np.array([ord(c) for c in texts], np.int64), np.full(n, long))
    # Of equal texts it does not matter which; the first ones by number of sample are kept.
    assert Counter(c for c, k in zip(texts, found, strict=True) if k) == Counter(
        c for c, k in zip(texts, kept, strict=True) if k == "1"
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from("ABcd"), min_size=1, max_size=20))
def test_as_many_copies_are_told_as_do_not_count(said: list[str]) -> None:
    """Capital letters stand for long replies."""
    text, long = np.array([ord(c) for c in said], np.int64), np.array([c.isupper() for c in said])
    times = Counter(sha256(c.encode()).digest() + (LONG if c.isupper() else b"") for c in said)
    assert superfluous(times) == len(said) - distinct(np.zeros(len(said), np.int64), text, long).sum()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), max_size=20))
def test_short_copies_never_move_a_mean(rows: list[tuple[int, int]]) -> None:
    stratum, text = (np.array([r[i] for r in rows], np.int64) for i in (0, 1))
    keep = distinct(stratum, text, np.zeros(len(rows), np.bool_))
    for s in set(stratum.tolist()):
        assert text[(stratum == s) & keep].mean() == pytest.approx(text[stratum == s].mean())


def table(
    arms: dict[str, list[list[float]]], text: dict[str, list[list[str]]] | None = None, first: int = 0
) -> pd.DataFrame:
    """arm -> problem -> samples; the second arm's samples are numbered from `first` on."""
    rows = [
        (
            f"p{i}",
            arm,
            "m",
            k + first * n,
            1,
            "text.correct",
            v,
            "",
            n,
            n,
            text[arm][i][k] if text else (n, i, k),
            False,
        )
        for n, (arm, problems) in enumerate(arms.items())
        for i, values in enumerate(problems)
        for k, v in enumerate(values)
    ]
    scores = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"value": "float64"})
    return scores.assign(text=pd.factorize(scores["text"])[0])


def one(scores: pd.DataFrame) -> Comparison:
    (found,) = compare(scores, Design([("hint", "plain")]))
    return found


def test_ten_copies_are_as_one_sample() -> None:
    values = [1.0, 1.0, 1.0, 1.0, 0.0, 1.0]
    copied = {"hint": [[v] * 10 for v in values], "plain": [[0.0] * 10 for _ in values]}
    text = {arm: [[f"{arm}{i}"] * 10 for i in range(6)] for arm in copied}
    once = {arm: [c[:1] for c in columns] for arm, columns in copied.items()}
    found, single = one(table(copied, text)), one(table(once))
    assert (found.copies, found.pairs) == (2 * 6 * 9, 6)
    assert (found.these, found.like) == (single.these, single.like)


def test_a_baseline_with_more_samples_is_used_whole() -> None:
    rng = np.random.default_rng(3)
    hint, plain = rng.integers(0, 2, (8, 2)).astype(float), rng.integers(0, 2, (8, 10)).astype(float)
    found = one(table({"hint": hint.tolist(), "plain": plain.tolist()}))
    assert (found.alone, found.samples_arm, found.samples_baseline) == ({"plain": 64}, 16, 80)
    assert found.mean_baseline == pytest.approx(plain.mean())
    assert found.like.difference == pytest.approx(hint.mean() - plain.mean())


def test_samples_numbered_apart_are_compared_by_problem_means() -> None:
    rng = np.random.default_rng(4)
    arms = {arm: rng.integers(0, 2, (6, 5)).astype(float).tolist() for arm in ("hint", "plain")}
    apart, together = one(table(arms, first=100)), one(table(arms))
    assert apart.alone == {"hint": 30, "plain": 30}
    assert (apart.like.difference, apart.these.p) == pytest.approx((together.like.difference, together.these.p))
    assert (apart.like.p, apart.these.low) == pytest.approx((together.like.p, together.these.low))


def test_a_problem_that_one_arm_never_saw_is_left_out() -> None:
    scores = table({"hint": [[1, 0]] * 6, "plain": [[0, 0, 1]] * 6})
    found = one(scores[(scores["problem"] != "p5") | (scores["template"] != "hint")])
    assert (found.problems, found.samples_arm, found.samples_baseline) == (5, 10, 15)


LABELS = Sides(np.repeat(np.arange(5), 3), np.repeat(np.arange(5), 7))


def uneven(seed: int, levels: int = 20) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, levels, 15) / levels, rng.integers(0, levels, 35) / levels


def test_unequal_samples_give_scipys_t_on_the_problem_means() -> None:
    arm, baseline = uneven(1)
    found = paired_difference(arm, baseline, LABELS)
    expected = ttest_rel(arm.reshape(5, 3).mean(axis=1), baseline.reshape(5, 7).mean(axis=1))
    assert found.method == "t"
    assert found.p == pytest.approx(expected.pvalue)
    clustered = Sides(np.repeat([0, 0, 1, 2, 3], 3), np.repeat([0, 0, 1, 2, 3], 7))
    assert paired_difference(arm, baseline, LABELS, cluster=clustered).n_clusters == 4


def test_unequal_samples_of_one_problem_are_scipys_permutation_test() -> None:
    arm, baseline = uneven(2)
    a, b = arm[:4], baseline[:7] + 0.3
    expected = permutation_test((a, b), lambda x, y, axis: x.mean(axis=axis) - y.mean(axis=axis), n_resamples=10**5)
    labels = Sides(np.zeros(4, np.int64), np.zeros(7, np.int64))
    found = within_problem_permutation(a, b, labels, seed=1)
    share = np.abs(expected.null_distribution) >= abs(expected.statistic) - 1e-9
    assert found.method == "exact"
    assert found.p == pytest.approx(share.mean())


def test_unequal_samples_of_one_problem_are_welchs_interval() -> None:
    from scipy.stats import ttest_ind

    arm, baseline = uneven(3)
    labels = Sides(np.zeros(15, np.int64), np.zeros(35, np.int64))
    expected = ttest_ind(arm, baseline, equal_var=False).confidence_interval()
    found = within_problem_interval(arm, baseline, labels)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(4, 7), st.integers(1, 6), st.sampled_from([2, 4]))
def test_sides_of_equal_sizes_are_as_pairs_for_what_does_not_pair(
    seed: int, problems: int, samples: int, levels: int
) -> None:
    rng = np.random.default_rng(seed)
    a, b = (rng.integers(0, levels, problems * samples).astype(float) for _ in range(2))
    label = np.repeat(np.arange(problems), samples)
    sides = Sides(label, label)
    one, two = (within_problem_permutation(a, b, x, seed=1) for x in (label, sides))
    assert (one.p, one.reason) == (two.p, two.reason)
    t, u = (paired_difference(a, b, x) for x in (label, sides))
    assert t.difference == pytest.approx(u.difference)
    if t.method == "t":
        assert (t.p, t.low) == pytest.approx((u.p, u.low))


@pytest.mark.parametrize(
    ("labels", "told"),
    [(Sides([0, 1], [0, 0]), "one arm only"), (Sides([0], [0, 0]), "one label a sample")],
    ids=["a-problem-of-one-arm", "lengths"],
)
def test_wrong_sides(labels: Sides, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        paired_difference([1.0, 0.0], [0.0, 1.0], labels)


TOLD = [
    ("aaa", "", "2 of 3"), ("aba", "b", "1 of 4"), ("aba", "bb", "2 of 5"), ("ab", "ab", None), ("a", "a", None), ("xyx", "y", None),
    ("xxyy", "", "2 of 4"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "told"), TOLD, ids=[f"{a}-{b}" for a, b, _ in TOLD])
def test_copies_are_those_of_one_problem_arm_and_model(
    first: str, second: str, told: str | None, tmp_path: Path
) -> None:
    """a and b are long replies; x and y short ones, of which some are alike by chance, and all where all repeat."""
    with Store(tmp_path / "x.sqlite", write=True) as store:
        for problem, letters in (("set/a", first), ("set/b", second)):
            for n, letter in enumerate(letters):
                text = letter * (LONG_TEXT if letter in "ab" else 5)
                turns = (Turn("user", "?"), Turn("assistant", text))
                store.keep_transcript(Transcript(Trial(problem, "plain", "m", n), turns)).result()
        found = copies_told(store)
    assert found is None if told is None else (found or "").startswith(f"{told} replies repeat")


def test_copies_are_told_by_import_and_equal_statements_by_check(project: Path, here: None) -> None:
    said = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "**Final answer:** 1/2"}]
    lines = [
        json.dumps({"problem": "set/half", "template": "plain", "model": "m", "sample": n, "messages": said})
        for n in range(3)
    ]
    (project / "chats.jsonl").write_text("\n".join(lines), encoding="utf-8")
    done = inside("import", "chats.jsonl", "--run", "x.sqlite")
    assert "2 of 3 replies repeat another sample word for word" in done.stderr
    text = (project / "problems" / "set" / "half.toml").read_text(encoding="utf-8")
    (project / "problems" / "set" / "twin.toml").write_text(text, encoding="utf-8")
    assert "set/half, set/twin: one and the same statement" in " ".join(inside("check").stdout.split())
