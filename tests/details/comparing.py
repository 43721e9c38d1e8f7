"""What is told of a made run file: every row and table of comparisons in several choices, and what other commands print."""

from __future__ import annotations

import io
import shlex
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from evalkit.interface.comparing import Comparisons, Selection, comparisons
from evalkit.showing.tables.folding import terminal
from evalkit.showing.tables.form import Table, latex, markdown
from tests.arrange import inside
from tests.details.made_run import MOVING, fill
from tests.recorded import digests, plain

CHOICES: dict[str, tuple[str, Selection]] = {
    "planned": ("made", Selection(metrics=["approach.level"])),
    "all turns": ("one", Selection(turn="all", metrics=["number.correct"])),
    "first turn, simultaneous, bounds": ("one", Selection(turn="first", simultaneous=True, delta={"ban.violated": 0.2}, metrics=["ban.violated"])),
    "a placebo, and who holds on": ("moved", Selection(secondary=True)),
    "since the first turn": ("moved", Selection(turn="all", metrics=["approach.level"], delta={"approach.level": 0.5})),
    "all pairs of three arms": ("one", Selection(exploratory=True, arms=["plain", "ban", "ladder"], baseline="ban", metrics=["approach.changed"])),
}  # fmt: skip
COMMANDS = (
    "show --run made.sqlite",
    "show set/p1 -t ladder -m large --sample 1 --run made.sqlite",
    "show set/p2 -t hint -m small --run made.sqlite",
    "compare moved.sqlite --all",
    "agreement made.sqlite",
    "agreement made.sqlite --metric approach.level --all --json",
    "export one.sqlite -o scores.csv --what scores",
    "export one.sqlite -o replies.jsonl --what replies",
    "export one.sqlite -o labels.csv --what labels",
)


def _selected(name: str, found: Comparisons) -> Iterator[str]:
    yield f"--- {name}"
    yield from (
        found.methods(),
        "\n".join(found.lines()),
        digests(plain(found.write("json")).split("\n  {")),
        digests([plain(repr(row)) for row in found.rows]),
    )
    for table in found.tables():
        yield f"{table.title}: {digests([markdown(table), latex(table), *drawn(table)])}"


def drawn(table: Table) -> Iterator[str]:
    """As a terminal shows it: a wide one, and a narrow one."""
    for width in (160, 70):
        console = Console(file=io.StringIO(), width=width)
        console.print(terminal(table))
        yield console.file.getvalue()  # type: ignore[attr-defined]


def told(folder: Path) -> Iterator[str]:
    fill(folder / "made.sqlite")
    fill(folder / "one.sqlite", seed=5, models=("small",))
    fill(folder / "moved.sqlite", seed=8, models=("small",), arms=MOVING)
    for name, (file, choice) in CHOICES.items():
        yield from _selected(name, comparisons([folder / f"{file}.sqlite"], choice))
    for line in COMMANDS:
        done = inside(*shlex.split(line))
        yield f"--- {line}: {done.returncode}\n{plain(done.stdout)}\n{plain(done.stderr)}"
    for path in sorted([*folder.glob("*.csv"), *folder.glob("*.jsonl")]):
        yield f"--- {path.name}\n{digests(path.read_text(encoding='utf-8').splitlines())}"
