"""How figures are rounded and set.

The rule: a difference and its interval are rounded together, so that the half-width of the interval shows two
significant digits. In a table, the narrowest interval decides for all rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import floor, inf, log10

from evalkit.comparing.contrasts import Comparison, Reading

DASH = "–"
LEAST = 1e-8
"""Below that a number is rounding, and 0."""


def precision(rows: Sequence[Comparison]) -> int:
    """Decimals for a table, 0 to 4, more where all its figures are small (money); 2 where there is no interval.

    More digits would be noise: an interval of +-0.31 leaves nothing to say about the third decimal of its middle.
    """
    return _decimals([r for c in rows for r in (c.these, c.like)])


def _decimals(readings: Sequence[Reading]) -> int:
    ends = [(r.low, r.high) for r in readings if r.low is not None and r.high is not None]
    ends = [(low, high) for low, high in ends if 2 * LEAST <= high - low < inf]
    if not ends:
        return 2
    largest = max(abs(x) for pair in ends for x in pair)
    most = max(4, 3 - floor(log10(largest)))
    return min(most, max(0, 1 - floor(log10(min((high - low) / 2 for low, high in ends)))))


def estimate(reading: Reading) -> str:
    """`+0.33 [-0.20, +0.71]`, rounded to the interval's own precision; `[?]` where there is no interval."""
    return aligned([parts(reading, _decimals([reading]))])[0].rstrip()


Parts = tuple[str, str, str]
"""Difference, lower limit, upper limit."""


def parts(reading: Reading, digits: int) -> Parts:
    """The three figures of a reading as text."""
    return signed(reading.difference, digits), signed(reading.low, digits), signed(reading.high, digits)


def aligned(rows: Sequence[Parts]) -> list[str]:
    """`difference [low, high]` with equally wide limits: filled with figure spaces, which are as wide as a digit."""
    wide = [max((len(r[i]) for r in rows if DASH not in r), default=0) for i in (1, 2)]
    space = "\N{FIGURE SPACE}"

    def shown(row: Parts) -> str:
        difference, low, high = row
        if difference == DASH:
            return DASH
        if DASH in row:
            return f"{difference} [?]" + space * (sum(wide) + 1 if any(wide) else 0)
        return f"{difference} [{low.rjust(wide[0], space)}, {high.rjust(wide[1], space)}]"

    return [shown(row) for row in rows]


def p_value(value: float | None) -> str:
    """Three decimals without the leading zero, `< .001` below; a dash for None. Below .05 it never reads `.050`."""
    if value is None:
        return DASH
    if 0.0495 <= value < 0.05:
        return f"{min(round(value, 4), 0.0499):.4f}".removeprefix("0")
    return "< .001" if value < 0.001 else f"{value:.3f}".removeprefix("0")


def rate(value: float | None) -> str:
    """A rate with two decimals: `.44`, `1.00`, `−.20`; a dash for None."""
    if value is None:
        return DASH
    text = f"{abs(value):.2f}".removeprefix("0")
    return f"−{text}" if value < 0 and float(text) else text


def number(value: float | None) -> str:
    """Two decimals below 10, one below 1000; a dash for None."""
    if value is None:
        return DASH
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}" if abs(value) < 1000 else f"{value:.0f}"


def decimals(values: Iterable[float | None]) -> int | None:
    """For figures that stand together and would all read 0.00 (money): decimals that show two digits of the largest.

    None where `number` shows enough.
    """
    largest = max((abs(v) for v in values if v is not None), default=0.0)
    return 1 - floor(log10(largest)) if LEAST <= largest < 0.005 else None


def fixed(value: float | None, digits: int) -> str:
    """A value with so many decimals; a dash for None."""
    if value is None:
        return DASH
    text = f"{abs(value):.{digits}f}"
    return f"−{text}" if value < 0 and float(text) else text


def signed(value: float | None, digits: int | None = None) -> str:
    """With a sign, and a true zero without one; decimals as `number` chooses them, or as given."""
    if value is None:
        return DASH
    text = number(abs(value)) if digits is None else f"{abs(value):.{digits}f}"
    return text if not float(text) else f"{'+' if value > 0 else '−'}{text}"
