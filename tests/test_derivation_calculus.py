"""Equations of functions, rates, transforms, sequences, coefficients, roots, units, points: what is true, and neighbours that are not.

A neighbour need not be false: only what is proven is. It must not be true.
"""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from evalkit.derivation.verdicts.verdict import FALSE, TRUE
from tests.derivation_help import setting_of

NUMBERS: dict[str, Any] = {"symbols": {"x": "scalar", "t": "scalar", "k": "scalar"}}
NOTHING: dict[str, Any] = {}
ROWS = [
    # (id, world, text, what the last relations are: t true, f false, o neither)
    ("rates", NOTHING, r"Let $x^2 + y^2 = 100$. So $2x\frac{dx}{dt} + 2y\frac{dy}{dt} = 0$ and $\frac{dy}{dt} = -\frac{x}{y}\frac{dx}{dt}$.", "tt"),
    ("rates, a sign", NOTHING, r"Let $x^2 + y^2 = 100$. So $2x\frac{dx}{dt} - 2y\frac{dy}{dt} = 0$.", "o"),
    ("rates, upside down", NOTHING, r"Let $x^2 + y^2 = 100$. So $\frac{dy}{dt} = -\frac{y}{x}\frac{dx}{dt}$.", "o"),
    ("a factor forgotten", NOTHING, r"Let $x^2 + y^3 = 5$. So $2x\frac{dx}{dt} + 3y\frac{dy}{dt} = 0$.", "o"),
    ("implicit", NOTHING, r"For the curve $x^2 + xy = 7$ we get $2x + y + x\frac{dy}{dx} = 0$.", "t"),
    ("implicit, the product rule forgotten", NOTHING, r"For the curve $x^2 + xy = 7$ we get $2x + x\frac{dy}{dx} = 0$.", "o"),
    ("at a moment", NOTHING, r"Let $x^2 + y^2 = 100$. When $x = 6$: $y = \sqrt{64}$. Plug in $\frac{dx}{dt} = 2$: so $\frac{dy}{dt} = -\frac32$.", "t"),
    ("at a moment, wrong", NOTHING, r"Let $x^2 + y^2 = 100$. When $x = 6$: $y = \sqrt{64}$. Plug in $\frac{dx}{dt} = 2$: so $\frac{dy}{dt} = \frac32$.", "o"),
    ("a solution", NUMBERS, r"Solve $y' - 3y = 6$ with $y(0) = 1$. So $y = 3e^{3x} - 2$.", "t"),
    ("without its value", NUMBERS, r"Solve $y' - 3y = 6$ with $y(0) = 1$. So $y = 4e^{3x} - 2$.", "o"),
    ("without its equation", NUMBERS, r"Solve $y' - 3y = 6$ with $y(0) = 1$. So $y = 3 - 2e^{3x}$.", "o"),
    ("in general", NUMBERS, r"Solve $y'' + y = 0$. So $y = A\cos x + B\sin x$.", "t"),
    ("a constant too few", NUMBERS, r"Solve $y'' + y = 0$. So $y = A\cos x$.", "o"),
    ("two constants that are one", NUMBERS, r"Solve $y'' - y = 0$. So $y = Ae^x + Be^x$.", "o"),
    ("a particular one", NUMBERS, r"Solve $y'' + y = x$. We find $y_p = x$.", "t"),
    ("no particular one", NUMBERS, r"Solve $y'' + y = x$. We find $y_p = x^2$.", "o"),
    ("roots of the equation", NUMBERS, r"Solve $y'' - 5y' + 6y = 0$. The characteristic equation is $r^2 - 5r + 6 = 0$.", "t"),
    ("other roots", NUMBERS, r"Solve $y'' - 5y' + 6y = 0$. The characteristic equation is $r^2 + 5r + 6 = 0$.", "o"),
    ("a known function is none", {"definitions": ["f(x) = x^2"], "symbols": {"x": "scalar"}}, r"So $f'(x) = 2x$ and $f(x) = x^2 + 1$.", "tf"),
    ("said again", NUMBERS, r"To prove the formula $\frac{d}{dx}(\cot x) = -\csc 2x$. Therefore $\frac{d}{dx}(\cot x) = -\csc 2x$.", "f"),
    ("implicit solution", NOTHING, r"Solve $\frac{dy}{dx} = \frac{x}{y}$. Then $y\,dy = x\,dx$ and $\frac{y^2}{2} = \frac{x^2}{2} + C$.", "tt"),
    ("its constant forgotten", NOTHING, r"Solve $\frac{dy}{dx} = \frac{x}{y}$. Then $\frac{y^2}{2} = \frac{x^2}{2}$.", "o"),
    ("its sign", NOTHING, r"Solve $\frac{dy}{dx} = \frac{x}{y}$. Then $\frac{y^2}{2} = -\frac{x^2}{2} + C$.", "o"),
    ("not through its value", NOTHING, r"Solve $\frac{dy}{dx} = \frac{x}{y}$ with $y(0) = 2$. Then $y^2 = x^2 + 2$.", "o"),
    ("substitution", NUMBERS, r"Let $u = x^2$. Then $\int 2x\cos(x^2)\,dx = \int\cos u\,du = \sin u + C$.", "tt"),
    ("half of it", NUMBERS, r"Let $u = x^2$. Then $\int x\cos(x^2)\,dx = \int\cos u\,du$.", "o"),
    ("by parts", NOTHING, r"We use $\int u\,dv = uv - \int v\,du$.", "t"),
    ("by parts, a sign", NOTHING, r"We use $\int u\,dv = uv + \int v\,du$.", "o"),
    ("an integrating factor", NUMBERS, r"So $e^{\int 2\,dx} = e^{2x}$ and $e^{\int 2/x\,dx} = x^2$.", "tt"),
    ("none", NUMBERS, r"So $e^{\int 2/x\,dx} = x^3$.", "f"),
    ("Laplace", NUMBERS, r"$\mathcal{L}\{\sin 2t\} = \frac{2}{s^2 + 4}$, $\mathcal{L}\{e^{4t}\} = \frac{1}{s - 4}$, $\mathcal{L}\{y'\} = sY(s) - y(0)$.", "ttt"),
    ("Laplace, wrong", NUMBERS, r"$\mathcal{L}\{\sin 2t\} = \frac{s}{s^2 + 4}$, $\mathcal{L}\{y'\} = sY(s) + y(0)$.", "oo"),
    ("back again", NUMBERS, r"So $\mathcal{L}^{-1}\left\{\frac{1}{s + 1}\right\} = e^{-t}$.", "t"),
    ("a loss in the same font", NUMBERS, r"$\mathcal{L}(x) = x^2$ and $\mathcal{L}(3) = 9$.", "t"),
    ("z", NOTHING, r"$\mathcal{Z}\{a^n u[n]\} = \frac{z}{z - a}$ and $\mathcal{Z}\{n\,u[n]\} = \frac{z}{(z-1)^2}$.", "tt"),
    ("z, wrong", NOTHING, r"$\mathcal{Z}\{a^n u[n]\} = \frac{z}{z + a}$.", "f"),
    ("members", NOTHING, r"Let $a_1 = 2$ and $a_{n+1} = 3a_n + 2$. Then $a_4 = 80$ and $a_n = 3^n - 1$.", "tt"),
    ("no members", NOTHING, r"Let $a_1 = 2$ and $a_{n+1} = 3a_n + 2$. Then $a_4 = 81$ and $a_n = 3^n + 1$.", "oo"),
    ("right for a while", NOTHING, r"Let $a_1 = 1$ and $a_{n+1} = 2a_n$. Then $a_n = \frac{n^2 - n + 2}{2}$.", "o"),
    ("coefficients", NUMBERS, r"Write $\frac{1}{x(x+1)} = \frac{A}{x} + \frac{B}{x+1}$. Then $A = 1$ and $B = -1$.", "tt"),
    ("a wrong one", NUMBERS, r"Write $\frac{1}{x(x+1)} = \frac{A}{x} + \frac{B}{x+1}$. Then $B = 1$.", "f"),
    ("with no solution", NUMBERS, r"Write $\frac{1}{x^2(x+1)} = \frac{A}{x} + \frac{B}{x+1}$. Then $A = 1$.", "o"),
    ("letters anew", NUMBERS, r"Let $\frac{1}{x(x+1)} = \frac{A}{x} + \frac{B}{x+1}$, so $A = 1$. Now $\frac{2}{x(x+2)} = \frac{A}{x} + \frac{B}{x+2}$ with $A + B = 0$.", "t"),
    ("sums of roots", NUMBERS, r"Let $x_1, x_2$ be the roots of $x^2 - (k+1)x + 2k - 3 = 0$. Then $x_1 + x_2 = k + 1$ and $x_1x_2 = 2k - 3$.", "tt"),
    ("their signs", NUMBERS, r"Let $x_1, x_2$ be the roots of $x^2 - (k+1)x + 2k - 3 = 0$. Then $x_1 + x_2 = -k - 1$.", "o"),
    ("a second equation, solved by what solved the first", NUMBERS, r"First: $y' = y$ so $y = Ce^x$. Second: $y' = -y$ so $y = Ce^x$.", "o"),
    ("a second equation", NUMBERS, r"First: $y' = y$ so $y = Ce^x$. Second: $y' = -y$ so $y = Ce^{-x}$.", "t"),
    ("a trial is no solution", NUMBERS, r"Solve $y'' - y = x$. Try $y = e^{rx}$: $y' = re^{rx}$. Without $x$ it is $y'' - y = 0$. So $y = Ae^x + Be^{-x} - x$.", "t"),
    ("a second first member", NOTHING, r"Let $a_1 = 1$ and $a_{n+1} = 2a_n$, so $a_n = 2^{n-1}$. Now $a_1 = 3$: $a_n = 2^{n-1}$.", "o"),
    ("a first member again", NOTHING, r"Let $a_1 = 1$ and $a_{n+1} = 2a_n$, so $a_n = 2^{n-1}$. With $a_1 = 1$: $a_5 = 16$.", "t"),
    ("a second curve", NOTHING, r"The circle is $x^2 + y^2 = 25$, so $\frac{dy}{dx} = -\frac xy$. For the hyperbola $x^2 - y^2 = 25$: $\frac{dy}{dx} = -\frac xy$.", "o"),
    ("an equation with other roots", NUMBERS, r"Let $x_1, x_2$ be the roots of $x^2 - 5x + 6 = 0$, so $x_1 + x_2 = 5$. Now for $x^2 - 7x + 6 = 0$: $x_1 + x_2 = 5$.", "o"),
    ("an equation with the same roots", NUMBERS, r"Let $x_1, x_2$ be the roots of $x^2 - 5x + 6 = 0$. That is $(x - 2)(x - 3) = 0$. So $x_1 + x_2 = 5$.", "t"),
    ("other roots by the same names", NUMBERS, r"Let $x_1, x_2$ be the roots of $x^2 - 5x + 6 = 0$. Let now $x_1, x_2$ be the roots of $x^2 - 7x + 6 = 0$. So $x_1 + x_2 = 7$.", "t"),
    ("complex names", NOTHING, r"The complex number $z_0 = \sqrt3 + i$ has $|z_0| = 2$ and $z_0^2 = 2 + 2\sqrt3i$.", "tt"),
    ("complex names, wrong", NOTHING, r"The complex number $z_0 = \sqrt3 + i$ has $|z_0| = 4$.", "f"),
    ("units", NOTHING, r"$650\text{ nm} = 6.5\times10^{-7}\text{ m}$, $0.5\text{ A}\times 20\,\Omega = 10\text{ V}$, $2.5\text{ h} = 9000\text{ s}$.", "ttt"),
    ("units and powers of ten", NOTHING, r"$1\,\text{m}^2 = 10^4\,\text{cm}^2$, $2^3\,\text{km} = 8\cdot10^{3}\,\text{m}$, $(50\,\text{cm})^2 = 0.25\,\text{m}^2$.", "ttt"),
    ("units and powers of ten, wrong", NOTHING, r"$1\,\text{m}^2 = 10^2\,\text{cm}^2$, $2^3\,\text{km} = 8\cdot10^{2}\,\text{m}$.", "ff"),
    ("a power of ten may be rounded", NOTHING, r"$\frac{1}{3}\,\text{km} = 3.3\times10^{4}\,\text{cm}$.", "o"),
    ("a rate times a size", NOTHING, r"$4\,\text{mg/kg}\cdot20\,\text{kg} = 80\,\text{mg}$, $3\,\text{km/h}\cdot2\,\text{h} = 6\,\text{km}$.", "tt"),
    ("a rate times a size, wrong", NOTHING, r"$4\,\text{mg/kg}\cdot20\,\text{kg} = 8\,\text{mg}$.", "f"),
    ("products of units", NOTHING, r"$2\,\text{m}\cdot4\,\text{m} = 8\,\text{m}^2$, $\frac{6\,\text{m}}{3\,\text{s}} = 2\,\text{m}\,\text{s}^{-1}$.", "tt"),
    ("products of other kinds", NOTHING, r"$2\,\text{m}\cdot4\,\text{m} = 8\,\text{m}$, $6\,\text{N}\cdot2\,\text{m} = 12\,\text{N}$, $\frac{6\,\text{m}}{3\,\text{m}} = 2\,\text{m}$.", "ooo"),
    ("what is divided is not clear", NOTHING, r"$6\,\text{m}/2\,\text{s}\cdot3\,\text{s} = 9\,\text{m}$.", "o"),
    ("units, wrong", NOTHING, r"$2\text{ L} = 0.02\text{ m}^3$.", "f"),
    ("units of two kinds", NOTHING, r"$5\text{ A}\times 20\,\Omega = 100\text{ W}$.", "o"),
    ("capitals are no units", NOTHING, r"So $49 + 28A + 40 = 89 + 28A$ and $(2A)^2 = 4A^2$.", "tt"),
    ("small numbers", NOTHING, r"So $\frac{3.2\times10^{-19}}{1.6\times10^{-19}} = 2$.", "t"),
    ("points", NOTHING, r"The points are $A(1, 0, 2)$ and $B(3, 1, 0)$. So $\vec{AB} = (2, 1, -2)$ and $|\vec{AB}| = 3$.", "tt"),
    ("points, the other way", NOTHING, r"The points are $A(1, 0, 2)$ and $B(3, 1, 0)$. So $\vec{AB} = (-2, -1, 2)$.", "o"),
    ("a cross product", NOTHING, r"So $\begin{vmatrix} i & j & k \\ 2 & 1 & -2 \\ -1 & 2 & -1\end{vmatrix} = (3, 4, 5)$.", "t"),
    ("a product with itself", NOTHING, r"Solve $\frac{dP}{dt} = 2P(1 - P)$. So $\frac{1}{P(1 - P)} = \frac1P + \frac{1}{1 - P}$.", "t"),
]  # fmt: skip


@pytest.mark.parametrize(("world", "text", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_what_is_true_and_its_neighbours(world: dict[str, Any], text: str, expected: str) -> None:
    last = analyse(text, setting_of(world)).relations[-len(expected) :]
    assert "".join("t" if r.verdict in TRUE else "f" if r.verdict in FALSE else "o" for r in last) == expected
