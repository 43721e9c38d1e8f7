"""What a reply gave a symbol under another heading: `W = UG` of the first section need not hold in the third.

Not covered: replies without headings, and a value that a later section takes up in words alone.
"""

from __future__ import annotations

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Call, Sym
from evalkit.derivation.text import prose
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.scope import Defined
from evalkit.derivation.worlds.world import ASSUMED

AGAIN = "the reply may give it a meaning of its own"


def of_a_closed_section(reading: Reading, read: Read) -> Read | None:
    """Fails by what a section that has ended gave its symbols, and holds without, or in a special world."""
    judge = reading.judge
    if not judge.assumed or not judge.rests_on_assumptions(*read.sides):
        return None
    names = judge.envs(ASSUMED)[0].depends(Bin("=", *read.sides)) & judge.assumed.keys()
    gone = [name for name in sorted(names) if is_closed(reading, read, name)]
    if not gone:
        return None
    freed = judge.branch()
    for name in gone:
        freed.withdraw(name)
    if freed.equation(*read.sides).verdict not in TRUE:
        return None
    return read.decided(Verdict.DISPUTED, f"{', '.join(gone)}: a value that a section before gave")


def given_in_another_part(reading: Reading, read: Read) -> Read | None:
    """Begins, in a new part, with a function of the reply's own, of which the part that gave it has ended: another one, perhaps."""
    left = read.left
    if not isinstance(left, Call) or read.statement is None or read.statement.sides[0][0].start != read.start:
        return None
    own = reading.judge.own.get(left.name)
    if not isinstance(own, Defined) or [a.name for a in left.args if isinstance(a, Sym)] != list(own.params):
        return None
    given = [r.start for r in reading.relations if left.name in r.introduces and r.start < read.start]
    if (
        not given
        or not reading.outline.heading_between(given[-1], read.start)
        or prose.CONCLUDE.search(read.words)
        or prose.RECALL.search(read.words)
    ):
        return None
    reading.doubt(left.name, AGAIN)
    return read.decided(Verdict.DISPUTED, f"{left.name}: {AGAIN}")


def is_closed(reading: Reading, read: Read, name: str) -> bool:
    """Whether the section has ended that gave a symbol its value last."""
    given = [r.start for r in reading.relations if name in r.introduces and r.start < read.start]
    return bool(given) and reading.outline.part_end(given[-1]) <= read.start
