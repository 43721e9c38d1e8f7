"""The nouns of evalkit. Whoever has read this page can guess every other module.

A *problem* (specs.problems) is sent through a *prompt template* (specs.templates) to a model: that is a *trial*, one
for each sample. A conversation sends *requests* and receives *replies*; the whole of it is a *transcript*. A *scorer*
judges each assistant turn of a transcript and gives *scores*: named metrics with a value, a reason and the *spans* that
show it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from evalkit.errors import SpecError

Role = Literal["system", "user", "assistant"]


class Spec(BaseModel):
    """Base of everything that users write in TOML: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


# ---------------------------------------------------------------- asking a model


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

    @property
    def label(self) -> str:
        return self.name or self.model.partition(":")[2]

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


# ---------------------------------------------------------------- transcripts


Value = int | float | str
Values = Mapping[str, Value]
"""What was drawn for a trial of a problem that has variants, by name."""


@dataclass(frozen=True, slots=True, order=True)
class Trial:
    """problem x template x model x sample."""

    problem: str
    template: str
    model: str
    sample: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a transcript; an assistant turn carries the whole reply."""

    role: Role
    content: str
    reply: Reply | None = None
    earlier: bool = False
    """It belongs to a question before the one that is scored: no scorer judges it, and no turn number counts it."""
    attachments: tuple[Attachment, ...] = ()


RELATION = "relation"
"""The metric of a label of one relation: 1 = true, 0 = false, None = cannot tell, or nothing that the reply claims."""


@dataclass(frozen=True, slots=True, order=True)
class Label:
    """What a person says of an assistant turn (from 1), or of the relation `text[start:stop]` in it. value None =
    looked at, and could not be judged."""

    turn: int
    metric: str
    value: float | None
    labeller: str = ""
    """Who; empty: nobody by name, as in labels from elsewhere. Such a label stands where labellers differ."""
    start: int = 0
    stop: int = 0


@dataclass(frozen=True, slots=True)
class Transcript:
    """The conversation of one trial, as it was held."""

    trial: Trial
    turns: tuple[Turn, ...]
    error: str | None = None
    """Why the conversation ended before its template did, where it did."""
    labels: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    """Human labels without a name: assistant turn -> metric name -> value."""
    readings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What somebody says the letters of a reply mean: assistant turn -> reading, as `evalkit read` prints it."""
    wordings: Mapping[str, int] = field(default_factory=dict)
    """Which wording (from 0) was drawn of each text that has several: `ban`, `hints.method`, `wording`."""
    variant: Values = field(default_factory=dict)
    """What was drawn of a problem that has variants: `{"n": 3}`."""
    given: tuple[Label, ...] = ()
    """Labels of labellers by name, and of single relations."""

    @property
    def replies(self) -> tuple[Reply, ...]:
        """The answers to the trial's own question, in order: what turn numbers count from 1."""
        return tuple(t.reply or Reply(t.content) for t in self.turns if t.role == "assistant" and not t.earlier)


# ---------------------------------------------------------------- scoring


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the judged reply, `text[start:end]` in code points, and what it shows."""

    start: int
    end: int
    kind: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """How the report marks stretches of a reply, and what the mark means. Two kinds of spans may share one."""

    name: str
    """Letters and dashes. The style sheet may draw `.k-<name>`; others look like evidence of no special kind."""
    label: str
    about: str
    place: int = 100
    """In the legend, the smallest first."""
    quiet: bool = False
    """Off until the reader asks for it."""


ANSWER = Mark("answer", "answer", "the answer that was judged", 10)
BARRED = Mark("bad", "unsupported", "a number without support, or a statement that is barred", 120)


@dataclass(frozen=True, slots=True)
class Listed:
    """Spans of one kind that get a line beside the reply: what they cover, and their note."""

    quoted: bool = True
    before: str = ""
    """Words before the note."""
    details: str = ""
    """Key of the score's details that holds, for each of these spans, {source, verdict, reason, counterexample: [world,
    place, left, right]}: shown as a formula and why it does not hold, in place of the quotation and the note."""


@dataclass(frozen=True, slots=True)
class Tags:
    """What the report's filters call a conversation, by the value of a metric in the judged turn.

    `names[value]`, the last for all above it; "" = no tag. Several metrics with the same tags: the worst value counts.
    Where every value has a name, arms with different ones differ.
    """

    names: tuple[str, ...]
    place: int = 100
    """Among the filters, the smallest first."""


@dataclass(frozen=True, slots=True)
class Metric:
    """What a score's value may be, and all that tables and the report need to know of it.

    `full` is the value that a gold reply must reach, None where there is none.
    """

    about: str
    low: float = 0.0
    high: float = 1.0
    full: float | None = 1.0
    better: Literal["higher", "lower", "neither"] = "higher"
    staff: float | None = None
    """The value that the staff's own solution must reach in `evalkit check`."""
    role: Literal["", "answer", "use level", "violation"] = ""
    """What flips and steering measures take it for: 1 = right answer; level 0 to 3 of the staff's approach; 1 = a ban
    is broken. Of the last two only the first metric by name is used."""
    headline: int = 0
    """Its place on the first screen, the smallest first; 0 = not there."""
    judged: bool = False
    """Said by a model: tables call it uncalibrated where no human labels say how far that is right in each arm."""
    unsettled: bool = False
    """Above 0 it says that something of the reply was left undecided: such replies are worth a label."""
    tags: Tags | None = None
    listed: Mapping[str, Listed] = field(default_factory=dict)
    """By kind of span."""

    def __post_init__(self) -> None:
        if self.better not in ("higher", "lower", "neither"):
            raise SpecError(f"metric {self.about!r}: better={self.better!r}: allowed are higher, lower and neither")
        if not self.low < self.high:
            raise SpecError(f"metric {self.about!r}: its range goes from {self.low} to {self.high}")


def answer_metric(about: str) -> Metric:
    """The metric of a scorer that says whether the answer is right: 1 = right."""
    return Metric(about, role="answer", headline=10, tags=Tags(("wrong", "right"), 0))


LARGEST = 1e100
"""No value of a score lies beyond it, on either side: the squares of larger ones have no number."""


@dataclass(frozen=True, slots=True)
class Score:
    """One metric of one assistant turn. value None = could not be judged, for the reason given; never 0."""

    metric: str
    value: float | None
    reason: str
    spans: tuple[Span, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    given: str | None = None
    """Which answer was given: `staff`, the note of an accepted one, or what the reply says."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a scorer may know of the problem: never the arm, never its prompt."""

    problem: str
    statement: str
    passage: str | None = None
    staff_solution: str = ""
    staff_approach: str | None = None
    approaches: tuple[str, ...] = ()
    """Ids of all declared approaches."""
    milestones: tuple[str, ...] = ()
    """Ids of the milestones that the staff's approach passes, in order."""
    tracks: tuple[str, ...] = ()
    """Ids of the approaches that have milestones of their own."""


class Analysis(Protocol):
    """What was found in the mathematics of one reply: `evalkit.derivation.Analysis` says what each piece holds."""

    @property
    def relations(self) -> Sequence[Any]: ...

    @property
    def milestones(self) -> Sequence[Any]: ...

    @property
    def leaps(self) -> Sequence[Any]: ...

    @property
    def approaches(self) -> Mapping[str, Any]: ...

    @property
    def other(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Vote:
    """What a model judge said once of a reply. found: as the kind of its prompt defines it; None = it gave nothing that
    can be read."""

    found: Mapping[str, Any] | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a scorer sees: the assistant's complete replies up to the judged turn, the last one being judged.

    `analysis(i)` is the derivation analysis of reply i, made once for all scorers; None where the problem declares no
    worlds. `votes(kind)` is what a judge said of the judged reply; none where it was not asked.
    """

    question: Question
    replies: tuple[str, ...]
    analysis: Callable[[int], Analysis | None] = lambda _: None
    votes: Callable[[str], Sequence[Vote]] = lambda _: ()

    @property
    def text(self) -> str:
        """The judged reply."""
        return self.replies[-1]


class Scorer(Spec):
    """Base of all scorers: the fields of a subclass are the keys of `[score.<file name>]` in a problem file.

    A scorer file defines one subclass named `Scorer`, and nothing else has to know of it. `version` goes up whenever a
    verdict could change.
    """

    version: ClassVar[int] = 1
    metrics: ClassVar[Mapping[str, Metric]]
    marks: ClassVar[Mapping[str, Mark]] = {}
    """By kind of span; spans of other kinds are other evidence."""
    imports: ClassVar[tuple[str, ...]] = ()
    """Modules that a worker loads before its clock starts."""
    reads_derivation: ClassVar[bool] = False
    """Judges the analysis of the mathematics, so it needs the problem's symbols, milestones or approaches."""
    isolated: ClassVar[bool] = True
    """Run in a killable process. False only for scorers that take linear time on capped text."""
    time_limit: ClassVar[float] = 2.0
    """Seconds of processor time for one reply; by the clock, ten times as many."""

    def faults(self) -> Sequence[str]:
        """What is wrong with the fields that only computing shows. Asked in a killable process, by `check` and before
        anything is scored."""
        return ()

    def milestones(self) -> Sequence[str]:
        """Milestones that the fields name. One that the problem does not declare is a fault of its file."""
        return ()

    def questions(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """The kinds of judge prompts whose votes this scorer reads -> the options to show, as (name, text); none for a
        kind whose options are the problem's own."""
        return {}

    always_asks: ClassVar[bool] = False
    """The judge is asked of every reply; else only where a metric of `said_by` is None."""
    said_by: ClassVar[Mapping[str, str]] = {}
    """Metrics that a judge's votes may fill -> the kind of prompt."""

    def answer_form(self) -> str | None:
        """What should stand behind `Final answer:` for this scorer to read it best; None = no such line."""
        return None

    def score(self, conversation: Conversation) -> Sequence[Score]:
        """Judge `conversation.text`. One Score per metric, names without the scorer's own name."""
        raise NotImplementedError
