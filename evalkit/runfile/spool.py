"""New files of one folder, made beside it one by one and put in their place when all are there.

So there is never half a set, memory is that of one file, and what was interrupted goes on: files that a killed command
left are taken over where the same source still gives the last of them. Not covered: two commands that fill one folder
at once; one of them is refused at the end.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from evalkit.errors import SpecError
from evalkit.types import digest


class Spool:
    """Numbered files, from 1, for a folder that does not have them yet."""

    def __init__(self, target: Path, identity: object = None) -> None:
        """identity: what they are made of; None: nothing is taken over, and nothing is left behind."""
        self.target = target
        self.resumes = identity is not None
        name = digest(identity)[:12] if self.resumes else "new"
        self._part = target.with_name(f".{target.name}.{name}.part")
        self._names: list[str] = []

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Where the body ends well all files take their place. Raises SpecError where they cannot be written."""
        try:
            if not self.resumes:
                shutil.rmtree(self._part, ignore_errors=True)
            self._part.mkdir(parents=True, exist_ok=True)
            yield
            self._put()
        except OSError as error:
            self.forget()
            raise SpecError(f"{self.target}: cannot be written: {error.strerror or error}") from None
        except BaseException:
            if not self.resumes or not self._names:
                self.forget()
            raise

    def left(self) -> int:
        """How many files an earlier command left that may be taken over. The last one may be half of a file."""
        names = sorted((path.name for path in self._part.iterdir()), key=lambda name: (len(name), name))
        for name in names[-1:]:
            (self._part / name).unlink()
        self._names = names[:-1]
        return len(self._names)

    def holds(self, name: str, text: str) -> bool:
        """Whether this is the last of the files that are there."""
        return self._names[-1:] == [name] and (self._part / name).read_text("utf-8") == text

    def restart(self) -> None:
        """Forget what is there, and begin anew."""
        self.forget()
        self._part.mkdir(parents=True)
        self._names = []

    def add(self, name: str, text: str) -> None:
        if not self._names and (self.target / name).exists():
            raise SpecError(f"{self.target / name}: exists already; nothing is overwritten")
        with (self._part / name).open("x", encoding="utf-8") as file:
            file.write(text)
        self._names.append(name)

    def forget(self) -> None:
        shutil.rmtree(self._part, ignore_errors=True)

    @property
    def files(self) -> list[Path]:
        return [self.target / name for name in self._names]

    def _put(self) -> None:
        if not self.target.exists():
            self._part.rename(self.target)
            return
        if taken := next((path for path in self.files if path.exists()), None):
            self.forget()
            raise SpecError(f"{taken}: exists already; nothing is overwritten")
        for name in self._names:
            (self._part / name).rename(self.target / name)
        with suppress(OSError):
            self._part.rmdir()
