"""Labels: stored, settled, drawn, carried from file to file, and compared."""

from __future__ import annotations

import builtins
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit.comparing import to_label
from evalkit.errors import EvalkitError, SpecError, StoreError
from evalkit.interface.label_queue import LabelQueue
from evalkit.interface.labelling import add_labels, labels_from
from evalkit.interface.loading import load_run
from evalkit.interface.scoring import score
from evalkit.runfile import labels, transcripts
from evalkit.runfile.labels import settled
from evalkit.runfile.schema import FORMAT
from evalkit.runfile.store import Store
from evalkit.types import RELATION, Label, Reply, Transcript, Trial, Turn
from tests.arrange import inside
from tests.test_strangers_runfile import as_format
from tests.viewing import ARMS, fill

METRIC = "number.correct"
TEXTS = ["**Final answer:** 1", "It is hard to say.", "**Final answer:** 2"]
TRIAL = Trial("set/p0", "plain", "m", 0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return fill(tmp_path / "x.sqlite", TEXTS)


def row(value: float | None = 1.0, who: str = "", **more: object) -> dict[str, object]:
    named = {"problem": TRIAL.problem, "template": TRIAL.template, "model": TRIAL.model, "sample": TRIAL.sample}
    return {**named, "metric": METRIC, "value": value, "labeller": who, **more}


# (id, (labeller, value) of each label, what stands)
@pytest.mark.parametrize(
    ("said", "stands"),
    [
        ([("", 1.0)], 1.0),
        ([("a", 0.0)], 0.0),
        ([("a", 0.0), ("b", 0.0), ("c", 1.0)], 0.0),
        ([("a", 0.0), ("b", 1.0)], None),
        ([("a", 0.0), ("b", 1.0), ("", 1.0)], 1.0),
        ([("a", 0.0), ("b", 0.0), ("", None)], None),
        ([("a", None), ("b", None), ("c", 1.0)], None),
        ([("a", None), ("b", 1.0), ("c", 1.0)], 1.0),
    ],
    ids=["unnamed", "one", "most", "a tie", "settled", "settled as unclear", "most cannot tell", "most can"],
)
def test_which_label_stands(said: list[tuple[str, float | None]], stands: float | None) -> None:
    assert settled([Label(1, METRIC, value, who) for who, value in said]) == stands


def test_labels_survive_scoring_and_go_with_their_conversation(path: Path) -> None:
    add_labels(path, [row(0.0, "anna"), row(1.0, "ben"), row(0.0, metric=RELATION, start=0, end=3)])
    with Store(path) as store:
        before = list(store.all_labels())
    assert len(before) == 3
    score(path, retry=True)
    with Store(path, write=True) as store:
        assert list(store.all_labels()) == before
        stored = next(s for s in store.transcripts("set/p0") if s.transcript.trial == TRIAL)
        store.keep_transcript(stored.transcript).result()
        assert list(store.all_labels()) == before, "the same conversation again"
        other = Turn("assistant", "another", Reply("another"))
        store.keep_transcript(Transcript(TRIAL, (stored.transcript.turns[0], other))).result()
        assert not store.labelled()


def test_a_file_of_format_3_is_read_as_it_is_and_grows_with_the_first_label(path: Path) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(path)) as db:
        as_format(3, db)
        db.execute("INSERT INTO labels VALUES (1, 1, ?, 1.0)", (METRIC,))
        db.commit()
    held = path.read_bytes()
    with Store(path) as store:
        assert [(label.metric, label.labeller) for _, label in store.all_labels()] == [(METRIC, "")]
        assert store.labelled_by() == {(1, 1): {""}}
    assert path.read_bytes() == held
    with pytest.raises(StoreError, match="of an older evalkit"):
        labels.keep(path, [])
    add_labels(path, [row(1.0, "anna")])
    with Store(path) as store:
        assert (store.format, len(list(store.all_labels()))) == (FORMAT, 2)


def test_nothing_is_made_where_no_run_file_is(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such run file"):
        labels.keep(tmp_path / "x.sqlite", [])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_labels_go_out_and_come_back(path: Path, tmp_path: Path, ending: str) -> None:
    other = fill(tmp_path / "y.sqlite", TEXTS)
    odd = '=anna, the "first"\none'
    add_labels(path, [row(0.0, odd), row(None, "ben"), row(0.0, "ben", metric=RELATION, start=4, end=9), row(1.0)])
    target = tmp_path / f"labels.{ending}"
    assert inside("export", str(path), "--what", "labels", "-o", str(target)).returncode == 0
    done = inside("label", str(other), "--from", str(target))
    assert (done.returncode, done.stderr.strip()) == (0, "stored 4 labels")
    with Store(path) as first, Store(other) as second:
        assert list(first.all_labels()) == list(second.all_labels())


def test_transcripts_carry_labels_of_labellers_and_relations(path: Path, tmp_path: Path) -> None:
    add_labels(path, [row(0.0, "anna"), row(1.0), row(None, "ben", metric=RELATION, start=4, end=9)])
    target = tmp_path / "x.jsonl"
    load_run(path).export(target)
    lines = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    found = next(line for line in lines if line["template"] == "plain" and line["labellers"])
    assert found["labellers"] == {"anna": {"1": {METRIC: 0.0}}}
    assert found["relations"] == [{"turn": 1, "start": 4, "end": 9, "label": "unclear", "by": "ben"}]
    back = transcripts.parse_line(found, "x")
    assert transcripts.parse_line(transcripts.to_json(back), "y") == back
    assert (len(back.given), back.labels) == (2, {"1": {METRIC: 1.0}})


LINE = {
    "problem": "p/x", "template": "plain", "model": "m", "sample": 0,
    "messages": [{"role": "user", "content": "?"}, {"role": "assistant", "content": "1 = 1"}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ({"labellers": {"anna": {"2": {METRIC: 1}}}}, "labels of anna name assistant turn '2'"),
        ({"relations": [{"turn": 2, "start": 0, "end": 1, "label": "true"}]}, "relations name assistant turn '2'"),
        ({"relations": [{"turn": 1, "start": 3, "end": 3, "label": "true"}]}, "ends before it begins"),
        ({"relations": [{"turn": 1, "start": 0, "end": 3, "label": "maybe"}]}, "relations"),
        ({"relations": [{"turn": 1, "start": 0, "end": 3, "label": "true", "who": "a"}]}, "who"),
        ({"labellers": {"a" * 101: {}}}, "labellers"),
    ],
    ids=["turn", "turn of a relation", "empty", "word", "key", "long name"],
)
def test_lines_that_do_not_fit(more: dict[str, object], complaint: str) -> None:
    with pytest.raises(SpecError, match=complaint):
        transcripts.parse_line({**LINE, **more}, "line 1")


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([row(2.0)], "goes from 0 to 1"),
        ([row(metric=RELATION)], "needs start and end"),
        ([row(metric=RELATION, start=3, end=3)], "ends before it begins"),
        ([row(0.5, metric=RELATION, start=0, end=3)], "a relation is 1"),
        ([row(turn=2)], "there are 1 assistant turns"),
        ([row(turn="²")], "turn '²': a whole number"),
        ([row() | {"sample": "x"}], "sample 'x': a whole number"),
        ([row() | {"sample": 0.5}], "sample 0.5: a whole number"),
        ([row(metric=RELATION, start=0, end=float("inf"))], "end inf: a whole number"),
        ([row(metric=RELATION, start=[], end=3)], "start .*: a whole number"),
    ],
    ids=[
        "value",
        "no place",
        "empty place",
        "half true",
        "turn",
        "turn of letters",
        "sample of letters",
        "half a sample",
        "no end",
        "a list",
    ],
)
def test_rows_that_do_not_fit(path: Path, rows: list[dict[str, object]], complaint: str) -> None:
    with pytest.raises(SpecError, match=complaint):
        add_labels(path, [row(), *rows])
    with Store(path) as store:
        assert not store.labelled(), "all or none"


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("x.jsonl", "{", "not JSON Lines"),
        ("x.jsonl", "[1]", "every line must be an object"),
        ("x.jsonl", '{"turn": ' + "9" * 6000 + "}", "not JSON Lines"),
        ("x.csv", "sample,value\n1", "as many cells"),
        ("x.csv", "sample,value\n1,high", "row 1: value 'high': a number"),
    ],
    ids=["no JSON", "a list", "a long number", "cells", "number"],
)
def test_files_that_do_not_fit(tmp_path: Path, name: str, text: str, complaint: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match=complaint):
        labels_from(tmp_path / name)


# ---------------------------------------------------------------- what comes next


def arms_of(store: Store, places: list[to_label.Place]) -> list[str]:
    named = {key: trial.template for key, trial, _ in store.trials()}
    return [named[key] for key, _ in places]


def test_the_order_is_drawn_by_the_seed_and_balanced_over_arms(path: Path) -> None:
    with Store(path) as store:
        first, again, other = (to_label.order(store, seed) for seed in (1, 1, 2))
        arms = arms_of(store, first)
    assert first == again
    assert sorted(first) == sorted(other)
    assert first != other
    rounds = [arms[i : i + len(ARMS)] for i in range(0, len(arms), len(ARMS))]
    assert all(sorted(part) == sorted(ARMS) for part in rounds)
    assert len({tuple(part) for part in rounds}) > 1, "the place in a round tells the arm"


def test_unsure_replies_first(path: Path) -> None:
    with Store(path) as store:
        trials = {key: trial for key, trial, _ in store.trials()}
        samples = [trials[key].sample for key, _ in to_label.order(store, unsure=True)]
    assert samples[-6:] == [0] * 6, "those that were judged come last"


@pytest.mark.parametrize(("double", "least", "most"), [(0.0, 0, 0), (0.3, 220, 380), (1.0, 1000, 1000)])
def test_double_labelling(double: float, least: int, most: int) -> None:
    count = sum(to_label.wanted((i, 1), {"anna"}, "ben", double) for i in range(1000))
    assert least <= count <= most
    assert not to_label.wanted((1, 1), {"anna", "ben"}, "ben", 1.0)
    assert to_label.wanted((1, 1), set(), "ben", 0.0)


def test_a_queue_goes_on_where_it_was_left(path: Path) -> None:
    seen = []
    while (item := LabelQueue(path, seed=3).next("anna")) is not None:
        seen.append(item.place)
        LabelQueue(path).keep(item.place, "anna", {METRIC: None})
    assert len(seen) == len(set(seen)) == 18
    assert LabelQueue(path, double=0).next("ben") is None
    first = LabelQueue(path, seed=3).next("ben")
    assert first is not None
    assert first.place == seen[0]
    assert not first.questions[0].answered, "nobody sees what others said"


def test_what_was_not_asked_stays(path: Path) -> None:
    add_labels(path, [row(0.0, metric="words.count"), row(1.0)])
    with Store(path) as store:
        key = next(key for key, trial, _ in store.trials() if trial == TRIAL)
    LabelQueue(path).keep((key, 1), "", {})
    with Store(path) as store:
        assert [label.metric for _, label in store.all_labels()] == ["words.count"]


def test_what_cannot_be_judged_is_not_asked_about(tmp_path: Path) -> None:
    with Store(tmp_path / "x.sqlite", write=True) as store:
        for sample, reply in enumerate(
            [Reply("cut", "length"), Reply(""), Reply("", "error", error="down"), Reply("whole")]
        ):
            said = (Turn("user", "?"), Turn("assistant", reply.text, reply))
            store.keep_transcript(Transcript(Trial("p", "plain", "m", sample), said, reply.error)).result()
    item = LabelQueue(tmp_path / "x.sqlite").next("")
    assert item is not None
    assert item.text == "whole"
    assert LabelQueue(tmp_path / "x.sqlite").next("", item.place) is None


# ---------------------------------------------------------------- in the terminal


def typed(monkeypatch: pytest.MonkeyPatch, *keys: str) -> None:
    given = iter(keys)

    def answer(prompt: str = "") -> str:
        try:
            return next(given)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr(builtins, "input", answer)


# (id, keys, labels afterwards)
@pytest.mark.parametrize(
    ("keys", "stored"),
    [
        (["1", "0", "x"], [1.0, 0.0, None]),
        (["1", "s", "0", "q"], [1.0, 0.0]),
        (["1", "u", "0"], [0.0]),
        (["7", "nonsense", "1"], [1.0]),
        (["", "1"], [1.0]),
        (["q", "1"], []),
    ],
    ids=["three", "skip", "undo", "other keys", "no answer", "stop"],
)
def test_labelling_in_the_terminal(
    path: Path, monkeypatch: pytest.MonkeyPatch, keys: list[str], stored: list[float | None]
) -> None:
    typed(monkeypatch, *keys)
    done = inside("label", str(path), "--labeller", "anna")
    assert done.returncode == 0
    assert not [arm for arm in ARMS if arm in done.stdout]
    with Store(path) as store:
        found = [label.value for _, label in store.all_labels()]
    assert Counter(found) == Counter(stored)


@pytest.mark.parametrize(
    "spoil", ["UPDATE labels SET value = 'x'", "UPDATE labels SET labeller = x'00'", "UPDATE labels SET start = 1.5"]
)
def test_spoiled_labels_are_one_error(path: Path, spoil: str) -> None:
    import sqlite3
    from contextlib import closing

    add_labels(path, [row()])
    with closing(sqlite3.connect(path)) as db:
        db.execute(spoil)
        db.commit()
    reads: list[Callable[[], object]] = [lambda: load_run(path).labels(), lambda: load_run(path).agreement()]
    for read in reads:
        with pytest.raises(EvalkitError, match="table labels"):
            read()
