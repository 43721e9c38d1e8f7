"""Reasoning is never the answer: what marks it, and what only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.reading import thoughts

CASES: list[tuple[str, str, bool | None, tuple[str | None, str]]] = [
    ("none", "x = 1", None, (None, "x = 1")),
    ("analysis", "<analysis>well</analysis> x = 1", None, ("well", "x = 1")),
    ("start-and-end", "<|START_THINKING|>well<|END_THINKING|>x = 1", None, ("well", "x = 1")),
    ("both-tags", "<think>\nwell\n</think>\n\nx = 1", False, ("well", "x = 1")),
    ("opened-by-the-prompt", "well\n</think>\nx = 1", True, ("well", "x = 1")),
    ("opened-twice", "<think>well\n</think>\nx = 1", True, ("well", "x = 1")),
    ("closing-only-unknown", "well\n</think>\nx = 1", None, ("well", "x = 1")),
    ("closing-only-known", "a </think> b", False, (None, "a </think> b")),
    ("never-closed", "<think>never done", False, ("never done", "")),
    ("never-closed-by-prompt", "never done", True, ("never done", "")),
    ("empty", "<think></think>x", False, (None, "x")),
    ("the-tag-is-text", "the tag <think> is text", None, (None, "the tag <think> is text")),
    ("the-tag-is-code", "`<think>` opens a thought", None, (None, "`<think>` opens a thought")),
    ("in-a-sentence", "We <think>so</think> hence", None, (None, "We <think>so</think> hence")),
    ("thought", r"<thought>Maybe \boxed{5}.</thought>Answer: 7", None, (r"Maybe \boxed{5}.", "Answer: 7")),
    ("two-blocks", r"<think>a</think>Let me check.<think>\boxed{5}</think>Answer: 7", None,
     ("a\n\n\\boxed{5}", "Let me check.Answer: 7")),
    ("second-block-unclosed", "<think>a</think>Answer: 7\n<think>or 5", None, ("a\n\nor 5", "Answer: 7\n")),
    ("block-on-a-later-line", "Well.\n<thinking>5?</thinking>\nAnswer: 7", None, ("5?", "Well.\n\nAnswer: 7")),
    ("closed-twice", "<think>a</think>b</think>c", None, ("a", "b</think>c")),
    ("brackets", "[THINK]5?[/THINK]7", None, ("5?", "7")),
    ("triangles", "◁think▷5?◁/think▷7", None, ("5?", "7")),
    ("harmony", "<|channel|>analysis<|message|>5?<|end|><|start|>assistant<|channel|>final<|message|>7<|return|>", None,
     ("5?", "7")),
    ("harmony-comment", "<|channel|>analysis<|message|>5?<|end|><|start|>assistant<|channel|>commentary<|message|>x<|end|>"
     "<|start|>assistant<|channel|>final<|message|>7", None, ("5?\n\nx", "7")),
    ("harmony-cut", "<|channel|>analysis<|message|>5? or", None, ("5? or", "")),
    ("channel-of-another-kind", "<|channel>thought\n5?<channel|>7", None, ("5?", "7")),
    ("markers-dropped", "analysisWe try 5.assistantfinalThe answer is 7.", None, ("We try 5.", "The answer is 7.")),
    ("markers-dropped-and-cut", "analysisWe try 5", None, ("We try 5", "")),
    ("analysis-is-a-word", "analysis shows that 7", None, (None, "analysis shows that 7")),
    ("inequality", "a < think > b", None, (None, "a < think > b")),
    ("name-of-words", "<reasoning_content>5?</reasoning_content>7", None, ("5?", "7")),
    ("name-with-a-prefix", "<seed:think>5?</seed:think>7", None, ("5?", "7")),
    ("attributes-and-blanks", "<think time=3>5?</think >7", None, ("5?", "7")),
    ("closed-by-another-name", "<think>5?</thinking>7", None, ("5?", "7")),
    ("slash-inside-the-bars", "<|thinking|>5?<|/thinking|>7", None, ("5?", "7")),
    ("start-of-and-end-of", "<start_of_thought>5?<end_of_thought>7", None, ("5?", "7")),
    ("prefix-and-suffix", "<|inner_prefix|>5?<|inner_suffix|>7", None, ("5?", "7")),
    ("answer-marked-as-such", "<|begin_of_thought|>5?<|end_of_thought|>\n<|begin_of_solution|>7<|end_of_solution|>", None, ("5?", "7")),
    ("ended-by-the-answers-mark", "<|assistant_think|>5?<|assistant_answer|>7", None, ("5?", "7")),
    ("final-response", "My steps:\n5?\n[BEGIN FINAL RESPONSE]\n7\n[END FINAL RESPONSE]", None, ("My steps:\n5?", "7\n")),
    ("closed-as-often-as-opened", "<think>a <think>b</think> c</think>7", None, ("a <think>b</think> c", "7")),
    ("named-inside", "<think>I use <think> tags.</think>7", None, ("I use <think> tags.", "7")),
    ("empty-tag", "<think/>7", None, (None, "<think/>7")),
    ("folded", "<details open><summary>Thought for 3 s</summary>5?</details>\n7", None, ("5?", "7")),
    ("another-fold", "<details><summary>Proof</summary>5</details>\n7", None, (None, "<details><summary>Proof</summary>5</details>\n7")),
    ("done-thinking", "Thinking...\n5?\n...done thinking.\n\n7", None, ("5?", "7")),
    ("unused-tokens", "<unused94>thought\n5?<unused95>7", None, ("5?", "7")),
    ("in-code", "So it reads:\n```\n<think>\n5?\n</think>\n```\n7", None, (None, "So it reads:\n```\n<think>\n5?\n</think>\n```\n7")),
    ("code-from-the-start", "```xml\n<think>5?</think>\n7\n```", None, ("5?", "```xml\n\n7\n```")),
    ("harmony-begun-by-the-prompt", "5?<|end|><|start|>assistant<|channel|>final<|message|>7", None, ("5?", "7")),
    ("harmony-of-a-form", "<|channel|>final <|constrain|>json<|message|>{}<|return|>", None, (None, "{}")),
    ("harmony-call-alone", "<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>", None, ("{}", "")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "opened", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_thoughts_are_kept_apart(text: str, opened: bool | None, expected: tuple[str | None, str]) -> None:
    assert thoughts.split(text, opened=opened) == expected


PIECES = st.sampled_from(
    ["<think>", "</think>", "\n", "`", "5", "<|channel|>final<|message|>", "<|end|>", "[THINK]", "analysis"]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES | st.text(max_size=3), max_size=30).map("".join))
def test_what_is_answered_was_said(text: str) -> None:
    reasoning, answer = thoughts.split(text)
    assert len(answer) + len(reasoning or "") <= len(text) + 2 * text.count("<")
    assert reasoning != ""


def test_tokens_that_mark_reasoning_are_kept() -> None:
    assert thoughts.markers(["<think>", "</think>", "<|end|>", "<s>"]) == {"<think>", "</think>"}
    assert thoughts.markers(["<|channel|>", "<|end|>", "<|endoftext|>"]) == {"<|channel|>", "<|end|>"}
