r"""Ways of writing that left whole texts undecided: entries of a value `s_i(z)`, members numbered above, `dg/ds`, `I_n` of an
integral, derivatives as rows, sums of plain text, points in numbers, roots of the next matrix.

Every row is true; every variant of it is false, and must not be accepted. What a rule must leave alone stands below.
"""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from evalkit.derivation.verdicts.verdict import FALSE, TRUE
from tests.derivation_help import setting_of

WORLDS: dict[str, dict[str, Any]] = {
    "a map": {
        "symbols": {"u": "4"},
        "definitions": [r"h(u) = \frac{\exp(2u)}{\sum_{k=1}^4 \exp(2u_k)}", "h = h(u)", r"q(t) = \frac{t}{1 + t^2}"],
    },
    "a fit": {
        "symbols": {"a": "scalar", "c": "scalar", "t": "m, data", "y": "m, data"},
        "definitions": [r"Q(a, c) = \frac{1}{m} \sum_{i=1}^m (a t_i + c - y_i)^2", "Q = Q(a, c)"],
    },
    "a layer": {
        "symbols": {"A": "m x n", "v": "n", "c": "m", "g": "m, data", "B": "n x n", "k": "positive"},
        "definitions": ["s = A v + c", r"F = \frac12 \|s - g\|^2"],
    },
    "a power": {"symbols": {"n": "integer, positive"}},
    "a list": {
        "symbols": {
            "A": "m x n",
            "v": "n",
            "x": "scalar",
            "y": "scalar",
            "\\lambda": "scalar",
            "n": "integer, positive",
        },
        "definitions": [r"P(x) = \frac{1}{2^{x}}"],
    },
}
LINE = r"The line is $\hat y^{(i)} = a t^{(i)} + c$. "
SCORE = "Take $T = x^2 y + 3y$. "
TWO = (
    r"First $\det\begin{bmatrix} 2 - \lambda & 0 \\ 0 & 5 - \lambda \end{bmatrix} = 0$, so $\lambda_1 = 2$ and $\lambda_2 = 5$. "
    r"Next $\det\begin{bmatrix} 1 - \lambda & 2 \\ 2 & 1 - \lambda \end{bmatrix} = 0$, so "
)
ROWS: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "an entry of a value": ("a map", "", r"h_i(u) = \frac{e^{2u_i}}{\sum_j e^{2u_j}}", (r"h_i(u) = \frac{e^{u_i}}{\sum_j e^{2u_j}}", r"h_i(u) = \frac{e^{2u_j}}{\sum_j e^{2u_j}}")),
    "the slope of an entry": ("a map", "", r"\frac{\partial h_i(u)}{\partial u_j} = 2h_i(u)(\delta_{ij} - h_j(u))", (r"\frac{\partial h_i(u)}{\partial u_j} = h_i(u)(\delta_{ij} - h_j(u))", r"\frac{\partial h_i(u)}{\partial u_j} = -2h_i(u) h_j(u)")),
    "the slopes of all": ("a map", "", r"\frac{\partial h}{\partial u} = 2(\operatorname{diag}(h) - hh^\top)", (r"\frac{\partial h}{\partial u} = 2(\operatorname{diag}(h) + hh^\top)",)),
    "the slope of a function": ("a map", "", r"\frac{dq}{dr} = \frac{1 - r^2}{(1 + r^2)^2}", (r"\frac{dq}{dr} = \frac{1 + r^2}{(1 + r^2)^2}", r"\frac{dq}{dr} = \frac{1 - r^2}{1 + r^2}")),
    "a function named by its call": ("a fit", "", r"\frac{\partial Q}{\partial c} = \frac{2}{m}\sum_{i=1}^m (a t_i + c - y_i)", (r"\frac{\partial Q}{\partial c} = \frac{1}{m}\sum_{i=1}^m (a t_i + c - y_i)",)),
    "members numbered above": ("a fit", LINE, r"\frac{\partial Q}{\partial a} = \frac{2}{m}\sum_{i=1}^m (\hat y^{(i)} - y^{(i)}) t^{(i)}", (r"\frac{\partial Q}{\partial a} = \frac{2}{m}\sum_{i=1}^m (\hat y^{(i)} + y^{(i)}) t^{(i)}", r"\frac{\partial Q}{\partial a} = \frac{2}{m}\sum_{i=1}^m (\hat y^{(i)} - y^{(i)})")),
    "the slope of one": ("a fit", LINE, r"\frac{\partial \hat y^{(i)}}{\partial a} = t^{(i)}", (r"\frac{\partial \hat y^{(i)}}{\partial a} = y^{(i)}", r"\frac{\partial \hat y^{(i)}}{\partial c} = t^{(i)}")),
    "a number called I": ("a power", r"Let $I_n = \int_0^1 x^n\,dx$. ", r"I_n = \frac{1}{n + 1}", (r"I_n = \frac{1}{n}", r"I_n = \frac{1}{n + 2}")),
    "derivatives said to be rows": ("a layer", "We write every gradient as a row vector. ", r"\frac{\partial F}{\partial v} = (s - g)^\top A", (r"\frac{\partial F}{\partial v} = (s + g)^\top A", r"\frac{\partial F}{\partial v} = (s - g)^\top")),
    "a layout with a name": ("a layer", "All is in numerator layout. ", r"\frac{\partial F}{\partial v} = (s - g)^\top A", (r"\frac{\partial F}{\partial v} = -(s - g)^\top A",)),
    "derivatives in rows": ("a layer", "", r"\frac{\partial F}{\partial v} = \frac{\partial F}{\partial s}\frac{\partial s}{\partial v}", (r"\frac{\partial F}{\partial v} = 2\frac{\partial F}{\partial s}\frac{\partial s}{\partial v}", r"\frac{\partial F}{\partial c} = \frac{\partial F}{\partial s}\frac{\partial s}{\partial v}")),
    "a sum of plain text": ("a layer", "", "s_i = Σⱼ A_ij v_j + c_i", ("s_i = Σⱼ A_ji v_j + c_i", "s_i = Σⱼ A_ij v_j - c_i", "s_i = Σⱼ A_ij v_i + c_i")),
    "a point in numbers": ("a list", SCORE, "T(2, 5) = 35", ("T(2, 5) = 65", "T(5, 2) = 35")),
    "a root of -1": ("a list", TWO, r"\lambda_2 = -1", (r"\lambda_2 = -2", r"\lambda_2 = 1")),
    "roots of the next matrix": ("a list", TWO, r"\lambda_1 = 3", (r"\lambda_1 = 1", r"\lambda_1 = 5")),
}  # fmt: skip
"""The world, what stands before it, the true equation, and false ones."""


def last(world: str, before: str, equation: str) -> str:
    """The verdict on the equation at the end of a text."""
    return analyse(f"{before}We get ${equation}$.", setting_of(WORLDS[world])).relations[-1].verdict


@pytest.mark.parametrize(("world", "before", "equation", "wrong"), ROWS.values(), ids=list(ROWS))
def test_what_is_true_is_accepted_and_no_variant_is(
    world: str, before: str, equation: str, wrong: tuple[str, ...]
) -> None:
    assert last(world, before, equation) in TRUE
    assert [variant for variant in wrong if last(world, before, variant) in TRUE] == []


LEFT_ALONE: dict[str, tuple[str, str, str, bool]] = {
    "a number has no entries": ("a list", r"Let $w(x) = x^2$. ", "w_1(x) = x", False),
    "the diagonal is a column": ("a layer", "", r"\operatorname{diag}(vv^\top) = v \odot v", True),
    "the sum of a diagonal": ("a layer", "", r"\sum_{i=1}^n \operatorname{diag}(B)_i = \operatorname{tr}(B)", True),
    "an identity": ("a layer", "", "I_n v = v", True),
    "a matrix is no integral": ("a layer", "", "I_n = B", False),
    "an integral beside matrices": ("a layer", r"Let $I_n = \int_0^1 x^n\,dx$. ", "I_n B = B", True),
    "another random letter": ("a list", r"Let $Y = 2X$. ", r"P(Y = 2) = \frac{1}{4}", False),
    "a distance is not symmetric": ("a list", r"Let $KL = x^2 + 2xy$. ", r"KL(p \| q) = KL(q \| p)", False),
    "columns stay columns": ("a layer", "", r"\frac{\partial F}{\partial v} = A^\top (s - g)", True),
    "rows of something else": (
        "a layer",
        "The gradient needs the rows of $A$. ",
        r"\frac{\partial F}{\partial v} = (s - g)^\top A",
        False,
    ),
    "said to be no rows": (
        "a layer",
        "The gradient is not a row vector. ",
        r"\frac{\partial F}{\partial v} = (s - g)^\top A",
        False,
    ),
    "columns where rows were said": (
        "a layer",
        "We write every gradient as a row vector. ",
        r"\frac{\partial F}{\partial v} = A^\top (s - g)",
        True,
    ),
    "a row against a column": ("a layer", "", r"\frac{\partial F}{\partial v} = (s - g)^\top A", False),
    "a product of Sigma": ("a layer", r"Let $\Sigma_j = k I_n$. ", r"\Sigma_j v = k v", True),
    "an index of its own": ("a layer", "", r"A_{ij} = A_{ji}", False),
    "a letter without a value": ("a list", "", "T(2, 5) = 35", False),
    "a function at another point": ("a map", "", r"\frac{dq}{dr} = \frac{1 - t^2}{(1 + t^2)^2}", False),
}
"""The world, what stands before it, an equation, and whether it is true."""


@pytest.mark.parametrize(("world", "before", "equation", "true"), LEFT_ALONE.values(), ids=list(LEFT_ALONE))
def test_what_looks_alike_means_what_it_did(world: str, before: str, equation: str, true: bool) -> None:
    assert (last(world, before, equation) in TRUE) is true


@pytest.mark.parametrize(
    ("world", "before", "equation"),
    [
        ("a map", "", r"\frac{\partial h_i(u)}{\partial u_j} = h_i(u)(\delta_{ij} - h_j(u))"),
        ("a list", SCORE, "T(2, 5) = 65"),
    ],
)
def test_a_slip_in_what_is_read_now_is_false(world: str, before: str, equation: str) -> None:
    assert last(world, before, equation) in FALSE


def test_of_two_indices_without_braces_the_second_may_be_a_factor() -> None:
    assert last("a layer", "Let $B_i = iB$. ", "B_ij = ijB") not in FALSE


def test_the_next_value_of_a_numbered_letter_replaces_the_first() -> None:
    found = analyse(TWO + r"$\lambda_1 = 3$ and $\lambda_2 = -1$. So $|\lambda_2| = 1$.", setting_of(WORLDS["a list"]))
    assert [r.verdict in TRUE for r in found.relations[-3:]] == [True, True, True]
