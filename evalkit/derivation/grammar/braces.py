r"""Braces below and above: `a - \underbrace{b + c}_{\text{small}}` is `a - b + c`, as it stands on paper.

Not covered: a brace beside a factor, `2\underbrace{a + b}_{c}`, which can only be meant to group; one around a relation.
"""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.derivation.grammar.tokens import Token

BRACES = ("underbrace", "overbrace")
SIGNS = frozenset({"+", "-", "=", "pm"})
SPACES = ("sp", "qd")
MAX_BRACES = 50


def ungrouped(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens without the braces below and above that stand between signs, and without what is written at them."""
    at = spliced = 0
    while at < len(tokens) and spliced < MAX_BRACES:
        token = tokens[at]
        if token.kind == "cmd" and token.text in BRACES and at + 1 < len(tokens) and tokens[at + 1].text == "{":
            close = matching(tokens, at + 1)
            inner, after = tokens[at + 2 : close], behind_label(tokens, close + 1)
            if is_sum(inner) and is_sign(before(tokens, at)) and is_sign(following(tokens, after)):
                tokens = [*tokens[:at], *inner, *tokens[after:]]
                spliced += 1
                continue
        at += 1
    return tokens


def matching(tokens: Sequence[Token], at: int) -> int:
    """The place of the brace that closes the one at `at`, or the last token."""
    depth = 0
    while at < len(tokens):
        if tokens[at].kind == "op":
            depth += {"{": 1, "}": -1}.get(tokens[at].text, 0)
            if depth == 0:
                return at
        at += 1
    return len(tokens) - 1


def behind_label(tokens: Sequence[Token], at: int) -> int:
    """Behind the `_{...}` that comes next, if it does."""
    here = at
    while here < len(tokens) and tokens[here].kind in SPACES:
        here += 1
    if here + 1 >= len(tokens) or tokens[here].text not in ("_", "^"):
        return at
    return matching(tokens, here + 1) + 1 if tokens[here + 1].text == "{" else here + 2


def is_sum(tokens: Sequence[Token]) -> bool:
    """Whether it has a sign in it that no bracket holds, and no relation."""
    depth = 0
    found = False
    for token in tokens:
        depth += (token.text in ("(", "[", "{", "\\{")) - (token.text in (")", "]", "}", "\\}"))
        if depth == 0 and token.kind in ("op", "cmd"):
            if token.text == "=":
                return False
            found = found or token.text in ("+", "-", "pm")
    return found


def before(tokens: Sequence[Token], at: int) -> Token | None:
    return next((t for t in reversed(tokens[:at]) if t.kind not in SPACES and t.text != "&"), None)


def following(tokens: Sequence[Token], at: int) -> Token | None:
    return next((t for t in tokens[at:] if t.kind not in SPACES and t.text != "&"), None)


def is_sign(token: Token | None) -> bool:
    """Whether it is a sign, or the end of what is written."""
    return token is None or token.kind in ("nl", "env") or (token.kind in ("op", "cmd") and token.text in SIGNS)
