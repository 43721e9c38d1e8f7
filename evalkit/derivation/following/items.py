r"""A doubt about the items of a list: each may be a case of its own, `- $a = 0$: ...`, `- $b = 1$: ...`.

Not covered: cases within one paragraph, and items that give no letter a value themselves.
"""

from __future__ import annotations

import re

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.grounds import Grounds
from evalkit.derivation.following.reading import Read
from evalkit.derivation.verdicts.verdict import Verdict

ITEM = re.compile(r"[ \t]*(?:[-*+•]|\(?(?:\d{1,2}|[a-z])[.)])\s")
GIVES = frozenset({Verdict.ASSUMPTION, Verdict.DEFINITION})


def of_another_item(grounds: Grounds, read: Read) -> str:
    """Rests on a value that another item of a list gives a letter, and its own item begins with a value for one."""
    text = grounds.reading.document.text
    begins = text.rfind("\n", 0, read.start) + 1
    if not ITEM.match(text, begins):
        return ""
    given: dict[str, int] = {}
    own = False
    for other in grounds.relations:
        name = shapes.plain_name(other.left) if other.left is not None else None
        if other.end > read.start:
            break
        if not name or other.right is None or not scopes.is_constant(other.right):
            continue
        own = own or other.start >= begins
        if other.judgement.verdict in GIVES:
            given[name] = text.rfind("\n", 0, other.start) + 1
    if not own:
        return ""
    behind = grounds.behind(read) | grounds.names(read)
    far = (n for n, line in given.items() if n in behind and line < begins and ITEM.match(text, line))
    name = min(far, default="")
    return f"{name}: its value is that of another item" if name else ""
