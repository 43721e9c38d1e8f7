"""Where the final answer stands: a table of replies, and properties on any text."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.reading import answers, blocks
from evalkit.reading.endings import breaks_off
from evalkit.reading.plain import CAP

LONG = "First we look at the loss.\n\nThen we look at the gradient, which is a sum over 35 terms.\n\n"

# (id, reply, text of the place, how it was found)
CASES: list[tuple[str, str, str, str]] = [
    # boxed
    ("box", r"So \(\boxed{5}\).", "5", "boxed"),
    ("box-display", "Hence\n\n\\[\n\\boxed{x^2 + 1}\n\\]", "x^2 + 1", "boxed"),
    ("box-braces", r"$\boxed{\frac{1}{\sqrt{2}}}$", r"\frac{1}{\sqrt{2}}", "boxed"),
    ("box-escaped-braces", r"$\boxed{\{1, 2\}}$", r"\{1, 2\}", "boxed"),
    ("box-one-sided-brace", r"$\boxed{\left\{ x \right.}$", r"\left\{ x \right.", "boxed"),
    ("box-last-wins", "Try $\\boxed{3}$ first.\n\nNo: $\\boxed{4}$", "4", "boxed"),
    ("box-nested", r"$\boxed{\boxed{7}}$", r"\boxed{7}", "boxed"),
    ("box-nested-with-text", r"$\boxed{a = \boxed{7} + 1}$", r"a = \boxed{7} + 1", "boxed"),
    ("box-two-on-a-line", r"\boxed{A} and \boxed{E}", "E", "boxed"),
    ("box-two-far-apart", r"\boxed{A}" + " and so on" * 10 + r" \boxed{E}", "E", "boxed"),
    ("box-two-lines", "\\boxed{A}\n\\boxed{E}", "E", "boxed"),
    ("box-space", r"\boxed {5}", "5", "boxed"),
    ("fbox", r"\fbox{5}", "5", "boxed"),
    ("box-text", r"\boxed{\text{yes, approximately}}", r"\text{yes, approximately}", "boxed"),
    ("box-aligned", "\\boxed{\n\\begin{aligned} a &= 0 \\\\ b &= 0 \\end{aligned}}",
     "\\begin{aligned} a &= 0 \\\\ b &= 0 \\end{aligned}", "boxed"),
    ("box-unclosed-after-closed", r"\boxed{5} and \boxed{6", "5", "boxed"),
    ("box-unclosed-around-closed", r"\boxed{a \boxed{5}", "5", "boxed"),
    ("box-unclosed", r"Thus \boxed{6", r"Thus \boxed{6", "last"),
    ("box-empty", "\\boxed{} is what is left.\n\n**Answer:** 5", "5", "labelled"),
    ("box-in-label", r"**Final answer:** $\boxed{5}$ seconds", "5", "boxed"),
    ("box-before-weak-label", "$\\boxed{5}$\n\nThe answer is the same in every unit.", "5", "boxed"),
    ("box-before-final-label", "$\\boxed{5}$\n\nWait, I forgot one term.\n\n**Corrected answer:** 6", "6", "labelled"),
    ("box-after-final-label", "**Final answer:** 5\n\nIn LaTeX: $\\boxed{5.0}$", "5.0", "boxed"),
    # labels on a line
    ("final-bold", "**Final answer:** 341 s", "341 s", "labelled"),
    ("final-bold-around", "**Final answer: C (2 layers)**", "C (2 layers)**", "labelled"),
    ("final-colon-outside", "**Final Answer**: 341 s", "341 s", "labelled"),
    ("final-plain", "Final answer: 341 s", "341 s", "labelled"),
    ("final-heading", "### Final Answer\n\n341 s\n", "341 s", "labelled"),
    ("final-heading-section", "### Final answer\nBaseline: 341 s\n\nFinal: 297 s\n\n### Remarks\nNone.",
     "Baseline: 341 s\n\nFinal: 297 s", "labelled"),
    ("final-heading-emoji", "## ✅ Final Answer\n341 s", "341 s", "labelled"),
    ("final-heading-inline", "### Final answer: 341 s\nAs shown above.", "341 s", "labelled"),
    ("final-heading-up-to-rule", "## Final Answer\n341 s\n\n---\nLet me know!", "341 s", "labelled"),
    ("answer-bold", "Some text.\n\n**Answer:** B", "B", "labelled"),
    ("answer-bold-alone", "**Answer**\n\nB) MSELoss", "B) MSELoss", "labelled"),
    ("answer-plain", "Answer: B", "B", "labelled"),
    ("answer-lower-case", "answer: b", "b", "labelled"),
    ("answer-quote", "> **Answer:** B", "B", "labelled"),
    ("answer-bullet", "- **Answer:** B", "B", "labelled"),
    ("answer-numbered", "3. **Answer:** B", "B", "labelled"),
    ("answer-emoji", "👉 **Answer:** `x`", "`x`", "labelled"),
    ("answer-arrow", "Answer → B", "B", "labelled"),
    ("answer-dash", "**Answer** — B", "B", "labelled"),
    ("answer-equals", "Answer = 5", "5", "labelled"),
    ("answer-to-part", "**Answer (part a):** B", "B", "labelled"),
    ("answer-list-below", "**Answer:**\n\n- A\n- E\n\nBoth are needed.", "- A\n- E", "labelled"),
    ("answer-loose-list-below", "**Answer:**\n\n- A\n\n- E\n\nBoth.", "- A\n\n- E", "labelled"),
    ("answer-next-line", "**Answer:**\nB\n\nBecause of that.", "B", "labelled"),
    ("answer-fence-below", "**Answer:**\n\n```\na b\n\nc\n```\nDone.", "```\na b\n\nc\n```\nDone.", "labelled"),
    ("answer-display-below", "**Answer:**\n\n\\[\nx\n\n+ 1\n\\]", "\\[\nx\n\n+ 1\n\\]", "labelled"),
    ("answer-last-wins", "**Answer:** A\n\nNo.\n\n**Answer:** B", "B", "labelled"),
    ("final-beats-later-answer", "**Final answer:** B\n\nAnswer: A is what a beginner says.", "B", "labelled"),
    ("corrected", "**Corrected answer:** B", "B", "labelled"),
    ("revised", "🔁 **Revised answer: B) 1**", "B) 1**", "labelled"),
    ("updated-selection", "Updated selection:\n\n- ✅ A", "- ✅ A", "labelled"),
    ("result", "**Result:** 341 s", "341 s", "labelled"),
    ("conclusion-heading", "## Conclusion\n\nThe minimiser is not unique.", "The minimiser is not unique.", "labelled"),
    # labels in a sentence
    ("the-answer-is", "The answer is 5.6 min.", "5.6 min.", "labelled"),
    ("the-answer-is-colon", "The answer is:\n\n**341 s**", "**341 s**", "labelled"),
    ("the-correct-option", "The correct option is **C**. It has two layers.", "**C**.", "labelled"),
    ("my-answer-remains", "My answer remains **A** only.", "**A** only.", "labelled"),
    ("answer-stays", "For this reason the answer stays **B**, not A.", "**B**, not A.", "labelled"),
    ("stay-with", "So I stay with my answer: 356 s, and 297 s.", "356 s, and 297 s.", "labelled"),
    ("keep-my-answer", "So I keep my answer. **Baseline: 341 s.**", "**Baseline: 341 s.**", "labelled"),
    ("does-not-change", "The answer does not change: 341 s.", "341 s.", "labelled"),
    ("is-confirmed", "The answer is confirmed ✅: `a b`", "confirmed ✅: `a b`", "labelled"),
    ("answer-to-question", "The answer to the first question is 341 s.", "341 s.", "labelled"),
    ("decimal-in-answer", "The answer is 3.5 s. Done.", "3.5 s.", "labelled"),
    ("final-answer-is", "Thus, the final answer is 7.", "7.", "labelled"),
    ("question-is-no-label", "Is the answer B?\n\nIt is C.", "It is C.", "closing"),
    ("first-answer-is-no-label", "My first answer was wrong.\n\nIt is C.", "It is C.", "closing"),
    ("heading-answers-word", "The word answer alone\n\nIt is C.", "It is C.", "closing"),
    # marked
    ("pointing", LONG + "👉 341 s\n\nThat is all there is.", "341 s", "marked"),
    ("tick-once", LONG + "✅ **C) 2**", "**C) 2**", "marked"),
    ("tick-colon", LONG + "📌 Result in seconds:\n\n341\n\nGood.", "Result in seconds:\n\n341", "marked"),
    ("ticks-twice", "✅ A\n✅ E", "✅ A\n✅ E", "closing"),
    # concluded
    ("therefore", LONG + "There are two. Therefore 341 s are needed.", "341 s are needed.", "concluded"),
    ("so-at-start", LONG + "So the time is 341 s.", "the time is 341 s.", "concluded"),
    ("hence-inside", LONG + "It has two parts, hence **C**. The rest is clear.", "**C**.", "concluded"),
    ("in-short", LONG + "In short, 341 s.", ", 341 s.", "concluded"),
    ("stay-with-option", LONG + "I stay with **C) 2**.", "with **C) 2**.", "concluded"),
    ("so-that-is-no-conclusion", LONG + "Scaled so that the sum is 1.", "Scaled so that the sum is 1.", "closing"),
    # closing
    ("one-word", "B", "B", "last"),
    ("last-paragraph", LONG + "It is 341 s.", "It is 341 s.", "closing"),
    ("last-list", LONG + "- A\n- E", "- A\n- E", "closing"),
    ("last-table", LONG + "| a | b |\n|---|---|\n| 1 | 2 |", "| a | b |\n|---|---|\n| 1 | 2 |", "closing"),
    ("last-fence", LONG + "```\na\n\nb\n```", "```\na\n\nb\n```", "closing"),
    ("question-first-written-down", "I take it step by step.\n\nQuestion: how long does it take?\n\nIt takes 341 s.",
     "It takes 341 s.", "closing"),
    ("question-below-a-bare-heading", "Step by step\n\nQuestion: how long?\n\nIt takes 341 s.", "It takes 341 s.", "closing"),
    ("question-below-a-bold-heading", "**Solution**\n\nProblem: how long?\n\n**Answer:** 341 s", "341 s", "labelled"),
    ("question-below-two-headings", "# Time\n\n**My reasoning:**\n\nQuestion: how long?\n\nIt takes 341 s.",
     "It takes 341 s.", "closing"),
    ("question-below-a-title", "## Time of the baseline\n\nExercise 3\n\nIt takes 341 s.", "It takes 341 s.", "closing"),
    ("question-below-an-opener", "Sure\n\nQ: how long?\n\nIt takes 341 s.", "It takes 341 s.", "closing"),
    ("another-question-below-a-name", "Blue whale\n\nQuestion: how long?\n\nAnswer: 30 m", "Blue whale", "last"),
    ("another-question-below-a-word", "**True**\n\nQuestion: how long?\n\nAnswer: 30 m", "**True**", "last"),
    ("another-question-below-a-value", "341 s\n\nProblem: and then?\n\n**Answer:** 7 s", "341 s", "last"),
    ("another-question-below-a-count", "3 steps\n\nProblem: and then?\n\n**Answer:** 7 s", "3 steps", "last"),
    ("another-question-below-a-hashed-name", "#### Blue whale\n\nQuestion: how long?\n\nA: 30 m", "Blue whale", "labelled"),
    ("goodbye", "It is 341 s.\n\nLet me know if you have questions!", "It is 341 s.", "closing"),
    ("two-goodbyes", "It is 341 s.\n\nHope this helps! 😊\n\nWould you like more detail?", "It is 341 s.", "closing"),
    ("rule-at-end", "It is 341 s.\n\n---", "It is 341 s.", "closing"),
    ("only-goodbye", "Thanks for asking.", "Thanks for asking.", "closing"),
    ("carriage-returns", "Some text.\r\n\r\n**Answer:** B\r\n", "B", "labelled"),
]  # fmt: skip


@pytest.mark.parametrize(("reply", "text", "how"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_place(reply: str, text: str, how: str) -> None:
    place = answers.find(reply)
    assert place is not None
    assert (place.text, place.how) == (text, how)


@pytest.mark.parametrize(
    ("above", "ends"),
    [
        ("It is so heavy, hence a whale.\n\n**Solution**", True),
        ("It is $t = 341$ s.\n\n**Solution**", True),
        ("**Answer:** a whale\n\n**Explanation**\n\n**Step by step:**", True),
        ("It is a heavy animal.\n\n**Solution**", False),
        ("## Animals\n\n**Solution**\n\nStep by step", False),
    ],
    ids=["concluded", "formula", "labelled, two headings", "nothing said", "three headings"],
)
def test_a_reply_ends_before_another_question_where_it_has_answered(above: str, ends: bool) -> None:
    reply = f"{above}\n\nQuestion: how long is it?\n\nAnswer: 30 m"
    assert answers.answered(reply) == (reply.index("Question") if ends else len(reply))


@pytest.mark.parametrize("reply", ["", "   \n\t\n", "---", "…", "✅"])
def test_blank_reply_has_no_place(reply: str) -> None:
    assert answers.find(reply) is None


def test_the_search_goes_on_until_a_place_holds_something() -> None:
    reply = "The baseline is 341 s.\n\n**Final answer:** see the text above."
    place = answers.find(reply, lambda place: "341" in place.text)
    assert place is not None
    assert place.how == "whole"
    assert answers.find(reply, lambda place: "999" in place.text) is None


def test_places_are_ordered_from_explicit_to_whole() -> None:
    reply = "**Answer:** 4\n\nIt is **5**. So it is 6.\n\n👉 7\n\nThus we get 8."
    assert [p.how for p in answers.places(reply)] == [
        "labelled",
        "marked",
        "concluded",
        "closing",
        "concluded",
        "whole",
    ]


def test_bold_and_inside() -> None:
    reply = r"a **b c** d \textbf{e} ** f **"
    spans = answers.bold(reply)
    assert [reply[a:b] for a, b in spans] == ["b c", "e"]
    assert [at for at in range(len(reply)) if answers.inside(spans, at)] == [*range(4, 7), reply.index("e}")]


def test_text_after_the_cap_is_not_read() -> None:
    place = answers.find("It is 5. " + "x " * CAP + "**Answer:** 6")
    assert place is not None
    assert place.how != "labelled"


MARKS = (
    "\\boxed{",
    "}",
    "{",
    "**",
    "✅",
    "-\\",
    "|",
    "```",
    "$$",
    "\\[",
    "\\]",
    "#",
    "\\",
    "<",
    "1.",
    "~~",
    "?",
    ".",
    "B",
    "5",
    "😀",
)
PHRASES = ("Answer:", "The answer is", "### Final answer", "so ", "Therefore ", " ", "\n", "\n\n", "\r", "\x00", "- ")
PIECES = st.sampled_from(MARKS) | st.sampled_from(PHRASES)
REPLIES = st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join)


@settings(max_examples=300, deadline=None)
@given(REPLIES)
def test_places_are_stretches_of_the_reply(reply: str) -> None:
    for place in answers.places(reply):
        assert reply[place.start : place.end] == place.text
        assert place.text.strip() == place.text != ""


@settings(max_examples=100, deadline=None)
@given(REPLIES)
def test_blocks_cover_all_that_is_not_blank(reply: str) -> None:
    spans = blocks.blocks(reply)
    assert all(a < b <= c for (a, b), (c, _) in pairwise(spans))
    left = list(reply)
    for start, end in spans:
        left[start:end] = " " * (end - start)
    assert "".join(left).strip() == ""


@settings(max_examples=100, deadline=None)
@given(before=st.text(alphabet="ab .\n*-", max_size=60), inside=st.text(alphabet="xy+1", min_size=1, max_size=8))
def test_the_last_box_is_found_after_any_prose(before: str, inside: str) -> None:
    place = answers.find(f"{before}\n\n\\boxed{{{inside}}}")
    assert place is not None
    assert (place.text, place.how) == (inside, "boxed") or not any(c.isalnum() for c in inside)


BROKEN = [
    ("a label without an answer", "We add.\n\nFinal answer:", True),
    ("an opened box", r"So the answer is \boxed{", True),
    ("in the middle of a sum", "In all 12 + 5 +", True),
    ("before a noun", "This is because of the", True),
    ("a whole sentence", "This is what we looked for.", False),
    ("a letter and a blank", "So the derivative is 3 x ", False),
    ("a bare number", "12", False),
]


@pytest.mark.parametrize(("text", "expected"), [r[1:] for r in BROKEN], ids=[r[0] for r in BROKEN])
def test_replies_that_break_off(text: str, expected: bool) -> None:
    assert breaks_off(text) is expected
