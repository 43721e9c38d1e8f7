"""Single-edit mutants of true relations, labelled by plain numpy, apart from the evaluator that is measured.

A base is written as a Python expression over `M`, a matrix that allows no broadcasting. Every edit is made on its syntax
tree, which is then evaluated in three draws (true or false) and printed as LaTeX (what the checker reads).
"""

from __future__ import annotations

import ast
import copy
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from evalkit.derivation import DerivationSpec, Relation, Setting, analyse, compile_setting

SPEC = {
    "dimensions": ["k < m", "m < n"],
    "definitions": [r"C = \frac1n XX^\top", r"L = \|X - W_2W_1X\|_F^2", r"J = \|y - X^\top w\|^2 + \lambda\|w\|^2"],
    "symbols": {
        "X": "m x n, data", "W_1": "k x m", "W_2": "m x k", "A": "m x m, symmetric, invertible, data", "w": "m",
        "B": "m x m, invertible, data", "Q": "m x m, orthogonal, data", "y": "n, data", "u": "m, data", "v": "m, data",
        r"\lambda": "positive, data",
    },
    "decompositions": [{"of": "X", "kind": "thin svd", "names": ["U", "S", "V"]}],
    "worlds": [{
        "name": "stationary", "premise": "W_1, W_2 is a stationary point of L",
        "symbols": {"G": "k x k, invertible"}, "set": ["W_2 = U_k G", r"W_1 = G^{-1}U_k^\top"],
    }],
}  # fmt: skip
TEX = {"W1": "W_1", "W2": "W_2", "lam": r"\lambda", "gW1": r"\nabla_{W_1}L", "gW2": r"\nabla_{W_2}L", "gw": r"\nabla_w J",
       "Uk": "U_k", "Sk": "S_k", "Vk": "V_k", "Im": "I_m", "Ik": "I_k"}  # fmt: skip
SWAPS = {"W1": "W2", "W2": "W1", "A": "B", "B": "A", "u": "v", "v": "u", "Uk": "U", "U": "V", "Sk": "S", "Vk": "V", "Im": "Ik",
         "Ik": "Im", "y": "w", "n": "m"}  # fmt: skip
BASES = """
gW2 == -2 * (X - W2 @ W1 @ X) @ (W1 @ X).T
gW2 == -2 * (X - W2 @ W1 @ X) @ X.T @ W1.T
gW1 == -2 * W2.T @ (X - W2 @ W1 @ X) @ X.T
gW1 == 2 * W2.T @ W2 @ W1 @ X @ X.T - 2 * W2.T @ X @ X.T
gW2 == -2 * n * (Im - W2 @ W1) @ C @ W1.T
gw == 2 * X @ (X.T @ w - y) + 2 * lam * w
gw == 2 * (X @ X.T + lam * Im) @ w - 2 * X @ y
L == tr((X - W2 @ W1 @ X).T @ (X - W2 @ W1 @ X))
L == fro2(X) - 2 * tr(X.T @ W2 @ W1 @ X) + fro2(W2 @ W1 @ X)
J == y.T @ y - 2 * w.T @ X @ y + w.T @ (X @ X.T + lam * Im) @ w
C == 1 / n * U @ S ** 2 @ U.T
X.T @ X == V @ S @ S @ V.T
U.T @ X == S @ V.T
Uk.T @ X == Sk @ Vk.T
(Im - Uk @ Uk.T) @ C @ Uk == 0
fro2(Uk.T @ X) == tr(Sk ** 2)
fro2(X - Uk @ Uk.T @ X) == fro2(X) - fro2(Sk)
Uk @ Uk.T @ X == Uk @ Sk @ Vk.T
(X - W2 @ W1 @ X) @ (W1 @ X).T == 0
W2.T @ (X - W2 @ W1 @ X) @ X.T == 0
W1 @ W2 == Ik
(W2 @ W1).T @ X == W1.T @ W2.T @ X
inv(A @ B) == inv(B) @ inv(A)
inv(B.T) == inv(B).T
inv(A + u @ v.T) == inv(A) - inv(A) @ u @ v.T @ inv(A) / (1 + v.T @ inv(A) @ u)
det(A @ B) == det(A) * det(B)
det(B + u @ v.T) == (1 + v.T @ inv(B) @ u) * det(B)
tr(A @ B @ Q) == tr(Q @ A @ B)
fro2(Q @ B @ Q.T) == fro2(B)
u.T @ A @ v == v.T @ A @ u
fro2(u - v) == fro2(u) - 2 * u.T @ v + fro2(v)
inv(Q) @ B @ Q == Q.T @ B @ Q
inv(X @ X.T + lam * Im) @ X == X @ inv(X.T @ X + lam * eye(n))
tr(u @ v.T @ B) == v.T @ B @ u
(A - B) @ (A + B) == A ** 2 + A @ B - B @ A - B ** 2
""".strip().splitlines()


class Unfit(Exception):  # noqa: N818 - a label: such an expression is false
    """Shapes do not fit, or there is no inverse."""


@dataclass(frozen=True, eq=False)
class M:
    """A matrix; 1 x 1 is a scalar. No broadcasting."""

    a: Any

    def __add__(self, other: M) -> M:
        if self.a.shape != other.a.shape:
            raise Unfit
        return M(self.a + other.a)

    def __sub__(self, other: M) -> M:
        return self + -other

    def __neg__(self) -> M:
        return M(-self.a)

    def __matmul__(self, other: M) -> M:
        if self.a.size == 1 or other.a.size == 1:
            return M(self.a * other.a)
        if self.a.shape[1] != other.a.shape[0]:
            raise Unfit
        return M(self.a @ other.a)

    __mul__ = __matmul__

    def __truediv__(self, other: M) -> M:
        if other.a.size != 1:
            raise Unfit
        return M(self.a / other.a)

    def __pow__(self, other: M) -> M:
        if self.a.shape[0] != self.a.shape[1]:
            raise Unfit
        return M(np.linalg.matrix_power(self.a, int(other.a.item())))

    @property
    def T(self) -> M:
        return M(self.a.T)


def scalar(x: Any) -> M:
    return M(np.array([[float(x)]]))


def square(f: Callable[[Any], Any]) -> Callable[[M], M]:
    def of(x: M) -> M:
        if x.a.shape[0] != x.a.shape[1]:
            raise Unfit
        return f(x.a) if isinstance(f(x.a), M) else M(np.atleast_2d(f(x.a)))

    return of


FUNCTIONS: dict[str, Any] = {
    "tr": square(np.trace), "det": square(np.linalg.det), "inv": square(np.linalg.inv),
    "fro2": lambda x: scalar((x.a**2).sum()), "fro": lambda x: scalar(np.sqrt((x.a**2).sum())),
    "op2": lambda x: scalar(np.linalg.norm(x.a, 2) ** 2), "eye": lambda n: M(np.eye(int(n.a.item()))),
}  # fmt: skip


def slope(f: Callable[[Any], float], at: Any) -> M:
    """Gradient of a quadratic function by central differences: exact but for rounding."""
    out = np.zeros_like(at)
    for i in np.ndindex(*at.shape):
        e = np.zeros_like(at)
        e[i] = 0.5
        out[i] = f(at + e) - f(at - e)
    return M(out)


def draw(seed: int, world: str) -> dict[str, M]:
    """Values of every name: m, n, k all different; the third draw has a rank-deficient X."""
    rng = np.random.default_rng(seed)
    k, m, n = [(3, 5, 7), (4, 6, 9), (3, 6, 8)][seed % 3]
    x = rng.normal(size=(m, n))
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    if seed % 3 == 2:
        s[-1] = 0.0
        x = (u * s) @ vt
        u, s, vt = np.linalg.svd(x, full_matrices=False)
    a = rng.normal(size=(m, m))
    w1, w2, w, y = rng.normal(size=(k, m)), rng.normal(size=(m, k)), rng.normal(size=(m, 1)), rng.normal(size=(n, 1))
    if world == "stationary":
        g = rng.normal(size=(k, k))
        w2, w1 = u[:, :k] @ g, np.linalg.inv(g) @ u[:, :k].T
    lam = rng.uniform(0.5, 2)

    def loss(p: Any, q: Any) -> float:
        return float(((x - q @ p @ x) ** 2).sum())

    def ridge(z: Any) -> float:
        return float(((y - x.T @ z) ** 2).sum() + lam * (z**2).sum())

    arrays = {"X": x, "U": u, "S": np.diag(s), "V": vt.T, "Uk": u[:, :k], "Sk": np.diag(s[:k]), "Vk": vt[:k].T, "W1": w1, "W2": w2,
              "A": a + a.T, "B": rng.normal(size=(m, m)), "Q": np.linalg.qr(rng.normal(size=(m, m)))[0], "w": w, "y": y,
              "u": rng.normal(size=(m, 1)), "v": rng.normal(size=(m, 1)), "C": x @ x.T / n, "Im": np.eye(m), "Ik": np.eye(k)}  # fmt: skip
    values = {name: M(value) for name, value in arrays.items()}
    values |= {
        "lam": scalar(lam),
        "n": scalar(n),
        "m": scalar(m),
        "k": scalar(k),
        "L": scalar(loss(w1, w2)),
        "J": scalar(ridge(w)),
    }
    values |= {
        "gW1": slope(lambda p: loss(p, w2), w1),
        "gW2": slope(lambda q: loss(w1, q), w2),
        "gw": slope(ridge, w),
    }
    return values


@lru_cache
def draws(world: str) -> tuple[dict[str, M], ...]:
    return tuple(draw(seed, world) for seed in range(3))


def value(node: ast.expr, names: dict[str, M]) -> M:
    match node:
        case ast.Name(name):
            return names[name]
        case ast.Constant(number):
            return scalar(number)
        case ast.Attribute(x, "T"):
            return value(x, names).T
        case ast.UnaryOp(ast.USub(), x):
            return -value(x, names)
        case ast.Call(ast.Name(name), [x]):
            return FUNCTIONS[name](value(x, names))  # type: ignore[no-any-return]
        case ast.BinOp(left, op, right):
            a, b = value(left, names), value(right, names)
            method = {ast.Add: M.__add__, ast.Sub: M.__sub__, ast.Div: M.__truediv__, ast.Pow: M.__pow__}
            return method.get(type(op), M.__matmul__)(a, b)
    raise ValueError(ast.dump(node))


def is_true(relation: ast.Compare, world: str) -> bool:
    """Whether both sides agree in all draws, and say more than 0 = 0 unless a side is literally 0."""
    moving = False
    for names in draws(world):
        try:
            a = value(relation.left, names)
            b = value(relation.comparators[0], names)
        except (Unfit, np.linalg.LinAlgError):
            return False
        zero = isinstance(relation.comparators[0], ast.Constant) and relation.comparators[0].value == 0
        right = np.zeros_like(a.a) if zero else b.a
        if right.shape != a.a.shape:
            return False
        moving = moving or zero or max(np.abs(a.a).max(), np.abs(right).max()) > 1e-7
        if np.abs(a.a - right).max() > 1e-7 * (
            1 + np.abs(right).max() + max(np.abs(v.a).max() for v in names.values())
        ):
            return False
    return moving


# ------------------------------------------------------------ printing
def latex(node: ast.expr, style: int, level: int = 0) -> str:
    top = [r"^\top", "^T", r"^{\mathsf T}", r"^{\top}"][style % 4]
    own, text = 9, ""
    match node:
        case ast.Name(name):
            text = TEX.get(name, name)
            own = 2 if text.startswith(r"\nabla") else 9
        case ast.Constant(number):
            text = str(number)
        case ast.Attribute(x, _):
            text, own = latex(x, style, 5) + top, 4
        case ast.UnaryOp(_, x):
            text, own = "-" + latex(x, style, 2), 1
        case ast.Call(ast.Name("eye"), [x]):
            text = f"I_{{{latex(x, style)}}}"
        case ast.Call(ast.Name("inv"), [x]):
            text, own = latex(x, style, 5) + "^{-1}", 4
        case ast.Call(ast.Name(name), [x]):
            bars = (
                [r"\|", r"\lVert ", r"\left\|", r"\Vert "][style % 4],
                [r"\|", r"\rVert", r"\right\|", r"\Vert"][style % 4],
            )
            inner = latex(x, style)
            text = {"tr": rf"\operatorname{{Tr}}\left({inner}\right)", "det": rf"\det({inner})"}.get(name, "")
            text = text or bars[0] + inner + bars[1] + {"fro2": "_F^2", "fro": "_F", "op2": "_2^2"}[name]
        case ast.BinOp(left, ast.Div(), right):
            text = rf"\frac{{{latex(left, style)}}}{{{latex(right, style)}}}"
        case ast.BinOp(left, ast.Pow(), right):
            text, own = f"{latex(left, style, 5)}^{{{latex(right, style)}}}", 4
        case ast.BinOp(left, ast.Add() | ast.Sub() as op, right):
            text, own = f"{latex(left, style, 1)} {'+' if isinstance(op, ast.Add) else '-'} {latex(right, style, 2)}", 1
        case ast.BinOp(left, _, right):
            between = r" \cdot " if isinstance(right, ast.Constant) else " "
            text, own = f"{latex(left, style, 2)}{between}{latex(right, style, 3)}", 2
    return rf"\left({text}\right)" if own < level and style % 2 else f"({text})" if own < level else text


# ------------------------------------------------------------ edits
def edits(node: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Every single edit at this node."""
    match node:
        case ast.Attribute(x, "T"):
            yield "transpose", x
        case ast.Name(name):
            if name not in ("lam", "n", "m", "k", "L", "J", "C", "A", "S", "Sk", "Im", "Ik"):
                yield "transpose", ast.Attribute(node, "T")
            if name in SWAPS:
                yield "index", ast.Name(SWAPS[name])
            if name == "n":
                yield "constant", ast.BinOp(node, ast.Sub(), ast.Constant(1))
        case ast.Constant(int(number)) if number:
            yield "constant", ast.Constant(number + 1)
        case ast.UnaryOp(_, x):
            yield "sign", x
        case ast.Call(ast.Name("fro2"), args):
            yield "norm", ast.Call(ast.Name("op2"), args, [])
            yield "norm", ast.Call(ast.Name("fro"), args, [])
        case ast.Call(ast.Name("inv"), [x]):
            yield "factor", x
        case ast.BinOp(left, ast.Add() | ast.Sub() as op, right):
            yield "sign", ast.BinOp(left, ast.Sub() if isinstance(op, ast.Add) else ast.Add(), right)
            yield "factor", left
        case ast.BinOp(left, ast.MatMult() | ast.Mult() as op, right):
            yield "order", ast.BinOp(right, op, left)
            yield "factor", left
            yield "factor", right
        case ast.BinOp(left, ast.Pow(), _):
            yield "factor", left


def mutated(relation: ast.Compare) -> Iterator[tuple[str, ast.Compare]]:
    places = [n for side in (relation.left, *relation.comparators) for n in ast.walk(side) if isinstance(n, ast.expr)]
    for at, place in enumerate(places):
        if isinstance(place, ast.Name) and place.id in FUNCTIONS:
            continue
        for kind, new in edits(place):
            out = copy.deepcopy(relation)
            twin = [n for s in (out.left, *out.comparators) for n in ast.walk(s) if isinstance(n, ast.expr)][at]
            yield kind, replaced(out, twin, copy.deepcopy(new))


def replaced(tree: ast.Compare, old: ast.expr, new: ast.expr) -> ast.Compare:
    class Put(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return new if node is old else super().generic_visit(node)

    out = Put().visit(tree)
    assert isinstance(out, ast.Compare)
    return out


@dataclass(frozen=True)
class Mutant:
    kind: str
    """The edit; `none` for a base."""
    text: str
    true_in: frozenset[str]
    """Worlds in which numpy finds it true."""


@lru_cache
def mutants() -> tuple[Mutant, ...]:
    """Bases and mutants, without doubles."""
    out: dict[str, Mutant] = {}
    for base in BASES:
        tree = ast.parse(base, mode="eval").body
        assert isinstance(tree, ast.Compare)
        for kind, relation in [("none", tree), *mutated(tree)]:
            source = ast.unparse(relation)
            style = hashlib.sha256(source.encode()).digest()[0]
            text = f"{latex(relation.left, style)} = {latex(relation.comparators[0], style)}"
            worlds = frozenset(w for w in ("generic", "stationary") if is_true(relation, w))
            out.setdefault(source, Mutant(kind, text, worlds))
    return tuple(out.values())


@lru_cache
def setting() -> Setting:
    return compile_setting(DerivationSpec.model_validate(SPEC))


def read(mutant: Mutant) -> Relation | None:
    found = analyse(f"${mutant.text}$", setting()).relations
    return found[0] if len(found) == 1 else None
