"""Final answers in the shapes that chat models give them: each rule with replies that it must leave alone.

A row is (kind, staff's answer, question, reply, verdict); the same replies with other staff answers are wrong.
"""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.scorers import choice, expression, number, sequence, text
from evalkit.types import Conversation, Question

MILL = "A mill grinds 12 sacks an hour for 7 hours. How many sacks?"
PENS = "How many pens in all?"
HEAD = "| Colour | Boxes | Pens |\n|---|---|---|\n| red | 3 | 36 |\n| blue | 4 | 48 |\n"
TWO = "| Colour | Pens |\n|---|---|\n| red | 36 |\n| blue | 48 |"

NUMBERS: list[tuple[str, float, str, str, int | None]] = [
    ("a row of the total", 84, PENS, HEAD + "| **Total** | **7** | **84** |", 1),
    ("a row of the total, another sum", 84, PENS, HEAD + "| Total | 7 | 85 |", 0),
    ("the column that is asked for", 7, "How many boxes in all?", HEAD + "| Total | 7 | 84 |", 1),
    ("a share behind the total", 84, PENS, "| C | Pens | Share |\n|---|---|---|\n| red | 36 | 43% |\n| Total | 84 | 100% |", 1),
    ("a table of steps", 84, MILL, "| Step | What | Number |\n|---|---|---|\n| 1 | hours | 7 |\n| 2 | 7 × 12 | 84 |", 1),
    ("rows beside each other", 36, PENS, TWO, None),
    ("rows beside each other, the last", 48, PENS, TWO, None),
    ("rows beside each other below the answer", 84, PENS, "There are 84 pens:\n\n" + TWO, 1),
    ("rows beside each other above the answer", 84, PENS, TWO + "\n\nThat makes 84 pens in all.", 1),
    ("two units, the first", 0.79, "What does it cost in dollars?", "79 cents (or $0.79)", 1),
    ("two units, the other", 79, "What does it cost in cents?", "79 cents (or $0.79)", 1),
    ("two units, not the one that is named", 0.79, "What does it cost in cents?", "79 cents (or $0.79)", 0),
    ("two units with an or", 90, "How many minutes?", "It takes 1.5 hours, or 90 minutes.", 1),
    ("two units in brackets", 2000, "How many meters?", "It is 2 km (2000 m) long.", 1),
    ("two things with an or", 3, "How many?", "There are 3 pens, or 4 crayons.", None),
    ("the name that is asked for", 9, "Find x.", "x = 9, so x + 1 = 10", 1),
    ("the name that is asked for, wrong", 9, "Find x.", "x = 10, so x + 1 = 11", 0),
    ("the expression that is asked for", 10, "If 2x = 18, find x + 1.", "Solving gives x = 9, so x + 1 = 10.", 1),
    ("a check in numbers below the name", 9, "Solve for x.", "2x = 18\nx = 9\n2 * 9 = 18", 1),
    ("a chain behind the name", 9, "Solve for x.", "2x = 18\nx = 18/2 = 9", 1),
    ("no name behind the last equation", 9, "Solve for x.", "2x = 18\nSo the answer is 9", 1),
    ("a bound", 48, "How many are there?", "It is at least 48", None),
    ("a bound that is asked for", 48, "What is the least number?", "It is at least 48.", 1),
    ("a bound that has to be reached", 48, "How many pens does she need?", "She needs at least 48 pens.", 1),
    ("a range", 4, "How many?", "The result is between 3 and 5.", None),
    ("a distance between two", 2, "How far?", "The distance between 3 and 5 is 2.", 1),
    ("another case", 84, MILL, "It grinds **84 sacks**.\n\nIf it ran for 10 hours, it would be 120 sacks.", 1),
    ("another case behind", 84, MILL, "It grinds 84 sacks. It would be 120 if it ran for 10 hours.", 1),
    ("the case of the question", 84, MILL, "If it grinds 12 sacks an hour for 7 hours, it would grind 84 sacks.", 1),
    ("the case of the question, wrong", 84, MILL, "If it grinds 12 an hour for 7 hours, it would grind 74 sacks.", 0),
    ("another answer that would be", 84, MILL, "84 sacks.\n\n(If it paused for 1 hour, the answer would be 72.)", 1),
    ("a note", 84, MILL, "It grinds 84 sacks.\n\n**Note:** Without a pause of 1 hour more, 72.", 1),
    ("a tip", 84, MILL, "So it grinds 84 sacks.\n\nTip: for 10 hours the same gives 120.", 1),
    ("a mistake that others make", 84, MILL, "So it grinds 84 sacks.\n\nCommon mistake: adding them to get 19.", 1),
    ("a note that corrects", 74, MILL, "It grinds 84 sacks.\n\nNote: the result is 74, I misread the rate.", 1),
    ("a check without a label", 84, MILL, "It grinds 84 sacks.\n\nTo verify: 84 / 12 = 7 hours, which matches.", 1),
    ("a check with another result", 12, "How many?", "5\n\nLet me verify this. He has 3. That gives 12 apples in all", 1),
    ("sure of it", 84, MILL, "84\n[Confidence]: 95%", 1),
    ("sure of it, in words", 84, MILL, "The total is 84.\n\n**Confidence level:** High (95%)", 1),
    ("a question of confidence", 95, "How sure?", "The confidence is what we want.\n\nConfidence level: 95%", 1),
    ("a guess and its probability", 84, MILL, "Guess: 84\nProbability: 0.9", 1),
    ("taken back in a block below", 84, MILL, "Answer: 74\n\nActually, I miscalculated. 12 × 7 = 84, so it is 84.", 1),
    ("taken back, computed anew", 84, MILL, "The answer is 74. Hmm, let me recompute: 12 × 7 = 84. So 84.", 1),
    ("a wait that only checks", 84, MILL, "The answer is 84. It can wait.", 1),
    ("a summary above", 84, MILL, "**TL;DR:** 84 sacks.\n\n**Details**\n\n- Rate: 12 sacks/h\n- Time: 7 h", 1),
    ("the answer, then the given", 84, MILL, "84\n\nThe mill grinds 12 sacks an hour and runs for 7 hours.", 1),
    ("a first line and another result", 5, MILL, "5\n\nIn truth, after computing, he has 13 sacks.", 0),
    ("givens line by line", 84, MILL, "12 sacks\n\n7 hours\n\nWe multiply them and get 84 sacks.", 1),
    ("here it is", 84, MILL, "Sure! Here's the answer:\n\n84 sacks\n\nHere's how:\n\n- 12 sacks/hour\n- 7 hours", 1),
    ("where a name stands for", 84, MILL, "$N = 84$, where $t = 7$ and $r = 12$.", 1),
    ("what one might think", 84, MILL, "You might think it's 19, but it's actually 84.", 1),
    ("a goodbye with a number", 84, MILL, "It grinds 84 sacks. If you have questions about the 7 hours, feel free to ask!", 1),
    ("what it is compared with", 84, MILL, "It grinds 84 sacks. This is more than the old one, which ground 60 sacks.", 1),
    ("how much more", 24, "One grinds 60, one 84. How many more?", "The new mill grinds 24 sacks more than the old one.", 1),
    ("a conclusion behind than", 24, "One grinds 60, one 84. How many more?", "84 sacks are more than 60, so it is 24.", 1),
    ("a rate behind the answer", 84, MILL, "It grinds 84 sacks. That is 12 sacks per hour.", 1),
    ("a rate that is asked for", 12, "What is its rate?", "The mill grinds 12 sacks per hour.", 1),
    ("parts without their sum", 84, PENS, "Ann gets 16 pens, Bo gets 8 pens, and Cy gets 60 pens.", None),
    ("parts and their sum", 84, PENS, "Ann gets 16 pens, Bo gets 8 pens, and in total there are 84 pens.", 1),
    ("two ends", 2, "How far apart?", "The high is 10, while the low is 2.", None),
    ("in words beside the question's number", 2, "How many grind below 40?", "There are two mills below 40.", 1),
    ("in words, another", 40, "How many grind below 40?", "There are two mills below 40.", 0),
    ("several values behind a name", 2, "k = ?", "Answer: k = 2, -2", 0),
    ("a decimal comma behind a name", 2.5, "k = ?", "Answer: k = 2,5", 1),
    ("digits below each other", 450, "How much?", "The answer is:\n\n4\n5\n0", None),
    ("the same below each other", 450, "How much?", "Answer:\n450\n450 dollars", 1),
    ("a factorial within a sentence", 120, "How many orders of 5?", "There are $5!$ orders.", 1),
    ("an exclamation at the end", 5, "How many?", "There are 5! Great.", 1),
    ("begun and cut", 84, MILL, "We have 7 hours with 84 sacks in total. The remain", None),
    ("a conclusion that is cut", 84, MILL, "There are 7 hours of 12 sacks, so we multip", None),
    ("Chinese without blanks", 84, MILL, "所以，一共磨了84袋。", 1),
    ("a word of another script", 84, MILL, "因此，答案是 **84** 袋。", 1),
    ("a step in Chinese", 84, MILL, "第84步", None),
    ("a letter behind a number", 84, MILL, "84 x", None),
    ("a relative clause", 0, "How likely?", "The chance is 0%. This changes the state that is not determined until then.", 1),
    ("a reason behind", 84, MILL, "84, since 12 times 7 is 84 and there are no pauses in these 7 hours.", 1),
    ("a reason in front", 84, MILL, "Since it grinds 12 in each of 7 hours, it grinds 84 sacks.", 1),
    ("a reason that concludes", 84, MILL, "It is not 19, because 7 times 12 are asked for, so 84.", 1),
    ("a share that is asked for", 25, "What percent of the 84 is wet?", "25 percent of the sacks, that is, 21 of 84.", 1),
    ("a count that is asked for", 21, "How many of the 84 are wet?", "25 percent of the sacks, that is, 21 of 84.", 1),
    ("a refusal", 0, "How likely?", "The chance is 0%, some say. The true one cannot be determined.", None),
]  # fmt: skip

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
    ("another date in words", "05/03/2021", "The answer is May 4, 2021.", 0),
    ("what it is compared with", "Bergen", "Oslo is larger than its neighbour, Bergen.", None),
]

BASKET = "A basket holds some apples. How many does Ida have?"

NARROWED: list[tuple[str, float, str, str, int | None]] = [
    (
        "a condition with its result is no goodbye",
        17,
        BASKET,
        "Ida picks 9 apples. If you need all of them, it is 17.",
        1,
    ),
    ("the number above it", 9, BASKET, "Ida picks 9 apples. If you need all of them, it is 17.", 0),
    ("thanks to something", 17, BASKET, "Ida picks 9. Thanks to her aunt she has 17.", 1),
    ("a goodbye with a number", 17, BASKET, "Ida has 17. If you have 2 more questions, let me know!", 1),
    ("a takeaway", 17, BASKET, "Ida picks 9 apples.\n\nTakeaway: with those of her aunt she has 17.", 1),
    ("an amount called tip", 6, "How much is the tip?", "The meal costs 40 euros.\n\nTip: 6 euros", 1),
    (
        "a level that is asked for",
        90,
        "Which confidence level is it?",
        "The value of z is 1.64.\nConfidence level: 90%",
        1,
    ),
    ("a check with another result", 17, BASKET, "9 + 8 = 16\n\nLet me check 9 + 8 = 10 + 7 = 17.", 1),
    ("a guess that is left behind", 17, BASKET, "Guess: 20\n\nThen she counts them. There are 17.", 1),
    ("only a guess", 17, BASKET, "She picks 9 first.\n\nMy guess: 17", 1),
    ("a rate in the first line", 17, "How many are in 2 bags?", "17 per bag\n\nShe has 2 bags of them.", 0),
    (
        "a mistake of others",
        17,
        BASKET,
        "The answer is 17. Actually, there is a typical mistake here: taking 9 twice.",
        1,
    ),
    (
        "an operand above another case",
        11,
        "A day costs 11. And a week?",
        "A day costs 11. For 7 days she would pay 77.",
        None,
    ),
    (
        "a case of the question in words",
        77,
        "A day costs eleven. And seven?",
        "If one day costs 11 coins, she would pay 77 coins.",
        1,
    ),
    (
        "a condition on what is heavier",
        4,
        "How many trips?",
        "A cart takes 2. As this is heavier than it may be, they make 4.",
        1,
    ),
    ("rather than", 8, BASKET, "There are 3 at first. Rather than guess, she counts them and gets 8.", 1),
    (
        "a rate above an amount",
        90,
        "What does she get?",
        "She gets 90 euros in 6 hours. She gets 15 euros per hour.",
        None,
    ),
    ("people who came", 52, "How many came?", "52 people came, but 13 left again.", 1),
    ("what people think", 52, "How many came?", "Many people say 40, but it is 52.", 1),
    ("a formula before where", 5, "What is the slope?", "The line is y = mx + 8, where m = 5.", 1),
    ("a value before where", 35, "How far?", "In all the ferry goes 35 km along the river, where t = 5.", 1),
    ("a computation alone for a letter", 6, "Find k.", "24 / 4 = 6", 1),
    ("behind an equation", 6, "Solve for k.", "4k = 24. 24 / 4 = 6.", 1),
    ("a check behind the letter", 6, "Solve for k.", "k = 6\n4 * 6 = 24", 1),
    ("the operand above a computation", 4, "What is k if 4k = 24?", "Divide both sides by 4:\n24 ÷ 4 = 6", 0),
    (
        "the column of the question",
        14,
        "How many tickets were sold in March?",
        "|  | March | April |\n|---|---|---|\n| Total | 14 | 19 |",
        1,
    ),
    (
        "the other column",
        19,
        "How many tickets were sold in March?",
        "|  | March | April |\n|---|---|---|\n| Total | 14 | 19 |",
        0,
    ),
    (
        "columns that nothing tells apart",
        19,
        "What comes out?",
        "|  | March | April |\n|---|---|---|\n| Total | 14 | 19 |",
        None,
    ),
    ("a table of things", 16, BASKET, "| Item | Result |\n|---|---|\n| pears | 4 |\n| plums | 16 |", None),
    (
        "the row of the question",
        16,
        "How many plums?",
        "| Item | Number |\n|---|---|\n| pears | 4 |\n| plums | 16 |",
        1,
    ),
    ("bars that make no table", 9, "How many elements?", "We count:\n|M| = 4\n|N| = 5\n|M ∪ N| = 9", 1),
    ("a scale in Chinese", 20000, "多少?", "2万", 1),
    ("without its scale", 2, "多少?", "2万个", 0),
    ("a range in Chinese", 5, "多少?", "需要5到6天", None),
    ("a sentence without its full stop", 17, BASKET, "There are 17. That is all", 1),
    ("a conclusion without its full stop", 17, BASKET, "She has 17, so there are enough for all", 1),
    ("an interval without an end", 7, "What is the least value?", "\\((7, \\infty)\\)", 0),
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
    ("value", "question", "reply", "wanted"),
    [row[1:] for row in NUMBERS + NARROWED],
    ids=[row[0] for row in NUMBERS + NARROWED],
)
def test_numbers(value: float, question: str, reply: str, wanted: int | None) -> None:
    assert _verdict(number.Scorer(value=value), question, reply) == wanted


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
