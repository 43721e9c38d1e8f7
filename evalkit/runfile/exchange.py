"""Into and out of run files: transcripts as JSON Lines, scores and replies as tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from evalkit.errors import SpecError
from evalkit.runfile import outputs, parquet, transcripts
from evalkit.runfile.judgements import judgements
from evalkit.runfile.labels import rows_of
from evalkit.runfile.ledger import Ledger
from evalkit.runfile.plain_rows import MAX_VALUES, REST, too_many_values
from evalkit.runfile.records import details_to, turns_hash
from evalkit.runfile.store import Store
from evalkit.runfile.transcripts import BadLine
from evalkit.specs import problems
from evalkit.specs.library import Library as Problems
from evalkit.specs.templates import Library as TemplateLibrary
from evalkit.specs.toml import suggestion
from evalkit.types import Transcript, Trial

What = Literal["scores", "replies", "transcripts", "labels", "judgements"]
Format = Literal["jsonl", "csv", "parquet", "dataset"]
Lines = Iterable[tuple[int, Transcript | BadLine]]
WAITING, WAITING_CHARACTERS = 500, 10_000_000
"""Conversations on their way to the disk: a file is read faster than it is written, and may be larger than memory."""
MOST_BAD, LONGEST_REASON = 10_000, 1000


@dataclass
class Imported:
    """What an import did: transcripts stored, already there, and the lines that do not fit."""

    stored: int = 0
    known: int = 0
    bad: list[BadLine] = field(default_factory=list)
    """The first 10,000 of them."""
    more_bad: int = 0
    """How many there are beyond these."""

    @property
    def is_full(self) -> bool:
        return len(self.bad) >= MOST_BAD

    def misfit(self, line: BadLine) -> None:
        if self.is_full:
            self.more_bad += 1
        else:
            self.bad.append(BadLine(line.number, line.reason[:LONGEST_REASON]))


def import_transcripts(
    store: Store,
    lines: Lines,
    library: Problems | None,
    templates: TemplateLibrary | None = None,
    *,
    replace: bool = False,
) -> Imported:
    """Store conversations recorded elsewhere, as they stand; a line goes in whole or not at all.

    A line does not fit when it is malformed, names a problem that `library` does not have, repeats a trial of the same
    file, or contradicts a trial already stored (unless `replace`).
    """
    result, waiting = Imported(), _Waiting()
    arms = frozenset(templates.everything()) if templates else frozenset[str]()
    stored_problems: set[str] = set()
    with Ledger() as seen:  # on disk: a file may hold more trials than fit into memory
        for number, line in lines:
            if isinstance(line, BadLine):
                result.misfit(line)
                continue
            trial, text_hash = line.trial, turns_hash(line.turns)
            have = store.text_hash(trial)
            fault = _unknown(trial, library, result.is_full)
            name = (trial.problem, trial.template, trial.model, str(trial.sample))
            if not fault and (first := seen.first(name, number)) != number:
                fault = f"the same trial (problem, template, model, sample) as line {first}"
            elif not fault and have not in (None, text_hash) and not replace:
                fault = "another conversation of the same trial is stored already; --replace takes the new one"
            if fault:
                result.misfit(BadLine(number, fault))
                continue
            if have == text_hash and not (line.labels or line.given or line.readings or line.wordings or line.variant):
                result.known += 1
                continue
            scored = templates.load(trial.template).scored_turn if templates and trial.template in arms else None
            if library and trial.problem not in stored_problems:
                stored_problems.add(trial.problem)
                if store.spec("problem", trial.problem) is None:
                    store.keep_spec("problem", trial.problem, library.text(trial.problem)).result()
            waiting.add(store.keep_transcript(line, scored_turn=scored), sum(len(t.content) for t in line.turns))
            result.stored += 1
    waiting.acknowledged()
    return result


class _Waiting:
    """What is on its way to the disk: some of it, and not more."""

    def __init__(self) -> None:
        self._futures: list[Future[None]] = []
        self._characters = 0

    def add(self, future: Future[None], characters: int) -> None:
        self._futures.append(future)
        self._characters += characters
        if len(self._futures) >= WAITING or self._characters > WAITING_CHARACTERS:
            self.acknowledged()

    def acknowledged(self) -> None:
        for future in self._futures:
            future.result()
        self._futures.clear()
        self._characters = 0


def _unknown(trial: Trial, library: Problems | None, briefly: bool) -> str | None:
    if library is None or trial.problem in library:
        return None
    near = (
        "" if briefly else suggestion(trial.problem, library.ids())
    )  # takes time, which millions of lines would add up
    return f"unknown problem {trial.problem!r}{near}"


def _refuse_no_row(number: int, row: object) -> None:
    if not isinstance(row, Mapping):
        raise SpecError(f"row {number}: {row!r:.60} is no row: a table of columns and values is expected")


def mapped(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> Lines:
    """Rows of a table as transcripts. columns: field of the exchange format -> column, or `=text` for a constant.

    `messages` may be a column with a list of messages; else `prompt` and `reply` name two text columns. Without a
    `sample`, samples are counted from 0 in each problem, template and model.
    """
    unknown = sorted(columns.keys() - transcripts.COLUMNS)
    if unknown:
        raise SpecError(f"columns: unknown field {unknown[0]!r}{suggestion(unknown[0], transcripts.COLUMNS)}")
    with Ledger() as seen:
        for number, row in enumerate(rows, 1):
            _refuse_no_row(number, row)
            if REST in row:
                yield number, BadLine(number, f"row {number}: more cells than the head has")
                continue
            try:
                line = {f: column[1:] if column.startswith("=") else row[column] for f, column in columns.items()}
            except KeyError as error:
                raise SpecError(f"there is no column {error}{suggestion(str(error).strip(chr(39)), row)}") from None
            if "sample" not in line:
                # Counted in each cell, so that the arms of a table without such a column find their partners.
                line["sample"] = seen.before(tuple(str(line.get(name)) for name in ("problem", "template", "model")))
            try:
                yield number, transcripts.parse_line(_line(line), f"row {number}")
            except SpecError as error:
                yield number, BadLine(number, "; ".join(error.problems))


def exported(rows: Iterable[Mapping[str, Any]], source: str) -> Lines:
    """Rows of a data set that `export --what transcripts` wrote, as transcripts. Raises SpecError for other ones."""
    each = iter(rows)
    first = next(each, None)
    if first is None:
        return iter(())
    _refuse_no_row(1, first)
    if lacking := next((name for name in (*KEYS, "messages") if name not in first), None):
        raise SpecError(
            f"{source}: no column {lacking!r}: not what `evalkit export --what transcripts` writes; say with --map "
            "field=column which column is which"
        )
    return mapped(chain([first], each), {name: name for name in first if name in transcripts.COLUMNS})


def _line(line: dict[str, Any]) -> dict[str, Any]:
    """A line of the exchange format, of fields that are columns of a table."""
    if "messages" not in line:
        turns = [("user", line.pop("prompt", "")), ("assistant", line.pop("reply", ""))]
        line["messages"] = [{"role": role, "content": content} for role, content in turns]
    for name in _NESTED & line.keys():
        line[name] = _read(line[name])
        if line[name] is None:
            del line[name]
    if "messages" in line:
        line["messages"] = _filled(line["messages"])
    sample = line["sample"]
    if isinstance(sample, str) and sample.isascii() and sample.isdigit() and len(sample) < 12:
        line["sample"] = int(sample)
    return line


_NESTED = frozenset({"messages", "labels", "labellers", "relations", "readings", "wordings", "variant"})
"""Fields that a table may hold as JSON texts, as `export` writes them."""


def _read(cell: Any) -> Any:
    """What a cell of such a field holds. Raises SpecError for too much of it."""
    if not isinstance(cell, str) or cell[:1] not in ("{", "["):
        return cell
    if len(cell) > MAX_VALUES and too_many_values(cell):
        raise SpecError(f"more than {MAX_VALUES} values in one cell")
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell  # complained of as the text that it is


def _filled(value: Any) -> Any:
    """Without empty fields: as a column, a message has every field in every row."""
    if isinstance(value, dict):
        return {key: _filled(inner) for key, inner in value.items() if inner is not None}
    return [_filled(item) for item in value] if isinstance(value, list) else value


def problem_files(
    rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str], name: str, first: int = 1
) -> Iterator[tuple[str, str]]:
    """Rows of a table as problem files: (id, TOML text). columns: dotted key of the problem file -> column or `=text`.

    `{statement: question, "staff.solution": answer}` is the least; `title` defaults to the id, `<name>/<row>`.
    first: the number of the first row.
    """
    import tomli_w

    for number, row in enumerate(rows, first):
        _refuse_no_row(number, row)
        if REST in row:
            raise SpecError(f"row {number}: more cells than the head has")
        identifier = f"{name}/{number:04d}"
        table: dict[str, Any] = {"title": identifier}
        for key, column in columns.items():
            if not column.startswith("=") and column not in row:
                raise SpecError(f"there is no column {column!r}{suggestion(column, row)}")
            value = column[1:] if column.startswith("=") else row[column]
            if value is None:
                raise SpecError(f"row {number}: the column {column!r} is empty; leave such rows out")
            if not key.startswith("score.") and isinstance(value, int | float):  # GSM8K and its like: bare numbers
                value = str(value)
            inner, *path = reversed(key.split("."))
            target = table
            for part in reversed(path):
                target = target.setdefault(part, {})
                if not isinstance(target, dict):
                    raise SpecError(f"--map {key}: {part!r} is given a value of its own as well")
            target[inner] = value
        try:
            text = tomli_w.dumps(table, multiline_strings=True)
        except (TypeError, ValueError) as error:
            raise SpecError(f"row {number}: {error}; texts, numbers, lists and tables fit into a problem") from None
        problems.parse(text, identifier, f"row {number}")
        yield identifier, text


def format_of(target: Path) -> Format:
    """What the ending of a file's name asks for. Raises SpecError for one that belongs to another kind of file."""
    endings: dict[str, Format] = {".csv": "csv", ".parquet": "parquet"}
    if target.suffix.lower() in OTHERS:
        known = ".jsonl, .csv or .parquet"
        raise SpecError(f"{target}: evalkit writes no {target.suffix}; let the name end in {known}, or give the format")
    return endings.get(target.suffix.lower(), "jsonl")


OTHERS = (".xlsx", ".xls", ".ods", ".docx", ".pdf", ".html", ".tsv", ".md", ".tex", ".txt", ".sqlite", ".db", ".arrow")


def export(store: Store, what: What, form: Format, target: Path, *, force: bool = False) -> int:
    """Write scores, replies or transcripts to `target`; returns the number of rows. Raises StoreError, SpecError.

    force: replace a file that is no export of evalkit.
    """
    outputs.check(target, is_export, force=force)
    rows = rows_to(store, what)
    with outputs.written(target) as part:
        if form == "jsonl":
            with part.open("w", encoding="utf-8") as out:
                return sum(bool(out.write(json.dumps(row) + "\n")) for row in rows)
        return _table(rows, what, form, part)


def rows_to(store: Store, what: What) -> Iterator[dict[str, Any]]:
    """The rows of an export, one by one."""
    makers: dict[What, Callable[[Store], Iterator[dict[str, Any]]]] = {
        "scores": _scores, "replies": _replies, "transcripts": _transcripts, "labels": rows_of,
        "judgements": judgements,
    }  # fmt: skip
    return makers[what](store)


CARD = "---\n# written by evalkit export"
"""How the card of a data set of ours begins."""
KEYS = ("problem", "template", "model", "sample")
"""What every row of an export begins with."""


def is_export(head: bytes) -> bool:
    """Whether a file that begins so is an export: JSON Lines or CSV with our keys, a table that names them, or the card
    of a data set."""
    if head.startswith(CARD.encode()):
        return True
    if head.startswith(b"PAR1"):
        return all(key.encode() in head for key in KEYS)
    if head.lstrip().startswith(b"{\n"):  # the description of a data set's folder
        return all(f'"{key}"'.encode() in head for key in KEYS)
    first = head.partition(b"\n")[0]
    if first.startswith(b"{"):
        return all(f'"{key}"'.encode() in head for key in KEYS)
    return first.startswith(",".join(KEYS).encode())


def _table(rows: Iterator[dict[str, Any]], what: What, form: Format, target: Path) -> int:
    if form == "csv":
        from evalkit.runfile.rows import csv_lines

        with target.open("w", encoding="utf-8", newline="") as out:
            return max(0, sum(bool(out.write(line)) for line in csv_lines(rows)) - 1)
    return parquet.write_file(rows, what, target) if form == "parquet" else parquet.write_saved(rows, what, target)


def _scores(store: Store) -> Iterator[dict[str, Any]]:
    for s in store.scores():
        yield {
            **_key(s.trial),
            "turn": s.turn,
            "metric": f"{s.scorer}.{s.score.metric}",
            "value": s.score.value,
            "reason": s.score.reason,
            "version": s.version,
            "spans": [[x.start, x.end, x.kind, x.note] for x in s.score.spans],
            "details": details_to(s.score),
        }


def _replies(store: Store) -> Iterator[dict[str, Any]]:
    for stored in store.transcripts():
        for turn, reply in enumerate(stored.transcript.replies, 1):
            fields = {"finish_reason": None, "reasoning": None, "usage": None, "error": None, "served_by": None}
            yield {
                **_key(stored.transcript.trial),
                "turn": turn,
                "text": reply.text,
                **fields,
                **transcripts.reply_to(reply),
            }


def _transcripts(store: Store) -> Iterator[dict[str, Any]]:
    for stored in store.transcripts():
        yield {**transcripts.to_json(stored.transcript), **_rest(stored.transcript)}


def _rest(transcript: Transcript) -> dict[str, Any]:
    """The fields that the exchange form leaves out where they are empty: a table has the same columns in every row."""
    return {
        "labels": dict(transcript.labels),
        **transcripts.others_to(transcript),
        "readings": dict(transcript.readings),
        "wordings": dict(transcript.wordings),
        "variant": dict(transcript.variant),
        "error": transcript.error,
    }


def _key(trial: Trial) -> dict[str, Any]:
    return {"problem": trial.problem, "template": trial.template, "model": trial.model, "sample": trial.sample}
