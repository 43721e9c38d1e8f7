"""Kinds of relations that texts by other hands left undecided: macros, columns entry by entry, sizes with a label, vectors of an eigendecomposition.

Each kind has rows that are decided, with one letter for each relation of the text, and rows that it must leave alone or reject.
"""

from __future__ import annotations

import pytest

from evalkit.derivation import analyse
from evalkit.derivation.grammar import macros
from evalkit.derivation.verdicts.verdict import TRUE
from tests.derivation_help import setting_of, verdicts

NUMBERS: dict[str, object] = {}
SQUARE: dict[str, object] = {"symbols": {"H": "n x n", "K": "n x n, fixed", "M": "n x n, fixed"}}
LAYER: dict[str, object] = {
    "symbols": {"W": "N_{out} x k", "x": "k, data", "y": "N_{out}, data", "V": "h x N_{out}", "t": "h, data"},
    "definitions": [r"g(r) = \frac{1}{1 + e^{-r}}", "z^{(1)} = W x", r"a^{(1)} = g(z^{(1)})", r"z^{(2)} = V a^{(1)}",
                    r"L = \frac{1}{2}\|z^{(2)} - t\|^2", r"C = \frac{1}{N_{out}} \|a^{(1)} - y\|^2"],
}  # fmt: skip
EIGEN: dict[str, object] = {
    "symbols": {"S": "n x n, symmetric", "P": "n x n, symmetric"},
    "decompositions": [{"of": "S", "kind": "eigen", "names": ["Q", "D"], "values": "d_i", "right": "q_i"}],
}
COLUMNS: dict[str, object] = {"symbols": {"S": "n x n, symmetric", "P": "n x n, symmetric", "v": "n"}}

MACROS = r"\def\tw#1{\left[\matrix{#1}\right]} \def\ov#1#2{{#1\over #2}} \newcommand{\uu}{\mathbf{u}} "
KINDS: dict[str, tuple[dict[str, object], str, str]] = {
    "a macro for a fraction": (NUMBERS, MACROS + r"$\ov12 + \ov{1}{3} = \ov56$", "a"),
    "an entry and its column": (COLUMNS, r"So $\sum_j S_{ij} v_j = S v$ and $\frac{\partial}{\partial v_i} v^\top S v = 2 S v$.", "ii"),
    "and it is wrong": (NUMBERS, MACROS + r"$\ov12 + \ov{1}{3} = \ov46$", "f"),
    "a macro for a matrix": (NUMBERS, MACROS + r"$$\tw{1&2\cr 0&1}\tw{1\cr 1} = \tw{3\cr 1}$$", "a"),
    "and it is wrong there": (NUMBERS, MACROS + r"$$\tw{1&2\cr 0&1}\tw{1\cr 1} = \tw{3\cr 2}$$", "f"),
    "a matrix of plain TeX": (NUMBERS, r"$$\pmatrix{2 & 0 \cr 0 & 3}\pmatrix{1 \cr 1} = \pmatrix{2 \cr 3}$$", "a"),
    "a macro for a letter": (NUMBERS, MACROS + r"$\uu^T\uu = \|\uu\|^2$", "a"),
    "two meanings of one macro": (NUMBERS, r"\def\hh{2} \def\hh{3} $\hh + 1 = 3$", "p"),
    "a macro without its argument": (NUMBERS, MACROS + r"$2 + 1 = \ov{3}$", "p"),
    "a macro within itself": (NUMBERS, r"\def\hh{\hh\hh} $\hh + 1 = 3$", "p"),
    "a command before a letter": (NUMBERS, r"\def\pr#1{#1x} $\pr{\pi} - \pi x = 0$", "a"),
    "a call inside a call": (NUMBERS, r"\def\hh{2} \def\ss#1{#1^2 + \hh} $\ss{\ss{\hh}} = 10$", "a"),
    "columns entry by entry": (LAYER, r"So $\frac{\partial C}{\partial z^{(1)}} = \frac{\partial C}{\partial a^{(1)}} \cdot a^{(1)} \cdot (1 - a^{(1)})$.", "i"),
    "with its sign on both sides": (COLUMNS, r"So $v \cdot (1 - v) = (1 - v) \cdot v$.", "a"),
    "a slope at a column": (LAYER, r"So $\frac{\partial a^{(1)}}{\partial z^{(1)}} = g'(z^{(1)})$.", "i"),
    "a size with a label": (LAYER, r"So $\frac{\partial C}{\partial a^{(1)}} = \frac{2}{N_{out}}(a^{(1)} - y)$.", "i"),
    "a quotient of matrices": (SQUARE, r"So $(K^2 + I)(K^2 + I)^{-2} = \frac{K^2 + I}{(K^2 + I)^2}$.", "a"),
    "the matrix of a diagonal": (SQUARE, r"So $K + 2\operatorname{diag}(K) = K + \operatorname{diag}(K) + \operatorname{diag}(K)$.", "a"),
    "vectors of an eigendecomposition": (EIGEN, r"Write $S = QDQ^\top$. Then $S = \sum_{i=1}^n d_i q_iq_i^\top$.", "ii"),
}  # fmt: skip


@pytest.mark.parametrize(("world", "text", "expected"), KINDS.values(), ids=list(KINDS))
def test_a_kind_that_is_decided(world: dict[str, object], text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(world))) == expected


NOT_TRUE: dict[str, tuple[dict[str, object], str]] = {
    "an entry of another column": (COLUMNS, r"So $\sum_j P_{ij} v_j = S v$."),
    "half an entry of a gradient": (COLUMNS, r"So $\frac{\partial}{\partial v_i} v^\top S v = S v$."),
    "columns of another length": (LAYER, r"So $\frac{\partial C}{\partial W} = \frac{\partial C}{\partial z^{(1)}} \cdot x$."),
    "entry by entry, and wrong": (LAYER, r"So $\frac{\partial C}{\partial z^{(1)}} = \frac{\partial C}{\partial a^{(1)}} \cdot a^{(1)} \cdot (1 + a^{(1)})$."),
    "a sign of the entries left out": (LAYER, r"So $\frac{\partial L}{\partial z^{(1)}} = V^\top (z^{(2)} - t) g'(z^{(1)})$."),
    "a dot product, and no product": (COLUMNS, r"So $(Pv) \cdot v = Pvv$."),
    "no product, and a dot product": (COLUMNS, r"So $v v = v \cdot v$."),
    "a quotient the other way round": (SQUARE, r"So $KM^{-1} = \frac{M}{K}$."),
}  # fmt: skip


@pytest.mark.parametrize(("world", "text"), NOT_TRUE.values(), ids=list(NOT_TRUE))
def test_what_is_not_true_of_it(world: dict[str, object], text: str) -> None:
    assert analyse(text, setting_of(world)).relations[-1].verdict not in TRUE


def test_macros_stay_small() -> None:
    many = "".join(rf"\def\{'a' * (i + 3)}{{\{'a' * (i + 2)}\{'a' * (i + 2)}}}" for i in range(30))
    found = analyse(rf"\def\aa{{1+}} {many} ${chr(92)}{'a' * 32} 1 = 2$", setting_of(NUMBERS))
    assert verdicts(found) in ("", "p")
    assert len(macros.of(many)) <= macros.MAX_MACROS


def test_macros_of_a_long_reply_are_read_as_they_stand_at_its_end() -> None:
    text = r"\def\hh{1+}" + " ".join(rf"$\hh 1 = {2 if k % 2 else 3}$." for k in range(macros.MAX_CALLS + 20))
    found = verdicts(analyse(text, setting_of(NUMBERS)))
    assert found == "fa" * (macros.MAX_CALLS // 2) + "p" * 20
