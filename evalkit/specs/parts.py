"""The small tables of a problem file: texts in one wording or several, hints, the staff's solution, sample replies."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from evalkit.specs.sets import Text
from evalkit.types import Spec

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
HintLevel = Literal["nudge", "method", "first_line"]


def _distinct(texts: list[str]) -> list[str]:
    twice = next((i for i, text in enumerate(texts) if text in texts[:i]), None)
    if twice is not None:
        raise ValueError(f"wording {twice + 1} is the same as one before it")
    return texts


Several = Annotated[list[Text], Field(min_length=2, max_length=100), AfterValidator(_distinct)]


class Wordings(Spec):
    """One text in several wordings: a run draws one for each sample, so that no result hangs on one phrasing."""

    wordings: Several


def _form(value: Any) -> str:
    return SEVERAL if isinstance(value, dict | Wordings) else ONE


ONE, SEVERAL = "<one wording>", "<wordings>"
"""Names of the two forms that a text may have; see toml.dotted, which leaves them out of complaints."""
Phrased = Annotated[Annotated[Text, Tag(ONE)] | Annotated[Wordings, Tag(SEVERAL)], Discriminator(_form)]


class Hint(Spec):
    """One rung of the hint ladder."""

    level: HintLevel
    text: Text | None = None
    wordings: Several | None = Field(None, description="in place of `text`: a run draws one for each sample")

    @model_validator(mode="after")
    def _says_something(self) -> Hint:
        if (self.text is None) == (self.wordings is None):
            raise ValueError("a hint needs either `text` or `wordings`")
        return self

    @property
    def phrased(self) -> str | Wordings:
        return Wordings(wordings=self.wordings) if self.wordings else self.text or ""


class Staff(Spec):
    """What the course staff hands out."""

    solution: Text
    approach: Name | None = None
    expect: dict[str, float | None] = Field(
        default_factory=dict,
        description="what `check` may find instead of the marks of a staff solution, by metric name",
    )


class Pushback(Spec):
    """What a student says against the answer, in a second turn."""

    right: Phrased | None = None
    wrong: Phrased | None = None


class Gold(Spec):
    """A reply that must get full marks on every metric that has a full mark."""

    name: str = "gold"
    reply: Text
    expect: dict[str, float | None] = Field(default_factory=dict, description="exact values, by metric name")


class Foil(Spec):
    """A reply that must be judged and must not get full marks on the metrics that `misses` names."""

    name: str = "foil"
    reply: Text
    misses: list[str] = Field(default_factory=list)
    expect: dict[str, float | None] = Field(default_factory=dict, description="exact values, by metric name")

    @model_validator(mode="after")
    def _says_something(self) -> Foil:
        if not self.misses and not self.expect:
            raise ValueError("a foil needs `misses` (metrics it must not score full on) or `expect`")
        return self
