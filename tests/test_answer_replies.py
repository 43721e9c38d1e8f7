"""Final answers in the shapes that chat models give them: each rule with replies that it must leave alone.

A row is (kind, staff's answer, question, reply, verdict); the same replies with other staff answers are wrong.
"""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.scorers import choice, expression, sequence, text
from evalkit.types import Conversation, Question

METALS = {"A": "iron", "B": "copper", "C": "zinc", "D": "tin"}
YES_NO = {"A": "Yes", "B": "No"}
ROMAN = {"A": "(i) only", "B": "(ii) only", "C": "both (i) and (ii)", "D": "neither (i) nor (ii)"}
CHOICES: list[tuple[str, dict[str, str], str, str, int | None]] = [
    ("I mean", YES_NO, "A", "No, I mean yes.", 1),
    ("I mean, the other", YES_NO, "B", "No, I mean yes.", 0),
    ("both", YES_NO, "A", "Yes and no.", None),
    ("a no that denies nothing", YES_NO, "A", "Yes, and no other number is.", 1),
    ("sorry", METALS, "B", "The answer is C... sorry, B.", 1),
    ("or rather", METALS, "B", "The answer is C, or rather B.", 1),
    ("torn", METALS, "B", "I'm torn between A and B, but I'll go with B.", 1),
    ("a letter, then all others", METALS, "B", "B\n\nCopper is red. Iron (A) is grey, zinc (C) and tin (D) are silvery.", 1),
    ("a letter, then another", METALS, "B", "A\n\nThat is what most would say. I think it is B.", 1),
    ("an entry, then the others", METALS, "B", "B) copper\n\nIron and tin are grey, zinc is white.", 1),
    ("a list of all", METALS, "A", "A) iron\n\nB) copper\n\nC) zinc\n\nD) tin\n\nThe red one is copper.", None),
    ("side by side", METALS, "A", "Iron (A) is grey, zinc (C) and tin (D) are silvery.", None),
    ("the one, since others are not", METALS, "B", "It is copper, since iron is grey and zinc is white.", 1),
    ("others, so the one", METALS, "B", "Since iron is grey, it is copper.", 1),
    ("the one above others", METALS, "B", "It's copper.\n\nIron, zinc, and tin are all silvery or grey.", 1),
    ("ruled out by another name", METALS, "B", "B - Copper is red. A is wrong because iron is grey.", 1),
    ("not ruled out by its own reason", METALS, "B", "B because copper is not grey.", 1),
    ("what may be said besides", METALS, "B", "I would say B. However, if rust counts, A might also be argued.", 1),
    ("judged at the end of a line", METALS, "B", "A) Iron: grey, no.\nB) Copper: red, yes.\nC) Zinc: white, no.\nD) Tin: no.", 1),
    ("weighed", METALS, "A", '{"A": 0.1, "B": 0.7, "C": 0.1, "D": 0.1}', None),
    ("weighed and chosen", METALS, "B", "A: 10%, B: 70%, C: 15%, D: 5%\nAnswer: B", 1),
    ("first thought", METALS, "B", "B\n\nI first thought A, but iron is grey.", 1),
    ("only one", METALS, "B", "Out of A, B, C and D, only B is red.", 1),
    ("not only one", METALS, "B", "Not only A is grey, B is red.", None),
    ("among all", METALS, "B", "Among iron, copper, zinc and tin, copper is red.", 1),
    ("more likely", METALS, "B", "I would rule out A and C. Between B and D, B seems more likely.", 1),
    ("undecided between two", METALS, "B", "Between B and D, I can't decide.", None),
    ("the others by letters", METALS, "B", "**B.** Copper\n\nA. Iron is grey\nC. Zinc is white\nD. Tin is silver", 1),
    ("all by letters", METALS, "A", "A. Iron\n\nB. Copper\nC. Zinc\nD. Tin", None),
    ("a numeral of one statement", ROMAN, "B", "Answer: (ii)", 1),
    ("numerals of both", ROMAN, "C", "Answer: (i) and (ii)", None),
    ("a sign before a number", {"A": "-1", "B": "0", "C": "2"}, "A", "The answer is 1.", 0),
    ("not this one in French", METALS, "B", "La réponse n'est pas A mais B.", 1),
    ("not this one in German", METALS, "B", "Die Antwort ist nicht A, sondern B.", 1),
]  # fmt: skip

TEXTS: list[tuple[str, str, str, int | None]] = [
    ("I mean", "yes", "No, I mean yes.", 1),
    ("I mean, the other", "no", "No, I mean yes.", 0),
    ("wait", "yes", "Yes... no wait, no.", 0),
    ("a reason with the other word", "yes", "No, because yes would need a remainder.", 0),
    ("a sentence with the other word", "no", "No. A yes would need a remainder.", 1),
    ("both", "yes", "Yes and no.", None),
    ("no doubt", "yes", "Yes. And no doubt about it.", 1),
    ("said to be false", "true", "The statement is false, since true statements hold for all n.", 0),
    ("not in German", "Oslo", "Die Antwort ist nicht Oslo.", 0),
    ("not in French", "Oslo", "La réponse n'est pas Oslo.", 0),
    ("in German", "Oslo", "Die Antwort ist Oslo.", 1),
    ("the opposite", "valid", "The argument is invalid.", 0),
    ("the opposite, though it looks so", "valid", "The argument is deductively invalid, though it looks valid.", 0),
    ("not the opposite", "valid", "The argument is valid and by no means invalid.", 1),
    ("another name", "Oslo", "The town which the ferry leaves at noon is Bergen.", 0),
    ("a name that may be the same", "Oslo", "The town is Christiania.", None),
    ("a name that begins alike", "Moscow", "The town which the ferry leaves at noon is Moskva.", None),
    ("no name", "Oslo", "The city is large.", None),
    ("a date in words", "05/03/2021", "The answer is May 3, 2021.", None),
    ("another date in words", "05/03/2021", "The answer is May 4, 2021.", None),
    ("what it is compared with", "Bergen", "Oslo is larger than its neighbour, Bergen.", None),
]


CHOSEN: list[tuple[str, str, str, int | None]] = [
    ("say with a verb behind", "A", "I would say A is grey, copper is red.", None),
    ("say alone", "B", "Iron is common, but I would say B.", 1),
    ("a condition", "A", "If it rusts, it is iron, otherwise copper.", None),
    ("no word of the writer's change", "A", "A (rather B is too soft).", 1),
    ("another one in the end", "B", "B. copper\n\nNo. A is the one that fits.", 0),
    ("sorry", "B", "(B)\n\nSorry, I misread. A.", 0),
    ("denied by what is asked for", "B", "Iron rusts. B does not, because copper is noble.", 1),
    ("what others say", "B", "I looked at iron first. Although others may differ, I say copper.", 1),
    ("the writer's own condition", "B", "If I had to choose, the answer would be B.\n\nIron, i.e. A, is grey.", 1),
    ("weights and a choice", "B", "A: 0.2, B: 0.8, thus B", 1),
    ("said without a full stop", "B", "It is copper. That is all", 1),
]

SAID: list[tuple[str, str, str, int | None]] = [
    ("the listed one beside its negative", "stable", "It is stable, as an unstable one would tip over.", 1),
    ("a word with in- that is no negative", "port", "Goods that we import come through the port.", 1),
    ("the negative alone", "stable", "It is unstable.", 0),
    ("no as a determiner", "yes", "Yes, actually no number divides it.", 1),
    ("a verdict in place of another", "yes", "Yes. Wait, no.", 0),
    ("behind what is compared", "gold", "Heavier than silver and tin, gold wins.", 1),
    ("none other than", "Oslo", "It is none other than the old Oslo.", 1),
]

FORMULAS: list[tuple[str, str, str, int | None]] = [
    ("functions beside a pair", "(C_1 e^t, C_2 e^{-t})", "x(t) = C₁eᵗ, y(t) = C₂e⁻ᵗ", 1),
    ("other functions beside a pair", "(C_1 e^t, C_2 e^{-t})", "$x(t) = C_1 e^t, y(t) = C_2 e^{t}$", 0),
    ("a pair beside functions", "x(t) = 2t, y(t) = t^2", "$(2t, t^2)$", 1),
    ("solutions line by line", r"x = 2 \text{ or } x = 3", "x₁ = 2\nx₂ = 3", 1),
    ("solutions in a list", r"x = 2 \text{ or } x = 3", "- $x = 2$\n- $x = 3$", 1),
    ("solutions in a list, one wrong", r"x = 2 \text{ or } x = 3", "- $x = 2$\n- $x = 4$", 0),
    ("an equation and its solutions", "2, 5", "- $x^2 - 7x + 10 = 0$\n- $x = 2, 5$", 1),
    ("a list of steps", "x = 3", "- $2x = 6$\n- $x = 3$", 1),
    ("a set in plain typing", r"x = 2 \text{ or } x = 3", "x ∈ {2, 3}", 1),
    ("or in Russian", r"x = 2 \text{ or } x = 3", "x=2 или x=3", 1),
    ("or in German", r"x = 2 \text{ or } x = 3", "x = 2 oder x = 3", 1),
    ("for all", "x^2+1", "f(x) = x^2 + 1 for all x", 1),
    ("not the other", "x^2+1", "The answer is x^2 + 1, not x^2 - 1.", 1),
    ("the other", "x^2+1", "Not $x^2 + 1$ but $x^2 - 1$.", 0),
    ("letters in italics of mathematics", r"t\sin t", "𝑡 sin 𝑡", 1),
    ("letters of another script", "(x-7)(x+7)", "(х − 7)(х + 7)", 1),
    ("functions without a blank", r"x\ln x - x", "xlnx - x", 1),
    ("functions without a blank, wrong", r"x\ln x - x", "xlnx + x", 0),
    ("a word that begins like a function", r"\cos t", "cost", None),
    ("a letter that looks like a word", r"C_1\cos t + C_2\sin t", "y = A cos(t) + B sin(t)", 1),
    ("a letter that looks like a word, wrong", r"C_1\cos t + C_2\sin t", "y = A cos(t) + B cos(t)", 0),
    ("what simplifies", "1/7", "2/14, which simplifies to 1/7.", 1),
    ("what simplifies, wrong", "1/7", "2/14, which simplifies to 1/8.", 0),
    ("a label in brackets", "-7", "(a) -7", 1),
    ("a label in brackets, wrong", "-7", "(a) -8", 0),
    ("an article or a factor", r"\sin t", "It is a sin t.", None),
    ("a factor or an article", r"a\sin t", "It is a sin t.", None),
    ("a factor", r"a\sin t", "y = a sin t", 1),
    (
        "a function of a letter beside a formula",
        r"7t^2 + \cos t",
        "y' = 7t^2 + cos t. Note that sin t becomes cos t.",
        1,
    ),
    ("a sum of letters", "a - b", "a - b", 1),
    ("a sum of letters, wrong", "a - b", "b - a", 0),
    ("a list of points", "(0,5),(5,0)", "They meet at:\n1. (0, 5)\n2. (5, 0)", 1),
    ("a list of points, one wrong", "(0,5),(5,0)", "They meet at:\n1. (0, 5)\n2. (5, 1)", 0),
    ("a system line by line", "(x, y) = (6, -7)", "x = 6\ny = -7", 1),
    ("a system line by line, wrong", "(x, y) = (6, -7)", "x = 6\ny = 7", 0),
    ("a thousand and a unit", r"7\text{ km}", "7,000 m", 1),
    ("a product for nothing", "0", "It is $(a - b)(b - c)$.", 0),
    ("half a difference of vectors", r"\frac12(\mathbf{v}-\mathbf{u})", r"$\frac12\mathbf{v}-\frac12\mathbf{u}$", 1),
]

SEQUENCES: list[tuple[str, list[str], str, int | None]] = [
    ("names of numbers", ["-1", "4"], "x = -1 and y = 4", 1),
    ("names in another order", ["4", "-1"], "y = 4 and x = -1", 0),
    ("names of other numbers", ["-1", "4"], "x = 1 and y = 4", 0),
    ("and last", ["red", "green", "blue"], "First comes red, followed by green, and last blue.", 1),
]


PICKED = CHOICES + [(name, METALS, right, reply, wanted) for name, right, reply, wanted in CHOSEN]


def _verdict(scorer: Any, question: str, reply: str) -> float | None:
    value: float | None = scorer.score(Conversation(Question("set/problem", question), (reply,)))[0].value
    return value


@pytest.mark.parametrize(
    ("options", "right", "reply", "wanted"), [row[1:] for row in PICKED], ids=[row[0] for row in PICKED]
)
def test_choices(options: dict[str, str], right: str, reply: str, wanted: int | None) -> None:
    assert _verdict(choice.Scorer(options=options, correct=[right]), "Which?", reply) == wanted


@pytest.mark.parametrize(
    ("listed", "reply", "wanted"), [row[1:] for row in TEXTS + SAID], ids=[row[0] for row in TEXTS + SAID]
)
def test_texts(listed: str, reply: str, wanted: int | None) -> None:
    assert _verdict(text.Scorer(any_of=[listed]), "Which town does the ferry leave at noon?", reply) == wanted


FERRY = "In which town does the ferry leave at noon?"
BRIDGE = "Who built the bridge?"
UNLISTED: list[tuple[str, str, str, str, int | None]] = [
    ("the question with the name", "Oslo", FERRY, "The ferry leaves in Oslo.", 1),
    ("not another name", "Oslo", FERRY, "The ferry does not leave in Bergen.", None),
    ("a name that begins alike", "Moscow", FERRY, "The ferry leaves in Moskva.", None),
    ("no name", "Oslo", FERRY, "The ferry leaves in the evening.", None),
    ("a wider place", "Oslo", FERRY, "The ferry leaves in Norway.", None),
    ("another initial of one letter", "B. Holm", BRIDGE, "A. Holm", 0),
    ("an initial", "John F. Holm", BRIDGE, "It was John F. Holm.", 1),
    ("another initial", "John F. Holm", BRIDGE, "John B. Holm", 0),
    ("a part of the name", "Ada Holm", BRIDGE, "Answer: Holm", None),
    ("a verdict in bold", "true", "True or false?", "**False** – it is odd.", 0),
    ("a condition", "true", "True or false?", "If the claim is true, n is even.", None),
]


@pytest.mark.parametrize(
    ("listed", "question", "reply", "wanted"), [row[1:] for row in UNLISTED], ids=[row[0] for row in UNLISTED]
)
def test_what_is_not_listed(listed: str, question: str, reply: str, wanted: int | None) -> None:
    assert _verdict(text.Scorer(any_of=[listed]), question, reply) == wanted


@pytest.mark.parametrize(("answer", "reply", "wanted"), [row[1:] for row in FORMULAS], ids=[row[0] for row in FORMULAS])
def test_formulas(answer: str, reply: str, wanted: int | None) -> None:
    assert _verdict(expression.Scorer(answer=answer), "Find it.", reply) == wanted


@pytest.mark.parametrize(
    ("tokens", "reply", "wanted"), [row[1:] for row in SEQUENCES], ids=[row[0] for row in SEQUENCES]
)
def test_sequences(tokens: list[str], reply: str, wanted: int | None) -> None:
    assert _verdict(sequence.Scorer(tokens=tokens), "In which order?", reply) == wanted
