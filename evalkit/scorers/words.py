"""How long an answer is, in words, and whether that lies in a range.

The rule: a word is a stretch between white space that holds at least one letter or digit, as a word processor counts.
So list dashes, table bars, emoji and lone formula signs count nothing; `state-of-the-art` and `$x+y$` are one word
each, `$x + y$` is two; labels, code and quotations count like the rest. Headings (`## ...`, underlined, `<h2>`, or a
line all in bold with text below it), lines that only say how many words there are and sentences of five words or more
that repeat the question word for word are not the answer and do not count.

Another tokeniser gives another number: for "about 100 words" give a range. Not covered: a question restated in other
words.
"""

from __future__ import annotations

import re
from typing import ClassVar

from pydantic import Field, model_validator

from evalkit import types
from evalkit.reading import english
from evalkit.reading.plain import CAP, count_words, plain


class Scorer(types.Scorer):
    """Length in words, low to high inclusive."""

    version = 4
    metrics = {
        "count": types.Metric("words in the answer", low=0, high=CAP, full=None, better="neither"),
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
        text = conversation.text[:CAP]
        every = count_words(text)
        count = count_words(_body(text, conversation.question))
        fits = self.low <= count <= self.high
        reason = f"{count} words" + (f" of {every} without headings and the question" if every > count else "")
        reason += "" if fits else f", asked for {self.low} to {self.high}"
        details = {"rule": "stretches between white space with a letter or digit"}
        return [
            types.Score("count", float(count), reason, details=details),
            types.Score("in_range", float(fits), reason, details=details),
        ]


_HEADING = re.compile(
    r"(?mi)^[ \t>]{0,12}(?:#{1,6}[ \t][^\n]*$"
    r"|(?:\*{2,3}|_{2,3})[^\n*_]{1,100}(?:\*{2,3}|_{2,3}):?[ \t]*$(?=\n[ \t]*\n?[ \t]*\S)"
    r"|[^\n]{0,100}[^\s.!?:;,|]\n[ \t]{0,3}(?:-{3,}|={3,})[ \t]*$|<h[1-6][^<>\n]{0,80}>[^\n]{0,200}?</h[1-6]>"
    r"|[(*_\[ \t]{0,6}(?:word count|words)[ \t]?[:=][ \t]?(?:about |~)?\d{1,5}[)*_\] \t.]{0,6}$"
    r"|[(*_\[ \t]{0,6}(?:about |~|approx\. )?\d{1,5} words[)*_\] \t.]{0,6}$)"
)
RESTATED = 5
"""Words that a repeated sentence has at least; shorter ones are anyone's."""


def _body(text: str, question: types.Question) -> str:
    """The reply without headings and without sentences of the question."""
    text = _HEADING.sub("", text)
    asked = _folded(question.statement)
    kept: list[str] = []
    for start, end in english.sentences(text):
        said = _folded(text[start:end])
        repeats = _repeats(said, asked)
        kept.append("\n" if repeats else text[start:end])
    return "".join(kept)


def _repeats(said: str, asked: str) -> bool:
    """Whether a sentence says the question, with at most three words before it: `Question: ...`, `You ask why ...`."""
    words = said.split()
    tails = (words[start:] for start in range(4))
    return any(len(tail) >= RESTATED and f" {' '.join(tail)} " in asked for tail in tails)


def _folded(text: str) -> str:
    return f" {' '.join(word.text for word in english.words(plain(text).text))} "
