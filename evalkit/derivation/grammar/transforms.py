r"""`\mathcal{L}\{f(t)\}`, `\mathcal{Z}^{-1}\{...\}`: the letter of a transform, told by its font and the set brackets behind it.

Not covered: transforms in other brackets, where the same letter is a loss, a Lagrangian or a functional.
"""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.derivation.grammar.tokens import Token

LAPLACE, Z = "\\laplace@", "\\ztransform@"
"""What the letters become, which no text can write."""
INVERSE = "inverse"
_LETTERS = {"\\mathcal L": LAPLACE, "\\mathcal Z": Z}
_BARE = {"L": LAPLACE, "Z": Z}
_MINUS_ONE = ("^", "{", "-", "1", "}")


def with_transforms(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with names of their own for transforms, without the braces around their letters."""
    out: list[Token] = []
    at = 0
    while at < len(tokens):
        braced = tokens[at].text == "{" and at + 2 < len(tokens) and tokens[at + 2].text == "}"
        letter = tokens[at + braced]
        end = at + 1 + 2 * braced
        behind = end + inverse(tokens, end)
        name = _LETTERS.get(letter.text) or ("" if braced else _BARE.get(letter.text, ""))
        if letter.kind == "id" and name and behind < len(tokens) and tokens[behind].text == "\\{":
            out += [letter._replace(text=name), *tokens[end:behind]]
            at = behind
        else:
            out.append(tokens[at])
            at += 1
    return out


def inverse(tokens: Sequence[Token], at: int) -> int:
    """How many tokens `^{-1}` takes at a place; 0 where it does not stand there."""
    texts = tuple(t.text for t in tokens[at : at + 5])
    return 5 if texts == _MINUS_ONE else 3 if texts[:3] == ("^", "-", "1") else 0
