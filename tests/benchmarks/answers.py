r"""Final answers in many formats, right and wrong ones in the same formats: what the answer scorers make of them.

    python -m tests.benchmarks.answers [--every 1] [--misses]

Each reply is a piece of reasoning that names other numbers or options, then an answer in one of the formats. Printed for
each scorer: replies, agreement with what was put in, wrong accepts and wrong rejects, and the share of None among the
right and the wrong replies, which must not differ.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from evalkit.scorers import choice, expression, number, sequence
from evalkit.types import Conversation, Question, Score, Scorer

ASKED = "A shop packs 12 pens in each of its 7 boxes. What is asked?"


@dataclass(frozen=True, slots=True)
class Case:
    """One reply, the scorer that judges it, and whether what was put in is right."""

    kind: str
    format: str
    scorer: Scorer
    reply: str
    right: bool


BEFORE = (
    "",
    "There are 12 pens in each of the 7 boxes.\n",
    "First we take 12 * 7 = 84.\nThen we go on with that.\n\n",
    "So the first part needs 31 pens. The second one needs 45 more.\n",
    "**Step 1:** Count the boxes: 7.\n\n**Step 2:** Divide: 84 / 6 = 14.\n\n",
    "Thus we get 19 at first sight, which is not the end.\n\n- 19 pens\n- 20 pens\n\n",
)
NUMBER_FORMATS = (
    "{x}", "**{x}**", "A: {x}", "Answer: {x}", "answer: {x}", "#### {x}", "### {x}", "ANSWER: {x}.", "Ans: {x}", "**Answer:** {x}",
    "**Answer: {x}**", "Final answer: {x}", "**Final Answer:** {x}", "### Final Answer\n\n{x}", "<answer>{x}</answer>",
    '{{"answer": "{x}"}}', '```json\n{{"reasoning": "see above", "answer": "{x}"}}\n```', r"\boxed{{{m}}}", r"$\boxed{{{m}}}$",
    r"\[ \boxed{{{m}}} \]", r"Therefore, the answer is $\boxed{{{m}}}$.", "${m}$", r"\({m}\)", "$$\n{m}\n$$", "`{x}`", "The answer is {x}.",
    "The final answer is: {x}", "The answer is **{x}**.", "The correct answer is {x}", "So the answer is {x}.", "Therefore, the result is {x}.",
    "Hence it comes to {x}.", "Thus x = {x}.", "x = {x}", "Total = {x}", "**Total:** {x}", "Result: {x}", "=> {x}", "→ {x}",
    "I get {x}.", "This gives {x} in the end.", "It is {x}.", "The value of x is {x}.", "Answer: {x}\n\nLet me know if you have questions!",
    "Answer: {x}\n\nQuestion: A tap drips 5 times. How often in 3 hours?\nAnswer: 15", "| quantity | value |\n|---|---|\n| result | {x} |",
    "<answer>\n{x}\n</answer>", "My answer: {x}", "Answer = {x}", "Answer:\n{x}", "> **Answer:** {x}", "👉 {x}",
    "We find {x}.\n\nHope this helps!", "✅ **Answer: {x}**", "A: {x}<|im_end|>\n<|im_start|>user\nWhat is 3 + 4?",
    "<final_answer>{x}</final_answer>", "[[{x}]]", "Answer: [{x}]", "**Final Answer**\n\n$$\n{m}\n$$", "答案：{x}", "答案是{x}", "Respuesta: {x}", "\\textbf{{{m}}}",
    "Final Answer: The final answer is ${m}$. I hope it is correct.", "Answer: {x} (not 17)", "The answer is not 17 but {x}.", "We go on. Answer: {x}",
    "{x}\n\nExplanation: it follows from the table.", "Answer: 17. Wait, that is wrong. Answer: {x}", "\\begin{{aligned}} y &= 17 + 2 \\\\ x &= {m} \\end{{aligned}}",
)  # fmt: skip
NUMBERS: tuple[tuple[float, tuple[tuple[str, str], ...]], ...] = (
    # (the staff's value, (right, wrong) in several ways of writing)
    (
        18,
        (
            ("18", "21"),
            ("18 pens", "21 pens"),
            ("$18", "$21"),
            ("18.0", "21.0"),
            ("18 dollars for the 7 boxes", "21 dollars for the 7 boxes"),
        ),
    ),
    (48250, (("48250", "48350"), ("48,250", "48,350"), ("48 250", "48 350"), ("48'250", "48'350"))),
    (2.5, (("2.5", "3.5"), ("5/2", "7/2"), ("2½", "3½"), ("2 1/2", "3 1/2"), ("2,5", "3,5"))),
    (-5, (("-5", "5"), ("−5", "5"), ("–5", "5"), ("-5 degrees", "-6 degrees"))),
    (3_000_000, (("3 million", "4 million"), ("3,000,000", "4,000,000"), ("3 x 10^6", "4 x 10^6"))),
    (35, (("35%", "36%"), ("35 %", "36 %"), ("35 percent", "36 percent"), ("35 days", "36 days"))),
    (0.35, (("35%", "36%"), ("0.35", "0.36"), ("7/20", "9/25"))),
    (24, (("4!", "3!"), ("24 cm", "6 cm"))),
)
IN_MATH = {"%": r"\%", "$": r"\$", "½": r"\frac{1}{2}", " 250": r"{,}250", " 350": r"{,}350"}
NEAR_MISSES: tuple[tuple[float, str], ...] = (
    (4, r"4\sqrt{2}"), (4, "4√2"), (2, r"2\pi"), (2, "2π"), (3, r"3\sqrt3"), (10.5, r"2\tfrac12"), (13 / 4, r"1\frac{3}{4}"), (2.5, "2.5 million"),
    (3, "3!"), (3, r"3^{4}"), (2, r"\ln 2"), (8, r"\log_2 8"), (12, "12 - 10d"), (2, r"\frac{2}{\pi}"), (5, "5x"), (5, "5 + x"), (2, "2e^{3}"),
    (1, r"\pm 1"), (5, "5i"), (0.5, r"\sin 0.5"), (2, r"x^2"), (3, "-3"), (250, "48,250"), (7, "7k"), (12, r"12 \times 10^{3}"), (1, "1/3"),
)  # fmt: skip

OPTION_SETS: tuple[tuple[dict[str, str], str, str], ...] = (
    ({"A": "convex", "B": "concave", "C": "linear", "D": "periodic"}, "B", "C"),
    ({"A": "4 cm", "B": "6 cm", "C": "9 cm", "D": "11 cm"}, "C", "A"),
    ({"A": "-1", "B": "0", "C": "1", "D": "2"}, "A", "C"),
    ({"A": "$x < 1$", "B": "$x > 1$", "C": "$x = 1$", "D": "no such x"}, "B", "A"),
    ({"A": "the mean", "B": "the median", "C": "the mode", "D": "the range"}, "D", "B"),
    ({"A": "acid", "B": "base", "C": "a", "D": "d"}, "A", "D"),
)
CHOICE_BEFORE = (
    "",
    "We look at each option in turn.\n\n",
    "So we use C(5, 2) with $B^\\top A B$ at 25 °C.\n\n",
    "Thus option {w} does not fit, and the others need care.\n\n",
    "At first {w} looks tempting. It is not.\n",
)
CHOICE_FORMATS = (
    "{l}", "({l})", "{l}.", "{l})", "**{l}**", "**({l})**", "A: {l}", "Answer: {l}", "Answer: ({l})", "**Answer:** {l}", "**Answer: {l}**",
    "Answer: {l}) {t}", "Answer: {l}. {t}", "Answer: {l} ({t})", "**Final answer: {l}**", "Final answer: option {l}", "### Answer\n\n{l}", "#### {l}",
    r"\boxed{{{l}}}", r"$\boxed{{{l}}}$", r"$\boxed{{\text{{{l}}}}}$", r"\boxed{{\text{{({l})}}}}", r"The answer is $\boxed{{{l}}}$.",
    "<answer>{l}</answer>", '{{"answer": "{l}"}}', '{{"reason": "as above", "answer": "{l}"}}', "The answer is {l}.", "The answer is ({l}).",
    "The correct answer is {l}) {t}.", "The correct option is {l}.", "Therefore, the correct choice is {l}.", "So the answer is **{l}**.",
    "Option {l} is correct.", "Option {l} is correct, because it fits all that is given.", "Only {l} is correct.", "I would go with {l}.",
    "I choose ({l}).", "So it must be {l}!", "Hence ({l}).", "My answer is {l}.", "Thus {l} is the right one.", "✅ {l}) {t}",
    "Correct option: {l}", "The best choice is {l}", "{l}) {t}", "**{l}) {t}**", "Answer: {l}\n\nHope this helps!", "Letter: {l}",
    "Answer: {l}\n\nQuestion: Which one is odd?\nA) 2 B) 3\nAnswer: B", "$$\\text{{{l}}}$$", "Answer\n{l}", "→ {l}", "`{l}`", "Answer:\n\n**({l})** {t}",
    "[[{l}]]", "【{l}】", "答案：{l}", "故选：{l}", "<choice>{l}</choice>", "The correct answer is **{t}**.", "So option \"{l}\" follows.", "{l}\n\nExplanation: the others fail.",
    "That leaves only {l}.", "I change my answer from {w} to {l}.", "Answer: {l} ({w} is a trap)", "{l} it is.", "Answer: {l}\nConfidence: 80%", "My first choice was wrong. Answer: {l}",
)  # fmt: skip


FORMULA_FORMATS = (
    "${m}$", "Answer: ${m}$", "**Answer:** ${m}$", r"\boxed{{{m}}}", r"Thus $\boxed{{{m}}}$.", "$$\n{m}\n$$", r"\[ {m} \]", "The answer is ${m}$.", "Therefore we get ${m}$.",
    "<answer>${m}$</answer>", "Final Answer: The final answer is ${m}$. I hope it is correct.", "### Final answer\n\n${m}$", "Final answer: {m}", "So it is ${m}$.\n\nHope this helps!",
)  # fmt: skip
FORMULAS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("2x+1", (("2x+1", "2x-1"), ("1+2x", "2+x"), (r"\frac{4x+2}{2}", r"\frac{4x+2}{4}"))),
    ("[0, 4)", (("[0, 4)", "(0, 4)"), (r"0 \le x < 4", r"0 \le x \le 4"), (r"x \in [0, 4)", r"x \in [0, 5)"))),
    (r"\{2, -3\}", ((r"\{-3, 2\}", r"\{3, 2\}"), (r"x = 2 \text{ or } x = -3", r"x = 2 \text{ or } x = 3"))),
    (r"3 \pm \sqrt 2", ((r"3 \pm \sqrt{2}", r"2 \pm \sqrt{3}"), (r"3+\sqrt2, 3-\sqrt2", r"3+\sqrt2, 2-\sqrt2"))),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", ((r"\begin{bmatrix}1&2\\3&4\end{bmatrix}", r"\begin{bmatrix}1&3\\2&4\end{bmatrix}"),)),
    ("y = 2x + 1", (("y = 2x+1", "y = 2x-1"), ("2x - y = -1", "2x - y = 1"))),
    (r"x^2 + C", (("x^2 + C", "x^3 + C"), ("x^2 + K", "2x^2 + K"))),
    (r"3 - 4i", (("-4i + 3", "4i + 3"),)),
    (r"\frac{\pi}{4} + k\pi, k \in \mathbb{Z}", ((r"x = \frac{\pi}{4} + n\pi, n \in \mathbb{Z}", r"x = \frac{\pi}{4} + 2n\pi, n \in \mathbb{Z}"),)),
)  # fmt: skip
SEQUENCE = (("<go>", "they", "sell", "old", "maps"), ("<go>", "they", "sell", "new", "maps"))
SEQUENCE_FORMATS = (
    "`{s}`", "Answer: `{s}`", "**Answer:** {s}", "The inputs are {c}.", "[{q}]", "```\n{s}\n```", "({c})", "{a}", "$({t})$", r"\boxed{{{t}}}", "<answer>{s}</answer>",
    "Final answer: {s}", "{n}", "In order: {c}", '{{"tokens": [{q}]}}', "The decoder gets \"{s}\".", "{i}",
)  # fmt: skip


def _written(form: str, tokens: tuple[str, ...]) -> str:
    """A sequence as words, with commas, quoted, as LaTeX, with arrows, as a numbered list and as assignments."""
    return form.format(
        s=" ".join(tokens), c=", ".join(tokens), q=", ".join(f'"{token}"' for token in tokens), a=" → ".join(tokens),
        t=", ".join(f"\\text{{{token}}}" for token in tokens), n="\n".join(f"{i}. `{t}`" for i, t in enumerate(tokens, 1)),
        i=", ".join(f"w_{i} = {token}" for i, token in enumerate(tokens, 1)),
    )  # fmt: skip


def structured() -> Iterator[Case]:
    """Formulas and sequences, right and wrong ones in the same formats."""
    for staff, written in FORMULAS:
        scorer = expression.Scorer(answer=staff)
        for before in BEFORE[1:4]:
            for form in FORMULA_FORMATS:
                for right, wrong in written:
                    for text in (right, wrong):
                        yield Case("expression", form, scorer, before + form.format(m=text), text == right)
    listed = sequence.Scorer(tokens=list(SEQUENCE[0]))
    for before in CHOICE_BEFORE[:2]:
        for form in SEQUENCE_FORMATS:
            for tokens in SEQUENCE:
                yield Case("sequence", form, listed, before + _written(form, tokens), tokens == SEQUENCE[0])


def cases() -> Iterator[Case]:
    """All replies of the grid, in an order that does not change."""
    for right, written in NUMBERS:
        scorer = number.Scorer(value=right)
        for before in BEFORE:
            for form in NUMBER_FORMATS:
                for pair in written:
                    for text in pair:
                        reply = before + form.format(x=text, m=_math(text))
                        yield Case("number", form, scorer, reply, text == pair[0])
    for value, text in NEAR_MISSES:
        for form in ("{}", "Answer: {}", r"\boxed{{{}}}", "The answer is ${}$.", "So we get {}."):
            yield Case("near miss", form, number.Scorer(value=value), form.format(text), right=False)
    for options, right_one, wrong_one in OPTION_SETS:
        chosen = choice.Scorer(options=options, correct=[right_one])
        for before in CHOICE_BEFORE:
            for form in CHOICE_FORMATS:
                for letter in (right_one, wrong_one):
                    other = next(o for o in options if o not in (right_one, wrong_one))
                    reply = before.format(w=other) + form.format(l=letter, t=options[letter], w=other)
                    yield Case("choice", form, chosen, reply, letter == right_one)
    yield from structured()


def _math(text: str) -> str:
    for plain, latex in IN_MATH.items():
        text = text.replace(plain, latex)
    return text


@lru_cache
def _question() -> Question:
    return Question("set/grid", ASKED)


def judged(case: Case) -> Score:
    return case.scorer.score(Conversation(_question(), (case.reply,)))[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="only every n-th reply")
    parser.add_argument("--misses", action="store_true", help="name the formats that differ, with one reply each")
    options = parser.parse_args()
    counts: dict[str, Counter[str]] = {}
    missed: dict[tuple[str, str], list[tuple[Case, Score]]] = {}
    for case in list(cases())[:: options.every]:
        score = judged(case)
        row = counts.setdefault(case.kind, Counter())
        side = "right" if case.right else "wrong"
        row[side] += 1
        row[f"{side} {score.value}"] += 1
        if score.value != float(case.right):
            missed.setdefault((case.kind, case.format), []).append((case, score))
    for kind, row in counts.items():
        n = row["right"] + row["wrong"]
        agree = row["right 1.0"] + row["wrong 0.0"]
        nones = [
            f"{row[f'{side} None'] / row[side]:.2%} of {row[side]} {side}" for side in ("right", "wrong") if row[side]
        ]
        print(f"{kind:10} {n:5} replies, agreement {agree / n:.2%}, wrong accepts {row['wrong 1.0']}, "
              f"wrong rejects {row['right 0.0']}, None: {', '.join(nones)}")  # fmt: skip
    for (kind, form), found in missed.items() if options.misses else ():
        case, score = found[0]
        print(
            f"{len(found):4} {kind} {form!r}: {case.reply!r} right={case.right} got {score.value}: {score.reason[:100]}"
        )


if __name__ == "__main__":
    main()
