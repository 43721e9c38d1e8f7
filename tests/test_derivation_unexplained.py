"""Letters that nothing explains: what holds of some numbers, of commuting matrices or of constants alone is not said to hold for all.

And readings of a notation of which one makes a relation true: a partial derivative, a prime before a place, a comma, lines in
backticks. Every kind has rows that are true, and rows beside them that must not be accepted or not be called false.
"""

from __future__ import annotations

import pytest

from evalkit.derivation import analyse
from evalkit.derivation.verdicts.verdict import FALSE, TRUE
from tests.derivation_help import setting_of, verdicts

NONE: dict[str, object] = {}
COLUMNS: dict[str, object] = {
    "symbols": {"v": "m", "w": "m", "A": "m x m", "X": "n x m, data", "t": "scalar", "s": "scalar"}
}
BEHIND = [
    ("(X^TX + tI)q = X^TXq + tq", True), ("X(q + u) = Xq + Xu", True), ("X^TX(sq) = sX^TXq", True), ("Xq = qX", False),
    ("(X^TX + tI)q = X^TXq + q", False), ("X^TXq = tq", False), ("AXq = XAq", False), ("AtA = tA^2", True),
]  # fmt: skip
"""A small letter behind a matrix of the problem: a column, whatever it is."""
LAYER: dict[str, object] = {"symbols": {"W": "k x m", "x": "m, data"}, "definitions": ["y = Wx"]}

NOT_OF_ALL = [
    # of matrices that commute, or of numbers in their place
    r"g^T H K d = g^T H d K", "g^T H d = d g^T H", r"H\mathbf{q} = \mathbf{q}H", "H q = q H", r"e^{G+K} = e^G e^K", r"\exp(H)\exp(K) = \exp(K)\exp(H)",
    r"e^{-G}Ke^{G} = K", r"\sum_j H_jK = K\sum_j H_j", r"\sum_j H_jK_j = \sum_j K_jH_j", r"e^{\sum_j G_j} = \prod_j e^{G_j}", "(HK)^n = H^nK^n",
    # of matrices of full rank
    r"\operatorname{rank}(HK) = \operatorname{rank}(H)", r"\operatorname{rank}(HK) = \operatorname{rank}(KH)", "(HK)^+ = K^+H^+",
    r"\operatorname{rank}(H^3) = \operatorname{rank}(H^2)", "H^+ = H^{-1}", "H^+ = (H^TH)^{-1}H^T", "(H^2)^+ = (H^+)^2",
    # of numbers, or of matrices that commute, under a root
    "(HK)^{1/2} = H^{1/2}K^{1/2}", "H^{1/2}K^{1/2} = (KH)^{1/2}", "(HK)^{-1/2} = K^{-1/2}H^{-1/2}",
    # of positive, of small or of large numbers
    r"\log r^2 = 2\log r", r"\log\frac{p^2}{q^2} = 2\log p - 2\log q", r"\log(p^2q) = 2\log p + \log q", r"\sqrt{p^2q} = p\sqrt{q}", "(p^2)^q = p^{2q}",
    r"\arcsin(\sin p) = p", r"\cos p = \sqrt{1 - \sin^2 p}", r"\ln(p^2 - 1) = \ln(p - 1) + \ln(p + 1)", r"\frac{d}{dp}|p| = 1", r"\int |p|\,dp = \frac{p^2}{2}",
    # of other binomials
    r"\binom{m}{k} = \binom{m-1}{k} + \binom{m}{k-1}", r"k\binom{m}{k} = m\binom{m-1}{k}", r"\binom{m}{k} = \binom{k}{m}", r"\binom{m+k}{k} = \binom{m}{k}\binom{m}{m}",
    # of one function in the place of two, of functions or members of one sign
    "f(x) + g(x) = 2f(x)", "f(g(x)) = g(f(x))", "f(x)g'(x) = f'(x)g(x)", "|f(x)| = f(x)", r"\log f(x)^2 = 2\log f(x)", r"\max(h(x), 0) = h(x)",
    r"u \otimes v = v \otimes u", r"(u \otimes v)^T = u \otimes v",
    r"\sum_j\log p_j^2 = 2\sum_j\log p_j", r"\log\prod_j p_j^2 = 2\sum_j\log p_j", r"\operatorname{diag}(u)v = u\operatorname{diag}(v)",
    # of constants
    r"\int u^T v\,dt = u^T v t", r"\int y\,dx = xy", r"\int_0^1 uv\,dt = \int_0^1 u\,dt\int_0^1 v\,dt", r"\int v\,dt = v\int dt",
    r"\frac{d}{dx} y^2 = 0", r"\frac{d}{dt}\frac{mv^2}{2} = 0", r"\frac{d}{dt}(x^T H x) = 0",
]  # fmt: skip
OF_ALL = [
    "g^T H K d = d^T K^T H^T g", "g^T q w = w g^T q", "H(K + G) = HK + HG", r"H(\lambda q) = \lambda H q", r"\frac{PV}{T} = \frac{VP}{T}", r"\cos 2H = 1 - 2\sin^2 H",
    r"\binom{m}{k} = \binom{m-1}{k-1} + \binom{m-1}{k}", r"k\binom{m}{k} = m\binom{m-1}{k-1}", r"\binom{m}{k}\binom{k}{q} = \binom{m}{q}\binom{m-q}{k-q}",
    "e^{2G} = e^Ge^G", "e^{-E/T}e^{-F/T} = e^{-(E + F)/T}", "e^{p+q} = e^pe^q", r"\sum_j H_jK = (\sum_j H_j)K", r"\sum_j cH_j = c\sum_j H_j", "H^nH^m = H^{n+m}",
    "H^{1/3}H^{2/3} = H", r"\frac{H^{1/2}K^{1/2}}{K} = (\frac HK)^{1/2}", "(pq)^{1/2} = p^{1/2}q^{1/2}", "H^+HH^+ = H^+", "H^+ = (H^TH)^+H^T",
    r"\operatorname{rank}(H^TH) = \operatorname{rank}(H)", r"\operatorname{tr}(HK) = \operatorname{tr}(KH)",
    r"2\log r = \log r^2", r"\log(pq) = \log p + \log q", r"\log r^3 = 3\log r", r"\sqrt{pq} = \sqrt p\sqrt q", r"\sqrt{p^4} = p^2", r"\sqrt{p^2} = |p|", "|pq| = |p||q|",
    r"\max(p, q) + \min(p, q) = p + q", r"\log|p|^2 = 2\log|p|", r"\sqrt[3]{p^3} = p", r"e^{\ln p} = p", r"\log\frac{p}{1 - p} = \log p - \log(1 - p)",
    "f(x)g(x) = g(x)f(x)", r"\frac{d}{dx}f(g(x)) = f'(g(x))g'(x)", r"\log(f(x)g(x)) = \log f(x) + \log g(x)", r"\sqrt{f(x)^2} = |f(x)|",
    r"\log\prod_j p_j = \sum_j\log p_j", r"2\sum_j\log p_j = \sum_j\log p_j^2",
    r"\int c\,dt = ct + C", r"\int_0^1 xy\,dy = \frac{x}{2}", r"\int k x\,dx = \frac{kx^2}{2}", r"\int_0^1\int_0^1 x\,dy\,dx = \frac12",
    r"\frac{d}{dx}(ax^2) = 2ax", r"\frac{\partial}{\partial x}(x^2y) = 2xy", r"\frac{d}{dt}e^{rt} = re^{rt}", r"\frac{d}{dw}(wx - y)^2 = 2x(wx - y)",
    r"\int_0^1 u\,dt = u", r"\int_0^S\frac{q^2}{3}\,dt = \frac{q^2S}{3}", r"\frac{d}{dx}(xy) = y", r"\frac{d}{dt}(y_0 - 3ut^2) = -6ut", r"\log(3\sigma^2) = \log 3 + 2\log\sigma",
]  # fmt: skip


@pytest.mark.parametrize(("formula", "holds"), BEHIND)
def test_a_small_letter_behind_a_matrix_is_any_column(formula: str, holds: bool) -> None:
    found = [r.verdict for r in analyse(f"So ${formula}$.", setting_of(COLUMNS)).relations]
    assert any(v in TRUE for v in found) == holds
    assert not any(v in FALSE for v in found)


@pytest.mark.parametrize("formula", NOT_OF_ALL)
def test_what_holds_of_some_values_alone(formula: str) -> None:
    found = analyse(f"We have ${formula}$.", setting_of(NONE))
    assert [r.verdict for r in found.relations if r.verdict in TRUE | FALSE] == []


@pytest.mark.parametrize("formula", OF_ALL)
def test_what_holds_of_all_values(formula: str) -> None:
    (relation,) = analyse(f"We have ${formula}$.", setting_of(NONE)).relations
    assert relation.verdict in TRUE


WORDS_BEFORE = [
    ("Let $r > 0$.", r"\log r^2 = 2\log r", True), ("Let $0 < r$.", r"\log r^2 = 2\log r", True), ("Let $r > -1$.", r"\log r^2 = 2\log r", False),
    ("If $r > 0$, good. Let $r < 0$.", r"\log r^2 = 2\log r", False), ("Let $p > 0$.", r"\log r^2 = 2\log r", False),
    ("We write $y(x)$.", r"\frac{d}{dx}(xy) = y", False), ("We know $y' = 3$.", r"\frac{d}{dx}(xy) = y", False), ("We know $z' = 3$.", r"\frac{d}{dx}(xy) = y", True),
    (r"We know $\dot u = 3$.", r"\int_0^1 u\,dt = u", False), (r"We know $\frac{du}{dt} = 3$.", r"\int_0^1 u\,dt = u", False),
]  # fmt: skip


@pytest.mark.parametrize(("before", "formula", "right"), WORDS_BEFORE)
def test_what_the_reply_wrote_of_a_letter(before: str, formula: str, right: bool) -> None:
    found = analyse(f"{before} So ${formula}$.", setting_of(NONE)).relations[-1].verdict
    assert (found in TRUE) is right
    assert found not in FALSE


def test_a_name_is_followed_to_what_may_vary() -> None:
    kinetic = r"Let $K = \frac12 m v^2$. "
    assert analyse(kinetic + r"Then $\frac{dK}{dt} = 0$.", setting_of(NONE)).relations[-1].verdict not in TRUE
    assert verdicts(analyse(kinetic + r"Then $2K = mv^2$.", setting_of(NONE))) == "da"
    assert verdicts(analyse(r"Let $h(t) = t^2 + vt$. Then $h'(t) = 2t + v$.", setting_of(NONE)))[-1] in "ai"


LOSS = r"With $y = Wx$ we have $\frac{\partial L}{\partial W} = \frac{\partial L}{\partial y} x^\top$. "
MORE = [
    "We train with weight decay.", "A Gaussian prior on the weights is used.", "The loss has another term in the weights.", "We use lasso.",
    "The objective also contains the squared norm of $W$.", r"Write $\frac12\|W\|_F^2$ for the size.", "The loss depends on the weights in two ways.", "Our cost charges for $W$.",
    "The objective is the sum of an error and a price of $W$.", "The loss of the network with weights $W$ has two parts.", "A prior over $W$ is used.", "We want sparsity.",
]  # fmt: skip
NO_MORE = [
    "We use gradient descent.", "The loss depends on $y$ only.", "The learning rate decays over time.", "The gradient of the loss with respect to the weights is wanted.",
    "We minimise the loss over $W$.", "The layer has three terms.", "The cost is a sum over the days.", "The earlier, prior layers stay.", "Signals decay with depth.", "The data are sparse.",
    "The second term is an offset.", "The cost $L$ rates the network with weights $W$.",
]  # fmt: skip


@pytest.mark.parametrize("words", MORE)
def test_a_loss_that_is_made_of_more(words: str) -> None:
    for text in (f"{words} {LOSS}", LOSS + words):
        assert not any(r.rule == "any_loss" for r in analyse(text, setting_of(LAYER)).relations)


@pytest.mark.parametrize("words", NO_MORE)
def test_a_loss_of_one_name(words: str) -> None:
    assert analyse(f"{words} {LOSS}", setting_of(LAYER)).relations[-1].rule == "any_loss"


PATHS = r"Let $x = t^2$ and $f = x^2 + t$. Then "
NUMBER: dict[str, object] = {"symbols": {"t": "scalar"}}
READINGS: dict[str, tuple[dict[str, object], str, str]] = {
    "an explicit partial": (NUMBER, PATHS + r"$\frac{\partial f}{\partial t} = 1$.", "q"),
    "through all letters": (NUMBER, PATHS + r"$\frac{\partial f}{\partial t} = 4t^3 + 1$.", "i"),
    "neither": (NUMBER, PATHS + r"$\frac{\partial f}{\partial t} = 2$.", "f"),
    "a total derivative": (NUMBER, PATHS + r"$\frac{df}{dt} = 1$.", "f"),
    "both in one": (NUMBER, PATHS + r"$\frac{df}{dt} = \frac{\partial f}{\partial x}\frac{dx}{dt} + \frac{\partial f}{\partial t}$.", "i"),
    "both in one, and a path left out": (NUMBER, PATHS + r"$\frac{df}{dt} = 2\frac{\partial f}{\partial x}\frac{dx}{dt} + \frac{\partial f}{\partial t}$.", "f"),
    "a total one holds nothing": (NUMBER, PATHS + r"$\frac{df}{dt} = \frac{\partial f}{\partial t} - \frac{\partial f}{\partial x}\frac{dx}{dt}$.", "f"),
    "a total one beside another partial one": (NUMBER, PATHS + r"$\frac{df}{dt} = \frac{\partial t}{\partial t}$.", "f"),
    "a total one before in the chain": (NUMBER, PATHS + r"$\frac{df}{dt} = 1 = \frac{\partial f}{\partial t}$.", "q"),
    "set to depend": ({"symbols": {"t": "scalar", "x": "scalar"}}, r"Let $f = xt$ with $x = t^2$. Then $\frac{df}{dt} = x$.", "q"),
    "set to depend, and derived so": ({"symbols": {"t": "scalar", "x": "scalar"}}, r"Let $f = xt$ with $x = t^2$. Then $\frac{df}{dt} = 3t^2$.", "h"),
    "a slope at a place": (COLUMNS, "So $w'(0) = 0$.", "u"),
    "a slope at a letter": (COLUMNS, "So $w'(t) = Aw$.", "u"),
    "a transpose before a bracket": (COLUMNS, "So $X'(w - Xv) = X'w - X'Xv$.", "u"),
    "a transpose before brackets": (COLUMNS, "So $X'(Xv - Xw) = X'Xv - X'Xw$.", "a"),
    "a transpose before a column": (COLUMNS, "So $w'(v) = v'w$.", "a"),
    "a unit vector": (COLUMNS, "Let $v$ be a unit vector. So $v^T v w = w$.", "q"),
    "a norm of 1": (COLUMNS, r"Since $\|v\| = 1$, we get $\|v\|^2 w = w$.", "q"),
    "a vector of any length": (COLUMNS, "So $v^T v w = w$.", "f"),
    "a unit vector, and wrong": (COLUMNS, "Let $v$ be a unit vector. So $v^T v w = 2w$.", "f"),
    "a letter of any length": (NONE, r"So $\|v\|^2 p = v^T v p = p$.", "u"),
}  # fmt: skip


@pytest.mark.parametrize(("world", "text", "expected"), READINGS.values(), ids=list(READINGS))
def test_two_readings(world: dict[str, object], text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(world)))[-1] == expected


COMMAS = [
    (r"So $\int_0^1 s^2, ds = \frac13$.", False), (r"So $3,s = 4s$.", False), (r"So $s + s = 3s,t$.", False), (r"So $w^T,Aw = v^T v$.", False),
    (r"So $s + s = 3s, \quad t$.", True), (r"So $st = ts, s + s = 3s$.", True), (r"So $s + s = 3s$, and", True), (r"So $s + s = 3s, \; t \in \mathbb{R}$.", True),
    (r"So $\forall s, s + s = 3s$.", True), (r"So $\forall s,s + s = 3s$.", True), (r"So $s + s = 3s,\dots$.", True), (r"So $s + s = 3s, t$ being free.", True), (r"So $t, s + s = 3s$.", True),
]  # fmt: skip


@pytest.mark.parametrize(("text", "false"), COMMAS)
def test_a_comma_that_may_be_a_space(text: str, false: bool) -> None:
    found = [r.verdict in FALSE for r in analyse(text, setting_of(COLUMNS)).relations]
    assert any(found) is false


def test_a_comma_behind_a_fraction_is_a_space() -> None:
    assert verdicts(analyse(r"So $\frac{st}{2} = \frac{s}{2},t$.", setting_of(COLUMNS))) == "a"
    assert verdicts(analyse(r"So $s = \frac{2s}{2},t = t$.", setting_of(COLUMNS))) == "aa"


BACKTICKS = [
    ("`(1 + 2) * 3`\n`= 3 * 3`\n`= 9`", "aa"), ("Then `(p + q)^2`\n`= p^2 + 2pq + q^2`", "a"), ("`(1 + 2) * 3`\n\n`= 9`", ""), ("`some words - here`\n`= 9`", ""),
    ("See `2 * 3` and\n`= 9`", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), BACKTICKS)
def test_lines_in_backticks(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(NONE))) == expected


def test_an_inverse_transpose_in_what_fails() -> None:
    assert verdicts(analyse("So $A^{-T}A = A$.", setting_of({"symbols": {"A": "m x m, invertible"}}))) == "f"


RANKS = [
    (
        "square",
        r"So $\operatorname{rank}(MN) = \operatorname{rank}(NM)$ and $\operatorname{rank}(M^2) = \operatorname{rank}(M)$.",
        "qq",
    ),
    ("of all", r"So $\operatorname{rank}(M^TM) = \operatorname{rank}(M)$ and $MM^+M = M$.", "aa"),
    ("a product", r"So $(MN)^+ = N^+M^+$.", "q"),
    ("not square", r"So $Z^+Z = I$.", "q"),
    ("said to be invertible", r"As M and N are nonsingular, $\operatorname{rank}(MN) = \operatorname{rank}(NM)$.", "a"),
    ("said of columns", r"As Z has full column rank, $Z^+Z = I$.", "a"),
    ("declared", r"So $\operatorname{rank}(PQ) = \operatorname{rank}(QP)$.", "a"),
    ("false", r"So $\operatorname{rank}(M) = 2\operatorname{rank}(N)$.", "f"),
]


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in RANKS], ids=[row[0] for row in RANKS])
def test_what_holds_of_full_rank_alone_is_disputed(text: str, expected: str) -> None:
    inverse = dict.fromkeys("PQ", "m x m, invertible")
    world = {"dimensions": ["m < n"], "symbols": {"M": "m x m", "N": "m x m", "Z": "n x m"} | inverse}
    assert verdicts(analyse(text, setting_of(world))) == expected
