"""What lies in a run file: transcripts, outlines and scores as they are read back, replies and evidence as text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit.runfile.transcripts import message_to, turn_from
from evalkit.types import LARGEST, Attachment, Message, Reply, Request, Score, Span, Transcript, Trial, Turn, digest


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
    return _SORTED({"spans": spans, "details": details_to(score)})


_SORTED = json.JSONEncoder(sort_keys=True).encode
"""Made once: `json.dumps` makes one for every text."""


def details_to(score: Score) -> dict[str, Any]:
    """As stored and exported: the answer given stands among the details."""
    return dict(score.details) | ({"given": score.given} if score.given is not None else {})


def score_from(metric: str, value: float | None, reason: str, evidence: str) -> Score:
    """What `evidence_to` was made of."""
    found = json.loads(evidence)
    given = found["details"].pop("given", None)
    spans = tuple(Span(whole(start), whole(end), word(kind), word(note)) for start, end, kind, note in found["spans"])
    return Score(
        word(metric), number_from(value), word(reason), spans, found["details"], None if given is None else str(given)
    )


MAX_ANSWERS = 1000
"""Assistant turns of one conversation, as an import allows."""


MOST = 10**12
"""No whole number that evalkit writes is larger."""


def whole(value: object) -> int:
    if type(value) is not int or abs(value) > MOST:
        raise TypeError(f"{value!r:.60} in place of a whole number")
    return value


def word(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.60} in place of a text")
    return value


def fits(value: object) -> bool:
    """Whether it can be the value of a score: not infinite or nearly so, or None."""
    return value is None or (isinstance(value, int | float) and abs(value) <= LARGEST)


def number_from(value: Any) -> float | None:
    if not fits(value):
        raise TypeError(f"{value!r:.60} in place of a number")
    return value  # type: ignore[no-any-return]


def trial_from(row: Sequence[Any]) -> Trial:
    problem, template, model, sample = row
    if type(problem) is type(template) is type(model) is str and type(sample) is int and abs(sample) <= MOST:
        return Trial(problem, template, model, sample)  # a run file may hold a hundred thousand
    return Trial(word(problem), word(template), word(model), whole(sample))


def outline_from(row: Sequence[Any]) -> Outline:
    scored, answers, opening, prompts, error = row
    if scored is error is None and type(answers) is int and 0 <= answers <= MAX_ANSWERS and type(opening) is str:
        return Outline(None, answers, opening, word(prompts), None)  # nearly every one
    if whole(answers) > MAX_ANSWERS or (scored is not None and not 1 <= whole(scored) <= MAX_ANSWERS):
        raise ValueError(f"assistant turn {scored!r} of {answers!r}; a conversation has at most {MAX_ANSWERS}")
    return Outline(
        None if scored is None else whole(scored), whole(answers), word(opening), word(prompts),
        None if error is None else word(error),
    )  # fmt: skip


def reply_to(reply: Reply) -> str:
    return json.dumps(message_to(Turn("assistant", reply.text, reply)))


def reply_from(text: str) -> Reply:
    turn = turn_from(json.loads(text))
    return turn.reply or Reply(turn.content)


LONG, LONG_TEXT = b"+", 200
"""Stands behind the hash of a reply of so many characters: such a one is not said again, word for word, by chance."""


def request_from(data: Any) -> Request:
    """What `Request.as_json` was made of."""
    messages = tuple(
        Message(word(role), word(content), attachments=tuple(_file(f) for f in files[0]) if files else ())  # type: ignore[arg-type]
        for role, content, *files in data["messages"]
    )
    return Request(data["model"], data["name"], messages, data["parameters"], data["sample"])


def _file(given: Any) -> Attachment:
    """An attachment as a request names it: what it holds lies in a table of its own."""
    name, kind, sha256 = given
    return Attachment(word(name), word(kind), word(sha256), 0)


def spoken_hashes(turns: Iterable[Mapping[str, Any]]) -> list[bytes]:
    """For each own answer of a stored conversation, a hash of all that was said up to it, by both sides."""
    running, found = hashlib.sha256(), []
    for turn in turns:
        role, content = turn["role"], turn["content"]
        # with its length, so that no two conversations run together to the same bytes
        running.update(f"{role} {len(content)} {content}".encode("utf-8", "surrogatepass"))
        if role == "assistant" and not turn.get("earlier"):
            found.append(running.digest() + (LONG if len(content) >= LONG_TEXT else b""))
    return found


def is_long(said: bytes) -> bool:
    """Whether a hash of `spoken_hashes` is of a long reply."""
    return len(said) > hashlib.sha256().digest_size


def chat_hash(turns: Sequence[Mapping[str, Any]]) -> str | None:
    """Of what was said first in a conversation that began with an earlier question; None for any other."""
    first = next((turn for turn in turns if turn["role"] == "user"), None)
    return digest(str(first["content"])) if first is not None and first.get("earlier") else None


def turns_hash(turns: Iterable[Turn]) -> str:
    """Of everything that was said, and how: what a stored conversation is known by."""
    return digest(json.dumps([message_to(t) for t in turns]))


def prompt_hashes(transcript: Transcript) -> tuple[str, str]:
    said = [[t.role, t.content if t.role != "assistant" else ""] for t in transcript.turns]
    own = (i for i, t in enumerate(transcript.turns) if t.role == "assistant" and not t.earlier)
    first = next(own, len(said))
    return digest(said[:first]), digest(said)
