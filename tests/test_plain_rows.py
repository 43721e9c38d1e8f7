"""Rows of CSV and JSON files, one at a time; a row that is too large, and a file that is no table, are one error."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evalkit.errors import SpecError
from evalkit.runfile import exchange, plain_rows, transcripts
from evalkit.runfile.exchange import import_transcripts
from evalkit.runfile.ledger import Ledger
from evalkit.runfile.sources import dataset_rows
from evalkit.runfile.store import Store
from evalkit.runfile.transcripts import BadLine
from evalkit.types import Transcript

READ: list[tuple[str, str, str, list[dict[Any, Any]]]] = [
    ("csv", "x.csv", "q,a\n1,2\n", [{"q": "1", "a": "2"}]),
    ("csv-numbers-stay-as-they-are-written", "x.csv", "q\n0.50\n007\n", [{"q": "0.50"}, {"q": "007"}]),
    ("csv-quoted", "x.csv", 'q,a\n"a,\n""b""",2\n', [{"q": 'a,\n"b"', "a": "2"}]),
    ("csv-windows", "x.csv", "q,a\r\n1,2\r\n\r\n3,4\r\n", [{"q": "1", "a": "2"}, {"q": "3", "a": "4"}]),
    ("csv-empty-cells-and-short-rows", "x.csv", "q,a\n1,\n2\n", [{"q": "1", "a": None}, {"q": "2", "a": None}]),
    ("csv-long-rows", "x.csv", "q\n1,2\n", [{"q": "1", None: ["2"]}]),
    ("csv-with-a-mark-at-the-beginning", "x.csv", "\ufeffq\n1\n", [{"q": "1"}]),
    ("csv-of-nothing", "x.csv", "", []),
    ("tsv", "x.tsv", "q\ta\n1,5\t2\n", [{"q": "1,5", "a": "2"}]),
    ("json-lines", "x.jsonl", '{"q": "]"}\n\n{"q": [1, {"b": null}]}\n', [{"q": "]"}, {"q": [1, {"b": None}]}]),
    ("json-list", "x.json", ' [{"q": 1},\n {"q": "}"}\n]\n', [{"q": 1}, {"q": "}"}]),
    ("json-over-several-lines", "x.json", '{"q":\n1}\n{"q":\n2}', [{"q": 1}, {"q": 2}]),
    ("json-empty-list", "x.json", "[]", []),
    ("json-of-nothing", "x.jsonl", "\n", []),
]


@pytest.mark.parametrize("chunk", [2, 1_000_000], ids=["in-pieces", "at-once"])
@pytest.mark.parametrize(("name", "text", "expected"), [c[1:] for c in READ], ids=[c[0] for c in READ])
def test_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int, name: str, text: str, expected: list[dict[Any, Any]]
) -> None:
    monkeypatch.setattr(plain_rows, "CHUNK", chunk)
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    assert list(dataset_rows(str(tmp_path / name), "train")) == expected


REFUSED = [
    ("csv-quotation-that-is-not-closed", "x.csv", b'q\n"a\n', "not a table of CSV: unexpected end of data"),
    ("csv-quotation-over-all-of-a-large-file", "x.csv", b'q\n"' + b"a\n" * 5_000_000, "field larger than field limit"),
    ("csv-one-row-of-many-cells", "x.csv", b"q\n" + b"a," * 9_000_000, "a row of more than 16000000 characters"),
    ("csv-one-long-line", "x.csv", b"q\n" + b"a" * 17_000_000, "a row of more than 16000000 characters"),
    ("csv-two-columns-of-a-name", "x.csv", b"q,q\n1,2\n", "two columns are named 'q'"),
    ("csv-not-text", "x.csv", b"q\n\xff\xfe\n", "not UTF-8 text"),
    ("json-not-text", "x.json", b'[{"q": "\xff"}]', "not UTF-8 text"),
    ("json-cut-off", "x.json", b'[{"q": 1}, {"q": "', "row 2 is not valid JSON"),
    ("json-list-not-closed", "x.json", b'[{"q": 1}', "the list is not closed"),
    ("json-rows-are-no-objects", "x.jsonl", b"[1]\n[2]\n", "row 1 is no object"),
    ("json-nested", "x.json", b'{"q": ' + b"[" * 100_000, "nested too deeply"),
    ("json-long-number", "x.json", b'{"q": ' + b"9" * 5_000 + b"}", "integer string conversion"),
    ("json-one-long-row", "x.jsonl", b'{"q": "' + b"a" * 40_000_000 + b'"}', "has more than 16000000 characters"),
    ("json-many-values", "x.jsonl", b'{"q": [' + b"[]," * 3_000_000 + b"0]}", "more than 1000000 values"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "says"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_what_is_no_table_is_one_error(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SpecError, match=says):
        list(dataset_rows(str(tmp_path / name), "train"))


LONG_LINES = [
    ("long", b'{"q": "' + b"a" * 40_000_000 + b'"}', "longer than"),
    ("of-many-values", b'{"problem": [' + b"[]," * 3_000_000 + b"0]}", "more than 1000000 values"),
    ("of-many-values-not-closed", b'{"problem": [' + b"[]," * 3_000_000 + b'"\\"\\"', "more than 1000000 values"),
]


@pytest.mark.parametrize(("content", "says"), [c[1:] for c in LONG_LINES], ids=[c[0] for c in LONG_LINES])
def test_a_line_that_is_too_large_is_named_and_the_next_one_read(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(content + b"\n{}\n")
    (_, first), (number, second) = transcripts.read(path)
    assert isinstance(first, BadLine)
    assert says in first.reason
    assert isinstance(second, BadLine)
    assert number == 2


def test_a_text_of_many_commas_is_one_value() -> None:
    assert not plain_rows.too_many_values('{"q": "' + '[, \\" {' * 400_000 + '"}')


def conversations(count: int) -> Iterator[tuple[int, Transcript]]:
    for n in range(count):
        reply = transcripts.parse_line({"problem": "p/a", "template": "t", "model": "m", "sample": n,
                                        "messages": [{"role": "user", "content": "?"}, {"role": "assistant", "content": f"{n:05}" * 300}]}, "x")  # fmt: skip
        yield n + 1, reply


def peak(path: Path, count: int) -> int:
    """Bytes that an import of so many conversations takes at most."""
    with Store(path, write=True) as store:
        tracemalloc.start()
        import_transcripts(store, conversations(count), None)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return found


def test_memory_does_not_grow_with_the_number_of_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine up to fifty conversations, of less than 10,000 bytes each, wait for the disk, in the one import and not
    in the other: that is bounded, and no growth; all of them would take 12 MB."""
    monkeypatch.setattr(exchange, "WAITING", 50)
    peak(tmp_path / "warm.sqlite", 10)
    assert peak(tmp_path / "more.sqlite", 1_800) < 2 * peak(tmp_path / "few.sqlite", 300) + 50 * 10_000


def test_lines_that_do_not_fit_are_listed_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "MOST_BAD", 3)
    with Store(tmp_path / "x.sqlite", write=True) as store:
        done = import_transcripts(store, ((n, BadLine(n, "x" * 5_000)) for n in range(1, 8)), None)
    assert ([bad.number for bad in done.bad], done.more_bad) == ([1, 2, 3], 4)
    assert len(done.bad[0].reason) == exchange.LONGEST_REASON


def test_a_trial_that_comes_twice_names_where_it_came_first(tmp_path: Path) -> None:
    lines = [line for _, line in conversations(2)]
    with Store(tmp_path / "x.sqlite", write=True) as store:
        done = import_transcripts(store, enumerate([lines[0], lines[1], lines[0]], 1), None)
        again = import_transcripts(store, enumerate(lines, 1), None)
    assert [(bad.number, bad.reason) for bad in done.bad] == [
        (3, "the same trial (problem, template, model, sample) as line 1")
    ]
    assert (done.stored, again.known) == (2, 2)


def test_a_ledger_counts_and_numbers() -> None:
    with Ledger() as ledger:
        assert [ledger.before((name,)) for name in "abaab"] == [0, 0, 1, 2, 1]
    with Ledger() as ledger:
        assert [ledger.first((name,), n) for n, name in enumerate("abaab")] == [0, 1, 0, 0, 1]
        assert ledger.first(("a", "b"), 9) == ledger.first(("a", "b"), 10) == 9
        assert ledger.first(("ab",), 11) == 11
