"""Sequences in every typesetting: a right and a wrong one in the same format are both judged, and judged rightly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

import pytest

from evalkit.scorers import sequence
from tests.answer_tables import score

RIGHT = ["<go>", "they", "sell", "old", "maps"]
WRONG = [["<go>", "they", "sell", "new", "maps"], ["<go>", "they", "old", "sell", "maps"]]
OTHER = "<go> you sell any maps"
SCORER = sequence.Scorer(tokens=RIGHT)

Format = Callable[[Sequence[str]], str]


def text(token: str) -> str:
    return rf"\text{{{token}}}"


def each(template: str, between: str = ", ", first: int = 1, around: str = "{}") -> Format:
    """A format in which every token stands in a template of its own: `#` its number, `@` the token, `&` as LaTeX text."""

    def written(tokens: Sequence[str]) -> str:
        parts = zip(count(first), tokens, strict=False)
        filled = (template.replace("#", str(i)).replace("&", text(t)).replace("@", t) for i, t in parts)
        return around.replace("{}", between.join(filled))

    return written


def spelled(left: str, right: str) -> Format:
    return lambda tokens: "The inputs are " + ", ".join(t.replace("<", left).replace(">", right) for t in tokens) + "."


def beside(template: str) -> Format:
    """`@`: the sequence; `~`: the one shifted by a step; `!`: another one."""

    def written(tokens: Sequence[str]) -> str:
        shifted = " ".join([*tokens[1:], "<end>"])
        return template.replace("@", " ".join(tokens)).replace("~", shifted).replace("!", OTHER)

    return written


FORMATS: dict[str, Format] = {
    "assigned in one formula": each("w_# = &", around="${}$"),
    "assigned, labelled": each("w_# = &", r",\ ", around="**Answer:** ${}$"),
    "assigned with braces": each("x_{#} = &", r", \quad ", around="The inputs are ${}$."),
    "assigned, aligned": each("w_# = &", " \\\\\n", around="$$\\begin{aligned}\n{}\n\\end{aligned}$$"),
    "assigned, formula each": each("$w_# = &$", around="So the inputs are {}."),
    "assigned in plain text": each("w_# = @", around="The inputs are {}."),
    "assigned by a verb": each("w_# is @", around="{}."),
    "assigned, one line each": each("w_# = @", "\n", around="The inputs are:\n\n{}"),
    "superscripts": each("x^{(#)} = &", around="${}$"),
    "hats": each(r"\hat{y}_{#} = &", around="${}$"),
    "list of names": each("- $w_#$: `@`", "\n"),
    "list of steps": each("- **Step #:** @", "\n"),
    "list of steps with words": each("#. **Step #** – input: `@`", "\n"),
    "list of inputs and targets": each("- Step #: input `@`, target `x`", "\n"),
    "list with remarks": each("#. `@` (from step #)", "\n"),
    "list with escapes": lambda tokens: each("#. @", "\n")([t.replace("<", r"\<").replace(">", r"\>") for t in tokens]),
    "lines of times": each("t=#: @", "\n"),
    "lines with one word": each("Step #: Input = @", "\n"),
    "numbered in a sentence": each("(#) @", around="The inputs are {}."),
    "named behind": each("@ (w_#)", around="The inputs are {}."),
    "escaped": spelled(r"\<", r"\>"),
    "entities": spelled("&lt;", "&gt;"),
    "entities of entities": spelled("&amp;lt;", "&amp;gt;"),
    "square brackets": spelled("[", "]"),
    "escaped square brackets": spelled(r"\[", r"\]"),
    "nothing around it": spelled("", ""),
    "LaTeX brackets": spelled(r"$\langle$", r"$\rangle$"),
    "verb": each(r"\verb|@|", around="The inputs are {}."),
    "python": each('"@"', around="```python\ndecoder_inputs = [{}]  # five steps\n```"),
    "json": each('"@"', around='{"inputs": [{}]}'),
    "code span with a name": each('"@"', around="So `inputs = [{}]`."),
    "tuple of names": each("&", around=r"$(w_1, w_2, w_3, w_4, w_5) = ({})$"),
    "range of names": each("&", around=r"$w_1, \dots, w_5 = {}$"),
    "joined by words": each("@", ", then ", around="The inputs are {}."),
    "boxed": each("w_# = &", around=r"$\boxed{{}}$"),
    "table of names": each("| $w_#$ | `@` |", "\n", around="| $w_t$ | token |\n|:--|:--|\n{}"),
    "table with names as head": each("@", " | ", around="| w_1 | w_2 | w_3 | w_4 | w_5 |\n|-|-|-|-|-|\n| {} |"),
    "inputs and outputs": beside("Inputs: @\nOutputs: ~"),
    "inputs and outputs, bold": beside(r"The inputs: **@**, and the outputs: **~**."),
    "inputs and outputs, apart": beside("Inputs: `@`\n\nTargets: `~`"),
    "targets in a sentence below": beside("The inputs are `@`.\n\nThe targets of the steps are `~`."),
    "not but": beside("The inputs are not **!** but **@**."),
    "not but, in prose": beside("The inputs are not ! but @."),
    "rather than": beside("The inputs are `@` rather than `!`."),
    "behind a comma": beside("The inputs are `@`, not `!`."),
    "instead of": beside("Instead of `!` the decoder gets `@`."),
    "supposed": beside("In training the inputs would be **!**. At test time they are **@**."),
    "the student's": beside("Your suggestion `!` belongs to training. The inputs are `@`."),
}


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_right_and_wrong_in_one_format(form: Format) -> None:
    assert [score(SCORER, form(tokens)).value for tokens in (RIGHT, *WRONG)] == [1, 0, 0], form(RIGHT)


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("In training `<go> they sell new maps`, in evaluation `<go> they sell old maps`.", None),
        ("The inputs are not `<go> they sell old maps`.", None),
        ("The inputs are <go>, they, sell, old, maps, <end>.", 0),
        ("The inputs are they, sell, old, maps.", 0),
        ("$w_1 = they$, $w_2 = sell$, $w_3 = old$, $w_4 = maps$, $w_5 = <end>$", 0),
        ("| " * 40_000 + "|\n" + "|a|\n" * 25_000, None),
        ("w_1, " * 40_000, None),
    ],
    ids=["unmarked contrast", "denied", "one more", "one less", "shifted", "ragged table", "names only"],
)
def test_single(reply: str, value: float | None) -> None:
    assert score(SCORER, reply).value == value


def test_names_that_are_tokens_stay() -> None:
    scorer = sequence.Scorer(tokens=["x1", "x2", "3", "<s>", "s"])
    assert score(scorer, "The order is x1, x2, 3, <s>, s.").value == 1
    assert score(scorer, "The order is x1, x2, 3, s, s.").value == 0


@pytest.mark.parametrize(
    "reply",
    [
        "First <sos>, then we, then like, and finally rain.",
        "The inputs are <sos>, we, like and rain.",
        "Final answer: The decoder is fed <sos> we like rain, rather than we like rain <eos>.",
    ],
)
def test_sequences_in_prose(reply: str) -> None:
    assert score(sequence.Scorer(tokens=["<sos>", "we", "like", "rain"]), reply).value == 1
    assert score(sequence.Scorer(tokens=["<sos>", "like", "we", "rain"]), reply).value == 0


STORY = ["The kettle sings", "Ann pours the tea", "It's still too hot", "She waits"]


@pytest.mark.parametrize(
    "reply",
    [
        "{}",
        "Answer: {}",
        "This order makes sense:\n\n{}",
        "Choose from: She waits | Ann pours the tea | The kettle sings | It's still too hot\n\n{}",
        "{}\n\nShe has to wait since the tea is hot.",
    ],
)
def test_entries_of_several_words_stand_between_bars(reply: str) -> None:
    scorer = sequence.Scorer(tokens=STORY)
    assert score(scorer, reply.format(" | ".join(STORY))).value == 1.0
    assert score(scorer, reply.format(" | ".join([*STORY[1:], STORY[0]]))).value != 1.0
