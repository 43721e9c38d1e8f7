"""The scorers of final answers: tables of replies, and properties on any text. `expression` has its own file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from evalkit.scorers import choice, number, sequence, text, words
from evalkit.types import Conversation, Question, Score, Scorer
from tests.benchmarks import answers as benchmark

CASES = Path(__file__).parent / "cases" / "answers"
QUESTION = Question("set/problem", "What?")


def score(scorer: Scorer, reply: str) -> Score:
    return scorer.score(Conversation(QUESTION, (reply,)))[0]


def table(name: str) -> pytest.MarkDecorator:
    """The replies of tests/cases/answers/<name>.toml, each with the value it must get and its beginning as its id."""
    cases = tomllib.loads((CASES / f"{name}.toml").read_text(encoding="utf-8"))
    expected = {"right": 1.0, "wrong": 0.0, "unjudged": None}
    rows = [(reply, value) for key, value in expected.items() for reply in cases.pop(key)]
    assert not cases, f"{name}.toml: unknown keys {list(cases)}"
    return pytest.mark.parametrize(("reply", "value"), rows, ids=[reply[:50] for reply, _ in rows])


# ---------------------------------------------------------------- number

SECONDS = number.Scorer(value=336, unit="s")


@table("number")
def test_number_with_unit(reply: str, value: float | None) -> None:
    assert score(SECONDS, reply).value == value


@pytest.mark.parametrize(
    ("fields", "reply", "value"),
    [
        ({"value": 12345}, "$12{,}345$", 1),
        ({"value": 12345}, r"12\,345", 1),
        ({"value": 12345}, "12 345", 1),
        ({"value": 94, "unit": "%"}, "94%", 1),
        ({"value": 94, "unit": "%"}, "0.94", 1),
        ({"value": 94, "unit": "%"}, "94", 1),
        ({"value": 94, "unit": "%"}, r"\boxed{94\,\%}", 1),
        ({"value": 94, "unit": "%"}, "9.4%", 0),
        ({"value": 0.94}, "94%", 1),
        ({"value": 0.94}, "94", 0),
        ({"value": 0.94}, r"\frac{47}{50}", 1),
        ({"value": 2}, "2 linear layers", 1),
        ({"value": 2}, "**2** layers and 3 inputs", 1),
        ({"value": 2}, "x = -2", 0),
        ({"value": -2}, "x = −2", 1),
        ({"value": 3.14, "tolerance": 0.005}, r"$\pi \approx 3.1416$", 1),
        ({"value": 3.14, "tolerance": 0.001}, "3.1416", 0),
        ({"value": 12, "unit": "GB"}, "12GB", 1),
        ({"value": 12, "unit": "GB"}, "12 MB", None),
        ({"value": 35, "unit": "epochs"}, "35 epochs in 341 s", 1),
        ({"value": 12, "unit": "s", "unit_required": True}, "12", None),
        ({"value": 0}, "0", 1),
        ({"value": 0.1}, "1/10", 1),
        ({"value": 4}, r"$\boxed{4\sqrt{2}}$", 0),
        ({"value": 2}, "The area is $2\\pi$.", 0),
        ({"value": 6.283185307}, "The area is $2\\pi$.", 1),
        ({"value": 1.75}, r"**Answer:** $1\frac{3}{4}$", 1),
        ({"value": 10.5}, r"\boxed{2\tfrac12}", 0),
        ({"value": 2.5}, "The answer is 2½.", 1),
        ({"value": 2.5}, "The answer is 2.5 million dollars.", 0),
        ({"value": 3_000_000}, "**Answer:** 3 million", 1),
        ({"value": 6}, "Answer: 3!", 1),
        ({"value": 5}, "It is 5!", 1),
        ({"value": 12}, "Answer: 12 - 10d", 0),
        ({"value": 12}, "Answer: 3 + 4\\sin 2", None),
        ({"value": 2}, r"Answer: $\ln 2$", 0),
        ({"value": 3}, r"Answer: $\frac{\log{8}}{\log{2}}$", 1),
        ({"value": 3}, r"\log 8 / \log 2", 1),
        ({"value": 3}, "Answer: log8/log2", 1),
        ({"value": 3}, r"\boxed{\log_{2}8}", 1),
        ({"value": 3}, r"\boxed{\log_28}", 1),
        ({"value": 1.5}, r"\boxed{\frac{\log_{2}8}{\log_{2}4}}", 1),
        ({"value": 3}, "Answer: log₂8", 1),
        ({"value": 2}, r"\boxed{\log 100}", None),
        ({"value": 2}, r"\boxed{\lg 100}", 1),
        ({"value": 1.3862943611}, r"\boxed{2\ln 2}", 1),
        ({"value": 3}, r"\boxed{\log 8 / \log x}", 0),
        ({"value": 3}, "Answer: log2(8)", None),
        ({"value": 4}, "Thus r = -7 or r = -1.\n\nAnswer: $-7, -1$", 0),
        ({"value": 3}, "Answer: x = 3 or x = -3", 0),
        ({"value": 3}, "Answer: 3 or 4", None),
        ({"value": 3}, "Answer: (3, 4)", 0),
        ({"value": 24}, "3c^2", 0),
        ({"value": 5}, "Answer: 5c", None),
        ({"value": 90, "unit": "g"}, r"\boxed{90 \text{ grams}}", 1),
        ({"value": 140, "unit": "g"}, r"\boxed{90 \text{ grams}}", 0),
        ({"value": 1.4, "unit": "kilograms"}, "Answer: 1400 g", 1),
        ({"value": 18, "unit": "$"}, "Answer: 18 US-Dollar", 1),
        ({"value": 18, "unit": "dollars"}, "Answer: 18 U.S. dollars", 1),
        ({"value": 18, "unit": "$"}, "Answer: 18 euros", None),
        ({"value": 540, "unit": "m"}, "180 Meter", 0),
        ({"value": 1.2, "unit": "cm"}, "So it is compressed by 0.0115 meters, or 1.2 cm.", 1),
        ({"value": 7}, "So 3 + 4 = 7 cannot be right.\nPlease check it.\nAnswer:", None),
        ({"value": 7}, r"So it is $\boxed{7}$." "\nAnswer:", 1),
        ({"value": 24}, "V = 288, so the part is 96.\n<eoe>\n【答案】24<eoa>", 1),
        ({"value": 24}, "Es sind 3 mal 8 und 2 mal 96.\nAntwort: 24", 1),
        ({"value": -5}, "The answer is –5.", 1),
        ({"value": 1500}, "The answer is 1.5 x 10^3.", 1),
        ({"value": 48250}, r"$\boxed{48,\! 250}$", 1),
        ({"value": 100000}, "Answer: 1,00,000", 1),
        ({"value": 1234.56}, "Answer: 1.234,56", 1),
        ({"value": 72}, "He reads 8 pages a day. It takes 72 days.", 1),
        ({"value": 35}, "**Answer:** 35%", 1),
        ({"value": 0.35}, "**Answer:** 35%", 1),
        ({"value": 36}, "**Answer:** 36 dollars for the 2 lamps", 1),
        ({"value": 12}, "The answer is 4 times 3, which equals 12.", 1),
        ({"value": 8}, "So the number left is 17 minus 9, or 8. \nTherefore the total is 8.", 1),
        ({"value": 14}, "There are 9 + 16, so there are 25 singers. The concert is sung by 25 - 11 = 14 people.", 1),
        ({"value": 30}, "So there are 60 pens.\nHalf of them are red: 60 / 2 = 30.\nA: 30", 1),
        ({"value": 41}, "So it carried 44 cars.\nThen 3 fewer.\n#### 41", 1),
        ({"value": 9}, "She has 9 eggs left. Doubling gives 18.\n\n**18**", 0),
        ({"value": 4}, "Answer: 34510^{99}", 0),
        ({"value": 4}, "The left limit is 4, and 4 looks tempting.\n\n**Answer:** undefined", 0),
        ({"value": 72}, "48+24=72\n#### 72\n\nQuestion: A tap drips.\nAnswer: 0.2*50 = 10\n#### 10", 1),
        ({"value": 4}, "We are given that the answer is 15, so 60 = 15x.\nThe value of x is 4.", 1),
        ({"value": 3}, "He eats 2.5 of them.\n\nTherefore, he needs three sticks.", 1),
        ({"value": 3}, "There are three small pens left on the table.", 1),
        ({"value": 4}, "There are three small pens left on the table.", 0),
        ({"value": 3}, "We take the red ones away. There are three pens left.", 1),
        ({"value": 0}, "There are no pens in the box.", 1),
        ({"value": 2}, "There are no pens in the box.", 0),
        ({"value": 0}, "There is no way to tell.", None),
        ({"value": 1}, "There is one pen in the box.", 1),
        ({"value": 2}, "One of the two is red.", None),
        ({"value": 2}, "The box has ___ pens in 2 equal rows.", None),
        ({"value": 2}, "The box has (_) pens in 2 equal rows.", None),
        ({"value": 2}, "The box has ___2___ pens.", 1),
        ({"value": 1.22}, "Therefore, he paid 1 dollar and 22 cents.", 1),
        ({"value": 1.22}, "The answer is 1 dollar and 22 cents, or 122.", 1),
        ({"value": 22}, "Therefore, he paid 1 dollar and 22 cents.", 0),
        ({"value": 122, "unit": "cents"}, "1 dollar and 22 cents", 1),
        ({"value": 90}, r"\boxed{90^\circ}", 1),
        ({"value": 90, "unit": "degrees"}, r"\boxed{90^{\circ}}", 1),
    ],
)
def test_number_fields(fields: dict[str, Any], reply: str, value: float | None) -> None:
    assert score(number.Scorer(**fields), reply).value == value


PARTS = number.Scorer.model_validate(
    {
        "parts": [
            {
                "name": "baseline",
                "value": 341,
                "unit": "s",
                "cues": ["baseline"],
                "accept": [{"value": 356, "note": "reproduction"}, {"value": 6, "unit": "min", "note": "rounded"}],
            },
            {"name": "final", "value": 297, "unit": "s", "cues": ["final"]},
        ]
    }
)


@pytest.mark.parametrize(
    ("reply", "value", "given"),
    [
        ("Baseline: 341 s. Final: 297 s.", 1, "staff"),
        ("Baseline: 356 s. Final: 297 s.", 1, "baseline: reproduction"),
        ("Baseline: 6 min. Final: 297.", 1, "baseline: rounded"),
        ("Baseline: 323 s. Final: 297 s.", 0, "baseline: 323 s"),
        ("**Baseline:** 297 s\n\n**Final:** 341 s", 0, "baseline: 297 s; final: 341 s"),
        ("The baseline is 341 s.", None, "final: none"),
        ("The baseline is 323 s.", 0, "baseline: 323 s; final: none"),
        ("The baseline is 341 s.\n\n**Final answer:** the final time is 297 s.", 1, "staff"),
        ("Baseline 341 s, final 297 s.\n\n**Final answer:** baseline 323 s, final 297 s.", 0, "baseline: 323 s"),
        (r"\boxed{\text{baseline: } 341\ \text{s}, \quad \text{final: } 297\ \text{s}}", 1, "staff"),
        ("341 s and 297 s", None, "baseline: none; final: none"),
    ],
)
def test_number_parts_and_what_was_given(reply: str, value: float | None, given: str) -> None:
    result = score(PARTS, reply)
    assert (result.value, result.given) == (value, given)


def test_number_of_a_single_value_says_what_was_given() -> None:
    scorer = number.Scorer.model_validate({"value": 5, "accept": [{"value": 6, "note": "off by one"}]})
    given = [score(scorer, reply).given for reply in ("5", "6", "7", "none")]
    assert given == ["staff", "off by one", "7", None]


# ---------------------------------------------------------------- choice

ONE = choice.Scorer(options={"A": "L1Loss", "B": "MSELoss", "C": "CrossEntropyLoss"}, correct=["B"])
COUNT = choice.Scorer(options={"A": "0", "B": "1", "C": "2", "D": "3"}, correct=["C"])
MANY = choice.Scorer(
    options={"A": "weight decay", "B": "dropout", "C": "layer norm", "D": "batch norm", "E": "SGD optimizer"},
    correct=["A", "E"],
    many=True,
)


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


# ---------------------------------------------------------------- sequence

TOKENS = sequence.Scorer(tokens=["<sos>", "I", "see", "a", "dog"])


@table("sequence")
def test_sequence(reply: str, value: float | None) -> None:
    assert score(TOKENS, reply).value == value


def test_sequence_fields() -> None:
    both = "Inputs: `<sos> I see`\n\nTargets: `I see <eos>`"
    joined = both.replace("\n\n", "\n")
    plain = sequence.Scorer(tokens=["<sos>", "I", "see"])
    cued = sequence.Scorer(tokens=["<sos>", "I", "see"], cues=["input"])
    loose = sequence.Scorer.model_validate(
        {"tokens": ["the", "dog", "."], "ignore_case": True, "accept": [{"tokens": ["a", "dog"], "note": "article"}]}
    )
    assert [score(s, r).value for s in (plain, cued) for r in (both, joined)] == [1, 1, 1, 1]
    alike = joined.replace("I see <eos>", "<sos> I saw")
    assert [score(s, alike).value for s in (plain, cued)] == [None, 1]
    assert [score(loose, f"`{r}`").given for r in ("The dog .", "A dog", "dog the")] == [
        "staff",
        "article",
        "dog the",
    ]


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


# ---------------------------------------------------------------- text

SAYS = text.Scorer.model_validate(
    {
        "any_of": ["cannot be longer than the input", "only ... up to position"],
        "none_of": ["the problem is the bottleneck"],
        "accept": [{"any_of": ["same word order"], "note": "consequence"}],
        "where": "anywhere",
        "otherwise": "wrong",
    }
)


@table("text")
def test_text(reply: str, value: float | None) -> None:
    assert score(SAYS, reply).value == value


def test_text_fields() -> None:
    final = text.Scorer(any_of=["yes"])
    replies = [
        "These are the steps.",
        "Yes is tempting.\n\n**Answer:** no",
        "Hm.\n\n**Answer:** yes",
        "**Answer:** not yes",
    ]
    assert [score(final, reply).value for reply in replies] == [None, 0, 1, 0]
    accepted = score(SAYS, "same word order")
    assert (accepted.given, accepted.reason) == (
        "consequence",
        "says: same word order (accepted: consequence)",
    )


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("reply", "count"),
    [
        ("one two three", 3),
        ("- one\n- two", 2),
        ("**one** – two", 2),
        ("state-of-the-art", 1),
        ("$x + y$ $x+y$", 3),
        ("| a | b |\n|---|---|", 2),
        ("✅ 👍 ...", 0),
        ("## Head\n\nbody", 1),
        ("**Head line**\nbody", 1),
        ("**B**", 1),
        ("", 0),
        ("3.5 s", 2),
        ("it's", 1),
    ],
)
def test_words(reply: str, count: int) -> None:
    counted, in_range = words.Scorer(low=2, high=3).score(Conversation(QUESTION, (reply,)))
    assert (counted.value, in_range.value) == (count, float(2 <= count <= 3))


def test_words_of_a_restated_question_do_not_count() -> None:
    question = Question("set/problem", "Why does the loss of the first run go down so slowly?")
    reply = "## Question\n\n> Why does the *loss* of the first run go down so slowly?\n\nThe step is too small."
    counted = words.Scorer(high=9).score(Conversation(question, (reply,)))[0]
    assert (counted.value, counted.reason) == (5, "5 words of 18 without headings and the question")


# ---------------------------------------------------------------- all


@pytest.mark.parametrize(
    ("scorer", "fields", "message"),
    [
        (number, {}, "either `value` or `parts`"),
        (number, {"value": 1, "parts": [{"name": "a", "value": 1, "cues": ["a"]}]}, "either"),
        (number, {"parts": [{"name": "a", "value": 1}]}, "needs `cues`"),
        (number, {"value": 1, "tolerance": -1}, "greater"),
        (number, {"parts": [{"name": "a", "value": 1, "cues": ["a"]}] * 2}, "same name"),
        (number, {"value": 1, "unit": "s", "accept": [{"value": 1, "unit": "%", "note": "x"}]}, "does not convert"),
        (number, {"value": 1, "accept": [{"value": 2}]}, "note"),
        (number, {"value": float("inf")}, "finite"),
        (choice, {"options": {"A": "x", "B": "y"}, "correct": ["C"]}, "no such option"),
        (choice, {"options": {"A": "x", "B": "y"}, "correct": ["A", "B"]}, "many"),
        (choice, {"options": {"AB": "x", "B": "y"}, "correct": ["B"]}, "one letter"),
        (choice, {"options": {"A": "x"}, "correct": ["A"]}, "2"),
        (sequence, {"tokens": []}, "at least one"),
        (sequence, {"tokens": ["a", " "]}, "blank"),
        (text, {"any_of": []}, "at least 1"),
        (text, {"any_of": ["..."]}, "no words"),
        (text, {"any_of": ["a"], "typo": 1}, "typo"),
        (words, {"low": 5, "high": 3}, "low is larger"),
        (words, {}, "high"),
    ],
)
def test_wrong_fields_are_errors(scorer: Any, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        scorer.Scorer.model_validate(fields)


ALL: list[Scorer] = [SECONDS, PARTS, ONE, COUNT, MANY, TOKENS, SAYS, words.Scorer(low=1, high=9)]
MARKS = (
    "**",
    "\n",
    "\n\n",
    "\\boxed{",
    "}",
    "|",
    "| ",
    "`",
    "→",
    "%",
    "=",
    "≈",
    "- [x] ",
    "✅",
    "❌",
    "1. ",
    "$",
    "\\text{",
    ".",
    "?",
    "~~",
    "&lt;",
)
WORDS = (
    "Answer: ",
    "A",
    "B)",
    "(C)",
    "not ",
    "and ",
    "<sos>",
    "341 s",
    "baseline",
    "final",
    "yes",
    "12{\\",
    "}345",
    "10^{99}",
    "5 min 36 s",
    "1/0",
)
PIECES = st.sampled_from(MARKS) | st.sampled_from(WORDS) | st.just("cannot be longer than the input")


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES | st.text(max_size=4), max_size=40).map("".join))
def test_any_text_is_scored_without_error(reply: str) -> None:
    for scorer in ALL:
        scores = scorer.score(Conversation(QUESTION, (reply,)))
        assert {s.metric for s in scores} == set(scorer.metrics)
        for result in scores:
            metric = scorer.metrics[result.metric]
            assert result.value is None or metric.low <= result.value <= metric.high
            assert result.reason
            assert all(0 <= span.start < span.end <= len(reply) for span in result.spans)


def test_none_does_not_tell_right_from_wrong() -> None:
    """In every format, right and wrong replies of a sample of the benchmark's grid are judged alike."""
    grid = [case for case in benchmark.cases() if case.kind != "near miss"][::17]
    judged = [(case, benchmark.judged(case).value) for case in grid]
    assert [(case.reply, value) for case, value in judged if value not in (None, float(case.right))] == []
    for kind in ("number", "choice"):
        sides = [
            [value is None for case, value in judged if (case.kind, case.right) == (kind, right)]
            for right in (True, False)
        ]
        rates = [sum(side) / len(side) for side in sides]
        assert abs(rates[0] - rates[1]) < 0.01


def test_no_near_miss_is_accepted() -> None:
    near = [case for case in benchmark.cases() if case.kind == "near miss"]
    assert [case.reply for case in near if benchmark.judged(case).value == 1] == []


HOSTILE = {
    "logarithms": r"\ln 2" * 4_000,
    "quotients of logarithms": r"\log 2/" * 2_800,
    "numbers": "341 s, baseline " * 1_000,
    "options": "A) B) not C " * 1_200,
    "quotes": '"a" ' * 4_000,
    "code": "`a`, " * 3_500,
    "phrases": "only cannot be longer than " * 700,
    "table": "| A | yes |\n" * 1_500,
    "list": "1. A\n" * 4_000,
    "bold": "**B** 341 s " * 1_500,
    "digits": "9" * 20_000,
    "exponents": "9^9" * 6_000,
    "labels": "**Answer:** B\n" * 1_400,
    "brackets": "(" * 20_000,
    "boxes": r"\boxed{" * 2_800,
    "words": "a " * 10_000,
    "one word": "a" * 20_000,
    "arrows": "a → " * 4_500,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_scored(name: str) -> None:
    for scorer in ALL:
        assert scorer.score(Conversation(QUESTION, (HOSTILE[name],)))


def test_scorers_that_run_in_process_say_so() -> None:
    assert not any(scorer.isolated for scorer in ALL)
