"""Vectors of decompositions of matrices of numbers: their signs are the reply's choice, made once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from evalkit.derivation import Setting, analyse
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from tests.derivation_help import setting_of, verdicts

SINGULAR = {"names": ["U", "\\Sigma", "V"], "values": "\\sigma_i", "left": "u_i", "right": "v_i"}
EIGEN = {"names": ["P", "D"], "values": "\\lambda_i", "right": "p_i"}
R5 = r"\frac{1}{\sqrt5}"


def matrix(entries: Any, figures: int | None = None) -> str:
    rows = ((f"{x:.{figures}f}" if figures else f"{x!r}" for x in row) for row in np.asarray(entries).tolist())
    return r"\begin{bmatrix} " + r" \\ ".join(map(" & ".join, rows)) + r"\end{bmatrix}"


def of(entries: Any, kind: str = "full svd") -> Setting:
    names = EIGEN if kind == "eigen" else SINGULAR
    spec = {"definitions": [f"A = {matrix(entries)}"], "decompositions": [{"of": "A", "kind": kind, **names}]}
    return setting_of(spec)


# v_1 = (1, 2)/sqrt 5 and v_2 = (2, -1)/sqrt 5, u_1 = (2, 1)/sqrt 5 and u_2 = (-1, 2)/sqrt 5, values 10 and 5
TURNED = [[2.0, 9.0], [6.0, 2.0]]
SYMMETRIC = [[1.0, 2.0], [2.0, -2.0]]  # 2 at (2, 1)/sqrt 5, -3 at (1, -2)/sqrt 5
TALL = [[0.0, 3.0], [0.0, 0.0], [2.0, 0.0]]
SAME = [[2.0, 0.0], [0.0, 2.0]]
LACKING = [[1.0, 1.0], [1.0, 1.0]]

ROWS = [
    ("one sign", SYMMETRIC, "eigen", rf"$p_1 = {R5}{matrix([[2.0], [1.0]])}$", "i"),
    ("the other", SYMMETRIC, "eigen", rf"$p_1 = -{R5}{matrix([[2.0], [1.0]])}$", "i"),
    ("as the words give it", SYMMETRIC, "eigen", rf"Let $p_2 = {R5}{matrix([[-1.0], [2.0]])}$. So $Ap_2 = -3p_2$, $A = PDP^\top$", "iii"),
    ("a whole matrix", SYMMETRIC, "eigen", rf"$P = {R5}{matrix([[-2.0, 1.0], [-1.0, -2.0]])}$ and $A = PDP^\top$", "ii"),
    ("cut off in a product", SYMMETRIC, "eigen", rf"$A = PDP^\top$ and $p_1 = 0.4472{matrix([[2.0], [1.0]])}$ and $p_2 = 0.44721{matrix([[1.0], [-2.0]])}$", "iqq"),
    ("and beyond that", SYMMETRIC, "eigen", rf"$A = PDP^\top$ and $p_1 = 0.446{matrix([[2.0], [1.0]])}$ and $p_2 = 0.4475{matrix([[1.0], [-2.0]])}$", "iff"),
    ("its transpose", SYMMETRIC, "eigen", rf"$P^\top = {R5}{matrix([[-2.0, -1.0], [-1.0, 2.0]])}$", "i"),
    ("rounded", SYMMETRIC, "eigen", rf"$P = {matrix([[-0.894, 0.447], [-0.447, -0.894]])}$", "i"),
    ("nearly", SYMMETRIC, "eigen", rf"$P \approx {matrix([[-0.894, 0.447], [-0.447, -0.894]])}$, so $p_2 \approx {matrix([[0.45], [-0.89]])}$", "aa"),
    ("a wrong figure", SYMMETRIC, "eigen", rf"$A = PDP^\top$ and $P = {matrix([[-0.894, 0.447], [-0.447, -0.884]])}$", "if"),
    ("a wrong figure, nearly", SYMMETRIC, "eigen", rf"$P \approx {matrix([[-0.894, 0.447], [-0.447, -0.884]])}$", "k"),
    ("a wrong sign of an entry", SYMMETRIC, "eigen", rf"$A = PDP^\top$ and $P = {matrix([[0.894, 0.447], [-0.447, -0.894]])}$", "if"),
    ("one column twice", SYMMETRIC, "eigen", rf"$A = PDP^\top$ and $P = {R5}{matrix([[2.0, 2.0], [1.0, 1.0]])}$", "if"),
    ("in another order", SYMMETRIC, "eigen", rf"$P = {R5}{matrix([[1.0, 2.0], [-2.0, 1.0]])}$", "q"),
    ("in another order, rounded", SYMMETRIC, "eigen", rf"$P = {matrix([[0.447, 0.894], [-0.894, 0.447]])}$", "q"),
    ("in another order than its values", SYMMETRIC, "eigen", rf"$\lambda_1 = 2$, so $P = {matrix([[0.447, 0.894], [-0.894, 0.447]])}$", "if"),
    ("what is computed", SYMMETRIC, "eigen", rf"$p_1 = {R5}{matrix([[-2.0], [-1.0]])}$, so $Ap_1 = {R5}{matrix([[-4.0], [-2.0]])}$", "ii"),
    ("and speaks against it", SYMMETRIC, "eigen", rf"$p_1 = {R5}{matrix([[-2.0], [-1.0]])}$, so $Ap_1 = {R5}{matrix([[4.0], [2.0]])}$", "if"),
    ("chosen once more", SYMMETRIC, "eigen", rf"$p_1 = {R5}{matrix([[-2.0], [-1.0]])}$, or $p_1 = {R5}{matrix([[2.0], [1.0]])}$", "iq"),
    ("false with any sign", SYMMETRIC, "eigen", r"$Ap_1 = -2p_1$ and $p_1^\top p_1 = -1$ and $A = -PDP^\top$", "fff"),
    ("a number alone", SYMMETRIC, "eigen", rf"$p_1 = {R5}{matrix([[-2.0], [-1.0]])}$, so ${matrix([[1.0, 0.0]])} p_1 = -2/\sqrt5$", "ii"),
    ("both turn", TURNED, "full svd", rf"$v_1 = {R5}{matrix([[-1.0], [-2.0]])}$ and $u_1 = {R5}{matrix([[-2.0], [-1.0]])}$", "ii"),
    ("one turns", TURNED, "full svd", rf"$v_1 = {R5}{matrix([[-1.0], [-2.0]])}$ and $u_1 = {R5}{matrix([[2.0], [1.0]])}$", "if"),
    ("the other one turns", TURNED, "full svd", rf"$u_2 = {R5}{matrix([[1.0], [-2.0]])}$ and $v_2 = {R5}{matrix([[2.0], [-1.0]])}$", "if"),
    ("each alone", TURNED, "full svd", rf"$v_2 = {R5}{matrix([[-2.0], [1.0]])}$ and $U = {R5}{matrix([[2.0, 1.0], [1.0, -2.0]])}$ and $AV = U\Sigma$", "iii"),
    ("their product", TURNED, "full svd", rf"$u_2 = {R5}{matrix([[1.0], [-2.0]])}$, $\sigma_2u_2v_2^\top = {matrix([[-2.0, 1.0], [4.0, -2.0]])}$", "ii"),
    ("under other names", TURNED, "full svd", rf"$V = {R5}{matrix([[-1.0, 2.0], [-2.0, -1.0]])}$. The SVD is $A = QTR^\top$. Here $R = V$ and $QT = AV$ and $QT = -AV$", "idaif"),
    ("in another section", TURNED, "full svd", "# One\n\n" rf"$v_1 = {R5}{matrix([[-1.0], [-2.0]])}$" "\n\n# Two\n\n" rf"$u_1 = {R5}{matrix([[2.0], [1.0]])}$", "iq"),
    ("both chosen once more", TURNED, "full svd", rf"$v_1 = {R5}{matrix([[-1.0], [-2.0]])}$, $u_1 = {R5}{matrix([[-2.0], [-1.0]])}$; or $v_1 = {R5}{matrix([[1.0], [2.0]])}$, $u_1 = {R5}{matrix([[2.0], [1.0]])}$", "iiqq"),
    ("a rounded zero", [[0.0, 3.0, 0.0], [2.0, 0.0, 0.0]], "full svd", rf"$AV = {matrix([[-3.0, 0.0, -0.0], [0.0, -2.0, 0.0]])}$", "i"),
    ("a column of no value", TALL, "full svd", rf"$U = {matrix([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])}$ and $V = {matrix([[0.0, 1.0], [1.0, 0.0]])}$", "ii"),
    ("which turns alone", TALL, "full svd", rf"$U = {matrix([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])}$ and $V = {matrix([[0.0, 1.0], [1.0, 0.0]])}$", "ii"),
    ("where another does not", TALL, "full svd", rf"$V = {matrix([[0.0, 1.0], [1.0, 0.0]])}$ and $U = {matrix([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])}$", "if"),
    ("a value that is 0", LACKING, "full svd", rf"$u_2 = \frac{{1}}{{\sqrt2}}{matrix([[1.0], [-1.0]])}$ and $v_2 = \frac{{1}}{{\sqrt2}}{matrix([[-1.0], [1.0]])}$", "ii"),
    ("any basis", SAME, "full svd", rf"$V = {matrix([[0.6, 0.8], [0.8, -0.6]])}$, $u_1 = {matrix([[0.6], [0.8]])}$, $Av_1 = {matrix([[1.2], [1.6]])}$", "qqq"),
    ("no basis", SAME, "full svd", rf"$AV = U\Sigma$, $V = {matrix([[0.6, 0.8], [0.8, 0.6]])}$, $u_1 = {matrix([[0.6], [0.6]])}$", "iff"),
    ("any basis, but its product", SAME, "full svd", r"$AV = U\Sigma$, $V^\top V = I$ and $V^\top V = 2I$", "iif"),
]  # fmt: skip


@pytest.mark.parametrize(("entries", "kind", "text", "expected"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_signs_of_vectors(entries: Any, kind: str, text: str, expected: str) -> None:
    assert verdicts(analyse(text, of(entries, kind))) == expected


def test_the_signs_of_random_data_are_nobodys_choice() -> None:
    spec = {"symbols": {"Y": "m x n, data", "a": "m"}, "decompositions": [{**SINGULAR, "of": "Y", "kind": "thin svd"}]}
    text = r"Then $a^\top u_1 = 3$, so $u_1 = -Yv_1/\sigma_1$ and $v_1^\top v_1 = -1$."
    assert not {r.verdict for r in analyse(text, setting_of(spec)).relations} & TRUE


def test_many_signs_at_once_are_left_open() -> None:
    rng = np.random.default_rng(4)
    entries = np.diag([8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]) + rng.integers(0, 2, (8, 8)) / 4
    _, _, v = np.linalg.svd(entries)
    total = (v.T * [1, -1, 1, -1, -1, 1, -1, 1]).sum(axis=1, keepdims=True)
    text = f"${matrix(total)} = V{matrix(np.ones((8, 1)))}$ and $V{matrix(np.ones((8, 1)))} = {matrix(total)}$"
    assert {r.verdict for r in analyse(text, of(entries)).relations} == {Verdict.DISPUTED}


def drawn(seed: int) -> tuple[np.random.Generator, Any, str, dict[str, Any]]:
    """A small integer matrix with distinct singular values, and what is true of one choice of signs."""
    rng = np.random.default_rng(seed)
    kind, size = ("eigen", 3) if seed % 3 == 2 else (("thin svd", "full svd")[seed % 3], 0)
    while True:
        m, n = (size, size) if size else rng.integers(2, 5, 2)
        a = rng.integers(-4, 5, (m, n)).astype(float)
        a = a + a.T if kind == "eigen" else a
        values = np.linalg.eigvalsh(a) if kind == "eigen" else np.linalg.svd(a, compute_uv=False)
        apart = np.abs(np.diff(np.sort(values))).min() > 0.2 and np.abs(values).min() > 0.2
        if apart and (kind != "full svd" or abs(m - n) < 2):
            break
    b, i = rng.integers(-3, 4, (m, 1)).astype(float), int(rng.integers(len(values)))
    at = slice(i, i + 1)
    if kind == "eigen":
        p = np.linalg.eigh(a)[1][:, ::-1] * rng.choice([-1, 1], m)
        x = p[:, at]
        found = {
            "P": p,
            "P^\\top": p.T,
            f"p_{i + 1}": x,
            "AP": a @ p,
            f"Ap_{i + 1}": a @ x,
            f"P^\\top{matrix(b)}": p.T @ b,
        }
        return rng, a, kind, found
    r, (u, s, v) = min(m, n), np.linalg.svd(a, full_matrices=kind == "full svd")
    signs, v = rng.choice([-1, 1], r), v.T
    left = u * np.concatenate([signs, rng.choice([-1, 1], u.shape[1] - r)])
    right = v * np.concatenate([signs, rng.choice([-1, 1], v.shape[1] - r)])
    x, y = left[:, at], right[:, at]
    found = {"V": right, "U": left, "V^\\top": right.T, "AV": a @ right, f"u_{i + 1}": x, f"v_{i + 1}": y, f"Av_{i + 1}": a @ y,
             f"A^\\top u_{i + 1}": a.T @ x, f"U^\\top{matrix(b)}": left.T @ b, f"\\sigma_{i + 1}u_{i + 1}v_{i + 1}^\\top": s[i] * x @ y.T}  # fmt: skip
    return rng, a, kind, found


@pytest.mark.parametrize("seed", range(9))
def test_of_any_choice_all_is_true_and_nothing_of_two(seed: int) -> None:
    rng, a, kind, found = drawn(seed)
    figures = (None, 5, 3)[seed // 3]
    world = of(a, kind)
    some = [list(found)[k] for k in rng.permutation(len(found))[:5]]
    text = " ".join(f"So $${name} = {matrix(found[name], figures)}$$" for name in some)
    relations = analyse(text, world).relations
    assert len(relations) == 5
    assert all(r.verdict in TRUE for r in relations)
    first = ["P"] if kind == "eigen" else ["U", "V"]
    for name in [n for n in found if n not in first and "sigma" not in n]:
        known = " ".join(f"So $${n} = {matrix(found[n], figures)}$$" for n in first)
        judged = analyse(f"{known} So $${name} = {matrix(-found[name], figures)}$$", world).relations
        assert [r.verdict in TRUE for r in judged] == [True] * len(first) + [False]
        assert judged[-1].verdict in FALSE | {Verdict.DISPUTED}
