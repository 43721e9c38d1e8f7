"""The scorer `choice`: tables of replies."""

from __future__ import annotations

import pytest

from evalkit.scorers import choice
from tests.answer_tables import COUNT, MANY, ONE, score, table


@table("choice_one")
def test_choice_of_one(reply: str, value: float | None) -> None:
    assert score(ONE, reply).value == value


@table("choice_number")
def test_choice_among_numbers(reply: str, value: float | None) -> None:
    assert score(COUNT, reply).value == value


@table("choice_many")
def test_choice_of_many(reply: str, value: float | None) -> None:
    assert score(MANY, reply).value == value


TENS = {"A": "10", "B": "20", "C": "30"}
WORDS_ABCD = {"A": "convex", "B": "concave", "C": "linear", "D": "periodic"}


@pytest.mark.parametrize(
    ("options", "correct", "reply", "value"),
    [
        (WORDS_ABCD, "A", "So a linear term alone does not explain the bend.\n\nA", 1),
        (WORDS_ABCD, "B", "Thus a linear function can be ruled out at once, and a periodic one does not fit.\n\nI would go with B.", 1),
        (WORDS_ABCD, "C", "We can rule out A, B and D.", None),
        (WORDS_ABCD, "B", "A is out, C and D too. B is the only one that fits.", 1),
        (WORDS_ABCD, "A", r"Thus $B^\top A B$ is positive semidefinite as well, and f is convex.", 1),
        (WORDS_ABCD, "A", "None of the options is correct. A convex function would need more.", 0),
        (WORDS_ABCD, "B", "Answer: none of these", 0),
        ({"A": "10", "B": "20", "C": "30"}, "A", "So we use C(5, 2).\n\nThe number of pairs is 10.", 1),
        ({"A": "10", "B": "20", "C": "30"}, "C", "It is 25 °C outside.", None),
        ({"A": "-1", "B": "0", "C": "2"}, "A", "The answer is 1.", 0),
        ({"A": "-1", "B": "0", "C": "1"}, "A", "The answer is -1.", 1),
        ({"A": "1/2", "B": "1/3"}, "A", "Answer: 0.5", 1),
        ({"A": "acid", "B": "base", "C": "a"}, "A", "The answer is (A).", 1),
        ({"A": "odd", "B": "even", "C": "mixed"}, "C", "The graph looks mixed at first sight.\n\nB", 0),
        ({"A": "4 cm", "B": "6 cm", "C": "9 cm"}, "C",
         "The final answer is the long side. We rule out 4 cm and 6 cm.\n\nThe answer is (C).", 1),
        (WORDS_ABCD, "A", "If sharp bends were eliminated, what is left would be convex.", 1),
        (TENS, "C", "Therefore, the length is 12.", 0),
        (TENS, "C", "Therefore, the length is 30.", 1),
        (TENS, "C", "The length should be 12, but this is not an option. The correct answer should be 12, but it is missing.", 0),
        (TENS, "C", r"Sides add up. Therefore \(\angle H = 5 + 7.5 = \boxed{12.5^\circ}\).", 0),
        (TENS, "C", r"Together $16 + 29 = \boxed{45}$. The answer is: (C).", 1),
        (TENS, "C", r"Together $16 + 29 = \boxed{45}$. The answer is: (B).", 0),
        (TENS, "C", r"Answer: 30" "\n\n" r"No, it is $\boxed{45}$.", 0),
        (WORDS_ABCD, "A", "Answer: AC", 0),
        (TENS, "C", "所以选 A。 <eoe>\n【答案】 C <eoa>", 1),
        (TENS, "C", "Thus x = 5 and y = 7.", None),
        (TENS, "C", "Hence the length is not 12.", None),
        (TENS, "C", "Thus there are 2 cases. We count both.\n\nThe number of pairs is 30.", 1),
        (TENS, "A", r"$A$ is the amount of money." "\n\n" r"\[ A = 5(1 + 0.04)^4 \left(", None),
        ({"A": "1/3", "B": "1/2"}, "A", "Therefore, the probability is 0.33.", 1),
        ({"A": "1/3", "B": "1/2"}, "A", "Therefore, the probability is 50%.", 0),
        ({"A": "1/3", "B": "1/2"}, "A", "Therefore, the probability is about 0.34.", None),
        ({"A": "5 cm", "B": "6 cm"}, "A", "Therefore, the length is 50 mm.", None),
        ({"A": "135°", "B": "150°"}, "B", "If angle A is 110°, then the measure of angle BOC is (B) 150°.", 1),
        ({"A": "135°", "B": "150°"}, "A", r"Answer: $135^{\circ}$", 1),
        ({"A": "135°", "B": "150°"}, "A", "Therefore, the angle is 125 degrees.", 0),
        ({"A": "yes", "B": "no"}, "B", "A: No, it is not the maximum. It comes third.", 1),
        ({"A": "yes", "B": "no"}, "A", "A: Yes, it is.", 1),
        ({"A": "red", "B": "red and blue", "C": "blue"}, "B", "The flag is red and blue.", 1),
        ({"A": "Is it faster with wax?", "B": "Is it faster with thick wax?"}, "B",
         "What this can answer is (B) Is it faster with thick wax? By taking the mean they see it.", 1),
        ({"A": "Is it faster with wax?", "B": "Is it faster with thick wax?"}, "B", "The answer is: (A) Is it faster with wax?", 0),
        ({"D": "d1", "E": "e1", "H": "h1"}, "D", r"$\boxed{\langle H\rangle \ll \Delta E}$ in the limit." "\n\n**Answer: D**", 1),
    ],
)  # fmt: skip
def test_choice_reads_from_the_end(options: dict[str, str], correct: str, reply: str, value: float | None) -> None:
    assert score(choice.Scorer(options=options, correct=[correct]), reply).value == value


def test_letters_run_together() -> None:
    many = choice.Scorer(options=WORDS_ABCD, correct=["A", "C"], many=True)
    assert [score(many, reply).value for reply in ("Answer: AC", "【答案】 AC <eoa>", "Answer: AD", "Answer: A")] == [
        1,
        1,
        0,
        0,
    ]


def test_choice_words_beside_it() -> None:
    named = choice.Scorer(options=ONE.options, correct=ONE.correct, beside=["PyTorch", "PyTorch's"])
    reply = "**Answer:** PyTorch's MSELoss, since L1Loss sums absolute values."
    assert [score(scorer, reply).value for scorer in (ONE, named)] == [0, 1]


def test_choice_accepts_alternatives_and_aliases() -> None:
    scorer = choice.Scorer.model_validate(
        {
            "options": {"A": "yes", "B": "no"},
            "correct": ["A"],
            "aliases": {"B": ["never"]},
            "accept": [{"correct": ["B"], "note": "if lambda = 0"}],
        }
    )
    results = [score(scorer, f"Answer: {reply}") for reply in ("A", "never", "maybe")]
    assert [(r.value, r.given) for r in results] == [(1, "staff"), (1, "if lambda = 0"), (None, None)]


YES_NO = choice.Scorer(options={"A": "yes", "B": "no", "C": "maybe"}, correct=["B"])


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("Options: A, B, C", None),
        ("Options:\nA, B, C", None),
        ("Options:\nA, B, C\n\nAnswer: B", 1),
        ("Answer: A, B, C", 0),
        ("B: yes", None),
        ("B: no", 1),
        ("A: no", 1),
        ("A: yes", 0),
        ("**B: yes**", None),
        ("Answer: B</s>", 1),
        ("Answer: C</s>", 0),
    ],
)
def test_letters_beside_texts_and_lists_of_options(reply: str, value: float | None) -> None:
    assert score(YES_NO, reply).value == value


INTERVALS = {"A": "(0, 1)", "B": "[0, 1)", "C": "(0, 1]", "D": "[0, 1]"}
SIGNED = {"A": "-2", "B": "2", "C": "1/2", "D": "-1/2"}
TRENDS = {"A": "It halves", "B": "It doubles", "C": "It stays the same"}


@pytest.mark.parametrize(
    ("options", "reply", "value"),
    [
        (INTERVALS, "[0, 1)", 1), (INTERVALS, "$[0,1)$", 1), (INTERVALS, "(0,1]", 0), (INTERVALS, "The domain is [0,1].", 0),
        (SIGNED, "two", 1), (SIGNED, "minus two", 0), (SIGNED, "negative 2", 0),
        (TRENDS, "C is tempting, but B is right.", 1), (TRENDS, "B is tempting, but C is right.", 0), (TRENDS, "C is tempting, but B.", None),
        (TRENDS, "Both A and B are right.", 0), (TRENDS, "**B** It doubles\n\nA: no. C: no.", 1), (TRENDS, "A ✗ B ✓ C ✗", 1), (TRENDS, "A: no, B: yes, C: no", 1),
        (TRENDS, "A is false. B is true. C is false.", 1), (TRENDS, "Let B be the event. Then P(B) = 1/2.", None), (TRENDS, "\\boxed{E}", 0), (TRENDS, "Answer: F", 0),
        (TRENDS, "None of these.", 0), (TRENDS, "the second option", 1), (TRENDS, "'B'", 1), (TRENDS, "{'answer': 'B'}", 1), (TRENDS, "<choice>C</choice>", 0),
        (TRENDS, "option_B", 1),
    ],
)  # fmt: skip
def test_contrasts_verdicts_and_names(options: dict[str, str], reply: str, value: float | None) -> None:
    assert score(choice.Scorer(options=options, correct=["B"]), reply).value == value


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("- B\n- C", 1), ("1. B\n2. C", 1), ("Correct: B, C. Incorrect: A.", 1), ("A is false. B is true. C is true.", 1), ("All of them", 0),
        ("A ✗ B ✓ C ✓", 1), ("A ✓ B ✓ C ✗", 0),
    ],
)  # fmt: skip
def test_several_options(reply: str, value: float | None) -> None:
    assert score(choice.Scorer(options=TRENDS, correct=["B", "C"], many=True), reply).value == value


@pytest.mark.parametrize("formula", ["x + {}", "{} + x", "x = {}", "2 - {}", "{} * 2"])
@pytest.mark.parametrize("behind", [": 4", " is 4.", ", 4."])
def test_a_letter_beside_an_operator_is_a_symbol(formula: str, behind: str) -> None:
    scorer = choice.Scorer(options={"A": "four", "B": "five", "C": "six"}, correct=["A"])
    said = f"{formula.format('C')}{behind}"
    assert score(scorer, said).value is None
    assert score(scorer, f"I choose A.\n\nHere {said}").value == 1.0
