"""One reply in the making."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from evalkit.local.settings import Sampling

SURPLUS = 8
"""Tokens looked at beyond four for each character of the longest stop string (a character has at most four bytes)."""


@dataclass(eq=False)
class Row:
    """A prompt and what has been drawn for it so far. Lives on, with what it has, when it has to give up its slot."""

    prompt: Sequence[int]
    sampling: Sampling
    limit: int
    """Tokens drawn at most."""
    ends: frozenset[int]
    """Token ids that end a reply."""
    seed: int
    stops: Sequence[str] = ()
    decode: Callable[[Sequence[int]], str] = lambda _: ""
    """Needed where there are stop strings."""
    drawn: list[int] = field(default_factory=list)
    finish: str | None = None
    """`stop` or `length` once the reply is complete."""
    error: str | None = None
    cancelled: bool = False
    """Nobody waits for it any more. Set from another thread."""

    inputs: Any = None
    """What a model that sees images is called with (see vision.py)."""
    generator: Any = None
    """The row's own stream of random numbers, made by sampling.py from `seed`."""

    def __post_init__(self) -> None:
        self._looked_at = 4 * max(map(len, self.stops), default=0) + SURPLUS

    @property
    def tokens(self) -> list[int]:
        """Prompt and reply so far."""
        return [*self.prompt, *self.drawn]

    @property
    def length(self) -> int:
        return len(self.prompt) + len(self.drawn)

    @property
    def over(self) -> bool:
        """Complete, failed, or waited for by nobody."""
        return self.finish is not None or self.error is not None or self.cancelled

    def take(self, token: int) -> None:
        """Append the next token and see whether the reply is complete."""
        self.drawn.append(token)
        if token in self.ends or (
            self.stops and any(s in self.decode(self.drawn[-self._looked_at :]) for s in self.stops)
        ):
            self.finish = "stop"
        elif len(self.drawn) >= self.limit:
            self.finish = "length"

    def text(self) -> str:
        """The reply up to the first stop string. Needs `decode`."""
        ended = bool(self.drawn) and self.drawn[-1] in self.ends
        text = self.decode(self.drawn[:-1] if ended else self.drawn)
        cuts = [at for at in map(text.find, self.stops) if at >= 0]
        return text[: min(cuts)] if cuts else text
