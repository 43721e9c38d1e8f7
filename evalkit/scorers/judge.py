"""What a model judge says of a reply: the level of the staff's approach, is the answer right, the first wrong step.

The judge is the `[judge]` of the experiment; `evalkit run` asks it, `evalkit score --judge` what is missing. `asks`
says what it is asked, of every complete reply; a metric that is not asked is None. Several votes: their median, None
where the two middle ones differ or where half of them cannot be read; all of them are in the details.

A judge errs, and not alike in all arms: beside labels (`evalkit agreement`), `compare` shows the corrected difference;
without labels the metric is called uncalibrated. It never decides what the worlds can: for mathematics use `equations`,
`milestones` and `approach`.

Not covered: the earlier replies of the conversation, more than one wrong step, partial credit (see `rubric`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

from pydantic import Field

from evalkit import types
from evalkit.reading import votes

_WRONG = types.Mark("wrong-step", "wrong step", "the first wrong step, as the judge sees it", 145)
NOT_ASKED = "the problem does not ask the judge this"


class Scorer(types.Scorer):
    """A model judge, asked of every complete reply."""

    version = 2
    metrics: ClassVar[dict[str, types.Metric]] = {
        "level": types.Metric(
            "use level of the staff's approach, 0 to 3, as a model judge sees it", high=3.0, full=None, judged=True
        ),
        "right": replace(
            types.answer_metric("1 = the answer is right, as a model judge sees it"), judged=True, full=None
        ),
        "sound": types.Metric(
            "1 = no wrong step, as a model judge sees it", full=None, judged=True,
            listed={"wrong step": types.Listed()},
        ),
    }  # fmt: skip
    marks: ClassVar[dict[str, types.Mark]] = {"wrong step": _WRONG}
    isolated: ClassVar[bool] = False
    always_asks: ClassVar[bool] = True
    said_by: ClassVar[dict[str, str]] = {"level": "approach", "right": "answer", "sound": "sound"}

    asks: list[Literal["level", "right", "sound"]] = Field(
        min_length=1, description="the metrics that the judge is asked for"
    )

    def questions(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        return {self.said_by[metric]: () for metric in self.asks}

    def score(self, conversation: types.Conversation) -> list[types.Score]:
        staff = conversation.question.staff_approach
        readers = {
            "level": lambda found: found["levels"].get(staff),
            "right": lambda found: float(found["right"]),
            "sound": lambda found: float(found["first_wrong"] is None),
        }
        scores = []
        for metric, reader in readers.items():
            if metric not in self.asks:
                scores.append(types.Score(metric, None, NOT_ASKED))
                continue
            given = conversation.votes(self.said_by[metric])
            if metric == "sound":
                given = [_quoting(vote, conversation.text) for vote in given]
            value, reason, details = votes.settled(given, reader)
            spans = _wrong(conversation.text, given) if metric == "sound" and value == 0 else ()
            scores.append(types.Score(metric, value, reason, spans, details))
        return scores


def _quoting(vote: types.Vote, reply: str) -> types.Vote:
    """A vote that says nothing where the step that it quotes does not stand in the reply."""
    quote = vote.found["first_wrong"] if vote.found else None
    if quote is None or " ".join(str(quote).split()) in " ".join(reply.split()):
        return vote
    return types.Vote(None, "the step that the judge quotes does not stand in the reply")


def _wrong(reply: str, given: Sequence[types.Vote]) -> tuple[types.Span, ...]:
    """Where the quoted steps stand; what the reply does not say word for word is not shown."""
    quotes: list[Any] = [vote.found["first_wrong"] for vote in given if vote.found]
    places = {(reply.find(quote), quote) for quote in quotes if quote}
    return tuple(types.Span(at, at + len(quote), "wrong step") for at, quote in sorted(places) if at >= 0)
