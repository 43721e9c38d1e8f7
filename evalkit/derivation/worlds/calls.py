"""Functions: the built-in ones, those that a problem or a reply defined, spectra, and `[F(x)]_a^b`."""

from __future__ import annotations

import re

import numpy as np

from evalkit.derivation.grammar.nodes import Bin, Block, Call, Grad, Node, Num, Sub, Sym, walk
from evalkit.derivation.grammar.stream import SCALAR
from evalkit.derivation.worlds import calculus, cases, draw, indices, limits, lists, moments, primes
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.entries import SLOPES, WHOLE
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.functions import UNARY, binomial, diagonal, divisor
from evalkit.derivation.worlds.operations import is_number, narrow, nudged
from evalkit.derivation.worlds.scope import Defined, Drawn
from evalkit.derivation.worlds.values import (
    ZERO,
    IllTyped,
    Local,
    Trouble,
    Unbound,
    Undefined,
    Unsupported,
    Value,
    Zero,
    add,
    array,
    is_scalar,
    largest,
    multiply,
    negate,
    number,
)

PERIODIC = frozenset({"sin", "cos", "tan"})
FAR_OUT, SETTLED = (600.0, 700.0), 1e-10
"""Where a value at infinity is looked at, and how little it may still move."""
VARIABLES = ("x", "t")
COORDINATES = ("xy", "xyz", "uv", "uvw")
LARGE = 100.0
"""Beyond this size of an argument, the error of a periodic function is not made good."""
ANY_LOSS = "any loss"
"""The name of a smooth function of everything that it is given, another one in every world."""
_ACCENT = re.compile(r"^\\[a-z]+ ")

MOST_NUMBERS = 9
"""Arguments of `gcd`."""
MAX_SLOPES = 64
"""Entries of a column at which a function of a number has a slope each."""


def call(env: Env, name: str, args: tuple[Node, ...], local: Local) -> Value:
    if name.endswith("_") and len(args) == 2:
        family = env.scope.find(name)
        if family is not None and isinstance(family[1], Defined):
            return member(env, name, family[1], args, local)
    if name in ("\\sigma_", "\\lambda_", "s_") and len(args) == 2:
        return spectrum(env, name, args, local)
    found = env.scope.find(name.rstrip("'"))
    if found is None and name in moments.NAMES:
        return moments.moment(env, name, args, local)
    if name == "tuple":
        return env.value(Block(tuple((a,) for a in args)), local)
    if name == SLOPES:
        return calculus.entry_by_entry(env, Grad(args[0], args[1]), local)
    if name == WHOLE:
        return lists.whole(env, args[0].name, local)  # type: ignore[union-attr]
    if name == "cases":
        return cases.chosen(env, args, local)
    if name == "between":
        return between(env, args, local)
    if name == "lim" and len(args) == 4 and isinstance(args[1], Sym) and isinstance(args[3], Num):
        return limits.limit(env, args[0], args[1].name, array(env.value(args[2], local)), args[3].value, local)
    if name == "at" and isinstance(args[1], Sym | Sub):
        return env.value(args[0], {**local, args[1].name: calculus.place(env, args[1].name, args[2], local)})
    if name == "differ":  # of the indices of a sum that leaves one out
        return number(float(env.integer(args[0], local) != env.integer(args[1], local)))
    if found is not None:
        powers, env.powers = env.powers, 0
        try:
            return defined_call(env, name, found[0], found[1], args, local)
        finally:
            env.powers = powers
    if name == "diag" and (len(args) > 1 or indices.loose_index(env, args[0], local)):
        return diagonal(lists.listed(env, args, local))
    if name in ("hcat", "vcat"):
        return lists.joined(env, name, args, local)
    if found is None and len(args) == 1 and primes.is_slope_of_known(name):
        return primes.slope(env, name, env.value(args[0], local))
    before, env.scale = env.scale, 0.0
    entrywise_ = name == "diag"  # diag(1 - h^2) is 1 - h_i^2 entry by entry
    env.spread, env.powers = env.spread + entrywise_, env.powers + entrywise_
    try:
        values = [env.value(a, local) for a in args]
    finally:
        env.spread, env.powers = env.spread - entrywise_, env.powers - entrywise_
    inside, env.scale = env.scale, max(before, env.scale)
    if name == "tr" and isinstance(values[0], Zero):
        return ZERO
    if name == "inner" and len(values) == 2:
        a, b = array(values[0], "an inner product"), array(values[1], "an inner product")
        if a.shape[-2:] != b.shape[-2:]:
            raise IllTyped("an inner product of different shapes")
        return np.asarray((a * b).sum(axis=(-2, -1), keepdims=True))
    if name == "binom" and len(values) == 2:
        return binomial(array(values[0]), array(values[1]))
    if name in ("gcd", "lcm") and 2 <= len(values) <= MOST_NUMBERS:
        return divisor(name, [array(v, name) for v in values])
    if name in ("max", "min") and len(values) > 1:
        return outermost(name, [array(v, name) for v in values])
    if name == ANY_LOSS:
        return any_number(env, [array(v, "a loss") for v in values])
    if name in UNARY and len(values) == 1:
        argument = array(values[0], name)
        env.spend(argument.size * min(argument.shape[-2:]))
        if name in PERIODIC:  # sin(pi) is as far from 0 as pi is from what it stands for
            env.scale = max(env.scale, min(largest(argument), LARGE))
            return UNARY[name](argument)
        out, env.scale = UNARY[name](argument), inside
        if is_number(argument):
            narrow(env, before, out, lambda nudge: UNARY[name](array(nudged(argument, nudge))))
        else:
            env.scale = max(before, inside)
        return out
    raise Unbound(name)


def outermost(name: str, values: list[Array]) -> Array:
    r"""`\max(0, z)`: of numbers the largest or smallest; with a column or a matrix among them that of each entry. Raises IllTyped."""
    sizes = {v.shape[-2:] for v in values if not is_scalar(v)}
    if len(sizes) > 1:
        raise IllTyped(f"{name} of different shapes")
    wide = np.stack(np.broadcast_arrays(*values))
    at = (wide.real.argmax if name == "max" else wide.real.argmin)(axis=0)
    return np.asarray(np.take_along_axis(wide, at[None], axis=0)[0])


def any_number(env: Env, values: list[Array]) -> Value:
    """A number that depends smoothly on all entries, and on each in another way."""
    batch = np.broadcast_shapes(*(v.shape[:-2] for v in values))
    entries = [np.broadcast_to(v, (*batch, *v.shape[-2:])).reshape(*batch, -1, 1) for v in values]
    u = np.concatenate(entries, axis=-2)
    count = u.shape[-2]
    env.spend(5 * u.size)
    p, q, r, s = draw.generator(env.world.seed, env.world.label, ANY_LOSS, count).normal(size=(4, 1, count))
    return np.asarray(p @ u + (q @ u) ** 2 / count + (r @ u) ** 3 / count**2 + s @ (u * u))


def between(env: Env, args: tuple[Node, ...], local: Local) -> Value:
    """`[F(x)]_a^b`: F(b) - F(a) in the variable that is named, or in the one that has no other meaning, or in the only one."""
    inside = {n.name for n in walk(args[0]) if isinstance(n, Sym)} - {"e", "\\pi", "I"}
    free = sorted(n for n in inside if n not in local and env.scope.find(n) is None)
    if len(args) > 3 and isinstance(args[3], Sym | Sub):
        free = [args[3].name]
    elif not free and len(inside) == 1:
        free = list(inside)
    if len(free) != 1:
        raise Unsupported("the variable between two limits")
    low, high = (at_limit(env, args[0], free[0], array(env.value(n, local)), local) for n in args[1:3])
    return add(high, negate(low))


def at_limit(env: Env, node: Node, name: str, place: Array, local: Local) -> Value:
    """The value at a limit; at an infinite one that to which values far out have settled."""
    if place.size != 1 or np.isfinite(place).all():
        return env.value(node, {**local, name: place})
    try:
        there = array(env.value(node, {**local, name: place}))
        if np.isfinite(there).all():  # 1/x is 0 there
            return there
    except (Trouble, ArithmeticError, ValueError):
        pass
    far = [array(env.value(node, {**local, name: number(float(np.sign(place.item())) * x)})) for x in FAR_OUT]
    if not all(np.isfinite(v).all() for v in far) or float(np.abs(far[1] - far[0]).max()) > SETTLED:
        raise Unsupported("a limit at infinity")
    return far[1]


def member(env: Env, name: str, family: Defined, args: tuple[Node, ...], local: Local) -> Value:
    """`s_i(z)` of a family `s_i` that is defined by z: the brackets only say of what."""
    index, of = args
    if not isinstance(index, Sym) or not isinstance(of, Sym) or of.name not in env.depends(family.body):
        raise Unsupported("a member of a family, of something else")
    base = name.removesuffix("_")
    return env.value(Sub(Sym(base), f"{base}_{index.name}", (index,)), local)


def spectrum(env: Env, name: str, args: tuple[Node, ...], local: Local) -> Value:
    """`\\sigma_i(A)`, `\\lambda_i(A)`: counted from the largest."""
    a = array(env.value(args[1], local), "a spectrum")
    if np.iscomplexobj(a) or a.ndim != 2:
        raise Unsupported("a derivative through a spectrum")
    if min(a.shape) == 1:
        raise Unsupported("a spectrum of something that is no matrix")
    kind = "eigen" if name == "\\lambda_" else "thin svd"
    if kind == "eigen" and (a.shape[0] != a.shape[1] or not np.allclose(a, a.T)):
        raise Unsupported("eigenvalues of a matrix that is not symmetric")
    values = np.linalg.eigvalsh(a)[::-1] if kind == "eigen" else np.linalg.svd(a, compute_uv=False)
    at = env.integer(args[0], local)
    at = len(values) if at == -1 else at
    if not 1 <= at <= len(values):
        raise Undefined("a singular value out of range")
    if env.mode != "plain":
        return draw.opaque(f"{name}{at}{float(np.abs(a).sum()):.6e}", (1, 1), frozenset({"positive"}))
    return number(float(values[at - 1]))


def defined_call(env: Env, name: str, key: str, entry: object, args: tuple[Node, ...], local: Local) -> Value:
    if not isinstance(entry, Defined) or entry.index:
        raise Unbound(f"{name}()")
    if name.endswith("''"):
        return calculus.second_derivative(env, name, entry, args, local)
    if name.endswith("'"):
        if len(entry.params) != 1:
            raise Unsupported("a prime on several arguments")
        return primed(env, key, entry, args or (Sym(entry.params[0]),), local)
    if not entry.params:  # L(W_1, W_2) where L was defined without arguments: the names only recall on what it depends
        if all(recalls(env, key, a) for a in args):
            return recalled(env, key, args, local)
        if (other := other_point(env, key, args, local)) is not None:
            return env.value(Sym(key), {**local, **other})
        if len(args) == 1 and is_number_written(args[0]) and (letters := drawn_behind(env, key)):  # y(0) of y = Ce^{2x}
            at = variable_of(env, letters, name)
            return env.value(Sym(key), {**local, at: array(env.value(args[0], local))})
        if len(args) == 1:  # E(X) after all is a product
            return multiply(env.symbol(key, local), env.value(args[0], local))
        raise Unsupported(f"{name} with other arguments")
    count = len(entry.params)
    if len(args) > count and all(recalls(env, key, a) and a not in args[:count] for a in args[count:]):
        args = args[:count]  # f(x; \mu, \sigma^2): its parameters
    if len(args) != len(entry.params):
        if len(args) < len(entry.params) and all(isinstance(a, Sym | Sub) and a.name in env.closure(key) for a in args):
            return env.symbol(key, local)
        raise Unsupported(f"{name} with {len(args)} arguments")
    inner = {p: env.value(a, local) for p, a in zip(entry.params, args, strict=True)}
    moved = any(p in local for p in entry.params)  # by a derivative around it
    if (
        not moved
        and all(isinstance(a, Sym | Sub) and a.name == p for p, a in zip(entry.params, args, strict=True))
        and env.scope.find(args[0].name)  # type: ignore[union-attr]
    ):
        return env.symbol(key, local)
    rest = {k: v for k, v in local.items() if k not in inner and k in env.closure(key)}
    only = next(iter(inner.values()))
    if (
        len(inner) == 1
        and isinstance(only, np.ndarray)
        and not is_scalar(only)
        and env.scope.find(entry.params[0]) is None
    ):
        return entrywise(env, entry, only, rest)
    return env.guarded(entry.body, {**rest, **inner})


def recalls(env: Env, key: str, arg: Node) -> bool:
    r"""Whether an argument only recalls on what a value depends: `\mu`, `\sigma^2`."""
    if isinstance(arg, Bin) and arg.op == "^" and isinstance(arg.right, Num):
        arg = arg.left
    return isinstance(arg, Sym | Sub) and arg.name in env.closure(key)


def other_point(env: Env, key: str, args: tuple[Node, ...], local: Local) -> dict[str, Value] | None:
    r"""`L(\hat W)` of an L that was defined by W: W for the moment; `J(3, 9)` of a J in x and y. None where an argument is
    nothing of the kind."""
    found: dict[str, Value] = {}
    letters = coordinates(env, key)
    if len(args) > 1 and len(letters) == len(args) and all(is_number_written(a) for a in args):
        return {n: array(env.value(a, local)) for n, a in zip(letters, args, strict=True)}
    for arg in args:
        if recalls(env, key, arg):
            continue
        plain = _ACCENT.sub("", arg.name).replace("^*", "") if isinstance(arg, Sym | Sub) else ""
        if not isinstance(arg, Sym | Sub) or plain not in env.closure(key) or plain == arg.name:
            return None
        found[plain] = env.value(arg, local)
    return found or None


def coordinates(env: Env, key: str) -> list[str]:
    """The numbers on which a value depends, where these are letters that follow each other: x and y."""
    names = sorted(n for n in env.closure(key) if isinstance(env.scope.entries.get(n), Drawn))
    run = "".join(names)
    plain = all(len(n) == 1 and env.scope.shape(Sym(n)) == SCALAR for n in names)
    return names if plain and run in COORDINATES else []


def drawn_behind(env: Env, key: str) -> list[str]:
    return [n for n in env.closure(key) if isinstance(env.scope.entries.get(n), Drawn)]


def variable_of(env: Env, names: list[str], name: str) -> str:
    """The letter for which a number stands in y(0): the only number on which y depends, or the only one of them that is
    called x or t, the others being its constants. Raises Unsupported where several might be meant."""
    letters = [n for n in names if env.scope.shape(Sym(n)) == SCALAR]
    chosen = letters if len(letters) == 1 == len(names) else [n for n in letters if n in VARIABLES]
    if len(chosen) != 1:
        raise Unsupported(f"which letter the number in {name}() is for")
    return chosen[0]


def is_number_written(node: Node) -> bool:
    return not any(isinstance(n, Sym | Sub) for n in walk(node))


def recalled(env: Env, key: str, args: tuple[Node, ...], local: Local) -> Value:
    """A number or a column named with the symbols on which it depends; a matrix in front of one symbol is a product."""
    value = env.symbol(key, local)
    if len(args) == 1 and isinstance(value, np.ndarray) and not is_scalar(value):
        other = env.value(args[0], local)
        if isinstance(other, np.ndarray) and not is_scalar(other) and not is_column(value):
            return multiply(value, other)
    return value


def primed(env: Env, key: str, entry: Defined, args: tuple[Node, ...], local: Local) -> Value:
    """`f'(x)`; of a function of a scalar at a column, its slope in every entry."""
    try:
        return of_each_entry(env, entry, calculus.gradient(env, Grad(Call(key, args), Sym("")), local))
    except IllTyped:
        at = env.value(args[0], local)
        if not isinstance(at, np.ndarray) or np.iscomplexobj(at) or at.ndim > 2 or not 1 < at.size <= MAX_SLOPES:
            raise
        slopes = [calculus.gradient(env, Grad(Call(key, (Num(float(v)),)), Sym("")), local) for v in at.ravel()]
        return np.array([array(slope).item() for slope in slopes]).reshape(at.shape)


def of_each_entry(env: Env, entry: Defined, slopes: Value) -> Value:
    """The column of the slopes, of a function of any number that takes a column entry by entry: nothing else has a diagonal one."""
    if not isinstance(slopes, np.ndarray) or slopes.shape[-1] == 1 or env.scope.find(entry.params[0]) is not None:
        return slopes
    rows, columns = slopes.shape[-2:]
    if rows != columns or (slopes * (1.0 - np.eye(rows))).any():
        return slopes
    return np.asarray(np.diagonal(slopes, axis1=-2, axis2=-1))[..., None]


def is_column(value: Array) -> bool:
    return bool(value.shape[-1] == 1)


def entrywise(env: Env, entry: Defined, x: Array, rest: Local) -> Value:
    """A function of a scalar, applied to every entry of a matrix; a function of a vector takes it whole."""
    try:
        whole = env.guarded(entry.body, {**rest, entry.params[0]: x})
        if not isinstance(whole, np.ndarray) or whole.shape[-2:] != x.shape[-2:] or x.shape[-1] == 1:
            return whole
    except IllTyped:
        pass
    if rest:
        raise Unsupported("a derivative through an entrywise function")
    flat = x.reshape(*x.shape[:-2], -1, 1, 1)
    out = array(env.guarded(entry.body, {entry.params[0]: flat}))
    return np.broadcast_to(out, flat.shape).reshape(x.shape)
