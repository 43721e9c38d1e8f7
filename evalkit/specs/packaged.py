"""The templates, problems and sample replies that come with evalkit: one copy, which stands at the top of the
repository and which the wheel takes along as `evalkit/packaged/`.
"""

from __future__ import annotations

from pathlib import Path

_INSIDE = Path(__file__).parent.parent / "packaged"
_CHECKOUT = Path(__file__).parent.parent.parent


def folder(kind: str) -> Path | None:
    """`prompts`, `problems` or `runs` as shipped; None where they were left out of an installation."""
    for root in (_INSIDE, _CHECKOUT):
        if (root / "prompts" / "plain.j2").is_file() and (root / kind).is_dir():
            return root / kind
    return None


def behind(own: Path, kind: str) -> tuple[Path, Path | None]:
    """The user's folder and the packaged one behind it; that one alone where the user has no folder of this name.

    A folder that was named (not `problems` or `prompts`) and is missing stays an error: see the libraries.
    """
    found = folder(kind)
    if found is not None and own == Path(kind) and not own.is_dir():
        return found, None
    return own, found
