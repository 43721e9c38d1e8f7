"""What lies in a run file: transcripts, outlines and scores as they are read back, replies and evidence as text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from evalkit.errors import StoreError
from evalkit.runfile.transcripts import message_to, turn_from
from evalkit.types import Message, Reply, Request, Score, Span, Transcript, Trial, Turn, digest


@dataclass(frozen=True, slots=True)
class Stored:
    """A transcript as it lies in the run file."""

    id: int
    transcript: Transcript
    scored_turn: int | None
    """Assistant turn (from 1) that stands for the trial, None for the last one."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What a comparison needs to know of a transcript, without its text."""

    scored_turn: int | None
    answers: int
    """Number of assistant turns."""
    opening: str
    """Hash of what was said before the first answer: arms with the same one share that answer."""
    prompts: str
    """Hash of everything that was said to the model."""
    error: str | None


@dataclass(frozen=True, slots=True)
class StoredScore:
    """One score with the trial and assistant turn (from 1) that it belongs to."""

    trial: Trial
    turn: int
    scorer: str
    version: str
    score: Score


def clean(text: str) -> str:
    """Half of a surrogate pair cannot be stored as text."""
    return text.encode("utf-8", "replace").decode("utf-8")


def evidence_to(score: Score) -> str:
    spans = [[s.start, s.end, s.kind, s.note] for s in score.spans]
    return json.dumps({"spans": spans, "details": details_to(score)}, sort_keys=True)


def details_to(score: Score) -> dict[str, Any]:
    """As stored and exported: the answer given stands among the details."""
    return dict(score.details) | ({"given": score.given} if score.given is not None else {})


def score_from(metric: str, value: float | None, reason: str, evidence: str) -> Score:
    """What `evidence_to` was made of."""
    found = decoded(evidence)
    given = found["details"].pop("given", None)
    spans = tuple(Span(*span) for span in found["spans"])
    return Score(metric, value, reason, spans, found["details"], None if given is None else str(given))


def reply_to(reply: Reply) -> str:
    return json.dumps(message_to(Turn("assistant", reply.text, reply)))


def decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise StoreError("the run file is damaged: what is stored of a trial cannot be read") from None


def reply_from(text: str) -> Reply:
    turn = turn_from(decoded(text))
    return turn.reply or Reply(turn.content)


LONG, LONG_TEXT = "+", 200
"""Ends the hash of a reply of so many characters: such a one is not said again, word for word, by chance."""


def request_from(data: Any) -> Request:
    """What `Request.as_json` was made of."""
    messages = tuple(Message(role, content) for role, content in data["messages"])
    return Request(data["model"], data["name"], messages, data["parameters"], data["sample"])


def spoken_hashes(turns: Iterable[Mapping[str, Any]]) -> list[str]:
    """For each assistant turn of a stored conversation, a hash of all that was said up to it, by both sides."""
    running, found = hashlib.sha256(), []
    for turn in turns:
        running.update(json.dumps([turn["role"], turn["content"]]).encode())
        if turn["role"] == "assistant":
            found.append(running.hexdigest() + (LONG if len(turn["content"]) >= LONG_TEXT else ""))
    return found


def prompt_hashes(transcript: Transcript) -> tuple[str, str]:
    said = [[t.role, t.content if t.role != "assistant" else ""] for t in transcript.turns]
    first = next((i for i, (role, _) in enumerate(said) if role == "assistant"), len(said))
    return digest(said[:first]), digest(said)
