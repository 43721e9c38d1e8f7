"""A first look at a reply for which nothing was declared: shapes inferred, nothing false of letters that were guessed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evalkit.derivation import analyse
from evalkit.derivation.following.look import first_look
from evalkit.interface.equations import doubted
from tests.arrange import inside
from tests.derivation_help import verdicts

LOOKS = [
    ("least squares", r"$\|Ax - b\|^2 = x^\top A^\top A x - 2b^\top Ax + b^\top b$ and $\nabla_x \|Ax - b\|^2 = 2A^\top(Ax - b)$.",
     {"A": "m x n", "x": "n x 1", "b": "m x 1"}, "ai"),
    ("a scalar and a vector", r"As $XX^\top w = \lambda w$, $w^\top XX^\top w = \lambda w^\top w$.",
     {"X": "m x n", "w": "m x 1", r"\lambda": ""}, "qh"),
    ("square by use", r"$\operatorname{Tr}(AB) = \operatorname{Tr}(BA)$ and $AB = BA$", {"A": "m x m", "B": "m x m"}, "aq"),
    ("what the text defines", r"Let $E = X - VWX$. Then $\|E\|_F^2 = \operatorname{Tr}(E^\top E)$.",
     {"X": "m x n", "V": "m x p", "W": "p x m"}, "da"),
    ("another language", r"Sei $C = XX^\top$. Daher ist $C^\top = C$, aber $C^2 = C$ nicht immer.", {"X": "m x n"}, "daq"),
    ("numbers alone", r"$2 + 2 = 5$ and $\frac12 + \frac13 = \frac56$", {}, "fa"),
    ("calculations with functions", r"$e^0 = 1$, $|-3| = -3$, $\gcd(4, 6) = 3$ and $\binom{4}{2} = 7$", {}, "afff"),
    ("conventions", r"$\sin 30 = 0.5$, $\log 1 = 1$ and $(1, 3) = (3, 1)$", {}, "qqq"),
    ("a constant may be a letter", r"$e^2 = 9$ and $\pi = 4$", {}, "qq"),
    ("ends of sums", r"$\sum_{i=1}^n i = \frac{n(n+1)}2$", {"n": ""}, "a"),
    ("bold letters", r"$(\mathbf a + \mathbf b)^\top \mathbf c = \mathbf a^\top \mathbf c + \mathbf b^\top \mathbf c$",
     {"a": "m x 1", "b": "m x 1", "c": "m x 1"}, "a"),
    ("a loss", r"Let $Y = WZ$. Then $\frac{\partial J}{\partial W} = \frac{\partial J}{\partial Y}Z^\top$.",
     {"W": "m x n", "Z": "n x p"}, "di"),
    ("sizes of the text", r"$H = FK + G$ with $F \in \mathbb{R}^{k \times d}$ and $K \in \mathbb{R}^{d \times l}$; $H^\top = K^\top F^\top + G^\top$.",
     {"F": "k x d", "K": "d x l", "G": "k x l"}, "ddda"),
    ("a layer", r"Let $v = Fu + c$ and $h = \tanh(v)$. Then $\frac{\partial J}{\partial F} = \frac{\partial J}{\partial v}u^\top$.",
     {"F": "m x n", "u": "n x 1", "c": "m x 1"}, "ddi"),
    ("two layers", r"$v_1 = F_1 u + c_1$, $h_1 = \text{ReLU}(v_1)$, $v_2 = F_2 h_1 + c_2$, $J = \frac12\|v_2 - r\|^2$. "
     r"So $\frac{\partial J}{\partial c_1} = (F_2^T(v_2 - r)) \odot \mathbf 1_{v_1 > 0}$ and $\frac{\partial J}{\partial c_1} = F_2^T(v_2 - r)$.",
     {"F_1": "m x n", "u": "n x 1", "c_1": "m x 1", "F_2": "p x m", "c_2": "p x 1", "r": "p x 1"}, "ddddiq"),
    ("a sum of numbers", r"Let $v = mu + c$. Then $v - c = mu$.", {"m": "", "u": "", "c": ""}, "da"),
    ("a row times a column", r"Let $v = k^\top u + c$. Then $v - c = u^\top k$.", {"k": "m x 1", "u": "m x 1", "c": ""}, "da"),
    ("a column's size", r"$s = t + u$ with $t \in \mathbb{R}^d$; $s - u = t$.", {"t": "d x 1", "u": "d x 1"}, "dda"),
    ("no formula", "Nothing here.", {}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "shapes", "expected"), [row[1:] for row in LOOKS], ids=[row[0] for row in LOOKS])
def test_a_first_look(text: str, shapes: dict[str, str], expected: str) -> None:
    setting = first_look(text)
    assert {name: " x ".join(s.shape) for name, s in setting.spec.symbols.items()} == shapes
    assert verdicts(doubted(analyse(text, setting))) == expected


@pytest.mark.parametrize(
    "text", ["$A = " + "A" * 3000 + "$", "$" + "x_" * 400 + "$", "$A_{" * 50, "$=$ $=$", "\x00$A=\ud83d$"]
)
def test_hostile_texts_are_looked_at_without_a_crash(text: str) -> None:
    analyse(text, first_look(text))


def test_the_command_needs_no_problem_and_says_what_it_inferred(tmp_path: Path) -> None:
    (tmp_path / "r.md").write_text(r"So $AB = BA$, and $(AB)^\top = B^\top A^\top$.", encoding="utf-8")
    done = inside("equations", str(tmp_path / "r.md"))
    assert done.returncode == 0
    assert "a first look, nothing was declared (A: m x m, B: m x m)" in " ".join(done.stdout.split())
    found = json.loads(inside("equations", str(tmp_path / "r.md"), "--json").stdout)
    assert [r["verdict"] for r in found["relations"]] == ["disputed", "algebra-only"]
    both = inside("equations", str(tmp_path / "r.md"), "--problem", "a/b", "--world", str(tmp_path / "r.md"))
    assert both.returncode != 0
