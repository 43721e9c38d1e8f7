"""Whether a reply can be judged does not depend on its being right: right and wrong replies in the same formats.

Two scorers say otherwise, and their texts do: `text` without `otherwise = "wrong"` and a point of a rubric with
`otherwise = "unjudged"` leave to a reader what no list holds, which is mostly what is wrong.
"""

from __future__ import annotations

from typing import Any

import pytest

from evalkit import plugins
from evalkit.types import Conversation, Question

PASSAGE = "Of 20 gauges along the coast, 12 have a radar. A roll of paper lasts 14 days, and cleaning takes 45 minutes."
FORMATS = (
    "{x}", "**{x}**", "Answer: {x}", "Final answer: {x}", "### Final Answer\n\n{x}", "The answer is {x}.", "So it is {x}.",
    "First we look at it. Then we get it.\n\nTherefore, the answer is {x}.", "- one step\n- another step\n\n**Answer:** {x}",
    "We start.\n\n{x}\n\nI hope this helps!", "Answer: {x}\n\nQuestion: What is 3 + 4?", "<answer>{x}</answer>",
    "Well begun. Final Answer: {x}. I hope it is correct.",
)  # fmt: skip
KINDS: dict[str, tuple[str, str, dict[str, Any], tuple[str, ...], tuple[str, ...]]] = {
    "expression": (
        "expression", "correct", {"answer": "2x+1"}, ("$2x+1$", "$1+2x$", r"$\frac{4x+2}{2}$"),
        ("$2x+2$", "$(1, 2)$", "$7$", "$t^2$", "$x = 3$", r"$\begin{pmatrix}1\\2\end{pmatrix}$", "$0 < x < 1$"),
    ),
    "interval": ("expression", "correct", {"answer": "[0, 4)"}, (r"$[0, 4)$", r"$0 \le x < 4$"), ("$(0, 4)$", "$4$", "$x = 4$")),
    "number": ("number", "correct", {"value": 12}, ("12", "$12$", "12 pens"), ("13", "$14$", "15 pens")),
    "number in words": ("number", "correct", {"value": 12}, ("twelve", "a dozen", "12"), ("twelve hundred", "minus twelve", "twelve and a half")),
    "compound unit": ("number", "correct", {"value": 5, "unit": "m/s^2"}, ("5 m/s^2", r"$5\ \mathrm{m/s^2}$"), ("6 m/s²", "50 m s^-2")),
    "equation": (
        "expression", "correct", {"answer": "y = 2x + 1"}, ("$y = 2x + 1$", "$2x - y + 1 = 0$"), ("$y = 2x - 1$", "$(2, 1)$", "$y = 2$"),
    ),
    "matrix": ("expression", "correct", {"answer": r"\begin{pmatrix}1&2\\3&4\end{pmatrix}"}, ("$[[1,2],[3,4]]$",), ("$[[1,3],[2,4]]$", "$7$", "$[1, 2]$")),
    "words of an expression": ("expression", "correct", {"answer": r"\text{even}"}, ("even",), ("odd", "mixed")),
    "choice, foreign letter": ("choice", "correct", {"options": {"A": "odd", "B": "even"}, "correct": ["B"]}, ("B",), ("A", "E")),
    "choice": (
        "choice", "correct", {"options": {"A": "odd", "B": "even", "C": "mixed"}, "correct": ["B"]}, ("B", "(B)", "even"),
        ("A", "(C)", "odd"),
    ),
    "sequence": ("sequence", "correct", {"tokens": ["I", "see", "it"]}, ("`I see it`", "[I, see, it]"), ("`it I see`", "[I, see, them]")),
    "text": ("text", "correct", {"any_of": ["odd"], "otherwise": "wrong"}, ("odd", "an odd one"), ("even", "an even one")),
    "short text": ("text", "correct", {"any_of": ["odd"]}, ("odd",), ("even",)),
    "rubric": (
        "rubric", "share", {"required": [{"name": "n", "any_of": ["overfits"]}], "numbers": [{"name": "m", "value": 15, "unit": "%"}]},
        ("It overfits by 15%", "The gap of fifteen percent shows that it overfits"), ("It underfits by 12%", "The gap is small"),
    ),
    "grounding": (
        "grounding", "unsupported", {}, ("8 of the 20 gauges", "60% of the gauges", "45 minutes", "28 days for two rolls"),
        ("9 of the 20 gauges", "70% of the gauges", "54 minutes", "27 days for two rolls"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", FORMATS)
def test_being_judged_does_not_depend_on_being_right(kind: str, form: str) -> None:
    name, metric, fields, right, wrong = KINDS[kind]
    if kind == "short text" and not ("nswer: {x}" in form.replace("*", "") or form in ("{x}", "**{x}**")):
        pytest.skip("a list that is not complete decides on short explicit answers only")
    scorer = plugins.load("scorers", name).Scorer.model_validate(fields)
    question = Question("set/a", "What is it?", passage=PASSAGE)

    def unjudged(answers: tuple[str, ...]) -> int:
        replies = [form.replace("{x}", answer) for answer in answers]
        found = [scorer.score(Conversation(question, (reply,))) for reply in replies]
        return sum(score.value is None for scores in found for score in scores if score.metric == metric)

    assert (unjudged(right) == 0) == (unjudged(wrong) == 0)
