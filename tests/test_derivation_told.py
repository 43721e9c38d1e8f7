r"""What a text tells of its letters in passing: other letters for sizes, the range of a number, means under a bar, values in percent,
names of integrals, and names that it gives anew when it corrects itself."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

DATA: dict[str, Any] = {
    "symbols": {"X": "N x d, data", "W": "d x k", "b": "k", "u": "d", "t": "", "q": "nonnegative", "x": "N, data", "y": "N, data"},
    "families": {"x_i": "entries of x", "y_i": "entries of y", "r_i": "rows of X"},
    "definitions": ["Z = XW + 1_N b^\\top"],
}  # fmt: skip
LOSS = {
    "symbols": {"z": "1 x h", "C": "1 x h", "V": "d x h", "s": "1 x d"},
    "definitions": ["g = sV", "h_t = g \\odot \\tanh(C)"],
}
NUMBER: dict[str, Any] = {
    "symbols": {"x": "positive", "s": "positive", "f": "function", "n": "scalar, integer, positive"}
}
LAYERS: dict[str, Any] = {
    "symbols": {
        "X": "N x d, data",
        "W": "d x k",
        "b": "k",
        "V": "k x m",
        "c": "1 x m",
        "Y": "N x m, data",
        "r": "",
        "w": "d",
        "y": "N, data",
    }
}
NET = r"Let $Z = XW + b$, $H = \tanh(Z)$, $O = HV + c$ and $L = \frac12\|O - Y\|_F^2$. "
ONE = r"Let $z = Xw + r$ and $L = \frac12\|Xw + r - y\|^2$. "
DEVIATIONS = r"$\sum_{i=1}^N (x_i - \bar x) = 0$"
CASES: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "other letters for sizes": (
        DATA,
        [
            (r"For $X \in \mathbb{R}^{N \times p}$: $Z^\top Z = W^\top X^\top XW + 2 W^\top X^\top 1_N b^\top + N bb^\top$.", "f"),
            (r"For $X \in \mathbb{R}^{N \times p}$: $Z = XW + 1_N b^\top$.", "i"),
            (r"For $X \in \mathbb{R}^{N \times d_{\text{in}}}$, $W \in \mathbb{R}^{d_{\text{in}} \times c}$: $Z = XW + 1_N b^\top$.", "i"),
            (r"For $X \in \mathbb{R}^{p \times m}$: $Z = XW + 1_N b^\top$.", "q"),  # perhaps samples in columns
            (r"For $u \in \mathbb{R}^m$: $\nabla_u (u^\top u) = 2u$.", "i"),
        ],
    ),
    "the range of a number": (
        DATA,
        [
            (r"For $t \in [0, 1]$: $\|(1 - t)u\| = (1 - t)\|u\|$.", "a"),
            (r"With $0 \le q \le 1$, $|1 - q| = 1 - q$.", "a"),
            (r"With $0 \le q \le 1$, $|1 - 2q| = 1 - 2q$.", "f"),
            (r"For $t \in [0, 1]$: $\|(2t - 1)u\| = (2t - 1)\|u\|$.", "f"),
            (r"For $t \in [0, 1]$: $\|(1 - t)u\| = (t - 1)\|u\|$.", "f"),
            ("# One\nHere $t \\in [0, 1]$.\n\n# Two\nSo $\\|(1 - t)u\\| = (1 - t)\\|u\\|$.", "q"),
            (r"For $t \in [0, N]$: $|t + 1| = t + 1$.", "a"),
            (r"For $t \in [0, \infty)$: $|t + 1| = t + 1$.", "a"),
            (r"For $t \in [0, \infty)$: $|t - 1| = t - 1$.", "f"),
            ("Let $t \\in [0, 1]$. We look at sizes.\n\nSo $|t| = t$, hence $|1 - t| = 1 - t$.", "a"),
            ("- Here $t \\in [0, 1]$.\n- So $|1 - t| = 1 - t$.", "a"),
            (r"Let $t \in [0, 1]$. So $|1 - t| = 1 - t$ for these $t$.", "a"),
        ],
    ),
    "a range that is perhaps not meant": (
        DATA,
        [
            (r"If $0 \le t \le 1$, $|t| = t$. If $t > 1$, then $\max(t, 1) = 1$.", "q"),
            (r"Let $t \in [0, 1]$ or $t < 0$. So $|t| = t$.", "q"),
            (r"Let $t \in [0, 1]$. For all numbers $|t| = t$.", "q"),
            (r"Let $t \in [0, 1]$. Then $|t| = t$ for negative numbers, too.", "q"),
            (r"Let $t \in [0, 1]$. Now take $t$ from the whole line. Then $|t| = t$.", "q"),
            ("Let $t \\in [0, 1]$.\n\nThe number $t$ grows.\n\nSo $|t| = t$.", "q"),
            (r"We do not suppose $t \in [0, 1]$. So $|t| = t$.", "q"),
            (r"We ask whether $t \in [0, 1]$. So $|t| = t$.", "q"),
            (r"Other than for $t \in [0, 1]$, here $|t| = t$.", "q"),
            (r"Let $t \in [0, 1]$. Once that is dropped, $|t| = t$.", "q"),
            (r"Let $t \in [0, 1]$. Later $t \in [-1, 1]$, so $|t| = t$.", "f"),
        ],
    ),
    "means under a bar": (
        DATA,
        [
            (r"$\sum_{i=1}^N (x_i - \bar x)^2 = \sum_{i=1}^N x_i^2 - N\bar x^2$", "a"),
            (r"$\sum_{i=1}^N (x_i - \bar x)(y_i - \bar y) = \sum_{i=1}^N x_i y_i - N\bar x\bar y$", "a"),
            (r"$\sum_{i=1}^N (r_i - \bar r)(r_i - \bar r)^\top = X^\top X - N\bar r\bar r^\top$", "a"),
            (r"$\sum_{i=1}^N (x_i - \bar x)^2 = \sum_{i=1}^N x_i^2 - \bar x^2$", "u"),
            (r"$\sum_{i=1}^N (x_i - \bar v)^2 = \sum_{i=1}^N x_i^2 - N\bar v^2$", "u"),
        ],
    ),
    "means by name": (
        DATA,
        [
            (rf"{said} {DEVIATIONS}", verdict)
            for verdict, all_said in (
                (
                    "a",
                    (
                        r"Let $\bar x$ be the sample mean.",
                        r"Write $\bar x$ for the average of the $x_i$.",
                        r"Here $\bar x$ and $\bar y$ are the means of $x$ and $y$.",
                        r"We subtract the mean $\bar x$ of the data.",
                    ),
                ),
                (
                    "u",
                    (
                        r"Let $\bar x$ be the median of the $x_i$.",
                        r"Let $\bar x$ be the trimmed mean.",
                        r"Let $\bar x$ be the mean of the $y_i$.",
                        r"Let $\bar x$ be the mean over a later sample.",
                        r"Let $\bar x$ be the mean squared entry.",
                        r"For every number $\bar x$:",
                        r"Let x̄ be the median.",
                        r"Take $\bar x = \mathrm{median}(x)$.",
                        r"With the geometric mean,",
                        r"The number $\bar x$ is not the mean.",
                    ),
                ),
            )
            for said in all_said
        ],
    ),
    "in percent": (
        NUMBER,
        [
            (r"The share is $\frac{8}{9} = 88.9\%$", "i"),
            (r"The share is $\frac{8}{9} = 89\%$", "i"),
            (r"The share is $\frac{8}{10} = 80\%$", "a"),
            (r"The share is $\frac{8}{9} = 87.9\%$", "f"),
            (r"The share is $\frac{8}{9} = 88.7\%$", "q"),
            (r"So $\frac{3.999}{1 - 0.999^{10}} \approx 4.443$.", "k"),
            (r"$$\begin{aligned} x + x &= x \\ &\qquad + x \end{aligned}$$", "p"),
        ],
    ),
    "rounded coefficients": (
        NUMBER,
        [
            (r"So $\frac{2/3}{s + 1/6} = \frac{0.667}{s + 0.167}$.", "q"),
            (r"So $\frac{2/3}{s + 1/6} = \frac{0.667}{s + 0.157}$.", "f"),
            (r"So $y = \frac{5.76 \pm \sqrt{10.1376}}{11.52} = \frac{5.76 \pm 3.184}{11.52}$.", "i"),
            (r"So $y = \frac{5.76 \pm \sqrt{10.1376}}{11.52} = \frac{5.76 \pm 3.148}{11.52}$.", "f"),
        ],
    ),
    "integrals that are named": (
        NUMBER,
        [
            (r"So $u_1 = -\int \ln x\,dx$.", "d"),
            (r"So $u_2 = \int \frac{\ln x}{x}\,dx$. Then $u_2 = \frac{(\ln x)^2}{2}$.", "i"),
            (r"So $u_2 = \int \frac{\ln x}{x}\,dx$. Then $u_2 = (\ln x)^2$.", "f"),
            (r"So $\int \sqrt{x}\,dx = \frac{x^{3/2}}{3/2} = \frac23 x^{3/2} + C$.", "i"),
            (r"So $\int \sqrt{x}\,dx = \frac{x^{3/2}}{3/2} = \frac32 x^{3/2} + C$.", "f"),
            (r"So $I = \int x\,dx$ and $w = x^2 + x$. Then $v = xI + w$.", "d"),
        ],
    ),
    "a function at numbers": (
        NUMBER,
        [
            (r"For all n $f(2n) = 2f(n) + 1$. Hence $f(2) = 2f(1) + 1 = 2 \cdot 1 + 1$.", "q"),
            (r"So $\frac{d}{dx} f(x^2) = f'(x^2)$.", "q"),
        ],
    ),
    "corrections": (
        DATA,
        [
            ("Let $S = u + u$.\n\nSo $S = u - u$.", "f"),
            ("Let $S = u + u$.\n\nWait, let me redo this. So $S = u - u$.", "q"),
        ],
    ),
    "a sign between gradients": (
        LOSS,
        [
            (r"$\frac{\partial L}{\partial g} = \frac{\partial L}{\partial h_t} \cdot \tanh(C)$", "i"),
            (r"$\frac{\partial L}{\partial V} = s^\top \left(\frac{\partial L}{\partial h_t} \cdot \tanh(C)\right)$", "i"),
            (r"$\frac{\partial L}{\partial g} = \frac{\partial L}{\partial h_t} \cdot C$", "p"),
        ],
    ),
    "added to every row": (
        LAYERS,
        [
            (NET + r"So $\frac{\partial L}{\partial V} = H^\top(O - Y)$.", "i"),
            (NET + r"So $\frac{\partial L}{\partial Z} = (O - Y)V^\top \odot (1 - H^2)$.", "i"),
            (NET + r"So $\frac{\partial L}{\partial Z} = (O - Y)V^\top$.", "f"),
            (NET + r"So $\frac{\partial L}{\partial W} = X^\top\frac{\partial L}{\partial Z}$.", "i"),
            (NET + r"So $\frac{\partial L}{\partial W} = X\frac{\partial L}{\partial Z}$.", "t"),
            (NET + r"So $\frac{\partial L}{\partial c} = 1^\top(O - Y)$.", "i"),
            (NET + r"So $\frac{\partial L}{\partial b} = \sum_{i=1}^N (\frac{\partial L}{\partial Z})_{i,:}$.", "q"),  # in a row
            (r"So $1^\top X = 1_N^\top X$ and $11^\top X = 1_N 1_N^\top X$.", "a"),
            (ONE + r"So $\nabla_w L = X^\top(Xw + r - y)$.", "i"),
            (ONE + r"So $\nabla_w L = X^\top(Xw - r - y)$.", "t"),
            (ONE + r"So $\frac{\partial z}{\partial r} = 1$.", "i"),
            (ONE + r"So $\frac{\partial z}{\partial r} = 2$.", "t"),
        ],
    ),
    "roots by a sign of two": (
        {"symbols": dict.fromkeys(("y", "x", "a", "p", "c"), "")},
        [
            (r"So $5.76y^2 - 5.76y + 1 = 0$. Then $y = \frac{5.76 \pm \sqrt{5.76^2 - 4(5.76)(1)}}{2(5.76)}$.", "h"),
            (r"We solve $ax^2 + px + c = 0$: $$x = \frac{-p \pm \sqrt{p^2 - 4ac}}{2a}$$", "h"),
            (r"We solve $ax^2 + px + c = 0$: $$x = \frac{p \pm \sqrt{p^2 - 4ac}}{2a}$$", "f"),
            (r"We solve $ax^2 + px + c = 0$: $$x = \frac{-p \pm \sqrt{p^2 + 4ac}}{2a}$$", "f"),
            (r"Why is it wrong? We solve $ax^2 + px + c = 0$: $$x = \frac{p \pm \sqrt{p^2 - 4ac}}{2a}$$", "k"),
            (r"We solve $ax^2 + px + c = 0$. Now $y^2 = 3$. Then $x = \frac{p \pm \sqrt{p^2 - 4ac}}{2a}$.", "k"),
            (r"For $y = x + 1$, $y = a \pm c$.", "k"),
            (r"So $(y - 1)((y - 1)^2 - 8) = 0$, that is $y = 1$ or $y = 1 \pm 2\sqrt2$.", "h"),
        ],
    ),
    "in one line": (
        NUMBER,
        [
            (r"$\partial^2 \log x/\partial x^2 = -1/x^2$", "i"),
            (r"$\partial^2 (x^3)/\partial x^2 = 6x$", "i"),
            (r"$\partial^2 (x^3)/\partial x^2 = 3x$", "f"),
            (r"$\ln \mathcal{L}_1(x) = s\ln x$, so $\frac{d}{dx}\ln \mathcal{L}_1(x) = \frac sx$", "i"),
        ],
    ),
}  # fmt: skip
ROWS = [
    (world, text, expected, f"{group} {i}")
    for group, (world, rows) in CASES.items()
    for i, (text, expected) in enumerate(rows)
]


@pytest.mark.parametrize(("world", "text", "expected"), [row[:3] for row in ROWS], ids=[row[3] for row in ROWS])
def test_the_last_relation(world: dict[str, Any], text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(world)))[-1] == expected


@pytest.mark.parametrize("by", [r"\|X\|_F^2", r"\lVert X \rVert_F^2", r"\|X\|^2_F", r"\operatorname{tr}(X^\top X)"])
def test_what_a_derivative_acts_on_ends_behind_its_norm(by: str) -> None:
    found = analyse(
        rf"$\frac{{\partial}}{{\partial X}} {by} = 2X$ and $\frac{{\partial}}{{\partial X}} {by} = X$", setting_of(DATA)
    )
    assert verdicts(found) == "if"
