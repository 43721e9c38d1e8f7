"""Probabilities of events, values that given ones fix, named distributions and densities: each kind with its false twins."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

FREE: dict[str, Any] = {"symbols": {"z": "scalar"}}
SCREEN: dict[str, Any] = {"definitions": [r"P(D) = 0.02", r"P(+ \mid D) = 0.9", r"P(+ \mid \neg D) = 0.05"]}
EVENTS = [
    # (id, text, verdicts)
    ("complement", r"$P(\overline{A}) = 1 - P(A)$ and $P(A^c) = 1 + P(A)$", "au"),
    ("under a condition", r"$P(A^c \mid B) = 1 - P(A \mid B)$ and $P(A \mid B^c) = 1 - P(A \mid B)$", "au"),
    ("union", r"$P(A \cup B) = P(A) + P(B) - P(A \cap B)$, $P(A \cup B) = P(A) + P(B)$", "au"),
    ("difference", r"$P(A \setminus B) = P(A) - P(A \cap B)$, $P(A \setminus B) = P(A) - P(B)$", "au"),
    ("neither", r"$P(A^c \cap B^c) = 1 - P(A \cup B)$, $P(A^c \cap B^c) = 1 - P(A \cap B)$", "au"),
    ("all cases", r"$P(B) = P(B \mid A)P(A) + P(B \mid A^c)P(A^c)$, $P(B) = P(B \mid A)P(A) + P(B \mid A^c)P(A)$", "au"),
    ("a test", r"$P(+) = P(+ \mid D)P(D) + P(+ \mid \neg D)P(\neg D)$, $P(+) = P(+ \mid D) + P(+ \mid \neg D)$", "au"),
    ("signs of order", r"$P(X > 3) = 1 - P(X \le 3)$, $P(X \ge 3) = 1 - P(X \le 3)$", "au"),
    ("memory", r"$P(X > s + t \mid X > s) = \frac{P(X > s + t)}{P(X > s)}$, $P(X > t \mid X > s) = \frac{P(X > t)}{P(X > s)}$", "au"),
    ("twice the same", r"$P(D \mid +, +) = \frac{P(+ \mid D)P(D)}{P(+)}$", "u"),
    ("a product", r"$P(A \cap B) = P(A)P(B)$", "u"),
    ("a product of independent ones", r"As A and B are independent, $P(A \cap B) = P(A)P(B)$, but $P(A \cup B) = P(A)P(B)$", "au"),
    ("independent, and any", r"As A and B are independent, this is easy. In general $P(A \cap B) = P(A)P(B)$", "u"),
    ("not independent", r"They are not independent: $P(A \cap B) = P(A)P(B)$", "u"),
    ("brackets", r"$\Pr[A \mid B] = \frac{\Pr[A \cap B]}{\Pr[B]}$, $\Pr[A \mid B] = \frac{\Pr[A \cap B]}{\Pr[A]}$", "au"),
]  # fmt: skip
VALUES = [
    ("all cases", SCREEN, r"So $P(+) = 0.9 \cdot 0.02 + 0.05 \cdot 0.98 = 0.067$", "aa"),
    ("the other way round", SCREEN, r"So $P(D \mid +) = \frac{0.018}{0.067}$, $P(D \mid +) = 0.269$, $P(D \mid +) \approx 0.2687$", "aia"),
    ("what is left", SCREEN, r"So $P(\neg D) = 0.98$, $P(- \mid D) = 0.1$, $P(\neg D \mid +) = 0.731$", "aai"),
    ("wrong", SCREEN, r"So $P(D \mid +) = 0.9$, $P(+) = 0.05$, $P(- \mid D) = 0.05$", "fff"),
    ("another value instead", SCREEN, r"Suppose instead that $P(D) = 0.1$. Then $P(D \mid +) = 0.667$", "qd"),
    ("without the whole", SCREEN, r"So $P(D \mid E) = 0.3$", "d"),
    ("given by the text", FREE, r"We have $P(A) = 0.5$ and $P(B \mid A) = 0.4$. So $P(A \cap B) = 0.2$ and $P(B^c \mid A) = 0.6$", "ddaa"),
    ("another text may mean another event", FREE, r"We have $P(A) = 0.5$. So $P(A^c) = 0.4$", "dd"),
    ("cases", FREE, r"$P(A) = 0.3$, $P(B) = 0.7$, $P(R \mid A) = 0.5$, $P(R \mid B) = 0.1$. So $P(R) = 0.22$, $P(A \mid R) = \frac{0.15}{0.22}$", "ddddaa"),
    ("no cases", FREE, r"$P(A) = 0.3$, $P(B) = 0.6$, $P(R \mid A) = 0.5$, $P(R \mid B) = 0.1$. So $P(R) = 0.21$", "ddddd"),
]  # fmt: skip
LAWS = [
    ("binomial", r"Let $Y \sim \text{Bin}(4, 0.5)$: $E[Y] = 2$, $Var(Y) = 1$, $P(Y = 1) = 0.25$, $P(Y \ge 1) = 1 - 0.5^4$", "kaaaa"),
    ("not so", r"Let $Y \sim \text{Bin}(4, 0.5)$: $E[Y] = 4$, $Var(Y) = 2$, $P(Y = 1) = 0.5$", "kddd"),
    ("poisson", r"Let $Y \sim \text{Poisson}(\lambda)$: $E[Y^2] = \lambda + \lambda^2$, $P(Y = k) = \frac{\lambda^k e^{-\lambda}}{k!}$", "kaa"),
    ("not poisson", r"Let $Y \sim \text{Poisson}(\lambda)$: $1 + E[Y^2] = 1 + \lambda^2$, $P(Y = k) = \frac{\lambda^k}{k!}$", "kku"),
    ("a rate", r"Let $Y \sim \text{Exp}(\lambda)$: $E[Y] = \frac1\lambda$, $P(Y > t) = e^{-\lambda t}$", "kaa"),
    ("normal", r"Let $Y \sim N(170, 64)$: $P(Y > 180) = 1 - \Phi(1.25) = 1 - 0.8944$, $P(162 < Y < 178) \approx 0.683$", "kaia"),
    ("not normal", r"Let $Y \sim N(170, 64)$: $P(Y < 180) = 1 - \Phi(1.25)$, $1 - \Phi(1.25) = 1 - 0.8849$", "kuu"),
    ("another function", r"Let $\Phi(t) = 2t$: $\Phi(1.25) = 2.5$, $\Phi(1.25) \approx 0.8944$", "daf"),
    ("a density by its name", r"Let $Y \sim \text{Unif}(0, 1)$: $E[Y^4] = \int_0^1 y^4 dy$, $E[Y^4] = \int_0^1 y^3 dy$", "kik"),
    ("a rate or a mean", r"Let $Y \sim \text{Exp}(2)$: $E[Y] = \frac12$", "kd"),
    ("given anew", r"Let $Y \sim \text{Poisson}(3)$. Then $Y \sim \text{Bin}(4, 0.5)$: $E[Y] = 2$", "kka"),
    ("a sample", r"Let $Y_1, \dots, Y_n \sim N(\mu, \sigma^2)$ be independent, $M = \frac1n\sum_{i=1}^n Y_i$: $Var(M) = \frac{\sigma^2}{n}$", "kua"),
    ("a beta distribution or a binomial one", r"Let $Y \sim B(a, b)$: $E[Y] = ab$", "kk"),
]  # fmt: skip
DENSITIES = [
    (
        "a density",
        r"Let $f(x) = 3x^2$. So $E[X] = \int_0^1 x f(x) dx = \frac34$ and $E[X^2] = \int_0^1 3x^4 dx$",
        "diai",
    ),
    ("another power", r"Let $f(x) = 3x^2$. So $E[X] = \int_0^1 x^2 f(x) dx$", "dd"),
    ("other ends", r"Let $f(x) = 3x^2$. So $E[X] = \int_0^2 x f(x) dx$", "dd"),
    ("no density", r"Let $f(x) = x^2$. So $E[X] = \int_0^1 x f(x) dx$", "dd"),
    ("under a named density", r"So $E_q[x^2] = \int x^2 q(x) dx$, $E_q[x^2] = \int x^2 p(x) dx$", "ip"),
    ("any density", r"So $E[h(Y)] = \int h(y) f(y) dy$", "i"),
    ("probabilities", r"So $E[N^2] = \sum_{k=0}^\infty k^2 P(N = k)$, $E[N] = \sum_{k=0}^\infty k^2 P(N = k)$", "ik"),
]
FIRST_STEPS = [
    (
        "two equations",
        r"Let $F = 1 + \frac12 F$ and $G = 1 + \frac12 G + \frac12 F$. So $F = 2$, $\frac12 G = 1 + \frac12 \cdot 2$, so $G = 4$",
        "uuhhah",
    ),
    ("a wrong root", r"Let $F = 1 + \frac12 F$. So $F = 3$, hence $2F = 6$", "udu"),
    ("values of states", r"We have $V(A) = 1 + 0.9V(A)$, so $0.1V(A) = 1$ and $V(A) = 10$", "uhh"),
    ("no such equation", r"We have $V(A) = 1 + 0.9V(B)$, so $V(B) = 2$ and $V(A) = 2.8$", "udd"),
]
SIGNS = [
    ("rounded", r"The interval is $2 \pm 1.96 \cdot 0.632 = 2 \pm 1.239$", "i"),
    ("from what was rounded", r"The interval is $0.6 \pm 3.182 \cdot 0.283 = 0.6 \pm 0.900$", "q"),
    ("wrong", r"The interval is $2 \pm 1.96 \cdot 0.632 = 2 \pm 1.329$", "f"),
]


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in EVENTS], ids=[row[0] for row in EVENTS])
def test_events(text: str, expected: str) -> None:
    assert verdicts(analyse(f"So {text}.", setting_of(FREE))) == expected


@pytest.mark.parametrize(("world", "text", "expected"), [row[1:] for row in VALUES], ids=[row[0] for row in VALUES])
def test_values(world: dict[str, Any], text: str, expected: str) -> None:
    found = analyse(text, setting_of(world))
    assert verdicts(found) == expected, [(r.source, r.verdict, r.rule) for r in found.relations]


@pytest.mark.parametrize(
    ("text", "expected"),
    [row[1:] for row in LAWS + DENSITIES + SIGNS],
    ids=[row[0] for row in LAWS + DENSITIES + SIGNS],
)
def test_laws_and_densities(text: str, expected: str) -> None:
    found = analyse(text, setting_of(FREE))
    assert verdicts(found) == expected, [(r.source, r.verdict, r.rule) for r in found.relations]
