"""The hand suite of relations: none that is true may be rejected, none that is false accepted, apart from the known ones."""

from __future__ import annotations

from collections import Counter

from tests.derivation_suite import cases, judged

KNOWN = {
    "autoencoder.differential_missing",  # read as a partial differential, with W_1 held fixed
    "spectral.outer",  # u . v is no product of two columns for us
    "ridge.hat",
    "softmax.sigmoid_leibniz",
}


def test_no_wrong_verdict_beyond_the_known_ones() -> None:
    wrong = {case.id for case in cases() for _, outcome, _ in judged(case) if outcome.startswith("wrong")}
    assert wrong <= KNOWN


def test_most_relations_are_read() -> None:
    count = Counter(outcome for case in cases() for _, outcome, _ in judged(case))
    assert count.total() >= 350
    assert count["unread"] <= 20
