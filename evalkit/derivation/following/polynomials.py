"""Polynomials in named members of lists, as numbers before monomials: what moments of sums are computed with (copies.py).

Not covered: divisions by what is no number; polynomials of more terms or higher powers than the bounds below.
"""

from __future__ import annotations

from collections.abc import Iterable

MAX_TERMS, MAX_POWER = 600, 4
Member = tuple[str, int]
Monomial = tuple[tuple[Member, int], ...]
Poly = dict[Monomial, float]


class OpenError(Exception):
    """No polynomial in random numbers, or too large a one."""


def constant(value: float) -> Poly:
    return {(): float(value)}


def variable(member: Member) -> Poly:
    return {((member, 1),): 1.0}


def sure(poly: Poly) -> float:
    """The number that a polynomial is."""
    if poly.keys() - {()}:
        raise OpenError
    return poly.get((), 0.0)


def total(parts: Iterable[Poly]) -> Poly:
    out: Poly = {}
    for part in parts:
        for monomial, c in part.items():
            out[monomial] = out.get(monomial, 0.0) + c
        if len(out) > MAX_TERMS:
            raise OpenError
    return out


def times(a: Poly, b: Poly) -> Poly:
    if len(a) * len(b) > MAX_TERMS:
        raise OpenError
    out: Poly = {}
    for one, c in a.items():
        for other, d in b.items():
            powers = dict(one)
            for member, power in other:
                powers[member] = powers.get(member, 0) + power
            if sum(powers.values()) > 2 * MAX_POWER:
                raise OpenError
            key = tuple(sorted(powers.items()))
            out[key] = out.get(key, 0.0) + c * d
    return out
