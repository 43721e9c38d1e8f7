"""Tables of spellings lead to what is known: functions, kinds, sets, brackets, units of time, signs of quotations, tags.

A row that is mistyped would be noticed by nobody but who writes that very word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

import pytest

from evalkit.derivation import analyse
from evalkit.derivation.grammar import alphabet
from evalkit.derivation.problem.spec import KINDS
from evalkit.derivation.worlds.functions import UNARY
from evalkit.reading.maths.measures import converted
from evalkit.reading.quotations import typeset
from evalkit.showing.report.mathml import mathml
from evalkit.wire.waits import duration
from tests.arrange import ROOT
from tests.derivation_help import setting_of, verdicts

NUMBERS: Mapping[str, object] = {"symbols": {"x": "positive", "y": "scalar"}}
FUNCTIONS = [
    ("csc", r"\csc y = \frac{1}{\sin y}", r"\csc y = \frac{1}{\cos y}"),
    ("sec", r"\sec y = \frac{1}{\cos y}", r"\sec y = \frac{1}{\sin y}"),
    ("cot", r"\cot y = \frac{\cos y}{\sin y}", r"\cot y = \frac{\sin y}{\cos y}"),
    ("coth", r"\coth x = \frac{\cosh x}{\sinh x}", r"\coth x = \frac{\sinh x}{\cosh x}"),
    ("tanh", r"\tanh x = \frac{\sinh x}{\cosh x}", r"\tanh x = \frac{\cosh x}{\sinh x}"),
    ("arcsin", r"\sin(\arcsin(\frac{1}{1 + x})) = \frac{1}{1 + x}", r"\cos(\arcsin(\frac{1}{1 + x})) = \frac{1}{1 + x}"),
    ("arccos", r"\cos(\arccos(\frac{1}{1 + x})) = \frac{1}{1 + x}", r"\sin(\arccos(\frac{1}{1 + x})) = \frac{1}{1 + x}"),
    ("arctan", r"\tan(\arctan(x)) = x", r"\tan(\arctan(x)) = 2x"),
    ("sigmoid", r"\operatorname{sigmoid}(y) = \frac{1}{1 + e^{-y}}", r"\operatorname{sigmoid}(y) = \frac{1}{1 + e^{y}}"),
    ("softplus", r"\operatorname{softplus}(y) = \log(1 + e^y)", r"\operatorname{softplus}(y) = \log(1 + e^{-y})"),
    ("relu", r"\operatorname{relu}(-x) = 0", r"\operatorname{relu}(x) = 2x"),
    ("ReLU", r"\operatorname{ReLU}(x) = x", r"\operatorname{ReLU}(x) = 2x"),
    ("sgn", r"\operatorname{sgn}(-x) = -1", r"\operatorname{sgn}(x) = 2\operatorname{sgn}(x)"),
    ("ln", r"\ln(e^y) = y", r"\ln(e^y) = 2y"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong"), [row[1:] for row in FUNCTIONS], ids=[row[0] for row in FUNCTIONS])
def test_a_function_is_what_its_name_says(right: str, wrong: str) -> None:
    assert verdicts(analyse(f"We have ${right}$.", setting_of(NUMBERS))) in ("i", "a", "h")
    assert verdicts(analyse(f"We have ${wrong}$.", setting_of(NUMBERS))) == "f"


WRITTEN = {"argmax", "argmin", "inf", "sup", "lim", "span", "dim", "ker", "Var", "Cov", "ones", "eig", "Re", "inv", "transpose", "rank", "gcd", "lcm"}  # fmt: skip
"""Functions that are read by their own rules, or not at all."""


def test_every_name_of_a_function_leads_to_one() -> None:
    assert {*alphabet.FUNCTIONS.values()} - {*UNARY} - WRITTEN == set()
    assert alphabet.OPENING | alphabet.CLOSING < alphabet.SIZES


PAIRS = [*zip(sorted(alphabet.OPENING), sorted(alphabet.CLOSING), strict=True)]


@pytest.mark.parametrize(("opening", "closing"), PAIRS, ids=[opening for opening, _ in PAIRS])
def test_a_bar_of_any_size_opens_or_closes(opening: str, closing: str) -> None:
    assert (opening[-1], closing[-1]) in (("l", "r"), ("t", "t")), "the two tables name the same sizes"
    shown = rf"\{opening}| 2\{opening}| y \{closing}| \{closing}| = 2|y|"
    assert verdicts(analyse(f"We have ${shown}$.", setting_of(NUMBERS))) in ("i", "a", "h")


def test_the_kinds_of_symbols_are_those_that_the_page_lists() -> None:
    page = (ROOT / "docs" / "problems.md").read_text("utf-8")
    said = re.search(r"Kinds:\n(.*?)\n- ", page, re.DOTALL)
    assert said is not None
    assert {*re.findall(r"`(\w+)`", said[1])} == KINDS - {"dimension", "scalar", "vector", "matrix"}
    for kind in KINDS - {"dimension", "index"}:
        short = {"scalar": kind, "function": kind, "vector": f"m, {kind}"}
        assert setting_of({"symbols": {"A": short.get(kind, f"m x m, {kind}")}})


SETS = [
    ("Z", r"n \in \mathbb{Z}", r"\cos(2\pi n) = 1"),
    ("N", r"n \in \mathbb{N}", r"\cos(2\pi n) = 1"),
    ("S", r"B \in \mathbb{S}^m", r"B^\top = B"),
    ("O", r"B \in O(m)", r"B^\top B = I"),
]


@pytest.mark.parametrize(("given", "follows"), [row[1:] for row in SETS], ids=[row[0] for row in SETS])
def test_a_letter_of_a_set_holds_what_all_its_members_do(given: str, follows: str) -> None:
    world = setting_of({"symbols": {"A": "m x m"}})
    assert verdicts(analyse(f"Let ${given}$. Then ${follows}$.", world))[-1:] in ("i", "a", "h")
    other = given.replace("Z}", "R}").replace("N}", "R}").replace("S}^m", "R}^{m \\times m}").replace("O(m)", r"\mathbb{R}^{m \times m}")  # fmt: skip
    assert verdicts(analyse(f"Let ${other}$. Then ${follows}$.", world))[-1:] not in ("i", "a", "h")


TIMES = {
    0.002: ("2ms", "2 milliseconds"),
    2: ("2", "2s", "2 sec", "2 second", "2 seconds"),
    120: ("2m", "2 min", "2 minute", "2 minutes"),
    7200: ("2h", "2 hour", "2 hours"),
}


@pytest.mark.parametrize(("text", "seconds"), [(t, s) for s, texts in TIMES.items() for t in texts])
def test_a_time_in_any_unit(text: str, seconds: float) -> None:
    assert duration(text) == pytest.approx(seconds)


UNITS = [
    ("square meters", "m^2", 1), ("square centimeters", "m^2", Fraction(1, 10_000)), ("sq m", "m^2", 1), ("m squared", "m^2", 1),
    ("cubic meters", "m^3", 1), ("cubic centimeters", "m^3", Fraction(1, 1_000_000)), ("cu m", "m^3", 1), ("m cubed", "m^3", 1),
    ("cubic meters", "m^2", None), ("square meters", "m", None),
]  # fmt: skip


@pytest.mark.parametrize(("unit", "to", "factor"), UNITS)
def test_a_unit_to_a_power_in_words(unit: str, to: str, factor: Fraction | None) -> None:
    assert converted(Fraction(3), unit, to) == (None if factor is None else 3 * factor)


SIGNS = {
    "∩": r"\cap", "∪": r"\cup", "∈": r"\in", "∉": r"\notin", "∋": r"\ni \owns", "⊂": r"\subset", "⊆": r"\subseteq",
    "⊃": r"\supset", "⊇": r"\supseteq", "∅": r"\emptyset \varnothing", "∖": r"\setminus \smallsetminus \backslash",
    "∞": r"\infty", "∂": r"\partial", "∇": r"\nabla", "∫": r"\int", "∑": r"\sum", "∏": r"\prod", "∀": r"\forall",
    "∃": r"\exists", "¬": r"\neg \lnot", "∧": r"\wedge \land", "∨": r"\vee \lor", "⊕": r"\oplus", "⊗": r"\otimes",
    "±": r"\pm", "∓": r"\mp", "≡": r"\equiv", "≅": r"\cong", "∝": r"\propto", "∠": r"\angle", "△": r"\triangle",
    "∥": r"\parallel", "⊥": r"\perp", "⌊": r"\lfloor", "⌋": r"\rfloor", "⌈": r"\lceil", "⌉": r"\rceil", "√": r"\sqrt",
    "⇔": r"\iff \Leftrightarrow \Longleftrightarrow", "↔": r"\leftrightarrow \longleftrightarrow",
    "←": r"\leftarrow \gets", "∴": r"\therefore", "β": r"\beta", "θ": r"\theta \vartheta",
}  # fmt: skip


@pytest.mark.parametrize(("sign", "commands"), SIGNS.items(), ids=SIGNS.values())
def test_a_sign_and_its_commands_are_one_spelling(sign: str, commands: str) -> None:
    for command in commands.split():
        assert typeset.command(command) == ((typeset.sign(sign), 0, len(command)),)


TAGS = [
    ("munderover", r"\sum\limits_{i=1}^{n} i"), ("munder", r"\underset{x}{y}"), ("mover", r"\overline{x}"), ("mfrac", r"\frac{a}{b}"),
    ("msqrt", r"\sqrt{x}"), ("mroot", r"\sqrt[3]{x}"), ("msub", "x_1"), ("msup", "x^2"), ("msubsup", "x_1^2"),
    ("mtable", r"\begin{matrix} a & b \\ c & d \end{matrix}"), ("mtr", r"\begin{matrix} a \end{matrix}"),
    ("mtd", r"\begin{matrix} a \end{matrix}"), ("mtext", r"\text{for all}"), ("mi", "x"), ("mn", "2"), ("mo", "+"),
    ("mspace", r"a \quad b"), ("mrow", "{a + b}"), ("mphantom", r"\phantom{x}"), ("menclose", r"\boxed{x}"),
]  # fmt: skip


@pytest.mark.parametrize(("tag", "source"), TAGS, ids=[tag for tag, _ in TAGS])
def test_a_formula_keeps_its_parts(tag: str, source: str) -> None:
    assert f"<{tag}" in mathml(source, display=True)
