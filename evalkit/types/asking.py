"""Asking a model: what is sent, whom, and what came back."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Role = Literal["system", "user", "assistant"]


class Spec(BaseModel):
    """Base of everything that users write in TOML: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True)
class Attachment:
    """A file that goes along with a turn."""

    name: str
    type: str
    """`application/pdf`, `image/png`, ..."""
    sha256: str
    size: int
    text: str | None = None
    """What stands for it in the turn's own content; None: the file itself is sent."""
    content: bytes = field(default=b"", repr=False, compare=False)

    @cached_property
    def encoded(self) -> bytes:
        """A data URL, made once however often it is sent."""
        return b"data:%s;base64,%s" % (self.type.encode(), base64.b64encode(self.content))

    @property
    def label(self) -> str:
        """For readers: `[attachment: hw8.pdf, 1.2 MB]`."""
        kilo = self.size / 1000
        size = f"{kilo / 1000:.1f} MB" if kilo >= 1000 else f"{kilo:.1f} kB"
        return f"[attachment: {self.name}, {size}{', as text' if self.text is not None else ''}]"


@dataclass(frozen=True, slots=True)
class Message:
    """One turn as it is sent to a model."""

    role: Role
    content: str
    earlier: bool = False
    """It belongs to a question before the one that is scored. The model is not told."""
    attachments: tuple[Attachment, ...] = ()

    @property
    def files(self) -> tuple[Attachment, ...]:
        """The attachments that are sent beside the content, not in it."""
        return tuple(a for a in self.attachments if a.text is None)

    def as_json(self) -> list[Any]:
        """What is said, and of files what tells them apart."""
        files = [[a.name, a.type, a.sha256] for a in self.files]
        return [self.role, self.content, files] if files else [self.role, self.content]


def shown(content: str, attachments: Sequence[Attachment]) -> str:
    """What a turn says, for readers: its attachments by name and size before it."""
    return "\n".join([*(a.label for a in attachments), content])


def canonical(value: object) -> str:
    """JSON that is the same in every process and on every machine."""
    return _CANONICAL(value)


_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode
"""`json.dumps` makes such an encoder for every call, which takes longer than a short text."""


def digest(value: object) -> str:
    """SHA-256 (hex) of the canonical JSON of `value`."""
    return hashlib.sha256(canonical(value).encode("ascii")).hexdigest()


@dataclass(frozen=True)
class Request:
    """What is sent once. Two requests with the same key are the same question and share one stored reply.

    The address is no part of it: a server that moved is the same model. Two servers of one model differ by `name`.
    """

    model: str
    """`provider:model`, e.g. `openai:qwen3-max`."""
    name: str
    """The label of the model; the empty string for the part after the colon."""
    messages: tuple[Message, ...]
    parameters: Mapping[str, Any]
    sample: int
    about: str = field(default="", compare=False)
    """The problem that it belongs to: of several servers, one that has read the same text before is preferred. No part
    of the key."""
    template: str = field(default="", compare=False)
    """The template that it belongs to, for the log; the first one where several ask the same. No part of the key."""

    @property
    def label(self) -> str:
        return self.name or self.model.partition(":")[2]

    @property
    def turn(self) -> int:
        """Which reply of its conversation it asks for, from 1."""
        return 1 + sum(message.role == "assistant" for message in self.messages)

    @cached_property
    def text(self) -> str:
        """Canonical JSON of everything that could change the reply."""
        return canonical(self.as_json())

    @cached_property
    def key(self) -> str:
        """SHA-256 of `text`."""
        return hashlib.sha256(self.text.encode("ascii")).hexdigest()

    def as_json(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "name": self.label,
            "messages": [m.as_json() for m in self.messages],
            "parameters": dict(self.parameters),
            "sample": self.sample,
        }


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the server counted them."""

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    """Of the input: read from a cache, which is cheaper."""
    reasoning_tokens: int = 0
    """Of the output: thought, not said."""
    cache_write_tokens: int = 0
    """Of the input: put into a cache, which some charge for."""


COMPLETE = ("stop", "unknown", "", "eos", "end_turn", "stop_sequence", "complete", "completed")
"""How a complete reply may end; `unknown` = the server did not say. Everything else broke off."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for one request. A reply with an error is data too."""

    text: str
    finish: str = "stop"
    """`stop` = complete. Else `length`, `content_filter`, `refusal`, `error`, or what the server said."""
    reasoning: str | None = None
    usage: Usage | None = None
    error: str | None = None
    served_by: str | None = None
    """The model name that the server reported, where it did."""

    @property
    def unjudged(self) -> str | None:
        """Why this reply cannot be judged, or None for a complete reply."""
        if self.error is not None:
            return f"failed: {self.error}"
        if self.finish == "length":
            return "cut off"
        if self.finish in ("refusal", "content_filter"):
            return "refused"
        if not self.text.strip():
            return "empty"
        if self.finish.lower() not in COMPLETE:
            return f"cut off: the server ended it with {self.finish[:40]!r}"
        return None


Ask = Callable[[Request], Awaitable[Reply]]
"""The one way to ask a model. Cache, limits and retries wrap it."""


class Prices(Spec):
    """Money per million tokens, in any one currency."""

    input: float = Field(0.0, ge=0)
    output: float = Field(0.0, ge=0)
    cached_input: float | None = Field(None, ge=0, description="input read from a cache; default: as input")
    cache_write: float | None = Field(None, ge=0, description="input put into a cache; default: as input")
    batch: float = Field(0.5, ge=0, le=1, description="what a request in a batch costs, as a share of these")


class Limits(Spec):
    """How hard one endpoint may be driven; of several servers, each."""

    shared: bool = Field(False, description="with base_urls: these limits hold for all servers together")
    in_flight: int = Field(64, ge=1, le=4096, description="requests under way at once")
    requests_per_minute: float | None = Field(None, gt=0)
    tokens_per_minute: float | None = Field(None, gt=0)
    timeout: float | None = Field(
        600.0, gt=0, description="seconds for one whole request; a local model takes its time unless this is given"
    )
    connect_timeout: float = Field(15.0, gt=0, description="seconds to connect")
    first_byte_timeout: float | None = Field(None, gt=0, description="seconds until the server begins to answer")
    attempts: int = Field(6, ge=1, le=20, description="tries for one request, the first included")
    gpus: float | None = Field(
        None, ge=0, description="with --ray: GPUs of each copy of the model; default: 1 where the cluster has any"
    )
    cpus: float | None = Field(
        None, ge=0, description="with --ray: CPUs of each copy; default: `threads` of the model, none beside a GPU"
    )
    copies: int | None = Field(None, ge=1, description="with --ray: at most so many copies; default: as many as fit")


class ModelSpec(Spec):
    """One model of an experiment."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*:.+$", description="provider:model, e.g. openai:qwen3-max")
    name: str | None = Field(None, min_length=1, description="label in tables; default: the part after the colon")
    base_url: str | None = Field(None, description="any OpenAI-compatible endpoint")
    base_urls: list[str] | None = Field(None, description="in its place: several servers of the same model")
    api_key_env: str | None = Field(None, description="name of the environment variable that holds the key")
    parameters: dict[str, Any] = Field(default_factory=dict, description="temperature, max_tokens, ...")
    attachments: Literal["parts", "text"] | None = Field(
        None, description="how it is given attachments: files and images, or the text of files; default: the provider's"
    )
    prices: Prices | None = Field(None, description="default: those of a kept list, where it knows the model")
    limits: Limits = Limits()

    @field_validator("prices", mode="after")
    @classmethod
    def _whole_prices(cls, prices: Prices | None) -> Prices | None:
        """What nobody gave would be free."""
        if prices is not None and (missing := [n for n in ("input", "output") if n not in prices.model_fields_set]):
            raise ValueError(
                f"{' and '.join(missing)}: not given, and would be free: give both, in money per million tokens, such "
                "as input = 0.15, output = 0.6 (0 for what is free)"
            )
        return prices

    @model_validator(mode="after")
    def _one_way_to_say_where(self) -> Self:
        if self.base_urls is None:
            return self
        if self.base_url is not None:
            raise ValueError("base_url and base_urls: give one of them")
        if not self.base_urls:
            raise ValueError("base_urls: is empty; list the address of every server, or leave it out")
        plain = [url.partition("://")[2].rstrip("/").lower() or url for url in self.base_urls]
        for url, name in zip(self.base_urls, plain, strict=True):
            if plain.count(name) > 1:
                raise ValueError(f"base_urls: names {url!r} twice; each server once")
        return self

    @property
    def servers(self) -> tuple[Self, ...]:
        """The same model at each of its addresses: itself where it has one."""
        if self.base_urls is None:
            return (self,)
        return tuple(self.model_copy(update={"base_url": url, "base_urls": None}) for url in self.base_urls)

    @property
    def address(self) -> str:
        """Where it is asked, several separated by a space; the empty string for the provider's own address."""
        return " ".join(self.base_urls) if self.base_urls is not None else self.base_url or ""

    @property
    def label(self) -> str:
        return self.name or self.id.split(":", 1)[1]

    @property
    def provider(self) -> str:
        return self.id.split(":", 1)[0]

    @property
    def model(self) -> str:
        return self.id.split(":", 1)[1]


class JudgeSpec(ModelSpec):
    """The model that judges what rules cannot."""

    office: ClassVar[str] = "judge"
    """What it is called in the experiment, in the run file and as a label."""
    votes: int = Field(1, ge=1, le=25, description="how often it is asked of one reply; an odd number settles ties")

    @property
    def label(self) -> str:
        return self.name or f"{self.office} {self.model}"


class ReaderSpec(JudgeSpec):
    """The model that proposes how the mathematics of a reply is to be read, and judges nothing of it."""

    office: ClassVar[str] = "reader"
    votes: int = Field(1, ge=1, le=1, description="a reader is asked once of each reply")


class Provider(Protocol):
    """A connected model. A provider file defines `async def connect(spec: ModelSpec) -> Provider`.

    `ask` raises ProviderError (see its `fault`); whatever else it raises is recorded as a failure of that request.
    It may define `check(spec)`, which raises SpecError before anything is stored for what `connect` would refuse, and
    `destination(spec)`, the (address, environment variable) where a key is sent, or None.
    Where the file says `PATIENT = True`, the default timeout of a request does not apply; where it says
    `PROBED = False`, the conformance probe is left out; where it says `STRUCTURED = True`, a judge's `response_format`
    is sent. A list `notes` of the connected model is printed after the run: what was sent otherwise than the experiment
    says. A dictionary `instead` of it (refused parameter -> the one that is sent in its place, or None) is kept in the
    run file and given back to the next run at the same address.
    ATTACHMENTS = "parts" of the file says that it sends `Message.files`, "text" that it takes the text of files only
    (with IMAGES = True also images, where a model's `attachments = "parts"` asks for it); without it, problems with
    attachments are refused.
    `def batches(spec)` in the file, where it is, gives what wire/batches.py has; `ask` then has two companions:
    `written`, a request as bytes, and `read`, an answer as a Reply.
    `def on_nodes(spec, gpus: bool) -> (CPUs, GPUs)` in the file, where it is, says what one copy takes of a Ray cluster
    (gpus: whether it has any): with --ray, `connect` is then called on its nodes.
    `async def offered(spec) -> list[str]` in the file, where it is, lists the models of the endpoint for `doctor`.
    Where a model has several servers, `connect` is called for each, with its own base_url; `async def described() ->
    dict[str, str]` of the connected model, where it is, says what they are compared by.
    """

    async def ask(self, request: Request) -> Reply: ...

    async def close(self) -> None: ...
