"""Variants of a problem: numbers or sizes that are drawn for each sample, so that a memorised answer does not count.

    [variants]
    values = { n = [3, 5, 7], a = { from = 1, to = 9 } }    # numbers, or texts such as names; `step` in a range
    where = ["gcd(a, n) = 1"]                               # combinations that are left out: those where one fails
    derive = { det = "a*n^2 - 1" }                          # formulas (specs.formulas), which may use earlier ones

A text of the file takes a number by `<<n>>`; `<<+n>>` writes its sign (`+ 3`, `- 3`), `<<x:2>>` two decimals. LaTeX and
templates have no such mark, and what stands in a file without [variants] is left as it is. See specs.marks, and
specs.drawing for how they are drawn.

All combinations are the problem's variants, in the order of the file, at most MOST. Which one a sample gets depends on
the seed, the declared values and the problem (its cluster, so that the parts of one question share their numbers)
alone: not on the arm, the model, or what else is run. The samples of a problem go through all
variants before one comes again.

Not covered: numbers drawn from a distribution; a number of texts or parts that varies.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from evalkit.types import Spec, Value, Values

if TYPE_CHECKING:
    from evalkit.specs.formulas import Number

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
        from evalkit.specs.formulas import FUNCTIONS  # here and not above: few problems have variants

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


def checked(given: Mapping[str, Any]) -> dict[str, Value]:
    """What a run file says was drawn. Raises TypeError or ValueError for what cannot be."""
    if len(given) > MOST_NAMES or not all(
        isinstance(name, str) and type(value) in (int, float, str) for name, value in given.items()
    ):
        raise TypeError(f"{str(given)[:60]} in place of drawn values")
    return dict(given)
