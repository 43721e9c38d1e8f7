r"""A short mathematical answer against the staff's: expression, equation, inequality, set, interval, tuple, matrix.

LaTeX is read by math-verify, LaTeX only, without its fallbacks to strings and numbers and with its own time limits off
(they need the main thread): this scorer runs in a process that is killed from outside. What is then compared is compared
here: scalars at sample points with relative accuracy (so 2^{-99} is not 2^{-98}), equations and inequalities by the
ratio of their sides' differences, sets, tuples, intervals and matrices entry by entry.

Refused with value None and a reason, because a verdict would be a guess: transposes, norms, gradients, traces and
products of capital letters (math-verify reads matrices as commuting scalars, `AB = BA`; set `commuting` if they are
scalars), words and units (`356 s`: use `number`), bare letters in a list (use `choice`), letters that the staff's
answer lacks, and text that is too long, too deep or has huge numbers, factorials of brackets or towers of powers. A staff answer that would be refused is an error in the file.

Sample points are fixed real numbers, positive and negative; points where a side is not real are left out unless no
others remain, so `\sqrt{1/n}` equals `1/\sqrt n`, and `\sqrt{x^2}` is not `x`. Decimals agree to `tolerance` (relative).
Where the reply has more relations than the staff's answer (`f = \ldots = x^2`), the last side counts.

Not covered: equality that holds only for integers or under conditions, "plus a constant", matrices in symbols (see the
derivation scorers), LaTeX that math-verify cannot read.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

from pydantic import Field, field_validator, model_validator

from evalkit import answers, types

MAX_LENGTH, MAX_DEPTH, MAX_DIGITS = 400, 12, 30
_FUNCTIONS = frozenset(
    ["sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "log", "ln", "exp"]
    + ["min", "max", "gcd", "lcm", "diag", "sgn", "mod", "e", "i", "d", "and", "or"]
)
_SPACES = re.compile(r"\\[,;:! ]|\\q?quad(?![A-Za-z])|~|\\(?:displaystyle|textstyle|limits)(?![A-Za-z])")
_FONT = re.compile(
    r"\\(?:text|mathrm|operatorname\*?|mathit|mathsf|textrm|textit|mbox|rm)\s*(?:\{([^{}]*)\}|\s([A-Za-z]))"
)
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*\{(?:[pbvV]?matrix|cases|aligned|array)\}")
_MATRIX_SIGNS = re.compile(
    r"\^\s*\{?\s*(?:-\s*)?(?:\\(?:top|intercal|dagger|ast|star)|(?:\\math(?:sf|rm|bf)\s*\{?\s*)?T(?![A-Za-z])|\*|H\s*\})"
    r"|'|\\prime|\\nabla|\\\||\\[lr]?Vert|\\math(?:bf|bb|cal)(?![A-Za-z])"
    r"|\\(?:bm|boldsymbol|otimes|odot|partial)(?![A-Za-z])"
    r"|(?<![A-Za-z])(?:tr|Tr|rank|det|vec|diag)(?![A-Za-z])"
)
_INDEXED = r"(?:\s*[_^]\s*(?:\{[^{}]{0,20}\}|\\?\w))*"
_CAPITAL_PRODUCT = re.compile(rf"(?<![A-Za-z\\])[A-Z]{_INDEXED}\s*(?:\\cdot|\\times)?\s*[A-Z](?![a-z])")
_WORD = re.compile(r"(?<![A-Za-z\\])[A-Za-z]{3,}")
_LETTER_LIST = re.compile(r"\(?\{?\s*[A-Z](?:\s*,\s*[A-Z])+\s*\}?\)?")
_MATHS = re.compile(r"(?s)\$\$(.+?)\$\$|\\\[(.+?)\\\]|(?<![\\\d])\$([^$\n]+)\$|\\\((.+?)\\\)")
_RELATION = re.compile(r"(?<![\\<>!:])=|\\(?:approx|simeq|equiv)(?![A-Za-z])|≈")


def _refusal(latex: str, commuting: bool = False) -> str | None:
    """Why no verdict on this LaTeX can be trusted, or None."""
    if len(latex) > MAX_LENGTH:
        return f"longer than {MAX_LENGTH} characters"
    if _depth(latex) > MAX_DEPTH or latex.count("^") > 20:
        return "nested too deeply"
    if re.search(rf"\d{{{MAX_DIGITS + 1}}}", latex) or re.search(r"\^\s*\{?\s*\(?-?\d{4}", latex):
        return "a number is too large"
    if re.search(r"\^\s*\{[^{}]*\^\s*\{?[^{}]*\^|!\s*!|\d{3,}\s*!|[)}]\s*!", latex):
        return "a tower of powers or factorials"
    latex = _ENVIRONMENT.sub(" ", latex)
    bare = _FONT.sub(lambda m: f" {m[1] or m[2] or ''} ", latex)
    words = [w for w in _WORD.findall(re.sub(r"\\[A-Za-z]+", " ", bare)) if w.lower() not in _FUNCTIONS]
    fonts = [m[1].strip() for m in _FONT.finditer(latex) if m[1] and m[1].strip().lower() not in _FUNCTIONS]
    if words or any(len(re.sub(r"[^A-Za-z]", "", f)) > 0 for f in fonts):
        return f"holds words or a unit: {(words or fonts)[0]!r}"
    if not commuting and (_MATRIX_SIGNS.search(bare) or _CAPITAL_PRODUCT.search(bare)):
        return "matrices may not commute; only the derivation scorers can judge them"
    if commuting and _MATRIX_SIGNS.search(bare):
        return "matrix notation"
    if _LETTER_LIST.fullmatch(bare.strip()):
        return "a list of letters; use the scorer `choice`"
    return None


def _depth(latex: str) -> int:
    depth = deepest = 0
    for char in latex:
        depth += (char in "{([") - (char in "})]")
        deepest = max(deepest, depth)
    return deepest


def _readable(latex: str) -> str:
    latex = latex.strip().strip("$").strip()
    reason = _refusal(_tidy(latex))
    if not latex or reason and not reason.startswith("matrices may"):
        raise ValueError(f"this answer cannot be judged as an expression: {reason or 'it is empty'}")
    return latex


class Accepted(types.Spec):
    """An expression that is right as well; tables show its note."""

    answer: str
    note: str = Field(min_length=1)


class Scorer(types.Scorer):
    """One expression."""

    metrics = {"correct": types.Metric("1 = the expression equals the staff's")}
    isolated: ClassVar[bool] = True
    time_limit: ClassVar[float] = 5.0
    imports: ClassVar[tuple[str, ...]] = ("math_verify",)
    """Modules that a worker loads before its clock starts."""

    answer: str = Field(description="LaTeX, without dollar signs")
    accept: list[Accepted] = Field(default_factory=list)
    commuting: bool = Field(False, description="capital letters are scalars")
    tolerance: float = Field(1e-6, ge=0, lt=1, description="relative, where a side has decimals")

    @field_validator("answer")
    @classmethod
    def _judgeable(cls, value: str) -> str:
        return _readable(value)

    @model_validator(mode="after")
    def _not_matrices(self) -> Scorer:
        for latex in (self.answer, *(_readable(a.answer) for a in self.accept)):
            reason = _refusal(_tidy(latex), self.commuting)
            if reason:
                raise ValueError(f"{latex!r} cannot be judged: {reason}")
        return self

    def score(self, conversation: types.Conversation) -> list[types.Score]:
        reply = conversation.text
        place = answers.find(reply, lambda place: any(True for _ in _formulas(place)))
        if place is None:
            return [types.Score("correct", None, "no answer found")]
        low, high = list(_formulas(place))[0 if place.explicit else -1]
        latex = reply[low:high]
        spans = (types.Span(low, high, "answer"),)
        value, reason, given = self._verdict(latex)
        shown = latex if len(latex) <= 80 else latex[:77] + "..."
        details = {"found": latex[:MAX_LENGTH], "how": place.how, "given": given or (None if value is None else shown)}
        return [types.Score("correct", value, reason or shown, spans, details)]

    def _verdict(self, latex: str) -> tuple[float | None, str, str | None]:
        """(value, reason, name of the reference that it equals)."""
        unsure = ""
        for name, answer in (("staff", self.answer), *((a.note, a.answer) for a in self.accept)):
            found, wanted = _aligned(_tidy(latex), _tidy(answer.strip("$ ")))
            refusal = _refusal(found, self.commuting)
            if refusal:
                return None, f"not judged: {refusal}", None
            try:
                same = _compare(wanted, found, self.tolerance)
            except _UnsureError as error:
                unsure = str(error)
                continue
            if same:
                return 1.0, "" if name == "staff" else f"accepted: {name}", name
        return (None, f"not judged: {unsure}", None) if unsure else (0.0, f"not equal to {self.answer}", None)


class _UnsureError(Exception):
    """No verdict can be trusted; the text says why."""


# ---------------------------------------------------------------- where the formula stands


def _formulas(place: answers.Answer) -> Iterator[tuple[int, int]]:
    """Stretches of the reply that may be the answer's formula."""
    if place.how == "boxed":
        yield place.start, place.end
        return
    found = False
    for match in _MATHS.finditer(place.text):
        found = True
        yield place.start + match.start(match.lastindex or 0), place.start + match.end(match.lastindex or 0)
    bare = place.text.strip(" *`.")
    if not found and bare and len(bare) <= 120 and re.search(r"\d|\\|^[a-z]$", bare) and not _WORD.search(bare):
        start = place.start + place.text.index(bare)
        yield start, start + len(bare)


def _tidy(latex: str) -> str:
    latex = _SPACES.sub(" ", latex.replace("−", "-").replace("{,}", "").replace("\\%", " \\% "))
    latex = re.sub(r"\\[dt]frac(?![A-Za-z])", r"\\frac", latex)
    latex = re.sub(r"\\(?:mathrm|text|operatorname)\s*(?:\{\s*([eid])\s*\}|\s([eid])(?![A-Za-z]))", r" \1\2 ", latex)
    latex = re.sub(r"\\boxed(?![A-Za-z])", "", latex)
    return latex.strip().rstrip(".,;").strip()


def _aligned(found: str, wanted: str) -> tuple[str, str]:
    """The reply's formula with as many relations as the staff's: the last sides, the exact one before a `\\approx`."""
    exact = re.split(r"\\approx(?![A-Za-z])|≈", found)
    if len(exact) > 1 and exact[0].strip():
        found = exact[0]
    if "," in found or ";" in found or "\\\\" in found:
        return found, wanted
    sides = _RELATION.split(found)
    keep = len(_RELATION.split(wanted))
    if len(sides) > keep >= 1:
        found = "=".join(sides[-keep:])
    return found.strip(), wanted


# ---------------------------------------------------------------- comparing


def _compare(wanted: str, found: str, tolerance: float) -> bool:
    from sympy import I

    gold, pred = (_parse(latex) for latex in _without_capitals(wanted, found))
    extra = {str(s) for s in pred.free_symbols} - {str(s) for s in gold.free_symbols}
    if extra:
        raise _UnsureError("it has letters that the staff's answer lacks")
    same = _same(gold, pred, tolerance)
    if any(str(s) == "i" for s in gold.free_symbols | pred.free_symbols):
        imaginary = {s: I for s in gold.free_symbols | pred.free_symbols if str(s) == "i"}
        if _same(gold.xreplace(imaginary), pred.xreplace(imaginary), tolerance) != same:
            raise _UnsureError("the letter i may be an index or the imaginary unit")
    return same


def _without_capitals(*formulas: str) -> list[str]:
    """Capital letters replaced by unused small ones, since the reader makes no difference between `X` and `x`."""
    token = re.compile(r"\\([A-Z][a-z]+)(?![A-Za-z])|\\[A-Za-z]+|[A-Za-z]")
    used = {m.group() for f in formulas for m in token.finditer(f)}
    free = [c for c in "abcfghjklmnopqrstuvwxyz" if c not in used]
    capitals = sorted(u for u in used if u.lstrip("\\")[0].isupper())
    if len(capitals) > len(free):
        raise _UnsureError("too many different letters")
    new = dict(zip(capitals, free, strict=False))
    return [token.sub(lambda m: f" {new[m.group()]} " if m.group() in new else m.group(), f) for f in formulas]


def _parse(latex: str) -> Any:
    import math_verify
    from sympy import Basic, MatrixBase

    logging.getLogger("math_verify").setLevel(logging.ERROR)  # it warns that its own time limit is off
    config = math_verify.LatexExtractionConfig(
        boxed_match_priority=-1,
        normalization_config=math_verify.LatexNormalizationConfig(
            basic_latex=True, units=False, malformed_operators=True, nits=True, boxed="none", equations=False
        ),
    )
    parsed = math_verify.parse(f"${latex}$", [config], fallback_mode="no_fallback", parsing_timeout=None)  # type: ignore[arg-type]
    if len(parsed) != 1 or not isinstance(parsed[0], (Basic, MatrixBase)):
        raise _UnsureError("its LaTeX could not be read")
    return parsed[0]


def _same(gold: Any, pred: Any, tolerance: float) -> bool:
    from sympy import Expr, FiniteSet, Interval, MatrixBase, Set, Tuple
    from sympy.core.relational import Equality, Relational

    if isinstance(gold, Equality) or isinstance(pred, Equality):
        return isinstance(gold, Equality) and isinstance(pred, Equality) and _proportional(gold, pred, False)
    if isinstance(gold, Relational) or isinstance(pred, Relational):
        return _same_inequality(gold, pred)
    if isinstance(gold, MatrixBase) and isinstance(pred, MatrixBase):
        return gold.shape == pred.shape and _all_same(list(gold), list(pred), tolerance)
    if isinstance(gold, Interval) and isinstance(pred, Interval):
        edges = gold.left_open == pred.left_open and gold.right_open == pred.right_open
        return edges and _all_same((gold.start, gold.end), (pred.start, pred.end), tolerance)
    pair = [Tuple(s.start, s.end) if isinstance(s, Interval) and s.is_open else s for s in (gold, pred)]
    if all(isinstance(s, Tuple) for s in pair):
        return len(pair[0]) == len(pair[1]) and _all_same(pair[0], pair[1], tolerance)
    if isinstance(gold, FiniteSet) and isinstance(pred, FiniteSet):
        return len(gold.args) == len(pred.args) and all(
            any(_same(g, p, tolerance) for p in pred.args) for g in gold.args
        )
    if isinstance(gold, Set) and isinstance(pred, Set):
        return bool(gold == pred or gold.symmetric_difference(pred).is_empty)
    if isinstance(gold, Expr) and isinstance(pred, Expr):
        return _same_scalar(gold, pred, tolerance)
    return False


def _all_same(gold: Sequence[Any], pred: Sequence[Any], tolerance: float) -> bool:
    return all(_same(g, p, tolerance) for g, p in zip(gold, pred, strict=True))


def _same_scalar(gold: Any, pred: Any, tolerance: float) -> bool:
    from sympy import Float

    if gold == pred:
        return True
    room = tolerance if gold.has(Float) or pred.has(Float) else 1e-12
    return all(abs(g - p) <= room * max(abs(g), abs(p)) for g, p in _values(gold, pred))


def _same_inequality(gold: Any, pred: Any) -> bool:
    from sympy import Ge, Gt, Le, Lt

    turned = {Ge: Le, Gt: Lt}
    kinds = [turned.get(type(r), type(r)) for r in (gold, pred)]
    if any(kind not in (Le, Lt) for kind in kinds):
        raise _UnsureError("one of the two is an inequality of another kind")
    return kinds[0] is kinds[1] and _proportional(gold, pred, True)


def _proportional(gold: Any, pred: Any, positive: bool) -> bool:
    """Whether left minus right of one is a constant multiple of the other's, at all sample points."""
    from sympy import Ge, Gt

    gaps = [(r.lhs - r.rhs) * (-1 if isinstance(r, (Ge, Gt)) else 1) for r in (gold, pred)]
    ratios = [p / g for g, p in _values(*gaps) if g != 0]
    if not ratios or any(r == 0 for r in ratios) or (positive and (ratios[0].imag or ratios[0].real < 0)):
        return False
    return all(abs(r - ratios[0]) <= 1e-9 * abs(ratios[0]) for r in ratios)


_POINTS = (0.7310585, 1.6180339, 2.2360679, 0.3678794, 1.2020569, 2.6651441, 0.9159655, 1.7724538)


def _values(gold: Any, pred: Any) -> list[tuple[complex, complex]]:
    """Both expressions at fixed points: real values where there are at least three, else complex ones."""
    symbols = sorted(gold.free_symbols | pred.free_symbols, key=str)
    if not symbols:
        return [_pair(gold, pred, {})]
    both: list[tuple[complex, complex]] = []
    signs: list[Callable[[int, int], int]] = [lambda i, j: 1, lambda i, j: 1, lambda i, j: 1, lambda i, j: -1]
    signs += [lambda i, j: (-1) ** (i + j), lambda i, j: (-1) ** (i + j + 1), lambda i, j: -1, lambda i, j: 1]
    for i, sign in enumerate(signs):
        point = {s: sign(i, j) * _POINTS[(3 * i + j) % 8] * (1 + j // 8) for j, s in enumerate(symbols)}
        try:
            both.append(_pair(gold, pred, point))
        except _UnsureError:
            continue
    real = [(g, p) for g, p in both if abs(g.imag) <= 1e-12 * abs(g) and abs(p.imag) <= 1e-12 * abs(p)]
    if len(both) < 3:
        raise _UnsureError("it could not be evaluated")
    return real if len(real) >= 3 else both


def _pair(gold: Any, pred: Any, point: dict[Any, float]) -> tuple[complex, complex]:
    """Both values with 30 digits behind them, scaled by the staff's so that tiny and huge numbers fit a float."""
    from sympy import N, Rational

    exact = {symbol: Rational(str(value)) for symbol, value in point.items()}
    try:
        g, p = (N(e.doit().xreplace(exact).doit(), 30) for e in (gold, pred))
        scale = abs(g) or abs(p) or 1
        values = complex(N(g / scale, 20)), complex(N(p / scale, 20))
    except (TypeError, ValueError, ArithmeticError, AttributeError, RecursionError) as error:
        raise _UnsureError("it could not be evaluated") from error
    if not all(math.isfinite(v.real) and math.isfinite(v.imag) for v in values):
        raise _UnsureError("it has no finite value")
    return values
