"""What `plan` says: of assumed rates, of pilots, and of wrong uses: every design with its figures."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from evalkit.runfile.store import Store
from tests.arrange import inside
from tests.details import made_run
from tests.recorded import plain

COMMANDS = (
    "plan --rates 0.9 0.6 --json", "plan one.sqlite --metric number.correct --effect 0.9",
    "plan one.sqlite --contrast ladder both --metric approach.level --effect 1 --json",
    "plan made.sqlite --metric approach.levels", "plan made.sqlite --contrast laddder hint", "plan made.sqlite --rates 0.1 0.2",
    "plan --rates -1 0.5", "plan bare.sqlite", "plan",
)  # fmt: skip


def told(folder: Path) -> Iterator[str]:
    made_run.fill(folder / "made.sqlite")
    made_run.fill(folder / "one.sqlite", seed=5, models=("small",), labelled=False)
    with Store(folder / "bare.sqlite", write=True):
        pass
    for line in COMMANDS:
        done = inside(*shlex.split(line))
        yield f"--- {line}: {done.returncode}\n{plain(done.stdout)}{plain(done.stderr)}"
