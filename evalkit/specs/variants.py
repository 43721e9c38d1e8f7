"""Variants of a problem: numbers or sizes that are drawn for each sample, so that a memorised answer does not count.

    [variants]
    values = { n = [3, 5, 7], a = { from = 1, to = 9 } }    # numbers, or texts such as names; `step` in a range
    where = ["gcd(a, n) = 1"]                               # combinations that are left out: those where one fails
    derive = { det = "a*n^2 - 1" }                          # formulas (specs.formulas), which may use earlier ones

A text of the file takes a number by `<<n>>`; `<<+n>>` writes its sign (`+ 3`, `- 3`), `<<x:2>>` two decimals. LaTeX and
templates have no such mark, and what stands in a file without [variants] is left as it is. See specs.marks.

All combinations are the problem's variants, in the order of the file, at most MOST. Which one a sample gets depends on
the seed, the declared values and the problem (its cluster, so that the parts of one question share their numbers)
alone: not on the arm, the model, or what else is run. The samples of a problem go through all
variants before one comes again.

Not covered: numbers drawn from a distribution; a number of texts or parts that varies.
"""

from __future__ import annotations

import itertools
import math
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from evalkit.errors import SpecError
from evalkit.specs.formulas import FUNCTIONS, Condition, Formula, FormulaError, Number, condition, formula
from evalkit.specs.marks import filled
from evalkit.specs.toml import validate
from evalkit.types import Spec, Value, Values, canonical, digest

KEY = "variants"
MOST = 200
"""Variants of a problem: `check` tries each."""
MOST_TRIED = 10_000
"""Combinations that `where` may choose from."""
MOST_NAMES = 20
LARGEST = 10**15
MAX_TEXT = 200
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,29}")


def _sized(value: Any) -> Value:
    if type(value) in (int, float) and abs(value) <= LARGEST:
        return value  # type: ignore[no-any-return]
    if isinstance(value, str) and len(value.strip()) > 0 and len(value) <= MAX_TEXT and "<<" not in value:
        return value
    raise ValueError(f"a number up to {LARGEST:.0e} or a text of at most {MAX_TEXT} characters is expected")


def _number(value: Any) -> int | float:
    if type(value) in (int, float) and abs(value) <= LARGEST:
        return value  # type: ignore[no-any-return]
    raise ValueError(f"a number up to {LARGEST:.0e} is expected")


_Number = Annotated[int | float, BeforeValidator(_number)]
_Listed = Annotated[int | float | str, BeforeValidator(_sized)]


class Range(Spec):
    """From one number to another, both included."""

    from_: _Number = Field(alias="from")
    to: _Number
    step: _Number = 1

    @model_validator(mode="after")
    def _goes_up(self) -> Range:
        if self.step <= 0 or self.to < self.from_:
            raise ValueError("a range goes up: `from` at most `to`, `step` above 0")
        if (self.to - self.from_) / self.step > MOST_TRIED:
            raise ValueError(f"more than {MOST_TRIED} numbers")
        return self

    @property
    def numbers(self) -> list[Value]:
        start, step, end = (Fraction(repr(x)) for x in (self.from_, self.step, self.to))
        found = [start + i * step for i in range(math.floor((end - start) / step) + 1)]
        return [int(x) if x.denominator == 1 else float(x) for x in found]


def _form(value: Any) -> str:
    return "<a range>" if isinstance(value, Mapping | Range) else "<a list>"


_Several = Annotated[
    Annotated[list[_Listed], Tag("<a list>"), Field(min_length=1, max_length=MOST_TRIED)]
    | Annotated[Range, Tag("<a range>")],
    Discriminator(_form),
]


class Variants(Spec):
    """What varies in a problem: see the head of evalkit.specs.variants."""

    values: dict[str, _Several] = Field(
        min_length=1, max_length=MOST_NAMES, description="name -> what it may be: a list, or { from = 1, to = 9 }"
    )
    where: list[str] = Field(default_factory=list, max_length=50, description="conditions that all must hold")
    derive: dict[str, str] = Field(
        default_factory=dict, max_length=100, description="name -> formula over the values and those before it"
    )

    @model_validator(mode="after")
    def _named(self) -> Variants:
        for name in (*self.values, *self.derive):
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no name: a letter, then letters, digits and _, at most 30")
            if name in FUNCTIONS:
                raise ValueError(f"{name!r} is the name of a function; call it otherwise")
        both = sorted({*self.values} & {*self.derive})
        if both:
            raise ValueError(f"{both[0]!r} stands under values and under derive")
        for name, several in self.values.items():
            if isinstance(several, list):
                if len({str(v) for v in several}) < len(several):
                    raise ValueError(f"values.{name}: a value stands there twice")
                if len({isinstance(v, str) for v in several}) > 1:
                    raise ValueError(f"values.{name}: numbers and texts are mixed")
        return self

    @cached_property
    def ranges(self) -> dict[str, list[Value]]:
        return {n: several.numbers if isinstance(several, Range) else [*several] for n, several in self.values.items()}


@dataclass(frozen=True)
class Variant:
    """One of them: what was drawn, and all that marks stand for."""

    values: Values
    numbers: Mapping[str, Number | str]

    @property
    def label(self) -> str:
        """For readers: `a = 2, n = 3`."""
        return label(self.values)


def label(values: Values) -> str:
    return ", ".join(f"{name} = {value}" for name, value in values.items())


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


def checked(given: Mapping[str, Any]) -> dict[str, Value]:
    """What a run file says was drawn. Raises TypeError or ValueError for what cannot be."""
    if len(given) > MOST_NAMES or not all(
        isinstance(name, str) and type(value) in (int, float, str) for name, value in given.items()
    ):
        raise TypeError(f"{str(given)[:60]} in place of drawn values")
    return dict(given)
