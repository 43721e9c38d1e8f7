"""What goes out of run files and comes in again: every kind of export in every form, merged files, tables of rows."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pyarrow.parquet as pq

import evalkit
from evalkit.runfile.store import Store
from tests.arrange import PROBLEM, inside
from tests.details import asking, made_run
from tests.recorded import digests, plain, short

KINDS = ("scores", "replies", "transcripts", "labels", "judgements")
ROWS: dict[str, tuple[list[dict[str, object]], dict[str, str]]] = {
    "prompt and reply": ([{"q": "What is 1?", "a": "**Final answer:** 1"}], {"problem": "=p/1", "template": "=plain", "model": "=m", "prompt": "q", "reply": "a"}),
    "messages": (
        [{"chat": [{"role": "user", "content": "1?"}, {"role": "assistant", "content": "1"}], "n": 2, "who": "x"}],
        {"problem": "=p/2", "template": "=plain", "model": "who", "messages": "chat", "sample": "n"},
    ),
    "another problem": ([{"q": "?", "a": "1"}], {"problem": "=p/99", "template": "=plain", "model": "=m", "prompt": "q", "reply": "a"}),
    "an empty reply": ([{"q": "?", "a": ""}], {"problem": "=p/1", "template": "=plain", "model": "=m", "prompt": "q", "reply": "a"}),
    "no such column": ([{"q": "?"}], {"problem": "=p/1", "template": "=plain", "model": "=m", "prompt": "q", "reply": "answer"}),
    "no such field": ([{"q": "?"}], {"problem": "=p/1", "prompted": "q"}),
    "odd cells": ([{"q": 3, "a": None}, {"q": "?", "a": ["x"]}, {"q": "?", "a": "1", "s": "one"}], {"problem": "=p/1", "template": "=plain", "model": "=m", "prompt": "q", "reply": "a", "sample": "s"}),
}  # fmt: skip
TABLES = {
    "quoted.csv": 'problem,template,model,prompt,reply\np/1,plain,m,"1, or 2?","**Final answer:** 1"\np/2,plain,m,?\n\np/3,plain,m,?,x,y\n',
    "tabs.tsv": "problem\ttemplate\tmodel\tprompt\treply\np/1\tplain\tm\t?\t1\n",
    "marked.csv": "\ufeffproblem,template,model,prompt,reply\np/1,plain,m,?,2\n",
    "lines.jsonl": '{"problem": "p/1", "template": "plain", "model": "m", "prompt": "?", "reply": "3", "sample": 4, "extra": 1}\n[1]\n{"problem"\n',
    "array.json": '[{"problem": "p/1", "template": "plain", "model": "m", "prompt": "?", "reply": "4"}]',
    "twice.csv": "problem,template,model,prompt,reply\np/1,plain,m,?,5\np/1,plain,m,?,6\n",
    "head.csv": "problem,template,model,prompt,reply\n",
    "empty.csv": "",
}  # fmt: skip


def told(folder: Path) -> Iterator[str]:
    asking.write(folder)
    made_run.fill(folder / "made.sqlite", models=("small",))
    (folder / "problems" / "set").mkdir()
    for n in range(made_run.PROBLEMS):
        (folder / "problems" / "set" / f"p{n}.toml").write_text(PROBLEM.format(i=n), encoding="utf-8")
    for arm in made_run.ARMS[1:]:
        (folder / "prompts" / f"{arm}.j2").write_text('{% extends "plain.j2" %}\n', encoding="utf-8")
    for kind, form in product(KINDS, ("jsonl", "csv", "parquet")):
        yield from _exported(kind, form)
    for command in (
        "export made.sqlite -o hub --format hub --license cc-by-4.0", "export made.sqlite -o hub2 --format hub --what labels",
        "merge -o all.sqlite made.sqlite", "merge -o all.sqlite made.sqlite --json",
        "import transcripts.jsonl --run back.sqlite --json", "import transcripts.parquet --run back2.sqlite", "import hub --run back3.sqlite",
        "label back.sqlite --from labels.csv", "label back.sqlite --from labels.jsonl --labeller cleo", "agreement back.sqlite --json",
    ):  # fmt: skip
        yield from _said(command)
    for path in sorted(p for p in folder.glob("hub*/**/*") if p.is_file()):
        yield f"--- {path.relative_to(folder)}"
        yield digests(path.read_text("utf-8").splitlines()) if path.suffix == ".md" else "\n".join(_columns(path))
    yield from _rows()
    for name, text in TABLES.items():
        Path(name).write_text(text, encoding="utf-8")
        columns = " ".join(f"--map {c}={c}" for c in ("problem", "template", "model", "prompt", "reply"))
        yield from _said(f"import {name} --run {name}.sqlite {'' if name.startswith('lines') else columns}")
        yield from _kept(f"{name}.sqlite")


def _said(command: str) -> Iterator[str]:
    done = inside(*shlex.split(command))
    yield f"--- {command}: {done.returncode}\n{plain(done.stdout)}{plain(done.stderr)}"


def _exported(kind: str, form: str) -> Iterator[str]:
    path = Path(f"{kind}.{form}")
    yield from _said(f"export made.sqlite -o {path} --what {kind}")
    if not path.exists():
        return
    if form == "parquet":
        yield from _columns(path)
    elif form == "csv":
        yield digests([plain(line) for line in path.read_text(encoding="utf-8").splitlines()][:12])
    else:
        for line in path.read_text(encoding="utf-8").splitlines()[:12]:
            yield f"{sorted(json.loads(line))} {short(plain(line))}"


def _columns(path: Path) -> Iterator[str]:
    table = pq.read_table(path)
    for column in table.column_names:
        values = table[column].to_pylist()
        yield f"{column} {table.schema.field(column).type} {len(values)} {short(plain(repr(values)))} {values[:1]!s:.50}"


def _rows() -> Iterator[str]:
    for n, (name, (rows, columns)) in enumerate(ROWS.items()):
        try:
            done = evalkit.import_transcripts(rows, f"rows{n}.sqlite", columns)
        except evalkit.EvalkitError as error:
            yield f"--- {name}: {type(error).__name__} {error}"
        else:
            yield f"--- {name}: {plain(repr(done))}"
            yield from _kept(f"rows{n}.sqlite")


def _kept(file: str) -> Iterator[str]:
    if Path(file).exists():
        with Store(Path(file)) as store:
            yield from (f"{held.transcript.trial} {held.transcript.turns}" for held in store.transcripts())
