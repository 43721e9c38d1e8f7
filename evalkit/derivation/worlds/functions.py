"""The built-in functions, on arrays (..., rows, columns). All that can be are analytic, so that a complex step works."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.values import IllTyped, Undefined, Unsupported, is_scalar, shape_text

MAX_POWER = 64
"""Of a matrix."""
MAX_EXPONENT = 1e6
"""Of a number that is multiplied out."""
MAX_CONDITION = 1e9
SETTLED = 1e-13
"""What is left of a whole number by rounding, relative to it."""
MAX_WHOLE = 2.0**53
MAX_ROUNDED = 1e7
"""Beyond it, values that differ by one are as good as equal."""


def square(a: Array, what: str) -> Array:
    if a.shape[-1] != a.shape[-2]:
        raise IllTyped(f"{what} of {shape_text(a)}")
    return a


def real(a: Array, what: str) -> Array:
    """Only where no derivative is being taken."""
    if np.iscomplexobj(a):
        raise Unsupported(f"a derivative through {what}")
    return a


def trace(a: Array) -> Array:
    return np.asarray(np.trace(square(a, "trace"), axis1=-2, axis2=-1))[..., None, None]


def norm_f(a: Array) -> Array:
    return np.asarray(np.sqrt((a * a).sum(axis=(-2, -1), keepdims=True)))


def norm_2(a: Array) -> Array:
    """The 2-norm of a column (or row), the spectral norm of a matrix."""
    if 1 in a.shape[-2:]:
        return norm_f(a)
    return np.asarray(np.linalg.svd(real(a, "a spectral norm"), compute_uv=False)[..., :1, None])


def norm_nuc(a: Array) -> Array:
    return np.asarray(np.linalg.svd(real(a, "a nuclear norm"), compute_uv=False).sum(axis=-1)[..., None, None])


def magnitude(a: Array) -> Array:
    """Entrywise |a|, analytic away from zero."""
    return np.asarray(np.where(a.real < 0, -a, a))


def norm_1(a: Array) -> Array:
    """Of a column the sum of the absolute values; of a matrix the largest such sum of a column."""
    return extreme(magnitude(a).sum(axis=-2, keepdims=True), True)


def norm_inf(a: Array) -> Array:
    """Of a column the largest absolute value; of a matrix the largest sum of the absolute values of a row."""
    return extreme(magnitude(a).sum(axis=-1, keepdims=True), True)


def extreme(a: Array, largest: bool) -> Array:
    flat = a.reshape(*a.shape[:-2], -1)
    at = (flat.real.argmax if largest else flat.real.argmin)(axis=-1)
    return np.asarray(np.take_along_axis(flat, at[..., None], axis=-1)[..., None])


def bars(a: Array) -> Array:
    """|x|: absolute value, length of a column, determinant of a square matrix."""
    if is_scalar(a):
        return magnitude(a)
    if a.shape[-1] == 1:
        return norm_f(a)
    return determinant(a)


def determinant(a: Array) -> Array:
    return np.asarray(np.linalg.det(square(a, "det")))[..., None, None]


def modulus(a: Array) -> Array:
    """|z|, and the length of a column of complex numbers; the determinant of a square matrix."""
    if a.shape[-1] == a.shape[-2] != 1:
        return determinant(a)
    return np.asarray(np.sqrt((a * a.conj()).real.sum(axis=(-2, -1), keepdims=True)))


def rank(a: Array) -> Array:
    return np.asarray(np.linalg.matrix_rank(real(a, "a rank")), dtype=float)[..., None, None]


def vec(a: Array) -> Array:
    return np.swapaxes(a, -1, -2).reshape(*a.shape[:-2], -1, 1)


def entrywise(fn: Callable[[Array], Array], name: str, matrices: bool = False) -> Callable[[Array], Array]:
    """Entry by entry; a matrix argument of exp, log, ... could mean the matrix function, so it is refused."""

    def apply(a: Array) -> Array:
        if not matrices and a.shape[-1] == a.shape[-2] != 1:
            raise Unsupported(f"{name} of a square matrix")
        out = np.asarray(fn(a))
        if not np.isfinite(out).all():
            raise Undefined(f"{name} outside of its domain")
        return out

    return apply


def softmax(a: Array) -> Array:
    """Over a column; of a matrix over each row, as in attention."""
    axis = -2 if a.shape[-1] == 1 else -1
    e = np.exp(a - a.real.max(axis=axis, keepdims=True))
    return np.asarray(e / e.sum(axis=axis, keepdims=True))


def log(a: Array) -> Array:
    if (a.real <= 0).any():
        raise Undefined("log of a number that is not positive")
    return np.asarray(np.log(a))


def root(a: Array) -> Array:
    if (a.real < 0).any():
        raise Undefined("root of a negative number")
    return np.asarray(np.sqrt(a))


def diagonal(a: Array) -> Array:
    """A column becomes a diagonal matrix; of a matrix the diagonal, as a column."""
    if a.shape[-1] == 1:
        return np.asarray(a * np.eye(a.shape[-2]))
    if a.shape[-2] == 1:
        return np.asarray(np.swapaxes(a, -1, -2) * np.eye(a.shape[-1]))
    return np.asarray(np.diagonal(a, axis1=-2, axis2=-1))[..., None]


def inverse(a: Array) -> Array:
    square(a, "inverse")
    if is_scalar(a):
        if (np.abs(a) < 1e-12).any():
            raise Undefined("a division by zero")
        return np.asarray(1.0 / a)
    try:
        out = np.asarray(np.linalg.inv(a))
    except np.linalg.LinAlgError:
        raise Undefined("the inverse of a singular matrix") from None
    # The product of the Frobenius norms is no less than the condition number, and costs no decomposition.
    sizes = [np.square(m.real).sum(axis=(-2, -1)) for m in (a, out)]
    if not (sizes[0] * sizes[1] <= MAX_CONDITION**2).all() and (np.linalg.cond(a.real) > MAX_CONDITION).any():
        raise Undefined("the inverse of a singular matrix")
    return out


def pseudo_inverse(a: Array) -> Array:
    if np.iscomplexobj(a):
        t = np.swapaxes(a, -1, -2)
        return inverse(t @ a) @ t if a.shape[-2] >= a.shape[-1] else t @ inverse(a @ t)
    return np.asarray(np.linalg.pinv(a, rcond=1e-9))


def matrix_power(a: Array, power: float) -> Array:
    """Whole powers of a square matrix; halves of a symmetric positive semidefinite one."""
    square(a, "power")
    if power == int(power) and abs(power) <= MAX_POWER:
        base = inverse(a) if power < 0 else a
        return np.asarray(np.linalg.matrix_power(base, abs(int(power))))
    real(a, "a matrix root")
    if 2 * power != int(2 * power) or not np.allclose(a, np.swapaxes(a, -1, -2), atol=1e-9):
        raise Unsupported("this power of a matrix")
    values, vectors = np.linalg.eigh(a)
    if (values < -1e-9).any() or (power < 0 and (values < 1e-9).any()):
        raise Undefined("a root of a matrix that is not positive")
    return np.asarray((vectors * np.maximum(values, 0.0)[..., None, :] ** power) @ np.swapaxes(vectors, -1, -2))


def scalar_power(a: Array, power: Array) -> Array:
    if power.size == 1 and power.dtype == float and (one := power.item()).is_integer() and abs(one) < MAX_EXPONENT:
        if one < 0 and (np.abs(a) < 1e-12).any():
            raise Undefined("a division by zero")
        return np.asarray(a ** int(one))
    exponent = power.real
    whole = bool((exponent == np.round(exponent)).all()) and not np.iscomplexobj(power)
    if not whole and (a.real <= 0).any() and ((a.real < 0).any() or (exponent <= 0).any() or np.iscomplexobj(a)):
        raise Undefined("a power of a negative number")
    if whole and (exponent < 0).any() and (np.abs(a) < 1e-12).any():
        raise Undefined("a division by zero")
    with np.errstate(over="ignore"):  # told below
        out = np.asarray(a**power)
    if not np.isfinite(out).all():
        raise Undefined("a power out of range")
    return out


_LANCZOS = (
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
)  # fmt: skip
"""Coefficients of Lanczos for g = 7: fifteen digits."""


def gamma(a: Array) -> Array:
    """The gamma function where the real part is positive, and no larger than 140."""
    if (a.real <= 0).any():
        raise Undefined("the gamma function of a number that is not positive")
    if (a.real > 140).any():
        raise Unsupported("the gamma function of a number of this size")
    x = a - 1.0
    total = _LANCZOS[0] + sum(c / (x + k) for k, c in enumerate(_LANCZOS) if k)
    t = x + 7.5
    return np.asarray(np.sqrt(2 * np.pi) * t ** (x + 0.5) * np.exp(-t) * total)


def factorial(a: Array) -> Array:
    """Of whole numbers; beyond 170 it is infinite. Of others by the gamma function."""
    flat = real(a, "a factorial").reshape(-1)
    if (flat != np.round(flat)).any():
        return gamma(a + 1.0)
    if (flat < 0).any():
        raise Unsupported("a factorial of this")
    values = [float(math.factorial(int(v))) if v <= 170 else math.inf for v in flat.tolist()]
    return np.array(values).reshape(a.shape)


def binomial(a: Array, b: Array) -> Array:
    """Of whole numbers; of others by the gamma function."""
    if a.size != 1 or b.size != 1 or b.real.item() < 0 or not 0 <= a.real.item() <= 150:
        raise Unsupported("a binomial of this")
    top, bottom = settled(a, "a binomial"), settled(b, "a binomial")
    if top.item().is_integer() and bottom.item().is_integer():
        return np.array([[float(math.comb(int(top.item()), int(bottom.item())))]])
    return np.asarray(gamma(top + 1.0) / (gamma(bottom + 1.0) * gamma(top - bottom + 1.0)))


def settled(a: Array, what: str) -> Array:
    """What is as near to a whole number as rounding leaves it is that number."""
    near = np.round(real(a, what))
    if np.abs(near).max(initial=0.0) > MAX_ROUNDED:
        raise Unsupported(f"{what} of so large a number")
    return np.asarray(np.where(np.abs(a - near) < SETTLED * (1 + np.abs(near)), near, a))


def whole(a: Array, what: str) -> int:
    """A whole number. Unsupported where it is none, or too large to be exact."""
    value = float(real(a, what).item()) if a.size == 1 else math.nan
    if not value.is_integer() or abs(value) > MAX_WHOLE:
        raise Unsupported(f"{what} of what are no whole numbers")
    return int(value)


def divisor(name: str, args: list[Array]) -> Array:
    """`gcd` and `lcm` of whole numbers."""
    numbers = [whole(a, name) for a in args]
    return np.array([[float((math.gcd if name == "gcd" else math.lcm)(*numbers))]])


def remainder(a: Array, b: Array) -> Array:
    """`a mod b` of whole numbers."""
    by = whole(b, "a remainder")
    if by <= 0:
        raise Undefined("a remainder by what is not positive")
    return np.array([[float(whole(a, "a remainder") % by)]])


def erf(a: Array) -> Array:
    return np.asarray(np.vectorize(math.erf, otypes=[float])(real(a, "erf")))


def sigmoid(a: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-a)))


UNARY: dict[str, Callable[[Array], Array]] = {
    "tr": trace, "norm_F": norm_f, "norm": norm_f, "norm_2": norm_2, "norm_nuc": norm_nuc, "norm_1": norm_1,
    "norm_inf": norm_inf, "abs": bars, "det": determinant, "rank": rank, "vec": vec, "softmax": softmax, "diag": diagonal,
    "max": lambda a: extreme(a, True), "min": lambda a: extreme(a, False), "exp": entrywise(np.exp, "exp"),
    "log": entrywise(log, "log"), "sqrt": entrywise(root, "sqrt"), "sigmoid": entrywise(sigmoid, "sigmoid", True),
    "tanh": entrywise(np.tanh, "tanh", True), "sin": entrywise(np.sin, "sin"), "cos": entrywise(np.cos, "cos"),
    "tan": entrywise(np.tan, "tan"), "sinh": entrywise(np.sinh, "sinh"), "cosh": entrywise(np.cosh, "cosh"),
    "arctan": entrywise(np.arctan, "arctan"), "arcsin": entrywise(np.arcsin, "arcsin"),
    "arccos": entrywise(np.arccos, "arccos"), "cot": entrywise(lambda a: np.asarray(1 / np.tan(a)), "cot"),
    "\\Gamma": entrywise(gamma, "the gamma function"), "csc": entrywise(lambda a: np.asarray(1 / np.sin(a)), "csc"),
    "conj": np.conj, "modulus": modulus, "csqrt": lambda a: np.asarray(np.sqrt(a.astype(complex))), "coth": entrywise(lambda a: np.asarray(1 / np.tanh(a)), "coth"),
    "sec": entrywise(lambda a: np.asarray(1 / np.cos(a)), "sec"),
    "sign": entrywise(lambda a: np.sign(a.real), "sign", True),
    "relu": entrywise(lambda a: np.where(a.real > 0, a, 0 * a), "relu", True),
    "floor": entrywise(lambda a: np.floor(settled(a, "a floor")), "floor", True),
    "ceil": entrywise(lambda a: np.ceil(settled(a, "a ceiling")), "ceil", True), "erf": entrywise(erf, "erf"),
    "arsinh": entrywise(np.arcsinh, "arsinh"), "arcosh": entrywise(np.arccosh, "arcosh"), "artanh": entrywise(np.arctanh, "artanh"),
    "softplus": entrywise(lambda a: np.asarray(np.log(1 + np.exp(a))), "softplus", True),
}  # fmt: skip
