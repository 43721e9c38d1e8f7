"""Kinds of final answers as models write them: each row is read for what is right and for what is wrong alike."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.reading import thoughts
from evalkit.scorers import expression, number, sequence, text
from evalkit.types import Conversation, Question, Scorer

WORKED = "First, 12 × 7 = 84 pens in all.\n\n"
NUMBERS: list[tuple[str, dict[str, Any], str, str, str]] = [
    # (kind, fields, reply with @, what is right for @, what is wrong for @)
    ("millions by a letter", {"value": 2_300_000}, "The answer is @.", "2.3M", "2.4M"),
    ("millions of money", {"value": 2_300_000, "unit": "$"}, "Total: @", "$2.3 M", "$2.4 M"),
    ("a ratio", {"value": 0.25}, "**Answer: @**", "1:4", "1:3"),
    ("one in six", {"value": 0.25}, "The probability is @.", "1 in 4", "1 in 3"),
    ("a sign apart, alone", {"value": -4}, "So we get it.\n\n@", "- 4", "- 5"),
    ("a sign in a table", {"value": -4}, "| step | value |\n|---|---|\n| all | @ |", "minus 4", "minus 5"),
    ("a ratio is no other number", {"value": 0.25}, "> @", "1:4", "4:1"),
    ("a time in hours and minutes", {"value": 90, "unit": "minutes"}, "It takes @.", "1:30 hours", "1:40 hours"),
    ("a time by its clock", {"value": 3.5, "unit": "hours"}, "The answer is @.", "3:30", "3:45"),
    ("a price before a word", {"value": 10, "unit": "$"}, "She earned $@ yesterday.", "10", "11"),
    ("a power of a unit as a sign", {"value": 72, "unit": "km/h"}, "So it is @ km h⁻¹.", "72", "70"),
    ("a clause in front", {"value": 79}, WORKED + "After selling 5 boxes, he is left with @ pens.", "79", "78"),
    ("a clause in front, labelled", {"value": 79}, "**Conclusion:** After selling 5 of 84 pens, @ are left.", "79", "78"),
    ("out of the whole", {"value": 79}, WORKED + "With 5 of the 84 sold, @ of the original 84 remain.", "79", "78"),
    ("that is", {"value": 79}, WORKED + "The number of pens left is 84 minus 5, i.e. @.", "79", "78"),
    ("computed last", {"value": 79}, "84 - 5 = @.\nThe shop sold 5 pens and has @ left.", "79", "78"),
    ("rounded behind", {"value": 15}, "He needs @ days, or about 2 weeks.", "15", "14"),
    ("rounded behind, as a clause", {"value": 15}, "He needs @ days, which is about 2 weeks.", "15", "14"),
    ("a fraction of an amount", {"value": 10, "unit": "$"}, "She earned 50/60 of $12, or $@.", "10", "11"),
    ("a check behind", {"value": 79}, WORKED + "So @ pens are left.\n\n**Check:** @ + 5 = 84 ✓", "79", "78"),
    ("taken back", {"value": 79}, "Answer: 84. Correction: @.", "79", "78"),
    ("taken back in a sentence", {"value": 79}, "The answer is 84. Hmm, but 5 are sold, so it should be @.", "79", "78"),
    ("taken back, no", {"value": 79}, "The answer is 84... no, @.", "79", "78"),
    ("in the middle of a line", {"value": 79}, "He sold 5 of 84 = @ Final answer: @\n\nEach of the 7 boxes had 12.", "79", "78"),
    ("a note in the label", {"value": 79}, "We add 5. Therefore, the answer (arabic numerals) is @. Each of the 7 boxes had 12.",
     "79", "78"),
    ("hashes and more", {"value": 79}, "84 - 5\n#### @\n\nNow you can solve the next one with 7 boxes.", "79", "78"),
    ("a comment behind", {"value": 79}, "<answer> @ // as computed </answer>", "79", "78"),
    ("a tag that lost its bracket", {"value": 79}, "We subtract.\nanswer>@.\n</answer>", "79", "78"),
    ("a closing tag at the end", {"value": 79}, "The answer is \\boxed{@}.\n</think>", "79", "78"),
    ("a letter in the box", {"value": 79}, "\\boxed{@}", "79", "B"),
    ("letters in the box", {"value": 79}, "\\boxed{@}.", "79", "A + B"),
    ("an exclamation", {"value": 15}, "5 × 3 = @ hours.\n\nThe answer is @! 🎉", "15", "16"),
    ("a remark behind", {"value": 15}, "The answer is @, which makes sense since 3 < @.", "15", "16"),
    ("a box without its backslash", {"value": 15}, "5 × 3 = 15.\n\nboxed{@}", "15", "16"),
    ("a box read as a backspace", {"value": 15}, "5 × 3 = 15.\n\n\x08oxed{@}", "15", "16"),
    ("a tag of output", {"value": 15}, "5 × 3 = 15.\n\n<output>@</output>", "15", "16"),
    ("in Japanese", {"value": 15}, "5 × 3 = 15.\n\n答えは@です。", "15", "16"),
    ("in Chinese", {"value": 15}, "5 × 3 = 15.\n\n因此，答案是@小时。", "15", "16"),
    ("in Spanish", {"value": 15}, "5 × 3 = 15.\n\nLa respuesta correcta es @. Cada una de las 7 cajas tiene 12.", "15", "16"),
    ("the answer in a unit", {"value": 15}, "5 × 3 = 15.\n\nThe answer, in hours, is @. There are 60 minutes in each.", "15", "16"),
    ("an equation above", {"value": 6}, "$x = @$\nWe have the equation x/2 + x/3 = 5.", "6", "7"),
    ("one half in words", {"value": 0.5}, "The probability is @.", "one half", "one third"),
    ("per cent beside", {"value": 0.5}, "The probability is @.", "1/2, or 50%", "1/3, or 33.3%"),
]  # fmt: skip
LEFT_ALONE: list[tuple[str, dict[str, Any], str, str, str]] = [
    # What looks like something that has a rule, and is not.
    ("a fraction without a stop", {"value": 0.75}, "We have 4 = 4.\nSo the probability of that event is @", "3/4", "2/4"),
    ("an open sentence behind few", {"value": 79}, "5 are sold. 3 are sold. 1 is sold. He buys 6. He has @ left", "79", "78"),
    ("a remark without a stop", {"value": 79}, "He has @ left\n\nThat is the final answer", "79", "78"),
    ("no words that take back", {"value": 79}, "Answer: @ minutes wait time", "79", "78"),
    ("in brackets", {"value": 4}, "So we get it.\n\n@", "($4)", "($5)"),
    ("sweets and money", {"value": 5, "unit": "$"}, "He has 3 M&Ms and pays $ @", "5", "6"),
    ("a letter before a noun", {"value": 10}, "He ran a @ K run.", "10", "11"),
    ("a letter that begins a name", {"value": 8}, "They drank @ K-cups.", "8", "9"),
    ("a step of the working", {"value": 79}, "#### Step 3\nWe subtract, so @ pens are left.", "79", "78"),
    ("a title in words", {"value": 79}, "#### Subtract 5 from 84\nSo @ pens are left.", "79", "78"),
    ("a numbered title", {"value": 79}, "#### 2. Subtract\nSo @ pens are left.", "79", "78"),
    ("a label in a title", {"value": 79}, "84 - 5\n#### Total: @\n\nEach box had 12.", "79", "78"),
    ("a step that was begun", {"value": 79}, "So the answer is @.\n\n#### Step 3", "79", "78"),
    ("an inequality", {"value": 79}, "We know that\nfinal>3\nSo @ pens are left.", "79", "78"),
    ("a tag around the reply", {"value": 79}, "<response>\nHe had 84 pens.\n5 are sold, and each of the 3 boxes is full.\n\nHe has @ left.\n</response>",
     "79", "78"),
    ("an entry behind a colon", {"value": 79}, "The pens that are left count as follows:\n\n- @", "79", "78"),
    ("an entry below others", {"value": 79}, "- red: 40\n- blue: 39\n\nTogether\n\n- @", "79", "78"),
    ("a proof behind", {"value": 79}, "There are fewer than 84.\n\nProof: We subtract 5, so it is @.", "79", "78"),
    ("a test behind", {"value": 79}, "Let us try.\n\nTest: we are left with @.", "79", "78"),
    ("one in a sentence", {"value": 1}, "Only @ in 5 survived.", "1", "2"),
    ("what it is not", {"value": 51}, "The answer isn't 48. It's @.", "51", "50"),
    ("what it is not but is", {"value": 51}, "The answer isn’t 48 but @.", "51", "50"),
    ("an earlier answer in its clause", {"value": 51}, "My earlier answer of 48 was wrong; it is @.", "51", "50"),
    ("a check that fails", {"value": 47}, "It is 48.\n\nCheck: 48 + 3 = 51. That fails, since 50 was asked for. So it is @.", "47", "46"),
    ("hours and what is left", {"value": 2.5, "unit": "hours"}, "It takes @.", "2 h 30", "2 h 40"),
    ("a conclusion in a heading", {"value": 51}, "48 + 3 pens.\n\n#### Therefore @", "51", "50"),
    ("nearly, in a heading", {"value": 51}, "48 + 3 pens.\n\n#### Approximately @", "51", "50"),
    ("a title that computes", {"value": 51}, "#### Now subtract 5 from 56\nThis leaves @ pens.", "51", "50"),
    ("the output of a cell", {"value": 51}, "In [1]: 56 - 5\nOut[1]: @", "51", "50"),
    ("an answer in brackets", {"value": 51}, "We add 3.\nFinish[@]", "51", "50"),
    ("hours and minutes joined", {"value": 2.5, "unit": "hours"}, "We need @.", "2h30", "2h40"),
    ("prose in a fence", {"value": 51}, "```text\nHe has 56.\nHe sells 5.\n@ are left.\n```", "51", "50"),
    ("an edit", {"value": 51}, "The answer is 48.\n\nEDIT: @", "51", "50"),
    ("a total in a heading", {"value": 51}, "48 + 3\n\n#### Total @ pens", "51", "50"),
    ("a check that denies something", {"value": 51}, "It is @.\n\nCheck: 51 - 3 = 48, which is not 50 or more. Thus it works.", "51", "52"),
    ("an answer behind a list", {"value": 3}, "1. Start with 0.\n2. Add 1 to 2.\n\n@.", "3", "4"),
    ("what a program gives", {"value": 51}, "```python\nx = 48\nprint(x + 3)\n```\n\nOutput:\n```\n@\n```", "51", "50"),
    ("minutes and seconds", {"value": 90, "unit": "s"}, "It takes @ minutes.", "1:30", "1:40"),
    ("hours, minutes and seconds", {"value": 3750, "unit": "s"}, "It takes @ hours.", "1:02:30", "1:02:40"),
]  # fmt: skip
NONE: list[tuple[str, str]] = [
    ("a count or a share", "Only 1 out of 12"),
    ("a count or a share, labelled", "Answer: 1 out of 7"),
    ("hours that are called minutes", "It takes 1:07:00 minutes."),
    ("no time", "It takes 1:75 hours."),
    ("a program alone", "```python\nx = 7\nprint(x + 3)\n```"),
    ("a division that was begun", "3 + 4 = 7. Next, we divide this by"),
    ("an entry that was begun", "1. We start with 7.\n2. We add 3.\n3."),
    ("an alternative that was begun", "The answer is 7 or"),
    ("what it is not", "The answer isn't 7."),
    ("what it cannot be", "The answer cannot be 7."),
    ("what it must not be", "The answer must not be 7."),
    ("what it is not, in German", "Die Antwort ist nicht 7."),
    ("what it is not, in Spanish", "La respuesta no es 7."),
    ("a sum of money that was begun", "Total cost: $7 + $"),
    ("a step that was begun", "He has 7 pens.\n\n#### Step 3"),
    ("an open sum", "We have 2 * 3 = 6.\nThen we take the rest of the pens (20 pens / 80 pens) * 100"),
    ("an open bracket", "First month: 60 = 60\n- Third month: assuming 0 downloads ("),
    ("an open formula", r"The result follows from 3 + 4 = 7. Then \( x = 7"),
    ("an empty box", "We have 3 + 4 = 7.\n\n$\\boxed{...}$"),
    ("words in the box", "We have 3 + 4 = 7.\n\nIt will be in the form \\boxed{product of values}"),
    ("a sentence without its end", "We have:\n\n\\[ x = 7 \\]\n\nFinally, we calculate the amount of money"),
    (
        "an open sentence behind many",
        "It spins a 7. " * 9 + "If it spins a 7 on his last",
    ),
    ("an equation to be solved", "They are the solutions to the equation $|x^2 - 4| + |x + 9| = 7$."),
]

BOTH = [*NUMBERS, *LEFT_ALONE]


@pytest.mark.parametrize(("kind", "fields", "reply", "right", "wrong"), BOTH, ids=[row[0] for row in BOTH])
def test_numbers(kind: str, fields: dict[str, Any], reply: str, right: str, wrong: str) -> None:
    assert [judged(number.Scorer(**fields), reply.replace("@", said)) for said in (right, wrong)] == [1, 0]


@pytest.mark.parametrize("reply", [row[1] for row in NONE], ids=[row[0] for row in NONE])
def test_what_gives_no_number(reply: str) -> None:
    assert judged(number.Scorer(value=7), reply) is None


UNDECIDED_OR: list[tuple[str, float, str, tuple[float | None, ...]]] = [
    # What a rule for one kind of replies must leave alone: (kind, value, reply, what it may be judged).
    ("a shout is no factorial", 120, "There are 5 letters. The answer is 5!", (1,)),
    ("a factorial said before", 120, "There are 5! orders of them.\n\nAnswer: 5!", (1,)),
    ("a guess in the first line", 5, "5\n\nThat was a guess.\n\nIn truth, after computing, he has 12 dollars.", (0,)),
    ("a first line, then a sum", 5, "5\n\nLet me verify this. He has 3. That gives 12 apples in all", (0,)),
    ("a first line, then broken off", 7, "7\n\nFirst we compute 3 + 4, then subtract the", (None,)),
    ("advice behind the answer", 84, "The answer is 84. Wait 5 minutes before serving.", (1,)),
    ("advice in brackets", 84, "Answer: 84 minutes (wait 5 minutes before serving).", (1,)),
    ("an apology for others", 84, "Answer: 84. Sorry for the 3 mistakes earlier!", (1,)),
    ("a correction of others", 84, "Answer: 84 (correction of the earlier 79).", (1,)),
    ("a remark on its size", 84, "The answer is 84. Actually, this is more than 70.", (1,)),
    ("what follows from it", 79, "He has 79 pens left, so 5 were sold.", (1, None)),
    ("what it makes of others", 79, "79 are left, thus the 5 sold ones make up 6%.", (1, None)),
    ("a difference", 79, "The shop has 79 left, that is 5 fewer than before.", (1,)),
    ("a clause that follows, of the same", 51, "48 + 3 = 51.\n\nHe has 48 and gets 3 more, so he has 51 now.", (1,)),
    ("a clause that follows, of another", 9, "He has 9 left, so she needs 4 more.", (1, None)),
    ("a clause that compares", 9, "It is 9, therefore it exceeds 8.", (1, None)),
    ("a relative clause before", 7, "The number that is left after 3 go is 7.", (1,)),
    ("a list that spells out", 3, "**Answer:**\n\nThere are 3 of them, namely:\n\n1. red 10\n2. blue 20", (1, None)),
    ("the others, that follow", 79, "He has 79 pens left, so the other 5 were sold.", (1, None)),
    ("a number that follows", 51, "He won 1 out of 3 games, so 51 points.", (1, None)),
    ("either of two verbs", 79, "He sells 5 and has 79 left.", (1, None)),
    ("either of two", 79, "84 - 5 = 79.\n\nHe has 79 pens left, so 5 were sold.", (1, None)),
    ("a phrase with a comma of its own", 36, "If he buys 12 pens, for 24 dollars, he has 36 left.", (1,)),
    ("a list in the phrase", 12, "By adding 3, 4 and 5, we get 12.", (1,)),
    ("a sum of letters", 6, "So the sum is a + b = 6.", (1,)),
    ("a perimeter", 6, "The perimeter is 2(l + w) = 6.", (1,)),
    ("an equation", 5, "So we get x/2 + x/3 = 5.", (None,)),
    ("a letter in a box, then its value", 5, "Let \\boxed{x} be the number. We find x = 5.", (1,)),
    ("a letter alone in a box", 5, "The number is \\boxed{x}", (0,)),
    ("two that share a factor", 72, "Let h = -72. The largest factor that 144 and -72 share is 72.", (1,)),
    ("one of a list", -5, "The fourth largest value of {x, -5, -1/4, -0.5} is -5.", (1,)),
    ("points behind", 4.6, "Divide by 5. Therefore, x = 4.6.\nKey Points: Add 7 to both sides, Divide by 5", (1,)),
    ("facts behind", 20, "So he pays $25 - $5 = $20.\nMain facts: The price is $25, The discount is $5", (1,)),
    ("names behind", 7, "We have 2 of them.\nTotals: 3 red pens, 4 blue pens", (0, None)),
    (
        "another question behind",
        540,
        "So it is 540. The answer is 540.\n[Question]How many people paid $50?\n[Answer]20",
        (1,),
    ),
    ("in circles", 15, "They sold each for $5 so 5.\nThey sold each for $9 so 9.\nThey sold", (None,)),
    ("the question's box", 51, "End with \\boxed{answer}.\n\nProblem: 76 - 25?\n\n76 - 25 = 51, so \\boxed{51}.", (1,)),
    ("a label in brackets", 5, "Each makes 1 in 5 minutes.\n\n[Final Answer]: 5 minutes\n\n[Confidence]: 95%", (1,)),
    ("how sure it is", 8, "**Answer:** 8 sheep are left.\n\n**Confidence:** 90%", (1,)),
    (
        "a label, a sentence and a formula",
        266,
        "**Answer:**\n\nNumbers from 1 to 1000 that are left:\n\n1000 - 734 = **266**",
        (1,),
    ),
    ("what comes next", 9, "They have 23 - 20 + 6\n\nNow let's work out how many there are.", (None,)),
    ("a condition alone", 10, "If ab = 12, then a + b = 7.\n\nIf ab", (None,)),
]


@pytest.mark.parametrize(("kind", "value", "reply", "allowed"), UNDECIDED_OR, ids=[row[0] for row in UNDECIDED_OR])
def test_what_only_looks_like_a_kind(kind: str, value: float, reply: str, allowed: tuple[float | None, ...]) -> None:
    assert judged(number.Scorer(value=value), reply) in allowed


FORMULAS: list[tuple[str, str, str, str, str]] = [
    ("equations in a display", "(2, -3)", "We solve.\n\n\\[\n@\n\\]", "x = 2, y = -3", "x = 2, y = 3"),
    ("an equation in a display", "y = 3x - 2", "We solve.\n\n\\[\n@\n\\]", "y - 1 = 3(x - 1)", "y - 1 = 3(x + 1)"),
    ("words in a tag", r"\text{no solution}", "<answer>@</answer>", r"\text{no solution}", r"x = 2"),
    ("a display below a conclusion", "5", "So we need 31 more pens than before.\n\\[ x = @ \\]\nWe had 12.", "5", "6"),
    ("what a sentence arrives at", r"3\sqrt{13}",
     r"<answer>The distance of \((2, -6)\) and \((-4, 3)\) is \(@\) units.</answer>", r"3\sqrt{13}", r"3\sqrt{12}"),
    ("bold, with a stop", r"(3, \frac{\pi}{2})", "The coordinates are **@**.", "(3, π/2)", "(3, π/3)"),
    ("degrees in words", r"45^\circ", r"\boxed{@}", "45 degrees", "46 degrees"),
    ("a star between", "3+4i", "The result is @.", "3 + 4*i", "3 - 4*i"),
    ("letters alone", "e^{-x}", "**Answer:** @", "e^(-x)", "e^(x)"),
    ("a label in the box", "2x+1", r"\boxed{\text{Answer: } @}", "2x+1", "2x-1"),
    ("escaped in JSON", r"\frac13", '{"answer": "@", "about": "0.4"}', r"\\frac{1}{3}", r"\\frac{1}{4}"),
    ("rows escaped in JSON", r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", '{"answer": "@"}',
     r"\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}", r"\\begin{pmatrix} 1 & 2 \\\\ 3 & 5 \\end{pmatrix}"),
    ("a vector over a number", r"\frac12(-6\hat i - 7\hat j)", r"\boxed{@}",
     r"-\frac{6\hat i + 7\hat j}{2}", r"\frac{6\hat i + 7\hat j}{2}"),
    ("boxes in displays", r"$x=1$ or $x=2$", "\\[\n\\boxed{x=1}\n\\]\nor\n\\[\n\\boxed{@}\n\\]", "x=2", "x=3"),
    ("boxes joined in another script", r"$x=1$ or $x=2$", "$$\\boxed{x=1}$$ или $$\\boxed{@}$$", "x=2", "x=3"),
    ("the value of a form", r"1+2\sqrt2", r"\boxed{\max_{\|x\|=1} x^\top Bx = @}", r"1+2\sqrt2", r"1-2\sqrt2"),
    ("words of another script behind", "y = C₁e^{2x} + C₂", "Ответ: @, где C₁ - постоянная.", "y = C1*e^(2x) + C2", "y = C1*e^(3x) + C2"),
    ("raised letters", "e^{-3t}", "Answer: @", "e⁻³ᵗ", "e³ᵗ"),
    ("letters with plain figures", "y = (C_1 + C_2x)e^{-x}", "Answer: @", "y=[C1+C2 x]e^{-x}", "y=[C1-C2 x]e^{x}"),
    ("names in parallel", r"centre $(2, 1)$ and radius $3$", r"**Answer:** centre: \((2, 1)\), radius: \(@\)", "3", "4"),
    ("bold in the box", "2x+1", r"\boxed{\mathbf{@}}", "2x+1", "2x-1"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "staff", "reply", "right", "wrong"), FORMULAS, ids=[row[0] for row in FORMULAS])
def test_formulas(kind: str, staff: str, reply: str, right: str, wrong: str) -> None:
    scorer = expression.Scorer(answer=staff)
    assert [judged(scorer, reply.replace("@", said)) for said in (right, wrong)] == [1, 0]


def test_what_is_no_formula_of_the_answer() -> None:
    replies = [
        "The answer isn't $x^2$.",
        "The answer is not $x^2$.",
        "The answer is x^2 or",
        "### Step 2",
        "So $2x$ is it.\n\n### Step 2",
    ]
    assert [judged(expression.Scorer(answer=staff), reply) for reply in replies for staff in ("x^2", "2")] == [
        None
    ] * 10


SEQUENCES: list[tuple[str, list[str], str, str]] = [
    ("hyphens", ["3", "1", "4"], "3-1-4", "3-4-1"),
    ("numbered by dashes", ["3", "1", "4"], "1 - 3\n2 - 1\n3 - 4", "1 - 3\n2 - 4\n3 - 1"),
    ("numbered by colons", ["3", "1", "2"], "1: 3\n2: 1\n3: 2", "1: 3\n2: 2\n3: 1"),
    ("followed by", ["tea", "ice", "egg"], "First comes tea, followed by ice, egg.", "First comes tea, followed by egg, ice."),
    ("arrows alone", ["tea", "ice", "egg"], "tea → ice → egg", "ice → tea → egg"),
    ("signs", ["-5", "-1", "2"], "[-5, -1, 2]", "[5, -1, 2]"),
    ("other signs", ["-5", "1", "2"], "−5 → 1 → 2", "5 → 1 → 2"),
    ("fractions", ["0.5", "-1/9", "-4/3"], "0.5, -1/9, -4/3", "0.5, 1/9, -4/3"),
    ("numbers of a sentence", ["2", "3"], "The factors of u are 2 and 3.", "The factors of u are 2 and 5."),
    ("other numbers of a sentence", ["2", "3", "7"], "The factors are 2, 3 and 7.", "The factors are 4, 5 and 4193."),
    ("zeros behind the point", ["-9.30", "17.00"], "['-9.3', '17']", "['-9.03', '17']"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "tokens", "right", "wrong"), SEQUENCES, ids=[row[0] for row in SEQUENCES])
def test_sequences(kind: str, tokens: list[str], right: str, wrong: str) -> None:
    assert [judged(sequence.Scorer(tokens=tokens), said) for said in (right, wrong)] == [1, 0]


TEXTS: list[tuple[str, str, str, str]] = [
    ("two units left out", "1 day, 2:30", "Answer: 1 2:30", "Answer: 1 2:31"),
    ("a unit left out", "1 day, 19:48:00", "<answer>1 19:48:00</answer>", "<answer>1 19:47:00</answer>"),
    ("units joined", "3 hours 20 minutes", "Answer: 3 hours and 20 minutes", "Answer: 3 hours and 30 minutes"),
    ("a label behind the number of a step", "no", "Step 1: If the answer is yes, all is well.\nStep 2: Answer: No, it is odd.", "Step 1: Look at it.\nStep 2: Answer: Yes, it is even."),
    ("a verdict in front", "no", "No, 16 is one.", "Yes, 16 is one."),
    ("a word behind a colon", "abd", "The last letters are: abd.", "The last letters are: abcd."),
    ("a tag around the reply", "Paris", "<response>\nI think of Lyon.\nIt is Paris.\n</response>", "<response>\nLyon\n</response>"),
    ("a verdict that opens", "no", "No, it is not.\n\nHere is why: 75 is below 100.", "Yes, it is.\n\nHere is why: 75 is below 100."),
    ("a numbered heading", "Paris", "# Answer 3\n\n**Question**: Which?\n\n**Answer**: Paris", "# Answer 3\n\n**Question**: Which?\n\n**Answer**: Lyon"),
    ("a verdict alone", "no", "It may be.\n\nNo.", "It may be.\n\nYes."),
    ("a note in the label", "yes", "Therefore, the answer (Yes or No) is Yes.", "Therefore, the answer (Yes or No) is No."),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "listed", "right", "wrong"), TEXTS, ids=[row[0] for row in TEXTS])
def test_texts(kind: str, listed: str, right: str, wrong: str) -> None:
    assert [judged(text.Scorer(any_of=[listed]), said) for said in (right, wrong)] == [1, 0]


@pytest.mark.parametrize(
    ("listed", "answer"),
    [
        ("-3 m", "3"),
        ("5 days", "-5"),
        ("1/2 cup", "1.2"),
        ("2.5 hours", "2:5"),
        ("3 x 5 apples", "3+5"),
        ("5 not 3", "5 3"),
    ],
)
def test_numbers_with_other_signs_are_another_text(listed: str, answer: str) -> None:
    assert judged(text.Scorer(any_of=[listed]), f"Answer: {answer}") != 1


@pytest.mark.parametrize(
    ("listed", "reply", "wanted"),
    [
        ("copper", "Zinc", 0),
        ("copper", "Zinc.", 0),
        ("copper", "Copper.", 1),
        ("copper", "The metal glows.\n\nZinc.", None),
        ("copper", "It is zinc that melts. Zinc.", None),
        ("copper", "Zinc, tin or lead.", None),
        ("3 h", "5 h.", 0),
        ("3 h", "3 h.", 1),
        ("3 h", "We wait. 5 h.", None),
        ("3 h", "5 h 10 min.", None),
    ],
)
def test_a_sentence_that_is_all_that_is_said(listed: str, reply: str, wanted: float | None) -> None:
    assert judged(text.Scorer(any_of=[listed]), reply) == wanted


@pytest.mark.parametrize(
    ("listed", "reply", "wanted"),
    [
        ("x", "-2 is greater than x.", None),
        ("E", "It is either **E** (the first) or **R**.", None),
        ("Hunter", "Erica has 6 coins. Hunter has the most. The answer is (B).", 1),
        ("Hunter", "Hunter has 5 coins. Erica has the most. The answer is B.", None),
        ("yes", "Composite", None),
        ("yes", "It is: maybe.", None),
        ("no", "No, that is too early to say.\n\nYes, it holds.\n\nSo 75 is below 100.", None),
    ],
    ids=[
        "what is compared with",
        "either of two",
        "an option's letter",
        "an option's letter, another",
        "no verdict",
        "no verdict at the end",
        "two verdicts",
    ],
)
def test_what_a_text_does_not_say(listed: str, reply: str, wanted: float | None) -> None:
    assert judged(text.Scorer(any_of=[listed]), reply) == wanted


def judged(scorer: Scorer, reply: str) -> float | None:
    question = Question("set/a", "What is asked?")
    return scorer.score(Conversation(question, (thoughts.split(reply)[1],)))[0].value
