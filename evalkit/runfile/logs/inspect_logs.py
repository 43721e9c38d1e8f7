"""Logs of Inspect: `.eval` (an archive with a file for each sample) and `.json`.

A sample is a conversation; its id, or its input, says which problem it is of; an epoch is a sample of ours, the task
the arm. Scores come along under `inspect.<scorer>`: C and I are 1 and 0, P is a half, N (no answer) could not be
judged. What the model writes to its tools and what they answer stand with the reasoning. Not covered: the log of
events.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from evalkit.runfile.logs.form import (
    Json,
    Log,
    Part,
    Recorded,
    Unread,
    joined,
    listed,
    metric,
    number,
    spoken,
    table,
    text,
)

NAME = "Inspect"
GRADES = {"C": 1.0, "I": 0.0, "P": 0.5, "N": None}
ENDS = {"max_tokens": "length", "model_length": "length", "content_filter": "content_filter"}
_SAMPLE = re.compile(r"samples/.+\.json")


def is_mine(log: Log) -> bool:
    return "header.json" in log.members or {"version", "status", "eval"} <= log.keys()


def read(log: Log) -> Iterator[Part]:
    """Every sample of every epoch."""
    if log.members:
        header: Json = {}
        for _, found in log.samples(["header.json"]):
            header = table(found)
        names = sorted(name for name in log.members if _SAMPLE.fullmatch(name))
        samples: Iterator[tuple[str, Any]] = log.samples(names)
    else:
        header = log.whole()
        samples = ((f"sample {n}", s) for n, s in enumerate(listed(header.get("samples")), 1))
    asked = table(header.get("eval"))
    arm, model = text(asked.get("task")), text(asked.get("model"))
    for name, sample in samples:
        if isinstance(sample, Unread):
            yield sample
        else:
            yield _sample(table(sample), name, arm.rpartition("/")[2], model.rpartition("/")[2])


def _sample(sample: Json, place: str, arm: str, model: str) -> Part:
    kept = table(sample.get("attachments"))
    messages: list[dict[str, Any]] = []
    notes: list[str] = []
    for message in map(table, listed(sample.get("messages"))):
        _add(messages, message, kept, notes)
    output = table(sample.get("output"))
    end = text(table(next(iter(listed(output.get("choices"))), None)).get("stop_reason"))
    if messages and messages[-1]["role"] == "assistant":
        if end in ENDS:
            messages[-1]["finish_reason"] = ENDS[end]
        usage = table(output.get("usage"))
        counts = usage.get("input_tokens"), usage.get("output_tokens")
        if all(type(c) is int and c >= 0 for c in counts):
            messages[-1]["usage"] = dict(zip(("input_tokens", "output_tokens"), counts, strict=True))
    fault = table(sample.get("error"))
    if fault or not any(m["role"] == "assistant" for m in messages):
        why = text(fault.get("message"))[:2000] or "the log holds no answer"
        messages.append({"role": "assistant", "content": "", "error": why})
    asked = sample.get("input")
    question = _text(asked, kept, []) if isinstance(asked, str) else ""
    epoch = sample.get("epoch")
    return Recorded(
        place,
        messages,
        ids=[str(sample.get("id", "")), *_named(sample)],
        texts=[question, *spoken(messages)],
        arm=arm,
        model=model,
        sample=epoch - 1 if type(epoch) is int and epoch > 0 else None,
        scores=_scores(sample),
        notes=notes,
    )


def _named(sample: Json) -> list[str]:
    """Ids that the data set's own fields give."""
    return [
        str(value) for key, value in table(sample.get("metadata")).items() if key in ("problem", "problem_id", "id")
    ]


def _add(messages: list[dict[str, Any]], message: Json, kept: Json, notes: list[str]) -> None:
    role = text(message.get("role"))
    thoughts: list[str] = []
    said = _text(message.get("content"), kept, notes, thoughts)
    if role in ("system", "user"):
        messages.append({"role": role, "content": said})
        return
    if role == "tool":
        thoughts, said = [f"[tool {text(message.get('function'))}] {said}"], ""
    for call in map(table, listed(message.get("tool_calls"))):
        thoughts.append(f"[to {text(call.get('function'))}] {str(call.get('arguments'))[:100_000]}")
    if not messages or messages[-1]["role"] != "assistant":
        messages.append({"role": "assistant", "content": ""})
    turn = messages[-1]
    turn["content"] = joined([turn["content"], said])
    if thoughts:
        turn["reasoning"] = joined([turn.get("reasoning", ""), *thoughts])


def _text(content: Any, kept: Json, notes: list[str], thoughts: list[str] | None = None) -> str:
    """A content in words; a text that stands once in the log is looked up."""
    if isinstance(content, str):
        mark = "attachment://"
        return text(kept.get(content.removeprefix(mark), content)) if content.startswith(mark) else content
    said = []
    for part in map(table, listed(content)):
        kind = text(part.get("type"))
        if kind == "text":
            said.append(_text(part.get("text"), kept, notes))
        elif kind == "reasoning":
            if thoughts is not None:
                thoughts.append(_text(part.get("reasoning"), kept, notes))
        else:
            said.append(f"[{kind[:40] or 'part'}]")
            notes.append(f"content of the type {kind[:40]!r} is left out")
    return joined(said)


def _scores(sample: Json) -> dict[str, tuple[float | None, str]]:
    found: dict[str, tuple[float | None, str]] = {}
    for name, score in table(sample.get("scores")).items():
        value = table(score).get("value")
        why = text(table(score).get("explanation"))[:10_000]
        for key, one in value.items() if isinstance(value, Mapping) else [("", value)]:
            found[metric("inspect", str(name), str(key))] = (_value(one), why)
    return found


def _value(value: Any) -> float | None:
    if isinstance(value, str):
        try:
            return GRADES[value] if value in GRADES else number(float(value))
        except ValueError:
            return None
    return number(value)
