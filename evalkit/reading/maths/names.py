r"""Walking over the tokens of a formula, and the names in it: `x`, `s_i`, `\hat x`, `f'`. Nothing is computed."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.reading.maths.latex import closing

_MARKS_OVER = """
hat bar tilde vec dot ddot widehat widetilde overline overrightarrow
"""
ACCENTS = frozenset("\\" + a for a in _MARKS_OVER.split())
_GREEK = """
alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi chi psi omega
Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega vartheta varrho varsigma ell hbar
"""
LETTERS = frozenset("\\" + name for name in _GREEK.split())
APPLIED = frozenset("fghFGHPE")
"""Letters that are functions where a bracket follows."""
UNREAD = "its LaTeX could not be read"


class Unreadable(Exception):  # noqa: N818 - says what it means
    """A formula that no verdict can rest on; the text says why."""


class FinalError(Unreadable):
    """No other reader may be asked: what is meant is in doubt, or it is too large to be computed."""


class OtherKindError(Unreadable):
    """Both were read, and one is no answer to what the other answers: a set for a number, a value for an equation."""


class UnsureError(Unreadable):
    """No verdict can be trusted; the text says why."""


class Stream:
    """Tokens that are taken from the front. What is missing raises Unreadable."""

    def __init__(self, rest: Sequence[str]) -> None:
        self.rest = list(rest)

    def next(self) -> str:
        """The next token, the empty string at the end."""
        return self.rest[0] if self.rest else ""

    def take(self) -> str:
        """Removes the next token."""
        if not self.rest:
            raise Unreadable(UNREAD)
        return self.rest.pop(0)

    def accept(self, token: str) -> bool:
        """Removes the next token if it is this one."""
        if self.next() == token:
            self.rest.pop(0)
            return True
        return False

    def group(self) -> list[str]:
        """Removes a bracket; what stands in it."""
        end = closing(self.rest, 0)
        if end < 0:
            raise Unreadable(UNREAD)
        inside, self.rest = self.rest[1:end], self.rest[end + 1 :]
        return inside

    def argument(self, *, digit: bool = False) -> list[str]:
        """Removes what a command is followed by: a group or one token; of a numeral one digit where `digit`."""
        if self.next() == "{":
            return self.group()
        token = self.take()
        if digit and token.isdecimal() and len(token) > 1:
            self.rest.insert(0, token[1:])
            return [token[0]]
        taken = [token]
        for _ in range({"\\frac": 2, "\\sqrt": 1, "\\mathbb": 1}.get(token, int(token in ACCENTS))):
            taken += ["{", *self.argument(digit=True), "}"]
        return taken

    def begins_identifier(self) -> bool:
        """Whether a letter comes next, `e` and `\\pi` not counted."""
        token = self.next()
        return token in ACCENTS or token in LETTERS or (len(token) == 1 and token.isalpha() and token != "e")

    def identifier(self) -> str:
        """Removes a letter with accent, index and primes; its name. `x^2_1` leaves `^2` behind."""
        token = self.take()
        text = token.lstrip("\\")
        if token in ACCENTS:
            text = f"{text.replace('overline', 'bar').replace('wide', '')} {' '.join(self.argument())}"
        while self.next() in ("_", "'"):
            text += "'" if self.take() == "'" else "_" + self.index()
        if self.next() == "^" and len(self.rest) > 2:
            end = closing(self.rest, 1) if self.rest[1] == "{" else 1
            if self.rest[end + 1 : end + 2] == ["_"]:
                raised, self.rest = self.rest[: end + 1], self.rest[end + 2 :]
                text += "_" + self.index()
                self.rest = raised + self.rest
        return text

    def index(self) -> str:
        """Removes what stands below a letter."""
        return "".join(token for token in self.argument() if token not in "{}")


def name(found: Sequence[str]) -> str | None:
    """The name of a letter that stands alone, or None."""
    stream = Stream(found)
    if not stream.begins_identifier():
        return None
    try:
        text = stream.identifier()
    except Unreadable:
        return None
    return None if stream.rest else text


_TYPEFACES = """
mathbf boldsymbol bm mathbb mathcal mathfrak mathscr operatorname nabla Pr det
"""
_MARKED = frozenset("\\" + a for a in _TYPEFACES.split())
_DERIVATIVE = (["d"], ["\\partial"])


_COMPUTED = frozenset({"\\lim", "\\int", "\\iint", "\\oint"})
"""What begins so says what is computed."""


def called(found: Sequence[str]) -> bool:
    """Whether this side of an equation only names the value: `f(x)`, `x^*`, `\\frac{dy}{dx}`, `P(X = 1)`, `"Area`."""
    stream = Stream(found)
    if name(found):
        return True
    token = stream.next()
    if token in _COMPUTED:
        return True
    if (
        token in ("\\angle", "\\triangle")
        and len(stream.rest) > 1
        and all(len(t) == 1 and t.isalpha() for t in stream.rest[1:])
    ):
        return True
    try:
        if token == "\\frac":
            stream.take()
            over, under = stream.argument(), stream.argument()
            return over[:1] in _DERIVATIVE and under[:1] in _DERIVATIVE
        if token in _MARKED:
            stream.take()
            if stream.rest and stream.next() not in ("(", "["):
                stream.argument()
        elif token.startswith('"'):
            stream.take()
            if stream.begins_identifier():  # `\\operatorname{rank} A`
                stream.identifier()
        elif stream.begins_identifier():
            stream.identifier()
        else:
            return False
        while stream.next() in ("^", "_", "'"):
            if stream.take() != "'":
                stream.argument()
        if stream.next() in ("(", "["):
            stream.group()
    except Unreadable:
        return False
    return not stream.rest


def quantity(found: Sequence[str]) -> bool:
    """Whether this side of an equation says what is asked for: a name, or letters without numbers (`x + y`, `|AB|`)."""
    if called(found):
        return True
    letters, function, stream = set(), False, Stream(found)
    while stream.rest:
        try:
            if stream.begins_identifier():
                letters.add(stream.identifier())
                continue
        except Unreadable:
            return False
        token = stream.take()
        if token[:1].isdecimal() or token in ("e", ",") or (token[:1] == "\\" and token not in _PLAIN):
            return False
        function = function or token in _OF_AN_ANGLE
    return len(letters) > 1 or "|" in found or (function and bool(letters))


_OF_AN_ANGLE = frozenset("\\" + name for name in ("sin", "cos", "tan", "cot", "sec", "csc"))
_PLAIN = _OF_AN_ANGLE | {"\\frac", "\\cdot", "\\times", "\\angle", "\\triangle", "\\overline", "\\Vert", "\\div"}

_OF_MATRICES = """
mathbf boldsymbol bm mathbb mathcal mathfrak mathscr nabla partial Vert otimes odot
"""
_BOLD = frozenset("\\" + a for a in _OF_MATRICES.split())
_TRANSPOSED = frozenset({"T", "-T", "*", "H", "\\dagger", "\\star"})
MATRICES = "matrices may not commute; only the derivation scorers can judge them"


def matrices(found: Sequence[str], *, commuting: bool) -> bool:
    """Whether a formula speaks of matrices in symbols: bold letters, norms, transposes, products of capital letters.

    commuting: capital letters are scalars, so that their products are allowed.
    """
    stream, capital, before = Stream(found), False, ""
    while stream.rest:
        if stream.next() in ACCENTS:  # `\\overrightarrow{AB}`, `\\hat X` are one letter
            before, capital = stream.next(), False
            stream.identifier()
            continue
        if stream.begins_identifier():
            before = stream.next()
            text = stream.identifier()
            if before.isupper() and ((capital and not commuting) or "'" in text):
                return True
            capital = before.isupper()
            continue
        token = stream.take()
        if token in _BOLD:
            return True
        if token in ("^", "'"):
            raised = "".join(t for t in stream.argument() if t not in "{}") if token == "^" and stream.rest else "T"
            if raised in _TRANSPOSED and not (before.isdecimal() or before == "e"):
                return True
        elif token not in ("\\cdot", "\\times", "*"):
            capital = False
        before = token
    return False
