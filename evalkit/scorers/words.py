"""How long a reply is, in words, and whether that lies in a range.

The rule: a word is a stretch between white space that holds at least one letter or digit, as a word processor counts.
So list dashes, heading marks, table bars, emoji and lone formula signs count nothing; `state-of-the-art` and `$x+y$`
are one word each, `$x + y$` is two; headings, labels, code and quotations count like the rest.

Another tokeniser gives another number: for "about 100 words" give a range.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from evalkit import types
from evalkit.reading.plain import CAP, count_words


class Scorer(types.Scorer):
    """Length in words, low to high inclusive."""

    metrics = {
        "count": types.Metric("words in the reply", low=0, high=CAP, full=None, better="neither"),
        "in_range": types.Metric("1 = the number of words lies between low and high"),
    }
    isolated: ClassVar[bool] = False

    low: int = Field(0, ge=0)
    high: int = Field(ge=1)

    @model_validator(mode="after")
    def _ordered(self) -> Scorer:
        if self.low > self.high:
            raise ValueError("low is larger than high")
        return self

    def score(self, conversation: types.Conversation) -> list[types.Score]:
        count = count_words(conversation.text[:CAP])
        fits = self.low <= count <= self.high
        reason = f"{count} words" + ("" if fits else f", asked for {self.low} to {self.high}")
        details = {"rule": "stretches between white space with a letter or digit"}
        return [
            types.Score("count", float(count), reason, details=details),
            types.Score("in_range", float(fits), reason, details=details),
        ]
