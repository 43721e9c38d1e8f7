"""Tokens and trees: text -> the tree as plain text, or the reason why it is not read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.derivation.grammar.lexer import tokenize
from evalkit.derivation.grammar.nodes import (
    Big,
    Node,
    Slice,
    Sub,
    Sym,
    Unreadable,
    children,
    rebuilt,
    substitute_index,
    walk,
)
from evalkit.derivation.grammar.parser import parse
from evalkit.derivation.grammar.pretty import pretty
from evalkit.derivation.grammar.stream import NoNames

READ = [
    (r"\frac12 x", "1/2 x"),
    (r"x^12", "x^1 2"),
    ("p + rk", "p + r k"),
    ("tr + 1", "t r + 1"),
    ("tr x", "t r x"),
    ("tr X", "Tr(X)"),
    ("rk X", "r k X"),
    ("rk(X)", "rank(X)"),
    ("rk[X]", "rank(X)"),
    ("ln", "l n"),
    ("ln x", "log(x)"),
    ("Tr x", "Tr(x)"),
    ("det x", "det(x)"),
    (r"\varLambda\varPhi", "Λ Φ"),
    (r"\frac1n XX^\top", "1/n X Xᵀ"),
    (r"W_2^{\top}W_1^{-1}", "W_2ᵀ W_1⁻¹"),
    (r"A^{-\top}", "A⁻¹ᵀ"),
    (r"A^\dagger b", "A⁺ b"),
    (r"\|x\|_2^2 + \left\|A\right\|_F", "‖x‖_2² + ‖A‖_F"),
    (r"\lVert \lVert a\rVert b\rVert", "‖‖a‖ b‖"),
    (r"|x|^2|y|", "|x|² |y|"),
    ("½‖X‖²", "1/2 ‖X‖²"),
    ("W₂ᵀW₂", "W_2ᵀ W_2"),
    ("A⁻¹b", "A⁻¹ b"),
    ("σᵢ²uᵢ", "σ_i² u_i"),
    (r"\nabla_{W} L^\top", "(∇_W L)ᵀ"),
    (r"\nabla_W \frac12\|Wx\|^2", "∇_W (1/2 ‖W x‖²)"),
    (r"\frac{\partial^2 f}{\partial x^2}", "∇²_x f"),
    (r"\frac{d}{dx} f(x)", "∇_x f(x)"),
    (r"\frac{d f}{d x}", "∇_x f"),
    (r"\frac{a}{b}c", "a/b c"),
    (r"\sum_{i=k+1}^m s_i^2", "Σ[i=k + 1..m] s_i²"),
    (r"\sum_{i>k} s_i^2 + 1", "Σ[i>k] s_i² + 1"),
    (r"\sum_{1\le i\le k} s_i", "Σ[i=1..k] s_i"),
    (r"\int_0^1 x^2\,dx", "∫[x=0..1] x²"),
    (r"\begin{bmatrix} I_k & 0 \\ 0 & A\end{bmatrix}", "[I_k, 0; 0, A]"),
    (r"[I_k\ 0]", "[I_k, 0]"),
    (r"[A\,B]", "A B"),
    (r"[AB]_{ij}", "(A B)_{i,j}"),
    (r"\operatorname{diag}(s_1,\dots,s_k)", "diag(s_1, …, s_k)"),
    (r"\hat{X}_1", "X̂_1"),
    (r"W^{(1)}_{2}", "W^(1)_2"),
    (r"W_2^{(1)}", "W^(1)_2"),
    (r"\mathrm{Tr}\,A^\top B", "Tr(Aᵀ B)"),
    (r"\operatorname{tr}(A\,dB)", "Tr(A dB)"),
    (r"\sin^2 x", "sin(x)²"),
    (r"4 \sin 2\theta d\theta", "4 sin(2 θ) dθ"),
    (r"\cos 3t dt", "cos(3 t) dt"),
    (r"\sin 2 d", "sin(2 d)"),
    (r"\log\det A", "log(det(A))"),
    (r"\sqrt{x}", "x^(1/2)"),
    (r"\sqrt[3]{x}", "x^(1/3)"),
    (r"-x^2", "-x²"),
    (r"a - (b - c)", "a - (b - c)"),
    (r"a/(bc)", "a/(b c)"),
    (r"\mathbf{W}\boldsymbol{x}", "W x"),
    (r"\left(I - \mathbf{U}_k\mathbf{U}_k^{\mathsf T}\right)", "I - U_k U_kᵀ"),
    (r"\langle A, B\rangle_F", "⟨A, B⟩"),
    (r"U_{:,1:k}", "U_:,1:k"),
    (r"\underbrace{AB}_{=C}", "A B"),
    (r"dW_2\,W_1", "dW_2 W_1"),
    (r"x \odot y", "x ⊙ y"),
    # numbers
    (r"7\,200 + 1{,}050 + 31,415", "7200 + 1050 + 31415"),
    (r"2.5e4 + 1e-2 + 3E5", "25000 + 0.01 + 300000"),
    (r"30\% \cdot 20", "30% 20"),
    (r"4^.5", "4^0.5"),
    (r"f(1,2,3) + a_{1,2}", "f(1, 2, 3) + a_1,2"),
    (r"3\frac{x}{4}", "3 (x/4)"),
    # bars
    (r"||A - B||_F^2", "‖A - B‖_F²"),
    (r"||a| - |b||", "||a| - |b||"),
    (r"||a|| ||b||_2 |c||d|", "‖a‖ ‖b‖_2 |c| |d|"),
    (r"\vert A \vert_F + \left\vert\left\vert b \right\vert\right\vert_1", "‖A‖_F + ‖b‖_1"),
    (r"\|\|A\|\|_2", "‖A‖_2"),
    # derivatives
    (r"\nabla_x x^\top w", "∇_x (xᵀ w)"),
    (r"2\nabla_{x} x^T A x + w", "2 ∇_x (xᵀ A x) + w"),
    (r"\nabla_x f^\top w", "(∇_x f)ᵀ w"),
    (r"\frac{\partial}{x} f", "∇_x f"),
    ("∂²f/∂x²", "∇²_x f"),
    ("∂²f/∂x∂w", "∇_x ∇_w f"),
    ("d²f/dx²", "∇²_x f"),
    (r"\partial^{2} f / \partial x^{2} + w", "∇²_x f + w"),
    (r"\frac{\partial f}{\partial \tau^2}", "∇_τ f/(2 τ)"),
    (r"\frac{\partial f}{\partial w_i^{2}}", "∇_w_i f/(2 w_i)"),
    (r"\frac{\partial^2 f}{\partial \mu\,\partial \tau^2}", "∇_μ (∇_τ f/(2 τ))"),
    (r"\frac{\partial^2 f}{\partial (\tau^2)^2}", "∇_τ (∇_τ f/(2 τ))/(2 τ)"),
    (r"d f/d\tau^2", "∇_τ f/(2 τ)"),
    (r"\nabla_{\tau^2} f", "∇_τ f/(2 τ)"),
    (r"\frac{\partial^2 f}{\partial x \partial x^\top}", "∇²_x f"),
    (r"\frac{d^2 f}{dx^2}\Big|_{x_0}", "at(∇²_x f, x, x_0)"),
    # names
    (r"\mathbf{AB}^\top", "A Bᵀ"),
    (r"w^{*\top} x", "w^*ᵀ x"),
    (r"\hat x_k^- + P_k^{-}", "x̂^-_k + P^-_k"),
    (r"\Delta t\,\Delta \theta_i", "Δ t Δ θ_i"),
    (r"TR + A\operatorname{tr}(T)", "T R + A Tr(T)"),
    # sums
    (r"\sum x_i y_i", "Σ[i] x_i y_i"),
    (r"\sum_{i=1}^n -a_i", "Σ[i=1..n] (-a_i)"),
    (r"\sum_{j \ne i} a_j", "Σ[j] differ(j, i) a_j"),
    (r"\sum_{i,j=1}^n a_{ij}", "Σ[i,j..n] a_ij"),
    (r"\sum_{k'=1}^m b_{k'}", "Σ[k'=1..m] b_k'"),
    # functions and matrices
    (r"\log_2 x", "log(x)/log(2)"),
    (r"\sigma_{\max}(A)", "σ_(1, A)"),
    (r"\begin{vmatrix} a & b \\ c & d \end{vmatrix}", "det([a, b; c, d])"),
    (r"[1, 0, \dots, 0]^\top", "[1, 0]ᵀ"),
    (r"A.x", "A x"),
]


def tree(text: str) -> Node:
    return parse(tokenize(text, 0, len(text)), NoNames())


def read(text: str) -> str:
    return pretty(tree(text))


@pytest.mark.parametrize(("text", "expected"), READ, ids=[t for t, _ in READ])
def test_expressions(text: str, expected: str) -> None:
    assert read(text) == expected


def test_a_tree_rebuilt_from_its_own_parts_is_the_same() -> None:
    nodes = [node for text, _ in READ for node in walk(tree(text))]
    assert {Big, Slice, Sub} <= {type(node) for node in nodes}
    for node in nodes:
        assert rebuilt(node, children(node)) == node


SUBSTITUTED = [
    (r"A_i B + x", "A_{j} B + x"),
    (r"\sum_{k=i}^{m} x_{ki}", "Σ[k=j..m] x_{k,j}"),
    (r"\begin{bmatrix} i & a_i \end{bmatrix}", "[j, a_{j}]"),
    (r"\nabla_{x_i} f(i)", "∇_x_{j} f(j)"),
    (r"U_{:,1:i}", "U_{:,1:j}"),
]


@pytest.mark.parametrize(("text", "expected"), SUBSTITUTED, ids=[t for t, _ in SUBSTITUTED])
def test_an_index_is_put_in_everywhere(text: str, expected: str) -> None:
    assert pretty(substitute_index(tree(text), "i", Sym("j"))) == expected


REFUSED = [
    ("(" * 300 + "x" + ")" * 300, "nested deeper"),
    ("9" * 50, "too many digits"),
    ("x+" * 1500 + "x", "tokens"),
    ("+".join(["x"] * 400), "too many terms"),
    ("x" * 9000, "longer than"),
    (r"\frac{a}", "too early"),
    (r"(a", "missing"),
    (r"a)", "not understood"),
    (r"\|a", "not closed"),
    (r"\argmin_x f", "arg min"),
    (r"\lim_{n} a", "limit"),
    (r"\mathbb{E}_q x", "expectation"),
    (r"\int_a f dx", "indefinite"),
    (r"\unheardof{x}", "not known"),
    (r"\log p q", "how much"),
    (r"\sum a_i b_j", "without index"),
    ("中", "not understood"),
    (r"1,5 + 2", "'1,5' is not understood"),
    (r"2e-3", "'2e-3' is not understood"),
    (r"3\tfrac14", "mixed number"),
    (r"2 3", "side by side"),
    (r"x^0.5", "decimal number in a script"),
    (r"\frac{\partial f}{\partial x^\top}", "by a transpose"),
    ("∂²f/∂x", "not understood"),
    ("∂²/∂x²", "not understood"),
    (r"\sum_{i \in S} a_i", "range of a sum"),
    (r"x\%", "'%' is not understood"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED, ids=[r + t[:9] for t, r in REFUSED])
def test_refusals_say_why(text: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(text)


@pytest.mark.parametrize(
    "term",
    [
        "x",
        "(x)",
        r"\sqrt x",
        r"\sin x",
        r"\nabla_w w",
        r"\nabla_w(w)",
        r"\nabla_w\|w\|",
        r"\hat x",
        "{}x",
        "x^{-1}",
        "x_{i}",
    ],
)
def test_what_stands_before_neither_uses_up_the_depth_nor_adds_to_it(term: str) -> None:
    before = f"{term} + " * 100
    assert read(f"{before}{'(' * 20}y - x{')' * 20}").endswith("y - x")
    with pytest.raises(Unreadable, match="nested deeper"):
        read(f"{before}{'(' * 35}y - x{')' * 35}")


def test_tokens_keep_their_places() -> None:
    text = "so W₂ᵀ\\,x here"
    tokens = tokenize(text, 3, 9)
    assert all(text[t.start : t.end].strip() for t in tokens)
    assert (tokens[0].start, tokens[-1].end) == (3, 9)


PIECES = ["\\frac", "{", "}", "^", "_", "\\top", "|", "\\|", "(", ")", "[", "]", "\\\\", "&", "=", "\\sum_", "i", "W_1", "X", "d",
          "\\nabla", "\\left", "0", "12", "\\boxed{", "'", "\\operatorname{", "\\text{", "₁", "ᵀ", "Σ", ",", "\\;", "-", "\\partial",
          "\\dots", "!", "\\begin{bmatrix}", "\\end{bmatrix}", "\u0302", "é", "\\"]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        shown = read(text)
    except Unreadable as error:
        assert str(error)  # noqa: PT017
    else:
        assert isinstance(shown, str)
