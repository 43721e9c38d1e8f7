"""Answers in several units, with words that make something else of them, or that say what they are not; each kind with
neighbours that must stay as they are."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from evalkit.reading import exclusions, results
from evalkit.reading.plain import plain
from evalkit.scorers import choice, expression, number, text
from tests.answer_tables import score

PLACES = ["{}", "Final answer: {}", "**Answer:** {}", "So the answer is {}."]

AMOUNTS: list[tuple[str, Fraction | int | None, str | None]] = [
    ("5m36s", 336, "s"),
    ("5m 36s", 336, "s"),
    ("5 m 36 s", 336, "s"),
    ("5min36s", 336, "s"),
    ("5 min 36 sec", 336, "sec"),
    ("0h5m36s", 336, "s"),
    ("1h5m6s", 3906, "s"),
    ("1h30m", 90, "min"),
    ("2h30", Fraction(5, 2), "hours"),
    ("34s657ms", 34657, "ms"),
    ("5m36.5s", Fraction(673, 2), "s"),
    ("5 ft 3 inches", 63, "inche"),
    ("5 feet and 3 inches", 63, "inche"),
    ("2 kg 300 g", 2300, "g"),
    ("5 m 36 cm", 536, "cm"),
    ("5'36''", None, None),
    ("5′36″", None, None),
    ("40°26′", None, None),
    ("2024-05-17", None, None),
    ("17/05/2024", None, None),
    ("17 May 2024", None, None),
    ("3rd of June 1999", None, None),
    ("2  1/2", Fraction(5, 2), None),
    ("2  and  a  half", Fraction(5, 2), None),
]


@pytest.mark.parametrize(("said", "value", "unit"), AMOUNTS, ids=[a[0] for a in AMOUNTS])
def test_an_amount_of_several_parts_is_one(said: str, value: Fraction | int | None, unit: str | None) -> None:
    (found,) = results.read(plain(said).text)
    assert (found.value, found.unit) == (value, unit)


SEVERAL = [
    ("5 m and 36 s", 2), ("5 m, 36 kg", 2), ("5 ft 13 in", 2), ("36 s 5 min", 2), ("3 in 5 ft", 2), ("5.5 ft 3 in", 2),
    ("2 kg 3 kg", 2), ("2024 - 17", 1), ("2024-22", 1), ("17 May", 1), ("20 24-05-17", 2), ("5m72s", 1),
]  # fmt: skip


@pytest.mark.parametrize(("said", "count"), SEVERAL)
def test_others_stay_several(said: str, count: int) -> None:
    found = results.read(plain(said).text)
    assert len(found) == count
    assert count > 1 or found[0].value not in (336, 2024)


TIMES: list[tuple[dict[str, Any], str, float | None]] = [
    ({"value": 336, "unit": "s"}, "5m36s", 1),
    ({"value": 336, "unit": "s"}, "5m37s", 0),
    ({"value": 5.6, "unit": "min"}, "5m36s", 1),
    ({"value": 1.5, "unit": "h"}, "1h30m", 1),
    ({"value": 1.5, "unit": "h"}, "1h29m", 0),
    ({"value": 5.36, "unit": "m"}, "5m 36cm", 1),
    ({"value": 5.36, "unit": "m"}, "5m 35cm", 0),
    ({"value": 63, "unit": "in"}, "5 ft 3 in", 1),
    ({"value": 63, "unit": "in"}, "5 ft 4 in", 0),
    ({"value": 2007}, "2024-05-17", None),
    ({"value": 2002}, "2024-05-17", None),
    ({"value": 2024}, "17 May 2024", None),
    ({"value": 2.5}, "two  and  a half", 1),
    ({"value": 2.25}, "two  and  a half", 0),
    ({"value": 2.5}, "2 and 1/2", None),
    ({"value": 79}, "79!", 1),
    ({"value": 80}, "79!", 0),
    ({"value": 120}, "5!", 1),
]


@pytest.mark.parametrize(("fields", "said", "value"), TIMES)
@pytest.mark.parametrize("place", PLACES[:3])
def test_a_number_is_read_with_all_its_parts(
    fields: dict[str, Any], said: str, value: float | None, place: str
) -> None:
    assert score(number.Scorer.model_validate(fields), place.format(said)).value == value


@pytest.mark.parametrize(
    "reply",
    ["There are 79! = 79 * 78 * ... orders.\n\nAnswer: 79!", "The answer is 79! (a huge number)", "Answer: $79!$"],
)
def test_a_large_factorial_that_is_spoken_of_is_one(reply: str) -> None:
    assert score(number.Scorer(value=79), reply).value == 0


EXCLUDED = [
    "anything but {}", "everything except {}", "all values but {}", "any number other than {}", "every x apart from {}",
    "all of them except for {}",
]  # fmt: skip
GIVEN = ["nothing but {}", "none other than {}", "no number but {}", "exactly {}"]


@pytest.mark.parametrize("form", EXCLUDED)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("own", ["5", "$5$"])
def test_what_is_left_out_is_no_answer(form: str, place: str, own: str) -> None:
    reply = place.format(form.format(own))
    assert {score(number.Scorer(value=value), reply).value for value in (5, 6)} == {None}
    assert score(expression.Scorer(answer="5"), reply).value is None


@pytest.mark.parametrize("form", GIVEN)
@pytest.mark.parametrize("place", PLACES[:3])
def test_what_alone_is_left_is_the_answer(form: str, place: str) -> None:
    assert score(number.Scorer(value=5), place.format(form.format(5))).value == 1
    assert score(number.Scorer(value=6), place.format(form.format(5))).value == 0


@pytest.mark.parametrize(
    "reply",
    [r"\boxed{\text{not } 5}", r"\boxed{\text{anything but } 5}", r"\boxed{\neq 5}", "Answer: x ≠ 5", "It can not be 5.",
     "Answer: it is never 5", r"\boxed{\text{at least } 5}"],
)  # fmt: skip
def test_a_number_that_is_denied_is_no_answer(reply: str) -> None:
    assert {score(number.Scorer(value=value), reply).value for value in (5, 6)} == {None}


@pytest.mark.parametrize(
    ("reply", "value"),
    [("He sold all but 79 lamps.", 1), ("Everyone except 79 people came.", 1), ("He sold all but 78 lamps.", 0)],
)
def test_what_is_counted_behind_a_but_is_a_number(reply: str, value: float) -> None:
    assert score(number.Scorer(value=79), reply).value == value


@pytest.mark.parametrize(
    ("before", "left"),
    [("anything but", True), (r"\text{everything except }", True), ("x can be any real number except", True),
     ("all $x$ other than $x =", True), ("nothing but", False), ("none but", False), ("he is not here, but", False),
     ("all is well. But", False), ("they all rust, but", False), ("it is not 3 but", False)],
)  # fmt: skip
def test_what_is_said_to_be_left_out(before: str, left: bool) -> None:
    assert exclusions.leaves_out(before) is left


FORMULAS: list[tuple[str, str, float | None]] = [
    (r"\mathbb{R} \setminus \{5\}", "all real numbers except 5", 1),
    (r"\mathbb{R} \setminus \{5\}", "all real numbers except 6", 0),
    (r"\mathbb{R} \setminus \{5\}", "all real $x$ except $x = 5$", 1),
    (r"\mathbb{R} \setminus \{5\}", "any real number other than 5", 1),
    (r"\mathbb{R} \setminus \{2, 3\}", "all real numbers except 2 and 3", 1),
    (r"\mathbb{R} \setminus \{2, 3\}", "all real numbers except 2", 0),
    (r"(-\infty, 5) \cup (5, \infty)", "all real numbers but 5", 1),
    (r"\mathbb{R}", "all real numbers", 1),
    (r"\mathbb{R}", "All real numbers.", 1),
    (r"\mathbb{R} \setminus \{5\}", "all real numbers", 0),
    ("5", "all real numbers except 5", None),
    (r"[0, \infty)", "x >= 0, x in R", 1),
    (r"[0, \infty)", "x > 0, x in R", 0),
    (r"[0, \infty)", r"$x \ge 0, x \in \mathbb{R}$", 1),
    (r"[0, \infty)", r"$x \in \mathbb{R}, x \ge 0$", 1),
    (r"[0, \infty)", r"$x \in \mathbb{R}, x > 0$", 0),
    (r"[0, \infty)", r"$x \in \mathbb{R}$", 0),
    (r"[0, \infty)", "x >= 0 and x real", 1),
    (r"[0, \infty)", "x >= 0, x in Z", None),
    ("x^2", "x squared", 1),
    ("x^2", "x cubed", 0),
    ("x^3", "$x$ cubed", 1),
    ("(x+1)^2", "$(x+1)$ squared", 1),
    ("x^2", "the square of x", None),
    ("x", "the square of x", None),
    ("x^2 + 1", "x squared plus 1", None),
    ("x", "x to the power of 2", None),
    ("2", "x to the power of 2", None),
    ("4x^2", "2x squared", None),
    ("5n", "it is repeated $5n$ times", 1),
    ("x", "x times the size of the other", 1),
    ("2x", "$x$ times two", None),
    ("x", "x over y", None),
    ("n!", "n!", 1),
    ("n", "n!", 1),
    ("n + 1", "n!", 0),
    ("120", "5!", 1),
    ("2002", "2024-05-17", None),
    ("2002", "2024-22", 1),
]


@pytest.mark.parametrize(("answer", "said", "value"), FORMULAS)
@pytest.mark.parametrize("place", PLACES[1:3])
def test_a_formula_is_read_with_the_words_beside_it(answer: str, said: str, value: float | None, place: str) -> None:
    found = score(expression.Scorer(answer=answer), place.format(said))
    assert found.value == value, found.reason


OPTIONS = {"A": "the inputs", "B": "the outputs", "C": "the weights"}
CHOSEN: list[tuple[str, float | None]] = [
    ("everything but the inputs", None),
    ("anything but A", None),
    ("all of them but A", None),
    ("all but the inputs", None),
    ("nothing but the inputs", 1),
    ("none but A", 1),
    ("not the outputs but the inputs", 1),
    ("C. Everything but C is wrong", 0),
    ("not the inputs but the outputs", 0),
]


@pytest.mark.parametrize(("said", "value"), CHOSEN)
@pytest.mark.parametrize("place", PLACES[1:])
def test_an_option_that_is_left_out_is_not_chosen(said: str, value: float | None, place: str) -> None:
    assert score(choice.Scorer(options=OPTIONS, correct=["A"]), place.format(said)).value == value


DATES = [
    ("May 17, 2024", 1), ("May 18, 2024", 0), ("2024-05-17", None), ("17 May 2024", None), ("17/05/2024", None), ("never", 0),
]  # fmt: skip


@pytest.mark.parametrize(("said", "value"), DATES)
def test_a_date_in_another_form_is_not_judged(said: str, value: float | None) -> None:
    assert score(text.Scorer(any_of=["May 17, 2024"]), f"Final answer: {said}").value == value


@pytest.mark.parametrize(("said", "value"), [("everything but the inputs", 0), ("anything but inputs", 0), ("nothing but the inputs", 1), ("everything but the inputs can be ruled out", 1), ("we rule out all but the inputs", 1), ("all of them but the inputs, which are wrong", 0)])  # fmt: skip
def test_a_statement_that_is_left_out_is_not_made(said: str, value: float) -> None:
    assert score(text.Scorer(any_of=["inputs"]), f"Final answer: {said}").value == value
