"""Replies on many subjects, every relation of them labelled by hand: `python -m tests.corpus [SUBJECT[/NAME] ...]` writes verdicts anew.

`tests/corpus/SUBJECT/NAME.md` is a world in a fenced block of TOML (empty for a look without one), an empty line, and a
reply. Beside it `NAME.labels` has a line for each relation: its label, its verdict, the rule that gave it, the line of the
reply and the relation itself, with tabs between. Labels are T (a claim that is true where it stands), F (a claim that is
false), D (a definition, a condition, a value chosen for an example: it claims nothing) and N (nobody could check it).

A relation that is new has the label `?`, which a person replaces before its verdict is shown: while a text has such a
line, verdicts stay unwritten.
"""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from evalkit.derivation import analyse
from evalkit.derivation.following.look import first_look
from evalkit.interface.equations import doubted
from tests.derivation_help import setting_of

FOLDER = Path(__file__).parent / "corpus"
LABELS = "TFDN"
UNKNOWN = "?"
FENCE = "```toml\n", "```\n\n"


@dataclass(frozen=True)
class Row:
    """One line of a file of labels."""

    label: str
    verdict: str
    rule: str
    place: str
    """The line of the reply, and the relation."""

    def __str__(self) -> str:
        return "\t".join((self.label, self.verdict, self.rule, self.place))


def texts(wanted: Iterable[str] = ()) -> list[str]:
    """SUBJECT/NAME of every text, or of those that begin with one of `wanted`."""
    found = sorted(path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.glob("*/*.md"))
    chosen = tuple(wanted)
    return [name for name in found if not chosen or name.startswith(chosen)]


def judged(name: str) -> list[Row]:
    """The relations of a text with verdicts, without labels."""
    whole = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    world, _, reply = whole.removeprefix(FENCE[0]).partition(FENCE[1])
    setting = setting_of(tomllib.loads(world)) if world.strip() else first_look(reply)
    found = analyse(reply, setting)
    return [
        Row(
            UNKNOWN, str(r.verdict), r.rule,
            f"{reply.count(chr(10), 0, r.start) + 1}\t{' '.join(f'{r.left} {r.op} {r.right}'.split())}",
        )
        for r in (found if world.strip() else doubted(found)).relations
    ]  # fmt: skip


def kept(name: str) -> list[Row]:
    """The rows that stand in the file of labels."""
    path = FOLDER / f"{name}.labels"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [Row(*line.split("\t", 3)) for line in lines]


def labelled(found: Iterable[Row], known: Iterable[Row]) -> list[Row]:
    """The same rows with the labels that their places have among the known ones."""
    rest = list(known)
    rows = []
    for row in found:
        same = next((x for x in rest if x.place == row.place), None)
        if same is not None:
            rest.remove(same)
        rows.append(Row(same.label if same else UNKNOWN, row.verdict, row.rule, row.place))
    return rows


def record(name: str) -> Counter[str]:
    """Write the rows of one text anew; how many of each label there are."""
    rows = labelled(judged(name), kept(name))
    if any(row.label not in LABELS for row in rows):
        rows = [Row(row.label, "", "", row.place) for row in rows]
    (FOLDER / f"{name}.labels").write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return Counter(row.label for row in rows)


def main() -> None:
    for name in texts(sys.argv[1:]):
        print(name, dict(record(name)))


if __name__ == "__main__":
    main()
