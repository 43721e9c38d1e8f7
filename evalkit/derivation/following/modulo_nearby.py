r"""`M_2(\mathbb{F}_5)` somewhere, and then `3 - 4 = -1 \equiv 4`: what agrees modulo a number that the text names is not false.

For `=` the number is named in the paragraph, for `\equiv` in the section: as a modulus, by a finite field or a ring of remainders. Both
sides are whole numbers, matrices of them or polynomials with whole coefficients. With `\equiv` it is true where the section names one only.
Not covered: letters for the modulus, operators (`17 \bmod 5`), fields of p^n elements but for their characteristic.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from evalkit.derivation.following import scopes
from evalkit.derivation.following.arithmetics import ORDINARY, undressed
from evalkit.derivation.following.claims import numbers_of
from evalkit.derivation.following.figures import MEANS_ALIKE, modulus_of, remainder
from evalkit.derivation.following.polynomials import OpenError, Poly, constant, times, total, variable
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.alphabet import SUB
from evalkit.derivation.grammar.nodes import Bin, Node, Num, Sym, Un, walk
from evalkit.derivation.verdicts.verdict import Judgement, Verdict

FAR = 4000
"""How many characters of a section are looked at on either side."""
MOST, MAX_POWER, EXACT = 10**9, 40, 2.0**50
"""The largest modulus and power, and up to where numbers are exact."""
_SMALL = str.maketrans({c: d for c, d in SUB.items() if d.isdecimal()})
_RING = r"(?:\\math(?:bb|bf|rm)\s*\{?\s*[FZ]\s*\}?|[𝔽ℤ]|\bGF|\\[FZ](?![A-Za-z]))"
_NAMED = re.compile(
    r"\\pmod\s*\{?\s*(?P<mod>\d+)|(?:(?<=\()|(?:^|[A-Za-z]{2}|#)[ \t]+)(?:\\[pb]?mod|[Mm]od(?:ul(?:o|us))?)[\s~$({\\:]*(?P<word>\d+)(?![.\d])"
    rf"|{_RING}\s*[_(]?\s*\{{?\s*(?P<ring>\d+)|{_RING}\s*/\s*\(?\s*(?P<by>\d+)|[Cc]haracteristic[\s$]+(?P<of>\d+)",
    re.MULTILINE,
)


def congruent_nearby(reading: Reading, read: Read) -> Read | None:
    """Agrees modulo a number that the text names beside it."""
    if read.left is None or read.right is None or modulus_of(reading, read) is not None:
        return None
    if any(isinstance(n, Bin) and n.op == "mod" for side in read.sides for n in walk(side)):
        return None
    alike = read.op == MEANS_ALIKE
    low, high = around(reading, read, section=alike)
    if not alike and ORDINARY.search(undressed(reading.document.text[low : read.start])):
        return None
    moduli = dict.fromkeys(named(reading.document.text, low, high))
    modulus = next((n for n in moduli if agree(reading, read, n)), None)
    if modulus is None:
        return None
    if alike and len(moduli) == 1:
        return replace(read, judgement=Judgement(Verdict.IDENTITY, reason=f"modulo {modulus}"))
    return read.decided(Verdict.DISPUTED, f"holds modulo {modulus}, which is named beside it")


def around(reading: Reading, read: Read, *, section: bool) -> tuple[int, int]:
    """Where the paragraph of a relation begins and ends, or its section, as far as is looked at."""
    text, breaks = reading.document.text, reading.document.breaks
    low, high = max(0, read.start - FAR), min(len(text), read.end + FAR)
    if section:
        low = max([low, *(b for b in breaks if b <= read.start)])
        return low, min([high, *(b for b in breaks if b > read.start)])
    behind = text.find("\n\n", read.end, high)
    return max(low, text.rfind("\n\n", low, read.start)), behind if behind >= 0 else high


def named(text: str, low: int, high: int) -> Iterator[int]:
    """The numbers modulo which a stretch of text computes."""
    for found in _NAMED.finditer(text[low:high].translate(_SMALL)):
        number = int(next(g for g in found.groups() if g is not None)[:12])
        if 2 <= number <= MOST:
            yield characteristic(number) if found["ring"] and "Z" not in found[0] and "ℤ" not in found[0] else number


def characteristic(size: int) -> int:
    """The p of a field of p^n elements; the number itself where it is no such power, or p is large."""
    p = next((d for d in range(2, 100) if size % d == 0), size)
    rest = size
    while rest % p == 0:
        rest //= p
    return p if rest == 1 else size


def agree(reading: Reading, read: Read, modulus: int) -> bool:
    """Whether both sides are whole, and leave the same remainders, entry by entry or coefficient by coefficient. With `=` one of them
    is reduced: its numbers are smaller than the modulus."""
    alike = read.op == MEANS_ALIKE
    if all(map(scopes.is_constant, read.sides)):
        values = [numbers_of(reading.judge.general, side) for side in read.sides]
        reduced = alike or any(v is not None and (np.abs(v) < modulus).all() for v in values)
        left, right = (remainder(side, modulus) for side in read.sides)
        if left is not None and right is not None:
            return reduced and left == right
        return reduced and all(map(is_whole, values)) and is_multiple(values[0], values[1], modulus)
    try:
        parts = [polynomial(side) for side in read.sides]
        gaps = total([parts[0], times(constant(-1), parts[1])]).values()
    except OpenError:
        return False
    reduced = alike or any(all(abs(c) < modulus for c in part.values()) for part in parts)
    return reduced and all(abs(c) < EXACT and c % modulus == 0 for c in gaps)


def is_whole(values: np.ndarray | None) -> bool:
    return values is not None and bool((np.abs(values) < EXACT).all() and (values == np.round(values)).all())


def is_multiple(left: np.ndarray | None, right: np.ndarray | None, modulus: int) -> bool:
    if left is None or right is None or left.shape != right.shape:
        return False
    return bool(((left - right) % modulus == 0).all())


def polynomial(node: Node) -> Poly:
    """A polynomial in letters with whole coefficients. Raises OpenError of anything else."""
    match node:
        case Num(value) if value == round(value):
            return constant(value)
        case Sym(name):
            return variable((name, 0))
        case Un("-", x):
            return times(constant(-1), polynomial(x))
        case Bin("+", a, b):
            return total([polynomial(a), polynomial(b)])
        case Bin("-", a, b):
            return total([polynomial(a), times(constant(-1), polynomial(b))])
        case Bin("*" | "dot", a, b):
            return times(polynomial(a), polynomial(b))
        case Bin("^", a, Num(power)) if power in range(MAX_POWER + 1):
            out = constant(1)
            for _ in range(int(power)):
                out = times(out, polynomial(a))
            return out
    raise OpenError
