"""Answers from a file of recorded transcripts: `replay:FILE`, or `replay:FILE#MODEL` where it holds several models.

A request is looked up by (messages so far, sample). What the file does not hold is a recorded failure of that trial, never
invented. Parameters play no part: the replies are what they are.
"""  # noqa: E501

from __future__ import annotations

from pathlib import Path

from evalkit.errors import ProviderError, SpecError
from evalkit.runfile.transcripts import BadLine, read
from evalkit.specs.toml import there_are
from evalkit.types import Message, ModelSpec, Provider, Reply, Request, digest

ATTACHMENTS = "parts"
PROBED = False
"""Recorded replies answer no new questions."""

DIFFER = (
    "answer the same conversation and sample differently; a reply is found by its sample and the messages before it, "
    "word for word what the arm sends (evalkit show PROBLEM --prompt ARM)"
)


class Replay:
    """The recorded replies of one model by (messages, sample)."""

    def __init__(self, replies: dict[str, Reply], origin: str) -> None:
        self._replies, self._origin = replies, origin

    async def ask(self, request: Request) -> Reply:
        reply = self._replies.get(_key(request.messages, request.sample))
        if reply is None:
            raise ProviderError(f"{self._origin} holds no reply to this conversation and sample", "data")
        if reply.error is not None:
            raise ProviderError(reply.error, "data")
        return reply

    async def close(self) -> None:
        """Nothing is open."""


def check(spec: ModelSpec) -> None:
    """Raises SpecError where there is no such file. What is in it is read when the model is connected."""
    path = Path(spec.model.partition("#")[0])
    if not path.exists():
        raise SpecError(f"{path}: no such file of recorded replies{there_are(path)}")


async def connect(spec: ModelSpec) -> Provider:
    """Read the file. Raises SpecError for a bad line, several models without `#MODEL`, or contradicting lines."""
    name, _, model = spec.model.partition("#")
    replies: dict[str, Reply] = {}
    first_seen: dict[str, int] = {}
    models: set[str] = set()
    faults: list[str] = []
    for number, line in read(Path(name), pipes=False):
        if isinstance(line, BadLine):
            faults.append(f"{name}: {line.reason}")
            continue
        models.add(line.trial.model)
        if model and line.trial.model != model:
            continue
        messages: list[Message] = []
        for turn in line.turns:
            if turn.role == "assistant" and turn.reply is not None:
                key = _key(tuple(messages), line.trial.sample)
                if replies.setdefault(key, turn.reply) != turn.reply:
                    at = f"lines {first_seen[key]} and {number}"
                    faults.append(f"{name}: {at} {DIFFER}")
                first_seen.setdefault(key, number)
            messages.append(Message(turn.role, turn.content, attachments=turn.attachments))
    if not models and not faults:
        faults.append(f"{name}: holds no conversation")
    if model and models and model not in models:
        faults.append(f"{name}: holds no model {model!r}; it holds {', '.join(sorted(models))}")
    if not model and len(models) > 1:
        faults.append(f"{name}: holds several models ({', '.join(sorted(models))}); choose one: replay:{name}#MODEL")
    if faults:
        raise SpecError(*faults[:20])
    return Replay(replies, name)


def _key(messages: tuple[Message, ...], sample: int) -> str:
    said = [
        [m.role, m.content, sorted(f.sha256 for f in m.files)] if m.files else [m.role, m.content] for m in messages
    ]
    return digest([said, sample])
