"""A plain table of scores: CSV or TSV with a column that names the problem and one or several of numbers.

Known heads: problem (question, item, id), arm (template, condition, prompt), model, sample (run, epoch, repetition),
reply (answer, response, output), prompt text (question_text, input); a column whose cells are all numbers or empty is
a score, `table.<head>` in small letters and digits (`table.<head>_2` where two would have one name); any other column
is told. An empty cell could not be judged. Where there is no column of replies, the reply is marked as not recorded.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from evalkit.errors import SpecError
from evalkit.runfile.logs.form import MAX_PART, NOTHING_SAID, Log, Part, Recorded, Unread, metric, number

NAME = "a table of scores"
OWN = "table"
HEADS = {
    "problem": ("problem", "problem_id", "question", "question_id", "item", "id", "task"),
    "arm": ("arm", "template", "condition", "prompt_name", "prompt", "treatment"),
    "model": ("model",),
    "sample": ("sample", "run", "epoch", "repetition", "repeat"),
    "reply": ("reply", "answer", "response", "output"),
    "text": ("question_text", "problem_text", "statement", "input"),
}
EMPTY = ("", "na", "n/a", "nan", "none", "null", "-")


def is_mine(log: Log) -> bool:
    found = _columns(_heads(log))
    return "problem" in found and len(_heads(log)) > 1


def _heads(log: Log) -> list[str]:
    line = _line(log)
    try:
        return next(csv.reader([line], delimiter=_comma(line)), [])
    except csv.Error:
        return []


def _line(log: Log) -> str:
    """The first line."""
    return log.head.partition(b"\n")[0].decode("utf-8", "replace").strip("\r")


def _comma(line: str) -> str:
    return max("\t;,", key=line.count)


def _columns(heads: list[str]) -> dict[str, str]:
    """Field -> head."""
    folded = {h.strip().lower().replace(" ", "_"): h for h in heads}
    found = {field: next((folded[n] for n in names if n in folded), None) for field, names in HEADS.items()}
    return {field: head for field, head in found.items() if head is not None}


def read(log: Log) -> Iterator[Part]:
    """Every row."""
    heads = _heads(log)
    columns = _columns(heads)
    limit = csv.field_size_limit(min(MAX_PART, 2**31 - 1))
    try:
        rest = [h for h in heads if h not in columns.values() and h.strip()]
        numbers = [h for h in rest if h in _numeric(log, rest)]
        if not numbers:
            raise SpecError(f"{log.path}: no column of numbers beside {', '.join(columns.values())}")
        seen: Counter[tuple[str, ...]] = Counter()
        metrics = _metrics(numbers)
        left = [f"the column {head[:40]!r} is left out" for head in rest if head not in numbers]
        left += [f"the column {head[:40]!r} is {name}" for name, head in metrics.items() if name != metric(OWN, head)]
        for line, row in enumerate(_rows(log), 2):
            named = {field: (row.get(head) or "").strip() for field, head in columns.items()}
            cell = (named["problem"], named.get("arm", ""), named.get("model", ""))
            part = _row(row, named, metrics, line, seen[cell])
            yield replace(part, notes=left) if isinstance(part, Recorded) and line == 2 else part
            seen[cell] += 1
    except csv.Error as error:
        raise SpecError(f"{log.path}: not a table: {error}") from None
    finally:
        csv.field_size_limit(limit)


def _rows(log: Log) -> Iterator[dict[str, str]]:
    with log.path.open("rb") as file:
        words = io.TextIOWrapper(file, "utf-8-sig", "replace", newline="")
        for row in csv.DictReader(words, delimiter=_comma(_line(log))):
            yield {k: v for k, v in row.items() if isinstance(k, str) and isinstance(v, str)}


def _numeric(log: Log, heads: list[str]) -> set[str]:
    """Columns of numbers alone, at least one of them given."""
    given, left = set[str](), {*heads}
    for row in _rows(log):
        for head in [*left]:
            cell = (row.get(head) or "").strip()
            if cell.lower() in EMPTY:
                continue
            given.add(head)
            if _value(cell) is None:
                left.discard(head)
    return left & given


def _value(cell: str) -> float | None:
    try:
        return number(float(cell))
    except ValueError:
        return {"true": 1.0, "false": 0.0}.get(cell.lower())


def _metrics(heads: list[str]) -> dict[str, str]:
    """Full name of a metric -> the column that holds it."""
    found: dict[str, str] = {}
    used: Counter[str] = Counter()
    for head in dict.fromkeys(heads):
        first = name = metric(OWN, head)
        while name in found:
            used[first] += 1
            name = f"{first}_{used[first] + 1}"
        found[name] = head
    return found


def _row(row: dict[str, str], named: dict[str, str], metrics: dict[str, str], line: int, before: int) -> Part:
    place = f"line {line}"
    if not named["problem"]:
        return Unread(place, "names no problem")
    scores = {name: (_value((row.get(head) or "").strip()), "") for name, head in metrics.items()}
    said = named.get("reply", "")
    words = "; ".join(f"{head} {row.get(head) or 'empty'}" for head in metrics.values())
    answer = {"role": "assistant", "content": said or f"(no reply is recorded: {place}: {words})"}
    asked = {"role": "user", "content": named.get("text") or "(the table does not hold the prompt)"}
    sample = named.get("sample", "")
    return Recorded(
        place, [asked, answer if said else {**answer, "finish_reason": NOTHING_SAID}], ids=[named["problem"]],
        texts=[named.get("text", "")], arm=named.get("arm", ""), model=named.get("model", ""), scores=scores,
        sample=int(sample) if sample.isascii() and sample.isdigit() and len(sample) < 9 else before,
    )  # fmt: skip
