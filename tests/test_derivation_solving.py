"""Solutions of equations, integrals without ends, approximations in numbers: what is true, what is false, what stays open."""

from __future__ import annotations

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

WORLD = {
    "dimensions": ["n < m"],
    "symbols": {"A": "n x n", "x": "scalar", "y": "scalar", "b": "scalar", "B": "m x n"},
    "definitions": ["g(x) = x^2 + 1", "h(x, y) = x^2 - y", r"B^* = B^\top"],
}


def judged(text: str) -> str:
    return verdicts(analyse(text, setting_of(WORLD)))


EIGEN = r"Consider $A = \begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}$. From $\det(A - \lambda I) = 0$ we get "
ROOTS = [
    ("a root", r"From $t^2 - 3t + 2 = 0$ we get $t_1 = 1$ and $t_2 = 2$.", "uhh"),
    ("no root may be a step of an iteration", r"We solve $t^2 - 3t + 2 = 0$ by steps: $t_1 = 1.7$.", "ud"),
    ("an eigenvalue to three figures", EIGEN + r"$\lambda_1 = 5.372$.", "suh"),
    ("no eigenvalue", EIGEN + r"$\lambda_1 = 2$.", "suf"),
    ("near an eigenvalue", EIGEN + r"$\lambda_1 = 5.374$.", "sud"),
    ("two unknown letters", r"From $t^2 - 3ts + 2 = 0$ we get $t_1 = 1$.", "ud"),
    ("it is supposed", r"From $t^2 - 3t + 2 = 0$; suppose $t_1 = 1$.", "ud"),
    ("any number would do", r"From $t - t = 0$ we get $t_1 = 1$.", "ad"),
]
CONDITIONS = [
    (
        "a derivative that is to vanish",
        r"We impose $\frac{\partial}{\partial x} (x^2 - 4xb) = 0$. Hence $x = 2b$.",
        "sh",
    ),
    ("a wrong zero of it", r"We impose $\frac{\partial}{\partial x} (x^2 - 4xb) = 0$. Hence $x = 3b$.", "sf"),
    ("two equations", r"Suppose $x + y = 40$ and $x - y = 10$. Then $x = 25$.", "ssh"),
    ("a wrong sign", r"Suppose $x + y = 40$. Then $x = 40 + y$.", "sf"),
    ("nothing solves it", r"Suppose $x^2 + 1 = 0$. Then $x = 5$.", "ss"),
]
INTEGRALS = [
    ("by parts", r"$\int x e^x\,dx = x e^x - \int e^x\,dx = x e^x - e^x + C$", "ii"),
    ("a factor", r"$\int 3\cos(2t)\,dt = \frac32\sin(2t) + C$", "i"),
    ("a wrong factor", r"$\int \cos(2t)\,dt = 2\sin(2t) + C$", "f"),
    ("a wrong sign", r"$\int x e^x\,dx = x e^x + \int e^x\,dx$", "f"),
    ("by its name", r"Let $J = \int e^x\sin x\,dx$. So $J = e^x\sin x - \int e^x\cos x\,dx$.", "di"),
    ("twice its name", r"Let $J = \int e^x\sin x\,dx$. So $2J = e^x(\sin x - \cos x)$.", "di"),
    ("another letter is a substitution", r"$\int 2x\cos(x^2)\,dx = \int \cos(u)\,du$", "p"),
    ("in a product with its variable", r"$x\int e^x\,dx = x e^x$", "p"),
    ("letters of the integrand", r"$\int a t^2\,dt = \frac{a}{3}t^3 + c$", "i"),
]
NUMBERS = [
    ("wrong in the third figure", r"$\frac{2017}{3.1415926535} \approx 641.9997$", "f"),
    ("rounded", r"$\sqrt{2312} \approx 48.083$", "a"),
    ("the last figure is off", r"$\sqrt{2312} \approx 48.084$", "k"),
    ("a tangent", r"$\sqrt{4.1} \approx 2 + \frac{0.1}{4}$", "k"),
    ("degrees", r"$\sin 30 \approx 0.51$", "k"),
    ("another logarithm", r"$\log 200 \approx 2.3011$", "k"),
    ("per cent", r"$\frac{1}{12} \approx 8.33$", "k"),
    ("a share, rounded", r"$\frac{7}{13} \approx 53.85\%$, $-\frac{7}{13} \approx -53.8\%$", "aa"),
    ("a share, and its last figure is off", r"$\frac{7}{13} \approx 53.86\%$", "k"),
    ("whole numbers", r"$1987 \approx 2000$", "k"),
    ("a factor written as a rounded number", r"So $-1000 \log(2\pi) = -1000 \cdot 1.8379$", "i"),
    ("not equal up to a rounded factor", r"So $-1000 \log(2\pi) = -1000 \cdot 1.8579$", "f"),
    ("a given factor", r"So $0.5 \cdot 3 = 1.7$", "f"),
    ("computed from rounded numbers", r"$125 \cdot 3.14 \approx 392.7$", "k"),
    ("of a letter", r"$y \approx 3.75$", "k"),
]
LABELS = [
    ("a word is a label", r"Let $a_{prior} = 2$. So $a_{prior} + 7 = 9$.", "da"),
    ("letters that count are indices", r"so $\sum_{i,j} A_{ij}^2 = \|A\|_F^2$", "a"),
]
STEPS = [
    ("stated alone, then solved", "The bills give\n\n$$b + 20 = 300$$\n\n$$b = 280$$", "qh"),
    ("a step that does not follow", "The bills give\n\n$$b + 20 = 300$$\n\n$$b = 260$$", "qs"),
    ("it has a value already", "Let $b = 281$.\n\n$$b + 20 = 300$$\n\n$$b = 280$$", "sqs"),
]
SYSTEMS = [
    ("a row with a left side of its own", r"\begin{align*} 0 &= -2x - 2y \\ -4 &= 3x - 2y \end{align*}", 2),
    ("a row that goes on", r"\begin{align*} y &= x \\ &- x + y \end{align*}", 1),
    ("a row that begins with its relation", r"\begin{align*} y &= x \\ &= x + y \end{align*}", 2),
    ("a mark before a sum", r"\begin{align*} y &= x \\ - x & + y \end{align*}", 1),
]
IN_DOUBT = [
    ("what is given", "Given values (as stated):\n- $\\cos(x) = 3/5$\n- $\\sin(x) = 7/5$", "qq"),
    ("a current, and no identity", r"We find the current: $I = \frac{x}{y} = 5$", "dq"),
    ("a sum with names", r"We find the current: $I = \frac{x + y}{b}$", "d"),
    ("a term that vanishes", r"Assume $x = y$. So $b^2 = b^2 + (x - y)$ and $x + y = 2y$.", "sqh"),
    ("a step over a vanishing term", r"Setting $x - y = 0$ we get $x = y$, so $b = b + (x - y)$", "qhq"),
    ("a contradiction", r"So we get $-4 = 0$, a contradiction.", "q"),
    ("no contradiction", r"So we get $-4 = 0$.", "f"),
    ("a check that comes to nothing", "For the other root:\n\n- $3 = 2 + 5$\n- $3 = 7$ (not true)", "qq"),
    ("a check that comes out", "For the other root:\n\n- $3 = 2 + 5$\n- $7 = 7$ (true)", "fa"),
    ("what is called wrong is something else", "So $3 = 2 + 5$. The wrong root was taken above.", "f"),
    ("it is said of what stands before", "So $3 = 2 + 5$. This is not correct.", "q"),
    ("a function with another letter", r"$g(n) = n^3 + 4$ and $g(2) = 12$", "qq"),
    ("the function with its letter", r"So $g(x) = x^3 + 4$", "f"),
    ("corrected", r"The angle is $c = 2x$. It turns, so the angle should be $c = -x^2$", "dq"),
    (
        "one number for two letters",
        r"Let $p = 2x + 1$ and $q = x^2 + 4$. The origins coincide ($p = q = 0$), so",
        "ddqq",
    ),
    ("it is its own transpose", r"Since $B^* = B$, all is real", "s"),
]
FORMS = [
    ("a gradient by two numbers", r"so $\nabla h(x, y) = \begin{pmatrix} 2x \\ -1 \end{pmatrix}$", "i"),
    ("as a row", r"so $\nabla h(x, y) = (2x, -1)$", "i"),
    ("with a wrong sign", r"so $\nabla h(x, y) = (2x, 1)$", "f"),
    ("members of a sum", r"so $\sum_{i=1}^n (a z^{(i)} + b) = a\sum_{i=1}^n z^{(i)} + nb$", "a"),
    ("the adjoint of a column", r"so $v^*(x u) = x v^*u$", "a"),
    ("base 2", r"so $log2(8) = 3$", "a"),
]


JUDGED = {
    "numbered values of an unknown": ROOTS,
    "conditions that are imposed": CONDITIONS,
    "integrals without ends": INTEGRALS,
    "approximations in numbers": NUMBERS,
    "words in subscripts": LABELS,
    "steps from an equation that is stated": STEPS,
    "what is in doubt": IN_DOUBT,
    "forms that are read": FORMS,
}
CASES = [pytest.param(*row[1:], id=f"{kind}: {row[0]}") for kind, rows in JUDGED.items() for row in rows]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_verdicts(text: str, expected: str) -> None:
    assert judged(text) == expected


@pytest.mark.parametrize(("text", "count"), [r[1:] for r in SYSTEMS], ids=[r[0] for r in SYSTEMS])
def test_rows_of_a_system(text: str, count: int) -> None:
    assert len(judged(text)) == count
