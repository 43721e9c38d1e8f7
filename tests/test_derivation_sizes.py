"""Sizes are bounded as steps are: a short text cannot make the checker build or compute without bound."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from evalkit.derivation import analyse
from evalkit.derivation.text.document import read
from tests.derivation_help import setting

G = r"X^\top X"


def nested(depth: int) -> str:
    """Sums of traces of inverses of Kronecker products, one inside the other."""
    out = "1"
    for letter in "abcdef"[:depth]:
        out = (
            rf"\sum_{{{letter}=1}}^{{1500}} \operatorname{{tr}}(({letter}{G}\otimes {G}\otimes {G} + I)^{{-1}}) ({out})"
        )
    return f"${out} = 2$"


HEAVY = {
    "sum of inverses": nested(1),
    "nested": nested(6),
    "many": nested(1) * 25,
    "a row of ones": "$W_1 = [" + ", ".join(["1"] * 700) + "]$",
    "a column of blocks": r"$X = \begin{bmatrix}" + r" \\ ".join(["X"] * 400) + r"\end{bmatrix}$",
    "powers": rf"$(({G})^{{64}} \otimes ({G})^{{64}})^{{64}} = I$",
    "products of sums": r"$\sum_{i=1}^{2000} i XX^\top XX^\top = " + r"\sum_{i=1}^{2000} i XX^\top" * 20 + "$",
}


@pytest.mark.parametrize("text", HEAVY.values(), ids=HEAVY.keys())
def test_what_is_too_large_is_not_computed(text: str) -> None:
    analyse("$X = X$", setting())
    before = time.process_time()
    found = analyse(text, setting()).relations
    spent = time.process_time() - before
    assert all(r.verdict not in ("identity", "algebra-only", "holds") for r in found)
    assert spent < 6  # less than one second on a free core
    tracemalloc.start()  # makes the same work several times as long, so eight of many are enough
    analyse(nested(1) * 8 if text == HEAVY["many"] else text, setting())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6


OPENERS = ["\\(", "\\[", "$", "$$", "\\begin{align}", "`", "\\( x", "$x "]


@pytest.mark.parametrize("opener", OPENERS)
@pytest.mark.parametrize("closer", ["", "\\)", "\\]", "\\end{align}"])
def test_an_opener_without_an_end_is_looked_for_once(opener: str, closer: str) -> None:
    before = time.process_time()
    read(opener * (150_000 // len(opener)) + closer)
    assert time.process_time() - before < 3


STATEMENTS = [
    r"$4^.5 = 2$",
    r"$\frac{\partial L}{\partial y^{predict}_1} = 3$",
    r"$x^0.5 = 2$",
    r"$\nabla_{[A]_1} L = 1$",
]


@pytest.mark.parametrize("text", STATEMENTS)
def test_what_cannot_be_read_costs_that_statement_only(text: str) -> None:
    found = analyse(text + r" and $\|X\|_F^2 = \operatorname{tr}(XX^\top)$", setting()).relations
    assert len(found) == 2
    assert found[-1].verdict == "algebra-only"
