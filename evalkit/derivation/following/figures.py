r"""What the figures of a number say: `1.0091...` is cut off there, `(mod 7)` compares remainders, `0 = 40` is what a
condition says that nothing obeys.

Every public function is a rule (rules.py). Not covered: numbers in words, an error that is stated (`1.5 \pm 0.1`).
"""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np

from evalkit.derivation.following import scopes
from evalkit.derivation.following.numbers import DECIMAL, has_figures, number_in, sides
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Sym, Un, children, rebuilt, walk
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.grammar.signs import MEANS
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement, Verdict
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.values import Trouble, array
from evalkit.reading import english

EXACT = 1e-14
"""What is left of the figures of a computed value, relative to it."""
SLACK = 1e-3
"""Beside the last figure: what its own rounding may add."""
_ALL_FIGURES = re.compile(r"[1-9]\d{15,40}", re.ASCII)
_DOTS = r"(?:\s|\\[,;:!]|[{}])*(?:\.\.\.|\\[ldc]?dots[a-z]?\b|…|⋯)"
_ENDED = re.compile(rf"(\d*)\.(\d+){_DOTS}")
_MODULUS = re.compile(
    r"(?:\\[pb]?mod\b|\b[Mm]od(?:ulo|ulus)?\b)[\s$({\\}]*?(\d+(?:(?:,|\{,\}|\\,)\d{3})*|[A-Za-z])(?![A-Za-z])"
)
_CONGRUENT = re.compile(r"\\equiv\b|≡")
"""What makes a comparison of `\\bmod`, which otherwise computes."""
MOST_FIGURES = 18
"""Of a modulus."""
MEANS_ALIKE = "equiv"
"""The sign of a congruence."""
AFTER = 10
"""How many characters behind a side its dots may end."""
MOST, MAX_POWER = 2**53, 64
"""Whole numbers below this one are exact as they are read; the largest power that is computed."""
PLAIN = frozenset({"exp", "log", "ln", "sin", "cos", "tan", "sqrt", "arctan", "arcsin", "arccos"})
ABSURD = re.compile(
    r"\bcontradict|\bimpossib|\bnot possible|\bcannot (?:happen|hold|occur)|\babsurd|\binconsisten|\bno solution|\bnever (?:true|holds)",
    re.I,
)
SAID = 50
"""How many characters behind a relation may say that it is none."""
RUN, ITS_WORDS = 240, 6
"""How many characters behind a step of a check its end may stand, and with how many words between."""
HOLDS_NOT = frozenset(
    ("true", "correct", "valid", "equal", "right", "hold", "holds", "work", "works", "check", "satisfied")
)
"""What comes to nothing is said not to be one of these."""
GOES_ON = frozenset(("this", "that", "which", "it", "so", "but", "and"))
NEAR = 200
"""How many characters before a chain may say that it is read modulo something."""


def digits_written(reading: Reading, read: Read) -> Read | None:
    """Gives a number to more figures than are right: the last one that is written may be rounded or cut off, no other."""
    for side, other, low, high in sides(read):
        plain = side.x if isinstance(side, Un) and side.op == "-" else side
        figures = [len(m[1]) for m in DECIMAL.finditer(reading.document.text[low:high])]
        if not isinstance(plain, Num) or len(figures) != 1 or not is_elementary(other):
            continue
        a, b = (exactly(reading.judge.general, node) for node in (side, other))
        unit = 10.0 ** -figures[0]
        if a is None or b is None or unit < EXACT * b[1] or abs(a[0] - b[0]) <= unit * (1 + SLACK):
            continue
        if has_figures(other):
            return read.decided(Verdict.DISPUTED, "differs in the last figures, and is computed from rounded numbers")
        return read.decided(Verdict.FAILS, f"not right to the last figure: {b[0]!r}")
    return None


def whole_numbers(reading: Reading, read: Read) -> Read | None:
    """Is about whole numbers, which are equal to the last figure or not at all."""
    text = reading.document.text
    values = [counted(side, text[low:high]) for side, _, low, high in sides(read)]
    if values[0] is None or values[1] is None or values[0] == values[1]:
        return None
    return read.decided(Verdict.FAILS, f"{values[1]} against {values[0]}")


def counted(node: Node, written: str = "") -> int | None:
    """The value of sums, products and powers of whole numbers; None of anything else, or beyond MOST. written: the node as
    it stands in the text, which has all figures of a number that stands alone."""
    match node:
        case Num(v) if abs(v) >= MOST and _ALL_FIGURES.fullmatch(written.strip()):
            return int(written)
        case Num(v) if abs(v) < MOST and v == round(v):
            return int(v)
        case Un("-", x):
            inner = counted(x)
            return None if inner is None else -inner
        case Bin("+" | "-" | "*" | "^" as op, a, b):
            left, right = counted(a), counted(b)
            if left is None or right is None or (op == "^" and not 0 <= right <= MAX_POWER):
                return None
            found = (
                left + right if op == "+" else left - right if op == "-" else left * right if op == "*" else left**right
            )
            return found if abs(found) < MOST**MAX_POWER else None
    return None


def is_elementary(node: Node) -> bool:
    """Whether it is computed from numbers to all figures: no integral, no sum, no gamma function."""
    return all(
        isinstance(n, Num | Bin | Un)
        or (isinstance(n, Sym) and n.name in ("e", "\\pi"))
        or (isinstance(n, Call) and n.name in PLAIN)
        for n in walk(node)
    )


def exactly(env: Env, node: Node) -> tuple[float, float] | None:
    """The value of a side that is a number, and the size of the largest number on the way to it."""
    try:
        env.begin()
        value = array(env.value(node, {}))
    except (Trouble, ArithmeticError, ValueError, np.linalg.LinAlgError):
        return None
    if value.size != 1 or np.iscomplexobj(value):
        return None
    return float(value.item()), max(float(env.scale), abs(float(value.item())))


def cut_off(reading: Reading, read: Read) -> Read | None:
    """Is right where the numbers that end in dots go on."""
    text = reading.document.text
    if not _ENDED.search(text, read.start, read.end + AFTER) or not all(map(scopes.is_constant, read.sides)):
        return None
    ranges: list[tuple[float, float]] = []
    found = 0
    for side, _, low, high in sides(read):
        written = _ENDED.finditer(text, low, high + AFTER)
        ended = {float(f"{m[1] or 0}.{m[2]}"): 10.0 ** -len(m[2]) for m in written}
        found += len([n for n in walk(side) if isinstance(n, Num) and n.value in ended])
        first, last = (number_in(reading.judge.general, node) for node in (side, gone_on(side, ended)))
        if first is None or last is None:
            return None
        ranges.append((min(first, last), max(first, last)))
    (a, b), (c, d) = ranges
    if not found or max(a, c) > min(b, d) + 1e-9 * max(1.0, abs(a)):
        return None
    if found > 1:
        return read.decided(Verdict.DISPUTED, "right up to the figures that it is computed from")
    return replace(read, judgement=Judgement(Verdict.IDENTITY, reason="cut off"))


def gone_on(node: Node, ended: dict[float, float]) -> Node:
    """The tree with one more in the last place of the numbers that end in dots."""
    if isinstance(node, Num):
        return Num(node.value + ended[node.value]) if node.value in ended else node
    return rebuilt(node, [gone_on(n, ended) for n in children(node)])


def congruent(reading: Reading, read: Read) -> Read | None:
    """Stands where remainders are compared: `4^4 = 256 = 45 (mod 211)`."""
    modulus = modulus_of(reading, read)
    if modulus is None:
        return None
    if read.left is None or read.right is None or len(modulus) > MOST_FIGURES:
        return None
    left, right = (remainder(side, int(modulus)) if modulus.isdecimal() else None for side in read.sides)
    if left is not None and right is not None:
        if left == right:
            return replace(read, judgement=Judgement(Verdict.IDENTITY, reason=f"modulo {modulus}"))
        return read.decided(Verdict.FAILS, f"modulo {modulus}") if read.op == MEANS_ALIKE else None
    if read.judgement.verdict is Verdict.UNPARSED:
        return None
    values = [number_in(reading.judge.general, side) if scopes.is_constant(side) else None for side in read.sides]
    whole = [v for v in values if v is not None and abs(v) < 1e15 and v == round(v)]
    if len(whole) < 2 or not modulus.isdecimal() or int(modulus) == 0:
        return read.decided(Verdict.DISPUTED, "remainders are compared here")
    if (int(whole[0]) - int(whole[1])) % int(modulus) == 0:
        return replace(read, judgement=Judgement(Verdict.IDENTITY, reason=f"modulo {modulus}"))
    return None


def remainder(node: Node, modulus: int) -> int | None:
    """The remainder of sums, products, powers and quotients of whole numbers, however large these become; None of anything else,
    and of what has no inverse."""
    if modulus == 0:
        return None
    match node:
        case Bin("^", a, b):
            base, power = remainder(a, modulus), counted(b)
            if base is None or power is None or abs(power) >= MOST or (power < 0 and math.gcd(base, modulus) != 1):
                return None
            return pow(base, power, modulus)
        case Bin("/", a, b):
            left, right = remainder(a, modulus), remainder(b, modulus)
            if left is None or right is None or math.gcd(right, modulus) != 1:
                return None
            return left * pow(right, -1, modulus) % modulus
        case Bin("+" | "-" | "*" | "dot" as op, a, b):
            left, right = remainder(a, modulus), remainder(b, modulus)
            if left is None or right is None:
                return None
            return (left + right if op == "+" else left - right if op == "-" else left * right) % modulus
        case Un("-", x):
            inner = remainder(x, modulus)
            return None if inner is None else -inner % modulus
    value = counted(node)
    return None if value is None else value % modulus


def congruence(reading: Reading, read: Read) -> Read | None:
    r"""Compares remainders of numbers: `17 \equiv 2 \pmod 5`."""
    modulus = modulus_of(reading, read) if read.op == MEANS else None
    if modulus is None or not modulus.isdecimal() or not all(map(scopes.is_constant, read.sides)):
        return None
    found = congruent(reading, read)
    return read.decided(Verdict.FAILS, f"modulo {modulus}") if found is None else found


def modulus_of(reading: Reading, read: Read) -> str | None:
    """What the display or the sentence of a chain says that it is read modulo."""
    text = reading.document.text
    span = next((s for s in reading.document.spans if s.start <= read.start < s.end), None)
    if span is None:
        return None
    inside = _MODULUS.search(text, read.right_start if read.op == MEANS else read.end, span.end)
    if inside is not None and "\\\\" not in text[read.end : inside.start()]:
        return without_groups(inside[1])
    sentence = text[max(0, span.outer_start - NEAR) : span.outer_start].rpartition("\n\n")[2].rpartition(". ")[2]
    before = _MODULUS.search(sentence)
    operates = before is not None and before[0].startswith("\\bmod") and not _CONGRUENT.search(sentence)
    return without_groups(before[1]) if before is not None and not operates and not span.display else None


def without_groups(number: str) -> str:
    """`3,233` as `3233`."""
    return re.sub(r"\D", "", number) or number


def contradiction(reading: Reading, read: Read) -> Read | None:
    """Says in numbers what nothing obeys: it is called false, or the equation before it, which may be a condition, says it."""
    if not all(scopes.is_constant(side) for side in read.sides):
        return None
    if ABSURD.search(reading.document.text, read.end, read.end + SAID):
        return read.decided(Verdict.DISPUTED, "said to be a contradiction")
    if is_refused(reading.document.text[read.end : read.end + RUN].partition("\n\n")[0]):
        return read.decided(Verdict.DISPUTED, "a step of a check whose outcome is called false")
    before = next((r for r in reversed(reading.relations) if r.end <= read.start and r.chain != read.chain), None)
    if before is None or before.op not in EQUAL or before.left is None or before.right is None:
        return None
    if before.judgement.verdict in TRUE | FALSE or "\n\n" in reading.document.text[before.end : read.start]:
        return None
    gaps = [Bin("-", *r.sides) for r in (before, read)]
    if reading.judge.equation(*gaps).verdict not in TRUE:
        return None
    return read.decided(
        Verdict.DISPUTED, "what an equation before it says that may be a condition, and that nothing obeys"
    )


def is_refused(behind: str) -> bool:
    """Whether what stands behind an equation in numbers is called false, with little but formulas between: `1 = 3 + 4`, and
    on the next line `1 = 7, which is not true`."""
    found = [w for w in english.words(behind) if w.text.isalpha() and behind[w.start - 1 : w.start] != "\\"]
    last, found = 0, found[: ITS_WORDS + 3]
    for at, word in enumerate(found):
        if word.text not in GOES_ON and english.is_closed(behind[last : word.start].rstrip()):
            return False  # another sentence, of something else
        last = word.end
        denied = word.text in english.NEGATIVES and any(w.text in HOLDS_NOT for w in found[at + 1 : at + 3])
        if denied or word.text in english.CALLED_FALSE:
            return True
    return False
