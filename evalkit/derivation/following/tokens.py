"""The tokens of a stretch of a reply, also of one that plain text writes in another way than formulas are.

Not covered: towers of powers and exponents of many figures without braces; they stay as they are written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from evalkit.derivation.grammar.braces import is_sum
from evalkit.derivation.grammar.lexer import Token, tokenize
from evalkit.derivation.grammar.words import tokenize_plain
from evalkit.derivation.text.document import Document, MathSpan

LONGEST_EXPONENT = 4
QUOTES = frozenset("'‘‚")
BREAKS = frozenset({"text", "nl", "qd", "sp"})
"""Kinds of tokens behind which something begins."""
ENDS = frozenset({"=", ")", ",", "]", "}", "<", ">", "leq", "geq", "approx", "&", ":="})
"""What no factor begins with."""


def tokens_of(document: Document, span: MathSpan, words: frozenset[str] = frozenset()) -> list[Token]:
    """The tokens of a stretch of mathematics, each with its place in the reply. Raises Unreadable over a cap."""
    plain = span.bare and "\\" not in document.text[span.start : span.end]
    read = tokenize_plain if plain else tokenize
    if not span.written:
        found = read(document.text, span.start, span.end, words)
    else:
        found = [widened(t, span, document.text) for t in read(span.written, 0, len(span.written), words)]
    if plain:
        found = with_braces(found)
    if span.bare:
        found = without_quotes(found, document.text[max(0, span.start - 1) : span.start])
    return with_whole_exponents(with_stars(found)) if span.bare else with_stars(found)


def without_quotes(tokens: list[Token], before: str) -> list[Token]:
    """A quotation mark behind a formula of plain text closes what one before it opens, and is no transpose."""
    inside = bool(tokens) and tokens[0].text in QUOTES
    opened = inside or (before != "" and before in QUOTES)
    closed = opened and len(tokens) > 1 and tokens[-1].text == "'"
    return tokens[inside and closed : len(tokens) - closed]


def with_braces(tokens: list[Token]) -> list[Token]:
    """Braces of plain text stand there to be seen: `-{ [a] - [b] }` groups, unless it is a script or an argument."""
    out, opened = list(tokens), []
    for at, token in enumerate(tokens):
        if token.kind != "op" or token.text not in ("{", "}"):
            continue
        if token.text == "{":
            before = out[at - 1] if at else None
            script = before is not None and (
                before.text in ("^", "_", "}") or (token.glued and before.kind in ("id", "fn", "word", "cmd"))
            )
            opened.append((at, not script))
        elif not opened:
            return tokens
        else:
            first, seen = opened.pop()
            signs = ("(", ")") if is_sum(tokens[first + 1 : at]) else ("\\{", "\\}")
            for place, text in zip((first, at), signs, strict=True):
                out[place] = out[place]._replace(text=text) if seen else out[place]
    return tokens if opened else out


def with_stars(tokens: list[Token]) -> list[Token]:
    """`x* = 3`, `Ax* - b`: a star right behind a letter, with no factor behind it, is a mark of that letter."""
    out: list[Token] = []
    for at, token in enumerate(tokens):
        before, behind = tokens[at - 1] if at else None, next((t for t in tokens[at + 1 :] if t.kind != "sp"), None)
        if (
            (token.kind, token.text) == ("op", "*")
            and before is not None
            and before.kind == "id"
            and before.end == token.start
            and (behind is None or behind.text in ENDS or (behind.text in "+-" and behind.start > token.end))
        ):
            out.append(Token("op", "^", token.start, token.start))
        out.append(token)
    return out


def with_whole_exponents(tokens: list[Token]) -> list[Token]:
    """Plain text has no braces: `10^-12` and `2^0.5` with braces around the whole number."""
    out: list[Token] = []
    last = 0
    for at, token in enumerate(tokens):
        sign = tokens[at + 1 : at + 2]
        signed = bool(sign) and sign[0].kind == "op" and sign[0].text in ("-", "+")
        number = tokens[at + 1 + signed : at + 2 + signed]
        if token.text != "^" or token.kind != "op" or not number or number[0].kind != "num" or len(number[0].text) < 2:
            continue
        above = tokens[at + 2 + signed : at + 3 + signed]
        if len(number[0].text) > LONGEST_EXPONENT or (above and above[0].text == "^"):
            continue  # a tower
        low, high = tokens[at + 1].start, number[0].end
        out += [
            *tokens[last : at + 1],
            Token("op", "{", low, low),
            *tokens[at + 1 : at + 2 + signed],
            Token("op", "}", high, high),
        ]
        last = at + 2 + signed
    return [*out, *tokens[last:]] if last else tokens


def widened(token: Token, span: MathSpan, text: str) -> Token:
    """A token of what is written in another way, at its place in the reply, with the sign of a currency and digit groups."""
    low, high = token.start, token.end
    if token.kind == "num":
        while low and span.written[low - 1] == " " and not text[span.start + low - 1].isspace():
            low -= 1
    return token._replace(start=span.start + low, end=span.start + high)


def capitals(texts: Iterable[Sequence[Token]]) -> frozenset[str]:
    """Capitals side by side that stand nowhere without each other and are given a value, `MSE = ...`: one name, and no product."""
    words: Counter[str] = Counter()
    single: Counter[str] = Counter()
    given: set[str] = set()
    for tokens in texts:
        for run, at in runs(tokens):
            if len(run) == 1 and [t.text for t in tokens[at + 1 : at + 2]] == ["_"]:
                continue  # the S of S_{xx} is another name
            words[run] += 1
            single.update(run)
            before, behind = tokens[at - 1] if at else None, [t.text for t in tokens[at + len(run) : at + len(run) + 1]]
            if (behind[:1] in (["="], [":="], ["("]) or (behind[:1] == ["_"] and len(run) > 2)) and (
                before is None or before.kind in BREAKS or before.text in ",;&"
            ):
                given.add(run)
    while True:  # a letter of two such words stands in both
        inside = Counter(letter for word in given for letter in word * words[word])
        kept = {w for w in given if len(w) > 1 and all(inside[c] == single[c] for c in w)}
        if kept == given:
            return frozenset(kept)
        given = kept


def runs(tokens: Sequence[Token]) -> Iterator[tuple[str, int]]:
    """The longest runs of capitals with nothing between them, and where they begin."""
    run, first = "", 0
    for at, token in enumerate(tokens):
        capital = token.kind == "id" and len(token.text) == 1 and token.text.isupper()
        if run and not (capital and token.start == tokens[at - 1].end):
            yield run, first
            run = ""
        if capital:
            run, first = run + token.text, first if run else at
    if run:
        yield run, first
