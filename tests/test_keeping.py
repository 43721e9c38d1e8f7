"""Verdicts on their way into the run file: all of them arrive, in a few writes, in place of older ones."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from evalkit.errors import StoreError
from evalkit.judging import keeping
from evalkit.judging.keeping import Keeping
from evalkit.runfile.store import Store
from evalkit.runfile.writer import Statement
from evalkit.types import Reply, Score, Transcript, Trial, Turn

COUNT = 950
"""More than one statement takes, and no whole number of them."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "x.sqlite", write=True) as made:
        turns = (Turn("user", "hi"), Turn("assistant", "a", Reply("a")))
        kept = [made.keep_transcript(Transcript(Trial("p/a", "plain", "m", i), turns)) for i in range(COUNT)]
        for future in kept:
            future.result()
        yield made


def verdicts(
    store: Store, version: str, value: float, scorer: str = "s"
) -> list[tuple[int, int, str, str, list[Score]]]:
    scores = [Score("m", value, "why"), Score("n", None, "read \ud800 here")]
    return [(key, 1, scorer, version, scores) for key, _, _ in store.trials()]


def stored(store: Store) -> list[tuple[str, str, float | None]]:
    return [(s.scorer, s.version, s.score.value) for s in store.scores() if s.score.metric == "m"]


def test_all_are_stored_in_place_of_what_an_older_version_said(store: Store) -> None:
    with Keeping(store) as kept:
        for verdict in (*verdicts(store, "1-a", 0.0), *verdicts(store, "1-b", 1.0, "other")):
            kept.add(verdict)
    with Keeping(store) as kept:
        for verdict in verdicts(store, "2-a", 0.5):
            kept.add(verdict)
    assert sorted(stored(store)) == [("other", "1-b", 1.0)] * COUNT + [("s", "2-a", 0.5)] * COUNT


def test_they_are_written_in_a_few_statements(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "OLDEST", 60.0)
    put, statements = store._put, list[str]()

    def counted(*given: Statement, patient: bool = False) -> Future[None]:
        statements.extend(text for text, _ in given)
        return put(*given, patient=patient)

    monkeypatch.setattr(store, "_put", counted)
    with Keeping(store) as kept:
        for verdict in verdicts(store, "1-a", 1.0):
            kept.add(verdict)
    assert len(statements) <= 4 * COUNT * 2 / 100
    assert max(statement.count("?") for statement in statements) < 1000
    assert len(stored(store)) == COUNT


@pytest.mark.parametrize("old", [True, False], ids=["half a second later", "at once"])
def test_what_was_judged_before_an_error_is_stored(old: bool, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "OLDEST", 0.0 if old else 60.0)
    with pytest.raises(KeyboardInterrupt), Keeping(store) as kept:  # noqa: PT012 - it comes on the way
        for i, verdict in enumerate(verdicts(store, "1-a", 1.0)):
            if i == 7:
                raise KeyboardInterrupt
            kept.add(verdict)
    store.set_meta("written", "behind them")
    assert len(stored(store)) == 7


def test_what_cannot_be_written_is_told(store: Store) -> None:
    with pytest.raises(StoreError, match="cannot be written"), Keeping(store) as kept:
        kept.add((10**9, 1, "s", "1-a", [Score("m", 1.0, "of a transcript that is not there")]))
