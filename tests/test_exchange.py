"""Tables of other tools as transcripts: which column becomes what, and which files are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalkit.errors import SpecError
from evalkit.runfile.exchange import mapped
from evalkit.runfile.sources import dataset_rows
from evalkit.runfile.transcripts import BadLine, parse_line
from evalkit.types import Transcript

COLUMNS = {"problem": "=set/a", "template": "=plain", "model": "=m", "prompt": "q", "reply": "said"}
ROWS = [{"q": "2 + 2?", "said": "4", "n": "7"}, {"q": "3 + 3?", "said": "6", "n": "12"}]


def lines(rows: list[dict[str, Any]], **more: str) -> list[Transcript | BadLine]:
    return [line for _, line in mapped(rows, {**COLUMNS, **more})]


SAMPLES: list[tuple[str, dict[str, str], list[object], list[int | None]]] = [
    ("counted-from-0-where-no-column-is-named", {}, ["x", "y"], [0, 1]),
    ("a-column-of-numbers", {"sample": "n"}, [7, 12], [7, 12]),
    ("a-column-of-digits", {"sample": "n"}, ["7", "12"], [7, 12]),
    ("the-same-for-all", {"sample": "=3"}, ["x", "y"], [3, 3]),
    ("no-number", {"sample": "n"}, ["x7", ""], [None, None]),
    ("below-zero", {"sample": "n"}, ["-1", -1], [None, None]),
]


@pytest.mark.parametrize(("more", "values", "expected"), [s[1:] for s in SAMPLES], ids=[s[0] for s in SAMPLES])
def test_the_number_of_the_sample(more: dict[str, str], values: list[object], expected: list[int | None]) -> None:
    rows = [{**row, "n": value} for row, value in zip(ROWS, values, strict=True)]
    found = lines(rows, **more)
    assert [line.trial.sample if isinstance(line, Transcript) else None for line in found] == expected
    for number, line in enumerate(found, 1):
        if isinstance(line, BadLine):
            assert line.number == number
            assert "sample" in line.reason


def test_prompt_and_reply_become_a_conversation() -> None:
    (first, second) = lines(ROWS)
    assert isinstance(first, Transcript)
    assert isinstance(second, Transcript)
    assert [(t.role, t.content) for t in first.turns] == [("user", "2 + 2?"), ("assistant", "4")]
    assert [t.content for t in second.turns] == ["3 + 3?", "6"]
    assert (first.trial.problem, first.trial.template, first.trial.model) == ("set/a", "plain", "m")


def test_reasoning_in_an_imported_text_is_kept_apart() -> None:
    ((_, line),) = mapped([{"q": "?", "said": r"<think>Maybe \boxed{5}. No.</think> The answer is 7."}], COLUMNS)
    assert isinstance(line, Transcript)
    (reply,) = line.replies
    assert (reply.text, reply.reasoning) == ("The answer is 7.", r"Maybe \boxed{5}. No.")
    assert line.turns[-1].content == reply.text


def test_a_column_of_messages_is_taken_as_it_is() -> None:
    said = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "!"}]
    columns = {name: column for name, column in COLUMNS.items() if name not in ("prompt", "reply")}
    ((number, line),) = mapped([{"chat": said}], {**columns, "messages": "chat"})
    assert isinstance(line, Transcript)
    assert (number, [t.content for t in line.turns]) == (1, ["?", "!"])


def test_a_column_that_is_not_there_is_named_with_its_neighbour() -> None:
    with pytest.raises(SpecError, match=r"there is no column 'sad'.*did you mean 'said'"):
        lines(ROWS, reply="sad")


def text_of(suffix: str) -> str:
    if suffix == "csv":
        return "q,said,n\n" + "".join(f"{row['q']},{row['said']},{row['n']}\n" for row in ROWS)
    return "\n".join(json.dumps(row) for row in ROWS) if suffix == "jsonl" else json.dumps(ROWS)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library keeps what it read in a folder of the test."""
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("suffix", ["csv", "json", "jsonl"])
def test_a_file_of_rows(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"rows.{suffix}"
    path.write_text(text_of(suffix), encoding="utf-8")
    found = list(dataset_rows(str(path), "train"))
    assert [(row["q"], str(row["said"]), str(row["n"])) for row in found] == [tuple(row.values()) for row in ROWS]


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("name", ["rows.odd", "rows", "rows.pkl", "rows.pandas"])
def test_a_file_of_another_kind_is_one_error(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("?", encoding="utf-8")
    with pytest.raises(SpecError, match=f"{name}: cannot be loaded as a data set"):
        list(dataset_rows(str(tmp_path / name), "train"))


@pytest.mark.usefixtures("cache")
def test_a_folder_of_one_table_or_of_splits(tmp_path: Path) -> None:
    import datasets

    one, two = (datasets.Dataset.from_dict({"q": [text]}) for text in ("first", "second"))
    one.save_to_disk(str(tmp_path / "one"))
    datasets.DatasetDict({"train": one, "test": two}).save_to_disk(str(tmp_path / "split"))
    assert [row["q"] for row in dataset_rows(str(tmp_path / "one"), "test")] == ["first"]
    assert [row["q"] for row in dataset_rows(str(tmp_path / "split"), "test")] == ["second"]
    with pytest.raises(SpecError, match=r"split: no split 'tset'; did you mean 'test'"):
        list(dataset_rows(str(tmp_path / "split"), "tset"))


LINES = [
    ("a list", "[]", "one object with named values is needed here (names: error, "),
    ("a number", "5", "one object with named values is needed here"),
    ("a number of many digits", '{"sample": ' + "9" * 5000 + "}", "not valid JSON: a number has too many digits"),
    ("no end", '{"sample": 1', "not valid JSON: Expecting"),
    ("no answer", '{"problem": "a/b", "template": "plain", "model": "m", "messages": [{"role": "user", "content": "Why?"}]}', "there is no assistant message to judge"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "told"), [row[1:] for row in LINES], ids=[row[0] for row in LINES])
def test_a_line_that_is_no_conversation_is_told(line: str, told: str) -> None:
    with pytest.raises(SpecError) as raised:
        parse_line(line, "line 1")
    assert str(raised.value).startswith("line 1: ")
    assert told in str(raised.value)
