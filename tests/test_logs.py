"""Logs of other tools as conversations.

Those of Inspect, promptfoo and lm-evaluation-harness were written by these tools (tests/data/logs). Exports of ChatGPT and
Open WebUI could not be made: the ones here are written after descriptions of their formats.
"""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.errors import SpecError
from evalkit.runfile.logs import form, reading, scoretable
from evalkit.runfile.logs.finding import Finder, mapping_from
from evalkit.runfile.logs.pseudonyms import Pseudonyms, pseudonyms_from
from evalkit.runfile.store import Store
from tests.arrange import inside
from tests.conftest import PROBLEM

LOGS = Path(__file__).parent / "data" / "logs"
THIRD = PROBLEM.replace("Half", "Third").replace("What is one half of 2?", "What is one third of $9$, written as a whole number?").replace("1", "3")  # fmt: skip
HALF_ASKED, THIRD_ASKED = "What is one half of 2?", "What is one third of 9, written as a whole number?"


@pytest.fixture
def problems(project: Path) -> Path:
    (project / "problems" / "set" / "third.toml").write_text(THIRD)
    return project


def taken(source: Path | str, **options: Any) -> tuple[evalkit.LogImported, list[dict[str, Any]]]:
    """What came of a log, and the conversations as they are exported."""
    Path("x.sqlite").unlink(missing_ok=True)
    done = evalkit.import_log(source, "x.sqlite", evalkit.LogOptions(**options))
    evalkit.load_run("x.sqlite").export("x.jsonl", "transcripts", force=True)
    return done, [json.loads(line) for line in Path("x.jsonl").read_text().splitlines()]


def scores() -> dict[tuple[str, str, str, int, str], float | None]:
    with Store(Path("x.sqlite")) as store:
        return {
            (
                s.trial.problem,
                s.trial.template,
                s.trial.model,
                s.trial.sample,
                f"{s.scorer}.{s.score.metric}",
            ): s.score.value
            for s in store.scores()
        }


# ---------------------------------------------------------------- as the tools wrote them


def test_a_log_of_inspect(problems: Path) -> None:
    done, found = taken(LOGS / "inspect.eval")
    assert (done.tool, done.parts, done.stored, len(done.bad)) == ("Inspect", 6, 4, 2)
    assert "elsewhere_epoch_1.json: 'elsewhere': no problem" in done.bad[0].reason
    assert [(t["problem"], t["template"], t["model"], t["sample"]) for t in found] == [
        ("set/half", "plain", "model", 0), ("set/half", "plain", "model", 1),
        ("set/third", "plain", "model", 0), ("set/third", "plain", "model", 1),
    ]  # fmt: skip
    cut = next(t for t in found if t["messages"][-1]["finish_reason"] == "length")
    assert (cut["problem"], cut["messages"][-1]["content"]) == ("set/third", "One third of 9 is")
    half = {key[4]: value for key, value in scores().items() if key[0] == "set/half" and key[3] == 0}
    assert half == {"inspect.match": 1.0, "inspect.includes": 1.0}
    assert inside("import", str(LOGS / "inspect.eval"), "--run", "x.sqlite").stderr.count("4 known already") == 1


def test_a_json_log_of_inspect_with_reasoning(problems: Path) -> None:
    done, found = taken(LOGS / "inspect.json")
    assert (done.stored, done.bad) == (2, [])
    (half,) = (t for t in found if t["problem"] == "set/half")
    assert [m["role"] for m in half["messages"]] == ["system", "user", "assistant"]
    assert (half["messages"][-1]["reasoning"], half["messages"][-1]["content"]) == ("2 / 2 = 1", "Final answer: 1")
    assert half["template"] == "step_by_step"


def test_two_logs_of_inspect_are_compared(problems: Path) -> None:
    for name in ("inspect.eval", "inspect.json"):
        assert inside("import", str(LOGS / name), "--run", "both.sqlite").returncode in (0, 1)
    (row,) = json.loads(inside("compare", "both.sqlite", "--metric", "inspect.match", "--json").stdout)
    assert (row["arm"], row["baseline"], row["pairs"]) == ("step_by_step", "plain", 2)
    assert inside("score", "both.sqlite").returncode == 0
    assert json.loads(inside("compare", "both.sqlite", "--metric", "number.correct", "--json").stdout)


@pytest.mark.parametrize("name", ["promptfoo.json", "promptfoo.jsonl"])
def test_results_of_promptfoo(problems: Path, name: str) -> None:
    done, found = taken(LOGS / name)
    assert (done.tool, done.parts, done.stored, done.bad) == ("promptfoo", 12, 12, [])
    assert Counter((t["template"][:7], t["model"], t["sample"]) for t in found) == {
        (arm, "parrot", sample): 2 for arm in ("plain", "brief", '[{"role') for sample in (0, 1)
    }
    chat = next(t for t in found if t["template"].startswith("[{"))
    assert [m["role"] for m in chat["messages"]] == ["system", "user", "assistant"]
    values = scores()
    assert values["set/half", "plain", "parrot", 0, "promptfoo.names_half"] == 1.0
    assert values["set/third", "brief", "parrot", 1, "promptfoo.score"] == 0.0


FAILED: dict[str, dict[str, Any]] = {
    "API error: 500": {"response": {"error": "API error: 500"}},
    "timed out": {"error": "timed out"},
    "the log holds no answer": {},
}


@pytest.mark.parametrize("told", FAILED)
def test_a_row_of_promptfoo_without_an_answer_says_why(problems: Path, told: str) -> None:
    row = {"promptIdx": 0, "testIdx": 0, "prompt": {"raw": HALF_ASKED, "label": "plain"}, "vars": {"id": "set/half"}}
    Path("log.jsonl").write_text(json.dumps(row | FAILED[told]))
    done, (found,) = taken("log.jsonl")
    assert (done.tool, found["problem"], found["error"]) == ("promptfoo", "set/half", told)


def test_samples_of_lm_evaluation_harness(problems: Path) -> None:
    done, found = taken(next(LOGS.glob("samples_toy*")), model="dummy")
    assert (done.tool, done.parts, done.stored, done.bad) == ("lm_eval", 4, 2, [])
    assert [(t["problem"], t["template"], t["messages"][-1]["content"]) for t in found] == [
        ("set/half", "toy", "lol"), ("set/third", "toy", "lol"),
    ]  # fmt: skip
    assert {key[4] for key in scores()} == {"lm_eval.exact_match_strict", "lm_eval.exact_match_whole"}


# ---------------------------------------------------------------- tables of scores


TABLE = """problem,condition,run,score,comment
set/half,plain,0,1,ok
set/half,hint,0,0.5,
set/third,plain,0,0,
set/third,hint,0,,late
elsewhere,plain,0,1,
"""


def test_a_table_of_scores(problems: Path) -> None:
    Path("t.csv").write_text(TABLE)
    done, found = taken("t.csv")
    assert (done.stored, [b.reason for b in done.bad]) == (4, ["line 6: 'elsewhere': no problem has this id or question: '(the table does not hold the prompt)'"])  # fmt: skip
    assert done.notes == {"the column 'comment' is left out": 1}
    values = scores()
    assert values["set/half", "hint", "model", 0, "table.score"] == 0.5
    assert values["set/third", "hint", "model", 0, "table.score"] is None
    assert all(t["messages"][-1]["finish_reason"] == "not recorded" for t in found)
    done, _ = taken("t.csv", keep_unmatched=True)
    assert (done.stored, done.bad) == (5, [])
    assert json.loads(inside("compare", "x.sqlite", "--json").stdout)[0]["pairs"] == 1
    assert inside("score", "x.sqlite").returncode == 0
    assert scores()["set/half", "hint", "model", 0, "number.correct"] is None, "what was not recorded is not judged"


HEADS: dict[str, tuple[str, bool]] = {
    "tabs": ("problem\tscore\nset/half\t1\n", True),
    "semicolons-and-a-mark": ("\ufeffItem;Score\nset/half;1\n", True),
    "replies": ("id,answer,mark\nset/half,It is one.,1\n", True),
    "no-problem": ("name,score\nset/half,1\n", False),
    "one-column": ("problem\nset/half\n", False),
    "prose": ("Dear all, the problem is this.\n", False),
}


@pytest.mark.parametrize(("text", "mine"), HEADS.values(), ids=HEADS)
def test_which_tables_are_tables_of_scores(problems: Path, text: str, mine: bool) -> None:
    Path("t.txt").write_text(text)
    found = reading.recognised(Path("t.txt"))
    assert (found is not None) is mine
    if mine:
        assert taken("t.txt")[0].stored == 1


def test_rows_of_one_problem_and_arm_are_its_samples_in_their_order(problems: Path) -> None:
    Path("t.csv").write_text("problem,arm,score\nset/half,plain,1\nset/half,plain,0\nset/half,hint,0.5\n")
    done, _ = taken("t.csv")
    assert (done.stored, done.bad) == (3, [])
    assert {(arm, sample): value for (_, arm, _, sample, _), value in scores().items()} == {
        ("plain", 0): 1.0, ("plain", 1): 0.0, ("hint", 0): 0.5,
    }  # fmt: skip


NAMES = {
    "problem": "problem problem_id question question_id item id task",
    "arm": "arm template condition prompt_name prompt treatment",
    "sample": "sample run epoch repetition repeat",
    "reply": "reply answer response output",
    "text": "question_text problem_text statement input",
}
"""What the columns of a table of scores may be called."""


@pytest.mark.parametrize(("field", "name"), [(field, name) for field, names in NAMES.items() for name in names.split()])
def test_columns_go_by_several_names(tmp_path: Path, field: str, name: str) -> None:
    row = {"problem": "set/half", "arm": "plain", "sample": "3", "reply": "One.", "text": "What?"}
    heads = ["problem", "arm", "sample", "reply", "statement"]
    heads[list(row).index(field)] = name
    (tmp_path / "t.csv").write_text(f"{','.join(heads)},score\n{','.join(row.values())},1\n")
    part = next(scoretable.read(form.Log(tmp_path / "t.csv")))
    assert isinstance(part, form.Recorded)
    assert (part.ids, part.arm, part.sample, part.texts) == (["set/half"], "plain", 3, ["What?"])
    assert part.messages[-1]["content"] == "One."


# ---------------------------------------------------------------- chats


def message(role: str, *parts: Any, **more: Any) -> dict[str, Any]:
    content = more.pop("content", {"content_type": "text", "parts": list(parts)})
    return {
        "author": {"role": role, **more.pop("author", {})},
        "content": content,
        "recipient": "all",
        "metadata": {},
        **more,
    }


def chat(
    *said: dict[str, Any], title: str = "A chat", when: float = 1.0, branch: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A chat of ChatGPT; branch: an answer beside the last one."""
    nodes: dict[str, Any] = {"root": {"id": "root", "message": None, "parent": None, "children": ["m0"]}}
    for n, one in enumerate(said):
        nodes[f"m{n}"] = {"id": f"m{n}", "message": {"id": f"m{n}", **one}, "parent": f"m{n - 1}" if n else "root", "children": [f"m{n + 1}"] if n + 1 < len(said) else []}  # fmt: skip
    if branch:
        nodes["other"] = {"id": "other", "message": {"id": "other", **branch}, "parent": f"m{len(said) - 2}", "children": []}  # fmt: skip
    return {"title": title, "create_time": when, "mapping": nodes, "current_node": f"m{len(said) - 1}", "id": title}


SLUG = {"metadata": {"model_slug": "gpt-x", "finish_details": {"type": "stop"}}}
CHATS = [
    chat(message("user", "Write me a poem."), message("assistant", "Roses."), title="Poem", when=9.0),
    chat(
        message("system", ""),
        message("user", content={"content_type": "user_editable_context", "user_profile": "I am Anna Weber.", "user_instructions": ""}),
        message("user", "Hello"),
        message("assistant", "Hi!", **SLUG),
        message("user", {"content_type": "image_asset_pointer", "asset_pointer": "file-service://x"}, f"**{HALF_ASKED}** Please!", metadata={"attachments": [{"name": "hw.pdf", "mime_type": "application/pdf"}]}),
        message("assistant", content={"content_type": "thoughts", "thoughts": [{"summary": "Halves", "content": "2/2"}]}),
        message("assistant", content={"content_type": "code", "text": "print(2/2)"}, recipient="python"),
        message("tool", content={"content_type": "execution_output", "text": "1.0"}, author={"name": "python"}),
        message("assistant", "It is 1, Anna Weber.", **SLUG),
        message("user", THIRD_ASKED),
        message("assistant", "It is 3.", **SLUG),
        title="Anna's homework", when=5.0, branch=message("assistant", "It is 4."),
    ),
    chat(message("user", f"Q: {HALF_ASKED}"), message("assistant", "Cut", metadata={"model_slug": "gpt-x", "finish_details": {"type": "max_tokens"}}), when=2.0),
]  # fmt: skip


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


# ---------------------------------------------------------------- which problem it is

STATEMENTS = {
    "a/sum": "Show that $x + y = y + x$ for all $x, y$.",
    "a/difference": "Show that $x - y = y - x$ for all $x, y$.",
    "a/short": "Why?",
    "a/part": "Compute the derivative of f.",
    "a/whole": "Compute the derivative of f. Then find its zeros.",
    "a/twin1": "The same question twice.",
    "a/twin2": "The same  question twice.",
}
TEXTS: dict[str, tuple[str, str | None]] = {
    "word-for-word": (STATEMENTS["a/sum"], "a/sum"),
    "other-delimiters-and-spaces": (r"show that \(x+y = y+x\) for all \( x, y \).", "a/sum"),
    "a-sign-is-no-space": ("Show that $x - y = y - x$ for all $x, y$.", "a/difference"),
    "in-a-longer-message": ("Hi! Can you help? **Show that** x + y = y + x for all x, y. Thanks", "a/sum"),
    "short-alone": ("why?", "a/short"),
    "short-in-a-message": ("Why? I do not see it.", None),
    "the-longer-of-two": ("Please: Compute the derivative of f. Then find its zeros.", "a/whole"),
    "two-at-once": (f"{STATEMENTS['a/sum']} {STATEMENTS['a/part']}", None),
    "two-problems-of-one-text": ("The same question twice.", None),
    "none": ("Write a poem.", None),
    "empty": ("", None),
    "mapped": ("Aufgabe 3", "a/part"),
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.values(), ids=TEXTS)
def test_a_question_is_found_by_its_text(text: str, expected: str | None) -> None:
    assert Finder(STATEMENTS, STATEMENTS.__getitem__, {"aufgabe 3": "a/part"}).by_text(text) == expected


def test_names_and_mappings(tmp_path: Path) -> None:
    finder = Finder(STATEMENTS, STATEMENTS.__getitem__, {"Q1": "a/sum"})
    assert [finder.by_name([n]) for n in ("a/part", "q1", "q2")] == ["a/part", "a/sum", None]
    with pytest.raises(SpecError, match="'a/nothing', and there is no such problem"):
        Finder(STATEMENTS, STATEMENTS.__getitem__, {"Q1": "a/nothing"})
    (tmp_path / "m.csv").write_text('theirs,problem\n"Q1, part a",a/sum\n')
    (tmp_path / "m.json").write_text('{"Q1, part a": "a/sum"}')
    assert mapping_from(tmp_path / "m.csv") == mapping_from(tmp_path / "m.json") == {"Q1, part a": "a/sum"}
    (tmp_path / "m.csv").write_text("a,b,c\n")
    with pytest.raises(SpecError, match="two columns are needed"):
        mapping_from(tmp_path / "m.csv")


def test_a_mapping_on_the_command_line(problems: Path) -> None:
    Path("m.csv").write_text("elsewhere,set/third\n")
    done = inside("import", str(LOGS / "inspect.eval"), "--run", "x.sqlite", "--match", "m.csv", "--arm", "other")
    assert "another conversation of set/third, other, model, sample 0 stands in this log" in " ".join(
        done.stderr.split()
    )


# ---------------------------------------------------------------- hostile files


def packed(name: str, data: bytes, *others: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile("h.eval", "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in ((name, data), *others):
            archive.writestr(file, content)
    return Path("h.eval")


HEADER = b'{"eval": {"task": "t", "model": "m"}}'
DEEP = b"[" * 100_000


@pytest.mark.parametrize("sample", [DEEP, b"\xff\xfe", b"{", b"[]", b'{"messages": 3, "id": {}, "scores": [1]}'], ids=["deep", "no-text", "cut-off", "a-list", "odd"])  # fmt: skip
def test_a_sample_that_cannot_be_read_is_named(problems: Path, sample: bytes) -> None:
    good = b'{"id": "set/half", "epoch": 1, "messages": [{"role": "assistant", "content": "1"}]}'
    path = packed("header.json", HEADER, ("samples/a.json", sample), ("samples/b.json", good))
    done, _ = taken(path)
    assert (done.stored, [b.number for b in done.bad]) == (1, [1])


def test_what_unpacks_to_too_much_is_not_unpacked(problems: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form, "MAX_PART", 100_000)
    path = packed("header.json", HEADER, ("samples/a.json", b'"' + b"x" * 10_000_000 + b'"'))
    with pytest.raises(SpecError, match="longer than 100000 bytes"):
        taken(path)
    monkeypatch.setattr(form, "MAX_ALL", 150_000)
    path = packed("header.json", HEADER, *((f"samples/{n}.json", b'"' + b"x" * 90_000 + b'"') for n in range(3)))
    with pytest.raises(SpecError, match="unpacks to more than 150000 bytes"):
        taken(path)
    assert not Path("x.sqlite").exists()


BROKEN: dict[str, tuple[bytes, str]] = {
    "a-list-that-ends": (json.dumps(CHATS).encode()[:-1], "ends in the middle"),
    "a-chat-that-ends": (json.dumps(CHATS).encode()[:-200], "cut off"),
    "compressed": (b"\x1f\x8b\x08\x00" + b"x" * 50, "unpack it first"),
    "a-damaged-archive": (b"PK\x03\x04" + b"x" * 50, "damaged archive"),
    "of-nobody": (b'{"a": 1}', "the log of no tool that is known here"),
    "deep": (b'[{"mapping": {}, "current_node": ""}, ' + DEEP, "nested too deeply"),
}


@pytest.mark.parametrize(("data", "told"), BROKEN.values(), ids=BROKEN)
def test_a_log_that_is_broken_is_one_error(problems: Path, data: bytes, told: str) -> None:
    Path("b.json").write_bytes(data)
    with pytest.raises(SpecError, match=told):
        taken("b.json")
    done = inside("import", "b.json", "--run", "y.sqlite", "--arm", "a")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)


ODD: dict[str, Any] = {
    "no-mapping": {"mapping": None, "current_node": "x"},
    "a-circle": {"mapping": {"a": {"parent": "b", "message": message("user", "Q")}, "b": {"parent": "a"}}, "current_node": "a"},
    "parts-of-numbers": chat(message("user", 3, None, [1]), message("assistant", {"x": 1})),
    "no-author": {"mapping": {"a": {"message": {"content": 5, "author": "me", "metadata": []}}}, "current_node": "a"},
    "a-number": 7,
}  # fmt: skip


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_odd_chat_is_named_and_the_others_come(problems: Path, odd: Any) -> None:
    Path("c.json").write_text(json.dumps([CHATS[2], odd]))
    done, _ = taken("c.json")
    assert (done.stored, len(done.bad)) == (1, 1)


def test_long_lists_are_read_piece_by_piece(problems: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form, "HEAD", 512)
    many = [chat(message("user", f"{HALF_ASKED} {n}"), message("assistant", "x" * n + f" {n}"), when=float(n)) for n in range(0, 3000, 100)]  # fmt: skip
    Path("c.json").write_text(json.dumps(many, indent=1))
    done, found = taken("c.json")
    assert (done.parts, done.stored) == (30, 30)
    assert [t["sample"] for t in found] == list(range(30))


def test_what_is_no_log_is_read_as_before(problems: Path) -> None:
    line = {"problem": "set/half", "template": "plain", "model": "m", "sample": 0, "messages": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "1"}]}  # fmt: skip
    Path("e.jsonl").write_text(json.dumps(line))
    assert reading.recognised(Path("e.jsonl")) is None
    assert inside("import", "e.jsonl", "--run", "x.sqlite").returncode == 0
    assert "are for logs of other tools" in inside("import", "e.jsonl", "--run", "x.sqlite", "--arm", "a").stderr
