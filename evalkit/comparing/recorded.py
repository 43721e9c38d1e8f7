"""Tokens, cost and length of replies as values of metrics, from what was recorded with each reply.

Tokens and cost were spent, whatever became of the reply: a reply that was cut off has them too. Its length is not what
it would have been, so words could not be judged there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.asking.prices import cost_of
from evalkit.reading.plain import CAP, count_words
from evalkit.runfile.runs import Runs
from evalkit.specs.experiment import Experiment
from evalkit.specs.recorded import COST, RECORDED, TOKENS, WORDS
from evalkit.types import ModelSpec, Reply

Value = tuple[float, str]
"""The value (NaN where there is none), and why there is none."""


def asked_for(*metrics: str) -> list[str]:
    """Of these, the ones that are read off the replies."""
    return [name for name in dict.fromkeys(metrics) if name in RECORDED]


def rows(store: Runs, metrics: Sequence[str]) -> Iterator[tuple[int, int, str, float, str]]:
    """(transcript, turn, metric, value, why not) of every reply, as `Columns.of` takes them."""
    described = store.noted("experiment", Experiment.model_validate_json)
    models = {model.label: model for model in described.models} if described else {}
    for key, transcript in store.transcripts():
        model = models.get(transcript.trial.model)
        for turn, reply in enumerate(transcript.replies, 1):
            for metric in metrics:
                yield key, turn, metric, *_value(metric, reply, model)


def _value(metric: str, reply: Reply, model: ModelSpec | None) -> Value:
    if metric == WORDS:
        why = reply.unjudged
        return (float("nan"), why) if why else (float(count_words(reply.text[:CAP])), "")
    if reply.usage is None:
        return float("nan"), "the server counted no tokens"
    if metric == TOKENS:
        return float(reply.usage.output_tokens), ""
    cost = cost_of(model, reply.usage) if model else None
    return (float("nan"), "no price is known") if cost is None else (cost, "")


__all__ = ["COST", "RECORDED", "TOKENS", "WORDS", "asked_for", "rows"]
