r"""Words and signs right beside a formula in numbers that are a part of it: `Minus $1/2 = 0.06$`, `\$$1 = 100$ cents`.

An operator in words before a number takes what was said before; an amount of money on the left and another unit behind the right are one
conversion. Dollars, euros and pounds have a hundred parts: what that tells is judged.
Not covered: operators behind a comma or within prose (`a big plus: ...`), units that stand inside the formula (units.py).
"""

from __future__ import annotations

import math
import re
from dataclasses import replace

from evalkit.derivation.following import scopes
from evalkit.derivation.following.nearly import unit
from evalkit.derivation.following.numbers import number_in
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Node, Num, Un
from evalkit.derivation.verdicts.verdict import Judgement, Verdict
from evalkit.reading import english

_OPERATOR = re.compile(
    r"(?<![\w-])(?P<word>plus|minus|less|times|multiplied by|divided by)[*_]{0,2}[ \t]*:?[*_]{0,2}[ \t]*(?:\$\$?|\\[(\[])?[ \t]*\Z",
    re.I,
)
_CLOSES = r"(?:[ \t]|\$|\\[)\]])*"
_MONEY = re.compile(r"(?:\\\$|[€£¥])[ \t]*(?:\$|\\\()\Z")
_CENTS = re.compile(rf"{_CLOSES}(?:¢|(?:cents?|ct|pence|pennies)\b)", re.I)
_NEXT = re.compile(rf"{_CLOSES}(?:(?P<word>[A-Za-z]{{2,}})|[€£¥¢])")
CENTS, FAR = 100, 2
"""How many parts an amount of money has; by what factor numbers differ of which the one may be converted into the other."""
NEAR, SAID = 24, 300
SLACK = 1e-9
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_DECIBELS = re.compile(r"(?:[ \t~$)\]}\\,;:]|\\(?:text|mathrm|operatorname)\s*\{)*[dD]B\b")


def operator_in_words(reading: Reading, read: Read) -> Read | None:
    """Has an operator in words right before it, and a number on its left that this takes from what was said before."""
    text = reading.document.text
    found = _OPERATOR.search(text, max(0, read.start - NEAR), read.start)
    if found is None or read.left is None or read.right is None or not all(map(scopes.is_constant, read.sides)):
        return None
    env = reading.judge.general
    left, right = (number_in(env, side) for side in read.sides)
    if left is None or right is None or not (is_share(read.sides[0]) or is_said(text, found, left, right)):
        return None
    return read.decided(Verdict.DISPUTED, f"{found['word'].lower()} before it takes what was said before")


def is_share(node: Node) -> bool:
    """Whether nothing is worked out in it: a number, or a quotient of two."""
    if isinstance(node, Un) and node.op == "-":
        node = node.x
    return isinstance(node, Num) or (
        isinstance(node, Bin) and node.op == "/" and all(isinstance(n, Num) for n in (node.left, node.right))
    )


def is_said(text: str, found: re.Match[str], left: float, right: float) -> bool:
    """Whether the number that the operator takes stands in the text before."""
    word = found["word"].lower()
    if word in ("minus", "less"):
        taken = right + left
    elif word == "plus":
        taken = right - left
    else:
        taken = right * left if word.startswith("divided") or not left else right / left
    said = _NUMBER.findall(text, max(0, found.start() - SAID), found.start())
    return any(abs(float(number) - taken) <= SLACK * max(1.0, abs(taken)) for number in said)


def amount_in_parts(reading: Reading, read: Read) -> Read | None:
    """Says of an amount of money what it is in cents, or gives a number in two units that stand around it."""
    if not all(isinstance(side, Num) for side in read.sides):
        return None
    text = reading.document.text
    money, behind = _MONEY.search(text, max(0, read.start - NEAR), read.start), _NEXT.match(text, read.end)
    if behind is None or (behind["word"] and behind["word"].lower() in english.NO_UNIT):
        return None
    left, right = (side.value for side in read.sides if isinstance(side, Num))
    if money and _CENTS.match(text, read.end):
        if abs(left * CENTS - right) <= SLACK * max(1.0, abs(right)):
            return replace(read, judgement=Judgement(Verdict.IDENTITY, reason="in cents"))
        return None
    of_one_size = min(abs(left), abs(right)) * FAR > max(abs(left), abs(right))
    return None if of_one_size and not money else read.decided(Verdict.DISPUTED, "a unit stands beside it")


def in_decibels(reading: Reading, read: Read) -> Read | None:
    """Gives a ratio in decibels, of power or of amplitude, on the right alone, to the last figure that is written."""
    text = reading.document.text
    if not _DECIBELS.match(text, read.end) or _DECIBELS.search(text, read.start, read.right_start):
        return None
    ratio, said = (number_in(reading.judge.general, s) if scopes.is_constant(s) else None for s in read.sides)
    if ratio is None or said is None or ratio <= 0:
        return None
    right = any(abs(times * math.log10(ratio) - said) <= min(0.5, unit(said)) + SLACK for times in (10, 20))
    return replace(read, judgement=Judgement(Verdict.IDENTITY, reason="in decibels")) if right else None
