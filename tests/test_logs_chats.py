"""Chats of ChatGPT and Open WebUI as conversations, written after descriptions of their formats; pseudonyms in them; how answers end."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.errors import SpecError
from evalkit.runfile.logs.form import Log, Recorded
from evalkit.runfile.logs.pseudonyms import Pseudonyms, pseudonyms_from
from evalkit.runfile.logs.reading import recognised
from tests.logged import CHATS, HALF_ASKED, chat, message, taken


def test_chats_of_chatgpt(problems: Path) -> None:
    Path("c.json").write_text(json.dumps(CHATS))
    done, found = taken("c.json")
    assert (done.tool, done.parts, done.stored) == ("ChatGPT", 3, 3)
    assert [b.reason for b in done.bad] == ["chat 1: no problem has this id or question: 'Write me a poem.'"]
    assert done.notes == {
        "an attachment is not in the export": 1, "an answer of another branch is left out": 1, "an image is not in the export": 1,
    }  # fmt: skip
    old, half, third = found
    assert (old["sample"], half["sample"], half["model"], third["problem"]) == (0, 1, "gpt-x", "set/third"), (
        "the oldest first"
    )
    assert old["messages"][-1]["finish_reason"] == "length"
    assert [(m["role"], m.get("earlier", False)) for m in half["messages"]] == [
        ("system", False), ("user", True), ("assistant", True), ("user", False), ("assistant", False),
    ]  # fmt: skip
    asked, answer = half["messages"][-2:]
    assert asked["content"] == f"[image]\n\n**{HALF_ASKED}** Please!\n\n[attachment: hw.pdf]"
    assert answer["content"] == "It is 1, Anna Weber."
    assert answer["reasoning"] == "Halves\n\n2/2\n\n[assistant python] print(2/2)\n\n[tool python] 1.0"
    assert third["messages"][-1]["content"] == "It is 3."


def test_the_archive_as_it_comes(problems: Path) -> None:
    with zipfile.ZipFile("export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("user.json", '{"email": "anna@example.org"}')
        archive.writestr("conversations.json", json.dumps(CHATS))
    assert taken("export.zip")[1] == (Path("c.json").write_text(json.dumps(CHATS)), taken("c.json")[1])[1]


def test_a_later_export_counts_the_same_chats_alike(problems: Path) -> None:
    Path("c.json").write_text(json.dumps(CHATS))
    taken("c.json")
    newer = chat(message("user", HALF_ASKED), message("assistant", "One."), when=11.0)
    Path("c.json").write_text(json.dumps([newer, *CHATS]))
    again = evalkit.import_log("c.json", "x.sqlite")
    assert (again.stored, again.known, len(again.bad)) == (1, 3, 1)


def web(said: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A chat of Open WebUI."""
    nodes = {
        f"n{n}": {"id": f"n{n}", "parentId": f"n{n - 1}" if n else None, "childrenIds": [f"n{n + 1}"] if n + 1 < len(said) else [], "timestamp": n, **one}
        for n, one in enumerate(said)
    }  # fmt: skip
    inner = {
        "title": "T",
        "models": ["qwen3:4b"],
        "history": {"messages": nodes, "currentId": f"n{len(said) - 1}"},
        "messages": said,
        **more,
    }
    return {"id": "1", "user_id": "anna-7", "title": "T", "chat": inner, "created_at": 5}


FOLDED = '<details type="reasoning" done="true" duration="5">\n<summary>Thought for 5 seconds</summary>\n&gt; Half of 2.\n</details>\nIt is **1**.'
WEB: list[dict[str, Any]] = [
    {"role": "user", "content": HALF_ASKED, "files": [{"type": "file", "name": "hw.pdf"}]},
    {
        "role": "assistant",
        "model": "qwen3:4b",
        "content": FOLDED,
        "usage": {"prompt_eval_count": 9, "eval_count": 4},
        "done": True,
    },
]


@pytest.mark.parametrize(
    "data", [[web(WEB)], web(WEB), web(WEB)["chat"], [web(WEB, history={})]], ids=["list", "one", "bare", "no-tree"]
)
def test_chats_of_open_webui(problems: Path, data: Any) -> None:
    Path("w.json").write_text(json.dumps(data))
    done, ((found),) = taken("w.json", arm="class-a")
    assert (done.tool, done.stored, found["template"], found["model"]) == ("Open WebUI", 1, "class-a", "qwen3:4b")
    asked, answer = found["messages"]
    assert asked["content"] == f"{HALF_ASKED}\n\n[file: hw.pdf]"
    assert (answer["content"], answer["reasoning"]) == ("It is **1**.", "Half of 2.")
    assert answer["usage"] == {"input_tokens": 9, "output_tokens": 4}
    assert "anna-7" not in Path("x.sqlite").read_bytes().decode("latin-1")


def test_an_answer_that_failed_in_open_webui(problems: Path) -> None:
    said = [WEB[0], {"role": "assistant", "content": "", "error": {"content": "no such model"}}]
    Path("w.json").write_text(json.dumps([web(said)]))
    (found,) = taken("w.json")[1]
    assert found["error"] == "no such model"


# ---------------------------------------------------------------- pseudonyms


def test_names_are_replaced_before_anything_is_stored(problems: Path) -> None:
    Path("c.json").write_text(
        json.dumps(CHATS).replace("Please!", "Please! Mail to A.Weber@uni.example, ANNA  weber or Annabel.")
    )
    Path("names.txt").write_text("Bert\nAnna Weber, Anna\n")
    done, found = taken("c.json", pseudonyms="names.txt")
    half = found[1]["messages"]
    assert "Please! Mail to mail1@example.org, Person 2 or Annabel." in half[-2]["content"]
    assert half[0]["content"] == "I am Person 2."
    assert done.replaced == 4
    stored = Path("x.sqlite").read_bytes().decode("latin-1").casefold()
    assert "weber" not in stored
    assert "names.txt" not in stored
    assert taken("c.json", pseudonyms="names.txt")[1] == found


def test_a_list_of_names_that_would_replace_a_letter(problems: Path) -> None:
    Path("names.txt").write_text("Anna, A\n")
    with pytest.raises(SpecError, match="line 1: 'A' would be replaced everywhere"):
        pseudonyms_from(Path("names.txt"))
    assert Pseudonyms({}).of("Anna") == "Anna"


# ---------------------------------------------------------------- how an answer ended

ASKED = {"role": "user", "content": "Half?"}


def _chatgpt(end: str) -> Any:
    said = message("assistant", "1", metadata={"finish_details": {"type": end}})
    return [chat(message("user", "Half?"), said if end != "in_progress" else message("assistant", "1", status=end))]


def _inspect(end: str) -> Any:
    said = {"messages": [ASKED, {"role": "assistant", "content": "1"}], "output": {"choices": [{"stop_reason": end}]}}
    return {"version": 2, "status": "success", "eval": {"task": "t", "model": "m"}, "samples": [said]}


def _promptfoo(end: str) -> Any:
    answer = {"output": "1", "isRefusal": True} if end == "refusal" else {"output": "1", "finishReason": end}
    return {"evalId": "e", "results": {"prompts": [], "results": [{"prompt": {"raw": "Half?"}, "response": answer}]}}


ENDS: dict[Callable[[str], Any], dict[str, str | None]] = {
    _chatgpt: {
        "stop": None, "max_tokens": "length", "interrupted": "interrupted", "content_filter": "content_filter", "in_progress": "interrupted", "unheard of": None,
    },
    _inspect: {"stop": None, "max_tokens": "length", "model_length": "length", "content_filter": "content_filter", "unheard of": None},
    _promptfoo: {"stop": "stop", "length": "length", "refusal": "refusal"},
}  # fmt: skip


@pytest.mark.parametrize("made", ENDS, ids=lambda made: made.__name__)
def test_how_an_answer_ended_is_said_in_one_way(made: Callable[[str], Any], tmp_path: Path) -> None:
    found: dict[str, str | None] = {}
    for n, end in enumerate(ENDS[made]):
        path = tmp_path / f"{n}.json"
        path.write_text(json.dumps(made(end)), encoding="utf-8")
        form = recognised(path)
        assert form is not None
        (part,) = form.read(Log(path))
        assert isinstance(part, Recorded)
        found[end] = part.messages[-1].get("finish_reason")
    assert found == ENDS[made]
