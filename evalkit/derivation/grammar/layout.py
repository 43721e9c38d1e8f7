r"""What layout puts around statements goes: boxes, alignment, environments, `{a \over b}`. What is left are rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.derivation.grammar.braces import matching
from evalkit.derivation.grammar.columns import MARK, columns, conditioned, is_mark, rest_of
from evalkit.derivation.grammar.signs import EQUAL, ORDER, SEPARATORS
from evalkit.derivation.grammar.stream import NESTING, nesting
from evalkit.derivation.grammar.tokens import Token

_MATRIX = {"bmatrix", "pmatrix", "matrix", "smallmatrix", "Bmatrix", "array", "vmatrix", "Vmatrix", "cases"}
_BIG = ("int", "sum", "prod")
_SYSTEM = ("cases", "array")
_BETWEEN = {"over": "frac", "choose": "binom"}
"""What stands between its two arguments, and what would stand before them."""


def fractions(tokens: Sequence[Token]) -> Sequence[Token]:
    r"""`{a \over b}` as `\frac{a}{b}`, `{n \choose k}` as `\binom{n}{k}`, and `{\int}_0^1` as `\int_0^1`."""
    if not any(t.kind == "cmd" and t.text in (*_BETWEEN, *_BIG) for t in tokens):
        return tokens
    out: list[Token] = []
    opened: list[int] = []
    for token in tokens:
        if token.kind == "op" and token.text == "{":
            opened.append(len(out))
        elif (token.kind, token.text) == ("op", "}") and opened and opened.pop() == len(out) - 2 and is_big(out[-1]):
            del out[-2]
            continue
        if token.kind == "cmd" and token.text in _BETWEEN and opened:
            first = out[opened[-1]]
            out.insert(opened[-1], Token("cmd", _BETWEEN[token.text], first.start, first.start, first.glued))
            opened[-1] += 1
            out += [Token("op", "}", token.start, token.start, True), Token("op", "{", token.end, token.end, True)]
        else:
            out.append(token)
    return out


def is_big(token: Token) -> bool:
    return token.kind == "cmd" and token.text in _BIG


def unwrapped(tokens: Sequence[Token]) -> list[Token]:
    """Without boxes, alignment marks and environments of layout; `\\overset{a}{=}` becomes `=`."""
    out: list[Token] = []
    ends: list[bool] = []  # for each open brace: drop its closing one
    depth = open_system = 0  # of matrix environments; of systems of equations
    at = 0
    while at < len(tokens):
        token = tokens[at]
        at += 1
        if token.kind == "env":
            kind, _, name = token.text.partition(":")
            if depth == 0 and name in _SYSTEM and kind == "begin" and is_system(out, tokens, at):
                while out and out[-1].text in ("\\{", "{"):
                    if out.pop().text == "{" and ends:
                        ends[-1] = True
                out.append(Token("nl", "\\\\", token.start, token.end))
                at = matching(tokens, at) + 1 if name == "array" and tokens[at].text == "{" else at
                open_system += 1
            elif depth == 0 and open_system and name in _SYSTEM and kind == "end":
                open_system -= 1
                out.append(Token("nl", "\\\\", token.start, token.end))
            elif name in _MATRIX:
                depth += 1 if kind == "begin" else -1
                out.append(token)
            elif (
                kind == "begin"
                and name in ("alignedat", "alignat", "array")
                and at < len(tokens)
                and tokens[at].text == "{"
            ):
                at = matching(tokens, at) + 1
            elif name not in ("aligned", "split", "gathered", "alignedat"):
                out.append(Token("nl", "\\\\", token.start, token.end))
        elif token.kind == "op" and token.text == "&" and depth == 0:
            out.append(Token("sp", MARK, token.start, token.end))
        elif token.kind == "cmd" and token.text == "boxed" and at < len(tokens) and tokens[at].text == "{":
            ends.append(True)
            at += 1
        elif (
            token.kind == "cmd"
            and token.text in ("overset", "underset")
            and at < len(tokens)
            and tokens[at].text == "{"
        ):
            at = matching(tokens, at) + 1
            if at < len(tokens) and tokens[at].text == "{":
                ends.append(True)
                at += 1
        elif token.kind == "op" and token.text == "{":
            ends.append(begins(out) and has_relation(tokens, at))  # {x = 3}: braces around all of it
            if not ends[-1]:
                out.append(token)
        elif token.kind == "op" and token.text == "}":
            if not (ends.pop() if ends else False):
                out.append(token)
        else:
            out.append(token)
    return out


def begins(out: Sequence[Token]) -> bool:
    """Whether a statement begins here."""
    last = next((t for t in reversed(out) if t.kind not in ("sp", "qd")), None)
    return last is None or last.kind in ("nl", "text") or (last.kind == "cmd" and last.text in SEPARATORS)


def is_system(out: Sequence[Token], tokens: Sequence[Token], at: int) -> bool:
    r"""Whether `\begin{cases}` or an array, which has just begun, holds the equations of a system: it has no left side of its own."""
    braces = len(out)
    while braces and out[braces - 1].text in ("\\{", "{") and out[braces - 1].kind == "op":
        braces -= 1
    return begins(out[:braces]) and has_relation(tokens, at) and not is_side(tokens, at)


def cases_of_arrays(tokens: Sequence[Token]) -> Sequence[Token]:
    r"""`= \left\{\begin{array}{ll} a & x > 0 \\ b & x \leq 0 \end{array}\right.` as cases: a brace that nothing closes before an array that
    is a side of a relation."""
    out = list(tokens)
    for at in range(len(out) - 2, -1, -1):
        if out[at].text != "\\{" or out[at + 1].text != "begin:array":
            continue
        end = next((i for i in range(at + 2, len(out)) if out[i].text == "end:array"), len(out))
        if any(t.text in ("begin:array", "\\}") for t in out[at + 2 : end + 2]) or end == len(out):
            continue
        before = next((t for t in reversed(out[:at]) if t.kind not in ("sp", "qd") and t.text != "&"), None)
        if not is_sign(before) and not is_side(out, at + 2):
            continue
        rows = matching(out, at + 2) + 1 if out[at + 2].text == "{" else at + 2  # behind the columns
        first, last = out[at + 1]._replace(text="begin:cases"), out[end]._replace(text="end:cases")
        out[at : end + 1] = [first, *out[rows:end], last]
    return out


def is_sign(token: Token | None) -> bool:
    """Whether it is a sign of relation."""
    return token is not None and token.kind in ("op", "cmd") and token.text in EQUAL | ORDER


def is_side(tokens: Sequence[Token], at: int) -> bool:
    r"""Whether a relation comes right behind the environment that has just begun: `\begin{cases} ... \end{cases} = f(x)`."""
    depth = 1
    for place, token in enumerate(tokens[at:], at):
        if token.kind == "env":
            depth += 1 if token.text.startswith("begin:") else -1
        if depth == 0:
            return is_sign(next((t for t in tokens[place + 1 :] if t.kind not in ("sp", "qd") and t.text != "&"), None))
    return False


def has_relation(tokens: Sequence[Token], at: int) -> bool:
    """Whether an equals sign or the like stands before the end of the group that begins at `at`, and in no group inside."""
    depth = 0
    for token in tokens[at:]:
        depth += nesting(token) if token.kind in NESTING else 0
        if depth < 0:
            return False
        if depth == 0 and token.kind in ("op", "cmd") and (token.text in EQUAL | ORDER or token.text == "approx"):
            return True
    return False


def rows(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Rows at `\\\\`; a row that begins with a relation or a sign, or follows an open one, continues the row before, unless it
    has a left side of its own: what stands before the condition of that row, and nothing where both have one or it has columns."""
    current: list[Token] = []
    behind: list[list[Token]] = []
    depth = 0
    pending = False
    tokens = columns(tokens)
    for at, token in enumerate(tokens):
        if is_mark(token):
            continue
        if token.kind in NESTING:
            depth = max(0, depth + nesting(token))
        if token.kind == "nl" and depth <= 0:
            pending = True
            continue
        if pending and token.kind not in ("sp", "qd", "text"):
            pending = False
            if current and current[-1].kind == "text":
                current.append(Token("qd", "", current[-1].end, current[-1].end))
            goes = continues(token) and not has_left_side(tokens, at)
            if goes and (cut := conditioned(current)) < len(current):
                behind.append(current[cut:])
                current = current[:cut]
                row = rest_of(tokens, at)
                goes = conditioned((*current, *row)) == len(current) + len(row)
            elif goes:
                goes = not any(t.kind == "qd" and t.text == MARK for t in current)
            if not (goes or (current and is_open(current))):
                yield from (x for x in (current, *behind) if x)
                current, behind = [], []
        current.append(token)
    yield from (x for x in (current, *behind) if x)


def has_left_side(tokens: Sequence[Token], at: int) -> bool:
    """`-4 &= 3a - 2b`: whether the row that begins there with a sign has a relation at its first mark, and more than it
    before."""
    if tokens[at].text not in ("+", "-") or (at and tokens[at - 1].text == MARK):
        return False
    mark = next((i for i, t in enumerate(tokens[at:], at) if t.kind == "nl" or t.text == MARK), None)
    if mark is None or tokens[mark].text != MARK:
        return False
    beside = [t for t in (*tokens[at + 1 : mark][-1:], *tokens[mark + 1 : mark + 2]) if t.kind in ("op", "cmd")]
    inside = [t for t in tokens[at + 1 : mark] if t.kind not in ("sp", "qd")]
    return bool(inside) and any(t.text in EQUAL | ORDER for t in beside)


def continues(token: Token) -> bool:
    return token.text in EQUAL | ORDER | {"approx", "+", "-", "coloneq", "neq", "cdot", "times"} and token.kind in (
        "op",
        "cmd",
    )


def is_open(row: Sequence[Token]) -> bool:
    last = next((t for t in reversed(row) if t.kind not in ("sp", "qd")), None)
    return last is not None and last.kind in ("op", "cmd") and last.text in ("=", "+", "-", "cdot", "times")
