r"""Compound units: `m/s^2`, `km per hour`, `N·m`, `kg m s^-2`, `square metres`, `cm^3`, `pens per box`.

A unit is a product of powers of named units, which is compared by what it measures: `kg·m/s^2` and `N` are the same,
`72 km/h` is `20 m/s`. Units are folded to lower case, so a prefix in capitals (`MW`) belongs to a name of its own. A
word that is no unit of the table counts as one where the wanted unit has it (`boxes`).

Not covered: temperatures of different scales, decibels and other units that are no factor of each other, prefixes
beyond those listed, currencies (reading.maths.units).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from evalkit.reading.quantities import FUNCTION_WORDS, fold

_NAMED = """
m meter metre = 1 m
g gram gramm = 1/1000 kg
s sec second = 1 s
min minute = 60 s
h hr hour = 3600 s
day = 86400 s
ft foot feet = 381/1250 m
inch inche in = 127/5000 m
yd yard = 1143/1250 m
mi mile = 201168/125 m
lb pound = 45359237/100000000 kg
l liter litre = 1/1000 m^3
a amp ampere = 1 a
k kelvin = 1 k
mol mole = 1 mol
hz hertz = 1 s^-1
n newton = 1 kg m s^-2
j joule = 1 kg m^2 s^-2
w watt = 1 kg m^2 s^-3
pa pascal = 1 kg m^-1 s^-2
v volt = 1 kg m^2 s^-3 a^-1
c coulomb = 1 s a
ω ohm \\omega = 1 kg m^2 s^-3 a^-2
f farad = 1 kg^-1 m^-2 s^4 a^2
t tesla = 1 kg s^-2 a^-1
ev electronvolt = 801088317/5000000000000000000000000000 kg m^2 s^-2
cal calorie = 523/125 kg m^2 s^-2
°c celsius celsiu = 1 °c
°f fahrenheit = 1 °f
rad radian = 1 rad
° = 1 °
mph = 1397/3125 m s^-1
kph kmh = 5/18 m s^-1
"""
_PREFIXED = """
m meter metre g gram gramm s second l liter litre hz hertz n newton j joule w watt pa pascal v volt a ampere mol ω ohm f
"""
_PREFIXES: dict[str, int | Fraction] = {
    "k": 10**3, "kilo": 10**3, "c": Fraction(1, 100), "centi": Fraction(1, 100), "d": Fraction(1, 10),
    "deci": Fraction(1, 10), "m": Fraction(1, 1000), "milli": Fraction(1, 1000), "μ": Fraction(1, 10**6),
    "\\mu ": Fraction(1, 10**6), "micro": Fraction(1, 10**6), "n": Fraction(1, 10**9), "nano": Fraction(1, 10**9),
    "mega": 10**6, "giga": 10**9,
}  # fmt: skip
Powers = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """What a unit measures, and its size in base units."""

    size: Fraction
    powers: Powers


def _table() -> dict[str, Measure]:
    table: dict[str, Measure] = {}
    for line in _NAMED.strip().splitlines():
        names, _, meaning = line.partition(" = ")
        size, *bases = meaning.split()
        powers = tuple(sorted((name, int(power or 1)) for name, _, power in (base.partition("^") for base in bases)))
        table |= dict.fromkeys(names.split(), Measure(Fraction(size), powers))
    scaled: dict[str, Measure] = {}
    for name in _PREFIXED.split():
        for prefix, factor in _PREFIXES.items():
            if (len(prefix) > 1) == (len(name) > 2) or prefix == "\\mu ":
                scaled.setdefault(prefix + name, Measure(table[name].size * factor, table[name].powers))
    return {**scaled, **table}


_TABLE = _table()
_SYMBOLS = frozenset(("m", "s", "kg", "n", "k", "mol", "g", "cm", "km", "mm", "j", "w", "v", "pa", "hz"))
"""What a blank may multiply: `kg m s^-2`; other letters and words go on with something else."""
_GAP = r"[ \u2009\u202f\u00a0~-]{0,2}"
_FACTOR = re.compile(
    rf"(?P<join>[ -]per\s|{_GAP}(?:[·×*⋅/(){{}}]{_GAP}){{0,4}})(?P<of>square |cubic |sq\.? |cu\.? )?"
    r"(?P<name>\\mu ?[a-zω]{1,8}|°(?: ?[cf](?![^\W\d_]))?|(?:degrees? )(?:celsius|fahrenheit|c|f)(?![^\W\d_])"
    r"|\\omega|[^\W\d_]{1,24}(?![^\W\d_]))"
    rf"(?P<close>[)}}])?(?P<power>\s?\^\s?\(?(?P<digit>[-−]?\d)\)?|\d(?![\d.])|\s(?:squared|cubed)(?![^\W\d_]))?",
    re.IGNORECASE,
)  # fmt: skip
_ENDS = re.compile(r"[)}]{0,3}")
MOST_FACTORS = 6


def behind(text: str, at: int, wanted: str | None) -> tuple[str, int] | None:
    """The compound unit at `at` and its end: one with a power, a quotient or several factors; None without one."""
    name = text[at : at + 15].lstrip(" \u2009\u202f\u00a0~-·×*⋅/(){}")[:1]
    if name not in "\\°" and (name.isdecimal() or not name.isalnum()):
        return None  # what most numbers of prose have behind them, told in a tenth of the time
    read = _read(text, at, _own_words(wanted))
    if read is None or not read[2]:
        return None
    _, end, _ = read
    return text[at:end].strip(" -~\u2009\u202f\u00a0()").casefold(), end


def converted(value: Fraction, unit: str, to: str) -> Fraction | None:
    """`value` in another unit, both folded; None where they do not measure the same."""
    own = _own_words(to)
    there, here = measure(to, own), measure(unit, own)
    if there is None or here is None or there.powers != here.powers or not there.powers:
        return None
    return value * here.size / there.size


def measure(unit: str, own: frozenset[str] = frozenset()) -> Measure | None:
    read = _read(unit, 0, own)
    return read[0] if read and _ENDS.fullmatch(unit, read[1]) else None


@lru_cache(maxsize=256)
def _own_words(unit: str | None) -> frozenset[str]:
    return frozenset(
        fold(word) for word in re.findall(r"[^\W\d_]+", unit or "") if word not in ("per", "square", "cubic")
    )


def _read(text: str, at: int, own: frozenset[str]) -> tuple[Measure, int, bool] | None:
    """The unit at `at`, its end, and whether it is a compound one."""
    size, powers = Fraction(1), dict[str, int]()
    end, under, compound, count = at, False, False, 0
    while count < MOST_FACTORS and (match := _FACTOR.match(text, end)):
        known = _named(match["name"], own)
        join = match["join"].strip()
        loose = (
            count
            and not join
            and not match["digit"]
            and (match["name"] in FUNCTION_WORDS or match["name"].lower() not in _SYMBOLS)
        )
        if (
            known is None
            or loose
            or (count and not match["join"])
            or (not count and join.strip("({") not in ("", "per"))
        ):
            break
        bracket = under and "(" in text[at:end] and ")" not in text[at:end]
        under = bracket or "/" in join or join.startswith("per")
        exponent = _exponent(match) * (-1 if under else 1)
        for name, power in known.powers:
            powers[name] = powers.get(name, 0) + power * exponent
        size *= known.size**exponent
        compound = (
            compound
            or count > 0
            or bool(match["power"] or match["of"])
            or " " in match["name"].strip()
            or "°" in match["name"][:-1]
        )
        end, count = match.end(), count + 1
    closing = _ENDS.match(text, end) if "(" in text[at:end] or "{" in text[at:end] else None
    end = closing.end() if closing else end
    measured = tuple(sorted((name, power) for name, power in powers.items() if power))
    return (Measure(size, measured), end, compound) if count else None


def _exponent(match: re.Match[str]) -> int:
    said = (match["power"] or "").strip().lower()
    power = {"squared": 2, "cubed": 3}.get(said) or int((match["digit"] or said or "1").replace("−", "-"))
    return power * {"s": 2, "c": 3}.get((match["of"] or " ")[0].lower(), 1)


@lru_cache(maxsize=4096)
def _named(name: str, own: frozenset[str]) -> Measure | None:
    name = re.sub(r"^degrees? (?=[cf])|^° ", "°", name.casefold()).replace("µ", "μ")
    name = {"°celsius": "°c", "°fahrenheit": "°f"}.get(name, name)
    found = _TABLE.get(name) or _TABLE.get(name.removesuffix("s") if len(name) > 2 else name)
    if found:
        return found
    return Measure(Fraction(1), ((fold(name), 1),)) if fold(name) in own else None
