"""Whole replies on many subjects, labelled relation by relation: nothing that is right is called false, nothing that is wrong true."""

from __future__ import annotations

import pytest

from evalkit.derivation.verdicts.verdict import FALSE, TRUE
from tests import corpus
from tests.corpus import LABELS


@pytest.mark.parametrize("name", corpus.texts())
def test_a_reply_is_judged_as_its_labels_say(name: str) -> None:
    rows = corpus.labelled(corpus.judged(name), corpus.kept(name))
    assert [row for row in rows if row.label not in LABELS] == []
    assert [row for row in rows if row.label != "F" and row.verdict in FALSE] == []
    assert [row for row in rows if row.label == "F" and row.verdict in TRUE] == []
    assert rows == corpus.kept(name), f"verdicts have changed: read them, then `python -m tests.corpus {name}`"


def test_most_claims_are_decided() -> None:
    """Of what is labelled, what has no verdict stays the smaller part, and most mistakes are found."""
    rows = [row for name in corpus.texts() for row in corpus.kept(name) if row.label in "TF"]
    wrong = [row for row in rows if row.label == "F"]
    assert sum(row.verdict in TRUE or row.verdict in FALSE for row in rows) >= 0.7 * len(rows)
    assert sum(row.verdict in FALSE for row in wrong) >= 0.5 * len(wrong)
