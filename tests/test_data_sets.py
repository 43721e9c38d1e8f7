"""Data sets in and out at size: problems row by row, going on where an import stopped; a run with its card."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

import evalkit
from evalkit.errors import SpecError
from evalkit.interface import exchanging
from evalkit.runfile import parquet, sources
from evalkit.runfile.exchange import is_export, rows_to
from evalkit.runfile.store import Store
from evalkit.showing.card import LONGEST, Facts, card, checked_licence, escaped
from evalkit.specs.experiment import Experiment
from evalkit.specs.library import Library
from evalkit.types import Attachment, Label, ModelSpec, Reply, Score, Span, Transcript, Trial, Turn, Usage

datasets = pytest.importorskip("datasets")
yaml = pytest.importorskip("yaml")
COLUMNS = {"statement": "q", "staff.solution": "a"}


def rows(count: int) -> list[dict[str, str]]:
    return [{"q": f"What is {i} + {i}?", "a": f"It is {2 * i}."} for i in range(1, count + 1)]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


# ---------------------------------------------------------------- problems in


def as_file(kind: str, count: int) -> str:
    """Rows as a file or folder of this kind."""
    made = rows(count)
    if kind == "jsonl":
        Path("rows.jsonl").write_text("\n".join(map(json.dumps, made)), encoding="utf-8")
    elif kind == "csv":
        lines = ["q,a", *(",".join(row.values()) for row in made)]
        Path("rows.csv").write_text("\n".join(lines), encoding="utf-8")
    elif kind == "parquet":
        datasets.Dataset.from_list(made).to_parquet("rows.parquet")
    else:
        datasets.Dataset.from_list(made).save_to_disk("rows.saved")
    return f"rows.{kind}"


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet", "saved"])
def test_problems_come_from_every_kind_of_file(kind: str) -> None:
    made = exchanging.import_problems(as_file(kind, 3), "sums", COLUMNS)
    assert made == [Path("problems/sums") / f"000{i}.toml" for i in (1, 2, 3)]
    library = Library(Path("problems"))
    assert [library.load(i).statement for i in library.ids()] == [row["q"] for row in rows(3)]


def stopping(monkeypatch: pytest.MonkeyPatch, after: int, error: BaseException) -> None:
    """The source breaks off after so many rows."""
    whole = sources.dataset_rows

    def broken(source: str, split: str, skip: int = 0) -> Iterator[Mapping[str, Any]]:
        for number, row in enumerate(whole(source, split, skip), skip + 1):
            if number > after:
                raise error
            yield row

    monkeypatch.setattr(sources, "dataset_rows", broken)


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet", "saved"])
@pytest.mark.parametrize("error", [SpecError("the line is dead"), KeyboardInterrupt()], ids=["line", "ctrl-c"])
def test_an_import_that_broke_off_goes_on(monkeypatch: pytest.MonkeyPatch, kind: str, error: BaseException) -> None:
    source = as_file(kind, 9)
    with monkeypatch.context() as patch:
        stopping(patch, 5, error)
        with pytest.raises(type(error), match="5 problems are kept" if isinstance(error, SpecError) else None):
            exchanging.import_problems(source, "sums", COLUMNS)
    assert not Path("problems/sums").exists(), "never half a set"
    assert Library(Path("problems")).ids() == (), "what is not whole is no problem"
    asked: list[int] = []
    whole = sources.dataset_rows

    def told(source: str, split: str, skip: int = 0) -> Iterator[Mapping[str, Any]]:
        asked.append(skip)
        return whole(source, split, skip)

    monkeypatch.setattr(sources, "dataset_rows", told)
    assert len(exchanging.import_problems(source, "sums", COLUMNS)) == 9
    assert asked == [3], "the last one that is sure to be whole is read again, to see that the source is the same"
    again = exchanging.import_problems(rows(9), "other", COLUMNS)
    texts = [path.read_text("utf-8").replace("other/", "sums/") for path in again]
    assert texts == [path.read_text("utf-8") for path in sorted(Path("problems/sums").iterdir())]
    assert not list(Path("problems").glob(".*")), "nothing is left behind"


def test_another_source_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    source = as_file("jsonl", 9)
    with monkeypatch.context() as patch:
        stopping(patch, 5, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            exchanging.import_problems(source, "sums", COLUMNS)
    (part,) = Path("problems").glob(".sums.*")
    for path in part.iterdir():
        path.write_text("title = 'of another source'", encoding="utf-8")
    assert len(exchanging.import_problems(source, "sums", COLUMNS)) == 9
    assert "another source" not in Path("problems/sums/0001.toml").read_text("utf-8")


BAD: list[tuple[str, list[dict[str, Any]], str, str]] = [
    ("empty cell", [*rows(3), {"q": None, "a": "x"}], "sums", "row 4: the column 'q' is empty"),
    ("no text", [*rows(3), {"q": "  ", "a": "x"}], "sums", "row 4"),
    ("no name of a set", rows(2), "../x", "is no name of a set"),
]


@pytest.mark.parametrize(("given", "name", "says"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
@pytest.mark.parametrize("by_name", [False, True], ids=["rows", "file"])
def test_a_row_that_does_not_fit_leaves_nothing(
    given: list[dict[str, Any]], name: str, says: str, by_name: bool
) -> None:
    Path("rows.jsonl").write_text("\n".join(map(json.dumps, given)), encoding="utf-8")
    with pytest.raises(SpecError, match=says):
        exchanging.import_problems("rows.jsonl" if by_name else given, name, COLUMNS)
    assert not list(Path("problems").iterdir()) if Path("problems").exists() else True


def test_nothing_is_overwritten_and_other_files_of_the_set_stay() -> None:
    folder = Path("problems/sums")
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text("mine", encoding="utf-8")
    exchanging.import_problems(rows(2), "sums", COLUMNS)
    assert sorted(path.name for path in folder.iterdir()) == ["0001.toml", "0002.toml", "mine.toml"]
    before = (folder / "0001.toml").read_text("utf-8")
    with pytest.raises(SpecError, match=r"0001\.toml: exists already"):
        exchanging.import_problems([{"q": "Other?", "a": "x"}], "sums", COLUMNS)
    assert (folder / "0001.toml").read_text("utf-8") == before
    assert not list(Path("problems").glob(".*"))


def test_names_of_files_tell_their_split() -> None:
    for split in ("train", "test"):
        datasets.Dataset.from_dict({"q": [split]}).to_parquet(f"hub/data/{split}-00000-of-00001.parquet")
    assert [[row["q"] for row in sources.dataset_rows("hub", split)] for split in ("train", "test")] == [
        ["train"], ["test"],
    ]  # fmt: skip


def test_a_hub_is_streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked of the library: no data set is downloaded as a whole."""
    asked: list[Any] = []

    def load(*given: Any, **more: Any) -> Any:
        asked.append((given, more))
        return datasets.Dataset.from_list(rows(3)).to_iterable_dataset()

    monkeypatch.setattr(datasets, "load_dataset", load)
    monkeypatch.setattr(datasets, "disable_progress_bars", lambda: asked.append("no bars where no terminal is"))
    found = list(sources.dataset_rows("owner/name:main", "test", 1))
    assert asked == ["no bars where no terminal is", (("owner/name", "main"), {"split": "test", "streaming": True})]
    assert found == rows(3)[1:]


# ---------------------------------------------------------------- a run out


def conversation(i: int) -> Transcript:
    """One with everything that a conversation may carry, and one with the least."""
    trial = Trial("set/a", "plain", "m", i)
    if i % 2:
        return Transcript(trial, (Turn("user", "?"), Turn("assistant", '{"not": "JSON for us"}')))
    reply = Reply("**1**", "stop", "thought", Usage(3, 4, 1, 2, 0), None, "m-2026")
    along = (Attachment("hw.pdf", "application/pdf", "0" * 64, 5, None),)
    turns = (Turn("system", "[be brief]"), Turn("user", "?", None, False, along), Turn("assistant", reply.text, reply))
    given = (Label(1, "number.correct", None, "Ann"),)
    return Transcript(
        trial, turns, None, {"1": {"number.correct": 1.0}}, wordings={"ban": 1}, variant={"n": 5}, given=given
    )


@pytest.fixture
def run() -> Path:
    path = Path("x.sqlite")
    with Store(path, write=True) as store:
        for i in range(5):
            store.keep_transcript(conversation(i)).result()
        for stored in store.transcripts():
            score = Score(
                "correct", 1.0 if stored.transcript.trial.sample else None, "why", (Span(0, 1, "kind", "note"),)
            )
            store.keep_scores(stored.id, 1, "number", "7-abc", [score]).result()
    return path


@pytest.mark.parametrize("what", ["transcripts", "replies", "scores", "labels"])
def test_every_export_is_a_data_set_of_one_type_a_column(run: Path, what: Any) -> None:
    with Store(run) as store:
        count = evalkit.load_run(run).export("out", what, "hub")
        expected = list(rows_to(store, what))
    loaded = datasets.load_dataset("out", split="train", cache_dir="cache")
    assert len(loaded) == count == len(expected)
    assert loaded.column_names == [field.name for field in parquet.schema(what, nested=True)]
    assert [row["sample"] for row in loaded] == [row["sample"] for row in expected]


def test_a_data_set_of_nothing_is_refused(run: Path) -> None:
    with pytest.raises(SpecError, match="holds no judgements"):
        evalkit.load_run(run).export("out", "judgements", "hub")
    assert not Path("out").exists()


def test_what_goes_out_comes_in_again_unchanged(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "SHARD_ROWS", 2)
    monkeypatch.setattr(parquet, "GROUP_ROWS", 1)
    loaded = evalkit.load_run(run)
    assert loaded.export("out", "transcripts", "hub") == 5
    assert sorted(p.name for p in Path("out/data").iterdir()) == [f"train-0000{i}-of-00003.parquet" for i in range(3)]
    exchanging.import_problems(rows(1), "set", COLUMNS)
    Path("problems/set/0001.toml").rename("problems/set/a.toml")
    evalkit.import_transcripts("out", "y.sqlite")
    loaded.export("x.jsonl")
    evalkit.load_run("y.sqlite").export("y.jsonl")
    assert Path("x.jsonl").read_text("utf-8") == Path("y.jsonl").read_text("utf-8")
    loaded.export("x.parquet")
    columns = {field.name: field.name for field in parquet.schema("transcripts", nested=False)}
    evalkit.import_transcripts("x.parquet", "z.sqlite", columns)
    evalkit.load_run("z.sqlite").export("z.jsonl")
    assert Path("z.jsonl").read_text("utf-8") == Path("x.jsonl").read_text("utf-8")


def test_half_of_a_surrogate_pair_is_no_end_of_an_export() -> None:
    row = {
        **dict.fromkeys(("problem", "template", "model"), "x"),
        "sample": 0,
        "messages": [{"role": "user", "content": "\ud800"}],
    }
    assert parquet.write_shards([row], "judgements", Path("data")) == [1]
    (found,) = datasets.load_dataset("parquet", data_files="data/*.parquet", split="train", cache_dir="cache")
    assert found["messages"][0]["content"] == "?"


def test_a_card_says_whether_the_conversations_were_recorded_elsewhere(run: Path) -> None:
    described = Experiment(problems=["x/*"], templates=["plain"], models=[ModelSpec(id="openai:x")])
    for elsewhere in (True, False):
        evalkit.load_run(run).export("out", "transcripts", "hub", force=True)
        assert (b"were recorded elsewhere and imported" in Path("out/README.md").read_bytes()) is elsewhere
        with Store(run, write=True) as store:
            store.set_meta("experiment", described.model_dump_json())


def test_a_folder_is_replaced_only_where_it_is_ours_alone(run: Path) -> None:
    loaded = evalkit.load_run(run)
    for what in ("transcripts", "scores"):
        loaded.export("out", what, "hub")
    assert is_export(Path("out/README.md").read_bytes())
    Path("out/data/mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(SpecError, match=r"data holds mine\.txt"):
        loaded.export("out", "scores", "hub", force=True)
    Path("out/data/mine.txt").unlink()
    Path("out/README.md").write_text("---\nmine\n", encoding="utf-8")
    with pytest.raises(SpecError, match="evalkit did not write it"):
        loaded.export("out", "scores", "hub")


@pytest.mark.parametrize("name", ["", "CC BY", "x\nlicense: mit", "a" * 50, "[mit]"])
def test_odd_licences_are_refused(name: str) -> None:
    with pytest.raises(SpecError, match="write it as hubs do"):
        checked_licence(name)


def test_a_licence_without_a_card_is_refused(run: Path) -> None:
    with pytest.raises(SpecError, match="--format hub"):
        evalkit.load_run(run).export("out.jsonl", licence="mit")


# ---------------------------------------------------------------- the card

HOSTILE = [
    'x"\n---\nlicense: mit\n# y', "a: b", "- x", "1. x", "# x", "&anchor *alias !!python/object:os.system", "{{ x }}",
    "<script>alert(1)</script>", "[x](javascript:alert(1))", "![x](https://evil.example/a.png)", "`x` | y | z",
    "https://evil.example www.evil.example a@evil.example", "\x00\x1b[31m\u202e\ud800", "%YAML 1.2", "x" * 100_000,
    "\\", "``` x", "~~~", "$$x$$", "=====", "> x", "\u2028x",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_a_strangers_texts_add_nothing_to_a_card(text: str) -> None:
    def made(word: str) -> str:
        return card(Facts(
            "transcripts", word, rows=5, shards=1, title=word, note=word, columns=parquet.told("transcripts"),
            held=[(word, word, 5)], problems=[(word, 1)], arms={word: word}, hashes={word: word},
            models=[(word, word, word)], design=word, packages={word: word}, scorers=[(word, word)],
        ))  # fmt: skip

    found, plain = made(text), made("plain")
    assert found.encode("utf-8")
    front, harmless = (next(yaml.safe_load_all(c)) for c in (found, plain))
    assert {k: v for k, v in front.items() if k != "pretty_name"} == {
        k: v for k, v in harmless.items() if k != "pretty_name"
    }
    assert front["license"] == "unknown"
    assert len(front["pretty_name"]) < LONGEST + 50
    assert len(found) < 20_000
    assert shape(found) == shape(plain)


def shape(text: str) -> list[str]:
    """The kinds of everything that a reader of Markdown finds below the front matter, the words aside."""
    body = text.split("\n---\n", 1)[1]
    parser = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    tokens = [inner for token in parser.parse(body) for inner in [token, *(token.children or [])]]
    return [token.type for token in tokens if token.type not in ("text", "text_special")]


def test_a_long_list_is_cut() -> None:
    facts = Facts("scores", "x", 1, 1, scorers=[(f"s{i}", "1") for i in range(1000)])
    assert "... and 900 more." in card(facts)
    assert "s500" not in card(facts)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_no_address_is_linked(text: str) -> None:
    assert not any(mark in escaped(text) for mark in ("://", "www.", "a@e"))


@pytest.mark.parametrize(("name", "text"), [("e.csv", "a,b\n"), ("e.jsonl", "")], ids=["a head alone", "an empty file"])
def test_a_source_without_rows_makes_no_set(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match="no row, so no problem"):
        evalkit.import_problems(
            tmp_path / name, "s", {"statement": "a", "staff.solution": "b"}, folder=tmp_path / "problems"
        )
    assert not (tmp_path / "problems" / "s").exists()
