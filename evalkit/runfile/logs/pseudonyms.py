"""Names of people replaced before anything is stored: by a list that stays with its owner; addresses of mail always.

Each line of the list is one person, several spellings with commas between; the n-th person becomes `Person n`, so that
the same list gives the same pseudonyms in every file. The list is never stored, nor is what a chat is called or whose
it is. Not covered: names that are not on the list, and what else tells who somebody is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evalkit.errors import SpecError
from evalkit.specs.toml import read_text

_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
MOST = 10_000


@dataclass
class Pseudonyms:
    """Spelling (in small letters) -> pseudonym."""

    names: Mapping[str, str]
    mails: dict[str, str] = field(default_factory=dict)
    replaced: int = 0

    def __post_init__(self) -> None:
        spelled = sorted(self.names, key=lambda s: (-len(s), s))
        one = "|".join(r"\s+".join(map(re.escape, s.split())) for s in spelled)
        self._pattern = re.compile(rf"(?<!\w)(?:{one})(?!\w)", re.IGNORECASE) if spelled else None

    def of(self, text: str) -> str:
        """The text without the names."""

        def mail(found: re.Match[str]) -> str:
            self.replaced += 1
            known = self.names.get(found[0].casefold())
            return known or self.mails.setdefault(found[0].casefold(), f"mail{len(self.mails) + 1}@example.org")

        def name(found: re.Match[str]) -> str:
            self.replaced += 1
            return self.names[" ".join(found[0].casefold().split())]

        text = _MAIL.sub(mail, text)
        return self._pattern.sub(name, text) if self._pattern else text

    def within(self, data: Any) -> Any:
        """The same for every text of a message."""
        if isinstance(data, str):
            return self.of(data)
        if isinstance(data, Mapping):
            return {key: value if key == "role" else self.within(value) for key, value in data.items()}
        return [self.within(x) for x in data] if isinstance(data, list | tuple) else data


def pseudonyms_from(path: Path) -> Pseudonyms:
    """The list of a file. Raises SpecError."""
    people = [line for line in read_text(path).splitlines() if line.strip()]
    if len(people) > MOST:
        raise SpecError(f"{path}: more than {MOST} people")
    found: dict[str, str] = {}
    for number, line in enumerate(people, 1):
        for spelling in line.split(","):
            key = " ".join(spelling.casefold().split())
            if len(key) == 1:
                raise SpecError(f"{path}: line {number}: {spelling.strip()!r} would be replaced everywhere")
            if key:
                found.setdefault(key, f"Person {number}")
    return Pseudonyms(found)
