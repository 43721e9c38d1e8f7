"""What a conclusion grounds, what a special world can tell apart, and small signs with two readings: each kind both ways."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

FREE: dict[str, Any] = {"symbols": {"x": "", "y": "", "z": ""}}
ANOTHER_FORM = [
    # h: holds, q: disputed, s: assumption, k: skipped
    ("rewritten wrongly", r"Given $x + y = 40$. We rewrite the condition as $2x + y = 30$. So $4x + 2y = 60$.", "qqq"),
    ("rewritten in the same sentence", "Given $x + y = 40$\nThis can be rewritten as $2x + y = 40$. So $4x + 2y = 80$.", "qqq"),
    ("simplified wrongly", r"Suppose $x + y = 40$. We can simplify the constraint to $2x + y = 30$. So $4x + 2y = 60$.", "skk"),
    ("an alternative behind it", r"Given $x + y = 40$. We simplify the constraint to $2x + y = 30$, or $4x + 2y = 60$. So $6x + 3y = 90$.", "qqqq"),
    ("reduced wrongly", r"We are given the constraint $x^2 + y^2 = 25$. The constraint reduces to $x + y = 5$. So $2x + 2y = 10$.", "skk"),
    ("under a condition that is filled", "Under the condition $x + y = 40$ we get:\n1. $2x + y = 30$, so $4x + 2y = 60$.", "qqq"),
    ("rewritten rightly", r"Given $x + y = 40$. We rewrite the condition as $2x + 2y = 80$. So $4x + 4y = 160$.", "qhh"),
    ("simplified rightly", r"Suppose $x + y = 40$. We can simplify the constraint to $2x + 2y = 80$. So $4x + 4y = 160$.", "shh"),
    ("the first form of it", r"We write the condition as $x + y = 40$. So $2x + 2y = 80$.", "qh"),
    ("another condition", r"Given $x + y = 40$. We write the second condition as $x - y = 2$. So $2x = 42$.", "qqh"),
    ("another letter", r"Given $x + y = 40$. We write the condition on z as $z = 2x + 1$. So $z - 1 = 2x$.", "qsh"),
    ("changed on purpose", r"Suppose $x + y = 40$. We change the constraint to $x + y = 50$. So $2x + 2y = 100$.", "ssh"),
    ("subject to one more", r"Suppose $x + y = 40$. Minimise $xy$ subject to $x - y = 2$. So $2x = 42$.", "ssh"),
    ("a list of conditions", "**Conditions.** These hold:\n- $x + y = 4$\n- $x - y = 2$\n\nThen $2x = 6$.", "qqh"),
    ("conditions on letters", "Conditions on $x$ and $y$:\n- $x + y = 4$\n- $x - y = 2$\n\nThen $2x = 6$.", "qqh"),
    ("a label in its line", r"- **Condition**: $x + y = 4$ and $x - y = 2$. Then $2x = 6$.", "qqh"),
    ("two cases", "Case 1: $x = y$. Then $2x = 2y$.\nCase 2: $x = -y$. Then $2x = -2y$.", "shsh"),
    # a value that is concluded wrongly
    ("a wrong value of a letter", r"Suppose $x + y = 40$. So $y = 30 - x$. So $x + 2y = 60 - x$.", "ssk"),
    ("a right one", r"Suppose $x + y = 40$. So $y = 40 - x$. So $x + 2y = 80 - x$.", "shh"),
    ("a wrong solution of two", r"Suppose $x + y = 40$ and suppose $x - y = 2$. Hence $y = 18$. So $x = 20$.", "ssss"),
    ("a right one of two", r"Suppose $x + y = 40$ and suppose $x - y = 2$. Hence $y = 19$. So $x = 21$.", "sshh"),
    ("one root", r"Suppose $x^2 = 9$. So $x = -3$. Then $x^3 = -27$.", "shh"),
    ("one more condition on it", r"Suppose $x + y = 40$. Now take $y = 3x$. So $4x = 40$.", "ssh"),
    # a value that the condition does not give
    ("that is, wrongly", r"Given $3x - y = 7$, that is, $y = 3x + 7$. So $2y = 6x + 14$.", "qsq"),
    ("that is, rightly", r"Given $3x - y = 7$, that is, $y = 3x - 7$. So $2y = 6x - 14$.", "qhh"),
    ("line by line, wrongly", "The sum is $x + y = 12$.\n\n$x = 12 + y$\n\n$x - y = 12$", "qsq"),
    ("what the condition gives all the same", r"Given $x + y = 12$, that is, $x = 12 + y$. So $3x + 3y = 36$.", "qsh"),
    ("a condition of its own", r"Suppose $x + y = 40$. Also $x = 3y + 8$. So $4y = 32$.", "ssh"),
    # a condition with several solutions
    ("signs that differ", r"Suppose $|x - 2y| + |2x - y| = 40$. We get $|3x - 3y| = 40$, so $|x - y| = 40/3$.", "skk"),
    ("of either sign", r"Suppose $|x| = 5 + y$. Then $x^2 = (5 + y)^2$.", "sh"),
    ("powers", r"Suppose $x^2 = y^2$. Then $x^4 = y^4$.", "sh"),
    ("products", r"Suppose $|x - y| = |x + y|$. Then $xy = 0$.", "sh"),
    ("nothing obeys it", "1. $x + y - x - y = 40$, which simplifies to $0 = 40$. This is not possible, so we discard this case.", "qq"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [c[1:] for c in ANOTHER_FORM], ids=[c[0] for c in ANOTHER_FORM])
def test_a_conclusion_is_no_condition(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(FREE))) == expected


def firms() -> dict[str, Any]:
    """Two firms, of which a special world makes the amounts equal."""
    values = [r"q_A = \frac{a - c}{3b}", r"q_B = \frac{a - c}{3b}"]
    return {
        "definitions": ["P_A = p q_A - c q_A", "P_B = p q_B - c q_B", "p = a - b(q_A + q_B)"],
        "symbols": {"a": "positive, fixed", "b": "positive, fixed", "c": "positive, fixed", "q_A": "", "q_B": ""},
        "worlds": [{"name": "both", "premise": "at the simultaneous best response", "set": values}],
    }


THERE = "At the simultaneous best response "
EQUAL_LETTERS = [
    ("another letter in a definition", THERE + "$P_B = a q_A - b q_A^2 - b q_A q_B - c q_A$", "v"),
    ("once", THERE + "$P_A = (a - b q_A - b q_B) q_B - c q_A$, $P_B = p q_A - c q_B$", "vv"),
    ("its own letter", THERE + "$P_B = a q_B - b q_B^2 - b q_A q_B - c q_B$", "i"),
    ("what compares them", THERE + "$q_A = q_B$, $q_A + q_B = 2q_A$, $P_A = P_B$", "shh"),
    ("what holds there alone", THERE + "$P_A = b q_A^2$, $P_A = b q_B^2$, $a - 2b q_A - b q_B - c = 0$", "hhh"),
    ("said by the next line", "Hence $$P_A = b q_A^2$$\nThe best response of the two is simultaneous.", "n"),
    ("said in its own sentence", "Hence $$P_A = b q_A^2$$\nat the simultaneous best response.", "h"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [c[1:] for c in EQUAL_LETTERS], ids=[c[0] for c in EQUAL_LETTERS])
def test_letters_of_one_value(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(firms()))) == expected


COUNTS: dict[str, Any] = {
    "symbols": {"y": "m, data", "v": "m", "a": "", "b": ""},
    "families": {"y_i": "entries of y", "v_i": "entries of v"},
}
INDICATORS = [
    ("a factor of one", r"so $a + b 1\{a = 0\} = a + 2b 1\{a = 0\}$", "v"),
    ("a sign under a sum", r"so $\sum_{i=1}^m 1\{y_i = 0\}(v_i - a) = \sum_{i=1}^m 1\{y_i = 0\}v_i + a\sum_{i=1}^m 1\{y_i = 0\}$", "v"),
    ("under a sum", r"so $\sum_{i=1}^m 1\{y_i = 0\}(v_i - a) = \sum_{i=1}^m 1\{y_i = 0\}v_i - a\sum_{i=1}^m 1\{y_i = 0\}$", "a"),
    ("its square", r"so $1\{a = b\}^2 = 1\{a = b\}$", "a"),
    ("with its contrary", r"so $1\{a = 0\} + 1\{a \neq 0\} = 1$", "a"),
    ("of indices", r"so $\sum_{j=1}^m 1\{i = j\} v_j = v_i$, $\sum_{j=1}^m 1\{i = j\} v_j = 2v_i$", "af"),
    ("of letters that nothing explains", r"so $\sum_k (u_k - q u_k - q + u_k q) 1\{t_k = 0\} = \sum_k (u_k - q) 1\{t_k = 0\}$", "a"),
    ("of these, with another sign", r"so $\sum_k (u_k - q u_k - q - u_k q) 1\{t_k = 0\} = \sum_k (u_k - q) 1\{t_k = 0\}$", "u"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [c[1:] for c in INDICATORS], ids=[c[0] for c in INDICATORS])
def test_indicators_of_drawn_values(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(COUNTS))) == expected


POWER: dict[str, Any] = {"symbols": {"R": "positive", "V": "positive"}, "definitions": ["P = V^2/R"]}
HEAVY: dict[str, Any] = {"symbols": {"K": ""}, "definitions": ["m = 2"]}
ARC: dict[str, Any] = {"symbols": {"x": "positive", "y": "positive"}, "definitions": [r"r = \sqrt{x^2 + y^2}"]}
SQUARE: dict[str, Any] = {"symbols": {"A": "n x n", "x": "n", "s": ""}}
GAIN: dict[str, Any] = {
    "symbols": {"S": "n x n, pd, fixed", "H": "m x n, fixed", "K": "n x m"},
    "definitions": [r"P = (I - KH)S(I - KH)^\top"],
}
ROOTS: dict[str, Any] = {
    "symbols": {"k": "", "x": ""},
    "worlds": [{"name": "root", "premise": "exactly one solution", "set": ["k = 8", "x = 2"]}],
}
LAYER: dict[str, Any] = {
    "symbols": {r"\bar X": "N x d", "W": "d x q", "b": "q", "T": "N x q, data"},
    "definitions": [r"\bar Y = \bar XW + 1_N b^\top", r"L = \frac12\|\bar Y - T\|_F^2", r"G = \bar Y - T"],
}
PRODUCT: dict[str, Any] = {
    "symbols": {"x": "N x D", "w": "D x M", "t": "N x M, data"},
    "definitions": ["y = xw", r"L = \frac12\|y - t\|_F^2"],
}
MATRICES = r"$x = \begin{pmatrix}1 & 2\end{pmatrix},\quad w = \begin{pmatrix}3 \\ 4\end{pmatrix}"
SLOPE = r"\frac{\partial L}{\partial y} = \begin{pmatrix}7\end{pmatrix}$"
SMALL_SIGNS = [
    # a current, and an identity
    ("a current", POWER, "so $P = I^2R$, $IR = R$", "qu"),
    ("a current in a true rule", POWER, "so $(I + R)^2 = I^2 + 2IR + R^2$", "a"),
    ("a sign in that rule", POWER, "so $(I + R)^2 = I^2 - 2IR + R^2$", "q"),
    ("an identity beside a matrix", SQUARE, "so $IA = A$, $I^2A = 2A$, $s I x = s x$", "afa"),
    ("an identity in words", POWER, "With the identity matrix $I$ we get $IR = R$.", "a"),
    # an item of a list, or a minus
    ("a minus or an item", FREE, "So:\n\n- $x - (y - x) + y = 0$\n", "q"),
    ("neither", FREE, "So:\n\n- $x - (y - x) + 2y = 0$\n", "q"),
    # degrees of an angle, or of heat
    ("degrees of heat", FREE, r"so $20 + 200 = 220°$ C", "q"),
    ("another sum", FREE, r"so $20 + 200 = 230°$ C", "f"),
    ("of an angle", FREE, r"so $\sin 30° = \frac12$, $\cos 30° = \frac12$", "af"),
    ("of both sides", FREE, r"so $20° + 200° = 220°$, $20° + 200° = 230°$", "af"),
    # a unit that is a name, too
    ("a unit or a name", HEAVY, r"so $\frac{24}{3} = 8\,\text{m}$, $5 + 4 = 9\ \text{K}$, $\frac{24}{3} = 4\,\text{m}$, $\frac{24}{3} = 7\,\text{m}$", "aaif"),
    ("a slanted letter", HEAVY, r"so $\frac{24}{3} = 8m$, $\frac{24}{3} = 4m$", "fi"),
    ("in a product of letters", HEAVY, r"so $2m = 2\,\text{m}$, $m + 5 = 5\,\text{m}$", "af"),
    # the differential of a power, or the power of one
    ("of a square", SQUARE, r"so $dA^2 = dA\,A + A\,dA$, $\mathrm{d}A^2 = \mathrm{d}A\,A + A\,\mathrm{d}A$, $ds^3 = 3s^2\,ds$", "iii"),
    ("of a square, wrongly", SQUARE, r"so $dA^2 = 2A\,dA$, $ds^3 = 2s^2\,ds$, $dA^2 = dA\,A - A\,dA$", "fff"),
    ("the square of a differential", SQUARE, r"so $(ds)^2 = 2s\,ds$, $(ds)^2 = ds^2$, $d(A^2) = dA\,A + A\,dA$", "fii"),
    ("squares on both sides", ARC, r"so $dr^2 = dx^2 + dy^2$, $dr^2 = 2x\,dx + 2y\,dy$, $dr^2 = 2x\,dx - 2y\,dy$", "qif"),
    # a name with the letter that it depends on
    ("given by its letter", GAIN, r"so $P(K) = (I - KH)S(I - KH)^\top$", "i"),
    ("with another sign", GAIN, r"so $P(K) = (I + KH)S(I - KH)^\top$", "q"),
    # one of the two signs
    ("cases of a sign", ROOTS, "For exactly one solution we get $4 - k = \\pm 4$.\n\n\\[4 - k = 4 \\implies k = 0\\]\n\\[4 - k = -4 \\implies k = 8\\]", "hqqhh"),
    ("no case of it", ROOTS, "For exactly one solution we get $4 - k = \\pm 4$.\n\nSo $4 - k = 5$ there.", "hf"),
    # a line that goes on
    ("behind a list", FREE, "2 + 1 = 3, 3 + 4 = 7\n= 1 + 2", "aa"),
    ("behind one equation", FREE, "3 + 4 = 7\n= 5 + 2\n", "aa"),
    ("behind one equation, wrongly", FREE, "3 + 4 = 7\n= 5 + 3\n", "af"),
    # a quotient that ends its bracket
    ("over all that is left", FREE, r"so $\frac{1 - ((x - y)/2z)}{3} = \frac{2z - x + y}{6z}$", "q"),
    ("over no reading of it", FREE, r"so $\frac{1 - ((x - y)/2z)}{3} = \frac{2z - x - y}{6z}$", "f"),
    # differentials beside a size d
    ("under a bar", LAYER, r"so $dL = \operatorname{tr}(G^\top d\bar Y)$, $dL = 2\operatorname{tr}(G^\top d\bar Y)$", "if"),
    ("behind a matrix", LAYER, r"so $d\bar Y = d\bar X W + \bar X dW + 1_N db^\top$, $d\bar Y = d\bar X W + \bar X dW - 1_N db^\top$", "if"),
    ("a size", LAYER, r"so $N d W = d N W$, $2 d W = d W + d W$", "aa"),
    # slopes among the values of an example
    ("a slope in the list", PRODUCT, f"Example. {MATRICES},\\quad {SLOPE}.", "ssq"),
    ("a slope that is concluded", PRODUCT, f"Example. {MATRICES}$. So ${SLOPE}.", "ssq"),
    # rows of rounded numbers
    ("carried on", FREE, r"so $[0.5370\cdot0.5 + 0.8617\cdot0.2,\ 0.6] + [0.1, 0.2]= [0.4409, 0.6] + [0.1, 0.2]$", "q"),
    ("a wrong figure", FREE, r"so $[0.5370\cdot0.5 + 0.8617\cdot0.2,\ 0.6] + [0.1, 0.2]= [0.4509, 0.6] + [0.1, 0.2]$", "f"),
    # a constraint of one letter where the problem has a column
    ("a constraint", SQUARE, r"Minimise it subject to $x^2 \le 0$.", "k"),
    ("a claim", SQUARE, r"So $x^2 \le 0$.", "t"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "text", "expected"), [c[1:] for c in SMALL_SIGNS], ids=[c[0] for c in SMALL_SIGNS])
def test_small_signs(spec: dict[str, Any], text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(spec))) == expected
