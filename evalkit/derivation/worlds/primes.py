r"""`\tanh'(z)`: the slope of a function that everybody knows, entry by entry.

Not covered: more than two primes; functions of a whole matrix; a slope where there is none (`relu` at 0).
"""

from __future__ import annotations

import numpy as np

from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.functions import UNARY
from evalkit.derivation.worlds.moving import STEP, WIDE_STEP
from evalkit.derivation.worlds.values import Undefined, Unsupported, Value, array, largest


def is_slope_of_known(name: str) -> bool:
    return name.endswith("'") and name.rstrip("'") in UNARY


def slope(env: Env, name: str, at: Value) -> Value:
    """The value of `name`, a function with its primes, at an array. Raises Undefined where a function has no value there."""
    function, order = name.rstrip("'"), len(name) - len(name.rstrip("'"))
    place = array(at, "a slope")
    if function not in UNARY or not 1 <= order <= 2 or place.shape[-1] == place.shape[-2] != 1:
        raise Unsupported("a slope of this")
    env.spend(4 * place.size)
    if order == 1 and not np.iscomplexobj(place):
        return finite(env, UNARY[function](place + 1j * STEP).imag / STEP, function)
    # The first imaginary step is taken: by a derivative around this one, or by the first prime.
    step = WIDE_STEP * max(1.0, largest(place.real))
    env.loose = True
    if order == 2 and np.iscomplexobj(place):
        raise Unsupported("a derivative nested this deep")
    inner = 1j * STEP if order == 2 else 0.0
    above, below = UNARY[function](place + step + inner), UNARY[function](place - step + inner)
    out = (above - below) / (2 * step)
    return finite(env, out.imag / STEP if order == 2 else out, function)


def finite(env: Env, slopes: Array, function: str) -> Value:
    if not np.isfinite(slopes).all():
        raise Undefined(f"the slope of {function} outside of its domain")
    env.scale = max(env.scale, largest(slopes))
    return np.asarray(slopes)
