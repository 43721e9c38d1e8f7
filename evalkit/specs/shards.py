"""One part of an experiment for one machine: `3/8` is the third of eight, as a Slurm array counts them.

Blocks (a problem, a model and a sample with all arms) are dealt by their names alone, so that a block stays where it
is when problems or samples are added, and whatever is done already. The samples of a problem go to the shards in turn,
from one on that a hash of its name says: eight samples and eight shards make even parts. Not covered: parts of even
length where there are few blocks for each shard, or where replies differ in length.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from evalkit.errors import SpecError
from evalkit.specs.experiment import Budget

MOST = 100_000


@dataclass(frozen=True)
class Shard:
    """The `number`-th (from 1) of `of` parts."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def holds(self, group: str, model: str, sample: int) -> bool:
        """Whether a block is asked here. group: what shares requests, see `Plan.group`; model: its label."""
        begin = int.from_bytes(hashlib.sha256(f"{group}\n{model}".encode()).digest()[:8])
        return (begin + sample) % self.of == self.number - 1

    def beside(self, path: Path) -> Path:
        """Where this part of the run `path` is stored: each shard has a file of its own."""
        return path.with_name(f"{path.stem}.shard-{self.number}-of-{self.of}{path.suffix}")

    def budget(self, whole: Budget) -> Budget:
        """This part of a budget; those of all shards add up to the whole. Raises SpecError where nothing is left."""
        cost, requests = whole.max_cost, whole.max_requests
        if requests is not None:
            requests = requests * self.number // self.of - requests * (self.number - 1) // self.of
            if not requests:
                raise SpecError(f"a budget of {whole.max_requests} requests leaves none for shard {self}")
        return Budget(max_cost=None if cost is None else cost / self.of, max_requests=requests)


def parse(text: str) -> Shard:
    """`3/8`. Raises SpecError."""
    found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text.strip())
    if found is None:
        raise SpecError(f"--shard {text!r}: write it as number/count, such as 3/8")
    number, of = int(found[1]), int(found[2])
    if not 1 <= of <= MOST:
        raise SpecError(f"--shard {text}: from 1 to {MOST} shards")
    if not number:
        raise SpecError(f"--shard {text}: shards are counted from 1; where yours begin at 0, add one")
    if number > of:
        raise SpecError(f"--shard {text}: there are {of} shards, counted from 1")
    return Shard(number, of)
