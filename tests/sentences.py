r"""A sentence or three each, written to mislead the checker: `python -m tests.sentences [KIND ...]` writes verdicts anew.

`tests/sentences/KIND.tsv` has a line for each text, with tabs between: its label, which relation the label is of, the name
of its world, what the relations came to, and the text as a JSON string. The label is T (that claim is true), F (that claim
is false) or `-` (no relation of the text is to be called false: it defines, supposes, quotes, or is right). The relation is
a number as Python counts them, or `all`. Verdicts are `verdict:rule`, one for each relation, with blanks between.
Worlds stand in `tests/sentences/worlds.json` by name; the name `none` is a first look without one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from evalkit.derivation import analyse
from evalkit.derivation.following.look import first_look
from evalkit.derivation.verdicts.verdict import FALSE, TRUE
from evalkit.interface.equations import doubted
from tests.derivation_help import setting_of

FOLDER = Path(__file__).parent / "sentences"
NO_WORLD, ALL = "none", "all"
OPEN, RIGHT, WRONG = "open", "right", "WRONG"


@dataclass(frozen=True)
class Row:
    """One text with what is known of it."""

    label: str
    at: str
    world: str
    verdicts: str
    text: str

    def __str__(self) -> str:
        return "\t".join((self.label, self.at, self.world, self.verdicts, json.dumps(self.text, ensure_ascii=False)))

    @property
    def outcome(self) -> str:
        """Whether its verdicts fit its label: right, WRONG, or open."""
        found = [one.partition(":")[0] for one in self.verdicts.split()]
        if self.at != ALL:
            at = int(self.at)
            found = found[at:][:1]
        if self.label == "-":
            return WRONG if any(v in FALSE for v in found) else RIGHT
        meant, other = (TRUE, FALSE) if self.label == "T" else (FALSE, TRUE)
        if any(v in other for v in found):
            return WRONG
        return RIGHT if any(v in meant for v in found) else OPEN


@cache
def worlds() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads((FOLDER / "worlds.json").read_text(encoding="utf-8"))
    return found


def kinds(wanted: Iterable[str] = ()) -> list[str]:
    """All kinds, or those that begin with one of `wanted`."""
    chosen = tuple(wanted)
    return [path.stem for path in sorted(FOLDER.glob("*.tsv")) if not chosen or path.stem.startswith(chosen)]


def kept(kind: str) -> list[Row]:
    """The rows as they stand in the file."""

    def rows() -> Iterator[Row]:
        for line in (FOLDER / f"{kind}.tsv").read_text(encoding="utf-8").splitlines():
            label, at, world, verdicts, text = line.split("\t")
            yield Row(label, at, world, verdicts, json.loads(text))

    return list(rows())


def judged(row: Row) -> Row:
    """The same text with today's verdicts."""
    if row.world == NO_WORLD:
        found = doubted(analyse(row.text, first_look(row.text)))
    else:
        found = analyse(row.text, setting_of(worlds()[row.world]))
    return replace(row, verdicts=" ".join(f"{r.verdict}:{r.rule}" for r in found.relations))


def main() -> None:
    for kind in kinds(sys.argv[1:]):
        before = kept(kind)
        after = [judged(row) for row in before]
        for old, new in zip(before, after, strict=True):
            if old.outcome != new.outcome:
                print(f"{kind}: {old.outcome} -> {new.outcome}: {new.label} {new.verdicts} {new.text!r}")
        (FOLDER / f"{kind}.tsv").write_text("".join(f"{row}\n" for row in after), encoding="utf-8")


if __name__ == "__main__":
    main()
