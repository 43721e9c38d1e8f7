"""Untrusted text on its way to a terminal or a notebook."""

from __future__ import annotations

import re
import unicodedata

_ODD = re.compile(r"[^\n\t\x20-\x7e]")


def safe(text: str) -> str:
    """Without characters that could move the cursor, recolour the terminal or turn the direction of writing."""
    return _ODD.sub(
        lambda m: m[0] if m[0].isprintable() or unicodedata.category(m[0]) == "Zs" else "\N{REPLACEMENT CHARACTER}",
        text,
    )
