"""Merged run files: eight shards are one run, and nothing is lost, counted twice, or mixed."""

from __future__ import annotations

import json
import random
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

import evalkit
from evalkit.runfile.merging import merge
from evalkit.runfile.origins import BESIDE, paid_from
from evalkit.runfile.store import Store
from evalkit.types import Label, Message, Reply, Request, Score, Span, Transcript, Trial, Turn
from tests.arrange import inside, write_problems
from tests.kills import killed, stats
from tests.server import ModelServer, serving

WHATS = ("transcripts", "replies", "scores", "labels")


def exports(path: Path) -> dict[str, bytes]:
    """What a file holds, as it is exported."""
    found = {}
    for what in WHATS:
        out = path.with_suffix(f".{what}.jsonl")
        evalkit.load_run(path).export(out, what)  # type: ignore[arg-type]
        found[what] = out.read_bytes()
        out.unlink()
    return found


def shown(path: Path) -> dict[str, bytes | str]:
    """Exports and tables."""
    tables = {o: inside("compare", path.name, *o.split()).stdout for o in ("--all", "--json", "--turn all")}
    assert all(tables.values())
    return exports(path) | tables


# ---------------------------------------------------------------- shards asked of a server

ASKING = ["run", "-p", "p/*", "-t", "plain", "-t", "repeat_hint", "-m", "openai:m", "--set", "temperature=0", "--samples", "2", "--no-probe"]  # fmt: skip


def test_eight_shards_merged_are_one_run(project: Path) -> None:
    """Byte for byte; one shard is killed and gone on with, one is merged before it was done, some are not scored."""
    write_problems(project, 20)
    with serving(ModelServer(latency=0.02)) as server:
        asking = [*ASKING, "--base-url", server.url]
        whole = inside(*asking, "--run", "run.sqlite")
        assert whole.returncode == 0, whole.stderr
        expected = shown(project / "run.sqlite")
        (project / "run.sqlite").unlink()
        asked = stats(server.url)["answered"]
        files = [f"{n}.sqlite" for n in range(1, 9)]
        slowly = [sys.executable, "-m", "evalkit", *asking, "--shard", "3/8", "--run", "3.sqlite", "--no-score", "--in-flight", "1"]  # fmt: skip
        assert killed(slowly, project, server.url, random.Random(4))
        for n, file in enumerate(files, 1):
            more = ["--limit", "6"] if n == 5 else ["--no-score"] if n % 3 else []
            done = inside(*asking, "--shard", f"{n}/8", "--run", file, *more)
            assert done.returncode == 0, done.stderr
        early = inside("merge", *files[:7], "-o", "run.sqlite")
        assert "not among the files: shard 8/8" in " ".join(early.stderr.split())
        assert inside(*asking, "--shard", "5/8", "--run", files[4], "--no-score").returncode == 0
        done = inside("merge", *files, "-o", "run.sqlite", "--json")
        assert inside("score", "run.sqlite").returncode == 0, "some shards were not scored"
        found = shown(project / "run.sqlite")
        again = stats(server.url)["answered"]
        resumed = inside(*asking, "--run", "run.sqlite", "--no-score")
        assert stats(server.url)["answered"] == again, "a merged run is a whole one"
    assert asked <= again - asked <= asked + 1, "only what a kill cut off is asked once more"
    assert json.loads(done.stdout)["missing"] == []
    assert "0 requests asked" in resumed.stderr
    assert found == expected


def test_order_and_repetition_change_nothing(project: Path) -> None:
    write_problems(project, 6)
    with serving(ModelServer()) as server:
        for n in (1, 2, 3):
            assert (
                inside(*ASKING, "--base-url", server.url, "--shard", f"{n}/3", "--run", f"{n}.sqlite").returncode == 0
            )
    paths = [project / f"{n}.sqlite" for n in (1, 2, 3)]
    found = []
    for order in permutations(paths):
        target = project / "merged.sqlite"
        target.unlink(missing_ok=True)
        first = merge(order, target)
        assert first.known.get("transcripts", 0) == 0
        found.append(exports(target))
        for more in ([target], [*order, target], [paths[0], paths[0]]):
            again = merge(more, target)
            assert {k: v for k, v in again.taken.items() if v} == {}
            assert (again.replies_differ, again.conversations_differ, again.scores_differ) == (0, 0, 0)
            assert exports(target) == found[0]
    assert all(f == found[0] for f in found)
    nested = merge([paths[0], paths[1]], project / "two.sqlite")
    assert nested.missing == ("3/3",)
    merge([paths[2], project / "two.sqlite"], project / "nested.sqlite")
    assert exports(project / "nested.sqlite") == found[0]


# ---------------------------------------------------------------- two files made by hand


def conversation(text: str, sample: int = 0, template: str = "plain", error: str | None = None) -> Transcript:
    reply = Reply(text, "error" if error else "stop", error=error)
    return Transcript(Trial("p/1", template, "m", sample), (Turn("user", "Q"), Turn("assistant", text, reply)), error)


def made(path: Path, *said: Transcript, more: Callable[[Store], object] = lambda _: None) -> Path:
    with Store(path, write=True) as store:
        for one in said:
            store.keep_transcript(one, fingerprint="f").result()
        more(store)
    return path


def judged(value: float | None, version: str = "1-a") -> Callable[[Store], object]:
    return lambda store: store.keep_scores(
        1, 1, "number", version, [Score("correct", value, "why", (Span(0, 1, "x"),))]
    ).result()


def said_in(path: Path) -> list[str]:
    with Store(path) as store:
        return [s.transcript.replies[-1].text for s in store.transcripts()]


def both_ways(tmp_path: Path, one: Path, other: Path) -> evalkit.Merged:
    """Merged in both orders and once more: the same each time."""
    first = merge([one, other], tmp_path / "ab.sqlite")
    second = merge([other, one], tmp_path / "ba.sqlite")
    assert exports(tmp_path / "ab.sqlite") == exports(tmp_path / "ba.sqlite")
    assert replace(first, path=second.path) == second
    before = exports(tmp_path / "ab.sqlite")
    for again in ([one], [other], [other, one]):
        merge(again, tmp_path / "ab.sqlite")
        assert exports(tmp_path / "ab.sqlite") == before
    return first


def test_a_failure_gives_way_to_what_went_well(tmp_path: Path) -> None:
    a = made(tmp_path / "a.sqlite", conversation("", error="the server was down"))
    b = made(tmp_path / "b.sqlite", conversation("fine"))
    done = both_ways(tmp_path, a, b)
    assert (said_in(tmp_path / "ab.sqlite"), done.failures_settled, done.conversations_differ) == (["fine"], 1, 0)


def test_a_failure_alone_is_kept(tmp_path: Path) -> None:
    a = made(tmp_path / "a.sqlite", conversation("", error="the server was down"))
    b = made(tmp_path / "b.sqlite", conversation("fine", sample=1))
    both_ways(tmp_path, a, b)
    with Store(tmp_path / "ab.sqlite") as store:
        assert store.failures() == [("the server was down", 1)]


def test_arms_that_differ_come_from_one_file(tmp_path: Path) -> None:
    a = made(tmp_path / "a.sqlite", conversation("a1"), conversation("a2", template="hint"))
    b = made(tmp_path / "b.sqlite", conversation("b1"), conversation("b2", template="hint"), conversation("b3", 1))
    done = both_ways(tmp_path, a, b)
    found = said_in(tmp_path / "ab.sqlite")
    assert sorted(found) in (["a1", "a2", "b3"], ["b1", "b2", "b3"])
    assert done.conversations_differ == 2


@pytest.mark.parametrize("labelled", ["a", "b"])
def test_the_labelled_conversation_stays(tmp_path: Path, labelled: str) -> None:
    label = Label(1, "number.correct", 1.0, "anna")
    files = {
        name: made(tmp_path / f"{name}.sqlite", replace(conversation(name), given=(label,) if name == labelled else ()))
        for name in "ab"
    }
    both_ways(tmp_path, files["a"], files["b"])
    assert said_in(tmp_path / "ab.sqlite") == [labelled]


def test_labels_of_two_people_come_together(tmp_path: Path) -> None:
    files = [
        made(tmp_path / f"{who}.sqlite", replace(conversation("x"), given=(Label(1, "number.correct", v, who),)))
        for who, v in (("anna", 1.0), ("bert", None))
    ]
    done = both_ways(tmp_path, *files)
    assert (done.taken["labels"], done.labels_differ) == (2, 0)
    assert len(exports(tmp_path / "ab.sqlite")["labels"].splitlines()) == 2


SCORES: list[tuple[str, tuple[float | None, str], tuple[float | None, str], tuple[float | None, int]]] = [
    ("equal", (1.0, "1-a"), (1.0, "1-a"), (1.0, 0)),
    ("judged-before-not-judged", (None, "1-a"), (0.0, "1-a"), (0.0, 1)),
    ("the-newer-version", (1.0, "2-a"), (0.0, "10-a"), (0.0, 1)),
]


@pytest.mark.parametrize(("a", "b", "expected"), [s[1:] for s in SCORES], ids=[s[0] for s in SCORES])
def test_of_two_scores_one_stays(tmp_path: Path, a: tuple[float | None, str], b: tuple[float | None, str], expected: tuple[float | None, int]) -> None:  # fmt: skip
    files = [made(tmp_path / f"{n}.sqlite", conversation("x"), more=judged(*s)) for n, s in (("a", a), ("b", b))]
    done = both_ways(tmp_path, *files)
    (row,) = map(json.loads, exports(tmp_path / "ab.sqlite")["scores"].splitlines())
    assert (row["value"], done.scores_differ) == expected


REQUEST = Request("openai:m", "m", (Message("user", "Q"),), {}, 0)


def answered(text: str, cost: float | None, beside: str | None = None) -> Callable[[Store], object]:
    async def keep(store: Store) -> None:
        await store.keep_reply(REQUEST, Reply(text), cost)

    def do(store: Store) -> None:
        import asyncio

        asyncio.run(keep(store))
        if beside:
            store.set_meta(BESIDE, beside)

    return do


def spent(path: Path) -> tuple[int, float]:
    """Requests and money, in and beside the replies: what a budget counts."""
    with Store(path) as store:
        beside = store.noted(BESIDE, paid_from) or (0, 0.0)
        rows = store.spent()
        return beside[0] + sum(r[1] for r in rows), pytest.approx(beside[1] + sum(r[2] for r in rows))  # type: ignore[return-value]


def test_two_answers_to_one_request_were_both_paid_for(tmp_path: Path) -> None:
    a = made(tmp_path / "a.sqlite", more=answered("one", 0.5, '{"requests": 3, "cost": 0.25}'))
    b = made(tmp_path / "b.sqlite", more=answered("two", 0.125, '{"requests": 1, "cost": 1.0}'))
    done = both_ways(tmp_path, a, b)
    assert done.replies_differ == 1
    assert spent(tmp_path / "ab.sqlite") == (6, 1.875)
    merge([tmp_path / "ba.sqlite", a], tmp_path / "ab.sqlite")
    assert spent(tmp_path / "ab.sqlite") == (6, 1.875), "merged again, nothing is paid again"


def test_requests_that_cost_nothing_cost_nothing_afterwards(tmp_path: Path) -> None:
    a = made(tmp_path / "a.sqlite", more=answered("one", 0.0, '{"requests": 3, "cost": 0}'))
    b = made(tmp_path / "b.sqlite", more=answered("two", 0.0, '{"requests": 1, "cost": 0}'))
    both_ways(tmp_path, a, b)
    assert spent(tmp_path / "ab.sqlite") == (6, 0.0)


def test_what_a_merged_file_pays_later_is_its_own(tmp_path: Path) -> None:
    a = made(tmp_path / "a.sqlite", more=answered("one", 0.5, '{"requests": 3, "cost": 0.25}'))
    b = made(tmp_path / "b.sqlite", conversation("x"))
    merge([a, b], tmp_path / "c.sqlite")
    with Store(tmp_path / "c.sqlite", write=True) as store:
        store.set_meta(BESIDE, '{"requests": 5, "cost": 0.5}')
    with Store(a.rename(tmp_path / "moved.sqlite"), write=True) as store:
        store.set_meta(BESIDE, '{"requests": 4, "cost": 0.375}')
    merge([tmp_path / "moved.sqlite"], tmp_path / "c.sqlite")
    assert spent(tmp_path / "c.sqlite") == (7, 1.125)


def test_every_version_that_made_a_part_is_kept(tmp_path: Path) -> None:
    def of(version: str) -> Callable[[Store], object]:
        return lambda store: store.set_meta("packages", json.dumps({"evalkit": version}))

    both_ways(tmp_path, made(tmp_path / "a.sqlite", more=of("2")), made(tmp_path / "b.sqlite", more=of("1")))
    with Store(tmp_path / "ab.sqlite") as store:
        assert json.loads(store.meta("packages") or "") == {"evalkit": "1, 2"}


def test_a_copy_of_a_file_is_the_file(tmp_path: Path) -> None:
    a = made(tmp_path / "a.sqlite", conversation("x"), more=answered("one", 0.5, '{"requests": 3, "cost": 0.25}'))
    shutil.copy(a, tmp_path / "copy.sqlite")
    done = both_ways(tmp_path, a, tmp_path / "copy.sqlite")
    assert (done.known["replies"], spent(tmp_path / "ab.sqlite")) == (1, (4, 0.75))
