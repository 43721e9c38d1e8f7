"""What is said once: a value of a letter in one place, a class among entries, a form of a symbol in one section.

It neither gives the letter another meaning nor makes what stands elsewhere true or false."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

FORM: dict[str, Any] = {
    "symbols": {"M": "n x n, symmetric, fixed", "w": "n, unit", "\\eta": ""},
    "definitions": ["G = \\begin{pmatrix} 3 & 1 \\\\ 1 & 3 \\end{pmatrix}"],
    "aliases": {"\\eta": ["\\tau"]},
}
LABELS: dict[str, Any] = {
    "symbols": {"q": "K, positive, data", "t": "K, onehot, data"},
    "definitions": ["E = -\\sum_{i=1}^K t_i\\log q_i", "g = q - t"],
}
FACTORS: dict[str, Any] = {
    "dimensions": ["r < a", "r < b"],
    "symbols": {"Y": "a x b, data", "F": "r x a", "H": "a x r"},
    "decompositions": [{"of": "Y", "names": ["P", "S", "R"], "values": "s_i"}],
    "worlds": [
        {
            "name": "still",
            "premise": "F, H are stationary",
            "symbols": {"B": "r x r, invertible"},
            "set": ["H = P_rB", "F = B^{-1}P_r^\\top"],
        },
        {"name": "tied", "premise": "F = P_r^T, H = P_r", "set": ["H = P_r", "F = P_r^\\top"]},
    ],
}
SPECS = {"form": FORM, "labels": LABELS, "factors": FACTORS}
WRONG = r"$\det(G - \tau I) = (3-\tau)^2 - \tau$"
RIGHT = r"$\det(G - \tau I) = (3-\tau)^2 - 1$"

ROWS = [
    # a value of a letter of the problem, under its other name
    ("a value that would be", "form", rf"So $\tau = 1$ would be the only root. {WRONG}", "kf"),
    ("a value that could be", "form", rf"Then $\tau = 1$ might be a root. {RIGHT}", "ki"),
    ("a root makes no polynomial", "form", rf"So $\tau = 1$ is a root. {WRONG}", "sv"),
    ("nor one before it", "form", rf"{WRONG}. So $\tau = 1$ is a root.", "fs"),
    ("what it is worth is still told", "form", r"So $\tau = 1$. Then $\tau^2 + 2 = 3$.", "sh"),
    ("and is wrong where it is", "form", r"So $\tau = 1$. Then $\tau^2 + 2 = 4$.", "sq"),
    ("a declaration holds for the rest", "form", rf"Let $\tau = 1$. {RIGHT}", "di"),
    ("one root or another", "form", r"Hence $\tau = 2$ or $(3-\tau)^2 = 1$.", "sh"),
    ("no root, but a claim of constants", "form", r"Hence $2 = 3$ or $4 = 5$.", "qq"),
    # a letter of the reply's own
    ("at one value", "form", r"For real $s$, $(w - sMw)^\top(w - sMw) = 1 - 2sw^\top Mw + s^2w^\top M^2w$. The derivative at $s = 0$ is taken.", "as"),
    ("not made true by it", "form", r"For real $s$, $(w - sMw)^\top(w - sMw) = 1 - sw^\top Mw + s^2w^\top M^2w$. The derivative at $s = 0$ is taken.", "fs"),
    ("before it", "form", r"We look at $s = 0$. In general $(1 + s)^2 = 1 + 3s + s^2$.", "sf"),
    ("said of that value", "form", r"If $s = 5$ then $2s = 10$ and $2s = 11$.", "shq"),
    ("a value that is defined", "form", r"Let $s = 2$. Then $s^2 = 4$.", "da"),
    # a column with a single 1
    ("the place of the 1", "labels", r"Let $t_c = 1$. Then $E = -\log q_c$ and $g_c = q_c - 1$.", "dii"),
    ("its sign", "labels", r"Let $t_c = 1$. Then $E = \log q_c$ and $g_c = q_c + 1$.", "dff"),
    ("the other entries", "labels", r"We have $t_c = 1$ and $t_k = 0$ for $k \neq c$. So $E = -\log q_c$ and $\sum_k t_k = 1$.", "dskia"),
    ("an entry that is used for all", "labels", r"We have $g_i = q_i - t_i$. Where $t_i = 1$, the loss falls. And $q_i - g_i = 1$.", "isq"),
    ("a number for an index", "labels", r"Say $t_1 = 1$. Then $E = -\log q_2$.", "qf"),
    ("the class by its name", "labels", r"For the true class $c$ it is $q_c - t_c = q_c - 1$; for $k \ne c$ it is $q_k - t_k = q_k$.", "hkh"),
    ("not the other way round", "labels", r"For the true class $c$ it is $q_c - t_c = q_c$; for $k \ne c$ it is $q_k - t_k = q_k - 1$.", "qkq"),
    ("two letters that differ", "labels", r"For $k \ne j$ it is $q_k - t_k = q_k$.", "kf"),
    ("every entry", "labels", r"The entries are $q_k - t_k = q_k - 1$ and $q_k - t_k = q_k$.", "ff"),
    ("a value on the right is no name", "labels", r"We have $\sum_k t_kq_i = q_i$, $2\sum_k t_kq_i = q_i$ and $\sum_k t_kq_i = q_i$.", "afa"),
    ("a sum that leaves one out", "labels", r"With $\sum_{k \neq i} t_k = 0$ we get $q_i - t_i = q_i - 1$ for the class $i$.", "uh"),
    # worlds that are told in letters
    ("a leap", "factors", r"At a stationary point the columns of $H$ are orthonormal, so $H^\top H = I_r$ and $F = H^\top$. Hence $HF = HH^\top$.", "nnn"),
    ("what every stationary point has", "factors", r"At a stationary point $FH = I_r$.", "h"),
    ("letters that are written", "factors", r"At a stationary point take $H = P_r$ and $F = P_r^\top$. So $H^\top H = I_r$.", "hhh"),
    ("said in words", "factors", r"At the optimum the columns are the first left singular vectors, so $H^\top H = I_r$.", "h"),
    ("an assumption", "factors", r"Assume $F = H^\top$. Then $HF = HH^\top$ and $HF = H^\top H$.", "sht"),
    # a free diagonal
    ("a diagonal after its use", "factors", r"Try $H = P_rT$ with $T = \operatorname{diag}(z_1, \dots, z_r)$. Then $H^\top H = T^2$ and $H^\top H = T^3$.", "sdhf"),
    ("of an entry", "factors", r"Try $H = P_rT$ with $T = \operatorname{diag}(z_1, \dots, z_r)$. Then $z_1^2 = 0.9$.", "sdq"),
    ("defined at the end", "factors", r"Try $H = P_rT$ with $T = \operatorname{diag}(z_1, \dots, z_r)$. So $z_i^2 = 1 + 2s_i$. The lengths $z_i = \sqrt{1 + 2s_i}$ follow.", "sdqq"),
    # what another section assumed
    ("a closed section", "factors", "## 1. Any\n\nTake $H = P_rB$.\n\n## 2. Stationary\n\nAt a tied solution with $F = P_r^\\top$, $H = P_r$: $H^\\top H = I_r$.", "hhhh"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "text", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_what_is_said_once(spec: str, text: str, expected: str) -> None:
    found = analyse(text, setting_of(SPECS[spec]))
    assert verdicts(found) == expected, [(r.source, r.rule, r.reason) for r in found.relations]
