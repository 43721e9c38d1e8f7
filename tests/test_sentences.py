"""Sentences that were written to mislead the checker are judged as was recorded, and wrongly no more often than today."""

from __future__ import annotations

from collections import Counter

import pytest

from tests import sentences
from tests.sentences import WRONG

MOST_FALSE, MOST_TRUE = 66, 48
"""How many texts are wrongly called false, and how many wrongly true. May only become less."""


@pytest.mark.parametrize("kind", sentences.kinds())
def test_sentences_are_judged_as_recorded(kind: str) -> None:
    rows = sentences.kept(kind)
    assert [sentences.judged(row) for row in rows] == rows, f"read them, then `python -m tests.sentences {kind}`"


def test_no_more_are_judged_wrongly() -> None:
    wrong = Counter(row.label for kind in sentences.kinds() for row in sentences.kept(kind) if row.outcome == WRONG)
    assert wrong["T"] + wrong["-"] <= MOST_FALSE
    assert wrong["F"] <= MOST_TRUE


def test_most_of_what_is_true_or_false_is_decided() -> None:
    found = Counter((row.label, row.outcome) for kind in sentences.kinds() for row in sentences.kept(kind))
    for label, least in (("T", 0.5), ("F", 0.2)):
        assert found[label, "right"] >= least * sum(n for (given, _), n in found.items() if given == label)
