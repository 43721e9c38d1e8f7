"""A homework: what its problems share, their order, and earlier questions asked in the same conversation."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from evalkit.asking import runner
from evalkit.asking.progress import Progress
from evalkit.asking.stopping import Stop
from evalkit.errors import SpecError
from evalkit.interface.chats import preview
from evalkit.interface.project import Project
from evalkit.runfile.records import chat_hash, spoken_hashes
from evalkit.runfile.store import Store
from evalkit.runfile.transcripts import message_to, parse_line, to_json
from evalkit.specs.library import Library as Problems
from evalkit.specs.templates import Library as TemplateLibrary
from evalkit.types import Transcript
from tests import arrange
from tests.server import ModelServer

PROBLEM = """
title = "{name}"
statement = "Question {name}. Say exactly: Final answer: {name}"
{more}
[staff]
solution = "{name}"
[score.text]
any_of = ["{name}"]
[[hints]]
level = "method"
text = "Think of {name}."
"""


def homework(folder: Path, names: Mapping[str, str], described: str = "") -> Problems:
    """`problems/w1/<name>.toml` with further lines for each, and the set's file where there is any."""
    target = folder / "problems" / "w1"
    target.mkdir(parents=True)
    for name, more in names.items():
        (target / f"{name}.toml").write_text(PROBLEM.format(name=name, more=more), encoding="utf-8")
    if described:
        (target / "set.toml").write_text(described, encoding="utf-8")
    return Problems(folder / "problems")


def earlier(library: Problems, name: str) -> list[str]:
    asked = library.load(f"w1/{name}").around.earlier
    return [question.table(0, 0)["statement"].split()[1].rstrip(".") for question in asked]


@pytest.mark.parametrize(
    ("names", "described", "asked", "before"),
    [
        ({"2a": "", "10a": "", "1b": ""}, "", "10a", ["1b", "2a"]),
        ({"2a": "", "10a": "", "1b": ""}, "", "1b", []),
        ({"a": "", "b": "", "c": ""}, 'order = ["c", "a"]', "a", ["c"]),
        ({"a": "", "b": "", "c": ""}, 'order = ["c", "a"]', "b", ["c", "a"]),
        ({"a": 'cluster = "x"', "b": "", "c": 'cluster = "x"'}, "", "c", ["a"]),
        ({"a": 'cluster = "x"', "b": "", "c": 'cluster = "x"'}, "", "b", ["a"]),
    ],
    ids=["numbers by value", "the first", "as ordered", "what the order does not name", "of the cluster", "of the set"],
)
def test_the_questions_before_a_problem(
    tmp_path: Path, names: Mapping[str, str], described: str, asked: str, before: list[str]
) -> None:
    assert earlier(homework(tmp_path, names, described), asked) == before


def test_a_large_set_is_no_square_of_its_size(tmp_path: Path) -> None:
    """Each problem sees those before it, in whatever order they are loaded, and none of them holds a copy."""
    library = homework(tmp_path, {f"{i:03d}": 'cluster = "x"' if i % 3 else "" for i in range(90)})
    seen = {i: library.load(f"w1/{i:03d}").around.earlier for i in (80, 40, 89, 0, 81)}
    for place, asked in seen.items():
        before = [f"w1/{i:03d}" for i in range(place) if place % 3 == 0 or i % 3]
        assert [question.id for question in asked] == before
        assert [question.id for question in asked[:2]] == before[:2]
        assert [question.id for question in reversed(asked)] == before[::-1]
        with pytest.raises(IndexError):
            _ = asked[len(before)]
    assert asked[-1].id == "w1/080"
    copied = pickle.loads(pickle.dumps(seen[40]))  # noqa: S301 - of our own making
    assert [question.id for question in copied] == [question.id for question in seen[40]]
    assert len({id(question) for asked in seen.values() for question in asked}) == 86


def test_a_set_file_is_no_problem(tmp_path: Path) -> None:
    library = homework(tmp_path, {"a": "", "b": ""}, 'title = "Homework 1"')
    assert library.ids() == ("w1/a", "w1/b")
    assert library.load("w1/a").around.homework == {"title": "Homework 1"}


@pytest.mark.parametrize(
    ("described", "told"),
    [
        ('titel = "x"', "unknown key 'titel'"),
        ('order = ["a", "q"]', "order: no problem 'q' in this set"),
        ('order = ["a", "a"]', "order: 'a' occurs twice"),
        ('setting = "  "', "the text is empty"),
        ("order = [", "not valid TOML"),
    ],
    ids=["a typo", "an unknown name", "twice", "empty", "no TOML"],
)
def test_a_faulty_set_file_is_one_clear_error(tmp_path: Path, described: str, told: str) -> None:
    library = homework(tmp_path, {"a": "", "b": ""}, described)
    with pytest.raises(SpecError, match=r"set\.toml") as caught:
        library.load("w1/a")
    assert told in str(caught.value)


def test_a_broken_neighbour_matters_only_to_who_asks_it(tmp_path: Path) -> None:
    library = homework(tmp_path, {"a": "statement = 3", "b": ""})
    prompts = TemplateLibrary(arrange.ROOT / "prompts")
    project = Project(tmp_path / "problems", arrange.ROOT / "prompts")
    assert preview(library.load("w1/b"), prompts.load("plain"), project=project).requests == 1
    with pytest.raises(SpecError, match=r"earlier question.*a\.toml"):
        preview(library.load("w1/b"), prompts.load("in_one_chat"), project=project)


def test_a_template_may_use_what_the_set_says(tmp_path: Path) -> None:
    library = homework(tmp_path, {"a": ""}, "setting = 'All matrices are real.'")
    (tmp_path / "prompts").mkdir()
    text = "{% call user() %}{{ homework.setting }} {{ statement }}{% endcall %}"
    (tmp_path / "prompts" / "own.j2").write_text(text, encoding="utf-8")
    own = TemplateLibrary(tmp_path / "prompts").load("own")
    assert preview(library.load("w1/a"), own).messages[0].content.startswith("All matrices are real. Question a.")
    (tmp_path / "prompts" / "more.j2").write_text(text.replace("setting", "course"), encoding="utf-8")
    with pytest.raises(SpecError, match=r"needs `homework\.course`"):
        preview(library.load("w1/a"), TemplateLibrary(tmp_path / "prompts").load("more"))


async def held(folder: Path, server: ModelServer, **more: Any) -> tuple[list[Transcript], Progress]:
    described = arrange.experiment(server.url, problems=["w1/*"], **more)
    progress = Progress(probe=False)
    with Store(folder / "run.sqlite", write=True) as store:
        await runner.run(arrange.plan(folder, described), store, progress=progress, stop=Stop())
        return [stored.transcript for stored in store.transcripts()], progress


CHATS: dict[str, Any] = {"templates": ["plain", "in_one_chat", "in_one_chat_hint"], "samples": 2}


async def test_earlier_answers_are_asked_once_and_shared(tmp_path: Path) -> None:
    homework(tmp_path, {f"q{i:02d}": "" for i in range(1, 13)})
    async with ModelServer() as server:
        found, progress = await held(tmp_path, server, **CHATS)
        # Of each sample: 12 first questions alone, 11 later ones in the chat, 11 hints after them.
        assert len(server.asked) == 2 * (12 + 11 + 11)
        assert set(server.asked.values()) == {1}
        assert progress.stopped is None
    assert len(found) == 2 * (12 + 11 + 11), "the first question has no earlier one: it lacks both arms"
    last = next(t for t in found if (t.trial.problem, t.trial.template) == ("w1/q12", "in_one_chat_hint"))
    assert last.replies[0].text == "Final answer: q12"
    assert [t.earlier for t in last.turns] == [True] * 22 + [False] * 4


async def test_only_the_own_question_is_judged_and_counted(tmp_path: Path) -> None:
    homework(tmp_path, {"a": "", "b": ""})
    async with ModelServer() as server:
        await held(tmp_path, server, **CHATS)
    done = arrange.inside("score", str(tmp_path / "run.sqlite"), "--problems", str(tmp_path / "problems"))
    assert done.returncode == 0, done.stderr
    with Store(tmp_path / "run.sqlite") as store:
        marks = {(s.trial.problem, s.trial.template, s.turn): s.score.value for s in store.scores()}
        outlines = {(t.problem, t.template): o.answers for t, o in store.outlines().items()}
    assert marks["w1/b", "in_one_chat", 1] == 1
    assert ("w1/b", "in_one_chat", 2) not in marks
    assert outlines["w1/b", "in_one_chat"] == 1
    assert outlines["w1/b", "in_one_chat_hint"] == 2


async def test_what_becomes_of_an_earlier_answer_that_is_no_answer(tmp_path: Path) -> None:
    homework(tmp_path, {"a": "", "b": ""})
    for fault, whole, error in (("broke_off", True, None), ("null", False, "earlier question is empty")):
        folder = tmp_path / fault
        folder.mkdir()
        (folder / "problems").symlink_to(tmp_path / "problems")
        first = "Question a."

        def broken(body: dict[str, Any], _: int, fault: str = fault, first: str = first) -> str | None:
            return fault if body["messages"][-1]["content"].startswith(first) else None

        async with ModelServer(fault_of=broken) as server:
            found, _ = await held(folder, server, templates=["plain", "in_one_chat"])
        chat = next(t for t in found if t.trial.template == "in_one_chat")
        assert bool(chat.replies) is whole
        assert (chat.error is None) if error is None else (error in (chat.error or ""))


def said(*turns: str) -> list[dict[str, Any]]:
    """A stored conversation; `?` ends a question, `...` in front marks what was asked earlier."""
    return [
        {
            "role": "user" if "?" in turn else "system" if turn.startswith("You") else "assistant",
            "content": turn.strip("."),
        }
        | ({"earlier": True} if turn.startswith("...") else {})
        for turn in turns
    ]


def test_what_was_said_is_told_apart_answer_by_answer() -> None:
    first, other = spoken_hashes(said("a?", "A", "sure?", "A")), spoken_hashes(said("a?", "A", "sure?", "B"))
    assert first[0] == other[0]
    assert len({*first, *other}) == 3
    assert len(spoken_hashes(said("You are a tutor", "a?", "A"))) == 1
    assert spoken_hashes(said("a?")) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(["...a?", "...A", "b?", "B"], ["...a?", "...Z", "c?", "C"], True, id="answered otherwise"),
        pytest.param(["...a?", "...A", "b?", "B"], ["...z?", "...A", "b?", "B"], False, id="another first question"),
        pytest.param(["You are a tutor", "...a?", "...A", "b?"], ["...a?", "...A", "b?"], True, id="a system message"),
    ],
)
def test_a_chat_is_known_by_its_first_question(one: list[str], other: list[str], same: bool) -> None:
    assert (chat_hash(said(*one)) == chat_hash(said(*other))) is same
    assert chat_hash(said(*one)) is not None
    assert chat_hash(said("a?", "A")) is None


def test_a_chat_goes_out_and_comes_back_with_its_marks() -> None:
    line: dict[str, Any] = {
        "problem": "w1/b", "template": "in_one_chat", "model": "m", "sample": 0,
        "messages": [
            {"role": "user", "content": "a?", "earlier": True},
            {"role": "assistant", "content": "A", "earlier": True},
            {"role": "user", "content": "b?"},
            {"role": "assistant", "content": "B"},
        ],
        "labels": {"1": {"text.correct": 1}},
    }  # fmt: skip
    held_chat = parse_line(json.dumps(line), "line 1")
    assert [r.text for r in held_chat.replies] == ["B"]
    assert parse_line(to_json(held_chat), "again") == held_chat
    assert len(spoken_hashes([message_to(t) for t in held_chat.turns])) == 1
    with pytest.raises(SpecError, match="no assistant message to judge"):
        parse_line({**line, "messages": line["messages"][:2], "labels": {}}, "line 1")
