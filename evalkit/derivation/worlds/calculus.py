"""Gradients and differentials by complex steps: exact to rounding, and no rule of differentiation to get wrong.

A derivative inside a derivative falls back to central differences (the inner one); the environment is then marked
`loose` and comparisons are made with a wider tolerance.
"""

from __future__ import annotations

import math

import numpy as np

from evalkit.derivation.grammar.nodes import Call, Diff, Grad, Node, Num, Sub, Sym, Un, walk
from evalkit.derivation.grammar.stream import COLUMN, SCALAR
from evalkit.derivation.worlds import draw, through
from evalkit.derivation.worlds.draw import Array, generator
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.guess import guess
from evalkit.derivation.worlds.moving import STEP, slope, units
from evalkit.derivation.worlds.scope import Defined, Drawn, Family
from evalkit.derivation.worlds.values import (
    Local,
    Unbound,
    Undefined,
    Unsupported,
    Value,
    Zero,
    array,
    is_scalar,
)

BY_A_MATRIX = "the derivative of a column or matrix by a matrix"
SAME = 1e-9
"""How near slopes are that do not depend on other entries."""
MAX_ORDER, ON_CIRCLE, RADIUS = 5, 24, 0.06
"""Of derivatives by values on a circle: the highest; how many places; its radius."""


def second_derivative(env: Env, name: str, entry: Defined, args: tuple[Node, ...], local: Local) -> Value:
    """`f''(x)` of a function of one scalar, by central differences of f'; good to about seven digits."""
    if len(entry.params) != 1 or len(args) > 1:
        raise Unsupported("a derivative of this order")
    key, only = name.rstrip("'"), entry.params[0]
    at = array(env.value(args[0] if args else Sym(only), local), "a derivative")
    if at.shape != (1, 1) or np.iscomplexobj(at):
        raise Unsupported("a second derivative that is no number")
    order = len(name) - len(key)
    if order > 2:
        return by_circle(env, entry, order, float(at.item()), local)
    step = 1e-5 * max(1.0, abs(float(at.item())))
    places = [float(at.item()) + s * step for s in (1.0, -1.0)]
    high, low = (array(gradient(env, Grad(Call(key, (Num(x),)), Sym("")), local)) for x in places)
    env.loose = True
    return np.asarray((high - low) / (2 * step))


def by_circle(env: Env, entry: Defined, order: int, at: float, local: Local) -> Value:
    """A higher derivative of a function of one scalar, by its values on a small circle around the place (Cauchy)."""
    if order > MAX_ORDER:
        raise Unsupported("a derivative of this order")
    turns = np.exp(2j * np.pi * np.arange(ON_CIRCLE) / ON_CIRCLE)[:, None, None]
    radius = RADIUS * max(1.0, abs(at))
    values = array(env.value(entry.body, {**local, entry.params[0]: at + radius * turns}), "a derivative")
    if values.shape != turns.shape:
        raise Unsupported("a derivative of this order")
    env.loose = True
    mean = (values * turns**-order).mean().real
    return np.array([[math.factorial(order) * mean / radius**order]])


def gradient(env: Env, node: Grad, local: Local) -> Value:
    """`\\nabla_W f`, in the shape of W; the Jacobian where f is a column and W is one too."""
    if node.order == 2:
        return hessian(env, node, local)
    name, base, directions, argument = target(env, node, local)
    if env.mode != "plain" and not argument:
        return opaque_gradient(env, node, name, directions, local)
    f = node.f
    if isinstance(f, Call) and argument:
        found = env.scope.find(f.name)
        assert found is not None and isinstance(found[1], Defined)  # noqa: PT018, S101 - `target` has seen to it
        out = slope(env, found[1].body, name, base, directions, local)
    else:
        if not argument and (turned := transposed(env, name, local)) is not None:
            along = slope(env, f, turned, np.swapaxes(base, -1, -2), np.swapaxes(directions, -1, -2), local)
            return arranged(along, directions, base)
        if not env.depends(f) & {name, f"{name}_"}:
            if is_constant(env, f, name):
                env.value(f, local)
                return np.zeros(base.shape[-2:]) if directions.shape[0] > 1 else number_zero()
            abstract = through.abstracted(env, name)
            if name not in abstract.depends(f):
                return arranged(through.slopes(env, f, name, base, directions, local), directions, base)
            env = abstract
        out = slope(env, f, name, base, directions, local)
    return arranged(out, directions, base)


def entry_by_entry(env: Env, node: Grad, local: Local) -> Value:
    """The derivative of each entry of a matrix by the same entry of another one. Unsupported where it depends on others, too."""
    name, base, *_ = target(env, node, local)
    if base.ndim > 2 or env.mode != "plain":
        raise Unsupported(BY_A_MATRIX)
    ways = np.stack([np.ones(base.shape), generator(env.world.seed, "entry by entry", name).normal(size=base.shape)])
    along = through.slopes if not env.depends(node.f) & {name, f"{name}_"} else slope
    even, other = along(env, node.f, name, base, ways, local)
    if even.shape != base.shape or not np.allclose(other, even * ways[1], rtol=SAME, atol=SAME):
        raise Unsupported(BY_A_MATRIX)
    return np.asarray(even)


def transposed(env: Env, name: str, local: Local) -> str | None:
    """W, where P is the reply's name for the transpose of this unknown: what is moved along P is moved along W."""
    found = env.scope.resolve(name)
    if name in local or found is None or not isinstance(found[1], Defined) or found[1].params or found[1].index:
        return None
    body = found[1].body
    of = (
        env.scope.resolve(body.x.name)
        if isinstance(body, Un) and body.op == "T" and isinstance(body.x, Sym | Sub)
        else None
    )
    return of[0] if of is not None and isinstance(of[1], Drawn) and of[0] not in local else None


def is_constant(env: Env, f: Node, name: str) -> bool:
    """Whether an expression in known numbers holds a free symbol nowhere. A bare name may depend on it by what the problem
    does not say: the angle of three points."""
    found = env.scope.find(name)
    return (
        not isinstance(f, Sym | Sub | Call | Grad)
        and found is not None
        and isinstance(found[1], Drawn)
        and not any(isinstance(n, Grad | Diff) for n in walk(f))
        and guess(f, env.scope.find) == SCALAR
    )


def hessian(env: Env, node: Grad, local: Local) -> Value:
    inner = Grad(node.f, node.by)
    by = node.by
    if isinstance(by, Sym) and not by.name:
        name, *_ = target(env, inner, local)
        by = Sym(name)
        if isinstance(node.f, Call) and node.f.args not in ((), (by,)):
            there = Grad(Call(node.f.name, (by,)), by, 2)
            return env.value(Call("at", (there, by, node.f.args[0])), local)
        if isinstance(node.f, Call) and name not in env.depends(node.f):
            raise Unsupported("a second derivative of this")
    return gradient(env, Grad(inner, by), local)


def target(env: Env, node: Grad, local: Local) -> tuple[str, Array, Array, bool]:
    """Name, value and directions of the symbol by which to differentiate; True where it is a function's own argument."""
    by = node.by
    if isinstance(by, Sym) and not by.name:
        f = node.f
        found = env.scope.find(f.name) if isinstance(f, Sym | Sub | Call) else None
        if found is not None and isinstance(found[1], Defined) and len(found[1].params) == 1:
            parameter = found[1].params[0]
            if isinstance(f, Call) and f.args != (Sym(parameter),):
                base = place(env, parameter, f.args[0], local)
                return parameter, base, units(base), True
            by = Sym(parameter)
        else:
            free = [n for n in env.depends(f) if is_variable(env, n)]
            if len(free) != 1:
                raise Unsupported("a gradient without its variable")
            by = Sym(free[0])
    if isinstance(by, Un) and by.op == "T":
        raise Unsupported("a derivative by a transpose")
    if not isinstance(by, Sym | Sub):
        raise Unsupported("a derivative by an expression")
    if isinstance(by, Sym) and (entry := entry_of_only_column(env, node.f, by, local)) is not None:
        return entry_target(env, entry, local)
    value = env.lookup(by.name, local)
    if value is None and env.scope.is_family(by.name):
        value = env.symbol(by.name, local)
    if value is None and isinstance(by, Sub) and by.index is not None:
        return entry_target(env, by, local)
    if value is None:
        raise Unbound(by.name)
    found = env.scope.resolve(by.name)
    name = by.name if found is None or by.name in local else found[0]
    base = array(value, "a derivative")
    return name, base, units(base), False


def entry_of_only_column(env: Env, f: Node, by: Sym, local: Local) -> Sub | None:
    r"""The `x_k` of `\partial_k (x^\top A x)`, where k is an index that stands beside it, and x the only column in it that varies."""
    if by.name not in local or env.scope.resolve(by.name) is not None or by.name in env.depends(f):
        return None
    columns = [n for n in env.depends(f) if is_variable(env, n) and env.scope.shape(Sym(n)) == COLUMN]
    return Sub(Sym(columns[0]), f"{columns[0]}_{by.name}", (by,)) if len(columns) == 1 else None


def place(env: Env, name: str, at: Node, local: Local) -> Array:
    """Where `name` is moved to: 0 has the shape that the name has."""
    value = env.value(at, local)
    if isinstance(value, Zero) and (found := env.lookup(name, local)) is not None:
        return np.zeros(array(found).shape[-2:])
    return array(value, "a place")


def is_variable(env: Env, name: str) -> bool:
    """A free symbol that `d` moves: no data, no index set, no symbol of a special world's own."""
    found = env.scope.find(name)
    if found is None or found[0] != name or not isinstance(found[1], Drawn) or "@" in name:
        return False
    return found[1].subset is None and not found[1].kinds & {"data", "fixed", "index"}


def entry_target(env: Env, by: Sub, local: Local) -> tuple[str, Array, Array, bool]:
    """`W_{ij}`, `z_i`, or a member of a family of columns."""
    if by.index is None or not isinstance(by.base, Sym | Sub):
        raise Unsupported("a derivative by an entry of an expression")
    found = env.scope.family(by.base.name)
    at = [env.integer(n, local) - 1 for n in by.index]
    if found is not None and isinstance(found[1], Family) and isinstance(found[1].of, Sym | Sub):
        family, name = found[1], found[1].of.name
        base = array(env.value(family.of, local), "a derivative")
        rows, columns = base.shape[-2:]
        if family.kind == "entries" and columns == 1:
            picked = [(at[0], 0)]
        elif family.kind == "entries" and len(at) == 2:
            picked = [(at[0], at[1])]
        elif family.kind == "columns":
            picked = [(i, at[0]) for i in (at[1:] or range(rows))]
        elif family.kind == "rows":
            picked = [(at[0], j) for j in (at[1:] or range(columns))]
        else:
            raise Unsupported("a derivative by such a member")
    else:
        known = env.scope.resolve(by.base.name)
        name = by.base.name if known is None or by.base.name in local else known[0]
        base = array(env.value(by.base, local), "a derivative")
        if len(at) == 1 and base.shape[-1] == 1:
            at.append(0)
        if len(at) != 2:
            raise Unbound(by.name)
        picked = [(at[0], at[1])]
    if len(by.index) == 2 and by.index[0] != by.index[1] and is_symmetric(env, name):
        raise Unsupported("a derivative by one of two equal entries")
    directions = np.zeros((len(picked), *base.shape[-2:]))
    for k, (i, j) in enumerate(picked):
        if not (0 <= i < base.shape[-2] and 0 <= j < base.shape[-1]):
            raise Undefined("an index out of range")
        directions[k, i, j] = 1.0
    return name, base, directions, False


def is_symmetric(env: Env, name: str) -> bool:
    """Whether a matrix is declared to be so: its entries are two by two the same, and perhaps no variables of their own."""
    found = env.scope.find(name)
    return found is not None and isinstance(found[1], Drawn) and bool(found[1].kinds & {"symmetric", "psd", "pd"})


def arranged(out: Array, directions: Array, base: Array) -> Array:
    """Slopes put into the shape of the variable (scalar f), or as a Jacobian."""
    count, rows, columns = directions.shape
    if count == 1:
        return np.asarray(out[0])
    if out.shape[-1] == out.shape[-2] == 1:
        flat = np.moveaxis(out[..., 0, 0], 0, -1)
        if count == rows * columns:
            return flat.reshape(*flat.shape[:-1], rows, columns)
        return flat[..., None]
    if out.shape[-1] == 1 and columns == 1:
        return np.moveaxis(out[..., 0], 0, -1)
    raise Unsupported(BY_A_MATRIX)


def opaque_gradient(env: Env, node: Grad, name: str, directions: Array, local: Local) -> Value:
    """In semi worlds a gradient is a random array that depends only on the value of f and the name."""
    value = array(env.value(node.f, local), "a gradient")
    if not is_scalar(value):
        raise Unsupported("an opaque Jacobian")
    key = f"{env.world.seed}{float(value.real.reshape(-1)[0]):.6e}{name}"
    count, rows, columns = directions.shape
    full = draw.opaque(key, (rows, columns))
    if count == rows * columns:
        return full
    return np.asarray((directions * full).sum(axis=(-2, -1)))[:, None]


def differential(env: Env, x: Node, local: Local) -> Value:
    """`dx` along one random direction of all moved symbols."""
    if isinstance(x, Sym | Sub) and x.name:
        found = env.scope.find(x.name)
        if found is not None and isinstance(found[1], Defined) and env.moved is not None and found[0] in env.moved:
            return direction(env, found[0])
        if found is not None and isinstance(found[1], Drawn):
            if env.moved is not None and found[0] not in env.moved:
                value = env.lookup(found[0], {})
                return np.zeros_like(array(value)) if value is not None else number_zero()
            return direction(env, found[0])
    names = env.depends(x)
    moved = [n for n in sorted(names) if is_variable(env, n) and (env.moved is None or n in env.moved)]
    if not moved:
        moved = [n for n in sorted(names) if env.moved is not None and n in env.moved]
    if not moved:
        if env.moved is not None and any(is_drawn(env, n) for n in names):
            return np.zeros_like(array(env.value(x, local)).real)
        raise Unsupported("a differential of something constant")
    if any(isinstance(v, np.ndarray) and np.iscomplexobj(v) for v in local.values()):
        raise Unsupported("a differential inside a derivative")
    bent: dict[str, Value] = dict(local)
    for n in moved:
        value = env.lookup(n, {})
        bent[n] = array(value if value is not None else number_zero()) + 1j * STEP * direction(env, n)
    value = array(env.value(x, bent), "a differential")
    out = value.imag / STEP if np.iscomplexobj(value) else np.zeros_like(value)
    if env.mode != "plain":
        return draw.opaque(f"{env.world.seed}d{float(np.abs(value.real).sum()):.6e}", out.shape)
    return out


def is_drawn(env: Env, name: str) -> bool:
    found = env.scope.find(name)
    return found is not None and found[0] == name and isinstance(found[1], Drawn)


def number_zero() -> Array:
    return np.zeros((1, 1))


def direction(env: Env, name: str) -> Array:
    value = env.lookup(name, {})
    if value is None:
        raise Unbound(f"d{name}")
    rng = generator(env.world.seed, env.world.label, "direction", name)
    return rng.normal(size=array(value).shape)
