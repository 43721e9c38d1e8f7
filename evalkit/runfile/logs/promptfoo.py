"""Results of promptfoo: the `.json` that `eval -o` and `export` write, and `.jsonl`.

A row is a conversation: the prompt's label is the arm, the provider the model; the test's variables, its description
and metadata say which problem it is of. Scores come along as `promptfoo.score` and its named ones. Not covered: red
teams.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from evalkit.runfile.logs.form import (
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
    spoken,
    table,
    text,
)
from evalkit.types import digest

NAME = "promptfoo"
LABEL = 60
"""Characters of an arm's name."""


def is_mine(log: Log) -> bool:
    keys = log.keys()
    if {"promptIdx", "testIdx"} <= keys and log.head.lstrip().startswith(b"{"):
        return True
    return "results" in keys and bool({"evalId", "shareableUrl", "config"} & keys)


def read(log: Log) -> Iterator[Part]:
    """Every row."""
    if {"promptIdx", "testIdx"} <= {*table(log.first)}:
        for number_, row in lines(log):
            yield row if isinstance(row, Unread) else _row(table(row), f"line {number_}", {})
        return
    whole = table(log.whole().get("results"))
    rows = listed(whole.get("results")) or listed(whole.get("outputs"))
    labels = {n: text(table(p).get("label")) for n, p in enumerate(listed(whole.get("prompts")))}
    for count, row in enumerate(rows, 1):
        yield _row(table(row), f"row {count}", labels)


def _row(row: Json, place: str, labels: dict[int, str]) -> Part:
    prompt, test, response = table(row.get("prompt")), table(row.get("testCase")), table(row.get("response"))
    messages = conversation_in(text(prompt.get("raw")))
    said = response.get("output")
    answer: dict[str, Any] = {
        "role": "assistant",
        "content": said if isinstance(said, str) else json.dumps(said) if said is not None else "",
    }
    if said is None:
        answer["error"] = text(response.get("error")) or text(row.get("error")) or "the log holds no answer"
    usage = table(response.get("tokenUsage"))
    counts = usage.get("prompt"), usage.get("completion")
    if all(type(c) is int and c >= 0 for c in counts):
        answer["usage"] = dict(zip(("input_tokens", "output_tokens"), counts, strict=True))
    if response.get("isRefusal") is True:
        answer["finish_reason"] = "refusal"
    elif text(response.get("finishReason")):
        answer["finish_reason"] = text(response["finishReason"])
    messages.append(answer)
    given = {**table(test.get("vars")), **table(row.get("vars"))}
    named = {**table(test.get("metadata")), **given}
    ids = [str(named[key]) for key in ("problem", "problem_id", "id") if key in named] + [text(test.get("description"))]
    provider = table(row.get("provider"))
    place_of = row.get("promptIdx")
    label = text(prompt.get("label")) or (labels.get(place_of, "") if isinstance(place_of, int) else "")
    label = " ".join(label.split()) or "prompt"
    if len(label) > LABEL:  # a prompt without a name is labelled by its text
        label = f"{label[:LABEL]}… {digest(label)[:4]}"
    return Recorded(
        place,
        messages,
        ids=ids,
        texts=[*(v for v in given.values() if isinstance(v, str)), *spoken(messages)],
        arm=label,
        model=text(provider.get("label")) or text(provider.get("id")).rpartition(":")[2] or "model",
        scores=_scores(row),
    )


def _scores(row: Json) -> dict[str, tuple[float | None, str]]:
    graded = table(row.get("gradingResult"))
    why = text(graded.get("reason"))[:10_000]
    if not graded and "score" not in row:
        return {}
    failed = row.get("failureReason") == 2  # the answer could not be had: that is no wrong answer
    found = {metric("promptfoo", "score"): (None if failed else number(row.get("score")), why)}
    for name, value in table(row.get("namedScores")).items():
        found[metric("promptfoo", str(name))] = (None if failed else number(value), "")
    return found
