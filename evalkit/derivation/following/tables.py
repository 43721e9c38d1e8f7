"""Tables of probabilities, of one letter or of two: `P(X = 0, Y = 1) = 0.3`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from evalkit.derivation.following.events import events, inside, is_probability
from evalkit.derivation.following.probabilities import known_in, value_of
from evalkit.derivation.following.reading import Reading
from evalkit.derivation.worlds.entries import Defined

VALUE = re.compile(r"(.+?)=(-?\d+(?:\.\d+)?)")
MAX_VALUES = 24


def of_values(reading: Reading, letters: Sequence[str]) -> Iterator[tuple[dict[str, float], float]]:
    """The values of these letters and their probability, where the text gave all that fix it."""
    scope = reading.judge.scope
    found = [n for n, e in scope.entries.items() if is_probability(n) and isinstance(e, Defined) and n[:2] == "P("]
    seen: list[dict[str, float]] = []
    for name in found:
        values = {m[1]: float(m[2]) for e, _ in events(inside(name)) if "|" not in name and (m := VALUE.fullmatch(e))}
        one = {letter: values[letter] for letter in letters if letter in values}
        if len(one) == len(letters) and one not in seen and len(seen) < MAX_VALUES:
            seen.append(one)
    if len(seen) < 2:
        return
    known = known_in(reading, {"P"}, stated=False)
    for one in seen:
        event = ",".join(f"{letter}={value:g}" for letter, value in one.items())
        if (p := value_of(known, f"P({event})")) is not None:
            yield one, p
