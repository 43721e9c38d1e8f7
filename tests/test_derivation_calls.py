"""A function of the problem, called with fewer, more or other arguments than its definition has; blocks of columns of a matrix; what is
done to entries, and derivatives by them.
"""

from __future__ import annotations

from functools import lru_cache

import pytest

from evalkit.derivation import Setting, analyse
from tests.derivation_help import setting_of, verdicts


@lru_cache
def setting() -> Setting:
    spec = {
        "dimensions": ["k < m", "k < n"],
        "symbols": {"X": "m x n", "A": "k x m", "B": "m x k", "v": "m", "w": "m"},
        "definitions": [r"f(A, B) = \|X - BAX\|_F^2", r"g(A, B) = f(A, B) + \|A\|_F^2"],
    }
    return setting_of(spec)


CALLS = [
    ("as-defined", r"f(A, B) = \|X - BAX\|_F^2", "i"),
    ("one-of-two-recalls-the-other", r"f(A) = \|X - BAX\|_F^2", "i"),
    ("the-other-of-two", r"f(B) = \|X - BAX\|_F^2", "i"),
    ("one-of-two-and-false", r"f(A) = \|X + BAX\|_F^2", "f"),
    ("what-its-body-holds", r"f(X) = \|X - BAX\|_F^2", "i"),
    ("through-another-function", r"g(A) = f(B) + \|A\|_F^2", "i"),
    ("without-arguments", r"f = \|X - BAX\|_F^2", "i"),
    ("one-on-which-it-does-not-depend", "f(v) = f(A, B)", "p"),
    ("one-that-is-no-name", "f(2A) = f(A, B)", "p"),
    ("one-that-is-no-name-and-true", r"f(2A) = \|X - 2BAX\|_F^2", "p"),
    ("too-many", "f(A, B, A) = f(A, B)", "p"),
    ("too-many-one-foreign", "f(A, B, w) = f(A, B)", "p"),
    ("other-values-of-the-same-number", r"f(2A, B) = \|X - 2BAX\|_F^2", "a"),
    ("other-values-and-false", "f(2A, B) = f(A, B)", "f"),
]


@pytest.mark.parametrize(("text", "letter"), [c[1:] for c in CALLS], ids=[c[0] for c in CALLS])
def test_a_call(text: str, letter: str) -> None:
    assert verdicts(analyse(f"$${text}$$", setting())) == letter


@pytest.mark.parametrize(("call", "count"), [("f(v)", 1), ("f(A, B, A)", 3)])
def test_the_reason_counts_the_arguments(call: str, count: int) -> None:
    (found,) = analyse(f"$${call} = f(A, B)$$", setting()).relations
    assert f"f with {count} arguments" in found.reason


BLOCKS = [
    ("both parts", "So $A A^\\top = A_{:,1:k}A_{:,1:k}^\\top + A_{:,k+1:n}A_{:,k+1:n}^\\top$.", "i"),
    ("a column is missing", "So $A A^\\top = A_{:,1:k}A_{:,1:k}^\\top + A_{:,k+2:n}A_{:,k+2:n}^\\top$.", "f"),
    ("nothing is left", "So $A A^\\top = A_{:,1:n}A_{:,1:n}^\\top + A_{:,n+1:n}A_{:,n+1:n}^\\top$.", "a"),
    ("beyond the end", "So $A A^\\top = A_{:,1:n+1}A_{:,1:n+1}^\\top$.", "p"),
    ("the first column", "So $A_{:,1:1} = A_{:,1}$.", "a"),
    ("another column", "So $A_{:,2:2} = A_{:,1}$.", "f"),
]


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in BLOCKS], ids=[row[0] for row in BLOCKS])
def test_blocks_of_columns(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of({"symbols": {"A": "n x n", "B": "n x k"}}))) == expected


GROWTH = {
    "symbols": dict.fromkeys(("t", "a", "b", "p", "q"), ""),
    "definitions": [r"v = ae^{2t} + be^{-t}", "w = p^2 + p", "r = pq"],
}
AT_A_NUMBER = [
    ("constants beside t", "So $v(0) = a + b$.", "a"),
    ("constants beside t and false", "So $v(0) = a - b$.", "f"),
    ("another moment", "So $v(1) = ae^2 + be^{-1}$.", "a"),
    ("a value that is asked for", "Now $v(0) = 5$.", "q"),
    ("the only letter", "So $w(3) = 12$.", "a"),
    ("the only letter and false", "So $w(3) = 4w$.", "f"),
    ("one of two letters", "So $r(2) = 2q$.", "p"),
    ("the only letter, or a factor", "So $w(3) = 3p^2 + 3p$.", "q"),
    ("a factor of a number", "Let $u = 4$. Then $u(3) = 12$.", "da"),
    ("a number before it", "So $2w = p^2 + p + w$.", "i"),
]


@pytest.mark.parametrize(("text", "letter"), [row[1:] for row in AT_A_NUMBER], ids=[row[0] for row in AT_A_NUMBER])
def test_a_number_in_brackets_behind_a_quantity(text: str, letter: str) -> None:
    assert verdicts(analyse(text, setting_of(GROWTH))) == letter


ENTRIES = [
    ("a share over a column", r"So $\mathbf{1}^\top \operatorname{softmax}(z) = 1$, $\operatorname{softmax}(z + c\mathbf{1}) = \operatorname{softmax}(z)$.", "aa"),
    ("not of other columns", r"So $\operatorname{softmax}(z + v) = \operatorname{softmax}(z)$, $\operatorname{softmax}(2z) = 2\operatorname{softmax}(z)$.", "ff"),
    ("over a row", r"So $\operatorname{softmax}(z^\top) = \operatorname{softmax}(z)^\top$.", "a"),
    ("over each row of a matrix", r"So $P\mathbf{1}_m = \mathbf{1}_n$, $\sum_{j=1}^m P_{ij} = 1$.", "ii"),
    ("not over its columns", r"So $P^\top \mathbf{1}_n = \mathbf{1}_m$.", "f"),
    ("nor over those of another", r"So $P^\top = \operatorname{softmax}(S^\top)$.", "f"),
    ("a product of entries", r"So $z \odot v = v \odot z$, $\operatorname{diag}(z) v = z \odot v$, $c \odot S = cS$, $S \odot S = S$.", "aaaf"),
    ("of columns of other lengths", r"So $z \odot w = w \odot z$.", "t"),
    ("of a column and a matrix", r"So $w \odot S = S \odot w$.", "t"),
    ("of a row and a column", r"So $z^\top \odot v = v^\top \odot z$.", "t"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in ENTRIES], ids=[row[0] for row in ENTRIES])
def test_what_is_done_to_entries(text: str, expected: str) -> None:
    symbols = {"z": "k", "v": "k", "w": "n", "S": "n x m", "c": "scalar"}
    found = analyse(text, setting_of({"symbols": symbols, "definitions": [r"P = \operatorname{softmax}(S)"]}))
    assert verdicts(found) == expected


BY_ENTRIES = [
    ("an entry of a column", r"\frac{\partial}{\partial x_i} x^\top x = 2x_i", "i"),
    ("an entry of a column with both indices", r"\frac{\partial}{\partial x_{i1}} x^\top x = 2x_i", "i"),
    ("an entry of a column: a wrong factor", r"\frac{\partial}{\partial x_{i1}} x^\top x = x_i", "f"),
    ("beyond the end of a column", r"\frac{\partial}{\partial x_{12}} x^\top x = 0", "p"),
    ("an entry of a matrix", r"\frac{\partial}{\partial A_{ij}} x^\top A x = x_i x_j", "i"),
    ("an entry of a matrix: another one", r"\frac{\partial}{\partial A_{ij}} x^\top A x = x_i^2", "f"),
    ("a row or a column of a matrix", r"\frac{\partial}{\partial A_2} x^\top A x = x_2 x", "u"),
    ("a row of a matrix that is not square", r"\frac{\partial}{\partial W_i} \|Wx\|^2 = 2(Wx)_i x", "u"),
]


@pytest.mark.parametrize(("text", "letter"), [row[1:] for row in BY_ENTRIES], ids=[row[0] for row in BY_ENTRIES])
def test_derivatives_by_entries(text: str, letter: str) -> None:
    """One index of a matrix may be its row or its column: nothing is said of either."""
    given = setting_of({"symbols": {"A": "n x n", "x": "n", "W": "m x n"}})
    assert verdicts(analyse(f"${text}$", given)) == letter


PRIMED = [
    ("at a number", r"So $f'(x) = 3x^2$ and $f'(x) = 2x^2$.", "af"),
    ("at a column, entry by entry", r"So $f'(u) = 3u \odot u$ and $f'(u) = 2u \odot u$.", "af"),
    ("the reply's own", "Let $g(t) = t^2$. So $g'(u) = 2u$ and $g'(u) = 3u$.", "daf"),
]


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in PRIMED], ids=[row[0] for row in PRIMED])
def test_a_primed_function(text: str, expected: str) -> None:
    world = {"symbols": {"x": "scalar", "u": "n"}, "definitions": ["f(t) = t^3"]}
    assert verdicts(analyse(text, setting_of(world))) == expected
