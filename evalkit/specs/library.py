"""The problems of a folder by their ids, and of the shipped ones behind it."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from evalkit.errors import SpecError
from evalkit.specs.problems import ID, Problem, of_table
from evalkit.specs.sets import FILE as SET_FILE
from evalkit.specs.sets import Sets
from evalkit.specs.toml import inside, parse_toml, read_text, suggestion


class Library:
    """The problems of one folder, and of one behind it for ids and globs that nothing of the folder matches."""

    def __init__(self, folder: Path, behind: Path | None = None) -> None:
        self.folder, self.behind = folder, behind
        if not folder.is_dir():
            raise SpecError(f"{folder}: no such folder of problems; `evalkit new problem SET/NAME` makes one")
        self._cache: dict[str, tuple[str, Problem]] = {}
        self._paths: dict[str, Path] = {}

    def ids(self) -> tuple[str, ...]:
        """Ids of the folder's own problems, sorted. The folder is read once."""
        return self._ids

    @cached_property
    def _ids(self) -> tuple[str, ...]:
        return _ids_in(self.folder)

    def is_own(self, identifier: str) -> bool:
        """Whether it is one of `ids`."""
        return identifier in self._own

    def __contains__(self, identifier: str) -> bool:
        """Whether there is such a problem, here or in the folder behind."""
        return identifier in self._known

    @cached_property
    def _everything(self) -> tuple[str, ...]:
        """Those of the folder behind included."""
        return tuple(sorted({*self.ids(), *(_ids_in(self.behind) if self.behind else ())}))

    @cached_property
    def _own(self) -> frozenset[str]:
        return frozenset(self._ids)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self._everything)

    def find(self, patterns: Iterable[str]) -> tuple[str, ...]:
        """Ids that match any of the globs (`hw7/*`), sorted. Raises SpecError for a pattern that matches nothing."""
        found: set[str] = set()
        for pattern in patterns:
            # A glob never mixes the user's problems with shipped ones that the user has not asked for.
            matched = fnmatch.filter(self.ids(), pattern) or fnmatch.filter(self._everything, pattern)
            if not matched:
                known = suggestion(pattern, self.ids() or self._everything)
                raise SpecError(f"no problem matches {pattern!r} in {self.folder}{known}")
            found.update(matched)
        return tuple(sorted(found))

    def path(self, identifier: str) -> Path:
        """Where a problem's file is. The id is looked up, never joined to a path unseen."""
        if identifier not in self._known:
            known = suggestion(identifier, self.ids() or self._everything)
            raise SpecError(f"unknown problem {identifier!r} in {self.folder}{known}")
        if identifier not in self._paths:
            own = self.behind is None or self.is_own(identifier)
            folder = self.folder if own else self.behind or self.folder
            self._paths[identifier] = inside(folder / f"{identifier}.toml", folder)
        return self._paths[identifier]

    def text(self, identifier: str) -> str:
        """The text of a problem's file; of one that was loaded, as it was then."""
        return self._cache[identifier][0] if identifier in self._cache else read_text(self.path(identifier))

    def load(self, identifier: str) -> Problem:
        """Read and check one problem."""
        return self.loaded(identifier)[1]

    def loaded(self, identifier: str) -> tuple[str, Problem]:
        """The text of one problem's file as it was read, and the problem. The file is read once."""
        if identifier not in self._cache:
            path = self.path(identifier)
            text, origin = read_text(path), str(path)
            if not ID.fullmatch(identifier):
                raise SpecError(f"{origin}: a problem file is <set>/<name>.toml, names of letters, digits, - and _")
            data = parse_toml(text, origin)
            problem = of_table(data, identifier, origin)
            with suppress(SpecError):  # `around` says what is wrong
                self.sets.know(identifier, data, origin)
            self._cache[identifier] = text, problem.placed(self.sets.around(identifier))
        return self._cache[identifier]

    @cached_property
    def sets(self) -> Sets:
        """What the problems share, set by set."""
        return Sets(self.path, self._everything)


def _ids_in(folder: Path) -> tuple[str, ...]:
    files = (p.relative_to(folder) for p in folder.rglob("*.toml") if p.name != SET_FILE)
    # a hidden folder is an editor's, or an import that is not yet whole
    return tuple(sorted(p.with_suffix("").as_posix() for p in files if not any(x.startswith(".") for x in p.parts)))
