"""The exchange format of transcripts: JSON Lines, one conversation a line.

    {"problem": "hw7/8b", "template": "repeat_hint", "model": "qwen3-max", "sample": 0,
     "messages": [{"role": "user", "content": "..."}, {"role": "assistant", "content": "...", "finish_reason": "stop"}],
     "labels": {"1": {"text.correct": 1}}, "readings": {"1": {"by": "A. Reader", "scopes": [], "roles": []}},
     "wordings": {"ban": 1}, "variant": {"n": 3}, "labellers": {"anna": {"1": {"text.correct": 0}}},
     "relations": [{"turn": 1, "start": 120, "end": 131, "label": "false", "by": "anna"}]}

A message of a question before the one that is judged carries `"earlier": true`, one that files went along with
`attachments`: name, type, sha256, size, and `"as_text": true` where the text of the file stands in its content. An
assistant message may carry
`finish_reason`, `reasoning`, `usage` and `error`; `labels` gives human verdicts by
assistant turn (counted from 1) and metric, `readings` what the letters of a derivation mean, `wordings` which wording
(from 0) was used of texts that have several, `variant` what was drawn of a problem that has variants,
`labellers` the labels of each labeller by name, `relations` what people
say of single relations, `text[start:end]` of the reply: `true`, `false` or `unclear`. The run file stores the messages
in the same form.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

from pydantic import (
    AliasChoices,
    Field,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
    field_validator,
    model_validator,
)

from evalkit.errors import SpecError
from evalkit.reading import thoughts
from evalkit.runfile import readings
from evalkit.runfile.plain_rows import MAX_VALUES, too_many_values
from evalkit.specs.toml import complaints, there_are
from evalkit.specs.variants import MAX_TEXT, MOST_NAMES
from evalkit.types import (
    LARGEST,
    RELATION,
    Attachment,
    Label,
    Reply,
    Role,
    Spec,
    Transcript,
    Trial,
    Turn,
    Usage,
)

MAX_LINE = 32_000_000
_Count = Annotated[int, Field(ge=0)]
_Name = Annotated[str, Field(max_length=100)]
_Labels = dict[str, dict[str, Annotated[float, Field(ge=-LARGEST, le=LARGEST)] | None]]
SAID: dict[float | None, Literal["true", "false", "unclear"]] = {1.0: "true", 0.0: "false", None: "unclear"}
"""The label of a relation in words."""


class _Usage(Spec):
    input_tokens: _Count = Field(validation_alias=AliasChoices("input_tokens", "prompt_tokens"))
    output_tokens: _Count = Field(validation_alias=AliasChoices("output_tokens", "completion_tokens"))
    total_tokens: _Count | None = None
    cached_tokens: _Count = 0
    reasoning_tokens: _Count = 0
    cache_write_tokens: _Count = 0

    def usage(self) -> Usage:
        return Usage(
            self.input_tokens, self.output_tokens, self.cached_tokens, self.reasoning_tokens, self.cache_write_tokens
        )


class _Attachment(Spec):
    name: str = Field(min_length=1, max_length=300)
    type: str = Field("", max_length=100)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    size: _Count = 0
    as_text: bool = False

    def attachment(self) -> Attachment:
        """Its text, where that was sent, stands in the message."""
        return Attachment(self.name, self.type, self.sha256, self.size, "" if self.as_text else None)


class _Message(Spec):
    role: Role
    content: str = Field(max_length=4_000_000)
    finish_reason: str | None = None
    reasoning: str | None = None
    usage: _Usage | None = None
    error: str | None = None
    served_by: str | None = None
    earlier: bool = False
    attachments: list[_Attachment] = Field(default_factory=list, max_length=100)

    def turn(self) -> Turn:
        if self.role != "assistant":
            along = tuple(a.attachment() for a in self.attachments)
            return Turn(self.role, self.content, None, self.earlier, along)
        usage = self.usage.usage() if self.usage else None
        finish = self.finish_reason or ("error" if self.error else "stop")
        inside, answer = thoughts.split(self.content)  # recorded elsewhere: reasoning may stand in the text
        reasoning = "\n\n".join(part for part in (self.reasoning, inside) if part) or None
        reply = Reply(answer, finish, reasoning, usage, self.error, self.served_by)
        return Turn("assistant", answer, reply, self.earlier)


class _Relation(Spec):
    turn: int = Field(ge=1)
    start: _Count
    end: int = Field(ge=1, le=4_000_000)
    label: Literal["true", "false", "unclear"]
    by: _Name = ""


class _Line(Spec):
    problem: str = Field(min_length=1, max_length=300)
    template: str = Field(min_length=1, max_length=300)
    model: str = Field(min_length=1, max_length=300)
    sample: int = Field(ge=0, le=10**9)
    messages: list[_Message] = Field(min_length=1, max_length=1000)
    labels: _Labels = Field(default_factory=dict)
    labellers: dict[_Name, _Labels] = Field(default_factory=dict, max_length=100)
    relations: list[_Relation] = Field(default_factory=list, max_length=10_000)
    readings: dict[str, dict[str, Any]] = Field(default_factory=dict)
    wordings: dict[str, Annotated[int, Field(ge=0, le=1000)]] = Field(default_factory=dict, max_length=100)
    variant: dict[str, StrictInt | StrictFloat | Annotated[StrictStr, Field(max_length=MAX_TEXT)]] = Field(
        default_factory=dict, max_length=MOST_NAMES
    )
    error: str | None = None

    @field_validator("messages")
    @classmethod
    def _answered(cls, value: list[_Message]) -> list[_Message]:
        if not any(m.role == "assistant" and not m.earlier for m in value):
            raise ValueError("there is no assistant message to judge")
        return value

    @model_validator(mode="after")
    def _labelled(self) -> _Line:
        turns = sum(m.role == "assistant" and not m.earlier for m in self.messages)
        of_labellers = [(f"labels of {name}", labels) for name, labels in self.labellers.items()]
        marked = {str(r.turn): r.label for r in self.relations}
        told: list[tuple[str, Mapping[str, object]]] = [("labels", self.labels), *of_labellers]
        told += [("relations", marked), ("readings", self.readings)]
        for what, named in told:
            if wrong := readings.wrong_turns(named, turns, what):
                raise ValueError(wrong)
        if odd := next((r for r in self.relations if r.start >= r.end), None):
            raise ValueError(f"a relation from {odd.start} to {odd.end}: it ends before it begins")
        return self

    def given(self) -> tuple[Label, ...]:
        """The labels of labellers and of relations."""
        named = [
            Label(int(turn), metric, value, who)
            for who, turns in self.labellers.items()
            for turn, metrics in turns.items()
            for metric, value in metrics.items()
        ]
        values = {word: value for value, word in SAID.items()}
        return (*named, *(Label(r.turn, RELATION, values[r.label], r.by, r.start, r.end) for r in self.relations))


COLUMNS = frozenset({*_Line.model_fields, "prompt", "reply"})
"""What a column of a table may be mapped to."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that does not fit: its number (from 1) and why."""

    number: int
    reason: str


def parse_line(text: str | bytes | Mapping[str, Any], where: str) -> Transcript:
    """One line (or an already parsed object) as a Transcript. Raises SpecError naming `where` and the key."""
    try:
        data = text if isinstance(text, Mapping) else json.loads(text)
    except UnicodeDecodeError:
        raise SpecError(f"{where}: not UTF-8 text") from None
    except RecursionError:
        raise SpecError(f"{where}: not valid JSON: nested too deeply") from None
    except json.JSONDecodeError as error:
        raise SpecError(f"{where}: not valid JSON: {error}") from None
    except ValueError:  # Python's own limit, on the digits of a whole number
        raise SpecError(f"{where}: not valid JSON: a number has too many digits") from None
    try:
        line = _Line.model_validate(data, strict=None)
    except ValidationError as error:
        raise SpecError(*complaints(_Line, error, where)) from None
    turns = tuple(m.turn() for m in line.messages)
    trial = Trial(line.problem, line.template, line.model, line.sample)
    failed = [t.reply.error for t in turns if t.reply and t.reply.error]
    why = line.error or (failed[0] if failed else None)
    given = Transcript(trial, turns, why, line.labels, wordings=line.wordings, variant=line.variant, given=line.given())
    texts = [reply.text for reply in given.replies]
    read_as = {t: readings.checked(r, texts[int(t) - 1], f"{where}: readings.{t}") for t, r in line.readings.items()}
    return replace(given, readings=read_as) if read_as else given


def read(path: Path, *, pipes: bool = True) -> Iterator[tuple[int, Transcript | BadLine]]:
    """Every line of a JSON Lines file with its number, in constant memory. A line that does not fit is a BadLine.

    pipes: `<(zcat chats.jsonl.gz)` is read too; into one that a stranger's experiment names nobody may ever write.
    """
    if path.is_dir():
        raise SpecError(f"{path}: is a folder; a JSON Lines file is needed here")
    if path.exists() and not (path.is_file() or (pipes and path.is_fifo())):
        raise SpecError(f"{path}: is no ordinary file")
    try:
        with path.open("rb") as file:
            for number, line in enumerate(_lines(file), 1):
                if not line.strip():
                    continue
                try:
                    if len(line) > MAX_LINE:
                        raise SpecError(f"longer than {MAX_LINE} bytes")
                    if len(line) > MAX_VALUES and too_many_values(line.decode("utf-8", "replace")):
                        raise SpecError(f"more than {MAX_VALUES} values")
                    yield number, parse_line(line, f"line {number}")
                except SpecError as error:
                    yield number, BadLine(number, "; ".join(error.problems))
    except OSError as error:
        near = there_are(path) if isinstance(error, FileNotFoundError) else ""
        raise SpecError(f"{path}: cannot be read: {error.strerror}{near}") from None


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Line by line; of one that is longer than MAX_LINE only the beginning."""
    while line := file.readline(MAX_LINE + 1):
        rest = line
        while len(rest) > MAX_LINE and not rest.endswith(b"\n"):
            rest = file.readline(MAX_LINE + 1)
        yield line


def to_json(transcript: Transcript) -> dict[str, Any]:
    """The exchange form of one transcript; `parse_line` reads it back unchanged."""
    trial = transcript.trial
    line: dict[str, Any] = {
        "problem": trial.problem,
        "template": trial.template,
        "model": trial.model,
        "sample": trial.sample,
        "messages": [message_to(turn) for turn in transcript.turns],
    }
    if transcript.labels:
        line["labels"] = {turn: dict(metrics) for turn, metrics in transcript.labels.items()}
    line |= {name: found for name, found in others_to(transcript).items() if found}
    if transcript.readings:
        line["readings"] = {turn: dict(reading) for turn, reading in transcript.readings.items()}
    if transcript.wordings:
        line["wordings"] = dict(transcript.wordings)
    if transcript.variant:
        line["variant"] = dict(transcript.variant)
    if transcript.error is not None:
        line["error"] = transcript.error
    return line


def others_to(transcript: Transcript) -> dict[str, Any]:
    """`labellers` and `relations`."""
    labellers: dict[str, dict[str, dict[str, float | None]]] = {}
    relations = []
    for label in transcript.given:
        if label.metric == RELATION:
            place = {"turn": label.turn, "start": label.start, "end": label.stop}
            relations.append(
                {**place, "label": SAID[label.value], **({"by": label.labeller} if label.labeller else {})}
            )
        else:
            labellers.setdefault(label.labeller, {}).setdefault(str(label.turn), {})[label.metric] = label.value
    return {"labellers": labellers, "relations": relations}


def message_to(turn: Turn) -> dict[str, Any]:
    """One turn in exchange form."""
    message: dict[str, Any] = {"role": turn.role, "content": turn.content}
    if turn.earlier:
        message["earlier"] = True
    if turn.attachments:
        message["attachments"] = [_attachment_to(a) for a in turn.attachments]
    return message | (reply_to(turn.reply) if turn.reply else {})


def _attachment_to(attachment: Attachment) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": attachment.name, "type": attachment.type, "sha256": attachment.sha256, "size": attachment.size,
    }  # fmt: skip
    return said | ({"as_text": True} if attachment.text is not None else {})


def _attachment_from(data: Mapping[str, Any]) -> Attachment:
    name, kind, sha256, size, as_text = (data.get(k) for k in ("name", "type", "sha256", "size", "as_text"))
    if not all(isinstance(value, str) for value in (name, kind, sha256)) or type(size) is not int:
        raise TypeError(f"no attachment: {str(data)[:60]}")
    return Attachment(str(name), str(kind), str(sha256), size, "" if as_text is True else None)


def reply_to(reply: Reply) -> dict[str, Any]:
    """What an assistant message carries beside its content."""
    usage = reply.usage and _usage_to(reply.usage)
    fields = {
        "finish_reason": reply.finish,
        "reasoning": reply.reasoning,
        "usage": usage,
        "error": reply.error,
        "served_by": reply.served_by,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _usage_to(usage: Usage) -> dict[str, int]:
    """Counts of zero beyond the two that everybody has are left out."""
    counts = {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens}
    if usage.cached_tokens:
        counts["cached_tokens"] = usage.cached_tokens
    if usage.reasoning_tokens:
        counts["reasoning_tokens"] = usage.reasoning_tokens
    if usage.cache_write_tokens:
        counts["cache_write_tokens"] = usage.cache_write_tokens
    return counts


def turn_from(data: Mapping[str, Any]) -> Turn:
    """A turn from the run file's own exchange form. Raises TypeError or KeyError where it is none: no time is spent
    on a whole validation, since evalkit wrote nearly every file that it reads.
    """
    role, content, usage = data["role"], data["content"], data.get("usage")
    if role not in ("system", "user", "assistant") or not isinstance(content, str):
        raise TypeError(f"no role or no text in {str(data)[:60]}")
    earlier = data.get("earlier", False)
    if not isinstance(earlier, bool):
        raise TypeError(f"`earlier` of {str(data)[:60]} is neither true nor false")
    if role != "assistant":
        return Turn(role, content, None, earlier, tuple(map(_attachment_from, data.get("attachments", ()))))
    finish, reasoning = data.get("finish_reason"), data.get("reasoning")
    error, served_by = data.get("error"), data.get("served_by")
    for value in (finish, reasoning, error, served_by):
        if value is not None and not isinstance(value, str):
            raise TypeError(f"an entry of {str(data)[:60]} is no text")
    for count in usage.values() if usage is not None else ():
        if type(count) is not int:
            raise TypeError(f"usage of {str(usage)[:60]} is no count")
    counted = Usage(**usage) if usage else None
    return Turn("assistant", content, Reply(content, finish or "stop", reasoning, counted, error, served_by), earlier)
