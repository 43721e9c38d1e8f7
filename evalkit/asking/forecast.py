"""What a run would send and cost: stored replies are followed, the rest is rehearsed."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.asking.prices import IMAGE_TOKENS, PAGE_TOKENS, cost_of, guessed_input, guessed_tokens, most_output
from evalkit.errors import counted
from evalkit.runfile.store import Store
from evalkit.specs.plan import Job
from evalkit.types import Message, ModelSpec, Reply, Request, Usage


@dataclass(frozen=True)
class Basis:
    """What a forecast rests on: stored replies of the same model, else what the parameters allow, else a guess."""

    output: float | None = None
    """Tokens of a reply."""
    per_guess: float = 1.0
    """Tokens of a prompt as counted, for each one guessed."""
    cached: float = 0.0
    """Share of these that comes from the server's cache."""
    written: float = 0.0
    """Share that is written to it."""
    replies: int = 0
    files: bool = False
    """Whether files go along."""

    @property
    def words(self) -> str:
        if self.replies:
            return f"tokens as in {counted(self.replies, 'stored reply', 'stored replies')} of the model"
        files = f", an image is {IMAGE_TOKENS:,} tokens and a page of a PDF {PAGE_TOKENS:,}" if self.files else ""
        return f"tokens are characters / 4{files}, a reply is as long as max_tokens, else 800 tokens"


def basis_of(store: Store | None, spec: ModelSpec, most: int = 200) -> Basis:
    """From the first replies that the run file holds of this model and that say how long they are."""
    found = store.some_replies(spec.label, most) if store else []
    told = [(guessed_input(request), reply.usage) for request, reply in found if reply.usage]
    if not told:
        return Basis()
    output = sum(usage.output_tokens for _, usage in told) / len(told)
    counted = sum(usage.input_tokens for _, usage in told)
    return Basis(
        output=output,
        per_guess=counted / max(1, sum(guess for guess, _ in told)),
        cached=sum(usage.cached_tokens for _, usage in told) / max(1, counted),
        written=sum(usage.cache_write_tokens for _, usage in told) / max(1, counted),
        replies=len(told),
    )


def request_for(job: Job, messages: tuple[Message, ...]) -> Request:
    """The exact request for one turn of a job."""
    model, trial = job.model, job.trial
    return Request(model.id, model.label, messages, model.parameters, trial.sample, trial.problem, trial.template)


@dataclass(frozen=True)
class Forecast:
    """What a run would send: requests not yet answered by the run file, estimated tokens and cost."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0

    def __add__(self, other: Forecast) -> Forecast:
        return Forecast(
            self.requests + other.requests,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cost + other.cost,
        )


def forecast(block: list[Job], store: Store | None, basis: Basis = Basis()) -> Forecast:
    """Estimate one block. Stored replies are followed; the rest of a conversation is rehearsed with stand-ins."""
    seen: set[str] = set()
    requests, tokens_in = 0, 0.0
    spec = block[0].model
    tokens_out = most_output(spec) if basis.output is None else basis.output
    for job in block:
        conversation = job.script.hold()
        try:
            messages = next(conversation)
            while True:
                request = request_for(job, messages)
                stored = store.reply(request.key) if store else None
                if stored is None and request.key not in seen:
                    seen.add(request.key)
                    requests += 1
                    said = [m for m in messages if m.role != "assistant"]
                    tokens_in += (len(messages) - len(said)) * tokens_out
                    tokens_in += basis.per_guess * sum(map(guessed_tokens, said))
                messages = conversation.send(stored or Reply(f"[answer {len(messages)} of the model]"))
        except StopIteration:
            continue
    cached, written = round(basis.cached * tokens_in), round(basis.written * tokens_in)
    used = Usage(round(tokens_in), round(requests * tokens_out), cached, cache_write_tokens=written)
    return Forecast(requests, used.input_tokens, used.output_tokens, cost_of(spec, used) or 0.0)
