"""What a run would send and cost: stored replies are followed, the rest is rehearsed."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.runfile.store import Store
from evalkit.specs.plan import Job
from evalkit.specs.templates import converse
from evalkit.types import Message, ModelSpec, Reply, Request

DEFAULT_OUTPUT_TOKENS = 800
"""Guess for one reply where the parameters name no maximum and nothing has been answered yet."""


def cost_of(spec: ModelSpec, input_tokens: float, output_tokens: float) -> float:
    """Money for so many tokens at the model's prices."""
    return (input_tokens * spec.prices.input + output_tokens * spec.prices.output) / 1e6


def request_for(job: Job, messages: tuple[Message, ...]) -> Request:
    """The exact request for one turn of a job."""
    return Request(job.model.id, job.model.label, messages, job.model.parameters, job.trial.sample)


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


def forecast(block: list[Job], store: Store | None, mean_output: float | None = None) -> Forecast:
    """Estimate one block. Stored replies are followed; the rest of a conversation is rehearsed with stand-ins.

    Tokens are counted as characters / 4 (+ 4 a message), replies as `mean_output`, else the model's maximum, else 800.
    """
    seen: set[str] = set()
    requests, tokens_in = 0, 0.0
    spec = block[0].model
    most = spec.parameters.get("max_tokens") or spec.parameters.get("max_completion_tokens")
    tokens_out = mean_output or (most if isinstance(most, int) else DEFAULT_OUTPUT_TOKENS)
    for job in block:
        conversation = converse(job.template, job.variables)
        try:
            messages = next(conversation)
            while True:
                request = request_for(job, messages)
                stored = store.reply(request.key) if store else None
                if stored is None and request.key not in seen:
                    seen.add(request.key)
                    requests += 1
                    stands_in = sum(m.role == "assistant" for m in messages) * tokens_out
                    tokens_in += stands_in + sum(len(m.content) / 4 + 4 for m in messages if m.role != "assistant")
                messages = conversation.send(stored or Reply(f"[answer {len(messages)} of the model]"))
        except StopIteration:
            continue
    out = requests * tokens_out
    return Forecast(requests, round(tokens_in), round(out), cost_of(spec, tokens_in, out))
