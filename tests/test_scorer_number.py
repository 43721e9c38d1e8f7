"""The scorer `number`: tables of replies."""

from __future__ import annotations

from time import process_time
from typing import Any

import pytest

from evalkit.scorers import number
from evalkit.types import Conversation, Question
from tests.answer_tables import PARTS, SECONDS, score, table


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
        ({"value": -5}, "The answer is - 5.", 1),
        ({"value": 5}, "Answer: - 5", 0),
        ({"value": 5}, "Answer:\n- 5", 1),
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
        ({"value": 5}, "Answer: 5λ", None),
        ({"value": 5}, "Answer: 5 ẋ", None),
        ({"value": 5}, "Answer: 5 א", None),
        ({"value": 5}, "Answer: 5個", 1),
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
        ({"value": 95, "unit": "minutes"}, r"\boxed{5700}$ seconds", 1),
        ({"value": 95, "unit": "minutes"}, r"\boxed{57}$ seconds", 0),
        ({"value": 7}, "First we have 3 + 4 = 7.\n\nHowever, this is still wrong. We", None),
        ({"value": 7}, "First we have 3 + 4 = 7.\n\nThe final answer is: $\\boxed", None),
        ({"value": 7}, "There are 7 boxes with pens at $3 each, so 7 x $", None),
        ({"value": 18}, "We take 3 away.\n\neighteen", 1),
        ({"value": 18}, "We take 3 away.\n\nnineteen", 0),
        ({"value": 18}, "Answer: 84. Wait, no, 66 are gone. Answer: 18", 1),
        ({"value": 18}, "We take 3 away.\n\nQ.E.D. The result: 18.", 1),
        ({"value": 18}, "We take 3 away.\n\n答案是18", 1),
        ({"value": 90, "unit": "degrees"}, r"\boxed{90^{\circ}}", 1),
        ({"value": -7}, "|x|\n|-7|", 1.0),  # a cell, not the bars of an absolute value
        ({"value": -8}, "|3|-8|", 1.0),
        ({"value": 8}, "|3|-8|", 0.0),
    ],
)
def test_number_fields(fields: dict[str, Any], reply: str, value: float | None) -> None:
    """A verdict says on what it rests: the numbers found, none where something else was answered, and how."""
    result = score(number.Scorer(**fields), reply)
    assert result.value == value
    if value is not None:
        assert all(part.keys() >= {"found", "how"} for part in result.details["parts"].values() if part)


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


# (staff's value, unit or None, answer): right ones, in other notations
NOTATIONS: list[tuple[float, str | None, str]] = [
    (12, None, "twelve"), (42, None, "forty-two"), (105, None, "one hundred and five"), (1200, None, "twelve hundred"), (3000, None, "three thousand"),
    (2.5, None, "two and a half"), (2.5, None, "2 and a half"), (0.75, None, "three quarters"), (24, None, "two dozen"), (-7, None, "negative seven"),
    (-7, None, "minus 7"), (12, None, r"\text{twelve}"), (3.14, None, "three point one four"), (18, None, "US$18"), (5, None, "sqrt(25)"), (3, None, "∛27"),
    (320000, None, "3.2 * 10**5"), (18, None, r"\color{red}{18}"), (7, None, "|-7|"), (4, None, r"\lfloor 4.7 \rfloor"), (6, None, r"\binom{4}{2}"),
    (15, None, "C(6, 2)"), (2.5e9, None, "2.5bn"), (18, None, "18 Ω"), (18, None, "18 J/(kg·K)"), (9.8, None, r"9.8 \text{ m/s}^2"),
    (25, "cm^2", r"25 \text{cm}^2"), (25, "cm^2", "25 square centimeters"), (25, "cm^2", "0.0025 m²"), (9.8, "m/s^2", "9.8 m s^{-2}"),
    (9.8, "m/s^2", "9.8 meters per second squared"), (20, "m/s", "72 km/h"), (5, "N", "5 newtons"), (5, "N", "5 kg m/s^2"), (5, "°C", "5 degrees Celsius"),
    (5, "pens per box", "5 pens per box"), (5, "square units", "5 square units"), (18, "cents", r"\$0.18"), (18, "$", "1800 cents"), (12, "s", "twelve seconds"),
    (35, "%", "thirty-five percent"), (5, "ohms", r"5 \Omega"), (60, "km/h", r"60 \frac{km}{h}"),
    (1 / 3, None, r"0.\overline{3}"), (7 / 6, None, r"1.1\overline6"), (1 / 3, None, "0.(3)"), (1 / 6, None, r"\frac12\frac13"), (1.5, None, r"\frac{1}{2}3"),
    (2**0.5, None, r"\sqrt 2"), (1234.5, None, "1 234,5"), (1234.5, None, "1'234,5"), (15, None, r"{6 \choose 2}"), (19, None, r"\bf 19"), (18, None, "18th"),
    (1_500_000, None, "one and a half million"), (500_000, None, "half a million"), (6.283185307179586, None, "2pi"), (1.5707963267948966, None, "pi/2"),
]  # fmt: skip


@pytest.mark.parametrize("form", ["Answer: {}", r"\boxed{{{}}}", "The answer is {}."])
@pytest.mark.parametrize(("value", "unit", "answer"), NOTATIONS, ids=[answer for *_, answer in NOTATIONS])
def test_other_notations_are_judged_right_and_wrong(value: float, unit: str | None, answer: str, form: str) -> None:
    right, wrong = (number.Scorer(value=v, unit=unit) for v in (value, 2 * value + 1))
    assert [score(scorer, form.format(answer)).value for scorer in (right, wrong)] == [1, 0]


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        (7, "minus 7"), (27, "∛27"), (-7, "|-7|"), (3, "three thousand"), (2, "two and a half"), (2, "2 dozen"), (2.5, "2.5bn"), (6.2, "C(6,2)"),
        (6.2, "f(6,2)"), (9, "9 mod 4"), (9, "9:4"), (9, r"\frac{9}{x}"), (9, "x > 9"), (9, "more than 9"), (9, "not 9"), (9, "9 or x"), (9, "9 or more"),
        (9, "half of 9"), (9, "twice 9"), (9, "9 squared"), (9, "9% of 20"), (2, "image 2>"), (9, "nine tenths"), (9, "nineteen"),
        (0, r"0.\overline{3}"), (0, "0.(3)"), (1, r"\frac12\frac13"), (1 / 23, r"\frac{1}{2}3"), (5, "half a million"), (2, "2pi"), (1234, "1 234,5"), (9, "on the 9th of May"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["Answer: {}", r"\boxed{{{}}}", "So it is {}."])
def test_what_only_holds_the_number_is_not_it(value: float, answer: str, form: str) -> None:
    assert score(number.Scorer(value=value), form.format(answer)).value != 1


def test_none_is_zero_where_the_question_asks_how_many() -> None:
    asked = (Question("set/problem", "How many pens are left?"), Question("set/problem", "What is x?"))
    given = [number.Scorer(value=0).score(Conversation(q, ("Answer: none",)))[0].value for q in asked]
    assert given == [1, 0]


def test_a_long_product_takes_linear_time() -> None:
    found = []
    for count in (500, 2_000):
        began = process_time()
        assert score(number.Scorer(value=2), r"\boxed{" + r"\frac12" * count + "}").value is None
        found.append(process_time() - began)
    assert found[1] < 12 * found[0] + 0.05


def test_another_measure_is_not_the_wanted_one() -> None:
    assert score(number.Scorer(value=25, unit="cm"), "Answer: 25 cm^2").value is None
    assert score(number.Scorer(value=60, unit="km/h"), "Answer: 60 m/s").value == 0
