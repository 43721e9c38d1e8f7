"""The scorers of final answers: tables of replies, and properties on any text. `expression` has its own file."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from evalkit.scorers import choice, number, sequence, text, words
from evalkit.types import Conversation, Question, Score, Scorer

QUESTION = Question("set/problem", "What?")


def score(scorer: Scorer, reply: str) -> Score:
    return scorer.score(Conversation(QUESTION, (reply,)))[0]


def table(cases: list[tuple[str, float | None]]) -> Any:
    """Each (reply, value) with the reply as its id."""
    return pytest.mark.parametrize(("reply", "value"), cases, ids=[reply[:50] for reply, _ in cases])


# ---------------------------------------------------------------- number

SECONDS = number.Scorer(value=336, unit="s")


@table([
    ("336 s", 1), ("The answer is 5.6 min.", 1), ("**Answer:** 5 min 36 s", 1), (r"\boxed{336\ \text{s}}", 1),
    (r"\boxed{336\,\mathrm{s}}", 1), ("It takes $336$ seconds", 1), ("Answer: 336 seconds (5 min 36 s)", 1),
    ("Answer: 5 min 36 s = 336 s", 1), (r"$t = 35 \cdot 9.6 = 336\,\text{s}$", 1), ("Answer: 336,000 ms", 1),
    ("Answer: 3.36e2 s", 1), (r"Answer: $3.36 \times 10^{2}$ s", 1), ("Answer: 3.36×10² s", 1), ("336 Sec", 1), ("1. 336 s", 1),
    ("The 18-layer net with 35 epochs takes 336 s.", 1), ("Therefore it takes **336 s**, down from 341 s.", 1),
    ("Answer: 336", 1), ("336", 1), ("336 S", 1), ("Answer: 0.09333 h", 0), ("336 ms", 0), ("336 min", 0), ("356 s", 0),
    ("Answer: 94%", None), ("I can't tell.", None), ("", None), ("Answer: either 336 s or 356 s", None),
    ("At first 341 s, in the end 336 s.", None), ("Answer: 340 s or 341 s", 0), ("**Answer:** see above\n\n336 s", 1),
    ("It took 336 s.\n\nIt was slower before, with 341 s.", None), ("It took 340 s.\n\nIt was slower before, with 341 s.", 0),
])  # fmt: skip
def test_number_with_unit(reply: str, value: float | None) -> None:
    assert score(SECONDS, reply).value == value


@pytest.mark.parametrize(
    ("fields", "reply", "value"),
    [
        ({"value": 12345}, "$12{,}345$", 1), ({"value": 12345}, r"12\,345", 1), ({"value": 12345}, "12 345", 1),
        ({"value": 94, "unit": "%"}, "94%", 1), ({"value": 94, "unit": "%"}, "0.94", 1), ({"value": 94, "unit": "%"}, "94", 1),
        ({"value": 94, "unit": "%"}, r"\boxed{94\,\%}", 1), ({"value": 94, "unit": "%"}, "9.4%", 0),
        ({"value": 0.94}, "94%", 1), ({"value": 0.94}, "94", 0), ({"value": 0.94}, r"\frac{47}{50}", 1),
        ({"value": 2}, "2 linear layers", 1), ({"value": 2}, "**2** layers and 3 inputs", 1), ({"value": 2}, "x = -2", 0),
        ({"value": -2}, "x = −2", 1), ({"value": 3.14, "tolerance": 0.005}, r"$\pi \approx 3.1416$", 1),
        ({"value": 3.14, "tolerance": 0.001}, "3.1416", 0), ({"value": 12, "unit": "GB"}, "12GB", 1),
        ({"value": 12, "unit": "GB"}, "12 MB", None), ({"value": 35, "unit": "epochs"}, "35 epochs in 341 s", 1),
        ({"value": 12, "unit": "s", "unit_required": True}, "12", None), ({"value": 0}, "0", 1), ({"value": 0.1}, "1/10", 1),
    ],
)  # fmt: skip
def test_number_fields(fields: dict[str, Any], reply: str, value: float | None) -> None:
    assert score(number.Scorer(**fields), reply).value == value


PARTS = number.Scorer.model_validate(
    {"parts": [
        {"name": "baseline", "value": 341, "unit": "s", "cues": ["baseline"],
         "accept": [{"value": 356, "note": "reproduction"}, {"value": 6, "unit": "min", "note": "rounded"}]},
        {"name": "final", "value": 297, "unit": "s", "cues": ["final"]},
    ]}
)  # fmt: skip


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
    assert (result.value, result.details["given"]) == (value, given)


def test_number_of_a_single_value_says_what_was_given() -> None:
    scorer = number.Scorer.model_validate({"value": 5, "accept": [{"value": 6, "note": "off by one"}]})
    given = [score(scorer, reply).details["given"] for reply in ("5", "6", "7", "none")]
    assert given == ["staff", "off by one", "7", None]


# ---------------------------------------------------------------- choice

ONE = choice.Scorer(options={"A": "L1Loss", "B": "MSELoss", "C": "CrossEntropyLoss"}, correct=["B"])
COUNT = choice.Scorer(options={"A": "0", "B": "1", "C": "2", "D": "3"}, correct=["C"])
MANY = choice.Scorer(
    options={"A": "weight decay", "B": "dropout", "C": "layer norm", "D": "batch norm", "E": "SGD optimizer"},
    correct=["A", "E"],
    many=True,
)


@table([
    ("B", 1), ("b", 1), ("(B)", 1), ("B.", 1), ("**B**", 1), ("Option B", 1), ("Answer: (b)", 1), (r"\boxed{\text{(B)}}", 1),
    (r"\(\boxed{\textbf{B}}\)", 1), ("$$\\text{B}$$", 1), ("`nn.MSELoss()`", 1), ("Answer: mse loss", 1), ("Not A, but B.", 1),
    ("It is not A; it is B.", 1), ("Neither A nor C fits, so **B**.", 1), ("A is wrong, C is wrong. B is right.", 1),
    ("MSELoss, not L1Loss", 1), ("I would not use L1Loss here; MSELoss is what the norm asks for.", 1),
    ("The correct answer is (B) MSELoss.", 1), ("**Final answer: B** because CrossEntropyLoss is for labels", 1),
    ("- [ ] A\n- [x] B\n- [ ] C", 1), ("☐ A) L1Loss\n☑ B) MSELoss\n☐ C) CrossEntropyLoss", 1), ("A: wrong\nB: correct\nC: wrong", 1),
    ("A) L1Loss – no\nB) MSELoss – yes\nC) CrossEntropyLoss – no", 1), ("- ❌ A\n- ✅ B\n- ❌ C", 1), ("Answer: ~~A~~ B", 1),
    ("| A) L1Loss | no |\n| B) MSELoss | **yes** |", 1), ("So it must be B!", 1), ("Therefore, B is the correct choice.", 1),
    ("The right option is B, MSELoss, since A would sum absolute values.", 1), ("The answer stays **B**, not A.", 1),
    ("A", 0), ("**Answer:** A", 0), ("Answer: A or B", 0), ("Both **A) L1Loss** and **B) MSELoss** are right.", 0),
    ("Not B but A.", 0), ("B is not right, it is C.", 0), ("- ✅ A\n- ❌ B\n- ❌ C", 0),
    ("I don't know.", None), ("A linear loss is needed.", None), ("Use a suitable class.", None), ("None of them.", None), ("", None),
    ("Answer: B) L1Loss", None), ("W_B = 0 and B^2 = 1", None),
    ("A) L1Loss is for absolute errors. B) MSELoss is for squares. C) CrossEntropyLoss is for classes.", None),
])  # fmt: skip
def test_choice_of_one(reply: str, value: float | None) -> None:
    assert score(ONE, reply).value == value


@table([
    ("2", 1), ("Two", 1), ("C", 1), ("We need two layers.", 1), ("**2**", 1), (r"\boxed{2\text{ layers}}", 1), ("Answer: C) 2", 1),
    ("W_2 and W_1, hence 2 layers", 1), ("1. encoder\n2. decoder\n\nSo **2** layers.", 1), ("1) encoder\n2) decoder\n\nTwo in all.", 1),
    ("The answer is B (1 layer).", 0), ("Answer: 3", 0), ("Answer: C) 3", None), ("There are 3 matrices but 2 layers.", None),
    ("The loss has one term for each of the two matrices, " + "and many words follow on this " * 3, None),
])  # fmt: skip
def test_choice_among_numbers(reply: str, value: float | None) -> None:
    assert score(COUNT, reply).value == value


@table([
    ("A and E", 1), ("A, E", 1), ("A & E", 1), ("A/E", 1), ("(A) and (E)", 1), ("weight decay and SGD", 1), ("E and A, not B, C or D", 1),
    ("Answer: weight decay (A) and the SGD optimiser (E)", 1), ("Answer: weight_decay, SGD", 1), (r"\boxed{A} and \boxed{E}", 1),
    (r"\boxed{\{A, E\}}", 1), ("Answer:\n\n- A\n- E", 1), ("**Answers:**\n1. Weight decay\n2. SGD optimizer", 1), ("✅ A\n✅ E", 1),
    ("✅ A, E\n❌ B, C, D", 1), ("1. Weight decay: yes\n2. Dropout: no\n3. SGD optimizer: yes", 1),
    ("- **A) weight decay** – needed\n- **B) dropout** – not needed\n- **E) SGD optimizer** – needed", 1),
    ("- [x] weight decay\n- [ ] dropout\n- [x] SGD optimizer", 1), ("**Weight decay** for the penalty, and the **SGD optimizer**.", 1),
    ("BatchNorm is not needed, weight decay is, and SGD.", 1),
    ("A", 0), ("Answer: A, C, E", 0), ("Answer: A, B, C, D, E", 0), ("- ✅ A\n- ✅ D\n- ✅ E\n- ❌ B", 0), ("Answer: B and E", 0),
    ("All of them.", None), ("It depends.", None),
])  # fmt: skip
def test_choice_of_many(reply: str, value: float | None) -> None:
    assert score(MANY, reply).value == value


def test_choice_accepts_alternatives_and_aliases() -> None:
    scorer = choice.Scorer.model_validate({
        "options": {"A": "yes", "B": "no"}, "correct": ["A"], "aliases": {"B": ["never"]},
        "accept": [{"correct": ["B"], "note": "if lambda = 0"}],
    })  # fmt: skip
    results = [score(scorer, f"Answer: {reply}") for reply in ("A", "never", "maybe")]
    assert [(r.value, r.details.get("given")) for r in results] == [(1, "staff"), (1, "if lambda = 0"), (None, None)]


# ---------------------------------------------------------------- sequence

TOKENS = sequence.Scorer(tokens=["<sos>", "I", "see", "a", "dog"])


@table([
    ("`<sos> I see a dog`", 1), ("&lt;sos&gt; I see a dog", 1), (r"$\langle sos \rangle$, I, see, a, dog", 1),
    (r"The inputs are $\langle\text{sos}\rangle$, I, see, a, dog, because of teacher forcing.", 1),
    ("In order, <sos>, I, see, a, dog.", 1), ("[SOS] I see a dog", 1), ("<SOS> → I → see → a → dog", 1), ("`<sos>` `I` `see` `a` `dog`", 1),
    ('"<sos>" "I" "see" "a" "dog"', 1), ('The decoder gets "<sos> I see a dog".', 1), ("```\n<sos>\nI\nsee\na\ndog\n```", 1),
    ("1. `<sos>`\n2. `I`\n3. `see` (not saw)\n4. `a`\n5. `dog`", 1), ("1. <sos>\n\n2. I\n\n3. see\n\n4. a\n\n5. dog", 1),
    ("Step 1: <sos>\nStep 2: I\nStep 3: see\nStep 4: a\nStep 5: dog", 1), ("The answer is <sos> I see a dog.", 1),
    (r"\boxed{\texttt{<sos>}, \text{I}, \text{see}, \text{a}, \text{dog}}", 1), ('**["<sos>", "I", "see", "a", "dog"]**, as said.', 1),
    (r"\[ \langle\mathrm{sos}\rangle \to \text{I} \to \text{see} \to \text{a} \to \text{dog} \]", 1), ("(<sos>, I, see, a, dog)", 1),
    ("| Step | Input |\n|---|---|\n| 1 | `<sos>` |\n| 2 | I |\n| 3 | see |\n| 4 | a |\n| 5 | dog |", 1),
    ("| Step | 1 | 2 | 3 | 4 | 5 |\n|---|---|---|---|---|---|\n| Input | `<sos>` | I | see | a | dog |", 1),
    ("`<sos>`, then `I`, `see`, `a` and finally `dog`", 1), ("The five inputs are <sos> I see a dog.", 1),
    ("`<sos> I see a dog <eos>`", 0), ("`I see a dog`", 0), ("`<sos> I saw a dog`", 0), ("`<sos> I a see dog`", 0),
    ("One might say `<sos> I see a dog`.\n\n**Answer:** `<sos> I saw a dog`", 0), ("1. `<sos>`\n2. `Ich`\n3. `sehe`\n4. `einen`\n5. `Hund`", 0),
    ("`<sos> i see a dog`", 0), ("I don't know.", None), ("", None), ("Teacher forcing **feeds the right word**.", None),
    ("`<sos> I see a dog` or `<sos> I saw a dog`", None),
])  # fmt: skip
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
    assert [score(s, joined).value for s in (plain, cued)] == [None, 1]
    assert [score(loose, f"`{r}`").details.get("given") for r in ("The dog .", "A dog", "dog the")] == [
        "staff",
        "article",
        "dog the",
    ]


# ---------------------------------------------------------------- text

SAYS = text.Scorer.model_validate({
    "any_of": ["cannot be longer than the input", "only ... up to position"],
    "none_of": ["the problem is the bottleneck"],
    "accept": [{"any_of": ["same word order"], "note": "consequence"}],
    "where": "anywhere",
})  # fmt: skip


@table([
    ("The output can't be **longer** than the input.", 1), ("It only sees the source up to position \\(t\\).", 1),
    ("the output cannot be longer-than the INPUT", 1), ("Both need the same word order.", 1),
    ("There is no doubt: it cannot be longer than the input.", 1),
    ("It is not true that the output cannot be longer than the input.", 0), ("That it cannot be longer than the input is wrong.", 0),
    ("It only sees the source. Up to position t all is fine.", 0), ("It cannot be longer than the inputs.", 0),
    ("It cannot be longer than the input, but the problem is the bottleneck.", 0), ("Something else.", 0), ("", None), ("---", None),
])  # fmt: skip
def test_text(reply: str, value: float | None) -> None:
    assert score(SAYS, reply).value == value


def test_text_fields() -> None:
    final = text.Scorer(any_of=["yes"], otherwise="unjudged")
    replies = ["Yes is tempting.\n\n**Answer:** no", "Hm.\n\n**Answer:** yes", "**Answer:** not yes"]
    assert [score(final, reply).value for reply in replies] == [None, 1, 0]
    accepted = score(SAYS, "same word order")
    assert (accepted.details["given"], accepted.reason) == (
        "consequence",
        "says: same word order (accepted: consequence)",
    )


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("reply", "count"),
    [
        ("one two three", 3), ("- one\n- two", 2), ("**one** – two", 2), ("state-of-the-art", 1), ("$x + y$ $x+y$", 3),
        ("| a | b |\n|---|---|", 2), ("✅ 👍 ...", 0), ("## Head\n\nbody", 2), ("", 0), ("3.5 s", 2), ("it's", 1),
    ],
)  # fmt: skip
def test_words(reply: str, count: int) -> None:
    counted, in_range = words.Scorer(low=2, high=3).score(Conversation(QUESTION, (reply,)))
    assert (counted.value, in_range.value) == (count, float(2 <= count <= 3))


# ---------------------------------------------------------------- all


@pytest.mark.parametrize(
    ("scorer", "fields", "message"),
    [
        (number, {}, "either `value` or `parts`"), (number, {"value": 1, "parts": [{"name": "a", "value": 1, "cues": ["a"]}]}, "either"),
        (number, {"parts": [{"name": "a", "value": 1}]}, "needs `cues`"), (number, {"value": 1, "tolerance": -1}, "greater"),
        (number, {"parts": [{"name": "a", "value": 1, "cues": ["a"]}] * 2}, "same name"),
        (number, {"value": 1, "unit": "s", "accept": [{"value": 1, "unit": "%", "note": "x"}]}, "does not convert"),
        (number, {"value": 1, "accept": [{"value": 2}]}, "note"), (number, {"value": float("inf")}, "finite"),
        (choice, {"options": {"A": "x", "B": "y"}, "correct": ["C"]}, "no such option"),
        (choice, {"options": {"A": "x", "B": "y"}, "correct": ["A", "B"]}, "many"),
        (choice, {"options": {"AB": "x", "B": "y"}, "correct": ["B"]}, "one letter"), (choice, {"options": {"A": "x"}, "correct": ["A"]}, "2"),
        (sequence, {"tokens": []}, "at least one"), (sequence, {"tokens": ["a", " "]}, "blank"),
        (text, {"any_of": []}, "at least 1"), (text, {"any_of": ["..."]}, "no words"), (text, {"any_of": ["a"], "typo": 1}, "typo"),
        (words, {"low": 5, "high": 3}, "low is larger"), (words, {}, "high"),
    ],
)  # fmt: skip
def test_wrong_fields_are_errors(scorer: Any, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        scorer.Scorer.model_validate(fields)


ALL: list[Scorer] = [SECONDS, PARTS, ONE, COUNT, MANY, TOKENS, SAYS, words.Scorer(low=1, high=9)]
PIECES = st.sampled_from(
    "Answer: |**|\n|\n\n|\\boxed{|}|A|B)|(C)|not |and |, |`|<sos>|→|341 s|baseline|final|%|=|≈|- [x] |✅|❌|yes|1. |$|\\text{|.|?".split("|")
    + ["|", "| ", "12{,}345", "cannot be longer than the input", "\\frac{1}{2}", "10^{99}", "5 min 36 s", "1/0", "&lt;", "~~"]
)  # fmt: skip


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


HOSTILE = {
    "numbers": "341 s, baseline " * 10_000, "options": "A) B) not C " * 12_000, "quotes": '"a" ' * 40_000, "code": "`a`, " * 35_000,
    "phrases": "only cannot be longer than " * 7_000, "table": "| A | yes |\n" * 15_000, "list": "1. A\n" * 40_000,
    "bold": "**B** 341 s " * 15_000, "digits": "9" * 200_000, "exponents": "9^9" * 60_000, "labels": "**Answer:** B\n" * 14_000,
    "brackets": "(" * 200_000, "boxes": r"\boxed{" * 28_000, "words": "a " * 100_000, "one word": "a" * 200_000, "arrows": "a → " * 45_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_scored(name: str) -> None:
    for scorer in ALL:
        assert scorer.score(Conversation(QUESTION, (HOSTILE[name],)))


def test_scorers_that_run_in_process_say_so() -> None:
    assert not any(scorer.isolated for scorer in ALL)
