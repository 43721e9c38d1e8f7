"""What the statistics refuse, and in which words: arrays that do not fit together, and figures that are none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from evalkit.stats.adjust import holm
from evalkit.stats.agreement import agreement
from evalkit.stats.corrected import corrected_mean
from evalkit.stats.equivalence import equivalence
from evalkit.stats.groups import Sides
from evalkit.stats.interaction import interaction
from evalkit.stats.paired import mean_difference, paired_difference
from evalkit.stats.permutation import within_problem_permutation
from evalkit.stats.rates import clustered_rate, tango_interval, wilson
from evalkit.stats.ratio import ratio_of_means
from evalkit.stats.sequential import e_value
from evalkit.stats.within import equivalence_within, within_problem_interval

NAN = float("nan")


def interval(confidence: float) -> object:
    evidence = paired_difference([1, 0, 1, 1, 0], [0, 0, 0, 1, 0], range(5)).evidence
    assert evidence is not None
    return evidence.interval(confidence)


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "ratings": (lambda: agreement([1, 0], [1, 0, 0]), "expected two ratings of each item, found 2 and 3"),
    "verdicts": (lambda: corrected_mean([1, 0], [1, 0, 0], [1]), "expected both verdicts on each labelled item, found 2 and 3"),
    "verdicts of people": (lambda: corrected_mean([NAN], [1], [1]), "human: holds NaN or infinity"),
    "verdicts of a judge": (lambda: corrected_mean([1], [NAN], [1]), "judge: holds NaN or infinity"),
    "verdicts alone": (lambda: corrected_mean([1], [1], [NAN]), "judge_unlabelled: holds NaN or infinity"),
    "lengths": (lambda: paired_difference([1, 0], [1], [0, 1]), "arm, baseline and problem differ in length: 2, 1, 2"),
    "problems": (lambda: within_problem_interval([1, 0], [1, 0], [0]), "arm, baseline and problem differ in length: 2, 2, 1"),
    "nothing": (lambda: within_problem_permutation([], [], [], seed=1), "no pairs: nothing to compare"),
    "an arm": (lambda: paired_difference([NAN], [1], [0]), "arm: holds NaN or infinity"),
    "a baseline": (lambda: paired_difference([1], [float("inf")], [0]), "baseline: holds NaN or infinity"),
    "two dimensions": (lambda: paired_difference([[1]], [[1]], [0]), r"arm: expected one dimension, found shape \(1, 1\)"),
    "labels of samples": (lambda: mean_difference([1, 0], [1], Sides([0, 0], [0, 0])), "each arm needs one label a sample"),
    "one arm only": (lambda: mean_difference([1, 0], [1], Sides([0, 1], [0])), "samples of one arm only"),
    "two clusters": (lambda: paired_difference([1, 0], [0, 1], ["a", "a"], cluster=[1, 2]), "one problem has pairs in two clusters"),
    "clusters": (lambda: paired_difference([1, 0], [0, 1], ["a", "b"], cluster=[1]), "cluster has 1 labels for 2 pairs"),
    "many values": (lambda: paired_difference(range(6), [0] * 6, range(6), method="score"), "expected 2 to 5 different values"),
    "confidence": (lambda: interval(1.0), "confidence: expected a share between 0 and 1, found 1.0"),
    "no margin": (lambda: equivalence(paired_difference([1, 0], [0, 1], [0, 1]), 0.0), "expected delta > 0, found 0.0"),
    "no margin here": (lambda: equivalence_within(within_problem_interval([1, 0], [0, 1], [0, 0]), -1.0), "expected delta > 0, found -1.0"),
    "four arms": (lambda: interaction([1, 0], [1], [1, 0], [1, 0], [0, 1]), r"the four arms differ in length: \[2, 1, 2, 2\]"),
    "more than all": (lambda: wilson(3, 2), "expected 0 <= successes <= n and n >= 1, found 3 of 2"),
    "less than none": (lambda: wilson(-1, 2), "expected 0 <= successes <= n and n >= 1, found -1 of 2"),
    "of none": (lambda: wilson(0, 0), "expected 0 <= successes <= n and n >= 1, found 0 of 0"),
    "no outcome": (lambda: clustered_rate([0], [0], [0]), "no outcome at all"),
    "counts": (lambda: clustered_rate([NAN], [1], [0]), "successes: holds NaN or infinity"),
    "counts of all": (lambda: clustered_rate([1], [NAN], [0]), "of: holds NaN or infinity"),
    "discordant": (lambda: tango_interval(2, 2, 3), r"expected gains \+ losses <= n, found 2 \+ 2 of 3"),
    "a share": (lambda: tango_interval(1, 0, 3, confidence=0.0), "confidence: expected a share between 0 and 1, found 0.0"),
    "no ratio": (lambda: ratio_of_means([1, 1], [0, 0], [0, 1]), "the mean below is 0: there is no ratio"),
    "no p": (lambda: holm([0.5, 1.5]), "p: expected values between 0 and 1, found 0.5 to 1.5"),
    "no counts": (lambda: e_value(-1, 2), "expected counts, found -1 and 2"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "words"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_in_words(call: Callable[[], object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
