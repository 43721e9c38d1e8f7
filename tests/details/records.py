"""Records that come in: a conversation's line with each key left out or wrong, rows of tables, files of rows, labels.

Then what goes along in an archive, and a session of labelling on the terminal.
"""

from __future__ import annotations

import builtins
import copy
import shlex
import zipfile
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any
from unittest import mock

from evalkit.errors import EvalkitError
from evalkit.interface import bundling
from evalkit.runfile import exchange, labels, sources, transcripts
from evalkit.runfile.store import Store
from evalkit.types import RELATION, Label, Transcript, Trial, Turn
from tests.arrange import PROBLEM, inside
from tests.details import made_run
from tests.details.one_less import one_less
from tests.details.specs import THEIRS
from tests.recorded import plain, short

LINE: dict[str, Any] = {
    "problem": "set/p0", "template": "plain", "model": "m", "sample": 2,
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "First?"},
        {"role": "assistant", "content": "No.", "earlier": True},
        {"role": "user", "content": "And?", "attachments": [{"name": "a.png", "type": "image/png", "sha256": "0" * 64, "size": 3}]},
        {"role": "assistant", "content": "<think>2</think>It is 2.", "reasoning": "I add.", "finish_reason": "length", "served_by": "m-1",
         "usage": {"input_tokens": 5, "output_tokens": 7, "reasoning_tokens": 3, "cached_tokens": 1}},
        {"role": "user", "content": "Sure?"},
        {"role": "assistant", "content": "", "error": "the server said 500"},
    ],
    "labels": {"1": {"number.correct": 1.0, "number.answered": None}},
    "labellers": {"ann": {"1": {"number.correct": 0.0}}, "bob": {"2": {"number.correct": None}}},
    "relations": [{"turn": 1, "start": 0, "end": 5, "label": "true", "by": "ann"}, {"turn": 1, "start": 3, "end": 5, "label": "unclear"}],
    "readings": {"1": {"by": "bob", "roles": [{"start": 0, "end": 5, "role": "claim"}], "scopes": [{"start": 0, "end": 8, "names": {"x": {"is": "2"}}}]}},
    "wordings": {"wording": 1},
    "variant": {"n": 3, "f": 0.5, "name": "Ann"},
    "error": "gone",
}  # fmt: skip
VALUES: tuple[Any, ...] = (-1, 2.5, "", "x", [], {}, None, True)
COLUMNS = {"problem": "=set/p0", "template": "=plain", "model": "m", "prompt": "q", "reply": "a"}
ROWS: dict[str, tuple[list[Any], dict[str, str]]] = {
    "samples are counted in each cell": ([{"q": "?", "a": str(n), "m": "xy"[n % 2]} for n in range(4)], COLUMNS),
    "a sample in words": ([{"q": "?", "a": "1", "m": "x", "s": s} for s in ("7", "07", "²", "1.5", 8, 1e9, None)], {**COLUMNS, "sample": "s"}),
    "more cells than the head": ([{"q": "?", "a": "1", "m": "x", None: ["y"]}, {"q": "?", "a": "2", "m": "x"}], COLUMNS),
    "no such column": ([{"q": "?", "a": "1", "m": "x"}], {**COLUMNS, "reply": "aa"}),
    "no such field": ([{"q": "?", "a": "1", "m": "x"}], {**COLUMNS, "replied": "a"}),
    "no row": ([["?", "1"]], COLUMNS),
    "texts of JSON": (
        [{"c": '[{"role": "user", "content": "?", "error": null}, {"role": "assistant", "content": "1"}]', "l": '{"1": {"number.correct": 1}}', "m": "x", "w": "{}", "v": "[broken"}],
        {"problem": "=p", "template": "=t", "model": "m", "messages": "c", "labels": "l", "wordings": "w"},
    ),
    "a broken text of JSON": ([{"c": "[broken", "m": "x"}], {"problem": "=p", "template": "=t", "model": "m", "messages": "c"}),
    "nothing said": ([{"q": None, "a": None, "m": "x"}, {"q": "?", "a": "", "m": "x"}, {"q": "?", "a": "1", "m": ""}], COLUMNS),
}  # fmt: skip
FIELDS = {"statement": "q", "staff.solution": "a"}
PROBLEMS: dict[str, tuple[list[Any], dict[str, str]]] = {
    "the least": ([{"q": "What is 1?", "a": "1"}, {"q": "What is 2?", "a": 2}], FIELDS),
    "a title and a number": ([{"q": "What?", "a": 2.5, "t": "It"}], {**FIELDS, "title": "t", "score.number.value": "a"}),
    "a constant": ([{"q": "What?", "a": "1"}], {**FIELDS, "points": "=3", "score.number.value": "=1"}),
    "more cells than the head": ([{"q": "What?", "a": "1", None: ["x"]}], FIELDS),
    "no such column": ([{"q": "What?", "a": "1"}], {**FIELDS, "title": "tt"}),
    "an empty cell": ([{"q": "What?", "a": "1"}, {"q": "What?", "a": None}], FIELDS),
    "a value and a table": ([{"q": "What?", "a": "1"}], {**FIELDS, "statement.more": "a"}),
    "no row": ([3], FIELDS),
    "what no file holds": ([{"q": "What?", "a": {1, 2}}], FIELDS),
    "no problem": ([{"q": "What?", "a": "1"}], {"statement": "q"}),
    "a list": ([{"q": "What?", "a": "1", "l": ["one", "two"]}], {**FIELDS, "score.text.any_of": "l"}),
}  # fmt: skip
FILES: dict[str, bytes] = {
    "x.csv": b"q,a\n1,2\n", "x.tsv": b"q\ta\n1\t2\n", "x.json": b'[{"q": 1}, {"q": 2}, {"q": 3}]', "x.jsonl": b'{"q": 1}\n\n{"q": 2}\n', "X.CSV": b"q\n7\n",
    "bad.parquet": b"PAR1", "x.txt": b"q", "x": b"q", "quoted.csv": b'q,a\n"1, 2","say ""so"""\n', "short.csv": b"q,a\n1\n", "long.csv": b"q,a\n1,2,3\n", "empty.csv": b"",
    "both/a.csv": b"q\n1\n", "both/b.json": b"[]", "splits/train-0.csv": b"q\n1\n", "splits/test/a.csv": b"q\n2\n", "one/deep/a.csv": b"q\n3\n", "none/a.md": b"q",
    **{f"packed{n}.csv": head + b"q\n1\n" for n, head in enumerate(sources.PACKED)},
}  # fmt: skip


def told(folder: Path) -> Iterator[str]:
    yield from _lines()
    for name, (rows, columns) in ROWS.items():
        yield f"rows, {name}: {_asked(lambda r=rows, c=columns: list(exchange.mapped(r, c)))}"  # type: ignore[misc]
        yield f"exported, {name}: {_asked(lambda r=rows: list(exchange.exported(r, 'x')))}"  # type: ignore[misc]
    for name, (rows, columns) in PROBLEMS.items():
        yield f"problems, {name}: {_asked(lambda r=rows, c=columns: list(exchange.problem_files(r, c, 'new', 3)))}"  # type: ignore[misc]
    yield from _sources(folder / "tables")
    yield from _labels()
    yield from _packed(folder)
    yield from _labelled()


def _asked(said: Callable[[], object]) -> str:
    try:
        text = repr(said())
        return text if len(text) < 400 else f"{text[:400]} ... {short(text)}"
    except EvalkitError as error:
        return f"{type(error).__name__} {THEIRS.sub(': no such value ', str(error))}".replace("\n", " / ")


def _lines() -> Iterator[str]:
    whole = transcripts.parse_line(LINE, "line 1")
    yield f"whole: {whole}"
    yield f"unjudged: {[r.unjudged for r in whole.replies]}; again: {_changes(whole, transcripts.to_json(whole))}"
    for place, less in one_less(LINE):
        yield f"without {place}: {_changes(whole, less)}"
    for key, value in product(
        (*LINE, *LINE["messages"][4], "usage.input_tokens", "labels.1", "labels.2", "relations.0", "odd"), VALUES
    ):
        table = copy.deepcopy(LINE)
        inside_of, _, last = key.rpartition(".")
        target: Any = (
            table[inside_of]
            if inside_of in table
            else table["messages"][4].get(inside_of, table)
            if inside_of
            else table
        )
        if isinstance(target, list):
            target[int(last)] = value
        elif not inside_of and key not in LINE:
            (table["messages"][4] if key != "odd" else table)[key] = value
        else:
            target[last] = value
        yield f"{key} {value!r}: {_changes(whole, table)}"
    for relation in ({"turn": 3}, {"start": 5}, {"end": 900}, {"label": "maybe"}, {"turn": 0}, {"by": "x" * 101}):
        yield f"relation {str(relation)[:40]}: {_changes(whole, {**LINE, 'relations': [{**LINE['relations'][0], **relation}]})}"
    for text in ("", "{", "[]", "3", '{"problem": 1}', "[" * 100_000, '{"sample": ' + "9" * 5_000 + "}", b"\xff"):
        yield f"text {text[:20]!r}: {_asked(lambda t=text: transcripts.parse_line(t, 'line 2'))[:300]}"  # type: ignore[misc]


def _changes(whole: Transcript, line: Mapping[str, Any]) -> str:
    """What is another in the transcript; the complaint where it is none."""
    try:
        found = transcripts.parse_line(line, "line 1")
    except EvalkitError as error:
        return THEIRS.sub(": no such value ", str(error))[:200].replace("\n", " / ")
    before, after = (vars_of(x) for x in (whole, found))
    return (
        "; ".join(f"{k} {plain(repr(after[k]))[:160]} {short(repr(after[k]))}" for k in after if after[k] != before[k])
        or "the same"
    )


def vars_of(found: Transcript) -> dict[str, Any]:
    return {
        name: getattr(found, name)
        for name in ("trial", "turns", "error", "labels", "wordings", "variant", "given", "readings")
    }


def _sources(folder: Path) -> Iterator[str]:
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name in (*FILES, "both", "splits", "one", "none"):
        if "/" in name:
            continue
        for split, skip in (("train", 0), ("test", 1)):
            yield f"source {name} {split} {skip}: {_asked(lambda n=name, s=split, k=skip: list(sources.dataset_rows(str(folder / n), s, k)))[:200]}"  # type: ignore[misc]
    yield f"folders of rows: {[name for name in ('both', 'splits', 'one', 'none', 'x.csv') if sources.is_folder_of_rows(folder / name)]}"


def _labels() -> Iterator[str]:
    trial, turns = Trial("p", "t", "m", 0), (Turn("user", "?"), Turn("assistant", "1"))
    by = ("", "ann", "bob", "cleo")
    for values in product((1.0, 0.0, None), repeat=3):
        named = [Label(1, "m", value, who) for value, who in zip(values, by[1:], strict=True)]
        yield f"of three {values}: {labels.settled(named)}, of two {labels.settled(named[:2])}, of one {labels.settled(named[:1])}"
    given = (
        *(Label(1, "m", v, w) for v, w in zip((1.0, 0.0, 1.0), by[1:], strict=True)),
        Label(2, "m", 0.0, "ann"),
        Label(1, "n", 1.0, "ann"),
        Label(1, RELATION, 1.0, "ann", 0, 3),
    )
    told = Transcript(trial, turns, None, {"1": {"k": 2.0, "n": None}}, given=given)
    yield f"standing: {labels.standing(told, 1)}, {labels.standing(told, 2)}, {labels.standing(told, 3)}"
    yield f"sorted out: {labels.sorted_out((*given, Label(1, 'm', 1.0), Label(2, 'k', None)))}"
    yield f"statements: {labels.statements(told)}"


def _packed(folder: Path) -> Iterator[str]:
    made_run.fill(folder / "made.sqlite", models=("small",), arms=("plain", "hint"))
    with Store(folder / "made.sqlite", write=True) as store:
        store.keep_spec("template", "plain.j2", "{{ problem.statement }}\n").result()
        store.keep_spec("template", "hint.j2", '{% extends "plain.j2" %}\n').result()
    with mock.patch.object(bundling, "write_report"):  # the page has a table of its own
        target = bundling.bundle(folder / "made.sqlite")
    with zipfile.ZipFile(target) as archive:
        for entry in archive.infolist():
            text = "" if entry.filename in ("run.sqlite", "SHA256SUMS") else plain(archive.read(entry).decode())[:40]
            yield f"packed {entry.filename} {entry.date_time} {text!r}"


def _labelled() -> Iterator[str]:
    """Replies asked about: an answer, a key that is none, all that steers, the end of the input."""
    Path("problems/set").mkdir(parents=True)
    for n in range(made_run.PROBLEMS):
        Path(f"problems/set/p{n}.toml").write_text(PROBLEM.format(i=n), encoding="utf-8")
    for keys in (
        "1 0 w q",
        "x 1 u s q",
        "",
        "1 1 1 1 1 1",
        "s s s s s s s s s s s s s s s s s s s s s s s s s s s s s s s s s s s s s s s s",
    ):
        given = iter(keys.split())

        def answer(asked: str, given: Iterator[str] = given) -> str:
            print(asked)
            said = next(given, None)
            if said is None:
                raise EOFError
            return said

        with mock.patch.object(builtins, "input", answer):
            done = inside(*shlex.split("label made.sqlite --labeller dora"))
        said = plain(done.stdout)
        yield f"--- label, {keys[:20]}: {done.returncode}\n{said[:2500]} {short(said)}\n{plain(done.stderr)}"
    yield plain(inside("agreement", "made.sqlite").stdout)
