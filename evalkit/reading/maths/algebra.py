r"""Whether two scalar formulas have the same value: read by scalars.py, compared at the points of sampled.py.

Loads sympy (about half a second), so import it where it is used. Hostile input can hang it: run it in a process that
can be killed, behind a filter for length and depth (see evalkit/scorers/expression.py). What says the same in another
structure (intervals, several solutions, ...) is compared by sameness.py, which asks here for the scalars.
Decimals agree to a relative tolerance.

Not covered: equality for integers only (`\cos n\pi` and `(-1)^n`), or under conditions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import permutations
from typing import Any

import sympy  # type: ignore[import-untyped]

from evalkit.reading.maths.latex import closing
from evalkit.reading.maths.names import FinalError, Unreadable, UnsureError
from evalkit.reading.maths.sampled import number, values
from evalkit.reading.maths.scalars import Way, read
from evalkit.reading.maths.spelling import FUNCTIONS


@dataclass(frozen=True, slots=True)
class Settings:
    """How answers of one problem are compared."""

    tolerance: float = 1e-6
    """Relative, where a side has decimals."""
    commuting: bool = False
    """Capital letters are scalars."""
    log_base: float | None = None
    """Of a `\\log` without a base: `math.e`, 10, ...; None where the problem does not say."""
    digits: int = 4
    """With which a decimal may stand for a number that no decimal is equal to."""


Tokens = tuple[str, ...]
_cached = lru_cache(maxsize=4096)(read)


def expression(tokens: Tokens, way: Way) -> Any:
    """The sympy expression; read once in a process. Raises Unreadable."""
    return _cached(tokens, way)


def ways(gold: Tokens, pred: Tokens, settings: Settings) -> list[tuple[Way, Way]]:
    """The ways in which staff and reply may be read, the reply's second; what is written decides where it can."""
    plain = Way(commuting=settings.commuting)
    bases = [_number(settings.log_base)] if settings.log_base else _log_bases(gold, pred)
    letters = {t for t in (*gold, *pred) if len(t) == 1 and t.isalpha() and t != "e"} | _greek(gold) | _greek(pred)
    units = [False] if "i" not in letters else [False, True]
    if letters == {"i"} or _turns(gold) or _turns(pred) or "\\cis" in (*gold, *pred):
        units = [True]
    slashes = [False, True] if "/" in pred else [False]
    pairs = []
    for base in bases:
        for imaginary in units:
            first = replace(plain, log_base=base, imaginary=imaginary)
            pairs += [(first, replace(first, tight=tight)) for tight in slashes]
    return pairs


def _number(base: float | None) -> float | None:
    return None if base is None or abs(base - math.e) < 1e-3 else int(base) if base == int(base) else base


def _log_bases(gold: Tokens, pred: Tokens) -> list[float | None]:
    """Natural or ten, for `\\log` without a base: as the same answers write logarithms elsewhere, else both."""
    found = (*gold, *pred)
    if not any(t == "\\log" and found[i + 1 : i + 2] != ("_",) for i, t in enumerate(found)):
        return [None]
    if "\\ln" in found or "e" in found or "\\exp" in found:
        return [None]
    bases = ["".join(found[i + 1 : i + 4]) for i, t in enumerate(found) if t == "\\log"]
    tens = any(base.startswith(("_10", "_{10")) for base in bases)
    return [10] if tens or "\\lg" in found else [None, 10]


def _turns(tokens: Tokens) -> bool:
    """Whether e is raised to a multiple of i."""
    starts = [i + 2 for i in range(len(tokens) - 2) if tokens[i] == "e" and tokens[i + 1] == "^"]
    return any("i" in tokens[at : closing(tokens, at) + 1 if tokens[at] == "{" else at + 1] for at in starts)


def _greek(tokens: Tokens) -> set[str]:
    known = ("\\frac", "\\sqrt", "\\cdot", "\\times", "\\pi", "\\binom", "\\%", "\\infty", "\\circ", "\\div")
    return {t for t in tokens if t[:1] == "\\" and t[1:].isalpha() and t not in known and t[1:] not in FUNCTIONS}


def agreed(verdict: Callable[[Way, Way], bool], gold: Tokens, pred: Tokens, settings: Settings) -> bool:
    """A verdict that does not depend on how the ambiguous is read. Raises UnsureError where it does."""
    verdicts: dict[Way, bool] = {}
    doubt: Unreadable | None = None
    for first, second in ways(gold, pred, settings):
        try:
            # What follows a slash is the reply's own carelessness: one of its readings must be right.
            verdicts[first] = verdict(first, second) or verdicts.get(first, False)
        except Unreadable as error:
            doubt = error
    if doubt is not None and not any(verdicts.values()):
        raise doubt
    if len(set(verdicts.values())) > 1:
        base = len({way.log_base for way in verdicts}) > 1
        raise FinalError("a logarithm without a base" if base else "the letter i may be an index or the imaginary unit")
    return next(iter(verdicts.values()))


def same_scalar(gold: Tokens, pred: Tokens, settings: Settings) -> bool:
    """Whether two scalars are equal. Raises Unreadable."""
    if gold == pred and _evaluates(gold, settings):
        return True
    whole = _loose_unit(gold, pred)
    if whole is not None:
        return same_scalar(*whole, settings) or _same_scalar(gold, pred, settings)
    return _same_scalar(gold, pred, settings)


def _same_scalar(gold: Tokens, pred: Tokens, settings: Settings) -> bool:
    digits = _written_digits(pred, settings.digits)

    def verdict(first: Way, second: Way) -> bool:
        staff, reply = expression(gold, first), expression(pred, second)
        return equal(staff, reply, settings.tolerance) or (digits is not None and _rounds(staff, reply, digits))

    return agreed(verdict, gold, pred, settings)


def _written_digits(tokens: Tokens, least: int) -> int | None:
    """Digits behind the point of a lone decimal with at least so many in all, None for anything else."""
    numeral = tokens[-1] if len(tokens) == 1 or (len(tokens) == 2 and tokens[0] in "+-") else ""
    whole, point, behind = numeral.partition(".")
    return len(behind) if point and whole.isdecimal() and len((whole + behind).lstrip("0")) >= least else None


def rounding(numeral: str, least: int) -> float:
    """The relative difference from the value that a decimal of at least so many digits may be rounded from, else 0."""
    digits = _written_digits((numeral,), least)
    return 0.0 if digits is None or not float(numeral) else 0.5000001 * 10.0**-digits / float(numeral)


def _rounds(gold: Any, pred: Any, digits: int) -> bool:
    """Whether `pred` is the staff's value rounded to so many digits, which has no decimal of its own."""
    if gold.free_symbols or gold.has(sympy.Float) or not gold.is_number or not gold.is_finite:
        return False
    if gold.is_Rational and 10**20 % gold.q == 0:
        return False  # `0.1256` is a wrong 1/8, as a decimal it could have been written out
    exact, given = number(gold, {}), number(pred, {})
    return exact is not None and given is not None and abs(exact - given) <= 0.5000001 * 10.0**-digits


_DEGREES = (("^", "\\circ"), ("^", "{", "\\circ", "}"))
_LOOSE = (("\\%",), *_DEGREES, ('"degrees',), *((*mark, scale) for mark in _DEGREES for scale in "CF"))


def _loose_unit(gold: Tokens, pred: Tokens) -> tuple[Tokens, Tokens] | None:
    """`35\\%` may be answered by `35`, `30^\\circ` by `30`, and the other way round."""
    for mark in _LOOSE:
        ends = [t[-len(mark) :] == mark and len(t) > len(mark) for t in (gold, pred)]
        if any(ends):
            bare = [t[: -len(mark)] if end else t for t, end in zip((gold, pred), ends, strict=True)]
            return None if any(set(mark) & set(t) for t in bare) else (bare[0], bare[1])
    return None


def _evaluates(tokens: Tokens, settings: Settings) -> bool:
    value = expression(tokens, Way(commuting=settings.commuting))
    return not value.is_Number or bool(value.is_finite)


def equal(gold: Any, pred: Any, tolerance: float) -> bool:
    """Whether two expressions have the same value. Raises UnsureError for a reply with letters of its own."""
    if gold == pred:
        return True
    if any(e.is_Number and not e.is_finite for e in (gold, pred)):
        return False
    pred = _same_constant(gold, pred)
    room = room_for(tolerance, gold, pred)
    verdict = any(_equal_values(gold, other, room) for other in (pred, *_other_constants(gold, pred)))
    if not verdict and pred.free_symbols - gold.free_symbols and _in_other_letters(gold, pred, room):
        raise FinalError("it has letters that the staff's answer lacks, and would be equal without them")
    return verdict or _differ_by_constant(gold, pred, room)


def _in_other_letters(gold: Any, pred: Any, room: float) -> bool:
    """Whether a reply is the staff's answer but for what letters are called, or for a factor that may be a unit."""
    extra = sorted(pred.free_symbols - gold.free_symbols, key=str)
    missing = sorted(gold.free_symbols - pred.free_symbols, key=str)
    if gold.is_Symbol and pred.is_Symbol:  # two letters are two answers, unless they differ by case or argument alone
        heads = [str(side).partition("(") for side in (gold, pred)]
        return heads[0][0].lower() == heads[1][0].lower()
    if len(extra) > 3 or len(missing) not in (0, len(extra)) or gold == 0:  # no unit makes a product 0
        return False
    try:
        if missing:
            turned = (pred.xreplace(dict(zip(extra, order, strict=True))) for order in permutations(missing))
            return any(_equal_values(gold, other, room) for other in turned)
        once, twice = (pred.xreplace(dict.fromkeys(extra, sympy.Integer(n))) for n in (1, 2))
        factors = (2 ** sympy.Integer(n) for n in (1, 2, -1, -2))
        return _equal_values(gold, once, room) and any(_equal_values(gold * f, twice, room) for f in factors)
    except UnsureError:
        return False


def _equal_values(gold: Any, pred: Any, room: float) -> bool:
    return all(abs(g - p) <= room * max(abs(g), abs(p)) for g, p in values(gold, pred))


def room_for(tolerance: float, *expressions: Any) -> float:
    """The relative difference that is allowed."""
    return tolerance if any(e.has(sympy.Float) for e in expressions) else 1e-12


_CONSTANT = sympy.Symbol("C")


def _same_constant(gold: Any, pred: Any) -> Any:
    """The constant of integration may have another letter."""
    if not _has_constant(gold) or _CONSTANT in pred.free_symbols:
        return pred
    others = [s for s in pred.free_symbols - gold.free_symbols if str(s)[0] in "cCkK"]
    return pred.xreplace({others[0]: _CONSTANT}) if len(others) == 1 else pred


_ARBITRARY, _NAMED = re.compile(r"[Cc](?:_\d)?"), re.compile(r"[A-Za-z](?:_\d)?")


def _other_constants(gold: Any, pred: Any) -> Iterator[Any]:
    """The reply with its arbitrary constants named as the staff's: `A e^x + B e^{-x}` for `C_1 e^x + C_2 e^{-x}`."""
    ours = {s for s in gold.free_symbols if _ARBITRARY.fullmatch(str(s))}
    solves = gold.has(sympy.exp, sympy.sin, sympy.cos) and (len(ours) > 1 or (gold.is_Mul and ours <= set(gold.args)))
    theirs = sorted(pred.free_symbols - (gold.free_symbols - ours), key=str)
    if not solves or not 0 < len(ours) == len(theirs) <= 3 or not all(_NAMED.fullmatch(str(s)) for s in theirs):
        return
    if len(ours) == 1 and str(theirs[0])[0] not in "ACDKck":
        return
    for order in permutations(sorted(ours, key=str)):
        yield pred.xreplace(dict(zip(theirs, order, strict=True)))


def _has_constant(value: Any) -> bool:
    return bool(value.is_Add) and _CONSTANT in value.args


def _differ_by_constant(gold: Any, pred: Any, room: float) -> bool:
    """Both end in `+ C`, and their difference is a constant, which C takes up."""
    if not (_has_constant(gold) and _has_constant(pred)):
        return False
    gaps = [g - p for g, p in values(gold - _CONSTANT, pred - _CONSTANT, scaled=False)]
    return all(abs(gap - gaps[0]) <= max(room, 1e-9) * max(1.0, abs(gap)) for gap in gaps)
