"""Logs of other tools that are broken, odd, hostile or too large."""

from __future__ import annotations

import json
import random
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from evalkit.errors import SpecError
from evalkit.runfile.logs import form, reading
from tests.arrange import inside
from tests.logged import CHATS, HALF_ASKED, chat, message, taken


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


ZSTD = [
    # (id, bytes of one part that are read at most, the sample's words, what is said of a part)
    ("as Inspect packs", 1_000_000, "1", ""),
    ("unpacks to too much", 100_000, "x" * 10_000_000, "longer than 100000 bytes"),
    ("is itself too much", 100_000, random.Random(1).randbytes(200_000).hex(), "longer than 100000 bytes"),
]  # fmt: skip


@pytest.mark.parametrize(("most", "words", "said"), [row[1:] for row in ZSTD], ids=[row[0] for row in ZSTD])
def test_an_archive_packed_with_zstd(
    problems: Path, monkeypatch: pytest.MonkeyPatch, most: int, words: str, said: str
) -> None:
    codec = pytest.importorskip("pyarrow").Codec("zstd")
    sample = {"id": "set/half", "epoch": 1, "messages": [{"role": "assistant", "content": words}]}
    files = {"header.json": HEADER, "samples/a.json": json.dumps(sample).encode()}
    with zipfile.ZipFile("z.eval", "w") as archive:
        for name, content in files.items():
            archive.writestr(name, codec.compress(content, asbytes=True))
        starts = [entry.header_offset + 8 for entry in archive.infolist()]
    data = bytearray(Path("z.eval").read_bytes())
    central = [m.start() + 10 for m in re.finditer(b"PK\x01\x02", data)]
    for at in [*starts, *central]:
        data[at : at + 2] = form.ZSTD.to_bytes(2, "little")
    Path("z.eval").write_bytes(data)
    monkeypatch.setattr(form, "MAX_PART", most)
    if said:
        with pytest.raises(SpecError, match=said):
            taken("z.eval")
    else:
        assert taken("z.eval")[0].stored == 1


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
