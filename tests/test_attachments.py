"""Files that go along with a problem: what is sent, what is stored, what is refused, what is shown."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit import plugins
from evalkit.asking import runner
from evalkit.asking.prices import guessed_tokens
from evalkit.asking.progress import Progress
from evalkit.asking.stopping import Stop
from evalkit.errors import SpecError
from evalkit.interface.project import Project
from evalkit.providers import hf
from evalkit.runfile.store import Store
from evalkit.runfile.transcripts import parse_line, to_json
from evalkit.specs import attachments
from evalkit.types import Attachment, Message, ModelSpec, Request, Transcript
from tests import arrange
from tests.server import ModelServer, serving, text_of
from tests.test_homework import pdf_of

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PROBLEM = """
title = "q"
statement = "What is {name}? Say exactly: Final answer: {name}"
{more}
[staff]
solution = "{name}"
[score.text]
any_of = ["{name}"]
"""


def course(
    folder: Path, own: str = 'attachments = ["figures/tree.png"]', shared: str = 'attachments = ["hw.pdf"]'
) -> Path:
    """Two problems of a set; the first has a figure, the set a PDF."""
    target = folder / "problems" / "w1"
    (target / "figures").mkdir(parents=True)
    (target / "figures" / "tree.png").write_bytes(PNG)
    (target / "hw.pdf").write_bytes(pdf_of(["The homework.", "1. What is it?"]))
    (target / "a.toml").write_text(PROBLEM.format(name="a", more=own), encoding="utf-8")
    (target / "b.toml").write_text(PROBLEM.format(name="b", more=""), encoding="utf-8")
    (target / "set.toml").write_text(f'title = "W"\n{shared}\n', encoding="utf-8")
    return target


async def asked(folder: Path, server: ModelServer, **more: Any) -> tuple[list[Transcript], Progress]:
    described = arrange.experiment(server.url, **{"problems": ["w1/*"], "templates": ["plain"], "samples": 1, **more})
    progress = Progress(probe=False)
    plan = arrange.plan(folder, described)
    with Store(folder / "run.sqlite", write=True) as store:
        for along in {a for problem in plan.problems.values() for a in problem.around.attached.all}:
            store.keep_attachment(along).result()
        await runner.run(plan, store, progress=progress, stop=Stop())
        return [stored.transcript for stored in store.transcripts()], progress


class Seen:
    """A server that remembers the contents of all messages, and can refuse parts."""

    def __init__(self, refuses: str = "") -> None:
        self.contents: list[Any] = []
        self.refuses = refuses

    def __call__(self, body: dict[str, Any], times: int) -> str | None:
        content = body["messages"][-1]["content"]
        self.contents.append(content)
        return self.refuses if self.refuses and isinstance(content, list) else None


async def test_files_go_along_as_the_parts_of_openai(tmp_path: Path) -> None:
    target = course(tmp_path)
    seen = Seen()
    async with ModelServer(fault_of=seen) as server:
        found, progress = await asked(tmp_path, server)
    probe, first, second = seen.contents
    assert {part["type"] for part in probe} == {"file", "image_url", "text"}
    assert progress.probes == 1
    pdf = base64.b64encode((target / "hw.pdf").read_bytes()).decode()
    assert first[0] == {
        "type": "file",
        "file": {"filename": "hw.pdf", "file_data": f"data:application/pdf;base64,{pdf}"},
    }
    assert first[1] == {
        "type": "image_url",
        "image_url": {"url": f"data:image/png;base64,{base64.b64encode(PNG).decode()}"},
    }
    assert "What is a?" in text_of(first[2:])
    assert [part["type"] for part in second] == ["file", "text"]
    assert [reply.text for t in found for reply in t.replies] == ["Final answer: a", "Final answer: b"]
    assert [[a.name for a in t.turns[0].attachments] for t in found] == [["hw.pdf", "tree.png"], ["hw.pdf"]]


async def test_what_is_unchanged_is_not_asked_again_and_what_is_changed_is(tmp_path: Path) -> None:
    target = course(tmp_path)
    async with ModelServer() as server:
        await asked(tmp_path, server)
        _, progress = await asked(tmp_path, server)
        assert (progress.asked, progress.probes) == (0, 0)
        (target / "figures" / "tree.png").write_bytes(PNG + b"\0")
        found, progress = await asked(tmp_path, server)
        assert progress.asked == 1
    assert len(found) == 2


async def test_a_server_that_refuses_files_is_one_error_before_anything_is_asked(tmp_path: Path) -> None:
    course(tmp_path)
    seen = Seen("400")
    async with ModelServer(fault_of=seen) as server:
        with pytest.raises(SpecError, match=r"the server refuses attachments, so nothing was asked.*hw\.pdf"):
            await asked(tmp_path, server)
    assert len(seen.contents) == 1


async def test_the_text_of_a_pdf_goes_along_where_the_model_takes_text(tmp_path: Path) -> None:
    pytest.importorskip("pypdf")
    course(tmp_path, own="")
    seen = Seen()
    async with ModelServer(fault_of=seen) as server:
        model = arrange.experiment(server.url).models[0].model_copy(update={"attachments": "text"})
        found, _ = await asked(tmp_path, server, models=[model.model_dump(exclude_defaults=True)])
    assert all(isinstance(content, str) and "The homework." in content for content in seen.contents)
    assert found[0].turns[0].attachments[0].label.endswith(", as text]")


async def test_a_figure_of_an_earlier_question_matters_only_where_that_is_asked(tmp_path: Path) -> None:
    pytest.importorskip("pypdf")
    course(tmp_path)
    async with ModelServer() as server:
        model = arrange.experiment(server.url).models[0].model_copy(update={"attachments": "text"})
        more = {"models": [model.model_dump(exclude_defaults=True)], "problems": ["w1/b"]}
        found, _ = await asked(tmp_path, server, **more)
        assert len(found) == 1
        with pytest.raises(SpecError, match=r"tree\.png is an image"):
            await asked(tmp_path, server, templates=["plain", "in_one_chat"], **more)


@pytest.mark.parametrize(
    ("spec", "own", "said"),
    [
        ("hf:some/model", 'attachments = ["figures/tree.png"]', "tree.png is an image"),
        ("says_nothing:x", "", "takes no attachments as parts"),
    ],
    ids=["an image for a local model", "a provider that says nothing"],
)
def test_what_a_model_cannot_be_given_is_told_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: None, spec: str, own: str, said: str
) -> None:
    pytest.importorskip("pypdf")
    monkeypatch.chdir(tmp_path)
    course(tmp_path, own)
    plugins.make("providers", "says_nothing", print, "")
    project = Project()
    with pytest.raises(SpecError, match=said):
        attachments.sent_to(project.problems.load("w1/a").around.attached, ModelSpec(id=spec))
    monkeypatch.setattr(hf, "IMAGES", False)  # as a provider that reads texts alone
    with pytest.raises(SpecError, match="takes no attachments as parts"):
        attachments.sent_to(
            project.problems.load("w1/a").around.attached, ModelSpec(id="hf:some/model", attachments="parts")
        )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../secret.png", "below the folder"), ("/etc/passwd", "below the folder"), ("link.png", "is a link"),
        ("none.png", "no such file"), ("text.png", "neither a PDF nor an image"), ("figures", "is no ordinary file"),
        ("linked/secret.png", "is a link"), ("a\x00b", "below the folder"), ("", "below the folder"),
    ],
)  # fmt: skip
def test_attachments_that_are_none(tmp_path: Path, name: str, said: str) -> None:
    folder = tmp_path / "w1"
    (folder / "figures").mkdir(parents=True)
    (tmp_path / "secret.png").write_bytes(PNG)
    (folder / "text.png").write_text("text", encoding="utf-8")
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    (folder / "linked").symlink_to(tmp_path)
    with pytest.raises(SpecError, match=said):
        attachments.load([name], folder, "set.toml")


def test_the_identity_of_a_request_holds_the_file_and_is_what_it_was_without() -> None:
    file = Attachment("a.pdf", "application/pdf", "0" * 64, 3, content=b"abc")
    keys = {
        Request("openai:m", "m", (Message("user", "q", attachments=along),), {}, 0).key
        for along in ((), (file,), (Attachment("a.pdf", "application/pdf", "1" * 64, 3),))
    }
    assert len(keys) == 3
    assert Message("user", "q").as_json() == ["user", "q"]


@pytest.mark.filterwarnings("ignore:.*repeat another sample")
def test_it_is_stored_once_shown_everywhere_and_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    target = course(tmp_path)
    with serving(ModelServer()) as server:
        described = arrange.experiment(server.url, problems=["w1/*"], templates=["plain", "placebo"], samples=3)
        evalkit.run(described.model_dump(exclude_defaults=True), "run.sqlite", how=evalkit.Manner(probe=False))
    with Store(tmp_path / "run.sqlite") as store:
        rows = list(store._rows("SELECT name, length(content) FROM attachments ORDER BY name", ()))
        found = [stored.transcript for stored in store.transcripts()]
    assert rows == [("hw.pdf", (target / "hw.pdf").stat().st_size), ("tree.png", len(PNG))]
    line = json.loads(json.dumps(to_json(found[0])))
    assert line["messages"][0]["attachments"][1]["name"] == "tree.png"
    assert to_json(parse_line(line, "line 1")) == line
    assert "[attachment: tree.png, 0.1 kB]" in str(evalkit.preview("w1/a", "plain"))
    run = evalkit.load_run("run.sqlite")
    assert "[attachment: tree.png, 0.1 kB]" in str(run.chats("w1/a"))
    run.report("report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert f'src="data:image/png;base64,{base64.b64encode(PNG).decode()}"' in page
    assert "img-src data:" in page
    assert "attachment: hw.pdf" in page


async def test_replay_finds_a_reply_by_the_file_that_went_along(tmp_path: Path) -> None:
    course(tmp_path)
    async with ModelServer() as server:
        found, _ = await asked(tmp_path, server)
    chats = tmp_path / "chats.jsonl"
    chats.write_text("".join(json.dumps(to_json(t)) + "\n" for t in found), encoding="utf-8")
    async with ModelServer() as server:
        (tmp_path / "run.sqlite").unlink()
        again, progress = await asked(tmp_path, server, models=[{"id": f"replay:{chats}"}])
        assert not server.asked
    assert progress.failed == 0
    assert [[r.text for r in t.replies] for t in again] == [[r.text for r in t.replies] for t in found]


async def test_the_figure_of_an_earlier_question_goes_with_its_turn(tmp_path: Path) -> None:
    course(tmp_path)
    async with ModelServer() as server:
        found, _ = await asked(tmp_path, server, templates=["plain", "in_one_chat"])
    named = {
        (t.trial.problem, t.trial.template): [
            [a.name for a in turn.attachments] for turn in t.turns if turn.role == "user"
        ]
        for t in found
    }
    assert named == {
        ("w1/a", "plain"): [["hw.pdf", "tree.png"]],
        ("w1/b", "plain"): [["hw.pdf"]],
        ("w1/b", "in_one_chat"): [["hw.pdf", "tree.png"], []],
    }


@pytest.mark.parametrize(
    ("kind", "content", "tokens"),
    [
        ("image/png", PNG, 1000),
        ("application/pdf", b"%PDF- /Type /Pages /Type /Page /Type/Page", 3000),
        ("application/pdf", b"%PDF-", 1500),
    ],
    ids=["an image", "two pages", "packed"],
)
def test_what_files_are_guessed_to_cost(kind: str, content: bytes, tokens: int) -> None:
    file = Attachment("x", kind, hashlib.sha256(content).hexdigest(), len(content), content=content)
    alone, along = (guessed_tokens(Message("user", "Look.", attachments=files)) for files in ((), (file,)))
    assert along - alone == tokens
