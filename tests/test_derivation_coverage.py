"""Kinds of equations that were left undecided: numbers with units, rounded steps, complex numbers, series, limits, ...

Every row is true; every variant of it is false, and must not be accepted.
"""

from __future__ import annotations

import pytest

from evalkit.derivation import analyse
from evalkit.derivation.verdicts.verdict import FALSE, TRUE
from tests.derivation_help import setting_of

WORLD = {"symbols": {"x": "scalar", "y": "scalar", "q": "positive"}}
COMPLEX = "Let $i$ be the imaginary unit. "
KINDS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "a unit in roman": ("", r"0.25 \times 14 = 3.5 \text{ ms}", (r"0.25 \times 14 = 3.4 \text{ ms}",)),
    "a unit of one letter": ("", r"\frac{3}{2}(-70) = -105\,\text{J}", (r"\frac{3}{2}(-70) = -115\,\text{J}",)),
    "a unit with a power": ("", r"4.9 \cdot 2 = 9.8 \text{ m s}^{-2}", (r"4.9 \cdot 2 = 9.7 \text{ m s}^{-2}",)),
    "a unit in bold print": ("", r"\frac{2.4}{0.06} = \mathbf{40 \text{ rad/s}}", (r"\frac{2.4}{0.06} = \mathbf{44 \text{ rad/s}}",)),
    "the same unit": ("", r"12 \cdot 3\,\text{kg} = 36\,\text{kg}", (r"12 \cdot 3\,\text{kg} = 35\,\text{kg}",)),
    "a rounded unit": ("", r"\frac{61.5}{17.7} = 3.47\,\text{fm}", (r"\frac{61.5}{17.7} = 3.57\,\text{fm}",)),
    "a minimum of minutes": ("", r"\frac{90}{3} = 30\,\text{min}", (r"\frac{90}{3} = 33\,\text{min}",)),
    "thousands in a fraction": ("", r"\frac{12,600}{6} = 2,100", (r"\frac{12,600}{6} = 2,200", r"\frac{1,6}{6} = 2")),
    "a rounded power": ("", r"e^{1.5} - 3(1.5) = 4.4817 - 4.5", (r"e^{1.5} - 3(1.5) = 4.4827 - 4.5", r"e^{1.5} - 3(1.5) = 4.4817 + 4.5")),
    "a rounded root": ("", r"\frac{7.3}{\sqrt{61}} = \frac{7.3}{7.8102}", (r"\frac{7.3}{\sqrt{61}} = \frac{7.3}{7.8103}", r"\frac{7.3}{\sqrt{61}} = \frac{7.4}{7.8102}")),
    "rounded logarithms": ("", r"0.8 \ln 0.8 + 0.2 \ln 0.2 = 0.8(-0.2231) + 0.2(-1.6094)", (r"0.8 \ln 0.8 + 0.2 \ln 0.2 = 0.8(-0.2231) + 0.2(-1.6084)", r"0.8 \ln 0.8 + 0.2 \ln 0.2 = 0.8(0.2231) + 0.2(-1.6094)")),
    "a rounded part, nearly": ("", r"1.5 - \frac{0.875}{5.75} \approx 1.5 - 0.152", (r"1.5 - \frac{0.875}{5.75} \approx 1.5 - 0.153", r"1.5 - \frac{0.875}{5.75} \approx 1.5 + 0.152")),
    "powers of i": (COMPLEX, "(1 - i)^8 = 16", ("(1 - i)^8 = -16", "(1 - i)^7 = 16", "(1 + 2i)^8 = 16")),
    "a quotient": (COMPLEX, r"\frac{1}{1+i} = \frac{1-i}{2}", (r"\frac{1}{1+i} = \frac{1+i}{2}", r"\frac{1}{1+i} = \frac{1-i}{4}")),
    "a modulus": (COMPLEX, "|3 + 4i| = 5", ("|3 + 4i| = 25", "|3 + 4i| = 7")),
    "Euler's formula": ("", r"e^{ix} = \cos x + i\sin x", (r"e^{ix} = \cos x - i\sin x", r"e^{ix} = \cos x + \sin x")),
    "an integral of a wave": ("", r"\int_0^{\pi} e^{ix}\,dx = 2i", (r"\int_0^{\pi} e^{ix}\,dx = -2i", r"\int_0^{\pi} e^{ix}\,dx = 2")),
    "another sign of it": ("", r"\int_{-q}^{q} e^{-jyt}\,dt = \frac{2\sin(yq)}{y}", (r"\int_{-q}^{q} e^{-jyt}\,dt = \frac{2\cos(yq)}{y}",)),
    "a matrix of complex numbers": ("", r"\begin{pmatrix} 0 & -i \\ i & 0 \end{pmatrix}^2 = \begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}", (r"\begin{pmatrix} 0 & -i \\ i & 0 \end{pmatrix}^2 = \begin{pmatrix} -1 & 0 \\ 0 & 1 \end{pmatrix}",)),
    "a root of a negative number": ("", r"\frac{-1 + \sqrt{1 - 4}}{2} = \frac{-1 + i\sqrt{3}}{2}", (r"\frac{-1 + \sqrt{1 - 4}}{2} = \frac{-1 - i\sqrt{3}}{2}", r"\frac{-1 + \sqrt{1 - 4}}{2} = \frac{-1 + \sqrt{3}}{2}")),
    "a geometric series": ("", r"\sum_{i=0}^{\infty} (2x)^i = \frac{1}{1-2x}", (r"\sum_{i=1}^{\infty} (2x)^i = \frac{1}{1-2x}", r"\sum_{i=0}^{\infty} (2x)^i = \frac{1}{1+2x}")),
    "the derivative of a series": ("", r"\frac{d}{dx}\left(\sum_{i=0}^{\infty} x^i\right) = \sum_{i=1}^{\infty} ix^{i-1}", (r"\frac{d}{dx}\left(\sum_{i=0}^{\infty} x^i\right) = \sum_{i=1}^{\infty} ix^i",)),
    "coefficients of any list": ("", r"\sum_{i=2}^{\infty} c_{i-1}x^i = x\sum_{i=1}^{\infty} c_ix^i", (r"\sum_{i=2}^{\infty} c_{i-1}x^i = x\sum_{i=2}^{\infty} c_ix^i", r"\sum_{i=2}^{\infty} c_{i-1}x^i = \sum_{i=1}^{\infty} c_ix^i")),
    "a number with an index": ("", r"(x_1 + x_2)^2 = x_1^2 + 2x_1x_2 + x_2^2", (r"(x_1 + x_2)^2 = x_1^2 + x_1x_2 + x_2^2",)),
    "an iterate": ("", r"x_n - \frac{x_n^2 - 2}{2x_n} = \frac{x_n^2 + 2}{2x_n}", (r"x_n - \frac{x_n^2 - 2}{2x_n} = \frac{x_n^2 - 2}{2x_n}",)),
    "moments of equal expressions": ("", r"E[\log(xy^2) + g] = E[\log x + 2\log y + g]", (r"E[\log(xy^2) + g] = E[\log x + \log y + g]",)),
    "the chain rule": ("", r"\frac{\partial L}{\partial w} = \frac{\partial L}{\partial a}\frac{\partial a}{\partial z}\frac{\partial z}{\partial w}", (r"\frac{\partial L}{\partial w} = \frac{\partial L}{\partial a}\frac{\partial z}{\partial a}\frac{\partial z}{\partial w}", r"\frac{\partial L}{\partial w} = \frac{\partial L}{\partial a_k}\frac{\partial a_k}{\partial w}")),
    "a third derivative": ("Let $f(x) = x^5 + e^{2x}$. ", "f'''(x) = 60x^2 + 8e^{2x}", ("f'''(x) = 60x^2 + 4e^{2x}", "f'''(x) = 20x^3 + 8e^{2x}")),
    "a fourth derivative at a place": ("Let $f(x) = x^5 + e^{2x}$. ", "f''''(1) = 120 + 16e^2", ("f''''(1) = 60 + 16e^2",)),
    "a limit at 0": ("", r"\lim_{x \to 0} \frac{1 - \cos x}{x^2} = \frac{1}{2}", (r"\lim_{x \to 0} \frac{1 - \cos x}{x^2} = 1", r"\lim_{x \to 0} \frac{1 - \cos x}{x} = \frac{1}{2}")),
    "a limit from the right": ("", r"\lim_{x \to 0^+} \frac{\ln(1 + 3x)}{x} = 3", (r"\lim_{x \to 0^+} \frac{\ln(1 + 3x)}{x} = 1",)),
    "a limit at infinity": ("", r"\lim_{n \to \infty} \left(1 + \frac{2}{n}\right)^n = e^2", (r"\lim_{n \to \infty} \left(1 + \frac{2}{n}\right)^n = e",)),
    "a limit of a sum": ("", r"\lim_{n \to \infty} \sqrt{n^2 + n} - n = \frac{1}{2}", (r"\lim_{n \to \infty} \sqrt{n^2 + n} - n = 1",)),
    "a quotient of differences": ("", r"\lim_{h \to 0} \frac{(x + h)^3 - x^3}{h} = 3x^2", (r"\lim_{h \to 0} \frac{(x + h)^3 - x^3}{h} = 3x",)),
    "a substitution": (r"Let $u = \frac{r^2}{2}$. ", r"du = r\,dr", (r"du = 2r\,dr", r"dr = r\,du")),
    "a substitution, turned": (r"With $y = t^3$ ", r"dt = \frac{1}{3}y^{-2/3}\,dy", (r"dt = \frac{1}{3}y^{2/3}\,dy",)),
    "an operator with a subscript": ("", r"\partial_x(x^2y + \sin y) = 2xy", (r"\partial_x(x^2y + \sin y) = x^2 + \cos y", r"\partial_y(x^2y) = 2xy")),
    "an operator before a power": ("", r"\partial_t e^{-kt} = -ke^{-kt}", (r"\partial_t e^{-kt} = ke^{-kt}",)),
    "an operator twice": ("", r"\partial_x^2 (x^3y) = 6xy", (r"\partial_x^2 (x^3y) = 3x^2y",)),
}  # fmt: skip
"""What stands before it, the true equation, and false ones."""


def last(before: str, equation: str) -> str:
    """The verdict on the equation at the end of a text."""
    setting = setting_of(WORLD)
    return analyse(f"{before}We get ${equation}$.", setting).relations[-1].verdict


@pytest.mark.parametrize(("before", "equation", "wrong"), KINDS.values(), ids=list(KINDS))
def test_what_is_true_is_accepted_and_no_variant_is(before: str, equation: str, wrong: tuple[str, ...]) -> None:
    assert last(before, equation) in TRUE
    assert [variant for variant in wrong if last(before, variant) in TRUE] == []


NOT_FALSE = [
    ("an hour in minutes", r"2 \cdot 0.25 = 30\,\text{min}"),
    ("two units", r"0.5\,\text{h} = 30\,\text{m}"),
    ("a length in other units", r"5\,\text{km} = 3.1"),
    ("an index called i", r"2i + 1 = 7"),
    ("a limit that is approached like a root", r"\lim_{x \to 0^+} \sqrt{x} = 1"),
    ("a limit without a value", r"\lim_{x \to 0} \frac{|x|}{x} = 1"),
    ("a series that diverges", r"\sum_{k=1}^{\infty} \frac{1}{k} = 3"),
    ("a chain over an index", r"\frac{\partial L}{\partial w} = \frac{\partial L}{\partial a_k}\frac{\partial a_k}{\partial w}"),
]  # fmt: skip


@pytest.mark.parametrize("equation", [row[1] for row in NOT_FALSE], ids=[row[0] for row in NOT_FALSE])
def test_what_may_be_meant_otherwise_is_not_called_false(equation: str) -> None:
    assert last("", equation) not in FALSE


WRONG = [
    ("a number with a unit", "", r"0.25 \times 14 = 4.5 \text{ ms}"),
    ("a complex number", COMPLEX, "(1 - i)^8 = -16"),
    ("a limit of a sequence", "", r"\lim_{n \to \infty} \left(1 + \frac{2}{n}\right)^n = e"),
]


@pytest.mark.parametrize(("before", "equation"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_what_only_computes_is_found_wrong(before: str, equation: str) -> None:
    assert last(before, equation) in FALSE


def test_a_path_that_the_text_does_not_have_is_no_chain() -> None:
    text = r"We have $v = wh + c$. So $\frac{\partial L}{\partial w} = \frac{\partial L}{\partial h}\frac{\partial h}{\partial w}$."
    assert last("", text[text.index(r"\frac") : -2]) in TRUE
    assert last(text[: text.index("So")], text[text.index(r"\frac") : -2]) not in TRUE


def test_a_second_path_that_is_told_later_takes_the_chain_back() -> None:
    chain = r"$\frac{\partial v}{\partial t} = \frac{\partial v}{\partial r}\frac{\partial r}{\partial t}$"
    setting = setting_of(WORLD)
    found = [
        analyse(f"We get {chain}{rest}", setting).relations[0].verdict
        for rest in (".", " where $v = r^2 + s^2$, $r = t$, $s = 2t$.")
    ]
    assert found[0] in TRUE
    assert found[1] not in TRUE


def test_definitions_in_a_circle_are_no_trouble() -> None:
    setting = setting_of(WORLD)
    found = analyse(r"Let $a = b + i$ and let $b = a - i$. So $a^2 = b^2 + 2i$ and $|a| = |b|$.", setting)
    assert all(r.verdict not in TRUE for r in found.relations[2:])
