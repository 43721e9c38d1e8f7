"""Is a relation claimed, supposed, or only named? Told by its place before any word of its subject."""

from __future__ import annotations

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.text.roles import Role, names_conditions, role

_ARROWS = frozenset({"Rightarrow", "Leftrightarrow", "rightarrow"})


def standing(reading: Reading, read: Read) -> Role:
    """What its place makes of a relation: a chain that goes on and the head of an arrow claim, a label claims nothing."""
    if not read.words or (read.statement is not None and read.statement.joined in _ARROWS):
        return Role.CLAIMED
    found = role(read.words)
    if found in (Role.SUPPOSED, Role.GIVEN):
        return found
    if reading.document.in_label(read.start):
        return Role.GIVEN
    if found is not Role.CLAIMED and names_conditions(f"{reading.document.label(read.start)} {read.words}"):
        return Role.GIVEN
    return found
