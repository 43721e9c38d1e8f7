r"""A short mathematical answer against the staff's: expression, equation, inequality, set, interval, tuple, matrix.

LaTeX is read by math-verify, LaTeX only, without its fallbacks to strings and numbers and with its own time limits off
(they need the main thread): this scorer runs in a process that is killed from outside. What is then compared is
compared here: scalars at sample points with relative accuracy (so 2^{-99} is not 2^{-98}), equations and inequalities
by the ratio of their sides' differences, sets, tuples, intervals and matrices entry by entry.

Refused with value None and a reason, because a verdict would be a guess: transposes, norms, gradients, traces and
products of capital letters (math-verify reads matrices as commuting scalars, `AB = BA`; set `commuting` if they are
scalars), words and units (`356 s`: use `number`), bare letters in a list (use `choice`), letters that the staff's
answer lacks, and text that is too long, too deep or has huge numbers, factorials of brackets or towers of powers. A
staff answer that would be refused is an error in the file.

Sample points are fixed real numbers, positive and negative; points where a side is not real are left out unless no
others remain, so `\sqrt{1/n}` equals `1/\sqrt n`, and `\sqrt{x^2}` is not `x`. Decimals agree to `tolerance`
(relative). Where the reply has more relations than the staff's answer (`f = \ldots = x^2`), the last side counts if the
one before it is a name or equal to it; else it is an equation, which is no value (None).

Not covered: equality that holds only for integers or under conditions, "plus a constant", matrices in symbols (see the
derivation scorers), LaTeX that math-verify cannot read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field, field_validator, model_validator

from evalkit import types
from evalkit.reading import answers

MAX_LENGTH, MAX_DEPTH, MAX_DIGITS = 400, 12, 30
_FUNCTIONS = frozenset(
    f"{arc}{name}{h}" for arc in ("", "arc") for name in ("sin", "cos", "tan", "cot", "sec", "csc") for h in ("", "h")
) | frozenset(("log", "ln", "exp", "min", "max", "gcd", "lcm", "diag", "sgn", "mod", "e", "i", "d", "and", "or"))
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
_NAME = re.compile(
    r"(?:\\?[A-Za-z]|\\[A-Za-z]+|\\(?:text|mathrm|operatorname|hat|tilde|bar|mathbb|mathcal)\s*\{[^{}]*\})"
    r"(?:\s*[_^]\s*(?:\{[^{}]*\}|\\?\w+|\*)|'|\s)*(?:\([^()]*\)|\[[^\[\]]*\])?|\\frac\s*\{d\s*\w*\}\s*\{d\s*\w\}"
)
"""A side that only names the value: `f(x)`, `x^*`, `f'(x)`, `\\hat W_1`."""
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
    if not latex or (reason and not reason.startswith("matrices may")):
        raise ValueError(f"this answer cannot be judged as an expression: {reason or 'it is empty'}")
    return latex


class Accepted(types.Spec):
    """An expression that is right as well; tables show its note."""

    answer: str
    note: str = Field(min_length=1)


class Scorer(types.Scorer):
    """One expression."""

    version = 2
    metrics = {"correct": types.answer_metric("1 = the expression equals the staff's")}
    marks = {"answer": types.ANSWER}
    isolated: ClassVar[bool] = True
    imports: ClassVar[tuple[str, ...]] = ("evalkit.reading.algebra",)

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
        details = {"found": latex[:MAX_LENGTH], "how": place.how}
        given = given or (None if value is None else shown)
        return [types.Score("correct", value, reason or shown, spans, details, given)]

    def _verdict(self, latex: str) -> tuple[float | None, str, str | None]:
        """(value, reason, name of the reference that it equals)."""
        from evalkit.reading import algebra

        if len(latex) > 2 * MAX_LENGTH:
            return None, f"not judged: longer than {MAX_LENGTH} characters", None
        unsure = ""
        for name, answer in (("staff", self.answer), *((a.note, a.answer) for a in self.accept)):
            wanted = _tidy(answer.strip("$ "))
            found, before = _aligned(_tidy(latex), len(_RELATION.split(wanted)))
            before = "" if _NAME.fullmatch(before) else before
            refusal = _refusal(found, self.commuting) or (before and _refusal(before, self.commuting))
            if refusal:
                return None, f"not judged: {refusal}", None
            try:
                if before and not algebra.same(found, before, self.tolerance):
                    return None, "not judged: an equation where a value is asked for", None
                same = algebra.same(wanted, found, self.tolerance)
            except algebra.UnsureError as error:
                unsure = str(error)
                continue
            if same:
                return 1.0, "" if name == "staff" else f"accepted: {name}", name
        return (None, f"not judged: {unsure}", None) if unsure else (0.0, f"not equal to {self.answer}", None)


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


def _aligned(found: str, keep: int) -> tuple[str, str]:
    """The last `keep` sides of the reply's formula (what follows `\\approx` left out), and the side before them."""
    exact = re.split(r"\\approx(?![A-Za-z])|≈", found)
    if len(exact) > 1 and exact[0].strip():
        found = exact[0]
    sides = [found] if "," in found or ";" in found or "\\\\" in found else _RELATION.split(found)
    before = sides[-keep - 1] if len(sides) > keep else ""
    return "=".join(sides[-keep:]).strip(), before.strip()
