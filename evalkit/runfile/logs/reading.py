"""A log of another tool as conversations of problems: recognised, read, matched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from evalkit.errors import SpecError
from evalkit.runfile import transcripts
from evalkit.runfile.logs import chatgpt, inspect_logs, lm_eval, openwebui, promptfoo, scoretable
from evalkit.runfile.logs.finding import Finder
from evalkit.runfile.logs.form import NOTHING_SAID, Json, Log, Recorded, Unread
from evalkit.runfile.logs.pseudonyms import Pseudonyms
from evalkit.runfile.transcripts import BadLine
from evalkit.types import Transcript

FORMATS: tuple[ModuleType, ...] = (chatgpt, openwebui, inspect_logs, promptfoo, lm_eval, scoretable)
Scores = Mapping[str, tuple[float | None, str]]


@dataclass(frozen=True)
class Choices:
    """What the log itself does not say, or says otherwise."""

    arm: str | None = None
    model: str | None = None
    unmatched: bool = False
    """Keep conversations of questions that are no problem, under what the log calls them."""
    pseudonyms: Pseudonyms | None = None


@dataclass
class Read:
    """What was read of a log."""

    name: str
    parts: int = 0
    """Chats, samples or rows."""
    notes: Counter[str] = field(default_factory=Counter)
    """What is not taken over, and how often."""
    with_reply: int = 0
    """Conversations whose last reply is recorded, so that it can be judged here."""


def recognised(path: Path) -> ModuleType | None:
    """The format of a log by its content; None for a file that is of no other tool (such as the exchange format)."""
    log = Log(path)
    if log.head.startswith(b"\x1f\x8b"):
        raise SpecError(f"{path}: is compressed; unpack it first, so that you see how large it is")
    return next((form for form in FORMATS if form.is_mine(log)), None)


def conversations(
    path: Path, form: ModuleType, finder: Finder, choices: Choices, read: Read
) -> Iterator[tuple[int, Transcript | BadLine, Scores]]:
    """Every conversation that is of a problem, with the scores that the log gives it; what cannot be used is a BadLine
    with its place. Raises SpecError for a log that cannot be read at all."""
    seen: Counter[tuple[str, ...]] = Counter()
    chats: list[tuple[float, int, str, Sequence[Json], Recorded]] = []
    for count, part in enumerate(form.read(Log(path)), 1):
        read.parts += 1
        if isinstance(part, Unread):
            yield count, BadLine(count, f"{part.place}: {part.reason}"), {}
            continue
        read.notes.update(part.notes)
        recorded = part if choices.pseudonyms is None else _renamed(part, choices.pseudonyms)
        pieces = list(_pieces(recorded, finder, choices))
        if not pieces:
            yield count, BadLine(count, f"{part.place}: {_why(recorded)}"), {}
        for problem, messages in pieces:
            read.with_reply += messages[-1].get("finish_reason") != NOTHING_SAID
            if recorded.chat:
                chats.append((recorded.when, count, problem, messages, recorded))
            else:
                yield count, _transcript(problem, messages, recorded, choices, seen), recorded.scores
    for _, count, problem, messages, recorded in sorted(chats, key=lambda chat: chat[:2]):
        yield count, _transcript(problem, messages, recorded, choices, seen), {}


def _renamed(part: Recorded, names: Pseudonyms) -> Recorded:
    scores = {metric: (value, names.of(why)) for metric, (value, why) in part.scores.items()}
    return replace(
        part, messages=names.within(list(part.messages)), texts=[names.of(t) for t in part.texts], scores=scores,
        ids=[names.of(i) for i in part.ids], arm=names.of(part.arm),
    )  # fmt: skip


def _pieces(part: Recorded, finder: Finder, choices: Choices) -> Iterator[tuple[str, Sequence[Json]]]:
    """(problem, messages): one for each question that was asked, with what was said before marked as earlier."""
    if not part.chat:
        found = finder.by_name(part.ids) or next(filter(None, map(finder.by_text, part.texts)), None)
        found = found or (next((name for name in part.ids if name), None) if choices.unmatched else None)
        if found is not None:
            yield found, part.messages
        return
    asked = [
        (place, problem)
        for place, message in enumerate(part.messages)
        if message["role"] == "user" and (problem := finder.by_text(str(message["content"]))) is not None
    ]
    # The same question again is the same conversation going on.
    begun = [a for n, a in enumerate(asked) if a[1] not in [problem for _, problem in asked[:n]]]
    ends = [place for place, _ in begun[1:]] + [len(part.messages)]
    for (place, problem), end in zip(begun, ends, strict=False):  # where nothing begins, there is one end too many
        before = [m if m["role"] == "system" else {**_spoken(m), "earlier": True} for m in part.messages[:place]]
        yield problem, [*before, *part.messages[place:end]]


def _spoken(message: Json) -> Json:
    return {key: value for key, value in message.items() if key in ("role", "content", "reasoning")}


def _why(part: Recorded) -> str:
    said = next((t for t in part.texts if t), "") or next(
        (str(m["content"]) for m in part.messages if m["role"] == "user"), ""
    )
    named = f"{part.ids[0]!r}: " if part.ids and part.ids[0] else ""
    return f"{named}no problem has this id or question: {' '.join(said.split())[:80]!r}"


def _transcript(
    problem: str, messages: Sequence[Json], part: Recorded, choices: Choices, seen: Counter[tuple[str, ...]]
) -> Transcript | BadLine:
    arm = choices.arm or part.arm or "chat"
    model = choices.model or part.model or "model"
    sample = part.sample
    if sample is None:  # counted in each cell, in the order of the log
        sample = seen[problem, arm, model]
        seen[problem, arm, model] += 1
    line: dict[str, Any] = {
        "problem": problem, "template": arm[:300], "model": model[:300], "sample": sample, "messages": list(messages),
    }  # fmt: skip
    try:
        return transcripts.parse_line(line, part.place)
    except SpecError as error:
        return BadLine(0, "; ".join(error.problems))
