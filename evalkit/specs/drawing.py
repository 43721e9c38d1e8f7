"""The variants of one problem file as they are drawn: all combinations, which of them a sample gets, and the texts of
the file with their numbers. What a file declares, and what is not covered: see specs.variants.

Apart from that, for formulas bring the grammar of derivations with them, which most problems have no use for.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

from evalkit.errors import SpecError
from evalkit.specs.formulas import Condition, Formula, FormulaError, Number, condition, formula
from evalkit.specs.marks import filled
from evalkit.specs.toml import validate
from evalkit.specs.variants import KEY, MOST, MOST_TRIED, Variant, Variants, label
from evalkit.types import canonical, digest


class Drawn:
    """The variants of one problem file, and its texts with marks."""

    def __init__(self, data: Mapping[str, Any], origin: str) -> None:
        """data: the whole file. Raises SpecError with all that is wrong with what it declares."""
        self.data = {name: value for name, value in data.items() if name != KEY}
        self.origin = origin
        self.declared = validate(Variants, data[KEY], origin, (KEY,))
        self.all = tuple(itertools.islice(self._combined(), MOST + 1))
        if not self.all:
            raise SpecError(f"{origin}: [{KEY}]: no combination fulfils `where`")
        if len(self.all) > MOST:
            raise SpecError(
                f"{origin}: [{KEY}]: more than {MOST} combinations; at most {MOST}, so that each can be checked: give "
                "fewer values, a `step`, or a `where`"
            )
        self._refuse_idle()

    @cached_property
    def by_values(self) -> Mapping[str, Variant]:
        """By the canonical JSON of what is drawn."""
        return {canonical(v.values): v for v in self.all}

    def filled(self, variant: Variant) -> dict[str, Any]:
        """The file with the numbers of a variant in place of the marks. Raises SpecError for marks of no name."""
        faults: list[str] = []
        found: dict[str, Any] = filled(self.data, variant.numbers, "", faults)
        if faults:
            raise SpecError(*(f"{self.origin}: {fault}" for fault in dict.fromkeys(faults)))
        return found

    def order(self, seed: int, shared: str) -> list[int]:
        """The variants in the order in which the samples go through them. shared: the cluster or the problem."""
        ranges = [[name, several] for name, several in self.declared.ranges.items()]
        order = list(range(len(self.all)))
        random.Random(digest([seed, KEY, shared, ranges, self.declared.where])).shuffle(order)  # noqa: S311
        return order

    def of_sample(self, seed: int, shared: str, sample: int) -> Variant:
        """The variant that a sample gets."""
        order = self.order(seed, shared)
        return self.all[order[sample % len(order)]]

    def _combined(self) -> Iterator[Variant]:
        ranges = self.declared.ranges
        total = math.prod(map(len, ranges.values()))
        if total > MOST_TRIED:
            raise SpecError(f"{self.origin}: [{KEY}]: {total} combinations; at most {MOST_TRIED}")
        numeric = [name for name, several in ranges.items() if not isinstance(several[0], str)]
        conditions, derived = self._read(numeric)
        for chosen in itertools.product(*ranges.values()):
            values = dict(zip(ranges, chosen, strict=True))
            numbers: dict[str, Number] = {name: Fraction(repr(values[name])) for name in numeric}
            try:
                if all(c.holds(numbers) for c in conditions):
                    for name, made in derived.items():
                        numbers[name] = self._made(name, made, numbers)
                    yield Variant(values, {**{n: v for n, v in values.items() if isinstance(v, str)}, **numbers})
            except FormulaError as error:
                raise SpecError(f"{self.origin}: [{KEY}], {label(values)}: {error}") from None

    def _read(self, numeric: Sequence[str]) -> tuple[list[Condition], dict[str, Formula]]:
        """Conditions and formulas, each read once; all faults at once."""
        faults: list[str] = []
        conditions: list[Condition] = []
        derived: dict[str, Formula] = {}
        for number, text in enumerate(self.declared.where, 1):
            try:
                conditions.append(condition(text, numeric))
            except FormulaError as error:
                faults.append(f"{self.origin}: {KEY}.where[{number}]: {error} (found {text[:80]!r})")
        for name, text in self.declared.derive.items():
            try:
                derived[name] = formula(text, [*numeric, *derived])
            except FormulaError as error:
                faults.append(f"{self.origin}: {KEY}.derive.{name}: {error} (found {text[:80]!r})")
        if faults:
            raise SpecError(*faults)
        return conditions, derived

    def _made(self, name: str, made: Formula, numbers: Mapping[str, Number]) -> Number:
        try:
            return made.value(numbers)
        except FormulaError as error:
            raise FormulaError(f"derive.{name}: {error}") from None

    def _refuse_idle(self) -> None:
        """Variants that ask the same are none."""
        asked: dict[str, Variant] = {}
        for variant in self.all:
            faults: list[str] = []
            texts = [filled(self.data.get(key, ""), variant.numbers, key, faults) for key in ("statement", "passage")]
            twin = asked.setdefault(digest(texts), variant)
            if twin is not variant and not faults:
                raise SpecError(
                    f"{self.origin}: [{KEY}]: {twin.label} and {variant.label} ask the same: every drawn value must "
                    "show in the statement (or the passage), as <<name>>"
                )
