"""Samples of lm-evaluation-harness: JSON Lines as `--log_samples` writes them, one file a task.

`doc_id` is the question, the fields of `doc` and the prompt are its text; the file's task is the arm, the folder that
it lies in the model. Each filter has lines of its own, whose scores (`lm_eval.<metric>_<filter>`) come to one
conversation. Of multiple-choice tasks the log has likelihoods and no reply: the scores come, the reply is marked as
not recorded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from evalkit.runfile.logs.form import (
    NOTHING_SAID,
    Json,
    Log,
    Part,
    Recorded,
    Unread,
    conversation_in,
    lines,
    listed,
    metric,
    number,
    table,
    text,
)

NAME = "lm_eval"
_FILE = re.compile(r"samples_(.+?)_\d{4}-\d\d-\d\dT[\d.\-:]+")


def is_mine(log: Log) -> bool:
    return {"doc_id", "doc", "resps"} <= log.keys()


def read(log: Log) -> Iterator[Part]:
    """Every line."""
    named = _FILE.fullmatch(log.path.stem)
    task = named[1] if named else log.path.stem
    model = log.path.absolute().parent.name.rpartition("__")[2] or "model"
    for count, line in lines(log):
        if isinstance(line, Unread):
            yield line
        else:
            yield from _line(table(line), f"line {count}", task, model)


def _line(line: Json, place: str, task: str, model: str) -> Iterator[Part]:
    doc = table(line.get("doc"))
    prompt, chat = _prompt(line.get("arguments"))
    texts = [
        value
        for key, value in doc.items()
        if isinstance(value, str) and key in ("question", "problem", "query", "input", "prompt")
    ]
    ids = [str(doc[key]) for key in ("problem_id", "id", "unique_id", "name") if key in doc] + [
        f"{task}/{line.get('doc_id')}"
    ]
    answers = [a for resp in listed(line.get("resps")) for a in (resp if isinstance(resp, list) else [resp])]
    said = [a for a in answers if isinstance(a, str)]
    scores = _scores(line)
    if not said:
        words = "; ".join(f"{name} {value}" for name, (value, _) in scores.items())
        row = {
            "role": "assistant",
            "content": f"(no reply is recorded: {place}: {words})",
            "finish_reason": NOTHING_SAID,
        }
        yield Recorded(place, [*chat, row], ids, [*texts, prompt], task, model, None, scores)
        return
    for sample, answer in enumerate(said):
        turn = {"role": "assistant", "content": answer}
        # A score of several replies is none of each.
        yield Recorded(
            place, [*chat, turn], ids, [*texts, prompt], task, model, sample, scores if len(said) == 1 else {}
        )


def _prompt(arguments: Any) -> tuple[str, list[dict[str, Any]]]:
    """The text that was sent, and the same as messages."""
    first: Any = arguments
    if isinstance(arguments, dict):
        first = table(arguments.get("gen_args_0")).get("arg_0")
    while isinstance(first, list) and first:
        first = first[0]
    messages = conversation_in(text(first))
    return text(next(m["content"] for m in reversed(messages) if m["role"] != "assistant")), messages


def _scores(line: Json) -> dict[str, tuple[float | None, str]]:
    names = [n for n in listed(line.get("metrics")) if isinstance(n, str)]
    names = names or [k for k, v in line.items() if k not in ("doc_id",) and isinstance(v, int | float)]
    filtered = text(line.get("filter"))
    own = "" if filtered in ("", "none") else filtered
    answer = next((a for a in listed(line.get("filtered_resps")) if isinstance(a, str)), "")
    return {metric("lm_eval", name, own): (number(line.get(name)), answer[:300]) for name in names}
